"""The count of discarded reports in the repository: by month and reason, in commits of their own."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from nearmiss.engine.errors import RefusedError
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.engine.races import run_again
from nearmiss.engine.refusals import LostRaceError
from nearmiss.engine.reporting import nobody

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.documents import Documents
    from nearmiss.engine.intake.values import Intake
    from nearmiss.engine.ports import Tree
    from nearmiss.policy.findings import Finding

DISCARDED_FILE = "site/data/discarded.yaml"
SCHEMA = "../../schemas/discarded.schema.json"
BRANCH = "intake/discarded"
"""The branch of the count, where what is reported goes through requests."""

Counts = Counter[tuple[str, str]]


def count_discarded(desk: Desk, intake: Intake) -> int:
    """Put into the repository what was discarded since the last count; return how many reports that were.

    What the file will say is noted before it is written, so that nothing counts twice or not at all, wherever this is
    stopped. Where reports go through requests, the count is on a branch, and goes on when that one is merged.
    """
    if not intake.store.tallies():
        return 0
    return run_again(lambda: _count_once(desk, intake))


def check_discarded(desk: Desk, tree: Tree) -> list[Finding]:
    """Return what is wrong with the file of the count."""
    return _read(tree, desk.documents)[1]


def _count_once(desk: Desk, intake: Intake) -> int:
    base, register = main_register(desk)
    settings = register.newest.settings
    counts, findings = _read(desk.repository.tree(base), desk.documents)
    if findings:
        raise RefusedError(f"{DISCARDED_FILE} is not sound, so nothing can be counted in it.", findings)
    standing = desk.repository.branches(BRANCH).get(BRANCH)
    planned = [tally for tally in intake.store.tallies() if tally.planned]
    if planned:
        written = all(counts[tally.month, tally.reason] >= tally.target for tally in planned)
        if not written and standing is not None and settings.reports == "request":
            return 0
        intake.store.settle_tallies(planned, written=written)
    due = [
        replace(tally, planned=tally.uncounted, target=counts[tally.month, tally.reason] + tally.uncounted)
        for tally in intake.store.tallies()
        if tally.uncounted
    ]
    if not due:
        return 0
    if not intake.store.plan_tallies(due):
        # Another process is at it; what it leaves is counted the next time.
        return 0
    for tally in due:
        counts[tally.month, tally.reason] = tally.target
    is_direct = settings.reports == "direct"
    stamp = nobody(desk.clock.now())
    try:
        desk.repository.commit(
            branch=settings.main_branch if is_direct else BRANCH,
            expected=base if is_direct else standing,
            parents=[base],
            files={DISCARDED_FILE: _written(counts, desk.documents)},
            message="Count the reports that were discarded\n",
            author=stamp,
            committer=stamp,
        )
    except LostRaceError:
        # What the file says now may have come to the same number without what was to be counted here.
        intake.store.settle_tallies(due, written=False)
        raise
    if is_direct:
        intake.store.settle_tallies(due, written=True)
    return sum(tally.planned for tally in due)


def _read(tree: Tree, documents: Documents) -> tuple[Counts, list[Finding]]:
    raw = tree.read(DISCARDED_FILE)
    if raw is None:
        return Counter(), []
    # Here, so that a check of a register without the file need not load any model.
    from nearmiss.models.discarded import Discarded
    from nearmiss.policy.structure import judge_model

    reading = documents.read(raw)
    findings = list(reading.findings)
    if reading.data is not None and not findings:
        findings = [*judge_model(Discarded, reading.data)]
    if reading.data is None or findings:
        places = documents.locate_many(raw, [one.field for one in findings if one.field and not one.line])
        placed = []
        for finding in findings:
            line, column = places.get(finding.field, (finding.line, finding.column))
            placed.append(finding.at(path=DISCARDED_FILE, line=line, column=column))
        return Counter(), placed
    counts: Counts = Counter()
    for entry in Discarded.model_validate(reading.data).discarded:
        counts[entry.month, entry.reason] += entry.count
    return counts, []


def _written(counts: Mapping[tuple[str, str], int], documents: Documents) -> bytes:
    entries = [
        {"month": month, "reason": reason, "count": count} for (month, reason), count in sorted(counts.items()) if count
    ]
    return documents.compose({"schema": 1, "discarded": entries}, schema=SCHEMA)
