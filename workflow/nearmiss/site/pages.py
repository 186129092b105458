"""The pages of the site as plain values: what each is called, where it lies and what it shows. No MkDocs here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nearmiss.render.characters import tidy
from nearmiss.render.text import WITHHELD

if TYPE_CHECKING:
    from nearmiss.render.environment import Renderer
    from nearmiss.render.languages import Words
    from nearmiss.site.lessons import Card
    from nearmiss.site.library import Library

PART = re.compile(r"<!--\s*nearmiss:\s*([a-z-]+)\s*-->")
"""How a hand-written page asks for a part, by its name."""

INTAKE = "intake"
"""Whose catalogues have the sentences for those who report."""

AddressOf = Callable[[str], str]
"""From a page's or a file's source path to its address as seen from the page that is being rendered."""

HasPage = Callable[[str], bool]
"""Whether there is a page or file of a source path: a team may take away those that are written by hand."""

Data = Callable[[], Mapping[str, Any]]
"""Gives what a template needs; it is asked only where the page is rendered."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page, not yet rendered.

    `title` and `description` are plain text and may come from a record; `name` consists of our own words and ids only,
    so that it is safe wherever a theme puts it. `hide` names the sidebars that would be empty or in the way. `searched`
    pages are in the search index; those that are not `listed` ask search engines not to list them either. `within` is
    the page that leads to this one, below which it has its place in the menu.

    `language` is that of a page for people who report in another one than the site's: its sentences are the intake's.

    `key` tells by which content a page is the same as at the last build, so that it need not be made again; without
    one it always is. `lessons` are those that it shows whole, read together before it is rendered. `origin` is the
    register whose ids its texts mean.
    """

    path: str
    title: str
    name: str
    template: str
    data: Data
    description: str = ""
    hide: tuple[str, ...] = ("toc",)
    in_nav: bool = False
    within: str = ""
    searched: bool = False
    listed: bool = True
    key: str = ""
    lessons: tuple[Card, ...] = ()
    origin: str = ""
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class Asset:
    """A file beside the pages, such as a feed: where it lies in the built tree, what it holds, and its `key`.

    A large one is made in pieces, so that it never lies in memory as a whole.
    """

    path: str
    pieces: Callable[[], Iterable[bytes]]
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a hand-written page can put in by a comment such as `<!-- nearmiss: latest-lessons -->`."""

    name: str
    template: str
    data: Data


@dataclass(frozen=True, kw_only=True)
class Site:
    """All pages and files, and the parts that hand-written pages may ask for by name."""

    library: Library
    pages: tuple[Page, ...]
    assets: tuple[Asset, ...] = ()
    parts: Mapping[str, Part] = field(default_factory=dict)


def every_page(_path: str) -> bool:
    """Say that all pages are there."""
    return True


def render_page(
    page: Page | Part, site: Site, renderer: Renderer, address_of: AddressOf, *, has_page: HasPage = every_page
) -> str:
    """Return a page's body as HTML; every link in it goes through `address_of`, those to written pages if there."""
    path, origin = (page.path, page.origin) if isinstance(page, Page) else ("", "")
    if isinstance(page, Page) and page.language:
        renderer = renderer.speaking(page.language, spoken_by=INTAKE)

    def address_of_record(record_id: str) -> str | None:
        card = site.library.find(origin, record_id)
        return address_of(card.path) if card and card.path != path else None

    return renderer.render(
        page.template,
        **page.data(),
        address_of=address_of,
        address_of_record=address_of_record,
        has_page=has_page,
    )


def in_one_line(text: str, words: Words) -> str:
    """Return a text as one plain line without what nobody sees; one that is withheld is named as such."""
    return words.gettext("Withheld") if text == WITHHELD else tidy(text)
