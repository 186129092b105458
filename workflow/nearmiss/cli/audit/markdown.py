"""What an audit found, in Markdown: for a report that is kept, or a comment that a job leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss import __version__
from nearmiss.cli.audit.words import VERDICTS, entry_words, judged, move_of, unproven, who_signed
from nearmiss.cli.gate.comment import code, escaped
from nearmiss.engine.audit.results import LEDGERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nearmiss.engine.audit.results import Audited, Blamed, Life


def as_markdown(audited: Audited) -> Iterator[str]:
    """Yield the lines of a report; every word from a record is shown, and never obeyed."""
    yield f"# Audit: {VERDICTS[audited.verdict]}"
    yield ""
    for sentence in (*judged(audited), *unproven(audited)):
        yield f"- {escaped(sentence)}"
    if audited.findings:
        yield from ("", "## What does not hold", "")
        for one in audited.findings:
            yield _finding(one)
    for name, what in LEDGERS.items():
        entries = audited.ledger(name)
        if entries:
            yield from ("", f"## {what}", "")
        for entry in entries:
            yield f"- {code(entry['commit'][:12])} {escaped(entry_words(name, entry))}"
    yield from ("", "## Every step", "")
    yield "| record | step | signed by | under | commit |"
    yield "|---|---|---|---|---|"
    for life in audited.lives:
        yield from _rows(life)
    yield ""
    yield f"<sub>nearmiss {__version__} · {code(audited.tip)}</sub>"


def _finding(one: Blamed) -> str:
    finding = one.finding
    place = f" {code(finding.path)}" if finding.path else ""
    field = f" {code(finding.field_name)}" if finding.field else ""
    stands = f" Let stand: {escaped(one.waived)}" if one.waived else ""
    return (
        f"- **{finding.severity}** {code(one.commit[:12])}{place}{field} {escaped(finding.message)} "
        f"({code(finding.code)}){stands}"
    )


def _rows(life: Life) -> Iterator[str]:
    for step in life.steps:
        yield (
            f"| {code(life.subject)} | {escaped(step.transition)} ({escaped(move_of(step))}) | "
            f"{escaped(who_signed(step))} | version {step.policy} | {code(step.commit[:12])} |"
        )
