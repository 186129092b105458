"""A pack: one archive from which a history can be proven far away from the repository that it was made of.

`manifest.json` names every file with its SHA-256, `manifest.sha256` the manifest's own. What the history holds as well
(records, sign-offs, policy) must be the same there and here; the history is then judged like that of any repository.
"""

from __future__ import annotations

import hashlib
import io
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nearmiss.verifier.archive import archive_of
from nearmiss.verifier.faults import CannotVerifyError, Fault
from nearmiss.verifier.history import History, Verdict
from nearmiss.verifier.objects import Objects, run_git
from nearmiss.verifier.plain import NotPlainError, read_json
from nearmiss.verifier.policy import FOLDER, Policy
from nearmiss.verifier.policy_changes import SIGN_OFFS, VERSIONS
from nearmiss.verifier.sign_offs import allowed_signers

FORMAT = "nearmiss-pack@1"
MANIFEST, MANIFEST_DIGEST = "manifest.json", "manifest.sha256"
BUNDLE, SIGNERS, REPORT, PROGRAM, READ_ME = (
    "history.bundle",
    "allowed-signers",
    "report.html",
    "verify.pyz",
    "README.txt",
)
ALWAYS = (BUNDLE, SIGNERS, REPORT, PROGRAM, READ_ME)
MIRRORED = ("records/", f"{VERSIONS}/", f"{SIGN_OFFS}/")
"""Folders whose files lie in the pack as they lie in the judged commit."""
SOUND_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")
BRANCH = "refs/heads/audited"


def mirrored(objects: Objects, head: str) -> dict[str, bytes]:
    """Return the records, sign-offs and policy versions of a commit, as a pack holds them."""
    tree = objects.commit(head).tree
    found = {**objects.files(tree, "records"), **objects.files(tree, FOLDER)}
    return {path: objects.blob(entry.oid) for path, entry in found.items() if path.startswith(MIRRORED)}


def signers_of(policy: Policy) -> bytes:
    """Return the keys that count under a policy, as ssh-keygen reads them."""
    return allowed_signers(policy, [str(person["handle"]) for person in policy.people]).encode()


def verify_pack(place: Path) -> Verdict:
    """Return the verdict on a pack, or on the folder that one was unpacked to; raise where there is no pack at all."""
    files, faults = _read_folder(place) if place.is_dir() else _read_archive(place)
    named = {fault.path for fault in faults}
    # Of a file that could not be read, nothing else is said: it was not taken out.
    faults += [fault for fault in _listed(files) if fault.path not in named]
    manifest = _manifest(files)
    verdict = Verdict(head=str(manifest.get("head", "")))
    if BUNDLE not in files or not verdict.head:
        verdict.faults = faults or [Fault(code="pack", path=MANIFEST, says="it does not say which commit was judged")]
        return verdict
    with tempfile.TemporaryDirectory(prefix="nearmiss-pack-") as folder:
        try:
            _unbundle(Path(folder), files[BUNDLE], verdict.head)
            with Objects(Path(folder)) as objects:
                faults += _same(files, objects, verdict.head)
                judged = History(objects).judge(verdict.head, str(manifest.get("start", "")))
        except CannotVerifyError as error:
            verdict.faults = [*faults, Fault(code="pack", path=BUNDLE, says=str(error))]
            return verdict
    judged.faults = faults + judged.faults
    return judged


def _read_folder(place: Path) -> tuple[dict[str, bytes], list[Fault]]:
    found = {str(path.relative_to(place).as_posix()): path for path in sorted(place.rglob("*")) if not path.is_dir()}
    odd = [Fault(code="pack", path=path, says="it is no plain file") for path, at in found.items() if at.is_symlink()]
    return {path: at.read_bytes() for path, at in found.items() if not at.is_symlink()}, odd


def _read_archive(place: Path) -> tuple[dict[str, bytes], list[Fault]]:
    """Return the files of an archive, and where its bytes are not those which these files make."""
    files: dict[str, bytes] = {}
    faults: list[Fault] = []
    try:
        raw = place.read_bytes()
        archive = zipfile.ZipFile(io.BytesIO(raw))
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise CannotVerifyError(f"{place.name} is no pack that can be opened: {error}") from error
    for entry in archive.infolist():
        if entry.filename in files:
            faults.append(Fault(code="pack", path=entry.filename, says="the archive holds it twice"))
            continue
        if entry.compress_type != zipfile.ZIP_STORED:
            # No pack is, and a few bytes may be made of any number.
            says = "it is compressed, which no file of a pack is; unpack them all, and verify their folder"
            faults.append(Fault(code="pack", path=entry.filename, says=says))
            continue
        try:
            files[entry.filename] = archive.read(entry)
        except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, EOFError) as error:
            faults.append(Fault(code="pack", path=entry.filename, says=f"it cannot be read: {error}"))
    again = archive_of(files)
    if not faults and again != raw:
        at = next((n for n, (a, b) in enumerate(zip(raw, again, strict=False)) if a != b), min(len(raw), len(again)))
        faults.append(Fault(code="pack", path=_around(again, at), says=f"the archive was changed here, at byte {at}"))
    return files, faults


