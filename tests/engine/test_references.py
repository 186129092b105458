"""References from record to record: refused where somebody makes them anew, and a word where a reporter did."""

from __future__ import annotations

from itertools import pairwise

import pytest

from nearmiss.engine.errors import RefusedError
from nearmiss.engine.gate.judging import GateResult
from nearmiss.policy.findings import Severity
from tests.engine.requests import BRANCH, Walked, edited, judged, of
from tests.engine.scene import Scene, codes


def _found(result: GateResult) -> list[tuple[str, str, tuple[str | int, ...]]]:
    return [(one.record, one.code, one.field) for one in result.findings if one.severity is Severity.ERROR]


def test_the_gate_refuses_who_refers_to_nothing_or_to_the_record_itself(walked: Walked) -> None:
    """A request that names a record which is not there, or its own, would leave a register that no check passes."""
    scene, record = walked("reported")
    other = scene.report().id
    field = "investigation.similar.found"
    for found, code in (
        (["NM-2025-AAAAA"], "reference-dangling"),
        ([other, record], "reference-to-itself"),
        ([other], None),
    ):
        scene.git("branch", "-f", BRANCH, "main")
        of(scene, edited(scene, record, {field: found}))
        expected = [(record, code, tuple(field.split(".")))] if code else []
        result = judged(scene)
        assert _found(result) == expected
        assert all(one.line for one in result.findings if one.severity is Severity.ERROR)


@pytest.mark.parametrize("length", [2, 3])
def test_the_gate_refuses_what_closes_a_circle_of_duplicates(scene: Scene, length: int) -> None:
    """Two reports joined with each other, or three in a ring: whichever comes last is refused, and only that."""
    records = [scene.report().id for _ in range(length)]
    assessed = {"assessed_by": "s.ito", "assessed_on": "2026-11-22"}
    for record, twin in pairwise(records):
        joined = edited(scene, record, {"assessment": {"decision": "duplicate", "duplicate_of": twin} | assessed})
        of(scene, joined)
        assert _found(judged(scene)) == []
        scene.git("branch", "-D", BRANCH)
        of(scene, joined, branch="main")
    last = edited(scene, records[-1], {"assessment": {"decision": "duplicate", "duplicate_of": records[0]} | assessed})
    of(scene, last)
    assert _found(judged(scene)) == [(records[-1], "duplicate-circle", ("assessment", "duplicate_of"))]


def test_two_records_of_one_request_may_refer_to_each_other_but_not_in_a_circle(scene: Scene) -> None:
    """What a request brings along counts as there; a circle within it is told at both."""
    one, other = scene.report().id, scene.report().id
    similar = {"similar": {"searched": "dock", "found": [other]}}
    of(scene, edited(scene, one, {"investigation": similar}) | edited(scene, other, {"investigation": {}}))
    assert "reference-dangling" not in codes(judged(scene).findings)
    scene.git("branch", "-f", BRANCH, "main")
    of(
        scene,
        edited(scene, one, {"assessment": {"decision": "duplicate", "duplicate_of": other}})
        | edited(scene, other, {"assessment": {"decision": "duplicate", "duplicate_of": one}}),
    )
    assert [found[:2] for found in _found(judged(scene))] == [
        (one, "duplicate-circle"),
        (other, "duplicate-circle"),
    ]


def test_what_stood_before_holds_no_other_change_up(walked: Walked) -> None:
    """A reference that lies on main already is for `check` to tell; the next step of the record is not refused."""
    scene, record = walked("reported")
    of(scene, edited(scene, record, {"investigation.similar.found": ["NM-2025-AAAAA"]}), branch="main")
    of(scene, edited(scene, record, {"investigation.similar.searched": "dock"}))
    assert _found(judged(scene)) == []
    assert "reference-dangling" in codes(scene.check().findings)


def test_a_draft_and_a_step_are_refused_before_they_are_written(walked: Walked) -> None:
    """Whoever writes such a reference is told at once, with its line, and nothing is written."""
    scene, record = walked("reported")
    before = scene.snapshot()
    with pytest.raises(RefusedError) as drafted:
        scene.draft("s.ito", record, {"investigation.similar.found": ["NM-2025-AAAAA"]})
    with pytest.raises(RefusedError) as proposed:
        scene.advance("s.ito", record, {"investigation.similar.found": [record]})
    assert codes(drafted.value.findings) == {"reference-dangling"}
    assert codes(proposed.value.findings) == {"reference-to-itself"}
    assert all(one.line for error in (drafted, proposed) for one in error.value.findings)
    assert scene.snapshot() == before


def test_a_reporter_is_not_held_up_by_a_wrong_number(scene: Scene) -> None:
    """A report is taken with whatever record it names; the reporter is told, and `check` warns and passes."""
    known = scene.report().id
    links = [
        {"kind": "repeat-of", "ref": known.lower()},
        {"kind": "record", "ref": "NM-2025-AAAAA"},
        {"kind": "record", "ref": "the one of last week"},
        {"kind": "record", "ref": "4711", "system": "Q-Pulse"},
    ]
    reported = scene.report(links=links)
    assert scene.data(reported.id)["report"]["links"] == [{"kind": "repeat-of", "ref": known}, *links[1:]]
    told = [note for note in reported.notes if "There is no record" in note]
    assert ["NM-2025-AAAAA" in told[0], "the one of last week" in told[1], len(told)] == [True, True, 2]
    checked = scene.check()
    dangling = [one for one in checked.findings if one.code == "reference-dangling"]
    assert (checked.verdict, [one.severity for one in dangling]) == ("pass", [Severity.WARNING] * 2)
    assert {one.hint.rpartition(": ")[2] for one in dangling} == {
        f"nearmiss advance {reported.id} --transition correct"
    }
