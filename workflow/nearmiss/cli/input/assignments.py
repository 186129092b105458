"""What `--set` and `--unset` say, as edits: `assessment.level=low`, `investigation.evidence[+]={id: E1, …}`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nearmiss.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nearmiss.engine.documents import Documents, Edit

Way = tuple[str | int, ...]

_STEP = re.compile(r"(?P<key>[A-Za-z_][A-Za-z0-9_-]*)(?P<places>(?:\[(?:\+|-1|[0-9]{1,4})\])*)")
_PLACE = re.compile(r"\[(\+|-1|[0-9]+)\]")
_TYPED = re.compile(r"[\[{\"'].*|null|true|false|-?(?:0|[1-9][0-9]*)", re.DOTALL)
"""Values that are more than the words they consist of."""
APPEND, LAST = "+", "-1"
HOW = "Write it as section.field=value, such as assessment.level=low; list[0] names an entry, list[+] adds one."


class BadAssignmentError(UsageError):
    """What was given to `--set` or `--unset` names no field, or gives no value."""

    def __init__(self, said: str, why: str, hint: str = HOW) -> None:
        super().__init__(f"{said}: {why}.", hint=hint)


def edits_of(assignments: Iterable[str], removals: Iterable[str], *, data: Any, documents: Documents) -> list[Edit]:
    """Return the edits that the words ask for, given the record as it is; raises BadAssignmentError."""
    from nearmiss.engine.documents import Edit

    places = _Places(data)
    edits = []
    for said in assignments:
        path, equals, text = said.partition("=")
        if not equals:
            raise BadAssignmentError(said, "it gives no value")
        edits.append(Edit(at=places.resolve(path.strip()), value=read_value(text, said=said, documents=documents)))
    edits += [Edit(at=places.resolve(path.strip()), remove=True) for path in removals]
    return edits


def read_value(text: str, *, said: str, documents: Documents) -> Any:
    """Return a value as it was meant: true, 3, [a, b] and {a: 1} as YAML has them, anything else as the words it is."""
    text = text.strip()
    if not text:
        raise BadAssignmentError(said, "the value is empty", hint="To take a value out, use --unset PATH.")
    if not _TYPED.fullmatch(text):
        return text
    reading = documents.read(f"value: {text}\n".encode())
    if reading.findings or reading.data is None:
        first = reading.findings[0]
        raise BadAssignmentError(said, first.message, hint=first.hint or HOW)
    return reading.data["value"]


class _Places:
    """Finds which place of a list is meant by the next or the last one, counting those that were just added."""

    def __init__(self, data: Any) -> None:
        self._data = data
        self._lengths: dict[Way, int] = {}

    def resolve(self, path: str) -> Way:
        way: Way = ()
        for step in path.split("."):
            match = _STEP.fullmatch(step)
            if match is None:
                raise BadAssignmentError(path or "(nothing)", "this is not the way to a field")
            way = (*way, match["key"])
            for place in _PLACE.findall(match["places"]):
                way = (*way, self._place(way, place))
        return way

    def _place(self, way: Way, place: str) -> int:
        length = self._lengths.get(way, len(_list_at(self._data, way)))
        if place == APPEND:
            self._lengths[way] = length + 1
            return length
        return max(length - 1, 0) if place == LAST else int(place)


def _list_at(data: Any, way: Way) -> list[Any]:
    for step in way:
        if isinstance(step, int) and isinstance(data, list) and step < len(data):
            data = data[step]
        elif isinstance(step, str) and isinstance(data, dict):
            data = data.get(step)
        else:
            return []
    return data if isinstance(data, list) else []


def without_nothing(value: Any) -> Any:
    """Return data without what was left empty: nulls, and whatever held nothing else; an explicit `[]` stays."""
    if isinstance(value, dict):
        kept = {key: inner for key, each in value.items() if (inner := without_nothing(each)) is not None}
        return kept or None
    if isinstance(value, list) and value:
        return [inner for each in value if (inner := without_nothing(each)) is not None] or None
    return value
