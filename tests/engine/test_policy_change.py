"""A change of the policy: proposed, signed under the old version, in force, and what it does to what is pending."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nearmiss.engine.errors import (
    MayNotSignError,
    NothingToProposeError,
    NothingToSignError,
    NotMergeableError,
    ProposalExistsError,
    ReasonNeededError,
    RefusedError,
)
from nearmiss.engine.looking.showing import review
from nearmiss.engine.proposing.policy_change import propose_policy
from nearmiss.policy.findings import Severity
from tests.engine.cast import CAST, person
from tests.engine.scene import Scene, codes

Walked = Callable[..., tuple[Scene, str]]

RULES = "workflow/policy/workflow.yaml"
PEOPLE = "workflow/policy/people.yaml"
SETTINGS = "workflow/policy/settings.yaml"


def stricter(scene: Scene) -> dict[str, bytes]:
    """Return rules by which two people sign an investigation."""
    return {RULES: scene.revised(RULES, {"transitions.0.signers.count": {"default": 2}})}


def test_a_policy_is_proposed_signed_by_another_owner_and_in_force(scene: Scene) -> None:
    """The version names its rules by digest; its author does not sign it; afterwards it judges the next step."""
    proposed = scene.propose_policy("o.haddad", stricter(scene))
    assert (proposed.number, proposed.branch) == (2, "near-miss/policy/02-change-policy")
    assert codes(proposed.findings, Severity.WAITING) == {"sign-off-missing"}
    for who, why in (("o.haddad", "they wrote it"), ("r.meyer", "role")):
        with pytest.raises(MayNotSignError, match=why):
            scene.approve(who, "policy")
    with pytest.raises(NotMergeableError):
        scene.merge("o.haddad", "policy")
    signed = scene.approve("w.olsen", "policy")
    assert (signed.verdict, signed.steps) == ("pass", ("policy version 2",))
    with pytest.raises(NothingToSignError):
        scene.approve("w.olsen", "policy")
    merged = scene.merge("o.haddad", "policy")
    assert (merged.subject, merged.state) == ("policy", "version-2")
    assert scene.check().findings == ()
    assert scene.git("status", "--porcelain") == ""


def test_a_third_version_follows_from_the_approvals_of_the_second(scene: Scene) -> None:
    """The sign-offs of versions are a chain like those of records."""
    scene.change_policy("o.haddad", stricter(scene))
    scene.clock.tick(hours=1)
    scene.change_policy("w.olsen", {SETTINGS: scene.revised(SETTINGS, {"language": "de"})}, ["o.haddad"])
    assert scene.check().findings == ()
    first = "workflow/policy/sign-offs/0002--w.olsen.yaml"
    scene.commit_files({first: scene.blob(first) + b"# seen\n"}, branch="touched")
    assert "policy-history-changed" in codes(scene.gate("touched").findings)
    (scene.root / first).write_bytes(scene.blob(first).replace(b"W Olsen", b"W Olson").replace(b"W.Olsen", b"W.O"))
    assert "sign-off-stale" in codes(scene.check().findings)


def test_an_approval_given_before_the_rules_moved_is_asked_for_again(walked: Walked) -> None:
    """A pending sign-off under the old rules waits: approve again; signed again, under the new count, it passes."""
    scene, record = walked("reported")
    branch = scene.advance("s.ito", record).branch
    assert scene.approve("r.meyer", record).verdict == "pass"
    scene.change_policy("o.haddad", stricter(scene))
    result = scene.gate(branch)
    assert result.verdict == "waiting"
    moved = [finding for finding in result.findings if finding.code == "policy-moved"]
    assert moved[0].hint == "approve again under version 2"
    again = scene.approve("r.meyer", record)
    assert again.verdict == "waiting"
    assert scene.approve("p.lind", record).verdict == "pass"
    assert scene.merge("s.ito", record).state == "investigated"
    versions = {file.statement["policy"]["version"] for file in scene.dossier(record).sign_offs}
    assert versions == {2}
    assert scene.check().findings == ()


def test_a_new_colleague_does_not_ask_anybody_to_sign_again(walked: Walked) -> None:
    """People are not rules: an approval by somebody who is still there holds across a change of the list."""
    scene, record = walked("reported")
    branch = scene.advance("s.ito", record).branch
    scene.approve("r.meyer", record)
    added = scene.revised(PEOPLE, {f"people.{len(CAST)}": person("n.joiner", "quality-lead")})
    scene.change_policy("o.haddad", {PEOPLE: added})
    assert scene.gate(branch).verdict == "pass"
    scene.merge("n.joiner", record)
    assert scene.check().findings == ()


def test_whose_role_was_taken_away_has_not_signed_what_is_pending(walked: Walked) -> None:
    """The policy of the base judges a pending step: an approval by somebody who may no longer sign is refused."""
    scene, record = walked("reported")
    branch = scene.advance("s.ito", record).branch
    scene.approve("r.meyer", record)
    scene.change_policy("o.haddad", scene.people_with(r_meyer={"roles": []}))
    result = scene.gate(branch)
    assert (result.verdict, codes(result.findings)) == ("refuse", {"signer-role"})


def test_what_was_signed_stays_signed_when_its_signer_and_an_owner_leave(walked: Walked) -> None:
    """A past step is judged by the version it names; the open action is handed to somebody who is there."""
    scene, record = walked("action")
    gone = scene.people_with(r_meyer={"active": False}, t_silva={"active": False}, k_adeyemi={"active": False})
    scene.change_policy("o.haddad", gone)
    assert codes(scene.check().findings) == set()
    handed = {"action_plan.actions.0.owner": "i.garcia", "action_plan.actions.0.previous_owners": ["t.silva"]}
    scene.advance("s.ito", record, handed, transition="amend-plan", because="T. Silva has left.")
    with pytest.raises(MayNotSignError, match="only active"):
        scene.approve("r.meyer", record)
    scene.put_in_force(record, ["p.lind"])
    scene.clock.to("2027-01-12")
    scene.progress("i.garcia", record, evidence="Photo")
    scene.clock.to("2027-04-16")
    from tests.policy.builder import near_miss

    scene.draft("s.ito", record, {part: near_miss()[part] for part in ("verification", "lesson")})
    scene.advance("s.ito", record)
    scene.put_in_force(record, ["v.novak"])
    assert (scene.state(record), codes(scene.check().findings)) == ("verified", set())


def test_a_lone_owner_waives_the_separation_and_says_why(scene: Scene) -> None:
    """Where policy lets an owner sign their own change, it is said in the sign-off; another rule is not waived."""
    scene.propose_policy("o.haddad", stricter(scene))
    with pytest.raises(MayNotSignError, match="may not waive"):
        scene.approve("o.haddad", "policy", waive="meaning", because="I like it.")
    with pytest.raises(MayNotSignError, match="may not waive"):
        scene.approve("r.meyer", "policy", waive="contributor-signs", because="I like it.")
    signed = scene.approve("o.haddad", "policy", waive="contributor-signs", because="W. Olsen is away.")
    assert signed.verdict == "pass"
    scene.merge("o.haddad", "policy")
    assert {(finding.code, finding.severity) for finding in scene.check().findings} == {("rule-waived", Severity.NOTE)}


def test_an_objection_to_a_policy_stands_until_its_author_approves(scene: Scene) -> None:
    """Anybody may object, with a reason; it holds the change up."""
    scene.propose_policy("o.haddad", stricter(scene))
    with pytest.raises(ReasonNeededError):
        scene.object("w.olsen", "policy", "")
    scene.object("w.olsen", "policy", "Two are too many.")
    with pytest.raises(NotMergeableError) as waits:
        scene.merge("o.haddad", "policy")
    assert codes(waits.value.findings, Severity.WAITING) == {"sign-off-missing", "objection-stands"}
    assert scene.approve("w.olsen", "policy").verdict == "pass"
    scene.merge("o.haddad", "policy")
    assert scene.check().findings == ()


def test_a_policy_that_is_not_sound_is_not_proposed(scene: Scene) -> None:
    """Terms are not removed, roles are known: all that is wrong is said, and nothing is written."""
    before = scene.snapshot()
    broken = scene.revised(PEOPLE, {"people.0.roles": [{"role": "wizard"}]})
    with pytest.raises(RefusedError) as refused:
        scene.propose_policy("o.haddad", {PEOPLE: broken})
    assert codes(refused.value.findings) == {"policy-name-unknown"}
    with pytest.raises(NothingToProposeError):
        propose_policy(scene.desk("o.haddad"))
    scene.git("update-index", "--refresh", "-q")
    after = scene.snapshot()
    assert {name for name in after if after[name] != before[name]} <= {".git/index"}


def test_a_version_is_proposed_once(scene: Scene) -> None:
    """A second proposal of the same number asks to look at the first."""
    scene.propose_policy("o.haddad", stricter(scene))
    with pytest.raises(ProposalExistsError):
        scene.propose_policy("o.haddad", stricter(scene))
    reviewed = review(scene.desk("w.olsen"), "policy")
    assert reviewed.title == "version 2"
    assert (1, 2) in [change[1:] for change in reviewed.changes]
    assert RULES in reviewed.paths


def test_a_proposed_policy_that_was_spoilt_is_not_signed(scene: Scene) -> None:
    """What the gate refuses gets no signature."""
    branch = scene.propose_policy("o.haddad", stricter(scene)).branch
    scene.commit_files({RULES: scene.blob(RULES) + b"# a word\nclose: 1\n"}, who="o.haddad", branch=branch)
    with pytest.raises(RefusedError):
        scene.approve("w.olsen", "policy")


def test_a_stranger_who_changed_the_policy_is_named(scene: Scene) -> None:
    """Who wrote a version must be somebody on the list."""
    branch = scene.propose_policy("o.haddad", stricter(scene)).branch
    scene.commit_files({"CODEOWNERS": "*"}, who="mallory@elsewhere.example", branch=branch)
    assert "author-unknown" in codes(scene.gate(branch).findings)


def test_a_change_that_was_changed_after_an_approval_is_approved_again(scene: Scene) -> None:
    """Whoever approves it now takes back what was given to its earlier version, their own or another's."""
    branch = scene.propose_policy("o.haddad", stricter(scene)).branch
    scene.approve("w.olsen", "policy")
    hook = {"hooks/pre-receive": "#!/bin/sh\nexit 0\n"}
    scene.commit_files(hook, who="o.haddad", branch=branch)
    assert codes(scene.gate(branch).findings) == {"sign-off-stale"}
    with pytest.raises(MayNotSignError, match="they wrote it"):
        scene.approve("o.haddad", "policy")

    signed = scene.approve("w.olsen", "policy")

    assert (signed.verdict, scene.gate(branch).verdict) == ("pass", "pass")
    assert scene.merge("o.haddad", "policy").state == "version-2"
