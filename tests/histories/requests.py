"""Requests of invented histories: changes of main that are not written yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.engine.fast_import import Content
from tests.policy.builder import Attempt


@dataclass(frozen=True, kw_only=True)
class Written:
    """One commit of a request: who it is by, and the files that it changes; `hidden` makes it a merge of main.

    `mark` is a name by which a later one `takes` it in: that one is a merge of it.
    """

    author: str
    files: Mapping[str, Content]
    hidden: bool = False
    mark: str = ""
    takes: str = ""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A change of main: its commits, and how they come there.

    `began` is how many requests ago its branch was made. `code` is why it must not pass; `attempts` are what the naive
    model is asked about it, and `verdict` what everybody must say. `apart` says that each commit alone may pass: only
    together, in one request, they must not.
    """

    what: str
    commits: tuple[Written, ...]
    way: str = "merge"
    began: int = 0
    code: str = ""
    verdict: str = "pass"
    attempts: tuple[Attempt, ...] = ()
    apart: bool = False

    @property
    def code_on_main(self) -> str:
        """Why main does not hold afterwards; commits that stay apart might as well have come from two clones."""
        return "" if self.apart and self.way != "squash" else self.code

    @property
    def files(self) -> dict[str, Content]:
        """Everything that the request changes."""
        return {path: content for commit in self.commits for path, content in commit.files.items()}
