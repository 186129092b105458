"""Mending: what is only form is put right, what the record says and what was signed is left alone, and it is proved."""

from __future__ import annotations

import random
from collections.abc import Collection
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from nearmiss.engine.form import Form, Mending
from nearmiss.models.record import Record
from nearmiss.models.sections import KEY_ORDER
from nearmiss.policy.findings import Severity
from nearmiss.policy.structure import judge_model
from nearmiss.store.documents import YamlDocuments
from nearmiss.store.layout import lay_out
from nearmiss.store.mending import MOST_TRIED, mend
from nearmiss.store.reader import read
from tests.store.damage import DAMAGES, EXAMPLES, comments_of
from tests.store.documents_drawn import handwritten

SCHEMA = "../../../schemas/near-miss.schema.json"
MODELINE = f"# yaml-language-server: $schema={SCHEMA}\n"


def fits_record(data: Any, at: Any) -> bool:
    """Say whether a value is one that a field of a record may have, terms aside."""
    found = judge_model(Record, data, terms={})
    return not any(finding.field[: len(at)] == at and finding.code != "unknown-term" for finding in found)


def mended(text: str | bytes, *, sealed: Collection[str] = (), order: tuple[str, ...] = KEY_ORDER) -> Mending:
    """Mend a record, and see that a second time finds nothing more to do."""
    raw = text if isinstance(text, bytes) else text.encode()
    form = Form(schema=SCHEMA, order=order, fits=fits_record, sealed=frozenset(sealed))
    once = YamlDocuments().mend(raw, form)
    again = mend(once.content, form)
    assert (again.content, again.done) == (once.content, ())
    assert (once.content != raw) == bool(once.done)
    return once


def told(mending: Mending) -> list[tuple[int, str]]:
    """Return line and code of everything that was done."""
    return [(finding.line, finding.code) for finding in mending.done]


def left(mending: Mending) -> list[tuple[int, str]]:
    """Return line and code of everything that was left."""
    return [(finding.line, finding.code) for finding in mending.left]


def body(mending: Mending) -> str:
    """Return a mended document without the first line, which is always the same."""
    text = mending.content.decode()
    assert text.startswith(MODELINE)
    return text.removeprefix(MODELINE)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_what_is_in_good_form_is_left_alone(path: Any) -> None:
    """A record that is written as ours are comes out as the same bytes, and nothing is said."""
    raw = path.read_bytes()
    assert mended(raw) == Mending(content=raw)


