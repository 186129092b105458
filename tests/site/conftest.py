"""What the tests of the site share: a record with every field, data around it, and an instance to build."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.indicators.public_view import PublicView
from nearmiss.engine.publishing.gists import Proof, draw_gist, told_of
from nearmiss.engine.publishing.site_data import SiteData
from nearmiss.render.environment import Renderer
from nearmiss.site.build import build_site
from nearmiss.site.library import Library
from nearmiss.site.pages import render_page
from nearmiss.site.whole import make_site
from tests.site.browser import CHROMIUM, LACKING, chromium
from tests.site.building import lay_down_site, stand_in_for

HAND_WRITTEN = ("how-to-report.md", "what-a-near-miss-is.md", "anonymity.md")

RECORD: dict[str, Any] = {
    "schema": 1,
    "id": "NM-2026-7QTST",
    "title": "Trailer rolled off the dock",
    "state": "verified",
    "report": {
        "reported_on": "2026-03-21",
        "what_happened": "A trailer rolled away from the dock.\n\nThe forklift had just left it.",
        "made_safe": "yes",
        "what_could_have_happened": "The forklift could have gone down between dock and trailer.",
        "what_stopped_it": {"barrier": "luck", "how": "The driver had stopped to read a label."},
        "site": "plant-2",
        "process_area": "shipping",
        "location": "dock-3",
        "occurred_on": "2026-03-20",
        "occurred_until": "2026-03-21",
        "occurred_at": "14:20",
        "reporter": {"mode": "named", "person": "m.okafor", "group": "employee"},
        "immediate_action": "Stopped loading.",
        "suggestion": "Put up a light.",
        "lang": "en",
        "links": [{"kind": "equipment", "ref": "TRL-88", "system": "MES"}],
        "details": [{"name": "weather", "value": "rain"}],
        "attachments": [{"file": "dock.jpg", "sha256": "sha256:00", "caption": "The dock"}],
        "clarifications": [{"on": "2026-03-22", "by": "s.ito", "text": "It was wet."}],
        "imported_from": {"source": "old-list", "key": "17", "row_sha256": "sha256:00"},
    },
    "assessment": {
        "decision": "near-miss",
        "reason": "It could have killed.",
        "classification": "safety",
        "hazard": "moving-vehicle",
        "shift": "late",
        "crew": "B",
        "detected": {"by": "operator", "when": "during-work"},
        "actual": {"level": 0, "what": "Nothing was damaged."},
        "extent": {"checked": "The other docks", "result": "none-affected", "by": "s.ito", "on": "2026-03-23"},
        "severity_potential": 5,
        "likelihood": 3,
        "level": "high",
        "duplicate_of": "NM-2026-00000",
        "referred": [{"to": "risk-register", "ref": "R-9", "on": "2026-03-24"}],
        "reply": "Thank you, we are on it.",
        "assessed_by": "r.meyer",
        "assessed_on": "2026-03-22",
    },
    "investigation": {
        "lead": "s.ito",
        "team_roles": ["forklift driver"],
        "worker_involved": True,
        "timeline": [{"at": "14:20", "event": "The trailer moved."}],
        "evidence": [{"id": "E1", "kind": "physical", "what": "No chock was found."}],
        "controls": [{"control": "wheel chocks", "state": "absent", "note": "none on site"}],
        "similar": {"searched": "trailer chock", "found": [], "note": "none"},
        "findings": "The chocks had gone missing in January.",
    },
    "root_cause": {
        "analyst": "s.ito",
        "method": "five-whys",
        "causes": [
            {
                "id": "C1",
                "level": "immediate",
                "category": "method",
                "statement": "The wheels were not chocked.",
                "evidence": ["E1"],
            },
            {
                "id": "C2",
                "explains": "C1",
                "level": "root",
                "category": "measurement",
                "statement": "Nobody checks the dock before loading.",
                "disposition": "act",
                "because": "It can be changed.",
                "review_on": "2027-01-01",
            },
        ],
    },
    "action_plan": {
        "actions": [
            {
                "id": "A1",
                "addresses": ["C2"],
                "kind": "corrective",
                "control": "administrative",
                "what": "The driver hands in the key.",
                "owner": "t.silva",
                "previous_owners": ["l.brandt"],
                "due": "2026-05-15",
                "due_original": "2026-05-01",
                "extensions": [{"from": "2026-05-01", "to": "2026-05-15", "because": "Late parts."}],
                "acceptance": "The key box is there.",
                "side_effects": "Slower loading.",
            },
            {
                "id": "A2",
                "addresses": ["C2"],
                "kind": "preventive",
                "control": "engineering",
                "what": "A lock holds the trailer while the light is red.",
                "owner": {"external": "dock contractor", "sponsor": "t.silva"},
                "due": "2026-05-15",
                "acceptance": "It holds.",
            },
            {
                "id": "A3",
                "addresses": ["C2"],
                "kind": "improvement",
                "control": "ppe",
                "what": "Bright gloves for all.",
                "owner": "t.silva",
                "due": "2026-05-15",
            },
        ],
        "effectiveness": {
            "method": "measure",
            "metric": "Unchocked trailers per 100 loadings",
            "baseline": "7",
            "target": "0",
            "check_on": "2026-08-01",
            "checker_role": "verifier",
        },
    },
    "progress": [
        {"action": "A1", "status": "open", "on": "2026-04-02", "by": "t.silva"},
        {"action": "A1", "status": "done", "on": "2026-05-02", "by": "t.silva", "evidence": "Photo of the box"},
        {"action": "A2", "status": "done", "on": "2026-05-03", "by": "t.silva", "evidence": "Acceptance report"},
        {"action": "A3", "status": "cancelled", "on": "2026-05-03", "by": "t.silva", "because": "No use."},
    ],
    "verification": {
        "implemented": {"by": "p.novak", "on": "2026-05-10", "evidence": "Seen on site"},
        "checks": [
            {
                "on": "2026-08-02",
                "by": "p.novak",
                "result": "effective",
                "measured": "0 in 412 loadings",
                "because": "The lock works.",
                "substitute": "We watched a week of loading.",
            }
        ],
        "residual": {"severity_potential": 5, "likelihood": 1},
        "updated_documents": ["WI-12"],
        "trained": [{"what": "Dock lock", "roles": ["forklift driver"], "count": 14, "ref": "T-3"}],
    },
    "lesson": {
        "headline": "A trailer is only parked when something holds it",
        "vulnerability": "We trusted that somebody had chocked the wheels.",
        "change": "The dock lock holds every trailer now.",
        "do_this": "Enter a trailer only on green.",
        "applies_to": ["shipping", "forklift drivers"],
        "release": {"to": "all-staff", "because": "Everybody loads.", "not_before": "2026-08-10"},
        "review_on": "2027-08-01",
        "status": "current",
    },
    "alert": {"headline": "Check the chocks", "do_this": "Look first.", "until": "2026-04-30"},
    "briefings": [{"on": "2026-08-12", "area": "shipping", "by": "t.silva", "attended": 14}],
    "decisions": [{"on": "2026-04-01", "body": "safety committee", "decided": "Buy locks."}],
    "escalation": {"incident_ref": "INC-1", "on": "2026-03-30", "because": "It was close."},
    "corrections": [
        {"field": "report.site", "was": "plant-1", "now": "plant-2", "because": "Mistyped.", "on": "2026-03-25"}
    ],
}

VOCABULARY: dict[str, Any] = {
    "classification": {
        "safety": {"label": {"en": "Safety", "de": "Sicherheit"}, "help": {"en": "People could have been hurt."}},
        "quality": {"label": {"en": "Quality"}},
        "security": {"label": {"en": "Security"}},
    },
    "hazard": {"moving-vehicle": {"label": {"en": "Moving vehicle"}}},
    "area": {"shipping": {"label": {"en": "Shipping"}}},
    "site": {"plant-2": {"label": {"en": "Plant 2"}}},
    "barrier": {"luck": {"label": {"en": "Luck alone"}}},
    "cause-category": {
        "method": {"label": {"en": "Method"}},
        "measurement": {"label": {"en": "Measurement"}},
    },
}

SETTINGS: dict[str, Any] = {"language": "en", "restricted_classes": []}
FORWARD = ("investigated", "root-caused", "action", "verified")

MakeRecord = Callable[..., dict[str, Any]]
MakeData = Callable[..., SiteData]
Show = Callable[..., str]
Build = Callable[..., Path]


def band(severity: int, likelihood: int) -> str:
    """Stand in for the risk matrix."""
    score = severity * likelihood
    return "very-high" if score >= 20 else "high" if score >= 12 else "medium" if score >= 5 else "low"


def proof_of_state(record: dict[str, Any], *, before: tuple[str, ...] = ()) -> Proof:
    """Stand in for the sign-offs: whatever a record says, two people have signed it, one with a key.

    `before` are the states that a record passed before it was closed otherwise.
    """
    state = record.get("state")
    passed = FORWARD[: FORWARD.index(state) + 1] if state in FORWARD else (*before, str(state))
    return Proof(
        steps=tuple((step, f"2026-0{number}") for number, step in enumerate(passed, 4)),
        people=2,
        assurances=(("asserted", 3), ("signed", 1)),
        sealed=tuple(record) if state != "reported" else (),
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One headless Chromium for each module, since a process cannot have two at a time, and others want one too."""
    if CHROMIUM is None:
        pytest.skip(LACKING)
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def make_record() -> MakeRecord:
    """Return a maker of whole records; dotted names (with __ for the dot) change or, with None, remove a field."""

    def make(**changes: Any) -> dict[str, Any]:
        record = copy.deepcopy(RECORD)
        for name, value in changes.items():
            *way, last = name.split("__")
            target = record
            for key in way:
                target = target.setdefault(key, {})
            if value is None:
                target.pop(last, None)
            else:
                target[last] = value
        return record

    return make


