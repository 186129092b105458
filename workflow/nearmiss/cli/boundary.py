"""The one boundary: whatever ends a command becomes a sentence and an exit code here, never a traceback."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

import click

from nearmiss.cli.findings import finding_as_data, say_findings
from nearmiss.cli.voice import emit, flow, one_line
from nearmiss.errors import ExitCode, NearMissError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Any

_OF_THE_DISK = {
    errno.EACCES: "you have no permission",
    errno.EPERM: "it is not permitted",
    errno.EROFS: "the disk is read-only",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is full",
    errno.EIO: "the disk failed",
    errno.ENOENT: "there is no such file or folder",
    errno.ENOTDIR: "a part of its path is not a folder",
    errno.EISDIR: "it is a folder",
    errno.EEXIST: "it exists already",
    errno.ELOOP: "its symbolic links lead nowhere",
    errno.ENAMETOOLONG: "its name is too long",
}
"""What the system refuses for reasons that a person can mend."""


_OF_OUTPUT = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})


class DiskError(NearMissError):
    """A file or folder could not be used as the command needed it."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"{path} cannot be used: {reason}.", hint="Look at the path, the permissions and the disk.")


class UnheardError(NearMissError):
    """What the command had to say could not be written where it was sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The output could not be written: {reason}.",
            hint="What the command did before stands; see: nearmiss list. Send the output where there is room.",
        )


class FaultError(NearMissError):
    """Something went wrong that is our fault; what is known of it was saved."""

    exit_code = ExitCode.FAULT

    def __init__(self, kept: Path | None) -> None:
        where = f"The details are in {kept}" if kept else "The details could not be saved anywhere"
        super().__init__(
            f"This is a fault of nearmiss, not of yours. {where}.",
            hint="Nothing is half done. Please report it with that file, after looking through it for private data.",
        )


class InterruptedJobError(NearMissError):
    """The person stopped the command."""

    exit_code = ExitCode.INTERRUPTED

    def __init__(self) -> None:
        super().__init__("Interrupted; what was not finished was not written.")


def guarded(run: Callable[[], object], *, as_json: bool) -> int:
    """Run a command and return its exit code; what ends it early is told in a sentence, or as JSON."""
    try:
        ended = run()
    except click.ClickException as error:
        return _tell(_usage(error), as_json=as_json)
    except (click.Abort, KeyboardInterrupt):
        _leave_line()
        return _tell(InterruptedJobError(), as_json=as_json)
    except NearMissError as error:
        return _tell(error, as_json=as_json)
    except Exception as error:  # noqa: BLE001 - this is the boundary: nobody ever sees a traceback
        return _tell(_of_the_disk(error) or _of_a_path(error) or FaultError(_keep(error)), as_json=as_json)
    return ended if isinstance(ended, int) else ExitCode.FINE


def _leave_line() -> None:
    """Go to a new line of the terminal: Ctrl-C leaves the person in the middle of one."""
    if sys.stderr.isatty():
        click.echo(err=True)


def _usage(error: click.ClickException) -> NearMissError:
    context = getattr(error, "ctx", None)
    hint = f"How it is used: {context.command_path} --help" if context else ""
    message = one_line(_by_what_it_takes(error) or error.format_message())
    if context and isinstance(error, click.exceptions.NoArgsIsHelpError) and isinstance(context.command, click.Group):
        # Its message is the whole help text, which belongs to --help.
        message = f"{context.command_path} needs to be told what: {', '.join(context.command.list_commands(context))}."
    told = NearMissError(message, hint=hint)
    told.exit_code = ExitCode.USAGE
    return told


def _by_what_it_takes(error: click.ClickException) -> str:
    """Return a better message where an option that is not there names what one takes: `--port`, of HOST:PORT."""
    if not isinstance(error, click.exceptions.NoSuchOption) or error.ctx is None:
        return ""
    options = (one for one in error.ctx.command.params if isinstance(one, click.Option) and one.metavar)
    said = error.option_name.lstrip("-").upper()
    taking = [f"'{one.opts[0]} {one.metavar}'" for one in options if said in str(one.metavar).split(":")]
    return f"No such option '{error.option_name}'. Did you mean {' or '.join(taking)}?" if taking else ""


def _of_the_disk(error: Exception) -> NearMissError | None:
    if not isinstance(error, OSError) or error.errno not in _OF_THE_DISK:
        return None
    if error.filename is None:
        # Files of ours are opened by name, and their errors told where they are written: this is what was printed.
        return UnheardError(_OF_THE_DISK[error.errno]) if error.errno in _OF_OUTPUT else None
    return DiskError(os.fsdecode(error.filename), _OF_THE_DISK[error.errno])


def _of_a_path(error: Exception) -> NearMissError | None:
    """Return what is wrong with a path that somebody named, where pathlib says so by no error of the system."""
    said = str(error)
    if said.startswith("Symlink loop from "):
        return DiskError(said.removeprefix("Symlink loop from ").strip("'"), _OF_THE_DISK[errno.ELOOP])
    if said == "Could not determine home directory.":
        return DiskError("A path that begins with ~", "there is no such home folder")
    return None


def _tell(error: NearMissError, *, as_json: bool) -> int:
    try:
        if as_json and not isinstance(error, UnheardError):
            emit(error_as_data(error))
        else:
            say_error(error)
    except BrokenPipeError:
        silence()
    except OSError as unheard:
        # The disk of the output is full; where that of the error stream is too, nobody is left to be told.
        if as_json:
            _tell(UnheardError(_OF_THE_DISK.get(unheard.errno or 0, str(unheard))), as_json=False)
    return int(error.exit_code)


def error_as_data(error: NearMissError) -> Mapping[str, Any]:
    """Return an error as JSON has it: ok (false), message, hint, findings, and the facts that a command adds."""
    findings = [finding_as_data(finding) for finding in getattr(error, "findings", ())]
    facts = getattr(error, "facts", {})
    return {**facts, "ok": False, "message": error.message, "hint": error.hint, "findings": findings}


def say_error(error: NearMissError) -> None:
    """Print an error as a sentence, everything that was found, and what to do next."""
    first, *more = error.message.split("\n")
    flow(("nearmiss: ", "red"), first, hang=2, err=True)
    for line in more:
        flow(line, err=True)
    say_findings(getattr(error, "findings", ()), err=True)
    if error.hint:
        flow(error.hint, indent=2, err=True)


def _keep(error: BaseException) -> Path | None:
    """Save what happened under the state folder of the person, else the temporary one; return where."""
    import tempfile
    import traceback
    from datetime import datetime
    from pathlib import Path

    when = datetime.now().astimezone()
    text = f"{when.isoformat()}\n\n{''.join(traceback.format_exception(error))}"
    home = Path(os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state"))  # noqa: PTH111 - where there is no home, pathlib's raises
    for folder in (home / "nearmiss" / "faults", Path(tempfile.gettempdir())):
        if not folder.is_absolute():
            continue  # a `~` that means nobody's home is no folder to make here
        kept = folder / f"nearmiss-fault-{when:%Y%m%d-%H%M%S}-{os.getpid()}.txt"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with open(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 - only this opens a file that nobody else can read
                file.write(text.encode("utf-8", "backslashreplace").decode())
        except OSError:
            continue
        return kept
    return None


def silence() -> None:
    """Let what is still to be printed go nowhere: whoever was reading has stopped."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
