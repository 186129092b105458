"""What every test stands on: an environment without anybody's git configuration, and the places of this checkout."""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

import nearmiss
from nearmiss.store.workbooks import do_without_lxml

# The same examples at every run, so that nobody's change fails by chance; `HYPOTHESIS_PROFILE=thorough` goes looking.
# No deadline: two tests share a core here, and a slow example is not a wrong one.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, max_examples=40, database=None)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=1000)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci")
hypothesis.settings.load_profile(PROFILE)

if PROFILE == "ci":
    # Draws would hang on the constants in whatever modules the same process loaded, and on the order of a set of words.
    providers._get_local_constants = Constants
    providers.GLOBAL_CONSTANTS.strings = dict.fromkeys(sorted(providers.GLOBAL_CONSTANTS.strings))  # type: ignore[assignment]  # it is only gone through

# As the program has it before it imports openpyxl; here, tests may be first.
do_without_lxml()

INHERITED = (
    "GIT_",
    "EDITOR",
    "VISUAL",
    "FORCE_COLOR",
    "CLICOLOR",
    "LANGUAGE",
    "LC_",
    "SSH_",
    "GPG_",
    "XDG_",
    "NEARMISS",
)
"""Beginnings of the variables that would let the machine of whoever runs the tests decide their outcome."""


MEMORY = Path("/dev/shm")  # noqa: S108 - pytest makes a folder of its own there
ROOM_IN_MEMORY = 4 << 30
"""Bytes that must be free in memory for the tests to work there; of a whole run, two workers need about a tenth."""


def _work_in_memory() -> None:
    """Have all that tests write lie in memory where there is room: git syncs each commit, for which a disk is slow."""
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    found = os.statvfs(MEMORY)
    if found.f_bavail * found.f_frsize >= ROOM_IN_MEMORY and not found.f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


_work_in_memory()

UNMEASURED = {
    *("benchmarks", "crashes", "foreign", "forge_files", "fuzz", "histories", "house", "judges", "races", "server"),
    *("test_anything_goes.py", "test_crowd.py", "test_every_fault.py", "test_indicators_oracle.py"),
    *("test_site_attacked.py", "test_state_machine.py", "test_web_tells_nobody.py"),
}
"""Tests that go the same ways thousands of times: measuring there how much is reached takes long and adds nothing."""

_A_FURTHER_CASE = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all but the first case of each test, in the order of collection, which is the same in every worker.

    What is measured counts the lines that a module runs when it is imported, and a test that goes unmeasured may be the
    first to import one: so all are imported before.
    """
    if sys.gettrace() is not None:
        for module in pkgutil.walk_packages(nearmiss.__path__, "nearmiss."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    # What is loaded now stays to the end: the collector need not go through it again and again.
    gc.collect()
    gc.freeze()
    met: Counter[str] = Counter()
    for item in items:
        test, bracket, _ = item.nodeid.partition("[")
        met[test] += 1
        item.stash[_A_FURTHER_CASE] = bool(bracket) and met[test] > 1


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Have nothing measured, here or in processes that are started, in tests where that would only take time."""
    here, in_threads = sys.gettrace(), threading.gettrace()
    is_of_those = bool({item.path.name, item.path.parent.name} & UNMEASURED)
    if here is None or not (is_of_those or item.stash[_A_FURTHER_CASE]):
        yield
        return
    told = os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
    sys.settrace(None)
    threading.settrace(None)
    yield
    threading.settrace(in_threads)
    sys.settrace(here)
    if told is not None:
        os.environ["COVERAGE_PROCESS_CONFIG"] = told


@pytest.fixture(scope="session", autouse=True)
def clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give git and the program an empty home, no colour, UTC, and no word from this machine; yield that home."""
    home = tmp_path_factory.mktemp("home")
    configuration = home / ".gitconfig"
    configuration.write_text("[init]\n\tdefaultBranch = main\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(INHERITED)]:
            patch.delenv(name)
        patch.setenv("HOME", str(home))
        patch.setenv("GIT_CONFIG_GLOBAL", str(configuration))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        patch.setenv("GIT_TERMINAL_PROMPT", "0")
        patch.setenv("LC_ALL", "C.UTF-8")
        patch.setenv("NO_COLOR", "1")
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield home
    time.tzset()


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """Return the top of this checkout."""
    return Path(__file__).parent.parent


@pytest.fixture(scope="session")
def shared_data(repo_root: Path) -> Path:
    """Return the folder of public data sets that lies beside the checkout where the project is developed."""
    folder = repo_root.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the public data sets are not part of the repository; put them in ../shared/data to run this")
    return folder
