"""What can go wrong with the intake, each with a sentence and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.errors import ExitCode, NearMissError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


class SealBrokenError(NearMissError):
    """Something in the store was not sealed with this key, or was changed since."""

    exit_code = ExitCode.FAULT

    def __init__(self) -> None:
        super().__init__(
            "Something in the intake's store cannot be opened: it was sealed with another key, or changed since.",
            hint="Put the key file back that belongs to this store; both are in the backup of the same day.",
        )


class IntakeUnusableError(NearMissError):
    """The store cannot be read or written."""

    exit_code = ExitCode.FAULT

    def __init__(self, place: str, why: str) -> None:
        super().__init__(
            f"The store of the intake in {place} cannot be used: {why}.",
            hint="Nothing that was acknowledged is lost. Look at the disk and at the rights of the folder.",
        )


class TokenTooShortError(UsageError):
    """A form came without a token, or with one that could be guessed."""

    def __init__(self, least: int) -> None:
        super().__init__(
            f"This report came without a token of at least {least} characters, by which a second one is known.",
            hint="Open the form anew; it draws one.",
        )


class TooManyFilesError(NearMissError):
    """More files than a report may carry."""

    def __init__(self, most: int) -> None:
        super().__init__(f"A report may carry {most} files at most.", hint="Leave some out, or send a second report.")
        self.most = most


class NoWordsError(NearMissError):
    """A message says nothing, or too much."""

    def __init__(self, longest: int) -> None:
        super().__init__(f"A message has between one and {longest:,} characters.", hint="Write what you want to say.")
        self.longest = longest


class TooManyMessagesError(NearMissError):
    """A reporter has written more than anybody will read before the team has answered."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"You have sent {most} messages that the team has not answered yet.",
            hint="Wait for the answer, or write again tomorrow, or next month where the report is anonymous.",
        )
        self.most = most


class UnknownReportError(NearMissError):
    """No report has this number."""

    def __init__(self, number: str) -> None:
        super().__init__(
            f"No report in the intake is {number}.", hint="nearmiss intake list shows those that wait for somebody."
        )


class NotThisReceiptError(NearMissError):
    """The number or the key is wrong; which of them is not told."""

    def __init__(self) -> None:
        super().__init__(
            "There is no report with this number and key.",
            hint="Both stand on the receipt. Without the key nobody can open a report, and nobody can make it anew.",
        )


class NotWaitingError(NearMissError):
    """The report does not wait any more."""

    def __init__(self, number: str, state: str) -> None:
        super().__init__(
            f"{number} does not wait any more: it is {state}.", hint="nearmiss intake list shows those that wait."
        )


class ChangedMeanwhileError(NearMissError):
    """Somebody else changed the report in the same moment."""

    def __init__(self, number: str) -> None:
        super().__init__(
            f"Somebody else was faster: {number} changed meanwhile.", hint="Nothing was changed. Look at it again."
        )


class UnknownReasonError(UsageError):
    """The rules of the intake have no such reason for discarding."""

    def __init__(self, reason: str, known: Sequence[str]) -> None:
        super().__init__(
            f"Reports are not discarded as {reason[:60]}.",
            hint=f"Reasons, by workflow/policy/intake.yaml: {', '.join(known)}",
        )


class NoFileOfNameError(UsageError):
    """The report has no file of this name."""

    def __init__(self, number: str, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"{number} has no file {name[:100]}.",
            hint=f"Its files: {', '.join(known)}" if known else "It has no files.",
        )


class MayNotDisagreeError(NearMissError):
    """There is nothing that the reporter could disagree with."""

    def __init__(self) -> None:
        super().__init__(
            "This report was not declined, or you have said already that you disagree.",
            hint="Write a message to the team instead.",
        )


class NotOfTheTeamError(NearMissError):
    """Somebody without a role asks for what is for the team."""

    def __init__(self, handle: str) -> None:
        super().__init__(
            f"{handle} has no role in people.yaml, and what waits in the intake is for the team.",
            hint="Ask a policy owner for a role.",
        )


class NoContactError(NearMissError):
    """No contact is kept for the report."""

    def __init__(self, number: str) -> None:
        super().__init__(
            f"No contact is kept for {number}: none was given, or its time is over.",
            hint="Write a message instead; the reporter reads it with the receipt.",
        )
