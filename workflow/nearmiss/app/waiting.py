"""What waits for the person at work, as it was found before, for as long as nothing that it depends on has moved."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from nearmiss.engine.looking.tasks import Waiting
    from nearmiss.engine.memory import Index
    from nearmiss.engine.ports import Identity

HEAD = "ref: refs/heads/"
KEPT = "waiting"
"""The name under which the index keeps what was found last."""


class Remembered(NamedTuple):
    """Where it is kept, what it depends on, and on which branch the person is."""

    kept: Index
    key: str
    branch: str


def remembered(directory: Path, *, identity: Identity | None, today: str) -> Remembered | None:
    """Return where to look for what waits; None where the index is not up to date, so that git has to be asked.

    The key names all that it depends on: the day, the person, the main branch, and every branch that proposes
    something.
    """
    from nearmiss.app.glancing import index_of
    from nearmiss.app.places import personal_identity
    from nearmiss.engine.indexing.index import look
    from nearmiss.vcs.glance import glance

    seen = glance(str(directory))
    view = look(index_of(seen.git_dir), seen.references) if seen else None
    if seen is None or view is None:
        return None
    person = identity or personal_identity(directory)
    words = "\n".join([today, person.email if person else "", view.tip, seen.references.proposing])
    return Remembered(view.kept, hashlib.sha256(words.encode()).hexdigest(), _branch(Path(seen.git_dir)))


def _branch(git_dir: Path) -> str:
    head = (git_dir / "HEAD").read_text(encoding="utf-8", errors="replace").strip()
    return head.removeprefix(HEAD) if head.startswith(HEAD) else ""


def recall(place: Remembered) -> Waiting | None:
    """Return what was found before, or None."""
    from nearmiss.engine.looking.tasks import Waiting

    key, kept = place.kept.get_many([KEPT]).get(KEPT) or ("", None)
    return Waiting.revive(kept, branch=place.branch) if kept and key == place.key else None


def remember(place: Remembered, found: Waiting) -> None:
    """Keep what was found."""
    place.kept.put_many({KEPT: [place.key, found.as_data()]})
