"""The page of a lesson: banners, pictures, what stands behind it, and how it is passed on."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.publishing.site_data import SiteData
from nearmiss.render.environment import Renderer
from nearmiss.render.languages import words_in
from nearmiss.site.addresses import NOWHERE, Place
from nearmiss.site.lesson_pictures import in_short
from nearmiss.site.library import Library
from nearmiss.site.making.lesson_pages import lesson_pages
from nearmiss.site.pages import render_page
from nearmiss.site.whole import make_site

MakeRecord = Callable[..., dict[str, Any]]
MakeData = Callable[..., SiteData]
Show = Callable[..., str]

PLACE = Place(address="https://lessons.example.org/plant-2/")
STATES = [
    {"state": "reported", "kind": "open", "label": {"en": "Reported", "de": "Gemeldet"}},
    {"state": "verified", "kind": "done", "label": {"en": "Proven", "de": "Verifiziert"}},
]


@pytest.fixture
def show(repo_root: Path) -> Show:
    """Return a function that renders the page of one lesson of a register, as HTML."""

    def render(
        data: SiteData, record_id: str = "NM-2026-7QTST", *, place: Place = NOWHERE, language: str = "en"
    ) -> str:
        folders = [repo_root / "templates"]
        library = Library(home=data, place=place, words=words_in(language, folders))
        site = make_site(library)
        (page,) = (page for page in site.pages if page.name == record_id)
        return render_page(page, site, Renderer(folders, language=language), lambda path: f"to:{path}")

    return render


def words_of(html: str) -> str:
    """Return what a reader reads of some HTML, in one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def banners_in(body: str) -> list[str]:
    """Return the kinds of the banners of a page."""
    return re.findall(r'nm-banner--([a-z]+)" role="note"', body)


NOT_MEASURABLE = {"on": "2026-08-02", "result": "not-measurable", "substitute": "We watched a week of loading."}


@pytest.mark.parametrize(
    "changes, passed, kinds, said",
    [
        ({}, (), [], ""),
        ({"lesson__status": "amended"}, (), ["amended"], "amended after it was first published"),
        ({"lesson__status": "superseded"}, (), ["superseded"], "A newer lesson replaces this one."),
        ({"lesson__status": "withdrawn"}, (), ["withdrawn"], "Do not follow it any more."),
        ({"state": "escalated"}, ("verified",), ["reclassified"], "turned out to be an incident"),
        ({"verification__checks": [NOT_MEASURABLE]}, (), ["unmeasured"], "could not be measured"),
        ({"verification__checks": None}, (), ["unchecked"], "has not been checked"),
        ({"verification__checks": None, "progress": None}, (), [], ""),
        (
            {"verification__checks": [NOT_MEASURABLE], "lesson__status": "superseded"},
            (),
            ["superseded", "unmeasured"],
            "more people had to agree",
        ),
    ],
)
def test_a_banner_says_what_to_know_first(
    make_record: MakeRecord,
    make_data: MakeData,
    show: Show,
    changes: dict[str, Any],
    passed: tuple[str, ...],
    kinds: list[str],
    said: str,
) -> None:
    """Amended, superseded, withdrawn, reclassified, not checked: each above the headline, and only where true."""
    body = show(make_data(make_record(**changes), passed={"NM-2026-7QTST": passed}))
    assert banners_in(body) == kinds
    assert said in words_of(body)
    assert body.find('role="note"') < body.find("<h1")


def test_an_effect_that_is_not_shown_is_not_said_to_be_unchecked(
    make_record: MakeRecord, make_data: MakeData, show: Show
) -> None:
    """Where the settings leave the effect out, its absence tells nothing."""
    settings = {"published_fields": ["headline", "actions"]}
    assert banners_in(show(make_data(make_record(), settings=settings))) == []


def test_a_banner_leads_to_the_lesson_to_read_instead(make_record: MakeRecord, make_data: MakeData, show: Show) -> None:
    """A superseded or withdrawn lesson links to the one that replaces it, where that has a page."""
    for status in ("superseded", "withdrawn"):
        old = make_record(lesson__status=status, lesson__superseded_by="NM-2026-AAAAA")
        assert '<a href="to:lessons/2026/NM-2026-AAAAA.md">Read NM-2026-AAAAA</a>' in show(
            make_data(old, make_record(id="NM-2026-AAAAA"))
        )
        assert "Read NM-2026-AAAAA" not in show(make_data(old))


