"""What all staff may see of the figures: no restricted class, and no number that could point at a person."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nearmiss.engine.indicators.figures import Figure, Table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from nearmiss.engine.indicators.reading import Known
    from nearmiss.engine.indicators.reckoning import Part, Reckoned

LEAST_SHOWN = 5
"""A number of reports below this could point at a person."""
SMALL = f"fewer than {LEAST_SHOWN}"
NOT_SHOWN = "not shown"
WHY = f"it would be of fewer than {LEAST_SHOWN} reports, or give a number of so few away"
WITHIN = {"near_misses": "reports"}
"""Numbers that are part of another one: what is left of that one must not be small either."""


def without_restricted(known: Known) -> Known:
    """Return what is known without the records of restricted classes: those are not even counted in public."""
    facts = {id_: one for id_, one in known.facts.items() if one.classification not in known.restricted}
    return replace(known, facts=facts)


def publish(reckoned: Reckoned) -> Reckoned:
    """Return the figures as all staff may see them.

    A figure that counts fewer than five reports, or that tells fewer than five from the rest, is not shown; nor is one
    from which such a number could be had by taking others away (complementary suppression). No record is named.
    """
    figures = {name: _public(figure, _whole(name, reckoned.figures)) for name, figure in reckoned.figures.items()}
    hidden = {name: _hidden_parts(name, reckoned.parts) for name in figures}
    parts = tuple(
        replace(
            part,
            figures={
                name: suppressed() if part.group.term in hidden[name] else _public(figure, _whole(name, part.figures))
                for name, figure in part.figures.items()
            },
        )
        for part in reckoned.parts
    )
    tables = tuple(_public_table(table) for table in reckoned.tables)
    return replace(reckoned, figures=figures, parts=parts, tables=tables, left_out={}, records=0, is_public=True)


def suppressed() -> Figure:
    """Return a figure that is not shown."""
    return Figure(value=None, why_not=WHY, is_suppressed=True)


def _whole(name: str, figures: Mapping[str, Figure]) -> Collection[str]:
    """Return the records of the number that a figure is part of."""
    return figures[WITHIN[name]].records if name in WITHIN else ()


def _is_small(records: Collection[str]) -> bool:
    """Say whether there are a few: none at all points at nobody."""
    return 0 < len(records) < LEAST_SHOWN


def _may_be_shown(figures: Iterable[Figure], whole: Collection[str]) -> bool:
    """Say whether the records of some figures together are enough, above the line, below it, and beside it."""
    figures = tuple(figures)
    counted = {record for figure in figures for record in figure.records}
    above = {record for figure in figures for record in figure.records_above}
    aside = set(whole) - counted
    if any(one.days is not None for figure in figures for one in figure.counted):
        return not _is_small(counted) and not _is_small(aside)
    return not any(map(_is_small, (counted, above, counted - above, aside)))


def _public(figure: Figure, whole: Collection[str]) -> Figure:
    if not _may_be_shown([figure], whole):
        return suppressed()
    left_out = {record for reason in figure.left_out for record in reason.records}
    shown = replace(figure, counted=(), left_out=())
    # What is left out is the rest of a number that is shown elsewhere.
    return replace(shown, numerator=None, denominator=None) if _is_small(left_out) else shown


def _hidden_parts(name: str, parts: Sequence[Part]) -> frozenset[str]:
    """Return the terms whose part of a figure is hidden: the small ones, and so many more that these stay unknown.

    The whole is shown, so what is hidden can be had together by taking the other parts away; together it must be
    something that may be shown.
    """
    present = {part.group.term: part.figures for part in parts if name in part.figures}
    order = sorted(present, key=lambda term: (len(present[term][name].records), term))
    hidden = {term for term in order if not _may_be_shown([present[term][name]], _whole(name, present[term]))}
    for term in order:
        together = [present[each][name] for each in hidden]
        whole = {record for each in hidden for record in _whole(name, present[each])}
        if not hidden or (_may_be_shown(together, whole) and _is_enough(together)):
            break
        hidden.add(term)
    return frozenset(hidden)


def _is_enough(figures: Iterable[Figure]) -> bool:
    return len({record for figure in figures for record in figure.records}) >= LEAST_SHOWN


def suppress(numbers: Mapping[str, int]) -> dict[str, str]:
    """Return what stands in place of numbers that add up to a known total, by the names of those that are hidden.

    Each below five is, none at all too; where the hidden ones together are still below five, so is the next larger.
    """
    hidden = {name for name, number in numbers.items() if number < LEAST_SHOWN}
    for name, _ in sorted(numbers.items(), key=lambda item: (item[1], item[0])):
        if not hidden or sum(numbers[each] for each in hidden) >= LEAST_SHOWN:
            break
        hidden.add(name)
    return {name: SMALL if numbers[name] < LEAST_SHOWN else NOT_SHOWN for name in numbers if name in hidden}


def _public_table(table: Table) -> Table:
    hidden = suppress({row.key: min(row.number, len(row.records)) for row in table.rows})
    rows, is_whole = [], True
    for row in table.rows:
        is_whole = is_whole and row.key not in hidden
        so_far = row.so_far if is_whole else None
        if row.key in hidden:
            rows.append(replace(row, number=0, share=None, so_far=None, records=(), shown=hidden[row.key]))
        else:
            rows.append(replace(row, so_far=so_far, records=()))
    return replace(table, rows=tuple(rows))
