"""A clone that a server works in keeps up with its remote: nothing is lost, nothing forced, and races are run again."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nearmiss.engine.forges.keeping_up import ASIDE, KeptUp, Outcome, keep_up
from nearmiss.vcs.repository import GitRepository
from tests.engine.scene import Scene, found_scene, open_scene
from tests.policy.builder import near_miss


class Sides:
    """The server's clone, a colleague's, and the bare remote between them."""

    def __init__(self, folder: Path) -> None:
        self.server = found_scene(folder)
        self.bare = folder / "remote.git"
        subprocess.run(["git", "clone", "-q", "--bare", self.server.root, self.bare], check=True)
        self.server.git("remote", "add", "origin", str(self.bare))
        self.server.git("fetch", "-q", "origin")
        subprocess.run(["git", "clone", "-q", self.bare, folder / "colleague"], check=True)
        self.colleague = open_scene(folder / "colleague", clock=self.server.clock)
        self.colleague.chance.count = 5000

    def keep(self) -> KeptUp:
        """Let the server keep up."""
        return keep_up(self.server.desk(""), "origin")

    def push(self) -> None:
        """Let the colleague push main."""
        self.colleague.git("push", "-q", "origin", "main")

    def remote(self) -> str:
        """Return where main is at the remote."""
        return self.git("rev-parse", "refs/heads/main")

    def git(self, *words: str) -> str:
        """Run git in the remote."""
        done = subprocess.run(["git", "-C", self.bare, *words], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def is_together(self) -> bool:
        """Say whether both sides are at one commit, the checkout with them, and nothing is left aside."""
        tip = self.server.rev("main")
        clean = self.server.git("status", "--porcelain") == ""
        return tip == self.remote() and clean and ASIDE not in self.server.repository.branches()


@pytest.fixture
def sides(tmp_path: Path) -> Iterator[Sides]:
    """Both sides, at the same commit."""
    made = Sides(tmp_path)
    yield made
    made.server.close()
    made.colleague.close()


def fields(scene: Scene, revision: str, form: str = "%an <%ae> %ad | %cn <%ce> %cd | %B") -> str:
    """Return author, committer and message of a commit, to the byte."""
    return scene.git("log", "-1", "--date=raw", f"--format={form}", revision)


def test_nothing_has_moved(sides: Sides) -> None:
    """Where both are at the same commit, nothing is done."""
    before = sides.server.snapshot()
    assert sides.keep().outcome is Outcome.SAME
    assert {**sides.server.snapshot(), ".git/FETCH_HEAD": b""} == {**before, ".git/FETCH_HEAD": b""}


def test_what_the_server_committed_is_pushed(sides: Sides) -> None:
    """Reports that only the server has go to the remote as they are."""
    tip = sides.server.repository.resolve(sides.server.report("", mode="anonymous").commit)
    done = sides.keep()
    assert (done.outcome, done.commits, done.tip) == (Outcome.PUSHED, 1, tip)
    assert sides.is_together()


def test_what_others_pushed_is_followed(sides: Sides) -> None:
    """Where only the remote has moved, main here and its files follow."""
    record = sides.colleague.report().id
    sides.push()
    done = sides.keep()
    assert (done.outcome, done.commits) == (Outcome.FOLLOWED, 1)
    assert sides.is_together()
    assert (sides.server.root / sides.server.path(record)).is_file()


def test_reports_go_on_top_of_what_others_pushed(sides: Sides) -> None:
    """Where both have moved, ours go on top, in order, with author, committer, dates and message to the byte."""
    first = sides.server.report("", mode="anonymous").commit
    sides.server.clock.tick(hours=3)
    second = sides.server.report("m.okafor").commit
    theirs = sides.colleague.report("i.garcia")
    sides.push()
    pushed = sides.remote()
    said = [fields(sides.server, commit) for commit in (first, second)]
    files = {path: sides.server.git("show", f"main:{path}") for path in _records(sides.server)}

    done = sides.keep()

    assert (done.outcome, done.commits) == (Outcome.PUT_ON_TOP, 2)
    assert sides.is_together()
    assert [fields(sides.server, name) for name in ("main~1", "main")] == said
    assert "+0000" in said[0]
    assert sides.server.rev("main~2") == pushed
    assert {path: sides.server.git("show", f"main:{path}") for path in files} == files
    assert sides.server.state(theirs.id) == "reported"
    assert not sides.server.check(revision="main").findings


def _records(scene: Scene) -> list[str]:
    return scene.git("ls-tree", "-r", "--name-only", "main", "records/").split()


def test_drafts_of_other_records_go_on_top(sides: Sides) -> None:
    """A draft here of one record, and another there of another one, both stay."""
    mine, other = sides.server.report().id, sides.server.report().id
    sides.keep()
    sides.colleague.git("pull", "-q")
    assessed = {"assessment": near_miss("low")["assessment"]}
    sides.server.draft("i.garcia", mine, assessed)
    sides.colleague.draft("s.ito", other, assessed)
    sides.push()

    assert sides.keep().outcome is Outcome.PUT_ON_TOP
    assert sides.is_together()
    assert "assessment" in sides.server.data(mine)
    assert "assessment" in sides.server.data(other)


def test_two_drafts_of_one_record_are_left_and_told(sides: Sides) -> None:
    """What both have changed needs a person; nothing is changed, and the sentence says which file and what to do."""
    record = sides.server.report().id
    sides.keep()
    sides.colleague.git("pull", "-q")
    sides.server.draft("i.garcia", record, {"assessment": near_miss("low")["assessment"]})
    sides.colleague.draft("s.ito", record, {"investigation.lead": "s.ito"})
    sides.push()
    here, there = sides.server.rev("main"), sides.remote()

    done = sides.keep()

    assert done.outcome is Outcome.APART
    assert f"both have changed {sides.server.path(record)}" in done.sentence
    assert "git merge origin/main" in done.sentence
    assert (sides.server.rev("main"), sides.remote()) == (here, there)


def test_a_merge_is_left_and_told(sides: Sides) -> None:
    """A step that was merged here while the remote moved is not made anew."""
    record = sides.server.prepare("low")
    sides.keep()
    sides.server.advance("s.ito", record, transition="investigate")
    sides.server.put_in_force(record, ("r.meyer",))
    sides.colleague.git("pull", "-q")
    sides.colleague.report()
    sides.push()
    here = sides.server.rev("main")

    done = sides.keep()

    assert done.outcome is Outcome.APART
    assert "is a merge" in done.sentence
    assert sides.server.rev("main") == here


class Stopped(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("when", ["merge_commit", "push", "pushed", "follow", "delete_branch"])
def test_a_run_that_was_stopped_is_made_good(sides: Sides, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    """Stopped before or after any of its steps, the next run ends where this one would have, with each report once."""
    sides.server.report("", mode="anonymous")
    sides.server.report("m.okafor")
    sides.colleague.report("i.garcia")
    sides.push()
    real = getattr(GitRepository, "push" if when == "pushed" else when)

    def dying(self: GitRepository, *words: object, **more: object) -> object:
        if when == "pushed":
            real(self, *words, **more)
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(GitRepository, "push" if when == "pushed" else when, dying)
        with pytest.raises(Stopped):
            sides.keep()
    assert len(_records(sides.server)) >= 2

    done = sides.keep()

    assert done.outcome in {Outcome.PUT_ON_TOP, Outcome.SAME}
    assert sides.is_together()
    assert len(_records(sides.server)) == 3
    assert sides.server.git("rev-list", "--count", "main") == "4"


def test_a_race_at_the_remote_is_run_again(sides: Sides, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who pushes between our look and our push is put below ours, and neither is lost."""
    sides.server.report("m.okafor")
    real = GitRepository.push
    raced: list[str] = []

    def late(self: GitRepository, *words: object, **more: object) -> object:
        if not raced:
            raced.append(sides.colleague.report("i.garcia").id)
            sides.push()
        return real(self, *words, **more)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(GitRepository, "push", late)
    assert sides.keep().outcome is Outcome.PUT_ON_TOP
    assert sides.is_together()
    assert len(_records(sides.server)) == 2


