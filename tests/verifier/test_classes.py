"""The class of a path: the standalone verifier and the program tell it alike, though each by words of its own."""

from __future__ import annotations

import copy
import json

import pytest

from nearmiss.policy import paths
from nearmiss.policy.version import PolicyVersion
from nearmiss.verifier import classes
from nearmiss.verifier.policy import Policy
from tests.engine.audited import audited, faults
from tests.engine.requests import of
from tests.engine.scene import Scene
from tests.verifier.proving import codes_of

FOLDERS = [
    spelt
    for folder in paths.ALWAYS_POLICY
    for spelt in (
        f"{folder}x", f"{folder.upper()}x", f"sub/{folder}x", f"{folder[:-1]}./x", f"{folder[:-1]} /x", folder[:-1],
        f"{folder[:-1]}\u200b/x", f"{folder}a\nb",
    )
]  # fmt: skip
NAMES = [
    spelt
    for name in paths.ALWAYS_POLICY_NAMES
    for spelt in (name, name.upper(), f"docs/{name}", f"{name}.", f"{name}x", f"x{name}", f"site/docs/{name}")
]
BEGINNINGS = [f"{above}{name}{end}" for name in paths._STEERING_NAMES for above in ("", "a/", "a") for end in ("", "y")]
OTHERS = [
    "a/hooks/x",
    "hooks/x",
    "Hooks/x",
    "a/hooks",
    "hooks",
    "site/x.py",
    "site/docs/a.PY",
    "site/x.pyc",
    "site/x.so",
    "site/x.pyd",
    "site/x.py.",
    "a.py",
    "x/a.py",
    "workflow/x.py",
    "workflow/x",
    "workflow/Policy/x",
    "x/.git",
    "x/.gitx/y",
    ".GITattributes",
    "gitatt~1",
    "GI7EBA~1",
    "git~1",
    "gi7eba~12",
    "x/GITMOD~2/y",
    "README.md",
    "docs/x",
    "records",
    "records/2026/x",
    "Records/x",
    "\uff33chemas/x",
    "\u017fchemas/x",
    "site/theme/x",
    "ci.yml",
    "\u212aI/x",
    "c\u0131/x",
    "Jenkinsfile.txt",
    "jenkinsfilex",
    "a/jenkinsfile",
    "uv.lock",
    "a/uv.lock",
    "mkdocs.yml.bak",
    "docs/a/x",
    "axxb",
    "a/b",
    "a/x/b",
    ".gi~1",
    "git.txt",
]
GLOBS = [
    [],
    [("**/*.md", "site"), ("**", "free")],
    [("**/*.lock", "policy"), ("**", "free")],
    [("docs/**", "free")],
    [("docs/*", "free"), ("**", "site")],
    [("*.md", "site"), ("a**b", "policy"), ("***", "free")],
]


def test_every_path_is_of_the_same_class_to_both(scene: Scene) -> None:
    """Folders and names that steer others, in every spelling, and what maps of other registers say of the rest."""
    given = json.loads(scene.blob("workflow/policy/versions/0001.json"))
    found = []
    for globs in GLOBS:
        whole = copy.deepcopy(given)
        if globs:
            whole["rules"]["settings"]["paths"] = [{"glob": glob, "is": kind} for glob, kind in globs]
        ours, theirs = PolicyVersion(whole).settings, Policy(version=1, whole=whole)
        for path in (*FOLDERS, *NAMES, *BEGINNINGS, *OTHERS):
            pair = paths.class_of(path, ours), classes.class_of(path, theirs)
            found += [(path, globs, *pair)] if pair[0] != pair[1] else []
    assert found == []


@pytest.mark.parametrize("path", ["ci/nearmiss.txt", "Makefile", "conftest.py", ".azure-pipelines/x.yml"])
def test_what_steers_others_does_not_change_unsigned(scene: Scene, path: str) -> None:
    """Past the gate, on main: audit and verifier both say that no version of the policy stands for it."""
    of(scene, {path: b"x\n"}, branch="main", who="m.okafor")
    assert faults(audited(scene)) == [("policy-unversioned", "")]
    assert codes_of(scene) == {"policy-unversioned"}


def test_what_steers_others_may_change_with_a_signed_version(scene: Scene) -> None:
    """The version of the tool that judges is raised together with a change of the people, signed: nothing is found."""
    branch = scene.propose_policy("o.haddad", scene.people_with(m_okafor={"roles": [{"role": "verifier"}]})).branch
    step = scene.commit_files({"ci/nearmiss.txt": b"nearmiss-register==2\n"}, who="o.haddad", branch=branch)
    assert step == scene.rev(branch)
    scene.clock.tick(minutes=5)
    scene.approve("w.olsen", "policy")
    scene.merge("o.haddad", "policy")
    assert faults(audited(scene)) == []
    assert codes_of(scene) == set()
