"""What keeps an audit from being done at all."""

from __future__ import annotations

from nearmiss.errors import NearMissError, UsageError


class NoGenesisError(NearMissError):
    """No commit of the history founds a register."""

    def __init__(self) -> None:
        super().__init__(
            "No commit of this branch adds workflow/policy/instance.yaml, so no register begins on it.",
            hint="Name the branch with the register's history, or begin one: nearmiss init.",
        )


class NotOnMainError(UsageError):
    """A revision is no commit of the main branch itself."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"{revision} is not on the main branch's own line of commits.",
            hint="Name a commit that git log --first-parent lists; merged branches lie beside it.",
        )


class NotAheadOfGenesisError(UsageError):
    """A revision lies before the register was founded."""

    def __init__(self, revision: str, genesis: str) -> None:
        super().__init__(
            f"{revision} lies before {genesis[:12]}, which founded the register.",
            hint="An audit may only begin later than that; leave the option out to begin there.",
        )
