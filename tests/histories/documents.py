"""The files of invented histories: records, sign-offs and the policy, in the plainest form that our reader takes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from nearmiss.models.digests import digest, digest_of_bytes
from nearmiss.models.sign_off import file_name
from nearmiss.policy.dossier import SignedFile
from nearmiss.policy.policy_step import change_transition, policy_content, previous_of
from nearmiss.policy.version import version_bytes, version_file
from tests.engine.fast_import import Content
from tests.policy.builder import INSTANCE, WAIVERS, World

ROOT = Path(__file__).parents[2]
POLICY, SIGN_OFFS = "workflow/policy", "workflow/policy/sign-offs"


def document(data: Mapping[str, Any]) -> bytes:
    """Return data as YAML: a key a line, and what it stands for as JSON."""
    return "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in data.items()).encode()


def record_file(data: Mapping[str, Any]) -> bytes:
    """Return a record as a file."""
    return document(data)


def sign_off_file(file: SignedFile) -> bytes:
    """Return a sign-off as a file."""
    return document(file.data)


def _files_of(world: World) -> dict[str, bytes]:
    rules, people = world.newest.data["rules"], world.newest.data["people"]
    files = {f"{POLICY}/{part}.yaml": document(rules[part]) for part in ("workflow", "risk", "settings")}
    files |= {f"schemas/vocabulary/{name}.yaml": document(terms) for name, terms in rules["vocabulary"].items()}
    return files | {f"{POLICY}/people.yaml": document(people), f"{POLICY}/waivers.yaml": document(WAIVERS)}


@cache
def _schemas() -> dict[str, bytes]:
    return {f"schemas/{path.name}": path.read_bytes() for path in sorted((ROOT / "schemas").glob("*.json"))}


def founding_files(world: World) -> dict[str, Content]:
    """Return the files of the commit that founds a register."""
    instance = document({"schema": 1, "instance": INSTANCE})
    version = {version_file(1): version_bytes(world.newest.data)}
    return {**_files_of(world), **_schemas(), **version, f"{POLICY}/instance.yaml": instance}


def policy_files(world: World, before: World) -> dict[str, Content]:
    """Return the files by which a version differs from the one before it, and the version itself."""
    old = _files_of(before)
    changed: dict[str, Content] = {path: raw for path, raw in _files_of(world).items() if old[path] != raw}
    return changed | {version_file(world.newest.number): version_bytes(world.newest.data)}


def signed_version(world: World, *, by: str, wrote: Sequence[str]) -> dict[str, Content]:
    """Return the sign-off of a world's newest version by somebody who holds the role for it."""
    newest, old = world.newest, world.versions[-2]
    changed = policy_files(world, World(versions=world.versions[:-1]))
    paths = {
        path: digest_of_bytes(raw)
        for path, raw in changed.items()
        if isinstance(raw, bytes) and "/versions/" not in path
    }
    statement = {
        "version": 1,
        "instance": INSTANCE,
        "subject": "policy",
        "seq": newest.number,
        "transition": "change-policy",
        "from": f"version-{old.number}",
        "to": f"version-{newest.number}",
        "verdict": "approve",
        "by": by,
        "name": next(person["name"] for person in old.data["people"]["people"] if person["handle"] == by),
        "role": "policy-owner",
        "at": f"2026-12-{newest.number:02d}T08:05:00Z",
        "time_source": "client",
        "meaning": change_transition(old).meaning,
        "contributors": sorted(wrote),
        "content": policy_content(newest, digest(paths)),
        "policy": {"version": old.number, "rules": old.rules_digest},
        "previous": _previous(world),
    }
    return {f"{SIGN_OFFS}/{file_name(statement)}": document({"statement": statement})}


def _previous(world: World) -> str:
    """Return the digest of the approval of the version before; each is signed by o.haddad, and written by s.ito."""
    number = world.newest.number
    if number <= 2:
        return previous_of((), instance=INSTANCE, seq=number)
    before = World(versions=world.versions[:-1])
    (raw,) = signed_version(before, by="o.haddad", wrote=("s.ito",)).values()
    assert isinstance(raw, bytes)
    return digest([digest(json.loads(raw.partition(b": ")[2]))])
