"""Proposals that were overtaken, and those that are in force though their branch was never merged as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nearmiss.engine.desk import Desk
from nearmiss.engine.errors import CannotRefreshError, MayNotSignError, NoProposalError, ProposalDoneError, RefusedError
from nearmiss.engine.looking.listing import Wanted, list_records
from nearmiss.engine.looking.showing import review
from nearmiss.engine.proposing.merging import merge
from nearmiss.engine.proposing.refreshing import Refreshed, refresh
from tests.cli.shell import Shell
from tests.engine.scene import Scene, codes, walked_scene

SIGNED = "01-investigated--r.meyer.yaml"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[tuple[Scene, str, str]]:
    """Give a register in which the first step of a record is proposed and signed, the record and the branch."""
    made, record = walked_scene(tmp_path, upto="reported")
    branch = made.advance("s.ito", record).branch
    made.approve("r.meyer", record)
    yield made, record, branch
    made.close()


def refreshed(scene: Scene, who: str, record: str) -> Refreshed:
    """Refresh a proposal as somebody."""
    scene.clock.tick(minutes=1)
    return refresh(scene.desk(who), record)


def proposed(desk: Desk) -> dict[str, str]:
    """Return what `list` says is proposed for which record."""
    return dict(list_records(desk, Wanted()).proposed)


# In force already


@pytest.mark.parametrize("way", ["squash", "rebase"])
def test_a_branch_that_a_forge_has_merged_its_own_way_is_done(scene: tuple[Scene, str, str], way: str) -> None:
    """After a squash or a rebase on a forge, the branch is no proposal any more, and everybody who asks is told."""
    made, record, branch = scene
    made.report()
    if way == "squash":
        made.git("merge", "-q", "--squash", branch)
        made.git("commit", "-q", "-m", "Squashed")
    else:
        made.git("cherry-pick", f"main..{branch}")
    assert made.state(record) == "investigated"
    assert codes(made.check().findings) == set()
    assert proposed(made.desk("s.ito")) == {}
    for act in (lambda: review(made.desk("s.ito"), record), lambda: merge(made.desk("s.ito"), record)):
        with pytest.raises(ProposalDoneError) as done:
            act()
        assert done.value.branches == (branch,)
        assert done.value.hint == f"Remove the branch: git branch -D {branch}"
    made.git("branch", "-q", "-D", branch)
    with pytest.raises(NoProposalError):
        review(made.desk("s.ito"), record)
    # The record went on meanwhile; what was once done stays done.
    assert made.advance("s.ito", record).branch.endswith("/02-find-root-cause")


def test_a_branch_that_main_went_past_is_no_proposal_that_is_done(scene: tuple[Scene, str, str]) -> None:
    """As long as main has none of its sign-offs, a proposal is open, however far main has gone."""
    made, record, branch = scene
    made.report()
    assert proposed(made.desk("s.ito")) == {record: "investigate"}
    assert made.merge("s.ito", record).state == "investigated"
    assert made.git("branch", "--list", branch) == ""


def test_requests_without_sign_offs_are_done_once_main_has_what_they_bring(tmp_path: Path) -> None:
    """A report is done once its record is on main, a draft once main says the same."""
    made, record = walked_scene(tmp_path, upto="reported")
    path = "workflow/policy/settings.yaml"
    made.change_policy("o.haddad", {path: made.revised(path, {"reports": "request", "drafts": "request"})})
    drafted = made.draft("s.ito", record, {"assessment.crew": "Blue"}).branch
    reported = made.report()
    assert set(proposed(made.desk("s.ito"))) == {record, reported.id}
    for branch in (drafted, reported.branch):
        made.report()
        made.git("cherry-pick", branch)
    found = proposed(made.desk("s.ito"))
    assert record not in found
    assert reported.id not in found
    made.close()


# Overtaken


def test_what_main_says_elsewhere_in_the_record_is_taken_in(scene: tuple[Scene, str, str]) -> None:
    """A proposal stands on a briefing that main noted meanwhile, its sign-off still holds, and it can be merged."""
    made, record, branch = scene
    made.draft(
        "k.adeyemi", record, {"briefings": [{"on": "2026-11-22", "area": "shipping", "by": "k.adeyemi", "attended": 9}]}
    )
    assert codes(made.gate(branch).findings) == {"branch-outdated"}
    done = refreshed(made, "s.ito", record)
    assert (done.verdict, done.kept, done.dropped) == ("pass", (SIGNED,), ())
    assert made.git("log", "-1", "--format=%P", branch).split() == [made.rev("main"), made.rev(f"{branch}^2")]
    assert made.merge("s.ito", record).state == "investigated"
    assert made.data(record)["briefings"][0]["attended"] == 9
    assert codes(made.check().findings) == set()


def test_a_sign_off_of_what_main_changed_is_taken_back(scene: tuple[Scene, str, str]) -> None:
    """Where main changed what was signed, the sign-off falls, is named, and has to be given again."""
    made, record, _ = scene
    made.draft("i.garcia", record, {"assessment.crew": "Blue"})
    done = refreshed(made, "s.ito", record)
    assert (done.verdict, done.kept, done.dropped) == ("waiting", (), (SIGNED,))
    made.clock.tick(minutes=1)
    assert made.approve("r.meyer", record).verdict == "pass"
    assert made.merge("s.ito", record).state == "investigated"
    assert made.data(record)["assessment"]["crew"] == "Blue"


def test_whoever_refreshes_has_written_too(scene: tuple[Scene, str, str]) -> None:
    """Somebody new who joins the two versions is a contributor from then on: sign-offs that do not name them fall."""
    made, record, _ = scene
    made.draft(
        "k.adeyemi", record, {"briefings": [{"on": "2026-11-22", "area": "shipping", "by": "k.adeyemi", "attended": 9}]}
    )
    done = refreshed(made, "p.lind", record)
    assert (done.verdict, done.dropped) == ("waiting", (SIGNED,))
    with pytest.raises(MayNotSignError, match=r"p\.lind may not sign this"):
        made.approve("p.lind", record)
    assert made.approve("r.meyer", record).verdict == "pass"


def test_an_objection_stays_as_it_was_said(scene: tuple[Scene, str, str]) -> None:
    """What somebody objected to an earlier wording is kept, whatever the proposal says by now."""
    made, record, branch = scene
    made.object("p.lind", record, "The dock was not looked at.")
    made.draft("s.ito", record, {"investigation.findings": "The dock is sound."}, branch=branch)
    made.draft("i.garcia", record, {"assessment.crew": "Blue"})
    before = [path for path in made.git("ls-tree", "-r", "--name-only", branch).split("\n") if "p.lind" in path]
    refreshed(made, "s.ito", record)
    after = [path for path in made.git("ls-tree", "-r", "--name-only", branch).split("\n") if "p.lind" in path]
    assert before == after != []


def test_what_both_changed_is_for_people_to_join(tmp_path: Path) -> None:
    """Where the proposal and main say different things in one section, nothing is written, and the way on is told."""
    made, record = walked_scene(tmp_path, upto="reported")
    branch = made.advance("s.ito", record, {"investigation.findings": "The chock was missing."}).branch
    made.draft("i.garcia", record, {"investigation.findings": "The chock was worn."})
    before = made.snapshot()
    with pytest.raises(CannotRefreshError) as refused:
        refresh(made.desk("s.ito"), record)
    assert "the proposal and main have both changed investigation" in refused.value.message
    assert f"git branch -D {branch}, then nearmiss advance {record}" in refused.value.hint
    assert made.snapshot() == before
    made.close()


def test_a_step_that_was_taken_meanwhile_is_not_refreshed(tmp_path: Path) -> None:
    """A proposal whose step somebody else has put in force is at an end."""
    made, record = walked_scene(tmp_path, upto="reported")
    made.advance("s.ito", record)
    made.advance("s.ito", record, transition="reassess", because="Again.", values={"assessment.severity_potential": 4})
    made.approve("r.meyer", record, branch=f"near-miss/{record}/01-reassess")
    made.merge("s.ito", record, branch=f"near-miss/{record}/01-reassess")
    with pytest.raises(CannotRefreshError, match="main has taken a step of it since"):
        refresh(made.desk("s.ito"), record)
    made.close()


def test_what_is_up_to_date_is_left_alone(scene: tuple[Scene, str, str]) -> None:
    """Where main moved elsewhere, the gate joins the two by itself, and nothing is written."""
    made, record, _ = scene
    made.report()
    before = made.snapshot()
    done = refreshed(made, "s.ito", record)
    assert (done.commit, done.verdict, done.kept) == ("", "pass", (SIGNED,))
    assert made.snapshot() == before


def test_what_would_be_refused_is_not_written(scene: tuple[Scene, str, str]) -> None:
    """A proposal that main has taken the ground from is told why, and stays as it was."""
    made, record, _ = scene
    made.draft("i.garcia", record, {"assessment.decision": "hazard", "assessment.reason": "Nothing happened."})
    before = made.snapshot()
    with pytest.raises(RefusedError):
        refresh(made.desk("s.ito"), record)
    assert made.snapshot() == before


def test_a_policy_is_proposed_anew(scene: tuple[Scene, str, str]) -> None:
    """A version of the policy is one whole, so it is not put together from two."""
    made, _, _ = scene
    with pytest.raises(CannotRefreshError, match="policy"):
        refresh(made.desk("o.haddad"), "policy")


# As a command


def test_the_command_tells_what_still_holds(scene: tuple[Scene, str, str]) -> None:
    """`nearmiss advance ID --refresh` says where the proposal stands, what holds, and what to run next."""
    made, record, branch = scene
    shell = Shell(directory=made.root, scene=made)
    said = shell.run("s.ito", "advance", record, "--refresh")
    assert said.out.split("\n")[:3] == [
        f"{record}: {branch} is up to date; nothing was written.",
        f"Still holds: {SIGNED}",
        f"Everything is signed. Put it in force:  nearmiss merge {record}",
    ]
    made.draft("i.garcia", record, {"assessment.crew": "Blue"})
    review_ = shell.run("s.ito", "review", record)
    assert f"nearmiss advance {record} --refresh" in review_.said
    data = shell.json("s.ito", "advance", record, "--refresh")
    assert (data["branch"], data["dropped"], data["verdict"], data["pushed"]) == (branch, [SIGNED], "waiting", None)
    made.draft("i.garcia", record, {"assessment.crew": "Red"})
    said = shell.run("s.ito", "advance", record, "--refresh")
    assert said.out.startswith(f"{record}: {branch} stands on what there is now.\n")
    wrong = shell.run("s.ito", "advance", record, "--refresh", "--to", "investigated")
    assert (wrong.code, wrong.err.split("\n")[0]) == (
        2, "nearmiss: A proposal is refreshed as it is, without further options."
    )  # fmt: skip
