"""The pager: only for a person, only for what is longer than the screen, and never one that a repository names."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nearmiss.app.places import personal_pager
from nearmiss.cli.output import pager
from nearmiss.cli.output.pager import Held, Screen
from tests.cli.terminal import Terminal
from tests.engine.scene import Scene, found_scene

LOW = {"LINES": "12", "NO_COLOR": "", "TERM": "xterm"}
"""A terminal on which a record is longer than the screen."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A register with one record that has much to tell."""
    scene = found_scene(tmp_path_factory.mktemp("pager"))
    scene.chance.texts = ["7Q4K2"]
    scene.prepare("low")
    yield scene
    scene.close()


class Desk:
    """A person at a terminal, with pagers that note what they were given."""

    def __init__(self, scene: Scene, folder: Path) -> None:
        self.scene, self.folder = scene, folder
        self.home = folder / "home"
        self.home.mkdir()

    def pager(self, name: str) -> str:
        """Return a command that notes what it is given under a name, and shows that it was there."""
        return f"tee {self.folder / name} >/dev/null; echo shown by {name}"

    def noted(self, name: str) -> str:
        """Return what a pager was given, or an empty text where it was not started."""
        file = self.folder / name
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def run(self, *words: str, **variables: str) -> tuple[int, str]:
        """Run the program on a terminal; return its exit code and the screen."""
        environment = {"HOME": str(self.home), "GIT_CONFIG_GLOBAL": str(self.home / ".gitconfig"), **LOW, **variables}
        terminal = Terminal(words, cwd=self.scene.root, environment=environment)
        code = terminal.end()
        return code, terminal.screen.replace("\r\n", "\n")


