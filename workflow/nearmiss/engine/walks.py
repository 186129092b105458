"""Walks through history, each made once, and for a record that is to be judged only as far back as it goes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from nearmiss.engine.trees import under
from nearmiss.models.ids import folder_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nearmiss.engine.ports import Answer, Commit, Lineage, Repository

NEAR = 64
"""First parents after which it is first looked whether a record was there; each further look goes four times as far.

So many may also lie before its beginning, where it is looked for more closely.
"""

FURTHER = 4


@dataclass(frozen=True, kw_only=True)
class Past:
    """What a record went through up to the tip of a line, from a commit on up to which nothing was at its paths.

    Where there is no such commit, it is all of history.
    """

    line: str
    beyond: str | None
    lineage: Lineage

    def reached(self, tips: Iterable[str]) -> frozenset[str]:
        """Return those of its commits that are reachable from some."""
        found: set[str] = set()
        pending = list(tips)
        while pending:
            oid = pending.pop()
            if oid in self.lineage.parents and oid not in found:
                found.add(oid)
                pending += self.lineage.parents[oid]
        return frozenset(found)


class Walks:
    """The walks of one command. Between commits that are named by their ids, what they find never changes.

    What lies behind the beginning of a record is left out of its walks. Whether that really was the beginning, git
    is asked meanwhile: `hold` waits for the answer, and where it is no, everything must be judged again.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], tuple[Commit, ...]] = {}
        self._pasts: dict[str, Past] = {}
        self._asked: dict[str, Answer] = {}

    def walk(
        self, repository: Repository, tips: Sequence[str], *, without: Sequence[str], paths: Sequence[str]
    ) -> tuple[Commit, ...]:
        """Return the commits between some commits that touch some paths, newest first."""
        key = (tuple(tips), tuple(without), tuple(paths))
        found = self._known.get(key)
        if found is None and paths:
            found = self._of_whole(key) if without else self._of_past(key)
        if found is None:
            found = tuple(repository.commits(tips, without=without, paths=paths))
        self._known[key] = found
        return found

    def bound(self, repository: Repository, path: str, line: str) -> None:
        """Let walks over a record's file and folder go no further back than to where it began on a line.

        What one went through is asked of git once for all walks; where it began, only for the first line.
        """
        known = self._pasts.get(path)
        if known is not None and known.line == line:
            return
        beyond = known.beyond if known else _beginning(repository, path, line)
        if known is None and beyond is not None:
            # What is no record yet must never have been one, not even on a line that was merged and given up.
            asked = repository.ask_untouched(beyond, (path, folder_of(path)), first_parent=beyond != line)
            self._asked[path] = asked
        self._set(repository, path, line, beyond)

    def _set(self, repository: Repository, path: str, line: str, beyond: str | None) -> None:
        lineage = repository.lineage(line, beyond=beyond, paths=(path, folder_of(path)))
        self._pasts[path] = Past(line=line, beyond=beyond, lineage=lineage)

    def hold(self, repository: Repository) -> bool:
        """Say whether all that was left out so far was nothing; what was not is left out no more."""
        asked, self._asked = self._asked, {}
        wrong = [path for path, answer in asked.items() if not answer.holds()]
        for path in wrong:
            self._set(repository, path, self._pasts[path].line, None)
            seen = {path, folder_of(path)}
            self._known = {key: found for key, found in self._known.items() if not seen & set(key[2])}
        return not wrong

    def _of_whole(self, key: tuple[tuple[str, ...], ...]) -> tuple[Commit, ...] | None:
        """Choose from a walk over the same commits that left no path out."""
        tips, without, paths = key
        whole = self._known.get((tips, without, ()))
        return None if whole is None else tuple(_touching(whole, paths))

    def _of_past(self, key: tuple[tuple[str, ...], ...]) -> tuple[Commit, ...] | None:
        """Choose from what is known of the one record that all paths belong to; None where it does not tell."""
        tips, _, paths = key
        past = next((one for path, one in self._pasts.items() if under(paths[0], [path, folder_of(path)])), None)
        if past is None or len(paths) > 1:
            return None
        newer: tuple[Commit, ...] = ()
        if any(tip not in past.lineage.parents and tip != past.beyond for tip in tips):
            if len(tips) > 1 or (whole := self._known.get((tips, (past.line,), ()))) is None:
                return None
            newer = whole
        above = {parent for commit in newer for parent in commit.parents}
        reached = past.reached([*tips, *above])
        older = [commit for commit in past.lineage.commits if commit.oid in reached]
        return tuple(_touching([*newer, *older], paths))


def _touching(commits: Iterable[Commit], paths: Sequence[str]) -> Iterator[Commit]:
    chosen = [way for path in paths for way in (path.rstrip("/"), f"{path.rstrip('/')}/")]
    for commit in commits:
        changes = tuple(change for change in commit.changes if under(change.path, chosen))
        if changes:
            yield replace(commit, changes=changes)


def _beginning(repository: Repository, path: str, line: str) -> str | None:
    """Return a commit of a line at which a record was not there yet, soon before it was; None where each has it."""
    chain: list[str] = []
    commits = repository.first_parents(line)
    after, size = -1, 1
    while True:
        chain += islice(commits, size - len(chain))
        if not _is_there(repository, chain[-1], path):
            break
        if len(chain) < size:
            return None
        after, size = len(chain) - 1, NEAR if size == 1 else size * FURTHER
    # Between `after`, where it is, and the last one, where it is not. Git walks over a few commits faster than one is
    # looked into.
    before = len(chain) - 1
    while before - after > NEAR:
        middle = (after + before) // 2
        after, before = (middle, before) if _is_there(repository, chain[middle], path) else (after, middle)
    return chain[before]


def _is_there(repository: Repository, commit: str, path: str) -> bool:
    return bool(repository.tree(commit).entries(path, folder_of(path)))
