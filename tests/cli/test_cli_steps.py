"""Proposing, deciding and putting in force, on the command line: whole outputs, JSON, and every refusal's way on."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.engine.scene import Scene

RECORD = "NM-2026-00001"
BRANCH = f"near-miss/{RECORD}/01-investigate"


@pytest.fixture
def ready(scene: Scene) -> Scene:
    """A register with one record that is ready to be proposed."""
    assert scene.prepare() == RECORD
    return scene


def test_a_step_from_proposal_to_force(shell: Shell, ready: Scene) -> None:
    """Each command says what it did, whose turn it is, and what to run next."""
    proposed = shell.run("s.ito", "advance", RECORD)
    assert proposed.said == (
        f"{RECORD}: investigate (reported → investigated) is proposed.\n"
        f"Branch: {BRANCH}\n"
        "investigate waits for 1 of quality-lead, area-manager. "
        "Who may: r.meyer, p.lind, k.adeyemi, t.silva, c.moreau.\n"
        "\n"
        "Next, somebody who may sign looks at it and decides:\n"
        f"  nearmiss review {RECORD}\n"
        f"  nearmiss approve {RECORD}\n"
    )

    signed = shell.run("r.meyer", "approve", RECORD)
    assert signed.said == (
        f"{RECORD}: you signed investigate. Your signature means:\n"
        "  I have read the report, its assessment and the investigation, and find them complete and accurate.\n"
        "Identity not proven (asserted): no key of yours is registered.\n"
        "\n"
        "Everything is signed. Put it in force:\n"
        f"  nearmiss merge {RECORD}\n"
    )

    merged = shell.run("s.ito", "merge", RECORD)
    assert merged.said == f"{RECORD}: it is now investigated, in force on main.\n  nearmiss show {RECORD}\n"
    assert ready.state(RECORD) == "investigated"


def test_json_of_a_step(shell: Shell, ready: Scene) -> None:
    """Programs get the same facts under keys that stay."""
    proposed = shell.json("s.ito", "advance", RECORD)
    assert set(proposed) == {"ok", "id", "branch", "commit", "steps", "findings", "pushed"}
    [step] = proposed["steps"]
    assert (step["transition"], step["from"], step["to"]) == ("investigate", "reported", "investigated")
    assert step["seals"] == ["title", "report", "assessment", "investigation"]
    assert step["contributors"] == ["i.garcia", "m.okafor", "s.ito"]

    reviewed = shell.json("r.meyer", "review", RECORD)
    assert (reviewed["verdict"], reviewed["policy_version"]) == ("waiting", 1)
    assert reviewed["changes"] == [{"field": "state", "before": "reported", "after": "investigated"}]

    signed = shell.json("r.meyer", "approve", RECORD)
    assert (signed["verdict"], signed["assurance"], signed["word"]) == ("pass", "asserted", "approve")
    assert signed["steps"] == ["investigate"]

    merged = shell.json("s.ito", "merge", RECORD)
    assert (merged["state"], merged["steps"], merged["main_branch"]) == ("investigated", ["investigate"], "main")


def test_review_tells_all_in_words(shell: Shell, ready: Scene) -> None:
    """A reviewer reads the step, its meaning, what it seals, what changes, who may sign, and the line to copy."""
    ready.advance("s.ito", RECORD)

    said = shell.run("r.meyer", "review", RECORD).out

    for words in (
        f"Proposed on {BRANCH}, judged by policy version 1.",
        "investigate: Sign off the investigation (reported → investigated)",
        "I have read the report, its assessment and the investigation",
        "It seals: title, report, assessment, investigation.",
        "Written by: i.garcia, m.okafor, s.ito.",
        "Assessment\n  decision: near-miss",
        "  state\n    before: reported\n    after:  investigated\n",
        "It is legal and complete; sign-offs are missing.",
        "Who may: r.meyer, p.lind, k.adeyemi, t.silva, c.moreau.",
        f"To sign it:  nearmiss approve {RECORD}",
    ):
        assert words in said, words


def test_review_of_what_is_signed_and_objected_to(shell: Shell, ready: Scene) -> None:
    """Signatures and objections show; a passed proposal shows the line that merges it."""
    ready.advance("s.ito", RECORD)
    objected = shell.run("p.lind", "object", RECORD, "--because", "Nobody asked the night shift.")
    assert objected.code == 0
    assert "you objected to investigate" in objected.out
    assert "Still open:" in objected.out

    ready.approve("r.meyer", RECORD)
    said = shell.run("r.meyer", "review", RECORD).out
    assert "investigate is signed by r.meyer." in said
    assert "investigate is objected to by p.lind." in said
    assert "Nobody asked the night shift." in said

    ready.approve("p.lind", RECORD)
    assert f"To put it in force:  nearmiss merge {RECORD}" in shell.run("r.meyer", "review", RECORD).out


def test_review_of_what_would_be_refused(shell: Shell, ready: Scene) -> None:
    """A proposal that breaks a rule shows the finding and no line to sign."""
    ready.advance("s.ito", RECORD)
    path = ready.path(RECORD)
    raw = ready.blob(path, BRANCH).replace(b"state: investigated", b"state: verified")
    ready.commit_files({path: raw}, branch=BRANCH)

    outcome = shell.run("r.meyer", "review", RECORD)
    assert outcome.code == 0
    assert "It would be refused as it is." in outcome.out
    assert "nearmiss approve" not in outcome.out
    refused = shell.run("r.meyer", "review", RECORD, "--json")
    assert refused.data["ok"] is False
    assert shell.run("r.meyer", "approve", RECORD).code == 1
    assert shell.run("s.ito", "merge", RECORD).code == 1


def test_missing_is_listed_at_once(shell: Shell, scene: Scene) -> None:
    """A record that is not ready: everything that is missing, each with the command that mends it."""
    record = scene.report().id

    outcome = shell.run("s.ito", "advance", record)

    assert outcome.code == 1
    assert outcome.err.count("[needs-field]") > 5
    assert f"nearmiss edit {record} --set assessment.decision=…" in outcome.err
    assert f"together in your editor, each explained: nearmiss edit {record} assessment\n" in outcome.err
    assert outcome.err.rstrip().endswith("Nothing was written.")


def test_step_with_its_values(shell: Shell, ready: Scene) -> None:
    """A proposal can bring values and a section of its own: --set, --unset, --from, --transition, --because."""
    ready.put_in_force(ready.advance("s.ito", RECORD).id, ["r.meyer"])
    (ready.root / "alert.yaml").write_text(
        'headline: Chock trailers\ndo_this: Put both chocks.\nuntil: "2027-01-01"\n', encoding="utf-8"
    )

    alert = shell.json(
        *("s.ito", "advance", RECORD, "--transition", "publish-alert", "--from", "alert=alert.yaml"),
        *("--set", "alert.headline=Chock every trailer", "--set", "alert.until=2027-02-01"),
    )
    assert alert["branch"] == f"near-miss/{RECORD}/02-publish-alert"
    assert ready.data(RECORD, alert["branch"])["alert"] == {
        "headline": "Chock every trailer",
        "do_this": "Put both chocks.",
        "until": "2027-02-01",
    }

    back = shell.json("s.ito", "advance", RECORD, "--to", "reported", "--because", "Look again.")
    assert back["steps"][0]["transition"] == "send-back"
    several = shell.run("r.meyer", "approve", RECORD)
    assert several.code == 2
    assert "--branch" in several.err
    assert shell.run("r.meyer", "approve", RECORD, "--branch", back["branch"]).code == 0


@pytest.mark.parametrize(
    "words, said",
    [
        (("--transition", "verify"), "Possible from here"),
        (("--transition", "escalate"), "needs a reason"),
        (("--from", "alert"), "does not name a section"),
        (("--set", "x"), "it gives no value"),
    ],
)
def test_words_that_propose_nothing(shell: Shell, ready: Scene, words: tuple[str, ...], said: str) -> None:
    """A step that does not lead on, or lacks what it needs to be asked for, is a usage error."""
    outcome = shell.run("s.ito", "advance", RECORD, *words)

    assert outcome.code == 2, outcome.said
    assert said in outcome.err


def test_same_step_twice(shell: Shell, ready: Scene) -> None:
    """A step that is proposed already is not proposed again."""
    ready.advance("s.ito", RECORD)

    outcome = shell.run("s.ito", "advance", RECORD)

    assert outcome.code == 1
    assert "is proposed already" in outcome.err


def test_who_may_not_sign(shell: Shell, ready: Scene) -> None:
    """A contributor is told why they may not sign, and who may."""
    ready.advance("s.ito", RECORD)

    outcome = shell.run("i.garcia", "approve", RECORD)

    assert outcome.code == 1
    assert "they wrote part of what investigate seals" in outcome.err
    assert "Who may: r.meyer" in outcome.err


def test_signing_words(shell: Shell, ready: Scene) -> None:
    """A role can be chosen; waiving needs a reason; an objection too."""
    ready.advance("s.ito", RECORD)

    assert shell.run("r.meyer", "approve", RECORD, "--waive", "contributor-signs").code == 2
    assert shell.run("r.meyer", "object", RECORD).code == 2
    assert shell.run("r.meyer", "object", RECORD, "--because", "").code == 2
    assert shell.run("r.meyer", "approve", RECORD, "--role", "verifier").code == 1
    assert shell.run("r.meyer", "approve", RECORD, "--role", "quality-lead").code == 0


def test_merge_waits_for_signatures(shell: Shell, ready: Scene) -> None:
    """What is not signed is not merged: whose signature is missing is said."""
    ready.advance("s.ito", RECORD)
    before = ready.rev()

    outcome = shell.run("s.ito", "merge", RECORD)

    assert outcome.code == 1
    assert "waits for sign-offs" in outcome.err
    assert "who may: r.meyer" in outcome.err
    assert ready.rev() == before


def test_nothing_is_proposed(shell: Shell, ready: Scene) -> None:
    """Without a proposal there is nothing to review, sign or merge."""
    for words in (("review",), ("approve",), ("object", "--because", "x"), ("merge",)):
        outcome = shell.run("r.meyer", words[0], RECORD, *words[1:])
        assert outcome.code == 1
        assert f"nearmiss advance {RECORD}" in outcome.err


def test_small_case_is_closed_at_once(shell: Shell, scene: Scene) -> None:
    """`close` proposes all steps that are left; each is signed by somebody who may."""
    record = scene.prepare("minimal")
    scene.work_off(record)

    outcome = shell.run("s.ito", "close", record)
    assert outcome.code == 0, outcome.said
    assert "(reported → investigated → root-caused → action → verified) is proposed." in outcome.out

    signed = shell.json("r.meyer", "approve", record)
    assert signed["verdict"] == "pass"
    assert shell.json("s.ito", "merge", record)["state"] == "verified"
    assert shell.run("s.ito", "close", record).code == 2


def test_progress_is_an_entry(shell: Shell, walked: Callable[..., tuple[Shell, Scene, str]]) -> None:
    """An action's status is added with its evidence; an action that is not there is refused."""
    shell, scene, record = walked(upto="action")

    outcome = shell.run("t.silva", "progress", record, "a1", "--status", "in-progress", "--evidence", "Ordered.")
    assert outcome.out.startswith(f"{record}: A1 is in-progress.\n")
    day = scene.clock.now().date().isoformat()
    assert scene.data(record)["progress"] == [
        {"action": "A1", "status": "in-progress", "on": day, "by": "t.silva", "evidence": "Ordered."}
    ]
    data = shell.json("t.silva", "progress", record, "A1", "--status", "done", "--on", day)
    assert data["sections"] == ["progress"]
    assert shell.run("t.silva", "progress", record, "A9", "--status", "done").code == 1
    assert shell.run("t.silva", "progress", record, "A1").code == 2


