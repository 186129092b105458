"""The index: the records of the main branch in a form from which a list and a page are read at once.

It says what it was made from: the tip of the main branch, and which branches propose something. Where the references of
the repository say anything else, it is not looked at; it is made anew then, and losing it costs time only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from nearmiss.engine.pages import Page
from nearmiss.engine.summaries import Summary
from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

BRANCHES, REMOTE_BRANCHES = "refs/heads/", "refs/remotes/"
PROPOSING = "/near-miss/"
"""What stands in the full name of every branch that proposes something."""


class Row(NamedTuple):
    """A record of the main branch: its id, when it was reported, and the key of its facts. No day: it is unreadable."""

    id: str
    reported_on: str
    key: str


class Index(Protocol):
    """Keeps what is remembered of a repository. Whatever is wrong with it, it is as if it were empty."""

    def get_many(self, keys: Sequence[str]) -> dict[str, Any]:
        """Return what is remembered of the keys, without what is kept aside."""
        ...

    def put_many(self, values: Mapping[str, Any]) -> None:
        """Remember values that JSON can keep; of a mapping, what is under `aside` is kept by itself."""
        ...

    def get_aside(self, keys: Sequence[str]) -> dict[str, Any]:
        """Return what was kept aside."""
        ...

    def notes(self) -> Mapping[str, str]:
        """Return what the rows were made from."""
        ...

    def note(self, notes: Mapping[str, str]) -> None:
        """Say more of what they were made from."""
        ...

    def place(self, rows: Iterable[Row], gone: Iterable[str], *, notes: Mapping[str, str], whole: bool) -> None:
        """Put rows in, take those out that are gone (with `whole`, all others), and say what they were made from."""
        ...

    def rows(self, *, newest: int = 0) -> list[Row]:
        """Return the rows by the day of the report, the newest first, then by id; all, or so many."""
        ...

    def row(self, record_id: str) -> Row | None:
        """Return the row of one record."""
        ...

    def count(self) -> tuple[int, tuple[str, ...]]:
        """Return how many records can be read, and the ids of the others."""
        ...

    def forget(self) -> None:
        """Drop everything."""
        ...


@dataclass(frozen=True, kw_only=True)
class References:
    """Where HEAD and the branches are: the commit of HEAD, and all branches by their full names."""

    head: str
    branches: Mapping[str, str]

    @property
    def proposing(self) -> str:
        """What tells apart all branches that may propose something."""
        return json.dumps(sorted(pair for pair in self.branches.items() if PROPOSING in pair[0]))


class DamagedIndexError(NearMissError):
    """What is remembered is not what was put there."""

    def __init__(self) -> None:
        super().__init__(
            "What nearmiss remembers of this repository is damaged.",
            hint="It is made anew when you remove it: rm -r .git/nearmiss/cache",
        )


@dataclass(frozen=True, kw_only=True)
class View:
    """The index as far as it is up to date: the tip of the main branch, what is proposed, what may be asked for."""

    index: Index
    tip: str
    proposals: tuple[tuple[str, str, str], ...]
    """Subject, branch and transition of each."""
    known: Mapping[str, Sequence[str]]
    """The values that each filter of a list knows."""

    def summaries(self, rows: Sequence[Row], *, words: bool = False) -> list[Summary]:
        """Return the summaries of rows, in their order; with their words where these are wanted."""
        keys = [row.key for row in rows]
        kept = self.index.get_many(keys)
        aside = self.index.get_aside(keys) if words else {}
        try:
            return [Summary.revive(kept[key]["summary"], words=aside[key]["words"] if words else "") for key in keys]
        except (KeyError, TypeError, AttributeError):
            raise DamagedIndexError from None

    def page(self, record_id: str) -> Page | None:
        """Return the page of a record; None where there is no such record, or none that could be judged."""
        row = self.index.row(record_id)
        if row is None or not row.reported_on:
            return None
        found = [(branch, transition) for subject, branch, transition in self.proposals if subject == record_id]
        try:
            kept = self.index.get_aside([row.key])[row.key]["page"]
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
    return View(index=index, tip=tip, proposals=found, known=json.loads(notes[KNOWN]))


def main_tip(main: str | None, references: References) -> str | None:
    """Return where the main branch of that name is: here, or at the remote where there is none here."""
    if main is None:
        return None
    return references.branches.get(f"{BRANCHES}{main}") or references.branches.get(f"{REMOTE_BRANCHES}origin/{main}")
