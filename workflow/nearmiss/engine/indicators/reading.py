"""Reading what figures are made from: the facts of every record of a commit, its rules, and its exposure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nearmiss.engine.indicators.exposure_file import EXPOSURE_FILE, read_exposure
from nearmiss.engine.indicators.facts import FORM, Facts, draw
from nearmiss.engine.instance import read_register
from nearmiss.engine.memory import recalled
from nearmiss.engine.ports import TreeEntry
from nearmiss.engine.records.dossiers import gather, survey
from nearmiss.models.ids import RECORDS, id_of_path
from nearmiss.models.vocabulary import label_of
from nearmiss.policy.structure import judge_record_structure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Tree
    from nearmiss.engine.records.dossiers import Folder
    from nearmiss.models.exposure import Exposed
    from nearmiss.models.vocabulary import Term
    from nearmiss.policy.standing import Register
    from nearmiss.policy.version import PolicyVersion

    Progress = Callable[[int, int], None] | None

LABELLED = ("site", "area", "classification", "cause-category")
"""The vocabularies whose words stand in figures."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """All that a commit says: facts by record, the ids of what cannot be read, the rules, and the exposure.

    `folders` are the files of its records, `strays` whether other files lie among them; `policy` is the digest of its
    rules.
    """

    commit: str
    facts: Mapping[str, Facts] = field(repr=False)
    unreadable: tuple[str, ...]
    kinds: Mapping[str, str]
    first_state: str
    factor: int
    areas: frozenset[str]
    restricted: frozenset[str]
    labels: Mapping[tuple[str, str], str] = field(repr=False)
    terms: Mapping[str, tuple[str, ...]] = field(repr=False)
    exposure: tuple[Exposed, ...] = field(repr=False)
    exposure_fault: str = ""
    folders: Mapping[str, Folder] = field(default_factory=dict, repr=False)
    strays: bool = False
    policy: str = ""


def read_known(
    desk: Desk,
    commit: str,
    *,
    later: Known | None = None,
    held: Mapping[str, Folder] | None = None,
    progress: Progress = None,
) -> Known:
    """Read a commit as a whole; facts are remembered by the content of each record's files.

    Of a `later` commit that was read before, all is taken that was the same then: most records are. Folders that the
    caller has `held`, for what is in the working tree, are not held twice.
    """
    tree = desk.repository.tree(commit)
    register = read_register(tree, desk.documents)
    policy = register.newest
    folders, strays = _folders_of(desk, tree, commit, later)
    if held:
        folders = {record: held[record] if held.get(record) == one else one for record, one in folders.items()}
    found = _same_as_later(folders, policy.digest, later)
    others = {record: folder for record, folder in folders.items() if record not in found}
    found |= _read_facts(desk, tree, register, others, progress)
    facts = {record: found[record] for record in folders}
    exposure, fault = read_exposure(tree, desk.documents, policy.terms)
    return Known(
        commit=commit,
        facts={record: one for record, one in facts.items() if one is not None},
        unreadable=tuple(record for record, one in facts.items() if one is None),
        folders=folders,
        strays=strays,
        policy=policy.digest,
        kinds={state.state: state.kind for state in policy.workflow.states},
        first_state=policy.workflow.first_state,
        factor=policy.settings.indicator_factor,
        areas=_in_use(policy, "area"),
        restricted=frozenset(policy.settings.restricted_classes),
        labels=_labels(policy),
        terms={name: tuple(term.term for term in _terms(policy, name)) for name in LABELLED},
        exposure=exposure,
        exposure_fault=f"{EXPOSURE_FILE} cannot be used: {fault}" if fault else "",
    )


def _folders_of(desk: Desk, tree: Tree, commit: str, later: Known | None) -> tuple[Mapping[str, Folder], bool]:
    """Return the files of every record, and whether there are others; from those of later, by what changed since."""
    if later is None or later.strays:
        folders, strays = survey(tree.entries(RECORDS))
        return folders, bool(strays)
    touched: dict[str, dict[str, TreeEntry]] = {}
    for change in desk.repository.changes(commit, later.commit, RECORDS):
        record = id_of_path(change.path)
        if record is None:
            return _folders_of(desk, tree, commit, None)
        entries = touched.setdefault(record, _entries_of(later.folders.get(record)))
        entries.pop(change.path, None)
        if change.old_oid is not None:
            entries[change.path] = TreeEntry(mode=change.old_mode, oid=change.old_oid, path=change.path)
    found = (entry for entries in touched.values() for entry in entries.values())
    changed, strays = survey(sorted(found, key=lambda entry: entry.path))
    folders = {record: folder for record, folder in later.folders.items() if record not in touched} | changed
    return dict(sorted(folders.items())), bool(strays)


def _same_as_later(folders: Mapping[str, Folder], policy: str, later: Known | None) -> dict[str, Facts | None]:
    """Return the facts of the records that are in both the same, and seen by the same rules; None as below."""
    if later is None or later.policy != policy:
        return {}
    return {
        record: later.facts.get(record) for record, folder in folders.items() if later.folders.get(record) is folder
    }


def _entries_of(folder: Folder | None) -> dict[str, TreeEntry]:
    if folder is None:
        return {}
    return {entry.path: entry for entry in (folder.record, *folder.beside) if entry is not None}


def _in_use(policy: PolicyVersion, name: str) -> frozenset[str]:
    return frozenset(term.term for term in _terms(policy, name) if not term.retired)


def _terms(policy: PolicyVersion, name: str) -> tuple[Term, ...]:
    """Return the terms of a list; a register need not have each of them."""
    return policy.vocabulary[name].terms if name in policy.vocabulary else ()


def _labels(policy: PolicyVersion) -> dict[tuple[str, str], str]:
    language = policy.settings.language
    words = {(name, term.term): label_of(term.label, language) for name in LABELLED for term in _terms(policy, name)}
    return words | {("state", state.state): label_of(state.label, language) for state in policy.workflow.states}


def _read_facts(
    desk: Desk, tree: Tree, register: Register, folders: Mapping[str, Folder], progress: Progress
) -> dict[str, Facts | None]:
    """Return the facts of records; None of what cannot be read."""
    keys = {record: key_of(folder, register) for record, folder in folders.items()}
    known = {key: Facts.revive(kept) for key, kept in recalled(desk.memory, list(keys.values()))}
    facts: dict[str, Facts | None] = {}
    fresh: dict[str, Any] = {}
    for number, (record, folder) in enumerate(folders.items(), 1):
        if keys[record] in known:
            facts[record] = known[keys[record]]
            continue
        facts[record] = drawn = _draw(desk, tree, folder, register)
        if drawn is not None:
            fresh[keys[record]] = drawn
        if progress is not None:
            progress(number, len(folders))
    if desk.memory is not None and fresh:
        desk.memory.put_many(fresh)
    return facts


def key_of(folder: Folder, register: Register) -> str:
    """Return the key under which the facts of a folder are remembered."""
    return f"figures{FORM}:{folder.key}:{register.newest.digest[7:23]}"


def _draw(desk: Desk, tree: Tree, folder: Folder, register: Register) -> Facts | None:
    dossier = gather(folder, tree, desk.documents).dossier
    if dossier is None or judge_record_structure(dossier.data, terms={}):
        return None
    return draw(dossier, register)
