"""A record's sections as a person reads them: names instead of keys, labels instead of terms, made from the models."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from nearmiss.engine.forms.shapes import Kind, Shape, shape_of
from nearmiss.intake.desk.refusals import lack_of
from nearmiss.intake.desk.wording import name_of, role_label, state_label, term_label
from nearmiss.models.sections import SECTIONS
from nearmiss.models.values import REDACTED
from nearmiss.models.vocabulary import label_of
from nearmiss.policy.structure import REPORTED_BY
from nearmiss.render.languages import N_
from nearmiss.render.words import WITHHELD_WORD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nearmiss.intake.desk.visits import Visit
    from nearmiss.policy.findings import Finding

YES, NO = N_("yes"), N_("no")
ANSWERS_FOR = N_("%(external)s (%(sponsor)s answers for them)")
SCALES = {"severity_potential": "severity", "likelihood": "likelihood"}
LONGEST_SHORT = 60
TYPED_NAME = N_("Name that was typed in")


@dataclass(frozen=True, kw_only=True)
class Told:
    """A field of a section: what it is called and what it says.

    `kind` is `line` or `text` (both in `text`), `items` (short texts), `records` (ids), `part` (fields in `inside`) or
    `rows` (parts, each a list of fields in `rows`).
    """

    key: str
    label: str
    kind: str
    text: str = ""
    items: tuple[str, ...] = ()
    inside: tuple[Told, ...] = field(default=())
    rows: tuple[tuple[Told, ...], ...] = field(default=())


def tell_section(visit: Visit, section: str, value: Any, *, without: Sequence[str] = ()) -> Told:
    """Return what a section of a record says; `without` are keys that are told elsewhere."""
    left = {key: inner for key, inner in value.items() if key not in without} if isinstance(value, dict) else value
    if section == "report" and isinstance(left, dict) and (name := _typed_name(left)):
        others = [one for one in left["details"] if one.get("name") != REPORTED_BY]
        told = _tell(visit, shape_of(section), {**left, "details": others} if others else _less(left, "details"))
        by = Told(key=REPORTED_BY, label=visit.say(TYPED_NAME), kind="line", text=name)
        return replace(told, inside=(*told.inside, by))
    return _tell(visit, shape_of(section), left)


def _less(values: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {one: value for one, value in values.items() if one != key}


def _typed_name(report: Mapping[str, Any]) -> str:
    """Return the name that a reporter typed, which is kept among the details; an empty text where there is none."""
    details = report.get("details")
    found = details if isinstance(details, list) else []
    names = (one.get("value") for one in found if isinstance(one, dict) and one.get("name") == REPORTED_BY)
    return next((name for name in names if isinstance(name, str) and name != REDACTED), "")


def _tell(visit: Visit, shape: Shape, value: Any) -> Told:
    label = visit.words.plain(shape.label)
    if value == REDACTED:
        return Told(key=shape.key, label=label, kind="line", text=visit.say(WITHHELD_WORD))
    if shape.kind is Kind.PARTS and isinstance(value, list):
        rows = tuple(tuple(_fields(visit, shape, row)) for row in value if isinstance(row, dict))
        return Told(key=shape.key, label=label, kind="rows", rows=rows)
    if isinstance(value, dict) and shape.kind is not Kind.OWNER:
        return Told(key=shape.key, label=label, kind="part", inside=tuple(_fields(visit, shape, value)))
    if isinstance(value, list):
        items = tuple(_word(visit, shape, one) for one in value)
        return Told(key=shape.key, label=label, kind="records" if shape.kind is Kind.RECORDS else "items", items=items)
    if shape.kind is Kind.RECORD:
        return Told(key=shape.key, label=label, kind="records", items=(str(value),))
    text = _word(visit, shape, value)
    is_short = "\n" not in text and len(text) <= LONGEST_SHORT
    return Told(key=shape.key, label=label, kind="line" if is_short else "text", text=text)


def _fields(visit: Visit, shape: Shape, value: Mapping[str, Any]) -> Iterator[Told]:
    known = {one.key: one for one in shape.inside}
    for key, inner in value.items():
        if key in known:
            yield _tell(visit, known[key], inner)
        else:
            yield Told(key=key, label=key, kind="line", text=str(inner))


def in_words(visit: Visit, shape: Shape, value: Any) -> Any:
    """Return what a field that nobody can answer says, as people read it; parts and lists stay as they are."""
    return value if value is None or isinstance(value, dict | list) else _word(visit, shape, value)


def _word(visit: Visit, shape: Shape, value: Any) -> str:
    """Return a plain value in words."""
    if value == REDACTED:
        return visit.say(WITHHELD_WORD)
    if isinstance(value, bool):
        return visit.say(YES if value else NO)
    if isinstance(value, dict):
        sponsor = name_of(visit, str(value.get("sponsor", "")))
        return visit.say(ANSWERS_FOR, external=value.get("external", ""), sponsor=sponsor)
    if value is None:
        return "–"
    return _spelt(visit, shape, value)


def _spelt(visit: Visit, shape: Shape, value: Any) -> str:
    text = str(value)
    if shape.key in SCALES:
        return scale_word(visit, shape.key, value)
    if shape.kind in {Kind.PERSON, Kind.PEOPLE, Kind.OWNER}:
        return name_of(visit, text)
    if shape.kind is Kind.ROLE:
        return role_label(visit, text)
    if shape.kind in {Kind.DAY, Kind.DATE} or shape.key == "reported_on":
        return visit.words.date(text)
    if shape.vocabulary:
        return term_label(visit, shape.vocabulary, text)
    return visit.words.plain(next((one.label for one in shape.choices if one.value == text), "")) or text


def scale_word(visit: Visit, key: str, value: Any) -> str:
    """Return a step of a scale of the risk with its name: `4 (Major)`."""
    steps = getattr(visit.policy.risk, SCALES[key])
    if type(value) is not int or not 0 < value <= len(steps):
        return str(value)
    return f"{value} ({label_of(steps[value - 1].label, visit.words.language)})"


def name_of_way(visit: Visit, way: Sequence[str | int], *, whole: bool = True) -> str:
    """Return what the way to a value is called: `Assessment → Reply to the reporter`; the section first if `whole`."""
    if not way or way[0] not in {*SECTIONS, "title"}:
        return " → ".join(str(step) for step in way)
    shape: Shape | None = shape_of(str(way[0]))
    words = [visit.words.plain(shape.label)] if shape and whole else []
    for step in way[1:]:
        if isinstance(step, int):
            words.append(str(step + 1))
            continue
        shape = next((one for one in shape.inside if one.key == step), None) if shape else None
        words.append(visit.words.plain(shape.label) if shape else step)
    return " → ".join(words)


def _shape_at(way: Sequence[str | int]) -> Shape | None:
    if not way or way[0] not in {*SECTIONS, "title"}:
        return None
    shape: Shape | None = shape_of(str(way[0]))
    for step in way[1:]:
        if isinstance(step, str) and shape is not None:
            shape = next((one for one in shape.inside if one.key == step), None)
    return shape


@dataclass(frozen=True, kw_only=True)
class Missing:
    """What is missing in one section, or in none: fields by their names, and whatever else there is to say."""

    section: str
    label: str
    fields: tuple[str, ...]
    sentences: tuple[str, ...]


EMPTY_FIELD = "needs-field"
MENDED_IN = {"action-open": "progress"}
"""In which section something is put right, where that is not the one that it is about: the plan is sealed by then."""


def missing_in(visit: Visit, findings: Sequence[Finding]) -> list[Missing]:
    """Return what findings lack, section by section in the order of a record; what has no section comes last."""
    by_section: dict[str, list[Finding]] = {}
    for finding in findings:
        first = MENDED_IN.get(finding.code) or (str(finding.field[0]) if finding.field else "")
        by_section.setdefault(first if first in SECTIONS else "", []).append(finding)
    return [
        Missing(
            section=section,
            label=name_of_way(visit, (section,)) if section else "",
            fields=tuple(name_of_way(visit, one.field, whole=False) for one in found if one.code == EMPTY_FIELD),
            sentences=tuple(_sentence(visit, one) for one in found if one.code != EMPTY_FIELD),
        )
        for section in (*SECTIONS, "")
        if (found := by_section.get(section))
    ]


def _sentence(visit: Visit, finding: Finding) -> str:
    """Return what a finding says, with the way on where it is of use on a page."""
    lack = lack_of(finding).in_words(visit.words)
    return f"{lack.sentence}: {lack.hint}" if lack.hint else lack.sentence


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One value that a proposal changes: what it is called, and before and after in pieces.

    A piece says whether it is `same`, `gone` or `new`, and the words.
    """

    label: str
    pieces: tuple[tuple[str, str], ...]
    is_text: bool


