"""The judges that are programs of others, where `make site-tools` puts them; each says what it finds in short lines."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

TOOLS = Path("build") / "site-tools"
MODULES = TOOLS / "node_modules"
VNU = MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"
HTML_VALIDATE = MODULES / "html-validate" / "bin" / "html-validate.mjs"
AXE = MODULES / "axe-core" / "axe.min.js"
LYCHEE = TOOLS / "bin" / "lychee"

Found = dict[str, list[str]]
"""What a judge found: each fault in a line, with the pages that have it."""


def needed(root: Path, tool: Path, *programs: str) -> Path:
    """Return where a tool lies in a checkout; the test that asks is left out where it, or what runs it, is absent."""
    lacking = [name for name in programs if shutil.which(name) is None]
    if lacking:
        pytest.skip(f"needs {' and '.join(lacking)}, which is not installed here")
    if not (root / tool).exists():
        pytest.skip(f"needs {tool}, which `make site-tools` installs")
    return root / tool


def ask_vnu(jar: Path, folder: Path) -> Found:
    """Have the Nu Html Checker of the W3C read every page."""
    command = [
        "java",
        "-jar",
        str(jar),
        "--format",
        "json",
        "--errors-only",
        "--exit-zero-always",
        "--skip-non-html",
    ]
    done = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=True)
    return _gather(
        (f"{said['message']} {_marked(said)}", said["url"].rpartition(f"/{folder.name}/")[2])
        for said in json.loads(done.stderr)["messages"]
    )


def ask_html_validate(program: Path, folder: Path) -> Found:
    """Have html-validate judge every page by its standard rules and those of accessibility."""
    told = folder.parent / "html-validate-told.json"  # through a pipe, node loses what is longer than the pipe takes
    command = ["node", str(program), "--preset", "standard,a11y", "--formatter", f"json={told}", f"{folder}/**/*.html"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    return _gather(
        (
            f"{said['ruleId']}: {said['message']} {said['selector']}",
            Path(page["filePath"]).relative_to(folder).as_posix(),
        )
        for page in json.loads(told.read_text(encoding="utf-8"))
        for said in page["messages"]
    )


def ask_lychee(program: Path, folder: Path) -> tuple[Found, int]:
    """Follow every link within the site, to its fragment; return those that are broken, and how many led somewhere."""
    command = [
        str(program),
        "--offline",
        "--include-fragments",
        "--no-progress",
        "--root-dir",
        str(folder),
        "--format",
        "json",
    ]
    done = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=False)
    said = json.loads(done.stdout)
    broken = (
        (f"{link['url']} {link['status']['text']}", Path(page).relative_to(folder).as_posix())
        for page, links in said["error_map"].items()
        for link in links
    )
    return _gather(broken), said["successful"]


def _gather(found: Iterable[tuple[str, str]]) -> Found:
    gathered: Found = {}
    for fault, page in sorted(set(found)):
        gathered.setdefault(fault, []).append(page)
    return gathered


def _marked(said: dict[str, Any]) -> str:
    """Return the piece of source that vnu means, on one line."""
    start = said.get("hiliteStart", 0)
    return re.sub(r"\s+", " ", said.get("extract", "")[start : start + said.get("hiliteLength", 0)])
