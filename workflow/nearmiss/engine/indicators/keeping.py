"""Keeping: figures that were worked out once, as values that a memory can keep, and made again from them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from nearmiss.engine.indicators.figures import Counted, Figure, LeftOut, Row, Table
from nearmiss.engine.indicators.ground import Group, Period
from nearmiss.engine.indicators.public_comparison import PublicComparison, PublicLine
from nearmiss.engine.indicators.reckoning import Part, Reckoned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nearmiss.engine.memory import Index


def remembered(memory: Index | None, name: str, of: list[str], work_out: Callable[[], Reckoned]) -> Reckoned:
    """Return what is remembered under a name where it was worked out `of` the same; else work it out and remember it.

    There is one place for each name, so that figures of every day and every commit do not pile up.
    """
    key = f"indicators:{name}"
    kept = memory.get_many([key]).get(key) if memory is not None else None
    if kept is not None and kept["of"] == of:
        return revive(kept["figures"])
    reckoned = work_out()
    if memory is not None:
        memory.put_many({key: {"of": of, "figures": as_kept(reckoned)}})
    return reckoned


def as_kept(reckoned: Reckoned) -> dict[str, Any]:
    """Return figures as values that JSON can keep."""
    return {
        "day": reckoned.day.isoformat(),
        "commit": reckoned.commit,
        "first": reckoned.period.first.isoformat(),
        "factor": reckoned.factor,
        "records": reckoned.records,
        "figures": figures_as_kept(reckoned.figures),
        "tables": [_kept_table(table) for table in reckoned.tables],
        "parts": [
            [part.group.dimension, part.group.term, part.label, figures_as_kept(part.figures)]
            for part in reckoned.parts
        ],
        "left_out": dict(reckoned.left_out),
        "notes": list(reckoned.notes),
        "public": reckoned.is_public,
    }


def revive(kept: Mapping[str, Any]) -> Reckoned:
    """Make figures again from what was kept of them."""
    day = date.fromisoformat(kept["day"])
    return Reckoned(
        day=day,
        commit=kept["commit"],
        period=Period(first=date.fromisoformat(kept["first"]), last=day),
        factor=kept["factor"],
        records=kept["records"],
        figures=revive_figures(kept["figures"]),
        tables=tuple(_table(table) for table in kept["tables"]),
        parts=tuple(
            Part(group=Group(dimension=dimension, term=term), label=label, figures=revive_figures(figures))
            for dimension, term, label, figures in kept["parts"]
        ),
        left_out=kept["left_out"],
        notes=tuple(kept["notes"]),
        is_public=kept["public"],
    )


def figures_as_kept(figures: Mapping[str, Figure]) -> dict[str, list[Any]]:
    """Return single figures, by any names, as values that JSON can keep."""
    return {
        name: [
            figure.value,
            figure.why_not,
            figure.numerator,
            figure.denominator,
            figure.is_suppressed,
            [[one.record, one.above, one.below, one.days] for one in figure.counted],
            [[one.reason, list(one.records)] for one in figure.left_out],
        ]
        for name, figure in figures.items()
    }


def revive_figures(kept: Mapping[str, list[Any]]) -> dict[str, Figure]:
    """Make single figures again from what was kept of them."""
    return {
        name: Figure(
            value=value,
            why_not=why_not,
            numerator=numerator,
            denominator=denominator,
            is_suppressed=is_suppressed,
            counted=tuple(
                Counted(record=record, above=above, below=below, days=days) for record, above, below, days in counted
            ),
            left_out=tuple(LeftOut(reason=reason, records=tuple(records)) for reason, records in left_out),
        )
        for name, (value, why_not, numerator, denominator, is_suppressed, counted, left_out) in kept.items()
    }


def _kept_table(table: Table) -> list[Any]:
    rows = [[row.key, row.label, row.number, row.share, row.so_far, list(row.records), row.shown] for row in table.rows]
    return [table.name, table.label, table.definition, table.counts, table.cumulative, rows]


def _table(kept: list[Any]) -> Table:
    name, label, definition, counts, cumulative, rows = kept
    made = tuple(
        Row(key=key, label=words, number=number, share=share, so_far=so_far, records=tuple(records), shown=shown)
        for key, words, number, share, so_far, records, shown in rows
    )
    return Table(name=name, label=label, definition=definition, counts=counts, cumulative=cumulative, rows=made)


def comparison_as_kept(compared: PublicComparison | None) -> dict[str, Any] | None:
    """Return a comparison as values that JSON can keep."""
    if compared is None:
        return None
    lines = [
        [
            line.name,
            figures_as_kept({"then": line.then, "restated": line.restated, "now": line.now}),
            [line.is_restated, line.records, line.is_by_few, list(line.ways)],
        ]
        for line in compared.lines
    ]
    return {"day": compared.day.isoformat(), "commit": compared.commit, "lines": lines}


def revive_comparison(kept: Mapping[str, Any] | None) -> PublicComparison | None:
    """Make a comparison again from what was kept of it."""
    if kept is None:
        return None
    lines = tuple(_line(name, revive_figures(figures), others) for name, figures, others in kept["lines"])
    return PublicComparison(day=date.fromisoformat(kept["day"]), commit=kept["commit"], lines=lines)


def _line(name: str, figures: Mapping[str, Figure], others: list[Any]) -> PublicLine:
    is_restated, records, is_by_few, ways = others
    return PublicLine(
        name=name,
        then=figures["then"],
        restated=figures["restated"],
        now=figures["now"],
        is_restated=is_restated,
        records=records,
        is_by_few=is_by_few,
        ways=tuple(ways),
    )
