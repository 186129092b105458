"""An export from a register to a file, a folder or a stream: what is gathered is given to the writer of its format."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from nearmiss.engine.exporting.gathering import gather_records
from nearmiss.engine.exporting.moment import find_moment, read_day
from nearmiss.engine.listing import Wanted, require_known
from nearmiss.errors import UsageError
from nearmiss.store.csv_files import Dialect
from nearmiss.store.outputs import Existing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nearmiss.engine.desk import Desk

    Progress = Callable[[int, int], None]

JSON_LINES, CSV, WORKBOOK = "jsonl", "csv", "xlsx"
SUFFIXES = {".jsonl": JSON_LINES, ".ndjson": JSON_LINES, ".csv": CSV, ".xlsx": WORKBOOK}
FORMATS = (CSV, JSON_LINES, WORKBOOK)


class UnknownFormatError(UsageError):
    """Neither the name of the output nor an option says in which format it is."""

    def __init__(self, output: Path) -> None:
        super().__init__(
            f"{output} does not say in which format it should be.",
            hint="Name it .jsonl, .csv or .xlsx, or say --format; a folder of CSV files: --format csv.",
        )


class FormatDiffersError(UsageError):
    """The name of the output says another format than the option."""

    def __init__(self, output: Path, form: str) -> None:
        super().__init__(f"{output} is not the name of a file in the format {form}.", hint="Leave --format out.")


class NeedsFileError(UsageError):
    """A workbook cannot be printed."""

    def __init__(self) -> None:
        super().__init__("A workbook needs a file.", hint="Say where to: --output near-misses.xlsx")


class NotForThisFormatError(UsageError):
    """An option means nothing in the format or the output that was chosen."""

    def __init__(self, option: str, where: str) -> None:
        super().__init__(f"{option} means something only {where}.", hint="Leave it out, or choose that.")


class UnknownNameError(UsageError):
    """A column or a sheet was asked for that there is not."""

    def __init__(self, what: str, name: str, known: Sequence[str]) -> None:
        close = difflib.get_close_matches(name, known, n=3)
        hint = f"Did you mean {', '.join(close)}?" if close else f"There are: {', '.join(known)}."
        super().__init__(f"There is no {what} {name}.", hint=hint)


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be exported, as of when, in which form and where to.

    `output` None is the stream. `columns` are those of the records' sheet, or of the one sheet that is written.
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


@dataclass(frozen=True, kw_only=True)
class Done:
    """What was exported: how many records, from which commit, in which format; and what should be told.

    `left_out` are the ids of the records that cannot be read; `notes` say what the format could not hold.
    """

    records: int
    commit: str
    form: str
    left_out: tuple[str, ...]
    notes: tuple[str, ...]


def export(desk: Desk, order: Order, *, stream: BinaryIO, progress: Progress | None = None) -> Done:
    """Carry out an export; what cannot be carried out as a whole writes no file."""
    plan = _plan(order)
    moment = find_moment(desk, as_of=order.as_of, at=order.at)
    require_known(order.wanted, moment.register.newest)
    since = read_day(order.since) if order.since else None
    tally = _Tally()
    records = tally.of(gather_records(desk, moment, order.wanted, since=since, progress=progress))
    with plan.open(order, stream) as writer:
        for record in records:
            writer.write(record)
        notes = writer.close(_about(order, moment, tally))
    return Done(
        records=tally.records, commit=moment.commit, form=plan.form, left_out=tuple(tally.left_out), notes=notes
    )