def test_a_withdrawn_lesson_teaches_nothing_any_more(make_record: MakeRecord, make_data: MakeData, show: Show) -> None:
    """Its page has the banner, its id and the way to other lessons; no month, picture, proof or code."""
    body = show(make_data(make_record(lesson__status="withdrawn")), place=PLACE)
    assert re.findall(r' id="([a-z-]+)"', body) == ["top"]
    assert words_of(body).endswith("Lesson NM-2026-7QTST NM-2026-7QTST All lessons")
    assert "<svg" not in body
    assert "<img" not in body


def test_what_to_do_comes_before_the_story(make_record: MakeRecord, make_data: MakeData, show: Show) -> None:
    """Right below the headline stands what to do and for whom, and nowhere else: once is enough."""
    body = show(make_data(make_record()))
    first = body[body.index("<h1") : body.index("what-happened")]
    assert re.findall(r'<(?:h2|dl) id="([a-z-]+)"', first) == ["do-this", "applies-to"]
    assert "Enter a trailer only on green." in first
    assert "forklift drivers" in first
    assert body.count("Enter a trailer only on green.") == body.count("Do this") == 1
    only_for = show(make_data(make_record(lesson__do_this=None)))
    assert 'id="do-this"' not in only_for
    assert 'id="applies-to"' in only_for


def test_a_failure_never_looks_like_a_success(make_record: MakeRecord, make_data: MakeData, show: Show) -> None:
    """Each result has a word, a sign and a look of its own; one that nobody knows has neither sign nor look."""
    results = {
        "effective": "✓ It works",
        "partial": "≈ It works in part",
        "ineffective": "✗ It did not work",
        "not-measurable": "? It could not be measured",
        "other": "other",
    }
    checks = [{"on": "2026-08-02", "result": result} for result in results]
    body = show(make_data(make_record(verification__checks=checks)))
    found = re.findall(r'<li class="nm-check(?: nm-check--([a-z-]+))?">(.*?)</li>', body, re.DOTALL)
    assert [kind for kind, _ in found] == [*list(results)[:-1], ""]
    assert [words_of(said).removesuffix(" August 2026").casefold() for _, said in found] == [
        said.casefold() for said in results.values()
    ]


def test_the_causes_are_a_picture_and_the_same_as_text(
    make_record: MakeRecord, make_data: MakeData, show: Show
) -> None:
    """A tree by default, with what happened on top; a fishbone where causes were looked for so; never without text."""
    tree = show(make_data(make_record()))
    fish = show(make_data(make_record(root_cause__method="ishikawa")))
    assert ("nm-picture--causes" in tree, "nm-picture--fishbone" in tree) == (True, False)
    assert ("nm-picture--causes" in fish, "nm-picture--fishbone" in fish) == (False, True)
    for body in (tree, fish):
        assert ">A trailer rolled away from the dock.</text>" in body
        text = body[body.index("<details") : body.index("</details>")]
        assert all(cause in words_of(text) for cause in ("The wheels were not chocked.", "Nobody checks the dock"))


def test_one_cause_needs_no_picture(make_record: MakeRecord, make_data: MakeData, show: Show) -> None:
    """It is told as text, open to see."""
    record = make_record()
    record["root_cause"]["causes"] = record["root_cause"]["causes"][:1]
    body = show(make_data(record))
    assert "nm-picture--causes" not in body
    assert "<details" not in body
    assert "The wheels were not chocked." in body


def test_withheld_and_unnamed_causes_are_drawn_as_such(
    make_record: MakeRecord, make_data: MakeData, show: Show
) -> None:
    """The word of the record for what is withheld is not shown; causes without a kind have a bone of their own."""
    causes = [{"id": "C1", "statement": "redacted"}, {"id": "C2", "category": "method", "statement": "One"}]
    record = make_record(root_cause__method="ishikawa", root_cause__causes=causes, report__what_happened="redacted")
    picture = show(make_data(record))
    picture = picture[picture.index("nm-picture--fishbone") :]
    picture = picture[: picture.index("</svg>")]
    assert "redacted" not in picture
    assert all(word in picture for word in (">withheld</text>", ">Other causes</text>", ">Method</text>"))
    unknown = show(make_data(make_record(report__what_happened=None)))
    assert ">What happened</text>" in unknown


@pytest.mark.parametrize(
    "text, short",
    [
        ("", ""),
        ("A trailer rolled.", "A trailer rolled."),
        ("It slipped. A trailer rolled away. More.", "It slipped. A trailer rolled away."),
        ("A trailer rolled away from the dock.\n\nThen it stood.", "A trailer rolled away from the dock."),
        ("word " * 60, ("word " * 30).strip() + "…"),
        ("w" * 200, "w" * 150 + "…"),
    ],
)
def test_what_happened_is_told_in_short(text: str, short: str) -> None:
    """The first sentence, or more where that is very short; cut at a word where it is long."""
    assert in_short(text) == short


