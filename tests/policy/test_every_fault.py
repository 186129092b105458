"""Every fault in every transition, from every state where it can be made, judged by the program and the naive model."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from nearmiss.policy.facts import Authorship, Held
from tests.policy.builder import DECLINED, ESCALATED, Attempt, Case, standard_world
from tests.policy.faults import FAULTS, signed
from tests.policy.oracle import BY_THE_BOOK, agreed, signers_by_the_book

MAIN_WAY = ("investigate", "find-root-cause", "plan-action", "verify")


def cases() -> Iterator[Case]:
    """Yield a record in every state, shallow and deep, come there by the main way or by another."""
    for level in ("low", "very-high"):
        fresh = standard_world().case(level)
        yield from (fresh.travel(*MAIN_WAY[:steps]) for steps in range(5))
        yield fresh.take("reassess", {"assessment.crew": "A"})
        yield fresh.take("publish-alert", BY_THE_BOOK["publish-alert"]({}))
        yield fresh.take("decline", DECLINED)
        yield fresh.travel("investigate").take("escalate", ESCALATED)


def proposals(case: Case) -> Iterator[Attempt]:
    """Yield every step that starts at a record, as it should be done, and not signed yet."""
    authorship = Authorship(known=True, by_part={"assessment": frozenset({"c.moreau"})}, movers=frozenset({"s.ito"}))
    held = Held(severity_potential=case.data["assessment"]["severity_potential"], level=case.dossier.level)
    for transition in case.world.newest.data["rules"]["workflow"]["transitions"]:
        if case.state in transition["from"]:
            name = transition["name"]
            for to in sorted({*transition.get("to", ())} - {case.state}) or [case.state]:
                attempt = case.propose(name, BY_THE_BOOK.get(name, dict)(case.data), to=to)
                yield attempt.knowing(authorship=authorship, held=held, intended=name)


@cache
def tried() -> dict[tuple[str, str], set[str]]:
    """Return the codes that each fault gave in each transition; both judges agreed on each."""
    table: dict[tuple[str, str], set[str]] = {}
    for case in cases():
        for attempt in proposals(case):
            signers = signers_by_the_book(attempt)
            for fault in FAULTS if signers else ():
                faulty = fault.commit(attempt, signers or ()) if attempt.transition in fault.on else None
                if faulty is not None:
                    codes = agreed(faulty)
                    assert fault.code in codes, (fault.name, attempt.transition)
                    table.setdefault((fault.name, attempt.transition), set()).update(codes)
    return table


def test_every_fault_in_every_transition() -> None:
    """Every fault was made in every transition where it can be, and gave the code that stands beside it."""
    assert {(fault.name, name) for fault in FAULTS for name in fault.on} - {*tried()} == set()


def test_every_step_by_the_book() -> None:
    """From every state there is a legal way on, and both judges let it pass."""
    took = set()
    for case in cases():
        for attempt in proposals(case):
            signers = signers_by_the_book(attempt)
            if signers:
                assert agreed(signed(attempt, signers)) == set()
                took.add((case.state, attempt.transition))
    transitions = standard_world().newest.data["rules"]["workflow"]["transitions"]
    assert took == {(state, entry["name"]) for entry in transitions for state in entry["from"]}
