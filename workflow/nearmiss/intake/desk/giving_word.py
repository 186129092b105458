"""A person's word on a proposal at the desk: approving, objecting, putting it in force, and bringing it up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.errors import ReasonNeededError
from nearmiss.engine.proposing.approving import sign_off
from nearmiss.engine.proposing.merging import merge
from nearmiss.engine.proposing.proposals import Word
from nearmiss.engine.proposing.refreshing import refresh
from nearmiss.intake.desk.notices import Notice
from nearmiss.intake.desk.proposals import subject_of
from nearmiss.intake.desk.sharing import share
from nearmiss.intake.desk.visits import GoTo, said
from nearmiss.intake.desk.wording import VERDICTS, state_label, step_label
from nearmiss.models.ids import POLICY_SUBJECT
from nearmiss.render.languages import N_

if TYPE_CHECKING:
    from starlette.datastructures import FormData

    from nearmiss.engine.proposing.approving import SignedOff
    from nearmiss.intake.desk.visits import Visit

SIGNED = N_("Your signature is given: %(steps)s.")
OBJECTED = N_("Your objection is noted: %(steps)s. It waits until that is settled.")
IN_FORCE = N_("It is in force: the record is now %(state)s.")
IN_FORCE_STAYS = N_("It is in force.")
BROUGHT_UP = N_("The proposal stands on what there is now.")
UP_TO_DATE = N_("The proposal was up to date already.")
DROPPED = N_("These signatures no longer hold and were taken back: %(names)s.")
AGAIN = N_("All of them have to be given again.")


def approve(visit: Visit, form: FormData) -> GoTo:
    """Sign every step of the proposal that waits and that the person may sign, as they have read it."""
    word = Word(role=said(form, "role"), because=said(form, "because"), waive=said(form, "waive"))
    if word.waive and not word.because:
        raise ReasonNeededError(word.waive)
    return _give(visit, form, word)


def object_to(visit: Visit, form: FormData) -> GoTo:
    """Object to the proposal, with the reason, on record."""
    return _give(visit, form, Word(verdict="object", because=said(form, "because")))


def _give(visit: Visit, form: FormData, word: Word) -> GoTo:
    subject = subject_of(visit)
    signed = sign_off(visit.desk, subject, word, branch=said(form, "branch"), read=read_of(form))
    names = step_label(visit, ", ".join(signed.steps))
    sentence = SIGNED if word.verdict == "approve" else OBJECTED
    notice = Notice(sentences=(visit.say(sentence, steps=names), *_meaning(signed, word), _stand(visit, signed)))
    notice = share(visit, signed.branch, subject, ", ".join(signed.steps), notice)
    return GoTo(f"/desk/proposals/{subject}", notice)


def _meaning(signed: SignedOff, word: Word) -> tuple[str, ...]:
    return signed.meaning if word.verdict == "approve" else ()


def _stand(visit: Visit, signed: SignedOff) -> str:
    return visit.say(VERDICTS[signed.verdict])


def put_in_force(visit: Visit, form: FormData) -> GoTo:
    """Merge the proposal, where the gate passes it."""
    subject = subject_of(visit)
    merged = merge(visit.desk, subject, branch=said(form, "branch"), read=read_of(form))
    sentence = (
        visit.say(IN_FORCE, state=state_label(visit, merged.state)) if merged.state else visit.say(IN_FORCE_STAYS)
    )
    notice = share(visit, merged.main_branch, subject, "merge", Notice(sentences=(sentence,)))
    return GoTo("/desk/proposals" if subject == POLICY_SUBJECT else f"/desk/records/{subject}", notice)


def bring_up(visit: Visit, form: FormData) -> GoTo:
    """Bring the proposal up to what main says by now."""
    subject = subject_of(visit)
    refreshed = refresh(visit.desk, subject, branch=said(form, "branch"))
    sentences = [visit.say(BROUGHT_UP if refreshed.commit else UP_TO_DATE)]
    if refreshed.dropped:
        sentences += [visit.say(DROPPED, names=", ".join(refreshed.dropped)), visit.say(AGAIN)]
    notice = Notice(sentences=tuple(sentences))
    if refreshed.commit:
        notice = share(visit, refreshed.branch, subject, "refreshed", notice)
    return GoTo(f"/desk/proposals/{subject}", notice)


def read_of(form: FormData) -> str:
    """Return the commit that the person has read; a page always says it, and what lacks it matches none."""
    return said(form, "read") or "unknown"
