"""What `--link` says: `equipment=TRL-88@MES` is the trailer that the MES knows by that number."""

from __future__ import annotations

from nearmiss.errors import UsageError


class BadLinkError(UsageError):
    """A link does not say what it leads to."""

    def __init__(self, said: str) -> None:
        super().__init__(
            f"{said} is not a link.", hint="Write kind=number, or kind=number@system: equipment=TRL-88@MES."
        )


def read_link(said: str) -> dict[str, str]:
    """Return kind, ref and system of a link; raises BadLinkError."""
    kind, equals, rest = said.partition("=")
    ref, _, system = rest.rpartition("@") if "@" in rest else (rest, "", "")
    if not equals or not kind.strip() or not ref.strip():
        raise BadLinkError(said)
    return {"kind": kind.strip(), "ref": ref.strip()} | ({"system": system.strip()} if system.strip() else {})
