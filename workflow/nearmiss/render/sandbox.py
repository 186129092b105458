"""Jinja's sandbox, which lets templates reach nothing of Python; of our own plain values it asks less."""

from __future__ import annotations

from dataclasses import is_dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from jinja2.sandbox import ImmutableSandboxedEnvironment

if TYPE_CHECKING:
    from collections.abc import Hashable


class Sandbox(ImmutableSandboxedEnvironment):
    """Pages ask for hundreds of thousands of attributes, and nearly all are fields of frozen values.

    What the sandbox refuses are names that begin with `_`, the insides of functions and generators, methods that change
    something, and `str.format`. A field of a dataclass is none of these, unless it can be called; then Jinja is asked.
    """

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return an attribute, or an undefined value where it is none or unsafe."""
        if _is_plain(cast("Hashable", type(obj))) and not attribute.startswith("_"):
            value = getattr(obj, attribute, self)
            if value is not self and not callable(value):
                return value
        return super().getattr(obj, attribute)


@lru_cache(maxsize=1024)
def _is_plain(kind: Hashable) -> bool:
    return is_dataclass(kind)
