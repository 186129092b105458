"""A site in which every word is an attack, in a real browser: none of it runs, loads, asks or breaks anything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from markdown import markdown  # type: ignore[import-untyped]  # what MkDocs reads with; it has no types
from markdown_it import MarkdownIt

from nearmiss.render.subset import TAGS
from nearmiss.render.text import WITHHELD_HTML
from nearmiss.site.build import build_site
from nearmiss.site.exporting import export_site
from tests.engine.scene import SetClock
from tests.render.browsing import parse
from tests.site.browser import POLICY, Watched, needs_browser
from tests.site.browser import served as at_address
from tests.site.building import copy_site, day
from tests.site.planted_register import Making, fill, lay_down, mend, planted_world
from tests.site.planting import ATTACKS, PoisonBed

TAGS_OF_MARKDOWN = {
    *("a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "hr", "li", "ol", "p", "pre", "strong"),
    *("table", "tbody", "td", "th", "thead", "tr", "ul"),
}
CONTENT = "{http://www.w3.org/2005/Atom}content"
NAMES_IN_ADDRESSES = (
    *("q", "text", "sort", "classification", "kind", "area", "hazard", "site", "cause", "control", "severity", "year"),
    *("origin", "register", "page", "h", "highlight"),
)
"""What scripts read from addresses."""

WATCH = """
window.violations = [];
addEventListener("securitypolicyviolation", (event) => {
  window.violations.push([event.effectiveDirective, event.blockedURI, event.sample, event.lineNumber].join(" "));
});
"""

PROVOKE = r"""
() => {
  const wrong = [];
  const ours = document.querySelector("article") || document.body;
  for (const one of document.querySelectorAll("*")) {
    const theme = !ours.contains(one);
    for (const attribute of one.attributes) {
      if (attribute.name.startsWith("on")) wrong.push(`${attribute.name} on ${one.outerHTML.slice(0, 200)}`);
      if (!theme && attribute.name === "style") wrong.push(`a style on ${one.outerHTML.slice(0, 200)}`);
    }
    const name = one.localName;
    if (name === "script" && !one.text && /\/assets\/javascripts\/nearmiss-explore\.js$/.test(one.src)) continue;
    if (["iframe", "object", "embed", "base", "video", "audio", "math", "foreignobject", "applet"].includes(name)
        || (!theme && ["script", "style", "link", "meta"].includes(name) && one.type !== "application/json"
            && !(name === "script" && one.src.startsWith(location.origin + "/assets/javascripts/nearmiss-"))))
      wrong.push(`a ${name}: ${one.outerHTML.slice(0, 200)}`);
    if (one.href && !/^(https?|file|mailto|tel):/.test(one.href.baseVal === undefined ? one.href : "https:"))
      wrong.push(`an address: ${one.outerHTML.slice(0, 200)}`);
    if (one.action && name === "form" && new URL(one.action).origin !== location.origin)
      wrong.push(`a form: ${one.outerHTML.slice(0, 200)}`);
    for (const kind of ["mouseover", "mouseenter", "focus", "toggle", "load", "error", "pointerover"])
      one.dispatchEvent(new Event(kind));
  }
  return wrong;
}
"""
"""Look at every element as the browser has it, and provoke what could be waiting in it."""


def renamed(configuration: str) -> str:
    """Return `mkdocs.yml` with attacks where the site is named and described."""
    attack = json.dumps(f"Site {ATTACKS[1]} {ATTACKS[3]}").replace("\\", "\\\\")
    return re.sub(r"(?m)^(site_name|site_description): .*$", rf"\1: {attack}", configuration)


@dataclass(frozen=True, kw_only=True)
class Attacked:
    """A register of attacks, its site, and the day of both."""

    making: Making
    clock: SetClock
    root: Path
    built: Path


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory, repo_root: Path) -> Attacked:
    """A register in which every text, label and setting is an attack, and the name of the site too."""
    root = tmp_path_factory.mktemp("attacked") / "register"
    bed = PoisonBed()
    making = Making(planted_world(bed), bed)
    fill(making)
    clock = lay_down(making, root)
    copy_site(repo_root, root)
    configuration = root / "site/mkdocs.yml"
    configuration.write_text(renamed(configuration.read_text("utf-8")), encoding="utf-8")
    with day(clock):
        built = build_site(root, strict=False).parent
    return Attacked(making=making, clock=clock, root=root, built=built)


@pytest.fixture(scope="module")
def attacked(register: Attacked) -> Path:
    """The built site of the register of attacks."""
    return register.built


@pytest.fixture(scope="module")
def served(attacked: Path) -> Iterator[str]:
    """The site at an address."""
    with at_address(attacked, policy=f"{POLICY}; frame-ancestors 'none'") as address:
        yield address


def kinds_of_pages(built: Path) -> list[str]:
    """Return a page of each kind, and of the lessons each one: what makes them differ is what happened to them."""
    found: dict[str, str] = {}
    for path in sorted(built.rglob("*.html")):
        name = path.relative_to(built).as_posix()
        kind = name if re.search(r"NM-", name) or name.count("/") < 2 else name.rpartition("/")[0]
        found.setdefault(kind, name)
    return list(found.values())


class Visitor(Watched):
    """A tab that notes what pages try to do."""

    def __init__(self, browser: Any, *, bypass: bool) -> None:
        super().__init__(browser, width=1280, bypass_csp=bypass)
        self.context.add_init_script(WATCH)
        self.tab.on("popup", lambda popup: self.note(f"a window: {popup.url}"))

    def visit(self, address: str, *, wait_for: str = "article") -> list[str]:
        """Look at a page once something is on it, provoke what is there, and return what went wrong."""
        before = len(self.said)
        self.tab.goto(address, wait_until="load")
        self.tab.locator(wait_for).first.wait_for(state="attached")
        wrong = list(self.tab.evaluate(PROVOKE))
        if self.tab.evaluate("window.pwned") is not None:
            wrong.append("something ran")
        if self.tab.url.partition("?")[0].partition("#")[0] != address.partition("?")[0].partition("#")[0]:
            wrong.append(f"the tab went to {self.tab.url}")
        return [f"{address}: {one}" for one in (*wrong, *self.said[before:], *self.tab.evaluate("window.violations"))]


@needs_browser
def test_nothing_of_the_attacks_runs_or_asks_even_without_the_policy(attacked: Path, served: str, browser: Any) -> None:
    """No page has an element, address or handler from a text; nothing runs when provoked; no other host is asked."""
    visitor = Visitor(browser, bypass=True)
    wrong = [one for page in kinds_of_pages(attacked) for one in visitor.visit(served + page)]
    assert wrong == []
    assert [url for url in visitor.asked if not url.startswith((served, "data:", "blob:"))] == []
    assert len(visitor.asked) > len(kinds_of_pages(attacked)) > 20
    visitor.context.close()


@needs_browser
def test_the_strict_policy_holds_and_has_nothing_to_forbid(attacked: Path, served: str, browser: Any) -> None:
    """Under the strict policy, which the server sends, no page tries anything that it forbids."""
    visitor = Visitor(browser, bypass=False)
    kinds = {re.sub(r"NM-\d{4}-\w+", "ID", page): page for page in kinds_of_pages(attacked)}
    assert [one for page in kinds.values() for one in visitor.visit(served + page)] == []
    visitor.context.close()


@needs_browser
def test_what_scripts_of_ours_show_is_words_too(served: str, browser: Any) -> None:
    """What the search and the filters find in attacked pages is shown as text, and nothing in it runs."""
    visitor = Visitor(browser, bypass=True)
    assert visitor.visit(f"{served}search.html?q=pwned", wait_for="#nm-find-results li") == []
    assert "window.pwned=1" in visitor.tab.inner_text("#nm-find-results")
    assert visitor.visit(f"{served}lessons/index.html?text=pwned", wait_for="#explore-results .nm-card") == []
    assert "window.pwned=1" in visitor.tab.inner_text("#explore-results")
    assert [url for url in visitor.asked if not url.startswith((served, "data:", "blob:"))] == []
    visitor.context.close()


@needs_browser
@pytest.mark.parametrize("page", ["index.html", "search.html", "lessons/index.html"])
def test_an_address_that_attacks_runs_nothing(served: str, browser: Any, page: str) -> None:
    """Links with attacks in their questions, in every name that our scripts read, and after the `#`: nothing runs."""
    visitor = Visitor(browser, bypass=True)
    attack = quote("'\"><img src=//evil.example/a onerror=window.pwned=1><script>window.pwned=1</script>")
    asked = "&".join(f"{name}={attack}" for name in (*NAMES_IN_ADDRESSES, "__proto__[x]", "constructor"))
    wrong = [
        one
        for end in (
            f"?{asked}",
            f"?{asked}#{attack}",
            "#javascript:window.pwned=1",
            f"?q=javascript:window.pwned=1#{attack}",
        )
        for one in visitor.visit(f"{served}{page}{end}")
    ]
    assert wrong == []
    assert [url for url in visitor.asked if not url.startswith((served, "data:", "blob:"))] == []
    visitor.context.close()


def test_pages_as_markdown_are_inert_to_whoever_reads_them(register: Attacked, tmp_path: Path) -> None:
    """Rendered by others, HTML allowed, an exported page has no tag, address or shortcode that comes from a text."""
    mend(register.making, register.root)
    with day(register.clock):
        export_site(register.root, tmp_path / "pages")
    pages = sorted((tmp_path / "pages/lessons").rglob("*.md"))
    for page in pages:
        _, matter, body = page.read_text("utf-8").split("---\n", 2)
        assert not re.search(r"[<>]", matter), page
        assert not re.search(r"\{[{%<#]", body), page
        for read in (MarkdownIt("commonmark").enable("table").render, partial(markdown, extensions=["tables"])):
            seen = parse(read(body))
            assert {tag for tag, _ in seen.tags} <= TAGS_OF_MARKDOWN, page
            named = [(name, value or "") for _, attributes in seen.tags for name, value in attributes]
            assert {name for name, _ in named} <= {"href", "start", "style"}, page
            addresses = {value for name, value in named if name == "href"}
            assert [one for one in addresses if not re.match(r"https?://|[\w./-]+\.md([?#]|$)|#", one)] == [], page
    assert len(pages) > 20


def test_files_for_programs_are_sound_whatever_the_texts_say(attacked: Path) -> None:
    """Feeds, maps and pictures are XML, data is JSON, scripts of data are one call, and HTML in feeds is harmless."""
    html: list[str] = []
    for path in (path for path in attacked.rglob("*") if "assets" not in path.parts):
        raw = path.read_bytes() if path.is_file() else b""
        if path.suffix in {".xml", ".svg", ".atom"}:
            html += [found.text or "" for found in ET.fromstring(raw).iter(CONTENT)]  # noqa: S314 - written here
        elif path.suffix == ".json":
            data = json.loads(raw)
            items = data.get("items", ()) if isinstance(data, dict) else ()
            html += [item["content_html"] for item in items if "content_html" in item]
        elif path.suffix == ".js" and path.parent.name == "data":
            call = re.fullmatch(r"nearmissLessons\((.*)\);\n", raw.decode(), re.DOTALL)
            assert call, path
            json.loads(call[1])
    assert len(html) > 5
    for one in (parse(one.replace(WITHHELD_HTML, "")) for one in html):
        assert {tag for tag, _ in one.tags} <= {*TAGS, "h2"}
        assert {name for _, attributes in one.tags for name, _ in attributes} <= {"href", "rel", "start"}
