"""The gate's verdict as a comment on a request: what a reviewer reads in a minute, and the line to sign off with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nearmiss import __version__
from nearmiss.cli.output.sections import name_of, spell
from nearmiss.cli.replay.words import WOULD, late_words, summary
from nearmiss.cli.voice import one_line
from nearmiss.models.ids import POLICY_SUBJECT
from nearmiss.models.vocabulary import label_of
from nearmiss.policy.findings import Severity, spell_field
from nearmiss.policy.proving import ASSURANCES
from nearmiss.policy.signing import in_turn, way_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nearmiss.engine.gate.decisions import Change, Decision, Gated
    from nearmiss.engine.replaying.results import Replay
    from nearmiss.policy.findings import Finding
    from nearmiss.policy.proposed import Proposed

MARK = "<!-- nearmiss gate -->"
"""The first line of the comment, by which the next run finds it and puts its own in its place."""

MOST_CHANGES = 40
MOST_STEPS = 20
MOST_SEALED = 120
LARGEST_TABLE = 16_000
"""Bytes of a table of values, so that two of them leave room for what is to be done."""
LONGEST_VALUE = 300
LONGEST = 60_000
"""Characters of a comment: forges take no more than 65,536."""

_VERDICTS = {
    "pass": "✅ Everything is signed: this may be merged",
    "waiting": "⏳ Legal and complete: sign-offs are missing",
    "refuse": "⛔ This is refused as it is",
}
_SIGNS = {"error": "⛔", "waiting": "⏳", "warning": "⚠️", "note": "💬"}
_MARKUP = re.compile(r"([!-/:-@\[-`{-~])")


def escaped(text: object) -> str:
    """Return text on one line in which nothing is Markdown, HTML, a link, or somebody's name to be called."""
    inert = _MARKUP.sub(r"\\\1", one_line(text))
    # Forges look for names and numbers in what is shown, after the escapes are gone.
    return inert.replace("\\@", "\\@\u200b").replace("\\#", "\\#\u200b")


def code(text: object) -> str:
    """Return text on one line as a code span that stands in a table, whatever backticks and bars it holds."""
    line = one_line(text)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    space = " " if line.startswith("`") or line.endswith("`") or not line.strip() else ""
    return f"{fence}{space}{line}{space}{fence}".replace("|", "\\|")


def as_comment(gated: Gated, replayed: Replay | None = None) -> Iterator[str]:
    """Yield the lines of the comment in Markdown; every word from a record or a branch is shown, and never obeyed.

    `replayed` is what a change of the policy would have meant, where it is one.
    """
    lines = [*_summary(gated)]
    for decision in gated.decisions:
        lines += _decision(decision, gated.policy.settings.language)
        if replayed is not None and decision.subject == POLICY_SUBJECT:
            lines += _replayed(replayed)
    if gated.others:
        lines += ["", "### About the request", "", *_findings(gated.others)]
    yield from _bounded(lines)
    yield ""
    yield (
        f"<sub>nearmiss {__version__} · {code(gated.result.base[:12])} ← {code(gated.result.head[:12])} · "
        f"policy version {gated.policy.number}, rules {code(gated.policy.rules_digest.removeprefix('sha256:')[:12])}"
        "</sub>"
    )


def _bounded(lines: Iterable[str]) -> Iterator[str]:
    left = LONGEST
    for line in lines:
        left -= len(line.encode()) + 1
        if left < 0:
            yield "\n… the rest is too long for a comment: see the job's log, or run `nearmiss review` in a clone."
            return
        yield line


def _summary(gated: Gated) -> Iterator[str]:
    yield MARK
    yield f"## {_VERDICTS[gated.result.verdict]}"
    if not gated.decisions and not gated.others:
        yield ""
        yield "No record and no policy is touched."


def _decision(decision: Decision, language: str) -> Iterator[str]:
    yield ""
    yield f"### {_SIGNS[_WEIGHTS[decision.verdict]]} {decision.subject} · {escaped(decision.title)}".rstrip(" ·")
    for step in decision.steps:
        yield from _step(step, language)
    if not decision.steps and decision.is_new:
        yield from ("", "A new report. It needs nobody's approval.")
    elif not decision.steps and decision.verdict == "pass":
        yield from ("", "No step: nothing here needs a sign-off.")
    yield from _sealed(decision)
    yield from _changes(decision)
    for step in decision.steps:
        yield from _turn(decision.subject, step)
    findings = [finding for finding in decision.findings if finding.code != "sign-off-missing"]
    if findings:
        yield from ("", "**Findings**", "", *_findings(findings))


_WEIGHTS = {"pass": "note", "waiting": "waiting", "refuse": "error"}


