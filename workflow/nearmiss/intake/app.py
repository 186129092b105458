"""The application: its pages behind the guard, its static files, and what goes on beside the requests."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from nearmiss.errors import NearMissError
from nearmiss.intake.guard import Guard
from nearmiss.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Receive, Scope, Send

    from nearmiss.intake.house import House


DESK = "/desk"
"""The one address that ends with a slash, besides the first page."""


class NotHereError(NearMissError):
    """There is no page at an address."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            "There is no page at this address.", hint="Go to the form, or to the page where you came from."
        )


class WrongMethodError(NearMissError):
    """A page was asked in a way in which it does not answer."""

    status = 405

    def __init__(self) -> None:
        super().__init__("This address takes no form like that.", hint="Open the page again, and send it from there.")


class Assets(StaticFiles):
    """Style sheets and scripts of ours, which a browser may keep for an hour."""

    def file_response(self, *args: object, **named: object) -> Response:
        """Return a file with how long it may be kept."""
        answer = super().file_response(*args, **named)  # type: ignore[arg-type]  # handed on as they came
        answer.headers["cache-control"] = "public, max-age=3600"
        return answer


def create_app(house: House, routes: Sequence[BaseRoute]) -> ASGIApp:
    """Return the application of a house with the pages of the public and of the desk."""
    inner = Starlette(
        routes=[
            Route("/health", health, methods=["GET"]),
            Mount("/static", app=Assets(directory=shipped("templates", "intake", "static"))),
            *routes,
        ]
    )
    # The framework would lead to the name and scheme by which the proxy asks us, not by which the browser asked.
    inner.router.redirect_slashes = False
    inner.state.house = inner.state.desk = house

    async def routed(scope: Scope, receive: Receive, send: Send) -> None:
        """Go to the page without the framework's own pages for errors, of which one shows a traceback."""
        spelt = _as_spelt(house, scope)
        if spelt:
            await RedirectResponse(spelt, status_code=308)(scope, receive, send)
            return
        try:
            await inner.router({**scope, "app": inner}, receive, send)
        except HTTPException as error:
            raise (WrongMethodError() if error.status_code == WrongMethodError.status else NotHereError()) from None

    return _below(house.root_path, Guard(routed, house=house))


def _as_spelt(house: House, scope: Scope) -> str:
    """Return the address of the page that is meant where the slash at the end is missing or too much; else nothing.

    Only what is asked for is led on, by an address that begins with one slash: two would be the name of a host.
    """
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    plain = path.strip("/")
    if scope["method"] not in {"GET", "HEAD"} or path in {"/", f"{DESK}/"}:
        return ""
    if path != DESK and (not path.endswith("/") or path.startswith("//")):
        return ""
    query = scope["query_string"].decode("latin-1")
    meant = house.address(Request(scope), f"/{quote(plain)}{'/' if path == DESK else ''}")
    return f"{meant}?{query}" if query else meant


async def health(_request: Request) -> Response:
    """Say that we are there, to whoever watches over servers."""
    return PlainTextResponse("ok")


def _below(root_path: str, app: ASGIApp) -> ASGIApp:
    """Return an application that answers below a path, whether a proxy takes that path away or leaves it."""
    if not root_path:
        return app

    async def rooted(scope: Scope, receive: Receive, send: Send) -> None:
        path = f"{root_path}/" if scope["path"] == root_path else scope["path"]
        path = path if path.startswith(f"{root_path}/") else f"{root_path}{path}"
        await app({**scope, "path": path, "root_path": root_path}, receive, send)

    return rooted