@pytest.fixture(scope="session")
def make_data() -> MakeData:
    """Return a maker of site data around records; `passed` are the states that closed ones passed, by id."""

    def make(*records: dict[str, Any], **others: Any) -> SiteData:
        settings, passed = others.get("settings", SETTINGS), others.pop("passed", {})
        if "figures" in others:
            view = PublicView(figures=others.pop("figures"), compared=others.pop("compared", None))
            others["view"] = lambda: view
        ids = [record["id"] for record in records]
        names = [name if ids.count(name) == 1 else f"{name} {number}" for number, name in enumerate(ids)]
        by_name = dict(zip(names, records, strict=True))
        told = {name: told_of(record, settings) for name, record in by_name.items()}
        given: dict[str, Any] = {
            "gists": {
                name: draw_gist(record, settings, proof_of_state(record, before=passed.get(name, ())))
                for name, record in by_name.items()
            },
            "told": lambda ids: {record_id: told[record_id] for record_id in ids if record_id in told},
            "vocabulary": VOCABULARY,
            "settings": settings,
            "bands": band,
            "today": date(2026, 11, 21),
            "commit": "0123456789abcdef0123456789abcdef01234567",
        }
        return SiteData(**given | others)

    return make


@pytest.fixture
def instance(tmp_path: Path, repo_root: Path) -> Path:
    """An instance with the shipped site, and stand-ins for hand-written pages that are not there."""
    folder = tmp_path / "instance"
    lay_down_site(repo_root, folder)
    for name in HAND_WRITTEN:
        page = folder / "site" / "docs" / name
        if not page.exists():
            page.write_text(f"# {name}\n\nWords.\n")
    return folder


@pytest.fixture
def feed(monkeypatch: pytest.MonkeyPatch) -> Callable[[SiteData | Exception], None]:
    """Return a function that lets the plugin be given this data, instead of what the application would read."""

    def give(data: SiteData | Exception) -> None:
        monkeypatch.setitem(sys.modules, "nearmiss.app.site", stand_in_for(data))

    return give


@pytest.fixture
def build(instance: Path, feed: Callable[[SiteData], None]) -> Build:
    """Return a function that builds the instance's site from data, strictly, and returns its folder."""

    def build_it(data: SiteData, **options: Any) -> Path:
        feed(data)
        return build_site(instance, **options).parent

    return build_it


@pytest.fixture
def show(repo_root: Path) -> Show:
    """Return a function that renders one page of a site from data."""

    def render(data: SiteData, path: str, language: str = "en", *others: SiteData) -> str:
        renderer = Renderer([repo_root / "templates"], language=language)
        site = make_site(Library(home=data, others=others, words=renderer.words))
        [page] = [each for each in site.pages if each.path == path]
        return render_page(page, site, renderer, lambda path: path)

    return render
