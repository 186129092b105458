"""Where a command cannot work, it says one clear sentence, and writes nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.shell import Outcome, Shell
from tests.engine.scene import Scene

RECORD = "NM-2026-7Q4K2"
WRITERS: dict[str, tuple[str, ...]] = {
    "report": ("report", "--what-happened", "It slipped."),
    "edit": ("edit", RECORD, "--set", "assessment.crew=Blue"),
    "advance": ("advance", RECORD),
    "advance policy": ("advance", "policy"),
    "close": ("close", RECORD),
    "approve": ("approve", RECORD),
    "object": ("object", RECORD, "--because", "No."),
    "merge": ("merge", RECORD),
    "progress": ("progress", RECORD, "A1", "--status", "done"),
    "import": ("import", "near-misses.csv", "--mapping", "own.yaml"),
}
READERS: dict[str, tuple[str, ...]] = {
    "list": ("list",),
    "show": ("show", RECORD),
    "history": ("history", RECORD),
    "review": ("review", RECORD),
    "check": ("check",),
    "remind --dry-run": ("remind", "--dry-run"),
    "leaks": ("leaks", "--history"),
    "schema": ("schema",),
    "schema --check": ("schema", "--check"),
    "import --dry-run": ("import", "near-misses.csv", "--mapping", "own.yaml", "--dry-run"),
}
SITES = {
    "site build": ("site", "build"),
    "site export": ("site", "export", "--output", "pages"),
    "site own": ("site", "own"),
    "site serve": ("site", "serve"),
    "serve": ("serve",),
}
ALL = {**WRITERS, **READERS, "schema --write": ("schema", "--write"), **SITES}

MAPPING = """\
schema: 1
source: own
key: Number
fields:
- {to: report.reported_on, from: Day, dates: [YYYY-MM-DD]}
- {to: report.what_happened, from: What}
"""
TABLE = "Number,Day,What\n1,2026-11-20,It slipped\n"


def one_sentence(outcome: Outcome) -> None:
    """A refusal: exit code 1, nothing on the standard stream, one message and at most one hint, and no traceback."""
    assert outcome.code == 1, outcome.said
    assert outcome.out == ""
    # A process has the machine's clock, which may not have come to the day of the scene yet, and is told so.
    lines = [line for line in outcome.err.rstrip("\n").split("\n") if not line.startswith("Your clock says")]
    assert lines[0].startswith("nearmiss: ")
    assert len(lines) <= 2, outcome.err
    assert "Traceback" not in outcome.err
    assert "fault of nearmiss" not in outcome.err


@pytest.fixture
def with_files(scene: Scene) -> Scene:
    """A register with a proposal that waits, a policy change in the working tree, and a table to import."""
    scene.chance.texts = ["7Q4K2"]
    scene.prepare()
    scene.advance("s.ito", RECORD)
    (scene.root / "own.yaml").write_text(MAPPING, encoding="utf-8")
    (scene.root / "near-misses.csv").write_text(TABLE, encoding="utf-8")
    return scene


@pytest.mark.parametrize("name", ALL)
def test_outside_of_any_repository(tmp_path: Path, name: str) -> None:
    """Outside of a repository, each command says so."""
    outcome = Shell(directory=tmp_path).run("s.ito", *ALL[name])

    one_sentence(outcome)
    assert "is not in a git repository" in outcome.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", {name: words for name, words in ALL.items() if name not in SITES})
def test_in_an_empty_repository(tmp_path: Path, name: str) -> None:
    """In a repository without a commit, each command says so, or that there is no register."""
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    before = sorted(tmp_path.rglob("*"))

    outcome = Shell(directory=tmp_path).run("s.ito", *ALL[name])

    one_sentence(outcome)
    assert "no commit yet" in outcome.err or "not a near-miss register" in outcome.err
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", {name: words for name, words in ALL.items() if name not in SITES})
def test_in_a_repository_that_is_no_register(tmp_path: Path, name: str) -> None:
    """In somebody's other repository, each command says that it is no register."""
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    words = ["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-q", "--allow-empty", "-m", "x"]
    subprocess.run(["git", *words], cwd=tmp_path, check=True)
    before = sorted(tmp_path.rglob("*"))

    outcome = Shell(directory=tmp_path).run("s.ito", *ALL[name])

    one_sentence(outcome)
    assert "not a near-miss register" in outcome.err
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", WRITERS)
def test_nothing_is_written_from_a_detached_head(shell: Shell, with_files: Scene, name: str) -> None:
    """On a detached head, whatever would write says so and leaves every byte as it is."""
    with_files.git("checkout", "-q", "--detach", "main")
    before = with_files.snapshot()

    outcome = shell.run("s.ito", *WRITERS[name])

    one_sentence(outcome)
    assert "HEAD is detached" in outcome.err
    assert with_files.snapshot() == before


@pytest.mark.parametrize("name", READERS)
def test_a_detached_head_can_be_read(shell: Shell, with_files: Scene, name: str) -> None:
    """On a detached head, whatever only reads works, and writes nothing."""
    with_files.git("checkout", "-q", "--detach", "main")
    before = with_files.snapshot()

    outcome = shell.run("s.ito", *READERS[name])

    assert outcome.code == 0, outcome.said
    assert with_files.snapshot() == before


