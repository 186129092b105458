"""The page of a record: all that `nearmiss show` tells of it, as plain values that can be remembered.

What a command imports that only looks is kept small: a named tuple is made in a twentieth of a data class's time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from nearmiss.policy.plain import get

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.findings import Finding
    from nearmiss.policy.standing import Standing
    from nearmiss.policy.steps import Step
    from nearmiss.policy.version import PolicyVersion

TERMS = {"site": "site", "process_area": "area", "location": "location"}
"""Which list of the vocabulary rules a field of the report."""


class Page(NamedTuple):
    """A record with what is in force of it, its risk band and what may come next.

    `steps` are those in force, each with seq, transition, from, to and the statements of its approvals, with
    `assurance` among their keys; `labels` are
    the words of the vocabulary and of the risk matrix for the terms and numbers that the page shows, by field.
    """

    id: str
    path: str
    data: Mapping[str, Any]
    band: str
    state: str
    steps: tuple[Mapping[str, Any], ...]
    next_steps: tuple[str, ...]
    labels: Mapping[str, str]
    findings: tuple[Finding, ...]
    commit: str = ""
    proposals: tuple[tuple[str, str], ...] = ()
    """The branches that propose something for the record, each with what it is."""

    def at(self, commit: str, proposals: Iterable[tuple[str, str]]) -> Page:
        """Return the page as it is in a commit, with what is proposed now."""
        return self._replace(commit=commit, proposals=tuple(proposals))

    def as_data(self) -> dict[str, Any]:
        """Return the page as values that JSON can keep; commit and proposals are not the record's own."""
        kept = {name: getattr(self, name) for name in ("id", "path", "data", "band", "state", "steps", "labels")}
        return {**kept, "next_steps": self.next_steps, "findings": findings_as_data(self.findings)}

    @classmethod
    def revive(cls, kept: Mapping[str, Any]) -> Page:
        """Make a page again from what JSON kept of it."""
        lists = {"steps": tuple(kept["steps"]), "next_steps": tuple(kept["next_steps"])}
        return cls(**{**kept, **lists, "findings": tuple(revive_findings(kept["findings"]))})


def findings_as_data(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Return findings as values that JSON can keep."""
    found = list(findings)
    if not found:
        return []
    from dataclasses import asdict

    return [{**asdict(finding), "severity": finding.severity.value} for finding in found]


def revive_findings(kept: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """Make findings again from what JSON kept of them."""
    if not kept:
        return
    from nearmiss.policy.findings import Finding, Severity

    for finding in kept:
        yield Finding(**{**finding, "field": tuple(finding["field"]), "severity": Severity(finding["severity"])})


def page_of(dossier: Dossier, standing: Standing, findings: Iterable[Finding], policy: PolicyVersion) -> Page:
    """Return the page of a record whose standing was judged."""
    band = policy.band(dossier.data)
    return Page(
        id=dossier.id,
        path=dossier.path,
        data=dict(dossier.data),
        band=band.band if band else "",
        state=standing.state,
        steps=tuple(_step(entry.step) for entry in standing.stack),
        next_steps=tuple(step.name for step in policy.workflow.leaving(dossier.state)),
        labels=dict(_labels(dossier.data, policy)),
        findings=tuple(findings),
    )


def _step(step: Step) -> dict[str, Any]:
    from nearmiss.policy.proving import origin_of

    return {
        "seq": step.seq,
        "transition": step.transition.name,
        "from": step.from_,
        "to": step.to,
        "signed": [{**file.statement, "assurance": origin_of(file, step.version).assurance} for file in step.approvals],
    }


def _labels(data: Mapping[str, Any], policy: PolicyVersion) -> Iterator[tuple[str, str]]:
    from nearmiss.models.vocabulary import label_of

    labels, language = policy.labels, policy.settings.language
    asked = [(field, get(data, "report", field), name) for field, name in TERMS.items()]
    for field, term, name in [*asked, ("barrier", get(data, "report", "what_stopped_it", "barrier"), "barrier")]:
        if isinstance(term, str) and term in labels.get(name, {}):
            yield field, label_of(labels[name][term], language)
    for field, scale in (("severity_potential", policy.risk.severity), ("likelihood", policy.risk.likelihood)):
        number = get(data, "assessment", field)
        if type(number) is int and 0 < number <= len(scale):
            yield field, label_of(scale[number - 1].label, language)
