"""The files of sign-offs: each says what its name says, follows from the one before, and is never changed again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nearmiss.models.digests import digest
from nearmiss.policy.dossier import Attached
from nearmiss.policy.facts import NEVER_ASSESSED
from nearmiss.policy.standing import judge_standing, replay
from nearmiss.policy.step import judge_step
from tests.policy.builder import GONE, Attempt, Case, World, transition_of

FORWARD = ("investigate", "find-root-cause", "plan-action", "verify")
OTHER = "NM-2026-00001"


def codes_of(case: Case) -> set[str]:
    """Return the codes that the files alone give."""
    return {finding.code for finding in judge_standing(case.dossier, case.world.register)[1]}


def retold(case: Case, name: str, /, **said: Any) -> Case:
    """Return the record with the statement of one file changed, its name left as it was."""
    files = []
    for file in case.dossier.sign_offs:
        if file.name == name:
            statement = {**file.statement, **said}
            statement = {key: value for key, value in statement.items() if value is not GONE}
            file = replace(file, data={"statement": statement}, bytes_digest=digest(statement))  # noqa: PLW2901 - the same file, retold
        files.append(file)
    return replace(case, dossier=replace(case.dossier, sign_offs=tuple(files)))


def without(case: Case, *names: str) -> Case:
    """Return the record with files taken away."""
    kept = tuple(file for file in case.dossier.sign_offs if file.name not in names)
    return replace(case, dossier=replace(case.dossier, sign_offs=kept))


def test_untouched(world: World) -> None:
    """Sign-offs that nobody touched are proven by the files alone."""
    assert codes_of(world.case("very-high").travel(*FORWARD)) == set()


@pytest.mark.parametrize(
    "said, code",
    [
        ({"instance": "00000000-0000-4000-8000-000000000000"}, "sign-off-foreign"),
        ({"subject": OTHER}, "sign-off-foreign"),
        ({"by": "p.lind"}, "sign-off-name"),
        ({"previous": "sha256:" + "0" * 64}, "sign-off-chain"),
        ({"policy": {"version": 7, "rules": "sha256:" + "0" * 64}}, "policy-version-unknown"),
        ({"policy": {"version": 1, "rules": "sha256:" + "0" * 64}}, "policy-version-unknown"),
        ({"meaning": "I have seen it."}, "meaning-differs"),
        ({"role": "verifier"}, "signer-role"),
        ({"by": "nobody"}, "signer-unknown"),
        ({"contributors": ["r.meyer"]}, "contributor-signs"),
        ({"from": "action"}, "transition-illegal"),
        ({"to": "action"}, "transition-illegal"),
        ({"transition": "decline"}, "transition-illegal"),
        ({"at": "2026-11-01T08:00:00Z"}, "date-backwards"),
    ],
)
def test_retold(world: World, said: dict[str, Any], code: str) -> None:
    """A statement that is changed in any of these is found out by the files alone."""
    case = world.case().travel(*FORWARD[:2])

    assert code in codes_of(retold(case, "02-root-caused--r.meyer.yaml", **said))


@pytest.mark.parametrize(
    "said, more",
    [
        ({"name": "Ruth M."}, {"name-differs"}),
        ({"time_source": "server"}, {"forge-unproven"}),
        ({"because": "So be it."}, set()),
    ],
)
def test_retold_before_another(world: World, said: dict[str, Any], more: set[str]) -> None:
    """Whatever is changed in a statement, the step after it does not follow any more."""
    case = world.case().travel(*FORWARD[:2])

    assert codes_of(retold(case, "01-investigated--r.meyer.yaml", **said)) == {"sign-off-chain", *more}


def test_objection_before_another(world: World) -> None:
    """An objection is no part of the chain: the next step points back to approvals alone."""
    case = world.case().propose("investigate").objected("p.lind", content={"schema": 1, "sections": {}})

    assert codes_of(case.signed("r.meyer").accept().take("find-root-cause")) == set()


def test_retold_on_main(world: World) -> None:
    """Even a change that means nothing to the judgement is refused once the file is on the main branch."""
    case = world.case().take("investigate")
    changed = retold(case, "01-investigated--r.meyer.yaml", because="So be it.")

    attempt = Attempt(case=case, after=changed.dossier, transition="")

    assert attempt.codes == {"sign-off-tampered"}
    assert "was changed" in attempt.judge().findings[0].message


def test_removed_on_main(world: World) -> None:
    """A sign-off is not taken away, and what it proved does not stand without it."""
    case = world.case("very-high").travel(*FORWARD[:1])
    removed = without(case, "01-investigated--p.lind.yaml")

    attempt = Attempt(case=case, after=removed.dossier, transition="")

    assert "sign-off-tampered" in attempt.codes
    assert any("01-investigated--p.lind.yaml is gone" in finding.message for finding in attempt.judge().findings)


def test_one_of_a_set_is_missing(world: World) -> None:
    """One of two approvals of an earlier step is missed by the step after it."""
    case = world.case("very-high").travel(*FORWARD[:2])

    assert codes_of(without(case, "01-investigated--p.lind.yaml")) == {"sign-off-chain", "signers-missing"}


def test_gap(world: World) -> None:
    """A step whose predecessor is missing is not replayed."""
    case = without(world.case().travel(*FORWARD), "02-root-caused--r.meyer.yaml")

    assert codes_of(case) == {"sign-off-gap"}
    assert replay(case.dossier, world.register).state == "investigated"


def test_nothing_is_judged_behind_a_break(world: World) -> None:
    """Behind a gap, and behind a step that nobody can read, nothing more is said."""
    case = world.case().travel(*FORWARD)
    gap = without(case, "02-root-caused--r.meyer.yaml")
    unread = retold(case, "02-root-caused--r.meyer.yaml", policy={"version": 7, "rules": "sha256:" + "0" * 64})

    found = {name: replay(broken.dossier, world.register) for name, broken in (("gap", gap), ("unread", unread))}

    assert {name: [finding.code for finding in standing.findings] for name, standing in found.items()} == {
        "gap": ["sign-off-gap"],
        "unread": ["policy-version-unknown"],
    }
    assert [len(standing.steps) for standing in found.values()] == [1, 1]


def test_what_the_next_statement_points_back_to(world: World) -> None:
    """The first statement points to the instance and the record, each other to the approvals of the step before it."""
    case = world.case().take("investigate")
    attempt = case.propose("find-root-cause")
    standing = replay(case.dossier, world.register)
    first = world.case().propose("investigate").statement("r.meyer")

    assert standing.previous(world.register, case.dossier.id, 1) == first["previous"]
    assert standing.previous(world.register, case.dossier.id, 2) == attempt.statement("r.meyer")["previous"]
    assert standing.previous(world.register, OTHER, 1) != first["previous"]


def test_gap_at_the_start(world: World) -> None:
    """Without its first step a record stands where it began."""
    case = without(world.case().travel(*FORWARD), "01-investigated--r.meyer.yaml")

    assert codes_of(case) == {"sign-off-gap"}
    assert replay(case.dossier, world.register).state == "reported"


def test_step_upon_a_waiting_one(world: World) -> None:
    """No step is signed before the one below it is complete."""
    waiting = world.case("very-high").propose("investigate").signed("r.meyer")
    case = Case(world=world, dossier=waiting.after, steps=1)
    next_ = case.propose("find-root-cause").signed("p.lind")

    attempt = Attempt(case=waiting.case, after=next_.after, transition="")

    assert attempt.verdict == "refuse"


@pytest.mark.parametrize(
    "said",
    [
        {"contributors": ["s.ito"]},
        {"content": {"schema": 1, "sections": {}}},
        {"because": "Another reason."},
        {"waiver": {"rule": "contributor-signs", "because": "No."}},
    ],
)
def test_set_that_differs(world: World, said: dict[str, Any]) -> None:
    """All approvals of a step approve the same."""
    attempt = world.case("very-high").propose("investigate").signed("p.lind").signed("r.meyer", **said)

    assert "sign-off-set-differs" in attempt.codes
    assert attempt.verdict == "refuse"


def test_set_of_two_policies(world: World) -> None:
    """Approvals under two versions are no set."""
    later = world.under()
    first = world.case("very-high").propose("investigate").signed("p.lind")
    second = later.case("very-high").propose("investigate").with_files(*first.after.sign_offs).signed("r.meyer")

    assert "sign-off-set-differs" in second.codes


def test_replayed_from_another_record(world: World) -> None:
    """A sign-off for another record is worth nothing here, even with the same words."""
    other = world.case(edits={"id": OTHER}).propose("investigate").signed("r.meyer")
    [stolen] = other.after.sign_offs
    attempt = world.case().propose("investigate")
    path = attempt.signed("r.meyer").after.sign_offs[0].path

    assert "sign-off-foreign" in attempt.with_files(replace(stolen, path=path)).codes


def test_replayed_from_an_earlier_round(world: World) -> None:
    """The approval of the first round does not count in the second."""
    case = world.case().take("investigate")
    [first] = case.dossier.sign_offs
    again = case.take("send-back", to="reported").propose("investigate")
    path = again.signed("r.meyer").after.sign_offs[-1].path
    renumbered = {**first.statement, "seq": 3}

    stolen = again.with_files(world.sign_off(again.after, renumbered))

    assert stolen.after.sign_offs[-1].path == path
    assert stolen.codes == {"sign-off-chain", "date-backwards"}


def test_early_sign_offs(world: World) -> None:
    """A new record has no sign-offs, and starts at the start."""
    signed = world.case().propose("investigate").signed("r.meyer")

    findings = judge_new(signed)

    assert findings == {"not-first-state", "sign-off-early"}
    assert judge_new(world.case().change()) == set()


def judge_new(attempt: Attempt) -> set[str]:
    """Judge the record of an attempt as a new one."""
    judgement = judge_step(
        None,
        attempt.after,
        register=attempt.case.world.register,
        authorship=attempt.authorship,
        held=NEVER_ASSESSED,
    )
    return {finding.code for finding in judgement.findings}


def test_content_of_another_step(world: World) -> None:
    """A step seals only what it is made for."""
    case = world.case().take("investigate")
    content = {"schema": 1, "sections": {"root_cause": digest(case.data["root_cause"]), "lesson": digest({})}}

    attempt = case.propose("find-root-cause").signed("r.meyer", content=content)

    assert attempt.codes == {"sign-off-content"}


def test_content_of_nothing(world: World) -> None:
    """A step that keeps the state is bound to something."""
    attempt = world.case().take("investigate").propose("reassess")

    assert "sign-off-content" in attempt.signed("r.meyer", content={"schema": 1, "sections": {}}).codes


def test_rules_have_moved(world: World) -> None:
    """Where the rules moved since an approval, it is given again; where only people did, it still counts."""
    signed = world.case().propose("investigate").signed("r.meyer")
    moved = world.under(lambda rules: transition_of(rules, "verify").update(meaning="It works."))
    hired = world.under(change_people=lambda people: people["people"].pop())

    def judged_in(later: World) -> Attempt:
        return replace(signed, case=signed.case.under(later))

    assert judged_in(moved).codes == {"policy-moved"}
    assert judged_in(moved).verdict == "waiting"
    assert "approve again under version 2" in [finding.hint for finding in judged_in(moved).judge().findings]
    assert judged_in(moved).signed("r.meyer").verdict == "pass"
    assert judged_in(hired).verdict == "pass"


def test_person_has_left_meanwhile(world: World) -> None:
    """An approval by somebody who has left by the time of the merge does not count, though the rules are the same."""
    signed = world.case().propose("investigate").signed("r.meyer")

    def leave(people: dict[str, Any]) -> None:
        person = next(person for person in people["people"] if person["handle"] == "r.meyer")
        person["active"] = False

    attempt = replace(signed, case=signed.case.under(world.under(change_people=leave)))

    assert attempt.codes == {"signer-unknown"}


def test_past_steps_keep_their_policy(world: World) -> None:
    """A step in force is judged by the version that it names, whatever the rules and people of today say."""
    case = world.case().travel(*FORWARD[:2])

    def strict(rules: dict[str, Any]) -> None:
        transition_of(rules, "investigate")["signers"]["count"] = {"default": 5}
        transition_of(rules, "investigate")["meaning"] = "Something else."

    def all_gone(people: dict[str, Any]) -> None:
        people["people"] = [person for person in people["people"] if person["handle"] != "r.meyer"]

    later = case.under(world.under(strict, all_gone))

    assert codes_of(later) == set()
    assert later.take("plan-action", by=["p.lind"]).state == "action"


def test_version_of_the_future(world: World) -> None:
    """An approval under a version that the base does not have yet is refused."""
    signed = world.under().case().propose("investigate").signed("r.meyer")

    assert replace(signed, case=world.case()).codes >= {"policy-version-unknown"}


def test_dates_do_not_run_backwards(world: World) -> None:
    """A step is not dated before the one that it follows; on the same day it may be."""
    case = world.case().take("investigate")

    assert "date-backwards" in case.propose("find-root-cause").signed("r.meyer", at="2026-11-22T23:59:59Z").codes
    assert case.propose("find-root-cause").signed("r.meyer", at="2026-11-23T00:00:00Z").verdict == "pass"


def test_attachment_changed(world: World) -> None:
    """A file that is attached does not change under its name."""
    case = world.case()
    first, second = (Attached(sha256="sha256:" + digit * 64, size=1) for digit in "12")
    case = replace(case, dossier=replace(case.dossier, attachments={"dock.jpg": first}))

    def with_attachments(**files: Attached) -> Attempt:
        files = {name.replace("_", "."): file for name, file in files.items()}
        return replace(case.change(), after=replace(case.dossier, attachments=files))

    assert with_attachments(dock_jpg=second).codes == {"attachment-changed"}
    assert with_attachments(dock_jpg=first, new_jpg=second).codes == set()
