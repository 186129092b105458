"""The exported schemas: valid, in step with the models, explained, and true for our own files."""

from __future__ import annotations

import json
import posixpath
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.schemas.explanations import CHOICES, EXPLANATIONS
from nearmiss.engine.schemas.files import (
    SCHEMAS,
    FieldHelp,
    describe_fields,
    export_schemas,
    render_schema,
    stale_schemas,
)
from nearmiss.engine.schemas.json_schema import schema_of
from nearmiss.models.ids import record_path
from nearmiss.models.sections import SECTIONS
from nearmiss.models.vocabulary import Term, VocabularyList
from nearmiss.store.documents import YamlDocuments
from tests.schemas.judges import Rules, expected_of, plain, refused_by_peer

UUID = "6f1c2d9e-0b7a-4c35-9a41-5d2f8e7b6c10"
DIGEST = "sha256:" + "ab" * 32

STATEMENT = {
    "version": 1,
    "instance": UUID,
    "subject": "NM-2026-7Q4K2",
    "seq": 1,
    "transition": "investigate",
    "from": "reported",
    "to": "investigated",
    "verdict": "approve",
    "by": "r.meyer",
    "name": "Ruth Meyer",
    "role": "quality-lead",
    "at": "2026-11-22T08:05:00Z",
    "time_source": "client",
    "meaning": "I have read it.",
    "contributors": ["s.ito"],
    "content": {"schema": 1, "title": DIGEST, "sections": {"report": DIGEST}},
    "policy": {"version": 3, "rules": DIGEST},
    "previous": DIGEST,
}
PERSON = {
    "handle": "r.meyer",
    "name": "Ruth Meyer",
    "emails": ["ruth@example.org"],
    "kind": "person",
    "roles": [{"role": "quality-lead", "sites": ["plant-1"]}],
}
WAIVED = {"commit": "0" * 40, "code": "sign-off-tampered", "because": "A bad merge.", "on": "2026-11-21"}

OTHERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "sign-off": ({"statement": STATEMENT}, {"statement": STATEMENT | {"verdict": "maybe"}}),
    "people": ({"schema": 1, "people": [PERSON]}, {"schema": 1, "people": [PERSON | {"emails": []}]}),
    "waivers": ({"schema": 1, "waivers": [WAIVED]}, {"schema": 1, "waivers": [WAIVED | {"commit": "0" * 7}]}),
    "instance": ({"schema": 1, "instance": UUID}, {"schema": 1, "instance": UUID.upper()}),
    "exposure": (
        {"schema": 1, "exposure": [{"month": "2026-11", "area": "shipping", "hours_worked": 0}]},
        {"schema": 1, "exposure": [{"month": "2026-13", "area": "shipping", "hours_worked": 0}]},
    ),
    "discarded": (
        {"schema": 1, "discarded": [{"month": "2026-11", "reason": "spam", "count": 2}]},
        {"schema": 1, "discarded": [{"month": "2026-11", "reason": "spam", "count": 0}]},
    ),
}
"""Files that this checkout need not hold: one that is right and one that is not, by the name of their schema."""


