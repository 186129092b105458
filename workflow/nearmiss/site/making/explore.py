"""Finding lessons in the browser: the choices of a form, and the lessons as small scripts of data, a year at a time."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.render.characters import shortened
from nearmiss.render.languages import N_
from nearmiss.render.text import WITHHELD
from nearmiss.render.words import SEVERITY, spell_scale
from nearmiss.site.keys import key_of
from nearmiss.site.making.dimensions import VALUES
from nearmiss.site.making.topics import BY_NAME
from nearmiss.site.making.year_by_year import Part, year_by_year
from nearmiss.site.pages import Asset, in_one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from nearmiss.site.lessons import Card
    from nearmiss.site.library import Library

FORMAT = 1
"""The form of the data; the script refuses any other, which a browser may have kept from before."""

FOLDER = "lessons/data"
IN_A_PART = 2000
"""Lessons in one file of data, so that a phone never reads more at once than it can bear."""

LONGEST = 200
"""Characters of what to do that a list shows, and finds lessons by."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One value that a filter can take, in words, and how many lessons have it."""

    value: str
    label: str
    number: int


@dataclass(frozen=True, kw_only=True)
class Filter:
    """One filter of the form; `name` stands in the address."""

    name: str
    label: str
    any: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, kw_only=True)
class Form:
    """All that the page needs to let a script find lessons."""

    filters: tuple[Filter, ...]
    parts: Sequence[Part[Card]]
    ending: str


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """One way to choose, by the name of a dimension, and the words of its filter."""

    name: str
    label: str
    any: str


_KINDS = (
    _Kind(name="classification", label=N_("Kind"), any=N_("Every kind")),
    _Kind(name="area", label=N_("Area"), any=N_("Every area")),
    _Kind(name="hazard", label=N_("Hazard"), any=N_("Every hazard")),
    _Kind(name="site", label=N_("Site"), any=N_("Every site")),
    _Kind(name="cause", label=N_("Cause"), any=N_("Every cause")),
    _Kind(name="control", label=N_("What was changed"), any=N_("Every kind of change")),
)


def explore_assets(library: Library) -> Iterator[Asset]:
    """Yield the lessons as data, a year at a time, the newest first."""
    for part in parts_of(library):
        yield _asset(part)


def explore_form(library: Library) -> Form:
    """Return the choices that the lessons leave, and where their data lie."""
    found = (*(_filter(kind, library) for kind in _KINDS), *_more_filters(library))
    return Form(
        filters=tuple(one for one in found if one.choices),
        parts=parts_of(library),
        ending="/" if library.place.folders else ".html",
    )


def parts_of(library: Library) -> Sequence[Part[Card]]:
    """Return what each file of data holds, the newest year first."""
    return year_by_year(library.cards, lambda card: card.year, FOLDER, most=IN_A_PART, ending=".js")


def data_of(part: Part[Card]) -> bytes:
    """Return a file of data: one call of one function, with the terms in a table and each lesson as a row."""
    table = _Table()
    rows = [_row(card, table) for card in part.items]
    content = {"format": FORMAT, "path": part.path.rpartition("/")[2], "terms": table.terms, "lessons": rows}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return f"nearmissLessons({text});\n".encode()


def _asset(part: Part[Card]) -> Asset:
    return Asset(
        path=part.path,
        pieces=lambda: [data_of(part)],
        key=key_of(FORMAT, [(card.path, card.gist.told) for card in part.items]),
    )


class _Table:
    """Gives each term a number: 0 is that there is none."""

    def __init__(self) -> None:
        self.terms = [""]
        self._numbers = {"": 0, WITHHELD: 0}

    def number(self, term: str) -> int:
        """Return the number of a term, a new one where it is the first time."""
        if term not in self._numbers:
            self._numbers[term] = len(self.terms)
            self.terms.append(term)
        return self._numbers[term]

    def numbers(self, terms: Iterable[str]) -> list[int]:
        """Return those of several."""
        return [number for number in map(self.number, terms) if number]


def _row(card: Card, table: _Table) -> list[Any]:
    """Return a lesson as a row; the script knows the places. What is empty at the end is left out."""
    gist = card.gist
    row: list[Any] = [
        card.id,
        in_one_line(card.headline, card.words),
        shortened(in_one_line(card.do_this, card.words), LONGEST),
        _month(card),
        table.number(*VALUES["classification"](card)),
        table.number(gist.area),
        table.number(gist.hazard),
        table.number(gist.site),
        table.numbers(gist.causes),
        table.numbers(gist.controls),
        gist.severity,
        gist.likelihood,
        in_one_line(" ".join(ref for _, ref in gist.links), card.words),
        card.origin,
        card.lang,
    ]
    while row and not row[-1]:
        row.pop()
    return row


def _month(card: Card) -> int:
    month = card.gist.month[len("2026-") :]
    return int(month) if card.month and month.isdecimal() else 0


def _filter(kind: _Kind, library: Library) -> Filter:
    dimension, values_of = BY_NAME[kind.name], VALUES[kind.name]
    numbers: Counter[str] = Counter()
    examples: dict[str, Card] = {}
    for card in library.cards:
        for value in values_of(card):
            if value and value != WITHHELD:
                numbers[value] += 1
                examples.setdefault(value, card)
    labels = {value: dimension.label_of(value, card) for value, card in examples.items()}
    return _worded(kind.name, kind.label, kind.any, _by_label(numbers, labels, library), library)


def _by_label(numbers: Mapping[str, int], labels: Mapping[str, str], library: Library) -> list[Choice]:
    choices = (
        Choice(value=value, label=in_one_line(labels[value], library.words), number=number)
        for value, number in numbers.items()
    )
    return sorted(choices, key=lambda choice: choice.label.casefold())


def _more_filters(library: Library) -> Iterator[Filter]:
    """Yield the register, how bad it could have been, each step with all that is worse, and the year."""
    words = library.words
    origins = Counter(card.origin for card in library.cards if card.origin)
    labels = {source.origin: source.origin_label for source in library.sources}
    yield _worded("origin", N_("Register"), N_("Every register"), _by_label(origins, labels, library), library)
    steps = Counter(card.gist.severity for card in library.cards if card.gist.severity)
    worse = [
        Choice(
            value=str(step),
            label=words.gettext(N_("%(meaning)s or worse"), meaning=spell_scale(step, SEVERITY, words)),
            number=sum(number for severity, number in steps.items() if severity >= step),
        )
        for step in range(len(SEVERITY), 1, -1)
    ]
    yield _worded("severity", N_("How bad it could have been"), N_("However bad"), _some(worse), library)
    years = Counter(card.year for card in library.cards if card.month)
    newest = sorted(years.items(), reverse=True)
    by_year = [Choice(value=year, label=year, number=number) for year, number in newest]
    yield _worded("year", N_("Year"), N_("Every year"), by_year, library)


def _some(choices: Iterable[Choice]) -> list[Choice]:
    return [choice for choice in choices if choice.number]


def _worded(name: str, label: str, any_: str, choices: Sequence[Choice], library: Library) -> Filter:
    words = library.words
    return Filter(name=name, label=words.gettext(label), any=words.gettext(any_), choices=tuple(choices))
