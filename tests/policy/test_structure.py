"""What a record may say whatever its state: fields, types, terms, and references from one part to another."""

from __future__ import annotations

import itertools
from typing import Annotated, Any

import pytest
from pydantic import BaseModel
from pydantic import Field as PydanticField

from nearmiss.policy.findings import Finding, Severity, has_errors, spell_field
from nearmiss.policy.structure import (
    MOST_FINDINGS,
    STRUCTURAL,
    judge_model,
    judge_record_structure,
    judge_sign_off_structure,
    unknown_state,
)
from tests.pace import soon
from tests.policy.builder import GONE, RISKS, Edits, World, near_miss

LEAST: dict[str, Any] = {
    "schema": 1,
    "id": "NM-2026-7Q4K2",
    "title": "A trailer rolled",
    "state": "reported",
    "report": {"reported_on": "2026-11", "what_happened": "It rolled.", "reporter": {"mode": "anonymous"}},
}


def judge(world: World, edits: Edits) -> list[Finding]:
    """Judge the structure of the whole record with these edits."""
    return judge_record_structure(near_miss("high", edits), terms=world.newest.terms)


@pytest.mark.parametrize("level", RISKS)
def test_whole_record(world: World, level: str) -> None:
    """A record with every section is sound."""
    assert judge_record_structure(near_miss(level), terms=world.newest.terms) == []


def test_least_record(world: World) -> None:
    """A report needs five answers at most: what happened, when it was reported, and how it came in."""
    assert judge_record_structure(LEAST, terms=world.newest.terms) == []


@pytest.mark.parametrize("path", ["schema", "id", "title", "state", "report"])
def test_missing(world: World, path: str) -> None:
    """Each field that a record begins with is required."""
    [finding] = judge(world, {path: GONE})

    assert (finding.code, finding.field) == ("missing-field", (path,))
    assert finding.message == f"{path} is missing"


STRUCTURE: list[tuple[str, Any, str, str]] = [
    ("report.reported_on", GONE, "missing-field", "report.reported_on"),
    ("report.reporter.mode", GONE, "missing-field", "report.reporter.mode"),
    ("action_plan.actions.0.what", GONE, "missing-field", "action_plan.actions[0].what"),
    ("action_plan.actions.0.owner", {"external": "Dock"}, "missing-field", "action_plan.actions[0].owner.sponsor"),
    ("colour", "red", "unknown-key", "colour"),
    ("report.colour", "red", "unknown-key", "report.colour"),
    ("root_cause.causes.1.colour", "red", "unknown-key", "root_cause.causes[1].colour"),
    (
        "action_plan.actions.0.owner",
        {"external": "Dock", "sponsor": "t.silva", "x": 1},
        "unknown-key",
        "action_plan.actions[0].owner.x",
    ),
    (
        "action_plan.actions.0.owner",
        {"external": 1, "sponsor": "t.silva"},
        "wrong-type",
        "action_plan.actions[0].owner.external",
    ),
    ("schema", 2, "bad-value", "schema"),
    ("schema", "1", "bad-value", "schema"),
    ("schema", True, "wrong-type", "schema"),
    ("id", "nm-2026-7q4k2", "bad-value", "id"),
    ("id", "NM-2026-7Q4KU", "bad-value", "id"),
    ("title", 7, "wrong-type", "title"),
    ("title", "", "bad-value", "title"),
    ("title", " leading blank", "bad-value", "title"),
    ("title", "two\nlines", "bad-value", "title"),
    ("title", "turned \u202e around", "bad-value", "title"),
    ("title", "x" * 301, "bad-value", "title"),
    ("report.what_happened", "bell \x07", "bad-value", "report.what_happened"),
    ("report.what_happened", "line \u2028 separator", "bad-value", "report.what_happened"),
    ("report.what_happened", "x" * 20_001, "bad-value", "report.what_happened"),
    ("report", [], "wrong-type", "report"),
    ("report", "gone", "wrong-type", "report"),
    ("progress", {}, "wrong-type", "progress"),
    ("report.links", "TRL-88", "wrong-type", "report.links"),
    ("investigation.worker_involved", "yes", "wrong-type", "investigation.worker_involved"),
    ("investigation.worker_involved", 1, "wrong-type", "investigation.worker_involved"),
    ("investigation.team_roles", [1], "wrong-type", "investigation.team_roles[0]"),
    ("assessment.severity_potential", "4", "wrong-type", "assessment.severity_potential"),
    ("assessment.severity_potential", True, "wrong-type", "assessment.severity_potential"),
    ("assessment.severity_potential", 6, "bad-value", "assessment.severity_potential"),
    ("assessment.actual.level", -1, "bad-value", "assessment.actual.level"),
    ("assessment.decision", "maybe", "bad-value", "assessment.decision"),
    ("assessment.level", "redacted", "bad-value", "assessment.level"),
    ("report.made_safe", True, "bad-value", "report.made_safe"),
    ("report.reported_on", "2026", "bad-date", "report.reported_on"),
    ("report.reported_on", "redacted", "bad-date", "report.reported_on"),
    ("report.occurred_on", "20.11.2026", "bad-date", "report.occurred_on"),
    ("report.occurred_on", "2026-02-30", "bad-date", "report.occurred_on"),
    ("report.occurred_on", "0026-02-03", "bad-date", "report.occurred_on"),
    ("action_plan.actions.0.due", "2027-01", "bad-date", "action_plan.actions[0].due"),
    ("report.occurred_at", "25:00", "bad-value", "report.occurred_at"),
    ("report.site", "plant-99", "unknown-term", "report.site"),
    ("root_cause.causes.0.category", "man", "unknown-term", "root_cause.causes[0].category"),
    ("briefings", [{"on": "2026-12-01", "area": "moon"}], "unknown-term", "briefings[0].area"),
    ("assessment.reply", None, "null-value", "assessment.reply"),
    ("assessment", None, "null-value", "assessment"),
    ("title", None, "null-value", "title"),
    ("investigation.timeline.0.event", None, "null-value", "investigation.timeline[0].event"),
]


