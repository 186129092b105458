"""A register that is there gets the files of a forge: what is missing is written, what is there stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from nearmiss.app.adding_forge import SETTINGS, add_forge, is_register
from nearmiss.app.forge_files import FORGES, PAGE, UnknownForgeError
from nearmiss.engine.errors import RefusedError
from nearmiss.engine.founding import InTheWayError
from nearmiss.engine.instance import read_register
from nearmiss.engine.proposing.policy_change import propose_policy
from nearmiss.policy.paths import class_of
from nearmiss.vcs.errors import NoWorkingTreeError
from tests.cli.shell import Shell
from tests.engine.scene import Scene, found_scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Give a register without a forge."""
    return found_scene(tmp_path)


def everything(root: Path) -> dict[str, bytes]:
    """Return all files of a working tree."""
    files = (path for path in root.rglob("*") if path.is_file() and ".git" not in path.relative_to(root).parts)
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


@pytest.mark.parametrize("forge", FORGES)
def test_a_forge_is_added_as_a_change_of_the_policy(scene: Scene, forge: str) -> None:
    """What is written is proposed, signed and merged like any change of the policy, and then everything holds."""
    before = everything(scene.root)

    added = add_forge(scene.root, forge)

    after = everything(scene.root)
    assert {path for path in after if path not in before} == set(added.written)
    assert {path for path in before if after[path] != before[path]} == {SETTINGS}
    assert {PAGE, "ci/nearmiss.txt"} <= set(added.written)
    assert (added.kept, added.settings) == ((), True)
    assert added.apart == (PAGE,)
    scene.git("add", PAGE)
    scene.git("commit", "-q", "-m", "How the register is protected", "--", PAGE, who="o.haddad")
    propose_policy(scene.desk("o.haddad"))
    # Merging leaves what lies in the working tree alone, and would not write over it.
    scene.git("stash", "-q", "--include-untracked")
    scene.clock.tick(minutes=5)
    scene.approve("w.olsen", "policy")
    assert scene.merge("o.haddad", "policy").state == "version-2"
    assert {path: scene.blob(path) for path in added.written} == {path: after[path] for path in added.written}
    settings = read_register(scene.repository.tree(scene.rev()), scene.template.documents).newest.settings
    assert settings.forge.kind == forge
    assert {class_of(path, settings) for path in added.written} == {"policy"}
    assert scene.check().findings == ()


def test_what_is_there_stays(scene: Scene) -> None:
    """A file of one's own in the place of one of ours is kept to the byte and told; a second call has nothing to do."""
    own = scene.root / ".github" / "CODEOWNERS"
    own.parent.mkdir()
    own.write_text("* @ruth\n", encoding="utf-8")

    added = add_forge(scene.root, "github")

    assert added.kept == (".github/CODEOWNERS",)
    assert own.read_text(encoding="utf-8") == "* @ruth\n"
    before = everything(scene.root)
    again = add_forge(scene.root, "github")
    assert (again.written, again.settings, again.apart) == ((), False, ())
    assert set(again.kept) == {*added.written, *added.kept}
    assert everything(scene.root) == before


def test_another_forge_beside_the_first(scene: Scene) -> None:
    """Whoever moves gets the files of the new forge beside those of the old one, and the settings name the new one."""
    first = add_forge(scene.root, "gitlab")

    second = add_forge(scene.root, "forgejo")

    assert set(second.kept) == {PAGE, "ci/nearmiss.txt"}
    assert all((scene.root / path).is_file() for path in first.written)
    assert "kind: forgejo" in (scene.root / SETTINGS).read_text(encoding="utf-8")


@pytest.mark.parametrize("way", ["link", "file"])
def test_what_is_in_the_way_is_told(scene: Scene, tmp_path: Path, way: str) -> None:
    """Through a link, or past a file in the place of a folder, nothing at all is written."""
    if way == "link":
        (tmp_path / "elsewhere").mkdir()
        (scene.root / ".github").symlink_to(tmp_path / "elsewhere")
    else:
        (scene.root / ".github").write_text("mine", encoding="utf-8")
    before = everything(scene.root)

    with pytest.raises(InTheWayError, match="github"):
        add_forge(scene.root, "github")

    assert everything(scene.root) == before
    assert not list(tmp_path.glob("elsewhere/*"))


def test_policy_files_that_are_not_sound(scene: Scene) -> None:
    """Nothing is added to policy files that could not be proposed, and the finding is told."""
    path = scene.root / SETTINGS
    path.write_text(path.read_text(encoding="utf-8") + "colour: red\n", encoding="utf-8")
    before = everything(scene.root)

    with pytest.raises(RefusedError) as refused:
        add_forge(scene.root, "github")

    assert {finding.code for finding in refused.value.findings} == {"unknown-key"}
    assert everything(scene.root) == before


def test_where_nothing_can_be_added(scene: Scene, tmp_path: Path) -> None:
    """An unknown forge is told as such, and a bare repository has no files to add to."""
    with pytest.raises(UnknownForgeError):
        add_forge(scene.root, "sourceforge")
    scene.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    with pytest.raises(NoWorkingTreeError):
        add_forge(tmp_path / "bare.git", "github")
    assert [is_register(path) for path in (scene.root, scene.root / "site", tmp_path)] == [True, False, False]


def test_the_command_adds_a_forge(scene: Scene) -> None:
    """`init --forge` in a register tells what it wrote and what comes next; with anything else it refuses."""
    shell = Shell(directory=scene.root, scene=scene)
    (scene.root / "hooks").mkdir()
    (scene.root / "hooks" / "pre-receive").write_text("mine\n", encoding="utf-8")

    refused = shell.run("o.haddad", "init", "--forge", "plain", "--team", "small", "--branch", "trunk")
    assert refused.code == 2
    assert "This is a register already, and --team, --branch would found one." in refused.err
    assert scene.git("status", "--porcelain") == "?? hooks/"

    told = shell.run("o.haddad", "init", "--forge", "plain")
    assert told.code == 0
    assert told.out.splitlines() == [
        "Written for plain: 2 files.",
        "  ci/nearmiss.txt",
        "  site/docs/protection.md",
        "Left as they are, since they were here: hooks/pre-receive.",
        "workflow/policy/settings.yaml names the forge now, and its page of settings as a part of the policy.",
        "",
        f"Nothing is committed. Read {PAGE}, and name in ci/nearmiss.txt which nearmiss judges.",
        "A page of the site is no policy until the settings say so. Commit it first, by itself:",
        f"  git add {PAGE} && git commit -m 'How the register is protected' -- {PAGE}",
        "Then propose the rest as a change of the policy:",
        "  nearmiss advance policy",
    ]
    again = shell.run("o.haddad", "init", "--forge", "plain")
    assert again.out == "All that plain needs is here already; nothing was written.\n"
    data = shell.json("o.haddad", "init", "--forge", "plain")
    assert data == {
        "ok": True,
        "forge": "plain",
        "written": [],
        "kept": ["ci/nearmiss.txt", "hooks/pre-receive", "site/docs/protection.md"],
        "apart": [],
        "settings": False,
    }
    scene.git("checkout", "-q", "--", SETTINGS)
    only_settings = shell.run("o.haddad", "init", "--forge", "plain").out
    assert "Written for" not in only_settings
    assert "names the forge now" in only_settings
    assert "Commit it first" not in only_settings
