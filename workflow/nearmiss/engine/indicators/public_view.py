"""What all staff may see of the figures: as of today, and compared with the end of the last quarter.

It takes a second and more where there are many records, and one page shows it. So whoever makes the site lets somebody
else begin with it, and asks for it when that page is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from nearmiss.engine.circles import nothing_collected
from nearmiss.engine.errors import BrokenPolicyError, NotAnInstanceError
from nearmiss.engine.indicators.comparing import compare
from nearmiss.engine.indicators.ground import year_until
from nearmiss.engine.indicators.keeping import as_kept, comparison_as_kept, revive, revive_comparison
from nearmiss.engine.indicators.privacy import publish, without_restricted
from nearmiss.engine.indicators.public_comparison import end_of_last_quarter, in_public, without_restricted_then_or_now
from nearmiss.engine.indicators.reading import key_of, read_known
from nearmiss.engine.indicators.reckoning import reckon
from nearmiss.engine.moments import NothingYetError, commit_as_of, latest_day

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.indicators.ground import Period
    from nearmiss.engine.indicators.public_comparison import PublicComparison
    from nearmiss.engine.indicators.reading import Known
    from nearmiss.engine.indicators.reckoning import Reckoned
    from nearmiss.engine.memory import Crew
    from nearmiss.engine.records.dossiers import Folder
    from nearmiss.policy.standing import Register

VIEW = "indicators:site"
"""The place in a memory of what the site shows."""

WORK = "figures"
"""What a helper is asked for."""

WORTH_A_HELPER = 3000
"""Records below which their figures are worked out in the time that a helper takes to begin: half a second."""

LOOKED_AT = 50
NEARLY_ALL = 0.8
"""Records that are looked at to learn whether facts are remembered, and the share of them that is enough."""

Kept = dict[str, Any]
"""A view as values that JSON can keep."""


@dataclass(frozen=True, kw_only=True)
class PublicView:
    """What all staff may see of the figures, and what changed since the last quarter, where there was one."""

    figures: Reckoned
    compared: PublicComparison | None


def public_view(desk: Desk, commit: str, *, held: Mapping[str, Folder] | None = None) -> PublicView:
    """Return the figures of a commit as of today, as the site shows them, compared with the end of the last quarter.

    They are worked out once for a commit and a day. There is nothing to compare where the register is younger.
    Of the folders that the caller has `held`, none lies in memory twice.
    """
    return _as_view(_remembered(desk, commit) or _noted(desk, _work_out(desk, commit, held or {})))


def is_known(desk: Desk, commit: str) -> bool:
    """Say whether the figures of a commit are remembered as of today."""
    return _remembered(desk, commit) is not None


def were_many(desk: Desk) -> bool:
    """Say whether the figures that are remembered, of whatever commit, are of so many records that a helper pays."""
    kept = desk.memory.get_many([VIEW]).get(VIEW) if desk.memory is not None else None
    return kept is not None and kept.get("read", 0) >= WORTH_A_HELPER


def knows_facts(desk: Desk, register: Register, folders: Mapping[str, Folder]) -> bool:
    """Say whether what figures are made from is remembered of nearly all records, by a look at some of them."""
    some = list(folders.values())[:: len(folders) // LOOKED_AT or 1]
    keys = [key_of(folder, register) for folder in some]
    return desk.memory is not None and len(desk.memory.get_many(keys)) > len(keys) * NEARLY_ALL


def begin_public_view(desk: Desk, commit: str, crew: Crew, *, folder: str) -> Callable[[], PublicView]:
    """Let a helper begin with what `public_view` returns, and return what waits for it; nothing is asked of it twice.

    `folder` is the working tree of the repository. What the helper cannot do is done here.
    """
    order = {"work": WORK, "folder": folder, "now": desk.clock.now().isoformat()}
    answers = crew.share(order, [[commit]], helper(desk))
    return cache(lambda: _as_view(_noted(desk, _only(answers))))


def helper(desk: Desk) -> Callable[[list[str]], list[Kept]]:
    """Return what works out the views of the commits that are handed over, as plain data."""
    return lambda commits: [_work_out(desk, commit, {}) for commit in commits]


def _only(answers: Iterator[list[Kept]]) -> Kept:
    """Return the one answer, and let those who gave it go."""
    [[kept]] = answers
    return kept


def _of(desk: Desk, commit: str) -> tuple[list[str], Period]:
    """Return what figures are worked out of, and the year that they look at."""
    period = year_until(latest_day(desk))
    return [commit, period.first.isoformat(), period.last.isoformat()], period


def _remembered(desk: Desk, commit: str) -> Kept | None:
    kept: Kept | None = desk.memory.get_many([VIEW]).get(VIEW) if desk.memory is not None else None
    return kept if kept is not None and kept["of"] == _of(desk, commit)[0] else None


def _noted(desk: Desk, kept: Kept) -> Kept:
    """Return a view that was worked out, and remember it for its commit and day."""
    if desk.memory is not None:
        desk.memory.put_many({VIEW: kept})
    return kept


def _as_view(kept: Kept) -> PublicView:
    return PublicView(figures=revive(kept["figures"]), compared=revive_comparison(kept["compared"]))


def _work_out(desk: Desk, commit: str, held: Mapping[str, Folder]) -> Kept:
    of, period = _of(desk, commit)
    with nothing_collected():
        now = read_known(desk, commit, held=held)
        reckoned = reckon(without_restricted(now), period)
        then = _known_at(desk, now, end_of_last_quarter(period.last))
        compared = None
        if then is not None:
            past, present = without_restricted_then_or_now(then, now)
            before = year_until(end_of_last_quarter(period.last))
            compared = in_public(compare(past, present, period=before, today=period, by_now=reckoned.figures))
    return {
        "of": of,
        "read": len(now.facts),
        "figures": as_kept(publish(reckoned)),
        "compared": comparison_as_kept(compared),
    }


def _known_at(desk: Desk, now: Known, day: date) -> Known | None:
    """Return what was known on a day; None where there was no register yet."""
    try:
        return read_known(desk, commit_as_of(desk, now.commit, day), later=now)
    except (NothingYetError, NotAnInstanceError, BrokenPolicyError):
        return None
