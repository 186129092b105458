"""Taking a report: durable, sealed, never doubled, and followed with its receipt alone."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from nearmiss.engine.errors import RefusedError
from nearmiss.engine.intake.errors import NotThisReceiptError, NoWordsError, TokenTooShortError, TooManyFilesError
from nearmiss.engine.intake.following import follow, write
from nearmiss.engine.intake.numbers import read_key, read_number
from nearmiss.engine.intake.ports import KeyHash, Sealer
from nearmiss.engine.intake.taking import judge_sent, take
from nearmiss.engine.proposing.proposals import main_register
from tests.intake.intake_scene import IntakeScene

WORDS = "Xylophone7 fell from the mezzanine"


def test_a_receipt_opens_its_report(intake_scene: IntakeScene) -> None:
    """With number and key a reporter reads that the report waits, and what it is called."""
    receipt = intake_scene.take(what_happened="The gate stood open. Nobody was there.")

    followed = follow(intake_scene.intake, intake_scene.desk, number=receipt.number, key=receipt.key)

    assert followed is not None
    assert (followed.state, followed.title, followed.record_id) == ("waiting", "The gate stood open", "")
    assert re.fullmatch(r"R-[0-9A-Z]{4}-[0-9A-Z]{4}", receipt.number)
    assert len(receipt.key.replace("-", "")) == 25


def test_a_report_that_was_read_waits_only_for_others(intake_scene: IntakeScene) -> None:
    """Once somebody has confirmed it, its reporter does not read any more that nobody has."""
    receipt = intake_scene.confirmed()

    followed = follow(intake_scene.intake, intake_scene.desk, number=receipt.number, key=receipt.key)

    assert followed is not None
    assert followed.state == "read"


def test_the_same_token_gives_the_same_receipt(intake_scene: IntakeScene) -> None:
    """A report that is sent again, with whatever it says now and by another process, is one report."""
    first = intake_scene.take(sending="the-very-same-token")
    second = intake_scene.take(sending="the-very-same-token", what_happened="Something else.")
    intake_scene.reopened()
    third = intake_scene.take(sending="the-very-same-token")

    assert first == second == third
    assert len(intake_scene.intake.store.reports("waiting")) == 1


def test_one_token_from_many_at_once_is_one_report(intake_scene: IntakeScene) -> None:
    """A token that comes from many threads in the same moment makes one report; other tokens make one each."""
    tokens = ["one-and-the-same-token"] * 8 + [f"another-token-{number:04d}" for number in range(24)]
    with ThreadPoolExecutor(16) as pool:
        receipts = list(pool.map(lambda token: take(intake_scene.intake, intake_scene.sent(), token=token), tokens))

    assert len(set(receipts[:8])) == 1
    assert len({receipt.number for receipt in receipts}) == 25
    assert len(intake_scene.intake.store.reports("waiting")) == 25


def test_a_short_token_is_refused(intake_scene: IntakeScene) -> None:
    """A token that could be guessed is not taken, and nothing is kept."""
    with pytest.raises(TokenTooShortError):
        intake_scene.take(sending="short")
    assert intake_scene.intake.store.reports("waiting") == []


def test_what_could_never_be_a_record_is_refused(intake_scene: IntakeScene) -> None:
    """Answers of a wrong form are refused before anything is kept; unknown terms are told by the vocabulary."""
    with pytest.raises(RefusedError) as refused:
        intake_scene.take(what_happened="")
    assert [finding.code for finding in refused.value.findings] == ["missing-field"]
    with pytest.raises(TooManyFilesError):
        intake_scene.take(files={f"attachment-{number}.png": b"x" for number in range(6)})
    assert intake_scene.intake.store.reports("waiting") == []

    policy, today = main_register(intake_scene.desk)[1].newest, intake_scene.clock.now().date()
    sent = intake_scene.sent(process_area="atlantis")
    assert [finding.code for finding in judge_sent(sent, policy, today=today)] == ["unknown-term"]
    assert judge_sent(intake_scene.sent(), policy, today=today) == []


def test_nothing_readable_is_stored(intake_scene: IntakeScene) -> None:
    """No word, file, contact, message, token or key of anybody stands in any file of the store."""
    receipt = intake_scene.take(
        "confidential",
        sending="a-token-to-look-for",
        what_happened=WORDS,
        contact="ring 0171 2223334",
        files={"attachment-1.txt": b"Quartzfile"},
    )
    write(intake_scene.intake, number=receipt.number, key=receipt.key, text="Zebramessage")
    stored = intake_scene.stored()

    for word in ("Xylophone7", "0171 2223334", "Quartzfile", "attachment-1", "Zebramessage", "a-token-to-look-for"):
        assert word.encode() not in stored
    assert receipt.key.encode() not in stored
    assert receipt.key.replace("-", "").encode() not in stored
    assert receipt.number.encode() in stored, "the proof looks at the bytes that were written"


def test_nothing_finer_than_a_day_and_no_order_is_stored(intake_scene: IntakeScene) -> None:
    """Every column that is not sealed holds a random value, a day, or a word of ours; no table has row numbers."""
    intake_scene.take("confidential", contact="me")
    with sqlite3.connect(intake_scene.folder / "intake.db") as connection:
        tables = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        row = connection.execute("SELECT * FROM report").fetchone()
    connection.close()

    assert tables
    assert all(sql.endswith("WITHOUT ROWID") for _, sql in tables)
    assert [value for value in row if isinstance(value, str)] == [
        row[0],
        "confidential",
        "waiting",
        "2026-11-22",
        "",
        "",
        "",
        "",
    ]


def test_the_store_is_for_one_person_alone(intake_scene: IntakeScene) -> None:
    """The folder has rights 0700, and store, log and key 0600."""
    intake_scene.take()
    modes = {path.name: path.stat().st_mode & 0o777 for path in intake_scene.folder.iterdir()}

    assert intake_scene.folder.stat().st_mode & 0o777 == 0o700
    assert {"intake.db", "intake.db-wal"} <= modes.keys()
    assert set(modes.values()) == {0o600}
    assert intake_scene.key.stat().st_mode & 0o777 == 0o600


@dataclass
class Counting:
    """A sealer that notes each slow hash that is asked for."""

    sealer: Sealer
    hashed: list[bytes] = field(default_factory=list)

    def __getattr__(self, name: str) -> object:
        """Leave all else to the sealer."""
        return getattr(self.sealer, name)

    def hash_key(self, key: str, *, salt: bytes = b"") -> KeyHash:
        """Note the salt."""
        self.hashed.append(salt)
        return self.sealer.hash_key(key, salt=salt)


def test_wrong_number_and_wrong_key_are_one(intake_scene: IntakeScene) -> None:
    """Both get the same answer after the same work: one slow hash each, as the right key does."""
    receipt = intake_scene.take()
    counting = Counting(intake_scene.intake.sealer)
    object.__setattr__(intake_scene.intake, "sealer", counting)
    desk, other = intake_scene.desk, "00000-00000-00000-00000-00000"

    assert follow(intake_scene.intake, desk, number="R-0000-0000", key=receipt.key) is None
    assert follow(intake_scene.intake, desk, number=receipt.number, key=other) is None
    assert follow(intake_scene.intake, desk, number="NM-2026-00000", key=other) is None
    assert follow(intake_scene.intake, desk, number=receipt.number, key=receipt.key) is not None
    assert len(counting.hashed) == 4
    assert all(counting.hashed)
    errors = []
    for number, key in ((receipt.number, other), ("R-0000-0000", receipt.key)):
        with pytest.raises(NotThisReceiptError) as refused:
            write(intake_scene.intake, number=number, key=key, text="Hello")
        errors.append((refused.value.message, refused.value.hint))
    assert errors[0] == errors[1]


def test_a_message_says_something(intake_scene: IntakeScene) -> None:
    """An empty message and an endless one are refused; one between is read by both sides."""
    receipt = intake_scene.take()
    for text in ("  \n", "x" * 5001):
        with pytest.raises(NoWordsError):
            write(intake_scene.intake, number=receipt.number, key=receipt.key, text=text)
    write(intake_scene.intake, number=receipt.number, key=receipt.key, text="It happened\r\nagain.\x07")

    followed = follow(intake_scene.intake, intake_scene.desk, number=receipt.number, key=receipt.key)
    assert followed is not None
    assert [(one.by, one.on, one.text) for one in followed.messages] == [("reporter", "2026-11", "It happened\nagain.")]


@pytest.mark.parametrize("typed", ["r 7q4k 2m9x", "R-7Q4K-2M9X", "7q4k2m9x", "R7Q4K–2M9X"])
def test_a_number_is_read_as_people_type_it(typed: str) -> None:
    """Lower case, blanks and dashes of any kind do no harm to a number or a key."""
    assert read_number(typed) == "R-7Q4K-2M9X"
    assert read_number("nm-2026-7q4k2") == "NM-2026-7Q4K2"
    assert read_key("abcde fgh1o 00000-00000 00000") == "ABCDE-FGH10-00000-00000-00000"


KILLED = """
import os, sys, threading, signal
from pathlib import Path
from nearmiss.app.intake import open_intake
from nearmiss.app.opening import open_desk
from nearmiss.engine.intake.taking import take
from nearmiss.engine.intake.values import Sent
intake = open_intake(open_desk(Path(sys.argv[1])), sys.argv[2]).intake
def send(who):
    for number in range(1000):
        token = f"token-of-{who:03d}-{number:06d}"
        receipt = take(intake, Sent(mode="anonymous", answers={"what_happened": "It rolled."}), token=token)
        os.write(1, f"{token} {receipt.number} {receipt.key}\\n".encode())
