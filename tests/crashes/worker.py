"""The program, loaded once and started many times: each run is a fork of this process, under orders or without.

Started as `python -m tests.crashes.worker` with the library preloaded, it takes one JSON job a line and gives one JSON
answer a line.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import signal
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from nearmiss.__main__ import build_site, export_site, serve_site
from nearmiss.cli.program import FAMILIES, MODULES, program
from nearmiss.cli.surroundings import Surroundings
from tests.crashes.shim import VARIABLE
from tests.engine.scene import Draws, SetClock, identity_of

PR_SET_CHILD_SUBREAPER = 36
PRELOADED = (
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "git",
    "httpx",
    "jinja2",
    "nearmiss.app.adding_forge",
    "nearmiss.app.crew",
    "nearmiss.app.documents",
    "nearmiss.app.forging",
    "nearmiss.app.glancing",
    "nearmiss.app.opening",
    "nearmiss.app.packing",
    "nearmiss.app.policy_folder",
    "nearmiss.cli.gate.comment",
    "nearmiss.engine.audit.auditing",
    "nearmiss.engine.audit.continuing",
    "nearmiss.engine.forges.attesting",
    "nearmiss.engine.gate.judging",
    "nearmiss.engine.indexing.making",
    "nearmiss.engine.looking.listing",
    "nearmiss.engine.proposing.keys",
    "nearmiss.engine.proposing.policy_change",
    "nearmiss.engine.replaying.replaying",
    "nearmiss.engine.replaying.requests",
    "nearmiss.render.plain",
    "nearmiss.store.documents",
    "nearmiss.store.index",
    "nearmiss.store.reviser",
    "nearmiss.vcs.glance",
    "nearmiss.vcs.history",
    "nearmiss.vcs.identities",
    "nearmiss.vcs.writing",
)


def main() -> None:
    """Serve jobs until there are no more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    for name in [name for names in FAMILIES.values() for name in names]:
        importlib.import_module(f"nearmiss.cli.commands.{MODULES.get(name, name)}")
    for module in PRELOADED:
        importlib.import_module(module)
    # Every run is a copy of this process: what is collected in it would first have to be copied.
    gc.freeze()
    gc.disable()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for line in sys.stdin:
        job = json.loads(line)
        answers.write(json.dumps({"status": _run(job)}) + "\n")
        answers.flush()


def _run(job: dict[str, Any]) -> int:
    """Run a job in a process of its own; return its exit code, or minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        _begin(job)
    _, status = os.waitpid(child, 0)
    with suppress(ChildProcessError):
        # Also what it started has to end before anybody looks at what is left.
        while True:
            os.waitpid(-1, 0)
    return os.waitstatus_to_exitcode(status)


def _begin(job: dict[str, Any]) -> None:
    status = 99
    try:
        os.setpgid(0, 0)
        signal.alarm(60)
        _redirect(job)
        os.chdir(job["directory"])
        os.environ.update(job["environment"])
        if job["orders"]:
            os.environ[VARIABLE] = job["orders"]
            ctypes.CDLL(None).shim_arm(job["orders"].encode())
        surroundings = Surroundings(
            directory=Path(),
            build_site=build_site,
            serve_site=serve_site,
            export_site=export_site,
            clock=SetClock(datetime.fromisoformat(job["instant"])) if job["instant"] else None,
            chance=Draws(count=job["draws"]),
            identity=identity_of(job["who"]) if job["who"] else None,
        )
        program(job["words"], prog_name="nearmiss", obj=surroundings)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 98
    finally:
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _redirect(job: dict[str, Any]) -> None:
    for descriptor, name in ((1, job["out"]), (2, job["err"])):
        opened = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(opened, descriptor)
        os.close(opened)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


if __name__ == "__main__":
    main()
