"""Weighing a word that was given on a forge: whose it is, what it is about, and in plain words why it does not count.

The scales weigh with the real judge, but without a repository or a forge: what git would tell is told by the test.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any, cast

import pytest

from nearmiss.engine.desk import Desk
from nearmiss.engine.forges import weighing
from nearmiss.engine.forges.answers import Answer, Outcome
from nearmiss.engine.forges.port import Account
from nearmiss.engine.forges.weighing import Scales
from nearmiss.engine.forges.words import Given
from nearmiss.engine.gate.judging import GateResult
from nearmiss.engine.proposing import policy_signing, signing
from nearmiss.engine.proposing.proposals import Proposal
from nearmiss.models.digests import digest
from nearmiss.policy.facts import Authorship, Held
from nearmiss.policy.findings import Finding, Severity
from nearmiss.policy.step import Judgement, judge_step
from nearmiss.store.documents import YamlDocuments
from tests.engine import test_what_is_signed_of_policy as of_policy
from tests.policy.builder import HANDS, RECORD, Attempt, World, person_of, standard_world, transition_of

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
ACCOUNTS = {"r.meyer": "7", "p.lind": "8", "s.ito": "9", "c.moreau": "11", "n.site": "11"}
HEAD = "a" * 40
FOLDER = f"records/2026/11/{RECORD}/sign-offs"


def with_accounts(people: dict[str, Any]) -> None:
    """Give people accounts, and the service a key."""
    person_of(people, "gate")["keys"] = [{"key": HANDS["gate"].line}]
    for handle, account in ACCOUNTS.items():
        person_of(people, handle)["accounts"] = [{"forge": "forgejo", "id": account}]


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A proposal on a forge, and the scales for what is said of it."""

    attempt: Attempt
    findings: tuple[Finding, ...] = ()
    reason: str = ""
    rules_since: datetime = NOON - timedelta(days=9)
    changes: tuple[Any, ...] = ()
    """What came after the commit that was looked at."""

    def judge(self, after: Any) -> Judgement:
        """Judge the proposal as the gate would."""
        authorship = Authorship(known=True, by_part={"assessment": frozenset({"i.garcia"})})
        case = self.attempt.case
        return judge_step(
            case.dossier,
            after,
            register=case.world.register,
            authorship=authorship,
            held=Held(severity_potential=1),
            intended=self.attempt.transition,
        )

    @property
    def scales(self) -> Scales:
        """Return the scales."""
        register = self.attempt.case.world.register
        service = register.newest.people.find("gate")
        assert service is not None
        judgement = self.judge(self.attempt.after)
        result = GateResult(
            base="base",
            head="head",
            findings=(*judgement.findings, *self.findings),
            judgements={RECORD: judgement},
            entries={},
            policy_version=1,
        )
        return Scales(
            desk=self.desk,
            forge="forgejo",
            register=register,
            service=service,
            proposal=Proposal(
                subject=RECORD, branch=f"near-miss/{RECORD}/01-x", base="base", head="head", transition="x"
            ),
            result=result,
            reason=self.reason,
            rules_since=self.rules_since,
        )

    @property
    def desk(self) -> Desk:
        """Return a desk whose repository tells what the bench knows."""

        def walk(tips: list[str], *, without: list[str], paths: tuple[str, ...]) -> list[Any]:
            assert (tips, without, paths) == (["head"], ["base"], ())
            return [SimpleNamespace(oid="head"), SimpleNamespace(oid=HEAD)]

        def changes(before: str, after: str) -> tuple[Any, ...]:
            assert (before, after) == (HEAD, "head")
            return self.changes

        repository = SimpleNamespace(tree=lambda name: (self, name), changes=changes)
        return cast(
            "Desk",
            SimpleNamespace(
                documents=YamlDocuments(), signer=HANDS["gate"], repository=repository, walk=walk, bench=self
            ),
        )

    def weigh(self, given: Given) -> Answer:
        """Weigh a word."""
        answer, _ = self.scales.weigh(given)
        assert answer.given is given
        return answer

    def signed(self, given: Given) -> Mapping[str, Any]:
        """Return the statement that a word becomes; it must count."""
        answer, files = self.scales.weigh(given)
        assert answer.outcome is Outcome.ATTESTED, answer.message
        [content] = [content for content in files.values() if content is not None]
        data: Any = YamlDocuments().read(content).data
        return cast("Mapping[str, Any]", data["statement"])

    def line(self, handle: str = "r.meyer", **given: Any) -> Given:
        """Return the line that somebody posts on the first step."""
        step = self.scales.proposed[0]
        said = {"subject": RECORD, "transition": step.transition.name, "digits": step.code, **given}
        return Given(
            id="31", account=Account(id=ACCOUNTS[handle], name=handle), at=NOON, address="https://forge/31", **said
        )

    def review(self, handle: str = "r.meyer", **given: Any) -> Given:
        """Return an approval that somebody gave in a review."""
        account = Account(id=ACCOUNTS[handle], name=handle)
        return Given(id="32", account=account, address="https://forge/32", **{"at": NOON, "head": HEAD, **given})


