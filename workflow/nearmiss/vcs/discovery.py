"""Finding the repository that a folder belongs to, and the facts about it that never change while it is open."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from nearmiss.vcs.children import Place, failure, start
from nearmiss.vcs.environment import reading_environment
from nearmiss.vcs.errors import (
    AlreadyARepositoryError,
    GitTooOldError,
    InsideGitFolderError,
    NotARepositoryError,
)
from nearmiss.vcs.files import wait_for
from nearmiss.vcs.storage import storing

OLDEST_GIT = (2, 32)
"""The first git that knows GIT_CONFIG_GLOBAL; without it the hardened environment would not be one."""

_QUESTIONS = ("--is-bare-repository", "--is-inside-work-tree", "--is-shallow-repository", "--show-object-format")


def discover(directory: Path) -> Place:
    """Return the place of the repository that a directory is in.

    Works in linked worktrees and bare repositories. Raises NotARepositoryError, InsideGitFolderError,
    UnsafeOwnershipError, GitMissingError and GitTooOldError.
    """
    if not directory.is_dir():
        raise NotARepositoryError(directory)
    # Who owns the folder does not matter to a child that can neither run a program of its configuration nor be
    # misled by it; the person's own git still asks before it pushes.
    environment = reading_environment(os.environ, safe="*")
    version = start(["version"], environment=environment, directory=directory, stderr=subprocess.PIPE)
    asked = start(
        ["rev-parse", *_QUESTIONS, "--show-cdup", "--absolute-git-dir"],
        environment=environment,
        directory=directory,
        stderr=subprocess.PIPE,
    )
    with version, asked:
        named = version.communicate()[0]
        answers, complaints = asked.communicate()
    require_version(named.decode("utf-8", "replace"))
    if asked.returncode:
        if b"not a git repository" in complaints or b"must be run in a work tree" in complaints:
            raise NotARepositoryError(directory)
        raise failure(command="rev-parse", complaints=complaints, directory=directory)
    return _place(directory, answers.decode("utf-8", "surrogateescape"))


def create(directory: Path, *, branch: str) -> None:
    """Make an empty repository without templates or hooks; raises AlreadyARepositoryError.

    What is left of one whose making was interrupted makes way.
    """
    if is_unfinished(directory):
        shutil.rmtree(directory / ".git")
    if (directory / ".git").exists():
        raise AlreadyARepositoryError(directory)
    directory.mkdir(parents=True, exist_ok=True)
    environment = reading_environment(os.environ, safe="*")
    arguments = ["init", "--quiet", "--template=", f"--initial-branch={branch}"]
    with start(arguments, environment=environment, directory=directory, stderr=subprocess.PIPE) as child:
        complaints = child.communicate()[1]
    if child.returncode:
        raise failure(command="init", complaints=complaints, directory=directory)
    with storing():
        for name in ("HEAD", "config"):
            # Git does not wait for them, and knows no repository without.
            wait_for(directory / ".git" / name)


def _is_filled(file: Path) -> bool:
    return file.exists() and file.stat().st_size > 0


def is_unfinished(directory: Path) -> bool:
    """Say whether the making of a repository was interrupted here: git does not know it yet, and it holds nothing."""
    git_dir = directory / ".git"
    is_known = _is_filled(git_dir / "HEAD") and (git_dir / "objects").is_dir() and (git_dir / "refs").is_dir()
    kept = ("objects", "refs", "logs", "worktrees", "modules")
    return (
        git_dir.is_dir()
        and not is_known
        and not any((git_dir / name).exists() for name in ("packed-refs", "index", "commondir"))
        and not any(path.is_file() for folder in kept for path in (git_dir / folder).rglob("*"))
    )


def require_version(named: str) -> None:
    """Raise GitTooOldError where `git version` names one before the oldest that will do."""
    numbers = re.search(r"(\d+)\.(\d+)", named)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < OLDEST_GIT:
        needed = ".".join(map(str, OLDEST_GIT))
        raise GitTooOldError(found=named.removeprefix("git version ").strip() or "of unknown version", needed=needed)


def _place(directory: Path, answers: str) -> Place:
    # The git folder comes last and whole, since only its own name can hold a line break.
    bare, inside, shallow, object_format, rest = answers.split("\n", len(_QUESTIONS))
    is_bare, root = bare == "true", None
    if inside == "true":
        up, _, rest = rest.partition("\n")
        root = Path(os.path.normpath(Path(os.path.realpath(directory)) / up))
    elif not is_bare:
        raise InsideGitFolderError(directory)
    git_dir = Path(rest.removesuffix("\n"))
    return Place(
        git_dir=git_dir,
        common_dir=_common_dir(git_dir),
        root=root,
        object_format=object_format,
        is_bare=is_bare,
        is_shallow=shallow == "true",
    )


def _common_dir(git_dir: Path) -> Path:
    try:
        named = (git_dir / "commondir").read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        return git_dir
    return Path(os.path.normpath(git_dir / named.removesuffix("\n")))
