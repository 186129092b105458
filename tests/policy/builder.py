"""A small world to judge in: the plain process, invented people, believable records, and their sign-offs.

A `Case` is a record as it lies on the main branch; `propose` makes an `Attempt` to change it, which can be signed,
judged and, when it passes, accepted:

    case = world.case(level="low").take("investigate")
    attempt = case.propose("find-root-cause", {"root_cause.analyst": "r.meyer"}).signed("r.meyer")
    assert attempt.codes == {"signer-separated"}
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from nearmiss.app.story_keys import StoryKey
from nearmiss.models.digests import canonical_json, digest
from nearmiss.models.ids import folder_of, record_path
from nearmiss.models.sign_off import NAMESPACE, file_name
from nearmiss.policy.dossier import Attached, Dossier, SignedFile
from nearmiss.policy.facts import NEVER_ASSESSED, Authorship, Held
from nearmiss.policy.signing import Proof
from nearmiss.policy.standing import Register
from nearmiss.policy.step import Judgement, judge_step
from nearmiss.policy.version import PolicyVersion, make_version
from tests.plain import plain_workflow

ROOT = Path(__file__).parents[2]
INSTANCE = "6f1c3a52-8d0e-4a7b-9c21-0b5a7d1e4f90"
RECORD = "NM-2026-7Q4K2"
FIRST_DAY = date(2026, 11, 22)
GONE = object()
"""As the value of an edit: take the key out."""

Edits = Mapping[str, Any]

RISKS = {"minimal": (1, 1), "low": (2, 2), "medium": (3, 4), "high": (4, 3), "very-high": (5, 5)}
"""Severity potential and likelihood whose band has this floor; `very-high` is the band that two people must sign."""


def _person(handle: str, name: str, *roles: str | dict[str, Any], **more: Any) -> dict[str, Any]:
    grants = [role if isinstance(role, dict) else {"role": role} for role in roles]
    address = f"{handle}@example.org"
    return {"handle": handle, "name": name, "emails": [address], "kind": "person", "roles": grants, **more}


class Hand(StoryKey):
    """What somebody signs with: a key of their own."""

    @property
    def line(self) -> str:
        """The public half as a line."""
        return self.public.line

    def signed(self, file: SignedFile, *, namespace: str = NAMESPACE) -> SignedFile:
        """Return a sign-off file with a signature of its statement by this key."""
        signature = self.sign(canonical_json(file.statement), namespace=namespace)
        data = {**file.data, "signature": signature}
        return SignedFile(path=file.path, data=data, bytes_digest=digest(data))


HANDS = {name: Hand(name) for name in ("h.keyed", "x.retired", "gate", "r.meyer", "somebody")}
"""Keys by the name of whose they are; not all are listed."""

PEOPLE: dict[str, Any] = {
    "schema": 1,
    "people": [
        _person("r.meyer", "Ruth Meyer", "quality-lead", deputies=["c.moreau"]),
        _person("p.lind", "Per Lind", "quality-lead"),
        _person("k.adeyemi", "Kemi Adeyemi", "area-manager"),
        _person("t.silva", "Tomas Silva", "area-manager", "verifier"),
        _person("s.ito", "Sora Ito", "investigator", "quality-lead", "verifier"),
        _person("i.garcia", "Ines Garcia", "investigator", "quality-lead"),
        _person("v.novak", "Vera Novak", "verifier"),
        _person("a.brandt", "Anna Brandt", "risk-owner"),
        _person("o.haddad", "Omar Haddad", "policy-owner"),
        _person("m.okafor", "Mary Okafor"),
        _person("c.moreau", "Chloe Moreau"),
        _person("l.former", "Lea Former", "quality-lead", active=False, deputies=["m.okafor"]),
        _person("n.site", "Nils Site", {"role": "quality-lead", "sites": ["plant-1"]}),
        _person("e.area", "Eve Area", {"role": "quality-lead", "areas": ["shipping"]}),
        _person("j.class", "Jan Class", {"role": "quality-lead", "classes": ["security"]}),
        _person("h.keyed", "Hana Keyed", "quality-lead", keys=[{"key": HANDS["h.keyed"].line}]),
        _person("x.retired", "Xenia Retired", "quality-lead", keys=[{"key": HANDS["x.retired"].line, "retired": True}]),
        {**_person("gate", "The gate", "quality-lead"), "kind": "service"},
    ],
}


@cache
def _shipped_rules() -> dict[str, Any]:
    yaml = YAML(typ="safe", pure=True)
    policy = ROOT / "workflow" / "policy"
    rules = {name: yaml.load(policy / f"{name}.yaml") for name in ("risk", "settings")}
    lists = sorted((ROOT / "schemas" / "vocabulary").glob("*.yaml"))
    return {
        "workflow": yaml.load(plain_workflow()),
        **rules,
        "vocabulary": {path.stem: yaml.load(path) for path in lists},
    }


def rules() -> dict[str, Any]:
    """Return the rules as they are shipped, with the plain process, each time a copy of its own."""
    return copy.deepcopy(_shipped_rules())


def _by_name(entries: list[dict[str, Any]], key: str, name: str) -> dict[str, Any]:
    return next(entry for entry in entries if entry[key] == name)


def transition_of(rule_data: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the plain data of a transition, to be changed in place."""
    return _by_name(rule_data["workflow"]["transitions"], "name", name)


