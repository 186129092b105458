"""Text from records as HTML that nobody can inject into: everything is escaped, and very little is understood."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    AddressOf = Callable[[str], str | None]

WITHHELD = "redacted"
"""The word in a record that stands for a withheld value."""

WITHHELD_HTML = '<span class="nm-withheld">withheld</span>'

# Controls other than newline, the line separators of Unicode, and the marks that turn the reading direction around.
_UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]")
_RECORD_ID = re.compile(r"(?<![\w-])[A-Z]{2,8}-[0-9]{4}-[0-9A-HJKMNP-TV-Z]{5}(?![\w-])")
_BULLET = re.compile(r"\s*[-*•] +")


def no_address(_record_id: str) -> None:
    """Know no page for any record."""


def to_line(text: object, address_of: AddressOf = no_address) -> str:
    """Return one line of text as HTML; ids that have a page become links."""
    words = _clean(text)
    if words == WITHHELD:
        return WITHHELD_HTML
    return _link_ids(escape(" ".join(words.split())), address_of)


def to_paragraphs(text: object, address_of: AddressOf = no_address) -> str:
    """Return longer text as HTML: a blank line parts paragraphs, `- ` begins an item, other line ends are kept."""
    words = _clean(text)
    if words == WITHHELD:
        return f"<p>{WITHHELD_HTML}</p>"
    return "\n".join(_block(block, address_of) for block in _blocks(words.split("\n")))


def _clean(text: object) -> str:
    return _UNSEEN.sub(" ", str(text).replace("\r\n", "\n").replace("\r", "\n")).strip()


def _blocks(lines: Iterable[str]) -> Iterator[list[str]]:
    """Part lines where one is blank and where a list begins."""
    block: list[str] = []
    for line in lines:
        begins_list = bool(block) and bool(_BULLET.match(line)) and not _BULLET.match(block[0])
        if block and (not line.strip() or begins_list):
            yield block
            block = []
        if line.strip():
            block.append(line)
    if block:
        yield block


def _block(lines: list[str], address_of: AddressOf) -> str:
    if not _BULLET.match(lines[0]):
        return f"<p>{'<br>'.join(to_line(line, address_of) for line in lines)}</p>"
    items: list[list[str]] = []
    for line in lines:
        bullet = _BULLET.match(line)
        if bullet:
            items.append([line[bullet.end() :]])
        else:
            items[-1].append(line)
    inner = "".join(f"<li>{'<br>'.join(to_line(line, address_of) for line in item)}</li>" for item in items)
    return f"<ul>{inner}</ul>"


def _link_ids(escaped: str, address_of: AddressOf) -> str:
    """Link the ids in text that is escaped already: an id has no character that escaping touches."""

    def link(match: re.Match[str]) -> str:
        address = address_of(match[0])
        return f'<a href="{escape(address)}">{match[0]}</a>' if address else match[0]

    return _RECORD_ID.sub(link, escaped)
