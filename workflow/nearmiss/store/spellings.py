"""What a plain scalar that readers disagree about can have been meant as, and data in which there are some."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.store.scalars import LARGEST_INTEGER, Misspelt, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.policy.findings import Field
    from nearmiss.store.nodes import Node

CERTAIN = frozenset({"yaml-unquoted-date", "yaml-null-spelling"})
"""Spellings that the format itself gives one meaning; of any other the field has to tell which is meant."""

MENDABLE = CERTAIN | {"yaml-boolean-spelling", "yaml-number-spelling", "yaml-float", "yaml-integer-too-large"}
"""The codes of scalars that only need another spelling."""

_TRUTHS = {"true": True, "yes": True, "on": True, "y": True, "false": False, "no": False, "off": False, "n": False}
_BASES = {"0x": 16, "0o": 8, "0b": 2}
_NUMBER = re.compile(r"(?P<sign>[-+]?)(?P<base>0[xXoObB])?(?P<digits>[0-9a-fA-F]+)")


@dataclass(frozen=True, kw_only=True)
class Doubtful:
    """A plain scalar that may not stand as it is: its text, and the code and hint of its finding."""

    text: str
    code: str
    hint: str

    @property
    def meanings(self) -> tuple[Any, ...]:
        """Everything that it is to one reader of YAML or another, as far as a document of ours can say it."""
        if self.code == "yaml-null-spelling":
            return (None,)
        if self.code == "yaml-boolean-spelling":
            truth = _TRUTHS[self.text.lower()]
            return (truth,) if self.text.lower() in {"true", "false"} else (truth, self.text)
        if self.code == "yaml-number-spelling":
            return (self.text, *sorted(set(_whole_numbers(self.text))))
        return (self.text,)

    @property
    def is_certain(self) -> bool:
        """Whether it means one thing to all readers, so that no field needs to be asked."""
        return len(self.meanings) == 1 and (self.code in CERTAIN or self.code == "yaml-boolean-spelling")


def _whole_numbers(text: str) -> Iterator[int]:
    """Yield the numbers that YAML 1.1 and YAML 1.2 take a spelling for: `014` is 12 to one, 14 to the other."""
    parts = _NUMBER.fullmatch(text.replace("_", ""))
    if parts is None:
        return
    bases = [_BASES[parts["base"].lower()]] if parts["base"] else [10]
    if not parts["base"] and parts["digits"].startswith("0"):
        bases.append(8)
    for base in bases:
        with suppress(ValueError):  # digits that the base does not have, or too many of them
            number = int(parts["sign"] + parts["digits"], base)
            if abs(number) <= LARGEST_INTEGER:
                yield number


def is_plain(node: Node, text: str) -> bool:
    """Say whether a single value stands without quotes and outside a block, so that its spelling says what it is."""
    return node.start == node.end or text[node.start] not in "\"'|>"


def data_of(node: Node, text: str) -> Any:
    """Return the plain data of a node; a scalar that may not stand as it is, is Doubtful."""
    if node.mapping:
        return {str(key.text): data_of(item, text) for key, item in zip(node.keys, node.items, strict=True)}
    if not node.single:
        return [data_of(item, text) for item in node.items]
    return value_of(node, text)


def value_of(node: Node, text: str) -> Any:
    """Return what a single value says, or Doubtful."""
    value = str(node.text)
    if not is_plain(node, text):
        return value
    found = resolve(value)
    return Doubtful(text=value, code=found.code, hint=found.hint) if isinstance(found, Misspelt) else found


def values_in(node: Node, way: Field = ()) -> Iterator[tuple[Field, Node]]:
    """Yield the field and the node of every single value, in the order of the document."""
    if node.single:
        yield way, node
    for place, item in enumerate(node.items):
        yield from values_in(item, (*way, str(node.keys[place].text) if node.mapping else place))


def doubtful_in(data: Any, way: Field = ()) -> Iterator[tuple[Field, Doubtful]]:
    """Yield the field of every doubtful scalar in data."""
    if isinstance(data, Doubtful):
        yield way, data
    elif isinstance(data, dict | list):
        for step, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from doubtful_in(value, (*way, step))


def settled(data: Any, meanings: Mapping[Field, Any], way: Field = ()) -> Any:
    """Return data with meanings in the place of the doubtful scalars at these fields."""
    if isinstance(data, dict):
        return {key: settled(value, meanings, (*way, key)) for key, value in data.items()}
    if isinstance(data, list):
        return [settled(value, meanings, (*way, place)) for place, value in enumerate(data)]
    return meanings.get(way, data) if isinstance(data, Doubtful) else data
