"""What one person's word becomes: the statement of each step, and in plain words why somebody may not give it.

A session signs against the real judge, but without a repository: what git would tell is told by the test.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any, cast

import pytest

from nearmiss.engine.desk import Desk
from nearmiss.engine.errors import MayNotSignError, NothingToSignError, ReasonNeededError, RefusedError
from nearmiss.engine.proposing import signing
from nearmiss.engine.proposing.proposals import Attestation, Proposal, Word
from nearmiss.policy.dossier import Dossier
from nearmiss.policy.facts import Authorship, Held
from nearmiss.policy.step import Judgement, judge_step
from nearmiss.store.documents import YamlDocuments
from tests.policy.builder import HANDS, RECORD, Attempt, World, person_of, standard_world, transition_of
from tests.policy.oracle import BY_THE_BOOK

NOW = datetime(2026, 12, 24, 9, 5, 7, tzinfo=timezone(timedelta(hours=1)))
WROTE = ["i.garcia", "m.okafor"]
KNOWN = Authorship(known=True, by_part={"assessment": frozenset({"i.garcia"})}, movers=frozenset({"m.okafor"}))


@dataclass(frozen=True, kw_only=True)
class Table:
    """A proposal on the table: who looks at it, and what git would tell of it."""

    attempt: Attempt
    authorship: Authorship = KNOWN

    @property
    def needs_reason(self) -> bool:
        """Whether the step asks its signers for a reason."""
        return self.judge(self.attempt.after).proposed[0].transition.reason == "required"

    def judge(self, after: Dossier) -> Judgement:
        """Judge the proposal as the gate would."""
        case = self.attempt.case
        return judge_step(
            case.dossier,
            after,
            register=case.world.register,
            authorship=self.authorship,
            held=Held(severity_potential=1),
            intended=self.attempt.transition,
        )

    def sign(self, by: str, *, signer: Any = None, **word: Any) -> signing.Session:
        """Have a person give their word on what is proposed, and return the session afterwards."""
        case, attempt = self.attempt.case, self.attempt
        person = case.world.newest.people.find(by)
        assert person is not None
        proposal = Proposal(
            subject=RECORD,
            branch=f"near-miss/{RECORD}/{case.steps + 1:02d}-{attempt.transition}",
            base="base",
            head="head",
            transition=attempt.transition,
        )
        desk = cast(
            "Desk",
            SimpleNamespace(
                documents=YamlDocuments(), clock=SimpleNamespace(now=lambda: NOW), signer=signer, table=self
            ),
        )
        session = signing.Session(
            desk, case.dossier, attempt.after, case.world.register, proposal, person, Word(**word)
        )
        session.sign(self.judge(attempt.after).proposed)
        return session

    def refusal(self, by: str, **word: Any) -> str:
        """Return why a person may not sign."""
        with pytest.raises(MayNotSignError) as caught:
            self.sign(by, **word)
        return str(caught.value)


@pytest.fixture(autouse=True)
def told_by_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the table judge what a session has signed; the gate would ask git what the table knows."""

    def judge(desk: Any, before: Dossier, after: Dossier, register: Any, **where: str) -> Judgement:
        assert (where["base"], where["head"]) == ("base", "head")
        assert where["intended"] == desk.table.attempt.transition
        assert before is desk.table.attempt.case.dossier
        assert register is not None
        return cast("Judgement", desk.table.judge(after))

    monkeypatch.setattr(signing, "judge_dossiers", judge)


def table(transition: str, *way: str, world: World | None = None, level: str = "low", **known: Any) -> Table:
    """Put a step on the table, of a record that has come some way."""
    case = (world or standard_world()).case(level).travel(*way)
    edits = BY_THE_BOOK.get(transition, dict)(case.data)
    return Table(attempt=case.propose(transition, edits), **known)


def statement_of(session: signing.Session) -> Mapping[str, Any]:
    """Return the statement of the one file that a session adds."""
    [content] = [content for content in session.files.values() if content is not None]
    data: Any = YamlDocuments().read(content).data
    return cast("Mapping[str, Any]", data["statement"])


WAYS = {
    "investigate": (),
    "reassess": (),
    "decline": (),
    "correct": ("investigate",),
    "find-root-cause": ("investigate",),
    "send-back": ("investigate",),
    "plan-action": ("investigate", "find-root-cause"),
    "amend-plan": ("investigate", "find-root-cause", "plan-action"),
    "verify": ("investigate", "find-root-cause", "plan-action"),
    "escalate": ("investigate", "find-root-cause", "plan-action", "verify"),
    "review-lesson": ("investigate", "find-root-cause", "plan-action", "verify"),
}


