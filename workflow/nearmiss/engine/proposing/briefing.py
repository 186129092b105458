"""Briefing: noting that people were told of a near miss, with how many they were and never who."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.engine.documents import Edit
from nearmiss.engine.errors import OvertakenError
from nearmiss.engine.proposing.drafting import Drafted, save_draft
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.engine.races import run_again
from nearmiss.engine.records.dossiers import open_dossier
from nearmiss.policy.dossier import listed

if TYPE_CHECKING:
    from nearmiss.engine.desk import Desk


@dataclass(frozen=True, kw_only=True)
class BriefingReport:
    """What is told of a briefing: on which day (today where it says none), in which area, and how many were there."""

    on: str = ""
    area: str = ""
    attended: int | None = None


def report_briefing(desk: Desk, record_id: str, report: BriefingReport) -> Drafted:
    """Add an entry to a record's briefings. Earlier entries stay, those of somebody in the same moment too."""
    return run_again(lambda: _report_once(desk, record_id, report), on=OvertakenError)


def _report_once(desk: Desk, record_id: str, report: BriefingReport) -> Drafted:
    base, register = main_register(desk)
    dossier, _ = open_dossier(desk.repository.tree(base), record_id, desk.documents)
    entry: dict[str, Any] = {"on": report.on or desk.clock.now().date().isoformat()}
    entry |= {"area": report.area} if report.area else {}
    entry["by"] = desk.person(register.newest.people).handle
    entry |= {"attended": report.attended} if report.attended is not None else {}
    place = len(listed(dossier.data, "briefings"))
    settings = register.newest.settings
    edit = Edit(at=("briefings", place), value=entry)
    return save_draft(desk, record_id, [edit], branch=settings.main_branch, way=settings.progress, basis=dossier)
