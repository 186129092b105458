"""What a sign-off proves of its origin, to the letter: each way in which a signature counts, and each in which not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from nearmiss.models.sign_off import NAMESPACE
from nearmiss.policy.dossier import Origin, SignedFile
from nearmiss.policy.findings import Finding, Severity
from nearmiss.policy.proving import CLAIM, claims_among, origin_of, proves_enough
from nearmiss.policy.signing import Proof, can_prove, in_turn, keyless, reaches
from nearmiss.policy.statement_keys import key_of
from tests.policy.builder import HANDS, RECORD, Attempt, World, person_of, transition_of

REVIEW: dict[str, Any] = {"forge": "github", "reviewer_id": "1001", "review_id": "2", "head": "f" * 40}
HAND = {name: hand.public.fingerprint for name, hand in HANDS.items()}
PLACE = f"records/2026/11/{RECORD}/sign-offs"


def listed(people: dict[str, Any]) -> None:
    """List a key of the service's, accounts, and a key that two people share."""
    person_of(people, "gate")["keys"] = [{"key": HANDS["gate"].line}]
    for handle, account in (("r.meyer", "1001"), ("h.keyed", "1002")):
        person_of(people, handle)["accounts"] = [{"forge": "github", "id": account}]
    for handle in ("p.lind", "k.adeyemi"):
        person_of(people, handle)["keys"] = [{"key": HANDS["r.meyer"].line}]


@pytest.fixture(scope="module")
def proving(world: World) -> World:
    """Return a world in which there is something to prove with."""
    return world.instead(change_people=listed)


def given(world: World, by: str, hand: str = "", *, namespace: str = NAMESPACE, **said: Any) -> SignedFile:
    """Return a sign-off, signed by a hand if need be."""
    [file] = world.case().propose("investigate").signed(by, **said).after.sign_offs
    return HANDS[hand].signed(file, namespace=namespace) if hand else file


def spoiled(world: World, by: str, hand: str) -> SignedFile:
    """Return a sign-off whose signature is of another statement."""
    file = given(world, by)
    return replace(file, data={**file.data, "signature": given(world, by, hand, name="Other").data["signature"]})


Give = Callable[[World], SignedFile]
OTHER_REVIEWS = {
    "account": {**REVIEW, "reviewer_id": "1002"},
    "forge": {**REVIEW, "forge": "gitlab"},
    "long": {**REVIEW, "reviewer_id": "9" * 70},
}

ORIGINS: dict[str, tuple[Give, Origin]] = {
    "a claim": (lambda world: given(world, "r.meyer"), CLAIM),
    "a claim of a review": (lambda world: given(world, "r.meyer", review=REVIEW), CLAIM),
    "a key of one's own": (
        lambda world: given(world, "h.keyed", "h.keyed"),
        Origin(assurance="signed", key=HAND["h.keyed"]),
    ),
    "a review that a service attests": (
        lambda world: given(world, "r.meyer", "gate", review=REVIEW),
        Origin(assurance="forge", key=HAND["gate"]),
    ),
    "another purpose": (
        lambda world: given(world, "h.keyed", "h.keyed", namespace="git" * 30),
        Origin(
            code="signature-bad",
            key=HAND["h.keyed"],
            problem=f"its signature was made for '{'git' * 20}', not for sign-offs ({NAMESPACE})",
        ),
    ),
    "a key of two people": (
        lambda world: given(world, "p.lind", "r.meyer"),
        Origin(
            code="signature-bad",
            key=HAND["r.meyer"],
            problem=f"its key {HAND['r.meyer']} is listed for more than one person, so it proves nobody",
        ),
    ),
    "a key of nobody": (
        lambda world: given(world, "r.meyer", "somebody"),
        Origin(
            code="key-unlisted",
            key=HAND["somebody"],
            problem=f"its key {HAND['somebody']} is listed for nobody in version 1 of the policy",
        ),
    ),
    "a retired key": (
        lambda world: given(world, "x.retired", "x.retired"),
        Origin(
            code="key-retired",
            key=HAND["x.retired"],
            problem=f"its key {HAND['x.retired']} of x.retired is retired",
        ),
    ),
    "a key of somebody else": (
        lambda world: given(world, "r.meyer", "h.keyed"),
        Origin(
            code="key-unlisted",
            key=HAND["h.keyed"],
            problem=f"its key {HAND['h.keyed']} is listed for h.keyed, not for r.meyer",
        ),
    ),
    "another statement": (
        lambda world: spoiled(world, "h.keyed", "h.keyed"),
        Origin(code="signature-bad", key=HAND["h.keyed"], problem="its signature is not of this statement"),
    ),
    "a review attested by a person": (
        lambda world: given(world, "h.keyed", "h.keyed", review={**REVIEW, "reviewer_id": "1002"}),
        Origin(
            code="review-unattested",
            key=HAND["h.keyed"],
            problem=(
                f"it speaks of a review, and its key {HAND['h.keyed']} is of h.keyed, "
                "which is no service that attests any"
            ),
        ),
    ),
    "a review by another account": (
        lambda world: given(world, "r.meyer", "gate", review=OTHER_REVIEWS["account"]),
        Origin(
            code="account-unmapped",
            key=HAND["gate"],
            problem="the account '1002' at github is not one of r.meyer",
        ),
    ),
    "a review elsewhere": (
        lambda world: given(world, "r.meyer", "gate", review=OTHER_REVIEWS["forge"]),
        Origin(code="account-unmapped", key=HAND["gate"], problem="the account '1001' at gitlab is not one of r.meyer"),
    ),
    "a review of nobody": (
        lambda world: given(world, "nobody", "gate", review=OTHER_REVIEWS["long"]),
        Origin(
            code="account-unmapped",
            key=HAND["gate"],
            problem=f"the account '{'9' * 60}' at github is not one of nobody",
        ),
    ),
    "a service alone": (
        lambda world: given(world, "r.meyer", "gate"),
        Origin(
            code="key-unlisted",
            key=HAND["gate"],
            problem=f"its key {HAND['gate']} is listed for gate, not for r.meyer",
        ),
    ),
}


