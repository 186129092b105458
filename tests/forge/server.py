"""A forge of its own on this machine: the interface of one kind over HTTP, and git through its own door."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from tests.forge.world import User, World

LOGIN_PAGE = b"<!doctype html><title>Sign in</title><p>Sign in to go on.</p>"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One call of the interface."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Mapping[str, Any]
    user: User | None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is answered: plain data as JSON, or bytes as they are."""

    status: int = 200
    data: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None


class Dialect(Protocol):
    """How one kind of forge speaks."""

    root: str

    def token_of(self, headers: Mapping[str, str]) -> str:
        """Return the token that a call carries."""
        ...

    def stranger(self) -> Answer:
        """Answer a call without a token that is known."""
        ...

    def answer(self, world: World, web: str, asked: Asked) -> Answer:
        """Answer a call."""
        ...

    def pushed(self, world: World, pusher: User, moved: list[str], options: list[str]) -> None:
        """Do what a push asks for besides moving branches."""
        ...

    def next_address(self, world: World, web: str) -> str:
        """Return where the next request will be."""
        ...


@dataclass
class Trouble:
    """An answer that the forge gives instead of its own, to calls whose method and path have these in them."""

    answer: Answer
    method: str = ""
    path: str = ""
    times: int = 1


class FakeForge:
    """A running forge. Tokens stand for accounts; that of a job stands for an account that may not ask who it is."""

    def __init__(self, world: World, dialect: Dialect) -> None:
        self.world, self.dialect = world, dialect
        self.tokens: dict[str, User] = {}
        self.jobs: set[str] = set()
        self.troubles: list[Trouble] = []
        self.asked: list[tuple[str, str]] = []
        self.seen_headers: list[dict[str, str]] = []
        self.lock = threading.Lock()
        forge = self

        class Door(_Door):
            pass

        Door.forge = forge
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def web(self) -> str:
        """Where the forge is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def remote(self) -> str:
        """The address under which git finds the repository."""
        return f"{self.web}/{self.world.path}.git"

    def trouble(self, status: int = 200, *, method: str = "", path: str = "", times: int = 1, **more: Any) -> None:
        """Have the next calls that fit answered otherwise."""
        self.troubles.append(Trouble(answer=Answer(status=status, **more), method=method, path=path, times=times))

    @contextmanager
    def running(self) -> Iterator[FakeForge]:
        """Serve until the end of the block."""
        self._thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def respond(self, method: str, target: str, headers: Mapping[str, str], content: bytes) -> Answer:
        """Answer a call of the interface."""
        parts = urlsplit(target)
        token = self.dialect.token_of(headers)
        for trouble in self.troubles:
            if trouble.times and trouble.method in method and trouble.path in parts.path:
                trouble.times -= 1
                return trouble.answer
        user = self.tokens.get(token)
        if user is None:
            return self.dialect.stranger()
        if token in self.jobs and parts.path.endswith("/user"):
            return Answer(status=403, data={"message": "Resource not accessible by integration"})
        asked = Asked(
            method=method,
            path=parts.path.removeprefix(self.dialect.root),
            query=dict(parse_qsl(parts.query)),
            body=_read(headers.get("content-type", ""), content),
            user=user,
        )
        return self.dialect.answer(self.world, self.web, asked)


def _read(kind: str, content: bytes) -> dict[str, Any]:
    """Read what a call carries: JSON, or the fields of a form."""
    if kind.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(content.decode()))
    return dict(json.loads(content)) if content else {}


class _Door(BaseHTTPRequestHandler):
    """Takes one connection: calls of the interface, git, or whatever a browser asks for."""

    forge: FakeForge
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's own name
        """Say nothing."""

    def _serve(self) -> None:
        content = self._content()
        path = urlsplit(self.path).path
        with self.forge.lock:
            inside = self._inside(path)
            if inside:
                self._git(inside, content)
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.forge.asked.append((self.command, self.path))
            self.forge.seen_headers.append(headers)
            if not path.startswith(f"{self.forge.dialect.root}/"):
                self._answer(Answer(raw=LOGIN_PAGE, headers={"Content-Type": "text/html; charset=utf-8"}))
                return
            self._answer(self.forge.respond(self.command, self.path, headers, content))

    do_GET = do_POST = do_PATCH = do_PUT = _serve  # noqa: N815 - the names that the library asks for

    def _inside(self, path: str) -> str:
        """Return what git asks for in the repository, whose address ends in `.git` or does not; else nothing."""
        below = path.removeprefix(f"/{self.forge.world.path}").removeprefix(".git")
        return below if below != path and below.startswith(("/info/", "/git-")) else ""

    def _content(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "") == "chunked":
            pieces = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _answer(self, answer: Answer) -> None:
        content = answer.raw if answer.raw is not None else json.dumps(answer.data).encode()
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _git(self, inside: str, content: bytes) -> None:
        world = self.forge.world
        world.prepare_push(self.forge.dialect.next_address(world, self.forge.web))
        environment = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(world.bare),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": inside,
            "QUERY_STRING": urlsplit(self.path).query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(content)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "somebody",
        }
        done = subprocess.run(["git", "http-backend"], input=content, env=environment, capture_output=True, check=True)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        fields = [line.partition(": ") for line in head.decode().split("\r\n")]
        status = next((int(value.split()[0]) for name, _, value in fields if name == "Status"), 200)
        if inside == "/git-receive-pack":
            moved, options = world.received()
            self.forge.dialect.pushed(world, self._pusher(), moved, options)
        headers = {name: value for name, _, value in fields if name != "Status"}
        self._answer(Answer(status=status, raw=body, headers=headers))

    def _pusher(self) -> User:
        kind, _, said = self.headers.get("Authorization", "").partition(" ")
        login = base64.b64decode(said).decode().partition(":")[0] if kind == "Basic" else "somebody"
        return self.forge.world.user(login)
