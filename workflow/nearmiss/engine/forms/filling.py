"""Filling in a section: its form opened, and what was answered saved as `nearmiss edit` saves it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from nearmiss.engine.attaching import NOTHING, attach
from nearmiss.engine.documents import Edit
from nearmiss.engine.errors import OvertakenError, RefusedError
from nearmiss.engine.forms.answers import ABSENT, Answer, answers_from, answers_sent
from nearmiss.engine.forms.changes import ADD, REMOVE, SEARCH, acted, edits_between, same, section_after, tidied
from nearmiss.engine.forms.meeting import answers_met, meeting
from nearmiss.engine.forms.shapes import shape_of
from nearmiss.engine.proposing.advancing import Advanced, advance
from nearmiss.engine.proposing.drafting import Basis, Drafted, basis_of_draft, save_draft
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.engine.records.dossiers import open_dossier
from nearmiss.errors import NearMissError
from nearmiss.policy.standing import replay

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.findings import Finding
    from nearmiss.policy.version import PolicyVersion
    from nearmiss.policy.workflow import Transition

BASIS, DO, END, STEP, BECAUSE = "~basis", "~do", "~end", "~step", "~because"
"""Names of a form beside those of its fields: the commit that it was made from, the button, a mark at the very end
that shows that all arrived, and for what is signed off already the step that changes it, and why."""

TITLE = "title"
"""The name of the field for the record's title, which triage asks for too."""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A section opened to be filled in: the record, from which commit of which branch, and by which policy.

    `steps` are those that change the section once it is sealed; none where it is still a draft.
    """

    section: str
    basis: Basis
    policy: PolicyVersion
    steps: tuple[Transition, ...]

    @property
    def dossier(self) -> Dossier:
        """The record as the form was made from it."""
        return self.basis.dossier

    @property
    def answer(self) -> Answer:
        """The answers that the record holds already."""
        return answers_from(shape_of(self.section), self.dossier.data.get(self.section, ABSENT))


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What became of a form that was sent.

    `saved` is the draft or the proposal, None where nothing was written; `answer` what the form holds now, `data` the
    record with that in it. `error` is what was refused, `colliding` are fields that somebody else changed meanwhile,
    by name with what they say now, and `moved` says that there are others' changes at all.
    """

    opened: Opened
    answer: Answer
    data: Mapping[str, Any]
    saved: Drafted | Advanced | None = None
    error: NearMissError | None = None
    findings: tuple[Finding, ...] = ()
    colliding: Mapping[str, Any] = field(default_factory=dict)
    moved: bool = False
    unchanged: bool = False


def open_section(desk: Desk, record_id: str, section: str, *, branch: str = "") -> Opened:
    """Open a section of a record as the branch has it to which a draft would go.

    Raises UnknownRecordError or UnreadableRecordError.
    """
    base, register = main_register(desk)
    basis = basis_of_draft(desk, record_id, branch=branch)
    return Opened(
        section=section,
        basis=basis,
        policy=register.newest,
        steps=_steps_that_change(register.newest, section, replay(basis.dossier, register))
        if basis.branch == register.newest.settings.main_branch or basis.commit == base
        else (),
    )


def _steps_that_change(policy: PolicyVersion, section: str, standing: Any) -> tuple[Transition, ...]:
    if section not in standing.seals:
        return ()
    leaving = policy.workflow.leaving(standing.state)
    return tuple(one for one in leaving if one.kind == "keep" and section in one.seals)


