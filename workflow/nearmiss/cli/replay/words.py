"""The sentences of a replay that every form of it says: how many steps, how many otherwise, and why."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from nearmiss.engine.replaying.results import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.engine.replaying.results import Replay, Replayed

WOULD = {
    "refuse": "would have been refused",
    "waiting": "would have waited",
    "late": "would have been late",
}


def summary(replay: Replay) -> Iterator[str]:
    """Yield what was looked at and how much of it would have come otherwise, with what sorts of steps and findings."""
    looked = f"Of {so_many(replay.steps, 'step')} taken so far"
    if replay.left_out:
        looked = f"Of the {so_many(replay.steps, 'step')} of the {replay.records:,} records that changed last"
    differing = replay.differing
    if not replay.steps:
        yield "No step was taken so far."
    elif not differing:
        yield f"{looked}, {'it' if replay.steps == 1 else 'all'} would have passed as before."
    else:
        kinds = ", ".join(f"{number} {WOULD[verdict]}" for verdict, number in replay.by_verdict.items() if number)
        they = "it" if len(differing) == 1 else "they"
        yield f"{looked}, {len(differing):,} would not have passed as {they} did: {kinds}."
        yield f"By transition: {counted(replay.by_transition)}."
        if replay.by_code:
            yield f"By finding: {counted(replay.by_code)}."
    if replay.as_now:
        told = Counter(step.verdict for step in replay.as_now)
        kinds = ", ".join(f"{so_many(told[verdict], 'step')} {WOULD[verdict]}" for verdict in VERDICTS if told[verdict])
        yield (
            f"Not because of this change: {kinds} under version {replay.in_force.number} as well, which is in force."
        )
    if replay.unsound:
        yield f"{so_many(replay.unsound, 'step')} that an audit does not accept were not asked about."
    if replay.left_out:
        yield f"Not looked at: {so_many(replay.left_out, 'record')} that changed earlier."


def counted(numbers: Mapping[str, int]) -> str:
    """Return names with how often each occurs."""
    return ", ".join(f"{name} {number:,}" for name, number in numbers.items())


def taken(step: Replayed) -> str:
    """Return when a step was taken, and under which version of the policy."""
    return f"step {step.seq}, signed on {step.day} under version {step.policy}, in force since {step.commit[:12]}"


def late_words(step: Replayed) -> Iterator[str]:
    """Yield each deadline that a step had missed."""
    for due in step.late:
        yield f"{due.what} was due on {due.on}"


def so_many(number: int, what: str) -> str:
    """Return a number with what it counts."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
