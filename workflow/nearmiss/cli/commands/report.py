"""`nearmiss report`: takes a report from flags, from a file, or from somebody who is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.input.attachments import read_attachments
from nearmiss.cli.input.links import read_link
from nearmiss.cli.options import json_option
from nearmiss.cli.output.sharing import say_share
from nearmiss.cli.voice import can_ask, emit, say
from nearmiss.engine.errors import RefusedError
from nearmiss.errors import NearMissError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.app.documents import Handed
    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.reporting import Reported

PLAIN_FIELDS = {
    "what_happened": "what_happened",
    "could_have": "what_could_have_happened",
    "safe": "made_safe",
    "site": "site",
    "area": "process_area",
    "location": "location",
    "occurred_on": "occurred_on",
    "occurred_at": "occurred_at",
    "occurred_until": "occurred_until",
    "immediate_action": "immediate_action",
    "suggestion": "suggestion",
    "group": "group",
    "lang": "lang",
}
"""Which field of the report an option fills."""

NOT_FROM_A_FILE = ("reported_on", "reporter", "imported_from", "clarifications", "attachments")
"""Fields that the program fills, or that come later."""


class NothingReportedError(UsageError):
    """Neither was anything said, nor is there anybody to ask."""

    def __init__(self) -> None:
        super().__init__(
            "There is nothing to report yet, and nobody to ask.",
            hint="Say at least --what-happened '…', or give --from FILE; on a terminal, the questions are asked.",
        )


class UnknownReporterError(NearMissError):
    """Who reports is not on the list of people."""

    def __init__(self, error: NearMissError) -> None:
        super().__init__(error.message, hint=f"Report without a name: nearmiss report --anonymous. Or: {error.hint}")


@click.command(short_help="Report a near miss, in under a minute.")
@click.option("--what-happened", help="In your own words; no names.")
@click.option("--could-have", metavar="TEXT", help="What could have happened.")
@click.option("--stopped-by", metavar="BARRIER", help="What stopped it: person, luck, …; see `nearmiss terms barrier`.")
@click.option("--how", metavar="TEXT", help="How that stopped it.")
@click.option("--safe", type=click.Choice(["yes", "no", "unknown"]), help="Is it safe now?")
@click.option("--site", metavar="TERM", help="At which site; `nearmiss terms site` shows them.")
@click.option("--area", metavar="TERM", help="In which area; see `nearmiss terms area`.")
@click.option("--location", metavar="TERM", help="Where exactly; see `nearmiss terms location`.")
@click.option("--on", "occurred_on", metavar="DATE", help="When: 2026-11-20, 2026-11 or 2026.")
@click.option("--at", "occurred_at", metavar="HH:MM", help="The time of day; with your name only.")
@click.option("--until", "occurred_until", metavar="DATE", help="For a condition that lasted.")
@click.option("--immediate-action", metavar="TEXT", help="What was done at once.")
@click.option("--suggestion", metavar="TEXT", help="What you would change.")
@click.option("--group", metavar="TERM", help="Employee, contractor, visitor, …")
@click.option("--link", "links", multiple=True, metavar="KIND=REF[@SYSTEM]", help="What it is about; repeatable.")
@click.option("--attach", "attached", multiple=True, metavar="FILE", help="A picture or document; repeatable.")
@click.option("--title", default="", help="Made from the first words where not given.")
@click.option("--lang", metavar="CODE", help="The language of the report, such as de.")
@click.option("--on-behalf", is_flag=True, help="You type it in for somebody else.")
@click.option("--anonymous", is_flag=True, help="No name, time of day or time zone, in the record or in git.")
@click.option("--confidential", is_flag=True, help="No name either; the day is kept.")
@click.option("--from", "source", metavar="FILE", help="The fields as YAML; - reads standard input.")
@json_option
@click.pass_obj
def command(surroundings: Surroundings, /, *, as_json: bool, **said: Any) -> None:
    """Report a near miss. Without options you are asked a few questions; all but what happened may be skipped.

    A report needs nobody's approval. What you say stays as you said it.

    Example: nearmiss report --what-happened "The trailer rolled off the dock as I drove in." --safe yes

    Example: nearmiss report --anonymous --what-happened "Goods stood beside the bins." --site warehouse
    """
    if said["anonymous"] and said["confidential"]:
        raise UsageError("A report is anonymous or confidential, not both.", hint="Leave one of the two out.")
    mode = "anonymous" if said["anonymous"] else "confidential" if said["confidential"] else "named"
    handed = _handed(surroundings, said["source"])
    flags = _from_options(said)
    answers = {**(handed.data if handed else {}), **flags}
    title = said["title"] or str(answers.pop("title", ""))
    if not answers and not said["attached"] and not as_json and can_ask():
        from nearmiss.cli.input.questions import interview

        mode, answers = interview(surroundings.desk(), mode=mode)
    if "what_happened" not in answers and handed is None:
        raise NothingReportedError
    files = read_attachments(surroundings.at(name) for name in said["attached"])
    desk = surroundings.desk()
    try:
        reported = _report(desk, answers, mode=mode, title=title, files=files)
    except RefusedError as error:
        raise _with_lines(error, handed, flags) from error
    if as_json:
        emit(reported_as_data(reported))
    else:
        _tell(reported)
        say_share(desk, reported.branch)


def reported_as_data(reported: Reported) -> Mapping[str, Any]:
    """Return what came of a report as JSON has it: ok, id, path, title, branch, commit, call, notes."""
    return {
        "ok": True,
        "id": reported.id,
        "path": reported.path,
        "title": reported.title,
        "branch": reported.branch,
        "commit": reported.commit,
        "call": reported.call,
        "notes": list(reported.notes),
    }


def _handed(surroundings: Surroundings, source: str | None) -> Handed | None:
    from nearmiss.app.documents import read_mapping

    if source is None:
        return None
    handed = read_mapping(surroundings.at(source))
    unfit = [field for field in NOT_FROM_A_FILE if field in handed.data]
    if unfit:
        from nearmiss.policy.findings import Finding

        findings = [
            Finding(code="not-for-reporters", message=f"{field} is not for the reporter to fill", field=(field,))
            for field in unfit
        ]
        raise RefusedError("The report cannot be taken from this file.", handed.locate(findings))
    return handed


def _from_options(said: Mapping[str, Any]) -> dict[str, Any]:
    answers: dict[str, Any] = {field: said[option] for option, field in PLAIN_FIELDS.items() if said[option]}
    if said["how"] and not said["stopped_by"]:
        raise UsageError("--how says how something stopped it, but not what.", hint="Give --stopped-by as well.")
    if said["stopped_by"]:
        answers["what_stopped_it"] = {"barrier": said["stopped_by"]} | ({"how": said["how"]} if said["how"] else {})
    if said["on_behalf"]:
        answers["entered_on_behalf"] = True
    if said["links"]:
        answers["links"] = [read_link(link) for link in said["links"]]
    return answers


def _report(
    desk: Desk,
    answers: Mapping[str, Any],
    *,
    mode: str,
    title: str,
    files: Mapping[str, bytes],
) -> Reported:
    from nearmiss.engine.errors import NobodyError, StrangerError
    from nearmiss.engine.reporting import report_near_miss

    try:
        return report_near_miss(desk, answers, mode=mode, title=title, files=files)
    except (StrangerError, NobodyError) as error:
        raise UnknownReporterError(error) from error


def _with_lines(error: RefusedError, handed: Handed | None, flags: Mapping[str, Any]) -> RefusedError:
    """Return a refusal whose findings about the file that was handed over have its lines."""
    if handed is None:
        return error
    inside = [
        found for found in error.findings if found.field[:1] == ("report",) and not {*found.field[1:2]} & {*flags}
    ]
    others = [found for found in error.findings if found not in inside]
    return RefusedError(error.message, [*handed.locate(inside, within=1), *others])


def _tell(reported: Reported) -> None:
    if reported.call:
        say(("It is not safe yet. Call at once: ", "red"), (reported.call, "bold"))
        say("")
    say("Thank you. Reported as ", (reported.id, "bold"), f": {reported.title}")
    for note in reported.notes:
        say(note)
    say("")
    if reported.branch.endswith("/00-report"):
        say(f"It waits on the branch {reported.branch}; it becomes a record with: nearmiss merge {reported.id}")
    say("What happens next: somebody assesses it and answers you. See what becomes of it:")
    say(f"  nearmiss show {reported.id}")
