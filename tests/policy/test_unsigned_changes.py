"""What may change without a signature: drafts, and never what was reported, done, checked or corrected before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nearmiss.policy.changes import judge_unsigned_changes
from nearmiss.policy.facts import Held
from tests.policy.builder import GONE, Edits, World, edited, near_miss

FORWARD = ("investigate", "find-root-cause", "plan-action")
DONE = {"action": "A1", "status": "done", "on": "2027-01-10"}
CHECK = {"on": "2027-05-01", "by": "v.novak", "result": "partial"}
CORRECTED = {"field": "title", "was": "One", "now": "Two", "because": "Typed wrongly.", "on": "2026-12-01"}

ALLOWED: list[Edits] = [
    {},
    {"title": "A trailer rolled"},
    {"report.suggestion": "More light."},
    {"report.links.1": {"kind": "batch", "ref": "B7"}},
    {"report.links.0.system": "MES"},
    {"report.clarifications": [{"on": "2026-11-23", "text": "It was raining."}]},
    {"report.reporter.person": "redacted"},
    {"report.what_happened": "redacted"},
    {"report.links.0.ref": "redacted"},
    {"assessment.reply": "We look into it."},
    {"investigation.findings": GONE},
    {"root_cause.causes": []} | {"action_plan.actions.0.addresses": []},
    {"action_plan.actions.0.owner": "p.lind"},
    {"progress.1": DONE},
    {"verification.checks.1": CHECK},
    {"briefings": [{"on": "2026-12-01", "attended": 14}]},
    {"decisions": [{"on": "2026-12-01", "body": "Safety committee", "decided": "Go on."}]},
    {"alert": {"headline": "Chock", "do_this": "Look", "until": "2027-01-01"}},
]


@pytest.mark.parametrize("edits", ALLOWED)
def test_allowed(world: World, edits: Edits) -> None:
    """A draft may be changed, and the reporter's words added to or withheld."""
    assert world.case().change(edits).judge().findings == ()


REFUSED: list[tuple[Edits, str, str]] = [
    ({"report.what_happened": "Nothing much."}, "report-changed", "report.what_happened"),
    ({"report.location": "dock-2"}, "report-changed", "report.location"),
    ({"report.location": GONE}, "report-changed", "report.location"),
    ({"report.links": []}, "report-changed", "report.links"),
    ({"report.links": GONE}, "report-changed", "report.links"),
    ({"report.links.0.ref": "TRL-89"}, "report-changed", "report.links[0].ref"),
    ({"report.what_stopped_it": {"barrier": "person"}}, "report-changed", "report.what_stopped_it.barrier"),
    ({"report.reporter": {"mode": "confidential"}}, "time-tells-who", "report.occurred_at"),
    ({"report.reporter.person": "p.lind"}, "report-changed", "report.reporter.person"),
    ({"report.reported_on": "2026-11-22"}, "fixed-field-changed", "report.reported_on"),
    ({"id": "NM-2026-00001"}, "fixed-field-changed", "id"),
    ({"progress": []}, "entry-rewritten", "progress"),
    ({"progress.0.status": "open"}, "entry-rewritten", "progress"),
    ({"verification.checks.0.result": "partial"}, "entry-rewritten", "verification.checks"),
    ({"verification.checks": GONE}, "entry-rewritten", "verification.checks"),
    ({"corrections": [CORRECTED]}, "correction-of-nothing", "corrections[0]"),
    ({"action_plan.actions.0.what": "Something else."}, "action-id-reused", "action_plan.actions[0]"),
    *(({name: GONE}, "section-removed", name) for name in ("root_cause", "lesson", "assessment", "verification")),
]  # fmt: skip


@pytest.mark.parametrize("edits, code, field", REFUSED)
def test_refused(world: World, edits: Edits, code: str, field: str) -> None:
    """What was reported, done or checked is not changed, nor a section taken away."""
    edits = {"action_plan": GONE, "progress": GONE, **edits} if edits == {"root_cause": GONE} else edits

    found = {(finding.code, finding.field_name) for finding in world.case().change(edits).judge().findings}

    assert (code, field) in found
    assert world.case().change(edits).verdict != "pass"


def test_the_version_of_the_form_is_fixed(world: World) -> None:
    """A record keeps the version of the form in which it was written."""
    dossier = world.case().dossier
    newer = replace(dossier, data={**dossier.data, "schema": 2})

    [finding] = judge_unsigned_changes(dossier, newer, transitions=())

    assert (finding.code, finding.field_name, finding.hint) == ("fixed-field-changed", "schema", "put 1 back")


