"""Two people's changes of one section put together, field by field, so that neither is written over unseen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nearmiss.engine.forms.answers import ABSENT, Answer, Row, answers_from, entry_before, rows_in
from nearmiss.engine.forms.changes import same
from nearmiss.engine.forms.shapes import Kind, Shape


def meeting(read: Any, mine: Any, now: Any) -> tuple[Any, tuple[str, ...]]:
    """Return a section that holds my changes and those that others made since I read it, and where these collide.

    Parts are compared field by field: what only one of us changed is as they left it; what both changed is as I have
    it, and is named. A section that is a list is one such field.
    """
    if not all(isinstance(one, dict) for one in (read, mine, now)):
        collides = not same(read, now) and not same(mine, now) and not same(read, mine)
        return (now if same(read, mine) else mine), (("",) if collides else ())
    value, colliding = dict(now), []
    for key in dict.fromkeys([*now, *read, *mine]):
        was, own, other = (one.get(key, ABSENT) for one in (read, mine, now))
        if same(was, own):
            continue
        if not same(was, other) and not same(own, other):
            colliding.append(key)
        if own is ABSENT:
            value.pop(key, None)
        else:
            value[key] = own
    return value, tuple(colliding)


def answers_met(shape: Shape, answer: Answer, *, before: Any, mine: Any, now: Any) -> Answer:
    """Return the answers to a form made from what is there now: mine where I changed something, else what it says."""
    if same(before, mine):
        return answers_from(shape, now)
    if shape.kind is Kind.PARTS:
        return [_moved(row, before, now) for row in rows_in(answer)]
    if shape.kind is not Kind.PART or not isinstance(answer, dict):
        return answer
    inside = {one.key: one for one in shape.inside}
    return {
        key: answers_met(inside[key], inner, before=_at(before, key), mine=_at(mine, key), now=_at(now, key))
        for key, inner in answer.items()
        if key in inside
    }


def _at(value: Any, key: str) -> Any:
    return value.get(key, ABSENT) if isinstance(value, dict) else ABSENT


def _moved(row: Row, before: Any, now: Any) -> Row:
    """Return a row that counts from where its entry lies now; one whose entry is gone is a new one."""
    was = entry_before(row, before)
    entries = now if isinstance(now, list) else []
    alike = [place for place, entry in enumerate(entries) if was is not ABSENT and same(entry, was)]
    named = [
        place
        for place, entry in enumerate(entries)
        if _at(was, "id") is not ABSENT and _at(was, "id") == _at(entry, "id")
    ]
    return replace(row, was=next(iter([*alike, *named]), None))
