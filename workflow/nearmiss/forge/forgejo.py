"""Forgejo, and Gitea, from which it comes: pull requests, comments and reviews, over version 1 of their interface."""

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

DECIDING = frozenset({"APPROVED", "REQUEST_CHANGES"})
THERE_ALREADY = 409


class Forgejo:
    """One repository on a Forgejo or a Gitea."""

    kind = "forgejo"

    def __init__(self, address: Address, token: str) -> None:
        headers = {"Accept": "application/json"}
        if token:
            headers["Authorization"] = f"token {token}"
        self._address = address
        self._calls = Calls(kind=self.kind, address=address, root=f"{address.web}/api/v1", headers=headers, token=token)
        self._repository = "/repos/" + "/".join(quote(part, safe="") for part in address.path.split("/"))

    @property
    def can_speak(self) -> bool:
        """Whether there is a token."""
        return self._calls.can_speak

    def push_words(self, *, branch: str, target: str, title: str) -> PushWords:
        """Return a push to `refs/for/`, where the topic stands for the branch; nothing where a token does better.

        Nobody but its opener can add to a request that was opened like this, and it lies on no branch.
        """
        if self.can_speak:
            return PushWords()
        line = " ".join(title.split())
        return PushWords(options=(f"topic={branch}", f"title={line}"), destination=f"refs/for/{target}")

    def compare_address(self, *, branch: str, target: str) -> str:
        """Return the page that compares the branch with its target, or nothing where it is not known."""
        return f"{self._address.page}/compare/{quote(target)}...{quote(branch)}" if self._address else ""

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
        path, doing = f"{self._repository}/pulls", "list the open requests"
        found = self._calls.pages(path, doing, _request, per_page="limit", state="open")
        return sorted(found, key=lambda request: request.number)

    def request(self, number: int) -> Request:
        """Return a request."""
        return self._calls.get(f"{self._repository}/pulls/{number}", f"show request {number}", _request)

    def comments(self, number: int) -> Sequence[Comment]:
        """Return the comments below a request; those at lines of files are not among them."""
        path = f"{self._repository}/issues/{number}/comments"
        return list(self._calls.pages(path, f"list the comments of request {number}", _comment, per_page="limit"))

    def approvals(self, number: int) -> Sequence[Approval]:
        """Return each account's last decision where it is an approval that was not dismissed."""
        path, doing = f"{self._repository}/pulls/{number}/reviews", f"list the reviews of request {number}"
        return standing(self._calls.pages(path, doing, _review, per_page="limit"))

    def say(self, number: int, *, marker: str, markdown: str) -> bool:
        """Write our comment on a request, or write it anew."""
        issues, said = f"{self._repository}/issues", self.comments(number)
        return keep_issue_comment(self._calls, issues, number, said, marker=marker, markdown=markdown, comment=_comment)

    @property
    def issues(self) -> OurIssues:
        """The issues that are ours."""
        asked = {"state": "open", "type": "issues"}
        path = f"{self._repository}/issues"
        return OurIssues(
            self._calls, Ways(path=path, assign=_assign, account=_account, per_page="limit", open_ones=asked)
        )

    def close(self) -> None:
        """End the connections."""
        self._calls.close()


def _assign(calls: Calls, issue: str, account: str) -> None:
    path, doing = f"/users/search?uid={quote(account, safe='')}", "find an account"
    logins = calls.get(path, doing, lambda found: [user.text("login") for user in found.parts("data")])
    if logins:
        calls.change("PATCH", issue, "give an issue to somebody", {"assignees": logins[:1]})


def _request(answer: Answer) -> Request:
    head, base = answer.part("head"), answer.part("base")
    same = head.number("repo_id") == base.number("repo_id")
    # One that was pushed to refs/for/ lies on no branch, and is told by a reference of its own.
    on_branch = same and not head.text("ref").startswith("refs/")
    return Request(
        number=answer.number("number"),
        title=answer.text("title"),
        branch=head.text("ref") if on_branch else "",
        head=head.text("sha"),
        target=base.text("ref"),
        is_open=answer.text("state") == "open",
        from_fork=not same,
        address=answer.text("html_url"),
    )


def _account(answer: Answer) -> Account:
    """Return who wrote something; what was brought in from another forge was written by nobody here."""
    if not answer.has("user") or answer.text_or_nothing("original_author"):
        return Account(id="", name=answer.text_or_nothing("original_author"))
    user = answer.part("user")
    number = user.number("id")
    # Accounts of the forge itself, as that of its jobs, have numbers below one.
    return Account(id=str(number), name=user.text("login"), is_bot=number < 1)


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
    approves = state == "APPROVED" and not answer.flag("dismissed")
    return Review(approval=approval, decides=state in DECIDING, approves=approves)
