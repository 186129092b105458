"""Changes of the policy are signed without a terminal as records are: one line, attested, judged by the same gate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from nearmiss.cli.gate.comment import as_comment
from nearmiss.engine.audit.auditing import audit
from nearmiss.engine.checking.register import check
from nearmiss.engine.forges.lines import lines_of
from nearmiss.engine.gate.decisions import Gated, judge_revisions
from nearmiss.models.digests import digest
from nearmiss.store.documents import YamlDocuments
from tests.engine.scene import codes
from tests.forge.desk import job_at
from tests.forge.stand import Stand, account_of
from tests.forge.world import Note, Pull
from tests.verifier.watching import found

SETTINGS = "workflow/policy/settings.yaml"
HOOK = "hooks/pre-receive"
BRANCH = "near-miss/policy/02-change-policy"


@dataclass
class Change:
    """A change of the policy that is proposed on the forge."""

    stand: Stand
    pull: Pull

    def gated(self) -> Gated:
        """Return what the gate says of it."""
        scene = self.stand.scene
        scene.git("fetch", "-q", "origin")
        return judge_revisions(scene.desk("o.haddad"), base="origin/main", head=f"origin/{self.pull.branch}")

    def verdict(self) -> str:
        """Return the gate's verdict on it."""
        return self.gated().result.verdict

    def line(self, word: str = "sign-off") -> str:
        """Return the line about it, as the gate's comment has it while somebody is to sign."""
        [step] = self.gated().result.proposed("policy")
        return f"/{word} policy {step.transition.name} {step.code}"

    def say(self, handle: str, text: str) -> Note:
        """Comment as somebody."""
        return self.stand.world.comment(self.pull, self.stand.account(handle), text)

    def push(self, files: dict[str, bytes | str], *, author: str = "o.haddad") -> None:
        """Add a commit to the branch."""
        scene = self.stand.scene
        scene.git("fetch", "-q", "origin", f"+{self.pull.branch}:{self.pull.branch}")
        scene.commit_files(files, branch=self.pull.branch, who=author)
        scene.git("push", "-q", "origin", self.pull.branch)


@pytest.fixture
def change(stand: Stand, token: str) -> Change:
    """Give a request that changes the policy."""
    scene = stand.scene
    proposed = scene.propose_policy("o.haddad", {SETTINGS: scene.revised(SETTINGS, {"organisation": "Other Works"})})
    scene.git("push", "-q", "origin", proposed.branch)
    pull = stand.world.open_pull(proposed.branch, title="Policy", opener=stand.account("o.haddad"))
    return Change(stand=stand, pull=pull)


def test_the_full_loop_of_a_policy_change(stand: Stand, change: Change, tmp_path: Path) -> None:
    """A policy owner posts the comment's line; it is attested and merged, and whoever judges finds all in order."""
    assert (change.pull.branch, change.verdict()) == (BRANCH, "waiting")
    comment = "\n".join(as_comment(change.gated()))
    assert f"\n{change.line()}\n{change.line('object')} because: …\n" in comment
    before = stand.world.tip(f"refs/heads/{BRANCH}")
    stand.scene.clock.tick(minutes=5)
    note = change.say("w.olsen", change.line())

    [request] = job_at(stand, tmp_path / "job").attest()["requests"]

    [word] = request["words"]
    assert (word["outcome"], word["by"], word["message"]) == ("attested", "w.olsen", "w.olsen signed policy version 2.")
    assert (request["id"], request["verdict"], request["problem"]) == ("policy", "pass", "")
    path = "workflow/policy/sign-offs/0002--w.olsen.yaml"
    assert word["files"] == [path]
    assert stand.world.git("diff", "--name-status", before, f"refs/heads/{BRANCH}") == f"A\t{path}"
    data = YamlDocuments().read(stand.world.git("show", f"refs/heads/{BRANCH}:{path}").encode() + b"\n").data
    assert data is not None
    said = data["statement"]
    assert digest(said["content"]).removeprefix("sha256:").startswith(change_code(note.body))
    assert said["review"] == {
        "forge": stand.kind,
        "reviewer_id": str(account_of("w.olsen")),
        "review_id": str(note.id),
        "head": before,
    }
    assert (said["by"], said["role"], said["time_source"]) == ("w.olsen", "policy-owner", "forge")
    assert change.verdict() == "pass"
    stand.world.merge(change.pull.number)
    scene = stand.scene
    scene.git("fetch", "-q", "origin")
    scene.git("merge", "-q", "--ff-only", "origin/main")
    assert codes(check(scene.desk("o.haddad")).findings) == set()
    assert audit(scene.desk("o.haddad")).verdict == "pass"
    assert found(scene, scene.rev()) == set()


