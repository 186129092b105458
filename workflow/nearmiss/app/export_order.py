"""The order for an export: what a person asked for, made into a format, a place and sheets, or refused at once."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nearmiss.engine.exporting.columns import ABOUT, COLUMNS, RECORDS_SHEET
from nearmiss.engine.looking.listing import Wanted
from nearmiss.errors import UsageError
from nearmiss.store.csv_files import Dialect
from nearmiss.store.outputs import Existing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nearmiss.engine.exporting.columns import Sheet

JSON_LINES, CSV, WORKBOOK = "jsonl", "csv", "xlsx"
FORMATS = (CSV, JSON_LINES, WORKBOOK)
SUFFIXES = {".jsonl": JSON_LINES, ".ndjson": JSON_LINES, ".csv": CSV, ".xlsx": WORKBOOK}


class UnknownFormatError(UsageError):
    """Neither the name of the output nor an option says in which format it is to be."""

    def __init__(self, output: Path) -> None:
        super().__init__(
            f"{output} does not say in which format it should be.",
            hint="Name it .jsonl, .csv or .xlsx, or say --format; a folder of CSV files: --format csv.",
        )


class FormatDiffersError(UsageError):
    """The name of the output says another format than the option."""

    def __init__(self, output: Path, form: str) -> None:
        super().__init__(f"{output} is not a name for {form}.", hint="Leave --format out, or choose another name.")


class NeedsFileError(UsageError):
    """A workbook cannot be printed."""

    def __init__(self) -> None:
        super().__init__("A workbook needs a file.", hint="Say where to: --output near-misses.xlsx")


class OptionUnfitError(UsageError):
    """An option means nothing in the format or the place that was chosen."""

    def __init__(self, option: str, where: str) -> None:
        super().__init__(f"{option} means something only for {where}.", hint="Leave it out, or choose that.")


class UnknownNameError(UsageError):
    """A column or a sheet was asked for that there is not."""

    def __init__(self, what: str, name: str, known: Sequence[str]) -> None:
        close = difflib.get_close_matches(name, known, n=3)
        hint = f"Did you mean {', '.join(close)}?" if close else f"There are: {', '.join(known)}."
        super().__init__(f"There is no {what} {name}.", hint=hint)


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is asked for: which records, as of when, in which form and where to (`output` None: printed).

    `sheet` is the one that is written where only one can be; `columns` are some of it, or of the records' sheet.
    """

    output: Path | None = None
    form: str = ""
    existing: Existing = "refuse"
    wanted: Wanted = field(default_factory=Wanted)
    since: str = ""
    as_of: str = ""
    at: str = ""
    sheet: str = ""
    columns: tuple[str, ...] = ()
    dialect: Dialect = field(default_factory=Dialect)
    audience: Literal["team", "public"] = "team"


class Shape(Enum):
    """What an export becomes."""

    STREAM = "a stream"
    FILE = "a file"
    FOLDER = "a folder"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How an order is carried out. `tables` are the sheets that are written; those of the records come first."""

    form: str
    shape: Shape
    tables: tuple[Sheet, ...] = ()


def plan(order: Order, known: tuple[Sheet, ...]) -> Plan:
    """Make a plan of an order, out of the sheets that there are; raises one of the errors above."""
    form = _form(order)
    shape = _shape(order, form)
    one = form == CSV and shape is not Shape.FOLDER
    if order.sheet and not one:
        raise OptionUnfitError("--sheet", "one CSV file, which holds one sheet")
    if order.audience == "public" and (order.as_of or order.at):
        raise OptionUnfitError("--public", "the register as it is: what may be shown is decided today")
    if order.dialect != Dialect() and form != CSV:
        raise OptionUnfitError("--raw or --bom", "CSV")
    if form == JSON_LINES:
        if order.columns:
            raise OptionUnfitError("--columns", "CSV and workbooks")
        return Plan(form=form, shape=shape)
    return Plan(form=form, shape=shape, tables=_tables(order, known, one=one))


def _form(order: Order) -> str:
    said = order.form
    if order.output is None:
        if said == WORKBOOK:
            raise NeedsFileError
        return said or JSON_LINES
    named = SUFFIXES.get(order.output.suffix.lower(), "")
    if said and named and said != named:
        raise FormatDiffersError(order.output, said)
    if not said and not named:
        raise UnknownFormatError(order.output)
    return said or named


def _shape(order: Order, form: str) -> Shape:
    if order.output is None:
        return Shape.STREAM
    is_file = form != CSV or order.output.suffix.lower() in SUFFIXES
    return Shape.FILE if is_file and not (form == CSV and order.output.is_dir()) else Shape.FOLDER


def _tables(order: Order, known: tuple[Sheet, ...], *, one: bool) -> tuple[Sheet, ...]:
    """Return the sheets that are written, the first of them with the columns that are wanted."""
    if one:
        names = [sheet.name for sheet in known]
        name = order.sheet or RECORDS_SHEET
        if name not in names:
            raise UnknownNameError("sheet", name, names)
        return (_with_columns(known[names.index(name)], order.columns),)
    return (_with_columns(known[0], order.columns), *known[1:], COLUMNS, ABOUT)


def _with_columns(sheet: Sheet, wanted: Sequence[str]) -> Sheet:
    if not wanted:
        return sheet
    known = {column.name: column for column in sheet.header}
    for name in wanted:
        if name not in known:
            raise UnknownNameError("column", name, list(known))
    return replace(sheet, header=tuple(known[name] for name in dict.fromkeys(wanted)))
