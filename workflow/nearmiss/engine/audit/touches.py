"""Touches: what each commit changed of one subject, a record or the policy, with all that judging it asks of git."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from nearmiss.engine.audit.history import Reach
from nearmiss.engine.ports import Change
from nearmiss.engine.records.authorship import entry_at, overridden, taken_over
from nearmiss.models.ids import POLICY_SUBJECT, RECORDS, id_of_path, is_record_path
from nearmiss.policy.paths import class_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from nearmiss.engine.audit.history import History
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Commit
    from nearmiss.policy.settings import Settings


NOTHING = "000000"
NO_LINE = "-"

_NONE: frozenset[str] = frozenset()


class Touch(NamedTuple):
    """One commit's change of a subject.

    `line` is empty on main, else the merge whose line the commit is on, or `-` for none. `policy` is the newest version
    that the commit's first parent holds. `taken` are the paths at which a merge has only taken over what a side did.
    """

    commit: str
    position: int
    line: str
    parents: int
    name: str
    email: str
    when: str
    policy: int
    base: Reach
    reach: Reach
    changes: tuple[Change, ...]
    taken: frozenset[str]

    @property
    def is_on_main(self) -> bool:
        """Whether the commit is one of main's own."""
        return not self.line

    def adds(self, path: str, oid: str) -> bool:
        """Say whether the commit itself writes a file as it is: by the blob, since others may lie at its place."""
        return path not in self.taken and any(one.path == path and one.new_oid == oid for one in self.changes)

    def is_in(self, reach: Reach) -> bool:
        """Say whether the commit lies behind another one, or is that one."""
        if self.position <= reach.position:
            return True
        return not self.is_on_main and self.commit in reach.beside


def subject_of_path(path: str, settings: Settings) -> str:
    """Return what a path is part of: the id of a record, `policy`, or nothing that is judged by itself."""
    if is_record_path(path):
        return str(id_of_path(path))
    if path.startswith(RECORDS) and path.endswith(".yaml") and "/sign-offs/" in path:
        return id_of_path(path) or ""
    if class_of(path, settings) == "policy":
        return POLICY_SUBJECT
    return id_of_path(path) or ""


