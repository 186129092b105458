"""`nearmiss advance`: proposes the next step of a record, or the policy files as a new version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.findings import finding_as_data, say_findings
from nearmiss.cli.options import because_option, json_option, push_option, set_option, subject_argument, unset_option
from nearmiss.cli.output.sharing import say_share
from nearmiss.cli.proposing.proposal import advanced_as_data, edits_on_main, say_advanced
from nearmiss.cli.proposing.pushing import meant_to_be_pushed, push_proposal, pushed_as_data, say_pushed
from nearmiss.cli.proposing.refreshing import refresh_proposal
from nearmiss.cli.voice import emit, say
from nearmiss.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.proposing.policy_change import PolicyProposed

POLICY = "policy"


@click.command(short_help="Propose the next step of a near miss, or a change of policy.")
@subject_argument
@click.option("--transition", default="", metavar="NAME", help="Which step, where there is a choice.")
@click.option("--to", default="", metavar="STATE", help="The state to get to, instead of the step's name.")
@because_option
@set_option
@unset_option
@click.option("--from", "sources", multiple=True, metavar="SECTION=FILE", help="A section as YAML; repeatable.")
@click.option("--refresh", is_flag=True, help="Bring its open proposal up to what main, or the remote, says by now.")
@click.option("--branch", default="", metavar="NAME", help="Which proposal to refresh, where there are several.")
@push_option
@json_option
@click.pass_obj
def command(surroundings: Surroundings, /, *, subject: str, as_json: bool, **said: Any) -> None:
    """Propose the next step of a near miss on a branch of its own, or with `policy` the policy files as they are now.

    All that is missing is said at once, and then nothing is written. Your own branch and files are left alone.

    Example: nearmiss advance NM-2026-7Q4K2 --transition reassess --because "It happened again."
    """
    if said["refresh"]:
        _refuse(
            said, "A proposal is refreshed as it is, without further options.", f"nearmiss advance {subject} --refresh"
        )
        refresh_proposal(surroundings, subject, branch=said["branch"], push=said["push"], as_json=as_json)
        return
    if subject == POLICY:
        _refuse_for_policy(said)
        _advance_policy(surroundings, push=said["push"], as_json=as_json)
        return
    from nearmiss.engine.proposing.advancing import advance

    desk = surroundings.desk()
    edits, basis = edits_on_main(surroundings, desk, subject, said)
    steps = {name: said[name] for name in ("transition", "to", "because")}
    with meant_to_be_pushed(subject, push=said["push"]):
        advanced = advance(desk, subject, **steps, edits=edits, basis=basis if edits else None)
    if not as_json:
        say_advanced(advanced)
    names = ", ".join(step.transition.name for step in advanced.steps)
    pushed = None
    if said["push"]:
        pushed = push_proposal(desk, advanced.branch, subject, names, advanced_as_data(advanced))
    if as_json:
        emit(advanced_as_data(advanced, pushed))
    elif pushed:
        say_pushed(pushed)
    else:
        say_share(desk, advanced.branch)


def _refuse_for_policy(said: Mapping[str, Any]) -> None:
    hint = "Edit workflow/policy/ or schemas/vocabulary/, then: nearmiss advance policy"
    _refuse(said, "A policy is proposed as its files say, without further options.", hint)


def _refuse(said: Mapping[str, Any], sentence: str, hint: str) -> None:
    if any(said[name] for name in ("transition", "to", "because", "assignments", "removals", "sources")):
        raise UsageError(sentence, hint=hint)


def _advance_policy(surroundings: Surroundings, *, push: bool, as_json: bool) -> None:
    from nearmiss.engine.proposing.policy_change import propose_policy

    desk = surroundings.desk()
    with meant_to_be_pushed(POLICY, push=push):
        proposed = propose_policy(desk)
    data = policy_as_data(proposed)
    if not as_json:
        say_policy(proposed)
    pushed = push_proposal(desk, proposed.branch, POLICY, f"version {proposed.number}", data) if push else None
    if as_json:
        emit({**data, "pushed": pushed_as_data(pushed)})
    elif pushed:
        say_pushed(pushed)


def policy_as_data(proposed: PolicyProposed) -> dict[str, Any]:
    """Return a proposed policy as JSON has it: ok, id (policy), version, branch, commit, paths, findings, pushed."""
    return {
        "ok": True,
        "id": POLICY,
        "version": proposed.number,
        "branch": proposed.branch,
        "commit": proposed.commit,
        "paths": list(proposed.paths),
        "findings": [finding_as_data(finding) for finding in proposed.findings],
    }


def say_policy(proposed: PolicyProposed) -> None:
    """Say what a new version of the policy changes, and whose turn it is."""
    say(("policy", "bold"), f": version {proposed.number} is proposed.")
    say(f"Branch: {proposed.branch}")
    for path in proposed.paths:
        say(f"  {path}")
    say_findings(proposed.findings)
    say("")
    say("Next, a policy owner who did not write it looks at it and decides:")
    say("  nearmiss review policy")
    say("  nearmiss approve policy")
