"""The form of a section at the desk: shown, rows added and taken out, saved, and shown again with what was refused."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.datastructures import UploadFile

from nearmiss.engine.attaching import takes_files
from nearmiss.engine.forms.changes import SEARCH, with_similar
from nearmiss.engine.forms.filling import BASIS, BECAUSE, DO, END, STEP, Filled, Opened, fill_in, open_section
from nearmiss.engine.forms.making import Form, help_of, make_form
from nearmiss.engine.forms.options import Options
from nearmiss.engine.forms.shapes import shape_of
from nearmiss.engine.looking.similar import find_similar, sought_of, words_to_search
from nearmiss.engine.proposing.advancing import Advanced
from nearmiss.errors import NearMissError
from nearmiss.intake.desk.notices import Notice
from nearmiss.intake.desk.refusals import lack_of, told
from nearmiss.intake.desk.sections.telling import (
    advice_on,
    ahead_of,
    label_of_section,
    risk_in_words,
    similar_beside,
)
from nearmiss.intake.desk.sharing import share
from nearmiss.intake.desk.telling import in_words
from nearmiss.intake.desk.visits import GoTo, NotHereError, Page
from nearmiss.intake.desk.wording import progress_of, step_label
from nearmiss.models.file_names import safe_name, unused_name
from nearmiss.models.sections import SECTIONS
from nearmiss.render.languages import N_

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.datastructures import FormData

    from nearmiss.intake.desk.refusals import Refusal
    from nearmiss.intake.desk.visits import Answer, Visit

FILES = "~files"
"""The name of the field for files to attach."""

SAVED = N_("Saved: %(section)s.")
SAVED_ASIDE = N_("Saved as a proposal of its own, since drafts go through requests here: %(section)s.")
PROPOSED = N_("%(step)s is proposed. It waits for whoever may sign it.")
WITHDRAWN = N_("Sign-offs that were given to what it said before hold no more, and were taken back.")
UNCHANGED = N_("Nothing was changed.")
SOMEBODY_ELSE = N_("Somebody else changed this section while you were typing.")
BOTH_KEPT = N_("Their changes and yours are both in the form now. Read it, then save.")
COLLIDING = N_("Where both of you changed the same, the form has what you typed, and says what it was changed to.")


class CutOffError(NearMissError):
    """Only the beginning of a form arrived."""

    def __init__(self) -> None:
        super().__init__("Only a part of the form arrived, so nothing was saved.", hint="Send it again.")


def section(visit: Visit, _refusal: Refusal | None) -> Page:
    """Return the form of the section that the address names; raises UnknownRecordError, NotHereError."""
    opened = open_section(visit.desk, visit.record_id(), section_named(visit))
    return form_page(visit, Filled(opened=opened, answer=opened.answer, data=opened.dossier.data))


def section_named(visit: Visit) -> str:
    """Return the section that the address names; raises NotHereError where a record has none of that name."""
    name = visit.path("section")
    if name not in SECTIONS:
        raise NotHereError
    return name


def fill_in_section(visit: Visit, form: FormData) -> Answer:
    """Do what the button of the form says; what cannot be saved stands in the form again, with why."""
    record_id, name = visit.record_id(), section_named(visit)
    sent = sent_of(form)
    if END not in sent:
        raise CutOffError
    files = files_of(form)
    filled = fill_in(visit.desk, record_id, name, sent, files=files)
    if sent.get(DO) == [SEARCH]:
        filled = _searched(visit, filled)
    if filled.saved is None and not filled.unchanged:
        return form_page(visit, filled, sent=sent, files_lost=bool(files))
    return GoTo(path=f"/desk/records/{record_id}/sections/{name}", notice=notice_of(visit, filled))


def _searched(visit: Visit, filled: Filled) -> Filled:
    """Return the form with the search for similar cases filled in, which its person confirms by saving it."""
    sought = sought_of(filled.data)
    found = find_similar(visit.desk, sought, besides=filled.opened.dossier.id)
    searched = words_to_search(sought, found)
    return replace(filled, answer=with_similar(filled.answer, searched=searched, found=[one.id for one in found]))


def sent_of(form: FormData) -> dict[str, list[str]]:
    """Return all that was typed and chosen, by the names of the fields; files are no words."""
    sent: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            sent.setdefault(name, []).append(value)
    return sent


def files_of(form: FormData) -> dict[str, bytes]:
    """Return the files that were chosen, by the names that they will have."""
    files: dict[str, bytes] = {}
    for one in form.getlist(FILES):
        if isinstance(one, UploadFile) and (one.filename or one.size):
            files[unused_name(safe_name(one.filename or ""), files)] = one.file.read()
    return files


def notice_of(visit: Visit, filled: Filled) -> Notice:
    """Return what is told on the next page, after what was saved has gone to the remote."""
    label = label_of_section(visit, filled.opened.section)
    saved = filled.saved
    if saved is None:
        return Notice(sentences=(visit.say(UNCHANGED),))
    title = str(filled.data.get("title", ""))
    if isinstance(saved, Advanced):
        names = ", ".join(step_label(visit, step.transition.name) for step in saved.steps)
        return share(visit, saved.branch, saved.id, title, Notice(sentences=(visit.say(PROPOSED, step=names),)))
    aside = saved.branch != filled.opened.basis.branch
    sentences = [visit.say(SAVED_ASIDE if aside else SAVED, section=label)]
    if saved.withdrawn:
        sentences.append(visit.say(WITHDRAWN))
    sentences += [one.message for one in saved.warnings]
    return share(visit, saved.branch, saved.id, title, Notice(sentences=tuple(sentences)))


def form_page(
    visit: Visit, filled: Filled, *, sent: Mapping[str, Sequence[str]] | None = None, files_lost: bool = False
) -> Page:
    """Return the page of a form that holds what was answered so far."""
    opened, data = filled.opened, filled.data
    beside, found = similar_beside(visit, data) if opened.section == "investigation" else ([], ())
    form = make_form(
        opened.section,
        filled.answer,
        data=opened.dossier.data,
        options=options_of(visit, data, records={one.id: one.title for one in found}),
        findings=filled.findings,
        others=filled.colliding,
        rewrites=bool(opened.steps),
    )
    return Page(
        template="sections/section",
        status=409 if filled.error or filled.moved else 200,
        data={
            **common(visit, opened, data, form),
            "error": told(filled.error).in_words(visit.words) if filled.error else None,
            "moved": said_of_moving(visit, filled),
            "steps": [(one.name, step_label(visit, one.name)) for one in opened.steps],
            "step": (sent or {}).get(STEP, [visit.asked("transition")])[-1],
            "because": (sent or {}).get(BECAUSE, [""])[-1],
            "similar": beside,
            "searched": words_to_search(sought_of(data), found) if beside else "",
            "action": f"/desk/records/{opened.dossier.id}/sections/{opened.section}",
            "files": FILES if takes_files(opened.section) else "",
            "files_lost": files_lost,
            "endings": opened.policy.settings.attachments.types,
            "largest": opened.policy.settings.attachments.max_bytes,
        },
    )


def options_of(visit: Visit, data: Mapping[str, Any], *, records: Mapping[str, str]) -> Options:
    """Return what may be chosen, in the words of the visit."""
    return Options(
        policy=visit.policy,
        language=visit.words.language,
        data=data,
        records=records,
        me=visit.person.handle,
        say=visit.words.plain,
    )


def common(visit: Visit, opened: Opened, data: Mapping[str, Any], form: Form) -> dict[str, Any]:
    """Return what every page with a form has."""
    kept = opened.dossier.data
    return {
        "here": "records",
        "in_words": partial(in_words, visit),
        "id": opened.dossier.id,
        "title": str(kept.get("title", "")),
        "section": opened.section,
        "label": label_of_section(visit, opened.section),
        "form": form,
        "troubles": [
            {"place": f"f-{name}", "label": label, "sentence": lack_of(finding).in_words(visit.words).sentence}
            for name, label, finding in form.troubled()
        ],
        "elsewhere": [lack_of(finding).in_words(visit.words) for finding in form.findings],
        "names": {"basis": BASIS, "do": DO, "end": END, "step": STEP, "because": BECAUSE},
        "basis": opened.basis.commit,
        "others": [(name, label_of_section(visit, name), progress_of(visit, name, kept)) for name in SECTIONS],
        "ahead": ahead_of(visit, data, here=opened.section),
        "risk": risk_in_words(visit, data) if opened.section == "assessment" else (),
        "advice": advice_on(visit, opened.section, data),
        "help": visit.words.plain(help_of(shape_of(opened.section))),
    }


def said_of_moving(visit: Visit, filled: Filled) -> list[str]:
    """Return what is said where somebody else changed the section meanwhile."""
    if not filled.moved:
        return []
    sentences = [visit.say(SOMEBODY_ELSE), visit.say(BOTH_KEPT)]
    return [*sentences, visit.say(COLLIDING)] if filled.colliding else sentences