def test_the_risk_is_drawn_in_the_words_of_the_policy(make_record: MakeRecord, make_data: MakeData, show: Show) -> None:
    """Labels and codes come from the policy; where it has none, from us. Without an assessment there is no matrix."""
    risk = {
        "severity": [{"value": 5, "label": {"en": "Disaster"}}],
        "bands": [{"band": "high", "code": "Q", "label": {"en": "Grave"}}, {"band": "unused", "code": "U"}],
    }
    body = show(make_data(make_record(), rules={"risk": risk}))
    picture = body[body.index("nm-picture--matrix") :]
    assert all(word in picture for word in (">Disaster</text>", ">Q Grave</text>", ">M Medium</text>"))
    assert ">U" not in picture
    assert "Grave: severity" in words_of(picture)
    assert "nm-picture--matrix" not in show(make_data(make_record(assessment__likelihood=None)))
    only_before = show(make_data(make_record(verification__residual=None)))
    assert 'id="risk">The risk</h2>' in only_before
    assert ">after</text>" not in only_before


def test_the_course_has_months_and_nobody(make_record: MakeRecord, make_data: MakeData, show: Show) -> None:
    """States in the words of the policy with their months, then in one sentence how many signed, and what shows it."""
    body = show(make_data(make_record(), rules={"workflow": {"states": STATES}}))
    course = words_of(body[body.index('id="course"') : body.index("</section>", body.index('id="course"'))])
    assert "Reported March 2026 Investigated April 2026 Root caused May 2026" in course
    assert "Action June 2026 Proven July 2026" in course
    told = "4 sign-offs by 2 people: 1 with a registered key and 3 without proof of who it was. How to check that"
    assert course.endswith(told)
    assert "nearmiss show" not in body
    assert 'href="to:about.md#prove-it"' in body


def test_a_register_that_shows_no_months_shows_none_here(
    make_record: MakeRecord, make_data: MakeData, show: Show
) -> None:
    """The states stay, their months go."""
    settings = {"published_fields": ["headline"]}
    body = show(make_data(make_record(), settings=settings))
    assert "nm-way__state" in body
    assert "2026-0" not in body
    assert "nm-way__month" not in body


@pytest.mark.parametrize(
    "assurances, said",
    [
        ((("signed", 1),), "1 sign-off by 1 person: with a registered key."),
        ((("signed", 4),), "4 sign-offs by 1 person: all with registered keys."),
        ((("forge", 1),), "1 sign-off by 1 person: vouched for by the forge."),
        ((("asserted", 3), ("signed", 0)), "3 sign-offs by 1 person: all without proof of who it was."),
        (
            (("forge", 2), ("signed", 2), ("asserted", 1)),
            "2 with registered keys, 2 vouched for by the forge and 1 without proof of who it was.",
        ),
    ],
)
def test_each_assurance_has_its_words(
    make_record: MakeRecord, make_data: MakeData, show: Show, assurances: tuple[tuple[str, int], ...], said: str
) -> None:
    """A key, a forge and a mere claim are never the same, and the strongest comes first."""
    data = make_data(make_record())
    (gist,) = data.gists.values()
    proof = gist.proof._replace(people=1, assurances=assurances)
    proven = make_data(make_record(), gists={gist.id: gist._replace(proof=proof)})
    body = words_of(show(proven))
    assert said in body
    unproven = make_data(make_record(), gists={gist.id: gist._replace(proof=proof._replace(people=0))})
    assert "nm-proof" not in show(unproven)


def test_all_accounts_of_an_event_are_on_one_page(make_record: MakeRecord, make_data: MakeData, show: Show) -> None:
    """What others saw stands below the first account, each in its own language; months only where they are shown."""
    joined = [
        make_record(
            id=f"NM-2026-0000{number}",
            state="declined",
            assessment__decision="duplicate",
            assessment__duplicate_of="NM-2026-7QTST",
            report__lang=lang,
            report__what_happened=text,
        )
        for number, lang, text in ((1, "en", "I saw it from the office."), (2, "de", "Ich stand daneben."))
    ]
    body = show(make_data(make_record(), *joined))
    assert "Others reported it too" in body
    assert "<div><p>I saw it from the office.</p></div>" in body
    assert '<div lang="de"><p>Ich stand daneben.</p></div>' in body
    fewer = {"published_fields": ["headline", "what_happened"]}
    body = show(make_data(make_record(), joined[0], settings=fewer))
    assert "Somebody else reported it too" in body
    assert "Another report" in body


