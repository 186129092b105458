"""An audit that goes on from an earlier one says what one from the founding on says, whatever lies where it looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from nearmiss.app.keeping import code_of, vault_of
from nearmiss.app.opening import open_desk
from nearmiss.cli.audit.data import audited_as_data
from nearmiss.engine.audit import continuing, layers
from nearmiss.engine.audit.auditing import audit
from nearmiss.engine.audit.layers import Keeping, Remembered, kept_part, remembered_in
from nearmiss.engine.desk import Desk
from nearmiss.store.vault import ADDED, SealedFile
from tests.benchmarks.histories import build_history
from tests.engine.audited import WAYS, audited
from tests.engine.scene import SIGNERS, Scene, SetClock

RECORD = "NM-2026-00001"
Walked = Callable[..., tuple[Scene, str]]


class Box:
    """A vault that believes whatever lies in it, and counts what was put there."""

    def __init__(self, *contents: bytes) -> None:
        self.contents = contents
        self.written = 0
        self.added = 0

    def get_ready(self) -> None:
        """Do nothing: all of it is here."""

    def is_empty(self) -> bool:
        """Say whether nothing lies in it."""
        return not self.contents

    def read(self) -> Sequence[bytes]:
        """Return what lies in it."""
        return self.contents

    def write(self, content: bytes) -> None:
        """Put something in, in the place of all that was there."""
        self.contents = (content,)
        self.written += 1

    def add(self, content: bytes) -> None:
        """Put something on top, in the place of what was there."""
        self.contents = (self.contents[0], content)
        self.added += 1


def cold(desk: Desk, revision: str) -> dict[str, Any]:
    """Return what an audit says that remembers nothing."""
    return audited_as_data(audit(replace(desk, vault=None), revision=revision))


def later(desk: Desk, box: Box, revision: str) -> dict[str, Any]:
    """Return what an audit says that goes on from what lies in a box."""
    return audited_as_data(audit(replace(desk, vault=box), revision=revision))


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Note of each audit whether it went on from an earlier one."""
    noted: list[bool] = []
    asked = continuing._LaterWalk.go

    def go(walk: Any, progress: Any) -> Any:
        noted.append(True)
        return asked(walk, progress)

    monkeypatch.setattr(continuing._LaterWalk, "go", go)
    return noted


