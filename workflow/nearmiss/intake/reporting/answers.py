"""What stands in the form, read into the answers of a report; what is missing is told at its field."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nearmiss.models.letters import UNWRITABLE
from nearmiss.models.values import LONGEST_LINE, LONGEST_TEXT, read_partial_date
from nearmiss.render.languages import N_

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from nearmiss.models.vocabulary import VocabularyList
    from nearmiss.policy.intake_rules import Mode

FIELDS = (
    "made_safe",
    "hazard",
    "at_once",
    "what_happened",
    "what_could_have_happened",
    "barrier",
    "how",
    "site",
    "area",
    "location",
    "equipment",
    "when",
    "day",
    "mode",
    "name",
    "contact",
    "on_behalf",
    "alarmed",
)
"""Every field of the form that holds text, besides those that only machines read."""

EARLIEST = "1990"
LONGEST_EQUIPMENT = 64
LONGEST_REPORT = LONGEST_TEXT
SAFE = frozenset({"yes", "no", "unknown"})
LISTS = {"site": "site", "area": "area", "location": "location", "barrier": "barrier", "hazard": "hazard"}
"""The fields whose answers are terms, with their lists of the vocabulary."""

LINKS = "link-kind"
EQUIPMENT = "equipment"

# What the models refuse: control characters, separators of lines, and what turns the direction of reading around.
_UNSEEN = re.compile(f"[\u202a-\u202e\u2066-\u2069]|{UNWRITABLE.pattern}")
_EQUIPMENT = re.compile(r"[^\W_][\w .:/#+-]*")


@dataclass(frozen=True, kw_only=True)
class Said:
    """A sentence for whoever reports, not yet in their language, with what goes into its places."""

    sentence: str
    places: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the form may be answered with: the terms in use, the ways to report, and the day on which it is asked."""

    terms: Mapping[str, Collection[str]]
    modes: Sequence[Mode]
    today: date
    language: str
    is_signed_in: bool = False


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A form that was read: what stood in it, the answers of the report, and what is wrong, by field."""

    typed: Mapping[str, str]
    answers: Mapping[str, Any]
    mode: Mode
    faults: Mapping[str, Said] = field(default_factory=dict)

    @property
    def is_unsafe(self) -> bool:
        """Whether somebody says that it is not safe now."""
        return self.typed["made_safe"] == "no"

    @property
    def at_once(self) -> bool:
        """Whether a report that is not safe may go into the register without waiting for others."""
        return self.is_unsafe and self.mode != "named" and self.typed["at_once"] == "1"


def terms_in_use(vocabulary: Mapping[str, VocabularyList]) -> dict[str, list[str]]:
    """Return the terms that people may choose from, by list, in its order and without retired ones."""
    return {
        name: [term.term for term in vocabulary[name].terms if not term.retired]
        for name in (*LISTS.values(), LINKS)
        if name in vocabulary
    }


def typed_in(given: Iterable[tuple[str, object]]) -> dict[str, str]:
    """Return what stands in each field of the form; of a field that comes twice the first, of a strange one nothing."""
    typed = dict.fromkeys(FIELDS, "")
    for name, value in given:
        if isinstance(value, str) and typed.get(name) == "":
            typed[name] = _seen(value)
    return typed


def begun_by(given: Iterable[tuple[str, str]], asked: Asked) -> dict[str, str]:
    """Return the fields of an empty form, with what a scanned code says of the place where that is known."""
    said = {name.replace("-", "_"): value for name, value in given}
    typed = dict.fromkeys(FIELDS, "")
    for name in ("site", "area", "location"):
        typed[name] = said.get(name, "") if said.get(name) in asked.terms.get(name, ()) else ""
    equipment = _line(said.get("equipment", ""))
    typed["equipment"] = equipment if _is_equipment(equipment) and EQUIPMENT in asked.terms.get(LINKS, ()) else ""
    typed["on_behalf"] = "1" if said.get("on_behalf") == "1" else ""
    return typed | {"when": "now", "mode": asked.modes[0]}


def read_report(typed: Mapping[str, str], asked: Asked) -> Reading:
    """Return the answers in a form, and at which field something is missing or cannot be taken."""
    faults: dict[str, Said] = {}
    mode = next((mode for mode in asked.modes if mode == typed["mode"]), None)
    if typed["made_safe"] not in SAFE:
        faults["made_safe"] = Said(sentence=N_("Say whether it is safe now."))
    if not typed["what_happened"].strip():
        faults["what_happened"] = Said(sentence=N_("Say in a few words what happened."))
    answers: dict[str, Any] = {
        "what_happened": _text(typed, "what_happened", faults),
        "made_safe": typed["made_safe"],
        "what_could_have_happened": _text(typed, "what_could_have_happened", faults),
        "what_stopped_it": _barrier(typed, asked, faults),
        "site": _term(typed, "site", asked),
        "process_area": _term(typed, "area", asked),
        "location": _term(typed, "location", asked),
        "occurred_on": _day(typed, asked, faults, is_anonymous=mode == "anonymous"),
        "links": _links(typed, asked, faults),
        "lang": asked.language,
        "entered_on_behalf": True if typed["on_behalf"] == "1" else None,
    }
    if mode is None:
        faults["mode"] = Said(sentence=N_("Choose how you want to report."))
    if mode == "named" and not asked.is_signed_in and not _line(typed["name"]):
        faults["name"] = Said(sentence=N_("Write your name, or choose a way to report without it."))
    for name in ("name", "contact"):
        _refuse_long(_line(typed[name]), name, LONGEST_LINE, faults)
    given = {name: value for name, value in answers.items() if value not in (None, "", [])}
    return Reading(typed=typed, answers=given, mode=mode or asked.modes[0], faults=faults)


def name_of(reading: Reading) -> str:
    """Return the name that somebody typed who reports by name."""
    return _line(reading.typed["name"]) if reading.mode == "named" else ""


def contact_of(reading: Reading) -> str:
    """Return how a reporter can be reached; who reports without any name is asked nothing like that."""
    return _line(reading.typed["contact"]) if reading.mode != "anonymous" else ""


def place_of(typed: Mapping[str, str], asked: Asked) -> dict[str, str]:
    """Return site, area and hazard of an alarm: terms that are in use, and no other word of whoever sends it."""
    return {name: _term(typed, name, asked) for name in ("site", "area", "hazard")}


def message_in(text: str, *, most: int) -> tuple[str, Said | None]:
    """Return a message to the team, and what is wrong with it."""
    faults: dict[str, Said] = {}
    said = _text({"text": _seen(text)}, "text", faults, most=most)
    if not said:
        return "", Said(sentence=N_("Write something first."))
    return said, faults.get("text")


def _seen(text: str) -> str:
    """Return a text with the ends of lines as we have them, and without characters that nobody sees."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))


