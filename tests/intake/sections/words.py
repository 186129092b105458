"""The words of the forms that stand in data, not in templates: names and meanings of fields, entries and choices."""

from __future__ import annotations

from collections.abc import Iterator

from nearmiss.engine.forms.making import help_of
from nearmiss.engine.forms.names import name_of_entry
from nearmiss.engine.forms.options import HARM, WITHHELD, YES_NO
from nearmiss.engine.forms.shapes import Kind, Shape, shape_of
from nearmiss.models.sections import SECTIONS


def words() -> Iterator[str]:
    """Yield every word that a form says of its fields, each once, in the order of a record."""
    yield from dict.fromkeys(word for section in ("title", *SECTIONS) for word in _of(shape_of(section)))
    yield from (*HARM, WITHHELD, *(label for _, label in YES_NO))


def _of(shape: Shape) -> Iterator[str]:
    for one in shape.walk():
        yield from (one.label, help_of(one))
        if one.kind is Kind.PARTS:
            yield name_of_entry(one.model)
        for choice in one.choices:
            yield from (choice.label, choice.help)
