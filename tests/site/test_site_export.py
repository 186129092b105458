"""The site as plain Markdown: every page, with front matter, in which text of records stays text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from ruamel.yaml import YAML

from nearmiss.engine.publishing.audited import AuditInShort
from nearmiss.engine.publishing.site_data import SiteData
from nearmiss.policy.findings import Finding
from nearmiss.render.markdown_pages import front_matter, to_markdown
from nearmiss.site.build import NoSiteError
from nearmiss.site.configuration import UnsafeSiteError
from nearmiss.site.exporting import FaultyRecordsError, export_site
from nearmiss.site.output import OutputInRegisterError, OutputInUseError

MakeRecord = Callable[..., dict[str, Any]]
MakeData = Callable[..., SiteData]
Feed = Callable[[SiteData | Exception], None]

WORST = "{{ 7*7 }} {% x %} <script>x()</script> &lt; **b** # h `c` [a](javascript:x) ---"


@pytest.fixture
def export(instance: Path, feed: Feed, tmp_path: Path) -> Callable[[SiteData], Path]:
    """Return a function that exports the instance's pages and returns the folder."""

    def export_it(data: SiteData) -> Path:
        feed(data)
        export_site(instance, tmp_path / "pages")
        return tmp_path / "pages"

    return export_it


def test_an_export_leaves_out_the_audit_where_the_site_does(
    make_data: MakeData, export: Callable[[SiteData], Path], instance: Path
) -> None:
    """The page about the site tells what an audit says, unless `mkdocs.yml` wants none, and from when on."""
    asked: list[str] = []

    def audit(genesis: str = "") -> AuditInShort:
        asked.append(genesis)
        return AuditInShort(outcome="pass", commits=1234)

    configuration = instance / "site/mkdocs.yml"
    shipped, told = configuration.read_text("utf-8"), []
    for options in ("", ": {audit: false}", ': {audit_from: "0123"}'):
        configuration.write_text(shipped.replace("\n- nearmiss\n", f"\n- nearmiss{options}\n"), "utf-8")
        told.append("1,234 commits" in (export(make_data(audit=audit)) / "about.md").read_text("utf-8"))
    assert (told, asked) == ([True, False, True], ["", "0123"])


def parts_of(path: Path) -> tuple[dict[str, Any], str]:
    """Return the front matter of a page as another reader of YAML reads it, and the rest."""
    _, matter, body = path.read_text("utf-8").split("---\n", 2)
    return YAML(typ="safe", pure=True).load(matter), body


def test_a_lesson_is_a_page_of_markdown(
    make_record: MakeRecord, make_data: MakeData, export: Callable[[SiteData], Path]
) -> None:
    """With its title and terms for the other generator to sort by, headings, lists, and links to other pages."""
    folder = export(make_data(make_record(), make_record(id="NM-2026-00001")))
    matter, body = parts_of(folder / "lessons/2026/NM-2026-7QTST.md")
    assert matter["title"] == "A trailer is only parked when something holds it"
    assert matter["id"] == "NM-2026-7QTST"
    assert matter["month"] == "2026-03"
    assert (matter["area"], matter["causes"]) == ("Shipping", ["Method", "Measurement"])
    assert "# A trailer is only parked when something holds it" in body
    assert "## What happened" in body
    assert "](../by-classification/safety.md) · [" in body
    assert "](../by-hazard/moving-vehicle.md)" in body
    assert parts_of(folder / "how-to-report.md")[0] == {"title": "How to report"}
    assert "<" not in body


def test_every_link_leads_to_a_page(
    make_record: MakeRecord, make_data: MakeData, export: Callable[[SiteData], Path]
) -> None:
    """From each page made from records, links name files of the export; what only the built site has is left out."""
    folder = export(make_data(make_record(), make_record(id="NM-2026-00001", state="action")))
    pages = list((folder / "lessons").rglob("*.md"))
    assert len(pages) > 10
    for page in pages:
        tokens = MarkdownIt().parse(page.read_text("utf-8").split("---\n", 2)[2])
        links = [child.attrs["href"] for token in tokens for child in token.children or () if child.type == "link_open"]
        for link in map(str, links):
            assert (page.parent / link.partition("#")[0]).exists(), (page, link)


def test_hand_written_pages_come_along_with_their_parts(
    make_record: MakeRecord, make_data: MakeData, export: Callable[[SiteData], Path]
) -> None:
    """The home page has the latest lessons in the place of the comment that asks for them."""
    home = (export(make_data(make_record())) / "index.md").read_text("utf-8")
    assert "nearmiss:" not in home
    assert "](lessons/2026/NM-2026-7QTST.md)" in home


