"""`nearmiss edit`: in an editor, whose text is kept until it can be saved, and by values that are given."""

from __future__ import annotations

import shlex
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from nearmiss.cli.input.assignments import edits_of, without_nothing
from nearmiss.cli.input.editor import FALLBACKS
from nearmiss.engine.documents import Edit
from nearmiss.errors import UsageError
from nearmiss.models.sections import SECTIONS
from nearmiss.store.documents import YamlDocuments
from tests.cli.shell import Shell
from tests.engine.scene import Scene


class Writer:
    """Somebody's editor: a program that replaces words in the text that it is given."""

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path) -> None:
        self._patch, self._script = patch, folder / "editor.py"
        self.seen = folder / "seen.yaml"

    def replaces(self, *pairs: tuple[str, str], code: int = 0) -> None:
        """Let the editor replace words, then end with an exit code."""
        lines = [
            "import pathlib, sys",
            f"path, seen = pathlib.Path(sys.argv[-1]), pathlib.Path({str(self.seen)!r})",
            "text = path.read_text(encoding='utf-8')",
            "seen.write_text(text, encoding='utf-8')",
            f"for old, new in {pairs!r}:",
            "    assert old in text, old",
            "    text = text.replace(old, new)",
            "path.write_text(text, encoding='utf-8')",
            f"sys.exit({code})",
        ]
        self._script.write_text("\n".join(lines), encoding="utf-8")
        self._patch.setenv("VISUAL", f"{shlex.quote(sys.executable)} {shlex.quote(str(self._script))} --wait")


@pytest.fixture
def writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Writer:
    """An editor that does as it is told."""
    return Writer(monkeypatch, tmp_path)


@pytest.fixture
def record(scene: Scene) -> str:
    """A record that was just reported."""
    return scene.report().id


def kept(scene: Scene) -> list[str]:
    """Return the names of the texts that are kept."""
    folder = scene.root / ".git" / "nearmiss" / "drafts"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


DECIDED = ("  decision:\n", "  decision: near-miss\n")
WRONG = ("\n  level:\n", "\n  level: enormous\n")
BRIEFED = "briefings[+]={on: '2026-11-21', area: maintenance, by: c.moreau, attended: 9}"
NOBODY = "nobody on the list of people; a policy change can add somebody"


def test_editor_explains_every_field_and_lists_the_terms(
    shell: Shell, scene: Scene, record: str, writer: Writer
) -> None:
    """What the editor opens says what each field means and which terms it takes; what was left empty is left out."""
    writer.replaces(DECIDED, ("  reply:\n", "  reply: |-\n    Thank you.\n    We look at it.\n"))

    outcome = shell.run("i.garcia", "edit", record, "assessment")

    assert (outcome.code, outcome.out) == (0, "Saved assessment on the branch main.\n")
    assert scene.data(record)["assessment"] == {"decision": "near-miss", "reply": "Thank you.\nWe look at it."}
    assert kept(scene) == []
    shown = writer.seen.read_text(encoding="utf-8")
    assert f"# {record}: assessment" in shown
    assert "# Near miss or not: what triage decided.\n" in shown
    assert "  #   moving-vehicle " in shown
    assert YamlDocuments().read(shown.encode()).findings == ()


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_has_a_text_that_says_the_same(
    walked: object, shell: Shell, scene: Scene, writer: Writer, section: str
) -> None:
    """The text of each section, empty or full, reads as what the section says, once the empty fields are left out."""
    record = scene.walk(level="low", upto="action") if section != "corrections" else scene.report().id
    writer.replaces()

    outcome = shell.run("s.ito", "edit", record, section)

    assert "nothing was changed" in outcome.out
    read = YamlDocuments().read(writer.seen.read_bytes())
    assert read.findings == ()
    assert read.data is not None
    assert without_nothing(read.data[section]) == scene.data(record).get(section)


def test_text_left_as_it_was_changes_nothing(shell: Shell, scene: Scene, record: str, writer: Writer) -> None:
    """Closing the editor without a change leaves everything, and no text behind."""
    writer.replaces()
    before = scene.rev()

    assert shell.json("i.garcia", "edit", record, "assessment") == {"ok": True, "id": record, "changed": False}

    assert scene.rev() == before
    assert kept(scene) == []


