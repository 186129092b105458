"""Finding lessons: the data that the script reads, the choices of the form, and what topics say of themselves."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.publishing.site_data import SiteData
from nearmiss.render.environment import Renderer
from nearmiss.render.languages import Words
from nearmiss.site.addresses import Place
from nearmiss.site.library import Library
from nearmiss.site.making.explore import IN_A_PART, explore_assets, explore_form, parts_of
from nearmiss.site.making.topics import DIMENSIONS
from nearmiss.site.making.year_by_year import year_by_year, years_of
from nearmiss.site.pages import Page, render_page
from nearmiss.site.whole import make_site

MakeRecord = Callable[..., dict[str, Any]]
MakeData = Callable[..., SiteData]

WITHHELD = "redacted"
WORDS = (Path(__file__).resolve().parents[2] / "site/docs/how-to-report.md").read_text("utf-8").split()


def library_of(data: SiteData, **others: Any) -> Library:
    """Return the library of one register, or of several."""
    return Library(home=data, **others)


def read(asset_content: bytes) -> dict[str, Any]:
    """Return what the call in a file of data holds."""
    match = re.fullmatch(r"nearmissLessons\((.*)\);\n", asset_content.decode(), re.DOTALL)
    assert match
    content: dict[str, Any] = json.loads(match[1])
    return content


def test_a_file_of_data_holds_what_the_list_shows_and_filters_by(make_record: MakeRecord, make_data: MakeData) -> None:
    """Each lesson is a row, with its terms as numbers of a table, and nothing is in it that its page has not."""
    [asset] = explore_assets(library_of(make_data(make_record())))
    assert asset.path == "lessons/data/2026.js"
    content = read(b"".join(asset.pieces()))
    terms = content.pop("terms")
    assert content == {
        "format": 1,
        "path": "2026.js",
        "lessons": [
            [
                "NM-2026-7QTST",
                "A trailer is only parked when something holds it",
                "Enter a trailer only on green.",
                3,
                terms.index("safety"),
                terms.index("shipping"),
                terms.index("moving-vehicle"),
                terms.index("plant-2"),
                [terms.index("method"), terms.index("measurement")],
                [terms.index("engineering"), terms.index("administrative")],
                5,
                3,
                "TRL-88",
            ]
        ],
    }


def test_what_is_withheld_or_not_shown_is_not_in_the_data(make_record: MakeRecord, make_data: MakeData) -> None:
    """A withheld term is no term; a field that the settings take away leaves no trace, the month neither."""
    settings = {"language": "en", "published_fields": ["headline", "hazard", "site"]}
    record = make_record(assessment__hazard=WITHHELD, lesson__headline=WITHHELD)
    [asset] = explore_assets(library_of(make_data(record, settings=settings)))
    content = read(b"".join(asset.pieces()))
    assert content["terms"] == ["", "plant-2"]
    assert content["lessons"] == [["NM-2026-7QTST", "Withheld", "", 0, 0, 0, 0, 1]]
    german = Words(language="de", messages={("", "Withheld"): ("Zurückgehalten",)})
    [asset] = explore_assets(library_of(make_data(record), words=german))
    assert read(b"".join(asset.pieces()))["lessons"][0][1] == "Zurückgehalten"
    filters = explore_form(library_of(make_data(record, settings=settings))).filters
    assert [one.name for one in filters] == ["site"]


def test_each_year_has_its_data_and_a_year_of_many_has_parts(make_record: MakeRecord, make_data: MakeData) -> None:
    """The newest year comes first, whatever register its lessons are of; more than fit into a file are in the next."""
    other = make_data(make_record(id="NM-2026-AAAAA", report__lang="de"), origin="south", origin_label="South")
    old = make_record(id="NM-2025-AAAAA", report__reported_on="2025-03-14")
    library = library_of(make_data(make_record(), old), others=(other,))
    assert [(part.year, part.path, part.number) for part in parts_of(library)] == [
        ("2026", "lessons/data/2026.js", 2),
        ("2025", "lessons/data/2025.js", 1),
    ]
    [first, _] = explore_assets(library)
    assert {row[0]: row[13:] for row in read(b"".join(first.pieces()))["lessons"]} == {
        "NM-2026-7QTST": [],
        "NM-2026-AAAAA": ["south", "de"],
    }
    register = next(one for one in explore_form(library).filters if one.name == "origin")
    assert [(choice.value, choice.label, choice.number) for choice in register.choices] == [("south", "South", 1)]

    many = library_of(make_data(make_record()))
    many.__dict__["cards"] = many.cards * (IN_A_PART + 1)
    assert [(part.path, part.number) for part in parts_of(many)] == [
        ("lessons/data/2026.js", IN_A_PART),
        ("lessons/data/2026-2.js", 1),
    ]


def test_a_year_is_that_of_the_report(make_record: MakeRecord, make_data: MakeData) -> None:
    """What was reported in December and entered in January is of the old year; its page lies where its id says."""
    late = make_record(id="NM-2026-AAAAA", report__reported_on="2025-12-30")
    library = library_of(make_data(make_record(), late))
    assert [(part.year, [card.id for card in part.items]) for part in parts_of(library)] == [
        ("2026", ["NM-2026-7QTST"]),
        ("2025", ["NM-2026-AAAAA"]),
    ]
    paths = {page.path for page in make_site(library).pages}
    assert {"lessons/2026/NM-2026-AAAAA.md", "lessons/by-year/2025.md"} <= paths
    assert [card.year for card in library_of(make_data(late, settings={"published_fields": []})).cards] == ["2026"]


def test_no_part_of_a_year_takes_the_place_of_another() -> None:
    """A year is one run of pages, also where its items do not come one after the other."""
    parts = year_by_year(["2026a", "2025a", "2026b", "2026c"], lambda item: item[:4], "all", most=2)
    assert [(part.path, part.items, len(part.paths)) for part in parts] == [
        ("all/2026.md", ("2026a", "2026b"), 2),
        ("all/2026-2.md", ("2026c",), 2),
        ("all/2025.md", ("2025a",), 1),
    ]
    assert [(year.year, year.number, year.path) for year in years_of(parts)] == [
        ("2026", 3, "all/2026.md"),
        ("2025", 1, "all/2025.md"),
    ]


def test_long_words_are_cut_where_a_list_would_not_show_them(make_record: MakeRecord, make_data: MakeData) -> None:
    """What to do is cut at a word, so that a long one does not make every reader load it."""
    [asset] = explore_assets(library_of(make_data(make_record(lesson__do_this="word " * 90))))
    assert read(b"".join(asset.pieces()))["lessons"][0][2] == "word " * 39 + "word…"


def test_the_choices_say_how_many_lessons_they_leave(make_record: MakeRecord, make_data: MakeData) -> None:
    """Terms stand by their labels; of how bad it could have been, each step counts all that is worse."""
    others = (
        make_record(id="NM-2025-AAAAA", report__reported_on="2025-03-14", assessment__severity_potential=2),
        make_record(
            id="NM-2025-BBBBB",
            report__reported_on="2025-12-01",
            assessment__severity_potential=4,
            assessment__classification="quality",
        ),
    )
    form = explore_form(library_of(make_data(make_record(), *others), place=Place(folders=True)))
    choices = {one.name: [(c.value, c.label, c.number) for c in one.choices] for one in form.filters}
    assert choices == {
        "classification": [("quality", "Quality", 1), ("safety", "Safety", 2)],
        "area": [("shipping", "Shipping", 3)],
        "hazard": [("moving-vehicle", "Moving vehicle", 3)],
        "site": [("plant-2", "Plant 2", 3)],
        "cause": [("measurement", "Measurement", 3), ("method", "Method", 3)],
        "control": [("administrative", "Agreed and taught", 3), ("engineering", "Built in", 3)],
        "severity": [
            ("5", "catastrophic or worse", 1),
            ("4", "major or worse", 2),
            ("3", "moderate or worse", 2),
            ("2", "minor or worse", 3),
        ],
        "year": [("2026", "2026", 1), ("2025", "2025", 2)],
    }
    assert form.ending == "/"


def test_data_change_only_where_lessons_do(make_record: MakeRecord, make_data: MakeData) -> None:
    """The key of a year is the same until one of its lessons says something else."""
    old = make_record(id="NM-2025-AAAAA", report__reported_on="2025-03-14")
    before, after = (
        {asset.path: asset.key for asset in explore_assets(library_of(make_data(make_record(), other)))}
        for other in (old, {**old, "lesson": old["lesson"] | {"do_this": "Look."}})
    )
    assert before["lessons/data/2026.js"] == after["lessons/data/2026.js"]
    assert before["lessons/data/2025.js"] != after["lessons/data/2025.js"]


def test_a_lesson_costs_a_phone_little(make_record: MakeRecord, make_data: MakeData) -> None:
    """Packed, as servers send it, a lesson of common length takes less than 150 bytes."""
    chance = random.Random(8)  # noqa: S311 - the same words at every run
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    records = [
        make_record(
            id="NM-2026-" + "".join(chance.choices(letters, k=5)),
            lesson__headline=" ".join(chance.choices(WORDS, k=9)),
            lesson__do_this=" ".join(chance.choices(WORDS, k=20)),
        )
        for _ in range(200)
    ]
    [asset] = explore_assets(library_of(make_data(*records)))
    assert len(gzip.compress(b"".join(asset.pieces()))) / len(records) < 150


@pytest.fixture
def renderer(repo_root: Path) -> Renderer:
    """The shipped templates."""
    return Renderer([repo_root / "templates"])


def page_of(data: SiteData, path: str, renderer: Renderer) -> str:
    """Return a page's body."""
    site = make_site(Library(home=data))
    [page] = [page for page in site.pages if page.path == path]
    return render_page(page, site, renderer, lambda target: target)


