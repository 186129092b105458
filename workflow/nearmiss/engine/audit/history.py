"""The commits behind a main branch: which are on it, where each other one came in, and what can be reached from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nearmiss.policy.version import version_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nearmiss.engine.ports import Commit


_NONE: frozenset[str] = frozenset()


class Reach(NamedTuple):
    """What lies behind a commit: everything that main held at a position, and some commits beside it."""

    position: int
    beside: frozenset[str] = _NONE


class History:
    """The history of one branch, along its first parents, from commits that are listed newest first.

    A position is the number of first parents that a commit of the branch has. Every other commit belongs to the merge
    by which it came in. The first parents of a merge's second parent are its line: what `git pull` joins is there.
    """

    def __init__(self, commits: Iterable[Commit], tip: str = "") -> None:
        # Git takes longer to tell of a commit than Python to put it where it belongs.
        self.commits: dict[str, Commit] = {}
        self._order: dict[str, int] = {}
        for number, commit in enumerate(commits):
            self.commits[commit.oid] = commit
            self._order[commit.oid] = number
        self.main: list[str] = []
        self.positions: dict[str, int] = {}
        self.arrivals: dict[str, int] = {}
        self.lines: dict[str, str] = {}
        self._versions: dict[str, int] = {}
        self._last = ("", Reach(-1))
        self._tip = tip or next(iter(self.commits))
        self._find_main()
        self._place_others()

    def _find_main(self) -> None:
        at: str | None = self._tip
        while at is not None:
            self.main.append(at)
            parents = self.commits[at].parents
            at = parents[0] if parents else None
        self.main.reverse()
        self.positions = {oid: position for position, oid in enumerate(self.main)}

    def _place_others(self) -> None:
        for oid in self.main:
            if len(self.commits[oid].parents) > 1:
                for brought in self._behind(oid):
                    self.arrivals[brought] = self.positions[oid]
                self._find_lines(oid)

    def _behind(self, merge: str) -> set[str]:
        """Return the commits that came in by a merge."""
        found: set[str] = set()
        waiting = list(self.commits[merge].parents[1:])
        while waiting:
            oid = waiting.pop()
            if oid not in self.positions and oid not in self.arrivals and oid not in found:
                found.add(oid)
                waiting += self.commits[oid].parents
        return found

    def _find_lines(self, merge: str) -> None:
        """Note the line of a merge, and those of merges on it."""
        waiting = [merge]
        while waiting:
            at = waiting.pop()
            line = []
            parents = self.commits[at].parents
            other = parents[1] if len(parents) > 1 else ""
            while other in self.arrivals and other not in self.lines:
                line.append(other)
                self.lines[other] = at
                other = next(iter(self.commits[other].parents), "")
            waiting += line

    def main_positions(self) -> Iterable[tuple[str, int]]:
        """Return the commits of main that are read here, each with its position, the first one first."""
        return self.positions.items()

    def position_of(self, oid: str) -> int:
        """Return where on main a commit is, or came in."""
        return self.positions[oid] if oid in self.positions else self.arrivals[oid]

    def in_order(self) -> Iterator[Commit]:
        """Yield all commits, each after its parents: by position, and what a merge brought before the merge."""
        brought: dict[int, list[str]] = {}
        for oid, position in self.arrivals.items():
            brought.setdefault(position, []).append(oid)
        for oid in self.main:
            others = brought.get(self.positions[oid])
            if others is not None:
                for other in sorted(others, key=self._order.__getitem__, reverse=True):
                    yield self.commits[other]
            yield self.commits[oid]

    def reach(self, oid: str | None) -> Reach:
        """Return what lies behind a commit, itself included; None has nothing behind it."""
        if oid is None:
            return Reach(-1)
        # What lies behind a commit is mostly asked for right after what lies behind its parent.
        last, found = self._last
        if last != oid:
            found = self._reach(oid, last, found)
            self._last = (oid, found)
        return found

    def _reach(self, oid: str, last: str, of_last: Reach) -> Reach:
        if oid in self.positions:
            return Reach(self.positions[oid], _NONE)
        if self.commits[oid].parents == (last,):
            return Reach(of_last.position, of_last.beside | {oid})
        beside: set[str] = set()
        position = -1
        waiting = [oid]
        while waiting:
            at = waiting.pop()
            if at in self.positions:
                position = max(position, self.positions[at])
            elif at not in beside:
                beside.add(at)
                waiting += self.commits[at].parents
        return Reach(position, frozenset(beside))

    def is_straight(self, oid: str) -> bool:
        """Say whether a commit leads back to main by first parents alone, without a merge on the way."""
        at = oid
        while at not in self.positions:
            parents = self.commits[at].parents
            if len(parents) != 1:
                return False
            at = parents[0]
        return True

    def fork(self, oid: str) -> str:
        """Return the first commit of main among a commit's first parents; an empty text where there is none."""
        at = oid
        while at not in self.positions:
            parents = self.commits[at].parents
            if not parents:
                return ""
            at = parents[0]
        return at

    def version_at(self, oid: str | None) -> int:
        """Return the number of the newest policy version that the files of a commit hold, 0 where there is none."""
        if oid in self._versions:
            return self._versions[oid]
        way = []
        at = oid
        while at is not None and at in self.commits and at not in self._versions:
            way.append(at)
            parents = self.commits[at].parents
            at = parents[0] if parents else None
        number = 0 if at is None else self._versions[at] if at in self._versions else self._version_before(at)
        for one in reversed(way):
            for change in self.commits[one].changes:
                if change.new_oid is not None and (added := version_number(change.path)) is not None:
                    number = max(number, added)
            self._versions[one] = number
        return number

    def _version_before(self, oid: str) -> int:
        """Return the newest version at a commit behind those in hand; a whole history has none."""
        raise KeyError(oid)
