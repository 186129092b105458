"""What is done with a report that waits: confirmed, discarded, talked about; and a contact that is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.intake.conversing import answer, contact_of
from nearmiss.engine.intake.errors import ChangedMeanwhileError
from nearmiss.engine.intake.reviewing import confirm, discard
from nearmiss.engine.records.dossiers import open_dossier
from nearmiss.errors import UsageError
from nearmiss.intake.desk.notices import Notice
from nearmiss.intake.desk.record import record_page
from nearmiss.intake.desk.report_texts import edited
from nearmiss.intake.desk.visits import GoTo, NotHereError, Page, said, typed
from nearmiss.intake.desk.waiting_reports import mark_of, report_of, report_page, talk_about
from nearmiss.render.languages import N_

if TYPE_CHECKING:
    from starlette.datastructures import FormData

    from nearmiss.engine.intake.values import Conversation
    from nearmiss.intake.desk.visits import Visit

CONFIRMED = N_("It is confirmed, and will be committed with the next batch.")
CONFIRMED_AT_ONCE = N_("It is confirmed, and will be committed at once, as the reporter agreed.")
DISCARDED = N_("It is discarded. Only the month and the reason are counted.")
SENT = N_("Your message waits for the reporter, who reads it with the receipt.")


class NoReasonChosenError(UsageError):
    """A report is to be discarded, and nobody said why."""

    def __init__(self) -> None:
        super().__init__("Choose why it is discarded.")


def confirm_report(visit: Visit, form: FormData) -> GoTo:
    """Let the report be committed, with the texts as they were edited and the files that were kept."""
    found = report_of(visit)
    _require_same(visit, form)
    kept = [name for name in found.files if form.get(f"keep-{name}")]
    answers = edited(found, typed(form))
    confirm(visit.intake, visit.desk, number=found.number, answers=answers, files_kept=kept, by=visit.person)
    sentence = CONFIRMED_AT_ONCE if found.at_once else CONFIRMED
    return GoTo("/desk/reports", Notice(sentences=(visit.say(sentence),)))


def discard_report(visit: Visit, form: FormData) -> GoTo:
    """Discard the report, with a reason from the list."""
    found = report_of(visit)
    _require_same(visit, form)
    if not said(form, "reason"):
        raise NoReasonChosenError
    discard(visit.intake, number=found.number, reason=said(form, "reason"), by=visit.person, people=visit.policy.people)
    return GoTo("/desk/reports", Notice(sentences=(visit.say(DISCARDED),)))


def write_to_reporter(visit: Visit, form: FormData) -> GoTo:
    """Write to the reporter of a report that waits."""
    found = report_of(visit)
    answer(visit.intake, number=found.number, text=said(form, "text"), by=visit.person, people=visit.policy.people)
    return GoTo(f"/desk/reports/{found.number}#talk", Notice(sentences=(visit.say(SENT),)))


def show_contact(visit: Visit, _form: FormData) -> Page:
    """Show how the reporter can be reached; that this person looked is noted before."""
    found = report_of(visit)
    return report_page(
        visit, contact=contact_of(visit.intake, number=found.number, by=visit.person, people=visit.policy.people)
    )


def write_about_record(visit: Visit, form: FormData) -> GoTo:
    """Write to the reporter of a record."""
    talk = _talk_of(visit)
    answer(visit.intake, number=talk.number, text=said(form, "text"), by=visit.person, people=visit.policy.people)
    return GoTo(f"/desk/records/{visit.record_id()}#talk", Notice(sentences=(visit.say(SENT),)))


def show_contact_of_record(visit: Visit, _form: FormData) -> Page:
    """Show how the reporter of a record can be reached; that this person looked is noted before."""
    talk = _talk_of(visit)
    return record_page(
        visit, contact=contact_of(visit.intake, number=talk.number, by=visit.person, people=visit.policy.people)
    )


def _talk_of(visit: Visit) -> Conversation:
    dossier, _ = open_dossier(visit.desk.repository.tree(visit.base), visit.record_id(), visit.desk.documents)
    talk = talk_about(visit, dossier.data, dossier.id)
    if talk is None:
        raise NotHereError
    return talk


def _require_same(visit: Visit, form: FormData) -> None:
    """Refuse where the report is not what the page showed; raises ChangedMeanwhileError."""
    found = report_of(visit)
    if said(form, "read") != mark_of(found):
        raise ChangedMeanwhileError(found.number)
