"""Who may sign a step: roles in their scope, deputies, separations, numbers, waivers, and how sure it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from nearmiss.models.sign_off import NAMESPACE
from nearmiss.policy.facts import Authorship
from nearmiss.policy.signing import Proof, waivable_by
from nearmiss.policy.standing import judge_standing
from nearmiss.verifier.changes import judge_change
from tests.policy.builder import DECLINED, GONE, HANDS, Attempt, Case, Edits, World, person_of, transition_of
from tests.verifier.agreement import as_change

FORWARD = ("investigate", "find-root-cause", "plan-action", "verify")
WEAK: Edits = {"action_plan.actions.0.control": "administrative"}
ACCEPTED: Edits = {
    "root_cause.causes.1.disposition": "accept-risk",
    "root_cause.causes.1.because": "It cannot be guarded.",
    "root_cause.causes.1.review_on": "2027-11-01",
}


def wrote(**by_part: str) -> Authorship:
    """Say who wrote which part."""
    return Authorship(known=True, by_part={part: frozenset({handle}) for part, handle in by_part.items()})


@pytest.mark.parametrize("by", ["r.meyer", "p.lind", "k.adeyemi", "c.moreau", "e.area", "x.retired"])
def test_may_sign(world: World, by: str) -> None:
    """A role that covers the record lets a person sign, as their own, within its scope, or as a deputy."""
    assert world.case().propose("investigate").signed(by).verdict == "pass"


@pytest.mark.parametrize(
    "by, code",
    [
        ("m.okafor", "signer-role"),
        ("v.novak", "signer-role"),
        ("o.haddad", "signer-role"),
        ("n.site", "signer-role"),
        ("j.class", "signer-role"),
        ("l.former", "signer-unknown"),
        ("nobody", "signer-unknown"),
        ("gate", "signer-service"),
        ("h.keyed", "signature-missing"),
        ("s.ito", "signer-separated"),
    ],
)
def test_may_not_sign(world: World, by: str, code: str) -> None:
    """Without a role for this record, gone, unknown, a service, keyed without signature, or involved: refused."""
    attempt = world.case().propose("investigate").signed(by)

    assert attempt.codes == {code}
    assert attempt.verdict == "refuse"
    assert by not in attempt.judge().proposed[0].candidates


def test_unknown_place(world: World) -> None:
    """A scope covers only what is known: without a site, only an unlimited role may sign."""
    case = world.case("minimal", {"report.site": GONE, "report.process_area": GONE})
    attempt = case.propose("investigate")

    assert attempt.signed("n.site").codes == {"signer-role"}
    assert attempt.signed("e.area").codes == {"signer-role"}
    assert attempt.signed("r.meyer").verdict == "pass"


def test_role_that_one_does_not_hold(world: World) -> None:
    """A person signs in a role of their own, and in one that signs this step."""
    attempt = world.case().propose("investigate")

    assert attempt.signed("r.meyer", role="area-manager").codes == {"signer-role"}
    assert attempt.signed("v.novak", role="verifier").codes == {"signer-role"}


def test_deputy_of_somebody_who_left(world: World) -> None:
    """Nobody is the deputy of a person who left."""
    left = world.instead(change_people=lambda people: person_of(people, "r.meyer").update(active=False))

    assert left.case().propose("investigate").signed("c.moreau").codes == {"signer-role"}


@pytest.mark.parametrize(
    "transition, level, edits, by",
    [
        ("investigate", "low", {}, "s.ito"),
        ("find-root-cause", "low", {}, "s.ito"),
        ("plan-action", "low", {}, "t.silva"),
        ("verify", "low", {}, "t.silva"),
        ("verify", "low", {}, "s.ito"),
        ("decline", "low", DECLINED, "i.garcia"),
    ],
)
def test_separated(world: World, transition: str, level: str, edits: Edits, by: str) -> None:
    """Lead, analyst, owners and the assessor do not sign what they answer for."""
    before = FORWARD[: FORWARD.index(transition)] if transition in FORWARD else ()
    attempt = world.case(level, edits).travel(*before).propose(transition)

    assert attempt.signed(by).codes == {"signer-separated"}
    assert by not in attempt.judge().proposed[0].candidates
    assert attempt.signed("p.lind").verdict == "pass"


@pytest.mark.parametrize("transition", ["plan-action", "amend-plan", "verify"])
@pytest.mark.parametrize(
    "owner",
    [
        {"action_plan.actions.0.owner": {"external": "Dock contractor", "sponsor": "k.adeyemi"}},
        {"action_plan.actions.0.previous_owners": ["k.adeyemi"]},
    ],
)
def test_every_owner_is_separated(world: World, transition: str, owner: Edits) -> None:
    """The sponsor of an external owner and an earlier owner are separated as an owner is."""
    order = ("investigate", "find-root-cause", "plan-action", "amend-plan", "verify")
    at = order.index(transition)
    case = world.case(edits={**owner, "verification.checks.0.by": "v.novak"})
    case = case.travel(*(name for name in order[:at] if name != "amend-plan"))

    more = {"action_plan.actions.0.side_effects": "None"} if transition == "amend-plan" else {}
    attempt = case.propose(transition, more)

    role = "area-manager" if transition != "verify" else "verifier"
    assert "signer-separated" in attempt.signed("k.adeyemi", role=role).codes
    assert attempt.signed("p.lind").verdict == "pass"


def test_amended_by_an_earlier_owner(world: World) -> None:
    """Who owned an action before the plan was amended does not sign the amendment."""
    edits = {
        "action_plan.actions.0.owner": "k.adeyemi",
        "action_plan.actions.0.previous_owners": ["t.silva"],
    }
    attempt = world.case().travel(*FORWARD[:3]).propose("amend-plan", edits)

    assert attempt.signed("t.silva").codes == {"signer-separated"}


@pytest.mark.parametrize("transition", FORWARD)
def test_number_by_band(world: World, transition: str) -> None:
    """In the highest band two people sign each step but that of the causes, which one may."""
    case = world.case("very-high").travel(*FORWARD[: FORWARD.index(transition)])
    one = case.propose(transition).signed("r.meyer")

    if transition == "find-root-cause":
        assert one.verdict == "pass"
    else:
        assert one.codes == {"sign-off-missing"}
        assert one.verdict == "waiting"
        assert one.signed("p.lind").verdict == "pass"


def test_weak_controls(world: World) -> None:
    """A severe potential met by administrative controls or PPE alone needs a second signer."""
    severe = world.case("high", WEAK).travel(*FORWARD[:2]).propose("plan-action").signed("r.meyer")
    mild = world.case("medium", WEAK).travel(*FORWARD[:2]).propose("plan-action").signed("r.meyer")

    assert severe.verdict == "waiting"
    assert severe.signed("k.adeyemi").verdict == "pass"
    assert mild.verdict == "pass"


def test_accepted_risk(world: World) -> None:
    """An accepted risk in a high band needs a risk owner among the signers of the plan."""
    case = world.case("high", ACCEPTED).travel(*FORWARD[:2])
    attempt = case.propose("plan-action").signed("r.meyer")

    assert attempt.codes == {"sign-off-missing"}
    assert any("waits for one risk-owner" in finding.message for finding in attempt.judge().findings)
    assert attempt.judge().proposed[0].candidates.count("a.brandt") == 1
    assert attempt.signed("a.brandt").verdict == "pass"


def test_risk_owner_only_where_a_risk_is_accepted(world: World) -> None:
    """Where no risk is accepted, the risk owner signs no plan."""
    case = world.case("high").travel(*FORWARD[:2])

    assert case.propose("plan-action").signed("a.brandt").codes == {"signer-role"}


def test_accepted_low_risk(world: World) -> None:
    """An accepted risk in a low band needs no risk owner."""
    assert world.case("low", ACCEPTED).travel(*FORWARD[:3]).state == "action"


def test_person_with_two_files(world: World) -> None:
    """The same person does not count twice."""
    attempt = world.case("very-high").propose("investigate").signed("r.meyer")
    again = world.sign_off(attempt.after, attempt.statement("r.meyer", at="2026-11-23T09:00:00Z"))
    twin = replace(again, path=again.path.replace("r.meyer", "r.meyer--0123abcd"))

    assert "sign-off-missing" in attempt.with_files(twin).codes


def test_contributor_by_word(world: World) -> None:
    """Whoever a sign-off names as a contributor may not be the one who gives it."""
    attempt = world.case().propose("investigate").signed("r.meyer", contributors=["r.meyer"])

    assert attempt.codes == {"contributor-signs"}


def test_contributor_by_git(world: World) -> None:
    """Whoever git names as an author is stated as a contributor and does not approve."""
    attempt = world.case().propose("investigate").knowing(authorship=wrote(investigation="r.meyer"))

    assert attempt.signed("p.lind").codes == {"contributor-missing"}
    assert attempt.signed("p.lind", contributors=["r.meyer"]).verdict == "pass"
    assert attempt.signed("r.meyer").codes == {"contributor-missing", "contributor-signs"}
    assert attempt.judge().proposed[0].contributors == {"r.meyer"}
    assert "r.meyer" not in attempt.judge().proposed[0].candidates


def test_author_of_something_else(world: World) -> None:
    """Who wrote only what the step does not seal may approve it."""
    attempt = world.case().propose("investigate").knowing(authorship=wrote(root_cause="r.meyer"))

    assert attempt.signed("r.meyer").verdict == "pass"


def test_mover(world: World) -> None:
    """Whoever moved the state is a contributor."""
    moved = Authorship(known=True, movers=frozenset({"r.meyer"}))
    attempt = world.case().propose("investigate").knowing(authorship=moved)

    assert "contributor-signs" in attempt.signed("r.meyer", contributors=["r.meyer"]).codes


def test_step_back_by_its_proposer(world: World) -> None:
    """Sending back may be signed by its proposer alone."""
    moved = Authorship(known=True, movers=frozenset({"s.ito"}))
    attempt = world.case().travel(*FORWARD[:2]).propose("send-back", to="investigated").knowing(authorship=moved)

    assert attempt.signed("s.ito", contributors=["s.ito"]).verdict == "pass"


def test_unknown_author(world: World) -> None:
    """Who cannot be told from people.yaml writes nothing that is sealed, but for reports."""
    case = world.case()
    stranger = frozenset({"who@example.net"})
    of_report = Authorship(known=True, strangers={"report": stranger, "title": stranger})
    of_findings = Authorship(known=True, strangers={"investigation": stranger})

    attempt = case.propose("investigate").signed("r.meyer")

    assert attempt.knowing(authorship=of_report).verdict == "pass"
    assert attempt.knowing(authorship=of_findings).codes == {"author-unknown"}
    assert attempt.knowing(authorship=of_findings).fields == {"investigation"}


@pytest.mark.parametrize("closing, edits", [("verify", {}), ("decline", DECLINED)])
def test_closer_does_not_reopen(world: World, closing: str, edits: Edits) -> None:
    """Whoever signed the closing does not sign its undoing; the files alone prove it later."""
    case = world.case(edits=edits)
    case = case.travel(*FORWARD) if closing == "verify" else case.take(closing)
    attempt = case.propose("reopen", to="reported")

    assert "r.meyer" not in attempt.judge().proposed[0].candidates
    signed = attempt.signed("r.meyer")
    assert signed.codes == {"closer-signs"}
    assert {finding.code for finding in judge_standing(signed.after, world.register)[1]} == {"closer-signs"}
    assert attempt.signed("p.lind").verdict == "pass"


@pytest.mark.parametrize("transition", ["amend-plan", "reassess", "send-back", "escalate", "review-lesson", "reopen"])
def test_reason(world: World, transition: str) -> None:
    """Some steps need a reason; a sign-off without one does not count."""
    edits: dict[str, Edits] = {
        "amend-plan": {"action_plan.actions.0.side_effects": "None"},
        "reassess": {"assessment.crew": "B"},
        "escalate": {"escalation": {"incident_ref": "INC-7"}},
        "review-lesson": {"lesson.status": "current"},
    }
    case = world.case().travel(*(FORWARD if transition in {"review-lesson", "reopen"} else FORWARD[:3]))
    attempt = case.propose(transition, edits.get(transition))

    assert attempt.signed("p.lind", because=GONE).codes == {"reason-missing"}
    assert attempt.signed("p.lind").verdict == "pass"


def with_waiver(rules: dict[str, Any]) -> None:
    """Let a quality lead waive that contributors do not sign."""
    transition_of(rules, "investigate")["waivable"] = [{"rule": "contributor-signs", "by": ["quality-lead"]}]


WAIVER = {"waiver": {"rule": "contributor-signs", "because": "There are two of us."}, "contributors": ["r.meyer"]}


def test_waiver(world: World) -> None:
    """A rule is waived where policy lets the signer's role waive it, and only there."""
    known = wrote(investigation="r.meyer")
    lenient = world.instead(with_waiver)

    strict = world.case().propose("investigate").knowing(authorship=known)
    allowed = lenient.case().propose("investigate").knowing(authorship=known)

    assert strict.signed("r.meyer", **WAIVER).codes == {"contributor-signs", "waiver-not-allowed"}
    assert allowed.signed("r.meyer", **WAIVER).verdict == "pass"
    assert allowed.signed("r.meyer", contributors=["r.meyer"]).codes == {"contributor-signs"}
    other = {**WAIVER, "waiver": {"rule": "signer-separated", "because": "No."}}
    assert allowed.signed("r.meyer", **other).codes == {"contributor-signs", "waiver-not-allowed"}