def _replayed(replay: Replay) -> Iterator[str]:
    """Tell what the change would have meant so far, and name a few of the steps; the rest can be had in a clone."""
    yield ""
    yield "**What it would have meant**"
    for sentence in summary(replay):
        yield ""
        yield escaped(sentence)
    if not replay.differing:
        return
    yield ""
    yield f"<details><summary>The steps ({len(replay.differing)})</summary>"
    yield ""
    yield "| record | step | what would have come of it | why |"
    yield "|---|---|---|---|"
    for step in replay.differing[:MOST_STEPS]:
        why = "; ".join([*late_words(step), *(finding.message for finding in step.findings)])
        yield f"| {step.record} | {step.transition} | {WOULD[step.verdict]} | {_value(why)} |"
    if len(replay.differing) > MOST_STEPS:
        yield ""
        yield f"… and {len(replay.differing) - MOST_STEPS} more: `nearmiss replay --policy workflow` on the branch"
    yield ""
    yield "</details>"


def _step(step: Proposed, language: str) -> Iterator[str]:
    move = f"{step.from_} → {step.to}" if step.from_ != step.to else f"stays {step.to}"
    sealed = [name_of(part).lower() for part, digest in step.parts.items() if digest]
    yield ""
    yield f"**{escaped(label_of(dict(step.transition.label), language))}** · {escaped(move)}"
    yield ""
    yield f"> Signing it means: {escaped(step.transition.meaning)}"
    if sealed:
        yield from ("", f"It seals: {escaped(', '.join(sealed))}.")
    if step.contributors:
        yield from ("", f"Written by: {escaped(', '.join(sorted(step.contributors)))}; they do not sign it.")


def _sealed(decision: Decision) -> Iterator[str]:
    """Yield what the steps seal, whole: it may have been drafted long before, and be no change of this request."""
    rows = [f"| {code(spell_field(field))} | {_value(value)} |" for field, value in decision.sealed]
    yield from _table(
        f"What is signed ({len(rows)})", "| field | says |", rows[:MOST_SEALED], len(rows), decision.subject
    )


def _changes(decision: Decision) -> Iterator[str]:
    rows = [_row(change) for change in decision.changes]
    heads = "| field | before | after |"
    yield from _table(f"What changes ({len(rows)})", heads, rows[:MOST_CHANGES], len(rows), decision.subject)


def _table(title: str, heads: str, rows: Sequence[str], number: int, subject: str) -> Iterator[str]:
    """Yield a table that a click opens; of a long one as much as leaves room for the line to post."""
    if not rows:
        return
    left, shown = LARGEST_TABLE, []
    for row in rows:
        left -= len(row.encode()) + 1
        if left < 0:
            break
        shown.append(row)
    yield from ("", f"<details><summary>{title}</summary>", "", heads, "|---" * heads.count(" | ") + "|---|", *shown)
    if len(shown) < number:
        yield from ("", f"… and {number - len(shown)} more: `nearmiss review {subject}`")
    yield from ("", "</details>")


def _row(change: Change) -> str:
    field, before, after = change
    return f"| {code(spell_field(field))} | {_value(before)} | {_value(after)} |"


def _value(value: Any) -> str:
    if value is None:
        return "–"
    said = one_line(spell(value))
    return code(said if len(said) <= LONGEST_VALUE else f"{said[:LONGEST_VALUE]}…")


def _turn(subject: str, step: Proposed) -> Iterator[str]:
    if step.signed:
        yield from ("", f"Signed by: {escaped(', '.join(step.signed))}.")
    if step.objected:
        yield from ("", f"⛔ Objected to by: {escaped(', '.join(step.objected))}.")
    if not step.missing:
        return
    whose = in_turn(step.candidates, step.keyless) or way_out(step.transition)
    name = step.transition.name
    yield ""
    yield f"**Still to sign**: {escaped(' and '.join(step.missing))}. Who may: {escaped(whose)}."
    yield ""
    yield f"In a clone: `nearmiss approve {subject}`"
    objecting = f"/object {subject} {name} {step.code} because: …"
    yield ""
    if step.assurance == ASSURANCES[-1]:
        yield from (
            "Only with a key of one's own. To object, post this line as a comment.",
            "",
            "```",
            objecting,
            "```",
        )
        return
    yield "Or without one: post the first line as a comment, or the second one to object."
    yield from ("", "```", f"/sign-off {subject} {name} {step.code}", objecting, "```")


def _findings(findings: Iterable[Finding]) -> Iterator[str]:
    weights = list(Severity)
    for finding in sorted(findings, key=lambda one: weights.index(one.severity)):
        line = f":{finding.line}" if finding.line else ""
        place = f" {code(f'{finding.path}{line}')}" if finding.path else ""
        yield f"- {_SIGNS[str(finding.severity)]}{place} {escaped(finding.message)} ({code(finding.code)})"
        if finding.hint:
            yield f"  {escaped(finding.hint)}"