@pytest.mark.parametrize("path, value, code, field", STRUCTURE)
def test_structure(world: World, path: str, value: object, code: str, field: str) -> None:
    """Each fault is one finding, of a code that an editor's schema knows too, at its field."""
    [finding] = judge(world, {path: value})

    assert (finding.code, finding.field_name) == (code, field)
    assert finding.code in STRUCTURAL
    assert finding.message.startswith(field)


@pytest.mark.parametrize(
    "path, meant",
    [
        ("reprot", "report"),
        ("report.what_hapened", "what_happened"),
        ("root_cause.causes.1.categroy", "category"),
        ("action_plan.actions.0.owenr", "owner"),
    ],
)
def test_a_misspelt_field_is_told_with_the_one_that_was_meant(world: World, path: str, meant: str) -> None:
    """The field that is most like it, of those that there are at that place."""
    [finding] = judge(world, {path: "x"})

    assert (finding.code, finding.hint) == ("unknown-key", f"did you mean {meant}?")


def test_all_at_once(world: World) -> None:
    """All faults are told at once."""
    findings = judge(world, {"title": 7, "colour": "red", "report.reported_on": "soon", "lesson.headline": None})

    assert sorted(finding.code for finding in findings) == ["bad-date", "null-value", "unknown-key", "wrong-type"]


@pytest.mark.parametrize(
    "path",
    [
        "title",
        "report.what_happened",
        "report.occurred_on",
        "report.occurred_at",
        "report.site",
        "report.reporter.person",
        "assessment.assessed_by",
        "assessment.classification",
        "action_plan.actions.0.owner",
        "action_plan.actions.0.due",
    ],
)
def test_redacted(world: World, path: str) -> None:
    """Any text, date, handle or term may be withheld."""
    assert judge(world, {path: "redacted"}) == []


def test_retired_term(world: World) -> None:
    """A retired term still stands where it was used."""

    def retire(rules: dict[str, Any]) -> None:
        rules["vocabulary"]["site"]["terms"][1]["retired"] = True

    terms = world.instead(retire).newest.terms

    assert "plant-2" in terms["site"]
    assert judge_record_structure(near_miss(), terms=terms) == []


def test_without_vocabulary() -> None:
    """Where a list is not known, only the form of a term is checked."""
    assert judge_record_structure(near_miss("low", {"report.site": "plant-99"}), terms={}) == []
    assert judge_record_structure(near_miss("low", {"report.site": "Plant 99"}), terms={}) != []


def test_correction_of_what_was_absent(world: World) -> None:
    """In a correction, null says that there was nothing, or is nothing now."""
    entry = {"field": "report.site", "was": None, "now": None, "because": "It was absent.", "on": "2026-12-01"}

    assert judge(world, {"corrections": [entry]}) == []
    assert [finding.code for finding in judge(world, {"corrections": [{**entry, "because": None}]})] == ["null-value"]


