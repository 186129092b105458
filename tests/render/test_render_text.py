"""Record text as HTML: a very small language, and nothing that a browser would run."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearmiss.models import values
from nearmiss.render.text import WITHHELD, to_line, to_paragraphs

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


class Tags(HTMLParser):
    """Collects what a browser would take for markup, and for text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.other: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.words += data

    def handle_comment(self, data: str) -> None:
        """Keep a comment."""
        self.other.append(data)


def parse(html: str) -> Tags:
    """Read HTML as a browser would."""
    tags = Tags()
    tags.feed(html)
    tags.close()
    return tags


def test_blank_lines_part_paragraphs_and_other_line_ends_are_kept() -> None:
    """A blank line parts paragraphs, a line end is a line break, space at the ends goes."""
    assert to_paragraphs("  One\ntwo\r\n\r\n\nthree  ") == "<p>One<br>two</p>\n<p>three</p>"


def test_dashes_make_a_list_also_below_a_sentence() -> None:
    """Lines that begin with a dash are a list; a line that goes on belongs to its item."""
    assert to_paragraphs("First:\n- one\n  more\n* two\n\nAfter") == (
        "<p>First:</p>\n<ul><li>one<br>more</li><li>two</li></ul>\n<p>After</p>"
    )


def test_a_line_is_one_line() -> None:
    """Line ends in a line become spaces."""
    assert to_line("a\nb\t c") == "a b c"


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x0b", "\x0c", "\x85", "\u202e", "\x1b", "\x00"])
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
    """What looks like markup, templates or Markdown is shown letter by letter."""
    assert callable(render)
    seen = parse(render(injection))
    assert {tag for tag, _ in seen.tags} <= {"p"}
    assert seen.words == injection
    assert not seen.other


@given(st.text(alphabet=st.sampled_from("<>&\"'`/=- *\n\r\u2028aZ{}[]()!:#;")) | st.text())
def test_no_text_makes_a_tag_of_its_own(text: str) -> None:
    """Whatever the text, the only tags are ours, and they carry no attributes."""
    for html in (to_line(text), to_paragraphs(text)):
        seen = parse(html)
        assert {tag for tag, _ in seen.tags} <= {"p", "br", "ul", "li", "span"}
        assert all(not attrs for tag, attrs in seen.tags if tag != "span")
