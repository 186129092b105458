"""A policy supposed to have been in force on another day: its rules, and its people as far as they could be those."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.policy.version import PolicyVersion, make_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

AS_THEN = ("name", "keys", "accounts")
"""What of a person is taken as it was: by what they proved themselves, and how their name was printed."""


def supposed(proposed: PolicyVersion, then: PolicyVersion) -> PolicyVersion:
    """Return a policy as if it had been in force in the place of another one, under its own number.

    Only rules and roles differ. Whoever has left since still signs, and nobody has a key or an account that was not
    listed then: a change of policy undoes neither, and nobody could have known of it.
    """
    people = {**proposed.data["people"], "people": list(_people(proposed.data["people"], then.data["people"]))}
    data = make_version(proposed.number, rules=proposed.data["rules"], people=people, waivers=proposed.data["waivers"])
    return PolicyVersion(data)


def _people(proposed: Mapping[str, Any], then: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    known = {person["handle"]: person for person in then["people"]}
    for person in proposed["people"]:
        yield _person(person, known[person["handle"]]) if person["handle"] in known else person


def _person(person: Mapping[str, Any], then: Mapping[str, Any]) -> Mapping[str, Any]:
    if person.get("active") is False and then.get("active") is not False:
        return then
    kept = {key: then[key] for key in AS_THEN if key in then}
    return {**{key: value for key, value in person.items() if key not in AS_THEN}, **kept}
