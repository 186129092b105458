"""Git's objects, each compared with the name that git gives it, so that no clone can lie about them."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from nearmiss.verifier.faults import CannotVerifyError

FOLDER = "40000"
PLAIN_FILE = "100644"
ENCODED = re.compile(rb"^encoding ", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A file in a tree: its mode and the name of its content."""

    mode: str
    oid: str


@dataclass(frozen=True, kw_only=True)
class Commit:
    """A commit: its tree, its parents, and who says to have written it."""

    oid: str
    tree: str
    parents: tuple[str, ...]
    email: str
    raw: bytes


def hardened_environment() -> dict[str, str]:
    """Return an environment in which git obeys neither the machine's nor the person's configuration."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "SSH_"))}
    return kept | {
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }


def run_git(where: Path, *arguments: str) -> bytes:
    """Return what git prints; raise `CannotVerifyError` with its own words where it fails."""
    safe = [
        "-c",
        f"safe.directory={where.resolve()}",
        "-c",
        "core.hooksPath=" + os.devnull,
        "-c",
        "core.fsmonitor=false",
    ]
    try:
        done = subprocess.run(  # noqa: S603 - git, on words of ours and on revisions that follow --end-of-options
            ["git", "-C", str(where), *safe, *arguments],  # noqa: S607 - the machine's own git is what has to work
            env=hardened_environment(), capture_output=True, check=False,
        )  # fmt: skip
    except OSError as error:
        raise CannotVerifyError(f"git cannot be started: {error}") from error
    if done.returncode:
        raise CannotVerifyError(f"git {arguments[0]} failed: {done.stderr.decode('utf-8', 'replace').strip()}")
    return done.stdout


def _sha1(framed: bytes) -> Any:
    """Return the digest by which most repositories name their objects."""
    return hashlib.sha1(framed, usedforsecurity=False)


def _read_commit(oid: str, raw: bytes) -> Commit:
    """Return a commit as git reads it: parents stand right below the tree, and the last author counts.

    Everybody can put more lines into a commit, which git passes over: what they look like must change nothing here.
    """
    tree, *lines = raw.partition(b"\n\n")[0].decode("utf-8", "replace").split("\n")
    parents = list(takewhile(lambda line: line.startswith("parent "), lines))
    authors = [line for line in lines[len(parents) :] if line.startswith("author ")]
    address, closed, _ = (authors or [""])[-1].partition("<")[2].partition(">")
    return Commit(
        oid=oid,
        tree=tree.removeprefix("tree "),
        parents=tuple(line.removeprefix("parent ") for line in parents),
        email=address if closed else "",
        raw=raw,
    )


class Objects:
    """The objects of one repository; a context manager that ends its child."""

    def __init__(self, where: Path) -> None:
        self.where = where
        self._child: subprocess.Popen[bytes] | None = None
        self._trees: dict[str, dict[str, Entry]] = {}
        self._commits: dict[str, Commit] = {}
        self._blobs: dict[str, bytes] = {}

    def __enter__(self) -> Self:
        """Begin; nothing is started before it is needed."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the child."""
        if self._child and self._child.stdin and self._child.stdout:
            self._child.stdin.close()
            self._child.stdout.close()
            self._child.wait()

    def find(self, revision: str) -> str:
        """Return the whole name of the commit that a revision means."""
        asked = ("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
        try:
            return run_git(self.where, *asked).decode().strip()
        except CannotVerifyError as error:
            raise CannotVerifyError(f"there is no commit called {revision} here ({error})") from error

    def refuse_what_hides_history(self) -> None:
        """Raise where history was cut off, or other commits are put in the place of real ones."""
        try:
            said = run_git(self.where, "rev-parse", "--path-format=absolute", "--git-common-dir")
        except CannotVerifyError as error:
            hint = "name one of the two, such as: python verify.pyz PACK.zip"
            raise CannotVerifyError(f"{self.where.resolve()} is no pack and no register; {hint} ({error})") from error
        common = Path(os.fsdecode(said).rstrip("\n"))
        if (common / "shallow").exists():
            raise CannotVerifyError(
                "the clone is shallow: its history was cut off; get the rest: git fetch --unshallow"
            )
        if (common / "info" / "grafts").exists():
            raise CannotVerifyError("info/grafts gives commits other parents: take that file away")
        if run_git(self.where, "for-each-ref", "refs/replace").strip():
            raise CannotVerifyError("refs/replace puts other objects in the place of real ones: git replace -d them")

    def read(self, oid: str, kind: str) -> bytes:
        """Return an object's content, of the kind that is asked for and with the digest that its name says."""
        if self._child is None:
            safe = f"safe.directory={self.where.resolve()}"
            self._child = subprocess.Popen(  # noqa: S603 - as in run_git
                ["git", "-C", str(self.where), "-c", safe, "cat-file", "--batch"],  # noqa: S607 - as in run_git
                env=hardened_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
        assert self._child.stdin  # noqa: S101 - asked for as pipes just above
        assert self._child.stdout  # noqa: S101 - as above
        self._child.stdin.write(oid.encode() + b"\n")
        self._child.stdin.flush()
        head = self._child.stdout.readline().decode().split()
        if len(head) != 3:  # noqa: PLR2004 - name, kind and size; anything else means that it is not there
            raise CannotVerifyError(f"the object {oid} cannot be read: it is missing or damaged")
        content = self._child.stdout.read(int(head[2]))
        self._child.stdout.read(1)
        framed = f"{head[1]} {head[2]}\0".encode() + content
        named = hashlib.sha256(framed) if len(oid) == hashlib.sha256().digest_size * 2 else _sha1(framed)
        if named.hexdigest() != oid or head[1] != kind:
            raise CannotVerifyError(f"the object {oid} is not what its name says: it was tampered with")
        return content

    def blob(self, oid: str) -> bytes:
        """Return a file's content."""
        if oid not in self._blobs:
            self._blobs[oid] = self.read(oid, "blob")
        return self._blobs[oid]

    def commit(self, oid: str) -> Commit:
        """Return a commit."""
        if oid not in self._commits:
            found = _read_commit(oid, self.read(oid, "commit"))
            if ENCODED.search(found.raw.partition(b"\n\n")[0]):
                # Its lines are in another encoding; what letters they then stand for, git itself says.
                words = ("log", "--no-walk", "--format=%ae", "--encoding=UTF-8", "--no-mailmap", "--no-show-signature")
                shown = run_git(self.where, *words, oid).decode("utf-8", "replace")
                found = replace(found, email=shown.removesuffix("\n"))
            self._commits[oid] = found
        return self._commits[oid]

    def folder(self, tree: str) -> Mapping[str, Entry]:
        """Return the entries of one folder; refuse one that names something twice or leads elsewhere."""
        if tree not in self._trees:
            entries: dict[str, Entry] = {}
            content, width = self.read(tree, "tree"), len(tree) // 2
            while content:
                mode, _, rest = content.partition(b" ")
                name, _, rest = rest.partition(b"\0")
                text = name.decode("utf-8", "surrogateescape")
                if text in entries or "/" in text or text in {"", ".", ".."} or text.casefold() == ".git":
                    raise CannotVerifyError(f"the folder {tree} names {text!r} twice, or in a way that leads elsewhere")
                entries[text] = Entry(mode=mode.decode().lstrip("0"), oid=rest[:width].hex())
                content = rest[width:]
            self._trees[tree] = entries
        return self._trees[tree]

    def find_entry(self, tree: str, path: str) -> Entry | None:
        """Return what lies at a path, a folder too; None where nothing does."""
        found: Entry | None = Entry(mode=FOLDER, oid=tree)
        for name in path.split("/") if path else []:
            found = self.folder(found.oid).get(name) if found and found.mode == FOLDER else None
        return found

    def files(self, tree: str, below: str = "") -> dict[str, Entry]:
        """Return all files below a path, by their whole path."""
        start = self.find_entry(tree, below)
        if start is None or start.mode != FOLDER:
            return {} if start is None else {below: start}
        return dict(self._walk(start.oid, f"{below}/" if below else ""))

    def _walk(self, tree: str, prefix: str) -> Iterator[tuple[str, Entry]]:
        for name, entry in self.folder(tree).items():
            if entry.mode == FOLDER:
                yield from self._walk(entry.oid, f"{prefix}{name}/")
            else:
                yield prefix + name, entry

    def changed(self, before: str, after: str, prefix: str = "") -> dict[str, tuple[Entry | None, Entry | None]]:
        """Return every file in which two trees differ, with what it was and what it is; no renames are guessed."""
        found: dict[str, tuple[Entry | None, Entry | None]] = {}
        if before == after:
            return found
        old = self.folder(before) if before else {}
        new = self.folder(after) if after else {}
        for name in {**old, **new}:
            was, now = old.get(name), new.get(name)
            if was == now:
                continue
            was_folder = was.oid if was and was.mode == FOLDER else ""
            now_folder = now.oid if now and now.mode == FOLDER else ""
            found |= self.changed(was_folder, now_folder, f"{prefix}{name}/")
            pair = (None if was_folder else was, None if now_folder else now)
            if pair != (None, None):
                found[prefix + name] = pair
        return found
