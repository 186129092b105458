"""What people said on a request: one word for each line that counts in a comment, and for each approval."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nearmiss.engine.forges.lines import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from nearmiss.engine.forges.lines import Line
    from nearmiss.engine.forges.port import Account, Approval, Comment


@dataclass(frozen=True, kw_only=True)
class Given:
    """One word that somebody gave on a request.

    An approval names no transition and no digits: it is about all that wait, as they were at `head`. Where the word
    cannot count whatever it is about, `problem` says why.
    """

    id: str
    account: Account
    at: datetime
    address: str
    verdict: str = "approve"
    subject: str = ""
    transition: str = ""
    digits: str = ""
    because: str = ""
    head: str = ""
    problem: str = ""
    place: int = field(default=0)

    @property
    def is_review(self) -> bool:
        """Whether it is an approval rather than a line."""
        return bool(self.head)

    @property
    def said(self) -> str:
        """What was said, in a few words."""
        if self.is_review:
            return "approved"
        return f"/{'sign-off' if self.verdict == 'approve' else 'object'} {self.transition}".rstrip()


def words_on(comments: Iterable[Comment], approvals: Iterable[Approval]) -> list[Given]:
    """Return all words in the order in which they were given.

    An approval of a commit that the forge does not name adds nothing to a line of the same account.
    """
    given = [word for comment in comments for word in _of_comment(comment)]
    spoke = {word.account.id for word in given}
    given += [_of_approval(approval) for approval in approvals if approval.head or approval.account.id not in spoke]
    return sorted(given, key=lambda word: (word.at, len(word.id), word.id, word.place))


def _of_comment(comment: Comment) -> Iterator[Given]:
    for place, line in enumerate(lines_of(comment.text)):
        yield Given(
            id=comment.id,
            account=comment.account,
            at=comment.at,
            address=comment.address,
            verdict=line.verdict,
            subject=line.subject,
            transition=line.transition,
            digits=line.digits,
            because=line.because,
            problem=_problem(comment, line),
            place=place,
        )


def _problem(comment: Comment, line: Line) -> str:
    if comment.edited:
        return "The comment was edited, so nobody can tell who wrote what it says now. Post the line anew."
    return _of_nobody(comment.account) or line.slip


def _of_nobody(account: Account) -> str:
    if account.is_bot:
        return "A program wrote it, and only people give their word."
    if not account.id:
        return "Its account is gone, or it was brought in from elsewhere, so nobody can tell who wrote it."
    return ""


def _of_approval(approval: Approval) -> Given:
    problem = _of_nobody(approval.account)
    if not approval.head:
        problem = problem or "The forge does not say which commit was looked at. Post the line instead."
    return Given(
        id=approval.id,
        account=approval.account,
        at=approval.at,
        address=approval.address,
        head=approval.head or "?",
        problem=problem,
    )


def overtaken(words: Sequence[Given]) -> frozenset[int]:
    """Return the places of words that a later one of the same account takes the place of.

    A line takes the place of earlier ones on its step and of earlier approvals, an approval that of all before it. One
    that cannot count itself does so too: whoever spoke again did not mean what they said before.
    """
    found = set()
    for place, word in enumerate(words):
        later = [one for one in words[place + 1 :] if one.account.id == word.account.id and word.account.id]
        if any(one.is_review or word.is_review or one.transition == word.transition for one in later):
            found.add(place)
    return frozenset(found)
