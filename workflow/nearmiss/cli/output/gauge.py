"""A gauge for work that takes more than a second: it shows on a terminal only, and leaves nothing behind."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types import TracebackType

PATIENCE = 1.0
"""Seconds of work before a person wants to see that something moves."""


class Gauge:
    """Shows how far a piece of work has come; a call tells how many of how many are done."""

    def __init__(self, words: str, *, patience: float = PATIENCE) -> None:
        self._words = words
        self._timer = threading.Timer(patience, self._show)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._bar: Any = None
        self._ended = False
        self._done: tuple[int, int | None] = (0, None)

    def __enter__(self) -> Self:
        """Begin to wait."""
        if sys.stderr.isatty():
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self._timer.cancel()
        with self._lock:
            self._ended = True
            if self._bar is not None:
                self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        """Tell how many of how many are done."""
        self._done = (done, total)
        if self._bar is not None:
            self._bar.update(0, completed=done, total=total)

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        with self._lock:
            if self._ended:
                return
            columns = (TextColumn(self._words), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            bar = Progress(*columns, console=Console(stderr=True), transient=True)
            bar.add_task(self._words, completed=self._done[0], total=self._done[1])
            bar.start()
            self._bar = bar
