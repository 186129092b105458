"""The rules of reminding: of what, how long before its day, on which weekdays after it, and who is told besides."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from nearmiss.models.values import FormatVersion, Many, Name, Part
from nearmiss.policy.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nearmiss.policy.findings import Field as Way
    from nearmiss.policy.version import PolicyVersion

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""As `date.weekday` counts them."""

DaysBefore = Annotated[int, Field(ge=0, le=365)]
DaysAfter = Annotated[int, Field(ge=1, le=3650)]
Roles = Annotated[Many[Name], Field(min_length=1)]
LEAD, MANAGER = "quality-lead", "area-manager"


class Reminding(Part):
    """How it is reminded of one kind of thing."""

    before_days: Many[DaysBefore] = Field(description="So many days before its day; 0 is the day itself.")
    to: Roles = Field(description="Roles that are told where nobody is named who is to do it.")


class Waiting(Reminding):
    """How it is reminded of what has no day of its own, but waits since one."""

    within_days: DaysAfter = Field(description="Days that it may wait before it is overdue.")


class Kinds(Part):
    """Everything of which it is reminded. What is not said here is as the program has it."""

    triage: Reminding = Field(
        default=Reminding(before_days=(2,), to=(LEAD,)), description="A report that nobody has assessed."
    )
    reply: Reminding = Field(
        default=Reminding(before_days=(2,), to=(LEAD,)), description="A report that was assessed and not answered."
    )
    investigation: Reminding = Field(
        default=Reminding(before_days=(7, 1), to=("investigator", LEAD)), description="An investigation."
    )
    root_causes: Reminding = Field(
        default=Reminding(before_days=(7, 1), to=("investigator", LEAD)), description="The search for root causes."
    )
    plan: Reminding = Field(default=Reminding(before_days=(7, 1), to=(MANAGER, LEAD)), description="A plan of actions.")
    sign_off: Waiting = Field(
        default=Waiting(before_days=(4,), to=(LEAD,), within_days=5),
        description="A proposal that waits for somebody to sign it.",
    )
    action: Reminding = Field(default=Reminding(before_days=(14, 3), to=(MANAGER,)), description="An action.")
    effect: Reminding = Field(
        default=Reminding(before_days=(14, 3), to=("verifier", LEAD)), description="A check whether actions worked."
    )
    lesson_review: Reminding = Field(
        default=Reminding(before_days=(30, 7), to=(LEAD,)), description="A lesson that is to be looked at again."
    )
    risk_review: Reminding = Field(
        default=Reminding(before_days=(30, 7), to=("risk-owner", LEAD)),
        description="A risk that was accepted and is to be looked at again.",
    )
    intake: Waiting = Field(
        default=Waiting(before_days=(1,), to=(LEAD,), within_days=2),
        description="Reports that wait in the intake for somebody to read them; only their number is told.",
    )


class Climb(Part):
    """Who is told besides, once something is overdue by so many days."""

    after_days: DaysAfter = Field(description="Days after its day.")
    to: Roles = Field(description="Roles whose holders for the place are told.")


class Reminders(Part):
    """`workflow/policy/reminders.yaml`. No step is judged by it, so it is in no policy version; a request changes it.

    What is overdue is told on the day after its day, and then on these weekdays: every week at least.
    """

    schema_: FormatVersion = Field(alias="schema", description="Version of this format.")
    weekdays: Annotated[Many[Weekday], Field(min_length=1)] = Field(
        default=("monday",), description="On these days, each week, everybody is told what is overdue."
    )
    kinds: Kinds = Field(default=Kinds(), description="Of what it is reminded, when, and whom.")
    climb: Many[Climb] = Field(
        default=(Climb(after_days=8, to=(MANAGER,)), Climb(after_days=22, to=(LEAD,))),
        description="Who is told besides, in the order of days.",
    )


def judge_reminders(rules: Reminders, policy: PolicyVersion) -> Iterator[Finding]:
    """Judge what the rules of reminding say of the register: roles that nobody can have, and steps out of order."""
    roles = {role.role for role in policy.workflow.roles}
    named: list[tuple[Way, tuple[str, ...]]]
    named = [(("kinds", kind, "to"), getattr(rules.kinds, kind).to) for kind in Kinds.model_fields]
    named += [(("climb", place, "to"), step.to) for place, step in enumerate(rules.climb)]
    for way, wanted in named:
        for role in wanted:
            if role not in roles:
                hint = f"roles that workflow.yaml knows: {', '.join(sorted(roles))}"
                message = f"the role {role} is not known"
                yield Finding(code="policy-name-unknown", message=message, hint=hint, field=way)
    days = [step.after_days for step in rules.climb]
    for place, (earlier, later) in enumerate(pairwise(days), 1):
        if later <= earlier:
            message = f"after {later} days is not later than after {earlier}, the step before"
            hint = "put the steps in the order of their days, each later than the one before"
            yield Finding(code="reminders-order", message=message, hint=hint, field=("climb", place, "after_days"))
