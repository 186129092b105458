"""The MkDocs plugin: puts the pages of the pure page model into a MkDocs build, and nothing more."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from mkdocs.config import config_options
from mkdocs.config.base import Config
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, get_plugin_logger
from mkdocs.structure.files import File, InclusionLevel
from mkdocs.structure.toc import AnchorLink, TableOfContents

from nearmiss import __version__
from nearmiss.engine.circles import look_at_everything, look_past_what_is_here, nothing_collected
from nearmiss.errors import NearMissError
from nearmiss.render.environment import Renderer, as_words
from nearmiss.render.languages import FALLBACK_LANGUAGE, has_words, words_in
from nearmiss.render.speaking import speaking
from nearmiss.shipped import shipped
from nearmiss.site.addresses import Place, address_between, built_path, visited_path
from nearmiss.site.configured import folders_of, language_of, page_in, say_in, theme_language
from nearmiss.site.desk import ReportDesk, read_desk
from nearmiss.site.dressing import dress
from nearmiss.site.frames import BODY, NAME, Frame, FrameKind, kind_of_page, kinds_of, unlisted
from nearmiss.site.keys import key_of
from nearmiss.site.library import Library
from nearmiss.site.loading import load_all, printable, vault_of, with_audit
from nearmiss.site.loose import LooseFiles, Shelf, Written, tops_of
from nearmiss.site.making.reporting import HOW_TO_REPORT
from nearmiss.site.navigation import named_in, project_section, put_below, titled_in
from nearmiss.site.output import begin_site, end_turn, take_turn
from nearmiss.site.pages import PART, Asset, Page, Part, Site, render_page
from nearmiss.site.search import put_away_search, remove_search, write_search
from nearmiss.site.serving import watching
from nearmiss.site.sources import Source, read_sources
from nearmiss.site.whole import make_site

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.livereload import LiveReloadServer
    from mkdocs.structure.files import Files
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.pages import Page as MkDocsPage

    from nearmiss.engine.publishing.site_data import SiteData
    from nearmiss.engine.vault import Vault

log = get_plugin_logger("nearmiss")

WORDS = ("site_name", "site_description", "site_author")
"""What `mkdocs.yml` says in words; `copyright` is HTML, as the theme documents."""

NO_WORDS = (
    "There is no catalogue for the language '%s' (theme.language), so that the site would speak English: write one, "
    "templates/site/languages/<language>.po, or choose another language."
)
THEME_HAS_NO_WORDS = "The theme has no words of its own in the language '%s' (theme.language): choose another language."
_LINK = re.compile(r"\]\(([\w./-]+\.md)")


class NearMissConfig(Config):  # type: ignore[no-untyped-call]  # MkDocs leaves one untyped
    """The plugin's options in mkdocs.yml."""

    repository = config_options.Optional(config_options.Type(str))
    """The folder of the records, relative to mkdocs.yml; by default the nearest one above the docs."""

    sources = config_options.Type(list, default=[])
    """Other registers that feed the site: `{name, label, repository, lenient}` each."""

    audit = config_options.Type(bool, default=True)
    """Whether the page about the site tells what an audit of the main branch says; the first one of a long history
    takes a while."""

    audit_from = config_options.Type(str, default="")
    """The commit from which on the history is to be judged, where what the register was founded with is not proven."""

    report = config_options.Optional(config_options.Type(object))
    """Where staff report: `{form, phone, words}`, each of which may be left out."""

    search = config_options.Type(bool, default=True)
    """Whether the site is made searchable, which takes a second or two for each thousand lessons."""