C1: dict[str, Any] = near_miss()["root_cause"]["causes"][0]
REFERENCES: list[tuple[Edits, str, str]] = [
    ({"report.reporter": {"mode": "named"}}, "reporter-unnamed", "report.reporter"),
    *(
        (
            {"report.reporter": {"mode": mode, "person": "m.okafor"}, "report.occurred_at": GONE},
            "reporter-named",
            "report.reporter.person",
        )
        for mode in ("confidential", "anonymous", "external")
    ),
    *(
        ({"report.reporter": {"mode": mode}}, "time-tells-who", "report.occurred_at")
        for mode in ("confidential", "anonymous")
    ),
    ({"report.occurred_until": "2026-11-19"}, "dates-reversed", "report.occurred_until"),
    ({"report.occurred_until": "2026-10"}, "dates-reversed", "report.occurred_until"),
    ({"root_cause.causes.2": C1}, "id-twice", "root_cause.causes[2].id"),
    (
        {"action_plan.actions.1": near_miss()["action_plan"]["actions"][0]},
        "id-twice",
        "action_plan.actions[1].id",
    ),
    (
        {"investigation.evidence.1": near_miss()["investigation"]["evidence"][0]},
        "id-twice",
        "investigation.evidence[1].id",
    ),
    ({"root_cause.causes.0.evidence": ["E1", "E9"]}, "unknown-reference", "root_cause.causes[0].evidence[1]"),
    ({"root_cause.causes.1.explains": "C9"}, "unknown-reference", "root_cause.causes[1].explains"),
    ({"action_plan.actions.0.addresses": ["C9"]}, "unknown-reference", "action_plan.actions[0].addresses[0]"),
    ({"progress.0.action": "A9"}, "unknown-reference", "progress[0].action"),
    ({"root_cause.causes.1.explains": "C2"}, "cause-cycle", "root_cause.causes[1].explains"),
]


@pytest.mark.parametrize("edits, code, field", REFERENCES)
def test_references(world: World, edits: Edits, code: str, field: str) -> None:
    """What contradicts itself, or points to nothing, is found at its field."""
    [finding] = judge(world, edits)

    assert (finding.code, finding.field_name) == (code, field)
    assert finding.code not in STRUCTURAL


def test_cycle_of_two(world: World) -> None:
    """Two causes that explain each other are both found; one that hangs below them is not."""
    below = {**C1, "id": "C3", "explains": "C1"}

    findings = judge(world, {"root_cause.causes.0.explains": "C2", "root_cause.causes.2": below})

    assert [finding.field_name for finding in findings] == [
        "root_cause.causes[0].explains",
        "root_cause.causes[1].explains",
    ]


@pytest.mark.parametrize("mode, edits", [("external", {}), ("anonymous", {"report.occurred_at": GONE})])
def test_reporter_modes(world: World, mode: str, edits: Edits) -> None:
    """An import may know the time of day; an anonymous report stands without it."""
    assert judge(world, {"report.reporter": {"mode": mode}, **edits}) == []


@pytest.mark.parametrize(
    "first, last",
    [
        ("2026-11-20", "2026-11"),
        ("2026-11", "2026-11-03"),
        ("2026-11-20", "2026-11-20"),
        ("2026", "2026-01-01"),
        ("redacted", "2026-11-20"),
        ("2026-11-20", "redacted"),
    ],
)
def test_dates_that_may_follow(world: World, first: str, last: str) -> None:
    """An end that may lie after the beginning, as far as both are known, is accepted."""
    assert judge(world, {"report.occurred_on": first, "report.occurred_until": last}) == []


def test_unknown_state(world: World) -> None:
    """A state that the workflow does not know stops the judgement with the states there are."""
    [finding] = unknown_state({"state": "closed"}, ["reported", "verified"])
    assert (finding.code, finding.hint) == ("unknown-state", "states: reported, verified")

    assert world.case().change({"state": "closed"}).codes == {"unknown-state"}
    assert list(unknown_state({"state": "reported"}, ["reported"])) == []


def test_unsound_record_is_judged_no_further(world: World) -> None:
    """Where the structure is unsound, only that is said."""
    assert world.case().propose("verify", {"title": 7}).codes == {"wrong-type"}


def test_sign_off_structure(world: World) -> None:
    """A sign-off file is held against its model as a record is."""
    data = world.case().propose("investigate").signed("r.meyer").after.sign_offs[0].data
    statement = data["statement"]

    def codes(**said: Any) -> set[tuple[str, str]]:
        changed = {"statement": {key: value for key, value in {**statement, **said}.items() if value is not GONE}}
        return {(finding.code, finding.field_name) for finding in judge_sign_off_structure(changed)}

    assert codes() == set()
    assert codes(seq="1") == {("wrong-type", "statement.seq")}
    assert codes(version=True) == {("wrong-type", "statement.version")}
    assert codes(seq=0) == {("bad-value", "statement.seq")}
    assert codes(by=GONE) == {("missing-field", "statement.by")}
    assert codes(verdict="yes") == {("bad-value", "statement.verdict")}
    assert codes(extra=1) == {("unknown-key", "statement.extra")}
    assert codes(previous="sha256:0") == {("bad-value", "statement.previous")}
    assert codes(at="2026-11-23 08:05") == {("bad-value", "statement.at")}
    assert codes(**{"from": GONE}) == {("missing-field", "statement.from")}
    assert codes(because=None) == {("null-value", "statement.because")}
    assert {finding.code for finding in judge_sign_off_structure("text")} == {"wrong-type"}


