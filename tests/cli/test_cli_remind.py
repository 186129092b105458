"""`nearmiss remind`: what it says, what it sends through a real mail server, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.engine.scene import Scene
from tests.mail.post_office import PostOffice, post_office

LEADS = ["c.moreau", "i.garcia", "p.lind", "r.meyer", "s.ito"]


@pytest.fixture
def overdue(scene: Scene) -> str:
    """A report that nobody has assessed, on the Monday after its day."""
    scene.chance.texts = ["7Q4K2"]
    record = scene.report("", mode="anonymous", what_happened="Jo fell off the dock.").id
    scene.clock.to("2026-12-14")
    return record


def named(monkeypatch: pytest.MonkeyPatch, office: PostOffice) -> None:
    """Name a mail server on this machine."""
    monkeypatch.setenv("NEARMISS_SMTP", f"smtp://127.0.0.1:{office.port}?from=near-misses@example.org")


def test_a_dry_run_says_who_would_be_told_what(shell: Shell, overdue: str) -> None:
    """Each letter is shown, in the words that it would have; nothing is sent, and nothing noted."""
    for _ in range(2):
        outcome = shell.run("", "remind", "--dry-run")
        assert outcome.code == 0
        assert (
            "P Lind <p.lind@example.org>\n  Near misses: 1 overdue\n  Yours, overdue:\n    NM-2026-7Q4K2 · Shipping\n"
            "      Assess it: was due on 2026-12-07.\n"
        ) in outcome.out
        assert outcome.out.endswith("\n\nNothing was sent, and nothing noted.\n")
        assert "Jo" not in outcome.out


def test_letters_are_sent_once(shell: Shell, overdue: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody gets one letter through the server, over one connection; the second run sends none."""
    with post_office() as office:
        named(monkeypatch, office)
        first, second = shell.run("", "remind"), shell.run("", "remind")
    assert first.out == "".join(f"Told {name}: 1 overdue.\n" for name in map(_name, LEADS))
    assert (second.code, second.out) == (0, "Nobody is to be told anything today.\n")
    assert [taken.to for taken in office.letters] == [(f"{handle}@example.org",) for handle in LEADS]
    assert office.talks == 1
    assert all(overdue in taken.text and "Jo" not in taken.text for taken in office.letters)


def _name(handle: str) -> str:
    return " ".join(part.title() for part in handle.split("."))


def test_a_letter_that_fails_is_told_and_ends_with_one(
    shell: Shell, overdue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who could not be told is named with the reason, the others are told, and the next run tells only that one."""
    with post_office(refused=frozenset({"p.lind@example.org"})) as office:
        named(monkeypatch, office)
        outcome = shell.run("", "remind")
    assert outcome.code == 1
    assert "Told R Meyer: 1 overdue." in outcome.out
    assert "Not told: p.lind@example.org. The mail server does not take letters for p.lind@example.org" in outcome.out
    with post_office() as office:
        named(monkeypatch, office)
        again = shell.run("", "remind", "--json")
    assert [(one["handle"], one["sent"]) for one in again.data["people"]] == [("p.lind", True)]


def test_without_a_mail_server_it_says_how_to_name_one(shell: Shell, overdue: str) -> None:
    """Nothing is noted, so that nobody is passed over once there is a server."""
    outcome = shell.run("", "remind")
    assert (outcome.code, outcome.out) == (2, "")
    assert "No mail server is named" in outcome.err
    assert "NEARMISS_SMTP=smtp://" in outcome.err
    assert "P Lind" in shell.run("", "remind", "--dry-run").out


def test_since_and_state(shell: Shell, overdue: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that keeps nothing says up to which day people have been told, or keeps the note where it says."""
    assert shell.run("", "remind", "--dry-run", "--since", "2026-12-14").out.startswith("Nobody")
    assert "P Lind" in shell.run("", "remind", "--dry-run", "--since", "2026-12-13").out
    with post_office() as office:
        named(monkeypatch, office)
        kept = str(tmp_path / "kept" / "note.json")
        assert shell.run("", "remind", "--state", kept).code == 0
        assert shell.run("", "remind", "--state", kept).out.startswith("Nobody")
    assert "P Lind" in shell.run("", "remind", "--dry-run").out


def test_a_day_that_is_none(shell: Shell) -> None:
    """What is no day is told as that."""
    outcome = shell.run("", "remind", "--dry-run", "--since", "last monday")
    assert (outcome.code, outcome.err) == (2, "nearmiss: last monday is no day.\n  Write it as 2026-11-21.\n")


def test_json(shell: Shell, overdue: str) -> None:
    """Programs read the same as people."""
    data = shell.run("", "remind", "--dry-run", "--json").data
    assert {key: data[key] for key in ("ok", "dry_run", "today", "unsent", "unheard")} == {
        "ok": True,
        "dry_run": True,
        "today": "2026-12-14",
        "unsent": [],
        "unheard": [],
    }
    one = next(one for one in data["people"] if one["handle"] == "p.lind")
    assert one == {
        "handle": "p.lind",
        "name": "P Lind",
        "email": "p.lind@example.org",
        "subject": "Near misses: 1 overdue",
        "sent": False,
        "items": [
            {
                "kind": "triage",
                "id": overdue,
                "title": "",
                "what": "assess it",
                "due": "2026-12-07",
                "overdue": 7,
                "own": True,
                "whose": ["r.meyer", "p.lind", "s.ito", "i.garcia", "c.moreau"],
                "also_told": [],
                "command": f"nearmiss edit {overdue} assessment",
            }
        ],
    }
