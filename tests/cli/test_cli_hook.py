"""`nearmiss hook pre-receive`: what git tells it, and what whoever pushes reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.engine.scene import Scene

ZERO = "0" * 40


def server_of(shell: Shell, scene: Scene, tmp_path: Path) -> Shell:
    """Return a shell in a bare repository that has all the scene's objects, with main a commit behind."""
    scene.report()
    scene.git("clone", "-q", "--bare", str(scene.root), str(tmp_path / "server.git"))
    scene.git("-C", str(tmp_path / "server.git"), "update-ref", "refs/heads/main", scene.rev("main^"))
    return shell.at(tmp_path / "server.git")


def test_a_push_in_order_is_taken(shell: Shell, scene: Scene, tmp_path: Path) -> None:
    """A report is taken, and whoever pushes reads so."""
    server = server_of(shell, scene, tmp_path)
    told = f"{scene.rev('main^')} {scene.rev()} refs/heads/main\n"
    outcome = server.run("", "hook", "pre-receive", stdin=told)
    assert (outcome.code, outcome.out, outcome.err) == (0, "nearmiss: the push is in order.\n", "")


def test_a_refusal_is_told_in_plain_lines(shell: Shell, scene: Scene, tmp_path: Path) -> None:
    """What is wrong, and what to do; nothing of a terminal is in it."""
    server = server_of(shell, scene, tmp_path)
    told = f"{scene.rev('main^')} {ZERO} refs/heads/main\n"
    outcome = server.run("", "hook", "pre-receive", stdin=told)
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == (
        "nearmiss: This push is refused; none of it was taken.\n"
        "  error: the push would delete the branch main  [main-deleted]\n"
        "    records and their history are never deleted; redact what must not be shown\n"
    )


@pytest.mark.parametrize(
    "told",
    [
        "hello\n",
        "\n",
        f"{ZERO} {ZERO} refs/heads/main",
        f"{ZERO} {ZERO} main\n",
        f"{ZERO[1:]} {ZERO} refs/heads/main\n",
        f"{ZERO} {ZERO} refs/heads/main\n\n",
        f"{ZERO} {ZERO.replace('0', 'G')} refs/heads/main\n",
        f"{ZERO} {ZERO} refs/heads/a b\n",
        "x" * 1_100_000,
    ],
)
def test_what_git_would_not_say_is_refused(shell: Shell, scene: Scene, tmp_path: Path, told: str) -> None:
    """Anything but the lines that git tells a hook ends in a refusal with a sentence."""
    outcome = server_of(shell, scene, tmp_path).run("", "hook", "pre-receive", stdin=told)
    assert outcome.code == 1
    assert "This is not what git tells a hook" in outcome.err


def test_a_checkout_is_no_server(shell: Shell, scene: Scene) -> None:
    """Where there is a working tree, nothing is judged and nothing taken."""
    outcome = shell.run("", "hook", "pre-receive", stdin=f"{ZERO} {scene.rev()} refs/heads/main\n")
    assert outcome.code == 1
    assert "is not a bare repository" in outcome.err
