"""Who holds which role where, and who may sign a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.policy.dossier import get

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from nearmiss.models.people import People, Person


def holds_role(people: People, handle: str, role: str) -> bool:
    """Say whether a person who is active holds a role anywhere, as their own or as a deputy."""
    person = people.find(handle)
    return person is not None and person.is_active and any(grant.role == role for grant in people.grants_of(person))


def roles_for(people: People, person: Person, record: Mapping[str, Any]) -> frozenset[str]:
    """Return the roles that a person holds in the place and class of a record."""
    return people.roles_at(person, **_place_of(record))


def _place_of(record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "site": get(record, "report", "site"),
        "area": get(record, "report", "process_area"),
        "classification": get(record, "assessment", "classification"),
    }


def able_to_sign(people: People, record: Mapping[str, Any], *, roles: Collection[str]) -> list[Person]:
    """Return the active persons (never services) who hold one of the roles for a record."""
    return [person for person, held in people.signers_at(**_place_of(record)) if not held.isdisjoint(roles)]
