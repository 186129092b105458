"""`nearmiss indicators`: the team's figures, each with its definition and what it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nearmiss.cli.options import json_option
from nearmiss.cli.output.gauge import Gauge
from nearmiss.cli.voice import emit, heading, paragraph, say, table

if TYPE_CHECKING:
    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.indicators.comparing import Compared, Line
    from nearmiss.engine.indicators.definition import Indicator
    from nearmiss.engine.indicators.figures import Figure, Table
    from nearmiss.engine.indicators.reckoning import Reckoned

DIMENSIONS = ("site", "area", "classification")


@click.command("indicators", short_help="Work out the team's figures.")
@click.option("--as-of", default="", metavar="DATE", help="As of the end of this day, from what was on main then.")
@click.option("--from", "since", default="", metavar="DATE", help="Begin here; usual are this month and eleven before.")
@click.option("--by", type=click.Choice(DIMENSIONS), metavar="WHAT", help=f"{', '.join(DIMENSIONS)}.")
@click.option("--compare", default="", metavar="DATE", help="Tell what is known now of the figures of that day.")
@click.option("--records", "with_records", is_flag=True, help="Name the records that count.")
@click.option("--public", is_flag=True, help="Only what all staff see: no small number, no restricted class.")
@json_option
@click.pass_obj
def command(
    surroundings: Surroundings,
    /,
    *,
    as_of: str,
    since: str,
    by: str | None,
    compare: str,
    with_records: bool,
    public: bool,
    as_json: bool,
) -> None:
    """Work out the team's figures from the main branch, each with its definition and what it is made of.

    The same day gives the same figures, whatever came later.

    Example: nearmiss indicators --by area
    """
    from nearmiss.engine.indicators.use_case import Asked, work_out

    asked = Asked(as_of=as_of, since=since, by=by or "", compare=compare, view="public" if public else "team")
    with Gauge("Reading records") as gauge:
        answer = work_out(surroundings.desk(), asked, progress=gauge)
    if as_json:
        from nearmiss.cli.output.figures import answer_as_data

        emit(answer_as_data(answer))
    elif answer.compared is not None:
        _tell_compared(answer.reckoned, answer.compared)
    else:
        _tell(answer.reckoned, with_records=with_records and not public)


def _tell(reckoned: Reckoned, *, with_records: bool) -> None:
    _tell_head(reckoned)
    for family, indicators in _families().items():
        heading(family)
        for indicator in indicators:
            _tell_indicator(indicator, reckoned, with_records=with_records)
    for each in reckoned.tables:
        _tell_table(each)
    if reckoned.is_public:
        say("")
        say(paragraph("Restricted classes are not counted here, and what is of fewer than five reports is not shown."))


def _tell_head(reckoned: Reckoned) -> None:
    count = "" if reckoned.is_public else f", {reckoned.records} {'record' if reckoned.records == 1 else 'records'}"
    say(f"Figures as of {reckoned.day}, from commit {reckoned.commit[:12]}{count}.")
    say(f"The period is {reckoned.period.first} to {reckoned.period.last}.")
    for note in reckoned.notes:
        say(paragraph(note))
    for record, reason in reckoned.left_out.items():
        say(f"Left out of all figures: {record}, {reason}.")


def _families() -> dict[str, list[Indicator]]:
    from nearmiss.engine.indicators.catalogue import INDICATORS
    from nearmiss.engine.indicators.definition import FAMILIES

    return {label: [one for one in INDICATORS if one.family == family] for family, label in FAMILIES.items()}


def _tell_indicator(indicator: Indicator, reckoned: Reckoned, *, with_records: bool) -> None:
    from nearmiss.engine.indicators.spelling import spell_value

    figure = reckoned.figures[indicator.name]
    value = spell_value(indicator, figure, factor=reckoned.factor)
    say("")
    say((f"  {indicator.label}: ", "bold"), value, f" – {figure.why_not}" if figure.value is None else "")
    for line in _what_it_is_made_of(indicator, figure, with_records=with_records):
        say(paragraph(line, indent=4))
    say(paragraph(indicator.definition, indent=4))
    if reckoned.parts and indicator.name in reckoned.parts[0].figures:
        _tell_parts(indicator, reckoned)


def _what_it_is_made_of(indicator: Indicator, figure: Figure, *, with_records: bool) -> list[str]:
    from nearmiss.engine.indicators.spelling import spell_left_out, spell_parts

    parts = spell_parts(indicator, figure)
    lines = [f"= {parts}"] if parts else []
    for left_out in figure.left_out:
        named = f" ({', '.join(left_out.records)})" if with_records else ""
        lines.append(f"{spell_left_out(left_out)}{named}")
    if with_records and figure.records:
        lines.append(f"Counted: {', '.join(figure.records)}")
        if figure.records_above and figure.records_above != figure.records:
            lines.append(f"Above the line: {', '.join(figure.records_above)}")
    return lines


def _tell_parts(indicator: Indicator, reckoned: Reckoned) -> None:
    from nearmiss.engine.indicators.spelling import spell_parts, spell_value

    for part in reckoned.parts:
        figure = part.figures[indicator.name]
        made_of = spell_parts(indicator, figure) or ("" if figure.is_suppressed else figure.why_not)
        value = spell_value(indicator, figure, factor=reckoned.factor)
        say(f"    {part.label}: {value}{f'  ({made_of})' if made_of else ''}")


def _tell_table(shown: Table) -> None:
    from nearmiss.engine.indicators.spelling import spell_number

    heading(shown.label)
    say(paragraph(shown.definition))
    if not shown.rows or not (shown.total or any(row.shown for row in shown.rows)):
        say("There are none.")
        return
    headers = ["", "Number", "Share", *(["So far"] if shown.cumulative else [])]
    rows = []
    for row in shown.rows:
        shares = [row.share, *([row.so_far] if shown.cumulative else [])]
        rows.append(
            [
                row.label,
                row.shown or row.number,
                *("" if share is None else f"{spell_number(share)} %" for share in shares),
            ]
        )
    table(headers, rows)


def _tell_compared(reckoned: Reckoned, compared: Compared) -> None:
    day = compared.day
    say(
        f"The figures of {compared.period.first} to {day}, as commit {compared.commit[:12]} knew them at the end of it,"
    )
    say(f"and as commit {reckoned.commit[:12]} knows them as of {reckoned.day}; then those of today's period,")
    say(f"{reckoned.period.first} to {reckoned.period.last}.")
    for note in reckoned.notes:
        say(paragraph(note))
    lines = {line.name: line for line in compared.lines}
    for family, indicators in _families().items():
        heading(family)
        table(
            ["", "Known then", "Known now", "By now", "Restated by"],
            [_row(one, lines[one.name], reckoned) for one in indicators],
        )
    _tell_why(lines)


def _row(indicator: Indicator, line: Line, reckoned: Reckoned) -> list[str]:
    from nearmiss.engine.indicators.spelling import spell_value

    values = [spell_value(indicator, figure, factor=reckoned.factor) for figure in (line.then, line.restated, line.now)]
    count = len(line.causes)
    return [indicator.label, *values, (f"{count} {'cause' if count == 1 else 'causes'}, below" if count else "")]


def _tell_why(lines: dict[str, Line]) -> None:
    heading("What restated the past")
    restated = [line for line in lines.values() if line.is_restated]
    if not restated:
        say("Nothing: every figure of that day is what it was.")
    labels = {one.name: one.label for indicators in _families().values() for one in indicators}
    found: dict[tuple[str, str], list[str]] = {}
    for line in restated:
        for cause in line.causes:
            found.setdefault((cause.record, cause.how), []).append(labels[line.name])
    for (record, how), names in found.items():
        say(paragraph(f"{record + ': ' if record else ''}{how}"))
        say(paragraph(f"changes: {'; '.join(names)}", indent=4))
