"""Whoever follows a page from the top, typing every command, sees what the page shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import FOLDER
from tests.docs.transcripts import Command, Reader, blocks, commands, fits

ELSEWHERE = {
    "indicators.md": "tests/indicators/test_indicators_page.py",
    "reviewing.md": "tests/docs/test_docs_comment.py",
}
"""Pages that need more than typing to be followed, each with the tests that follow it."""


def followed(root: Path) -> list[str]:
    """Return the pages that show a console."""
    named = ["README.md", "workflow/README.md", *(f"{FOLDER.as_posix()}/{path.name}" for path in _pages(root))]
    return [name for name in named if "\n```console\n" in (root / name).read_text(encoding="utf-8")]


def _pages(root: Path) -> list[Path]:
    return sorted(path for path in (root / FOLDER).glob("*.md") if path.name not in ELSEWHERE)


@pytest.mark.parametrize("name", followed(Path(__file__).parents[2]))
def test_page_can_be_followed(repo_root: Path, tmp_path: Path, name: str) -> None:
    """Each command of the page does what the page shows, and ends as it says: with 0 unless it asks for the code."""
    reader = Reader(tmp_path)
    count = 0

    for kind, text in blocks((repo_root / name).read_text(encoding="utf-8")):
        if kind != "console":
            reader.write_file(text)
            continue
        given = commands(text)
        for place, command in enumerate(given):
            outcome = reader.run(command)
            asked = place + 1 < len(given) and given[place + 1].words == "echo $?"
            assert fits(command.shown, outcome.said), f"{command.words}\n{outcome.said}"
            assert asked or outcome.code == 0, f"{command.words} ends with {outcome.code}\n{outcome.said}"
            count += 1

    assert count > 2


def test_commands_are_told_from_what_they_say() -> None:
    """A prompt begins a command; it goes on over a backslash and within quotes; all else is what it says."""
    text = 'ruth$ nearmiss report \\\n  --title "Two\nlines"\nThank you.\n$ echo $?\n0\n'

    assert commands(text) == [
        Command(who="ruth", words='nearmiss report   --title "Two\nlines"', shown=("Thank you.",)),
        Command(who="", words="echo $?", shown=("0",)),
    ]


@pytest.mark.parametrize(
    "shown, said",
    [
        ((), ""),
        (("one", "two"), "one\n\ntwo\n"),
        (("one … three",), "one two three\n"),
        (("one", "…"), "one\ntwo\nthree\n"),
        (("one", "…", "four"), "one\ntwo\nthree\nfour\n"),
    ],
)
def test_what_fits(shown: tuple[str, ...], said: str) -> None:
    """Blank lines do not count; three dots stand for words within a line, or for lines on a line of their own."""
    assert fits(shown, said)


@pytest.mark.parametrize(
    "shown, said",
    [
        ((), "something\n"),
        (("one",), "one\ntwo\n"),
        (("one", "two"), "one\n"),
        (("one", "two"), "two\none\n"),
        (("one … three",), "one\ntwo three\n"),
        (("one", "…", "four"), "one\ntwo\n"),
        (("a.c",), "abc\n"),
    ],
)
def test_what_does_not_fit(shown: tuple[str, ...], said: str) -> None:
    """Whatever is missing, too much, in another order or only alike is noticed."""
    assert not fits(shown, said)