def test_a_lesson_in_another_language_says_so(make_record: MakeRecord, make_data: MakeData, show: Show) -> None:
    """Its texts are marked, the words of the site around them are not."""
    body = show(make_data(make_record(report__lang="de")))
    assert '<h1 id="top" lang="de">' in body
    assert '<h2 id="what-happened">' in body
    assert "lang=" not in show(make_data(make_record()))


def test_the_page_is_in_the_words_of_the_site(make_record: MakeRecord, make_data: MakeData, show: Show) -> None:
    """Pictures, course, proof and all speak the language of the site."""
    settings = {"language": "de"}
    body = show(make_data(make_record(), settings=settings, rules={"workflow": {"states": STATES}}), language="de")
    said = words_of(body)
    for words in ("Das ist zu tun", "Gemeldet März 2026", "4 Freigaben durch 2 Personen", "Schwere"):
        assert words in said
    assert ">vorher</text>" in body


def test_related_lessons_and_the_same_machine_are_one_step_away(
    make_record: MakeRecord, make_data: MakeData, show: Show
) -> None:
    """A lesson leads to those that are alike, and to all that happened with the same thing."""
    other = make_record(id="NM-2026-AAAAA", lesson__headline="Another one", report__links=None)
    body = show(make_data(make_record(), other))
    onwards = body[body.index('id="read-next"') :]
    assert '<a href="to:lessons/2026/NM-2026-AAAAA.md">Another one</a>' in onwards
    assert re.search(r'<a href="to:lessons/by-thing/[0-9a-f]{12}.md">Equipment: TRL-88</a>', onwards)
    alone = show(make_data(make_record(report__links=None)))
    assert 'id="read-next"' not in alone


def test_a_lesson_has_its_address_and_code_where_the_site_has_one(
    make_record: MakeRecord, make_data: MakeData, show: Show
) -> None:
    """On paper stand the whole address and its code; where nobody said where the site will be, neither is made up."""
    body = show(make_data(make_record()), place=PLACE)
    address = "https://lessons.example.org/plant-2/lessons/2026/NM-2026-7QTST.html"
    assert f"<span data-nm-place>{address}</span>" in body
    assert body.count('src="data:image/png;base64,') == 2
    nowhere = show(make_data(make_record()))
    assert "<span data-nm-place></span>" in nowhere
    assert "data:image" not in nowhere
    too_long = show(make_data(make_record()), place=Place(address="https://a.example/" + "x" * 2500))
    assert "data:image" not in too_long


def test_without_a_script_the_link_is_a_link(make_record: MakeRecord, make_data: MakeData, show: Show) -> None:
    """What needs a script is hidden until it runs; nothing of ours is inline."""
    body = show(make_data(make_record()))
    assert '<a class="nm-share__link" href="#top">Link to this lesson</a>' in body
    assert all(" hidden" in button for button in re.findall("<button[^>]*>", body))
    assert not re.search(r"<script|<style| style=| on[a-z]+=", body)


def test_a_page_is_known_by_all_that_it_shows(make_record: MakeRecord, make_data: MakeData) -> None:
    """What changes a page changes its key; the commit that the site is made from does not."""

    def key(*records: dict[str, Any], **others: Any) -> str:
        pages = lesson_pages(Library(home=make_data(*records, **others)))
        return next(page.key for page in pages if page.name == "NM-2026-7QTST")

    same = key(make_record())
    assert key(make_record(), commit="f" * 40) == same
    account = make_record(
        id="NM-2026-00001",
        state="declined",
        assessment__decision="duplicate",
        assessment__duplicate_of="NM-2026-7QTST",
    )
    for different in (
        key(make_record(root_cause__method="ishikawa")),
        key(make_record(lesson__status="amended")),
        key(make_record(), make_record(id="NM-2026-AAAAA")),
        key(make_record(), account),
    ):
        assert different != same


@pytest.mark.parametrize("times, amount", [(1, "little"), (20, "much"), (100, "too-much")])
def test_the_more_there_is_the_smaller_it_is_printed(
    make_record: MakeRecord, make_data: MakeData, show: Show, times: int, amount: str
) -> None:
    """What is short stays large enough to read aloud from."""
    body = show(make_data(make_record(report__what_happened="The trailer rolled. " * 2 * times)))
    assert f'class="nm-lesson nm-lesson--{amount}"' in body