class Touches:
    """Gathers the touches of all subjects from a history; `settings_at` gives those in force under a version."""

    def __init__(self, desk: Desk, history: History, settings_at: Callable[[int], Settings]) -> None:
        self._desk = desk
        self._history = history
        self._settings_at = settings_at
        self._subjects: dict[tuple[str, int], str] = {}
        self._on_main: dict[str, list[tuple[int, str | None]]] = defaultdict(list)
        self.dropped: list[tuple[str, str, str]] = []
        """Commit, subject and path of what a merge left out although only its other side had changed it."""

    def subjects(self) -> set[str]:
        """Return what the commits touch."""
        return {
            self._subject(change.path, self._history.version_at(commit.parents[0] if commit.parents else None))
            for commit in self._history.in_order()
            for change in commit.changes
        } - {""}

    def recall(self, touches: Sequence[Touch]) -> None:
        """Take in what main held of a subject before the history in hand."""
        for touch in touches:
            for change in touch.changes if touch.is_on_main else ():
                self._on_main[change.path].append((touch.position, change.new_oid))

    def gather(self) -> Mapping[str, Sequence[Touch]]:
        """Return the touches of each subject, each after those that lie behind it."""
        found: dict[str, list[Touch]] = defaultdict(list)
        brought: list[tuple[str, Change]] = []
        merges: list[Commit] = []
        for commit in self._history.in_order():
            first = commit.parents[0] if commit.parents else None
            policy = self._history.version_at(first)
            by_subject: dict[str, list[Change]] = {}
            for change in commit.changes:
                if subject := self._subject(change.path, policy):
                    by_subject.setdefault(subject, []).append(change)
            on_main = commit.oid in self._history.positions
            for subject, changes in by_subject.items():
                found[subject].append(self._touch(commit, first, policy, changes, on_main=on_main))
                brought += [] if on_main else [(subject, change) for change in changes]
            if on_main:
                self._note(commit)
                if brought:
                    self._judge_sides(commit, brought)
                    for subject, touch in self._choices(merges, brought):
                        found[subject].append(touch)
                    brought, merges = [], []
            elif len(commit.parents) > 1:
                merges.append(commit)
        return {subject: _only_known(touches) for subject, touches in found.items()}

    def _subject(self, path: str, policy: int) -> str:
        key = (path, policy)
        subject = self._subjects.get(key)
        if subject is None:
            subject = self._subjects[key] = subject_of_path(path, self._settings_at(policy))
        return subject

    def _touch(
        self,
        commit: Commit,
        first: str | None,
        policy: int,
        changes: list[Change],
        *,
        on_main: bool,
        chosen: bool = False,
    ) -> Touch:
        history = self._history
        taken = _NONE
        if not chosen and len(commit.parents) > 1:
            taken = frozenset(one.path for one in changes if self._is_taken(commit, one, on_main=on_main))
        identity = commit.author.identity
        return Touch(
            commit.oid,
            history.position_of(commit.oid),
            "" if on_main else NO_LINE if chosen else history.lines.get(commit.oid, NO_LINE),
            len(commit.parents),
            identity.name,
            identity.email,
            commit.committer.when.isoformat(),
            policy,
            history.reach(first),
            history.reach(commit.oid),
            tuple(changes),
            taken,
        )

    def _choices(self, merges: Sequence[Commit], brought: Sequence[tuple[str, Change]]) -> Iterator[tuple[str, Touch]]:
        """Yield the merges on a line that keep one side of a record although another has changed it.

        The choice is its author's own writing, though the merge may differ from none of its parents there.
        """
        records = dict.fromkeys((subject, one.path) for subject, one in brought if is_record_path(one.path))
        for merge in merges:
            for subject, path in records:
                for parent in overridden(self._desk, merge, path):
                    change = self._given_up(parent, merge.oid, path)
                    policy = self._history.version_at(merge.parents[0])
                    yield subject, self._touch(merge, merge.parents[0], policy, [change], on_main=False, chosen=True)

    def _given_up(self, parent: str, merge: str, path: str) -> Change:
        was, now = (entry_at(self._desk, oid, path) for oid in (parent, merge))
        return Change(
            path=path,
            old_mode=was.mode if was else NOTHING,
            new_mode=now.mode if now else NOTHING,
            old_oid=was.oid if was else None,
            new_oid=now.oid if now else None,
        )

    def _is_taken(self, commit: Commit, change: Change, *, on_main: bool) -> bool:
        other = commit.parents[1]
        if on_main and len(commit.parents) == 2 and self._history.is_straight(other):  # noqa: PLR2004 - one branch merged
            fork = self._history.positions[self._history.fork(other)]
            return self._blob(other, change.path) == change.new_oid != self._blob_on_main(change.path, fork)
        return taken_over(self._desk, commit, change.path, change.new_oid)

    def _note(self, commit: Commit) -> None:
        position = self._history.positions[commit.oid]
        for change in commit.changes:
            self._on_main[change.path].append((position, change.new_oid))

    def _blob(self, oid: str, path: str) -> str | None:
        """Return the blob at a path of a commit: what the nearest first parent that touched it made of it."""
        at = oid
        while at not in self._history.positions:
            commit = self._history.commits[at]
            for change in commit.changes:
                if change.path == path:
                    return change.new_oid
            if not commit.parents:
                return None
            at = commit.parents[0]
        return self._blob_on_main(path, self._history.positions[at])

    def _blob_on_main(self, path: str, position: int) -> str | None:
        for when, oid in reversed(self._on_main.get(path, ())):
            if when <= position:
                return oid
        return None

    def _judge_sides(self, merge: Commit, brought: Sequence[tuple[str, Change]]) -> None:
        """Note where a merge leaves out what only its other side had changed."""
        position = self._history.positions[merge.oid]
        for subject, path in dict.fromkeys((subject, change.path) for subject, change in brought):
            ours, now = self._blob_on_main(path, position - 1), self._blob_on_main(path, position)
            if ours != now:
                continue
            for other in merge.parents[1:]:
                fork = self._history.reach(other).position
                if self._blob(other, path) != now == self._blob_on_main(path, fork):
                    self.dropped.append((merge.oid, subject, path))


def _only_known(touches: list[Touch]) -> list[Touch]:
    """Keep of what lies behind each only what touches the same subject: nothing else is ever asked for."""
    known = {touch.commit for touch in touches if not touch.is_on_main}

    def kept(reach: Reach) -> Reach:
        return Reach(reach.position, reach.beside & known)

    return [
        touch._replace(base=kept(touch.base), reach=kept(touch.reach))
        if touch.base.beside or touch.reach.beside
        else touch
        for touch in touches
    ]
