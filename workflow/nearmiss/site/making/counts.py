"""How many near misses there are, by state and by kind, with small numbers kept private."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.indicators.privacy import LEAST_SHOWN, SMALL, suppress
from nearmiss.engine.publishing.publication import may_be_counted, restricted_classes
from nearmiss.render.words import label_of, spell_term

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nearmiss.engine.publishing.gists import Gist
    from nearmiss.engine.publishing.site_data import SiteData

STATES = {
    "reported": "Reported, being assessed",
    "investigated": "Investigated, cause being found",
    "root-caused": "Cause found, action being planned",
    "action": "Action under way",
    "verified": "Verified: it works",
    "declined": "Answered, not a near miss",
    "escalated": "Handled as an incident",
}
NOT_CLASSIFIED = "Not yet classified, or other"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One number with its label, in words that keep small numbers private."""

    label: str
    shown: str


@dataclass(frozen=True, kw_only=True)
class Counts:
    """The figures of the home page."""

    total: str
    by_state: tuple[Cell, ...]
    by_classification: tuple[Cell, ...]


def count(data: SiteData) -> Counts:
    """Count the records that may be counted; those of restricted classes are not among them."""
    records = [record for record in data.gists.values() if may_be_counted(record, data.settings)]
    names = _names_of_classes(data)
    return Counts(
        total=show(len(records)),
        by_state=_cells(records, _name_of_state, rows=list(STATES.values())),
        by_classification=_cells(
            records,
            lambda record: names.get(record.classification, NOT_CLASSIFIED),
            rows=[*sorted(names.values()), NOT_CLASSIFIED],
        ),
    )


def show(number: int) -> str:
    """Write a number, or only that it is small."""
    if number >= LEAST_SHOWN:
        return str(number)
    return SMALL if number else "none"


def _cells(
    records: Sequence[Gist],
    name_of: Callable[[Gist], str],
    *,
    rows: Sequence[str],
) -> tuple[Cell, ...]:
    """Return the rows in order, then what else occurs. Empty rows stay: a missing one would tell."""
    numbers = Counter(dict.fromkeys(rows, 0))
    numbers.update(name_of(record) for record in records)
    hidden = suppress(numbers)
    cells = (Cell(label=name, shown=hidden.get(name, str(number))) for name, number in numbers.items())
    return tuple(cells) if records else ()


def _names_of_classes(data: SiteData) -> dict[str, str]:
    """Return the label of each class that is in use and open to all."""
    restricted = restricted_classes(data.settings)
    language = data.settings.get("language", "en")
    return {
        term: label_of(data.vocabulary, "classification", term, language)
        for term, entry in data.vocabulary.get("classification", {}).items()
        if term not in restricted and not entry.get("retired")
    }


def _name_of_state(record: Gist) -> str:
    return STATES.get(record.state) or spell_term(record.state)
