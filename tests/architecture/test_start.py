"""Starting the program costs what the command needs, and no more."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("PIL", "cryptography", "git", "httpx", "jinja2", "mkdocs", "openpyxl", "pikepdf", "pydantic", "ruamel", "rich")
"""What takes longer to import than a short command may take as a whole."""

PROGRAM = """
import json, runpy, sys
sys.argv = ["nearmiss", *sys.argv[1:]]
try:
    runpy.run_module("nearmiss", run_name="__main__")
except SystemExit as end:
    code = end.code or 0
else:
    code = 0
print()
print(json.dumps({"code": code, "loaded": sorted(name for name in sys.modules if "." not in name)}))
"""


def start(*words: str, cwd: Path) -> tuple[int, set[str], str]:
    """Run the program; return its exit code, the packages it loaded, and what it said."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, *words], cwd=cwd, capture_output=True, text=True, check=True)
    said, _, report = done.stdout.rstrip().rpartition("\n")
    facts = json.loads(report)
    return facts["code"], set(facts["loaded"]), said


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("report", "--help"), ("site", "build", "--help")])
def test_asking_for_help_loads_nothing_heavy(words: tuple[str, ...], tmp_path: Path) -> None:
    """Help and version come without git, pydantic, Jinja, MkDocs or any other heavy package being imported."""
    code, loaded, said = start(*words, cwd=tmp_path)

    assert code == 0
    assert said.strip()
    assert loaded.isdisjoint(HEAVY)
