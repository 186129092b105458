"""Two commands at once on one clone, one held at a chosen point while the other runs: what comes of each pair."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.cli.shell import Outcome
from tests.races.pairs import IMPORT, prepare
from tests.races.yard import AFTER_MOVING, BEFORE_MOVING, BEFORE_WRITING, WHILE_WRITING, Yard, yard_at

FASTER = "Somebody else was faster"
BOX = ("report", "--what-happened", "A box fell. Nobody was near.", "--json")
CAN = ("report", "--what-happened", "A can leaked over the floor. I closed it.", "--json")


def lost(ended: Outcome, *, hint: str = "") -> None:
    """Assert that a command lost the race plainly: one sentence that says so, what to run, and exit code 1."""
    assert ended.code == 1, str(ended)
    assert ended.err.startswith(f"nearmiss: {FASTER}"), str(ended)
    assert hint in ended.err.split("\n")[1], str(ended)


def raced(yard: Yard, held: tuple[str, ...], at: str, other: tuple[str, ...]) -> tuple[Outcome, Outcome]:
    """Hold the first command at a point, run the other to its end, then let the first go on; words begin with who."""
    running = yard.start(*held, hold_at=at)
    running.reached()
    ended = yard.run(*other)
    return running.go(), ended


def test_two_reports_both_stand(tmp_path: Path) -> None:
    """A report that is overtaken by another is made again on top of it; both are there, under ids of their own."""
    yard, _ = yard_at(tmp_path)
    first, second = raced(yard, ("m.okafor", *BOX), BEFORE_WRITING, ("t.silva", *CAN))
    assert (first.code, second.code) == (0, 0), (first.said, second.said)
    assert first.data["id"] != second.data["id"]
    assert "A box fell" in yard.record(first.data["id"])
    assert "A can leaked" in yard.record(second.data["id"])
    yard.sound()


def test_a_report_does_not_stop_a_report_where_main_is_not_checked_out(tmp_path: Path) -> None:
    """Without a checkout to lock, the branch itself is what tells who was faster; both reports stand."""
    yard, _ = yard_at(tmp_path)
    yard.git("switch", "-q", "-c", "elsewhere")
    first, second = raced(yard, ("m.okafor", *BOX), BEFORE_MOVING, ("t.silva", *CAN))
    assert (first.code, second.code) == (0, 0), (first.said, second.said)
    assert "A box fell" in yard.record(first.data["id"])
    assert "A can leaked" in yard.record(second.data["id"])
    yard.sound()


def test_a_report_and_an_edit_both_stand(tmp_path: Path) -> None:
    """What is reported and what is edited are different files, so neither stops the other."""
    yard, record = yard_at(tmp_path)
    edit = ("i.garcia", "edit", record, "--set", "assessment.crew=Blue")
    first, second = raced(yard, edit, BEFORE_WRITING, ("t.silva", *CAN))
    assert (first.code, second.code) == (0, 0), (first.said, second.said)
    assert "crew: Blue" in yard.record(record)
    assert "A can leaked" in yard.record(second.data["id"])
    yard.sound()


def test_edits_of_different_sections_both_stand(tmp_path: Path) -> None:
    """Two people who edit different sections of one record do not undo each other's work."""
    yard, record = yard_at(tmp_path)
    crew = ("i.garcia", "edit", record, "--set", "assessment.crew=Blue")
    found = ("s.ito", "edit", record, "--set", "investigation.findings=The chock was missing.")
    first, second = raced(yard, crew, BEFORE_WRITING, found)
    assert (first.code, second.code) == (0, 0), (first.said, second.said)
    assert "crew: Blue" in yard.record(record)
    assert "findings: The chock was missing." in yard.record(record)
    yard.sound()


def test_of_two_edits_of_one_section_the_later_is_told(tmp_path: Path) -> None:
    """An edit made from what a section said does not go over what somebody else has written there since."""
    yard, record = yard_at(tmp_path)
    blue = ("i.garcia", "edit", record, "--set", "assessment.crew=Blue")
    red = ("s.ito", "edit", record, "--set", "assessment.shift=night")
    first, second = raced(yard, blue, BEFORE_WRITING, red)
    lost(first, hint=f"nearmiss show {record}")
    assert second.code == 0, second.said
    assert "shift: night" in yard.record(record)
    assert "crew: Blue" not in yard.record(record)
    assert yard.run(*blue).code == 0
    assert "crew: Blue" in yard.record(record)
    assert "shift: night" in yard.record(record)
    yard.sound()


