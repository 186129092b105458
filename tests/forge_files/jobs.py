"""A runner of jobs on this machine: the scripts that a forge would run, in its shell, with its variables faked.

Only installing is faked: the judge that `pip` would bring is this checkout's own, with the clock of the test.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

import nearmiss

PYTHON3 = """#!/bin/bash
if [ "$1 $2" = "-m venv" ]; then
  mkdir -p "$3/bin" && exec cp {tools}/judge/pip {tools}/judge/nearmiss "$3/bin/"
fi
exec {python} "$@"
"""
PIP = """#!/bin/bash
for last; do :; done
grep -v -e '^#' "$last" >> {tools}/installed
"""
NEARMISS = """#!/bin/bash
PYTHONPATH={package} exec {python} {tools}/judge/program.py "$@"
"""
PROGRAM = """
from datetime import datetime
from pathlib import Path
from nearmiss.__main__ import build_site, export_site, program, serve_site
from nearmiss.cli.surroundings import Surroundings

class Clock:
    def now(self):
        return datetime.fromisoformat(Path({clock!r}).read_text())

sites = {{"build_site": build_site, "serve_site": serve_site, "export_site": export_site}}
around = Surroundings(directory="", **sites, clock=Clock())
program(prog_name="nearmiss", obj=around)
"""
GH = """
import json, os, subprocess, sys, urllib.request

words, path, given = sys.argv[2:], "", {"--method": "GET"}
while words:
    word = words.pop(0)
    if word in ("--method", "--jq", "--raw-field"):
        given[word] = words.pop(0)
    elif not word.startswith("--"):
        path = word
name, _, value = given.get("--raw-field", "").partition("=")
address = os.environ["GITHUB_SERVER_URL"] + "/api/v3/" + path
said = json.dumps({name: value}).encode() if name else None
request = urllib.request.Request(address, method=given["--method"], data=said)
request.add_header("Authorization", "Bearer " + os.environ["GH_TOKEN"])
request.add_header("Content-Type", "application/json")
answer = urllib.request.urlopen(request).read()
if "--jq" in given:
    answer = subprocess.run(["jq", "-r", given["--jq"]], input=answer, capture_output=True, check=True).stdout
    sys.stdout.write(answer.decode())
"""
"""As much of GitHub's own program as the jobs use."""

EXPRESSION = re.compile(r"\$\{\{ ([a-zA-Z0-9_.]+) \}\}")
OUTPUT = re.compile(r"^(?P<name>\w+)<<(?P<end>\S+)\n(?P<value>.*?)\n(?P=end)$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What came of a job: the status of the script that ended it, what was said, and its outputs."""

    status: int
    said: str
    outputs: Mapping[str, str] = field(default_factory=dict)


def read_yaml(text: str) -> Any:
    """Read a file as forges do, with a reader of YAML 1.2 that is not ours."""
    return YAML(typ="safe", pure=True).load(io.StringIO(text))


@dataclass
class Runner:
    """A runner: what the forge says in variables, programs of ours before the machine's, a new folder for each job."""

    home: Path
    variables: Mapping[str, str]
    jobs: int = 0

    def __post_init__(self) -> None:
        """Put the programs in place."""
        judge = self.tools / "judge"
        judge.mkdir(parents=True)
        words = {
            "tools": self.tools,
            "python": sys.executable,
            "package": Path(nearmiss.__file__).parents[1],
        }
        self._program(self.tools / "python3", PYTHON3.format(**words))
        self._program(self.tools / "gh", f"#!{sys.executable}\n{GH}")
        self._program(judge / "pip", PIP.format(**words))
        self._program(judge / "nearmiss", NEARMISS.format(**words))
        (judge / "program.py").write_text(PROGRAM.format(clock=str(self.tools / "clock")), encoding="utf-8")

    @property
    def tools(self) -> Path:
        """Where the programs are."""
        return self.home / "tools"

    @property
    def installed(self) -> list[str]:
        """The requirements that were installed so far."""
        return (self.tools / "installed").read_text(encoding="utf-8").splitlines()

    def set_clock(self, now: datetime) -> None:
        """Set the clock of the judge."""
        (self.tools / "clock").write_text(now.isoformat(), encoding="utf-8")

    def workspace(self) -> Path:
        """Return a new folder for a job."""
        self.jobs += 1
        made = self.home / f"job-{self.jobs}"
        (made / "work").mkdir(parents=True)
        return made

    def workflow_job(self, workflow: Mapping[str, Any], name: str, *, facts: Mapping[str, str], clone: str = "") -> Ran:
        """Run a job of a workflow step by step, as GitHub and Forgejo do, until one fails; `clone` is checked out."""
        place = self.workspace()
        temporary = place / "temporary"
        temporary.mkdir()
        files = {kind: place / kind.lower() for kind in ("GITHUB_OUTPUT", "GITHUB_PATH")}
        for file in files.values():
            file.touch()
        common = {**workflow.get("env", {}), **{kind: str(file) for kind, file in files.items()}}
        common["RUNNER_TEMP"] = str(temporary)
        said, status = "", 0
        for step in workflow["jobs"][name]["steps"]:
            if "checkout" in step.get("uses", ""):
                subprocess.run(["git", "clone", "-q", clone, place / "work"], check=True)
            if "run" not in step or (status and step.get("if") != "always()"):
                continue
            more = {key: self._filled(str(value), facts) for key, value in step.get("env", {}).items()}
            paths = files["GITHUB_PATH"].read_text(encoding="utf-8").splitlines()
            done = self._bash(step["run"], place / "work", {**common, **more}, paths=paths)
            said += done.said
            status = status or done.status
        outputs = files["GITHUB_OUTPUT"].read_text(encoding="utf-8")
        found = {match["name"]: match["value"] for match in OUTPUT.finditer(outputs)}
        return Ran(status=status, said=said, outputs=found)

    def pipeline_job(
        self, pipeline: Mapping[str, Any], name: str, *, facts: Mapping[str, str], place: Path | None = None
    ) -> tuple[Ran, Path]:
        """Run a job of GitLab's in one shell, then what comes after it; return the folder that it worked in too."""
        job, place = pipeline[name], place or self.workspace() / "work"
        variables = {**pipeline["variables"], **facts}
        done = self._bash("\n".join(job["script"]), place, variables)
        after = self._bash("\n".join(job.get("after_script", ())), place, variables)
        return Ran(status=done.status, said=done.said + after.said), place

    def _bash(self, script: str, place: Path, more: Mapping[str, str], *, paths: Sequence[str] = ()) -> Ran:
        system = {name: os.environ[name] for name in ("LANG", "LC_ALL") if name in os.environ}
        environment = {
            **system,
            "HOME": str(self.home),
            "TMPDIR": str(place.parent),
            "PATH": os.pathsep.join([*reversed(paths), str(self.tools), os.environ["PATH"]]),
            **self.variables,
            **more,
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
        return Ran(status=done.returncode, said=done.stdout + done.stderr)

    def _filled(self, text: str, facts: Mapping[str, str]) -> str:
        return EXPRESSION.sub(lambda found: facts[found[1]], text)

    def _program(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)


def left_behind(home: Path, secret: str) -> Iterator[str]:
    """Yield the files below a runner's folder that still hold a secret."""
    for path in home.rglob("*"):
        if path.is_file() and secret.encode() in path.read_bytes():
            yield str(path.relative_to(home))


def has(program: str) -> bool:
    """Say whether the machine has a program."""
    return shutil.which(program) is not None
