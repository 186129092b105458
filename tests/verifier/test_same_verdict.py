"""Every fault in every step, and random lives of records: program, naive model and standalone verifier agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from nearmiss.policy.dossier import Dossier
from tests.policy.builder import Attempt
from tests.policy.faults import FAULTS, signed
from tests.policy.oracle import COUNTED, signers_by_the_book
from tests.policy.test_every_fault import cases, proposals
from tests.policy.test_state_machine import SETTINGS, Ledger, Life
from tests.verifier.agreement import verifier_codes


def as_a_draft(attempt: Attempt) -> set[str]:
    """Return what the program says of a change that is no more than an intention, for nobody approved it yet.

    Who proposes it hears what is missing for the step, and whoever objects holds it up. Once it lies on main, it is a
    draft like any other, with an objection to a step that nobody took.
    """
    before, after = attempt.case.dossier, attempt.after
    unsigned = replace(attempt, intended="", after=replace(after, sign_offs=before.sign_offs))
    return counted(unsigned if _approvals(after) == _approvals(before) else attempt)


def _approvals(dossier: Dossier) -> int:
    return sum(file.statement.get("verdict") == "approve" for file in dossier.sign_offs)


def counted(attempt: Attempt) -> set[str]:
    """Return the codes of what holds a change up."""
    return {finding.code for finding in attempt.judge().findings if finding.severity in COUNTED}


def differing(attempt: Attempt) -> str:
    """Return how verifier and program differ on a change; nothing where they agree."""
    theirs, ours = counted(attempt), verifier_codes(attempt)
    if bool(theirs) == bool(ours) or (not ours and not as_a_draft(attempt)):
        return ""
    return f"{attempt.transition or 'draft'} from {attempt.case.state}: program {theirs}, verifier {ours}"


def every_attempt() -> Iterator[Attempt]:
    """Yield steps by the book from records in each state, and each of them with each fault that can be made in it."""
    for case in list(cases())[:8]:
        for attempt in proposals(case):
            signers = signers_by_the_book(attempt)
            if not signers:
                continue
            yield signed(attempt, signers)
            for fault in FAULTS:
                faulty = fault.commit(attempt, signers) if attempt.transition in fault.on else None
                if faulty is not None:
                    yield faulty


def test_every_fault_is_a_fault_to_both() -> None:
    """Of thousands of steps, by the book or with one fault, the verifier passes those that the program passes."""
    tried = list(every_attempt())

    assert [said for attempt in tried if (said := differing(attempt))] == []
    assert len(tried) > 1000


class SharedLife(Life):
    """A record whose every change is put to the verifier too."""

    ledger = Ledger()

    def _judged(self, attempt: Attempt) -> set[str]:
        codes = super()._judged(attempt)
        assert differing(attempt) == ""
        return codes


def test_random_lives_are_judged_alike() -> None:
    """Program, naive model and verifier agree on every step of random lives, of which at least a third are illegal."""
    SharedLife.ledger = Ledger()

    run_state_machine_as_test(SharedLife, settings=settings(SETTINGS, max_examples=settings().max_examples))

    ledger = SharedLife.ledger
    assert ledger.illegal * 3 >= ledger.legal + ledger.waiting + ledger.illegal
    assert ledger.legal >= settings().max_examples


def test_the_harness_can_tell_them_apart() -> None:
    """Where a fault is made that the verifier is not shown, the comparison says so."""
    case = next(cases())
    attempt = next(proposals(case))
    signers = signers_by_the_book(attempt) or ()
    faulty = signed(attempt, signers, meaning="Something else.")
    shown: Any = signed(attempt, signers)

    assert verifier_codes(faulty) == {"meaning-differs"}
    assert verifier_codes(shown) == set()
    assert differing(replace(faulty)) == ""
