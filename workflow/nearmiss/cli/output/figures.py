"""Figures for programs: indicators, tables, parts and comparisons as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.engine.indicators.catalogue import INDICATORS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.engine.indicators.comparing import Compared
    from nearmiss.engine.indicators.figures import Figure, Table
    from nearmiss.engine.indicators.ground import Period
    from nearmiss.engine.indicators.reckoning import Reckoned
    from nearmiss.engine.indicators.use_case import Answer


def answer_as_data(answer: Answer) -> dict[str, Any]:
    """Return figures as JSON has them: ok, as_of, commit, from, factor, records, indicators, tables, and the rest.

    An indicator has name, label, family, unit, definition, value (null where there is none, with why_not), numerator
    and denominator with numerator_is and denominator_is, records, records_above (ids) and left_out (reason, records).
    With --by there is parts; with --compare, compared. With --public no record is named.
    """
    reckoned = answer.reckoned
    data = _head(reckoned) | {
        "indicators": [
            {
                "name": one.name,
                "label": one.label,
                "family": one.family,
                "unit": one.unit,
                "definition": one.definition,
                "numerator_is": one.above,
                "denominator_is": one.below,
                **figure_as_data(reckoned.figures[one.name], is_public=reckoned.is_public),
            }
            for one in INDICATORS
        ],
        "tables": [_table_as_data(table) for table in reckoned.tables],
    }
    if reckoned.parts:
        data["parts"] = [
            {
                "by": part.group.dimension,
                "term": part.group.term,
                "label": part.label,
                "indicators": {
                    name: figure_as_data(figure, is_public=reckoned.is_public) for name, figure in part.figures.items()
                },
            }
            for part in reckoned.parts
        ]
    return data | ({"compared": _compared_as_data(answer.compared)} if answer.compared else {})


def _head(reckoned: Reckoned) -> dict[str, Any]:
    shared = {
        "ok": True,
        "as_of": reckoned.day.isoformat(),
        "commit": reckoned.commit,
        **_period_as_data(reckoned.period),
        "indicator_factor": reckoned.factor,
        "public": reckoned.is_public,
        "notes": list(reckoned.notes),
    }
    return shared if reckoned.is_public else shared | {"records": reckoned.records, "left_out": dict(reckoned.left_out)}


def _period_as_data(period: Period) -> dict[str, str]:
    return {"from": period.first.isoformat(), "until": period.last.isoformat()}


def figure_as_data(figure: Figure, *, is_public: bool) -> dict[str, Any]:
    """Return one figure; in public without the ids of records."""
    data: dict[str, Any] = {
        "value": figure.value,
        "why_not": figure.why_not,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
    }
    if is_public:
        return data | {"suppressed": figure.is_suppressed}
    return data | {
        "records": list(figure.records),
        "records_above": list(figure.records_above),
        "left_out": [{"reason": one.reason, "records": list(one.records)} for one in figure.left_out],
    }


def _table_as_data(table: Table) -> Mapping[str, Any]:
    rows = []
    for row in table.rows:
        data: dict[str, Any] = {"key": row.key, "label": row.label, "number": None if row.shown else row.number}
        data |= {"share": row.share} | ({"cumulative": row.so_far} if table.cumulative else {})
        rows.append(data | ({"suppressed": row.shown} if row.shown else {"records": list(row.records)}))
    return {
        "name": table.name,
        "label": table.label,
        "definition": table.definition,
        "counts": table.counts,
        "rows": rows,
    }


def _compared_as_data(compared: Compared) -> dict[str, Any]:
    return {
        "as_of": compared.day.isoformat(),
        "commit": compared.commit,
        **_period_as_data(compared.period),
        "indicators": [
            {
                "name": line.name,
                "then": figure_as_data(line.then, is_public=False),
                "restated": figure_as_data(line.restated, is_public=False),
                "now": figure_as_data(line.now, is_public=False),
                "is_restated": line.is_restated,
                "because": [{"record": cause.record, "how": cause.how} for cause in line.causes],
            }
            for line in compared.lines
        ],
    }