@pytest.mark.parametrize("transition", WAYS)
def test_the_statement_of_each_step(transition: str) -> None:
    """A statement says what the format asks for, is bound to content, policy and the step before, and is named so."""
    on_table = table(transition, *WAYS[transition])
    wrote = sorted(on_table.authorship.of(on_table.judge(on_table.attempt.after).proposed[0].parts))
    expected = on_table.attempt.statement("p.lind", contributors=wrote, at="2026-12-24T08:05:07Z", because="It is so.")
    if not on_table.needs_reason:
        del expected["because"]

    session = on_table.sign("p.lind", because="It is so.")

    assert dict(statement_of(session)) == expected
    [path] = session.files
    folder = on_table.attempt.after.path.removesuffix(".yaml")
    assert path == f"{folder}/sign-offs/{expected['seq']:02d}-{expected['to']}--p.lind.yaml"
    assert session.steps == [transition]
    assert session.meaning == [expected["meaning"]]


def test_a_step_that_needs_a_reason() -> None:
    """Where a step needs a reason and nobody has given one, it is asked for; a second signer takes over the first's."""
    on_table = table("reassess")
    with pytest.raises(ReasonNeededError, match=r"^reassess needs a reason"):
        on_table.sign("p.lind")
    told = on_table.attempt.signed("r.meyer", because="New facts.", contributors=WROTE)
    signed = replace(on_table, attempt=told)

    assert statement_of(signed.sign("p.lind", because="Another."))["because"] == "New facts."


def test_an_objection() -> None:
    """An objection says why, names no meaning of the policy, and anybody who is a person may raise it once a step."""
    on_table = table("investigate")

    said = statement_of(on_table.sign("m.okafor", verdict="object", because="The chock was there."))

    assert (said["verdict"], said["role"], said["because"]) == ("object", "staff", "The chock was there.")
    assert said["meaning"] == "I object to this step."
    assert statement_of(on_table.sign("v.novak", verdict="object", because="No."))["role"] == "verifier"


REFUSALS = [
    ("l.former", "only active people give their word"),
    ("gate", "only active people give their word"),
    ("m.okafor", "they wrote part of what investigate seals"),
    ("i.garcia", "they wrote part of what investigate seals"),
    ("s.ito", "they are named in investigation.lead"),
    ("n.site", "investigate is signed by quality-lead, area-manager, within their scope"),
    ("v.novak", "investigate is signed by quality-lead, area-manager, within their scope"),
]


@pytest.mark.parametrize("by, why", REFUSALS)
def test_who_may_not_sign(by: str, why: str) -> None:
    """Whoever may not sign is told why, and who may."""
    assert table("investigate").refusal(by) == f"{by} may not sign this: {why}."


def test_who_stood_in_an_earlier_version() -> None:
    """Whoever closed a record does not sign its reopening."""
    case = standard_world().case("low").take("escalate", BY_THE_BOOK["escalate"]({}))
    on_table = Table(attempt=case.propose("reopen", to="reported"))

    why = "they stood in an earlier version of what is signed, or signed what this would undo"
    assert on_table.refusal("r.meyer", because="Recurred.") == f"r.meyer may not sign this: {why}."
    assert statement_of(on_table.sign("p.lind", because="Recurred."))["to"] == "reported"


def test_signed_already() -> None:
    """Whoever has signed a step that still waits is told that somebody else must sign too."""
    on_table = table("investigate", level="very-high")
    signed = replace(on_table, attempt=on_table.attempt.signed("r.meyer", contributors=WROTE))

    why = "it is signed by them already, and somebody else must sign too"
    assert signed.refusal("r.meyer") == f"r.meyer may not sign this: {why}."
    second = signed.sign("p.lind")
    assert second.steps == ["investigate"]
    assert [path.rpartition("/")[2] for path in second.files] == ["01-investigated--p.lind.yaml"]


def test_complete_and_signed() -> None:
    """Where nothing is missing, one more may sign, and whoever has signed has nothing left to."""
    on_table = table("investigate")
    signed = replace(on_table, attempt=on_table.attempt.signed("r.meyer", contributors=WROTE))

    assert signed.sign("p.lind").steps == ["investigate"]
    with pytest.raises(NothingToSignError):
        signed.sign("r.meyer")


def test_a_stale_approval_is_replaced() -> None:
    """What was approved before a change is taken away, also somebody else's, and approved again."""
    on_table = table("investigate", level="very-high")
    signed = on_table.attempt.signed("r.meyer", "k.adeyemi", contributors=WROTE)
    stale = replace(on_table, attempt=signed.edit({"investigation.findings": "Looked at again."}))

    session = stale.sign("r.meyer")

    gone = [path.rpartition("/")[2] for path, content in session.files.items() if content is None]
    assert gone == ["01-investigated--k.adeyemi.yaml"]
    assert statement_of(session)["content"] == stale.judge(stale.attempt.after).proposed[0].content


