"""What the tests of the verifier share: judging a scene, and putting a proposal on main in every way there is."""

from __future__ import annotations

from pathlib import Path

from nearmiss.verifier.__main__ import verify_repository
from nearmiss.verifier.faults import Fault
from tests.engine.scene import Scene

WAYS = ("merge", "squash", "rebase", "fast-forward")


def faults_of(where: Scene | Path, revision: str = "main", genesis: str = "") -> list[Fault]:
    """Return what the verifier finds in a register's history."""
    return verify_repository(where.root if isinstance(where, Scene) else where, revision, genesis).faults


def codes_of(where: Scene | Path, revision: str = "main") -> set[str]:
    """Return the codes of what the verifier finds."""
    return {fault.code for fault in faults_of(where, revision)}


def put_on_main(scene: Scene, branch: str, way: str, *, who: str = "s.ito") -> None:
    """Bring a proposal onto main past all rules, as the buttons of a forge would."""
    main = scene.rev("main")
    tree = f"{branch}^{{tree}}"
    if way == "merge":
        tip = scene.git("commit-tree", tree, "-p", main, "-p", branch, "-m", "A merge", who=who)
    elif way == "squash":
        tip = scene.git("commit-tree", tree, "-p", main, "-m", "A squash", who=who)
    elif way == "fast-forward":
        tip = scene.rev(branch)
    else:
        tip = main
        for commit in scene.git("rev-list", "--reverse", f"main..{branch}").split():
            name, email = scene.git("show", "-s", "--format=%an%x00%ae", commit).split("\0")
            author = f"--author={name} <{email}>"
            scene.git("checkout", "-q", "--detach", tip)
            scene.git("read-tree", "-u", "--reset", commit)
            scene.git("commit", "-q", "--allow-empty", author, "-m", "Rebased", who=who)
            tip = scene.rev("HEAD")
        scene.git("checkout", "-q", "--detach", main)
    scene.git("update-ref", "refs/heads/main", tip)