def person_of(people: dict[str, Any], handle: str) -> dict[str, Any]:
    """Return the plain data of a person, to be changed in place."""
    return _by_name(people["people"], "handle", handle)


def edited(data: Mapping[str, Any], edits: Edits | None) -> dict[str, Any]:
    """Return a copy with values put at paths such as `action_plan.actions.0.owner`; `GONE` takes a key out."""
    changed: Any = copy.deepcopy(dict(data))
    for path, value in (edits or {}).items():
        *way, last = (int(step) if step.isdigit() else step for step in path.split("."))
        at = changed
        for step in way:
            at = at.setdefault(step, {}) if isinstance(at, dict) else at[step]
        if value is GONE:
            del at[last]
        elif isinstance(at, list) and last == len(at):
            at.append(copy.deepcopy(value))
        else:
            at[last] = copy.deepcopy(value)
    return dict(changed)


def near_miss(level: str = "low", edits: Edits | None = None) -> dict[str, Any]:
    """Return a record in its first state with every section drafted, complete for every level.

    `level` is one of minimal, low, medium, high, or `very-high` for a record of level high in the highest band.
    """
    severity, likelihood = RISKS[level]
    data = {
        "schema": 1,
        "id": RECORD,
        "title": "Trailer rolled off the dock as a forklift drove in",
        "state": "reported",
        "report": {
            "reported_on": "2026-11-21",
            "what_happened": "The trailer crept away from the dock while the forklift was half inside.",
            "made_safe": "yes",
            "what_could_have_happened": "The forklift could have fallen with its driver.",
            "what_stopped_it": {"barrier": "luck", "how": "The driver saw the gap in time."},
            "site": "plant-2",
            "process_area": "shipping",
            "location": "dock-3",
            "occurred_on": "2026-11-20",
            "occurred_at": "14:20",
            "reporter": {"mode": "named", "person": "m.okafor", "group": "employee"},
            "links": [{"kind": "equipment", "ref": "TRL-88"}],
        },
        "assessment": {
            "decision": "near-miss",
            "reason": "It could have killed the driver.",
            "classification": "safety",
            "hazard": "moving-vehicle",
            "detected": {"by": "person-involved", "when": "in-progress"},
            "actual": {"level": 0},
            "severity_potential": severity,
            "likelihood": likelihood,
            "level": "high" if level == "very-high" else level,
            "reply": "Thank you. We look into it and chock every trailer until then.",
            "assessed_by": "i.garcia",
            "assessed_on": "2026-11-22",
        },
        "investigation": {
            "lead": "s.ito",
            "team_roles": ["forklift driver"],
            "worker_involved": True,
            "timeline": [{"at": "14:20", "event": "The trailer moved."}],
            "evidence": [{"id": "E1", "kind": "physical", "what": "No chock was under the wheel."}],
            "controls": [{"control": "wheel chocks", "state": "absent"}],
            "similar": {"searched": "trailer dock chock", "found": []},
            "findings": "Nobody checks the chocks before loading starts.",
        },
        "root_cause": {
            "analyst": "s.ito",
            "method": "five-whys",
            "causes": [
                {
                    "id": "C1",
                    "level": "immediate",
                    "category": "people",
                    "statement": "The wheel was not chocked.",
                    "evidence": ["E1"],
                },
                {
                    "id": "C2",
                    "explains": "C1",
                    "level": "root",
                    "category": "method",
                    "statement": "The dock light turns green without a chock.",
                    "evidence": ["E1"],
                    "disposition": "act",
                },
            ],
        },
        "action_plan": {
            "actions": [
                {
                    "id": "A1",
                    "addresses": ["C2"],
                    "kind": "corrective",
                    "control": "engineering",
                    "what": "Interlock the dock light with the chock.",
                    "owner": "t.silva",
                    "due": "2027-01-15",
                    "acceptance": "No green light without a chock, on all docks.",
                }
            ],
            "effectiveness": {
                "method": "measure",
                "metric": "trailers loaded without a chock",
                "baseline": "3 of 40",
                "target": "0 of 40",
                "check_on": "2027-04-15",
                "checker_role": "verifier",
            },
        },
        "progress": [{"action": "A1", "status": "done", "on": "2027-01-10", "by": "t.silva", "evidence": "Photo"}],
        "verification": {
            "implemented": {"by": "v.novak", "on": "2027-01-12", "evidence": "Seen on all docks."},
            "checks": [{"on": "2027-04-16", "by": "v.novak", "result": "effective", "measured": "0 of 40"}],
            "residual": {"severity_potential": severity, "likelihood": 1},
        },
        "lesson": {
            "headline": "No chock, no green light",
            "vulnerability": "Loading could start beside a trailer that was free to roll.",
            "change": "The dock light is interlocked with the chock.",
            "do_this": "Look for the chock before you drive in.",
            "release": {"to": "all-staff"},
            "review_on": "2028-01-15",
        },
    }
    return edited(data, edits)