@pytest.mark.parametrize(
    "written, is_now, codes",
    [
        ("report: {reported_on: 2026-11-21}", 'report: {reported_on: "2026-11-21"}', ["yaml-unquoted-date"]),
        ("report: {reported_on: 2026-11 }", 'report: {reported_on: "2026-11" }', ["yaml-unquoted-date"]),
        ("report: {occurred_at: 14:20}", 'report: {occurred_at: "14:20"}', ["yaml-unquoted-date"]),
        ("title: 2026-11-21T08:05:00Z", 'title: "2026-11-21T08:05:00Z"', ["yaml-unquoted-date"]),
        ("title: 2026-11-21\n  08:05", 'title: "2026-11-21 08:05"', ["yaml-unquoted-date"]),
        ("report: {suggestion: ~}", "report: {suggestion: null}", ["yaml-null-spelling"]),
        ("report: {made_safe: yes}", 'report: {made_safe: "yes"}', ["yaml-boolean-spelling"]),
        ("report: {made_safe: No}", "report: {made_safe: No}", []),
        ("investigation: {worker_involved: yes}", "investigation: {worker_involved: true}", ["yaml-boolean-spelling"]),
        (
            "investigation: {worker_involved: FALSE}",
            "investigation: {worker_involved: false}",
            ["yaml-boolean-spelling"],
        ),
        ("title: on", 'title: "on"', ["yaml-boolean-spelling"]),
        ("assessment: {likelihood: +3}", "assessment: {likelihood: 3}", ["yaml-number-spelling"]),
        ("assessment: {likelihood: 0x3}", "assessment: {likelihood: 3}", ["yaml-number-spelling"]),
        ("assessment: {likelihood: 0_4}", "assessment: {likelihood: 4}", ["yaml-number-spelling"]),
        ("briefings: [{attended: 014}]", "briefings: [{attended: 014}]", []),
        ("briefings: [{attended: 1_000}]", "briefings: [{attended: 1000}]", ["yaml-number-spelling"]),
        ("briefings: [{attended: 0o17}]", "briefings: [{attended: 15}]", ["yaml-number-spelling"]),
        ("briefings: [{attended: 0b101}]", "briefings: [{attended: 5}]", ["yaml-number-spelling"]),
        ("briefings: [{attended: 0b}]", "briefings: [{attended: 0b}]", []),
        ("briefings: [{attended: 0x1FFFFFFFFFFFFFF}]", "briefings: [{attended: 0x1FFFFFFFFFFFFFF}]", []),
        ("title: 014", 'title: "014"', ["yaml-number-spelling"]),
        ("title: __", "title: __", []),
        ("title: -_", 'title: "-_"', ["yaml-number-spelling"]),
        ("title: 3.50", 'title: "3.50"', ["yaml-float"]),
        ("title: .inf", 'title: ".inf"', ["yaml-float"]),
        ("assessment: {likelihood: 3.5}", "assessment: {likelihood: 3.5}", []),
        ("title: 99999999999999999999", 'title: "99999999999999999999"', ["yaml-integer-too-large"]),
        ("title: a\tb", 'title: "a\\tb"', ["yaml-syntax"]),
        ("title:\t'a'  # b\tc ", "title: 'a'  # b\tc", ["yaml-syntax", "form-spaces"]),
        ("report: {\n\tsuggestion: a\n  }", "report: {\n    suggestion: a\n  }", ["yaml-syntax"]),
        ("title: a \t ", "title: a", ["form-spaces"]),
        ("title:  a  # b", "title:  a  # b", []),
        ("report:\n  suggestion: |-#c\n    a ", "report:\n  suggestion: |- #c\n    a ", ["form-spaces"]),
        ("report:\n  suggestion: |\t# c\n    a", "report:\n  suggestion: | # c\n    a", ["form-spaces"]),
        (
            "report:\n  suggestion: |- \n   \n\n    a",
            "report:\n  suggestion: |-\n\n\n    a",
            ["form-spaces", "yaml-syntax"],
        ),
        ("report:\n  suggestion: |  # c\n    a", "report:\n  suggestion: |  # c\n    a", []),
        ("alert:\n  do_this: |-\n    a \n  \n# b ", "alert:\n  do_this: |-\n    a \n  \n# b", ["form-spaces"]),
        ('title: "a  \n\n  b"', 'title: "a  \n\n  b"', []),
    ],
)
def test_spelling_is_mended_where_it_is_certain(written: str, is_now: str, codes: list[str]) -> None:
    """What can only mean one thing, in that field, is written so that every reader reads that; all else is left."""
    mending = mended(f"{MODELINE}{written}\n")

    assert body(mending) == f"{is_now}\n"
    assert [finding.code for finding in mending.done] == codes
    assert all(finding.line > 1 and finding.severity is Severity.NOTE for finding in (*mending.done, *mending.left))
    assert bool(mending.left) == (read(mending.content).data is None)


@pytest.mark.parametrize(
    "written, codes",
    [
        (b"\xef\xbb\xbfschema: 1\n", [(1, "yaml-bom")]),
        (b"schema: 1\r\n", [(1, "yaml-line-ends")]),
        (b"schema: 1\r", [(1, "yaml-line-ends")]),
        ("\ufeffschema: 1\n".encode("utf-16-le"), [(1, "yaml-not-utf8")]),
        ("\ufeffschema: 1\r\n".encode("utf-16-be"), [(1, "yaml-not-utf8"), (1, "yaml-line-ends")]),
        (b"schema: 1", [(1, "form-last-line")]),
        (b"schema: 1\n...\n", [(2, "yaml-second-document")]),
        (b"schema: 1\n---", [(2, "yaml-second-document")]),
        (b"schema: 1\n...\n\n---\n...", [(2, "yaml-second-document")]),
    ],
)
def test_what_is_around_a_text_is_mended(written: bytes, codes: list[tuple[int, str]]) -> None:
    """Encoding, line ends, and marks of a document's end are put right; the first line is put where it is missing."""
    mending = mended(written)

    assert body(mending).strip("\n") == "schema: 1"
    assert sorted(told(mending)) == sorted([*codes, (1, "form-modeline")])


@pytest.mark.parametrize(
    "written",
    [
        "",
        "---\n",
        "a: 1\n---\nb: 1\n",
        "a: 1\nb: *c\nd: 2026-11-21\n",
        "a: &c 1\nd: 2026-11-21\n",
        "a: !!str 1\nd: 2026-11-21\n",
        "a: 1\na: 2026-11-21\n",
        "2026: 2026-11-21\n",
        "<<: {a: 2026-11-21}\n",
        "title: =\nd: 2026-11-21\n",
        "a: 'open\nd: 2026-11-21\n",
        "\ta: 2026-11-21\n",
        "a: [2026-11-21]\r\nb: c\rd\r\n",
        'a: "\\0"\nd: 2026-11-21\n',
        "a: \x07\nd: 2026-11-21\n",
        "%YAML 1.1\n---\na: yes\n",
        "- 2026-11-21\n",
        b"a: 2026-11-21\n\xff",
        b"\xff\xfea",
    ],
)
def test_what_is_wrong_in_more_than_form_is_left_alone(written: str | bytes) -> None:
    """A document that nobody can read for certain keeps its bytes; `check` says what is wrong with it."""
    raw = written if isinstance(written, bytes) else written.encode()
    assert mended(raw) == Mending(content=raw)


