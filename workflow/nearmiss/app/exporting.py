"""An export from a register to a file, a folder or a stream: what is gathered is given to the writer of its format."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from nearmiss.engine.exporting.gathering import LeftOut, gather_records
from nearmiss.engine.exporting.lines import line_of
from nearmiss.engine.exporting.moment import find_moment
from nearmiss.engine.moments import read_day
from nearmiss.engine.listing import Wanted, require_known
from nearmiss.store.outputs import Existing, new_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.exporting.gathering import Exported

    Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be exported, as of when, in which form and where to (None: to the stream)."""

    format: str
    output: Path | None = None
    existing: Existing = "refuse"
    wanted: Wanted = field(default_factory=Wanted)
    since: str = ""
    as_of: str = ""
    at: str = ""


@dataclass(frozen=True, kw_only=True)
class Done:
    """What was exported: how many records, from which commit, and the ids of those that cannot be read."""

    records: int
    commit: str
    left_out: tuple[str, ...]


def export(desk: Desk, order: Order, *, stream: BinaryIO, progress: Progress | None = None) -> Done:
    """Carry out an export; what cannot be carried out as a whole writes no file."""
    moment = find_moment(desk, as_of=order.as_of, at=order.at)
    require_known(order.wanted, moment.register.newest)
    since = read_day(order.since) if order.since else None
    tally = _Tally()
    records = tally.of(gather_records(desk, moment, order.wanted, since=since, progress=progress))
    if order.output is None:
        _write_lines(records, stream)
    else:
        with new_file(order.output, existing=order.existing) as file:
            _write_lines(records, file)
    return Done(records=tally.records, commit=moment.commit, left_out=tuple(tally.left_out))


class _Tally:
    """Counts what goes by."""

    def __init__(self) -> None:
        self.records = 0
        self.left_out: list[str] = []

    def of(self, gathered: Iterable[Exported | LeftOut]) -> Iterable[Exported]:
        for one in gathered:
            if isinstance(one, LeftOut):
                self.left_out.append(one.id)
            else:
                self.records += 1
                yield one


def _write_lines(records: Iterable[Exported], stream: BinaryIO) -> None:
    stream.writelines(line_of(record) for record in records)
