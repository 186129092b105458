"""Old versions brought back so that nobody seems to have written them: whoever brings one back has written it."""

from __future__ import annotations

import pytest

from nearmiss.models.ids import folder_of
from tests.engine.attacks.forging import (
    OWN_WORK,
    UNSAID,
    forged_commit,
    held_off,
    name_of,
    passes,
    point,
    revised,
    signed,
    statement,
)
from tests.engine.requests import Walked
from tests.engine.scene import Scene

POSTER = {"action_plan.actions.0.what": "Put up a poster.", "action_plan.actions.0.acceptance": "Poster hangs."}


def amended(scene: Scene, record: str, branch: str, raw: bytes, contributors: list[str]) -> str:
    """Let k.adeyemi sign an amended plan, and return the name of the file."""
    scene.clock.tick(minutes=5)
    said = statement(
        scene, record, raw, step="amend-plan", way=("action", "action"), by="k.adeyemi", role="area-manager",
        contributors=contributors, because="cheaper",
    )  # fmt: skip
    files = signed(scene, record, said)
    scene.commit_files(files, who="k.adeyemi", branch=branch)
    return name_of(files)


def own_work(file: str, who: str = "k.adeyemi") -> dict[str, str]:
    """Return the reasons for which somebody may not sign their own writing."""
    return {
        "contributor-missing": UNSAID.format(file=file, who=who),
        "contributor-signs": OWN_WORK.format(file=file, who=who),
    }


@pytest.mark.parametrize("reseal", [False, True])
def test_taking_a_sign_off_out_and_putting_it_back_does_not_seal_anew(walked: Walked, reseal: bool) -> None:  # noqa: FBT001
    """k.adeyemi writes a plan, has the old sign-off come in after that, and signs: they still wrote it."""
    scene, record = walked("action")
    scene.clock.tick(minutes=30)
    path, branch = scene.path(record), f"near-miss/{record}/04-amend-plan"
    raw = revised(scene.blob(path), POSTER)
    scene.commit_files({path: raw}, who="k.adeyemi", branch=branch, start="main")
    if reseal:
        (old,) = (name for name in scene.sign_offs(record) if name.startswith("03"))
        seal = f"{folder_of(path)}sign-offs/{old}"
        scene.commit_files({seal: None}, who="k.adeyemi", branch=branch)
        scene.commit_files({seal: scene.blob(seal)}, who="k.adeyemi", branch=branch)
    file = amended(scene, record, branch, raw, [])
    held_off(scene, branch, subject=record, who="k.adeyemi", expected=own_work(file))
    twin = f"near-miss/{record}/twin"
    scene.commit_files({path: raw}, who="s.ito", branch=twin, start="main")
    amended(scene, record, twin, raw, ["s.ito"])
    passes(scene, twin)


def plan_made_dearer(walked: Walked) -> tuple[Scene, str, str, bytes]:
    """Return a record whose plan was amended, the commit before that, and what the record said there."""
    scene, record = walked("action")
    first, raw = scene.rev(), scene.blob(scene.path(record))
    scene.clock.tick(minutes=30)
    dearer = {"action_plan.actions.0.what": "A better and dearer interlock."}
    scene.advance("s.ito", record, dearer, transition="amend-plan", because="stronger")
    scene.put_in_force(record, ["r.meyer"])
    return scene, record, first, raw


def test_a_merge_that_brings_back_an_old_plan_is_the_writing_of_its_author(walked: Walked) -> None:
    """k.adeyemi merges what main was once, takes the plan from there, and signs alone."""
    scene, record, first, raw = plan_made_dearer(walked)
    path, branch = scene.path(record), f"near-miss/{record}/05-amend-plan"
    scene.commit_files({path: raw}, who="k.adeyemi", branch=branch, parents=[scene.rev(), first])
    file = amended(scene, record, branch, raw, [])
    held_off(scene, branch, subject=record, who="k.adeyemi", expected=own_work(file))
    twin = f"near-miss/{record}/twin"
    scene.commit_files({path: raw}, who="s.ito", branch=twin, parents=[scene.rev(), first])
    amended(scene, record, twin, raw, ["s.ito"])
    passes(scene, twin)


def test_an_old_lower_risk_taken_over_by_a_merge_is_the_writing_of_its_author(walked: Walked) -> None:
    """r.meyer brings back the draft from before the risk was raised, and signs the investigation of it."""
    scene, record = walked("reported")
    low, path = scene.rev(), scene.path(record)
    raw = scene.blob(path)
    highest = {"severity_potential": 5, "likelihood": 5, "level": "high"}
    scene.draft("i.garcia", record, {f"assessment.{key}": value for key, value in highest.items()})
    moved = revised(raw, {"state": "investigated"})
    for who, branch in (("r.meyer", f"near-miss/{record}/01-investigate"), ("m.okafor", f"near-miss/{record}/twin")):
        scene.commit_files({path: raw}, who=who, branch=branch, parents=[scene.rev(), low])
        scene.commit_files({path: moved}, who="s.ito", branch=branch)
        scene.clock.tick(minutes=5)
        said = statement(
            scene, record, moved, step="investigate", way=("reported", "investigated"), by="r.meyer",
            role="quality-lead", contributors=["i.garcia", "m.okafor", "s.ito"],
        )  # fmt: skip
        files = signed(scene, record, said)
        scene.commit_files(files, who="r.meyer", branch=branch)
        if who == "r.meyer":
            held_off(scene, branch, subject=record, who="s.ito", expected=own_work(name_of(files), "r.meyer"))
        else:
            passes(scene, branch)


