"""OpenSSH as the judge: keys made, texts signed and signatures verified by ssh-keygen itself."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

NAMESPACE = "nearmiss-sign-off@1"
MESSAGE = b'{"by":"r.meyer","verdict":"approve"}'

KINDS = {
    "ed25519": ("-t", "ed25519"),
    "ecdsa-256": ("-t", "ecdsa", "-b", "256"),
    "ecdsa-384": ("-t", "ecdsa", "-b", "384"),
    "ecdsa-521": ("-t", "ecdsa", "-b", "521"),
    "rsa": ("-t", "rsa", "-b", "2048"),
}
"""The kinds of keys that ssh-keygen makes by itself; those in a security key need one."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A key of its own, in a folder of a test."""

    path: Path

    @property
    def line(self) -> str:
        """The public half as a line, without its comment."""
        return " ".join(self.path.with_name(f"{self.path.name}.pub").read_text(encoding="ascii").split()[:2])

    def sign(self, message: bytes = MESSAGE, *, namespace: str = NAMESPACE, hashed_with: str = "sha512") -> str:
        """Return the signature of a message as ssh-keygen makes it."""
        words = ["-Y", "sign", "-q", "-n", namespace, "-O", f"hashalg={hashed_with}", "-f", str(self.path)]
        return keygen(*words, stdin=message).stdout.decode("ascii")


def keygen(*words: str, stdin: bytes = b"", check: bool = True) -> subprocess.CompletedProcess[bytes]:
    """Run ssh-keygen."""
    return subprocess.run(["ssh-keygen", *words], input=stdin, capture_output=True, check=check)


def make_key(folder: Path, kind: str = "ed25519", *, name: str = "") -> Pair:
    """Make a key without a passphrase."""
    path = folder / (name or f"id-{kind}")
    keygen("-q", *KINDS[kind], "-N", "", "-C", "", "-f", str(path))
    return Pair(path=path)


def openssh_accepts(
    folder: Path, signature: str, message: bytes = MESSAGE, *, allowed: str, who: str = "r.meyer", at: str = ""
) -> bool:
    """Say whether `ssh-keygen -Y verify` accepts a signature from one of the keys that are allowed."""
    signers, armoured = folder / "allowed_signers", folder / "signature"
    signers.write_text(allowed, encoding="ascii")
    armoured.write_bytes(signature.encode("utf-8", "surrogateescape"))
    when = ["-O", f"verify-time={at}"] if at else []
    words = ["-Y", "verify", "-f", str(signers), "-I", who, "-n", NAMESPACE, "-s", str(armoured), *when]
    return keygen(*words, stdin=message, check=False).returncode == 0


def allowed_line(line: str, who: str = "r.meyer", options: str = "") -> str:
    """Return a line of an allowed-signers file."""
    return f'{who} namespaces="{NAMESPACE}"{options} {line}\n'
