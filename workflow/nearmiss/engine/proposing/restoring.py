"""Bringing back what an earlier step sealed: after a step back, each part says again what the steps below signed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nearmiss.engine.documents import Edit
from nearmiss.engine.records.authorship import writings
from nearmiss.models.digests import digest
from nearmiss.policy.standing import replay
from nearmiss.policy.steps import Step

if TYPE_CHECKING:
    from nearmiss.engine.desk import Desk
    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.standing import Register
    from nearmiss.policy.workflow import Transition


def restoring_edits(
    desk: Desk, dossier: Dossier, transition: Transition, target: str, *, base: str, register: Register
) -> list[Edit]:
    """Return the edits by which a record again says what is sealed once a step back is taken.

    Declining an investigated record, for instance, signs another assessment; reopening it brings back the one that the
    investigation was signed with. It is looked up in the record's own history by its digest.
    """
    standing = replay(dossier, register)
    step = Step(
        seq=standing.next_seq,
        transition=transition,
        from_=dossier.state,
        to=target,
        version=register.newest,
        approvals=(),
        objections=(),
        sections={},
    )
    after = replace(standing, stack=standing.stack_after(step))
    wanted = {part: seal.digest for part, seal in after.seals.items() if dossier.digest_of(part) != seal.digest}
    edits = [Edit(at=(part,), remove=True) for part, value in wanted.items() if value is None]
    missing = {part: value for part, value in wanted.items() if value is not None}
    for writing in writings(desk, dossier.path, [base]):
        for part in [part for part, value in missing.items() if _says(writing.after, part, value)]:
            edits.append(Edit(at=(part,), value=writing.after[part]))
            del missing[part]
    return edits


def _says(data: object, part: str, wanted: str) -> bool:
    return isinstance(data, dict) and part in data and digest(data[part]) == wanted
