"""What the gate decided, for people at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.cli.findings import say_findings
from nearmiss.cli.proposing.proposal import say_waiting
from nearmiss.cli.replay.words import summary
from nearmiss.cli.voice import flow, heading, one_line, say

if TYPE_CHECKING:
    from nearmiss.engine.gate.decisions import Decision, Gated
    from nearmiss.engine.replaying.results import Replay

VERDICTS = {
    "pass": ("pass", "green", "it may be merged."),
    "waiting": ("waiting", "yellow", "it is legal and complete; sign-offs are missing."),
    "refuse": ("refuse", "red", "it must not be merged as it is."),
}


def say_gated(gated: Gated, replayed: Replay | None) -> None:
    """Print what was decided about each subject, then what is wrong with the request as a whole, then the verdict.

    Of a change of the policy, also what it would have meant.
    """
    for decision in gated.decisions:
        _say_decision(decision)
    if replayed is not None:
        heading("What the change would have meant")
        for sentence in summary(replayed):
            flow(sentence, hang=2)
    say_findings(gated.others)
    word, colour, meaning = VERDICTS[gated.result.verdict]
    heading("The gate")
    base, head = gated.result.base[:12], gated.result.head[:12]
    flow((word, colour), f": {meaning}", hang=2)
    flow(f"Judged {head} onto {base}, by policy version {gated.policy.number}.", hang=2)


def _say_decision(decision: Decision) -> None:
    flow((decision.subject, "bold"), f"  {one_line(decision.title)}", hang=2)
    for step in decision.steps:
        move = f"{step.from_} → {step.to}" if step.from_ != step.to else f"stays {step.to}"
        say(f"  {step.transition.name} ({move})")
        if step.signed:
            say(f"  {step.transition.name} is signed by {', '.join(step.signed)}.")
        if step.objected:
            say((f"  {step.transition.name} is objected to by {', '.join(step.objected)}.", "red"))
        say_waiting(step)
    if not decision.steps:
        say("  A new report; it needs no sign-off." if decision.is_new else "  No step.")
    say_findings([found for found in decision.findings if found.code != "sign-off-missing"])
