"""The policy as data: versions and their digests, the risk matrix, people and their roles, dates and attachments."""

from __future__ import annotations

import copy
import json
from datetime import date
from typing import Any

import pytest

from nearmiss.models.assessment import LEVELS
from nearmiss.models.people import People
from nearmiss.models.risk import Risk
from nearmiss.models.vocabulary import label_of
from nearmiss.policy.attachments import judge_attachments, listed_attachments
from nearmiss.policy.dates import judge_dates
from nearmiss.policy.dossier import Attached, get, listed, values_at
from nearmiss.policy.handles import judge_people, people_named
from nearmiss.policy.roles import able_to_sign, holds_role, roles_for
from nearmiss.policy.version import PolicyVersion, is_sound, make_version, version_bytes, version_file
from tests.policy.builder import GONE, PEOPLE, WAIVERS, Edits, World, near_miss, person_of, rules

TODAY = date(2026, 11, 22)


def test_version_is_sound(world: World) -> None:
    """A version carries the digest of each of its parts, and is sound while they fit."""
    data = copy.deepcopy(dict(world.newest.data))
    assert is_sound(data)

    for part in ("rules", "people", "waivers"):
        assert not is_sound({**data, part: {}})
        assert not is_sound({key: value for key, value in data.items() if key != part})
    assert not is_sound({**data, "more": 1})
    assert not is_sound([])


def test_rules_and_people_stand_apart() -> None:
    """Another person does not change the digest of the rules; another rule does."""
    first = PolicyVersion(make_version(1, rules=rules(), people=PEOPLE, waivers=WAIVERS))
    hired = PolicyVersion(make_version(2, rules=rules(), people={"schema": 1, "people": []}, waivers=WAIVERS))
    changed = rules()
    changed["settings"]["organisation"] = "Another"
    moved = PolicyVersion(make_version(2, rules=changed, people=PEOPLE, waivers=WAIVERS))

    assert first.rules_digest == hired.rules_digest
    assert first.rules_digest != moved.rules_digest
    assert len({first.digest, hired.digest, moved.digest}) == 3


def test_version_file_is_canonical(world: World) -> None:
    """A version has one spelling, which says what it says, and one place by its number."""
    raw = version_bytes(world.newest.data)

    assert json.loads(raw) == world.newest.data
    assert raw.endswith(b"}\n")
    assert b"\n" not in raw[:-1]
    assert version_file(7) == "workflow/policy/versions/0007.json"


def test_matrix(world: World) -> None:
    """Every severity and likelihood has its band, and neither makes the band fall as it rises."""
    risk = world.newest.risk
    names = {(s, l): risk.band(s, l).band for s in range(1, 6) for l in range(1, 6)}  # noqa: E741 - as risk people write it

    assert names[1, 1] == "low"
    assert names[5, 1] == "medium"
    assert names[1, 5] == "medium"
    assert names[4, 3] == "high"
    assert names[5, 5] == "very-high"
    for s in range(1, 6):
        for other in range(1, 5):
            assert risk.rank(risk.band(s, other)) <= risk.rank(risk.band(s, other + 1))
            assert risk.rank(risk.band(other, s)) <= risk.rank(risk.band(other + 1, s))


def test_floors_rise(world: World) -> None:
    """A higher band asks for a deeper investigation, sooner."""
    bands = world.newest.risk.bands

    assert [LEVELS.index(band.floor) for band in bands] == [0, 1, 2, 3]
    for name in ("investigate", "root_cause", "plan"):
        days = [getattr(band.deadlines, name) for band in bands]
        assert days == sorted(days, reverse=True)


def test_band_of_a_record(world: World) -> None:
    """A band is known once both numbers are."""
    band = world.newest.band(near_miss("high"))
    assert band is not None
    assert band.band == "high"

    for path in ("assessment.severity_potential", "assessment.likelihood", "assessment"):
        assert world.newest.band(near_miss("high", {path: GONE})) is None


def test_matrix_of_another_size() -> None:
    """A matrix is five by five."""
    data = rules()["risk"]
    data["matrix"]["3"] = ["L", "L", "L", "L"]

    with pytest.raises(ValueError, match="at least 5 items"):
        Risk.model_validate(data)


def test_people_by_handle_and_address(world: World) -> None:
    """A person is found by handle, and by address without regard to case."""
    people = world.newest.people

    assert people.find("r.meyer") is people.by_email("R.Meyer@Example.org")
    assert people.find("nobody") is None
    assert people.by_email("nobody@example.org") is None


def test_live_keys() -> None:
    """A key that is retired, by word or by date, does not count."""
    everybody = copy.deepcopy(PEOPLE)
    person_of(everybody, "r.meyer")["keys"] = [
        {"key": "ssh-ed25519 A"},
        {"key": "ssh-ed25519 B", "retired": True},
        {"key": "ssh-ed25519 C", "retired_on": "2026-01-01"},
        {"key": "ssh-ed25519 D", "retired": False},
    ]
    person = People.model_validate(everybody).find("r.meyer")
    assert person is not None

    assert [key.key[-1] for key in person.live_keys] == ["A", "D"]


