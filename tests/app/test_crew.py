"""The crew: several processes say what one would say, in order, and none is left behind whatever happens."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nearmiss.app import crew as crew_module
from nearmiss.app.crew import Crew, find_crew
from nearmiss.app.helping import serve
from nearmiss.app.messages import receive, send
from nearmiss.engine.checking.register import check
from nearmiss.engine.desk import Desk
from nearmiss.engine.errors import BlobTooLargeError
from nearmiss.engine.indexing import remembering, sharing
from nearmiss.engine.indexing.making import PassingIndex, up_to_date
from nearmiss.engine.ports import REGULAR_FILE, TreeEntry
from nearmiss.engine.records.dossiers import Folder
from nearmiss.policy.signing import Proof
from nearmiss.policy.standing import Register
from nearmiss.store.documents import YamlDocuments
from nearmiss.vcs.errors import UnreadableFileError
from nearmiss.vcs.trees import new_object

ROOT = Path(__file__).parents[2]
ORDER = {"instance": "i", "versions": {}, "today": "2026-11-22", "folder": ""}


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few records be many: they are shared, in parts of two."""
    monkeypatch.setattr(remembering, "WORTH_SHARING", 1)
    monkeypatch.setattr(sharing, "IN_A_PART", 2)


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """Return a register of our own records, of which some are broken in every way a file can be."""
    root = tmp_path / "register"
    root.mkdir()
    for name in ("schemas", "workflow/policy", "records"):
        subprocess.run(["cp", "-r", "--parents", name, root], cwd=ROOT, check=True)
    first, second, third, fourth, *_ = sorted(root.glob("records/*/*/*.yaml"))
    first.write_bytes(first.read_bytes().replace(b"state: ", b"state: un"))
    second.write_bytes(b"a: [\n")
    third.write_bytes(third.read_bytes().replace(b"title: ", b"titel: "))
    next((fourth.parent / fourth.stem).glob("sign-offs/*")).write_bytes(b"statement: {}\n")
    (root / "records/2026/01/NM-2026-00000/attachments").mkdir(parents=True)
    (root / "records/2026/01/NM-2026-00000/attachments/lost.txt").write_text("lost")
    subprocess.run(["git", "init", "--quiet", "--template=", "--initial-branch=main"], cwd=root, check=True)
    subprocess.run(["git", "add", "."], cwd=root, check=True)
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *who, "commit", "--quiet", "-m", "Found it"], cwd=root, check=True)
    return root


def desk_of(register: Path, crew: Any) -> Desk:
    """Return a desk with a crew that remembers nothing yet."""
    from nearmiss.app.opening import open_desk

    return replace(open_desk(register), crew=crew, memory=PassingIndex())


class Meddled(Crew):
    """A crew of which something goes wrong with each process right after it was started."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, program: str, *, hands: int = 2) -> None:
        super().__init__(hands=hands)
        monkeypatch.setattr(crew_module, "_BEGIN", program)


@pytest.mark.usefixtures("small_parts")
def test_several_processes_say_what_one_says(register: Path) -> None:
    """With one helper or three, findings, summaries, what is kept and the order of everything are as without any."""
    alone = desk_of(register, None)
    wanted = check(alone)
    assert {"unknown-key", "record-missing"} <= {finding.code for finding in wanted.findings}
    rows = up_to_date(alone).kept.rows()
    for hands in (1, 3):
        desk = desk_of(register, Crew(hands=hands))
        told: list[tuple[int, int]] = []
        assert check(desk, progress=lambda done, total, told=told: told.append((done, total))) == wanted  # type: ignore[misc]
        assert told == [(number, len(told)) for number in range(1, len(told) + 1)]
        assert list(desk.memory._kept) == list(alone.memory._kept)  # type: ignore[union-attr]
        assert up_to_date(desk).kept.rows() == rows


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize(
    "program",
    ["", "import sys; sys.exit(3)", "raise ValueError", "import os; os.read(0, 100); os.write(1, b'1234567')"],
    ids=["says-nothing", "ends", "fails", "says-half"],
)
def test_what_nobody_answers_is_found_here(register: Path, program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every helper ends before it answered, the outcome is the same as without them."""
    wanted = check(desk_of(register, None))
    assert check(desk_of(register, Meddled(monkeypatch, program))) == wanted