def test_step_that_keeps_the_state_is_named(shell: Shell, ready: Scene) -> None:
    """Where a step leaves the state as it was, merging says which step it was."""
    words = ("--transition", "reassess", "--because", "It is worse.", "--set", "assessment.likelihood=3")
    assert shell.run("i.garcia", "advance", RECORD, *words).code == 0
    assert "reassess: " in shell.run("r.meyer", "review", RECORD).out
    assert "(stays reported)" in shell.run("r.meyer", "review", RECORD).out
    assert shell.run("r.meyer", "approve", RECORD).code == 0

    assert shell.run("s.ito", "merge", RECORD).out.startswith(f"{RECORD}: reassess, in force on main.\n")


# The policy


def test_policy_is_changed_the_same_way(shell: Shell, scene: Scene) -> None:
    """The policy files as they are become a proposal, are reviewed, signed and merged under the old rules."""
    path = "workflow/policy/settings.yaml"
    (scene.root / path).write_bytes(scene.revised(path, {"organisation": "Other Works"}))

    proposed = shell.run("o.haddad", "advance", "policy")
    assert proposed.said == (
        "policy: version 2 is proposed.\n"
        "Branch: near-miss/policy/02-change-policy\n"
        f"  {path}\n"
        "  workflow/policy/versions/0002.json\n"
        + proposed.said.partition("0002.json\n")[2].partition("Next")[0]
        + "Next, a policy owner who did not write it looks at it and decides:\n"
        "  nearmiss review policy\n"
        "  nearmiss approve policy\n"
    )
    reviewed = shell.run("w.olsen", "review", "policy")
    assert path in reviewed.out
    assert shell.run("o.haddad", "approve", "policy").code == 1
    assert shell.run("w.olsen", "approve", "policy").code == 0
    scene.git("checkout", "-q", "--", path)
    assert shell.run("o.haddad", "merge", "policy").out == "policy: the new version is in force on main.\n"
    assert shell.run("s.ito", "check").code == 0


