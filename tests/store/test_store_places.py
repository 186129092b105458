"""Where fields stand: the places that findings of the model and the policy are given."""

from __future__ import annotations

import pytest
from hypothesis import given

from nearmiss.policy.findings import Field
from nearmiss.store.places import locate, locate_many
from tests.pace import soon
from tests.store.documents_drawn import double_quoted, handwritten

RECORD = """\
# yaml-language-server: $schema=near-miss.schema.json
schema: 1
report:
  what_happened: |-
    schema: 1
  ö: {a: 1, "b": [x, {c: d}]}
  links:
  - kind: a
    ref: 1

  # between
  -
    kind: b
  - - deep
    - deeper
empty:
"""


@pytest.mark.parametrize(
    "field, place",
    [
        ((), (2, 1)),
        (("schema",), (2, 1)),
        (("report",), (3, 1)),
        (("report", "what_happened"), (4, 3)),
        (("report", "ö"), (6, 3)),
        (("report", "ö", "a"), (6, 7)),
        (("report", "ö", "b"), (6, 13)),
        (("report", "ö", "b", 1, "c"), (6, 23)),
        (("report", "links"), (7, 3)),
        (("report", "links", 0), (8, 5)),
        (("report", "links", 0, "ref"), (9, 5)),
        (("report", "links", 1), (13, 5)),
        (("report", "links", 2, 1), (15, 7)),
        (("empty",), (16, 1)),
    ],
)
def test_a_field_stands_at_its_key_or_entry(field: Field, place: tuple[int, int]) -> None:
    """A field's place is that of its key, a list entry's that of the entry, in characters from 1."""
    assert locate(RECORD.encode(), field) == place


@pytest.mark.parametrize(
    "field, place",
    [
        (("title",), (2, 1)),
        (("report", "site"), (3, 1)),
        (("report", "links", 9, "kind"), (7, 3)),
        (("report", "links", 0, "system"), (8, 5)),
        (("report", "what_happened", "inside"), (4, 3)),
        (("empty", "x"), (16, 1)),
    ],
)
def test_a_missing_field_stands_at_the_nearest_above(field: Field, place: tuple[int, int]) -> None:
    """What is missing is told where it would belong: at the nearest field above that is there."""
    assert locate(RECORD.encode(), field) == place


def test_many_fields_are_found_in_one_pass() -> None:
    """Asking for many fields gives what asking for each gives."""
    fields: list[Field] = [("schema",), ("report", "links", 2, 0), ("nowhere", "at", "all")]
    assert locate_many(RECORD.encode(), fields) == {field: locate(RECORD.encode(), field) for field in fields}


def test_of_a_key_given_twice_the_first_is_meant() -> None:
    """A key that stands twice is found where it stands first."""
    assert locate(b"a: 1\nb: 2\na: 3\n", ("a",)) == (1, 1)


@pytest.mark.parametrize(
    "raw, field, place",
    [
        (b"", ("a",), (1, 1)),
        (b"\xff\xfe", ("a",), (1, 1)),
        (b"a: 1\nb: 'c\n", ("a",), (1, 1)),
        (b"\na: 1\nb: [c\nd: 1\n", ("b",), (3, 1)),
        (b"\n? [x]\n: y\na: *b\n", ("a",), (4, 1)),
        (b"\n? {x: 1}\n: y: 2\n", ("y",), (2, 1)),
        (b"\njust text", ("a",), (2, 1)),
        (b"\n- x\n- y\n", (1,), (3, 3)),
    ],
)
def test_documents_with_faults_have_the_places_they_have(raw: bytes, field: Field, place: tuple[int, int]) -> None:
    """A document that cannot be read to its end gives the places of what stands before the fault."""
    assert locate(raw, field) == place


@pytest.mark.parametrize("raw", [b"a: " + b"[" * 100_000, b"a:\n" + b"- " * 20_000, b"k: 1\n" * 200_000])
def test_hostile_documents_are_left_early(raw: bytes) -> None:
    """Looking for a place is bounded as reading is."""
    assert soon(1.0, lambda: locate(raw, ("nowhere",))) == (1, 1)


@given(handwritten())
def test_every_key_is_found_where_it_is_written(drawn: tuple[str, dict[str, object]]) -> None:
    """However a document is written, the place of each of its keys is where that key's spelling begins."""
    text, data = drawn
    lines = text.split("\n")
    for (key,), (line, column) in locate_many(text.encode(), [(key,) for key in data]).items():
        single_quoted = "'" + str(key).replace("'", "''")
        assert lines[line - 1][column - 1 :].startswith((str(key), double_quoted(str(key)), single_quoted))
