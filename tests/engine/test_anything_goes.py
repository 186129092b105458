"""Random commands by random people on a real repository: whatever they try, what is on main stays proved."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nearmiss.engine.instance import read_register
from nearmiss.engine.looking.showing import show
from nearmiss.errors import NearMissError
from nearmiss.policy.standing import judge_standing
from tests.engine.scene import FORWARD, Scene, codes, edits_of, walked_scene
from tests.engine.test_steps_aside import HAZARD
from tests.policy.builder import near_miss

PEOPLE = ["r.meyer", "p.lind", "k.adeyemi", "t.silva", "s.ito", "i.garcia", "v.novak", "m.okafor", "l.former"]
"""Signers of every kind, one who signs nothing, and one who left."""

STEPS: dict[str, dict[str, Any]] = {
    "investigate": {},
    "find-root-cause": {},
    "plan-action": {},
    "verify": {},
    "decline": {"values": HAZARD},
    "escalate": {"values": {"escalation": {"incident_ref": "INC-7"}}},
    "reassess": {"values": {"assessment.level": "medium"}},
    "correct": {"values": {"report.location": "dock-2"}},
    "redact": {"values": {"title": "redacted", "report.what_happened": "redacted"}},
    "publish-alert": {"values": {"alert": {"headline": "Creep", "do_this": "Chock it.", "until": "2027-12-31"}}},
    "review-lesson": {"values": {"lesson.status": "withdrawn"}},
    "send-back": {"to": "reported"},
    "reopen": {},
    "amend-plan": {"values": {"action_plan.actions.0.acceptance": "No green without a chock."}},
}
"""What each transition is proposed with."""
DRAFTS: list[dict[str, Any]] = [
    {"title": "A trailer crept away"},
    {"assessment.level": "minimal"},
    {"assessment.severity_potential": 5},
    {"investigation.findings": "The light turns green too early."},
    {"root_cause": near_miss()["root_cause"]},
    {"action_plan": near_miss()["action_plan"]},
    {part: near_miss()[part] for part in ("verification", "lesson")},
    {"briefings": [{"on": "2026-11-22", "attended": 14}]},
    {"state": "verified"},
]

ON_THE_WAY = dict(pairwise(["reported", *(state for _, state in FORWARD)]))
"""Where the straight way leads next from each state."""

people = st.sampled_from(PEOPLE)


class AnythingGoes(RuleBasedStateMachine):
    """A register with one record on its way, and everybody at it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="nearmiss-anything-"))
        self.scene: Scene
        self.record = ""
        self.main: list[str] = []
        self.checked = ""
        self.kept: dict[str, bytes] = {}
        self.sections: dict[str, set[str]] = {}

    @initialize(upto=st.sampled_from(["reported", *(state for _, state in FORWARD)]))
    def begin(self, upto: str) -> None:
        """Begin somewhere on the way."""
        self.scene, self.record = walked_scene(self.folder, upto=upto)
        self.scene.clock.to("2027-05-01")
        self.main = self.first_parents()

    def first_parents(self) -> list[str]:
        """Return the commits of main, newest first."""
        return self.scene.git("rev-list", "--first-parent", "main").split("\n")

    def attempt(self, command: Callable[[], Any]) -> None:
        """Do something; refused, it must have left everything as it was, bit for bit."""
        before = self.scene.snapshot()
        self.scene.clock.tick(minutes=1)
        try:
            command()
        except NearMissError:
            assert self.scene.snapshot() == before

    @rule(who=people, mode=st.sampled_from(["named", "anonymous"]))
    def report(self, who: str, mode: str) -> None:
        """Somebody reports another near miss."""
        self.attempt(lambda: self.scene.report(who, mode=mode))

    @rule(who=people, values=st.sampled_from(DRAFTS))
    def draft(self, who: str, values: dict[str, Any]) -> None:
        """Somebody edits the record."""
        self.attempt(lambda: self.scene.draft(who, self.record, values))

    @rule(who=people, status=st.sampled_from(["done", "cancelled"]))
    def work(self, who: str, status: str) -> None:
        """Somebody reports on the action."""
        self.attempt(lambda: self.scene.progress(who, self.record, status=status, because="So."))

    @rule(who=people, data=st.data())
    def advance(self, who: str, data: st.DataObject) -> None:
        """Somebody proposes a step that leads on from here, or one that does not."""
        names = show(self.scene.desk(who), self.record).next_steps
        name = data.draw(st.sampled_from([*names, *names, *STEPS]))
        self.attempt(lambda: self.scene.advance(who, self.record, transition=name, because="So.", **STEPS[name]))

    @rule()
    @precondition(lambda self: self.scene.state(self.record) in ON_THE_WAY)
    def go_on(self) -> None:
        """Everybody does what is theirs to do, and the record takes its next step, if nothing stands in the way."""
        state = ON_THE_WAY[self.scene.state(self.record)]
        with suppress(NearMissError):
            self.scene.walk(upto=state, record=self.record)

    @rule(who=people)
    def close(self, who: str) -> None:
        """Somebody proposes to close the record at once."""
        self.attempt(lambda: self.scene.close_record(who, self.record))

    @rule(data=st.data())
    @precondition(lambda self: self.proposed())
    def sign_and_merge(self, data: st.DataObject) -> None:
        """Two people sign a proposal, mostly such as may, and one of them merges it."""
        branch = data.draw(st.sampled_from(self.proposed()))
        steps = self.scene.gate(branch).proposed(self.record)
        able = [who for step in steps for who in step.candidates]
        for _ in range(2):
            who = data.draw(st.sampled_from([*able, *able, *able, *PEOPLE]))
            self.attempt(lambda who=who: self.scene.approve(who, self.record, branch=branch))  # type: ignore[misc]
        self.attempt(lambda: self.scene.merge("s.ito", self.record, branch=branch))

    @rule(who=people, data=st.data())
    @precondition(lambda self: self.proposed())
    def objects(self, who: str, data: st.DataObject) -> None:
        """Somebody objects to a proposal."""
        branch = data.draw(st.sampled_from(self.proposed()))
        self.attempt(lambda: self.scene.object(who, self.record, "No.", branch=branch))

    @rule(who=people, values=st.sampled_from(DRAFTS), data=st.data())
    @precondition(lambda self: self.proposed())
    def meddle(self, who: str, values: dict[str, Any], data: st.DataObject) -> None:
        """Somebody changes a proposal with git alone, past all rules, or takes a sign-off out of it."""
        branch = data.draw(st.sampled_from(self.proposed()))
        path = self.scene.path(self.record, branch)
        text = self.scene.template.documents.revise(self.scene.blob(path, branch), edits_of(values))
        names = self.scene.sign_offs(self.record, branch)
        taken = data.draw(st.sampled_from(["", *names]))
        gone = {f"{path.removesuffix('.yaml')}/sign-offs/{taken}": None} if taken else {}
        self.scene.commit_files({path: text, **gone}, who=who, branch=branch)

    def proposed(self) -> list[str]:
        """Return the branches of the proposals for the record."""
        return sorted(self.scene.repository.branches(f"near-miss/{self.record}/"))

    @invariant()
    def main_only_grows_and_everything_on_it_is_sound(self) -> None:
        """Main is as it was and more; the check finds no error; nobody lost a record, section or sign-off."""
        if not self.main:
            return
        now = self.first_parents()
        assert now[-len(self.main) :] == self.main
        self.main = now
        assert self.scene.git("status", "--porcelain") == ""
        if now[0] == self.checked:
            return
        self.checked = now[0]
        assert codes(self.scene.check().findings) == set()
        tree = self.scene.repository.tree(now[0])
        register = read_register(tree, self.scene.template.documents)
        signed = {
            entry.path: self.scene.blob(entry.path) for entry in tree.entries("records/") if "/sign-offs/" in entry.path
        }
        assert self.kept.items() <= signed.items()
        self.kept = signed
        for entry in tree.entries("records/"):
            if "/sign-offs/" in entry.path:
                continue
            dossier = self.scene.dossier(entry.path.rpartition("/")[2].removesuffix(".yaml"))
            standing, findings = judge_standing(dossier, register)
            assert (standing.state, standing.waiting, findings) == (dossier.state, None, [])
            if dossier.state == "verified":
                forward = [one.step.transition.name for one in standing.stack if one.step.transition.kind == "forward"]
                assert forward == [name for name, _ in FORWARD]
            assert self.sections.get(dossier.id, set()) <= set(dossier.data)
            self.sections[dossier.id] = set(dossier.data)
        assert set(self.sections) == {one.rpartition("/")[2][:-5] for one in self.records(tree)}

    def records(self, tree: Any) -> list[str]:
        """Return the paths of the records of a tree."""
        return [entry.path for entry in tree.entries("records/") if entry.path.count("/") == 3]

    def teardown(self) -> None:
        """Leave nothing behind."""
        if self.record:
            self.scene.close()
        shutil.rmtree(self.folder)


TestAnythingGoes = AnythingGoes.TestCase
TestAnythingGoes.settings = settings(max_examples=8, stateful_step_count=14, deadline=None)
