"""What the tests of importing share: our vocabulary, the shipped mappings, and a way to plan a file in one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.importing.mapping import Mapping as TableMapping
from nearmiss.engine.importing.mapping import parse_mapping
from nearmiss.engine.importing.plan import ImportPlan, Known, SourceKey, plan_import
from nearmiss.models.vocabulary import VocabularyList
from nearmiss.store import reader
from nearmiss.store.tables import read_table

ROOT = Path(__file__).resolve().parents[2]
TODAY = date(2026, 11, 21)


def read_plain(path: Path) -> dict[str, Any]:
    """Read a YAML file of this repository as plain data, with the strict reader."""
    reading = reader.read(path.read_bytes())
    assert reading.data is not None, reading.findings
    return reading.data


@pytest.fixture(scope="session")
def vocabulary() -> dict[str, VocabularyList]:
    """The vocabulary that this repository ships."""
    files = sorted((ROOT / "schemas" / "vocabulary").glob("*.yaml"))
    return {path.stem: VocabularyList.model_validate(read_plain(path)) for path in files}


@pytest.fixture(scope="session")
def shipped() -> Callable[[str], TableMapping]:
    """Read one of the shipped mappings by its name."""

    def read(name: str) -> TableMapping:
        mapping, findings = parse_mapping(read_plain(ROOT / "templates" / "mappings" / f"{name}.yaml"))
        assert mapping is not None, findings
        return mapping

    return read


@pytest.fixture(scope="session")
def foreign(shared_data: Path) -> Callable[[str], bytes]:
    """Read a file of the public data sets by its path there."""
    return lambda path: (shared_data / path).read_bytes()


@pytest.fixture
def plan(vocabulary: dict[str, VocabularyList]) -> Callable[..., ImportPlan]:
    """Plan an import against our vocabulary; ids are NM-<year>-00000, 00001, … in the order in which they are drawn."""

    def plan_bytes(
        raw: bytes,
        mapping: TableMapping,
        *,
        known: Mapping[SourceKey, Known] | None = None,
        name: str = "table.csv",
    ) -> ImportPlan:
        drawn = iter(range(100_000))
        return plan_import(
            read_table(raw, name=name, layout=mapping.table),
            mapping,
            vocabulary=vocabulary,
            known=known or {},
            today=TODAY,
            new_id=lambda reported_on: f"NM-{reported_on[:4]}-{next(drawn):05d}",
        )

    return plan_bytes
