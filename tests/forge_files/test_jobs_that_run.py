"""The jobs that `init --forge` lays down do what they say: their own scripts, run against the real gate and a forge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.forge.stand import TOKEN, Stand, service_key, standing
from tests.forge.world import Pull
from tests.forge_files.jobs import Ran, Runner, has, left_behind, read_yaml

LINE = re.compile(r"^/sign-off .*$", re.MULTILINE)
ROBOTS = {"github": ("github-actions[bot]", 41), "forgejo": ("forgejo-actions", -2), "gitlab": ("project_1_bot", 42)}
"""As whom the jobs of a forge speak, and the number of that account."""

PUSHING = "token-that-pushes"
NAMES = {"github": ".github/workflows/near-miss-{}.yml", "forgejo": ".forgejo/workflows/near-miss-{}.yml"}


@dataclass
class Works:
    """A register on a forge with the forge's own jobs, taken from its main branch."""

    stand: Stand
    runner: Runner

    @property
    def pull(self) -> Pull:
        """The one request."""
        [pull] = self.stand.world.pulls
        return pull

    def propose(self) -> Pull:
        """Take a record to a request for its first step."""
        scene = self.stand.scene
        record = scene.prepare("low")
        scene.git("push", "-q", "origin", "main")
        branch = scene.advance("s.ito", record).branch
        scene.git("push", "-q", "origin", branch)
        return self.stand.world.open_pull(branch, title=record, opener=self.stand.account("s.ito"))

    @property
    def key(self) -> str:
        """The private key of the service."""
        return service_key().read_text(encoding="utf-8")

    def file(self, name: str) -> Any:
        """Return a file of the main branch as the forge reads it."""
        return read_yaml(self.stand.world.git("show", f"refs/heads/main:{name}"))

    def tip(self) -> str:
        """Return the commit at the head of the request, where the forge has it under a name of its own too."""
        world, number = self.stand.world, self.pull.number
        tip = world.tip(f"refs/heads/{self.pull.branch}")
        for reference in (f"refs/pull/{number}/head", f"refs/merge-requests/{number}/head"):
            world.git("update-ref", reference, tip)
        return tip

    def gate(self) -> Ran:
        """Let the forge judge the request, and comment on it."""
        self.runner.set_clock(self.stand.scene.clock.now())
        head = self.tip()
        if self.stand.kind == "gitlab":
            return self._gate_of_gitlab(head)
        workflow = self.file(NAMES[self.stand.kind].format("gate"))
        number = str(self.pull.number)
        facts = {
            "github.token": TOKEN,
            "github.event.pull_request.number": number,
            "github.event.pull_request.head.sha": head,
        }
        judged = self.runner.workflow_job(workflow, "gate", facts=facts)
        facts["needs.gate.outputs.comment"] = judged.outputs["comment"]
        told = self.runner.workflow_job(workflow, "comment", facts=facts)
        assert told.status == 0, told.said
        return judged

    def _gate_of_gitlab(self, head: str) -> Ran:
        pipeline = self.file(".gitlab-ci.yml")
        facts = self._of_gitlab(CI_COMMIT_SHA=head, CI_MERGE_REQUEST_IID=str(self.pull.number))
        judged, place = self.runner.pipeline_job(pipeline, "near-miss gate", facts=facts)
        assert (place / "findings.json").is_file()
        facts["NEARMISS_COMMENT_TOKEN"] = TOKEN
        told, _ = self.runner.pipeline_job(pipeline, "near-miss comment", facts=facts, place=place)
        assert told.status == 0, told.said
        return judged

    def _of_gitlab(self, **more: str) -> dict[str, str]:
        web = self.stand.forge.web
        return {
            "CI_API_V4_URL": f"{web}/api/v4",
            "CI_CONFIG_PATH": ".gitlab-ci.yml@acme/register:main",
            "CI_MERGE_REQUEST_PROJECT_ID": "1",
            "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "1",
            "CI_PROJECT_ID": "1",
            "CI_PROJECT_PATH": "acme/register",
            "CI_PROJECT_URL": f"{web}/acme/register",
            "CI_REPOSITORY_URL": self.stand.forge.remote,
            "CI_SERVER_URL": web,
            **more,
        }

    def attest(self) -> Ran:
        """Let the forge's job read what was said."""
        self.runner.set_clock(self.stand.scene.clock.now())
        if self.stand.kind == "gitlab":
            facts = self._of_gitlab(NEARMISS_FORGE_TOKEN=TOKEN, NEARMISS_ATTEST_KEY=str(service_key()))
            return self.runner.pipeline_job(self.file(".gitlab-ci.yml"), "near-miss attest", facts=facts)[0]
        facts = {
            "github.token": TOKEN,
            "github.event.issue.number": str(self.pull.number),
            "secrets.NEARMISS_PUSH_TOKEN": PUSHING,
            "secrets.NEARMISS_ATTEST_KEY": self.key,
        }
        return self.runner.workflow_job(self.file(NAMES[self.stand.kind].format("attest")), "attest", facts=facts)

    def remind(self) -> Ran:
        """Let the forge's job keep the issues of reminders."""
        self.runner.set_clock(self.stand.scene.clock.now())
        if self.stand.kind == "gitlab":
            facts = self._of_gitlab(NEARMISS_FORGE_TOKEN=TOKEN)
            return self.runner.pipeline_job(self.file(".gitlab-ci.yml"), "near-miss remind", facts=facts)[0]
        workflow = self.file(NAMES[self.stand.kind].format("remind"))
        return self.runner.workflow_job(workflow, "remind", facts={"github.token": TOKEN})

    def publish(self, before: str) -> tuple[Ran, Path]:
        """Let the forge audit the main branch and publish; return where it put the site."""
        self.runner.set_clock(self.stand.scene.clock.now())
        if self.stand.kind == "gitlab":
            pipeline, place = self.file(".gitlab-ci.yml"), self.runner.workspace() / "work"
            self.stand.scene.git("clone", "-q", self.stand.forge.remote, str(place))
            facts = self._of_gitlab(CI_COMMIT_BEFORE_SHA=before)
            done, _ = self.runner.pipeline_job(pipeline, "near-miss audit", facts=facts, place=place)
            if done.status == 0:
                (place / "public").mkdir()
                (place / "public" / "gone.html").touch()
                self.runner.pipeline_job(pipeline, "pages", facts=facts, place=place)
            return done, place / "public"
        workflow = self.file(NAMES[self.stand.kind].format("publish"))
        facts = {"github.event.before": before, "github.token": TOKEN}
        done = self.runner.workflow_job(workflow, "audit", facts=facts, clone=self.stand.forge.remote)
        place = self.runner.home / f"job-{self.runner.jobs}" / "work"
        register = place / "register" if self.stand.kind == "forgejo" else place
        return done, register / "site" / "_build"


