"""What is measured: each command of the goals, beside its floor, over one register that was made from a seed."""

from __future__ import annotations

import compileall
import csv
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import count
from pathlib import Path

from tests.benchmarks.figures import Figure
from tests.benchmarks.timing import Command, Times, in_turn

IDLE = "python -c pass"
ROWS = 1000
"""Rows that are imported."""

PROPOSER = ("Naomi Abebe", "n.abebe@example.org")
APPROVER = ("Wataru Tanaka", "w.tanaka@example.org")

MAPPING = """schema: 1
source: bench-log
label: A list of near misses
key: No.
fields:
- {to: report.reported_on, from: Reported, dates: [YYYY-MM-DD]}
- {to: report.what_happened, from: What happened}
- {to: report.what_could_have_happened, from: Could have}
- {to: report.immediate_action, from: At once}
- {to: report.process_area, from: Area}
- {to: report.made_safe, from: Safe}
- {to: report.reporter.group, from: Group}
"""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A register that may be written to, the program that is measured, and how often each thing is run."""

    checkout: Path
    place: Path
    seed: int
    records: int
    rounds: int
    ready: list[str] = field(default_factory=list)
    shown: tuple[str, ...] = ()

    @property
    def register(self) -> Path:
        """The register that is measured and written to."""
        return self.place / "work"

    @property
    def at(self) -> str:
        """How large the register is, in words."""
        return f"{self.records:,} records"

    @cached_property
    def floor(self) -> Command:
        """A start of Python that does nothing."""
        return Command(words=(sys.executable, "-c", "pass"), folder=self.place)

    def program(self, *words: str, who: tuple[str, str] = PROPOSER, folder: Path | None = None) -> Command:
        """Return the program with some words, started as somebody."""
        script = Path(sys.executable).with_name("nearmiss")
        return Command(words=(str(script), *words), folder=folder or self.register, environment=_identity(who))

    def git(self, *words: str, folder: Path | None = None) -> Command:
        """Return git with some words, started with the person's own configuration."""
        return Command(words=("git", *words), folder=folder or self.register, environment=_identity(PROPOSER))

    def forget(self, folder: Path | None = None) -> None:
        """Clear what the program remembers of earlier runs, in a repository with files or a bare one."""
        for place in (".git/nearmiss", "nearmiss"):
            shutil.rmtree((folder or self.register) / place, ignore_errors=True)


def _identity(who: tuple[str, str]) -> dict[str, str]:
    name, email = who
    return {
        "GIT_AUTHOR_NAME": name,
        "GIT_AUTHOR_EMAIL": email,
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": email,
        "NO_COLOR": "1",
    }


def start(bench: Bench) -> Iterator[Figure]:
    """Measure what says something without opening a register."""
    found = in_turn(
        {IDLE: bench.floor.run, **{word: bench.program(word).run for word in ("--help", "--version")}},
        rounds=4 * bench.rounds,
    )
    for word in ("--help", "--version"):
        yield _against(found[IDLE], IDLE, word, "–", found[word], goal=5)


def look(bench: Bench) -> Iterator[Figure]:
    """Measure looking at a list and at one record, with an index that is up to date."""
    shown = count()
    runs = {
        IDLE: bench.floor.run,
        "list": bench.program("list").run,
        "show ID": lambda: bench.program("show", bench.shown[next(shown) % len(bench.shown)]).run(),
    }
    in_turn(runs, rounds=1)
    found = in_turn(runs, rounds=4 * bench.rounds)
    for name in ("list", "show ID"):
        yield _against(found[IDLE], IDLE, name, bench.at, found[name], goal=6)


