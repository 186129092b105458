"""A push judged before a server takes it: the main branch moves only by what the gate passes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.gate.founding import judge_founding
from nearmiss.engine.gate.history import judge_repository, no_single_base
from nearmiss.engine.gate.lines import judge_line
from nearmiss.engine.gate.paths import judge_forged, judge_ids, judge_modes, judge_names, judge_prefixes, judge_twins
from nearmiss.engine.instance import read_register
from nearmiss.engine.ports import TreeEntry
from nearmiss.models.ids import POLICY_SUBJECT, id_of_path, is_record_id
from nearmiss.policy.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nearmiss.engine.desk import Desk

HEADS, TAGS, NOTES = "refs/heads/", "refs/tags/", "refs/notes/"
PROPOSALS = "near-miss/"

_STEP = re.compile(r"[0-9]{2,}-[a-z]+(?:-[a-z]+)*|draft-[0-9]{14}")
_SUBJECT_AND_STEP = 2


@dataclass(frozen=True, kw_only=True)
class Update:
    """A reference that a push would move: its full name, and its commit before and after (None: there is none)."""

    reference: str
    old: str | None
    new: str | None


def judge_push(desk: Desk, updates: Sequence[Update]) -> list[Finding]:
    """Judge every reference that a push would move; no finding means that it may be taken, as a whole.

    The main branch is the one that the server's own HEAD is on, which no push can move. Errors that end the judging
    mean no as well.
    """
    findings = list(judge_repository(desk.repository))
    position = desk.repository.position()
    if findings:
        return findings
    if position.branch is None:
        return [_no_main()]
    main = position.branch
    for update in updates:
        findings += _judge_reference(update.reference, main)
    if findings:
        return findings
    if position.commit is None:
        return _judge_first(desk, updates, main)
    named = read_register(desk.repository.tree(position.commit), desk.documents).newest.settings.main_branch
    if named != main:
        return [_other_main(main, named)]
    for update in updates:
        findings += _judge_update(desk, update, main, position.commit)
    return findings


def _judge_update(desk: Desk, update: Update, main: str, tip: str) -> Iterator[Finding]:
    if update.reference == HEADS + main:
        if update.new is None:
            yield Finding(
                code="main-deleted",
                message=f"the push would delete the branch {main}",
                hint="records and their history are never deleted; redact what must not be shown",
            )
        elif update.old != tip:
            yield Finding(
                code="main-rewritten",
                message=f"the branch {main} has moved meanwhile",
                hint=f"take in what others pushed: git pull --no-rebase origin {main}; then push again",
            )
        else:
            yield from judge_line(desk, old=tip, new=update.new, branch=main)
    elif update.new is not None and update.reference.startswith(HEADS + PROPOSALS):
        yield from _judge_proposal(desk, update.new, tip)


def _judge_reference(reference: str, main: str) -> Iterator[Finding]:
    """Only branches, tags and notes are taken, under names that nobody mistakes for others."""
    space = next((space for space in (HEADS, TAGS, NOTES) if reference.startswith(space)), "")
    name = reference.removeprefix(space)
    if not space:
        yield _odd(reference, "is no branch and no tag", f"push branches and tags only: git push origin {main}")
    elif not reference.isprintable():
        yield _odd(reference, "cannot be shown as it is", "use plain names")
    elif name.casefold() == main.casefold() and reference != HEADS + main:
        yield _odd(reference, f"would be mistaken for the branch {main}", "choose another name")
    elif name.casefold().startswith(PROPOSALS) and (space != HEADS or not _is_proposal(name)):
        hint = f"branches under {PROPOSALS} are made by nearmiss advance, close, edit and report; choose another name"
        yield _odd(reference, "is not how a proposal is called", hint)


def _is_proposal(name: str) -> bool:
    if not name.startswith(PROPOSALS):
        return False
    parts = name.removeprefix(PROPOSALS).split("/")
    if len(parts) != _SUBJECT_AND_STEP or not _STEP.fullmatch(parts[1]):
        return False
    return parts[0] == POLICY_SUBJECT or is_record_id(parts[0])


def _judge_proposal(desk: Desk, head: str, tip: str) -> Iterator[Finding]:
    """What is only proposed may be incomplete; but its ids and paths must be such that it could ever be merged."""
    repository = desk.repository
    bases = repository.merge_bases(tip, head)
    if len(bases) != 1:
        yield no_single_base(len(bases))
        return
    if forged := judge_forged(repository.forged(bases[0], head)):
        yield from forged
        return
    changes = repository.changes(bases[0], head)
    tree = repository.tree(tip)
    entries = {
        change.path: TreeEntry(mode=change.new_mode, oid=change.new_oid, path=change.path) if change.new_oid else None
        for change in changes
    }
    touched = sorted({record_id for change in changes if (record_id := id_of_path(change.path))})
    settings = read_register(tree, desk.documents).newest.settings
    yield from judge_modes(changes)
    yield from judge_twins(changes)
    yield from judge_names(changes)
    yield from judge_ids(touched, tree, entries)
    yield from judge_prefixes(entries, tree, settings)


def _judge_first(desk: Desk, updates: Sequence[Update], main: str) -> list[Finding]:
    """A server without a register takes one, on its main branch, and nothing else before it."""
    first = next((update for update in updates if update.reference == HEADS + main), None)
    if first is None or first.new is None:
        return [
            Finding(
                code="founding-odd",
                message=f"this server has no register yet, and the push does not bring the branch {main}",
                hint=f"push {main} first; if yours has another name, on the server: git symbolic-ref HEAD refs/heads/…",
            )
        ]
    return list(judge_founding(desk, first.new, main))


def _odd(reference: str, what: str, hint: str) -> Finding:
    return Finding(code="reference-odd", message=f"{reference[:200]!a} {what}", hint=hint)


def _no_main() -> Finding:
    return Finding(
        code="reference-odd",
        message="the server's HEAD is on no branch, so nobody can tell which one is the main branch",
        hint="on the server: git symbolic-ref HEAD refs/heads/main",
    )


def _other_main(head: str, named: str) -> Finding:
    return Finding(
        code="reference-odd",
        message=f"the server's HEAD is on {head}, and the register's settings name {named} as the main branch",
        hint=f"on the server: git symbolic-ref HEAD refs/heads/{named}",
    )
