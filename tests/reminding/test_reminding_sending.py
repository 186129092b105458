"""Reminders are sent once, made up for when a day was missed, and not lost when a letter fails."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from nearmiss.app.reminding import notebook_at, remind_daily
from nearmiss.engine.mailing import Letter
from nearmiss.engine.reminding.schedule import Told
from nearmiss.engine.reminding.sending import AT_ONCE, remind
from nearmiss.store.notebook import BrokenNotebookError, FileNotebook, RemindingAlreadyError
from tests.engine.cast import CAST, person
from tests.engine.scene import Scene
from tests.mail.outbox import Outbox

LEADS = ["c.moreau", "i.garcia", "p.lind", "r.meyer", "s.ito"]


def run(scene: Scene, outbox: Outbox) -> list[str]:
    """Remind, as a server does once a day, and return who was sent a letter."""
    return sorted(remind_daily(scene.desk(""), outbox, scene.root).sent)


@pytest.fixture
def overdue(scene: Scene) -> Scene:
    """A register with a report that nobody has assessed for a week and a day, on a Monday."""
    scene.report()
    scene.clock.to("2026-11-30")
    return scene


def test_everybody_gets_one_letter_and_none_on_the_second_run(overdue: Scene) -> None:
    """Two runs on one day send nothing twice, by command or by server."""
    outbox = Outbox()
    assert run(overdue, outbox) == LEADS
    assert run(overdue, outbox) == []
    assert len(outbox.letters) == len(LEADS)


def test_a_missed_monday_is_made_up_for(overdue: Scene) -> None:
    """What was to be told on Monday is told by the run on Thursday, once."""
    outbox = Outbox()
    run(overdue, outbox)
    overdue.clock.to("2026-12-10")
    assert "r.meyer" in run(overdue, outbox)
    overdue.clock.to("2026-12-11")
    assert run(overdue, outbox) == []
    overdue.clock.to("2026-12-14")
    assert "r.meyer" in run(overdue, outbox)


def test_a_letter_that_fails_is_sent_by_the_next_run_and_no_other(overdue: Scene) -> None:
    """Whoever could not be reached gets the letter when the mail server takes it again; the others get none."""
    outbox = Outbox(broken={"p.lind@example.org"})
    done = remind_daily(overdue.desk(""), outbox, overdue.root)
    assert [one.addresses for one in done.unsent] == [("p.lind@example.org",)]
    assert sorted(done.sent) == [handle for handle in LEADS if handle != "p.lind"]
    outbox.broken.clear()
    assert run(overdue, outbox) == ["p.lind"]
    assert run(overdue, outbox) == []


class Killed(BaseException):
    """Stands for the end of the process."""


def test_a_crash_between_two_lots_of_letters_loses_none(scene: Scene) -> None:
    """Killed after the first lot, the next run sends the others; nobody of the first lot is told again."""
    crowd = [person(f"lead.n{number:02}", "quality-lead") for number in range(AT_ONCE + 5)]
    path = "workflow/policy/people.yaml"
    scene.change_policy("o.haddad", {path: scene.revised(path, {"people": [*CAST, *crowd]})})
    scene.report()
    scene.clock.to("2026-11-30")

    class Dying(Outbox):
        def send(self, letters: list[Letter]) -> None:  # type: ignore[override]  # as it is called here
            if self.letters:
                raise Killed
            super().send(letters)

    dying, outbox = Dying(), Outbox()
    with pytest.raises(Killed):
        run(scene, dying)
    run(scene, outbox)
    first, second = ({letter.to for letter in one.letters} for one in (dying, outbox))
    assert len(first) == AT_ONCE
    assert len(first | second) == len(LEADS) + len(crowd)
    assert not first & second


def test_a_clock_that_jumps_back_makes_nothing_untold(overdue: Scene) -> None:
    """What was told on a day that is yet to come is not told again before that day."""
    outbox = Outbox()
    run(overdue, outbox)
    notebook = notebook_at(overdue.root)
    notebook.write(Told(through=date(2027, 6, 1)))
    overdue.clock.to("2026-12-10")
    assert run(overdue, outbox) == []
    assert notebook.read().through == date(2027, 6, 1)


def test_since_takes_the_place_of_the_note(overdue: Scene) -> None:
    """Where nothing is kept between two runs, whoever runs it says up to which day people have been told."""
    outbox, notebook = Outbox(), notebook_at(overdue.root)
    assert remind(overdue.desk(""), outbox, notebook, since=date(2026, 11, 30)).sent == ()
    assert sorted(remind(overdue.desk(""), outbox, notebook, since=date(2026, 11, 29)).sent) == LEADS


def test_what_is_noted_lies_outside_the_working_tree(overdue: Scene) -> None:
    """Nothing is written into the repository, its references or its working tree."""
    before = overdue.snapshot()
    run(overdue, Outbox())
    assert overdue.snapshot() == before
    assert (overdue.root / ".git" / "nearmiss" / "reminders.json").is_file()


def test_two_at_once(tmp_path: Path) -> None:
    """While one reminds, another refuses in a sentence; after it, it may."""
    one, other = FileNotebook(tmp_path / "state.json"), FileNotebook(tmp_path / "state.json")
    with one.open(), pytest.raises(RemindingAlreadyError), other.open():
        pass
    with other.open():
        pass


def test_the_note_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Days and people come back, also of those who have never been told anything."""
    notebook = FileNotebook(tmp_path / "deep" / "state.json")
    assert notebook.read() == Told()
    told = Told(through=date(2026, 11, 30), behind={"s.ito": date(2026, 11, 23), "p.lind": None})
    for _ in range(2):
        notebook.write(told)
        assert notebook.read() == told


@pytest.mark.parametrize("content", ["", "{", "[]", '{"through": "soon", "behind": {}}', '{"through": null}', "1"])
def test_a_note_that_says_nothing_is_told(tmp_path: Path, content: str) -> None:
    """A file that was damaged is not taken for a first run, in which everybody is told everything."""
    path = tmp_path / "state.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BrokenNotebookError, match=r"state\.json does not say up to which day"):
        FileNotebook(path).read()
