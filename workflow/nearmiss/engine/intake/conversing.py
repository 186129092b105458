"""What the team and a reporter say to each other, who may look at a contact, and what is disagreed with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.intake.contents import add_message, messages_of
from nearmiss.engine.intake.errors import NoContactError, NotWaitingError, UnknownReportError
from nearmiss.engine.intake.following import DECLINED, required_words
from nearmiss.engine.intake.numbers import read_number
from nearmiss.engine.intake.ports import Access
from nearmiss.engine.intake.reviewing import require_team
from nearmiss.engine.intake.values import Conversation, Disagreement
from nearmiss.engine.looking.listing import read_summaries
from nearmiss.engine.proposing.proposals import main_register

if TYPE_CHECKING:
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.intake.ports import Kept
    from nearmiss.engine.intake.values import Intake
    from nearmiss.models.people import People, Person


def conversation(intake: Intake, *, number: str) -> Conversation:
    """Return what was written about a report, by its number or the record's id; raises UnknownReportError."""
    kept = _found(intake, number)
    return Conversation(
        number=kept.number,
        record_id=kept.record_id if kept.state == "committed" else "",
        mode=kept.mode,
        contact_known=intake.store.contact(kept.number) is not None,
        messages=messages_of(intake, kept.number),
    )


def answer(intake: Intake, *, number: str, text: str, by: Person, people: People) -> None:
    """Write to a reporter, who reads it with the receipt; who of the team wrote is not told.

    Raises UnknownReportError, NoWordsError, NotOfTheTeamError, and NotWaitingError where it was discarded.
    """
    require_team(by, people)
    kept = _found(intake, number)
    if kept.state == "discarded":
        raise NotWaitingError(kept.number, kept.state)
    if not add_message(intake, kept, by="team", text=required_words(text)):
        raise NotWaitingError(kept.number, "discarded")


def contact_of(intake: Intake, *, number: str, by: Person, people: People) -> str:
    """Return how a reporter can be reached, after noting who looked and on which day.

    Raises UnknownReportError, NoContactError and NotOfTheTeamError.
    """
    require_team(by, people)
    kept = _found(intake, number)
    access = Access(number=kept.number, who=by.handle, day=intake.clock.now().date().isoformat())
    contact = intake.store.contact(kept.number, access=access)
    if contact is None:
        raise NoContactError(kept.number)
    return intake.sealer.open(contact.sealed, of=f"contact {kept.number}").decode()


def disagreements(intake: Intake, desk: Desk) -> list[Disagreement]:
    """Return what reporters said against a decline that still stands, by record."""
    found = [kept for kept in intake.store.reports("committed") if kept.disagrees]
    if not found:
        return []
    summaries, _ = read_summaries(desk, main_register(desk)[0])
    board = []
    for kept in found:
        summary = summaries.get(kept.record_id)
        if summary is None or summary.state != DECLINED:
            continue
        board += [
            Disagreement(number=kept.number, record_id=kept.record_id, on=message.on, text=message.text)
            for message in messages_of(intake, kept.number)
            if message.disagrees
        ]
    return sorted(board, key=lambda one: one.record_id)


def _found(intake: Intake, number: str) -> Kept:
    kept = intake.store.find(read_number(number))
    if kept is None:
        raise UnknownReportError(number[:40])
    return kept
