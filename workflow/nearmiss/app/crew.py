"""The crew: processes of our own that share the reading of many records, for each core of the machine but our own.

They are started anew rather than forked: a fork copies locks that another thread may hold, and the pipes of other
children. They see nothing but what they are handed over, and end when the pipe to them does, so that none outlives
the program, however that ends. Where one of them ends early, what it was handed is done without it. Whoever hands
out takes a part as well wherever it would only wait.
"""

from __future__ import annotations

import fcntl
import marshal
import os
import select
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from nearmiss.app.messages import receive, send

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MOST = 8
"""Processes beyond which handing out takes all the time of the one that does."""

AHEAD = 2
"""Parts that each has in hand, so that none waits for the next one."""

Alone = Callable[[Any], list[Any]]
"""Answers a part in this process."""

ROOM = 1 << 20
"""Bytes that may wait in a pipe: answers, while whoever handed out puts others away; the order, while one begins."""

_BEGIN = """
import marshal, sys
sys.path[:] = marshal.loads(bytes.fromhex(sys.argv[1]))
from nearmiss.app.helping import serve
serve(0, 1, sys.argv[2])
"""
"""It finds its modules where this process does, and not in the folder that it happens to be in."""


def find_crew(most: int = MOST) -> Crew | None:
    """Return a crew for the cores that this process may use, or None where there is only one of them."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Crew(hands=min(cores - 1, most)) if cores > 1 and sys.executable else None


class Crew:
    """So many processes, which are started when there is something to share and ended when that is done."""

    def __init__(self, *, hands: int) -> None:
        self._hands = hands
        self._ready: list[_Hand] = []
        self._told: Any = None

    def get_ready(self, work: str = "") -> None:
        """Start the processes before it is known what to share, so that they are ready when it is.

        `work` is that of the order to come: they import what it needs.
        """
        with suppress(OSError):
            while len(self._ready) < self._hands:
                self._ready.append(_Hand(work))

    def brief(self, order: Any) -> None:
        """Tell those who got ready what they will be asked to do, before there is any part of it; nobody else."""
        if self._ready and self._told is None:
            self._told = order
            for hand in self._ready:
                hand.tell(order)

    def share(self, order: Any, parts: Iterable[Any], alone: Alone, *, first: int = AHEAD) -> Iterator[list[Any]]:
        """Yield the answer to each part, in turn; what the others have no hand free for, or lose, is answered `alone`.

        They begin at once, each with the `first` so many parts, so that they are ready when the first answer is asked
        for: more of them where that will take a while.
        """
        answers = self._begin(order, parts, alone, first)
        next(answers)
        return answers

    def _begin(self, order: Any, parts: Iterable[Any], alone: Alone, first: int) -> Iterator[list[Any]]:
        """Hand out the first parts, yield an answer that is none, and then all answers."""
        hands = self._briefed(order)
        try:
            shift = _Shift(hands, parts, alone)
            shift.hand_out(first)
            yield []
            yield from shift.answers()
        finally:
            for hand in hands:
                hand.end()

    def _briefed(self, order: Any) -> Sequence[_Hand]:
        """Return those who know what to do."""
        if self._told is not None and self._told != order:
            # They were to do something else.
            for hand in self._ready:
                hand.end()
            self._ready, self._told = [], None
        if self._told is None:
            self.get_ready(order.get("work", ""))
            self.brief(order)
        hands, self._ready, self._told = self._ready, [], None
        return hands


class _Shift:
    """What is shared once: parts, handed out as far ahead as there are hands, and their answers as they come."""

    def __init__(self, hands: Sequence[_Hand], parts: Iterable[Any], alone: Alone) -> None:
        self._hands = hands
        self._parts = enumerate(parts)
        self._alone = alone
        self._ahead = AHEAD * (len(hands) + 1)
        self._given = self._due = 0
        self._answers: dict[int, list[Any]] = {}
        self._lost: dict[int, Any] = {}

    def hand_out(self, most: int = AHEAD) -> None:
        """Give parts to whoever has less in hand than they may; one to each before a second to any."""
        ahead = max(self._ahead, most * len(self._hands))
        for count in range(1, most + 1):
            for hand in self._hands:
                if hand.is_there and len(hand.holds) < count and (part := self._next(ahead)) is not None:
                    hand.give(*part)

    def answers(self) -> Iterator[list[Any]]:
        """Yield the answers in the order of the parts."""
        while True:
            self.hand_out()
            if self._due in self._answers:
                yield self._answers.pop(self._due)
                self._due += 1
            elif not (self._collect(waits=False) or self._work() or self._collect(waits=True)):
                return

    def _next(self, ahead: int) -> tuple[int, Any] | None:
        """Return the next part, unless so many are waited for already."""
        if self._given - self._due >= ahead or (part := next(self._parts, None)) is None:
            return None
        self._given += 1
        return part

    def _collect(self, *, waits: bool) -> bool:
        """Take what the others have answered or lost, waiting for it where that is asked for; say whether any did."""
        asked = select.poll()
        busy = {hand.pipe: hand for hand in self._hands if hand.holds}
        for pipe in busy:
            asked.register(pipe, select.POLLIN)
        done = [busy[pipe] for pipe, _ in asked.poll(None if waits else 0)] if busy else []
        for hand in done:
            told, lost = hand.take()
            self._answers |= told
            self._lost |= lost
        return bool(done)

    def _work(self) -> bool:
        """Answer a part here, first of all one that was lost; say whether there was any."""
        part = (min(self._lost), self._lost.pop(min(self._lost))) if self._lost else self._next(self._ahead)
        if part is not None:
            self._answers[part[0]] = self._alone(part[1])
        return part is not None


class _Hand:
    """One process, and the parts that it has in hand, by their numbers."""

    def __init__(self, work: str) -> None:
        self.holds: dict[int, Any] = {}
        self.is_there = True
        self._process = subprocess.Popen(  # noqa: S603 - this Python, and words of our own
            [sys.executable, "-I", "-c", _BEGIN, marshal.dumps([str(place) for place in sys.path]).hex(), work],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdin is not None  # noqa: S101 - they were asked for
        assert self._process.stdout is not None  # noqa: S101 - as above
        self._to, self.pipe = self._process.stdin.fileno(), self._process.stdout.fileno()
        for pipe in (self._to, self.pipe):
            with suppress(AttributeError, OSError):
                # Not every system knows it, and it may be more than a person may have.
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, ROOM)

    def tell(self, said: Any) -> None:
        """Say something to it; from then on it is not there where that fails."""
        try:
            send(self._to, said)
        except OSError:
            self.is_there = False

    def give(self, number: int, part: Any) -> None:
        """Hand over a part."""
        self.holds[number] = part
        self.tell(part)

    def take(self) -> tuple[dict[int, list[Any]], dict[int, Any]]:
        """Return its next answer by the number of the part; where it has ended, none, and the parts that it held."""
        answer = receive(self.pipe)
        if answer is not None:
            number = next(iter(self.holds))
            del self.holds[number]
            return {number: answer}, {}
        self.is_there = False
        left, self.holds = self.holds, {}
        return {}, left

    def end(self) -> None:
        """End it, whatever it is at."""
        self._process.kill()
        with suppress(OSError):
            self._process.communicate()
