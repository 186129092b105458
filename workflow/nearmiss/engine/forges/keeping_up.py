"""Keeping up with a remote: a clone that a server works in follows its remote, and brings its own commits there.

Nothing is ever forced. What was committed here while the remote moved on is put on top of the remote's tip once more,
with the same authors and dates, where it is plain that neither side touches what the other does; else it is told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from nearmiss.engine.intake.counting import BRANCH
from nearmiss.engine.ports import TreeEntry
from nearmiss.engine.proposing.proposals import main_register, proposals
from nearmiss.engine.refusals import LostRaceError, PushRefusedError
from nearmiss.errors import NearMissError
from nearmiss.models.ids import id_of_path
from nearmiss.policy.paths import class_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Change, Commit
    from nearmiss.policy.settings import Settings

TRIES = 5
"""How often it begins anew where somebody was faster, here or at the remote."""

ASIDE = "nearmiss-keeping-up"
"""The branch on which commits are put together that go to the remote; it is there only meanwhile."""


class Outcome(StrEnum):
    """What was done."""

    SAME = "same"
    FOLLOWED = "followed"
    PUSHED = "pushed"
    PUT_ON_TOP = "put-on-top"
    APART = "apart"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class KeptUp:
    """What came of it: where main is now, how many commits came or went, and a sentence where something failed."""

    outcome: Outcome
    tip: str
    commits: int = 0
    sentence: str = ""
    proposals: tuple[str, ...] = ()
    """The branches of proposals that were pushed."""


class ApartError(NearMissError):
    """Both sides have moved, and ours cannot be put on top of theirs without a person."""

    def __init__(self, branch: str, remote: str, why: str) -> None:
        super().__init__(
            f"{branch} here and at {remote} have gone different ways, and {why}.",
            hint=f"Nothing was changed. Join them in this clone: git fetch {remote}; git merge {remote}/{branch}; "
            f"git push {remote} {branch}",
        )


def keep_up(desk: Desk, remote: str) -> KeptUp:
    """Bring main here and at a remote together; what keeps them apart is told, and changes nothing.

    Where only the remote has moved, main here follows. Where only we have, it is pushed. Where both have, our commits
    go on top of the remote's. A run that was stopped anywhere is made good by the next one, and no commit is lost.
    Then branches of proposals are pushed that the remote has not, or not as far: somebody can open a request for them.
    """
    done = _keep_main(desk, remote)
    if done.outcome is Outcome.FAILED:
        return done
    try:
        pushed, why = _push_proposals(desk, remote)
    except NearMissError as error:
        pushed, why = (), f"{error.message} {error.hint}".strip()
    return replace(done, proposals=pushed, sentence=" ".join(filter(None, (done.sentence, why))))


def _keep_main(desk: Desk, remote: str) -> KeptUp:
    try:
        for _ in range(TRIES):
            try:
                return _once(desk, remote)
            except LostRaceError:
                continue
        return _told(desk, Outcome.FAILED, "The branches move too quickly; it is tried again later.")
    except ApartError as error:
        return _told(desk, Outcome.APART, f"{error.message} {error.hint}")
    except NearMissError as error:
        return _told(desk, Outcome.FAILED, f"{error.message} {error.hint}".strip())


def _push_proposals(desk: Desk, remote: str) -> tuple[tuple[str, ...], str]:
    """Push what is proposed here, never by force; return the branches, and in a sentence what could not be pushed.

    What is in force already stays here, as does what was pushed once and is gone at the remote: somebody has closed it.
    """
    repository = desk.repository
    base, _ = main_register(desk)
    heads = {proposal.branch: proposal.head for proposal in proposals(desk, base) if not proposal.remote}
    counted = repository.branches(BRANCH).get(BRANCH)
    if counted is not None and not repository.is_ancestor(counted, base):
        heads[BRANCH] = counted
    pushed, left, refused = [], [], ""
    for branch, head in heads.items():
        theirs = _tip_at(desk, remote, branch)
        if theirs is not None and repository.is_ancestor(head, theirs):
            continue
        if theirs is not None and not repository.is_ancestor(theirs, head):
            left.append(branch)
            continue
        try:
            repository.push(branch, remote=remote)
        except PushRefusedError as error:
            refused = f"{error.message} {error.hint}".strip()
            continue
        pushed.append(branch)
    apart = ""
    if left:
        apart = f"These branches here and at {remote} have gone different ways, and were not pushed: {', '.join(left)}."
    return tuple(pushed), " ".join(filter(None, (apart, refused)))


def _told(desk: Desk, outcome: Outcome, sentence: str) -> KeptUp:
    try:
        tip = main_register(desk)[0]
    except NearMissError:
        tip = ""
    return KeptUp(outcome=outcome, tip=tip, sentence=sentence)


def _once(desk: Desk, remote: str) -> KeptUp:
    repository = desk.repository
    _clear(desk)
    repository.fetch(remote)
    _, register = main_register(desk)
    settings = register.newest.settings
    main = settings.main_branch
    ours = repository.branches(main).get(main)
    theirs = _tip_at(desk, remote, main)
    if ours is None:
        raise ApartError(main, remote, "there is no such branch here")
    if theirs is None:
        repository.push(main, remote=remote)
        return KeptUp(outcome=Outcome.PUSHED, tip=ours)
    if ours == theirs:
        return KeptUp(outcome=Outcome.SAME, tip=ours)
    if repository.is_ancestor(ours, theirs):
        count = sum(1 for _ in repository.commits([theirs], without=[ours]))
        repository.follow(branch=main, expected=ours, new=theirs)
        return KeptUp(outcome=Outcome.FOLLOWED, tip=theirs, commits=count)
    if repository.is_ancestor(theirs, ours):
        count = sum(1 for _ in repository.commits([ours], without=[theirs]))
        _push(desk, main, remote, main, theirs)
        return KeptUp(outcome=Outcome.PUSHED, tip=ours, commits=count)
    return _put_on_top(desk, remote, settings, ours, theirs)


def _tip_at(desk: Desk, remote: str, main: str) -> str | None:
    return desk.repository.remote_branches(main).get(f"{remote}/{main}")


def _push(desk: Desk, branch: str, remote: str, main: str, seen: str) -> None:
    """Push, never by force; where the remote has moved since it was seen, that is a race, and else a refusal."""
    try:
        desk.repository.push(branch, remote=remote, destination=f"refs/heads/{main}")
    except PushRefusedError:
        desk.repository.fetch(remote)
        if _tip_at(desk, remote, main) != seen:
            raise LostRaceError(main, expected=seen, found=_tip_at(desk, remote, main)) from None
        raise


def _clear(desk: Desk) -> None:
    """Take away what a run that was stopped has left aside: the commits on it are on main here in another form."""
    left = desk.repository.branches(ASIDE).get(ASIDE)
    if left is not None:
        desk.repository.delete_branch(ASIDE, expected=left)


def _put_on_top(desk: Desk, remote: str, settings: Settings, ours: str, theirs: str) -> KeptUp:
    """Put our commits on top of theirs, push that, and only then have main here follow."""
    repository, main = desk.repository, settings.main_branch
    bases = repository.merge_bases(ours, theirs)
    if len(bases) != 1:
        raise ApartError(main, remote, "they have no one commit in common from which they went")
    own = _changes_of(desk, ours, bases[0])[::-1]
    others = _changes_of(desk, theirs, bases[0])
    there = [_marks_of(commit) for commit in others]
    touched = repository.changes(bases[0], theirs)
    tip, count = theirs, 0
    for commit in own:
        if _marks_of(commit) in there:
            # A run that was stopped after its push has brought this one there already.
            continue
        _require_apart(commit, touched, settings, remote)
        entries = {change.path: _entry(change) for change in commit.changes}
        tip = repository.merge_commit(
            branch=ASIDE,
            expected=tip if count else None,
            parents=[tip],
            entries=entries,
            message=commit.message,
            author=commit.author,
            committer=commit.committer,
        )
        count += 1
    if count:
        _push(desk, ASIDE, remote, main, theirs)
    repository.follow(branch=main, expected=ours, new=tip)
    _clear(desk)
    return KeptUp(outcome=Outcome.PUT_ON_TOP, tip=tip, commits=count)


def _changes_of(desk: Desk, tip: str, base: str) -> list[Commit]:
    """Return the commits between, newest first, each with all that it changes against its first parent."""
    found = list(desk.repository.commits([tip], without=[base]))
    return [replace(one, changes=tuple(desk.repository.changes(one.parents[0], one.oid))) for one in found]


def _marks_of(commit: Commit) -> tuple[object, ...]:
    """Return what makes a commit the same as another one with other parents."""
    return (commit.author, commit.committer, commit.message, tuple(sorted(commit.changes)))


def _entry(change: Change) -> TreeEntry | None:
    if change.new_oid is None:
        return None
    return TreeEntry(mode=change.new_mode, oid=change.new_oid, path=change.path)


def _require_apart(commit: Commit, touched: Sequence[Change], settings: Settings, remote: str) -> None:
    """Raise ApartError unless a commit changes records and pages only, and none that the other side has touched."""
    main, short = settings.main_branch, commit.oid[:12]
    if len(commit.parents) != 1:
        raise ApartError(main, remote, f"the commit {short} here is a merge")
    theirs = {change.path for change in touched}
    records = {id_of_path(change.path) for change in touched} - {None}
    for change in commit.changes:
        if class_of(change.path, settings) == "policy":
            raise ApartError(main, remote, f"the commit {short} here changes the policy ({change.path})")
        if change.path in theirs or id_of_path(change.path) in records:
            raise ApartError(main, remote, f"both have changed {change.path}, or what belongs to it")
