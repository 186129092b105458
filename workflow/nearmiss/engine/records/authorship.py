"""Who wrote what, as git tells it: the authors of each section since it was sealed, and its highest values."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from nearmiss.engine.ports import REGULAR_FILE, Identity
from nearmiss.models.assessment import LEVELS
from nearmiss.models.ids import folder_of
from nearmiss.models.sections import SECTIONS
from nearmiss.policy.dossier import get
from nearmiss.policy.facts import NEVER_ASSESSED, Authorship, Held
from nearmiss.policy.guards.context import rank
from nearmiss.policy.signing import Proof, handles_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Change, Commit, TreeEntry
    from nearmiss.models.people import People
    from nearmiss.policy.dossier import Dossier, SignedFile
    from nearmiss.policy.standing import Standing
    from nearmiss.policy.workflow import Workflow

ANONYMOUS = Identity(name="Anonymous", email="anonymous@nearmiss.invalid")
"""The author and committer of reports without a name: nobody's address, and nobody's time zone."""

PARTS = ("title", *SECTIONS)


@dataclass(frozen=True, kw_only=True)
class Writing:
    """One commit's change to a record: what it said before and after, and who claims to have written it."""

    commit: Commit
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def email(self) -> str:
        """The address of who claims to have written it."""
        return self.commit.author.identity.email

    def touches(self, part: str) -> bool:
        """Say whether a part differs."""
        return self.before.get(part) != self.after.get(part)


def writings(desk: Desk, path: str, tips: Sequence[str], *, without: Sequence[str] = ()) -> Iterator[Writing]:
    """Yield every commit that changed a record file in its own right, newest first.

    A merge that takes a side's version as it is has written nothing; one that says something else than all its parents
    is its author's own writing, wherever it was hidden.
    """
    for commit in desk.walk(tips, without=without, paths=[path]):
        for change in commit.changes:
            if change.path != path or taken_over(desk, commit, path, change.new_oid):
                continue
            yield Writing(
                commit=commit,
                before=read_version_of(desk, change.old_mode, change.old_oid),
                after=read_version_of(desk, change.new_mode, change.new_oid),
            )


def taken_over(desk: Desk, commit: Commit, path: str, oid: str | None) -> bool:
    """Say whether a merge merely takes over what a side that it merges has done at a path.

    A side has done something there only if it differs from where it parted from the first parent. Bringing back an old
    version, which is behind the first parent already, is the writing of whoever merges.
    """
    for parent in commit.parents[1:]:
        if _blob_at(desk, parent, path) != oid:
            continue
        parted = desk.repository.merge_bases(commit.parents[0], parent)
        if all(_blob_at(desk, base, path) != oid for base in parted):
            return True
    return False


def choices(desk: Desk, path: str, *, base: str, tip: str) -> Iterator[Writing]:
    """Yield the merges of a request that keep one side of a path although another has changed it since they parted.

    Such a merge may show no change against its first parent; the choice is its author's own writing all the same.
    """
    for commit in desk.walk([tip], without=[base], paths=()):
        if len(commit.parents) < 2:  # noqa: PLR2004 - an ordinary commit has one
            continue
        kept = entry_at(desk, commit.oid, path)
        for parent in overridden(desk, commit, path):
            given_up = entry_at(desk, parent, path)
            yield Writing(
                commit=commit,
                before=read_version_of(desk, given_up.mode, given_up.oid) if given_up else {},
                after=read_version_of(desk, kept.mode, kept.oid) if kept else {},
            )


def overridden(desk: Desk, commit: Commit, path: str) -> list[str]:
    """Return the parents of a merge whose own change of a path does not stand in it."""
    result = _blob_at(desk, commit.oid, path)
    blobs = {parent: _blob_at(desk, parent, path) for parent in commit.parents}
    holders = [parent for parent, blob in blobs.items() if blob == result]

    def unchanged_since(parent: str, holder: str) -> bool:
        parted = desk.repository.merge_bases(parent, holder)
        return bool(parted) and all(_blob_at(desk, base, path) == blobs[parent] for base in parted)

    return [
        parent
        for parent, blob in blobs.items()
        if blob != result and not any(unchanged_since(parent, holder) for holder in holders)
    ]


def _blob_at(desk: Desk, commit: str, path: str) -> str | None:
    entry = entry_at(desk, commit, path)
    return entry.oid if entry else None


