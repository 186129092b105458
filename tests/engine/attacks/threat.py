"""What an attack is: which row of the threats it is an example of, how it is made, and its twin without the attack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nearmiss.engine.gate.judging import GateResult
from nearmiss.policy.findings import Finding, Severity
from tests.engine.attacks.ground import Ground

Made = Callable[[Ground], str]
"""Makes a request in a ground's repository, and returns its commit."""

NOTHING = "-"
COUNTED = (Severity.ERROR, Severity.WAITING)


def the_proposal(ground: Ground) -> str:
    """Return the request that a ground holds, as it is."""
    return ground.proposal


@dataclass(frozen=True, kw_only=True)
class Threat:
    """One attack: an example of a row, on a ground. What the gate says of it stands in `what-the-gate-says.txt`.

    `verdict` is `pass` where there must be no effect, and `waiting` where only signatures are missing.
    """

    row: str
    name: str
    ground: str
    made: Made
    twin: Made = the_proposal
    verdict: str = "refuse"
    base: str = ""
    """What main is when the request is judged, if the making of it moves main: a name in `Ground.more`."""
    twin_base: str = ""
    """The same for the twin."""

    def __str__(self) -> str:
        """Return how a test of it is called."""
        return f"{self.row}: {self.name}"


def told(result: GateResult) -> str:
    """Return a verdict with all its findings, each with its code, what it is about, the field, and the sentence."""
    counted = dict.fromkeys(_line(finding) for finding in result.findings if finding.severity in COUNTED)
    return "".join(f"    {line}\n" for line in (result.verdict, *counted))


def _line(finding: Finding) -> str:
    about = (finding.record, finding.path if finding.path not in finding.message else "")
    said = (finding.code, *(one for one in about if one), finding.field_name, finding.message)
    return " | ".join(
        ascii(one)[1:-1] if not one.isprintable() or not one.isascii() else one or NOTHING for one in said
    )


def adding(files: Callable[[Ground], Mapping[str, Any]], *, who: str = "s.ito") -> Made:
    """Return the making of a request: one commit more on the proposal."""
    return lambda ground: ground.commit(files(ground), who=who)


def on_main(files: Callable[[Ground], Mapping[str, Any]], *, who: str = "s.ito") -> Made:
    """Return the making of a request: one commit on main, and nothing of the proposal."""
    return lambda ground: ground.commit(files(ground), who=who, on=[ground.main])


def puts(path: str, text: str = "x") -> Callable[[Ground], Mapping[str, Any]]:
    """Return what puts a file at a path, whatever the ground."""
    return lambda _: {path: text}
