"""Corners of the rules where two facts meet: the second action of a plan, the check between two others."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from nearmiss.policy.facts import Held
from nearmiss.policy.signing import handles_at
from nearmiss.policy.standing import judge_standing
from tests.policy.builder import GONE, HANDS, Attempt, Edits, World, near_miss, person_of, transition_of

WHOLE_WAY = ("investigate", "find-root-cause", "plan-action", "verify")
A2 = {**near_miss()["action_plan"]["actions"][0], "id": "A2", "owner": "k.adeyemi"}


def messages(attempt: Attempt) -> list[str]:
    """Return what the findings of an attempt say."""
    return [finding.message for finding in attempt.judge().findings]


def test_an_action_without_progress_is_open(world: World) -> None:
    """An action on which nobody has reported is open, and is said to be."""
    case = world.case("low", {"progress": GONE}).travel(*WHOLE_WAY[:3])

    assert "action A1 is open" in messages(case.propose("verify").signed("r.meyer"))


CHECKS = [
    {"on": "2027-05-01", "by": "v.novak", "result": "effective"},
    {"on": "2027-06-01", "by": "v.novak", "result": "ineffective"},
    {"on": "2027-07-01", "by": "t.silva", "result": "effective"},
]


def test_each_check_says_why_it_does_not_count(world: World) -> None:
    """Of several effective checks each says its own reason: refuted later, or made by an owner."""
    case = world.case("low", {"verification.checks": CHECKS}).travel(*WHOLE_WAY[:3])

    found = [message for message in messages(case.propose("verify").signed("r.meyer")) if "does not count" in message]

    assert found == [
        "this check does not count: a later one, on 2027-06-01, found them ineffective",
        "this check does not count: t.silva owns an action",
    ]


def test_a_check_that_no_day_was_fixed_for(world: World) -> None:
    """Where a shallow case fixes no day for the check, a check of any day counts once the plan is signed."""
    case = world.case("minimal", {"action_plan.effectiveness": GONE})

    assert case.travel(*WHOLE_WAY).state == "verified"


def test_the_latest_check_is_the_latest_by_day(world: World) -> None:
    """A check that is entered late does not hide one that was made after it."""
    case = world.case("low", {"verification.checks": [CHECKS[1], CHECKS[0]]}).travel(*WHOLE_WAY[:3])

    assert "the latest check found the actions ineffective" in messages(case.propose("verify").signed("r.meyer"))


def test_of_two_checks_of_a_day_the_second_is_the_later(world: World) -> None:
    """A check that refutes another of the same day comes after it only if it stands after it."""
    same = [{**CHECKS[1], "on": "2027-05-01"}, CHECKS[0]]

    assert world.case("low", {"verification.checks": same}).travel(*WHOLE_WAY).state == "verified"


def test_every_action_of_an_amended_plan_is_looked_at(world: World) -> None:
    """An action that is gone does not hide the forgotten owner of the next."""
    case = world.case("low", {"action_plan.actions.1": A2}).travel(*WHOLE_WAY[:3])
    first, second = case.data["action_plan"]["actions"]
    plan = [{**second, "owner": "p.lind"}, {**first, "id": "A3"}]
    edits: Edits = {"action_plan.actions": plan, "progress": [{"action": "A2", "status": "open", "on": "2027-01-10"}]}

    codes = case.propose("amend-plan", edits).signed("r.meyer").codes

    assert {"action-removed", "owner-forgotten"} <= codes


def test_an_action_that_is_gone_does_not_hide_a_date_that_moved(world: World) -> None:
    """Each action of an amended plan keeps its date, also behind one that is gone."""
    case = world.case("low", {"action_plan.actions.1": A2}).travel(*WHOLE_WAY[:3])
    _, second = case.data["action_plan"]["actions"]

    plan = [{**second, "due": "2027-06-01"}]

    codes = case.propose("amend-plan", {"action_plan.actions": plan, "progress": []}).signed("r.meyer").codes

    assert {"action-removed", "original-due-lost", "extension-unsaid"} <= codes


def extended(was: str, now: str, *before: dict[str, str]) -> Edits:
    """Return edits that postpone the action, by the book."""
    told = [*before, {"from": was, "to": now, "because": "Parts are late."}]
    return {
        "action_plan.actions.0.due": now,
        "action_plan.actions.0.due_original": "2027-01-15",
        "action_plan.actions.0.extensions": told,
    }


def test_postponed_twice(world: World) -> None:
    """However often an action is postponed, it goes on saying when it was due first."""
    case = world.case("low").travel(*WHOLE_WAY[:3])
    once = case.take("amend-plan", extended("2027-01-15", "2027-03-01"))
    told = once.data["action_plan"]["actions"][0]["extensions"]

    twice = once.propose("amend-plan", extended("2027-03-01", "2027-04-01", *told)).signed("r.meyer")

    assert twice.verdict == "pass"
    lost = twice.edit({"action_plan.actions.0.due_original": "2027-03-01"})
    assert "action A1 no longer says when it was due first" in messages(lost)
    assert any('put due_original: "2027-01-15"' in finding.hint for finding in lost.judge().findings)


@pytest.mark.parametrize("to", ["reported", "investigated", "root-caused"])
def test_sent_back_before_anybody_has_signed(world: World, to: str) -> None:
    """A record that is sent back goes where its state says, also while nobody has signed."""
    attempt = world.case("low").travel(*WHOLE_WAY[:3]).propose("send-back", to=to)

    [step] = attempt.judge().proposed

    assert (step.transition.name, step.from_, step.to) == ("send-back", "action", to)


def test_an_earlier_correction_is_not_a_new_one(world: World) -> None:
    """Once a correction is in force, another change of what is sealed is not taken for a part of it."""
    entry = {"field": "report.location", "was": "dock-3", "now": "dock-2", "because": "Misheard.", "on": "2026-12-01"}
    case = world.case("low").travel("investigate")
    corrected = case.take("correct", {"report.location": "dock-2", "corrections": [entry]})

    changed = corrected.change({"investigation.findings": "It was the weather."})

    assert changed.codes == {"sealed-section-changed"}
    assert changed.judge().proposed == ()


def test_what_was_absent_is_corrected_from_nothing(world: World) -> None:
    """A field that was absent, and one that goes, are corrected with one side left out."""
    case = world.case("low").travel("investigate")
    base = {"because": "Forgotten.", "on": "2026-12-01"}
    added = {"field": "report.suggestion", "now": "More light.", **base}

    assert case.take("correct", {"report.suggestion": "More light.", "corrections": [added]}).steps == 2


def test_a_step_back_may_name_no_sections(world: World) -> None:
    """A sign-off that seals nothing may leave the sections out altogether."""
    case = world.case("low").travel("investigate")

    assert case.propose("send-back").signed("r.meyer", content={"schema": 1}).verdict == "pass"


def test_a_title_that_the_step_does_not_seal(world: World) -> None:
    """A sign-off that is bound to the title of a step that seals none is refused."""
    attempt = world.case("low").travel("investigate").propose("find-root-cause")
    content = {**attempt.statement("r.meyer")["content"], "title": "sha256:" + "0" * 64}

    assert "sign-off-content" in attempt.signed("r.meyer", content=content).codes


def test_who_once_owned_an_action_does_not_sign(world: World) -> None:
    """Whoever stood where signers must not stand in an earlier version is refused, and is no candidate."""
    path = "action_plan.actions[].owner"
    held = Held(handles={path: frozenset({"r.meyer"})})
    attempt = world.case("low").travel(*WHOLE_WAY[:3]).propose("verify").knowing(held=held)

    assert "signer-separated" in attempt.signed("r.meyer").codes
    assert "r.meyer" not in attempt.judge().proposed[0].candidates
    assert attempt.signed("p.lind").verdict == "pass"


def test_who_once_owned_an_action_does_not_check_it(world: World) -> None:
    """A check by somebody who owned an action in an earlier version does not count."""
    held = Held(handles={"action_plan.actions[].owner": frozenset({"v.novak"})})
    attempt = world.case("low").travel(*WHOLE_WAY[:3]).propose("verify").knowing(held=held).signed("r.meyer")

    assert "this check does not count: v.novak owns an action" in messages(attempt)


def test_a_check_from_before_the_plan_was_signed(world: World) -> None:
    """A check counts only from the day on which the latest plan was signed."""
    case = world.case("low").travel(*WHOLE_WAY[:2]).take("plan-action", at="2027-05-01T08:00:00Z")

    attempt = case.propose("verify").signed("r.meyer", at="2027-05-02T08:00:00Z")

    assert "this check does not count: it was made on 2027-04-16, before 2027-05-01" in messages(attempt)


def signed_before(world: World, by: str, change: dict[str, Any]) -> Attempt:
    """Return a step that a person signed before somebody's entry in the list of people was changed."""
    attempt = world.case().propose("investigate").signed(by)
    return replace(
        attempt, case=attempt.case.under(world.under(None, lambda people: person_of(people, by).update(change)))
    )


