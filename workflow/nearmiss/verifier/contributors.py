"""Who wrote what, by the commits that brought it: the sections that each changed by its author's own will."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nearmiss.verifier.classes import class_of
from nearmiss.verifier.objects import Entry, Objects
from nearmiss.verifier.plain import digest
from nearmiss.verifier.policy import Policy
from nearmiss.verifier.policy_changes import SIGN_OFFS
from nearmiss.verifier.records import Reader, key_of
from nearmiss.verifier.steps import Derived


@dataclass(frozen=True, kw_only=True)
class Touched:
    """What one commit changed: of each record the parts, the records that it made, and paths."""

    email: str
    parts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    born: frozenset[str] = frozenset()
    paths: Mapping[str, Entry | None] = field(default_factory=dict)

    def may_be_squash(self, key: str) -> bool:
        """Return whether it brings a record's content with sign-offs: its author may be whoever merged them."""
        of_record = {path: entry for path, entry in self.paths.items() if key_of(path) == key}
        signed = {path for path, entry in of_record.items() if "/sign-offs/" in path and entry is not None}
        return bool(signed) and any("/sign-offs/" not in path for path in of_record)


class Authors:
    """Knows of each commit when it came to be part of the main branch, and what it touched."""

    def __init__(self, objects: Objects, reader: Reader) -> None:
        self.objects = objects
        self.reader = reader
        self.joined: dict[str, int] = {}
        self._count = 0
        self._latest = ""
        self._touched: dict[str, Touched] = {}

    def fresh(self, upto: str) -> list[str]:
        """Return all commits that a commit brings and that were not part of the main branch before."""
        found, waiting = dict.fromkeys([upto] if upto not in self.joined else []), [upto]
        while waiting:
            for parent in self.objects.commit(waiting.pop()).parents:
                if parent not in self.joined and parent not in found:
                    found[parent] = None
                    waiting.append(parent)
        return list(found)

    def join(self, oid: str) -> None:
        """Note that a commit, and all that it brings, is now part of the main branch."""
        self.joined |= dict.fromkeys(self.fresh(oid), self._count)
        self._count += 1
        self._latest = oid

    def reachable(self, upto: str) -> set[str]:
        """Return a commit and all that lie behind it."""
        found, waiting = {upto}, [upto]
        while waiting:
            for parent in self.objects.commit(waiting.pop()).parents:
                if parent not in found:
                    found.add(parent)
                    waiting.append(parent)
        return found

    def fork(self, one: str, other: str) -> str | None:
        """Return the last commit that two have in common, if there is exactly one."""
        if one == self._latest and one in self.joined and other not in self.joined:
            behind = {parent for oid in self.fresh(other) for parent in self.objects.commit(oid).parents}
            border = behind & self.joined.keys()
            if len(border) == 1:  # all that they have in common lies behind it
                return border.pop()
        common = self.reachable(one) & self.reachable(other)
        best = common - {behind for oid in common for behind in self.objects.commit(oid).parents}
        return best.pop() if len(best) == 1 else None

    def touched(self, oid: str) -> Touched:
        """Return what a commit changed; of a merge, what does not follow from its sides."""
        if oid not in self._touched:
            commit = self.objects.commit(oid)
            trees = [self.objects.commit(parent).tree for parent in commit.parents] or [""]
            diffs = [self.objects.changed(tree, commit.tree) for tree in trees]
            paths = {path: pair[1] for diff in diffs for path, pair in diff.items()}
            fork = self._forked(commit.parents) if len(trees) > 1 and paths else ""
            own = {path: now for path, now in paths.items() if self._is_own(path, [*trees, commit.tree], fork)}
            parts = {
                key_of(path): frozenset(self._parts(path, trees, commit.tree, fork))
                for path in own
                if path == f"{key_of(path)}.yaml"
            }
            born = {
                key for key in parts if all(diff[f"{key}.yaml"][0] is None for diff in diffs if f"{key}.yaml" in diff)
            }
            self._touched[oid] = Touched(email=commit.email, parts=parts, born=frozenset(born), paths=own)
        return self._touched[oid]

    def _forked(self, parents: Sequence[str]) -> str | None:
        """Return the tree of the one commit from which two sides of a merge come; None where there is none."""
        oid = self.fork(*parents) if len(parents) == 2 else None  # noqa: PLR2004 - more sides than two have no one fork
        return self.objects.commit(oid).tree if oid else None

    def _is_own(self, path: str, trees: Sequence[str], fork: str | None) -> bool:
        """Return whether a commit (the last tree) says of a path what does not follow from its parents."""
        *sides, now = [self.objects.find_entry(tree, path) if tree else None for tree in trees]
        before = self.objects.find_entry(fork, path) if fork else None
        return _own(sides, now, before, known=fork is not None)

    def _parts(self, path: str, trees: Sequence[str], tree: str, fork: str | None) -> Iterator[str]:
        now, olds = self.reader.data_at(tree, path), [self.reader.data_at(old, path) for old in trees]
        before = self.reader.data_at(fork, path) if fork else {}
        for name in {*now, *before, *(name for old in olds for name in old)}:
            seals = [digest(data[name]) if name in data else None for data in (*olds, now, before)]
            if _own(seals[: len(olds)], seals[-2], seals[-1], known=fork is not None):
                yield name

    def _since(self, position: int, upto: str) -> list[tuple[int, str]]:
        later = [(at, oid) for oid, at in self.joined.items() if at > position]
        return later + [(self._count, oid) for oid in self.fresh(upto)]

    def of_record(self, key: str, policy: Policy, *, since: Mapping[str, int], moved_since: int, upto: str) -> Derived:
        """Return who wrote sections of a record after those positions, and who moved its state."""
        handles: set[str] = set()
        unknown: set[str] = set()
        for at, oid in self._since(min([moved_since, *since.values()]), upto):
            touched = self.touched(oid)
            if touched.may_be_squash(key):
                continue
            parts = touched.parts.get(key, frozenset())
            wrote = {name for name in parts & since.keys() if at > since[name]}
            if "state" in parts and at > moved_since and key not in touched.born:
                wrote.add("state")
            author = policy.author(touched.email)
            if author and wrote:
                handles.add(author)
            elif wrote - {"report"} and not (key in touched.born and wrote <= {"report", "title"}):
                unknown.add(touched.email)
        return Derived(handles=frozenset(handles), unknown=frozenset(unknown))

    def of_policy(self, policy: Policy, *, since: int, upto: str) -> Derived:
        """Return who changed policy paths after a position, other than by signing."""
        handles: set[str] = set()
        unknown: set[str] = set()
        for _, oid in self._since(since, upto):
            touched = self.touched(oid)
            if any(class_of(path, policy) == "policy" and not path.startswith(SIGN_OFFS) for path in touched.paths):
                author = policy.author(touched.email)
                (handles if author else unknown).add(author or touched.email)
        return Derived(handles=frozenset(handles), unknown=frozenset(unknown))

    def _adding(self, path: str, upto: str) -> list[str]:
        """Return the commits on the way to one that brought a file as it now lies there."""
        entry = self.objects.find_entry(self.objects.commit(upto).tree, path)
        return [oid for oid in self.fresh(upto) if self.touched(oid).paths.get(path) == entry]

    def who_added(self, path: str, upto: str) -> set[str]:
        """Return the addresses under which a file was added."""
        return {self.touched(oid).email for oid in self._adding(path, upto)}

    def squashed(self, path: str, before: str, after: str) -> bool:
        """Return whether one plain commit of the main line brought a sign-off with what it signs, if that is new."""
        record = f"{path.partition('/sign-offs/')[0]}.yaml"
        trees = (self.objects.commit(oid).tree for oid in (before, after))
        is_signed_as_it_was = path.startswith("records/") and record not in self.objects.changed(*trees)
        return any(
            len(self.objects.commit(oid).parents) == 1
            and self._on_the_line(oid, before, after)
            and (is_signed_as_it_was or any("/sign-offs/" not in other for other in self.touched(oid).paths))
            for oid in self._adding(path, after)
        )

    def _on_the_line(self, oid: str, before: str, after: str) -> bool:
        while after != before and self.objects.commit(after).parents:
            if after == oid:
                return True
            after = self.objects.commit(after).parents[0]
        return False


def _own(sides: Sequence[object], now: object, before: object, *, known: bool) -> bool:
    """Return whether what stands now is the author's own: no side's only change, and not what all sides say."""
    if len(set(sides)) == 1:
        return now != sides[0]
    moved = {side for side in sides if side != before} if known else set()
    return moved != {now}
