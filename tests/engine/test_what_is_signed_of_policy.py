"""What one person's word on a change of the policy becomes, and in plain words why somebody may not give it.

A session signs against the real judge, but without a repository: what lies on the branch is told by the test.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any, cast

import pytest

from nearmiss.engine.desk import Desk
from nearmiss.engine.errors import MayNotSignError, NothingToSignError, RefusedError
from nearmiss.engine.gate.judging import GateResult
from nearmiss.engine.proposing import policy_signing
from nearmiss.engine.proposing.policy_signing import PolicySession
from nearmiss.engine.proposing.proposals import Attestation, Proposal, Word
from nearmiss.policy.dossier import SignedFile
from nearmiss.policy.findings import Finding, Severity
from nearmiss.policy.policy_step import judge_policy_step, policy_content, previous_of
from nearmiss.policy.step import Judgement
from nearmiss.policy.version import PolicyVersion
from nearmiss.store.documents import YamlDocuments
from tests.policy.builder import HANDS, INSTANCE, World, person_of, standard_world
from tests.policy.test_policy_step import retire_plant_2, sign_off

NOW = datetime(2026, 12, 24, 0, 5, 7, tzinfo=timezone(timedelta(hours=1)))
PATHS = "sha256:" + "1" * 64
FOLDER = "workflow/policy/sign-offs"


@dataclass(frozen=True, kw_only=True)
class Table:
    """A change of the policy on the table, written by r.meyer and k.adeyemi, with the sign-offs that it has."""

    world: World
    given: tuple[SignedFile, ...] = ()
    more: tuple[Finding, ...] = ()
    """What only the gate finds."""

    @property
    def before(self) -> World:
        """The world as it is on main."""
        return replace(self.world, versions=self.world.versions[:-1])

    @property
    def new(self) -> PolicyVersion:
        """The version that is proposed."""
        return self.world.newest

    def judge(self) -> Judgement:
        """Judge the change as the gate would."""
        authors = {"r.meyer@example.org": "r.meyer", "k.adeyemi@example.org": "k.adeyemi"}
        return judge_policy_step(self.new, self.given, register=self.before.register, authors=authors, paths=PATHS)

    def session(self, by: str, *, signer: Any = None, **word: Any) -> PolicySession:
        """Have a person sit down to it."""
        judgement = self.judge()
        result = GateResult(
            base="base",
            head="head",
            findings=(*judgement.findings, *self.more),
            judgements={"policy": judgement},
            entries={},
            policy_version=1,
        )
        person = self.before.newest.people.find(by)
        assert person is not None
        repository = SimpleNamespace(tree=lambda head: SimpleNamespace(head=head))
        clock = SimpleNamespace(now=lambda: NOW)
        desk = SimpleNamespace(
            documents=YamlDocuments(), clock=clock, signer=signer, repository=repository, given=self.given
        )
        proposal = Proposal(
            subject="policy", branch="near-miss/policy/02-change", base="base", head="head", transition="x"
        )
        return PolicySession(cast("Desk", desk), self.before.register, proposal, result, person, Word(**word))

    def sign(self, by: str, **word: Any) -> PolicySession:
        """Have a person give their word, and return the session afterwards."""
        session = self.session(by, **word)
        session.sign(self.judge().proposed)
        return session

    def refusal(self, by: str, **word: Any) -> str:
        """Return why a person may not sign."""
        with pytest.raises(MayNotSignError) as caught:
            self.sign(by, **word)
        return str(caught.value).removeprefix(f"{by} may not sign this: ").removesuffix(".")

    def with_word(self, by: str = "o.haddad", **said: Any) -> Table:
        """Return the table with one more sign-off, given before."""
        content = policy_content(self.new, PATHS)
        said = {"contributors": ["k.adeyemi", "r.meyer"], "content": content, **said}
        return replace(self, given=(*self.given, sign_off(self.world, by, **said)))

    def keyed(self, handle: str) -> Table:
        """Return the table in a world where somebody has a key."""

        def give(people: dict[str, Any]) -> None:
            person_of(people, handle)["keys"] = [{"key": HANDS["somebody"].line}]

        return replace(self, world=self.before.instead(None, give).under(retire_plant_2))


@pytest.fixture(autouse=True)
def told_by_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the table say which sign-offs lie on the branch."""

    def read(tree: Any, desk: Any) -> tuple[Sequence[SignedFile], list[Finding]]:
        assert tree.head == "head"
        return desk.given, []

    monkeypatch.setattr(policy_signing, "read_policy_sign_offs", read)