def test_signed_before_the_people_changed(world: World) -> None:
    """A signer counts by the people of the base: with the key and within the bounds that are theirs by now."""
    keyed = signed_before(world, "r.meyer", {"keys": [{"key": HANDS["r.meyer"].line}]})
    elsewhere = {"roles": [{"role": "quality-lead", "sites": ["plant-1"]}]}

    assert keyed.codes == {"signature-missing"}
    assert signed_before(world, "e.area", {"name": "Eve Area"}).verdict == "pass"
    assert signed_before(world, "r.meyer", elsewhere).codes == {"signer-role"}


def test_the_most_particular_step_is_meant(world: World) -> None:
    """Of several steps that could renew a broken seal, the one is meant that seals the least, and only that one."""

    def add_wider(rules: dict[str, Any]) -> None:
        amend = transition_of(rules, "amend-plan")
        wider = [{**deepcopy(amend), "name": name, "seals": ["lesson", "action_plan"]} for name in ("widen", "grow")]
        rules["workflow"]["transitions"] = [wider[0], *rules["workflow"]["transitions"], wider[1]]

    case = world.instead(add_wider).case("low").travel(*WHOLE_WAY[:3])
    changed = case.change({"action_plan.actions.0.acceptance": "On every dock."})

    assert [step.transition.name for step in changed.judge().proposed] == ["amend-plan"]