def test_a_directive_that_says_nothing_is_taken_out() -> None:
    """`%YAML 1.2` above the document goes; the comments and the mark below it stay."""
    mending = mended("# a\n%YAML 1.2 # b\n---\nschema: 1\n")

    assert body(mending) == "# a\n---\nschema: 1\n"
    assert (2, "yaml-directive") in told(mending)


def test_keys_go_to_their_places_and_comments_with_them() -> None:
    """A record's own keys are put in their order, with what is said above, beside and inside them; the rest stays."""
    written = (
        "# of the document\n\n# about the title\ntitle: a # beside\n\n# about\n# the state\nstate: reported\n"
        "  # inside\nschema: 1\nid: b\n# the end\n"
    )

    mending = mended(MODELINE + written)

    assert body(mending) == (
        "# of the document\n\nschema: 1\nid: b\n# about the title\ntitle: a # beside\n\n# about\n# the state\n"
        "state: reported\n  # inside\n# the end\n"
    )
    assert told(mending) == [(11, "form-key-order"), (12, "form-key-order")]
    assert [finding.message for finding in mending.done] == ["`schema` put to the top", "`id` put behind `schema`"]


@pytest.mark.parametrize(
    "written, is_now, codes",
    [
        ("? title\nschema: 1\n", "schema: 1\n? title\n", [(3, "form-key-order")]),
        ("title: |\n ", "title: |\n\n", [(2, "yaml-syntax"), (3, "form-last-line")]),
        ("title: |\n  a\n \nid: b\n", "\nid: b\ntitle: |\n  a\n", [(2, "form-spaces"), (4, "form-key-order")]),
        ("title: NO\nid: b\n", 'id: b\ntitle: "NO"\n', [(2, "yaml-boolean-spelling"), (3, "form-key-order")]),
    ],
    ids=["key-without-value", "spaces-last", "spaces-below-a-text", "told-once"],
)
def test_once_is_enough(written: str, is_now: str, codes: list[tuple[int, str]]) -> None:
    """What one mending makes possible for another is done at once, and nothing is told twice."""
    mending = mended(MODELINE + written)
    assert body(mending) == is_now
    assert told(mending) == codes


def test_a_key_without_a_place_comes_last() -> None:
    """A key that no record has is put behind those that it has; saying that it is wrong is left to `check`."""
    assert body(mended("extra: 1\nschema: 1\n")) == "schema: 1\nextra: 1\n"


@pytest.mark.parametrize("head", ["", "# c\n", "---\n", "# yaml-language-server: $schema=x.json\n", "# c\n" + MODELINE])
def test_the_first_line_names_the_schema(head: str) -> None:
    """However a record begins, it comes to begin with the line that names its schema, and has it once."""
    mending = mended(f"{head}\nschema: 1\n")

    assert mending.content.decode().count("yaml-language-server") == 1
    assert body(mending).endswith("\nschema: 1\n")
    assert told(mending) == [(1, "form-modeline")]


def test_a_document_without_a_schema_gets_no_first_line() -> None:
    """Where a kind of document has no schema and no order, both are left as they are."""
    form = Form(schema="", order=(), fits=fits_record)
    mending = mend(b"b: ~\na: 1", form)

    assert mending.content == b"b: null\na: 1\n"


# what was signed


def test_what_was_signed_keeps_its_bytes() -> None:
    """A slip in a signed section is left and said; the same slip elsewhere is mended."""
    mending = mended(
        f"{MODELINE}title: 2026-11-21\nreport: {{reported_on: 2026-11-21 }} \nalert: {{until: 2026-11-21}} \n",
        sealed=["title", "report"],
    )

    assert body(mending) == 'title: 2026-11-21\nreport: {reported_on: 2026-11-21 } \nalert: {until: "2026-11-21"}\n'
    assert told(mending) == [(4, "yaml-unquoted-date"), (4, "form-spaces")]
    assert left(mending) == [(2, "form-sealed"), (3, "form-sealed"), (3, "form-sealed")]


def test_line_ends_of_what_was_signed_stay() -> None:
    """Line ends cannot be mended around a signed section, for the file would stay unreadable: nothing is done."""
    raw = b"schema: 1\r\ntitle: a\r\nalert: {until: 2026-11-21}\r\n"
    mending = mended(raw, sealed=["title"])

    assert mending.content == raw
    assert left(mending) == [(1, "form-sealed")]
    assert "line ends" in mending.left[0].message
    assert mended(raw.replace(b"a\r\n", b"a\n"), sealed=["title"]).content.count(b"\r") == 0


