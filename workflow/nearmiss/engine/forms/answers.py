"""Answers to a form: read from what was sent, made from what a record says, and turned into what it says then."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nearmiss.engine.forms.shapes import Kind, Shape
from nearmiss.models.ids import read_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@dataclass(frozen=True, kw_only=True)
class Row:
    """One part of a list as it was answered; `was` is its place in the record that the form was made from."""

    was: int | None
    answers: Mapping[str, Answer]


Answer = list[str] | dict[str, "Answer"] | list[Row] | None
"""What was answered: words for a field, answers by key for a part, rows for parts; None where it was not asked."""

MARK = "~"
"""The end of a name that says that a list was asked at all, since a list without rows sends nothing."""
WAS = "~was"
MOST_ROWS = 400
PERSON, EXTERNAL = "person", "external"


class Absent:
    """What stands for no value at all, which is not null."""


ABSENT = Absent()


# From what a record says


def answers_from(shape: Shape, value: Any) -> Answer:
    """Return the answers that a value stands for; None where it has not the form of its model and is left as it is."""
    if value is ABSENT:
        return _unanswered(shape)
    return _FROM.get(shape.kind, _plain_from)(shape, value)


def _unanswered(shape: Shape) -> Answer:
    if shape.kind is Kind.FIXED:
        return None
    if shape.kind is Kind.PART:
        return {one.key: _unanswered(one) for one in shape.inside}
    if shape.kind is Kind.OWNER:
        return {PERSON: [""], EXTERNAL: [""]}
    return [] if shape.is_many and shape.kind not in _BY_LINES else [""]


def _part_from(shape: Shape, value: Any) -> Answer:
    return _inside_from(shape, value) if isinstance(value, dict) else None


def _inside_from(shape: Shape, value: Mapping[str, Any]) -> dict[str, Answer]:
    return {one.key: answers_from(one, value.get(one.key, ABSENT)) for one in shape.inside}


def _parts_from(shape: Shape, value: Any) -> Answer:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        return None
    return [Row(was=place, answers=_inside_from(shape, entry)) for place, entry in enumerate(value)]


def _owner_from(_: Shape, value: Any) -> Answer:
    if isinstance(value, str):
        return {PERSON: [value], EXTERNAL: [""]}
    if isinstance(value, dict) and all(isinstance(value.get(key, ""), str) for key in ("sponsor", "external")):
        return {PERSON: [value.get("sponsor", "")], EXTERNAL: [value.get("external", "")]}
    return None


def _plain_from(shape: Shape, value: Any) -> Answer:
    if shape.is_many:
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            return None
        return ["\n".join(value)] if shape.kind in _BY_LINES else list(value)
    return None if isinstance(value, dict | list) and shape.kind is not Kind.VALUE else [spelled(shape, value)]


_FROM = {Kind.PART: _part_from, Kind.PARTS: _parts_from, Kind.OWNER: _owner_from, Kind.FIXED: lambda *_: None}
_BY_LINES = frozenset({Kind.LINES, Kind.RECORDS})


def spelled(shape: Shape, value: Any) -> str:
    """Return a plain value as it stands in its field."""
    if shape.kind is Kind.VALUE and (not isinstance(value, str) or _reads_as_data(value)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


# From what was sent


def answers_sent(shape: Shape, sent: Mapping[str, Sequence[str]], *, name: str = "") -> Answer:
    """Return the answers among all that was sent, by the names that `names_of` gives them."""
    name = name or shape.key
    if shape.kind is Kind.PART:
        return {one.key: answers_sent(one, sent, name=f"{name}.{one.key}") for one in shape.inside}
    if shape.kind is Kind.PARTS:
        return _rows_sent(shape, sent, name) if f"{name}.{MARK}" in sent else None
    if shape.kind is Kind.OWNER:
        found = {key: list(sent[f"{name}.{key}"]) for key in (PERSON, EXTERNAL) if f"{name}.{key}" in sent}
        return {PERSON: [""], EXTERNAL: [""], **found} if found else None
    if name not in sent:
        return None
    words = [plain_words(one) for one in sent[name]]
    return [one for one in words if one] if shape.is_many and shape.kind not in _BY_LINES else words


def _rows_sent(shape: Shape, sent: Mapping[str, Sequence[str]], name: str) -> list[Row]:
    places = sorted(
        int(match[1]) for key in sent if (match := re.fullmatch(rf"{re.escape(name)}\.([0-9]{{1,4}})\.{WAS}", key))
    )
    return [
        Row(was=_place(sent[f"{name}.{place}.{WAS}"]), answers=_row_sent(shape, sent, f"{name}.{place}"))
        for place in places[:MOST_ROWS]
    ]


def _row_sent(shape: Shape, sent: Mapping[str, Sequence[str]], name: str) -> dict[str, Answer]:
    return {one.key: answers_sent(one, sent, name=f"{name}.{one.key}") for one in shape.inside}


def _place(said: Sequence[str]) -> int | None:
    return int(said[0]) if said and re.fullmatch("[0-9]{1,4}", said[0]) else None


def plain_words(text: str) -> str:
    """Return a text as it was meant: browsers send line breaks in two characters, and people leave spaces behind."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def names_of(shape: Shape, answer: Answer, *, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield what a browser sends of answers that nobody changed, as names and words."""
    name = name or shape.key
    if answer is None:
        return
    if isinstance(answer, dict):
        inside = {one.key: one for one in shape.inside}
        for key, inner in answer.items():
            if key in inside:
                yield from names_of(inside[key], inner, name=f"{name}.{key}")
            else:
                yield from ((f"{name}.{key}", words) for words in _words(inner))
    elif shape.kind is Kind.PARTS:
        yield f"{name}.{MARK}", ""
        for place, row in enumerate(rows_in(answer)):
            yield f"{name}.{place}.{WAS}", "" if row.was is None else str(row.was)
            for one in shape.inside:
                yield from names_of(one, row.answers.get(one.key), name=f"{name}.{place}.{one.key}")
    else:
        if shape.is_many:
            yield name, ""
        yield from ((name, words) for words in _words(answer))


