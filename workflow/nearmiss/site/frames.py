"""Frames: what the theme puts around a page, rendered once for each kind of page and filled in for thousands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from nearmiss.site.addresses import MARKDOWN, depth_of, visited_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from nearmiss.site.pages import Page

NAME, TITLE, DESCRIPTION = "nm-frame-name", "nm-frame-title", "nm-frame-description"
BODY = "<!--nm-frame-body <h1>-->"
"""What stands in a frame in the place of what differs from page to page; none of it comes from a record.

The theme looks for a heading in what it is given, and would put a second one above that of the page.
"""


@dataclass(frozen=True, kw_only=True)
class FrameKind:
    """What the theme's part of a page depends on: how deep it lies, what it hides, whether it may be listed.

    `within` is the page of the menu that leads to it.
    """

    depth: int
    hide: tuple[str, ...]
    listed: bool
    described: bool
    within: str

    @property
    def path(self) -> str:
        """The source path of the page that the theme renders to make the frame."""
        name = f"nm-frame{self.depth}{''.join(word[0] for word in self.hide)}{'y' if self.listed else 'n'}"
        home = self.within.removesuffix(MARKDOWN).replace("/", "-")
        return f"{'nm-frame/' * self.depth}{name}{'d' if self.described else 'u'}{home}.md"

    def meta(self, *, has_menu: bool) -> dict[str, object]:
        """Return what the theme is told of the page; without a place in the menu it has no list at its side."""
        hide = self.hide if has_menu else dict.fromkeys((*self.hide, "navigation"))
        meta: dict[str, object] = {"hide": list(hide), "nearmiss_title": TITLE, "search": {"exclude": True}}
        return meta | ({"description": DESCRIPTION} if self.described else {}) | unlisted(listed=self.listed)


def unlisted(*, listed: bool) -> dict[str, object]:
    """Return what tells the theme that search engines should not list a page."""
    return {} if listed else {"nearmiss_unlisted": True}


def kind_of_page(page: Page, *, folders: bool) -> FrameKind:
    """Return the kind of frame that a page needs."""
    # Where each page is a folder, the frame's own page is one as well.
    depth = depth_of(page.path, folders=folders) - folders
    return FrameKind(
        depth=depth, hide=page.hide, listed=page.listed, described=bool(page.description), within=page.within
    )


def kinds_of(pages: Iterable[Page], *, folders: bool) -> Mapping[str, FrameKind]:
    """Return the frames that pages need, by the source paths of the pages of which they are made."""
    kinds = dict.fromkeys(kind_of_page(page, folders=folders) for page in pages)
    return {kind.path: kind for kind in kinds}


class Frame:
    """One frame, cut where a page is put in."""

    def __init__(self, html: str, kind: FrameKind, *, folders: bool) -> None:
        self._folders = folders
        self._own = visited_path(kind.path, folders=folders)
        marks = (NAME, TITLE, DESCRIPTION, BODY, self._own)
        self._pieces = re.split("|".join(f"({re.escape(mark)})" for mark in marks), html)
        self.html = html

    def fill(self, page: Page, body: str) -> str:
        """Return the whole page."""
        return "".join(self._filled(page, body))

    def _filled(self, page: Page, body: str) -> Iterator[str]:
        values = {
            NAME: escape(page.name),
            TITLE: escape(page.title),
            DESCRIPTION: escape(page.description),
            BODY: body,
            self._own: visited_path(page.path, folders=self._folders),
        }
        for piece in self._pieces:
            if piece is not None:
                yield values.get(piece, piece)
