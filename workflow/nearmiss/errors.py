"""The errors that end a job, each with its own sentence and what to do next; findings are not errors."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command tells the shell (DESIGN of the command line: 0 fine, 1 refused, 2 usage, 3 a fault of ours)."""

    FINE = 0
    REFUSED = 1
    USAGE = 2
    FAULT = 3
    INTERRUPTED = 130


class NearMissError(Exception):
    """A job could not be done; `message` says what happened and where, `hint` what to do next."""

    exit_code = ExitCode.REFUSED

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(NearMissError):
    """The command's words cannot be carried out as given."""

    exit_code = ExitCode.USAGE
