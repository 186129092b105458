"""The steps that people take on a record at the desk, each by the engine's own call and as a commit of that person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.errors import OvertakenError
from nearmiss.engine.proposing.advancing import Advanced, advance, close
from nearmiss.engine.proposing.briefing import BriefingReport, report_briefing
from nearmiss.engine.proposing.drafting import Drafted, ProgressReport, report_progress
from nearmiss.engine.proposing.joining import Joint, join
from nearmiss.engine.records.dossiers import open_dossier
from nearmiss.errors import UsageError
from nearmiss.intake.desk.notices import Notice
from nearmiss.intake.desk.sharing import share
from nearmiss.intake.desk.visits import GoTo, said
from nearmiss.intake.desk.wording import STATUSES, step_label
from nearmiss.models.ids import is_record_id, read_id
from nearmiss.render.languages import N_

if TYPE_CHECKING:
    from starlette.datastructures import FormData

    from nearmiss.intake.desk.visits import Visit
    from nearmiss.policy.dossier import Dossier

PROPOSED = N_("%(step)s is proposed. It waits for whoever may sign it.")
SAVED = N_("It is saved.")
SAVED_ASIDE = N_("It is saved as a proposal of its own, since drafts go through requests here.")
PROGRESSED = N_("Action %(number)s is %(status)s.")
BRIEFED = N_("It is noted that people were told.")
JOINED = N_("It is proposed to join this with %(other)s. Somebody else signs that.")


class NoActionError(UsageError):
    """No action was chosen, or no status."""

    def __init__(self) -> None:
        super().__init__("Choose how the action stands.")


class OddNumberError(UsageError):
    """What was typed is no number of people."""

    def __init__(self) -> None:
        super().__init__("Write how many people were told as a whole number, such as 14.")


class OddIdError(UsageError):
    """What was typed is no id of a record."""

    def __init__(self) -> None:
        super().__init__("Write the id of the other record, such as NM-2026-7Q4K2.")


def propose(visit: Visit, form: FormData) -> GoTo:
    """Propose the step that was chosen, from the record as it was read."""
    record_id = visit.record_id()
    name = said(form, "transition")
    advanced = advance(
        visit.desk,
        record_id,
        transition=name,
        to=said(form, "to"),
        because=said(form, "because"),
        basis=as_read(visit, record_id, said(form, "read")),
    )
    return _to_proposal(visit, advanced, visit.say(PROPOSED, step=step_label(visit, name)))


def propose_all(visit: Visit, form: FormData) -> GoTo:
    """Propose all steps that are left, from the record as it was read."""
    record_id = visit.record_id()
    advanced = close(visit.desk, record_id, basis=as_read(visit, record_id, said(form, "read")))
    names = ", ".join(step.transition.name for step in advanced.steps)
    return _to_proposal(visit, advanced, visit.say(PROPOSED, step=step_label(visit, names)))


def join_with(visit: Visit, form: FormData) -> GoTo:
    """Propose that the record is joined with another one."""
    record_id, other = visit.record_id(), read_id(said(form, "duplicate_of"))
    if not is_record_id(other):
        raise OddIdError
    joint = Joint(duplicate_of=other, reason=said(form, "reason"), reply=said(form, "reply"))
    # Who joins says what it is a duplicate of, whatever else the assessment said.
    advanced = join(visit.desk, record_id, joint, basis=as_read(visit, record_id, said(form, "read")))
    return _to_proposal(visit, advanced, visit.say(JOINED, other=other))


def progress(visit: Visit, form: FormData) -> GoTo:
    """Say how an action stands."""
    record_id, status = visit.record_id(), said(form, "status")
    if status not in STATUSES or not said(form, "action"):
        raise NoActionError
    words = {name: said(form, name) for name in ("action", "status", "evidence", "because", "on")}
    drafted = report_progress(visit.desk, record_id, ProgressReport(**words))
    sentence = visit.say(PROGRESSED, number=words["action"].upper(), status=visit.say(STATUSES[status]))
    return to_record(visit, drafted, sentence, place="actions")


def brief(visit: Visit, form: FormData) -> GoTo:
    """Note that people were told."""
    record_id, number = visit.record_id(), said(form, "attended")
    if number and not (number.isascii() and number.isdigit() and len(number) < len("1000000")):
        raise OddNumberError
    attended = int(number) if number else None
    report = BriefingReport(on=said(form, "on"), area=said(form, "area"), attended=attended)
    return to_record(visit, report_briefing(visit.desk, record_id, report), visit.say(BRIEFED), place="briefings")


def as_read(visit: Visit, record_id: str, commit: str) -> Dossier:
    """Return the record as it was in the commit that a page was made from; that has to be one of main.

    Raises OvertakenError where nobody can tell any more what was read.
    """
    repository = visit.desk.repository
    if commit != visit.base and not (
        len(commit) == len(visit.base) and set(commit) <= set("0123456789abcdef") and _is_behind(visit, commit)
    ):
        raise OvertakenError(record_id, ["what was shown"])
    return open_dossier(repository.tree(commit), record_id, visit.desk.documents)[0]


def _is_behind(visit: Visit, commit: str) -> bool:
    from nearmiss.engine.refusals import UnknownRevisionError

    try:
        known = visit.desk.repository.resolve(commit)
    except UnknownRevisionError:
        return False
    return known == commit and visit.desk.repository.is_ancestor(commit, visit.base)


def _to_proposal(visit: Visit, advanced: Advanced, sentence: str) -> GoTo:
    title = ", ".join(step.transition.name for step in advanced.steps)
    notice = share(visit, advanced.branch, advanced.id, title, Notice(sentences=(sentence,)))
    return GoTo(f"/desk/proposals/{advanced.id}", notice)


def to_record(visit: Visit, drafted: Drafted, sentence: str, *, place: str = "") -> GoTo:
    """Return the way back to a record after a draft, or to the request that it became."""
    main = visit.policy.settings.main_branch
    sentences = (sentence,) if drafted.branch == main else (sentence, visit.say(SAVED_ASIDE))
    notice = Notice(sentences=sentences)
    if drafted.commit:
        notice = share(visit, drafted.branch, drafted.id, "draft", notice)
    return GoTo(f"/desk/records/{drafted.id}{f'#{place}' if place else ''}", notice)