def test_text_that_cannot_be_saved_is_kept(shell: Shell, scene: Scene, record: str, writer: Writer) -> None:
    """What is not valid is told with its line in the text; the text is kept, and taken up again."""
    writer.replaces(DECIDED, WRONG)

    refused = shell.run("i.garcia", "edit", record, "assessment", "--json")

    assert refused.code == 1
    finding = refused.data["findings"][0]
    [draft] = (scene.root / ".git" / "nearmiss" / "drafts").iterdir()
    assert finding["path"] == str(draft)
    assert "level: enormous" in draft.read_text(encoding="utf-8").split("\n")[finding["line"] - 1]
    assert str(draft) in refused.data["hint"]
    assert "--resume" in refused.data["hint"]
    assert "assessment" not in scene.data(record)

    again = shell.run("i.garcia", "edit", record, "assessment")
    assert again.code == 1
    assert "There is an unfinished text" in again.err

    writer.replaces(("enormous", "low"))
    resumed = shell.run("i.garcia", "edit", record, "assessment", "--resume")
    assert resumed.code == 0, resumed.said
    assert scene.data(record)["assessment"] == {"decision": "near-miss", "level": "low"}
    assert kept(scene) == []


def test_text_that_is_no_yaml_is_kept(shell: Shell, scene: Scene, record: str, writer: Writer) -> None:
    """A text that cannot be read is told with its line, and kept."""
    writer.replaces(("  decision:\n", "  decision: [\n"))

    outcome = shell.run("i.garcia", "edit", record, "assessment")

    assert outcome.code == 1
    assert "line " in outcome.err
    assert len(kept(scene)) == 1


def test_nothing_to_resume(shell: Shell, record: str) -> None:
    """Where no text is kept, --resume says so."""
    outcome = shell.run("i.garcia", "edit", record, "assessment", "--resume")

    assert outcome.code == 1
    assert "No unfinished text is kept" in outcome.err


def test_nobody_is_written_over(shell: Shell, scene: Scene, record: str, writer: Writer) -> None:
    """What somebody else saved meanwhile is not undone; one's own text is kept."""
    writer.replaces(DECIDED, WRONG)
    shell.run("i.garcia", "edit", record, "assessment")
    scene.draft("s.ito", record, {"assessment": {"crew": "Blue"}})

    writer.replaces(("enormous", "low"))
    outcome = shell.run("i.garcia", "edit", record, "assessment", "--resume")

    assert outcome.code == 1
    assert "changed while you were editing it" in outcome.err
    assert scene.data(record)["assessment"] == {"crew": "Blue"}
    assert len(kept(scene)) == 1


def test_sealed_section_is_not_edited_away(shell: Shell, scene: Scene, writer: Writer) -> None:
    """A section that is signed off is not drafted over: the refusal names the step that it would take."""
    record = scene.walk(level="low", upto="investigated")
    writer.replaces(("  crew:\n", "  crew: Blue\n"))

    outcome = shell.run("s.ito", "edit", record, "assessment")

    assert outcome.code == 1
    assert "nearmiss" in outcome.err
    assert len(kept(scene)) == 1


def test_editor_that_fails(shell: Shell, scene: Scene, record: str, writer: Writer) -> None:
    """Where the editor fails after a change, nothing is saved and the text is kept."""
    writer.replaces(DECIDED, code=3)

    outcome = shell.run("i.garcia", "edit", record, "assessment")

    assert outcome.code == 1
    assert "ended with status 3" in outcome.err
    assert len(kept(scene)) == 1
    assert "assessment" not in scene.data(record)


@pytest.mark.parametrize("command, said", [("no-such-editor", "cannot be started"), ("'open", "is not a command")])
def test_editor_that_cannot_be_started(
    shell: Shell, scene: Scene, record: str, monkeypatch: pytest.MonkeyPatch, command: str, said: str
) -> None:
    """An editor that is not there is told as such, and leaves no text behind."""
    monkeypatch.setenv("EDITOR", command)

    outcome = shell.run("i.garcia", "edit", record, "assessment")

    assert outcome.code == 1
    assert said in outcome.err
    assert kept(scene) == []


