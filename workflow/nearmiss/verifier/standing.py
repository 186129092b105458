"""Whether what is in force holds, from the files of one tree alone: the chain, the names, the seals and the state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from nearmiss.verifier.faults import Fault
from nearmiss.verifier.plain import digest
from nearmiss.verifier.policy import Policy
from nearmiss.verifier.records import Version
from nearmiss.verifier.sign_offs import SignOff, Standing, beginning, bound, by_step, kind_of


def judge_standing(version: Version, instance: str, policies: Mapping[int, Policy]) -> Iterator[Fault]:
    """Yield what does not hold of a record and its sign-offs, each judged by the policy version that it names."""
    standing = beginning(instance, version.record, policies[max(policies)].first_state)
    for seq, approvals in by_step(version.sign_offs).items():
        for fault in _step(approvals, standing, (instance, version.record), policies):
            yield fault.at(path=approvals[0].path, record=version.record, step=f"{seq}")
        if seq != standing.seq + 1:
            return
        standing.take(approvals, kind_of(approvals[0].statement, policies))
    place = {"path": version.path, "record": version.record}
    if version.data.get("state") != standing.state:
        says = f"the record says {version.data.get('state')}, and its sign-offs make it {standing.state}"
        yield Fault(code="state-unsigned", field="state", says=says, **place)
    for name, (seal, step) in sorted(standing.seals().items()):
        if name not in version.data or digest(version.data[name]) != seal:
            says = f"{name} is not what was signed off in step {step}"
            yield Fault(code="sealed-section-changed", field=name, says=says, **place)


def _step(
    approvals: Sequence[SignOff], standing: Standing, whose: tuple[str, str], policies: Mapping[int, Policy]
) -> Iterator[Fault]:
    said = approvals[0].statement
    policy = policies.get(said["policy"]["version"])
    if policy is None or policy.rules_digest != said["policy"]["rules"]:
        says = "it names a policy that is not here"
        yield Fault(code="policy-version-unknown", field="statement.policy", says=says)
    if approvals[0].seq != standing.seq + 1:
        says = f"step {standing.seq + 1} is not signed"
        yield Fault(code="sign-off-gap", field="statement.seq", says=says)
    for sign_off in approvals:
        yield from bound(sign_off, instance=whose[0], subject=whose[1], previous=standing.previous)
        if sign_off.shared() != approvals[0].shared():
            says = "two approvals of a step approve different things"
            yield Fault(code="sign-off-set-differs", path=sign_off.path, field="statement", says=says)
    if not kind_of(said, policies):
        says = "the workflow knew no such transition"
        yield Fault(code="transition-illegal", field="statement.transition", says=says)
    elif said["from"] != standing.state:
        yield Fault(code="no-such-step", field="statement.from", says=f"the record stood at {standing.state}")
