"""The SSH keys that a person can sign with here, and signing with one by ssh-keygen, which alone sees private keys."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from nearmiss.vcs.children import clean_words, start
from nearmiss.vcs.environment import personal_environment
from nearmiss.vcs.errors import KeygenFailedError, KeygenMissingError, KeyUnreadableError

USUAL = ("id_ed25519", "id_ed25519_sk", "id_ecdsa", "id_ecdsa_sk", "id_rsa")
"""The keys that OpenSSH makes where nobody names another file, below `~/.ssh`."""

LITERAL = "key::"
"""How git begins a signing key that is given itself rather than by the name of its file."""

TYPES = ("ssh-", "ecdsa-", "sk-")
"""How a line of a public key begins."""


class Keychain:
    """Looks for keys where OpenSSH and git do: the one that is named, git's signing key, the agent, the usual files."""

    def __init__(self, git_dir: Path, *, named: str = "") -> None:
        self._git_dir = git_dir
        self._named = named
        self._files: dict[str, Path] = {}

    @property
    def is_named(self) -> bool:
        """Whether the person said which key is to sign."""
        return bool(self._named)

    def at_hand(self) -> Iterator[str]:
        """Yield the public keys of those that may be able to sign here, as lines, the most likely first.

        Where a key is named, it is the only one. Raises KeyUnreadableError where that one cannot be read.
        """
        if self._named:
            yield self._of(self._named, required=True)
            return
        configured = self._configured()
        if configured:
            yield self._of(configured, required=False)
        yield from _in_agent()
        for name in USUAL:
            yield self._of(str(Path.home() / ".ssh" / name), required=False)

    def sign(self, message: bytes, *, key: str, namespace: str) -> str:
        """Return the armoured signature of a message by the key of a line that `at_hand` gave.

        ssh-keygen asks on the terminal for a passphrase, and for a touch of a security key. Raises KeygenFailedError.
        """
        if key in self._files:
            return _signed(message, self._files[key], namespace)
        import tempfile

        with tempfile.TemporaryDirectory(prefix="nearmiss-") as folder:
            public = Path(folder) / "key.pub"
            public.write_text(f"{key}\n", encoding="ascii")
            return _signed(message, public, namespace)

    def _configured(self) -> str:
        """Return what git is told to sign with, where that is an SSH key."""
        if self._setting("gpg.format") != "ssh":
            return ""
        return self._setting("user.signingKey")

    def _setting(self, name: str) -> str:
        environment = personal_environment(os.environ, git_dir=self._git_dir, root=None)
        words = ["config", "--get", name]
        with start(words, environment=environment, directory=self._git_dir, stderr=subprocess.DEVNULL) as child:
            return child.communicate()[0].decode("utf-8", "replace").strip()

    def _of(self, named: str, *, required: bool) -> str:
        """Return the line of a key: one that is itself a line, or that of a file; an empty text where there is none."""
        literal = named.removeprefix(LITERAL)
        if named.startswith(LITERAL) or (literal.startswith(TYPES) and " " in literal):
            return _plain(literal)
        path = Path(named).expanduser()
        line = _line_of(path)
        if line:
            self._files[line] = path
        elif required:
            raise KeyUnreadableError(named)
        return line


def _line_of(path: Path) -> str:
    """Return the line of the public half of a key file: itself, the one beside it, or what ssh-keygen makes of it."""
    for place in (path, Path(f"{path}.pub")):
        try:
            text = place.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        if text.startswith(TYPES):
            return _plain(text)
    if not path.is_file():
        return ""
    done = _run(["ssh-keygen", "-y", "-f", str(path)])
    said = done.stdout.decode("utf-8", "replace")
    return _plain(said) if done.returncode == 0 and said.startswith(TYPES) else ""


def _plain(line: str) -> str:
    """Return a line of a public key without its comment."""
    return " ".join(line.split()[:2])


def _in_agent() -> Iterator[str]:
    """Yield the keys that an agent holds, where one is running."""
    if not os.environ.get("SSH_AUTH_SOCK"):
        return
    try:
        done = _run(["ssh-add", "-L"])
    except KeygenMissingError:
        return
    if done.returncode == 0:
        for line in done.stdout.decode("utf-8", "replace").split("\n"):
            if line.startswith(TYPES):
                yield _plain(line)


def _signed(message: bytes, path: Path, namespace: str) -> str:
    done = _run(["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", str(path)], message)
    if done.returncode != 0:
        raise KeygenFailedError(path, clean_words(done.stderr))
    return done.stdout.decode("ascii", "replace")


def _run(words: list[str], message: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run a program of OpenSSH; it asks the person on the terminal by itself. Raises KeygenMissingError."""
    try:
        return subprocess.run(words, input=message, capture_output=True, check=False)  # noqa: S603 - words, no shell
    except FileNotFoundError:
        raise KeygenMissingError(words[0]) from None
