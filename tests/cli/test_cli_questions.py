"""The questions of `nearmiss report`, asked on a real terminal and answered as a person would."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest

from nearmiss.cli.input.questions import interview, read_day
from tests.cli.shell import Shell
from tests.cli.terminal import Terminal
from tests.engine.scene import Scene

TODAY = date(2026, 11, 22)


def dialogue(scene: Scene, who: str, answers: list[tuple[str, str]], *words: str) -> tuple[int, str]:
    """Report on a terminal: for each question that is waited for, an answer; return exit code and screen."""
    identity = {"GIT_AUTHOR_NAME": who, "GIT_AUTHOR_EMAIL": who if "@" in who else f"{who}@example.org"}
    terminal = Terminal(["report", *words], cwd=scene.root, environment=identity)
    for question, answer in answers:
        terminal.wait_for(question)
        if not question.endswith(":"):
            terminal.wait_for("> ")
        terminal.type(answer)
    code = terminal.end()
    return code, terminal.screen


def only_record(scene: Scene) -> dict[str, Any]:
    """Return the one record of the register."""
    [path] = [path for path in scene.git("ls-tree", "-r", "--name-only", "main", "records").split() if path]
    return scene.data(Path(path).stem)


def test_a_report_takes_eleven_short_answers(scene: Scene) -> None:
    """First of all comes whether it is safe; then the five questions; numbers choose from the vocabulary."""
    code, screen = dialogue(
        scene,
        "m.okafor",
        [
            ("Is it safe now?", "n"),
            ("What happened?", "The trailer crept. I braked."),
            ("What could have happened?", "A crushed foot."),
            ("What stopped it?", "5"),
            ("How did that stop it?", ""),
            ("At which site?", "2"),
            ("In which area?", "shipping"),
            ("Where exactly?", ""),
            ("When?", "yesterday"),
            ("At what time?", "7.05"),
            ("May your name be on it?", ""),
        ],
    )

    assert code == 0, screen
    assert screen.index("Call at once") < screen.index("What happened?")
    assert "Thank you. Reported as" in screen
    report = only_record(scene)["report"]
    assert report["made_safe"] == "no"
    assert report["what_happened"] == "The trailer crept. I braked."
    assert report["what_stopped_it"] == {"barrier": "luck"}
    assert (report["site"], report["process_area"]) == ("plant-2", "shipping")
    assert report["occurred_at"] == "07:05"
    assert report["reporter"] == {"mode": "named", "person": "m.okafor"}
    assert "location" not in report


def test_stranger_is_offered_to_report_without_a_name(scene: Scene) -> None:
    """Whoever is not on the list of people is asked at once whether to report without a name."""
    skipped = [("Is it safe now?", ""), ("What happened?", ""), ("this one is needed", "It slipped.")]
    skipped += [(question, "") for question in ("What could", "What stopped", "At which", "In which", "Where", "When?")]

    code, screen = dialogue(scene, "stranger@elsewhere.example", [("Report without a name? [Y/n]:", "y"), *skipped])

    assert code == 0, screen
    assert only_record(scene)["report"]["reporter"] == {"mode": "anonymous"}


def test_interrupted_report_is_none(scene: Scene) -> None:
    """Ctrl-C ends without a report, with exit code 130."""
    identity = {"GIT_AUTHOR_NAME": "m", "GIT_AUTHOR_EMAIL": "m.okafor@example.org"}
    terminal = Terminal(["report"], cwd=scene.root, environment=identity)
    terminal.wait_for("> ")
    terminal.interrupt()

    assert terminal.end() == 130
    assert "not written" in terminal.screen
    assert scene.git("ls-tree", "-r", "--name-only", "main", "records") == ""


# What is pasted


def reported(scene: Scene, first: str, *then: tuple[str, str], environment: Mapping[str, str] | None = None) -> str:
    """Report on a terminal with a pasted answer to what happened, and return what the record says that happened."""
    identity = {"GIT_AUTHOR_NAME": "m", "GIT_AUTHOR_EMAIL": "m.okafor@example.org", **(environment or {})}
    terminal = Terminal(["report"], cwd=scene.root, environment=identity)
    answers = [("Is it safe now?", ""), ("What happened?", first), *then]
    answers += [(question, "") for question in ("What could", "What stopped", "At which", "In which", "Where")]
    for question, answer in [*answers, ("When?", ""), ("May your name", "")]:
        terminal.wait_for(question)
        terminal.wait_for("> " if question[0].isupper() else "")
        terminal.type(answer)
    assert terminal.end() == 0, terminal.screen
    report = only_record(scene)["report"]
    assert set(report) == {"reported_on", "what_happened", "reporter"}
    return str(report["what_happened"])


@pytest.mark.parametrize("ending", ["", "\n"])
def test_pasted_lines_are_one_answer(scene: Scene, ending: str) -> None:
    """Several lines that come at once are one answer, with its paragraphs; an empty line ends it."""
    words = f"It crept.\nI braked.\n\nNobody was hurt.{ending}"

    assert reported(scene, words, ("an empty one ends", "")) == "It crept.\nI braked.\n\nNobody was hurt."


def test_marked_paste_is_one_answer(scene: Scene) -> None:
    """Where the terminal marks what is pasted, Enter alone ends the answer."""
    pytest.importorskip("readline", reason="this Python was built without readline, which reads the marks")
    words = "\x1b[200~It crept.\rI braked.\x1b[201~"

    assert reported(scene, words) == "It crept.\nI braked."


def test_lines_pasted_at_a_short_question_answer_no_other(scene: Scene) -> None:
    """Several lines at a question for one word are no answer to the questions after it."""
    identity = {"GIT_AUTHOR_NAME": "m", "GIT_AUTHOR_EMAIL": "m.okafor@example.org"}
    terminal = Terminal(["report"], cwd=scene.root, environment=identity)
    terminal.wait_for("Is it safe now?")
    terminal.wait_for("> ")
    terminal.type("y\nThe trailer crept.\nI braked.")
    terminal.wait_for("Please answer with one of the letters")
    terminal.interrupt()

    assert terminal.end() == 130


# What the questions understand, without a terminal


class Person:
    """Somebody who answers: the lines that they type, one after the other."""

    def __init__(self, patch: pytest.MonkeyPatch, *answers: str) -> None:
        self.left = list(answers)
        patch.setattr(click, "prompt", self._prompt)
        patch.setattr(click, "confirm", lambda *_, **__: self.left.pop(0) == "y")

    def _prompt(self, *_words: object, **_options: object) -> str:
        return self.left.pop(0)


NOTHING_ELSE = ("", "", "", "", "")
"""Skips what could have happened, the barrier, and the three places."""


def test_answers_that_are_understood(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A term is known by number, name, label in any language, synonym, or the beginning of one alone."""
    person = Person(
        monkeypatch,
        *("perhaps", "U"),
        *("\x1b[A", "It \x07slipped."),
        "",
        *("99", "x-ray", "Glück", "By chance."),
        *("depot", "", "loading", "boil"),
        *("tomorrow", "2099-01-01", "2026-11-20", "late", "14:20"),
        *("?", "c"),
    )

    mode, answers = interview(scene.desk("m.okafor"), mode="named")

    assert mode == "confidential"
    assert answers == {
        "made_safe": "unknown",
        "what_happened": "It slipped.",
        "what_stopped_it": {"barrier": "luck", "how": "By chance."},
        "site": "warehouse",
        "location": "boiler-house",
        "occurred_on": "2026-11-20",
        "occurred_at": "14:20",
    }
    assert person.left == []


