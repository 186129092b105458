"""Two clones of one remote: whoever pushes second is told what to run, and after it nothing is lost."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nearmiss.engine.errors import IdTakenError
from nearmiss.engine.reporting import report_near_miss
from nearmiss.errors import NearMissError
from tests.cli.shell import Outcome
from tests.engine.scene import Scene, codes, found_scene, open_scene
from tests.races.yard import Yard, yard_at

BOX = ("report", "--what-happened", "A box fell. Nobody was near.")
CAN = ("report", "--what-happened", "A can leaked over the floor. I closed it.")
BRANCH = "near-miss/{}/01-investigate"


def two_clones(tmp_path: Path, stage: str = "prepared") -> tuple[Yard, Yard, str]:
    """Return two clones of one bare repository, with a record at a stage, and its id."""
    yard, record = yard_at(tmp_path, stage)
    subprocess.run(["git", "clone", "-q", "--bare", yard.root, tmp_path / "origin.git"], check=True)
    yard.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    yard.git("fetch", "-q", "origin")
    return yard, yard.clone("second"), record


def id_in(ended: Outcome) -> str:
    """Return the id of what was reported."""
    found = re.search(r"Reported as (\S+):", ended.out)
    assert found, ended.said
    return found[1]


def follow(yard: Yard, who: str, hint: str) -> None:
    """Run the commands that a hint names, as they stand there."""
    commands = re.findall(r"(?:git|nearmiss) [^.;:]+?(?= &&|, then|\. |$)", hint.replace("\n ", ""))
    assert commands, hint
    for command in commands:
        program, *words = shlex.split(command)
        if program == "git":
            yard.git(*words, who=who)
        else:
            yard.fine(who, *words)


def push(yard: Yard, branch: str = "main") -> bool:
    """Push a branch, and say whether the remote took it."""
    yard.git("push", "-q", "origin", branch, check=False)
    return yard.git("rev-parse", branch) == yard.git("ls-remote", "origin", f"refs/heads/{branch}").partition("\t")[0]


def test_reports_of_two_clones_come_together(tmp_path: Path) -> None:
    """Both report; the second push is refused, and the line that the report printed takes the other in."""
    one, two, _ = two_clones(tmp_path)
    first, second = one.fine("m.okafor", *BOX), two.fine("t.silva", "report", "--anonymous", *CAN[1:])
    assert push(one)
    assert not push(two)
    assert "If that is refused, somebody else pushed first: git pull --no-rebase origin main, then again." in second.out
    two.git("pull", "-q", "--no-rebase", "--no-edit", "origin", "main", who="t.silva")
    assert push(two)
    one.git("pull", "-q", "origin", "main")
    for yard in (one, two):
        assert "A box fell" in yard.record(id_in(first))
        assert "A can leaked" in yard.record(id_in(second))
        yard.sound()
    # What reported without a name is still nobody's: a rebase would have signed it.
    who = one.git("log", "-1", "--format=%an %cn", f"--grep={id_in(second)}", "main")
    assert who == "Anonymous Anonymous"


def test_different_records_never_conflict_in_git(tmp_path: Path) -> None:
    """Reports and steps of different records in two clones merge by plain git, and the way goes on."""
    one, two, record = two_clones(tmp_path, "signed")
    one.fine("s.ito", "merge", record)
    two.fine("m.okafor", *BOX)
    assert push(one)
    two.git("pull", "-q", "--no-rebase", "--no-edit", "origin", "main")
    assert push(two)
    two.sound()
    two.fine("s.ito", "advance", record)
    two.fine("r.meyer", "approve", record)
    two.fine("s.ito", "merge", record)
    assert "state: root-caused" in two.record(record)
    two.sound()


def test_two_signers_in_two_clones_both_count(tmp_path: Path) -> None:
    """Both sign one proposal; the second is told how to take the first sign-off in, and then both are pushed."""
    one, two, record = two_clones(tmp_path, "proposed")
    branch = BRANCH.format(record)
    first = one.fine("r.meyer", "approve", record)
    assert f"Share it: git push origin {branch}" in first.out
    assert push(one, branch)
    second = two.fine("p.lind", "approve", record)
    assert not push(two, branch)
    hint = next(line for line in second.out.split("\n") if line.startswith("If that is refused"))
    assert f"git fetch origin && nearmiss advance {record} --refresh, then again." in hint
    follow(two, "p.lind", hint)
    assert push(two, branch)
    names = {path.rpartition("/")[2] for path in two.files(branch) if "/sign-offs/" in path}
    assert names == {"01-investigated--p.lind.yaml", "01-investigated--r.meyer.yaml"}
    one.git("fetch", "-q", "origin")
    one.fine("s.ito", "advance", record, "--refresh")
    assert one.git("rev-parse", branch) != one.git("rev-parse", f"origin/{branch}^")
    one.fine("s.ito", "merge", record)
    assert "state: investigated" in one.record(record)
    one.sound()


def test_one_step_proposed_in_two_clones(tmp_path: Path) -> None:
    """Both propose the same step; the second push is refused with what to run, after which the two are one branch."""
    one, two, record = two_clones(tmp_path)
    branch = BRANCH.format(record)
    one.fine("s.ito", "advance", record, "--push")
    refused = two.run("i.garcia", "advance", record, "--push")
    assert refused.code == 1
    assert "Somebody else pushed it first; your commit is safe on the local branch." in refused.err
    assert two.git("log", "-1", "--format=%an", branch) == "I Garcia"
    follow(two, "i.garcia", refused.err.partition("Take theirs in: ")[2])
    assert push(two, branch)
    authors = two.git("log", "--format=%an", f"main..{branch}").split("\n")
    assert {"I Garcia", "S Ito"} <= set(authors)
    two.fine("r.meyer", "approve", record)
    two.fine("s.ito", "merge", record)
    two.sound()


def test_the_same_step_is_not_proposed_again_once_it_is_known(tmp_path: Path) -> None:
    """What a fetched remote proposes already is not proposed a second time."""
    one, two, record = two_clones(tmp_path)
    one.fine("s.ito", "advance", record, "--push")
    two.git("fetch", "-q", "origin")
    refused = two.run("i.garcia", "advance", record, "--push")
    assert refused.code == 1
    assert f"is proposed already, on the branch {BRANCH.format(record)}" in refused.err


def test_a_word_on_what_was_merged_elsewhere(tmp_path: Path) -> None:
    """One merges while the other signs; after the pull the late sign-off is on no proposal, and nothing is undone."""
    one, two, record = two_clones(tmp_path, "signed")
    branch = BRANCH.format(record)
    one.fine("s.ito", "merge", record)
    assert push(one)
    one.git("push", "-q", "origin", f":{branch}")
    two.git("branch", "-q", branch, f"origin/{branch}")
    two.fine("p.lind", "approve", record)
    two.git("fetch", "-q", "--prune", "origin")
    two.git("pull", "-q", "--no-rebase", "origin", "main")
    told = two.run("p.lind", "review", record)
    assert told.code == 1
    assert "is in force already; only its branch is left" in told.err
    follow(two, "p.lind", told.err.split("\n")[1])
    two.sound()
    assert "state: investigated" in two.record(record)


def test_both_merge_the_same_proposal(tmp_path: Path) -> None:
    """The same step put in force in two clones is the same content, so that git joins the two."""
    one, two, record = two_clones(tmp_path, "signed")
    branch = BRANCH.format(record)
    one.fine("s.ito", "merge", record)
    two.git("branch", "-q", branch, f"origin/{branch}")
    two.fine("k.adeyemi", "merge", record)
    assert push(one)
    assert not push(two)
    two.git("pull", "-q", "--no-rebase", "--no-edit", "origin", "main")
    assert push(two)
    two.sound()
    assert "state: investigated" in two.record(record)


def test_different_decisions_in_two_clones_are_a_conflict_of_git(tmp_path: Path) -> None:
    """Where two clones put different edits of one section on main, git stops, and `check` says so in one finding."""
    one, two, record = two_clones(tmp_path)
    one.fine("i.garcia", "edit", record, "--set", "assessment.crew=Blue")
    two.fine("s.ito", "edit", record, "--set", "assessment.crew=Red")
    assert push(one)
    assert not push(two)
    two.git("pull", "--no-rebase", "origin", "main", check=False)
    assert two.git("status", "--porcelain").startswith("UU records/")
    checked = two.run("s.ito", "check")
    assert checked.code == 1
    assert f"{record}.yaml" in checked.out
    wrong = two.run("s.ito", "edit", record, "--set", "assessment.crew=Green")
    assert wrong.code == 1
    two.git("merge", "--abort")
    assert "crew: Red" in two.record(record)
    two.git("reset", "-q", "--keep", "origin/main")
    two.fine("s.ito", "edit", record, "--set", "assessment.shift=night")
    assert push(two)
    assert "crew: Blue" in two.record(record)
    two.sound()


# Ids


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Scene, Scene]]:
    """Give two clones of one remote, as scenes with clocks and chance of their own."""
    first = found_scene(tmp_path)
    subprocess.run(["git", "clone", "-q", "--bare", first.root, tmp_path / "origin.git"], check=True)
    first.git("remote", "add", "origin", str(tmp_path / "origin.git"))
    first.git("fetch", "-q", "origin")
    subprocess.run(["git", "clone", "-q", tmp_path / "origin.git", tmp_path / "second"], check=True)
    second = open_scene(tmp_path / "second")
    yield first, second
    first.close()
    second.close()


def test_an_id_that_the_remote_has_is_drawn_again(pair: tuple[Scene, Scene]) -> None:
    """What is known of a fetched remote, on main or as a proposal, is never given a second time."""
    one, two = pair
    one.chance.texts = ["7Q4K2", "M3X9T"]
    first, other = one.report(), one.report()
    one.git("push", "-q", "origin", "main~1:main", f"main:refs/heads/near-miss/{other.id}/00-report")
    two.git("fetch", "-q", "origin")
    two.chance.texts = ["7Q4K2", "M3X9T", "B8W4J"]
    assert two.report().id == "NM-2026-B8W4J"
    assert first.id == "NM-2026-7Q4K2"
    with pytest.raises(IdTakenError):
        report_near_miss(two.desk("m.okafor"), {"what_happened": "x y"}, mode="named", record_id="NM-2026-7Q4K2")


def test_one_id_drawn_in_two_clones_stops_the_merge(pair: tuple[Scene, Scene]) -> None:
    """Of one id in one folder git says so itself; the later report is made again under an id of its own."""
    one, two = pair
    for scene, text in ((one, "A box fell."), (two, "A can leaked.")):
        scene.chance.texts = ["7Q4K2"]
        scene.report(what_happened=text)
    one.git("push", "-q", "origin", "main")
    two.git("fetch", "-q", "origin")
    two.git("merge", "-q", "origin/main", check=False)
    assert two.git("status", "--porcelain") == "AA records/2026/11/NM-2026-7Q4K2.yaml"
    assert codes(two.check().findings)
    with pytest.raises(NearMissError):
        two.draft("s.ito", "NM-2026-7Q4K2", {"assessment.crew": "Blue"})
    two.git("merge", "--abort")
    text = two.git("show", "main:records/2026/11/NM-2026-7Q4K2.yaml")
    two.git("reset", "-q", "--keep", "origin/main")
    again = two.report(what_happened="A can leaked.")
    assert "A can leaked." in text
    assert again.id != "NM-2026-7Q4K2"
    assert codes(two.check().findings) == set()


def test_one_id_drawn_in_two_months_is_found_by_check(pair: tuple[Scene, Scene]) -> None:
    """In different folders git sees no conflict; `check` names both files."""
    one, two = pair
    one.chance.texts = two.chance.texts = ["7Q4K2"]
    one.report()
    two.clock.to("2026-12-01")
    two.chance.texts = ["7Q4K2"]
    two.report()
    one.git("push", "-q", "origin", "main")
    two.git("fetch", "-q", "origin")
    two.git("merge", "-q", "--no-edit", "origin/main")
    [found] = [finding for finding in two.check().findings if finding.code == "id-twice"]
    assert (found.severity, found.path) == ("error", "records/2026/12/NM-2026-7Q4K2.yaml")
    assert "records/2026/11/NM-2026-7Q4K2.yaml" in found.message
