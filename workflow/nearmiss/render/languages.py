"""The words of a site in its language: catalogues of messages, and dates and numbers as people there write them.

A message is an English sentence; a catalogue, `templates/site/languages/de.po`, has its translation. A place for a
value is written `%(name)s`, and a percent sign `%%`, in each of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from nearmiss.render.catalogues import Messages, read_catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from babel import Locale

    Plural = Callable[[int], int]

FALLBACK_LANGUAGE = "en"
SITE = "site"
"""Who speaks, where nobody else is named: its catalogues are `site/languages/*.po` below a folder of templates."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_PARTIAL_DATE = re.compile(r"([0-9]{4})(?:-(0[1-9]|1[0-2])(?:-([0-3][0-9]))?)?")


def N_(sentence: str) -> str:  # noqa: N802 - what such a mark is called wherever gettext is known
    """Mark a sentence that is translated later, where it is shown."""
    return sentence


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a site says, in one language. A sentence that no catalogue has stays as it is, in English."""

    language: str = FALLBACK_LANGUAGE
    messages: Messages = field(default_factory=dict)

    def gettext(self, sentence: str, /, **places: object) -> str:
        """Return a sentence in this language, with its places filled."""
        return self.form(sentence) % places

    def pgettext(self, context: str, sentence: str, /, **places: object) -> str:
        """Return a sentence of which there are several in English that say the same; `context` tells them apart."""
        return self.form(sentence, context) % places

    def ngettext(self, one: str, many: str, number: int, /, **places: object) -> str:
        """Return the form of a sentence that goes with a number, which stands at the place `num`."""
        return self.plural_form(one, many, number) % {"num": self.number(number), **places}

    def plain(self, sentence: str) -> str:
        """Return a sentence from elsewhere in this language: it has no places, and a percent sign is just that."""
        return self.form(sentence.replace("%", "%%")).replace("%%", "%")

    def form(self, sentence: str, context: str = "") -> str:
        """Return a sentence in this language, its places still open."""
        found = self.messages.get((context, sentence))
        return found[0] if found else sentence

    def plural_form(self, one: str, many: str, number: int, context: str = "") -> str:
        """Return the form that goes with a number, its places still open."""
        found = self.messages.get((context, one))
        if not found:
            return one if number == 1 else many
        return found[min(_plural(self.language)(abs(number)), len(found) - 1)]

    def date(self, text: str) -> str:
        """Spell a date as precisely as it is known: `21 November 2026`, `November 2026`, `2026`; else leave it."""
        return _spell_date(text, self.language)

    def month(self, text: str) -> str:
        """Spell a date with month precision at most, so that a day does not point at a person."""
        return self.date(text[:7] if _PARTIAL_DATE.fullmatch(text) else text)

    def number(self, value: float) -> str:
        """Spell a number with one decimal place, or none where it is whole; with two where it is less than one."""
        return _spell_number(value, self.language)

    def percent(self, value: float) -> str:
        """Spell a share that is given in hundredths: `12.5 %`."""
        return self.gettext(N_("%(number)s %%"), number=self.number(value))

    def listed(self, things: Sequence[str], *, style: Literal["standard", "or"] = "standard") -> str:
        """Return several things as people name them: `one, two and three`; with `or`, that one of them is enough."""
        from babel.lists import format_list

        return format_list(list(things), style=style, locale=_locale(self.language))


ENGLISH = Words()
"""The words as they stand in templates and code."""


def catalogue_in(folder: Path, language: str, *, spoken_by: str = SITE) -> Path:
    """Return where the catalogue of a language lies below a folder of templates, for whoever speaks."""
    return folder / spoken_by / "languages" / f"{language}.po"


def words_in(language: str, folders: Sequence[Path], *, spoken_by: str = SITE) -> Words:
    """Return the words of a language from the catalogues in folders of templates; the first that has one wins.

    A language of a region takes what its own catalogue lacks from that of the language: `de-AT` from `de`. What none
    has is English. Raises CatalogueError where a catalogue is broken.
    """
    if not is_language(language):
        return Words()
    messages: dict[tuple[str, str], tuple[str, ...]] = {}
    for name in reversed(with_broader(language)):
        for folder in reversed(folders):
            path = catalogue_in(folder, name, spoken_by=spoken_by)
            if path.is_file():
                messages |= read_catalogue(path, forms=_number_of_forms(language))
    return Words(language=language, messages=messages)


def has_words(language: str, folders: Sequence[Path]) -> bool:
    """Say whether there is a catalogue for a language, or none is needed."""
    names = with_broader(language) if is_language(language) else ()
    return FALLBACK_LANGUAGE in names or any(
        catalogue_in(folder, name).is_file() for name in names for folder in folders
    )


def with_broader(language: str) -> tuple[str, ...]:
    """Return a language and those that it is a kind of: `zh-Hant-TW`, `zh-Hant`, `zh`."""
    parts = language.split("-")
    return tuple("-".join(parts[:number]) for number in range(len(parts), 0, -1))


def own_name(language: str) -> str:
    """Return what a language calls itself, such as `Deutsch`, with a capital as at the beginning of a line."""
    name = _locale(language).get_language_name(language) or language
    return name[:1].upper() + name[1:]


def is_language(text: str) -> bool:
    """Say whether a text is the name of a language, as BCP 47 writes it: `de`, `de-AT`."""
    return _LANGUAGE.fullmatch(text) is not None


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    # Here and below: commands that make no page need not pay for all that Babel knows.
    from babel import Locale, UnknownLocaleError

    if language == FALLBACK_LANGUAGE:
        return Locale("en", "GB")  # the day before the month, as all that we write has it
    for name in with_broader(language):
        try:
            return Locale.parse(name, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en", "GB")


@lru_cache(maxsize=64)
def _plural(language: str) -> Plural:
    """Return which form goes with a number: the rule is that of the language, whatever the head of a file says."""
    from gettext import c2py

    from babel.messages.plurals import get_plural

    rule: Plural = c2py(get_plural(_locale(language)).plural_expr)
    return rule


@lru_cache(maxsize=64)
def _number_of_forms(language: str) -> int:
    from babel.messages.plurals import get_plural

    return int(get_plural(_locale(language)).num_plurals)


@lru_cache(maxsize=4096)
def _spell_date(text: str, language: str) -> str:
    match = _PARTIAL_DATE.fullmatch(text)
    year, month, day = match.groups() if match else (None, None, None)
    if month is None:
        return text
    from babel.dates import format_date, format_skeleton

    try:
        when = date(int(year or 0), int(month), int(day or 1))
    except ValueError:
        return text
    locale = _locale(language)
    return format_date(when, "long", locale) if day else format_skeleton("yMMMM", when, locale=locale)


@lru_cache(maxsize=4096)
def _spell_number(value: float, language: str) -> str:
    from babel.numbers import format_decimal

    return format_decimal(value, "#,##0.##" if 0 < value < 1 else "#,##0.#", _locale(language))