def change_code(line: str) -> str:
    """Return the digits of a line."""
    return lines_of(line)[0].digits


REFUSED = {
    "its author": ("o.haddad", "they wrote it"),
    "somebody without the role": ("r.meyer", "they do not hold a role that signs it"),
    "somebody who left": ("l.former", "only active people give their word"),
    "an account of nobody": ("c.moreau", "is nobody's"),
}


@pytest.mark.parametrize("kind", ["github"], indirect=True)
@pytest.mark.parametrize("case", REFUSED)
def test_who_may_not_sign_a_policy_change(change: Change, stand: Stand, tmp_path: Path, case: str) -> None:
    """Who may not sign it in a clone may not on the forge: nothing is added, and the reason is told."""
    who, why = REFUSED[case]
    before = stand.world.git("for-each-ref")
    change.say(who, change.line())

    [request] = job_at(stand, tmp_path / "job").attest()["requests"]

    [word] = request["words"]
    assert word["outcome"] == "refused"
    assert why in word["message"]
    assert (request["verdict"], stand.world.git("for-each-ref")) == ("waiting", before)


@pytest.mark.parametrize("kind", ["gitlab"], indirect=True)
def test_what_comes_along_is_signed_too(change: Change, stand: Stand, tmp_path: Path) -> None:
    """The digits bind every policy path: after a hook was added they are others, and the old line does not count."""
    old = change.line()
    change.say("w.olsen", old)
    change.push({HOOK: "#!/bin/sh\nexit 0\n"})
    assert change_code(change.line()) != change_code(old)

    [word] = job_at(stand, tmp_path / "job").attest()["requests"][0]["words"]

    assert word["outcome"] == "refused"
    assert word["message"].startswith(f"It is about {change_code(old)}, and what is proposed now is ")


@pytest.mark.parametrize("kind", ["forgejo"], indirect=True)
def test_an_approval_that_holds_no_longer_is_taken_back(change: Change, stand: Stand, tmp_path: Path) -> None:
    """After the change was changed, the sign-off of before is refused; the line of today takes its place."""
    job = job_at(stand, tmp_path / "job")
    change.say("w.olsen", change.line())
    assert job.attest()["requests"][0]["verdict"] == "pass"
    change.push({HOOK: "#!/bin/sh\nexit 0\n"})
    assert change.verdict() == "refuse"
    assert job.attest()["requests"][0]["words"][0]["outcome"] == "refused"

    change.say("w.olsen", change.line())
    [request] = job.attest()["requests"]

    assert [word["outcome"] for word in request["words"]] == ["overtaken", "attested"]
    assert (request["verdict"], change.verdict()) == ("pass", "pass")


@pytest.mark.parametrize("kind", ["github"], indirect=True)
def test_the_button_signs_a_policy_change(change: Change, stand: Stand, tmp_path: Path) -> None:
    """Where the forge names the commit that was approved, the button is enough, until something else is pushed."""
    stand.world.review(change.pull, stand.account("w.olsen"), "APPROVED")
    job = job_at(stand, tmp_path / "job")

    assert job.attest("--dry-run")["requests"][0]["words"][0]["outcome"] == "attested"
    change.push({HOOK: "#!/bin/sh\nexit 0\n"})
    [word] = job.attest()["requests"][0]["words"]
    assert word["message"].startswith("It was given to an earlier version of this request.")

    stand.world.review(change.pull, stand.account("w.olsen"), "APPROVED")
    assert job.attest()["requests"][0]["verdict"] == "pass"
    assert [word["outcome"] for word in job.attest()["requests"][0]["words"]] == ["already"]


@pytest.mark.parametrize("kind", ["gitlab"], indirect=True)
def test_an_objection_to_a_policy_change(change: Change, stand: Stand, tmp_path: Path) -> None:
    """An objection stands with its reason, takes back an approval of the same person, and is withdrawn by the line."""
    job = job_at(stand, tmp_path / "job")
    change.say("w.olsen", change.line())
    assert job.attest()["requests"][0]["verdict"] == "pass"
    change.say("w.olsen", f"{change.line('object')} because: Nobody asked the works council.")

    [request] = job.attest()["requests"]
    assert [word["outcome"] for word in request["words"]] == ["overtaken", "attested"]
    assert any("Nobody asked the works council." in waiting for waiting in request["waiting"])
    assert job.attest()["requests"][0]["words"][1]["outcome"] == "already"

    change.say("w.olsen", change.line())
    assert job.attest()["requests"][0]["verdict"] == "pass"
