"""What stands beside the fields of a form: the risk in words, what is still missing, who may sign, what to ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.engine.forms.needs import ends_with_people, outlook, risk_said
from nearmiss.engine.forms.shapes import shape_of
from nearmiss.engine.looking.similar import Similar, find_similar, sought_of
from nearmiss.intake.desk.telling import name_of_way
from nearmiss.intake.desk.wording import level_label, state_label
from nearmiss.models.sections import SECTIONS
from nearmiss.models.vocabulary import label_of
from nearmiss.render.languages import N_

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nearmiss.intake.desk.visits import Visit
    from nearmiss.policy.findings import Field, Finding

RISK = N_("Risk: %(severity)s × %(likelihood)s = %(score)s, %(band)s. The level is at least %(floor)s.")
RISK_BELOW = N_("The level that is chosen lies below that.")
FIELDS_SHARED: Mapping[str, str] = {
    "hazard": N_("same source of harm"),
    "area": N_("same area"),
    "site": N_("same site"),
    "classification": N_("same classification"),
}


@dataclass(frozen=True, kw_only=True)
class Missing:
    """One thing that is still missing: what it is called, the sentence where there is more to say, and where it is."""

    label: str
    sentence: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """The next step in words: what it is called, what it still lacks, and who may sign it."""

    step: str
    to: str
    missing: tuple[Missing, ...]
    signers: tuple[str, ...]
    count: int
    apart: bool
    """Whether nobody may sign who wrote part of it; who did is known only when it is proposed."""


def ahead_of(visit: Visit, data: Mapping[str, Any], *, here: str) -> Ahead | None:
    """Return what comes next for a record; `here` is the section of whose form it is told."""
    found = outlook(visit.policy, data)
    if found is None:
        return None
    return Ahead(
        step=label_of(found.transition.label, visit.words.language),
        to=state_label(visit, found.transition.to[0]),
        missing=tuple(_missing(visit, str(data["id"]), one, here) for one in found.missing),
        signers=tuple(one.name for one in found.signers),
        count=found.count,
        apart=found.transition.signers.contributors == "never",
    )


def _missing(visit: Visit, record_id: str, finding: Finding, here: str) -> Missing:
    section = str(finding.field[0]) if finding.field else ""
    path = f"/desk/records/{record_id}/sections/{section}#{place_of(finding.field)}" if section in SECTIONS else ""
    name = name_of_way(visit, finding.field)
    within = (
        name.removeprefix(label_of_section(visit, section)).lstrip(
            "\N{RIGHTWARDS ARROW}\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "
        )
        if section == here
        else ""
    )
    return Missing(
        label=within or name,
        sentence="" if finding.code == "needs-field" else finding.message,
        path=f"#{place_of(finding.field)}" if section == here else path,
    )


def place_of(way: Field) -> str:
    """Return where on the page of a form a field stands: at itself, or where a part is meant, at its beginning."""
    return f"f-{'.'.join(map(str, way))}"


def risk_in_words(visit: Visit, data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the two numbers of the risk come to; nothing while one of them is not given."""
    found = risk_said(visit.policy, data)
    if found is None:
        return ()
    sentence = visit.say(
        RISK,
        severity=found.severity,
        likelihood=found.likelihood,
        score=found.score,
        band=label_of(found.band.label, visit.words.language),
        floor=level_label(visit, found.band.floor),
    )
    return (sentence,) if found.is_level_enough else (sentence, visit.say(RISK_BELOW))


PEOPLE_ALONE = N_("So far the causes lie in people alone.")
START_ASKING = N_("Human error is where to start asking, not where to stop: what made it possible, or likely?")


def advice_on(visit: Visit, section: str, data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what to think of while a section is filled in."""
    if section != "root_cause":
        return ()
    start = visit.say(START_ASKING)
    return (visit.say(PEOPLE_ALONE), start) if ends_with_people(visit.policy, data) else (start,)


@dataclass(frozen=True, kw_only=True)
class Beside:
    """A similar past record beside a form: what it is called, its state, and what both have."""

    id: str
    title: str
    state: str
    because: str


def similar_beside(visit: Visit, data: Mapping[str, Any]) -> tuple[list[Beside], Sequence[Similar]]:
    """Return the past records most like one, in words and as they were found."""
    found = find_similar(visit.desk, sought_of(data), besides=str(data.get("id", "")))
    return [_beside(visit, one) for one in found], found


def _beside(visit: Visit, found: Similar) -> Beside:
    shared = [visit.say(FIELDS_SHARED[name]) for name in found.fields]
    because = ", ".join([*shared, *(f"“{word}”" for word in found.words[:3])])
    return Beside(id=found.id, title=found.title, state=state_label(visit, found.state), because=because)


def label_of_section(visit: Visit, section: str) -> str:
    """Return what a section is called."""
    return visit.words.plain(shape_of(section).label)
