"""Collects every finding code that the program can give, by reading its source as a syntax tree."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TABLES = frozenset({"_CODES", "_KINDS", "_MESSAGES"})
"""Dicts whose keys or values are codes; what in them is none of a finding is not kebab-case with a known reader."""


@cache
def codes_in(package: Path) -> dict[str, str]:
    """Return each code with the file that gives it: whatever is called, set or passed as `code`."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(package.rglob("*.py"))}
    found: dict[str, str] = {}
    for path, tree in trees.items():
        places = _places_of_code(tree) | _IMPORTED
        for node in ast.walk(tree):
            for code in _codes_of(node, places):
                found.setdefault(code, path.relative_to(package).as_posix())
    return found


_IMPORTED = {"lacking": 0}
"""Functions that take a code, and are called in other modules than their own: the place of the code."""


def _places_of_code(tree: ast.Module) -> dict[str, int]:
    """Return the functions of a module that take a parameter named `code`, each with its place among the arguments."""
    places = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = [argument.arg for argument in node.args.args if argument.arg != "self"]
            if "code" in names:
                places[node.name] = names.index("code")
    return places


def _codes_of(node: ast.AST, places: dict[str, int]) -> Iterator[str]:
    if isinstance(node, ast.Call):
        yield from _codes_of_call(node, places)
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "code":
        yield from _constants(node.value)
    elif isinstance(node, ast.Assign):
        yield from _codes_of_assignment(node)


def _codes_of_call(node: ast.Call, places: dict[str, int]) -> Iterator[str]:
    for keyword in node.keywords:
        if keyword.arg == "code":
            yield from _constants(keyword.value)
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    place = places.get(name)
    if place is not None and place < len(node.args):
        yield from _constants(node.args[place])


def _codes_of_assignment(node: ast.Assign) -> Iterator[str]:
    target = node.targets[0]
    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
        for name, value in zip(target.elts, node.value.elts, strict=True):
            if isinstance(name, ast.Name) and name.id == "code":
                yield from _constants(value)
    elif isinstance(target, ast.Name) and target.id == "_CODES" and isinstance(node.value, ast.Dict):
        for value in node.value.values:
            yield from _constants(value.elts[0] if isinstance(value, ast.Tuple) else value)


def _constants(node: ast.AST | None) -> Iterator[str]:
    """Yield the texts that an expression can be: one, or either side of a choice."""
    if isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value
