"""A record's way judged, given what git tells of it: by the step itself, and by what its files hold besides."""

from __future__ import annotations

from datetime import UTC, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from nearmiss.policy.attachments import judge_attachments
from nearmiss.policy.dates import judge_dates
from nearmiss.policy.findings import Finding
from nearmiss.policy.handles import judge_people
from nearmiss.policy.retired import judge_retired
from nearmiss.policy.statement_keys import key_of
from nearmiss.policy.step import Judgement, judge_step

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.facts import Authorship, Held
    from nearmiss.policy.settings import Settings
    from nearmiss.policy.standing import Register


def judge_known(
    before: Dossier | None,
    after: Dossier,
    register: Register,
    *,
    authorship: Authorship,
    held: Held,
    now: datetime,
    intended: str = "",
) -> Judgement:
    """Judge a record's way, given what git tells of it: by the step itself, and by what its files hold besides."""
    newest = register.newest
    judgement = judge_step(before, after, register=register, authorship=authorship, held=held, intended=intended)
    findings = [
        *judgement.findings,
        *judge_attachments(after, newest.settings),
        *judge_dates(after.data, now.date(), after.notes),
        *_judge_from_future(now, before, after, newest.settings),
        *judge_retired(before.data if before else {}, after.data, newest),
        *judge_people(before.data if before else {}, after.data, newest.people, after.notes),
    ]
    placed = tuple(finding.at(record=after.id, path=after.path) for finding in findings)
    return Judgement(findings=placed, proposed=judgement.proposed)


def _judge_from_future(now: datetime, before: Dossier | None, after: Dossier, settings: Settings) -> Iterator[Finding]:
    """A sign-off is not given later than now; clocks may differ by as much as the settings say."""
    accepted = {file.path for file in before.sign_offs} if before else set()
    new = [file for file in after.sign_offs if file.path not in accepted]
    latest = _latest(now, settings.clock_skew_minutes) if new else ""
    for file in new:
        if str(file.statement["at"]) > latest:
            message = (
                f"sign-off {file.name} is dated {file.statement['at']}, which has not come yet: "
                f"the clock here says {_spelt(now)}"
            )
            hint = "mend the clock that is wrong; if it was the signer's, sign again"
            place = key_of("date-in-future")
            yield Finding(code="date-in-future", path=file.path, message=message, hint=hint, field=place)


# An audit asks it of every step, always of the same moment.
@lru_cache(maxsize=16)
def _latest(now: datetime, skew_minutes: int) -> str:
    return _spelt(now + timedelta(minutes=skew_minutes))


def _spelt(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
