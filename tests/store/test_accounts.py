"""The accounts of the desk: what the file holds, what passwords pass, and how sessions begin and end."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from nearmiss.store.accounts import (
    LONGEST,
    Accounts,
    AccountsExposedError,
    AccountsUnusableError,
    PasswordUnfitError,
)
from tests.engine.scene import SetClock

PASSWORD = "a trailer rolled off"  # noqa: S105 - of the tests alone


@pytest.fixture
def clock() -> SetClock:
    """A clock that a test moves."""
    return SetClock()


@pytest.fixture
def accounts(tmp_path: Path, clock: SetClock) -> Accounts:
    """Accounts in a folder that is not there yet; a password costs little, so that the tests are quick."""
    return Accounts(tmp_path / "state" / "accounts.db", clock=clock, cost=2**4)


def test_the_right_password_passes_and_a_wrong_one_does_not(accounts: Accounts) -> None:
    """Only the password that was set is taken, and that of an account that is not there never is."""
    accounts.set("r.meyer", PASSWORD)

    assert accounts.verify("r.meyer", PASSWORD)
    assert not accounts.verify("r.meyer", PASSWORD.upper())
    assert not accounts.verify("r.meyer", "")
    assert not accounts.verify("nobody", PASSWORD)


def test_an_accent_may_be_written_in_either_way(accounts: Accounts) -> None:
    """A password with an accent passes however the keyboard composes it."""
    accounts.set("r.meyer", "caf\u00e9 au lait 12")

    assert accounts.verify("r.meyer", "cafe\u0301 au lait 12")


@pytest.mark.parametrize("password", ["short", "x" * (LONGEST + 1)])
def test_a_password_that_is_too_short_or_too_long_is_refused(accounts: Accounts, password: str) -> None:
    """A password of less than twelve characters, or of more than a kilobyte, is refused and sets nothing."""
    with pytest.raises(PasswordUnfitError):
        accounts.set("r.meyer", password)

    assert not accounts.listed()
    assert not accounts.verify("r.meyer", password)


def test_the_file_is_the_owners_alone_and_holds_neither_password_nor_session(
    tmp_path: Path, accounts: Accounts
) -> None:
    """The file has mode 0600 in a folder of mode 0700, and neither the password nor a session's id is in it."""
    accounts.set("r.meyer", PASSWORD)
    token = accounts.begin("r.meyer")
    file = tmp_path / "state" / "accounts.db"

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    content = file.read_bytes()
    assert PASSWORD.encode() not in content
    assert token.encode() not in content


def test_a_file_that_others_can_read_is_not_used(tmp_path: Path, accounts: Accounts) -> None:
    """Accounts that others could read or change count for nothing."""
    accounts.set("r.meyer", PASSWORD)
    (tmp_path / "state" / "accounts.db").chmod(0o640)

    with pytest.raises(AccountsExposedError):
        accounts.verify("r.meyer", PASSWORD)


def test_a_file_that_is_no_database_is_told_in_a_sentence(tmp_path: Path, accounts: Accounts) -> None:
    """A damaged file is an error that says what to do, and so is a link in its place."""
    file = tmp_path / "state" / "accounts.db"
    file.parent.mkdir()
    file.touch(mode=0o600)
    file.write_bytes(b"no database" * 200)
    with pytest.raises(AccountsUnusableError):
        accounts.listed()

    file.unlink()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch(mode=0o600)
    file.symlink_to(elsewhere)
    with pytest.raises(AccountsUnusableError):
        accounts.set("r.meyer", PASSWORD)
    assert not elsewhere.read_bytes()


def test_a_session_lasts_twelve_hours(accounts: Accounts, clock: SetClock) -> None:
    """A session holds for twelve hours, and no minute longer."""
    accounts.set("r.meyer", PASSWORD)
    token = accounts.begin("r.meyer")
    clock.tick(hours=11, minutes=59)
    assert accounts.holder(token) == "r.meyer"

    clock.tick(minutes=1)

    assert accounts.holder(token) == ""


def test_sessions_end_by_signing_out_by_a_new_password_and_with_the_account(accounts: Accounts) -> None:
    """Signing out ends one session; a new password, or the removal of the account, ends all of it."""
    accounts.set("r.meyer", PASSWORD)
    first, second, third = (accounts.begin("r.meyer") for _ in range(3))
    accounts.end(first)
    assert [accounts.holder(token) for token in (first, second)] == ["", "r.meyer"]

    accounts.set("r.meyer", f"{PASSWORD} again")
    assert accounts.holder(second) == accounts.holder(third) == ""

    fourth = accounts.begin("r.meyer")
    assert accounts.remove("r.meyer")
    assert not accounts.remove("r.meyer")
    assert accounts.holder(fourth) == ""


def test_no_session_begins_for_an_account_that_is_gone(accounts: Accounts) -> None:
    """Whoever is removed between the password and the session has no session."""
    accounts.set("r.meyer", PASSWORD)
    accounts.remove("r.meyer")

    with pytest.raises(AccountsUnusableError):
        accounts.begin("r.meyer")


def test_accounts_are_listed_with_their_day(accounts: Accounts) -> None:
    """A list has handles in order, and the day on which each password was set."""
    assert not accounts.listed()
    accounts.set("v.novak", PASSWORD)
    accounts.set("r.meyer", PASSWORD)

    assert [(one.handle, one.set_on) for one in accounts.listed()] == [
        ("r.meyer", "2026-11-22"),
        ("v.novak", "2026-11-22"),
    ]


def test_an_id_that_a_browser_brings_along_is_no_session(accounts: Accounts) -> None:
    """Nobody can choose the id of a session, and what is no text of ours is nobody's."""
    accounts.set("r.meyer", PASSWORD)
    accounts.begin("r.meyer")

    assert accounts.holder("chosen-by-somebody-else") == ""
    assert accounts.holder("\udcff") == ""
    assert accounts.holder("") == ""
