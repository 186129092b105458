"""The pages of the forms: they can be read by everybody, keep what was typed, and take nothing that is no answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from nearmiss.models.sections import SECTIONS
from tests.engine.scene import found_scene
from tests.intake.desk.hosting import HERE, Browser, Team, team_of
from tests.intake.sections.paper import Paper
from tests.media.planted import jpeg
from tests.policy.builder import near_miss

ATTACK = """<script>window.pwned=1</script>"'><img src=x onerror=pwned=1> {{ 7*7 }} %(x)s 100 % </textarea>&amp;"""


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    """A team over a register that was just founded."""
    scene = found_scene(tmp_path)
    yield from team_of(scene, tmp_path / "state")
    scene.close()


def path_of(record: str, section: str) -> str:
    """Return where the form of a section is."""
    return f"/desk/records/{record}/sections/{section}"


def send(browser: Browser, path: str, **typed: str | list[str]) -> Paper:
    """Send the form of a page with what is typed, and return the form that comes after; dots are double underscores."""
    paper = Paper(browser.get(path))
    values = paper.sent | {"~do": ["save"]}
    for name, value in typed.items():
        values[name.replace("__", ".")] = value if isinstance(value, list) else [value]
    return post(browser, path, values)


def post(browser: Browser, path: str, values: dict[str, list[str]]) -> Paper:
    """Send values as they are."""
    answer = browser.client.post(f"{HERE}{path}", data=values, headers={"origin": HERE})
    browser.path, browser.html, browser.status = answer.url.path, answer.text, answer.status_code
    return Paper(answer.text)


def test_untouched(team: Team) -> None:
    """Every form of a whole record, as it stands on its page and sent untouched, changes nothing."""
    record = team.scene.prepare("high")
    team.scene.work_off(record, near_miss("high"))
    browser, before = team.browser("r.meyer"), team.scene.rev()
    for section in SECTIONS:
        send(browser, path_of(record, section))
        assert "Nothing was changed." in browser.told, section
    send(browser, f"/desk/records/{record}/triage")
    assert "Nothing was changed." in browser.told
    assert team.scene.rev() == before


@pytest.mark.parametrize("page", [*(f"sections/{section}" for section in SECTIONS), "triage"])
def test_labels(team: Team, page: str) -> None:
    """Everything that can be answered has a label; ids are there once; what is described by something finds it."""
    record = team.scene.prepare("high")
    paper = Paper(team.browser("r.meyer").get(f"/desk/records/{record}/{page}"))
    unlabelled = [one for one in paper.asked if not one["wrapped"] and one.get("id") not in paper.labelled]
    assert unlabelled == []
    assert len(paper.ids) == len(set(paper.ids))
    assert set(paper.described) <= set(paper.ids)


def test_saved_by_whom(team: Team) -> None:
    """What is saved is a commit of whoever is signed in, and the page tells what comes next."""
    record = team.scene.report("m.okafor").id
    browser = team.browser("r.meyer")
    page = f"/desk/records/{record}/triage"
    typed = {"assessment__decision": "near-miss", "assessment__severity_potential": "4", "assessment__likelihood": "3"}
    send(browser, page, **typed, assessment__level="low", title="A trailer crept away")
    assert "Saved: Assessment." in browser.told
    assert team.author_of() == "R Meyer <r.meyer@example.org>"
    said = team.scene.data(record)
    assert said["title"] == "A trailer crept away"
    assert said["assessment"]["assessed_by"] == "r.meyer"
    html = unescape(browser.html)
    assert "4 × 3 = 12" in html
    assert "The level that is chosen lies below that." in html
    assert "things are missing before that:" in html


def test_refused_at_the_field(team: Team) -> None:
    """What is refused stands at the top, with a link to its field, and at the field; what was typed is still there."""
    record = team.scene.prepare()
    browser = team.browser("r.meyer")
    name = "assessment.duplicate_of"
    paper = send(browser, path_of(record, "assessment"), assessment__duplicate_of="NM-1", assessment__crew="Crew 3")
    assert browser.status == 409
    assert f'href="#f-{name}"' in browser.html
    assert f"e-{name}" in paper.described
    assert paper.sent[name] == ["NM-1"]
    assert paper.sent["assessment.crew"] == ["Crew 3"]


