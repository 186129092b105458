"""Reading what figures are made from: the facts of every record of a commit, its rules, and its exposure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nearmiss.engine.indicators.exposure_file import EXPOSURE_FILE, read_exposure
from nearmiss.engine.indicators.facts import FORM, Facts, draw
from nearmiss.engine.instance import read_register
from nearmiss.engine.records.dossiers import gather, survey
from nearmiss.models.ids import RECORDS
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
    """All that a commit says: facts by record, the ids of what cannot be read, the rules, and the exposure."""

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


def read_known(desk: Desk, commit: str, *, progress: Progress = None) -> Known:
    """Read a commit as a whole; facts are remembered by the content of each record's files."""
    tree = desk.repository.tree(commit)
    register = read_register(tree, desk.documents)
    policy = register.newest
    facts, unreadable = _read_facts(desk, tree, register, progress)
    exposure, fault = read_exposure(tree, desk.documents, policy.terms)
    return Known(
        commit=commit,
        facts=facts,
        unreadable=tuple(unreadable),
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


def _in_use(policy: PolicyVersion, name: str) -> frozenset[str]:
    return frozenset(term.term for term in _terms(policy, name) if not term.retired)


def _terms(policy: PolicyVersion, name: str) -> tuple[Term, ...]:
    """Return the terms of a list; a register need not have each of them."""
    return policy.vocabulary[name].terms if name in policy.vocabulary else ()


def _labels(policy: PolicyVersion) -> dict[tuple[str, str], str]:
    language = policy.settings.language
    words = {(name, term.term): label_of(term.label, language) for name in LABELLED for term in _terms(policy, name)}
    return words | {("state", state.state): label_of(state.label, language) for state in policy.workflow.states}


def _read_facts(desk: Desk, tree: Tree, register: Register, progress: Progress) -> tuple[dict[str, Facts], list[str]]:
    folders, _ = survey(tree.entries(RECORDS))
    keys = {record: key_of(folder, register) for record, folder in folders.items()}
    known = desk.memory.get_many(list(keys.values())) if desk.memory is not None else {}
    facts: dict[str, Facts] = {}
    unreadable: list[str] = []
    fresh: dict[str, Any] = {}
    for number, (record, folder) in enumerate(folders.items(), 1):
        if keys[record] in known:
            facts[record] = Facts.revive(known[keys[record]])
            continue
        drawn = _draw(desk, tree, folder, register)
        if drawn is None:
            unreadable.append(record)
        else:
            facts[record], fresh[keys[record]] = drawn, drawn
        if progress is not None:
            progress(number, len(folders))
    if desk.memory is not None and fresh:
        desk.memory.put_many(fresh)
    return facts, unreadable


def key_of(folder: Folder, register: Register) -> str:
    """Return the key under which the facts of a folder are remembered."""
    return f"figures{FORM}:{folder.key}:{register.newest.digest[7:23]}"


def _draw(desk: Desk, tree: Tree, folder: Folder, register: Register) -> Facts | None:
    dossier = gather(folder, tree, desk.documents).dossier
    if dossier is None or judge_record_structure(dossier.data, terms={}):
        return None
    return draw(dossier, register)
