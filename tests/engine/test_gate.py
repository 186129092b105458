"""What the gate refuses, on git objects alone; each refusal has its twin that passes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.errors import NotMergeableError
from nearmiss.engine.gating import GateResult, judge_dossiers, judge_request
from nearmiss.engine.ports import LostRaceError
from nearmiss.engine.proposals import judge_proposal
from nearmiss.errors import NearMissError
from nearmiss.models.digests import digest
from nearmiss.models.sign_off import file_name
from nearmiss.policy.findings import Severity
from nearmiss.store.documents import YamlDocuments
from tests.engine.scene import CAST, Scene, codes, found_scene, person, walked_scene

Walked = Callable[..., tuple[Scene, str]]
Files = Mapping[str, "bytes | str | None"]

BRANCH = "feature"


def judged(scene: Scene, branch: str = BRANCH) -> GateResult:
    """Judge a branch, and see that judging leaves the repository as it was, bit for bit."""
    before = scene.snapshot()
    result = scene.gate(branch)
    assert scene.snapshot() == before
    return result


def refused(scene: Scene, code: str, *, branch: str = BRANCH, place: str = "") -> None:
    """See that a branch is refused for a reason, at a record or path."""
    result = judged(scene, branch)
    assert result.verdict == "refuse"
    found = [finding for finding in result.findings if finding.code == code]
    assert found, result.findings
    assert not place or place in {found[0].record, found[0].path}
    assert all(finding.hint for finding in found)


def of(scene: Scene, files: Files, *, who: str = "s.ito", branch: str = BRANCH, **more: Any) -> str:
    """Commit files to a branch past all rules."""
    return scene.commit_files(files, who=who, branch=branch, **more)


def edited(scene: Scene, record: str, values: Mapping[str, Any], branch: str = "main") -> dict[str, bytes]:
    """Return a record's file with other values."""
    from tests.engine.scene import edits_of

    path = scene.path(record, branch)
    return {path: YamlDocuments().revise(scene.blob(path, branch), edits_of(values))}


def replay_of(scene: Scene, record: str, branch: str, file: str, changes: Mapping[str, Any]) -> tuple[str, bytes]:
    """Return a sign-off of a branch with other words in its statement, under the name that fits it."""
    folder = scene.path(record, branch).removesuffix(".yaml")
    data = YamlDocuments().read(scene.blob(f"{folder}/sign-offs/{file}", branch)).data
    assert data is not None
    statement = {**data["statement"], **changes}
    return f"{folder}/sign-offs/{file_name(statement)}", YamlDocuments().compose({"statement": statement})


# which paths go together


@pytest.mark.parametrize(
    "path, text",
    [
        ("README.md", "hello"),
        (".gitattributes", "records/** merge=union -diff linguist-generated"),
        (".mailmap", "Ruth <r.meyer@example.org> <s.ito@example.org>"),
        (".gitmodules", ""),
        (".github/workflows/ci.yml", "on: push"),
        (".gitlab-ci.yml", "test: {}"),
        (".pre-commit-config.yaml", "repos: []"),
        ("hooks/update", "exit 0"),
        ("records/.gitattributes", "* -text"),
        ("site/docs/index.md", "hello"),
        ("workflow/policy/settings.yaml", "schema: 1"),
        ("WORKFLOW/policy/people.yaml", "schema: 1"),
    ],
)
def test_a_record_goes_alone_in_its_request(walked: Walked, path: str, text: str) -> None:
    """Nothing else travels with a record, least of all what requests are judged by; alone, the record passes."""
    scene, record = walked("reported")
    change = edited(scene, record, {"root_cause.method": "ishikawa"})
    of(scene, change)
    assert judged(scene).verdict == "pass"
    of(scene, {path: text})
    refused(scene, "request-mixed")


@pytest.mark.parametrize(
    "path", [".gitattributes", ".github/workflows/ci.yml", "hooks/update", "CODEOWNERS", "schemas/notes.txt"]
)
def test_what_decides_how_requests_are_judged_needs_a_signed_version(scene: Scene, path: str) -> None:
    """CI, hooks and git's own files change only with a new policy version, signed; other files need neither."""
    of(scene, {"docs/notes.txt": "hello"}, branch="free")
    assert judged(scene, "free").verdict == "pass"
    of(scene, {path: "x"})
    refused(scene, "policy-unversioned")


