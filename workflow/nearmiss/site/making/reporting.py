"""How to report, as pages say it: whom to call where something is not safe, and where reports are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.render.languages import N_
from nearmiss.site.pages import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.site.library import Library

HOW_TO_REPORT = "how-to-report.md"
ANONYMITY = "anonymity.md"

CALL_AS_SHIPPED = N_("the supervisor of the area, or the emergency number on the poster")
"""What `not_safe_call` says until somebody names a number. It points at the poster, so no poster can say it."""

NOBODY_NAMED = N_("your supervisor, or the emergency number of your site")


def reporting_parts(library: Library) -> Iterator[Part]:
    """Yield what a hand-written page can show of how reports come in."""

    def data() -> Mapping[str, Any]:
        return {
            "desk": library.desk,
            "call": whom_to_call(library),
            "how_to_report": HOW_TO_REPORT,
            "anonymity": ANONYMITY,
        }

    for name in ("report-button", "ways-to-report", "whom-to-call"):
        yield Part(name=name, template=f"site/{name}.html.j2", data=data)


def whom_to_call(library: Library) -> str:
    """Return whom to call when something is not safe, as the settings say it; there is always somebody."""
    call = said_of_call(library)
    return call or library.words.gettext(NOBODY_NAMED)


def said_of_call(library: Library) -> str:
    """Return whom the register's own words name; nothing where nobody has changed what came with the program."""
    call = str(library.home.settings.get("not_safe_call") or "")
    shipped = (CALL_AS_SHIPPED, library.words.gettext(CALL_AS_SHIPPED))
    return "" if call in shipped else call
