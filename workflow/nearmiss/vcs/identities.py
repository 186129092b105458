"""Who git takes a person for where there is no repository yet: their own configuration and environment say it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from nearmiss.engine.ports import Identity
from nearmiss.vcs.children import start
from nearmiss.vcs.environment import REDIRECTING


def identity_at(directory: Path) -> Identity | None:
    """Return the person's name and address as git has them in a folder, or None: never a guess."""
    environment = {name: value for name, value in os.environ.items() if name not in REDIRECTING}
    words = ["-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT"]
    with start(words, environment=environment, directory=_existing(directory), stderr=subprocess.DEVNULL) as child:
        said = child.communicate()[0].decode("utf-8", "backslashreplace")
    name, _, rest = said.partition(" <")
    email = rest.rpartition("> ")[0]
    return Identity(name=name, email=email) if child.returncode == 0 and name and email else None


def become(directory: Path, identity: Identity) -> None:
    """Write who is at work into the configuration of one repository, for that repository only."""
    for key, value in (("user.name", identity.name), ("user.email", identity.email)):
        _configure(directory, key, value)


def sign_with(directory: Path, key: bytes) -> None:
    """Keep a private key in git's own folder, where no commit takes it along, and have one repository sign with it."""
    path = directory.absolute() / ".git" / "nearmiss" / "key"
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(key)
    for name, value in (("gpg.format", "ssh"), ("user.signingKey", str(path))):
        _configure(directory, name, value)


def _configure(directory: Path, key: str, value: str) -> None:
    environment = {name: text for name, text in os.environ.items() if name not in REDIRECTING}
    words = ["config", "--local", key, value]
    with start(words, environment=environment, directory=directory, stderr=subprocess.DEVNULL) as child:
        child.communicate()


def _existing(directory: Path) -> Path:
    here = directory.absolute()
    return next(place for place in (here, *here.parents) if place.is_dir())
