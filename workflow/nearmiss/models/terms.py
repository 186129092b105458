"""Which fields of a record hold terms of which vocabulary, read off the models themselves."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, get_args

from nearmiss.models.record import Record
from nearmiss.models.values import Part, Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator


@lru_cache(maxsize=1)
def vocabulary_paths() -> tuple[tuple[str, str], ...]:
    """Return every field path that holds a term, such as `report.links[].kind`, with the name of its vocabulary."""
    return tuple(dict.fromkeys(_of_model(Record, "")))


def _of_model(model: type[Part], prefix: str) -> Iterator[tuple[str, str]]:
    for name, field in model.model_fields.items():
        path = f"{prefix}{field.alias or name}"
        yield from ((path, mark.name) for mark in field.metadata if isinstance(mark, Vocabulary))
        yield from _of_type(field.annotation, path)


def _of_type(annotation: Any, path: str) -> Iterator[tuple[str, str]]:
    """Look through unions, lists and annotations for marks and for further models."""
    if isinstance(annotation, Vocabulary):
        yield path, annotation.name
    elif isinstance(annotation, type) and issubclass(annotation, Part):
        yield from _of_model(annotation, f"{path}.")
    else:
        inner = f"{path}[]" if getattr(annotation, "__origin__", None) is tuple else path
        for argument in get_args(annotation):
            yield from _of_type(argument, inner)
