"""What each commit of main may touch at all: the rules of the gate about paths, asked of one commit after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.audit.results import Blamed
from nearmiss.engine.gate.paths import LONGEST_NAME, judge_classes, judge_ids, judge_modes, judge_names, judge_twins
from nearmiss.engine.ports import REGULAR_FILE, TreeEntry
from nearmiss.models.ids import RECORDS, id_of_path, is_record_id, is_record_path
from nearmiss.policy.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nearmiss.engine.audit.ground import MainGround
    from nearmiss.engine.ports import Change, Commit, Repository


def judge_commits(
    ground: MainGround, start: int, let_stand: Mapping[tuple[str, str], str], known: Mapping[str, str]
) -> Iterator[Blamed]:
    """Judge what every commit of main after a position touches, where that is not said of a subject already.

    `known` are the paths of records that lie before the history in hand.
    """
    homes = dict(known)
    for oid, position in ground.history.main_positions():
        commit = ground.history.commits[oid]
        if position > start:
            for finding in _judge_commit(ground, commit, homes):
                yield Blamed(commit=oid, finding=finding, waived=let_stand.get((oid, finding.code), ""))
        for change in commit.changes:
            if change.new_oid is not None and is_record_path(change.path):
                homes.setdefault(str(id_of_path(change.path)), change.path)


def judge_roots(ground: MainGround, let_stand: Mapping[tuple[str, str], str]) -> Iterator[Blamed]:
    """Find second beginnings: what was merged from elsewhere has no history here."""
    history = ground.history
    for oid, position in history.arrivals.items():
        if not history.commits[oid].parents:
            merge = history.main[position]
            finding = Finding(
                code="history-unrelated",
                message="this merge brings a history that began elsewhere",
                hint="nothing that came with it is proven; take what is worth keeping in as new requests",
            )
            yield Blamed(commit=merge, finding=finding, waived=let_stand.get((merge, finding.code), ""))


def judge_tree(repository: Repository, tip: str) -> Iterator[Finding]:
    """Find in the newest commit what only a folder made by hand can hold: each reader sees something else there."""
    for entry in () if repository.is_in_order(tip) else repository.forged(None, tip):
        yield Finding(
            code="tree-forged",
            record=id_of_path(entry.path) or "",
            path=entry.path,
            message=f"{entry.path[:LONGEST_NAME]!a} stands in its folder as no git writes it: each reader sees another",
            hint="find out who put it there, and let git write the folder anew: remove the file and add what is right",
        )


def dropped_side(subject: str, path: str) -> Finding:
    """Return the finding for a merge that leaves out what only the side that it merges had changed."""
    return Finding(
        code="branch-outdated",
        record=subject if is_record_id(subject) else "",
        path=path,
        message=f"this merge leaves out what the merged side had changed of {path}, which nobody else had touched",
        hint="bring it in by a request of its own, or record in waivers.yaml why it is left out",
    )


def _judge_commit(ground: MainGround, commit: Commit, homes: Mapping[str, str]) -> Iterator[Finding]:
    changes = [change for change in commit.changes if not _is_plain(change, homes)]
    if changes:
        yield from judge_modes([change for change in changes if id_of_path(change.path) is None])
        yield from judge_twins(changes)
        yield from judge_names(changes)
        yield from _judge_ids(ground, commit, changes)
    if len({change.path.startswith(RECORDS) for change in commit.changes}) > 1 or len(changes) > 1:
        yield from _judge_classes(ground, commit)


def _is_plain(change: Change, homes: Mapping[str, str]) -> bool:
    """Say whether a change is of a record file in its one place: most are, and nothing is wrong with their paths."""
    if not is_record_path(change.path) or change.new_mode not in {REGULAR_FILE, "000000"}:
        return False
    return homes.get(str(id_of_path(change.path)), change.path) == change.path


def _judge_ids(ground: MainGround, commit: Commit, changes: Sequence[Change]) -> Iterator[Finding]:
    strange = [
        change
        for change in changes
        if change.path.startswith(RECORDS) and (id_of_path(change.path) is None or is_record_path(change.path))
    ]
    if not strange or not commit.parents:
        return
    entries = {
        change.path: TreeEntry(mode=change.new_mode, oid=change.new_oid, path=change.path) if change.new_oid else None
        for change in strange
    }
    touched = sorted({record_id for change in strange if (record_id := id_of_path(change.path))})
    yield from judge_ids(touched, ground.desk.repository.tree(commit.parents[0]), entries)


def _judge_classes(ground: MainGround, commit: Commit) -> Iterator[Finding]:
    """A merge that joins what was several requests is judged by the commits on its line."""
    history = ground.history
    settings = ground.register(history.version_at(commit.parents[0] if commit.parents else None)).newest.settings
    found = judge_classes(commit.changes, settings)
    line = [history.commits[oid] for oid, merge in history.lines.items() if merge == commit.oid] if found else []
    if found and len(line) > 1 and not any(judge_classes(one.changes, settings) for one in line):
        return
    yield from found
