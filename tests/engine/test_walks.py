"""How far back the gate looks: no further than a record goes, and to the same verdict as if it had looked at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.gate.decisions import Gated, judge_revisions
from nearmiss.engine.gate.foresight import look_ahead, record_paths
from nearmiss.engine.ports import Change, Commit, Repository
from nearmiss.engine.walks import NEAR, Walks
from nearmiss.models.ids import folder_of
from nearmiss.vcs import children, discovery, objects
from nearmiss.vcs.errors import GitFailedError
from nearmiss.vcs.trees import parse_tree
from tests.engine.fast_import import Import
from tests.engine.requests import Walked, edited, ready
from tests.engine.scene import Scene, found_scene, identity_of, open_scene

BRANCH = "feature"


class Unbound(Walks):
    """Walks that always go back to the first commit."""

    def bound(self, repository: Repository, path: str, line: str) -> None:
        """Leave nothing out."""


def judged(scene: Scene, head: str, base: str = "main") -> Gated:
    """Judge a request, and see that looking at the whole of history gives the very same."""
    base, head = scene.rev(base), scene.rev(head)
    desk = replace(scene.desk("o.haddad"), walks=Walks(), read_already={})
    assert look_ahead(desk, base=base, head=head) == (base, head)
    found = judge_revisions(desk, base=base, head=head)
    assert found == judge_revisions(replace(desk, walks=Unbound()), base=base, head=head)
    return found


def codes(gated: Gated) -> set[str]:
    """Return the codes of what was found."""
    return {finding.code for finding in gated.result.findings}


# The size of a register


class Counted:
    """What git was started for, and how much it was asked to list."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.starts: list[str] = []
        self.listed = self.folders = 0
        starting, listing, parsing = children.start, objects.Objects.listing, parse_tree

        def start(arguments: Sequence[str], **more: Any) -> Any:
            self.starts.append(arguments[0])
            return starting(arguments, **more)

        def lists(self_: objects.Objects, tree: str, prefixes: Sequence[str]) -> Any:
            found = listing(self_, tree, prefixes)
            self.listed += len(found)
            return found

        def parse(raw: bytes, **more: Any) -> Any:
            found = parsing(raw, **more)
            self.folders += 1
            self.listed += len(found)
            return found

        monkeypatch.setattr(children, "start", start)
        monkeypatch.setattr(discovery, "start", start)
        monkeypatch.setattr(objects.Objects, "listing", lists)
        monkeypatch.setattr("nearmiss.vcs.objects.parse_tree", parse)


def _grown(scene: Scene, records: int) -> None:
    """Let a register have so many records more, in ten months, each reported in a commit of its own."""
    stream, tip = Import(), scene.rev()
    for number in range(records):
        name = f"NM-2025-{number:05}"
        path = f"records/2025/{1 + number % 10:02}/{name}.yaml"
        tip = stream.commit({path: f"id: {name}\n"}, who=identity_of("m.okafor"), parents=[tip], when=1_700_000_000)
    stream.name("refs/heads/main", tip)
    stream.run(scene.root)
    scene.git("reset", "-q", "--hard", "main")


def test_what_the_gate_asks_does_not_grow_with_the_register(tmp_path: Path) -> None:
    """Among ten times as many records, git is started as often, and as many entries are listed, to the last one."""
    found = []
    for records in (2 * NEAR, 20 * NEAR):
        scene = found_scene(tmp_path / str(records))
        _grown(scene, records)
        record = scene.walk(upto="reported")
        branch = scene.advance("s.ito", record).branch
        scene.approve("r.meyer", record)
        scene.close()
        with pytest.MonkeyPatch.context() as patch:
            counted = Counted(patch)
            opened = open_scene(scene.root, clock=scene.clock)
            desk = opened.desk("o.haddad")
            old, new = look_ahead(desk, base="main", head=branch)
            assert judge_revisions(desk, base=old, head=new).result.verdict == "pass"
            opened.close()
        found.append((counted.starts, counted.listed, counted.folders))
    few, many = found
    assert many == few
    assert len(few[0]) < 25
    assert few[1] < 400


