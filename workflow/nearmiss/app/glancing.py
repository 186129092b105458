"""Answering at a glance: from the index where the references say that it is up to date, without git and the models."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

from nearmiss import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from os import PathLike

    from nearmiss.engine.checking.verdicts import Checked
    from nearmiss.engine.indexing.index import View
    from nearmiss.engine.looking.listing import Listed, Wanted
    from nearmiss.engine.memory import Crew, Index
    from nearmiss.engine.records.pages import Page

Answer = TypeVar("Answer")

MANY_FILES = 500_000
"""Bytes of git's own index, of which each file takes about a hundred, from which several processes are worth it."""

INDEX = ("nearmiss", "cache", "index.db")
"""Where the index is in git's own folder."""


def index_of(git_dir: PathLike[str] | str) -> Index:
    """Return the index of a repository; nothing is opened until something is asked of it."""
    from nearmiss.store.index import SqliteIndex

    return SqliteIndex(os.path.join(git_dir, *INDEX), version=__version__)  # noqa: PTH118 - pathlib takes 5 ms


def is_new(git_dir: PathLike[str] | str) -> bool:
    """Say whether a repository holds many files, and nothing of them is remembered: then all have to be read."""
    try:
        many = os.stat(os.path.join(git_dir, "index")).st_size >= MANY_FILES  # noqa: PTH116, PTH118 - as above
    except OSError:
        return False
    return many and not os.path.exists(os.path.join(git_dir, *INDEX))  # noqa: PTH110, PTH118 - as above


def view_of(directory: str) -> View | None:
    """Return the index of the repository that a directory lies in, where it is up to date."""
    from nearmiss.engine.indexing.index import look
    from nearmiss.vcs.glance import glance

    seen = glance(directory)
    return look(index_of(seen.git_dir), seen.references) if seen else None


def list_at_once(directory: str, wanted: Wanted, *, today: str) -> Listed | None:
    """Return the records that are wanted, or None where git has to be asked first; raises UsageError."""
    from nearmiss.engine.looking.listing import list_from

    return _answered(directory, lambda view: list_from(view, wanted, today=today))


def show_at_once(directory: str, record_id: str) -> Page | None:
    """Return the page of a record, or None where git has to be asked first."""
    return _answered(directory, lambda view: view.page(record_id))


def call_helpers(directory: str) -> Crew | None:
    """Let whoever can help begin, where a large register is to be read of which nothing is remembered; else None."""
    from nearmiss.vcs.glance import find_git_dir

    git_dir = find_git_dir(directory)
    if git_dir is None or not is_new(git_dir):
        return None
    from nearmiss.app.crew import find_crew

    crew = find_crew()
    if crew is not None:
        crew.get_ready()
    return crew


def check_at_once(directory: str, *, today: str) -> Checked | None:
    """Return what the last check of the working tree said, where nothing changed since; git is asked whether it did."""
    from pathlib import Path

    from nearmiss.engine.checking.verdicts import recall
    from nearmiss.vcs.repository import open_repository

    with open_repository(Path(directory)) as repository:
        return recall(repository, index_of(repository.git_dir), today)


def _answered(directory: str, answer: Callable[[View], Answer]) -> Answer | None:
    """Return what is answered from the index, or None where it cannot be; a damaged one is dropped."""
    from nearmiss.engine.indexing.index import DamagedIndexError

    view = view_of(directory)
    if view is None:
        return None
    try:
        return answer(view)
    except DamagedIndexError:
        view.kept.forget()
        return None