def doubled(part: list[Any]) -> list[Any]:
    """Answer a part in this process."""
    return part * 2


def test_one_that_ends_midway_loses_only_what_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts come back in their order; what a helper held that has ended is answered here, as is all that follows."""
    program = (
        "import sys; sys.path[:] = __import__('marshal').loads(bytes.fromhex(sys.argv[1]))\n"
        "from nearmiss.app.messages import receive, send\n"
        "receive(0)\n"
        "for _ in range(3): send(1, receive(0) * 3)\n"
    )
    parts = [[number] for number in range(40)]

    def slowly(part: list[Any]) -> list[Any]:
        time.sleep(0.05)
        return doubled(part)

    answers = list(Meddled(monkeypatch, program, hands=1).share({}, parts, slowly))
    assert [answer[0] for answer in answers] == list(range(40))
    assert [len(answer) for answer in answers].count(3) == 3
    assert {len(answer) for answer in answers} == {2, 3}


def test_no_process_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that starts no process more is a machine without helpers."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert list(Crew(hands=2).share({}, [[1], [2]], doubled)) == [[1, 1], [2, 2]]


def test_who_hands_out_works_too_instead_of_waiting() -> None:
    """While all helpers are busy, parts are answered here; none of them is answered twice, and their order stays."""
    here: list[Any] = []

    def alone(part: list[Any]) -> list[Any]:
        here.append(part)
        return part

    answers = list(Crew(hands=1).share(ORDER, ([None] for _ in range(50)), alone))
    assert answers == [[None]] * 50
    assert 0 < len(here) < 50


@pytest.mark.parametrize("first, drawn", [({}, 2), ({"first": 6}, 6)], ids=["usually", "more"])
def test_each_begins_with_so_many_parts(first: dict[str, int], drawn: int) -> None:
    """Before the first answer is asked for, each helper has as many parts as were said; none is lost afterwards."""
    taken: list[int] = []

    def parts() -> Iterator[list[Any]]:
        for number in range(40):
            taken.append(number)
            yield [None] * (number + 1)

    answers = Crew(hands=1).share(ORDER, parts(), list, **first)
    assert len(taken) == drawn
    assert [len(answer) for answer in answers] == list(range(1, 41))


def test_who_stops_asking_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """All helpers are ended when the answers are not wanted any more, as after Ctrl-C."""
    started: list[int] = []
    begin = crew_module._Hand.__init__

    def noted(hand: Any, work: str) -> None:
        begin(hand, work)
        started.append(hand._process.pid)

    monkeypatch.setattr(crew_module._Hand, "__init__", noted)
    answers = Crew(hands=2).share(ORDER, ([None] for _ in range(100)), doubled)
    assert len(next(answers)) in {1, 2}
    assert len(started) == 2
    answers.close()  # type: ignore[attr-defined]  # it is a generator
    for pid in started:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


ENDLESS = """
import os, signal, sys
from nearmiss.app import crew
# A shell starts what runs in its background deaf to it.
signal.signal(signal.SIGINT, signal.default_int_handler)
begin = crew._Hand.__init__
def noted(hand, work):
    begin(hand, work)
    print(hand._process.pid, flush=True)
crew._Hand.__init__ = noted
def parts():
    while True:
        yield [None]
