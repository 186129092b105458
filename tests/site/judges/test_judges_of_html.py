"""Every page of the built site is put to the judges of HTML and of links, who may find the theme's faults alone."""

from __future__ import annotations

import re

from tests.site.browser import POLICY
from tests.site.judges.judged import Judged
from tests.site.judges.tools import (
    HTML_VALIDATE,
    LYCHEE,
    VNU,
    Found,
    ask_html_validate,
    ask_lychee,
    ask_vnu,
    needed,
)

Baseline = dict[str, dict[str, str]]


def _beyond(found: Found, known: dict[str, str]) -> tuple[Found, set[str]]:
    """Return what was found beyond the baseline, and what of the baseline was not found."""
    return {fault: pages for fault, pages in found.items() if fault not in known}, set(known) - set(found)


def test_pages_of_every_kind_are_judged(judged: Judged) -> None:
    """The judged site has lessons, lists, hand-written pages and pages about the software; each is told as a kind."""
    kinds = judged.kinds
    assert {"index.html", "lessons/*/*", "lessons/by-*.html", "lessons/by-*/*", "project/*", "404.html"} <= set(kinds)
    assert sum(len(examples) == 2 for examples in kinds.values()) >= 3


def test_vnu_finds_nothing_but_the_themes_faults(judged: Judged, baseline: Baseline) -> None:
    """All pages are valid HTML, but for what the baseline tells of the theme."""
    jar = needed(judged.root, VNU, "java")
    found = judged.once("vnu", lambda: ask_vnu(jar, judged.folder))
    assert _beyond(found, baseline["vnu"]) == ({}, set())


def test_html_validate_finds_nothing_but_the_themes_faults(judged: Judged, baseline: Baseline) -> None:
    """All pages keep the rules of html-validate, those of accessibility too, but for what the baseline tells."""
    program = needed(judged.root, HTML_VALIDATE, "node")
    found = judged.once("html-validate", lambda: ask_html_validate(program, judged.folder))
    assert _beyond(found, baseline["html-validate"]) == ({}, set())


def test_every_page_has_one_first_heading_and_a_title(judged: Judged) -> None:
    """Each page says once what it is, to whoever sees it and to whoever hears it, and no frame shows through."""
    for page in judged.pages:
        text = (judged.folder / page).read_text(encoding="utf-8")
        assert len(re.findall(r"<h1[ >]", text)) == 1, page
        assert re.findall(r"<title>([^<]+)</title>", text), page
        assert "nm-frame-" not in text, page


def test_no_link_is_broken(judged: Judged) -> None:
    """Every link within the site leads to a file, and to a place in it where it names one."""
    program = needed(judged.root, LYCHEE)
    broken, whole = ask_lychee(program, judged.folder)
    assert broken == {}
    assert whole > 10 * len(judged.pages)


def test_every_page_carries_the_policy_and_nothing_that_it_forbids(judged: Judged) -> None:
    """From any server and from disk: pages say themselves what may be loaded, and hold no style and no script."""
    for page in judged.pages:
        text = (judged.folder / page).read_text(encoding="utf-8")
        assert f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">' in text.partition("</head>")[0], page
        tags = re.sub(r"(?s)<!--.*?-->", "", text)
        assert re.findall(r"<style|\sstyle=|\son[a-z]+=[\"']", "".join(re.findall(r"<[a-z][^>]*>", tags))) == [], page
        scripts = re.findall(r"<script([^>]*)>", tags)
        assert [script for script in scripts if " src=" not in script and "application/" not in script] == [], page
        assert re.findall(r"<(?:script|link|img|iframe|source)[^>]*(?:src|href)=\"(?:https?:)?//", tags) == [], page