def test_a_race_here_is_run_again(sides: Sides, monkeypatch: pytest.MonkeyPatch) -> None:
    """A report that is committed here just before main is to follow is not lost."""
    sides.colleague.report("i.garcia")
    sides.push()
    real = GitRepository.follow
    raced: list[str] = []

    def late(self: GitRepository, **more: str) -> None:
        if not raced:
            raced.append(sides.server.report("m.okafor").id)
        real(self, **more)

    monkeypatch.setattr(GitRepository, "follow", late)
    assert sides.keep().outcome is Outcome.PUT_ON_TOP
    assert sides.is_together()
    assert len(_records(sides.server)) == 2


def test_unsaved_files_are_not_written_over(sides: Sides) -> None:
    """A file of the clone that somebody has changed stays, and the sentence names it."""
    record = sides.server.report().id
    sides.keep()
    sides.colleague.git("pull", "-q")
    sides.colleague.draft("s.ito", record, {"investigation.lead": "s.ito"})
    sides.push()
    place = sides.server.root / sides.server.path(record)
    place.write_text("mine", encoding="utf-8")

    done = sides.keep()

    assert done.outcome is Outcome.FAILED
    assert sides.server.path(record) in done.sentence
    assert place.read_text(encoding="utf-8") == "mine"


def test_a_remote_that_is_away_is_told(sides: Sides) -> None:
    """Without a connection, nothing is changed, and nothing is raised."""
    sides.server.report()
    sides.bare.rename(sides.bare.with_name("away.git"))
    done = sides.keep()
    assert (done.outcome, done.tip) == (Outcome.FAILED, sides.server.rev("main"))
    assert done.sentence


