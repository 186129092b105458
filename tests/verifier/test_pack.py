"""The pack: what was made passes, and whatever is done to any of its files or to its history, the verifier names it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from nearmiss.app.packing import NoPackError, pack_files, verifier_program, write_pack
from nearmiss.store.outputs import OutputExistsError
from nearmiss.verifier.__main__ import main
from nearmiss.verifier.archive import archive_of
from nearmiss.verifier.faults import CannotVerifyError
from nearmiss.verifier.pack import (
    BRANCH,
    BUNDLE,
    MANIFEST,
    MANIFEST_DIGEST,
    PROGRAM,
    READ_ME,
    REPORT,
    verify_pack,
)
from nearmiss.verifier.plain import canonical
from tests.cli.shell import Shell
from tests.engine.requests import edited, of
from tests.engine.scene import Scene, walked_scene
from tests.verifier.proving import faults_of

AUDIT = b"<!doctype html><title>Audit</title>\n"
TOLD_ONLY = {REPORT, PROGRAM, READ_ME}
"""What no history vouches for: only the manifest does."""


@pytest.fixture(scope="module")
def walked_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Scene, str]]:
    """A register with one record in `root-caused`, which no test changes."""
    scene, record = walked_scene(tmp_path_factory.mktemp("packed"), upto="root-caused")
    yield scene, record
    scene.close()


@pytest.fixture(scope="module")
def archive(walked_once: tuple[Scene, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `nearmiss audit --pack` writes of it."""
    scene, _ = walked_once
    place = tmp_path_factory.mktemp("written") / "pack.zip"
    outcome = Shell(directory=scene.root, scene=scene).run("o.haddad", "audit", "--pack", str(place))
    assert outcome.code == 0, outcome.said
    return place


@pytest.fixture(scope="module")
def packed(archive: Path) -> dict[str, bytes]:
    """The files of that pack."""
    return files_of(archive)


