"""A glance at a repository's references, read from its files: for commands that must answer at once, without git.

It serves only to see whether something remembered is still up to date. Wherever a repository is of any but the plainest
form, nothing is said, and git itself is asked.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from nearmiss.engine.rows import References

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_FILES = 2_000
"""Files of references beyond which git, which may keep them otherwise, is quicker."""
LARGEST = 4 * 1024 * 1024

JOURNAL = ("nearmiss", "checkout", "journal.json")
"""Where a command that was stopped left a note; the next one that asks git looks after it first."""
_ELSEWHERE = ("GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM")
"""What changes where git looks for a repository; then git is asked."""
_LENGTHS = frozenset({40, 64})
_SPACES = ("refs/heads/", "refs/remotes/")


class Seen(NamedTuple):
    """A repository at a glance: git's own folder for this working tree, and its references."""

    git_dir: str
    references: References


def glance(directory: str) -> Seen | None:
    """Return what the files of the repository say that a directory lies in; None where that is not plain to see."""
    if any(name in os.environ for name in _ELSEWHERE):
        return None
    try:
        git_dir = _git_dir(os.path.realpath(directory or "."))
        if git_dir is None or os.path.lexists(os.path.join(git_dir, *JOURNAL)):  # noqa: PTH118 - pathlib is slower
            return None
        references = _references(git_dir)
    except (OSError, ValueError):
        return None
    return Seen(git_dir=git_dir, references=references) if references else None


def find_git_dir(directory: str) -> str | None:
    """Return git's own folder for the working tree that a directory lies in; None where that is not plain to see."""
    if any(name in os.environ for name in _ELSEWHERE):
        return None
    try:
        return _git_dir(os.path.realpath(directory or "."))
    except (OSError, ValueError):
        return None


def _git_dir(here: str) -> str | None:
    device = os.stat(here).st_dev  # noqa: PTH116 - pathlib is slower, and this is for speed
    while True:
        if os.path.isfile(f"{here}/HEAD"):  # noqa: PTH113 - as above
            return None  # inside git's own folder, or a bare repository
        place = f"{here}/.git"
        if os.path.isdir(place):  # noqa: PTH112 - as above
            return place
        if os.path.lexists(place):
            said = _text(place)
            linked = os.path.join(here, said[len("gitdir: ") :].rstrip("\n"))  # noqa: PTH118 - as above
            return linked if said.startswith("gitdir: ") and os.path.isdir(linked) else None  # noqa: PTH112 - as above
        above = os.path.dirname(here)  # noqa: PTH120 - as above
        if above == here or os.stat(above).st_dev != device:  # noqa: PTH116 - as above
            return None
        here = above


def _references(git_dir: str) -> References | None:
    head = _text(f"{git_dir}/HEAD").rstrip("\n")
    common = git_dir
    if os.path.lexists(f"{git_dir}/commondir"):
        common = os.path.join(git_dir, _text(f"{git_dir}/commondir").rstrip("\n"))  # noqa: PTH118 - as above
    # Loose ones first: git writes a reference into the packed file before it takes the loose one away.
    loose = dict(_loose(common))
    branches = {**_packed(common), **loose}
    if head.startswith("ref: "):
        name = head[len("ref: ") :]
        # Where references are kept in another format, HEAD says `refs/heads/.invalid`.
        head = branches.get(name, "")
    return References(head=head, branches=branches) if _is_id(head) else None


def _loose(common: str) -> Iterator[tuple[str, str]]:
    waiting, files = list(_SPACES), 0
    while waiting:
        folder = waiting.pop()
        try:
            found = list(os.scandir(f"{common}/{folder}"))
        except FileNotFoundError:
            continue
        for entry in found:
            name = f"{folder}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                waiting.append(f"{name}/")
                continue
            if name.endswith(".lock"):
                continue
            files += 1
            said = _text(entry.path).rstrip("\n")
            if files > MOST_FILES:
                raise ValueError(common)
            if _is_id(said):
                yield name, said
            elif not said.startswith("ref: "):
                raise ValueError(name)


def _packed(common: str) -> dict[str, str]:
    try:
        text = _text(f"{common}/packed-refs")
    except FileNotFoundError:
        return {}
    pairs = (line.partition(" ") for line in text.split("\n"))
    return {name: oid for oid, _, name in pairs if name.startswith(_SPACES) and _is_id(oid)}


def _is_id(text: str) -> bool:
    return len(text) in _LENGTHS and not text.strip("0123456789abcdef")


def _text(path: str) -> str:
    """Return a small file's text; raises OSError and ValueError, also for what is no file and might never end."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > LARGEST:
            raise ValueError(path)
        return os.read(descriptor, facts.st_size).decode("utf-8")
    finally:
        os.close(descriptor)
