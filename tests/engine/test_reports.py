"""Reports: in a minute, by anybody, without a trace of who did not want one."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from nearmiss.engine.cleaning import UnfitFileError
from nearmiss.engine.errors import (
    DetachedHeadError,
    IdsExhaustedError,
    IdTakenError,
    NobodyError,
    NoMainBranchError,
    RefusedError,
    StrangerError,
)
from nearmiss.engine.reporting import report_near_miss, title_of
from nearmiss.media.cleaning import MediaCleaner
from nearmiss.models.ids import folder_of
from tests.engine.scene import WHAT_HAPPENED, Scene, codes
from tests.media.planted import PLANTED, jpeg, packed, paper

SETTINGS = "workflow/policy/settings.yaml"


def everything_in(folder: Path) -> bytes:
    """Return all that git keeps: every object inflated, every reference, log and file of its own, and the names."""
    contents = []
    for path in sorted(folder.rglob("*")):
        contents.append(path.name.encode())
        if path.is_file():
            raw = path.read_bytes()
            contents.append(zlib.decompress(raw) if path.parent.parent.name == "objects" and raw[:1] == b"x" else raw)
    return b"\n".join(contents)


def test_five_answers_make_a_record_on_main(scene: Scene) -> None:
    """A report is committed at once, under the reporter's name, with a title made from its first words."""
    made = scene.report("m.okafor", location="dock-3", group="employee", suggestion="", immediate_action="")
    data = scene.data(made.id)
    assert data == {
        "schema": 1,
        "id": made.id,
        "title": "The trailer crept away from the dock while I was half inside",
        "state": "reported",
        "report": {
            "reported_on": "2026-11-22",
            "what_happened": WHAT_HAPPENED,
            "made_safe": "yes",
            "site": "plant-2",
            "process_area": "shipping",
            "location": "dock-3",
            "reporter": {"mode": "named", "person": "m.okafor", "group": "employee"},
        },
    }
    assert (made.branch, made.commit, made.call, made.notes) == ("main", scene.rev("main"), "", ())
    assert scene.git("log", "-1", "--format=%an <%ae> %ai %s") == (
        f"M Okafor <m.okafor@example.org> 2026-11-22 08:00:00 +0100 {made.id}: report a near miss"
    )
    assert (scene.check().findings, scene.git("status", "--porcelain")) == ((), "")


def test_what_is_not_safe_says_whom_to_call(scene: Scene) -> None:
    """If it is not safe now, the first thing to know is the number to call."""
    assert "supervisor" in scene.report(made_safe="no").call


@pytest.mark.parametrize("mode", ["anonymous", "confidential"])
def test_no_trace_of_who_reported_is_left_anywhere_in_git(scene: Scene, mode: str) -> None:
    """No name, address, host, time of day or time zone: not in an object, a reference, a log or a file of git's own."""
    zone = timezone(timedelta(hours=5, minutes=45))
    scene.clock.instant = datetime(2026, 11, 22, 23, 17, 43, tzinfo=zone)
    before = everything_in(scene.root / ".git")
    made = scene.report("z.whistler", mode=mode, occurred_at="23:05", reported_on="2026-11-22")
    after = everything_in(scene.root / ".git")
    traces = [b"whistler", b"Whistler", b"23:05", b"23:17", b"+0545", os.uname().nodename.encode()]
    traces += [str(int(scene.clock.instant.timestamp()) + skew).encode() for skew in (-1, 0, 1)]
    for trace in traces:
        assert after.count(trace) == before.count(trace), trace
    shown = scene.git("log", "-1", "--format=%an|%ae|%ad|%cn|%ce|%cd|%G?", "--date=iso")
    nobody = "Anonymous|anonymous@nearmiss.invalid|2026-11-22 00:00:00 +0000"
    assert shown == f"{nobody}|{nobody}|N"
    assert scene.git("reflog", "-1", "--date=iso", "--format=%gn %ge %gd") == (
        "Anonymous anonymous@nearmiss.invalid main@{2026-11-22 00:00:00 +0000}"
    ) or "Anonymous" in scene.git("reflog", "-1", "--format=%gn")
    report = scene.data(made.id)["report"]
    assert report["reporter"] == {"mode": mode}
    assert report["reported_on"] == ("2026-11" if mode == "anonymous" else "2026-11-22")
    assert made.notes
    assert scene.check().findings == ()


