"""Looking into plain data: ways of keys, field paths, and whether something is there at all."""

from __future__ import annotations

from typing import Any

import pytest

from nearmiss.models.digests import canonical_json
from nearmiss.policy.plain import get, holds_key, listed, values_at

DATA: dict[str, Any] = {
    "title": "T",
    "plan": {"actions": [{"owner": "a"}, {"due": "x"}, {"owner": "b", "notes": [{"on": 1}, {"on": 2}]}]},
}


def test_values_are_found_with_the_way_to_each() -> None:
    """In the order of the document; what is not there, or is no list or mapping, is passed over."""
    assert list(values_at(DATA, "plan.actions[].owner")) == [
        (("plan", "actions", 0, "owner"), "a"),
        (("plan", "actions", 2, "owner"), "b"),
    ]
    assert [value for _, value in values_at(DATA, "plan.actions[].notes[].on")] == [1, 2]
    assert list(values_at(DATA, "title")) == [(("title",), "T")]
    for path in ("title.more", "title[]", "plan[].owner", "none", "plan.none.more"):
        assert list(values_at(DATA, path)) == []
    assert list(values_at("text", "title")) == []


def test_a_way_that_ends_early_leads_to_nothing() -> None:
    """Neither a missing key nor a value in the place of a mapping is an error."""
    assert (get(DATA, "plan", "none"), get(DATA, "title", "more"), get(DATA)) == (None, None, DATA)
    assert (listed(DATA, "title"), len(listed(DATA, "plan", "actions"))) == ([], 3)


def test_a_key_is_seen_wherever_it_lies() -> None:
    """Below lists and mappings, and never a value that only reads like it."""
    assert holds_key(DATA, "on")
    assert holds_key([[{"x": []}]], "x")
    assert not holds_key(DATA, "T")
    assert not holds_key("title", "title")


def test_only_keys_beyond_plane_0_change_the_order_of_canonical_json() -> None:
    """RFC 8785 sorts keys as UTF-16; a value with an emoji is written as it is, whichever way it is written."""
    rfc8785 = pytest.importorskip("rfc8785")
    for data in ({"a": "🚛", "b": ["⚠️", {"c": "倉"}]}, {"\ue000": 1, "🚛": 2}, [{"x": {"🚛": "", "\uffee": ""}}]):
        assert canonical_json(data) == rfc8785.dumps(data)
