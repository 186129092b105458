"""What may come next of a record: each step that leads on, with all that is still missing for it, nothing written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.gate.judging import judge_dossiers
from nearmiss.engine.proposing.advancing import choose, prepared, targets_of
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.engine.records.dossiers import open_dossier
from nearmiss.engine.records.workspace import with_data
from nearmiss.errors import NearMissError
from nearmiss.policy.findings import Severity
from nearmiss.policy.roles import able_to_sign
from nearmiss.policy.standing import replay

if TYPE_CHECKING:
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.proposing.drafting import Drafted
    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.findings import Finding
    from nearmiss.policy.proposed import Proposed
    from nearmiss.policy.standing import Register
    from nearmiss.policy.workflow import Transition

FEW = 2
"""People who may still sign a step, from which on whoever writes in it should know that they are so few."""


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


def signed_by_others(desk: Desk, drafted: Drafted) -> Proposed | None:
    """Return the one way forward of a drafted record where its writer could have signed, had they not written in it.

    None where there is no single way, where the draft is not on the main branch or of nothing that the step seals,
    where they may sign, or could not anyhow, and where enough others are left. Raises as `foresee` does.
    """
    base, register = main_register(desk)
    if drafted.branch != register.newest.settings.main_branch:
        return None
    dossier, raw = open_dossier(desk.repository.tree(base), drafted.id, desk.documents)
    try:
        step, target = choose(dossier, register, transition="", to="")
    except NearMissError:
        return None
    people = register.newest.people
    handle = desk.person(people).handle
    if handle not in {one.handle for one in able_to_sign(people, dossier.data, roles=step.signers.roles)}:
        return None
    proposed = _foreseen(desk, dossier, raw, step, target, base, register).proposed
    if proposed is None or handle not in proposed.contributors or handle in proposed.candidates:
        return None
    is_written_now = not proposed.parts.keys().isdisjoint(drafted.sections)
    return proposed if is_written_now and len(proposed.candidates) <= FEW else None


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
