"""Who wrote and who signed, as an audit finds it: nobody's word in another's name, and no choice that goes unseen."""

from __future__ import annotations

import pytest

from tests.engine.audited import WAYS, audited, faults
from tests.engine.scene import Scene
from tests.verifier.proving import codes_of

RECORD = "NM-2026-00001"
SIGNED = f"records/2026/11/{RECORD}/sign-offs/01-investigated--r.meyer.yaml"


def proposed(scene: Scene) -> tuple[str, bytes]:
    """Propose a step and have it signed; return the branch as it was before that, and the sign-off."""
    scene.prepare()
    branch = scene.advance("s.ito", RECORD, transition="investigate").branch
    before = scene.rev(branch)
    scene.approve("r.meyer", RECORD)
    signed = scene.blob(SIGNED, branch)
    scene.git("update-ref", f"refs/heads/{branch}", before)
    return branch, signed


@pytest.mark.parametrize("way", ["merge", "rebase", "fast-forward"])
def test_a_word_in_another_name_is_found(scene: Scene, way: str) -> None:
    """A sign-off that somebody else committed is nobody's claim, however it came in; the signer's own commit holds."""
    branch, signed = proposed(scene)
    main = scene.rev("main")
    for who, expected in (("s.ito", [("claim-mismatch", RECORD)]), ("r.meyer", [])):
        scene.git("checkout", "-q", "-f", "main")
        scene.git("reset", "-q", "--hard", main)
        scene.git("branch", "-q", "-f", "work", branch)
        scene.commit_files({SIGNED: signed}, who=who, branch="work")
        assert scene.gate("work").verdict == ("refuse" if expected else "pass")
        WAYS[way](scene, "work")

        found = audited(scene)

        assert faults(found) == expected, who
        assert bool(codes_of(scene)) == bool(expected)
        assert codes_of(scene) >= {code for code, _ in expected}


@pytest.mark.parametrize("way", WAYS)
def test_what_is_signed_as_it_was_drafted_holds_in_every_way(scene: Scene, way: str) -> None:
    """A step whose content lies on main already brings sign-offs alone; a squash of it carries another's address."""
    scene.prepare()
    alert = {"headline": "Chock the trailers", "do_this": "Look before you drive in", "until": "2026-12-31"}
    scene.draft("s.ito", RECORD, {"alert": alert})
    branch = scene.advance("s.ito", RECORD, transition="publish-alert").branch
    assert scene.gate(branch).verdict == "waiting"
    scene.approve("r.meyer", RECORD)
    assert scene.git("diff", "--name-only", "main", branch) == SIGNED.replace("01-investigated", "01-reported")
    assert scene.gate(branch).verdict == "pass"

    WAYS[way](scene, branch)

    found = audited(scene)
    assert (faults(found), [step.transition for step in found.steps]) == ([], ["publish-alert"])
    assert codes_of(scene) == set()


@pytest.mark.parametrize("way", ["merge", "rebase", "fast-forward"])
def test_a_word_in_another_name_is_found_of_the_policy(scene: Scene, way: str) -> None:
    """An approval of the policy that somebody else committed is nobody's, as with records; the signer's own holds."""
    settings = "workflow/policy/settings.yaml"
    branch = scene.propose_policy("o.haddad", {settings: scene.revised(settings, {"organisation": "Other"})}).branch
    before, main = scene.rev(branch), scene.rev("main")
    scene.approve("w.olsen", "policy")
    (path,) = scene.git("diff", "--name-only", before, branch).splitlines()
    word = {path: scene.blob(path, branch)}
    for who, expected in (("o.haddad", ["claim-mismatch"]), ("w.olsen", [])):
        scene.git("checkout", "-q", "-f", "main")
        scene.git("reset", "-q", "--hard", main)
        scene.git("branch", "-q", "-f", "work", before)
        scene.commit_files(word, who=who, branch="work")
        assert scene.gate("work").verdict == ("refuse" if expected else "pass")
        WAYS[way](scene, "work")

        assert [code for code, _ in faults(audited(scene))] == expected, who
        assert codes_of(scene) == set(expected)


