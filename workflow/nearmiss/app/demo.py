"""The demo: a register of its own, in which the shipped stories are played by the real use cases, and its site."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nearmiss.app.founding import found, read_preset
from nearmiss.app.opening import open_desk
from nearmiss.app.story_keys import StoryKey
from nearmiss.engine.checking.register import check
from nearmiss.engine.checking.verdicts import Checked
from nearmiss.engine.demo import Actor, Player, Scene, StoryClock, read_story
from nearmiss.engine.founding import Charter
from nearmiss.engine.proposing.proposals import main_register, proposals
from nearmiss.errors import NearMissError
from nearmiss.shipped import shipped, shipped_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

FOUNDER = "director"
"""The key of the cast that founds the register."""

VISITOR = "signer"
"""The key of the cast in whose place the visitor finds themselves."""

MARK = "nearmiss-demo"


class NotADemoError(NearMissError):
    """The folder holds something that no demo of ours made."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"{directory} is not empty, and no demo of ours made what is in it.",
            hint="Nothing was touched. Name another folder: nearmiss demo DIR",
        )


@dataclass(frozen=True, kw_only=True)
class DemoResult:
    """What the demo made: where it is, the steps played, the verdict, who the visitor is now, and what waits."""

    directory: Path
    steps: int
    checked: Checked
    visitor: Actor
    waiting: tuple[str, ...]


def play_demo(directory: Path, *, say: Callable[[Scene], None]) -> DemoResult:
    """Make the demo in a folder; one of an earlier run is removed first, anything else is left alone and refused."""
    start_clean(directory)
    from nearmiss.vcs.identities import become, sign_with

    # Thrown away with this process, but for the one of the visitor, who is to sign.
    cast = with_keys(read_cast(shipped("templates", "demo", "cast.yaml")), words=secrets.token_hex(32))
    steps = play_stories(directory, cast, say=say, preset=read_preset("standard"))
    visitor = next(actor for actor in cast if actor.key == VISITOR)
    become(directory, visitor.identity)
    if isinstance(visitor.hand, StoryKey):
        sign_with(directory, visitor.hand.as_file())
    desk = open_desk(directory)
    waiting = tuple(proposal.subject for proposal in proposals(desk, main_register(desk)[0]))
    return DemoResult(directory=directory, steps=steps, checked=check(desk), visitor=visitor, waiting=waiting)


def play_stories(
    directory: Path,
    cast: list[Actor],
    *,
    say: Callable[[Scene], None],
    preset: Mapping[str, Any],
    instance: str = "",
) -> int:
    """Found a register with a cast in a folder and play every shipped story in it; return the number of steps.

    Under the preset of a team, those must have keys of whom it asks for one.
    """
    founder = next(actor for actor in cast if actor.key == FOUNDER)
    clock = StoryClock()
    charter = Charter(people=[actor.as_person() for actor in cast], settings={}, preset=preset, instance=instance)
    _begin(directory)
    _, desk = found(directory, charter, clock=clock, identity=founder.identity)
    by_key = {actor.key: actor for actor in cast}
    files = [shipped(*name.split("/")) for name in shipped_files("templates", "demo", "stories")]
    stories = [read_story(desk.documents.read(file.read_bytes()).data or {}, by_key) for file in files]
    Player(desk, clock, cast).play(stories, say)
    return sum(len(story.journey) for story in stories)


def with_keys(cast: list[Actor], *, words: str) -> list[Actor]:
    """Give a key to everybody of a cast who may sign; who knows the words could sign as any of them."""
    return [
        replace(actor, hand=StoryKey(f"{words} {actor.handle}")) if actor.roles and actor.kind == "person" else actor
        for actor in cast
    ]


def _begin(directory: Path) -> None:
    """Mark the repository before anything is laid down in it: a demo that is cut short is one too."""
    from nearmiss.vcs.discovery import is_unfinished
    from nearmiss.vcs.repository import create_repository

    if not (directory / ".git").exists() or is_unfinished(directory):
        create_repository(directory).close()
    (directory / ".git" / MARK).touch()


def start_clean(directory: Path) -> None:
    """Remove an earlier demo; raises NotADemoError where the folder holds anything else."""
    if not directory.exists() or not _holds_something(directory):
        return
    if not (directory / ".git" / MARK).is_file():
        raise NotADemoError(directory)
    shutil.rmtree(directory)


def _holds_something(directory: Path) -> bool:
    """Say whether anything lies in a folder besides a repository in which nothing was ever made."""
    made = ("objects", "refs", "packed-refs", "index")
    git_dir = directory / ".git"
    files = (path for name in made for path in (git_dir / name, *(git_dir / name).rglob("*")) if path.is_file())
    return any(entry != git_dir for entry in directory.iterdir()) or any(files) or (git_dir / MARK).exists()


def read_cast(path: Path) -> list[Actor]:
    """Read a cast file."""
    from nearmiss.store.documents import YamlDocuments

    data = YamlDocuments().read(path.read_bytes()).data or {}
    return [Actor(**entry) for entry in data["cast"]]
