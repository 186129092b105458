"""Which paths may change at all, and which may change together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from nearmiss.verifier.faults import Fault
from nearmiss.verifier.objects import PLAIN_FILE, Entry
from nearmiss.verifier.policy import FOLDER
from nearmiss.verifier.records import key_of

ODD_SIGNS = re.compile(r"[\\:*?\"<>|]|[ .](/|\Z)")
"""What Windows gives another meaning, or drops."""
DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\..*)?", re.DOTALL)
"""A name that Windows takes for a device, whatever its ending."""
GIT_FOLDER = re.compile(r"\.git|git~[0-9]+")
LONGEST_NAME, LONGEST_PATH = 200, 1000


def is_odd(path: str) -> bool:
    """Return whether not every checkout could hold a file at a path."""
    names = path.casefold().split("/")
    if not path.isprintable() or len(path) > LONGEST_PATH or ODD_SIGNS.search(path):
        return True
    return any(
        len(name.encode()) > LONGEST_NAME or not name or GIT_FOLDER.fullmatch(name) or DEVICE.fullmatch(name)
        for name in names
    )


def judge_paths(
    changed: Mapping[str, tuple[Entry | None, Entry | None]], classes: Mapping[str, str]
) -> Iterator[Fault]:
    """Yield what lies where nothing may lie, and what may not change together."""
    for path, (_, now) in sorted(changed.items()):
        if now is None:
            continue
        if is_odd(path):
            yield Fault(code="path-odd", path=path, says="not every checkout can hold a file of this name")
        if path.casefold().split("/")[0] == "records" and not key_of(path):
            yield Fault(code="path-unknown", path=path, says="nothing is known that would lie there")
        if now.mode != PLAIN_FILE and not key_of(path) and not path.startswith(f"{FOLDER}/"):
            yield Fault(code="mode-odd", path=path, says=f"the mode is {now.mode}: only plain files may lie here")
    kinds = {kind if kind in {"record", "policy"} else "other" for kind in classes.values()}
    if len(kinds) > 1:
        yield Fault(
            code="request-mixed", path=min(changed), says=f"one change touches {' and '.join(sorted(kinds))} files"
        )
