"""Reviews in the order in which they were given, and which approvals of them still stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.forges.port import Approval

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, kw_only=True)
class Review:
    """A review: whether it decides anything, and whether that is an approval."""

    approval: Approval
    decides: bool
    approves: bool


def standing(reviews: Iterable[Review]) -> Sequence[Approval]:
    """Return each account's last decision where it is an approval; mere remarks change none.

    A decision of an account that was deleted is nobody's.
    """
    last = {review.approval.account.id: review for review in reviews if review.decides}
    return [review.approval for account, review in last.items() if account and review.approves]
