"""The small typed values: dates of any precision, lines and texts, handles, ids, instants."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ConfigDict, TypeAdapter, ValidationError

from nearmiss.models.plan import HIERARCHY_OF_CONTROLS, WEAK_CONTROLS
from nearmiss.models.record import Record
from nearmiss.models.sections import KEY_ORDER, SECTIONS
from nearmiss.models.values import (
    Day,
    Digest,
    FileName,
    Handle,
    Instant,
    Language,
    Line,
    LocalId,
    Many,
    Name,
    PartialDate,
    ReportDate,
    Text,
    TimeOfDay,
    Vocabulary,
    read_partial_date,
)

SPANS = [
    ("2026-11-21", (date(2026, 11, 21), date(2026, 11, 21))),
    ("2026-11", (date(2026, 11, 1), date(2026, 11, 30))),
    ("2026-12", (date(2026, 12, 1), date(2026, 12, 31))),
    ("2024-02", (date(2024, 2, 1), date(2024, 2, 29))),
    ("2026", (date(2026, 1, 1), date(2026, 12, 31))),
    ("0001-01-01", (date(1, 1, 1), date(1, 1, 1))),
    *(
        (text, None)
        for text in ("", "26", "2026-1", "2026-11-1", "2026-13", "2026-00", "2026-11-00", "2026-00-10", "2026-02-30")
    ),
    *((text, None) for text in ("redacted", "\uff12\uff10\uff12\uff16", "2026-11-21\n", " 2026", "2026-11-21T08")),
    *((text, None) for text in ("0000", "9999", "9999-12")),
]  # fmt: skip


@pytest.mark.parametrize("text, span", SPANS)
def test_partial_date(text: str, span: tuple[date, date] | None) -> None:
    """A date is as precise as it is written, and may mean any day from its first to its last."""
    assert read_partial_date(text) == span


@given(st.dates(min_value=date(1, 1, 1), max_value=date(9998, 12, 31)), st.sampled_from([10, 7, 4]))
def test_span_holds_the_day(day: date, length: int) -> None:
    """Whatever is cut off a date, the day is among those that it may mean."""
    span = read_partial_date(day.isoformat()[:length])

    assert span is not None
    assert span[0] <= day <= span[1]


def accepts(kind: Any, value: Any) -> bool:
    """Say whether a type takes a value, strictly."""
    try:
        TypeAdapter(kind, config=ConfigDict(strict=True)).validate_python(value)
    except ValidationError:
        return False
    return True


VALUES: list[tuple[Any, list[Any], list[Any]]] = [
    (PartialDate, ["2026-11-21", "2026-11", "2026", "redacted"], ["1899", "2200-01-01", "21.11.2026", 2026]),
    (Day, ["2026-11-21", "redacted"], ["2026-11", "2026", "2026-11-31"]),
    (ReportDate, ["2026-11-21", "2026-11"], ["2026", "redacted", "soon"]),
    (TimeOfDay, ["00:00", "23:59", "redacted"], ["24:00", "7:30", "07:60", "07:30:00"]),
    (Instant, ["2026-11-22T08:05:00Z"], ["2026-11-22T08:05:00+01:00", "2026-11-22T08:05Z", "2026-11-22 08:05:00Z"]),
    (Text, ["One\nTwo", "a\tb", "ß🚧", "x" * 20_000], ["", " x", "\nx", "x\r\n", "x\x00", "x\u2029", "x\u2066"]),
    (Line, ["One", "ß🚧", "x" * 300], ["", " x", "a\nb", "a\tb", "x\u2028", "x\u202d", "x" * 301]),
    (Handle, ["r.meyer", "a", "a-b_c.d9", "redacted"], ["R.Meyer", "r..meyer", ".r", "r.", "9a", "a--b", "a/b"]),
    (Name, ["near-miss", "9", "a-1"], ["Near-miss", "a--b", "-a", "a_b", "a.b", "x" * 65]),
    (LocalId, ["C1", "AB123"], ["c1", "C", "C1234", "1C"]),
    (Digest, ["sha256:" + "0af" * 21 + "0"], ["sha256:" + "0" * 63, "sha256:" + "A" * 64, "0" * 64]),
    (FileName, ["dock.jpg", "a_b-c.tar.gz"], [".hidden", "a..b", "../x", "a/b", "a b", "é.jpg", "x" * 101]),
    (Language, ["en", "de-AT", "gsw"], ["EN", "english", "e", "de_AT"]),
    (Many[Line], [["a", "b"], []], ["ab", {"a": 1}, [1], None]),
]  # fmt: skip


@pytest.mark.parametrize("kind, good, bad", VALUES)
def test_values(kind: Any, good: list[Any], bad: list[Any]) -> None:
    """A typed value takes what has its form, and nothing that only looks like it."""
    assert [value for value in good if not accepts(kind, value)] == []
    assert [value for value in bad if accepts(kind, value)] == []


def test_term_of_a_vocabulary() -> None:
    """A term is checked against the list that the instance gives, and only for its form where there is none."""
    adapter: TypeAdapter[str] = TypeAdapter(Annotated[Name, Vocabulary("hazard")])

    def takes(term: str, lists: dict[str, set[str]] | None) -> bool:
        try:
            adapter.validate_python(term, context=None if lists is None else {"vocabulary": lists})
        except ValidationError:
            return False
        return True

    assert takes("falling-object", {"hazard": {"falling-object"}})
    assert takes("redacted", {"hazard": {"falling-object"}})
    assert not takes("rising-object", {"hazard": {"falling-object"}})
    assert takes("rising-object", {"site": set()})
    assert takes("rising-object", None)
    assert not takes("Rising object", None)
    assert adapter.json_schema()["x-vocabulary"] == "hazard"


def test_sections_are_those_of_the_model() -> None:
    """The list of sections names every section of the model, in its order, and nothing else."""
    names = [field.alias or name for name, field in Record.model_fields.items()]

    assert tuple(names) == KEY_ORDER
    assert names[4:] == list(SECTIONS)


def test_weak_controls_are_the_last_of_the_hierarchy() -> None:
    """Administrative controls and PPE are the weakest of the hierarchy of controls."""
    assert set(HIERARCHY_OF_CONTROLS[-2:]) == WEAK_CONTROLS
