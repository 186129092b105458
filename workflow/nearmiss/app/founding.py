"""Founding a register in a folder: the shipped scaffold and a preset, handed to the use case that lays them down."""

from __future__ import annotations

import shutil
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nearmiss.app.forge_files import forge_files, forge_settings
from nearmiss.app.opening import open_desk
from nearmiss.engine.errors import DetachedHeadError
from nearmiss.engine.founding import Charter, Founded, found_register, no_more
from nearmiss.engine.instance import POLICY
from nearmiss.errors import UsageError
from nearmiss.shipped import OWNED, shipped, shipped_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Identity
    from nearmiss.engine.time_and_chance import Chance, Clock

SCAFFOLD = ("workflow/policy", "schemas", "templates", "site")
NOT_LAID_DOWN = ("templates/demo/", "templates/forge/", "templates/intake/", *(f"{folder}/" for folder in OWNED))
"""What a register has no use for once it is founded, and what it only has where it is to differ from the program's: a
copy would stay as it was when the program is renewed."""


def presets() -> tuple[str, ...]:
    """Return the names of the presets."""
    return tuple(sorted(name.rpartition("/")[2][:-5] for name in shipped_files("templates", "presets")))


def read_preset(name: str) -> dict[str, Any]:
    """Return a preset's plain data."""
    from nearmiss.store.documents import YamlDocuments

    if name not in presets():
        raise UsageError(f"There is no preset {name}.", hint=f"Choose one of {', '.join(presets())}.")
    return YamlDocuments().read(shipped("templates", "presets", f"{name}.yaml").read_bytes()).data or {}


def scaffold() -> dict[str, bytes]:
    """Return the shipped files that a new register is laid down with."""
    names = [name for folder in SCAFFOLD for name in shipped_files(*folder.split("/"))]
    readmes = tuple(f"{folder}/README.md" for folder in OWNED)
    laid = (name for name in names if name in readmes or not name.startswith(NOT_LAID_DOWN))
    return {name: shipped(*name.split("/")).read_bytes() for name in laid}


def found(
    directory: Path,
    charter: Charter,
    *,
    branch: str = "main",
    forge: str = "",
    clock: Clock | None = None,
    chance: Chance | None = None,
    identity: Identity | None = None,
) -> tuple[Founded, Desk]:
    """Found a register in a folder, which becomes a repository if it is none yet.

    With a forge, the files are laid down by which it judges requests, and the settings say which one it is.
    """
    laid, more = scaffold(), forge_files(forge) if forge else no_more
    settings = {**_said_in(str(charter.settings.get("language", "")), laid), **charter.settings}
    if branch != "main":
        settings = {"main_branch": branch, **settings}
    if forge:
        settings = {**forge_settings(forge, list(_settings(laid)["paths"])), **settings}
    with _made(directory, branch):
        desk = open_desk(directory, clock=clock, chance=chance, identity=identity)
        try:
            _require_branch(desk)
            return found_register(desk, replace(charter, settings=settings, spoken=_spoken()), laid, more), desk
        except BaseException:
            desk.repository.close()  # type: ignore[attr-defined]  # the adapter holds processes
            raise


def _spoken() -> frozenset[str]:
    """Return the languages in which the site has all its words, but for the one that it has them in by itself."""
    catalogues = shipped_files("templates", "site", "languages")
    return frozenset(name.rpartition("/")[2].removesuffix(".po") for name in catalogues if name.endswith(".po"))


def _said_in(language: str, laid: Mapping[str, bytes]) -> dict[str, Any]:
    """Return whom to call when something is not safe, as the shipped settings say it, in another language."""
    if not language:
        return {}
    from nearmiss.render.languages import words_in

    said = _settings(laid)["not_safe_call"]
    translated = words_in(language, [shipped("templates")]).plain(said)
    return {} if translated == said else {"not_safe_call": translated}


def _settings(laid: Mapping[str, bytes]) -> dict[str, Any]:
    from nearmiss.store.documents import YamlDocuments

    return YamlDocuments().read(laid[f"{POLICY}settings.yaml"]).data or {}


def _require_branch(desk: Desk) -> None:
    if desk.repository.position().branch is None:
        raise DetachedHeadError


@contextmanager
def _made(directory: Path, branch: str) -> Iterator[None]:
    """Make the folder and the repository that are not there yet; where founding fails, they are gone again.

    Once the commit is made they stay: what stopped then are only the files, and the next command brings them up.
    """
    from nearmiss.vcs.discovery import is_unfinished
    from nearmiss.vcs.repository import create_repository

    missing = [place for place in (directory, *directory.parents) if not place.exists()]
    new = not (directory / ".git").exists() or is_unfinished(directory)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if new:
            create_repository(directory, branch=branch).close()
        yield
    except BaseException:
        if new and not _has_commit(directory):
            shutil.rmtree(directory / ".git", ignore_errors=True)
        with suppress(OSError):
            for place in missing:
                place.rmdir()
        raise


def _has_commit(directory: Path) -> bool:
    heads = directory / ".git" / "refs" / "heads"
    return any(path.is_file() and path.suffix != ".lock" for path in heads.rglob("*"))