def files_of(place: Path) -> dict[str, bytes]:
    """Return the files of an archive by their names."""
    with zipfile.ZipFile(place) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def remade(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return a pack's files with a manifest that fits them, as somebody makes it who knows how packs are made."""
    manifest = json.loads(files[MANIFEST])
    own = {path: content for path, content in files.items() if path not in {MANIFEST, MANIFEST_DIGEST}}
    manifest["files"] = {path: hashlib.sha256(content).hexdigest() for path, content in own.items()}
    raw = canonical(manifest) + b"\n"
    return {**own, MANIFEST: raw, MANIFEST_DIGEST: hashlib.sha256(raw).hexdigest().encode() + b"\n"}


def named(tmp_path: Path, files: dict[str, bytes]) -> set[str]:
    """Return the files that the verifier names in a pack."""
    place = tmp_path / "pack.zip"
    place.write_bytes(archive_of(files))
    return {fault.path for fault in verify_pack(place).faults}


def flipped(content: bytes) -> bytes:
    """Return some bytes with one bit in their middle turned."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :] if content else b"x"


def test_what_was_made_passes(walked_once: tuple[Scene, str], tmp_path: Path) -> None:
    """A pack as it was written holds, as an archive and unpacked; the same history makes the same bytes."""
    scene, _ = walked_once
    first = write_pack(scene.repository, tmp_path / "one.zip", head=scene.rev("main"), report=AUDIT)
    again = write_pack(scene.repository, tmp_path / "two.zip", head=scene.rev("main"), report=AUDIT)
    zipfile.ZipFile(first.path).extractall(tmp_path / "folder")

    assert first.path.read_bytes() == again.path.read_bytes()
    assert first.sha256 == hashlib.sha256(first.path.read_bytes()).hexdigest() == again.sha256
    assert verify_pack(first.path).faults == verify_pack(tmp_path / "folder").faults == []
    assert [step["seq"] for step in verify_pack(first.path).steps] == [1, 2]
    with pytest.raises(OutputExistsError):
        write_pack(scene.repository, tmp_path / "one.zip", head=scene.rev("main"), report=AUDIT)


def test_each_file_that_is_changed_is_named(packed: dict[str, bytes], tmp_path: Path) -> None:
    """One bit of one file, for each file of a pack: the verifier names that file."""
    for path, content in packed.items():
        assert path in named(tmp_path, {**packed, path: flipped(content)}), path


def test_each_file_that_is_taken_out_is_named(packed: dict[str, bytes], tmp_path: Path) -> None:
    """Each file of a pack taken out, one at a time: the verifier names it."""
    for path in packed:
        left = {other: content for other, content in packed.items() if other != path}
        assert path in named(tmp_path, left), path


def test_each_file_that_is_put_in_is_named(packed: dict[str, bytes], tmp_path: Path) -> None:
    """A file put beside any other is named, and so is one that leads out of the folder."""
    for path in (
        *(f"{path}.txt" for path in packed),
        "../outside",
        "/etc/passwd",
        "records/2026/11/NM-2026-ZZZZZ.yaml",
    ):
        assert path in named(tmp_path, {**packed, path: b"put in\n"}), path


def test_a_manifest_that_was_made_anew_helps_nobody(packed: dict[str, bytes], tmp_path: Path) -> None:
    """Whoever changes, takes out or puts in a file and makes the manifest fit is found by the history all the same."""
    assert named(tmp_path, remade(packed)) == set()
    for path in packed.keys() - {MANIFEST, MANIFEST_DIGEST} - TOLD_ONLY:
        left = {other: content for other, content in packed.items() if other != path}
        assert path in named(tmp_path, remade({**packed, path: flipped(packed[path])})), path
        assert path in named(tmp_path, remade(left)), path
    for path in ("records/2026/11/NM-2026-ZZZZZ.yaml", "workflow/policy/versions/0002.json"):
        assert path in named(tmp_path, remade({**packed, path: b"put in\n"})), path


def test_what_cannot_be_read_is_not_packed(walked_once: tuple[Scene, str]) -> None:
    """Where an object of the history is missing, no pack is made, and the sentence says how to look."""
    scene, _ = walked_once

    with pytest.raises(NoPackError, match="cannot be packed"):
        pack_files(scene.repository, head="0" * 40, report=AUDIT)


def test_another_commit_cannot_be_passed_off(
    packed: dict[str, bytes], walked_once: tuple[Scene, str], tmp_path: Path
) -> None:
    """A manifest that names another head, or none, or another format, is refused."""
    scene, _ = walked_once
    for key, value in (("head", scene.rev("main~1")), ("head", ""), ("format", "nearmiss-pack@9"), ("start", "0" * 40)):
        manifest = {**json.loads(packed[MANIFEST]), key: value}
        assert named(tmp_path, remade({**packed, MANIFEST: canonical(manifest)})), (key, value)
    assert MANIFEST in named(tmp_path, {**packed, MANIFEST: b"not JSON"})


def test_no_byte_of_the_archive_can_be_turned(packed: dict[str, bytes], tmp_path: Path) -> None:
    """Anywhere in the archive, between its files too, a turned bit is refused with a sentence."""
    whole = archive_of(packed)
    place = tmp_path / "pack.zip"
    table = zipfile.ZipFile(io.BytesIO(whole)).start_dir
    for at in (*range(0, 40, 3), *range(table - 3, table + 60, 7), *range(len(whole) - 22, len(whole), 3)):
        place.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        assert main([str(place)]) != 0, at
    place.write_bytes(whole + b"more")
    assert main([str(place)]) != 0


CLAIMS = {
    "unknown-compression": (10, 99),
    "not-deflated": (10, 8),
    "not-bzip2": (10, 12),
    "not-lzma": (10, 14),
    "encrypted": (8, 0x1),
    "patched": (8, 0x20),
    "strongly-encrypted": (8, 0x40),
    "of-the-future": (6, 0xFFFF),
    "name-too-long": (28, 0xFF),
    "elsewhere": (42, 0xFFFF),
}
"""What the list of an archive can say of a file: two bytes, and where they stand in its entry (APPNOTE 4.3.12)."""


@pytest.mark.parametrize("claim", CLAIMS)
def test_what_an_archive_says_of_a_file_is_not_believed(packed: dict[str, bytes], tmp_path: Path, claim: str) -> None:
    """Whatever the list of an archive claims, the file is named, and nothing else comes of it."""
    at, value = CLAIMS[claim]
    whole = bytearray(archive_of(packed))
    entry = whole.index(b"PK\1\2")
    whole[entry + at : entry + at + 2] = value.to_bytes(2, "little")
    place = tmp_path / "pack.zip"
    place.write_bytes(whole)
    faults = verify_pack(place).faults
    assert PROGRAM in {fault.path for fault in faults}, faults
    assert main([str(place)]) == 1


def test_what_was_compressed_is_named_and_never_unpacked(packed: dict[str, bytes], tmp_path: Path) -> None:
    """A few bytes of an archive can be made of any number; whoever packed it anew is told of each file."""
    place = tmp_path / "pack.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as opened:
        for path, content in packed.items():
            opened.writestr(path, content)
    faults = verify_pack(place).faults
    assert sorted(fault.path for fault in faults) == sorted(packed)
    assert all("compressed" in fault.says for fault in faults)
    with zipfile.ZipFile(place) as opened:
        opened.extractall(tmp_path / "unpacked")
    assert verify_pack(tmp_path / "unpacked").faults == []


def test_a_file_that_stands_twice_is_named(packed: dict[str, bytes], tmp_path: Path) -> None:
    """An archive in which two readers may find two things under one name is refused."""
    place = tmp_path / "pack.zip"
    place.write_bytes(archive_of(packed))
    with zipfile.ZipFile(place, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr(REPORT, AUDIT)

    assert REPORT in {fault.path for fault in verify_pack(place).faults}


def bundled(folder: Path, head: str, oids: list[str], *more: str) -> bytes:
    """Return a bundle of some objects of a repository, with further lines in its header, past all of git's checks."""
    header = "".join(f"{line}\n" for line in ("# v2 git bundle", f"{head} {BRANCH}", *more, ""))
    asked = ["git", "-C", str(folder), "pack-objects", "--stdout", "-q"]
    done = subprocess.run(asked, input="".join(f"{oid}\n" for oid in oids).encode(), capture_output=True, check=True)
    return header.encode() + done.stdout


def test_each_object_in_the_bundle_counts(
    packed: dict[str, bytes], walked_once: tuple[Scene, str], tmp_path: Path
) -> None:
    """An object taken out of the bundle, changed or put in, and a second branch: a manifest made fit helps nobody."""
    scene, _ = walked_once
    head = scene.rev("main")
    oids = scene.git("rev-list", "--objects", "--no-object-names", "main").split()
    stray = scene.git("hash-object", "-w", "--stdin", stdin=b"Nobody points to this.\n")
    note = scene.git("commit-tree", "-m", "Another line", f"{head}^{{tree}}", "-p", head)
    spoilt = {f"without {oid}": [one for one in oids if one != oid] for oid in oids[:: max(1, len(oids) // 16)]}
    spoilt |= {f"another for {oid}": [*(one for one in oids if one != oid), stray] for oid in oids[1 :: len(oids) // 4]}

    assert named(tmp_path, remade({**packed, BUNDLE: bundled(scene.root, head, oids)})) == set()
    for how, some in {**spoilt, "one more": [*oids, stray]}.items():
        assert named(tmp_path, remade({**packed, BUNDLE: bundled(scene.root, head, some)})) >= {BUNDLE}, how
    twice = bundled(scene.root, head, [*oids, note], f"{note} refs/heads/other")
    assert named(tmp_path, remade({**packed, BUNDLE: twice})) == {BUNDLE}


def test_no_byte_of_the_bundle_can_be_turned(packed: dict[str, bytes], tmp_path: Path) -> None:
    """A bit anywhere in the bundle, and a manifest that fits it: git cannot read that, and the bundle is named."""
    whole = packed[BUNDLE]
    for at in range(7, len(whole), len(whole) // 24):
        content = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        assert named(tmp_path, remade({**packed, BUNDLE: content})) >= {BUNDLE}, at


def test_a_history_that_was_rewritten_is_named(tmp_path: Path) -> None:
    """Whoever changes a sealed section in the history, and makes a whole new pack of it, is found with the section."""
    scene, record = walked_scene(tmp_path / "other")
    of(scene, edited(scene, record, {"investigation.findings": "Nobody was to blame."}), branch="main")
    files = pack_files(scene.repository, head=scene.rev("main"), report=AUDIT)
    (tmp_path / "pack.zip").write_bytes(archive_of(files))

    (fault,) = verify_pack(tmp_path / "pack.zip").faults

    assert (fault.code, fault.record, fault.field) == ("sealed-section-changed", record, "investigation")
    scene.close()


def test_an_object_that_is_not_what_its_name_says_is_named(tmp_path: Path) -> None:
    """Each object of the history put in the place of another, one at a time: none passes for what it is not."""
    import zlib

    scene, _ = walked_scene(tmp_path / "other")
    listed = scene.git("rev-list", "--objects", "--no-object-names", "main").split()
    tried = 0
    for oid in listed:
        place = scene.root / ".git/objects" / oid[:2] / oid[2:]
        if not place.is_file() or not _is_read(scene, oid):
            continue
        kept = place.read_bytes()
        place.chmod(0o644)
        whole = zlib.decompress(kept)
        place.write_bytes(zlib.compress(whole[:-1] + bytes([whole[-1] ^ 1])))
        with pytest.raises(CannotVerifyError, match=oid):
            faults_of(scene)
        place.write_bytes(kept)
        tried += 1
    assert tried >= len(scene.git("rev-list", "main").split())
    assert faults_of(scene) == []
    scene.close()


def _is_read(scene: Scene, oid: str) -> bool:
    """Return whether an object is a commit, or a folder at the top: those are read on every walk."""
    return scene.git("cat-file", "-t", oid) == "commit" or oid == scene.git("rev-parse", "main^{tree}")


def alone(program: Path, place: Path) -> subprocess.CompletedProcess[str]:
    """Run a pack's own program as an auditor does: another folder, no packages, nothing of ours on any path."""
    command = [sys.executable, "-I", "-S", str(program), str(place)]
    environment = {"PATH": os.environ["PATH"], "HOME": str(program.parent)}
    return subprocess.run(command, cwd=program.parent, env=environment, capture_output=True, text=True, check=False)


def test_the_program_in_the_pack_needs_nothing_else(archive: Path, tmp_path: Path) -> None:
    """`python3 verify.pyz` alone, without site-packages, judges the pack: 0 for it as made, 1 as tampered with."""
    packed = files_of(archive)
    program, place = tmp_path / PROGRAM, tmp_path / "pack.zip"
    program.write_bytes(packed[PROGRAM])

    good = alone(program, archive)
    place.write_bytes(archive_of({**packed, REPORT: b"All is well."}))
    bad = alone(program, place)

    assert (good.returncode, good.stdout.splitlines()[-1]) == (0, "Everything holds."), good.stderr
    assert (bad.returncode, bad.stdout.splitlines()[0].split(":")[0]) == (1, REPORT), bad.stderr
    assert packed[PROGRAM] == verifier_program()
    assert zipfile.ZipFile(io.BytesIO(packed[PROGRAM])).testzip() is None


def test_a_history_may_be_compared_with_a_commit_that_is_known(
    packed: dict[str, bytes], walked_once: tuple[Scene, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--expect` refuses a history, however sound, that does not hold a commit which somebody wrote down once."""
    scene, _ = walked_once
    place = tmp_path / "pack.zip"
    place.write_bytes(archive_of(packed))

    assert main([str(place), "--expect", scene.rev("main~2")]) == 0
    assert main([str(place), "--expect", "0" * 40]) == 1
    assert "this is another history" in capsys.readouterr().out