@pytest.fixture(autouse=True)
def told_by_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the bench tell what lies where, and judge what was signed."""

    def opened(tree: Any, subject: str, documents: Any) -> tuple[Any, list[Finding]]:
        bench, name = tree
        assert (subject, type(documents)) == (RECORD, YamlDocuments)
        return {"base": bench.attempt.case.dossier, "head": bench.attempt.after}[name], []

    def judge(desk: Any, before: Any, after: Any, register: Any, **where: str) -> Judgement:
        assert (where["base"], where["head"]) == ("base", "head")
        assert before is desk.bench.attempt.case.dossier
        assert register is not None
        return cast("Judgement", desk.bench.judge(after))

    monkeypatch.setattr(weighing, "open_dossier", opened)
    monkeypatch.setattr(signing, "judge_dossiers", judge)


@pytest.fixture
def in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the machine tell another hour than UTC."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(scope="module")
def forged() -> World:
    """Return a world in which people have accounts."""
    return standard_world().instead(None, with_accounts)


@pytest.fixture
def bench(forged: World) -> Bench:
    """Return a first step that is proposed."""
    return Bench(attempt=forged.case("low").propose("investigate"))


def refused(answer: Answer) -> str:
    """Return why a word does not count."""
    assert answer.outcome is Outcome.REFUSED
    assert answer.files == ()
    return answer.message


def test_a_line_becomes_a_sign_off(bench: Bench) -> None:
    """A line says what its account's owner signs: when it was posted, where, and on which commit."""
    given = bench.line()

    answer, files = bench.scales.weigh(given)
    said = bench.signed(given)

    path = f"{FOLDER}/01-investigated--r.meyer.yaml"
    expected = Answer(
        given=given, outcome=Outcome.ATTESTED, message="r.meyer signed investigate.", by="r.meyer", files=(path,)
    )
    assert answer == expected
    assert [*files] == [path]
    assert (said["by"], said["at"], said["time_source"]) == ("r.meyer", "2026-12-01T12:00:00Z", "forge")
    assert said["review"] == {"forge": "forgejo", "reviewer_id": "7", "review_id": "31", "head": "head"}
    assert "because" not in said


def test_a_review_becomes_a_sign_off(bench: Bench, in_tokyo: None) -> None:
    """An approval is of the commit that was looked at, whatever hour the forge says it in, and wherever we are."""
    assert in_tokyo is None
    given = bench.review(at=datetime(2026, 12, 1, 3, 0, tzinfo=timezone(timedelta(hours=2))))
    beside = SimpleNamespace(path=f"{FOLDER}/x.yaml", old_oid=None)

    for one in (bench, replace(bench, changes=(beside,))):
        said = one.signed(given)
        assert said["review"] == {"forge": "forgejo", "reviewer_id": "7", "review_id": "32", "head": HEAD}
        assert said["at"] == "2026-12-01T01:00:00Z"


