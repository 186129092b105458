"""Catalogues of messages: gettext's `.po` files, in which nothing can stand that a page could not bear."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from nearmiss.errors import NearMissError
from nearmiss.render.characters import UNSEEN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from babel.messages.catalog import Catalog, Message

Messages = Mapping[tuple[str, str], tuple[str, ...]]
"""From context (mostly empty) and English sentence to the translation, in as many forms as the language has."""

MOST_BYTES = 2_000_000
NUMBER = "num"
"""The place of the number in a sentence of several forms; a form may leave it out, as `one lesson` does."""

_PLACE = re.compile(r"%\(([A-Za-z_][A-Za-z0-9_]*)\)s")
_PERCENT = re.compile(r"%(?:%|\([A-Za-z_][A-Za-z0-9_]*\)s)")
# Babel takes it for closed, and drops the last letter.
_OPEN_QUOTE = re.compile(r'\s*(?:msg[a-z_]+(?:\[[0-9]+\])?\s*)?"(?:[^"\\]|\\.)*\\?\s*')
# Babel makes lists of as many places as the head of a file asks for.
_MANY_FORMS = re.compile(r"nplurals\s*=\s*[0-9]{2}")


class CatalogueError(NearMissError):
    """A catalogue cannot be used as it is."""

    def __init__(self, path: Path, line: int | None, reason: str) -> None:
        place = f"{path}, line {line}" if line else str(path)
        super().__init__(
            f"The catalogue {place}: {reason}.",
            hint="Mend it, or remove what is wrong there to fall back on the words that come with nearmiss.",
        )


def read_catalogue(path: Path, *, forms: int) -> Messages:
    """Return the messages of a file that are translated and not marked as fuzzy; raises CatalogueError.

    `forms` is how many forms the language has for numbers.
    """
    data = path.read_bytes()
    if len(data) > MOST_BYTES:
        raise CatalogueError(path, None, f"it is larger than {MOST_BYTES:,} bytes")
    return _parse(data, path, forms)


def places_of(sentence: str) -> frozenset[str]:
    """Return the names of the places in a sentence."""
    return frozenset(_PLACE.findall(sentence.replace("%%", "")))


def has_odd_percent(sentence: str) -> bool:
    """Say whether there is a percent sign that is neither doubled nor a place."""
    return "%" in _PERCENT.sub("", sentence)


@lru_cache(maxsize=32)
def _parse(data: bytes, path: Path, forms: int) -> Messages:
    messages = {}
    for message in _usable(_catalogue(data, path)):
        _refuse_unfit(message, path, forms)
        messages[_as_text(message.context), _singular(message)] = tuple(map(_seen, _translations(message)))
    return messages


def _catalogue(data: bytes, path: Path) -> Catalog:
    from babel.messages.pofile import PoFileError, read_po

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CatalogueError(path, line, "it is not written in UTF-8") from error
    if _MANY_FORMS.search(text):
        raise CatalogueError(path, None, "no language has that many forms for numbers")
    for number, written in enumerate(text.split("\n"), 1):
        if _OPEN_QUOTE.fullmatch(written):
            raise CatalogueError(path, number, "a text has no quote at its end")
    try:
        return read_po(text.split("\n"), ignore_obsolete=True, abort_invalid=True)
    except PoFileError as error:
        raise CatalogueError(path, error.lineno + 1, f"it cannot be read ({error})") from error
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
        # What Babel stumbles over in a broken head is any of these.
        raise CatalogueError(path, None, f"it cannot be read ({error})") from error


def _usable(catalogue: Catalog) -> Iterator[Message]:
    for message in catalogue:
        if message.id and not message.fuzzy and all(_translations(message)):
            yield message


def _refuse_unfit(message: Message, path: Path, forms: int) -> None:
    """Raise CatalogueError where a translation would break a page."""
    translations = _translations(message)
    expected = forms if message.pluralizable else 1
    if len(translations) != expected:
        reason = f"{_quoted(message)} has {len(translations)} forms, and this language has {expected}"
        raise CatalogueError(path, message.lineno, reason)
    allowed = frozenset[str]().union(*map(places_of, _sentences(message)))
    needed = allowed - {NUMBER} if message.pluralizable else allowed
    for translation in translations:
        if has_odd_percent(translation):
            reason = f"the translation of {_quoted(message)} has a % that is neither a place, such as %(name)s, nor %%"
            raise CatalogueError(path, message.lineno, reason)
        if not needed <= places_of(translation) <= allowed:
            reason = f"the translation of {_quoted(message)} has other places, %(…)s, than the sentence"
            raise CatalogueError(path, message.lineno, reason)


def _translations(message: Message) -> tuple[str, ...]:
    said = message.string
    return tuple(map(_as_text, said)) if isinstance(said, (tuple, list)) else (_as_text(said),)


def _sentences(message: Message) -> tuple[str, ...]:
    return tuple(message.id) if isinstance(message.id, (tuple, list)) else (message.id,)


def _singular(message: Message) -> str:
    return _sentences(message)[0]


def _quoted(message: Message) -> str:
    return f"“{_seen(_singular(message))}”"


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _seen(text: str) -> str:
    """Return a text without what nobody sees: controls, and marks that turn the reading direction around."""
    return UNSEEN.sub(" ", text)
