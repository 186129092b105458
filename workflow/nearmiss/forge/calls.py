"""Speaking HTTP with a forge: time-outs, pages, patience and plain sentences where something goes wrong."""

from __future__ import annotations

import json
import time
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from nearmiss import __version__
from nearmiss.forge.answers import Answer, ShapeError
from nearmiss.forge.errors import (
    BrokenForgeError,
    NoForgeAddressError,
    NotAllowedError,
    NoTokenError,
    NotThereError,
    PlainTokenError,
    RefusedByForgeError,
    StrangeAnswerError,
    TokenRefusedError,
    TooManyError,
    UnreachableError,
)
from nearmiss.forge.tokens import names_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import httpx

    from nearmiss.forge.addresses import Address

T = TypeVar("T")

CONNECT, READ = 10.0, 30.0
"""Seconds in which a forge must take a connection, and go on with its answer."""

LARGEST = 32 * 1024 * 1024
"""Bytes of the largest answer that is read; a page of a hundred of the longest comments has a fifth of that."""

PER_PAGE = 100
MOST_PAGES = 200
TRIES = 3
LONGEST_WAIT = 60
"""Seconds that a command waits at most where a forge asks for patience; beyond that the person is told."""

LONGEST_QUOTE = 200


class Calls:
    """One repository's corner of a forge's interface."""

    def __init__(
        self,
        *,
        kind: str,
        address: Address,
        root: str,
        headers: Mapping[str, str],
        token: str,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._kind, self._address, self._root = kind, address, root
        self._headers, self._has_token, self._wait = headers, bool(token), wait
        self._client: httpx.Client | None = None

    @property
    def can_speak(self) -> bool:
        """Whether there is a token, and a way to send it that nobody can listen to."""
        return self._has_token and self._address.is_private

    def close(self) -> None:
        """End the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def get(self, path: str, doing: str, read: Callable[[Answer], T]) -> T:
        """Ask for one thing."""
        data, _ = self._send("GET", path, doing)
        return self._read(doing, lambda: read(Answer(data)))

    def pages(
        self, path: str, doing: str, read: Callable[[Answer], T], *, per_page: str = "per_page", **query: str | int
    ) -> Iterator[T]:
        """Yield everything of a list, page by page.

        A list goes on where the forge says so, and where a page is full. It ends where a page brings nothing new, since
        some lists are not divided and come whole whatever page is asked for.
        """
        seen: set[int] = set()
        for page in range(1, MOST_PAGES + 1):
            data, more = self._send("GET", path, doing, query={**query, per_page: PER_PAGE, "page": page})
            entries = self._read(doing, partial(_entries, data))
            new = [entry for number, entry in entries if number not in seen]
            seen.update(number for number, _ in entries)
            for entry in new:
                yield self._read(doing, partial(read, entry))
            if not new or not (more or len(entries) >= PER_PAGE):
                return
        raise StrangeAnswerError(self._address.host, doing, "the list has no end")

    def post(self, path: str, doing: str, body: Mapping[str, Any], read: Callable[[Answer], T]) -> T:
        """Make something, and return what came of it."""
        data, _ = self._send("POST", path, doing, body=body)
        return self._read(doing, lambda: read(Answer(data)))

    def change(self, method: str, path: str, doing: str, body: Mapping[str, Any]) -> None:
        """Change something that is there."""
        self._send(method, path, doing, body=body)

    def _read(self, doing: str, reading: Callable[[], T]) -> T:
        try:
            return reading()
        except ShapeError as error:
            raise StrangeAnswerError(self._address.host, doing, str(error)) from None

    def _send(
        self,
        method: str,
        path: str,
        doing: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> tuple[Any, bool]:
        """Return the data of an answer and whether the forge says that there is more of it."""
        if not self._address:
            raise NoForgeAddressError
        if not self._has_token:
            raise NoTokenError(self._address.host, names_of(self._kind))
        if not self._address.is_private:
            raise PlainTokenError(self._address.host)
        waited = 0.0
        for attempt in range(1, TRIES + 1):
            response, content = self._exchange(method, path, query=query, body=body)
            pause = self._pause(response, method, attempt)
            if pause is None or attempt == TRIES or waited + pause > LONGEST_WAIT:
                break
            waited += pause
            self._wait(pause)
        self._judge(response, content, doing)
        return self._data(response, content, doing), _says_more(response)

    def _exchange(
        self, method: str, path: str, *, query: Mapping[str, str | int] | None, body: Mapping[str, Any] | None
    ) -> tuple[httpx.Response, bytes]:
        import httpx

        content = b""
        try:
            with self._open().stream(method, f"{self._root}{path}", params=query, json=body) as response:
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > LARGEST:
                        raise UnreachableError(self._address.host, "its answer does not end")
        except httpx.TimeoutException:
            raise UnreachableError(self._address.host, "it did not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UnreachableError(self._address.host, _reason(error)) from None
        return response, content

    def _open(self) -> httpx.Client:
        # A tenth of a second to import, and only here is it needed.
        import httpx

        if self._client is None:
            agent = {"User-Agent": f"nearmiss/{__version__}"}
            self._client = httpx.Client(
                headers={**self._headers, **agent}, timeout=httpx.Timeout(READ, connect=CONNECT), follow_redirects=False
            )
        return self._client

    def _pause(self, response: httpx.Response, method: str, attempt: int) -> float | None:
        """Return how long to wait before the same is asked again, or None where asking again is of no use.

        What makes something is not repeated after a fault, since it may have been made all the same.
        """
        asked = _seconds_to_wait(response)
        if _wants_patience(response):
            return float(asked or 2**attempt)
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR and method == "GET":
            return float(2 ** (attempt - 1) if asked is None else asked)
        return None

    def _judge(self, response: httpx.Response, content: bytes, doing: str) -> None:
        """Raise the error that an answer stands for; nothing where it is fine."""
        host, status = self._address.host, response.status_code
        if response.is_success:
            return
        if _wants_patience(response):
            raise TooManyError(host, _seconds_to_wait(response) or 0)
        if response.is_server_error:
            raise BrokenForgeError(host, status)
        if status == HTTPStatus.UNAUTHORIZED:
            raise TokenRefusedError(host)
        if status == HTTPStatus.FORBIDDEN:
            raise NotAllowedError(host, doing, _said(content))
        if status == HTTPStatus.NOT_FOUND:
            raise NotThereError(host, doing)
        if not response.is_client_error:
            raise StrangeAnswerError(host, doing, "it sends us elsewhere; has the repository moved?")
        raise RefusedByForgeError(host, doing, status, _said(content))

    def _data(self, response: httpx.Response, content: bytes, doing: str) -> Any:
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            kind = response.headers.get("content-type", "").partition(";")[0].strip()
            what = "a page for people" if kind == "text/html" else "no JSON"
            raise StrangeAnswerError(self._address.host, doing, f"it is {what}") from None


def _entries(data: Any) -> list[tuple[int, Answer]]:
    if not isinstance(data, list):
        raise ShapeError("it is no list")
    answers = [Answer(entry) for entry in data]
    return [(answer.number("id"), answer) for answer in answers]


def _says_more(response: httpx.Response) -> bool:
    return "next" in response.links or bool(response.headers.get("x-next-page", "").strip())


def _wants_patience(response: httpx.Response) -> bool:
    """Say whether the forge had too much of us: it has a status for that, and one that it shares with refusals."""
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    return response.status_code == HTTPStatus.FORBIDDEN and _seconds_to_wait(response) is not None


def _seconds_to_wait(response: httpx.Response) -> int | None:
    """Return how long the forge wants us to wait, where it says so in one of the ways that forges have."""
    said = response.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return int(said[:6])
    if response.headers.get("x-ratelimit-remaining", "").strip() == "0":
        until = response.headers.get("x-ratelimit-reset", "").strip()
        return max(0, int(until[:12]) - int(time.time())) if until.isascii() and until.isdigit() else 0
    return None


def _said(content: bytes) -> str:
    """Return the forge's own words for a refusal, on one line and without anything that a terminal would obey."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    words = data.get("message") or data.get("error") if isinstance(data, dict) else ""
    text = words if isinstance(words, str) else json.dumps(words) if words else ""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= LONGEST_QUOTE else f"{line[:LONGEST_QUOTE]}…"


def _reason(error: Exception) -> str:
    """Return why there was no connection, in the words of the system without the address."""
    line = " ".join("".join(char if char.isprintable() else " " for char in str(error)).split())
    return line[:LONGEST_QUOTE].rstrip(".") or type(error).__name__
