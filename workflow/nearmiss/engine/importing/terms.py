"""Terms: the words of foreign tables, found among the terms of our vocabulary or translated by a mapping."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from nearmiss.engine.importing.cleaning import fold
from nearmiss.engine.importing.mapping import FIRST, LEAVE_OUT, WILDCARD
from nearmiss.engine.importing.targets import TARGETS, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nearmiss.engine.importing.mapping import FieldRule
    from nearmiss.models.vocabulary import Term, VocabularyList

Spellings = dict[str, dict[str, str]]
"""For each list of the vocabulary: every spelling, folded, with its term."""


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A word that no term of a list stands for; `left_out` says that the mapping lets the field go without."""

    vocabulary: str
    word: str
    left_out: bool


@dataclass(frozen=True, kw_only=True)
class Found:
    """What came of looking up a cell: the term to write (None: none), what was missing, and why it cannot be used."""

    term: str | None = None
    missing: tuple[Missing, ...] = ()
    reason: str = ""


def spellings_of(vocabulary: Mapping[str, VocabularyList]) -> Spellings:
    """Collect the spellings by which import knows each term that is not retired: its name, labels and synonyms.

    A term's name goes before any label, a label before any synonym; a word that two terms of a list share within one
    of these ranks says nothing.
    """
    return {name: _spellings([term for term in words.terms if not term.retired]) for name, words in vocabulary.items()}


def _spellings(terms: Sequence[Term]) -> dict[str, str]:
    ranks = (
        [(term.term, term.term) for term in terms],
        [(label, term.term) for term in terms for label in term.label.values()],
        [(word, term.term) for term in terms for word in term.synonyms or ()],
    )
    known: dict[str, str] = {}
    for rank in ranks:
        meanings: dict[str, set[str]] = {}
        for word, term in rank:
            meanings.setdefault(fold(word), set()).add(term)
        clear = {word: min(found) for word, found in meanings.items() if len(found) == 1}
        known = clear | known
    return known


def find_term(rule: FieldRule, words: Sequence[str], spellings: Spellings) -> Found:
    """Return the one term that a cell's words give a field, by translation first and by our own spellings next."""
    looked_up = [_look_up(rule, word, spellings) for word in words]
    missing = tuple(gap for found in looked_up for gap in found.missing)
    ranked = sorted(zip(words, looked_up, strict=True), key=lambda pair: _rank(rule, pair[0]))
    terms = tuple(dict.fromkeys(found.term for _, found in ranked if found.term))
    if len(terms) > 1:
        return _one_of(rule, terms, missing, known_terms(rule, spellings))
    return Found(term=terms[0] if terms else None, missing=missing)


def _rank(rule: FieldRule, word: str) -> int:
    """Return the place of a word's translation in the mapping; words without one keep their order after those."""
    return next((place for place, pattern in enumerate(rule.translate) if matches(pattern, word)), len(rule.translate))


def _one_of(rule: FieldRule, terms: tuple[str, ...], missing: tuple[Missing, ...], known: Mapping[str, str]) -> Found:
    if rule.several is None:
        reason = f"{rule.to} can hold one term, and this row gives {', '.join(terms)} (the mapping may say several:)"
        return Found(missing=missing, reason=reason)
    chosen = {FIRST: terms[0], LEAVE_OUT: None}.get(rule.several, rule.several)
    if chosen and chosen not in known.values():
        return Found(missing=(*missing, _missing(rule, chosen, left_out=rule.otherwise == LEAVE_OUT)))
    return Found(term=chosen, missing=missing)


def _look_up(rule: FieldRule, word: str, spellings: Spellings) -> Found:
    known = known_terms(rule, spellings)
    term = _translation(rule, word) or known.get(fold(word)) or rule.otherwise
    if term == LEAVE_OUT:
        silent = _translation(rule, word) == LEAVE_OUT
        return Found() if silent else Found(missing=(_missing(rule, word, left_out=True),))
    if term in known.values():
        return Found(term=term)
    return Found(missing=(_missing(rule, term or word, left_out=rule.otherwise == LEAVE_OUT),))


def known_terms(rule: FieldRule, spellings: Spellings) -> Mapping[str, str]:
    """Return the spellings that a field of terms or of fixed choices knows."""
    target = TARGETS[rule.to]
    if target.kind is Kind.CHOICE:
        return {choice: choice for choice in target.choices}
    return spellings.get(target.vocabulary, {})


def _missing(rule: FieldRule, word: str, *, left_out: bool) -> Missing:
    return Missing(vocabulary=TARGETS[rule.to].vocabulary, word=word, left_out=left_out)


def _translation(rule: FieldRule, word: str) -> str | None:
    return _translate(tuple(rule.translate.items()), word)


@lru_cache(maxsize=4096)
def _translate(translations: tuple[tuple[str, str], ...], word: str) -> str | None:
    return next((term for pattern, term in translations if matches(pattern, word)), None)


def matches(pattern: str, text: str) -> bool:
    """Say whether a text fits a pattern in which `*` stands for anything, without regard to case and spaces."""
    return _compiled(pattern).fullmatch(fold(text)) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in fold(pattern).split(WILDCARD)))


def count_missing(gaps: Iterable[Missing]) -> dict[Missing, int]:
    """Count how often each word was missing, most often first."""
    counts: dict[Missing, int] = {}
    for gap in gaps:
        counts[gap] = counts.get(gap, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0].vocabulary, item[0].word)))
