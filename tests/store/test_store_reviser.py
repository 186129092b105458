"""Edits: the data become what was meant, and everything that was not meant stays as a hand wrote it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from nearmiss.engine.documents import Edit
from nearmiss.store.changes import UnfitEditError, edited
from nearmiss.store.guard import LARGEST_DOCUMENT
from nearmiss.store.nodes import line_end, parse
from nearmiss.store.reader import read
from nearmiss.store.reviser import DisputedDocumentError, UneditableFormError, UnreadableDocumentError, revise
from nearmiss.store.writer import UnwritableDataError, compose
from tests.store.documents_drawn import handwritten, keys, mappings, values

RECORD = """\
# yaml-language-server: $schema=near-miss.schema.json
schema: 1
# the id never changes
id: NM-1   # fixed

title: 'single quoted'
state:   reported  # spaces
report:
    # deep indent
    reported_on: "2026-11-21"  # when
    what_happened: |
        Text here
          more

        end

    reporter: { mode: named,   person: 'x' } # who
    links:  # all of them
      - kind: a  # first
        ref: 1
      # between
      - { kind: b }
    # the report ends here
# before progress
progress:
- {action: A1, status: open}
# the end
"""


def after(*edits: Edit, text: str = RECORD) -> list[str]:
    """Return the lines that edits remove (`-`) and add (`+`), in order; the data must be those that were meant."""
    data = read(text.encode()).data
    for edit in edits:
        data = edited(data, edit)
    revised = revise(text.encode(), edits)
    assert read(revised).data == data
    return difference(text, revised.decode())


def difference(old: str, new: str) -> list[str]:
    """Return what lines went and came between what is alike at the beginning and at the end."""
    before, behind = old.split("\n"), new.split("\n")
    while before and behind and before[0] == behind[0]:
        del before[0], behind[0]
    while before and behind and before[-1] == behind[-1]:
        del before[-1], behind[-1]
    return ["-" + line for line in before] + ["+" + line for line in behind]


def put(value: Any, *at: str | int) -> Edit:
    """Return the edit that puts a value."""
    return Edit(at=at, value=value)


def drop(*at: str | int) -> Edit:
    """Return the edit that removes."""
    return Edit(at=at, remove=True)


def test_no_edit_changes_no_byte() -> None:
    """No edits, or edits to what is there already, give the very bytes back."""
    raw = RECORD.encode()
    assert revise(raw, []) == raw
    assert revise(raw, [put("reported", "state"), put({"action": "A1", "status": "open"}, "progress", 0)]) == raw


@pytest.mark.parametrize(
    "edits, expected",
    [
        pytest.param(
            [put("investigated", "state")],
            ["-state:   reported  # spaces", "+state:   investigated  # spaces"],
            id="a value keeps the space before and the comment behind",
        ),
        pytest.param(
            [put("one\ntwo", "title")],
            ["-title: 'single quoted'", "+title: |-", "+  one", "+  two"],
            id="text of several lines becomes a block",
        ),
        pytest.param(
            [put("one\ntwo", "id")],
            ["-id: NM-1   # fixed", "+id: |-   # fixed", "+  one", "+  two"],
            id="a comment stays on the line of its key",
        ),
        pytest.param(
            [put("redacted", "report", "what_happened")],
            [
                "-    what_happened: |",
                "-        Text here",
                "-          more",
                "-",
                "-        end",
                "+    what_happened: redacted",
            ],
            id="a block goes as a whole, the empty line below stays",
        ),
        pytest.param(
            [put("x\ny\n", "report", "what_happened")],
            ["-        Text here", "-          more", "-", "-        end", "+      x", "+      y"],
            id="a block is written anew",
        ),
        pytest.param(
            [put({"decision": "near-miss", "on": "2026-11-22"}, "assessment")],
            ["+assessment:", "+  decision: near-miss", '+  on: "2026-11-22"'],
            id="a section goes where the order has it",
        ),
        pytest.param(
            [put("x", "own_key")],
            ["+own_key: x"],
            id="a key without an order goes to the end",
        ),
        pytest.param(
            [put("14:20", "report", "occurred_at")],
            ['+    occurred_at: "14:20"'],
            id="a key of a section goes to the section's end",
        ),
        pytest.param(
            [put({"kind": "c"}, "report", "links", 2)],
            ["+      - {kind: c}"],
            id="an entry is appended with the dash where the others have it",
        ),
        pytest.param(
            [put("a: b", "report", "links", 0, "ref")],
            ["-        ref: 1", '+        ref: "a: b"'],
            id="one value inside an entry",
        ),
        pytest.param(
            [drop("report", "links", 0)],
            ["-      - kind: a  # first", "-        ref: 1"],
            id="an entry goes with its lines",
        ),
        pytest.param(
            [drop("report", "links", 0, "kind")],
            ["-      - kind: a  # first", "-        ref: 1", "+      - ref: 1"],
            id="the key beside a dash goes, the next takes its place",
        ),
        pytest.param(
            [drop("report", "reporter", "person")],
            ["-    reporter: { mode: named,   person: 'x' } # who", "+    reporter: { mode: named } # who"],
            id="the last key inside brackets",
        ),
        pytest.param(
            [drop("report", "reporter", "mode"), put("employee", "report", "reporter", "group")],
            [
                "-    reporter: { mode: named,   person: 'x' } # who",
                "+    reporter: { person: 'x', group: employee } # who",
            ],
            id="the first key inside brackets, and one more",
        ),
        pytest.param(
            [drop("report", "reporter")],
            ["-    reporter: { mode: named,   person: 'x' } # who"],
            id="a key goes with its line",
        ),
        pytest.param(
            [put([], "report", "links")],
            [
                "-    links:  # all of them",
                "-      - kind: a  # first",
                "-        ref: 1",
                "-      # between",
                "-      - { kind: b }",
                "+    links: [] # all of them",
            ],
            id="a list that is emptied keeps the comment of its key",
        ),
        pytest.param(
            [put("two\nlines", "progress", 0, "evidence")],
            [
                "-- {action: A1, status: open}",
                "+- action: A1",
                "+  status: open",
                "+  evidence: |-",
                "+    two",
                "+    lines",
            ],
            id="brackets open up for text of several lines",
        ),
        pytest.param(
            [put("word " * 20 + "end", "progress", 0, "evidence")],
            [
                "-- {action: A1, status: open}",
                "+- action: A1",
                "+  status: open",
                "+  evidence: " + "word " * 20 + "end",
            ],
            id="brackets open up when the line would be too long",
        ),
        pytest.param(
            [put("x", "lesson", "applies_to", 0), put("z", "lesson", "applies_to", 1), put("h", "lesson", "headline")],
            ["+lesson:", "+  applies_to: [x, z]", "+  headline: h"],
            id="mappings and lists on the way are made",
        ),
    ],
)
def test_an_edit_touches_only_its_own_lines(edits: list[Edit], expected: list[str]) -> None:
    """Each edit changes the lines of its value, in the canonical form, and no other."""
    assert after(*edits) == expected


@pytest.mark.parametrize(
    "text, edits, revised",
    [
        ("a: 1", [put(2, "b")], "a: 1\nb: 2\n"),
        ("a: 1", [put(2, "a")], "a: 2\n"),
        ("a: 'b'  ", [put("c", "a")], "a: c\n"),
        ("{}\n", [put(1, "a")], "a: 1\n"),
        ("--- {} # x\n", [put(1, "a")], "---\na: 1 # x\n"),
        ("a:\n- b: 1 # c\n", [put("d", "a", 0)], "a:\n- d\n"),
        ("# c\n{ } # d\n", [put(1, "a")], "# c\na: 1 # d\n"),
        ("a: 1\n", [drop("a")], "{}\n"),
        ("{a: 1}\n", [put(2, "b")], "{a: 1, b: 2}\n"),
        ("{a: 1, }\n", [put(2, "b")], "{a: 1, b: 2, }\n"),
        ("a:\nb: 1\n", [put({"c": 2}, "a")], "a:\n  c: 2\nb: 1\n"),
        ("a:  # why\nb: 1\n", [put(2, "a")], "a: 2  # why\nb: 1\n"),
        ("a: {b: , c: 1}\n", [put(2, "a", "b")], "a: {b: 2, c: 1}\n"),
        ("a: {b, c: 1}\n", [put(2, "a", "b")], "a:\n  b: 2\n  c: 1\n"),
        ("a:\n-\n- b\n", [put(1, "a", 0)], "a:\n- 1\n- b\n"),
        ("a:\n- - 1\n  - 2\n- 3\n", [drop("a", 0, 0)], "a:\n- - 2\n- 3\n"),
        ("a:\n- - 1\n  - 2\n", [put([0, 1, 2], "a", 0)], "a:\n- - 0\n  - 1\n  - 2\n"),
        ("a: [1, 3]\n", [put([1, 2, 3], "a")], "a: [1, 2, 3]\n"),
        ("a: [1, 3]\n", [put([0, 1, 3], "a")], "a: [0, 1, 3]\n"),
        ("a: [1, 2, 3]\n", [drop("a", 0), drop("a", 0)], "a: [3]\n"),
        ("a: [1, 2, 3]\n", [drop("a", 2)], "a: [1, 2]\n"),
        ("? a\n: 1\n? b\n: 2\n", [put(3, "a")], "? a\n: 3\n? b\n: 2\n"),
        ("a: >-\n  b\n  c\nd: 1\n", [put(2, "d")], "a: >-\n  b\n  c\nd: 2\n"),
        ("a: |+\n  b\n\n\nc: 1\n", [put(2, "a")], "a: 2\nc: 1\n"),
        ("a: |+\n  b\n\n", [put(2, "c")], "a: |+\n  b\n\nc: 2\n"),
        ("a: b\n  c\n  d # e\nf: 1\n", [put("g", "a")], "a: g # e\nf: 1\n"),
        (
            "a:\n  b: 1\n  # of b\nc: 2\n",
            [put("x\ny", "a", "d")],
            "a:\n  b: 1\n  d: |-\n    x\n    y\n  # of b\nc: 2\n",
        ),
        (
            "a:\n  b: 1\n    # of b\nc: 2\n",
            [put("x\ny", "a", "d")],
            "a:\n  b: 1\n    # of b\n  d: |-\n    x\n    y\nc: 2\n",
        ),
        ("a: 1\n    # deep\nb: 2\n", [put("x\ny", "a")], 'a: "x\\ny"\n    # deep\nb: 2\n'),
        ("b: 1\n", [put("x", "schema")], "schema: x\nb: 1\n"),
        ("state: 1\n", [put("x", "schema")], "schema: x\nstate: 1\n"),
        ("# m\nstate: 1\n", [put("x\ny", "id")], "# m\nid: |-\n  x\n  y\nstate: 1\n"),
        ("a:\n- b: 1 # c\n  # d\n  e: 2\n", [drop("a", 0, "b")], "a:\n- \n  # d\n  e: 2\n"),
        ("a: {b: [1, {c: x}]}\n", [put("y\nz", "a", "b", 1, "c")], "a:\n  b:\n  - 1\n  - c: |-\n      y\n      z\n"),
        ("a: {b: 1, # c\n  d: 2}\n", [put("y\nz", "a", "b")], 'a: {b: "y\\nz", # c\n  d: 2}\n'),
        ('a: {b: "#"}\n', [put("y\nz", "a", "b")], "a:\n  b: |-\n    y\n    z\n"),
    ],
)
def test_odd_forms_are_edited_in_place(text: str, edits: list[Edit], revised: str) -> None:
    """Whatever form a hand chose, an edit fits into it; what cannot keep its form is written on lines of its own."""
    assert revise(text.encode(), edits).decode() == revised


@given(handwritten(), st.data())
def test_edits_mean_what_they_say_and_touch_nothing_else(
    drawn: tuple[str, dict[str, Any]], data: st.DataObject
) -> None:
    """Any value put into, or taken from, any section of any document: right data, other sections byte for byte."""
    text, before = drawn
    assume(before)
    at = data.draw(ways(before))
    edit = data.draw(
        st.builds(put, values).map(lambda each: Edit(at=at, value=each.value)) | st.just(Edit(at=at, remove=True))
    )
    revised = revise(text.encode(), [edit]).decode()
    meant = edited(before, edit)
    assert repr_of(read(revised.encode()).data) == repr_of(meant)
    assert repr_of(YAML(typ="safe", pure=True).load(revised)) == repr_of(meant)
    root = parse(text)
    index = root.child(at[0])
    if meant:
        assert revised.startswith(text[: root.keys[index].start].rstrip(" "))
        assert revised.rstrip("\n").endswith(text[line_end(text, root.items[index].end) + 1 :].rstrip("\n"))


@given(handwritten(), keys, values)
def test_a_new_key_leaves_every_line_in_place(drawn: tuple[str, dict[str, Any]], key: str, value: Any) -> None:
    """A key is added to any document: all lines that were there are there, in their order."""
    text, before = drawn
    assume(before and key not in before)
    revised = revise(text.encode(), [put(value, key)]).decode()
    assert repr_of(read(revised.encode()).data) == repr_of({**before, key: value})
    remaining = iter(revised.split("\n"))
    assert all(line in remaining for line in text.removesuffix("\n").split("\n"))


@given(mappings, mappings)
def test_any_document_of_ours_can_become_any_other(one: dict[str, Any], other: dict[str, Any]) -> None:
    """From the canonical form of any data, an edit of the whole document leads to any other data."""
    revised = revise(compose(one), [Edit(at=(), value=other)])
    assert repr_of(read(revised).data) == repr_of(other)


def ways(data: Any) -> st.SearchStrategy[tuple[str | int, ...]]:
    """Draw the way to a value somewhere inside the data."""
    found: list[tuple[str | int, ...]] = []

    def visit(value: Any, way: tuple[str | int, ...]) -> None:
        steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for step, inner in steps:
            found.append((*way, step))
            visit(inner, (*way, step))

    visit(data, ())
    return st.sampled_from(found)


def repr_of(data: Any) -> str:
    """Spell data so that types count and the order of keys does not."""
    if isinstance(data, dict):
        return "{" + ", ".join(f"{key!r}: {repr_of(data[key])}" for key in sorted(data)) + "}"
    return "[" + ", ".join(map(repr_of, data)) + "]" if isinstance(data, list) else repr(data)


@pytest.mark.parametrize(
    "edit, at, why",
    [
        (drop(), (), "always a mapping"),
        (put("x"), (), "always a mapping"),
        (drop("nowhere"), ("nowhere",), "nothing to remove"),
        (drop("nowhere", "x"), ("nowhere",), "nothing to remove"),
        (drop("progress", 1), ("progress", 1), "nothing to remove"),
        (put("x", "progress", 2), ("progress", 2), "1 entries"),
        (put("x", "progress", -1), ("progress", -1), "1 entries"),
        (put("x", "state", "y"), ("state",), "not a mapping"),
        (put("x", "report", 0), ("report",), "not a list"),
        (put("x", "progress", "y"), ("progress",), "not a mapping"),
    ],
)
def test_edits_that_do_not_fit_are_refused(edit: Edit, at: tuple[str | int, ...], why: str) -> None:
    """An edit of what is not there, or not what the edit takes it for, is an error that names the field."""
    with pytest.raises(UnfitEditError) as raised:
        revise(RECORD.encode(), [edit])
    assert raised.value.at == at
    assert why in raised.value.message


def test_what_cannot_be_read_is_not_edited() -> None:
    """A document with findings is left alone; the first of them is told."""
    with pytest.raises(UnreadableDocumentError, match="line 2") as raised:
        revise(b"a: 1\nb: ~\n", [put(1, "a")])
    assert raised.value.findings[0].code == "yaml-null-spelling"


def test_what_cannot_be_written_is_not_put() -> None:
    """A value without a place in a document is refused as in a new one, with its whole field."""
    with pytest.raises(UnwritableDataError) as raised:
        revise(RECORD.encode(), [put({"x": [1.5]}, "report", "extra")])
    assert raised.value.at == ("report", "extra", "x", 0)


def test_a_document_does_not_grow_beyond_what_is_read() -> None:
    """An edit that would make the document larger than any that is read is refused."""
    with pytest.raises(UneditableFormError):
        revise(RECORD.encode(), [put("x" * LARGEST_DOCUMENT, "title")])


def test_comments_are_not_lost_to_make_an_edit_possible() -> None:
    """Where only writing around a comment anew would do, the edit is refused, with field and line."""
    text = "x: 1\n? a # why\n: 1\n? b # because\n: - 2 # yes\n"
    with pytest.raises(UneditableFormError) as raised:
        revise(text.encode(), [drop("b")])
    assert raised.value.at == ("b",)


def test_a_document_on_which_readers_differ_is_not_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should ruamel take what was written for other data, or refuse it, nothing is handed back."""
    monkeypatch.setattr(YAML, "load", lambda *_: {"a": 2, "b": True})
    with pytest.raises(DisputedDocumentError, match="b"):
        revise(b"a: 1\nb: 2\n", [put(2, "a"), put(1, "b")])


def test_a_document_that_ruamel_refuses_is_not_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should ruamel refuse what was written, the error says why and nothing is handed back."""

    def refuse(*_: object) -> None:
        raise YAMLError("not for me")

    monkeypatch.setattr(YAML, "load", refuse)
    with pytest.raises(DisputedDocumentError, match="not for me"):
        revise(b"a: 1\n", [put(2, "a")])