def _line(text: str) -> str:
    return " ".join(_seen(text).split())


def _text(typed: Mapping[str, str], name: str, faults: dict[str, Said], *, most: int = LONGEST_TEXT) -> str:
    text = "\n".join(line.rstrip() for line in typed[name].strip().split("\n"))
    _refuse_long(text, name, most, faults)
    return text


def _refuse_long(text: str, name: str, most: int, faults: dict[str, Said]) -> None:
    if len(text) > most:
        faults[name] = Said(sentence=N_("This is longer than %(most)s characters."), places={"most": most})


def _term(typed: Mapping[str, str], name: str, asked: Asked) -> str:
    return typed[name] if typed[name] in asked.terms.get(LISTS[name], ()) else ""


def _barrier(typed: Mapping[str, str], asked: Asked, faults: dict[str, Said]) -> dict[str, str] | None:
    barrier, how = _term(typed, "barrier", asked), _line(typed["how"])
    _refuse_long(how, "how", LONGEST_LINE, faults)
    if not barrier and not how:
        return None
    # Whoever says how, and not what, has answered all the same; the list always has a term for that.
    if not barrier and "unknown" not in asked.terms.get("barrier", ()):
        faults["how"] = Said(sentence=N_("Choose what stopped it, too."))
    return {"barrier": barrier or "unknown"} | ({"how": how} if how else {})


def _day(typed: Mapping[str, str], asked: Asked, faults: dict[str, Said], *, is_anonymous: bool) -> str:
    """Return when it happened. Without any name, "now" is kept as its month: the day would be that of the sending."""
    if typed["when"] in {"now", "today"}:
        return asked.today.strftime("%Y-%m") if is_anonymous else asked.today.isoformat()
    said = typed["day"].strip()
    if typed["when"] != "earlier" or not said:
        return ""
    span = read_partial_date(said)
    if span is None or said < EARLIEST:
        faults["day"] = Said(
            sentence=N_("Write the day as %(example)s, or leave it open."),
            places={"example": asked.today.isoformat()},
        )
    elif span[0] > asked.today:
        faults["day"] = Said(sentence=N_("This day has not come yet."))
    return said


def _links(typed: Mapping[str, str], asked: Asked, faults: dict[str, Said]) -> list[dict[str, str]]:
    equipment = _line(typed["equipment"])
    if not equipment or EQUIPMENT not in asked.terms.get(LINKS, ()):
        return []
    if not _is_equipment(equipment):
        faults["equipment"] = Said(sentence=N_("Write the number of the equipment as it stands on its plate."))
    return [{"kind": EQUIPMENT, "ref": equipment}]


def _is_equipment(text: str) -> bool:
    return len(text) <= LONGEST_EQUIPMENT and _EQUIPMENT.fullmatch(text) is not None
