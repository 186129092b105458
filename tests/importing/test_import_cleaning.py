"""Foreign text is cleaned without losing what somebody wrote."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from nearmiss.engine.importing.cleaning import clean_line, clean_text, first_words, name_of, normalise_newlines
from nearmiss.models.values import Line, Name, Text
from tests.pace import soon


@pytest.mark.parametrize(
    "foreign, ours",
    [
        ("Crew &amp; engine", "Crew & engine"),
        ("prevent<br/>further<BR>harm", "prevent\nfurther\nharm"),
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ('<b class="x">bold</b> and <a href="https://example.org">link</a>', "bold and link"),
        ("if a < b and c > d", "if a < b and c > d"),
        ("<LCES> was <not> used, x<y", "<LCES> was <not> used, x<y"),
        ("the valve &lt;b&gt; stuck", "the valve <b> stuck"),
        ("AT&T, R&D, &copy that", "AT&T, R&D, &copy that"),
        ("20&#8239;%", "20\u202f%"),
        ("before<script>alert('x')</script>after", "beforeafter"),
        ("kept<!-- hidden -->", "kept"),
        ("open <script> only", "open  only"),
        ("a<STYLE>x</style >b<!-- 1 --><!-- <script> -->c<script>1</script><script>2", "abc2"),
        ("one\r\ntwo\rthree\u2028four\u2029five\x0bsix", "one\ntwo\nthree\nfour\nfive\nsix"),
        ("a\x00b\x07c\x1b[31m\ufeff", "abc[31m"),
        ("turned \u202eround\u2066", "turned round"),
        ("  spaces \t\n\n\n\nand lines  \n", "spaces\n\nand lines"),
        ("non&nbsp;breaking\xa0space", "non breaking space"),
        ("Ölwechsel – 5 µm, 30 °C, naïve 日本", "Ölwechsel – 5 µm, 30 °C, naïve 日本"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
    ],
)
def test_markup_goes_and_words_stay(foreign: str, ours: str) -> None:
    """Tags, entities and control characters are resolved, and what only looks like them is kept."""
    assert clean_text(foreign) == ours


@pytest.mark.parametrize("piece", ["<script>", "<!--", "</script", "<a ", "&amp", " ", "\r", "<p", "<script x", "\t\n"])
def test_hostile_text_is_cleaned_in_little_time(piece: str) -> None:
    """Text made to keep a pattern busy takes no longer than any other text of its length."""
    soon(2.0, lambda: clean_text("x" + piece * (130_000 // len(piece)) + "x"))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_cleaned_text_is_text_of_a_record(foreign: str) -> None:
    """Whatever a cell holds, what comes out is empty or fits the text of a record."""
    text, line = clean_text(foreign), clean_line(foreign)
    assert not text or TypeAdapter(Text).validate_python(text) == text
    assert not line or TypeAdapter(Line).validate_python(line[:300].strip()) == line[:300].strip()


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Cf", "Zl", "Zp"])))
def test_escaped_text_comes_back(words: str) -> None:
    """Text that a source escaped for HTML reads as before, but for spaces at its ends and ends of lines."""
    assert clean_text(html.escape(words)) == words.replace("\xa0", " ").strip()


@given(st.text(st.characters(exclude_characters="<>&", exclude_categories=["Cc", "Cf", "Cs", "Cn", "Zl", "Zp"])))
def test_words_without_markup_are_not_touched(words: str) -> None:
    """Text without any sign of markup keeps every word and sign."""
    assert clean_line(words).split() == words.split()


@given(st.text())
def test_newlines_are_all_that_is_normalised(text: str) -> None:
    """Normalising newlines is idempotent and changes nothing but ends of lines."""
    once = normalise_newlines(text)
    assert normalise_newlines(once) == once
    assert "".join(once.split()) == "".join(text.split())


@pytest.mark.parametrize(
    "text, words",
    [
        ("NMAC.", "NMAC."),
        ("One line\nand another", "One line"),
        ("A trailer rolled off the dock as a forklift drove in", "A trailer rolled off the dock…"),
        ("x" * 40, "x" * 29 + "…"),
        ("Trailing commas, and then, more of it", "Trailing commas, and then…"),
    ],
)
def test_first_words_end_between_words(text: str, words: str) -> None:
    """A title ends with a whole word and an ellipsis, and a short text is its own title."""
    assert first_words(text, 30) == words
    assert len(words) <= 30


@given(st.text())
def test_every_column_can_be_a_name(column: str) -> None:
    """Whatever a column is called, there is a kebab-case name for its details."""
    assert TypeAdapter(Name).validate_python(name_of(column))


def test_names_of_columns_are_cut_at_a_hyphen() -> None:
    """A long name of a column ends with a whole word."""
    column = "Aircraft 12 / Maintenance Status.Required / Correct Documentation On Board"
    assert name_of(column) == "aircraft-12-maintenance-status-required-correct-documentation-on"
