"""The sign-offs of one record or of the policy, and what is in force when they are replayed by number."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nearmiss.verifier.faults import CannotVerifyError, Fault
from nearmiss.verifier.objects import hardened_environment
from nearmiss.verifier.plain import canonical, digest
from nearmiss.verifier.policy import Policy

NAMESPACE = "nearmiss-sign-off@1"
OWN_KEYS = ("by", "name", "role", "at", "time_source", "meaning", "waiver", "review")
"""What may differ between two approvals of one step: who, when and how; everything else is shared."""
ASSURANCE = ("asserted", "forge", "signed")


@dataclass(frozen=True, kw_only=True)
class SignOff:
    """One file: where it lies, what it states, and the signature under it."""

    path: str
    statement: Mapping[str, Any]
    signature: str = ""

    @property
    def name(self) -> str:
        """Return the file's own name."""
        return self.path.rsplit("/", 1)[1]

    @property
    def approves(self) -> bool:
        """Return whether it counts towards a step."""
        return bool(self.statement["verdict"] == "approve")

    @property
    def seq(self) -> int:
        """Return the number of the step."""
        return int(self.statement["seq"])

    def expected_name(self) -> str:
        """Return the name that the statement asks for."""
        said = self.statement
        if said["subject"] == "policy":
            kind = "" if self.approves else "-objection"
            return f"{self.seq:04d}{kind}--{said['by']}{self._objected}.yaml"
        kind = "" if self.approves else "objection-"
        return f"{self.seq:02d}-{kind}{said['to']}--{said['by']}{self._objected}.yaml"

    @property
    def _objected(self) -> str:
        return "" if self.approves else "--" + digest(self.statement["content"])[7:15]

    def shared(self) -> dict[str, Any]:
        """Return what all approvals of the step must say alike."""
        return {key: value for key, value in self.statement.items() if key not in OWN_KEYS}


@dataclass(kw_only=True)
class Layer:
    """One entry of the stack: the state that holds while it is on top, and the seals that it put."""

    state: str
    seals: dict[str, str]
    step: str
    signers: frozenset[str]
    forward: bool


@dataclass(kw_only=True)
class Standing:
    """What is in force after the steps replayed so far."""

    first_state: str
    previous: str
    seq: int = 0
    layers: list[Layer] = field(default_factory=list)
    plan_signed_on: str = ""
    latest_at: str = ""

    @property
    def state(self) -> str:
        """Return the state that the steps make."""
        return self.layers[-1].state if self.layers else self.first_state

    def seals(self) -> dict[str, tuple[str, str]]:
        """Return the digest of each sealed section, later ones winning, with the step that sealed it."""
        return {name: (seal, layer.step) for layer in self.layers for name, seal in layer.seals.items()}

    def reached(self, state: str) -> bool:
        """Return whether the record has been in a state that is still below the present one."""
        return state == self.first_state or any(layer.state == state for layer in self.layers)

    def take(self, approvals: Sequence[SignOff], kind: str) -> None:
        """Put a step in force: push it, renew seals in place, or take off what lies above its target."""
        said = approvals[0].statement
        put = dict(said["content"].get("sections", {}))
        if "title" in said["content"]:
            put["title"] = said["content"]["title"]
        signers = frozenset(sign_off.statement["by"] for sign_off in approvals)
        step = f"{said['seq']} ({said['transition']})"
        if kind == "back":
            while self.layers and self.layers[-1].state != said["to"]:
                self.layers.pop()
        elif kind == "forward":
            for layer in self.layers:
                # What a step in place had sealed stays sealed when the forward step is taken off again.
                layer.seals |= {} if layer.forward else {name: put[name] for name in layer.seals if name in put}
            self.layers.append(Layer(state=said["to"], seals=put, step=step, signers=signers, forward=True))
        else:
            sealed = set(self.seals())
            for layer in self.layers:
                layer.seals |= {name: seal for name, seal in put.items() if name in layer.seals}
            fresh = {name: seal for name, seal in put.items() if name not in sealed}
            if fresh:
                self.layers.append(Layer(state=self.state, seals=fresh, step=step, signers=signers, forward=False))
        if "action_plan" in put:
            self.plan_signed_on = max(sign_off.statement["at"][:10] for sign_off in approvals)
        self.latest_at = max(sign_off.statement["at"] for sign_off in approvals)
        self.seq, self.previous = self.seq + 1, link_to(approvals)


def beginning(instance: str, subject: str, first_state: str, seq: int = 0) -> Standing:
    """Return what stands before any step: the chain begins at the register and the subject."""
    return Standing(first_state=first_state, previous=digest({"instance": instance, "subject": subject}), seq=seq)


def link_to(approvals: Sequence[SignOff]) -> str:
    """Return what the next step must name as `previous`."""
    return digest(sorted(digest(dict(sign_off.statement)) for sign_off in approvals))