NOT_ASKED = Authorship()

DECLINED: Edits = {
    "assessment.decision": "hazard",
    "assessment.reason": "Nothing happened; the floor is worn.",
    "assessment.referred": [{"to": "risk-register", "ref": "R-12"}],
}
"""Edits with which the record of `near_miss` can be declined."""

ESCALATED: Edits = {"escalation": {"incident_ref": "INC-7", "on": "2026-12-01"}}
"""Edits with which a record can be escalated."""


@dataclass(frozen=True, kw_only=True)
class World:
    """An instance: its policy versions, oldest first."""

    versions: tuple[PolicyVersion, ...]
    proofs: Mapping[str, Proof] = field(default_factory=dict)

    @property
    def newest(self) -> PolicyVersion:
        """The policy in force."""
        return self.versions[-1]

    @property
    def register(self) -> Register:
        """What records of this world are judged against."""
        return Register(
            instance=INSTANCE, versions={version.number: version for version in self.versions}, proofs=self.proofs
        )

    def under(
        self,
        change_rules: Callable[[dict[str, Any]], object] | None = None,
        change_people: Callable[[dict[str, Any]], object] | None = None,
    ) -> World:
        """Return the world with a further policy version: today's, changed in place by the functions."""
        rule_data = copy.deepcopy(dict(self.newest.data["rules"]))
        people = copy.deepcopy(dict(self.newest.data["people"]))
        for change, data in ((change_rules, rule_data), (change_people, people)):
            if change is not None:
                change(data)
        version = make_version(self.newest.number + 1, rules=rule_data, people=people, waivers=WAIVERS)
        return replace(self, versions=(*self.versions, PolicyVersion(version)))

    def instead(
        self,
        change_rules: Callable[[dict[str, Any]], object] | None = None,
        change_people: Callable[[dict[str, Any]], object] | None = None,
    ) -> World:
        """Return a world whose first and only version is today's, changed in place by the functions."""
        changed = self.under(change_rules, change_people).newest.data
        return replace(self, versions=(PolicyVersion({**changed, "version": 1}),))

    def roles_of(self, handle: str) -> list[str]:
        """Return the roles a person holds, as their own or as a deputy, wherever they hold."""
        everybody = self.newest.data["people"]["people"]
        lent = [person for person in everybody if handle in person.get("deputies", ())]
        own = [person for person in everybody if person["handle"] == handle]
        return [grant["role"] for person in (*own, *lent) for grant in person["roles"]]

    def role_for(self, handle: str, transition: str) -> str:
        """Return the role in which a person would sign; the first that may sign where they hold none."""
        signers = transition_of(dict(self.newest.data["rules"]), transition)["signers"]
        wanted: list[str] = [*signers["roles"], *(more["role"] for more in signers.get("more", ()) if "role" in more)]
        return next((role for role in wanted if role in self.roles_of(handle)), wanted[0])

    def dossier(
        self,
        data: Mapping[str, Any],
        sign_offs: Iterable[SignedFile] = (),
        attachments: Mapping[str, Attached] | None = None,
    ) -> Dossier:
        """Return a record with what lies beside it, in its place."""
        path = record_path(data["id"], data["report"]["reported_on"])
        files = tuple(sorted(sign_offs, key=lambda file: file.path))
        return Dossier(id=data["id"], path=path, data=data, sign_offs=files, attachments=attachments or {})

    def case(self, level: str = "low", edits: Edits | None = None) -> Case:
        """Return a record as it lies on the main branch, reported and with every section drafted."""
        return Case(world=self, dossier=self.dossier(near_miss(level, edits)))

    def sign_off(self, record: Dossier, statement: Mapping[str, Any]) -> SignedFile:
        """Return the file of a statement, at its place beside a record."""
        data = {"statement": dict(statement)}
        path = f"{folder_of(record.path)}sign-offs/{file_name(statement)}"
        return SignedFile(path=path, data=data, bytes_digest=digest(data))


