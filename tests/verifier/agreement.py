"""Putting an attempted change of a record to the standalone verifier, as the rules' own tests put it to the program."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from nearmiss.policy.dossier import Dossier
from nearmiss.verifier.changes import Change, Memory, judge_change
from nearmiss.verifier.objects import PLAIN_FILE, Entry
from nearmiss.verifier.policy import Policy
from nearmiss.verifier.records import Version
from nearmiss.verifier.shape import misfits
from nearmiss.verifier.sign_offs import SignOff, Standing
from nearmiss.verifier.steps import Derived
from tests.policy.builder import INSTANCE, Attempt

ROOT = Path(__file__).parents[2]


@cache
def schema(name: str) -> dict[str, Any]:
    """Return one of this repository's schemas."""
    return dict(json.loads((ROOT / "schemas" / f"{name}.schema.json").read_bytes()))


def as_version(dossier: Dossier) -> Version:
    """Return a record, with what lies beside it, as the verifier reads it from a tree."""
    sign_offs = tuple(
        SignOff(path=file.path, statement=file.statement, signature=str(file.data.get("signature", "")))
        for file in dossier.sign_offs
    )
    files = {file.path: Entry(mode=PLAIN_FILE, oid=file.bytes_digest) for file in dossier.sign_offs}
    key = dossier.path.removesuffix(".yaml")
    return Version(key=key, present=True, data=dict(dossier.data), sign_offs=sign_offs, files=files)


def as_change(attempt: Attempt) -> Change:
    """Return a change as the verifier sees it, with what git would tell."""
    policies = {
        version.number: Policy(version=version.number, whole=version.data) for version in attempt.case.world.versions
    }
    authorship = attempt.authorship

    def derive(parts: Sequence[str], standing: Standing) -> Derived:
        strangers: Mapping[str, frozenset[str]] = authorship.strangers
        unknown = frozenset().union(*(strangers.get(part, frozenset()) for part in (*parts, "state")))
        return Derived(handles=authorship.of(tuple(parts)), unknown=unknown)

    held = attempt.held
    highest = {"level": held.level} | (
        {"severity_potential": held.severity_potential} if held.severity_potential else {}
    )
    return Change(
        before=as_version(attempt.case.dossier),
        after=as_version(attempt.after),
        instance=INSTANCE,
        policy=policies[max(policies)],
        policies=policies,
        memory=Memory(highest=highest),
        derive=derive,
    )


def verifier_codes(attempt: Attempt) -> set[str]:
    """Return the codes that the verifier gives to a change; a file of no known shape is as good as tampered with."""
    shapes = [misfits(schema("sign-off"), dict(file.data)) for file in attempt.after.sign_offs]
    shapes.append(misfits(schema("near-miss"), dict(attempt.after.data)))
    if any(shapes):
        return {"shape"}
    return {fault.code for fault in judge_change(as_change(attempt)).faults}
