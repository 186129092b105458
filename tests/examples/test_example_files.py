"""The examples of every kind of file: what is accepted and what is refused, by us and by the schema alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.schemas.files import SCHEMAS
from nearmiss.models.vocabulary import VocabularyList
from nearmiss.policy.findings import Finding
from nearmiss.policy.structure import STRUCTURAL, judge_model
from nearmiss.store.reader import read
from tests.schemas.judges import expected_of, plain, refused_by_peer

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
KINDS = sorted(path.name for path in (FOLDER / "kinds").iterdir())
ACCEPTED = sorted((FOLDER / "kinds").glob("*/accepted/*.yaml"))
REFUSED = sorted((FOLDER / "kinds").glob("*/refused/*.yaml"))
DESIGN, DOMAIN = (ROOT.parent / "shared" / name for name in ("DESIGN.md", "DOMAIN.md"))
OMITTED = "…"


@pytest.fixture(scope="module")
def terms() -> dict[str, frozenset[str]]:
    """Return the terms of this repository's own vocabulary."""
    lists = map(plain, sorted((ROOT / "schemas" / "vocabulary").glob("*.yaml")))
    return {each.vocabulary: frozenset(each.names()) for each in map(VocabularyList.model_validate, lists)}


def judge(path: Path, terms: dict[str, frozenset[str]]) -> list[Finding]:
    """Judge an example as a file of the kind whose folder it lies in."""
    model, _ = SCHEMAS[f"{path.parents[1].name}.schema.json"]
    reading = read(path.read_bytes())
    return list(reading.findings) or list(judge_model(model, reading.data, terms=terms))


def name_of(path: Path) -> str:
    """Return what a test of an example is called."""
    return f"{path.parents[1].name}-{path.stem}"


@pytest.mark.parametrize("path", ACCEPTED, ids=name_of)
def test_an_accepted_example_is_right(path: Path, terms: dict[str, frozenset[str]]) -> None:
    """An accepted example of any kind of file has no finding, and is in good form."""
    assert judge(path, terms) == []
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=../../../../../schemas/")


@pytest.mark.parametrize("path", REFUSED, ids=name_of)
def test_a_refused_example_gives_its_finding(path: Path, terms: dict[str, frozenset[str]]) -> None:
    """A refused example gives exactly the findings that its first lines name, each a sentence."""
    found = judge(path, terms)

    assert [(finding.code, finding.field_name) for finding in found] == expected_of(path)
    assert found
    assert all(finding.message for finding in found)


@pytest.mark.parametrize("kind", KINDS)
def test_an_editor_judges_alike(kind: str) -> None:
    """By the schema alone an editor accepts and refuses the same examples, for what a schema can say."""
    files = sorted((FOLDER / "kinds" / kind).glob("*/*.yaml"))
    refused = refused_by_peer(ROOT / "schemas" / f"{kind}.schema.json", files)
    assert {path for path in files if path.parent.name == "refused"} == set(refused)
    assert all(code in STRUCTURAL for path in refused for code, _ in expected_of(path))


def test_every_kind_has_examples_of_both() -> None:
    """Each kind of file that a register has beside its records has an accepted and a refused example."""
    # Those of a record lie one level up, mappings and the workflow where they are shipped; an export is no file here.
    elsewhere = {"near-miss", "workflow", "import-mapping", "export"}
    assert {name.removesuffix(".schema.json") for name in SCHEMAS} - elsewhere == set(KINDS)
    for kind in KINDS:
        assert {path.parent.name for path in (FOLDER / "kinds" / kind).glob("*/*.yaml")} == {"accepted", "refused"}


@pytest.mark.parametrize("place, path", [(0, "accepted/design.yaml"), (1, "kinds/sign-off/accepted/design.yaml")])
def test_the_examples_of_the_design_are_files(place: int, path: str) -> None:
    """What the design shows as YAML is an example here, key by key and value by value, where it gives one."""
    if not DESIGN.is_file():
        pytest.skip("the design is not part of the repository; put it in ../shared to run this")
    blocks = re.findall(r"^```yaml\n(.*?)^```$", DESIGN.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    shown, ours = read(blocks[place].encode()).data, plain(FOLDER / path)

    assert shown
    assert list(lacking(shown, ours)) == []


def test_the_matrix_of_the_domain_is_a_file() -> None:
    """The common five by five, one line in the domain, is the example of a risk matrix, and the shipped one."""
    if not DOMAIN.is_file():
        pytest.skip("the domain's page is not part of the repository; put it in ../shared to run this")
    rows = re.findall(r"([1-5]): ((?:[LMHV] ?){5})", DOMAIN.read_text(encoding="utf-8"))
    matrix = {likelihood: bands.split() for likelihood, bands in rows}

    assert len(matrix) == 5
    assert plain(FOLDER / "kinds" / "risk" / "accepted" / "five-by-five.yaml")["matrix"] == matrix
    assert plain(ROOT / "workflow" / "policy" / "risk.yaml")["matrix"] == matrix


def lacking(shown: Any, ours: Any, way: str = "") -> Iterator[str]:
    """Yield the ways to what is shown and not there, or otherwise; what is left out may be anything."""
    if shown in ("", {OMITTED: None}) or OMITTED in str(shown if isinstance(shown, str) else ""):
        return
    if isinstance(shown, dict) and isinstance(ours, dict):
        for key, value in shown.items():
            if key in ours:
                yield from lacking(value, ours[key], f"{way}.{key}")
            else:
                yield f"{way}.{key}"
    elif isinstance(shown, list) and isinstance(ours, list):
        for number, value in enumerate(shown):
            if number < len(ours):
                yield from lacking(value, ours[number], f"{way}[{number}]")
            else:
                yield f"{way}[{number}]"
    elif shown != ours and not (isinstance(shown, str) and "\n" in shown and str(ours).startswith(shown)):
        yield way


def test_what_is_lacking_is_noticed() -> None:
    """A key that is not there, a shorter list and another value are told; what the design leaves out is not."""
    shown = {"a": 1, "b": [1, {"c": OMITTED, "d": 2}], "e": "x", "f": "sha256:…"}

    assert list(lacking(shown, {"a": 1, "b": [1, {"c": 5, "d": 2}], "e": "x", "f": "sha256:1"})) == []
    assert list(lacking(shown, {"a": 2, "b": [1], "f": "y"})) == [".a", ".b[1]", ".e"]
    assert list(lacking(shown, {"a": 1, "b": [1, {"d": 3}], "e": "x", "f": "y"})) == [".b[1].c", ".b[1].d"]
