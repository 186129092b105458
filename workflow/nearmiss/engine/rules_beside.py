"""Rules beside the policy, by which no step is judged: read, judged by a check, and as shipped where there are none."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

from nearmiss.engine.errors import BrokenPolicyError
from nearmiss.engine.instance import POLICY
from nearmiss.policy.findings import has_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydantic import BaseModel

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.documents import Documents
    from nearmiss.engine.ports import Tree
    from nearmiss.policy.findings import Finding
    from nearmiss.policy.intake_rules import IntakeRules
    from nearmiss.policy.reminders import Reminders
    from nearmiss.policy.standing import Register
    from nearmiss.policy.version import PolicyVersion

    # What rules of a model say of a register beyond their form.
    Judge = Callable[[BaseModel, PolicyVersion], Iterator[Finding]]

Rules = TypeVar("Rules", bound="BaseModel")

REMINDERS_FILE = f"{POLICY}reminders.yaml"
INTAKE_FILE = f"{POLICY}intake.yaml"
FILES = (REMINDERS_FILE, INTAKE_FILE)


def reminders_of(tree: Tree, documents: Documents) -> Reminders:
    """Return the rules of reminding of a tree; raises BrokenPolicyError."""
    from nearmiss.policy.reminders import Reminders

    return read_rules(tree, documents, REMINDERS_FILE, Reminders)


def intake_rules_of(tree: Tree, documents: Documents) -> IntakeRules:
    """Return the rules of the intake of a tree; raises BrokenPolicyError."""
    from nearmiss.policy.intake_rules import IntakeRules

    return read_rules(tree, documents, INTAKE_FILE, IntakeRules)


def read_rules(tree: Tree, documents: Documents, path: str, model: type[Rules]) -> Rules:
    """Return the rules of a file, or those that come with the program where there is no such file.

    Raises BrokenPolicyError where they cannot be read.
    """
    raw = tree.read(path)
    if raw is None:
        return model.model_validate({"schema": 1})
    rules, findings = _read(raw, documents, path, model)
    if rules is None:
        first = findings[0]
        where = f" in line {first.line}" if first.line else ""
        raise BrokenPolicyError(path, f"is not sound{where}: {first.message}")
    return rules


def check_rules(desk: Desk, tree: Tree, register: Register) -> list[Finding]:
    """Return what is wrong with the rules beside the policy; that they were sound is remembered by their content."""
    return [finding for path in FILES for finding in _check(desk, tree, register, path)]


def judge_rules(tree: Tree, documents: Documents, policy: PolicyVersion) -> list[Finding]:
    """Return what is wrong with the rules beside a policy."""
    return [
        finding
        for path in FILES
        if (raw := tree.read(path)) is not None
        for finding in _judge(raw, documents, policy, path)
    ]


def _check(desk: Desk, tree: Tree, register: Register, path: str) -> list[Finding]:
    raw = tree.read(path)
    if raw is None:
        return []
    key = f"beside:{path}:{hashlib.sha256(raw).hexdigest()}:{register.newest.digest[7:23]}"
    if desk.memory is not None and desk.memory.get_many([key]):
        return []
    findings = _judge(raw, desk.documents, register.newest, path)
    if desk.memory is not None and not findings:
        desk.memory.put_many({key: True})
    return findings


def _judge(raw: bytes, documents: Documents, policy: PolicyVersion, path: str) -> list[Finding]:
    model, judge = _known(path)
    rules, findings = _read(raw, documents, path, model)
    if rules is None:
        return findings
    return _placed([*judge(rules, policy)], raw, documents, path)


def _known(path: str) -> tuple[type[BaseModel], Judge]:
    # Here, so that a check of what is known to be sound need not load any model.
    from nearmiss.policy.intake_rules import IntakeRules, judge_intake_rules
    from nearmiss.policy.reminders import Reminders, judge_reminders

    table: dict[str, tuple[type[BaseModel], Judge]] = {
        REMINDERS_FILE: (Reminders, judge_reminders),  # type: ignore[dict-item]  # each judge is for the model beside it
        INTAKE_FILE: (IntakeRules, judge_intake_rules),  # type: ignore[dict-item]  # as above: its own model
    }
    return table[path]


def _read(raw: bytes, documents: Documents, path: str, model: type[Rules]) -> tuple[Rules | None, list[Finding]]:
    """Return the rules, or None and what is wrong with them."""
    from nearmiss.policy.structure import judge_model

    reading = documents.read(raw)
    findings = list(reading.findings)
    if reading.data is not None and not has_errors(findings):
        findings += judge_model(model, reading.data)
    placed = _placed(findings, raw, documents, path)
    if reading.data is None or has_errors(findings):
        return None, placed
    return model.model_validate(reading.data), placed


def _placed(findings: list[Finding], raw: bytes, documents: Documents, path: str) -> list[Finding]:
    places = documents.locate_many(raw, [finding.field for finding in findings if finding.field and not finding.line])
    placed = []
    for finding in findings:
        line, column = places.get(finding.field, (finding.line, finding.column))
        placed.append(finding.at(path=path, line=line, column=column))
    return placed
