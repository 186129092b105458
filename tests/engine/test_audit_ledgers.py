"""The ledgers of an audit: each against a history told here, with the entries that it must give written out by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.engine.audited import audited, faults
from tests.engine.scene import Scene
from tests.engine.test_steps_aside import HAZARD

Walked = Callable[..., tuple[Scene, str]]


def entries(scene: Scene, ledger: str) -> list[dict[str, Any]]:
    """Return what a ledger lists of a sound history, in the order in which it does."""
    found = audited(scene)
    assert (found.verdict, faults(found)) == ("pass", [])
    return [dict(entry) for entry in found.ledger(ledger)]


def test_policy_changes(scene: Scene) -> None:
    """Two versions after the first: which fields each changed, who wrote it and who signed it."""
    scene.change_policy("o.haddad", scene.people_with(t_silva={"active": False}))
    second = scene.rev()
    scene.report()
    settings = "workflow/policy/settings.yaml"
    scene.git("checkout", "-q", "-f", "main")
    scene.change_policy("o.haddad", {settings: scene.revised(settings, {"clock_skew_minutes": 7})})
    third = scene.rev()

    assert entries(scene, "policy_changes") == [
        {
            "version": 2,
            "commit": second,
            "by": ["w.olsen"],
            "contributors": ["o.haddad"],
            "changes": ["people.people[5].active"],
        },
        {
            "version": 3,
            "commit": third,
            "by": ["w.olsen"],
            "contributors": ["o.haddad"],
            "changes": ["rules.settings.clock_skew_minutes"],
        },
    ]


def test_downgrades(walked: Walked) -> None:
    """Raised by a draft, lowered by a reassessment, raised and lowered again: the two that lowered are listed."""
    scene, record = walked("reported")
    scene.draft("i.garcia", record, {"assessment.level": "high", "assessment.severity_potential": 4})
    lower = {"assessment.level": "medium", "assessment.severity_potential": 3}
    scene.advance("i.garcia", record, lower, transition="reassess", because="There was a rail.")
    scene.put_in_force(record, ["r.meyer"])
    first = scene.rev()
    scene.advance("i.garcia", record, {"assessment.level": "high"}, transition="reassess", because="It was loose.")
    scene.put_in_force(record, ["r.meyer"])
    scene.advance("i.garcia", record, {"assessment.level": "low"}, transition="reassess", because="It was fixed.")
    scene.put_in_force(record, ["p.lind"])
    second = scene.rev()

    common = {"record": record, "steps": ["reassess"]}
    assert entries(scene, "downgrades") == [
        {**common, "commit": first, "by": ["r.meyer"], "field": "assessment.severity_potential", "was": 4, "now": 3},
        {**common, "commit": first, "by": ["r.meyer"], "field": "assessment.level", "was": "high", "now": "medium"},
        {**common, "commit": second, "by": ["p.lind"], "field": "assessment.level", "was": "high", "now": "low"},
    ]


def test_extensions(walked: Walked) -> None:
    """An action put off twice: each extension is listed once, with what the plan was amended for and by whose word."""
    scene, record = walked("action", "medium")
    plan = "action_plan.actions.0"
    first = {"from": "2027-01-15", "to": "2027-02-15", "because": "The part is late."}
    then = {"from": "2027-02-15", "to": "2027-03-01", "because": "The fitter is ill."}
    due = {f"{plan}.due": "2027-02-15", f"{plan}.due_original": "2027-01-15", f"{plan}.extensions": [first]}
    scene.advance("s.ito", record, due, transition="amend-plan", because="The part is late.")
    scene.put_in_force(record, ["p.lind"])
    one = scene.rev()
    scene.draft(
        "s.ito", record, {"briefings": [{"on": "2026-11-22", "area": "shipping", "by": "s.ito", "attended": 3}]}
    )
    due = {f"{plan}.due": "2027-03-01", f"{plan}.extensions": [first, then]}
    scene.advance("s.ito", record, due, transition="amend-plan", because="The fitter is ill.")
    scene.put_in_force(record, ["r.meyer"])
    two = scene.rev()

    common = {"record": record, "steps": ["amend-plan"], "action": "A1"}
    assert entries(scene, "extensions") == [
        {**common, "commit": one, "by": ["p.lind"], **first},
        {**common, "commit": two, "by": ["r.meyer"], **then},
    ]


def test_waivers(walked: Walked) -> None:
    """A contributor who signs where the policy lets them is listed with rule and reason; the step after it is not."""
    scene, record = walked("reported", "low", "small")
    scene.advance("r.meyer", record, {"title": "A trailer crept away"})
    scene.approve("r.meyer", record, waive="contributor-signs", because="Nobody else is here.")
    scene.merge("r.meyer", record)
    commit = scene.rev()
    scene.walk(upto="root-caused", record=record)

    assert entries(scene, "waivers") == [
        {
            "record": record,
            "commit": commit,
            "steps": ["investigate"],
            "by": ["r.meyer"],
            "rule": "contributor-signs",
            "because": "Nobody else is here.",
        }
    ]


def test_corrections_and_redactions(walked: Walked) -> None:
    """A correction says what was and what is; a redaction of the same record does not repeat what it withholds."""
    scene, record = walked("investigated")
    scene.advance("s.ito", record, {"report.location": "dock-2"}, transition="correct", because="Mistyped.")
    scene.put_in_force(record, ["r.meyer"])
    corrected = scene.rev()
    withheld = {"report.what_happened": "redacted", "title": "redacted"}
    scene.advance("s.ito", record, withheld, transition="redact", because="It named a colleague.")
    scene.put_in_force(record, ["p.lind"])
    redacted = scene.rev()

    mended = {"record": record, "commit": corrected, "steps": ["correct"], "by": ["r.meyer"], "redacted": False}
    hidden = {"record": record, "commit": redacted, "steps": ["redact"], "by": ["p.lind"], "redacted": True}
    why = {"because": "It named a colleague.", "on": "2026-11-22"}
    assert entries(scene, "corrections") == [
        {
            **mended, "field": "report.location", "was": "dock-3", "now": "dock-2", "because": "Mistyped.",
            "on": "2026-11-22",
        },
        {**hidden, "field": "title", "was": None, "now": "redacted", **why},
        {**hidden, "field": "report.what_happened", "was": None, "now": "redacted", **why},
    ]  # fmt: skip


def test_declines(walked: Walked) -> None:
    """Declined, reopened, and declined for another reason: both are listed, each with its own reason and reply."""
    scene, record = walked("reported")
    scene.advance("s.ito", record, HAZARD, transition="decline")
    scene.put_in_force(record, ["r.meyer"])
    first = scene.rev()
    scene.advance("s.ito", record, transition="reopen", to="reported", because="It happened again.")
    scene.put_in_force(record, ["p.lind"])
    other = {
        "assessment.decision": "insufficient",
        "assessment.reason": "Nobody remembers where.",
        "assessment.reply": "Tell us the place, and we shall look.",
    }
    scene.advance("s.ito", record, other, transition="decline")
    scene.put_in_force(record, ["p.lind"])
    second = scene.rev()

    reply = scene.data(record, first)["assessment"]["reply"]
    assert reply
    assert entries(scene, "declines") == [
        {
            "record": record,
            "commit": first,
            "steps": ["decline"],
            "by": ["r.meyer"],
            "decision": "hazard",
            "reason": "Nothing happened; the floor is worn.",
            "reply": reply,
        },
        {
            "record": record,
            "commit": second,
            "steps": ["decline"],
            "by": ["p.lind"],
            "decision": "insufficient",
            "reason": "Nobody remembers where.",
            "reply": "Tell us the place, and we shall look.",
        },
    ]
