"""`nearmiss intake account`: passwords are set from a terminal or standard input, and never by an argument."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nearmiss.store.accounts import ACCOUNTS_FILE, Accounts
from tests.cli.shell import Shell
from tests.engine.scene import SetClock

PASSWORD = "a trailer rolled off"  # noqa: S105 - of the tests alone


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the intake, and none of the machine's own."""
    monkeypatch.setenv("NEARMISS_INTAKE", str(tmp_path / "state"))
    return tmp_path / "state"


def test_a_password_is_read_from_standard_input(shell: Shell, place: Path) -> None:
    """One line sets it, for somebody on the list of people, and the list then has them."""
    done = shell.run("s.ito", "intake", "account", "set", "r.meyer", stdin=f"{PASSWORD}\n")

    assert (done.code, PASSWORD in done.out) == (0, False)
    assert Accounts(place / ACCOUNTS_FILE, clock=SetClock()).verify("r.meyer", PASSWORD)
    told = shell.run("s.ito", "intake", "account", "list", "--json")
    assert json.loads(told.out)["accounts"] == [{"handle": "r.meyer", "set_on": "2026-11-22"}]


@pytest.mark.parametrize(
    "handle, stdin, said",
    [
        ("nobody", PASSWORD, "Nobody in people.yaml is nobody."),
        ("l.former", PASSWORD, "l.former is not active"),
        ("g.robot", PASSWORD, "g.robot is a service"),
        ("r.meyer", "short", "shorter than 12 characters"),
        ("r.meyer", "", "No password came"),
    ],
)
def test_what_would_open_nothing_is_refused(shell: Shell, place: Path, handle: str, stdin: str, said: str) -> None:
    """An account for nobody, for who left, for a service, or with a password that is none, is not set."""
    done = shell.run("s.ito", "intake", "account", "set", handle, stdin=stdin)

    assert done.code != 0
    assert said in done.err
    assert not Accounts(place / ACCOUNTS_FILE, clock=SetClock()).listed()


def test_an_account_is_removed_once(shell: Shell, place: Path) -> None:
    """Removing takes an account away; where there is none, that is said."""
    Accounts(place / ACCOUNTS_FILE, clock=SetClock()).set("r.meyer", PASSWORD)

    assert shell.run("s.ito", "intake", "account", "remove", "r.meyer").code == 0
    again = shell.run("s.ito", "intake", "account", "remove", "r.meyer")

    assert (again.code, "r.meyer has no account." in again.err) == (1, True)
    assert "Nobody has an account." in shell.run("s.ito", "intake", "account", "list").out
