"""What a figure means, for readers: definitions name fields and files for those who work with them; here are words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nearmiss.render.languages import N_
from nearmiss.site.rules_in_words import label_of_state

if TYPE_CHECKING:
    from nearmiss.engine.publishing.site_data import SiteData
    from nearmiss.render.languages import Words

NAMES = {
    "report.reported_on": N_("the report"),
    "report.links": N_("the report"),
    "indicator_factor": N_("the factor"),
    "due_original": N_("the date as it was first signed"),
    "done": N_("“done”"),
    "progress": N_("the reports on progress"),
    "repeat-of": N_("“repeat of”"),
}
"""How a sentence says what it names within itself; what it names in brackets beside the words for it is left out."""

_ASIDE = re.compile(r" ?\(`[^`]+`\)")
_NAME = re.compile(r"`([^`]+)`")


def in_words(definition: str, data: SiteData, words: Words) -> str:
    """Return a definition, in the language of the site already, without the name of any field or file.

    A name that is none of ours is that of a state.
    """

    def spoken(found: re.Match[str]) -> str:
        if found[1] in NAMES:
            return words.gettext(NAMES[found[1]])
        return words.gettext(N_("“%(name)s”"), name=label_of_state(found[1], data.rules, words))

    return _NAME.sub(spoken, _ASIDE.sub("", definition))