class NearMissPlugin(BasePlugin[NearMissConfig]):  # type: ignore[no-untyped-call]  # as above
    """Adds the pages made from records, and fills the parts that hand-written pages ask for.

    MkDocs knows those pages that are in the nav, or that hand-written ones link to; all others are written beside it.
    """

    def on_config(self, config: MkDocsConfig, /) -> MkDocsConfig:
        """Choose the words of the site, and let the configuration say its own in that language.

        What the theme puts into pages as it is, is escaped: names in `mkdocs.yml` are words, and nothing to be run.
        """
        dress(config, shipped("site", "theme"))
        language = language_of(config.theme)
        folders = folders_of(self._repository(config), shipped("templates"))
        try:
            self._words = words_in(language, folders)
        except NearMissError as error:
            raise _as_plugin_error(error) from error
        if not has_words(language, folders):
            log.warning(NO_WORDS, language)
        spoken = theme_language(language, config.theme.dirs)
        if spoken is None:
            log.warning(THEME_HAS_NO_WORDS, language)
        config.theme["language"] = spoken or FALLBACK_LANGUAGE
        say_in(self._words, config, config.theme)
        for name in WORDS:
            if config[name]:
                config[name] = as_words(config[name])
        return config

    def on_page_read_source(self, /, *, page: MkDocsPage, config: MkDocsConfig) -> str | None:
        """Take a hand-written page in the language of the site, where there is one."""
        path = page_in(self._words.language, page.file.src_uri, Path(config.docs_dir))
        return path.read_text(encoding="utf-8-sig") if path else None

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], **_others: Any) -> None:
        """See whether this is a preview, which is built again and again and does without search."""
        self._is_preview = command == "serve"

    def on_pre_build(self, *, config: MkDocsConfig) -> None:
        """Take what the last build wrote out of the way, before MkDocs empties the output folder."""
        look_at_everything()
        output, repository = Path(config.site_dir), self._repository(config)
        self._vault = vault_of(repository)
        if not self._is_preview:
            try:
                begin_site(output, repository)
                self._turn = take_turn(output)
            except NearMissError as error:
                raise _as_plugin_error(error) from error
        self._shelf = Shelf(output, Written.recall(self._vault, output))
        self._shelf.put_away()
        put_away_search(output)

    def on_files(self, files: Files, /, *, config: MkDocsConfig) -> Files:
        """Make the site from the records, and make pages known as files, so that links to them are checked."""
        repository = self._repository(config)
        desk = self._desk(config)
        data, *others = self._load(repository, config)
        data = with_audit(data, wanted=self.config.audit, begins_at=self.config.audit_from)
        with nothing_collected():
            place = Place(address=config.site_url or "", folders=config.use_directory_urls)
            self._site = make_site(Library(home=data, others=tuple(others), place=place, desk=desk, words=self._words))
        look_past_what_is_here()
        self._renderer = Renderer(
            folders_of(repository, shipped("templates")),
            vocabulary=data.vocabulary,
            language=self._words.language,
        )
        self._files = files
        self._addresses = {}
        self._folders = config.use_directory_urls
        self._sort_pages(files, config)
        for page in self._known.values():
            files.append(_as_file(page, config))
        for path in self._frame_kinds:
            files.append(File.generated(config, path, content="", inclusion=InclusionLevel.NOT_IN_NAV))
        if config.nav is not None:
            config.nav += project_section(files, self._words)
        return files

    def on_nav(self, nav: Navigation, /, *, files: Files, **_others: Any) -> None:
        """Note which titles the nav gives, and where in it the pages belong that it does not name."""
        self._titled = titled_in(nav)
        self._placed = put_below(files, {path: kind.within for path, kind in self._frame_kinds.items()})

    def on_page_markdown(self, markdown: str, /, *, page: MkDocsPage, **_others: Any) -> str:
        """Tell MkDocs about a page of ours. Its Markdown is empty, so that nothing can be read into record text."""
        path = page.file.src_uri
        if path in self._frame_kinds:
            page.title = NAME
            page.meta.update(self._frame_kinds[path].meta(has_menu=path in self._placed))
            return ""
        ours = self._known.get(path)
        if ours is None:
            return markdown
        # The theme puts `page.title` into HTML as it is; only `name` is safe there. The template escapes the other one.
        if path not in self._titled:
            page.title = ours.name
        page.meta.update({"hide": list(ours.hide), "nearmiss_title": ours.title} | unlisted(listed=ours.listed))
        if ours.description:
            page.meta["description"] = escape(ours.description)
        if not ours.searched:
            page.meta["search"] = {"exclude": True}
        return ""

    def on_page_content(self, html: str, /, *, page: MkDocsPage, **_others: Any) -> str:
        """Put in the body of a page of ours after Markdown has run, or the parts that a hand-written page asks for."""
        path = page.file.src_uri
        ours = self._known.get(path)
        if ours is None and path not in self._frame_kinds:
            return PART.sub(lambda match: self._part(match[1], path), html)
        # What the theme's "skip to content" points at.
        page.toc = TableOfContents([AnchorLink(ours.name if ours else NAME, "top", 1)])
        return self._render(ours, path) if ours else BODY

    def on_env(self, env: Any, /, **_others: Any) -> Any:
        """Begin to collect frames, and let the theme's templates say sentences as ours do."""
        self._frames: dict[str, Frame] = {}
        env.globals |= speaking(self._words, always_escaped=True) | {"way_to": self._way_to}
        return env

    def on_post_page(self, output: str, /, *, page: MkDocsPage, **_others: Any) -> str:
        """Keep a frame for the pages that go into it, instead of a page of its own."""
        path = page.file.src_uri
        if path not in self._frame_kinds:
            return output
        self._frames[path] = Frame(output, self._frame_kinds[path], folders=self._folders)
        return ""

    def on_post_template(self, output_content: str, /, *, template_name: str, **_others: Any) -> str:
        """Take the frames out of the map of the site, and put the loose pages in."""
        if template_name != "sitemap.xml":
            return output_content
        return self._mapped(output_content)

    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Write the loose pages and files: those that changed since the last build."""
        output = Path(config.site_dir)
        items: list[Page | Asset] = [*self._loose, *self._site.assets]
        loose = LooseFiles(self._site, output, folders=self._folders, salt=self._salt())
        wanted = loose.wanted(items)
        current = self._shelf.bring_back(wanted)
        files = loose.write(items, wanted, current, self._pieces_of)
        mkdocs = (file.dest_uri for file in self._files if file.src_uri not in self._frame_kinds)
        tops = tops_of(files, mkdocs)
        kept = {path: known for path, known in files.items() if path.startswith(tuple(f"{top}/" for top in tops))}
        Written(folder=str(output), files=kept, tops=tops).note(self._vault)
        self._make_searchable(output, wanted)
        end_turn(output, self._turn)
        look_at_everything()

    def on_serve(self, server: LiveReloadServer, /, *, config: MkDocsConfig, **_others: Any) -> LiveReloadServer:
        """Watch what the pages are made from, and look at `mkdocs.yml` before each build."""
        registers = (self._repository(config), *(source.repository for source in self._sources(config)))
        return watching(server, config, registers)

    def _repository(self, config: MkDocsConfig) -> Path:
        if self.config.repository:
            return (Path(config.config_file_path or ".").parent / self.config.repository).resolve()
        for folder in Path(config.docs_dir).resolve().parents:
            if (folder / "workflow" / "policy").is_dir():
                return folder
        message = "No near-miss repository was found above the docs. Name it: `- nearmiss: {repository: ../..}`."
        raise PluginError(message)

    def _load(self, repository: Path, config: MkDocsConfig) -> list[SiteData]:
        """Read the registers, the own one first, and warn of what is wrong; a strict build stops at warnings."""
        try:
            registers, faults = load_all(repository, self._sources(config))
        except NearMissError as error:
            raise _as_plugin_error(error) from error
        for sentence in faults:
            log.warning("%s", sentence)
        return registers

    def _sources(self, config: MkDocsConfig) -> tuple[Source, ...]:
        try:
            return read_sources(self.config.sources, Path(config.config_file_path or ".").parent)
        except NearMissError as error:
            raise _as_plugin_error(error) from error

    def _desk(self, config: MkDocsConfig) -> ReportDesk:
        try:
            return read_desk(self.config.report, Path(config.config_file_path or "mkdocs.yml"))
        except NearMissError as error:
            raise _as_plugin_error(error) from error

    def _sort_pages(self, files: Files, config: MkDocsConfig) -> None:
        """Part the pages into those that MkDocs must know and the loose ones, and see which frames these need."""
        named = set(named_in(config.nav)) | _linked_from(files)
        known = [page for page in self._site.pages if page.path in named or (page.in_nav and config.nav is None)]
        self._known = {page.path: page for page in known}
        self._loose = tuple(page for page in self._site.pages if page.path not in self._known)
        self._frame_kinds = kinds_of(self._loose, folders=self._folders)
        self._there = {page.path for page in self._loose} | {asset.path for asset in self._site.assets}

    def _salt(self) -> str:
        """Return what every loose page depends on: its frames, templates, words, settings, rules, and the place."""
        library = self._site.library
        frames = sorted((path, frame.html) for path, frame in self._frames.items())
        words = [(source.origin_label, source.vocabulary, source.settings, source.rules) for source in library.sources]
        bands = [library.home.bands(severity, likelihood) for severity in range(1, 6) for likelihood in range(1, 6)]
        told = (words, bands, library.place, library.desk, self._has_page(HOW_TO_REPORT))
        return key_of(__version__, frames, self._renderer.sources(), self._words, *told)

    def _make_searchable(self, output: Path, keys: Mapping[str, str]) -> None:
        """Write the search, from what the pages are the same by where that is known."""
        if self._is_preview or not self.config.search:
            remove_search(output)
            return
        searched = {built_path(page.path, folders=self._folders) for page in self._loose if page.searched}
        known = {path: key if path in searched else None for path, key in keys.items() if key or path not in searched}
        try:
            write_search(output, known)
        except NearMissError as error:
            log.warning("%s", printable(f"{error.message} {error.hint}"))

    def _pieces_of(self, item: Page | Asset) -> Iterable[bytes]:
        if isinstance(item, Asset):
            return item.pieces()
        frame = self._frames[kind_of_page(item, folders=self._folders).path]
        return [frame.fill(item, self._render(item, item.path)).encode("utf-8", errors="xmlcharrefreplace")]

    def _part(self, name: str, asked_by: str) -> str:
        part = self._site.parts.get(name)
        if part is None:
            known = ", ".join(sorted(self._site.parts))
            log.warning("%s asks for the part '%s', which does not exist. There are: %s.", asked_by, name, known)
            return ""
        return self._render(part, asked_by)

    def _render(self, page: Page | Part, path: str) -> str:
        home = posixpath.dirname(built_path(path, folders=self._folders))
        if home not in self._addresses:
            self._addresses = {home: {}}
        known = self._addresses[home]

        def address_of(target: str) -> str:
            return known.get(target) or self._address(path, target, known)

        try:
            return render_page(page, self._site, self._renderer, address_of, has_page=self._has_page)
        except NearMissError as error:
            raise _as_plugin_error(error) from error

    def _address(self, path: str, target: str, known: dict[str, str]) -> str:
        wanted = target.partition("#")[0]
        if not self._has_page(wanted):
            log.warning("%s links to %s, which does not exist.", path, wanted)
            return "#"
        known[target] = address_between(path, target, folders=self._folders)
        return known[target]

    def _way_to(self, path: str) -> str:
        """Return the address of a page as seen from the first one, or nothing where there is no such page."""
        return (visited_path(path, folders=self._folders) or ".") if self._has_page(path) else ""

    def _has_page(self, path: str) -> bool:
        return path in self._there or self._files.get_file_from_path(path) is not None

    def _mapped(self, sitemap: str) -> str:
        """Return the map of the site with the loose pages in the place of their frames."""
        urls = re.split(r"(?=<url>)", sitemap)
        kept = [url for url in urls if "nm-frame" not in url]
        if len(kept) == len(urls):
            return sitemap
        [example] = [url for url in urls if "nm-frame" in url][:1]
        frame = re.search(r"<loc>(.*?)nm-frame", example)
        base = frame[1] if frame else ""
        paths = (visited_path(page.path, folders=self._folders) for page in self._loose if page.listed)
        entries = (f"<url>\n         <loc>{base}{quote(path)}</loc>\n    </url>\n    " for path in paths)
        return "".join(kept).replace("</urlset>", "".join(entries) + "</urlset>")

    _is_preview: bool = False
    _turn: int | None = None
    _site: Site
    _known: dict[str, Page]
    _loose: tuple[Page, ...]
    _frame_kinds: Mapping[str, FrameKind]
    _titled: set[str]
    _placed: set[str]
    _there: set[str]
    _renderer: Renderer
    _files: Files
    _addresses: dict[str, dict[str, str]]
    """Of the folder that was written to last, the addresses as they stand in its pages, which share them."""
    _folders: bool
    _vault: Vault | None
    _shelf: Shelf


def _linked_from(files: Files) -> set[str]:
    """Return the pages below `lessons/` that hand-written pages link to: MkDocs checks these links itself."""
    found: set[str] = set()
    for file in files.documentation_pages():
        for link in _LINK.findall(file.content_string):
            found.add(posixpath.normpath(posixpath.join(posixpath.dirname(file.src_uri), link)))
    return found


def _as_plugin_error(error: NearMissError) -> PluginError:
    return PluginError(printable(f"{error.message} {error.hint}".strip()))


def _as_file(page: Page, config: MkDocsConfig) -> File:
    inclusion = InclusionLevel.UNDEFINED if page.in_nav else InclusionLevel.NOT_IN_NAV
    return File.generated(config, page.path, content="", inclusion=inclusion)
