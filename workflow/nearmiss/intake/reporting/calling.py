"""Whom to call, in pieces: what can be dialled becomes a link on a telephone."""

from __future__ import annotations

import re

from nearmiss.render.languages import N_

CALL_AS_SHIPPED = N_("the supervisor of the area, or the emergency number on the poster")
"""What a new register says of whom to call: said in each language, until a register has its own words."""

_NUMBER = re.compile(r"\+?[0-9](?:[0-9 ()/.-]*[0-9])?")
_LEAST = 3
"""Digits of the shortest number that is dialled."""
_INSIDE = re.compile(
    r"\b(?:extensi[oó]n|ext|durchwahl|dw|nebenstelle|apparat|app|hausruf|intern[ao]?|internal|wewn(?:ętrzny)?|wew|anexo)"
    r"\W*$",
    re.IGNORECASE,
)
"""What stands before a number of the house. Dialled on any other telephone, `extension 112` is the emergency call."""


def parts_of(call: str) -> tuple[tuple[str, str], ...]:
    """Return a text in pieces, each with the number that a telephone dials, or an empty text where there is none."""
    parts: list[tuple[str, str]] = []
    end = 0
    for match in _NUMBER.finditer(call):
        dialled = re.sub(r"[^+0-9]", "", match[0])
        if len(dialled) >= _LEAST and not _INSIDE.search(call[: match.start()]):
            parts += [(call[end : match.start()], ""), (match[0], dialled)]
            end = match.end()
    parts.append((call[end:], ""))
    return tuple(part for part in parts if part[0])
