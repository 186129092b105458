"""`nearmiss report`: from flags, from a file, with files attached, and what the reporter is told."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from nearmiss.cli.input.attachments import read_attachments
from nearmiss.cli.input.links import read_link
from nearmiss.errors import UsageError
from tests.cli.shell import Shell
from tests.engine.scene import Scene

SAID = "The trailer crept away from the dock. I braked."


def test_report_is_done_with_one_flag(shell: Shell, scene: Scene) -> None:
    """What happened is enough; the id is printed, and what happens next."""
    outcome = shell.run("m.okafor", "report", "--what-happened", SAID)

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == (
        "Thank you. Reported as NM-2026-00001: The trailer crept away from the dock\n"
        "\n"
        "What happens next: somebody assesses it and answers you. See what becomes of it:\n"
        "  nearmiss show NM-2026-00001\n"
    )
    assert scene.data("NM-2026-00001")["report"] == {
        "reported_on": "2026-11-22",
        "what_happened": SAID,
        "reporter": {"mode": "named", "person": "m.okafor"},
    }


def test_every_flag_has_its_field(shell: Shell, scene: Scene) -> None:
    """Each option of the report fills the field that it names."""
    picture = scene.root.parent / "Foto Rampe 3.JPG"
    picture.write_bytes(b"a picture")
    words = [
        *("report", "--what-happened", SAID, "--could-have", "A crushed foot.", "--stopped-by", "luck"),
        *("--how", "I was quick.", "--safe", "yes", "--site", "plant-2", "--area", "shipping"),
        *("--on", "2026-11-20", "--at", "14:20", "--until", "2026-11-21"),
        *("--immediate-action", "Chocked it.", "--suggestion", "More chocks.", "--group", "employee", "--lang", "en"),
        *("--link", "equipment=TRL-88@MES", "--link", "document=SOP 7", "--title", "A trailer", "--on-behalf"),
        *("--attach", str(picture), "--location", "dock"),
    ]
    terms = [term["term"] for term in scene_terms(scene, "location")]
    words[-1] = terms[0]

    data = shell.json("m.okafor", *words)

    assert (data["id"], data["title"], data["call"], data["notes"]) == ("NM-2026-00001", "A trailer", "", [])
    record = scene.data("NM-2026-00001")
    assert record["title"] == "A trailer"
    assert record["report"] == {
        "reported_on": "2026-11-22",
        "what_happened": SAID,
        "made_safe": "yes",
        "what_could_have_happened": "A crushed foot.",
        "what_stopped_it": {"barrier": "luck", "how": "I was quick."},
        "site": "plant-2",
        "process_area": "shipping",
        "location": terms[0],
        "occurred_on": "2026-11-20",
        "occurred_until": "2026-11-21",
        "occurred_at": "14:20",
        "reporter": {"mode": "named", "person": "m.okafor", "group": "employee"},
        "immediate_action": "Chocked it.",
        "suggestion": "More chocks.",
        "lang": "en",
        "entered_on_behalf": True,
        "links": [{"kind": "equipment", "ref": "TRL-88", "system": "MES"}, {"kind": "document", "ref": "SOP 7"}],
        "attachments": [{"file": "Foto-Rampe-3.jpg", "sha256": f"sha256:{hashlib.sha256(b'a picture').hexdigest()}"}],
    }
    assert scene.blob("records/2026/11/NM-2026-00001/attachments/Foto-Rampe-3.jpg") == b"a picture"
    assert shell.run("s.ito", "check").code == 0


def scene_terms(scene: Scene, name: str) -> list[dict[str, str]]:
    """Return the terms of a list of the vocabulary."""
    from nearmiss.store.documents import YamlDocuments

    read = YamlDocuments().read((scene.root / "schemas" / "vocabulary" / f"{name}.yaml").read_bytes())
    assert read.data is not None
    terms: list[dict[str, str]] = read.data["terms"]
    return terms


def test_what_is_not_safe_is_called_out_first(shell: Shell) -> None:
    """Where it is not safe, the first thing printed is whom to call."""
    outcome = shell.run("m.okafor", "report", "--what-happened", SAID, "--safe", "no")

    assert outcome.out.startswith("It is not safe yet. Call at once: the supervisor of the area")


@pytest.mark.parametrize("mode", ["anonymous", "confidential"])
def test_report_without_a_name_says_what_that_means(shell: Shell, scene: Scene, mode: str) -> None:
    """Without a name, the reporter is told what is and what is not kept, also of a file."""
    (scene.root.parent / "a.txt").write_text("x", encoding="utf-8")
    words = ("report", "--what-happened", SAID, "--at", "14:20", f"--{mode}", "--attach", "../a.txt")

    outcome = shell.run("m.okafor", *words)

    assert outcome.code == 0, outcome.said
    assert "No name" in outcome.out
    assert "The files were made anew under new names, without metadata." in outcome.out
    reporter = scene.data("NM-2026-00001")["report"]
    assert reporter["reporter"] == {"mode": mode}
    assert "occurred_at" not in reporter


def test_report_by_request_waits_on_a_branch(shell: Shell, scene: Scene) -> None:
    """Where reports go through requests, the reporter is told where theirs waits, and how it gets in force."""
    path = "workflow/policy/settings.yaml"
    scene.change_policy("o.haddad", {path: scene.revised(path, {"reports": "request"})})

    outcome = shell.run("m.okafor", "report", "--what-happened", SAID)

    assert "It waits on the branch near-miss/NM-2026-00001/00-report" in outcome.out
    assert shell.run("s.ito", "merge", "NM-2026-00001").code == 0
    assert scene.state("NM-2026-00001") == "reported"


# From a file


def test_report_from_a_file(shell: Shell, scene: Scene) -> None:
    """A YAML file gives the fields; flags refine them."""
    (scene.root / "answers.yaml").write_text(
        "title: A trailer\nwhat_happened: |-\n  It crept.\n  I braked.\nsite: plant-1\n", encoding="utf-8"
    )

    data = shell.json("m.okafor", "report", "--from", "answers.yaml", "--site", "plant-2")

    report = scene.data(data["id"])["report"]
    assert (data["title"], report["site"]) == ("A trailer", "plant-2")
    assert report["what_happened"] == "It crept.\nI braked."


def test_report_from_standard_input(shell: Shell) -> None:
    """`--from -` reads what is piped in."""
    data = shell.json("m.okafor", "report", "--from", "-", stdin="what_happened: It crept.\n")

    assert data["title"] == "It crept"


@pytest.mark.parametrize(
    "text, found",
    [
        ("what_happened: It crept.\nsite: mars\n", [("unknown-term", 2, "report.site")]),
        ("site: plant-2\n", [("missing-field", 1, "report.what_happened")]),
        ("what_happened: It crept.\nreported_on: '2020-01-01'\n", [("not-for-reporters", 2, "reported_on")]),
        ("what_happened: It crept.\nwhat_happened: Twice.\n", [("yaml-duplicate-key", 2, "what_happened")]),
        ("what_happened: It crept.\ncolour: red\n", [("unknown-key", 2, "report.colour")]),
    ],
)
def test_fault_in_a_file_has_its_line(shell: Shell, scene: Scene, text: str, found: list[tuple[str, int, str]]) -> None:
    """What cannot be taken from a file is listed with file and line, and nothing is written."""
    (scene.root / "answers.yaml").write_text(text, encoding="utf-8")
    before = scene.rev()

    outcome = shell.run("m.okafor", "report", "--from", "answers.yaml", "--json")

    assert outcome.code == 1
    listed = [(one["code"], one["line"], one["field"]) for one in outcome.data["findings"]]
    assert [entry[1:] for entry in listed] == [entry[1:] for entry in found], listed
    assert all(one["path"].endswith("answers.yaml") for one in outcome.data["findings"] if one["line"])
    assert scene.rev() == before


def test_fault_in_a_flag_has_no_line(shell: Shell, scene: Scene) -> None:
    """Beside a file, a fault in a flag is told as the field's."""
    (scene.root / "answers.yaml").write_text("what_happened: It crept.\n", encoding="utf-8")

    outcome = shell.run("m.okafor", "report", "--from", "answers.yaml", "--site", "mars", "--json")

    [finding] = outcome.data["findings"]
    assert (finding["line"], finding["path"], finding["field"]) == (0, "", "report.site")