def test_rules_that_moved() -> None:
    """An approval under rules that have changed is given again, under the new version."""
    on_table = table("investigate")
    signed = on_table.attempt.signed("r.meyer", contributors=WROTE)
    moved = signed.case.world.under(
        lambda rules: transition_of(rules, "verify")["signers"].update(count={"default": 2})
    )
    stale = replace(on_table, attempt=replace(signed, case=signed.case.under(moved)))

    assert statement_of(stale.sign("r.meyer"))["policy"] == {"version": 2, "rules": moved.newest.rules_digest}


def test_the_role_in_which_one_signs() -> None:
    """One signs in the role that is most missing, or in the one that is asked for, if one holds it."""
    world = standard_world().instead(
        None, lambda people: person_of(people, "k.adeyemi")["roles"].append({"role": "risk-owner"})
    )
    accepted = {"disposition": "accept-risk", "because": "Small.", "review_on": "2027-11-01"}
    case = world.case("high", {f"root_cause.causes.1.{key}": value for key, value in accepted.items()})
    case = case.travel("investigate", "find-root-cause")
    on_table = Table(attempt=case.propose("plan-action"))

    assert statement_of(on_table.sign("k.adeyemi"))["role"] == "risk-owner"
    assert statement_of(on_table.sign("k.adeyemi", role="area-manager"))["role"] == "area-manager"
    assert "within their scope" in on_table.refusal("k.adeyemi", role="quality-lead")


def test_who_signs_within_their_bounds() -> None:
    """A role that holds for some areas signs, and waives, what happened there."""
    bounded = Authorship(by_part={"assessment": frozenset({"e.area"})})
    world = standard_world().instead(small_team)

    assert statement_of(table("investigate").sign("e.area"))["role"] == "quality-lead"
    own = table("investigate", world=world, authorship=bounded)
    said = statement_of(own.sign("e.area", waive="contributor-signs", because="We are two."))
    assert said["waiver"]["rule"] == "contributor-signs"


def test_who_assessed_does_not_sign_what_is_lowered() -> None:
    """Whoever assessed a record is told so where the risk falls, and may sign where it does not."""
    case = standard_world().case("high").travel("investigate")
    lowered = Table(
        attempt=case.propose("reassess", {"assessment.severity_potential": 3}), authorship=Authorship(known=True)
    )
    raised = replace(lowered, attempt=case.propose("reassess", {"assessment.severity_potential": 5}))

    why = "they are named in assessment.assessed_by"
    assert lowered.refusal("i.garcia", because="It was less.") == f"i.garcia may not sign this: {why}."
    assert raised.sign("i.garcia", because="It was more.").steps == ["reassess"]


def test_nobody_may_sign() -> None:
    """Where nobody may sign, the refusal says what leads out of that."""

    def strange(rules: dict[str, Any]) -> None:
        transition_of(rules, "investigate")["signers"]["roles"] = ["medical-officer"]

    with pytest.raises(MayNotSignError) as caught:
        table("investigate", world=standard_world().instead(strange)).sign("p.lind")

    assert caught.value.hint == "Who may: nobody on the list of people; a policy change can add somebody."


def test_nothing_is_proposed() -> None:
    """Where no step is proposed, there is nothing to sign."""
    with pytest.raises(NothingToSignError, match=f"^Nothing waits for a sign-off on {RECORD}"):
        Table(attempt=standard_world().case("low").change()).sign("p.lind")


