"""Foreign words become terms of the vocabulary, by translation first and by our own spellings next."""

from __future__ import annotations

from typing import Any

import pytest

from nearmiss.engine.importing.mapping import FieldRule
from nearmiss.engine.importing.terms import Found, Missing, find_term, matches, spellings_of
from nearmiss.models.vocabulary import VocabularyList

HAZARD = VocabularyList.model_validate(
    {
        "schema": 1,
        "vocabulary": "hazard",
        "label": {"en": "Hazard"},
        "terms": [
            {
                "term": "moving-vehicle",
                "label": {"en": "Moving vehicle", "de": "Fahrzeug"},
                "synonyms": ["truck", "ice"],
            },
            {"term": "slip", "label": {"en": "Slip"}, "synonyms": ["ice", "Fahrzeug"]},
            {"term": "steam", "label": {"en": "Steam"}, "retired": True},
        ],
    }
)
SPELLINGS = spellings_of({"hazard": HAZARD})


def rule(**more: Any) -> FieldRule:
    """Make a rule for the hazard."""
    return FieldRule.model_validate({"to": "assessment.hazard", "from": "Hazard", **more})


def gap(word: str, *, left_out: bool = False) -> Missing:
    """Name a word that the list of hazards lacks."""
    return Missing(vocabulary="hazard", word=word, left_out=left_out)


@pytest.mark.parametrize("word", ["moving-vehicle", "Moving  Vehicle", "FAHRZEUG", "Truck"])
def test_a_term_is_known_by_its_name_labels_and_synonyms(word: str) -> None:
    """Spellings are compared without regard to case and spaces; a label goes before another term's synonym."""
    assert find_term(rule(), [word], SPELLINGS) == Found(term="moving-vehicle")


def test_a_synonym_of_two_terms_says_nothing() -> None:
    """A word that two terms share is no spelling of either."""
    assert find_term(rule(), ["ice"], SPELLINGS).missing == (gap("ice"),)


def test_a_retired_term_is_not_written_any_more() -> None:
    """Retired terms stay valid in old records and are no words for new ones."""
    assert find_term(rule(), ["steam"], SPELLINGS).missing == (gap("steam"),)


def test_translations_go_first_and_know_wildcards() -> None:
    """The first translation that fits a word counts."""
    translated = rule(translate={"Truck*": "slip", "*": "moving-vehicle"})
    assert find_term(translated, ["truck 7"], SPELLINGS) == Found(term="slip")
    assert find_term(translated, ["boat"], SPELLINGS) == Found(term="moving-vehicle")


def test_a_translation_into_an_unknown_term_is_missing() -> None:
    """What the mapping writes has to be a term too."""
    assert find_term(rule(translate={"boat": "drowning"}), ["boat"], SPELLINGS).missing == (gap("drowning"),)


def test_words_without_a_term_can_be_left_out_or_get_another() -> None:
    """Leaving out is told; a translation to nothing is meant, and is not."""
    assert find_term(rule(otherwise="leave-out"), ["boat"], SPELLINGS) == Found(missing=(gap("boat", left_out=True),))
    assert find_term(rule(otherwise="slip"), ["boat"], SPELLINGS) == Found(term="slip")
    assert find_term(rule(translate={"boat": "leave-out"}), ["boat"], SPELLINGS) == Found()
    unknown = rule(translate={"boat": "drowning"}, otherwise="leave-out")
    assert find_term(unknown, ["boat"], SPELLINGS) == Found(missing=(gap("drowning", left_out=True),))


def test_several_terms_need_a_decision() -> None:
    """A field of one term does not take the first of several unless the mapping says so."""
    words = ["slip", "truck"]
    assert "slip, moving-vehicle" in find_term(rule(), words, SPELLINGS).reason
    assert find_term(rule(several="first"), words, SPELLINGS).term == "slip"
    ordered = rule(several="first", translate={"truck": "moving-vehicle", "slip": "slip"})
    assert find_term(ordered, words, SPELLINGS).term == "moving-vehicle"
    assert find_term(rule(several="leave-out"), words, SPELLINGS) == Found()
    assert find_term(rule(several="slip"), words, SPELLINGS).term == "slip"
    assert find_term(rule(several="steam"), words, SPELLINGS).missing == (gap("steam"),)
    assert find_term(rule(), ["slip", "SLIP"], SPELLINGS) == Found(term="slip")


def test_fixed_choices_are_words_too() -> None:
    """Fields whose values are fixed in the format are looked up alike."""
    safe = FieldRule.model_validate({"to": "report.made_safe", "from": "Safe", "translate": {"ja": "yes"}})
    assert find_term(safe, ["Ja"], {}).term == "yes"
    assert find_term(safe, ["NO"], {}).term == "no"
    assert find_term(safe, ["maybe"], {}).missing == (Missing(vocabulary="", word="maybe", left_out=False),)


def test_patterns_are_not_regular_expressions() -> None:
    """Only the star means anything in a pattern."""
    assert matches("Deviation (*) / A.B", "deviation (track) / a.b")
    assert not matches("A.B", "AxB")