def test_waiver_by_another_role(world: World) -> None:
    """A role that policy does not name waives nothing."""
    waiver = {**WAIVER, "contributors": ["k.adeyemi"]}

    assert world.instead(with_waiver).case().propose("investigate").signed("k.adeyemi", **waiver).codes == {
        "contributor-signs",
        "waiver-not-allowed",
    }


def test_who_may_waive(world: World) -> None:
    """What a person may waive follows from the roles that they hold for the record."""
    version = world.instead(with_waiver).newest
    transition = version.workflow.transition("investigate")
    assert transition is not None
    data = world.case().data

    assert waivable_by(version, transition, "r.meyer", data) == ["contributor-signs"]
    assert waivable_by(version, transition, "k.adeyemi", data) == []
    assert waivable_by(version, transition, "nobody", data) == []
    assert waivable_by(version, transition, "e.area", data) == ["contributor-signs"]
    assert waivable_by(version, transition, "n.site", data) == []


def with_proof(case: Case, name: str, proof: Proof) -> Case:
    """Return the case in a world that knows more about the origin of one file."""
    path = f"{case.dossier.path.removesuffix('.yaml')}/sign-offs/{name}"
    return case.under(replace(case.world, proofs={path: proof}))


FIRST = "01-investigated--r.meyer.yaml"
KEYED = "01-investigated--h.keyed.yaml"


