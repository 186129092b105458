"""The records that the judged site is made from: lessons of every shape, and reports that are not lessons yet."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from tests.site.conftest import RECORD

HOSTILE = (
    "Findme <script>window.pwned=1</script><img src=https://evil.example/x onerror=window.pwned=1>"
    "<svg onload=window.pwned=1> [a](javascript:window.pwned=1) </title><script>window.pwned=1</script> "
    "&lt;img src=x onerror=window.pwned=1&gt; {{ 7*7 }} \u202e <!-- --> ]]> " + "W" * 180
)
LONG = "The pallet truck rolled down the ramp because nobody had put it against the wall after the late shift. " * 40
TEXTS = (
    "report.what_happened",
    "report.what_could_have_happened",
    "report.what_stopped_it.how",
    "assessment.reply",
    "action_plan.effectiveness.metric",
    "action_plan.effectiveness.baseline",
    "action_plan.effectiveness.target",
    "lesson.headline",
    "lesson.vulnerability",
    "lesson.change",
    "lesson.do_this",
    "alert.headline",
    "alert.do_this",
)
CATEGORIES = ("people", "method", "machine", "material", "measurement", "environment")
NOT_YET = ("reported", "investigated", "root-caused", "action", "declined", "escalated")


def stories() -> list[dict[str, Any]]:
    """Return all records."""
    return [*_lessons(), *_no_lessons()]


def _lessons() -> Iterator[dict[str, Any]]:
    whole = _story("AAAA1", month="2026-03")
    yield whole
    yield _story("AAAA2", month="2025-11", changes=dict.fromkeys(TEXTS, HOSTILE) | {"lesson.applies_to": [HOSTILE]})
    yield _story("AAAA3", month="2025-10", changes={"lesson.headline": LONG[:310], "report.what_happened": LONG})
    yield _story("AAAA4", month="2024-02", changes=dict.fromkeys(TEXTS[:10], "redacted"))
    yield _bare("AAAA5")
    yield _story("AAAA6", month="2026-04", changes={"root_cause": _chain(14)})
    yield _story("AAAA7", month="2026-04", changes={"root_cause": _fishbone()})
    yield _story("AAAA8", month="2026-05", changes={"lesson.status": "superseded", "lesson.superseded_by": whole["id"]})
    yield _story("AAAA9", month="2026-05", changes={"lesson.status": "amended"})
    yield _story("AAAAA", month="2026-06", changes={"verification.checks": _checks("ineffective", "partial")})
    yield _story("AAAAB", month="2026-06", changes={"verification.checks": _checks("not-measurable")})
    yield _story("AAAAC", month="2026-07", changes=_german())
    unknown = {"assessment.hazard": "Nobody Knows/..", "report.process_area": "ß", "assessment.classification": "odd"}
    yield _story("AAAAD", month="2026-07", changes=unknown)
    markdown = "* one\n* two **strong**\n\n1. [a link](https://example.org/a?b=c&d)\n2. NM-2026-AAAA1\n\nend  \nof it"
    yield _story("AAAAE", month="2026-08", changes=dict.fromkeys(TEXTS[:3], markdown))


def _no_lessons() -> Iterator[dict[str, Any]]:
    for number, state in enumerate(NOT_YET * 3):
        record = _story(f"BB{number:03}", month=f"2026-{number % 9 + 1:02}", changes={"state": state, "lesson": None})
        if state != "action":
            del record["alert"]
        yield record
    warning = {"state": "investigated", "lesson": None, "alert.until": "2027-12-31"}
    yield _story("CCCC1", month="2026-11", changes=warning)
    hostile = dict.fromkeys(("alert.headline", "alert.do_this", "assessment.reply"), HOSTILE)
    yield _story("CCCC2", month="2026-11", changes=warning | hostile)
    yield _story("CCCC3", month="2026-10", changes={"assessment.duplicate_of": "NM-2026-AAAA1", "lesson": None})


def _story(name: str, *, month: str, changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the record that has every field, under its own name and month; dotted names change or remove fields."""
    record = copy.deepcopy(RECORD)
    record["id"] = f"NM-{month[:4]}-{name}"
    record["report"] |= {"reported_on": f"{month}-21", "occurred_on": f"{month}-20", "process_area": "shipping"}
    record["assessment"] |= {"hazard": "moving-vehicle"}
    for path, value in (changes or {}).items():
        *way, last = path.split(".")
        section = record
        for key in way:
            section = section.setdefault(key, {})
        if value is None:
            section.pop(last, None)
        else:
            section[last] = value
    return record


def _bare(name: str) -> dict[str, Any]:
    """Return a lesson with as little in it as the allow-list could leave."""
    return {
        "schema": 1,
        "id": f"NM-2024-{name}",
        "title": "Bare",
        "state": "verified",
        "report": {"reported_on": "2024-01", "what_happened": "x", "reporter": {"mode": "anonymous"}},
        "assessment": {"decision": "near-miss", "classification": "quality"},
        "lesson": {"release": {"to": "all-staff"}},
    }


def _chain(length: int) -> dict[str, Any]:
    causes: list[dict[str, Any]] = [
        {
            "id": f"C{number}",
            "explains": f"C{number - 1}",
            "level": "root" if number == length else "underlying",
            "category": CATEGORIES[number % 6],
            "statement": f"What lay behind it, for the {number}th time asked.",
            "disposition": "act",
        }
        for number in range(1, length + 1)
    ]
    del causes[0]["explains"]
    causes[0]["level"] = "immediate"
    return {"analyst": "s.ito", "method": "five-whys", "causes": causes}


def _fishbone() -> dict[str, Any]:
    causes = [
        {"id": f"C{number}", "level": "root", "category": category, "statement": text, "disposition": "act"}
        for number, (category, text) in enumerate(
            ((category, text) for category in CATEGORIES for text in ("Short.", LONG[:160])), start=1
        )
    ]
    return {"analyst": "s.ito", "method": "ishikawa", "causes": causes}


def _checks(*results: str) -> list[dict[str, Any]]:
    return [{"on": "2026-10-02", "by": "p.novak", "result": result, "measured": "3 in 40"} for result in results]


def _german() -> dict[str, Any]:
    return {
        "report.lang": "de",
        "report.what_happened": "Ein Anhänger rollte von der Rampe.\n\nNiemand stand dahinter.",
        "lesson.headline": "Ein Anhänger steht erst, wenn ihn etwas hält",
        "lesson.do_this": "Nur bei Grün auf den Anhänger fahren.",
    }
