"""The fields of a record as a tree to walk while somebody types `--set`: read from the register's JSON Schema."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Node = dict[str, Any]

FIXED = frozenset({"schema", "id", "state"})
"""What no assignment changes."""

WITHHELD = "redacted"
_STEP = re.compile(r"(?P<key>[A-Za-z_][A-Za-z0-9_-]*)(?P<place>(?:\[(?:\+|-1|[0-9]+)\])?)")
_MOST_NUMBERS = 10


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What may be typed next, what it means, and whether more has to follow at once."""

    value: str
    help: str = ""
    is_whole: bool = True


class Fields:
    """The tree of fields that a JSON Schema describes."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema
        self._defs: Mapping[str, Node] = schema.get("$defs", {})

    def below(self, path: str, *, ending: str = "=") -> Iterator[Choice]:
        """Yield the next step after a path that is being typed; a field that holds a value gets the ending."""
        parent, dot, _ = path.rpartition(".")
        node = self.at(parent) if dot else self._resolved(dict(self._schema))
        for name, inner in self._fields(node):
            if dot or name not in FIXED:
                yield from self._ways(f"{parent}{dot}{name}", inner, ending)

    def _ways(self, path: str, node: Node, ending: str) -> Iterator[Choice]:
        told = str(node.get("description") or node.get("title") or "")
        inner = self._resolved(node)
        if inner.get("type") != "array":
            end = "." if self._fields(inner) else ending
            yield Choice(value=f"{path}{end}", help=told, is_whole=not end)
            return
        end = "." if self._fields(self._resolved(inner.get("items", {}))) else ending
        yield Choice(value=f"{path}[+]{end}", help=told, is_whole=not end)
        yield Choice(value=f"{path}[-1]{end}", help=f"{told} (the last one)", is_whole=not end)

    def at(self, path: str) -> Node:
        """Return what a path leads to, an empty node where it leads nowhere."""
        node = self._resolved(dict(self._schema))
        for step in path.split("."):
            match = _STEP.fullmatch(step)
            node = self._resolved(dict(self._fields(node)).get(match["key"], {})) if match else {}
            if match and match["place"]:
                node = self._resolved(node.get("items", {}))
        return node

    def values(self, path: str) -> list[Choice]:
        """Return the values that a field may have, where there are few."""
        return list(self._values(self.at(path)))

    def kind(self, path: str) -> str:
        """Return the name of the type that a field has, such as `Handle`, or an empty text."""
        return str(self.at(path).get("x-name", ""))

    def _values(self, node: Node) -> Iterator[Choice]:
        told = node.get("enumDescriptions", [])
        for place, value in enumerate(node.get("enum", ())):
            if value != WITHHELD:
                yield Choice(value=_spelled(value), help=str(told[place]) if place < len(told) else "")
        if node.get("type") == "boolean":
            yield from (Choice(value="true", help="yes"), Choice(value="false", help="no"))
        low, high = node.get("minimum"), node.get("maximum")
        if isinstance(low, int) and isinstance(high, int) and high - low < _MOST_NUMBERS:
            yield from (Choice(value=str(number)) for number in range(low, high + 1))

    def _resolved(self, node: Node) -> Node:
        """Follow references, and of several kinds of value take the one that says most."""
        name = ""
        for _ in range(8):
            if "$ref" in node:
                name = str(node["$ref"]).rpartition("/")[2]
                node = {**self._defs.get(name, {}), **{key: value for key, value in node.items() if key != "$ref"}}
            elif "anyOf" in node or "oneOf" in node:
                node = max(node.get("anyOf") or node["oneOf"], key=_weight)
            else:
                break
        return {**node, "x-name": name} if name else node

    def _fields(self, node: Node) -> list[tuple[str, Node]]:
        return list(node.get("properties", {}).items())


def _weight(node: Node) -> int:
    """Say how much a kind of value tells: terms most, then a reference; the word for a withheld value least."""
    if node.get("const") == WITHHELD:
        return 0
    return 3 if "enum" in node else 2 if "$ref" in node else 1


def _spelled(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
