"""Looking into plain data: the value at the end of a way of keys, and all values that a field path reaches."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nearmiss.policy.findings import Field


def get(data: Any, *way: str) -> Any:
    """Return the value at the end of a way of keys, or None."""
    for key in way:
        if not isinstance(data, dict) or key not in data:
            return None
        data = data[key]
    return data


def listed(data: Any, *way: str) -> list[Any]:
    """Return the list at the end of a way of keys; an empty one where there is none."""
    found = get(data, *way)
    return found if isinstance(found, list) else []


def mapped(data: Any, *way: str) -> Mapping[str, Any]:
    """Return the mapping at the end of a way of keys; an empty one where there is none."""
    found = get(data, *way)
    return found if isinstance(found, dict) else {}


def values_at(data: Any, path: str) -> Sequence[tuple[Field, Any]]:
    """Return every value that a field path such as `action_plan.actions[].owner` reaches, with the way to it."""
    keys, steps = _stages_of(path)
    for key in keys:
        if not isinstance(data, dict) or key not in data:
            return ()
        data = data[key]
    return ((keys, data),) if steps is None else _among(data, keys, steps)


def _among(entries: Any, above: Field, steps: tuple[tuple[str, bool], ...]) -> list[tuple[Field, Any]]:
    """Return every value that the rest of a path reaches from the entries of a list."""
    if not isinstance(entries, list):
        return []
    found: list[tuple[Field, Any]] = [((*above, place), entry) for place, entry in enumerate(entries)]
    for key, many in steps:
        before, found = found, []
        for way, value in before:
            if not isinstance(value, dict) or key not in value:
                continue
            inner = value[key]
            if not many:
                found.append(((*way, key), inner))
            elif isinstance(inner, list):
                found += [((*way, key, place), entry) for place, entry in enumerate(inner)]
    return found


@lru_cache(maxsize=512)
def _stages_of(path: str) -> tuple[tuple[str, ...], tuple[tuple[str, bool], ...] | None]:
    """Return the keys up to the first list, and the steps from its entries on; None where the path meets no list."""
    steps = steps_of(path)
    first = next((place for place, (_, many) in enumerate(steps, 1) if many), None)
    return tuple(key for key, _ in steps[:first]), None if first is None else steps[first:]


@lru_cache(maxsize=512)
def steps_of(path: str) -> tuple[tuple[str, bool], ...]:
    """Return the keys of a field path, each with whether all entries of the list there are meant."""
    return tuple((step.removesuffix("[]"), step.endswith("[]")) for step in path.split("."))


def _may_hold(data: Any, word: bytes) -> bool:
    """Say whether a word can be in the JSON of data: written in C, that is quicker than looking into each value."""
    # Who only looks at what is remembered asks nothing of the kind, and need not wait for it.
    import orjson

    try:
        return word in orjson.dumps(data)
    except TypeError:
        # It writes no text that is none, and nothing that lies very deep.
        return True


@lru_cache(maxsize=32)
def _spelt(key: str) -> bytes:
    return json.dumps(key, ensure_ascii=False).encode()


def holds_key(data: Any, key: str) -> bool:
    """Say whether a mapping anywhere in plain data has a key, without saying where."""
    if not _may_hold(data, _spelt(key)):
        return False
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if key in value:
                return True
            value = value.values()
        elif not isinstance(value, list):
            continue
        waiting += [inner for inner in value if type(inner) is dict or type(inner) is list]
    return False