def differences(
    visit: Visit, changes: Sequence[tuple[Sequence[str | int], Any, Any]], *, of_record: bool
) -> list[Difference]:
    """Return what differs value by value; in texts word by word. The state is told by the step."""
    return [
        _difference(visit, way, before, after)
        for way, before, after in changes
        if not (of_record and tuple(way) in {("state",), ("schema",), ("id",)})
    ]


def _difference(visit: Visit, way: Sequence[str | int], before: Any, after: Any) -> Difference:
    shape = _shape_at(way)
    old, new = (_flat(visit, shape, value) for value in (before, after))
    if old and new and max(len(old), len(new)) > LONGEST_SHORT:
        pieces = tuple(_compared(old, new))
    else:
        pieces = tuple(one for one in (("gone", old), ("new", new)) if one[1])
    return Difference(label=name_of_way(visit, way), pieces=pieces, is_text=len(old) + len(new) > LONGEST_SHORT)


def _flat(visit: Visit, shape: Shape | None, value: Any) -> str:
    if value is None:
        return ""
    if shape is None:
        return state_label(visit, value) if isinstance(value, str) else str(value)
    told = _tell(visit, shape, value)
    return "; ".join(_lines(told)) if told.kind in {"part", "rows"} else told.text or ", ".join(told.items)


def _lines(told: Told) -> Iterator[str]:
    for inner in (*told.inside, *(cell for row in told.rows for cell in row)):
        if inner.kind in {"part", "rows"}:
            yield from _lines(inner)
        else:
            yield f"{inner.label}: {inner.text or ', '.join(inner.items)}"


MOST_WORDS = 4000


def _compared(old: str, new: str) -> Iterator[tuple[str, str]]:
    """Yield the pieces by which one text became another, word by word; very long ones as two wholes."""
    before, after = (re.findall(r"\S+\s*", text) for text in (old, new))
    if len(before) + len(after) > MOST_WORDS:
        yield from (("gone", old), ("new", new))
        return
    for kind, start, end, begin, stop in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "same", "".join(before[start:end])
            continue
        if end > start:
            yield "gone", "".join(before[start:end])
        if stop > begin:
            yield "new", "".join(after[begin:stop])