def test_a_topic_tells_what_its_lessons_have_in_common(
    make_record: MakeRecord, make_data: MakeData, renderer: Renderer
) -> None:
    """From five lessons on, the commonest hazards, causes and changes lead on; of fewer, that would be chance."""
    records = [make_record(id=f"NM-2026-AAAA{number}") for number in range(5)]
    few = page_of(make_data(*records[:4]), "lessons/by-area/shipping.md", renderer)
    enough = page_of(make_data(*records), "lessons/by-area/shipping.md", renderer)
    assert "Most often" not in few
    assert re.findall(r"<dt>(Most often [a-z ]+)</dt>", enough) == [
        "Most often about",
        "Most often because of",
        "Most often changed by",
    ]
    assert 'href="lessons/by-hazard/moving-vehicle.md"' in enough
    assert 'href="lessons/index.md?area=shipping"' in enough
    hazard = page_of(make_data(*records), "lessons/by-hazard/moving-vehicle.md", renderer)
    assert "Most often about" not in hazard


def test_every_topic_is_introduced(make_record: MakeRecord, make_data: MakeData, renderer: Renderer) -> None:
    """The vocabulary says what a kind is, the site how strong a change is; of a machine, nothing for reporters."""
    kinds = {"equipment": {"label": {"en": "Equipment"}, "help": {"en": "A machine or a tool."}}}
    data = make_data(make_record())
    data = make_data(make_record(), vocabulary={**data.vocabulary, "link-kind": kinds})
    [thing] = [page.path for page in make_site(Library(home=data)).pages if page.path.startswith("lessons/by-thing/")]
    assert "A machine or a tool." not in page_of(data, thing, renderer)
    assert "It is worth a look before the work begins." in page_of(data, "lessons/by-thing.md", renderer)
    assert "People could have been hurt." in page_of(data, "lessons/by-classification/safety.md", renderer)
    assert "without anybody remembering it" in page_of(data, "lessons/by-control/engineering.md", renderer)


