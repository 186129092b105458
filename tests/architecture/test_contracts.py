"""The layers: the linter finds them kept here, and finds each breach that it is there for."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def lint(checkout: Path) -> subprocess.CompletedProcess[str]:
    """Run the import linter on the code of a checkout, whatever else is installed."""
    code = (
        "import sys; sys.path.insert(0, 'workflow');"
        "from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    )
    command = [sys.executable, "-P", "-c", code]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(repo_root: Path, tmp_path: Path) -> Path:
    """Copy code and contracts to where a test may break them."""
    code = Path("workflow", "nearmiss")
    shutil.copytree(repo_root / code, tmp_path / code, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(repo_root / "pyproject.toml", tmp_path)
    return tmp_path


def test_contracts_are_kept(repo_root: Path) -> None:
    """No module imports upwards, sideways or what belongs to another room."""
    done = lint(repo_root)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "module, line, contract",
    [
        ("models/stray.py", "import nearmiss.policy", "Imports go downwards"),
        ("store/stray.py", "import nearmiss.vcs", "Imports go downwards"),
        ("stray.py", "", "Imports go downwards"),
        ("policy/stray.py", "import os", "Models, policy and engine decide"),
        ("engine/stray.py", "from time import time", "Models, policy and engine decide"),
        ("models/stray.py", "import nearmiss.shipped", "Models, policy and engine decide"),
        ("store/stray.py", "import git", "Only vcs knows git"),
        ("vcs/stray.py", "from ruamel.yaml import YAML", "Only store knows YAML and tables"),
        ("app/stray.py", "import jinja2", "Only render knows Jinja"),
        ("site/stray.py", "import babel.dates", "Only render knows Jinja"),
        ("cli/stray.py", "from mkdocs.config import load_config", "Only site knows MkDocs"),
        ("app/stray.py", "import httpx", "Only forge speaks HTTP"),
        ("forge/stray.py", "import nearmiss.vcs", "Imports go downwards"),
        ("app/stray.py", "import click", "Only the command line knows the terminal"),
        ("app/stray.py", "import starlette", "Only intake knows the web server"),
        ("store/stray.py", "import PIL", "Only media opens pictures"),
        ("app/stray.py", "import smtplib", "Only mail sends letters"),
        ("models/stray.py", "import nearmiss.models.astray", "No two rooms, and no two modules"),
    ],
)
def test_breach_is_found(copy: Path, module: str, line: str, contract: str) -> None:
    """A module in the wrong place, or with an import that its room may not have, breaks the contract that says so."""
    stray = copy / "workflow" / "nearmiss" / module
    stray.write_text(f'"""A module gone astray."""\n{line}\n', encoding="utf-8")
    back = "import nearmiss.models.stray" if line.endswith("astray") else ""
    stray.with_name("astray.py").write_text(f"{back}\n", encoding="utf-8")

    done = lint(copy)

    broken = [row for row in done.stdout.splitlines() if " BROKEN" in row]
    assert done.returncode == 1, done.stdout + done.stderr
    assert any(row.startswith(contract) for row in broken), broken