def entry_at(desk: Desk, commit: str, path: str) -> TreeEntry | None:
    """Return a file as a commit has it, None where it has none."""
    return next((entry for entry in desk.repository.tree(commit).entries(path) if entry.path == path), None)


def read_version_of(desk: Desk, mode: str, oid: str | None) -> dict[str, Any]:
    """Return the plain data of a past version; an empty mapping where there was none or it is no record."""
    if oid is None or mode != REGULAR_FILE:
        return {}
    if oid not in desk.read_already:
        reading = desk.documents.read(desk.read_blob(oid))
        sound = reading.data is not None and not reading.findings
        desk.read_already[oid] = reading.data if sound and reading.data is not None else {}
    return desk.read_already[oid]


def derive_authorship(
    desk: Desk, dossier: Dossier, past: Standing, people: People, *, base: str | None, tip: str
) -> Authorship:
    """Derive from git who contributed to each part of a record since it was last sealed, up to `tip`.

    The movers are the authors of commits since `base` that change the state. Author addresses are claims; mapping them
    to people only ever takes away the right to approve, so a forged one gains nobody anything.
    """
    sealing = _sealing_commits(desk, dossier, base or tip)
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for part in PARTS:
        seal = past.seals.get(part)
        groups[tuple(sealing.get(seal.seq, ())) if seal else ()].append(part)
    found = Writers(people)
    everything = list(writings(desk, dossier.path, [tip]))
    everything += choices(desk, dossier.path, base=base, tip=tip) if base is not None else ()
    for without, parts in groups.items():
        before = _reached(desk, dossier.path, without)
        for writing in everything:
            if writing.commit.oid not in before:
                found.add(writing, parts)
    if base is not None:
        before = _reached(desk, dossier.path, (base,))
        for writing in everything:
            if writing.commit.oid not in before:
                found.add_mover(writing)
    return found.authorship()


def _reached(desk: Desk, path: str, tips: Sequence[str]) -> frozenset[str]:
    """Return the commits that changed a path and lie behind some others, these included."""
    return frozenset(commit.oid for commit in desk.walk(tips, paths=[path])) if tips else frozenset()


class Written(Protocol):
    """A change to a record: what it said before and after, and the address of who claims to have written it."""

    @property
    def email(self) -> str:
        """The address."""
        ...

    @property
    def before(self) -> Mapping[str, Any]:
        """What the record said before; empty where there was none."""
        ...

    def touches(self, part: str) -> bool:
        """Say whether a part differs."""
        ...


class Writers:
    """Who wrote which part, gathered from one change after the other."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._by_part: dict[str, set[str]] = defaultdict(set)
        self._strangers: dict[str, set[str]] = defaultdict(set)
        self._movers: set[str] = set()

    def add(self, writing: Written, parts: Sequence[str]) -> None:
        """Count a change's author as one who wrote such of the parts as it touches."""
        self.count(writing.email, [part for part in parts if writing.touches(part)])

    def count(self, email: str, touched: Sequence[str]) -> None:
        """Count whose address it is as one who wrote some parts."""
        if not touched:
            return
        person = self._people.by_email(email)
        for part in touched:
            if person is not None:
                self._by_part[part].add(person.handle)
            else:
                self._strangers[part].add(email)

    def add_mover(self, writing: Written) -> None:
        """Count a change's author as one who moved the record, where it changes the state."""
        if not (writing.touches("state") and writing.before):
            return
        person = self._people.by_email(writing.email)
        if person is not None:
            self._movers.add(person.handle)
        else:
            self._strangers["state"].add(writing.email)

    def authorship(self) -> Authorship:
        """Return what was gathered."""
        return Authorship(
            known=True,
            by_part={part: frozenset(handles) for part, handles in self._by_part.items()},
            strangers={part: frozenset(emails) for part, emails in self._strangers.items()},
            movers=frozenset(self._movers),
        )


def _sealing_commits(desk: Desk, dossier: Dossier, tip: str) -> dict[int, list[str]]:
    """Return, for each step, the commits that first brought in its approvals as they are.

    The first, since taking a sign-off out and putting it back must not hide what was written in between.
    """
    found: dict[int, list[str]] = defaultdict(list)
    folder = f"{folder_of(dossier.path)}sign-offs/"
    seqs = {file.path: int(file.statement["seq"]) for file in dossier.sign_offs}
    present = {entry.path: entry.oid for entry in desk.repository.tree(tip).entries(folder)} if seqs else {}
    first: dict[str, str] = {}
    for commit in desk.walk([tip], paths=[folder]) if seqs else ():
        for change in commit.changes:
            if change.path in seqs and change.new_oid is not None and change.new_oid == present.get(change.path):
                first[change.path] = commit.oid
    for path, oid in first.items():
        found[seqs[path]].append(oid)
    return found


