"""What a replay found, for people at a terminal: the summary first, then each record with the steps that differ."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from nearmiss.cli.findings import say_findings
from nearmiss.cli.replay.words import WOULD, late_words, summary, taken
from nearmiss.cli.voice import flow, heading, one_line, say

if TYPE_CHECKING:
    from nearmiss.engine.replaying.results import Replay, Replayed

_COLOURS = {"refuse": "red", "waiting": "yellow", "late": "yellow"}


def say_replay(replay: Replay) -> None:
    """Print how many steps would have come otherwise, and each of them under its record."""
    heading("The replay")
    for sentence in summary(replay):
        flow(sentence, hang=2)
    for record, steps in groupby(replay.differing, key=lambda step: (step.record, step.title)):
        say("")
        flow((record[0], "bold"), f"  {one_line(record[1])}", hang=2)
        for step in steps:
            _say_step(step)


def _say_step(step: Replayed) -> None:
    flow((f"{step.transition} {WOULD[step.verdict]}", _COLOURS[step.verdict]), f": {taken(step)}", hang=2)
    for words in late_words(step):
        flow(words, indent=2, hang=2)
    say_findings(step.findings)
