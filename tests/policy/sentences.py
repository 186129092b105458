"""Everything that the judges say of one example of each fault, in full: what people read when a step does not pass.

`python -m tests.policy.sentences` writes the page anew; what changed on it is then read like any other text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import cache, partial
from pathlib import Path
from typing import Any

from nearmiss.policy.attachments import judge_attachments
from nearmiss.policy.dates import judge_dates
from nearmiss.policy.dossier import Attached
from nearmiss.policy.facts import Authorship, Held
from nearmiss.policy.findings import Finding
from nearmiss.policy.handles import judge_people
from nearmiss.policy.policy_step import judge_policy_files
from nearmiss.policy.retired import judge_retired
from nearmiss.policy.state_needs import judge_needs_of_state
from nearmiss.policy.step import Judgement, judge_step
from nearmiss.policy.structure import judge_record_structure, judge_sign_off_structure, unknown_state
from tests.policy import test_guards as guards
from tests.policy import test_policy_step as policies
from tests.policy import test_structure as structures
from tests.policy.builder import (
    DECLINED,
    GONE,
    Attempt,
    Case,
    World,
    near_miss,
    person_of,
    standard_world,
    transition_of,
)
from tests.policy.faults import FAULTS
from tests.policy.oracle import signers_by_the_book
from tests.policy.test_every_fault import cases, proposals

PAGE = Path(__file__).with_name("sentences.txt")


def said(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield each finding as it is read: how much it weighs, its code and place, its sentence, and the way on."""
    for finding in findings:
        place = " ".join(word for word in (finding.record, Path(finding.path).name, finding.field_name) if word)
        yield f"  {finding.severity} {finding.code}  [{place}]"
        yield f"    {finding.message}"
        if finding.hint:
            yield f"    → {finding.hint}"


def judged(judgement: Judgement) -> Iterator[str]:
    """Yield a judgement as it is read: the verdict, the steps that are proposed, and all findings."""
    yield f"  {judgement.verdict}"
    for step in judgement.proposed:
        yield f"  step {step.seq}: {step.transition.name}, {step.from_} → {step.to}, sealing {', '.join(step.parts)}"
        for name in ("contributors", "signed", "objected", "missing", "candidates"):
            if words := getattr(step, name):
                yield f"    {name}: {', '.join(sorted(words))}"
    yield from said(judgement.findings)


def chapters() -> dict[str, Callable[[], Iterator[str]]]:
    """Return the chapters of the page, each as what yields its lines."""
    transitions = standard_world().newest.data["rules"]["workflow"]["transitions"]
    steps = {entry["name"]: partial(_of_step, entry["name"]) for entry in transitions}
    others = {
        "drafts": _of_drafts,
        "parts": _of_parts,
        "structure": _of_structure,
        "guards": _of_guards,
        "policy": _of_policy,
    }
    return {**steps, **others}


def page() -> Iterator[str]:
    """Yield the lines of the page."""
    for name, lines in chapters().items():
        yield f"## {name}"
        yield from lines()


def _of_structure() -> Iterator[str]:
    world = standard_world()
    for path, value, code, _ in structures.STRUCTURE:
        yield f"# {path}: {code}"
        yield from said(judge_record_structure(near_miss("high", {path: value}), terms=world.newest.terms))
    for data in ("text", {}, {"statement": {"seq": "1"}}):
        yield f"# a sign-off that is {data}"
        yield from said(judge_sign_off_structure(data))
    for edits, code, field in structures.REFERENCES:
        yield f"# {field}: {code}"
        yield from said(judge_record_structure(near_miss("high", edits), terms=world.newest.terms))


def _of_guards() -> Iterator[str]:
    world = standard_world()
    for guard, edits, code, _ in guards.REFUSES:
        yield f"# {guard}: {code}"
        yield from said(guards.ask(world, guard, edits))
    for guard, was, now, expected in guards.COMPARED:
        if expected:
            yield f"# {guard}, compared: {expected}"
            yield from said(guards.compare(world, guard, was, now))


