"""Dates of foreign tables: read by the formats that a mapping declares, and never by a guess."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

_TOKENS = {
    "YYYY": r"(?P<year>[0-9]{4})",
    "YY": r"(?P<short_year>[0-9]{2})",
    "MM": r"(?P<month>[0-9]{1,2})",
    "DD": r"(?P<day>[0-9]{1,2})",
    "HH": r"(?P<hour>[0-9]{1,2})",
    "hh": r"(?P<half_hour>[0-9]{1,2})",
    "mm": r"(?P<minute>[0-9]{2})",
    "ss": r"(?P<second>[0-9]{2})(?:\.[0-9]+)?",
    "AM": r"(?P<half>[AaPp])\.?[Mm]\.?",
}
_TOKEN = re.compile("|".join(_TOKENS))
# Year first is the one order that everybody reads alike; spreadsheet cells typed as dates arrive in it too.
ISO_FORMATS = ("YYYY-MM-DD", "YYYY-MM-DD HH:mm", "YYYY-MM-DD HH:mm:ss", "YYYY-MM-DDTHH:mm", "YYYY-MM-DDTHH:mm:ss")
COARSE_FORMATS = ("YYYY-MM", "YYYY")
TIME_FORMATS = ("HH:mm", "HH:mm:ss")
_LETTER = re.compile(r"[^\W\d_TZ]")
_NUMBERS = re.compile(r"([0-9]{1,4})([./ -])([0-9]{1,2})\2([0-9]{1,4})\b")


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A date as precise as it was written (`2003-12-19`, `1988-01`, `1988`; empty for a time alone), and a time."""

    on: str = ""
    at: str = ""


@dataclass(frozen=True, kw_only=True)
class Ways:
    """The ways in which a column writes its dates; two-digit years are those from `first_year` on."""

    formats: tuple[str, ...] = ()
    first_year: int | None = None

    def readings(self, text: str) -> frozenset[Moment]:
        """Return every meaning that the declared formats, or else year-month-day, give a text; none: unreadable."""
        declared = _meanings(text, self.formats, self.first_year)
        return declared or _meanings(text, ISO_FORMATS if self.formats else (*ISO_FORMATS, *COARSE_FORMATS), None)


def _meanings(text: str, formats: tuple[str, ...], first_year: int | None) -> frozenset[Moment]:
    moments = (_read(text.strip(), form, first_year) for form in formats)
    return frozenset(moment for moment in moments if moment)


@cache
def _pattern(form: str) -> re.Pattern[str]:
    """Compile a format. One digit will do for a day or a month where signs stand around it, not in `YYYYMMDD`."""
    matches = list(_TOKEN.finditer(form))
    joints = {match.end() for match in matches} & {match.start() for match in matches}
    pattern, end = "", 0
    for match in matches:
        token = _TOKENS[match[0]]
        if {match.start(), match.end()} & joints:
            token = token.replace("{1,2}", "{2}")
        pattern += re.escape(form[end : match.start()]) + token
        end = match.end()
    return re.compile(pattern + re.escape(form[end:]))


def check_format(form: str, first_year: int | None) -> str:
    """Return what is wrong with a format, as the question that it leaves open; empty where it can be used."""
    tokens = [match[0] for match in _TOKEN.finditer(form)]
    if not tokens or len(tokens) != len(set(tokens)) or _LETTER.search(_TOKEN.sub("", form)):
        return f'"{form}" is not a date format: write it with YYYY, MM, DD, HH, mm and ss, such as "DD.MM.YYYY HH:mm"'
    if {"YYYY", "YY"} <= set(tokens) or ("DD" in tokens and "MM" not in tokens) or ("hh" in tokens) != ("AM" in tokens):
        return f'"{form}" does not fit together: one year, a month for the day, and AM for hh'
    if "YY" in tokens and first_year is None:
        return f'"{form}" leaves the century open: which is the first year it can mean? Add first_year: 1970, say'
    if form.startswith("YYYY") and "DD" in tokens and tokens.index("DD") < tokens.index("MM"):
        return f'"{form}" puts the day before the month after the year, which nobody could tell from year-month-day'
    return ""


def _read(text: str, form: str, first_year: int | None) -> Moment | None:
    match = _pattern(form).fullmatch(text)
    if not match:
        return None
    found = match.groupdict()
    on, at = _date_of(found, first_year), _time_of(found)
    return None if on is None or at is None else Moment(on=on, at=at)


def _date_of(found: dict[str, str], first_year: int | None) -> str | None:
    """Return the date that was found, empty where the format has none, or None where no calendar has it."""
    year = _year_of(found, first_year)
    if year is None:
        return ""
    month, day = found.get("month"), found.get("day")
    try:
        whole = date(year, int(month or 1), int(day or 1)).isoformat()
    except ValueError:
        return None
    return whole if day else whole[:7] if month else whole[:4]


def _year_of(found: dict[str, str], first_year: int | None) -> int | None:
    if "year" in found:
        return int(found["year"])
    if "short_year" not in found or first_year is None:
        return None
    return first_year + (int(found["short_year"]) - first_year) % 100


def _time_of(found: dict[str, str]) -> str | None:
    if "minute" not in found:
        return ""
    hour = int(found.get("hour") or found.get("half_hour") or 0)
    if "half" in found:
        if not 1 <= hour <= 12:  # noqa: PLR2004 - a clock face
            return None
        hour = hour % 12 + (12 if found["half"] in "Pp" else 0)
    minute, second = int(found["minute"]), int(found.get("second") or 0)
    return f"{hour:02d}:{minute:02d}" if hour < 24 and max(minute, second) < 60 else None  # noqa: PLR2004 - a day


def question(text: str) -> str:
    """Return what has to be asked about a date that nothing declared: which order, which century, or which format."""
    match = _NUMBERS.search(text)
    if not match:
        return 'How are these written? Add dates: ["…"], made of YYYY, MM, DD, HH, mm and ss'
    first, sign, middle, last = match.groups()
    if len(first) == len("2026"):
        return f'Add dates: ["YYYY{sign}MM{sign}DD"] if that is year, month, day'
    year = "YYYY" if len(last) == len("2026") else "YY"
    century = "" if year == "YYYY" else ", and the century: first_year: 1970, say, if 70 means 1970 and 69 means 2069"
    order = f'dates: ["DD{sign}MM{sign}{year}"] if the day comes first, ["MM{sign}DD{sign}{year}"] if the month does'
    return f"Is {first}{sign}{middle} day and month, or month and day? Add {order}{century}"