def _ready(scene: Scene, name: str) -> None:
    """Let what the command needs have happened."""
    if name in {"advance", "close"}:
        scene.git("branch", "-q", "-D", f"near-miss/{RECORD}/01-investigate")
    if name == "close":
        scene.draft("s.ito", RECORD, {"assessment.crew": "Blue"})
    if name == "merge":
        scene.approve("r.meyer", RECORD)
    if name == "advance policy":
        path = "workflow/policy/settings.yaml"
        (scene.root / path).write_bytes(scene.revised(path, {"organisation": "Other Works"}))


LOCKED = {
    "report": "refs/heads/main.lock",
    "edit": "index.lock",
    "advance": f"refs/heads/near-miss/{RECORD}/01-investigate.lock",
    "advance policy": "refs/heads/near-miss/policy/02-change-policy.lock",
    "approve": f"refs/heads/near-miss/{RECORD}/01-investigate.lock",
    "object": f"refs/heads/near-miss/{RECORD}/01-investigate.lock",
    "merge": "index.lock",
    "import": "refs/heads/main.lock",
}
"""The lock that another git holds, of those that the command needs. `close` and `progress` write as others do."""


@pytest.mark.parametrize("name", LOCKED)
def test_a_lock_that_is_held_is_respected(shell: Shell, with_files: Scene, name: str) -> None:
    """While another git holds a lock that the change needs, the command says so and writes nothing."""
    _ready(with_files, name)
    who = "r.meyer" if name in {"approve", "object"} else "o.haddad" if name == "advance policy" else "s.ito"
    lock = with_files.root / ".git" / LOCKED[name]
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    before = with_files.snapshot()

    outcome = shell.run(who, *WRITERS[name])

    one_sentence(outcome)
    assert "is locked by" in outcome.err, outcome.err
    assert with_files.snapshot() == before
    lock.unlink()
    assert shell.run(who, *WRITERS[name]).code == 0


# A disk that cannot be written


@pytest.fixture
def sealed(with_files: Scene) -> Iterator[Scene]:
    """A register that nobody may write."""
    subprocess.run(["chmod", "-R", "a-w", str(with_files.root)], check=True)
    yield with_files
    subprocess.run(["chmod", "-R", "u+w", str(with_files.root)], check=True)


def bound() -> list[str]:
    """Return the words that make a process one that permissions bind: root is bound by none of them."""
    if os.geteuid():
        return []
    if not shutil.which("setpriv"):
        pytest.skip("root may write everywhere, and setpriv is not here to take that right away")
    return ["setpriv", "--inh-caps=-all", "--bounding-set=-all"]


def run_bound(place: Path, who: str, *words: str) -> Outcome:
    """Run the program as a process that permissions bind."""
    identity = {"GIT_AUTHOR_NAME": who, "GIT_AUTHOR_EMAIL": f"{who}@example.org"}
    done = subprocess.run(
        [*bound(), sys.executable, "-m", "nearmiss", *words],
        cwd=place,
        capture_output=True,
        check=False,
        env={**os.environ, **identity},
    )
    return Outcome(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


READ_ONLY = ("report", "edit", "approve", "object", "import", "advance policy")
"""One for each way of writing: onto main, onto a proposal, many files at once, a new branch."""


@pytest.mark.parametrize("name", READ_ONLY)
def test_a_disk_that_cannot_be_written(sealed: Scene, name: str) -> None:
    """On a read-only disk, whatever would write says so in a sentence; nothing changes."""
    who = "r.meyer" if name in {"approve", "object"} else "s.ito"
    if name == "advance policy":
        path = sealed.root / "workflow" / "policy" / "settings.yaml"
        path.chmod(0o644)
        path.write_bytes(sealed.revised("workflow/policy/settings.yaml", {"organisation": "Other Works"}))
        who = "o.haddad"
    before = sealed.snapshot()

    outcome = run_bound(sealed.root, who, *WRITERS[name])

    one_sentence(outcome)
    assert "cannot be written" in outcome.err or "cannot be used" in outcome.err
    assert sealed.snapshot() == before


def test_an_editor_is_not_opened_on_a_read_only_disk(sealed: Scene) -> None:
    """Where the text to edit cannot be put anywhere, `edit` says so."""
    one_sentence(run_bound(sealed.root, "s.ito", "edit", RECORD, "assessment"))


@pytest.mark.parametrize("name", ["list", "check", "review"])
def test_a_disk_that_cannot_be_written_can_be_read(sealed: Scene, name: str) -> None:
    """On a read-only disk, whatever only reads works: the cache is a convenience."""
    outcome = run_bound(sealed.root, "s.ito", *READERS[name])

    assert outcome.code == 0, outcome.said


def test_a_register_cannot_be_founded_on_a_read_only_disk(sealed: Scene) -> None:
    """`init` in a folder that cannot be written says so."""
    one_sentence(run_bound(sealed.root / "records", "s.ito", "init", "new"))

    assert not (sealed.root / "records" / "new").exists()
