"""What an audit knows of a subject as plain data, to be kept, and back again: its touches, and its whole way."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from nearmiss.engine.audit.history import Reach
from nearmiss.engine.audit.results import Blamed, Life, Signature, Taken
from nearmiss.engine.audit.touches import Touch
from nearmiss.engine.ports import Change
from nearmiss.policy.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIGNATURE, _TAKEN = ([one.name for one in fields(kind)] for kind in (Signature, Taken))


def touch_as_plain(touch: Touch) -> list[Any]:
    """Return a touch as a list of its fields."""
    base, reach = ([one.position, *sorted(one.beside)] for one in (touch.base, touch.reach))
    changes = [list(one) for one in touch.changes]
    return [*touch[: touch._fields.index("base")], base, reach, changes, sorted(touch.taken)]


def touch_of(plain: Sequence[Any]) -> Touch:
    """Return the touch that was kept."""
    commit, position, line, parents, name, email, when, policy, base, reach, changes, taken = plain
    changed = tuple(Change(*one) for one in changes)
    behind, reach = (Reach(one[0], frozenset(one[1:])) for one in (base, reach))
    return Touch(commit, position, line, parents, name, email, when, policy, behind, reach, changed, frozenset(taken))


def life_as_plain(life: Life) -> list[Any]:
    """Return what a subject went through as a list of its fields."""
    steps = [[_of(step, _TAKEN), [_of(one, _SIGNATURE) for one in step.signatures]] for step in life.steps]
    ledgers = {name: [dict(entry) for entry in entries] for name, entries in life.ledgers.items()}
    blamed = [blamed_as_plain(one) for one in life.blamed]
    return [life.subject, life.path, life.title, life.state, life.reported, steps, ledgers, blamed]


def life_of(plain: Sequence[Any]) -> Life:
    """Return what was kept of a subject."""
    subject, path, title, state, reported, steps, ledgers, blamed = plain
    return Life(
        subject=subject,
        path=path,
        title=title,
        state=state,
        reported=reported,
        steps=tuple(_step_of(*step) for step in steps),
        ledgers={name: tuple(entries) for name, entries in ledgers.items()},
        blamed=tuple(blamed_of(one) for one in blamed),
    )


def _of(value: Signature | Taken, names: Sequence[str]) -> list[Any]:
    # Each field is a value of its own among the attributes.
    own = vars(value)
    return [None if name == "signatures" else own[name] for name in names]


def _step_of(step: Sequence[Any], signatures: Sequence[Sequence[Any]]) -> Taken:
    told = dict(zip(_TAKEN, step, strict=True))
    told["contributors"] = tuple(told["contributors"])
    told["signatures"] = tuple(Signature(**dict(zip(_SIGNATURE, one, strict=True))) for one in signatures)
    return Taken(**told)


def blamed_as_plain(one: Blamed) -> list[Any]:
    """Return a finding with its commit as a list of its fields."""
    found = one.finding
    return [
        one.commit, one.waived, found.code, found.message, found.hint, str(found.severity), found.record, found.path,
        found.line, found.column, list(found.field),
    ]  # fmt: skip


def blamed_of(plain: Sequence[Any]) -> Blamed:
    """Return the finding that was kept."""
    commit, waived, code, message, hint, severity, record, path, line, column, way = plain
    finding = Finding(
        code=code,
        message=message,
        hint=hint,
        severity=Severity(severity),
        record=record,
        path=path,
        line=line,
        column=column,
        field=tuple(way),
    )
    return Blamed(commit=commit, finding=finding, waived=waived)
