"""mutmut, patient and quick: it waits for a busy machine, and each mutant is a fork of one session of the tests."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import sys
import tempfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import accumulate
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from _pytest.config import _prepareconfig
from mutmut import __main__ as program
from mutmut.configuration import config
from mutmut.mutation import trampoline
from mutmut.runners.harness import ListAllTestsResult, TestRunner
from mutmut.state import state
from mutmut.stats import print_stats
from mutmut.utils.file_utils import change_cwd
from mutmut.utils.format_utils import mangled_name_from_mutant_name
from mutmut.workers import isolation, timeout

PATIENCE = 60
"""How many times longer than mutmut says a mutant may take by the clock; by the processor's time nothing changes."""
LONGEST = 8.0
"""Seconds of tests after which a mutant that nobody has noticed counts as one that lives."""
FORK, COLD = "mutants", "NEARMISS_MUTANTS_COLD"
QUIET = ["--rootdir=.", "--tb=no", "--assert=plain", "--capture=no", "-p", "no:faulthandler"]
"""How the session is opened: nobody reads what a test says of a mutant, and putting it in words takes time."""


class WarmRunner(TestRunner):
    """Runs tests in forks of a session that has everything loaded.

    Which tests reach which function is found out in a fork, too. Then the tests run once in the session itself, so
    that what they keep between them (worlds, keys, founded registers) is there for each mutant; in a cold session they
    do not, so that nothing is kept that a mutant would have made differently.
    """

    def __init__(self) -> None:
        self._session: pytest.Session | None = None
        self._items: dict[str, pytest.Item] = {}
        self._reached_by: Counter[str] = Counter()
        self._killers = Path("killers").absolute()
        self._killers.mkdir(exist_ok=True)

    def prepare_main_test_run(self) -> None:
        """Nothing is prepared before mutants are made."""

    def run_stats(self, *, tests: Iterable[str]) -> int:
        """Find out which tests reach which function, and how long each takes."""
        self._open()
        chosen = [self._items[name] for name in tests or self._items]
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            found = self._reached(chosen)
            with os.fdopen(writing, "w") as pipe:
                json.dump(found, pipe)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            failed, durations, reached = json.load(pipe)
        os.waitpid(pid, 0)
        state().duration_by_test.update(durations)
        for function, names in reached.items():
            state().tests_by_mangled_function_name[function].update(names)
        for name in failed:
            sys.stderr.write(f"failed before anything was changed: {name}\n")
        return 1 if failed else 0

    def run_tests(self, *, mutant_name: str | None, tests: Iterable[str]) -> int:
        """Run tests until one fails: those first that noticed other mutants of the function, then the quick ones."""
        self._open()
        if mutant_name is None:
            return 0 if os.environ.get(COLD) else int(any(self._failed([*self._items.values()])))
        function = mangled_name_from_mutant_name(mutant_name)
        killers = self._killers / function
        killed = Counter(killers.read_text(encoding="utf-8").splitlines() if killers.exists() else ())
        chosen = self._within(sorted(tests, key=lambda name: (-killed[name], self._reach(name), self._seconds(name))))
        for name in self._failed(chosen):
            with killers.open("a", encoding="utf-8") as log:
                log.write(f"{name}\n")
            return 1
        return 0

    def _reach(self, name: str) -> int:
        """Return how much a test reaches, in rough steps: those that reach little are about just that."""
        if not self._reached_by:
            self._reached_by.update(name for names in state().tests_by_mangled_function_name.values() for name in names)
        return self._reached_by[name] // 20

    def _seconds(self, name: str) -> float:
        return float(state().duration_by_test.get(name, 0))

    def _within(self, names: Sequence[str]) -> list[pytest.Item]:
        """Return as many tests as there is time for, at least one."""
        ends = accumulate(self._seconds(name) for name in names)
        return [self._items[name] for name, end in zip(names, ends, strict=True) if name == names[0] or end < LONGEST]

    def run_forced_fail(self) -> int:
        """See that a fork in which nothing is changed lives; that tests fail where they must, each other fork shows."""
        few = {item.path: name for name, item in self._items.items()}
        pid = os.fork()
        if pid == 0:
            trampoline.set_mutant_under_test(nothing := "nobody.x_nothing__mutmut_1")
            os._exit(self.run_tests(mutant_name=nothing, tests=few.values()))
        if os.waitpid(pid, 0)[1]:
            raise SystemExit("a fork in which nothing is changed does not live")
        return 1

    def list_all_tests(self) -> ListAllTestsResult:
        """Return the names of all tests of the session."""
        self._open()
        return ListAllTestsResult(ids={*self._items})

    def _open(self) -> None:
        if self._session is not None:
            return
        with change_cwd(FORK):
            # A place of its own: in the usual one pytest clears away at the end what other runs have left.
            place = tempfile.mkdtemp(prefix="nearmiss-mutants-")
            atexit.register(shutil.rmtree, place, ignore_errors=True)
            chosen = [*QUIET, f"--basetemp={place}/tests", *config().pytest_add_cli_args_test_selection]
            settings = _prepareconfig(chosen)
            settings._do_configure()
            settings.pluginmanager.unregister(name="terminalreporter")
            session = pytest.Session.from_config(settings)
            settings.hook.pytest_sessionstart(session=session)
            settings.hook.pytest_collection(session=session)
        if session.testsfailed or not session.items:
            raise SystemExit("the tests cannot be collected")
        self._session, self._items = session, {item.nodeid: item for item in session.items}

    def _failed(self, items: Sequence[pytest.Item]) -> Iterator[str]:
        """Run tests one after the other, yield those that fail, and leave what the last one stands on."""
        session = self._session
        assert session is not None
        session._setupstate.teardown_exact(items[0])
        beside = [item for item in self._items.values() if item.parent is items[-1].parent and item is not items[-1]]
        for item, following in zip(items, [*items[1:], *beside[:1], None], strict=False):
            before = session.testsfailed
            with change_cwd(FORK):
                session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed > before:
                yield item.nodeid

    def _reached(self, items: Sequence[pytest.Item]) -> tuple[list[str], dict[str, float], dict[str, list[str]]]:
        trampoline.set_mutant_under_test("stats")
        watch = _Watch()
        session = self._session
        assert session is not None
        session.config.pluginmanager.register(watch)
        failed = [*self._failed(items)]
        return failed, watch.durations, {function: [*names] for function, names in watch.reached.items()}


