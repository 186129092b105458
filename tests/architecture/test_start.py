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


JUDGING = """
import json, nearmiss.engine.gate.records, nearmiss.engine.instance
from nearmiss.models.values import Part

def below(model):
    return {model, *(one for child in model.__subclasses__() for one in below(child))}

print(json.dumps(sorted(model.__name__ for model in below(Part) if model.__pydantic_complete__)))
"""


def test_what_judges_is_imported_without_a_model_being_built(tmp_path: Path) -> None:
    """Every judging command imports the policy's models; one that a default builds meanwhile costs each of them."""
    done = subprocess.run([sys.executable, "-c", JUDGING], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


OPENING = """
import json, pathlib, sys
from nearmiss.app.opening import open_desk

desk = open_desk(pathlib.Path())
before = [name for name in sys.modules if name.startswith("nearmiss.media")]
print(json.dumps([before, desk.cleaner.traces(b"plain words")]))
"""


def test_a_register_is_opened_without_what_cleans_files(tmp_path: Path) -> None:
    """What makes pictures and documents anew is imported when the first one comes, and then does its work."""
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    done = subprocess.run([sys.executable, "-c", OPENING], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [[], []]
