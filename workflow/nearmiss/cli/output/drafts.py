"""What is said of a draft: what changed, on which branch, which sign-offs it took back, and who may still sign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.cli.findings import finding_as_data, say_findings
from nearmiss.cli.voice import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.proposing.drafting import Drafted


def drafted_as_data(drafted: Drafted) -> Mapping[str, Any]:
    """Return a draft as JSON has it: ok, id, changed, commit, branch, sections, withdrawn, findings.

    `withdrawn` are the sign-offs of a proposal that no longer held; `commit` is empty where nothing changed.
    """
    return {
        "ok": True,
        "id": drafted.id,
        "changed": bool(drafted.commit),
        "commit": drafted.commit,
        "branch": drafted.branch,
        "sections": list(drafted.sections),
        "withdrawn": list(drafted.withdrawn),
        "findings": [finding_as_data(finding) for finding in drafted.warnings],
    }


def say_drafted(drafted: Drafted) -> None:
    """Say what became of a draft."""
    if not drafted.commit:
        say((drafted.id, "bold"), " says that already; nothing was changed.")
        return
    say(f"Saved {', '.join(drafted.sections) or 'the attachments'} on the branch {drafted.branch}.")
    for name in drafted.withdrawn:
        say(f"The sign-off {name} was given to something else and is taken back; ask for it again.")
    say_findings(drafted.warnings)


def say_who_is_left(desk: Desk, drafted: Drafted) -> None:
    """Say who may sign the next step, to whoever could have and has just written in it: sooner than at its proposal."""
    from nearmiss.engine.proposing.foreseeing import signed_by_others
    from nearmiss.policy.signing import in_turn, way_out

    step = signed_by_others(desk, drafted) if drafted.commit else None
    if step is not None:
        who = in_turn(step.candidates, step.keyless) or way_out(step.transition)
        say(f"You wrote in it, so you cannot sign {step.transition.name}. Who may: {who}")