def test_policy_as_json(shell: Shell, scene: Scene) -> None:
    """A proposed policy is JSON with its version and paths; without a change there is nothing to propose."""
    assert shell.run("o.haddad", "advance", "policy").code == 1
    path = "workflow/policy/settings.yaml"
    (scene.root / path).write_bytes(scene.revised(path, {"organisation": "Other Works"}))

    data = shell.json("o.haddad", "advance", "policy")

    assert (data["id"], data["version"], data["pushed"]) == ("policy", 2, None)
    assert data["paths"] == [path, "workflow/policy/versions/0002.json"]


def test_policy_takes_no_values(shell: Shell) -> None:
    """What a policy says is in its files, never in options."""
    outcome = shell.run("o.haddad", "advance", "policy", "--set", "x=y")

    assert outcome.code == 2
    assert "without further options" in outcome.err


# Pushing


def remote_of(scene: Scene, hook: str = "") -> Path:
    """Give a register a remote, with a hook that says something or refuses."""
    place = scene.root.parent / "remote.git"
    subprocess.run(["git", "init", "-q", "--bare", str(place)], check=True)
    subprocess.run(["git", "-C", str(place), "config", "receive.advertisePushOptions", "true"], check=True)
    scene.git("remote", "add", "origin", str(place))
    if hook:
        script = place / "hooks" / "pre-receive"
        script.write_text(f"#!/bin/sh\n{hook}\n", encoding="utf-8")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return place


