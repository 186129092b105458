"""What judgements tell beside their verdict, in full: what is missing, where it is, and by what somebody goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nearmiss.models.digests import digest
from nearmiss.policy.attachments import listed_attachments
from nearmiss.policy.dossier import Attached
from nearmiss.policy.findings import Finding
from nearmiss.policy.guards.corrections import changed_values
from nearmiss.policy.policy_step import judge_policy_files, judge_policy_step, policy_content
from nearmiss.policy.signing import Proof
from nearmiss.policy.standing import Register, judge_standing, replay
from nearmiss.policy.structure import MOST_FINDINGS, judge_record_structure
from tests.policy.builder import HANDS, INSTANCE, RECORD, World, near_miss, person_of, transition_of
from tests.policy.test_policy_step import retire_plant_2, sign_off

RECORD_PATH = f"records/2026/11/{RECORD}.yaml"


def test_what_a_step_follows(world: World) -> None:
    """The first step follows from instance and subject, each later one from the approvals of the one before."""
    case = world.case("very-high").travel("investigate", "find-root-cause")
    standing = replay(case.dossier, world.register)

    def approvals(seq: int) -> str:
        given = [file.statement for file in case.dossier.sign_offs if file.statement["seq"] == seq]
        return digest(sorted(digest(statement) for statement in given))

    followed = [standing.previous(world.register, RECORD, seq) for seq in (1, 2, 3)]

    assert followed == [digest({"instance": INSTANCE, "subject": RECORD}), approvals(1), approvals(2)]


def test_one_record_in_two_registers(world: World) -> None:
    """What was found of a record in one register is not taken for what another one makes of it."""
    dossier = world.case().travel("investigate").dossier
    other = Register(instance="another", versions=world.register.versions)
    later = world.under().register

    assert [finding.code for finding in replay(dossier, world.register).findings] == []
    assert {finding.code for finding in replay(dossier, other).findings} == {"sign-off-foreign", "sign-off-chain"}
    register = world.register
    assert replay(dossier, register) is replay(dossier, register)
    assert replay(dossier, later) is not replay(dossier, register)


def test_what_a_step_waits_for(world: World) -> None:
    """A step that waits says for what, and each finding from the files alone says where it belongs."""
    attempt = world.case("very-high").propose("investigate").signed("r.meyer", name="Other")

    standing, found = judge_standing(attempt.after, world.register)

    assert standing.waiting is not None
    assert standing.waiting.missing == ("1 more of quality-lead, area-manager",)
    [name] = found
    assert (name.record, name.path.rpartition("/")[2]) == (RECORD, "01-investigated--r.meyer.yaml")
    [seal] = judge_standing(attempt.edit({"title": "Other"}).after, world.register)[1][:1]
    assert (seal.record, seal.path, seal.code) == (RECORD, RECORD_PATH, "sign-off-stale")


def test_a_step_that_was_taken_by_too_few(world: World) -> None:
    """A step in force that lacks what it needed names all of it, and where."""

    def more(rules: dict[str, Any]) -> None:
        signers = transition_of(rules, "investigate")["signers"]
        more = [{"when": "severe-potential", "role": role} for role in ("risk-owner", "verifier")]
        signers.update(count={"default": 2}, more=more)

    case = world.case("high").travel("investigate", "find-root-cause")
    strict = world.instead(more)
    files = tuple(
        strict.sign_off(case.dossier, {**file.statement, "policy": policy_of(strict)})
        for file in case.dossier.sign_offs
    )

    found = judge_standing(replace(case.dossier, sign_offs=files), strict.register)[1]

    expected = Finding(
        code="signers-missing",
        message=(
            "step 1 (investigate) was taken without "
            "1 more of quality-lead, area-manager and one risk-owner and one verifier"
        ),
        hint="a step counts once all who must sign it have signed",
        record=RECORD,
        path=RECORD_PATH,
    )
    assert expected in found


def policy_of(world: World) -> dict[str, Any]:
    """Return how statements name the policy in force."""
    return {"version": world.newest.number, "rules": world.newest.rules_digest}


def test_an_attachment_that_goes(world: World) -> None:
    """A file that is gone is no file that was changed."""
    case = world.case()
    dock = Attached(sha256="a" * 64, size=1)
    before = replace(case.dossier, attachments={"dock.jpg": dock, "light.jpg": dock})
    attempt = replace(case, dossier=before).change()

    codes = replace(attempt, after=replace(before, attachments={"light.jpg": dock})).codes
    changed = {"dock.jpg": replace(dock, sha256="b" * 64), "light.jpg": dock}

    assert "attachment-changed" not in codes
    assert "attachment-changed" in replace(attempt, after=replace(before, attachments=changed)).codes


def test_attachments_of_entries() -> None:
    """Attachments are found in the entries of lists as well, each with its whole way."""
    data = {"verification": {"checks": [{"on": "x"}, {"attachments": [{"file": "a"}, {"file": "b"}]}]}}

    assert [*listed_attachments(data)] == [
        (("verification", "checks", 1, "attachments", place), {"file": name}) for place, name in enumerate("ab")
    ]


@pytest.mark.parametrize(
    "before, after, expected",
    [
        ({"a": [1, 2]}, {"a": [1, 3]}, [(("a", 1), 2, 3)]),
        ({"a": [1]}, {"a": [1, 2]}, [(("a",), [1], [1, 2])]),
        ({"a": {"b": 1}}, {"a": 1}, [(("a",), {"b": 1}, 1)]),
        ({"a": 1}, {"a": {"b": 1}}, [(("a",), 1, {"b": 1})]),
        ({"a": [1]}, {"a": 1}, [(("a",), [1], 1)]),
        ({"a": 1}, {"a": [1]}, [(("a",), 1, [1])]),
        ({"a": 1}, {"b": 1}, [(("a",), 1, None), (("b",), None, 1)]),
        ({"corrections": [1], "a": {"corrections": 1}}, {"corrections": [2]}, [(("a",), {"corrections": 1}, None)]),
    ],
)
def test_what_was_changed(before: Any, after: Any, expected: list[Any]) -> None:
    """Each place that differs is told with both values, as deep as both have the same shape."""
    assert [*changed_values(before, after)] == expected


def test_more_than_is_told(world: World) -> None:
    """Of a document with more faults than anybody mends at once, the last thing told is that there are more."""
    many = {f"key_{number}": 1 for number in range(MOST_FINDINGS + 5)}

    found = judge_record_structure(near_miss("low", many), terms=world.newest.terms)

    assert found[MOST_FINDINGS:] == [
        Finding(
            code="findings-many",
            message="more is wrong than the 100 findings that are told of one document",
            hint="mend these first, then look again",
        )
    ]


def asking_for_proof(world: World) -> World:
    """Return a world in which an investigation and the policy are signed with a key, and o.haddad has none."""

    def rules(data: dict[str, Any]) -> None:
        transition_of(data, "investigate")["signers"]["assurance"] = "signed"
        data["workflow"]["policy_change"]["signers"]["assurance"] = "signed"

    def people(data: dict[str, Any]) -> None:
        person_of(data, "h.keyed")["roles"].append({"role": "policy-owner"})

    return world.instead(rules, people)


def test_who_has_no_key_yet(world: World) -> None:
    """Of a step that asks for a key it is told which candidates have none; so it is with a change of the policy."""
    asking = asking_for_proof(world)
    changed = asking.under(retire_plant_2)

    [step] = asking.case().propose("investigate").judge().proposed
    policy = judge_policy_step(changed.newest, [], register=asking.register, authors={}, paths="sha256:" + "1" * 64)

    assert "h.keyed" in step.candidates
    assert step.assurance == "signed"
    assert {"r.meyer", "p.lind"} <= {*step.keyless}
    assert "h.keyed" not in step.keyless
    [change] = policy.proposed
    assert (change.candidates, change.keyless, change.assurance) == (("o.haddad", "h.keyed"), ("o.haddad",), "signed")
    assert change.content == policy_content(changed.newest, "sha256:" + "1" * 64)
    file = HANDS["h.keyed"].signed(sign_off(changed, by="h.keyed"))
    signed = judge_policy_step(changed.newest, [file], register=asking.register, authors={})
    assert (signed.proposed[0].signed, signed.proposed[0].candidates) == (("h.keyed",), ("o.haddad",))


def test_each_key_of_the_policy_is_looked_at(world: World) -> None:
    """A key that cannot be read does not hide the next one, which is listed twice."""

    def listed(people: dict[str, Any]) -> None:
        person_of(people, "r.meyer")["keys"] = [{"key": "ssh-ed25519 AAAA"}, {"key": HANDS["h.keyed"].line}]

    found = judge_policy_files(world.under(change_people=listed).newest, world.newest)

    assert [finding.code for finding in found] == ["key-unreadable", "key-twice"]
    assert found[1].message.endswith(" is listed for h.keyed and r.meyer")


def test_a_change_of_the_policy_that_somebody_else_signed(world: World) -> None:
    """What git knows of the commit that adds a sign-off counts for the policy, too; what is stale names its key."""
    changed = world.under(retire_plant_2)
    file = sign_off(changed, previous="sha256:" + "0" * 64)
    before = replace(world, proofs={file.path: Proof(claimed_by="r.meyer")})

    found = judge_policy_step(changed.newest, [file], register=before.register, authors={}).findings

    assert {(finding.code, finding.field_name) for finding in found} >= {("sign-off-stale", "statement.previous")}
    assert "claim-mismatch" in {finding.code for finding in found}


def entry(status: str, *, action: str = "A1", because: str = "") -> dict[str, Any]:
    """Return an entry on the progress of an action."""
    return {"action": action, "status": status, "on": "2027-01-10", **({"because": because} if because else {})}


@pytest.mark.parametrize(
    "progress, places",
    [
        ([entry("open"), entry("in-progress"), entry("done"), entry("done")], {}),
        ([entry("cancelled")], {0: "cancelled"}),
        ([entry("cancelled", because="Sold."), entry("cancelled", because="Sold."), entry("done")], {2: "done"}),
        ([entry("done"), entry("open")], {1: "open"}),
        ([entry("done"), entry("open", because="It broke."), entry("done")], {}),
        ([entry("done"), entry("cancelled"), entry("in-progress")], {1: "cancelled", 2: "in-progress"}),
        ([entry("done"), entry("open", action="A2")], {}),
    ],
)
def test_progress_that_wants_a_reason(world: World, progress: list[Any], places: dict[int, str]) -> None:
    """Who cancels an action, or takes up again what was done or cancelled, says why; nobody else needs to."""
    data = near_miss()
    other = {**data["action_plan"]["actions"][0], "id": "A2"}
    record = near_miss("low", {"progress": progress, "action_plan.actions.1": other})

    assert judge_record_structure(record, terms=world.newest.terms) == [
        Finding(
            code="progress-unreasoned",
            message=f"A1 becomes {status}, and no reason is given",
            hint="add --because '…'",
            field=("progress", place),
        )
        for place, status in places.items()
    ]


@pytest.mark.parametrize(
    "count, known",
    [
        (0, "none"),
        (12, "E1, E10, E11, E12, E2, E3, E4, E5, E6, E7, E8, E9"),
        (13, "E1, E10, E11, E12, E13, E2, E3, E4, E5, E6, E7, E8, …"),
    ],
)
def test_what_is_known_here(world: World, count: int, known: str) -> None:
    """What names something that the record has not is told what there is, as far as anybody reads on."""
    evidence = [{"id": f"E{number}", "kind": "physical", "what": "A chock."} for number in range(1, count + 1)]
    edits = {"investigation.evidence": evidence, "root_cause.causes.1.evidence": ["E99"]}
    record = near_miss("low", {**edits, "root_cause.causes.0.evidence": []})

    [found] = judge_record_structure(record, terms=world.newest.terms)

    assert (found.message, found.hint) == ("there is no piece of evidence E99 in this record", f"known here: {known}")
    assert found.field == ("root_cause", "causes", 1, "evidence", 0)


def test_a_seal_names_all_who_gave_it(world: World) -> None:
    """What is not what two people signed names both sign-offs; sections that no step seals are named, too."""
    case = world.case("very-high").travel("investigate")
    changed = case.change({"title": "Other"})
    attempt = case.propose("find-root-cause")
    content = attempt.statement("r.meyer")["content"]
    more = {**content["sections"], "lesson": "sha256:" + "0" * 64, "progress": "sha256:" + "0" * 64}

    broken = [finding.message for finding in changed.judge().findings]
    alien = attempt.signed("r.meyer", content={**content, "sections": more}).judge().findings

    first, second = (f"01-investigated--{name}.yaml" for name in ("p.lind", "r.meyer"))
    assert f"title is not what was signed off by {first} and {second} (investigate)" in broken
    assert any(finding.message.endswith("find-root-cause does not seal lesson, progress") for finding in alien)
