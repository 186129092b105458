"""Text from records as HTML that nobody can inject into: everything is escaped, and very little is understood."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nearmiss.render.characters import escaped, link_ids, no_address, seen
from nearmiss.render.subset import marked_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nearmiss.render.characters import AddressOf

WITHHELD = "redacted"
"""The word in a record that stands for a withheld value."""

WITHHELD_HTML = '<span class="nm-withheld">withheld</span>'
"""What stands in its place, in English."""

# What could mean something in the subset of Markdown: marks, the spaces of Unicode, which its rules treat on their own,
# and what begins an item.
_MARKS = ("*", "_", "[", "://")
_SPACE = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_ITEM = re.compile(r"^ *(?:[-•]|[0-9]{1,9}[.)])(?: |$)", re.MULTILINE)


def withheld_in(word: str) -> str:
    """Return what stands in the place of a withheld value, by the word that a language has for it."""
    return WITHHELD_HTML.replace(">withheld<", f">{escaped(word)}<")


def to_line(text: object, address_of: AddressOf = no_address, *, withheld: str = WITHHELD_HTML) -> str:
    """Return one line of text as HTML; ids that have a page become links, and all else is the characters it is."""
    words = seen(text)
    if words == WITHHELD:
        return withheld
    return link_ids(escaped(" ".join(words.split())), address_of)


def to_paragraphs(text: object, address_of: AddressOf = no_address, *, withheld: str = WITHHELD_HTML) -> str:
    """Return longer text as HTML: paragraphs, lists, emphasis and links, as `subset` has them; line ends are kept."""
    words = seen(text)
    if words == WITHHELD:
        return f"<p>{withheld}</p>"
    if any(mark in words for mark in _MARKS) or _SPACE.search(words) or _ITEM.search(words):
        return marked_up(words, address_of) or _as_it_is(words, address_of)
    # Most texts have no mark: this says the same of them, many times as fast, and a test holds the two together.
    return _as_it_is(words, address_of)


def _as_it_is(words: str, address_of: AddressOf) -> str:
    """Return paragraphs with every character of the text."""
    blocks = (link_ids(escaped("\n".join(block)), address_of) for block in _blocks(words.split("\n")))
    return "\n".join(f"<p>{block.replace(chr(10), '<br>' + chr(10))}</p>" for block in blocks)


def _blocks(lines: Iterable[str]) -> Iterator[list[str]]:
    """Part lines where one is blank."""
    block: list[str] = []
    for line in lines:
        stripped = line.strip()
        if stripped:
            block.append(stripped)
        elif block:
            yield block
            block = []
    if block:
        yield block