def test_a_named_report_does_leave_its_trace(scene: Scene) -> None:
    """The twin of the proof above: the same search does find a person who gave their name."""
    before = everything_in(scene.root / ".git")
    scene.clock.instant = scene.clock.instant.astimezone(timezone(timedelta(hours=5, minutes=45)))
    scene.report("m.okafor", occurred_at="07:45")
    after = everything_in(scene.root / ".git")
    for trace in (b"m.okafor", b"07:45", b"+0545"):
        assert after.count(trace) > before.count(trace)


def test_who_git_does_not_know_may_report_anonymously_and_not_by_name(scene: Scene) -> None:
    """A name needs an identity that is on the list; none is needed to report without one."""
    assert scene.report("", mode="anonymous").id
    before = scene.snapshot()
    with pytest.raises(NobodyError):
        scene.report("", mode="named")
    with pytest.raises(StrangerError):
        scene.report("x@elsewhere.example", mode="named")
    assert scene.snapshot() == before


def test_answers_that_cannot_be_taken_are_all_named_and_nothing_is_written(scene: Scene) -> None:
    """Every finding at once: an unknown term, a date to come, a word for safe that is none."""
    before = scene.snapshot()
    with pytest.raises(RefusedError) as refused:
        scene.report(site="moon", made_safe="perhaps", location="nowhere")
    assert codes(refused.value.findings) == {"unknown-term", "bad-value"}
    assert len(refused.value.findings) == 3
    with pytest.raises(RefusedError) as refused:
        scene.report(occurred_on="2027-01-01")
    assert codes(refused.value.findings) == {"date-in-future"}
    with pytest.raises(RefusedError):
        scene.report(what_happened="")
    assert scene.snapshot() == before


def test_an_id_is_drawn_again_while_it_is_known_anywhere(scene: Scene, tmp_path: Path) -> None:
    """Taken on main, claimed by a branch here, on a fetched main or by a fetched branch: redrawn, whatever the case."""
    there = tmp_path / "remote.git"
    scene.git("init", "-q", "--bare", str(there))
    scene.git("remote", "add", "origin", str(there))
    scene.chance.texts = ["AAAAA"]
    scene.report()
    local = scene.rev("main")
    scene.chance.texts = ["BBBBB"]
    scene.report()
    scene.git("push", "-q", "origin", "main", "main:near-miss/nm-2026-ccccc/00-report")
    scene.git("fetch", "-q", "origin")
    scene.git("reset", "-q", "--hard", local)
    scene.git("branch", "near-miss/NM-2026-DDDDD/01-investigate")
    scene.commit_files({"records/2026/11/nm-2026-eeeee.yaml": "a: 1\n"}, branch="main")
    scene.chance.texts = ["AAAAA", "BBBBB", "CCCCC", "DDDDD", "EEEEE", "FFFFF"]
    assert scene.report().id == "NM-2026-FFFFF"


def test_an_id_that_is_asked_for_must_be_free(scene: Scene) -> None:
    """A report never lands on another record."""
    desk, answers = scene.desk("m.okafor"), {"what_happened": WHAT_HAPPENED}
    assert report_near_miss(desk, answers, mode="named", record_id="NM-2026-ZZZZZ").id == "NM-2026-ZZZZZ"
    before = scene.snapshot()
    with pytest.raises(IdTakenError):
        report_near_miss(desk, answers, mode="named", record_id="NM-2026-ZZZZZ")
    assert scene.snapshot() == before


def test_draws_that_never_end_are_given_up(scene: Scene) -> None:
    """A source of randomness that is broken is a fault that is said, not a loop."""
    scene.chance.texts = ["AAAAA"] * 200
    scene.report()
    with pytest.raises(IdsExhaustedError):
        scene.report()


def test_reports_go_through_requests_where_settings_say_so(scene: Scene) -> None:
    """Then a report is a branch that passes the gate unsigned, and main has it once it is merged."""
    scene.change_policy("o.haddad", {SETTINGS: scene.revised(SETTINGS, {"reports": "request"})})
    main = scene.rev("main")
    made = scene.report("", mode="anonymous")
    assert made.branch == f"near-miss/{made.id}/00-report"
    assert scene.rev("main") == main
    assert scene.gate(made.branch).verdict == "pass"
    scene.git("checkout", "-q", made.branch)
    assert scene.check().verdict == "pass"
    scene.git("checkout", "-q", "main")
    merged = scene.merge("r.meyer", made.id)
    assert (merged.state, scene.state(made.id)) == ("", "reported")


