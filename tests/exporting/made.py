"""Records for exports: one that says everything a record can say, and texts that spreadsheets are fooled with."""

from __future__ import annotations

import copy
from typing import Any

from nearmiss.models.ids import record_path
from nearmiss.store.documents import YamlDocuments
from tests.engine.scene import Scene

SHA = f"sha256:{'0' * 64}"
PICTURE = [{"file": "dock.jpg", "sha256": SHA, "caption": "The dock"}]
LINK = {"kind": "equipment", "ref": "TRL-88", "system": "MES"}

FULL: dict[str, Any] = {
    "schema": 1,
    "id": "NM-2026-7Q4K2",
    "title": "Größe „XL“ rolled off the dock 🚛",
    "state": "verified",
    "report": {
        "reported_on": "2026-11-21",
        "what_happened": 'The trailer said "beep", then crept.\n\n  - One hand was inside.\n= and then?\n42',
        "made_safe": "yes",
        "what_could_have_happened": "Crushed, or worse; nobody knows.",
        "what_stopped_it": {"barrier": "luck", "how": "A stone."},
        "site": "plant-2",
        "process_area": "shipping",
        "location": "dock-3",
        "occurred_on": "2026-11-20",
        "occurred_until": "2026-11",
        "occurred_at": "14:20",
        "reporter": {"mode": "named", "person": "m.okafor", "group": "employee"},
        "immediate_action": "Braked.",
        "suggestion": "00123",
        "lang": "de",
        "entered_on_behalf": True,
        "links": [LINK, {"kind": "batch", "ref": "=1+1"}],
        "details": [{"name": "weather", "value": "-5 °C"}],
        "attachments": PICTURE,
        "clarifications": [{"on": "2026-11-22", "by": "s.ito", "text": "It was wet."}],
        "imported_from": {"source": "old-list", "key": "17", "row_sha256": SHA},
    },
    "assessment": {
        "decision": "near-miss",
        "reason": "It could have killed.",
        "classification": "safety",
        "hazard": "moving-vehicle",
        "shift": "late",
        "crew": "B",
        "detected": {"by": "operator", "when": "during-work"},
        "actual": {"level": 0, "what": "Nothing."},
        "extent": {"checked": "All docks", "result": "none-affected", "by": "s.ito", "on": "2026-11-23"},
        "severity_potential": 5,
        "likelihood": 3,
        "level": "high",
        "duplicate_of": "NM-2026-00000",
        "referred": [{"to": "risk-register", "ref": "R-9", "on": "2026-11-24"}],
        "reply": "Thank you.",
        "assessed_by": "r.meyer",
        "assessed_on": "2026-11",
        "attachments": PICTURE,
    },
    "investigation": {
        "lead": "s.ito",
        "team_roles": ["forklift driver", "dock; lead"],
        "worker_involved": False,
        "timeline": [{"at": "14:20", "event": "It moved."}, {"at": "14:21", "event": "It stood."}],
        "evidence": [{"id": "E1", "kind": "physical", "what": "No chock.", "link": LINK}],
        "controls": [{"control": "wheel chocks", "state": "absent", "note": "none on site"}],
        "similar": {"searched": "trailer chock", "found": [], "note": "none"},
        "findings": "The chocks had gone missing.",
        "attachments": PICTURE,
    },
    "root_cause": {
        "analyst": "s.ito",
        "method": "five-whys",
        "causes": [
            {"id": "C1", "level": "immediate", "category": "method", "statement": "No chock.", "evidence": ["E1"]},
            {
                "id": "C2",
                "explains": "C1",
                "level": "root",
                "category": "material",
                "statement": "Nobody owns the chocks.",
                "disposition": "accept-risk",
                "because": "Rare.",
                "review_on": "2027-11-01",
            },
        ],
        "attachments": PICTURE,
    },
    "action_plan": {
        "actions": [
            {
                "id": "A1",
                "addresses": ["C1", "C2"],
                "kind": "corrective",
                "control": "engineering",
                "what": "Chain them.",
                "owner": "t.silva",
                "previous_owners": ["s.ito"],
                "due": "2027-01-15",
                "due_original": "2027-01-01",
                "extensions": [{"from": "2027-01-01", "to": "2027-01-15", "because": "Late chains."}],
                "acceptance": "All chained.",
                "side_effects": "Slower.",
                "links": [LINK],
            },
            {
                "id": "A2",
                "addresses": ["C2"],
                "kind": "preventive",
                "control": "ppe",
                "what": "Shoes.",
                "owner": {"external": "dock contractor", "sponsor": "t.silva"},
            },
        ],
        "effectiveness": {
            "method": "measure",
            "metric": "Trailers without chocks",
            "baseline": "7 of 20",
            "target": "0 of 40",
            "check_on": "2027-04-15",
            "checker_role": "verifier",
        },
        "attachments": PICTURE,
    },
    "progress": [
        {
            "action": "A1",
            "status": "done",
            "on": "2027-01-10",
            "by": "t.silva",
            "evidence": "Photo",
            "attachments": PICTURE,
        },
        {"action": "A2", "status": "cancelled", "on": "2027-01-11", "because": "Enough."},
    ],
    "verification": {
        "implemented": {"by": "v.novak", "on": "2027-02-01", "evidence": "Seen."},
        "checks": [
            {
                "on": "2027-04-16",
                "by": "v.novak",
                "result": "not-measurable",
                "measured": "0 of 40",
                "because": "Few trailers.",
                "substitute": "Asked the drivers.",
                "attachments": PICTURE,
            }
        ],
        "residual": {"severity_potential": 5, "likelihood": 1},
        "updated_documents": ["Dock instruction 7"],
        "trained": [{"what": "Chocks", "roles": ["driver"], "count": 12, "ref": "T-1"}],
        "attachments": PICTURE,
    },
    "lesson": {
        "headline": "What is not held will move",
        "vulnerability": "Chocks belong to nobody.",
        "change": "They are chained now.",
        "do_this": "Look before you drive in.",
        "applies_to": ["shipping"],
        "release": {"to": "all-staff", "because": "All can learn.", "not_before": "2027-05-01"},
        "review_on": "2028-01-15",
        "status": "superseded",
        "superseded_by": "NM-2026-00001",
        "attachments": PICTURE,
    },
    "alert": {"headline": "Docks", "do_this": "Chock by hand.", "until": "2027-01-01"},
    "briefings": [{"on": "2026-11-25", "area": "shipping", "by": "s.ito", "attended": 14}],
    "decisions": [{"on": "2026-11-26", "body": "Safety committee", "decided": "Buy chains."}],
    "escalation": {"incident_ref": "INC-4", "on": "2026-11-27", "because": "It hurt."},
    "corrections": [
        {"field": "report.location", "was": "dock-4", "now": "dock-3", "because": "Misheard.", "on": "2026-11-28"},
        {"field": "assessment", "was": {"level": "low"}, "now": 3, "because": "Structure.", "on": "2026-11-29"},
    ],
}
"""A record in which every field says something. No policy would let all of it be true at once."""

