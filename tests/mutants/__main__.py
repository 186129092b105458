"""Asking of the tests of the rules whether they would notice: each rule is changed in small ways, one at a time.

    python -m tests.mutants                                 the policy and the sign-off code, table at the end
    python -m tests.mutants policy/step.py --json           one module
    python -m tests.mutants --fresh                         forget what earlier runs found

Everything happens in copies below `build/mutants`. What was killed once stays killed until its function changes; the
others are tried again. Exits with 1 where fewer are killed than should be.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build" / "mutants"
PATIENT = Path(__file__).with_name("patient.py")
LEAST = 85.0
"""Of a hundred mutants, how many the tests must kill."""

STATUS = {0: "survived", 1: "killed", 3: "killed", 33: "survived", 24: "timed out", 36: "timed out", -24: "timed out"}
"""What the exit codes mean that mutmut keeps; 33 is a mutant that no test reaches, and it survives as well."""
COLUMNS = ("killed", "survived", "timed out")


@dataclass(frozen=True, kw_only=True)
class Suite:
    """Modules that are changed together, and the tests that should notice."""

    name: str
    modules: tuple[str, ...]
    first: tuple[str, ...]
    """The tests that notice most in the least time."""
    others: tuple[str, ...]
    """The tests that only what those let live meets."""
    cold: bool = False
    """Whether the others keep nothing between them that was made before a mutant was there: worlds, for instance."""


SUITES = (
    Suite(
        name="rules",
        modules=("policy/*", "models/sign_off.py", "models/digests.py"),
        first=(
            *("tests/policy/test_sentences.py", "tests/policy/test_proving.py", "tests/policy/test_signers.py"),
            *("tests/models", "tests/signatures"),
        ),
        # Lives and faults are left out: the page of sentences asks the same of each fault, and takes a second.
        others=(
            "tests/policy",
            "tests/signatures",
            "--ignore=tests/policy/test_sentences.py",
            "--ignore=tests/policy/test_state_machine.py",
            "--ignore=tests/policy/test_every_fault.py",
        ),
        cold=True,
    ),
    Suite(
        name="signing",
        modules=("engine/proposing/signing.py",),
        first=("tests/engine/test_what_is_signed.py", "tests/engine/test_weighing.py"),
        others=("tests/engine/test_signing.py", "tests/engine/test_signed_off.py"),
    ),
    Suite(
        name="words",
        modules=(
            *(f"engine/proposing/{name}.py" for name in ("approving", "key_signing", "keys", "policy_signing")),
            *(f"engine/forges/{name}.py" for name in ("answers", "attesting", "lines", "weighing", "words")),
        ),
        first=(
            *(f"tests/engine/test_{name}.py" for name in ("approving", "attesting", "keys", "weighing")),
            "tests/engine/test_what_is_signed_of_policy.py",
            *(f"tests/forge/test_forge_{name}.py" for name in ("lines", "words")),
        ),
        # One kind of forge is enough: what differs between them is told by others.
        others=(
            *(f"tests/engine/test_{name}.py" for name in ("signed_off", "signing", "policy_change")),
            *(f"tests/forge/test_attest_{name}.py" for name in ("loop", "policy", "refusals")),
            *("-k", "not gitlab and not forgejo"),
        ),
    ),
)

CONFIGURATION = """\
[tool.pytest.ini_options]
pythonpath = ["."]
addopts = ["--import-mode=importlib", "-p", "no:cacheprovider", "-p", "no:xdist"]
markers = ["browser: none here"]
tmp_path_retention_policy = "none"

