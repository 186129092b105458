"""What must not be forgotten, poisoned or frozen: authors, owners, risks, and the way on for a record."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.errors import MayNotSignError
from nearmiss.engine.instance import read_register
from nearmiss.engine.records.authorship import derive_held
from nearmiss.policy.findings import Severity
from nearmiss.store.documents import YamlDocuments
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
from tests.engine.requests import Walked, judged, ready, replay_of
from tests.engine.scene import Scene, codes, open_scene
from tests.policy.builder import near_miss

CUT = {"history-cut": "the history of this clone was cut off, so nobody can tell who wrote what"}
FUTURE = "2199-12-31T23:59:59Z"


def test_a_clone_without_its_history_judges_nothing(walked: Walked, tmp_path: Path) -> None:
    """r.meyer wrote part of it, which the last three commits do not tell; all of history does."""
    scene, record = walked("reported")
    branch = f"near-miss/{record}/01-investigate"
    scene.draft("r.meyer", record, {"investigation.findings": "Written by r.meyer."})
    for _ in range(4):
        scene.report()
    raw = revised(scene.blob(scene.path(record)), {"state": "investigated"})
    scene.commit_files({scene.path(record): raw}, who="s.ito", branch=branch, start="main")
    said = statement(
        scene,
        record,
        raw,
        step="investigate",
        way=("reported", "investigated"),
        by="r.meyer",
        role="quality-lead",
        contributors=["i.garcia", "m.okafor", "s.ito"],
    )
    word = signed(scene, record, said)
    scene.commit_files(word, who="r.meyer", branch=branch)
    own = {"contributor-missing": UNSAID, "contributor-signs": OWN_WORK}
    expected = {code: sentence.format(file=name_of(word), who="r.meyer") for code, sentence in own.items()}
    held_off(scene, branch, subject=record, who="r.meyer", expected=expected)
    cut = clone(scene, tmp_path / "cut", branch, "--depth", "3", "--no-single-branch")
    held_off(cut, branch, subject="", who="r.meyer", expected=CUT)
    cut.close()


def clone(scene: Scene, place: Path, branch: str, *options: str) -> Scene:
    """Return a clone in which a branch is there too."""
    subprocess.run(["git", "clone", "-q", *options, f"file://{scene.root}", place], check=True)
    subprocess.run(["git", "-C", place, "branch", "-q", branch, f"origin/{branch}"], check=True)
    return open_scene(place, clock=scene.clock)


def test_a_clone_that_got_its_history_judges_again(walked: Walked, tmp_path: Path) -> None:
    """The hint of the refusal is what helps."""
    scene, _, branch = ready(walked)
    cut = clone(scene, tmp_path / "cut", branch, "--depth", "2", "--no-single-branch")
    held_off(cut, branch, subject="", who="s.ito", expected=CUT)
    cut.close()
    subprocess.run(["git", "-C", cut.root, "fetch", "-q", "--unshallow"], check=True)
    whole = open_scene(cut.root, clock=scene.clock)
    passes(whole, branch)
    whole.close()


@pytest.mark.parametrize("way", ["correct", "send-back"])
def test_an_owner_who_was_taken_off_the_plan_does_not_verify_it(walked: Walked, way: str) -> None:
    """t.silva did the action; that the plan names somebody else now does not let them check it."""
    scene, record = walked("action")
    other = {"action_plan.actions.0.owner": "k.adeyemi"}
    scene.clock.to("2027-01-12")
    done = {"action": "A1", "status": "done", "on": "2027-01-12", "by": "t.silva", "evidence": "Photo"}
    scene.draft("s.ito", record, {"progress": [done]})
    if way == "correct":
        scene.advance("s.ito", record, other, transition="correct", because="typing error")
        scene.put_in_force(record, ["r.meyer"])
    else:
        scene.advance("s.ito", record, to="root-caused", because="again")
        scene.put_in_force(record, ["r.meyer"])
        scene.draft("s.ito", record, other)
        scene.advance("s.ito", record, transition="plan-action")
        scene.put_in_force(record, ["r.meyer"])
    assert scene.data(record)["action_plan"]["actions"][0]["owner"] == "k.adeyemi"
    scene.clock.to("2027-04-16")
    said = near_miss("low")
    scene.draft("s.ito", record, {part: said[part] for part in ("verification", "lesson")})
    branch = scene.advance("s.ito", record).branch
    before = scene.snapshot()
    with pytest.raises(MayNotSignError) as refused:
        scene.approve("t.silva", record)
    assert refused.value.message.startswith("t.silva may not sign this: they stood in an earlier version")
    assert scene.snapshot() == before
    step = scene.rev(branch)
    scene.approve("v.novak", record)
    passes(scene, branch)
    (file,) = scene.git("diff", "--name-only", step, branch).splitlines()
    word = dict([replay_of(scene, record, branch, file.rpartition("/")[2], {"by": "t.silva", "name": "T Silva"})])
    point(scene, branch, step)
    scene.commit_files(word, who="t.silva", branch=branch)
    named = "t.silva is named in action_plan.actions[].owner and may not sign verify"
    sentence = f"sign-off {name_of(word)}: {named}"
    held_off(scene, branch, subject=record, who="s.ito", expected={"signer-separated": sentence})


def test_an_approval_from_the_future_is_refused(walked: Walked) -> None:
    """It would be in force for ever, with nothing ever dated after it; given now, it passes."""
    scene, record, branch = ready(walked)
    (old,) = scene.sign_offs(record, branch)
    word = dict([replay_of(scene, record, branch, old, {"at": FUTURE})])
    scene.git("branch", "twin", branch)
    scene.commit_files(word, who="r.meyer", branch=branch)
    sentence = f"sign-off {old} is dated {FUTURE}, which has not come yet: the clock here says 2026-11-22T07:00:00Z"
    held_off(scene, branch, subject=record, who="s.ito", expected={"date-in-future": sentence})
    passes(scene, "twin")


@pytest.mark.parametrize("verdict", ["approve", "object"])
def test_only_an_approval_on_main_dates_what_comes_after_it(walked: Walked, verdict: str) -> None:
    """An objection dated 2199, on main past all rules, does not keep a record from its next step; an approval does."""
    scene, record, branch = ready(walked)
    (old,) = scene.sign_offs(record, branch)
    changes = {"at": FUTURE, "verdict": verdict, "by": "m.okafor", "name": "M Okafor", "role": "staff"}
    if verdict == "approve":
        changes = {"at": FUTURE}
    word = dict([replay_of(scene, record, branch, old, changes)])
    scene.merge("s.ito", record)
    scene.commit_files(word, who="m.okafor", branch="main")
    scene.clock.tick(minutes=5)
    branch = f"near-miss/{record}/02-find-root-cause"
    raw = revised(scene.blob(scene.path(record)), {"state": "root-caused"})
    scene.commit_files({scene.path(record): raw}, who="s.ito", branch=branch)
    scene.clock.tick(minutes=5)
    said = statement(
        scene,
        record,
        raw,
        step="find-root-cause",
        way=("investigated", "root-caused"),
        by="r.meyer",
        role="quality-lead",
        contributors=["s.ito"],
    )
    scene.commit_files(signed(scene, record, said), who="r.meyer", branch=branch)
    frozen = "date-backwards" in codes(judged(scene, branch).findings)
    assert frozen is (verdict == "approve")


NONSENSE: dict[str, dict[str, Any]] = {
    "level": {"assessment.level": "garbage"},
    "list": {"assessment": ["x"]},
    "text": {"assessment.severity_potential": "high"},
    "huge": {"assessment.severity_potential": 99},
    "true": {"assessment.severity_potential": True, "assessment.level": ["high"]},
    "people": {"action_plan": {"actions": "all of them"}, "investigation": 7},
}


def held_of(scene: Scene, record: str) -> tuple[int, str]:
    """Return the highest severity potential and level that a record held on main."""
    register = read_register(scene.repository.tree(scene.rev()), YamlDocuments())
    held = derive_held(scene.desk("o.haddad"), scene.path(record), scene.rev(), register.newest.workflow)
    return held.severity_potential, held.level


@pytest.mark.parametrize("kind", [*NONSENSE, "broken", "submodule", "state"])
def test_nonsense_in_history_neither_counts_nor_stops_a_record(walked: Walked, kind: str) -> None:
    """A commit in the middle of a request says what no record may; it is mended in the next, and life goes on."""
    scene, record = walked("reported")
    path, branch, held = scene.path(record), f"near-miss/{record}/draft-1", held_of(scene, record)
    raw = scene.blob(path)
    if kind == "submodule":
        scene.git("read-tree", "main")
        scene.git("update-index", "--cacheinfo", f"160000,{'1' * 40},{path}")
        point(scene, branch, forged_commit(scene, scene.git("write-tree"), [scene.rev()], who="s.ito"))
        scene.git("read-tree", "main")
        scene.git("update-index", "-q", "--refresh")
    else:
        bad = b"\xff: [" if kind == "broken" else revised(raw, NONSENSE.get(kind, {"state": ["action"]}))
        scene.commit_files({path: bad}, who="s.ito", branch=branch, start="main")
    scene.commit_files({path: revised(raw, {"title": "Some more words"})}, who="s.ito", branch=branch)
    passes(scene, branch)
    scene.merge("s.ito", record, branch=branch)
    assert not [finding for finding in scene.check(revision="main").findings if finding.severity is Severity.ERROR]
    assert held_of(scene, record) == held
    scene.draft("s.ito", record, {"title": "Another"})
    scene.advance("s.ito", record)
    scene.put_in_force(record, ["r.meyer"])
    assert scene.state(record) == "investigated"


def test_a_risk_that_history_held_is_remembered(walked: Walked) -> None:
    """The twin of the nonsense: five and high, for one commit, count."""
    scene, record = walked("reported")
    assert held_of(scene, record) < (5, "high")
    raised = {"assessment.severity_potential": 5, "assessment.likelihood": 5, "assessment.level": "high"}
    scene.commit_files({scene.path(record): revised(scene.blob(scene.path(record)), raised)}, branch="main")
    assert held_of(scene, record) == (5, "high")


@pytest.mark.parametrize("repeats", [True, False])
def test_a_redaction_does_not_repeat_what_it_withholds(walked: Walked, repeats: bool) -> None:  # noqa: FBT001
    """The correction that says `redacted` leaves out what was there; then it waits only for its signature."""
    scene, record = walked("investigated")
    field, branch = "report.what_stopped_it.how", f"near-miss/{record}/02-redact"
    entry = {"field": field, "now": "redacted", "because": "A name", "on": "2026-11-22"}
    entry |= {"was": "Mr Smith pulled the brake"} if repeats else {}
    raw = revised(scene.blob(scene.path(record)), {field: "redacted", "corrections": [entry]})
    scene.commit_files({scene.path(record): raw}, who="s.ito", branch=branch, start="main")
    if repeats:
        sentence = f"the correction of {field} repeats what is redacted"
        held_off(scene, branch, subject=record, who="s.ito", expected={"not-a-redaction": sentence})
    else:
        scene.clock.tick(minutes=5)
        scene.approve("r.meyer", record, because="A name")
        passes(scene, branch)
