"""What the fuzzer feeds, and what must hold of each whatever it is fed: findings and sentences, never anything else."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from nearmiss.engine.documents import Edit
from nearmiss.engine.form import Form
from nearmiss.engine.importing.mapping import Mapping, parse_mapping
from nearmiss.engine.importing.plan import plan_import
from nearmiss.engine.instance import read_register
from nearmiss.engine.records.dossiers import Gathered, gather, read_sign_off, survey
from nearmiss.engine.records.summaries import summarise
from nearmiss.engine.trees import EmptyTree, WithFiles
from nearmiss.errors import NearMissError
from nearmiss.models.record import Record
from nearmiss.models.sections import KEY_ORDER
from nearmiss.models.vocabulary import VocabularyList
from nearmiss.policy.dossier import Dossier
from nearmiss.policy.findings import Finding, has_errors
from nearmiss.policy.standing import Register, judge_standing
from nearmiss.policy.structure import judge_model, judge_record_structure
from nearmiss.store.changes import edited, same
from nearmiss.store.documents import YamlDocuments
from nearmiss.store.mending import mend
from nearmiss.store.reader import MOST_FINDINGS, read
from nearmiss.store.reviser import revise
from nearmiss.store.tables import read_table
from nearmiss.store.writer import UnwritableDataError, compose
from tests.fuzz.mutations import VALUES

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "tests" / "examples"
OURS = "NM-2026-7Q4K2"
LARGEST_HEARD = 8_000
"""Bytes of a document that ruamel reads too; it takes a second for a hundred thousand."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """Something that reads: what it is fed at first, and what must hold, which says in a word what came of it."""

    name: str
    ending: str
    seeds: Callable[[], list[bytes]]
    prove: Callable[[bytes], str]


def _told(findings: Any) -> str:
    """See that findings are such, with words, and not without end; return the codes."""
    assert len(findings) <= MOST_FINDINGS + 1
    for finding in findings:
        assert isinstance(finding, Finding)
        assert finding.code
        assert finding.message
        assert "Traceback" not in finding.message
        assert finding.line >= 0
    return ",".join(sorted({finding.code for finding in findings}))


def _refused(error: NearMissError) -> str:
    """See that a refusal is a sentence; return its name."""
    assert error.message.strip()
    return type(error).__name__


def _reads(raw: bytes) -> str:
    reading = read(raw)
    assert (reading.data is None) == bool(reading.findings)
    if reading.data is None:
        return _told(reading.findings)
    if len(raw) < LARGEST_HEARD:
        assert same(YAML(typ="safe", pure=True).load(raw), reading.data)
    try:
        assert same(read(compose(reading.data)).data, reading.data)
    except UnwritableDataError as error:
        return _refused(error)
    YamlDocuments().locate_many(raw, [(key,) for key in reading.data])
    return f"read {len(reading.data)}"


def _fits(data: Any, at: Any) -> bool:
    return not any(finding.field[: len(at)] == at for finding in judge_model(Record, data, terms={}))


def _mends(raw: bytes) -> str:
    form = Form(schema="s.json", order=KEY_ORDER, fits=_fits, sealed=_sealed(raw))
    mending = mend(raw, form)
    before, after = read(raw), read(mending.content)
    assert (mending.content != raw) == bool(mending.done)
    assert before.data is None or same(before.data, after.data)
    again = mend(mending.content, form)
    assert (again.content, again.done) == (mending.content, ())
    return f"{_told(mending.done[:50])} left {_told(mending.left[:50])} {after.data is None}"


def _sealed(raw: bytes) -> frozenset[str]:
    """Choose what counts as signed; always the same for the same document."""
    chance = random.Random(sha256(raw).digest())  # noqa: S311 - chance picks examples here, nothing secret
    return frozenset(chance.sample(KEY_ORDER, chance.choice([0, 0, 1, 3])))


def _revises(raw: bytes) -> str:
    data = read(raw).data
    chance = random.Random(sha256(raw).digest())  # noqa: S311 - as above
    edits = [_edit(data or {}, chance) for _ in range(chance.randint(1, 3))]
    try:
        revised = revise(raw, edits)
    except NearMissError as error:
        return _refused(error)
    assert data is not None
    intended: Any = data
    for edit in edits:
        intended = edited(intended, edit)
    assert same(read(revised).data, intended)
    return "revised"


def _edit(data: Any, chance: random.Random) -> Edit:
    """Choose an edit at some place of the data, or beside it."""
    way: list[str | int] = []
    inner = data
    while isinstance(inner, dict | list) and (not way or chance.random() < 0.7):
        steps = [*inner, "new"] if isinstance(inner, dict) else [*range(len(inner) + 1)]
        step = chance.choice(steps)
        way.append(step)
        there = step in inner if isinstance(inner, dict) else step < len(inner)
        inner = inner[step] if there else None
    return Edit(at=tuple(way), value=chance.choice(VALUES), remove=chance.random() < 0.2)


@cache
def _register() -> tuple[Register, WithFiles]:
    """Return our own register as it is committed, and its files."""
    folders = ("records", "workflow/policy", "schemas/vocabulary")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    tree = WithFiles(EmptyTree(), {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in files})
    return read_register(tree, YamlDocuments()), tree


@cache
def _gathered() -> Gathered:
    _, tree = _register()
    return gather(survey(tree.entries("records/"))[0][OURS], tree, YamlDocuments())


def _dossier() -> Dossier:
    dossier = _gathered().dossier
    assert dossier is not None
    return dossier


def _judges_record(raw: bytes) -> str:
    register, _ = _register()
    reading = read(raw)
    if reading.data is None:
        return "unread"
    findings = judge_record_structure(reading.data, terms=register.newest.terms)
    if has_errors(findings):
        return _told(findings)
    dossier = replace(_dossier(), data=reading.data)
    _, found = judge_standing(dossier, register)
    summarise(dossier, register)
    return f"structure {_told(found)}"


def _judges_sign_off(raw: bytes) -> str:
    register, _ = _register()
    dossier = _dossier()
    first = dossier.sign_offs[0]
    signed, findings = read_sign_off(first.path, raw, OURS, YamlDocuments())
    assert (signed is None) == bool(findings)
    if signed is None:
        return _told(findings)
    standing, found = judge_standing(replace(dossier, sign_offs=(signed, *dossier.sign_offs[1:])), register)
    return f"{standing.state} {_told(found)}"


@cache
def _vocabulary() -> dict[str, VocabularyList]:
    lists = [read(path.read_bytes()).data for path in (ROOT / "schemas" / "vocabulary").glob("*.yaml")]
    return {each.vocabulary: each for each in map(VocabularyList.model_validate, lists)}


@cache
def _mapping(name: str) -> Mapping:
    mapping, findings = parse_mapping(read(_mapping_path(name).read_bytes()).data or {})
    assert mapping is not None, findings
    return mapping


def _mapping_path(name: str) -> Path:
    return ROOT / "templates" / "mappings" / f"{name}.yaml"


def _plans(raw: bytes, mapping: Mapping) -> str:
    drawn = iter(range(100_000))
    try:
        table = read_table(raw, name="table.csv", layout=mapping.table)
        plan = plan_import(
            table,
            mapping,
            vocabulary=_vocabulary(),
            known={},
            today=date(2026, 11, 22),
            new_id=lambda reported_on: f"NM-{reported_on[:4]}-{next(drawn):05d}",
        )
    except NearMissError as error:
        return _refused(error)
    for new in plan.new:
        # What is imported must be a record: all that is not certain belongs among the rejected.
        assert judge_record_structure(new.data, terms=_terms()) == []
        compose(new.data)
    assert all(rejected.reasons for rejected in plan.rejected)
    kinds = ("new", "duplicates_in_file", "rejected", "problems", "notes")
    return " ".join(kind for kind in kinds if getattr(plan, kind))


@cache
def _terms() -> dict[str, tuple[str, ...]]:
    return {name: tuple(each.names()) for name, each in _vocabulary().items()}


def _imports_table(raw: bytes) -> str:
    return _plans(raw, _mapping("example"))


def _imports_by_mapping(raw: bytes) -> str:
    data = read(raw).data
    if data is None:
        return "unread"
    mapping, findings = parse_mapping(data)
    if mapping is None:
        return _told(findings)
    return _plans(TABLE, mapping)


TABLE = (
    b"No.,Reported,Date,What happened,Remarks,Safe now?,Department,Stopped by,Measures,Machine,Weather\n"
    b'1,02.03.2026,01.03.2026 14:20,Ladder slipped,"near\nthe door",ja,Dept. 7,Luck,Rubber feet,LDR-3,rain\n'
    b'2,04.03.2026,03.03.2026,Guard left open,-,nein,Hall 3,"alarm, somebody noticed or reacted",,PRS-1,n/a\n'
    b"3,05.03.2026,05.03.2026 00:00,Wrong label,,?,Stapler-Werkstatt,,Stopped,,\n"
)


def _records() -> list[bytes]:
    return [path.read_bytes() for path in sorted((EXAMPLES / "accepted").glob("*.yaml"))]


def _documents() -> list[bytes]:
    refused = sorted((EXAMPLES / "refused" / "yaml").glob("*.yaml"))
    return [*_records(), *(path.read_bytes() for path in refused if path.stat().st_size < LARGEST_HEARD)]


def _sign_offs() -> list[bytes]:
    return [path.read_bytes() for path in sorted((ROOT / "records").rglob("sign-offs/*.yaml"))]


def _mappings() -> list[bytes]:
    return [path.read_bytes() for path in sorted((ROOT / "templates" / "mappings").glob("*.yaml"))]


TARGETS = {
    target.name: target
    for target in (
        Target(name="reader", ending="yaml", seeds=_documents, prove=_reads),
        Target(name="mending", ending="yaml", seeds=_documents, prove=_mends),
        Target(name="reviser", ending="yaml", seeds=_documents, prove=_revises),
        Target(name="record", ending="yaml", seeds=_records, prove=_judges_record),
        Target(name="sign-off", ending="yaml", seeds=_sign_offs, prove=_judges_sign_off),
        Target(name="table", ending="csv", seeds=lambda: [TABLE], prove=_imports_table),
        Target(name="mapping", ending="yaml", seeds=_mappings, prove=_imports_by_mapping),
    )
}
"""Everything that is fuzzed, by its name."""
