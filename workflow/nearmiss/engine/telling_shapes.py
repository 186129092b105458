"""Shapes in a text that tell of a person: addresses, numbers of phones, plates and badges, times, places on a line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Shape = Callable[[str], Iterator["Mark"]]
    MarkKind = Literal["e-mail", "phone", "plate", "badge", "person", "name", "time", "place"]


@dataclass(frozen=True)
class Mark:
    """A part of a text that may tell who somebody is: where, what it looks like, why, and whether that is likely."""

    start: int
    end: int
    kind: MarkKind
    because: str
    sure: bool


LOOK_BACK = 40
"""How many characters before a number the word may stand that says what it is."""


def _before(text: str, start: int) -> str:
    return text[max(0, start - LOOK_BACK) : start]


# Every repetition is bounded, or stands where only one beginning is possible: time is linear in the text.

_MAIL = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}(?:@|\s?[(\[](?:at|AT|ät|arroba|małpa)[)\]]\s?)[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}",
    re.UNICODE,
)
_NUMBER = re.compile(
    r"(?<![\w.,:/+-])(?:\+|00)?\(?\d(?:[ \u00a0()/.\-\u2010-\u2013]{0,3}\d){5,16}(?![\w:/])(?![.,-]\d)"
)
_CALLED = re.compile(
    r"\b(?:tele?(?:ph|f)\w*|tel|phone|fax|call(?:ed|s)?|ring|mobile|cell|handy|mobil|ruf|durchwahl|anruf\w*|móvil|llam\w+"
    r"|komórk\w+|numer telefonu|dzwoni\w*)\b[^\n]{0,14}$",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?:19|20)\d{2}[-./ ]\d{1,2}[-./ ]\d{1,2}(?:\D.*)?|(?:19|20)\d{6}\d*"
    r"|(?:[01]\d|2[0-3])[0-5]\d ?[-–] ?(?:[01]\d|2[0-3])[0-5]\d"
    r"|\d{1,2}[-./ ]{1,2}\d{1,2}[-./ ]{1,2}(?:19|20)?\d{2}(?:\D.*)?"
)
"""Dates, with a time behind them too, and from one time of day to another."""
_AMERICAN = re.compile(r"(?:1[ .-])?(?:\([2-9]\d{2}\)[ .-]{0,2}|[2-9]\d{2}[ .-]{1,2})[2-9]\d{2}[-.]\d{4}")
_EUROPEAN = re.compile(r"\(?0[1-9]\d{1,4}\)?(?:[ /\u2013]{1,3}\d{2,5}(?:[ -]?\d{2,5}){0,4}|-\d{5,9})")
_MOBILE = re.compile(r"01[567]\d{8,9}|07\d{9}")
_IN_THREES = re.compile(r"[4-9]\d{2}[ -]\d{3}[ -]\d{3}")
INTERNATIONAL = range(8, 16)
NATIONAL = range(9, 13)
CALLED = range(5, 16)


def emails(text: str) -> Iterator[Mark]:
    """Mark addresses of e-mail, also where the sign is written as a word."""
    if "@" not in text and not re.search(r"[(\[](?:at|AT|ät|arroba|małpa)[)\]]", text):
        return
    for found in _MAIL.finditer(text):
        yield Mark(*found.span(), "e-mail", "it is an e-mail address", sure=True)


def phones(text: str) -> Iterator[Mark]:
    """Mark numbers of phones: international, or in a shape of a country, or behind a word that says so."""
    for found in _NUMBER.finditer(text):
        number = found.group()
        digits = sum(char.isdigit() for char in number)
        if _DATE.fullmatch(number):
            continue
        why = _why_a_phone(number, digits)
        if why is None and digits in CALLED and _CALLED.search(_before(text, found.start())):
            why = "a number behind a word for calling"
        if why is not None:
            yield Mark(*found.span(), "phone", why, sure=True)
    for found in _EXTENSION.finditer(text):
        yield Mark(*found.span("number"), "phone", "a number behind a word for calling", sure=True)


_EXTENSION = re.compile(
    r"\b(?:ext\.?|extension|durchwahl|dect|tel\.?|telefon|phone|teléfono|wewn\.?|wewnętrzny)"
    r"(?: ?(?:no\.?|nr\.?|number|is|ist|es|jest))?[ :#]{1,3}(?P<number>\d{3,5})(?![\w:.,/-]*\d)",
    re.IGNORECASE,
)


def _why_a_phone(number: str, digits: int) -> str | None:
    if number.startswith("+") and digits in INTERNATIONAL:
        return "it looks like an international phone number"
    if number.startswith("00") and digits - 2 in INTERNATIONAL and not number.startswith("000"):
        return "it looks like an international phone number"
    if _AMERICAN.fullmatch(number):
        return "it looks like an American phone number"
    if (
        (_EUROPEAN.fullmatch(number) and digits in NATIONAL)
        or _MOBILE.fullmatch(number)
        or _IN_THREES.fullmatch(number)
    ):
        return "it looks like a phone number"
    return None


_PLATES = (
    (re.compile(r"(?<![\w-])[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} \d{1,4}[EH]?(?![\w-])"), True),
    (re.compile(r"(?<![\w-])[A-Z]{2}\d{2} [A-Z]{3}(?![\w-])"), True),
    (re.compile(r"(?<![\w-])[A-HJ-NP-TV-Z]{2}-\d{3}-[A-HJ-NP-TV-Z]{2}(?![\w-])"), True),
    (re.compile(r"(?<![\w-])\d{4}[ -][BCDFGHJ-NPR-TV-Z]{3}(?![\w-])"), False),
    (re.compile(r"(?<![\w-])[A-Z]{2,3} (?=[0-9A-Z]{0,4}\d)[0-9A-Z]{4,5}(?![\w-])"), False),
    (re.compile(r"(?<![\w-])(?=[A-Z0-9]{0,6}\d)(?=[0-9]{0,6}[A-Z])[A-Z0-9]{2,4}[ -]?[A-Z0-9]{2,4}(?![\w-])"), False),
)
"""Shapes of number plates (German, British, French, Spanish, Polish, American), and which need no other word."""

_PLATED = re.compile(
    r"\b(?:(?:number |licen[cs]e )?plates?|licen[cs]ed|registration|reg|kennzeichen|matrícula|rejestrac\w+|tablic\w*)\b"
    r"[^\n.]{0,16}$",
    re.IGNORECASE,
)


def plates(text: str) -> Iterator[Mark]:
    """Mark number plates: shapes that hardly anything else has, and others behind a word that says so."""
    for shape, speaks_for_itself in _PLATES:
        for found in shape.finditer(text):
            if speaks_for_itself:
                if not _is_shouted(text, found.start(), found.end()):
                    yield Mark(*found.span(), "plate", "it looks like a number plate", sure=False)
            elif _PLATED.search(_before(text, found.start())):
                yield Mark(*found.span(), "plate", "it stands behind a word for number plates", sure=True)


_BADGE = re.compile(
    r"\b(?:badge|staff|employee|personnel|payroll|personal(?=[ -]?n)|personal-?n(?:umme)?r|mitarbeiter-?n(?:umme)?r"
    r"|ausweis(?:-?n(?:umme)?r)?|stamm-?n(?:umme)?r|empleado|legajo|ficha|identificación|identyfikator\w*|legitymacj\w+"
    r"|(?:numer|nr) (?:pracownika|służbowy|ewidencyjny|pesel)|pesel|dni|nie)\.?"
    r"(?:[ -](?:number|no\.?|nr\.?|num\.?|nummer|id|núm\.?|n\.?º|numer))?[ :#.]{1,3}"
    r"(?P<number>(?:nr\.? ?|no\.? ?|# ?)?[A-Z]{0,3}-?\d{3,11}[A-Z]?)\b(?!-\d)(?!:\d)",
    re.IGNORECASE,
)
_SECURITY = re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")


def _is_shouted(text: str, start: int, end: int) -> bool:
    """Say whether all letters around are capitals, so that those of a plate stand out by nothing."""
    return (
        not any(char.islower() for char in text[max(0, start - LOOK_BACK) : end + LOOK_BACK]) and len(text) > LOOK_BACK
    )


def badges(text: str) -> Iterator[Mark]:
    """Mark the numbers of badges and staff, and those that a state gives to people."""
    for found in _BADGE.finditer(text):
        yield Mark(*found.span(), "badge", "it looks like the number of a badge or of staff", sure=True)
    for found in _SECURITY.finditer(text):
        yield Mark(*found.span(), "badge", "it has the shape of an American social security number", sure=True)


_TIME = re.compile(
    r"(?<![\w:.,/-])(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?![\w:])(?: ?(?:[ap]\.?m\.?|Uhr|h)\b)?"
    r"|(?<![\w:.,/-])(?:1[0-2]|0?[1-9])(?:[.:][0-5]\d)? ?[ap]\.?m\b"
    r"|(?<![\w:.,/-])(?:[01]?\d|2[0-3])(?:[.:][0-5]\d)? Uhr\b"
    r"|(?<![\w:.,/-])(?:[01]\d|2[0-3])[0-5]\d ?(?:hours|hrs|o'clock|Uhr|UTC|zulu|local)\b",
    re.IGNORECASE,
)
_LINE = re.compile(
    r"\b(?:train|zug|tren|pociąg\w{0,3}|flight|flug|vuelo|rejs\w{0,2})[ -](?:no\.?|nr\.?|number|#)? ?"
    r"(?=[A-Z]{0,3} ?\d)[A-Z]{0,3} ?\d{2,5}\b"
    r"|\b(?:milepost|mile post|MP|kilomet(?:er|re|ro)|km|PK)[ #]\d{1,4}(?:[.,+]\d{1,3})?"
    r"(?! ?(?:/|per|pro|por|na|h\b|long|from|away|north|south|east|west))\b",
    re.IGNORECASE,
)


def times(text: str) -> Iterator[Mark]:
    """Mark exact times of day: with a roster, a time tells who was there."""
    for found in _TIME.finditer(text):
        yield Mark(*found.span(), "time", "an exact time of day tells with a roster who was there", sure=False)


def places(text: str) -> Iterator[Mark]:
    """Mark numbers of trains and flights, and places on a line: with a roster, they tell who was there."""
    for found in _LINE.finditer(text):
        yield Mark(*found.span(), "place", "it tells with a roster who was there", sure=False)


SHAPES: tuple[Shape, ...] = (emails, badges, phones, plates, times, places)
"""What looks for shapes, one after the other."""

SURE_SHAPES: tuple[Shape, ...] = (emails, badges, phones)
"""Those that mark what is likely to be right without other words."""
