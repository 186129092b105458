"""Draws sections of records as hypothesis thinks of them: whatever the models allow, field by field."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from nearmiss.engine.forms.shapes import Kind, Shape
from nearmiss.policy.version import PolicyVersion

_CONTROL = [*map(chr, range(32)), *map(chr, range(127, 160)), *map(chr, range(0x202A, 0x202F))]
_CONTROL += ["\u2028", "\u2029", *map(chr, range(0x2066, 0x206A))]
_LETTERS = st.characters(codec="utf-8", exclude_characters=_CONTROL)
LINES = st.text(_LETTERS, min_size=1, max_size=40).filter(lambda text: not text[0].isspace())
TEXTS = st.text(st.one_of(_LETTERS, st.sampled_from("\n\t")), min_size=1, max_size=60).filter(
    lambda text: not text[0].isspace()
)
_DAYS = st.sampled_from(["2026-11-21", "2027-02-28", "redacted"])
_RECORDS = st.sampled_from(["NM-2026-7Q4K2", "NM-2025-00000", "NM-2026-ZZZZZ"])
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), LINES, st.just("true"), st.just("12")),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(LINES, inner, max_size=3)),
    max_leaves=4,
)


def section_of(shape: Shape, policy: PolicyVersion) -> st.SearchStrategy[Any]:
    """Return values that a section may have."""
    return _value(shape, policy)


def _value(shape: Shape, policy: PolicyVersion) -> st.SearchStrategy[Any]:
    if shape.kind is Kind.PART:
        return _part(shape, policy)
    if shape.kind is Kind.PARTS:
        return st.lists(_part(shape, policy), max_size=3)
    plain = _plain(shape, policy)
    return st.lists(plain, max_size=3) if shape.is_many else plain


def _part(shape: Shape, policy: PolicyVersion) -> st.SearchStrategy[Any]:
    drawn = {one.key: _value(one, policy) for one in shape.inside}
    asked = {one.key for one in shape.inside if one.required}
    return st.fixed_dictionaries(
        {key: value for key, value in drawn.items() if key in asked},
        optional={key: value for key, value in drawn.items() if key not in asked},
    )


def _plain(shape: Shape, policy: PolicyVersion) -> st.SearchStrategy[Any]:
    if shape.vocabulary:
        terms = sorted(policy.vocabulary[shape.vocabulary].names()) if shape.vocabulary in policy.vocabulary else []
        return st.sampled_from([*terms, "redacted"])
    if shape.choices:
        return st.sampled_from([one.value for one in shape.choices])
    return _OF_KIND.get(shape.kind, LINES) if shape.kind is not Kind.SCALE else st.integers(shape.least, shape.most)


_HANDLES = st.sampled_from(["m.okafor", "s.ito", "redacted", "gone-long-ago"])
_OF_KIND: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: TEXTS,
    Kind.DAY: _DAYS,
    Kind.DATE: st.one_of(_DAYS, st.sampled_from(["2026", "2026-11"])),
    Kind.TIME: st.sampled_from(["14:20", "redacted"]),
    Kind.NUMBER: st.integers(0, 1_000_000),
    Kind.YES_NO: st.booleans(),
    Kind.PERSON: _HANDLES,
    Kind.PEOPLE: _HANDLES,
    Kind.OWNER: st.one_of(_HANDLES, st.fixed_dictionaries({"external": LINES, "sponsor": _HANDLES})),
    Kind.ROLE: st.sampled_from(["verifier", "a-role-of-old"]),
    Kind.OWN_ID: st.sampled_from(["C1", "A2", "E3", "XY999"]),
    Kind.REFERENCE: st.sampled_from(["C1", "A2", "E3"]),
    Kind.REFERENCES: st.sampled_from(["C1", "A2", "E3"]),
    Kind.RECORD: _RECORDS,
    Kind.RECORDS: _RECORDS,
    Kind.VALUE: _VALUES,
}
