"""The quick reader: it says what the strict reader says without a finding, or nothing."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearmiss.store import documents, guard, reader, strict
from nearmiss.store.documents import YamlDocuments
from nearmiss.store.guard import DEEPEST, may_have_disputes
from nearmiss.store.quick import LARGEST, read_canonical
from nearmiss.store.reader import MOST_FINDINGS, read
from nearmiss.store.scalars import WORDS
from nearmiss.store.strict import read_strictly
from nearmiss.store.writer import compose
from tests.foreign.corpus import HOSTILE, suite
from tests.fuzz.mutations import spoil
from tests.pace import soon
from tests.store.documents_drawn import TRICKY, handwritten, mappings

ROOT = Path(__file__).parents[2]
FOLDERS = ("records", "tests/examples", "templates", "schemas", "workflow/policy", "tests/fuzz/corpus")
HOUSE = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.yaml"))
OURS = [path.read_bytes() for path in sorted((ROOT / "records").rglob("*.yaml"))]
RECORD = next(raw for raw in OURS if not raw.startswith(b"statement:"))
SMALL = [raw for raw in (path.read_bytes() for path in HOUSE) if len(raw) < LARGEST]

PIECES = (
    *(
        ": ",
        ":",
        " ",
        "  ",
        "- ",
        "-",
        "\n",
        "\n\n",
        '"',
        "'",
        "\\",
        "\\n",
        "\\x41",
        '\\"',
        "{",
        "}",
        "[",
        "]",
        ", ",
        ",",
    ),
    *(
        "#",
        " #",
        "# a\n",
        "|",
        "|-",
        "|\n",
        ">",
        "a",
        "a: ",
        "on",
        "null",
        "~",
        "yes",
        "0",
        "012",
        "1.5",
        "-1",
        "2026-11-21",
    ),
    *(
        "?",
        "&",
        "*",
        "!",
        "%",
        "@",
        "=",
        "<<",
        "{}",
        "[]",
        '""',
        "\xa0",
        "\u200b",
        "\u0301",
        "🙂",
        "ß",
        "²",
        "\u0661",
        "危",
    ),
)
"""What is put into a document in the canonical form: what means something in it, and what nearly does."""


def quickly(raw: bytes) -> dict[str, Any] | None:
    """Return what the quick reader says where it is asked."""
    return None if guard.inspect(raw) or may_have_disputes(raw) else read_canonical(raw.decode())


READ_BEFORE: dict[str, tuple[str, Any]] = {}
"""Parts of all documents that were read here: whatever is among them, a document says what it says alone."""


def _by_parts(raw: bytes) -> dict[str, Any] | None:
    """Return what the quick reader says part by part, twice: what is known by then changes nothing."""
    if guard.inspect(raw) or may_have_disputes(raw):
        return None
    first, again = (read_canonical(raw.decode(), READ_BEFORE) for _ in range(2))
    assert first == again
    return again


def agrees(raw: bytes) -> bool:
    """See that the quick reader says the same as the strict one, or nothing; return whether it says anything."""
    said = quickly(raw)
    assert _by_parts(raw) == said
    if said is None:
        return False
    strictly = read_strictly(raw, most=MOST_FINDINGS)
    assert strictly.findings == ()
    # As text, since `True == 1`, and the order of keys is part of what is read.
    assert repr(said) == repr(strictly.data)
    return True


@pytest.mark.parametrize("path", HOUSE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_the_house_holds_is_read_alike(path: Path) -> None:
    """No document of the house, sound or refused, is read otherwise than by the strict reader."""
    agrees(path.read_bytes())


def test_what_we_write_is_read_quickly() -> None:
    """All records and sign-offs of the house that stand in the canonical form need no strict reader."""
    written = [compose(read(raw).data or {}, schema="../near-miss.schema.json") for raw in OURS]

    assert written
    assert all(agrees(raw) for raw in written)


@given(mappings)
def test_what_is_written_is_read_alike(data: dict[str, Any]) -> None:
    """Whatever the writer writes, the quick reader says the data that were written, or nothing."""
    agrees(compose(data, schema="x"))
    assert quickly(compose(data)) in (None, data)


def test_what_we_write_needs_no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document in the canonical form is read without the parser; any other one is not."""

    def fail(_raw: bytes) -> None:
        raise AssertionError("parsed")

    monkeypatch.setattr(strict, "events", fail)

    assert reader.read(b"# a\na: b\n").data == {"a": "b"}
    with pytest.raises(AssertionError, match="parsed"):
        reader.read(b"a:   b\n")


