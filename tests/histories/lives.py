"""Invented histories of a register, each drawn from one seed: whole lives of records by the book, or with one fault.

A history is a list of requests onto main, none of which is written yet. A third of the histories end with one that must
not pass; it says by which code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random
from typing import Any

from nearmiss.policy.dossier import Dossier
from nearmiss.policy.facts import Authorship, Held
from nearmiss.policy.standing import replay
from tests.engine.fast_import import Content
from tests.histories.acts import ACTS_ON_POLICY, PARKED, verdict_of
from tests.histories.documents import policy_files, record_file, sign_off_file, signed_version
from tests.histories.requests import Request, Written
from tests.policy import naive
from tests.policy.builder import (
    Attempt,
    Case,
    World,
    near_miss,
    person_of,
    standard_world,
    transition_of,
)
from tests.policy.faults import STRUCTURAL, Fault, signed
from tests.policy.naive_needs import LEVELS, at
from tests.policy.oracle import BY_THE_BOOK, as_plain, signers_by_the_book
from tests.policy.test_state_machine import FORBIDDEN, HARMLESS, MAIN_WAY, TELLING, _fitting, _is_sound

WAYS = ("merge", "squash", "rebase", "fast-forward")
NOT_SQUASHED = ("merge", "rebase", "fast-forward")
"""Ways after which main can tell who brought a sign-off."""

OTHER_ID = "NM-2026-7Q4K3"
PROPOSERS = ("s.ito", "i.garcia", "m.okafor", "t.silva")
STRANGER = "somebody@example.net"
SECTION_WRITERS = {
    "assessment": "i.garcia",
    "investigation": "s.ito",
    "root_cause": "s.ito",
    "action_plan": "s.ito",
    "progress": "t.silva",
    "verification": "v.novak",
    "lesson": "s.ito",
}
"""Who drafts each section of a record, after m.okafor has reported it."""


@dataclass
class Past:
    """A record as it lies on main, with who wrote what when, and when each step came there."""

    case: Case
    held: Held = field(default_factory=Held)
    writes: list[tuple[int, str, frozenset[str]]] = field(default_factory=list)
    sealed_at: dict[int, int] = field(default_factory=dict)


@dataclass
class History:
    """A history on the way: its world, the records in it, and the requests so far."""

    random: Random
    world: World
    records: dict[str, Past] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    last_merged: dict[str, int] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """Why the last request must not pass; empty where all of it is legal."""
        return self.requests[-1].code

    @property
    def code_on_main(self) -> str:
        """Why main does not hold once everything was merged."""
        return self.requests[-1].code_on_main

    def add(self, request: Request, subject: str, *, ways: Sequence[str] = WAYS) -> str:
        """Put a request at the end, and return how it comes onto main; some began before others about other things."""
        free = len(self.requests) - max(self.last_merged.get(one, 0) for one in (subject, "policy"))
        began = self.random.randint(0, min(free, 3)) if self.random.random() < 0.3 else 0
        possible = [way for way in ways if began == 0 or way != "fast-forward"]
        self.requests.append(replace(request, began=began, way=self.random.choice(possible)))
        self.last_merged[subject] = len(self.requests)
        return self.requests[-1].way

    def report(self, record_id: str, level: str) -> None:
        """Let m.okafor report a near miss, and others draft its sections, some of them in one request."""
        whole = near_miss(level, {"id": record_id})
        told = {part: whole[part] for part in ("schema", "id", "title", "state", "report")}
        past = Past(case=Case(world=self.world, dossier=self.world.dossier(told)))
        self.records[record_id] = past
        self.add(Request(what=f"{record_id} is reported", commits=(_commit("m.okafor", past.case.dossier),)), record_id)
        past.writes.append((len(self.requests), "m.okafor", frozenset({"title", "report"})))
        parts = [part for part in SECTION_WRITERS if part in whole]
        while parts:
            some = parts[: self.random.randint(1, 7)]
            parts = parts[len(some) :]
            commits = []
            for part in some:
                attempt = past.case.change({part: whole[part]})
                commits.append(_commit(SECTION_WRITERS[part], attempt.after))
                past.case = Case(world=self.world, dossier=attempt.after)
            way = self.add(Request(what=f"{record_id} is drafted", commits=tuple(commits)), record_id)
            # Whoever squashes a branch has written all of it, so far as main can tell.
            writers = {part: SECTION_WRITERS[some[0] if way == "squash" else part] for part in some}
            past.writes += [(len(self.requests), who, frozenset({part})) for part, who in writers.items()]
        self._hold(past)

    def draft(self, record_id: str, *, parking: Mapping[str, Content] | None = None) -> bool:
        """Change what nobody has sealed; files may lie for one commit in the history of that, and are then merged."""
        past = self.records[record_id]
        edits = self.random.choice([edit for edit in HARMLESS[1:] if edit is not HARMLESS[-1]])
        fitting = _fitting(edits, past.case.data)
        if not fitting:
            return False
        author = self.random.choice(PROPOSERS)
        attempt = self.known(past, past.case.change(fitting), author)
        if not _is_sound(attempt) or naive.judge(as_plain(attempt)):
            return False
        draft = _commit(author, attempt.after)
        if parking is None:
            self._accept(record_id, attempt, (draft,), f"{record_id} is drafted", author)
            return True
        taken_out = {**draft.files, **dict.fromkeys(parking)}
        commits = (Written(author="s.ito", files=parking, mark=PARKED), replace(draft, files=taken_out))
        what = f"{record_id} is drafted over what is parked"
        self._accept(record_id, attempt, commits, what, author, ways=("merge",))
        return True

    def step(self, record_id: str, name: str, *, fault: Fault | None = None) -> bool:
        """Take a step by the book, or with one fault; False where it cannot be taken here."""
        past = self.records[record_id]
        author = self.random.choice(PROPOSERS)
        attempt = self.proposed(past, name, author)
        if attempt is None or not _is_sound(attempt):
            return False
        signers = signers_by_the_book(attempt)
        if not signers:
            return False
        if fault is not None:
            return self._stumble(record_id, attempt, signers, author, fault)
        done = signed(attempt, signers)
        self._accept(record_id, done, _as_commits(done, author), f"{record_id}: {name}", author)
        return True

    def close(self, record_id: str) -> bool:
        """Take all forward steps that are left in one request, as small cases may."""
        past, author = self.records[record_id], self.random.choice(PROPOSERS)
        if past.case.data["assessment"]["level"] not in {"minimal", "low"}:
            return False
        case, attempts, moves = past.case, [], frozenset({author})
        for name in MAIN_WAY:
            if not _starts_from(self.world, name, case.state):
                continue
            attempt = case.propose(name)
            attempt = attempt.knowing(
                authorship=replace(self._authorship(past, attempt, author), movers=moves), held=past.held, intended=name
            )
            signers = signers_by_the_book(attempt) if _is_sound(attempt) else None
            if not signers:
                return False
            attempts.append(signed(attempt, signers))
            case = attempts[-1].accept()
        if len(attempts) < 2:
            return False
        final = replace(attempts[-1], case=past.case)
        self._accept(record_id, final, _as_commits(final, author), f"{record_id} is closed", author, tuple(attempts))
        return True

    def change_policy(self, *, act: str = "", parked_in: str = "") -> bool:
        """Put a further version of the policy in force: a step needs more signers, or somebody joins.

        Its approval may lie parked, by s.ito, in the history of a draft that was merged before: that is nobody's word.
        """
        rules: Any = None
        people: Any = None
        if self.random.random() < 0.5:
            name = self.random.choice(("find-root-cause", "plan-action", "amend-plan"))
            rules = lambda data: transition_of(data, name)["signers"].update(count={"default": 2})  # noqa: E731
        else:
            handle = self.random.choice(("n.site", "e.area", "j.class"))
            people = lambda data: person_of(data, handle).update(active=not person_of(data, handle).get("active", True))  # noqa: E731
        world = self.world.under(rules, people)
        files, approval = policy_files(world, self.world), signed_version(world, by="o.haddad", wrote=("s.ito",))
        if parked_in and not self.draft(parked_in, parking=approval):
            return False
        commits = [Written(author="s.ito", files=files), Written(author="o.haddad", files=approval)]
        request = Request(what=f"policy {world.newest.number}", commits=tuple(commits))
        if act:
            way = self.random.choice(NOT_SQUASHED) if parked_in else "merge"
            done = ACTS_ON_POLICY[act](world, request)
            if done is None:
                return False
            self.requests.append(replace(done, code=act, verdict=verdict_of(act), way=way))
            return True
        self.add(request, "policy")
        self.world = world
        for past in self.records.values():
            past.case = past.case.under(world)
        return True

    def known(self, past: Past, attempt: Attempt, author: str) -> Attempt:
        """Return an attempt with what git will tell of it."""
        authorship = self._authorship(past, attempt, author)
        return attempt.knowing(authorship=authorship, held=past.held, intended=attempt.transition)

    def proposed(self, past: Past, name: str, author: str) -> Attempt | None:
        """Return a step that nobody has signed yet, or None where it does not start here."""
        if not _starts_from(self.world, name, past.case.state):
            return None
        edits = _fitting(BY_THE_BOOK.get(name, dict)(past.case.data), past.case.data)
        if edits is None:
            return None
        said = transition_of(dict(self.world.newest.data["rules"]), name)
        targets = [to for to in said.get("to", ()) if to != past.case.state] or [past.case.state]
        return self.known(past, past.case.propose(name, edits, to=self.random.choice(targets)), author)

    def _authorship(self, past: Past, attempt: Attempt, author: str) -> Authorship:
        """Who wrote what since it was sealed, this attempt included; a stranger is nobody."""
        before, after = past.case.data, attempt.after.data
        parts = frozenset(part for part in {*before, *after} - {"state"} if before.get(part) != after.get(part))
        writes = [*past.writes, (len(self.requests) + 1, author, parts)]
        seals = replay(past.case.dossier, self.world.register).seals
        by_part: dict[str, set[str]] = {}
        strangers: dict[str, frozenset[str]] = {}
        for when, who, touched in writes:
            for part in touched:
                if part in seals and when <= past.sealed_at[seals[part].seq]:
                    continue
                if who == STRANGER:
                    strangers[part] = frozenset({who})
                else:
                    by_part.setdefault(part, set()).add(who)
        moved = before["state"] != after["state"]
        if moved and author == STRANGER:
            strangers["state"] = frozenset({author})
        movers = frozenset({author}) if moved and author != STRANGER else frozenset()
        wrote = {part: frozenset(who) for part, who in by_part.items()}
        return Authorship(known=True, by_part=wrote, movers=movers, strangers=strangers)

    def _stumble(self, record_id: str, attempt: Attempt, signers: Sequence[str], author: str, fault: Fault) -> bool:
        past = self.records[record_id]
        faulty = fault.commit(attempt, signers)
        if faulty is None or not (_is_sound(faulty) or fault.code in STRUCTURAL):
            return False
        if faulty.after.sign_offs == attempt.case.dossier.sign_offs and faulty.after.state == attempt.case.state:
            # Nobody signed it, and it takes no step: it is a draft like any other.
            return False
        author = _author_of(faulty, attempt, author)
        faulty = self.known(past, faulty, author)
        codes = naive.judge(as_plain(faulty))
        if fault.code not in codes:
            return False
        request = Request(
            what=f"{record_id}: {attempt.transition}, and {fault.name}",
            commits=_as_commits(faulty, author),
            way=self.random.choice(WAYS),
            code=fault.code,
            verdict=naive.verdict(codes),
            attempts=(faulty,),
        )
        self.requests.append(request)
        return True

    def stray(self, record_id: str) -> bool:
        """Draft what must not be drafted."""
        past = self.records[record_id]
        fitting = _fitting(self.random.choice(FORBIDDEN + TELLING), past.case.data)
        if not fitting or "state" in fitting:
            return False
        author = self.random.choice(PROPOSERS)
        attempt = self.known(past, past.case.change(fitting), author)
        codes = naive.judge(as_plain(attempt))
        if not codes or not (_is_sound(attempt) or codes <= STRUCTURAL):
            return False
        request = Request(
            what=f"{record_id}: a draft of {', '.join(fitting)}",
            commits=(_commit(author, attempt.after),),
            way=self.random.choice(WAYS),
            code=min(codes),
            verdict=naive.verdict(codes),
            attempts=(attempt,),
        )
        self.requests.append(request)
        return True

    def _accept(
        self,
        record_id: str,
        attempt: Attempt,
        commits: tuple[Written, ...],
        what: str,
        author: str,
        attempts: tuple[Attempt, ...] = (),
        ways: Sequence[str] = WAYS,
    ) -> None:
        past = self.records[record_id]
        before, after = past.case.data, attempt.after.data
        self.add(Request(what=what, commits=commits, attempts=attempts or (attempt,)), record_id, ways=ways)
        parts = frozenset(part for part in {*before, *after} - {"state"} if before.get(part) != after.get(part))
        past.writes.append((len(self.requests), author, parts))
        steps = max((int(file.statement["seq"]) for file in attempt.after.sign_offs), default=0)
        past.sealed_at |= {seq: len(self.requests) for seq in range(past.case.steps + 1, steps + 1)}
        past.case = Case(world=self.world, dossier=attempt.after, steps=steps)
        self._hold(past)

    def _hold(self, past: Past) -> None:
        severity = at(past.case.data, "assessment.severity_potential") or 0
        level = at(past.case.data, "assessment.level") or "minimal"
        past.held = Held(
            severity_potential=max(past.held.severity_potential, severity),
            level=max(past.held.level, level, key=LEVELS.index),
        )


def _starts_from(world: World, name: str, state: str) -> bool:
    return state in transition_of(dict(world.newest.data["rules"]), name)["from"]


def _commit(author: str, dossier: Dossier) -> Written:
    return Written(author=author, files={dossier.path: record_file(dossier.data)})


def _author_of(faulty: Attempt, honest: Attempt, author: str) -> str:
    """Return by whom a step must be committed so that git tells what the fault says of its authors."""
    if faulty.authorship.strangers != honest.authorship.strangers:
        return STRANGER
    more = faulty.authorship.movers - honest.authorship.movers
    return min(more) if more else author


def _as_commits(attempt: Attempt, author: str) -> tuple[Written, ...]:
    """Return a step as commits: what its proposer did, and then each signer's word by the signer."""
    before = {file.path: file for file in attempt.case.dossier.sign_offs}
    after = {file.path: file for file in attempt.after.sign_offs}
    by_author: dict[str, Content] = {path: None for path in before if path not in after}
    by_author |= {path: sign_off_file(file) for path, file in after.items() if before.get(path, file) != file}
    by_author[attempt.after.path] = record_file(attempt.after.data)
    words = [file for path, file in after.items() if path not in before]
    given = (Written(author=str(file.statement["by"]), files={file.path: sign_off_file(file)}) for file in words)
    return (Written(author=author, files=by_author), *given)


@cache
def first_world() -> World:
    """Return the world in which every history begins."""
    return standard_world()
