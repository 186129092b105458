"""The site built by MkDocs, strictly, from an instance: complete, linked, inert, and from this host alone."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from mkdocs.commands.build import build as mkdocs_build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort

from nearmiss.engine.publishing.site_data import SiteData
from nearmiss.errors import NearMissError
from nearmiss.policy.findings import Finding, Severity
from nearmiss.render.subset import REL
from nearmiss.site.build import (
    NoSiteError,
    SiteBuildError,
    SiteServeError,
    build_site,
    serve_site,
)
from nearmiss.site.configuration import UnsafeSiteError
from nearmiss.site.output import BEGUN, OutputInRegisterError, OutputInUseError
from nearmiss.site.plugin import NearMissPlugin
from tests.site.conftest import HAND_WRITTEN

MakeRecord = Callable[..., dict[str, Any]]
MakeData = Callable[..., SiteData]
Build = Callable[..., Path]
Feed = Callable[[SiteData | Exception], None]

INJECTION = (
    "{{ 7*7 }} {% raw %} {# x #} <script>window.pwned=1</script> "
    '<img src="https://evil.example/x.png" onerror="window.pwned=1"> '
    "[a](javascript:window.pwned=1) [b](https://evil.example) ![c](https://evil.example/y.png) "
    "<svg/onload=window.pwned=1> <iframe src=//evil.example></iframe> <b>bold</b> **strong** `code` "
    "[[x]] [[NM-2026-7QTST]] --- title: x <!-- nearmiss: counts --> <!-- comment --> "
    "&lt;script&gt;window.pwned=1&lt;/script&gt; &#60;script&#62;window.pwned=1&#60;/script&#62; "
    "</title></textarea></script></style><script>window.pwned=1</script> "
    "\u2028 \x85 \" ' onmouseover=window.pwned=1 "
    ":material-alert: $x$ <style>*{display:none}</style> <a href='data:text/html,x'>d</a>"
)
TEXTS = (
    "report__what_happened",
    "report__what_could_have_happened",
    "report__what_stopped_it__how",
    "action_plan__effectiveness__metric",
    "action_plan__effectiveness__baseline",
    "action_plan__effectiveness__target",
    "lesson__headline",
    "lesson__vulnerability",
    "lesson__change",
    "lesson__do_this",
)


class Page(HTMLParser):
    """The tags of a page with their attributes, the ids in it, and what it links to and loads."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.comments: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag; the description for search engines is text, escaped, and as long as it is harmless may differ."""
        values = dict(attrs)
        if tag == "meta" and values.get("name") == "description":
            attrs = [(name, value) for name, value in attrs if name != "content"]
        self.tags.append((tag, tuple(attrs)))

    def handle_comment(self, data: str) -> None:
        """Keep a comment."""
        self.comments.append(data)

    def values(self, *names: str) -> list[str]:
        """Return the values of attributes."""
        return [value for _, attrs in self.tags for name, value in attrs if name in names and value]


def with_text(make_record: MakeRecord, text: str) -> dict[str, Any]:
    """Return a record with a text in every published field that holds text."""
    record = make_record(**dict.fromkeys(TEXTS, text))
    record["lesson"]["applies_to"] = [text]
    for cause in record["root_cause"]["causes"]:
        cause["statement"] = text
    for action in record["action_plan"]["actions"]:
        action["what"] = text
    record["verification"]["checks"][0] |= {"measured": text, "substitute": text}
    return record


def labelled(text: str) -> dict[str, Any]:
    """Return a vocabulary with a text in each label and help."""
    entry = {"label": {"en": text}, "help": {"en": text}}
    return {
        "classification": {"safety": entry},
        "hazard": {"moving-vehicle": entry},
        "area": {"shipping": entry},
        "site": {"plant-2": entry},
        "barrier": {"luck": entry},
        "cause-category": {"method": entry, "measurement": entry},
    }


