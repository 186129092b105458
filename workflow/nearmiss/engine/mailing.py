"""Letters: what is written to people by e-mail, and the port through which it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One letter: to which addresses, about what, and its text, which is plain. Each addressee sees the others."""

    to: tuple[str, ...]
    subject: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Unsent:
    """A letter that did not go out to some of its addresses, and why, in words."""

    letter: Letter
    addresses: tuple[str, ...]
    why: str


class MailError(NearMissError):
    """Letters could not be sent; the subclasses say which, and what to do."""


class LettersUnsentError(MailError):
    """Some letters did not go out; all others did."""

    def __init__(self, unsent: Sequence[Unsent], *, of: int) -> None:
        reasons = dict.fromkeys(one.why for one in unsent)
        shown = " ".join(list(reasons)[:3])
        super().__init__(
            f"{len(unsent)} of {of} letters could not be sent. {shown}",
            hint="The others are on their way. Mend what is said here, then run it again: nothing is sent twice.",
        )
        self.unsent = tuple(unsent)


class Mailer(Protocol):
    """Sends letters."""

    def send(self, letters: Sequence[Letter]) -> None:
        """Send letters over one connection, each by itself: where one fails, the others still go out.

        Raises LettersUnsentError, which tells all that did not go out, after all have been tried.
        """
        ...
