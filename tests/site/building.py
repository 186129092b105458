"""Folders that tests build the site in: the shipped site, and in place of a register the data that a test gives."""

from __future__ import annotations

import functools
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

import nearmiss.app.site as app_site
from nearmiss.engine.publishing.site_data import SiteData
from nearmiss.site.build import build_site
from tests.engine.scene import SetClock

NOT_SHIPPED = ("_build", "data", "project")
"""What a build left, what belongs to our own register, and the pages about the software."""


def copy_site(repo_root: Path, root: Path, *, without: tuple[str, ...] = NOT_SHIPPED) -> None:
    """Give a register the site that is shipped."""
    shutil.copytree(repo_root / "site", root / "site", ignore=shutil.ignore_patterns(*without), dirs_exist_ok=True)


def lay_down_site(repo_root: Path, root: Path, *, without: tuple[str, ...] = NOT_SHIPPED) -> None:
    """Make what the plugin takes for a register, with the site that is shipped."""
    copy_site(repo_root, root, without=without)
    (root / "workflow" / "policy").mkdir(parents=True)


def stand_in_for(data: SiteData | Exception) -> ModuleType:
    """Return what the plugin takes for the module that reads a register: it gives this data, or this error."""

    def load_site_data(_directory: Path, **_others: bool) -> SiteData:
        if isinstance(data, Exception):
            raise data
        return data

    stand_in = ModuleType("nearmiss.app.site")
    stand_in.load_site_data = load_site_data  # type: ignore[attr-defined]
    stand_in.vault_of_pages = lambda _directory: None  # type: ignore[attr-defined]
    return stand_in


def build_from(data: SiteData, instance: Path, output: Path) -> None:
    """Build the site of an instance from data into a folder."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(sys.modules, "nearmiss.app.site", stand_in_for(data))
        build_site(instance, output)


@contextmanager
def day(clock: SetClock) -> Iterator[None]:
    """Let it be the day of a clock where the site's data are read."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(app_site, "load_site_data", functools.partial(app_site.load_site_data, clock=clock))
        yield
