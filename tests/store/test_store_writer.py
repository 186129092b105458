"""The canonical form: the same data, the same bytes, read by everybody as the same data."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from hypothesis import given
from ruamel.yaml import YAML

from nearmiss.store.guard import LARGEST_DOCUMENT
from nearmiss.store.reader import read
from nearmiss.store.scalars import LARGEST_INTEGER
from nearmiss.store.writer import WIDTH, UnwritableDataError, compose
from tests.store.documents_drawn import TRICKY, mappings


class Level(StrEnum):
    """A vocabulary as models have it."""

    HIGH = "high"


RECORD = {
    "schema": 1,
    "id": "NM-2026-7Q4K2",
    "title": "Dock 3: trailer rolled off",
    "state": "reported",
    "report": {
        "reported_on": "2026-11-21",
        "what_happened": "The trailer moved.\n\n  Nobody was hurt.",
        "made_safe": "yes",
        "what_stopped_it": {"barrier": "luck", "how": "The driver was not yet there, by chance"},
        "location": None,
        "reporter": {"mode": "named", "person": "m.okafor"},
        "links": [{"kind": "equipment", "ref": "TRL-88"}, {"kind": "work-order", "ref": "014"}],
        "clarifications": [{"on": "2026-11-22", "by": "r.meyer", "text": "First.\nSecond.\n"}],
    },
    "investigation": {
        "timeline": [],
        "similar": {"searched": "trailer dock chock", "found": ["NM-2025-00A1B"]},
        "worker_involved": True,
        "findings": "Chocks are kept in the office and fetched by hand; on the late shift it is locked, so none.",
    },
    "root_cause": {
        "causes": [
            {
                "id": "C1",
                "statement": "The wheels were not chocked, though the rule in force asks for it",
                "evidence": ["E1", "E2"],
            },
            {"id": "C2", "sub": {"deep": [["a", "b"], ["c"]]}, "none": {}},
        ],
    },
    "lesson": {"headline": "A trailer moves"},
}
WRITTEN = """\
# yaml-language-server: $schema=../../../schemas/near-miss.schema.json
schema: 1
id: NM-2026-7Q4K2
title: "Dock 3: trailer rolled off"
state: reported
report:
  reported_on: "2026-11-21"
  what_happened: |-
    The trailer moved.

      Nobody was hurt.
  made_safe: "yes"
  what_stopped_it: {barrier: luck, how: "The driver was not yet there, by chance"}
  location: null
  reporter: {mode: named, person: m.okafor}
  links:
  - {kind: equipment, ref: TRL-88}
  - {kind: work-order, ref: "014"}
  clarifications:
  - on: "2026-11-22"
    by: r.meyer
    text: |
      First.
      Second.
investigation:
  timeline: []
  similar: {searched: trailer dock chock, found: [NM-2025-00A1B]}
  worker_involved: true
  findings: Chocks are kept in the office and fetched by hand; on the late shift it is locked, so none.
root_cause:
  causes:
  - id: C1
    statement: The wheels were not chocked, though the rule in force asks for it
    evidence: [E1, E2]
  - id: C2
    sub:
      deep:
      - [a, b]
      - [c]
    none: {}
lesson:
  headline: A trailer moves
