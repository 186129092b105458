"""Lessons as the site shows them: in short for lists and whole for pages, in words, with people left behind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Any

from nearmiss.policy.plain import get, listed, mapped
from nearmiss.render.languages import ENGLISH, Words, is_language
from nearmiss.render.text import WITHHELD
from nearmiss.render.words import LIKELIHOOD, SEVERITY, label_of, spell_month, spell_scale
from nearmiss.site.causes import Cause, cause_trees
from nearmiss.site.effects import CONTROLS, Change, Effect, as_text, changes_of, effect_of
from nearmiss.site.keys import key_of
from nearmiss.site.rules_in_words import label_of_band

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nearmiss.engine.publishing.gists import Gist
    from nearmiss.engine.publishing.site_data import SiteData


def foreign(lang: str, words: Words) -> str:
    """Return the language of a record's texts where it is known and not the one of the site, else nothing."""
    return lang if is_language(lang) and lang != words.language else ""


@dataclass(frozen=True, kw_only=True)
class Term:
    """A term of a vocabulary and its label."""

    term: str
    label: str

    @property
    def is_withheld(self) -> bool:
        """Whether the record withholds which term it is."""
        return self.term == WITHHELD


@dataclass(frozen=True, kw_only=True)
class Risk:
    """A risk as two numbers with their words, and the band that they come to."""

    severity: int
    likelihood: int
    band: str
    label: str
    words: Words = ENGLISH

    @property
    def severity_in_words(self) -> str:
        """The severity potential as a word."""
        return spell_scale(self.severity, SEVERITY, self.words)

    @property
    def likelihood_in_words(self) -> str:
        """The likelihood of recurrence as a word."""
        return spell_scale(self.likelihood, LIKELIHOOD, self.words)


@dataclass(frozen=True, kw_only=True)
class Account:
    """The words of somebody else who reported the same event; `lang` is as that of a card."""

    lang: str
    month: str
    what_happened: str
    what_could_have_happened: str
    stopped_by: Term | None
    how_it_was_stopped: str


class Wording:
    """A register in the words of one language: what thousands of its lessons say alike is looked up once."""

    def __init__(self, source: SiteData, words: Words) -> None:
        self.source = source
        self.words = words
        self.term = cache(self._term)
        self.month = cache(partial(spell_month, words=words))
        self.risk = cache(self._risk)

    def _risk(self, severity: int, likelihood: int) -> Risk:
        band = self.source.bands(severity, likelihood)
        label = label_of_band(band, self.source.rules, self.words)
        return Risk(severity=severity, likelihood=likelihood, band=band, label=label, words=self.words)

    def _term(self, vocabulary: str, term: str) -> Term:
        return Term(term=term, label=label_of(self.source.vocabulary, vocabulary, term, self.words))


@dataclass(frozen=True, kw_only=True)
class Card:
    """One lesson in short: what lists, filters and feeds show of it. Texts are as the record has them, unescaped.

    What dozens of lists ask of each of thousands is found once.
    """

    gist: Gist
    wording: Wording

    @property
    def source(self) -> SiteData:
        """The register that it comes from."""
        return self.wording.source

    @property
    def words(self) -> Words:
        """The words of the site."""
        return self.wording.words

    @property
    def id(self) -> str:
        """The id of the record."""
        return self.gist.id

    @property
    def origin(self) -> str:
        """The register that it comes from; empty for the own one."""
        return self.source.origin

    @property
    def origin_label(self) -> str:
        """The register that it comes from, in words; empty for the own one."""
        return self.source.origin_label

    @cached_property
    def key(self) -> tuple[str, str]:
        """What tells it apart from all others."""
        return self.origin, self.id

    @cached_property
    def kind(self) -> str:
        """What it is to readers: a `lesson`, or `withdrawn` or `reclassified`."""
        return self.source.kind_of(self.gist)

    @property
    def headline(self) -> str:
        """What to remember, or the id where that is not shown."""
        return self.gist.headline or self.words.gettext("Lesson %(id)s", id=self.id)

    @property
    def do_this(self) -> str:
        """What to do tomorrow."""
        return self.gist.do_this

    @cached_property
    def year(self) -> str:
        """The year of the report where its month may be shown, else that in which it got its id: mostly the same."""
        return self.gist.year if self.month else self._year_of_id

    @property
    def _year_of_id(self) -> str:
        return self.id.split("-")[1]

    @cached_property
    def month(self) -> str:
        """The month of the report in words, where it may be shown."""
        return self.wording.month(self.gist.month) if self.shows("month") else ""

    @cached_property
    def path(self) -> str:
        """The page's source path below the docs."""
        folder = f"lessons/{self.origin}" if self.origin else "lessons"
        return f"{folder}/{self._year_of_id}/{self.id}.md"

    @cached_property
    def shown(self) -> str:
        """The same wherever it looks the same as a card."""
        gist = self.gist
        tags = (gist.classification, gist.hazard, gist.area, gist.site)
        return key_of(self.path, gist.lang, gist.month, gist.headline, gist.do_this, tags)

    @cached_property
    def shown_in_a_row(self) -> str:
        """The same wherever it looks the same in a list of headlines."""
        return key_of(self.path, self.gist.lang, self.gist.month, self.gist.headline)

    @property
    def classification(self) -> Term | None:
        """The kind of near miss."""
        return self.term("classification", self.gist.classification if self.shows("classification") else "")

    @property
    def hazard(self) -> Term | None:
        """The source of harm."""
        return self.term("hazard", self.gist.hazard)

    @property
    def area(self) -> Term | None:
        """The area of work."""
        return self.term("area", self.gist.area)

    @property
    def site(self) -> Term | None:
        """The site."""
        return self.term("site", self.gist.site)

    @property
    def causes(self) -> tuple[Term, ...]:
        """The categories of its causes."""
        return tuple(self.wording.term("cause-category", cause) for cause in self.gist.causes)

    @property
    def controls(self) -> tuple[Term, ...]:
        """The kinds of control that were put in, the strongest first."""
        return tuple(Term(term=control, label=self.words.gettext(CONTROLS[control])) for control in self.gist.controls)

    @property
    def links(self) -> tuple[tuple[Term, str], ...]:
        """What it is linked to, as kind and reference: equipment, a batch, a document."""
        return tuple((self.wording.term("link-kind", kind), ref) for kind, ref in self.gist.links)

    @property
    def tags(self) -> tuple[Term, ...]:
        """The terms that place the lesson, the broadest first."""
        terms = (self.classification, self.hazard, self.area, self.site)
        return tuple(term for term in terms if term and not term.is_withheld)

    @property
    def risk(self) -> Risk | None:
        """The risk as it was assessed."""
        return self.risk_of(self.gist.severity, self.gist.likelihood)

    @cached_property
    def lang(self) -> str:
        """The language that its texts are in, where that is known and is not the one of the site."""
        return self.foreign(self.gist.lang)

    def foreign(self, lang: str) -> str:
        """Return a language where it is known and not the one of the site, else nothing."""
        return foreign(lang, self.words)

    def shows(self, name: str) -> bool:
        """Say whether a field of the allow-list is shown in the lesson's register."""
        return name in self.source.settings.get("published_fields", (name,))

    def risk_of(self, severity: int, likelihood: int) -> Risk | None:
        """Return a risk in the words of the policy of the lesson's register; none where a part is not known."""
        return self.wording.risk(severity, likelihood) if severity and likelihood else None

    def term(self, vocabulary: str, term: str) -> Term | None:
        """Return a term of the lesson's register with its label."""
        return self.wording.term(vocabulary, term) if term else None


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """One lesson whole. Texts are as the record has them, unescaped; an empty one is not known or not shown."""

    card: Card
    what_happened: str
    what_could_have_happened: str
    stopped_by: Term | None
    how_it_was_stopped: str
    vulnerability: str
    causes: tuple[Cause, ...]
    method: str
    change: str
    changes: tuple[Change, ...]
    effect: Effect
    do_this: str
    before: Risk | None
    after: Risk | None
    applies_to: tuple[str, ...]
    accounts: tuple[Account, ...]
    status: str
    superseded_by: str

    @property
    def id(self) -> str:
        """The id of the record."""
        return self.card.id

    @property
    def headline(self) -> str:
        """What to remember."""
        return self.card.headline

    @property
    def month(self) -> str:
        """The month of the report in words."""
        return self.card.month

    @property
    def tags(self) -> tuple[Term, ...]:
        """The terms that place the lesson."""
        return self.card.tags


