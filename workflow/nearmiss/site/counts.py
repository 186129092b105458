"""How many near misses there are, by state and by kind, with small numbers kept private."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.render.words import label_of, spell_term
from nearmiss.site.publication import classification_of, may_be_counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from nearmiss.engine.site_data import SiteData

LEAST_SHOWN = 5
"""A number below this could point at a person."""

STATES = {
    "reported": "Reported, being assessed",
    "investigated": "Investigated, cause being found",
    "root-caused": "Cause found, action being planned",
    "action": "Action under way",
    "verified": "Verified: it works",
    "declined": "Answered, not a near miss",
    "escalated": "Handled as an incident",
}
NOT_CLASSIFIED = "Not yet classified"


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
    records = [record for record in data.records if may_be_counted(record, data.settings)]
    language = data.settings.get("language", "en")

    known = data.vocabulary.get("classification", {})

    def name_of_class(record: Mapping[str, Any]) -> str:
        term = classification_of(record)
        return label_of(data.vocabulary, "classification", term, language) if term and term in known else NOT_CLASSIFIED

    return Counts(
        total=show(len(records)),
        by_state=_cells(records, _name_of_state, order=list(STATES.values())),
        by_classification=_cells(records, name_of_class, order=[]),
    )


def show(number: int) -> str:
    """Write a number, or only that it is small."""
    return str(number) if number >= LEAST_SHOWN else f"fewer than {LEAST_SHOWN}" if number else "none"


def suppress(numbers: Mapping[str, int]) -> dict[str, str]:
    """Write numbers that add up to a known total so that no small one can be worked out from the others.

    Where the hidden ones together are still small, the next larger is hidden too (complementary suppression).
    """
    hidden = {name for name, number in numbers.items() if number < LEAST_SHOWN}
    for name, _ in sorted(numbers.items(), key=lambda item: item[1]):
        if not hidden or sum(numbers[each] for each in hidden) >= LEAST_SHOWN:
            break
        hidden.add(name)
    return {name: _write(number, is_hidden=name in hidden) for name, number in numbers.items()}


def _write(number: int, *, is_hidden: bool) -> str:
    return "not shown" if is_hidden and number >= LEAST_SHOWN else show(number)


def _cells(
    records: Iterable[Mapping[str, Any]], name_of: Callable[[Mapping[str, Any]], str], *, order: list[str]
) -> tuple[Cell, ...]:
    shown = suppress(Counter(name_of(record) for record in records))
    places = {name: place for place, name in enumerate(order)}
    names = sorted(shown, key=lambda name: (name == NOT_CLASSIFIED, places.get(name, len(places)), name))
    return tuple(Cell(label=name, shown=shown[name]) for name in names)


def _name_of_state(record: Mapping[str, Any]) -> str:
    state = str(record.get("state"))
    return STATES.get(state) or spell_term(state)