def fill_in(
    desk: Desk,
    record_id: str,
    section: str,
    sent: Mapping[str, Sequence[str]],
    *,
    branch: str = "",
    files: Mapping[str, bytes] | None = None,
) -> Filled:
    """Do what the button of a form says: add a row, take one out, or save what was answered, with the title if asked.

    Nothing is written over: where somebody changed the section since the form was made, both changes are put together
    and handed back to be looked at. What is refused is handed back with every finding. `files` are attached to the
    section when it is saved; with any other button, or where it is refused, they are not kept.
    """
    opened = open_section(desk, record_id, section, branch=branch)
    shape = shape_of(section)
    answer = answers_sent(shape, sent)
    read = _as_read(desk, record_id, _last(sent, BASIS), opened)
    action = _last(sent, DO)
    if action.startswith((ADD, REMOVE, SEARCH)):
        changed = acted(shape, answer, action)
        return Filled(opened=_at(opened, read), answer=changed, data=_with(opened, read, changed))
    mine = section_after(shape, answer, read.dossier.data)
    answer = tidied(shape, answer, read.dossier.data.get(section, ABSENT))
    title = _title_edits(sent, read)
    parts = (section, "title") if title else (section,)
    if any(opened.dossier.digest_of(part) != read.dossier.digest_of(part) for part in parts):
        return _met(opened, read, answer)
    filled = Filled(opened=_at(opened, read), answer=answer, data=_with(opened, read, answer))
    edits = [*title, *edits_between(section, opened.dossier.data.get(section, ABSENT), mine)]
    if not edits and not files:
        return replace(filled, unchanged=True)
    try:
        attached = attach(desk, opened.dossier, section, files, opened.policy.settings) if files else NOTHING
        edits += attached.edits(section, len(mine.get("attachments", ())) if isinstance(mine, dict) else 0)
        if _last(sent, STEP):
            saved: Drafted | Advanced = advance(
                desk,
                record_id,
                transition=_last(sent, STEP),
                because=_last(sent, BECAUSE).strip(),
                edits=edits,
                basis=opened.dossier,
                files=attached.files,
            )
        else:
            saved = save_draft(desk, record_id, edits, branch=branch, basis=opened.dossier, files=attached.files)
    except OvertakenError:
        return _met(open_section(desk, record_id, section, branch=branch), read, answer)
    except NearMissError as error:
        # What was typed must outlive whatever stands in the way, a lock or a full disk too.
        return replace(filled, error=error, findings=error.findings if isinstance(error, RefusedError) else ())
    return replace(filled, saved=saved)


def _last(sent: Mapping[str, Sequence[str]], name: str) -> str:
    return sent[name][-1] if sent.get(name) else ""


def _title_edits(sent: Mapping[str, Sequence[str]], read: Basis) -> list[Edit]:
    """Return the edit of the title, where a form asks for it and another one was typed."""
    typed = " ".join(_last(sent, TITLE).split())
    return [Edit(at=("title",), value=typed)] if typed and typed != read.dossier.data.get("title") else []


def _as_read(desk: Desk, record_id: str, commit: str, opened: Opened) -> Basis:
    """Return the record as it was when the form was made; as it is now where nobody can tell any more."""
    if commit in {"", opened.basis.commit} or len(commit) not in _OID or not set(commit) <= _HEX:
        return opened.basis
    try:
        dossier, _ = open_dossier(desk.repository.tree(commit), record_id, desk.documents)
    except NearMissError:
        return opened.basis
    return Basis(branch=opened.basis.branch, dossier=dossier, commit=commit)


_OID, _HEX = frozenset({40, 64}), frozenset("0123456789abcdef")


def _at(opened: Opened, read: Basis) -> Opened:
    return replace(opened, basis=read)


def _with(opened: Opened, read: Basis, answer: Answer) -> Mapping[str, Any]:
    """Return the record with what was answered so far."""
    return record_with(
        read.dossier.data, opened.section, section_after(shape_of(opened.section), answer, read.dossier.data)
    )


def record_with(data: Mapping[str, Any], section: str, value: Any) -> Mapping[str, Any]:
    """Return a record's data with something else in one section, or without it."""
    rest = {key: one for key, one in data.items() if key != section}
    return rest if value is ABSENT else {**rest, section: value}


def _met(opened: Opened, read: Basis, answer: Answer) -> Filled:
    """Return the form with my changes and those of others in it, based on what is there now."""
    section = opened.section
    before, now = (one.dossier.data.get(section, ABSENT) for one in (read, opened.basis))
    mine = section_after(shape_of(section), answer, read.dossier.data)
    _, keys = meeting(before, mine, now)
    fields = now if isinstance(now, dict) else {}
    met = answers_met(shape_of(section), answer, before=before, mine=mine, now=now)
    return Filled(
        opened=opened,
        answer=met,
        data=_with(opened, opened.basis, met),
        colliding={f"{section}.{key}" if key else section: fields.get(key, "") if key else now for key in keys},
        moved=not same(before, now),
    )
