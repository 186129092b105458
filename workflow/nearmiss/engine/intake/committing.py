"""Making records of what waits: by name at once, without a name in batches, one commit whose author is nobody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING

from nearmiss.engine.intake.contents import MONTH, Contents, contents_of, files_of, seal_contents, token_until
from nearmiss.engine.intake.counting import count_discarded
from nearmiss.engine.intake.reviewing import WAIT, marks_in
from nearmiss.engine.intake.taking import with_name
from nearmiss.engine.intake.values import Batch
from nearmiss.engine.ports import Identity, Stamp
from nearmiss.engine.proposing.branches import PROPOSALS
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.engine.races import run_again
from nearmiss.engine.records.dossiers import prefixes_of
from nearmiss.engine.reporting import draw_id, make_record, message_of, nobody, report_section
from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.intake.ports import Kept
    from nearmiss.engine.intake.values import Intake
    from nearmiss.engine.reporting import MadeRecord
    from nearmiss.models.people import People
    from nearmiss.policy.version import PolicyVersion

THE_INTAKE = Identity(name="Near-miss intake", email="intake@nearmiss.invalid")
"""Who commits a report by name of somebody who did not prove who they are: what is typed is a claim, never a person."""

LAST_BATCH = "last-batch"
"""The note of the day of the last batch."""


@dataclass(frozen=True, kw_only=True)
class _Made:
    """What came of making records of some reports."""

    ids: tuple[str, ...] = ()
    refused: int = 0
    branch: str = ""
    commit: str = ""


def commit_named(desk: Desk, intake: Intake) -> list[str]:
    """Make a record of each report by name that waits, and return the ids.

    Whoever is signed in is the author of the commit; where a name was only typed, the intake is. One that cannot be a
    record as it is waits on, for a person to mend it. Stopped at any point, the next call goes on: the id is kept
    before the commit is made, and looked for in the repository after it.
    """
    desk.require_branch()
    ids: list[str] = []
    for kept in intake.store.reports(*WAIT):
        if kept.mode == "named":
            ids += _commit(desk, intake, [kept], lambda policy, kept=kept: _author(desk, intake, kept, policy)).ids  # type: ignore[misc]  # the default binds this report
    return ids


def commit_batch(desk: Desk, intake: Intake) -> Batch:
    """Make records of the confirmed reports without a name, all in one commit, if there are enough or one waited long.

    Author and committer are nobody, at midnight; ids are drawn by chance, so neither place nor time tells which report
    came when. Whoever consented that something not safe goes at once waits for no batch. Discarded reports are counted
    in a commit of their own. Then the store is written anew, so that it tells nothing either.
    """
    desk.require_branch()
    today = intake.clock.now().date()
    found = _settle_what_is_there(desk, intake)
    ready, unread = _ready(desk, intake)
    at_once = [kept for kept in ready if kept.at_once]
    rest = [kept for kept in ready if not kept.at_once]
    why = _why_to_wait(intake, rest, today)
    chosen = at_once if why else ready
    made = _commit(desk, intake, chosen, lambda _policy: nobody(desk.clock.now())) if chosen else _Made()
    ids = tuple(sorted((*found, *made.ids)))
    if found or (rest and not why):
        intake.store.put_note(LAST_BATCH, today.isoformat())
    discarded = count_discarded(desk, intake)
    if ids:
        intake.store.scrub()
    held = (len(rest) if why else 0) + unread + made.refused
    return Batch(
        ids=ids,
        held_back=held,
        why=" ".join(said for said in (why, _of_unread(unread), _of_refused(made.refused)) if said),
        branch=made.branch,
        commit=made.commit,
        discarded=discarded,
    )


def _ready(desk: Desk, intake: Intake) -> tuple[list[Kept], int]:
    """Return what may be committed, and how many wait for somebody to read them."""
    without_name = [kept for kept in intake.store.reports(*WAIT) if kept.mode != "named"]
    ready = [kept for kept in without_name if kept.state != "waiting"]
    unread = [kept for kept in without_name if kept.state == "waiting"]
    if intake.settings.confirm == "when-marked" and unread:
        people = main_register(desk)[1].newest.people
        today = intake.clock.now().date().isoformat()
        # Not those of today: a batch that the last of them set off would tell when that one came.
        before = [kept for kept in unread if kept.day < today]
        plain = [kept for kept in before if _tells_nobody(contents_of(intake, kept), intake, people)]
        return [*ready, *plain], len(unread) - len(plain)
    return ready, len(unread)


def _settle_what_is_there(desk: Desk, intake: Intake) -> list[str]:
    """Note of reports whose commit was made by a call that was stopped then, that they are records; return the ids.

    The others of that call wait as before: alone, each would be in a batch of its own.
    """
    planned = [kept for kept in intake.store.reports("planned") if kept.mode != "named"]
    base = main_register(desk)[0] if planned else ""
    there = [kept for kept in planned if _is_there(desk, kept.record_id, base)]
    for kept in there:
        _settle(intake, kept)
    return [kept.record_id for kept in there]


def _tells_nobody(contents: Contents, intake: Intake, people: People) -> bool:
    """Whether nothing in a report has to be looked at; a file always has, since no program sees what it shows."""
    return not contents.files and not marks_in(intake, contents.answers, people)


def _why_to_wait(intake: Intake, rest: Sequence[Kept], today: date) -> str:
    """Return, in a sentence, why a batch waits, or an empty text where it is due or nothing is there."""
    rules = intake.settings.batch
    if not rest:
        return ""
    last = intake.store.note(LAST_BATCH)
    following = date.fromisoformat(last) + timedelta(days=rules.every_days) if last else today
    waited = min(date.fromisoformat(kept.day) for kept in rest) + timedelta(days=rules.wait_at_most_days)
    # A Monday: counted in days alone, the day of the commit would tell on which day the oldest of them came.
    longest = waited + timedelta(days=-waited.weekday() % 7)
    if longest <= today:
        return ""
    if len(rest) < rules.at_least:
        return (
            f"{len(rest)} of the confirmed reports wait until there are {rules.at_least}, "
            f"or until {max(longest, following)} at the latest."
        )
    if today < following:
        return f"The next batch is on {following}."
    return ""


def _of_unread(count: int) -> str:
    if not count:
        return ""
    return (
        "1 report waits for somebody to read it." if count == 1 else f"{count} reports wait for somebody to read them."
    )


def _of_refused(count: int) -> str:
    if not count:
        return ""
    waits = "1 report cannot be a record as it is" if count == 1 else f"{count} reports cannot be records as they are"
    return f"{waits}; nearmiss intake show NUMBER says why."


def _author(desk: Desk, intake: Intake, kept: Kept, policy: PolicyVersion) -> Stamp:
    """Return who commits a report by name: whoever was signed in, or else the intake."""
    person = policy.people.find(contents_of(intake, kept).person)
    now = desk.clock.now()
    if person is None:
        return Stamp(identity=THE_INTAKE, when=now.astimezone(UTC))
    return Stamp(identity=Identity(name=person.name, email=person.emails[0]), when=now)


def _commit(desk: Desk, intake: Intake, chosen: Sequence[Kept], author: Callable[[PolicyVersion], Stamp]) -> _Made:
    """Commit some reports together; those that an earlier call brought as far as the repository are only settled."""
    planned, refused = _plan(desk, intake, chosen)
    if not planned:
        return _Made(refused=refused)
    branch, commit = run_again(lambda: _commit_once(desk, intake, planned, author))
    for kept in planned:
        _settle(intake, kept)
    return _Made(ids=tuple(sorted(kept.record_id for kept in planned)), refused=refused, branch=branch, commit=commit)


def _plan(desk: Desk, intake: Intake, chosen: Sequence[Kept]) -> tuple[list[Kept], int]:
    """Keep an id for each report that can be a record; return them with it, and how many cannot."""
    base, register = main_register(desk)
    policy = register.newest
    year, main = desk.clock.now().year, policy.settings.main_branch
    planned: list[Kept] = []
    taken = {kept.record_id for kept in intake.store.reports(*WAIT, "committed")}
    refused = 0
    for kept in chosen:
        was_planned = kept.state == "planned"
        record_id = kept.record_id if was_planned else draw_id(desk, base, main, policy.settings, year)
        while record_id in taken and not was_planned:
            record_id = draw_id(desk, base, main, policy.settings, year)
        after = replace(kept, state="planned", record_id=record_id)
        try:
            _make(desk, intake, after, policy)
        except NearMissError:
            # One that cannot be written, whatever the reason, keeps no other one waiting; a person has to look at it.
            refused += 1
            if was_planned and not _is_there(desk, record_id, base):
                intake.store.change(kept, replace(kept, state="waiting", record_id="", confirmed_by=""))
            continue
        if was_planned or intake.store.change(kept, after):
            planned.append(after)
            taken.add(record_id)
    return planned, refused


def _make(desk: Desk, intake: Intake, kept: Kept, policy: PolicyVersion) -> MadeRecord:
    contents = contents_of(intake, kept)
    person = contents.person if policy.people.find(contents.person) is not None else ""
    answers = contents.answers if person else with_name(contents.answers, contents.name)
    report = report_section(answers, mode=kept.mode, person=person, day=kept.day)
    files = files_of(intake, kept.number)
    today = desk.clock.now().date()
    return make_record(desk, policy, report, record_id=kept.record_id, files=files, today=today)


def _commit_once(
    desk: Desk, intake: Intake, planned: Sequence[Kept], author: Callable[[PolicyVersion], Stamp]
) -> tuple[str, str]:
    base, register = main_register(desk)
    policy = register.newest
    missing = [kept for kept in planned if not _is_there(desk, kept.record_id, base)]
    if not missing:
        return policy.settings.main_branch, base
    files: dict[str, bytes] = {}
    for kept in missing:
        files |= _make(desk, intake, kept, policy).files
    ids = sorted(kept.record_id for kept in missing)
    main = policy.settings.main_branch
    branch = main if policy.settings.reports == "direct" else f"{PROPOSALS}{ids[0]}/00-report"
    own = author(policy)
    commit = desk.repository.commit(
        branch=branch,
        expected=base if branch == main else None,
        parents=[base],
        files=files,
        message=message_of(ids),
        author=own,
        committer=own,
    )
    return branch, commit


def _is_there(desk: Desk, record_id: str, base: str) -> bool:
    """Whether an earlier call, which was stopped, brought a record to the main branch or to one of a request."""
    requests = [tip for name, tip in desk.repository.branches(PROPOSALS).items() if name.endswith("/00-report")]
    return any(prefixes_of(desk.repository.tree(tip), record_id) for tip in dict.fromkeys([base, *requests]))


def _settle(intake: Intake, kept: Kept) -> None:
    """Forget what the repository has now; of an anonymous report the day too, but for its month."""
    settled = replace(
        kept,
        state="committed",
        day=kept.day[:MONTH] if kept.mode == "anonymous" else kept.day,
        sealed=seal_contents(intake, kept.number, Contents()),
        confirmed_by="",
        at_once=False,
        token_until=token_until(intake),
    )
    intake.store.change(kept, settled, files=())
