"""What the audit refuses: each rule broken on main past the gate is named with commit, record, path and field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from nearmiss.engine.audit.errors import NoGenesisError, NotAheadOfGenesisError, NotOnMainError
from nearmiss.engine.publishing.audited import audit_in_short
from nearmiss.errors import NearMissError
from tests.engine.audited import MERGER, audited, faults
from tests.engine.scene import Scene

RECORD = "NM-2026-00001"
PATH = f"records/2026/11/{RECORD}.yaml"
SIGNED = f"records/2026/11/{RECORD}/sign-offs/01-investigated--r.meyer.yaml"

Walked = Callable[..., tuple[Scene, str]]
Files = Mapping[str, bytes | str | None]


def spoilt(scene: Scene, files: Files) -> str:
    """Commit files to main past all rules, go on with a draft elsewhere, and return the commit."""
    return scene.commit_files(files, who="s.ito", branch="main")


def _sealed(scene: Scene) -> Files:
    return {PATH: scene.blob(PATH).decode().replace("level: low", "level: minimal")}


def _words(scene: Scene) -> Files:
    return {PATH: scene.blob(PATH).decode().replace("crept away", "jumped away")}


def _deleted(scene: Scene) -> Files:
    return {PATH: None, SIGNED: None}


def _renamed(scene: Scene) -> Files:
    return {PATH: None, PATH.replace("/11/", "/12/"): scene.blob(PATH)}


def _edited(scene: Scene) -> Files:
    return {SIGNED: scene.blob(SIGNED).decode().replace("name: R Meyer", "name: R. Meyer")}


def _taken_out(_scene: Scene) -> Files:
    return {SIGNED: None}


def _stray(_scene: Scene) -> Files:
    return {"records/2026/11/notes.txt": "Remember the milk.\n"}


def _version(scene: Scene) -> Files:
    path = "workflow/policy/people.yaml"
    return {path: scene.blob(path).decode().replace("risk-owner", "policy-owner")}


def _history(_scene: Scene) -> Files:
    return {"workflow/policy/versions/0001.json": "{}\n"}


def _mixed(scene: Scene) -> Files:
    draft = scene.blob(PATH).decode().replace("state: investigated\n", "state: investigated\n")
    return {PATH: f"{draft}briefings: []\n", "README.md": "Hello\n"}


FAULTS: Mapping[str, tuple[Callable[[Scene], Files], str, str]] = {
    "sealed section": (_sealed, "sign-off-missing", PATH),
    "sealed words of the reporter": (_words, "report-changed", PATH),
    "record deleted": (_deleted, "record-deleted", PATH),
    "record moved": (_renamed, "path-differs", PATH.replace("/11/", "/12/")),
    "sign-off edited": (_edited, "sign-off-tampered", SIGNED),
    "sign-off removed": (_taken_out, "sign-off-tampered", SIGNED),
    "unknown path": (_stray, "path-unknown", "records/2026/11/notes.txt"),
    "policy without version": (_version, "policy-unversioned", "workflow/policy/versions/0002.json"),
    "version changed": (_history, "policy-history-changed", "workflow/policy/versions/0001.json"),
    "classes mixed": (_mixed, "request-mixed", "README.md"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_named(walked: Walked, name: str) -> None:
    """Each rule that is broken on main gives its code at the commit that broke it; without that, all holds."""
    scene, _ = walked("investigated")
    assert audited(scene).verdict == "pass"
    make, code, path = FAULTS[name]
    commit = spoilt(scene, make(scene))

    found = audited(scene)

    assert found.verdict == "refuse"
    named = [one for one in found.open_findings if one.finding.code == code]
    assert [(one.commit, one.finding.path) for one in named] == [(commit, path)]
    assert all(one.finding.hint for one in named)


@pytest.mark.parametrize("name", [name for name in FAULTS if name not in {"policy without version", "classes mixed"}])
def test_putting_it_back_does_not_hide_it(walked: Walked, name: str) -> None:
    """What was broken and put back by the next commit stays an error of the first one, and there is no other."""
    scene, _ = walked("investigated")
    tip = scene.rev("main")
    make, code, _ = FAULTS[name]
    files = make(scene)
    commit = spoilt(scene, files)
    held = {entry.path for entry in scene.repository.tree(tip).entries()}
    spoilt(scene, {path: scene.blob(path, tip) if path in held else None for path in files})

    found = audited(scene)

    expected = "step-taken-back" if code == "sign-off-missing" else code
    assert expected in {one.finding.code for one in found.open_findings}
    assert {one.commit for one in found.open_findings} == {commit}


def test_waiver_lets_a_bad_merge_stand(walked: Walked) -> None:
    """An entry of waivers.yaml, itself a signed change, lets one finding of one commit stand; the report counts it."""
    scene, _ = walked("investigated")
    commit = spoilt(scene, _stray(scene))
    spoilt(scene, {"records/2026/11/notes.txt": None})
    assert faults(audited(scene)) == [("path-unknown", "")]
    entry = {"commit": commit, "code": "path-unknown", "because": "A note slipped in.", "on": "2026-11-22"}
    path = "workflow/policy/waivers.yaml"
    scene.git("checkout", "-q", "-f", "main")
    scene.change_policy("o.haddad", {path: scene.revised(path, {"waivers": [entry]})})

    found = audited(scene)

    assert (found.verdict, faults(found)) == ("pass", [])
    assert [(one.commit, one.waived) for one in found.findings if one.waived] == [(commit, "A note slipped in.")]
    assert [(step.transition, [one.by for one in step.signatures]) for step in found.lives[0].steps] == [
        ("change-policy", ["w.olsen"])
    ]
    assert [entry["version"] for entry in found.ledger("policy_changes")] == [2]


def test_waiver_never_makes_a_sign_off_count(scene: Scene) -> None:
    """A step that nobody signed stays an error, whatever waivers.yaml says of its commit."""
    scene.prepare()
    branch = scene.advance("s.ito", RECORD, transition="investigate").branch
    scene.git("merge", "-q", "--no-ff", "-m", "Merge", branch, who=MERGER)
    commit = scene.rev("main")
    entry = {"commit": commit, "code": "sign-off-missing", "because": "We trust them.", "on": "2026-11-22"}
    path = "workflow/policy/waivers.yaml"
    scene.change_policy("o.haddad", {path: scene.revised(path, {"waivers": [entry]})})

    found = audited(scene)

    assert (found.verdict, faults(found)) == ("refuse", [("sign-off-missing", RECORD)])


def test_since_trusts_what_was_before(walked: Walked) -> None:
    """A fault before the start is not judged, and the outcome says how many commits were not; one after it is."""
    scene, _ = walked("investigated")
    commit = spoilt(scene, _stray(scene))
    spoilt(scene, {"records/2026/11/notes.txt": None})

    assert audited(scene).verdict == "refuse"
    since = audited(scene, since=commit)
    assert (since.verdict, since.start, since.commits) == ("pass", commit, 1)
    assert since.unproven == audited(scene).commits - 1
    assert audited(scene, genesis=commit).verdict == "pass"
    desk = scene.desk("o.haddad")
    in_short = audit_in_short(desk, commit)
    day = scene.git("log", "-1", "--format=%cs", commit)
    assert (in_short.outcome, in_short.unproven, in_short.began_at, in_short.began_on) == (
        "pass", since.unproven, commit, day
    )  # fmt: skip
    whole = audit_in_short(desk)
    assert (whole.outcome, whole.unproven, whole.began_at, whole.began_on) == ("refuse", 0, "", "")
    with pytest.raises(NearMissError, match="no-such-commit"):
        audit_in_short(desk, "no-such-commit")
    scene.walk(upto="root-caused", record=RECORD)
    later = audited(scene, since=commit)
    assert (later.verdict, [step.transition for step in later.steps]) == ("pass", ["find-root-cause"])


def test_start_must_be_on_main_after_the_founding(walked: Walked, tmp_path: Path) -> None:
    """A commit beside main, or before the founding, is no place to begin; a branch without a register has none."""
    del tmp_path
    scene, _ = walked("investigated")
    side = scene.commit_files({"notes.md": "x\n"}, branch="side", start="main")
    with pytest.raises(NotOnMainError):
        audited(scene, since=side)
    root = scene.git("commit-tree", "-m", "Root", scene.git("mktree", stdin=b""))
    with pytest.raises(NoGenesisError):
        audited(scene, revision=root)
    first = scene.git("rev-list", "--max-parents=0", "main")
    later = scene.git("commit-tree", "-m", "Later", "-p", root, f"{first}^{{tree}}")
    with pytest.raises(NotAheadOfGenesisError):
        audited(scene, revision=later, genesis=root)


def test_rewritten_history_is_found(walked: Walked) -> None:
    """A commit that was on main and does not lie behind it any more is an error, where it is expected."""
    scene, _ = walked("investigated")
    noted = scene.rev("main")
    assert audited(scene, descendant_of=noted).verdict == "pass"
    scene.git("update-ref", "refs/heads/main", "main~1")

    found = audited(scene, descendant_of=noted)

    assert (found.verdict, faults(found)) == ("refuse", [("history-rewritten", "")])


def test_step_that_is_taken_back_is_found(scene: Scene) -> None:
    """What stood on main unsigned for a while is named, though nothing is left of it; done on a branch, it is fine."""
    scene.prepare()
    branch = scene.advance("s.ito", RECORD, transition="investigate").branch
    before = scene.blob(PATH)
    after = scene.blob(PATH, branch)
    scene.git("branch", "-q", "-D", branch)
    commit = spoilt(scene, {PATH: after})
    spoilt(scene, {PATH: before})

    found = audited(scene)

    assert [(one.commit, one.finding.code) for one in found.open_findings] == [(commit, "step-taken-back")]


def test_dropped_side_is_found(scene: Scene) -> None:
    """A merge that keeps one side and leaves out a step that the other had in force is named at its commit."""
    record = scene.walk(upto="investigated")
    scene.git("checkout", "-q", "-b", "elsewhere", "main")
    other = scene.commit_files({"notes.md": "x\n"}, branch="elsewhere")
    assert other
    scene.git("checkout", "-q", "-f", "main")
    scene.walk(upto="root-caused", record=record)
    assert audited(scene).verdict == "pass"
    ours = scene.git("commit-tree", "-m", "Join", "-p", other, "-p", "main", f"{other}^{{tree}}", who="s.ito")

    found = audited(scene, revision=ours)

    assert {code for code, _ in faults(found)} == {"branch-outdated"}
    assert {one.commit for one in found.open_findings} == {ours}


def test_two_clones_joined_by_a_pull_are_judged_in_their_order(scene: Scene) -> None:
    """Main joined from two clones holds several steps of one record in one merge: each is judged by itself."""
    first = scene.walk(upto="investigated")
    fork = scene.rev("main")
    scene.walk(upto="action", record=first)
    theirs = scene.rev("main")
    mine = scene.git("commit-tree", "-m", "Mine", "-p", fork, f"{fork}^{{tree}}")
    tree = scene.git("rev-parse", f"{theirs}^{{tree}}")
    joined = scene.git("commit-tree", "-m", "Pull", "-p", mine, "-p", theirs, tree)

    found = audited(scene, revision=joined)

    assert (found.verdict, faults(found)) == ("pass", [])
    assert [step.transition for step in found.steps] == ["investigate", "find-root-cause", "plan-action"]
