"""How mended records are told: what was done to each file, what was left and why, and the difference it makes."""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING, Any

from nearmiss.cli.findings import finding_as_data
from nearmiss.cli.voice import one_line, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nearmiss.engine.checking.fixing import Fix
    from nearmiss.policy.findings import Finding

_COLOURS = {"+": "green", "-": "red", "@": "dim"}


def fixes_as_data(fixes: Sequence[Fix], *, written: Sequence[str]) -> Mapping[str, Any]:
    """Return fixes as JSON has them: fixed and left (findings), written (paths), diff (empty where it was written)."""
    return {
        "fixed": [finding_as_data(finding) for fix in fixes for finding in fix.done],
        "left": [finding_as_data(finding) for fix in fixes for finding in fix.left],
        "written": list(written),
        "diff": "" if written else "\n".join(line for fix in fixes for line in difference(fix)),
    }


def say_fixes(fixes: Sequence[Fix], *, written: Sequence[str]) -> None:
    """Print what was mended and what was left by file; with the difference where nothing was written."""
    for fix in fixes:
        say((one_line(fix.path), "bold"))
        for finding in fix.done:
            _say_one("mended" if written else "would mend", "green", finding)
        for finding in fix.left:
            _say_one("left", "yellow", finding)
        if not written:
            for line in difference(fix):
                say((f"    {line}", _COLOURS.get(line[:1], "")) if line[:1] in _COLOURS else f"    {line}")
    _say_outcome(fixes, written)


def difference(fix: Fix) -> Iterator[str]:
    """Yield the lines that `git diff` would show, for one file; nothing where it stays as it is."""
    before, after = (raw.decode("utf-8", "replace").split("\n") for raw in (fix.before, fix.after))
    yield from unified_diff(before, after, f"a/{fix.path}", f"b/{fix.path}", n=0, lineterm="")


def _say_one(word: str, colour: str, finding: Finding) -> None:
    said = f" line {finding.line}: {one_line(finding.message)}"
    say("  ", (f"{word}:", colour), said, (f"  [{finding.code}]", "dim"))
    if finding.hint:
        say("    ", one_line(finding.hint))


def _say_outcome(fixes: Sequence[Fix], written: Sequence[str]) -> None:
    number = sum(fix.changes for fix in fixes)
    if not number:
        say("Nothing was mended." if fixes else "There is nothing of form to mend.")
        return
    files = "1 record" if number == 1 else f"{number} records"
    if written:
        say(f"{files} mended in your working tree. Look at it, and commit it: git diff, then git commit -a")
    else:
        say(f"{files} would be mended; nothing was written. The check below is of what lies there.")
