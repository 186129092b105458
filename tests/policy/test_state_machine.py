"""Random lives of a record, each step of which is judged twice: by the program, and by the naive model.

A life goes forward by the book and stumbles over every fault there is; it is drafted, tangled, corrected, sent back and
reopened, under a policy that may change. Program and model must give the same codes each time, a step by the book
must pass, and a fault must give the code that stands beside it in `faults.py`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from nearmiss.policy.facts import Authorship, Held
from nearmiss.policy.standing import judge_standing
from nearmiss.policy.structure import judge_record_structure
from tests.policy import naive
from tests.policy.builder import (
    DECLINED,
    ESCALATED,
    GONE,
    PEOPLE,
    RISKS,
    Attempt,
    Case,
    Edits,
    World,
    near_miss,
    person_of,
    standard_world,
    transition_of,
)
from tests.policy.faults import FAULTS, STRUCTURAL, Fault, signed, written
from tests.policy.naive_needs import LEVELS, at
from tests.policy.oracle import BY_THE_BOOK, agreed, signers_by_the_book

HANDLES = [person["handle"] for person in PEOPLE["people"]]
SIGNERS = ["r.meyer", "p.lind", "k.adeyemi", "v.novak", "a.brandt", "s.ito"]
LIKELY = st.one_of(st.sampled_from(SIGNERS[:3]), st.sampled_from(SIGNERS), st.sampled_from(HANDLES))
MAIN_WAY = ("investigate", "find-root-cause", "plan-action", "verify")
A1, C2 = "action_plan.actions.0", "root_cause.causes.1"

HARMLESS: list[Edits] = [
    {},
    {"report.suggestion": "More light."},
    {"investigation.findings": "Looked at again."},
    {"root_cause.method": "barrier"},
    {f"{A1}.side_effects": "None."},
    {"lesson.status": "current"},
    {"assessment.reply": "Thank you."},
    {"assessment.crew": "B"},
    {"alert": {"headline": "Chock", "do_this": "Look", "until": "2027-01-01"}},
    {"briefings": [{"on": "2026-12-01", "attended": 14}]},
    ESCALATED,
]
TELLING: list[Edits] = [
    *({"assessment.severity_potential": number} for number in (1, 4, 5)),
    *({"assessment.likelihood": number} for number in (1, 5)),
    *({"assessment.level": level} for level in LEVELS),
    {"assessment.classification": "quality"},
    {"assessment.classification": "security"},
    {"assessment.decision": "duplicate"},
    {"assessment.actual.level": 2},
    DECLINED,
    {"assessment.decision": "near-miss"},
    {"assessment.assessed_by": "r.meyer"},
    {"investigation.lead": "r.meyer"},
    {"root_cause.analyst": "k.adeyemi"},
    {f"{C2}.category": "people"},
    {f"{C2}.disposition": "control-adequate", f"{C2}.because": "It held."},
    {f"{C2}.disposition": "accept-risk", f"{C2}.because": "Small.", f"{C2}.review_on": "2027-11-01"},
    {f"{C2}.disposition": "act"},
    {f"{C2}.evidence": []},
    {f"{A1}.control": "ppe"},
    {f"{A1}.owner": "k.adeyemi"},
    {f"{A1}.owner": "k.adeyemi", f"{A1}.previous_owners": ["t.silva"]},
    {f"{A1}.owner": {"external": "Dock", "sponsor": "p.lind"}},
    {f"{A1}.due": "2027-03-01"},
    {f"{A1}.addresses": ["C1"]},
    {"action_plan.effectiveness.check_on": "2028-01-01"},
    {"action_plan.effectiveness.checker_role": "quality-lead"},
    {"lesson.release": {"to": "nobody"}},
]
TAKEN_OUT: list[Edits] = [
    {path: GONE}
    for path in (
        "report.site",
        "assessment.level",
        "assessment.hazard",
        "assessment.likelihood",
        "assessment.reply",
        "investigation.lead",
        "investigation.similar",
        "root_cause.analyst",
        f"{C2}.disposition",
        f"{A1}.acceptance",
        f"{A1}.owner",
        "action_plan.effectiveness.target",
        "verification.implemented",
        "lesson.do_this",
        "lesson.review_on",
    )
]
UNFINISHED: list[Edits] = [
    {"verification.checks": GONE},
    {"verification.checks.0.result": "ineffective"},
    {"verification.checks.0.by": "t.silva"},
    {"verification.checks.0.on": "2027-01-01"},
    {"progress.0.status": "in-progress"},
    {"progress": GONE},
]
FORBIDDEN: list[Edits] = [
    *({name: GONE} for name in ("investigation", "progress", "lesson", "assessment", "title", "report")),
    {"report.what_happened": "Nothing happened."},
    {"report.reported_on": "2026-10-01"},
    {"title": 7},
    {"state": "verified"},
    {"state": "action"},
    {"progress": []},
    {"verification.checks": []},
    {"colour": "red"},
]


def _appended(path: str, entry: dict[str, Any]) -> Callable[[Any], Edits]:
    def append(data: Any) -> Edits:
        return {path: [*(at(data, path) or []), entry]}

    return append


APPENDED: list[Callable[[Any], Edits]] = [
    *(
        _appended("progress", {"action": "A1", "status": status, "on": "2027-02-01"})
        for status in ("open", "done", "cancelled")
    ),
    *(
        _appended("verification.checks", {"on": on, "by": by, "result": result, **more})
        for on, by, result, more in (
            ("2027-04-20", "v.novak", "ineffective", {}),
            ("2027-04-20", "v.novak", "effective", {}),
            ("2029-01-01", "v.novak", "effective", {"substitute": "Ten drivers were asked."}),
            ("2027-04-20", "t.silva", "effective", {}),
            ("2027-04-20", "v.novak", "not-measurable", {}),
        )
    ),
]


EDITS = st.one_of(
    st.sampled_from(HARMLESS),
    st.sampled_from(TELLING),
    st.sampled_from(TAKEN_OUT),
    st.sampled_from(FORBIDDEN),
    st.sampled_from(APPENDED),
)

MOST = 12
CHOICES = st.sampled_from(range(3 * MOST))
"""Which of the transitions, and, divided by `MOST`, to which of its targets."""
FLAWS = st.one_of(st.sampled_from(TELLING), st.sampled_from(TAKEN_OUT), st.sampled_from(UNFINISHED))
TWISTS = st.one_of(st.sampled_from(HARMLESS), st.sampled_from(TELLING), st.sampled_from(TAKEN_OUT))


@cache
def world_of(twice: tuple[str, ...], stricter: tuple[str, ...]) -> World:
    """Return a world in which some steps need two signers, and some need a field more."""

    def change(rules: dict[str, Any]) -> None:
        for name in twice:
            transition_of(rules, name)["signers"]["count"] = {"default": 2}
        for name in stricter:
            transition_of(rules, name).setdefault("needs", {}).setdefault("minimal", []).append("report.suggestion")

    return standard_world().instead(change)


class Ledger:
    """How many of the steps that a run of lives has tried were legal, waited for signatures, or were illegal."""

    def __init__(self) -> None:
        self.legal, self.waiting, self.illegal = 0, 0, 0

    def note(self, verdict: str) -> None:
        """Count one judged step."""
        self.legal += verdict == "pass"
        self.waiting += verdict == "waiting"
        self.illegal += verdict == "refuse"


class Life(RuleBasedStateMachine):
    """One record, the people around it, and a rule book that may change under way."""

    ledger = Ledger()

    @initialize(
        level=st.sampled_from([*RISKS]),
        flaws=st.lists(FLAWS, max_size=1),
        twice=st.lists(st.sampled_from(MAIN_WAY), max_size=1).map(tuple),
        stricter=st.lists(st.sampled_from(MAIN_WAY), max_size=1).map(tuple),
        steps=st.sampled_from(range(6)),
    )
    def begin(
        self, level: str, flaws: list[Edits], twice: tuple[str, ...], stricter: tuple[str, ...], steps: int
    ) -> None:
        """Report a record under some policy, well drafted or with a flaw, and take it some steps on its way."""
        edits = {path: value for flaw in flaws for path, value in flaw.items()}
        self.case: Case = world_of(twice, stricter).case(level, edits)
        self.held = Held()
        self.writers: dict[str, set[str]] = {}
        self.way: list[str] = []
        self._hold()
        for _ in range(steps):
            self.onward()

    # By the book

    @rule(choice=CHOICES, aim=CHOICES, by=LIKELY)
    def step(self, choice: int, aim: int, by: str) -> None:
        """Any step that starts here is taken by the book, if there is a way to take it."""
        self._step(self._leaving()[choice % len(self._leaving())], aim, by)

    @rule()
    def onward(self) -> None:
        """The next step of the main way is taken by the book."""
        for name in MAIN_WAY:
            if name in self._leaving():
                self._step(name, 0, "s.ito")
                return

    @rule(level=st.sampled_from([*RISKS]))
    def mend(self, level: str) -> None:
        """Somebody writes each section anew as it should be, so far as that is still open."""
        whole = near_miss(level)
        for part in ("assessment", "investigation", "root_cause", "action_plan", "verification", "lesson"):
            if self.case.data.get(part) != whole[part]:
                self.draft({part: whole[part]}, "m.okafor")

    # Faults

    @rule(choice=CHOICES, faults=st.lists(st.sampled_from(FAULTS), min_size=1, max_size=4), by=LIKELY)
    def stumble(self, choice: int, faults: list[Fault], by: str) -> None:
        """A step that is by the book but for one fault is refused, or waits, with the code of that fault."""
        for fault in faults:
            names = [name for name in self._leaving() if name in fault.on]
            if names:
                self._stumble(names[choice % len(names)], choice, fault, by)

    # Anything at all

    @rule(edits=EDITS, by=LIKELY)
    def draft(self, edits: Any, by: str) -> None:
        """Somebody commits an edit to the main branch directly; what does not pass is not taken."""
        fitting = _fitting(edits, self.case.data)
        if fitting is None or not self._may_be_judged(fitting):
            return
        attempt = self._known(self.case.change(fitting), by, writes=self.case.data)
        if _is_sound(attempt) and not self._judged(attempt):
            self._take(attempt)

    @rule(
        choice=CHOICES,
        edits=st.lists(st.one_of(st.just({}), EDITS), min_size=1, max_size=2),
        late=st.one_of(st.just({}), st.just({}), EDITS),
        signers=st.lists(LIKELY, max_size=3, unique=True),
        candid=st.sampled_from([True, True, False]),
        against=st.one_of(st.none(), st.none(), LIKELY),
        moved=st.sampled_from([None, None, None, "count", "leave"]),
        by=LIKELY,
    )
    def tangle(
        self,
        choice: int,
        edits: list[Any],
        late: Any,
        signers: list[str],
        against: str | None,
        moved: str | None,
        by: str,
        *,
        candid: bool,
    ) -> None:
        """Any step, with any edits before and after anybody has signed, objected, or changed the rules."""
        attempt = self._proposed(self._leaving()[choice % len(self._leaving())], choice)
        for change in edits:
            attempt = self._edited(attempt, change)
        attempt = self._known(attempt, by, writes=self.case.data)
        for one in signers:
            attempt = attempt.signed(
                one, contributors=sorted(attempt.authorship.of(written(attempt))) if candid else []
            )
        if against:
            attempt = attempt.objected(against)
        attempt = self._known(self._edited(attempt, late), by, writes=self.case.data)
        if moved and len(self.case.world.versions) < MOST_VERSIONS:
            attempt = replace(attempt, case=self.case.under(self._world(moved, attempt.transition, by)))
        if _is_sound(attempt) and not self._judged(attempt):
            self._take(attempt)

    @rule(name=st.sampled_from(MAIN_WAY), leaver=st.sampled_from(HANDLES), what=st.sampled_from(["count", "leave"]))
    def change_policy(self, name: str, leaver: str, what: str) -> None:
        """A new version of the policy comes into force: a step needs more signers, or somebody leaves."""
        if len(self.case.world.versions) < MOST_VERSIONS:
            self.case = self.case.under(self._world(what, name, leaver))

    # What must always be so

    @invariant()
    def main_is_sound(self) -> None:
        """What lies on the main branch validates, and its files alone prove it."""
        assert judge_record_structure(self.case.data, terms=self.case.world.newest.terms) == []
        standing, findings = judge_standing(self.case.dossier, self.case.world.register)
        assert findings == []
        assert standing.state == self.case.state
        assert standing.waiting is None

    @invariant()
    def verified_the_whole_way(self) -> None:
        """Nothing is verified but by every step of the main way."""
        if self.case.state == "verified":
            assert self.way == [*MAIN_WAY]

    # How it is done

    def _step(self, name: str, aim: int, by: str) -> None:
        attempt = self._known(self._proposed(name, aim), by, writes=self.case.data)
        signers = signers_by_the_book(attempt) if _is_sound(attempt) else None
        if signers is not None:
            assert self._judged(signed(attempt, signers)) == set()
            self._take(signed(attempt, signers))

    def _stumble(self, name: str, aim: int, fault: Fault, by: str) -> None:
        attempt = self._known(self._proposed(name, aim), by, writes=self.case.data)
        signers = signers_by_the_book(attempt) if _is_sound(attempt) else None
        faulty = fault.commit(attempt, signers) if signers else None
        if faulty is not None and (_is_sound(faulty) or fault.code in STRUCTURAL):
            codes = self._judged(faulty)
            assert fault.code in codes, f"{faulty.transition} from {faulty.case.state}: {fault.name}, judged {codes}"

    def _judged(self, attempt: Attempt) -> set[str]:
        """Return the codes on which both agree; judging changes nothing of what is judged."""
        seen = copy.deepcopy((attempt.case.data, attempt.after.data))
        codes = agreed(attempt)
        assert seen == (attempt.case.data, attempt.after.data)
        self.ledger.note(naive.verdict(codes))
        return codes

    def _leaving(self) -> list[str]:
        transitions = self.case.world.newest.data["rules"]["workflow"]["transitions"]
        return [entry["name"] for entry in transitions if self.case.state in entry["from"]]

    def _proposed(self, name: str, aim: int) -> Attempt:
        edits = _fitting(BY_THE_BOOK.get(name, dict)(self.case.data), self.case.data) or {}
        targets = transition_of(dict(self.case.world.newest.data["rules"]), name).get("to", [self.case.state])
        elsewhere = [to for to in targets if to != self.case.state] or targets
        return self.case.propose(name, edits, to=elsewhere[aim // MOST % len(elsewhere)])

    def _edited(self, attempt: Attempt, edits: Any) -> Attempt:
        fitting = _fitting(edits, attempt.after.data)
        return attempt if fitting is None or "state" in fitting else attempt.edit(fitting)

    def _may_be_judged(self, edits: Edits) -> bool:
        """A draft that moves the state several steps at once is tried elsewhere; the naive model takes one."""
        return "state" not in edits or at(self.case.data, "assessment.level") in {"medium", "high"}

    def _known(self, attempt: Attempt, by: str, *, writes: Any) -> Attempt:
        """Return the attempt with what git would tell of it: who wrote what, who moved it, what was ever held."""
        parts = {part for part in {*writes, *attempt.after.data} if writes.get(part) != attempt.after.data.get(part)}
        wrote = {part: frozenset(self.writers.get(part, set())) for part in {*self.writers, *parts}}
        wrote |= {part: wrote.get(part, frozenset()) | {by} for part in parts - {"state"}}
        authorship = Authorship(known=True, by_part=wrote, movers=frozenset({by} if attempt.transition else ()))
        return attempt.knowing(authorship=authorship, held=self.held, intended=attempt.transition)

    def _world(self, what: str, name: str, leaver: str) -> World:
        def more(rules: dict[str, Any]) -> None:
            transition_of(rules, name)["signers"]["count"] = {"default": 2}

        def leave(people: dict[str, Any]) -> None:
            person_of(people, leaver)["active"] = False

        return self.case.world.under(more) if what == "count" else self.case.world.under(None, leave)

    def _hold(self) -> None:
        severity = at(self.case.data, "assessment.severity_potential") or 0
        level = at(self.case.data, "assessment.level") or "minimal"
        self.held = Held(
            severity_potential=max(self.held.severity_potential, severity),
            level=max(self.held.level, level, key=LEVELS.index),
        )

    def _take(self, attempt: Attempt) -> None:
        """Put a change in force; the way of the record is kept as a plain list."""
        self.writers = {part: set(handles) for part, handles in attempt.authorship.by_part.items()}
        steps = max(
            (f.statement["seq"] for f in attempt.after.sign_offs if f.statement["verdict"] == "approve"), default=0
        )
        if steps > attempt.case.steps:
            transition = transition_of(dict(attempt.case.world.newest.data["rules"]), attempt.transition)
            self.writers = {part: who for part, who in self.writers.items() if part not in written(attempt)}
            if transition["kind"] == "forward":
                self.way.append(attempt.transition)
            if transition["kind"] == "back":
                ends = {"investigated": 1, "root-caused": 2, "reported": 0}
                self.way = self.way[: ends[attempt.after.state]]
        self.case = Case(world=attempt.case.world, dossier=attempt.after, steps=steps)
        self._hold()


MOST_VERSIONS = 3


def _is_sound(attempt: Attempt) -> bool:
    """Say whether a record has the form of one, so far as the naive model does not judge that itself."""
    found = judge_record_structure(attempt.after.data, terms=attempt.case.world.newest.terms)
    return all(finding.code in STRUCTURAL and len(finding.field) == 1 for finding in found)


def _fitting(edits: Any, data: Any) -> Edits | None:
    """Return edits that can be made to this record at all, or None; the first entry of a list makes the list."""
    fitting: dict[str, Any] = {}
    for path, value in (edits(data) if callable(edits) else edits).items():
        *way, last = path.split(".")
        place = _place(data, way)
        if value is GONE and not (isinstance(place, dict) and last in place):
            return None
        if last == "0" and place == {}:
            fitting[".".join(way)] = [value]
        elif isinstance(place, dict) or (isinstance(place, list) and last.isdigit() and int(last) <= len(place)):
            fitting[path] = value
        else:
            return None
    return fitting


def _place(data: Any, way: list[str]) -> Any:
    for key in way:
        if isinstance(data, list):
            data = data[int(key)] if int(key) < len(data) else None
        elif isinstance(data, dict):
            data = data.get(key, {})
    return data


def test_every_verdict_twice() -> None:
    """Program and naive model agree on every step of random lives, of which at least a third are illegal."""
    Life.ledger = Ledger()

    run_state_machine_as_test(Life, settings=SETTINGS)

    ledger = Life.ledger
    assert ledger.illegal * 3 >= ledger.legal + ledger.waiting + ledger.illegal
    assert ledger.legal >= settings().max_examples


# Making a failure shorter and explaining it takes far longer than finding it; the steps that led to it are printed.
SETTINGS = settings(
    max_examples=2 * settings().max_examples, stateful_step_count=30, phases=set(Phase) - {Phase.shrink, Phase.explain}
)
