"""Bringing an overtaken proposal up, and what is said of it: which signatures still hold, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.cli.findings import finding_as_data, say_findings
from nearmiss.cli.output.sharing import say_share
from nearmiss.cli.proposing.pushing import push_proposal, pushed_as_data, say_pushed
from nearmiss.cli.voice import emit, say

if TYPE_CHECKING:
    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.forges.opening import Taken
    from nearmiss.engine.proposing.refreshing import Refreshed

NEXT = {
    "pass": "Everything is signed. Put it in force:  nearmiss merge {}",
    "waiting": "It waits for signatures:  nearmiss approve {}",
    "refuse": "It would be refused as it is:  nearmiss review {}",
}


def refresh_proposal(surroundings: Surroundings, subject: str, *, branch: str, push: bool, as_json: bool) -> None:
    """Refresh the proposal for a subject, push it where that is asked for, and say what came of it."""
    from nearmiss.engine.proposing.refreshing import refresh

    desk = surroundings.desk()
    refreshed = refresh(desk, subject, branch=branch)
    if not as_json:
        _tell(refreshed)
    pushed = None
    if push:
        data = refreshed_as_data(refreshed)
        pushed = push_proposal(desk, refreshed.branch, subject, "refreshed", data)
    if as_json:
        emit(refreshed_as_data(refreshed, pushed))
    elif pushed:
        say_pushed(pushed)
    elif refreshed.commit:
        say_share(desk, refreshed.branch)


def refreshed_as_data(refreshed: Refreshed, pushed: Taken | None = None) -> dict[str, Any]:
    """Return a refreshed proposal as JSON has it.

    Its keys are ok, id, branch, commit (empty where nothing was to be done), kept and dropped (sign-offs by file name),
    verdict, findings and pushed (see `pushed_as_data`).
    """
    return {
        "ok": True,
        "id": refreshed.subject,
        "branch": refreshed.branch,
        "commit": refreshed.commit,
        "kept": list(refreshed.kept),
        "dropped": list(refreshed.dropped),
        "verdict": refreshed.verdict,
        "findings": [finding_as_data(finding) for finding in refreshed.findings],
        "pushed": pushed_as_data(pushed),
    }


def _tell(refreshed: Refreshed) -> None:
    if not refreshed.commit:
        say((refreshed.subject, "bold"), f": {refreshed.branch} is up to date; nothing was written.")
    else:
        say((refreshed.subject, "bold"), f": {refreshed.branch} stands on what there is now.")
    for name in refreshed.kept:
        say(f"Still holds: {name}")
    for name in refreshed.dropped:
        say(f"No longer holds, and was taken back: {name}")
    say_findings(refreshed.findings)
    say(NEXT[refreshed.verdict].format(refreshed.subject))
