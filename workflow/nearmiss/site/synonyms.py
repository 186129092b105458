"""Words that mean the same in this field, by which search finds a page that says it with another one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

WORDS_FOR_LESSONS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "near miss": (
            "near hit",
            "close call",
            "close shave",
            "narrow escape",
            "lucky break",
            "lucky escape",
            "good catch",
        ),
        "Beinaheunfall": (
            "Beinaheunfälle",
            "Beinahe-Unfall",
            "Beinahe-Unfälle",
            "Beinahunfall",
            "Beinahefall",
            "Beinahefälle",
            "Fast-Unfall",
            "Fastunfall",
            "Fastunfälle",
            "Beinaheereignis",
            "Beinahe-Ereignis",
        ),
    }
)
"""What each lesson is about, though few say so, with other words for it: who types one of these wants lessons."""

WORDS_OF_THE_FIELD: tuple[tuple[str, ...], ...] = (
    ("forklift", "fork lift", "fork truck", "lift truck", "industrial truck", "Gabelstapler", "Stapler"),
    ("truck", "lorry", "HGV", "Lkw", "Lastwagen"),
    ("pallet jack", "pallet truck", "hand pallet truck", "Hubwagen"),
    ("lockout", "lock out", "lockout tagout", "LOTO", "isolation", "Freischalten"),
    ("protective equipment", "PPE", "Schutzausrüstung", "PSA"),
    ("safety data sheet", "SDS", "MSDS", "Sicherheitsdatenblatt"),
    ("work instruction", "standard operating procedure", "SOP", "Arbeitsanweisung"),
    ("electric shock", "electrocution", "Stromschlag", "elektrischer Schlag"),
    ("work at height", "fall from height", "Absturz", "Arbeiten in der Höhe"),
    ("spill", "leak", "leakage", "Leckage", "Austritt"),
    ("tailgating", "piggybacking"),
    ("mix-up", "mixup", "mistaken for", "Verwechslung"),
    ("aerial platform", "cherry picker", "scissor lift", "MEWP", "Hubarbeitsbühne"),
    ("emergency stop", "e-stop", "estop", "Not-Aus", "Not-Halt"),
    ("toolbox talk", "safety talk", "briefing", "Unterweisung", "Sicherheitskurzgespräch"),
)
"""Groups of words of equal meaning, whichever language somebody types. What a register adds comes on top."""


def words_as_json(
    every: Mapping[str, Sequence[str]], groups: Iterable[Sequence[str]], leading: Mapping[str, Sequence[str]]
) -> bytes:
    """Return the words as the search page reads them.

    `every` maps names of what each lesson is about to other words for it. `groups` are words of equal meaning.
    `leading` maps a label of the vocabulary, as pages show it, to other words for it: these lead to the label, but the
    label does not lead to them, since the pages say the label.
    """
    towards = {label: _unlike(label, words) for label, words in leading.items()}
    content = {
        "every": {name: [*words] for name, words in every.items()},
        "same": [[*dict.fromkeys(group)] for group in groups if len(group) > 1],
        "towards": {label: words for label, words in sorted(towards.items()) if words},
    }
    return (json.dumps(content, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


def words_of_terms(
    vocabulary: Mapping[str, Mapping[str, Mapping[str, Any]]], used: Iterable[tuple[str, str, str]]
) -> dict[str, tuple[str, ...]]:
    """Return the other words for the terms that published lessons use, by the label that their pages show.

    `used` names list, term and shown label of each. Of terms that no page shows, nothing is said here either.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name, term, label in used:
        entry = vocabulary.get(name, {}).get(term, {})
        others = (*_texts(entry.get("label")), *_texts(entry.get("synonyms")), term)
        found[label] = found.get(label, ()) + others
    return found


def _texts(value: Any) -> tuple[str, ...]:
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return tuple(text for text in values if isinstance(text, str))


def _unlike(label: str, words: Iterable[str]) -> list[str]:
    return [*dict.fromkeys(word for word in words if _plain(word) != _plain(label))]


def _plain(word: str) -> str:
    """Return a word as it is compared: small letters, and one space for whatever parts its pieces."""
    return " ".join(word.lower().replace("-", " ").split())
