"""How we protect you: what is done for those who report, and what nobody can promise, in each language of the form."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from nearmiss.render.languages import own_name, words_in
from nearmiss.shipped import shipped
from nearmiss.site.pages import INTAKE, Page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nearmiss.site.library import Library

PROTECTION = "how-we-protect-you.md"
TITLE = "How we protect you"
"""A sentence of the intake, whose catalogues translate it."""


def protection_pages(library: Library) -> Iterator[Page]:
    """Yield a page for each language in which people may report; the site's own, else the first, is in the menu."""
    languages = library.home.intake_languages
    first = next((one for one in languages if one == library.words.language), languages[0])
    for language in languages:
        title = words_in(language, [shipped("templates")], spoken_by=INTAKE).gettext(TITLE)
        yield Page(
            path=path_in(language, first),
            title=title,
            name=title,
            template="site/how-we-protect-you.html.j2",
            data=partial(_data, languages, language, first),
            in_nav=language == first,
            within="" if language == first else PROTECTION,
            language=language,
        )


def path_in(language: str, first: str) -> str:
    """Return where the page of a language lies."""
    return PROTECTION if language == first else f"{PROTECTION.removesuffix('.md')}/{language}.md"


def _data(languages: Sequence[str], language: str, first: str) -> Mapping[str, Any]:
    return {"here": language, "pages": [(one, own_name(one), path_in(one, first)) for one in languages]}
