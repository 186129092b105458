"""The folder that a site or an export is written into: it is emptied first, so it must be nobody's documents."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from pathlib import Path

FIRST_PAGE = "index.html"
MARKS_OF_A_SITE = (FIRST_PAGE, "404.html", "sitemap.xml", "lessons.json")
"""Files that a site of ours has; the sites of other generators have the first three of them as well."""

BEGUN = ".nearmiss-site"
"""A file in an output folder while it is filled: by it, what a killed build left is known as a site."""

KEPT = (
    ".git",
    "ci",
    "records",
    "schemas",
    "site/docs",
    "site/languages",
    "site/theme",
    "templates",
    "workflow",
)
"""Folders of a register in which a site would be taken for records or rules, or for pages of its own."""


class OutputInUseError(NearMissError):
    """The output folder holds something that was not written by an earlier run, and would be removed."""

    def __init__(self, output: Path, what: str = "site that was built before") -> None:
        super().__init__(
            f"{output} is not empty and holds no {what}; what is there would be removed.",
            hint="Name an empty or a new folder.",
        )


class OutputBeingFilledError(NearMissError):
    """Another build writes into the output folder now; both together would leave half of each."""

    def __init__(self, output: Path) -> None:
        super().__init__(
            f"Another build is filling {output}.", hint="Build again when it is done, or name another folder."
        )


class OutputInRegisterError(NearMissError):
    """The output folder lies where the register keeps its records, rules or pages."""

    def __init__(self, output: Path, folder: str) -> None:
        super().__init__(
            f"{output} lies in {folder}/ of the register, where only what belongs there may be.",
            hint="Name a folder elsewhere, such as ../public.",
        )


def begin_site(site: Path, repository: Path) -> None:
    """Take a folder for a site: MkDocs empties it, but for hidden files.

    Raises OutputInUseError where it holds something else, and OutputInRegisterError.
    """
    refuse_kept(site, repository)
    is_site = (site / BEGUN).exists() or all((site / mark).exists() for mark in MARKS_OF_A_SITE)
    if site.is_dir() and any(site.iterdir()) and not is_site:
        raise OutputInUseError(site)
    site.mkdir(parents=True, exist_ok=True)
    (site / BEGUN).touch()


def take_turn(site: Path) -> int | None:
    """Keep other builds out of a folder that was begun, until `end_turn` or the end of the process; return what for.

    Raises OutputBeingFilledError. Where the system or the disk knows no such locks, nobody is kept out.
    """
    with suppress(ImportError):
        import fcntl

        while True:
            turn = os.open(site / BEGUN, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                fcntl.lockf(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except (BlockingIOError, PermissionError) as error:
                os.close(turn)
                raise OutputBeingFilledError(site) from error
            except OSError:
                return turn
            if os.fstat(turn).st_nlink:
                return turn
            os.close(turn)  # the build before ours ended, and took its file away, while we opened it
    return None


def end_turn(site: Path, turn: int | None) -> None:
    """Let a folder be a site that is whole, and other builds in."""
    (site / BEGUN).unlink(missing_ok=True)
    if turn is not None:
        os.close(turn)


def refuse_kept(output: Path, repository: Path) -> None:
    """Raise OutputInRegisterError where a folder is one that the register keeps something in, or lies in one."""
    whole = output.resolve()
    for name in KEPT:
        if whole.is_relative_to((repository / name).resolve()):
            raise OutputInRegisterError(output, name)
