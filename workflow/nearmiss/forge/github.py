"""GitHub: pull requests, their comments and reviews, over its REST interface of 2022-11-28."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from nearmiss.engine.forges.port import Account, Approval, Comment, PushWords, Request
from nearmiss.forge.calls import Calls
from nearmiss.forge.issues import OurIssues, Ways
from nearmiss.forge.reviews import Review, standing
from nearmiss.forge.speaking import keep_issue_comment, open_or_find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nearmiss.forge.addresses import Address
    from nearmiss.forge.answers import Answer

PEOPLE_ARE = "User"
"""The type of an account behind which there is a person; the others are bots, organisations and stand-ins."""

DECIDING = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})
"""Reviews that take the place of what the same person decided before; a mere comment does not."""

THERE_ALREADY = 422


class GitHub:
    """One repository on GitHub, or on a GitHub Enterprise server."""

    kind = "github"

    def __init__(self, address: Address, token: str) -> None:
        root = "https://api.github.com" if address.host == "github.com" else f"{address.web}/api/v3"
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._address = address
        self._calls = Calls(kind=self.kind, address=address, root=root, headers=headers, token=token)
        self._repository = "/repos/" + "/".join(quote(part, safe="") for part in address.path.split("/"))

    @property
    def can_speak(self) -> bool:
        """Whether there is a token."""
        return self._calls.can_speak

    def push_words(self, *, branch: str, target: str, title: str) -> PushWords:  # noqa: ARG002 - GitHub has no words
        """Return nothing: GitHub takes branches only, and says at most where a request can be opened."""
        return PushWords()

    def compare_address(self, *, branch: str, target: str) -> str:
        """Return the page that compares the branch with its target, or nothing where it is not known."""
        return f"{self._address.page}/compare/{quote(target)}...{quote(branch)}?expand=1" if self._address else ""

    def open_request(self, *, branch: str, target: str, title: str, text: str = "") -> Request:
        """Open a pull request, or return the one that is open."""
        body = {"head": branch, "base": target, "title": title, "body": text}
        return open_or_find(
            lambda: self._calls.post(f"{self._repository}/pulls", "open a request", body, _request),
            self.requests,
            branch=branch,
            target=target,
            there_already=THERE_ALREADY,
        )

    def requests(self) -> Sequence[Request]:
        """Return the open requests, by number."""
        found = self._calls.pages(f"{self._repository}/pulls", "list the open requests", _request, state="open")
        return sorted(found, key=lambda request: request.number)

    def request(self, number: int) -> Request:
        """Return a request."""
        return self._calls.get(f"{self._repository}/pulls/{number}", f"show request {number}", _request)

    def comments(self, number: int) -> Sequence[Comment]:
        """Return the comments below a request; those at lines of files are not among them."""
        path = f"{self._repository}/issues/{number}/comments"
        return list(self._calls.pages(path, f"list the comments of request {number}", _comment))

    def approvals(self, number: int) -> Sequence[Approval]:
        """Return each account's last decision where it is an approval that was not dismissed."""
        path = f"{self._repository}/pulls/{number}/reviews"
        return standing(self._calls.pages(path, f"list the reviews of request {number}", _review))

    def say(self, number: int, *, marker: str, markdown: str) -> bool:
        """Write our comment on a request, or write it anew."""
        issues, said = f"{self._repository}/issues", self.comments(number)
        return keep_issue_comment(self._calls, issues, number, said, marker=marker, markdown=markdown, comment=_comment)

    @property
    def issues(self) -> OurIssues:
        """The issues that are ours."""
        return OurIssues(self._calls, Ways(path=f"{self._repository}/issues", assign=_assign, account=_account))

    def close(self) -> None:
        """End the connections."""
        self._calls.close()


def _assign(calls: Calls, issue: str, account: str) -> None:
    login = calls.get(f"/user/{quote(account, safe='')}", "find an account", lambda user: user.text("login"))
    calls.change("POST", f"{issue}/assignees", "give an issue to somebody", {"assignees": [login]})


def _request(answer: Answer) -> Request:
    head, base = answer.part("head"), answer.part("base")
    # The repository of a request is gone where a fork was deleted.
    same = head.has("repo") and head.part("repo").number("id") == base.part("repo").number("id")
    return Request(
        number=answer.number("number"),
        title=answer.text("title"),
        branch=head.text("ref") if same else "",
        head=head.text("sha"),
        target=base.text("ref"),
        is_open=answer.text("state") == "open",
        from_fork=not same,
        address=answer.text("html_url"),
    )


def _account(answer: Answer) -> Account:
    """Return who wrote something; an account that was deleted has no number, and so is nobody's."""
    if not answer.has("user"):
        return Account(id="", name="")
    user = answer.part("user")
    # What a GitHub App says in somebody's name was not written by them.
    by_program = user.text("type") != PEOPLE_ARE or answer.has("performed_via_github_app")
    return Account(id=str(user.number("id")), name=user.text("login"), is_bot=by_program)


def _comment(answer: Answer) -> Comment:
    return Comment(
        id=str(answer.number("id")),
        account=_account(answer),
        text=answer.text_or_nothing("body"),
        at=answer.instant("created_at"),
        edited=answer.instant("updated_at") != answer.instant("created_at"),
        address=answer.text_or_nothing("html_url"),
    )


def _review(answer: Answer) -> Review:
    """Read a review; one that is still being written has no time, and only its writer sees it."""
    state = answer.text("state")
    approval = Approval(
        id=str(answer.number("id")),
        account=_account(answer),
        head=answer.text_or_nothing("commit_id"),
        at=answer.instant("submitted_at") if state in DECIDING else datetime.min.replace(tzinfo=UTC),
        address=answer.text_or_nothing("html_url"),
    )
    return Review(approval=approval, decides=state in DECIDING, approves=state == "APPROVED")
