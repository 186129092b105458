"""A register, sound to the last sign-off, with a planted record in every state that the site must tell apart."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from nearmiss.app.opening import open_desk
from nearmiss.app.schemas import export, write
from nearmiss.models.ids import folder_of
from nearmiss.models.values import REDACTED
from nearmiss.policy.dossier import Attached, Dossier
from tests.engine.fast_import import Content, Import
from tests.engine.scene import SetClock, identity_of
from tests.histories.documents import document, founding_files
from tests.policy.builder import Case, World, standard_world
from tests.site.planting import Bed, bound, whole_record

AS_OF = datetime(2027, 5, 20, 8, 0, tzinfo=timezone(timedelta(hours=2)))
FOUNDED = 1_795_330_800
"""Eight in the morning of 2026-11-22, in Central Europe."""

MAIN_WAY = ("investigate", "find-root-cause", "plan-action", "verify")
RESTRICTED = {"assessment.classification": "security"}

WITHHELD_FIELDS = (
    "report.what_happened",
    "report.what_could_have_happened",
    "report.what_stopped_it.how",
    "report.what_stopped_it.barrier",
    "report.process_area",
    "report.links.0.ref",
    "assessment.hazard",
    "assessment.reply",
    "root_cause.causes.0.statement",
    "root_cause.causes.1.statement",
    "root_cause.causes.1.category",
    "action_plan.actions.0.what",
    "action_plan.actions.1.what",
    "action_plan.effectiveness.metric",
    "action_plan.effectiveness.baseline",
    "action_plan.effectiveness.target",
    "verification.checks.0.measured",
    "verification.checks.0.substitute",
    "lesson.headline",
    "lesson.vulnerability",
    "lesson.change",
    "lesson.do_this",
    "lesson.applies_to.0",
)

Way = Callable[["Making", Case], Case]


@dataclass
class Making:
    """A register as it is filled: its world, its tokens, and the ids of its cases."""

    world: World
    bed: Bed = field(default_factory=Bed)
    ids: dict[str, str] = field(default_factory=dict)
    files: dict[str, Content] = field(default_factory=dict)
    dossiers: dict[str, Dossier] = field(default_factory=dict)

    def leaves(self) -> Iterator[tuple[str, str, str]]:
        """Yield each value of the records and their sign-offs as they lie now: of which case, in which field."""
        for case, dossier in self.dossiers.items():
            for path, value in _leaves(dossier.data, ""):
                yield case, path, value
            for file in dossier.sign_offs:
                for path, value in _leaves(file.data, "sign-off"):
                    yield case, path, value
        for token, (case, path) in self.bed.tokens.items():
            if case == "policy":
                yield case, path, token

    def id_of(self, case: str) -> str:
        """Return the id of a case, which may be made later."""
        letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
        number = len(self.ids)
        return self.ids.setdefault(case, f"NM-2026-ZZ{letters[number // 32]}{letters[number % 32]}Q")

    def add(self, case: str, way: Way, edits: Mapping[str, Any] | None = None) -> None:
        """Plant a record and take it along a way; every step is judged, and all files are kept."""
        data, attached = bound(self.bed.plant(case, whole_record(self.id_of(case), self.similar(case), edits)))
        dossier = self.world.dossier(
            data,
            attachments={name: Attached(sha256=_digest(data, name), size=len(raw)) for name, raw in attached.items()},
        )
        gone = self.dossiers[case] = way(self, Case(world=self.world, dossier=dossier)).dossier
        self.files[gone.path] = document(gone.data)
        self.files |= {file.path: document(file.data) for file in gone.sign_offs}
        self.files |= {f"{folder_of(gone.path)}attachments/{name}": raw for name, raw in attached.items()}

    def similar(self, case: str) -> list[str]:
        """Return the ids of cases that a record is said to be like: one that all may read of, and one for few."""
        return [self.id_of(other) for other in ("lesson", "restricted") if other != case]

    def because(self, case: str) -> dict[str, str]:
        """Return what a sign-off says in words of its own."""
        return {"because": f"Because {self.bed.token(case, 'sign-off.because')}"}


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, path)
    else:
        yield path, str(value)


def _digest(value: Any, name: str) -> str:
    if isinstance(value, dict):
        if value.get("file") == name:
            return str(value["sha256"])
        value = list(value.values())
    found = (_digest(inner, name) for inner in value) if isinstance(value, list) else iter(())
    return next((digest for digest in found if digest), "")


def upto(*transitions: str, then: str = "", edits: Mapping[str, Any] | None = None) -> Way:
    """Return a way along transitions, and at its end perhaps a step with a reason and edits of its own."""

    def go(making: Making, case: Case) -> Case:
        name = next(name for name, known in making.ids.items() if known == case.dossier.id)
        for transition in transitions:
            case = case.take(transition, by=("r.meyer", "p.lind"))
        if not then:
            return case
        planted = making.bed.plant(name, _nested(edits or {}))
        return case.take(then, {**_flat(planted)}, **making.because(name))

    return go


def _nested(edits: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for path, value in edits.items():
        *way, last = path.split(".")
        at = nested
        for key in way:
            at = at.setdefault(key, {})
        at[last] = value
    return nested


def _flat(nested: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in nested.items():
        here = f"{path}.{key}".lstrip(".")
        flat |= _flat(value, here) if isinstance(value, dict) else {here: value}
    return flat


def fill(making: Making) -> None:
    """Plant a record of every kind."""
    add, id_of = making.add, making.id_of
    declined = {"assessment.decision": "hazard"}
    for number, state in enumerate(("reported", "investigated", "root-caused", "action")):
        add(state, upto(*MAIN_WAY[:number]))
    add("lesson", upto(*MAIN_WAY), {"lesson.release.to": "all-staff"})
    add("for the site", upto(*MAIN_WAY), {"lesson.release.to": "site"})
    add("for the team", upto(*MAIN_WAY), {"lesson.release.to": "team"})
    add("for nobody", upto(*MAIN_WAY), {"lesson.release.to": "nobody"})
    add("not yet", upto(*MAIN_WAY), {"lesson.release.not_before": "2027-05-21"})
    add("restricted", upto(*MAIN_WAY), RESTRICTED)
    add("restricted, declined", upto("decline"), {**RESTRICTED, **declined})
    add("restricted, warned", upto(then="publish-alert"), RESTRICTED)
    review = {"lesson.headline": "…", "lesson.do_this": "…"}
    add("withdrawn", upto(*MAIN_WAY, then="review-lesson", edits={"lesson.status": "withdrawn", **review}))
    add("amended", upto(*MAIN_WAY, then="review-lesson", edits={"lesson.status": "amended", **review}))
    superseded = {"lesson.status": "superseded", "lesson.superseded_by": id_of("lesson"), **review}
    add("superseded", upto(*MAIN_WAY, then="review-lesson", edits=superseded))
    incident = {"escalation.incident_ref": "…", "escalation.on": "2027-05-11", "escalation.because": "…"}
    add("reclassified", upto(*MAIN_WAY, then="escalate", edits=incident))
    add("escalated", upto(then="escalate", edits=incident))
    add("declined", upto("decline"), declined)
    joined = {"assessment.decision": "duplicate"}
    add("joined", upto("decline"), {**joined, "assessment.duplicate_of": id_of("lesson")})
    add("joined with a restricted one", upto("decline"), {**joined, "assessment.duplicate_of": id_of("restricted")})
    add("restricted, joined", upto("decline"), {**joined, **RESTRICTED, "assessment.duplicate_of": id_of("lesson")})
    add("warned", upto("investigate", then="publish-alert"))
    add("warned before", upto("investigate", then="publish-alert"), {"alert.until": "2027-05-19"})
    add("corrected", corrected, {"lesson.release.to": "all-staff"})
    add("withheld", upto(*MAIN_WAY), dict.fromkeys(WITHHELD_FIELDS, REDACTED))
    add("broken", upto(*MAIN_WAY))


def corrected(making: Making, case: Case) -> Case:
    """Take a record to its lesson and mend a field, with what was said before on record."""
    said = making.bed.plant("corrected", {"report": {"what_happened": "…"}})["report"]["what_happened"]
    was, now = case.data["report"]["what_happened"], said
    entry = {"field": "report.what_happened", "was": was, "now": now, "because": "…", "on": "2027-05-12"}
    entry["because"] = f"Because {making.bed.token('corrected', 'corrections.because')}"
    for transition in MAIN_WAY:
        case = case.take(transition, by=("r.meyer", "p.lind"))
    return case.take("correct", {"report.what_happened": now, "corrections": [entry]}, **making.because("corrected"))


def planted_world(bed: Bed) -> World:
    """Return the rules with a token in what is said about them, and one class that is for a small circle only."""

    def rules(data: dict[str, Any]) -> None:
        data["settings"] |= {"register": "restricted", "restricted_classes": ["security"]}
        data["settings"]["organisation"] = bed.text("policy", "settings.organisation")
        data["settings"]["not_safe_call"] = bed.text("policy", "settings.not_safe_call")
        for entry in (*data["workflow"]["transitions"], *data["workflow"]["states"], *data["workflow"]["roles"]):
            entry["label"]["en"] = bed.text("policy", "workflow.label")
            if "meaning" in entry:
                entry["meaning"] = bed.text("policy", "workflow.meaning")
        for name, terms in data["vocabulary"].items():
            for term in terms["terms"]:
                term["label"]["en"] = bed.text("policy", f"vocabulary.{name}.{term['term']}")
                term["help"] = {"en": bed.text("policy", f"vocabulary.{name}.{term['term']}")}

    return standard_world().instead(rules)


def lay_down(making: Making, root: Path) -> SetClock:
    """Write the register into a new repository as two commits, and return a clock of the day the site is made."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(root)], check=True)
    stream = Import()
    founding = stream.commit(founding_files(making.world), who=identity_of("o.haddad"), parents=[], when=FOUNDED)
    records = stream.commit(making.files, who=identity_of("s.ito"), parents=[founding], when=FOUNDED + 60)
    stream.name("refs/heads/main", records)
    stream.run(root)
    subprocess.run(["git", "-C", str(root), "checkout", "-q", "main"], check=True)
    write(root, export(open_desk(root)))  # the schemas say what the vocabulary says, which was planted too
    broken = root / making.dossiers["broken"].path
    broken.write_text(broken.read_text("utf-8").replace("Word", "Words", 1), encoding="utf-8")
    return SetClock(AS_OF)


def mend(making: Making, root: Path) -> None:
    """Take back what was broken."""
    path = making.dossiers["broken"].path
    content = making.files[path]
    assert isinstance(content, bytes)
    (root / path).write_bytes(content)