class Pair(BaseModel):
    """A model with rules that no record has."""

    count: Annotated[int, PydanticField(multiple_of=2)]
    ends: str | tuple[int, int] = ""


def test_words_of_the_library() -> None:
    """Of a rule for which we have no words of our own, those of the library are told, within our sentence."""
    [finding] = judge_model(Pair, {"count": 3})

    assert (finding.code, finding.message) == ("bad-value", "count input should be a multiple of 2")


def test_field_of_what_is_not_there() -> None:
    """The name of an alternative, and an entry that a list lacks, are no part of a field: it ends at what is there."""
    found = judge_model(Pair, {"count": 2, "ends": [1]})

    assert {finding.field for finding in found} == {("ends",)}


def test_findings_know_their_place() -> None:
    """A finding learns where it is once, and keeps what it knew."""
    finding = Finding(code="x", message="y", field=("a", 0, "b"), path="records/one.yaml")

    placed = finding.at(record="NM-2026-7Q4K2", path="elsewhere.yaml", line=3, column=5)

    assert (placed.record, placed.path, placed.line, placed.column) == ("NM-2026-7Q4K2", "records/one.yaml", 3, 5)
    assert placed.field_name == "a[0].b"
    assert placed.at(line=9).line == 3


def test_spelling_of_fields() -> None:
    """A way through a document is spelled with dots and places."""
    assert [spell_field(way) for way in ((), ("a",), (0,), ("a", 1, 2, "b"))] == ["", "a", "[0]", "a[1][2].b"]


def test_only_errors_are_errors() -> None:
    """Waiting, warnings and notes do not make a verdict bad."""
    findings = [Finding(code="x", message="y", severity=severity) for severity in Severity]

    assert has_errors(findings)
    assert not has_errors([finding for finding in findings if finding.severity is not Severity.ERROR])


def test_no_more_is_told_than_anybody_mends_at_once(world: World) -> None:
    """Of a document with thousands of faults the first are told, and that there are more; one below that is whole."""
    for number in (MOST_FINDINGS, MOST_FINDINGS + 1, 3000):
        findings = judge_record_structure(LEAST | {f"k{n}": 1 for n in range(number)}, terms=world.newest.terms)
        assert len(findings) == min(number, MOST_FINDINGS + 1)
        assert (findings[-1].code == "findings-many") == (number > MOST_FINDINGS)
        assert {finding.code for finding in findings[:MOST_FINDINGS]} == {"unknown-key"}


def test_references_to_nothing_name_only_some_of_what_there_is(world: World) -> None:
    """The hint of a reference that leads nowhere stays a line, however much could have been meant."""
    evidence = [{"id": f"E{n}", "kind": "physical", "what": "x"} for n in range(1, 500)]
    edits = {"investigation.evidence": evidence, "root_cause.causes.0.evidence": ["E999"] * 500}

    findings = judge(world, edits)

    assert findings[0].hint == "known here: E1, E10, E100, E101, E102, E103, E104, E105, E106, E107, E108, E109, …"
    assert findings[-1].code == "findings-many"


def test_a_chain_of_thousands_of_causes_takes_no_time(world: World) -> None:
    """Circles of causes are found by looking at each cause once; a word of any length is compared in part."""
    names = [f"{letter}{n}" for letter in "CDEFGHJKLM" for n in range(1, 1000)][:7600]
    chain = [{**C1, "id": name, "explains": above} for name, above in itertools.pairwise(names)]
    last = {key: value for key, value in C1.items() if key != "explains"} | {"id": names[-1]}
    edits: Edits = {"root_cause.causes": [*chain, last], "action_plan.actions.0.addresses": [names[0]]}

    straight = soon(4.0, lambda: judge(world, edits))
    circle: Edits = {**edits, "root_cause.causes": [*chain, {**last, "explains": names[-2]}]}
    closed = soon(4.0, lambda: judge(world, circle))
    unheard = soon(2.0, lambda: judge(world, {"report.site": "plant" * 50_000}))

    assert straight == []
    assert [finding.field_name for finding in closed] == [f"root_cause.causes[{n}].explains" for n in (7598, 7599)]
    assert {finding.code for finding in unheard} <= {"unknown-term", "bad-value"}