"""


def test_a_record_is_written_in_the_canonical_form() -> None:
    """A new record has its modeline, block text, quoted dates, and small mappings on one line."""
    written = compose(RECORD, schema="../../../schemas/near-miss.schema.json")
    assert written.decode() == WRITTEN
    assert read(written).data == RECORD


@given(mappings)
def test_what_is_written_reads_back_the_same(data: dict[str, Any]) -> None:
    """All plain data that can be written read back equal, by us and by ruamel, with the keys in their order."""
    written = compose(data)
    assert read(written).findings == ()
    assert repr(read(written).data) == repr(data)
    assert repr(YAML(typ="safe", pure=True).load(written)) == repr(data)


@given(mappings)
def test_writing_again_changes_nothing(data: dict[str, Any]) -> None:
    """The canonical form of what was read from the canonical form is the same bytes."""
    written = compose(data)
    again = read(written).data
    assert again is not None
    assert compose(again) == written


@given(mappings)
def test_lines_are_those_of_unix(data: dict[str, Any]) -> None:
    """What is written is UTF-8, ends in one newline, and has neither tabs at line starts nor trailing spaces."""
    lines = compose(data).decode().split("\n")
    assert lines[-1] == ""
    assert all(line == line.rstrip(" \t") and not line.startswith("\t") for line in lines)


@pytest.mark.parametrize("text", sorted(TRICKY))
def test_readers_of_old_yaml_take_text_as_text(text: str) -> None:
    """Text stays text for readers of YAML 1.1 as well, as value, entry in brackets, and list entry."""
    written = compose({"a": text, "b": {"c": text}, "d": [text, [text]]})
    old = yaml.safe_load(written)
    assert old == {"a": text, "b": {"c": text}, "d": [text, [text]]}


def test_width_decides_between_one_line_and_several() -> None:
    """A small mapping stands on one line up to the width, beyond it on lines of its own."""
    name = "a" * (WIDTH - len("- {key: }"))
    assert compose({"x": [{"key": name}]}).decode() == f"x:\n- {{key: {name}}}\n"
    assert compose({"x": [{"key": name + "a"}]}).decode() == f"x:\n- key: {name}a\n"


@pytest.mark.parametrize(
    "text, written",
    [
        ("a\nb", "x: |-\n  a\n  b\n"),
        ("a\nb\n", "x: |\n  a\n  b\n"),
        ("a\n\n  b", "x: |-\n  a\n\n    b\n"),
        ("a\n\tb", 'x: "a\\n\\tb"\n'),
        ("a \nb", 'x: "a \\nb"\n'),
        (" a\nb", 'x: " a\\nb"\n'),
        ("a\nb\n\n", 'x: "a\\nb\\n\\n"\n'),
        ("a\n", 'x: "a\\n"\n'),
        ("\n", 'x: "\\n"\n'),
        ("a\u202e\nb", 'x: "a\\u202e\\nb"\n'),
        ('say "a\\b"', 'x: say "a\\b"\n'),
        ('"a\\b": c', 'x: "\\"a\\\\b\\": c"\n'),
    ],
)
def test_text_of_several_lines_is_a_block_where_that_is_exact(text: str, written: str) -> None:
    """Block text is used where it shows the text exactly and safely, else one line in double quotes."""
    assert compose({"x": text}).decode() == written
    assert read(written.encode()).data == {"x": text}


def test_subclasses_of_text_are_text() -> None:
    """A term of a vocabulary is written as its text."""
    assert compose({"level": Level.HIGH, Level.HIGH: 1}).decode() == "level: high\nhigh: 1\n"


def test_nothing_is_written_as_an_empty_mapping() -> None:
    """A document without keys is still a mapping."""
    assert compose({}, schema="x").decode() == "# yaml-language-server: $schema=x\n{}\n"


def nested(depth: int) -> dict[str, Any]:
    """Return mappings inside each other, so many in all."""
    data: dict[str, Any] = {}
    for _ in range(depth - 1):
        data = {"a": data}
    return data


def test_the_deepest_that_is_written_is_the_deepest_that_is_read() -> None:
    """Writer and reader agree on how deep values may lie."""
    assert read(compose(nested(32))).data == nested(32)
    with pytest.raises(UnwritableDataError, match="levels deep"):
        compose(nested(33))


@pytest.mark.parametrize(
    "data, at, why",
    [
        ({"a": {"b": 1.5}}, ("a", "b"), "float"),
        ({"a": [1, LARGEST_INTEGER + 1]}, ("a", 1), "beyond"),
        ({"a": b"x"}, ("a",), "bytes"),
        ({"a": (1, 2)}, ("a",), "tuple"),
        ({"a": {1: 2}}, ("a",), "not text"),
        ({"a": {"k" * 2000: 2}}, ("a",), "2,000 characters"),
        ({"a": {"\x07": 2}}, ("a",), "U+0007"),
        ({"a": "b\x1b"}, ("a",), "U+001B"),
        ({"a": ["b\nc\u2028"]}, ("a", 0), "U+2028"),
        ({"a": ["\ud800"]}, ("a", 0), "U+D800"),
        ({"a": "b\r\n"}, ("a",), "U+000D"),
        ({"a": [[[{"b": {"c": set()}}]]]}, ("a", 0, 0, 0, "b", "c"), "set"),
        ({"a": "b" * LARGEST_DOCUMENT}, (), "bytes"),
    ],
)
def test_what_has_no_place_in_a_document_is_refused(data: dict[str, Any], at: tuple[str | int, ...], why: str) -> None:
    """Floats, foreign types, control characters and what is too large are errors that name the field."""
    with pytest.raises(UnwritableDataError) as raised:
        compose(data)
    assert raised.value.at == at
    assert why in raised.value.message
    assert raised.value.hint
