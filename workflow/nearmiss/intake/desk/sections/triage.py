"""Triage on one page: what was reported, cases like it, and the assessment with the decision first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.engine.forms.answers import Answer
from nearmiss.engine.forms.changes import empty_row
from nearmiss.engine.forms.filling import END, TITLE, Filled, fill_in, open_section
from nearmiss.engine.forms.making import Form, FormField, make_form
from nearmiss.engine.forms.shapes import shape_of
from nearmiss.intake.desk.refusals import told
from nearmiss.intake.desk.sections.filling import (
    CutOffError,
    common,
    notice_of,
    options_of,
    said_of_moving,
    sent_of,
)
from nearmiss.intake.desk.sections.telling import similar_beside
from nearmiss.intake.desk.telling import tell_section
from nearmiss.intake.desk.visits import GoTo, Page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.datastructures import FormData

    from nearmiss.intake.desk.refusals import Refusal
    from nearmiss.intake.desk.visits import Answer as Answered
    from nearmiss.intake.desk.visits import Visit

SECTION = "assessment"
ASKED = ("decision",)
ELSEWHERE = ("duplicate_of", "referred")
RISK = ("classification", "hazard", "severity_potential", "likelihood", "level", "actual")
REPLY = ("reason", "reply", "assessed_by", "assessed_on")
TOLD_LESS = ("attachments", "imported_from", "reporter")


def triage(visit: Visit, _refusal: Refusal | None) -> Answered:
    """Return the page of triage; what is signed off already is changed in the form of its section."""
    opened = open_section(visit.desk, visit.record_id(), SECTION)
    if opened.steps:
        return GoTo(path=f"/desk/records/{opened.dossier.id}/sections/{SECTION}")
    return _page(visit, Filled(opened=opened, answer=_prepared(visit, opened.answer), data=opened.dossier.data))


def _prepared(visit: Visit, answer: Answer) -> Answer:
    """Return the answers with who assesses, and when, where nobody has said so yet."""
    if not isinstance(answer, dict):
        return answer
    mine: dict[str, Answer] = {"assessed_by": [visit.person.handle], "assessed_on": [visit.today]}
    return {**answer, **{key: words for key, words in mine.items() if answer.get(key) == [""]}}


def triage_sent(visit: Visit, form: FormData) -> Answered:
    """Save what triage decided; what cannot be saved stands in the form again, with why."""
    record_id, sent = visit.record_id(), sent_of(form)
    if END not in sent:
        raise CutOffError
    filled = fill_in(visit.desk, record_id, SECTION, sent)
    if filled.saved is None and not filled.unchanged:
        return _page(visit, filled, sent=sent)
    return GoTo(path=f"/desk/records/{record_id}/triage", notice=notice_of(visit, filled))


def _page(visit: Visit, filled: Filled, *, sent: Mapping[str, Sequence[str]] | None = None) -> Page:
    opened, data = filled.opened, filled.data
    beside, found = similar_beside(visit, data)
    form = make_form(
        SECTION,
        _with_referral(filled.answer),
        data=opened.dossier.data,
        options=options_of(visit, data, records={one.id: one.title for one in found}),
        findings=filled.findings,
        others=filled.colliding,
    )
    groups = {"decision": ASKED, "elsewhere": ELSEWHERE, "risk": RISK, "reply": REPLY}
    named = {name for names in groups.values() for name in names}
    return Page(
        template="sections/triage",
        status=409 if filled.error or filled.moved else 200,
        data={
            **common(visit, opened, data, form),
            "error": told(filled.error).in_words(visit.words) if filled.error else None,
            "moved": said_of_moving(visit, filled),
            "typed_title": (sent or {}).get(TITLE, [str(opened.dossier.data.get("title", ""))])[-1],
            "report": tell_section(visit, "report", opened.dossier.data.get("report", {}), without=TOLD_LESS),
            "groups": {name: _chosen(form, names) for name, names in groups.items()},
            "rest": [one for one in form.fields if one.shape.key not in named],
            "similar": beside,
            "action": f"/desk/records/{opened.dossier.id}/triage",
        },
    )


def _with_referral(answer: Answer) -> Answer:
    """Return the answers with a row for a referral, so that nobody has to ask for one first."""
    if not isinstance(answer, dict) or answer.get("referred") != []:
        return answer
    referred = next(one for one in shape_of(SECTION).inside if one.key == "referred")
    return {**answer, "referred": [empty_row(referred)]}


def _chosen(form: Form, names: Sequence[str]) -> list[FormField]:
    fields: dict[str, Any] = {one.shape.key: one for one in form.fields}
    return [fields[name] for name in names if name in fields]
