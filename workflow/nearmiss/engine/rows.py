"""What an index is made of: a row for each record, and the references of the repository that it was made from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

PROPOSING = "/near-miss/"
"""What stands in the full name of every branch that proposes something."""


class Row(NamedTuple):
    """A record of the main branch: its id, when it was reported, and the key of its facts. No day: it is unreadable."""

    id: str
    reported_on: str
    key: str


class References(NamedTuple):
    """Where HEAD and the branches are: the commit of HEAD, and all branches by their full names."""

    head: str
    branches: Mapping[str, str]

    @property
    def proposing(self) -> str:
        """What tells apart all branches that may propose something."""
        return json.dumps(sorted(pair for pair in self.branches.items() if PROPOSING in pair[0]))
