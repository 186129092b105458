"""Files are made clean in other processes, of which none takes more time, memory or room than it is given."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest

from nearmiss.engine.cleaning import Clean, UnfitFileError
from nearmiss.media import workshop as module
from nearmiss.media.cleaning import MediaCleaner
from nearmiss.media.workbench import MEMORY, answer_to, read_message, write_message
from nearmiss.media.workshop import Workshop
from tests.media import planted
from tests.media.costly import costly

TYPES = ("jpg", "png", "webp", "pdf", "txt", "csv")
LARGEST = 10_000_000

proc = pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="there is no /proc to look into")


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    """Return a workshop of one process, which is not patient."""
    made = Workshop(hands=1, within=3)
    yield made
    made.close()


def clean(workshop: Workshop, content: bytes, name: str = "1") -> Clean:
    """Have a file made clean."""
    return workshop.clean(name, content, largest=LARGEST, types=TYPES)


def reason(workshop: Workshop, content: bytes) -> str:
    """Return the reason for which a file is not taken; nothing where it is."""
    try:
        clean(workshop, content)
    except UnfitFileError as error:
        return error.reason
    return ""


def child_of(workshop: Workshop) -> int:
    """Return the process of a workshop that has one."""
    return workshop._hands[0].start().pid


@pytest.mark.parametrize("ending", planted.TELLING)
def test_what_is_made_elsewhere_is_what_is_made_here(workshop: Workshop, ending: str) -> None:
    """Content, ending and what was taken out are the same as without a process in between."""
    told = planted.TELLING[ending]()

    made = clean(workshop, told)

    assert made == MediaCleaner().clean("1", told, largest=LARGEST, types=TYPES)
    assert workshop.traces(told) == made.removed
    assert workshop.traces(made.content) == ()


def test_a_refusal_comes_through(workshop: Workshop) -> None:
    """The reason is the same as without a process in between, and the name tells a table as ever."""
    assert reason(workshop, planted.locked()) == "locked"
    assert reason(workshop, planted.office()) == "office"
    assert clean(workshop, b"a,b\n", "1.csv").ending == "csv"


def test_a_file_that_takes_too_long_is_given_up(workshop: Workshop) -> None:
    """After its time the process is ended; those who wait meanwhile lose nothing, and each gets their own file back."""
    workshop.open()
    clean(workshop, b"so that it has begun")
    before = child_of(workshop)
    photos = [planted.saved(planted.pixels(size=(40 + number, 40)), format="PNG") for number in range(4)]
    with ThreadPoolExecutor(5) as senders:
        began = time.monotonic()
        given_up = senders.submit(reason, workshop, costly())
        time.sleep(0.2)
        made = [senders.submit(clean, workshop, photo) for photo in photos]
        assert given_up.result() == "too-costly"
        took = time.monotonic() - began
        contents = [one.result().content for one in made]

    assert 2.9 < took < 12
    assert contents == [MediaCleaner().clean("1", one, largest=LARGEST, types=TYPES).content for one in photos]
    assert child_of(workshop) != before


def test_papers_leave_a_process_to_photos() -> None:
    """While a paper that costs much is looked at, and others wait behind it, a photo is made clean at once."""
    workshop = Workshop(hands=2, within=8)
    workshop.open()
    for _ in range(2):
        clean(workshop, planted.png())
    with ThreadPoolExecutor(3) as senders:
        papers = [senders.submit(reason, workshop, costly()) for _ in range(3)]
        time.sleep(0.2)
        assert clean(workshop, planted.png()).ending == "png"
        assert not any(paper.done() for paper in papers)
        workshop.close()
        assert {paper.result() for paper in papers} == {"no-cleaner"}


def test_who_would_wait_too_long_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind so many papers one more is not even begun, nor one whose turn does not come in time."""
    monkeypatch.setattr(module, "MOST_PAPERS", 2)
    workshop = Workshop(hands=1, within=4, waits=1.5)
    workshop.open()
    clean(workshop, b"so that it has begun")
    with ThreadPoolExecutor(3) as senders:
        first = senders.submit(reason, workshop, costly())
        time.sleep(0.2)
        second = senders.submit(reason, workshop, b"some text")
        time.sleep(0.1)
        began = time.monotonic()
        assert reason(workshop, b"some text") == "busy"
        assert time.monotonic() - began < 1.2
        assert reason(workshop, planted.png()) == "busy"
        assert (first.result(), second.result()) == ("too-costly", "busy")
    workshop.close()


