"""`nearmiss intake`: what waits is read, confirmed, discarded and committed at a terminal as at the desk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nearmiss.app.intake import open_intake
from nearmiss.engine.intake.conversing import contact_of
from nearmiss.engine.intake.taking import take
from nearmiss.engine.intake.values import Sent
from nearmiss.engine.proposing.proposals import main_register
from tests.cli.shell import Shell
from tests.engine.scene import Scene

Send = Callable[..., str]


@pytest.fixture
def send(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Send:
    """Return what sends a report without a name, and gives its number."""
    monkeypatch.setenv("NEARMISS_INTAKE", str(tmp_path / "waits"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    opened = open_intake(scene.desk(""), clock=scene.clock)

    def sending(words: str, *, mode: str = "anonymous", **more: str) -> str:
        sent = Sent(mode=mode, answers={"what_happened": words, "made_safe": "yes"}, **more)  # type: ignore[arg-type]  # one of the three
        return take(opened.intake, sent, token=f"drawn by the form: {words}").number

    return sending


def test_what_waits_is_listed_and_shown(shell: Shell, send: Send) -> None:
    """A list of what waits, and one report with what may tell who somebody is; both for programs, too."""
    number = send("Call Ruth Meyer, 0171 2345678, about the ladder.")

    listed = shell.run("s.ito", "intake", "list")
    shown = shell.run("s.ito", "intake", "show", number.lower())

    assert number in listed.out
    assert "to be read" in listed.out
    assert "what_happened: Call Ruth Meyer" in shown.out
    assert "look: what_happened: “0171 2345678”" in shown.out.replace("\n  ", " ")
    [report] = shell.json("s.ito", "intake", "list")["reports"]
    assert report == shell.json("s.ito", "intake", "show", number)["report"]
    assert {mark["kind"] for mark in report["marks"]} >= {"phone"}


@pytest.mark.usefixtures("send")
def test_nothing_waits(shell: Shell) -> None:
    """Where nothing waits, or nobody disagrees, that is said."""
    assert shell.run("s.ito", "intake", "list").out == "No report waits in the intake.\n"
    assert "Nobody disagrees" in shell.run("s.ito", "intake", "list", "--disagreed").out
    assert shell.json("s.ito", "intake", "list", "--disagreed")["disagreements"] == []


def test_confirmed_reports_are_committed_together(shell: Shell, scene: Scene, send: Send) -> None:
    """Three that were confirmed, one with other words, become records in one commit by nobody."""
    numbers = [send(f"It slipped, said number {number}.") for number in range(3)]
    for number in numbers[:2]:
        assert shell.run("r.meyer", "intake", "confirm", number).code == 0
    held = shell.json("r.meyer", "intake", "commit")
    assert (held["batch"], held["held_back"]) == ([], 3)

    done = shell.run("r.meyer", "intake", "confirm", numbers[2], "--text", "It slipped.")
    committed = shell.json("r.meyer", "intake", "commit")

    assert "next batch" in done.out
    assert len(committed["batch"]) == 3
    assert scene.git("log", "-1", "--format=%an %cn").strip() == "Anonymous Anonymous"
    assert "said number 2" not in scene.git("log", "-1", "-p")
    assert "Nothing was committed." in shell.run("r.meyer", "intake", "commit").out


def test_a_report_by_name_is_committed_at_once(shell: Shell, send: Send) -> None:
    """It waits for no batch, and for nobody to read it."""
    send("The gate was open.", mode="named", name="Mina Test")

    [record] = shell.json("r.meyer", "intake", "commit")["named"]

    assert "The gate was open." in shell.run("s.ito", "show", record).out


def test_a_report_is_discarded_for_a_reason(shell: Shell, scene: Scene, send: Send) -> None:
    """Only the count by month and reason is left of it; a reason that the rules do not have is refused."""
    number = send("buy cheap zirconium")

    wrong = shell.run("r.meyer", "intake", "discard", number, "--reason", "boring")
    done = shell.run("r.meyer", "intake", "discard", number, "--reason", "spam")
    shell.run("r.meyer", "intake", "commit")

    assert (wrong.code, done.code) == (2, 0)
    assert "spam" in wrong.err
    assert "spam" in (scene.root / "site" / "data" / "discarded.yaml").read_text("utf-8")
    assert "zirconium" not in scene.git("log", "-p", "--all")
    assert shell.run("r.meyer", "intake", "purge").out.startswith("Deleted: 0 contacts")


def test_who_looked_at_a_contact_is_listed(shell: Shell, scene: Scene, send: Send) -> None:
    """Whoever watches over the team sees who looked, at which report's and when; the contact is not shown."""
    number = send("It slipped.", mode="confidential", contact="0171 2345678")
    assert shell.run("r.meyer", "intake", "contacts").out == "Nobody has looked at a contact.\n"
    desk = scene.desk("")
    people = main_register(desk)[1].newest.people
    by = people.find("s.ito")
    assert by is not None
    looked = contact_of(open_intake(desk, clock=scene.clock).intake, number=number, by=by, people=people)

    told = shell.run("r.meyer", "intake", "contacts")
    [look] = shell.json("r.meyer", "intake", "contacts")["looks"]

    assert looked == "0171 2345678"
    assert told.out == f"{number}  {look['on']}  s.ito\n"
    assert (look["number"], look["who"], len(look["on"])) == (number, "s.ito", 10)
    assert "0171" not in told.out


@pytest.mark.parametrize(
    "words, said",
    [
        (("show", "R-0000-0000"), "No report in the intake is R-0000-0000"),
        (("confirm", "nonsense"), "No report in the intake is"),
        (("discard", "R-0000-0000", "--reason", "spam"), "No report in the intake is R-0000-0000"),
    ],
)
@pytest.mark.usefixtures("send")
def test_what_is_not_there_is_told(shell: Shell, words: tuple[str, ...], said: str) -> None:
    """A number that is none is told as such, with the way on."""
    outcome = shell.run("r.meyer", "intake", *words)

    assert outcome.code == 1
    assert said in outcome.err
    assert "nearmiss intake list" in outcome.err


def test_who_is_not_of_the_team_confirms_nothing(shell: Shell, send: Send) -> None:
    """Somebody without a role reads nothing into the register."""
    number = send("It slipped.")

    outcome = shell.run("m.stranger", "intake", "confirm", number)

    assert outcome.code == 1
    assert "to be read" in shell.run("r.meyer", "intake", "list").out
