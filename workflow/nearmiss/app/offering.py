"""What a shell can offer while somebody types: read from the register's files, and quickly, or nothing at all."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nearmiss.engine.looking.listing import Listed
    from nearmiss.vcs.names import Names

LARGEST = 8 * 1024 * 1024
"""Bytes of a file beyond which it is not read here: while somebody types, nothing may take long."""

KEPT = "offers"
"""The name under which the index keeps what is offered."""


class Known(NamedTuple):
    """What of a record helps to choose it; an open action is its id, owner and day."""

    id: str
    title: str
    state: str
    level: str
    open_actions: Sequence[tuple[str, str, str]]


class Offering:
    """The register that a folder lies in, as far as it is needed to complete a word."""

    def __init__(self, directory: Path) -> None:
        here = directory.resolve()
        tops = (place for place in (here, *here.parents) if (place / "workflow" / "policy" / "instance.yaml").is_file())
        self.root = next(tops, None)

    @cached_property
    def version(self) -> Mapping[str, Any]:
        """The newest accepted policy of the checkout, as its file has it."""
        files = sorted(self.root.glob("workflow/policy/versions/[0-9][0-9][0-9][0-9].json")) if self.root else []
        return _read(files[-1]) if files else {}

    @property
    def rules(self) -> Mapping[str, Any]:
        """Workflow, risk, settings and vocabulary."""
        rules: Mapping[str, Any] = self.version.get("rules", {})
        return rules

    @property
    def language(self) -> str:
        """The language of labels."""
        return str(self.rules.get("settings", {}).get("language", "en"))

    @property
    def transitions(self) -> list[Mapping[str, Any]]:
        """The transitions of the workflow."""
        found: list[Mapping[str, Any]] = self.rules.get("workflow", {}).get("transitions", [])
        return found

    @cached_property
    def schema(self) -> Mapping[str, Any]:
        """The JSON Schema of records."""
        return _read(self.root / "schemas" / "near-miss.schema.json") if self.root else {}

    def label(self, labels: Mapping[str, str] | None) -> str:
        """Return a label in the register's language, else in English, else any."""
        labels = labels or {}
        return labels.get(self.language) or labels.get("en") or next(iter(labels.values()), "")

    def terms(self, name: str) -> list[tuple[str, str]]:
        """Return the terms of a list that are in use, each with its label and help."""
        found = self.rules.get("vocabulary", {}).get(name, {}).get("terms", [])
        return [(term["term"], self.label(term.get("label"))) for term in found if not term.get("retired")]

    def lists(self) -> list[tuple[str, str]]:
        """Return the lists of terms with what each is called."""
        return [(name, self.label(each.get("label"))) for name, each in self.rules.get("vocabulary", {}).items()]

    def people(self) -> list[tuple[str, str]]:
        """Return the handles of everybody who is active, each with the name."""
        people = self.version.get("people", {}).get("people", [])
        active = [one for one in people if one.get("active") is not False and one.get("kind") == "person"]
        return [(str(one["handle"]), str(one["name"])) for one in active]

    @cached_property
    def names(self) -> Names | None:
        """The branches and tags."""
        from nearmiss.vcs.names import names_at

        return names_at(self.root) if self.root else None

    @cached_property
    def _contents(self) -> tuple[list[tuple[Any, ...]], Mapping[str, str]]:
        """The records and what is proposed: as remembered, where that is up to date, else from git, which renews it."""
        return (_remembered(self.root) or _in_full(self.root)) if self.root else ([], {})

    @cached_property
    def records(self) -> Mapping[str, Known]:
        """Every record of the main branch by its id."""
        return {row[0]: Known(*row) for row in self._contents[0]}

    @property
    def proposed(self) -> Mapping[str, str]:
        """The step that is proposed, by what it is for: a record id, or `policy`."""
        return self._contents[1]


def _read(path: Path) -> Mapping[str, Any]:
    """Return the mapping that a JSON file holds, and an empty one where it cannot be had."""
    try:
        if path.stat().st_size > LARGEST:
            return {}
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


Found = tuple[list[tuple[Any, ...]], "Mapping[str, str]"]


def _remembered(root: Path) -> Found | None:
    """Return what is remembered for where the main branch is now; None where git has to be asked."""
    from nearmiss.app.glancing import list_at_once, view_of
    from nearmiss.engine.looking.listing import Wanted

    view = view_of(str(root))
    if view is None:
        return None
    # To list ten thousand records takes half a second. All of them, with as little as helps to choose one, are kept as
    # one value, for the newest tip only.
    tip, rows = view.kept.get_many([KEPT]).get(KEPT) or ("", [])
    if tip != view.tip:
        listed = list_at_once(str(root), Wanted(), today="")
        if listed is None:
            return None
        rows = _rows(listed)
        view.kept.put_many({KEPT: [view.tip, rows]})
    return rows, {subject: transition for subject, _, transition in view.proposals}


def _in_full(root: Path) -> Found:
    from nearmiss.app.opening import open_desk
    from nearmiss.engine.looking.listing import Wanted, list_records

    desk = open_desk(root)
    try:
        listed = list_records(desk, Wanted())
    finally:
        desk.repository.close()  # type: ignore[attr-defined]  # the adapter holds processes
    return _rows(listed), listed.proposed


def _rows(listed: Listed) -> list[tuple[Any, ...]]:
    return [(one.id, one.title, one.state, one.level, one.open_actions) for one in listed.summaries]


def is_open(offering: Offering, known: Known) -> bool:
    """Say whether a record is in a state in which it is worked on."""
    states: Iterable[Mapping[str, Any]] = offering.rules.get("workflow", {}).get("states", [])
    return any(state["state"] == known.state and state["kind"] == "open" for state in states)
