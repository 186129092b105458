"""Pushing, fetching, and who the person is: what is done with their own configuration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from git import Repo

from nearmiss.engine.ports import Identity, Pushed
from nearmiss.engine.refusals import PushRefusedError
from nearmiss.vcs.errors import BranchNameError, FetchFailedError, UnknownRemoteError
from nearmiss.vcs.remotes import request_address
from nearmiss.vcs.repository import GitRepository, open_repository
from tests.vcs.worlds import World, git

Open = Callable[[Path], GitRepository]


@pytest.fixture
def forge(world: World) -> Path:
    """Give a bare repository that takes push options, as the remote `origin`."""
    place = world.root.parent / "forge.git"
    git(world.root.parent, "init", "-q", "--bare", "forge.git")
    git(place, "config", "receive.advertisePushOptions", "true")
    world.git("remote", "add", "origin", str(place))
    return place


def hook(forge: Path, name: str, script: str) -> None:
    """Let the forge run a script when it receives something."""
    place = forge / "hooks" / name
    place.parent.mkdir(exist_ok=True)
    place.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    place.chmod(0o755)


def test_a_branch_is_pushed(world: World, forge: Path) -> None:
    """The branch arrives under its own name, and nothing else does."""
    first = world.commit({"a": b"1"})
    world.commit({"b": b"1"}, branch="other", parents=(first,))
    assert world.repository.remotes() == ["origin"]
    assert world.repository.push("main", remote="origin") == Pushed(remote="origin", branch="main")
    assert {head.name: head.commit.hexsha for head in Repo(forge).heads} == {"main": first}
    assert world.repository.remote_branches() == {"origin/main": first}


def test_options_and_destination_reach_the_forge(world: World, forge: Path) -> None:
    """Push options arrive as they are, also to another reference than the branch's own."""
    first = world.commit({"a": b"1"})
    hook(forge, "pre-receive", 'echo "$GIT_PUSH_OPTION_0|$GIT_PUSH_OPTION_1" > seen')
    world.repository.push(
        "main", remote="origin", options=["merge_request.create", "-o $(x)"], destination="refs/for/main"
    )
    assert (forge / "seen").read_text(encoding="utf-8") == "merge_request.create|-o $(x)\n"
    assert git(forge, "rev-parse", "refs/for/main") == first


def test_the_address_that_the_forge_prints_is_found(world: World, forge: Path) -> None:
    """What a forge says of opening a request comes back as its address."""
    world.commit({"a": b"1"})
    hook(
        forge,
        "post-receive",
        "printf 'To create a merge request for main, visit:\\n  https://forge.invalid/new?b=main\\n'",
    )
    assert world.repository.push("main", remote="origin").address == "https://forge.invalid/new?b=main"


def test_a_refusal_comes_with_the_remotes_words(world: World, forge: Path) -> None:
    """What the remote says is passed on, without its colours, and the branch stays where it is."""
    first = world.commit({"a": b"1"})
    hook(forge, "pre-receive", "printf '\\033[31mbranch is protected\\033[0m\\n'; exit 1")
    with pytest.raises(PushRefusedError) as refused:
        world.repository.push("main", remote="origin")
    assert "branch is protected" in refused.value.words
    assert "\x1b" not in refused.value.words
    assert world.repository.branches() == {"main": first}


def test_a_push_that_git_cannot_note_here_is_told(world: World, forge: Path) -> None:
    """Git takes it for a success; the person hears which lock is in the way, and what to do."""
    told: list[str] = []
    world.commit({"a": b"1"})
    repository = open_repository(world.root, notice=told.append)
    lock = world.root / ".git/refs/remotes/origin/main.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    hook(forge, "post-receive", "printf \"Unable to create '/x/y.lock': File exists\\n\"")

    pushed = repository.push("main", remote="origin")

    assert pushed.branch == "main"
    assert git(forge, "rev-parse", "main") == world.git("rev-parse", "main")
    [sentence] = told
    assert sentence.startswith("origin has main now, but git could not note that here. This repository is locked by ")
    assert f"remove {lock}, and run the command again." in sentence
    lock.unlink()
    repository.push("main", remote="origin")
    assert len(told) == 1
    assert world.git("rev-parse", "origin/main") == world.git("rev-parse", "main")
    repository.close()


def test_a_remote_that_has_moved_on_refuses(world: World, forge: Path) -> None:
    """Nothing on the remote is overwritten."""
    world.commit({"a": b"1"})
    world.repository.push("main", remote="origin")
    other = world.git("commit-tree", "-m", "x", "main^{tree}")
    world.git("push", "-q", "--force", "origin", f"{other}:refs/heads/main")
    with pytest.raises(PushRefusedError):
        world.repository.push("main", remote="origin")
    assert git(forge, "rev-parse", "main") == other