def definitions(schema: dict[str, Any], top: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the parts of a schema that have fields, each with the name of its model."""
    yield top, schema
    yield from ((name, part) for name, part in schema["$defs"].items() if "properties" in part)


def every_field(name: str, schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the fields of a schema by `Model.field`."""
    parts = definitions(schema, SCHEMAS[name][0].__name__)
    return {f"{model}.{key}": field for model, part in parts for key, field in part["properties"].items()}


@pytest.fixture(scope="module")
def exported(rules: Rules) -> dict[str, dict[str, Any]]:
    """Return the export of this repository's rules."""
    return export_schemas(workflow=rules.workflow, vocabulary=rules.vocabulary)


def test_committed_schemas_are_the_export(repo_root: Path, exported: dict[str, dict[str, Any]]) -> None:
    """The files of schemas/ say what models, workflow and vocabulary say; else run `nearmiss schema --write`."""
    committed = {path.name: path.read_bytes() for path in (repo_root / "schemas").glob("*.json")}

    assert stale_schemas(committed, exported) == []


def test_stale_schemas_are_findings(exported: dict[str, dict[str, Any]]) -> None:
    """A schema that is missing, that says something else, or that nothing writes is named, and what mends it."""
    files = {name: render_schema(schema) for name, schema in exported.items()}
    del files["risk.schema.json"]
    files["people.schema.json"] += b"\n"
    files["old.schema.json"] = b"{}\n"

    found = stale_schemas(files, exported)

    assert [(finding.code, finding.path, finding.hint) for finding in found] == [
        ("schema-stale", "schemas/risk.schema.json", "write it again: nearmiss schema --write"),
        ("schema-stale", "schemas/people.schema.json", "write it again: nearmiss schema --write"),
        ("schema-stale", "schemas/old.schema.json", "take the file out"),
    ]


def test_schemas_are_valid(repo_root: Path) -> None:
    """Every committed schema is a valid schema of JSON Schema 2020-12."""
    files = sorted((repo_root / "schemas").glob("*.schema.json"))
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--check-metaschema", *files],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert [path.name for path in files] == sorted(SCHEMAS)
    assert {json.loads(path.read_bytes())["$schema"] for path in files} == {
        "https://json-schema.org/draft/2020-12/schema"
    }


def test_files_of_schemas_have_one_spelling(exported: dict[str, dict[str, Any]]) -> None:
    """A schema is UTF-8 with LF and two spaces, the same bytes every time, and holds no null and no address."""
    for schema in exported.values():
        raw = render_schema(schema)

        assert raw == render_schema(json.loads(raw))
        assert raw.endswith(b"}\n")
        assert b"\r" not in raw
        assert b'\n  "title": ' in raw
        assert b'"null"' not in raw
        assert b": null" not in raw
        assert b'"$id"' not in raw
        assert b"x-vocabulary" not in raw


@pytest.mark.parametrize(
    "schema, pattern",
    [
        ("workflow", "workflow/policy/workflow.yaml"),
        ("risk", "workflow/policy/risk.yaml"),
        ("settings", "workflow/policy/settings.yaml"),
        ("reminders", "workflow/policy/reminders.yaml"),
        ("intake", "workflow/policy/intake.yaml"),
        ("people", "workflow/policy/people.yaml"),
        ("waivers", "workflow/policy/waivers.yaml"),
        ("instance", "workflow/policy/instance.yaml"),
        ("vocabulary", "schemas/vocabulary/*.yaml"),
        ("import-mapping", "templates/mappings/*.yaml"),
        ("exposure", "site/data/exposure.yaml"),
    ],
)
def test_our_own_files_fit_their_schemas(repo_root: Path, schema: str, pattern: str) -> None:
    """The policy, the vocabulary and the mappings of this checkout fit the schemas that editors show for them."""
    files = sorted(repo_root.glob(pattern))
    if not files:
        pytest.skip(f"this checkout holds no {pattern}")

    assert refused_by_peer(repo_root / "schemas" / f"{schema}.schema.json", files) == {}


@pytest.mark.parametrize("name", OTHERS)
def test_other_files_are_judged_alike(name: str, repo_root: Path, tmp_path: Path) -> None:
    """What the model of a file accepts and refuses, its schema accepts and refuses."""
    schema = repo_root / "schemas" / f"{name}.schema.json"
    model = SCHEMAS[schema.name][0]
    right, wrong = tmp_path / "right.json", tmp_path / "wrong.json"
    right.write_text(json.dumps(OTHERS[name][0]), encoding="utf-8")
    wrong.write_text(json.dumps(OTHERS[name][1]), encoding="utf-8")

    model.model_validate(OTHERS[name][0])
    with pytest.raises(ValueError, match="1 validation error"):
        model.model_validate(OTHERS[name][1])
    assert set(refused_by_peer(schema, [right, wrong])) == {wrong}


def test_modeline_leads_to_the_schema(repo_root: Path) -> None:
    """From where a record lies, its first line leads an editor to the schema; that of the examples is the same line."""
    line = "# yaml-language-server: $schema=../../../schemas/near-miss.schema.json"
    folder = posixpath.dirname(record_path("NM-2026-7Q4K2", "2026-11-21"))
    target = posixpath.normpath(posixpath.join(folder, line.partition("=")[2]))

    assert folder == "records/2026/11"
    assert (repo_root / target).is_file()
    examples = (repo_root / "tests" / "examples" / "accepted").glob("*.yaml")
    assert {path.read_text(encoding="utf-8").partition("\n")[0] for path in examples} == {line}


def test_every_field_of_a_record_is_explained(exported: dict[str, dict[str, Any]]) -> None:
    """An editor has a word to say about every field of a record, and calls it by its name in words."""
    fields = every_field("near-miss.schema.json", exported["near-miss.schema.json"])
    models = exported["near-miss.schema.json"]["$defs"]

    silent = [
        name
        for name, field in fields.items()
        if "description" not in field
        and "description" not in models.get(field.get("items", field).get("$ref", "").rpartition("/")[2], {})
    ]
    assert silent == []
    assert all("title" in field for field in fields.values())


def test_explanations_are_about_fields_that_exist(exported: dict[str, dict[str, Any]]) -> None:
    """No explanation outlives its field; a field with fixed choices explains just these."""
    fields = {key: field for name, schema in exported.items() for key, field in every_field(name, schema).items()}

    assert [key for key in (*EXPLANATIONS, *CHOICES) if key not in fields] == []
    assert {key: list(choices) for key, choices in CHOICES.items()} == {key: fields[key]["enum"] for key in CHOICES}


@pytest.mark.parametrize("name", SCHEMAS)
def test_examples_of_fields_are_right(name: str, exported: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    """What a schema offers as an example of a field, it accepts there."""
    schema = exported[name]
    fields = {key: field for key, field in every_field(name, schema).items() if "examples" in field}
    properties = {key: {"items": field, "type": "array"} for key, field in fields.items()}
    wrapped = {"$schema": schema["$schema"], "properties": properties, "$defs": schema["$defs"]}
    offered = {key: field["examples"] for key, field in fields.items()}
    (tmp_path / "schema.json").write_bytes(render_schema(wrapped))
    (tmp_path / "offered.json").write_text(json.dumps(offered), encoding="utf-8")

    assert refused_by_peer(tmp_path / "schema.json", [tmp_path / "offered.json"]) == {}


LIGHT = VocabularyList(
    schema=1,
    vocabulary="barrier",
    label={"en": "What stopped it", "de": "Was es aufgehalten hat"},
    terms=(
        Term(term="lamp", label={"en": "A lamp", "de": "Eine Lampe"}, help={"en": "Any light that warned."}),
        Term(term="candle", label={"de": "Eine Kerze"}, retired=True),
    ),
)


def test_terms_are_those_of_the_instance(rules: Rules) -> None:
    """A field offers the instance's terms with their meaning, retired ones as such, and may be withheld."""
    exported = export_schemas(workflow=rules.workflow, vocabulary={"barrier": LIGHT})
    fields = every_field("near-miss.schema.json", exported["near-miss.schema.json"])

    assert fields["Barrier.barrier"] == {
        "title": "Barrier",
        "description": "The last thing that stood between the event and the harm.",
        "type": "string",
        "enum": ["lamp", "candle", "redacted"],
        "enumDescriptions": [
            "A lamp. Any light that warned.",
            "Retired, for older records only: Eine Kerze.",
            "The value is withheld.",
        ],
    }


def test_list_that_the_instance_lacks_leaves_the_form(rules: Rules) -> None:
    """Where the instance has no list of a name, as for the check, only the form of a term is asked for."""
    exported = export_schemas(workflow=rules.workflow, vocabulary={})
    fields = every_field("near-miss.schema.json", exported["near-miss.schema.json"])

    assert fields["Barrier.barrier"] == {
        "title": "Barrier",
        "description": "The last thing that stood between the event and the harm.",
        "type": "string",
        "pattern": "^[a-z0-9]+(?:-[a-z0-9]+)*$",
        "maxLength": 64,
    }


def test_fields_are_described_for_a_skeleton() -> None:
    """The fields of a section come in order with their meaning, and with the terms that may still be chosen."""
    found = describe_fields("report", vocabulary={"barrier": LIGHT}, language="de")

    assert found[4:6] == [
        FieldHelp(
            "report.what_stopped_it.barrier",
            "The last thing that stood between the event and the harm.",
            (("lamp", "Eine Lampe"),),
        ),
        FieldHelp("report.what_stopped_it.how", "In a few words: how it stopped it.", ()),
    ]
    assert describe_fields("alert", vocabulary={}) == [
        FieldHelp("alert.headline", "The warning in one line.", ()),
        FieldHelp("alert.do_this", "What the reader should do until more is known.", ()),
        FieldHelp("alert.until", "The day after which it is taken down.", ()),
    ]


def test_fields_of_lists_are_described_with_their_brackets(rules: Rules) -> None:
    """A section that is a list, and lists within, have brackets as in the policy; fixed choices are terms."""
    found = {field.path: field for field in describe_fields("progress", vocabulary=rules.vocabulary)}

    assert list(found) == [
        *("progress[].action", "progress[].status", "progress[].on", "progress[].by", "progress[].evidence"),
        "progress[].because",
        *(f"progress[].attachments[].{name}" for name in ("file", "sha256", "caption")),
    ]
    assert [term for term, _ in found["progress[].status"].terms] == ["open", "in-progress", "done", "cancelled"]


@pytest.mark.parametrize("section", SECTIONS)
def test_every_described_field_says_something(section: str, rules: Rules) -> None:
    """No field of any section is left without a sentence."""
    assert [each.path for each in describe_fields(section, vocabulary=rules.vocabulary) if not each.description] == []


ODD_TEXTS = [
    *(f"{mark}begins with {mark!r}" for mark in " \t\n\u00a0\u1680\u2003\u202f\u205f\u3000"),
    *(f"holds {mark!r}: {mark}" for mark in "\t\n\x00\x1b\x7f\x85\u2028\u2029\u202e\u2066\u200d\u0301"),
    *(
        "ü",
        "日本",
        "🚜",
        "e\u0301",
        "-",
        "{{ 7*7 }}",
        "x" * 300,
        "x" * 301,
        "🚜" * 300,
        "🚜" * 301,
        "",
        "ends in a line\n",
    ),
]


def test_odd_texts_are_judged_alike(rules: Rules, repo_root: Path, tmp_path: Path) -> None:
    """Spaces, control characters and lengths beyond ASCII count the same in our patterns and in those of an editor."""
    refused_by_us = set()
    files = []
    for number, text in enumerate(ODD_TEXTS):
        record = plain(repo_root / "tests" / "examples" / "accepted" / "reported-least.yaml") | {"title": text}
        files.append(tmp_path / f"{number}.json")
        # Our reader takes no pairs of surrogates, so what can be shown is written as it is.
        files[-1].write_text(json.dumps(record, ensure_ascii=not text.isprintable()), encoding="utf-8")
        if rules.judge(files[-1].read_bytes()):
            refused_by_us.add(files[-1])

    assert set(refused_by_peer(repo_root / "schemas" / "near-miss.schema.json", files)) == refused_by_us
    assert 0 < len(refused_by_us) < len(files)


def test_document_in_the_canonical_form_fits_its_schema(rules: Rules, repo_root: Path, tmp_path: Path) -> None:
    """What our own writer makes of an accepted record, an editor accepts as well."""
    record = plain(repo_root / "tests" / "examples" / "accepted" / "verified.yaml")
    written = tmp_path / "NM-2026-7Q4K2.yaml"
    written.write_bytes(YamlDocuments().compose(record, schema="../../../schemas/near-miss.schema.json"))

    assert rules.judge(written.read_bytes()) == []
    assert refused_by_peer(repo_root / "schemas" / "near-miss.schema.json", [written]) == {}


def test_kinds_of_text_are_said_once() -> None:
    """A schema names each kind of text once, so that a reader of the file meets a name and not a pattern."""
    for name, (model, title) in SCHEMAS.items():
        schema = schema_of(model, title=title)
        patterns = [part["pattern"] for part in schema["$defs"].values() if "pattern" in part]

        assert len(patterns) == len(set(patterns)), name
        assert "Line" in schema["$defs"] or name in {
            "instance.schema.json",
            "waivers.schema.json",
            "exposure.schema.json",
            "reminders.schema.json",
            "intake.schema.json",
            "discarded.schema.json",
        }


def test_expectations_are_read_from_the_first_lines(tmp_path: Path) -> None:
    """An example may name one finding or several, with or without a place, and only before anything else."""
    path = tmp_path / "example.yaml"
    path.write_text("# expect: a-b at: c.d[0]\n# expect: e\nschema: 1\n# expect: f\n", encoding="utf-8")

    assert expected_of(path) == [("a-b", "c.d[0]"), ("e", "")]
