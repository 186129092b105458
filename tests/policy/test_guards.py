"""Each guard by itself, both ways: silent where all is well, and one finding with its field where it is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from nearmiss.policy.findings import Field, Finding, spell_field
from nearmiss.policy.guards.context import StepContext
from nearmiss.policy.guards.table import CIRCUMSTANCES, GUARDS, NEED_BEFORE
from nearmiss.policy.needs import judge_content
from tests.policy.builder import DECLINED, GONE, RECORD, Edits, World, edited, near_miss

A1 = "action_plan.actions.0"
C2 = "root_cause.causes.1"
LONGER = {"from": "2027-01-15", "to": "2027-03-01", "because": "The supplier is late."}


def context_of(
    world: World, after: Mapping[str, Any], *, before: Mapping[str, Any] | None = None, plan_since: str = ""
) -> StepContext:
    """Return what a guard may look at; the transition is one that has any guard."""
    transition = world.newest.workflow.transition("verify")
    assert transition is not None
    return StepContext(before=before, after=after, transition=transition, policy=world.newest, plan_since=plan_since)


def ask(world: World, guard: str, edits: Edits | None = None, *, level: str = "high") -> list[Finding]:
    """Ask a guard about the whole record with these edits."""
    return list(GUARDS[guard](context_of(world, near_miss(level, edits))))


def compare(world: World, guard: str, was: Edits, now: Edits) -> list[Finding]:
    """Ask a guard about the way from one record to another."""
    return list(GUARDS[guard](context_of(world, near_miss("low", now), before=near_miss("low", was))))


PASSES: list[tuple[str, Edits]] = [
    *((name, {}) for name in GUARDS if name not in {*NEED_BEFORE, "decision-is-not-near-miss"}),
    ("decision-is-near-miss", {"assessment.decision": GONE}),
    *(("decision-is-not-near-miss", {"assessment.decision": decision}) for decision in ("hazard", "duplicate")),
    ("concern-is-referred", DECLINED),
    ("concern-is-referred", {"assessment.decision": "routine-variation"}),
    ("duplicate-is-joined", {"assessment.decision": "duplicate", "assessment.duplicate_of": "NM-2026-00001"}),
    ("actual-is-minor", {"assessment.actual.level": 1}),
    ("actual-is-minor", {"assessment.actual": GONE}),
    ("extent-is-checked", {"assessment.classification": "maintenance"}),
    (
        "extent-is-checked",
        {
            "assessment.classification": "quality",
            "assessment.extent": {"checked": "Batches 1 to 9", "result": "none-affected"},
        },
    ),
    ("level-at-floor", {"assessment.level": GONE}),
    ("level-at-floor", {"assessment.severity_potential": GONE}),
    ("level-at-floor", {"assessment.level": "medium"}),
    ("cause-tree-is-whole", {f"{C2}.disposition": "control-adequate", f"{C2}.because": "It held."}),
    ("people-not-alone", {C2 + ".category": "people", "root_cause.causes.0.level": "underlying"} | {
        "root_cause.causes.0.category": "machine"
    }),
    ("actions-cover-causes", {f"{C2}.disposition": "control-adequate", "action_plan": GONE, "progress": GONE}),
    ("causes-have-a-done-action", {f"{C2}.disposition": "control-adequate"}),
    ("effect-is-proven", {"assessment.level": "minimal", "verification": GONE}),
    ("effect-is-proven", {f"{C2}.disposition": "control-adequate", "verification": GONE}),
    ("effect-is-proven", {"verification.checks.0.substitute": "Ten drivers were asked."}),
    ("effect-is-proven", {"action_plan.effectiveness.checker_role": GONE, "verification.checks.0.by": "m.okafor"}),
    ("no-action-is-open", {"progress.1": {"action": "A1", "status": "cancelled", "on": "2027-02-01"}}),
    ("no-action-is-open", {"action_plan": GONE, "progress": GONE}),
    ("release-is-reasoned", {"lesson.release": {"to": "nobody", "because": "It names a supplier."}}),
    ("release-is-reasoned", {"lesson": GONE}),
    ("successor-is-named", {"lesson.status": "superseded", "lesson.superseded_by": "NM-2026-00001"}),
    ("successor-is-named", {"lesson": GONE}),
]  # fmt: skip


@pytest.mark.parametrize("guard, edits", PASSES)
def test_silent(world: World, guard: str, edits: Edits) -> None:
    """A guard has nothing to say where its rule is kept."""
    assert ask(world, guard, edits) == []


REFUSES: list[tuple[str, Edits, str, str]] = [
    ("decision-is-near-miss", {"assessment.decision": "hazard"}, "decision-not-near-miss", "assessment.decision"),
    ("decision-is-not-near-miss", {}, "decision-near-miss", "assessment.decision"),
    *(
        ("concern-is-referred", {"assessment.decision": decision}, "not-referred", "assessment.referred")
        for decision in ("hazard", "hypothetical", "incident", "other-process")
    ),
    ("concern-is-referred", {**DECLINED, "assessment.referred": []}, "not-referred", "assessment.referred"),
    ("duplicate-is-joined", {"assessment.decision": "duplicate"}, "duplicate-of-what", "assessment.duplicate_of"),
    (
        "duplicate-is-joined",
        {"assessment.decision": "duplicate", "assessment.duplicate_of": RECORD},
        "duplicate-of-what",
        "assessment.duplicate_of",
    ),
    ("actual-is-minor", {"assessment.actual.level": 2}, "actual-harm", "assessment.actual.level"),
    ("level-at-floor", {"assessment.level": "low"}, "level-below-floor", "assessment.level"),
    *(
        ("extent-is-checked", {"assessment.classification": kind}, "extent-unchecked", "assessment.extent")
        for kind in ("quality", "security")
    ),
    ("cause-tree-is-whole", {f"{C2}.level": "underlying"}, "no-root-cause", "root_cause.causes"),
    ("cause-tree-is-whole", {"root_cause": GONE}, "no-root-cause", "root_cause.causes"),
    ("cause-tree-is-whole", {f"{C2}.disposition": GONE}, "no-disposition", "root_cause.causes[1]"),
    *(
        ("cause-tree-is-whole", {f"{C2}.disposition": disposition}, "no-because", "root_cause.causes[1]")
        for disposition in ("control-adequate", "outside-our-control")
    ),
    (
        "cause-tree-is-whole",
        {f"{C2}.disposition": "accept-risk", f"{C2}.because": "It is small."},
        "no-review-date",
        "root_cause.causes[1]",
    ),
    ("root-causes-have-evidence", {f"{C2}.evidence": []}, "no-evidence", "root_cause.causes[1].evidence"),
    ("root-causes-have-evidence", {f"{C2}.evidence": GONE}, "no-evidence", "root_cause.causes[1].evidence"),
    ("people-not-alone", {f"{C2}.category": "people"}, "people-alone", "root_cause.causes[1]"),
    ("actions-cover-causes", {f"{A1}.addresses": ["C1"]}, "cause-without-action", "action_plan.actions"),
    ("actions-cover-causes", {"progress.0.status": "cancelled"}, "cause-without-action", "action_plan.actions"),
    *(
        ("actions-are-complete", {f"{A1}.{name}": GONE}, "action-incomplete", f"action_plan.actions[0].{name}")
        for name in ("owner", "due", "acceptance")
    ),
    ("no-action-is-open", {"progress": GONE}, "action-open", "action_plan.actions[0]"),
    ("no-action-is-open", {"progress.0.status": "in-progress"}, "action-open", "action_plan.actions[0]"),
    (
        "no-action-is-open",
        {"progress.1": {"action": "A1", "status": "open", "on": "2027-02-01"}},
        "action-open",
        "action_plan.actions[0]",
    ),
    ("causes-have-a-done-action", {"progress.0.status": "cancelled"}, "cause-not-acted-on", "progress"),
    ("effect-is-proven", {"verification": GONE}, "effect-unproven", "verification.checks"),
    *(
        ("effect-is-proven", {"verification.checks.0.result": result}, "effect-refuted", "verification.checks[0]")
        for result in ("partial", "ineffective")
    ),
    (
        "effect-is-proven",
        {"verification.checks.0.result": "not-measurable"},
        "effect-unproven",
        "verification.checks",
    ),
    (
        "effect-is-proven",
        {"assessment.level": "minimal", "verification.checks.0.result": "ineffective"},
        "effect-refuted",
        "verification.checks[0]",
    ),
    ("effect-is-proven", {"progress.0.on": "2027-12-31"}, "check-does-not-count", "verification.checks[0]"),
    *(
        ("effect-is-proven", {f"verification.checks.0.{key}": value}, "check-does-not-count", "verification.checks[0]")
        for key, value in (
            ("on", "2027-04-14"),
            ("on", "redacted"),
            ("by", "t.silva"),
            ("by", "s.ito"),
            ("by", "r.meyer"),
            ("by", "redacted"),
        )
    ),
    (
        "effect-is-proven",
        {"action_plan.effectiveness.check_on": "redacted"},
        "check-does-not-count",
        "verification.checks[0]",
    ),
    ("release-is-reasoned", {"lesson.release": {"to": "nobody"}}, "release-unreasoned", "lesson.release"),
    ("successor-is-named", {"lesson.status": "superseded"}, "successor-unnamed", "lesson.superseded_by"),
]


@pytest.mark.parametrize("guard, edits, code, field", REFUSES)
def test_refuses(world: World, guard: str, edits: Edits, code: str, field: str) -> None:
    """A guard finds what breaks its rule, says where, and what to do next."""
    [finding] = ask(world, guard, edits)

    assert (finding.code, finding.field_name) == (code, field)
    assert finding.message
    assert finding.hint


def test_every_guard_was_asked() -> None:
    """No guard is without a test of both answers."""
    compared = {guard for guard, *_ in COMPARED}
    assert {guard for guard, *_ in REFUSES} | compared | {"class-is-allowed"} == set(GUARDS)


def test_all_guards_are_used(world: World) -> None:
    """The workflow of this repository asks every guard and names no other."""
    assert {guard for transition in world.newest.workflow.transitions for guard in transition.guards} == set(GUARDS)


def test_evidence_by_level(world: World) -> None:
    """Below level medium a root cause may stand without evidence."""
    edits = {f"{C2}.evidence": GONE}

    assert ask(world, "root-causes-have-evidence", edits, level="low") == []
    assert len(ask(world, "root-causes-have-evidence", edits, level="medium")) == 1


def test_people_beside_another(world: World) -> None:
    """A root cause in people may stand beside one of another category, never beside its own kind alone."""
    people = {"id": "C3", "level": "root", "category": "people", "statement": "Haste.", "disposition": "act"}

    assert ask(world, "people-not-alone", {"root_cause.causes.2": people}) == []
    assert len(ask(world, "people-not-alone", {"root_cause.causes.2": people, f"{C2}.category": "people"})) == 2
    # What happened at once is no cause behind it, whatever its category.
    at_once = {"root_cause.causes.0.category": "material", f"{C2}.category": "people"}
    assert len(ask(world, "people-not-alone", at_once)) == 1


def test_class_in_an_open_register(world: World) -> None:
    """An open register refuses restricted classes and says where to take them; a restricted one takes them."""

    def security_is_restricted(rules: dict[str, Any]) -> None:
        rules["settings"] |= {"restricted_classes": ["security"], "restricted_go_to": "the security desk"}

    open_, security = world.instead(security_is_restricted), {"assessment.classification": "security"}
    restricted = open_.instead(lambda rules: rules["settings"].update(register="restricted"))
    anywhere = open_.instead(lambda rules: rules["settings"].pop("restricted_go_to"))

    [finding] = ask(open_, "class-is-allowed", security)
    assert (finding.code, finding.hint) == ("class-restricted", "take it to the security desk")
    assert ask(open_, "class-is-allowed") == []
    assert ask(restricted, "class-is-allowed", security) == []
    assert "register for restricted classes" in ask(anywhere, "class-is-allowed", security)[0].hint


def test_check_before_the_plan(world: World) -> None:
    """A check made before the plan was last amended proves nothing about that plan."""
    after = near_miss("high")
    effect = GUARDS["effect-is-proven"]

    assert list(effect(context_of(world, after, plan_since="2027-04-16"))) == []
    [finding] = effect(context_of(world, after, plan_since="2027-04-17"))
    assert finding.code == "check-does-not-count"
    assert "before 2027-04-17" in finding.message


@pytest.mark.parametrize("result, counts", [("ineffective", False), ("partial", False), ("not-measurable", True)])
def test_last_word(world: World, result: str, *, counts: bool) -> None:
    """A check that found the actions effective is refuted by a later one that did not."""
    later = {"on": "2027-05-01", "by": "v.novak", "result": result}
    again = {"on": "2027-06-01", "by": "v.novak", "result": "effective"}

    refuted: Edits = {"verification.checks.1": later}

    assert (ask(world, "effect-is-proven", refuted) == []) is counts
    assert ask(world, "effect-is-proven", {**refuted, "verification.checks.2": again}) == []


SAID = {"field": "title", "was": near_miss()["title"], "now": "Another", "because": "Unclear", "on": "2026-12-01"}
OWNER: Field = ("action_plan", "actions", 0, "owner")
DOCK = {"external": "Dock", "sponsor": "t.silva"}
COMPARED: list[tuple[str, Edits, Edits, str | None]] = [
    ("plan-only-grows", {}, {}, None),
    ("plan-only-grows", {}, {"action_plan.actions.1": {**near_miss()["action_plan"]["actions"][0], "id": "A2"}}, None),
    ("plan-only-grows", {}, {"action_plan.actions": []}, "action-removed"),
    ("plan-only-grows", {}, {f"{A1}.owner": "p.lind"}, "owner-forgotten"),
    ("plan-only-grows", {}, {f"{A1}.owner": "p.lind", f"{A1}.previous_owners": ["t.silva"]}, None),
    ("plan-only-grows", {}, {f"{A1}.owner": {"external": "Dock", "sponsor": "t.silva"}}, None),
    ("plan-only-grows", {f"{A1}.owner": {"external": "Dock", "sponsor": "p.lind"}}, {}, "owner-forgotten"),
    (
        "plan-only-grows",
        {f"{A1}.owner": {"external": "Dock", "sponsor": "p.lind"}},
        {f"{A1}.previous_owners": ["p.lind"]},
        None,
    ),
    ("plan-only-grows", {f"{A1}.previous_owners": ["p.lind"]}, {}, "owner-forgotten"),
    ("plan-only-grows", {f"{A1}.owner": GONE}, {}, None),
    ("extensions-keep-the-original", {}, {}, None),
    ("extensions-keep-the-original", {f"{A1}.due": GONE}, {}, None),
    ("extensions-keep-the-original", {}, {"action_plan.actions": []}, None),
    (
        "extensions-keep-the-original",
        {},
        {f"{A1}.due": "2027-03-01", f"{A1}.due_original": "2027-01-15", f"{A1}.extensions": [LONGER]},
        None,
    ),
    (
        "extensions-keep-the-original",
        {},
        {f"{A1}.due": "2027-03-01", f"{A1}.extensions": [LONGER]},
        "original-due-lost",
    ),
    (
        "extensions-keep-the-original",
        {},
        {f"{A1}.due": "2027-03-01", f"{A1}.due_original": "2027-01-15"},
        "extension-unsaid",
    ),
    (
        "extensions-keep-the-original",
        {},
        {
            f"{A1}.due": "2027-04-01",
            f"{A1}.due_original": "2027-01-15",
            f"{A1}.extensions": [LONGER],
        },
        "extension-unsaid",
    ),
    ("extensions-keep-the-original", {f"{A1}.due_original": "2026-12-01"}, {}, "original-due-lost"),
    ("extensions-keep-the-original", {f"{A1}.extensions": [LONGER]}, {}, "extension-unsaid"),
    ("corrections-say-all", {}, {}, "correction-unsaid"),
    ("corrections-say-all", {}, {"title": "Another"}, "correction-unsaid"),
    *(
        ("corrections-say-all", was, {**now, "corrections": [entry]}, code)
        for was, now, entry, code in (
            (
                {"title": "One"},
                {"title": "Two"},
                {"field": "title", "was": "One", "now": "Two", "because": "Typed wrongly", "on": "2026-12-01"},
                None,
            ),
            (
                {"title": "One"},
                {"title": "Two"},
                {"field": "title", "was": "Zero", "now": "Two", "because": "Typed wrongly", "on": "2026-12-01"},
                "correction-unsaid",
            ),
            (
                {"title": "One"},
                {"title": "Two"},
                {"field": "lesson", "was": "One", "now": "Two", "because": "Typed wrongly", "on": "2026-12-01"},
                "correction-of-nothing",
            ),
            (
                {},
                {"report.reporter.person": "redacted"},
                {"field": "report.reporter.person", "now": "redacted", "because": "Asked for", "on": "2026-12-01"},
                None,
            ),
            (
                {},
                {"report.reporter.person": "redacted"},
                {"field": "report.reporter.person", "now": "somebody", "because": "Asked for", "on": "2026-12-01"},
                "correction-unsaid",
            ),
            (
                {"lesson.status": "current"},
                {},
                {"field": "lesson.status", "was": "current", "because": "Not reviewed", "on": "2026-12-01"},
                None,
            ),
        )
    ),
    *(
        ("corrections-say-all", {"corrections": was}, {"corrections": [*was, *now], **edits}, code)
        for was, now, edits, code in (
            ([SAID], [{**SAID, "field": "lesson"}], {}, "correction-of-nothing"),
            ([{**SAID, "now": "redacted"}], [{**SAID, "now": "A better title"}], {"title": "A better title"}, None),
            ([SAID], [SAID], {"title": "A better title"}, "correction-unsaid"),
        )
    ),
    *(
        (
            "corrections-say-all",
            {f"{A1}.owner": was},
            {f"{A1}.owner": now, "corrections": [{**SAID, "field": spell_field(OWNER), "was": was, "now": now}]},
            None,
        )
        for was, now in ((DOCK, "p.lind"), ("p.lind", DOCK))
    ),
    ("only-redacts", {}, {"title": "redacted"}, None),
    ("only-redacts", {}, {"investigation.timeline.0.event": "redacted"}, None),
    ("only-redacts", {}, {"title": "Another"}, "not-a-redaction"),
    (
        "only-redacts",
        {"title": "A trailer", "report.what_happened": "A trailer rolled"},
        {"title": "A trailer", "report.what_happened": "redacted"},
        "title-repeats",
    ),
    (
        "only-redacts",
        {"title": "A trailer", "report.what_happened": "A trailer rolled"},
        {"title": "redacted", "report.what_happened": "redacted"},
        None,
    ),
    (
        "only-redacts",
        {"title": "A trailer…", "report.what_happened": "A trailer rolled"},
        {"title": "A trailer…", "report.what_happened": "redacted"},
        "title-repeats",
    ),
    (
        "only-redacts",
        {"title": "…the trailer", "report.what_happened": "the trailer rolled"},
        {"title": "…the trailer", "report.what_happened": "redacted"},
        None,
    ),
    ("only-redacts", {}, {"investigation.timeline": []}, "not-a-redaction"),
    ("level-at-floor", {}, {"assessment.severity_potential": GONE}, "risk-withdrawn"),
    ("level-at-floor", {}, {"assessment.likelihood": GONE}, "risk-withdrawn"),
    ("level-at-floor", {}, {"assessment.level": GONE}, "risk-withdrawn"),
    ("level-at-floor", {"assessment.level": GONE}, {"assessment.level": GONE}, None),
]


@pytest.mark.parametrize("guard, was, now, code", COMPARED)
def test_compares(world: World, guard: str, was: Edits, now: Edits, code: str | None) -> None:
    """A guard that compares finds what a change takes away or leaves unsaid, and nothing else."""
    codes = {finding.code for finding in compare(world, guard, was, now)}

    assert code in codes if code else not codes


def test_guards_that_compare_are_silent_alone(world: World) -> None:
    """Where only the files of today are known, guards that compare are not asked; the others are."""
    transition = world.newest.workflow.transition("amend-plan")
    assert transition is not None

    def asked(before: Mapping[str, Any] | None) -> set[str]:
        after = edited(near_miss(), {"action_plan.actions": [], "progress": GONE})
        context = StepContext(before=before, after=after, transition=transition, policy=world.newest)
        return {finding.code for finding in judge_content(context)}

    assert asked(None) == {"cause-without-action"}
    assert asked(near_miss()) == {"cause-without-action", "action-removed"}


CIRCUMSTANCE: list[tuple[str, Edits, bool]] = [
    ("weak-controls-only", {}, False),
    ("weak-controls-only", {f"{A1}.control": "ppe"}, True),
    ("weak-controls-only", {f"{A1}.control": "administrative"}, True),
    ("weak-controls-only", {f"{A1}.control": "administrative", "assessment.severity_potential": 3}, False),
    ("weak-controls-only", {"action_plan": GONE}, False),
    ("weak-controls-only", {f"{A1}.control": "ppe", "assessment": GONE}, False),
    (
        "weak-controls-only",
        {
            f"{A1}.control": "ppe",
            "action_plan.actions.1": {**near_miss()["action_plan"]["actions"][0], "id": "A2"},
        },
        False,
    ),
    ("severe-potential", {}, True),
    ("severe-potential", {"assessment.severity_potential": 5}, True),
    ("severe-potential", {"assessment.severity_potential": 3}, False),
    ("severe-potential", {"assessment": GONE}, False),
    ("severe-potential", {"assessment.severity_potential": "redacted"}, False),
    ("risk-accepted-high", {}, False),
    ("risk-accepted-high", {f"{C2}.disposition": "accept-risk"}, True),
    ("risk-accepted-high", {f"{C2}.disposition": "accept-risk", "assessment.severity_potential": 1}, False),
    ("risk-accepted-high", {f"{C2}.disposition": "accept-risk", "assessment.likelihood": GONE}, False),
    ("effect-not-measurable", {}, False),
    ("effect-not-measurable", {"verification": GONE}, False),
    ("effect-not-measurable", {"verification.checks.0.result": "not-measurable"}, True),
    ("effect-not-measurable", {"verification.checks.0.substitute": "Ten drivers were asked."}, True),
]


@pytest.mark.parametrize("name, edits, holds", CIRCUMSTANCE)
def test_circumstance(world: World, name: str, edits: Edits, *, holds: bool) -> None:
    """A circumstance is there, or it is not."""
    assert CIRCUMSTANCES[name](context_of(world, near_miss("high", edits))) is holds


def test_a_potential_stays_severe_while_it_is_lowered(world: World) -> None:
    """What the record said before counts as well, or whoever lowers the severity could do so with less certainty."""
    after = near_miss("high", {"assessment.severity_potential": 2})
    severe = CIRCUMSTANCES["severe-potential"]

    assert severe(context_of(world, after, before=near_miss("high"))) is True
    assert severe(context_of(world, after, before=after)) is False


@pytest.mark.parametrize(
    "edits, lowered",
    [
        ({}, False),
        ({"assessment.severity_potential": 3}, True),
        ({"assessment.severity_potential": 5}, False),
        ({"assessment.likelihood": 2}, True),
        ({"assessment.likelihood": GONE}, True),
        ({"assessment.level": "medium"}, True),
        ({"assessment": GONE}, True),
    ],
)
def test_risk_is_lowered(world: World, edits: Edits, *, lowered: bool) -> None:
    """A risk is lowered when any of its numbers or its level falls or goes; before it was given it cannot fall."""
    after = near_miss("high", edits)
    is_lowered = CIRCUMSTANCES["risk-is-lowered"]

    assert is_lowered(context_of(world, after, before=near_miss("high"))) is lowered
    assert is_lowered(context_of(world, after)) is False
