"""What a repository refuses: the errors of its port, each with its sentence and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from collections.abc import Sequence


class UnknownRevisionError(NearMissError):
    """A revision names no commit of this repository."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"There is no commit called {revision!r} in this repository.",
            hint="Look at `git branch --all` and `git log`; fetch first if it is on a remote.",
        )
        self.revision = revision


class LostRaceError(NearMissError):
    """A branch is not where it was when the change was prepared: somebody else moved it. Nothing was written."""

    def __init__(self, branch: str, *, expected: str | None, found: str | None) -> None:
        super().__init__(
            f"Somebody else was faster: {_what_happened(branch, expected, found)} while this command was at work.",
            hint="Nothing was changed. Run the command again to work on what is there now.",
        )
        self.branch = branch
        self.expected = expected
        self.found = found


def _what_happened(branch: str, expected: str | None, found: str | None) -> str:
    if expected == found:
        return f"the checkout went to or from the branch {branch}"
    if expected is None:
        return f"a branch {branch} was made"
    if found is None:
        return f"the branch {branch} was removed"
    return f"the branch {branch} moved from {expected[:10]} to {found[:10]}"


class LocalChangesError(NearMissError):
    """The checkout holds something of the person's own where a change would be written. Nothing was written."""

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__(
            "The working tree has changes of your own, not yet committed, in " + ", ".join(map(ascii, paths)) + ".",
            hint="Nothing was changed. Commit them, or move them out of the way, and run the command again.",
        )
        self.paths = tuple(paths)


class LockedError(NearMissError):
    """Another process holds a lock that the change needs. Nothing was written.

    Whoever finds the lock knows what can be told of its holder: it gives the sentence and the way on.
    """

    def __init__(self, lock: str, sentence: str, hint: str) -> None:
        super().__init__(sentence, hint=hint)
        self.lock = lock


class PushRefusedError(NearMissError):
    """A remote did not take a branch; `words` is what it said, free of control characters and passwords."""

    def __init__(self, *, remote: str, branch: str, words: str) -> None:
        super().__init__(
            f"The remote {remote} did not take the branch {branch}: {words}",
            hint=f"Your commit is safe on the local branch. Mend the cause, then: git push {remote} {branch}",
        )
        self.remote = remote
        self.branch = branch
        self.words = words

    @property
    def came_too_late(self) -> bool:
        """Whether somebody else pushed the branch first, so that theirs has to be taken in before."""
        return any(sign in self.words for sign in ("fetch first", "non-fast-forward", "cannot lock ref"))
