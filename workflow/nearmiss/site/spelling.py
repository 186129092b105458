"""The words that the pages of a search have, by their first letter: what tells a slip of the finger from a word."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LISTS = 37
"""How many lists there are, whatever the language; a prime, by which no two letters of English share one."""

_LONGEST = 40
"""Letters above which something is no word that anybody types."""

_PIECE = re.compile(r"[^\W_]+")


def as_indexed(word: str) -> str:
    """Return a word as search compares it: small letters and digits, and nothing above, below or between them."""
    pieces = unicodedata.normalize("NFD", word.lower())
    return "".join(letter for letter in pieces if letter.isalnum())


def list_of(word: str) -> int:
    """Return the number of the list that a word stands in."""
    return ord(as_indexed(word)[0]) % LISTS


def word_lists(pages: Iterable[str]) -> Mapping[int, str]:
    """Return the lists of the words of pages, given each page's text; pure.

    A line is how common the word is, as a logarithm to the base 2, and the word as it is written most often. `FLT-07`
    is a word, and so are its pieces: people type all of these.
    """
    written: dict[str, Counter[str]] = defaultdict(Counter)
    # Each different word is looked at once, not on each page: that would take longer than Pagefind.
    for joined, number in Counter(joined for page in pages for joined in set(page.split())).items():
        for word in _words(joined):
            written[as_indexed(word)][word] += number
    lists: dict[int, list[str]] = {number: [] for number in range(LISTS)}
    for key in sorted(written):
        lists[list_of(key)].append(_line(written[key]))
    return {number: "\n".join(lines) for number, lines in lists.items()}


def _words(joined: str) -> Iterator[str]:
    pieces = [piece for piece in _PIECE.findall(joined) if len(piece) <= _LONGEST and as_indexed(piece)]
    yield from pieces
    if len(pieces) > 1 and len(joined) <= _LONGEST:
        yield joined[joined.index(pieces[0]) : joined.rindex(pieces[-1]) + len(pieces[-1])]


def _line(ways: Counter[str]) -> str:
    most_often = min(ways, key=lambda word: (-ways[word], word))
    return f"{min(9, ways.total().bit_length() - 1)}{most_often}"
