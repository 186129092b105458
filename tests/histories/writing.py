"""Writing invented histories into one repository: each a line of its own, from one founding commit on."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nearmiss.engine.ports import Identity
from tests.engine.fast_import import Import
from tests.engine.scene import identity_of
from tests.histories.documents import founding_files
from tests.histories.lives import History, first_world
from tests.histories.requests import Request

FIRST_MORNING = 1_795_330_800
"""Eight in the morning of 2026-11-22, in Central Europe."""
MERGER = "c.moreau"


@dataclass(frozen=True)
class Laid:
    """Where a request was laid down: what main was, what was proposed, and what main became."""

    base: str
    head: str
    tip: str


def lay_down(histories: Sequence[History], root: Path) -> list[list[Laid]]:
    """Write histories into a new repository, and return where each request of each lies."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(root)], check=True)
    writing = _Writing()
    laid = [writing.history(history) for history in histories]
    ids = writing.stream.run(root)
    subprocess.run(["git", "-C", str(root), "checkout", "-q", "main"], check=True)
    return [[Laid(ids[one.base], ids[one.head], ids[one.tip]) for one in places] for places in laid]


class _Writing:
    """A stream as it grows, a minute for each commit."""

    def __init__(self) -> None:
        self.stream = Import()
        self._when = FIRST_MORNING
        self._marks: dict[str, str] = {}
        self._genesis = self._commit("o.haddad", founding_files(first_world()))
        self.stream.name("refs/heads/main", self._genesis)

    def history(self, history: History) -> list[Laid]:
        """Write a history from the founding commit on."""
        mains, laid = [self._genesis], []
        self._marks = {}
        for request in history.requests:
            head, tip = self._request(request, mains)
            laid.append(Laid(mains[-1], head, tip))
            mains.append(tip)
        return laid

    def _request(self, request: Request, mains: Sequence[str]) -> tuple[str, str]:
        main = mains[-1]
        head = fork = mains[-1 - request.began]
        for commit in request.commits:
            sides = [self._commit(MERGER, {}, fork)] if commit.hidden else []
            sides += [self._marks[commit.takes]] if commit.takes else []
            head = self._commit(commit.author, commit.files, head, *sides)
            self._marks |= {commit.mark: head}
        if request.way == "fast-forward":
            return head, head
        if request.way == "merge":
            return head, self._commit(MERGER, request.files, main, head)
        if request.way == "squash":
            return head, self._commit(request.commits[0].author, request.files, main)
        for commit in request.commits:
            main = self._commit(commit.author, commit.files, main)
        return head, main

    def _commit(self, author: str, files: dict[str, object] | object, *parents: str) -> str:
        self._when += 60
        who: Identity = identity_of(author)
        return self.stream.commit(files, who=who, parents=parents, when=self._when)  # type: ignore[arg-type]
