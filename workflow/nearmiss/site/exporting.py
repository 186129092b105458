"""Writes the pages of the site as plain Markdown with front matter, for any other generator; no MkDocs is needed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nearmiss.errors import NearMissError
from nearmiss.policy.plain import mapped
from nearmiss.render.environment import Renderer
from nearmiss.render.languages import words_in
from nearmiss.shipped import shipped
from nearmiss.site.addresses import Place, source_between
from nearmiss.site.build import CONFIGURATION, NoSiteError
from nearmiss.site.configured import folders_of, language_of, page_in
from nearmiss.site.desk import read_desk
from nearmiss.site.library import Library
from nearmiss.site.loading import load_all, with_audit
from nearmiss.site.output import OutputInUseError, refuse_kept
from nearmiss.site.pages import PART, Page, Part, Site, render_page
from nearmiss.site.sources import read_sources
from nearmiss.site.whole import make_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from nearmiss.render.languages import Words
    from nearmiss.site.lessons import Card

MARK = ".nearmiss-export"
"""A file by which a folder is known that an export filled before."""

AT_ONCE = 200
_HEADING = re.compile(r"^# (.+?)(?: *\{[^}]*\})? *#* *$", re.MULTILINE)


class FaultyRecordsError(NearMissError):
    """Records with errors would be missing from the export."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        listed = "\n".join(f"  {fault}" for fault in faults)
        super().__init__(f"Nothing was exported:\n{listed}", hint="Mend the above; `nearmiss check` lists it too.")


def export_site(directory: Path, output: Path, tell: Callable[[int, int], None] | None = None) -> int:
    """Write every page of a register's site as Markdown into a folder, and return how many there are.

    The folder is new or empty, or one that was exported into before; what was there is replaced. `tell` is told how
    many pages of how many are written. Raises NoSiteError, OutputInUseError, OutputInRegisterError,
    FaultyRecordsError, and as loading does.
    """
    settings = _settings(directory)
    folders = folders_of(directory, shipped("templates"))
    words = words_in(language_of(mapped(settings, "theme")), folders)
    library = _library(directory, settings, words)
    site = make_site(library)
    renderer = Renderer(folders, vocabulary=library.home.vocabulary, language=words.language)
    exported = _Export(site, renderer, directory / "site" / str(settings.get("docs_dir", "docs")))
    _begin(output, directory)
    written = exported.hand_written(output, words)
    for number, page in enumerate(site.pages, 1):
        if number % AT_ONCE == 1:
            library.get_ready(card for one in site.pages[number - 1 : number - 1 + AT_ONCE] for card in one.lessons)
        _write(output / page.path, exported.page(page))
        if tell is not None:
            tell(number, len(site.pages))
    return len(site.pages) + written


class _Export:
    """Pages of one site as Markdown."""

    def __init__(self, site: Site, renderer: Renderer, docs: Path) -> None:
        self._site = site
        self._renderer = renderer
        self._docs = docs
        self._made = {page.path for page in site.pages}

    def page(self, page: Page) -> str:
        """Return a page made from records."""
        from nearmiss.render.markdown_pages import front_matter

        said: dict[str, Any] = {"title": page.title, "description": page.description}
        for card in page.lessons:
            said |= _lesson_matter(card)
        if not page.listed:
            said |= {"robots": "noindex"}
        return f"{front_matter(said)}\n{self._body(page, page.path)}"

    def hand_written(self, output: Path, words: Words) -> int:
        """Copy the pages that people wrote, in the language of the site and with their parts put in; count them."""
        number, docs = 0, self._docs
        for path in sorted(docs.rglob("*")):
            name = path.relative_to(docs).as_posix()
            if path.is_symlink() or not path.is_file() or path.name.startswith("."):
                continue
            if path.suffix != ".md":
                (output / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, output / name)
                continue
            text = (page_in(words.language, name, docs) or path).read_text(encoding="utf-8-sig")
            _write(output / name, _titled(self._with_parts(text, name)))
            number += 1
        return number

    def _with_parts(self, text: str, path: str) -> str:
        def part(match: re.Match[str]) -> str:
            found = self._site.parts.get(match[1])
            return self._body(found, path) if found is not None else ""

        return PART.sub(part, text)

    def _body(self, page: Page | Part, path: str) -> str:
        from nearmiss.render.markdown_pages import to_markdown

        def address_of(target: str) -> str:
            return source_between(path, target)

        def has_page(target: str) -> bool:
            return target in self._made or (self._docs / target).is_file()

        return to_markdown(render_page(page, self._site, self._renderer, address_of, has_page=has_page))


def _titled(text: str) -> str:
    """Return a page that somebody wrote with its heading in front matter too, where it has none of its own."""
    from nearmiss.render.markdown_pages import front_matter

    heading = _HEADING.search(text)
    return f"{front_matter({'title': heading[1]})}\n{text}" if heading and not text.startswith("---") else text


def _lesson_matter(card: Card) -> Mapping[str, Any]:
    terms = {"classification": card.classification, "hazard": card.hazard, "area": card.area, "site": card.site}
    return {
        "id": card.id,
        "month": card.gist.month if card.month else "",
        "origin": card.origin,
        "lang": card.gist.lang,
        **{name: term.label if term and not term.is_withheld else "" for name, term in terms.items()},
        "causes": [term.label for term in card.causes],
        "controls": [term.label for term in card.controls],
    }


def _settings(directory: Path) -> Mapping[str, Any]:
    from nearmiss.site.configuration import read_configuration

    path = directory / CONFIGURATION
    if not path.is_file():
        raise NoSiteError(directory)
    return read_configuration(path)


def _library(directory: Path, settings: Mapping[str, Any], words: Words) -> Library:
    options = next(_options(settings.get("plugins")), {})
    sources = read_sources(options.get("sources"), (directory / CONFIGURATION).parent)
    desk = read_desk(options.get("report"), directory / CONFIGURATION)
    (home, *others), faults = load_all(directory, sources)
    begins_at = str(options.get("audit_from") or "")
    home = with_audit(home, wanted=options.get("audit") is not False, begins_at=begins_at)
    if faults:
        raise FaultyRecordsError(tuple(faults))
    place = Place(address=str(settings.get("site_url") or ""), folders=False)
    return Library(home=home, others=tuple(others), place=place, desk=desk, words=words)


def _options(plugins: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the options of our plugin, in each of the ways in which MkDocs reads them."""
    for entry in plugins if isinstance(plugins, list) else [plugins]:
        if isinstance(entry, dict) and "nearmiss" in entry:
            yield mapped(entry, "nearmiss")


def _begin(output: Path, directory: Path) -> None:
    """Take an empty folder, or one that was exported into before: never somebody's documents."""
    refuse_kept(output, directory)
    if output.is_dir() and any(output.iterdir()) and not (output / MARK).is_file():
        raise OutputInUseError(output, "pages that were exported before")
    if output.is_dir():
        for path in output.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name != MARK:
                path.unlink()
    output.mkdir(parents=True, exist_ok=True)
    (output / MARK).touch()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", errors="xmlcharrefreplace")
