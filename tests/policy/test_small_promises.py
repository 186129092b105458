"""Small promises of the rules that no longer story tells: shapes of a version, owners, dates, and words."""

from __future__ import annotations

from typing import Any

import pytest

from nearmiss.policy.deadlines import Due, missed, owner_of
from nearmiss.policy.findings import Finding
from nearmiss.policy.structure import judge_record_structure, judge_sign_off_structure
from nearmiss.policy.version import is_sound, make_version, version_file, version_number
from tests.policy.builder import GONE, World, near_miss


def version_with(world: World, **changed: Any) -> dict[str, Any]:
    """Return the newest version with top-level keys replaced."""
    return {**world.newest.data, **changed}


def rules_with(world: World, **parts: Any) -> dict[str, Any]:
    """Return a version made of the rules with some parts replaced."""
    data = world.newest.data
    return make_version(1, rules={**data["rules"], **parts}, people=data["people"], waivers=data["waivers"])


def nested(depth: int) -> Any:
    """Return a value that lies so deep."""
    return [nested(depth - 1)] if depth else "bottom"


def test_a_version_is_sound(world: World) -> None:
    """The first and the last version there can be are sound."""
    assert is_sound(world.newest.data)
    assert is_sound(version_with(world, version=9999))


@pytest.mark.parametrize("number", [0, 10_000, "1", True, 1.0])
def test_a_version_has_a_number(world: World, number: object) -> None:
    """A version is numbered from 1 to 9999, by a whole number."""
    assert not is_sound(version_with(world, version=number))


@pytest.mark.parametrize("name", ["version", "rules", "people", "waivers_sha256"])
def test_a_version_is_whole(world: World, name: str) -> None:
    """A version has all its parts, and nothing else."""
    assert not is_sound({key: value for key, value in world.newest.data.items() if key != name})
    assert not is_sound(version_with(world, more={}))
    assert not is_sound([])


@pytest.mark.parametrize("name", ["rules", "people", "waivers"])
def test_a_version_fits_its_digests(world: World, name: str) -> None:
    """Each part of a version is a mapping, and fits the digest beside it."""
    assert not is_sound(version_with(world, **{name: []}))
    assert not is_sound(version_with(world, **{f"{name}_sha256": "sha256:" + "0" * 64}))


def test_the_rules_of_a_version_are_mappings(world: World) -> None:
    """Each part of the rules, and each list of terms, is a mapping; there are no more parts, and no fewer."""
    assert is_sound(rules_with(world))
    assert not is_sound(rules_with(world, risk=[]))
    assert not is_sound(rules_with(world, vocabulary={"site": []}))
    assert not is_sound(rules_with(world, more={}))


@pytest.mark.parametrize("value", [2**53, -(2**53), nested(30), {"a": nested(29)}])
def test_a_version_has_plain_values(world: World, value: object) -> None:
    """Numbers that not every reader keeps and endless depth are no part of a version, whatever their digests."""
    assert not is_sound(rules_with(world, settings={**world.newest.data["rules"]["settings"], "more": value}))


@pytest.mark.parametrize("code", [0xD800, 0xDC00, 0xDFFF])
def test_a_version_has_whole_signs(world: World, code: int) -> None:
    """Half a sign, which has no bytes, is found before a digest is tried."""
    rules = {**world.newest.data["rules"], "settings": {"more": f"x{chr(code)}"}}

    assert not is_sound(version_with(world, rules=rules))
    assert not is_sound(version_with(world, people={chr(code): 1}))


@pytest.mark.parametrize("value", [2**53 - 1, -(2**53 - 1), "\ud7ff", "\ue000", "é", nested(29), {"a": [1]}, ["a", {}]])
def test_plain_values_at_the_edge(world: World, value: object) -> None:
    """What lies just inside is plain."""
    assert is_sound(rules_with(world, settings={**world.newest.data["rules"]["settings"], "more": value}))


def test_the_owner_of_an_action() -> None:
    """An action is its owner's; an external owner's is their sponsor's; one without is nobody's."""
    assert owner_of({"owner": "t.silva"}) == "t.silva"
    assert owner_of({"owner": {"external": "Dock", "sponsor": "p.lind"}}) == "p.lind"
    assert owner_of({}) == ""


def only(world: World, path: str, value: object) -> Finding:
    """Return the one finding of a record with this value."""
    [finding] = judge_record_structure(near_miss("high", {path: value}), terms=world.newest.terms)
    return finding


