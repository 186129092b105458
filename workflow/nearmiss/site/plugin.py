"""The MkDocs plugin: puts the pages of the pure page model into a MkDocs build, and nothing more."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.config import config_options
from mkdocs.config.base import Config
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, get_plugin_logger
from mkdocs.structure.files import File, InclusionLevel
from mkdocs.structure.toc import AnchorLink, TableOfContents

from nearmiss.errors import NearMissError
from nearmiss.policy.findings import Severity
from nearmiss.render.environment import Renderer
from nearmiss.shipped import shipped
from nearmiss.site.pages import Page, Site, make_site, render_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.livereload import LiveReloadServer
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page as MkDocsPage

    from nearmiss.engine.publishing.site_data import SiteData
    from nearmiss.policy.findings import Finding

log = get_plugin_logger("nearmiss")

PROJECT_SECTION = "This software"
PROJECT_FOLDER = "project/"
WATCHED = ("records", "schemas", "templates", "workflow/policy")
_PART = re.compile(r"<!--\s*nearmiss:\s*([a-z-]+)\s*-->")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class NearMissConfig(Config):  # type: ignore[no-untyped-call]  # MkDocs leaves one untyped
    """The plugin's options in mkdocs.yml."""

    repository = config_options.Optional(config_options.Type(str))
    """The folder of the records, relative to mkdocs.yml; by default the nearest one above the docs."""


class NearMissPlugin(BasePlugin[NearMissConfig]):  # type: ignore[no-untyped-call]  # as above
    """Adds a page for each lesson and the indexes, and fills the parts that hand-written pages ask for."""

    def on_files(self, files: Files, /, *, config: MkDocsConfig) -> Files:
        """Make the site from the records, and make its pages known as files, so that links to them are checked."""
        repository = self._repository(config)
        data = _load(repository)
        _report(data)
        self._site = make_site(data)
        self._pages = {page.path: page for page in self._site.pages}
        self._renderer = Renderer(
            [folder for folder in (repository / "templates", shipped("templates")) if folder.is_dir()],
            vocabulary=data.vocabulary,
            language=data.settings.get("language", "en"),
        )
        self._files = files
        for page in self._site.pages:
            files.append(_as_file(page, config))
        _add_project_section(files, config)
        return files

    def on_page_markdown(self, markdown: str, /, *, page: MkDocsPage, **_others: Any) -> str:
        """Tell MkDocs about a page of ours. Its Markdown is empty, so that nothing can be read into record text."""
        ours = self._pages.get(page.file.src_uri)
        if ours is None:
            return markdown
        # The theme puts `page.title` into HTML as it is; only `name` is safe there. The template escapes the other one.
        page.title = ours.name
        page.meta.update({"hide": list(ours.hide), "nearmiss_title": ours.title})
        if not ours.searched:
            page.meta["search"] = {"exclude": True}
        return ""

    def on_page_content(self, html: str, /, *, page: MkDocsPage, **_others: Any) -> str:
        """Put in the body of a page of ours after Markdown has run, or the parts that a hand-written page asks for."""
        address_of = self._address_from(page.file)
        ours = self._pages.get(page.file.src_uri)
        if ours is None:
            return _PART.sub(lambda match: self._part(match[1], page.file.src_uri, address_of), html)
        # What the theme's "skip to content" points at.
        page.toc = TableOfContents([AnchorLink(ours.name, "top", 1)])
        return self._render(ours, address_of)

    def on_serve(self, server: LiveReloadServer, /, *, config: MkDocsConfig, **_others: Any) -> LiveReloadServer:
        """Watch what the pages are made from."""
        repository = self._repository(config)
        for folder in WATCHED:
            if (repository / folder).exists():
                server.watch(str(repository / folder))
        return server

    def _repository(self, config: MkDocsConfig) -> Path:
        if self.config.repository:
            return (Path(config.config_file_path or ".").parent / self.config.repository).resolve()
        for folder in Path(config.docs_dir).resolve().parents:
            if (folder / "workflow" / "policy").is_dir():
                return folder
        message = "No near-miss repository was found above the docs. Name it: `- nearmiss: {repository: ../..}`."
        raise PluginError(message)

    def _part(self, name: str, asked_by: str, address_of: Callable[[str], str]) -> str:
        part = self._site.parts.get(name)
        if part is None:
            known = ", ".join(sorted(self._site.parts))
            log.warning("%s asks for the part '%s', which does not exist. There are: %s.", asked_by, name, known)
            return ""
        return self._render(part, address_of)

    def _render(self, page: Page, address_of: Callable[[str], str]) -> str:
        try:
            return render_page(page, self._site, self._renderer, address_of)
        except NearMissError as error:
            raise _as_plugin_error(error) from error

    def _address_from(self, file: File) -> Callable[[str], str]:
        def address_of(path: str) -> str:
            target = self._files.get_file_from_path(path)
            if target is None:
                log.warning("%s links to %s, which does not exist.", file.src_uri, path)
                return "#"
            return target.url_relative_to(file)

        return address_of

    _site: Site
    _pages: dict[str, Page]
    _renderer: Renderer
    _files: Files


def _load(repository: Path) -> SiteData:
    # Late, because the composition root opens git and the site must be importable where there is none.
    from nearmiss.app.site import load_site_data

    try:
        return load_site_data(repository)
    except NearMissError as error:
        raise _as_plugin_error(error) from error


def _report(data: SiteData) -> None:
    """Warn of each error that keeps a record off the site; a strict build stops at warnings."""
    for finding in data.findings:
        if finding.severity is Severity.ERROR:
            log.warning("%s", _printable(_sentence(finding)))


def _sentence(finding: Finding) -> str:
    place = f"{finding.path}:{finding.line}" if finding.line else finding.path or finding.record
    field = f"{finding.field_name} " if finding.field else ""
    kept_off = f" {finding.record} is not published until this is mended." if finding.record else ""
    return f"{place}: {field}{finding.message} ({finding.code}).{kept_off} {finding.hint}".strip()


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub(" ", text)


def _as_plugin_error(error: NearMissError) -> PluginError:
    return PluginError(_printable(f"{error.message} {error.hint}".strip()))


def _as_file(page: Page, config: MkDocsConfig) -> File:
    inclusion = InclusionLevel.UNDEFINED if page.in_nav else InclusionLevel.NOT_IN_NAV
    return File.generated(config, page.path, content="", inclusion=inclusion)


def _add_project_section(files: Files, config: MkDocsConfig) -> None:
    """Append the pages about the software to the nav where there are any: only the project's own site has them."""
    pages = sorted(
        (file.src_uri for file in files.documentation_pages() if file.src_uri.startswith(PROJECT_FOLDER)),
        key=lambda path: (not path.endswith("/index.md"), path),
    )
    if pages and config.nav is not None:
        config.nav.append({PROJECT_SECTION: pages})
