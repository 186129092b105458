"""What came of each word on a request, and of the request as a whole, as plain values for people and programs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nearmiss.engine.forges.words import Given


class Outcome(StrEnum):
    """What became of a word."""

    ATTESTED = "attested"
    ALREADY = "already"
    LATER = "later"
    REFUSED = "refused"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of one word: whose it was (empty where nobody knows), what became of it, and why, in a sentence."""

    given: Given
    outcome: Outcome
    message: str
    by: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Attested:
    """What came of one request.

    `commit` is where the branch is afterwards, and empty where nothing was added to it. `verdict` is the gate's, and
    `waiting` says for what. `reason` is why nothing can be added to it, `problem` what kept us from dealing with it,
    and `hint` what to do about that. `said` tells whether the comment that answers it is new or changed, and `unsaid`
    why there could be none.
    """

    number: int
    address: str
    subject: str
    branch: str
    head: str
    answers: tuple[Answer, ...] = ()
    commit: str = ""
    verdict: str = ""
    waiting: tuple[str, ...] = ()
    reason: str = ""
    problem: str = ""
    hint: str = ""
    said: bool = False
    unsaid: str = ""

    @property
    def added(self) -> tuple[Answer, ...]:
        """The words that became sign-offs now."""
        return tuple(answer for answer in self.answers if answer.outcome == Outcome.ATTESTED)