@pytest.fixture(scope="module")
def history(repo_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A history of many records, merged in every way, with branches that overlap."""
    made = build_history(repo_root, tmp_path_factory.mktemp("history") / "h.git", records=24, commits=120, seed=5)
    desk = open_desk(made.root)
    yield desk
    desk.repository.close()  # type: ignore[attr-defined]  # the adapter holds processes


def test_each_commit_of_a_history_gives_the_same(history: Desk, looked: list[bool]) -> None:
    """Audited commit by commit, by leaps or at once, a history gives the same data, ledgers and findings."""
    main = [commit.oid for commit in history.repository.commits(["main"], first_parent=True)][::-1]
    kept = []
    for leap in (1, 7, len(main) // 2):
        box = Box()
        for at in range(3, len(main), leap):
            assert later(history, box, main[at]) == cold(history, main[at]), at
        kept.append((box.written > 1, box.added > 1))
    assert kept[0] == (True, True)
    assert len(looked) > len(main)
    assert looked.count(True) > len(main)


def test_each_commit_is_found_where_it_came_in(history: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever audit saw a commit, what is remembered tells its place on main, or of the merge that brought it."""
    monkeypatch.setattr(layers, "_SHARE", 1)
    main = [commit.oid for commit in history.repository.commits(["main"], first_parent=True)][::-1]
    box = Box()
    # Long ways go into the lower layer as soon as they are most of it, and a last short one into the upper.
    for at in (*range(3, len(main) - 9, 9), len(main) - 4, len(main) - 2):
        later(history, box, main[at])
    remembered = remembered_in(box.contents)
    assert remembered.upper.names
    brought = set()
    for position, oid in enumerate(main[: remembered.at.length]):
        assert remembered.position_on_main(oid) == remembered.position_of(oid) == position
        for commit in history.repository.commits([oid], without=main[max(0, position - 1) : position]):
            if commit.oid != oid and position:
                assert remembered.position_on_main(commit.oid) is None
                assert remembered.position_of(commit.oid) == position
                brought.add(commit.oid)
    assert brought
    for unknown in ("", "0" * 40, main[0][:39], f"{main[0]}{'0' * 24}"):
        assert remembered.position_of(unknown) is remembered.position_on_main(unknown) is None


def _faulty(scene: Scene) -> None:
    """Let things go wrong on main, one after the other, some of them put right again."""
    path = scene.path(RECORD)
    whole = scene.blob(path)
    scene.commit_files({"records/2026/11/notes.txt": "x\n"}, branch="main")
    scene.commit_files({path: whole.decode().replace("level: low", "level: minimal")}, branch="main")
    scene.commit_files({path: whole, "README.md": "Hello\n"}, branch="main")
    scene.commit_files({path: None}, branch="main")
    scene.commit_files({path: whole}, branch="main")
    scene.commit_files({path.replace("/11/", "/12/"): whole}, branch="main")


def test_faults_old_and_new_are_told_alike(walked: Walked, looked: list[bool]) -> None:
    """What is wrong before the earlier audit's commit, after it, and on both sides, is told as it is without one."""
    scene, _ = walked("root-caused")
    _faulty(scene)
    desk, box = scene.desk("o.haddad"), Box()
    main = scene.git("rev-list", "--reverse", "--first-parent", "main").split()

    for at in main[1:]:
        assert later(desk, box, at) == cold(desk, at)

    assert looked
    assert cold(desk, "main")["verdict"] == "refuse"


@pytest.mark.parametrize("way", WAYS)
def test_a_step_under_way_is_finished_later(scene: Scene, way: str, looked: list[bool]) -> None:
    """However a proposal comes in, an audit between its commits and one after them say what they say without memory."""
    scene.prepare()
    desk, box = scene.desk("o.haddad"), Box()
    for transition in ("investigate", "find-root-cause"):
        branch = scene.advance("s.ito", RECORD, transition=transition).branch
        assert later(desk, box, branch) == cold(desk, branch)
        scene.clock.tick(minutes=5)
        scene.approve(SIGNERS[transition][0], RECORD)
        WAYS[way](scene, branch)
        scene.git("branch", "-q", "-D", branch)
        for at in ("main~1", "main"):
            assert later(desk, box, at) == cold(desk, at)
    assert looked


def test_a_change_of_the_policy_begins_anew(walked: Walked, looked: list[bool]) -> None:
    """Once the policy moves, everything is judged; from then on it goes on from there."""
    scene, record = walked("investigated")
    desk, box = scene.desk("o.haddad"), Box()
    later(desk, box, "main")
    scene.change_policy("o.haddad", scene.people_with(t_silva={"active": False}))

    assert later(desk, box, "main") == cold(desk, "main")
    assert looked == []
    scene.walk(upto="root-caused", record=record)
    assert later(desk, box, "main") == cold(desk, "main")
    assert looked == [True]


def test_another_history_is_not_taken_for_an_older_one(walked: Walked, looked: list[bool]) -> None:
    """What was remembered of a commit that main does not stand on any more, or not by first parents, is not used."""
    scene, record = walked("investigated")
    desk, box = scene.desk("o.haddad"), Box()
    fork = scene.rev("main~1")
    later(desk, box, "main")
    here = scene.rev("main")
    other = scene.git("commit-tree", "-m", "Other", "-p", fork, f"{fork}^{{tree}}", who="s.ito")
    swapped = scene.git("commit-tree", "-m", "Swapped", "-p", other, "-p", here, f"{here}^{{tree}}", who="s.ito")
    side = scene.git("commit-tree", "-m", "Side", "-p", f"{here}^2", f"{here}^2^{{tree}}", who="s.ito")
    joined = scene.git("commit-tree", "-m", "Joined", "-p", here, "-p", side, f"{here}^{{tree}}", who="s.ito")
    root = scene.git("commit-tree", "-m", "Root", f"{here}^{{tree}}", who="s.ito")
    united = scene.git("commit-tree", "-m", "United", "-p", here, "-p", root, f"{here}^{{tree}}", who="s.ito")
    start = box.contents
    for tip in (other, swapped, joined, united, fork):
        box.contents = start
        assert later(desk, box, tip) == cold(desk, tip), tip
    assert looked == []
    assert record


def test_dates_that_come_are_asked_again(scene: Scene, looked: list[bool]) -> None:
    """What lay in the future is no fault any more once it has come; a clock that goes back finds it again."""
    scene.prepare()
    path = scene.path(RECORD)
    text = scene.blob(path).decode().replace('reported_on: "2026-11-22"', 'reported_on: "2026-11-22"')
    noted = '\nbriefings:\n- {on: "2026-12-24", area: shipping, by: s.ito, attended: 3}\n'
    scene.commit_files({path: text.rstrip("\n") + noted}, branch="main")
    box, clock = Box(), SetClock(scene.clock.instant)
    desk = replace(scene.desk("o.haddad"), clock=clock)

    assert [one["code"] for one in later(desk, box, "main")["findings"]] == ["date-in-future"]
    clock.tick(days=40)
    assert later(desk, box, "main") == cold(desk, "main")
    assert later(desk, box, "main")["findings"] == []
    clock.instant -= timedelta(days=30)
    assert later(desk, box, "main") == cold(desk, "main")
    assert looked


def test_limits_are_judged_without_memory(walked: Walked, looked: list[bool]) -> None:
    """An audit that begins later neither goes on from a whole one nor leaves anything for one."""
    scene, _ = walked("root-caused")
    desk, box = scene.desk("o.haddad"), Box()

    audit(replace(desk, vault=box), since="main~1")
    assert box.written == 0
    audit(replace(desk, vault=box))
    audit(replace(desk, vault=box), since="main~1")
    audit(replace(desk, vault=box))
    assert (box.written, looked) == (1, [True])


def sealed(scene: Scene) -> Path:
    """Return the file in which a scene's audits leave what they found."""
    return scene.root / ".git/nearmiss/cache/audit.sealed"


def untrue(remembered: Remembered) -> bytes:
    """Return what somebody would plant who wants a fault to be forgotten: the same, with nothing found."""
    keeping = Keeping(places=remembered.lower.places)
    for name in remembered.names:
        keeping.put(kept_part(replace(remembered.life(name), blamed=()), remembered.touches(name)))
    return keeping.content(replace(remembered.at, general=[], again=[]))


def test_planted_memory_changes_no_verdict(walked: Walked, looked: list[bool], tmp_path: Path) -> None:
    """A file that says that all is well: believed from our own hand only, whatever key, version or code it carries."""
    scene, _ = walked("root-caused")
    _faulty(scene)
    desk = scene.desk("o.haddad")
    wanted = cold(desk, "main")
    audited(scene)
    raw = sealed(scene).read_bytes()
    lie = untrue(remembered_in([raw[32:]]))
    assert later(desk, Box(lie), "main")["verdict"] == "pass"
    looked.clear()
    foreign = tmp_path / "foreign"
    SealedFile(foreign, key=tmp_path / "key", version=lambda: "0").write(lie)
    for planted in (lie, raw[:32] + lie, foreign.read_bytes(), b"", raw[:40], raw[:-1], raw[:32] + b"\0" * 32 + lie):
        sealed(scene).write_bytes(planted)
        assert audited_as_data(audited(scene)) == wanted
        assert looked == []
    assert audited_as_data(audited(scene)) == wanted
    assert looked == [True]


def test_what_was_added_is_not_needed(walked: Walked, looked: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what later audits added, with half of it, or with what was added to another one, all is told the same."""
    monkeypatch.setattr(layers, "_SHARE", 0)
    scene, record = walked("investigated")
    audited(scene)
    scene.walk(upto="root-caused", record=record)
    _faulty(scene)
    wanted = audited_as_data(audited(scene))
    assert wanted == cold(scene.desk("o.haddad"), "main")
    added = sealed(scene).with_name(f"{sealed(scene).name}{ADDED}")
    raw = added.read_bytes()
    looked.clear()
    for planted in (raw, raw[:-1], raw[:40], b"", sealed(scene).read_bytes(), raw[:32] + untrue_later(raw[32:])):
        added.write_bytes(planted)
        assert audited_as_data(audited(scene)) == wanted
    added.unlink()
    assert audited_as_data(audited(scene)) == wanted
    assert added.read_bytes() == raw
    assert looked == [True] * 7
    sealed(scene).unlink()
    assert audited_as_data(audited(scene)) == wanted
    assert looked == [True] * 7


def untrue_later(content: bytes) -> bytes:
    """Return what somebody would plant on top who wants faults to be forgotten."""
    remembered = remembered_in([content])
    keeping = Keeping(places=remembered.lower.places)
    for name in remembered.lower.names:
        keeping.put(kept_part(replace(remembered.life(name), blamed=()), remembered.touches(name)))
    return keeping.content(replace(remembered.at, general=[], again=[]))


def test_older_tool_and_other_people_are_not_believed(tmp_path: Path) -> None:
    """What another version sealed, or what was sealed with a key that others could read, is as if there were none."""
    file, key, version = tmp_path / "a" / "file", tmp_path / "b" / "key", ["1"]
    box = SealedFile(file, key=key, version=lambda: version[0])
    assert box.read() == []
    box.write(b"kept")
    assert (box.read(), key.stat().st_mode & 0o777) == ([b"kept"], 0o600)

    version[0] = "2"
    assert box.read() == []
    version[0] = "1"
    key.chmod(0o644)
    assert box.read() == []
    box.write(b"kept anew")
    assert (box.read(), key.stat().st_mode & 0o777) == ([b"kept anew"], 0o600)
    stolen = key.rename(tmp_path / "elsewhere")
    key.symlink_to(stolen)
    assert box.read() == []
    key.unlink()
    key.write_bytes(b"short")
    key.chmod(0o600)
    assert box.read() == []


def test_nothing_is_said_where_nothing_can_be_kept(tmp_path: Path) -> None:
    """Where the register's folder, or the person's own, cannot be written, nothing is kept, and nothing raised."""
    (tmp_path / "file").write_text("x")
    for file, key in (("file/inside", "key"), ("kept", "file/key"), (".", "other")):
        box = SealedFile(tmp_path / file, key=tmp_path / key, version=lambda: "1")
        box.write(b"kept")
        assert box.read() == []
    assert {path.name for path in tmp_path.iterdir()} <= {"file", "key", "other"}


def test_a_path_that_is_no_text_is_judged_each_time(walked: Walked, looked: list[bool]) -> None:
    """What cannot be kept as text is not kept; the outcome is the same each time."""
    scene, _ = walked("investigated")
    blob = scene.git("hash-object", "-w", "--stdin", stdin=b"x\n")
    tree = scene.git("mktree", "-z", stdin=b"100644 blob " + blob.encode() + b"\tcaf\xe9.txt\0")
    records = scene.git("ls-tree", "-z", "main").encode("utf-8", "surrogateescape") + b"\0"
    whole = scene.git("mktree", "-z", stdin=records.rstrip(b"\0") + b"\0040000 tree " + tree.encode() + b"\tnotes\0")
    odd = scene.git("commit-tree", "-m", "Odd", "-p", "main", whole, who="s.ito")
    desk, box = scene.desk("o.haddad"), Box()

    assert later(desk, box, odd) == cold(desk, odd)
    assert {one["code"] for one in cold(desk, odd)["findings"]} >= {"path-odd"}
    assert later(desk, box, odd) == cold(desk, odd)
    assert (box.written, looked) == (0, [])


def test_a_path_that_is_no_text_can_come_later(walked: Walked, looked: list[bool]) -> None:
    """Where it comes after an audit, the outcome is the same each time, and what was kept before stays."""
    scene, _ = walked("investigated")
    desk, box = scene.desk("o.haddad"), Box()
    later(desk, box, "main")
    contents = box.contents
    blob = scene.git("hash-object", "-w", "--stdin", stdin=b"x\n")
    path = b"site/docs/caf\xe9.md"
    scene.git("update-index", "-z", "--index-info", stdin=b"100644 %s\t%s\0" % (blob.encode(), path))
    odd = scene.git("commit-tree", "-m", "Odd", "-p", "main", scene.git("write-tree"), who="s.ito")

    assert later(desk, box, odd) == cold(desk, odd) == later(desk, box, odd)
    assert {one["code"] for one in cold(desk, odd)["findings"]} >= {"path-odd"}
    assert (box.contents, looked) == (contents, [True, True])


def test_nobody_without_a_home_keeps_anything(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the machine knows no folder of the person's own, there is no key and so no vault."""

    def homeless(_path: Path) -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "expanduser", homeless)

    assert vault_of(tmp_path) is None


def test_a_changed_program_is_another_one(tmp_path: Path) -> None:
    """Two states of the program that call themselves the same version are told apart by their files."""
    (tmp_path / "a.py").write_text("one\n")
    before = code_of(tmp_path)
    assert code_of(tmp_path) == before
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "b.py").write_text("what Python keeps\n")
    assert code_of(tmp_path) == before
    (tmp_path / "a.py").write_text("three\n")
    assert code_of(tmp_path) != before


def test_far_behind_it_begins_anew(walked: Walked, looked: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    """After very many new commits, all is judged as if nothing were remembered."""
    scene, record = walked("investigated")
    desk, box = scene.desk("o.haddad"), Box()
    later(desk, box, "main")
    monkeypatch.setattr(continuing, "MOST_NEW", 1)
    scene.walk(upto="root-caused", record=record)

    assert later(desk, box, "main") == cold(desk, "main")
    assert looked == []
