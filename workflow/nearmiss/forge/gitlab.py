"""GitLab: merge requests and their notes, over version 4 of its interface."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from nearmiss.engine.forges.port import Account, Approval, Comment, PushWords, Request
from nearmiss.forge.calls import Calls
from nearmiss.forge.errors import NotAllowedError, NotThereError
from nearmiss.forge.issues import OurIssues, Ways
from nearmiss.forge.speaking import keep_comment, open_or_find, own_account

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nearmiss.forge.addresses import Address
    from nearmiss.forge.answers import Answer

_BOT = re.compile(r"(?:project|group)_[0-9]+_bot(?:[0-9]*|_[0-9a-f]+)|service_account_.+|ghost[0-9]*", re.IGNORECASE)
"""Names that GitLab gives to accounts behind access tokens, to services, and to those that were deleted."""

THERE_ALREADY = 409


class GitLab:
    """One project on a GitLab."""

    kind = "gitlab"

    def __init__(self, address: Address, token: str) -> None:
        headers = {"Accept": "application/json"}
        if token:
            headers["PRIVATE-TOKEN"] = token
        self._address = address
        self._calls = Calls(kind=self.kind, address=address, root=f"{address.web}/api/v4", headers=headers, token=token)
        self._project = f"/projects/{quote(address.path, safe='')}"

    @property
    def can_speak(self) -> bool:
        """Whether there is a token."""
        return self._calls.can_speak

    def push_words(self, *, branch: str, target: str, title: str) -> PushWords:  # noqa: ARG002 - it is the one pushed
        """Return the push options by which GitLab opens a merge request; one that is open already stays as it is."""
        line = " ".join(title.split())
        options = ("merge_request.create", f"merge_request.target={target}", f"merge_request.title={line}")
        return PushWords(options=options)

    def compare_address(self, *, branch: str, target: str) -> str:
        """Return the page on which a merge request is opened, or nothing where no such page is known."""
        query = {"merge_request[source_branch]": branch, "merge_request[target_branch]": target}
        return f"{self._address.page}/-/merge_requests/new?{urlencode(query)}" if self._address else ""

    def open_request(self, *, branch: str, target: str, title: str, text: str = "") -> Request:
        """Open a merge request, or return the one that is open."""
        body = {"source_branch": branch, "target_branch": target, "title": title, "description": text}
        return open_or_find(
            lambda: self._calls.post(f"{self._project}/merge_requests", "open a request", body, _request),
            self.requests,
            branch=branch,
            target=target,
            there_already=THERE_ALREADY,
        )

    def requests(self) -> Sequence[Request]:
        """Return the open requests, by number."""
        path, doing = f"{self._project}/merge_requests", "list the open requests"
        return sorted(self._calls.pages(path, doing, _request, state="opened"), key=lambda request: request.number)

    def request(self, number: int) -> Request:
        """Return a request."""
        return self._calls.get(f"{self._project}/merge_requests/{number}", f"show request {number}", _request)

    def comments(self, number: int) -> Sequence[Comment]:
        """Return the notes on a request without those that GitLab wrote itself."""
        notes = self._calls.pages(
            f"{self._project}/merge_requests/{number}/notes",
            f"list the comments of request {number}",
            _note,
            order_by="created_at",
            sort="asc",
        )
        return [note for note in notes if note is not None]

    def approvals(self, number: int) -> Sequence[Approval]:
        """Return who approved, without a commit: GitLab does not say which one, so none of them counts by itself.

        They are read to be answered; where GitLab does not let us, nobody is told, and that is all.
        """
        path = f"{self._project}/merge_requests/{number}/approvals"
        try:
            return self._calls.get(path, f"list the approvals of request {number}", _approvals)
        except (NotAllowedError, NotThereError):
            return ()

    def say(self, number: int, *, marker: str, markdown: str) -> bool:
        """Write our note on a request, or write it anew."""
        path, doing = f"{self._project}/merge_requests/{number}/notes", f"comment on request {number}"
        return keep_comment(
            self.comments(number),
            own_account(self._calls),
            marker=marker,
            markdown=markdown,
            post=lambda body: self._calls.post(path, doing, {"body": body}, _note),
            change=lambda note, body: self._calls.change("PUT", f"{path}/{note}", doing, {"body": body}),
        )

    @property
    def issues(self) -> OurIssues:
        """The issues that are ours."""
        ways = Ways(
            path=f"{self._project}/issues",
            assign=_assign,
            account=_author,
            number="iid",
            text="description",
            address="web_url",
            comments="notes",
            change="PUT",
            open_ones={"state": "opened"},
            closing={"state_event": "close"},
        )
        return OurIssues(self._calls, ways)

    def close(self) -> None:
        """End the connections."""
        self._calls.close()


def _assign(calls: Calls, issue: str, account: str) -> None:
    if account.isdigit():
        calls.change("PUT", issue, "give an issue to somebody", {"assignee_ids": [int(account)]})


def _author(answer: Answer) -> Account:
    author = answer.part("author")
    name = author.text("username")
    # What an administrator brought in from elsewhere carries a person's account without their having written it here.
    number = "" if answer.flag("imported") else str(author.number("id"))
    return Account(id=number, name=name, is_bot=_BOT.fullmatch(name) is not None or author.flag("bot"))


def _request(answer: Answer) -> Request:
    # The project of a request is gone where a fork was deleted.
    known = answer.has("source_project_id")
    same = known and answer.number("source_project_id") == answer.number("target_project_id")
    return Request(
        number=answer.number("iid"),
        title=answer.text("title"),
        branch=answer.text("source_branch") if same else "",
        head=answer.text_or_nothing("sha"),
        target=answer.text("target_branch"),
        is_open=answer.text("state") == "opened",
        from_fork=not same,
        address=answer.text("web_url"),
    )


def _note(answer: Answer) -> Comment | None:
    if answer.flag("system"):
        return None
    return Comment(
        id=str(answer.number("id")),
        account=_author(answer),
        text=answer.text_or_nothing("body"),
        at=answer.instant("created_at"),
        edited=answer.instant("updated_at") != answer.instant("created_at"),
    )


def _approvals(answer: Answer) -> list[Approval]:
    return [_approval(each) for each in answer.parts("approved_by")]


def _approval(answer: Answer) -> Approval:
    user = answer.part("user")
    name, number = user.text("username"), str(user.number("id"))
    # Since when is told by newer ones only; older than any word, it takes the place of none.
    at = answer.instant("approved_at") if answer.has("approved_at") else datetime.min.replace(tzinfo=UTC)
    account = Account(id=number, name=name, is_bot=_BOT.fullmatch(name) is not None)
    return Approval(id=f"approval of {number}", account=account, head="", at=at)