[tool.mutmut]
source_paths = ["src"]
only_mutate = {modules}
also_copy = ["schemas", "templates", "workflow"]
pytest_add_cli_args_test_selection = {tests}
use_git_change_detection = false
timeout_constant = 2.0
timeout_multiplier = 1.0
"""


def lay_out(suite: Suite) -> Path:
    """Bring the copy of a suite up to date, so that what has not changed keeps its time, and return its folder."""
    place = BUILD / suite.name
    shipped = place / "src" / "nearmiss" / "_shipped"
    for source, target in (
        (ROOT / "workflow" / "nearmiss", place / "src" / "nearmiss"),
        *((ROOT / name, place / name) for name in ("tests", "schemas", "templates", "workflow/policy")),
        *((ROOT / name, shipped / name) for name in ("schemas", "templates", "workflow/policy", "site")),
    ):
        shutil.copytree(source, target, dirs_exist_ok=True, copy_function=_copy_changed, ignore=_IGNORED)
    _drop_what_is_gone(place)
    return place


def _drop_what_is_gone(place: Path) -> None:
    """Take out modules that are no more, with what was found of their mutants."""
    for base in (place / "src" / "nearmiss", place / "mutants" / "src" / "nearmiss"):
        for path in [path for path in base.glob("**/*.py*") if "_shipped" not in path.parts]:
            module = path.relative_to(base).as_posix().removesuffix(".meta")
            if path.suffix != ".pyc" and not (ROOT / "workflow" / "nearmiss" / module).exists():
                path.unlink()


_IGNORED = shutil.ignore_patterns("__pycache__", "_build", "*.pyc")


def _copy_changed(source: str, target: str) -> str:
    new, old = Path(source), Path(target)
    if not old.exists() or old.read_bytes() != new.read_bytes():
        shutil.copyfile(new, old)
    return target


def configure(place: Path, modules: Sequence[str], tests: Sequence[str]) -> None:
    """Write down what is changed and which tests should notice."""
    paths = [f"src/nearmiss/{module}" for module in modules]
    text = CONFIGURATION.format(modules=json.dumps(paths), tests=json.dumps(tests))
    (place / "pyproject.toml").write_text(text, encoding="utf-8")


def forget(place: Path, modules: Sequence[str], statuses: Collection[str]) -> None:
    """Have tried again what came to such an end in some modules, and the reach of each test looked up anew.

    Where a module was last copied as it is, since others were looked at, its mutants are made again.
    """
    (place / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)
    base = place / "mutants" / "src" / "nearmiss"
    for path in base.glob("**/*.meta"):
        changed = path.with_suffix("")
        if not any(fnmatch(changed.relative_to(base).as_posix(), pattern) for pattern in modules):
            continue
        if changed.exists() and "__mutmut_orig" not in changed.read_text(encoding="utf-8"):
            changed.unlink()
        data = json.loads(path.read_text(encoding="utf-8"))
        known = data["exit_code_by_key"]
        data["exit_code_by_key"] = {
            name: None if STATUS.get(code, "survived") in statuses else code for name, code in known.items()
        }
        path.write_text(json.dumps(data), encoding="utf-8")


def run(suite: Suite, modules: Sequence[str], *, children: int) -> None:
    """Run the mutants of some modules of a suite.

    Raises:
        SystemExit: mutmut could not run; its own words say why.
    """
    place = lay_out(suite)
    command = [sys.executable, str(PATIENT), "run", "--max-children", str(children)]
    for tests, again, cold in (
        (suite.first, {"survived", "timed out"}, False),
        (suite.others, {"survived"}, suite.cold),
    ):
        if tests is suite.others and not any(status == "survived" for _, _, status in results(suite, modules)):
            return
        configure(place, modules, tests)
        forget(place, modules, again)
        environment = {**os.environ, **({"NEARMISS_MUTANTS_COLD": "1"} if cold else {})}
        with (place / "run.log").open("w", encoding="utf-8") as log:
            done = subprocess.run(
                command, cwd=place, stdout=log, stderr=subprocess.STDOUT, env=environment, check=False
            )
        if done.returncode:
            tail = (place / "run.log").read_text(encoding="utf-8", errors="replace").replace("\r", "\n")[-3000:]
            raise SystemExit(f"{tail}\nmutmut stopped with {done.returncode}; see {place / 'run.log'}")


def results(suite: Suite, modules: Sequence[str] = ("*",)) -> Iterator[tuple[str, str, str]]:
    """Yield module, mutant and status of everything that a suite has tried in some modules."""
    base = BUILD / suite.name / "mutants" / "src" / "nearmiss"
    for path in sorted(base.glob("**/*.meta")):
        module = path.relative_to(base).as_posix().removesuffix(".meta")
        if not any(fnmatch(module, pattern) for pattern in modules):
            continue
        codes = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        for name, code in codes.items():
            yield module, name, "not tried" if code is None else STATUS.get(code, "survived")


def table(counts: dict[str, Counter[str]]) -> list[dict[str, object]]:
    """Return a row for each module and one for all: what became of its mutants, and how many in a hundred died.

    A mutant that ran out of time was noticed, so it counts as killed in the percentage, and is shown apart.
    """
    rows = [*counts.items(), ("all", sum(counts.values(), Counter()))]
    return [_row(name, count) for name, count in rows if count.total()]


def _row(name: str, count: Counter[str]) -> dict[str, object]:
    tried = sum(count[status] for status in COLUMNS)
    noticed = count["killed"] + count["timed out"]
    share = round(100 * noticed / tried, 1) if tried else 0.0
    return {"module": name, "mutants": tried, **{status: count[status] for status in COLUMNS}, "percent": share}


def main(arguments: Iterable[str] | None = None) -> int:
    """Run, print, and return 0 where enough are killed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("module", nargs="*", help="such as policy/step.py; all where none is named")
    parser.add_argument("--json", action="store_true", help="print the table as JSON")
    parser.add_argument("--fresh", action="store_true", help="forget what earlier runs found")
    parser.add_argument("--show", action="store_true", help="run nothing; print what was found last, and the survivors")
    parser.add_argument("--children", type=int, default=2, help="how many mutants are tried at once")
    chosen = parser.parse_args(None if arguments is None else [*arguments])
    if chosen.fresh:
        shutil.rmtree(BUILD, ignore_errors=True)
    if not chosen.show:
        for suite, modules in _work(chosen.module):
            run(suite, modules, children=chosen.children)
    found = [row for suite in SUITES for row in results(suite, chosen.module or ("*",))]
    counts: dict[str, Counter[str]] = {}
    for module, _, status in found:
        counts.setdefault(module, Counter())[status] += 1
    rows = table(counts)
    survivors = [name for _, name, status in found if status == "survived"]
    text = json.dumps({"rows": rows, "survivors": survivors}, indent=2) if chosen.json else _printed(rows)
    more = survivors if chosen.show and not chosen.json else []
    sys.stdout.write("\n".join([text, *more]) + "\n")
    return 0 if rows and float(str(rows[-1]["percent"])) >= LEAST else 1


def _work(chosen: Sequence[str]) -> Iterator[tuple[Suite, Sequence[str]]]:
    """Yield each suite that has something to do, with the modules in question."""
    for suite in SUITES:
        mine = [one for one in chosen if any(fnmatch(one, all_) or fnmatch(all_, one) for all_ in suite.modules)]
        if mine or not chosen:
            yield suite, mine or suite.modules


def _printed(rows: Sequence[dict[str, object]]) -> str:
    heads = ("module", "mutants", *COLUMNS, "percent")
    lines = [heads, *([str(row[head]) for head in heads] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) if place == 0 else cell.rjust(width) for place, (cell, width) in enumerate(pairs))
        for pairs in (list(zip(line, widths, strict=True)) for line in lines)
    )


if __name__ == "__main__":
    sys.exit(main())
