"""The pages of the site as plain values: what each is called, where it lies and what it shows. No MkDocs here."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from nearmiss.render.text import WITHHELD
from nearmiss.render.words import label_of, spell_date, text_in
from nearmiss.site.counts import count
from nearmiss.site.indicators import indicators_page_data
from nearmiss.site.lessons import Lesson, Term, lessons_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nearmiss.engine.publishing.site_data import SiteData
    from nearmiss.render.environment import Renderer

AddressOf = Callable[[str], str]
"""From a page's source path to its address as seen from the page that is being rendered."""

LATEST = 6
ALL_LESSONS = "lessons/index.md"
INDICATORS = "indicators.md"
_PLAIN_TERM = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page, not yet rendered.

    `title` is plain text and may come from a record; `name` consists of our own words and ids only, so that it is safe
    wherever a theme puts it. `hide` names the sidebars that would be empty or in the way; `searched` pages are in the
    search index.
    """

    path: str
    title: str
    name: str
    template: str
    data: Mapping[str, Any]
    hide: tuple[str, ...] = ("toc",)
    in_nav: bool = False
    searched: bool = False


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One way to look lessons up: by a vocabulary's terms."""

    name: str
    title: str
    vocabulary: str
    terms_of: Callable[[Lesson], tuple[Term, ...]]

    @property
    def path(self) -> str:
        """The source path of its index."""
        return f"lessons/by-{self.name}.md"

    def path_of(self, term: Term) -> str:
        """Return the source path of one term's page; terms of unusual spelling get a name made from their digest."""
        plain = _PLAIN_TERM.fullmatch(term.term)
        name = term.term if plain else hashlib.sha256(term.term.encode()).hexdigest()[:12]
        return f"lessons/by-{self.name}/{name}.md"


def _one(term: Term | None) -> tuple[Term, ...]:
    return (term,) if term and not term.is_withheld else ()


DIMENSIONS = (
    Dimension(
        name="classification",
        title="By kind",
        vocabulary="classification",
        terms_of=lambda lesson: _one(lesson.classification),
    ),
    Dimension(name="area", title="By area", vocabulary="area", terms_of=lambda lesson: _one(lesson.area)),
    Dimension(name="hazard", title="By hazard", vocabulary="hazard", terms_of=lambda lesson: _one(lesson.hazard)),
    Dimension(
        name="cause",
        title="By cause",
        vocabulary="cause-category",
        terms_of=lambda lesson: tuple(term for term in lesson.cause_categories if not term.is_withheld),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Topic:
    """One term of a dimension with its lessons, and the vocabulary's sentence about it."""

    label: str
    help: str
    path: str
    lessons: tuple[Lesson, ...]


@dataclass(frozen=True, kw_only=True)
class Site:
    """All pages, and the parts that hand-written pages may ask for by name."""

    pages: tuple[Page, ...]
    parts: Mapping[str, Page]
    paths: Mapping[str, str] = field(default_factory=dict)


def make_site(data: SiteData) -> Site:
    """Make every page and part from the data; pure."""
    lessons = lessons_of(data)
    pages = (*_lesson_pages(lessons), _all_lessons(lessons), *_dimension_pages(lessons, data), _indicators(data))
    return Site(
        pages=pages,
        parts=_parts(lessons, data),
        paths={lesson.id: lesson.path for lesson in lessons},
    )


def render_page(page: Page, site: Site, renderer: Renderer, address_of: AddressOf) -> str:
    """Return a page's body as HTML; every link in it goes through `address_of`."""

    def address_of_record(record_id: str) -> str | None:
        path = site.paths.get(record_id)
        return address_of(path) if path and path != page.path else None

    return renderer.render(page.template, **page.data, address_of=address_of, address_of_record=address_of_record)


def _lesson_pages(lessons: Sequence[Lesson]) -> Iterator[Page]:
    for lesson in lessons:
        yield Page(
            path=lesson.path,
            title=_plain(lesson.headline),
            name=lesson.id,
            template="site/lesson.html.j2",
            data={"lesson": lesson, "places": _places(lesson)},
            hide=("toc", "navigation"),
            searched=True,
        )


def _places(lesson: Lesson) -> tuple[tuple[Term, str], ...]:
    """Return the lesson's terms with the path of each one's page, and none where a term has no page."""
    paths = {term: dimension.path_of(term) for dimension in DIMENSIONS for term in dimension.terms_of(lesson)}
    return tuple((term, paths.get(term, "")) for term in lesson.tags)


def _all_lessons(lessons: Sequence[Lesson]) -> Page:
    by_year = tuple((year, tuple(group)) for year, group in groupby(lessons, key=lambda lesson: lesson.year))
    return Page(
        path=ALL_LESSONS,
        title="All lessons",
        name="Lessons",
        template="site/lessons.html.j2",
        data={"by_year": by_year, "dimensions": DIMENSIONS, "number": len(lessons)},
        in_nav=True,
    )


def _indicators(data: SiteData) -> Page:
    return Page(
        path=INDICATORS,
        title="Indicators",
        name="Indicators",
        template="site/indicators.html.j2",
        data=indicators_page_data(data),
        hide=("navigation",),
        in_nav=True,
    )


def _dimension_pages(lessons: Sequence[Lesson], data: SiteData) -> Iterator[Page]:
    for dimension in DIMENSIONS:
        topics = _topics(dimension, lessons, data)
        yield Page(
            path=dimension.path,
            title=f"Lessons {dimension.title.lower()}",
            name=f"Lessons {dimension.title.lower()}",
            template="site/dimension.html.j2",
            data={"dimension": dimension, "topics": topics},
            in_nav=True,
        )
        for topic in topics:
            yield Page(
                path=topic.path,
                title=f"Lessons: {_plain(topic.label)}",
                name=f"Lessons {dimension.title.lower()}",
                template="site/topic.html.j2",
                data={"dimension": dimension, "topic": topic},
            )


def _topics(dimension: Dimension, lessons: Sequence[Lesson], data: SiteData) -> tuple[Topic, ...]:
    found: dict[Term, list[Lesson]] = {}
    for lesson in lessons:
        for term in dimension.terms_of(lesson):
            found.setdefault(term, []).append(lesson)
    language = data.settings.get("language", "en")
    entries = data.vocabulary.get(dimension.vocabulary, {})
    topics = (
        Topic(
            label=label_of(data.vocabulary, dimension.vocabulary, term.term, language),
            help=text_in(entries.get(term.term, {}).get("help"), language),
            path=dimension.path_of(term),
            lessons=tuple(group),
        )
        for term, group in found.items()
    )
    return tuple(sorted(topics, key=lambda topic: topic.label.casefold()))


def _parts(lessons: Sequence[Lesson], data: SiteData) -> dict[str, Page]:
    """Return what hand-written pages can put in by a comment such as `<!-- nearmiss: latest-lessons -->`."""
    contents: dict[str, dict[str, Any]] = {
        "latest-lessons": {"lessons": lessons[:LATEST], "number": len(lessons), "all_lessons": ALL_LESSONS},
        "counts": {"counts": count(data), "number": len(lessons)},
        "as-of": {"today": spell_date(data.today.isoformat()), "commit": data.commit[:12]},
    }
    return {
        name: Page(path="", title="", name=name, template=f"site/{name}.html.j2", data=values)
        for name, values in contents.items()
    }


def _plain(text: str) -> str:
    """Return a text as one plain line; one that is withheld is named as such."""
    return "Withheld" if text == WITHHELD else " ".join(text.split())