def _around(archive: bytes, at: int) -> str:
    """Return the file in whose part of an archive a byte lies."""
    entries = zipfile.ZipFile(io.BytesIO(archive)).infolist()
    return next((entry.filename for entry in reversed(entries) if entry.header_offset <= at), MANIFEST)


def _manifest(files: Mapping[str, bytes]) -> Mapping[str, Any]:
    try:
        found = read_json(files.get(MANIFEST, b""))
    except NotPlainError:
        return {}
    return found if isinstance(found, dict) else {}


def _listed(files: Mapping[str, bytes]) -> Iterator[Fault]:
    """Yield each file that is missing, was changed, or was put in, by what the manifest says."""
    manifest = _manifest(files)
    if (
        MANIFEST not in files
        or files.get(MANIFEST_DIGEST) != hashlib.sha256(files[MANIFEST]).hexdigest().encode() + b"\n"
    ):
        for path in (MANIFEST, MANIFEST_DIGEST):
            how = "these two do not belong together" if path in files else "it was taken out of the pack"
            yield Fault(code="pack", path=path, says=f"{how}: {MANIFEST_DIGEST} holds the digest of {MANIFEST}")
    if manifest.get("format") != FORMAT or not isinstance(manifest.get("files"), dict):
        yield Fault(code="pack", path=MANIFEST, says=f"this is no manifest of the format {FORMAT}")
        return
    listed = manifest["files"]
    for path in sorted({*listed, *files, *ALWAYS} - {MANIFEST, MANIFEST_DIGEST}):
        if not SOUND_NAME.fullmatch(path):
            yield Fault(code="pack", path=path, says="the name leads elsewhere, or is not one of a pack's")
        if path not in files:
            yield Fault(code="pack", path=path, says="it was taken out of the pack")
        elif path not in listed:
            yield Fault(code="pack", path=path, says="it was put into the pack: the manifest does not list it")
        elif listed[path] != hashlib.sha256(files[path]).hexdigest():
            yield Fault(code="pack", path=path, says="it was changed: its SHA-256 is not the one in the manifest")


def _unbundle(folder: Path, bundle: bytes, head: str) -> None:
    """Put the history of a bundle into a repository of its own."""
    run_git(folder, "init", "-q", "--bare", f"--object-format={'sha1' if len(head) == 40 else 'sha256'}", ".")  # noqa: PLR2004 - the two lengths of git's names
    place = folder / "bundle"
    place.write_bytes(bundle)
    told = run_git(folder, "bundle", "unbundle", str(place)).decode("utf-8", "replace").split("\n")
    place.unlink()
    if [line for line in told if line] != [f"{head} {BRANCH}"]:
        raise CannotVerifyError("its history does not end in the commit that the manifest names, and there alone")
    held = run_git(folder, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)", "--unordered").split()
    needed = run_git(folder, "rev-list", "--objects", "--no-object-names", head).split()
    strange = sorted({*held} - {*needed})
    if strange:
        raise CannotVerifyError(
            f"it holds {len(strange)} objects that are no part of the history: {strange[0].decode()}"
        )


def _same(files: Mapping[str, bytes], objects: Objects, head: str) -> Iterator[Fault]:
    """Yield each file that differs from what the history says."""
    there = mirrored(objects, head)
    versions = {path: content for path, content in there.items() if path.startswith(f"{VERSIONS}/")}
    if versions:
        try:
            whole = read_json(versions[max(versions)])
            there[SIGNERS] = signers_of(Policy(version=whole["version"], whole=whole))
        except (NotPlainError, KeyError, TypeError):
            yield Fault(code="policy-broken", path=max(versions), says="the newest policy cannot be read")
    for path in sorted({*there, *(name for name in files if name.startswith(MIRRORED))}):
        if path not in files:
            yield Fault(code="pack", path=path, says="the history holds it, and the pack does not")
        elif path not in there:
            yield Fault(code="pack", path=path, says="the pack holds it, and the history does not")
        elif files[path] != there[path]:
            yield Fault(code="pack", path=path, says="it is not what the history says")
