"""Opening the intake: its private folder outside the repository, its key, and the rules that the register gives it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nearmiss.app.opening import SystemChance, SystemClock
from nearmiss.app.scrubbing import scrubber_of
from nearmiss.engine.clocks import SensibleClock
from nearmiss.engine.instance import read_instance
from nearmiss.engine.intake.values import Intake
from nearmiss.engine.proposing.proposals import main_register
from nearmiss.engine.rules_beside import intake_rules_of
from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.scrubbing import Mark
    from nearmiss.engine.time_and_chance import Chance, Clock
    from nearmiss.models.people import People

VARIABLE = "NEARMISS_INTAKE"
"""Names the folder of the intake, where no option does."""

STORE = "intake.db"
KEY = "intake.key"


class InsideRepositoryError(NearMissError):
    """The private store would lie where it is committed, pushed or published some day."""

    def __init__(self, place: Path, root: Path) -> None:
        super().__init__(
            f"The intake cannot lie in {place}: that is inside the repository {root}.",
            hint=f"What waits there is private. Name a folder elsewhere, by --intake or {VARIABLE}.",
        )


class OpenToOthersError(NearMissError):
    """Somebody else on the machine may look into the private store."""

    def __init__(self, place: Path) -> None:
        super().__init__(f"Others on this machine may open {place}.", hint=f"Take that away: chmod go= {place}")


class NoHomeError(NearMissError):
    """There is no folder of the person's own for what programs keep."""

    def __init__(self) -> None:
        super().__init__(
            "There is no place for the intake: this account has no home.", hint=f"Name a folder by {VARIABLE}."
        )


class KeyGoneError(NearMissError):
    """There are sealed reports, and the key that opens them is not there."""

    def __init__(self, key: Path, store: Path) -> None:
        super().__init__(
            f"{store} is there, and its key {key} is not.",
            hint="Put the key back from the backup; without it nothing in the store can be read.",
        )


class KeyTornError(NearMissError):
    """The file of the key does not hold a whole key, as after a full disk."""

    def __init__(self, key: Path) -> None:
        super().__init__(
            f"{key} holds no whole key.",
            hint="Put it back from the backup; where nothing was reported yet, remove the file, and one is made anew.",
        )


@dataclass(frozen=True, kw_only=True)
class Opened:
    """An intake, and the folder that it lies in."""

    intake: Intake
    place: Path


def open_intake(desk: Desk, place: str = "", *, clock: Clock | None = None, chance: Chance | None = None) -> Opened:
    """Open the intake of a register, and lay it down where there is none yet.

    `place` is the folder of the store; where it is empty, `NEARMISS_INTAKE` names it, else it is one of the person's
    own for what programs keep, by the id of the register. The key always lies apart from the store, in the person's
    folder for settings, so that a copy of the one is worth nothing without the other.
    Raises InsideRepositoryError, OpenToOthersError, KeyGoneError, NoHomeError.
    """
    from nearmiss.store.intake import SqliteIntake
    from nearmiss.store.sealing import SecretSealer

    tree = desk.repository.tree(main_register(desk)[0])
    folder = place_of(desk, place)
    key = _own("XDG_CONFIG_HOME", "~/.config") / "nearmiss" / read_instance(tree, desk.documents) / KEY
    _require_outside(key.parent, desk)
    store = folder / STORE
    secret = _secret(key, store)
    intake = Intake(
        store=SqliteIntake(store),
        sealer=SecretSealer(secret),
        clock=SensibleClock(clock=clock or SystemClock()),
        chance=chance or SystemChance(),
        settings=intake_rules_of(tree, desk.documents),
        marks=_marks,
    )
    return Opened(intake=intake, place=folder)


def place_of(desk: Desk, place: str = "") -> Path:
    """Return the private folder of a register's intake, made where there is none yet; `place` is as in `open_intake`.

    Raises InsideRepositoryError, OpenToOthersError, NoHomeError.
    """
    named = place or os.environ.get(VARIABLE, "")
    if named:
        folder = Path(named).expanduser()
    else:
        instance = read_instance(desk.repository.tree(main_register(desk)[0]), desk.documents)
        folder = _own("XDG_STATE_HOME", "~/.local/state") / "nearmiss" / instance
    _require_outside(folder, desk)
    _make_private(folder)
    return folder


def _marks(text: str, people: People) -> Sequence[Mark]:
    return scrubber_of(people).marks(text)


def _own(variable: str, usual: str) -> Path:
    said = os.environ.get(variable, "")
    if said:
        return Path(said)
    try:
        return Path(usual).expanduser()
    except RuntimeError:
        raise NoHomeError from None


def _require_outside(place: Path, desk: Desk) -> None:
    """Refuse a folder inside the working tree or git's own folder, whichever way leads there."""
    inside = place.resolve()
    for top in (getattr(desk.repository, "root", None), getattr(desk.repository, "git_dir", None)):
        if top is not None and inside.is_relative_to(Path(top).resolve()):
            raise InsideRepositoryError(place, Path(top))


def _make_private(folder: Path) -> None:
    """Make a folder that nobody else may open; one that others may open already is refused."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = folder.stat()
    if found.st_uid == os.geteuid() and found.st_mode & 0o077:
        raise OpenToOthersError(folder)


def _secret(key: Path, store: Path) -> bytes:
    """Return the secret of the intake, drawn and put on the disk where there is no store yet."""
    from nearmiss.store.sealing import SECRET_BYTES

    if not key.exists():
        if store.exists():
            raise KeyGoneError(key, store)
        _make_private(key.parent)
        with open(os.open(key, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:  # noqa: PTH123 - rights from the first moment
            file.write(os.urandom(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
    if key.stat().st_mode & 0o077:
        raise OpenToOthersError(key)
    secret = key.read_bytes()
    if len(secret) != SECRET_BYTES:
        raise KeyTornError(key)
    return secret
