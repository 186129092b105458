"""Drafting: one row becomes the plain data of a report, or the reasons why it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from nearmiss.engine.importing.cleaning import clean_line, clean_text, first_words, fold
from nearmiss.engine.importing.columns import NEEDED, ways_of
from nearmiss.engine.importing.dates import Ways
from nearmiss.engine.importing.targets import Kind, assemble
from nearmiss.engine.importing.terms import Missing, find_term
from nearmiss.models.values import FIRST_YEAR, LAST_YEAR, LONGEST_LINE, LONGEST_TEXT, read_partial_date
from nearmiss.policy.structure import judge_record_structure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from nearmiss.engine.importing.columns import Columns
    from nearmiss.engine.importing.mapping import FieldRule, Mapping
    from nearmiss.engine.importing.rows import Row
    from nearmiss.engine.importing.terms import Spellings

LONGEST_TITLE = 80
FIRST_STATE = "reported"
_PLACEHOLDER = "NM-2000-00000"


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What is at hand for every row: the mapping, its columns in this file, our words, and the present day."""

    mapping: Mapping
    columns: Columns
    spellings: Spellings
    today: date
    repairs: dict[int, str]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """One row as a report without an id: `data` is whole only where there are no `reasons` against it.

    `missing` are the words without a term; `doubts` are sentences about what was taken and looks odd.
    """

    row: int
    key: str
    sha256: str
    occurred_on: str = ""
    data: dict[str, Any] | None = None
    reasons: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Value:
    """What a rule gives one field: text (empty: the row says nothing), or reasons why it cannot be taken."""

    text: str = ""
    reasons: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    doubts: tuple[str, ...] = ()


def draft_row(row: Row, desk: Desk) -> Draft:
    """Draft a report from a row; every reason against it is listed at once."""
    parts = [clean_line(_said(row, column, desk)) for column in desk.columns.key]
    key = " / ".join(parts)
    start = Draft(row=row.number, key=key, sha256=row.sha256)
    if row.fault:
        return _refused(start, row.fault)
    values = {rule.to: _fill(rule, columns, row, desk) for rule, columns in desk.columns.fields}
    texts = {to: value.text for to, value in values.items() if value.text}
    reasons = [
        *_key_reasons(parts, desk),
        *(reason for value in values.values() for reason in value.reasons),
        *_gaps(desk, values),
        *_order_reasons(texts),
    ]
    data = _report(row, start, texts, desk)
    return Draft(
        row=row.number,
        key=key,
        sha256=start.sha256,
        occurred_on=texts.get("report.occurred_on", ""),
        data=data,
        reasons=tuple(reasons) or _faults(data),
        missing=tuple(gap for value in values.values() for gap in value.missing),
        doubts=(*(doubt for value in values.values() for doubt in value.doubts), *_order_doubts(texts)),
    )


def _refused(draft: Draft, reason: str) -> Draft:
    return Draft(row=draft.row, key=draft.key, sha256=draft.sha256, reasons=(reason,))


def _key_reasons(parts: Sequence[str], desk: Desk) -> list[str]:
    if not all(parts):
        return [f"{_columns(desk.columns.key)} is empty, which names the row: without it a second import adds it again"]
    length = len(" / ".join(parts))
    return [f"its key has {length} characters; at most {LONGEST_LINE} can be kept"] if length > LONGEST_LINE else []


def _gaps(desk: Desk, values: dict[str, Value]) -> list[str]:
    """Say which fields that every report needs stay empty."""
    by_field = {rule.to: columns for rule, columns in desk.columns.fields}
    empty = [to for to in NEEDED if not values[to].text and not values[to].reasons]
    return [f"{_columns(by_field[to])} is empty, and {to} is needed" for to in empty]


def _order_reasons(texts: dict[str, str]) -> list[str]:
    start, end = (read_partial_date(texts.get(f"report.{name}", "")) for name in ("occurred_on", "occurred_until"))
    return ["it ends before it begins"] if start and end and end[1] < start[0] else []