def test_words_of_a_long_value(world: World) -> None:
    """A value that is shown is cut where it would fill the line, and only there."""
    short, long = "x" * 58, "x" * 59

    assert repr(short) in only(world, "report.occurred_at", short).message
    assert f"'{'x' * 56}…" in only(world, "report.occurred_at", long).message


def test_terms_to_choose(world: World) -> None:
    """A word that is nearly a term is asked about; of a short list all are named."""
    assert only(world, "report.site", "plnat-2").hint.startswith("did you mean plant-2")
    assert only(world, "report.site", "moon").hint == f"terms: {', '.join(sorted(world.newest.terms['site']))}"


def hint_among(terms: set[str]) -> str:
    """Return the hint of a record at the site plant-2, where these are the sites."""
    [finding] = judge_record_structure(near_miss(), terms={"site": terms})
    return finding.hint


def test_how_many_terms_are_named() -> None:
    """Of terms that are near, three are asked about; of others, twelve are named, and a longer list is pointed to."""
    twelve = {f"{letter * 9}" for letter in "bcdefghijklm"}

    assert hint_among({"plant-1", "plant-3", "plant-4", "plant-5", "plant-6"}).count("plant-") == 3
    assert hint_among(twelve) == f"terms: {', '.join(sorted(twelve))}"
    assert hint_among({*twelve, "ooooooooo"}).startswith("nearmiss terms site lists them")


def test_a_document_that_is_none() -> None:
    """A file that is no sign-off at all is said to be so."""
    [finding] = judge_sign_off_structure({})

    assert (finding.code, finding.message) == ("missing-field", "statement is missing")


@pytest.mark.parametrize("number", [1, 2, 10, 9999])
def test_the_file_of_a_version(number: int) -> None:
    """The file of a version names its number in four digits, and nothing else names one."""
    assert version_number(version_file(number)) == number


@pytest.mark.parametrize(
    "name",
    [
        "0000.json",
        "1.json",
        "00001.json",
        "10000.json",
        "-001.json",
        "0001.yaml",
        "0001",
        "\u0660\u0660\u0660\u0661.json",
        "x.json",
    ],
)
def test_no_file_of_a_version(name: str) -> None:
    """Another spelling, another folder and a number that no version has name none."""
    assert version_number(f"workflow/policy/versions/{name}") is None
    assert version_number("0001.json") is None
    assert version_number("workflow/policy/versions/x/0001.json") is None


def test_where_people_are_kept_from_signing(world: World) -> None:
    """Each path is kept with the states on the way forward from the one on in which its section is sealed."""
    paths = world.newest.workflow.barring_paths

    assert paths["investigation.lead"] == {"investigated", "root-caused", "action", "verified"}
    assert paths["root_cause.analyst"] == {"root-caused", "action", "verified"}
    assert paths["action_plan.actions[].owner"] == {"action", "verified"}


def test_a_deadline_that_a_step_missed(world: World) -> None:
    """A step forward missed what its state was given, and where it leaves the first, what its triage was."""

    def missed_on(on: str, **edits: Any) -> list[Due]:
        changes: Any = {f"assessment.{key}": value for key, value in edits.items()}
        return missed(near_miss("low", changes), world.newest, state="reported", on=on)

    [late] = missed_on("2027-06-01")
    triage = Due(what="assess", on="2026-11-28")

    assert (late.what, late.whose) == ("investigate", "s.ito")
    assert missed_on(late.on) == missed_on("2026-11-23") == []
    assert missed_on("2026-11-23", assessed_on="2026-11-28") == []
    assert missed_on("2026-11-23", assessed_on="2026-11-29") == [triage]
    assert missed_on("2027-06-01", assessed_on="2026-11-29") == [late, triage]
    data = near_miss("low", {"assessment.assessed_on": "2026-12-29"})
    assert [due.what for due in missed(data, world.newest, state="investigated", on="2027-06-01")] == ["root_cause"]
    month = near_miss("low", {"report.reported_on": "2026-11", "assessment.assessed_on": "2026-12-07"})
    assert missed(month, world.newest, state="reported", on="2026-12-07") == []
    undated = near_miss("low", {"assessment.assessed_on": GONE})
    assert missed(undated, world.newest, state="reported", on="2026-11-23") == []