def _of_policy() -> Iterator[str]:
    world = standard_world()
    for number, (change, code) in enumerate(policies.RULES, start=1):
        yield f"# rules {number}: {code}"
        yield from said(judge_policy_files(world.under(change).newest, world.newest))
    yield "# a state is gone"
    yield from said(judge_policy_files(world.under(policies.no_escalation).newest, world.newest))
    yield "# unsound waivers"
    yield from said(judge_policy_files(policies.with_waivers(world, policies.UNSOUND_WAIVERS), world.newest))
    for number, (change, code) in enumerate(policies.PEOPLE_CHANGES, start=1):
        yield f"# people {number}: {code}"
        yield from said(judge_policy_files(world.under(None, change).newest, world.newest))
    changed = world.under(policies.retire_plant_2)
    for title, judgement in _policy_changes(changed):
        yield f"# a policy change {title}"
        yield from judged(judgement)
    for words, code in policies.WRONGLY_SAID:
        yield f"# a policy change, {', '.join(words)}: {code}"
        yield from judged(policies.judge(changed, policies.sign_off(changed, **words)))


def _policy_changes(changed: World) -> Iterator[tuple[str, Judgement]]:
    good, objects = policies.sign_off(changed), {"by": "p.lind", "verdict": "object"}
    yield "that nobody has signed", policies.judge(changed)
    for title, because in (("with a reason", "Too strict."), ("without one", GONE)):
        objection = policies.sign_off(changed, **objects, because=because)
        yield f"to which somebody objects {title}", policies.judge(changed, good, objection)
    others = {"r.meyer@example.org": "r.meyer", "t.silva@example.org": "t.silva", "who@example.net": ""}
    yield "of which a stranger wrote a part", policies.judge(changed, policies.sign_off(changed), authors=others)
    alone = {"o.haddad@example.org": "o.haddad"}
    yield "by the only one who might sign it", policies.judge(changed, authors=alone)
    yield "whose sign-off is renamed", policies.judge(changed, replace(good, path=good.path.replace("o.h", "h.o")))
    second = policies.sign_off(changed, by="r.meyer", because="Yes.")
    yield "that two approve, each their own", policies.judge(changed, good, second)
    unsaid = policies.sign_off(changed, contributors=[])
    yield (
        "that does not say who wrote it",
        policies.judge(changed, unsaid, authors={**others, "who@example.net": "p.lind"}),
    )
    two = standard_world().instead(None, lambda people: person_of(people, "k.adeyemi")["roles"].append(_POLICY_OWNER))
    yield "that one of two may sign", policies.judge(two.under(policies.retire_plant_2))


_POLICY_OWNER = {"role": "policy-owner"}


def _of_drafts() -> Iterator[str]:
    """Yield what is said of changes that nobody proposed as a step."""
    world = standard_world()
    deep, shallow = world.case("high"), world.case("low")
    investigated, planned = deep.travel("investigate"), deep.travel("investigate", "find-root-cause", "plan-action")
    verified = planned.travel("verify")
    declined = world.case(edits=DECLINED).take("decline")
    restricted = world.instead(lambda rules: rules["settings"].update(register="open", restricted_classes=["security"]))
    waivable = world.instead(_nobody_signs)
    hurried = planned.propose("verify").signed("r.meyer").objected("p.lind")
    for title, attempt in (
        ("two steps at once", deep.change({"state": "root-caused"})),
        ("two steps at once, in a small case", shallow.change({"state": "root-caused"})),
        ("no step leads there", verified.change({"state": "action"})),
        ("sent back to where it never was", investigated.change({"state": "root-caused"})),
        ("reopened to where it never was", declined.propose("reopen", to="investigated")),
        ("reopened to where it never was, signed", declined.propose("reopen", to="investigated").signed("p.lind")),
        ("a sealed section", investigated.change({"investigation.findings": "It was the weather."})),
        ("a sealed assessment", investigated.change({"assessment.crew": "C"})),
        (
            "a sealed plan and assessment",
            planned.change({"action_plan.effectiveness.metric": "x", "title": "X"}),
        ),
        ("a lesson", verified.change({"lesson.headline": "Chock it"})),
        ("less severe", deep.draft({"assessment.severity_potential": 5}).change({"assessment.severity_potential": 2})),
        ("without a level", deep.change({"assessment.level": GONE})),
        (
            "a restricted class",
            restricted.case("high", _SECRET).propose("investigate"),
        ),
        ("nobody may sign", waivable.case("high").propose("investigate")),
        ("an objection after an approval", hurried),
        ("the rules have moved", replace(hurried, case=planned.under(world.under(_two_verify)))),
        ("small steps together", _closed(shallow)),
        ("small steps together, in a deep case", _closed(deep)),
        ("there and back at once", replace(_closed(shallow), transition="send-back").edit({"state": "reported"})),
        ("sent back, with what stays sealed changed", planned.propose("send-back", _OTHER_FINDINGS, to="investigated")),
        ("reopened, with what was said before", _reconsidered(world)),
        ("severe no longer", deep.draft({"assessment.severity_potential": 1}).change(_NOT_SEVERE)),
        ("an objection before anybody has signed", deep.propose("investigate").objected("p.lind")),
        ("an objection to a plan that nobody changed", planned.propose("amend-plan").objected("p.lind")),
        ("a check, made before the plan was signed", _checked_early(deep)),
        ("bound to what it does not seal", _bound_to_more(investigated)),
        ("an amendment where there is no plan yet", _amended_early(deep)),
        ("a step, with what is sealed changed", investigated.propose("find-root-cause", _OTHER_FINDINGS)),
        ("an attachment is another", _attached(deep)),
        ("a correction that is bound to half of itself", _half_bound(investigated)),
        ("two contributors unsaid", deep.propose("investigate").knowing(authorship=_TWO_WROTE).signed("r.meyer")),
    ):
        yield f"# a draft or proposal: {title}"
        yield from judged(attempt.knowing(held=Held(severity_potential=4, level="high")).judge())