# What cannot be


@pytest.mark.parametrize(
    "words, said",
    [
        ((), "There is nothing to report yet, and nobody to ask."),
        (("--site", "plant-2"), "There is nothing to report yet"),
        (("--what-happened", SAID, "--anonymous", "--confidential"), "anonymous or confidential, not both"),
        (("--what-happened", SAID, "--how", "quick"), "--how says how something stopped it"),
        (("--what-happened", SAID, "--link", "TRL-88"), "TRL-88 is not a link"),
        (("--what-happened", SAID, "--safe", "perhaps"), "perhaps"),
    ],
)
def test_words_that_make_no_report(shell: Shell, words: tuple[str, ...], said: str) -> None:
    """Words that cannot be carried out are a usage error that says what to give."""
    outcome = shell.run("m.okafor", "report", *words)

    assert outcome.code == 2
    assert said in outcome.err


def test_stranger_is_told_of_the_way_without_a_name(shell: Shell) -> None:
    """Whoever is not on the list of people is told that a report needs no name."""
    for who in ("stranger@elsewhere.example", ""):
        outcome = shell.run(who, "report", "--what-happened", SAID)

        assert outcome.code == 1
        assert "nearmiss report --anonymous" in outcome.err


@pytest.mark.parametrize(
    "name, content, code",
    [("run.exe", b"x", "attachment-type"), ("page.html", b"<script>", "attachment-type"), ("a.txt", b"", "")],
)
def test_file_that_may_not_be_attached(shell: Shell, scene: Scene, name: str, content: bytes, code: str) -> None:
    """Only the types of the settings are attached; else nothing is written."""
    (scene.root.parent / name).write_bytes(content)
    before = scene.rev()

    outcome = shell.run("m.okafor", "report", "--what-happened", SAID, "--attach", f"../{name}", "--json")

    assert outcome.code == (1 if code else 0)
    assert [one["code"] for one in outcome.data.get("findings", [])] == ([code] if code else [])
    assert (scene.rev() == before) is bool(code)


