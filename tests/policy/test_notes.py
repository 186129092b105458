"""What was found out of one version of a record, for the next: it changes no judgement, whatever changed meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from nearmiss.models.people import People
from nearmiss.policy.attachments import judge_attachments
from nearmiss.policy.dates import judge_dates
from nearmiss.policy.dossier import Dossier
from nearmiss.policy.findings import Finding
from nearmiss.policy.handles import judge_people
from nearmiss.policy.signing import Proof
from nearmiss.policy.standing import Register, judge_standing, replay
from nearmiss.policy.structure import judge_record_structure
from tests.policy.builder import GONE, Case, World, edited, near_miss

TODAY = date(2028, 1, 1)

EDITS: dict[str, Mapping[str, Any]] = {
    "nothing": {},
    "a title": {"title": "Another title"},
    "a number that is none": {"assessment.severity_potential": True},
    "an unknown key": {"assessment.severity": 3},
    "a null": {"investigation.lead": None},
    "an unknown term": {"report.process_area": "nowhere"},
    "no report": {"report": GONE},
    "a part that is no mapping": {"root_cause": "none"},
    "an unknown part": {"attachments": [{"file": "a.jpg"}]},
    "evidence that is not there": {"root_cause.causes.0.evidence": ["E9"]},
    "evidence that is gone": {"investigation.evidence.0.id": "E9"},
    "a cause that is gone": {"root_cause.causes.1.id": "C9"},
    "an action that is gone": {"action_plan.actions.0.id": "A9"},
    "an id that is there twice": {"root_cause.causes.1.id": "C1"},
    "a date to come": {"assessment.assessed_on": "2999-01-01"},
    "somebody unknown": {"investigation.lead": "n.obody"},
    "an owner who is unknown": {"action_plan.actions.0.owner": "n.obody"},
    "an attachment": {"report.attachments": [{"file": "a.jpg", "sha256": f"sha256:{'0' * 64}"}]},
}


def _next(earlier: Dossier, edits: Mapping[str, Any]) -> Dossier:
    """Return a later version, of which all parts that are the same are the very same objects."""
    data = edited(earlier.data, edits)
    shared = {
        key: earlier.data[key] if _is_same(earlier.data.get(key), value) else value for key, value in data.items()
    }
    return replace(earlier, data=shared)


def _is_same(one: Any, other: Any) -> bool:
    return repr(one) == repr(other)


def _found(record: Dossier, world: World, *, noting: bool) -> list[list[Finding]]:
    notes = record.notes if noting else None
    plain = record if noting else replace(record)
    structure = judge_record_structure(record.data, terms=world.newest.terms, notes=notes)
    if structure:
        return [structure]
    return [
        list(judge_dates(record.data, TODAY, notes)),
        list(judge_people({}, record.data, world.newest.people, notes)),
        list(judge_attachments(plain, world.newest.settings)),
    ]


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("between", ["nothing", "a title", "a number that is none", "evidence that is gone"])
def test_a_later_version_is_judged_as_if_it_were_the_first(world: World, name: str, between: str) -> None:
    """After sound and unsound versions, whatever is noted, a change has the findings that it has alone."""
    first = world.dossier(near_miss("high"))
    assert _found(first, world, noting=True) == [[], [], []]
    second = _next(first, EDITS[between])
    second.follow(first)
    _found(second, world, noting=True)
    third = _next(second, EDITS[name])
    third.follow(second)

    for _ in range(2):
        assert _found(third, world, noting=True) == _found(third, world, noting=False)
    assert any(_found(third, world, noting=True)) is (
        name not in {"nothing", "a title"} or between not in {"nothing", "a title"}
    )


def test_other_terms_and_people_are_asked_anew(world: World) -> None:
    """What is noted under one policy says nothing under another one, nor of another day."""
    record = world.dossier(near_miss("high"))
    _found(record, world, noting=True)
    fewer = {name: frozenset[str]() for name in world.newest.terms}
    assert judge_record_structure(record.data, terms=fewer, notes=record.notes)
    nobody = People.model_validate({"schema": 1, "people": []})
    assert list(judge_people({}, record.data, nobody, record.notes))
    early = TODAY.replace(year=2020)
    assert list(judge_dates(record.data, early, record.notes)) == list(judge_dates(record.data, early)) != []


def _followed(
    case: Case, register: Register, edits: Mapping[str, Any] | None = None, **more: Any
) -> tuple[Dossier, Dossier]:
    """Return a case's record that was judged, and a later version of it that follows."""
    judge_standing(case.dossier, register)
    later = replace(_next(case.dossier, edits or {}), **more)
    later.follow(case.dossier)
    return case.dossier, later


@pytest.mark.parametrize("level", ["low", "high", "very-high"])
def test_steps_since_are_replayed_on_top_of_those_before(world: World, level: str) -> None:
    """The steps before a new one are those that were replayed before, and the standing is as if all were replayed."""
    register = world.register
    before = world.case(level).travel("investigate", "find-root-cause")
    after = before.travel("plan-action")
    first, later = _followed(before, register, data=after.data, sign_offs=after.dossier.sign_offs)

    standing = replay(later, register)

    assert standing == replay(replace(later), register)
    assert all(one is other for one, other in zip(standing.steps, replay(first, register).steps, strict=False))


@pytest.mark.parametrize(
    "edits",
    [{"assessment.severity_potential": 5, "assessment.likelihood": 5}, {"report.site": "plant-1"}, {"title": "Other"}],
    ids=["more-must-sign", "elsewhere", "title"],
)
def test_what_the_record_says_now_decides_who_may_sign(world: World, edits: Mapping[str, Any]) -> None:
    """Where nothing was signed since, or what decides who may sign says something else, the steps are judged anew."""
    register = world.register
    case = world.case("low").travel("investigate", "find-root-cause")
    _, later = _followed(case, register, edits)

    assert judge_standing(later, register) == judge_standing(replace(later), register)


@pytest.mark.parametrize("change", ["gone", "replaced", "joined"])
def test_sign_offs_that_are_not_what_they_were_are_all_replayed(world: World, change: str) -> None:
    """A sign-off that is gone, is another one, or joins an old step leaves nothing of the replay before."""
    register = world.register
    attempt = world.case("low").travel("investigate").propose("find-root-cause")
    case = attempt.signed("r.meyer").accept()
    first, *others = case.dossier.sign_offs
    files = {
        "gone": others,
        "replaced": [replace(first), *others],
        "joined": [*case.dossier.sign_offs, *attempt.signed("p.lind").after.sign_offs[-1:]],
    }[change]
    _, later = _followed(case, register, sign_offs=tuple(sorted(files, key=lambda file: file.path)))

    assert judge_standing(later, register) == judge_standing(replace(later), register)


def test_a_proof_is_looked_at_whatever_is_noted(world: World) -> None:
    """That the commit of a sign-off is by somebody else is found although nothing was wrong without that."""
    register = world.register
    case = world.case("low").travel("investigate")
    record, _ = _followed(case, register)
    [path] = [file.path for file in record.sign_offs]
    told = replace(register, proofs={path: Proof(claimed_by="p.lind")})
    assert [finding.code for finding in judge_standing(record, told)[1]] == ["claim-mismatch"]