_OTHER_FINDINGS = {"investigation.findings": "It was the weather."}
_NOT_SEVERE = {"assessment.severity_potential": GONE}


def _reconsidered(world: World) -> Attempt:
    """Return the reopening of a record that was investigated, assessed otherwise and declined, as it was before."""
    case = world.case().take("investigate")
    declined = case.take("decline", DECLINED)
    return declined.propose("reopen", {"assessment": case.data["assessment"]}, to="investigated")


def _amended_early(case: Case) -> Attempt:
    """Return what says that it amends a plan, and moves the record to where it would have one."""
    return (
        case.travel("investigate", "find-root-cause").propose("amend-plan", to="action").knowing(intended="amend-plan")
    )


def _bound_to_more(case: Case) -> Attempt:
    """Return a step whose sign-off names sections that are not its own."""
    attempt = case.propose("find-root-cause")
    content = attempt.statement("r.meyer")["content"]
    more = dict.fromkeys(("lesson", "alert"), "sha256:" + "0" * 64)
    return attempt.signed("r.meyer", content={**content, "sections": {**content["sections"], **more}})


def _checked_early(case: Case) -> Attempt:
    """Return a closing by a check from before the day on which the plan was signed."""
    planned = case.travel("investigate", "find-root-cause").take("plan-action", at="2027-05-01T08:00:00Z")
    return planned.propose("verify")


def _closed(case: Case) -> Attempt:
    """Return the first two steps of a small case, both in one change, the first of them signed."""
    first = case.propose("investigate").signed("r.meyer")
    return replace(first.edit({"state": "root-caused"}), transition="find-root-cause")


_TWO_WROTE = Authorship(by_part={"investigation": frozenset({"p.lind", "k.adeyemi"})})


def _half_bound(case: Case) -> Attempt:
    """Return a correction of two parts, signed for one of them."""
    said = {"because": "Misheard.", "on": "2026-12-01"}
    entries = [
        {"field": "report.location", "was": "dock-3", "now": "dock-2", **said},
        {"field": "lesson.headline", "was": case.data["lesson"]["headline"], "now": "Chock it", **said},
    ]
    edits = {"report.location": "dock-2", "lesson.headline": "Chock it", "corrections": entries}
    attempt = case.propose("correct", edits)
    content = attempt.statement("p.lind")["content"]
    sections = {part: said for part, said in content["sections"].items() if part != "lesson"}
    return attempt.signed("p.lind", content={**content, "sections": sections})


def _attached(case: Case) -> Attempt:
    """Return a change of nothing but a file that is attached."""
    was, now = ({"dock.jpg": Attached(sha256="sha256:" + digit * 64, size=1)} for digit in "12")
    case = replace(case, dossier=replace(case.dossier, attachments=was))
    return replace(case.change(), after=replace(case.dossier, attachments=now))


