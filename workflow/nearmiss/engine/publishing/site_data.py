"""What the lessons site is made from: records in short, words, rules and the day, as one frozen value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nearmiss.engine.publishing.audited import AskAudit, not_audited
from nearmiss.engine.publishing.publication import (
    RELEASED_FURTHER,
    RELEASED_TO,
    Kind,
    is_account,
    kind_of,
    records_with_errors,
)
from nearmiss.policy.intake_rules import IntakeRules

if TYPE_CHECKING:
    from datetime import date

    from nearmiss.engine.indicators.open_work import OpenWork
    from nearmiss.engine.indicators.public_view import PublicView
    from nearmiss.engine.publishing.gists import Gist
    from nearmiss.policy.findings import Finding

Told = Callable[[Sequence[str]], Mapping[str, Mapping[str, Any]]]
"""Gives what the pages of some records may show, by id: plain data, cut down to the allow-list."""


AskFigures = Callable[[], "PublicView | None"]
"""Works out the figures that all staff may see; None where nobody shows them."""


def no_figures() -> None:
    """Stand for figures that nobody shows."""


@dataclass(frozen=True, kw_only=True)
class SiteData:
    """All that page making may look at, of one register.

    `gists` holds every record in short, by id; `told` gives what the pages of some may show. `vocabulary` maps list
    name and term to the term's entry (`label`, `help`, `retired`). `bands` maps severity potential and likelihood, 1 to
    5 each, to the name of the risk band. `rules` is the plain data of the policy that is in force (`workflow`, `risk`,
    …). `commit` is the one that was read, or empty. `findings` are those of the check over the same records: of a
    record with an error nothing is shown. `open_work` is what waits, in numbers, where there are records. `view` works
    out the indicators of that commit, as all staff may see them, and `audit` audits the main branch, when it is asked.

    Of the `settings`, the site looks at `restricted_classes` (classifications that are neither published nor counted),
    `published_fields` (which of the fields that may be shown are shown; all where absent) and `language` (of labels).

    `instance` is the UUID that the register was given when it was made. `intake_languages` are those in which people
    may report.

    Where several registers feed one site, `origin` names this one in the addresses of its lessons, and `origin_label`
    in words; both are empty for the register that the site belongs to.
    """

    gists: Mapping[str, Gist]
    told: Told
    vocabulary: Mapping[str, Mapping[str, Mapping[str, Any]]]
    settings: Mapping[str, Any]
    bands: Callable[[int, int], str]
    today: date
    rules: Mapping[str, Any] = field(default_factory=dict)
    commit: str = ""
    findings: Sequence[Finding] = field(default=())
    open_work: OpenWork | None = None
    view: AskFigures = no_figures
    audit: AskAudit = not_audited
    instance: str = ""
    intake_languages: Sequence[str] = IntakeRules().languages
    origin: str = ""
    origin_label: str = ""

    @cached_property
    def sound(self) -> Mapping[str, Gist]:
        """The records of which anything may be shown: those in which the check found no error."""
        broken = records_with_errors(self.findings)
        return {record_id: gist for record_id, gist in self.gists.items() if record_id not in broken}

    def kind_of(self, gist: Gist) -> Kind:
        """Return what a record is to the readers of the site: a lesson, or one that is none any more, or no page."""
        return kind_of(gist, self.settings, self.today, RELEASED_FURTHER if self.origin else RELEASED_TO)

    @cached_property
    def lessons(self) -> tuple[Gist, ...]:
        """The lessons that lists, search and feeds have, the newest first."""
        found = (gist for gist in self.sound.values() if self.kind_of(gist) == "lesson")
        return tuple(sorted(found, key=_by_month, reverse=True))

    @cached_property
    def gone(self) -> tuple[Gist, ...]:
        """What was a lesson and is none any more, the newest first."""
        kinds = {"withdrawn", "reclassified"}
        found = (gist for gist in self.sound.values() if self.kind_of(gist) in kinds)
        return tuple(sorted(found, key=_by_month, reverse=True))

    @cached_property
    def accounts(self) -> Mapping[str, tuple[Gist, ...]]:
        """The reports that were joined with a record, by its id; in a row of joins, with the last one."""
        found: dict[str, list[Gist]] = {}
        for gist in self.sound.values():
            if is_account(gist, self.settings):
                found.setdefault(self._joined_with(gist), []).append(gist)
        return {record_id: tuple(sorted(gists, key=_by_month)) for record_id, gists in found.items()}

    def _joined_with(self, gist: Gist) -> str:
        passed = {gist.id}
        while (further := self.gists.get(gist.duplicate_of)) is not None and further.duplicate_of:
            if further.id in passed:
                break
            passed.add(further.id)
            gist = further
        return gist.duplicate_of


def _by_month(gist: Gist) -> tuple[str, str]:
    return gist.month, gist.id
