"""Which fields there are at a place in a document, read off its models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def fields_at(model: type[BaseModel], way: Iterable[str | int]) -> tuple[str, ...]:
    """Return the names of the fields at the end of a way of keys and places; none where it leads to no mapping of ours.

    Where one of several models may stand there, it is the fields of all of them.
    """
    models = [model]
    for key in way:
        if isinstance(key, str):
            found = [one.model_fields[name] for one in models for name in one.model_fields if _said(one, name) == key]
            models = [part for field in found for part in _models_in(field.annotation)]
    return tuple(dict.fromkeys(_said(one, name) for one in models for name in one.model_fields))


def _said(model: type[BaseModel], name: str) -> str:
    """Return a field's name as documents have it."""
    return model.model_fields[name].alias or name


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Look through unions, lists and annotations for models."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
