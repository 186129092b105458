"""One accepted version of the policy: its rules, its people, and who of them may do what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from nearmiss.verifier.faults import Fault
from nearmiss.verifier.needs import one
from nearmiss.verifier.plain import NotPlainError, digest, read_json

FOLDER = "workflow/policy"
VERSION_FILE = re.compile(rf"{FOLDER}/versions/([0-9]{{4}})\.json")
SCOPES = {"sites": "report.site", "areas": "report.process_area", "classes": "assessment.classification"}
PARTS = ("rules", "people", "waivers")


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What `versions/NNNN.json` holds."""

    version: int
    whole: Mapping[str, Any]

    @property
    def rules(self) -> Mapping[str, Any]:
        """Return workflow, risk, settings and vocabulary."""
        return dict(self.whole["rules"])

    @property
    def workflow(self) -> Mapping[str, Any]:
        """Return states, roles and transitions."""
        return dict(self.rules["workflow"])

    @property
    def people(self) -> list[Mapping[str, Any]]:
        """Return everybody on the list."""
        return list(self.whole["people"]["people"])

    @cached_property
    def rules_digest(self) -> str:
        """Return the digest that sign-offs name."""
        return digest(self.whole["rules"])

    @property
    def first_state(self) -> str:
        """Return the state in which a record begins."""
        return str(self.workflow["states"][0]["state"])

    def transition(self, name: str) -> Mapping[str, Any] | None:
        """Return a transition by its name; None where the workflow knows none."""
        return next((t for t in self.workflow["transitions"] if t["name"] == name), None)

    def person(self, handle: str) -> Mapping[str, Any] | None:
        """Return a person by the handle."""
        return next((p for p in self.people if p["handle"] == handle), None)

    def author(self, email: str) -> str:
        """Return whose address this is; empty where it is nobody's."""
        wanted = email.casefold()
        return next((p["handle"] for p in self.people if wanted in [e.casefold() for e in p["emails"]]), "")

    def holds(self, handle: str, role: str, record: Mapping[str, Any]) -> bool:
        """Return whether somebody holds a role for this record, by a grant of their own or as a deputy."""
        return any(
            grant["role"] == role and _covers(grant, record)
            for person in self.people
            if person["handle"] == handle or (handle in person.get("deputies", []) and person.get("active", True))
            for grant in person["roles"]
        )

    def able(self, roles: Sequence[str]) -> list[str]:
        """Return who holds one of some roles everywhere, and may act."""
        active = [p["handle"] for p in self.people if p.get("active", True) and p["kind"] == "person"]
        return [handle for handle in active if any(self.holds(handle, role, {}) for role in roles)]

    def keys(self, handle: str) -> list[Mapping[str, Any]]:
        """Return the keys of somebody that are not retired."""
        person = self.person(handle) or {}
        return [key for key in person.get("keys", []) if not key.get("retired") and not key.get("retired_on")]

    def services(self) -> list[str]:
        """Return the services that may attest reviews on a forge."""
        return [p["handle"] for p in self.people if p["kind"] == "service" and p.get("active", True)]

    def has_account(self, handle: str, forge: str, account: str) -> bool:
        """Return whether an account at a forge is listed as somebody's."""
        return {"forge": forge, "id": account} in (self.person(handle) or {}).get("accounts", [])

    def can_prove(self, handle: str, least: str) -> bool:
        """Return whether anything is listed by which somebody can reach an assurance."""
        forge = least == "forge" and bool((self.person(handle) or {}).get("accounts"))
        return bool(self.keys(handle)) or least == "asserted" or (forge and any(map(self.keys, self.services())))


def _covers(grant: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    return all(name not in grant or one(record, path) in grant[name] for name, path in SCOPES.items())


@lru_cache(maxsize=1_000)
def read_version(path: str, content: bytes) -> tuple[Policy | None, list[Fault]]:
    """Return the policy that a file of `versions/` holds, and what is wrong with it."""
    named = VERSION_FILE.fullmatch(path)
    try:
        whole = read_json(content)
    except NotPlainError as error:
        return None, [Fault(code="policy-broken", path=path, says=error.says)]
    try:
        sound = [
            Fault(code="policy-broken", path=path, field=f"{part}_sha256", says=f"this is not the digest of {part}")
            for part in PARTS
            if whole.get(f"{part}_sha256") != digest(whole[part])
        ]
        if named is None or whole["version"] != int(named[1]):
            sound.append(
                Fault(code="policy-broken", path=path, field="version", says="the number is not that of the file")
            )
        policy = Policy(version=whole["version"], whole=whole)
        return policy, sound + list(_nonsense(policy, path))
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        return None, [Fault(code="policy-broken", path=path, says=f"something is missing or misshapen: {error}")]


def _nonsense(policy: Policy, path: str) -> Iterator[Fault]:
    """Yield what makes a policy useless: people listed twice, nobody who could ever change it."""
    handles = [person["handle"] for person in policy.people]
    emails = [email.casefold() for person in policy.people for email in person["emails"]]
    keys = [key["key"].split()[1] for person in policy.people for key in person.get("keys", [])]
    for twice in sorted({key for key in keys if keys.count(key) > 1}):
        yield Fault(code="key-twice", path=path, field="people", says=f"the key {twice[:24]}… is listed twice")
    for twice in sorted({x for x in handles if handles.count(x) > 1} | {x for x in emails if emails.count(x) > 1}):
        yield Fault(code="person-twice", path=path, field="people", says=f"{twice} belongs to two people")
    names = [transition["name"] for transition in policy.workflow["transitions"]]
    for twice in sorted({name for name in names if names.count(name) > 1}):
        yield Fault(
            code="policy-name-twice", path=path, field="rules.workflow", says=f"the transition {twice} is there twice"
        )
    roles = policy.workflow["policy_change"]["signers"]["roles"]
    if not policy.able(roles):
        yield Fault(
            code="nobody-owns-policy", path=path, field="people", says="nobody could ever sign a change of the policy"
        )


def removed(old: Policy, new: Policy, path: str) -> Iterator[Fault]:
    """Yield each person, state and term that a new version takes away; they may only be retired."""
    for handle in {p["handle"] for p in old.people} - {p["handle"] for p in new.people}:
        yield Fault(code="person-removed", path=path, field="people", says=f"{handle} is gone from the list")
    states = [{state["state"] for state in policy.workflow["states"]} for policy in (old, new)]
    for state in states[0] - states[1]:
        yield Fault(code="state-removed", path=path, field="rules.workflow.states", says=f"the state {state} is gone")
    for name, terms in old.rules["vocabulary"].items():
        kept = {term["term"] for term in new.rules["vocabulary"].get(name, {}).get("terms", [])}
        for term in {term["term"] for term in terms["terms"]} - kept:
            yield Fault(
                code="term-removed", path=path, field=f"rules.vocabulary.{name}", says=f"the term {term} is gone"
            )
