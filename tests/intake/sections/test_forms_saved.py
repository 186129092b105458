"""What becomes of a form that is sent: drafts as `nearmiss edit` makes them, refusals at their fields, nothing lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from nearmiss.engine.errors import RefusedError
from nearmiss.engine.forms.answers import names_of, rows_in, words_in
from nearmiss.engine.forms.filling import BASIS, BECAUSE, DO, STEP, Filled, fill_in, open_section
from nearmiss.engine.forms.shapes import shape_of
from nearmiss.engine.proposing.advancing import Advanced
from nearmiss.engine.proposing.drafting import Drafted
from nearmiss.models.sections import SECTIONS
from tests.engine.scene import Scene
from tests.policy.builder import near_miss


def form_of(scene: Scene, record: str, section: str, who: str = "s.ito") -> dict[str, list[str]]:
    """Return what a browser would send of the form of a section that nobody touched."""
    opened = open_section(scene.desk(who), record, section)
    sent: dict[str, list[str]] = {BASIS: [opened.basis.commit], DO: ["save"]}
    for name, words in names_of(shape_of(section), opened.answer):
        sent.setdefault(name, []).append(words.replace("\n", "\r\n"))
    return sent


def send(scene: Scene, record: str, section: str, changed: Mapping[str, Any], who: str = "s.ito") -> Filled:
    """Fill in fields of a form and send it."""
    sent = form_of(scene, record, section, who)
    typed = {name: value if isinstance(value, list) else [value] for name, value in changed.items()}
    return fill_in(scene.desk(who), record, section, {**sent, **typed})


def test_unchanged_is_no_commit(scene: Scene) -> None:
    """Each form of a whole record, sent back as it came, commits nothing: the file stays to the byte."""
    record = scene.prepare("high")
    scene.walk(level="high", upto="action", record=record)
    wanted = near_miss("high")
    scene.work_off(record, wanted)
    before = scene.rev()
    for section in SECTIONS:
        assert send(scene, record, section, {}).unchanged, section
    assert scene.rev() == before


def test_saved_like_set(scene: Scene) -> None:
    """A form changes the file as the same values given to the command line do, comments and all."""
    record = scene.prepare()
    path = scene.path(record)
    lines = scene.blob(path).decode().split("\n")
    noted = [f"{line}  # seen by two" if line.startswith("  lead:") else line for line in lines]
    scene.commit_files({path: "\n".join(noted)}, branch="main")
    here = scene.rev()
    send(scene, record, "investigation", {"investigation.findings": "Nobody had\r\nset the chock.  "})
    by_form = scene.blob(path)
    scene.git("update-ref", "refs/heads/main", here)
    scene.draft("s.ito", record, {"investigation.findings": "Nobody had\nset the chock."})
    assert by_form == scene.blob(path)
    assert b"# seen by two" in by_form


def test_rows_come_and_go(scene: Scene) -> None:
    """A row is added by a button and keeps what was typed; it gets the next id; one taken out does not come back."""
    record = scene.prepare()
    sent = form_of(scene, record, "root_cause") | {"root_cause.causes.1.statement": ["Typed and not saved"]}
    added = fill_in(scene.desk("s.ito"), record, "root_cause", {**sent, DO: ["add:root_cause.causes"]})
    assert added.saved is None
    assert isinstance(added.answer, dict)
    rows = rows_in(added.answer["causes"])
    assert words_in(rows[1].answers["statement"]) == ("Typed and not saved",)
    assert rows[-1].was is None
    third = {
        "root_cause.causes.2.~was": "",
        "root_cause.causes.2.id": "",
        "root_cause.causes.2.level": "underlying",
        "root_cause.causes.2.category": "machine",
        "root_cause.causes.2.statement": "There is one chock for two docks.",
        "root_cause.causes.2.explains": "C1",
    }
    saved = send(scene, record, "root_cause", third)
    assert isinstance(saved.saved, Drafted), saved.error
    assert [cause["id"] for cause in scene.data(record)["root_cause"]["causes"]] == ["C1", "C2", "C3"]
    sent = form_of(scene, record, "root_cause")
    less = fill_in(scene.desk("s.ito"), record, "root_cause", {**sent, DO: ["remove:root_cause.causes.2"]})
    assert isinstance(less.answer, dict)
    assert len(rows_in(less.answer["causes"])) == 2


def test_blank_rows(scene: Scene) -> None:
    """A row that was added and left empty is not saved."""
    record = scene.report("m.okafor").id
    rows = {"investigation.timeline.0.~was": "", "investigation.timeline.0.at": " ", "investigation.timeline.~": ""}
    assert send(scene, record, "investigation", rows).unchanged
    assert "investigation" not in scene.data(record)


@pytest.mark.parametrize(
    "section, typed, value",
    [
        ("assessment", {"assessment.hazard": "no-such-term"}, {"assessment.hazard": "no-such-term"}),
        ("assessment", {"assessment.severity_potential": "9"}, {"assessment.severity_potential": 9}),
        ("root_cause", {"root_cause.causes.1.explains": "C7"}, {"root_cause.causes.1.explains": "C7"}),
        ("lesson", {"lesson.review_on": "soon"}, {"lesson.review_on": "soon"}),
    ],
)
def test_same_sentences(scene: Scene, section: str, typed: dict[str, str], value: dict[str, Any]) -> None:
    """What is refused is refused in the sentences of the command line, at the field, and what was typed is kept."""
    record = scene.prepare()
    before = scene.rev()
    filled = send(scene, record, section, typed)
    with pytest.raises(RefusedError) as refused:
        scene.draft("s.ito", record, value)
    assert [one.message for one in filled.findings] == [one.message for one in refused.value.findings]
    assert {".".join(map(str, one.field)) for one in filled.findings} == set(typed)
    said = dict(names_of(shape_of(section), filled.answer))
    assert said.items() >= typed.items()
    assert scene.rev() == before


def test_others_are_not_written_over(scene: Scene) -> None:
    """Where somebody changed the section meanwhile, both changes come back in the form, and the next save has both."""
    record = scene.prepare()
    sent = form_of(scene, record, "investigation")
    scene.draft("i.garcia", record, {"investigation.team_roles": ["driver"], "investigation.findings": "Theirs."})
    before = scene.rev()
    sent |= {"investigation.worker_involved": ["no"], "investigation.findings": ["Mine."]}
    filled = fill_in(scene.desk("s.ito"), record, "investigation", sent)
    assert filled.saved is None
    assert filled.moved
    assert filled.colliding == {"investigation.findings": "Theirs."}
    assert scene.rev() == before
    again = {BASIS: [filled.opened.basis.commit], DO: ["save"]}
    for name, words in names_of(shape_of("investigation"), filled.answer):
        again.setdefault(name, []).append(words)
    assert isinstance(fill_in(scene.desk("s.ito"), record, "investigation", again).saved, Drafted)
    said = scene.data(record)["investigation"]
    assert said["team_roles"] == ["driver"]
    assert (said["worker_involved"], said["findings"]) == (False, "Mine.")


def test_other_sections_are_no_obstacle(scene: Scene) -> None:
    """Somebody else's change of another section is no obstacle."""
    record = scene.prepare()
    sent = form_of(scene, record, "investigation") | {"investigation.findings": ["Mine."]}
    scene.draft("i.garcia", record, {"assessment.crew": "Crew 2"})
    assert isinstance(fill_in(scene.desk("s.ito"), record, "investigation", sent).saved, Drafted)
    assert scene.data(record)["assessment"]["crew"] == "Crew 2"


