"""The ports of the intake: a store that forgets what it is told to forget, and a sealer that holds the keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nearmiss.policy.intake_rules import Mode


@dataclass(frozen=True, kw_only=True)
class KeyHash:
    """A receipt key as it is stored: a slow hash with a salt of its own."""

    salt: bytes
    hash: bytes


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One report as the store keeps it. Whatever a person wrote is sealed; the rest tells nobody's name.

    `day` is a day, or a month once an anonymous report was committed. `state` is `waiting`, `confirmed`, `planned`,
    `committed` or `discarded`. `token_until` is the last day for which the token is kept; empty while it waits.
    """

    number: str
    token: bytes | None
    key: KeyHash
    mode: Mode
    state: str
    day: str
    sealed: bytes
    record_id: str = ""
    at_once: bool = False
    reason: str = ""
    confirmed_by: str = ""
    disagrees: bool = False
    token_until: str = ""


@dataclass(frozen=True, kw_only=True)
class KeptContact:
    """How a reporter can be reached, sealed, and the day on which that is deleted at the latest."""

    number: str
    sealed: bytes
    delete_on: str


@dataclass(frozen=True, kw_only=True)
class KeptAlarm:
    """An alarm, whether anybody was told, and its day; site, area and hazard are sealed.

    By `mark` the form is known again that it came with; no report can be found from it.
    """

    mark: bytes
    day: str
    told: bool
    sealed: bytes


@dataclass(frozen=True, kw_only=True)
class Access:
    """Who read a contact, and on which day."""

    number: str
    who: str
    day: str


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many reports of a month were discarded for a reason and are not in the repository's file yet.

    `planned` of them were being written when `target` was noted as what the file would say.
    """

    month: str
    reason: str
    uncounted: int
    planned: int = 0
    target: int = 0


class IntakeStore(Protocol):
    """Where reports wait. Every method that changes something returns when the change is on the disk, not before."""

    def add(
        self, kept: Kept, files: Sequence[bytes], contact: KeptContact | None, alarm: KeptAlarm | None = None
    ) -> Kept:
        """Keep a report with its sealed files and contact; return it, or the one that came with the same token.

        An alarm is owed in the same breath, as by `owe_alarm`.
        """
        ...

    def owe_alarm(self, alarm: KeptAlarm) -> None:
        """Keep an alarm that has to go out; one of the same mark that went out stays as it is."""
        ...

    def alarm(self, mark: bytes) -> KeptAlarm | None:
        """Return the alarm of a mark."""
        ...

    def alarms(self) -> Sequence[KeptAlarm]:
        """Return all alarms, by day."""
        ...

    def change_alarm(self, before: KeptAlarm, after: KeptAlarm) -> bool:
        """Put one alarm in place of another, unless somebody changed it meanwhile; say whether it was done."""
        ...

    def delete_alarms(self, until: str) -> int:
        """Delete the alarms of a day and of those before it, and return how many these were."""
        ...

    def by_token(self, token: bytes) -> Kept | None:
        """Return the report that came with a token."""
        ...

    def find(self, number: str) -> Kept | None:
        """Return the report with a receipt number, or of a record id; None where there is none."""
        ...

    def reports(self, *states: str) -> Sequence[Kept]:
        """Return all reports in some states, by number, which says nothing about when they came."""
        ...

    def files(self, number: str) -> Sequence[bytes]:
        """Return the sealed files of a report, in no particular order."""
        ...

    def messages(self, number: str) -> Sequence[bytes]:
        """Return the sealed messages of a report, in no particular order."""
        ...

    def change(self, before: Kept, after: Kept, *, files: Sequence[bytes] | None = None) -> bool:
        """Put one report in place of another, unless somebody changed it meanwhile; say whether it was done.

        Where files are given, they take the place of those that there are; what is replaced is overwritten.
        """
        ...

    def add_message(self, number: str, seal: Callable[[int], bytes], *, disagrees: bool = False) -> bool:
        """Keep a message, sealed with its place among those that are there; say whether it was kept.

        None is kept where the report was discarded or is gone, and none that disagrees where one did already; one that
        disagrees marks the report. All that is one step, whatever somebody else does meanwhile.
        """
        ...

    def contact(self, number: str, *, access: Access | None = None) -> KeptContact | None:
        """Return a contact that is there still; an access is noted before, and only a noted one may be opened."""
        ...

    def contacts(self) -> Sequence[KeptContact]:
        """Return all contacts, still sealed."""
        ...

    def accesses(self) -> Sequence[Access]:
        """Return who read which contact when."""
        ...

    def discard(self, before: Kept, after: Kept, month: str) -> bool:
        """As `change`, and in the same breath: no file, message or contact of it stays, and it is counted."""
        ...

    def tallies(self) -> Sequence[Tally]:
        """Return what was discarded and is not in the repository's file yet."""
        ...

    def plan_tallies(self, targets: Sequence[Tally]) -> bool:
        """Note that `planned` of what is uncounted is being written, and what the file will say then.

        Where another process is at any of them, nothing is noted; say whether it was.
        """
        ...

    def settle_tallies(self, planned: Sequence[Tally], *, written: bool) -> None:
        """What was being written stands in the file now; or, not `written`, it has to be counted once more.

        Such as were settled and planned anew meanwhile stay as they are.
        """
        ...

    def note(self, name: str) -> str:
        """Return what was noted under a name, or an empty text."""
        ...

    def put_note(self, name: str, value: str) -> None:
        """Note something under a name."""
        ...

    def date_contact(self, number: str, delete_on: str) -> None:
        """Let a contact be deleted on another day."""
        ...

    def delete_contacts(self, numbers: Sequence[str]) -> None:
        """Delete contacts, so that no byte of them stays in the files."""
        ...

    def delete_reports(self, numbers: Sequence[str]) -> None:
        """Delete reports with all that belongs to them, so that no byte of them stays in the files."""
        ...

    def scrub(self) -> None:
        """Write the files anew, so that they tell neither what was deleted nor in which order anything came."""
        ...


class Sealer(Protocol):
    """The keys of the intake at work: sealing, opening, and what is derived from a token."""

    def seal(self, text: bytes, *, of: str) -> bytes:
        """Encrypt bytes; `of` names where they belong, and nowhere else can they be opened."""
        ...

    def open(self, sealed: bytes, *, of: str) -> bytes:
        """Decrypt what was sealed for the same place; raises SealBrokenError."""
        ...

    def token_mark(self, token: str) -> bytes:
        """Return what a token is remembered by; the token cannot be found from it."""
        ...

    def alarm_mark(self, token: str) -> bytes:
        """Return what the alarm of a token is known by, which tells nothing of the report of the same token."""
        ...

    def form_secret(self) -> bytes:
        """Return a secret for the marks of forms, which is used for nothing else and tells nothing of the others."""
        ...

    def receipt_key(self, token: str) -> str:
        """Return the key of a receipt, which only a token and the server's secret give."""
        ...

    def hash_key(self, key: str, *, salt: bytes = b"") -> KeyHash:
        """Return the slow hash of a key, with a new salt where none is given."""
        ...