# The same verdict


def test_a_record_that_was_away_from_main_is_looked_for_in_all_of_history(walked: Walked) -> None:
    """Who wrote before a record was taken away and put back, past all rules, still may not approve it."""
    scene, record = walked("reported")
    path = scene.path(record)
    raw = scene.blob(path)
    scene.draft("r.meyer", record, {"investigation.findings": "The chocks were missing, as r.meyer found out."})
    written = scene.blob(path)
    scene.commit_files({path: None}, branch="main")
    for number in range(3):
        scene.commit_files({f"notes/{number}.txt": "x"}, branch="main")
    scene.commit_files({path: raw}, who="m.okafor", branch="main")
    scene.commit_files({path: written}, who="m.okafor", branch="main")
    branch = scene.advance("s.ito", record).branch
    said = judged(scene, branch)
    [step] = said.result.judgements[record].proposed
    assert "r.meyer" in step.contributors


def test_a_record_that_goes_back_to_the_first_commit_is_judged_with_all_of_it(walked: Walked) -> None:
    """Where a register was moved here in one commit, that one is where its records begin."""
    scene, record, branch = ready(walked)
    tree = scene.git("rev-parse", "main^{tree}")
    moved = scene.git("commit-tree", "-m", "Moved", tree, who="o.haddad")
    head = scene.git("commit-tree", "-m", "Step", "-p", moved, f"{branch}^{{tree}}", who="s.ito")
    assert codes(judged(scene, head, base=moved))
    assert judged(scene, branch).result.verdict == "pass"
    assert record in judged(scene, branch).result.judgements


@pytest.mark.parametrize("commits", [1, NEAR - 1, NEAR, NEAR + 1, 5 * NEAR])
def test_a_record_is_judged_with_all_that_it_went_through_however_far_it_goes_back(
    walked: Walked, commits: int
) -> None:
    """However many commits lie between a record's report and its step, everybody who wrote in it is found."""
    scene, record = walked("reported")
    stream, tip = Import(), scene.rev()
    for number in range(commits):
        files = {f"notes/{number}.txt": "x"}
        tip = stream.commit(files, who=identity_of("o.haddad"), parents=[tip], when=1_700_000_000)
    stream.name("refs/heads/main", tip)
    stream.run(scene.root)
    scene.git("reset", "-q", "--hard", "main")
    branch = scene.advance("s.ito", record).branch
    scene.approve("r.meyer", record)
    gated = judged(scene, branch)
    assert gated.result.verdict == "pass"
    [step] = gated.result.judgements[record].proposed
    assert {"i.garcia", "s.ito"} <= set(step.contributors)


@pytest.mark.parametrize("given_up", [True, False])
def test_an_id_that_a_merged_line_has_given_up_is_not_new(walked: Walked, given_up: bool) -> None:  # noqa: FBT001
    """A report that only a merged branch held, and that its merge left out, has used its id; without it, it is new."""
    scene, record = walked("reported")
    path = scene.path(record)
    new = {path.replace(record, "NM-2026-0000Z"): scene.blob(path).replace(record.encode(), b"NM-2026-0000Z")}
    main = scene.rev()
    scene.commit_files(new if given_up else {"notes/a.txt": "x"}, who="m.okafor", branch="aside", start="main")
    tree = scene.git("rev-parse", "main^{tree}")
    merged = scene.git("commit-tree", "-m", "Merge", "-p", main, "-p", scene.rev("aside"), tree, who="s.ito")
    scene.git("update-ref", "refs/heads/main", merged)
    scene.commit_files(new, who="m.okafor", branch=BRANCH, start=merged)
    assert ("id-reused" in codes(judged(scene, BRANCH))) is given_up


def test_a_request_that_merges_is_judged_as_before(walked: Walked) -> None:
    """A branch that takes main in, and one from before the report, meet the same eyes."""
    scene, record = walked("reported")
    before = scene.git("rev-list", "--max-parents=0", "main")
    scene.draft("s.ito", record, {"title": "Another"})
    older = scene.commit_files({"notes/old.txt": "x"}, branch="old", start=before)
    scene.commit_files(edited(scene, record, {"title": "A third"}), branch=BRANCH, start="main~1")
    both = scene.commit_files(
        edited(scene, record, {"title": "A fourth"}),
        who="i.garcia",
        branch=BRANCH,
        parents=[scene.rev(BRANCH), scene.rev("main"), older],
    )
    assert judged(scene, both).result.verdict in {"pass", "refuse"}