FOOLING = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=WEBSERVICE("http://127.0.0.1:{port}/x")',
    '=HYPERLINK("http://127.0.0.1:{port}/y";"click")',
    "+1+1",
    "-2+3",
    "@SUM(1;2)",
    "＝1＋1",  # noqa: RUF001 - the full width is the point
    "＋1",  # noqa: RUF001 - as above
    "－1",  # noqa: RUF001 - as above
    "＠SUM(1)",  # noqa: RUF001 - as above
    "'=1+1",
    "''-1",
    "'tis nothing",
    "#N/A",
    "#DIV/0!",
    "TRUE",
    "1e5",
    "007",
    "2026-11-21",
    "11/12/2026",
    "1,234",
    "a;=1+1",
    "a\n=1+1",
    "a\n\n- first\n- second",
    "a\t=1+1",
    "_x0041_ and _x000D_",
    'He said "stop", twice.',
    "Grüße, żółć, 倉庫, 🚛‍🔧",
    "a\u00a0b\u200bc",
    "x" * 20_000,
    "🚛" * 12_000,
)
"""Texts that a record may hold and that spreadsheets take for formulas, errors, numbers, dates or several cells."""


def record(record_id: str = "NM-2026-7Q4K2", **changes: Any) -> dict[str, Any]:
    """Return the full record under an id, with other values at dotted paths (`report__title` for `report.title`)."""
    data = copy.deepcopy(FULL) | {"id": record_id}
    for path, value in changes.items():
        *above, last = path.split("__")
        place = data
        for step in above:
            place = place[step]
        place[last] = value
    return data


def report_only(record_id: str, **answers: Any) -> dict[str, Any]:
    """Return the smallest record that there is, with some answers more."""
    report = {"reported_on": "2026-11-20", "what_happened": "It slipped.", "reporter": {"mode": "external"}}
    return {"schema": 1, "id": record_id, "title": "Slipped", "state": "reported", "report": report | answers}


def put(scene: Scene, *records: dict[str, Any], branch: str = "main") -> str:
    """Commit records past all rules, and return the commit."""
    documents = YamlDocuments()
    files = {
        record_path(one["id"], one["report"]["reported_on"]): documents.compose(one, schema="near-miss.schema.json")
        for one in records
    }
    return scene.commit_files(files, branch=branch)
