"""Posters: one for each area, with how to report here and the newest thing to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.publishing.site_data import SiteData
from nearmiss.render.environment import Renderer
from nearmiss.render.pictures.qr_code import draw_qr_code
from nearmiss.site.addresses import NOWHERE, Place
from nearmiss.site.desk import NO_DESK, ReportDesk
from nearmiss.site.library import Library
from nearmiss.site.making.posters import TITLE_OF_FORM, poster_pages
from nearmiss.site.making.reporting import CALL_AS_SHIPPED
from nearmiss.site.pages import render_page
from nearmiss.site.whole import make_site

MakeRecord = Callable[..., dict[str, Any]]
MakeData = Callable[..., SiteData]

PLACE = Place(address="https://a.example/near/")


@pytest.fixture
def posters(repo_root: Path) -> Callable[..., dict[str, str]]:
    """Return a function that renders the posters, by their paths."""
    renderer = Renderer([repo_root / "templates"])

    def render(data: SiteData, place: Place = PLACE, desk: ReportDesk = NO_DESK) -> dict[str, str]:
        library = Library(home=data, place=place, desk=desk)
        site = make_site(library)
        return {page.path: render_page(page, site, renderer, lambda path: path) for page in poster_pages(library)}

    return render


def test_each_area_that_is_not_retired_has_a_poster(make_record: MakeRecord, make_data: MakeData, posters: Any) -> None:
    """There is one for all areas and one for each that is not retired, lessons or none; a list names them."""
    areas = {
        "shipping": {"label": {"en": "Shipping"}},
        "yard": {"label": {"en": "Yard"}},
        "old": {"label": {"en": "Old"}, "retired": True},
    }
    found = posters(make_data(make_record(), vocabulary={"area": areas}))
    assert list(found) == ["posters.md", "posters/all-areas.md", "posters/area-shipping.md", "posters/area-yard.md"]
    assert re.findall(r'href="(posters/[^"]+)"', found["posters.md"]) == list(found)[1:]
    assert "Enter a trailer only on green." in found["posters/area-shipping.md"]
    assert "Enter a trailer only on green." in found["posters/all-areas.md"]
    assert "What we learned" not in found["posters/area-yard.md"]
    assert " lang=" not in found["posters/area-shipping.md"]
    german = posters(make_data(make_record(report__lang="de"), vocabulary={"area": areas}))["posters/area-shipping.md"]
    assert german.count(' lang="de">') == 2


def test_a_poster_shows_what_was_learned_last(make_record: MakeRecord, make_data: MakeData, posters: Any) -> None:
    """Of the lessons of an area that say what to do, the newest is on its poster; a withheld one is not."""
    newer = make_record(id="NM-2026-ZZZZZ", lesson__do_this="Look twice.")
    newest = make_record(id="NM-2026-ZZZZZ", lesson__do_this="redacted")
    assert "Look twice." in posters(make_data(make_record(), newer))["posters/area-shipping.md"]
    assert "Enter a trailer" in posters(make_data(make_record(), newest))["posters/area-shipping.md"]


def test_a_poster_says_whom_to_call_and_where_to_report(
    make_record: MakeRecord, make_data: MakeData, posters: Any
) -> None:
    """The settings say whom; where they name no number there is room to write one.

    The words that come with the program point at the poster, so it does not repeat them.
    """
    said = posters(make_data(make_record(), settings={"not_safe_call": "the shift office: 4711"}))
    unsaid = posters(make_data(make_record(), settings={"not_safe_call": "the <shift> office"}))
    silent = posters(make_data(make_record()))
    as_shipped = posters(make_data(make_record(), settings={"not_safe_call": CALL_AS_SHIPPED}))
    path = "posters/area-shipping.md"
    assert "the shift office: 4711" in said[path]
    assert "Number:" not in said[path]
    assert "the &lt;shift&gt; office" in unsaid[path]
    assert "Number:" in unsaid[path]
    assert "Number:" in silent[path]
    assert as_shipped == silent
    assert "on the poster" not in as_shipped[path]


def test_the_code_leads_to_how_to_report(make_record: MakeRecord, make_data: MakeData, posters: Any) -> None:
    """Where the address of the site is known, it stands on the poster as a code and in letters; else a link does."""
    path = "posters/area-shipping.md"
    known, unknown = posters(make_data(make_record()))[path], posters(make_data(make_record()), NOWHERE)[path]
    assert 'class="nm-qr"' in known
    assert "https://a.example/near/how-to-report.html" in known
    assert "nm-qr" not in unknown
    assert "Scan to" not in unknown
    assert 'href="how-to-report.md"' in unknown


def test_a_form_and_a_number_are_on_the_poster(make_record: MakeRecord, make_data: MakeData, posters: Any) -> None:
    """The code leads to the form, wherever the site is; where neither is named there is a line to write on."""
    path, data = "posters/area-shipping.md", make_data(make_record())
    desk = ReportDesk(form="https://forms.example.org/near-miss", phone="+49 30 12-34", words="Day and night.")
    named, unnamed = posters(data, NOWHERE, desk)[path], posters(data)[path]
    assert "Scan to report:" in named
    assert "forms.example.org/near-miss" in named
    assert posters(data, PLACE, desk)[path] == named
    assert "+49 30 12-34" in named
    assert "Day and night." in named
    assert "Tell your supervisor, or:" not in named
    assert "Tell your supervisor, or:" in unnamed


def test_the_poster_of_an_area_leads_to_the_form_with_the_area(
    make_record: MakeRecord, make_data: MakeData, posters: Any
) -> None:
    """A form that can be told of an area is; the poster for all areas leads to the form as it is."""
    whole = "https://a.example/f?area={area}&lang=de"
    desk = ReportDesk(form="https://a.example/f?lang=de", form_in_area=whole)
    made = posters(make_data(make_record()), NOWHERE, desk)
    assert desk.within("shipping").form == "https://a.example/f?area=shipping&lang=de"
    assert desk.within("").form == desk.form
    codes = {path: body[body.index("<svg") : body.index("</svg>")] for path, body in made.items() if "<svg" in body}
    told = draw_qr_code("https://a.example/f?area=shipping&lang=de", title=TITLE_OF_FORM, prefix="nm-qr")
    plain = draw_qr_code("https://a.example/f?lang=de", title=TITLE_OF_FORM, prefix="nm-qr")
    assert codes["posters/area-shipping.md"] in str(told)
    assert codes["posters/all-areas.md"] in str(plain)
    assert codes["posters/area-shipping.md"] != codes["posters/all-areas.md"]


def test_the_list_of_posters_says_what_they_lack(make_record: MakeRecord, make_data: MakeData, posters: Any) -> None:
    """Whoever builds the site reads why there is no code, and what to set; nothing of it is on paper."""
    settings = {"not_safe_call": "4711"}
    lacking = posters(make_data(make_record()), NOWHERE)
    whole = posters(make_data(make_record(), settings=settings), NOWHERE, ReportDesk(form="https://a.example/"))
    for setting in ("site_url", "form: ", "not_safe_call"):
        assert setting in lacking["posters.md"]
        assert setting not in whole["posters.md"]
        assert setting not in lacking["posters/all-areas.md"]
    assert "For whoever looks after this site" not in whole["posters.md"]
    assert "not_safe_call" in posters(make_data(make_record()))["posters.md"]
    assert "have no code" not in posters(make_data(make_record()))["posters.md"]


def test_a_poster_is_written_again_only_where_it_changes(make_record: MakeRecord, make_data: MakeData) -> None:
    """The key of a poster is that of its lesson and its label."""
    first, same, other = (
        {page.path: page.key for page in poster_pages(Library(home=make_data(make_record(**changes))))}
        for changes in ({}, {}, {"lesson__do_this": "Look."})
    )
    assert first == same
    assert first["posters/area-shipping.md"] != other["posters/area-shipping.md"]
    assert first["posters.md"] == other["posters.md"]