def test_two_entries_of_progress_both_stand(tmp_path: Path) -> None:
    """Progress is a list that only grows: an entry that is overtaken is put behind the other."""
    yard, record = yard_at(tmp_path, "at work")
    mine = ("t.silva", "progress", record, "A1", "--status", "in-progress", "--evidence", "Ordered.")
    other = ("s.ito", "progress", record, "A1", "--status", "in-progress", "--evidence", "Arrived.")
    first, second = raced(yard, mine, BEFORE_WRITING, other)
    assert (first.code, second.code) == (0, 0), (first.said, second.said)
    text = yard.record(record)
    assert text.index("Arrived.") < text.index("Ordered.")
    yard.sound()


def test_two_signers_at_once_both_sign(tmp_path: Path) -> None:
    """A sign-off that is overtaken by another is given again behind it: it is bound to the content, not to a commit."""
    yard, record = yard_at(tmp_path, "proposed")
    for at in (BEFORE_WRITING, BEFORE_MOVING):
        first, second = raced(yard, ("r.meyer", "approve", record), at, ("p.lind", "approve", record))
        assert (first.code, second.code) == (0, 0), (first.said, second.said)
        branch = f"near-miss/{record}/01-investigate"
        names = {path.rpartition("/")[2] for path in yard.files(branch) if "/sign-offs/" in path}
        assert names == {"01-investigated--p.lind.yaml", "01-investigated--r.meyer.yaml"}
        yard.git("update-ref", f"refs/heads/{branch}", f"{branch}~2")
    yard.sound()


def test_nobody_signs_what_changed_under_their_hand(tmp_path: Path) -> None:
    """A proposal that is edited while somebody signs it is not signed: they have not seen what it says now."""
    yard, record = yard_at(tmp_path, "proposed")
    edit = ("s.ito", "edit", record, "--proposal", "--set", "investigation.findings=Quite another story.")
    first, second = raced(yard, ("r.meyer", "approve", record), BEFORE_MOVING, edit)
    lost(first, hint=f"nearmiss review {record}")
    assert second.code == 0, second.said
    assert not [path for path in yard.files(f"near-miss/{record}/01-investigate") if "/sign-offs/" in path]
    yard.sound()


def test_a_sign_off_that_comes_after_the_merge_is_told(tmp_path: Path) -> None:
    """Who signs what was put in force in that moment is told so, and leaves no branch behind."""
    yard, record = yard_at(tmp_path, "signed")
    first, second = raced(yard, ("p.lind", "approve", record), BEFORE_MOVING, ("s.ito", "merge", record))
    lost(first, hint=f"nearmiss show {record}")
    assert second.code == 0, second.said
    assert yard.git("branch", "--list", "near-miss/*") == ""
    assert "state: investigated" in yard.record(record)
    yard.sound()


def test_a_sign_off_in_the_midst_of_a_merge_is_merged_too(tmp_path: Path) -> None:
    """A merge that is overtaken by one more sign-off takes it along."""
    yard, record = yard_at(tmp_path, "signed")
    first, second = raced(yard, ("s.ito", "merge", record), BEFORE_WRITING, ("p.lind", "approve", record))
    assert (first.code, second.code) == (0, 0), (first.said, second.said)
    names = {path.rpartition("/")[2] for path in yard.files() if f"{record}/sign-offs/" in path}
    assert names == {"01-investigated--p.lind.yaml", "01-investigated--r.meyer.yaml"}
    assert yard.git("branch", "--list", "near-miss/*") == ""
    yard.sound()


def test_an_objection_in_the_midst_of_a_merge_stops_it(tmp_path: Path) -> None:
    """A merge is judged anew where somebody objects before it is done, and nothing comes into force over them."""
    yard, record = yard_at(tmp_path, "signed")
    objection = ("p.lind", "object", record, "--because", "The dock was not looked at.")
    first, second = raced(yard, ("s.ito", "merge", record), BEFORE_WRITING, objection)
    assert second.code == 0, second.said
    assert first.code == 1
    assert "object" in first.err
    assert "Nothing was merged." in first.err
    assert "state: reported" in yard.record(record)
    yard.sound()


def test_an_objection_while_the_merge_writes_stops_it(tmp_path: Path) -> None:
    """The branch of a proposal is removed in the same step as main moves, so no word on it is passed over."""
    yard, record = yard_at(tmp_path, "signed")
    running = yard.start("s.ito", "merge", record, hold_at=BEFORE_MOVING)
    running.reached()
    objection = yard.run("p.lind", "object", record, "--because", "The dock was not looked at.")
    merged = running.go()
    assert objection.code == 0, objection.said
    assert merged.code == 1, merged.said
    assert "Nothing was merged." in merged.err
    assert "state: reported" in yard.record(record)
    yard.sound()


def test_of_two_merges_one_is_told(tmp_path: Path) -> None:
    """The second to merge a proposal is told that it is in force already, and where to look."""
    yard, record = yard_at(tmp_path, "signed")
    first, second = raced(yard, ("s.ito", "merge", record), BEFORE_WRITING, ("k.adeyemi", "merge", record))
    lost(first, hint=f"nearmiss show {record}")
    assert second.code == 0, second.said
    assert "state: investigated" in yard.record(record)
    yard.sound()


