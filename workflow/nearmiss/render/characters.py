"""Text from records letter by letter: what is unseen goes, what HTML would act on is escaped, and ids become links."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from nearmiss.models.ids import ID

if TYPE_CHECKING:
    from collections.abc import Callable

    AddressOf = Callable[[str], str | None]

RECORD_ID = re.compile(rf"(?<![\w-]){ID}(?![\w-])")

# Controls other than newline, the line separators of Unicode, the marks that turn the reading direction around, and
# what is no character: halves, which no file can hold, and those that XML and HTML forbid.
UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\ufdd0-\ufdef\ufffe\uffff]"
)
# The part of an id that is quick to look for.
_YEAR = re.compile(r"-[0-9]{4}-")


def no_address(_record_id: str) -> None:
    """Know no page for any record."""


def seen(text: object) -> str:
    """Return the text with a space for each character that nobody sees, and one kind of line end."""
    return UNSEEN.sub(" ", str(text).replace("\r\n", "\n").replace("\r", "\n")).strip()


def tidy(text: str) -> str:
    """Return the text on one line, without what nobody sees."""
    if not text.isprintable():
        text = UNSEEN.sub(" ", text)
    return " ".join(text.split())


def shortened(text: str, most: int) -> str:
    """Return a text of so many characters at most, cut at a word where it is longer, with an ellipsis."""
    if len(text) <= most:
        return text
    kept, _, _ = text[:most].rpartition(" ")
    return f"{kept or text[:most]}…"


def escaped(text: str) -> str:
    """Return text as HTML between tags, where quotes mean nothing."""
    return escape(text, quote=False)


def attribute(text: str) -> str:
    """Return text as the value of an attribute in double quotes."""
    return escaped(text).replace('"', "&quot;")


def link_ids(html: str, address_of: AddressOf) -> str:
    """Link the ids in text that is escaped already: an id has no character that escaping touches."""
    if not _YEAR.search(html):
        return html

    def link(match: re.Match[str]) -> str:
        address = address_of(match[0])
        return f'<a href="{attribute(address)}">{match[0]}</a>' if address else match[0]

    return RECORD_ID.sub(link, html)
