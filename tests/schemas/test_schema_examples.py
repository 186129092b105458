"""Every example record is judged alike by us and, by the schema alone, by check-jsonschema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.schemas.files import describe_fields
from nearmiss.models.sections import SECTIONS
from nearmiss.policy.structure import REFERENTIAL, STRUCTURAL
from tests.schemas.judges import Rules, expected_of, plain

EXAMPLES = Path(__file__).parent.parent / "examples"
ACCEPTED = sorted(EXAMPLES.glob("accepted/*.yaml"))
REFUSED = sorted(EXAMPLES.glob("refused/*.yaml"))  # those of refused/yaml no reader of YAML need agree about

NAMED_BY_THE_DESIGN = {
    "report.what_stopped_it.barrier": {"person", "procedure", "engineering", "alarm", "luck", "several", "unknown"},
    "report.links[].kind": {"equipment", "batch", "work-order", "document", "recipe", "record", "repeat-of"},
    "assessment.classification": {
        *("safety", "quality", "environmental", "maintenance", "security", "cybersecurity", "ot-mes"),
    },
    "investigation.evidence[].kind": {"people", "paper", "electronic", "physical", "position"},
    "root_cause.causes[].category": {"people", "machine", "method", "material", "measurement", "environment"},
}
"""Terms that every instance has, since the design and the standards behind it name them."""


def values_in(data: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the path of every value in plain data, with the value; lists are spelled `[]`."""
    yield path, data
    entries = data.items() if isinstance(data, dict) else ()
    for key, value in entries:
        yield from values_in(value, f"{path}.{key}".removeprefix("."))
    for value in data if isinstance(data, list) else ():
        yield from values_in(value, f"{path}[]")


@pytest.fixture(scope="module")
def accepted_values() -> dict[str, list[Any]]:
    """Return all values of the accepted examples by path."""
    found: dict[str, list[Any]] = {}
    for file in ACCEPTED:
        for path, value in values_in(plain(file)):
            found.setdefault(path, []).append(value)
    return found


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.stem)
def test_accepted_by_both(path: Path, rules: Rules, peer_refusals: dict[str, list[str]]) -> None:
    """An accepted example is right to us and to an editor."""
    assert rules.judge(path.read_bytes()) == []
    assert f"accepted/{path.name}" not in peer_refusals


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_refused_with_its_finding(path: Path, rules: Rules) -> None:
    """A refused example gives exactly the findings that its first lines name, each with a sentence."""
    expected = expected_of(path)
    found = rules.judge(path.read_bytes())

    named = [(each.code, each.field_name if at else "") for each, (_, at) in zip(found, expected, strict=True)]
    assert named == expected
    assert all(finding.message for finding in found)


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_refused_by_both_or_beyond_a_schema(path: Path, peer_refusals: dict[str, list[str]]) -> None:
    """What is structural an editor refuses too; what is referential no schema can say; a code in neither list fails."""
    codes = {code for code, _ in expected_of(path)}

    assert codes
    assert codes <= STRUCTURAL or codes <= REFERENTIAL
    assert (f"refused/{path.name}" in peer_refusals) == (codes <= STRUCTURAL)


def test_every_code_has_an_example() -> None:
    """Each structural and each referential code is given by at least one refused example, and no code is both."""
    assert {code for path in REFUSED for code, _ in expected_of(path)} == STRUCTURAL | REFERENTIAL
    assert STRUCTURAL.isdisjoint(REFERENTIAL)


def test_every_state_has_an_accepted_example(rules: Rules, accepted_values: dict[str, list[Any]]) -> None:
    """There is an accepted record in every state of the workflow."""
    assert set(accepted_values["state"]) == {state.state for state in rules.workflow.states}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_field_has_an_accepted_example(section: str, accepted_values: dict[str, list[Any]]) -> None:
    """Each field of a record is used at least once by an accepted example, each fixed choice too."""
    fields = describe_fields(section, vocabulary={})

    assert [field.path for field in fields if field.path not in accepted_values] == []
    unused = {
        field.path: missing
        for field in fields
        if (missing := {term for term, _ in field.terms}.difference(map(str, accepted_values[field.path])))
    }
    assert unused == {}


@pytest.mark.parametrize("path", NAMED_BY_THE_DESIGN)
def test_every_term_of_the_design_has_an_accepted_example(path: str, accepted_values: dict[str, list[Any]]) -> None:
    """The terms that the design names are in the vocabulary, and an accepted example uses each."""
    assert NAMED_BY_THE_DESIGN[path] - set(accepted_values[path]) == set()
