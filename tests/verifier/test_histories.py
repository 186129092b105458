"""The verifier on real histories: what people may do passes whichever way it was merged, what they may not is named."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nearmiss.verifier.__main__ import main, verify_repository
from nearmiss.verifier.faults import CannotVerifyError
from tests.engine.audited import audited, faults
from tests.engine.requests import Walked, edited, of
from tests.engine.scene import Scene
from tests.verifier.proving import WAYS, codes_of, faults_of, put_on_main


def test_a_record_that_went_the_whole_way_passes(walked: Walked) -> None:
    """From report to lesson by the book: nothing is found, and every step is told with who signed it."""
    scene, record = walked("verified")

    verdict = verify_repository(scene.root, "main")

    assert verdict.faults == []
    assert [step["transition"] for step in verdict.steps] == ["investigate", "find-root-cause", "plan-action", "verify"]
    assert {step["subject"] for step in verdict.steps} == {record}
    assert verdict.genesis == scene.git("rev-list", "--max-parents=0", "main")


@pytest.mark.parametrize("way", WAYS)
def test_a_signed_step_passes_in_every_way_of_merging(walked: Walked, way: str) -> None:
    """Merge, squash, rebase and fast-forward of one proposal give the same verdict: nothing is found."""
    scene, record = walked("reported")
    branch = scene.advance("s.ito", record).branch
    scene.approve("r.meyer", record)

    put_on_main(scene, branch, way)

    assert faults_of(scene) == []
    assert scene.state(record) == "investigated"


def test_whoever_squashed_a_step_may_have_signed_it(walked: Walked) -> None:
    """A squash hides who wrote what is sealed: its author merged, and is not taken for a contributor."""
    scene, record = walked("reported")
    branch = scene.advance("s.ito", record).branch
    scene.approve("r.meyer", record)

    put_on_main(scene, branch, "squash", who="r.meyer")

    assert faults_of(scene) == []


@pytest.mark.parametrize("way", WAYS)
def test_an_unsigned_step_is_named_in_every_way_of_merging(walked: Walked, way: str) -> None:
    """The same proposal without its signature is refused, and the sentence names the record and its state."""
    scene, record = walked("reported")
    branch = scene.advance("s.ito", record).branch

    put_on_main(scene, branch, way)

    assert [fault.code for fault in faults_of(scene)] == ["sign-off-missing", "state-unsigned"]
    assert all(record in fault.sentence() and "state" in fault.sentence() for fault in faults_of(scene))


def test_a_run_must_be_closed_before_anything_else_happens(walked: Walked) -> None:
    """A step whose signature comes only after another commit is no run any more."""
    scene, record = walked("reported")
    branch = scene.advance("s.ito", record).branch
    scene.approve("r.meyer", record)
    proposal, approval = scene.git("rev-list", "--reverse", f"main..{branch}").split()
    scene.git("update-ref", "refs/heads/main", proposal)
    of(scene, {"README.md": "Read me.\n"}, branch="main")
    signature = scene.git("diff-tree", "-r", "--name-only", proposal, approval)
    of(scene, {signature: scene.blob(signature, approval)}, branch="main", who="r.meyer")

    assert "sign-off-missing" in codes_of(scene)


@pytest.mark.parametrize("mine_first", [True, False])
def test_two_clones_joined_by_a_pull_pass_in_either_order(walked: Walked, tmp_path: Path, mine_first: bool) -> None:  # noqa: FBT001
    """A report made in one clone and a step merged in another hold, whichever side becomes the first parent."""
    scene, record = walked("reported")
    old = scene.rev()
    scene.advance("s.ito", record)
    scene.put_in_force(record, ["r.meyer"])
    theirs = scene.rev()
    scene.git("update-ref", "refs/heads/main", old)
    scene.git("read-tree", "-u", "--reset", "main")
    other = scene.report("t.silva", what_happened="The ladder slipped as I stepped off it.").id
    mine = scene.rev()
    first, second = (mine, theirs) if mine_first else (theirs, mine)
    tree = scene.git("merge-tree", "--write-tree", first, second)
    joined = scene.git("commit-tree", tree, "-p", first, "-p", second, "-m", "Merge branch 'main'", who="t.silva")
    scene.git("update-ref", "refs/heads/main", joined)

    assert faults_of(scene) == []
    assert {scene.state(record), scene.state(other)} == {"investigated", "reported"}


def test_what_a_merge_leaves_out_is_named(walked: Walked) -> None:
    """Whoever merges the real main branch into an old one of theirs, keeping nothing of it, takes a step back out."""
    scene, record = walked("reported")
    old = scene.rev()
    scene.advance("s.ito", record)
    scene.put_in_force(record, ["r.meyer"])
    tip = scene.git("commit-tree", f"{old}^{{tree}}", "-p", old, "-p", scene.rev(), "-m", "ours", who="t.silva")
    scene.git("update-ref", "refs/heads/main", tip)

    assert {fault.path for fault in faults_of(scene) if fault.code == "branch-outdated"} >= {scene.path(record)}


def test_a_sealed_section_that_changed_is_named_with_its_step(walked: Walked) -> None:
    """One word of a signed investigation changes on main: file, record, field and the step that sealed it are told."""
    scene, record = walked("investigated")
    of(scene, edited(scene, record, {"investigation.findings": "Nobody was to blame."}), branch="main")

    (fault,) = faults_of(scene)

    assert (fault.code, fault.path, fault.field) == ("sealed-section-changed", scene.path(record), "investigation")
    assert fault.commit == scene.rev()
    assert "not what was signed off in step 1 (investigate)" in fault.sentence()


def test_later_work_is_judged_although_something_was_wrong_before(walked: Walked) -> None:
    """A fault of long ago is told once, at its commit; what was done by the book since then is not blamed."""
    scene, record = walked("investigated")
    path = scene.path(record)
    good = scene.blob(path)
    bad = of(scene, edited(scene, record, {"investigation.findings": "Nobody was to blame."}), branch="main")
    of(scene, {path: good}, branch="main")
    scene.report("t.silva", what_happened="The ladder slipped as I stepped off it.")

    assert [(fault.code, fault.commit) for fault in faults_of(scene)] == [("sealed-section-changed", bad)]


def test_a_known_bad_merge_stands_by_a_signed_waiver(walked: Walked) -> None:
    """An entry of waivers.yaml lets one finding of one commit stand; without the entry it is a fault."""
    scene, record = walked("investigated")
    good = scene.blob(scene.path(record))
    bad = of(scene, edited(scene, record, {"investigation.findings": "Nobody was to blame."}), branch="main")
    of(scene, {scene.path(record): good}, branch="main")
    scene.git("read-tree", "-u", "--reset", "main")
    entry = f'- {{commit: {bad}, code: sealed-section-changed, because: Undone the same day., on: "2026-11-22"}}\n'
    scene.change_policy("o.haddad", {"workflow/policy/waivers.yaml": f"schema: 1\nwaivers:\n{entry}".encode()})

    verdict = verify_repository(scene.root, "main")

    assert verdict.faults == []
    assert [fault.code for fault in verdict.waived] == ["sealed-section-changed"]


def test_no_waiver_stands_for_a_word_that_nobody_gave(walked: Walked) -> None:
    """An approval that s.ito wrote for r.meyer stays a fault, to the audit and to the verifier, whatever is signed."""
    scene, record = walked("reported")
    branch = scene.advance("s.ito", record).branch
    scene.clock.tick(minutes=5)
    scene.approve("r.meyer", record)
    path = next(one for one in scene.git("diff", "--name-only", "main", branch).split("\n") if "/sign-offs/" in one)
    word = scene.blob(path, branch)
    scene.git("update-ref", f"refs/heads/{branch}", scene.rev(f"{branch}~1"))
    of(scene, {path: word}, branch=branch)
    put_on_main(scene, branch, "merge")
    bad = scene.rev()
    scene.git("read-tree", "-u", "--reset", "main")
    entry = f'- {{commit: {bad}, code: claim-mismatch, because: They are on leave., on: "2026-11-22"}}\n'
    scene.change_policy("o.haddad", {"workflow/policy/waivers.yaml": f"schema: 1\nwaivers:\n{entry}".encode()})

    assert codes_of(scene) == {"claim-mismatch"}
    assert faults(audited(scene)) == [("claim-mismatch", record)]


def test_a_policy_version_that_nobody_signed_is_named(scene: Scene) -> None:
    """A policy change passes with its signature and is refused without it."""
    scene.propose_policy("o.haddad", scene.people_with(t_silva={"active": False}))
    unsigned = scene.rev("near-miss/policy/02-change-policy")
    before = scene.rev()
    scene.approve("w.olsen", "policy")
    scene.merge("o.haddad", "policy")
    assert faults_of(scene) == []

    tip = scene.git("commit-tree", f"{unsigned}^{{tree}}", "-p", before, "-m", "x", who="o.haddad")

    (fault,) = faults_of(scene, tip)
    assert (fault.code, fault.path) == ("sign-off-missing", "workflow/policy/versions/0002.json")


def test_history_that_is_hidden_is_not_judged(walked: Walked) -> None:
    """A graft, a replaced object or a cut-off clone gives no verdict, but a sentence that says what to do."""
    scene, _ = walked("investigated")
    (scene.root / ".git/info").mkdir(exist_ok=True)
    for path, text, says in (
        ("info/grafts", f"{scene.rev()}\n", "grafts"),
        ("shallow", f"{scene.rev()}\n", "shallow"),
        ("refs/replace/" + scene.rev("main~1"), f"{scene.rev()}\n", "replace"),
    ):
        place = scene.root / ".git" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        with pytest.raises(CannotVerifyError, match=says):
            faults_of(scene)
        place.unlink()
    assert faults_of(scene) == []


def test_the_command_says_pass_or_refuse(walked: Walked, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit codes 0, 1 and 2: everything holds, something does not, nothing could be judged; the same as JSON."""
    scene, record = walked("investigated")
    assert main([str(scene.root)]) == 0
    assert capsys.readouterr().out.endswith("Everything holds.\n")
    of(scene, edited(scene, record, {"state": "verified"}), branch="main")
    assert main([str(scene.root), "--revision", "main"]) == 1
    assert f"{record}.yaml, state: " in capsys.readouterr().out
    assert main([str(scene.root), "--revision", "main", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] == "refuse"
    assert {"code", "path", "record", "step", "field", "says", "commit"} == {*told["faults"][0]}
    assert main([str(scene.root), "--revision", "nowhere"]) == 2
    assert "there is no commit called nowhere here" in capsys.readouterr().out
    assert main([str(scene.root.parent)]) == 2
    assert "is no pack and no register; name one of the two" in capsys.readouterr().out


def test_it_runs_as_a_program_of_its_own(walked: Walked) -> None:
    """`python -m nearmiss.verifier` judges a repository, and has loaded nothing of the program but itself."""
    scene, _ = walked("investigated")
    code = (
        "import sys; from nearmiss.verifier.__main__ import main; answer = main(sys.argv[1:]);"
        "print(sorted(n for n in sys.modules if n.startswith(('nearmiss.', 'pydantic', 'ruamel', 'click'))));"
        "sys.exit(answer)"
    )

    done = subprocess.run([sys.executable, "-c", code, str(scene.root)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    loaded = done.stdout.splitlines()[-1].strip("[]").replace("'", "").split(", ")
    assert {name.split(".")[1] for name in loaded} == {"verifier"}


def test_a_later_start_says_what_is_not_proven(walked: Walked) -> None:
    """`--genesis` begins later: what went before is counted, and what lies there is judged from the files alone."""
    scene, _ = walked("action")
    start = scene.rev("main~2")

    verdict = verify_repository(scene.root, "main", start)

    assert verdict.faults == []
    assert (verdict.genesis, verdict.commits) == (start, 3)
    assert verdict.unproven == int(scene.git("rev-list", "--count", "--first-parent", "main")) - 3