def test_the_first_page_leads_to_what_concerns_the_reader(
    make_record: MakeRecord, make_data: MakeData, renderer: Renderer
) -> None:
    """Areas, sites, hazards and machines stand with their numbers, the commonest first; what is withheld does not."""
    records = [make_record(id=f"NM-2026-AAAA{number}") for number in range(3)]
    records[0]["assessment"]["hazard"] = WITHHELD
    records[1]["report"]["process_area"] = "yard"
    site = make_site(Library(home=make_data(*records)))
    part = site.parts["relevant"]
    body = render_page(part, site, renderer, lambda target: target)
    links = re.findall(r'<li><a href="([^"]+)">(.+?) <span class="nm-relevant__number">(\d+)<', body)
    things = next(path for path, *_ in links if "by-thing" in path)
    assert links == [
        ("lessons/by-area/shipping.md", "Shipping", "2"),
        ("lessons/by-area/yard.md", "Yard", "1"),
        ("lessons/by-site/plant-2.md", "Plant 2", "3"),
        ("lessons/by-hazard/moving-vehicle.md", "Moving vehicle", "2"),
        (things, "Equipment: TRL-88", "3"),
    ]
    assert {page.path for page in site.pages} >= {path for path, *_ in links}


def test_what_was_learned_last_comes_first(make_record: MakeRecord, make_data: MakeData) -> None:
    """A near miss of January that was verified in November is newer than one of March that was verified in July."""
    from nearmiss.site.making.latest import latest_cards, month_learned

    old, new = make_record(id="NM-2026-AAAAA", report__reported_on="2026-01-10"), make_record()
    data = make_data(old, new)
    late = data.gists["NM-2026-AAAAA"].proof._replace(steps=(("verified", "2026-11"),))
    gists = {**data.gists, "NM-2026-AAAAA": data.gists["NM-2026-AAAAA"]._replace(proof=late)}
    library = library_of(make_data(old, new, gists=gists))
    assert [(card.id, month_learned(card)) for card in latest_cards(library, 2)] == [
        ("NM-2026-AAAAA", "2026-11"),
        ("NM-2026-7QTST", "2026-07"),
    ]
    assert [card.id for card in library.cards] == ["NM-2026-7QTST", "NM-2026-AAAAA"]
    hidden = library_of(make_data(new, settings={"published_fields": ["headline"]}))
    assert month_learned(hidden.cards[0]) == "2026-01"


def test_each_filter_of_the_form_has_a_way_without_a_script() -> None:
    """What the form filters by has plain pages too, but how bad it was and the register."""
    names = {dimension.name for dimension in DIMENSIONS}
    assert {"classification", "area", "hazard", "site", "cause", "control", "year"} <= names


def test_pages_are_what_they_say(make_record: MakeRecord, make_data: MakeData, renderer: Renderer) -> None:
    """The page of all lessons names its data, the words of the script, and the newest lessons for who has no script."""
    body = page_of(make_data(make_record()), "lessons/index.md", renderer)
    assert '<a href="lessons/data/2026.js" data-year="2026" data-number="1">' in body
    assert 'data-found="Lessons found: {number}"' in body
    assert '<option value="moving-vehicle" data-number="1">Moving vehicle</option>' in body
    assert '<section id="explore" class="nm-explore" aria-label="Find lessons" hidden' in body
    assert '<script defer src="assets/javascripts/nearmiss-explore.js"></script>' in body
    empty = page_of(make_data(), "lessons/index.md", renderer)
    assert "explore" not in empty
    assert isinstance(make_site(Library(home=make_data())).pages[0], Page)
