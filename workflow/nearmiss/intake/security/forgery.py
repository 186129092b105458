"""Forged forms: a form counts only with a mark that this server gave to the same browser, and from one of our pages.

The mark is an HMAC of a random cookie, so that whoever can set a cookie still cannot make the mark (a signed double
submit). Browsers say besides where a request comes from, by `Sec-Fetch-Site` and `Origin`; who says it is elsewhere is
refused, whatever the mark.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

FIELD = "csrf"
COOKIE = "nearmiss-form"
_RANDOM = re.compile(r"[A-Za-z0-9_-]{43}")


class Marks:
    """Makes and checks the marks of forms, with a secret of this server."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def cookie_of(self, request: HTTPConnection, *, secure: bool) -> str:
        """Return the random cookie that a browser came with, or an empty text."""
        said = request.cookies.get(cookie_name(secure=secure), "")
        return said if _RANDOM.fullmatch(said) else ""

    def mark(self, cookie: str) -> str:
        """Return the mark that goes with a cookie."""
        return hmac.new(self._secret, cookie.encode(), hashlib.sha256).hexdigest()

    def holds(self, cookie: str, mark: object) -> bool:
        """Say whether a mark was made for a cookie."""
        return bool(cookie) and isinstance(mark, str) and hmac.compare_digest(self.mark(cookie), mark[:64] or "-")


def new_cookie() -> str:
    """Return a random cookie that says nothing."""
    return secrets.token_urlsafe(32)


def cookie_name(*, secure: bool) -> str:
    """Return the cookie's name: over https, one that no other host and no page over http can set."""
    return f"__Host-{COOKIE}" if secure else COOKIE


def is_from_elsewhere(request: HTTPConnection, origin: str) -> bool:
    """Say whether a browser tells that a request was begun by a page that is not ours; `origin` is what ours have."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        return True
    said = request.headers.get("origin")
    return said is not None and said.casefold() != origin.casefold()