def test_the_hour_is_that_of_greenwich(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever somebody signs, the statement says the hour in UTC."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        said = statement_of(table("investigate").sign("p.lind"))
    finally:
        monkeypatch.undo()
        time.tzset()

    assert said["at"] == "2026-12-24T08:05:07Z"


def small_team(rules: dict[str, Any]) -> None:
    """Let a quality lead waive that contributors do not sign an investigation."""
    transition_of(rules, "investigate")["waivable"] = [{"rule": "contributor-signs", "by": ["quality-lead"]}]


def test_a_waiver() -> None:
    """Where policy lets them, a contributor signs with a waiver, which says the rule and the reason."""
    on_table = table("investigate", world=standard_world().instead(small_team))

    said = statement_of(on_table.sign("i.garcia", waive="contributor-signs", because="We are two."))

    assert said["waiver"] == {"rule": "contributor-signs", "because": "We are two."}
    assert (said["because"], said["role"]) == ("We are two.", "quality-lead")
    word = {"waive": "contributor-signs", "because": "x"}
    assert "they may not waive contributor-signs for investigate" in on_table.refusal("k.adeyemi", **word)
    assert "they may not waive" in table("investigate").refusal("i.garcia", **word)


def test_several_steps_of_a_small_case() -> None:
    """Each step of a small case that waits is signed in turn, each bound to the approvals before it."""
    case = standard_world().case("low")
    both = case.propose("investigate").edit({"state": "root-caused"})
    on_table = Table(attempt=replace(both, transition=""))
    session = signing_both(on_table)

    assert session.steps == ["investigate", "find-root-cause"]
    assert [path.rpartition("/")[2] for path in session.files] == [
        "01-investigated--r.meyer.yaml",
        "02-root-caused--r.meyer.yaml",
    ]


def signing_both(on_table: Table) -> signing.Session:
    """Sign a proposal whose branch names no transition."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signing, "transition_of", lambda _: "")
        return on_table.sign("r.meyer")


def test_what_would_be_refused() -> None:
    """A word that would make the proposal refused is not given; what is wrong is told."""
    on_table = table("investigate")
    broken = replace(on_table, attempt=on_table.attempt.edit({"assessment.decision": "hazard"}))

    with pytest.raises(RefusedError) as caught:
        broken.sign("p.lind")
    assert f"Signed like this, {RECORD} would be refused." in str(caught.value)


def test_content_of_a_record_without_a_section() -> None:
    """What the record does not have is left out of what is signed; the title stands apart."""
    on_table = table("investigate")
    [proposed] = on_table.judge(on_table.attempt.after).proposed
    without = replace(proposed, parts={**proposed.parts, "assessment": None})

    content = without.content

    assert list(content) == ["schema", "title", "sections"]
    assert list(content["sections"]) == ["investigation", "report"]
    assert "title" not in replace(proposed, parts={"report": "x"}).content


def asking_for(assurance: str) -> World:
    """Return a world in which an investigation is signed with proof, and a service attests."""

    def change(rules: dict[str, Any]) -> None:
        transition_of(rules, "investigate")["signers"]["assurance"] = assurance

    return standard_world().instead(
        change, lambda people: person_of(people, "gate").update(keys=[{"key": HANDS["gate"].line}])
    )


def test_where_a_key_is_asked_for() -> None:
    """Where policy asks for a key, whoever has one signs with it, and the others are told; no forge attests it."""
    for assurance in ("signed", "forge"):
        on_table = table("investigate", world=asking_for(assurance))

        signed = on_table.sign("h.keyed", signer=HANDS["h.keyed"])
        assert signed.key == HANDS["h.keyed"].public.fingerprint
        why = "investigate is signed with a key, and none of theirs is listed (nearmiss keys add)"
        assert on_table.refusal("p.lind") == f"p.lind may not sign this: {why}."
    assert table("investigate").sign("p.lind").key == ""


def test_what_a_forge_may_not_attest() -> None:
    """Where policy asks for a key of one's own, no word on a forge stands for it."""
    world = asking_for("signed")
    service = world.newest.people.find("gate")
    assert service is not None
    word = Attestation(service=service, forge="x", reviewer_id="1", review_id="2", head="a", at="2026-12-01T00:00:00Z")

    why = "investigate is signed with a key of one's own, in a clone"
    refusal = table("investigate", world=world).refusal("p.lind", attested=word, signer=HANDS["gate"])
    assert refusal == f"p.lind may not sign this: {why}."


def test_a_claim_before_a_key() -> None:
    """Whoever claimed an approval before a key of theirs was listed gives it again, with the key."""
    world = standard_world().instead(
        None, lambda people: person_of(people, "r.meyer").update(keys=[{"key": HANDS["r.meyer"].line}])
    )
    on_table = table("investigate", world=world)
    claimed = replace(on_table, attempt=on_table.attempt.signed("r.meyer", contributors=WROTE))

    session = claimed.sign("r.meyer", signer=HANDS["r.meyer"])

    assert session.key == HANDS["r.meyer"].public.fingerprint
    assert [path.rpartition("/")[2] for path in session.files] == ["01-investigated--r.meyer.yaml"]


def test_an_objection_is_to_the_first_step_alone() -> None:
    """An objection to a closing is to its first step, and goes no further."""
    both = standard_world().case("low").propose("investigate").edit({"state": "root-caused"})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signing, "transition_of", lambda _: "")
        session = Table(attempt=replace(both, transition="")).sign("m.okafor", verdict="object", because="No.")

    assert session.steps == ["investigate"]
    assert len(session.files) == 1


def test_an_objection_to_what_is_signed() -> None:
    """An objection is to the first step also where that has all its signatures, and here takes no approval back."""
    both = standard_world().case("low").propose("investigate").edit({"state": "root-caused"})
    signed = both.signed("r.meyer", transition="investigate", to="investigated", contributors=WROTE)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signing, "transition_of", lambda _: "")
        session = Table(attempt=replace(signed, transition="")).sign("r.meyer", verdict="object", because="No.")

    assert session.steps == ["investigate"]
    assert None not in session.files.values()
