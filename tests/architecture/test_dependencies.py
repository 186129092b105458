"""What the code imports is what pyproject asks for, and nothing comes along by chance."""

from __future__ import annotations

import ast
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PARTS = {"pydantic_core": "pydantic"}
"""Packages that are half of another one, which pins them exactly and has its users import from them."""


def imported_packages(code: str) -> set[str]:
    """Return the top packages that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_every_import_is_asked_for(repo_root: Path) -> None:
    """Each foreign package that the program imports is among its own dependencies, not only somebody else's.

    The web application may import what its extra asks for, and nobody else may.
    """
    project = tomllib.loads((repo_root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    always = {canonicalize_name(Requirement(text).name) for text in project["dependencies"]}
    web = {canonicalize_name(Requirement(text).name) for text in project["optional-dependencies"]["web"]}
    providers = packages_distributions()
    code = repo_root / "workflow" / "nearmiss"

    unasked = {
        f"{path.relative_to(repo_root)}: {package}"
        for path in code.rglob("*.py")
        for asked in [always | web if path.is_relative_to(code / "intake") else always]
        for package in imported_packages(path.read_text(encoding="utf-8")) - sys.stdlib_module_names - {"nearmiss"}
        if asked.isdisjoint(map(canonicalize_name, [PARTS.get(package, package), *providers.get(package, [])]))
    }

    assert unasked == set()
