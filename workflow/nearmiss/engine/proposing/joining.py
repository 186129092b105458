"""Joining: a report that tells of the same event as another is joined with it, by a step that somebody else signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.engine.documents import Edit
from nearmiss.engine.errors import NoTwinError, UnknownRecordError, UnknownTransitionError
from nearmiss.engine.proposing.advancing import Advanced, advance
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.engine.records.dossiers import find_folder, open_dossier
from nearmiss.models.ids import read_id

if TYPE_CHECKING:
    from nearmiss.engine.desk import Desk
    from nearmiss.policy.dossier import Dossier

JOINS = "duplicate-is-joined"
"""The guard of the step by which a duplicate leaves the process."""


@dataclass(frozen=True, kw_only=True)
class Joint:
    """With which record a report is joined, why, and what the reporter is told."""

    duplicate_of: str
    reason: str
    reply: str


def join(desk: Desk, record_id: str, joint: Joint, *, basis: Dossier | None = None) -> Advanced:
    """Propose that a record is joined with another: assessed as its duplicate, and declined as such.

    Raises UnknownTransitionError where no such step leads on, NoTwinError, and all that `advance` raises.
    """
    base, register = main_register(desk)
    dossier, _ = open_dossier(desk.repository.tree(base), record_id, desk.documents)
    leaving = register.newest.workflow.leaving(dossier.state)
    step = next((step for step in leaving if JOINS in step.guards), None)
    if step is None:
        raise UnknownTransitionError(dossier.id, dossier.state, "joining", [one.name for one in leaving])
    twin = read_id(joint.duplicate_of)
    _require_there(desk, base, twin)
    said: dict[str, Any] = {
        "decision": "duplicate",
        "reason": joint.reason,
        "duplicate_of": twin,
        "reply": joint.reply,
        "assessed_by": desk.person(register.newest.people).handle,
        "assessed_on": desk.clock.now().date().isoformat(),
    }
    given = {key: value for key, value in said.items() if value}
    if "assessment" in dossier.data:
        edits = [Edit(at=("assessment", key), value=value) for key, value in given.items()]
    else:
        edits = [Edit(at=("assessment",), value=given)]
    return advance(desk, record_id, transition=step.name, edits=edits, basis=basis)


def _require_there(desk: Desk, base: str, twin: str) -> None:
    # A step seals what it says: a wrong id, once signed, could only be put right by a correction.
    if not twin:
        return
    try:
        find_folder(desk.repository.tree(base), twin)
    except UnknownRecordError:
        raise NoTwinError(twin) from None
