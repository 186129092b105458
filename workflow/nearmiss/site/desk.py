"""Where staff report: the form, the telephone number and the words that `report:` in mkdocs.yml names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from pathlib import Path

FIELDS = ("form", "phone", "words")
WHERE = ("plugins", "nearmiss", "report")
"""The way to the setting in mkdocs.yml."""

MOST_OF_AN_ADDRESS = 500
"""A longer one makes a code that no telephone reads from across a room."""

MOST_SHOWN = 48
"""Nobody copies a longer address by hand: its host is shown, and the code has the rest."""

MOST_WORDS = 300
MAIL = "mailto:"
AREA = "{area}"
"""Stands in the address of the form for the area of whoever reports, as `?area={area}`."""

EXAMPLE = (
    'Write `report: {form: "https://forms.example.org/near-miss", phone: "+49 30 1234-56"}`; each may be left out.'
)
_WEB = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?(?:[/?#][!#-;=?-\[\]_a-z~]*)?")
_MAIL = re.compile(r"mailto:[A-Za-z0-9.!#$%&'*+/=^_{}~-]+@[A-Za-z0-9][A-Za-z0-9.-]*(?:\?[!#-;=?-\[\]_a-z~]*)?")
_PHONE = re.compile(r"\+?[0-9](?:[0-9 ()/.-]{0,28}[0-9])?")


class BadReportError(NearMissError):
    """What `report:` says cannot be put on a page: which field of which line it is, and what to write."""

    def __init__(self, path: Path, line: int, field: str, reason: str, hint: str = EXAMPLE) -> None:
        named = ".".join(filter(None, ("report", field)))
        super().__init__(f"{path}, line {line}: `{named}` of the plugin nearmiss {reason}.", hint=hint)


@dataclass(frozen=True, kw_only=True)
class ReportDesk:
    """Where reports are taken: all of it may be empty. `phone` is as people write it, `words` are plain text.

    `form_in_area` is the address of the form with `{area}` in it, where the form can be told of an area.
    """

    form: str = ""
    phone: str = ""
    words: str = ""
    form_in_area: str = ""

    def __bool__(self) -> bool:
        """Say whether there is anything by which somebody can report without this register on their computer."""
        return bool(self.form or self.phone or self.words)

    def within(self, area: str) -> ReportDesk:
        """Return the same desk, with the form for those who work in an area, by its term."""
        if not area or not self.form_in_area:
            return self
        return replace(self, form=self.form_in_area.replace(AREA, quote(area, safe="")))

    @property
    def form_in_words(self) -> str:
        """The form as people read it: a mail address, or the address in the web as far as anybody would copy it."""
        if self.form.startswith(MAIL):
            return self.form.removeprefix(MAIL).partition("?")[0]
        parts = urlsplit(self.form)
        whole = self.form.partition("://")[2].rstrip("/")
        return whole if len(whole) <= MOST_SHOWN else parts.netloc

    @property
    def call(self) -> str:
        """The number as the address of a link."""
        return f"tel:{re.sub(r'[^+0-9]', '', self.phone)}" if self.phone else ""


NO_DESK = ReportDesk()
"""Nobody has said where reports are taken."""


def read_desk(said: Any, path: Path) -> ReportDesk:
    """Read what the configuration in `path` says under `report:`; raises BadReportError with the line of the field."""
    if said is None:
        return NO_DESK
    if not isinstance(said, Mapping):
        raise BadReportError(path, _line(path), "", "is no mapping")
    for field, value in said.items():
        if field not in FIELDS:
            raise BadReportError(path, _line(path, field), str(field), f"is not known: there are {', '.join(FIELDS)}")
        if not isinstance(value, str):
            hint = f'Put it in quotes, `{field}: "…"`: without them a 0 or a + at the beginning would be lost.'
            raise BadReportError(path, _line(path, field), field, "is no text", hint)
        reason, hint = _FAULTS[field](value.strip())
        if reason:
            raise BadReportError(path, _line(path, field), field, reason, hint)
    desk = ReportDesk(**{field: str(value).strip() for field, value in said.items()})
    if AREA not in desk.form:
        return desk
    return replace(desk, form=_anywhere(desk.form), form_in_area=desk.form)


def _anywhere(form: str) -> str:
    """Return the address of a form without those parts of its query that name an area."""
    address, _, query = form.partition("?")
    kept = "&".join(part for part in query.split("&") if AREA not in part)
    return f"{address}?{kept}" if kept else address


def _fault_of_form(form: str) -> tuple[str, str]:
    if form.startswith("tel:"):
        return "is a telephone number", 'Write it as `phone: "…"`, without `tel:`.'
    if not form.startswith(("https://", "http://", MAIL)):
        return "begins with neither https://, http:// nor mailto:", "Copy the whole address from the browser."
    if len(form) > MOST_OF_AN_ADDRESS:
        return f"has more than {MOST_OF_AN_ADDRESS} characters", "Give a short address that leads on to it."
    if AREA in form.partition("?")[0] or AREA in form.partition("#")[2]:
        return f"has {AREA} outside of its query", f"Write it as `https://forms.example.org/near-miss?area={AREA}`."
    form = form.replace(AREA, "area")
    if not (_WEB.fullmatch(form) or _MAIL.fullmatch(form)):
        return "is no plain address", "Copy it from the browser: no spaces, no names before the host, and ASCII only."
    return "", ""


def _fault_of_phone(phone: str) -> tuple[str, str]:
    if _PHONE.fullmatch(phone):
        return "", ""
    return "is no telephone number", 'Write digits, with spaces, ( ) / . - between them: `phone: "+49 30 1234-56"`.'


def _fault_of_words(words: str) -> tuple[str, str]:
    if words and words.isprintable() and len(words) <= MOST_WORDS:
        return "", ""
    return f"is no line of at most {MOST_WORDS} characters", "Write one or two sentences, such as who answers and when."


_FAULTS = {"form": _fault_of_form, "phone": _fault_of_phone, "words": _fault_of_words}


def _line(path: Path, *fields: object) -> int:
    from nearmiss.store.foreign import line_of

    return line_of(path.read_bytes(), (*WHERE, *map(str, fields)))
