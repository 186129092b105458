"""Helping: what a process of the crew does, and the works that it can be asked for.

It imports what its work needs while whoever asks still finds out what to ask.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from nearmiss.app.messages import receive, send

if TYPE_CHECKING:
    import queue

ALLOCATIONS = 100_000
"""Things made, and not yet gone, after which a process looks for circles of them: a part holds far fewer."""

Work = Callable[[Any], Callable[[Any], list[Any]]]
"""Takes an order and returns what answers a part."""


def serve(reads: int, writes: int, work: str = "") -> None:
    """Answer each part that comes through a pipe until that ends: what a process of the crew does."""
    import signal
    import threading

    if threading.current_thread() is threading.main_thread():
        # Ctrl-C is for the one that hands out, which then ends this one.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    import gc
    import queue

    gc.disable()
    said: queue.Queue[Any] = queue.Queue()

    def read() -> None:
        # By itself, so that who hands over never waits: neither for what takes long to import, nor for an answer.
        with suppress(OSError):
            while (part := receive(reads)) is not None:
                said.put(part)
        said.put(None)

    threading.Thread(target=read, daemon=True).start()
    answer = _helper(said, work)
    # What lives as long as the process is not looked through again and again for what may go.
    gc.freeze()
    gc.set_threshold(ALLOCATIONS)
    gc.enable()
    with suppress(BrokenPipeError):
        while answer is not None and (part := said.get()) is not None:
            send(writes, answer(part))


def _helper(said: queue.Queue[Any], work: str) -> Callable[[Any], list[Any]] | None:
    """Import what the work needs, wait for the order, and return what answers a part; None where no order comes."""
    helper = _WORKS.get(work, _check)()
    order = said.get()
    if order is None:
        return None
    if order.get("work", "") != work:
        helper = _WORKS.get(order.get("work", ""), _check)()
    return helper(order)


def _check() -> Work:
    from pathlib import Path

    from nearmiss.engine.indexing.sharing import helper
    from nearmiss.store.documents import YamlDocuments
    from nearmiss.vcs.files import WorkingFiles

    return lambda order: helper(YamlDocuments(), lambda folder: WorkingFiles(Path(folder)), order)


def _audit() -> Work:
    from nearmiss.engine.audit.sharing import helper
    from nearmiss.store.documents import YamlDocuments

    return lambda order: helper(YamlDocuments().versions(), order)


def _site() -> Work:
    from pathlib import Path

    from nearmiss.engine.indexing.sharing import helper
    from nearmiss.engine.publishing.gathering import all_as_data
    from nearmiss.store.documents import YamlDocuments
    from nearmiss.vcs.files import WorkingFiles

    return lambda order: helper(YamlDocuments(), lambda folder: WorkingFiles(Path(folder)), order, all_as_data)


def _figures() -> Work:
    from datetime import datetime
    from pathlib import Path

    from nearmiss.app.opening import StoppedClock, open_desk
    from nearmiss.engine.indicators.public_view import helper

    def begin(order: Any) -> Callable[[Any], list[Any]]:
        now = datetime.fromisoformat(order["now"])
        return helper(open_desk(Path(order["folder"]), clock=StoppedClock(now)))

    return begin


_WORKS = {"audit": _audit, "figures": _figures, "site": _site}
"""What is done by another work than the usual one, which is checking: it imports, and returns what takes an order."""
