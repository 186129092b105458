"""Mending what is only form in the records of the working tree, and never what anybody signed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nearmiss.engine.form import Form
from nearmiss.engine.instance import read_register
from nearmiss.engine.records.dossiers import read_sign_off, survey
from nearmiss.engine.reporting import SCHEMA
from nearmiss.models.ids import RECORDS, folder_of
from nearmiss.models.record import Record
from nearmiss.models.sections import KEY_ORDER
from nearmiss.policy.dossier import Dossier
from nearmiss.policy.standing import replay
from nearmiss.policy.structure import judge_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.form import Fits
    from nearmiss.engine.ports import Tree
    from nearmiss.engine.records.dossiers import Folder
    from nearmiss.policy.dossier import SignedFile
    from nearmiss.policy.findings import Field, Finding
    from nearmiss.policy.standing import Register

EVERYTHING = frozenset(KEY_ORDER)
"""What counts as signed where the sign-offs of a record cannot tell."""


@dataclass(frozen=True, kw_only=True)
class Fix:
    """A record file as it lies there and as it would be; `left` says what of its form was left as it is, and why."""

    path: str
    before: bytes
    after: bytes
    done: tuple[Finding, ...]
    left: tuple[Finding, ...]

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return self.after != self.before


def plan_fixes(desk: Desk, *, progress: Callable[[int, int], None] | None = None) -> tuple[Fix, ...]:
    """Return what would be mended in each record of the working tree, and what was left; nothing is written.

    Sign-offs are never mended, and neither is what is sealed by those that lie beside a record: its bytes stay. Where
    they cannot be read, do not follow from each other, or are not those of the last commit, all counts as sealed.
    """
    tree = desk.repository.working_tree()
    register = read_register(tree, desk.documents)
    fits = _fits(register.newest.terms)
    folders, _ = survey(tree.entries(RECORDS))
    fixes = []
    for number, folder in enumerate(folders.values(), 1):
        fix = _fix(desk, tree, folder, register, fits)
        if fix is not None:
            fixes.append(fix)
        if progress is not None:
            progress(number, len(folders))
    return tuple(fixes)


def _fix(desk: Desk, tree: Tree, folder: Folder, register: Register, fits: Fits) -> Fix | None:
    path = folder.record.path if folder.record else ""
    raw = tree.read(path) if path else None
    if raw is None:
        return None
    form = Form(schema=SCHEMA, order=KEY_ORDER, fits=fits)
    # Most records are in good form, so that nobody needs to know what of them is sealed.
    mending = desk.documents.mend(raw, form)
    if mending.done:
        sealed = _sealed(desk, tree, folder, register)
        mending = desk.documents.mend(raw, Form(schema=SCHEMA, order=KEY_ORDER, fits=fits, sealed=sealed))
    if not mending.done and not mending.left:
        return None
    done, left = (_placed(findings, folder.id, path) for findings in (mending.done, mending.left))
    return Fix(path=path, before=raw, after=mending.content, done=done, left=left)


def _placed(findings: Iterable[Finding], record_id: str, path: str) -> tuple[Finding, ...]:
    hint = f"what was signed stays as it is; to have the file as it was committed: git restore {path}"
    return tuple(
        replace(
            finding, hint=finding.hint or (hint if finding.code == "form-sealed" else ""), record=record_id, path=path
        )
        for finding in findings
    )


def _fits(terms: Mapping[str, Any]) -> Fits:
    """Return what says whether a value is one that a field of a record may have."""

    def fits(data: Mapping[str, Any], at: Field) -> bool:
        return not any(finding.field[: len(at)] == at for finding in judge_model(Record, data, terms=terms))

    return fits


def _sealed(desk: Desk, tree: Tree, folder: Folder, register: Register) -> frozenset[str]:
    """Return the keys of a record that signatures are bound to, also those of a step that waits for more."""
    sign_offs = _sign_offs(desk, tree, folder)
    if sign_offs is None or not _all_there(desk, tree, folder):
        return EVERYTHING
    # What is sealed follows from the sign-offs alone; how many more must sign is not asked here.
    standing = replay(Dossier(id=folder.id, path="", data={}, sign_offs=sign_offs), register)
    return EVERYTHING if standing.findings else frozenset(standing.seals)


def _sign_offs(desk: Desk, tree: Tree, folder: Folder) -> tuple[SignedFile, ...] | None:
    """Return the sign-offs beside a record; None where one of them cannot be read."""
    paths = [entry.path for entry in folder.beside if "/sign-offs/" in entry.path]
    read = [read_sign_off(path, tree.read(path) or b"", folder.id, desk.documents)[0] for path in paths]
    known = tuple(file for file in read if file is not None)
    return known if len(known) == len(read) else None


def _all_there(desk: Desk, tree: Tree, folder: Folder) -> bool:
    """Say whether every sign-off of the last commit lies in the working tree as it was committed."""
    assert folder.record is not None  # noqa: S101 - the caller has looked
    commit = desk.repository.position().commit
    if commit is None:
        return True
    committed = desk.repository.tree(commit)
    paths = [entry.path for entry in committed.entries(f"{folder_of(folder.record.path)}sign-offs/")]
    return all(tree.read(path) == raw for path, raw in committed.read_many(paths))
