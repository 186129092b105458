"""The causes of a near miss as trees: what explains what, safe against loops and gaps in the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.render.languages import N_

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

DEEPEST = 6
"""Nesting that still reads on a phone; what lies deeper is shown beside its parent."""

LEVELS = {"immediate": N_("Immediate cause"), "underlying": N_("Underlying cause"), "root": N_("Root cause")}


@dataclass(frozen=True, kw_only=True)
class Cause:
    """One cause and what lies behind it. `label` is a sentence of the catalogues."""

    level: str
    label: str
    category: str
    statement: str
    behind: tuple[Cause, ...] = ()


def cause_trees(causes: Sequence[Mapping[str, Any]], label_of_category: Callable[[str], str]) -> tuple[Cause, ...]:
    """Return the trees: a cause lies behind the one that it `explains`.

    A cause whose `explains` names nothing, itself, or closes a loop stands at the top, so that none is lost.
    """
    known = {str(cause.get("id")): cause for cause in causes}
    parents = {key: _parent(key, known) for key in known}
    children: dict[str, list[str]] = {}
    for key, parent in parents.items():
        children.setdefault(parent, []).append(key)

    def build(keys: Iterable[str], depth: int) -> tuple[Cause, ...]:
        return tuple(each for key in keys for each in branch(key, depth))

    def branch(key: str, depth: int) -> tuple[Cause, ...]:
        below = children.get(key, [])
        if depth == DEEPEST:
            return (_cause(known[key], (), label_of_category), *_flat(below))
        return (_cause(known[key], build(below, depth + 1), label_of_category),)

    def _flat(keys: list[str]) -> tuple[Cause, ...]:
        waiting, found = list(keys), []
        while waiting:
            key = waiting.pop(0)
            found.append(_cause(known[key], (), label_of_category))
            waiting = children.get(key, []) + waiting
        return tuple(found)

    return build(children.get("", []), 1)


def all_causes(causes: Iterable[Cause]) -> Iterator[Cause]:
    """Yield every cause of some trees, from the top."""
    for cause in causes:
        yield cause
        yield from all_causes(cause.behind)


def _parent(key: str, known: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the id of the cause above, or nothing where there is none or the way up comes back."""
    above = str(known[key].get("explains", ""))
    if above not in known:
        return ""
    passed, step = {key}, above
    while step in known:
        if step in passed:
            return ""
        passed.add(step)
        step = str(known[step].get("explains", ""))
    return above


def _cause(cause: Mapping[str, Any], behind: tuple[Cause, ...], label_of_category: Callable[[str], str]) -> Cause:
    level = str(cause.get("level", ""))
    category = str(cause.get("category", ""))
    return Cause(
        level=level,
        label=LEVELS.get(level, ""),
        category=label_of_category(category) if category else "",
        statement=str(cause.get("statement", "")),
        behind=behind,
    )