def derive_held(desk: Desk, path: str, base: str, workflow: Workflow) -> Held:
    """Return what a record ever held on the main branch, drafts included: its highest severity potential and level.

    And, for the paths that keep people from signing, who stood there while the section was sealed: owners of earlier
    plans, leads of earlier investigations.
    """
    return held_among((writing.after for writing in writings(desk, path, [base])), workflow)


def held_among(versions: Iterable[Mapping[str, Any]], workflow: Workflow, before: Held = NEVER_ASSESSED) -> Held:
    """Return what versions of a record held: the highest values, and who stood where that keeps from signing.

    `before` is what others held under the same workflow.
    """
    severity, level = before.severity_potential, before.level
    handles = dict(before.handles)
    barring = workflow.barring_paths
    for after in versions:
        number, word = get(after, "assessment", "severity_potential"), get(after, "assessment", "level")
        severity = max(severity, number if type(number) is int and number in SCALE else 0)
        level = max(level, word if isinstance(word, str) and word in LEVELS else level, key=rank)
        for one, states in barring.items():
            state = after.get("state")
            if isinstance(state, str) and state in states:
                found = handles_at(after, one)
                if one not in handles or not found <= handles[one]:
                    handles[one] = handles.get(one, _NOBODY) | found
    return Held(severity_potential=severity, level=level, handles=handles)


_NOBODY: frozenset[str] = frozenset()


SCALE = range(1, 6)


def derive_proofs(
    desk: Desk, folder: str, people: People, *, base: str, tip: str, files: Iterable[str]
) -> dict[str, Proof]:
    """Return for each sign-off file that is new since `base` whose address the commit carries that brought its words.

    What no commit of the request brings, and what was taken out or said otherwise by the same person after that, is
    nobody's word. Other words at the same place, by others, say nothing of those that a merge has chosen.
    """
    whose: dict[str, str] = {}
    later: dict[str, set[str]] = {path: set() for path in files}
    present = {entry.path: entry.oid for entry in desk.repository.tree(tip).entries(folder)} if later else {}
    for commit in desk.walk([tip], without=[base], paths=[folder]):
        for change in commit.changes:
            path = change.path
            if path not in later or path in whose or taken_over(desk, commit, path, change.new_oid):
                continue
            person = people.by_email(commit.author.identity.email)
            handle = person.handle if person else ""
            if change.new_oid is None:
                whose[path] = ""
            elif change.new_oid == present.get(path):
                whose[path] = "" if handle in later[path] else handle
            else:
                later[path].add(handle)
    return {path: Proof(claimed_by=whose.get(path, "")) for path in later}


def outdated_reviews(
    desk: Desk, sign_offs: Iterable[SignedFile], proofs: Mapping[str, Proof], *, base: str, tip: str
) -> dict[str, Proof]:
    """Return what is known of files, with what keeps the review that one speaks of from being one of the tip.

    A review is of the commit that the forge showed. It holds while nothing was added since but sign-offs beside it.
    """
    known = dict(proofs)
    for file in sign_offs:
        review = file.statement.get("review")
        if review and file.path in known:
            folder = f"{file.path.rpartition('/')[0]}/"
            known[file.path] = replace(
                known[file.path], outdated=_outdated(desk, str(review["head"]), folder, base, tip)
            )
    return known


_COMMIT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def _outdated(desk: Desk, head: str, folder: str, base: str, tip: str) -> str:
    if _COMMIT_ID.fullmatch(head) is None:
        return f"it speaks of the review of {head[:40]!a}, which is no commit"
    proposed = {commit.oid for commit in desk.walk([tip], without=[base], paths=())}
    if head not in proposed:
        return f"it speaks of the review of {head[:12]}, which is no commit of this proposal"
    later = [change for change in desk.repository.changes(head, tip) if not _is_added_beside(change, folder)]
    if later:
        return f"since the commit that was reviewed, {head[:12]}, {later[0].path} changed"
    return ""


def _is_added_beside(change: Change, folder: str) -> bool:
    return change.path.startswith(folder) and change.old_oid is None
