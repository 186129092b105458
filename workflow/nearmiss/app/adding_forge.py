"""Adding the files of a forge to a register that is there: what is missing is written, what is there stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.app.forge_files import PAGE, forge_files, require_forge
from nearmiss.app.opening import open_desk
from nearmiss.app.places import root_of, unsaved_of
from nearmiss.engine.documents import Edit
from nearmiss.engine.errors import RefusedError
from nearmiss.engine.founding import InTheWayError
from nearmiss.engine.instance import INSTANCE_FILE, POLICY, present_version, read_register
from nearmiss.engine.trees import WithFiles
from nearmiss.policy.findings import has_errors
from nearmiss.policy.paths import class_of
from nearmiss.policy.policy_step import judge_policy_files
from nearmiss.policy.version import PolicyVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from nearmiss.engine.documents import Documents
    from nearmiss.engine.ports import Tree

SETTINGS = f"{POLICY}settings.yaml"


@dataclass(frozen=True, kw_only=True)
class ForgeAdded:
    """What was added for a forge: paths that were written, and those of ours that were there and stay as they are.

    `settings` says whether settings.yaml had to name the forge. `apart` are those written that are no policy yet, only
    by these settings: a request never holds both, so they are committed by themselves.
    """

    forge: str
    written: tuple[str, ...]
    kept: tuple[str, ...]
    settings: bool
    apart: tuple[str, ...]


def is_register(directory: Path) -> bool:
    """Say whether a folder is the top of a repository that holds a register, in its working tree."""
    return (directory / ".git").exists() and (directory / INSTANCE_FILE).is_file()


def add_forge(directory: Path, forge: str) -> ForgeAdded:
    """Write the files of a forge that a register's working tree has not, and have its settings name the forge.

    Nothing is committed: it is policy, so it comes into force as a change of the policy does. Nothing that is
    there is written over but the settings, of which all else stays. Raises UnknownForgeError, RefusedError where the
    policy files are not sound, InTheWayError, and what reading and writing files raises; files that were written
    before that stay, and the next call writes the others.
    """
    require_forge(forge)
    root = root_of(directory)
    desk = open_desk(root)
    try:
        tree = desk.repository.working_tree()
        newest = read_register(tree, desk.documents).newest
        settings, version = _revised(tree, desk.documents, forge, newest.number + 1)
        wanted = forge_files(forge)(version)
        present = tree.read(SETTINGS)
    finally:
        desk.repository.close()  # type: ignore[attr-defined]  # the adapter holds processes
    missing = {path: content for path, content in wanted.items() if not _is_there(root / path)}
    require_way(root, missing)
    changed = settings != present
    # The settings come last: they say that the forge's files are there.
    _write(root, {**missing, SETTINGS: settings} if changed else missing, read={SETTINGS: present or b""})
    kept = tuple(sorted(set(wanted) - set(missing)))
    apart = tuple(path for path in sorted(missing) if class_of(path, newest.settings) != "policy")
    return ForgeAdded(forge=forge, written=tuple(sorted(missing)), kept=kept, settings=changed, apart=apart)


def _revised(tree: Tree, documents: Documents, forge: str, number: int) -> tuple[bytes, PolicyVersion]:
    """Return settings that name a forge, and the policy that the files then amount to."""
    raw = tree.read(SETTINGS) or b""
    before = _sound(tree, documents, number)
    edits = []
    if before.settings.forge.kind != forge:
        edits.append(Edit(at=("forge", "kind"), value=forge))
    if class_of(PAGE, before.settings) != "policy":
        paths = before.data["rules"]["settings"]["paths"]
        edits.append(Edit(at=("paths",), value=[{"glob": PAGE, "is": "policy"}, *paths]))
    if not edits:
        return raw, before
    revised = documents.revise(raw, edits)
    return revised, _sound(WithFiles(tree, {SETTINGS: revised}), documents, number)


def _sound(tree: Tree, documents: Documents, number: int) -> PolicyVersion:
    version = PolicyVersion(present_version(tree, documents, number))
    findings = judge_policy_files(version, None)
    if has_errors(findings):
        raise RefusedError("The policy files are not sound.", findings)
    return version


def _is_there(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def require_way(root: Path, paths: Iterable[str]) -> None:
    """Raise InTheWayError where a folder of a path is a file, or a link that leads elsewhere."""
    blocked = set()
    for path in paths:
        above = [root.joinpath(*path.split("/")[:depth]) for depth in range(1, path.count("/") + 1)]
        blocked |= {
            str(one.relative_to(root)) for one in above if _is_there(one) and (one.is_symlink() or not one.is_dir())
        }
    if blocked:
        raise InTheWayError(sorted(blocked), way_on="Move them, and try again.")


def _write(root: Path, files: Mapping[str, bytes], *, read: Mapping[str, bytes]) -> None:
    from nearmiss.store.files import digest_of, replace_file

    aside = unsaved_of(root)
    for path, content in files.items():
        replace_file(root / path, content, read_digest=digest_of(read[path]) if path in read else None, aside=aside)
