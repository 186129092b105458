"""What a refusal says on a page: its sentence, the way on in words of the desk, and what is wrong field by field."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nearmiss.engine.errors import (
    KeyNotHereError,
    NothingToSignError,
    NotMergeableError,
    NoTwinError,
    OvertakenError,
    ProposalDoneError,
    ProposalExistsError,
    ProposalGoneError,
    ProposalMovedError,
    ReasonNeededError,
    RefusedError,
    UnknownRecordError,
)
from nearmiss.engine.intake.errors import ChangedMeanwhileError, NotOfTheTeamError, NotWaitingError
from nearmiss.engine.refusals import LocalChangesError, LockedError, LostRaceError, PushRefusedError
from nearmiss.models.sections import SECTIONS
from nearmiss.policy.findings import Severity
from nearmiss.render.languages import N_

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.errors import NearMissError
    from nearmiss.policy.findings import Finding
    from nearmiss.render.languages import Words

SOMEBODY_ELSE = N_("Somebody else changed this meanwhile. Nothing was written, and what you typed is still here.")
LOOK_AGAIN = N_("The page shows what is there now. Read it, then send yours again.")

SENTENCES: Mapping[type[NearMissError], tuple[str, str]] = {
    OvertakenError: (SOMEBODY_ELSE, LOOK_AGAIN),
    LostRaceError: (SOMEBODY_ELSE, LOOK_AGAIN),
    ChangedMeanwhileError: (SOMEBODY_ELSE, LOOK_AGAIN),
    NotWaitingError: (N_("This report does not wait any more."), ""),
    NotOfTheTeamError: (N_("What waits in the intake is for people with a role."), ""),
    ProposalMovedError: (SOMEBODY_ELSE, LOOK_AGAIN),
    ProposalGoneError: (N_("Somebody else put this in force, or took it back, meanwhile."), ""),
    ProposalDoneError: (N_("What this proposes is in force already."), ""),
    ProposalExistsError: (
        N_("This step is proposed already."),
        N_("Look at the proposal, and sign it or object to it."),
    ),
    NothingToSignError: (N_("Every signature is there already."), N_("It can be put in force.")),
    KeyNotHereError: (
        N_("You have a registered key, so your word counts only with its signature."),
        N_("Sign it in a clone, with the command that is shown below."),
    ),
    LocalChangesError: (
        N_("The folder of the register has changes of its own that are not committed, so nothing was written."),
        N_("Tell whoever looks after the server."),
    ),
    LockedError: (
        N_("Another program is writing into the register."),
        N_("Nothing was written. Try again in a moment."),
    ),
    NoTwinError: (
        N_("There is no record with this id to join it with."),
        N_("Look at the id again. It stands at the top of the other record's page."),
    ),
    UnknownRecordError: (N_("There is no such record."), ""),
}
"""What the desk says in the place of an error's own sentence and hint: those speak of commands."""

REASON_LACKING = N_("This step needs a reason.")
OWN_STEP = N_("This changes what is signed off, so it is a step of its own.")

COMMANDS = ("nearmiss ", "git ", "--", "people.yaml", "clone")
"""Words by which a hint shows that it speaks to somebody at the command line."""


@dataclass(frozen=True, kw_only=True)
class Lack:
    """One thing that is wrong or missing: the sentence, its field as people write it, and the section to mend it in."""

    sentence: str
    hint: str = ""
    field: str = ""
    section: str = ""

    def in_words(self, words: Words) -> Lack:
        """Return the same in another language, as far as it is known there."""
        return replace(self, sentence=words.plain(self.sentence), hint=words.plain(self.hint))


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What a page says at its top, what is wrong field by field, and what was typed, by the name of each field.

    `form` is the name of the form that was sent; `at` the field that is at fault, where it is one of that form.
    """

    sentence: str
    hint: str = ""
    lacks: tuple[Lack, ...] = ()
    form: str = ""
    at: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)

    def in_words(self, words: Words) -> Refusal:
        """Return the same in another language, as far as it is known there."""
        lacks = tuple(lack.in_words(words) for lack in self.lacks)
        return replace(self, sentence=words.plain(self.sentence), hint=words.plain(self.hint), lacks=lacks)


def told(error: NearMissError, *, form: str = "", typed: Mapping[str, str] | None = None) -> Refusal:
    """Return what a page says of an error, with what was typed into the form that it came from."""
    found = next((said for kind, said in SENTENCES.items() if isinstance(error, kind)), None)
    sentence, hint = found or (error.message, readable(error.hint))
    at = ""
    if isinstance(error, ReasonNeededError):
        sentence, hint, at = REASON_LACKING, "", "because"
    elif isinstance(error, NotMergeableError):
        hint = ""
    elif isinstance(error, PushRefusedError):
        hint = N_("It is safe here; whoever looks after the server can push it.")
    findings = error.findings if isinstance(error, RefusedError) else ()
    shown = [one for one in findings if one.severity in {Severity.ERROR, Severity.WAITING}]
    return Refusal(
        sentence=sentence,
        hint=hint,
        lacks=tuple(lack_of(one) for one in shown),
        form=form,
        at=at,
        typed=dict(typed or {}),
    )


def lack_of(finding: Finding) -> Lack:
    """Return what a page says of a finding."""
    first = str(finding.field[0]) if finding.field else ""
    return Lack(
        sentence=OWN_STEP if finding.code == "needs-sign-off" else finding.message,
        hint=readable(finding.hint),
        field=finding.field_name,
        section=first if first in SECTIONS else "",
    )


def readable(hint: str) -> str:
    """Return a hint where it is of use on a page; an empty text where it speaks of commands and files."""
    return "" if any(word in hint for word in COMMANDS) else hint
