"""`nearmiss show`: one near miss on a page, with what is in force and what may come next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from nearmiss.cli.findings import finding_as_data, say_findings
from nearmiss.cli.options import json_option, record_argument
from nearmiss.cli.output.sections import say_actions, say_causes, say_section, spell
from nearmiss.cli.voice import emit, flow, heading, one_line, paragraph, say
from nearmiss.policy.plain import get, listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.records.pages import Page

IDENTITY = {
    "asserted": "Identity not proven (asserted).",
    "forge": "Identity attested by the forge.",
    "signed": "Signed with a registered key.",
}
"""How sure it is who gave a sign-off, by its assurance."""

QUESTIONS = (
    ("What happened", ("what_happened",)),
    ("What could have happened", ("what_could_have_happened",)),
    ("What stopped it", ("what_stopped_it",)),
    ("Where", ("site", "process_area", "location")),
    ("When", ("occurred_on", "occurred_until", "occurred_at")),
)
"""The five questions, and the fields of the report that answer them."""


@click.command(short_help="Show one near miss on a page.")
@record_argument
@click.option("--revision", default="", metavar="REV", help="As it was in a commit, or is on a branch.")
@json_option
@click.pass_obj
def command(surroundings: Surroundings, /, *, record_id: str, revision: str, as_json: bool) -> None:
    """Show one near miss: its state and risk, the five answers, causes, actions, who signed what, and what may come.

    Example: nearmiss show NM-2026-7Q4K2
    """
    from nearmiss.app.glancing import show_at_once

    shown = None if revision else show_at_once(surroundings.place, record_id)
    if shown is None:
        from nearmiss.engine.looking.showing import show

        shown = show(surroundings.desk(), record_id, revision=revision)
    if as_json:
        emit(shown_as_data(shown))
    else:
        _tell(shown, surroundings.today())


def shown_as_data(shown: Page) -> Mapping[str, Any]:
    """Return a record as JSON has it: ok, id, path, commit, band, record, steps, proposals, next_steps, findings.

    `record` is its plain data; a step has seq, transition, from, to and signed: by, name, role, at, verdict, meaning,
    because, assurance.
    """
    return {
        "ok": True,
        "id": shown.id,
        "path": shown.path,
        "commit": shown.commit,
        "band": shown.band,
        "record": dict(shown.data),
        "steps": [_step_as_data(step) for step in shown.steps],
        "proposals": [{"branch": branch, "transition": transition} for branch, transition in shown.proposals],
        "next_steps": list(shown.next_steps),
        "findings": [finding_as_data(finding) for finding in shown.findings],
    }


def _step_as_data(step: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("by", "name", "role", "at", "verdict", "meaning", "because", "assurance")
    signed = [{key: said.get(key, "") for key in keys} for said in step["signed"]]
    return {**{key: step[key] for key in ("seq", "transition", "from", "to")}, "signed": signed}


def _tell(shown: Page, today: str) -> None:
    record = shown.data
    flow((shown.id, "bold"), f"  {one_line(record.get('title', ''))}", hang=2)
    flow(f"State: {record.get('state')}", *_risk(shown), hang=2)
    _say_report(record, shown.labels)
    for part, value in record.items():
        if not isinstance(value, dict | list) or part in {"report", "progress"}:
            continue
        _say_part(part, value, record, today)
    _say_sign_offs(shown)
    say_findings(shown.findings)
    _say_next(shown)


def _risk(shown: Page) -> tuple[str, ...]:
    """Return the risk in words: both numbers, the band and how deep to go."""
    record = shown.data
    severity, likelihood = get(record, "assessment", "severity_potential"), get(record, "assessment", "likelihood")
    if not isinstance(severity, int) or not isinstance(likelihood, int):
        return ("; not assessed yet",)
    words = [
        f"could have been {severity} ({shown.labels['severity_potential'].lower()})",
        f"likelihood {likelihood} ({shown.labels['likelihood'].lower()})",
        f"risk {shown.band}",
    ]
    level = get(record, "assessment", "level")
    return ("; ", ", ".join([*words, f"level {level}"] if level else words))


def _say_report(record: Mapping[str, Any], labels: Mapping[str, str]) -> None:
    report = record.get("report", {})
    mode = get(report, "reporter", "mode")
    who = get(report, "reporter", "person") or mode
    heading(f"Reported on {report.get('reported_on')} ({who})")
    safe = {"yes": "Safe now.", "no": "NOT safe when reported.", "unknown": "Not known whether it is safe."}
    if report.get("made_safe") in safe:
        say("  " + safe[report["made_safe"]])
    for question, fields in QUESTIONS:
        answers = [_answer(field, report[field], labels) for field in fields if field in report]
        if answers:
            say(f"  {question}:")
            say(paragraph(", ".join(answers), indent=4))
    told = {"reported_on", "reporter", "made_safe", *(field for _, fields in QUESTIONS for field in fields)}
    rest = {key: value for key, value in report.items() if key not in told}
    if rest:
        say_section("besides", rest)


def _answer(field: str, value: Any, labels: Mapping[str, str]) -> str:
    if field == "what_stopped_it" and isinstance(value, dict):
        how = f": {value['how']}" if "how" in value else ""
        return f"{labels.get('barrier') or spell(value['barrier'])}{how}"
    return labels.get(field) or spell(value)


def _say_part(part: str, value: Any, record: Mapping[str, Any], today: str) -> None:
    if part == "root_cause":
        say_causes(listed(record, "root_cause", "causes"))
        rest = {key: inner for key, inner in value.items() if key != "causes"}
    elif part == "action_plan":
        say_actions(record, listed(record, "action_plan", "actions"), today)
        rest = {key: inner for key, inner in value.items() if key != "actions"}
    else:
        say_section(part, value)
        return
    from nearmiss.cli.output.sections import lines_of

    for line in lines_of(rest):
        say(line)


def _say_sign_offs(shown: Page) -> None:
    """Print each sign-off in force with printed name, date and meaning, as 21 CFR 11.50 has it."""
    if not shown.steps:
        return
    heading("Signed and in force")
    for step in shown.steps:
        for said in step["signed"]:
            signed = f"{step['seq']}. {step['transition']}: {one_line(said['name'])} ({said['role']}), {said['at']}"
            say(paragraph(signed, indent=2))
            say(paragraph(said["meaning"], indent=5))
            if said.get("because"):
                say(paragraph(f"Because: {said['because']}", indent=5))
            if said.get("waiver"):
                say(paragraph(f"Waived: {said['waiver']['rule']} ({said['waiver']['because']})", indent=5))
            say(f"     {IDENTITY[said['assurance']]}")


def _say_next(shown: Page) -> None:
    heading("What may come next")
    for branch, transition in shown.proposals:
        words = f"proposed: {transition}, on {branch}: nearmiss review {shown.id}"
        flow(words, indent=2, hang=2)
    flow(", ".join(shown.next_steps) or "nothing: the case is closed", indent=2)
