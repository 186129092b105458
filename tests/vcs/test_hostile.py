"""A repository that tries to run programs, or to show something else than its objects, while it is read."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nearmiss.errors import NearMissError
from nearmiss.vcs.children import clean_words
from nearmiss.vcs.environment import personal_environment, reading_environment
from nearmiss.vcs.repository import GitRepository
from tests.vcs.worlds import World

Open = Callable[[Path], GitRepository]


def use_everything(world: World, repository: GitRepository) -> None:
    """Call all that reads, judges or writes locally."""
    os.utime(world.root / "a", (5, 5))
    (world.root / "b").write_bytes(b"2")
    tree = repository.working_tree()
    tree.entries()
    tree.read("a")
    head = repository.resolve("HEAD")
    repository.position(), repository.branches(), repository.remote_branches(), repository.identity()
    list(repository.commits([head]))
    list(repository.commits([head], paths=["a"]))
    repository.changes(None, head)
    repository.tree(head).entries()
    repository.tree(head).read("a")
    repository.merge_bases(head, head)
    World(repository=repository, root=world.root).commit({"a": b"new", "c": b"1"})
    World(repository=repository, root=world.root).commit({"a": b"new"}, branch="side", parents=(head,))
    repository.delete_branch("side", expected=repository.branches()["side"])


@pytest.fixture
def trap(world: World) -> tuple[Path, Path]:
    """Give a program that leaves a mark, and the mark."""
    mark = world.root.parent / "mark"
    program = world.root.parent / "trap.sh"
    program.write_text(f"#!/bin/sh\ntouch '{mark}'\ncat\n", encoding="utf-8")
    program.chmod(0o755)
    return program, mark


SETTINGS = [
    ("core.fsmonitor", "{}"), ("diff.external", "{}"), ("diff.evil.textconv", "{}"), ("diff.evil.command", "{}"),
    ("filter.evil.clean", "{}"), ("filter.evil.smudge", "{}"), ("filter.evil.process", "{}"),
    ("filter.e.v.il.clean", "{}"),
    ("core.pager", "{}"), ("gpg.program", "{}"), ("core.editor", "{}"), ("alias.log", "!{}"), ("alias.cat-file", "!{}"),
    ("core.sshCommand", "{}"), ("credential.helper", "!{}"), ("interactive.diffFilter", "{}"),
]  # fmt: skip


@pytest.mark.parametrize("setting, value", SETTINGS)
def test_no_setting_of_the_repository_starts_a_program(
    world: World, opened: Open, trap: tuple[Path, Path], setting: str, value: str
) -> None:
    """Whatever program the repository's configuration names, reading and committing do not start it."""
    program, mark = trap
    world.commit({"a": b"1", "b": b"1", ".gitattributes": b"a diff=evil filter=evil\nb diff=evil filter=e.v.il\n"})
    world.git("config", setting, value.format(program))
    world.git("config", "filter.evil.required", "true")
    world.git("config", "log.showSignature", "true")
    mark.unlink(missing_ok=True)
    use_everything(world, opened(world.root))
    assert not mark.exists()


def test_the_trap_works(world: World, trap: tuple[Path, Path]) -> None:
    """The same repository does start the program under an ordinary git, so that the test above proves something."""
    program, mark = trap
    world.commit({"a": b"1", ".gitattributes": b"a filter=evil\n"})
    world.git("config", "filter.evil.clean", str(program))
    os.utime(world.root / "a", (5, 5))
    world.git("status")
    assert mark.exists()


@pytest.mark.parametrize(
    "hook",
    ["reference-transaction", "pre-commit", "post-commit", "commit-msg", "post-checkout", "post-index-change"],
)
@pytest.mark.parametrize("where", ["hooks", "configured"])
def test_no_hook_is_run(world: World, opened: Open, trap: tuple[Path, Path], hook: str, where: str) -> None:
    """Commits made here run no hook, neither of the repository nor of a folder that it names."""
    program, mark = trap
    world.commit({"a": b"1", "b": b"1"})
    hooks = world.root / ".git" / "hooks" if where == "hooks" else world.root.parent / "elsewhere"
    hooks.mkdir()
    (hooks / hook).symlink_to(program)
    if where == "configured":
        world.git("config", "core.hooksPath", str(hooks))
    mark.unlink(missing_ok=True)
    use_everything(world, opened(world.root))
    assert not mark.exists()


def test_a_partial_clone_fetches_nothing_while_it_is_read(world: World, opened: Open, trap: tuple[Path, Path]) -> None:
    """What is missing in a partial clone is an error; no program is started to fetch it."""
    program, mark = trap
    world.commit({"a": b"1"})
    for key, value in {
        "core.repositoryFormatVersion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.url": "ssh://nowhere.invalid/x",
        "remote.origin.promisor": "true",
        "core.sshCommand": str(program),
    }.items():
        world.git("config", key, value)
    repository = opened(world.root)
    with pytest.raises(NearMissError):
        list(repository.blobs(["1" * 40]))
    assert not mark.exists()