def in_hand(attempt: Attempt, name: str, *, namespace: str = NAMESPACE) -> Attempt:
    """Return the attempt with each of its new sign-offs signed by one key."""
    old = {file.path for file in attempt.case.dossier.sign_offs}
    files = [
        file if file.path in old else HANDS[name].signed(file, namespace=namespace) for file in attempt.after.sign_offs
    ]
    return replace(attempt, after=replace(attempt.after, sign_offs=tuple(files)))


def listing(handle: str, *keys: dict[str, Any], **more: Any) -> Callable[[dict[str, Any]], None]:
    """Return the change of the people that lists keys for somebody."""

    def change(people: dict[str, Any]) -> None:
        person_of(people, handle).update({"keys": list(keys), **more})

    return change


def test_claim(world: World) -> None:
    """A bare claim is worth only the address of the commit that adds it; a signature asks for none."""
    case = world.case()

    def codes(proof: Proof) -> set[str]:
        return with_proof(case, FIRST, proof).propose("investigate").signed("r.meyer").codes

    assert codes(Proof(claimed_by="r.meyer")) == set()
    assert codes(Proof(claimed_by=None)) == set()
    assert codes(Proof(claimed_by="p.lind")) == {"claim-mismatch"}
    assert codes(Proof(claimed_by="")) == {"claim-mismatch"}
    keyed = with_proof(case, KEYED, Proof(claimed_by="p.lind")).propose("investigate").signed("h.keyed")
    assert keyed.codes == {"signature-missing", "claim-mismatch"}
    assert in_hand(keyed, "h.keyed").codes == set()


