"""Record text as HTML: a very small language, and nothing that a browser would run."""

from __future__ import annotations

import pytest

from nearmiss.models import values
from nearmiss.render.text import WITHHELD, to_line, to_paragraphs
from tests.render.browsing import parse

INJECTIONS = (
    "{{ 7*7 }}",
    "{% for x in y %}",
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[click](javascript:alert(1))",
    '"><svg onload=alert(1)>',
    "<!-- hidden --> <b>bold</b>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "</title></p></textarea><script>alert(1)</script>",
    "![x](https://evil.example/x.png)",
)


def test_blank_lines_part_paragraphs_and_other_line_ends_are_kept() -> None:
    """A blank line parts paragraphs, a line end is a line break, space at the ends goes."""
    assert to_paragraphs("  One\ntwo\r\n\r\n\nthree  ") == "<p>One<br>\ntwo</p>\n<p>three</p>"


def test_dashes_make_a_list_also_below_a_sentence() -> None:
    """Lines that begin with a dash, a star or a bullet are one list; a line that goes on belongs to its item."""
    assert to_paragraphs("First:\n- one\n  more\n* two\n• three\n\nAfter") == (
        "<p>First:</p>\n<ul>\n<li>one<br>\nmore</li>\n<li>two</li>\n<li>three</li>\n</ul>\n<p>After</p>"
    )


def test_a_line_is_one_line() -> None:
    """Line ends in a line become spaces."""
    assert to_line("a\nb\t c") == "a b c"


@pytest.mark.parametrize(
    "separator", ["\u2028", "\u2029", "\x0b", "\x0c", "\x85", "\u202e", "\x1b", "\x00", "\ufffe", "\ufdd0", "\ud800"]
)
def test_separators_and_controls_are_spaces_not_lines(separator: str) -> None:
    """Unicode line separators, controls and direction marks neither end a line nor reach the page."""
    assert to_paragraphs(f"a{separator}- b") == "<p>a - b</p>"


def test_a_known_id_becomes_a_link_and_an_unknown_one_does_not() -> None:
    """An id is linked where it has a page; the address is escaped; part of a longer word is no id."""
    pages = {"NM-2026-7Q4K2": 'x.html?a="1"&b'}
    assert to_line("As NM-2026-7Q4K2, not NM-2026-00000 or XNM-2026-7Q4K2-9", pages.get) == (
        'As <a href="x.html?a=&quot;1&quot;&amp;b">NM-2026-7Q4K2</a>, not NM-2026-00000 or XNM-2026-7Q4K2-9'
    )


def test_redacted_is_shown_as_withheld() -> None:
    """A withheld value says so, as a line and as paragraphs; the word inside a text is only a word."""
    assert to_line("redacted") == '<span class="nm-withheld">withheld</span>'
    assert to_paragraphs("redacted") == '<p><span class="nm-withheld">withheld</span></p>'
    assert to_line("It was redacted.") == "It was redacted."


def test_the_word_for_withheld_is_the_one_of_the_record_format() -> None:
    """Text and models agree on the word; text does not import models, which take a tenth of a second."""
    assert WITHHELD == values.REDACTED


@pytest.mark.parametrize("injection", INJECTIONS)
@pytest.mark.parametrize("render", [to_line, to_paragraphs])
def test_injections_are_text(injection: str, render: object) -> None:
    """What looks like markup, templates or a picture is shown letter by letter; an address in it is only a link."""
    assert callable(render)
    seen = parse(render(injection))
    assert {tag for tag, _ in seen.tags} <= {"p", "a"}
    assert all(name in ("href", "rel") for _, attributes in seen.tags for name, _ in attributes)
    assert seen.words == injection
    assert not seen.other
