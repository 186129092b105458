"""The guard: bytes that are refused before any parser sees them."""

from __future__ import annotations

import pytest

from nearmiss.store.guard import LARGEST_DOCUMENT, inspect


def places(raw: bytes) -> list[tuple[str, int, int]]:
    """Return code, line and column of each finding."""
    return [(finding.code, finding.line, finding.column) for finding in inspect(raw)]


@pytest.mark.parametrize(
    "text",
    [
        "a: b\n",
        "a:\tb\n",
        "a: Gefährdung 90 °C »ü« –\n",
        "a: 危険 🙂 \u200b\u3000\ufffd\n",
        "",
        "a: \xa0\n",
        "a: \U0001f7ff\n",
    ],
)
def test_ordinary_text_passes(text: str) -> None:
    """Text of any script, with tabs and newlines, has no finding."""
    assert inspect(text.encode()) == ()


@pytest.mark.parametrize(
    "character",
    [
        *"\x00\x01\x07\x08\x0b\x0c\x0e\x1b\x1f\x7f\x80\x85\x9f\u2028\u2029\ufeff\ufdd0\ufdef\ufffe\uffff",
        "\U0001fffe",
        "\U0010ffff",
    ],
)
def test_control_characters_are_refused_where_they_stand(character: str) -> None:
    """Each control, line separator, inner BOM and noncharacter is one finding with its line and column."""
    raw = f"ä: b\nüü: {character}\n".encode()
    assert places(raw) == [("yaml-control-character", 2, 5)]
    assert f"U+{ord(character):04X}" in inspect(raw)[0].message


def test_many_control_characters_are_one_finding() -> None:
    """A binary file does not flood the list: its first bad character is shown, the others are counted."""
    (finding,) = inspect(b"a: \x01\x02\x03")
    assert "2 more" in finding.message


def test_bytes_that_are_not_utf8_are_placed_by_characters() -> None:
    """Line and column of a bad byte count characters, not bytes, before it."""
    assert places("ä: ö\nü: ".encode() + b"\xfc\n") == [("yaml-not-utf8", 2, 4)]


def test_surrogates_in_utf8_are_not_utf8() -> None:
    """A lone surrogate, written as UTF-8 would write it, is refused."""
    assert places(b"a: \xed\xa0\x80") == [("yaml-not-utf8", 1, 4)]


def test_utf16_is_named() -> None:
    """A file saved as UTF-16 is told so."""
    (finding,) = inspect("a: b".encode("utf-16"))
    assert "UTF-16" in finding.message


def test_size_is_looked_at_first() -> None:
    """One byte too many is refused, whatever the bytes are; the largest size passes."""
    assert inspect(b"#" * LARGEST_DOCUMENT) == ()
    assert places(b"\xff" * (LARGEST_DOCUMENT + 1)) == [("yaml-too-large", 1, 1)]


def test_several_kinds_are_told_together() -> None:
    """A BOM, carriage returns and a control character are three findings of one look."""
    assert places(b"\xef\xbb\xbfa: b\r\nc: \x07\r\n") == [
        ("yaml-bom", 1, 1),
        ("yaml-line-ends", 1, 5),
        ("yaml-control-character", 2, 4),
    ]


@pytest.mark.parametrize("raw", [b"a: b\r\n", b"a: b\rc: d", b"a: \xc3\xa4\r\n"])
def test_carriage_returns_are_one_finding(raw: bytes) -> None:
    """CRLF and CR are line ends that are refused, as one finding."""
    assert places(raw) == [("yaml-line-ends", 1, raw.decode().index("\r") + 1)]


@pytest.mark.parametrize(
    "raw, line", [(b"%YAML 1.2\n---\na: b\n", 1), (b"# c\n\n%TAG !e! x\n---\na: b\n", 3), (b"a: b\n%X\n", 2)]
)
def test_directives_are_refused_before_parsing(raw: bytes, line: int) -> None:
    """A line that begins with a percent sign is a directive, wherever it stands."""
    assert places(raw) == [("yaml-directive", line, 1)]


def test_a_percent_sign_in_text_is_text() -> None:
    """Text may begin with a percent sign or dots further in than the margin; dots with more behind them are a word."""
    assert inspect(b"a: |-\n  %b\n  ...\nc: 5%\n...d: 1\n") == ()
