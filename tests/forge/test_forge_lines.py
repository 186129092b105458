"""Which lines of a comment count as somebody's word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearmiss.engine.forges.lines import HOW, Line, lines_of

SIGN = "/sign-off NM-2026-7Q4K2 investigate 4f2a91c0"
OBJECT = "/object NM-2026-7Q4K2 investigate 4f2a91c0 because: Nobody asked the night shift."
SIGNED = Line(verdict="approve", subject="NM-2026-7Q4K2", transition="investigate", digits="4f2a91c0")
OBJECTED = Line(
    verdict="object",
    subject="NM-2026-7Q4K2",
    transition="investigate",
    digits="4f2a91c0",
    because="Nobody asked the night shift.",
)


@pytest.mark.parametrize(
    "text",
    [
        SIGN,
        f"{SIGN}\n",
        f"{SIGN}\r\n",
        f"{SIGN}  \t",
        f"I have read it.\n\n{SIGN}",
        f"{SIGN}\n\nThank you, all!",
        f"> What do you think?\n\n{SIGN}",
        f"```\ncode\n```\n{SIGN}",
        f"```\ncode\n~~~\n```\n\n{SIGN}",
        f"~~~~\n~~~\n~~~~\n{SIGN}",
        f"Use ```x``` here\n\n{SIGN}",
        f"```x```\n\n{SIGN}",
    ],
)
def test_line_that_counts(text: str) -> None:
    """A line alone in its paragraph counts, whatever stands in others."""
    assert lines_of(text) == (SIGNED,)


def test_objection_has_its_reason() -> None:
    """An objection is read with its reason to the end of the line."""
    assert lines_of(OBJECT) == (OBJECTED,)


def test_several_lines() -> None:
    """Several lines in one comment all count, in their order."""
    other = SIGN.replace("investigate", "find-root-cause")

    found = lines_of(f"{SIGN}\n{other}\n\n{OBJECT}")

    assert [line.transition for line in found] == ["investigate", "find-root-cause", "investigate"]
    assert [line.verdict for line in found] == ["approve", "approve", "object"]


def test_more_digits_than_eight() -> None:
    """The whole digest may be given."""
    assert lines_of(f"{SIGN}{'0' * 56}")[0].digits == f"4f2a91c0{'0' * 56}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Looks good to me.",
        f"> {SIGN}",
        f"> quoted\n{SIGN}",
        f"- a list\n{SIGN}",
        f"- a list\n  {SIGN}",
        f"{SIGN}\nand more words",
        f"I write {SIGN}",
        f"    {SIGN}",
        f"\t{SIGN}",
        f" {SIGN}",
        f"`{SIGN}`",
        f"`\n{SIGN}\n`",
        f"```\n{SIGN}\n```",
        f"```\n\n{SIGN}\n\n```",
        f"```\n{SIGN}",
        f"  ~~~ text\n{SIGN}\n  ~~~",
        f"````\n```\n{SIGN}\n````",
        f"~~~\n```\n{SIGN}\n~~~",
        f"```\n``` no end\n{SIGN}\n```",
        f"> ```\n```\n\n{SIGN}\n```",
        f"Approved:\u2028{SIGN}",
        f"Approved:\u0085{SIGN}",
        f"Approved:\x0b{SIGN}",
        f"Approved:\r{SIGN}",
        f"\u200b{SIGN}",
        f"|{SIGN}|\n|---|",
    ],
)
def test_line_that_is_none(text: str) -> None:
    """What is quoted, code, part of other words or made to look like a line of its own is nobody's word."""
    assert lines_of(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        "/sign-off",
        "/sign-off NM-2026-7Q4K2",
        "/sign-off NM-2026-7Q4K2 investigate",
        "/sign-off NM-2026-7Q4K2 investigate 4f2a91c",
        "/sign-off NM-2026-7Q4K2 investigate 4F2A91C0",
        "/sign-off nm-2026-7q4k2 investigate 4f2a91c0",
        "/sign-off  NM-2026-7Q4K2 investigate 4f2a91c0",
        "/sign-off NM-2026-7Q4K2 investigate 4f2a91c0 please",
        "/sign-off NM-2026-7Q4K2 investigate \uff14f2a91c0",
        f"{OBJECT}\u202e",
        f"{OBJECT}\rx",
        "/sign-off ../../etc investigate 4f2a91c0",
        f"/sign-off NM-2026-7Q4K2 investigate {'0' * 65}",
        "/object NM-2026-7Q4K2 investigate 4f2a91c0",
        "/object NM-2026-7Q4K2 investigate 4f2a91c0 because:",
        "/object NM-2026-7Q4K2 investigate 4f2a91c0 because: ",
        "/object to this",
        f"{SIGN}\u2028{SIGN}",
        f"{SIGN}\r{SIGN}",
    ],
)
def test_line_with_a_slip(text: str) -> None:
    """What is meant as a line but is not written as it must be does not count, and how it is written is told."""
    assert lines_of(text) == (Line(slip=f"This line cannot be read. {HOW}"),)


@pytest.mark.parametrize(
    "text",
    [f"<!--\n\n{SIGN}\n\n-->", f"<pre>\n\n{SIGN}\n\n</pre>", f"<CODE>\n\n{SIGN}", f"{SIGN}\n\n<script>x</script>"],
)
def test_line_beside_hidden_html(text: str) -> None:
    """A comment that can hide what it says does not count, and why is told."""
    [line] = lines_of(text)

    assert line.slip.startswith("The comment hides something in HTML")


@pytest.mark.parametrize("text", ["/sign-offs are good", "/objection NM", "/object-ion", "/sign-off-x"])
def test_words_that_only_begin_alike(text: str) -> None:
    """Other words that begin like a line are other words."""
    assert lines_of(text) == ()


@given(st.lists(st.sampled_from([*"`~> \n\r\t-<!a/\u2028", "```", "\n\n", SIGN])))
def test_any_comment_is_read(pieces: list[str]) -> None:
    """Whatever stands in a comment, reading it ends, and what counts stands in it at the beginning of a line."""
    text = "".join(pieces)

    for line in lines_of(text):
        assert line.slip or f"\n{SIGN}" in f"\n{text}"


def test_only_blanks_and_tabs_are_blank() -> None:
    """A line of other blanks is a line of words, as forges show it, and so is one at the end of which some stand."""
    assert lines_of(f"Words.\n\u00a0\n{SIGN}") == ()
    assert lines_of(f"X\n{SIGN}") == ()
    assert lines_of(f"{SIGN}\u00a0") == (Line(slip=f"This line cannot be read. {HOW}"),)


def test_the_end_of_a_reason() -> None:
    """A reason ends with its last letter, whatever blanks follow."""
    [line] = lines_of(f"{OBJECT[:-1]} in hall X\u3000 \t")

    assert line.because == "Nobody asked the night shift in hall X"
    assert lines_of(f"{OBJECT[:-1]} in hall X")[0].because == line.because
