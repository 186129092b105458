"""What is ours on a forge: who we are there, the request of a branch, and the one comment that we keep by a marker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.forge.errors import NotAllowedError, NotThereError, RefusedByForgeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nearmiss.engine.forges.port import Comment, Request
    from nearmiss.forge.answers import Answer
    from nearmiss.forge.calls import Calls


def own_account(calls: Calls) -> str:
    """Return the number of our account; an empty text where the token, as that of a job, may not name it."""
    try:
        return calls.get("/user", "say who we are", lambda user: str(user.number("id")))
    except (NotAllowedError, NotThereError):
        return ""


def open_or_find(
    post: Callable[[], Request],
    requests: Callable[[], Sequence[Request]],
    *,
    branch: str,
    target: str,
    there_already: int,
) -> Request:
    """Open a request, or return the one that is open; `there_already` is how the forge says that there is one."""
    try:
        return post()
    except RefusedByForgeError as error:
        found = [one for one in requests() if (one.branch, one.target) == (branch, target)]
        if error.status != there_already or not found:
            raise
        return found[0]


def keep_comment(
    comments: Sequence[Comment],
    account: str,
    *,
    marker: str,
    markdown: str,
    post: Callable[[str], object],
    change: Callable[[str, str], object],
) -> bool:
    """Have one comment below a marker say something, and tell whether that changed anything.

    Where nobody can tell which account we are, ours is the first that a program wrote: what a person wrote is never
    written over. `change` takes the number of the comment, and the text.
    """
    body = f"{marker}\n{markdown.strip()}\n"
    marked = (comment for comment in comments if comment.text.lstrip().startswith(marker))
    ours = (one for one in marked if one.account.id == account or (not account and one.account.is_bot))
    there = next(ours, None)
    if there is None:
        post(body)
    elif _plain(there.text) == _plain(body):
        return False
    else:
        change(there.id, body)
    return True


def keep_issue_comment(
    calls: Calls,
    issues: str,
    number: int,
    comments: Sequence[Comment],
    *,
    marker: str,
    markdown: str,
    comment: Callable[[Answer], Comment],
) -> bool:
    """Have our comment below a request say something, where a forge keeps a request's comments as those of an issue."""
    doing = f"comment on request {number}"
    return keep_comment(
        comments,
        own_account(calls),
        marker=marker,
        markdown=markdown,
        post=lambda body: calls.post(f"{issues}/{number}/comments", doing, {"body": body}, comment),
        change=lambda ours, body: calls.change("PATCH", f"{issues}/comments/{ours}", doing, {"body": body}),
    )


def _plain(text: str) -> str:
    """Return a text as it was before a forge changed how its lines end."""
    return text.replace("\r\n", "\n").strip()
