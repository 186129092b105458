"""The verifier's reader of YAML beside the program's own: what one reads, the other reads, and to the same data."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from nearmiss.store.documents import YamlDocuments
from nearmiss.verifier.plain import NotPlainError, canonical, read_yaml

ROOT = Path(__file__).parents[2]

WORDS = r"""
12:30 1:2:3 -1:20 12:30:45.5 08:00 24:00 1:60 1:05 190:20:30.15 1_2:30 1: ::
yes no on off y n Y No ON true True TRUE tRue yES null Null NULL nUll ~ None N/A << =
0 -0 +1 1 -1 01 0o17 0O17 0x1F 0X1f 0x 0b1 0B1 1_000 1__0 _1 -_ 1,000 1a ² ٣ 00
1. 1.5 .5 -.5 1e3 1e-3 1.5e3 1E5 e3 0.0 1.5.2 .inf -.INF .nan .NaN inf -inf Inf nan NaN Nan Infinity infinity INFINITY
9007199254740991 9007199254740992 -9007199254740991 -9007199254740992
2026-11-21 2026-11 2026 2026-1-1 2026-13-45 99999-01-01 2026-11-21T10 2026-11-21T10:00 2026-11-21T10:00:00Z
2026-11-21t10:00:00.5+01:00 NM-2026-00001 TRL-88 a:b a#b why? a?b -a :a @a `a %a !a &a *a [] {} '' "" 'a' "a" "\x41"
"\ud800" "\ud83d\ude00" "\0" "\r" "\t" "\n" "\ufeff" "\ufdd0" "\uffff" "\U0010ffff" "\e" "\L" "\x7f" é 😀
"""
SCALARS = [
    *WORDS.split(),
    *("", "a b", "a #b", "a: b", "was it? yes", "y ? a", "2026-11-21 10:00", "2026-11-21 10:00 +1", "a\u2028b"),
]
PLACES = (
    "k: %s\n",
    "%s: v\n",
    "k:\n- %s\n",
    "k: [%s]\n",
    "k: [%s, b]\n",
    "k: {a: %s}\n",
    "k: {%s: a}\n",
    "k: '%s'\n",
    "k:\n  %s\n  more\n",
    "k: %s # c\n",
    "? %s\n: v\n",
)


def ours(raw: bytes) -> bytes | None:
    """Return what the program reads, in one form, or None where it refuses to."""
    reading = YamlDocuments().read(raw)
    return None if reading.findings or reading.data is None else canonical(reading.data)


def theirs(raw: bytes) -> bytes | None:
    """Return what the verifier reads, in the same form, or None where it refuses to."""
    try:
        return canonical(read_yaml(raw))
    except NotPlainError:
        return None


@pytest.mark.parametrize("place", PLACES)
def test_every_spelling_is_the_same_to_both(place: str) -> None:
    """Numbers, times, dates, truths, nulls, question marks and escapes: as values, keys, and between brackets."""
    differing = [raw for said in SCALARS if ours(raw := (place % said).encode()) != theirs(raw)]
    assert differing == []


def test_both_read_as_deep_and_the_same_characters() -> None:
    """Lists within lists up to a depth, and every character of the first plane, as it is and by its number."""
    for depth in (30, 31, 32, 33, 64):
        raw = f"k: {'[' * depth}{']' * depth}\n".encode()
        assert ours(raw) == theirs(raw), depth
    for number in (*range(0x20, 0x3000), *range(0xD7F0, 0x10010), 0x1FFFD, 0x1FFFE, 0x10FFFF):
        raws = [f'k: "\\U{number:08x}"\n'.encode()]
        raws += [] if 0xD800 <= number < 0xE000 else [f"k: 'a{chr(number)}b' # {chr(number)}\n".encode()]
        if chr(number) not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\"'":
            assert [ours(raw) for raw in raws] == [theirs(raw) for raw in raws], hex(number)


def test_what_turns_the_direction_of_reading_stands_in_no_value() -> None:
    """It may stand in a comment; the program refuses it in every text of a record, and the verifier in every value."""
    assert read_yaml("k: a # \u202e\n".encode()) == {"k": "a"}
    for value in ("\u202e", '"\\u2066"'):
        with pytest.raises(NotPlainError):
            read_yaml(f"k: {value}\n".encode())


def test_no_spelling_hides_behind_the_question_mark() -> None:
    """A text may hold any character, also those that stand for a question mark while it is read."""
    text = "k: [\ue000?, a\ue001, 'why? \ue000', \"\\ue002?\\uE003\\U0000e004\"]\n"
    assert read_yaml(text.encode()) == {"k": ["\ue000?", "a\ue001", "why? \ue000", "\ue002?\ue003\ue004"]}
    crowded = f"k: '{''.join(map(chr, range(0xE000, 0xF900)))}'\n"
    with pytest.raises(NotPlainError):
        read_yaml(crowded.encode())


PIECES = (*":-#'\"|>[]{},?%@`\t0~\\ \n", "&a ", "*a", "!t ", "yes", "...\n", "---\n", "é", "\u2028", ": ", "- ", "\n\n")


def test_whatever_the_program_reads_of_a_damaged_record_the_verifier_reads_too() -> None:
    """Real records and sign-offs with pieces put in and taken out: nothing valid is condemned, and nothing crashes."""
    chance = random.Random(20261124)  # noqa: S311 - the same damage at every run
    files = [path.read_text(encoding="utf-8")[:3000] for path in sorted((ROOT / "records").rglob("*.yaml"))]
    read = 0
    for _ in range(3000):
        text = chance.choice(files)
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(text))
            text = text[:at] + chance.choice(("", chance.choice(PIECES))) + text[at + chance.randint(0, 2) :]
        mine, other = ours(text.encode()), theirs(text.encode())
        read += mine is not None
        assert mine is None or mine == other, text
    assert read > 300