for who in range(4):
    threading.Thread(target=send, args=(who,)).start()
"""


@pytest.mark.parametrize("after", [1, 9, 23])
def test_a_kill_loses_nothing_that_was_acknowledged(intake_scene: IntakeScene, after: int) -> None:
    """Killed at any moment, a server has kept all that it answered, and the same token gives the same receipt."""
    command = [sys.executable, "-c", KILLED, str(intake_scene.scene.root), str(intake_scene.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ}) as server:
        assert server.stdout is not None
        told = [server.stdout.readline() for _ in range(after)]
        server.send_signal(signal.SIGKILL)
        told += server.stdout.readlines()
    acknowledged = [line.decode().split() for line in told if line.endswith(b"\n")]
    intake_scene.reopened()

    assert len(acknowledged) >= after
    for token, number, key in acknowledged:
        assert follow(intake_scene.intake, intake_scene.desk, number=number, key=key) is not None
        again = take(intake_scene.intake, intake_scene.sent(), token=token)
        assert (again.number, again.key) == (number, key)
    numbers = [kept.number for kept in intake_scene.intake.store.reports("waiting")]
    assert {number for _, number, _ in acknowledged} <= set(numbers)


def test_what_cannot_be_written_is_not_acknowledged(intake_scene: IntakeScene, tmp_path: Path) -> None:
    """A report that cannot be written is refused in a sentence, and the store goes on when there is room again."""
    from nearmiss.engine.intake.errors import IntakeUnusableError

    store = intake_scene.folder / "intake.db"
    intake_scene.take()
    with sqlite3.connect(store, isolation_level=None) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON report BEGIN SELECT RAISE(ROLLBACK, 'disk is full'); END")
        with pytest.raises(IntakeUnusableError, match="disk is full"):
            intake_scene.take()
        other.execute("DROP TRIGGER full")
    other.close()

    assert intake_scene.take().number
    assert len(intake_scene.intake.store.reports("waiting")) == 2
