"""The gate judges base to result on git objects: steps, history, policy, and putting in force."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.errors import NotMergeableError
from nearmiss.engine.gate.judging import GateResult, judge_dossiers, judge_request
from nearmiss.engine.proposing.proposals import judge_proposal
from nearmiss.engine.refusals import LostRaceError
from nearmiss.models.digests import digest
from nearmiss.policy.findings import Severity
from tests.engine.cast import CAST, person
from tests.engine.requests import BRANCH, Files, Walked, edited, judged, of, ready, refused
from tests.engine.scene import Scene, codes, walked_scene


def test_no_state_is_skipped_and_none_moved_without_its_sign_offs(walked: Walked) -> None:
    """From reported to action at once is refused; one step waits for who must sign it."""
    scene, record = walked("reported", "medium")
    of(scene, edited(scene, record, {"state": "action"}), branch="skipped")
    refused(scene, "no-such-step", branch="skipped", place=record)
    of(scene, edited(scene, record, {"state": "investigated"}), branch="one")
    result = judged(scene, "one")
    assert (result.verdict, codes(result.findings, Severity.WAITING)) == ("waiting", {"sign-off-missing"})


def test_a_sealed_section_is_not_edited_beside_the_step_that_is_signed(walked: Walked) -> None:
    """A request that takes the next step and rewrites an earlier section is refused, naming the sign-off."""
    scene, record = walked("investigated")
    branch = scene.advance("s.ito", record).branch
    scene.approve("r.meyer", record)
    assert judged(scene, branch).verdict == "pass"
    of(scene, edited(scene, record, {"investigation.findings": "It was the driver."}, branch), branch=branch)
    result = judged(scene, branch)
    found = [finding for finding in result.findings if finding.code == "sealed-section-changed"]
    assert (result.verdict, found[0].field) == ("refuse", ("investigation",))
    assert "01-investigated--r.meyer.yaml" in found[0].message
    assert found[0].line > 0


def test_a_record_that_both_sides_touched_waits_for_the_branch_to_be_updated(walked: Walked) -> None:
    """There is no textual merge: one edits a section, the other signs it off, and git would merge both cleanly."""
    scene, record, branch = ready(walked)
    assert judged(scene, branch).verdict == "pass"
    scene.draft("i.garcia", record, {"decisions": [{"on": "2026-11-22", "body": "committee", "decided": "Yes."}]})
    refused(scene, "branch-outdated", branch=branch, place=record)
    before = scene.snapshot()
    with pytest.raises(NotMergeableError):
        scene.merge("s.ito", record)
    assert scene.snapshot() == before


def test_another_record_on_main_does_not_hold_a_request_up(walked: Walked) -> None:
    """The result is built path by path, each blob from the one side that changed it."""
    scene, record, branch = ready(walked)
    other = scene.report().id
    assert judged(scene, branch).verdict == "pass"
    scene.merge("s.ito", record)
    assert (scene.state(record), scene.state(other)) == ("investigated", "reported")


def test_a_change_hidden_in_a_merge_commit_is_judged_like_any(walked: Walked) -> None:
    """Base and result are compared, so it does not matter in which commit a change was slipped in."""
    scene, record, branch = ready(walked)
    scene.report()
    text = edited(scene, record, {"report.what_happened": "Nothing much happened."}, branch)
    scene.git("branch", "honest", branch)
    of(scene, {}, branch="honest", parents=[scene.rev(branch), scene.rev("main")])
    of(scene, text, branch=branch, parents=[scene.rev(branch), scene.rev("main")])
    assert judged(scene, "honest").verdict in {"pass", "refuse"}
    refused(scene, "report-changed", branch=branch, place=record)


def test_criss_cross_and_unrelated_histories_are_refused(walked: Walked) -> None:
    """With two best common ancestors, or none, what a request changes cannot be told."""
    scene, _ = walked("reported")
    start = scene.rev("main")
    left = of(scene, {"a.txt": "a"}, branch="left", parents=[start])
    right = of(scene, {"b.txt": "b"}, branch="right", parents=[start])
    one = of(scene, {"b.txt": "b"}, branch="one", parents=[left, right])
    two = of(scene, {"a.txt": "a"}, branch="two", parents=[right, left])
    desk = scene.desk("o.haddad")
    result = judge_request(desk, base=one, head=two)
    assert (result.verdict, codes(result.findings)) == ("refuse", {"merge-base"})
    assert judge_request(desk, base=start, head=one).verdict == "pass"
    orphan = scene.git("commit-tree", scene.git("rev-parse", "main^{tree}"), "-m", "alone", who="s.ito")
    assert codes(judge_request(desk, base=start, head=orphan).findings) == {"merge-base"}


def test_a_revert_that_takes_main_back_is_refused(walked: Walked) -> None:
    """`-s ours` keeps the branch's older tree and so takes away what main has since: sign-offs are missed."""
    scene, record = walked("investigated")
    before = scene.rev("main~1^1")
    scene.git("branch", BRANCH, scene.rev("main"))
    scene.git("read-tree", before)
    tree = scene.git("write-tree")
    scene.git("read-tree", "main")
    commit = scene.git("commit-tree", tree, "-p", "main", "-m", "take it back", who="s.ito")
    scene.git("branch", "-f", BRANCH, commit)
    result = judged(scene)
    assert result.verdict == "refuse"
    assert {finding.record for finding in result.findings if finding.severity is Severity.ERROR} == {record}


def policy_branch(scene: Scene) -> str:
    """Propose a further person, and return the branch."""
    path = "workflow/policy/people.yaml"
    added = {f"people.{len(CAST)}": person("n.joiner", "quality-lead")}
    return str(scene.propose_policy("o.haddad", {path: scene.revised(path, added)}).branch)


