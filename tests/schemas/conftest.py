"""What the tests of the schemas share: the rules of this repository, and its examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.schemas.judges import Rules, read_rules, refused_by_peer

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture(scope="session")
def rules(repo_root: Path) -> Rules:
    """Return the rules of this repository."""
    return read_rules(repo_root)


@pytest.fixture(scope="session")
def peer_refusals(repo_root: Path) -> dict[str, list[str]]:
    """Return what check-jsonschema says of all examples (kind/name: places), by the schema that is committed."""
    schema = repo_root / "schemas" / "near-miss.schema.json"
    files = [*EXAMPLES.glob("accepted/*.yaml"), *EXAMPLES.glob("refused/*.yaml")]
    found = refused_by_peer(schema, files)
    return {f"{path.parent.name}/{path.name}": places for path, places in found.items()}
