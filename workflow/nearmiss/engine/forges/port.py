"""The port of a forge: its requests, what people say on them and what is said back, over plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class ForgeError(NearMissError):
    """A forge could not be asked, or did not do what it was asked for. What was in git before still is."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account of a forge. Its number never changes; the name can be anybody's tomorrow and is only shown."""

    id: str
    name: str
    is_bot: bool = False


@dataclass(frozen=True, kw_only=True)
class Comment:
    """What somebody wrote on a request. `edited` is so where the text may not be what was posted at that time."""

    id: str
    account: Account
    text: str
    at: datetime
    edited: bool
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class Approval:
    """A review by which somebody approved; `head` is the commit that they had before them, as the forge knows it."""

    id: str
    account: Account
    head: str
    at: datetime
    address: str = ""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A pull or merge request. `branch` is empty where what it brings lies on no branch of this repository."""

    number: int
    title: str
    branch: str
    head: str
    target: str
    is_open: bool
    from_fork: bool
    address: str


@dataclass(frozen=True, kw_only=True)
class Issue:
    """An issue that is open."""

    number: int
    title: str
    text: str
    address: str


class Issues(Protocol):
    """The issues of a repository that are ours. Everything asks the forge, and may raise ForgeError."""

    def ours(self) -> Sequence[Issue]:
        """Return the open issues that our account wrote, by number."""
        ...

    def open(self, *, title: str, text: str, account: str = "") -> Issue:
        """Open an issue, and give it to the account with a number; where that cannot be, it is nobody's."""
        ...

    def change(self, number: int, *, title: str, text: str) -> None:
        """Write an issue anew."""
        ...

    def close(self, number: int) -> None:
        """Close an issue."""
        ...

    def comment(self, number: int, markdown: str) -> None:
        """Write a new comment below an issue, of which the forge tells whoever follows it."""
        ...


@dataclass(frozen=True, kw_only=True)
class PushWords:
    """What a push says so that the forge opens a request while it takes the branch; empty where it cannot."""

    options: tuple[str, ...] = ()
    destination: str = ""

    def __bool__(self) -> bool:
        """Whether the push asks for a request at all."""
        return bool(self.options or self.destination)


class Forge(Protocol):
    """One repository on a forge. Everything but the addresses and words asks the forge, and may raise ForgeError."""

    @property
    def kind(self) -> str:
        """Which forge it is, as the settings and the accounts of people name it."""
        ...

    @property
    def can_speak(self) -> bool:
        """Whether there is a token, without which nothing is said on the forge."""
        ...

    def push_words(self, *, branch: str, target: str, title: str) -> PushWords:
        """Return what a push says to have a request opened."""
        ...

    def compare_address(self, *, branch: str, target: str) -> str:
        """Return the page on which a person can open a request for a branch that is pushed."""
        ...

    def open_request(self, *, branch: str, target: str, title: str, text: str = "") -> Request:
        """Open a request for a branch that is pushed, or return the one that is open already."""
        ...

    def requests(self) -> Sequence[Request]:
        """Return the open requests, by number."""
        ...

    def request(self, number: int) -> Request:
        """Return a request, open or not."""
        ...

    def comments(self, number: int) -> Sequence[Comment]:
        """Return all comments that people and programs wrote on a request, in the order in which they were posted."""
        ...

    def approvals(self, number: int) -> Sequence[Approval]:
        """Return the approvals that stand, by time; none where the forge does not say which commit was reviewed."""
        ...

    def say(self, number: int, *, marker: str, markdown: str) -> bool:
        """Have one comment of ours on a request say this, and tell whether that changed anything.

        The comment is known again by the marker, which people do not see. One with that marker that somebody else
        wrote is left alone.
        """
        ...

    @property
    def issues(self) -> Issues:
        """The issues that are ours."""
        ...

    def close(self) -> None:
        """End the connections."""
        ...