def test_signed_sections_are_not_moved_past_each_other() -> None:
    """What is not signed goes to its place around what is; signed sections that stand in another order stay so."""
    written = f"{MODELINE}assessment: {{}}\nreport: {{}} # b\nstate: reported\ninvestigation: {{}}\n"
    mending = mended(written, sealed=["assessment", "report"])

    assert body(mending) == "state: reported\nassessment: {}\nreport: {} # b\ninvestigation: {}\n"
    assert told(mending) == [(4, "form-key-order")]
    assert left(mending) == [(1, "form-sealed")]


def test_brackets_around_everything_are_all_signed() -> None:
    """Where keys share a line, nothing can be mended beside what was signed; without a signature it can."""
    written = "{schema: 1, title: ~, alert: {until: 2026-11-21}}"

    assert mended(written, sealed=["title"]).content == written.encode()
    assert mended(written).content == b'{schema: 1, title: null, alert: {until: "2026-11-21"}}\n'


# the proof


def test_a_slip_that_would_change_the_data_is_left() -> None:
    """A line end at the end of a text that keeps its line ends would become part of it, so it is not put there."""
    written = f"{MODELINE}schema: 1 \nreport:\n  suggestion: |\n    a"
    mending = mended(written)

    assert mending.content.decode() == written.replace("1 ", "1")
    assert [finding.code for finding in read(mending.content).findings] == ["yaml-syntax"]


def test_a_large_document_is_left() -> None:
    """What would take long to prove is not mended, and it is said."""
    raw = b"title: 2026-11-21\n" + b"# a\n" * 40_000
    assert left(mended(raw)) == [(1, "yaml-too-large")]


def test_what_another_reader_reads_otherwise_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where ruamel disagrees about the outcome, nothing is done, and it is said."""
    from nearmiss.store import mending as module
    from nearmiss.store.reviser import DisputedDocumentError

    def disagree(text: str, intended: Any) -> None:
        raise DisputedDocumentError(f"{len(text)} {intended}")

    monkeypatch.setattr(module, "hear_ruamel", disagree)
    raw = b"schema: 1 \n"
    mending = mended(raw)

    assert mending.content == raw
    assert left(mending) == [(1, "form-disputed")]


def test_very_many_doubts_are_decided_in_bounded_time() -> None:
    """Of thousands of doubtful words only the first ones are looked up; certain ones are all mended."""
    words = f"{MODELINE}report: [{', '.join(['yes'] * 3000)}, {', '.join(['~'] * 3000)}]\n"
    asked = []

    def fits(data: Any, at: Any) -> bool:
        asked.append((data, at))
        return False

    mending = mend(words.encode(), Form(schema=SCHEMA, order=KEY_ORDER, fits=fits))

    assert len(asked) == 2 * MOST_TRIED
    assert mending.content.count(b"null") == len(mending.left) == 3000


@given(
    st.sampled_from(EXAMPLES),
    st.sets(st.sampled_from(DAMAGES), min_size=1),
    st.randoms(use_true_random=False),
    st.sets(st.sampled_from(KEY_ORDER), max_size=3),
)
def test_damage_to_the_form_is_undone(path: Any, damages: Any, chance: random.Random, sealed: set[str]) -> None:
    """Whatever is done to the form of a record, it comes back to the same data and comments in good form."""
    sound = path.read_bytes().decode()
    text = sound
    for damage in (each for each in DAMAGES if each in damages):
        text = damage(text, chance)

    mending = mended(text)

    reading = read(mending.content)
    assert reading.findings == ()
    assert reading.data == read(sound.encode()).data
    assert list(reading.data or {}) == [key for key in KEY_ORDER if key in (reading.data or {})]
    assert YAML(typ="safe", pure=True).load(mending.content) == reading.data
    assert comments_of(mending.content.decode()) == comments_of(text.replace("\r", "\n"))
    assert mending.left == ()
    _keeps_sealed(text, sealed)


def _keeps_sealed(text: str, sealed: set[str]) -> None:
    """See that the characters of signed keys are the same afterwards, or that nothing was changed at all."""
    outcome = mended(text, sealed=sealed).content.decode()
    if not sealed or outcome == text:
        return
    before, after = lay_out(text.removeprefix("\ufeff")), lay_out(outcome)
    assert before is not None
    assert after is not None
    kept = [(key, entry) for key, entry in before.entries if key in sealed]
    assert {(key, entry) for key, entry in after.entries if key in sealed} == set(kept)


@given(handwritten())
def test_what_is_written_by_hand_says_the_same_afterwards(drawn: tuple[str, dict[str, Any]]) -> None:
    """However a document is written, mending keeps its data and its comments, and leaves nothing undone."""
    text, data = drawn
    mending = mended(text)

    assert read(mending.content).data == data
    assert text.count("# be") == mending.content.decode().count("# be")
    assert mending.left == ()