for answer in crew.Crew(hands=2).share(%r, parts(), list):
    if answer != [None]:
        print("wrong", flush=True)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_none_outlives_the_program(how: signal.Signals) -> None:
    """However the program ends, its helpers end with it."""
    program = [sys.executable, "-c", ENDLESS % ORDER]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as running:
        assert running.stdout is not None
        pids = [int(running.stdout.readline()) for _ in range(2)]
        time.sleep(0.5)
        assert running.poll() is None
        running.send_signal(how)
        try:
            running.wait(timeout=60)
        finally:
            running.kill()
    until = time.monotonic() + 60
    while any(is_alive(pid) for pid in pids) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(is_alive(pid) for pid in pids)


def is_alive(pid: int) -> bool:
    """Say whether a process runs; one that has ended and that nobody has asked for yet does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.fixture
def pipes() -> Iterator[tuple[int, int, int, int]]:
    """Return both ends of two pipes."""
    ends = (*os.pipe(), *os.pipe())
    yield ends
    for end in ends:
        with suppress(OSError):
            os.close(end)


@pytest.mark.parametrize("hears", [True, False])
def test_a_helper_answers_until_the_pipe_ends(pipes: tuple[int, int, int, int], *, hears: bool) -> None:
    """It answers part by part, and ends where no more come, or where nobody hears it any more."""
    reads, hand_over, take, writes = pipes
    before = signal.getsignal(signal.SIGINT)
    for said in (ORDER, [None, None], [None]):
        send(hand_over, said)
    os.close(hand_over)
    if not hears:
        os.close(take)
    try:
        serve(reads, writes)
    finally:
        signal.signal(signal.SIGINT, before)
    if hears:
        assert [receive(take) for _ in range(2)] == [[None, None], [None]]


def test_one_core_has_no_crew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the program may use one core only, there is nobody to share with; elsewhere there is."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    assert find_crew() is None
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3}, raising=False)
    assert find_crew() is not None
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert find_crew() is None


@pytest.mark.usefixtures("small_parts")
def test_helpers_find_the_same_in_a_commit_as_in_its_files(register: Path) -> None:
    """What lies in objects is handed over with its bytes, and comes back as what is read where it lies."""
    desk = desk_of(register, Crew(hands=1))
    alone = desk_of(register, None)
    assert check(desk, revision="HEAD") == check(alone, revision="HEAD")
    assert up_to_date(desk).kept.rows() == up_to_date(alone).kept.rows()


@pytest.mark.usefixtures("small_parts")
def test_a_file_that_is_not_where_it_should_be_is_looked_for_here(register: Path) -> None:
    """A link is followed by nobody, and a file that a sparse checkout leaves out is not gone."""
    subprocess.run(["git", "sparse-checkout", "set", "--no-cone", "/*", "!/records/2026/0*/"], cwd=register, check=True)
    left = sorted((register / "records").glob("*/*/*.yaml"))
    left[0].with_suffix(".kept").write_bytes(left[0].read_bytes())
    left[0].unlink()
    left[0].symlink_to(left[0].with_suffix(".kept"))
    wanted = check(desk_of(register, None))
    assert "mode-odd" in {finding.code for finding in wanted.findings}
    assert wanted.records > len(left)
    assert check(desk_of(register, Crew(hands=2))) == wanted


class Unreadable:
    """Files that may not be read."""

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Refuse."""
        raise UnreadableFileError(",".join(paths), reason="Permission denied")


@pytest.mark.parametrize("files", [Unreadable(), sharing.HeldTree({})], ids=["forbidden", "missing"])
def test_what_a_helper_cannot_read_it_leaves_to_others(files: Any) -> None:
    """A file that may not be read, or is not there, is no answer: who hands out says what is wrong with it."""
    answer = sharing.helper(YamlDocuments(), lambda _: files, {**ORDER, "folder": "/somewhere"})
    named = ["NM-2026-00000", [(REGULAR_FILE, "1", "records/2026/01/NM-2026-00000.yaml")]]
    assert answer([named]) == [None]


