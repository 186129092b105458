"""The language of a page: the one that was chosen, else what the browser asks for, else the register's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

CHOSEN = "lang"
"""The name under which an address says the language."""

_RANGE = re.compile(r"\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*|\*)\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?")
MOST = 20


def language_of(request: Request, offered: Sequence[str], *, own: str) -> str:
    """Return the language in which a request is answered, one of those that are offered (RFC 9110, 12.5.4)."""
    chosen = request.query_params.get(CHOSEN, "")
    if chosen in offered:
        return chosen
    for wanted in _wanted(request.headers.get("accept-language", "")):
        for language in (wanted, wanted.partition("-")[0]):
            if language in offered:
                return language
    return own if own in offered else offered[0]


def _wanted(header: str) -> list[str]:
    """Return the languages that a browser asks for, the most wanted first."""
    found: list[tuple[float, str]] = []
    for part in header[:500].split(",")[:MOST]:
        match = _RANGE.fullmatch(part)
        if match and match[1] != "*":
            found.append((float(match[2] or 1), match[1].lower()))
    return [language for weight, language in sorted(found, key=lambda one: -one[0]) if weight > 0]
