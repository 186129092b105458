"""The visitor: what the guard found out about one request before any page sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request


@dataclass(kw_only=True)
class Visitor:
    """The form that a request brings, its cookie, and whether it came by https."""

    cookie: str
    is_secure: bool
    form: FormData


def visitor_of(request: Request) -> Visitor:
    """Return what the guard found out about a request."""
    found: Visitor = request.state.visitor
    return found
