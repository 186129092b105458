"""Who signs what: objections, stale words, deputies, roles, waivers, and the several steps of a closing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nearmiss.app.story_keys import StoryKey
from nearmiss.engine.errors import (
    KeyNotHereError,
    MayNotSignError,
    NothingToSignError,
    ReasonNeededError,
    RefusedError,
)
from nearmiss.policy.findings import Severity
from tests.engine.scene import SIGNERS, Scene, codes
from tests.engine.test_steps_aside import assert_sound
from tests.policy.builder import near_miss

Walked = Callable[..., tuple[Scene, str]]


def test_an_objection_is_met_by_an_edit_that_takes_stale_sign_offs_back(walked: Walked) -> None:
    """Objected, mended on the proposal (which withdraws what was signed before), approved again, merged."""
    scene, record = walked("reported", "very-high")
    branch = scene.advance("s.ito", record).branch
    scene.approve("r.meyer", record)
    objected = scene.object("p.lind", record, "The findings name a person.")
    assert objected.verdict == "waiting"
    assert "p.lind objects to investigate: The findings name a person." in objected.waiting
    mended = scene.draft("s.ito", record, {"investigation.findings": "The light does not know."}, branch=branch)
    assert mended.withdrawn == ("01-investigated--r.meyer.yaml",)
    assert scene.gate(branch).verdict == "waiting"
    scene.approve("p.lind", record)
    assert scene.approve("r.meyer", record).verdict == "pass"
    scene.merge("s.ito", record)
    assert len(scene.sign_offs(record)) == 3
    assert_sound(scene)


def test_an_objection_alone_keeps_a_proposal_from_being_merged(walked: Walked) -> None:
    """A complete proposal with a standing objection waits; an approval by the objector settles it."""
    scene, record = walked("reported")
    branch = scene.advance("s.ito", record).branch
    scene.approve("r.meyer", record)
    scene.object("p.lind", record, "Not yet.")
    assert codes(scene.gate(branch).findings) == set()
    assert scene.gate(branch).verdict == "waiting"
    assert scene.approve("p.lind", record).verdict == "pass"
    scene.merge("s.ito", record)
    assert_sound(scene)


def test_a_proposal_edited_past_the_tool_is_signed_again_by_the_same_person(walked: Walked) -> None:
    """A commit made with git alone leaves a stale sign-off behind; the signer, or another, can replace it."""
    scene, record = walked("reported")
    branch = scene.advance("s.ito", record).branch
    scene.approve("r.meyer", record)
    path = scene.path(record, branch)
    text = scene.blob(path, branch).replace(b"Nobody checks", b"No one checks")
    scene.commit_files({path: text}, branch=branch, who="s.ito")
    assert scene.gate(branch).verdict == "waiting"
    assert scene.approve("p.lind", record).verdict == "pass"
    assert scene.sign_offs(record, branch) == ["01-investigated--p.lind.yaml"]


def test_a_deputy_signs_with_the_roles_of_whom_they_stand_in_for(walked: Walked) -> None:
    """A deputy holds the roles of the person who named them; nobody's deputy does not."""
    scene, record = walked("reported")
    scene.advance("s.ito", record)
    with pytest.raises(MayNotSignError):
        scene.approve("m.okafor", record)
    signed = scene.approve("c.moreau", record)
    assert signed.verdict == "pass"
    scene.merge("s.ito", record)
    assert_sound(scene)


@pytest.mark.parametrize("who", ["l.former", "g.robot"])
def test_who_left_and_what_is_no_person_do_not_sign(walked: Walked, who: str) -> None:
    """Neither somebody who is no longer active nor a service gives their word."""
    scene, record = walked("reported")
    scene.advance("s.ito", record)
    before = scene.snapshot()
    with pytest.raises(MayNotSignError, match="only active people"):
        scene.approve(who, record)
    assert scene.snapshot() == before


def test_what_has_all_its_signatures_is_not_signed_again(walked: Walked) -> None:
    """One who has signed is told that nothing waits any more."""
    scene, record = walked("reported")
    scene.advance("s.ito", record)
    scene.approve("r.meyer", record)
    with pytest.raises(NothingToSignError):
        scene.approve("r.meyer", record)


