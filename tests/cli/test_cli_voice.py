"""What is printed cannot be obeyed by a terminal, and is coloured only where a person looks."""

from __future__ import annotations

import json
import sys
from textwrap import wrap
from typing import Any

import click
import pytest
from click.testing import CliRunner

from nearmiss.cli import voice
from nearmiss.cli.findings import say_findings
from nearmiss.policy.findings import Finding, Severity
from tests.cli.shell import Shell
from tests.engine.scene import Scene

HOSTILE = "a\x1b[31mred\x1b]0;title\x07 \x9b2J \u202eesrever\u2066 \u2028x\x00\r\udcff"
OBEYED = {"\x1b", "\x07", "\x9b", "\u202e", "\u2066", "\u2028", "\x00", "\r", "\udcff"}


def test_plain_text_shows_what_is_hidden() -> None:
    """Control characters, direction marks and bytes that are no text are shown by number; lines stay lines."""
    assert voice.plain("a\x1b[2J\n\u202eb\tc\udcff") == "a\\x1b[2J\n\\u202eb  c\\udcff".replace("b  c", "b  c")
    assert not OBEYED & set(voice.plain(HOSTILE))


def test_one_line_stays_one() -> None:
    """A text for one line has no breaks, tabs or doubled spaces."""
    assert voice.one_line(" a\n\tb  c ") == "a b c"


@pytest.mark.parametrize("indent", [0, 2])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        " x",
        "x ",
        "x\n",
        "x\n\ny",
        "a b",
        "a  b",
        "a-b c",
        "\u00a0x",
        "x\u00a0",
        "x\u2003",
        "word " * 12,
        "w" * 60,
    ],
)
def test_what_fits_a_line_is_as_if_it_were_broken(text: str, indent: int) -> None:
    """A paragraph that fits on one line is what breaking it into lines gives, whatever its spaces are."""
    for width in (1, 3, 10, 57, 58, 59, 60, 61, 62, 63, 1000):
        lines = wrap(
            text,
            width,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + 2),
            break_on_hyphens=False,
            break_long_words=False,
            replace_whitespace=False,
        )
        assert voice._wrapped(text, indent=indent, hang=2, width=width) == "\n".join(lines)


@pytest.mark.parametrize("word", ["say", "table", "emit", "findings"])
def test_nothing_hostile_reaches_the_screen(capsys: pytest.CaptureFixture[str], word: str) -> None:
    """Whatever way a text is printed, nothing in it can be obeyed."""
    finding = Finding(code="x", message=HOSTILE, hint=HOSTILE, path=HOSTILE, record=HOSTILE)
    ways = {
        "say": lambda: voice.say(HOSTILE, (HOSTILE, "bold")),
        "table": lambda: voice.table(["A", "B"], [[HOSTILE, 1], ["x", HOSTILE]]),
        "emit": lambda: voice.emit({"a": HOSTILE}),
        "findings": lambda: say_findings([finding]),
    }

    ways[word]()

    assert not OBEYED & set(capsys.readouterr().out)


def test_json_says_the_same_all_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """What JSON hides from the terminal, it still gives to the program that reads it."""
    voice.emit({"a": HOSTILE, "ü": "ö"})

    out = capsys.readouterr().out
    assert json.loads(out) == {"a": HOSTILE, "ü": "ö"}
    assert '"ü": "ö"' in out


def test_table_is_aligned_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    """Piped, a table is plain columns without frames or wrapping."""
    voice.table(["Id", "Title"], [["NM-1", "x" * 200], ["N", "y"]])

    assert capsys.readouterr().out == f"Id    Title\nNM-1  {'x' * 200}\nN     y\n"


def test_findings_are_grouped_by_file_and_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Findings stand under their file in the order of their lines, each with its way on."""
    say_findings(
        [
            Finding(code="b", message="second", path="b.yaml", line=9, hint="do this"),
            Finding(code="a", message="first", path="b.yaml", line=2, severity=Severity.WARNING),
            Finding(code="c", message="anywhere"),
        ]
    )

    assert capsys.readouterr().out == (
        "b.yaml\n  warning: line 2: first  [a]\n  error: line 9: second  [b]\n    do this\n  error: anywhere  [c]\n"
    )


class Screen:
    """Makes the standard streams look like a terminal."""

    def __init__(self, patch: pytest.MonkeyPatch, columns: int = 60) -> None:
        patch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
        patch.setenv("COLUMNS", str(columns))
        patch.delenv("NO_COLOR", raising=False)
        patch.setenv("TERM", "xterm")


def test_person_gets_colours(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal, styles show."""
    Screen(monkeypatch)

    voice.say(("bold", "bold"), ("red", "red"), "plain")

    assert capsys.readouterr().out == "\x1b[1mbold\x1b[0m\x1b[31mred\x1b[0mplain\n"


@pytest.mark.parametrize("name, value", [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_person_may_have_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    """NO_COLOR, or a terminal that knows none, takes all colour away, from tables too."""
    Screen(monkeypatch)
    monkeypatch.setenv(name, value)

    voice.say(("bold", "bold"))
    voice.table(["A"], [["x"]])

    assert "\x1b" not in capsys.readouterr().out


def test_table_fits_the_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal, a table is cut to its width, each row on one line; an id is never cut."""
    Screen(monkeypatch, columns=40)

    voice.table(["Id", "Title"], [["NM-2026-7Q4K2", "a title that is longer than the terminal is wide"]])

    out = capsys.readouterr().out
    assert max(len(click.unstyle(line)) for line in out.split("\n")) <= 40
    assert "NM-2026-7Q4K2" in out


def test_paragraph_is_broken_for_people_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A paragraph is as wide as the terminal; where nobody looks, it stays whole."""
    text = "word " * 30
    assert "\n" not in voice.paragraph(text, indent=2)

    Screen(monkeypatch)

    lines = voice.paragraph(f"{text}\n\nend", indent=2).split("\n")
    assert max(map(len, lines)) <= 60
    assert lines[-2:] == ["", "  end"]


def test_hostile_title_does_nothing_in_any_command(shell: Shell, scene: Scene) -> None:
    """A record on main with terminal escapes in its title changes no screen, whoever looks at it."""
    record = scene.report().id
    path = scene.path(record)
    raw = scene.blob(path).replace(b"title: ", b'title: "\\e[2J\\u202Eevil" #', 1)
    scene.commit_files({path: raw}, branch="main", who="m.okafor")

    for words in (("list",), ("show", record), ("history", record), ("check",), ("review", record)):
        outcome = shell.run("s.ito", *words)
        assert not {"\x1b", "\u202e", "\x9b"} & set(outcome.out + outcome.err), words


def test_name_of_a_committer_does_nothing(shell: Shell, scene: Scene) -> None:
    """What git says a committer is called is shown, not obeyed."""
    record = scene.report().id
    path = scene.path(record)
    scene.git("checkout", "-q", "main")
    (scene.root / path).write_bytes(scene.blob(path) + b"# a comment\n")
    scene.git("-c", "user.name=\x1b[2J\u202eevil", "commit", "-qam", "\x1b]0;x\x07subject")

    outcome = shell.run("s.ito", "history", record)

    assert outcome.code == 0
    assert not OBEYED & set(outcome.out)
    assert "subject" in outcome.out


def test_runner_of_these_tests_is_no_terminal() -> None:
    """The tests above compare plain output because there is no terminal behind it."""
    seen: list[Any] = []
    with CliRunner().isolation():
        seen.append((voice.is_terminal(), voice.can_ask(), voice.width()))

    assert seen == [(False, False, 10_000)]