def test_signature(world: World) -> None:
    """Who has a registered key signs with it; nobody else's signature, and none of another text, stands for theirs."""
    attempt = world.case().propose("investigate").signed("h.keyed")

    assert in_hand(attempt, "h.keyed").codes == set()
    assert attempt.codes == {"signature-missing"}
    assert in_hand(attempt, "somebody").codes == {"key-unlisted"}
    assert in_hand(attempt, "x.retired").codes == {"key-retired"}
    assert in_hand(attempt, "h.keyed", namespace="git").codes == {"signature-bad"}


def test_signature_of_another_person(world: World) -> None:
    """A key speaks for the person for whom it is listed, and for nobody else."""
    attempt = world.case().propose("investigate").signed("r.meyer")

    assert in_hand(attempt, "h.keyed").codes == {"key-unlisted"}
    assert in_hand(attempt, "x.retired").codes == {"key-retired"}


def test_signature_that_is_copied(world: World) -> None:
    """The signature of one statement does not sign another, however little differs."""
    case = world.case()
    attempt = case.propose("investigate").signed("h.keyed")
    [other] = in_hand(
        case.propose("investigate").signed("h.keyed", at="2026-11-22T09:00:00Z"), "h.keyed"
    ).after.sign_offs
    [file] = attempt.after.sign_offs
    copied = replace(file, data={**file.data, "signature": other.data["signature"]})

    assert replace(attempt, after=replace(attempt.after, sign_offs=(copied,))).codes == {"signature-bad"}


