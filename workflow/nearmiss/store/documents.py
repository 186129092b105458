"""The store's adapter: YAML documents as bytes, read strictly, written canonically, edited in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nearmiss.engine.documents import Edit, Reading
    from nearmiss.engine.form import Form, Mending
    from nearmiss.policy.findings import Field
    from nearmiss.store.quick import Parts


@dataclass(frozen=True, kw_only=True)
class YamlDocuments:
    """Satisfies the port `Documents`. `order` is that of a document's own keys; empty: the order of a record.

    The parser is imported by the first call that needs it: a command that finds all in the cache needs none.
    """

    order: tuple[str, ...] = ()

    def read(self, raw: bytes) -> Reading:
        """Build plain data from one strict YAML 1.2 document; every fault is a finding with line and column."""
        from nearmiss.store import reader

        return reader.read(raw)

    def versions(self) -> Versions:
        """Return a reader of many versions of the same documents."""
        return Versions()

    def locate(self, raw: bytes, at: Field) -> tuple[int, int]:
        """Return line and column, from 1, of the key (or list entry) at a field, or of the nearest one above it."""
        from nearmiss.store import places

        return places.locate(raw, at)

    def locate_many(self, raw: bytes, fields: Iterable[Field]) -> dict[Field, tuple[int, int]]:
        """Return the places of many fields, found in one pass."""
        from nearmiss.store import places

        return places.locate_many(raw, fields)

    def mend(self, raw: bytes, form: Form) -> Mending:
        """Mend what is only form in a document, and prove that it says what it said."""
        from nearmiss.store import mending

        return mending.mend(raw, form)

    def compose(self, data: Mapping[str, Any], *, schema: str = "") -> bytes:
        """Write plain data as a new document in the canonical form, below a modeline that names the schema."""
        from nearmiss.store import writer

        return writer.compose(data, schema=schema)

    def revise(self, raw: bytes, edits: Sequence[Edit]) -> bytes:
        """Apply edits to a document, keeping its comments, key order and untouched formatting."""
        from nearmiss.models.sections import KEY_ORDER
        from nearmiss.store import reviser

        return reviser.revise(raw, edits, order=self.order or KEY_ORDER)


MOST_PARTS = 1000
"""Parts that are remembered: the versions of a record are read one after the other."""


class Versions:
    """Satisfies the port `Reads` for versions of the same documents: a part that two of them share is read once.

    It is then the very same object in both, which nobody may change.
    """

    def __init__(self) -> None:
        from nearmiss.store import reader

        self._known: Parts = {}
        self._read = reader.read

    def read(self, raw: bytes) -> Reading:
        """Build plain data from one strict YAML 1.2 document; every fault is a finding with line and column."""
        if len(self._known) > MOST_PARTS:
            self._known.clear()
        return self._read(raw, known=self._known)
