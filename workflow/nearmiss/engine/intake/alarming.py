"""The alarm: those who answer for a place are told at once that something there is not safe, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.mailing import Letter
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.models.vocabulary import label_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.mailing import Mailer
    from nearmiss.models.people import People, Person
    from nearmiss.policy.version import PolicyVersion


@dataclass(frozen=True, kw_only=True)
class Alarmed:
    """Who was told, by handle: those who answer for the place, or, `elsewhere`, those with the role anywhere.

    Where nobody has any of the roles, nobody was told, and whoever asked has to be sent to the telephone.
    """

    told: tuple[str, ...]
    elsewhere: bool = False


def alarm(
    desk: Desk, mailer: Mailer, *, roles: Collection[str], site: str = "", area: str = "", hazard: str = ""
) -> Alarmed:
    """Write to those who answer for a place that something there is not safe: area and hazard only.

    Site, area and hazard are terms of the vocabulary; what is none is left out, so that no word of a reporter gets into
    a letter. Nothing is asked of who reports: the addresses are those of people.yaml for the roles. Raises MailError.
    """
    _, register = main_register(desk)
    policy = register.newest
    persons = covering(policy.people, roles, site=site or None, area=area or None)
    found = persons or holding(policy.people, roles)
    if found:
        mailer.send([_letter(policy, found, roles, site=site, area=area, hazard=hazard, is_elsewhere=not persons)])
    return Alarmed(told=tuple(person.handle for person in found), elsewhere=bool(found) and not persons)


def covering(people: People, roles: Collection[str], *, site: str | None, area: str | None) -> list[Person]:
    """Return the active persons, never services, with one of the roles at a place, for whichever class."""
    return [
        person
        for person in _persons(people)
        if any(
            grant.role in roles
            # What is not known yet is the class: whoever answers for one of them there is told.
            and grant.model_copy(update={"classes": None}).covers(site=site, area=area, classification=None)
            for grant in people.grants_of(person)
        )
    ]


def holding(people: People, roles: Collection[str]) -> list[Person]:
    """Return the active persons, never services, with one of the roles anywhere."""
    return [person for person in _persons(people) if any(grant.role in roles for grant in people.grants_of(person))]


def _persons(people: People) -> Iterator[Person]:
    return (person for person in people.people if person.is_active and person.kind == "person")


def _letter(
    policy: PolicyVersion,
    persons: Sequence[Person],
    roles: Collection[str],
    *,
    site: str,
    area: str,
    hazard: str,
    is_elsewhere: bool,
) -> Letter:
    place = ", ".join(filter(None, [_label(policy, "area", area), _label(policy, "site", site)])) or "place not said"
    lines = [
        "Somebody reports that something is not safe now.",
        "",
        f"Where:   {place}",
        f"Hazard:  {_label(policy, 'hazard', hazard) or 'not said'}",
        "",
        "Please have it made safe at once. More is not known here; the report itself is read by the team.",
        "",
        f"This letter went to {', '.join(person.name for person in persons)}.",
    ]
    if is_elsewhere:
        said = " or ".join(sorted(roles))
        lines.append(f"Nobody is {said} for this place, so everybody was told who is that anywhere.")
    return Letter(
        to=tuple(dict.fromkeys(person.emails[0] for person in persons)),
        subject=f"Not safe now: {place}",
        text="\n".join(lines) + "\n",
    )


def _label(policy: PolicyVersion, name: str, term: str) -> str:
    labels = policy.labels.get(name, {})
    return label_of(labels[term], policy.settings.language) if term in labels else ""