def test_a_ci_file_that_changes_after_the_version_was_signed_takes_the_signature_back(scene: Scene) -> None:
    """The version binds rules and people by digest; what else is policy must be as it was when it was signed."""
    (scene.root / "CODEOWNERS").write_text("* @quality\n", encoding="utf-8")
    from nearmiss.engine.policy_change import propose_policy

    branch = propose_policy(scene.desk("o.haddad")).branch
    (scene.root / "CODEOWNERS").unlink()
    scene.approve("w.olsen", "policy")
    assert judged(scene, branch).verdict == "pass"
    of(scene, {"CODEOWNERS": "* @mallory\n"}, who="o.haddad", branch=branch)
    refused(scene, "sign-off-stale", branch=branch)


# what lies in the tree


@pytest.mark.parametrize(
    "mode, what",
    [("120000", "a symbolic link"), ("100755", "an executable"), ("160000", "a submodule")],
)
def test_only_plain_files_are_records(walked: Walked, mode: str, what: str) -> None:
    """A record that becomes a link, a program or another repository is refused."""
    scene, record = walked("reported")
    path = scene.path(record)
    oid = (
        scene.rev("main") if mode == "160000" else scene.git("hash-object", "-w", "--stdin", stdin=b"../../etc/passwd")
    )
    scene.git("read-tree", "main")
    scene.git("update-index", "--cacheinfo", f"{mode},{oid},{path}")
    tree = scene.git("write-tree")
    scene.git("read-tree", "main")
    commit = scene.git("commit-tree", tree, "-p", "main", "-m", what, who="s.ito")
    scene.git("branch", BRANCH, commit)
    refused(scene, "mode-odd", place=path)


@pytest.mark.parametrize(
    "path",
    [
        "records/2026/11/nm-2026-00001.yaml",
        "records/2026/11/NM-2026-00001.YAML",
        "records/2026/13/NM-2026-00002.yaml",
        "records/README.md",
        "records/2026/11/NM-2026-00001/notes.txt",
        "records/2026/11/NM-2026-00001/sign-offs/deep/01-investigated--r.meyer.yaml",
    ],
)
def test_nothing_unknown_lies_under_records(walked: Walked, path: str) -> None:
    """What is no record, no sign-off and no attachment is refused, twins in case among it."""
    scene, _ = walked("reported")
    of(scene, {path: "x: 1\n"})
    refused(scene, "path-unknown")


def test_a_path_that_is_not_ascii_is_refused(walked: Walked) -> None:
    """One name can be spelt in two ways in Unicode, so names of records are ASCII."""
    scene, record = walked("reported")
    path = scene.path(record)
    scene.git("read-tree", "main")
    for spelt in ("e\N{COMBINING ACUTE ACCENT}.yaml", "\N{LATIN SMALL LETTER E WITH ACUTE}.yaml"):
        oid = scene.git("rev-parse", f"main:{path}")
        scene.git("update-index", "--add", "--cacheinfo", f"100644,{oid},{path.removesuffix('.yaml')}{spelt}")
    tree = scene.git("write-tree")
    scene.git("read-tree", "main")
    scene.git("branch", BRANCH, scene.git("commit-tree", tree, "-p", "main", "-m", "twins", who="s.ito"))
    refused(scene, "path-unknown")


@pytest.mark.parametrize("path", ["Records/2026/11/NM-2026-00001.yaml", "RECORDS/x", "Records"])
def test_nothing_lies_where_another_file_system_sees_records(walked: Walked, path: str) -> None:
    """A folder that differs from ours only in case would overwrite records on many machines."""
    scene, _ = walked("reported")
    of(scene, {path: "x: 1\n"})
    refused(scene, "path-unknown", place=path)


