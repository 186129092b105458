"""What a shell can offer while somebody types: read from the register's files, and quickly, or nothing at all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from nearmiss.vcs.names import Names

PROPOSALS = "near-miss/"
LARGEST = 8 * 1024 * 1024
"""Bytes of a file beyond which it is not read here: while somebody types, nothing may take long."""

KEPT = "offers"
"""What the cache of records is called, beside that of other commands."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What of a record helps to choose it: its title, state and level, and its open actions with owner and day."""

    id: str
    title: str
    state: str
    level: str
    actions: tuple[tuple[str, str, str], ...]


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

        main = str(self.rules.get("settings", {}).get("main_branch", "main"))
        return names_at(self.root, main) if self.root else None

    @cached_property
    def proposals(self) -> Mapping[str, list[str]]:
        """The branches of open proposals by what they are for: a record id, or `policy`."""
        found: dict[str, list[str]] = {}
        for branch in sorted(self.names.open) if self.names else ():
            parts = branch.split("/")
            if branch.startswith(PROPOSALS) and len(parts) == 3:  # noqa: PLR2004 - prefix/subject/step
                found.setdefault(parts[1], []).append(branch)
        return found

    @cached_property
    def records(self) -> Mapping[str, Known]:
        """Every record of the main branch by its id; remembered for as long as that branch does not move."""
        if self.names is None or self.root is None:
            return {}
        from nearmiss import __version__
        from nearmiss.store.cache import Cache

        # Each entry holds every record, so only the newest is kept.
        cache = Cache(folder=self.names.git_dir / "nearmiss" / "cache", version=__version__, name=KEPT, most=1)
        kept = cache.get_many([self.names.tip]).get(self.names.tip)
        if kept is None:
            kept = _rows(self.root)
            cache.put_many({self.names.tip: kept})
        return {row[0]: Known(id=row[0], title=row[1], state=row[2], level=row[3], actions=row[4]) for row in kept}


def _read(path: Path) -> Mapping[str, Any]:
    """Return the mapping that a JSON file holds, and an empty one where it cannot be had."""
    try:
        if path.stat().st_size > LARGEST:
            return {}
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _rows(root: Path) -> list[tuple[Any, ...]]:
    from nearmiss.app.opening import open_desk
    from nearmiss.engine.listing import read_summaries
    from nearmiss.engine.proposals import main_register

    desk = open_desk(root)
    try:
        summaries, _ = read_summaries(desk, main_register(desk)[0])
    finally:
        desk.repository.close()  # type: ignore[attr-defined]  # the adapter holds processes
    return [(one.id, one.title, one.state, one.level, one.open_actions) for one in summaries.values()]


def is_open(offering: Offering, known: Known) -> bool:
    """Say whether a record is in a state in which it is worked on."""
    states: Iterable[Mapping[str, Any]] = offering.rules.get("workflow", {}).get("states", [])
    return any(state["state"] == known.state and state["kind"] == "open" for state in states)
