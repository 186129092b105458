"""What is wrong, in one plain sentence with its place."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

MISSING_SIGN_OFF = ("sign-off-missing", "objection-stands")
"""What a signature may still mend, so that a run of commits may go on; at its end it is a fault."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that does not hold: where, and why."""

    code: str
    says: str
    path: str = ""
    record: str = ""
    step: str = ""
    field: str = ""
    commit: str = ""

    def sentence(self) -> str:
        """Return the fault as one line: commit, file, record, step, field, and what is wrong."""
        parts = [self.path]
        parts += [self.record] if self.record and self.record not in self.path else []
        parts += [f"step {self.step}"] if self.step else []
        parts += [self.field] if self.field else []
        place = ", ".join(part for part in parts if part)
        at = f" (commit {self.commit[:12]})" if self.commit else ""
        return "".join(
            c if c.isprintable() else "?" for c in f"{place or 'the repository'}: {self.says}{at} [{self.code}]"
        )

    def plain(self) -> dict[str, Any]:
        """Return the fault as plain data."""
        return asdict(self)

    def at(self, **place: str) -> Fault:
        """Return the fault with those parts of its place filled in that it does not know itself."""
        return replace(self, **{name: value for name, value in place.items() if not getattr(self, name)})


class CannotVerifyError(Exception):
    """The job could not be done at all; the text says why and what to do."""
