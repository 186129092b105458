"""mutmut, patient: a mutant is stopped for the time it computes, not for the time it waits for a busy machine."""

from __future__ import annotations

from unittest.mock import patch

from mutmut.__main__ import cli
from mutmut.workers import isolation, timeout

PATIENCE = 20
"""How many times longer than mutmut says a mutant may take by the clock; by the processor's time nothing changes."""


def register_patiently(pid: int, timeout_s: float) -> None:
    """Have a mutant stopped that waits for what never comes."""
    timeout.register_timeout(pid, PATIENCE * timeout_s)


if __name__ == "__main__":
    with patch.object(isolation, "register_timeout", register_patiently):
        cli()