def test_a_process_that_was_ended_while_it_rested_costs_nobody_their_file(workshop: Workshop) -> None:
    """Whoever ends it, such as the system for want of memory: the next file goes to another one."""
    clean(workshop, planted.png())
    os.kill(child_of(workshop), signal.SIGKILL)

    assert clean(workshop, planted.png()).ending == "png"


def test_a_file_that_ends_every_process_is_broken(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is tried twice, not for ever, and the next file is taken as before."""
    asked = module._asked
    monkeypatch.setattr(module, "_asked", lambda process, _told, _content: process.kill())
    assert reason(workshop, planted.png()) == "broken"
    monkeypatch.setattr(module, "_asked", asked)

    assert reason(workshop, planted.png()) == ""


def test_where_no_process_begins_a_report_goes_without_its_file(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing breaks: the file is refused in words."""
    monkeypatch.setattr(module, "_BEGIN", "{path!r}")

    assert reason(workshop, planted.png()) == "no-cleaner"


@proc
def test_the_process_is_bounded_and_knows_no_secret(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a bound of memory, writes no file, leaves no image of itself, and sees no password of the environment."""
    monkeypatch.setenv("NEARMISS_SMTP_PASSWORD", planted.WORD)
    clean(workshop, planted.jpeg(), f"{planted.WORD}.jpg")

    told = Path(f"/proc/{child_of(workshop)}")
    limits = dict(line.rsplit(None, 3)[0:2] for line in told.joinpath("limits").read_text().splitlines()[1:-2])
    assert limits["Max file size"] == "0"
    assert limits["Max core file size"] == "0"
    assert int(limits["Max address space"]) == MEMORY
    for where in ("cmdline", "environ"):
        assert planted.PLANTED not in told.joinpath(where).read_bytes()


@proc
def test_none_outlives_the_program(tmp_path: Path) -> None:
    """However the program ends, its processes end as well, also in the middle of a file."""
    (tmp_path / "costly.pdf").write_bytes(costly())
    program = """
        import os, pathlib, sys, threading, time
        from nearmiss.media.workshop import Workshop
        workshop = Workshop(hands=2, within=1)
        workshop.open()
        workshop.clean("1", b"words", largest=99, types=("txt",))
        costly = pathlib.Path(sys.argv[1]).read_bytes()
        hand = lambda: workshop.clean("1", costly, largest=99_000_000, types=("pdf",))
        threading.Thread(target=hand, daemon=True).start()
        time.sleep(0.4)
        print(*(hand.start().pid for hand in workshop._hands), flush=True)
        os._exit(1)
    """
    words = [sys.executable, "-c", textwrap.dedent(program), str(tmp_path / "costly.pdf")]
    said = subprocess.run(words, capture_output=True, text=True, check=False, env={**os.environ}).stdout

    left = [Path(f"/proc/{pid}") for pid in said.split()]
    assert len(left) == 2
    until = time.monotonic() + 20
    while any(one.exists() and " Z " not in (one / "stat").read_text() for one in left):
        assert time.monotonic() < until
        time.sleep(0.1)


def test_what_goes_through_the_pipe_comes_out_of_it() -> None:
    """A message is what was told and the bytes of a file, whatever they are."""
    pipe = BytesIO()
    write_message(pipe, {"name": "ü", "types": ["jpg"]}, b"\x00\xff" * 1000)
    pipe.seek(0)

    assert read_message(pipe) == ({"name": "ü", "types": ["jpg"]}, b"\x00\xff" * 1000)
    with pytest.raises(EOFError):
        read_message(pipe)


def test_no_memory_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the bound of memory is reached, the file costs too much; the process goes on."""

    def swell(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(MediaCleaner, "clean", swell)
    asked = {"name": "1", "largest": 1, "types": ["jpg"], "seconds": 1.0}

    assert answer_to(asked, b"") == ({"reason": "too-costly"}, b"")