def computed() -> float:
    """Return for how many seconds this process and its children have computed; a busy machine adds nothing."""
    return sum(os.times()[:4])


class _Watch:
    """What a test reaches, and how long it takes."""

    def __init__(self) -> None:
        self.durations: dict[str, float] = {}
        self.reached: dict[str, set[str]] = defaultdict(set)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.durations[nodeid] = -computed()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.durations[nodeid] += computed()
        for function in state()._stats:
            self.reached[function].add(nodeid)
        state()._stats.clear()


def register_patiently(pid: int, timeout_s: float) -> None:
    """Have a mutant stopped that waits for what never comes."""
    timeout.register_timeout(pid, PATIENCE * timeout_s)


class OwnProcesses:
    """What mutmut ends processes with. It forgets none that has ended, whose number may be somebody else's by then."""

    getpid = staticmethod(os.getpid)

    @staticmethod
    def kill(pid: int, signal: int) -> None:
        """Send a signal to a process that this one has forked, and to no other."""
        with suppress(FileNotFoundError):
            parent = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1]
            if int(parent) == os.getpid():
                os.kill(pid, signal)


def mixed(mutant: str) -> int:
    """Return a place in a row in which the modules are mixed, the same at each run."""
    return zlib.crc32(mutant.encode())


def under_test() -> str:
    """Return the mutant that this process tries. mutmut would ask the environment at each call of anything."""
    return trampoline._mutant_under_test or ""


def told(data: Any, *, force_output: bool = False) -> None:
    """Print what was found at the end. mutmut would count all mutants after each one."""
    if force_output:
        print_stats(data, force_output=True)


if __name__ == "__main__":
    with (
        patch.object(isolation, "register_timeout", register_patiently),
        patch.object(timeout, "os", OwnProcesses),
        patch.object(isolation, "PytestRunner", WarmRunner),
        patch.object(program, "estimated_worst_case_time", mixed),
        patch.object(program, "print_stats", told),
        patch.object(trampoline, "get_mutant_under_test", under_test),
    ):
        program.cli()
