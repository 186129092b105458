"""The allow-list: which fields of a near miss may be published. Nothing else reaches a page."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from nearmiss.models.values import REDACTED
from nearmiss.policy.plain import get

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Path = tuple[str, ...]
Branches = dict[str, "Branches"]

ALWAYS: tuple[Path, ...] = (("id",), ("lesson", "status"), ("lesson", "superseded_by"))
"""What a lesson needs to be a page at all."""

ACCOUNT = ("what_happened", "what_could_have_happened", "what_stopped_it", "month")
"""The names of what is told of a report that was joined with another one: the words of who saw it too."""

FIELDS: dict[str, tuple[Path, ...]] = {
    "headline": (("lesson", "headline"),),
    "what_happened": (("report", "what_happened"), ("report", "lang")),
    "what_could_have_happened": (("report", "what_could_have_happened"),),
    "what_stopped_it": (("report", "what_stopped_it", "barrier"), ("report", "what_stopped_it", "how")),
    "causes": (
        ("root_cause", "method"),
        *(("root_cause", "causes", key) for key in ("id", "explains", "level", "category", "statement")),
    ),
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
    "links": (("report", "links", "kind"), ("report", "links", "ref")),
    "replies": (("assessment", "reply"),),
}
"""The allow-list: what a lesson may show, by the names that the setting `published_fields` uses.

No field that can hold a person is on it, and lists and mappings are entered only where a path leads into them.
"""

LESSON = tuple(name for name in FIELDS if name != "replies")
"""The names of what the page of a lesson shows: the reply to who reported it stands on a page with all others."""


def published_paths(settings: Mapping[str, Any], among: Iterable[str] = tuple(FIELDS)) -> tuple[Path, ...]:
    """Return the paths of the allow-list that the settings leave on it; they can take away, never add."""
    chosen = settings.get("published_fields", tuple(FIELDS))
    return ALWAYS + tuple(path for name in among if name in chosen for path in FIELDS[name])


def classification_of(record: Mapping[str, Any]) -> str:
    """Return a record's classification, or an empty text before triage or where it is withheld."""
    term = get(record, "assessment", "classification")
    return term if isinstance(term, str) and term != REDACTED else ""


def cut(record: Mapping[str, Any], paths: Iterable[Path]) -> dict[str, Any]:
    """Return a copy of a record with the values at the paths and nothing else; dates keep their month at most."""
    kept = _cut_mapping(record, _branching(tuple(paths)))
    reported_on = get(kept, "report", "reported_on")
    if isinstance(reported_on, str):
        kept["report"]["reported_on"] = reported_on[: len("2026-11")]
    return kept


@lru_cache(maxsize=64)
def _branching(paths: tuple[Path, ...]) -> Branches:
    """Return paths as keys within keys: thousands of records are cut by the same few."""
    return {
        key: _branching(tuple(path[1:] for path in paths if path[0] == key and len(path) > 1))
        for key in dict.fromkeys(path[0] for path in paths)
    }


def _cut_mapping(value: Mapping[str, Any], branches: Branches) -> dict[str, Any]:
    kept = {}
    for key, deeper in branches.items():
        if key in value:
            inner = _cut_inside(value[key], deeper) if deeper else _cut_leaf(value[key])
            if inner is not None:
                kept[key] = inner
    return kept


def _cut_inside(value: Any, branches: Branches) -> Any:
    if isinstance(value, dict):
        return _cut_mapping(value, branches)
    if isinstance(value, list):
        return [_cut_mapping(item, branches) for item in value if isinstance(item, dict)]
    return None


def _cut_leaf(value: Any) -> Any:
    """Keep plain values and lists of text; a mapping where none is expected could carry anything."""
    if isinstance(value, list):
        return [item for item in value if isinstance(item, str)]
    return None if isinstance(value, dict) else value
