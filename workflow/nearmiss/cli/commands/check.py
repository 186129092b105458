"""`nearmiss check`: everything that is wrong in a register, by file and line, and a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.findings import finding_as_data, say_findings
from nearmiss.cli.gauge import Gauge
from nearmiss.cli.options import json_option
from nearmiss.cli.voice import emit, say
from nearmiss.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.checking import Checked

SEVERITIES = ("error", "waiting", "warning", "note")
VERDICTS = {
    "pass": "Everything holds.",
    "waiting": "Everything holds; sign-offs are still waited for.",
    "refuse": "Something does not hold.",
}
_COLOURS = {"pass": "green", "waiting": "yellow", "refuse": "red"}


@click.command(short_help="Check every record and every sign-off in force.")
@click.option("--base", default="", metavar="REV", help="Judge what differs from REV as steps from there.")
@click.option("--revision", default="", metavar="REV", help="Check a commit instead of the working tree.")
@json_option
@click.pass_obj
def command(surroundings: Surroundings, /, *, base: str, revision: str, as_json: bool) -> None:
    """Check the records of the working tree, every sign-off in force, the policy, and what refers to what.

    On the branch of a proposal, missing sign-offs of its step are waited for; on the main branch they are errors.

    Example: nearmiss check --revision main
    """
    from nearmiss.engine.checking import check

    desk = surroundings.desk()
    with Gauge("Checking") as gauge:
        checked = check(desk, base=base, revision=revision, progress=gauge)
    if as_json:
        emit(checked_as_data(checked))
    else:
        say_checked(checked)
    if checked.verdict == "refuse":
        raise click.exceptions.Exit(ExitCode.REFUSED)


def checked_as_data(checked: Checked) -> Mapping[str, Any]:
    """Return a check as JSON has it: ok, verdict, commit, records, sign_offs, asserted, counts, findings.

    `ok` is false where there is an error; `asserted` counts the sign-offs whose signer's identity is not proven.
    """
    return {
        "ok": checked.verdict != "refuse",
        "verdict": checked.verdict,
        "commit": checked.commit,
        "records": checked.records,
        "sign_offs": checked.sign_offs,
        "asserted": checked.sign_offs,
        "counts": _counts(checked),
        "findings": [finding_as_data(finding) for finding in checked.findings],
    }


def _counts(checked: Checked) -> dict[str, int]:
    return {severity: sum(finding.severity == severity for finding in checked.findings) for severity in SEVERITIES}


def say_checked(checked: Checked) -> None:
    """Print findings by file, and the summary below them."""
    say_findings(checked.findings)
    if checked.findings:
        say("")
    found = [f"{number} {severity}" for severity, number in _counts(checked).items() if number]
    looked = f"{_so_many(checked.records, 'record')}, {_so_many(checked.sign_offs, 'sign-off')}"
    say((VERDICTS[checked.verdict], _COLOURS[checked.verdict]), f" {looked}; {', '.join(found) or 'no findings'}.")
    if checked.sign_offs:
        say(f"Identity not proven (asserted): {_so_many(checked.sign_offs, 'sign-off')}.")


def _so_many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