@pytest.mark.parametrize("armoured", ["", "none", "-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n"])
def test_signature_that_cannot_be_read(world: World, armoured: str) -> None:
    """What stands for a signature and is none is a fault, whoever has given it."""
    attempt = world.case().propose("investigate").signed("r.meyer")
    [file] = attempt.after.sign_offs
    changed = replace(file, data={**file.data, "signature": armoured})

    assert replace(attempt, after=replace(attempt.after, sign_offs=(changed,))).codes == {"signature-bad"}


@pytest.mark.parametrize(
    "key, codes",
    [
        ({}, set()),
        ({"note": "The blue one."}, set()),
        ({"retired": False}, set()),
        ({"retired": True}, {"key-retired"}),
        ({"retired_on": "2020-01-01"}, {"key-retired"}),
        ({"retired_on": "2099-01-01"}, {"key-retired"}),
    ],
)
def test_dates_only_add_refusals(world: World, key: dict[str, Any], codes: set[str]) -> None:
    """A key with a day of retirement is retired, whenever that day is and whatever day the statement gives."""
    people = listing("r.meyer", {"key": HANDS["r.meyer"].line, **key})
    attempt = world.instead(change_people=people).case().propose("investigate").signed("r.meyer")

    assert in_hand(attempt, "r.meyer").codes == codes


def test_key_of_two_people(world: World) -> None:
    """A key that two people share proves neither; one person with two keys is one person."""
    shared = listing("r.meyer", {"key": HANDS["h.keyed"].line})
    attempt = world.instead(change_people=shared).case().propose("investigate").signed("r.meyer")
    assert in_hand(attempt, "h.keyed").codes == {"signature-bad"}

    two = listing("r.meyer", {"key": HANDS["r.meyer"].line}, {"key": HANDS["somebody"].line})
    attempt = world.instead(change_people=two).case("very-high").propose("investigate").signed("r.meyer")
    for name in ("r.meyer", "somebody"):
        assert in_hand(attempt, name).verdict == "waiting"


def test_key_that_is_taken_away(world: World) -> None:
    """What a key signed stays in force when it is retired or taken away; for the next step it counts no longer."""
    case = world.case()
    taken = in_hand(case.propose("investigate").signed("h.keyed"), "h.keyed").accept()
    retired = listing("h.keyed", {"key": HANDS["h.keyed"].line, "retired": True})
    for people, code in ((retired, "key-retired"), (listing("h.keyed"), "key-unlisted")):
        later = taken.under(taken.world.under(change_people=people))
        assert later.change().codes == set()

        attempt = in_hand(later.propose("find-root-cause").signed("h.keyed"), "h.keyed")
        assert attempt.codes == {code}