def test_a_merge_and_a_report_both_stand(tmp_path: Path) -> None:
    """A merge that main moved away from is judged again on what main is now."""
    yard, record = yard_at(tmp_path, "signed")
    first, second = raced(yard, ("s.ito", "merge", record), BEFORE_WRITING, ("m.okafor", *BOX))
    assert (first.code, second.code) == (0, 0), (first.said, second.said)
    assert "state: investigated" in yard.record(record)
    assert "A box fell" in yard.record(second.data["id"])
    yard.sound()


def test_of_two_proposals_of_one_step_the_later_is_told(tmp_path: Path) -> None:
    """The same step is proposed once; who comes second is told on which branch."""
    yard, record = yard_at(tmp_path)
    for at in (BEFORE_WRITING, BEFORE_MOVING):
        first, second = raced(yard, ("s.ito", "advance", record), at, ("i.garcia", "advance", record))
        branch = f"near-miss/{record}/01-investigate"
        assert second.code == 0, second.said
        assert first.code == 1, first.said
        assert first.err.startswith(f"nearmiss: This step of {record} is proposed already, on the branch {branch}.")
        assert yard.git("log", "-1", "--format=%an", branch) == "I Garcia"
        yard.git("branch", "-D", branch)
    yard.sound()


def filled(words: tuple[str, ...], yard: Yard) -> tuple[str, ...]:
    """Return the words of a command without who gives it, with the place of what is to be imported."""
    prepare(yard)
    return tuple(word.replace("BESIDE", str(yard.beside)) for word in words[1:])


def test_an_import_and_a_report_both_stand(tmp_path: Path) -> None:
    """An import that is overtaken by a report is written on top of it."""
    yard, _ = yard_at(tmp_path)
    first, second = raced(yard, ("s.ito", *filled(IMPORT, yard)), BEFORE_WRITING, ("m.okafor", *BOX))
    assert (first.code, second.code) == (0, 0), (first.said, second.said)
    assert "A pallet tipped" in yard.record(first.data["new"][0]["id"])
    assert "A box fell" in yard.record(second.data["id"])
    yard.sound()


def test_one_table_is_not_imported_twice_at_once(tmp_path: Path) -> None:
    """Of two imports of one table, the later is told that its rows are here already."""
    yard, _ = yard_at(tmp_path)
    words = filled(IMPORT, yard)
    first, second = raced(yard, ("s.ito", *words), BEFORE_WRITING, ("i.garcia", *words))
    assert second.code == 0, second.said
    assert first.code == 1, first.said
    assert "Since this import was planned, row 2 was imported" in first.data["message"]
    assert sum("A pallet tipped" in text for text in yard.files().values()) == 1
    assert yard.run("s.ito", *words).data["counts"]["unchanged"] == 1
    yard.sound()


def test_a_report_and_a_commit_by_hand_both_stand(tmp_path: Path) -> None:
    """What a person commits with git meanwhile is below the report, untouched."""
    yard, _ = yard_at(tmp_path)
    running = yard.start("m.okafor", *BOX, hold_at=BEFORE_WRITING)
    running.reached()
    (yard.root / "notes.md").write_text("mine\n", encoding="utf-8")
    yard.git("add", "notes.md")
    yard.git("commit", "-q", "-m", "Notes")
    ended = running.go()
    assert ended.code == 0, ended.said
    assert yard.git("show", "main:notes.md") == "mine"
    assert yard.git("log", "-2", "--format=%s").split("\n")[1] == "Notes"
    yard.sound()


def test_while_the_checkout_follows_git_refuses_to_commit(tmp_path: Path) -> None:
    """A person's `git commit` in the midst of ours is refused by git itself, and nothing of theirs is lost."""
    for number, at in enumerate((WHILE_WRITING, BEFORE_MOVING, AFTER_MOVING)):
        yard, _ = yard_at(tmp_path / str(number))
        (yard.root / "notes.md").write_text("mine\n", encoding="utf-8")
        yard.git("add", "notes.md")
        running = yard.start("m.okafor", *BOX, hold_at=at)
        running.reached()
        assert "index.lock" in yard.git("commit", "-q", "-m", "Notes", check=False)
        ended = running.go()
        assert ended.code == 0, ended.said
        assert yard.git("status", "--porcelain") == "A  notes.md"
        yard.git("commit", "-q", "-m", "Notes")
        assert yard.git("log", "-2", "--format=%s").split("\n")[1].endswith("report a near miss")
        yard.sound()


