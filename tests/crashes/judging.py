"""Judging what a stopped command left: before or after, never between, and a next command that works and says why."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.crashes.players import Ended, Player
from tests.crashes.shim import kind_of_lot
from tests.crashes.stage import Stage

OURS = ("index.lock", "nearmiss/checkout/journal.json")
"""What no command of ours may leave in git's folder once another one has run."""

GROWING = ".*.unsaved"
"""What an export that dies leaves beside its output, under a name of its own: the next one writes over it."""

NUMBERED = "*.[0-9]*"
"""What a process makes aside in the folder of caches, under its number: with every crash, one more would stay."""

LOCK = re.compile(r"(?P<lock>/\S+(?:\.lock|/packed-refs\.new))\b")
TOLD = re.compile(r"^nearmiss: .+\n  .+|^  problem: .+\n(?:  .+\n)*    .+", re.MULTILINE)
"""A refusal in a sentence, and what to do; `attest` tells them request by request."""

OF_REMOTE = "refs/remotes/"
"""What git only remembers of a remote: it follows a push, and the next fetch brings it too."""

FAULT = "This is a fault of nearmiss"


@dataclass(frozen=True, kw_only=True)
class State:
    """All of a register that a person can see: where HEAD and the references are, the index, and every file.

    `remote` are the references of the repository to which it pushes.
    """

    head: str = ""
    references: Mapping[str, str] = field(default_factory=dict)
    remote: Mapping[str, str] = field(default_factory=dict)
    index: str = ""
    files: Mapping[str, str] = field(default_factory=dict)

    def differs(self, other: State) -> str:
        """Say in what it differs from another one, or nothing."""
        names = ("head", "references", "remote", "index")
        parts = [name for name in names if getattr(self, name) != getattr(other, name)]
        parts += sorted(
            path for path in self.files.keys() | other.files if self.files.get(path) != other.files.get(path)
        )
        return ", ".join(parts[:8])


def observe(register: Path) -> State:
    """Return the state of a register; where there is no repository yet, only its files."""
    if not _is_repository(register):
        return State(files=_files(register))
    references, remote = _references(register), register.parent / "remote.git"
    # A repository without a commit is as good as none.
    head = (register / ".git" / "HEAD").read_text(encoding="utf-8") if references else ""
    index = _git(register, "ls-files", "--stage", "-v") if (register / ".git" / "index").exists() else ""
    pushed = _references(remote) if remote.exists() else {}
    return State(head=head, references=references, remote=pushed, index=index, files=_files(register))


def _references(repository: Path) -> dict[str, str]:
    listed = _git(repository, "for-each-ref", "--format=%(objectname) %(refname)")
    return {name: oid for oid, _, name in (line.partition(" ") for line in listed.split("\n")[:-1])}


def broken(register: Path) -> str:
    """Return what `git fsck` finds wrong, here or in the remote; dangling objects are none of it."""
    found = [_broken(place) for place in (register, register.parent / "remote.git") if _is_repository(place)]
    return " / ".join(said for said in found if said)