def test_rows_without_script(team: Team) -> None:
    """Rows are added and taken out by buttons, and what was typed elsewhere stays."""
    record = team.scene.prepare()
    browser = team.browser("s.ito")
    path = path_of(record, "root_cause")
    paper = send(browser, path, **{"~do": "add:root_cause.causes", "root_cause__causes__1__statement": "Not saved"})
    assert paper.sent["root_cause.causes.1.statement"] == ["Not saved"]
    assert paper.sent["root_cause.causes.2.id"] == ["C3"]
    values = paper.sent | {"~do": ["remove:root_cause.causes.2"]}
    less = post(browser, path, values)
    assert "root_cause.causes.2.id" not in less.sent
    assert less.sent["root_cause.causes.1.statement"] == ["Not saved"]
    assert "Human error is where to start asking" in unescape(browser.html)


def test_similar_is_searched_and_confirmed(team: Team) -> None:
    """The search for similar cases is filled in by the tool, and stands in the record once a person has saved it."""
    alike = team.scene.report("m.okafor", what_happened="A trailer rolled off the dock around the forklift.").id
    record = team.scene.report("m.okafor", what_happened="The trailer crept off the dock under a forklift.").id
    browser, before = team.browser("r.meyer"), team.scene.rev()
    path = path_of(record, "investigation")
    paper = send(browser, path, **{"~do": "search"}, investigation__findings="Typed before")
    assert team.scene.rev() == before
    assert alike in paper.sent["investigation.similar.found"]
    assert "trailer" in paper.sent["investigation.similar.searched"][0]
    assert paper.sent["investigation.findings"] == ["Typed before"]
    post(browser, path, paper.sent | {"~do": ["save"]})
    assert team.scene.data(record)["investigation"]["similar"]["found"] == [alike]


