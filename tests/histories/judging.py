"""Putting a written history to all judges: gate, audit, check, the naive model and the standalone verifier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from nearmiss.app.opening import open_desk
from nearmiss.engine.audit.auditing import audit
from nearmiss.engine.checking import register
from nearmiss.engine.checking.register import check
from nearmiss.engine.desk import Desk
from nearmiss.engine.gate.judging import judge_request
from nearmiss.engine.schemas.files import export_schemas
from nearmiss.models.vocabulary import VocabularyList
from nearmiss.policy.findings import Finding, Severity
from nearmiss.policy.workflow import Workflow
from nearmiss.verifier import records as reading
from nearmiss.verifier.__main__ import verify_repository
from nearmiss.verifier.plain import read_yaml
from tests.engine.scene import SetClock, identity_of
from tests.histories.drawing import history_of
from tests.histories.lives import History
from tests.histories.requests import Request
from tests.histories.writing import Laid, lay_down
from tests.policy import naive
from tests.policy.oracle import COUNTED, as_plain

OTHER_NAMES: dict[str, set[str]] = {
    # the verifier reads with a reader of its own, and looks for the shape of a record in its schema
    "yaml-duplicate-key": {"yaml"},
    "unknown-key": {"bad-value"},
    "missing-field": {"bad-value"},
    "wrong-type": {"bad-value"},
    "unknown-state": {"bad-value"},
    "needs-field": {"bad-value"},
    "risk-withdrawn": {"bad-value"},
    # on main, nothing waits: what was signed there no longer fits
    "sign-off-stale": {"sealed-section-changed"},
    "policy-moved": {"policy-version-unknown"},
    # an id that is there already is used again, whatever the folder
    "id-twice": {"id-reused"},
    # a risk that nobody had signed may lie on main before: then its former assessor is one of the authors
    "signer-separated": {"contributor-signs"},
    # what is gone is no longer what was signed
    "section-removed": {"sealed-section-changed"},
}
"""What the verifier, and an audit of main, call otherwise than the gate does."""

TOLD_FIRST = {"fixed-field-changed": "path-differs"}
"""What the gate says instead, since nothing else can be judged then: a report of another month is in a wrong folder."""

ONLY_AUTHORS_TELL = (
    "a contributor is kept quiet",
    "somebody signs who is known to have written it",
    "an author is nobody's",
)
"""Faults that a squash may hide: its author may be whoever merged, so that nobody takes them for who wrote it."""

ONLY_TOGETHER = ("reassess, and a number goes",)
"""Faults of which each commit may come to main by itself: a draft may lose a number, which the next state asks for."""

LATE = datetime(2030, 1, 1, 8, tzinfo=UTC)
"""When everything is judged: all that a record of these histories can say has come by then."""


@contextmanager
def nothing_done_twice() -> Iterator[None]:
    """Let every check of the same rules compare with the same schemas, and the verifier read each file once.

    That takes longer than all the rest, and these histories share their policies.
    """
    made: dict[tuple[str, str], Any] = {}
    make = export_schemas

    def remembered(*, workflow: Workflow, vocabulary: Mapping[str, VocabularyList]) -> Any:
        key = (workflow.model_dump_json(), repr(vocabulary))
        if key not in made:
            made[key] = make(workflow=workflow, vocabulary=vocabulary)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(register, "export_schemas", remembered)
        patch.setattr(reading, "read_yaml", cache(read_yaml))
        yield


def desk_of(root: Path) -> Desk:
    """Return the desk at which histories of a repository are judged."""
    return open_desk(root, clock=SetClock(LATE), identity=identity_of("o.haddad"))


def differences(
    desk: Desk, root: Path, history: History, places: Sequence[Laid], *, passing_over: Sequence[str] = ()
) -> list[str]:
    """Return everything that one of the judges says otherwise than it should.

    Requests that end in certain words need not be put to the gate: the audit judges them too.
    """
    found = [
        f"request {number} ({request.what}, {request.way}): {said}"
        for number, (request, place) in enumerate(zip(history.requests, places, strict=True))
        if request.code or not request.what.endswith(tuple(passing_over))
        for said in _of_request(desk, request, place)
    ]
    return [*found, *_of_all(desk, root, history, places[-1].tip)]


def _of_request(desk: Desk, request: Request, place: Laid) -> Iterator[str]:
    result = judge_request(desk, base=place.base, head=place.head)
    gate = {finding.code for finding in result.findings if finding.severity in COUNTED}
    if result.verdict != request.verdict:
        yield f"should be {request.verdict} ({request.code or '-'}), gate {result.verdict} {sorted(gate)}"
    elif request.code and gate.isdisjoint({request.code, TOLD_FIRST.get(request.code, "")}):
        yield f"gate does not say {request.code}, but {sorted(gate)}"
    for attempt in request.attempts:
        codes = naive.judge(as_plain(attempt))
        if naive.verdict(codes) != request.verdict or (request.code and request.code not in codes):
            yield f"naive model says {sorted(codes)}"
    if request.code and request.attempts:
        errors = _errors(check(desk, base=place.base, revision=place.head).findings)
        if bool(errors) != (request.verdict == "refuse"):
            yield f"should be {request.verdict}, check {sorted(errors)}"


def _of_all(desk: Desk, root: Path, history: History, tip: str) -> Iterator[str]:
    """What is said of main once everything was merged."""
    audited = audit(desk, revision=tip)
    audits = _errors(one.finding for one in audited.open_findings)
    verified = {fault.code for fault in verify_repository(root, tip).faults}
    code, last = history.code_on_main, history.requests[-1]
    wanted = {code, TOLD_FIRST.get(code, ""), *OTHER_NAMES.get(code, ()), *_unsigned(history)}
    for judge, codes in (("audit", audits), ("verifier", verified)):
        if not codes and last.what.endswith(ONLY_AUTHORS_TELL if last.way == "squash" else ONLY_TOGETHER):
            continue
        if bool(codes) != bool(code):
            yield f"{judge} of main: {sorted(codes)}, should be {code or 'nothing'}"
        elif code and wanted.isdisjoint(codes):
            yield f"{judge} of main does not say {code}, but {sorted(codes)}"
    if not code and (errors := _errors(check(desk, revision=tip).findings)):
        yield f"check of main: {sorted(errors)}"


def _unsigned(history: History) -> set[str]:
    """What the program takes for an unsigned step is to the verifier a sealed section that was changed."""
    last = history.requests[-1]
    words = [commit for commit in last.commits if any("/sign-offs/" in path for path in commit.files)]
    if not words:
        return {"sealed-section-changed"}
    # Commit by commit on main, a word too many comes when the others have put the step in force already.
    return {"sign-off-late"} if len(words) > 1 and last.way in {"rebase", "fast-forward"} else set()


def _errors(findings: Iterator[Finding] | Sequence[Finding]) -> set[str]:
    return {finding.code for finding in findings if finding.severity is Severity.ERROR}


def compared(
    seeds: Sequence[int], root: Path, *, passing_over: Sequence[str] = ()
) -> list[tuple[int, History, list[str]]]:
    """Write the histories of seeds into a repository, and return each with what its judges differ in."""
    histories = [history_of(seed) for seed in seeds]
    laid = lay_down(histories, root)
    desk = desk_of(root)
    try:
        with nothing_done_twice():
            return [
                (seed, history, differences(desk, root, history, places, passing_over=passing_over))
                for seed, history, places in zip(seeds, histories, laid, strict=True)
            ]
    finally:
        desk.repository.close()  # type: ignore[attr-defined]  # the adapter holds processes