def rows_in(answer: Answer) -> list[Row]:
    """Return the rows of an answer; none where it is no list of parts."""
    return [one for one in answer if isinstance(one, Row)] if isinstance(answer, list) else []


def _words(answer: Answer) -> list[str]:
    return [one for one in answer if isinstance(one, str)] if isinstance(answer, list) else []


def words_in(answer: Answer) -> tuple[str, ...]:
    """Return the words of an answer to a plain field."""
    return tuple(_words(answer))


# To what a record says then


@dataclass(frozen=True, kw_only=True)
class Ids:
    """The ids that are taken already, by the list of the record that they stand in."""

    taken: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def next(self, path: str, *, besides: Sequence[str]) -> str:
        """Return one more than the highest id, so that one that went does not come back."""
        known = [*self.taken.get(path, ()), *besides]
        letters = next((one.rstrip("0123456789") for one in known if one[:1].isalpha()), "") or _LETTERS.get(path, "X")
        numbers = [int(one[len(letters) :]) for one in known if re.fullmatch(rf"{letters}[0-9]{{1,3}}", one)]
        return f"{letters}{max(numbers, default=0) + 1}"


_LETTERS = {"root_cause.causes": "C", "action_plan.actions": "A", "investigation.evidence": "E"}


def value_of(shape: Shape, answer: Answer, old: Any = ABSENT, *, ids: Ids | None = None) -> Any:
    """Return what a record says by an answer, ABSENT where that is nothing; what was not asked stays as it is."""
    if is_unasked(answer):
        return old
    ids = ids or Ids()
    if shape.kind is Kind.PART and isinstance(answer, dict):
        return _part_value(shape, answer, old, ids)
    if shape.kind is Kind.PARTS:
        return _rows_value(shape, rows_in(answer), old, ids)
    if shape.kind is Kind.OWNER and isinstance(answer, dict):
        return _owner_value(answer, old)
    return _plain_value(shape, words_in(answer), old)


def is_unasked(answer: Answer) -> bool:
    """Say whether nothing was asked at all, in no field of a part."""
    return answer is None or (isinstance(answer, dict) and all(is_unasked(inner) for inner in answer.values()))


def _part_value(shape: Shape, answer: Mapping[str, Answer], old: Any, ids: Ids) -> Any:
    value: dict[str, Any] = dict(old) if isinstance(old, dict) else {}
    for one in shape.inside:
        said = value_of(one, answer.get(one.key), value.get(one.key, ABSENT), ids=ids)
        value.pop(one.key, None) if said is ABSENT else value.__setitem__(one.key, said)
    if all(one.kind is Kind.OWN_ID for one in shape.inside if one.key in value) and not value.keys() - _keys(shape):
        return ABSENT if old is ABSENT or value != old else old
    for one in shape.inside:
        # An empty list of records says that none was found, once it is said what was searched for.
        if one.kind is Kind.RECORDS and one.required and one.key not in value:
            value[one.key] = []
    return value


