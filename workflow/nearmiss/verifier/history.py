"""The walk along the first parents of the main branch from genesis on: each step a run, judged by its own policy."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from nearmiss.verifier.changes import Change, Memory, Outcome, judge_change, remember
from nearmiss.verifier.classes import class_of
from nearmiss.verifier.contributors import Authors
from nearmiss.verifier.faults import Fault
from nearmiss.verifier.objects import Objects
from nearmiss.verifier.paths import judge_paths
from nearmiss.verifier.policy import FOLDER, Policy
from nearmiss.verifier.policy_changes import (
    INSTANCE,
    SIGN_OFFS,
    PolicyChange,
    PolicyReader,
    judge_policy_change,
)
from nearmiss.verifier.records import Reader, Version, judge_alone, key_of
from nearmiss.verifier.sign_offs import SignOff, Standing
from nearmiss.verifier.standing import judge_standing

LONGEST_RUN = 40
NEVER_WAIVED = {
    "account-unmapped", "claim-mismatch", "closer-signs", "contributor-missing", "contributor-signs", "forge-unproven",
    "meaning-differs", "objection-stands", "policy-moved", "policy-version-unknown", "reason-missing", "sign-off-chain",
    "sign-off-content", "sign-off-foreign", "sign-off-gap", "sign-off-missing", "sign-off-set-differs", "signature-bad",
    "signature-missing", "signer-role", "signer-separated", "signer-service", "signer-unknown", "state-unsigned",
    "waiver-not-allowed",
}  # fmt: skip
"""What says that a word is missing or does not count: nothing makes up for that but the word."""


@dataclass(kw_only=True)
class Verdict:
    """What was judged, and what was found."""

    head: str
    genesis: str = ""
    commits: int = 0
    unproven: int = 0
    line: list[str] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    waived: list[Fault] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


@dataclass(kw_only=True)
class Judged:
    """One change of the main branch, judged but not yet put in force."""

    faults: list[Fault]
    after: str
    outcomes: list[tuple[Change, Outcome]] = field(default_factory=list)
    policy_steps: list[SignOff] = field(default_factory=list)
    policy_touched: bool = False
    gone: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class Known:
    """What the walk has learned so far; copied where a reading is only tried."""

    memories: dict[str, Memory] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    policy_step_at: int = -1
    steps: list[dict[str, Any]] = field(default_factory=list)


class History:
    """Judges a whole history."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self.reader = Reader(objects)
        self.policies = PolicyReader(objects, self.reader)
        self.authors = Authors(objects, self.reader)
        self.known = Known()

    def judge(self, head: str, genesis: str = "") -> Verdict:
        """Return the verdict on everything from genesis to a commit."""
        chain = self._first_parents(head)
        born = next((n for n, oid in enumerate(chain) if self.objects.find_entry(self._tree(oid), INSTANCE)), None)
        verdict = Verdict(head=head)
        if born is None:
            verdict.faults.append(
                Fault(code="no-genesis", path=INSTANCE, says="no commit of this history founds a register")
            )
            return verdict
        start = chain.index(genesis) if genesis in chain else -1 if genesis else born
        if start < born:
            verdict.faults.append(
                Fault(code="no-genesis", says=f"{genesis} is no commit of this history in which the register exists")
            )
            return verdict
        verdict.genesis, verdict.unproven, verdict.commits = chain[start], start - born, len(chain) - start
        verdict.line = chain[start:]
        faults = [fault.at(commit=chain[start]) for fault in self._beginning(chain[start], first=start == born)]
        faults += self._walk(chain[start:])
        faults += [fault.at(commit=head) for fault in self._final(head, faults)]
        verdict.steps = self.known.steps
        return self._waive(verdict, faults)

    def _first_parents(self, head: str) -> list[str]:
        chain = [head]
        while self.objects.commit(chain[-1]).parents:
            chain.append(self.objects.commit(chain[-1]).parents[0])
        return chain[::-1]

    def _tree(self, oid: str) -> str:
        return self.objects.commit(oid).tree

    def _base(self, tree: str) -> Policy | None:
        policies, _ = self.policies.versions(tree)
        return policies[max(policies)] if policies else None

    def _keys(self, tree: str) -> set[str]:
        return {key_of(path) for path in self.objects.files(tree, "records")} - {""}

    def _beginning(self, genesis: str, *, first: bool) -> Iterator[Fault]:
        """Judge the commit from which on everything is proven, and note what it holds."""
        tree = self._tree(genesis)
        self.authors.join(genesis)
        # Nobody signs the first version, so whoever founded the register may sign the second.
        self.known.policy_step_at = self.authors.joined[genesis]
        policies, faults = self.policies.versions(tree)
        yield from faults
        keys = self._keys(tree)
        if first and (len(policies) != 1 or self.objects.files(tree, SIGN_OFFS)):
            yield Fault(
                code="genesis",
                path=f"{FOLDER}/versions",
                says="a register begins with version 1 of its policy and no sign-offs",
            )
        if first and keys:
            yield Fault(code="genesis", path=f"{min(keys)}.yaml", says="a register begins without records")
        base = self._base(tree)
        if base is None:
            return
        yield from self.policies.differing(tree, base)
        for key in sorted(keys):
            version = self.reader.version(tree, key, tree)
            self.known.ids[version.record.casefold()] = key
            yield from self._standing(version, tree)
            memory = self.known.memories.setdefault(key, Memory())
            memory.see(version.data, assessed=False)

    def _standing(self, version: Version, tree: str) -> Iterator[Fault]:
        policies, _ = self.policies.versions(tree)
        base = policies[max(policies)]
        yield from judge_alone(version, base, self.objects)
        if version.present:
            yield from judge_standing(version, self.policies.instance(tree), policies)

    def _final(self, head: str, faults: Sequence[Fault]) -> Iterator[Fault]:
        """Judge once more, from the files alone, what is in force at the end; nothing is told twice."""
        tree, told = self._tree(head), {(fault.code, fault.path, fault.field) for fault in faults}
        if self._base(tree) is None:
            return
        for key in sorted(self._keys(tree)):
            for fault in self._standing(self.reader.version(tree, key, tree), tree):
                if (fault.code, fault.path, fault.field) not in told:
                    yield fault

    def _waive(self, verdict: Verdict, faults: Sequence[Fault]) -> Verdict:
        """Set apart what the policy in force lets stand: a bad merge of long ago, never a missing sign-off."""
        base = self._base(self._tree(verdict.head))
        waivers = base.whole["waivers"]["waivers"] if base else []
        let = {(waiver["commit"], waiver["code"]) for waiver in waivers} if isinstance(waivers, list) else set()
        for fault in faults:
            stands = (fault.commit, fault.code) in let and fault.code not in NEVER_WAIVED
            (verdict.waived if stands else verdict.faults).append(fault)
        return verdict

    def _walk(self, chain: Sequence[str]) -> list[Fault]:
        """Judge commits one after the other: each alone, as part of a run, or, for a merge, by what it brought."""
        faults: list[Fault] = []
        here = 0
        while here + 1 < len(chain):
            judged = self._judge(chain[here], chain[here + 1])
            upto = here + 1
            if judged.faults:
                judged, upto = self._longest_run(chain, here, judged)
            inside = self._descend(chain[here], chain[here + 1]) if judged.faults else None
            # A merge about one subject is one request: its commits by themselves are told only where they hold.
            many = not self._subject(chain[here], chain[here + 1])
            if inside is not None and len(inside[0]) < (len(judged.faults) if many else 1):
                faults += inside[0]
                self.known, self.authors.joined = inside[1], inside[2]
                upto = here + 1
                self.authors.join(chain[upto])
            else:
                faults += [fault.at(commit=chain[upto]) for fault in judged.faults]
                for oid in chain[here + 1 : upto + 1]:
                    self.authors.join(oid)
                self._take(judged)
            here = upto
        return faults

    def _longest_run(self, chain: Sequence[str], here: int, alone: Judged) -> tuple[Judged, int]:
        """Look for the commit that completes a step which this one began; return the reading with the fewest faults."""
        # What nobody signed was a step on its way if signatures follow: whatever these come to, the whole is told.
        begun_here = self.objects.changed(self._tree(chain[here]), self._tree(chain[here + 1]))
        waits = not any("/sign-offs/" in path for path in begun_here)
        best, upto, told = alone, here + 1, LONGEST_RUN if waits else len(alone.faults)
        subject = self._subject(chain[here], chain[here + 1])
        for there in range(here + 2, min(len(chain), here + LONGEST_RUN)):
            if not subject or self._subject(chain[there - 1], chain[there]) != subject:
                break
            judged = self._judge(chain[here], chain[there])
            grown = [self._only_signs(chain[n - 1], chain[n], judged) for n in range(here + 2, there + 1)]
            begun = bool(judged.policy_steps or any(outcome.taken for _, outcome in judged.outcomes))
            if begun and all(grown) and len(judged.faults) < told:
                best, upto, told = judged, there, len(judged.faults)
            if not best.faults:
                break
        return best, upto

    def _subject(self, before: str, after: str) -> str:
        """Return the one record, or `policy`, that two commits differ in; empty where it is nothing or more."""
        changed = self.objects.changed(self._tree(before), self._tree(after))
        base = self._base(self._tree(before))
        names = {key_of(path) or ("policy" if base and class_of(path, base) == "policy" else "") for path in changed}
        return names.pop() if len(names) == 1 else ""

    def _only_signs(self, before: str, after: str, judged: Judged) -> bool:
        """Return whether a later commit of a run only adds sign-offs and changes what is not sealed."""
        changed = self.objects.changed(self._tree(before), self._tree(after))
        sealed = {name for _, outcome in judged.outcomes for name in outcome.standing.seals()} | {"state", "id"}
        for path, (was, now) in changed.items():
            if "/sign-offs/" in path and was is None:
                continue
            if not key_of(path) or was is None or now is None or not path.endswith(".yaml"):
                return False
            old, new = (self.reader.data_at(self._tree(oid), path) for oid in (before, after))
            if any(old.get(name) != new.get(name) for name in sealed):
                return False
        return True

    def _descend(self, before: str, merge: str) -> tuple[list[Fault], Known, dict[str, int]] | None:
        """Read a merge as the commits that it brought, one by one, as `git pull` makes of two clones' work.

        That is sound where both sides touched different things, and the merge holds exactly what both of them did; but
        not where the policy moved on the first side: what was brought has to be judged by that one.
        """
        commit = self.objects.commit(merge)
        if len(commit.parents) != 2:  # noqa: PLR2004 - one merged into another
            return None
        brought = [commit.parents[1]]
        seen = self.authors.reachable(before)
        while brought[-1] not in seen and self.objects.commit(brought[-1]).parents:
            brought.append(self.objects.commit(brought[-1]).parents[0])
        fork = brought[-1]
        if fork not in seen or len(brought) == 1:
            return None
        theirs = self.objects.changed(self._tree(fork), self._tree(brought[0]))
        ours = self.objects.changed(self._tree(fork), self._tree(before))
        merged = self.objects.changed(self._tree(before), commit.tree)
        both = {key_of(path) or path for path in theirs} & {key_of(path) or path for path in ours}
        base = self._base(self._tree(before))
        moved = base is None or any(class_of(path, base) == "policy" for path in ours)
        if both or moved or {p: now for p, (_, now) in theirs.items()} != {p: now for p, (_, now) in merged.items()}:
            return None
        kept, joined = copy.deepcopy(self.known), dict(self.authors.joined)
        faults = self._walk(brought[::-1])
        result = (faults, self.known, self.authors.joined)
        self.known, self.authors.joined = kept, joined
        return result

    def _judge(self, before: str, after: str) -> Judged:
        """Judge what lies between two commits of the main branch as one change."""
        old, new = self._tree(before), self._tree(after)
        changed = self.objects.changed(old, new)
        judged = Judged(faults=[], after=after)
        base = self._base(old)
        if base is None:
            judged.faults.append(
                Fault(code="policy-broken", path=FOLDER, says="there is no policy by which this could be judged")
            )
            return judged
        classes = {path: class_of(path, base) for path in changed}
        judged.faults += judge_paths(changed, classes)
        judged.faults += self._dropped(before, after)
        policy = {path: pair for path, pair in changed.items() if classes[path] == "policy"}
        if policy:
            everything = {path: pair for path, pair in changed.items() if classes[path] != "record"}
            derived = self.authors.of_policy(base, since=self.known.policy_step_at, upto=after)
            step = PolicyChange(before=old, after=new, changed=everything, derived=derived)
            wrong, judged.policy_steps = judge_policy_change(step, self.policies)
            judged.faults += wrong + list(self._claims(judged.policy_steps, base, before, after))
            judged.policy_touched = True
        for key in sorted({key_of(path) for path in changed} - {""}):
            self._judge_record(key, before, after, judged, base)
        return judged

    def _judge_record(self, key: str, before: str, after: str, judged: Judged, base: Policy) -> None:
        old, new = (self.reader.version(self._tree(oid), key, self._tree(before)) for oid in (before, after))
        if not new.present and not new.faults:
            code = "record-deleted" if old.present or old.faults else "record-missing"
            judged.faults.append(Fault(code=code, path=new.path, record=new.record, says="the record is not there"))
            return
        judged.faults += judge_alone(new, base, self.objects)
        if not new.present:
            return
        if not old.present and not old.faults and new.record.casefold() in self.known.ids:
            judged.faults.append(
                Fault(code="id-reused", path=new.path, record=new.record, field="id", says="this id was given before")
            )
        policies, _ = self.policies.versions(self._tree(before))
        memory = copy.deepcopy(self.known.memories.get(key, Memory()))
        change = Change(
            before=old,
            after=new,
            instance=self.policies.instance(self._tree(before)),
            policy=base,
            policies=policies,
            memory=memory,
            derive=lambda sections, standing: self._derive(key, sections, standing, base, memory, after),
        )
        if any(fault.path == new.path or "/sign-offs/" in fault.path for fault in new.faults):
            return
        outcome = judge_change(change)
        judged.outcomes.append((change, outcome))
        words = [*(sign_off for taken in outcome.taken for sign_off in taken), *outcome.objections]
        judged.faults += outcome.faults + list(self._claims(words, base, before, after))

    def _derive(
        self, key: str, sections: Sequence[str], standing: Standing, base: Policy, memory: Memory, upto: str
    ) -> Any:
        sealed = standing.seals()
        since = {name: memory.sealed_at.get(name, -1) if name in sealed else -1 for name in sections}
        return self.authors.of_record(key, base, since=since, moved_since=memory.step_at, upto=upto)

    def _claims(self, approvals: Sequence[SignOff], base: Policy, before: str, after: str) -> Iterator[Fault]:
        """Yield each unsigned sign-off that somebody else's commit brought; a squash hides whose commit it was."""
        for sign_off in approvals:
            by = sign_off.statement["by"]
            claimed = {base.author(email) for email in self.authors.who_added(sign_off.path, after)}
            if sign_off.signature or claimed == {by}:
                continue
            if self.authors.squashed(sign_off.path, before, after):
                continue
            yield Fault(
                code="claim-mismatch", path=sign_off.path, record=sign_off.statement["subject"], field="statement.by",
                says=f"it speaks for {by}, and no commit of theirs added it",
            )  # fmt: skip

    def _dropped(self, before: str, after: str) -> Iterator[Fault]:
        """Yield what the other side of a merge brought and the merge leaves out."""
        for side in self.objects.commit(after).parents[1:]:
            fork = self.authors.fork(before, side)
            if fork is None:
                continue
            for path, (was, theirs) in sorted(self.objects.changed(self._tree(fork), self._tree(side)).items()):
                ours, now = (self.objects.find_entry(self._tree(oid), path) for oid in (before, after))
                if ours == was and now == ours and theirs != now and path.startswith(("records/", FOLDER)):
                    yield Fault(
                        code="branch-outdated", path=path, says="the merge leaves out what its other side says here"
                    )

    def _take(self, judged: Judged) -> None:
        """Put a change in force and remember what later ones are judged by."""
        position = self.authors.joined[judged.after]
        for change, outcome in judged.outcomes:
            remember(change, outcome, position)
            self.known.memories[change.after.key] = outcome.memory
            self.known.ids[change.record.casefold()] = change.after.key
            for approvals in outcome.taken:
                self.known.steps.append(_told(approvals, judged.after))
        if judged.policy_steps:
            self.known.policy_step_at = position
            self.known.steps.append(_told(judged.policy_steps, judged.after))


def _told(approvals: Sequence[SignOff], commit: str) -> dict[str, Any]:
    """Return one step as plain data, for whoever reads the verdict."""
    said = approvals[0].statement
    told = {key: said[key] for key in ("subject", "seq", "transition", "from", "to")}
    signers = [
        {key: s.statement[key] for key in ("by", "name", "role", "at")} | {"signed": bool(s.signature)}
        for s in approvals
    ]
    return told | {"policy": said["policy"]["version"], "signers": signers, "commit": commit}
