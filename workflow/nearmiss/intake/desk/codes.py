"""Codes to print and put up: each leads a phone to the report form, with the place or the machine filled in already."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from nearmiss.intake.desk.visits import Page
from nearmiss.intake.desk.wording import term_label
from nearmiss.render.languages import N_
from nearmiss.render.pictures.qr_code import TooLongForCodeError, draw_qr_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.intake.desk.refusals import Refusal
    from nearmiss.intake.desk.visits import Visit

MOST_CODES = 120
"""Codes on one page: nobody puts up more at once."""
LONGEST = 64
"""Letters of the longest number of a machine, and of whatever else stands below a code."""
LONGEST_ADDRESS = 300
LISTS = ("area", "location")
TITLE = N_("Code of the report form: %(place)s")


@dataclass(frozen=True, kw_only=True)
class Code:
    """One code: what it is for, where it leads, and its picture as HTML."""

    label: str
    address: str
    picture: str


def codes(visit: Visit, _refusal: Refusal | None) -> Page:
    """Return the page of codes: of the areas or locations of a site, or of machines whose numbers were typed."""
    form = address_of_form(visit)
    site, of = visit.asked("site"), visit.asked("of") or LISTS[0]
    chosen = {"site": site} if site in visit.policy.terms.get("site", ()) else {}
    wanted = _machines(visit) if of == "equipment" else _places(visit, of)
    return Page(
        template="codes",
        data={
            "here": "codes",
            "form": form,
            "is_of_here": _is_of_here(form),
            "site": chosen.get("site", ""),
            "of": of if of in {*LISTS, "equipment"} else LISTS[0],
            "typed": visit.asked("equipment"),
            "sites": list(_terms(visit, "site")),
            "codes": list(_drawn(visit, form, chosen, wanted)) if form else [],
        },
    )


def address_of_form(visit: Visit) -> str:
    """Return where the form is: as somebody typed it, else as this page was reached; nothing where it is no address."""
    house = visit.reception.house
    given = visit.asked("form").strip() or f"{house.origin(visit.request)}{house.root_path}/"
    parts = urlsplit(given) if len(given) <= LONGEST_ADDRESS and given.isprintable() else None
    is_whole = parts is not None and parts.scheme in {"http", "https"} and bool(parts.hostname)
    return given if is_whole else ""


def _is_of_here(address: str) -> bool:
    """Say whether an address means the computer itself on whatever computer it is opened."""
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _terms(visit: Visit, name: str) -> Iterator[tuple[str, str]]:
    terms = visit.policy.vocabulary.get(name)
    for term in terms.terms if terms else ():
        if not term.retired:
            yield term.term, term_label(visit, name, term.term)


def _places(visit: Visit, name: str) -> list[tuple[dict[str, str], str]]:
    return [({name: term}, label) for term, label in _terms(visit, name if name in LISTS else LISTS[0])]


def _machines(visit: Visit) -> list[tuple[dict[str, str], str]]:
    lines = (" ".join(line.split())[:LONGEST] for line in visit.asked("equipment").split("\n"))
    return [({"equipment": line}, line) for line in dict.fromkeys(lines) if line and line.isprintable()]


def _drawn(
    visit: Visit, form: str, chosen: Mapping[str, str], wanted: list[tuple[dict[str, str], str]]
) -> Iterator[Code]:
    for number, (preset, label) in enumerate(wanted[:MOST_CODES]):
        address = f"{form}{'&' if '?' in form else '?'}{urlencode({**chosen, **preset})}"
        try:
            picture = draw_qr_code(address, title=visit.say(TITLE, place=label), prefix=f"code-{number}")
        except TooLongForCodeError:
            continue
        yield Code(label=label, address=address, picture=picture)
