"""Who wrote what, by the commits that brought it: the sections that each changed against all of its parents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from nearmiss.verifier.objects import Entry, Objects
from nearmiss.verifier.plain import digest
from nearmiss.verifier.policy import FOLDER, Policy
from nearmiss.verifier.policy_changes import SIGN_OFFS, class_of
from nearmiss.verifier.records import Reader, key_of
from nearmiss.verifier.steps import Derived


@dataclass(frozen=True, kw_only=True)
class Touched:
    """What one commit changed: of each record the parts, the records that it made, and paths."""

    email: str
    parts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    born: frozenset[str] = frozenset()
    paths: Mapping[str, Entry | None] = field(default_factory=dict)


class Authors:
    """Knows of each commit when it came to be part of the main branch, and what it touched."""

    def __init__(self, objects: Objects, reader: Reader) -> None:
        self.objects = objects
        self.reader = reader
        self.joined: dict[str, int] = {}
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
        position = max(self.joined.values(), default=-1) + 1
        self.joined |= dict.fromkeys(self.fresh(oid), position)

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
        common = self.reachable(one) & self.reachable(other)
        best = common - {behind for oid in common for behind in self.objects.commit(oid).parents}
        return best.pop() if len(best) == 1 else None

    def touched(self, oid: str) -> Touched:
        """Return what a commit changed against every one of its parents."""
        if oid not in self._touched:
            commit = self.objects.commit(oid)
            trees = [self.objects.commit(parent).tree for parent in commit.parents] or [""]
            diffs = [self.objects.changed(tree, commit.tree) for tree in trees]
            paths = {path: pair[1] for path, pair in diffs[0].items() if all(path in diff for diff in diffs)}
            parts, born = {}, set()
            for path in paths:
                key = key_of(path)
                if path == f"{key}.yaml":
                    parts[key] = frozenset(self._parts(path, trees, commit.tree))
                    if all(diff[path][0] is None for diff in diffs):
                        born.add(key)
            self._touched[oid] = Touched(email=commit.email, parts=parts, born=frozenset(born), paths=paths)
        return self._touched[oid]

    def _parts(self, path: str, trees: Iterable[str], tree: str) -> Iterator[str]:
        now, olds = self.reader.data_at(tree, path), [self.reader.data_at(old, path) for old in trees]
        for name in {*now, *(name for old in olds for name in old)}:
            seals = [digest(old[name]) if name in old else "" for old in olds]
            if (digest(now[name]) if name in now else "") not in seals:
                yield name

    def _since(self, position: int, upto: str) -> list[tuple[int, str]]:
        later = [(at, oid) for oid, at in self.joined.items() if at > position]
        return later + [(len(self.joined) + 1, oid) for oid in self.fresh(upto)]

    def of_record(self, key: str, policy: Policy, *, since: Mapping[str, int], moved_since: int, upto: str) -> Derived:
        """Return who wrote sections of a record after those positions, and who moved its state."""
        handles: set[str] = set()
        unknown: set[str] = set()
        for at, oid in self._since(min([moved_since, *since.values()]), upto):
            touched = self.touched(oid)
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

    def _adding(self, path: str, before: str, after: str) -> list[str]:
        """Return the commits between two that brought a file as it now lies there."""
        entry = self.objects.find_entry(self.objects.commit(after).tree, path)
        between = self.reachable(after) - self.reachable(before)
        return [oid for oid in between if self.touched(oid).paths.get(path) == entry]

    def who_added(self, path: str, before: str, after: str) -> set[str]:
        """Return the addresses under which a file was added."""
        return {self.touched(oid).email for oid in self._adding(path, before, after)}

    def squashed(self, path: str, before: str, after: str) -> bool:
        """Return whether one plain commit brought a sign-off together with what it signs."""
        return any(
            len(self.objects.commit(oid).parents) == 1
            and self._on_the_line(oid, before, after)
            and any(
                "/sign-offs/" not in other and not other.startswith(FOLDER + "/sign-offs/")
                for other in self.touched(oid).paths
            )
            for oid in self._adding(path, before, after)
        )

    def _on_the_line(self, oid: str, before: str, after: str) -> bool:
        while after != before and self.objects.commit(after).parents:
            if after == oid:
                return True
            after = self.objects.commit(after).parents[0]
        return False