def _nobody_signs(rules: dict[str, Any]) -> None:
    transition = transition_of(rules, "investigate")
    transition["signers"]["roles"] = ["medical-officer"]
    transition["waivable"] = [{"rule": "contributor-signs", "by": ["risk-owner", "policy-owner"]}]


def _two_verify(rules: dict[str, Any]) -> None:
    transition_of(rules, "verify")["signers"]["count"] = {"default": 2}


def _of_parts() -> Iterator[str]:
    """Yield what is said of a record on main, part by part: files, dates, people, terms, and what its state needs."""
    world = standard_world()
    photo = {"file": "dock.jpg", "sha256": "sha256:" + "1" * 64}
    data = near_miss("high", {"report.attachments": [photo, {**photo, "file": "two.jpg"}]})
    files = {
        "dock.jpg": Attached(sha256="sha256:" + "2" * 64, size=10_485_761),
        "page.html": Attached(sha256=photo["sha256"], size=1),
        "a.b.png": Attached(sha256=photo["sha256"], size=10_485_760),
        "A.b.png": Attached(sha256=photo["sha256"], size=1),
        "nul.png": Attached(sha256=photo["sha256"], size=1),
    }
    strange = {"investigation.lead": "z.nobody", "action_plan.actions.0.owner": "y.nobody", "report.site": "plant-1"}
    retiring = world.instead(lambda rules: rules["vocabulary"]["site"]["terms"][0].update(retired=True)).newest
    early = near_miss("high", strange)
    for title, findings in (
        ("attachments", judge_attachments(world.dossier(data, attachments=files), world.newest.settings)),
        ("dates", judge_dates(near_miss("high"), date(2026, 11, 20))),
        ("people", judge_people(near_miss("high"), early, world.newest.people)),
        ("retired terms", judge_retired(near_miss("high"), early, retiring)),
        ("an unknown state", unknown_state({"state": "gone"}, ["reported", "verified"])),
        *(
            (f"least of {state}", judge_needs_of_state({**_LEAST, "state": state}, world.newest.workflow))
            for state in ("reported", "investigated", "root-caused", "action", "verified", "declined", "escalated")
        ),
    ):
        yield f"# {title}"
        yield from said(findings)


_SECRET = {"assessment.classification": "security"}
_LEAST = {"id": "NM-2026-7Q4K2", "report": {"reported_on": "2026-11-21"}}


@cache
def _by_the_book(name: str) -> list[tuple[Attempt, tuple[str, ...]]]:
    """Return a step as it should be done, from wherever it starts, with the people who may sign it."""
    attempts = [attempt for case in cases() for attempt in proposals(case) if attempt.transition == name]
    found = [(attempt, signers_by_the_book(attempt)) for attempt in attempts]
    return [(attempt, signers) for attempt, signers in found if signers]


def _of_step(name: str) -> Iterator[str]:
    """Yield what is said of a step that nobody has signed, and of the faults that are shown with it.

    A fault that can be in several steps is shown with one of them: all together they have something of each.
    """
    yield f"# {name}, which nobody has signed"
    yield from judged(_by_the_book(name)[0][0].judge())
    for number, fault in enumerate(FAULTS):
        shown = sorted(fault.on)[number % len(fault.on)]
        if shown == name:
            faulty = next((f for a, signers in _by_the_book(name) if (f := fault.commit(a, signers)) is not None), None)
            yield f"# {name}: {fault.name}"
            yield from judged(faulty.judge()) if faulty else ["  no occasion"]
    if name == "investigate":
        case = standard_world().case()
        yield "# a new record that is investigated already"
        data = {**case.data, "state": "investigated"}
        new = case.world.dossier(data)
        yield from judged(judge_step(None, new, register=case.world.register, authorship=Authorship()))
        yield "# a new record that is signed already"
        signed = case.propose("investigate").signed("r.meyer").after
        early = replace(signed, data=case.data)
        yield from judged(judge_step(None, early, register=case.world.register, authorship=Authorship()))


if __name__ == "__main__":
    PAGE.write_text("\n".join(page()) + "\n", encoding="utf-8")
