"""The keys of a register: whose count, listing one more and retiring one, each as a change of the policy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.documents import Edit
from nearmiss.engine.errors import (
    KeyAlreadyListedError,
    KeyNotListedError,
    NoKeyAtHandError,
    SeveralKeysError,
    UnknownPersonError,
)
from nearmiss.engine.proposing.key_signing import read_keys
from nearmiss.engine.proposing.policy_change import PolicyProposed, propose_version
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.engine.trees import WithFiles
from nearmiss.models.sign_off import NAMESPACE
from nearmiss.policy.signatures.keys import PublicKey, read_key_line
from nearmiss.policy.signatures.wire import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.engine.desk import Desk
    from nearmiss.models.people import Key, People, Person
    from nearmiss.policy.version import PolicyVersion

PEOPLE = "workflow/policy/people.yaml"


@dataclass(frozen=True, kw_only=True)
class ListedKey:
    """One key of one person as the policy in force lists it.

    `since` is the first version of the policy that lists it for them. `public` is None where it cannot be read.
    """

    handle: str
    name: str
    kind: str
    public: PublicKey | None
    since: int
    retired: bool
    retired_on: str
    note: str

    @property
    def fingerprint(self) -> str:
        """How people name the key."""
        return self.public.fingerprint if self.public else ""

    @property
    def type(self) -> str:
        """The type of the key."""
        return self.public.type if self.public else "unreadable"


def list_keys(desk: Desk) -> tuple[ListedKey, ...]:
    """Return every key in people.yaml of the main branch, in the order of the file."""
    _, register = main_register(desk)
    first = _first_listed(register.versions)
    return tuple(
        ListedKey(
            handle=person.handle,
            name=person.name,
            kind=person.kind,
            public=public,
            since=first.get((person.handle, public), 0),
            retired=not key.is_live,
            retired_on=key.retired_on or "",
            note=key.note or "",
        )
        for person, key, public in _all_keys(register.newest.people)
    )


def _all_keys(people: People) -> Iterator[tuple[Person, Key, PublicKey | None]]:
    for person in people.people:
        for key in person.keys or ():
            yield person, key, next(iter(read_keys([key.key])), None)


def _first_listed(versions: Mapping[int, PolicyVersion]) -> dict[tuple[str, PublicKey | None], int]:
    first: dict[tuple[str, PublicKey | None], int] = {}
    for number in sorted(versions):
        for public, owners in versions[number].keyring.items():
            for person, _ in owners:
                first.setdefault((person.handle, public), number)
    return first


def add_key(desk: Desk, *, handle: str = "", line: str = "", note: str = "") -> tuple[PolicyProposed, PublicKey]:
    """Propose to list a key for a person: the one of a line, or the first that is at hand; for whoever is at work.

    Raises NoKeyAtHandError, KeyAlreadyListedError, UnknownPersonError, and RefusedError where the key is none that
    counts.
    """
    base, register = main_register(desk)
    people = register.newest.people
    place = _place_of(people, handle or desk.person(people).handle)
    key = _read(line) if line else next(iter(read_keys(desk.signer.at_hand() if desk.signer else ())), None)
    if key is None:
        raise NoKeyAtHandError
    owners = register.newest.keyring.get(key, ())
    if owners:
        raise KeyAlreadyListedError(key.fingerprint, owners[0][0].handle)
    person = people.people[place]
    entry = {"key": key.line, **({"note": note} if note else {})}
    at = ("people", place, "keys")
    edit = Edit(at=(*at, len(person.keys)), value=entry) if person.keys else Edit(at=at, value=[entry])
    what = f"list the key {key.fingerprint} of {person.handle}"
    return _propose(desk, base, edit, what=what), key


def retire_key(desk: Desk, which: str) -> tuple[PolicyProposed, PublicKey]:
    """Propose to retire a key, named by its fingerprint, its line, or the handle of a person with one alone.

    Raises KeyNotListedError or SeveralKeysError.
    """
    base, register = main_register(desk)
    people = register.newest.people
    live = [(person, key, public) for person, key, public in _readable(people) if key.is_live]
    named = set(read_keys([which]))
    found = [entry for entry in live if which in {entry[0].handle, entry[2].fingerprint} or entry[2] in named]
    if not found:
        raise KeyNotListedError(which, [public.fingerprint for _, _, public in live])
    if len(found) > 1:
        raise SeveralKeysError(which, [public.fingerprint for _, _, public in found])
    [(person, key, public)] = found
    at = ("people", _place_of(people, person.handle), "keys", (person.keys or ()).index(key))
    today = desk.clock.now().date().isoformat()
    edits = [Edit(at=(*at, "retired"), value=True), Edit(at=(*at, "retired_on"), value=today)]
    return _propose(desk, base, *edits, what=f"retire the key {public.fingerprint} of {person.handle}"), public


def _readable(people: People) -> Iterator[tuple[Person, Key, PublicKey]]:
    return ((person, key, public) for person, key, public in _all_keys(people) if public is not None)


def _read(line: str) -> PublicKey:
    try:
        return read_key_line(line)
    except MalformedError as error:
        raise NoKeyAtHandError(str(error)) from error


def _place_of(people: People, handle: str) -> int:
    for place, person in enumerate(people.people):
        if person.handle == handle:
            return place
    raise UnknownPersonError(handle, [person.handle for person in people.people])


def _propose(desk: Desk, base: str, *edits: Edit, what: str) -> PolicyProposed:
    tree = desk.repository.tree(base)
    content = desk.documents.revise(tree.read(PEOPLE) or b"", list(edits))
    return propose_version(desk, WithFiles(tree, {PEOPLE: content}), what=what)


# For ssh-keygen and git

NAMESPACES = f"{NAMESPACE},git"
"""For what the listed keys may sign: sign-offs, and commits where people sign these too."""

_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+", re.ASCII)


def allowed_signers(keys: tuple[ListedKey, ...], addresses: Mapping[str, tuple[str, ...]]) -> str:
    """Return the keys as `ssh-keygen -Y verify` and git take them; one that is retired since no day is left out.

    People are named by handle and by their addresses. A pattern, which an address might look like, names nobody.
    """
    lines = []
    for key in keys:
        if key.public is None or (key.retired and not key.retired_on):
            lines.append(f"# retired: {key.handle} {key.fingerprint or 'a key that cannot be read'}")
            continue
        plain = [address for address in addresses.get(key.handle, ()) if _PLAIN_ADDRESS.fullmatch(address)]
        until = f',valid-before="{key.retired_on.replace("-", "")}"' if key.retired else ""
        lines.append(f'{",".join([key.handle, *plain])} namespaces="{NAMESPACES}"{until} {key.public.line}')
    return "".join(f"{line}\n" for line in lines)


def addresses_of(desk: Desk) -> dict[str, tuple[str, ...]]:
    """Return the registered addresses of everybody, by handle."""
    _, register = main_register(desk)
    return {person.handle: tuple(person.emails) for person in register.newest.people.people}
