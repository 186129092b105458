"""A pack: everything by which a history can be proven anywhere, in one archive, with the program that proves it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from typing import TYPE_CHECKING

from nearmiss import __version__
from nearmiss.errors import NearMissError
from nearmiss.store.outputs import new_file
from nearmiss.verifier.archive import archive_of
from nearmiss.verifier.faults import CannotVerifyError
from nearmiss.verifier.objects import Objects
from nearmiss.verifier.pack import (
    BRANCH,
    BUNDLE,
    FORMAT,
    MANIFEST,
    MANIFEST_DIGEST,
    PROGRAM,
    READ_ME,
    REPORT,
    SIGNERS,
    mirrored,
    signers_of,
)
from nearmiss.verifier.plain import NotPlainError, canonical, read_json
from nearmiss.verifier.policy import Policy
from nearmiss.verifier.policy_changes import VERSIONS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nearmiss.store.outputs import Existing
    from nearmiss.vcs.repository import GitRepository

FIRST_LINE = b"#!/usr/bin/env python3\n"
START = '''"""The standalone verifier: python3 verify.pyz PACK.zip, or a repository."""

import sys

from nearmiss.verifier.__main__ import main

sys.exit(main())
'''
EXPLANATION = """This pack proves a register of near misses: who changed what, under which rule, and who signed it.

    python3 verify.pyz FILE.zip

needs Python 3.11 or newer, git, and ssh-keygen where sign-offs carry signatures. It says in sentences what does not
hold, and ends with 0 where everything does. A pack cannot vouch for itself: whoever hands it to you could have
changed the program in it too. So take verify.pyz from a source that you trust, and compare this commit with the one
that the organisation published or that another clone has:

    {head}

report.html       the audit, to be read; it is listed, but it is not itself proven: the verdict of verify.pyz counts
records/          the records and their sign-offs, as they are in force
workflow/policy/  all versions of the policy, by which the steps were judged, and who signed them
allowed-signers   the keys that count today, as ssh-keygen reads them
history.bundle    the history, for git clone
manifest.json     each file with its SHA-256
"""


class NoPackError(NearMissError):
    """The history cannot be packed, since it cannot be read as a whole."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The history cannot be packed: {why}.", hint="Look at the repository with git fsck --full.")


@dataclass(frozen=True, kw_only=True)
class Packed:
    """A pack that was written: where, up to which commit, of how many files, and its SHA-256."""

    path: Path
    head: str
    files: int
    sha256: str


def verifier_program() -> bytes:
    """Return `verify.pyz`: the verifier, and the part of PyYAML that is written in Python, in one file that runs."""
    found = {"__main__.py": START.encode(), "nearmiss/__init__.py": f'__version__ = "{__version__}"\n'.encode()}
    for package, folder in (("nearmiss.verifier", "nearmiss/verifier"), ("yaml", "yaml")):
        for entry in files(package).iterdir():
            if entry.name.endswith(".py"):
                found[f"{folder}/{entry.name}"] = entry.read_bytes()
    return FIRST_LINE + archive_of(found | _licence_of_yaml())


def _licence_of_yaml() -> dict[str, bytes]:
    """Return PyYAML's licence, which asks to come along with its code."""
    try:
        parts = distribution("pyyaml").files or []
    except PackageNotFoundError:
        return {}
    licence = next((part for part in parts if part.name == "LICENSE"), None)
    return {"yaml/LICENSE": licence.read_binary()} if licence else {}


def pack_files(repository: GitRepository, *, head: str, report: bytes, start: str = "") -> dict[str, bytes]:
    """Return the files of a pack by their names.

    `head` is the commit that was judged, `report` the readable audit as HTML, and `start` the commit from which on it
    was judged, where that was later than genesis. The same history and report give the same bytes. Raises NoPackError.
    """
    try:
        with Objects(repository.git_dir) as objects:
            found = mirrored(objects, head)
    except CannotVerifyError as error:
        raise NoPackError(str(error)) from error
    found |= {
        BUNDLE: repository.bundle(head=head, branch=BRANCH),
        SIGNERS: _signers(found),
        REPORT: report,
        PROGRAM: verifier_program(),
        READ_ME: EXPLANATION.format(head=head).encode(),
    }
    manifest = _manifest(found, head=head, start=start)
    return found | {MANIFEST: manifest, MANIFEST_DIGEST: hashlib.sha256(manifest).hexdigest().encode() + b"\n"}


def _signers(found: Mapping[str, bytes]) -> bytes:
    """Return the keys of the newest policy; none where that cannot be read, which the verifier will say."""
    versions = sorted(path for path in found if path.startswith(f"{VERSIONS}/"))
    try:
        newest = read_json(found[versions[-1]])
        return signers_of(Policy(version=newest["version"], whole=newest))
    except (IndexError, NotPlainError, KeyError, TypeError):
        return b""


def _manifest(found: Mapping[str, bytes], *, head: str, start: str) -> bytes:
    digests = {path: hashlib.sha256(content).hexdigest() for path, content in found.items()}
    return canonical({"format": FORMAT, "head": head, "start": start, "tool": __version__, "files": digests}) + b"\n"


def write_pack(
    repository: GitRepository, path: Path, *, head: str, report: bytes, start: str = "", existing: Existing = "refuse"
) -> Packed:
    """Write a pack to a file; raises what `new_file` raises, and leaves nothing behind where it cannot be written."""
    found = pack_files(repository, head=head, report=report, start=start)
    archive = archive_of(found)
    with new_file(path, existing=existing) as stream:
        stream.write(archive)
    return Packed(path=path, head=head, files=len(found), sha256=hashlib.sha256(archive).hexdigest())
