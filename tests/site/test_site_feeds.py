"""The feeds and the file of all lessons: valid, with whole addresses where there are any."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import atoma  # type: ignore[import-untyped]  # it comes without types
import pytest

from nearmiss.engine.publishing.site_data import SiteData
from nearmiss.render.languages import Words
from nearmiss.site.addresses import NOWHERE, Place
from nearmiss.site.library import Library
from nearmiss.site.making.feeds import ATOM_FEED, JSON_FEED, NEWEST, feed_assets
from nearmiss.site.making.lessons_json import lessons_json, pieces_of

MakeRecord = Callable[..., dict[str, Any]]
MakeData = Callable[..., SiteData]

PLACE = Place(address="https://a.example/near/")
UUID = "6f1c2a34-f9df-478a-bfb2-cbb30fc7d350"
HOSTILE = "A <script>x</script> & ]]> \x0b \u202e *b* end"


def feeds_of(data: SiteData, place: Place = PLACE, **others: Any) -> dict[str, bytes]:
    """Return both feeds by their path."""
    return {asset.path: b"".join(asset.pieces()) for asset in feed_assets(Library(home=data, place=place, **others))}


def test_the_atom_feed_is_read_by_readers(make_record: MakeRecord, make_data: MakeData) -> None:
    """A reader finds each lesson with its address, the month in which it was verified, and what to do."""
    settings = {"language": "en", "organisation": "Example Works"}
    feeds = feeds_of(make_data(make_record(), settings=settings, instance=UUID))
    feed = atoma.parse_atom_bytes(feeds[ATOM_FEED])
    assert feed.title.value == "What Example Works learned from near misses"
    assert feed.id_.startswith("urn:uuid:")
    assert {(link.rel, link.href) for link in feed.links} == {
        ("self", "https://a.example/near/feed.atom"),
        ("alternate", "https://a.example/near/lessons/index.html"),
    }
    [entry] = feed.entries
    assert entry.title.value == "A trailer is only parked when something holds it"
    assert [link.href for link in entry.links] == ["https://a.example/near/lessons/2026/NM-2026-7QTST.html"]
    assert entry.updated == feed.updated
    assert entry.updated.isoformat() == "2026-07-01T00:00:00+00:00"
    assert "<h2>Do this</h2>\n<p>Enter a trailer only on green.</p>" in entry.content.value
    assert [category.term for category in entry.categories] == ["Safety", "Moving vehicle", "Shipping", "Plant 2"]
    assert entry.id_ != feed.id_


def test_the_json_feed_says_the_same(make_record: MakeRecord, make_data: MakeData) -> None:
    """Both feeds have the same lessons, with the same names."""
    feeds = feeds_of(make_data(make_record(), instance=UUID))
    atom, feed = atoma.parse_atom_bytes(feeds[ATOM_FEED]), atoma.parse_json_feed_bytes(feeds[JSON_FEED])
    assert feed.version == "https://jsonfeed.org/version/1.1"
    assert feed.feed_url == "https://a.example/near/feed.json"
    assert feed.home_page_url == "https://a.example/near/lessons/index.html"
    [item], [entry] = feed.items, atom.entries
    assert (item.id_, item.title, item.content_html) == (entry.id_, entry.title.value, entry.content.value)
    assert item.url == entry.links[0].href
    assert item.date_published == entry.updated
    assert json.loads(feeds[JSON_FEED])["language"] == "en"


def test_a_feed_of_a_site_without_an_address_has_names_for_ever(make_record: MakeRecord, make_data: MakeData) -> None:
    """Names come from the register, not from where the site is, so moving it shows none twice; links are relative."""
    data = make_data(make_record(), instance=UUID)
    here, there = feeds_of(data, NOWHERE), feeds_of(data)
    atom, moved = atoma.parse_atom_bytes(here[ATOM_FEED]), atoma.parse_atom_bytes(there[ATOM_FEED])
    assert [entry.id_ for entry in atom.entries] == [entry.id_ for entry in moved.entries]
    assert atom.entries[0].links[0].href == "lessons/2026/NM-2026-7QTST.html"
    other = atoma.parse_atom_bytes(feeds_of(make_data(make_record(), instance="other"))[ATOM_FEED])
    assert other.id_ != atom.id_


def test_only_lessons_are_in_feeds_and_lists(make_record: MakeRecord, make_data: MakeData) -> None:
    """What was withdrawn, turned out to be an incident, or is not verified is in none of the three files."""
    data = make_data(
        make_record(id="NM-2026-AAAAA", lesson__status="withdrawn"),
        make_record(id="NM-2026-BBBBB", state="escalated"),
        make_record(id="NM-2026-CCCCC", state="action"),
        passed={"NM-2026-BBBBB": ("verified",)},
    )
    feeds = feeds_of(data)
    atom = atoma.parse_atom_bytes(feeds[ATOM_FEED])
    assert atom.entries == []
    assert atom.updated.isoformat() == "2026-11-01T00:00:00+00:00"
    assert atoma.parse_json_feed_bytes(feeds[JSON_FEED]).items == []
    assert json.loads(b"".join(lessons_json(Library(home=data)).pieces()))["lessons"] == []


def test_a_feed_has_the_newest(make_record: MakeRecord, make_data: MakeData) -> None:
    """A feed stays small, however many lessons there are."""
    data = make_data(*(make_record(id=f"NM-2026-AAA{number}") for number in range(10, 10 + NEWEST + 3)))
    feed = atoma.parse_atom_bytes(feeds_of(data)[ATOM_FEED])
    assert len(feed.entries) == NEWEST == 50
    assert feed.entries[0].title.value


@pytest.mark.parametrize("text", [HOSTILE, "redacted"])
def test_the_worst_text_stays_text(make_record: MakeRecord, make_data: MakeData, text: str) -> None:
    """Nothing in a record breaks a feed, or is more than text in what a reader shows of it."""
    data = make_data(make_record(lesson__headline=text, lesson__do_this=text))
    feeds = feeds_of(data)
    html = atoma.parse_atom_bytes(feeds[ATOM_FEED]).entries[0].content.value
    assert "<script" not in html
    allowed = {"p", "strong", "h2", "em", "span"}
    assert {element.tag for element in ET.fromstring(f"<x>{html}</x>").iter()} - {"x"} <= allowed  # noqa: S314 - our own
    assert "\u202e" not in feeds[JSON_FEED].decode() + html
    lesson = json.loads(b"".join(lessons_json(Library(home=data)).pieces()))["lessons"][0]
    assert lesson["headline"] == ("Withheld" if text == "redacted" else "A <script>x</script> & ]]> *b* end")


def test_feeds_speak_the_language_of_the_site(make_record: MakeRecord, make_data: MakeData) -> None:
    """The feeds say their language, and their own words in it."""
    said = {"Do this": "Das tun", "Withheld": "Zurückgehalten", "withheld": "zurückgehalten"}
    words = Words(language="de", messages={("", english): (german,) for english, german in said.items()})
    silent = make_record(lesson__do_this=None, lesson__headline="redacted")
    feeds = feeds_of(make_data(silent, make_record(id="NM-2026-AAAAA")), words=words)
    assert json.loads(feeds[JSON_FEED])["language"] == "de"
    assert b'xml:lang="de"' in feeds[ATOM_FEED]
    contents = [entry.content.value for entry in atoma.parse_atom_bytes(feeds[ATOM_FEED]).entries]
    assert ["Das tun" in content for content in contents] == [True, False]
    assert ">zurückgehalten<" in contents[1]
    assert atoma.parse_json_feed_bytes(feeds[JSON_FEED]).items[1].title == "Zurückgehalten"


def test_all_lessons_are_in_one_file_as_it_is_documented(make_record: MakeRecord, make_data: MakeData) -> None:
    """Each key holds what the page of the site says; there is no other."""
    other = make_data(
        make_record(id="NM-2025-AAAAA", assessment__severity_potential=None, assessment__hazard="redacted"),
        origin="south",
        origin_label="South",
    )
    asset = lessons_json(Library(home=make_data(make_record()), others=(other,), place=PLACE))
    content = json.loads(b"".join(asset.pieces()))
    assert content["format"] == 1
    assert (content["language"], content["site"]) == ("en", "https://a.example/near/index.html")
    first, second = content["lessons"]
    assert first == {
        "id": "NM-2026-7QTST",
        "origin": "",
        "url": "https://a.example/near/lessons/2026/NM-2026-7QTST.html",
        "lang": "en",
        "headline": "A trailer is only parked when something holds it",
        "do_this": "Enter a trailer only on green.",
        "month": "2026-03",
        "learned": "2026-07",
        "classification": {"term": "safety", "label": "Safety"},
        "hazard": {"term": "moving-vehicle", "label": "Moving vehicle"},
        "site": {"term": "plant-2", "label": "Plant 2"},
        "area": {"term": "shipping", "label": "Shipping"},
        "causes": [{"term": "method", "label": "Method"}, {"term": "measurement", "label": "Measurement"}],
        "controls": [
            {"term": "engineering", "label": "Built in"},
            {"term": "administrative", "label": "Agreed and taught"},
        ],
        "severity": 5,
        "likelihood": 3,
        "band": "high",
        "applies_to": ["shipping", "forklift drivers"],
        "links": [{"kind": {"term": "equipment", "label": "Equipment"}, "ref": "TRL-88"}],
    }
    assert second.keys() == first.keys()
    assert (second["origin"], second["hazard"], second["severity"], second["band"]) == ("south", None, None, None)


def test_the_file_is_written_a_lesson_at_a_time(make_record: MakeRecord, make_data: MakeData) -> None:
    """However many lessons there are, each is a line that is made when it is written."""
    library = Library(home=make_data(make_record(), make_record(id="NM-2026-AAAAA")))
    pieces = list(pieces_of(library))
    assert len(pieces) == 4
    lines = b"".join(pieces).decode().splitlines()
    assert [json.loads(line.rstrip(","))["id"] for line in lines[1:3]] == ["NM-2026-AAAAA", "NM-2026-7QTST"]
