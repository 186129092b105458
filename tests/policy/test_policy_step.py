"""A policy change judged like any step: sound data, nothing taken away, signed off under the version before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from nearmiss.models.digests import digest
from nearmiss.models.sign_off import file_name
from nearmiss.policy.dossier import SignedFile
from nearmiss.policy.policy_step import (
    CHANGE,
    judge_policy_files,
    judge_policy_step,
    policy_content,
    previous_of,
)
from nearmiss.policy.step import Judgement
from nearmiss.policy.version import PolicyVersion, make_version
from tests.policy.builder import GONE, HANDS, INSTANCE, WAIVERS, World, person_of, transition_of

Change = Callable[[dict[str, Any]], object]


def retire_plant_2(rules: dict[str, Any]) -> None:
    """Retire a term, as it should be done."""
    rules["vocabulary"]["site"]["terms"][1]["retired"] = True


def test_own_policy_is_sound(world: World) -> None:
    """The policy of this repository is sound, alone and after itself."""
    assert judge_policy_files(world.newest, None) == []
    assert judge_policy_files(world.under(retire_plant_2).newest, world.newest) == []


RULES: list[tuple[Change, str]] = [
    (lambda rules: rules["workflow"].update(colour="red"), "unknown-key"),
    (lambda rules: rules["risk"].pop("bands"), "missing-field"),
    (lambda rules: rules["settings"].update(reports="soon"), "bad-value"),
    (lambda rules: rules["vocabulary"]["site"].update(terms="none"), "wrong-type"),
    (lambda rules: transition_of(rules, "verify")["guards"].append("be-lucky"), "policy-name-unknown"),
    (lambda rules: transition_of(rules, "verify")["signers"]["roles"].append("boss"), "policy-name-unknown"),
    (lambda rules: transition_of(rules, "verify")["signers"].update(more=[{"when": "raining"}]), "policy-name-unknown"),
    (
        lambda rules: transition_of(rules, "verify")["signers"].update(never_if=[{"when": "raining", "paths": ["x"]}]),
        "policy-name-unknown",
    ),
    (lambda rules: transition_of(rules, "verify").update(to=["done"]), "policy-name-unknown"),
    (lambda rules: transition_of(rules, "verify").update(to=[]), "policy-no-target"),
    (lambda rules: rules["workflow"]["transitions"].append(transition_of(rules, "verify")), "policy-name-twice"),
    (lambda rules: rules["workflow"]["states"].append(rules["workflow"]["states"][0]), "policy-name-twice"),
    (lambda rules: rules["risk"]["matrix"].pop("3"), "policy-matrix"),
    (lambda rules: rules["risk"]["matrix"].update({"3": ["L", "L", "L", "L", "X"]}), "policy-matrix"),
    (lambda rules: rules["vocabulary"]["site"]["terms"].pop(), "term-removed"),
    (lambda rules: rules["vocabulary"].pop("site"), "term-removed"),
]


@pytest.mark.parametrize("change, code", RULES)
def test_unsound_rules(world: World, change: Change, code: str) -> None:
    """Rules that contradict themselves, name what is not there or drop what records use are refused."""
    assert code in {finding.code for finding in judge_policy_files(world.under(change).newest, world.newest)}


def no_escalation(rules: dict[str, Any]) -> None:
    """Take a state away, with all that leads there."""
    workflow = rules["workflow"]
    workflow["states"] = [state for state in workflow["states"] if state["state"] != "escalated"]
    workflow["transitions"] = [entry for entry in workflow["transitions"] if entry["name"] != "escalate"]
    for entry in workflow["transitions"]:
        entry["from"] = [state for state in entry["from"] if state != "escalated"]


def test_state_removed(world: World) -> None:
    """A state that records may be in stays."""
    codes = [finding.code for finding in judge_policy_files(world.under(no_escalation).newest, world.newest)]

    assert codes == ["state-removed"]


def list_keys(people: dict[str, Any], handle: str, *lines: str) -> None:
    """List keys for a person."""
    person_of(people, handle)["keys"] = [{"key": line} for line in lines]


def list_accounts(people: dict[str, Any], *handles: str) -> None:
    """List one account for several people."""
    for handle in handles:
        person_of(people, handle)["accounts"] = [{"forge": "github", "id": "1001"}]


PEOPLE_CHANGES: list[tuple[Change, str]] = [
    (lambda people: people.update(colour="red"), "unknown-key"),
    (lambda people: people["people"].append(person_of(people, "r.meyer")), "person-twice"),
    (lambda people: person_of(people, "p.lind").update(emails=["R.Meyer@example.org"]), "person-twice"),
    (lambda people: list_keys(people, "p.lind", HANDS["h.keyed"].line), "key-twice"),
    (lambda people: list_keys(people, "p.lind", HANDS["x.retired"].line), "key-twice"),
    (lambda people: list_keys(people, "p.lind", HANDS["r.meyer"].line, HANDS["r.meyer"].line), "key-twice"),
    (lambda people: list_keys(people, "p.lind", "ssh-ed25519 AAAAC3Nza"), "key-unreadable"),
    (lambda people: list_accounts(people, "r.meyer", "p.lind"), "person-twice"),
    (lambda people: person_of(people, "p.lind").update(roles=[{"role": "boss"}]), "policy-name-unknown"),
    (lambda people: person_of(people, "p.lind").update(deputies=["nobody"]), "policy-name-unknown"),
    (lambda people: people["people"].pop(), "person-removed"),
]


@pytest.mark.parametrize("change, code", PEOPLE_CHANGES)
def test_unsound_people(world: World, change: Change, code: str) -> None:
    """A handle and an address belong to one person, roles and deputies are known, and nobody is struck off."""
    assert code in {finding.code for finding in judge_policy_files(world.under(None, change).newest, world.newest)}


UNSOUND_WAIVERS = {**WAIVERS, "waivers": [{"commit": "abc", "code": "sign-off-tampered"}]}


def with_waivers(world: World, waivers: dict[str, Any]) -> PolicyVersion:
    """Return the next version, which waives something."""
    data = world.newest.data
    return PolicyVersion(make_version(2, rules=data["rules"], people=data["people"], waivers=waivers))


def test_unsound_waivers(world: World) -> None:
    """A waiver of a bad merge names its commit, the finding and the reason."""
    found = judge_policy_files(with_waivers(world, UNSOUND_WAIVERS), world.newest)

    assert {finding.field_name for finding in found} == {
        "waivers[0].because",
        "waivers[0].commit",
        "waivers[0].on",
    }


@pytest.fixture
def changed(world: World) -> World:
    """Return a world whose newest version is only proposed."""
    return world.under(retire_plant_2)


def sign_off(changed: World, by: str = "o.haddad", **said: Any) -> SignedFile:
    """Return a sign-off of the newest version, given under the one before."""
    old, new = changed.versions[-2:]
    person = old.people.find(by)
    statement = {
        "version": 1,
        "instance": INSTANCE,
        "subject": "policy",
        "seq": new.number,
        "transition": CHANGE,
        "from": f"version-{old.number}",
        "to": f"version-{new.number}",
        "verdict": "approve",
        "by": by,
        "name": person.name if person else by,
        "role": "policy-owner",
        "at": "2026-12-01T08:00:00Z",
        "time_source": "client",
        "meaning": "I have read this version of the policy and put it in force.",
        "contributors": ["r.meyer"],
        "content": policy_content(new),
        "policy": {"version": old.number, "rules": old.rules_digest},
        "previous": digest({"instance": INSTANCE, "subject": "policy"}),
        **said,
    }
    data = {"statement": {key: value for key, value in statement.items() if value is not GONE}}
    path = f"workflow/policy/sign-offs/{file_name(data['statement'])}"
    return SignedFile(path=path, data=data, bytes_digest=digest(data))


def judge(changed: World, *files: SignedFile, authors: dict[str, str] | None = None) -> Judgement:
    """Judge the newest version under the one before."""
    before = replace(changed, versions=changed.versions[:-1])
    wrote = {"r.meyer@example.org": "r.meyer"} if authors is None else authors
    return judge_policy_step(changed.newest, files, register=before.register, authors=wrote)


def test_change_signed(changed: World) -> None:
    """A change that a policy owner signs who did not write it comes into force."""
    judgement = judge(changed, sign_off(changed))

    assert judgement.verdict == "pass"
    assert judgement.proposed[0].signed == ("o.haddad",)
    assert judgement.proposed[0].contributors == {"r.meyer"}


def test_change_unsigned(changed: World) -> None:
    """A change that nobody has signed waits, and says who may."""
    judgement = judge(changed)

    assert judgement.verdict == "waiting"
    assert judgement.findings[0].hint == "who may: o.haddad"


def test_change_by_the_only_owner(changed: World) -> None:
    """Where its author is the only policy owner, the change says so, and the separation may be waived with a reason."""
    authors = {"o.haddad@example.org": "o.haddad"}
    waiver = {"rule": "contributor-signs", "because": "There is only one policy owner."}

    assert "who may waive the separation" in judge(changed, authors=authors).findings[0].hint
    own = sign_off(changed, contributors=["o.haddad"])
    assert [finding.code for finding in judge(changed, own, authors=authors).findings] == ["contributor-signs"]
    waived = sign_off(changed, contributors=["o.haddad"], waiver=waiver)
    assert judge(changed, waived, authors=authors).verdict == "pass"


WRONGLY_SAID: list[tuple[dict[str, Any], str]] = [
    ({"instance": "00000000-0000-4000-8000-000000000000"}, "sign-off-stale"),
    ({"transition": "verify"}, "sign-off-stale"),
    ({"from": "version-7"}, "sign-off-stale"),
    ({"content": {"schema": 1, "sections": {}, "version": "sha256:" + "0" * 64}}, "sign-off-stale"),
    ({"policy": {"version": 1, "rules": "sha256:" + "0" * 64}}, "sign-off-stale"),
    ({"previous": "sha256:" + "0" * 64}, "sign-off-stale"),
    ({"contributors": []}, "contributor-missing"),
    ({"contributors": ["r.meyer", "o.haddad"]}, "contributor-signs"),
    ({"meaning": "I like it."}, "meaning-differs"),
    ({"by": "r.meyer", "role": "quality-lead"}, "signer-role"),
    ({"by": "r.meyer"}, "signer-role"),
]


@pytest.mark.parametrize("said, code", WRONGLY_SAID)
def test_change_signed_wrongly(changed: World, said: dict[str, Any], code: str) -> None:
    """A sign-off of anything else, by anybody else, or in other words does not put a version in force."""
    judgement = judge(changed, sign_off(changed, **said))

    assert code in {finding.code for finding in judgement.findings}
    assert judgement.verdict == "refuse"


def test_change_under_another_name(changed: World) -> None:
    """The file of a sign-off says what its name says."""
    file = sign_off(changed)
    renamed = replace(file, path=file.path.replace("o.haddad", "r.meyer"))

    assert [finding.code for finding in judge(changed, renamed).findings] == ["sign-off-name"]


def test_what_a_change_is_bound_to(changed: World) -> None:
    """A sign-off is bound to the version, and to all that comes with it; the files alone tell only what it says."""
    version, paths, others = changed.newest, "sha256:" + "1" * 64, "sha256:" + "2" * 64
    bound = {"schema": 1, "sections": {}, "paths": paths, "version": version.digest}
    file = sign_off(changed, content=bound)

    def verdict(given: str) -> str:
        before = replace(changed, versions=changed.versions[:-1]).register
        return judge_policy_step(version, [file], register=before, authors={}, paths=given).verdict

    assert policy_content(version) == {"schema": 1, "sections": {}, "version": version.digest}
    assert policy_content(version, paths) == bound
    assert [verdict(given) for given in (paths, "", others)] == ["pass", "pass", "refuse"]


def test_what_is_known_of_the_signature(changed: World) -> None:
    """A signature over a policy change that does not hold is refused, as on a record."""
    file = HANDS["somebody"].signed(sign_off(changed), namespace="git")

    assert [finding.code for finding in judge(changed, file).findings] == ["signature-bad"]


def test_owner_of_a_part(world: World) -> None:
    """The policy belongs to no site, so a policy owner of one site does not sign for it."""
    grant = {"role": "policy-owner", "sites": ["plant-2"]}
    limited = world.instead(None, lambda people: person_of(people, "o.haddad").update(roles=[grant]))
    changed = limited.under(retire_plant_2)

    assert [finding.code for finding in judge(changed, sign_off(changed)).findings] == ["signer-role"]
    assert judge(changed).proposed[0].candidates == ()


def test_who_may_still_sign(world: World) -> None:
    """Who has signed a change is not among those who may still sign it."""

    def add_two(rules: dict[str, Any]) -> None:
        rules["workflow"]["policy_change"]["signers"]["count"] = {"default": 2}

    two = world.instead(
        add_two, lambda people: person_of(people, "k.adeyemi")["roles"].append({"role": "policy-owner"})
    )
    changed = two.under(retire_plant_2)
    judgement = judge(changed, sign_off(changed))

    assert judgement.proposed[0].candidates == ("k.adeyemi",)
    assert [finding.code for finding in judgement.findings] == ["sign-off-missing"]


def test_set_that_differs(changed: World) -> None:
    """All approvals of a version approve the same."""
    second = sign_off(changed, by="r.meyer", because="Yes.")

    assert "sign-off-set-differs" in {finding.code for finding in judge(changed, sign_off(changed), second).findings}


def test_stranger(changed: World) -> None:
    """Nobody unknown changes the policy."""
    judgement = judge(changed, sign_off(changed, contributors=[]), authors={"who@example.net": ""})

    assert [finding.code for finding in judgement.findings] == ["author-unknown"]


def test_objection(changed: World) -> None:
    """An objection keeps a change waiting while it is to what is proposed now and stands."""
    said = {"verdict": "object", "because": "Too strict."}
    objection = sign_off(changed, by="p.lind", **said)
    outdated = sign_off(changed, by="p.lind", content={"schema": 1, "sections": {}}, **said)
    own = sign_off(changed, **said)

    standing = judge(changed, sign_off(changed), objection)
    assert [finding.code for finding in standing.findings] == ["objection-stands"]
    assert standing.verdict == "waiting"
    assert "p.lind objects: Too strict." in standing.findings[0].message
    assert judge(changed, sign_off(changed), outdated).verdict == "pass"
    assert judge(changed, sign_off(changed), own).verdict == "pass"


def test_chain_of_versions(changed: World) -> None:
    """The sign-offs of a version point back to those of the one before."""
    second = sign_off(changed)
    third = changed.under()
    expected = digest([second.statement_digest])

    assert previous_of([second], instance=INSTANCE, seq=3) == expected
    assert judge(third, second, sign_off(third, previous=expected)).verdict == "pass"
    assert judge(third, second, sign_off(third)).verdict == "refuse"
