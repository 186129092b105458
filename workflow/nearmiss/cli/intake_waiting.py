"""What waits in the intake, for people at a terminal and for programs: lists, one report, and what became of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.cli.voice import flow, plain, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nearmiss.engine.intake.ports import Access
    from nearmiss.engine.intake.values import Batch, Disagreement, Purged, WaitingReport

NOTHING_WAITS = "No report waits in the intake."


def as_data(report: WaitingReport) -> Mapping[str, Any]:
    """Return a report that waits as JSON has it; a contact is never in it."""
    return {
        "number": report.number,
        "mode": report.mode,
        "day": report.day,
        "title": report.title,
        "answers": dict(report.answers),
        "files": dict(report.files),
        "confirmed_by": report.confirmed_by or None,
        "at_once": report.at_once,
        "contact_known": report.contact_known,
        "marks": [
            {
                "field": mark.field,
                "start": mark.start,
                "end": mark.end,
                "kind": mark.kind,
                "because": mark.because,
                "sure": mark.sure,
            }
            for mark in report.marks
        ],
        "findings": [finding.message for finding in report.findings],
        "messages": [{"by": one.by, "on": one.on, "text": one.text} for one in report.messages],
    }


def say_list(reports: Iterable[WaitingReport]) -> None:
    """Show reports that wait, each in a line."""
    shown = list(reports)
    for report in sorted(shown, key=lambda one: (one.day, one.number)):
        state = f"confirmed by {report.confirmed_by}" if report.confirmed_by else "to be read"
        marks = f", {len(report.marks)} marked" if report.marks else ""
        flow((report.number, "bold"), f"  {report.day}  {report.mode}, {state}{marks}  ", plain(report.title), hang=2)
    if not shown:
        say(NOTHING_WAITS)


def say_report(report: WaitingReport) -> None:
    """Show one report that waits: its answers, what may tell who somebody is, its files and messages."""
    flow((report.number, "bold"), f"  {report.mode}, came {report.day}")
    for name, value in report.answers.items():
        flow((f"{name}: ", "bold"), plain(str(value)), hang=2)
    for name, size in report.files.items():
        say(plain(f"file {name}, {size:,} bytes"))
    for mark in report.marks:
        words = str(report.answers.get(mark.field, ""))[mark.start : mark.end]
        flow(("look: ", "yellow"), plain(f"{mark.field}: “{words}”: {mark.because or mark.kind}"), hang=2)
    for finding in report.findings:
        flow(("to mend: ", "red"), plain(finding.message), hang=2)
    for message in report.messages:
        flow((f"{message.by}, {message.on}: ", "bold"), plain(message.text), hang=2)


def say_disagreements(board: Iterable[Disagreement]) -> None:
    """Show what reporters said against a decline."""
    shown = list(board)
    for one in shown:
        flow((one.record_id, "bold"), f"  {one.on}  ", plain(one.text), hang=2)
    if not shown:
        say("Nobody disagrees with a decline that stands.")


def say_looks(accesses: Iterable[Access]) -> None:
    """Tell who looked at which contact, the first look first."""
    shown = list(accesses)
    for one in shown:
        flow((one.number, "bold"), plain(f"  {one.day}  {one.who}"), hang=2)
    if not shown:
        say("Nobody has looked at a contact.")


def say_batch(named: list[str], batch: Batch) -> None:
    """Tell what a batch made, and what waits on."""
    ids = [*named, *batch.ids]
    say(f"Committed: {', '.join(ids)}." if ids else "Nothing was committed.")
    if batch.discarded:
        say(f"Discarded reports that were counted: {batch.discarded}.")
    if batch.held_back:
        flow(plain(f"Still waiting: {batch.held_back}. {batch.why}"))


def say_purged(purged: Purged) -> None:
    """Tell what was deleted."""
    say(f"Deleted: {purged.contacts} contacts, {purged.discarded} discarded reports, {purged.tokens} tokens of forms.")
