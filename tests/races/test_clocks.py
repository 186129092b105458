"""Clocks that jump, stand in another century or in an odd zone: nothing breaks, and what is told is right."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from nearmiss.app.opening import StoppedClock, SystemClock, open_desk
from nearmiss.engine.reporting import report_near_miss
from nearmiss.engine.time_and_chance import Clock
from nearmiss.vcs.repository import create_repository
from tests.cli.shell import Shell
from tests.engine.scene import Scene, SetClock, codes, identity_of, open_scene, walked_scene
from tests.races.yard import yard_at
from tests.vcs.worlds import World, stamp_of

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone(timedelta(hours=1)))


@dataclass
class FallingClock:
    """A clock that goes back by an hour whenever it is asked."""

    instant: datetime = NOON
    asked: int = field(default=0)

    def now(self) -> datetime:
        """Return an instant before that of the last time."""
        self.asked += 1
        return self.instant - timedelta(hours=self.asked)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[tuple[Scene, str]]:
    """Give a register with a record that is ready for its first step."""
    made, record = walked_scene(tmp_path, upto="reported")
    yield made, record
    made.close()


def shell_at(scene: Scene, clock: Clock) -> Shell:
    """Return a shell whose clock is another one than that of the scene."""
    return Shell(directory=scene.root, scene=replace(scene, clock=clock))  # type: ignore[arg-type]


UNUSABLE = {
    "the last second there is": datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(-timedelta(hours=11))),
    "the last second there is, far in the east": datetime(
        9999, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=14))
    ),
    "before 1970": datetime(1969, 12, 31, 23, tzinfo=UTC),
    "an empty battery": datetime(1970, 1, 1, 0, 3, tzinfo=UTC),
    "the first day there is": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
}
WRITERS = (
    ("m.okafor", "report", "--what-happened", "Box fell."),
    ("m.okafor", "report", "--anonymous", "--what-happened", "Box fell."),
    ("s.ito", "edit", "ID", "--set", "assessment.crew=Blue"),
    ("s.ito", "advance", "ID", "--transition", "reassess", "--because", "x"),
    ("r.meyer", "approve", "ID"),
    ("s.ito", "merge", "ID"),
)


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_clock_that_cannot_be_right_is_refused(scene: tuple[Scene, str], name: str) -> None:
    """A clock in another century stops every command that needs the time, in one sentence, and nothing is written."""
    register, record = scene
    register.advance("s.ito", record)
    before = register.snapshot()
    shell = shell_at(register, StoppedClock(UNUSABLE[name]))
    for who, *words in (*WRITERS, ("s.ito", "check"), ("s.ito", "list")):
        ended = shell.run(who, *(record if word == "ID" else word for word in words))
        assert ended.code == 1, (words, ended.said)
        year = UNUSABLE[name].year
        assert f"The clock of this machine says that it is the year {year}, which cannot be right." in ended.err, words
    assert register.snapshot() == before
    assert shell.run("s.ito", "history", record).code == 0


@pytest.mark.parametrize("year", [2026, 2038, 2099, 2190])
def test_a_record_goes_its_way_in_any_year_to_come(tmp_path: Path, year: int) -> None:
    """The second in which old counters run over, and any year after it, is like any other."""
    made, record = walked_scene(tmp_path, upto="reported")
    made.clock.instant = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert made.walk(upto="investigated", record=record) == record
    assert codes(made.check().findings) == set()
    assert made.git("log", "-1", "--format=%ad", "--date=format:%Y", "main") in {str(year), str(year + 1)}
    made.close()


def test_hours_back_between_any_two_commands_are_told_and_stop_nobody(scene: tuple[Scene, str]) -> None:
    """Commits dated before their parents are as good as others; whoever makes one is told that a clock is wrong."""
    register, record = scene
    register.clock.instant = NOON
    shell = Shell(directory=register.root, scene=register)
    commands = (
        ("m.okafor", "report", "--what-happened", "Box fell."),
        ("s.ito", "edit", record, "--set", "assessment.crew=Blue"),
        ("s.ito", "advance", record),
        ("r.meyer", "approve", record),
    )
    assert shell.run(*commands[0]).err == ""
    for who, *words in commands[1:]:
        register.clock.tick(hours=-1)
        before = register.clock.instant + timedelta(hours=1)
        ended = shell.run(who, *words)
        assert ended.code == 0, ended.said
        assert f"Your clock says {register.clock.instant:%Y-%m-%d %H:%M %z}, but the change before" in ended.err, words
        assert f"was made at {before:%Y-%m-%d %H:%M %z}" in ended.err
    assert register.merge("s.ito", record).state == "investigated"
    assert register.state(record) == "investigated"
    assert codes(register.check().findings) == set()


def test_clocks_that_differ_by_minutes_are_no_news(scene: tuple[Scene, str]) -> None:
    """Two machines never agree to the second; as much as the settings allow is not worth a word."""
    register, record = scene
    register.clock.instant = NOON
    shell = Shell(directory=register.root, scene=register)
    assert shell.run("s.ito", "edit", record, "--set", "assessment.crew=Blue").err == ""
    register.clock.tick(minutes=-2)
    assert shell.run("s.ito", "edit", record, "--set", "assessment.crew=Red").err == ""


def test_a_sign_off_from_days_before_its_predecessor_is_refused(scene: tuple[Scene, str]) -> None:
    """A signer whose clock is days behind the step before is told both dates, and nothing is written."""
    register, record = scene
    register.walk(record=record, upto="investigated")
    register.advance("s.ito", record)
    register.clock.tick(days=-3)
    # The report and the assessment lie in the future by that clock too; only the sign-off's own date is looked at here.
    before = register.snapshot()
    ended = Shell(directory=register.root, scene=register).run("r.meyer", "approve", record)
    assert ended.code == 1
    said = register.sign_offs(record)[0]
    assert "Nothing was written." in ended.err
    assert "the clock here says 2026-11-19" in ended.err, (said, ended.err)
    assert register.snapshot() == before
    register.clock.tick(days=3)
    assert register.approve("r.meyer", record).verdict == "pass"


def test_a_day_back_is_told_with_both_dates(scene: tuple[Scene, str]) -> None:
    """A step signed on the day before the step that it follows is refused, with the dates of both."""
    register, record = scene
    register.walk(record=record, upto="investigated")
    last = register.dossier(record).sign_offs[0].statement["at"]
    register.advance("s.ito", record)
    register.clock.tick(days=-1)
    ended = Shell(directory=register.root, scene=register).run("r.meyer", "approve", record)
    assert ended.code == 1
    assert "[date-backwards]" in ended.err
    now = f"{register.clock.instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    assert f"it is dated {now}, but the step that it follows was signed at {last}" in ended.err


def test_whoever_merges_with_a_clock_behind_is_told_what_it_says(scene: tuple[Scene, str]) -> None:
    """A sign-off from what is the future here is not merged; the sentence names both times."""
    register, record = scene
    register.advance("s.ito", record)
    register.clock.tick(hours=5)
    register.approve("r.meyer", record)
    register.clock.tick(hours=-5)
    before = register.snapshot()
    ended = Shell(directory=register.root, scene=register).run("s.ito", "merge", record)
    assert ended.code == 1
    assert "which has not come yet: the clock here says 2026-11-22T07:00:00Z" in ended.err
    assert register.snapshot() == before
    register.clock.tick(hours=5)
    assert register.merge("s.ito", record).state == "investigated"


def test_a_check_by_a_clock_of_last_month_blames_the_clock_too(scene: tuple[Scene, str]) -> None:
    """Dates can only refuse; where the machine's clock is behind, the finding says what it says."""
    register, _ = scene
    register.clock.tick(days=-30)
    found = [finding for finding in register.check().findings if finding.code == "date-in-future"]
    assert found
    assert {finding.hint for finding in found} == {"mend the date, or the clock"}
    assert all("the clock here says 2026-10-23" in finding.message for finding in found)
    register.clock.tick(days=30)
    assert codes(register.check().findings) == set()


