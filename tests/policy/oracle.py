"""Putting one question to two judges: the program, and the naive model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nearmiss.policy.findings import Severity
from tests.policy import naive
from tests.policy.builder import DECLINED, ESCALATED, INSTANCE, Attempt, Edits, transition_of
from tests.policy.faults import signed
from tests.policy.naive_needs import Change, at

COUNTED = (Severity.ERROR, Severity.WAITING)


def _corrected(data: Any) -> Edits:
    was = at(data, "report.location")
    now = "dock-2" if was == "dock-3" else "dock-3"
    entry = {"field": "report.location", "was": was, "now": now, "because": "Misheard.", "on": "2026-12-01"}
    return {"report.location": now, "corrections": [*data.get("corrections", ()), entry]}


def _redacted(data: Any) -> Edits:
    field = "report.reporter.person" if at(data, "report.reporter.person") != "redacted" else "report.location"
    entry = {"field": field, "now": "redacted", "because": "Asked for.", "on": "2026-12-01"}
    return {field: "redacted", "corrections": [*data.get("corrections", ()), entry]}


BY_THE_BOOK: dict[str, Callable[[Any], Edits]] = {
    "decline": lambda _: DECLINED,
    "escalate": lambda _: ESCALATED,
    "amend-plan": lambda _: {"action_plan.actions.0.side_effects": "None."},
    "reassess": lambda _: {"assessment.crew": "B"},
    "publish-alert": lambda _: {"alert": {"headline": "Chock", "do_this": "Look", "until": "2027-01-01"}},
    "review-lesson": lambda _: {"lesson.status": "current"},
    "correct": _corrected,
    "redact": _redacted,
}
"""Edits of a record with which a step can succeed; the others need none."""

SIGNERS = ("r.meyer", "p.lind", "k.adeyemi", "i.garcia", "v.novak", "a.brandt")


def as_plain(attempt: Attempt) -> Change:
    """Return a change as the naive model is told of it."""
    case, authorship = attempt.case, attempt.authorship
    return Change(
        before=dict(case.data),
        after=dict(attempt.after.data),
        old={file.name: dict(file.statement) for file in case.dossier.sign_offs},
        new={file.name: dict(file.statement) for file in attempt.after.sign_offs},
        versions=[dict(version.data) for version in case.world.versions],
        rules=[version.rules_digest for version in case.world.versions],
        instance=INSTANCE,
        name=attempt.transition,
        movers=set(authorship.movers),
        writers={part: set(handles) for part, handles in authorship.by_part.items()},
        strangers=set(authorship.strangers),
        severest=attempt.held.severity_potential,
        deepest=attempt.held.level,
    )


def agreed(attempt: Attempt) -> set[str]:
    """Return the codes of a change, on which program and naive model must agree."""
    judgement, ours = attempt.judge(), naive.judge(as_plain(attempt))
    theirs = {finding.code for finding in judgement.findings if finding.severity in COUNTED}
    if ours & naive.BROKEN:
        assert ours <= theirs, (ours, theirs)
    else:
        alone = f"naive alone: {sorted(ours - theirs)}, program alone: {sorted(theirs - ours)}"
        assert ours == theirs, f"{attempt.transition or 'draft'} from {attempt.case.state}: {alone}"
    assert judgement.verdict == naive.verdict(theirs)
    return theirs


def signers_by_the_book(attempt: Attempt) -> tuple[str, ...] | None:
    """Return people by whose signatures the naive model lets a step pass, as few as can be, or None."""
    transition = transition_of(dict(attempt.case.world.newest.data["rules"]), attempt.transition)
    roles = {*transition["signers"]["roles"], *(more.get("role") for more in transition["signers"].get("more", ()))}
    chosen: tuple[str, ...] = ()
    for by in SIGNERS:
        if roles.isdisjoint(attempt.case.world.roles_of(by)):
            continue
        codes = naive.judge(as_plain(signed(attempt, [*chosen, by])))
        if not codes:
            return (*chosen, by)
        if codes == {"sign-off-missing"}:
            chosen = (*chosen, by)
    return None
