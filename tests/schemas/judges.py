"""Two judges of one record: ours, and check-jsonschema as a peer that knows nothing but the exported schema."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nearmiss.engine.schemas.files import SCHEMAS, export_schemas, render_schema
from nearmiss.models.vocabulary import VocabularyList
from nearmiss.policy.findings import Finding
from nearmiss.policy.state_needs import judge_needs_of_state
from nearmiss.policy.structure import STRUCTURAL, judge_record_structure, unknown_state
from nearmiss.policy.workflow import Workflow
from nearmiss.store.documents import YamlDocuments

_EXPECTED = re.compile(r"# expect: (\S+)(?: at: (\S+))?\n")


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The rules of the instance that a record's form depends on."""

    workflow: Workflow
    vocabulary: Mapping[str, VocabularyList]

    def judge(self, raw: bytes) -> list[Finding]:
        """Read and judge a record on its own, as `nearmiss check` does before it looks at anything beside it."""
        reading = YamlDocuments().read(raw)
        if reading.data is None:
            return list(reading.findings)
        terms = {name: terms.names() for name, terms in self.vocabulary.items()}
        findings = judge_record_structure(reading.data, terms=terms)
        if STRUCTURAL.isdisjoint(finding.code for finding in findings):
            findings += unknown_state(reading.data, [state.state for state in self.workflow.states])
            findings += judge_needs_of_state(reading.data, self.workflow)
        return findings

    def write_schemas(self, folder: Path) -> dict[str, Path]:
        """Write the export for these rules to a folder; return the files by name."""
        for name, schema in export_schemas(workflow=self.workflow, vocabulary=self.vocabulary).items():
            (folder / name).write_bytes(render_schema(schema))
        return {name: folder / name for name in SCHEMAS}


def read_rules(root: Path) -> Rules:
    """Read the workflow and the vocabulary of a checkout."""
    lists = [VocabularyList.model_validate(plain(path)) for path in (root / "schemas" / "vocabulary").glob("*.yaml")]
    workflow = Workflow.model_validate(plain(root / "workflow" / "policy" / "workflow.yaml"))
    return Rules(workflow=workflow, vocabulary={each.vocabulary: each for each in lists})


def plain(path: Path) -> dict[str, Any]:
    """Return a YAML file's plain data."""
    data = YamlDocuments().read(path.read_bytes()).data
    assert data is not None, path
    return data


def expected_of(path: Path) -> list[tuple[str, str]]:
    """Return the code and the field (or "") of each finding that a refused example says it must give."""
    text = path.read_text(encoding="utf-8")
    found, place = [], 0
    while match := _EXPECTED.match(text, place):
        found.append((match[1], match[2] or ""))
        place = match.end()
    return found


def refused_by_peer(schema: Path, files: Iterable[Path]) -> dict[Path, list[str]]:
    """Return the files that check-jsonschema refuses by a schema, each with the places it complains about."""
    names = [str(path) for path in (schema, *files)]
    command = [sys.executable, "-m", "check_jsonschema", "--output-format", "JSON", "--schemafile", *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert report.get("parse_errors", []) == []
    refused: dict[Path, list[str]] = {}
    for error in report.get("errors", []):
        refused.setdefault(Path(error["filename"]), []).append(error["path"])
    return refused