def test_a_clock_that_falls_while_a_command_works(scene: tuple[Scene, str]) -> None:
    """However often a command asks for the time, and whatever it is told, the register stays sound."""
    register, record = scene
    for who, *words in (
        ("m.okafor", "report", "--what-happened", "Box fell."),
        ("s.ito", "edit", record, "--set", "assessment.crew=Blue"),
        ("s.ito", "advance", record),
    ):
        ended = shell_at(register, FallingClock()).run(who, *words)
        assert ended.code == 0, ended.said
    before = register.snapshot()
    ended = shell_at(register, FallingClock()).run("r.meyer", "approve", record)
    assert "which has not come yet: the clock here says" in ended.err
    assert register.snapshot() == before
    register.clock.instant = NOON
    register.approve("r.meyer", record)
    assert register.merge("s.ito", record).state == "investigated"
    assert codes(register.check().findings) == set()


def test_the_hour_that_comes_twice_is_two_hours(tmp_path: Path) -> None:
    """When clocks are put back in autumn, the two halves past two are told apart by their offsets."""
    made, _ = walked_scene(tmp_path, upto="reported")
    made.clock.instant = datetime(2027, 10, 31, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    first = made.report()
    made.clock.instant = made.clock.instant.replace(fold=1)
    second = made.report()
    offsets = [made.git("log", "-1", "--format=%ai", one.commit) for one in (first, second)]
    assert offsets == ["2027-10-31 02:30:00 +0200", "2027-10-31 02:30:00 +0100"]
    assert codes(made.check().findings) == set()
    made.close()


@pytest.mark.parametrize("hours", [-12, 14])
def test_a_report_around_midnight_is_dated_where_it_is_made(tmp_path: Path, hours: int) -> None:
    """The day of a report is the reporter's own, and colleagues on the other side of the earth find it sound."""
    made, _ = walked_scene(tmp_path, upto="reported")
    zone = timezone(timedelta(hours=hours))
    made.clock.instant = datetime(2026, 12, 31, 23, 59, 59, tzinfo=zone)
    reported = made.report()
    assert reported.path.startswith("records/2026/12/NM-2026-")
    for other in (-12, 0, 14):
        made.clock.instant = made.clock.instant.astimezone(timezone(timedelta(hours=other)))
        assert codes(made.check().findings) == set()
    made.clock.instant = datetime(2027, 1, 1, 0, 0, 0, tzinfo=zone)
    assert made.report().path.startswith("records/2027/01/NM-2027-")
    made.close()


@pytest.mark.parametrize("name", ["AAA+24", "<+99>-99", "AAA+167:59:59", ":nonsense", "", "AAA0BBB,M99.9.9"])
def test_a_time_zone_that_is_none_is_passed_over(tmp_path: Path, name: str) -> None:
    """Whatever the variable TZ holds, a report is made; an offset that no zone has counts as none."""
    yard, _ = yard_at(tmp_path)
    yard.variables = {"TZ": name}
    ended = yard.fine("m.okafor", "report", "--what-happened", "A box fell.", "--json")
    assert yard.git("log", "-1", "--format=%ad", "--date=format:%z", ended.data["commit"]) == "+0000"


def test_the_clock_of_the_machine_has_an_offset() -> None:
    """An instant without its offset could not be compared with another."""
    assert SystemClock().now().utcoffset() is not None


LEAP = "2026-12-31T23:59:60Z"


def test_a_leap_second_is_no_time_of_ours(scene: tuple[Scene, str]) -> None:
    """A sixty-first second in a sign-off is a finding with its file, whatever wrote it there."""
    register, record = scene
    register.clock.to("2027-01-02")
    register.walk(record=record, upto="investigated")
    [path] = [path for path in register.git("ls-files").split("\n") if "/sign-offs/01" in path]
    text = (register.root / path).read_text(encoding="utf-8")
    at = register.dossier(record).sign_offs[0].statement["at"]
    (register.root / path).write_text(text.replace(at, LEAP), encoding="utf-8")
    found = [finding for finding in register.check().findings if finding.path == path]
    assert found
    assert all(finding.severity == "error" for finding in found)


def test_a_leap_second_in_a_report_is_refused(scene: tuple[Scene, str]) -> None:
    """A time of day has hours and minutes."""
    register, _ = scene
    shell = Shell(directory=register.root, scene=register)
    ended = shell.run("m.okafor", "report", "--what-happened", "Box fell.", "--at", "23:59:60")
    assert ended.code == 1
    assert "occurred_at" in ended.err


def test_drafts_of_one_second_have_branches_of_their_own(tmp_path: Path) -> None:
    """Where drafts go through requests, two in one second, or a clock that comes by again, do not collide."""
    made, record = walked_scene(tmp_path, upto="reported")
    settings = {"workflow/policy/settings.yaml": made.revised("workflow/policy/settings.yaml", {"drafts": "request"})}
    made.change_policy("o.haddad", settings)
    branches = [made.draft("s.ito", record, {"assessment.crew": crew}).branch for crew in ("Blue", "Red", "Green")]
    assert branches[1:] == [f"{branches[0]}-2", f"{branches[0]}-3"]
    made.close()


def test_a_range_ends_where_it_should_whatever_the_dates_say(tmp_path: Path) -> None:
    """Git looks for the end of a range by dates; a clock that was ahead once must not let old commits into it."""
    with create_repository(tmp_path / "register") as repository:
        world = World(repository=repository, root=tmp_path / "register")
        for day in range(3):
            world.commit(
                {"a": b"%d" % day}, stamp=stamp_of("A", "a@example.org", datetime(2031, 1, 1 + day, tzinfo=UTC))
            )
        parted = repository.resolve("main")
        mended = [stamp_of("A", "a@example.org", datetime(2026, 1, 1 + day, tzinfo=UTC)) for day in range(20)]
        for number, stamp in enumerate(mended):
            world.commit({"b": b"%d" % number}, stamp=stamp)
        repository.commit(
            branch="topic", expected=None, parents=[parted], files={"c": b"1"}, message="x",
            author=mended[0], committer=mended[0],
        )  # fmt: skip
        found = [commit.message for commit in repository.commits(["topic"], without=["main"])]
        assert found == ["x"]


def test_a_clock_that_cannot_be_right_is_noticed_in_process(tmp_path: Path) -> None:
    """Whoever opens a register with a clock of their own is held to the same."""
    made, _ = walked_scene(tmp_path, upto="reported")
    made.close()
    told: list[str] = []
    clock = StoppedClock(NOON - timedelta(hours=30))
    desk = open_desk(made.root, clock=clock, identity=identity_of("m.okafor"), notice=told.append)
    report_near_miss(desk, {"what_happened": "A box fell."}, mode="named")
    desk.repository.close()  # type: ignore[attr-defined]
    assert [sentence[:17] for sentence in told] == ["Your clock says 2"]


@pytest.mark.skipif(not shutil.which("faketime"), reason="the program faketime is not installed; apt install faketime")
def test_the_machines_own_clock_jumps_back(tmp_path: Path) -> None:
    """The same as a process, with the clock of the whole machine turned: it is told, and the report stands."""
    yard, _ = yard_at(tmp_path)
    for day, told in (("2027-03-01", False), ("2027-02-01", True)):
        words = ["-C", str(yard.root), "report", "--what-happened", "Box fell."]
        done = subprocess.run(
            ["faketime", f"{day} 08:00:00", sys.executable, "-m", "nearmiss", *words],
            env=yard.environment("m.okafor"), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert (f"Your clock says {day} 08:00" in done.stderr) == told
        assert "Reported as NM-2027-" in done.stdout
    scene = open_scene(yard.root, clock=SetClock(datetime(2027, 3, 2, tzinfo=UTC)))
    assert codes(scene.check().findings) == set()
    scene.close()