def read_lesson(card: Card, told: Mapping[str, Any], *, accounts: Sequence[Mapping[str, Any]] = ()) -> Lesson:
    """Read a lesson from what may be told of its record, and of those that were joined with it; pure."""
    return _Reader(told, card).lesson(tuple(_Reader(account, card).account() for account in accounts))


class _Reader:
    """Reads one cut record, of the register that a card comes from."""

    def __init__(self, record: Mapping[str, Any], card: Card) -> None:
        self._record = record
        self._card = card
        self._words = card.words

    def account(self) -> Account:
        """Read what somebody else saw."""
        return Account(
            lang=self._card.foreign(self._text("report", "lang")),
            month=spell_month(self._text("report", "reported_on"), self._words),
            what_happened=self._text("report", "what_happened"),
            what_could_have_happened=self._text("report", "what_could_have_happened"),
            stopped_by=self._term("barrier", "report", "what_stopped_it", "barrier"),
            how_it_was_stopped=self._text("report", "what_stopped_it", "how"),
        )

    def lesson(self, accounts: tuple[Account, ...]) -> Lesson:
        """Read all of it."""
        return Lesson(
            card=self._card,
            what_happened=self._text("report", "what_happened"),
            what_could_have_happened=self._text("report", "what_could_have_happened"),
            stopped_by=self._term("barrier", "report", "what_stopped_it", "barrier"),
            how_it_was_stopped=self._text("report", "what_stopped_it", "how"),
            vulnerability=self._text("lesson", "vulnerability"),
            causes=cause_trees(listed(self._record, "root_cause", "causes"), self._label_of_category),
            method=self._text("root_cause", "method"),
            change=self._text("lesson", "change"),
            changes=changes_of(
                listed(self._record, "action_plan", "actions"), listed(self._record, "progress"), self._words
            ),
            effect=effect_of(
                mapped(self._record, "action_plan", "effectiveness"),
                listed(self._record, "verification", "checks"),
                self._words,
            ),
            do_this=self._text("lesson", "do_this"),
            before=self._risk("assessment"),
            after=self._risk("verification", "residual"),
            applies_to=tuple(listed(self._record, "lesson", "applies_to")),
            accounts=accounts,
            status=self._text("lesson", "status"),
            superseded_by=self._text("lesson", "superseded_by"),
        )

    def _text(self, *path: str) -> str:
        return as_text(get(self._record, *path))

    def _term(self, vocabulary: str, *path: str) -> Term | None:
        return self._card.term(vocabulary, self._text(*path))

    def _label_of_category(self, term: str) -> str:
        found = self._card.term("cause-category", term)
        return found.label if found else ""

    def _risk(self, *path: str) -> Risk | None:
        severity = get(self._record, *path, "severity_potential")
        likelihood = get(self._record, *path, "likelihood")
        if not isinstance(severity, int) or not isinstance(likelihood, int):
            return None
        return self._card.risk_of(severity, likelihood)
