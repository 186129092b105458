"""Whatever ends a command becomes a sentence and an exit code."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from nearmiss.cli.boundary import guarded
from nearmiss.errors import NearMissError, UsageError
from tests.cli.shell import Shell
from tests.engine.scene import Scene


def ends(error: BaseException, *, as_json: bool = False) -> int:
    """Run something that ends with an error through the boundary."""

    def run() -> object:
        raise error

    return guarded(run, as_json=as_json)


def test_what_ends_well_is_fine() -> None:
    """A command that returns has exit code 0; one that asks for a code gets it."""
    assert guarded(lambda: None, as_json=False) == 0
    assert guarded(lambda: 1, as_json=False) == 1


@pytest.mark.parametrize(
    "error, code, said",
    [
        (NearMissError("It is refused.", hint="Do this."), 1, "nearmiss: It is refused.\n  Do this.\n"),
        (NearMissError("It is refused."), 1, "nearmiss: It is refused.\n"),
        (UsageError("Not so.", hint="But so."), 2, "nearmiss: Not so.\n  But so.\n"),
        (click.UsageError("No such\noption"), 2, "nearmiss: No such option\n"),
        (KeyboardInterrupt(), 130, "nearmiss: Interrupted; what was not finished was not written.\n"),
        (click.Abort(), 130, "nearmiss: Interrupted; what was not finished was not written.\n"),
        (
            OSError(errno.EROFS, "x", "/a"),
            1,
            "nearmiss: /a cannot be used: the disk is read-only.\n  Look at the path, the permissions and the disk.\n",
        ),
    ],
)
def test_each_end_has_its_code_and_sentence(
    capsys: pytest.CaptureFixture[str], error: BaseException, code: int, said: str
) -> None:
    """Refusals are 1, wrong words 2, interruptions 130; each is told on the error stream."""
    assert ends(error) == code
    assert capsys.readouterr() == ("", said)


def test_errors_are_json_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    """With --json, an error is one JSON document on the standard stream."""
    assert ends(NearMissError("It is refused.", hint="Do this."), as_json=True) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out) == {"ok": False, "message": "It is refused.", "hint": "Do this.", "findings": []}


def test_fault_of_ours_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is our fault is 3; the traceback goes to a file that only the person can read, and its path is printed."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    assert ends(ValueError("a riddle \udcff")) == 3

    [kept] = (tmp_path / "nearmiss" / "faults").iterdir()
    err = capsys.readouterr().err
    assert str(kept) in err
    assert "Traceback" not in err
    assert "ValueError: a riddle" in kept.read_text(encoding="utf-8")
    assert kept.stat().st_mode & 0o777 == 0o600


def test_fault_is_saved_elsewhere_where_there_is_no_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the state folder cannot be made, the temporary one takes the traceback."""
    (tmp_path / "state").write_text("in the way", encoding="utf-8")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))

    assert ends(OSError("of no kind that we know")) == 3

    [kept] = (tmp_path / "temporary").iterdir()
    assert str(kept) in capsys.readouterr().err


def test_fault_that_cannot_be_saved_is_told_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With no place to save it, there still is a sentence and no traceback."""
    (tmp_path / "state").write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "state"))

    assert ends(RuntimeError("x")) == 3

    assert "could not be saved" in capsys.readouterr().err


def test_unknown_command_is_a_usage_error(shell: Shell) -> None:
    """A word that is no command is 2, with the way to the help."""
    outcome = shell.run("s.ito", "raport")

    assert outcome.code == 2
    assert "raport" in outcome.err
    assert "nearmiss --help" in outcome.err


def test_group_without_its_command_says_which_there_are(shell: Shell) -> None:
    """Whoever names a group of commands alone reads which it has, not its whole help text as one error."""
    outcome = shell.run("s.ito", "keys")

    assert outcome.code == 2
    assert "nearmiss keys needs to be told what: add, allowed-signers, list, retire." in " ".join(outcome.err.split())
    assert "nearmiss keys --help" in " ".join(outcome.err.split())


def test_wrong_words_are_json_too(shell: Shell) -> None:
    """With --json, an error in the words themselves is JSON with exit code 2."""
    outcome = shell.run("s.ito", "show", "--json", "no-id")

    assert outcome.code == 2
    assert outcome.data["ok"] is False
    assert "NM-2026-7Q4K2" in outcome.data["message"]


def test_folders_add_up_as_git_has_them(shell: Shell, scene: Scene) -> None:
    """Each further -C counts from the one before; a file is looked for from there."""
    (scene.root / "records").mkdir(exist_ok=True)
    (scene.root / "answers.yaml").write_text("what_happened: It slipped.\n", encoding="utf-8")
    outside = shell.at(scene.root.parent)

    outcome = outside.run(
        "m.okafor", "-C", scene.root.name, "-C", "records", "report", "--from", "../answers.yaml", "--json"
    )

    assert outcome.code == 0, outcome.said
    assert outcome.data["title"] == "It slipped"


def test_folder_that_is_not_there_is_a_usage_error(shell: Shell) -> None:
    """-C to nowhere is 2."""
    outcome = shell.run("s.ito", "-C", "nowhere", "list")

    assert outcome.code == 2
    assert "There is no folder" in outcome.err


# As processes of their own


def start(*words: str, cwd: Path, **more: object) -> subprocess.CompletedProcess[bytes]:
    """Run the program as a process."""
    command = [sys.executable, "-m", "nearmiss", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, check=False, **more)  # type: ignore[call-overload,no-any-return]


def test_program_runs_as_a_process(scene: Scene) -> None:
    """`python -m nearmiss` finds the register, git's identity and the clock by itself."""
    scene.git("config", "user.name", "Mary Okafor")
    scene.git("config", "user.email", "m.okafor@example.org")

    done = start("report", "--what-happened", "Café door left open.", "--safe", "yes", cwd=scene.root)

    assert done.returncode == 0, done.stderr
    assert "Café door left open".encode() in done.stdout