def test_key_is_judged_by_the_base(world: World) -> None:
    """A sign-off that names the version under which its key still counted is refused under the one that retired it."""
    case = world.case()
    attempt = in_hand(case.propose("investigate").signed("h.keyed"), "h.keyed")
    retired = listing("h.keyed", {"key": HANDS["h.keyed"].line, "retired": True})
    moved = replace(attempt, case=case.under(case.world.under(change_people=retired)))

    assert moved.codes == {"key-retired"}


REVIEW = {"review": {"forge": "github", "reviewer_id": "1001", "review_id": "2", "head": "f" * 40}}


@pytest.mark.parametrize(
    "said, code",
    [
        ({"name": "Ruth Meyer, Plant Director"}, "name-differs"),
        ({"time_source": "forge"}, "forge-unproven"),
        ({"time_source": "server"}, "forge-unproven"),
        (REVIEW, "forge-unproven"),
        ({"waiver": {"rule": "everything", "because": "I can."}}, "waiver-not-allowed"),
    ],
)
def test_what_nobody_verified(world: World, said: dict[str, Any], code: str) -> None:
    """A statement claims no name, time, review or waiver that nobody compared with anything."""
    assert world.case().propose("investigate").signed("r.meyer", **said).codes == {code}


def attesting(people: dict[str, Any]) -> None:
    """List the service's key, and Ruth Meyer's account."""
    person_of(people, "gate")["keys"] = [{"key": HANDS["gate"].line}]
    person_of(people, "r.meyer")["accounts"] = [{"forge": "github", "id": "1001"}]


def test_what_a_forge_attests(world: World) -> None:
    """A review counts where a service that the people list attests it, of an account that is the signer's."""

    def codes(hand: str, *, people: Callable[[dict[str, Any]], None] = attesting, **said: Any) -> set[str]:
        case = world.instead(change_people=people).case()
        return in_hand(case.propose("investigate").signed("r.meyer", **{**REVIEW, **said}), hand).codes

    def left(people: dict[str, Any]) -> None:
        attesting(people)
        person_of(people, "gate")["active"] = False

    other: dict[str, Any] = {"review": {**REVIEW["review"], "reviewer_id": "1002"}}
    elsewhere: dict[str, Any] = {"review": {**REVIEW["review"], "forge": "gitlab"}}
    assert codes("gate", time_source="forge") == set()
    assert codes("gate", **other) == {"account-unmapped"}
    assert codes("gate", **elsewhere) == {"account-unmapped"}
    assert codes("h.keyed") == {"review-unattested"}
    assert codes("somebody") == {"key-unlisted"}
    assert codes("gate", people=left) == {"review-unattested"}


def test_service_signs_for_nobody(world: World) -> None:
    """Without a review a service's signature stands for nobody but itself, and a review is not attested by oneself."""
    case = world.instead(change_people=attesting).case()

    assert in_hand(case.propose("investigate").signed("r.meyer"), "gate").codes == {"key-unlisted"}
    own = in_hand(case.propose("investigate").signed("h.keyed", **REVIEW), "h.keyed")
    assert own.codes == {"review-unattested"}


def test_review_that_is_outdated(world: World) -> None:
    """What git knows of a review counts against it: a review of something else is none of this."""
    case = world.instead(change_people=attesting).case()
    proof = Proof(claimed_by="", outdated="since the commit that was reviewed, a file changed")
    attempt = in_hand(with_proof(case, FIRST, proof).propose("investigate").signed("r.meyer", **REVIEW), "gate")

    assert attempt.codes == {"review-outdated"}


def test_keyed_person_by_the_forge(world: World) -> None:
    """Who has a key may still approve on the forge: that is more than a claim."""

    def change(people: dict[str, Any]) -> None:
        attesting(people)
        person_of(people, "h.keyed")["accounts"] = [{"forge": "github", "id": "7"}]

    case = world.instead(change_people=change).case()
    review = {"review": {**REVIEW["review"], "reviewer_id": "7"}}

    assert in_hand(case.propose("investigate").signed("h.keyed", **review), "gate").codes == set()


def least(assurance: str) -> Callable[[dict[str, Any]], None]:
    """Return the change of the rules that asks for an assurance."""

    def change(rules: dict[str, Any]) -> None:
        transition_of(rules, "investigate")["signers"]["assurance"] = assurance

    return change


