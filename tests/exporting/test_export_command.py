"""`nearmiss export`: what it takes, what it says, and what it refuses before anything is written."""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nearmiss.engine.exporting import lines
from nearmiss.errors import NearMissError
from nearmiss.policy.standing import replay
from tests.cli.shell import Shell
from tests.engine.scene import Scene
from tests.exporting.made import put, record, report_only


@pytest.fixture
def shell(shell: Shell, scene: Scene) -> Shell:
    """The command line in a register with one record."""
    put(scene, report_only("NM-2026-00001"))
    return shell


def test_the_name_says_the_format(shell: Shell, tmp_path: Path) -> None:
    """An output's ending chooses the format; --format is needed only where the ending says none."""
    starts = {"x.jsonl": b"{", "x.ndjson": b"{", "x.csv": b"id,", "x.CSV": b"id,", "x.xlsx": b"PK"}
    for name, start in starts.items():
        assert shell.run("s.ito", "export", "--output", str(tmp_path / name)).code == 0
        assert (tmp_path / name).read_bytes().startswith(start)

    assert shell.run("s.ito", "export", "--format", "jsonl", "--output", str(tmp_path / "plain")).code == 0
    assert (tmp_path / "plain").read_bytes().startswith(b"{")


def test_an_output_is_seen_from_where_the_person_is(shell: Shell, scene: Scene) -> None:
    """A relative name counts from the folder, as -C has it, and the sentence repeats it as it was given."""
    (scene.root / "deep").mkdir()

    done = shell.run("s.ito", "-C", "deep", "export", "--output", "x.jsonl")

    assert done.out == f"1 record of commit {scene.rev()[:10]} exported to x.jsonl.\n"
    assert (scene.root / "deep" / "x.jsonl").is_file()


def test_an_export_as_json(shell: Shell, scene: Scene, tmp_path: Path) -> None:
    """With --json the outcome of an export to a file is one document."""
    scene.commit_files({"records/2026/11/NM-2026-00002.yaml": "schema: [1\n"}, branch="main")
    place = tmp_path / "x.xlsx"

    told = shell.json("s.ito", "export", "--output", str(place))

    assert told == {
        "ok": True,
        "output": str(place),
        "format": "xlsx",
        "commit": scene.rev(),
        "records": 1,
        "left_out": ["NM-2026-00002"],
        "notes": [],
    }


@pytest.mark.parametrize(
    "words, sentence",
    [
        (("--output", "x.txt"), "x.txt does not say in which format it should be."),
        (("--output", "folder"), "folder does not say in which format it should be."),
        (("--output", "x.csv", "--format", "xlsx"), "x.csv is not a name for xlsx."),
        (("--format", "xlsx"), "A workbook needs a file."),
        (("--format", "csv", "--output", "folder", "--sheet", "actions"), "--sheet means something only for one CSV"),
        (("--sheet", "actions"), "--sheet means something only for one CSV file"),
        (("--columns", "id"), "--columns means something only for CSV and workbooks."),
        (("--raw",), "--raw or --bom means something only for CSV."),
        (("--bom", "--output", "x.xlsx"), "--raw or --bom means something only for CSV."),
        (("--format", "csv", "--columns", "id,titel"), "There is no column titel."),
        (("--format", "csv", "--sheet", "acts"), "There is no sheet acts."),
        (("--public", "--as-of", "2026-11-22"), "--public means something only for the register as it is"),
        (("--json",), "--json tells of an export to a file: say --output."),
    ],
)
def test_what_does_not_fit_together_is_a_matter_of_usage(
    shell: Shell, scene: Scene, words: tuple[str, ...], sentence: str
) -> None:
    """Options that mean nothing together are refused with exit code 2, and nothing is written or printed."""
    before = scene.snapshot()

    done = shell.run("s.ito", "export", *words)

    assert done.code == 2
    assert sentence in done.out + done.err
    assert "--json" in words or done.out == ""
    assert scene.snapshot() == before


def test_an_unknown_name_is_told_with_those_that_look_alike(shell: Shell) -> None:
    """A slip of the pen gets the names that were probably meant; any other word all that there are."""
    assert "Did you mean title" in shell.run("s.ito", "export", "--format", "csv", "--columns", "titel").err
    assert "There are: id, title, " in shell.run("s.ito", "export", "--format", "csv", "--columns", "qqqq").err