def test_a_small_team_may_waive_the_separation_and_it_is_on_record(walked: Walked) -> None:
    """Where policy lets them, a contributor signs with a waiver that says why; elsewhere they do not."""
    small, record = walked("reported", "low", "small")
    small.advance("r.meyer", record, {"title": "A trailer crept away"})
    with pytest.raises(MayNotSignError):
        small.approve("r.meyer", record)
    signed = small.approve("r.meyer", record, waive="contributor-signs", because="Nobody else is here.")
    assert signed.verdict == "pass"
    small.merge("r.meyer", record)
    said = small.dossier(record).sign_offs[0].statement
    assert said["waiver"] == {"rule": "contributor-signs", "because": "Nobody else is here."}
    assert {(finding.code, finding.severity) for finding in small.check().findings} == {("rule-waived", Severity.NOTE)}
    standard, other = walked("reported")
    standard.advance("r.meyer", other, {"title": "A trailer crept away"})
    before = standard.snapshot()
    with pytest.raises((MayNotSignError, RefusedError)):
        standard.approve("r.meyer", other, waive="contributor-signs", because="Nobody else is here.")
    assert standard.snapshot() == before


def test_who_may_sign_only_part_of_a_closing_signs_that_part(scene: Scene) -> None:
    """The steps are signed in order as far as a person may; somebody else signs the rest."""
    record = scene.prepare("minimal")
    scene.clock.to("2027-04-16")
    whole = {part: near_miss("minimal")[part] for part in ("progress", "verification", "lesson")}
    branch = scene.close_record("s.ito", record, whole).branch
    first = scene.approve("k.adeyemi", record)
    assert (first.steps, first.verdict) == (("investigate", "find-root-cause", "plan-action"), "waiting")
    assert scene.approve("v.novak", record).steps == ("verify",)
    assert scene.gate(branch).verdict == "pass"


def test_a_stale_word_on_the_first_of_several_steps_takes_the_later_ones_along(scene: Scene) -> None:
    """Each step points to the approvals before it, so what follows a word that is given again is given again too."""
    record = scene.prepare("minimal")
    scene.clock.to("2027-04-16")
    whole = {part: near_miss("minimal")[part] for part in ("progress", "verification", "lesson")}
    branch = scene.close_record("s.ito", record, whole).branch
    scene.approve("r.meyer", record)
    path = scene.path(record, branch)
    scene.commit_files({path: scene.blob(path, branch).replace(b"Nobody checks", b"No one checks")}, branch=branch)
    assert scene.gate(branch).verdict == "waiting"
    again = scene.approve("p.lind", record)
    assert (again.steps, again.verdict) == (tuple(SIGNERS), "pass")
    assert {name.rpartition("--")[2] for name in scene.sign_offs(record, branch)} == {"p.lind.yaml"}
    scene.merge("s.ito", record)
    assert_sound(scene)


def test_an_edit_of_a_closing_takes_back_what_was_signed_from_there_on(scene: Scene) -> None:
    """Edited through the tool, the words on earlier steps stay, those on the touched step and later ones go."""
    record = scene.prepare("minimal")
    scene.clock.to("2027-04-16")
    whole = {part: near_miss("minimal")[part] for part in ("progress", "verification", "lesson")}
    branch = scene.close_record("s.ito", record, whole).branch
    scene.approve("r.meyer", record)
    drafted = scene.draft("s.ito", record, {"root_cause.causes.0.statement": "No chock was set."}, branch=branch)
    assert drafted.withdrawn == (
        "02-root-caused--r.meyer.yaml",
        "03-action--r.meyer.yaml",
        "04-verified--r.meyer.yaml",
    )
    assert scene.approve("p.lind", record).steps == ("find-root-cause", "plan-action", "verify")
    scene.merge("s.ito", record)
    assert_sound(scene)


def test_an_objector_to_the_first_of_several_steps_settles_it_by_approving(scene: Scene) -> None:
    """The word is added to that step, and what follows from the approvals of that step is asked for again."""
    record = scene.prepare("minimal")
    scene.clock.to("2027-04-16")
    whole = {part: near_miss("minimal")[part] for part in ("progress", "verification", "lesson")}
    branch = scene.close_record("s.ito", record, whole).branch
    scene.approve("r.meyer", record)
    scene.object("k.adeyemi", record, "Was the other dock looked at?")
    assert scene.gate(branch).verdict == "waiting"
    assert scene.approve("k.adeyemi", record).steps == ("investigate", "find-root-cause", "plan-action")
    assert scene.approve("v.novak", record).verdict == "pass"
    scene.merge("s.ito", record)
    assert_sound(scene)


def test_the_role_in_which_one_signs_can_be_chosen_among_ones_own(walked: Walked) -> None:
    """A role that the person does not hold, or that does not sign this, is refused."""
    scene, record = walked("action")
    scene.work_off(record)
    scene.advance("s.ito", record)
    before = scene.snapshot()
    for role in ("quality-lead", "area-manager"):
        with pytest.raises(MayNotSignError, match="is signed by"):
            scene.approve("v.novak", record, role=role)
    assert scene.snapshot() == before
    scene.approve("v.novak", record, role="verifier")
    assert scene.dossier(record, f"near-miss/{record}/04-verify").sign_offs[-1].statement["role"] == "verifier"