def test_least_assurance(world: World) -> None:
    """Where policy asks for more than a claim, others are kept and not counted, and it says who could prove it how."""
    signed = world.instead(least("signed"), attesting).case()
    attempt = signed.propose("investigate").signed("r.meyer")
    assert attempt.codes == {"sign-off-missing"}
    [finding] = attempt.judge().findings
    assert finding.message == "investigate waits for 1 more of quality-lead, area-manager, signed with a key of theirs"
    assert "r.meyer (no key listed yet)" in finding.hint
    assert "h.keyed," in finding.hint
    assert in_hand(signed.propose("investigate").signed("h.keyed"), "h.keyed").verdict == "pass"
    assert in_hand(signed.propose("investigate").signed("r.meyer", **REVIEW), "gate").verdict == "waiting"

    forge = world.instead(least("forge"), attesting).case()
    attempt = forge.propose("investigate")
    [finding] = attempt.judge().findings
    assert finding.message.endswith("signed with a key of theirs or attested by the forge")
    assert "r.meyer," in finding.hint
    assert "p.lind (no key listed yet)" in finding.hint
    assert in_hand(forge.propose("investigate").signed("h.keyed"), "h.keyed").verdict == "pass"
    assert in_hand(forge.propose("investigate").signed("r.meyer", **REVIEW), "gate").verdict == "pass"


def test_assurance_of_a_circumstance(world: World) -> None:
    """A circumstance can ask for more certainty, as it can ask for more people."""

    def change(rules: dict[str, Any]) -> None:
        more = {"when": "weak-controls-only", "assurance": "signed"}
        transition_of(rules, "plan-action")["signers"]["more"] = [more]

    case = world.instead(change).case("high").travel("investigate", "find-root-cause")
    strong = case.propose("plan-action").signed("r.meyer")
    weak = case.propose("plan-action", {"action_plan.actions.0.control": "ppe"}).signed("r.meyer")

    assert strong.verdict == "pass"
    assert weak.verdict == "waiting"


def test_no_claim_lowers_a_severe_potential(world: World) -> None:
    """Where a severe potential asks for a key, taking it down does too; the verifier says the same."""

    def change(rules: dict[str, Any]) -> None:
        more = {"when": "severe-potential", "assurance": "signed"}
        transition_of(rules, "reassess")["signers"]["more"] = [more]

    lower: Edits = {"assessment.severity_potential": 2, "assessment.level": "high"}
    severe = world.instead(change).case("high").travel("investigate").propose("reassess", lower)
    mild = world.instead(change).case("medium").travel("investigate").propose("reassess", lower)

    claimed, proven = severe.signed("p.lind"), in_hand(severe.signed("h.keyed"), "h.keyed")
    assert (claimed.verdict, proven.verdict, mild.signed("p.lind").verdict) == ("waiting", "pass", "pass")
    assert {fault.code for fault in judge_change(as_change(claimed)).faults} == {"sign-off-missing"}
    assert not judge_change(as_change(proven)).faults
    assert not judge_change(as_change(mild.signed("p.lind"))).faults


def test_nobody_may_sign(world: World) -> None:
    """Where nobody on the list may sign, the proposal says so."""

    def nobody_left(people: dict[str, Any]) -> None:
        people["people"] = [person_of(people, handle) for handle in ("m.okafor", "v.novak")]

    attempt = world.instead(change_people=nobody_left).case().propose("investigate")

    [finding] = attempt.judge().findings
    assert finding.hint == "nobody on the list of people; a policy change can add somebody"


def test_who_still_may(world: World) -> None:
    """A waiting proposal names who may sign, without those who have."""
    attempt = world.case("very-high").propose("investigate").signed("r.meyer")

    [proposed] = attempt.judge().proposed

    assert proposed.signed == ("r.meyer",)
    assert proposed.missing == ("1 more of quality-lead, area-manager",)
    assert set(proposed.candidates) == {
        "p.lind", "k.adeyemi", "t.silva", "i.garcia", "c.moreau", "e.area", "h.keyed", "x.retired"
    }  # fmt: skip