def test_a_helper_judges_what_was_listed_and_nothing_else(tmp_path: Path) -> None:
    """A file that was saved after it was listed is no answer either: its facts would be kept under another's name."""
    path = "records/2026/01/NM-2026-00000.yaml"
    content = b"a: [\n"
    named = [*(new_object("blob", content, object_format=kind).oid for kind in ("sha1", "sha256")), None]
    answer = sharing.helper(YamlDocuments(), lambda _: sharing.HeldTree({path: content}), {**ORDER, "folder": "/x"})
    for oid in named:
        assert answer([["NM-2026-00000", [(REGULAR_FILE, oid, path)]]]) != [None]
    answer = sharing.helper(YamlDocuments(), lambda _: sharing.HeldTree({path: b"saved"}), {**ORDER, "folder": "/x"})
    for oid in named[:2]:
        assert answer([["NM-2026-00000", [(REGULAR_FILE, oid, path)]]]) == [None]


def test_a_system_without_larger_pipes_has_helpers_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a pipe cannot be made larger, its helpers answer all the same."""
    monkeypatch.delattr(fcntl, "F_SETPIPE_SZ")
    assert list(Crew(hands=1).share(ORDER, [[None]], list)) == [[None]]


@pytest.mark.usefixtures("small_parts")
def test_a_record_with_large_files_is_read_where_it_lies(register: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too large to be handed over is not, and is found all the same."""
    wanted = check(desk_of(register, None), revision="HEAD")
    monkeypatch.setattr(sharing, "LARGEST", 4000)
    assert check(desk_of(register, Crew(hands=1)), revision="HEAD") == wanted


def test_a_held_tree_has_the_files_of_its_record() -> None:
    """A helper sees what it was handed over and nothing else."""
    tree = sharing.HeldTree({"a": b"1", "b": b"2"})
    assert tree.read("a") == b"1"
    assert tree.read("c") is None
    assert list(tree.read_many(["b", "c", "a"])) == [("b", b"2"), ("a", b"1")]
    assert [entry.path for entry in sharing.HeldTree({"b/c": b"2", "a": b"1"}).entries()] == ["a", "b/c"]
    assert [entry.path for entry in sharing.HeldTree({"b/c": b"2", "a": b"1"}).entries("b/")] == ["b/c"]


def test_helpers_read_as_this_process_does() -> None:
    """The answer to a part that cannot be handed over is nothing."""
    assert sharing.helper(YamlDocuments(), lambda _: sharing.HeldTree({}), ORDER)([None]) == [None]


def test_proofs_are_not_handed_over() -> None:
    """What only the history proves is not plain data: nobody else judges by it."""
    register = Register(instance="i", versions={}, proofs={"a": Proof()})
    assert sharing.order_of(register, sharing.HeldTree({}), date(2026, 11, 22)) is None


class TooLarge(sharing.HeldTree):
    """A tree whose files are larger than may be read."""

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Refuse."""
        raise BlobTooLargeError(",".join(paths), 2, 1)


def test_what_may_not_be_read_is_not_handed_over() -> None:
    """A record with a file that is too large to be read is left to who tells of it."""
    record = TreeEntry(mode=REGULAR_FILE, oid="1", path="records/2026/01/NM-2026-00000.yaml")
    folder = Folder(id="NM-2026-00000", record=record)
    assert list(sharing.found_together(Echo(), YamlDocuments(), {**ORDER}, TooLarge({}), [folder])) == [(folder, None)]


class Echo:
    """A crew that says what it was told."""

    def get_ready(self, work: str = "") -> None:
        """Be ready always."""

    def brief(self, order: Any) -> None:
        """Need no telling."""

    def share(
        self, order: Any, parts: Iterable[Any], alone: Callable[[Any], list[Any]], *, first: int = 2
    ) -> Iterator[list[Any]]:
        """Answer each part in this process."""
        assert first == 2
        assert order == ORDER
        yield from map(alone, parts)


def test_those_who_got_ready_are_the_ones_who_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that were started before there was anything to share are those that share it; no others are started."""
    crew = Crew(hands=2)
    crew.get_ready()
    ready = [hand._process.pid for hand in crew._ready]
    monkeypatch.setattr(crew_module, "_BEGIN", "raise ValueError")

    answers = crew.share(ORDER, [[None], [None]], list)

    assert list(answers) == [[None], [None]]
    assert len(ready) == 2
    assert crew._ready == []
    for pid in ready:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.parametrize("work", ["audit", "of nobody"])
