"""What a reporter may do with a receipt: read what became of the report, write to the team, and disagree."""

from __future__ import annotations

import hmac
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from nearmiss.engine.errors import UnknownRecordError, UnreadableRecordError
from nearmiss.engine.intake.contents import add_message, contents_of, day_for, messages_of
from nearmiss.engine.intake.errors import (
    MayNotDisagreeError,
    NotThisReceiptError,
    NotWaitingError,
    NoWordsError,
    TooManyMessagesError,
)
from nearmiss.engine.intake.numbers import read_key, read_number
from nearmiss.engine.intake.ports import KeyHash
from nearmiss.engine.intake.values import Followed
from nearmiss.engine.proposing.branches import PROPOSALS, REPORT, transition_of
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.engine.publishing.gists import draw_gist
from nearmiss.engine.publishing.publication import may_have_page
from nearmiss.engine.records.dossiers import open_dossier, prefixes_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.intake.ports import Kept
    from nearmiss.engine.intake.values import Intake, Waiting

LONGEST_MESSAGE = 5_000
MOST_UNANSWERED = 10
"""Messages that a reporter may send on a day, or in a month where the report is anonymous, until the team answers.

They are counted by what is kept of them anyway, so that nothing more is known of whoever sent them.
"""

NOBODYS = KeyHash(salt=b"of no report at all", hash=bytes(32))
"""What a key is compared with where there is no report of a number, so that as much is done as if there were one."""

DECLINED = "declined"


def follow(intake: Intake, desk: Desk, *, number: str, key: str) -> Followed | None:
    """Return what became of a report, for its number (or the record's id) and its key; None where either is wrong.

    A wrong number and a wrong key take the same way: one look into the store, and one slow hash.
    """
    kept = _opened_by(intake, number, key)
    if kept is None:
        return None
    record = _record(desk, kept)
    state = _state(desk, kept, record)
    proposed = _proposed(desk, kept) if state == "absent" else {}
    lesson = _lesson(desk, record)
    return Followed(
        number=kept.number,
        mode=kept.mode,
        record_id=kept.record_id if kept.state == "committed" else "",
        state="proposed" if proposed else state,
        title=str(record.get("title") or proposed.get("title") or contents_of(intake, kept).title),
        record_state=str(record.get("state", "")),
        reply=str((record.get("assessment") or {}).get("reply", "")),
        lesson=bool(lesson),
        lesson_headline=lesson,
        reason=kept.reason,
        may_disagree=record.get("state") == DECLINED and not kept.disagrees,
        messages=messages_of(intake, kept.number),
    )


def write(intake: Intake, *, number: str, key: str, text: str) -> None:
    """Write to the team.

    Raises NotThisReceiptError, NoWordsError, TooManyMessagesError, and NotWaitingError where it was discarded.
    """
    kept = _required(intake, number, key)
    if kept.state == "discarded":
        raise NotWaitingError(kept.number, kept.state)
    if _unanswered(intake, kept) >= MOST_UNANSWERED:
        raise TooManyMessagesError(MOST_UNANSWERED)
    if not add_message(intake, kept, by="reporter", text=required_words(text)):
        raise NotWaitingError(kept.number, "discarded")


def disagree(intake: Intake, desk: Desk, *, number: str, key: str, text: str) -> None:
    """Say that a decline is wrong; it goes on the board.

    Raises NotThisReceiptError, NoWordsError, and MayNotDisagreeError where nothing was declined or it was said already.
    """
    kept = _required(intake, number, key)
    if kept.disagrees or _record(desk, kept).get("state") != DECLINED:
        raise MayNotDisagreeError
    if not add_message(intake, kept, by="reporter", text=required_words(text), disagrees=True):
        raise MayNotDisagreeError


def required_words(text: str) -> str:
    """Return a message as it is kept: without what no person types. Raises NoWordsError."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    said = "".join(letter for letter in lines if letter in "\n\t" or letter.isprintable()).strip()
    if not said or len(said) > LONGEST_MESSAGE:
        raise NoWordsError(LONGEST_MESSAGE)
    return said


def _opened_by(intake: Intake, number: str, key: str) -> Kept | None:
    kept = intake.store.find(read_number(number))
    expected = kept.key if kept is not None else NOBODYS
    hashed = intake.sealer.hash_key(read_key(key), salt=expected.salt)
    return kept if hmac.compare_digest(hashed.hash, expected.hash) else None


def _unanswered(intake: Intake, kept: Kept) -> int:
    """Count what the reporter wrote since the team's last word, on the day that messages of today bear."""
    number, today = 0, day_for(intake, kept.mode)
    for message in messages_of(intake, kept.number):
        number = 0 if message.by == "team" else number + (message.on == today and not message.disagrees)
    return number


def _required(intake: Intake, number: str, key: str) -> Kept:
    kept = _opened_by(intake, number, key)
    if kept is None:
        raise NotThisReceiptError
    return kept


def _state(desk: Desk, kept: Kept, record: Mapping[str, Any]) -> Waiting:
    if kept.state == "committed":
        is_there = bool(record) or bool(prefixes_of(desk.repository.tree(main_register(desk)[0]), kept.record_id))
        return "committed" if is_there else "absent"
    if kept.state == "discarded":
        return "discarded"
    return "waiting" if kept.state == "waiting" else "read"


def _proposed(desk: Desk, kept: Kept) -> Mapping[str, Any]:
    """Return the record on the branch of a request that nobody has put in force yet; nothing where there is none."""
    branches = {**desk.repository.remote_branches(PROPOSALS), **desk.repository.branches(PROPOSALS)}
    tips = [tip for branch, tip in branches.items() if transition_of(branch) == REPORT]
    for tip in dict.fromkeys(tips):
        tree = desk.repository.tree(tip)
        if prefixes_of(tree, kept.record_id):
            with suppress(UnreadableRecordError):
                return open_dossier(tree, kept.record_id, desk.documents)[0].data
    return {}


def _record(desk: Desk, kept: Kept) -> Mapping[str, Any]:
    """Return the record on the main branch; nothing while it waits in a request, or cannot be read."""
    if kept.state != "committed":
        return {}
    base, _ = main_register(desk)
    try:
        dossier, _ = open_dossier(desk.repository.tree(base), kept.record_id, desk.documents)
    except (UnknownRecordError, UnreadableRecordError):
        return {}
    return dossier.data


def _lesson(desk: Desk, record: Mapping[str, Any]) -> str:
    """Return the headline of the lesson where it is published for all staff."""
    if not record.get("lesson"):
        return ""
    _, register = main_register(desk)
    settings = register.newest.data["rules"]["settings"]
    gist = draw_gist(record, settings)
    if not may_have_page(gist, settings, desk.clock.now().date()):
        return ""
    return str(record["lesson"].get("headline", ""))