def pages_of(site: Path) -> dict[str, Page]:
    """Read every built page."""
    return {str(path.relative_to(site)): Page(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}


def test_every_page_is_built_and_every_link_leads_somewhere(
    make_record: MakeRecord, make_data: MakeData, build: Build
) -> None:
    """Each page's links and what it loads exist in the built folder, fragments included.

    That for addresses that do not exist is served for any of them, so its own begin at the top of the host.
    """
    site = build(make_data(make_record(), make_record(id="NM-2026-AAAAA"), make_record(state="action")))
    pages = pages_of(site)
    assert {"index.html", "lessons/index.html", "lessons/2026/NM-2026-7QTST.html", "how-to-report.html"} <= set(pages)
    lost = pages["404.html"].values("href", "src", "action")
    assert all(value.startswith(("/", "#")) for value in lost)
    assert {"/index.html", "/lessons/index.html", "/search.html", "/how-to-report.html"} <= set(lost)
    for name, page in pages.items():
        for value in page.values("href", "src"):
            address, _, fragment = value.partition("#")
            target = address.partition("?")[0]
            home = (site / name).parent
            path = os.path.normpath(home / unquote(target).removeprefix("/")) if target else str(site / name)
            assert not target.startswith("/") or name == "404.html"
            assert Path(path).is_file() or (Path(path) / "index.html").is_file(), f"{name}: {value}"
            if fragment and path.endswith(".html"):
                assert fragment in Page(Path(path).read_text("utf-8")).values("id"), f"{name}: {value}"


def test_nothing_is_loaded_from_another_host(make_record: MakeRecord, make_data: MakeData, build: Build) -> None:
    """No page and no style sheet names another host for anything that a browser fetches by itself."""
    site = build(make_data(make_record()))
    loads = [
        value
        for page in pages_of(site).values()
        for tag, attrs in page.tags
        for name, value in attrs
        if value and (name in {"src", "srcset", "poster"} or (name == "href" and tag != "a"))
    ]
    styles = [path.read_text("utf-8") for path in site.rglob("*.css")]
    loads += [url for style in styles for url in re.findall(r"(?:url\(|@import )[\"']?([^\"')]+)", style)]
    assert len(loads) > 20
    assert [load for load in loads if re.match(r"(?i)(https?:)?//", load)] == []


def test_injections_in_every_text_are_inert(make_record: MakeRecord, make_data: MakeData, build: Build) -> None:
    """With the worst text in every field and label, the pages have the tags of a harmless one, and honest links."""
    words = ("harmless " * len(INJECTION))[: len(INJECTION)].strip().ljust(len(INJECTION), "x")
    harmless = pages_of(build(make_data(with_text(make_record, words), vocabulary=labelled(words))))
    site = build(make_data(with_text(make_record, INJECTION), vocabulary=labelled(INJECTION)))
    attacked = pages_of(site)
    assert set(attacked) == set(harmless)
    for name, page in attacked.items():
        assert without_marks(page) == without_marks(harmless[name]), name
        assert page.comments == harmless[name].comments, name
    text = (site / "lessons/2026/NM-2026-7QTST.html").read_text("utf-8")
    assert "{{ 7*7 }}" in text
    assert "49" not in re.sub(r"<[^>]+>", "", text.partition("<article")[2])


DRAWN = ("text", "tspan", "rect", "path")


def without_marks(page: Page) -> list[Any]:
    """Return the tags but what the Markdown of records makes, names for search, and the lines of drawings.

    Lines of a drawing break where letters end; `tests/render/pictures` attacks what it writes.
    """
    links = [attrs for tag, attrs in page.tags if tag == "a" and ("rel", REL) in attrs]
    assert all(re.fullmatch(r"https://evil\.example(/[xy]\.png)?", str(dict(attrs)["href"])) for attrs in links)
    tags = [(tag, attrs) for tag, attrs in page.tags if "data-pagefind-meta" not in dict(attrs) and tag not in DRAWN]
    return [(tag, attrs) for tag, attrs in tags if tag != "strong" and not (tag == "a" and ("rel", REL) in attrs)]


def test_the_title_is_the_headline_and_escaped(make_record: MakeRecord, make_data: MakeData, build: Build) -> None:
    """The browser's title shows the headline letter by letter; the theme's own block would have undone the escaping."""
    headline = "Loading & </title><script>x</script> &lt;b&gt;"
    site = build(make_data(make_record(lesson__headline=headline)))
    html = (site / "lessons/2026/NM-2026-7QTST.html").read_text("utf-8")
    assert "<title>Loading &amp; &lt;/title&gt;&lt;script&gt;x&lt;/script&gt; &amp;lt;b&amp;gt; - Near misses" in html


def test_a_menu_and_pages_of_ones_own_are_followed(
    make_record: MakeRecord, make_data: MakeData, build: Build, instance: Path
) -> None:
    """The nav's own titles stand in the menu; written pages that were taken away are linked from nowhere.

    Pages that no nav names have the menu of the section that leads to them, and the page for addresses that do not
    exist finds its way from any of them to a site below a folder, in the language of the site.
    """
    site = instance / "site"
    for name in HAND_WRITTEN:
        (site / "docs" / name).unlink()
    shutil.rmtree(site / "languages")
    (site / "docs/index.md").write_text("# X\n")
    configuration = (site / "mkdocs.yml").read_text("utf-8")
    configuration = configuration.replace("By hazard:", "Our hazards:").replace("language: en", "language: de")
    kept = [line for line in configuration.splitlines() if not line.endswith(HAND_WRITTEN)]
    (site / "mkdocs.yml").write_text("\n".join([*kept, "site_url: https://a.example/x/y/"]))
    rules = {"workflow": {"states": [{"state": "reported", "kind": "open"}]}}
    built = build(make_data(make_record(), rules=rules))
    topic = (built / "lessons/by-hazard/moving-vehicle.html").read_text("utf-8")
    menu = topic[topic.index('<div class="md-sidebar md-sidebar--primary"') : topic.index('<div class="md-content"')]
    assert "<title>Moving vehicle - Beinaheunfälle</title>" in topic
    assert '<a href="../../lessons/by-hazard.html" class="md-nav__link">' in menu
    assert "Our hazards" in menu
    assert " hidden>" not in menu[: menu.index(">") + 1]
    index = (built / "lessons/by-hazard.html").read_text("utf-8")
    assert "<title>Erkenntnisse nach Gefährdung - Beinaheunfälle</title>" in index
    lesson = (built / "lessons/2026/NM-2026-7QTST.html").read_text("utf-8")
    for html in (topic, index, lesson):
        tabs = html[html.index('<nav class="md-tabs"') :]
        assert re.findall(r'md-tabs__item--active">\s*<a [^>]*>\s*(\w+)', tabs) == ["Erkenntnisse"]
    assert "anonymity.html" not in (built / "how-we-handle-reports.html").read_text("utf-8")
    assert "how-to-report.html" not in (built / "posters/all-areas.html").read_text("utf-8")
    lost = (built / "404.html").read_text("utf-8")
    assert "Diese Seite gibt es nicht" in lost
    assert '<a href="/x/y/lessons/index.html">Alle Erkenntnisse</a>' in lost
    assert 'role="search" action="/x/y/search.html"' in lost
    assert "how-to-report" not in lost


def test_the_software_section_appears_where_its_pages_are(
    make_record: MakeRecord, make_data: MakeData, build: Build, instance: Path
) -> None:
    """The same mkdocs.yml serves an instance and the project itself, whose pages come under a heading of their own."""
    without = (build(make_data(make_record())) / "index.html").read_text("utf-8")
    project = instance / "site/docs/project"
    project.mkdir()
    (project / "index.md").write_text("# About the software\n")
    (project / "formats.md").write_text("# Formats\n")
    with_pages = (build(make_data(make_record())) / "index.html").read_text("utf-8")
    assert "This software" not in without
    assert with_pages.index("This software") < with_pages.index("Formats")


def test_a_broken_record_stops_a_strict_build_with_its_sentence(
    make_record: MakeRecord, make_data: MakeData, build: Build
) -> None:
    """The error names file, line, field and rule; control characters in it do not reach the terminal."""
    finding = Finding(
        code="sealed-changed",
        message="was changed \x1b[31mafter it was signed off",
        hint="Put it back, or correct it with `nearmiss correct`.",
        record="NM-2026-7QTST",
        path="records/2026/03/NM-2026-7QTST.yaml",
        line=12,
        field=("report", "what_happened"),
    )
    note = Finding(code="n", message="only a note", severity=Severity.NOTE)
    with pytest.raises(SiteBuildError) as caught:
        build(make_data(make_record(), findings=[finding, note]))
    assert (
        "nearmiss: records/2026/03/NM-2026-7QTST.yaml:12: report.what_happened was changed  [31mafter it was "
        "signed off (sealed-changed). NM-2026-7QTST is not published until this is mended. "
        "Put it back, or correct it with `nearmiss correct`."
    ) in caught.value.message
    assert "only a note" not in caught.value.message


def test_a_broken_record_is_left_out_of_a_build_that_is_not_strict(
    make_record: MakeRecord, make_data: MakeData, build: Build
) -> None:
    """Without --strict the others are published, and the broken one is not."""
    finding = Finding(code="x", message="is wrong", record="NM-2026-7QTST")
    other = make_record(id="NM-2026-AAAAA")
    said: list[str] = []
    site = build(make_data(make_record(), other, findings=[finding]), strict=False, say=said.append)
    assert said == ["nearmiss: NM-2026-7QTST: is wrong (x). NM-2026-7QTST is not published until this is mended."]
    assert [path.name for path in (site / "lessons/2026").iterdir()] == ["NM-2026-AAAAA.html"]


def test_what_cannot_be_read_is_one_sentence(feed: Feed, instance: Path) -> None:
    """An error of the application ends the build with its message and hint."""
    feed(NearMissError("The policy cannot be read.", hint="Run `nearmiss check`."))
    with pytest.raises(SiteBuildError, match=r"The policy cannot be read\. Run `nearmiss check`\."):
        build_site(instance)


def test_a_broken_template_of_the_instance_is_named(make_data: MakeData, build: Build, instance: Path) -> None:
    """A template that the instance replaced and broke is named with its line; others still come from the program."""
    folder = instance / "templates/site"
    folder.mkdir(parents=True)
    (folder / "as-of.html.j2").write_text("{{ todayy }}")
    with pytest.raises(SiteBuildError, match=r"site/as-of\.html\.j2 cannot be rendered: 'todayy' is undefined"):
        build(make_data())


def test_the_theme_goes_on_with_the_program(make_data: MakeData, build: Build, instance: Path, tmp_path: Path) -> None:
    """A register without a copy of the theme has every page and file of it; a file of its own stands in for one."""
    copied = build(make_data(), output=tmp_path / "copied")
    for folder in ("partials", "assets"):
        shutil.rmtree(instance / "site/theme" / folder)
    for name in ("main.html", "404.html"):
        (instance / "site/theme" / name).unlink()
    bare = build(make_data(), output=tmp_path / "bare")
    files = {path.relative_to(copied): path for path in copied.rglob("*") if path.is_file()}
    assert {path.relative_to(bare) for path in bare.rglob("*") if path.is_file()} == set(files)
    changed = {str(name) for name, path in files.items() if path.read_bytes() != (bare / name).read_bytes()}
    assert not [name for name in changed if not name.startswith("pagefind/") and not name.endswith(".gz")]
    (instance / "site/theme/assets/images").mkdir(parents=True)
    (instance / "site/theme/assets/images/logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert len((build(make_data()) / "assets/images/logo.svg").read_bytes()) == len(
        "<svg xmlns='http://www.w3.org/2000/svg'/>"
    )


def test_a_broken_template_of_the_theme_is_told(make_data: MakeData, build: Build, instance: Path) -> None:
    """What a team broke in its own site/theme/ is a sentence, not a fault of the program; nothing is told twice."""
    (instance / "site/theme/main.html").write_text("{% if %}")
    with pytest.raises(SiteBuildError, match="Expected an expression"):
        build(make_data())
    (instance / "templates/site").mkdir(parents=True)
    (instance / "templates/site/posters.html.j2").write_text("{% if %}")
    with pytest.raises(SiteBuildError, match=r"posters\.html\.j2, line 1") as caught:
        build(make_data())
    assert "Aborted" not in caught.value.message


def test_an_own_template_is_used(make_data: MakeData, build: Build, instance: Path) -> None:
    """A team changes words and layout by a file of the same name in its own templates/."""
    folder = instance / "templates/site"
    folder.mkdir(parents=True)
    (folder / "as-of.html.j2").write_text("<p>Our own words, {{ today }}.</p>")
    assert "Our own words, 21 November 2026." in (build(make_data()) / "index.html").read_text("utf-8")


def test_a_link_of_a_template_to_no_page_stops_a_strict_build(
    make_data: MakeData, build: Build, instance: Path
) -> None:
    """Links on generated pages are checked as those on written pages are."""
    folder = instance / "templates/site"
    folder.mkdir(parents=True)
    (folder / "as-of.html.j2").write_text('<a href="{{ address_of("gone.md") }}">x</a>')
    with pytest.raises(SiteBuildError, match=r"index\.md links to gone\.md, which does not exist"):
        build(make_data())


def test_a_beginning_of_the_proof_that_is_none_stops_a_build(make_data: MakeData, build: Build, instance: Path) -> None:
    """The sentence names the setting, and what the audit says of it."""
    configuration = instance / "site/mkdocs.yml"
    text = configuration.read_text("utf-8").replace("\n- nearmiss\n", '\n- nearmiss: {audit_from: "gone"}\n')
    configuration.write_text(text, "utf-8")

    def audit(_genesis: str = "") -> None:
        raise NearMissError("There is no such commit.", hint="Look at `git log`.")

    with pytest.raises(SiteBuildError, match=r"from 'gone' on \(`audit_from` of .*\): There is no such commit\. Look"):
        build(make_data(audit=audit))


def test_an_unknown_part_stops_a_strict_build(make_data: MakeData, build: Build, instance: Path) -> None:
    """A written page that asks for what is not there is told what there is."""
    (instance / "site/docs/anonymity.md").write_text("# X\n\n<!-- nearmiss: weather -->\n")
    with pytest.raises(SiteBuildError, match=r"anonymity\.md asks for the part 'weather'.*as-of, counts, early-"):
        build(make_data())


def test_written_pages_may_link_to_generated_ones(
    make_record: MakeRecord, make_data: MakeData, build: Build, instance: Path
) -> None:
    """A generated page is a file to MkDocs: a link to it is good, one to a lesson that is not there is not."""
    page = instance / "site/docs/anonymity.md"
    page.write_text("# X\n\n[a](lessons/2026/NM-2026-7QTST.md)\n")
    assert 'href="lessons/2026/NM-2026-7QTST.html"' in (build(make_data(make_record())) / "anonymity.html").read_text(
        "utf-8"
    )
    page.write_text("# X\n\n[a](lessons/2026/NM-2026-AAAAA.md)\n")
    with pytest.raises(SiteBuildError, match="NM-2026-AAAAA"):
        build(make_data(make_record()))


def test_a_second_build_leaves_nothing_of_the_first(
    make_record: MakeRecord, make_data: MakeData, build: Build, tmp_path: Path
) -> None:
    """What is not released any more is gone after the next build."""
    output = tmp_path / "out"
    site = build(make_data(make_record()), output=output)
    assert site == output
    build(make_data(make_record(lesson__release={"to": "team"})), output=output)
    assert "7QTST" not in "".join(path.read_text("utf-8") for path in output.rglob("*.html"))


def test_a_withdrawn_lesson_keeps_its_address_and_says_so(
    make_record: MakeRecord, make_data: MakeData, build: Build, tmp_path: Path
) -> None:
    """Who has its address reads that it was withdrawn, and nothing of what it said; no list leads there."""
    site = build(make_data(make_record(lesson__status="withdrawn")), output=tmp_path / "out")
    html = (site / "lessons/2026/NM-2026-7QTST.html").read_text("utf-8")
    assert "This lesson was withdrawn" in html
    assert '<meta name="robots" content="noindex">' in html
    assert "trailer" not in html
    assert [path.name for path in site.rglob("*.html") if "7QTST" in path.read_text("utf-8")] == ["NM-2026-7QTST.html"]


def test_a_folder_that_is_no_site_is_never_emptied(make_data: MakeData, build: Build, tmp_path: Path) -> None:
    """MkDocs empties its output folder; somebody's documents are refused and stay."""
    letter = tmp_path / "documents" / "letter.txt"
    letter.parent.mkdir()
    letter.write_text("dear")
    with pytest.raises(OutputInUseError, match="is not empty"):
        build(make_data(), output=letter.parent)
    assert letter.read_text() == "dear"
    empty = tmp_path / "empty"
    empty.mkdir()
    assert (build(make_data(), output=empty) / "index.html").is_file()


@pytest.mark.parametrize("place", ["records/public", "site/theme/public", ".git", "site/../workflow"])
def test_no_site_is_built_among_what_a_register_keeps(
    instance: Path, make_data: MakeData, build: Build, place: str
) -> None:
    """There it would be taken for records, rules or pages; nothing is written."""
    before = sorted(instance.rglob("*"))
    with pytest.raises(OutputInRegisterError, match=r"lies in .*/ of the register"):
        build(make_data(), output=instance / place)
    assert sorted(instance.rglob("*")) == before


@pytest.mark.parametrize("place, error", [("records", OutputInRegisterError), ("../letters", OutputInUseError)])
def test_what_the_configuration_names_is_never_emptied_either(
    instance: Path, feed: Feed, make_data: MakeData, place: str, error: type[NearMissError]
) -> None:
    """Neither records nor documents are removed by a `site_dir`, also where MkDocs itself builds."""
    kept = instance / place / "kept.txt"
    kept.parent.mkdir(parents=True)
    kept.write_text("dear")
    feed(make_data())
    path = instance / "site/mkdocs.yml"
    path.write_text(path.read_text("utf-8").replace("site_dir: _build", f"site_dir: ../{place}"), "utf-8")
    with pytest.raises(error):
        build_site(instance)
    with pytest.raises(Abort):
        mkdocs_build(load_config(str(path)))
    assert [path.name for path in kept.parent.iterdir()] == ["kept.txt"]


def test_a_build_that_was_cut_short_is_made_again(
    make_record: MakeRecord, make_data: MakeData, build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a killed build left, without the pages by which a site is known, stands in nobody's way."""
    output = tmp_path / "out"

    def cut_short(config: MkDocsConfig) -> None:
        (Path(config.site_dir) / "half").mkdir()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("mkdocs.commands.build.build", cut_short)
        with pytest.raises(KeyboardInterrupt):
            build(make_data(make_record()), output=output)
    assert {path.name for path in output.iterdir()} == {BEGUN, "half"}

    build(make_data(make_record()), output=output)

    assert (output / "index.html").is_file()
    assert not (output / BEGUN).exists()
    assert not (output / "half").exists()


def test_a_folder_without_a_site_is_told_so(tmp_path: Path) -> None:
    """Build and serve name the file that is missing."""
    for use in (build_site, serve_site):
        with pytest.raises(NoSiteError, match=r"There is no site/mkdocs\.yml in"):
            use(tmp_path)


def test_a_broken_configuration_is_told(instance: Path, feed: Feed, make_data: MakeData) -> None:
    """A mistake in mkdocs.yml is a sentence, not a traceback."""
    feed(make_data())
    (instance / "site/mkdocs.yml").write_text("site_name: X\ntheme: gone\nplugins: [nearmiss]\n")
    with pytest.raises(SiteBuildError, match="gone"):
        build_site(instance)


@pytest.mark.parametrize(
    "more, words",
    [
        ("hooks: [evil.py]", "names hooks, which run code"),
        ("plugins: [nearmiss, macros]", "names the plugin 'macros'"),
        ("plugins: [nearmiss, material/projects: {}]", "names the plugin 'material/projects'"),
        ("plugins: {nearmiss: {}, gen-files: {}}", "names the plugin 'gen-files'"),
        ("INHERIT: ../other.yml", "inherits from another file"),
        ("extra: !!python/object/apply:os.system [exit]", "cannot be read as plain YAML .line 2"),
        ("extra: !ENV HOME", "cannot be read as plain YAML"),
        ("extra: [", "cannot be read as plain YAML"),
        ("extra: \x00", "it is not YAML text"),
        ("extra: " + "[" * 5000, "cannot be read as plain YAML"),
    ],
)
def test_a_configuration_that_could_run_code_is_refused(instance: Path, more: str, words: str) -> None:
    """What mkdocs.yml could run on the machine that builds or serves is refused before MkDocs reads it."""
    (instance / "site/mkdocs.yml").write_text(f"site_name: X\n{more}\n")
    for use in (build_site, serve_site):
        with pytest.raises(UnsafeSiteError, match=words) as caught:
            use(instance)
        assert caught.value.hint


def test_a_configuration_that_is_no_mapping_is_refused(instance: Path) -> None:
    """A list is no configuration, and the error says what to write."""
    (instance / "site/mkdocs.yml").write_text("- site_name\n")
    with pytest.raises(UnsafeSiteError, match="is no mapping"):
        build_site(instance)


def test_the_repository_can_be_named(instance: Path, feed: Feed, make_data: MakeData, tmp_path: Path) -> None:
    """Docs that lie elsewhere name the repository; without a name, and with none above, the build says so."""
    feed(make_data())
    elsewhere = tmp_path / "elsewhere"
    (instance / "site").rename(elsewhere)
    configuration = elsewhere / "mkdocs.yml"
    site = tmp_path / "other"
    (site / "site").mkdir(parents=True)
    configuration.rename(site / "site/mkdocs.yml")
    text = (site / "site/mkdocs.yml").read_text("utf-8")
    text = text.replace("docs_dir: docs", f"docs_dir: {elsewhere}/docs").replace(
        "custom_dir: theme", f"custom_dir: {elsewhere}/theme"
    )
    (site / "site/mkdocs.yml").write_text(text)
    with pytest.raises(SiteBuildError, match="No near-miss repository was found above the docs"):
        build_site(site)
    named = text.replace("- nearmiss\n", "- nearmiss:\n    repository: ../../instance\n")
    (site / "site/mkdocs.yml").write_text(named)
    assert build_site(site).is_file()


def test_serving_builds_from_the_same_configuration(instance: Path) -> None:
    """The server gets the instance's configuration and the address, and its warnings are passed on."""
    given: dict[str, Any] = {}
    said: list[str] = []

    def server(**options: Any) -> None:
        given.update(options)
        logging.getLogger("mkdocs.livereload").warning("something is odd")

    serve_site(instance, address="127.0.0.1:8123", say=said.append, server=server)
    assert said == ["something is odd"]
    assert given == {
        "config_file": str(instance / "site/mkdocs.yml"),
        "dev_addr": "127.0.0.1:8123",
    }


def test_an_address_in_use_is_one_sentence(instance: Path) -> None:
    """A port that is taken is no traceback."""

    def taken(**_options: Any) -> None:
        raise OSError(98, "Address already in use")

    with pytest.raises(SiteServeError, match=r"at 127\.0\.0\.1:8000: Address already in use"):
        serve_site(instance, server=taken)


@pytest.mark.parametrize("address", ["nowhere", "8000", "localhost", "127.0.0.1:99999", "127.0.0.1:80x", "a.example:1"])
def test_a_bad_address_is_one_sentence(instance: Path, address: str) -> None:
    """What is no host with a port is refused before anything is built, and the error says how one is written."""
    with pytest.raises(SiteServeError, match=r"that is no HOST:PORT, such as 127\.0\.0\.1:8080"):
        serve_site(instance, address=address)


def test_serving_watches_what_the_pages_are_made_from(instance: Path) -> None:
    """Records, vocabulary, templates and policy are watched where they exist, and the site's own part of the theme."""

    class Server:
        """Notes what it is to watch."""

        def __init__(self) -> None:
            self.watched: list[str] = []
            self.builder: Callable[[], None] = lambda: None

        def watch(self, path: str) -> None:
            """Note one folder."""
            self.watched.append(path)

    (instance / "records").mkdir()
    config = load_config(str(instance / "site/mkdocs.yml"))
    plugin = config.plugins["nearmiss"]
    assert isinstance(plugin, NearMissPlugin)
    server = Server()
    plugin.on_serve(server, config=config)  # type: ignore[arg-type]
    assert server.watched == [
        str(instance / name) for name in ("records", "workflow/policy", "site/languages", "site/theme")
    ]


def test_the_theme_is_quiet_under_our_commands(instance: Path) -> None:
    """Neither the theme's notice nor MkDocs' log reaches the screen."""
    program = (
        "import sys, types, datetime, pathlib\n"
        "from nearmiss.engine.publishing.site_data import SiteData\n"
        "day = datetime.date(2026, 1, 1)\n"
        "data = SiteData(gists={}, told=lambda ids: {}, vocabulary={}, settings={}, bands=lambda s, l: '', today=day)\n"
        "fake = types.ModuleType('nearmiss.app.site')\n"
        "fake.load_site_data = lambda directory: data\n"
        "fake.vault_of_pages = lambda directory: None\n"
        "sys.modules['nearmiss.app.site'] = fake\n"
        "sys.argv[0] = 'mkdocs'\n"
        "from nearmiss.site.build import build_site\n"
        "print(build_site(pathlib.Path(sys.argv[1])))\n"
    )
    environment = {key: value for key, value in os.environ.items() if "MKDOCS" not in key}
    done = subprocess.run(
        [sys.executable, "-c", program, str(instance)], capture_output=True, text=True, check=False, env=environment
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{instance / 'site/_build/index.html'}\n"


def test_a_site_of_another_generator_is_never_emptied(make_data: MakeData, build: Build, tmp_path: Path) -> None:
    """It too has a first page, a page for wrong addresses and a map: by these alone it is not taken for ours."""
    foreign = tmp_path / "public"
    foreign.mkdir()
    for name in ("index.html", "404.html", "sitemap.xml"):
        (foreign / name).write_text("theirs")
    with pytest.raises(OutputInUseError):
        build(make_data(), output=foreign)
    assert {path.read_text() for path in foreign.iterdir()} == {"theirs"}


def test_two_builds_never_fill_one_folder_together(make_data: MakeData, build: Build, tmp_path: Path) -> None:
    """The second is refused while the first is at work, touches nothing, and passes when that one has ended."""
    output = tmp_path / "out"
    build(make_data(), output=output)
    code = (
        "import pathlib, sys; from nearmiss.site.output import BEGUN, take_turn; site = pathlib.Path(sys.argv[1]); "
        "(site / BEGUN).touch(); take_turn(site); print('mine', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, output], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdin is not None
        assert first.stdout is not None
        assert first.stdout.readline() == "mine\n"
        before = {path: path.stat().st_mtime_ns for path in output.rglob("[!.]*")}
        with pytest.raises(SiteBuildError, match="Another build is filling"):
            build(make_data(), output=output)
        assert {path: path.stat().st_mtime_ns for path in output.rglob("[!.]*")} == before
    build(make_data(), output=output)
    assert not (output / BEGUN).exists()
