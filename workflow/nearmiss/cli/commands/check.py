"""`nearmiss check`: everything that is wrong in a register, by file and line, and a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nearmiss.app.glancing import call_helpers, check_at_once
from nearmiss.cli.findings import finding_as_data, say_findings
from nearmiss.cli.options import json_option
from nearmiss.cli.output.fixing import fixes_as_data, say_fixes
from nearmiss.cli.output.gauge import Gauge
from nearmiss.cli.voice import emit, say
from nearmiss.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.checking.fixing import Fix
    from nearmiss.engine.checking.verdicts import Checked

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
@click.option("--fix", "fixing", is_flag=True, help="Mend first what is only form in the records, and say what.")
@click.option("--dry-run", is_flag=True, help="With --fix: only show what would be mended.")
@json_option
@click.pass_obj
def command(
    surroundings: Surroundings, /, *, base: str, revision: str, fixing: bool, dry_run: bool, as_json: bool
) -> None:
    """Check the records of the working tree, every sign-off in force, the policy, and what refers to what.

    On the branch of a proposal, missing sign-offs of its step are waited for; on the main branch they are errors.
    With --fix, quoting, key order, the first line and line ends are mended in the working tree first; what a record
    says stays the same, and what was signed is not touched.

    Example: nearmiss check --revision main
    """
    if dry_run and not fixing:
        raise click.UsageError("--dry-run goes with --fix.")
    if fixing and revision:
        raise click.UsageError("--fix mends the working tree; a commit that --revision names stays as it is.")
    mended = _fix(surroundings, dry_run=dry_run) if fixing else None
    # Before all else is imported, which takes time that they can use.
    crew = call_helpers(surroundings.place)
    is_known = not (base or revision or fixing or crew)
    checked = check_at_once(surroundings.place, today=surroundings.today()) if is_known else None
    if checked is None:
        desk = surroundings.desk(crew=crew)
        from nearmiss.engine.checking.register import check

        with Gauge("Checking") as gauge:
            checked = check(desk, base=base, revision=revision, progress=gauge)
    if as_json:
        emit({**checked_as_data(checked), **(fixes_as_data(mended[0], written=mended[1]) if mended else {})})
    else:
        if mended:
            say_fixes(mended[0], written=mended[1])
            say("")
        say_checked(checked)
    if checked.verdict == "refuse":
        raise click.exceptions.Exit(ExitCode.REFUSED)


def _fix(surroundings: Surroundings, *, dry_run: bool) -> tuple[tuple[Fix, ...], list[str]]:
    """Mend the records of the working tree; return what was found, and the paths of the files that were written."""
    from nearmiss.app.fixing import write_fixes
    from nearmiss.engine.checking.fixing import plan_fixes

    with Gauge("Mending") as gauge:
        fixes = plan_fixes(surroundings.desk(), progress=gauge)
    return fixes, [] if dry_run else write_fixes(surroundings.root(), fixes)


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
        "asserted": checked.asserted,
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
    found = [_found(number, severity) for severity, number in _counts(checked).items() if number]
    looked = f"{_so_many(checked.records, 'record')}, {_so_many(checked.sign_offs, 'sign-off')}"
    say((VERDICTS[checked.verdict], _COLOURS[checked.verdict]), f" {looked}; {', '.join(found) or 'no findings'}.")
    if checked.asserted:
        say(f"Identity not proven (asserted): {_so_many(checked.asserted, 'sign-off')}.")


def _found(number: int, severity: str) -> str:
    return f"{number} {severity}" if severity == "waiting" else _so_many(number, severity)


def _so_many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
