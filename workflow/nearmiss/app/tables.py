"""The table and the mapping of an import: found by name or path, read, and judged before anything is planned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.app.documents import read_bytes, read_mapping
from nearmiss.engine.errors import RefusedError
from nearmiss.engine.importing.mapping import Mapping, parse_mapping
from nearmiss.errors import UsageError
from nearmiss.shipped import shipped, shipped_files

if TYPE_CHECKING:
    from pathlib import Path

    from nearmiss.engine.importing.rows import Table

FOLDER = ("templates", "mappings")
ENDINGS = (".yaml", ".yml")


class UnknownMappingError(UsageError):
    """A mapping is neither a file nor one that comes with the program."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no mapping {name}.",
            hint=f"Name a YAML file, or one of those that come with nearmiss: {', '.join(shipped_mappings())}.",
        )


@dataclass(frozen=True, kw_only=True)
class Source:
    """What is imported, and what it means here."""

    table: Table
    mapping: Mapping


def shipped_mappings() -> tuple[str, ...]:
    """Return the names of the mappings that come with the program."""
    return tuple(sorted(name.rpartition("/")[2].removesuffix(".yaml") for name in shipped_files(*FOLDER)))


def read_source(file: Path, mapping: str, *, directory: Path, root: Path) -> Source:
    """Read a table by a mapping: a path seen from `directory`, or a name in the register's own folder or in ours.

    Raises UnknownMappingError, FileUnreadableError, RefusedError (the mapping, by line) and TableError.
    """
    from nearmiss.store.tables import read_table

    found = read_import_mapping(_mapping_path(mapping, directory=directory, root=root))
    table = read_table(read_bytes(file), name=file.name, layout=found.table)
    return Source(table=table, mapping=found)


def _mapping_path(mapping: str, *, directory: Path, root: Path) -> Path:
    if mapping.endswith(ENDINGS) or "/" in mapping:
        return directory / mapping
    own = root.joinpath(*FOLDER, f"{mapping}.yaml")
    if own.is_file():
        return own
    if mapping not in shipped_mappings():
        raise UnknownMappingError(mapping)
    return shipped(*FOLDER, f"{mapping}.yaml")


def read_import_mapping(path: Path) -> Mapping:
    """Read a mapping file; raises RefusedError with every fault and its line."""
    handed = read_mapping(path)
    mapping, findings = parse_mapping(handed.data)
    if mapping is None:
        raise RefusedError(f"The mapping {path} cannot be used.", handed.locate(findings))
    return mapping