def test_a_commit_by_hand_that_waits_for_its_message_loses_to_a_report(tmp_path: Path) -> None:
    """A report goes through while somebody writes a commit message; git then refuses, and keeps what is staged."""
    yard, _ = yard_at(tmp_path)
    (yard.root / "notes.md").write_text("mine\n", encoding="utf-8")
    yard.git("add", "notes.md")
    editor = tmp_path / "editor"
    editor.write_text(
        '#!/bin/sh\n: > "$HERE/reached"\nwhile [ ! -e "$HERE/go" ]; do sleep 0.01; done\necho Notes > "$1"\n'
    )
    editor.chmod(0o755)
    committing = yard.start_git("commit", HERE=str(tmp_path), GIT_EDITOR=str(editor))
    while not (tmp_path / "reached").exists():
        time.sleep(0.01)
    reported = yard.run("m.okafor", *BOX)
    (tmp_path / "go").touch()
    assert committing.wait() != 0
    assert reported.code == 0, reported.said
    assert yard.git("status", "--porcelain") == "A  notes.md"
    yard.git("commit", "-q", "-m", "Notes")
    assert "A box fell" in yard.record(reported.data["id"])
    yard.sound()


def test_whoever_checks_the_branch_out_while_it_moves_has_its_files(tmp_path: Path) -> None:
    """A branch that is checked out between the last look and the move is brought up in the checkout too."""
    yard, record = yard_at(tmp_path, "proposed")
    running = yard.start("r.meyer", "approve", record, hold_at=BEFORE_MOVING)
    running.reached()
    yard.git("switch", "-q", f"near-miss/{record}/01-investigate")
    ended = running.go()
    assert ended.code == 0, ended.said
    assert list(yard.root.glob("records/*/*/*/sign-offs/01-investigated--r.meyer.yaml"))
    yard.sound(check=False)


def test_a_file_that_is_saved_in_the_moment_of_the_commit_is_kept(tmp_path: Path) -> None:
    """An editor asks no lock: what it saves just before the checkout follows stays, and is told."""
    yard, record = yard_at(tmp_path)
    running = yard.start("i.garcia", "edit", record, "--set", "assessment.crew=Blue", hold_at=BEFORE_MOVING)
    running.reached()
    [path] = yard.root.glob(f"records/*/*/{record}.yaml")
    mine = path.read_text(encoding="utf-8") + "# mine\n"
    path.write_text(mine, encoding="utf-8")
    ended = running.go()
    assert ended.code == 1
    assert "was saved by somebody in the same moment, and left like that" in ended.err
    assert path.read_text(encoding="utf-8") == mine
    assert "crew: Blue" in yard.record(record)
    name = str(path.relative_to(yard.root))
    assert yard.git("status", "--porcelain") == f" M {name}"
    yard.git("restore", name)
    yard.sound()


def test_line_ends_that_git_converts_are_nobodys_change(tmp_path: Path) -> None:
    """Where git writes other line ends, the bytes of a file differ though nobody has saved it; it follows as ever."""
    yard, record = yard_at(tmp_path)
    yard.git("config", "core.autocrlf", "true")
    [path] = yard.root.glob(f"records/*/*/{record}.yaml")
    path.unlink()
    yard.git("checkout", "-q", "--", str(path.relative_to(yard.root)))
    assert b"\r\n" in path.read_bytes()
    yard.fine("i.garcia", "edit", record, "--set", "assessment.crew=Blue")
    assert b"crew: Blue" in path.read_bytes()


def test_whoever_waits_for_another_command_is_told_for_what(tmp_path: Path) -> None:
    """A second writer waits for the first, says so after a second, and then both reports stand."""
    yard, _ = yard_at(tmp_path)
    first = yard.start("m.okafor", *BOX, hold_at=WHILE_WRITING)
    first.reached()
    second = yard.start("t.silva", *CAN)
    said = second.line()
    assert said == f"Waiting for another nearmiss command (process {first.process.pid}) to finish writing …\n"
    ended = [first.go(), second.ended()]
    assert [one.code for one in ended] == [0, 0], [one.said for one in ended]
    assert "A box fell" in yard.record(ended[0].data["id"])
    assert "A can leaked" in yard.record(ended[1].data["id"])
    yard.sound()


@pytest.mark.parametrize("words", [("list",), ("show", "ID"), ("check",), ("review", "ID"), ("history", "ID")])
def test_reading_goes_on_while_another_command_writes(tmp_path: Path, words: tuple[str, ...]) -> None:
    """Whoever only looks waits for nobody, and sees the register as it was before or as it is after."""
    yard, record = yard_at(tmp_path, "proposed")
    running = yard.start("m.okafor", *BOX, hold_at=WHILE_WRITING)
    running.reached()
    ended = yard.run("t.silva", *(record if word == "ID" else word for word in words))
    assert ended.code == 0, ended.said
    assert running.go().code == 0
    yard.sound()