def test_a_record_is_never_deleted_renamed_or_moved(walked: Walked) -> None:
    """Gone with all its files, under another id, or in another month: each is refused."""
    scene, record = walked("investigated")
    path = scene.path(record)
    folder = path.removesuffix(".yaml")
    beside = [f"{folder}/sign-offs/{name}" for name in scene.sign_offs(record)]
    of(scene, {path: None, **dict.fromkeys(beside)}, branch="deleted")
    refused(scene, "record-deleted", branch="deleted", place=record)
    of(scene, {path: None}, branch="bare")
    refused(scene, "record-missing", branch="bare", place=record)
    text = scene.blob(path)
    other = path.replace("00001", "0000Z")
    of(scene, {path: None, **dict.fromkeys(beside), other: text.replace(b"00001", b"0000Z")}, branch="renamed")
    refused(scene, "record-deleted", branch="renamed", place=record)
    of(scene, {path: None, **dict.fromkeys(beside), path.replace("/11/", "/12/"): text}, branch="moved")
    refused(scene, "id-twice", branch="moved")
    of(scene, {path.replace("/11/", "/12/"): text}, branch="doubled")
    refused(scene, "id-twice", branch="doubled")


def test_a_record_that_was_deleted_past_the_gate_does_not_come_back_as_new(walked: Walked) -> None:
    """Deleted on main and created again, with other words, an id is no new record; a fresh one is."""
    scene, record = walked("reported")
    path = scene.path(record)
    text = scene.blob(path)
    of(scene, {path.replace("00001", "0000Z"): text.replace(b"00001", b"0000Z")}, branch="fresh")
    assert judged(scene, "fresh").verdict == "pass"
    of(scene, {path: None}, branch="main")
    of(scene, {path: text.replace(b"crept", b"moved")})
    refused(scene, "id-reused", place=record)


def test_deleting_and_creating_again_within_a_request_is_a_change(walked: Walked) -> None:
    """Only base and result count: on the way, a record may have been gone."""
    scene, record = walked("investigated")
    path = scene.path(record)
    text = scene.blob(path)
    of(scene, {path: None})
    of(scene, {path: text})
    assert judged(scene).verdict == "pass"
    of(scene, {path: text.replace(b"crept", b"moved")})
    refused(scene, "sealed-section-changed", place=record)


def test_a_new_record_starts_in_the_first_state_and_unsigned(walked: Walked) -> None:
    """A report that claims to be investigated, or brings sign-offs along, is refused."""
    scene, record = walked("investigated")
    path = scene.path(record)
    fresh = path.replace("00001", "0000Z")
    text = scene.blob(path).replace(b"00001", b"0000Z")
    name = scene.sign_offs(record)[0]
    signed = scene.blob(f"{path.removesuffix('.yaml')}/sign-offs/{name}")
    of(scene, {fresh: text}, branch="ahead")
    refused(scene, "not-first-state", branch="ahead")
    reported = text.replace(b"state: investigated", b"state: reported")
    of(scene, {fresh: reported, f"{fresh.removesuffix('.yaml')}/sign-offs/{name}": signed}, branch="signed")
    refused(scene, "sign-off-early", branch="signed")
    of(scene, {fresh: reported}, branch="fine")
    assert judged(scene, "fine").verdict == "pass"


def test_what_cannot_be_read_is_refused_with_its_line(walked: Walked) -> None:
    """A record with a tag, a second document or nonsense is refused where it goes wrong."""
    scene, record = walked("reported")
    path = scene.path(record)
    of(scene, {path: scene.blob(path) + b"alert: !!python/name:os.system x\n"})
    result = judged(scene)
    assert result.verdict == "refuse"
    assert {(finding.path, finding.line > 1) for finding in result.findings} == {(path, True)}


def test_a_record_that_main_cannot_read_is_not_taken_for_a_new_one(walked: Walked) -> None:
    """Where main holds rubbish in a record's place, a request cannot put what it likes there."""
    scene, record = walked("reported")
    path = scene.path(record)
    text = scene.blob(path)
    of(scene, {path: "a: [\n"}, branch="main")
    of(scene, {path: text.replace(b"crept", b"moved")})
    refused(scene, "base-unreadable", place=record)


# sign-offs


def ready(walked: Walked, level: str = "low") -> tuple[Scene, str, str]:
    """Return a scene with a record whose investigation is proposed and signed."""
    scene, record = walked("reported", level)
    branch = scene.advance("s.ito", record).branch
    scene.approve("r.meyer", record)
    assert level == "very-high" or judged(scene, branch).verdict == "pass"
    return scene, record, branch


