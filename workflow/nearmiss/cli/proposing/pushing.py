"""Taking a proposal's branch to the others, with a request where the forge can, and telling where it went."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from nearmiss.cli.output.sharing import after_refusal
from nearmiss.cli.voice import say
from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.forges.opening import Taken


class NotPushedError(NearMissError):
    """The proposal is made, but the remote did not take it. The branch stays."""

    def __init__(self, error: NearMissError, hint: str, facts: Mapping[str, Any]) -> None:
        super().__init__(error.message, hint=hint)
        self.facts = dict(facts)


@contextmanager
def meant_to_be_pushed(subject: str, *, push: bool) -> Iterator[None]:
    """Say how to push what is proposed already, where pushing was meant: an earlier push may have been cut short."""
    from nearmiss.engine.errors import ProposalExistsError

    try:
        yield
    except ProposalExistsError as error:
        if push:
            error.hint = f"Push it as it is: nearmiss advance {subject} --refresh --push. {error.hint}"
        raise


def push_proposal(desk: Desk, branch: str, subject: str, title: str, facts: Mapping[str, Any]) -> Taken:
    """Push a proposal's branch and open a request for it; raises NotPushedError, with the branch kept.

    `facts` are what the command tells as JSON of what it did before.
    """
    from nearmiss.app.pushing import take_proposal
    from nearmiss.engine.refusals import PushRefusedError

    try:
        return take_proposal(desk, branch, subject, title)
    except NearMissError as error:
        hint = after_refusal(error) if isinstance(error, PushRefusedError) else error.hint
        raise NotPushedError(error, hint, {**facts, "pushed": None}) from error


def pushed_as_data(taken: Taken | None) -> dict[str, Any] | None:
    """Return where a branch went as JSON has it: remote, address, request (its number, or null) and problem."""
    if taken is None:
        return None
    return {
        "remote": taken.remote,
        "address": taken.address,
        "request": taken.request or None,
        "problem": taken.problem,
    }


def say_pushed(taken: Taken) -> None:
    """Say where a branch went, and which request there is for it, or where one can be opened."""
    say(f"Pushed to {taken.remote}.")
    if taken.request:
        say(f"Request {taken.request}: {taken.address}")
        return
    if taken.problem:
        say(f"The branch is there; a request for it could not be opened: {taken.problem}")
    if taken.address:
        words = "Open it here" if taken.problem else "The request, or where to open it"
        say(f"{words}: {taken.address}")
