"""Telling whether data is sound, without making a model of it: it must say what the model says, of whatever data."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel, ValidationError

from nearmiss.models.people import People
from nearmiss.models.record import Record
from nearmiss.models.sign_off import SignOff
from nearmiss.models.soundness import is_sound
from nearmiss.policy.plain import get
from nearmiss.store.reader import read

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).parents[2]
ODD: tuple[Any, ...] = (
    None,
    "",
    " x",
    "x",
    "2026-02-30",
    "2026",
    "redacted",
    "a\u202eb",
    0,
    1,
    1.0,
    True,
    [],
    {},
    [None],
    {"x": 1},
)


def _examples() -> Iterator[tuple[type[BaseModel], dict[str, Any]]]:
    for path in sorted((CHECKOUT / "records").rglob("*.yaml")):
        data = read(path.read_bytes()).data
        assert data is not None
        yield (SignOff if path.parent.name == "sign-offs" else Record), data
    people = read((CHECKOUT / "workflow" / "policy" / "people.yaml").read_bytes()).data
    assert people is not None
    yield People, people


def _altered(data: Any, way: tuple[str | int, ...] = ()) -> Iterator[Any]:
    """Yield data with each part taken out, made something odd, or given a key that it may not have."""
    place: Any = data
    for step in way:
        place = place[step]
    keys = list(place) if isinstance(place, dict) else range(len(place)) if isinstance(place, list) else ()
    for key in keys:
        for odd in ODD:
            yield _with(data, (*way, key), odd)
        yield _with(data, (*way, key), _GONE)
        yield from _altered(data, (*way, key))
    if isinstance(place, dict):
        yield _with(data, (*way, "surplus"), "x")


_GONE = object()


def _with(data: Any, way: tuple[str | int, ...], value: Any) -> Any:
    copy = deepcopy(data)
    place = copy
    for step in way[:-1]:
        place = place[step]
    if value is _GONE:
        del place[way[-1]]
    else:
        place[way[-1]] = value
    return copy


def _fits(model: type[BaseModel], data: Any, terms: dict[str, list[str]]) -> bool:
    try:
        model.model_validate(data, context={"vocabulary": terms})
    except ValidationError:
        return False
    return not _holds_null(data)


def _holds_null(data: Any, key: str = "") -> bool:
    """Only what a corrected value was, or is now, may be null: that it was not there is what is told of it."""
    if isinstance(data, dict):
        return any(_holds_null(value, name) for name, value in data.items())
    if isinstance(data, list):
        return any(_holds_null(value) for value in data)
    return data is None and key not in {"was", "now"}


@pytest.mark.parametrize("model", [Record, SignOff, People])
def test_it_says_what_the_model_says(model: type[BaseModel]) -> None:
    """Whatever is taken out of an example, put in, or made of another kind: both let the same pass, and no null."""
    examples = [data for kind, data in _examples() if kind is model]
    judged = []
    for data in [examples[0], max(examples, key=lambda data: len(str(data)))]:
        terms = {"area": [str(get(data, "report", "process_area"))]}
        for altered in _altered(data):
            judged.append(is_sound(model, altered, terms=terms))
            assert judged[-1] == _fits(model, altered, terms), altered
    assert any(judged)
    assert not all(judged)
