"""`--push`: the branch goes to the forge, a request is opened where that can be done, and nothing is ever lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nearmiss.forge.tokens import OURS
from tests.cli.shell import Shell
from tests.forge.stand import Stand


@pytest.fixture
def record(stand: Stand) -> str:
    """Give a record that is ready to be signed off, and already on the forge's main branch."""
    made = stand.scene.prepare()
    stand.scene.git("push", "-q", "origin", "main")
    return made


def branch_of(record: str) -> str:
    """Return the branch of the first step."""
    return f"near-miss/{record}/01-investigate"


def test_with_a_token_a_request_is_opened(stand: Stand, shell: Shell, record: str, token: str) -> None:
    """The branch is on the forge, one request for it is open, and its address is told."""
    outcome = shell.run("s.ito", "advance", record, "--push")

    assert outcome.code == 0, outcome.said
    [pull] = stand.world.pulls
    assert (pull.branch, pull.target, pull.title) == (branch_of(record), "main", f"{record}: investigate")
    assert stand.world.tip(f"refs/heads/{branch_of(record)}") == stand.scene.rev(branch_of(record))
    assert "Pushed to origin.\nRequest 1: http://127.0.0.1" in outcome.out
    assert token not in outcome.said


def test_request_as_json(stand: Stand, shell: Shell, record: str, token: str) -> None:
    """JSON tells the number of the request, and no problem."""
    pushed = shell.json("s.ito", "advance", record, "--push")["pushed"]

    assert (pushed["remote"], pushed["request"], pushed["problem"]) == ("origin", 1, "")
    assert pushed["address"].startswith(f"{stand.forge.web}/acme/register/")


def test_a_request_is_opened_once(stand: Stand, shell: Shell, record: str, token: str) -> None:
    """Whoever signs and pushes adds to the request that is open."""
    shell.json("s.ito", "advance", record, "--push")
    stand.scene.clock.tick(minutes=1)

    signed = shell.json("r.meyer", "approve", record, "--push")

    assert len(stand.world.pulls) == 1
    assert signed["pushed"]["request"] == 1
    assert stand.world.tip(f"refs/heads/{branch_of(record)}") == signed["commit"]


def test_an_objection_is_pushed_too(stand: Stand, shell: Shell, record: str, token: str) -> None:
    """So does whoever objects, and is told which request that is."""
    shell.json("s.ito", "advance", record, "--push")

    outcome = shell.run("r.meyer", "object", record, "--because", "Nobody asked the night shift.", "--push")

    assert outcome.code == 0, outcome.said
    assert "Request 1: " in outcome.out
    assert "Share it" not in outcome.out


def test_without_a_token(stand: Stand, shell: Shell, record: str, kind: str) -> None:
    """GitLab and Forgejo open a request for a push alone; of GitHub the page to open one on is told."""
    outcome = shell.run("s.ito", "advance", record, "--push")

    assert outcome.code == 0, outcome.said
    assert stand.forge.asked == []
    web = f"{stand.forge.web}/acme/register"
    expected = {
        "github": f"{web}/compare/main...{branch_of(record)}?expand=1",
        "gitlab": f"{web}/-/merge_requests/1",
        "forgejo": f"{web}/pulls/1",
    }
    assert f"The request, or where to open it: {expected[kind]}\n" in outcome.out
    assert [pull.title for pull in stand.world.pulls] == ([] if kind == "github" else [f"{record}: investigate"])


@pytest.mark.parametrize("kind", ["forgejo"], indirect=True)
def test_what_was_pushed_for_review_is_added_to(stand: Stand, shell: Shell, record: str) -> None:
    """Forgejo's `refs/for/` makes one request for each topic of a person, on no branch."""
    shell.json("s.ito", "advance", record, "--push")

    outcome = shell.json("s.ito", "object", record, "--because", "I was wrong.", "--push")

    [pull] = stand.world.pulls
    assert pull.topic == f"somebody/{branch_of(record)}"
    assert stand.world.tip(pull.reference) == outcome["commit"]
    assert stand.world.tip(f"refs/heads/{branch_of(record)}") == ""


