"""Deleting what has had its day: contacts, what a token was known by, and what is left of discarded reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from nearmiss.engine.intake.contents import MONTH, token_until
from nearmiss.engine.intake.owing import forget_alarms
from nearmiss.engine.intake.values import Purged
from nearmiss.engine.looking.listing import read_summaries
from nearmiss.engine.proposing.proposals import main_register

if TYPE_CHECKING:
    from datetime import date

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.intake.values import Intake

LAST_PURGE = "last-purge"
"""The note of the day of the last purge."""


def purge(intake: Intake, desk: Desk) -> Purged:
    """Delete what may not be kept any longer, and write the store anew, so that no byte of it stays in the files.

    A contact is kept until so many days after its record is first seen closed here, and at the latest until the day
    that was set when it came. Run it once a day: `nearmiss serve` does.
    """
    today = intake.clock.now().date()
    _date_contacts(intake, desk, today)
    over = [one.number for one in intake.store.contacts() if one.delete_on <= today.isoformat()]
    intake.store.delete_contacts(over)
    longest = today - timedelta(days=intake.settings.contact_kept_at_most_days)
    gone = [one.number for one in intake.store.reports("discarded") if one.day < longest.isoformat()[:MONTH]]
    intake.store.delete_reports(gone)
    tokens = _forget_tokens(intake, today)
    forget_alarms(intake)
    intake.store.scrub()
    return Purged(contacts=len(over), discarded=len(gone), tokens=tokens)


def purge_daily(intake: Intake, desk: Desk) -> Purged | None:
    """Delete what may not be kept any longer, once a day however often this is called."""
    today = intake.clock.now().date().isoformat()
    if intake.store.note(LAST_PURGE) == today:
        return None
    done = purge(intake, desk)
    intake.store.put_note(LAST_PURGE, today)
    return done


def _date_contacts(intake: Intake, desk: Desk, today: date) -> None:
    """Bring the last day of a contact nearer where its record is closed."""
    contacts = intake.store.contacts()
    if not contacts:
        return
    base, register = main_register(desk)
    closed = {state.state for state in register.newest.workflow.states if state.kind != "open"}
    summaries, _ = read_summaries(desk, base)
    last = (today + timedelta(days=intake.settings.contact_kept_days)).isoformat()
    for contact in contacts:
        kept = intake.store.find(contact.number)
        summary = summaries.get(kept.record_id) if kept is not None and kept.state == "committed" else None
        if summary is not None and summary.state in closed and last < contact.delete_on:
            intake.store.date_contact(contact.number, last)


def _forget_tokens(intake: Intake, today: date) -> int:
    """Forget by what a second sending was known, some weeks after nobody waits for an answer any more."""
    count = 0
    for kept in intake.store.reports("committed", "discarded"):
        if kept.token is not None and not kept.token_until:
            # It was settled by a program that did not note the day; the days begin now.
            intake.store.change(kept, replace(kept, token_until=token_until(intake)))
        elif kept.token is not None and kept.token_until < today.isoformat():
            count += intake.store.change(kept, replace(kept, token=None, token_until=""))
    return count