def test_what_was_reported_is_corrected(world: World) -> None:
    """A correcting step may mend what is else only added to, so far as it says so."""
    case = world.case().travel(*FORWARD, "verify")
    said = {"because": "Another photo.", "on": "2027-06-01"}
    entry = {"field": "progress[0].evidence", "was": "Photo", "now": "Photo of dock 4", **said}
    edits: Edits = {"progress.0.evidence": "Photo of dock 4", "corrections": [entry]}

    assert case.propose("correct", edits).signed("p.lind").verdict == "pass"
    assert "entry-rewritten" in case.change({"progress.0.evidence": "Photo of dock 4"}).codes


def test_what_was_raised_past_the_seal_is_put_back(world: World) -> None:
    """Who puts an assessment back as it was signed is not blamed for what somebody wrote over it."""
    case = world.case("high").travel("investigate")
    over = replace(case, dossier=replace(case.dossier, data=edited(case.data, {"assessment.severity_potential": 5})))
    held = Held(severity_potential=5, level="high")

    assert over.change({"assessment.severity_potential": 4}).knowing(held=held).codes == set()
    assert over.change({"assessment.severity_potential": 3}).knowing(held=held).codes == {"sign-off-missing"}


def test_imported_from_is_fixed(world: World) -> None:
    """Where an imported report came from never changes, or it would be imported again."""
    source = {"source": "safenet", "key": "77", "row_sha256": "sha256:" + "0" * 64}
    external: Edits = {"report.reporter": {"mode": "external"}, "report.imported_from": source}

    assert "fixed-field-changed" in world.case(edits=external).change({"report.imported_from.key": "78"}).codes


def test_progress_while_planned(world: World) -> None:
    """In the state of action, progress, verification and lesson stay open, and what was planned is sealed."""
    case = world.case().travel(*FORWARD)

    assert (
        case.change({"progress.1": DONE, "verification.checks.1": CHECK, "lesson.headline": "Chock"}).verdict == "pass"
    )
    assert case.change({"action_plan.actions.0.due": "2027-03-01"}).verdict != "pass"


def test_closed_is_sealed(world: World) -> None:
    """Nothing of a verified record but briefings and decisions changes without a step."""
    case = world.case().travel(*FORWARD, "verify")

    assert case.change({"progress.1": DONE}).verdict != "pass"
    assert case.change({"lesson.headline": "Chock", "lesson.status": "amended"}).verdict == "waiting"
    assert case.change({"briefings": [{"on": "2027-06-01", "attended": 9}]}).verdict == "pass"


@pytest.mark.parametrize(
    "edits, transition",
    [
        ({"assessment.crew": "B"}, "reassess"),
        ({"action_plan.actions.0.side_effects": "None."}, "amend-plan"),
    ],
)
def test_the_step_that_a_change_means(world: World, edits: Edits, transition: str) -> None:
    """A change of what is sealed is taken for the most particular step that may renew it."""
    case = world.case().travel(*FORWARD)

    judgement = case.change(edits).judge()

    assert [step.transition.name for step in judgement.proposed] == [transition]
    assert judgement.verdict == "waiting"


def test_lesson_reviewed(world: World) -> None:
    """A lesson is reviewed with a reason, and a superseded one names its successor."""
    case = world.case().travel(*FORWARD, "verify")

    assert case.take("review-lesson", {"lesson.status": "current"}).data["lesson"]["status"] == "current"
    attempt = case.propose("review-lesson", {"lesson.status": "superseded"})
    assert attempt.codes == {"successor-unnamed", "sign-off-missing"}
    assert attempt.edit({"lesson.superseded_by": "NM-2026-00001"}).verdict == "waiting"


def test_lesson_reviewed_unchanged(world: World) -> None:
    """A review that changes nothing shows in the change only by what is intended, and then waits."""
    case = world.case(edits={"lesson.status": "current"}).travel(*FORWARD, "verify")
    attempt = case.change()

    assert attempt.verdict == "pass"
    assert attempt.knowing(intended="review-lesson").verdict == "waiting"
    assert attempt.knowing(intended="verify").verdict == "pass"
    assert attempt.knowing(intended="no-such-step").verdict == "pass"


def correction(field: str, was: Any, now: Any) -> dict[str, Any]:
    """Return the entry that a correction of a field needs."""
    return {"field": field, "was": was, "now": now, "because": "It was misheard.", "on": "2026-12-01"}


