"""The page on how reports are handled: the process as the policy has it, drawn and in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.render.languages import ENGLISH, N_, Words
from nearmiss.render.pictures.process_diagram import Process, ProcessState, ProcessStep, draw_process, list_process
from nearmiss.render.words import spell_term, text_in
from nearmiss.site.making.reporting import ANONYMITY
from nearmiss.site.pages import Page
from nearmiss.site.rules_in_words import kinds_of_states, labelled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nearmiss.engine.publishing.site_data import SiteData
    from nearmiss.site.library import Library

HANDLING = "how-we-handle-reports.md"

IN_PLAIN_WORDS = {
    "investigate": N_(
        "Somebody reads the report, says how bad it could have been, and writes a reply. Whoever leads the "
        "investigation finds out what happened, and looks for similar cases."
    ),
    "find-root-cause": N_(
        "The causes are followed back to weak places in the work. “Somebody made a mistake” is where the questions "
        "begin, not where they end."
    ),
    "plan-action": N_(
        "For each cause it is agreed what will change, who sees to it and by when, and how we will know that it works."
    ),
    "verify": N_(
        "Somebody who did not make the change looks whether it was made and whether it helps. Then the lesson is "
        "released for everybody."
    ),
    "decline": N_(
        "Not every report is a near miss. It may be a hazard, an incident, or something that another team looks after. "
        "The report stays on record, it is passed on where it belongs, and the reply says why and where to."
    ),
    "escalate": N_("Somebody was hurt or something was lost after all. It is then handled as an incident."),
    "send-back": N_("Something was missing or wrong, so it is looked at again."),
    "reopen": N_("A closed report comes back, because it happened again or something new is known."),
    "reassess": N_("More is known now, so it is judged again how bad it could have been."),
    "amend-plan": N_("The plan has to change. The reason is written down, and first dates stay visible."),
    "correct": N_("Something was written down wrongly. What it said before stays on record."),
    "redact": N_("Something that should not be shown, such as a name, is withheld and marked as withheld."),
    "publish-alert": N_("A warning goes out at once, before the causes are known. It is marked as provisional."),
    "review-lesson": N_("A lesson is looked at again: does it still hold, or has something better taken its place?"),
}
"""What the steps of the policy that comes with the program are, by their names."""

DEADLINES = (
    ("investigate", N_("Investigated")),
    ("root_cause", N_("Causes found")),
    ("plan", N_("Measures planned")),
)


@dataclass(frozen=True, kw_only=True)
class Handled:
    """One step: its name, what happens in it, who may sign it off, and the words that they sign."""

    label: str
    plain: str
    signers: str
    is_by_more: bool
    is_apart: bool
    meaning: str


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """The days from a report of one risk to each later step."""

    label: str
    days: tuple[str, ...]


def handling_page(library: Library) -> Page:
    """Return the page on how reports are handled in the register that the site belongs to."""
    return Page(
        path=HANDLING,
        title=library.words.gettext("How we handle reports"),
        name=library.words.gettext("How we handle reports"),
        template="site/how-we-handle-reports.html.j2",
        data=lambda: handling_data(library.home, library.words),
        hide=("toc", "navigation"),
        in_nav=True,
    )


def handling_data(data: SiteData, words: Words = ENGLISH) -> Mapping[str, Any]:
    """Return what the page shows: the process, its steps by what they lead to, and the deadlines."""
    workflow, risk = data.rules.get("workflow", {}), data.rules.get("risk", {})
    steps = list(workflow.get("transitions", ()))
    kinds = kinds_of_states(data.rules)
    process = _process(workflow, words)
    roles = {role["role"]: text_in(role.get("label"), words.language) for role in workflow.get("roles", ())}
    on = [step for step in steps if step["kind"] == "forward" and not _closes(step, kinds)]
    out = [step for step in steps if step["kind"] == "forward" and _closes(step, kinds)]
    others = [step for step in steps if step["kind"] != "forward"]
    return {
        "picture": draw_process(process, prefix="process") if process.states else None,
        "as_list": list_process(process) if process.states else None,
        "on": [_handled(step, roles, words) for step in on],
        "out": [_handled(step, roles, words) for step in out],
        "others": [_handled(step, roles, words) for step in others],
        "assess_within": risk.get("assess_within"),
        "steps": [words.gettext(label) for _, label in DEADLINES],
        "deadlines": [_deadline(band, words) for band in reversed(risk.get("bands", ()))],
        "anonymity": ANONYMITY,
    }


def _closes(step: Mapping[str, Any], kinds: Mapping[str, str]) -> bool:
    return all(kinds.get(state) == "closed" for state in step.get("to", ()))


def _process(workflow: Mapping[str, Any], words: Words) -> Process:
    return Process(
        title=words.gettext("The way of a report"),
        description=words.gettext(
            "The states that a report goes through, and the steps that lead from one to another."
        ),
        states=tuple(
            ProcessState(
                name=state["state"],
                label=labelled(state, state["state"], words),
                kind=state["kind"],
            )
            for state in workflow.get("states", ())
        ),
        steps=tuple(
            ProcessStep(
                label=labelled(step, step["name"], words),
                kind=step["kind"],
                sources=tuple(step.get("from", ())),
                targets=tuple(step.get("to", ())),
            )
            for step in workflow.get("transitions", ())
        ),
    )


def _handled(step: Mapping[str, Any], roles: Mapping[str, str], words: Words) -> Handled:
    signers = step.get("signers", {})
    names = [roles.get(role) or spell_term(role, words) for role in signers.get("roles", ())]
    plain = IN_PLAIN_WORDS.get(step["name"], "")
    return Handled(
        label=labelled(step, step["name"], words),
        plain=words.gettext(plain) if plain else "",
        signers=_any_of(names, words),
        is_by_more=_asks_for_more(signers),
        is_apart=bool(signers.get("never") or signers.get("never_closers")),
        meaning=str(step.get("meaning", "")),
    )


def _any_of(names: Sequence[str], words: Words) -> str:
    return words.listed(names, style="or") if names else ""


def _asks_for_more(signers: Mapping[str, Any]) -> bool:
    count = signers.get("count", {})
    numbers = [count.get("default", 1), *count.get("bands", {}).values()] if isinstance(count, dict) else [count]
    return max(numbers) > 1 or any(more.get("count", 1) > 1 for more in signers.get("more", ()))


def _deadline(band: Mapping[str, Any], words: Words) -> Deadline:
    days = band.get("deadlines", {})
    return Deadline(
        label=labelled(band, band["band"], words),
        days=tuple(
            words.ngettext("%(num)s day", "%(num)s days", days[name]) if name in days else "" for name, _ in DEADLINES
        ),
    )
