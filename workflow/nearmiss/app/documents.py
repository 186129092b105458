"""Documents that a person hands to a command: read strictly, with findings that name the file as they named it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.engine.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from nearmiss.policy.findings import Finding

STANDARD_INPUT = "-"


@dataclass(frozen=True, kw_only=True)
class Handed:
    """A mapping that was handed over, with its bytes and the name under which findings speak of it."""

    name: str
    raw: bytes
    data: dict[str, Any]

    def locate(self, findings: Iterable[Finding], *, within: int = 0) -> list[Finding]:
        """Return findings with file and line; `within` is how many steps of a field lie outside this document."""
        from nearmiss.store.documents import YamlDocuments

        found = list(findings)
        places = YamlDocuments().locate_many(self.raw, {finding.field[within:] for finding in found})
        placed = []
        for finding in found:
            line, column = places[finding.field[within:]]
            placed.append(finding.at(path=self.name, line=line, column=column))
        return placed


def read_mapping(path: Path) -> Handed:
    """Read a YAML file, or standard input where the name is `-`; raises RefusedError with every fault and its line."""
    if path.name == STANDARD_INPUT:
        return parse_mapping(sys.stdin.buffer.read(), name="standard input")
    return parse_mapping(read_bytes(path), name=str(path))


def parse_mapping(raw: bytes, *, name: str) -> Handed:
    """Take bytes as a YAML mapping; raises RefusedError."""
    from nearmiss.store.documents import YamlDocuments

    reading = YamlDocuments().read(raw)
    if reading.findings or reading.data is None:
        raise RefusedError(f"{name} cannot be read.", [finding.at(path=name) for finding in reading.findings])
    return Handed(name=name, raw=raw, data=reading.data)


def read_bytes(path: Path) -> bytes:
    """Read a file that a person named; a link is followed, since they chose it."""
    from nearmiss.store.files import read_file

    return read_file(path.resolve()).content
