"""The strict reader: what it accepts, what it refuses and where, and that it cannot be made to hang or crash."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from nearmiss.policy.findings import Finding
from nearmiss.store.reader import MOST_FINDINGS, read
from tests.store.documents_drawn import handwritten

REFUSED = Path(__file__).parent.parent / "examples" / "refused" / "yaml"
ATLAS = Path(__file__).parents[3] / "shared" / "data" / "atlas"


def findings(text: str | bytes) -> tuple[Finding, ...]:
    """Return the findings of a document; there must be no data beside them."""
    reading = read(text.encode() if isinstance(text, str) else text)
    assert (reading.data is None) == bool(reading.findings)
    return reading.findings


def codes(text: str | bytes) -> list[tuple[str, int, int]]:
    """Return code, line and column of each finding."""
    return [(finding.code, finding.line, finding.column) for finding in findings(text)]


def value(spelling: str) -> Any:
    """Return what a scalar reads as."""
    reading = read(f"a: {spelling}\n".encode())
    assert reading.data is not None, reading.findings
    return reading.data["a"]


def alike(one: Any, other: Any) -> bool:
    """Say whether two values are the same, types included, ruamel's own types of strings and numbers aside."""
    if isinstance(one, dict):
        return isinstance(other, dict) and list(one) == list(other) and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(alike, one, other))
    return type(one) is type(other) and bool(one == other)


