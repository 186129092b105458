"""What is sealed of a report: its words, its files, its messages and its contact, put in and taken out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from nearmiss.engine.intake.values import Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.engine.intake.ports import Kept
    from nearmiss.engine.intake.values import By, Intake
    from nearmiss.policy.intake_rules import Mode

MONTH = len("2026-11")

TOKEN_DAYS = 30
"""Days for which a form that is sent again is known, from the day on which its report was committed or discarded.

That day is in the repository already, so the store tells nothing by it of the day on which a report came.
"""


@dataclass(frozen=True, kw_only=True)
class Contents:
    """The words of a report, and how large its files are; nothing at all once it is a record or was discarded."""

    answers: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    name: str = ""
    person: str = ""
    files: Mapping[str, int] = field(default_factory=dict)


def seal_contents(intake: Intake, number: str, contents: Contents) -> bytes:
    """Seal the words of a report."""
    said = {
        "answers": dict(contents.answers),
        "title": contents.title,
        "name": contents.name,
        "person": contents.person,
        "files": dict(contents.files),
    }
    return intake.sealer.seal(json.dumps(said, ensure_ascii=False).encode(), of=f"report {number}")


def contents_of(intake: Intake, kept: Kept) -> Contents:
    """Open the words of a report."""
    return Contents(**json.loads(intake.sealer.open(kept.sealed, of=f"report {kept.number}")))


def seal_file(intake: Intake, number: str, name: str, content: bytes) -> bytes:
    """Seal a file with its name."""
    return intake.sealer.seal(name.encode() + b"\0" + content, of=f"file {number}")


def files_of(intake: Intake, number: str) -> dict[str, bytes]:
    """Open all files of a report, by name."""
    found = {}
    for sealed in intake.store.files(number):
        name, _, content = intake.sealer.open(sealed, of=f"file {number}").partition(b"\0")
        found[name.decode()] = content
    return dict(sorted(found.items()))


def add_message(intake: Intake, kept: Kept, *, by: By, text: str, disagrees: bool = False) -> bool:
    """Keep a message under a report, with its place in the conversation and no date finer than the report's own.

    Say whether it was kept: none is where the report was discarded meanwhile, or where one disagreed already.
    """

    def seal(place: int) -> bytes:
        said = {"place": place, "by": by, "on": day_for(intake, kept.mode), "text": text, "disagrees": disagrees}
        return intake.sealer.seal(json.dumps(said, ensure_ascii=False).encode(), of=f"message {kept.number}")

    return intake.store.add_message(kept.number, seal, disagrees=disagrees)


def messages_of(intake: Intake, number: str) -> tuple[Message, ...]:
    """Open the messages of a report, oldest first."""
    opened = [
        json.loads(intake.sealer.open(sealed, of=f"message {number}")) for sealed in intake.store.messages(number)
    ]
    opened.sort(key=lambda said: (said["place"], said["on"], said["text"]))
    return tuple(
        Message(by=cast("By", said["by"]), on=said["on"], text=said["text"], disagrees=said["disagrees"])
        for said in opened
    )


def token_until(intake: Intake) -> str:
    """Return the last day on which the token of a report that is settled today is still known."""
    return (intake.clock.now().date() + timedelta(days=TOKEN_DAYS)).isoformat()


def day_for(intake: Intake, mode: Mode) -> str:
    """Return today, or this month where the report is anonymous."""
    day = intake.clock.now().date().isoformat()
    return day[:MONTH] if mode == "anonymous" else day
