"""What may be published of a register: which near misses are lessons, which were, and which answers may be shown."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from nearmiss.engine.publishing.gists import VERIFIED, WITHDRAWN
from nearmiss.models.ids import is_record_id
from nearmiss.models.values import REDACTED
from nearmiss.policy.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from nearmiss.engine.publishing.gists import Gist, Warned
    from nearmiss.policy.findings import Finding

Kind = Literal["lesson", "withdrawn", "reclassified", ""]
"""What a record is to readers: a lesson; one that keeps its address, to say that it is none any more; or no page."""

ESCALATED = "escalated"
DECLINED = "declined"
FIRST_STATE = "reported"
RELEASED_TO = frozenset({"all-staff", "site"})
"""To whom a lesson must be released to stand on the site of its own register."""

RELEASED_FURTHER = frozenset({"all-staff"})
"""To whom it must be, to stand on a site that several registers feed: `site` means the people of the one site."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def kind_of(gist: Gist, settings: Mapping[str, Any], today: date, released_to: Container[str] = RELEASED_TO) -> Kind:
    """Return what a record is to readers; everything but a released lesson of an open class is no page.

    A lesson that was withdrawn, or that turned out to be an incident, keeps a page that says so, since people may have
    its address; no list, search or feed has it.
    """
    if not may_have_page(gist, settings, today, released_to):
        return ""
    if gist.state == ESCALATED:
        return "reclassified"
    return "withdrawn" if gist.status == WITHDRAWN else "lesson"


def may_have_page(
    gist: Gist, settings: Mapping[str, Any], today: date, released_to: Container[str] = RELEASED_TO
) -> bool:
    """Say whether a record is or was a verified lesson that was released, is due, and is of no restricted class."""
    return (
        is_record_id(gist.id)
        and (gist.state == VERIFIED or (gist.state == ESCALATED and gist.was_verified))
        and gist.release in released_to
        and _is_due(gist.not_before, today)
        and not may_be_restricted(gist, settings)
    )


def is_account(gist: Gist, settings: Mapping[str, Any]) -> bool:
    """Say whether a report was joined with another one, so that it may be told on that one's page."""
    joined = gist.state == DECLINED and bool(gist.duplicate_of) and gist.duplicate_of != gist.id
    return joined and not may_be_restricted(gist, settings)


def may_be_answered(gist: Gist, settings: Mapping[str, Any]) -> bool:
    """Say whether it may be shown what became of a report: its month, its state and the reply to it."""
    return is_record_id(gist.id) and not may_be_restricted(gist, settings)


def warning_of(gist: Gist, settings: Mapping[str, Any], today: date) -> Warned | None:
    """Return the early warning of a record that stands: signed off, not over, of an open class, its case still open."""
    stands = (
        gist.warning is not None
        and gist.state not in {VERIFIED, DECLINED, ESCALATED}
        and _DAY.fullmatch(gist.warning.until) is not None
        and gist.warning.until >= today.isoformat()
        and not may_be_restricted(gist, settings)
    )
    return gist.warning if stands else None


def may_be_counted(gist: Gist, settings: Mapping[str, Any]) -> bool:
    """Say whether a record may be part of a public figure: those of restricted classes are not even counted."""
    return gist.classification not in restricted_classes(settings)


def restricted_classes(settings: Mapping[str, Any]) -> frozenset[str]:
    """Return the classifications that this instance keeps to a small circle."""
    return frozenset(settings.get("restricted_classes") or ())


def may_be_restricted(gist: Gist, settings: Mapping[str, Any]) -> bool:
    """Say whether a record is of a restricted class, or might be: it is not classified yet, or that is withheld."""
    restricted = restricted_classes(settings)
    return bool(restricted) and gist.classification in restricted | {"", REDACTED}


def records_with_errors(findings: Iterable[Finding]) -> frozenset[str]:
    """Return the ids of the records in which a check found errors: nothing of them is shown."""
    return frozenset(finding.record for finding in findings if finding.severity is Severity.ERROR)


def _is_due(not_before: str, today: date) -> bool:
    if not not_before:
        return True
    # Text compares as the dates do, and an impossible day of a month needs no answer of its own.
    return _DAY.fullmatch(not_before) is not None and not_before <= today.isoformat()
