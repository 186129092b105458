"""One thread that writes to one SQLite file, and puts on the disk together what several wanted written meanwhile."""

from __future__ import annotations

import sqlite3
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    Job = Callable[[sqlite3.Connection], Any]
    Ordered = tuple[Job, Future[Any]]

Result = TypeVar("Result")

MOST_TOGETHER = 256
"""Jobs of one transaction: waiting for the disk takes as long for one as for all of them."""


class GroupWriter:
    """Runs jobs one after the other and answers each when the transaction that it was part of is on the disk.

    A job that fails is undone alone; where the transaction fails, all of its jobs have failed, and know it.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._jobs: SimpleQueue[Ordered | None] = SimpleQueue()
        self._starting = Lock()
        self._thread: Thread | None = None

    def run(self, job: Callable[[sqlite3.Connection], Result]) -> Result:
        """Return what a job gave, once that is on the disk; raises what it raised."""
        answer: Future[Result] = Future()
        with self._starting:
            if self._thread is None:
                self._thread = Thread(target=self._work, name="intake-writer", daemon=True)
                self._thread.start()
        self._jobs.put((job, answer))
        return answer.result()

    def close(self) -> None:
        """Let what was asked for be done, and end."""
        with self._starting:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._jobs.put(None)
            thread.join()

    def _work(self) -> None:
        connection: sqlite3.Connection | None = None
        try:
            while (first := self._jobs.get()) is not None:
                together, is_last = [first, *self._waiting()], False
                if together[-1] is None:
                    is_last = True
                orders = [order for order in together if order is not None]
                try:
                    connection = connection or self._connect()
                except Exception as error:  # noqa: BLE001 - whoever asked is told, whatever it was
                    _fail(orders, error)
                else:
                    _run_together(connection, orders)
                if is_last:
                    return
        finally:
            if connection is not None:
                connection.close()

    def _waiting(self) -> list[Ordered | None]:
        """Return what else is asked for already; nothing that comes after the word to end."""
        found: list[Ordered | None] = []
        while len(found) < MOST_TOGETHER - 1 and (not found or found[-1] is not None):
            try:
                found.append(self._jobs.get_nowait())
            except Empty:
                break
        return found


def _run_together(connection: sqlite3.Connection, orders: list[Ordered]) -> None:
    outcomes: list[tuple[Future[Any], Any, Exception | None]] = []
    try:
        connection.execute("BEGIN IMMEDIATE")
        for job, answer in orders:
            outcomes.append((answer, *_run_alone(connection, job)))
        connection.execute("COMMIT")
    except Exception as error:  # noqa: BLE001 - all who asked are told, whatever it was
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        _fail(orders, error)
        return
    for answer, result, fault in outcomes:
        if fault is None:
            answer.set_result(result)
        else:
            answer.set_exception(fault)


def _run_alone(connection: sqlite3.Connection, job: Job) -> tuple[Any, Exception | None]:
    connection.execute("SAVEPOINT job")
    try:
        result = job(connection)
    except Exception as error:
        if not connection.in_transaction:  # A full disk can end the whole transaction by itself.
            raise
        connection.execute("ROLLBACK TO job")
        connection.execute("RELEASE job")
        return None, error
    connection.execute("RELEASE job")
    return result, None


def _fail(orders: list[Ordered], error: Exception) -> None:
    for _, answer in orders:
        answer.set_exception(error)
