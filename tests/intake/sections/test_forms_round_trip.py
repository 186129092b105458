"""What a form keeps: whatever a section says stands in its form, and sent back unchanged it changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearmiss.engine.forms.answers import ABSENT, answers_from, answers_sent, names_of
from nearmiss.engine.forms.changes import edits_between, section_after
from nearmiss.engine.forms.making import make_form
from nearmiss.engine.forms.options import Options
from nearmiss.engine.forms.shapes import Kind, shape_of
from nearmiss.models.record import Record
from nearmiss.models.sections import SECTIONS
from nearmiss.models.terms import vocabulary_paths
from nearmiss.policy.version import PolicyVersion
from tests.intake.sections.drawing import section_of


def _sent_back(section: str, value: Any) -> dict[str, list[str]]:
    """Return what a browser sends of a form that nobody touched: line breaks in two characters."""
    shape = shape_of(section)
    sent: dict[str, list[str]] = {}
    for name, words in names_of(shape, answers_from(shape, value)):
        sent.setdefault(name, []).append(words.replace("\n", "\r\n"))
    return sent


@pytest.mark.parametrize("section", SECTIONS)
@given(data=st.data())
def test_unchanged(section: str, data: st.DataObject, shipped_policy: PolicyVersion) -> None:
    """Whatever a section says, its form sent back as it came asks for no change at all."""
    value = data.draw(section_of(shape_of(section), shipped_policy))
    record = {"id": "NM-2026-7Q4K2", section: value}
    answer = answers_sent(shape_of(section), _sent_back(section, value))
    assert edits_between(section, value, section_after(shape_of(section), answer, record)) == []


@pytest.mark.parametrize("section", SECTIONS)
@given(data=st.data())
def test_nothing_sent(section: str, data: st.DataObject, shipped_policy: PolicyVersion) -> None:
    """What does not arrive is not taken out: a form of which nothing came changes nothing."""
    value = data.draw(section_of(shape_of(section), shipped_policy))
    after = section_after(shape_of(section), answers_sent(shape_of(section), {}), {section: value})
    assert edits_between(section, value, after) == []


@pytest.mark.parametrize("section", SECTIONS)
@given(data=st.data())
def test_shown(section: str, data: st.DataObject, shipped_policy: PolicyVersion) -> None:
    """Whatever a section says, its form can be made, and every choice that stands there is among the options."""
    value = data.draw(section_of(shape_of(section), shipped_policy))
    record = {"id": "NM-2026-7Q4K2", "state": "reported", section: value}
    options = Options(policy=shipped_policy, language="en", data=record)
    form = make_form(section, answers_from(shape_of(section), value), data=record, options=options)
    for field in form.walk():
        if field.options and not field.is_fixed and field.shape.kind not in {Kind.RECORD, Kind.RECORDS}:
            assert {word for word in field.words if word} <= {option.value for option in field.options}


@pytest.mark.parametrize("section", SECTIONS)
def test_labels_and_helps(section: str) -> None:
    """Every field of every section has a name and a meaning, and every fixed choice too."""
    for shape in shape_of(section).walk():
        assert shape.label, shape.path
        assert shape.help, shape.path
        for choice in shape.choices:
            assert choice.label, shape.path
            assert choice.help, (shape.path, choice.value)


def test_no_field_is_missing() -> None:
    """The forms have every field of the models, as the models themselves tell them."""
    asked = {shape.path for section in SECTIONS for shape in shape_of(section).walk()}
    assert asked == set(_paths(Record.model_json_schema()))


def _paths(schema: dict[str, Any]) -> list[str]:
    parts = schema["$defs"]

    def below(said: dict[str, Any], path: str) -> list[str]:
        options = [one for one in said.get("anyOf", [said]) if one.get("type") != "null"]
        found = [path]
        for one in options:
            inner, many = (one["items"], "[]") if "items" in one else (one, "")
            part = parts.get(inner.get("$ref", "").rpartition("/")[2], {})
            for key, each in part.get("properties", {}).items():
                found += below(each, f"{path}{many}.{key}")
        return found

    return [path for section in SECTIONS for path in below(schema["properties"][section], section)]


def test_terms() -> None:
    """A field that holds a term of a vocabulary is answered by a choice of its terms."""
    shapes = {shape.path: shape for section in SECTIONS for shape in shape_of(section).walk()}
    assert {path: shapes[path].vocabulary for path, _ in vocabulary_paths()} == dict(vocabulary_paths())


def test_unsound_is_left(shipped_policy: PolicyVersion) -> None:
    """A value that has not the form of its model is shown and left as it is."""
    value = {"evidence": "a text where a list should be", "lead": ["a"], "findings": "It was so."}
    record = {"id": "NM-2026-7Q4K2", "state": "reported", "investigation": value}
    sent = _sent_back("investigation", value) | {"investigation.findings": ["It was otherwise."]}
    after = section_after(shape_of("investigation"), answers_sent(shape_of("investigation"), sent), record)
    assert after == value | {"findings": "It was otherwise."}
    options = Options(policy=shipped_policy, language="en", data=record)
    form = make_form("investigation", answers_from(shape_of("investigation"), value), data=record, options=options)
    fixed = {field.name for field in form.walk() if field.is_fixed}
    assert {"investigation.evidence", "investigation.lead"} <= fixed


def test_unknown_keys_stay() -> None:
    """A key that no model knows stays where it is, in a section and in an entry of a list."""
    value = {"lead": "s.ito", "of-tomorrow": [1], "timeline": [{"at": "14:20", "event": "x", "new": True}]}
    sent = _sent_back("investigation", value) | {"investigation.timeline.0.event": ["y"]}
    after = section_after(
        shape_of("investigation"), answers_sent(shape_of("investigation"), sent), {"investigation": value}
    )
    assert after == value | {"timeline": [{"at": "14:20", "event": "y", "new": True}]}


def test_absent_section() -> None:
    """A section that a record does not have yet, whose form is sent empty, is not made."""
    for section in SECTIONS:
        after = section_after(shape_of(section), answers_sent(shape_of(section), _sent_back(section, ABSENT)), {})
        assert edits_between(section, ABSENT, after) == []
