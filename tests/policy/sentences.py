"""Everything that the judges say of one example of each fault, in full: what people read when a step does not pass.

`python -m tests.policy.sentences` writes the page anew; what changed on it is then read like any other text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from nearmiss.policy.facts import Authorship
from nearmiss.policy.findings import Finding
from nearmiss.policy.policy_step import judge_policy_files
from nearmiss.policy.step import Judgement, judge_step
from nearmiss.policy.structure import judge_record_structure
from tests.policy import test_policy_step as policies
from tests.policy import test_structure as structures
from tests.policy.builder import Attempt, near_miss, standard_world
from tests.policy.faults import FAULTS
from tests.policy.oracle import signers_by_the_book
from tests.policy.test_every_fault import cases, proposals

PAGE = Path(__file__).with_name("sentences.txt")


def said(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield each finding as it is read: how much it weighs, its code and place, its sentence, and the way on."""
    for finding in findings:
        place = " ".join(word for word in (finding.record, Path(finding.path).name, finding.field_name) if word)
        yield f"  {finding.severity} {finding.code}  [{place}]"
        yield f"    {finding.message}"
        if finding.hint:
            yield f"    → {finding.hint}"


def judged(judgement: Judgement) -> Iterator[str]:
    """Yield a judgement as it is read: the verdict, the steps that are proposed, and all findings."""
    yield f"  {judgement.verdict}"
    for step in judgement.proposed:
        yield f"  step {step.seq}: {step.transition.name}, {step.from_} → {step.to}, sealing {', '.join(step.parts)}"
        for name in ("contributors", "signed", "objected", "missing", "candidates"):
            if words := getattr(step, name):
                yield f"    {name}: {', '.join(sorted(words))}"
    yield from said(judgement.findings)


def page() -> Iterator[str]:
    """Yield the lines of the page."""
    yield from _of_steps()
    world = standard_world()
    for path, value, code, _ in structures.STRUCTURE:
        yield f"# {path}: {code}"
        yield from said(judge_record_structure(near_miss("high", {path: value}), terms=world.newest.terms))
    for edits, code, field in structures.REFERENCES:
        yield f"# {field}: {code}"
        yield from said(judge_record_structure(near_miss("high", edits), terms=world.newest.terms))
    for number, (change, code) in enumerate(policies.RULES, start=1):
        yield f"# rules {number}: {code}"
        yield from said(judge_policy_files(world.under(change).newest, world.newest))
    for number, (change, code) in enumerate(policies.PEOPLE_CHANGES, start=1):
        yield f"# people {number}: {code}"
        yield from said(judge_policy_files(world.under(None, change).newest, world.newest))
    changed = world.under(policies.retire_plant_2)
    yield "# a policy change that nobody has signed"
    yield from judged(policies.judge(changed))
    for words, code in policies.WRONGLY_SAID:
        yield f"# a policy change, {', '.join(words)}: {code}"
        yield from judged(policies.judge(changed, policies.sign_off(changed, **words)))


def _of_steps() -> Iterator[str]:
    seen: set[str] = set()
    for case in cases():
        if case.steps == 0 and "new" not in seen:
            seen.add("new")
            yield "# a new record that is investigated already"
            data = {**case.data, "state": "investigated"}
            yield from judged(
                judge_step(None, case.world.dossier(data), register=case.world.register, authorship=Authorship())
            )
        for attempt in proposals(case):
            signers = signers_by_the_book(attempt)
            if signers is not None:
                yield from _of_step(attempt, signers, seen)


def _of_step(attempt: Attempt, signers: tuple[str, ...], seen: set[str]) -> Iterator[str]:
    if attempt.transition not in seen:
        seen.add(attempt.transition)
        yield f"# {attempt.transition}, which nobody has signed"
        yield from judged(attempt.judge())
    for fault in FAULTS:
        if attempt.transition in fault.on and fault.name not in seen:
            faulty = fault.commit(attempt, signers)
            if faulty is not None:
                seen.add(fault.name)
                yield f"# {attempt.transition}: {fault.name}"
                yield from judged(faulty.judge())


if __name__ == "__main__":
    PAGE.write_text("\n".join(page()) + "\n", encoding="utf-8")