@pytest.mark.parametrize("name", ["x.jsonl", "x.csv", "x.xlsx"])
def test_what_is_there_is_replaced_only_by_force(shell: Shell, tmp_path: Path, name: str) -> None:
    """A second export to the same name is refused, and done with --force."""
    words = ("export", "--output", str(tmp_path / name))
    assert shell.run("s.ito", *words).code == 0

    again = shell.run("s.ito", *words)
    forced = shell.run("s.ito", *words, "--force")

    assert (again.code, again.out) == (1, "")
    assert f"{tmp_path / name} is there already." in again.err
    assert forced.code == 0


def test_a_folder_is_replaced_only_by_force(shell: Shell, tmp_path: Path) -> None:
    """An existing folder takes an export of CSV; one with an earlier export only with --force, even if named .csv."""
    place = tmp_path / "out.csv"
    place.mkdir()
    words = ("export", "--output", str(place))

    assert shell.run("s.ito", *words).code == 0
    assert (place / "records.csv").is_file()
    assert shell.run("s.ito", *words).code == 1
    assert shell.run("s.ito", *words, "--force").code == 0


@pytest.mark.parametrize("name", ["x.jsonl", "x.csv", "x.xlsx", "folder"])
def test_an_export_that_fails_leaves_nothing(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Whatever goes wrong half way, there is no half output."""

    def fail(*_: object) -> Any:
        raise NearMissError("Something broke.", hint="")

    monkeypatch.setattr("nearmiss.app.exporting.rows_of", fail)
    monkeypatch.setattr("nearmiss.app.exporting.line_of", fail)
    before = sorted(tmp_path.iterdir())
    form = ("--format", "csv") if name == "folder" else ()

    done = shell.run("s.ito", "export", *form, "--output", str(tmp_path / name))

    assert (done.code, done.out) == (1, "")
    assert done.err == "nearmiss: Something broke.\n"
    assert sorted(tmp_path.iterdir()) == before


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """Let the system refuse to write more into a file, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("name", ["x.jsonl", "x.csv", "x.xlsx", "folder"])
def test_a_disk_that_is_full_is_told(
    shell: Shell, scene: Scene, tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Where the disk takes no more, a sentence names the output; what was there before is there still, and no more."""
    put(scene, report_only("NM-2026-00002", what_happened="It was long. " * 1_000))
    place = tmp_path / name
    words = ("export", "--format", "csv") if name == "folder" else ("export",)
    assert shell.run("s.ito", *words, "--output", str(place)).code == 0
    before = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*.*")) if path.is_file()}

    with no_file_larger_than(4096):
        done = shell.run("s.ito", *words, "--output", str(place), "--force")

    assert (done.code, done.out) == (1, "")
    assert f"{place} cannot be written: " in done.err
    gc.collect()
    assert {path: path.read_bytes() for path in sorted(tmp_path.rglob("*.*")) if path.is_file()} == before
    assert capfd.readouterr().err == ""


def test_records_go_out_one_by_one(shell: Shell, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record is written before the next one is read: an export keeps none of them in memory."""
    put(scene, report_only("NM-2026-00002"))
    done: list[str] = []

    def noted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*words: Any, **more: Any) -> Any:
            done.append(name)
            return function(*words, **more)

        return run

    monkeypatch.setattr("nearmiss.engine.exporting.gathering.replay", noted("read", replay))
    monkeypatch.setattr("nearmiss.app.exporting.line_of", noted("write", lines.line_of))

    assert shell.run("s.ito", "export").code == 0
    assert done == ["read", "write", "read", "write"]


def test_a_register_without_records_has_an_export(scene: Scene, tmp_path: Path) -> None:
    """No records are an export too: headers, and nothing below."""
    shell = Shell(directory=scene.root, scene=scene)
    scene.git("rm", "-rq", "records", check=False)

    done = shell.run("s.ito", "export", "--format", "csv", "--columns", "id", "--state", "verified")

    assert (done.code, done.out) == (0, "id\n")
    assert done.err.startswith("0 records of commit ")


def test_the_workbook_library_is_loaded_for_workbooks_only(shell: Shell, tmp_path: Path) -> None:
    """JSON lines and CSV need not wait for what only a workbook needs."""
    script = (
        "import sys; from nearmiss.__main__ import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "sys.stderr.write(str('openpyxl' in sys.modules))"
    )
    for words, loaded in ((("--format", "csv"), "False"), (("--output", str(tmp_path / "x.xlsx")), "True")):
        command = [sys.executable, "-c", script, "-C", str(shell.directory), "export", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stderr.endswith(loaded)


# In public


def lesson(record_id: str, **release: str) -> dict[str, Any]:
    """Return a record whose lesson may be published, though nobody signed it."""
    data = record(record_id, lesson__status="current", lesson__release={"to": "all-staff"} | release)
    for gone in ("escalation", "alert"):
        data.pop(gone)
    data["lesson"].pop("superseded_by")
    return data


@pytest.fixture
def published(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The command line in a register whose check finds nothing."""
    clean = SimpleNamespace(findings=())
    monkeypatch.setattr("nearmiss.engine.exporting.public.check", lambda *_, **__: clean)
    return shell


def test_the_public_gets_what_the_site_shows(published: Shell, scene: Scene) -> None:
    """Only verified lessons that were released, cut down to the fields of the allow-list: no names, places in git."""
    put(
        scene,
        lesson("NM-2026-00002"),
        lesson("NM-2026-00003") | {"state": "action"},
        lesson("NM-2026-00004", to="team"),
        lesson("NM-2026-00005", not_before="2026-11-23"),
    )

    done = published.run("s.ito", "export", "--public")

    (line,) = [json.loads(text) for text in done.out.splitlines()]
    assert set(line) == {"schema", "id", "record"}
    assert line["id"] == "NM-2026-00002"
    assert line["record"]["report"]["reported_on"] == "2026-11"
    assert set(line["record"]["report"]) == {
        *("what_happened", "what_could_have_happened", "what_stopped_it", "site", "process_area", "reported_on"),
        *("lang", "links"),
    }
    assert [word for word in ("m.okafor", "s.ito", "t.silva", "v.novak", "dock contractor") if word in done.out] == []
    assert "Only what the site of lessons may show was exported." in done.err


def test_public_tables_have_public_columns_only(published: Shell, scene: Scene, tmp_path: Path) -> None:
    """A column that may not be shown is not there at all, nor is a sheet without any that may."""
    put(scene, lesson("NM-2026-00002"))
    folder = tmp_path / "out"

    done = published.run("s.ito", "export", "--public", "--format", "csv", "--output", str(folder))

    assert done.code == 0, done.said
    assert {path.stem for path in folder.iterdir()} == {
        *("records", "links", "causes", "actions", "progress", "checks", "columns", "about"),
    }
    header = (folder / "actions.csv").read_text().splitlines()[0]
    assert header == "record,no,id,kind,control,what"
    everything = "".join(path.read_text() for path in folder.iterdir() if path.stem != "columns")
    assert [word for word in ("m.okafor", "s.ito", "t.silva", "v.novak", "dock contractor") if word in everything] == []
    refused = published.run("s.ito", "export", "--public", "--format", "csv", "--columns", "report.reporter.person")
    assert (refused.code, refused.out) == (2, "")


def test_a_lesson_in_which_the_check_finds_errors_is_not_public(shell: Shell, scene: Scene) -> None:
    """What the site would not publish, since nobody signed it, is not exported to the public either."""
    put(scene, lesson("NM-2026-00002"))

    done = shell.run("s.ito", "export", "--public")

    assert (done.code, done.out) == (0, "")


def test_what_the_public_may_not_know_is_not_told_in_passing(published: Shell, scene: Scene, tmp_path: Path) -> None:
    """A public folder does not name the records that could not be read."""
    scene.commit_files({"records/2026/11/NM-2026-00009.yaml": "schema: [1\n"}, branch="main")

    done = published.run("s.ito", "export", "--public", "--format", "csv", "--output", str(tmp_path / "out"))

    assert "NM-2026-00009" in done.err
    assert "NM-2026-00009" not in (tmp_path / "out" / "about.csv").read_text()
