"""The menu of the site: what it names, and the place in it of pages that are too many to be named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.render.languages import N_, Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mkdocs.structure.files import Files
    from mkdocs.structure.nav import Navigation

PROJECT_SECTION = N_("This software")
PROJECT_FOLDER = "project/"


def named_in(nav: Any) -> Iterator[str]:
    """Yield the paths that a nav names, however deep."""
    for entry in nav if isinstance(nav, list) else [nav]:
        if isinstance(entry, dict):
            for inner in entry.values():
                yield from named_in(inner)
        elif isinstance(entry, str):
            yield entry


def titled_in(nav: Navigation) -> set[str]:
    """Return the paths of the pages to which the nav gives a title; asked before any page was read."""
    return {page.file.src_uri for page in nav.pages if page.title}


def put_below(files: Files, homes: Mapping[str, str]) -> set[str]:
    """Let pages count to the section of the menu in which the page lies that leads to them; return those that do.

    `homes` maps the path of each to that of the other. So the theme shows where a reader is, and what lies beside it.
    """
    found: set[str] = set()
    for path, home in homes.items():
        file, other = files.get_file_from_path(path), files.get_file_from_path(home)
        if file is not None and file.page and other is not None and other.page and other.page.parent:
            file.page.parent = other.page.parent
            found.add(path)
    return found


def project_section(files: Files, words: Words) -> list[Mapping[str, list[str]]]:
    """Return a section with the pages about the software, where there are any: only the project's own site has them."""
    pages = sorted(
        (file.src_uri for file in files.documentation_pages() if file.src_uri.startswith(PROJECT_FOLDER)),
        key=lambda path: (not path.endswith("/index.md"), path),
    )
    return [{words.gettext(PROJECT_SECTION): pages}] if pages else []