def test_replaced_objects_are_not_seen(world: World) -> None:
    """A replace reference fools git and not us."""
    world.commit({"a": b"true"})
    honest = world.git("rev-parse", "main:a")
    other = world.git("hash-object", "-w", "--stdin", stdin=b"lie")
    world.git("replace", honest, other)
    assert world.git("show", "main:a") == "lie"
    assert world.repository.tree("main").read("a") == b"true"


def test_grafts_do_not_cut_history(world: World) -> None:
    """A grafts file hides commits from git and not from us."""
    first, second = world.commit({"a": b"1"}), world.commit({"a": b"2"})
    (world.root / ".git" / "info").mkdir(exist_ok=True)
    (world.root / ".git" / "info" / "grafts").write_text(f"{second}\n", encoding="utf-8")
    assert world.git("rev-list", "main") == second
    assert [commit.oid for commit in world.repository.commits(["main"])] == [second, first]
    assert world.repository.is_ancestor(first, second)


def test_mailmap_and_log_settings_change_nothing(world: World) -> None:
    """People are as the commit names them, and no setting hides changes of the first commit or of a rename."""
    world.commit({"a": b"1\n" * 50, ".mailmap": b"Evil <evil@example.org> <ruth@example.org>\n"})
    world.commit({"a": None, "b": b"1\n" * 50})
    for key, value in {
        "log.mailmap": "true", "log.showRoot": "false", "log.follow": "true", "diff.renames": "copies",
        "log.diffMerges": "off", "i18n.logOutputEncoding": "UTF-16", "log.date": "relative", "core.quotePath": "true",
        "diff.relative": "true", "format.pretty": "oneline", "core.abbrev": "4", "color.ui": "always",
    }.items():  # fmt: skip
        world.git("config", key, value)
    second, first = world.repository.commits(["main"])
    assert first.author.identity.email == "ruth@example.org"
    assert [change.path for change in first.changes] == [".mailmap", "a"]
    assert [change.path for change in second.changes] == ["a", "b"]
    assert [commit.oid for commit in world.repository.commits(["main"], paths=["b"])] == [second.oid]


def test_what_a_hook_inherits_leads_to_no_other_repository(
    world: World, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables that point elsewhere are left out: the repository that was opened is the one that is read."""
    first = world.commit({"a": b"1"})
    for name in (
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_COMMON_DIR",
        "GIT_NAMESPACE",
    ):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.bare")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "true")
    repository = opened(world.root)
    assert repository.position().commit == first
    assert World(repository=repository, root=world.root).commit({"a": b"2"})
    assert (world.root / "a").read_bytes() == b"2"


def test_the_reading_environment_is_the_hardened_one() -> None:
    """The variables of the ground rules are set, what is inherited of git's own goes, and the rest of it stays."""
    inherited = {
        "PATH": "/bin",
        "GIT_DIR": "x",
        "GIT_TRACE": "1",
        "LANGUAGE": "de",
        "GIT_EXEC_PATH": "/g",
        "GIT_CONFIG_COUNT": "9",
    }
    environment = reading_environment(inherited, safe="/r", git_dir=Path("/r/.git"), root=Path("/r"))
    assert environment.items() >= {
        "GIT_NO_REPLACE_OBJECTS": "1", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1", "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0",
        "GIT_DIR": "/r/.git", "GIT_WORK_TREE": "/r", "PATH": "/bin", "GIT_EXEC_PATH": "/g",
    }.items()  # fmt: skip
    assert not {"GIT_TRACE", "LANGUAGE"} & set(environment)
    keys = [environment[f"GIT_CONFIG_KEY_{number}"] for number in range(int(environment["GIT_CONFIG_COUNT"]))]
    assert keys[-1] == "safe.directory"
    assert environment[f"GIT_CONFIG_VALUE_{len(keys) - 1}"] == "/r"


def test_the_personal_environment_keeps_what_is_personal() -> None:
    """Push and fetch run with the person's own settings, in the repository that was opened."""
    inherited = {"GIT_SSH_COMMAND": "ssh -i key", "GIT_INDEX_FILE": "x", "GIT_AUTHOR_NAME": "Me", "GIT_WORK_TREE": "y"}
    environment = personal_environment(inherited, git_dir=Path("/r.git"), root=None)
    assert environment == {
        "GIT_SSH_COMMAND": "ssh -i key", "GIT_AUTHOR_NAME": "Me", "GIT_DIR": "/r.git", "LC_ALL": "C",
    }  # fmt: skip


@pytest.mark.parametrize(
    "said, clean",
    [
        (b"one\n two\r\n\x1b[31mred\x1b[0m\a", "one two red"),
        (b"to https://me:secret@example.org/x and ssh://git@h/x", "to https://example.org/x and ssh://h/x"),
        ("a\u2028b\u202ec", "a b c"),
        (b"\xff", "\\xff"),
    ],
)
def test_what_programs_say_is_cleaned(said: bytes | str, clean: str) -> None:
    """Terminal codes, line breaks of all kinds and passwords do not get through to the person's screen."""
    assert clean_words(said) == clean
