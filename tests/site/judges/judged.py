"""The one site that all judges judge: built once for a whole run of the tests, and its pages by their kinds."""

from __future__ import annotations

import fcntl
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nearmiss.app.site import load_site_data
from nearmiss.engine.publishing.gists import draw_gist, told_of
from nearmiss.engine.publishing.site_data import SiteData
from tests.site.building import build_from, lay_down_site
from tests.site.conftest import proof_of_state
from tests.site.judges.stories import stories

_ALIKE = re.compile(r"[0-9]{4}|(?<=by-)[a-z]+")
"""What differs in the addresses of pages that are of one kind: years, and by what a list is made."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A built site, with a place beside it for what was found out about it once."""

    folder: Path
    root: Path
    """The checkout whose tools judge it."""

    @property
    def pages(self) -> list[str]:
        """The address of every page below the site, in order."""
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*.html"))

    @property
    def kinds(self) -> dict[str, list[str]]:
        """The kinds of pages, found by where they lie, each with its largest page and its smallest.

        On the two upper floors each page is of a kind of its own; below, those of a folder are of one kind, whatever
        the year or the list. So what somebody adds is judged without being named here.
        """
        found: dict[str, list[str]] = {}
        for page in self.pages:
            found.setdefault(_kind(page), []).append(page)
        return {kind: _extremes(pages, self._size) for kind, pages in sorted(found.items())}

    @property
    def examples(self) -> list[str]:
        """One page or two of each kind."""
        return [page for pages in self.kinds.values() for page in pages]

    def once(self, name: str, find_out: Callable[[], Any]) -> Any:
        """Return what a slow judge says, asked once for all processes that share the site."""
        said = self.folder.parent / f"{name}.json"
        with _alone(self.folder.parent):
            if not said.exists():
                said.write_text(json.dumps(find_out()), encoding="utf-8")
        return json.loads(said.read_text(encoding="utf-8"))

    def _size(self, page: str) -> int:
        return (self.folder / page).stat().st_size


def _kind(page: str) -> str:
    alike = _ALIKE.sub("*", page)
    folder = alike.rpartition("/")[0]
    return f"{folder}/*" if folder.count("/") or folder == "project" else alike


def _extremes(pages: list[str], size: Callable[[str], int]) -> list[str]:
    return list(dict.fromkeys((max(pages, key=size), min(pages, key=size))))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time pass."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def build_judged(root: Path, around: Path) -> Judged:
    """Build the site in a folder, or take the one that another process of the run built there."""
    around.mkdir(parents=True, exist_ok=True)
    folder = around / "site"
    with _alone(around):
        if not (around / "built").exists():
            _build(root, around / "instance", folder)
            (around / "built").touch()
    return Judged(folder=folder, root=root)


def _build(root: Path, instance: Path, folder: Path) -> None:
    """Build our own site, with its pages about the software, from our own records and the invented ones."""
    lay_down_site(root, instance, without=("_build",))
    build_from(_with(stories(), load_site_data(root)), instance, folder)


def _with(records: Sequence[dict[str, Any]], data: SiteData) -> SiteData:
    """Return a register's data with more records in it."""
    drawn = {record["id"]: draw_gist(record, data.settings, proof_of_state(record)) for record in records}
    more = {record["id"]: told_of(record, data.settings) for record in records}

    def told(ids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        known = data.told([record_id for record_id in ids if record_id not in more])
        return dict(known) | {record_id: more[record_id] for record_id in ids if record_id in more}

    return replace(data, gists=dict(data.gists) | drawn, told=told, findings=())
