"""Who is at the desk: by a session of their own, or by the word of a proxy that is trusted, always as main has them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nearmiss.intake.desk.tries import Tries
from nearmiss.store.accounts import SESSION_LASTS

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from nearmiss.models.people import People, Person
    from nearmiss.store.accounts import Accounts

COOKIE = "nearmiss-desk"


@dataclass(frozen=True, kw_only=True)
class Doorkeeper:
    """How people prove who they are: accounts with passwords, and a header of a proxy at one of some addresses.

    `proxy_user` is the name of that header; where it is empty, no header counts. `tries` counts tries to sign in.
    """

    accounts: Accounts
    proxy_user: str = ""
    trusted: frozenset[str] = frozenset()
    tries: Tries = field(default_factory=lambda: Tries(time.monotonic))

    def person_of(self, request: Request, people: People) -> Person | None:
        """Return who sends a request, if they are on the list of people, active, and no service."""
        person = self._by_proxy(request, people) or self._by_session(request, people)
        return person if person is not None and may_enter(person) else None

    def sign_in(self, handle: str, password: str, people: People) -> str:
        """Return the id of a new session; an empty text where name or password is wrong, whichever it is.

        Raises TooManyTriesError.
        """
        self.tries.count(handle)
        person = people.find(handle) or people.by_email(handle)
        name = person.handle if person is not None else handle
        with self.tries.turn:
            is_right = self.accounts.verify(name, password)
        if not is_right or person is None or not may_enter(person):
            return ""
        self.tries.forget(handle)
        return self.accounts.begin(name)

    def sign_out(self, request: Request) -> None:
        """End the session that a request comes with."""
        self.accounts.end(token_of(request))

    def is_trusted(self, request: Request) -> bool:
        """Say whether a request comes straight from a proxy whose headers count."""
        return request.client is not None and request.client.host in self.trusted

    def _by_proxy(self, request: Request, people: People) -> Person | None:
        if not self.proxy_user or not self.is_trusted(request):
            return None
        said = request.headers.getlist(self.proxy_user)
        # A header that comes twice is one that somebody else put beside the proxy's own.
        if len(said) != 1:
            return None
        return people.find(said[0].strip()) or people.by_email(said[0].strip())

    def _by_session(self, request: Request, people: People) -> Person | None:
        handle = self.accounts.holder(token_of(request))
        return people.find(handle) if handle else None


def may_enter(person: Person) -> bool:
    """Say whether somebody on the list of people may use the desk."""
    return person.is_active and person.kind == "person"


def token_of(request: Request) -> str:
    """Return the id of a session that a request comes with, whatever it is worth."""
    return request.cookies.get(COOKIE, "")


def hand_out(response: Response, token: str, *, path: str, secure: bool) -> None:
    """Give a browser the id of its session, for as long as it holds."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(SESSION_LASTS.total_seconds()),
        path=path,
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def take_back(response: Response, *, path: str, secure: bool) -> None:
    """Have a browser forget the id of its session."""
    response.delete_cookie(COOKIE, path=path, secure=secure, httponly=True, samesite="strict")
