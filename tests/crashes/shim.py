"""The library that stands between a program and the disk: built once, and given its orders in a file."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

SOURCE = Path(__file__).with_name("shim.c")
VARIABLE = "NEARMISS_SHIM"
PATH_MAX = 4096
NOTES = 1 << 21

WATCH, KILL_GROUP, KILL_TORN, KILL_ONE, FAIL_FROM, FAIL_ONCE, CUT_POWER = range(7)
WRITES, CREATES, CHANGES, SYNCS = 1, 2, 4, 8
ALL_KINDS = WRITES | CREATES | CHANGES | SYNCS

TORN = frozenset({"write", "pwrite", "writev", "sendfile", "copy_file_range", "fflush", "fclose"})
"""Calls that can be stopped in the middle."""


class _Orders(ctypes.Structure):
    _fields_ = (
        ("count", ctypes.c_uint64),
        ("at", ctypes.c_uint64),
        ("mode", ctypes.c_uint32),
        ("number", ctypes.c_uint32),
        ("refused", ctypes.c_uint32),
        ("stopped", ctypes.c_uint32),
        ("noted", ctypes.c_uint64),
        ("root", ctypes.c_char * PATH_MAX),
    )


@dataclass(frozen=True, kw_only=True)
class Orders:
    """What is to happen below a folder: at which call, which kind of stop, which errno for which kinds of calls."""

    root: Path
    at: int = 0
    mode: int = WATCH
    number: int = 0
    refused: int = ALL_KINDS


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call that was counted: which function, on which path below the root."""

    name: str
    path: str

    @property
    def kind(self) -> tuple[str, str]:
        """The call without what differs from run to run and file to file: what is equal here is alike."""
        return self.name, kind_of(self.path)


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What the library saw: all calls in order, and whether the one that was chosen was reached."""

    calls: Sequence[Call] = field(default=())
    stopped: bool = False


_LOT = re.compile(r"(?<=tmp_obj_)\w+|(?<=tmp_objdir-)[\w-]+|(?<=bulk_fsync_)\w+|(?<=tmp_pack_)\w+|(?<=tmp_idx_)\w+")
_KINDS = (
    (re.compile(r"[0-9a-f]{40}"), "ID"),
    (re.compile(r"(?<=objects/)[0-9a-f]{2}(?=/|$)"), "XX"),
    (re.compile(r"(?<=XX/)[0-9a-f]{38}"), "ID"),
    (_LOT, "…"),
    (re.compile(r"NM-\d{4}-\w{5}"), "RECORD"),
    (re.compile(r"records/\d{4}(/\d{2})?"), "records/MONTH"),
    (re.compile(r"(?<=checkout/)\d+"), "N"),
    (re.compile(r"(?<=cache\.)\d+"), "PID"),
    (re.compile(r"^((?!\.git/)[\w.-]+/).+(?<=/)[^/]+$"), r"\1…"),
)


def kind_of(path: str) -> str:
    """Return a path with ids, numbers and names of files of ours left out."""
    for pattern, instead in _KINDS:
        path = pattern.sub(instead, path)
    return path


def kind_of_lot(path: str) -> str:
    """Return a path with what git draws by lot left out."""
    return _LOT.sub("…", path)


def has_compiler() -> bool:
    """Say whether this machine can build the library."""
    return shutil.which("gcc") is not None


def build(folder: Path) -> Path:
    """Build the library in a folder and return its path."""
    made = folder / "shim.so"
    words = ["gcc", "-O1", "-shared", "-fPIC", "-w", "-o", str(made), str(SOURCE), "-ldl"]
    subprocess.run(words, check=True, capture_output=True)
    return made


def write_orders(place: Path, orders: Orders) -> None:
    """Write orders to a file, with room for the notes behind them."""
    told = _Orders(
        at=orders.at, mode=orders.mode, number=orders.number, refused=orders.refused, root=str(orders.root).encode()
    )
    kept = kept_by(place)
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir()
    with place.open("wb") as file:
        file.write(bytes(told))
        file.truncate(ctypes.sizeof(_Orders) + NOTES)


def kept_by(place: Path) -> Path:
    """Return the folder in which the library keeps what was waited for, where the power is to be cut."""
    return place.with_name(f"{place.name}.kept")


def read_watched(place: Path, root: Path) -> Watched:
    """Return what was seen under the orders in a file, with paths seen from the root."""
    with place.open("rb") as file:
        told = _Orders.from_buffer_copy(file.read(ctypes.sizeof(_Orders)))
        notes = file.read(told.noted).decode("utf-8", "surrogateescape")
    calls = [line.split("\t", 1) for line in notes.split("\n")[:-1]]
    return Watched(
        calls=tuple(Call(name=name, path=path.removeprefix(str(root)).lstrip("/")) for name, path in calls),
        stopped=bool(told.stopped),
    )