SIGN_OFF = next(raw.decode() for raw in OURS if b"    title: sha256" in raw and b"statement:" in raw)


@given(st.randoms(use_true_random=False))
def test_a_sign_off_that_is_spoilt_a_little_is_read_alike(chance: random.Random) -> None:
    """A sign-off of the usual shape is read alike or not at all, whatever is put in, cut out or moved."""
    assert agrees(SIGN_OFF.encode())
    for _ in range(6):
        agrees(_spoilt(SIGN_OFF, chance).encode())


@pytest.mark.parametrize(
    "old, new",
    [
        ("  by: ", "  because: A reason\n  by: "),
        ("  contributors: ", "  because: A reason\n  contributors: "),
        ("  contributors: ", "  because: on\n  contributors: "),
        ("      report: ", "      assessment: "),
        ("      report: ", "      null: "),
        ("      report: ", "      on: "),
        ("  seq: 1", "  seq: 2026-11-21"),
        ("  seq: 1", "  seq: yes"),
        ("  verdict: approve", '  verdict: "approve"'),
        ("  verdict: approve", "  verdict: {a: b}"),
    ],
)
def test_a_sign_off_of_another_shape_is_read_alike(old: str, new: str) -> None:
    """What differs from the usual shape by a word or a line is read alike, or left to the strict reader."""
    assert old in SIGN_OFF
    agrees(SIGN_OFF.replace(old, new, 1).encode())


def test_sections_in_one_line_are_read_alike() -> None:
    """The sections that a sign-off seals may stand in brackets."""
    before, _, rest = SIGN_OFF.partition("    sections:\n")
    _, _, after = rest.partition("  policy:")
    assert agrees(f"{before}    sections: {{lesson: sha256:00, on: a}}\n  policy:{after}".encode())
    agrees(f"{before}    sections: {{lesson: a, lesson: b}}\n  policy:{after}".encode())


names = st.sampled_from(["on", "by", "kind", "what", "id", "E1", "due_on", "x-y"])
lines_of_text = st.sampled_from(["The trailer moved: 3 m.", "a", "1 of 2", "#1", "  deeper", "- b", "c: d", "Größe"])
ordinary = (
    st.sampled_from([*TRICKY, "work-order", "2026-11-21", "Ladder slipped, near the door", "014", 'He said "no"'])
    | st.lists(lines_of_text, min_size=1, max_size=4).map("\n".join)
    | st.sampled_from([None, True, False, 0, 7, 2**53 - 1])
)
shaped = st.recursive(
    ordinary,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=25,
)


