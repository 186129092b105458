"""The workshop: files that people send are made anew in processes of their own, so that none keeps anybody waiting.

A small file can cost seconds, in which nothing else of a process goes on. Here it costs a process that is ended when
its time is over; the next file is handed to another one, started at once. Papers, which can cost most, never take all
of them: photos go on meanwhile. Nothing of a file is in a temporary file, in an argument, or in the environment.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from nearmiss.engine.cleaning import REASONS, Clean, UnfitFileError
from nearmiss.media.cleaning import MediaCleaner
from nearmiss.media.workbench import READY, PipeEndedError, read_message, write_message

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

HANDS = 2
"""Processes of a workshop."""

WITHIN = 10.0
"""Seconds that a file may take."""

WAITS = 25.0
"""Seconds for which a file waits for its turn; proxies give up after sixty."""

MOST_PAPERS = 12
"""Papers that wait at one time; one more is refused at once, so that their senders need not wait for that."""

STARTS = 60.0
"""Seconds that a process may take to begin, on a machine that has much to do."""

TRIES = 2
"""Processes that a file is given to, one after the other, where the first one ends for no reason that is known."""

PASSED_ON = frozenset({"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"})
"""What such a process sees of the environment: passwords of mail servers stand there too."""

_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF")
"""How the files begin whose cost is bounded by their pixels."""

_BEGIN = """
import sys
sys.path[:] = {path!r}
from nearmiss.media.workbench import work_at
work_at(sys.stdin.buffer, sys.stdout.buffer)
"""
"""A process finds its modules where this one does, and not in the folder that it happens to be in."""


class Workshop:
    """A Cleaner whose work is done by `hands` other processes, each file in `within` seconds.

    They are started when the first file comes, or by `open`. Any number of threads may hand in files.
    """

    def __init__(self, *, hands: int = HANDS, within: float = WITHIN, waits: float = WAITS) -> None:
        self._within, self._waits = within, waits
        self._hands: list[_Hand] = [_Hand() for _ in range(hands)]
        self._free: queue.Queue[_Hand] = queue.Queue()
        for hand in self._hands:
            self._free.put(hand)
        self._papers = threading.BoundedSemaphore(max(1, hands - 1))
        self._waiting = threading.BoundedSemaphore(MOST_PAPERS)

    def open(self) -> None:
        """Start all processes, so that the first file waits for none of them."""
        for hand in self._hands:
            hand.start()

    def clean(self, name: str, content: bytes, *, largest: int, types: Collection[str]) -> Clean:
        """Return a file made anew, of one of the types and of at most so many bytes.

        Raises UnfitFileError; `too-costly` is a file that took too long, `busy` one that would have had to wait so.
        """
        asked = {"name": name, "largest": largest, "types": list(types), "seconds": self._within}
        with self._turn(content) as hand:
            told, made = hand.do(asked, content, within=self._within)
        if "reason" in told:
            raise UnfitFileError(told["reason"] if told["reason"] in REASONS else "broken")
        return Clean(ending=str(told["ending"]), content=made, removed=tuple(map(str, told["removed"])))

    def traces(self, content: bytes) -> tuple[str, ...]:
        """Return what a file holds that can tell of a person: of files that nobody sends, so it is seen right here."""
        return MediaCleaner().traces(content)

    def close(self) -> None:
        """End all processes; what was begun, and what comes later, is not taken."""
        for hand in self._hands:
            hand.close()

    @contextmanager
    def _turn(self, content: bytes) -> Iterator[_Hand]:
        """Wait for a process that is free; raises UnfitFileError where that takes too long."""
        until = time.monotonic() + self._waits
        if content.startswith(_PICTURES):
            with self._hand(until) as hand:
                yield hand
            return
        if not self._waiting.acquire(blocking=False):
            raise UnfitFileError("busy")
        try:
            if not self._papers.acquire(timeout=self._waits):
                raise UnfitFileError("busy")
            try:
                with self._hand(until) as hand:
                    yield hand
            finally:
                self._papers.release()
        finally:
            self._waiting.release()

    @contextmanager
    def _hand(self, until: float) -> Iterator[_Hand]:
        try:
            hand = self._free.get(timeout=max(until - time.monotonic(), 0.01))
        except queue.Empty:
            raise UnfitFileError("busy") from None
        try:
            yield hand
        finally:
            self._free.put(hand)


class _Hand:
    """One process at a time: another one takes its place after it was ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ready = False
        self._is_closed = False

    def start(self) -> subprocess.Popen[bytes]:
        """Start the process, unless there is one that lives; raises OSError where it cannot, or may not any more."""
        with self._lock:
            if self._is_closed:
                raise BrokenPipeError
            if self._process is not None and self._process.poll() is None:
                return self._process
            self._leave()
            self._process, self._is_ready = _started(), False
            return self._process

    def do(self, asked: dict[str, Any], content: bytes, *, within: float) -> tuple[dict[str, Any], bytes]:
        """Have a file made anew; the process is ended when its time is over, and another one started at once."""
        try:
            for _ in range(TRIES):
                process = self._ready()
                with _ended_after(within, process) as over:
                    answer = _asked(process, asked, content)
                if over.is_set():
                    self._end()
                    self.start()
                    return answer or ({"reason": "too-costly"}, b"")
                if answer is not None:
                    return answer
                self._end()
        except (OSError, PipeEndedError):
            return {"reason": "no-cleaner"}, b""
        # What ends one process after another is no file that anybody can read.
        return {"reason": "broken"}, b""

    def close(self) -> None:
        """End the process, and begin no other one."""
        with self._lock:
            self._is_closed = True
            self._leave()

    def _end(self) -> None:
        with self._lock:
            self._leave()

    def _leave(self) -> None:
        """End the process that there is, if any."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            # What was not written yet has nobody to go to.
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]  # both are pipes of ours

    def _ready(self) -> subprocess.Popen[bytes]:
        """Return the process once it has imported what it needs, which is not in the time of any file."""
        process = self.start()
        if not self._is_ready:
            with _ended_after(STARTS, process):
                self._is_ready = process.stdout.read(len(READY)) == READY  # type: ignore[union-attr]  # a pipe of ours
            if not self._is_ready:
                self._end()
                raise PipeEndedError
        return process


def _asked(
    process: subprocess.Popen[bytes], asked: dict[str, Any], content: bytes
) -> tuple[dict[str, Any], bytes] | None:
    """Return what a process answers; None where it ended instead."""
    try:
        write_message(process.stdin, asked, content)  # type: ignore[arg-type]  # a pipe of ours
        return read_message(process.stdout)  # type: ignore[arg-type]  # a pipe of ours
    except (OSError, ValueError, PipeEndedError):
        return None


@contextmanager
def _ended_after(seconds: float, process: subprocess.Popen[bytes]) -> Iterator[threading.Event]:
    """End a process that takes longer, and tell so; once this is left, it is settled whether that was done."""
    over = threading.Event()

    def end() -> None:
        over.set()
        process.kill()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield over
    finally:
        timer.cancel()
        timer.join()


def _started() -> subprocess.Popen[bytes]:
    """Start a process, apart from the keys that somebody presses where the server was started."""
    return subprocess.Popen(  # noqa: S603 - this Python, and words of our own
        [sys.executable, "-I", "-c", _BEGIN.format(path=[str(place) for place in sys.path])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # What a library says of a file is nobody's business.
        stderr=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if name in PASSED_ON},
        start_new_session=True,
    )
