"""What changed since the last quarter, in words: each figure in three columns, and what explains a restated one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.indicators.catalogue import INDICATORS
from nearmiss.engine.indicators.privacy import LEAST_SHOWN
from nearmiss.render.words import spell_date
from nearmiss.site.figures_in_words import value_in_words

if TYPE_CHECKING:
    from nearmiss.engine.indicators.public_comparison import PublicComparison, PublicLine
    from nearmiss.render.languages import Words


@dataclass(frozen=True, kw_only=True)
class ShownLine:
    """One figure: as it was known then, as it is known now of the same day, as it is by now; and what explains it."""

    label: str
    then: str
    restated: str
    now: str
    because: str


@dataclass(frozen=True, kw_only=True)
class ShownComparison:
    """The figures in three columns, as of a day and its commit."""

    day: str
    commit: str
    lines: tuple[ShownLine, ...]


def comparison_in_words(compared: PublicComparison | None, factor: int, words: Words) -> ShownComparison | None:
    """Return the comparison as the page shows it; figures of which nothing is told in any column are left out."""
    if compared is None:
        return None
    by_name = {one.name: one for one in INDICATORS}
    lines = []
    for line in compared.lines:
        columns = (line.then, line.restated, line.now)
        if any(figure.value is not None for figure in columns):
            then, restated, now = (value_in_words(by_name[line.name], one, words, factor=factor) for one in columns)
            label = words.plain(by_name[line.name].label)
            because = _because(line, words)
            lines.append(ShownLine(label=label, then=then, restated=restated, now=now, because=because))
    if not lines:
        return None
    day = spell_date(compared.day.isoformat(), words)
    return ShownComparison(day=day, commit=compared.commit[:12], lines=tuple(lines))


def _because(line: PublicLine, words: Words) -> str:
    """Say by how many reports a figure is restated, and in which ways, as far as these are no few."""
    if not line.is_restated:
        return ""
    ways = words.listed([words.plain(way) for way in line.ways])
    if line.is_by_few and ways:
        return words.gettext("Restated by fewer than %(num)s reports, and by: %(ways)s.", num=LEAST_SHOWN, ways=ways)
    if line.is_by_few:
        return words.gettext("Restated by fewer than %(num)s reports.", num=LEAST_SHOWN)
    if not line.records:
        return words.gettext("Restated by: %(ways)s.", ways=ways) if ways else words.gettext("Restated.")
    if not ways:
        return words.ngettext("Restated by %(num)s report.", "Restated by %(num)s reports.", line.records)
    return words.ngettext(
        "Restated by %(num)s report: %(ways)s.", "Restated by %(num)s reports: %(ways)s.", line.records, ways=ways
    )