def test_a_report_needs_a_branch_to_stand_on(scene: Scene) -> None:
    """From a detached HEAD nothing is written; a main branch that is missing is said."""
    scene.git("checkout", "-q", "--detach")
    before = scene.snapshot()
    with pytest.raises(DetachedHeadError):
        scene.report()
    assert scene.snapshot() == before
    scene.git("checkout", "-q", "-b", "elsewhere")
    scene.git("branch", "-D", "main")
    with pytest.raises(NoMainBranchError):
        scene.report()


def test_a_report_from_another_branch_goes_to_main_and_leaves_the_checkout_alone(scene: Scene) -> None:
    """Whatever is checked out, a report lands on main."""
    scene.git("checkout", "-q", "-b", "elsewhere")
    made = scene.report()
    assert (made.branch, scene.state(made.id)) == ("main", "reported")
    assert scene.git("rev-parse", "--abbrev-ref", "HEAD") == "elsewhere"
    assert scene.git("status", "--porcelain") == ""
    assert not (scene.root / made.path).exists()


@pytest.mark.parametrize(
    "words, title",
    [
        ("It fell. Nobody was there.", "It fell"),
        ("It fell\nfrom the rack", "It fell"),
        ("It fell… and 2.5 m deep!", "It fell… and 2.5 m deep!"),
        (" " + "word " * 40, " ".join(["word"] * 15) + "…"),
        ("x" * 100, "x" * 79 + "…"),
    ],
)
def test_a_title_is_made_of_the_first_words(words: str, title: str) -> None:
    """Cut at a sentence, else at a word, and never longer than a line."""
    assert title_of(words) == title


def test_a_report_can_carry_files(scene: Scene) -> None:
    """A picture is listed with its digest; one of a kind that may not be attached is refused."""
    desk, answers = scene.desk("m.okafor"), {"what_happened": WHAT_HAPPENED}
    made = report_near_miss(desk, answers, mode="named", files={"dock.jpg": b"jpg"})
    assert scene.data(made.id)["report"]["attachments"][0]["file"] == "dock.jpg"
    assert scene.check().findings == ()
    before = scene.snapshot()
    with pytest.raises(RefusedError) as refused:
        report_near_miss(desk, answers, mode="named", files={"run.exe": b"MZ"})
    assert codes(refused.value.findings) == {"attachment-type"}
    assert scene.snapshot() == before
    anonymous = report_near_miss(desk, answers, mode="anonymous", files={"dock.jpg": jpeg()})
    assert any("EXIF (camera, time, place)" in note for note in anonymous.notes)


def test_the_register_of_a_preset_takes_reports_at_once(scene_of: Callable[[str], Scene]) -> None:
    """Also where drafts go through requests, a report needs nobody."""
    assert scene_of("regulated").report().branch == "main"


@pytest.mark.parametrize("mode", ["anonymous", "confidential"])
def test_files_of_a_report_without_a_name_are_made_anew(scene: Scene, mode: str) -> None:
    """The name of a file can tell whose it is, and so can its metadata: without a name, neither is kept."""
    files = {"mary.okafor-selfie.txt": jpeg(), "okafor.txt": b"2\r\n", "mary": paper()}
    before = everything_in(scene.root / ".git")
    answers = {"what_happened": WHAT_HAPPENED, "made_safe": "yes"}

    with pytest.raises(UnfitFileError) as refused:
        report_near_miss(scene.desk("m.okafor"), answers, mode=mode, files={**files, "mary.zip": packed()})
    assert refused.value.message == "File 4 is a packed folder."
    with pytest.raises(UnfitFileError, match="free of names"):
        report_near_miss(replace(scene.desk("m.okafor"), cleaner=None), answers, mode=mode, files=files)
    assert everything_in(scene.root / ".git") == before
    made = report_near_miss(scene.desk("m.okafor"), answers, mode=mode, files=files)

    listed = scene.data(made.id)["report"]["attachments"]
    assert [entry["file"] for entry in listed] == ["attachment-1.jpg", "attachment-2.txt", "attachment-3.pdf"]
    assert scene.blob(f"{folder_of(made.path)}attachments/attachment-2.txt") == b"2\n"
    for entry in listed:
        content = scene.blob(f"{folder_of(made.path)}attachments/{entry['file']}")
        assert PLANTED not in content
        assert MediaCleaner().traces(content) == ()
    after = everything_in(scene.root / ".git")
    assert after.count(b"selfie") == before.count(b"selfie") == 0
    assert scene.check().findings == ()
