"""The people of an instance: handles, addresses, roles with their scope, deputies and keys."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from nearmiss.models.values import Day, FormatVersion, Handle, Line, Many, Name, Part

Email = Annotated[str, StringConstraints(pattern=r"^[^\s@<>,;\"]{1,64}@[^\s@<>,;\"]{1,190}$")]


class RoleGrant(Part):
    """A role, and where it holds: a list that is absent does not limit it."""

    role: Name
    sites: Many[Name] | None = None
    areas: Many[Name] | None = None
    classes: Many[Name] | None = None

    def covers(self, *, site: str | None, area: str | None, classification: str | None) -> bool:
        """Say whether the grant holds for a place and class; what is unknown is covered only by an unlimited grant."""
        limits = ((self.sites, site), (self.areas, area), (self.classes, classification))
        return all(allowed is None or value in allowed for allowed, value in limits)


class Key(Part):
    """An SSH public key, as it stands in `authorized_keys`. Dates only ever add refusals."""

    key: Line
    retired: bool | None = None
    retired_on: Day | None = None
    note: Line | None = None

    @property
    def is_live(self) -> bool:
        """Whether the key counts: it is listed, and nothing says that it is retired, from whichever day."""
        return not self.retired and self.retired_on is None


class Account(Part):
    """An account at a forge, by the id that the forge never gives to anybody else; a name there may change hands."""

    forge: Name
    id: Line


class Person(Part):
    """A person or a service. Somebody who leaves stays on the list with `active: false`: their word still stands."""

    handle: Handle
    name: Line
    emails: Annotated[Many[Email], Field(min_length=1)]
    kind: Literal["person", "service"]
    active: bool | None = None
    roles: Many[RoleGrant]
    deputies: Many[Handle] | None = Field(default=None, description="Who may use this person's roles for them.")
    keys: Many[Key] | None = None
    accounts: Many[Account] | None = Field(
        default=None, description="Whose reviews on a forge count as this person's, where a service attests them."
    )

    @property
    def is_active(self) -> bool:
        """Whether the person may act and sign today."""
        return self.active is not False

    @property
    def live_keys(self) -> tuple[Key, ...]:
        """The keys that count: listed and not retired."""
        return tuple(key for key in self.keys or () if key.is_live)

    def has_account(self, forge: str, account_id: str) -> bool:
        """Say whether an account at a forge is this person's."""
        return any((account.forge, account.id) == (forge, account_id) for account in self.accounts or ())


class People(Part):
    """Everybody who may act, as `workflow/policy/people.yaml` lists them."""

    schema_: FormatVersion = Field(alias="schema")
    people: Many[Person]

    def find(self, handle: str) -> Person | None:
        """Return the person with a handle."""
        return self._by_handle.get(handle)

    def by_email(self, email: str) -> Person | None:
        """Return the person with an address; addresses are compared without regard to case."""
        return self._by_email.get(email.casefold())

    # An audit asks hundreds of thousands of times. Of two people under one name, the first counts.
    @cached_property
    def _by_handle(self) -> dict[str, Person]:
        return {person.handle: person for person in reversed(self.people)}

    @cached_property
    def _by_email(self) -> dict[str, Person]:
        return {email.casefold(): person for person in reversed(self.people) for email in person.emails}

    @cached_property
    def _deputised(self) -> dict[str, tuple[RoleGrant, ...]]:
        found: dict[str, tuple[RoleGrant, ...]] = {}
        for other in self.people:
            for handle in dict.fromkeys(other.deputies or ()) if other.is_active else ():
                found[handle] = (*found.get(handle, ()), *other.roles)
        return found

    def grants_of(self, person: Person) -> tuple[RoleGrant, ...]:
        """Return a person's own roles, then those that they hold as somebody's deputy."""
        return (*person.roles, *self._deputised.get(person.handle, ()))

    def roles_at(
        self, person: Person, *, site: str | None, area: str | None, classification: str | None
    ) -> frozenset[str]:
        """Return the roles that a person holds in a place, for a class."""
        return frozenset(
            grant.role
            for grant in self.grants_of(person)
            if grant.covers(site=site, area=area, classification=classification)
        )

    def signers_at(
        self, *, site: str | None, area: str | None, classification: str | None
    ) -> Sequence[tuple[Person, frozenset[str]]]:
        """Return the active persons, never services, each with the roles held in a place, for a class."""
        place = (site, area, classification)
        known = all(value is None or isinstance(value, str) for value in place)
        if known and place in self._signers:
            return self._signers[place]
        found = [
            (person, self.roles_at(person, site=site, area=area, classification=classification))
            for person in self.people
            if person.is_active and person.kind == "person"
        ]
        if known:
            self._signers[place] = found
        return found

    @cached_property
    def _signers(self) -> dict[tuple[str | None, ...], Sequence[tuple[Person, frozenset[str]]]]:
        """Those found before, by place: there are few places, and each step of each record asks."""
        return {}
