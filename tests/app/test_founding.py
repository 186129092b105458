"""Founding a register: presets, folders with and without a repository, files in the way, and people who do not fit."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nearmiss.app.founding import found, presets, read_preset, scaffold
from nearmiss.app.opening import SystemChance, SystemClock, open_desk
from nearmiss.engine.checking.register import check
from nearmiss.engine.clocks import SensibleClock
from nearmiss.engine.errors import DetachedHeadError, NoCommitError, NotAnInstanceError, RefusedError
from nearmiss.engine.founding import AlreadyFoundedError, Charter, InTheWayError
from nearmiss.engine.instance import read_register
from nearmiss.engine.refusals import LocalChangesError
from nearmiss.engine.reporting import report_near_miss
from nearmiss.errors import NearMissError, UsageError
from nearmiss.vcs.repository import GitRepository
from tests.engine.cast import CAST, person
from tests.engine.scene import SetClock, codes, identity_of, open_scene

OWNER = person("o.haddad", "policy-owner", "quality-lead")


def charter(people: Any = (OWNER,), preset: str = "standard", **settings: Any) -> Charter:
    """Return a charter for a register with these people."""
    return Charter(people=people, settings=settings, preset=read_preset(preset))


def founded(root: Path, given: Charter | None = None, **more: Any) -> GitRepository:
    """Found a register and close it; return its repository, closed, to be asked again."""
    _, desk = found(root, given or charter(), identity=identity_of("o.haddad"), clock=SetClock(), **more)
    assert isinstance(desk.repository, GitRepository)
    return desk.repository


def git(root: Path, *arguments: str) -> str:
    """Run git in a folder as somebody."""
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    done = subprocess.run(["git", "-C", root, *who, *arguments], capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.mark.parametrize("preset", ["small", "standard", "regulated"])
def test_each_preset_founds_a_sound_register_in_one_commit(tmp_path: Path, preset: str) -> None:
    """The genesis holds the policy, version 1, the schemas and no records; nothing is left over in the checkout."""
    assert preset in presets()
    founded(tmp_path / "r", charter(CAST, preset)).close()
    scene = open_scene(tmp_path / "r")
    assert scene.git("rev-list", "--count", "HEAD") == "1"
    assert (scene.check().findings, scene.check().records) == ((), 0)
    assert scene.git("status", "--porcelain") == ""
    paths = set(scene.git("ls-files").split("\n"))
    assert {"workflow/policy/versions/0001.json", "schemas/near-miss.schema.json", ".gitignore"} <= paths
    assert not [path for path in paths if path.startswith(("records/", "templates/demo/", "site/data/"))]
    going_on = [path for path in paths if path.startswith(("templates/site/", "site/theme/"))]
    assert sorted(going_on) == ["site/theme/README.md", "templates/site/README.md"]
    scene.close()


def test_what_is_laid_down_is_what_is_shipped_byte_for_byte(tmp_path: Path) -> None:
    """Under the standard preset only what belongs to the new register differs from the scaffold."""
    founded(tmp_path / "r").close()
    differing = {name for name, content in scaffold().items() if (tmp_path / "r" / name).read_bytes() != content}
    assert differing == set()


@pytest.mark.parametrize("preset", ["standard", "regulated"])
def test_proof_is_asked_for_where_it_matters_most(tmp_path: Path, preset: str) -> None:
    """Nobody closes, reopens, changes the policy, or signs for a severe record by a bare claim."""
    founded(tmp_path / "r", charter(CAST, preset)).close()
    scene = open_scene(tmp_path / "r")
    workflow = read_register(scene.repository.working_tree(), scene.template.documents).newest.workflow
    always = {step.name for step in workflow.transitions if step.signers.assurance == "forge"}
    severe = {
        step.name
        for step in workflow.transitions
        if any((more.when, more.assurance) == ("severe-potential", "forge") for more in step.signers.more)
    }
    assert (always, workflow.policy_change.signers.assurance) == ({"verify", "reopen"}, "forge")
    assert always | severe == {step.name for step in workflow.transitions}
    scene.close()


def test_a_small_team_is_asked_for_no_proof(tmp_path: Path) -> None:
    """What the preset says is null is taken out of the file: nothing of a least assurance is left but the comment."""
    founded(tmp_path / "r", charter(CAST, "small")).close()
    laid = (tmp_path / "r" / "workflow/policy/workflow.yaml").read_text(encoding="utf-8").split("\n")
    said = [line for line in laid if not line.startswith("#")]
    assert [line for line in said if "assurance" in line or "severe-potential" in line or "null" in line] == []


def test_a_preset_changes_what_it_says_and_leaves_the_rest(tmp_path: Path) -> None:
    """The regulated rules ask for two signatures and take drafts by request."""
    founded(tmp_path / "r", charter(CAST, "regulated")).close()
    scene = open_scene(tmp_path / "r")
    newest = read_register(scene.repository.working_tree(), scene.template.documents).newest
    investigate = newest.workflow.transition("investigate")
    assert investigate is not None
    assert (investigate.signers.count.default, newest.settings.drafts) == (2, "request")
    assert (newest.workflow.policy_change.signers.count.default, newest.workflow.policy_change.waivable) == (2, ())
    proven = [step.name for step in newest.workflow.transitions if step.signers.assurance == "forge"]
    assert (sorted(proven), newest.workflow.policy_change.signers.assurance) == (["reopen", "verify"], "forge")
    scene.close()


def test_settings_and_instance_are_as_asked_for(tmp_path: Path) -> None:
    """An organisation's name is put in; the instance has a UUID of its own at each founding."""
    founded(tmp_path / "one", charter(organisation="Acme", id_prefix="ACM")).close()
    founded(tmp_path / "two").close()
    uuids = []
    for name in ("one", "two"):
        text = (tmp_path / name / "workflow/policy/instance.yaml").read_text(encoding="utf-8")
        uuids += re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", text)
    assert len(set(uuids)) == 2
    scene = open_scene(tmp_path / "one")
    made = report_near_miss(scene.desk("o.haddad"), {"what_happened": "It fell."}, mode="named")
    assert made.id.startswith("ACM-2026-")
    scene.close()


