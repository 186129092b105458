"""A served site as a browser has it: a process that serves, and the seconds until a page says something else."""

from __future__ import annotations

import http.client
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from tests.benchmarks.register import base_files, grown, read_examples

SOON = 2.0
"""Seconds within which a changed record is to be seen."""

AT_MOST = 60.0
"""Seconds after which nobody waits any longer."""

EXAMPLE = "NM-2026-2JD6V"
"""A lesson, whose steps others are given."""


class NotSeenError(Exception):
    """A page never said what it should."""


class Served:
    """One site that is served, and what its process said."""

    def __init__(self, address: str, outcome: Path) -> None:
        self._address = address
        self._outcome = outcome

    @property
    def said(self) -> str:
        """Everything that the process wrote."""
        return self._outcome.read_text(encoding="utf-8")

    def page(self, path: str) -> tuple[int, str]:
        """Return status and text of a page; 0 while nobody answers, as while a build that failed is to be mended."""
        try:
            with urlopen(f"http://{self._address}/{path}", timeout=3) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""

    def until(self, path: str, *, words: str = "", status: int = 200) -> float:
        """Return the seconds until a page has a status, and says some words; raises NotSeenError."""
        began = time.perf_counter()
        while time.perf_counter() - began < AT_MOST:
            found, text = self.page(path)
            if found == status and words in text:
                return time.perf_counter() - began
            time.sleep(0.02)
        raise NotSeenError(f"{path}: {words}\n{self.said[-2000:]}")

    def until_said(self, words: str) -> None:
        """Wait until the process says some words; raises NotSeenError."""
        for _ in range(int(AT_MOST / 0.02)):
            if words in self.said:
                return
            time.sleep(0.02)
        raise NotSeenError(f"{words}\n{self.said[-2000:]}")


@contextmanager
def serving(root: Path, outcome: Path, environment: Mapping[str, str]) -> Iterator[Served]:
    """Serve the site of a register at a free port until left, as Ctrl-C ends it; the output goes into a file."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    script = Path(sys.executable).with_name("nearmiss")
    words = (str(script), "site", "serve", "--address", address)
    with outcome.open("wb") as file, _interruptible():
        child = subprocess.Popen(
            words, cwd=root, env={**os.environ, **environment}, stdout=file, stderr=subprocess.STDOUT
        )
    try:
        served = Served(address, outcome)
        served.until("index.html")
        yield served
        child.send_signal(signal.SIGINT)
        if child.wait(20):
            raise NotSeenError(served.said[-2000:])
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        child.wait()


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let what is begun meanwhile end by Ctrl-C: what a shell began in the background hands down to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def say_otherwise(root: Path, checkout: Path, headline: str) -> str:
    """Let a lesson of a measured register say another headline, signed as before; return the address of its page."""
    examples = read_examples(base_files(checkout))
    path = min(path for path in root.glob("records/*/*/*.yaml") if path.stem not in examples)
    shutil.rmtree(path.with_suffix(""))
    year, month = map(int, path.relative_to(root).parts[1:3])
    chance = random.Random(1)  # noqa: S311 - the same each time, no secret
    made = grown(examples[EXAMPLE], path.stem, (year, month), chance, {"headline": headline})
    for name, content in made.files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return f"lessons/{year}/{path.stem}.html"