@pytest.mark.parametrize("way", ORIGINS)
def test_what_is_proven(proving: World, way: str) -> None:
    """Each way of giving a sign-off proves just that much of its origin, and what is wrong is said in full."""
    give, expected = ORIGINS[way]

    assert origin_of(give(proving), proving.newest) == expected


def test_a_service_that_left(proving: World) -> None:
    """A service that acts no longer attests nothing."""

    def leave(people: dict[str, Any]) -> None:
        person_of(people, "gate")["active"] = False

    later = proving.instead(change_people=leave)

    assert origin_of(given(later, "r.meyer", "gate", review=REVIEW), later.newest).code == "review-unattested"


def test_a_signature_that_cannot_be_read(world: World) -> None:
    """What stands for a signature and is none says what is wrong with it, and names no key."""
    file = given(world, "r.meyer")
    broken = replace(file, data={**file.data, "signature": "none"})

    problem = "its signature is none that counts: it does not begin with the line -----BEGIN SSH SIGNATURE-----"
    assert origin_of(broken, world.newest) == Origin(code="signature-bad", problem=problem)


def test_what_is_proven_is_asked_of_each_list_of_people(world: World) -> None:
    """One file proves as much as the people of each version let it: what one lists, another has retired."""
    file = given(world, "h.keyed", "h.keyed")

    def retire(people: dict[str, Any]) -> None:
        person_of(people, "h.keyed")["keys"][0]["retired"] = True

    later = world.under(change_people=retire)
    asked = [origin_of(file, version) for version in (later.versions[0], later.versions[1], later.versions[0])]

    assert [(origin.assurance, origin.code) for origin in asked] == [
        ("signed", ""),
        ("asserted", "key-retired"),
        ("signed", ""),
    ]
    assert origin_of(file, later.versions[0]) is asked[0]


@pytest.mark.parametrize(
    "by, hand, enough",
    [
        ("r.meyer", "", True),
        ("h.keyed", "", False),
        ("h.keyed", "h.keyed", True),
        ("h.keyed", "somebody", False),
        ("r.meyer", "somebody", False),
        ("x.retired", "", True),
    ],
)
def test_what_is_enough(world: World, by: str, hand: str, *, enough: bool) -> None:
    """Whoever has a key that counts proves by it; a claim is enough of whoever has none; a bad signature never."""
    person = world.newest.people.find(by)
    assert person is not None

    assert proves_enough(given(world, by, hand), person, world.newest) is enough


def test_a_review_is_enough(proving: World) -> None:
    """A review that a service attests is enough also of whoever has a key."""
    person = proving.newest.people.find("h.keyed")
    assert person is not None
    review = {**REVIEW, "reviewer_id": "1002"}

    assert proves_enough(given(proving, "h.keyed", "gate", review=review), person, proving.newest)


def test_claims_are_counted(proving: World) -> None:
    """Claims, bad signatures and those under an unknown version are counted; what is signed or attested is not."""
    claims = [given(proving, "r.meyer"), given(proving, "r.meyer", "somebody")]
    proven = [given(proving, "h.keyed", "h.keyed"), given(proving, "r.meyer", "gate", review=REVIEW)]
    unknown = given(proving, "h.keyed", "h.keyed", policy={"version": 7, "rules": ""})
    versions = {1: proving.newest}

    assert claims_among([*claims, *proven, unknown], versions) == 3
    assert claims_among(proven, versions) == 0


def test_what_reaches_what(proving: World) -> None:
    """A claim reaches what asks for nothing; a review what a forge may attest; a key all."""
    files = [
        given(proving, "r.meyer"),
        given(proving, "r.meyer", "gate", review=REVIEW),
        given(proving, "h.keyed", "h.keyed"),
    ]

    reached = {
        least: [reaches(file, proving.newest, least) for file in files] for least in ("asserted", "forge", "signed")
    }

    assert reached == {
        "asserted": [True, True, True],
        "forge": [False, True, True],
        "signed": [False, False, True],
    }