def _keys(shape: Shape) -> set[str]:
    return {one.key for one in shape.inside}


def _rows_value(shape: Shape, rows: Sequence[Row], old: Any, ids: Ids) -> Any:
    said = (entry_of(shape, row, old, ids=ids) for row in rows)
    entries = [one for one in said if one is not ABSENT]
    if not entries:
        return old if old == [] else ABSENT
    return _with_ids(shape, entries, ids)


def entry_of(shape: Shape, row: Row, old: Any, *, ids: Ids) -> Any:
    """Return what an entry of a list says by a row, ABSENT where nothing stands in it."""
    was = entry_before(row, old)
    return was if is_unasked(dict(row.answers)) else _part_value(shape, row.answers, was, ids)


def entry_before(row: Row, old: Any) -> Any:
    """Return what the entry of a row said when the form was made, ABSENT where the row is new."""
    return old[row.was] if isinstance(old, list) and row.was is not None and row.was < len(old) else ABSENT


def _with_ids(shape: Shape, entries: list[Any], ids: Ids) -> list[Any]:
    """Give an id to each entry that has none."""
    own = next((one for one in shape.inside if one.kind is Kind.OWN_ID), None)
    if own is None:
        return entries
    for place, entry in enumerate(entries):
        if not entry.get(own.key):
            known = [str(one.get(own.key, "")) for one in entries]
            entries[place] = {own.key: ids.next(shape.path, besides=known), **entry}
    return entries


def _owner_value(answer: Mapping[str, Answer], old: Any) -> Any:
    person, external = ("".join(words_in(answer.get(key))).strip() for key in (PERSON, EXTERNAL))
    if not external:
        return person or ABSENT
    kept = dict(old) if isinstance(old, dict) else {}
    kept.pop("sponsor", None)
    return {**kept, "external": external, **({"sponsor": person} if person else {})} if external else ABSENT


def _plain_value(shape: Shape, words: Sequence[str], old: Any) -> Any:
    if old is not ABSENT and _says_the_same(shape, words, old):
        return old
    if shape.kind in _BY_LINES:
        found = records_in(words) if shape.kind is Kind.RECORDS else _lines(words)
        return found or ABSENT
    if shape.is_many:
        return list(dict.fromkeys(one for one in words if one)) or ABSENT
    text = plain_words(words[-1]) if words else ""
    if not text:
        return ABSENT
    return _READ.get(shape.kind, str)(text)


def _says_the_same(shape: Shape, words: Sequence[str], old: Any) -> bool:
    """Say whether an answer is what the record says already, but for spaces and line breaks at its ends."""
    known = answers_from(shape, old)
    if known is None:
        return True
    if shape.kind is Kind.RECORDS:
        return sorted(records_in(words)) == sorted(records_in(words_in(known)))
    if shape.kind in _BY_LINES:
        return _lines(words) == _lines(words_in(known))
    if shape.is_many:
        return bool([one for one in words if one] == old)
    return (plain_words(words[-1]) if words else "") == plain_words(words_in(known)[0])


def _lines(words: Sequence[str]) -> list[str]:
    return [line.strip() for one in words for line in plain_words(one).split("\n") if line.strip()]


def records_in(words: Sequence[str]) -> list[str]:
    """Return the numbers of records that stand in texts, each once, as they are written."""
    return list(dict.fromkeys(read_id(one) for text in words for one in re.split(r"[\s,;]+", text) if one))


def _number(text: str) -> Any:
    return int(text) if re.fullmatch("-?[0-9]{1,15}", text) else text


def _yes_or_no(text: str) -> Any:
    return {"yes": True, "no": False}.get(text, text)


_DATA = re.compile(r"[\[{\"].*|null|true|false|-?(?:0|[1-9][0-9]*)", re.DOTALL)


def _reads_as_data(text: str) -> bool:
    return _DATA.fullmatch(text.strip()) is not None


def _data(text: str) -> Any:
    if not _reads_as_data(text):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


_READ = {
    Kind.NUMBER: _number,
    Kind.SCALE: _number,
    Kind.YES_NO: _yes_or_no,
    Kind.VALUE: _data,
    Kind.RECORD: read_id,
}