def _order_doubts(texts: dict[str, str]) -> list[str]:
    event, report = (read_partial_date(texts.get(f"report.{name}", "")) for name in ("occurred_on", "reported_on"))
    if not event or not report or event[0] <= report[1]:
        return []
    return [f"reported on {texts['report.reported_on']}, before it happened on {texts['report.occurred_on']}"]


# --- one field ---------------------------------------------------------------------------------------------------


def _fill(rule: FieldRule, columns: Sequence[str], row: Row, desk: Desk) -> Value:
    cells = [(column, text) for column in columns if (text := _said(row, column, desk))]
    if rule.always is not None:
        return _FILLERS[rule.kind](rule, [("", rule.always)], desk)
    return _FILLERS[rule.kind](rule, cells, desk) if cells else Value()


def _said(row: Row, column: str, desk: Desk) -> str:
    """Return what a cell says once the source's own damage is repaired, empty where it means that nothing was said."""
    cell = row.cells.get(column, "")
    if not cell or cell.isspace():
        return ""
    cell = cell.translate(desk.repairs)
    return "" if _is_silent(cell, desk.mapping.nothing) else cell


def _is_silent(text: str, words: tuple[str, ...]) -> bool:
    """Say whether a text is one of the words that mean: not said."""
    return bool(words) and len(text) <= LONGEST_LINE and fold(text) in _folded(words)


@cache
def _folded(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(fold, words))


def _text(rule: FieldRule, cells: Sequence[tuple[str, str]], _desk: Desk) -> Value:
    clean, limit = (clean_text, LONGEST_TEXT) if rule.kind is Kind.TEXT else (clean_line, LONGEST_LINE)
    parts = [(rule.labels.get(column, ""), text) for column, cell in cells if (text := clean(cell))]
    kept = [f"{label} {text}".strip() for label, text in parts if not _is_silent(text, rule.unless)]
    joint = rule.join if rule.join is not None else "\n\n" if rule.kind is Kind.TEXT else " "
    text = joint.join(kept)
    return Value(reasons=(_too_long(rule.to, text, limit),)) if len(text) > limit else Value(text=text)


def _too_long(name: str, text: str, limit: int) -> str:
    return f"{name} has {len(text):,} characters; at most {limit:,} can be kept, and nothing is cut off"


def _title(rule: FieldRule, cells: Sequence[tuple[str, str]], _desk: Desk) -> Value:
    """Return the first words: a title may be short, since the whole text is kept elsewhere."""
    lines = [line for _, cell in cells if (line := clean_text(cell)) and not _is_silent(line, rule.unless)]
    return Value(text=first_words((rule.join or " ").join(lines), LONGEST_TITLE))


def _terms(rule: FieldRule, cells: Sequence[tuple[str, str]], desk: Desk) -> Value:
    parts = (part for _, cell in cells for part in (cell.split(rule.split) if rule.split else [cell]))
    words = [word for part in parts if (word := clean_line(part)) and not _is_silent(word, rule.unless)]
    found = find_term(rule, words, desk.spellings)
    blocking = [gap.word for gap in found.missing if not gap.left_out]
    reasons = [f'{rule.to}: "{word}" is not a term and has no translation' for word in blocking]
    return Value(text=found.term or "", reasons=tuple(filter(None, (*reasons, found.reason))), missing=found.missing)


def _moment(rule: FieldRule, cells: Sequence[tuple[str, str]], desk: Desk) -> Value:
    text = " ".join(clean_line(cell) for _, cell in cells)
    readings = ways_of(rule).readings(text)
    if not text or _is_silent(text, rule.unless):
        return Value()
    if len(readings) != 1:
        return _unreadable(rule, text)
    (moment,) = readings
    value = moment.at if rule.kind is Kind.TIME else moment.on
    if value in rule.unless:
        return Value()
    reason = _date_reason(rule, text, value, desk.today) if rule.kind is Kind.DATE else ""
    return Value(reasons=(reason,)) if reason else Value(text=value)