@pytest.fixture(params=["github", "gitlab", "forgejo"])
def works(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Works]:
    """Give each forge's register, with a runner for its jobs."""
    if request.param == "github" and not has("jq"):
        pytest.skip("jq is not here, which GitHub's own program has within; apt-get install jq")
    with standing(tmp_path, request.param, with_files=True) as stand:
        login, number = ROBOTS[stand.kind]
        robot = stand.world.user(login, number=number, is_bot=True)
        stand.forge.tokens[TOKEN] = robot
        if stand.kind == "github":
            stand.forge.jobs.add(TOKEN)
        server = {"GITHUB_SERVER_URL": stand.forge.web, "GITHUB_REPOSITORY": "acme/register"}
        runner = Runner(home=tmp_path / "runner", variables={} if stand.kind == "gitlab" else server)
        yield Works(stand=stand, runner=runner)


def test_the_jobs_take_a_request_from_gate_to_site(works: Works) -> None:
    """It waits, as a comment tells; its line is posted and attested; it passes; it is merged, audited and published."""
    stand, pull = works.stand, works.propose()
    before = stand.world.tip("refs/heads/main")

    waiting = works.gate()
    assert waiting.status == 1, waiting.said
    [comment] = pull.notes
    assert comment.body.startswith("<!-- near-miss gate -->\n")
    assert "Legal and complete: sign-offs are missing" in comment.body
    found = LINE.search(comment.body)
    assert found
    stand.scene.clock.tick(minutes=5)
    stand.world.comment(pull, stand.account("r.meyer"), found[0])
    attested = works.attest()
    assert attested.status == 0, attested.said
    assert "counts; it is a sign-off on the branch." in pull.notes[-1].body
    assert list(left_behind(works.runner.home, works.key.splitlines()[1])) == []

    passing = works.gate()
    assert passing.status == 0, passing.said
    assert "Everything is signed: this may be merged" in comment.body
    assert len(pull.notes) == 3
    stand.world.merge(pull.number)
    done, site = works.publish(before)
    assert done.status == 0, done.said
    assert (site / "index.html").is_file()
    assert not (site / "gone.html").exists()
    if stand.kind == "forgejo":
        assert "index.html" in stand.world.git("ls-tree", "--name-only", "refs/heads/pages").split("\n")
    [pin] = set(works.runner.installed)
    assert pin.startswith("nearmiss-register==")


def test_a_job_reminds_people_by_issues(works: Works) -> None:
    """Whoever is to sign what is proposed has an issue, and a second run on the same day says nothing more."""
    stand = works.stand
    works.propose()
    stand.scene.clock.tick(days=9)

    for _ in range(2):
        done = works.remind()
        assert done.status == 0, done.said

    signers = [one for one in stand.world.tickets if "reminders of r.meyer," in one.body]
    assert len(signers) == 1
    assert "Sign investigate" in signers[0].body
    assert not any(one.notes for one in stand.world.tickets)


def test_a_job_finds_out_who_rewrote_the_main_branch(works: Works) -> None:
    """Where the main branch does not contain any more what it was before, the audit fails, and nothing is published."""
    world = works.stand.world
    tree, author = world.tip("refs/heads/main"), ("-c", "user.name=X", "-c", "user.email=x@example.org")
    lost = world.git(*author, "commit-tree", "-m", "lost", f"{tree}^{{tree}}")
    world.git("update-ref", "refs/heads/main", lost)
    world.git("update-ref", "refs/heads/main", tree)
    world.git("update-ref", "refs/heads/kept", lost)

    done, site = works.publish(lost)

    assert done.status == 1, done.said
    assert "Traceback" not in done.said
    assert not (site / "index.html").exists()
