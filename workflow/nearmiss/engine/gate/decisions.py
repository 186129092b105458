"""What the gate decides about each subject of a request, with what a reader needs to see why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.engine.errors import UnknownRecordError, UnreadableRecordError
from nearmiss.engine.gate.judging import judge_request
from nearmiss.engine.instance import read_register, read_version
from nearmiss.engine.records.dossiers import open_dossier, prefixes_of
from nearmiss.errors import NearMissError
from nearmiss.models.ids import POLICY_SUBJECT, id_of_path
from nearmiss.policy.guards.corrections import changed_values
from nearmiss.policy.step import Judgement
from nearmiss.policy.version import PolicyVersion, version_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.gate.judging import GateResult
    from nearmiss.policy.findings import Field, Finding
    from nearmiss.policy.proposed import Proposed

Change = tuple["Field", Any, Any]
"""A value that differs: the way to it, what it is before and after; None where there is none."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What the gate says about one record of a request, or about the policy: `subject` is the id, or `policy`.

    `is_new` tells that the main branch does not have it yet. `sealed` is all that the steps would seal, value by value.
    """

    subject: str
    title: str
    is_new: bool
    steps: tuple[Proposed, ...]
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    sealed: tuple[tuple[Field, Any], ...] = ()

    @property
    def verdict(self) -> str:
        """`pass`, `waiting` or `refuse`, of this subject alone."""
        return Judgement(findings=self.findings).verdict


@dataclass(frozen=True, kw_only=True)
class Gated:
    """A request judged: the verdict with its findings, and each subject's part in it, under the policy of the base."""

    result: GateResult
    policy: PolicyVersion
    decisions: tuple[Decision, ...]

    @property
    def others(self) -> tuple[Finding, ...]:
        """Findings about the request as a whole, or about files that belong to no subject."""
        told = {finding for decision in self.decisions for finding in decision.findings}
        return tuple(finding for finding in self.result.findings if finding not in told)


def judge_revisions(desk: Desk, *, base: str, head: str, intended: Mapping[str, str] | None = None) -> Gated:
    """Judge what merging one revision into another would do, in any repository, bare ones too.

    Raises UnknownRevisionError, and BrokenPolicyError where the base has no policy to judge by.
    """
    old, new = desk.repository.resolve(base), desk.repository.resolve(head)
    result = judge_request(desk, base=old, head=new, intended=intended)
    policy = read_register(desk.repository.tree(old), desk.documents).newest
    touched = {*result.judgements, *filter(None, map(id_of_path, result.entries))}
    decisions = tuple(decide(desk, result, policy, subject) for subject in sorted(touched))
    return Gated(result=result, policy=policy, decisions=decisions)


def decide(desk: Desk, result: GateResult, policy: PolicyVersion, subject: str) -> Decision:
    """Return what a result says about one subject, and what would change in it."""
    judgement = result.judgements.get(subject, Judgement(findings=()))
    sealed: tuple[tuple[Field, Any], ...] = ()
    if subject == POLICY_SUBJECT:
        title, changes = policy_changes(desk, result.head, policy)
        before: Mapping[str, Any] = {"": policy}
    else:
        before, after = _said(desk, result.base, subject), _said(desk, result.head, subject)
        title, changes = str(after.get("title", "")), tuple(changed_values(dict(before), dict(after)))
        parts = dict.fromkeys(part for step in judgement.proposed for part, bound in step.parts.items() if bound)
        sealed = tuple(values_of({part: after[part] for part in parts if part in after}))
    own = [finding for finding in result.findings if finding.record == subject]
    return Decision(
        subject=subject,
        title=title,
        is_new=not before,
        steps=judgement.proposed,
        changes=changes,
        findings=tuple(dict.fromkeys((*judgement.findings, *own))),
        sealed=sealed,
    )


def values_of(data: Any, way: Field = ()) -> Iterator[tuple[Field, Any]]:
    """Yield every value of a record with the way to it; a list of plain values is one."""
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from values_of(value, (*way, key))
    elif isinstance(data, list) and any(isinstance(one, dict | list) for one in data):
        for place, value in enumerate(data):
            yield from values_of(value, (*way, place))
    else:
        yield way, data


def _said(desk: Desk, commit: str, record_id: str) -> Mapping[str, Any]:
    """Return what a record says in a commit; an empty mapping where there is none, or none that can be read."""
    tree = desk.repository.tree(commit)
    try:
        # Whoever asks for a record that is not there is told of ids like it; here nobody asks.
        return open_dossier(tree, record_id, desk.documents)[0].data if prefixes_of(tree, record_id) else {}
    except (UnknownRecordError, UnreadableRecordError):
        return {}


POLICY_PARTS = ("rules", "people", "waivers")

_NAMES = ("handle", "name", "term", "state", "role", "band", "glob", "key")


def policy_changes(desk: Desk, head: str, old: PolicyVersion) -> tuple[str, tuple[Change, ...]]:
    """Return what a new version is called and every value by which it differs from the one in force."""
    path = version_file(old.number + 1)
    raw = desk.repository.tree(head).read(path)
    if raw is None:
        return "", ()
    try:
        new = read_version(path, raw)
    except NearMissError:
        return f"version {old.number + 1}", ()
    before, after = ({part: _by_name(one.data[part]) for part in POLICY_PARTS} for one in (old, new))
    return f"version {new.number}", tuple(changed_values(before, after))


def _by_name(value: Any) -> Any:
    """Return policy data with lists of named things as mappings, so that one more of them is one change."""
    if isinstance(value, dict):
        return {key: _by_name(entry) for key, entry in value.items()}
    if isinstance(value, list):
        for name in _NAMES:
            if value and all(isinstance(entry, dict) and name in entry for entry in value):
                return {str(entry[name]): _by_name(entry) for entry in value}
        return [_by_name(entry) for entry in value]
    return value
