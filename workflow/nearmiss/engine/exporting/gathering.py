"""Gathering what is exported: each record that is wanted, with its steps and when it came to the main branch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC
from itertools import islice
from typing import TYPE_CHECKING

from nearmiss.engine.looking.listing import Wanted, is_wanted
from nearmiss.engine.records.dossiers import Folder, gather, survey
from nearmiss.engine.records.summaries import summarise
from nearmiss.engine.trees import EmptyTree, WithFiles
from nearmiss.models.ids import RECORDS, id_of_path, is_record_path
from nearmiss.models.values import read_partial_date
from nearmiss.policy.dossier import get
from nearmiss.policy.proving import origin_of
from nearmiss.policy.standing import replay
from nearmiss.policy.structure import judge_record_structure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.exporting.moment import Moment
    from nearmiss.engine.ports import Commit, Tree
    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.standing import Standing
    from nearmiss.policy.steps import Step

AT_ONCE = 64
"""Records that are asked of git at once."""


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Who approved a step: handle, role, the instant that the sign-off claims, and how sure it is who that was."""

    by: str
    role: str
    at: str
    assurance: str


@dataclass(frozen=True, kw_only=True)
class TakenStep:
    """A step that a record took.

    `in_force` is false for a step that a later one took back, and for steps back themselves: they seal nothing.
    """

    seq: int
    transition: str
    from_: str
    to: str
    in_force: bool
    signed_at: str
    signers: tuple[Signer, ...]
    policy_version: int


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A record as it is exported. `first_on_main` is empty where a clone without the whole history cannot tell."""

    dossier: Dossier
    steps: tuple[TakenStep, ...]
    first_on_main: str


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A record that was not exported, because it cannot be read."""

    id: str


def gather_records(
    desk: Desk,
    moment: Moment,
    wanted: Wanted,
    *,
    since: date | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Exported | LeftOut]:
    """Yield the records of a moment that are wanted, by their ids, one at a time; `since` is a day of reporting."""
    tree = desk.repository.tree(moment.commit)
    folders, _ = survey(tree.entries(RECORDS))
    arrivals = _arrivals(desk, moment.commit)
    for number, (folder, source) in enumerate(_read_ahead(tree, folders.values()), 1):
        if progress is not None:
            progress(number, len(folders))
        dossier = gather(folder, source, desk.documents).dossier
        if dossier is None or judge_record_structure(dossier.data, terms={}):
            yield LeftOut(id=folder.id)
        elif _is_wanted(dossier, moment, wanted, since):
            yield Exported(
                dossier=dossier,
                steps=taken_steps(replay(dossier, moment.register)),
                first_on_main=_as_precise_as_may_be(arrivals.get(folder.id), dossier),
            )


def _read_ahead(tree: Tree, folders: Iterable[Folder]) -> Iterator[tuple[Folder, Tree]]:
    """Yield each folder, its attachments left aside, with a tree that holds the rest of it.

    Asking git for some folders at once spares most of the waiting for its answers, and keeps few of them in memory.
    """
    rest = iter(folders)
    while some := [_without_attachments(folder) for folder in islice(rest, AT_ONCE)]:
        paths = [entry.path for folder in some for entry in (folder.record, *folder.beside) if entry is not None]
        source = WithFiles(EmptyTree(), dict(tree.read_many(paths)))
        yield from ((folder, source) for folder in some)


def _without_attachments(folder: Folder) -> Folder:
    return replace(folder, beside=tuple(entry for entry in folder.beside if "/attachments/" not in entry.path))


def _is_wanted(dossier: Dossier, moment: Moment, wanted: Wanted, since: date | None) -> bool:
    if since is None and wanted == Wanted():
        return True
    summary = summarise(dossier, moment.register)
    if since is not None:
        span = read_partial_date(summary.reported_on)
        if span is None or span[1] < since:
            return False
    return is_wanted(summary, wanted, moment.day.isoformat())


def taken_steps(standing: Standing) -> tuple[TakenStep, ...]:
    """Return the steps of a record that are complete, in their order."""
    in_force = {entry.step.seq for entry in standing.stack}
    return tuple(_taken(step, in_force=step.seq in in_force) for step in standing.steps)


def _taken(step: Step, *, in_force: bool) -> TakenStep:
    signers = tuple(
        Signer(
            by=str(file.statement["by"]),
            role=str(file.statement["role"]),
            at=str(file.statement["at"]),
            assurance=origin_of(file, step.version).assurance,
        )
        for file in step.approvals
    )
    return TakenStep(
        seq=step.seq,
        transition=step.transition.name,
        from_=step.from_,
        to=step.to,
        in_force=in_force,
        signed_at=max(signer.at for signer in signers),
        signers=tuple(sorted(signers, key=lambda signer: (signer.at, signer.by))),
        policy_version=step.version.number,
    )


# When a record came to the main branch


def _arrivals(desk: Desk, commit: str) -> Mapping[str, datetime]:
    """Return by record when the first-parent line below a commit first held it; the earliest where it came again.

    A history that was cut begins with a commit that seems to add everything: what it holds came at an unknown time.
    """
    arrivals: dict[str, datetime] = {}
    for one in desk.repository.commits([commit], paths=[RECORDS], first_parent=True):
        is_cut_off = desk.repository.is_shallow and not one.parents
        for record_id in _added(one):
            if is_cut_off:
                arrivals.pop(record_id, None)
            else:
                arrivals[record_id] = one.committer.when.astimezone(UTC)
    return arrivals


def _added(commit: Commit) -> Sequence[str]:
    paths = (change.path for change in commit.changes if change.old_oid is None and is_record_path(change.path))
    return [record_id for record_id in map(id_of_path, paths) if record_id is not None]


_PRECISION = {"named": "2026-11-22T08:05:00", "external": "2026-11-22T08:05:00", "confidential": "2026-11-22"}
_OF_NOBODY = "2026-11"


def _as_precise_as_may_be(when: datetime | None, dossier: Dossier) -> str:
    """Spell an arrival as precisely as the report itself: who gave no name must not be found by a time of day."""
    if when is None:
        return ""
    mode = str(get(dossier.data, "report", "reporter", "mode"))
    spelt = when.replace(tzinfo=None).isoformat(timespec="seconds")[: len(_PRECISION.get(mode, _OF_NOBODY))]
    return f"{spelt}Z" if "T" in spelt else spelt
