"""Digests: the one JSON text of RFC 8785, held against the vectors of the RFC and against sums made elsewhere."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from nearmiss.models.digests import canonical_json, digest, digest_of_bytes

# RFC 8785, section 3.2.2 and 3.2.3: the sample object, without its floating-point numbers, which records never hold.
SAMPLE = {
    "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"\u002f",
    "literals": [None, True, False],
}
SAMPLE_BYTES = bytes.fromhex(
    "7b 22 6c 69 74 65 72 61 6c 73 22 3a 5b 6e 75 6c 6c 2c 74 72 75 65 2c 66 61 6c 73 65 5d 2c"
    "22 73 74 72 69 6e 67 22 3a 22 e2 82 ac 24 5c 75 30 30 30 66 5c 6e 41 27 42 5c 22 5c 5c 5c 5c 5c 22 2f 22 7d"
)
# Section 3.2.3: keys are sorted by their UTF-16 code units, so a surrogate pair comes before U+FB33.
UNSORTED = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\U0001f600": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
}
SORTED = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]

SUMS: list[tuple[Any, str]] = [
    ({}, "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"),
    ([], "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"),
    ("", "12ae32cb1ec02d01eda3581b127c1fee3b0dc53572ed6baf239721a03d82e126"),
    (None, "74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b"),
    ({"a": 1}, "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"),
]
"""Sums of `printf '{}' | sha256sum` and the like."""


def test_sample_of_the_rfc() -> None:
    """The sample of RFC 8785 comes out as the bytes that the RFC prints."""
    assert canonical_json(SAMPLE) == SAMPLE_BYTES


def test_order_of_keys() -> None:
    """Keys are sorted as the RFC sorts them, by UTF-16 code units."""
    assert list(json.loads(canonical_json(UNSORTED))) == SORTED


@pytest.mark.parametrize("data", [{"a": UNSORTED}, {"a": 1, "b": [UNSORTED]}, [1, [UNSORTED]], [{"a": [UNSORTED]}]])
def test_order_of_keys_within(data: Any) -> None:
    """Keys are sorted so however deep they lie."""
    assert canonical_json(data) == rfc8785.dumps(data)


@pytest.mark.parametrize("data, hexadecimal", SUMS)
def test_sums_made_elsewhere(data: Any, hexadecimal: str) -> None:
    """A digest is `sha256:` and the sum that any other tool makes of the same text."""
    assert digest(data) == f"sha256:{hexadecimal}"


@pytest.mark.parametrize(
    "one, other",
    [
        ({}, {"a": None}),
        ({"a": 1}, {"a": "1"}),
        ({"a": True}, {"a": 1}),
        ("\u00e9", "e\u0301"),
        (["a", "b"], ["b", "a"]),
        ("a", "a "),
        ([], {}),
    ],
)
def test_what_differs(one: Any, other: Any) -> None:
    """Absent is not null, text is not normalised, order in lists matters, and types are kept."""
    assert digest(one) != digest(other)


def test_what_does_not_differ() -> None:
    """The order of keys does not matter."""
    assert digest({"a": 1, "b": {"c": 2, "d": 3}}) == digest({"b": {"d": 3, "c": 2}, "a": 1})


@pytest.mark.parametrize("number", [2**53 - 1, -(2**53 - 1), 0])
def test_numbers_in_range(number: int) -> None:
    """Whole numbers that every JSON reader keeps exactly are written as they are."""
    assert canonical_json(number) == str(number).encode()


@pytest.mark.parametrize("data", ["\ud800", {"a": "\udfff"}, {"\udc00": 1}, ["\U0001f600", "\ud800"]])
def test_half_a_character(data: Any) -> None:
    """Half a surrogate pair, which is no text, is an error and never another text."""
    with pytest.raises(ValueError, match=r"\S"):
        canonical_json(data)


def test_bytes() -> None:
    """Bytes are summed as they are."""
    assert digest_of_bytes(b"") == f"sha256:{hashlib.sha256().hexdigest()}"


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(PLAIN)
def test_same_as_a_peer(data: Any) -> None:
    """The text is the one that an implementation of RFC 8785 by others makes."""
    assert canonical_json(data) == rfc8785.dumps(data)


@given(PLAIN)
def test_reading_back(data: Any) -> None:
    """The text says what the data says, and is the same when it is made again from what was read."""
    text = canonical_json(data)

    assert json.loads(text) == data
    assert canonical_json(json.loads(text)) == text
