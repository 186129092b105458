"""How many near misses there are, by state and by kind, with small numbers kept private."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nearmiss.engine.indicators.privacy import LEAST_SHOWN, SMALL, suppress
from nearmiss.engine.indicators.tables import open_and_closed
from nearmiss.engine.publishing.gists import VERIFIED
from nearmiss.engine.publishing.publication import may_be_counted, restricted_classes
from nearmiss.render.languages import ENGLISH, N_, Words
from nearmiss.render.words import label_of, spell_term
from nearmiss.site.rules_in_words import kinds_of_states

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from nearmiss.engine.publishing.site_data import SiteData

    Groups = tuple[Collection[str], ...]
    """Rows whose sum is told elsewhere too."""

STATES = {
    "reported": N_("Reported, being assessed"),
    "investigated": N_("Investigated, cause being found"),
    "root-caused": N_("Cause found, action being planned"),
    "action": N_("Action under way"),
    "verified": N_("Verified: it works"),
    "declined": N_("Answered, not a near miss"),
    "escalated": N_("Handled as an incident"),
}
ACTED = frozenset({"action", "verified"})
"""The states in which something is changed, or was."""

AT_LEAST = N_("at least %(number)s")
NOT_CLASSIFIED = N_("Not yet classified, or other")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One number with its label, in words that keep small numbers private."""

    label: str
    shown: str
    is_told: bool = field(default=True, compare=False)
    """Whether it is the number itself, and not what stands in its place."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """The figures of the home page; `acted` is of how many at least something was changed or is being changed."""

    total: str
    acted: str
    by_state: tuple[Cell, ...]
    by_classification: tuple[Cell, ...]


def is_told(cells: Iterable[Cell]) -> bool:
    """Say whether a table tells anything: one in which no number may be shown is none."""
    return any(cell.is_told for cell in cells)


def count(data: SiteData, words: Words = ENGLISH) -> Counts:
    """Count the records that may be counted; those of restricted classes are not among them."""
    records = [record for record in data.gists.values() if may_be_counted(record, data.settings)]
    names, other = _names_of_classes(data, words), words.gettext(NOT_CLASSIFIED)
    states = {state: words.gettext(name) for state, name in STATES.items()}
    by_state = _numbers((states.get(one.state) or spell_term(one.state, words) for one in records), states.values())
    by_class = _numbers((names.get(one.classification, other) for one in records), [*sorted(names.values()), other])
    groups = _open_and_closed(data, states)
    return Counts(
        total=show(len(records), words),
        acted=_acted(data, by_state, groups, words),
        by_state=_as_lists_tell(_cells(by_state, words, groups), data, words) if records else (),
        by_classification=_cells(by_class, words) if records else (),
    )


def _acted(data: SiteData, numbers: Mapping[str, int], groups: Groups, words: Words) -> str:
    """Return how many were acted upon, as the numbers by state tell it: what is hidden there is not told here."""
    acted, hidden = {words.gettext(STATES[state]) for state in ACTED}, suppress(numbers, groups=groups)
    known = sum(numbers[name] for name in acted if name not in hidden)
    if not hidden.keys() & acted:
        return words.number(known)
    least = max(known, len(data.lessons))
    return words.gettext(AT_LEAST, number=words.number(least)) if least else ""


def _open_and_closed(data: SiteData, labels: Mapping[str, str]) -> Groups:
    """Return the rows of open states and the others: the page of the open work tells how many are open in all."""
    told = open_and_closed(kinds_of_states(data.rules))
    return tuple([labels[state] for state in states if state in labels] for states in told)


def show(number: int, words: Words = ENGLISH) -> str:
    """Write a number, or only that it is small."""
    if number >= LEAST_SHOWN:
        return words.number(number)
    return words.plain(SMALL) if number else words.gettext("none")


def _numbers(names: Iterable[str], rows: Iterable[str]) -> Mapping[str, int]:
    """Count the rows in order, then what else occurs. Empty rows stay: a missing one would tell."""
    numbers = Counter(dict.fromkeys(rows, 0))
    numbers.update(names)
    return numbers


def _cells(numbers: Mapping[str, int], words: Words, groups: Groups = ()) -> tuple[Cell, ...]:
    hidden = suppress(numbers, groups=groups)
    return tuple(
        Cell(
            label=name,
            shown=words.plain(hidden[name]) if name in hidden else words.number(number),
            is_told=name not in hidden,
        )
        for name, number in numbers.items()
    )


def _as_lists_tell(cells: tuple[Cell, ...], data: SiteData, words: Words) -> tuple[Cell, ...]:
    """Return the cells with what everybody can count in the list of lessons: so many at least are verified."""
    name, number = STATES[VERIFIED], len(data.lessons)
    verified = words.gettext(name)
    told = words.gettext(AT_LEAST, number=words.number(number))
    return tuple(
        replace(cell, shown=told) if number and not cell.is_told and cell.label == verified else cell for cell in cells
    )


def _names_of_classes(data: SiteData, words: Words) -> dict[str, str]:
    """Return the label of each class that is in use and open to all."""
    restricted = restricted_classes(data.settings)
    return {
        term: label_of(data.vocabulary, "classification", term, words)
        for term, entry in data.vocabulary.get("classification", {}).items()
        if term not in restricted and not entry.get("retired")
    }