def by_step(sign_offs: Sequence[SignOff]) -> dict[int, list[SignOff]]:
    """Return the approvals of each step, by its number."""
    steps: dict[int, list[SignOff]] = {}
    for sign_off in sorted(sign_offs, key=lambda one: (one.seq, one.path)):
        if sign_off.approves:
            steps.setdefault(sign_off.seq, []).append(sign_off)
    return steps


def kind_of(statement: Mapping[str, Any], policies: Mapping[int, Policy]) -> str:
    """Return the kind of the transition that a statement names, in the version that it names; empty for none."""
    policy = policies.get(statement["policy"]["version"])
    transition = policy.transition(statement["transition"]) if policy else None
    return str(transition["kind"]) if transition else ""


def replay(sign_offs: Sequence[SignOff], start: Standing, policies: Mapping[int, Policy]) -> Standing:
    """Return what is in force after all steps that these files complete; whether each was legal is judged elsewhere."""
    for seq, approvals in by_step(sign_offs).items():
        if seq == start.seq + 1:
            start.take(approvals, kind_of(approvals[0].statement, policies))
    return start


def bound(sign_off: SignOff, *, instance: str, subject: str, previous: str) -> Iterator[Fault]:
    """Yield where a sign-off is not for this subject of this register, after the steps before it, or misnamed."""
    said = sign_off.statement
    place: dict[str, Any] = {"path": sign_off.path, "step": f"{said['seq']} ({said['transition']})"}
    if said["instance"] != instance:
        yield Fault(
            code="sign-off-foreign", field="statement.instance", says="it was given in another register", **place
        )
    if said["subject"] != subject:
        yield Fault(
            code="sign-off-foreign", field="statement.subject", says=f"it was given for {said['subject']}", **place
        )
    if sign_off.name != sign_off.expected_name():
        says = f"its statement asks for the name {sign_off.expected_name()}"
        yield Fault(code="sign-off-name", field="statement", says=says, **place)
    if said["previous"] != previous:
        says = "it does not follow from the approvals of the step before"
        yield Fault(code="sign-off-chain", field="statement.previous", says=says, **place)


def allowed_signers(policy: Policy, handles: Sequence[str]) -> str:
    """Return the lines by which ssh-keygen knows whose keys count, of some people and under this policy."""
    return "".join(
        f'{handle} namespaces="{NAMESPACE}" {" ".join(key["key"].split()[:2])}\n'
        for handle in handles
        for key in policy.keys(handle)
    )


def assurance_of(sign_off: SignOff, policy: Policy) -> tuple[str, str, str]:
    """Return how sure it is who signed (`signed`, `forge`, `asserted`), or else a code and what is wrong.

    A review on a forge counts where a service that the people list signed the statement, and the account is the
    person's. No date makes a key count.
    """
    said, review = sign_off.statement, sign_off.statement.get("review")
    who = policy.services() if review else [said["by"]]
    wrong = ("", "")
    if not sign_off.signature and (review or said["time_source"] != "client"):
        wrong = ("forge-unproven", "it speaks of a forge, and no key that policy names stands for that")
    elif not sign_off.signature and policy.keys(said["by"]):
        wrong = ("signature-missing", f"{said['by']} has a registered key and did not use it")
    elif not sign_off.signature:
        return "asserted", "", ""
    elif not any(_signature_holds(sign_off, allowed_signers(policy, [handle]), handle) for handle in who):
        wrong = ("signature-bad", "the signature is not of this statement by a key that is listed and not retired")
    elif not review and said["time_source"] != "client":
        wrong = ("forge-unproven", "it speaks of a forge's time, and no service attests that")
    elif review and not policy.has_account(said["by"], review["forge"], review["reviewer_id"]):
        wrong = ("account-unmapped", f"the account {review['reviewer_id']} is not one of {said['by']}")
    sure = "forge" if review else "signed"
    return ("", *wrong) if wrong[0] else (sure, "", "")


def _signature_holds(sign_off: SignOff, allowed: str, handle: str) -> bool:
    if not allowed:
        return False
    with tempfile.TemporaryDirectory(prefix="nearmiss-verify-") as folder:
        keys, signature = Path(folder, "allowed"), Path(folder, "signature")
        keys.write_text(allowed, encoding="utf-8")
        signature.write_text(sign_off.signature, encoding="utf-8")
        command = ["ssh-keygen", "-Y", "verify", "-f", str(keys), "-I", handle, "-n", NAMESPACE, "-s", str(signature)]
        try:
            done = subprocess.run(  # noqa: S603 - on files of ours and on a handle of the policy
                command,
                input=canonical(dict(sign_off.statement)),
                env=hardened_environment(),
                capture_output=True,
                check=False,
            )
        except OSError as error:
            raise CannotVerifyError(f"there is a signature, and ssh-keygen cannot be started: {error}") from error
    return done.returncode == 0
