"""JSON lines: what a line says, that it is the same for the same records, and what it never gives away."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.exporting import gathering
from nearmiss.engine.exporting.gathering import Exported
from nearmiss.engine.exporting.lines import line_of
from nearmiss.models.exported_line import ExportedLine
from nearmiss.policy.dossier import Dossier
from tests.cli.shell import Outcome, Shell
from tests.engine.scene import Scene, walked_scene
from tests.exporting.made import FOOLING, put, record, report_only


def lines(outcome: Outcome) -> list[dict[str, Any]]:
    """Return the lines of an export that was printed."""
    assert outcome.code == 0, outcome.said
    return [json.loads(line) for line in outcome.out.split("\n")[:-1]]


def test_each_record_is_a_line(shell: Shell, scene: Scene) -> None:
    """Records come in the order of their ids, each with its plain data as read, and nothing else on the stream."""
    full, small = record("NM-2026-7Q4K2"), report_only("NM-2026-00001")
    commit = put(scene, full, small)

    done = shell.run("s.ito", "export")

    first, second = lines(done)
    assert first == {
        "schema": 1,
        "id": "NM-2026-00001",
        "path": "records/2026/11/NM-2026-00001.yaml",
        "state": "reported",
        "record": small,
        "steps": [],
        "first_on_main": "2026-11-22T07:00:00Z",
    }
    assert (second["id"], second["state"], second["record"]) == ("NM-2026-7Q4K2", "verified", full)
    assert done.err == (
        f"2 records of commit {commit[:10]} exported.\n"
        "An export holds what the register holds, names too: pass it on only to who may read that.\n"
    )


def test_a_line_is_of_the_form_that_the_schema_says(
    shell: Shell, scene: Scene, repo_root: Path, tmp_path: Path
) -> None:
    """Our model of a line takes what is exported, and so does a peer that knows nothing but the exported schema."""
    scene.walk(upto="investigated")
    put(scene, report_only("NM-2026-00001"))
    told = lines(shell.run("s.ito", "export"))
    files = [tmp_path / f"{line['id']}.json" for line in told]
    for file, line in zip(files, told, strict=True):
        file.write_text(json.dumps(line))
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps({key: value for key, value in told[0].items() if key != "steps"}))

    def judged(*some: Path) -> int:
        schema = repo_root / "schemas" / "export.schema.json"
        command = [sys.executable, "-m", "check_jsonschema", "--schemafile", str(schema), *map(str, some)]
        return subprocess.run(command, capture_output=True, check=False).returncode

    assert [ExportedLine.model_validate(line).id for line in told] == [line["id"] for line in told]
    assert (judged(*files), judged(wrong)) == (0, 1)


def test_steps_are_told_with_their_signers(tmp_path: Path) -> None:
    """A step says what it was, when it was last signed, by whom in which role, and whether it is still in force."""
    scene, record_id = walked_scene(tmp_path, upto="root-caused")
    scene.advance("s.ito", record_id, transition="send-back", to="investigated", because="Look again.")
    scene.put_in_force(record_id, ["r.meyer"])

    (line,) = lines(Shell(directory=scene.root, scene=scene).run("s.ito", "export"))
    scene.close()

    assert [(step["seq"], step["transition"], step["in_force"]) for step in line["steps"]] == [
        (1, "investigate", True),
        (2, "find-root-cause", False),
        (3, "send-back", False),
    ]
    first = line["steps"][0]
    assert (first["from"], first["to"], first["policy_version"]) == ("reported", "investigated", 1)
    assert first["signers"][-1] == {
        "by": first["signers"][-1]["by"],
        "role": first["signers"][-1]["role"],
        "at": first["signed_at"],
        "assurance": "asserted",
    }
    assert first["signed_at"] == max(signer["at"] for signer in first["signers"])


def test_the_same_records_give_the_same_bytes(shell: Shell, scene: Scene, tmp_path: Path) -> None:
    """Two exports of one commit are equal, byte for byte, whatever the day."""
    put(scene, record(), report_only("NM-2026-00001"))
    for name in ("one.jsonl", "two.jsonl"):
        assert shell.run("s.ito", "export", "--output", str(tmp_path / name)).code == 0
        scene.clock.tick(days=40)

    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()


def test_a_line_is_one_line_for_every_reader() -> None:
    """Signs at which some programs break lines, or which turn the reading direction, are written by their numbers."""
    data = report_only("NM-2026-00001", what_happened="a\u2028b\x85c\u202ed\ufeffe\x7f")
    dossier = Dossier(id="NM-2026-00001", path="records/2026/11/NM-2026-00001.yaml", data=data)

    line = line_of(Exported(dossier=dossier, steps=(), first_on_main=""))

    assert len(line.decode().splitlines()) == 1
    assert b"\\u2028b\\u0085c\\u202ed\\ufeffe\\u007f" in line
    assert json.loads(line)["record"] == data


def test_any_text_comes_back_as_it_was(shell: Shell, scene: Scene) -> None:
    """What fools spreadsheets is plain text here: every text is read back equal."""
    made = [report_only(f"NM-2026-{number:05d}", what_happened=text) for number, text in enumerate(FOOLING)]
    put(scene, *made)

    assert [line["record"] for line in lines(shell.run("s.ito", "export"))] == made


@pytest.mark.parametrize(
    "reporter, told",
    [
        ({"mode": "named", "person": "m.okafor"}, "2026-11-22T07:00:00Z"),
        ({"mode": "external"}, "2026-11-22T07:00:00Z"),
        ({"mode": "confidential"}, "2026-11-22"),
        ({"mode": "anonymous"}, "2026-11"),
    ],
)
def test_who_gave_no_name_is_not_found_by_the_clock(
    shell: Shell, scene: Scene, reporter: dict[str, str], told: str
) -> None:
    """When a record came to the main branch is told no more precisely than its report tells its own day."""
    put(scene, report_only("NM-2026-00001", reported_on="2026-11", reporter=reporter))

    done = shell.run("s.ito", "export")

    assert lines(done)[0]["first_on_main"] == told


def test_nothing_of_the_commit_of_an_anonymous_report_is_told(shell: Shell, scene: Scene) -> None:
    """An anonymous report that somebody else merged carries neither that person nor that day in the export."""
    scene.report(mode="anonymous")
    scene.clock.tick(hours=3)

    said = shell.run("s.ito", "export").out

    assert "m.okafor" not in said
    assert "2026-11-22" not in said


def test_what_cannot_be_read_is_told_and_left_out(shell: Shell, scene: Scene) -> None:
    """A record that no reader trusts is named on the error stream; all others are exported."""
    put(scene, report_only("NM-2026-00001"))
    scene.commit_files({"records/2026/11/NM-2026-00002.yaml": "schema: [1\n"}, branch="main")
    put(scene, report_only("NM-2026-00003", made_safe="perhaps"))

    done = shell.run("s.ito", "export")

    assert [line["id"] for line in lines(done)] == ["NM-2026-00001"]
    assert "cannot be read (see nearmiss check): NM-2026-00002, NM-2026-00003." in done.err


def test_one_file_that_is_too_large_costs_its_own_record_only(shell: Shell, scene: Scene) -> None:
    """Records are asked of git some at a time; one that is too large to be read does not take the others along."""
    put(scene, *(report_only(f"NM-2026-0000{number}") for number in range(3)))
    scene.commit_files({"records/2026/11/NM-2026-00001.yaml": "x" * (17 * 2**20)}, branch="main")

    assert [line["id"] for line in lines(shell.run("s.ito", "export"))] == ["NM-2026-00000", "NM-2026-00002"]


def test_records_beyond_one_handful_are_all_there(shell: Shell, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one handful ends, the next begins."""
    monkeypatch.setattr(gathering, "AT_ONCE", 2)
    put(scene, *(report_only(f"NM-2026-0000{number}") for number in range(5)))

    assert len(lines(shell.run("s.ito", "export"))) == 5


