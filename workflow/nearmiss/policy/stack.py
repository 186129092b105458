"""The stack of steps in force: what each seals, what a further step puts on it, and what a step back takes off."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nearmiss.models.swift import swift

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.policy.steps import Step
    from nearmiss.policy.workflow import Transition


@swift
@dataclass(frozen=True, kw_only=True)
class Seal:
    """What a part is bound to: the digest that was signed (None: signed while absent), by which step and files."""

    digest: str | None
    seq: int
    transition: str
    files: tuple[str, ...]


@swift
@dataclass(frozen=True, kw_only=True)
class Entry:
    """One step of the stack in force, with the seals that it holds."""

    step: Step
    to: str
    seals: Mapping[str, Seal]


def sealed_parts(transition: Transition, content: Mapping[str, Any]) -> dict[str, str | None]:
    """Return what a step seals: a forward step every part it is made for, absent ones too; others what they name."""
    sections: dict[str, str | None] = dict(content.get("sections", {}))
    if "title" in content:
        sections["title"] = content["title"]
    if transition.kind == "forward":
        return {part: sections.get(part) for part in transition.seals}
    return sections


def apply_step(stack: tuple[Entry, ...], step: Step) -> tuple[Entry, ...]:
    """Return the stack after a step.

    A forward step is pushed. A step that keeps the state renews the seals that it finds, in place, so that they stay
    renewed when a later step is taken off; what nobody had sealed yet it seals itself, until a forward step renews
    that too. Sending back and reopening take off every entry above their target.
    """
    files = tuple(file.name for file in step.approvals)
    seals = {
        part: Seal(digest=value, seq=step.seq, transition=step.transition.name, files=files)
        for part, value in step.sections.items()
    }
    if step.transition.kind == "forward":
        kept_up = (_renewed(entry, seals) if entry.step.transition.kind == "keep" else entry for entry in stack)
        return (*kept_up, Entry(step=step, to=step.to, seals=seals))
    if step.transition.kind == "back":
        kept = list(stack)
        while kept and kept[-1].to != step.to:
            kept.pop()
        return tuple(kept)
    renewed = tuple(_renewed(entry, seals) for entry in stack)
    held = {part for entry in stack for part in entry.seals}
    new = {part: seal for part, seal in seals.items() if part not in held}
    return (*renewed, Entry(step=step, to=step.to, seals=new))


def _renewed(entry: Entry, seals: Mapping[str, Seal]) -> Entry:
    return replace(entry, seals={part: seals.get(part, seal) for part, seal in entry.seals.items()})


def has_been(stack: tuple[Entry, ...], state: str, *, first_state: str) -> bool:
    """Say whether a record can be taken back to a state: it was there, and nothing has taken it back behind that."""
    return state == first_state or any(entry.to == state for entry in stack)
