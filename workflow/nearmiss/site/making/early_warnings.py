"""Early warnings: what people should know before the cause is known; signed off, provisional, gone after their day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.engine.publishing.publication import warning_of
from nearmiss.render.words import label_of, spell_date
from nearmiss.site.lessons import foreign
from nearmiss.site.pages import Page, Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.engine.publishing.gists import Gist, Warned
    from nearmiss.engine.publishing.site_data import SiteData
    from nearmiss.site.library import Library

EARLY_WARNINGS = "early-warnings.md"


@dataclass(frozen=True, kw_only=True)
class EarlyWarning:
    """One early warning in words; `anchor` names it in an address.

    The texts are as the record has them, in `lang` where that is not the site's language.
    """

    anchor: str
    lang: str
    headline: str
    do_this: str
    until: str
    places: tuple[str, ...]
    origin_label: str


def early_warnings_page(library: Library) -> Page:
    """Return the page of the early warnings in force."""
    return Page(
        path=EARLY_WARNINGS,
        title=library.words.gettext("Early warnings"),
        name=library.words.gettext("Early warnings"),
        template="site/early-warnings.html.j2",
        data=lambda: {"warnings": early_warnings(library)},
        in_nav=True,
    )


def early_warning_parts(library: Library) -> Iterator[Part]:
    """Yield what a hand-written page can show of them."""

    def data() -> Mapping[str, Any]:
        return {"warnings": early_warnings(library), "early_warnings_page": EARLY_WARNINGS}

    yield Part(name="early-warnings", template="site/early-warnings-part.html.j2", data=data)


def early_warnings(library: Library) -> tuple[EarlyWarning, ...]:
    """Return the early warnings of every register that are in force today, those that end last first."""
    found = [
        (warned.until, gist.id, _in_words(warned, gist, source, library))
        for source in library.sources
        for gist in source.sound.values()
        if (warned := warning_of(gist, source.settings, source.today)) is not None
    ]
    return tuple(warning for _, _, warning in sorted(found, key=lambda one: one[:2], reverse=True))


def _in_words(warned: Warned, gist: Gist, source: SiteData, library: Library) -> EarlyWarning:
    words = library.words
    places = (("area", gist.area), ("site", gist.site), ("hazard", gist.hazard))
    return EarlyWarning(
        anchor=gist.id,
        lang=foreign(gist.lang, words),
        headline=warned.headline,
        do_this=warned.do_this,
        until=spell_date(warned.until, words),
        places=tuple(label_of(source.vocabulary, name, term, words) for name, term in places if term),
        origin_label=source.origin_label,
    )
