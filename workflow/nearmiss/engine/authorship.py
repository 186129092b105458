"""Who wrote what, as git tells it: the authors of each section since it was sealed, and its highest values."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.engine.ports import Identity
from nearmiss.models.ids import folder_of
from nearmiss.models.record import SECTIONS
from nearmiss.policy.dossier import get
from nearmiss.policy.guards.context import rank
from nearmiss.policy.signing import Proof
from nearmiss.policy.step import Authorship, Held

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Commit
    from nearmiss.models.people import People
    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.standing import Standing

ANONYMOUS = Identity(name="Anonymous", email="anonymous@nearmiss.invalid")
"""The author and committer of reports without a name: nobody's address, and nobody's time zone."""

PARTS = ("title", *SECTIONS)


@dataclass(frozen=True, kw_only=True)
class Writing:
    """One commit's change to a record: what it said before and after, and who claims to have written it."""

    commit: Commit
    before: Mapping[str, Any]
    after: Mapping[str, Any]

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
                before=read_blob(desk, change.old_oid),
                after=read_blob(desk, change.new_oid),
            )


def taken_over(desk: Desk, commit: Commit, path: str, oid: str | None) -> bool:
    """Say whether a commit merely takes over what a side that it merges has at a path."""
    for parent in commit.parents[1:]:
        if any(entry.oid == oid for entry in desk.repository.tree(parent).entries(path)):
            return True
    return False


def read_blob(desk: Desk, oid: str | None) -> dict[str, Any]:
    """Return the plain data of a past version; an empty mapping where there was none or it could not be read."""
    if oid is None:
        return {}
    if oid not in desk.read_already:
        raw = dict(desk.repository.blobs([oid]))[oid]
        reading = desk.documents.read(raw)
        desk.read_already[oid] = {} if reading.findings else reading.data or {}
    return desk.read_already[oid]


def derive_authorship(
    desk: Desk, dossier: Dossier, past: Standing, people: People, *, base: str | None, tip: str
) -> Authorship:
    """Derive from git who contributed to each part of a record since it was last sealed, up to `tip`.

    The movers are the authors of commits since `base` that change the state. Author addresses are claims; mapping them
    to people only ever takes away the right to approve, so a forged one gains nobody anything.
    """
    sealing = _sealing_commits(desk, dossier, tip)
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for part in PARTS:
        seal = past.seals.get(part)
        groups[tuple(sealing.get(seal.seq, ())) if seal else ()].append(part)
    found = _Found(people)
    everything = list(writings(desk, dossier.path, [tip]))
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


class _Found:
    """What the walk through history has found so far."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._by_part: dict[str, set[str]] = defaultdict(set)
        self._strangers: dict[str, set[str]] = defaultdict(set)
        self._movers: set[str] = set()

    def add(self, writing: Writing, parts: Sequence[str]) -> None:
        email = writing.commit.author.identity.email
        person = self._people.by_email(email)
        for part in parts:
            if writing.touches(part) and person is not None:
                self._by_part[part].add(person.handle)
            elif writing.touches(part):
                self._strangers[part].add(email)

    def add_mover(self, writing: Writing) -> None:
        person = self._people.by_email(writing.commit.author.identity.email)
        if writing.touches("state") and writing.before and person is not None:
            self._movers.add(person.handle)

    def authorship(self) -> Authorship:
        return Authorship(
            known=True,
            by_part={part: frozenset(handles) for part, handles in self._by_part.items()},
            strangers={part: frozenset(emails) for part, emails in self._strangers.items()},
            movers=frozenset(self._movers),
        )


def _sealing_commits(desk: Desk, dossier: Dossier, tip: str) -> dict[int, list[str]]:
    """Return, for each step, the commits that brought its approvals in."""
    found: dict[int, list[str]] = defaultdict(list)
    seqs = {file.path: int(file.statement["seq"]) for file in dossier.sign_offs}
    if not seqs:
        return found
    for commit in desk.walk([tip], paths=[f"{folder_of(dossier.path)}sign-offs/"]):
        for change in commit.changes:
            if change.path in seqs and change.new_oid is not None and len(commit.parents) == 1:
                found[seqs[change.path]].append(commit.oid)
    return found


def derive_held(desk: Desk, path: str, base: str) -> Held:
    """Return the highest severity potential and level that a record ever held on the main branch, drafts included."""
    severity, level = 0, "minimal"
    for writing in writings(desk, path, [base]):
        assessment = get(writing.after, "assessment") or {}
        severity = max(severity, assessment.get("severity_potential") or 0)
        level = max(level, assessment.get("level") or level, key=rank)
    return Held(severity_potential=severity, level=level)


def derive_proofs(desk: Desk, folder: str, people: People, *, base: str, tip: str) -> dict[str, Proof]:
    """Return for each sign-off file that was added since `base` whose address the commit that added it carries.

    A merge adds what none of its parents has: a word that is put in only there is its author's.
    """
    proofs: dict[str, Proof] = {}
    for commit in desk.walk([tip], without=[base], paths=[folder]):
        for change in commit.changes:
            if change.new_oid is None or change.path in proofs or taken_over(desk, commit, change.path, change.new_oid):
                continue
            person = people.by_email(commit.author.identity.email)
            proofs[change.path] = Proof(claimed_by=person.handle if person else "")
    return proofs
