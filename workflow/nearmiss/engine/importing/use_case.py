"""Importing reports from a table: planned in full first, then written in one commit, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.clocks import stamp_after
from nearmiss.engine.errors import RefusedError
from nearmiss.engine.importing.plan import ImportPlan, Known, plan_import
from nearmiss.engine.looking.listing import read_summaries
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.engine.races import run_again
from nearmiss.engine.reporting import SCHEMA, known_ids
from nearmiss.errors import NearMissError
from nearmiss.models.ids import CROCKFORD, new_id, record_path
from nearmiss.policy.structure import judge_record_structure

if TYPE_CHECKING:
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.importing.mapping import Mapping
    from nearmiss.engine.importing.rows import Table


def plan(desk: Desk, table: Table, mapping: Mapping) -> ImportPlan:
    """Decide what each row of a table would become; nothing is written.

    Raises RefusedError with every finding where the mapping does not fit the table or the vocabulary.
    """
    base, register = main_register(desk)
    tree = desk.repository.tree(base)
    settings = register.newest.settings
    taken = known_ids(desk, tree, settings.main_branch)

    def next_id(date: str) -> str:
        while (drawn := new_id(settings.id_prefix, int(date[:4]), desk.chance.pick(CROCKFORD, 5))) in taken:
            continue
        taken.add(drawn)
        return drawn

    planned = plan_import(
        table,
        mapping,
        vocabulary=register.newest.vocabulary,
        known=_known(desk, base),
        today=desk.clock.now().date(),
        new_id=next_id,
    )
    if planned.problems:
        raise RefusedError("The table cannot be imported with this mapping.", planned.problems)
    findings = [
        finding.at(record=new.record)
        for new in planned.new
        for finding in judge_record_structure(new.data, terms=register.newest.terms)
    ]
    if findings:
        raise RefusedError("The mapping makes records that are not valid.", findings)
    return planned


def _known(desk: Desk, base: str) -> dict[tuple[str, str], Known]:
    summaries, _ = read_summaries(desk, base)
    return {
        summary.imported[:2]: Known(record=summary.id, row_sha256=summary.imported[2], occurred_on=summary.occurred_on)
        for summary in summaries.values()
        if summary.imported[0]
    }


def _require_new(desk: Desk, planned: ImportPlan, base: str, main: str) -> None:
    """Refuse a plan that was overtaken: what lies on the main branch by now is never written over or doubled."""
    taken = known_ids(desk, desk.repository.tree(base), main)
    known = _known(desk, base)
    for new in planned.new:
        source = new.data["report"]["imported_from"]
        if new.record in taken or (source["source"], source["key"]) in known:
            raise RowOvertakenError(new.record, new.row)


class RowOvertakenError(NearMissError):
    """Since the import was planned, one of its rows was imported or its id was taken."""

    def __init__(self, record: str, row: int) -> None:
        super().__init__(
            f"Since this import was planned, row {row} was imported, or its id {record} was taken.",
            hint="Nothing was written. Run the import again; it leaves out what is here already.",
        )


def write(desk: Desk, planned: ImportPlan, *, name: str) -> str:
    """Commit the new records of a plan, all in one commit on the main branch; an empty text where there are none.

    Raises RowOvertakenError where a row was imported, or an id taken, since the plan was made.
    """
    desk.require_branch()
    if not planned.new:
        return ""
    return run_again(lambda: _write_once(desk, planned, name=name))


def _write_once(desk: Desk, planned: ImportPlan, *, name: str) -> str:
    base, register = main_register(desk)
    desk.person(register.newest.people)
    files: dict[str, bytes | None] = {
        record_path(new.record, new.data["report"]["reported_on"]): desk.documents.compose(new.data, schema=SCHEMA)
        for new in planned.new
    }
    main = register.newest.settings.main_branch
    _require_new(desk, planned, base, main)
    stamp = stamp_after(desk, base, register.newest.settings)
    return desk.repository.commit(
        branch=main,
        expected=base,
        parents=[base],
        files=files,
        message=f"Import {len(files)} reports from {planned.source}\n\nFrom {name}\n",
        author=stamp,
        committer=stamp,
    )
