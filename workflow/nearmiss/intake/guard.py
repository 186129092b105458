"""The guard at the door of the application: who it lets in has a bounded body, a form of ours, and one of our headers.

It works on ASGI itself, so that no page and no error of the framework can be answered without it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.datastructures import FormData, Headers
from starlette.requests import Request

from nearmiss.errors import NearMissError
from nearmiss.intake.security.bodies import Room, read_body, read_form, replayed
from nearmiss.intake.security.forgery import FIELD, cookie_name, is_from_elsewhere, new_cookie
from nearmiss.intake.security.headers import with_ours
from nearmiss.intake.security.visitors import Visitor

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from nearmiss.intake.house import House

TOO_MANY_FILES = 50
"""Files that are read beyond those that are taken, so that the form can say so and keep what was typed."""

METHODS = frozenset({"GET", "HEAD", "POST"})
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?")


class ElsewhereError(NearMissError):
    """A form was sent by a page that is not ours."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            "This came from another page, so it was not taken.", hint="Open the page here, and send it from there."
        )


class OddRequestError(NearMissError):
    """A request is none that a browser makes of our pages."""

    def __init__(self, status: int) -> None:
        super().__init__("This request cannot be answered.", hint="Open the page again in a browser.")
        self.status = status


class Guard:
    """Lets requests through to an application, or answers them itself."""

    def __init__(self, app: ASGIApp, *, house: House) -> None:
        self._app, self._house, self._room = app, house, Room()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1003})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        secure = self._house.is_secure(request)
        cookie = self._house.marks.cookie_of(request, secure=secure)
        visitor = Visitor(cookie=cookie or new_cookie(), is_secure=secure, form=FormData())
        scope.setdefault("state", {})["visitor"] = visitor
        begun = False

        async def ours(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = with_ours(list(message.get("headers", [])))
                if not cookie and (b"content-type", b"text/html; charset=utf-8") in headers:
                    headers.append((b"set-cookie", _set_cookie(visitor)))
                message = {**message, "headers": headers}
            await send(message)

        with self._room.take() as share:
            try:
                refused = self._refused(request)
                if refused is None and request.method == "POST":
                    limits = self._house.limits
                    body = await read_body(receive, most=limits.largest_request_bytes, share=share)
                    visitor.form = await read_form(Headers(scope=scope), body, files=limits.files + TOO_MANY_FILES)
                    receive = replayed(body, receive)
                    refused = self._forged(request, visitor)
                if refused is not None:
                    await refused(scope, receive, ours)
                    return
                await self._app(scope, receive, ours)
            except NearMissError as error:
                if begun:
                    raise
                await self._house.sorry(request, error)(scope, receive, ours)
            except Exception as error:  # noqa: BLE001 - whatever it is, no traceback reaches a person, and no word of theirs a log
                self._house.note_fault(error)
                if not begun:
                    await self._house.fault(request)(scope, receive, ours)
            finally:
                await visitor.form.close()

    def _refused(self, request: Request) -> Response | None:
        """Return the answer to what no page of ours makes a browser send."""
        if request.method not in METHODS:
            return self._house.sorry(request, OddRequestError(405))
        hosts = request.headers.getlist("host")
        if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]):
            return self._house.sorry(request, OddRequestError(400))
        if self._house.hosts and hosts[0].casefold() not in self._house.hosts:
            return self._house.sorry(request, OddRequestError(421))
        return None

    def _forged(self, request: Request, visitor: Visitor) -> Response | None:
        """Return the answer to a form that is not ours; one whose mark is out of date is shown, to be sent again."""
        if is_from_elsewhere(request, self._house.origin(request)):
            return self._house.sorry(request, ElsewhereError())
        marks = visitor.form.getlist(FIELD)
        if len(marks) == 1 and self._house.marks.holds(visitor.cookie, marks[0]):
            return None
        kept = [(name, value) for name, value in visitor.form.multi_items() if isinstance(value, str) and name != FIELD]
        has_files = any(not isinstance(value, str) and value.size for _, value in visitor.form.multi_items())
        data = {"kept": kept, "has_files": has_files, "action": f"/{request.url.path.lstrip('/')}"}
        return self._house.page(request, "again.html.j2", data, 403)


def _set_cookie(visitor: Visitor) -> bytes:
    secure = "; Secure" if visitor.is_secure else ""
    name = cookie_name(secure=visitor.is_secure)
    return f"{name}={visitor.cookie}; Path=/; HttpOnly; SameSite=Strict{secure}".encode()
