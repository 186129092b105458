"""A crowd of reporters: many at once, each with a line of their own, who open the form and send it, again and again."""

from __future__ import annotations

import asyncio
import secrets
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser

LONGEST_ANSWER = 60.0
"""Seconds after which whoever waits for an answer has none."""

BOUNDARY = "crowd-of-reporters"


class RefusedReportError(Exception):
    """A server did not take what was sent to it."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"status {status}: {said[:500]}")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a server answered: status, headers by their names in small letters, and the body."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, kw_only=True)
class Form:
    """A form as its page has it: where it is sent, and what it holds that nobody sees."""

    action: str
    hidden: tuple[tuple[str, str], ...]


@dataclass(kw_only=True)
class Outcome:
    """What became of a crowd: seconds until each report was acknowledged, what the answers said, and what failed."""

    seconds: list[float] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def p95(self) -> float:
        """The seconds within which 95 of 100 reports were acknowledged."""
        return statistics.quantiles(self.seconds, n=20)[-1]


class Line:
    """One connection to a server, over which requests go one after the other."""

    def __init__(self, host: str, port: int) -> None:
        self._place = (host, port)
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._cookies: dict[str, str] = {}

    async def ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """Send a request and return what is answered; the connection stays open where the server lets it."""
        if self._writer is None or self._writer.is_closing():
            self._reader, self._writer = await asyncio.open_connection(*self._place)
        assert self._reader is not None
        said = {"Host": f"{self._place[0]}:{self._place[1]}", **(headers or {})}
        if self._cookies:
            said["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        if body:
            said["Content-Length"] = str(len(body))
        head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
        self._writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        await self._writer.drain()
        answer = await asyncio.wait_for(self._answer(self._reader), LONGEST_ANSWER)
        if answer.headers.get("connection") == "close":
            self.close()
        return answer

    async def _answer(self, reader: asyncio.StreamReader) -> Answer:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for line in filter(None, lines[1:]):
            name, _, value = line.partition(":")
            if name.lower() == "set-cookie":
                self._keep(value)
            headers[name.lower()] = value.strip()
        if headers.get("transfer-encoding") == "chunked":
            body = b"".join([part async for part in _chunks(reader)])
        else:
            body = await reader.readexactly(int(headers.get("content-length", "0")))
        return Answer(status=int(lines[0].split()[1]), headers=headers, body=body.decode("utf-8", "replace"))

    def _keep(self, cookie: str) -> None:
        name, _, value = cookie.partition(";")[0].strip().partition("=")
        self._cookies[name] = value

    def close(self) -> None:
        """End the connection."""
        if self._writer is not None:
            self._writer.close()


async def _chunks(reader: asyncio.StreamReader) -> asyncio.StreamReader:  # type: ignore[misc]
    while size := int((await reader.readline()).split(b";")[0], 16):
        yield await reader.readexactly(size)
        await reader.readline()
    await reader.readline()


class _Forms(HTMLParser):
    """Finds the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, or a field of the last one that nobody sees."""
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((said.get("action", ""), []))
        elif tag == "input" and said.get("type") == "hidden" and self.found:
            self.found[-1][1].append((said.get("name", ""), said.get("value", "")))


def form_of(page: str, *, action: str) -> Form:
    """Return the form of a page that is sent to an address beginning with `action`."""
    forms = _Forms()
    forms.feed(page)
    place, hidden = next((place, hidden) for place, hidden in forms.found if place.startswith(action))
    return Form(action=place, hidden=tuple(hidden))


def multipart(fields: Sequence[tuple[str, str]]) -> bytes:
    """Return fields as a browser sends them in a form that may hold files (RFC 7578)."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields
    ]
    return ("".join(parts) + f"--{BOUNDARY}--\r\n").encode()


MULTIPART = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """So many reporters for so many seconds; each says something that nobody else says."""

    host: str
    port: int
    number: int
    seconds: float
    form: str = ""
    """Where the form is; empty where the same bytes are sent without one, as to a floor."""
    action: str = "/"
    fields: tuple[tuple[str, str], ...] = ()

    def report(self) -> Outcome:
        """Let them report, and return what became of it."""
        return asyncio.run(self._all())

    async def _all(self) -> Outcome:
        outcome = Outcome()
        until = time.perf_counter() + self.seconds
        await asyncio.gather(*(self._one(outcome, until) for _ in range(self.number)))
        return outcome

    async def _one(self, outcome: Outcome, until: float) -> None:
        line = Line(self.host, self.port)
        while time.perf_counter() < until:
            try:
                await self._once(line, outcome)
            except (OSError, RefusedReportError, TimeoutError, asyncio.IncompleteReadError, StopIteration) as fault:
                outcome.faults.append(f"{type(fault).__name__}: {fault}")
                line.close()
                await asyncio.sleep(0.1)
        with suppress(OSError):
            line.close()

    async def _once(self, line: Line, outcome: Outcome) -> None:
        place, fields = self.action, list(self.fields)
        if self.form:
            page = await line.ask("GET", self.form)
            if page.status != 200:
                raise RefusedReportError(page.status, page.body)
            found = form_of(page.body, action=self.action)
            place, fields = found.action, [*found.hidden, *fields]
        body = multipart([(name, value.replace("…", secrets.token_hex(8))) for name, value in fields])
        began = time.perf_counter()
        answer = await line.ask("POST", place, body, MULTIPART)
        if answer.status == 303:
            answer = await line.ask("GET", answer.headers["location"])
        if answer.status not in {200, 201}:
            raise RefusedReportError(answer.status, answer.body)
        outcome.seconds.append(time.perf_counter() - began)
        outcome.answers.append(answer.body)


def texts_between(pages: Sequence[str], before: str, after: str) -> Iterator[str]:
    """Yield what stands between two texts in each page."""
    for page in pages:
        yield page.partition(before)[2].partition(after)[0]
