"""Which steps a change takes: legal ones, one at a time, to where the record has been, and all that they change."""

from __future__ import annotations

from typing import Any

import pytest

from nearmiss.models.digests import digest
from nearmiss.policy.step import Judgement
from tests.policy.builder import DECLINED, ESCALATED, GONE, Attempt, Case, World, transition_of

FORWARD = ("investigate", "find-root-cause", "plan-action", "verify")


def codes(judgement: Judgement) -> list[str]:
    """Return the codes of all findings, in order."""
    return [finding.code for finding in judgement.findings]


def sign_all(case: Case, *transitions: str, by: str = "r.meyer") -> Attempt:
    """Attempt several forward steps in one change, each signed in its turn."""
    rules = dict(case.world.newest.data["rules"])
    states = [case.state, *(transition_of(rules, name)["to"][0] for name in transitions)]
    attempt = case.propose(transitions[-1])
    previous: dict[str, Any] = {}
    for place, name in enumerate(transitions):
        said = {"transition": name, "seq": case.steps + 1 + place, "from": states[place], "to": states[place + 1]}
        statement = attempt.statement(by, **said, **previous)
        attempt = attempt.with_files(case.world.sign_off(attempt.after, statement))
        previous = {"previous": digest([digest(statement)])}
    return attempt


@pytest.mark.parametrize("level", ["minimal", "low"])
def test_close_in_one_request(world: World, level: str) -> None:
    """A minimal or low record goes all the way in one request, each step with its own sign-off."""
    attempt = sign_all(world.case(level), *FORWARD)

    assert attempt.verdict == "pass"
    assert [step.transition.name for step in attempt.judge().proposed] == list(FORWARD)


@pytest.mark.parametrize("level", ["medium", "high"])
def test_close_is_for_shallow_cases(world: World, level: str) -> None:
    """A medium or high record takes one step in each request, signed or not."""
    signed = sign_all(world.case(level), *FORWARD)
    two = sign_all(world.case(level), *FORWARD[:2])
    unsigned = world.case(level).change({"state": "verified"})

    assert codes(signed.judge()) == ["several-steps"]
    assert codes(two.judge()) == ["several-steps"]
    assert "no-such-step" in unsigned.codes


def test_close_partly_signed(world: World) -> None:
    """While some steps of a close are not signed yet, the whole waits, and says for what."""
    case = world.case()
    attempt = sign_all(case, *FORWARD[:2])
    attempt = attempt.edit({"state": "verified"})

    judgement = attempt.judge()

    assert judgement.verdict == "waiting"
    assert [(step.seq, step.transition.name, bool(step.missing)) for step in judgement.proposed] == [
        (1, "investigate", False),
        (2, "find-root-cause", False),
        (3, "plan-action", True),
        (4, "verify", True),
    ]


def test_close_unsigned_lists_everything(world: World) -> None:
    """A close that lacks fields of several steps says so about all of them at once."""
    case = world.case(
        "minimal", {"investigation.findings": GONE, "root_cause.causes.1.disposition": GONE, "lesson.do_this": GONE}
    )

    attempt = case.change({"state": "verified"})

    assert {"investigation.findings", "root_cause.causes[1]", "lesson.do_this"} <= attempt.fields
    assert attempt.verdict == "refuse"


def test_two_steps_where_one_undoes_the_other(world: World) -> None:
    """A step cannot hide behind another of the same change that renews what it sealed."""
    case = world.case("very-high")
    shallow = {"assessment.severity_potential": 1, "assessment.likelihood": 1}
    first = case.propose("investigate").signed("r.meyer")
    middle = Case(world=world, dossier=first.after, steps=1)
    second = middle.propose("reassess", shallow).signed("p.lind")

    attempt = Attempt(case=case, after=second.after, transition="reassess")

    assert "several-steps" in attempt.codes
    assert attempt.verdict == "refuse"


@pytest.mark.parametrize("frm, to", [("reported", "root-caused"), ("reported", "action"), ("declined", "verified")])
def test_skipping(world: World, frm: str, to: str) -> None:
    """A state is not skipped."""
    case = world.case("medium", DECLINED if frm == "declined" else None)
    case = case.take("decline") if frm == "declined" else case

    assert "no-such-step" in case.change({"state": to}).codes


def test_skipping_names_what_is_left_out(world: World) -> None:
    """Who skips a state is told which."""
    [message] = [f.message for f in world.case("medium").change({"state": "action"}).judge().findings]

    assert message == "the record goes from reported to action and leaves out investigated and root-caused"


def test_unknown_transition(world: World) -> None:
    """A sign-off for a step that the workflow does not know, or that starts elsewhere, is refused."""
    case = world.case()
    attempt = case.propose("investigate")

    for said in ({"transition": "verify", "to": "verified"}, {"from": "action"}, {"to": "action"}):
        statement = {**attempt.statement("r.meyer"), **said}
        assert "transition-illegal" in attempt.with_files(world.sign_off(attempt.after, statement)).codes
    statement = {**attempt.statement("r.meyer"), "transition": "leap"}
    assert "transition-illegal" in attempt.with_files(world.sign_off(attempt.after, statement)).codes


def test_reopened_to_where_it_never_was(world: World) -> None:
    """A record that was declined at once is not reopened as investigated, which would skip the investigation."""
    case = world.case(edits=DECLINED).take("decline")

    attempt = case.propose("reopen", {"assessment.decision": "near-miss"}, to="investigated")

    assert "target-never-reached" in attempt.codes
    assert "target-never-reached" in attempt.signed("p.lind").codes
    assert case.propose("reopen", to="reported").signed("p.lind").verdict == "pass"


