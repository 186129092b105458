"""JSON lines: one object for each record, exactly as it was read, in a form that never changes its meaning."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nearmiss.engine.exporting.gathering import Exported, TakenStep

FORMAT = 1
"""The version of a line's form. Keys are only ever added to it."""

# A reader that splits at anything but a line feed must not split here, and nobody's terminal may obey.
_BETTER_ESCAPED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")


def line_of(exported: Exported) -> bytes:
    """Return one record as a line: UTF-8, closed by a line feed; the same record gives the same bytes."""
    return _spell(as_data(exported))


def public_line_of(exported: Exported) -> bytes:
    """Return a record of which only what may be published is left, as a line of its version, id and fields."""
    return _spell({"schema": FORMAT, "id": exported.dossier.id, "record": dict(exported.dossier.data)})


def _spell(data: dict[str, Any]) -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return _BETTER_ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode() + b"\n"


def as_data(exported: Exported) -> dict[str, Any]:
    """Return one record as the plain data of its line.

    `schema` is the version of this form, `record` the plain data as read. `first_on_main` is when the main branch first
    held the record: an instant in UTC, a day for a confidential report, a month for an anonymous one, and absent where
    a clone without the whole history cannot tell.
    """
    arrival = {"first_on_main": exported.first_on_main} if exported.first_on_main else {}
    return {
        "schema": FORMAT,
        "id": exported.dossier.id,
        "path": exported.dossier.path,
        "state": exported.dossier.state,
        "record": dict(exported.dossier.data),
        "steps": [_step_as_data(step) for step in exported.steps],
        **arrival,
    }


def _step_as_data(step: TakenStep) -> dict[str, Any]:
    return {
        "seq": step.seq,
        "transition": step.transition,
        "from": step.from_,
        "to": step.to,
        "in_force": step.in_force,
        "signed_at": step.signed_at,
        "signers": [
            {"by": signer.by, "role": signer.role, "at": signer.at, "assurance": signer.assurance}
            for signer in step.signers
        ],
        "policy_version": step.policy_version,
    }
