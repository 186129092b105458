"""From a page's source path to its address: where it lies in the built tree, and how one page links to another."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

MARKDOWN = ".md"
_SCHEMES = ("https://", "http://")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the site will be found: its own address, as far as that is known, and whether each page is a folder."""

    address: str = ""
    folders: bool = False

    def full_address(self, path: str) -> str:
        """Return the whole address of a page or file by its source path, or nothing where the site's is not known."""
        if not self.address.startswith(_SCHEMES):
            return ""
        return f"{self.address.rstrip('/')}/{quote(visited_path(path, folders=self.folders))}"


NOWHERE = Place()
"""A site of which nobody has said where it will be found."""


def built_path(path: str, *, folders: bool = False) -> str:
    """Return where a page is written: `a/b.md` becomes `a/b.html`, or `a/b/index.html` where each page is a folder.

    What is no page, such as a feed, stays where it is.
    """
    if not path.endswith(MARKDOWN):
        return path
    stem = path.removesuffix(MARKDOWN)
    if not folders or posixpath.basename(stem) == "index":
        return f"{stem}.html"
    return f"{stem}/index.html"


def visited_path(path: str, *, folders: bool = False) -> str:
    """Return the path by which a page is visited: where each page is a folder, that of the folder."""
    built = built_path(path, folders=folders)
    return built.removesuffix("index.html") if folders else built


def address_between(start: str, target: str, *, folders: bool = False) -> str:
    """Return the address of a page or file as it stands in the page `start`; both are source paths.

    A fragment after `#` is kept.
    """
    reached, fragment = _reached(target, folders)
    return _relative(_home_of(start, folders), reached) + fragment


@lru_cache(maxsize=4096)
def _home_of(start: str, folders: bool) -> str:  # noqa: FBT001 - for the cache
    """Return the folder that a page lies in, quoted as in an address."""
    return quote(posixpath.dirname(built_path(start, folders=folders)))


@lru_cache(maxsize=1 << 15)
def _reached(target: str, folders: bool) -> tuple[str, str]:  # noqa: FBT001 - for the cache
    """Return the path by which a page is visited, quoted, and the fragment: hundreds of lists lead to one lesson."""
    path, mark, fragment = target.partition("#")
    return quote(visited_path(path, folders=folders)), mark + fragment


def _relative(home: str, reached: str) -> str:
    """Return the way from a folder to a path; `posixpath.relpath` asks where this process is, thousands of times."""
    if home and home.partition("/")[0] != reached.partition("/")[0]:
        return "../" * (home.count("/") + 1) + reached
    here, there = home.split("/") if home else [], reached.split("/")
    shared = 0
    while shared < min(len(here), len(there) - 1) and here[shared] == there[shared]:
        shared += 1
    return "../" * (len(here) - shared) + "/".join(there[shared:]) or "./"


def depth_of(path: str, *, folders: bool = False) -> int:
    """Return how many folders a page lies below the first page."""
    return built_path(path, folders=folders).count("/")


def source_between(start: str, target: str) -> str:
    """Return how one source page names another, or a file: by its path, as Markdown is linked."""
    path, mark, fragment = target.partition("#")
    return quote(_relative(posixpath.dirname(start), path)) + mark + fragment