def test_roles(world: World) -> None:
    """Roles hold within their scope; a deputy holds those of the person they stand in for."""
    people, record = world.newest.people, near_miss()

    def held(handle: str, edits: Edits | None = None) -> set[str]:
        person = people.find(handle)
        assert person is not None
        return set(roles_for(people, person, near_miss("low", edits)))

    assert held("t.silva") == {"area-manager", "verifier"}
    assert held("c.moreau") == {"quality-lead"}
    assert held("m.okafor") == set()
    assert held("n.site") == set()
    assert held("n.site", {"report.site": "plant-1"}) == {"quality-lead"}
    assert held("j.class", {"assessment.classification": "security"}) == {"quality-lead"}
    assert held("e.area", {"report.process_area": GONE}) == set()
    assert [person.handle for person in able_to_sign(people, record, roles={"verifier"})] == [
        "t.silva",
        "s.ito",
        "v.novak",
    ]


def test_role_anywhere(world: World) -> None:
    """Who holds a role anywhere holds it; who has left or is unknown holds none."""
    people = world.newest.people

    assert holds_role(people, "n.site", "quality-lead")
    assert holds_role(people, "c.moreau", "quality-lead")
    assert not holds_role(people, "n.site", "verifier")
    assert not holds_role(people, "l.former", "quality-lead")
    assert not holds_role(people, "nobody", "quality-lead")


def test_labels() -> None:
    """A label is read in a language, else in English, else in any."""
    labels = {"de": "Gefährdung", "en": "Hazard"}

    assert label_of(labels, "de") == "Gefährdung"
    assert label_of(labels, "fr") == "Hazard"
    assert label_of({"de": "Gefährdung"}, "fr") == "Gefährdung"
    assert label_of({}, "fr") == ""


@pytest.mark.parametrize(
    "path, value, field",
    [
        ("report.occurred_on", "2026-11-24", "report.occurred_on"),
        ("report.occurred_on", "2026-12", "report.occurred_on"),
        ("report.occurred_on", "2027", "report.occurred_on"),
        ("report.reported_on", "2026-12", "report.reported_on"),
        ("assessment.assessed_on", "2026-11-24", "assessment.assessed_on"),
        ("progress", [{"action": "A1", "on": "2027-01-10"}], "progress[0].on"),
        ("verification.checks", [{"on": "2027-04-16"}], "verification.checks[0].on"),
        ("briefings", [{"on": "2026-01-01"}, {"on": "2028-01-01"}], "briefings[1].on"),
    ],
)
def test_future(path: str, value: object, field: str) -> None:
    """What has happened does not lie in the future."""
    whole = near_miss("low", {"progress": [], "verification": {}, path: value})

    [finding] = judge_dates(whole, TODAY)

    assert (finding.code, finding.field_name) == ("date-in-future", field)


@pytest.mark.parametrize("value", ["2026-11-21", "2026-11-23", "2026-11", "2026", "1999", "redacted", "soon", 7])
def test_not_in_the_future(value: object) -> None:
    """What may have happened by now somewhere on earth is accepted; what is no date is for others to find."""
    whole = near_miss("low", {"progress": [], "verification": {}, "report.occurred_on": value})

    assert list(judge_dates(whole, TODAY)) == []


def test_dates_to_come() -> None:
    """Dates that are plans may lie in the future."""
    assert list(judge_dates(near_miss(), date(2027, 4, 16))) == []


PHOTO = {"file": "dock.jpg", "sha256": "sha256:" + "1" * 64}


def with_photo(*paths: str) -> dict[str, Any]:
    """Return a record that lists one photo at each path."""
    return near_miss("low", {path: [PHOTO] for path in paths})


def test_attachments(world: World) -> None:
    """Files beside a record are those that it lists, unchanged, of a size and type that policy permits."""
    settings = world.newest.settings
    data = with_photo("report.attachments", "progress.0.attachments")

    def codes(**files: Attached) -> list[str]:
        named = {name.replace("_", "."): file for name, file in files.items()}
        return [finding.code for finding in judge_attachments(world.dossier(data, attachments=named), settings)]

    good = Attached(sha256=PHOTO["sha256"], size=10)
    other = Attached(sha256="sha256:" + "2" * 64, size=10)
    assert codes(dock_jpg=good) == []
    assert codes() == ["attachment-missing", "attachment-missing"]
    assert codes(dock_jpg=other) == ["attachment-differs", "attachment-differs"]
    assert codes(dock_jpg=good, two_jpg=other) == ["attachment-unlisted"]
    assert codes(dock_jpg=Attached(sha256=PHOTO["sha256"], size=10_485_761)) == ["attachment-too-large"]
    assert codes(dock_jpg=good, page_html=other) == ["attachment-unlisted", "attachment-type"]