def test_policy_is_not_used_in_the_request_that_changes_it(walked: Walked) -> None:
    """A request that makes somebody a signer and lets them sign is refused as a whole."""
    scene, record = walked("reported")
    branch = policy_branch(scene)
    of(scene, edited(scene, record, {"state": "investigated"}), branch=branch)
    refused(scene, "request-mixed", branch=branch)


def test_policy_versions_are_only_ever_added_one_at_a_time(scene: Scene) -> None:
    """A version that is removed, edited, skipped or doubled is refused; so is a file that does not fit the version."""
    branch = policy_branch(scene)
    assert judged(scene, branch).verdict == "waiting"
    versions = "workflow/policy/versions"
    second = scene.blob(f"{versions}/0002.json", branch)
    first = scene.blob(f"{versions}/0001.json")
    cases: dict[str, tuple[Files, str]] = {
        "removed": ({f"{versions}/0001.json": None}, "policy-history-changed"),
        "edited": ({f"{versions}/0001.json": first.replace(b"Example", b"Another")}, "policy-history-changed"),
        "third": ({f"{versions}/0003.json": second}, "policy-versions-many"),
        "stray": ({f"{versions}/notes.txt": "x"}, "policy-versions-many"),
        "differs": ({"workflow/policy/waivers.yaml": "schema: 1\nwaivers: [] # none\n\n"}, ""),
        "unversioned": ({f"{versions}/0002.json": None}, "policy-unversioned"),
        "other": ({f"{versions}/0002.json": first}, "policy-broken"),
        "waived": ({"workflow/policy/waivers.yaml": None}, "policy-broken"),
        "instance": ({"workflow/policy/instance.yaml": "schema: 1\ninstance: x\n"}, "policy-history-changed"),
        "gone": ({"workflow/policy/risk.yaml": None}, "policy-broken"),
        "late": ({"workflow/policy/sign-offs/0001--w.olsen.yaml": "x: 1\n"}, "sign-off-late"),
    }
    for name, (files, code) in cases.items():
        scene.git("branch", name, branch)
        of(scene, files, who="o.haddad", branch=name)
        if code:
            refused(scene, code, branch=name)
        else:
            assert judged(scene, name).verdict == "waiting"


def test_two_changes_of_the_policy_do_not_meet(scene: Scene) -> None:
    """Where main has a newer policy than the request began with, the branch is to be updated."""
    branch = policy_branch(scene)
    scene.approve("w.olsen", "policy")
    scene.git("branch", "other", "main")
    of(scene, {".github/workflows/ci.yml": "on: push"}, branch="other")
    scene.merge("o.haddad", "policy")
    refused(scene, "branch-outdated", branch="other", place="policy")
    assert branch not in scene.repository.branches()


def test_a_changed_map_of_paths_frees_nothing_in_its_own_request(scene: Scene) -> None:
    """The map that the base has decides, and the map itself is always policy."""
    path = "workflow/policy/settings.yaml"
    text = scene.revised(path, {"paths": [{"glob": "**", "is": "free"}]})
    of(scene, {path: text, "records/README.md": "hello"})
    refused(scene, "request-mixed")
    of(scene, {path: text}, branch="alone")
    refused(scene, "policy-unversioned", branch="alone")


def test_main_moves_only_from_where_the_request_was_judged(walked: Walked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody reports between the judgement and the merge: nothing is merged; on a second try it is."""
    scene, record, _ = ready(walked)

    def judge_then_report(*arguments: Any) -> GateResult:
        result = judge_proposal(*arguments)
        scene.report()
        return result

    monkeypatch.setattr("nearmiss.engine.proposing.merging.judge_proposal", judge_then_report)
    with pytest.raises(LostRaceError):
        scene.merge("s.ito", record)
    monkeypatch.undo()
    assert scene.state(record) == "reported"
    assert scene.merge("s.ito", record).state == "investigated"


def test_a_draft_does_not_write_over_what_came_meanwhile(walked: Walked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody reports while a draft is judged: the draft is not committed, and the report is still there."""
    scene, record = walked("reported")
    reports = []

    def judge_then_report(*arguments: Any, **more: Any) -> Any:
        judgement = judge_dossiers(*arguments, **more)
        reports.append(scene.report().id)
        return judgement

    monkeypatch.setattr("nearmiss.engine.proposing.drafting.judge_dossiers", judge_then_report)
    with pytest.raises(LostRaceError):
        scene.draft("s.ito", record, {"root_cause.method": "ishikawa"})
    monkeypatch.undo()
    assert scene.state(reports[0]) == "reported"
    assert scene.draft("s.ito", record, {"root_cause.method": "ishikawa"}).commit


def test_a_proposal_that_waits_is_not_merged(walked: Walked) -> None:
    """Only what the gate passes is put in force; what is missing is said."""
    scene, record = walked("reported")
    scene.advance("s.ito", record)
    before = scene.snapshot()
    with pytest.raises(NotMergeableError) as waits:
        scene.merge("s.ito", record)
    assert codes(waits.value.findings, Severity.WAITING) == {"sign-off-missing"}
    assert scene.snapshot() == before


def test_statements_point_to_the_approvals_before_them(tmp_path: Path) -> None:
    """Each step carries the digest of the approvals of the step before, so none can be taken out unseen."""
    scene, record = walked_scene(tmp_path, upto="action")
    statements = [file.statement for file in scene.dossier(record).sign_offs]
    for earlier, later in pairwise(statements):
        assert later["previous"] == digest([digest(earlier)])
    scene.close()