def test_one_person_is_not_two(walked: Walked) -> None:
    """Where two must sign, the first does not count again."""
    scene, record = walked("reported", "very-high")
    scene.advance("s.ito", record)
    scene.approve("r.meyer", record)
    before = scene.snapshot()
    with pytest.raises(MayNotSignError, match="signed by them already"):
        scene.approve("r.meyer", record)
    assert scene.snapshot() == before


def test_the_lead_of_an_investigation_does_not_sign_it_even_without_having_written_it(walked: Walked) -> None:
    """Separation is told by the record too, not only by who wrote."""
    scene, record = walked("reported")
    scene.draft("i.garcia", record, {"investigation.lead": "p.lind"})
    scene.advance("s.ito", record)
    with pytest.raises(MayNotSignError, match=r"named in investigation\.lead"):
        scene.approve("p.lind", record)


def test_who_is_on_record_with_a_key_cannot_sign_by_a_bare_claim(walked: Walked) -> None:
    """A registered key must be used; others sign by claim, and that is shown."""
    scene, record = walked("reported")
    key = {"key": StoryKey("r.meyer").public.line}
    scene.change_policy("o.haddad", scene.people_with(r_meyer={"keys": [key]}))
    scene.advance("s.ito", record)
    with pytest.raises(KeyNotHereError, match="registered key"):
        scene.approve("r.meyer", record)
    assert scene.approve("p.lind", record).verdict == "pass"


def test_a_step_that_needs_a_reason_gets_it_from_the_proposer_or_the_signer(walked: Walked) -> None:
    """Proposed with git alone, a step has no reason, whatever earlier ones had; its first signer is asked for one."""
    scene, record = walked("investigated")
    scene.advance("i.garcia", record, {"assessment.level": "medium"}, transition="reassess", because="It is medium.")
    scene.approve("r.meyer", record)
    scene.merge("i.garcia", record)
    path = scene.path(record)
    text = scene.blob(path).replace(b"state: investigated", b"state: escalated") + b"escalation: {incident_ref: I-7}\n"
    branch = f"near-miss/{record}/03-escalate"
    scene.commit_files({path: text}, branch=branch)
    with pytest.raises(ReasonNeededError):
        scene.approve("r.meyer", record)
    assert scene.approve("r.meyer", record, because="Somebody was hurt.").verdict == "pass"
    assert scene.dossier(record, branch).sign_offs[-1].statement["because"] == "Somebody was hurt."


def test_a_clock_that_runs_behind_makes_no_sign_off(walked: Walked) -> None:
    """A word that would be dated before the step it follows is refused before it is written."""
    scene, record = walked("investigated")
    scene.advance("s.ito", record)
    scene.clock.tick(days=-1)
    before = scene.snapshot()
    with pytest.raises(RefusedError) as refused:
        scene.approve("r.meyer", record)
    assert "date-backwards" in codes(refused.value.findings)
    assert scene.snapshot() == before


def test_what_the_gate_refuses_gets_no_signature(walked: Walked) -> None:
    """A proposal with an error in it is mended first."""
    scene, record = walked("reported")
    branch = scene.advance("s.ito", record).branch
    path = scene.path(record, branch)
    scene.commit_files({path: scene.blob(path, branch).replace(b"half inside", b"outside")}, branch=branch)
    before = scene.snapshot()
    with pytest.raises(RefusedError) as refused:
        scene.approve("r.meyer", record)
    assert "report-changed" in codes(refused.value.findings)
    assert scene.snapshot() == before


def test_a_small_team_waives_in_the_role_that_may(scene_of: Callable[[str], Scene]) -> None:
    """Of two roles that sign, the one that policy lets waive is the one in which it is done."""
    scene = scene_of("small")
    both = {"roles": [{"role": "area-manager"}, {"role": "quality-lead"}]}
    scene.change_policy("o.haddad", scene.people_with(k_adeyemi=both))
    record = scene.walk(upto="root-caused")
    scene.draft("k.adeyemi", record, {"action_plan.actions.0.acceptance": "No green without a chock."})
    scene.advance("s.ito", record)
    signed = scene.approve("k.adeyemi", record, waive="contributor-signs", because="Nobody else is here.")
    assert signed.verdict == "pass"
    scene.merge("s.ito", record)
    assert codes(scene.check().findings, Severity.NOTE) == {"rule-waived"}
