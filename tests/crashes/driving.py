"""Driving: one stage, watched once without a stop, then stopped at point after point and judged each time."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.crashes.judging import Sides, fingerprint, judge_refused, judge_stopped, observe
from tests.crashes.players import Player
from tests.crashes.points import Point
from tests.crashes.shim import Call
from tests.crashes.stage import Stage


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of stopping a command at one point: nothing wrong, or what."""

    point: Point
    problems: tuple[str, ...]
    reached: bool
    is_known: bool


class Drive:
    """One command on one stage: its calls, and what it makes of the register."""

    def __init__(self, player: Player, stage: Stage) -> None:
        self._player = player
        self._stage = stage
        self._judged: dict[str, tuple[str, ...]] = {}
        self.calls, self.sides = self._watch()

    def _watch(self) -> tuple[Sequence[Call], Sides]:
        self._player.set_up(self._stage)
        before = observe(self._player.register)
        ended = self._player.run(self._stage, orders=self._player.orders(self._stage))
        if ended.status:
            raise AssertionError(ended.said)
        return ended.watched.calls, Sides(before=before, after=observe(self._player.register))

    def stop_at(self, point: Point) -> Verdict:
        """Stop the command at a point, on a fresh copy, and judge what is left.

        Of points that leave the very same disk behind, the first one is judged.
        """
        player, stage, way = self._player, self._stage, point.way
        player.set_up(stage)
        orders = player.orders(stage, at=point.at, mode=way.mode, number=way.number, refused=way.refused)
        ended = player.run(stage, orders=orders)
        left = fingerprint(player.place)
        told = () if way.kills and ended.status < 0 else tuple(judge_refused(player, stage, self.sides, ended))
        is_known = left in self._judged
        if not is_known:
            self._judged[left] = tuple(judge_stopped(player, stage, self.sides, ended))
        problems = (*told, *self._judged[left])
        return Verdict(point=point, problems=problems, reached=ended.watched.stopped, is_known=is_known)


def laboratory(folder: Path) -> Path:
    """Return a folder for copies: in memory where there is room, since thousands are made."""
    memory = Path("/dev/shm")  # noqa: S108 - made with a name of its own, by mkdtemp
    if memory.is_dir() and os.access(memory, os.W_OK) and _free(memory) > 1 << 28:
        return Path(tempfile.mkdtemp(prefix="nearmiss-crashes-", dir=memory))
    return folder


def _free(folder: Path) -> int:
    facts = os.statvfs(folder)
    return facts.f_bavail * facts.f_frsize