@given(st.dictionaries(names, shaped, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_what_is_spoilt_a_little_is_read_alike(data: dict[str, Any], chance: random.Random) -> None:
    """A document in the canonical form with a piece put in, cut out or moved further in is read alike or not at all."""
    raw = compose(data)
    agrees(raw)
    text = raw.decode()
    for _ in range(6):
        agrees(_spoilt(text, chance).encode())


def _spoilt(text: str, chance: random.Random) -> str:
    place = chance.randint(0, len(text))
    if chance.random() < 0.5:
        return text[:place] + chance.choice(PIECES) + text[place + chance.choice([0, 0, 1]) :]
    if chance.random() < 0.3:
        return text[:place] + text[place + chance.choice([1, 1, 2, 3]) :]
    lines = text.split("\n")
    line = lines.pop(chance.randrange(len(lines)))
    moved = chance.choice([line, "  " + line, " " + line, line[2:], line.lstrip()])
    lines.insert(chance.randint(0, len(lines)), moved)
    return "\n".join(lines)


@given(handwritten())
def test_what_hands_write_is_read_alike(drawn: tuple[str, dict[str, Any]]) -> None:
    """What people write, with comments and in odd forms, is read alike or left to the strict reader."""
    agrees(drawn[0].encode())


def test_what_is_spoilt_is_read_alike() -> None:
    """Documents of the house that the fuzzer's hands have spoilt are read alike or not at all; some still are read."""
    chance = random.Random(20261122)  # noqa: S311 - chance picks examples here, nothing secret
    read_quickly = sum(agrees(spoil(chance.choice(SMALL), SMALL, chance)) for _ in range(600))

    assert read_quickly > 0


def test_the_yaml_test_suite_is_read_alike() -> None:
    """Each case of the YAML test suite is read alike or left to the strict reader."""
    for case in suite():
        agrees(case.text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_built_to_hurt_is_read_alike(name: str) -> None:
    """What floods or breaks readers is left to the guard and the strict reader, or read as by them."""
    agrees(HOSTILE[name])


@pytest.mark.parametrize(
    "text, data",
    [
        ("a: b\n", {"a": "b"}),
        ("# first: line\na: b\n", {"a": "b"}),
        ("a: http://x/y#z\n", {"a": "http://x/y#z"}),
        ("on: 7\n", {"on": 7}),
        ('a: ""\nb: {c: "", d: [], e: [""]}\n', {"a": "", "b": {"c": "", "d": [], "e": [""]}}),
        ('a: "\\\\n \\" \\n \\t"\n', {"a": '\\n " \n \t'}),
        ("a: {}\nb: []\n", {"a": {}, "b": []}),
        (
            "a: {b: c d, e: [f, 1, null], g: true, h: x:y}\n",
            {"a": {"b": "c d", "e": ["f", 1, None], "g": True, "h": "x:y"}},
        ),
        ("a: |-\n  b\n\n    c: d\ne: |\n  # f\n", {"a": "b\n\n  c: d", "e": "# f\n"}),
        (
            "a:\n- b: |\n    c\n  d: e\n- f\n- {g: h}\ni: j\n",
            {"a": [{"b": "c\n", "d": "e"}, "f", {"g": "h"}], "i": "j"},
        ),
        ("a:\n- b:\n    c:\n    - d\n  e: f\n", {"a": [{"b": {"c": ["d"]}, "e": "f"}]}),
        ("a: É\nb: 危険\n", {"a": "É", "b": "危険"}),
    ],
)
def test_the_canonical_form_is_read(text: str, data: dict[str, Any]) -> None:
    """Every shape that the writer has is read quickly, to the data that it says."""
    assert repr(quickly(text.encode())) == repr(data)
    assert agrees(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        *(f"a: {word}\n" for word in sorted(word for word in WORDS if word not in {"null", "true", "false"})),
        *("a: 014\n", "a: 1.5\n", "a: 2026-11-21\n", "a: 9007199254740992\n", "a: {b: 014}\n", "a: [yes]\n"),
        *("a: b\na: c\n", "a: {b: c, b: d}\n", "a:\n- b: c\n  b: d\n", "a:\na: b\n", "null: a\n", "a: {true: b}\n"),
        *(
            "a:\n",
            "a:\nb: c\n",
            "a: b\n  c\n",
            "a: b\n  c: d\n",
            "a:\n   b: c\n",
            "a:\n  - b\n",
            "a: b\n- c\n",
            "- a\n",
        ),
        *("a\n", "\n", "# a\n", "a: b\n\nc: d\n", "a: b\n# c\n", "a: b # c\n", "---\na: b\n", "'a': b\n", '"a": b\n'),
        *(
            "a: 'b'\n",
            "a: >-\n  b\n",
            "a: |+\n  b\n",
            "a: |2\n   b\n",
            "a: |-\n\n  b\n",
            "a: |-\n    b\n  c\n",
            "a: |\n  b\n\n",
        ),
        *(
            "a: &b c\n",
            "a: *b\n",
            "a: !b c\n",
            "a: [b\n  c]\n",
            "a: {b: c,d: e}\n",
            "a: {b: c }\n",
            "a: [b, ]\n",
            "a: {b}\n",
        ),
        *(
            "a: b: c\n",
            "a: {b: {c: d}}\n",
            "a: [[b]]\n",
            "a: {b: [c}]\n",
            'a: "\\x41"\n',
            'a: "\\u202e"\n',
            'a: "b" c\n',
        ),
        *(
            'a: "b\\" "c"\n',
            'a: "b\\"\n',
            "a:\n- - b\n",
            "a:  b\n",
            "a: -1\n",
            "a:\n- b: c\n   d: e\n",
            "a:\n- b\n  c: d\n",
        ),
    ],
)
def test_all_else_is_left_to_the_strict_reader(text: str) -> None:
    """What may mean something else, is no canonical form or is a fault is not read quickly, even where it is sound."""
    assert quickly(text.encode()) is None


def test_what_is_large_or_deep_is_left_to_the_strict_reader() -> None:
    """Where parts or levels must be counted, the strict reader counts them."""
    large = "a: " + "b" * (LARGEST - 4) + "\n"
    nested = "".join("  " * level + "a:\n" for level in range(16)) + "  " * 16 + "a: b\n"

    assert agrees(large.encode())
    assert quickly(b"a" + large.encode()) is None
    assert agrees(nested.encode())
    assert quickly(("a:\n" + "".join(f"  {line}\n" for line in nested.splitlines())).encode()) is None
    assert quickly("".join("  " * level + "a:\n" for level in range(DEEPEST + 1)).encode()) is None


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "- ",
        "a: ",
        "a: [",
        '"',
        '\\"',
        "[",
        "{a: ",
        "a, ",
        "k: x, ",
        " ",
        ":",
        "a:",
        "#",
        "|-\n",
        "\n",
        "- a: |\n    b\n",
    ],
)
@pytest.mark.parametrize(
    "frame", ["{}\n", "a: {}\n", "a: [{}?]\n", "a: {{{}?}}\n", 'a: "{}\n', "a: |-\n  {}\n", "a: [a{}]\n"]
)
def test_time_grows_with_the_length_alone(piece: str, frame: str) -> None:
    """Whatever is repeated, what is no canonical form is told within a second of the processor's time."""
    text = frame.format(piece * ((LARGEST - 16) // len(piece)))

    soon(1.0, lambda: read_canonical(text))


def test_what_is_printable_is_never_forbidden() -> None:
    """The guard may pass text that is printable without looking any closer."""
    everything = "".join(map(chr, range(0x110000)))

    assert not any(character.isprintable() for character in guard.FORBIDDEN.findall(everything))


def test_versions_share_what_is_the_same_in_them() -> None:
    """A part whose text two versions share is the very same object in both, and findings are as they always are."""
    versions = YamlDocuments().versions()
    first, second = RECORD, RECORD.replace(b"\ntitle: ", b"\ntitle: Again ")
    was, now = (versions.read(raw).data or {} for raw in (first, second))
    assert now == read(second).data != was
    shared = {key for key in was if now[key] is was[key]}
    assert shared == was.keys() - {"title"}
    assert versions.read(b"a: [\n") == read(b"a: [\n")


def test_parts_are_not_remembered_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a number of parts, what was read before is forgotten and read again."""
    monkeypatch.setattr(documents, "MOST_PARTS", 2)
    versions = YamlDocuments().versions()
    read_first = [versions.read(RECORD).data for _ in range(2)]
    assert read_first[0] == read_first[1]
    assert read_first[0] is not None
    assert read_first[0]["report"] is not read_first[1]["report"]  # type: ignore[index]
