"""What the lessons site is made from: records, vocabulary, settings, risk and the day, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from nearmiss.engine.indicators.reckoning import Reckoned
    from nearmiss.policy.findings import Finding


@dataclass(frozen=True, kw_only=True)
class SiteData:
    """All that page making may look at.

    `records` is the plain data of the records, as read. `vocabulary` maps list name and term to the term's entry
    (`label`, `help`, `retired`). `bands` maps severity potential and likelihood, 1 to 5 each, to the name of the risk
    band. `commit` is the one that was read, or empty. `findings` are those of the check over the same records: a
    record with an error is not published. `figures` are the indicators of that commit, as all staff may see them.

    Of the `settings`, the site looks at `restricted_classes` (classifications that are neither published nor counted),
    `published_fields` (which of the fields that may be shown are shown; all where absent) and `language` (of labels).
    """

    records: Sequence[Mapping[str, Any]]
    vocabulary: Mapping[str, Mapping[str, Mapping[str, Any]]]
    settings: Mapping[str, Any]
    bands: Callable[[int, int], str]
    today: date
    commit: str = ""
    findings: Sequence[Finding] = field(default=())
    figures: Reckoned | None = None