def check_cold(bench: Bench) -> Iterator[Figure]:
    """Measure a check that remembers nothing, against a round trip of ruamel over the same files."""
    cold: list[Times] = []
    naive: list[float] = []
    for _ in range(max(2, bench.rounds // 4)):
        naive.append(_naive(bench))
        bench.forget()
        cold.append(bench.program("check").run())
    floor = "ruamel round trip of the files"
    yield Figure(
        name="check, cold",
        at=bench.at,
        times=sum(cold[1:], cold[0]),
        floor=floor,
        floor_seconds=min(naive),
        goal=1 / 30,
    )


def _naive(bench: Bench) -> float:
    words = [sys.executable, str(Path(__file__).with_name("naive.py")), str(bench.register), str(bench.seed)]
    return float(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def check_warm(bench: Bench) -> Iterator[Figure]:
    """Measure a check where nothing changed since the last one, against git's own look at the same files."""
    runs = {IDLE: bench.floor.run, "status": bench.git("status").run, "check": bench.program("check").run}
    in_turn(runs, rounds=1)
    found = in_turn(runs, rounds=2 * bench.rounds)
    floor = found["status"].least + found[IDLE].least
    yield Figure(
        name="check, nothing changed", at=bench.at, times=found["check"], floor=f"git status + {IDLE}",
        floor_seconds=floor, goal=5,
    )  # fmt: skip


def report(bench: Bench) -> Iterator[Figure]:
    """Measure a report up to its commit, against adding and committing one file with git there."""
    numbers = count()
    said = "The trailer rolled off the dock as I drove in; Größe XL, 倉庫."
    program = bench.program("report", "--what-happened", said, "--safe", "yes", "--area", "shipping")
    runs = {"git": lambda: _git_commit(bench, next(numbers)), "report": program.run}
    in_turn(runs, rounds=1)
    found = in_turn(runs, rounds=2 * bench.rounds)
    yield _against(found["git"], "git add + commit", "report", bench.at, found["report"], goal=4)


def _git_commit(bench: Bench, number: int) -> Times:
    path = f"notes/{number}.txt"
    (bench.register / "notes").mkdir(exist_ok=True)
    (bench.register / path).write_text(f"{number}\n" * 40, encoding="utf-8")
    return one_after_the_other(bench.git("add", path), bench.git("commit", "--quiet", "-m", f"Note {number}"))


def one_after_the_other(*commands: Command) -> Times:
    """Run commands one after the other; their seconds are added up."""
    done = [command.run() for command in commands]
    return Times(seconds=(sum(one.least for one in done),), peak=max(one.peak for one in done))


def proposal(bench: Bench) -> Iterator[Figure]:
    """Measure one proposal's way, against git's own way of a branch with two commits and its merge."""
    numbers = count()
    taken: list[str] = []

    def advance() -> Times:
        taken.append(bench.ready.pop())
        return bench.program("advance", taken[-1]).run()

    runs = {
        "git": lambda: _git_proposal(bench, next(numbers)),
        "advance": advance,
        "approve": lambda: bench.program("approve", taken[-1], who=APPROVER).run(),
        "merge": lambda: bench.program("merge", taken[-1], who=APPROVER).run(),
    }
    found = in_turn(runs, rounds=min(bench.rounds, len(bench.ready)))
    names = ("advance", "approve", "merge")
    floor = "git switch, 2 × add + commit, merge"
    for name in names:
        yield _against(found["git"], floor, name, bench.at, found[name], goal=0)
    way = Times(
        seconds=tuple(sum(times) for times in zip(*(found[name].seconds for name in names), strict=True)),
        peak=max(found[name].peak for name in names),
    )
    yield _against(found["git"], floor, "advance, approve, merge", bench.at, way, goal=0)


def _git_proposal(bench: Bench, number: int) -> Times:
    branch = f"bench-{number}"
    steps = [bench.git("switch", "--quiet", "--create", branch)]
    folder = bench.register / "notes"
    folder.mkdir(exist_ok=True)
    for part in ("a", "b"):
        name = f"notes/{branch}-{part}.txt"
        (bench.register / name).write_text(f"{name}\n" * 40, encoding="utf-8")
        steps += [bench.git("add", name), bench.git("commit", "--quiet", "-m", name)]
    steps.append(bench.git("switch", "--quiet", "main"))
    steps.append(bench.git("merge", "--quiet", "--no-ff", "-m", branch, branch))
    return one_after_the_other(*steps)


def import_rows(bench: Bench) -> Iterator[Figure]:
    """Measure an import, against a cold check of the records that it makes and one `git fast-import` of their files."""
    found: dict[str, Times] = {}
    for number in range(max(2, bench.rounds // 4)):
        folder = bench.place / f"import-{number}"
        _small_register(bench, folder)
        table, mapping = folder.parent / "rows.csv", folder.parent / "rows.yaml"
        table.write_text(_rows(ROWS), encoding="utf-8")
        mapping.write_text(MAPPING, encoding="utf-8")
        imported = bench.program("import", str(table), "--mapping", str(mapping), folder=folder)
        runs: dict[str, Callable[[], Times]] = {
            "import": imported.run,
            "check": partial(_cold_check, bench, folder),
            "fast-import": partial(_fast_import, bench, folder),
        }
        for name, times in in_turn(runs, rounds=1).items():
            found[name] = found[name] + times if name in found else times
    yield Figure(
        name="import", at=f"{ROWS:,} rows", times=found["import"], floor="check, cold + git fast-import",
        floor_seconds=found["check"].least + found["fast-import"].least, goal=2,
    )  # fmt: skip


def _small_register(bench: Bench, folder: Path) -> None:
    """Found a register of our own few records, into which rows are imported."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in ("schemas", "workflow/policy", "records"):
        shutil.copytree(bench.checkout / name, folder / name)
    bench.git("init", "--quiet", "--template=", "--initial-branch=main", folder=folder).run()
    bench.git("add", ".", folder=folder).run()
    bench.git("commit", "--quiet", "-m", "Found the register", folder=folder).run()


def _cold_check(bench: Bench, folder: Path) -> Times:
    bench.forget(folder)
    return bench.program("check", folder=folder).run()


def _fast_import(bench: Bench, folder: Path) -> Times:
    stream, target = bench.place / "import.stream", bench.place / "import.git"
    shutil.rmtree(target, ignore_errors=True)
    bench.git("init", "--quiet", "--bare", "--template=", str(target), folder=bench.place).run()
    files = sorted((folder / "records").rglob("*.yaml"))
    said = b"commit refs/heads/main\ncommitter A <a@example.org> 1600000000 +0000\ndata 1\nx\n"
    for path in files:
        content = path.read_bytes()
        said += b"M 100644 inline %s\ndata %d\n%s\n" % (str(path.relative_to(folder)).encode(), len(content), content)
    stream.write_bytes(said)
    return Command(words=("git", "fast-import", "--quiet"), folder=target, reads=stream).run()


def _rows(number: int) -> str:
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(["No.", "Reported", "What happened", "Could have", "At once", "Area", "Safe", "Group"])
    for row in range(number):
        happened = f"Row {row}: a crate slid off the fork, Größe {row % 40} cm; 倉庫の入口で. " * (1 + row % 5)
        day = f"{2021 + row % 5}-{1 + row % 12:02}-{1 + row % 28:02}"
        could = "Somebody could have stood there."
        write.writerow([row, day, happened, could, "Stopped the line.", "shipping", "yes", "employee"])
    return out.getvalue()


def _against(floor: Times, named: str, name: str, at: str, times: Times, *, goal: float) -> Figure:
    return Figure(name=name, at=at, times=times, floor=named, floor_seconds=floor.least, goal=goal)


MEASURES: dict[str, Callable[[Bench], Iterator[Figure]]] = {
    "start": start,
    "check-cold": check_cold,
    "check-warm": check_warm,
    "look": look,
    "report": report,
    "proposal": proposal,
    "import": import_rows,
}
"""Every measure by its name, in the order that disturbs the others least: what writes comes last."""


def open_bench(checkout: Path, place: Path, *, seed: int, records: int, rounds: int) -> Bench:
    """Make the register, or take the one that was made before from the same files, and copy it to be written to.

    The program is compiled beforehand, as it is where pip installed it: an environment that forbids Python to keep
    what it compiled would have the compiler measured at each start.
    """
    compileall.compile_dir(checkout / "workflow" / "nearmiss", quiet=2)
    maker = [
        sys.executable,
        "-m",
        "tests.benchmarks.making",
        str(checkout),
        str(place),
        str(records),
        str(seed),
        "register",
    ]
    subprocess.run(maker, check=True, cwd=checkout)
    facts = json.loads((place / "made.json").read_text(encoding="utf-8"))
    shutil.rmtree(place / "work", ignore_errors=True)
    subprocess.run(
        ["cp", "-r", "--reflink=auto", "--preserve=timestamps", place / "register", place / "work"], check=True
    )
    bench = Bench(
        checkout=checkout, place=place, seed=seed, records=records, rounds=rounds,
        ready=list(facts["ready"]), shown=tuple(facts["shown"]),
    )  # fmt: skip
    bench.git("update-index", "-q", "--refresh").run()
    return bench