def test_several_commits_of_one_line_are_judged_by_one_desk(walked: Walked) -> None:
    """As on a server: what was found out for one base serves the next, and says the same as without it."""
    scene, record = walked("reported")
    desk = replace(scene.desk("o.haddad"), walks=Walks())
    first = scene.rev()
    for title in ("One", "Two", "Three"):
        scene.draft("s.ito", record, {"title": title})
    line = [first, *scene.git("rev-list", "--reverse", f"{first}..main").split()]
    for base, head in pairwise(line):
        found = judge_revisions(desk, base=base, head=head)
        assert found == judge_revisions(replace(desk, walks=Unbound()), base=base, head=head)
        assert found.result.verdict == "pass"


# The parts


@pytest.mark.parametrize(
    "path, expected",
    [
        ("records/2026/11/NM-2026-7Q4K2.yaml", ["records/2026/11/NM-2026-7Q4K2.yaml"]),
        ("records/2026/11/NM-2026-7Q4K2/sign-offs/a.yaml", ["records/2026/11/NM-2026-7Q4K2.yaml"]),
        ("records/2026/11/NM-2026-7Q4K2/a.yaml", []),
        ("records/readme.md", []),
        ("notes/a.txt", []),
    ],
)
def test_a_change_tells_which_record_it_touches(path: str, expected: list[str]) -> None:
    """A record's file and what lies beside it belong to it, and nothing else does."""
    change = Change(path=path, old_mode="000000", new_mode="100644", old_oid=None, new_oid="0" * 40)
    assert record_paths([change, change]) == expected


def test_what_cannot_be_judged_is_no_matter_for_foresight(walked: Walked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where git cannot answer, looking ahead is silent; whoever judges says so."""
    scene, record = walked("reported")
    scene.draft("s.ito", record, {"title": "Another"})

    def broken(*_: Any, **__: Any) -> Iterator[str]:
        raise GitFailedError(command="rev-list", words="it broke")

    monkeypatch.setattr(type(scene.repository), "first_parents", broken)
    old, new = scene.rev("main~1"), scene.rev()
    desk = replace(scene.desk("o.haddad"), walks=Walks())
    assert look_ahead(desk, base="main~1", head="main") == (old, new)
    with pytest.raises(GitFailedError):
        judge_revisions(desk, base=old, head=new)


def test_two_lines_without_a_common_beginning_are_not_looked_into(walked: Walked) -> None:
    """Where a request has no common history with its base, there is nothing to look ahead for."""
    scene, _ = walked("reported")
    lone = scene.git("commit-tree", "-m", "Lone", "main^{tree}", who="s.ito")
    assert codes(judged(scene, lone)) == {"merge-base"}


def test_a_walk_within_a_known_past_tells_the_same_as_git(walked: Walked) -> None:
    """Whatever commits one begins from, what is chosen from a record's past is what a walk of git's own finds."""
    scene, record = walked("investigated")
    path, line = scene.path(record), scene.rev()
    known, plain = Walks(), Unbound()
    known.bound(scene.repository, path, line)
    assert known.hold(scene.repository)
    tips: list[Sequence[str]] = [[oid] for oid in scene.git("rev-list", "main").split()]
    tips += [[line, scene.rev("main~2")], []]
    for one in tips:
        for way in (path, folder_of(path), f"{folder_of(path)}sign-offs/", "workflow/"):
            if one:
                given: Mapping[str, Any] = {"tips": one, "without": (), "paths": [way]}
                assert _names(known.walk(scene.repository, **given)) == _names(plain.walk(scene.repository, **given))


def _names(commits: Sequence[Commit]) -> list[tuple[str, tuple[Change, ...]]]:
    return [(commit.oid, commit.changes) for commit in commits]
