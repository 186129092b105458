"""What people say on a request and what does not count: each is answered with the reason, and its twin counts."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nearmiss.policy.proposed import CODE_LENGTH
from nearmiss.vcs.repository import GitRepository
from tests.cli.shell import Shell
from tests.forge.desk import JobAt, Requested, job_at, standing_requested
from tests.forge.stand import Stand, service_key, standing
from tests.forge.world import Note


@pytest.fixture
def open_request(tmp_path: Path, kind: str, token: str) -> Iterator[Requested]:
    """Give a request for the first step of a record."""
    with standing_requested(tmp_path, kind) as request:
        yield request


@pytest.fixture
def stand(open_request: Requested) -> Stand:
    """Give the stand of that request."""
    return open_request.stand


@pytest.fixture
def job(stand: Stand, open_request: Requested, tmp_path: Path) -> JobAt:
    """Give the job, which has fetched the request."""
    return job_at(stand, tmp_path / "job")


ON_ANY_FORGE = pytest.mark.parametrize("kind", ["gitlab"])
"""For what happens once the forge was read and before it is written to."""


def by_another_account(request: Requested) -> None:
    """Somebody takes the name that is shown of somebody who may sign, and posts the right line."""
    stand = request.stand
    real = stand.account("r.meyer")
    twin = stand.world.user("r-meyer-2", number=999, name=real.name)
    stand.world.comment(request.pull, twin, request.line())
    twin.login, real.login = real.login, "renamed"


def edited(request: Requested) -> None:
    """A comment of somebody who may sign says something else by now."""
    request.stand.world.edit(request.say("r.meyer", "Nice work."), request.line())


def by_bot(request: Requested) -> None:
    """A program posts the line."""
    clerk = request.stand.world.user("project_1_bot_ab12", number=4, is_bot=True)
    request.stand.world.comment(request.pull, clerk, request.line())


def with_digits(request: Requested) -> Note:
    """The digits are those of something else."""
    return request.say("r.meyer", request.line()[:-CODE_LENGTH] + "0" * CODE_LENGTH)


def with_few_digits(request: Requested) -> Note:
    """The digits are so few that somebody could have made another content that shares them."""
    return request.say("r.meyer", request.line()[: 8 - CODE_LENGTH])


REFUSALS: dict[str, tuple[Callable[[Requested], object], str]] = {
    "another account": (
        by_another_account,
        "The account 999 is nobody's. A change of people.yaml can add it: accounts:",
    ),
    "edited": (edited, "The comment was edited, so nobody can tell who wrote what it says now."),
    "unmapped": (lambda request: request.say("c.moreau", request.line()), "is nobody's."),
    "bot": (by_bot, "A program wrote it, and only people give their word."),
    "wrong digits": (with_digits, f"It is about {'0' * CODE_LENGTH}, and what is proposed now is"),
    "few digits": (with_few_digits, "It gives 8 of the 32 characters that stand for what is proposed."),
    "contributor": (
        lambda request: request.say("s.ito", request.line()),
        "they wrote part of what investigate seals",
    ),
}
"""Each forge says these in its own way: whose account it is, whether somebody edited, what a program wrote."""

REFUSED_ANYWHERE: dict[str, tuple[Callable[[Requested], object], str]] = {
    "no role": (
        lambda request: request.say("a.brandt", request.line()),
        "investigate is signed by quality-lead, area-manager, within their scope",
    ),
    "service": (lambda request: request.say("g.robot", request.line()), "only active people give their word"),
    "gone": (lambda request: request.say("l.former", request.line()), "only active people give their word"),
    "other step": (
        lambda request: request.say("r.meyer", request.line().replace(" investigate ", " verify ")),
        "This request does not propose verify; it proposes investigate.",
    ),
    "other record": (
        lambda request: request.say("r.meyer", request.line().replace(request.record, "NM-2026-ZZZZZ")),
        "not about NM-2026-ZZZZZ.",
    ),
    "slip": (lambda request: request.say("r.meyer", "/sign-off it"), "This line cannot be read."),
    "bad reason": (
        lambda request: request.say("r.meyer", request.line("object")),
        "This line cannot be read.",
    ),
}


def refused(open_request: Requested, job: JobAt, say: Callable[[Requested], object], why: str) -> None:
    """Nothing is added to the branch, why is told as JSON and on the request, and the gate still waits."""
    say(open_request)
    before = open_request.stand.world.git("for-each-ref")

    [request] = job.attest()["requests"]

    [word] = request["words"]
    assert word["outcome"] == "refused"
    assert why in word["message"]
    assert (request["commit"], request["verdict"], request["answered"]) == ("", "waiting", True)
    assert open_request.stand.world.git("for-each-ref") == before
    answer = open_request.pull.notes[-1].body
    assert "❌" in answer
    assert "It still waits:" in answer


@pytest.mark.parametrize("case", REFUSALS)
def test_what_does_not_count(open_request: Requested, job: JobAt, case: str) -> None:
    """What a forge must be understood for is refused."""
    refused(open_request, job, *REFUSALS[case])


@ON_ANY_FORGE
@pytest.mark.parametrize("case", REFUSED_ANYWHERE)
def test_what_does_not_count_anywhere(open_request: Requested, job: JobAt, case: str) -> None:
    """What the line says, and who may sign, is refused in one way for all forges."""
    refused(open_request, job, *REFUSED_ANYWHERE[case])


@ON_ANY_FORGE
@pytest.mark.parametrize("quoted", ["> {}", "    {}", "```\n{}\n```", "I would write {}"])
def test_what_nobody_said(open_request: Requested, job: JobAt, quoted: str) -> None:
    """A line that is quoted, code or part of a sentence is not even answered."""
    open_request.say("r.meyer", quoted.format(open_request.line()))

    [request] = job.attest()["requests"]

    assert request["words"] == []
    assert len(open_request.pull.notes) == 1


@ON_ANY_FORGE
def test_content_that_changed(open_request: Requested, job: JobAt) -> None:
    """A line does not count for what was pushed after it; the line of what there is now does."""
    open_request.say("r.meyer", open_request.line())
    open_request.edit({"assessment.reply": "We chock wheels now, and check."})
    assert [word["outcome"] for word in job.attest()["requests"][0]["words"]] == ["refused"]

    open_request.say("r.meyer", open_request.line())
    [request] = job.attest()["requests"]

    assert [word["outcome"] for word in request["words"]] == ["overtaken", "attested"]
    assert request["verdict"] == "pass"


@ON_ANY_FORGE
def test_an_attested_word_on_what_changed(open_request: Requested, job: JobAt, stand: Stand) -> None:
    """A sign-off that was attested holds no longer once the content changes; a new line takes its place."""
    open_request.say("r.meyer", open_request.line())
    assert job.attest()["requests"][0]["verdict"] == "pass"
    open_request.edit({"assessment.reply": "We chock wheels now, and check."})
    assert open_request.gate() == "waiting"

    open_request.say("r.meyer", open_request.line())
    [request] = job.attest()["requests"]

    assert (request["verdict"], request["problem"]) == ("pass", "")
    assert open_request.gate() == "pass"


@ON_ANY_FORGE
def test_the_last_word_counts(open_request: Requested, job: JobAt) -> None:
    """Who objects after having agreed has objected."""
    open_request.say("r.meyer", open_request.line())
    open_request.say("r.meyer", open_request.line("object") + " because: I read it again.")

    [request] = job.attest()["requests"]

    assert [word["outcome"] for word in request["words"]] == ["overtaken", "attested"]
    assert request["verdict"] == "waiting"


@ON_ANY_FORGE
def test_an_attested_approval_is_taken_back(open_request: Requested, job: JobAt) -> None:
    """An objection takes back the approval of the same person, though that was attested before; and the other way."""
    open_request.say("r.meyer", open_request.line())
    assert job.attest()["requests"][0]["verdict"] == "pass"

    open_request.say("r.meyer", open_request.line("object") + " because: I read it again.")
    assert job.attest()["requests"][0]["verdict"] == "waiting"
    assert open_request.gate() == "waiting"

    open_request.say("r.meyer", open_request.line())
    [request] = job.attest()["requests"]
    assert [word["outcome"] for word in request["words"]] == ["overtaken", "overtaken", "attested"]
    assert request["verdict"] == "pass"


def test_a_closed_request(open_request: Requested, job: JobAt) -> None:
    """On a request that is closed nothing counts any more, and nothing is answered."""
    open_request.say("r.meyer", open_request.line())
    open_request.pull.state = "closed"

    assert job.attest()["requests"] == []
    [request] = job.attest("--request", "1")["requests"]

    assert request["reason"] == "This request is not open any more."
    assert (request["words"], request["commit"], request["answered"]) == ([], "", False)


def test_a_request_from_a_fork(open_request: Requested, job: JobAt, stand: Stand) -> None:
    """A request from a fork has a branch of the same name elsewhere: nothing is added to the one here."""
    open_request.say("r.meyer", open_request.line())
    stand.world.git("update-ref", f"refs/pull/{open_request.pull.number}/head", stand.world.tip("refs/heads/main"))
    open_request.pull.from_fork = True
    before = stand.world.git("for-each-ref")

    [request] = job.attest()["requests"]

    assert request["reason"].startswith("This request comes from a fork")
    assert [word["outcome"] for word in request["words"]] == ["refused"]
    assert stand.world.git("for-each-ref") == before
    assert request["answered"]


@ON_ANY_FORGE
def test_a_request_for_another_branch(open_request: Requested, job: JobAt) -> None:
    """Only what is for the main branch is attested."""
    open_request.say("r.meyer", open_request.line())
    open_request.pull.target = "other"

    assert job.attest()["requests"][0]["reason"] == "This request is not for main."


@ON_ANY_FORGE
def test_a_proposal_that_would_be_refused(open_request: Requested, job: JobAt, stand: Stand) -> None:
    """Nobody signs off what the gate would refuse anyway; the first finding is told."""
    open_request.say("r.meyer", open_request.line())
    scene, branch = stand.scene, open_request.pull.branch
    scene.commit_files({".gitattributes": "* merge=union\n"}, branch=branch)
    scene.git("push", "-q", "origin", branch)

    [request] = job.attest()["requests"]

    assert request["verdict"] == "refuse"
    assert [word["outcome"] for word in request["words"]] == ["refused"]
    assert request["commit"] == ""


@ON_ANY_FORGE
def test_rules_that_changed_since(open_request: Requested, job: JobAt, stand: Stand) -> None:
    """A word that was given under other rules is given anew."""
    line = open_request.line()
    open_request.say("r.meyer", line)
    scene = stand.scene
    scene.clock.tick(minutes=5)
    path = "workflow/policy/settings.yaml"
    scene.change_policy("o.haddad", {path: scene.revised(path, {"organisation": "Other Works"})})
    scene.git("push", "-q", "origin", "main")

    [word] = job.attest()["requests"][0]["words"]
    assert word["outcome"] == "refused"
    assert word["message"].startswith("The rules changed after it was given; they are those of version 2.")

    scene.clock.tick(minutes=5)
    open_request.say("r.meyer", line)
    assert [one["outcome"] for one in job.attest()["requests"][0]["words"]] == ["overtaken", "attested"]


def test_more_than_a_hundred_comments(open_request: Requested, job: JobAt, stand: Stand) -> None:
    """The line is found behind as many comments as people write."""
    for number in range(120):
        open_request.say("m.okafor", f"remark {number}")
    open_request.say("r.meyer", open_request.line())

    assert job.attest()["requests"][0]["verdict"] == "pass"


TROUBLES: dict[str, tuple[dict[str, Any], str]] = {
    "limit": ({"status": 429, "headers": {"Retry-After": "3600"}}, "wants to be left alone for 3600 seconds"),
    "limit as a refusal": ({"status": 403, "headers": {"Retry-After": "3600"}}, "wants to be left alone"),
    "page": ({"raw": b"<html>", "headers": {"Content-Type": "text/html"}}, "it is a page for people"),
    "refused": ({"status": 403, "data": {"message": "no"}}, "does not let this token"),
}


@pytest.mark.parametrize("case", TROUBLES)
def test_a_forge_that_cannot_be_read(open_request: Requested, job: JobAt, stand: Stand, case: str) -> None:
    """Where comments cannot be read nothing is attested; the problem is told with exit code 1, and passes."""
    open_request.say("r.meyer", open_request.line())
    more, said = TROUBLES[case]
    stand.forge.trouble(**more, path="notes" if stand.kind == "gitlab" else "comments")
    before = stand.world.git("for-each-ref")

    outcome = job.run("--json")

    assert outcome.code == 1
    assert said in outcome.data["requests"][0]["problem"]
    assert stand.world.git("for-each-ref") == before
    assert job.attest()["requests"][0]["verdict"] == "pass"


@ON_ANY_FORGE
def test_what_a_run_attested_and_could_not_push_is_attested_again(open_request: Requested, job: JobAt) -> None:
    """A run that was stopped before it pushed keeps no other from attesting: the same words make sign-offs again."""
    open_request.say("r.meyer", open_request.line())
    left = job.attest(push=False)["requests"][0]["commit"]
    open_request.edit({"investigation.findings": "It was wet."})
    open_request.say("p.lind", open_request.line())

    [request] = job.attest()["requests"]

    assert left != request["commit"]
    assert (request["verdict"], request["problem"], request["hint"]) == ("pass", "", "")
    assert open_request.gate() == "pass"


@ON_ANY_FORGE
def test_what_somebody_else_has_not_pushed_is_not_thrown_away(open_request: Requested, job: JobAt) -> None:
    """Other commits that this clone has on the branch, and the remote has not, are a problem; what to do is said."""
    open_request.say("r.meyer", open_request.line())
    branch = open_request.pull.branch
    git = ["git", "-C", str(job.place), "-c", "user.name=S", "-c", "user.email=s.ito@example.org"]
    made = [*git, "commit-tree", "-p", branch, "-m", "Mine", f"{branch}^{{tree}}"]
    mine = subprocess.run(made, check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run([*git, "update-ref", f"refs/heads/{branch}", mine], check=True)

    outcome = job.run()

    assert outcome.code == 1
    assert f"problem: The branch {branch} of this clone has commits that" in outcome.out
    assert f"git branch -D {branch}" in outcome.out
    assert (
        subprocess.run([*git, "rev-parse", branch], check=True, capture_output=True, text=True).stdout.strip() == mine
    )


def test_an_answer_that_cannot_be_posted(open_request: Requested, job: JobAt, stand: Stand) -> None:
    """What was attested stands, though the answer could not be posted; that is told, and the next run posts it."""
    open_request.say("r.meyer", open_request.line())
    stand.forge.trouble(403, data={"message": "read only"}, method="POST")

    [request] = job.attest()["requests"]

    assert (request["verdict"], request["answered"], request["problem"]) == ("pass", False, "")
    assert request["unanswered"].endswith("does not let this token comment on request 1: read only.")
    assert open_request.gate() == "pass"
    assert job.attest()["requests"][0]["answered"]


@ON_ANY_FORGE
def test_words_about_an_answer_that_cannot_be_posted(open_request: Requested, job: JobAt, stand: Stand) -> None:
    """People are told the same."""
    open_request.say("r.meyer", open_request.line())
    stand.forge.trouble(403, data={"message": "read only"}, method="POST")

    assert "The request could not be answered: 127.0.0.1" in job.run().out


@ON_ANY_FORGE
def test_example_of_the_help(open_request: Requested, job: JobAt, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line that the help shows works, where the variable names the key."""
    monkeypatch.setenv("NEARMISS_SERVICE_KEY", str(service_key()))

    outcome = Shell(directory=job.place, scene=job.stand.scene).run("", "attest", "--dry-run")

    assert (outcome.code, outcome.err) == (0, "")
    assert "Request 1: " in outcome.out


