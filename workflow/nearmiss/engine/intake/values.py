"""What goes in and out of the intake: what was sent, what the reporter is told, and what the team is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nearmiss.engine.intake.ports import IntakeStore, Sealer
    from nearmiss.engine.time_and_chance import Chance, Clock
    from nearmiss.models.people import People
    from nearmiss.policy.findings import Finding
    from nearmiss.policy.intake_rules import IntakeRules, Mode

By = Literal["reporter", "team"]
Waiting = Literal["waiting", "read", "proposed", "committed", "discarded", "absent"]
"""Where a report stands for its reporter.

`read` waits for others to be committed with, `proposed` waits in a request, `absent` was committed and is nowhere now.
"""


class Mark(Protocol):
    """A place in a text that may tell who somebody is, as a scrubber finds it."""

    @property
    def start(self) -> int:
        """Where it begins."""
        ...

    @property
    def end(self) -> int:
        """Where it has ended."""
        ...

    @property
    def kind(self) -> str:
        """What it looks like."""
        ...

    @property
    def because(self) -> str:
        """Why it was marked."""
        ...

    @property
    def sure(self) -> bool:
        """Whether it is hardly anything else."""
        ...


def mark_nothing(_text: str, _people: People) -> Sequence[Mark]:
    """Find nothing in a text, where no scrubber is plugged in."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Intake:
    """The ports of one intake, and the rules that the register gives it."""

    store: IntakeStore
    sealer: Sealer
    clock: Clock
    chance: Chance
    settings: IntakeRules
    marks: Callable[[str, People], Sequence[Mark]] = mark_nothing


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What a reporter sent: the answers to the questions, and files that are clean already, under neutral names.

    `answers` holds fields of `report`, and `group`. `name` is what somebody typed who reports by name; `person` is the
    handle of whoever is signed in at the desk. `contact` says how to reach the reporter and never leaves the store.
    `at_once` is the consent to be committed before the next batch, for what is not safe.
    """

    mode: Mode
    answers: Mapping[str, Any]
    files: Mapping[str, bytes] = field(default_factory=dict)
    name: str = ""
    person: str = ""
    contact: str = ""
    at_once: bool = False


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What the reporter keeps: a number, and a key that is stored nowhere. `record_id` is empty while it waits."""

    number: str
    key: str
    record_id: str = ""
    title: str = ""
    call: str = ""
    """Whom to call at once, where it is not safe."""


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message between reporter and team; `on` is a day, or a month where the report is anonymous."""

    by: By
    on: str
    text: str
    disagrees: bool = False


@dataclass(frozen=True, kw_only=True)
class Followed:
    """What a reporter reads of their report: where it stands, what was replied, what was learned, what was written."""

    number: str
    mode: Mode
    record_id: str
    state: Waiting
    title: str = ""
    record_state: str = ""
    reply: str = ""
    lesson: bool = False
    lesson_headline: str = ""
    reason: str = ""
    """Why it was discarded: a term of the rules of the intake."""
    may_disagree: bool = False
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Marked:
    """A place in a text that may tell who somebody is: from where to where, what it looks like, and why."""

    field: str
    start: int
    end: int
    kind: str
    because: str = ""
    sure: bool = False


@dataclass(frozen=True, kw_only=True)
class WaitingReport:
    """A report that waits, as the team sees it; `day` is when it came, and nothing finer is known."""

    number: str
    mode: Mode
    day: str
    answers: Mapping[str, Any]
    title: str
    files: Mapping[str, int]
    """Size in bytes of each file, by its neutral name; `intake_file` gives the bytes."""
    name: str = ""
    person: str = ""
    at_once: bool = False
    confirmed_by: str = ""
    """The handle of whoever confirmed it; empty while nobody has."""
    contact_known: bool = False
    marks: tuple[Marked, ...] = ()
    findings: tuple[Finding, ...] = ()
    """What keeps it from being committed as it is."""
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """What reporter and team wrote each other about one report, oldest first."""

    number: str
    record_id: str
    mode: Mode
    contact_known: bool
    messages: tuple[Message, ...]


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """A reporter does not agree with a decline: what they wrote, and of which record."""

    number: str
    record_id: str
    on: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What became of a batch: the records that it made, how many reports wait on, and why, in a sentence."""

    ids: tuple[str, ...] = ()
    held_back: int = 0
    why: str = ""
    branch: str = ""
    commit: str = ""
    discarded: int = 0
    """How many discarded reports were counted in a commit of their own."""


@dataclass(frozen=True, kw_only=True)
class Purged:
    """What was deleted because its day had come."""

    contacts: int = 0
    discarded: int = 0
    tokens: int = 0