def test_sent_back_to_where_it_was_taken_back_from(world: World) -> None:
    """A state behind which a record was taken back cannot be the target of another step back."""
    case = world.case().travel(*FORWARD[:2]).take("send-back", to="reported").take("investigate")

    attempt = case.propose("send-back", to="root-caused").signed("r.meyer")

    assert "target-never-reached" in attempt.codes


def test_sent_back_to_itself(world: World) -> None:
    """Sending a record back to the state it is in is no step."""
    case = world.case().take("investigate")

    assert "transition-illegal" in case.propose("send-back", to="investigated").signed("r.meyer").codes


def test_sign_off_without_the_move(world: World) -> None:
    """A sign-off for a step that the record does not take does not pass."""
    case = world.case()
    attempt = case.change().with_files(*case.propose("investigate").signed("r.meyer").after.sign_offs)

    assert attempt.verdict == "refuse"


def test_objection_alone_takes_no_step(world: World) -> None:
    """An objection keeps a proposal waiting, and says so with its reason."""
    attempt = world.case().propose("investigate").objected("p.lind")
    judgement = attempt.judge()

    assert judgement.verdict == "waiting"
    assert sorted(codes(judgement)) == ["objection-stands", "sign-off-missing"]
    assert judgement.proposed[0].objected == ("p.lind",)
    assert any("p.lind objects to investigate: The chock was there." in f.message for f in judgement.findings)


def test_objection_to_another_step(world: World) -> None:
    """Who objected to one step does not hinder another that takes its place, and its file may stay."""
    objected = world.case(edits=DECLINED).propose("investigate").objected("p.lind")
    case = objected.case

    attempt = case.propose("decline").with_files(*objected.after.sign_offs)

    assert [step.transition.name for step in attempt.judge().proposed] == ["decline"]
    signed = attempt.signed("r.meyer")
    assert signed.verdict == "pass"
    assert signed.accept().take("reopen", to="reported").state == "reported"


def test_objection_to_a_keeping_step(world: World) -> None:
    """An objection alone keeps a step waiting even where the change itself would need no step."""
    alert = {"alert": {"headline": "Chock", "do_this": "Look", "until": "2027-01-01"}}
    case = world.case()

    attempt = case.change(alert).objected("p.lind", transition="publish-alert")

    assert attempt.verdict == "waiting"
    assert "objection-stands" in attempt.codes


def test_objection_is_lifted_by_a_change(world: World) -> None:
    """An objection is to what was there; what is changed since stands in its own right."""
    attempt = world.case().propose("investigate").objected("p.lind").edit({"investigation.findings": "Mended."})

    assert attempt.signed("r.meyer").verdict == "pass"


def test_objection_is_lifted_by_its_own_author(world: World) -> None:
    """Who objected and then approves objects no more; until then the approvals of others do not help."""
    attempt = world.case().propose("investigate").objected("p.lind").signed("r.meyer")

    assert attempt.verdict == "waiting"
    assert attempt.signed("p.lind").verdict == "pass"


def test_objection_is_no_approval(world: World) -> None:
    """An objection is never counted among the approvals."""
    attempt = world.case("very-high").propose("investigate").signed("r.meyer").objected("p.lind")

    assert {"sign-off-missing", "objection-stands"} == attempt.codes


def test_step_after_an_unsigned_one(world: World) -> None:
    """No step follows one that nobody has approved."""
    attempt = world.case().propose("investigate").objected("p.lind")
    late = attempt.statement(
        "r.meyer", seq=2, transition="find-root-cause", to="root-caused", **{"from": "investigated"}
    )

    assert "sign-off-gap" in attempt.with_files(world.sign_off(attempt.after, late)).codes


def test_correction_seals_all_that_it_changes(world: World) -> None:
    """A correction whose sign-off leaves out a section that it changes waits for an approval of all of it."""
    edits = {
        "report.location": "dock-2",
        "corrections": [
            {"field": "report.location", "was": "dock-3", "now": "dock-2", "because": "Misheard.", "on": "2026-11-23"}
        ],
    }
    attempt = world.case().propose("correct", edits)
    only = {"schema": 1, "sections": {"corrections": digest(attempt.after.data["corrections"])}}

    assert attempt.signed("r.meyer").verdict == "pass"
    assert attempt.signed("r.meyer", content=only).codes == {"sign-off-stale"}


def test_number_of_signers_after_a_draft(world: World) -> None:
    """How many must sign is counted when a step is taken; a later draft of the assessment does not undo it."""
    alert = {"alert": {"headline": "Chock", "do_this": "Look", "until": "2027-01-01"}}

    def two_for_alerts(rules: dict[str, Any]) -> None:
        transition_of(rules, "publish-alert")["signers"]["count"] = {"default": 1, "bands": {"very-high": 2}}

    strict = world.instead(two_for_alerts)
    high = {"assessment.severity_potential": 5, "assessment.likelihood": 5}
    assert strict.case(edits=high).propose("publish-alert", alert).signed("r.meyer").verdict == "waiting"

    case = strict.case().take("publish-alert", alert).draft(high)

    assert case.take("investigate", {"assessment.level": "high"}, by=["r.meyer", "p.lind"]).state == "investigated"


def test_escalated_from_anywhere(world: World) -> None:
    """A record is escalated from every state but escalated itself."""
    case = world.case()
    cases = [case, *(case := case.take(name) for name in FORWARD), world.case(edits=DECLINED).take("decline")]

    assert [case.take("escalate", ESCALATED).state for case in cases] == ["escalated"] * 6
