"""Retired terms stay valid in old records and are told of where they are put anew."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from nearmiss.models.terms import vocabulary_paths
from nearmiss.policy.retired import judge_retired
from nearmiss.policy.version import PolicyVersion
from nearmiss.store.documents import YamlDocuments

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def policy(repo_root: Path) -> PolicyVersion:
    """The policy of this project with one hazard retired."""
    raw = (repo_root / "schemas" / "vocabulary" / "hazard.yaml").read_bytes()
    hazards: Any = copy.deepcopy(YamlDocuments().read(raw).data)
    hazards["terms"][0] |= {"term": "old-word", "retired": True}
    return PolicyVersion({"rules": {"vocabulary": {"hazard": hazards}}})


def test_every_vocabulary_of_the_project_rules_a_field(repo_root: Path) -> None:
    """No list of terms is there for nothing, and no field asks for a list that is not there."""
    lists = {path.stem for path in (repo_root / "schemas" / "vocabulary").glob("*.yaml")}

    assert {name for _, name in vocabulary_paths()} == lists


def test_a_retired_term_put_anew_is_told(policy: PolicyVersion) -> None:
    """Putting a retired term is a warning at its field."""
    found = list(judge_retired({"assessment": {}}, {"assessment": {"hazard": "old-word"}}, policy))

    assert [(finding.code, finding.field_name, finding.severity) for finding in found] == [
        ("term-retired", "assessment.hazard", "warning")
    ]


def test_a_retired_term_that_was_there_is_left_alone(policy: PolicyVersion) -> None:
    """A record that used a term before it was retired stays as it is."""
    record = {"assessment": {"hazard": "old-word"}}

    assert list(judge_retired(record, record, policy)) == []