# As of when


def test_the_register_as_it_was(shell: Shell, scene: Scene) -> None:
    """With a day, the export is that of the main branch at its end; with a revision, that of the revision."""
    first = put(scene, report_only("NM-2026-00001"))
    scene.clock.to("2026-11-24")
    put(scene, report_only("NM-2026-00002"))
    put(scene, report_only("NM-2026-00003"), branch="elsewhere")

    def ids(*words: str) -> list[str]:
        return [line["id"][-1] for line in lines(shell.run("s.ito", "export", *words))]

    assert ids() == ["1", "2"]
    assert ids("--as-of", "2026-11-23") == ids("--at", first) == ["1"]
    assert ids("--as-of", "2026-11-24") == ["1", "2"]
    assert ids("--at", "elsewhere") == ["1", "2", "3"]


@pytest.mark.parametrize(
    "words, sentence",
    [
        (("--as-of", "2026-11-21", "--at", "main"), "Only one moment can be looked at."),
        (("--as-of", "21.11.2026"), "is not a day"),
        (("--since", "2026-13-01"), "is not a day"),
        (("--as-of", "2020-01-01"), "no commit"),
        (("--at", "nowhere"), "There is no commit called 'nowhere'"),
    ],
)
def test_a_moment_that_is_none_is_refused(shell: Shell, words: tuple[str, ...], sentence: str) -> None:
    """What cannot be looked at is said in a sentence, and nothing is printed."""
    done = shell.run("s.ito", "export", *words)

    assert done.code in {1, 2}
    assert done.out == ""
    assert sentence in done.err


