"""What a shell can offer while somebody types: read from the register's files, and quickly, or nothing at all."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from nearmiss.engine.listing import Listed
    from nearmiss.engine.summaries import Summary
    from nearmiss.vcs.names import Names

LARGEST = 8 * 1024 * 1024
"""Bytes of a file beyond which it is not read here: while somebody types, nothing may take long."""


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
    def listed(self) -> Listed | None:
        """The records and what is proposed: from the index where that is up to date, else from git, which renews it."""
        from nearmiss.app.glancing import list_at_once
        from nearmiss.engine.listing import Wanted

        if self.root is None:
            return None
        return list_at_once(str(self.root), Wanted(), today="") or _listed_in_full(self.root)

    @cached_property
    def records(self) -> Mapping[str, Summary]:
        """Every record of the main branch by its id."""
        return {summary.id: summary for summary in self.listed.summaries} if self.listed else {}

    @property
    def proposed(self) -> Mapping[str, str]:
        """The step that is proposed, by what it is for: a record id, or `policy`."""
        return self.listed.proposed if self.listed else {}


def _read(path: Path) -> Mapping[str, Any]:
    """Return the mapping that a JSON file holds, and an empty one where it cannot be had."""
    try:
        if path.stat().st_size > LARGEST:
            return {}
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _listed_in_full(root: Path) -> Listed:
    from nearmiss.app.opening import open_desk
    from nearmiss.engine.listing import Wanted, list_records

    desk = open_desk(root)
    try:
        return list_records(desk, Wanted())
    finally:
        desk.repository.close()  # type: ignore[attr-defined]  # the adapter holds processes


def is_open(offering: Offering, known: Summary) -> bool:
    """Say whether a record is in a state in which it is worked on."""
    states: Iterable[Mapping[str, Any]] = offering.rules.get("workflow", {}).get("states", [])
    return any(state["state"] == known.state and state["kind"] == "open" for state in states)
