"""What waits in the intake, for those who may read it: new reports, one of them, and what reporters disagree with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.engine.intake.conversing import conversation, disagreements
from nearmiss.engine.intake.errors import NotWaitingError, UnknownReportError
from nearmiss.engine.intake.owing import alarms
from nearmiss.engine.intake.reviewing import intake_file, waiting_report, waiting_reports
from nearmiss.engine.looking.listing import read_summaries
from nearmiss.engine.looking.similar import find_similar, sought_of
from nearmiss.intake.desk.files import handed_out
from nearmiss.intake.desk.report_texts import texts_of
from nearmiss.intake.desk.telling import missing_in, tell_section
from nearmiss.intake.desk.visits import NotHereError, Page
from nearmiss.intake.desk.wording import MODES, name_of, state_label, term_label
from nearmiss.models.digests import digest
from nearmiss.models.vocabulary import label_of
from nearmiss.policy.triage import may_triage, may_triage_anything

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from nearmiss.engine.intake.values import Conversation, WaitingReport
    from nearmiss.intake.desk.refusals import Refusal
    from nearmiss.intake.desk.visits import Visit

PICTURES = ("jpg", "jpeg", "png", "webp")


def reports_for(visit: Visit) -> list[WaitingReport]:
    """Return the reports that wait and that this person may read, what is not safe first."""
    if not may_triage_anything(visit.policy, visit.person):
        return []
    found = waiting_reports(visit.intake, visit.desk)
    mine = [one for one in found if may_triage(visit.policy, visit.person, one.answers)]
    return sorted(mine, key=lambda one: (bool(one.confirmed_by), not is_unsafe(one), one.day, one.number))


def is_unsafe(report: WaitingReport) -> bool:
    """Say whether a report says that something is not safe."""
    return report.answers.get("made_safe") == "no"


def reports(visit: Visit, _refusal: Refusal | None) -> Page:
    """Return the page of the reports that wait."""
    rows = [
        {
            "number": one.number,
            "title": one.title,
            "mode": visit.say(MODES[one.mode]),
            "day": one.day,
            "unsafe": is_unsafe(one),
            "confirmed_by": name_of(visit, one.confirmed_by) if one.confirmed_by else "",
            "marks": len(one.marks),
            "files": len(one.files),
            "messages": len(one.messages),
            "area": term_label(visit, "area", str(one.answers.get("process_area", ""))),
            "site": term_label(visit, "site", str(one.answers.get("site", ""))),
        }
        for one in reports_for(visit)
    ]
    may = may_triage_anything(visit.policy, visit.person)
    return Page(template="reports", data={"here": "reports", "rows": rows, "may": may, "alarms": alarms_for(visit)})


def alarms_for(visit: Visit) -> list[dict[str, Any]]:
    """Return the alarms at places whose reports this person may read, those that reached nobody first."""
    return [
        {
            "site": term_label(visit, "site", one.place.site),
            "area": term_label(visit, "area", one.place.area),
            "hazard": term_label(visit, "hazard", one.place.hazard),
            "day": one.day,
            "told": one.told,
            "goes_on": one.goes_on,
        }
        for one in alarms(visit.intake)
        if _covers(visit, one.place.site, one.place.area)
    ]


def report_of(visit: Visit) -> WaitingReport:
    """Return the report in the address; raises NotHereError where there is none, or none for this person."""
    try:
        found = waiting_report(visit.intake, visit.desk, visit.path("number"))
    except (UnknownReportError, NotWaitingError):
        raise NotHereError from None
    if not may_triage(visit.policy, visit.person, found.answers):
        raise NotHereError
    return found


def mark_of(report: WaitingReport) -> str:
    """Return by what a report is known again: it changes with every text and file of it."""
    return digest({"answers": dict(report.answers), "files": dict(report.files), "confirmed_by": report.confirmed_by})


def report(visit: Visit, _refusal: Refusal | None) -> Page:
    """Return the page of one report that waits."""
    return report_page(visit)


def report_page(visit: Visit, *, contact: str = "") -> Page:
    """Return the page of one report that waits; with the contact where somebody asked for it."""
    found = report_of(visit)
    texts = texts_of(visit, found)
    edited = {text.name.removeprefix("text-").partition("-")[0] for text in texts}
    rest = {key: value for key, value in found.answers.items() if key not in edited}
    similar = find_similar(visit.desk, sought_of({"title": found.title, "report": dict(found.answers)}))
    reasons = visit.intake.settings.discard_reasons
    return Page(
        template="report",
        data={
            "here": "reports",
            "number": found.number,
            "title": found.title,
            "mode": found.mode,
            "mode_words": visit.say(MODES[found.mode]),
            "day": found.day,
            "unsafe": is_unsafe(found),
            "at_once": found.at_once,
            "batch": visit.intake.settings.batch,
            "name": found.name,
            "confirmed_by": name_of(visit, found.confirmed_by) if found.confirmed_by else "",
            "read": mark_of(found),
            "texts": texts,
            "rest": tell_section(visit, "report", rest) if rest else None,
            "files": [{"name": name, "is_picture": _is_picture(name)} for name in found.files],
            "findings": missing_in(visit, found.findings),
            "reasons": [(one.reason, label_of(one.label, visit.words.language)) for one in reasons],
            "similar": [
                {"id": one.id, "title": one.title, "state": state_label(visit, one.state), "words": one.words}
                for one in similar
            ],
            "talk": {
                "messages": found.messages,
                "contact_known": found.contact_known,
                "contact": contact,
                "to": f"/desk/reports/{found.number}",
            },
        },
    )


def report_file(visit: Visit, _refusal: Refusal | None) -> Response:
    """Return a file of a report that waits; raises NotHereError."""
    found, name = report_of(visit), visit.path("name")
    if name not in found.files:
        raise NotHereError
    return handed_out(name, intake_file(visit.intake, number=found.number, name=name))


def _is_picture(name: str) -> bool:
    return name.rpartition(".")[2].casefold() in PICTURES


def talk_about(visit: Visit, data: Mapping[str, Any], record_id: str) -> Conversation | None:
    """Return what was written about a record's report, for those who might have read it while it waited."""
    if not may_triage(visit.policy, visit.person, data.get("report") or {}):
        return None
    try:
        return conversation(visit.intake, number=record_id)
    except UnknownReportError:
        return None


def disagreements_for(visit: Visit) -> list[dict[str, Any]]:
    """Return what reporters said against a decline, with the record that each is about."""
    if not may_triage_anything(visit.policy, visit.person):
        return []
    found = disagreements(visit.intake, visit.desk)
    titles = {one.id: one for one in read_summaries(visit.desk, visit.base)[0].values()} if found else {}
    return [
        {
            "path": f"/desk/records/{one.record_id}#talk",
            "title": titles[one.record_id].title if one.record_id in titles else one.record_id,
            "text": one.text,
            "on": one.on,
        }
        for one in found
        if one.record_id in titles and _covers(visit, titles[one.record_id].site, titles[one.record_id].area)
    ]


def _covers(visit: Visit, site: str, area: str) -> bool:
    report = {key: value for key, value in (("site", site), ("process_area", area)) if value}
    return may_triage(visit.policy, visit.person, report)
