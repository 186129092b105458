"""A policy change judged like any step: sound files, nothing taken away, and signed off under the version before."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from nearmiss.models.digests import digest
from nearmiss.models.ids import POLICY_SUBJECT
from nearmiss.models.instance import Waivers
from nearmiss.models.people import People
from nearmiss.models.risk import Risk
from nearmiss.models.sign_off import PERSONAL_KEYS, file_name
from nearmiss.models.vocabulary import VocabularyList
from nearmiss.policy.findings import Finding, Severity
from nearmiss.policy.guards.context import StepContext
from nearmiss.policy.guards.table import CIRCUMSTANCES, GUARDS
from nearmiss.policy.proposed import Proposed, objection_in
from nearmiss.policy.roles import able_to_sign
from nearmiss.policy.separation import judge_signers
from nearmiss.policy.settings import Settings
from nearmiss.policy.signatures.keys import read_key_line
from nearmiss.policy.signatures.wire import MalformedError
from nearmiss.policy.signing import (
    Proof,
    can_prove,
    in_turn,
    judge_approval,
    judge_objection,
    keyless,
    may_sign,
    reaches,
    signers_missing,
)
from nearmiss.policy.statement_keys import key_of
from nearmiss.policy.step import Judgement
from nearmiss.policy.steps import Step
from nearmiss.policy.structure import judge_model
from nearmiss.policy.version import version_file
from nearmiss.policy.workflow import Transition, Workflow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic import BaseModel

    from nearmiss.models.people import Person
    from nearmiss.policy.dossier import SignedFile
    from nearmiss.policy.signatures.keys import PublicKey
    from nearmiss.policy.standing import Register
    from nearmiss.policy.version import PolicyVersion

CHANGE = "change-policy"
_MODELS: Mapping[str, type[BaseModel]] = {"workflow": Workflow, "risk": Risk, "settings": Settings}


def judge_policy_files(version: PolicyVersion, old: PolicyVersion | None) -> list[Finding]:
    """Judge the content of a policy version: each file by its model, then what they say of each other.

    Against the version before, terms and states are never removed, only retired, since old records use them.
    """
    rules = version.data["rules"]
    findings = [
        finding.at(path=f"workflow/policy/{part}.yaml")
        for part, model in _MODELS.items()
        for finding in judge_model(model, rules[part])
    ]
    for name, content in rules["vocabulary"].items():
        path = f"schemas/vocabulary/{name}.yaml"
        findings += [finding.at(path=path) for finding in judge_model(VocabularyList, content)]
    waivers = judge_model(Waivers, version.data["waivers"])
    findings += [finding.at(path="workflow/policy/waivers.yaml") for finding in waivers]
    people = judge_model(People, version.data["people"])
    findings += [finding.at(path="workflow/policy/people.yaml") for finding in people]
    if findings:
        return findings
    findings = [*_judge_workflow(version.workflow), *_judge_risk(version.risk), *_judge_people(version)]
    return findings + (_judge_removed(version, old) if old else [])


def _of(code: str, part: str, message: str, hint: str) -> Finding:
    return Finding(code=code, path=f"workflow/policy/{part}.yaml", message=message, hint=hint)


def _judge_workflow(workflow: Workflow) -> Iterator[Finding]:
    states, roles = {state.state for state in workflow.states}, {role.role for role in workflow.roles}
    for transition in workflow.transitions:
        where = f"transition {transition.name}"
        unknown = {*transition.from_, *transition.to} - states
        unknown |= {*transition.signers.roles, *(more.role for more in transition.signers.more if more.role)} - roles
        unknown |= set(transition.guards) - set(GUARDS)
        circumstances = {more.when for more in transition.signers.more}
        circumstances |= {rule.when for rule in transition.signers.never_if}
        unknown |= circumstances - set(CIRCUMSTANCES)
        for name in sorted(unknown):
            hint = "states and roles are those listed in the file; guards those of the documentation"
            yield _of("policy-name-unknown", "workflow", f"{where} names {name}, which is not known", hint)
        if transition.kind != "keep" and not transition.to:
            yield _of("policy-no-target", "workflow", f"{where} leads nowhere", "say in `to` where it leads")
    for what, names in (
        ("transition", [transition.name for transition in workflow.transitions]),
        ("state", [state.state for state in workflow.states]),
    ):
        for name, times in Counter(names).items():
            if times > 1:
                yield _of("policy-name-twice", "workflow", f"{what} {name} is there twice", "give it another name")


def _judge_risk(risk: Risk) -> Iterator[Finding]:
    codes = {band.code for band in risk.bands}
    if set(risk.matrix) != {"1", "2", "3", "4", "5"} or any(
        code not in codes for row in risk.matrix.values() for code in row
    ):
        hint = 'rows "1" to "5", each with five codes of the bands listed above it'
        yield _of("policy-matrix", "risk", "the matrix is not five by five of known bands", hint)


def _judge_people(version: PolicyVersion) -> Iterator[Finding]:
    people, roles = version.people.people, {role.role for role in version.workflow.roles}
    handles = [person.handle for person in people]
    emails = [email.casefold() for person in people for email in person.emails]
    accounts = [f"{one.id} at {one.forge}" for person in people for one in person.accounts or ()]
    for what, names in (("handle", handles), ("address", emails), ("account", accounts)):
        for name, times in Counter(names).items():
            if times > 1:
                hint = "a handle, an address and an account each belong to one person"
                yield _of("person-twice", "people", f"the {what} {name} is there twice", hint)
    for person in people:
        for grant in person.roles:
            if grant.role not in roles:
                hint = f"roles that workflow.yaml knows: {', '.join(sorted(roles))}"
                yield _of("policy-name-unknown", "people", f"{person.handle} has the unknown role {grant.role}", hint)
        for handle in person.deputies or ():
            if handle not in handles:
                message = f"{handle}, deputy of {person.handle}, is not on the list"
                yield _of("policy-name-unknown", "people", message, "add them, or mend the handle")
    yield from _judge_keys(version)


def _judge_keys(version: PolicyVersion) -> Iterator[Finding]:
    """Each key can be read, and is listed once: a key of two persons would prove neither."""
    owners: dict[PublicKey, str] = {}
    for person in version.people.people:
        for key in person.keys or ():
            try:
                read = read_key_line(key.key)
            except MalformedError as error:
                hint = "list the line of its .pub file: nearmiss keys add FILE"
                yield _of("key-unreadable", "people", f"a key of {person.handle} cannot be used: {error}", hint)
                continue
            if read in owners:
                whose = f"for {person.handle} and {owners[read]}" if owners[read] != person.handle else "twice"
                hint = "a key is one person's; each makes their own"
                yield _of("key-twice", "people", f"the key {read.fingerprint} is listed {whose}", hint)
            owners.setdefault(read, person.handle)


def _judge_removed(version: PolicyVersion, old: PolicyVersion) -> list[Finding]:
    findings = []
    for name, content in old.vocabulary.items():
        gone = content.names() - version.terms.get(name, frozenset())
        for term in sorted(gone):
            message, hint = f"the term {term} of {name} is gone", "mark it `retired: true`; records use it"
            path = f"schemas/vocabulary/{name}.yaml"
            findings.append(Finding(code="term-removed", path=path, message=message, hint=hint))
    states = {state.state for state in version.workflow.states}
    for state in old.workflow.states:
        if state.state not in states:
            hint = "put it back; records are in it"
            findings.append(_of("state-removed", "workflow", f"the state {state.state} is gone", hint))
    handles = {person.handle for person in version.people.people}
    for person in old.people.people:
        if person.handle not in handles:
            hint = "keep them with `active: false`; records and sign-offs name them"
            findings.append(_of("person-removed", "people", f"{person.handle} is gone from the list", hint))
    return findings


def change_transition(policy: PolicyVersion) -> Transition:
    """Return the policy's own rule for changing it, in the form of a transition.

    As long as too few of those who sign it have a key, a claim is enough: or nobody could ever list the first keys.
    """
    change, signers = policy.workflow.policy_change, policy.workflow.policy_change.signers
    if len(_able_to_prove(policy)) < signers.count.default:
        signers = signers.model_copy(update={"assurance": "asserted"})
    return Transition.model_validate(
        {
            "name": CHANGE,
            "kind": "keep",
            "from": ("in-force",),
            "label": {"en": "Change the policy"},
            "signers": signers,
            "waivable": change.waivable,
            "meaning": change.meaning,
        }
    )


def _able_to_prove(policy: PolicyVersion) -> list[Person]:
    signers = policy.workflow.policy_change.signers
    able = able_to_sign(policy.people, {}, roles=signers.roles)
    return [person for person in able if can_prove(person, policy, signers.assurance)]


def policy_content(version: PolicyVersion, paths: str = "") -> dict[str, Any]:
    """Return what a sign-off of a version is bound to: the version, and the digest of all paths that come with it."""
    return {"schema": 1, "sections": {}, **({"paths": paths} if paths else {}), "version": version.digest}


def previous_of(sign_offs: Sequence[SignedFile], *, instance: str, seq: int) -> str:
    """Return what binds the sign-offs of version `seq` to those of the one before; version 1 has none."""
    if seq <= 2:  # noqa: PLR2004 - version 1 is the genesis, which nobody signs
        return digest({"instance": instance, "subject": POLICY_SUBJECT})
    before = [file for file in sign_offs if file.statement["seq"] == seq - 1 and file.statement["verdict"] == "approve"]
    return digest(sorted(file.statement_digest for file in before))


def judge_policy_step(
    version: PolicyVersion,
    sign_offs: Sequence[SignedFile],
    *,
    register: Register,
    authors: Mapping[str, str],
    paths: str = "",
) -> Judgement:
    """Judge a new version by its sign-offs, under the version before it.

    `register.newest` is that version before; `authors` maps the addresses of all who wrote the change to their
    handles, empty where the address is nobody's. `paths` is the digest of all that comes with the version; from the
    files alone nobody can tell it, and what the sign-offs say of it stands.
    """
    old = register.newest
    given = [file for file in sign_offs if file.statement["seq"] == version.number]
    objections = [file for file in given if file.statement["verdict"] == "object"]
    approvals = [file for file in given if file.statement["verdict"] == "approve"]
    derived = frozenset(handle for handle in authors.values() if handle)
    step = _step(version, old, approvals, objections)
    findings = [*_judge_strangers(authors)]
    for file in approvals:
        findings += _judge_name(file)
        findings += _judge_statement(file, version, sign_offs, register, approvals[0], paths)
        findings += judge_approval(step, file, {}, register.proofs.get(file.path, Proof()), intact=True)
        unsaid = derived - set(file.statement["contributors"])
        if unsaid:
            message = f"sign-off {file.name} does not state the contributors {', '.join(sorted(unsaid))}"
            field = key_of("contributor-missing")
            findings.append(
                Finding(code="contributor-missing", path=file.path, message=message, hint="approve again", field=field)
            )

    for file in objections:
        named = register.versions.get(file.statement["policy"]["version"])
        findings += [*_judge_name(file), *judge_objection(file, named, register.proofs.get(file.path, Proof()))]
    context = StepContext(before=None, after={}, transition=step.transition, policy=old)
    findings += judge_signers(step, context, derived)
    missing = signers_missing(step, {})
    least = step.transition.signers.assurance
    signed = {str(file.statement["by"]) for file in approvals if reaches(file, old, least)}
    able = (person.handle for person in may_sign(step.transition, context, derived))
    candidates = tuple(handle for handle in able if handle not in signed)
    without = keyless(candidates, old, least)
    turn = in_turn(candidates, without)
    if missing:
        findings.append(
            Finding(
                code="sign-off-missing",
                severity=Severity.WAITING,
                path=version_file(version.number),
                message=f"policy version {version.number} waits for {' and '.join(missing)}",
                hint=f"who may: {turn or 'nobody but its authors, who may waive the separation'}",
            )
        )
    findings += _standing_objections(objections, approvals, version)
    proposed = Proposed(
        seq=step.seq,
        transition=step.transition,
        from_=step.from_,
        to=step.to,
        parts={"version": version.digest},
        contributors=derived,
        signed=tuple(str(file.statement["by"]) for file in step.approvals),
        objections=tuple(objection_in(file) for file in step.objections),
        missing=missing,
        able=lambda: (candidates, without),
        assurance=least,
        bound=policy_content(version, paths),
    )
    return Judgement(findings=tuple(dict.fromkeys(findings)), proposed=(proposed,))


def _step(
    version: PolicyVersion, old: PolicyVersion, approvals: list[SignedFile], objections: list[SignedFile]
) -> Step:
    return Step(
        seq=version.number,
        transition=change_transition(old),
        from_=f"version-{old.number}",
        to=f"version-{version.number}",
        version=old,
        approvals=tuple(approvals),
        objections=tuple(objections),
        sections={},
    )


def _judge_strangers(authors: Mapping[str, str]) -> Iterator[Finding]:
    for email, handle in sorted(authors.items()):
        if not handle:
            message = f"the policy was changed by {email}, who is nobody in people.yaml"
            yield Finding(code="author-unknown", message=message, hint="somebody on the list must make the change")


def _judge_name(file: SignedFile) -> Iterator[Finding]:
    if file.name != file_name(file.statement):
        message = f"sign-off {file.name}: its name does not fit its statement"
        yield Finding(code="sign-off-name", path=file.path, message=message, hint="approve again")


def _judge_statement(
    file: SignedFile,
    version: PolicyVersion,
    sign_offs: Sequence[SignedFile],
    register: Register,
    first: SignedFile,
    paths: str,
) -> Iterator[Finding]:
    said, old = file.statement, register.newest
    expected = {
        "instance": register.instance,
        "subject": POLICY_SUBJECT,
        "transition": CHANGE,
        "from": f"version-{old.number}",
        "to": f"version-{version.number}",
        "content": policy_content(version, paths or said["content"].get("paths", "")),
        "policy": {"version": old.number, "rules": old.rules_digest},
        "previous": previous_of(sign_offs, instance=register.instance, seq=version.number),
    }
    for key, value in expected.items():
        if said[key] != value:
            message = f"sign-off {file.name}: its {key} is not that of this change"
            place = key_of("sign-off-stale", key=key)
            yield Finding(code="sign-off-stale", path=file.path, message=message, hint="approve again", field=place)
    shared = [{key: value for key, value in one.statement.items() if key not in PERSONAL_KEYS} for one in (file, first)]
    if shared[0] != shared[1]:
        message = f"sign-off {file.name}: it approves something else than {first.name} does"
        yield Finding(code="sign-off-set-differs", path=file.path, message=message, hint="approve again")


def _standing_objections(
    objections: Sequence[SignedFile], approvals: Sequence[SignedFile], version: PolicyVersion
) -> Iterator[Finding]:
    approved = {file.statement["by"] for file in approvals}
    for file in objections:
        said = file.statement
        if said["by"] not in approved and said["content"].get("version") == version.digest:
            message = f"{said['by']} objects: {said.get('because', 'no reason given')}"
            hint = "mend what is objected to, or ask for an approval in its place"
            yield Finding(
                code="objection-stands", severity=Severity.WAITING, path=file.path, message=message, hint=hint
            )
