"""What an audit found, for people at a terminal: what does not hold first, then the ledgers, and what is not proven."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.cli.audit.words import VERDICTS, entry_words, judged, unproven
from nearmiss.cli.findings import say_findings
from nearmiss.cli.voice import flow, flow_all, heading, one_line, say
from nearmiss.engine.audit.results import LEDGERS

if TYPE_CHECKING:
    from nearmiss.engine.audit.results import Audited

_COLOURS = {"pass": "green", "refuse": "red"}


def say_audited(audited: Audited) -> None:
    """Print the findings by commit, the ledgers that have entries, what is not proven, and the verdict."""
    for commit in dict.fromkeys(one.commit for one in audited.open_findings):
        say((commit[:12], "bold"))
        say_findings([one.finding for one in audited.open_findings if one.commit == commit])
    waived = [one for one in audited.findings if one.waived]
    if waived:
        heading("Let stand by waivers.yaml")
        flow_all((f"{one.commit[:12]} {one.finding.code}: {one_line(one.waived)}" for one in waived), indent=2, hang=2)
    for name, what in LEDGERS.items():
        entries = audited.ledger(name)
        if entries:
            heading(what)
        words = (f"{entry['commit'][:12]} {one_line(entry_words(name, entry))}" for entry in entries)
        flow_all(words, indent=2, hang=2)
    heading("The audit")
    flow((VERDICTS[audited.verdict], _COLOURS[audited.verdict]), hang=2)
    for sentence in (*judged(audited), *unproven(audited)):
        flow(sentence, hang=2)
