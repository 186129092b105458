"""Who may read reports that wait: those who may sign the first step, where their role holds."""

from __future__ import annotations

from typing import Any

import pytest

from nearmiss.engine.proposing.proposals import main_register
from nearmiss.models.people import People
from nearmiss.policy.triage import may_triage, may_triage_anything, triage_roles
from nearmiss.policy.version import PolicyVersion, make_version
from tests.engine.cast import person
from tests.engine.scene import founded_once, open_scene

PLACE = {"site": "plant-2", "process_area": "shipping"}


def policy_with(*people: dict[str, Any]) -> PolicyVersion:
    """Return the shipped policy with other people."""
    scene = open_scene(founded_once("plain"))
    data = main_register(scene.desk("o.haddad"))[1].newest.data
    scene.close()
    others = People.model_validate({"schema": 1, "people": list(people)})
    listed = others.model_dump(by_alias=True, exclude_none=True, mode="json")
    return PolicyVersion(make_version(1, rules=data["rules"], people=listed, waivers=data["waivers"]))


@pytest.mark.parametrize(
    "who, report, may",
    [
        (person("r.meyer", "quality-lead"), PLACE, True),
        (person("k.adeyemi", "area-manager"), PLACE, True),
        (person("m.okafor"), PLACE, False),
        (person("v.novak", "verifier"), PLACE, False),
        (person("o.haddad", "policy-owner"), PLACE, False),
        (person("l.former", "quality-lead", active=False), PLACE, False),
        (person("g.robot", "quality-lead", kind="service"), PLACE, False),
        (person("y.moreau", roles=[{"role": "area-manager", "areas": ["shipping"]}]), PLACE, True),
        (person("y.moreau", roles=[{"role": "area-manager", "areas": ["packing"]}]), PLACE, False),
        (person("y.moreau", roles=[{"role": "area-manager", "areas": ["shipping"]}]), {"site": "plant-2"}, False),
        (person("r.meyer", "quality-lead"), {}, True),
        (person("u.kallio", roles=[{"role": "area-manager", "classes": ["security"]}]), PLACE, False),
    ],
)
def test_reports_that_wait_are_for_who_may_sign_the_first_step(
    who: dict[str, Any],
    report: dict[str, str],
    may: bool,  # noqa: FBT001 - what is expected
) -> None:
    """A report is read by active people in a role that signs the investigation, within the limits of that role."""
    policy = policy_with(who)

    assert may_triage(policy, policy.people.people[0], report) is may


def test_a_deputy_reads_what_the_person_may_read() -> None:
    """Whoever may use somebody's roles for them may read what they may."""
    policy = policy_with(person("r.meyer", "quality-lead", deputies=["c.moreau"]), person("c.moreau"))
    deputy = policy.people.find("c.moreau")
    assert deputy is not None

    assert may_triage(policy, deputy, PLACE)
    assert may_triage_anything(policy, deputy)


def test_who_may_read_anything_at_all_is_told_without_a_report() -> None:
    """The list of new reports is for those who may read at least one, wherever it comes from."""
    limited = person("y.moreau", roles=[{"role": "area-manager", "areas": ["packing"]}])
    by_class = person("u.kallio", roles=[{"role": "area-manager", "classes": ["security"]}])
    policy = policy_with(limited, by_class, person("m.okafor"))

    assert [may_triage_anything(policy, one) for one in policy.people.people] == [True, False, False]
    assert triage_roles(policy) == {"quality-lead", "area-manager"}
