"""Reminders as issues: one for each person on each kind of forge, told once a week, and closed when all is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from nearmiss.engine.forges.port import Forge
from nearmiss.engine.reminding.issues import Kept, keep_issues
from tests.cli.shell import Shell
from tests.engine.scene import found_scene
from tests.forge.stand import Stand, account_of
from tests.forge.world import Ticket
from tests.policy.builder import near_miss

LEADS = ["c.moreau", "i.garcia", "p.lind", "r.meyer", "s.ito"]


@pytest.fixture
def record(stand: Stand) -> str:
    """A report that nobody has assessed, on the Monday after its day."""
    stand.scene.chance.texts = ["7Q4K2"]
    found = stand.scene.report("", mode="anonymous", what_happened="Jo fell off the dock.").id
    stand.scene.clock.to("2026-12-14")
    return found


def kept(stand: Stand) -> dict[str, str]:
    """Keep the issues, and return what became of each person's."""
    with stand.adapter() as forge:
        return {one.handle: one.outcome for one in _kept(stand, forge)}


def _kept(stand: Stand, forge: Forge) -> list[Kept]:
    return keep_issues(stand.scene.desk(""), forge)


def ticket_of(stand: Stand, handle: str) -> Ticket:
    """Return the issue of somebody."""
    return next(one for one in stand.world.tickets if f"reminders of {handle}," in one.body)


def test_one_issue_for_each_person(stand: Stand, token: str, record: str) -> None:
    """Everybody of whom something is due gets an issue with a box for each, given to their account where known."""
    assert kept(stand) == dict.fromkeys(LEADS, "opened")
    lind = ticket_of(stand, "p.lind")
    assert lind.title == "Near misses: what is due of P Lind"
    assert lind.body.startswith(
        "<!-- nearmiss: reminders of p.lind, told 2026-12-14 -->\n\n**Yours, overdue**\n\n"
        "- [ ] **NM-2026-7Q4K2** · Shipping: Assess it: was due on 2026-12-07. "
        "`nearmiss edit NM-2026-7Q4K2 assessment` <!-- NM-2026-7Q4K2-Assess-it -->\n"
    )
    assert [user.id for user in lind.assignees] == [account_of("p.lind")]
    assert not ticket_of(stand, "c.moreau").assignees
    assert all("Jo" not in one.body + one.title for one in stand.world.tickets)


def test_a_second_run_changes_nothing(stand: Stand, token: str, record: str) -> None:
    """On the same day, and on days on which nothing is to be told, the issues stay as they are, without a comment."""
    kept(stand)
    for day in ("2026-12-14", "2026-12-15"):
        stand.scene.clock.to(day)
        assert kept(stand) == dict.fromkeys(LEADS, "same")
    assert len(stand.world.tickets) == len(LEADS)
    assert not any(one.notes for one in stand.world.tickets)


def test_every_week_a_comment_tells(stand: Stand, token: str, record: str) -> None:
    """On the next Monday, or the first run after it, a comment tells, once; the text says what has climbed."""
    kept(stand)
    stand.scene.clock.to("2026-12-22")
    found = kept(stand)
    assert found["p.lind"] == "told"
    assert found["k.adeyemi"] == "opened"
    lind = ticket_of(stand, "p.lind")
    assert [note.body for note in lind.notes] == ["Near misses: 1 overdue."]
    assert "told 2026-12-22 -->" in lind.body
    assert "Also told: Area manager &#40;K Adeyemi, T Silva&#41;" in lind.body
    assert "nearmiss edit" not in ticket_of(stand, "k.adeyemi").body
    assert kept(stand)["p.lind"] == "same"


def test_what_is_ticked_stays_ticked(stand: Stand, token: str, record: str) -> None:
    """Whoever ticks a box keeps it ticked when the text is written anew."""
    kept(stand)
    lind = ticket_of(stand, "p.lind")
    lind.body = lind.body.replace("- [ ]", "- [x]").replace("\n", "\r\n")
    stand.scene.clock.to("2026-12-22")
    kept(stand)
    assert "- [x] **NM-2026-7Q4K2**" in lind.body


def test_what_is_done_is_closed(stand: Stand, token: str, record: str) -> None:
    """Once nothing is due of somebody their issue is closed; whoever has other work keeps theirs, without the old."""
    kept(stand)
    stand.scene.draft("i.garcia", record, {"assessment": near_miss("low")["assessment"]})
    found = kept(stand)
    assert {handle for handle, outcome in found.items() if outcome == "closed"} >= {"p.lind", "r.meyer"}
    assert ticket_of(stand, "p.lind").state == "closed"
    open_ones = [one for one in stand.world.tickets if one.state == "open"]
    assert not any("Assess it" in one.body for one in open_ones)


def test_issues_of_others_are_left_alone(stand: Stand, token: str, record: str) -> None:
    """An issue that a person wrote is neither changed nor closed, whatever it begins with."""
    body = "<!-- nearmiss: reminders of p.lind, told 2026-12-14 -->\nMine."
    theirs = stand.world.open_ticket(stand.account("p.lind"), "Mine", body)
    assert kept(stand)["p.lind"] == "opened"
    assert (theirs.body, theirs.state) == (body, "open")


def test_one_that_fails_keeps_no_other_from_theirs(stand: Stand, token: str, record: str) -> None:
    """What the forge refuses once is told, and the others have their issues."""
    stand.forge.trouble(403, method="POST", path="/issues", data={"message": "no"})
    found = kept(stand)
    assert sorted(found.values()) == ["failed", *["opened"] * (len(LEADS) - 1)]
    assert set(kept(stand).values()) == {"opened", "same"}


def test_an_account_that_cannot_be_given_anything(stand: Stand, token: str, record: str) -> None:
    """The issue of somebody whose account is gone is there all the same."""
    stand.world.users = [user for user in stand.world.users if user.login != "p-lind"]
    assert kept(stand)["p.lind"] == "opened"
    assert not ticket_of(stand, "p.lind").assignees


def test_the_command(stand: Stand, shell: Shell, token: str, record: str) -> None:
    """`nearmiss remind --issues` says what became of each, and ends with 1 where one failed."""
    stand.forge.trouble(403, method="POST", path="/issues", data={"message": "no"})
    first, second = shell.run("", "remind", "--issues"), shell.run("", "remind", "--issues", "--json")
    assert first.code == 1
    assert "c.moreau: failed. 127.0.0.1" in first.out
    assert "p.lind: opened. http://127.0.0.1" in first.out
    assert second.code == 0
    assert {one["outcome"] for one in second.data["issues"]} == {"opened", "same"}
    assert shell.run("", "remind", "--issues", "--since", "2026-12-01").code == 2


def test_without_a_forge_it_says_so(tmp_path: Path) -> None:
    """A register whose settings name no forge has nowhere to keep issues."""
    scene = found_scene(tmp_path)
    outcome = Shell(directory=scene.root, scene=scene).run("", "remind", "--issues")
    scene.close()
    assert outcome.code == 1
    assert "The settings of this register name no forge." in outcome.err
