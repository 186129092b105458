"""Targets: the fields of a record that an import may fill, and what sort of value each of them takes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from nearmiss.models.assessment import Assessment
from nearmiss.models.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Kind(Enum):
    """What sort of value a field takes."""

    TEXT = "text"
    LINE = "line"
    TITLE = "title"
    TERM = "term"
    DATE = "date"
    TIME = "time"
    CHOICE = "choice"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A field: the kind of its value, and the vocabulary or the choices that rule it."""

    kind: Kind
    vocabulary: str = ""
    choices: tuple[str, ...] = ()


def _term(vocabulary: str) -> Target:
    return Target(kind=Kind.TERM, vocabulary=vocabulary)


_TEXT, _LINE, _DATE = Target(kind=Kind.TEXT), Target(kind=Kind.LINE), Target(kind=Kind.DATE)

TARGETS: dict[str, Target] = {
    "title": Target(kind=Kind.TITLE),
    "report.reported_on": _DATE,
    "report.what_happened": _TEXT,
    "report.made_safe": Target(kind=Kind.CHOICE, choices=("yes", "no", "unknown")),
    "report.what_could_have_happened": _TEXT,
    "report.what_stopped_it.barrier": _term("barrier"),
    "report.what_stopped_it.how": _TEXT,
    "report.site": _term("site"),
    "report.process_area": _term("area"),
    "report.location": _term("location"),
    "report.occurred_on": _DATE,
    "report.occurred_until": _DATE,
    "report.occurred_at": Target(kind=Kind.TIME),
    "report.reporter.group": _term("group"),
    "report.immediate_action": _TEXT,
    "report.suggestion": _TEXT,
    "report.lang": _LINE,
    "assessment.classification": _term("classification"),
    "assessment.hazard": _term("hazard"),
    "assessment.shift": _term("shift"),
    "assessment.crew": _LINE,
    "assessment.detected.by": _term("detector"),
    "assessment.detected.when": _term("detected-when"),
}
"""Drafts of an assessment are among them where a source knows such facts; decisions and scores never are."""

LISTS = "report.details and report.links through details: and links:"
LINK_VOCABULARY = "link-kind"
_PLACES = {target: place for place, target in enumerate(TARGETS)}


def assemble(values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Put values at their fields into the plain data of a record's sections, keys in the canonical order."""
    tree: dict[str, Any] = {}
    for path, value in sorted(values, key=lambda item: _PLACES.get(item[0], 0)):
        *above, last = path.split(".")
        place = tree
        for step in above:
            place = place.setdefault(step, {})
        place[last] = value
    for section, model in (("report", Report), ("assessment", Assessment)):
        if section in tree:
            tree[section] = _in_order(tree[section], tuple(model.model_fields))
    return tree


def _in_order(section: Mapping[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    return {key: section[key] for key in order if key in section}