def test_who_must_sign_depends_on_what_was(world: World) -> None:
    """How many must sign is told from the record before and after, also while nobody has signed."""

    def two_to_lower(rules: dict[str, Any]) -> None:
        transition_of(rules, "reassess")["signers"]["more"] = [{"when": "risk-is-lowered", "count": 2}]

    case = world.instead(two_to_lower).case("high").travel("investigate")
    lowered = case.propose("reassess", {"assessment.severity_potential": 3})
    raised = case.propose("reassess", {"assessment.severity_potential": 5})

    assert [attempt.judge().proposed[0].missing[0][:5] for attempt in (lowered, raised)] == ["2 of ", "1 of "]


def test_nobody_stands_where_no_person_is_named() -> None:
    """A path that leads to something else than people keeps nobody from signing."""
    assert handles_at({"report": {"reporter": {"mode": "named"}}}, "report.reporter") == set()
    assert handles_at({"report": {"links": [1, {"sponsor": 2}]}}, "report.links[]") == set()


def test_a_signature_of_a_step_that_waits_is_judged(world: World) -> None:
    """From the files alone, an approval that cannot count is told while the step still waits for another."""
    attempt = world.case("very-high").propose("investigate").signed("v.novak")

    standing, found = judge_standing(attempt.after, world.register)

    assert standing.waiting is not None
    assert [finding.code for finding in found] == ["signer-role"]


def test_all_that_is_missing_is_named(world: World) -> None:
    """A step that waits for a number of people and for one in a role names both."""
    accepted: Edits = {
        "root_cause.causes.1.disposition": "accept-risk",
        "root_cause.causes.1.because": "It cannot be guarded.",
        "root_cause.causes.1.review_on": "2027-11-01",
    }
    case = world.case("high", accepted).travel("investigate", "find-root-cause")

    [found] = [one for one in case.propose("plan-action").judge().findings if one.code == "sign-off-missing"]

    assert found.message == "plan-action waits for 1 of area-manager, quality-lead and one risk-owner"


def test_an_objection_without_a_reason(world: World) -> None:
    """An objection that gives no reason stands all the same, and says that it gives none."""
    attempt = world.case().propose("investigate").signed("r.meyer").objected("p.lind", because=GONE)

    assert "p.lind objects to investigate: no reason given" in messages(attempt)