def test_a_fetch_brings_the_remotes_branches(world: World, forge: Path, opened: Open) -> None:
    """After a fetch, what others pushed is among the remote branches."""
    first = world.commit({"a": b"1"})
    world.repository.push("main", remote="origin")
    git(world.root.parent, "clone", "-q", str(forge), "clone")
    clone = World(repository=opened(world.root.parent / "clone"), root=world.root.parent / "clone")
    second = clone.commit({"a": b"2"}, branch="near-miss/x", parents=(first,))
    clone.repository.push("near-miss/x", remote="origin")
    world.repository.fetch("origin")
    assert world.repository.remote_branches("near-miss/") == {"origin/near-miss/x": second}


def test_fetching_what_is_not_there_fails_with_a_sentence(world: World) -> None:
    """A remote that cannot be reached is told, without the password in its address."""
    world.git("remote", "add", "gone", "file://me:secret@nowhere.invalid/x")
    with pytest.raises(FetchFailedError) as failed:
        world.repository.fetch("gone")
    assert "secret" not in failed.value.message


@pytest.mark.parametrize(
    "remote", ["--upload-pack=touch x", "nowhere", "", "https://example.invalid/x", "ext::sh -c id"]
)
def test_only_known_remotes_are_spoken_to(world: World, forge: Path, remote: str) -> None:
    """A remote is one by name: never an option, an address or a command."""
    world.commit({"a": b"1"})
    with pytest.raises(UnknownRemoteError) as refused:
        world.repository.push("main", remote=remote)
    assert "origin" in refused.value.message
    with pytest.raises(UnknownRemoteError):
        world.repository.fetch(remote)


def test_without_remotes_the_error_says_so(world: World) -> None:
    """Where there is no remote yet, the sentence says that."""
    assert world.repository.remotes() == []
    with pytest.raises(UnknownRemoteError, match="none yet"):
        world.repository.fetch("origin")


def test_only_branches_are_pushed(world: World, forge: Path) -> None:
    """A name that no branch can have is refused before anything is said to the remote."""
    world.commit({"a": b"1"})
    with pytest.raises(BranchNameError):
        world.repository.push("--mirror", remote="origin")


def test_inherited_variables_do_not_lead_a_push_astray(
    world: World, forge: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A push from within a hook of another repository pushes from this one."""
    first = world.commit({"a": b"1"})
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_WORK_TREE", "GIT_COMMON_DIR"):
        monkeypatch.setenv(name, "/nowhere")
    world.repository.push("main", remote="origin")
    monkeypatch.undo()
    assert Repo(forge).heads["main"].commit.hexsha == first


GITLAB = "https://gitlab.com/o/r/-/merge_requests"
SAID = {
    "GitHub": "remote: \nremote: Create a pull request for 'x' on GitHub by visiting:        \n"
    "remote:      https://github.com/o/r/pull/new/x        \n",
    "GitLab": f"remote: To create a merge request for x, visit:\nremote:   {GITLAB}/new?a=b%2Fc\n",
    "GitLab, again": f"remote: View merge request for x:\nremote:   {GITLAB}/1\n",
    "Forgejo": "remote: Create a new pull request for 'x':\nremote:   https://codeberg.org/o/r/compare/main...x\n",
    "one line": "remote: Visit the existing pull request: https://codeberg.org/o/r/pulls/3\x1b[K\n",
    "news": "remote: See our news at https://news.invalid\n",
    "not the remote": "To https://example.org/pull request\n",
    "a script": "remote: Create a pull request: javascript:alert(1)\n",
    "nothing": "",
}


@pytest.mark.parametrize(
    "forge_name, address",
    [
        ("GitHub", "https://github.com/o/r/pull/new/x"),
        ("GitLab", f"{GITLAB}/new?a=b%2Fc"),
        ("GitLab, again", f"{GITLAB}/1"),
        ("Forgejo", "https://codeberg.org/o/r/compare/main...x"),
        ("one line", "https://codeberg.org/o/r/pulls/3"),
        ("news", ""),
        ("not the remote", ""),
        ("a script", ""),
        ("nothing", ""),
    ],
)
def test_addresses_are_found_in_what_forges_say(forge_name: str, address: str) -> None:
    """The forms of GitHub, GitLab, Gitea and Forgejo are understood, and nothing else is taken for an address."""
    assert request_address(SAID[forge_name]) == address


def test_the_person_is_who_their_configuration_says(world: World) -> None:
    """Name and address come from the person's own configuration, the repository's before the general one."""
    assert world.repository.identity() == Identity(name="Own Name", email="own@example.org")
    world.git("config", "user.email", "plant@example.org")
    assert world.repository.identity() == Identity(name="Own Name", email="plant@example.org")


def test_the_environment_comes_before_the_configuration(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git's variables for the author are heeded."""
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Env Name")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "env@example.org")
    assert world.repository.identity() == Identity(name="Env Name", email="env@example.org")


@pytest.mark.parametrize("missing", ["name", "email", "both"])
def test_nobody_is_invented(world: World, missing: str) -> None:
    """Where name or address are not configured, nobody is made up from the machine's names."""
    config = world.root.parent / "home" / ".gitconfig"
    text = {"name": "[user]\nemail = a@b\n", "email": "[user]\nname = A\n", "both": ""}[missing]
    config.write_text(text, encoding="utf-8")
    assert world.repository.identity() is None