def test_a_sign_off_in_force_is_never_removed_edited_or_joined(walked: Walked) -> None:
    """What was signed stays, byte for byte, and nobody joins a set that the next step points to."""
    scene, record = walked("root-caused")
    folder = scene.path(record).removesuffix(".yaml")
    name = scene.sign_offs(record)[0]
    path = f"{folder}/sign-offs/{name}"
    of(scene, {path: None}, branch="removed")
    refused(scene, "sign-off-tampered", branch="removed", place=path)
    of(scene, {path: scene.blob(path) + b"# looks the same\n"}, branch="touched")
    refused(scene, "sign-off-tampered", branch="touched", place=path)
    joined = dict([replay_of(scene, record, "main", name, {"by": "p.lind", "name": "P Lind"})])
    of(scene, joined, who="p.lind", branch="joined")
    refused(scene, "sign-off-late", branch="joined", place=next(iter(joined)))


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"subject": "NM-2026-0000Z"}, "sign-off-foreign"),
        ({"instance": "11111111-1111-4111-8111-111111111111"}, "sign-off-foreign"),
        ({"previous": f"sha256:{'0' * 64}"}, "sign-off-chain"),
        ({"meaning": "I have glanced at it."}, "meaning-differs"),
        ({"role": "verifier"}, "signer-role"),
        ({"role": "area-manager"}, "signer-role"),
        ({"contributors": ["s.ito"]}, "contributor-missing"),
        ({"contributors": ["i.garcia", "m.okafor", "r.meyer", "s.ito"]}, "contributor-signs"),
        ({"from": "root-caused"}, "transition-illegal"),
        ({"to": "verified"}, "transition-illegal"),
        ({"transition": "find-root-cause"}, "transition-illegal"),
        ({"seq": 2}, "sign-off-gap"),
        ({"by": "t.silva", "name": "T Silva"}, "claim-mismatch"),
        ({"by": "nobody.here"}, "signer-unknown"),
        ({"policy": {"version": 7, "rules": f"sha256:{'0' * 64}"}}, "policy-version-unknown"),
    ],
)
def test_a_sign_off_that_was_retold_does_not_count(walked: Walked, changes: dict[str, Any], code: str) -> None:
    """Each key of the statement binds: told otherwise, it is refused by name, though its file name fits."""
    scene, record, branch = ready(walked)
    name = scene.sign_offs(record, branch)[0]
    old = f"{scene.path(record, branch).removesuffix('.yaml')}/sign-offs/{name}"
    path, content = replay_of(scene, record, branch, name, changes)
    of(scene, {old: None}, who="r.meyer", branch=branch)
    of(scene, {path: content}, who="r.meyer", branch=branch)
    refused(scene, code, branch=branch)


def test_a_sign_off_by_another_name_is_refused(walked: Walked) -> None:
    """The name of the file is that of its statement; reordered or relabelled, it does not fit."""
    scene, record, branch = ready(walked)
    folder = f"{scene.path(record, branch).removesuffix('.yaml')}/sign-offs"
    text = scene.blob(f"{folder}/01-investigated--r.meyer.yaml", branch)
    of(scene, {f"{folder}/01-investigated--p.lind.yaml": text}, who="p.lind", branch=branch)
    refused(scene, "sign-off-name", branch=branch)


def test_a_sign_off_of_another_record_is_refused(walked: Walked) -> None:
    """Copied beside another record that says the very same, it does not count there."""
    scene, record, branch = ready(walked)
    other = scene.prepare("low")
    scene.merge("s.ito", record)
    second = scene.advance("s.ito", other).branch
    text = scene.blob(f"{scene.path(record).removesuffix('.yaml')}/sign-offs/01-investigated--r.meyer.yaml")
    folder = scene.path(other, second).removesuffix(".yaml")
    of(scene, {f"{folder}/sign-offs/01-investigated--r.meyer.yaml": text}, who="r.meyer", branch=second)
    refused(scene, "sign-off-foreign", branch=second, place=other)
    assert branch not in scene.repository.branches()


def test_a_sign_off_replayed_from_another_instance_is_refused(walked: Walked, tmp_path: Path) -> None:
    """Two registers with the same people and record are still two: a word in one is none in the other."""
    scene, record, branch = ready(walked)
    path = f"{scene.path(record, branch).removesuffix('.yaml')}/sign-offs/01-investigated--r.meyer.yaml"
    signed = scene.blob(path, branch)
    twin = found_scene(tmp_path / "twin", preset="small")
    here = twin.prepare("low")
    other = twin.advance("s.ito", here).branch
    assert here == record
    of(twin, {path: signed}, who="r.meyer", branch=other)
    result = judged(twin, other)
    assert result.verdict == "refuse"
    twin.close()