def test_attachment_type_in_capitals(world: World) -> None:
    """The type of a file is read without regard to case."""
    data = near_miss("low", {"report.attachments": [{**PHOTO, "file": "DOCK.JPG"}]})
    files = {"DOCK.JPG": Attached(sha256=PHOTO["sha256"], size=10)}

    assert list(judge_attachments(world.dossier(data, attachments=files), world.newest.settings)) == []


def test_attachment_names(world: World) -> None:
    """A name that is a device to one system, or another file's but for the case of letters, is found."""
    data = near_miss("low", {"report.attachments": [{**PHOTO, "file": name} for name in ("dock.jpg", "nul.jpg")]})
    file = Attached(sha256=PHOTO["sha256"], size=10)

    def messages(*names: str) -> list[str]:
        found = judge_attachments(world.dossier(data, attachments=dict.fromkeys(names, file)), world.newest.settings)
        return [finding.message for finding in found if finding.code == "attachment-name"]

    device = "'nul.jpg' is no name that every checkout can hold"
    assert messages("dock.jpg", "nul.jpg") == [device]
    assert messages("dock.jpg", "Dock.jpg") == [
        device,
        "Dock.jpg and dock.jpg differ in nothing but the case of letters",
    ]
    long = "y" * 99 + "zzz. "
    assert messages(long) == [device, f"'{'y' * 99}z' is no name that every checkout can hold"]
    assert messages("dock.jpg", "con. ") == ["'con. ' is no name that every checkout can hold", device]


def test_people_that_a_change_names(world: World) -> None:
    """A change may name whoever is on the list, and whom the record named already; `redacted` is nobody."""
    people = world.newest.people
    before = near_miss("low", {"investigation.lead": "z.gone"})

    def unknown(**values: Any) -> list[str]:
        after = near_miss("low", {path.replace("__", "."): value for path, value in values.items()})
        return [finding.field_name for finding in judge_people(before, after, people)]

    assert unknown(investigation__lead="z.gone") == []
    assert unknown(investigation__lead="p.lind") == []
    assert unknown(action_plan__actions__0__owner="redacted") == []
    assert unknown(action_plan__actions__0__owner="y.nobody") == ["action_plan.actions[0].owner"]
    earlier = ["p.lind", "y.nobody", "redacted"]
    assert unknown(action_plan__actions__0__previous_owners=earlier) == ["action_plan.actions[0].previous_owners"]
    answered = [{"on": "2026-11-23", "by": "y.nobody", "text": "It was dark."}]
    assert unknown(report__clarifications=answered) == ["report.clarifications[0].by"]


def test_a_record_is_not_of_those_who_once_had_a_part_in_it() -> None:
    """Whoever owned an action before, or answered a question, is not among those that a record names as its people."""
    data = near_miss("low", {"action_plan.actions.0.previous_owners": ["k.adeyemi"]})
    clarified = near_miss("low", {"report.clarifications": [{"on": "2026-11-23", "by": "v.novak", "text": "Dark."}]})

    assert "k.adeyemi" not in {handle for _, handle in people_named(data)}
    assert ("report", "clarifications", 0, "by") not in {way for way, _ in people_named(clarified)}


def test_listed_attachments() -> None:
    """Attachments are found in whichever section lists them."""
    data = near_miss("low", {"report.attachments": [PHOTO], "verification.checks.0.attachments": [PHOTO, PHOTO]})

    assert [way for way, _ in listed_attachments(data)] == [
        ("report", "attachments", 0),
        ("verification", "checks", 0, "attachments", 0),
        ("verification", "checks", 0, "attachments", 1),
    ]


def test_reading_plain_data() -> None:
    """Plain data is read by ways that may lead nowhere."""
    entries: list[dict[str, int]] = [{"c": 1}, {"c": 2}, {}]
    data = {"a": {"b": entries}, "d": 3}

    assert get(data, "a", "b") == entries
    assert get(data, "a", "x") is None
    assert get(data, "d", "x") is None
    assert listed(data, "d") == []
    assert listed(data, "a", "b") == entries
    assert list(values_at(data, "a.b[].c")) == [(("a", "b", 0, "c"), 1), (("a", "b", 1, "c"), 2)]
    assert list(values_at(data, "d[].c")) == []
    assert list(values_at(data, "d.c")) == []
    assert list(values_at(data, "x")) == []


def test_dossier(world: World) -> None:
    """A dossier knows its state and the digests of its parts, and takes an unassessed record for a deep one."""
    dossier = world.dossier(near_miss("low"))

    assert (dossier.state, dossier.level) == ("reported", "low")
    assert dossier.digest_of("alert") is None
    assert dossier.digest_of("title") != dossier.digest_of("report")
    assert world.dossier(near_miss("low", {"assessment": GONE})).level == "high"