@pytest.mark.parametrize(
    "language, of_site, call, said",
    [
        ("de", "de", {}, "die Führungskraft des Bereichs oder die Notrufnummer auf dem Plakat"),
        ("de-AT", "en", {"not_safe_call": "4711 rufen"}, "4711 rufen"),
        ("fr", "en", {}, "the supervisor of the area, or the emergency number on the poster"),
    ],
)
def test_a_register_may_be_laid_down_in_another_language(
    tmp_path: Path, language: str, of_site: str, call: dict[str, str], said: str
) -> None:
    """Labels are in the language that was asked for, and the site and whom to call, where there are words for it."""
    founded(tmp_path / "r", charter(language=language, **call)).close()
    settings = (tmp_path / "r" / "workflow/policy/settings.yaml").read_text(encoding="utf-8")
    site = (tmp_path / "r" / "site/mkdocs.yml").read_text(encoding="utf-8")
    assert f"\nlanguage: {language}\n" in settings
    assert f"\nnot_safe_call: {said}\n" in settings
    assert f"\n  language: {of_site}\n" in site
    assert (tmp_path / "r" / "site/languages/de/index.md").is_file()


def test_a_repository_with_commits_keeps_them_and_its_branch(tmp_path: Path) -> None:
    """The register goes on top of what is there, on the branch that is checked out, which becomes its main one."""
    root = tmp_path / "r"
    root.mkdir()
    git(root, "init", "-q", "-b", "trunk")
    (root / "README.md").write_text("ours\n", encoding="utf-8")
    (root / ".gitignore").write_text("*.bak", encoding="utf-8")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    founded(root).close()
    assert (root / "README.md").read_text(encoding="utf-8") == "ours\n"
    assert (root / ".gitignore").read_text(encoding="utf-8") == "*.bak\nsite/_build/\n"
    scene = open_scene(root)
    assert scene.report("o.haddad").branch == "trunk"
    assert scene.check().findings == ()
    assert scene.git("rev-list", "--count", "trunk") == "3"
    scene.close()


def test_a_branch_of_another_name_is_made_where_asked(tmp_path: Path) -> None:
    """A new repository begins on the branch that is wanted, and the settings say so."""
    founded(tmp_path / "r", branch="trunk").close()
    scene = open_scene(tmp_path / "r")
    assert scene.report("o.haddad").branch == "trunk"
    assert scene.check().findings == ()
    scene.close()


def test_a_list_of_what_git_ignores_that_has_ours_stays_as_it_is(tmp_path: Path) -> None:
    """Nothing is said twice."""
    root = tmp_path / "r"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    (root / ".gitignore").write_text("site/_build/\n*.bak\n", encoding="utf-8")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    founded(root).close()
    assert (root / ".gitignore").read_text(encoding="utf-8") == "site/_build/\n*.bak\n"


