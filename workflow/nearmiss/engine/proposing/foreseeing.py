"""What may come next of a record: each step that leads on, with all that is still missing for it, nothing written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.gate.judging import judge_dossiers
from nearmiss.engine.proposing.advancing import prepared, targets_of
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.engine.records.dossiers import open_dossier
from nearmiss.engine.records.workspace import with_data
from nearmiss.errors import NearMissError
from nearmiss.policy.findings import Severity
from nearmiss.policy.standing import replay

if TYPE_CHECKING:
    from nearmiss.engine.desk import Desk
    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.findings import Finding
    from nearmiss.policy.proposed import Proposed
    from nearmiss.policy.standing import Register
    from nearmiss.policy.workflow import Transition


@dataclass(frozen=True, kw_only=True)
class Foreseen:
    """A step that leads on to a state: what it still lacks, and as what it would be proposed as the record is now."""

    transition: Transition
    to: str
    missing: tuple[Finding, ...] = ()
    proposed: Proposed | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it can be proposed as the record is."""
        return self.proposed is not None and not self.missing


def foresee(desk: Desk, record_id: str) -> tuple[Foreseen, ...]:
    """Return every step that leads on from where a record of the main branch stands, judged as the gate would.

    Raises UnknownRecordError or UnreadableRecordError.
    """
    base, register = main_register(desk)
    dossier, raw = open_dossier(desk.repository.tree(base), record_id, desk.documents)
    standing = replay(dossier, register)
    return tuple(
        _foreseen(desk, dossier, raw, step, target, base, register)
        for step in register.newest.workflow.leaving(dossier.state)
        for target in targets_of(step, standing, register)
    )


def _foreseen(
    desk: Desk, dossier: Dossier, raw: bytes, step: Transition, target: str, base: str, register: Register
) -> Foreseen:
    try:
        revised = prepared(desk, dossier, raw, step, target, "…", base=base, register=register)
    except NearMissError:
        # What lies further back cannot be put together again; whoever tries is told why.
        return Foreseen(transition=step, to=target)
    after = with_data(desk, dossier, revised)
    judgement = judge_dossiers(desk, dossier, after, register, base=base, head=base, intended=step.name)
    taken = next((one for one in judgement.proposed if one.transition.name == step.name), None)
    missing = tuple(finding for finding in judgement.findings if finding.severity is Severity.ERROR)
    return Foreseen(transition=step, to=target, missing=missing, proposed=taken)