def test_terminal_that_cannot_show_a_sign_gets_its_number(scene: Scene) -> None:
    """Output in a poor encoding is escaped, never a crash."""
    record = scene.report(what_happened="Café door → left open.").id
    environment = {**os.environ, "PYTHONIOENCODING": "iso-8859-1"}

    done = start("show", record, cwd=scene.root, env=environment)

    assert done.returncode == 0, done.stderr
    assert "Café door \\u2192 left open".encode("iso-8859-1") in done.stdout


def test_reader_that_stops_reading_is_no_failure(scene: Scene) -> None:
    """Where the output goes to a closed pipe, the program ends quietly."""
    for _ in range(3):
        scene.report()
    command = [sys.executable, "-m", "nearmiss", "list", "--json"]
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run(command, cwd=scene.root, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)

    assert (done.returncode, done.stderr) == (0, b"")


def test_reader_that_is_gone_before_an_error_is_no_failure(tmp_path: Path) -> None:
    """An error that nobody reads keeps its exit code and says nothing else."""
    command = [sys.executable, "-m", "nearmiss", "list", "--json"]
    reader, writer = os.pipe()
    os.close(reader)

    done = subprocess.run(command, cwd=tmp_path, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)

    assert (done.returncode, done.stderr) == (1, b"")


def test_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    """Started in a folder that was removed, the program says so."""
    code = "import os, sys, pathlib; os.rmdir(os.getcwd()); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    place = tmp_path / "gone"
    place.mkdir()

    done = subprocess.run(
        [sys.executable, "-c", code, "-m", "nearmiss", "list"], cwd=place, capture_output=True, check=False
    )

    assert done.returncode == 1
    assert b"The folder that you are in is gone" in done.stderr
    assert b"Traceback" not in done.stderr


def test_reader_that_stops_and_folder_that_is_gone_in_process(
    shell: Shell, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the two above, without a process of their own."""
    quiet: list[int] = []

    def stopped(*_words: object, **_options: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("nearmiss.cli.program.silence", lambda: quiet.append(1))
    monkeypatch.setattr("nearmiss.cli.boundary.silence", lambda: quiet.append(2))
    monkeypatch.setattr("nearmiss.cli.commands.listing.emit", stopped)
    assert shell.run("s.ito", "list", "--json").code == 0

    monkeypatch.setattr("nearmiss.cli.boundary.emit", stopped)
    assert shell.run("s.ito", "show", "no-id", "--json").code == 2
    assert quiet == [1, 2]

    monkeypatch.setattr("nearmiss.cli.program.os.getcwd", lambda: (_ for _ in ()).throw(FileNotFoundError))
    gone = shell.run("s.ito", "list")
    assert gone.code == 1
    assert "The folder that you are in is gone" in gone.err


def test_output_can_be_silenced() -> None:
    """Silencing lets what is still to be printed go nowhere."""
    code = "from nearmiss.cli.boundary import silence; silence(); print('x')"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    assert done.stdout == b""


@pytest.mark.parametrize("words, code", [(("list", "--json"), 1), (("list", "--json", "--foo"), 2)])
def test_json_that_has_no_room_is_told_in_a_sentence(scene: Scene, words: tuple[str, ...], code: int) -> None:
    """Where JSON cannot be written, that is said on the error stream, and not tried there again as JSON."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full to print to")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "nearmiss", *words], cwd=scene.root, stdout=full, stderr=subprocess.PIPE, check=False
        )

    assert done.returncode == code
    assert done.stderr.startswith(b"nearmiss: The output could not be written: the disk is full.")
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("closed", [(1,), (2,), (0, 1, 2)])
def test_stream_that_is_closed_is_no_failure(scene: Scene, closed: tuple[int, ...]) -> None:
    """Started without a stream (`>&-`), the program does its work, and writes into no file that it opens."""
    code = f"import os, sys; [os.close(n) for n in {closed}]; os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    words = ("report", "--what-happened", "A door was left open.", "--safe", "yes", "--anonymous")

    done = subprocess.run(
        [sys.executable, "-c", code, "-m", "nearmiss", *words], cwd=scene.root, capture_output=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, b"")
    assert len(list((scene.root / "records").rglob("NM-*.yaml"))) == 1
    assert scene.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    "command",
    [
        ("report", "--from", "loop"),
        ("report", "--from", "loop/below"),
        ("export", "--format", "csv", "--output", "loop"),
        ("export", "--format", "csv", "--output", "/"),
        ("keys", "add", "."),
        ("keys", "add", "~nobody-of-that-name/key"),
        ("intake", "list", "--intake", "~nobody-of-that-name/intake"),
        ("intake", "list", "--intake", "loop"),
    ],
)
def test_path_that_leads_nowhere_is_no_fault_of_ours(
    shell: Shell, scene: Scene, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """Links in a circle, homes of nobody and the top of the disk are told in a sentence."""
    monkeypatch.chdir(scene.root)
    Path("loop").symlink_to("loop")

    said = shell.run("s.ito", *command)

    assert said.code == 1
    assert said.err.startswith("nearmiss: ")
    assert "fault of nearmiss" not in said.err


def test_fault_is_saved_for_somebody_without_a_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in a container for a user that has no name there: the temporary folder takes the traceback."""
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr("os.path.expanduser", str)  # it returns what it cannot expand
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    assert ends(RuntimeError("x")) == 3

    [kept] = tmp_path.iterdir()
    assert str(kept) in capsys.readouterr().err