# who


def test_the_claim_of_a_sign_off_is_that_of_the_commit_that_adds_it(walked: Walked) -> None:
    """A sign-off that somebody else puts in is refused, also when only a merge commit brings it."""
    scene, record, branch = ready(walked)
    name = scene.sign_offs(record, branch)[0]
    path, content = replay_of(scene, record, branch, name, {})
    base = scene.repository.branches()[branch]
    unsigned = scene.git("rev-parse", f"{base}^")
    of(scene, {path: content}, who="s.ito", branch="forged", parents=[unsigned])
    refused(scene, "claim-mismatch", branch="forged", place=path)
    side = of(scene, {}, who="s.ito", branch="side", parents=[unsigned])
    of(scene, {path: content}, who="s.ito", branch="hidden", parents=[unsigned, side])
    refused(scene, "claim-mismatch", branch="hidden", place=path)
    of(scene, {path: content}, who="r.meyer", branch="honest", parents=[unsigned])
    assert judged(scene, "honest").verdict == "pass"


def test_a_contributor_does_not_approve_whatever_their_sign_off_states(walked: Walked) -> None:
    """Git tells who wrote what: leaving one's own name out of the statement does not help."""
    scene, record = walked("reported")
    branch = scene.advance("r.meyer", record, {"investigation.findings": "The light turns green too early."}).branch
    scene.approve("p.lind", record)
    name = scene.sign_offs(record, branch)[0]
    stated = scene.dossier(record, branch).sign_offs[0].statement["contributors"]
    own = {"by": "r.meyer", "name": "R Meyer", "contributors": [who for who in stated if who != "r.meyer"]}
    path, content = replay_of(scene, record, branch, name, own)
    old = f"{scene.path(record, branch).removesuffix('.yaml')}/sign-offs/{name}"
    assert judged(scene, branch).verdict == "pass"
    of(scene, {old: None, path: content}, who="r.meyer", branch=branch)
    refused(scene, "contributor-signs", branch=branch)
    refused(scene, "contributor-missing", branch=branch)


def test_a_second_address_of_one_person_is_the_same_person(walked: Walked) -> None:
    """Who writes from one address does not approve from another."""
    scene, record = walked("reported")
    scene.draft("per@home.example", record, {"investigation.findings": "The light turns green too early."})
    scene.advance("s.ito", record)
    with pytest.raises(NearMissError, match="wrote part"):
        scene.approve("p.lind", record)
    assert scene.approve("r.meyer", record).verdict == "pass"


def test_an_unknown_author_of_what_is_sealed_is_refused_save_for_reports(walked: Walked) -> None:
    """Nobody can tell that a stranger is not the signer; the words of a report may be a stranger's."""
    scene, record = walked("reported")
    change = edited(scene, record, {"investigation.findings": "The light turns green too early."})
    of(scene, change, who="mallory@elsewhere.example", branch="main")
    branch = f"near-miss/{record}/01-investigate"
    of(scene, edited(scene, record, {"state": "investigated"}), branch=branch)
    refused(scene, "author-unknown", branch=branch, place=record)
    anonymous = scene.report("", mode="anonymous").id
    from tests.policy.builder import near_miss

    scene.draft("i.garcia", anonymous, {"assessment": near_miss("low")["assessment"], "report.location": "dock-3"})
    scene.draft("s.ito", anonymous, {"investigation": near_miss("low")["investigation"]})
    other = scene.advance("s.ito", anonymous).branch
    scene.approve("r.meyer", anonymous)
    assert judged(scene, other).verdict == "pass"


# what a step may change


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


# the shape of history


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


# policy


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


# putting it in force


def test_main_moves_only_from_where_the_request_was_judged(walked: Walked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody reports between the judgement and the merge: nothing is merged; on a second try it is."""
    scene, record, _ = ready(walked)

    def judge_then_report(*arguments: Any) -> GateResult:
        result = judge_proposal(*arguments)
        scene.report()
        return result

    monkeypatch.setattr("nearmiss.engine.merging.judge_proposal", judge_then_report)
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

    monkeypatch.setattr("nearmiss.engine.drafting.judge_dossiers", judge_then_report)
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