@ON_ANY_FORGE
def test_somebody_pushed_meanwhile(
    open_request: Requested, job: JobAt, stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where somebody else adds to the branch in the same moment, all is weighed again on top of theirs."""
    open_request.say("r.meyer", open_request.line())
    pushing = GitRepository.push
    done: list[str] = []

    def push(self: GitRepository, branch: str, **more: Any) -> Any:
        if self.is_bare and not done:
            done.append(branch)
            stand.scene.git("fetch", "-q", "origin", f"+{branch}:{branch}")
            stand.scene.approve("k.adeyemi", open_request.record)
            stand.scene.git("push", "-q", "origin", branch)
        return pushing(self, branch, **more)

    monkeypatch.setattr(GitRepository, "push", push)
    [request] = job.attest()["requests"]

    assert (request["problem"], request["verdict"]) == ("", "pass")
    names = stand.world.git("ls-tree", "-r", "--name-only", f"refs/heads/{open_request.pull.branch}")
    assert "01-investigated--k.adeyemi.yaml" in names
    assert "01-investigated--r.meyer.yaml" in names


@ON_ANY_FORGE
def test_a_key_of_nobody(open_request: Requested, stand: Stand, tmp_path: Path) -> None:
    """Without a key that people.yaml lists for a service, nothing is attested."""
    open_request.say("r.meyer", open_request.line())
    shell = Shell(directory=job_at(stand, tmp_path / "job").place, scene=stand.scene)

    outcome = shell.run("", "attest", "--key", str(service_key("somebody")), "--push")

    assert outcome.code == 1
    assert "No key is at hand that people.yaml lists for a service." in outcome.err


@ON_ANY_FORGE
def test_two_steps_in_one_request(token: str, tmp_path: Path, kind: str) -> None:
    """Of steps that go together each is signed after the one before it."""
    with standing(tmp_path, kind) as stand:
        record = stand.scene.prepare("minimal")
        stand.scene.work_off(record)
        stand.scene.git("push", "-q", "origin", "main")
        Shell(directory=stand.scene.root, scene=stand.scene).json("s.ito", "close", record, "--push")
        request = Requested(stand=stand, record=record, pull=stand.world.pulls[0])
        request.say("r.meyer", request.line(step=1))
        job = job_at(stand, tmp_path / "job")

        [word] = job.attest()["requests"][0]["words"]
        assert (word["outcome"], word["message"]) == ("later", "investigate is signed first; this counts after that.")

        request.say("r.meyer", request.line(step=0))
        assert [one["outcome"] for one in job.attest()["requests"][0]["words"]] == ["attested", "attested"]


@ON_ANY_FORGE
def test_text_for_people(open_request: Requested, job: JobAt) -> None:
    """In words, each request is told with what became of what was said on it."""
    assert "Nobody said anything that counts." in job.run().out
    open_request.say("r.meyer", open_request.line())

    told = job.run("--dry-run").out
    assert "attested: /sign-off investigate of r.meyer. r.meyer signed investigate." in " ".join(told.split())
    assert "Nothing was written." in told
    assert "Everything is signed." in job.run().out


def test_nothing_open(token: str, tmp_path: Path, kind: str) -> None:
    """Without open requests there is nothing to do."""
    with standing(tmp_path, kind) as stand:
        assert job_at(stand, tmp_path / "job").run().out == "No request is open.\n"