def test_no_editor_at_all(shell: Shell, record: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no editor can be found, the ways without one are named."""
    monkeypatch.setattr("nearmiss.cli.input.editor.can_ask", lambda: True)
    monkeypatch.setattr("nearmiss.cli.input.editor.shutil.which", lambda _name: None)

    outcome = shell.run("i.garcia", "edit", record, "assessment")

    assert outcome.code == 2
    assert "--set path=value" in outcome.err


def test_no_editor_is_opened_where_nobody_sits(shell: Shell, record: str) -> None:
    """Without a terminal, only an editor that somebody named is opened."""
    assert shell.run("i.garcia", "edit", record, "assessment").code == 2


def test_usual_editor_where_none_is_named(
    shell: Shell, record: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without VISUAL and EDITOR, a usual editor that is installed is opened."""
    own = tmp_path / "bin"
    own.mkdir()
    (own / FALLBACKS[-1]).symlink_to("/bin/true")
    monkeypatch.setattr(
        "nearmiss.cli.input.editor.shutil.which", lambda name: str(own / name) if name == FALLBACKS[-1] else None
    )
    monkeypatch.setattr("nearmiss.cli.input.editor.can_ask", lambda: True)
    monkeypatch.setenv("PATH", str(own), prepend=":")

    outcome = shell.run("i.garcia", "edit", record, "assessment")

    assert outcome.code == 0, outcome.said
    assert "nothing was changed" in outcome.out


# By values


def test_values_without_an_editor(shell: Shell, scene: Scene, record: str) -> None:
    """--set puts values of any kind, lists grow, --unset takes out; all in one commit."""
    before = scene.git("rev-list", "--count", "main")

    data = shell.json(
        *("i.garcia", "edit", record, "--set", "assessment.assessed_on=2026-11-22"),
        *("--set", "assessment.actual={level: 0}", "--set", "assessment.severity_potential=3"),
        *("--set", "assessment.reply=Yes: thank you, all.", "--set", "investigation.worker_involved=true"),
        *("--set", "investigation.evidence[+]={id: E1, kind: paper, what: The log}"),
        *("--set", "investigation.evidence[+].id=E2", "--set", "investigation.evidence[-1].kind=people"),
        *("--set", "investigation.evidence[1].what=What they saw"),
    )

    assert data["sections"] == ["assessment", "investigation"]
    assert data["changed"] is True
    record_now = scene.data(record)
    assert record_now["assessment"] == {
        "assessed_on": "2026-11-22",
        "actual": {"level": 0},
        "severity_potential": 3,
        "reply": "Yes: thank you, all.",
    }
    assert record_now["investigation"] == {
        "worker_involved": True,
        "evidence": [
            {"id": "E1", "kind": "paper", "what": "The log"},
            {"id": "E2", "kind": "people", "what": "What they saw"},
        ],
    }
    assert int(scene.git("rev-list", "--count", "main")) == int(before) + 1

    shell.json("i.garcia", "edit", record, "--unset", "investigation.evidence[0]")
    assert [one["id"] for one in scene.data(record)["investigation"]["evidence"]] == ["E2"]


def test_files_are_attached_to_a_section(shell: Shell, scene: Scene, record: str) -> None:
    """Each lies beside the record under a name of its own, is listed with its digest, and goes with given values."""
    one, two = b"\xff\xd8 one", b"\xff\xd8 two"
    (scene.root / "Foto Rampe.JPG").write_bytes(one)
    words = ("edit", record, "investigation", "--attach", "Foto Rampe.JPG")
    shell.json("i.garcia", *words, "--set", "investigation.findings=See the photo.")
    (scene.root / "Foto Rampe.JPG").write_bytes(two)

    data = shell.json("i.garcia", *words, "--set", "investigation.attachments[1].caption=A day later")

    assert data["sections"] == ["investigation"]
    first, second = scene.data(record)["investigation"]["attachments"]
    assert (first["file"], second["file"], second["caption"]) == ("Foto-Rampe.jpg", "Foto-Rampe-2.jpg", "A day later")
    folder = scene.path(record).removesuffix(".yaml")
    assert scene.blob(f"{folder}/attachments/Foto-Rampe-2.jpg") == two
    assert first["sha256"] == f"sha256:{sha256(one).hexdigest()}"
    assert shell.run("i.garcia", "check").code == 0


def test_files_that_cannot_be_attached(shell: Shell, scene: Scene, record: str) -> None:
    """A section without a list of files, none named at all, and a kind that is not allowed: a sentence, no commit."""
    (scene.root / "a.exe").write_bytes(b"MZ")
    before = scene.rev()
    nowhere = shell.run("i.garcia", "edit", record, "decisions", "--attach", "a.exe")
    unsaid = shell.run("i.garcia", "edit", record, "--attach", "a.exe")
    program = shell.run("i.garcia", "edit", record, "lesson", "--attach", "a.exe")

    assert "The section decisions takes no files." in nowhere.err
    assert "investigation" in nowhere.err
    assert "Say which section to edit" in unsaid.err
    assert "not of a type that may be attached" in program.err
    assert {nowhere.code, unsaid.code, program.code} == {1, 2}
    assert scene.rev() == before


def test_same_value_again_changes_nothing(shell: Shell, record: str) -> None:
    """A value that is there already makes no commit."""
    words = ("edit", record, "--set", "assessment.crew=Blue")
    shell.run("i.garcia", *words)

    outcome = shell.run("i.garcia", *words)

    assert outcome.out == f"{record} says that already; nothing was changed.\n"


@pytest.mark.parametrize("text", ["crew: Blue\nshift:\n", "assessment:\n  crew: Blue\n"])
def test_section_from_a_file(shell: Shell, scene: Scene, record: str, text: str) -> None:
    """A file gives a whole section, under its name or without; single values refine it."""
    (scene.root / "section.yaml").write_text(text, encoding="utf-8")

    shell.json("i.garcia", "edit", record, "assessment", "--from", "section.yaml", "--set", "assessment.level=low")

    assert scene.data(record)["assessment"] == {"crew": "Blue", "level": "low"}


def test_section_is_not_emptied_away(shell: Shell, scene: Scene, record: str) -> None:
    """A section in which everything is left empty would be gone, and what was written is not lost like that."""
    scene.draft("i.garcia", record, {"assessment": {"crew": "Blue"}})

    words = ("edit", record, "assessment", "--from", "-", "--json")
    outcome = shell.run("i.garcia", *words, stdin="assessment:\n  crew:\n")

    assert [one["code"] for one in outcome.data["findings"]] == ["section-removed"]
    assert scene.data(record)["assessment"] == {"crew": "Blue"}


def test_proposal_is_edited_on_its_branch(shell: Shell, scene: Scene) -> None:
    """--proposal edits what is proposed; sign-offs that no longer hold are taken back, and that is said."""
    record = scene.prepare()
    scene.advance("s.ito", record)
    scene.approve("r.meyer", record)

    outcome = shell.run("i.garcia", "edit", record, "--proposal", "--set", "assessment.crew=Blue")

    assert outcome.code == 0, outcome.said
    assert f"Saved assessment on the branch near-miss/{record}/01-investigate." in outcome.out
    assert "01-investigated--r.meyer.yaml was given to something else and is taken back" in outcome.out
    assert "crew" not in scene.data(record)["assessment"]
    assert scene.sign_offs(record, f"near-miss/{record}/01-investigate") == []

    by_name = shell.json(
        "i.garcia", "edit", record, "--branch", f"near-miss/{record}/01-investigate", "--set", "assessment.crew=Red"
    )
    assert by_name["branch"] == f"near-miss/{record}/01-investigate"


def test_whoever_could_have_signed_is_told_when_few_others_may(shell: Shell, record: str) -> None:
    """Who writes in a step does not sign it; where hardly anybody is left, that is said before it is proposed."""
    told = [
        shell.run(handle, "edit", record, "--set", f"assessment.crew={handle}").out
        for handle in ("r.meyer", "p.lind", "k.adeyemi", "t.silva", "s.ito", "i.garcia", "c.moreau")
    ]

    said = ["".join(line for line in out.splitlines() if line.startswith("You wrote")) for out in told]
    assert said == [
        *[""] * 4,
        "You wrote in it, so you cannot sign investigate. Who may: i.garcia, c.moreau",
        "You wrote in it, so you cannot sign investigate. Who may: c.moreau",
        f"You wrote in it, so you cannot sign investigate. Who may: {NOBODY}",
    ]
    beside = shell.run("c.moreau", "edit", record, "--set", BRIEFED).out
    assert beside == "Saved briefings on the branch main.\n"


def test_whoever_could_not_sign_anyhow_is_told_nothing_of_it(shell: Shell, scene: Scene, record: str) -> None:
    """Nor is anybody whose words stand on a proposal, which tells who may sign by itself."""
    assert "You wrote" not in shell.run("m.okafor", "edit", record, "--set", "assessment.crew=Blue").out
    ready = scene.prepare()
    scene.advance("s.ito", ready)

    told = shell.run("r.meyer", "edit", ready, "--proposal", "--set", "assessment.crew=Red")

    assert told.code == 0, told.said
    assert "You wrote" not in told.out


@pytest.mark.parametrize(
    "words, said",
    [
        ((), "Say which section to edit"),
        (("--from", "x.yaml"), "Say which section to edit"),
        (("colour",), "A record has no section colour"),
        (("--set", "assessment.level"), "it gives no value"),
        (("--set", "assessment.level="), "use --unset"),
        (("--set", "=low"), "not the way to a field"),
        (("--set", "assessment..level=low"), "not the way to a field"),
        (("--set", "assessment.actual={level: 0"), "assessment.actual={level: 0"),
        (("--proposal", "--branch", "x", "--set", "a=b"), "both name a branch"),
    ],
)
def test_words_that_edit_nothing(shell: Shell, record: str, words: tuple[str, ...], said: str) -> None:
    """Words that name no section, field or value are a usage error."""
    outcome = shell.run("i.garcia", "edit", record, *words)

    assert outcome.code == 2, outcome.said
    assert said in outcome.err


def test_edit_that_does_not_fit(shell: Shell, scene: Scene, record: str) -> None:
    """A place beyond a list's end, or nothing to take out, is told, and nothing is written."""
    before = scene.rev()

    for words in (("--set", "investigation.evidence[3].id=E1"), ("--unset", "assessment.crew")):
        assert shell.run("i.garcia", "edit", record, *words).code in {1, 2}

    assert scene.rev() == before


@pytest.mark.parametrize(
    "said, value",
    [
        ("low", "low"),
        ("3", 3),
        ("-1", -1),
        ("007", "007"),
        ("1.5", "1.5"),
        ("true", True),
        ("null", None),
        ("yes", "yes"),
        ("'3'", "3"),
        ('"a: b"', "a: b"),
        ("[a, b]", ["a", "b"]),
        ("{a: {b: 1}}", {"a": {"b": 1}}),
        ("a: b # c", "a: b # c"),
        ("two\nlines", "two\nlines"),
        ("2026-11-20", "2026-11-20"),
    ],
)
def test_values_are_read_as_they_are_meant(said: str, value: object) -> None:
    """Whole numbers, truth, lists and mappings are what YAML says; everything else is the words that it is."""
    assert edits_of([f"a.b={said}"], [], data={}, documents=YamlDocuments()) == [Edit(at=("a", "b"), value=value)]


def test_places_are_counted_from_what_is_there() -> None:
    """[+] is behind the last entry, [-1] the last one, counting what was just added; a list inside a list too."""
    data = {"a": [{"b": [1]}, 2], "text": "x"}
    words = ["a[+]=1", "a[+]=1", "a[-1]=1", "a[0].b[+]=1", "c[-1]=1", "text[+]=1", "a[7].b[+]=1"]

    edits = edits_of(words, ["a[1]"], data=data, documents=YamlDocuments())

    assert [edit.at for edit in edits] == [
        ("a", 2),
        ("a", 3),
        ("a", 3),
        ("a", 0, "b", 1),
        ("c", 0),
        ("text", 0),
        ("a", 7, "b", 0),
        ("a", 1),
    ]
    assert edits[-1].remove


@pytest.mark.parametrize("path", ["a[x]", "a b", "1a", "a.[0]", "a[0", "-", "ä"])
def test_paths_that_lead_nowhere(path: str) -> None:
    """What is no way to a field is refused before anything is opened."""
    with pytest.raises(UsageError):
        edits_of([], [path], data={}, documents=YamlDocuments())


def test_what_was_left_empty_is_left_out() -> None:
    """Nulls go, and whatever held nothing else; an explicit empty list stays."""
    data: dict[str, object] = {
        "a": None,
        "b": {"c": None},
        "d": [{"e": None}],
        "f": [],
        "g": [1, None],
        "h": False,
        "i": {"j": []},
    }

    assert without_nothing(data) == {"f": [], "g": [1], "h": False, "i": {"j": []}}
    assert without_nothing({"a": None}) is None