WAIVERS: dict[str, Any] = {"schema": 1, "waivers": []}


def standard_world() -> World:
    """Return the world under this repository's own rules, with the invented people."""
    return World(versions=(PolicyVersion(make_version(1, rules=rules(), people=PEOPLE, waivers=WAIVERS)),))


@dataclass(frozen=True, kw_only=True)
class Case:
    """A record as it lies on the main branch, `steps` steps on its way."""

    world: World
    dossier: Dossier
    steps: int = 0

    @property
    def data(self) -> Mapping[str, Any]:
        """The record's plain data."""
        return self.dossier.data

    @property
    def state(self) -> str:
        """The state of the record."""
        return self.dossier.state

    def under(self, world: World) -> Case:
        """Return the same record in a world that has moved on."""
        return replace(self, world=world)

    def change(self, edits: Edits | None = None) -> Attempt:
        """Attempt an ordinary change that takes no step."""
        after = replace(self.dossier, data=edited(self.data, edits))
        return Attempt(case=self, after=after, transition="")

    def draft(self, edits: Edits) -> Case:
        """Make an ordinary change that must pass."""
        return self.change(edits).accept()

    def propose(self, transition: str, edits: Edits | None = None, *, to: str = "") -> Attempt:
        """Attempt a step: the edits, and the state moved to the transition's target, or to the one chosen."""
        said = transition_of(dict(self.world.newest.data["rules"]), transition)
        target = to or (self.state if said["kind"] == "keep" else said["to"][0])
        after = replace(self.dossier, data=edited(self.data, {**(edits or {}), "state": target}))
        return Attempt(case=self, after=after, transition=transition)

    def take(
        self, transition: str, edits: Edits | None = None, *, by: Iterable[str] = (), to: str = "", **said: Any
    ) -> Case:
        """Take a step that must pass, signed by those who are named (Ruth Meyer, or Per Lind where she may not)."""
        signers = tuple(by) or (("p.lind",) if transition == "reopen" else ("r.meyer",))
        return self.propose(transition, edits, to=to).signed(*signers, **said).accept()

    def travel(self, *transitions: str) -> Case:
        """Take several steps that must pass, one after the other."""
        case = self
        for transition in transitions:
            by = ("r.meyer", "p.lind") if case.in_highest_band else ()
            case = case.take(transition, by=by)
        return case

    @property
    def in_highest_band(self) -> bool:
        """Whether the rules ask for two signers."""
        assessment = self.data.get("assessment", {})
        return (assessment.get("severity_potential"), assessment.get("likelihood")) == RISKS["very-high"]


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A change that was not judged yet: the record after it, with the sign-offs given so far."""

    case: Case
    after: Dossier
    transition: str
    authorship: Authorship = NOT_ASKED
    held: Held = NEVER_ASSESSED
    intended: str = ""

    def statement(self, by: str, **said: Any) -> dict[str, Any]:
        """Return the statement by which a person approves this step; `said` replaces or (GONE) takes out keys."""
        world, case = self.case.world, self.case
        transition = transition_of(dict(world.newest.data["rules"]), said.get("transition", self.transition))
        seq = case.steps + 1
        approvals = [
            digest(file.statement)
            for file in case.dossier.sign_offs
            if (file.statement["seq"], file.statement["verdict"]) == (seq - 1, "approve")
        ]
        first = {"instance": INSTANCE, "subject": self.after.id}
        names = {person["handle"]: person["name"] for person in world.newest.data["people"]["people"]}
        statement = {
            "version": 1,
            "instance": INSTANCE,
            "subject": self.after.id,
            "seq": seq,
            "transition": transition["name"],
            "from": case.state,
            "to": self.after.state,
            "verdict": "approve",
            "by": by,
            "name": names.get(by, by),
            "role": world.role_for(by, transition["name"]),
            "at": f"{FIRST_DAY + timedelta(days=seq)}T08:05:00Z",
            "time_source": "client",
            "meaning": transition["meaning"],
            "contributors": [],
            "content": self.content(transition),
            "policy": {"version": world.newest.number, "rules": world.newest.rules_digest},
            "previous": digest(sorted(approvals)) if seq > 1 else digest(first),
        }
        if transition.get("reason") == "required":
            statement["because"] = "It has to be so."
        statement |= said
        return {key: value for key, value in statement.items() if value is not GONE}

    def content(self, transition: Mapping[str, Any]) -> dict[str, Any]:
        """Return the digests of what the step seals; a correction seals what it touches."""
        data, was = self.after.data, self.case.data
        parts = [part for part in transition.get("seals", ()) if part in data]
        if "corrections" in parts:
            parts = [part for part in parts if data[part] != was.get(part)]
        sections = {part: digest(data[part]) for part in parts if part != "title"}
        title = {"title": digest(data["title"])} if "title" in parts else {}
        return {"schema": 1, **title, "sections": sections}

    def signed(self, *people: str, **said: Any) -> Attempt:
        """Return the attempt with an approval by each of the people."""
        attempt = self
        for by in people:
            attempt = attempt.with_files(self.case.world.sign_off(self.after, self.statement(by, **said)))
        return attempt

    def objected(self, by: str, **said: Any) -> Attempt:
        """Return the attempt with an objection."""
        said = {"verdict": "object", "because": "The chock was there.", **said}
        return self.with_files(self.case.world.sign_off(self.after, self.statement(by, **said)))

    def with_files(self, *files: SignedFile) -> Attempt:
        """Return the attempt with more sign-off files; one of the same name takes the other's place."""
        by_path = {file.path: file for file in (*self.after.sign_offs, *files)}
        ordered = tuple(by_path[path] for path in sorted(by_path))
        return replace(self, after=replace(self.after, sign_offs=ordered))

    def edit(self, edits: Edits) -> Attempt:
        """Return the attempt with its record edited further, the sign-offs left as they are."""
        return replace(self, after=replace(self.after, data=edited(self.after.data, edits)))

    def knowing(self, **known: Any) -> Attempt:
        """Return the attempt with what git tells: `authorship`, `held`, or what is `intended`."""
        return replace(self, **known)

    def judge(self) -> Judgement:
        """Judge the change."""
        return judge_step(
            self.case.dossier,
            self.after,
            register=self.case.world.register,
            authorship=self.authorship,
            held=self.held,
            intended=self.intended,
        )

    @property
    def verdict(self) -> str:
        """The verdict: pass, waiting or refuse."""
        return self.judge().verdict

    @property
    def codes(self) -> set[str]:
        """The codes of all findings."""
        return {finding.code for finding in self.judge().findings}

    @property
    def fields(self) -> set[str]:
        """The fields of all findings, as people write them."""
        return {finding.field_name for finding in self.judge().findings}

    def accept(self) -> Case:
        """Return the record as it lies on the main branch afterwards; the change must pass."""
        judgement = self.judge()
        assert judgement.verdict == "pass", judgement.findings
        steps = max((int(file.statement["seq"]) for file in self.after.sign_offs), default=0)
        return Case(world=self.case.world, dossier=self.after, steps=steps)
