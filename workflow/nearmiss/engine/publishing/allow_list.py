"""What may be published of a near miss: which records, and which of their fields. Nothing else reaches a page."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from nearmiss.models.values import REDACTED
from nearmiss.policy.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nearmiss.engine.publishing.site_data import SiteData

Path = tuple[str, ...]

PUBLISHED_STATE = "verified"
RELEASED_TO = frozenset({"all-staff", "site"})
UNPUBLISHED_STATUS = frozenset({"withdrawn"})

ALWAYS: tuple[Path, ...] = (("id",), ("lesson", "status"), ("lesson", "superseded_by"))
"""What a lesson needs to be a page at all."""

FIELDS: dict[str, tuple[Path, ...]] = {
    "headline": (("lesson", "headline"),),
    "what_happened": (("report", "what_happened"),),
    "what_could_have_happened": (("report", "what_could_have_happened"),),
    "what_stopped_it": (("report", "what_stopped_it", "barrier"), ("report", "what_stopped_it", "how")),
    "causes": tuple(("root_cause", "causes", key) for key in ("id", "explains", "level", "category", "statement")),
    "actions": (
        *(("action_plan", "actions", key) for key in ("id", "kind", "control", "what")),
        ("progress", "action"),
        ("progress", "status"),
    ),
    "effect": (
        *(("action_plan", "effectiveness", key) for key in ("metric", "baseline", "target")),
        *(("verification", "checks", key) for key in ("on", "result", "measured", "substitute")),
    ),
    "vulnerability": (("lesson", "vulnerability"),),
    "change": (("lesson", "change"),),
    "do_this": (("lesson", "do_this"),),
    "applies_to": (("lesson", "applies_to"),),
    "risk": (
        ("assessment", "severity_potential"),
        ("assessment", "likelihood"),
        ("verification", "residual", "severity_potential"),
        ("verification", "residual", "likelihood"),
    ),
    "classification": (("assessment", "classification"),),
    "hazard": (("assessment", "hazard"),),
    "site": (("report", "site"),),
    "area": (("report", "process_area"),),
    "month": (("report", "reported_on"),),
}
"""The allow-list: what a lesson may show, by the names that the setting `published_fields` uses.

No field that can hold a person is on it, and lists and mappings are entered only where a path leads into them.
"""

_ID = re.compile(r"[A-Z]{2,8}-[0-9]{4}-[0-9A-HJKMNP-TV-Z]{5}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def published(data: SiteData) -> tuple[dict[str, Any], ...]:
    """Return the published records, each cut down to the fields that may be shown, newest first."""
    paths = published_paths(data.settings)
    broken = records_with_errors(data)
    records = {
        record["id"]: cut(record, paths)
        for record in data.records
        if may_be_published(record, data) and record["id"] not in broken
    }
    return tuple(sorted(records.values(), key=_by_month, reverse=True))


def published_paths(settings: Mapping[str, Any]) -> tuple[Path, ...]:
    """Return the paths of the allow-list that the settings leave on it; they can take away, never add."""
    chosen = settings.get("published_fields", tuple(FIELDS))
    return ALWAYS + tuple(path for name, paths in FIELDS.items() if name in chosen for path in paths)


def records_with_errors(data: SiteData) -> frozenset[str]:
    """Return the ids of the records in which the check found errors."""
    return frozenset(finding.record for finding in data.findings if finding.severity is Severity.ERROR)


def may_be_published(record: Mapping[str, Any], data: SiteData) -> bool:
    """Say whether a record is a verified lesson that was released, is due, and is of no restricted class."""
    lesson = _mapping(record.get("lesson"))
    release = _mapping(lesson.get("release"))
    return (
        _ID.fullmatch(str(record.get("id"))) is not None
        and record.get("state") == PUBLISHED_STATE
        and release.get("to") in RELEASED_TO
        and _is_due(release.get("not_before"), data.today)
        and lesson.get("status") not in UNPUBLISHED_STATUS
        and not _may_be_restricted(record, data.settings)
    )


def may_be_counted(record: Mapping[str, Any], settings: Mapping[str, Any]) -> bool:
    """Say whether a record may be part of a public figure: those of restricted classes are not even counted."""
    return classification_of(record) not in restricted_classes(settings)


def restricted_classes(settings: Mapping[str, Any]) -> frozenset[str]:
    """Return the classifications that this instance keeps to a small circle."""
    return frozenset(settings.get("restricted_classes") or ())


def classification_of(record: Mapping[str, Any]) -> str | None:
    """Return a record's classification, or None before triage or where it is withheld."""
    term = _mapping(record.get("assessment")).get("classification")
    return term if isinstance(term, str) and term != REDACTED else None


def cut(record: Mapping[str, Any], paths: Iterable[Path]) -> dict[str, Any]:
    """Return a copy of a record with the values at the paths and nothing else; dates keep their month at most."""
    kept = _cut_mapping(record, tuple(paths))
    reported_on = _mapping(kept.get("report")).get("reported_on")
    if isinstance(reported_on, str):
        kept["report"]["reported_on"] = reported_on[: len("2026-11")]
    return kept


def _cut_mapping(value: Mapping[str, Any], paths: tuple[Path, ...]) -> dict[str, Any]:
    kept = {}
    for key in dict.fromkeys(path[0] for path in paths):
        if key in value:
            deeper = tuple(path[1:] for path in paths if path[0] == key and len(path) > 1)
            inner = _cut_inside(value[key], deeper) if deeper else _cut_leaf(value[key])
            if inner is not None:
                kept[key] = inner
    return kept


def _cut_inside(value: Any, paths: tuple[Path, ...]) -> Any:
    if isinstance(value, dict):
        return _cut_mapping(value, paths)
    if isinstance(value, list):
        return [_cut_mapping(item, paths) for item in value if isinstance(item, dict)]
    return None


def _cut_leaf(value: Any) -> Any:
    """Keep plain values and lists of text; a mapping where none is expected could carry anything."""
    if isinstance(value, list):
        return [item for item in value if isinstance(item, str)]
    return None if isinstance(value, dict) else value


def _is_due(not_before: Any, today: date) -> bool:
    if not_before is None:
        return True
    if not isinstance(not_before, str) or not _DAY.fullmatch(not_before):
        return False
    # Text compares as the dates do, and an impossible day of a month needs no answer of its own.
    return not_before <= today.isoformat()


def _may_be_restricted(record: Mapping[str, Any], settings: Mapping[str, Any]) -> bool:
    restricted = restricted_classes(settings)
    classification = classification_of(record)
    return bool(restricted) and (classification is None or classification in restricted)


def _by_month(record: Mapping[str, Any]) -> tuple[str, str]:
    return str(_mapping(record.get("report")).get("reported_on", "")), str(record["id"])


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
