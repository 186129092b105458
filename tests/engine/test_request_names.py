"""Names of paths in a request: plain ones pass, and what a checkout could not hold or would show otherwise does not."""

from __future__ import annotations

import pytest

from nearmiss.engine.gate.paths import judge_names
from nearmiss.engine.ports import REGULAR_FILE, Change

BLOB = "12" * 20


def change(path: str, *, gone: bool = False) -> Change:
    """Return the adding of a file, or its removal."""
    old, new = (BLOB, None) if gone else (None, BLOB)
    modes = (REGULAR_FILE, "000000") if gone else ("000000", REGULAR_FILE)
    return Change(path=path, old_mode=modes[0], new_mode=modes[1], old_oid=old, new_oid=new)


ODD = [
    "", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", " ", "a/ /b", "...", ".git/config", "a/.GIT/hooks",
    "a.", "a./b", "a ", "a /b", "a\\b", "a\nb", "a\tb", "a\x00b", "a\x7f", "a\u202eb", "a\u00a0b", "a\udcff", "n" * 201,
    "\u00e4" * 101, "/".join(["n" * 99] * 11), "NUL", "a/con.jpg", "a/Aux.tar.gz", "lpt1", "COM\u00b9.txt", "a:b",
    "a/b?", "CONIN$", "con .txt",
]  # fmt: skip

PLAIN = [
    "a", "a/b.txt", ".gitignore", ".github/workflows/gate.yml", "a.git", "..a", "a..b", "a b", "Gef\u00e4hrdung.md",
    "records/2026/11/NM-2026-00001.yaml", "console.txt", "com", "com10", "nul-values.csv", "n" * 200,
    "/".join(["n" * 99] * 10),
]  # fmt: skip


@pytest.mark.parametrize("path", ODD)
def test_an_odd_path_is_found(path: str) -> None:
    """It is named by its path, in letters that show; taking such a path away is the way to mend it."""
    (finding,) = judge_names([change("a/fine"), change(path)])
    assert (finding.code, finding.path) == ("path-odd", path)
    assert finding.message == f"{path[:200]!a} is no path that every checkout can hold"
    assert finding.hint.startswith("use plain names")
    assert judge_names([change(path, gone=True)]) == []


@pytest.mark.parametrize("path", PLAIN)
def test_a_plain_path_is_not(path: str) -> None:
    """Dots within, spaces within, letters of other languages, and as long as is allowed."""
    assert judge_names([change(path)]) == []


def test_a_path_that_changes_twice_is_found() -> None:
    """Only a forged tree has two entries of one name; it is told once."""
    found = judge_names([change("a"), change("b"), change("a")])
    assert [(finding.code, finding.path) for finding in found] == [("path-odd", "a")]
    assert [finding.path for finding in judge_names([change("a"), change("a", gone=True)])] == ["a"]
