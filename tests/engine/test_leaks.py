"""`leaks`: every kind of trace is found where it was planted, its twin is clean, and so is what the program does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nearmiss.app.leaks import find_leaks
from nearmiss.engine.leaks.commits import parse_commit
from nearmiss.engine.leaks.searching import Searched
from nearmiss.engine.ports import Identity
from nearmiss.policy.findings import Severity
from tests.engine.fast_import import Import
from tests.engine.leak_plants import OWN, TRACES, bring, raw, report, set_to, somebody
from tests.engine.scene import Scene
from tests.media import planted
from tests.pace import soon


def search(scene: Scene, *, history: bool = True) -> Searched:
    """Look for traces in a register."""
    return find_leaks(scene.desk("o.haddad"), scene.root, history=history)


def told(searched: Searched) -> set[str]:
    """Return the codes of what was found."""
    return {finding.code for finding in searched.findings}


@pytest.mark.parametrize("name", TRACES)
def test_a_planted_trace_is_found(scene: Scene, name: str) -> None:
    """Each kind of trace is found by its code, with a place, a sentence and a way on."""
    trace = TRACES[name]
    trace.plant(scene)

    found = [finding for finding in search(scene).findings if finding.code == trace.code]

    assert found
    assert all(finding.path and finding.message and finding.hint for finding in found)


@pytest.mark.parametrize("name", TRACES)
def test_its_twin_is_clean(scene: Scene, name: str) -> None:
    """What is alike but no trace is not accused."""
    TRACES[name].twin(scene)

    searched = search(scene)

    assert TRACES[name].code not in told(searched)
    assert searched.is_clean


def test_what_the_program_reports_is_clean(scene: Scene) -> None:
    """Reports without a name, made by the program with photos full of metadata, leave nothing to be found."""
    named = scene.report("m.okafor").id
    for mode in ("anonymous", "confidential"):
        report(scene, mode=mode, files={"mary.jpg": planted.jpeg(), "x": planted.paper()})
    scene.draft("i.garcia", named, {"assessment": {"decision": "near-miss"}})

    searched = search(scene)

    assert searched.findings == ()
    assert searched.reports == 2
    assert searched.commits > 3
    assert search(scene, history=False).findings == ()


def test_without_history_only_what_is_in_force_is_looked_at(scene: Scene) -> None:
    """The quick look judges the records of the main branch, references and settings; not how they came there."""
    bring(scene, raw(report={"occurred_at": "14:20"}), who=somebody(scene))
    set_to("user.name=Mary")(scene)

    assert told(search(scene, history=False)) == {"leak-time", "leak-config"}
    assert told(search(scene)) >= {"leak-time", "leak-config", "leak-author", "leak-date"}


def test_an_empty_register_is_clean(scene: Scene) -> None:
    """Where nobody reported yet, there is nobody to tell of; named reports are their reporters' own."""
    assert search(scene).findings == ()
    scene.report("m.okafor")
    assert search(scene).findings == ()


def test_what_is_only_to_be_looked_at_does_not_refuse(scene: Scene) -> None:
    """A phone number in the words is a warning; an address of the team is an error."""
    bring(scene, raw(report={"suggestion": "Call +49 151 2345 6789"}))
    searched = search(scene)
    assert {finding.severity for finding in searched.findings} == {Severity.WARNING}
    assert searched.is_clean


def test_purging_as_told_makes_it_clean(scene: Scene) -> None:
    """Doing what the hint says is the end of it: after reflogs expired and objects are gone, nothing is found."""
    TRACES["amended"].plant(scene)
    assert not search(scene).is_clean

    scene.git("reflog", "expire", "--expire=now", "--all")
    scene.git("gc", "--quiet", "--prune=now")

    assert search(scene).findings == ()


def test_a_merge_only_takes_over(scene: Scene) -> None:
    """Whoever merges a report that nobody wrote is not its reporter; one who puts it into the merge itself is."""
    made = bring(scene, branch="aside")
    scene.commit_files({"site/docs/x.md": "x"}, branch="main")
    scene.git("checkout", "-q", "main")
    scene.git("reset", "-q", "--hard")
    scene.git("merge", "-q", "--no-ff", "-m", "Merge", made, who="s.ito")
    assert search(scene).is_clean


def test_an_evil_merge_is_found(scene: Scene) -> None:
    """A record that only a merge brings was brought by whoever merged."""
    side = scene.commit_files({"site/docs/x.md": "x"}, branch="aside")
    path = f"records/2026/11/{OWN}.yaml"
    scene.commit_files({path: raw()}, branch="main", who="m.okafor", parents=[scene.rev("main"), side])
    assert "leak-author" in told(search(scene))


def test_fifty_thousand_commits_are_searched_in_a_while(scene: Scene) -> None:
    """Time grows with what there is and no faster; a large register is searched in one go."""
    history, tip = Import(), scene.rev("main")
    ids = [f"NM-2026-{number:05d}" for number in range(1500)]
    nobody = Identity(name="Anonymous", email="anonymous@nearmiss.invalid")
    for number, record_id in enumerate(ids):
        text = raw().replace(OWN.encode(), record_id.encode())
        tip = history.commit(
            {f"records/2026/{number % 12 + 1:02d}/{record_id}.yaml": text},
            who=nobody, parents=[tip], when=20_717 * 86_400, message=f"{record_id}: report a near miss\n",
        )  # fmt: skip
    history.name("refs/heads/main", tip)
    history.run(scene.root)

    searched = soon(15.0, lambda: search(scene))

    assert searched.reports == len(ids)
    assert searched.findings == ()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"author\n",
        b"author <\n\n",
        b"author x <y> z w\ncommitter\n\n\xff",
        b"tree x\nparent\n\nm",
        b" a\n b",
    ],
)
def test_broken_commits_are_taken_apart(content: bytes) -> None:
    """Whatever a commit holds, it is read as far as it goes: whoever plants traces does not write sound objects."""
    assert parse_commit("0" * 40, content).oid == "0" * 40


def test_findings_are_told_as_json(scene: Scene) -> None:
    """For programs: whether it is clean, how much was looked at, and each finding with its stable keys."""
    from nearmiss.cli.commands.leaks import searched_as_data

    bring(scene, raw(report={"occurred_at": "14:20"}))
    data = json.loads(json.dumps(searched_as_data(search(scene))))
    assert data["ok"] is False
    assert data["reports"] == 1
    assert {"code", "severity", "record", "path", "message", "hint"} <= set(data["findings"][0])
    assert Path(data["findings"][0]["path"].split(" ")[0]).name == f"{OWN}.yaml"


def test_examples_at_other_paths_are_no_records(scene: Scene) -> None:
    """What looks like a record and lies in a page or a test is neither a report, nor a version of one."""
    bring(scene)
    example = raw(report={"reporter": {"mode": "named", "person": "m.okafor"}})
    scene.commit_files({"site/docs/example.yaml": example}, branch="main")
    scene.commit_files({"notes/other.yaml": raw(id="NM-2026-00009")}, branch="main")
    searched = search(scene)
    assert searched.findings == ()
    assert searched.reports == 1
