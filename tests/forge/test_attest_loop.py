"""The full loop, no terminal: a request is opened, people comment, a job attests, the gate passes, it is merged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nearmiss.app.opening import open_desk
from nearmiss.engine.checking.register import check
from nearmiss.store.documents import YamlDocuments
from tests.forge.desk import Requested, job_at, standing_requested
from tests.forge.stand import SERVICE, Stand, account_of


@pytest.fixture
def open_request(tmp_path: Path, kind: str, token: str) -> Iterator[Requested]:
    """Give a request for the first step of a record."""
    with standing_requested(tmp_path, kind) as request:
        yield request


@pytest.fixture
def stand(open_request: Requested) -> Stand:
    """Give the stand of that request."""
    return open_request.stand


def test_full_loop(stand: Stand, open_request: Requested, tmp_path: Path) -> None:
    """One comment by somebody who may sign is all it takes: the job attests it, the gate passes, the forge merges."""
    record, pull = open_request.record, open_request.pull
    before = stand.world.tip(f"refs/heads/{pull.branch}")
    assert open_request.gate() == "waiting"
    stand.scene.clock.tick(minutes=5)
    note = open_request.say("r.meyer", open_request.line())
    stand.scene.clock.tick(minutes=1)

    done = job_at(stand, tmp_path / "job").attest()

    [request] = done["requests"]
    [word] = request["words"]
    assert (word["outcome"], word["by"], word["account"]) == ("attested", "r.meyer", str(account_of("r.meyer")))
    assert (request["verdict"], request["waiting"], request["problem"]) == ("pass", [], "")
    tip = stand.world.tip(f"refs/heads/{pull.branch}")
    assert request["commit"] == tip
    changed = stand.world.git("diff", "--name-status", before, tip)
    folder = stand.scene.path(record, pull.branch).removesuffix(".yaml")
    assert changed == f"A\t{folder}/sign-offs/01-investigated--r.meyer.yaml"
    said = YamlDocuments().read(stand.world.git("show", f"{tip}:{word['files'][0]}").encode() + b"\n").data
    assert said is not None
    statement = said["statement"]
    assert statement["review"] == {
        "forge": stand.kind,
        "reviewer_id": str(account_of("r.meyer")),
        "review_id": str(note.id),
        "head": before,
    }
    assert (statement["at"], statement["time_source"]) == ("2026-11-22T07:05:00Z", "forge")
    assert (statement["by"], statement["role"], statement["verdict"]) == ("r.meyer", "quality-lead", "approve")
    assert said["signature"].startswith("-----BEGIN SSH SIGNATURE-----")
    author = stand.world.git("log", "-1", "--format=%ae %ce", tip)
    assert author == f"{SERVICE}@example.org {SERVICE}@example.org"

    assert open_request.gate() == "pass"
    stand.world.merge(pull.number)
    stand.scene.git("fetch", "-q", "origin")
    stand.scene.git("merge", "-q", "--ff-only", "origin/main")
    assert stand.scene.state(record) == "investigated"
    checked = check(stand.scene.desk("o.haddad"))
    assert [finding for finding in checked.findings if finding.severity == "error"] == []


def test_attesting_twice_attests_once(stand: Stand, open_request: Requested, tmp_path: Path) -> None:
    """A second run finds everything done: nothing is committed, and the one answer stays as it is."""
    open_request.say("r.meyer", open_request.line())
    job = job_at(stand, tmp_path / "job")
    first = job.attest()
    tip, notes = stand.world.tip(f"refs/heads/{open_request.pull.branch}"), list(open_request.pull.notes)
    told = notes[-1].body

    second = job.attest()
    third = job_at(stand, tmp_path / "other").attest()

    for done in (second, third):
        [request] = done["requests"]
        assert [word["outcome"] for word in request["words"]] == ["already"]
        assert (request["commit"], request["verdict"], request["answered"]) == ("", "pass", False)
    assert first["requests"][0]["answered"]
    assert stand.world.tip(f"refs/heads/{open_request.pull.branch}") == tip
    assert open_request.pull.notes == notes
    assert notes[-1].body == told
    assert notes[-1].updated == notes[-1].created


def test_the_answer_on_the_request(stand: Stand, open_request: Requested, tmp_path: Path) -> None:
    """The job answers with one comment that tells of each word what became of it, and for what it still waits."""
    open_request.say("s.ito", open_request.line())
    job = job_at(stand, tmp_path / "job")
    job.attest()
    answer = open_request.pull.notes[-1]
    assert answer.body.startswith("<!-- nearmiss: attest -->\n**Words on this request**\n")
    assert "s.ito may not sign this: they wrote part of what investigate seals." in answer.body
    assert "It still waits:" in answer.body

    open_request.say("r.meyer", open_request.line())
    job.attest()

    assert open_request.pull.notes[-1] is not answer
    assert "r.meyer: counts; it is a sign-off on the branch." in answer.body
    assert "Everything is signed: this request can be merged." in answer.body
    ours = [note for note in open_request.pull.notes if note.user is answer.user]
    assert ours == [answer]


def test_an_objection_is_attested(stand: Stand, open_request: Requested, tmp_path: Path) -> None:
    """An objection becomes a file with its reason, and the gate waits for it."""
    open_request.say("r.meyer", open_request.line("object") + " because: Nobody asked the night shift.")

    [request] = job_at(stand, tmp_path / "job").attest()["requests"]

    [word] = request["words"]
    assert (word["outcome"], word["message"]) == ("attested", "r.meyer objected to investigate.")
    assert any("Nobody asked the night shift." in waiting for waiting in request["waiting"])
    assert open_request.gate() == "waiting"


@pytest.mark.parametrize("kind", ["github", "forgejo"], indirect=True)
def test_an_approval_is_attested(stand: Stand, open_request: Requested, tmp_path: Path) -> None:
    """Where the forge names the commit that was looked at, the button for approving does as well."""
    before = stand.world.tip(f"refs/heads/{open_request.pull.branch}")
    review = stand.world.review(open_request.pull, stand.account("r.meyer"), "APPROVED")

    [request] = job_at(stand, tmp_path / "job").attest()["requests"]

    [word] = request["words"]
    assert (word["outcome"], word["comment"], word["said"]) == ("attested", str(review.id), "approved")
    assert request["verdict"] == "pass"
    again = job_at(stand, tmp_path / "other").attest()["requests"][0]
    assert [word["outcome"] for word in again["words"]] == ["already"]
    assert before != stand.world.tip(f"refs/heads/{open_request.pull.branch}")
    assert open_request.gate() == "pass"


@pytest.mark.parametrize("kind", ["github", "forgejo"], indirect=True)
def test_an_approval_of_an_earlier_version(stand: Stand, open_request: Requested, tmp_path: Path) -> None:
    """An approval does not count for what was pushed after it."""
    stand.world.review(open_request.pull, stand.account("r.meyer"), "APPROVED")
    open_request.edit({"assessment.reply": "We chock wheels now, and check."})

    [request] = job_at(stand, tmp_path / "job").attest()["requests"]

    [word] = request["words"]
    assert (word["outcome"], request["commit"]) == ("refused", "")
    assert word["message"].startswith("It was given to an earlier version of this request.")


@pytest.mark.parametrize("kind", ["gitlab"], indirect=True)
def test_an_approval_that_names_no_commit(stand: Stand, open_request: Requested, tmp_path: Path) -> None:
    """On GitLab the button does not count, and whoever pressed it is told to post the line; then the line counts."""
    stand.world.review(open_request.pull, stand.account("r.meyer"), "APPROVED")
    job = job_at(stand, tmp_path / "job")

    [word] = job.attest()["requests"][0]["words"]
    assert (word["outcome"], word["said"], word["by"]) == ("refused", "approved", "")
    answer = open_request.pull.notes[-1].body
    assert "The forge does not say which commit was looked at. Post the line instead." in answer

    open_request.say("r.meyer", open_request.line())
    [request] = job.attest()["requests"]
    assert ([one["outcome"] for one in request["words"]], request["verdict"]) == (["attested"], "pass")


def test_a_dry_run_writes_nothing(stand: Stand, open_request: Requested, tmp_path: Path) -> None:
    """A dry run says what would become a sign-off; nothing moves here or there, and nothing is answered."""
    open_request.say("r.meyer", open_request.line())
    before = stand.world.git("for-each-ref"), len(open_request.pull.notes)
    job = job_at(stand, tmp_path / "job")

    done = job.attest("--dry-run")

    assert done["dry_run"]
    assert [word["outcome"] for word in done["requests"][0]["words"]] == ["attested"]
    assert done["requests"][0]["commit"] == ""
    assert (stand.world.git("for-each-ref"), len(open_request.pull.notes)) == before


def test_without_push_it_stays_here(stand: Stand, open_request: Requested, tmp_path: Path) -> None:
    """Without `--push` the sign-off is on the branch of the clone alone."""
    open_request.say("r.meyer", open_request.line())
    job = job_at(stand, tmp_path / "job")
    before = stand.world.git("for-each-ref")

    done = job.attest(push=False)

    assert done["requests"][0]["commit"]
    assert stand.world.git("for-each-ref") == before
    assert not done["requests"][0]["answered"]
    assert open_desk(tmp_path / "job").repository.branches("near-miss/") == {
        open_request.pull.branch: done["requests"][0]["commit"]
    }


def test_what_a_request_brings_is_never_checked_out(stand: Stand, open_request: Requested, tmp_path: Path) -> None:
    """The job works in a bare repository: it reads objects, and no file of a request ever lies on its disk."""
    open_request.say("r.meyer", open_request.line())

    job_at(stand, tmp_path / "job").attest()

    assert not list((tmp_path / "job").rglob("*.yaml"))
