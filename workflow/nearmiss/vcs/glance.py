"""A glance at a repository's references, read from its files: for commands that must answer at once, without git.

It serves only to see whether something remembered is still up to date. Wherever a repository is of any but the plainest
form, nothing is said, and git itself is asked.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nearmiss.engine.index import References

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_FILES = 2_000
"""Files of references beyond which git, which may keep them otherwise, is quicker."""
LARGEST = 4 * 1024 * 1024

JOURNAL = ("nearmiss", "checkout", "journal.json")
"""Where a command that was stopped left a note; the next one that asks git looks after it first."""
_ELSEWHERE = ("GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM")
"""What changes where git looks for a repository; then git is asked."""
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_LINE = re.compile(r"^([0-9a-f]{40}(?:[0-9a-f]{24})?) (refs/(?:heads|remotes)/\S+)$", re.MULTILINE)
_SPACES = ("refs/heads", "refs/remotes")


class Seen(NamedTuple):
    """A repository at a glance: git's own folder for this working tree, and its references."""

    git_dir: Path
    references: References


def glance(directory: Path) -> Seen | None:
    """Return what the files of the repository say that a directory lies in; None where that is not plain to see."""
    if any(name in os.environ for name in _ELSEWHERE):
        return None
    try:
        git_dir = _git_dir(os.path.realpath(directory))
        if git_dir is None or os.path.lexists(os.path.join(git_dir, *JOURNAL)):  # noqa: PTH118 - pathlib is slower
            return None
        references = _references(git_dir)
    except (OSError, ValueError):
        return None
    return Seen(git_dir=Path(git_dir), references=references) if references else None


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
    return References(head=head, branches=branches) if _ID.fullmatch(head) else None


def _loose(common: str) -> Iterator[tuple[str, str]]:
    waiting, files = list(_SPACES), 0
    while waiting:
        folder = waiting.pop()
        try:
            found = list(os.scandir(f"{common}/{folder}"))
        except FileNotFoundError:
            continue
        for entry in found:
            name = f"{folder}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                waiting.append(name)
                continue
            if name.endswith(".lock"):
                continue
            files += 1
            said = _text(entry.path).rstrip("\n")
            if files > MOST_FILES:
                raise ValueError(common)
            if _ID.fullmatch(said):
                yield name, said
            elif not said.startswith("ref: "):
                raise ValueError(name)


def _packed(common: str) -> dict[str, str]:
    try:
        text = _text(f"{common}/packed-refs")
    except FileNotFoundError:
        return {}
    return {name: oid for oid, name in _LINE.findall(text)}


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
