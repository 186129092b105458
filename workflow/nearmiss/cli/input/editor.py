"""The person's own editor, opened on a file and waited for."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

from nearmiss.cli.voice import can_ask
from nearmiss.errors import NearMissError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

FALLBACKS = ("sensible-editor", "nano", "vi")


class NoEditorError(UsageError):
    """There is no editor to open."""

    def __init__(self) -> None:
        super().__init__(
            "No editor was found to open.",
            hint="Name one in VISUAL or EDITOR, or give the values with --set path=value or --from FILE.",
        )


class EditorFailedError(NearMissError):
    """The editor could not be started, or ended with a failure."""

    def __init__(self, command: str, why: str, draft: Path) -> None:
        super().__init__(f"The editor {command} {why}. Nothing was changed.", hint=f"The text is kept: {draft}")


def edit_file(path: Path) -> None:
    """Open a file in $VISUAL, $EDITOR or a usual editor and wait; raises NoEditorError, EditorFailedError."""
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or (_usual() if can_ask() else "")
    if not command:
        raise NoEditorError
    try:
        done = subprocess.run([*shlex.split(command), str(path)], check=False)  # noqa: S603 - the person's own program
    except OSError as error:
        raise EditorFailedError(command, f"cannot be started: {error.strerror}", path) from error
    except ValueError as error:
        raise EditorFailedError(command, f"is not a command: {error}", path) from error
    if done.returncode:
        raise EditorFailedError(command, f"ended with status {done.returncode}", path)
    _see_on_the_disk(path)


def _see_on_the_disk(path: Path) -> None:
    """Wait for what somebody wrote: some editors do not, and then a power cut would leave an empty file."""
    with suppress(OSError), path.open("rb") as file:
        os.fsync(file.fileno())


def _usual() -> str:
    return next((name for name in FALLBACKS if shutil.which(name)), "")
