"""The page about the site: what was audited, what it was made from and when, and what is published and what is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.engine.publishing.allow_list import FIELDS
from nearmiss.engine.publishing.publication import restricted_classes
from nearmiss.render.languages import N_
from nearmiss.render.words import spell_date
from nearmiss.site.pages import Page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.engine.publishing.audited import AuditInShort
    from nearmiss.engine.publishing.site_data import SiteData
    from nearmiss.render.languages import Words
    from nearmiss.site.library import Library

ABOUT = "about.md"

SHOWN = {
    "headline": N_("what to remember, as a headline"),
    "what_happened": N_("what happened, in the reporter's words"),
    "what_could_have_happened": N_("what could have happened"),
    "what_stopped_it": N_("what stopped it"),
    "causes": N_("why it could happen"),
    "actions": N_("what was done about it, without owners and dates"),
    "effect": N_("how we know that it works"),
    "vulnerability": N_("the weak place that was found"),
    "change": N_("what changed"),
    "do_this": N_("what the reader should do"),
    "applies_to": N_("who it is for"),
    "risk": N_("the risk, before and after"),
    "classification": N_("what kind of near miss it was"),
    "hazard": N_("the hazard"),
    "site": N_("the site"),
    "area": N_("the area"),
    "month": N_("the month of the report"),
    "links": N_("the machine, batch or document that it was about"),
    "replies": N_("the reply to whoever reported it"),
}
"""The fields of the allow-list in words, by the names that the setting `published_fields` uses."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A register that feeds the site: its name (none for the own one), its commit, and how many lessons it gave."""

    label: str
    commit: str
    lessons: int


@dataclass(frozen=True, kw_only=True)
class ShownAudit:
    """What the audit says: its outcome, the commit, and how many of what were judged, in words.

    `begun` and `unproven` say from when on, and how much came before, where that is not all.
    """

    outcome: str
    commit: str
    commits: str
    records: str
    steps: str
    signatures: str
    begun: str
    began_at: str
    unproven: str


def about_page(library: Library) -> Page:
    """Return the page about the site."""
    return Page(
        path=ABOUT,
        title=library.words.gettext("About this site"),
        name=library.words.gettext("About this site"),
        template="site/about.html.j2",
        data=lambda: about_data(library),
        hide=("toc", "navigation"),
        in_nav=True,
    )


def about_data(library: Library) -> Mapping[str, Any]:
    """Return what the page shows; the audit of the own register goes on from where an earlier one came to."""
    home, words = library.home, library.words
    chosen = home.settings.get("published_fields", tuple(FIELDS))
    audited = home.audit()
    return {
        "audit": _audit(audited, words) if audited else None,
        "commit": home.commit[:12],
        "today": spell_date(home.today.isoformat(), words),
        "number": len(library.cards),
        "example": next((card.id for card in library.cards if not card.origin), ""),
        "sources": tuple(_source(source, library) for source in library.sources),
        "fields": [words.gettext(SHOWN[name]) for name in FIELDS if name in chosen],
        "left_out": [words.gettext(SHOWN[name]) for name in FIELDS if name not in chosen],
        # Which kinds these are is not for everybody either.
        "has_restricted": bool(restricted_classes(home.settings)),
    }


def _source(source: SiteData, library: Library) -> Source:
    lessons = sum(card.origin == source.origin for card in library.cards)
    return Source(label=source.origin_label, commit=source.commit[:12], lessons=lessons)


def _audit(audited: AuditInShort, words: Words) -> ShownAudit:
    return ShownAudit(
        outcome=audited.outcome,
        commit=audited.commit[:12],
        commits=words.ngettext("%(num)s commit", "%(num)s commits", audited.commits),
        records=words.ngettext("%(num)s report", "%(num)s reports", audited.records),
        steps=words.ngettext("%(num)s step", "%(num)s steps", audited.steps),
        signatures=words.ngettext("%(num)s sign-off", "%(num)s sign-offs", audited.signatures),
        begun=spell_date(audited.began_on, words) if audited.unproven else "",
        began_at=audited.began_at[:12],
        unproven=words.ngettext("%(num)s commit", "%(num)s commits", audited.unproven),
    )
