"""The JSON Schemas of a working tree: what its workflow and vocabulary make of the models, and what its files say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.app.places import root_of, unsaved_of
from nearmiss.engine.errors import NotAnInstanceError
from nearmiss.engine.instance import POLICY, VOCABULARY, read_policy_file
from nearmiss.engine.schemas.files import export_schemas, render_schema, stale_schemas
from nearmiss.models.vocabulary import VocabularyList
from nearmiss.policy.workflow import Workflow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nearmiss.engine.desk import Desk
    from nearmiss.policy.findings import Finding

FOLDER = "schemas"


@dataclass(frozen=True, kw_only=True)
class Exported:
    """The schemas as they should be, by file name, and how the files differ."""

    files: Mapping[str, bytes]
    stale: tuple[Finding, ...]


def export(desk: Desk) -> Exported:
    """Export the schemas from the policy files of the working tree; raises NotAnInstanceError, BrokenPolicyError."""
    tree = desk.repository.working_tree()
    if tree.read(f"{POLICY}workflow.yaml") is None:
        raise NotAnInstanceError
    workflow = Workflow.model_validate(read_policy_file(tree, desk.documents, f"{POLICY}workflow.yaml"))
    lists = [read_policy_file(tree, desk.documents, entry.path) for entry in tree.entries(VOCABULARY)]
    vocabulary = {str(content["vocabulary"]): VocabularyList.model_validate(content) for content in lists}
    expected = export_schemas(workflow=workflow, vocabulary=vocabulary)
    paths = [f"{FOLDER}/{name}" for name in expected]
    existing = {path.removeprefix(f"{FOLDER}/"): raw for path, raw in tree.read_many(paths)}
    files = {name: render_schema(schema) for name, schema in expected.items()}
    return Exported(files=files, stale=tuple(stale_schemas(existing, expected)))


def write(directory: Path, exported: Exported) -> list[str]:
    """Write the schemas that differ into the working tree; return their paths."""
    from nearmiss.store.files import digest_of, read_file, replace_file

    folder, aside, written = root_of(directory) / FOLDER, unsaved_of(directory), []
    for name, content in exported.files.items():
        path = folder / name
        present = read_file(path).digest if path.exists() else None
        if present != digest_of(content):
            replace_file(path, content, read_digest=present, aside=aside)
            written.append(f"{FOLDER}/{name}")
    return written
