"""Random lives of a record: whatever people draft, propose, sign, object, tamper with or decide, the rules hold.

Every change is judged by the program; what passes becomes the main branch, and is then held against the rules as
`naive.py` reads them. Nothing here relies on the program to say what should have happened.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from hypothesis import Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nearmiss.models.digests import digest
from nearmiss.policy.dossier import SignedFile
from nearmiss.policy.facts import Authorship, Held
from nearmiss.policy.standing import judge_standing
from nearmiss.policy.structure import judge_record_structure
from tests.policy import naive
from tests.policy.builder import (
    DECLINED,
    ESCALATED,
    FIRST_DAY,
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

HANDLES = [person["handle"] for person in PEOPLE["people"]]
SIGNERS = ["r.meyer", "p.lind", "k.adeyemi", "v.novak", "a.brandt", "s.ito"]
LIKELY = st.one_of(st.sampled_from(SIGNERS[:3]), st.sampled_from(SIGNERS), st.sampled_from(HANDLES))
KEEPING = ("amend-plan", "reassess", "publish-alert", "review-lesson", "correct", "redact")
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
    *({"assessment.level": level} for level in naive.LEVELS),
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
OF_ITS_KIND: dict[str, Edits] = {
    "decline": DECLINED,
    "escalate": ESCALATED,
    "amend-plan": {f"{A1}.side_effects": "None."},
    "reassess": {"assessment.crew": "B"},
    "publish-alert": {"alert": {"headline": "Chock", "do_this": "Look", "until": "2027-01-01"}},
    "review-lesson": {"lesson.status": "current"},
}
"""Edits with which a step can succeed."""

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
    way = path.split(".")

    def append(data: Any) -> Edits:
        return {f"{path}.{len(naive.at(data, *way) or [])}": entry}

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


def _correction(data: Any) -> Edits:
    """Correct the location of the report, as it should be done."""
    was = naive.at(data, "report", "location")
    now = "dock-2" if was == "dock-3" else "dock-3"
    entry = {"field": "report.location", "was": was, "now": now, "because": "Misheard.", "on": "2026-12-01"}
    return {"report.location": now, f"corrections.{len(data.get('corrections', ()))}": entry}


def _redaction(data: Any) -> Edits:
    entry = {"field": "report.reporter.person", "now": "redacted", "because": "Asked for.", "on": "2026-12-01"}
    return {"report.reporter.person": "redacted", f"corrections.{len(data.get('corrections', ()))}": entry}


EDITS = st.one_of(
    st.sampled_from(HARMLESS),
    st.sampled_from(TELLING),
    st.sampled_from(TAKEN_OUT),
    st.sampled_from(FORBIDDEN),
    st.sampled_from(APPENDED),
)

MOST = 12
CHOICES = st.integers(0, 3 * MOST - 1)
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


class Life(RuleBasedStateMachine):
    """One record, the people around it, and a rule book that may change under way."""

    @initialize(
        level=st.sampled_from([*RISKS]),
        flaws=st.lists(FLAWS, max_size=1),
        twice=st.lists(st.sampled_from(naive.MAIN_WAY), max_size=1).map(tuple),
        stricter=st.lists(st.sampled_from(naive.MAIN_WAY), max_size=1).map(tuple),
    )
    def begin(
        self,
        level: str,
        flaws: list[Edits],
        twice: tuple[str, ...] = (),
        stricter: tuple[str, ...] = (),
    ) -> None:
        """Report a record under some policy, well drafted or with a few flaws."""
        edits = {path: value for flaw in flaws for path, value in flaw.items()}
        self.case: Case = world_of(twice, stricter).case(level, edits)
        self.branch: Attempt | None = None
        self.way: list[tuple[str, str]] = []
        self.plan_days: dict[int, str] = {}
        self.held = Held()
        self.writers: dict[str, set[str]] = {}
        self.branch_writers: dict[str, set[str]] = {}
        self.proposer = ""
        self.day = FIRST_DAY
        self._hold()

    # What people do

    @rule(edits=EDITS, by=LIKELY)
    def draft(self, edits: Any, by: str) -> None:
        """Somebody commits an edit to the main branch directly; what does not pass is not taken."""
        self.draft_edits(edits, by)

    def draft_edits(self, edits: Any, by: str) -> None:
        """Try an edit on the main branch."""
        edits = _fitting(edits, self.case.data)
        if edits is None:
            return
        attempt = self._knowing(self.case.change(edits))
        self._unmoved(attempt)
        if attempt.verdict == "pass":
            self._note(self.writers, self.case.data, attempt.after.data, by)
            self._take(attempt)

    @precondition(lambda self: self.branch is None)
    @rule(edits=st.one_of(st.just({}), EDITS), by=LIKELY, choice=CHOICES)
    def propose(self, edits: Any, by: str, choice: int) -> None:
        """Somebody proposes any step that starts here, with an edit."""
        leaving = self._leaving()
        self._open(leaving[choice % len(leaving)], edits, by, choice)

    @rule(level=st.sampled_from([*RISKS]))
    def mend(self, level: str) -> None:
        """Somebody writes each section anew as it should be, so far as that is still open."""
        whole = near_miss(level)
        for part in ("assessment", "investigation", "root_cause", "action_plan", "verification", "lesson"):
            self.draft_edits({part: whole[part]}, "m.okafor")

    @precondition(lambda self: self.branch is None)
    @rule(by=st.sampled_from(SIGNERS))
    def propose_next(self, by: str) -> None:
        """Somebody proposes the next step of the main way as it should be done."""
        for name in naive.MAIN_WAY:
            if self.case.state in transition_of(self._rules(), name)["from"]:
                self._open(name, {}, by, 0)

    @rule(signers=st.sampled_from([1, 2, 2]), twist=st.one_of(st.none(), st.none(), TWISTS), late=st.booleans())
    def step_as_it_should_be(self, signers: int, twist: Edits | None, *, late: bool) -> None:
        """The next step of the main way is taken by the book, but perhaps for one edit, before or after signing."""
        self.abandon()
        self.propose_next("s.ito")
        if self.branch is not None:
            wrote = self._contributors(self.branch)
            free = [handle for handle in ("r.meyer", "p.lind", "i.garcia", "k.adeyemi") if handle not in wrote]
            if twist is not None and not late:
                self.edit_branch(twist, "s.ito")
            for by in free[:signers]:
                self.sign(by, 0, candid=True)
            if twist is not None and late:
                self.edit_branch(twist, "s.ito")
            self.merge()
            self.branch = None

    @rule(closing=st.sampled_from(["decline", "escalate", "send-back"]), aim=st.integers(0, 2))
    def turn_aside(self, closing: str, aim: int) -> None:
        """The record is closed by another way, or sent back, and perhaps reopened, each by the book."""
        for name, by in ((closing, "r.meyer"), ("reopen", "p.lind")):
            self.abandon()
            if name in self._leaving():
                self._open(name, OF_ITS_KIND.get(name, {}), "s.ito", aim * MOST)
            if self.branch is not None:
                self.sign(by, 0, candid=True)
                self.merge()
        self.abandon()

    @rule(signers=st.sampled_from([1, 2]))
    def hurry(self, signers: int) -> None:
        """As many steps of the main way are taken, one after the other, as the record allows."""
        steps = -1
        while steps < self.case.steps:
            steps = self.case.steps
            self.step_as_it_should_be(signers, None, late=False)

    @rule(
        edits=st.one_of(st.just({}), st.sampled_from(HARMLESS), st.sampled_from(TELLING), st.sampled_from(APPENDED)),
        choice=CHOICES,
        signers=st.one_of(st.just(["p.lind", "v.novak"]), st.lists(LIKELY, min_size=1, max_size=2, unique=True)),
    )
    def step_of_any_kind(self, edits: Any, choice: int, signers: list[str]) -> None:
        """Any step that starts here is proposed, signed and tried at once."""
        self.abandon()
        leaving = self._leaving()
        name = leaving[choice % len(leaving)]
        self._open(name, OF_ITS_KIND.get(name, {}) if edits == {} else edits, "s.ito", choice)
        if self.branch is not None:
            for by in signers:
                self.sign(by, 0, candid=True)
            self.merge()
            self.branch = None

    @precondition(lambda self: self.branch is not None)
    @rule(edits=EDITS, by=LIKELY)
    def edit_branch(self, edits: Any, by: str) -> None:
        """Somebody edits the record on the branch, signed or not."""
        assert self.branch is not None
        edits = _fitting(edits, self.branch.after.data)
        if edits is None:
            return
        before = self.branch.after.data
        self.branch = self.branch.edit(edits)
        self._note(self.branch_writers, before, self.branch.after.data, by)

    @precondition(lambda self: self.branch is not None)
    @rule(by=LIKELY, candid=st.sampled_from([True, True, True, False]), late=st.sampled_from([0, 0, 0, 90]))
    def sign(self, by: str, late: int, *, candid: bool) -> None:
        """Anybody at all gives an approval, stating the contributors or keeping them quiet."""
        assert self.branch is not None
        self.day += timedelta(days=late)
        said = self._contributors(self.branch) if candid else set()
        at = f"{self.day}T08:05:00Z"
        self.branch = self.branch.signed(by, contributors=sorted(said), at=at)

    @precondition(lambda self: self.branch is not None)
    @rule(by=LIKELY)
    def object_(self, by: str) -> None:
        """Anybody objects."""
        assert self.branch is not None
        self.branch = self.branch.objected(by, at=f"{self.day}T08:05:00Z")

    @precondition(lambda self: self.branch is not None)
    @rule()
    def merge(self) -> None:
        """Somebody tries to merge; only what passes becomes the main branch."""
        assert self.branch is not None
        attempt = self._knowing(self.branch)
        self._unmoved(attempt)
        if attempt.verdict == "pass":
            for part, handles in self.branch_writers.items():
                self.writers.setdefault(part, set()).update(handles)
            self._take(attempt)
            self.branch = None

    @rule()
    def abandon(self) -> None:
        """What is proposed, if anything, is given up."""
        self.branch = None

    @precondition(lambda self: self.case.dossier.sign_offs)
    @rule(place=st.integers(0, 20), how=st.sampled_from(["lost", "retold", "joined"]), by=LIKELY)
    def tamper(self, place: int, how: str, by: str) -> None:
        """Whatever is done to a sign-off that is in force, it is refused."""
        files = list(self.case.dossier.sign_offs)
        file = files[place % len(files)]
        if how == "lost":
            files.remove(file)
        elif how == "retold":
            files[files.index(file)] = _retold(file, time_source="server")
        elif any(other.statement["by"] == by for other in files):
            return
        else:
            files.append(self.case.world.sign_off(self.case.dossier, {**file.statement, "by": by}))
        after = replace(self.case.dossier, sign_offs=tuple(files))
        attempt = self._knowing(Attempt(case=self.case, after=after, transition=""))
        self._unmoved(attempt)
        assert attempt.verdict == "refuse", how

    @rule(
        name=st.sampled_from(naive.MAIN_WAY), leaver=st.sampled_from(HANDLES), what=st.sampled_from(["count", "leave"])
    )
    def change_policy(self, name: str, leaver: str, what: str) -> None:
        """A new version of the policy comes into force: a step needs more signers, or somebody leaves."""
        if len(self.case.world.versions) > 2:
            return

        def more(rules: dict[str, Any]) -> None:
            transition_of(rules, name)["signers"]["count"] = {"default": 2}

        def leave(people: dict[str, Any]) -> None:
            person_of(people, leaver)["active"] = False

        world = self.case.world.under(more) if what == "count" else self.case.world.under(None, leave)
        self.case = self.case.under(world)
        if self.branch is not None:
            self.branch = replace(self.branch, case=self.case)

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
        """Nothing is verified but by every step of the main way, each of which was held against the rules."""
        names = [name for name, _ in self.way]
        if self.case.state == "verified":
            assert names == [*naive.MAIN_WAY]
            event("verified")
        event(f"at most {self.case.state}")

    # How it is noted and held against the rules

    def _rules(self) -> dict[str, Any]:
        return dict(self.case.world.newest.data["rules"])

    def _leaving(self) -> list[str]:
        transitions = self._rules()["workflow"]["transitions"]
        return [entry["name"] for entry in transitions if self.case.state in entry["from"]]

    def _open(self, name: str, edits: Any, by: str, choice: int) -> None:
        if name in {"correct", "redact"}:
            edits = _correction if name == "correct" else _redaction
        edits = _fitting(edits, self.case.data)
        if edits is None or "state" in edits:
            return
        targets = transition_of(self._rules(), name).get("to", [self.case.state])
        self.branch = self.case.propose(name, edits, to=targets[choice // MOST % len(targets)])
        self.branch_writers = {}
        self.proposer = by
        self._note(self.branch_writers, self.case.data, self.branch.after.data, by)

    def _note(self, writers: dict[str, set[str]], before: Any, after: Any, by: str) -> None:
        for part in {*before, *after} - {"state"}:
            if before.get(part) != after.get(part):
                writers.setdefault(part, set()).add(by)

    def _by_part(self) -> dict[str, frozenset[str]]:
        parts = {*self.writers, *self.branch_writers} if self.branch else {*self.writers}
        branch = self.branch_writers if self.branch else {}
        return {part: frozenset(self.writers.get(part, set()) | branch.get(part, set())) for part in parts}

    def _contributors(self, attempt: Attempt) -> set[str]:
        sealed = set(attempt.content(transition_of(self._rules(), attempt.transition))["sections"]) | {"title"}
        sealed &= set(transition_of(self._rules(), attempt.transition).get("seals", ()))
        return {handle for part in sealed for handle in self._by_part().get(part, ())} | {self.proposer}

    def _knowing(self, attempt: Attempt) -> Attempt:
        movers = frozenset({self.proposer}) if attempt.transition else frozenset()
        authorship = Authorship(known=True, by_part=self._by_part(), movers=movers)
        return attempt.knowing(authorship=authorship, held=self.held, intended=attempt.transition)

    def _unmoved(self, attempt: Attempt) -> None:
        """Judging changes nothing of what is judged, and says the same when it is asked again."""
        seen = copy.deepcopy((attempt.case.data, attempt.after.data, attempt.case.dossier.sign_offs))
        first = attempt.judge()
        assert seen == (attempt.case.data, attempt.after.data, attempt.case.dossier.sign_offs)
        assert attempt.judge() == first

    def _hold(self) -> None:
        severity = naive.at(self.case.data, "assessment", "severity_potential") or 0
        level = naive.at(self.case.data, "assessment", "level") or "minimal"
        self.held = Held(
            severity_potential=max(self.held.severity_potential, severity),
            level=max(self.held.level, level, key=naive.LEVELS.index),
        )

    def _take(self, attempt: Attempt) -> None:
        before, after = attempt.case.dossier, attempt.after
        assert set(before.data) <= set(after.data)
        assert after.id == before.id
        kept = {file.path: file.bytes_digest for file in after.sign_offs}
        assert {file.path: file.bytes_digest for file in before.sign_offs}.items() <= kept.items()
        new = [file for file in after.sign_offs if file.statement["seq"] > attempt.case.steps]
        approvals = [file for file in new if file.statement["verdict"] == "approve"]
        if approvals:
            self._hold_step_against_the_rules(attempt, approvals)
        else:
            assert after.state == before.state
            self._hold_unsigned_against_the_rules(attempt)
        steps = max((file.statement["seq"] for file in approvals), default=attempt.case.steps)
        self.case = Case(world=attempt.case.world, dossier=after, steps=steps)
        self._hold()

    def _hold_unsigned_against_the_rules(self, attempt: Attempt) -> None:
        before, after = attempt.case.data, attempt.after.data
        severity = [naive.at(data, "assessment", "severity_potential") or 0 for data in (before, after)]
        level = [naive.LEVELS.index(naive.at(data, "assessment", "level") or "minimal") for data in (before, after)]
        assert severity[0] <= severity[1]
        assert level[0] <= level[1]
        was, now = before["report"], after["report"]
        assert {key: value for key, value in now.items() if key in was} == {**was, **_redacted(now)}
        assert before.get("corrections") == after.get("corrections")

    def _hold_step_against_the_rules(self, attempt: Attempt, approvals: list[SignedFile]) -> None:
        rules, people = self._rules(), dict(self.case.world.newest.data["people"])
        before, after = attempt.case.data, attempt.after.data
        said = [file.statement for file in approvals]
        [name] = {statement["transition"] for statement in said}
        transition = transition_of(rules, name)
        event(f"took {name}")
        assert attempt.case.state in transition["from"]
        assert {(one["from"], one["to"]) for one in said} == {(before["state"], after["state"])}
        assert naive.missing_needs(transition, after) == []
        plan_day = max(self.plan_days.values(), default="")
        assert naive.unmet(name, before, after, rules, people, plan_day) == []
        self._hold_signers_against_the_rules(attempt, transition, said, people)
        if name == "correct":
            assert len(after["corrections"]) == len(before.get("corrections", ())) + 1
        self._go(transition, after["state"], max(one["at"] for one in said)[:10])

    def _hold_signers_against_the_rules(
        self, attempt: Attempt, transition: dict[str, Any], said: list[Any], people: dict[str, Any]
    ) -> None:
        rules, after = self._rules(), attempt.after.data
        count, roles = naive.signers_wanted(rules, transition, after)
        assert len({one["by"] for one in said}) >= count
        assert roles <= {one["role"] for one in said}
        contributors = self._contributors(attempt)
        barred = naive.separated(transition, attempt.case.data, after)
        for one in said:
            assert one["role"] in {*transition["signers"]["roles"], *roles}
            assert one["role"] in naive.roles_held(people, one["by"], after)
            assert one["by"] not in barred
            assert one["policy"]["rules"] == digest(rules)
            assert one["content"] == attempt.content(transition)
            if transition["signers"].get("contributors") != "allowed":
                assert one["by"] not in contributors
            if transition.get("reason") == "required":
                assert one["because"]
            if transition["signers"].get("never_closers"):
                assert one["by"] not in self.closers

    closers: frozenset[str] = frozenset()

    def _go(self, transition: dict[str, Any], to: str, day: str) -> None:
        """Keep the way of the record as a plain list: forward adds, back takes off."""
        seq = self.case.steps + 1
        if transition["kind"] == "forward":
            self.way.append((transition["name"], to))
            self.closers = frozenset(
                file.statement["by"]
                for file in (self.branch.after.sign_offs if self.branch else ())
                if (file.statement["seq"], file.statement["verdict"]) == (seq, "approve")
            )
        if transition["kind"] == "back":
            while self.way and self.way[-1][1] != to:
                self.way.pop()
            assert self.way or to == "reported"
            if "plan-action" not in [name for name, _ in self.way]:
                self.plan_days = {}
        if transition["name"] in {"plan-action", "amend-plan"}:
            self.plan_days[seq] = day
        sealed = transition.get("seals", ())
        self.writers = {part: handles for part, handles in self.writers.items() if part not in sealed}


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


def _retold(file: SignedFile, **said: Any) -> SignedFile:
    data = {"statement": {**file.statement, **said}}
    return replace(file, data=data, bytes_digest=digest(data))


def _redacted(data: Any) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value == "redacted"}


# Explaining a failure takes longer than finding it; the steps that led to it are printed anyway.
Life.TestCase.settings = settings(
    stateful_step_count=40, max_examples=3 * settings().max_examples, phases=set(Phase) - {Phase.explain}
)
TestLife = Life.TestCase
