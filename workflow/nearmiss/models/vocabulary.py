"""Controlled vocabulary: lists of terms with labels per language. Terms are never removed, only retired."""

from __future__ import annotations

from functools import cached_property

from pydantic import Field

from nearmiss.models.values import FormatVersion, Labels, Line, Many, Name, Part


class Term(Part):
    """One term; `synonyms` are words by which search and import know it."""

    term: Name
    label: Labels
    help: Labels | None = None
    synonyms: Many[Line] | None = None
    retired: bool | None = None


class VocabularyList(Part):
    """One list of terms, as a file of `schemas/vocabulary/`."""

    schema_: FormatVersion = Field(alias="schema")
    vocabulary: Name
    label: Labels
    terms: Many[Term]

    def names(self) -> frozenset[str]:
        """All terms, retired ones included: a record that used one stays valid."""
        return frozenset(term.term for term in self.terms)

    @cached_property
    def retired(self) -> frozenset[str]:
        """The terms that no record should use anew."""
        return frozenset(term.term for term in self.terms if term.retired)


def label_of(labels: dict[str, str], language: str) -> str:
    """Return a label in a language, else in English, else any there is."""
    return labels.get(language) or labels.get("en") or next(iter(labels.values()), "")
