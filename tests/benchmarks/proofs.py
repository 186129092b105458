"""What proving costs: the gate, the audit of a long history, and signatures, each beside what git or OpenSSH needs."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks.figures import Figure
from tests.benchmarks.measures import Bench, one_after_the_other
from tests.benchmarks.timing import Command, Times, in_turn

SMALLER = 10
"""How many times as large the history of the audit is as the one that shows whether the gate stays flat."""

SIGNATURES = 1000
SAMPLE = 40
"""Signatures that ssh-keygen verifies, at most; the rest is counted."""

MODELS = "import nearmiss.models.record, nearmiss.models.sign_off, nearmiss.models.people"
LOG = (
    "log",
    "--raw",
    "-z",
    "--no-abbrev",
    "--no-renames",
    "--diff-merges=first-parent",
    "--format=%H%x00%P%x00%ae%x00%B",
)
NEW_COMMITS = 10


def history(bench: Bench, records: int) -> Path:
    """Make a bare repository with a history to be proven, or take the one that was made before from the same files."""
    place = bench.place.parent / f"{bench.seed}-{records}-history"
    words = [sys.executable, "-m", "tests.benchmarks.making", str(bench.checkout), str(place), str(records)]
    subprocess.run([*words, str(bench.seed), "history"], check=True, cwd=bench.checkout)
    return place / "register"


def gate(bench: Bench) -> Iterator[Figure]:
    """Measure the gate on a request of ten commits, against importing our models and git's own part of the work.

    That is to find where the request begins, what it changes, who wrote its commits, and since when the main branch
    has had the record: nobody can tell without looking through the whole of that line.
    """
    large, small = history(bench, bench.records), history(bench, max(12, bench.records // SMALLER))
    [path] = [
        path for path in _said(large, "diff", "--name-only", "main...request").splitlines() if "/sign-offs/" not in path
    ]
    imported = Command(words=(sys.executable, "-c", MODELS), folder=bench.place)
    asked: tuple[tuple[str, ...], ...] = (
        ("merge-base", "--all", "main", "request"),
        ("diff-tree", "-r", "-z", "--raw", "--no-renames", "main", "request"),
        (*LOG, "request", "^main"),
        ("log", "--first-parent", "--format=%H", "main", "--", path, path.replace(".yaml", "/")),
    )
    runs: dict[str, Callable[[], Times]] = {
        "models": imported.run,
        "git": lambda: one_after_the_other(*(bench.git(*words, folder=large) for words in asked)),
        "large": bench.program("gate", "--base", "main", "--head", "request", folder=large).run,
        "small": bench.program("gate", "--base", "main", "--head", "request", folder=small).run,
    }
    in_turn(runs, rounds=1)
    found = in_turn(runs, rounds=bench.rounds)
    floor = 1.6 * found["models"].least + found["git"].least
    yield Figure(
        name="gate, 10 commits", at=bench.at, times=found["large"], floor="1.6 × import of our models + git",
        floor_seconds=floor, goal=1,
    )  # fmt: skip
    yield Figure(
        name="gate, growing", at=bench.at, times=found["large"], floor="gate at a tenth of the records",
        floor_seconds=found["small"].least, goal=1.3,
    )  # fmt: skip


def audit(bench: Bench) -> Iterator[Figure]:
    """Measure an audit that remembers nothing, against git's own reading of the same history and the same objects.

    And then one after ten new commits, against the first.
    """
    made = history(bench, bench.records)
    folder = bench.place / "audited.git"
    subprocess.run(["rm", "-rf", folder], check=True)
    subprocess.run(["cp", "-r", made, folder], check=True)
    commits = int(_said(folder, "rev-list", "--count", "main"))
    at = f"{commits:,} commits, {bench.records:,} records"
    with tempfile.TemporaryDirectory(dir=bench.place) as own:
        names = Path(own) / "names"
        names.write_text("".join(sorted(f"{oid}\n" for oid in _blobs(folder))), encoding="ascii")
        floors: list[Times] = []
        cold: list[Times] = []
        reading = Command(words=("git", "cat-file", "--batch", "--buffer"), folder=folder, reads=names)
        for _ in range(max(2, bench.rounds // 4)):
            floors.append(one_after_the_other(bench.git(*LOG, "main", folder=folder), reading))
            bench.forget(folder)
            cold.append(bench.program("audit", folder=folder).run())
    least = sum(cold[1:], cold[0])
    floor = sum(floors[1:], floors[0])
    yield Figure(
        name="audit, cold", at=at, times=least, floor="git log --raw + cat-file of all", floor_seconds=floor.least,
        goal=4,
    )  # fmt: skip
    later: list[Times] = []
    for _ in range(max(2, bench.rounds // 2)):
        _go_on(folder)
        later.append(bench.program("audit", folder=folder).run())
    yield Figure(
        name=f"audit, {NEW_COMMITS} new commits", at=at, times=sum(later[1:], later[0]), floor="audit, cold",
        floor_seconds=least.least, goal=1 / 30,
    )  # fmt: skip


def _blobs(folder: Path) -> set[str]:
    told = _said(folder, *LOG[:-1], "--format=", "main")
    return {oid for part in told.split("\0") if part.startswith(":") for oid in part.split()[2:4] if oid.strip("0")}


def _go_on(folder: Path) -> None:
    """Report ten more near misses on main, each in a commit of its own, with git alone."""
    tip = _said(folder, "rev-parse", "main").strip()
    [path] = _said(folder, "ls-tree", "-r", "--name-only", "main", "records/").splitlines()[:1]
    text = _said(folder, "show", f"{_said(folder, 'rev-list', '--reverse', 'main', '--', path).split()[0]}:{path}")
    name = Path(path).stem
    parts = [b"feature done\n"]
    chance = random.Random(tip)  # noqa: S311 - the same for the same history, no secret
    on = tip
    for number in range(NEW_COMMITS):
        new = f"{name[:8]}{''.join(chance.choices('0123456789ABCDEFGHJKMNPQRSTVWXYZ', k=5))}"
        content = text.replace(name, new).encode()
        who = b"author R <r@example.org> 1790000000 +0000\ncommitter R <r@example.org> 1790000000 +0000\n"
        parts.append(b"commit refs/heads/main\nmark :%d\n%sdata 1\nx\nfrom %s\n" % (number + 1, who, on.encode()))
        parts.append(b"M 100644 inline %s\ndata %d\n%s\n" % (path.replace(name, new).encode(), len(content), content))
        on = f":{number + 1}"
    asked = ["git", "fast-import", "--quiet", "--done", "--date-format=raw"]
    subprocess.run(asked, cwd=folder, input=b"".join([*parts, b"done\n"]), check=True)


def _said(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def signatures(bench: Bench) -> Iterator[Figure]:
    """Measure the verification of signatures in process, against ssh-keygen one by one, with the same verdicts."""
    with tempfile.TemporaryDirectory(dir=bench.place) as own:
        words = [
            sys.executable,
            "-m",
            "tests.benchmarks.signing",
            own,
            str(SIGNATURES),
            str(min(SAMPLE, 8 * bench.rounds)),
        ]
        command = Command(words=words, folder=bench.checkout)
        done = command.run()
        said = json.loads((Path(own) / "figures.json").read_text(encoding="utf-8"))
    times = Times(seconds=tuple(said["ours"]), peak=done.peak)
    yield Figure(
        name="signatures", at=f"{SIGNATURES:,} signatures", times=times, floor="ssh-keygen -Y verify, one by one",
        floor_seconds=min(said["theirs"]), goal=1 / 40,
    )  # fmt: skip


PROOFS: dict[str, Callable[[Bench], Iterator[Figure]]] = {"gate": gate, "audit": audit, "signatures": signatures}
"""Every measure of proofs by its name."""