def test_cut_off(team: Team) -> None:
    """A form of which only the beginning arrived takes nothing out."""
    record = team.scene.prepare("high")
    browser, before = team.browser("r.meyer"), team.scene.rev()
    paper = Paper(browser.get(path_of(record, "investigation")))
    half = dict(list(paper.sent.items())[: len(paper.sent) // 2]) | {"~do": ["save"]}
    post(browser, path_of(record, "investigation"), half)
    assert "Only a part of the form arrived" in browser.told
    assert team.scene.rev() == before


def test_attacks_in_texts(team: Team) -> None:
    """What is typed is only ever text: on the form, in the record, in what is refused, and beside other forms."""
    record = team.scene.report("m.okafor", what_happened=f"Trailer dock {ATTACK}").id
    other = team.scene.report("m.okafor", what_happened=f"Trailer dock again {ATTACK}").id
    browser = team.browser("r.meyer")
    send(browser, path_of(record, "investigation"), investigation__findings=ATTACK, investigation__lead="s.ito")
    assert "Saved:" in browser.told
    send(browser, path_of(record, "assessment"), assessment__reason=ATTACK, assessment__hazard=ATTACK)
    assert browser.status == 409
    for page in ("sections/investigation", "sections/assessment", "triage", "sections/report"):
        for one in (record, other):
            html = browser.get(f"/desk/records/{one}/{page}")
            assert browser.status == 200
            assert "<script>window" not in html
            assert "<img src=x" not in html
            assert re.search(r"(?<![0-9A-Za-z])49(?![0-9A-Za-z])", html) is None
    assert Paper(browser.get(path_of(record, "investigation"))).sent["investigation.findings"] == [ATTACK]


@pytest.mark.parametrize(
    "values",
    [
        {"~do": ["add:"]},
        {"~do": ["add:root_cause.causes.x.y"]},
        {"~do": ["remove:root_cause.causes.99"]},
        {"~do": ["add:" + "root_cause." * 500]},
        {"root_cause.causes.~": [""], "root_cause.causes.9999.~was": ["9999"]},
        {"root_cause.causes.~": [""], "root_cause.causes.0.~was": ["-1"], "root_cause.causes.0.id": ["C1"]},
        {"root_cause.causes": ["a"], "root_cause": ["b"], "root_cause.method": ["x"] * 50},
        {"~basis": ["HEAD"], "~step": ["no-such-step"], "root_cause.method": ["other"]},
    ],
)
def test_odd_answers(team: Team, values: dict[str, list[str]]) -> None:
    """What no form of ours would send is answered by a page, never by a fault of ours, and breaks no record."""
    record = team.scene.prepare()
    browser = team.browser("r.meyer")
    paper = Paper(browser.get(path_of(record, "root_cause")))
    post(browser, path_of(record, "root_cause"), {**paper.sent, "~do": ["save"], **values})
    assert browser.status in {200, 409}
    assert team.scene.check().findings == ()


def test_nobody(team: Team) -> None:
    """Who has not signed in sees no form and saves nothing."""
    record = team.scene.prepare()
    browser, before = team.browser(), team.scene.rev()
    browser.get(path_of(record, "assessment"))
    assert browser.path == "/desk/sign-in"
    post(browser, path_of(record, "assessment"), {"~end": ["1"], "assessment.reply": ["Mine"]})
    assert team.scene.rev() == before
    assert browser.status in {401, 403}


def test_no_such_section(team: Team) -> None:
    """A section that no record has, and a record that is none, are not there."""
    record = team.scene.prepare()
    browser = team.browser("r.meyer")
    for path in (path_of(record, "schema"), path_of("NM-2026-ZZZZZ", "lesson"), "/desk/records/x/triage"):
        browser.get(path)
        assert browser.status == 404, path


def chosen(browser: Browser, path: str, files: list[tuple[str, bytes]], **typed: str) -> Paper:
    """Send the form of a page with files, and return the form that comes after."""
    values = Paper(browser.get(path)).sent | {"~do": ["save"]} | {name: [value] for name, value in typed.items()}
    sent = [("~files", (name, content)) for name, content in files]
    answer = browser.client.post(f"{HERE}{path}", data=values, files=sent, headers={"origin": HERE})
    browser.path, browser.html, browser.status = answer.url.path, answer.text, answer.status_code
    return Paper(answer.text)


def test_files_are_attached(team: Team) -> None:
    """What is chosen beside a form is saved with it, and stands on the record's page; a sealed section keeps it out."""
    record = team.scene.report("m.okafor").id
    browser, path = team.browser("r.meyer"), path_of(record, "investigation")
    chosen(browser, path, [("Foto 1.JPG", jpeg()), ("log.txt", b"14:20 moved")])
    assert "Saved" in browser.told
    listed = team.scene.data(record)["investigation"]["attachments"]
    assert [one["file"] for one in listed] == ["Foto-1.jpg", "log.txt"]
    assert browser.get(f"/desk/records/{record}/attachments/log.txt") == "14:20 moved"
    assert "attachments/Foto-1.jpg" in browser.get(f"/desk/records/{record}")


def test_files_of_a_case_without_a_name_are_made_anew(team: Team) -> None:
    """A photo of whoever helped could tell who reported: its marks and its name are gone."""
    record = team.scene.report("m.okafor", mode="anonymous").id
    browser = team.browser("r.meyer")
    chosen(browser, path_of(record, "investigation"), [("okafor.jpg", jpeg())])
    listed = team.scene.data(record)["investigation"]["attachments"]
    assert [one["file"] for one in listed] == ["attachment-1.jpg"]
    content = team.scene.blob(f"{team.scene.path(record).removesuffix('.yaml')}/attachments/attachment-1.jpg")
    assert b"Exif" in jpeg()
    assert b"Exif" not in content


def test_files_that_are_not_saved_are_told(team: Team) -> None:
    """A refused form comes back with what was typed and says that the files are to be chosen again; nothing is kept."""
    record = team.scene.report("m.okafor").id
    browser, path = team.browser("r.meyer"), path_of(record, "investigation")
    before = team.scene.rev()
    paper = chosen(browser, path, [("a.exe", b"MZ")], **{"investigation.findings": "Seen."})
    assert "not of a type that may be attached" in browser.html
    assert "Choose them again" in browser.html
    assert paper.sent["investigation.findings"] == ["Seen."]
    assert team.scene.rev() == before
    assert 'name="~files"' not in browser.get(path_of(record, "decisions"))
