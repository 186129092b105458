"""Loose pages: the thousands that MkDocs need not know one by one, written into frames, and only where they changed."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nearmiss.engine.circles import let_go
from nearmiss.site.addresses import built_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from nearmiss.engine.vault import Vault
    from nearmiss.site.pages import Asset, Page, Site

KEPT = ".nearmiss-kept"
"""Where pages wait, in the output folder, while MkDocs empties it: it leaves hidden names alone."""

AT_ONCE = 200
"""Pages whose records are read together."""

TIDIED = 2
"""Such parts after which what rendering left behind is let go of: some two megabytes."""


Files = dict[str, tuple[str, int, int]]
"""Of each file by its path in the output folder: its key, its size, and when it was written."""


@dataclass(kw_only=True)
class Written:
    """What lies in an output folder from the last build.

    `tops` are the folders that hold nothing but loose files: no page that MkDocs writes lies in or below them.
    """

    folder: str
    files: Files = field(default_factory=dict)
    tops: tuple[str, ...] = ()

    @classmethod
    def recall(cls, vault: Vault | None, folder: Path) -> Written:
        """Return what the last build into a folder left, as far as it was noted; nothing else is believed."""
        written = cls(folder=str(folder))
        found = vault.read() if vault is not None else ()
        with suppress(ValueError, KeyError, TypeError):
            noted = json.loads(bytes(found[0])) if found else {}
            if noted.get("folder") == written.folder:
                written.files = {
                    path: (str(key), int(size), int(at)) for path, (key, size, at) in noted["files"].items()
                }
                written.tops = tuple(map(str, noted["tops"]))
        return written

    def note(self, vault: Vault | None) -> None:
        """Leave it for the next build."""
        if vault is not None:
            noted = {"folder": self.folder, "files": self.files, "tops": self.tops}
            vault.write(json.dumps(noted, separators=(",", ":")).encode())


class Shelf:
    """Takes what an earlier build wrote out of MkDocs' way, and brings back what is still right."""

    def __init__(self, output: Path, written: Written) -> None:
        self._output = output
        self._written = written
        self._kept = output / KEPT

    def put_away(self) -> None:
        """Move every folder that holds nothing but loose files aside."""
        shutil.rmtree(self._kept, ignore_errors=True)
        for top in self._written.tops:
            with suppress(OSError):
                target = self._kept / top
                target.parent.mkdir(parents=True, exist_ok=True)
                (self._output / top).rename(target)

    def bring_back(self, wanted: Mapping[str, str]) -> Files:
        """Move the folders back, without the files that are not as wanted; return what is there now."""
        current: Files = {}
        for top in self._written.tops:
            source, target = self._kept / top, self._output / top
            if source.is_dir() and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                source.rename(target)
                current |= self._sorted_out(target, wanted)
        shutil.rmtree(self._kept, ignore_errors=True)
        return current

    def _sorted_out(self, top: Path, wanted: Mapping[str, str]) -> Files:
        """Remove what is not as wanted, and return the rest."""
        current: Files = {}
        for folder, folders, names in os.walk(top, topdown=False):
            inside = Path(folder).relative_to(self._output).as_posix()
            for name in names:
                path = f"{inside}/{name}"
                known = self._written.files.get(path)
                if known and wanted.get(path) == known[0] and _stat_of(os.path.join(folder, name)) == known[1:]:  # noqa: PTH118 - there are thousands
                    current[path] = known
                else:
                    os.unlink(os.path.join(folder, name))  # noqa: PTH108, PTH118 - as above
            for name in folders:
                with suppress(OSError):
                    (Path(folder) / name).rmdir()
        return current


class LooseFiles:
    """Writes the loose pages and files of one site into its output folder."""

    def __init__(self, site: Site, output: Path, *, folders: bool, salt: str) -> None:
        self._site = site
        self._output = output
        self._folders = folders
        self._salt = salt

    def wanted(self, items: Iterable[Page | Asset]) -> dict[str, str]:
        """Return the key of each file by its path, empty for what is made at every build."""
        return {self._path(item): f"{item.key}{self._salt}" if item.key else "" for item in items}

    def write(
        self,
        items: Sequence[Page | Asset],
        wanted: Mapping[str, str],
        current: Files,
        pieces_of: Callable[[Page | Asset], Iterable[bytes]],
    ) -> Files:
        """Write what is not current; return what lies there then."""
        stale = [item for item in items if self._path(item) not in current]
        made: set[Path] = set()
        for number, some in enumerate(_in_parts(stale, AT_ONCE), 1):
            if number % TIDIED == 0:
                let_go()
            self._site.library.get_ready(card for item in some for card in getattr(item, "lessons", ()))
            for item in some:
                path = self._path(item)
                target = self._output / path
                if target.parent not in made:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    made.add(target.parent)
                with target.open("wb") as file:
                    file.writelines(pieces_of(item))
                if wanted[path]:
                    current[path] = (wanted[path], *_stat_of(target))
        return current

    def _path(self, item: Page | Asset) -> str:
        return built_path(item.path, folders=self._folders)


def tops_of(files: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    """Return the highest folders that files lie in and that hold none of the others."""
    shared = {"", *(folder for path in others for folder in _above(path))}
    tops = (next((folder for folder in reversed(_above(path)) if folder not in shared), "") for path in files)
    return tuple(sorted(set(tops) - {""}))


def _above(path: str) -> list[str]:
    """Return the folders that a path lies in, the innermost first."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[:number]) for number in range(len(parts), 0, -1)]


def _stat_of(path: str | Path) -> tuple[int, int]:
    with suppress(OSError):
        found = os.lstat(path)
        return found.st_size, found.st_mtime_ns
    return -1, -1


def _in_parts(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
