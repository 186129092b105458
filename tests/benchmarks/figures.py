"""The figures: each command against its floor from the same run, with the goal, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.timing import Times


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the table: what was measured, against what, and how many times the floor it may take (0: no goal).

    `most_kib` is how much memory it may take, where that is a goal.
    """

    name: str
    at: str
    times: Times
    floor: str
    floor_seconds: float
    goal: float = 0.0
    most_kib: int = 0

    @property
    def ratio(self) -> float:
        """How many times as long as its floor it took, fastest run against fastest run."""
        return self.times.least / self.floor_seconds

    @property
    def is_met(self) -> bool:
        """Whether it is within its goal."""
        return (not self.goal or self.ratio <= self.goal) and self.is_small_enough

    @property
    def is_small_enough(self) -> bool:
        """Whether it took no more memory than it may."""
        return not self.most_kib or self.times.peak <= self.most_kib

    def as_data(self) -> dict[str, Any]:
        """Return the figure as JSON has it; times in seconds, memory in KiB."""
        return {
            "name": self.name,
            "at": self.at,
            "seconds": round(self.times.least, 5),
            "median_seconds": round(self.times.median, 5),
            "runs": len(self.times.seconds),
            "peak_kib": self.times.peak,
            "most_kib": self.most_kib or None,
            "floor": self.floor,
            "floor_seconds": round(self.floor_seconds, 5),
            "ratio": round(self.ratio, 4),
            "goal": self.goal or None,
            "met": self.is_met,
        }


def as_data(figures: Iterable[Figure], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return a whole run as JSON has it."""
    found = list(figures)
    return {**facts, "met": all(figure.is_met for figure in found), "figures": [figure.as_data() for figure in found]}


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as a Markdown table."""
    rows: list[Sequence[str]] = [["command", "at", "time", "floor", "floor's time", "ratio", "goal", "peak"]]
    rows += [_row(figure) for figure in figures]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [f"| {' | '.join(cell.ljust(size) for cell, size in zip(row, widths, strict=True))} |" for row in rows]
    return "\n".join([lines[0], f"|{'|'.join('-' * (size + 2) for size in widths)}|", *lines[1:]])


def _row(figure: Figure) -> Sequence[str]:
    missed = " MISSED" if figure.goal and figure.ratio > figure.goal else ""
    too_much = "" if figure.is_small_enough else " MISSED"
    most = f" ≤ {figure.most_kib / 1024:.0f}{too_much}" if figure.most_kib else ""
    return [
        figure.name,
        figure.at,
        _seconds(figure.times.least),
        figure.floor,
        _seconds(figure.floor_seconds),
        _times(figure.ratio),
        f"≤ {_times(figure.goal)}{missed}" if figure.goal else "–",
        f"{figure.times.peak / 1024:.0f} MiB{most}",
    ]


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _times(ratio: float) -> str:
    return f"1/{1 / ratio:.0f}" if ratio < 0.1 else f"{ratio:.2f}"
