"""Which fields there are at a place in a document."""

from __future__ import annotations

import pytest

from nearmiss.models.fields import fields_at
from nearmiss.models.record import Record
from nearmiss.models.sign_off import SignOff


@pytest.mark.parametrize(
    "way,known",
    [
        ((), "root_cause"),
        (("report",), "what_happened"),
        (("report", "reporter"), "mode"),
        (("action_plan", "actions", 3), "addresses"),
        (("root_cause", "causes", 0), "explains"),
    ],
)
def test_the_fields_of_a_record_are_known_wherever_they_lie(way: tuple[str | int, ...], known: str) -> None:
    """At the top, in a section, in a mapping of it, and in an entry of a list."""
    assert known in fields_at(Record, way)


def test_fields_are_named_as_documents_have_them() -> None:
    """What a model must call otherwise, since Python has that word, goes by its own name."""
    assert "from" in fields_at(SignOff, ("statement",))
    assert "from_" not in fields_at(SignOff, ("statement",))


def test_where_no_mapping_of_ours_is_there_are_no_fields() -> None:
    """A text has none, nor has a key that nobody knows."""
    assert fields_at(Record, ("title",)) == ()
    assert fields_at(Record, ("report", "unheard_of")) == ()