def test_who_got_ready_for_something_else_helps_too(work: str) -> None:
    """What they imported early is a guess: they do what the order says."""
    crew = Crew(hands=1)
    crew.get_ready(work)
    assert list(crew.share(ORDER, [[None], [None]], doubled)) == [[None], [None]]


@pytest.mark.parametrize("other", [ORDER, {**ORDER, "today": "2026-11-23"}], ids=["the-same", "another"])
def test_those_who_were_briefed_do_what_is_asked_in_the_end(other: dict[str, Any]) -> None:
    """They are told once what to do; where something else is shared than they were told, others do it."""
    crew = Crew(hands=2)
    crew.brief({"nobody": "is there to hear it"})
    crew.get_ready()
    crew.brief(ORDER)
    crew.brief({"what": "comes later counts for nothing"})
    first = [hand._process.pid for hand in crew._ready]

    answers = crew.share(other, [[None], [None], [None]], list)
    used = [pid for pid in first if Path(f"/proc/{pid}").exists() and not _is_gone(pid)]

    assert list(answers) == [[None], [None], [None]]
    assert used == (first if other == ORDER else [])


def _is_gone(pid: int) -> bool:
    """Say whether a process has ended, and only its number is left."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"


def test_those_who_got_ready_for_nothing_end_with_the_program() -> None:
    """Where nothing is shared after all, their pipes end with the program, and they with them."""
    words = "from nearmiss.app.crew import Crew; crew = Crew(hands=2); crew.get_ready(); "
    words += "print(*(hand._process.pid for hand in crew._ready))"
    said = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True).stdout

    waits = time.monotonic() + 30
    left = [int(pid) for pid in said.split()]
    assert len(left) == 2
    while any(Path(f"/proc/{pid}").exists() for pid in left) and time.monotonic() < waits:
        time.sleep(0.05)
    assert not [pid for pid in left if Path(f"/proc/{pid}").exists()]


def test_help_is_called_early_only_where_all_is_to_be_read(register: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large register that was never checked wants help at once; a small one, and one that was checked, do not."""
    from nearmiss.app import glancing
    from nearmiss.app.opening import open_desk

    def begun(place: Path) -> int:
        crew = glancing.call_helpers(str(place))
        for hand in crew._ready if crew else ():  # type: ignore[attr-defined]  # our own crew
            hand.end()
        return len(crew._ready) if crew else 0  # type: ignore[attr-defined]  # as above

    monkeypatch.setattr(crew_module, "find_crew", lambda: Crew(hands=2))
    assert begun(register) == 0
    monkeypatch.setattr(glancing, "MANY_FILES", 1)
    assert begun(register / "records") == 2
    assert begun(register / ".git") == 0
    assert begun(register.parent) == 0
    monkeypatch.setattr(crew_module, "find_crew", lambda: None)
    assert begun(register) == 0
    monkeypatch.setattr(crew_module, "find_crew", lambda: Crew(hands=2))
    check(open_desk(register))
    assert begun(register) == 0


def test_helpers_that_have_begun_are_those_of_the_desk(register: Path) -> None:
    """A desk takes the helpers that it is given, and finds others only where it is given none."""
    from nearmiss.app.opening import open_desk

    crew = Crew(hands=1)
    assert open_desk(register, crew=crew).crew is crew
    assert open_desk(register).crew is not crew
