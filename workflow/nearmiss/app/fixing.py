"""Writing mended records into the working tree, each in one step, and never over what changed since it was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.app.places import unsaved_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from nearmiss.engine.checking.fixing import Fix


def write_fixes(root: Path, fixes: Iterable[Fix]) -> list[str]:
    """Write what is mended below the top of a working tree; return the paths of the files that changed.

    Raises ChangedMeanwhileError or FileUnwritableError at the first that cannot be written; those before it are done.
    """
    from nearmiss.store.files import digest_of, replace_file

    changed = [fix for fix in fixes if fix.changes]
    aside = unsaved_of(root) if changed else None
    for fix in changed:
        replace_file(root / fix.path, fix.after, read_digest=digest_of(fix.before), aside=aside)
    return [fix.path for fix in changed]