def _broken(repository: Path) -> str:
    words = ["git", "-C", str(repository), "fsck", "--full", "--strict", "--no-dangling", "--no-progress"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    said = [line for line in (done.stdout + done.stderr).split("\n") if line and not line.startswith("notice: ")]
    return " / ".join(said) if done.returncode or said else ""


def _is_repository(register: Path) -> bool:
    if not register.exists():
        return False
    place = "." if register.suffix == ".git" else ".git"
    words = ["git", "-C", str(register), "rev-parse", "--resolve-git-dir", place]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def _git(register: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", register, *words], capture_output=True, text=True, check=True).stdout


def _files(register: Path) -> dict[str, str]:
    found = {}
    for folder, folders, names in register.walk() if hasattr(register, "walk") else _walk(register):
        folders[:] = [name for name in folders if not _is_aside(folder / name, register)]
        for name in names:
            if _is_aside(folder / name, register):
                continue
            path = folder / name
            mode = stat.S_IMODE(path.lstat().st_mode) & 0o111
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found[str(path.relative_to(register))] = f"{digest} {bool(mode)}"
    return found


def _is_aside(path: Path, register: Path) -> bool:
    return path == register / ".git" or path.match(GROWING)


def _walk(top: Path) -> Iterator[tuple[Path, list[str], list[str]]]:
    for folder, folders, names in os.walk(top):
        yield Path(folder), folders, names


@dataclass(frozen=True, kw_only=True)
class Sides:
    """What a register was before a command, and what it is after one that nothing stopped."""

    before: State
    after: State

    def is_done(self, left: State) -> bool:
        """Say whether the references are those after, here and there."""
        return (left.references, left.remote) == (self.after.references, self.after.remote)

    def for_each_file(self, now: State) -> State:
        """Return the state before where each file by itself is before or after, and nothing else differs."""
        known = (self.before.files, self.after.files)
        is_met = all(any(files.get(path) == now.files.get(path) for files in known) for path in self._paths(now))
        is_else_before = replace(now, files=self.before.files) == self.before
        return self.before if now != self.after and is_met and is_else_before else now

    def _paths(self, now: State) -> set[str]:
        return {*self.before.files, *self.after.files, *now.files}

    def met_by(self, left: State, stage: Stage) -> Sides:
        """Return the sides, after being met too where only the branch of a proposal is left that is in force now.

        Git moves several references one after the other: the main branch first, here. What is left is no proposal any
        more, and nothing is lost with it or without it. What is pushed is made here first, then there.
        """
        if stage.shares:
            made = {name: oid for name, oid in self.after.references.items() if not name.startswith(OF_REMOTE)}
            made |= {name: oid for name, oid in self.before.references.items() if name.startswith(OF_REMOTE)}
            for remote in (self.before.remote, self.after.remote):
                if (left.references, left.remote) == (made, remote):
                    return replace(self, after=replace(self.after, references=made, remote=remote))
            return self
        merged = {name: left.references[name] for name in left.references.keys() - self.after.references}
        is_left_over = all(name.startswith("refs/heads/near-miss/") for name in merged)
        if merged and is_left_over and left.references == {**self.after.references, **merged}:
            return replace(self, after=replace(self.after, references=left.references))
        return self


def judge_stopped(player: Player, stage: Stage, sides: Sides, ended: Ended) -> Iterator[str]:
    """Yield what is wrong after a command was stopped; runs the next commands to find out."""
    register = player.register
    wrong = broken(register)
    if wrong:
        yield f"git fsck: {wrong}"
    left = observe(register)
    whole, sides = sides, sides.met_by(left, stage)
    if (left.references, left.remote) not in [(side.references, side.remote) for side in (sides.before, sides.after)]:
        yield f"references between before and after: {left.differs(sides.before)}"
    interrupted = (register / ".git" / "nearmiss" / "checkout" / "journal.json").exists()
    yield from _next_command(player, stage, told=interrupted)
    now = observe(register)
    if stage.piecemeal:
        now = sides.for_each_file(now)
    if now not in (sides.before, sides.after):
        side = sides.after if now.references == sides.after.references else sides.before
        yield f"between before and after: {now.differs(side)}"
        return
    if (now.references, now.remote) != (left.references, left.remote):
        yield "a command that reads moved a reference"
    yield from _left_by_us(register)
    yield from _again(player, stage, whole if stage.shares else sides, now)


def _next_command(player: Player, stage: Stage, *, told: bool) -> Iterator[str]:
    where = () if stage.here == "register" or not player.register.exists() else ("-C", "register")
    looked = player.run(stage, (*where, "list"))
    founded = (player.register / "workflow").exists()
    if looked.status != 0 and (founded or looked.status != 1):
        yield f"the next command ended with {looked.status}: {looked.err}"
    if told and "interrupted" not in looked.err:
        yield f"the next command does not say that something was interrupted: {looked.err!r}"
    if not told and "interrupted" in looked.err:
        yield f"the next command speaks of an interruption without a trace of one: {looked.err!r}"


def _left_by_us(register: Path) -> Iterator[str]:
    for name in OURS:
        if (register / ".git" / name).exists():
            yield f"left behind: .git/{name}"
    for path in sorted((register / ".git" / "nearmiss" / "cache").glob(NUMBERED)):
        yield f"left behind for good: .git/nearmiss/cache/{path.name}"


def _again(player: Player, stage: Stage, sides: Sides, now: State) -> Iterator[str]:
    """Run the same command again, and follow its advice where that is not enough."""
    words, again = stage.words, player.run(stage)
    for _ in range(3):
        locks = {Path(lock) for lock in LOCK.findall(again.said)}
        if again.status != 1 and not (again.status == 0 and locks):
            break
        if locks and ("remove" not in again.said or not all(lock.exists() for lock in locks)):
            yield f"names a lock that is not there, or not what to do: {again.said!r}"
            return
        for lock in locks:
            lock.unlink()
        if not locks and not (stage.again and stage.again[-1] in again.err):
            break
        words = words if locks else stage.again
        again = player.run(stage, words)
    if again.status not in {0, 1} or FAULT in again.err:
        yield f"run again, it ended with {again.status}: {again.err}"
    if wrong := broken(player.register):
        yield f"git fsck after running it again: {wrong}"
    yield from _left_by_us(player.register)
    if grown := [path.name for path in player.register.rglob(GROWING) if ".git" not in path.parts]:
        yield f"left behind: {', '.join(grown)}"
    yield from _judge_again(again, sides, now, observe(player.register))


def _judge_again(again: Ended, sides: Sides, now: State, then: State) -> Iterator[str]:
    if now != sides.after:
        if again.status != 0:
            yield f"run again, it ended with {again.status}: {again.said}"
        if then != sides.after:
            yield f"run again, it does not give the state after: {then.differs(sides.after)}"
    elif again.status == 1 and then.differs(sides.after) not in {"", "references"}:
        yield f"run again, it refuses and yet changes something: {then.differs(sides.after)}"


def judge_refused(player: Player, stage: Stage, sides: Sides, ended: Ended) -> Iterator[str]:
    """Yield what is wrong after a command was refused by the disk: a sentence, a hint, an exit code that fits."""
    whole = sides
    if ended.status not in {0, 1} or FAULT in ended.err or "Traceback" in ended.err:
        yield f"it ended with {ended.status}: {ended.err}"
    left = observe(player.register)
    sides, references = sides.met_by(left, stage), left.references
    if ended.status == 1 and not TOLD.search(ended.said):
        yield f"no sentence with a hint: {ended.said!r}"
    if "othing was" in ended.err and references != sides.before.references:
        yield f"it says that nothing was changed: {ended.err}"
    if ended.status == 0 and not whole.is_done(left) and (left.remote != whole.after.remote or not sides.is_done(left)):
        yield "it says that all is well, and nothing happened"


def fingerprint(place: Path) -> str:
    """Return what tells one state of the disk from another: every file and folder, what is drawn by lot left out.

    An index holds the times of the files beside it: of it, only the size counts. A token is drawn for each command.
    """
    digest = hashlib.sha256()
    for folder, folders, names in sorted(_walk(place)):
        digest.update(f"{kind_of_lot(str(folder.relative_to(place)))} {len(folders)} {len(names)}\n".encode())
        for name in sorted(names):
            path = folder / name
            told = kind_of_lot(name)
            is_index = (name.startswith("index") and "checkout" in (*folder.parts, name)) or name == "index"
            content = str(path.stat().st_size).encode() if is_index else LOT.sub(b"LOT", _bytes_of(path))
            digest.update(f"{told} {hashlib.sha256(content).hexdigest()}\n".encode())
    return digest.hexdigest()


def _bytes_of(path: Path) -> bytes:
    """Return what a file holds, or where a link leads: git tries links out, and they lead nowhere."""
    return os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()


LOT = re.compile(rb'"(?:pid|started|token)": "?\w+"?|^[0-9a-f]{16}$')


def outcome(problems: Sequence[str]) -> str:
    """Return problems as one text, without what differs from run to run."""
    return "; ".join(re.sub(r"/\S+/stage/|\b\d+ seconds?", "…", problem.strip()) for problem in problems)
