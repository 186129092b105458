"""Records with one thing changed at random are judged alike by us and by check-jsonschema."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from nearmiss.policy.structure import STRUCTURAL
from tests.schemas.judges import Rules, plain, refused_by_peer

ODD_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 6, "", "x", "redacted", "yes", "NM-2026-7Q4K2", "\ufeffx", "a\n", " a"),
    *("2026-02-30", "2026-11-21", "2026-11", "2026", "2026-13", "24:00", [], {}, [None], ["x"], {"a": 1}),
)
ROUNDS = 800


def ways_in(data: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to every value inside plain data."""
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in entries:
        yield (*way, key)
        yield from ways_in(value, (*way, key))


def spoilt(record: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Return a record in which one value is another one, or one key is gone."""
    record = deepcopy(record)
    *above, last = chance.choice([way for way in ways_in(record) if way != ("schema",)])
    place: Any = record
    for step in above:
        place = place[step]
    if isinstance(place, dict) and chance.random() < 0.25:
        del place[last]
    else:
        place[last] = chance.choice(ODD_VALUES)
    return record


def test_spoilt_records_are_judged_alike(rules: Rules, repo_root: Path, tmp_path: Path) -> None:
    """Whatever single thing is changed, we find something structural exactly where the schema refuses the record."""
    chance = random.Random(20261121)  # noqa: S311 - chance picks examples here, nothing secret
    records = [plain(path) for path in sorted((repo_root / "tests" / "examples" / "accepted").glob("*.yaml"))]
    verdicts = {}
    for number in range(ROUNDS):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(spoilt(chance.choice(records), chance)), encoding="utf-8")
        verdicts[path] = {finding.code for finding in rules.judge(path.read_bytes())}
    # What no YAML reader need refuse (an escaped control character) is not for a schema to say.
    judged = [path for path, codes in verdicts.items() if not any(code.startswith("yaml-") for code in codes)]

    refused = set(refused_by_peer(repo_root / "schemas" / "near-miss.schema.json", judged))

    assert refused == {path for path in judged if verdicts[path] & STRUCTURAL}
    assert ROUNDS / 4 < len(refused) < len(judged)