def _unreadable(rule: FieldRule, text: str) -> Value:
    """Refuse a date, and doubt the order of day and month where the other order would make it one."""
    formats = ways_of(rule).formats
    if not formats:
        return Value(reasons=(f'{rule.to}: "{text}" is not a date that can be read without a format',))
    reason = f'{rule.to}: "{text}" is not written as {" or ".join(formats)}'
    turned = Ways(formats=tuple(_turn(form) for form in formats if "DD" in form), first_year=rule.first_year)
    if turned.readings(text):
        return Value(reasons=(reason,), doubts=(f'"{text}" would be a date with day and month the other way round',))
    short = Ways(formats=tuple(form.replace("YYYY", "YY") for form in formats), first_year=FIRST_YEAR)
    century = "; two digits do not say the century" if short.readings(text) else ""
    return Value(reasons=(reason + century,))


def _turn(form: str) -> str:
    return form.replace("DD", "\0").replace("MM", "DD").replace("\0", "MM")


def _date_reason(rule: FieldRule, text: str, value: str, today: date) -> str:
    span = read_partial_date(value)
    if not span:
        return f'{rule.to}: "{text}" holds no date'
    if not FIRST_YEAR <= span[0].year <= LAST_YEAR:
        return f'{rule.to}: "{text}" lies outside the years {FIRST_YEAR} to {LAST_YEAR}'
    if span[0] > today:
        return f'{rule.to}: "{text}" lies in the future'
    if rule.to == "report.reported_on" and len(value) < len("2026-11"):
        return f'{rule.to}: "{text}" has to be known at least to the month'
    return ""


_FILLERS: dict[Kind, Callable[[FieldRule, Sequence[tuple[str, str]], Desk], Value]] = {
    Kind.TEXT: _text,
    Kind.LINE: _text,
    Kind.TITLE: _title,
    Kind.TERM: _terms,
    Kind.CHOICE: _terms,
    Kind.DATE: _moment,
    Kind.TIME: _moment,
}


# --- the whole ----------------------------------------------------------------------------------------------------


def _report(row: Row, start: Draft, texts: dict[str, str], desk: Desk) -> dict[str, Any]:
    """Put the parts of a record together, but for its id; everything imported starts as reported."""
    imported = {"source": desk.mapping.source, "key": start.key, "row_sha256": start.sha256}
    lists = {"report.links": _links(row, desk), "report.details": _details(row, desk)}
    values = {
        **{to: text for to, text in texts.items() if to != "title"},
        **{to: entries for to, entries in lists.items() if entries},
        "report.imported_from": imported,
    }
    sections = assemble([("report.reporter.mode", "external"), *values.items()])
    title = texts.get("title") or first_words(texts.get("report.what_happened", ""), LONGEST_TITLE)
    return {"schema": 1, "id": _PLACEHOLDER, "title": title, "state": FIRST_STATE, **sections}


def _details(row: Row, desk: Desk) -> list[dict[str, str]]:
    entries = [
        {"name": detail.name, "value": value}
        for detail in desk.columns.details
        for value in _values(_said(row, detail.column, desk), detail.split, detail.unless)
    ]
    return _distinct(entries)


def _links(row: Row, desk: Desk) -> list[dict[str, str]]:
    entries = [
        {"kind": rule.kind, "ref": clean_line(ref)} | ({"system": rule.system} if rule.system else {})
        for rule, column in desk.columns.links
        for ref in _values(_said(row, column, desk), rule.split, rule.unless)
    ]
    return _distinct(entries)


def _values(cell: str, split: str | None, unless: tuple[str, ...]) -> list[str]:
    parts = cell.split(split) if split else [cell]
    return [value for part in parts if (value := clean_text(part)) and not _is_silent(value, unless)]


def _distinct(entries: list[dict[str, str]]) -> list[dict[str, str]]:
    return [entry for place, entry in enumerate(entries) if entry not in entries[:place]]


def _faults(data: dict[str, Any]) -> tuple[str, ...]:
    """Return what the rules for every record have against the data, so that whatever slipped through is refused."""
    return tuple(finding.message for finding in judge_record_structure(data, terms={}))


def _columns(columns: Sequence[str]) -> str:
    return " and ".join(f'"{column}"' for column in columns)