@pytest.mark.parametrize("taken", range(5))
def test_corrected_in_every_state(world: World, taken: int) -> None:
    """A report is corrected in every state, visibly and by somebody else's signature."""
    case = world.case().travel(*(*FORWARD, "verify")[:taken])
    edits = {"report.location": "dock-2", "corrections": [correction("report.location", "dock-3", "dock-2")]}

    unsigned = case.change(edits)
    assert [step.transition.name for step in unsigned.judge().proposed] == ["correct"]
    assert set(unsigned.judge().proposed[0].parts) == {"report", "corrections"}

    corrected = case.take("correct", edits)
    assert corrected.state == case.state
    again = {"report.location": "dock-1", "corrections.1": correction("report.location", "dock-2", "dock-1")}
    assert corrected.take("correct", again).data["corrections"][0]["now"] == "dock-2"


def test_correction_that_hides_another_change(world: World) -> None:
    """What a correction changes beyond what it says is refused."""
    edits = {"report.location": "dock-2", "corrections": [correction("report.location", "dock-3", "dock-2")]}
    case = world.case().take("investigate")

    attempt = case.propose("correct", {**edits, "assessment.reply": "Another reply."}).signed("r.meyer")

    assert attempt.codes == {"correction-unsaid"}
    assert attempt.fields == {"assessment.reply"}


def test_correction_rewritten(world: World) -> None:
    """An earlier correction stays as it is, even while another is made."""
    edits = {"report.location": "dock-2", "corrections": [correction("report.location", "dock-3", "dock-2")]}
    case = world.case().take("correct", edits)
    more = {
        "corrections.0.because": "Another reason.",
        "corrections.1": correction("report.location", "dock-2", "dock-1"),
        "report.location": "dock-1",
    }

    assert "entry-rewritten" in case.propose("correct", more).signed("r.meyer").codes


@pytest.mark.parametrize("taken", range(5))
def test_redacted_in_every_state(world: World, taken: int) -> None:
    """A name is withheld in every state, without repeating it."""
    case = world.case().travel(*(*FORWARD, "verify")[:taken])
    entry = {"field": "report.reporter.person", "now": "redacted", "because": "Asked for.", "on": "2026-12-01"}

    edits = {"report.reporter.person": "redacted", "corrections": [entry]}
    assert [step.transition.name for step in case.change(edits).judge().proposed] == ["redact"]
    assert case.take("redact", edits).data["report"]["reporter"]["person"] == "redacted"


def test_redaction_that_changes(world: World) -> None:
    """A redaction puts the word `redacted` and changes nothing else."""
    entry = {"field": "report.location", "was": "dock-3", "now": "dock-2", "because": "Wrong.", "on": "2026-12-01"}
    attempt = world.case().propose("redact", {"report.location": "dock-2", "corrections": [entry]})

    assert "not-a-redaction" in attempt.signed("r.meyer").codes


def test_correction_without_a_correcting_step(world: World) -> None:
    """Where the workflow has no correcting step from a state, a correction is refused with the way to it."""

    def nowhere(rules: dict[str, Any]) -> None:
        for transition in rules["workflow"]["transitions"]:
            if transition["name"] == "correct":
                transition["from"] = ["verified"]

    edits = {"report.location": "dock-2", "corrections": [correction("report.location", "dock-3", "dock-2")]}

    assert "correction-unsigned" in world.instead(nowhere).case().change(edits).codes


def test_escalated_is_reopened_with_its_reference(world: World) -> None:
    """An escalation names its incident, and what it named stays when the record is reopened."""
    case = world.case()
    assert "escalation.incident_ref" in case.propose("escalate").fields

    reopened = case.take("escalate", {"escalation": {"incident_ref": "INC-7"}}).take("reopen", to="reported")

    assert reopened.data["escalation"] == {"incident_ref": "INC-7"}
    assert reopened.travel("investigate").state == "investigated"


@pytest.mark.parametrize(
    "was, now",
    [
        ({"barrier": "luck"}, "luck"),
        ("luck", {"barrier": "luck"}),
        ([{"kind": "batch"}], {"kind": "batch"}),
        ({"kind": "batch"}, [{"kind": "batch"}]),
        (["one"], "one more"),
        ("one more", ["one more"]),
    ],
)
def test_what_was_reported_keeps_its_shape(world: World, was: Any, now: Any) -> None:
    """A value of the report that becomes one of another shape is told as such, whatever the form says of it."""
    before, after = (
        replace(world.case().dossier, data={**near_miss(), "report": {"links": value}}) for value in (was, now)
    )

    found = [*judge_unsigned_changes(before, after, transitions=())]

    assert [(finding.code, finding.field_name) for finding in found] == [("report-changed", "report.links")]
