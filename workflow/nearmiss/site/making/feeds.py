"""The feeds of the newest lessons, for readers of news and for screens: Atom (RFC 4287) and JSON Feed 1.1."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5
from xml.etree import ElementTree as ET

from nearmiss.render.characters import escaped
from nearmiss.render.languages import N_
from nearmiss.render.text import to_line, to_paragraphs, withheld_in
from nearmiss.render.words import WITHHELD_WORD
from nearmiss.site.addresses import built_path
from nearmiss.site.keys import key_of
from nearmiss.site.making.latest import latest_cards, month_learned
from nearmiss.site.making.topics import ALL_LESSONS
from nearmiss.site.pages import Asset, in_one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nearmiss.site.lessons import Card
    from nearmiss.site.library import Library

ATOM_FEED = "feed.atom"
JSON_FEED = "feed.json"
NEWEST = 50
ATOM = "http://www.w3.org/2005/Atom"
JSON_FEED_VERSION = "https://jsonfeed.org/version/1.1"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One lesson as a feed tells it. `address` is whole where the site's is known, else as seen from the feed."""

    id: str
    address: str
    title: str
    html: str
    learned: str
    terms: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Feed:
    """What both forms of the feed say; nothing in it tells of a day."""

    id: str
    title: str
    language: str
    updated: str
    home: str
    atom: str
    json: str
    entries: tuple[Entry, ...]


def feed_assets(library: Library) -> Iterator[Asset]:
    """Yield the two forms of the feed."""
    cards = latest_cards(library, NEWEST)
    key = key_of([(card.path, card.gist.told, month_learned(card)) for card in cards], _identity(library))
    yield Asset(path=ATOM_FEED, pieces=lambda: [write_atom(read_feed(library, cards))], key=key)
    yield Asset(path=JSON_FEED, pieces=lambda: [write_json(read_feed(library, cards))], key=key)


def read_feed(library: Library, cards: Sequence[Card]) -> Feed:
    """Return what the feeds say of some lessons, the newest first."""
    entries = tuple(_entry(card, library) for card in cards)
    learned = max((entry.learned for entry in entries), default=_first_day(library.home.today.isoformat()[:7]))
    return Feed(
        id=_id(library, "feed"),
        title=_title(library),
        language=library.language,
        updated=learned,
        home=address_in(library, ALL_LESSONS),
        atom=address_in(library, ATOM_FEED),
        json=address_in(library, JSON_FEED),
        entries=entries,
    )


def write_atom(feed: Feed) -> bytes:
    """Return the feed as Atom."""
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": feed.language})
    _add(root, "id", feed.id)
    _add(root, "title", feed.title)
    _add(root, "updated", feed.updated)
    ET.SubElement(root, "link", {"rel": "self", "type": "application/atom+xml", "href": feed.atom})
    ET.SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": feed.home})
    _add(ET.SubElement(root, "author"), "name", feed.title)
    for entry in feed.entries:
        element = ET.SubElement(root, "entry")
        _add(element, "id", entry.id)
        _add(element, "title", entry.title)
        _add(element, "updated", entry.learned)
        ET.SubElement(element, "link", {"rel": "alternate", "type": "text/html", "href": entry.address})
        for term in entry.terms:
            ET.SubElement(element, "category", {"term": term})
        _add(element, "content", entry.html).set("type", "html")
    ET.indent(root)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode").encode() + b"\n"


def write_json(feed: Feed) -> bytes:
    """Return the feed as JSON Feed."""
    content: dict[str, Any] = {
        "version": JSON_FEED_VERSION,
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.json,
        "language": feed.language,
        "items": [
            {
                "id": entry.id,
                "url": entry.address,
                "title": entry.title,
                "content_html": entry.html,
                "date_published": entry.learned,
                "tags": list(entry.terms),
            }
            for entry in feed.entries
        ],
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def address_in(library: Library, path: str) -> str:
    """Return the address of a page or file: whole where the site's is known, else as seen from the first page."""
    return library.place.full_address(path) or quote(built_path(path, folders=library.place.folders))


def _entry(card: Card, library: Library) -> Entry:
    headline = in_one_line(card.headline, library.words)
    return Entry(
        id=_id(library, *card.key),
        address=address_in(library, card.path),
        title=headline,
        html=_html(card, library),
        learned=_first_day(month_learned(card)),
        terms=tuple(in_one_line(term.label, library.words) for term in card.tags),
    )


def _html(card: Card, library: Library) -> str:
    words = library.words
    withheld = withheld_in(words.gettext(WITHHELD_WORD))
    headline = f"<p><strong>{to_line(card.headline, withheld=withheld)}</strong></p>"
    if not card.do_this:
        return headline
    do_this = to_paragraphs(card.do_this, withheld=withheld)
    return f"{headline}\n<h2>{escaped(words.gettext(N_('Do this')))}</h2>\n{do_this}"


def _title(library: Library) -> str:
    organisation = in_one_line(str(library.home.settings.get("organisation") or ""), library.words)
    if not organisation:
        return library.words.gettext(N_("What we learned from near misses"))
    return library.words.gettext(N_("What %(organisation)s learned from near misses"), organisation=organisation)


def _id(library: Library, *names: str) -> str:
    """Return what names a feed or a lesson for ever, wherever the site is moved to."""
    return uuid5(NAMESPACE_URL, "/".join(("nearmiss", _identity(library), *names))).urn


def _identity(library: Library) -> str:
    return library.home.instance


def _first_day(month: str) -> str:
    return f"{month[:4]}-{month[5:7] or '01'}-01T00:00:00Z"


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, name)
    element.text = text
    return element