@pytest.mark.parametrize("path", sorted(REFUSED.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_example_gives_the_finding_of_its_name(path: Path) -> None:
    """Every file of the refused examples has exactly one finding, that its name begins with, with place and fix."""
    (finding,) = findings(path.read_bytes())
    assert finding.code == path.stem.partition("--")[0]
    assert finding.line >= 1
    assert finding.column >= 1
    assert finding.message
    assert finding.hint


@pytest.mark.parametrize(
    "spelling, meaning",
    [
        ("", None),
        ("null", None),
        ("true", True),
        ("false", False),
        ("0", 0),
        ("-1", -1),
        ("2026", 2026),
        ("9007199254740991", 2**53 - 1),
        ("-9007199254740991", 1 - 2**53),
        ("none", "none"),
        ("1.2.3", "1.2.3"),
        ("6 of 6", "6 of 6"),
        ("0a1b2c", "0a1b2c"),
        ("2026-11-21 was a Saturday", "2026-11-21 was a Saturday"),
        ("14:20 to 14:30", "14:20 to 14:30"),
        ("12-B", "12-B"),
        ("+", "+"),
        ("-a", "-a"),
        ("٣", "٣"),
        ("http://example.org/a?b#c", "http://example.org/a?b#c"),
        ("'~'", "~"),
        ('"2026-11-21"', "2026-11-21"),
        ("'014'", "014"),
        ("|-\n  true", "true"),
        (">-\n  1.5\n  a", "1.5 a"),
    ],
)
def test_scalars_mean_one_thing(spelling: str, meaning: Any) -> None:
    """A plain scalar is null, a truth value, a whole number or text; what is in quotes or blocks is text."""
    assert alike(value(spelling), meaning)


@pytest.mark.parametrize(
    "code, spellings",
    [
        ("yaml-null-spelling", ["~", "Null", "NULL"]),
        ("yaml-boolean-spelling", ["True", "FALSE", "yes", "No", "ON", "off", "y", "N"]),
        (
            "yaml-float",
            ["3.5", "1.", ".5", "-0.1", "1e3", "1E-3", "1_0.5", ".inf", "-.INF", ".NaN", "NaN", "Infinity", "-inf"],
        ),
        ("yaml-number-spelling", ["1_000", "014", "00", "-0", "+1", "0x1F", "0o17", "0b101", "-_", "+_1"]),
        ("yaml-integer-too-large", ["9007199254740992", "-9007199254740992", "1" * 5000]),
        (
            "yaml-unquoted-date",
            [
                "2026-11-21",
                "2026-1-2",
                "2026-11",
                "2026-11-21T08:05:00Z",
                "2026-11-21 08:05:00.5 +01:00",
                "14:20",
                "1:30:00.5",
            ],
        ),
        ("yaml-merge-key", ["<<", "="]),
    ],
)
def test_disputed_spellings_are_findings_with_a_fix(code: str, spellings: list[str]) -> None:
    """What another reader takes for something else is refused, at its place, and told how to write it."""
    for spelling in spellings:
        (finding,) = findings(f"ok: 1\nä: [b, {spelling}]\n")
        assert (finding.code, finding.line, finding.column) == (code, 2, 8)
        assert finding.field == ("ä", 1)
        assert "uote it" in finding.hint


@pytest.mark.parametrize("key", ["on", "off", "yes", "y", "N", "NaN", "2026-B", '"2026"', "'~'", '""', '"<<"'])
def test_keys_that_are_text_are_accepted(key: str) -> None:
    """The format has keys named `on`; whatever is text to YAML 1.2, or quoted, can be a key."""
    reading = read(f"{key}: 1\n".encode())
    assert reading.data == {key.strip("'\""): 1}


@pytest.mark.parametrize(
    "key", ["2026", "~", "null", "?\n", "true", "1.5", "2026-11-21", "14:20", "? [a]\n", "? {a: b}\n", "="]
)
def test_keys_that_are_no_text_are_refused(key: str) -> None:
    """A key that reads as number, date, null, truth value, list or mapping is one finding."""
    (finding,) = findings(f"ok: 1\n{key}: 1\n")
    assert (finding.code, finding.line) == ("yaml-key-not-string", 2)


def test_all_faults_are_told_at_once() -> None:
    """Faults that do not end reading are listed together, each at its own line, column and field."""
    text = "a: ~\na: 1.5\nb:\n- c: &x 014\n  c: *x\n? [d]\n: yes\n<<: *x\n2: !!str e\n"
    told = [(finding.code, finding.line, finding.column, finding.field_name) for finding in findings(text)]
    assert told == [
        ("yaml-null-spelling", 1, 4, "a"),
        ("yaml-duplicate-key", 2, 1, "a"),
        ("yaml-float", 2, 4, "a"),
        ("yaml-anchor", 4, 6, "b[0]"),
        ("yaml-number-spelling", 4, 6, "b[0].c"),
        ("yaml-duplicate-key", 5, 3, "b[0].c"),
        ("yaml-alias", 5, 6, "b[0]"),
        ("yaml-key-not-string", 6, 3, ""),
        ("yaml-boolean-spelling", 7, 3, "?"),
        ("yaml-merge-key", 8, 1, ""),
        ("yaml-key-not-string", 9, 1, ""),
        ("yaml-tag", 9, 4, ""),
    ]


def test_a_key_given_twice_says_where_it_stands_first() -> None:
    """The finding of a duplicate key stands at the second and names the line of the first."""
    (finding,) = findings("x: 0\na:\n  b: 1\n  c: 2\n  b: 3\n")
    assert (finding.line, finding.column) == (5, 3)
    assert "line 3" in finding.message


def test_a_syntax_error_keeps_the_faults_before_it() -> None:
    """A syntax error ends reading; what was seen before it is told all the same."""
    assert codes("a: ~\nb: 'c\n") == [("yaml-null-spelling", 1, 4), ("yaml-syntax", 2, 4)]


@pytest.mark.parametrize(
    "text, line, column, word",
    [
        ("title: Dock 3: trailer\n", 1, 14, "colon"),
        ('a: "not closed\nb: 1\n', 1, 4, "not closed"),
        ("a: 1\n\tb: 2\n", 2, 1, "tab"),
        ("a: @b\n", 1, 4, "cannot begin"),
        ("a: [b, c\nd: 1\n", 1, 4, "bracket"),
        ("a: [b c: d, e\n", 1, 4, "bracket"),
        ("a: *\n", 1, 5, "alias"),
        ("a: & b\n", 1, 5, "anchor"),
        ("a: b\n c: d\n", 2, 3, "colon"),
        ("a:\n  b: 1\n c: 2\n", 3, 2, "next key"),
        ("a:\n- b\n c\n  - d: 1\n", 4, 6, "colon"),
        ("a:\n  - b\n  c: 1\n", 3, 3, "next `- `"),
        ("a: - b\n", 1, 4, "list cannot begin"),
        ("a: b\nc\n", 2, 1, "no colon"),
        ('a: "\\q"\n', 1, 5, "backslash"),
        ("a: [,]\n", 1, 5, "expected here"),
        ("{a: 1}\nb: 2\n", 2, 1, "follows the end"),
        ("a: |5x\n  b\n", 1, 6, "not YAML"),
        ('a: "\\ud800"\n', 1, 7, "backslash"),
    ],
)
def test_syntax_errors_are_told_in_words(text: str, line: int, column: int, word: str) -> None:
    """A syntax error is one finding where the mending is to be done, in words that mean something to the writer."""
    (finding,) = findings(text)
    assert (finding.code, finding.line, finding.column) == ("yaml-syntax", line, column)
    assert word in finding.message
    assert finding.hint


@pytest.mark.parametrize("text", ["a: !<b\n", "a: !e!b c\n", "!a b: c\n", "!!map {a: b}\n", "a: ! b\n"])
def test_every_kind_of_tag_is_refused(text: str) -> None:
    """Tags are refused whether the parser understands them or not."""
    assert [finding.code for finding in findings(text)] == ["yaml-tag"]


@pytest.mark.parametrize(
    "text, code",
    [
        ("", "yaml-empty"),
        ("\n\n# only this\n", "yaml-empty"),
        ("---\n", "yaml-empty"),
        ("null\n", "yaml-not-a-mapping"),
        ("just text\n", "yaml-not-a-mapping"),
        ("''\n", "yaml-not-a-mapping"),
        ("[a, b]\n", "yaml-not-a-mapping"),
        ("*a\n", "yaml-alias"),
        ("*a : b\n", "yaml-alias"),
        ("a: 1\n---\nb: 2\n", "yaml-second-document"),
        ("a: 1\n...\nb: 2\n", "yaml-second-document"),
        ("a: 1\n...\n", "yaml-second-document"),
        ("... # c\na: 1\n", "yaml-second-document"),
    ],
)
def test_a_document_is_one_mapping(text: str, code: str) -> None:
    """Nothing, something else than a mapping, and more than one document are one finding each."""
    assert [finding.code for finding in findings(text)] == [code]


@pytest.mark.parametrize("text", ["---\na: 1\n", "--- {a: 1}\n", "# c\n--- # d\na: 1 # e\n", "{a: 1}"])
def test_a_leading_mark_is_accepted(text: str) -> None:
    """A document may begin with `---`, which many editors write, and with comments."""
    assert read(text.encode()).data == {"a": 1}


@pytest.mark.parametrize("escape", ["\\0", "\\e", "\\r", "\\u2028", "\\N", "\\x7f", "\\uFEFF", "\\v"])
def test_control_characters_do_not_come_in_as_escapes(escape: str) -> None:
    """What may not stand in a text may not be written as an escape either, in values, lists and keys."""
    assert codes(f'a: "b{escape}"\n') == [("yaml-control-character", 1, 4)]
    assert codes(f'a: ["b{escape}"]\n') == [("yaml-control-character", 1, 5)]
    assert codes(f'"b{escape}": a\n') == [("yaml-control-character", 1, 1)]


def test_harmless_escapes_are_read() -> None:
    """Newlines, tabs, quotes and characters of any script may be written as escapes."""
    assert value('"a\\n\\t\\"\\\\\\u00e4\\U0001F642"') == 'a\n\t"\\ä🙂'


@pytest.mark.parametrize(
    "text, line, column",
    [
        ("a:\tb\n", 1, 3),
        ("a: b\t# c\n", 1, 5),
        ("a: b\tc\n", 1, 5),
        ('# x\ty\na: "b\tc"\nd: [e,\tf]\n', 3, 7),
        ("a: |#b\n  c\n", 1, 5),
        ("a: |-\t# b\n  c\n", 1, 6),
        ("a: |\n   \n\n  \n", 2, 1),
        ("a: >\n\n \n  c\n", 2, 1),
        ("a: {?b: c}\n", 1, 5),
        ("a: [b, ?c]\n", 1, 8),
        ("? a\n: {?b : c}\n", 2, 4),
        ('a: "b"# c\n', 1, 7),
        ("a: [b]# c\n", 1, 7),
        ("a: {b: c}# d # e\nf: g\n", 1, 10),
        ("a: [b,# c\n  d]\n", 1, 7),
        ("a: [\n  b,\n]\n", 3, 1),
        ("a: [b,\nc]\n", 2, 1),
        ("a:\n  b: {c: [d],\n  e: f}\n", 3, 1),
        ('a: "b\nc"\n', 2, 1),
        ("a: 'b\n\n\tc'\n", 3, 1),
        ("- - 'b\n  c'\n".replace("- -", "a:\n- -"), 3, 1),
        ("a:\n  - b: 'c\n    d'\n", 3, 1),
        ("a: [[b,\n  c],\n'd\n  e']\n", 3, 1),
        ("a:\n|-\n", 2, 1),
        ("a:\n  b:\n  >\n", 3, 3),
        ("a: |\n  b", 2, 1),
        ("a:\n- >+ # c\n  b\n  c", 4, 1),
    ],
)
def test_what_other_readers_refuse_is_refused(text: str, line: int, column: int) -> None:
    """What one reader refuses, or reads as something else than another does, is a finding where it stands."""
    found = findings(text)
    assert [(finding.code, finding.line, finding.column) for finding in found] == [("yaml-syntax", line, column)]
    assert found[0].hint


@pytest.mark.parametrize(
    "text, data",
    [
        ('a: "b\tc"  \n', {"a": "b\tc"}),
        ("a: |\n  b\tc\t\n", {"a": "b\tc\t\n"}),
        ("a: b # c\td\n", {"a": "b"}),
        ("a: | # b\n\n  c \n \nd: 1 ", {"a": "\nc \n", "d": 1}),
        ("a: |-\n  x |# y\n", {"a": "x |# y"}),
        ("a: |-\n  b", {"a": "b"}),
        ("a: |\n  b\n# c", {"a": "b\n"}),
        ("a: |\n  - b\n  |# c\n", {"a": "- b\n|# c\n"}),
        ("a:\n  |-\n  b\n", {"a": "b"}),
        ("- a\n  b".replace("- a", "c:\n - a"), {"c": ["a b"]}),
        ("a: 'b\n\n  c'\n", {"a": "b\nc"}),
        ("a: [b,\n# c\n\n  d # e\n ]\n", {"a": ["b", "d"]}),
        ("{a: b,\nc: [d,\ne]}\n", {"a": "b", "c": ["d", "e"]}),
        ("a: b?c\nd: [e? , 'f?']\n", {"a": "b?c", "d": ["e?", "f?"]}),
        ("a: {? b : c}\n", {"a": {"b": "c"}}),
        ("a: b#c # d\n", {"a": "b#c"}),
    ],
)
def test_tabs_and_spaces_that_hurt_nobody_are_kept(text: str, data: dict[str, Any]) -> None:
    """Tabs inside quotes, blocks and comments, and trailing spaces, are accepted as ruamel accepts them."""
    assert read(text.encode()).data == data
    assert YAML(typ="safe", pure=True).load(text) == data


@given(handwritten())
def test_handwritten_documents_read_as_meant(drawn: tuple[str, dict[str, Any]]) -> None:
    """However data are written by hand, they are read as they were meant, and ruamel reads the same."""
    text, data = drawn
    reading = read(text.encode())
    assert reading.findings == ()
    assert alike(reading.data, data)
    assert alike(reading.data, YAML(typ="safe", pure=True).load(text))


WORDS = re.findall(
    r"\S+",
    """
    a b key on yes true null ~ 1 -1 0 012 1e3 .5 2026-11-21 14:20 'q' "d" "e\\n" \'\' "" : - ? , [ ] { } # |- |+ > >- |2
    \\ " ' % @ ` ! & * --- ... << = é http://x a:b a#b k:
    """,
)
GAPS = ["", " ", "  ", "\n", "\n  ", "\n    ", "\t", "\n- ", "\nk: ", ": ", "\u3000"]


@given(st.lists(st.tuples(st.sampled_from(GAPS), st.sampled_from(WORDS)), max_size=20))
def test_what_is_accepted_is_what_ruamel_reads(parts: list[tuple[str, str]]) -> None:
    """Pieces of YAML in any order: what we accept, ruamel accepts, as the same data; PyYAML sees the same structure."""
    text = "k: " + "".join(gap + word for gap, word in parts) + "\n"
    reading = read(text.encode())
    if reading.data is None:
        assert reading.findings
        return
    assert alike(reading.data, YAML(typ="safe", pure=True).load(text))
    assert _texts(reading.data) == _texts(yaml.load(text, Loader=yaml.CBaseLoader))  # noqa: S506 - makes strings only


def _texts(data: Any) -> Any:
    """Return keys, lists and the number of values: what a reader without types can confirm."""
    if isinstance(data, dict):
        return {key: _texts(item) for key, item in data.items()}
    return [_texts(item) for item in data] if isinstance(data, list) else 0


def test_the_list_of_findings_is_bounded() -> None:
    """A document with more faults than anybody reads is left after the hundredth."""
    assert len(findings("a: [" + "~, " * 500 + "b]\n")) == MOST_FINDINGS


def test_foreign_documents_give_findings_only() -> None:
    """Case studies written elsewhere are read to findings with places, never to an exception."""
    if not ATLAS.is_dir():
        pytest.skip("the foreign case studies are not on this machine")
    paths = sorted(ATLAS.glob("*.yaml"))
    assert paths
    for path in paths:
        told = codes(path.read_bytes())
        assert {code for code, _, _ in told} == {"yaml-unquoted-date"}
        assert all(line > 1 for _, line, _ in told)


def test_a_parser_without_its_compiled_part_is_named() -> None:
    """Where PyYAML lacks its C part, the error says so and how to mend it; reading never becomes slow in silence."""
    program = (
        "import sys\n"
        "sys.modules['yaml._yaml'] = None\n"
        "from nearmiss.errors import NearMissError\n"
        "try:\n"
        "    import nearmiss.store.strict\n"
        "except NearMissError as error:\n"
        "    print(error.message, '|', error.hint)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "compiled YAML parser cannot be loaded" in done.stdout
    assert "pip install" in done.stdout
