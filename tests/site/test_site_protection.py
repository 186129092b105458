"""How those who report are protected: a page in each language of the form, each leading to the others."""

from __future__ import annotations

import pytest

from tests.site.conftest import MakeData, Show


@pytest.mark.parametrize(
    "path, language, title, sentence",
    [
        ("how-we-protect-you.md", "en", "How we protect you", "What cannot be protected"),
        ("how-we-protect-you/de.md", "en", "So schützen wir", "Was "),
        ("how-we-protect-you/es.md", "en", "Cómo protegemos", "Lo que "),
        ("how-we-protect-you/pl.md", "en", "Jak chronimy", "Czego "),
        ("how-we-protect-you.md", "de", "So schützen wir", "Was "),
        ("how-we-protect-you/en.md", "de", "How we protect you", "What cannot be protected"),
    ],
)
def test_each_language_of_the_form_has_its_page(
    make_data: MakeData, show: Show, path: str, language: str, title: str, sentence: str
) -> None:
    """Whatever the language of the site, the page in each language of the form says it wholly in that language."""
    body = show(make_data(), path, language)

    assert f'<h1 id="top">{title}' in body
    assert sentence in body
    assert body.count("hreflang") == 3
    if "en" not in path and language != "de" and path != "how-we-protect-you.md":
        assert "Your photos" not in body


def test_languages_are_those_of_the_form(make_data: MakeData, show: Show) -> None:
    """A form in one language needs one page, and it offers no other."""
    body = show(make_data(intake_languages=("pl",)), "how-we-protect-you.md")

    assert '<div class="nm-protection" lang="pl">' in body
    assert "hreflang" not in body
