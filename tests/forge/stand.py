"""A stand: a register whose settings name a forge, that forge running beside it, and everybody's accounts on it."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from nearmiss.app.forging import forge_of
from nearmiss.app.founding import found
from nearmiss.engine.forges.port import Forge
from nearmiss.engine.founding import Charter
from nearmiss.engine.instance import read_register
from nearmiss.store.documents import YamlDocuments
from nearmiss.vcs.repository import GitRepository
from tests.engine.cast import CAST, person
from tests.engine.scene import PLAIN, Scene, SetClock, copied, identity_of, open_scene, preset_of
from tests.forge.dialects import DIALECTS
from tests.forge.server import FakeForge
from tests.forge.world import User, World

KINDS = ("github", "gitlab", "forgejo")
TOKEN = "secret-token-of-the-job"  # noqa: S105 - it opens a forge that lives for one test

JOB = "nearmiss-job"
"""The account that the job's token stands for."""

UNMAPPED = frozenset({"c.moreau"})
"""Who has an account on the forge that people.yaml does not know."""

FIRST_ACCOUNT = 100
SERVICE = "forge.clerk"
"""The service that attests what people say on the forge."""


def account_of(handle: str) -> int:
    """Return the number of a person's account: the same on every forge."""
    return FIRST_ACCOUNT + [entry["handle"] for entry in CAST].index(handle)


@dataclass
class Stand:
    """A register, its forge, and who is who there."""

    kind: str
    scene: Scene
    forge: FakeForge

    @property
    def world(self) -> World:
        """What the forge knows."""
        return self.forge.world

    def account(self, handle: str) -> User:
        """Return the account of a person of the cast."""
        return self.world.user(handle.replace(".", "-"))

    @contextmanager
    def adapter(self) -> Iterator[Forge]:
        """Open the adapter, as the settings, the remote and the environment ask for it."""
        settings = read_register(self.scene.repository.tree(self.scene.rev()), YamlDocuments()).newest.settings
        with forge_of(self.scene.repository, settings) as opened:
            assert opened is not None
            yield opened


@cache
def templates() -> Path:
    """Return the folder of what is made once and copied; it goes with this process."""
    folder = Path(tempfile.mkdtemp(prefix="nearmiss-stands-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def service_key(name: str = SERVICE) -> Path:
    """Return the file of a key that is made for the tests."""
    path = templates() / f"key-of-{name}"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)]
    subprocess.run(command, check=True)
    return path


def staff(kind: str) -> list[dict[str, Any]]:
    """Return the cast with their accounts on a forge, and the service with its key."""
    people = [
        dict(entry)
        if entry["handle"] in UNMAPPED
        else {**entry, "accounts": [{"forge": kind, "id": str(account_of(entry["handle"]))}]}
        for entry in CAST
    ]
    line = " ".join(Path(f"{service_key()}.pub").read_text(encoding="utf-8").split()[:2])
    return [*people, person(SERVICE, kind="service", keys=[{"key": line}])]


@cache
def _founded(kind: str, preset: str, forge: str) -> Path:
    folder = templates() / f"{kind}-{preset}-{forge}"
    named = {} if forge else {"forge": {"kind": kind, "remote": "origin"}}
    charter = Charter(people=staff(kind), settings=named, preset=preset_of(preset))
    _, desk = found(folder, charter, forge=forge, clock=SetClock(), identity=identity_of("o.haddad"))
    assert isinstance(desk.repository, GitRepository)
    desk.repository.close()
    return folder


@dataclass(frozen=True)
class Kept:
    """A stand as it was when it closed, of which others are made: setting one up takes git longer than copying it."""

    kind: str
    folder: Path
    world: World
    instant: datetime
    count: int


@contextmanager
def standing(tmp_path: Path, kind: str, *, preset: str = PLAIN, with_files: bool = False) -> Iterator[Stand]:
    """Set up a stand; the register's main branch is on the forge, and the job's token is in nobody's environment.

    It has the files of its forge where these are asked for.
    """
    with standing_again(_set_up(kind, preset, kind if with_files else ""), tmp_path) as stand:
        yield stand


@cache
def _set_up(kind: str, preset: str, forge: str) -> Kept:
    folder = Path(tempfile.mkdtemp(dir=templates()))
    copied(_founded(kind, preset, forge), folder / "register")
    scene = open_scene(folder / "register")
    world = World(bare=folder / "forge.git", now=scene.clock.now)
    world.found()
    for entry in CAST:
        world.user(entry["handle"].replace(".", "-"), number=account_of(entry["handle"]), name=entry["name"])
    world.user(JOB, is_bot=True)
    server = FakeForge(world, DIALECTS[kind]())
    with server.running():
        scene.git("remote", "add", "origin", server.remote)
        scene.git("push", "-q", "origin", "main")
    scene.close()
    return kept(Stand(kind=kind, scene=scene, forge=server))


def kept(stand: Stand) -> Kept:
    """Return what others are made of. The stand is not used any more, and its folder stays."""
    scene = stand.scene
    return Kept(stand.kind, scene.root.parent, stand.world, scene.clock.instant, scene.chance.count)


@contextmanager
def standing_again(made: Kept, tmp_path: Path) -> Iterator[Stand]:
    """Have a stand of one's own that is as the kept one was, with a forge that runs at another address."""
    copied(made.folder / "register", tmp_path / "register")
    shutil.copytree(made.folder / "forge.git", tmp_path / "forge.git")
    scene = open_scene(tmp_path / "register", clock=SetClock(made.instant))
    scene.chance.count = made.count
    users, pulls, numbers = deepcopy((made.world.users, made.world.pulls, made.world.numbers))
    world = World(bare=tmp_path / "forge.git", now=scene.clock.now, users=users, pulls=pulls, numbers=numbers)
    server = FakeForge(world, DIALECTS[made.kind]())
    with server.running():
        server.tokens[TOKEN] = world.user(JOB)
        scene.git("remote", "set-url", "origin", server.remote)
        yield Stand(kind=made.kind, scene=scene, forge=server)
    scene.close()