@pytest.fixture
def person(desk: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A person whose environment names no pager."""
    for name in ("NEARMISS_PAGER", "GIT_PAGER", "PAGER", "LESS"):
        monkeypatch.delenv(name, raising=False)
    return Desk(desk, tmp_path)


SHOW = ("show", "NM-2026-7Q4K2")


def test_long_output_is_paged_with_its_colours(person: Desk) -> None:
    """What is longer than the screen goes through the pager whole, headings bold as on the terminal."""
    code, screen = person.run(*SHOW, NEARMISS_PAGER=person.pager("ours"))

    assert (code, screen) == (0, "shown by ours\n")
    assert person.noted("ours").startswith("\x1b[1mNM-2026-7Q4K2\x1b[0m  The trailer crept")
    assert "What may come next" in person.noted("ours")


def test_short_output_is_not_paged(person: Desk) -> None:
    """What fits on the screen is simply there; whatever pager is named is not started."""
    code, screen = person.run("list", NEARMISS_PAGER=person.pager("ours"))

    assert code == 0
    assert "NM-2026-7Q4K2" in screen
    assert person.noted("ours") == ""


def test_a_long_line_counts_as_the_lines_that_it_takes(person: Desk) -> None:
    """A line wider than the screen takes several of its lines."""
    code, _ = person.run(*SHOW, NEARMISS_PAGER=person.pager("ours"), COLUMNS="20", LINES="40")

    assert code == 0
    assert person.noted("ours")


def test_the_nearest_word_on_pagers_counts(person: Desk) -> None:
    """Ours comes before git's variable, that before git's setting of the person, that before everybody's variable."""
    config = person.home / ".gitconfig"
    named = {name: person.pager(name) for name in ("NEARMISS_PAGER", "GIT_PAGER", "PAGER")}
    subprocess.run(["git", "config", "--file", config, "core.pager", person.pager("core.pager")], check=True)

    used = [person.run(*SHOW, **named)[1]]
    del named["NEARMISS_PAGER"]
    used.append(person.run(*SHOW, **named)[1])
    del named["GIT_PAGER"]
    used.append(person.run(*SHOW, **named)[1])
    config.unlink()
    used.append(person.run(*SHOW, **named)[1])

    assert used == [f"shown by {name}\n" for name in ("NEARMISS_PAGER", "GIT_PAGER", "core.pager", "PAGER")]


def test_a_pager_that_a_repository_names_is_never_started(person: Desk) -> None:
    """Whoever sends a repository also sends its configuration; a program that is named there is not run."""
    person.scene.git("config", "core.pager", person.pager("hostile"))
    try:
        code, _ = person.run(*SHOW, PAGER=person.pager("PAGER"))
    finally:
        person.scene.git("config", "--unset", "core.pager")

    assert code == 0
    assert person.noted("hostile") == ""
    assert person.noted("PAGER")


@pytest.mark.parametrize(
    "words, variables",
    [
        pytest.param(("--no-pager", *SHOW), {}, id="by the option"),
        pytest.param(SHOW, {"NEARMISS_PAGER": ""}, id="by an empty name"),
        pytest.param(SHOW, {"NEARMISS_PAGER": "cat"}, id="by cat"),
        pytest.param(SHOW, {"NEARMISS_PAGER": "there-is-no-such-pager -x"}, id="for want of the program"),
        pytest.param(SHOW, {"TERM": "dumb"}, id="on a terminal that can do nothing"),
    ],
)
def test_paging_can_be_done_without(person: Desk, words: tuple[str, ...], variables: dict[str, str]) -> None:
    """Without a pager the whole text runs past."""
    code, screen = person.run(*words, PAGER=person.pager("PAGER"), **variables)

    assert code == 0
    assert "The trailer crept" in screen
    assert "What may come next" in screen
    assert person.noted("PAGER") == ""


def test_less_is_usual_and_can_be_left_early(person: Desk) -> None:
    """Where nobody names a pager it is less, which keeps colours; leaving it with q is no failure."""
    if shutil.which("less") is None:
        pytest.skip("less is not installed here")
    environment = {"HOME": str(person.home), **LOW}
    terminal = Terminal(SHOW, cwd=person.scene.root, environment=environment)
    terminal.wait_for("The trailer crept")
    terminal.type("q")

    assert terminal.end() == 0
    assert "What may come next" not in terminal.screen
    assert "\x1b[1mNM-2026-7Q4K2" in terminal.screen


def test_who_leaves_early_still_gets_the_verdict(person: Desk) -> None:
    """A check that refuses ends with 1, even where the pager was left before its end."""
    sick = person.scene.root / "records" / "2026" / "11"
    for number in range(40):
        (sick / f"stranger-{number}.txt").touch()
    try:
        code, screen = person.run("check", NEARMISS_PAGER="head -n 1")
    finally:
        for file in sick.glob("stranger-*"):
            file.unlink()

    assert code == 1
    assert "stranger-0.txt" in screen
    assert "stranger-1.txt" not in screen


def test_nothing_is_paged_where_nobody_looks(person: Desk) -> None:
    """Output that goes to a file or another program is never paged."""
    environment = {**os.environ, **LOW, "NEARMISS_PAGER": person.pager("ours")}
    words = [sys.executable, "-m", "nearmiss", *SHOW]
    done = subprocess.run(words, cwd=person.scene.root, env=environment, capture_output=True, text=True, check=True)

    assert "What may come next" in done.stdout
    assert person.noted("ours") == ""


# The streams that stand for those of the terminal


class Teletype(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"
    errors = "strict"

    def isatty(self) -> bool:
        """It is."""
        return True

    def fileno(self) -> int:
        """A number of its own."""
        return 77


def test_what_is_said_of_errors_comes_after_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes on the error stream after the first words of the text waits for its end, and before it does not."""
    out, err = Teletype(), Teletype()
    screen = Screen(out, lambda: "")
    held = Held(err, screen)

    held.write("before\n")
    assert err.getvalue() == "before\n"
    screen.write("text\n")
    held.write("after\n")
    assert (out.getvalue(), err.getvalue()) == ("", "before\n")
    screen.end()
    held.release()

    assert (out.getvalue(), err.getvalue()) == ("text\n", "before\nafter\n")


def test_streams_say_what_the_terminal_says() -> None:
    """Whoever asks how the stream is encoded, or how wide the terminal is, is told by it; bytes are no text."""
    screen = Screen(Teletype(), lambda: "")

    assert (screen.encoding, screen.errors, screen.fileno()) == ("utf-8", "strict", 77)
    assert (screen.isatty(), screen.writable()) == (True, True)
    with pytest.raises(TypeError):
        screen.write(b"")  # type: ignore[arg-type]  # click tries this to learn what kind of stream it is


def test_ctrl_c_is_for_the_pager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the person reads is for the pager; the program waits until it has ended."""
    waits: list[str] = []

    class Patient:
        stdin = None

        def wait(self) -> None:
            waits.append("")
            if len(waits) == 1:
                raise KeyboardInterrupt

    screen = Screen(Teletype(), lambda: "")
    monkeypatch.setattr(screen, "_pager", Patient())
    screen.end()

    assert len(waits) == 2


@pytest.mark.parametrize(
    "environment, configured, chosen",
    [
        ({"NEARMISS_PAGER": "a", "GIT_PAGER": "b", "PAGER": "c"}, "d", "a"),
        ({"NEARMISS_PAGER": "", "PAGER": "c"}, "d", ""),
        ({"GIT_PAGER": " b ", "PAGER": "c"}, "d", "b"),
        ({"PAGER": "c"}, "d", "d"),
        ({"PAGER": "c"}, "", "c"),
        ({}, "", "more"),
    ],
)
def test_which_pager(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], configured: str, chosen: str
) -> None:
    """Variables that are set count even where they are empty; without any word, the first usual pager that there is."""
    monkeypatch.setattr(shutil, "which", lambda name: name if name == "more" else None)

    assert pager._command(environment, lambda: configured) == chosen


def test_where_git_is_missing_it_names_no_pager(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Git is asked for the person's pager; where there is none, or nothing is set, that is no error."""
    assert personal_pager() == ""
    monkeypatch.setenv("PATH", str(tmp_path))

    assert personal_pager() == ""