def test_file_that_is_too_large(shell: Shell, scene: Scene) -> None:
    """A file above the limit is refused."""
    (scene.root.parent / "a.txt").write_bytes(b"x" * 10_485_761)

    outcome = shell.run("m.okafor", "report", "--what-happened", SAID, "--attach", "../a.txt", "--json")

    assert [one["code"] for one in outcome.data["findings"]] == ["attachment-too-large"]


def test_file_that_is_not_there(shell: Shell) -> None:
    """A missing file is a sentence."""
    outcome = shell.run("m.okafor", "report", "--what-happened", SAID, "--attach", "nowhere.jpg")

    assert outcome.code == 1
    assert "nowhere.jpg cannot be read" in outcome.err


def test_two_files_of_one_name(tmp_path: Path) -> None:
    """Files of the same name get a number, whatever the case of their letters."""
    paths = [tmp_path / folder / name for folder, name in (("a", "x.txt"), ("b", "X.txt"), ("c", "x.txt"), ("d", "y"))]
    for path in (*paths, tmp_path / "e" / "y"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(path.parent.name, encoding="utf-8")

    found = read_attachments([*paths, tmp_path / "e" / "y"])

    assert {name: raw.decode() for name, raw in found.items()} == {
        "x.txt": "a",
        "X-2.txt": "b",
        "x-3.txt": "c",
        "y": "d",
        "y-2": "e",
    }


@pytest.mark.parametrize(
    "said, link",
    [
        ("equipment=TRL-88", {"kind": "equipment", "ref": "TRL-88"}),
        ("equipment=TRL-88@MES", {"kind": "equipment", "ref": "TRL-88", "system": "MES"}),
        ("ticket=a=b@c@JIRA", {"kind": "ticket", "ref": "a=b@c", "system": "JIRA"}),
        ("ticket=7@", {"kind": "ticket", "ref": "7"}),
    ],
)
def test_links(said: str, link: dict[str, str]) -> None:
    """A link is kind, number and, after the last @, the system."""
    assert read_link(said) == link


@pytest.mark.parametrize("said", ["", "equipment", "=7", "equipment=", "equipment=@MES"])
def test_bad_links(said: str) -> None:
    """What does not say kind and number is no link."""
    with pytest.raises(UsageError):
        read_link(said)


def test_a_link_to_a_record_that_is_not_there_is_taken_and_said(shell: Shell) -> None:
    """The reporter hears of a wrong number at once; `check` warns, each time in the singular or plural that is due."""
    for number, counted in enumerate(("1 warning.", "2 warnings."), 1):
        outcome = shell.run("m.okafor", "report", "--what-happened", SAID, "--link", "repeat-of=nm-2025-aaaaa")
        assert (outcome.code, outcome.err) == (0, "")
        assert outcome.out.splitlines()[1] == (
            "There is no record NM-2025-AAAAA here. Whoever assesses your report will look for the one that you mean."
        )
        checked = shell.run("m.okafor", "check")
        assert (checked.code, checked.out.count("reference-dangling")) == (0, number)
        assert checked.out.rstrip("\n").endswith(counted)
