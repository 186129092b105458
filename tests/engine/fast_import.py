"""Histories written by `git fast-import`: commits of any plain files on any parents, hundreds of them in one go."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nearmiss.engine.ports import Identity

PLAIN_BYTES = (33, 126)
PLAIN, PROGRAM, LINK, SUBMODULE = "100644", "100755", "120000", "160000"


@dataclass(frozen=True)
class Odd:
    """A tree entry that is no plain file: a mode, and what the link, program or submodule is."""

    mode: str
    content: bytes


Content = bytes | str | Odd | None
"""What lies at a path: text or bytes of a plain file, something odd, or None to take it away."""


class Import:
    """A stream of commits that are not written yet; each is known by its mark, `:1`, `:2`, until `run` tells its id."""

    def __init__(self) -> None:
        self._stream: list[bytes] = []
        self._count = 0

    def commit(
        self,
        files: Mapping[str, Content],
        *,
        who: Identity,
        parents: Sequence[str],
        when: int,
        message: str = "A change\n",
        ref: str = "refs/imported/one",
    ) -> str:
        """Add a commit of files on top of the first parent's tree, and return its mark; parents are marks or ids."""
        self._count += 1
        said = message.encode()
        stamp = f"{who.name} <{who.email}> {when} +0000"
        head = f"reset {ref}\ncommit {ref}\nmark :{self._count}\nauthor {stamp}\ncommitter {stamp}\ndata {len(said)}\n"
        self._stream += [head.encode(), said]
        self._stream += [
            f"{'merge' if number else 'from'} {parent}\n".encode() for number, parent in enumerate(parents)
        ]
        for path, content in files.items():
            self._stream += _entry(path, content)
        self._stream.append(b"\n")
        return f":{self._count}"

    def name(self, ref: str, commit: str) -> None:
        """Let a reference stand for a commit."""
        self._stream.append(f"reset {ref}\nfrom {commit}\n\n".encode())

    def run(self, root: Path) -> dict[str, str]:
        """Write everything into a repository, and return the ids by mark."""
        marks = root / ".git" / "imported-marks"
        command = ["git", "-C", str(root), "fast-import", "--quiet", "--force", f"--export-marks={marks}"]
        done = subprocess.run(command, input=b"".join(self._stream), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        ids = dict(line.split() for line in marks.read_text().splitlines())
        marks.unlink()
        return ids


def _entry(path: str, content: Content) -> list[bytes]:
    name = _quoted(path)
    if content is None:
        return [b"D " + name + b"\n"]
    if isinstance(content, Odd) and content.mode == SUBMODULE:
        return [b"M 160000 " + content.content + b" " + name + b"\n"]
    mode, raw = (content.mode, content.content) if isinstance(content, Odd) else (PLAIN, content)
    raw = raw.encode() if isinstance(raw, str) else raw
    return [f"M {mode} inline ".encode() + name + b"\n", f"data {len(raw)}\n".encode(), raw, b"\n"]


def _quoted(path: str) -> bytes:
    """Spell a path as fast-import reads it: every byte that is no plain letter as an octal escape."""
    raw = path.encode("utf-8", "surrogateescape")
    spelt = (
        b"%c" % byte if PLAIN_BYTES[0] <= byte <= PLAIN_BYTES[1] and byte not in b'"\\' else b"\\%03o" % byte
        for byte in raw
    )
    return b'"' + b"".join(spelt) + b'"'
