"""Mending the records of a register: what is signed is known from the sign-offs, and nothing else is in the way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nearmiss.app.fixing import write_fixes
from nearmiss.engine.checking.fixing import Fix, plan_fixes
from nearmiss.store.files import ChangedMeanwhileError
from tests.cli.shell import Shell
from tests.engine.scene import Scene, found_scene, walked_scene


@pytest.fixture
def signed(tmp_path: Path) -> Iterator[tuple[Scene, str]]:
    """A scene with a record whose investigation is in force, and a plan that is a draft."""
    scene, record = walked_scene(tmp_path)
    yield scene, record
    scene.close()


def spoil(scene: Scene, record: str, **changes: tuple[str, str]) -> bytes:
    """Put other text in the file of a record, each of the old ones once; return what lies there then."""
    path = scene.root / scene.path(record)
    text = path.read_text(encoding="utf-8")
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8", newline="")
    return path.read_bytes()


def fixes_of(scene: Scene) -> tuple[Fix, ...]:
    """Return what would be mended in the register."""
    return plan_fixes(scene.desk("o.haddad"))


def fix_of(scene: Scene) -> Fix:
    """Return what would be mended in the one record of which something is said."""
    [fix] = fixes_of(scene)
    return fix


def test_a_register_in_good_form_needs_nothing(signed: tuple[Scene, str]) -> None:
    """Records as the program writes them are left alone, and progress is told for each."""
    scene, _ = signed
    told: list[tuple[int, int]] = []

    assert plan_fixes(scene.desk("o.haddad"), progress=lambda done, total: told.append((done, total))) == ()
    assert told == [(1, 1)]


def test_a_draft_is_mended_beside_what_is_signed(signed: tuple[Scene, str]) -> None:
    """An unsigned section is mended and a signed one is not; the bytes of the signed ones and all data stay."""
    scene, record = signed
    before = spoil(scene, record, a=('due: "2027-01-15"', "due: 2027-01-15 "), b=('made_safe: "yes"', "made_safe: yes"))

    fix = fix_of(scene)

    assert fix.path == scene.path(record)
    assert fix.before == before
    assert fix.after == before.replace(b"due: 2027-01-15 ", b'due: "2027-01-15"')
    assert [finding.code for finding in fix.done] == ["yaml-unquoted-date", "form-spaces"]
    [left] = fix.left
    assert (left.code, left.record, left.path) == ("form-sealed", record, fix.path)
    assert f"git restore {fix.path}" in left.hint


def test_a_step_that_waits_for_signatures_seals_too(signed: tuple[Scene, str]) -> None:
    """What somebody has signed on the branch of a proposal is signed, though others have not yet."""
    scene, record = signed
    scene.advance("s.ito", record)
    branch = next(iter(scene.repository.branches("near-miss/")))
    scene.git("checkout", "-q", branch)
    spoil(scene, record, a=("method: five-whys", "method: five-whys "))
    assert [finding.code for finding in fix_of(scene).done] == ["form-spaces"]
    scene.git("checkout", "-q", "--", ".")
    scene.approve("r.meyer", record)
    spoil(scene, record, a=("method: five-whys", "method: five-whys "))

    assert [finding.code for finding in fix_of(scene).left] == ["form-sealed"]


@pytest.mark.parametrize("loss", ["removed", "changed", "unreadable", "copied"])
def test_where_sign_offs_do_not_tell_all_counts_as_signed(signed: tuple[Scene, str], loss: str) -> None:
    """Where a sign-off is missing, is not the committed one, cannot be read or does not follow, nothing is mended."""
    scene, record = signed
    spoil(scene, record, a=('due: "2027-01-15"', "due: 2027-01-15"))
    [file] = (scene.root / scene.path(record)).with_suffix("").glob("sign-offs/*.yaml")
    if loss == "removed":
        file.unlink()
    elif loss == "changed":
        file.write_bytes(file.read_bytes() + b"# seen\n")
    elif loss == "unreadable":
        file.with_name("02-root-caused--s.ito.yaml").write_bytes(b"statement: *x\n")
    else:
        file.with_name(file.name.replace("01-", "07-")).write_bytes(file.read_bytes().replace(b"seq: 1", b"seq: 7"))

    fix = fix_of(scene)

    assert not fix.changes
    assert {finding.code for finding in fix.left} == {"form-sealed"}


def test_a_record_that_is_wrong_in_more_than_form_is_left(signed: tuple[Scene, str]) -> None:
    """What is no YAML, a record that is missing and a link are for `check` to tell; nothing is mended or said here."""
    scene, record = signed
    spoil(scene, record, a=('due: "2027-01-15"', "due: *x"))
    (scene.root / "records/2026/11/NM-2026-00000").mkdir()
    (scene.root / "records/2026/11/NM-2026-00000/sign-offs").mkdir()
    (scene.root / "records/2026/11/NM-2026-00000/sign-offs/01-declined--a.yaml").write_text("x", encoding="utf-8")
    (scene.root / "records/2026/11/NM-2026-11111.yaml").symlink_to(scene.root / scene.path(record))

    assert fixes_of(scene) == ()


def test_before_the_first_commit_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    """In a repository whose branch has no commit yet, records in the working tree are mended all the same."""
    scene = found_scene(tmp_path)
    record = scene.report().id
    scene.git("checkout", "-q", "--orphan", "fresh")
    spoil_path = next((scene.root / "records").rglob(f"{record}.yaml"))
    spoil_path.write_bytes(spoil_path.read_bytes().replace(b'"yes"', b"yes"))

    assert [finding.code for finding in fix_of(scene).done] == ["yaml-boolean-spelling"]
    scene.close()


def test_nothing_is_written_over_what_changed_meanwhile(signed: tuple[Scene, str]) -> None:
    """Between looking and writing somebody saves the file: their version stays, and it is said."""
    scene, record = signed
    spoil(scene, record, a=('due: "2027-01-15"', "due: 2027-01-15"))
    fixes = fixes_of(scene)
    now = spoil(scene, record, a=("due: 2027-01-15", "due: 2027-02-01"))

    with pytest.raises(ChangedMeanwhileError):
        write_fixes(scene.root, fixes)

    assert (scene.root / scene.path(record)).read_bytes() == now


# on the command line


@pytest.fixture
def shell(signed: tuple[Scene, str]) -> Shell:
    """A shell in the register of the scene."""
    return Shell(directory=signed[0].root, scene=signed[0])


def test_check_fix_says_each_thing_and_checks_again(signed: tuple[Scene, str], shell: Shell) -> None:
    """`check --fix` mends the working tree, says what it did by file and line, leaves git alone, and checks."""
    scene, record = signed
    spoil(
        scene,
        record,
        a=('due: "2027-01-15"', "due: 2027-01-15"),
        b=("schema: 1\n", ""),
        c=("\ntitle:", "\nschema: 1\ntitle:"),
    )
    commit = scene.rev()
    assert shell.run("s.ito", "check").code == 1

    outcome = shell.run("s.ito", "check", "--fix")

    path = scene.path(record)
    line = re.search(r"line ([0-9]+): `2027-01-15`", outcome.out)
    assert outcome.code == 0
    assert line is not None
    assert outcome.out == (
        f"{path}\n"
        "  mended: line 3: `schema` put to the top  [form-key-order]\n"
        f'  mended: line {line[1]}: `2027-01-15` written as `"2027-01-15"`  [yaml-unquoted-date]\n'
        "1 record mended in your working tree. Look at it, and commit it: git diff, then git commit -a\n"
        "\n"
        "Everything holds. 1 record, 1 sign-off; no findings.\n"
        "Identity not proven (asserted): 1 sign-off.\n"
    )
    assert scene.rev() == commit
    assert scene.git("status", "--short") == ""
    assert "There is nothing of form to mend." in shell.run("s.ito", "check", "--fix").out


def test_check_fix_shows_first_where_asked(signed: tuple[Scene, str], shell: Shell) -> None:
    """With --dry-run it shows what it would mend as git does, writes nothing, and judges what lies there."""
    scene, record = signed
    now = spoil(scene, record, a=('due: "2027-01-15"', "due: 2027-01-15"), b=('made_safe: "yes"', "made_safe: yes"))

    outcome = shell.run("s.ito", "check", "--fix", "--dry-run")

    assert outcome.code == 1
    assert "  would mend: line" in outcome.out
    assert "  left: line 9: not done, since it would change what was signed: another spelling of `yes`" in outcome.out
    assert '    -    due: 2027-01-15\n    +    due: "2027-01-15"\n' in outcome.out
    assert "1 record would be mended; nothing was written." in outcome.out
    assert (scene.root / scene.path(record)).read_bytes() == now


def test_check_fix_says_that_all_was_left(signed: tuple[Scene, str], shell: Shell) -> None:
    """Where all that is wrong was signed, nothing is mended, each thing says why, and the check refuses."""
    scene, record = signed
    spoil(scene, record, a=('made_safe: "yes"', "made_safe: yes"))

    outcome = shell.run("s.ito", "check", "--fix")

    assert outcome.code == 1
    assert "Nothing was mended.\n" in outcome.out
    assert "would" not in outcome.out.partition("left:")[0]


def test_check_fix_is_told_to_programs(signed: tuple[Scene, str], shell: Shell) -> None:
    """JSON has what was fixed and what was left as findings, the files that were written, or the difference."""
    scene, record = signed
    spoil(scene, record, a=('due: "2027-01-15"', "due: 2027-01-15"))

    shown = shell.run("s.ito", "check", "--fix", "--dry-run", "--json").data
    done = shell.json("s.ito", "check", "--fix")

    path = scene.path(record)
    assert (shown["ok"], shown["written"], len(shown["findings"])) == (False, [], 1)
    assert shown["diff"].startswith(f"--- a/{path}\n+++ b/{path}\n@@ ")
    assert shown["fixed"] == done["fixed"]
    assert (done["written"], done["diff"], done["left"], done["findings"]) == ([path], "", [], [])
    [fixed] = done["fixed"]
    assert (fixed["code"], fixed["severity"], fixed["record"], fixed["path"]) == (
        "yaml-unquoted-date",
        "note",
        record,
        path,
    )
    assert "fixed" not in json.dumps(shell.json("s.ito", "check"))


@pytest.mark.parametrize("words", [["--dry-run"], ["--fix", "--revision", "main"]])
def test_check_fix_is_for_the_working_tree(shell: Shell, words: list[str]) -> None:
    """A dry run of nothing, and mending a commit, are no use of the command."""
    outcome: Any = shell.run("s.ito", "check", *words)

    assert outcome.code == 2
    assert "--fix" in outcome.err