def forge(scene: Scene, kind: str) -> None:
    """Let the settings name a forge."""
    path = "workflow/policy/settings.yaml"
    scene.change_policy("o.haddad", {path: scene.revised(path, {"forge": {"kind": kind, "remote": "origin"}})})


PUSHED = {"remote": "origin", "address": "", "request": None, "problem": ""}
"""What is told of a push to a remote that is no forge."""


def test_push_tells_where_to_open_a_request(shell: Shell, ready: Scene) -> None:
    """The branch goes to the remote; the address that it offers for a request is printed."""
    place = remote_of(ready, "echo 'Create a pull request:'; echo 'https://forge.example/x/compare'")

    outcome = shell.run("s.ito", "advance", RECORD, "--push")

    assert outcome.code == 0, outcome.said
    assert "Pushed to origin.\n" in outcome.out
    assert "https://forge.example/x/compare" in outcome.out
    found = subprocess.run(["git", "-C", str(place), "branch", "--list"], capture_output=True, text=True, check=True)
    assert BRANCH in found.stdout


def test_push_of_a_policy_and_of_a_close(shell: Shell, scene: Scene) -> None:
    """Policy proposals and closing ones are pushed the same way."""
    remote_of(scene)
    record = scene.prepare("minimal")
    scene.work_off(record)
    path = "workflow/policy/settings.yaml"
    (scene.root / path).write_bytes(scene.revised(path, {"organisation": "Other Works"}))

    assert "Pushed to origin." in shell.run("o.haddad", "advance", "policy", "--push").out
    other = scene.prepare("minimal")
    scene.work_off(other)
    assert "Pushed to origin." in shell.run("s.ito", "close", other, "--push").out
    assert shell.json("s.ito", "close", record, "--push")["pushed"] == PUSHED