@pytest.fixture
def parked(walked: Walked) -> tuple[Scene, str, str, bytes]:
    """A verified record, in whose history k.adeyemi parked a commit that says `investigated`, and what it says."""
    scene, record = walked("action")
    scene.work_off(record)
    path, branch = scene.path(record), f"near-miss/{record}/draft-1"
    final = revised(scene.blob(path), {"briefings": [{"on": "2027-04-16", "attended": 3}]})
    back = revised(final, {"state": "investigated"})
    commit = scene.commit_files({path: back}, who="k.adeyemi", branch=branch, start="main")
    scene.commit_files({path: final}, who="k.adeyemi", branch=branch)
    scene.merge("k.adeyemi", record, branch=branch)
    scene.advance("s.ito", record)
    scene.put_in_force(record, ["v.novak"])
    assert scene.state(record) == "verified"
    return scene, record, commit, back


def reopened(scene: Scene, record: str, branch: str, raw: bytes, contributors: list[str]) -> str:
    """Let k.adeyemi sign that a record is reopened, and return the name of the file."""
    scene.clock.tick(minutes=5)
    said = statement(
        scene, record, raw, step="reopen", way=("verified", "investigated"), by="k.adeyemi", role="area-manager",
        contributors=contributors, because="It happened again.",
    )  # fmt: skip
    files = signed(scene, record, said)
    scene.commit_files(files, who="k.adeyemi", branch=branch)
    return name_of(files)


def test_who_takes_over_a_parked_state_has_moved_it(parked: tuple[Scene, str, str, bytes]) -> None:
    """k.adeyemi reopens a record by merging a commit of their own from history, and signs alone."""
    scene, record, commit, raw = parked
    path, branch = scene.path(record), f"near-miss/{record}/05-reopen"
    scene.commit_files({path: raw}, who="k.adeyemi", branch=branch, parents=[scene.rev(), commit])
    file = reopened(scene, record, branch, raw, [])
    held_off(scene, branch, subject=record, who="k.adeyemi", expected=own_work(file))
    twin = f"near-miss/{record}/twin"
    scene.commit_files({path: raw}, who="s.ito", branch=twin, parents=[scene.rev(), commit])
    reopened(scene, record, twin, raw, ["s.ito"])
    passes(scene, twin)


def test_a_merge_that_only_brings_a_branch_up_to_date_has_written_nothing(walked: Walked) -> None:
    """k.adeyemi takes main into the branch, where another record came in; they may still sign what s.ito wrote."""
    scene, record = walked("reported")
    branch = scene.advance("s.ito", record).branch
    scene.report()
    tree = scene.git("merge-tree", "--write-tree", branch, "main")
    update = scene.git("commit-tree", tree, "-p", branch, "-p", "main", "-m", "Up to date", who="k.adeyemi")
    point(scene, branch, update)
    scene.clock.tick(minutes=5)
    scene.approve("k.adeyemi", record)
    passes(scene, branch)


def turned_round(scene: Scene, branch: str, files: dict[str, bytes], old: str, *, who: str) -> None:
    """Commit files on top of main as a merge into an old commit: against its first parent, they are as they were."""
    scene.commit_files(files, who=who, branch="aside", start="main")
    tree = scene.git("rev-parse", "aside^{tree}")
    point(scene, branch, forged_commit(scene, tree, [old, scene.rev()], who=who))


def test_a_merge_turned_round_does_not_hide_who_brings_back_an_old_plan(walked: Walked) -> None:
    """k.adeyemi merges main into what it was once and keeps the old plan: no change against the first parent."""
    scene, record, first, raw = plan_made_dearer(walked)
    branch = f"near-miss/{record}/05-amend-plan"
    turned_round(scene, branch, {scene.path(record): raw}, first, who="k.adeyemi")
    file = amended(scene, record, branch, raw, [])
    held_off(scene, branch, subject=record, who="k.adeyemi", expected=own_work(file))


def test_a_merge_turned_round_does_not_hide_who_moves_the_state(parked: tuple[Scene, str, str, bytes]) -> None:
    """k.adeyemi merges main into the commit that they parked, and keeps its state."""
    scene, record, commit, raw = parked
    branch = f"near-miss/{record}/05-reopen"
    turned_round(scene, branch, {scene.path(record): raw}, commit, who="k.adeyemi")
    file = reopened(scene, record, branch, raw, [])
    held_off(scene, branch, subject=record, who="k.adeyemi", expected=own_work(file))
