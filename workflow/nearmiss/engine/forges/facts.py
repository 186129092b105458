"""What the files of a forge say about a register: its steps as checklists, who answers for which paths, its terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.engine.schemas.files import describe_fields
from nearmiss.models.assessment import LEVELS
from nearmiss.models.sections import SECTIONS
from nearmiss.models.vocabulary import label_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nearmiss.policy.version import PolicyVersion
    from nearmiss.policy.workflow import Signers, Transition

OWNED = (
    ("policy", ("workflow/", "schemas/", "templates/", "site/theme/", "ci/")),
    ("records", ("records/",)),
    ("site", ("site/docs/",)),
)
"""Parts of a register, and the folders that each of them is."""

FORM_LISTS = ("site", "area", "barrier")
"""The lists of terms from which a form for reporting offers."""


def forge_facts(version: PolicyVersion, *, tool: str) -> dict[str, Any]:
    """Return what templates of a forge's files may say of a register; `tool` is the version of this program."""
    settings, said = version.settings, _meanings(version)
    return {
        "branch": settings.main_branch,
        "organisation": settings.organisation,
        "prefix": settings.id_prefix,
        "remote": settings.forge.remote,
        "register": settings.register_,
        "reports": settings.reports,
        "not_safe_call": settings.not_safe_call,
        "tool": tool,
        "steps": [checklist(version, transition, said) for transition in version.workflow.transitions],
        "policy_change": _policy_change(version),
        "owners": [_owned(version, part, folders) for part, folders in OWNED],
        "terms": {name: list(_terms(version, name)) for name in FORM_LISTS},
    }


def checklist(version: PolicyVersion, transition: Transition, said: Mapping[str, str]) -> dict[str, Any]:
    """Return what has to be looked at in a request for a transition, as the policy has it; `said` is what fields mean.

    `needs` are by the level from which on they hold, each field with what it means; `guards` are named as the policy
    names them, which is a sentence with hyphens.
    """
    workflow, language = version.workflow, version.settings.language
    states = {state.state: label_of(state.label, language) for state in workflow.states}
    needs = [(level, getattr(transition.needs, level)) for level in LEVELS]
    return {
        "name": transition.name,
        "label": label_of(transition.label, language),
        "meaning": " ".join(transition.meaning.split()),
        "starts": [states[state] for state in transition.from_],
        "ends": [states[state] for state in transition.to],
        "needs": [{"level": level, "fields": _explained(said, fields)} for level, fields in needs if fields],
        "guards": list(transition.guards),
        "seals": list(transition.seals),
        "reason": transition.reason == "required",
        "signers": _signers(version, transition.signers),
    }


def _policy_change(version: PolicyVersion) -> dict[str, Any]:
    change = version.workflow.policy_change
    return {"meaning": " ".join(change.meaning.split()), "signers": _signers(version, change.signers)}


def _signers(version: PolicyVersion, signers: Signers) -> dict[str, Any]:
    labels = _role_labels(version)
    bands = {band.band: label_of(band.label, version.settings.language) for band in version.risk.bands}
    return {
        "roles": [labels[role] for role in signers.roles],
        "count": signers.count.default,
        "bands": [(bands.get(band, band), number) for band, number in signers.count.bands.items()],
        "more": [
            {"when": more.when, "count": more.count, "role": labels[more.role] if more.role else ""}
            for more in signers.more
        ],
        "never": list(signers.never),
        "never_if": [{"when": never.when, "paths": list(never.paths)} for never in signers.never_if],
        "never_closers": signers.never_closers,
        "contributors": signers.contributors == "allowed",
        "assurance": signers.assurance,
    }


def _role_labels(version: PolicyVersion) -> Mapping[str, str]:
    return {role.role: label_of(role.label, version.settings.language) for role in version.workflow.roles}


def _meanings(version: PolicyVersion) -> dict[str, str]:
    """Return what each field that a transition needs means; to describe a section takes a while, so it is done once."""
    needs = [getattr(transition.needs, level) for transition in version.workflow.transitions for level in LEVELS]
    said: dict[str, str] = {}
    for section in sorted({field.partition(".")[0] for fields in needs for field in fields} & set(SECTIONS)):
        described = describe_fields(section, vocabulary=version.vocabulary, language=version.settings.language)
        said |= {one.path.removesuffix("[]"): one.description for one in described}
    return said


def _explained(said: Mapping[str, str], fields: Iterable[str]) -> list[dict[str, str]]:
    """Return fields with what each of them means, which is empty where nothing says it."""
    return [{"path": field, "means": said.get(field.removesuffix("[]"), "")} for field in fields]


def _owned(version: PolicyVersion, part: str, folders: Iterable[str]) -> dict[str, Any]:
    """Return who answers for a part of the register: whoever holds a role that may sign a change of it."""
    workflow = version.workflow
    signing: dict[str, Iterable[str]] = {
        "policy": workflow.policy_change.signers.roles,
        "records": dict.fromkeys(role for transition in workflow.transitions for role in transition.signers.roles),
        "site": workflow.transitions[0].signers.roles,
    }
    roles, labels = list(signing[part]), _role_labels(version)
    active = [person for person in version.people.people if person.is_active and person.kind == "person"]
    return {
        "part": part,
        "folders": list(folders),
        "roles": [labels[role] for role in roles],
        "people": [
            {"handle": person.handle, "name": person.name}
            for person in active
            if any(grant.role in roles for grant in version.people.grants_of(person))
        ],
    }


def _terms(version: PolicyVersion, name: str) -> Iterable[dict[str, str]]:
    listed = version.vocabulary.get(name)
    for term in listed.terms if listed else ():
        if not term.retired:
            yield {"term": term.term, "label": label_of(term.label, version.settings.language)}
