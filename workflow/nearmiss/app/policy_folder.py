"""A policy in a folder of its own, as somebody drafts it: whichever files of a policy version lie there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from nearmiss.engine.instance import POLICY, VOCABULARY
from nearmiss.errors import UsageError
from nearmiss.policy.version import RULE_PARTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FILES = tuple(f"{part}.yaml" for part in (*RULE_PARTS, "people", "waivers"))


class NoPolicyError(UsageError):
    """A folder holds no file of a policy."""

    def __init__(self, folder: str) -> None:
        super().__init__(
            f"{folder} holds no file of a policy.",
            hint=f"Name a register, or a folder with some of {', '.join(FILES)} or vocabulary/*.yaml in it.",
        )


@dataclass(frozen=True, kw_only=True)
class PolicyFolder:
    """The files of a policy by the paths that they have in a register, and how the person calls each of these."""

    files: Mapping[str, bytes]
    names: Mapping[str, str]


def read_policy_folder(folder: Path, name: str) -> PolicyFolder:
    """Read the policy files of a folder that a person calls `name`.

    It is a register, its `workflow/` or `workflow/policy/`: then its lists of terms are read too. Or it is any folder
    with some of a policy's files in it, and lists of terms in `vocabulary/`. Raises NoPolicyError where it holds none
    of all these, and FileUnreadableError.
    """
    from nearmiss.store.files import read_file

    found = dict(_found(folder.resolve()))
    if not found:
        raise NoPolicyError(name)
    return PolicyFolder(
        files={path: read_file(file).content for path, file in found.items()},
        names={path: _called(file, folder.resolve(), name) or path for path, file in found.items()},
    )


def _found(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield each file by its path in a register."""
    register = _register_of(folder)
    policy, vocabulary = (register / POLICY, register / VOCABULARY) if register else (folder, folder / "vocabulary")
    for name in FILES:
        if (policy / name).is_file():
            yield f"{POLICY}{name}", policy / name
    for file in sorted(vocabulary.glob("*.yaml")):
        yield f"{VOCABULARY}{file.name}", file


def _register_of(folder: Path) -> Path | None:
    """Return the register of which a folder is the top, the `workflow/` or the `workflow/policy/`."""
    for register in (folder, *folder.parents[:2]):
        policy = register / POLICY
        if policy.is_dir() and folder in {register, policy.parent, policy}:
            return register
    return None


def _called(file: Path, folder: Path, name: str) -> str:
    """Return a file as seen from where the person named the folder; an empty text where it lies beside that."""
    return (PurePath(name) / file.relative_to(folder)).as_posix() if file.is_relative_to(folder) else ""
