"""`nearmiss hook`: what a plain git server asks before it takes a push."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import click

from nearmiss.cli.voice import say
from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nearmiss.cli.surroundings import Surroundings
    from nearmiss.engine.gate.pushes import Update

_LINE = re.compile(r"(?P<old>[0-9a-f]{40}|[0-9a-f]{64}) (?P<new>[0-9a-f]{40}|[0-9a-f]{64}) (?P<reference>refs/[^ ]+)")
LARGEST = 1 << 20
"""Bytes of what git tells a hook, beyond which nobody means well."""


class UnreadableUpdateError(NearMissError):
    """What was read is not what git tells a hook."""

    def __init__(self) -> None:
        super().__init__(
            "This is not what git tells a hook: lines of the old commit, the new one and the reference.",
            hint="Let git start it: put nearmiss hook pre-receive into hooks/pre-receive of the server's repository.",
        )


@click.group(short_help="Judge what is pushed to a plain git server.")
def command() -> None:
    """Judge what is pushed to a git server without a forge, before git takes it.

    Example: nearmiss hook pre-receive
    """


@command.command("pre-receive")
@click.pass_obj
def pre_receive(surroundings: Surroundings, /) -> None:
    """Read from git which references a push would move, and refuse it where the main branch would not be proved.

    The main branch is the one that the server's HEAD is on. It takes what the gate passes, and is never deleted or
    rewritten. Proposals may be pushed freely. Whatever cannot be judged is refused.

    Example: nearmiss hook pre-receive
    """
    from nearmiss.app.receiving import open_server_desk
    from nearmiss.engine.errors import RefusedError
    from nearmiss.engine.gate.pushes import judge_push

    updates = list(_updates(sys.stdin.buffer.read(LARGEST + 1)))
    desk = open_server_desk(surroundings.directory, os.environ, clock=surroundings.clock)
    click.get_current_context().call_on_close(desk.repository.close)  # type: ignore[attr-defined]  # it holds processes
    findings = judge_push(desk, updates)
    if findings:
        raise RefusedError("This push is refused; none of it was taken.", findings, hint="")
    say("nearmiss: the push is in order.")


def _updates(raw: bytes) -> Iterator[Update]:
    """Yield the updates that git tells of; raises UnreadableUpdateError for anything else."""
    from nearmiss.engine.gate.pushes import Update

    if not raw:
        return
    if len(raw) > LARGEST or not raw.endswith(b"\n"):
        raise UnreadableUpdateError
    for match in _matches(raw.decode("utf-8", "surrogateescape").removesuffix("\n").split("\n")):
        old, new = (None if not oid.strip("0") else oid for oid in (match["old"], match["new"]))
        yield Update(reference=match["reference"], old=old, new=new)


def _matches(lines: Iterable[str]) -> Iterator[re.Match[str]]:
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None:
            raise UnreadableUpdateError
        yield match
