"""A register that is drawn by lot: a few hundred records on their ways, and the same as JSON lines of the export."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from nearmiss.engine.exporting.gathering import Exported, taken_steps
from nearmiss.engine.exporting.lines import line_of
from nearmiss.engine.indicators.facts import draw
from nearmiss.engine.indicators.reading import Known
from nearmiss.models.digests import digest
from nearmiss.models.exposure import Exposed
from nearmiss.policy.dossier import Dossier
from nearmiss.policy.standing import replay
from nearmiss.policy.structure import judge_record_structure
from tests.indicators.made import known
from tests.policy.builder import INSTANCE, World, standard_world

FIRST, LAST = date(2024, 10, 1), date(2026, 6, 30)
SITES = ("plant-1", "plant-2", "warehouse", None)
AREAS = ("shipping", "storage", "waste", "offices", "production", None)
CLASSES = ("safety", "quality", "security", "environmental")
CONTROLS = ("elimination", "substitution", "engineering", "administrative", "ppe")
CATEGORIES = ("people", "machine", "method", "material", "measurement", "environment")
FATES = (("done",), ("done",), ("cancelled",), ("done", "open"), ("in-progress",), ())
RESULTS = ("effective", "effective", "partial", "ineffective", "not-measurable")
NEXT = {
    "reported": (("investigate", "investigated"), ("decline", "declined"), ("escalate", "escalated")),
    "investigated": (("find-root-cause", "root-caused"), ("escalate", "escalated")),
    "root-caused": (("plan-action", "action"), ("send-back", "investigated")),
    "action": (("verify", "verified"), ("amend-plan", "action"), ("send-back", "root-caused")),
    "verified": (("reopen", "investigated"), ("escalate", "escalated")),
    "declined": (("reopen", "reported"),),
    "escalated": (),
}
LIKELY = {"investigate": 12, "find-root-cause": 9, "plan-action": 6, "verify": 4}
SIGNERS = (("r.meyer", "quality-lead"), ("p.lind", "quality-lead"), ("v.novak", "verifier"))


@dataclass
class Lot:
    """Draws a register from a seed."""

    seed: int
    world: World = field(default_factory=standard_world)

    def __post_init__(self) -> None:
        """Begin to draw."""
        self._random = random.Random(self.seed)  # noqa: S311 - examples, not secrets

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _day(self, first: date, most: int) -> date:
        return first + timedelta(days=self._random.randint(0, most))

    def dossiers(self, number: int) -> list[Dossier]:
        """Return so many records with their sign-offs."""
        made: list[Dossier] = []
        for place in range(number):
            made.append(self._dossier(f"NM-2026-{place:05d}", [one.id for one in made]))
        return made

    def _dossier(self, id_: str, earlier: list[str]) -> Dossier:
        reported = self._day(FIRST, (LAST - FIRST).days)
        data: dict[str, Any] = {"schema": 1, "id": id_, "title": "A trailer moved", "state": "reported"}
        data["report"] = self._report(reported, earlier)
        statements = list(self._way(id_, reported))
        data["state"] = statements[-1][-1]["to"] if statements else "reported"
        if statements or self._chance(0.5):
            data["assessment"] = self._assessment(reported, data["state"])
        taken = {said[0]["transition"] for said in statements}
        if "find-root-cause" in taken or self._chance(0.2):
            data["root_cause"] = {"causes": [self._cause(place) for place in range(self._random.randint(1, 4))]}
        if "plan-action" in taken or ("root_cause" in data and self._chance(0.2)):
            data["action_plan"] = {
                "actions": [self._action(place, reported) for place in range(self._random.randint(1, 3))]
            }
            data["progress"] = [entry for action in data["action_plan"]["actions"] for entry in self._progress(action)]
        if self._chance(0.4):
            checks = [{"on": self._past(reported), "by": "v.novak", "result": self._random.choice(RESULTS)}]
            data["verification"] = {"checks": checks * self._random.randint(1, 2)}
        assert judge_record_structure(data, terms={}) == []
        bare = self.world.dossier(data)
        return self.world.dossier(data, [self.world.sign_off(bare, one) for said in statements for one in said])

    def _report(self, reported: date, earlier: list[str]) -> dict[str, Any]:
        happened = reported - timedelta(days=self._random.choice([-1, 0, 0, 1, 2, 5, 30]))
        report: dict[str, Any] = {
            "reported_on": reported.isoformat()[: 7 if self._chance(0.1) else 10],
            "what_happened": "Ein Anhänger rollte; niemand stand dort.",
            "site": self._random.choice(SITES),
            "process_area": self._random.choice(AREAS),
            "occurred_on": happened.isoformat()[: self._random.choice([7, 10, 10, 10])] if self._chance(0.9) else None,
            "reporter": {"mode": self._random.choice(["named", "confidential", "anonymous", "external"])},
        }
        if report["reporter"]["mode"] == "named":
            report["reporter"]["person"] = "m.okafor"
        if earlier and self._chance(0.3):
            report["links"] = [{"kind": "repeat-of", "ref": self._random.choice(earlier)}]
        return {key: value for key, value in report.items() if value is not None}

    def _assessment(self, reported: date, state: str) -> dict[str, Any]:
        accepted = state not in {"declined", "reported"} or self._chance(0.3)
        assessment: dict[str, Any] = {
            "decision": "near-miss" if accepted else "hazard",
            "classification": self._random.choice(CLASSES) if self._chance(0.9) else None,
            "severity_potential": self._random.randint(1, 5) if self._chance(0.8) else None,
            "likelihood": 2,
            "reply": "Danke." if self._chance(0.7) else None,
            "assessed_on": min(self._day(reported, 9), LAST).isoformat()[: self._random.choice([7, 10, 10])],
        }
        return {key: value for key, value in assessment.items() if value is not None}

    def _cause(self, place: int) -> dict[str, Any]:
        level = self._random.choice(["root", "root", "underlying"])
        return {"id": f"C{place}", "level": level, "category": self._random.choice(CATEGORIES), "statement": "So."}

    def _action(self, place: int, reported: date) -> dict[str, Any]:
        due = self._day(reported, 200)
        action: dict[str, Any] = {
            "id": f"A{place}",
            "addresses": ["C0"],
            "kind": "corrective",
            "control": self._random.choice(CONTROLS),
            "what": "Ändern.",
            "due": due.isoformat(),
        }
        if self._chance(0.3):
            later = due + timedelta(days=self._random.randint(1, 60))
            put_off = [{"from": due.isoformat(), "to": later.isoformat(), "because": "Teile fehlen."}]
            action |= {"due_original": due.isoformat(), "due": later.isoformat(), "extensions": put_off}
        return action

    def _past(self, since: date) -> str:
        return self._day(since, max((LAST - since).days, 0)).isoformat()

    def _progress(self, action: dict[str, Any]) -> Iterator[dict[str, Any]]:
        day = date.fromisoformat(action["due"]) - timedelta(days=self._random.randint(-20, 20))
        for status in self._random.choice(
            [("done",), ("done",), ("cancelled",), ("done", "open"), ("in-progress",), ()]
        ):
            entry = {"action": action["id"], "status": status, "on": min(day, LAST).isoformat(), "by": "t.silva"}
            yield entry | ({"because": "Nicht mehr nötig."} if status in {"cancelled", "open"} else {})
            day += timedelta(days=3)

    def _way(self, id_: str, reported: date) -> Iterator[list[dict[str, Any]]]:
        """Yield the statements of each step of a way through the process, as far as the days go."""
        state, day, been, seq = "reported", reported, {"reported"}, 0
        while NEXT[state] and self._chance(0.85):
            options = [one for one in NEXT[state] if one[0] not in {"send-back", "reopen"} or one[1] in been]
            weights = [LIKELY.get(name, 1) for name, _ in options]
            name, to = self._random.choices(options, weights)[0]
            day = self._day(day, 45)
            second = self._day(day, 2)
            if second > LAST:
                return
            seq += 1
            yield [
                self._statement(id_, seq, name, state, to, who, at)
                for who, at in zip(SIGNERS, (day, second, day), strict=True)
            ]
            day, state = second, to
            been.add(to)

    def _statement(
        self, id_: str, seq: int, name: str, state: str, to: str, who: tuple[str, str], at: date
    ) -> dict[str, Any]:
        policy = self.world.newest
        return {
            "version": 1,
            "instance": INSTANCE,
            "subject": id_,
            "seq": seq,
            "transition": name,
            "from": state,
            "to": to,
            "verdict": "approve",
            "by": who[0],
            "name": who[0],
            "role": who[1],
            "at": f"{at.isoformat()}T08:05:00Z",
            "content": {"schema": 1, "sections": {"action_plan": digest([])} if name == "amend-plan" else {}},
            "policy": {"version": 1, "rules": policy.rules_digest},
            "previous": digest([]),
        }


def exported(lot: Lot, dossiers: list[Dossier]) -> list[str]:
    """Return the records as lines of the export."""
    register = lot.world.register
    lines = []
    for dossier in dossiers:
        steps = taken_steps(replay(dossier, register))
        lines.append(line_of(Exported(dossier=dossier, steps=steps, first_on_main="")).decode())
    assert all(json.loads(line)["id"] for line in lines)
    return lines


def drawn(lot: Lot, dossiers: list[Dossier], exposure: tuple[Exposed, ...]) -> Known:
    """Return what figures are made from: the facts of the same records."""
    register = lot.world.register
    policy = register.newest
    facts = (draw(dossier, register) for dossier in dossiers)
    return known(
        *facts,
        exposure=exposure,
        areas=frozenset(policy.terms["area"]),
        terms={name: tuple(sorted(policy.terms[name])) for name in ("site", "area", "classification")},
    )