def lead_as_owner(people: dict[str, Any]) -> None:
    """Let two more people own the policy."""
    for handle in ("p.lind", "r.meyer"):
        person_of(people, handle)["roles"].append({"role": "policy-owner"})


def asks_for(assurance: str) -> Any:
    """Let a change of the policy ask for proof."""

    def change(rules: dict[str, Any]) -> None:
        rules["workflow"]["policy_change"]["signers"]["assurance"] = assurance

    return change


@pytest.fixture
def on_table() -> Table:
    """Return a change that nobody has signed; o.haddad and p.lind may, and r.meyer wrote part of it."""
    return Table(world=standard_world().instead(None, lead_as_owner).under(retire_plant_2))


def statement_of(session: PolicySession) -> Mapping[str, Any]:
    """Return the statement of the one file that a session adds."""
    [content] = [content for content in session.files.values() if content is not None]
    data: Any = YamlDocuments().read(content).data
    return cast("Mapping[str, Any]", data["statement"])


def taken_back(session: PolicySession) -> list[str]:
    """Return the names of the files that a session takes away."""
    return [path.rpartition("/")[2] for path, content in session.files.items() if content is None]


def test_the_statement(on_table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """A statement says what the format asks for, is bound to the version and all its paths, and is named so."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        session = on_table.sign("o.haddad")
    finally:
        monkeypatch.undo()
        time.tzset()

    said = statement_of(session)
    expected = on_table.with_word(at="2026-12-23T23:05:07Z").given[0].statement
    assert dict(said) == expected
    assert list(session.files) == [f"{FOLDER}/0002--o.haddad.yaml"]
    assert (session.steps, session.meaning, session.key) == (["policy version 2"], [expected["meaning"]], "")


def test_a_reason_is_kept(on_table: Table) -> None:
    """Who approves first may give a reason; whoever follows carries the same."""
    first = on_table.with_word(because="It was agreed.")

    assert statement_of(on_table.sign("o.haddad", because="Yes."))["because"] == "Yes."
    assert statement_of(first.sign("p.lind", because="No other."))["because"] == "It was agreed."
    assert "because" not in statement_of(on_table.with_word().sign("p.lind", because="No other."))


def test_the_sign_offs_of_the_version_before(on_table: Table) -> None:
    """What is signed follows from the approvals of the version before."""
    second = on_table.with_word()
    third = replace(second, world=second.world.under())

    said = statement_of(third.sign("p.lind"))

    assert (said["seq"], said["from"], said["to"]) == (3, "version-2", "version-3")
    assert said["previous"] == previous_of(second.given, instance=INSTANCE, seq=3)
    assert third.judge().proposed[0].signed == ()


def test_an_objection(on_table: Table) -> None:
    """Anybody who acts may object, says why, and takes nobody's approval away in a clone."""
    first = on_table.with_word()

    session = first.sign("m.okafor", verdict="object", because="Too strict.")

    said = statement_of(session)
    assert (said["verdict"], said["role"], said["because"]) == ("object", "staff", "Too strict.")
    assert said["meaning"] == "I object to this change."
    assert taken_back(session) == []
    assert statement_of(first.sign("p.lind", verdict="object", because="No."))["role"] == "policy-owner"
    own = first.sign("o.haddad", verdict="object", because="No.")
    assert (taken_back(own), statement_of(own)["because"]) == ([], "No.")


REFUSALS = [
    ("l.former", {}, "only active people give their word"),
    ("l.former", {"verdict": "object", "because": "No."}, "only active people give their word"),
    ("gate", {}, "only active people give their word"),
    ("v.novak", {}, "they do not hold a role that signs it"),
    ("k.adeyemi", {}, "they wrote it"),
    ("k.adeyemi", {"waive": "contributor-signs", "because": "x"}, "they may not waive contributor-signs"),
    ("o.haddad", {"waive": "quorum", "because": "x"}, "they may not waive quorum"),
    ("r.meyer", {}, "they wrote it (policy lets them waive this: --waive contributor-signs --because …)"),
]


@pytest.mark.parametrize("by, word, why", REFUSALS)
def test_who_may_not_sign(on_table: Table, by: str, word: dict[str, Any], why: str) -> None:
    """Whoever may not sign is told why, and who may."""
    assert on_table.refusal(by, **word) == why
    with pytest.raises(MayNotSignError) as caught:
        on_table.sign(by, **word)
    assert caught.value.hint == "Who may: p.lind, o.haddad, c.moreau."


def test_a_waiver(on_table: Table) -> None:
    """An author who owns the policy signs with a waiver, which says the rule and the reason."""
    said = statement_of(on_table.sign("r.meyer", waive="contributor-signs", because="We are two."))

    assert said["waiver"] == {"rule": "contributor-signs", "because": "We are two."}
    assert (said["because"], said["role"]) == ("We are two.", "policy-owner")
    assert "waiver" not in statement_of(on_table.sign("o.haddad"))


def test_signed_already(on_table: Table) -> None:
    """Whoever has given this very word has nothing left to sign; the other word is another one."""
    approved = on_table.with_word()
    objected = on_table.with_word(verdict="object", because="Too strict.")

    for table, word in ((approved, {}), (objected, {"verdict": "object", "because": "Too strict."})):
        with pytest.raises(NothingToSignError) as caught:
            table.sign("o.haddad", **word)
        assert str(caught.value) == "Nothing waits for a sign-off on policy."
    assert list(objected.sign("o.haddad").files) == [f"{FOLDER}/0002--o.haddad.yaml"]
    assert statement_of(approved.sign("o.haddad", verdict="object", because="No."))["verdict"] == "object"
    assert statement_of(approved.sign("p.lind"))["by"] == "p.lind"


STALE: list[dict[str, Any]] = [
    {"content": {"schema": 1, "sections": {}, "version": "sha256:" + "2" * 64}},
    {"contributors": ["r.meyer"]},
    {"policy": {"version": 1, "rules": "sha256:" + "3" * 64}},
    {"policy": {"version": 9, "rules": ""}},
]


@pytest.mark.parametrize("said", STALE)
def test_a_stale_approval_is_taken_back(on_table: Table, said: dict[str, Any]) -> None:
    """What was approved before a change is taken back by whoever signs next, and given again by its giver."""
    stale = on_table.with_word(**said)

    assert taken_back(stale.sign("p.lind")) == ["0002--o.haddad.yaml"]
    assert statement_of(stale.sign("o.haddad"))["content"] == policy_content(on_table.new, PATHS)
    assert taken_back(stale.with_word("p.lind").sign("o.haddad")) == []


def test_a_stale_objection_stays(on_table: Table) -> None:
    """An objection to an earlier version is never taken back, and keeps nobody from objecting again."""
    earlier = {"schema": 1, "sections": {}, "version": "sha256:" + "2" * 64}
    stale = on_table.with_word(verdict="object", because="Too strict.", content=earlier)

    assert taken_back(stale.sign("p.lind")) == []
    assert statement_of(stale.sign("o.haddad", verdict="object", because="Still."))["because"] == "Still."


def test_a_review_that_is_outdated(on_table: Table) -> None:
    """An approval of which the gate finds that it was given to something earlier is taken back, and no other."""
    both = on_table.with_word().with_word("p.lind")
    earlier = Finding(code="review-outdated", message="It was.", hint="", path=f"{FOLDER}/0002--p.lind.yaml")
    outdated = replace(both, more=(earlier,))

    assert taken_back(outdated.sign("r.meyer", waive="contributor-signs", because="x")) == ["0002--p.lind.yaml"]
    with pytest.raises(NothingToSignError):
        outdated.sign("o.haddad")


def error(code: str, path: str) -> Finding:
    """Return an error at a path."""
    return Finding(code=code, severity=Severity.ERROR, message="Bad.", hint="", path=path)


def test_what_would_be_refused(on_table: Table) -> None:
    """A change that would be refused is not signed, unless signing takes back all that is wrong with it."""
    mended = error("sign-off-stale", f"{FOLDER}/0002--x.yaml")
    wrong = [error("sign-off-stale", "records/x.yaml"), error("sign-off-name", f"{FOLDER}/0002--x.yaml")]

    assert replace(on_table, more=(mended,)).sign("o.haddad").files
    for finding in wrong:
        with pytest.raises(RefusedError) as caught:
            replace(on_table, more=(mended, finding)).sign("o.haddad")
        assert str(caught.value) == "The proposed policy would be refused."
        assert caught.value.findings == (mended, finding)
    note = Finding(code="rule-waived", severity=Severity.NOTE, message="Waived.", hint="")
    assert replace(on_table, more=(note,)).sign("o.haddad").files


def test_nothing_is_proposed(on_table: Table) -> None:
    """Where no version is proposed, there is nothing to sign."""
    with pytest.raises(RefusedError):
        on_table.session("o.haddad").sign(())


def test_a_claim_before_a_key(on_table: Table) -> None:
    """Who claimed an approval before a key was listed gives it again with the key; others' stay theirs to renew."""
    keyed = on_table.keyed("o.haddad").with_word()

    session = keyed.sign("o.haddad", signer=HANDS["somebody"])
    assert session.key == HANDS["somebody"].public.fingerprint
    assert statement_of(session)["by"] == "o.haddad"
    with pytest.raises(RefusedError):
        keyed.sign("c.moreau")
    with_key = replace(keyed, given=(HANDS["somebody"].signed(keyed.given[0]),))
    with pytest.raises(NothingToSignError):
        with_key.sign("o.haddad", signer=HANDS["somebody"])


def test_owners_of_a_part() -> None:
    """The policy belongs to no site, so whoever owns it for one neither signs nor waives."""
    grant = {"role": "policy-owner", "sites": ["plant-2"]}
    world = standard_world().instead(None, lambda people: person_of(people, "o.haddad").update(roles=[grant]))
    table = Table(world=world.under(retire_plant_2))

    assert table.refusal("o.haddad") == "they do not hold a role that signs it"
    waived = {"waive": "contributor-signs", "because": "x"}
    assert table.refusal("o.haddad", **waived) == "they may not waive contributor-signs"
    assert table.session("o.haddad").key == ""
    assert statement_of(table.sign("o.haddad", verdict="object", because="No."))["role"] == "staff"


def test_only_with_a_key() -> None:
    """Where the policy asks for proof, whoever has no key listed is told so; a service may attest, or may not."""
    world = standard_world()

    def owners(people: dict[str, Any]) -> None:
        lead_as_owner(people)
        for handle, hand in (("o.haddad", "r.meyer"), ("gate", "gate")):
            person_of(people, handle)["keys"] = [{"key": HANDS[hand].line}]

    signed, forge = (
        Table(world=world.instead(asks_for(assurance), owners).under(retire_plant_2))
        for assurance in ("signed", "forge")
    )

    without = "a change of the policy is signed with a key, and none of theirs is listed"
    assert [table.refusal("p.lind") for table in (signed, forge)] == [without, without]
    assert statement_of(signed.sign("o.haddad", signer=HANDS["r.meyer"]))["by"] == "o.haddad"
    word = {"attested": attestation(forge), "signer": HANDS["gate"]}
    own = "a change of the policy is signed with a key of one's own, in a clone"
    assert signed.refusal("p.lind", **word) == own


def attestation(table: Table) -> Attestation:
    """Return what the service attests of a word on a forge."""
    service = table.before.newest.people.find("gate")
    assert service is not None
    return Attestation(
        service=service, forge="forgejo", reviewer_id="7", review_id="31", head="a" * 40, at="2026-12-23T22:00:00Z"
    )


def on_a_forge() -> Table:
    """Return a change that two owners of the policy look at on a forge, where a service attests."""

    def people(data: dict[str, Any]) -> None:
        lead_as_owner(data)
        person_of(data, "gate")["keys"] = [{"key": HANDS["gate"].line}]
        for number, handle in ((7, "o.haddad"), (8, "p.lind")):
            person_of(data, handle)["accounts"] = [{"forge": "forgejo", "id": str(number)}]

    return Table(world=standard_world().instead(asks_for("forge"), people).under(retire_plant_2))


def test_what_a_service_attests() -> None:
    """A word on a forge says when it was given and where, and is signed by the service that attests it."""
    table = on_a_forge()

    session = table.sign("o.haddad", attested=attestation(table), signer=HANDS["gate"])

    said = statement_of(session)
    assert (said["at"], said["time_source"]) == ("2026-12-23T22:00:00Z", "forge")
    assert said["review"] == {"forge": "forgejo", "reviewer_id": "7", "review_id": "31", "head": "a" * 40}
    assert session.key == HANDS["gate"].public.fingerprint


def test_an_objection_on_a_forge_takes_back_the_approval() -> None:
    """On a forge the last word of a person counts: objecting takes back their own approval, and nobody else's."""
    table = on_a_forge()
    both = table.with_word().with_word("p.lind")

    session = both.sign("o.haddad", verdict="object", because="No.", attested=attestation(table), signer=HANDS["gate"])

    assert "0002--o.haddad.yaml" in taken_back(session)
    assert statement_of(session)["verdict"] == "object"