def test_a_clone_that_was_cut_does_not_guess(shell: Shell, scene: Scene, tmp_path: Path) -> None:
    """In a shallow clone nobody knows when the oldest records came: the key is left out, and told for the others."""
    put(scene, report_only("NM-2026-00001"))
    put(scene, report_only("NM-2026-00002"))
    put(scene, report_only("NM-2026-00003"))
    cut = tmp_path / "cut"
    subprocess.run(["git", "clone", "-q", "--depth", "2", f"file://{scene.root}", cut], check=True)

    one, two, three = lines(shell.at(cut).run("s.ito", "export"))

    assert "first_on_main" not in one
    assert "first_on_main" not in two
    assert three["first_on_main"] == "2026-11-22T07:00:00Z"


# Which


def test_filters_are_those_of_the_list(shell: Shell, scene: Scene) -> None:
    """State, classification, site, area, words and the day of the report choose among the records."""
    put(
        scene,
        record("NM-2026-00001"),
        report_only("NM-2026-00002", site="plant-1", process_area="shipping"),
        report_only("NM-2026-00003", reported_on="2026-10", what_happened="A LADDER fell."),
    )

    def ids(*words: str) -> str:
        return "".join(line["id"][-1] for line in lines(shell.run("s.ito", "export", *words)))

    assert ids("--state", "verified") == "1"
    assert ids("--state", "verified", "--state", "reported") == "123"
    assert ids("--classification", "safety") == "1"
    assert ids("--site", "plant-1") == "2"
    assert ids("--area", "shipping") == "12"
    assert ids("--text", "ladder") == "3"
    assert ids("--level", "high") == "1"
    assert ids("--since", "2026-10-31") == "123"
    assert ids("--since", "2026-11-01") == "12"
    assert ids("--since", "2026-11-21") == "1"


def test_a_filter_that_fits_nothing_ever_is_a_slip(shell: Shell, scene: Scene) -> None:
    """A term that the vocabulary does not have is refused, with those that look alike."""
    put(scene, report_only("NM-2026-00001"))

    done = shell.run("s.ito", "export", "--site", "plant-11")

    assert (done.code, done.out) == (2, "")
    assert "There is no site plant-11." in done.err