@pytest.mark.parametrize(
    "path, old", [(f"records/2026/11/{RECORD}.yaml", None), (f"{FOLDER}/x.yaml", "b"), ("workflow/policy/x.yaml", None)]
)
def test_a_review_of_something_earlier(bench: Bench, path: str, old: str | None) -> None:
    """An approval does not count once something else came after it than new sign-offs beside the record."""
    moved = replace(bench, changes=(SimpleNamespace(path=path, old_oid=old),))
    why = "It was given to an earlier version of this request. Look again, and approve anew."

    assert refused(moved.weigh(bench.review())) == why
    assert refused(bench.weigh(bench.review(head="b" * 40))) == why


def test_whose_a_word_is(bench: Bench) -> None:
    """A word is that of the one person who has the account; where there is none, or two, it is nobody's."""
    stranger = replace(bench.line(), account=Account(id="99", name="r.meyer"))
    shared = bench.line("n.site")
    told = "The account 99 is nobody's. A change of people.yaml can add it: accounts: [{forge: forgejo, id: '99'}]"

    assert (refused(bench.weigh(stranger)), bench.weigh(stranger).by) == (told, "")
    assert refused(bench.weigh(shared)) == "The account 11 is listed for more than one person."
    assert refused(bench.weigh(bench.line(problem="A slip."))) == "A slip."
    elsewhere = replace(bench.scales, forge="gitlab").weigh(bench.line())[0]
    assert "[{forge: gitlab, id: '7'}]" in refused(elsewhere)


def test_what_a_line_is_about(bench: Bench) -> None:
    """A line that is about another record, another step or other content does not count, and says so."""
    step = bench.scales.proposed[0]
    nothing = Bench(attempt=bench.attempt.case.change({}))
    other = bench.line(subject="NM-2026-00000")
    digits = (
        f"It is about 00000000ff, and what is proposed now is {step.code}. Whoever agrees with that posts the line "
    )

    assert refused(bench.weigh(other)) == f"This request is about {RECORD}, not about NM-2026-00000."
    told = "This request does not propose verify; it proposes investigate."
    assert refused(bench.weigh(bench.line(transition="verify"))) == told
    assert bench.weigh(bench.line(transition="verify")).by == "r.meyer"
    assert refused(bench.weigh(bench.line(digits="00000000ff"))) == f"{digits}of today."
    assert refused(nothing.weigh(bench.line())).endswith("it proposes no step that is signed.")
    assert bench.weigh(bench.line(digits=digest(step.content)[7:])).outcome is Outcome.ATTESTED
    few = "It gives 31 of the 32 characters that stand for what is proposed. Whoever agrees with that posts the whole"
    assert refused(bench.weigh(bench.line(digits=step.code[:31]))) == f"{few} line, as the gate's comment has it."


def test_given_under_other_rules(bench: Bench) -> None:
    """A word from before the rules of today does not count; one of the same moment does."""
    assert replace(bench, rules_since=NOON).weigh(bench.line()).outcome is Outcome.ATTESTED
    late = replace(bench, rules_since=NOON + timedelta(seconds=1))
    why = "The rules changed after it was given; they are those of version 1. Say it anew."
    assert [refused(late.weigh(word)) for word in (bench.line(), bench.review())] == [why, why]


def test_an_objection(bench: Bench) -> None:
    """An objection counts for everybody with an account, and says their reason, never the proposer's."""
    reasoned = replace(bench, reason="Because.")
    given = reasoned.line("s.ito", verdict="object", because="The chock was there.")

    assert reasoned.weigh(given).message == "s.ito objected to investigate."
    assert reasoned.signed(given)["because"] == "The chock was there."
    assert bench.signed(replace(given, because=""))["verdict"] == "object"
    assert "because" not in reasoned.signed(replace(given, because=""))


