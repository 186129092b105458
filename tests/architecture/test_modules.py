"""How code reads here, as far as a test can tell."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent.parent / "workflow" / "nearmiss"
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))

MOST_LINES = 400

LONGER: dict[str, str] = {}
"""Modules that may be longer, each with the reason."""

VAGUE = {"utils", "util", "helpers", "helper", "manager", "managers", "base", "common", "misc"}


SWITCHED_OFF = re.compile(r"# (noqa|type: ignore(?!\[import-untyped\]))")
"""An untyped library is its own reason: there is nothing else to do about it."""

REASON = re.compile(r"# (noqa: [A-Z0-9, ]+|type: ignore\[[\w, -]+\])\W+\w+\W+\w+")


def read(module: str) -> str:
    """Return the text of a module of the package."""
    return (PACKAGE / module).read_text(encoding="utf-8")


def called_names(tree: ast.Module) -> set[str]:
    """Return the plain names that a module calls."""
    return {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


@pytest.mark.parametrize("module", MODULES)
def test_module_says_what_it_is(module: str) -> None:
    """The first line of a module says in one sentence what the thing is."""
    said = ast.get_docstring(ast.parse(read(module)))

    assert said, "it has no docstring"
    assert re.fullmatch(r"[A-Z`].+\.", said.partition("\n")[0]), said


@pytest.mark.parametrize("module", MODULES)
def test_module_can_be_read_in_one_sitting(module: str) -> None:
    """No module is longer than 400 lines, but those that are listed with a reason."""
    length = len(read(module).splitlines())

    assert length <= MOST_LINES or module in LONGER, f"{length} lines: two things live in it"


def test_list_of_long_modules_is_true() -> None:
    """Every module listed as longer is there, is longer, and says why."""
    assert {name: why for name, why in LONGER.items() if not why or len(read(name).splitlines()) <= MOST_LINES} == {}


@pytest.mark.parametrize("module", MODULES)
def test_module_is_named_for_what_it_is(module: str) -> None:
    """No module has a name under which anything could lie."""
    assert VAGUE.isdisjoint(Path(module).with_suffix("").parts)


@pytest.mark.parametrize("module", [name for name in MODULES if name.endswith("__init__.py")])
def test_room_does_nothing_when_it_is_opened(module: str) -> None:
    """A package's own module is its docstring alone; the top one adds the version."""
    names = [ast.unparse(part) for part in ast.parse(read(module)).body[1:]]

    assert [name for name in names if not (module == "__init__.py" and name.startswith("__version__ = "))] == []


@pytest.mark.parametrize("module", [name for name in MODULES if not name.startswith(("cli/", "__main__"))])
def test_only_the_command_line_speaks(module: str) -> None:
    """Nothing below the command line prints, asks, or ends the process."""
    assert called_names(ast.parse(read(module))).isdisjoint({"print", "input", "exit", "quit"})


@pytest.mark.parametrize("module", MODULES)
def test_nothing_is_hidden_from_coverage(module: str) -> None:
    """No line is taken out of the measure of what tests reach."""
    assert not re.search(r"#\s*pragma:?\s*no\s*(cover|branch)", read(module), re.IGNORECASE)


@pytest.mark.parametrize("module", MODULES)
def test_rule_switched_off_says_why(module: str) -> None:
    """A linter's rule switched off on a line is named, and its reason is on that line or in a comment just above."""
    silent = [
        line.strip()
        for above, line in pairwise(["", *read(module).splitlines()])
        if SWITCHED_OFF.search(line) and not REASON.search(line) and not above.lstrip().startswith("#")
    ]

    assert silent == []