def test_what_is_signed(scene: Scene) -> None:
    """What is signed off is changed by a step of its own; the correction is listed, and the reason asked for."""
    record = scene.walk(upto="investigated")
    opened = open_section(scene.desk("s.ito"), record, "investigation")
    assert [one.name for one in opened.steps] == ["correct", "redact"]
    typed = {"investigation.findings": "It was otherwise.", STEP: "correct", BECAUSE: "The photo shows it"}
    filled = send(scene, record, "investigation", typed)
    assert isinstance(filled.saved, Advanced), filled.error
    entry = scene.data(record, filled.saved.branch)["corrections"][-1]
    assert (entry["field"], entry["now"]) == ("investigation.findings", "It was otherwise.")
    assert send(scene, record, "assessment", {"assessment.reply": "Other.", STEP: "reassess"}).error is not None


def test_report_stays(scene: Scene) -> None:
    """What the reporter said is refused where a form would change it; what is missing may be added."""
    record = scene.report("m.okafor").id
    refused = send(scene, record, "report", {"report.what_happened": "Something else."})
    assert [one.code for one in refused.findings] == ["report-changed"]
    added = send(scene, record, "report", {"report.suggestion": "A light at the dock."})
    assert isinstance(added.saved, Drafted)


def test_title_with_triage(scene: Scene) -> None:
    """The title goes along with the assessment, in one commit."""
    record = scene.report("m.okafor").id
    before = scene.rev()
    filled = send(scene, record, "assessment", {"title": "A trailer that crept", "assessment.decision": "near-miss"})
    assert isinstance(filled.saved, Drafted)
    assert filled.saved.sections == ("title", "assessment")
    assert scene.git("rev-list", "--count", f"{before}..main") == "1"


def test_similar_found_none(scene: Scene) -> None:
    """That nothing similar was found is an answer: an empty list, once it is said what was searched for."""
    record = scene.report("m.okafor").id
    send(scene, record, "investigation", {"investigation.similar.searched": "trailer dock"})
    assert scene.data(record)["investigation"]["similar"] == {"searched": "trailer dock", "found": []}


def test_a_wrong_basis(scene: Scene) -> None:
    """A basis that names no commit, or that is no name of one, counts as what is there now."""
    record = scene.prepare()
    for basis in ("", "0" * 40, "main", "--all", "../../etc/passwd", "ff" * 20):
        filled = send(scene, record, "investigation", {BASIS: basis})
        assert filled.unchanged, basis


def test_absent_is_made(scene: Scene) -> None:
    """A section that was not there is made as a whole, in the order in which a record is written."""
    record = scene.report("m.okafor").id
    send(scene, record, "assessment", {"assessment.level": "low", "assessment.decision": "near-miss"})
    assert list(scene.data(record)["assessment"]) == ["decision", "level"]
