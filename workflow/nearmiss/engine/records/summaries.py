"""The summary of a record: what lists, searches and cross-checks need, as plain values that can be remembered."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from nearmiss.policy.plain import get, listed, values_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.findings import Field
    from nearmiss.policy.standing import Register


class Summary(NamedTuple):
    """One record in a line, with the references and people that it names."""

    id: str
    path: str
    title: str
    state: str
    reported_on: str
    occurred_on: str
    classification: str
    hazard: str
    site: str
    area: str
    level: str
    severity: int
    likelihood: int
    band: str
    decision: str
    owners: tuple[str, ...]
    open_actions: tuple[tuple[str, str, str], ...]
    due: tuple[tuple[str, str, str], ...]
    references: tuple[tuple[str, str], ...]
    people: tuple[tuple[str, str], ...]
    imported: tuple[str, str, str]
    words: str = ""
    """All words in which a text is looked for; a summary that was remembered has them only where they are asked for."""

    def overdue(self, today: str) -> tuple[str, ...]:
        """Return what is past its day: open actions, steps of the process, checks and reviews."""
        return tuple(what for what, on, _ in self.due if on < today)

    @property
    def next_due(self) -> str:
        """The day on which the next thing is due, or an empty text."""
        return self.due[0][1] if self.due else ""

    def as_data(self) -> dict[str, Any]:
        """Return the summary as values that JSON can keep, all but its words."""
        return {name: value for name, value in self._asdict().items() if name != "words"}

    @classmethod
    def revive(cls, kept: Mapping[str, Any], *, words: str = "") -> Summary:
        """Make a summary again from what JSON kept of it."""
        nested: dict[str, Any] = {name: tuple(map(tuple, kept[name])) for name in _ROWS}
        nested |= {name: tuple(kept[name]) for name in ("owners", "imported")}
        return cls(**{**kept, **nested}, words=words)


_ROWS = ("open_actions", "due", "references", "people")
"""The fields that are rows of texts."""

TWIN = "assessment.duplicate_of"
"""The path of the record with which another is joined."""

LINKS = "report.links"
"""The path of what a report links to, other records among it."""

OF_RECORDS = frozenset({"record", "repeat-of"})
"""The kinds of links that lead to a record; one that names a system leads to a record of that."""

REFERENCES = (
    TWIN,
    "investigation.similar.found",
    "lesson.superseded_by",
)
SEARCHED = (
    "title",
    "report.what_happened",
    "report.what_could_have_happened",
    "investigation.findings",
    "lesson.headline",
    "lesson.vulnerability",
)


def summarise(dossier: Dossier, register: Register) -> Summary:
    """Summarise a record whose structure is sound."""
    # Who lists remembered summaries needs none of the models that these are built on.
    from nearmiss.policy.deadlines import due_items

    data = dossier.data
    band = register.newest.band(data)
    open_actions = _open_actions(data)
    source = get(data, "report", "imported_from") or {}
    return Summary(
        id=dossier.id,
        path=dossier.path,
        title=str(data["title"]),
        state=dossier.state,
        reported_on=str(get(data, "report", "reported_on")),
        occurred_on=str(get(data, "report", "occurred_on") or ""),
        classification=str(get(data, "assessment", "classification") or ""),
        hazard=str(get(data, "assessment", "hazard") or ""),
        site=str(get(data, "report", "site") or ""),
        area=str(get(data, "report", "process_area") or ""),
        level=str(get(data, "assessment", "level") or ""),
        severity=int(get(data, "assessment", "severity_potential") or 0),
        likelihood=int(get(data, "assessment", "likelihood") or 0),
        band=band.band if band else "",
        decision=str(get(data, "assessment", "decision") or ""),
        owners=tuple(sorted({owner for _, owner, _ in open_actions if owner})),
        open_actions=open_actions,
        due=tuple((item.what, item.on, item.whose) for item in due_items(data, register.newest)),
        references=tuple(references_in(data)),
        people=tuple(_people(data)),
        imported=(str(source.get("source", "")), str(source.get("key", "")), str(source.get("row_sha256", ""))),
        words=words_of(data),
    )


def words_of(data: Mapping[str, Any]) -> str:
    """Return the words of a record in which a text is looked for, without regard to case."""
    return " ".join(str(value) for path in SEARCHED for _, value in values_at(data, path)).casefold()


def _open_actions(data: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    from nearmiss.policy.deadlines import owner_of

    status = {entry["action"]: entry["status"] for entry in listed(data, "progress")}
    return tuple(
        (action["id"], owner_of(action), str(action.get("due", "")))
        for action in listed(data, "action_plan", "actions")
        if status.get(action["id"], "open") not in {"done", "cancelled"}
    )


def references_in(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the other records that a record refers to, each with the path of the field."""
    found = []
    for path in REFERENCES:
        for _, value in values_at(data, path):
            found += [(path, str(entry)) for entry in (value if isinstance(value, list) else [value])]
    for _, link in values_at(data, LINKS):
        found += [(LINKS, entry["ref"]) for entry in link if leads_to_record(entry)]
    return found


def leads_to_record(link: Mapping[str, Any]) -> bool:
    """Say whether a link of a report leads to another record of this register."""
    return link["kind"] in OF_RECORDS and "system" not in link


def _people(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return who is named, each with the path of the field; which entry of a list it is does not matter here."""
    from nearmiss.policy.handles import people_named

    return list(dict.fromkeys((_without_places(way), handle) for way, handle in people_named(data)))


@lru_cache(maxsize=1024)
def _without_places(way: Field) -> str:
    return ".".join(step for step in way if isinstance(step, str))