def test_a_word_that_lay_in_the_history_is_nobodys(scene: Scene) -> None:
    """A sign-off that was taken out of a draft before it was merged comes back by a merge, and nobody committed it."""
    branch, signed = proposed(scene)
    lying = scene.commit_files({SIGNED: signed}, who="s.ito", branch="aside", start="main")
    scene.commit_files({SIGNED: None}, who="s.ito", branch="aside")
    WAYS["merge"](scene, "aside")
    assert faults(audited(scene)) == []
    tree = scene.git("merge-tree", "--write-tree", "main", branch)
    ours = scene.git("commit-tree", "-m", "Join", "-p", "main", "-p", branch, tree, who="s.ito")
    scene.git("update-ref", "refs/heads/work", ours)
    scene.commit_files({SIGNED: signed}, who="s.ito", branch="work")
    turned = scene.git("commit-tree", "-m", "Join", "-p", lying, "-p", ours, "work^{tree}", who="s.ito")
    scene.git("update-ref", "refs/heads/work", turned)
    assert scene.gate("work").verdict == "refuse"
    WAYS["merge"](scene, "work")

    assert faults(audited(scene)) == [("claim-mismatch", RECORD)]
    assert "claim-mismatch" in codes_of(scene)


def test_a_merge_that_chooses_between_two_sides_is_writing(scene: Scene) -> None:
    """Who merges within a proposal and keeps one of two texts has written it, and so may not sign; else they may."""
    branch, _ = proposed(scene)
    path = scene.path(RECORD, branch)
    text = scene.blob(path, branch).decode()
    ours = scene.commit_files({path: text.replace("  findings: ", "  findings: One. ", 1)}, who="s.ito", branch=branch)
    theirs = scene.commit_files(
        {path: text.replace("  findings: ", "  findings: Two. ", 1)}, who="s.ito", branch="other", start=f"{branch}~1"
    )
    main = scene.rev("main")
    for who, expected in (("r.meyer", {"contributor-missing", "contributor-signs"}), ("s.ito", set())):
        joined = scene.git("commit-tree", "-m", "Join", "-p", ours, "-p", theirs, f"{ours}^{{tree}}", who=who)
        scene.git("update-ref", f"refs/heads/{branch}", joined)
        scene.git("checkout", "-q", "-f", "main")
        scene.git("reset", "-q", "--hard", main)
        try:
            scene.approve("r.meyer", RECORD, branch=branch)
        except Exception:  # noqa: BLE001 - whoever may not sign does so by hand
            _sign_by_hand(scene, branch)
        gate = {one.code for one in scene.gate(branch).findings if one.severity == "error"}
        WAYS["merge"](scene, branch)

        found = {code for code, _ in faults(audited(scene))}

        assert bool(found) == bool(gate) == bool(expected), (who, gate, found)
        assert found <= expected
        assert bool(codes_of(scene)) == bool(expected)


def _sign_by_hand(scene: Scene, branch: str) -> None:
    """Sign as r.meyer although the program refuses: p.lind's word, with another name in it."""
    scene.approve("p.lind", RECORD, branch=branch)
    path = SIGNED.replace("r.meyer", "p.lind")
    signed = scene.blob(path, branch).decode()
    forged = signed.replace("p.lind", "r.meyer").replace("P Lind", "R Meyer").replace("  - r.meyer\n", "", 1)
    scene.git("update-ref", f"refs/heads/{branch}", f"{branch}~1")
    scene.commit_files({SIGNED: forged}, who="r.meyer", branch=branch)


def test_a_run_that_was_interrupted_is_an_error(scene: Scene) -> None:
    """A step whose sign-off comes after another commit stood on main unsigned; one right behind it completes it."""
    branch, signed = proposed(scene)
    for between in (True, False):
        scene.git("checkout", "-q", "-f", "main")
        scene.git("branch", "-q", "-f", "trial", branch)
        if between:
            scene.commit_files({"README.md": "Read me.\n"}, branch="trial", who="t.silva")
        scene.commit_files({SIGNED: signed}, who="r.meyer", branch="trial")

        found = audited(scene, revision="trial")

        assert faults(found) == ([("sign-off-missing", RECORD)] if between else [])
        assert {one.commit for one in found.open_findings} == ({scene.rev(branch)} if between else set())
        assert ("sign-off-missing" in codes_of(scene, "trial")) == between
        assert [step.transition for step in found.steps] == ["investigate"]
