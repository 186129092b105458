"""What is called how at the desk: states, steps, risks, tasks and verdicts, in the words of the policy and ours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nearmiss.models.vocabulary import label_of
from nearmiss.render.languages import N_
from nearmiss.render.words import LEVELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.engine.looking.tasks import Task
    from nearmiss.engine.records.summaries import Summary
    from nearmiss.intake.desk.visits import Visit

TASKS: Mapping[str, str] = {
    "sign": N_("For you to sign"),
    "merge": N_("Yours, signed by all: ready to be put in force"),
    "mend": N_("Yours, held up"),
    "action": N_("Your actions"),
    "step": N_("Your cases, and the next step"),
    "look": N_("To be checked or looked at again"),
    "answer": N_("Reports that nobody has answered yet"),
    "others": N_("Yours, waiting for others"),
}
"""What each sort of task is called."""

ON_PROPOSALS = frozenset({"sign", "merge", "mend", "others"})
"""The sorts of tasks that are about a proposal."""

DUES: Mapping[str, str] = {
    "assess": N_("assessment"),
    "investigate": N_("investigation"),
    "root_cause": N_("root causes"),
    "plan": N_("action plan"),
    "check of effect": N_("check of the effect"),
    "review of the lesson": N_("review of the lesson"),
    "review of the accepted risk": N_("review of the accepted risk"),
}
"""What is due, by the word that the rules have for it."""

VERDICTS: Mapping[str, str] = {
    "pass": N_("Everything is signed."),
    "waiting": N_("It is legal and complete; signatures are missing."),
    "refuse": N_("It would be refused as it is."),
}
ASSURANCES: Mapping[str, str] = {
    "asserted": N_("Identity not proven (asserted)."),
    "forge": N_("Identity attested by the forge."),
    "signed": N_("Signed with a registered key."),
}
STATUSES: Mapping[str, str] = {
    "open": N_("open"),
    "in-progress": N_("in progress"),
    "done": N_("done"),
    "cancelled": N_("cancelled"),
}
MODES: Mapping[str, str] = {
    "named": N_("named"),
    "confidential": N_("confidential"),
    "anonymous": N_("anonymous"),
    "external": N_("external"),
}
DRAFT, REPORT = N_("a draft"), N_("a report")


def state_label(visit: Visit, name: str) -> str:
    """Return what a state is called."""
    state = visit.policy.workflow.state(name)
    return label_of(state.label, visit.words.language) if state else name


def step_label(visit: Visit, name: str) -> str:
    """Return what a transition is called; several may stand in one text, with commas between."""
    if ", " in name:
        return ", ".join(step_label(visit, one) for one in name.split(", "))
    step = visit.policy.workflow.transition(name)
    if step is not None:
        return label_of(step.label, visit.words.language)
    return visit.say({"draft": DRAFT, "report": REPORT}.get(name, name))


def role_label(visit: Visit, name: str) -> str:
    """Return what a role is called."""
    role = next((role for role in visit.policy.workflow.roles if role.role == name), None)
    return label_of(role.label, visit.words.language) if role else name


def in_roles(visit: Visit, words: str) -> str:
    """Return words of the engine with the names of roles in them as people read them."""
    labels = {role.role: label_of(role.label, visit.words.language) for role in visit.policy.workflow.roles}
    names = "|".join(sorted(map(re.escape, labels), key=len, reverse=True))
    return re.sub(rf"(?<![a-z0-9-])(?:{names})(?![a-z0-9-])", lambda found: labels[found[0]], words) if names else words


LACKING = (
    (re.compile(r"(?P<number>\d+) more of (?P<roles>.+)"), N_("%(number)s more of: %(roles)s")),
    (re.compile(r"(?P<number>\d+) of (?P<roles>.+)"), N_("%(number)s of: %(roles)s")),
    (re.compile(r"one (?P<roles>.+)"), N_("one of: %(roles)s")),
)
"""How the engine says which signatures a step lacks, and how the desk does."""


def lacking(visit: Visit, words: str) -> str:
    """Return in words of the desk which signatures a step lacks: `1 of: Quality lead, Area manager`."""
    said, comma, proof = words.partition(", signed with ")
    for pattern, sentence in LACKING:
        if found := pattern.fullmatch(said):
            return (
                visit.say(sentence, **{**found.groupdict(), "roles": in_roles(visit, found["roles"])}) + comma + proof
            )
    return in_roles(visit, words)


def term_label(visit: Visit, vocabulary: str, term: str) -> str:
    """Return what a term of the vocabulary is called."""
    labels = visit.policy.labels.get(vocabulary, {}).get(term)
    return label_of(labels, visit.words.language) if labels else term


def name_of(visit: Visit, handle: str) -> str:
    """Return the name of a person; the handle where nobody has it."""
    person = visit.policy.people.find(handle)
    return person.name if person is not None else handle


def names_of(visit: Visit, handles: Any) -> list[str]:
    """Return the names of people in order."""
    return [name_of(visit, handle) for handle in handles]


def band_label(visit: Visit, name: str) -> str:
    """Return what a band of the risk is called."""
    band = next((band for band in visit.policy.risk.bands if band.band == name), None)
    return label_of(band.label, visit.words.language) if band else name


def level_label(visit: Visit, name: str) -> str:
    """Return what a level of investigation is called."""
    return visit.say(LEVELS[name]) if name in LEVELS else name


def due_label(visit: Visit, what: str) -> str:
    """Return what is due in words: `action A1`, `review of the accepted risk C2`."""
    for begin, words in DUES.items():
        if what.startswith(begin):
            return f"{visit.say(words)}{what.removeprefix(begin)}"
    if what.startswith("action "):
        return visit.say(N_("action %(number)s"), number=what.removeprefix("action "))
    return what


def task_words(visit: Visit, task: Task) -> str:
    """Return what a task asks for."""
    if task.sort in {"sign", "merge", "step"}:
        return step_label(visit, task.what)
    if task.sort == "action":
        return visit.say(N_("action %(number)s"), number=task.what)
    if task.sort in {"answer", "look"}:
        return due_label(visit, task.what)
    return _held_up(visit, task.what)


def progress_of(visit: Visit, section: str, data: Mapping[str, Any]) -> str:
    """Return how far a section of a record is in a word: signed off, begun, or nothing."""
    if section not in data:
        return ""
    workflow, state = visit.policy.workflow, str(data["state"])
    is_closed = getattr(workflow.state(state), "kind", "") == "closed"
    return visit.say(N_("signed off") if is_closed or state in workflow.sealed_states(section) else N_("begun"))


def _held_up(visit: Visit, what: str) -> str:
    """Return what holds a proposal of one's own up, such as `investigate: r.meyer, p.lind`."""
    steps, colon, who = what.partition(": ")
    if colon:
        names = [name_of(visit, handle) for handle in who.split(", ")]
        return visit.say(N_("%(step)s, waits for %(who)s"), step=step_label(visit, steps), who=", ".join(names))
    steps, objected, who = what.partition(", objected to by ")
    if objected:
        names = [name_of(visit, handle) for handle in who.split(", ")]
        return visit.say(N_("%(step)s, objected to by %(who)s"), step=step_label(visit, steps), who=", ".join(names))
    steps, nobody, _ = what.partition(", which nobody ")
    if nobody:
        return visit.say(N_("%(step)s, which nobody on the list of people may sign"), step=step_label(visit, steps))
    return visit.say(N_("%(step)s, would be refused"), step=step_label(visit, what.removesuffix(", would be refused")))


def task_path(task: Task) -> str:
    """Return the page on which a task is done."""
    if task.sort in ON_PROPOSALS:
        return f"/desk/proposals/{task.subject}"
    place = {"action": "#actions", "step": "#next", "answer": "#next"}.get(task.sort, "")
    return f"/desk/records/{task.subject}{place}"


def waits_for(visit: Visit, summary: Summary) -> tuple[str, str, bool]:
    """Return what is due next on a record, on which day, and whether that has passed."""
    if not summary.due:
        return "", "", False
    what, on, _ = summary.due[0]
    return due_label(visit, what), on, on < visit.today