def test_push_as_json(shell: Shell, ready: Scene) -> None:
    """What the push did is part of the JSON."""
    remote_of(ready)

    assert shell.json("s.ito", "advance", RECORD, "--push")["pushed"] == PUSHED


def test_refused_push_never_loses_the_branch(shell: Shell, ready: Scene) -> None:
    """Where the remote refuses, the proposal stays, its branch is told, and so is the way to try again."""
    remote_of(ready, "echo 'not today'; exit 1")

    outcome = shell.run("s.ito", "advance", RECORD, "--push", "--json")

    assert outcome.code == 1
    assert outcome.data["ok"] is False
    assert outcome.data["branch"] == BRANCH
    assert "not today" in outcome.data["message"]
    assert f"git push origin {BRANCH}" in outcome.data["hint"]
    assert ready.rev(BRANCH) == outcome.data["commit"]


def test_what_an_earlier_push_did_not_bring_there_is_pushed(shell: Shell, ready: Scene) -> None:
    """Run again, the command says how to push the proposal that is there already; that brings it to the remote."""
    remote_of(ready)
    assert shell.run("s.ito", "advance", RECORD).code == 0

    again = shell.run("s.ito", "advance", RECORD, "--push")

    assert again.code == 1
    assert f"Push it as it is: nearmiss advance {RECORD} --refresh --push." in " ".join(again.err.split())
    assert "Push it" not in shell.run("s.ito", "advance", RECORD).err
    assert "Pushed to origin." in shell.run("s.ito", "advance", RECORD, "--refresh", "--push").out


def test_push_without_a_remote(shell: Shell, ready: Scene) -> None:
    """Without a remote of that name, the proposal is made and the missing remote is told."""
    outcome = shell.run("s.ito", "advance", RECORD, "--push")

    assert outcome.code == 1
    assert f"Branch: {BRANCH}" in outcome.out
    assert "no remote called 'origin'" in outcome.err


def test_what_others_do_not_have_yet_is_told(shell: Shell, ready: Scene) -> None:
    """Where there is a remote, a report and a merge say how they get to the others."""
    remote_of(ready)
    ready.git("push", "-q", "origin", "main")
    share = (
        "So far it is in your clone only. Share it: git push origin main\n"
        "If that is refused, somebody else pushed first: git pull --no-rebase origin main, then again.\n"
    )

    ready.advance("s.ito", RECORD)
    ready.approve("r.meyer", RECORD)
    assert shell.run("s.ito", "merge", RECORD).out.endswith(share)
    assert shell.run("m.okafor", "report", "--what-happened", "It slipped.").out.endswith(share)


@pytest.mark.parametrize("kind", ["gitlab", "forgejo"])
def test_forges_that_open_a_request_while_they_take_a_branch(shell: Shell, ready: Scene, kind: str) -> None:
    """GitLab is given push options, Forgejo and Gitea a destination that stands for a request."""
    told = ready.root.parent / "told"
    remote_of(ready, f'read old new ref; echo "$ref $GIT_PUSH_OPTION_0" > {told}')
    forge(ready, kind)

    outcome = shell.run("s.ito", "advance", RECORD, "--push")

    assert outcome.code == 0, outcome.said
    expected = {
        "gitlab": f"refs/heads/{BRANCH} merge_request.create\n",
        "forgejo": f"refs/for/main topic={BRANCH}\n",
    }
    assert told.read_text(encoding="utf-8") == expected[kind]