def test_text_of_records_stays_text(
    make_record: MakeRecord, make_data: MakeData, export: Callable[[SiteData], Path]
) -> None:
    """Nothing in it is HTML, a shortcode, a template or Markdown of another meaning to who reads the page."""
    record = make_record(lesson__headline=WORST, lesson__do_this=WORST, report__site="redacted")
    matter, body = parts_of(export(make_data(record)) / "lessons/2026/NM-2026-7QTST.md")
    assert matter["title"] == WORST.replace("<", "\u2039").replace(">", "\u203a")
    assert "site" not in matter
    assert [mark for mark in ("{{", "{%", "<script") if mark in body] == []
    rendered = MarkdownIt("commonmark").render(body)
    assert [mark for mark in ("<script", 'href="javascript') if mark in rendered] == []


@given(text=st.text(alphabet="ab<>{}&*_[]()#`-\\! \"'=|~\n", max_size=40))
def test_whatever_a_page_says_the_markdown_says(text: str) -> None:
    """Reading the Markdown gives the same words back, and nothing else."""
    from html import escape
    from html.parser import HTMLParser

    said: list[str] = []

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            said.append(data)

        def handle_starttag(self, tag: str, _attrs: Any) -> None:
            assert tag == "p"

    Reader().feed(MarkdownIt("commonmark").render(to_markdown(f"<p>a {escape(text)} b</p>")))
    assert " ".join("".join(said).split()) == " ".join(f"a {text} b".split())


def test_front_matter_is_read_back_as_it_was() -> None:
    """Texts with quotes, colons and dashes are texts to any reader of YAML, and no markup to any theme."""
    values = {"title": "He said: 'no' # x", "tags": ["a: b", "---"], "number": 3, "gone": "", "none": None}
    read = YAML(typ="safe", pure=True).load(front_matter(values).strip("-\n"))
    assert read == {"title": "He said: 'no' # x", "tags": ["a: b", "---"], "number": 3}
    assert front_matter({"title": '0;url=x" http-equiv="refresh"><b>'}) == (
        '---\ntitle: "0;url=x\u201d http-equiv=\u201drefresh\u201d\u203a\u2039b\u203a"\n---\n'
    )


def test_a_second_export_replaces_the_first(
    make_record: MakeRecord, make_data: MakeData, export: Callable[[SiteData], Path]
) -> None:
    """What is not released any more is gone."""
    folder = export(make_data(make_record()))
    assert (folder / "lessons/2026/NM-2026-7QTST.md").exists()
    export(make_data(make_record(lesson__release={"to": "team"})))
    assert not (folder / "lessons/2026").exists()


def test_a_folder_of_somebody_is_never_emptied(instance: Path, feed: Feed, make_data: MakeData, tmp_path: Path) -> None:
    """It is refused, and stays as it is."""
    letter = tmp_path / "documents" / "letter.txt"
    letter.parent.mkdir()
    letter.write_text("Dear")
    feed(make_data())
    with pytest.raises(OutputInUseError, match="holds no pages that were exported before"):
        export_site(instance, letter.parent)
    with pytest.raises(OutputInRegisterError):
        export_site(instance, instance / "records" / "pages")
    assert not (instance / "records").exists()
    assert letter.read_text() == "Dear"


def test_records_with_errors_stop_an_export(
    instance: Path, feed: Feed, make_record: MakeRecord, make_data: MakeData, tmp_path: Path
) -> None:
    """Nothing is written, and each is named."""
    record = make_record()
    feed(make_data(record, findings=[Finding(code="x", message="is wrong", record=record["id"], path="a.yaml")]))
    with pytest.raises(FaultyRecordsError, match=r"a\.yaml: is wrong"):
        export_site(instance, tmp_path / "pages")
    assert not (tmp_path / "pages").exists()


def test_without_a_site_there_is_nothing_to_export(tmp_path: Path, instance: Path) -> None:
    """A folder without mkdocs.yml is told so, and one that cannot be read as plain YAML."""
    with pytest.raises(NoSiteError):
        export_site(tmp_path / "nothing", tmp_path / "pages")
    (instance / "site/mkdocs.yml").write_text("a: !!python/name:os.system\n")
    with pytest.raises(UnsafeSiteError):
        export_site(instance, tmp_path / "pages")
