"""The form of a document, apart from what it says: how it is to look, and what came of making it look so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nearmiss.policy.findings import Field, Finding

Fits = Callable[[Mapping[str, Any], "Field"], bool]
"""Says whether the value at a field of plain data is one that the field may have."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """How a document of one kind is to look, and which of its own keys must not be touched: their bytes stay.

    `schema` is what the first line names, `order` that of the document's own keys. `fits` decides where a spelling
    could mean two things: it is taken for the only one that the field may have, and left where there is no such one.
    """

    schema: str
    order: tuple[str, ...]
    fits: Fits
    sealed: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Mending:
    """A document as it is now, what was done to it, and what of its form was left as it was, with the reason.

    Both are findings with the line in the document as it came; only where nothing was done is the content the same.
    """

    content: bytes
    done: tuple[Finding, ...] = field(default=())
    left: tuple[Finding, ...] = field(default=())