def test_the_reason_of_who_proposed(forged: World) -> None:
    """Where a step needs a reason, that of the signer counts, or else that of whoever proposed it."""
    proposed = Bench(attempt=forged.case("low").travel("investigate").propose("send-back"))
    reasoned = replace(proposed, reason="Too thin.")

    assert refused(proposed.weigh(proposed.line("p.lind"))).startswith("send-back needs a reason")
    assert reasoned.signed(reasoned.line("p.lind"))["because"] == "Too thin."
    assert reasoned.signed(reasoned.line("p.lind", because="Mine."))["because"] == "Mine."


def test_who_may_not_sign(bench: Bench) -> None:
    """Whoever may not sign is told why, and the answer says who they are."""
    answer = bench.weigh(bench.line("s.ito"))

    assert refused(answer) == "s.ito may not sign this: they are named in investigation.lead."
    assert answer.by == "s.ito"
    assert bench.weigh(bench.review("s.ito")).outcome is Outcome.REFUSED


def test_given_already(bench: Bench) -> None:
    """A word that became a sign-off is not signed twice; an approval of a commit neither."""
    by_hand = replace(bench, attempt=bench.attempt.signed("r.meyer", contributors=["i.garcia"]))
    objection = {"verdict": "object", "because": "No."}
    objected = replace(bench, attempt=bench.attempt.objected("r.meyer"))

    for word in (by_hand.line(), by_hand.review()):
        answer = by_hand.weigh(word)
        assert (answer.outcome, answer.message, answer.by) == (Outcome.ALREADY, weighing.ALREADY, "r.meyer")
    assert objected.weigh(objected.line(**objection)).outcome is Outcome.ALREADY
    assert objected.weigh(objected.line()).outcome is Outcome.ATTESTED
    assert by_hand.weigh(by_hand.line(**objection)).outcome is Outcome.ATTESTED


def test_an_objection_takes_back_the_approval(bench: Bench) -> None:
    """On a forge the last word of a person counts: objecting takes back their own approval, and nobody else's."""
    both = replace(bench, attempt=bench.attempt.signed("r.meyer", "p.lind", contributors=["i.garcia"]))

    files = both.scales.weigh(both.line(verdict="object", because="No."))[1]
    approved = replace(bench, attempt=bench.attempt.signed("p.lind", contributors=["i.garcia"])).scales

    assert [path.rpartition("/")[2] for path, content in files.items() if content is None] == [
        "01-investigated--r.meyer.yaml"
    ]
    assert None not in approved.weigh(both.line())[1].values()


def closing(forged: World) -> Bench:
    """Return two steps that are proposed at once."""
    both = forged.case("low").propose("investigate").edit({"state": "root-caused"})
    return Bench(attempt=replace(both, transition=""))


