"""The issues that are ours on a forge: found, opened, written anew, given to somebody, and closed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nearmiss.engine.forges.port import Issue
from nearmiss.forge.errors import NotAllowedError, NotThereError, RefusedByForgeError, StrangeAnswerError
from nearmiss.forge.speaking import own_account

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nearmiss.engine.forges.port import Account
    from nearmiss.forge.answers import Answer
    from nearmiss.forge.calls import Calls


@dataclass(frozen=True, kw_only=True)
class Ways:
    """What differs between the forges: what things are called, and by which account something was written.

    `assign` gives an issue to an account, given the path of the issue and the number of the account.
    """

    path: str
    assign: Callable[[Calls, str, str], None]
    account: Callable[[Answer], Account]
    number: str = "number"
    text: str = "body"
    address: str = "html_url"
    comments: str = "comments"
    change: str = "PATCH"
    per_page: str = "per_page"
    open_ones: Mapping[str, str | int] = field(default_factory=lambda: {"state": "open"})
    closing: Mapping[str, str] = field(default_factory=lambda: {"state": "closed"})


class OurIssues:
    """The issues of one repository that our account has written."""

    def __init__(self, calls: Calls, ways: Ways) -> None:
        self._calls, self._ways = calls, ways

    def ours(self) -> Sequence[Issue]:
        """Return the open issues that we wrote, by number; where nobody says who we are, those that programs wrote."""
        found = self._calls.pages(
            self._ways.path, "list the issues", self._read, per_page=self._ways.per_page, **self._ways.open_ones
        )
        own = own_account(self._calls)
        there = [(issue, account) for issue, account in found if issue is not None]
        ours = [issue for issue, account in there if account.id == own or (not own and account.is_bot)]
        return sorted(ours, key=lambda issue: issue.number)

    def open(self, *, title: str, text: str, account: str = "") -> Issue:
        """Open an issue, and give it to an account where it has a number here; what cannot be given stays nobody's."""
        made, _ = self._calls.post(
            self._ways.path, "open an issue", {"title": title, self._ways.text: text}, self._read_new
        )
        if account:
            # An account that may not be given anything here is no reason to tell nobody.
            with suppress(NotAllowedError, NotThereError, RefusedByForgeError, StrangeAnswerError):
                self._ways.assign(self._calls, self._at(made.number), account)
        return made

    def change(self, number: int, *, title: str, text: str) -> None:
        """Write an issue anew."""
        doing = f"write issue {number} anew"
        self._calls.change(self._ways.change, self._at(number), doing, {"title": title, self._ways.text: text})

    def close(self, number: int) -> None:
        """Close an issue."""
        self._calls.change(self._ways.change, self._at(number), f"close issue {number}", self._ways.closing)

    def comment(self, number: int, markdown: str) -> None:
        """Write a new comment below an issue, of which the forge tells whoever follows it."""
        path, doing = f"{self._at(number)}/{self._ways.comments}", f"comment on issue {number}"
        self._calls.change("POST", path, doing, {"body": markdown})

    def _at(self, number: int) -> str:
        return f"{self._ways.path}/{number}"

    def _read(self, answer: Answer) -> tuple[Issue | None, Account]:
        # GitHub and Forgejo list requests among the issues.
        issue = None if answer.has("pull_request") else self._issue(answer)
        return issue, self._ways.account(answer)

    def _read_new(self, answer: Answer) -> tuple[Issue, Account]:
        return self._issue(answer), self._ways.account(answer)

    def _issue(self, answer: Answer) -> Issue:
        return Issue(
            number=answer.number(self._ways.number),
            title=answer.text("title"),
            text=answer.text_or_nothing(self._ways.text),
            address=answer.text_or_nothing(self._ways.address),
        )