def test_time_of_day_is_asked_of_named_reporters_only(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name there is no time of day, and no question whether to give one's name."""
    person = Person(monkeypatch, "", "It slipped.", *NOTHING_ELSE, "2026-11-20")

    mode, answers = interview(scene.desk("m.okafor"), mode="anonymous")

    assert (mode, answers) == ("anonymous", {"what_happened": "It slipped.", "occurred_on": "2026-11-20"})
    assert person.left == []


def test_month_needs_no_time(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only the month is known, no time is asked for; Enter leaves the time open."""
    for day, times in (("2026-11", ()), ("today", ("",))):
        Person(monkeypatch, "", "It slipped.", *NOTHING_ELSE, day, *times, "a")

        mode, answers = interview(scene.desk("m.okafor"), mode="named")

        assert (mode, set(answers)) == ("anonymous", {"what_happened", "occurred_on"})


def test_stranger_who_wants_no_report_without_a_name(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who does not want to report without a name ends there."""
    for who in ("x@elsewhere.example", ""):
        Person(monkeypatch, "n")
        with pytest.raises(click.Abort):
            interview(scene.desk(who), mode="named")


def test_list_without_terms_is_not_asked(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of which every term is retired is passed over."""
    path = "schemas/vocabulary/location.yaml"
    raw = (scene.root / path).read_bytes()
    count = raw.count(b"- term:")
    scene.change_policy("o.haddad", {path: scene.revised(path, {f"terms.{n}.retired": True for n in range(count)})})
    person = Person(monkeypatch, "", "It slipped.", *NOTHING_ELSE, "")

    interview(scene.desk("m.okafor"), mode="named")

    assert person.left == []


@pytest.mark.parametrize(
    "answer, day",
    [
        ("today", "2026-11-22"),
        ("Yesterday", "2026-11-21"),
        ("2026-11-22", "2026-11-22"),
        ("2026-11", "2026-11"),
        ("2026", "2026"),
        ("2026-11-23", ""),
        ("22.11.2026", ""),
        ("redacted", ""),
    ],
)
def test_days_that_are_understood(answer: str, day: str) -> None:
    """A day is today, yesterday, or a date up to today, as precise as it is said."""
    assert read_day(answer, TODAY) == day


def test_json_never_asks(shell: Shell) -> None:
    """A program that wants JSON is never asked."""
    outcome = shell.run("m.okafor", "report", "--json")

    assert outcome.code == 2
    assert outcome.data["ok"] is False