def test_a_push_that_is_refused_is_told(sides: Sides) -> None:
    """Where the remote takes nothing, what is committed here stays here, and its words are told."""
    hook = sides.bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'requests only' >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    sides.server.report()
    here = sides.server.rev("main")
    done = sides.keep()
    assert done.outcome is Outcome.FAILED
    assert "requests only" in done.sentence
    assert sides.server.rev("main") == here


def test_an_unknown_remote_is_told(sides: Sides) -> None:
    """A remote of another name is told as that."""
    done = keep_up(replace(sides.server.desk("")), "elsewhere")
    assert done.outcome is Outcome.FAILED
    assert "elsewhere" in done.sentence


def by_request(sides: Sides) -> None:
    """Let both sides have reports come in by request."""
    path = "workflow/policy/settings.yaml"
    sides.server.change_policy("o.haddad", {path: sides.server.revised(path, {"reports": "request"})})
    sides.keep()


def proposed(sides: Sides) -> str:
    """Let the server propose a report, and return the branch."""
    done = sides.server.report("", mode="anonymous")
    return f"near-miss/{done.id}/00-report"


def test_proposals_are_pushed_once_and_nothing_is_deleted(sides: Sides) -> None:
    """The branch of a report that waits for approval goes to the remote; what goes on there later, too."""
    by_request(sides)
    branch = proposed(sides)
    done = sides.keep()

    tip = sides.server.rev(branch)
    assert (done.outcome, done.proposals, done.sentence) == (Outcome.SAME, (branch,), "")
    assert sides.git("rev-parse", f"refs/heads/{branch}") == tip
    assert sides.keep().proposals == ()
    sides.server.git(
        "update-ref",
        f"refs/heads/{branch}",
        sides.server.git("commit-tree", "-m", "More", "-p", tip, f"{tip}^{{tree}}"),
    )
    assert sides.keep().proposals == (branch,)
    assert sides.git("rev-parse", f"refs/heads/{branch}") == sides.server.rev(branch)
    assert branch in sides.server.repository.branches()


def test_a_proposal_that_was_closed_at_the_remote_is_not_brought_back(sides: Sides) -> None:
    """Deleted at the remote, or squashed into main there, a branch stays here and is not pushed again."""
    by_request(sides)
    closed, squashed = proposed(sides), proposed(sides)
    assert set(sides.keep().proposals) == {closed, squashed}
    sides.git("branch", "-D", closed)
    sides.colleague.git("fetch", "-q", "origin")
    sides.colleague.git("merge", "-q", "--ff-only", "origin/main")
    sides.colleague.git("merge", "-q", "--squash", f"origin/{squashed}")
    sides.colleague.git("commit", "-q", "-m", "Squashed")
    sides.push()
    sides.git("branch", "-D", squashed)
    done = sides.keep()

    assert (done.outcome, done.proposals, done.sentence) == (Outcome.FOLLOWED, (), "")
    assert sides.git("for-each-ref", "refs/heads/near-miss") == ""
    assert {closed, squashed} <= sides.server.repository.branches().keys()


def test_a_proposal_that_went_apart_is_told_and_never_forced(sides: Sides) -> None:
    """Where somebody changed the branch at the remote otherwise, theirs stays, others are pushed, and it is told."""
    by_request(sides)
    branch = proposed(sides)
    sides.keep()
    tip = sides.server.rev(branch)
    there = sides.git(
        "-c", "user.name=x", "-c", "user.email=x@example.org", "commit-tree", "-m", "A", "-p", tip, f"{tip}^{{tree}}"
    )
    sides.git("update-ref", f"refs/heads/{branch}", there)
    sides.server.git(
        "update-ref", f"refs/heads/{branch}", sides.server.git("commit-tree", "-m", "B", "-p", tip, f"{tip}^{{tree}}")
    )
    other = proposed(sides)
    done = sides.keep()

    assert done.proposals == (other,)
    assert branch in done.sentence
    assert sides.git("rev-parse", f"refs/heads/{branch}") == there


def test_a_remote_that_refuses_a_proposal_is_told(sides: Sides) -> None:
    """Where the remote takes no such branch, its words are told, and main is kept up all the same."""
    by_request(sides)
    branch = proposed(sides)
    hook = sides.bare / "hooks" / "update"
    hook.write_text("#!/bin/sh\ncase $1 in refs/heads/near-miss/*) echo no >&2; exit 1;; esac\n", encoding="utf-8")
    hook.chmod(0o755)
    sides.colleague.git("fetch", "-q", "origin")
    sides.colleague.git("merge", "-q", "--ff-only", "origin/main")
    sides.colleague.git("commit", "-q", "--allow-empty", "-m", "Nothing")
    sides.push()
    done = sides.keep()

    assert (done.outcome, done.proposals) == (Outcome.FOLLOWED, ())
    assert branch in done.sentence