@pytest.mark.parametrize("kind", ["forgejo"], indirect=True)
def test_a_branch_that_the_forge_has_is_not_parted(
    stand: Stand, shell: Shell, record: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody without a token adds to the branch on which the request stands, and opens no request of their own."""
    monkeypatch.setenv(OURS, "secret-token-of-the-job")
    shell.json("s.ito", "advance", record, "--push")
    monkeypatch.delenv(OURS)
    stand.scene.clock.tick(minutes=1)

    signed = shell.json("r.meyer", "approve", record, "--push")

    assert len(stand.world.pulls) == 1
    assert stand.world.tip(f"refs/heads/{branch_of(record)}") == signed["commit"]


def plain_remote(stand: Stand) -> None:
    """Let the forge take no push options."""
    stand.world.git("config", "receive.advertisePushOptions", "false")


def test_a_forge_without_push_options(stand: Stand, shell: Shell, record: str, kind: str) -> None:
    """Where the words of a push are not understood, the branch goes there without them, and the page is told."""
    plain_remote(stand)

    outcome = shell.run("s.ito", "advance", record, "--push")

    assert outcome.code == 0, outcome.said
    assert stand.world.tip(f"refs/heads/{branch_of(record)}") == stand.scene.rev(branch_of(record))
    page = {"github": "/compare/main...", "gitlab": "/-/merge_requests/new?", "forgejo": "/compare/main..."}
    assert f"The request, or where to open it: {stand.forge.web}/acme/register{page[kind]}" in outcome.out


TROUBLES: dict[str, Callable[[Stand], None]] = {
    "the token did not": lambda stand: stand.forge.tokens.clear(),
    "has a fault of its own (502)": lambda stand: stand.forge.trouble(502, method="POST"),
    "a page for people": lambda stand: stand.forge.trouble(
        raw=b"<html>Sign in</html>", headers={"Content-Type": "text/html"}, method="POST"
    ),
    "does not let this token open a request: Read only": lambda stand: stand.forge.trouble(
        403, data={"message": "Read only."}, method="POST"
    ),
    "wants to be left alone for 3600 seconds": lambda stand: stand.forge.trouble(
        429, headers={"Retry-After": "3600"}, method="POST"
    ),
}


@pytest.mark.parametrize("said", TROUBLES)
def test_a_request_that_cannot_be_opened_loses_nothing(
    stand: Stand, shell: Shell, record: str, token: str, said: str, kind: str
) -> None:
    """Whatever the forge answers, the branch is there; why there is no request is told, and where to open one."""
    TROUBLES[said](stand)

    outcome = shell.run("s.ito", "advance", record, "--push")

    assert outcome.code == 0, outcome.said
    assert stand.world.tip(f"refs/heads/{branch_of(record)}") == stand.scene.rev(branch_of(record))
    flat = " ".join(outcome.out.split())
    assert "The branch is there; a request for it could not be opened: 127.0.0.1" in flat
    assert said.replace("the token did not", "did not accept the token") in flat
    assert f"Open it here: {stand.forge.web}/acme/register/" in flat
    assert token not in outcome.said


def test_a_push_that_is_refused_keeps_the_branch(stand: Stand, shell: Shell, record: str, token: str) -> None:
    """Where the forge does not take the branch, the local one stays, nothing is opened, and the way on is told."""
    hook = stand.world.bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'not today' >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)

    outcome = shell.run("s.ito", "advance", record, "--push", "--json")

    assert outcome.code == 1
    assert outcome.data["pushed"] is None
    assert "not today" in outcome.data["message"]
    assert outcome.data["commit"] == stand.scene.rev(branch_of(record))
    assert stand.world.pulls == []


def test_a_policy_change_gets_a_request(stand: Stand, shell: Shell, token: str) -> None:
    """Proposals for the policy are opened in the same way."""
    path = Path("workflow/policy/settings.yaml")
    changed = stand.scene.revised(str(path), {"organisation": "Other Works"})
    (stand.scene.root / path).write_bytes(changed)

    pushed = shell.json("o.haddad", "advance", "policy", "--push")["pushed"]

    assert pushed["request"] == 1
    assert stand.world.pulls[0].title == "policy: version 2"