@pytest.mark.parametrize("committed", [True, False])
def test_files_in_the_way_are_named_and_nothing_is_written(tmp_path: Path, *, committed: bool) -> None:
    """What a person has where the register would go is never written over, committed or not."""
    root = tmp_path / "r"
    for name in ("site/mkdocs.yml", *(f"schemas/vocabulary/{one}.yaml" for one in ("site", "area", "hazard", "shift"))):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("mine\n", encoding="utf-8")
    (root / "templates/letters").mkdir(parents=True)
    (root / "templates/letters/mine.txt").write_text("mine\n", encoding="utf-8")
    git(root, "init", "-q", "-b", "main")
    if committed:
        git(root, "add", ".")
        git(root, "commit", "-q", "-m", "first")
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    with pytest.raises(InTheWayError if committed else LocalChangesError, match=r"schemas/vocabulary"):
        founded(root)
    after = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert {path: after[path] for path in before} == before
    assert {path for path in after if path not in before and ".git/objects" not in str(path)} == set()


def test_a_register_is_founded_once(tmp_path: Path) -> None:
    """A second time says that there is one."""
    founded(tmp_path / "r").close()
    head = git(tmp_path / "r", "rev-parse", "HEAD")
    with pytest.raises(AlreadyFoundedError):
        founded(tmp_path / "r")
    assert git(tmp_path / "r", "rev-parse", "HEAD") == head


@pytest.mark.parametrize(
    "people, code",
    [
        ((OWNER, OWNER), "person-twice"),
        ((OWNER, {**OWNER, "handle": "o.two", "emails": ["O.Haddad@example.org"]}), "person-twice"),
        ((OWNER, person("x.y", "wizard")), "policy-name-unknown"),
        ((OWNER, person("x.y", deputies=["n.obody"])), "policy-name-unknown"),
        (({**OWNER, "emails": []},), "bad-value"),
        (({**OWNER, "handle": "O Haddad"},), "bad-value"),
        ((), "nobody-owns-policy"),
        ((person("r.meyer", "quality-lead"),), "nobody-owns-policy"),
        (({**OWNER, "active": False},), "nobody-owns-policy"),
        (({**OWNER, "kind": "service"},), "nobody-owns-policy"),
    ],
)
def test_people_who_do_not_fit_are_refused_and_nothing_is_written(tmp_path: Path, people: Any, code: str) -> None:
    """A handle or address twice, an unknown role or deputy, nobody who could ever change the policy."""
    with pytest.raises(RefusedError) as refused:
        founded(tmp_path / "r", charter(people))
    assert code in codes(refused.value.findings)
    assert not (tmp_path / "r").exists()


def test_a_detached_head_is_no_place_for_a_register(tmp_path: Path) -> None:
    """The genesis goes on a branch, or nowhere."""
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "first")
    git(tmp_path, "checkout", "-q", "--detach")
    with pytest.raises(DetachedHeadError):
        founded(tmp_path)


def test_what_is_no_register_says_so(tmp_path: Path) -> None:
    """A repository without a register, a folder without a repository, a preset that there is not."""
    git(tmp_path, "init", "-q", "-b", "main")
    desk = open_desk(tmp_path, identity=identity_of("o.haddad"))
    with pytest.raises(NoCommitError):
        check(desk)
    with pytest.raises(NoCommitError):
        report_near_miss(desk, {"what_happened": "It fell."}, mode="anonymous")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "first")
    with pytest.raises(NotAnInstanceError):
        report_near_miss(desk, {"what_happened": "It fell."}, mode="anonymous")
    with pytest.raises(UsageError, match="no preset huge"):
        read_preset("huge")
    (tmp_path / "plain").mkdir()
    with pytest.raises(NearMissError):
        open_desk(Path("/"))


def test_a_desk_has_the_machines_clock_and_chance_and_the_persons_own_name(tmp_path: Path) -> None:
    """Nothing given, a desk takes what is there: the time with its zone, real randomness, git's identity, a cache."""
    founded(tmp_path).close()
    git(tmp_path, "config", "user.name", "O Haddad")
    git(tmp_path, "config", "user.email", "o.haddad@example.org")
    desk = open_desk(tmp_path / "workflow")
    assert desk.known_identity() == identity_of("o.haddad")
    assert isinstance(desk.clock, SensibleClock)
    assert isinstance(desk.clock.clock, SystemClock)
    assert desk.clock.now().tzinfo is not None
    assert len({SystemChance().pick("ABCDEFGH", 12) for _ in range(20)}) == 20
    made = report_near_miss(desk, {"what_happened": "It fell."}, mode="named")
    assert desk.memory is not None
    first = check(desk)
    assert check(desk) == first
    cache = tmp_path / ".git" / "nearmiss" / "cache"
    assert [path.is_file() for path in cache.iterdir()] == [True]
    assert made.id in first.summaries