def test_who_can_prove(proving: World) -> None:
    """A key proves all; an account what a forge may attest, while a service is listed with a key that counts."""
    handles = ("h.keyed", "r.meyer", "v.novak", "x.retired", "nobody")

    def without(**change: Any) -> World:
        return proving.instead(change_people=lambda people: person_of(people, "gate").update(change))

    assert keyless(handles, proving.newest, "asserted") == ()
    assert keyless(handles, proving.newest, "forge") == ("v.novak", "x.retired")
    assert keyless(handles, proving.newest, "signed") == ("r.meyer", "v.novak", "x.retired")
    changes: list[dict[str, Any]] = [{"keys": []}, {"active": False}, {"kind": "person"}]
    for change in changes:
        assert keyless(handles, without(**change).newest, "forge") == ("r.meyer", "v.novak", "x.retired")
    novak = proving.newest.people.find("v.novak")
    assert novak is not None
    assert can_prove(novak, proving.newest, "asserted")
    assert not can_prove(novak, proving.newest, "forge")
    assert in_turn(handles[:3], ["r.meyer"]) == "h.keyed, r.meyer (no key listed yet), v.novak"


NOT_COUNTED = "this sign-off does not count; somebody who may sign approves instead"
FIRST, KEYED = (f"{PLACE}/01-investigated--{name}.yaml" for name in ("r.meyer", "h.keyed"))


def found(attempt: Attempt) -> list[Finding]:
    """Return the findings that are about a sign-off."""
    return [finding for finding in attempt.judge().findings if "/sign-offs/" in finding.path]


def told(code: str, path: str, message: str) -> Finding:
    """Return a finding of a sign-off that does not count."""
    name = path.rpartition("/")[2]
    return Finding(
        code=code,
        message=f"sign-off {name}: {message}",
        hint=NOT_COUNTED,
        path=path,
        field=key_of(code),
        record=RECORD,
    )


@pytest.mark.parametrize(
    "proof, whose",
    [(Proof(claimed_by="p.lind"), "p.lind"), (Proof(claimed_by=""), "nobody on the list of people")],
)
def test_a_claim_for_somebody_else(world: World, proof: Proof, whose: str) -> None:
    """A claim in a commit of somebody else's is told with whose it is."""
    case = replace(world, proofs={FIRST: proof}).case()

    message = f"it speaks for r.meyer, but the commit that adds it is by {whose}"
    assert found(case.propose("investigate").signed("r.meyer")) == [told("claim-mismatch", FIRST, message)]


def test_what_does_not_prove_a_signer(world: World) -> None:
    """A bare claim of whoever has a key, and a signature that is bad, are told in full, and no claim besides."""
    proofs = {KEYED: Proof(claimed_by="p.lind")}
    attempt = replace(world, proofs=proofs).case().propose("investigate").signed("h.keyed")
    [file] = attempt.after.sign_offs
    signed = attempt.with_files(HANDS["x.retired"].signed(file))
    problem = f"its key {HAND['x.retired']} of x.retired is retired"

    bare = "h.keyed has a registered key, so a bare claim does not count"
    mismatch = "it speaks for h.keyed, but the commit that adds it is by p.lind"
    assert found(attempt) == [
        told("signature-missing", KEYED, bare),
        told("claim-mismatch", KEYED, mismatch),
    ]
    assert found(signed) == [told("key-retired", KEYED, problem)]


def test_a_review_of_something_earlier(proving: World) -> None:
    """What git knows of a review is told as it says; of a signature with a key of one's own nothing is asked."""
    outdated = Proof(claimed_by="", outdated="since the commit that was reviewed, a file changed")
    world = replace(proving, proofs={FIRST: outdated, KEYED: outdated})
    attempt = world.case().propose("investigate")
    reviewed = attempt.with_files(given(world, "r.meyer", "gate", review=REVIEW))
    own = attempt.with_files(given(world, "h.keyed", "h.keyed"))

    assert found(reviewed) == [told("review-outdated", FIRST, outdated.outdated)]
    assert found(own) == []


def test_a_waiver_is_told(world: World) -> None:
    """A rule that is waived is noted with the reason; one that is not to be waived is refused by name."""

    def waivable(rules: dict[str, Any]) -> None:
        transition_of(rules, "investigate")["waivable"] = [{"rule": "contributor-signs", "by": ["quality-lead"]}]

    waiver = {"rule": "contributor-signs", "because": "We are two."}
    allowed, refused = (
        one.case().propose("investigate").signed("r.meyer", waiver=waiver) for one in (world.instead(waivable), world)
    )

    assert found(allowed) == [
        Finding(
            code="rule-waived",
            severity=Severity.NOTE,
            message="sign-off 01-investigated--r.meyer.yaml waives contributor-signs: We are two.",
            hint="policy allows it; it is counted",
            path=FIRST,
            record=RECORD,
        )
    ]
    message = "policy does not let a quality-lead waive contributor-signs here"
    assert found(refused) == [told("waiver-not-allowed", FIRST, message)]
