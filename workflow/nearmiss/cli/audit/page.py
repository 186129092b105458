"""What an audit found, as one page in HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.app.audit_report import report_page
from nearmiss.cli.audit.words import VERDICTS, entry_words, judged, unproven
from nearmiss.cli.voice import one_line
from nearmiss.engine.audit.results import LEDGERS

if TYPE_CHECKING:
    from nearmiss.engine.audit.results import Audited


def as_page(audited: Audited) -> bytes:
    """Return the page; it needs nothing beside it, and every word from a record is escaped."""
    ledgers = {
        what: [(entry["commit"], one_line(entry_words(name, entry))) for entry in audited.ledger(name)]
        for name, what in LEDGERS.items()
        if audited.ledger(name)
    }
    sentences = [VERDICTS[audited.verdict], *judged(audited), *unproven(audited)]
    return report_page(audited, sentences=sentences, ledgers=ledgers)
