"""An export from a register to a file, a folder or a stream: what is gathered is given to the writer of its format."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from nearmiss.app.export_order import CSV, JSON_LINES, WORKBOOK, Plan, Shape, plan
from nearmiss.engine.exporting.columns import ABOUT, COLUMNS, explain, sheets
from nearmiss.engine.exporting.gathering import LeftOut, gather_records
from nearmiss.engine.exporting.lines import FORMAT, line_of, public_line_of
from nearmiss.engine.exporting.moment import find_moment
from nearmiss.engine.exporting.public import public_sheets, publication
from nearmiss.engine.exporting.rows import rows_of
from nearmiss.engine.indexing.making import known_values
from nearmiss.engine.looking.listing import require_known
from nearmiss.engine.moments import read_day
from nearmiss.store.outputs import new_file, new_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from nearmiss.app.export_order import Order
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.exporting.gathering import Exported
    from nearmiss.engine.exporting.rows import Cell

    Progress = Callable[[int, int], None]

FILTERS = ("states", "classification", "area", "site", "level", "owner", "text", "overdue")
"""What of the wish is told in the export itself."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """What was exported: how many records, of which commit, in which format; and what should be told.

    `left_out` are the ids of the records that cannot be read; `notes` say what the format could not hold.
    """

    records: int
    commit: str
    form: str
    left_out: tuple[str, ...]
    notes: tuple[str, ...]


class _Writer(Protocol):
    """Takes records one by one, and what there is to say about all of them at the end."""

    def write(self, record: Exported) -> None: ...

    def close(self, about: Iterable[tuple[str, str]]) -> tuple[str, ...]: ...

    def drop(self) -> None: ...


def export(desk: Desk, order: Order, *, stream: BinaryIO, progress: Progress | None = None) -> Done:
    """Carry out an export; what cannot be carried out as a whole leaves no file."""
    plan(order, sheets())  # what is asked for amiss is said before anything is looked at
    moment = find_moment(desk, as_of=order.as_of, at=order.at)
    require_known(order.wanted, known_values(moment.register.newest))
    since = read_day(order.since) if order.since else None
    shown = publication(desk, moment) if order.audience == "public" else None
    planned = plan(order, public_sheets(sheets(), shown.paths) if shown else sheets())
    records, left_out = 0, []
    with _writer(planned, order, stream) as writer:
        for one in gather_records(desk, moment, order.wanted, since=since, progress=progress):
            if isinstance(one, LeftOut):
                left_out.append(one.id)
                continue
            record = shown.of(one) if shown else one
            if record is not None:
                records += 1
                writer.write(record)
        told = [] if shown else left_out
        notes = writer.close(_about(order, commit=moment.commit, records=records, left_out=told))
    return Done(records=records, commit=moment.commit, form=planned.form, left_out=tuple(left_out), notes=notes)


def _about(order: Order, *, commit: str, records: int, left_out: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Say what an export holds, in words that are the same for the same order and the same commit."""
    yield "format", str(FORMAT)
    yield "commit", commit
    filters = {name: getattr(order.wanted, name) for name in FILTERS}
    for name, value in {"as of": order.as_of, "since": order.since, **filters}.items():
        if value:
            yield name, ", ".join(value) if isinstance(value, tuple) else str(value).lower()
    yield "records", str(records)
    if left_out:
        yield "left out, cannot be read", ", ".join(left_out)


@contextmanager
def _writer(planned: Plan, order: Order, stream: BinaryIO) -> Iterator[_Writer]:
    """Open what an export is written to; it is there when the block ends well, and not otherwise."""
    streams: dict[str, BinaryIO]
    with ExitStack() as stack:
        if planned.shape is Shape.FOLDER:
            assert order.output is not None  # noqa: S101 - only an output becomes a folder
            names = {sheet.name: f"{sheet.name}.csv" for sheet in planned.tables}
            folder = stack.enter_context(new_folder(order.output, existing=order.existing, ours=names.values()))
            streams = {name: stack.enter_context((folder / file).open("xb")) for name, file in names.items()}
        else:
            if order.output is not None:
                stream = stack.enter_context(new_file(order.output, existing=order.existing))
            streams = {sheet.name: stream for sheet in planned.tables}
        writer = _WRITERS[planned.form](planned, order, stream, streams)
        try:
            yield writer
        except BaseException:
            writer.drop()
            raise


class _Lines:
    """Writes JSON lines."""

    def __init__(self, stream: BinaryIO, spell: Callable[[Exported], bytes]) -> None:
        self._stream = stream
        self._spell = spell

    def write(self, record: Exported) -> None:
        self._stream.write(self._spell(record))

    def close(self, about: Iterable[tuple[str, str]]) -> tuple[str, ...]:
        del about  # each line says its own format
        return ()

    def drop(self) -> None:
        pass


class _Sheets(Protocol):
    """Takes rows, sheet by sheet."""

    def write(self, sheet: str, cells: Sequence[Cell]) -> None: ...

    def close(self) -> tuple[str, ...]: ...

    def drop(self) -> None: ...


class _Tables:
    """Writes sheets."""

    def __init__(self, planned: Plan, sheets: _Sheets) -> None:
        self._tables = planned.tables
        self._sheets = sheets

    def write(self, record: Exported) -> None:
        for sheet, row in rows_of(record, self._tables):
            self._sheets.write(sheet, row)

    def close(self, about: Iterable[tuple[str, str]]) -> tuple[str, ...]:
        if self._tables[-1] == ABOUT:
            for row in explain(self._tables):
                self._sheets.write(COLUMNS.name, row)
            for pair in about:
                self._sheets.write(ABOUT.name, pair)
        return self._sheets.close()

    def drop(self) -> None:
        self._sheets.drop()


def _open_lines(_planned: Plan, order: Order, stream: BinaryIO, _streams: Mapping[str, BinaryIO]) -> _Writer:
    return _Lines(stream, {"team": line_of, "public": public_line_of}[order.audience])


def _open_csv(planned: Plan, order: Order, _stream: BinaryIO, streams: Mapping[str, BinaryIO]) -> _Writer:
    from nearmiss.store.csv_files import CsvSheets

    return _Tables(planned, CsvSheets(streams, planned.tables, order.dialect))


def _open_workbook(planned: Plan, _order: Order, stream: BinaryIO, _streams: Mapping[str, BinaryIO]) -> _Writer:
    from nearmiss.store.workbooks import Workbook

    return _Tables(planned, Workbook(stream, planned.tables))


_WRITERS: Mapping[str, Callable[[Plan, Order, BinaryIO, Mapping[str, BinaryIO]], _Writer]] = {
    JSON_LINES: _open_lines,
    CSV: _open_csv,
    WORKBOOK: _open_workbook,
}