def test_steps_are_signed_in_turn(forged: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word on a later step waits until the earlier one is signed; an approval is of all that wait."""
    monkeypatch.setattr(signing, "transition_of", lambda _: "")
    both = closing(forged)
    second = both.scales.proposed[1]
    later = {"transition": "find-root-cause", "digits": second.code}

    for word in (both.line(**later), both.line(verdict="object", because="No.", **later)):
        waits = both.weigh(word)
        assert (waits.outcome, waits.message) == (Outcome.LATER, "investigate is signed first; this counts after that.")
    assert both.weigh(both.line()).message == "r.meyer signed investigate."
    other = refused(both.weigh(both.line(transition="verify")))
    assert other == "This request does not propose verify; it proposes investigate, find-root-cause."
    assert both.weigh(both.review()).message == "r.meyer signed investigate, find-root-cause."


def test_an_approval_where_the_rest_is_others(forged: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An approval whose own part was signed before adds nothing, where the other steps are not the person's to sign."""
    monkeypatch.setattr(signing, "transition_of", lambda _: "")

    def others(rules: dict[str, Any]) -> None:
        transition_of(rules, "find-root-cause")["signers"]["roles"] = ["verifier"]

    both = closing(forged.instead(others))
    signed = replace(
        both,
        attempt=both.attempt.signed("r.meyer", transition="investigate", to="investigated", contributors=["i.garcia"]),
    )

    assert both.weigh(both.review()).message == "r.meyer signed investigate."
    assert signed.weigh(signed.review()).outcome is Outcome.ALREADY
    assert signed.weigh(signed.review()).message == weighing.ALREADY
    later = replace(signed, rules_since=NOON + timedelta(seconds=1))
    assert later.weigh(later.line()).outcome is Outcome.ALREADY
    assert refused(signed.weigh(signed.review("p.lind"))).startswith("p.lind may not sign this: find-root-cause")


def test_what_would_be_refused(bench: Bench) -> None:
    """What is wrong with the proposal is told, unless the person's own signing mends it."""
    path = f"{FOLDER}/01-investigated--r.meyer.yaml"
    note = Finding(code="x", severity=Severity.NOTE, message="A note.", hint="")
    own = Finding(code="key-retired", message="Retired.", hint="", path=path)
    wrong = replace(bench, findings=(note, own))

    assert wrong.weigh(wrong.line()).outcome is Outcome.ATTESTED
    told = f"The proposal for {RECORD} would be refused. Retired."
    assert refused(wrong.weigh(wrong.line("p.lind"))) == told
    assert wrong.weigh(wrong.line("p.lind")).by == "p.lind"


def test_the_scales_move_on(bench: Bench) -> None:
    """Weighed is by the proposal as it is by now."""
    scales = bench.scales
    moved = replace(scales.proposal, head="later")
    result = replace(scales.result, head="later")

    after = scales.after(moved, result)

    assert (after.proposal, after.result, after.register) == (moved, result, scales.register)


def test_a_word_on_the_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A word on a change of the policy becomes its sign-off, whatever is wrong that signing anew takes back."""
    table = of_policy.on_a_forge()
    monkeypatch.setattr(policy_signing, "read_policy_sign_offs", lambda *_: (table.given, []))
    session = table.session("o.haddad", signer=HANDS["gate"])
    judgement = table.judge()
    judgements = {"policy": judgement}
    stale = Finding(code="sign-off-stale", message="Stale.", hint="", path=f"{of_policy.FOLDER}/0002--x.yaml")
    service = table.before.newest.people.find("gate")
    assert service is not None

    def weigh(given: Given, *changes: Any) -> Answer:
        walk = lambda *_, **__: [SimpleNamespace(oid=HEAD)]  # noqa: E731 - one line tells it
        repository = SimpleNamespace(tree=lambda head: head, changes=lambda *_: changes)
        desk = cast("Any", session)._desk
        scales = Scales(
            desk=cast("Desk", SimpleNamespace(**{**vars(desk), "walk": walk, "repository": repository})),
            forge="forgejo",
            register=table.before.register,
            service=service,
            proposal=Proposal(subject="policy", branch="x", base="base", head="head", transition="x"),
            result=GateResult(
                base="base",
                head="head",
                findings=(*judgement.findings, stale) if judgements else (),
                judgements=judgements,
                entries={},
                policy_version=1,
            ),
            reason="The proposer's.",
            rules_since=NOON,
        )
        answer, files = scales.weigh(given)
        assert all(b"The proposer's." not in content for content in files.values() if content)
        return answer

    step = judgement.proposed[0]
    common: dict[str, Any] = {"id": "31", "account": Account(id="7", name="o.haddad"), "at": NOON, "address": ""}
    line = Given(subject="policy", transition=step.transition.name, digits=step.code, **common)
    review = Given(head=HEAD, **common)
    beside, elsewhere = (
        SimpleNamespace(path=f"{folder}/x.yaml", old_oid=None) for folder in (of_policy.FOLDER, "workflow/policy")
    )

    assert weigh(line).files == (f"{of_policy.FOLDER}/0002--o.haddad.yaml",)
    assert weigh(review, beside).outcome is Outcome.ATTESTED
    assert weigh(review, elsewhere).outcome is Outcome.REFUSED
    judgements.clear()
    assert weigh(review).message == "The proposed policy would be refused."
