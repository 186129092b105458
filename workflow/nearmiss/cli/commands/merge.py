"""`nearmiss merge`: puts a proposal in force once everybody has signed who must."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.options import branch_option, json_option, subject_argument
from nearmiss.cli.output.sharing import say_share
from nearmiss.cli.voice import emit, say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.proposing.merging import Merged


@click.command(short_help="Put a proposal in force.")
@subject_argument
@branch_option
@json_option
@click.pass_obj
def command(surroundings: Surroundings, /, *, subject: str, branch: str, as_json: bool) -> None:
    """Merge a proposal into the main branch, only if the gate passes it, and remove its branch.

    Example: nearmiss merge NM-2026-7Q4K2
    """
    from nearmiss.engine.proposing.merging import merge

    desk = surroundings.desk()
    merged = merge(desk, subject, branch=branch)
    if as_json:
        emit(merged_as_data(merged))
    else:
        _tell(merged)
        say_share(desk, merged.main_branch)


def merged_as_data(merged: Merged) -> Mapping[str, Any]:
    """Return a merge as JSON has it: ok, id, branch, main_branch, commit, state, steps (transition names)."""
    return {
        "ok": True,
        "id": merged.subject,
        "branch": merged.branch,
        "main_branch": merged.main_branch,
        "commit": merged.commit,
        "state": merged.state,
        "steps": [step.transition.name for step in merged.result.proposed(merged.subject)],
    }


def _tell(merged: Merged) -> None:
    if merged.subject == "policy":
        say("policy: the new version is in force on ", (merged.main_branch, "bold"), ".")
        return
    steps = merged.result.proposed(merged.subject)
    names = ", ".join(step.transition.name for step in steps)
    moved = steps and steps[0].from_ != merged.state
    state = f": it is now {merged.state}" if moved else f": {names}" if names else ""
    say((merged.subject, "bold"), f"{state}, in force on {merged.main_branch}.")
    say(f"  nearmiss show {merged.subject}")
