"""The index: the records of the main branch in a form from which a list and a page are read at once.

It says what it was made from: the tip of the main branch, and which branches propose something. Where the references of
the repository say anything else, it is not looked at; it is made anew then, and losing it costs time only.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nearmiss.engine.memory import Index
    from nearmiss.engine.records.pages import Page
    from nearmiss.engine.records.summaries import Summary
    from nearmiss.engine.rows import References, Row

BRANCHES, REMOTE_BRANCHES = "refs/heads/", "refs/remotes/"


class DamagedIndexError(NearMissError):
    """What is remembered is not what was put there."""

    def __init__(self) -> None:
        super().__init__(
            "What nearmiss remembers of this repository is damaged.",
            hint="It is made anew when you remove it: rm -r .git/nearmiss/cache",
        )


class View(NamedTuple):
    """The index as far as it is up to date: the tip of the main branch, what is proposed, what may be asked for."""

    kept: Index
    tip: str
    proposals: tuple[tuple[str, str, str], ...]
    """Subject, branch and transition of each."""
    known: Mapping[str, Sequence[str]]
    """The values that each filter of a list knows."""

    def summaries(self, rows: Sequence[Row], *, words: bool = False) -> list[Summary]:
        """Return the summaries of rows, in their order; with their words where these are wanted."""
        from nearmiss.engine.records.summaries import Summary

        keys = [row.key for row in rows]
        kept = self.kept.get_many(keys)
        aside = self.kept.get_aside(keys) if words else {}
        try:
            return [Summary.revive(kept[key]["summary"], words=aside[key]["words"] if words else "") for key in keys]
        except (KeyError, TypeError, AttributeError):
            raise DamagedIndexError from None

    def page(self, record_id: str) -> Page | None:
        """Return the page of a record; None where there is no such record, or none that could be judged."""
        row = self.kept.row(record_id)
        if row is None or not row.reported_on:
            return None
        from nearmiss.engine.records.pages import Page

        found = [(branch, transition) for subject, branch, transition in self.proposals if subject == record_id]
        try:
            kept = self.kept.get_aside([row.key])[row.key]["page"]
            return Page.revive(kept).at(self.tip, found) if kept else None
        except (KeyError, TypeError, AttributeError):
            raise DamagedIndexError from None


MAINS, TIP, RULES, PROPOSALS, KNOWN = "mains", "tip", "rules", "proposals", "known"
"""The names of the notes."""


def look(index: Index, references: References) -> View | None:
    """Return the index where it was made from what these references say; else None."""
    notes = index.notes()
    if not {MAINS, TIP, PROPOSALS, KNOWN} <= set(notes):
        return None
    tip = main_tip(json.loads(notes[MAINS]).get(references.head), references)
    proposals = json.loads(notes[PROPOSALS])
    if tip is None or tip != notes[TIP] or proposals["of"] != references.proposing:
        return None
    found = tuple((subject, branch, transition) for subject, branch, transition in proposals["found"])
    return View(kept=index, tip=tip, proposals=found, known=json.loads(notes[KNOWN]))


def main_tip(main: str | None, references: References) -> str | None:
    """Return where the main branch of that name is: here, or at the remote where there is none here."""
    if main is None:
        return None
    return references.branches.get(f"{BRANCHES}{main}") or references.branches.get(f"{REMOTE_BRANCHES}origin/{main}")
