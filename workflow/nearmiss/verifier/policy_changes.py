"""Whether the policy may become what it is: alone, as the next version, signed under the version before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nearmiss.verifier.faults import Fault
from nearmiss.verifier.objects import Entry, Objects
from nearmiss.verifier.plain import NotPlainError, canonical, digest, digest_of_bytes
from nearmiss.verifier.policy import FOLDER, VERSION_FILE, Policy, read_version, removed
from nearmiss.verifier.records import SIGN_OFF_SCHEMA, Reader
from nearmiss.verifier.sign_offs import SignOff, beginning, bound, by_step, replay
from nearmiss.verifier.steps import Derived, Step, judge_signers, objector

SIGN_OFFS, VERSIONS = f"{FOLDER}/sign-offs", f"{FOLDER}/versions"
INSTANCE = f"{FOLDER}/instance.yaml"
VOCABULARY = "schemas/vocabulary"
Changed = Mapping[str, tuple[Entry | None, Entry | None]]


class PolicyReader:
    """Reads the policy of trees."""

    def __init__(self, objects: Objects, reader: Reader) -> None:
        self.objects = objects
        self.reader = reader
        self._known: dict[str, tuple[dict[int, Policy], list[Fault]]] = {}

    def versions(self, tree: str) -> tuple[dict[int, Policy], list[Fault]]:
        """Return every accepted version that a tree holds, and what is wrong with their files."""
        folder = self.objects.find_entry(tree, VERSIONS)
        if folder is None:
            return {}, [Fault(code="policy-broken", path=VERSIONS, says="there is no version of the policy")]
        if folder.oid not in self._known:
            policies, faults = {}, []
            for path, entry in sorted(self.objects.files(tree, VERSIONS).items()):
                if not VERSION_FILE.fullmatch(path):
                    faults.append(Fault(code="path-unknown", path=path, says="nothing but versions lies here"))
                    continue
                policy, wrong = read_version(path, self.objects.blob(entry.oid))
                faults += wrong
                if policy:
                    policies[policy.version] = policy
            if sorted(policies) != list(range(1, len(policies) + 1)):
                faults.append(
                    Fault(code="policy-history-changed", path=VERSIONS, says="the versions do not count up from 1")
                )
            self._known[folder.oid] = (policies, faults)
        return self._known[folder.oid]

    def instance(self, tree: str) -> str:
        """Return the identity of the register."""
        return str(self.reader.data_at(tree, INSTANCE).get("instance", ""))

    def differing(self, tree: str, policy: Policy) -> Iterator[Fault]:
        """Yield each policy file that does not say what a version says."""
        parts: dict[str, Any] = {
            f"{FOLDER}/{name}.yaml": policy.rules[name] for name in ("workflow", "risk", "settings")
        }
        parts |= {f"{FOLDER}/people.yaml": policy.whole["people"], f"{FOLDER}/waivers.yaml": policy.whole["waivers"]}
        parts |= {f"{VOCABULARY}/{name}.yaml": terms for name, terms in policy.rules["vocabulary"].items()}
        there = {path for path in self.objects.files(tree, VOCABULARY) if path.endswith(".yaml")}
        for path in sorted({*parts, *there}):
            entry = self.objects.find_entry(tree, path)
            try:
                said = self.reader.plain(entry) if entry else None
            except NotPlainError as error:
                yield Fault(code="policy-broken", path=path, says=error.says)
                continue
            if said is None or path not in parts or canonical(said) != canonical(parts[path]):
                yield Fault(
                    code="policy-version-differs", path=path, says=f"it does not say what version {policy.version} says"
                )


@dataclass(frozen=True, kw_only=True)
class PolicyChange:
    """Two trees between which policy paths differ."""

    before: str
    after: str
    changed: Changed
    derived: Derived


def judge_policy_change(change: PolicyChange, reading: PolicyReader) -> tuple[list[Fault], list[SignOff]]:
    """Return everything that is wrong with a change of policy paths, and the approvals that put it in force."""
    policies, _ = reading.versions(change.before)
    later, faults = reading.versions(change.after)
    faults = [*faults, *_kept(change)]
    base = policies[max(policies)]
    fresh = [path for path, (was, _) in change.changed.items() if VERSION_FILE.fullmatch(path) and was is None]
    wanted = f"{VERSIONS}/{base.version + 1:04d}.json"
    if fresh != [wanted]:
        if fresh:
            says = f"the next version of the policy is {base.version + 1}, and one at a time"
            faults.append(Fault(code="policy-versions-many", path=fresh[0], says=says))
        else:
            touched = next(iter(sorted(change.changed)))
            says = "this belongs to the policy and changed without a new version that is signed off"
            faults.append(Fault(code="policy-unversioned", path=touched, says=says))
        return faults, []
    new = later.get(base.version + 1)
    if new is None:
        return faults, []
    faults += list(removed(base, new, wanted)) + list(reading.differing(change.after, new))
    signed, wrong = _signed(change, reading, base, new)
    return faults + wrong, signed


def _kept(change: PolicyChange) -> Iterator[Fault]:
    """Versions, their sign-offs and the instance of before are still there, byte for byte."""
    for path, (was, now) in sorted(change.changed.items()):
        if was and path.startswith((f"{VERSIONS}/", f"{SIGN_OFFS}/", INSTANCE)):
            how = "removed" if now is None else "changed"
            yield Fault(code="policy-history-changed", path=path, says=f"it was {how}, and must stay as it is for ever")
        if now and now.mode != "100644" and path.startswith(f"{FOLDER}/"):
            yield Fault(code="mode-odd", path=path, says=f"the mode is {now.mode}: only plain files may lie here")


def paths_digest(changed: Changed, objects: Objects) -> str:
    """Return the digest of all that changes beside versions and sign-offs: each path with that of its content."""
    told = {
        path: digest_of_bytes(objects.blob(now.oid)) if now else None
        for path, (_, now) in changed.items()
        if not path.startswith((f"{VERSIONS}/", f"{SIGN_OFFS}/"))
    }
    return digest(told)


def _rules_of_change(base: Policy) -> Mapping[str, Any]:
    """Return who signs a change; while too few of them have keys a claim is enough, or none could ever be listed."""
    rules = base.workflow["policy_change"]
    signers = rules["signers"]
    least = signers.get("assurance", "asserted")
    proven = [handle for handle in base.able(signers["roles"]) if base.can_prove(handle, least)]
    if len(proven) < signers.get("count", {}).get("default", 1):
        return {**rules, "signers": {**signers, "assurance": "asserted"}}
    return dict(rules)


def _signed(
    change: PolicyChange, reading: PolicyReader, base: Policy, new: Policy
) -> tuple[list[SignOff], list[Fault]]:
    """Return the approvals of a new version, and what is wrong with them."""
    schema, (policies, _) = reading.reader.schema(change.before, SIGN_OFF_SCHEMA), reading.versions(change.before)
    old, _ = reading.reader.sign_offs(reading.objects.files(change.before, SIGN_OFFS), schema)
    now, faults = reading.reader.sign_offs(reading.objects.files(change.after, SIGN_OFFS), schema)
    known = {sign_off.path for sign_off in old}
    fresh = [sign_off for sign_off in now if sign_off.path not in known]
    path, step = f"{VERSIONS}/{new.version:04d}.json", f"{new.version} (change-policy)"
    for late in (sign_off for sign_off in fresh if sign_off.seq != new.version):
        faults.append(
            Fault(
                code="sign-off-late",
                path=late.path,
                record="policy",
                field="statement.seq",
                says="it is not for this version",
            )
        )
    approvals = by_step(fresh).get(new.version, [])
    if not approvals:
        return [], [
            *faults,
            Fault(code="sign-off-missing", path=path, record="policy", step=step, says="nobody signed this version"),
        ]
    instance = reading.instance(change.before)
    standing = replay(old, beginning(instance, "policy", "", seq=1), {})
    expected = {
        "instance": instance,
        "subject": "policy",
        "transition": "change-policy",
        "from": f"version-{base.version}",
        "to": f"version-{new.version}",
        "policy": {"version": base.version, "rules": base.rules_digest},
        "content": {
            "schema": 1,
            "sections": {},
            "version": digest(dict(new.whole)),
            "paths": paths_digest(change.changed, reading.objects),
        },
    }
    rules = _rules_of_change(base)
    for sign_off in approvals:
        faults += [
            f.at(record="policy")
            for f in bound(sign_off, instance=instance, subject="policy", previous=standing.previous)
        ]
        told = dict(sign_off.statement)
        told["content"] = {"sections": {}, **told["content"]}
        for key, value in expected.items():
            if told[key] != value:
                says = "it is not what this change of the policy is"
                faults.append(
                    Fault(
                        code="sign-off-content",
                        path=sign_off.path,
                        record="policy",
                        step=step,
                        field=f"statement.{key}",
                        says=says,
                    )
                )
        if told["meaning"] != rules["meaning"]:
            faults.append(
                Fault(
                    code="meaning-differs",
                    path=sign_off.path,
                    record="policy",
                    step=step,
                    field="statement.meaning",
                    says="it is not in the policy's words",
                )
            )
    objections = [one for one in fresh if one.seq == new.version and not one.approves]
    faults += [fault.at(record="policy") for one in objections for fault in objector(one, policies)]
    judged = Step(
        subject="policy", path=path, instance=instance, policy=base, before={}, after={}, approvals=approvals,
        objections=objections, derived=change.derived,
    )  # fmt: skip
    return approvals, [*faults, *judge_signers(judged, {**rules, "name": "change-policy"}, standing)]
