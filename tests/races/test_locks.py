"""Locks: those of another git are named and respected, those of ours that a dead process left stop nobody."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from nearmiss.engine.refusals import LockedError
from nearmiss.vcs import locks, turns
from nearmiss.vcs.errors import CheckoutBehindError
from nearmiss.vcs.locks import Owner, age_of, locked_by_git, locked_by_ours
from nearmiss.vcs.repository import GitRepository, create_repository
from tests.races.pairs import CREW, MERGE, REPORT, SHIFT
from tests.races.yard import BEFORE_MOVING, Yard, lock_held, yard_at
from tests.vcs.worlds import World

ON_MAIN = ("index.lock", "HEAD.lock", "refs/heads/main.lock")
PROPOSAL = "refs/heads/near-miss/{}/01-investigate.lock"
NEEDED = {
    "report": ("prepared", REPORT[:4], ON_MAIN),
    "edit": ("prepared", CREW, ON_MAIN),
    "advance": ("prepared", ("s.ito", "advance", "ID"), (PROPOSAL,)),
    "approve": ("proposed", ("r.meyer", "approve", "ID"), (PROPOSAL,)),
    "merge": ("signed", MERGE, (*ON_MAIN, PROPOSAL, "packed-refs.lock")),
}
"""Which locks each way of writing needs: on the branch that is checked out, on another one, and on both."""

ALL = (*ON_MAIN, PROPOSAL, "packed-refs.lock", "config.lock")


def left_over(yard: Yard) -> dict[str, bytes]:
    """Return references, index, configuration and files: what a refusal must leave as it is."""
    return {
        str(path.relative_to(yard.root)): path.read_bytes()
        for path in sorted(yard.root.rglob("*"))
        if path.is_file() and not str(path.relative_to(yard.root)).startswith((".git/objects/", ".git/nearmiss/cache"))
    }


@pytest.mark.parametrize("name", NEEDED)
def test_each_lock_is_respected_by_what_needs_it(tmp_path: Path, name: str) -> None:
    """A command that needs a lock of git which another holds names it, says what to do, and has written nothing."""
    stage, (who, *words), needed = NEEDED[name]
    yard, record = yard_at(tmp_path, stage)
    words = [record if word == "ID" else word for word in words]
    for lock in needed:
        with lock_held(yard.root / ".git" / lock.format(record)) as held:
            before = left_over(yard)
            ended = yard.run(who, *words)
            assert ended.code == 1, str(ended)
            assert ended.err.startswith(f"nearmiss: This repository is locked by {held}, since "), ended.err
            assert f"remove {held}, and run the command again" in ended.err.replace("\n  ", " ")
            assert left_over(yard) == before, name
    yard.fine(who, *words)
    yard.sound()


@pytest.mark.parametrize("name", NEEDED)
def test_other_locks_stop_nobody(tmp_path: Path, name: str) -> None:
    """A lock that a command does not need, such as that of the configuration, does not keep it from its work."""
    stage, (who, *words), needed = NEEDED[name]
    yard, record = yard_at(tmp_path, stage)
    locks_held = [lock_held(yard.root / ".git" / lock.format(record)) for lock in ALL if lock not in needed]
    for held in locks_held:
        held.__enter__()
    yard.fine(who, *(record if word == "ID" else word for word in words))
    for held in locks_held:
        held.__exit__(None, None, None)
    yard.sound()


def test_with_every_lock_held_reading_works(tmp_path: Path) -> None:
    """Whoever only looks needs no lock and takes none."""
    yard, record = yard_at(tmp_path, "proposed")
    for lock in ALL:
        path = yard.root / ".git" / lock.format(record)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    before = left_over(yard)
    for words in (["list"], ["show", record], ["check"], ["review", record], ["history", record]):
        yard.fine("m.okafor", *words)
    assert left_over(yard) == before


def test_a_lock_that_is_let_go_in_time_is_waited_for(tmp_path: Path) -> None:
    """An editor that asks git for the status holds the index for a moment; a report does not fail for that."""
    yard, _ = yard_at(tmp_path)
    with lock_held(yard.root / ".git" / "index.lock"):
        running = yard.start(*REPORT, hold_at="ls-files*")
        time.sleep(0.2)
    assert running.go().code == 0
    yard.sound()


def test_the_program_that_holds_a_lock_is_named(tmp_path: Path) -> None:
    """While somebody's `git commit -a` waits for its message, a report says who holds the index."""
    yard, record = yard_at(tmp_path)
    editor = tmp_path / "editor"
    editor.write_text(
        '#!/bin/sh\n: > "$HERE/reached"\n'
        'while [ -d "$HERE" ] && [ ! -e "$HERE/go" ]; do sleep 0.01; done\necho Mine > "$1"\n'
    )
    editor.chmod(0o755)
    [path] = yard.root.glob(f"records/*/*/{record}.yaml")
    path.write_text(path.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    committing = yard.start_git("commit", "-a", HERE=str(tmp_path), GIT_EDITOR=str(editor))
    while not (tmp_path / "reached").exists():
        time.sleep(0.01)
    ended = yard.run(*REPORT[:4])
    assert ended.code == 1
    assert f"git commit (process {committing.pid})" in ended.err
    assert "Run the command again when it has finished." in ended.err
    (tmp_path / "go").touch()
    assert committing.wait() == 0
    yard.fine(*REPORT)
    yard.sound(check=False)


def test_a_command_that_was_killed_stops_nobody(tmp_path: Path) -> None:
    """The locks that a killed command of ours has left are recognised by its journal, and the next command works.

    Its last child lives on, and moves the branch if it was told to before the kill.
    """
    yard, record = yard_at(tmp_path)
    running = yard.start("i.garcia", "edit", record, "--set", "assessment.crew=Blue", hold_at=BEFORE_MOVING)
    running.reached()
    running.process.kill()
    running.go()
    assert (yard.root / ".git" / "index.lock").exists()
    assert (yard.root / ".git" / "nearmiss" / "checkout" / "journal.json").exists()
    until = time.monotonic() + 10
    while "crew: Blue" not in yard.record(record) and time.monotonic() < until:
        time.sleep(0.05)
    moved = "crew: Blue" in yard.record(record)
    yard.fine("s.ito", *SHIFT[1:2], record, *SHIFT[3:])
    assert ("crew: Blue" in yard.record(record)) == moved
    assert "shift: night" in yard.record(record)
    yard.sound()


def test_a_command_that_hangs_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waited long enough for another command of ours is told which process it is, and nothing moved."""
    world.commit({"a": b"1"})
    told: list[str] = []
    monkeypatch.setattr(turns, "PATIENCE", 0.3)
    monkeypatch.setattr(turns, "SILENCE", 0.1)
    journal = world.root / ".git" / "nearmiss" / "checkout" / "journal.json"
    journal.parent.mkdir(parents=True)
    journal.write_text(json.dumps(Owner.me().as_data()), encoding="ascii")
    holder = os.open(world.root / ".git", os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    repository = GitRepository(world.repository._place, notice=told.append)
    with pytest.raises(LockedError) as refused:
        World(repository=repository, root=world.root).commit({"a": b"2"})
    os.close(holder)
    assert f"Another nearmiss command (process {os.getpid()}) is writing" in refused.value.message
    assert told == [f"Waiting for another nearmiss command (process {os.getpid()}) to finish writing …"]
    assert "remove" not in refused.value.hint
    assert world.git("show", "main:a") == "1"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give an empty repository with an unborn main branch."""
    root = tmp_path / "register"
    with create_repository(root) as repository:
        yield World(repository=repository, root=root)


# A disk that cannot lock folders, as some network disks: then the note of who writes decides


@pytest.fixture
def lockless(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Give a repository, with one commit, on a disk that locks no folders."""

    def unsupported(*_: object) -> None:
        raise OSError(9, "Bad file descriptor")

    world.commit({"a": b"1"})
    monkeypatch.setattr(fcntl, "flock", unsupported)
    return world


def leave(world: World, owner: Mapping[str, object]) -> Path:
    """Leave the journal and the lock of a command that has not moved its branch yet."""
    here = world.git("rev-parse", "main")
    journal = world.root / ".git" / "nearmiss" / "checkout" / "journal.json"
    journal.parent.mkdir(parents=True)
    note = {"branch": "main", "old": here, "new": "1" * 40, "token": "abc", **owner}
    journal.write_text(json.dumps(note), encoding="ascii")
    (world.root / ".git" / "index.lock").write_bytes(b"abc")
    return journal


def child() -> subprocess.Popen[bytes]:
    """Start a process that does nothing."""
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])


def test_a_note_of_a_dead_process_is_dropped(lockless: World) -> None:
    """A process of this machine that has ended holds nobody up."""
    ended = child()
    owner = {**Owner.me().as_data(), "pid": ended.pid, "started": locks._started(ended.pid)}
    ended.kill()
    ended.wait()
    leave(lockless, owner)
    lockless.commit({"a": b"2"})
    assert lockless.git("status", "--porcelain") == ""


def test_a_number_that_is_used_again_is_another_process(lockless: World) -> None:
    """A process that has the number of one that died, but began later, is not it."""
    other = child()
    leave(lockless, {**Owner.me().as_data(), "pid": other.pid, "started": "1"})
    lockless.commit({"a": b"2"})
    other.kill()
    other.wait()
    assert lockless.git("status", "--porcelain") == ""


@pytest.mark.parametrize("away", [False, True])
def test_a_note_of_a_process_that_may_live_is_left_alone(lockless: World, *, away: bool) -> None:
    """A process that lives, or that works on another machine or in another container, is never passed over."""
    living = child()
    owner = {**Owner.me().as_data(), "pid": living.pid, "started": locks._started(living.pid)}
    if away:
        owner |= {"place": "nas-2 pid:[4026531836]", "pid": 1}
    journal = leave(lockless, owner)
    before = lockless.state()
    with pytest.raises(LockedError) as refused:
        lockless.commit({"a": b"2"})
    lockless.repository.recover()
    living.kill()
    living.wait()
    who = "process 1 on nas-2" if away else f"process {living.pid}"
    assert refused.value.message.startswith(f"Another nearmiss command ({who}) began to write to this repository")
    assert f"remove {journal}" in refused.value.hint
    assert lockless.state() == before


def test_a_note_without_a_process_is_dropped(lockless: World) -> None:
    """A journal that names nobody, as earlier versions wrote it, is of a process that is gone."""
    leave(lockless, {"pid": "many"})
    lockless.commit({"a": b"2"})
    assert lockless.git("status", "--porcelain") == ""


def test_a_checkout_that_cannot_catch_up_yet_is_told(world: World) -> None:
    """Whoever checks a branch out while it moves, and holds the index, is told that their files come later."""
    first = world.commit({"a": b"1"})
    world.git("branch", "other")
    original = world.repository._references.move

    def move(*arguments: object, **named: object) -> None:
        world.git("switch", "-q", "other")
        original(*arguments, **named)  # type: ignore[arg-type]
        (world.root / ".git" / "index.lock").touch()

    world.repository._references.move = move  # type: ignore[method-assign]
    with pytest.raises(CheckoutBehindError):
        world.commit({"a": b"2"}, branch="other")
    (world.root / ".git" / "index.lock").unlink()
    assert world.git("rev-parse", "other") != first
    world.repository.recover()
    assert world.git("status", "--porcelain") == ""
    assert (world.root / "a").read_bytes() == b"2"


# What is told of a lock


def test_the_age_of_a_lock_is_told(tmp_path: Path) -> None:
    """Seconds, minutes, hours and days are told in words; a clock that jumped back is no trouble."""
    lock = tmp_path / "index.lock"
    assert age_of(lock) == "gone by now"
    lock.touch()
    assert age_of(lock) == "since just now"
    now = time.time()
    for seconds, words in ((5, "5 seconds"), (61, "1 minute"), (3 * 3600 + 9, "3 hours"), (86400 * 4 + 9, "4 days")):
        os.utime(lock, (now - seconds, now - seconds))
        assert age_of(lock) == f"since {words}"
    os.utime(lock, (now + 600, now + 600))
    assert age_of(lock) == "dated in the future"


def test_where_nobody_is_seen_the_way_on_is_told(tmp_path: Path) -> None:
    """A lock that no process has open is told with its age, and is never removed by us."""
    lock = tmp_path / "register" / ".git" / "index.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    os.utime(lock, (time.time() - 7200, time.time() - 7200))
    told = locked_by_git(lock)
    assert told.message == (
        f"This repository is locked by {lock}, since 2 hours; no process of this machine has it open."
    )
    assert f"remove {lock}" in told.hint
    assert lock.exists()


def test_where_a_system_tells_nothing_of_processes_less_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a list of processes nothing is said about them, and a note counts by its number alone."""
    monkeypatch.setattr(locks, "PROCESSES", tmp_path / "none")
    lock = tmp_path / "index.lock"
    lock.touch()
    assert locked_by_git(lock).message == f"This repository is locked by {lock}, since just now."
    me = Owner.me()
    assert (me.started, me.may_live) == ("", True)
    gone = child()
    gone.kill()
    gone.wait()
    assert not Owner(place=me.place, pid=gone.pid, started="").may_live


def test_a_process_of_somebody_else_lives_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that we may not signal is alive all the same."""

    def forbidden(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "kill", forbidden)
    assert Owner.me().may_live


def test_whoever_has_a_lock_open_is_named(tmp_path: Path) -> None:
    """A program that has the lock open is named by its program and number, without the rest of its words."""
    lock = tmp_path / ".git" / "index.lock"
    lock.parent.mkdir()
    code = f"import time; held = open({str(lock)!r}, 'w'); print('ready', flush=True); time.sleep(600)"
    # Not a child of ours: those are our own gits.
    shell = subprocess.Popen(
        ["sh", "-c", '"$0" -c "$1" token=secret & echo $!; wait', sys.executable, code],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert shell.stdout
    said = sorted([shell.stdout.readline().strip(), shell.stdout.readline().strip()])
    number = int(said[0])
    told = locked_by_git(lock).message
    os.kill(number, signal.SIGKILL)
    shell.communicate()
    assert said[1] == "ready"
    assert f"(process {number}) holds {lock}" in told
    assert "secret" not in told


def test_a_command_of_ours_without_a_note_has_no_number() -> None:
    """Before it has left its note, another command is just another command."""
    told = locked_by_ours(Path("/register/.git"), None, waited=10.2)
    assert told.message == (
        "Another nearmiss command is writing to this repository; after 10 seconds it had not finished."
    )
