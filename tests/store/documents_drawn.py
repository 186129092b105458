"""Documents drawn at random: plain data, and hands that write the same data in many ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from nearmiss.store.guard import FORBIDDEN
from nearmiss.store.scalars import LARGEST_INTEGER, WORDS

TRICKY = [
    *sorted(WORDS),
    "0",
    "-0",
    "014",
    "1_000",
    "+1",
    "1e3",
    "3.5",
    "0x1F",
    "2026-11-21",
    "2026-11",
    "14:20",
    "2026-11-21T08:05:00Z",
    "a: b",
    "a:",
    "a #b",
    "#a",
    "- a",
    "? a",
    "a? b",
    "'",
    '"',
    '\\"',
    "it's",
    "[a]",
    "{a}",
    "a, b",
    "&a",
    "*a",
    "!a",
    "%a",
    "@a",
    "`a`",
    "|",
    ">-",
    "---",
    "...",
    "http://example.org/a?b=c#d",
    "sha256:0a1b",
    " a",
    "a ",
    "a\n",
    "\na",
    "a\n\n",
    "a\nb",
    "a\nb\n",
    "a\n\nb",
    "a\n  b\n",
    "  a\nb",
    "a \nb",
    "a\tb",
    "\ta\nb",
    "a\n\tb",
    "# a\n# b",
    "---\n...",
    "Gefährdung",
    "危険",
    "\u202eevil",
    "a\u202e\nb",
    "\xa0",
    "a\u3000",
    "🙂",
]

texts = st.sampled_from(TRICKY) | st.text(max_size=30).filter(lambda text: not FORBIDDEN.search(text))
keys = st.sampled_from(["on", "by", "kind", "what", "id"]) | texts.filter(lambda text: len(text) < 60)
singles = st.none() | st.booleans() | st.integers(-LARGEST_INTEGER, LARGEST_INTEGER) | texts
values = st.recursive(
    singles,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
mappings = st.dictionaries(keys, values, max_size=5)


@st.composite
def handwritten(draw: st.DrawFn, content: st.SearchStrategy[dict[str, Any]] = mappings) -> tuple[str, dict[str, Any]]:
    """Draw a document as a hand might write it (comments, odd indentation, all quotes, brackets), and its data."""
    data = draw(content)
    if not data:
        return draw(st.sampled_from(["{}\n", "# nothing yet\n{ }  # so far\n", "--- {}\n"])), {}
    lines = _block(draw, data, draw(st.sampled_from(["", "", "  "])))
    head = draw(st.sampled_from(["", "# first\n", "---\n", "\n# a\n\n# b\n"]))
    return head + "\n".join(lines) + draw(st.sampled_from(["\n", "\n\n", "\n# last\n", ""])), data


def _block(draw: st.DrawFn, value: Any, margin: str) -> list[str]:
    lines: list[str] = []
    marked = [("-", item) for item in value] if isinstance(value, list) else list(value.items())
    for key, item in marked:
        lines += draw(st.sampled_from([[], [], [], [""], [f"{margin}# between"], ["# at the margin"]]))
        start = margin + ("-" if isinstance(value, list) else _single(draw, key, flow=True) + ":")
        lines += _entry(draw, start, item, margin)
    return lines


def _entry(draw: st.DrawFn, start: str, item: Any, margin: str) -> list[str]:
    comment = draw(st.sampled_from(["", "", " # beside", "   # far"]))
    deeper = margin + draw(st.sampled_from(["  ", "    ", " "]))
    if isinstance(item, dict | list) and item and draw(st.booleans()):
        return [start + comment, *_block(draw, item, deeper)]
    if isinstance(item, dict | list):
        return [f"{start} {_flow(draw, item)}{comment}"]
    if _fits_block(item) and draw(st.booleans()):
        header = "|" + ("" if item.endswith("\n") else "-")
        text = item.removesuffix("\n").split("\n")
        return [f"{start} {header}{comment}", *(deeper + line if line else "" for line in text)]
    return [f"{start}{draw(st.sampled_from([' ', '  ']))}{_single(draw, item)}{comment}"]


def _fits_block(item: Any) -> bool:
    return (
        isinstance(item, str)
        and bool(item.strip())
        and not item.startswith((" ", "\n", "\t"))
        and not item.endswith(("\n\n", " "))
        and "\n\t" not in item
    )


def _flow(draw: st.DrawFn, value: Any) -> str:
    space = draw(st.sampled_from(["", " "]))
    if isinstance(value, dict):
        pairs = [f"{_single(draw, key, flow=True)}: {_flow(draw, item)}" for key, item in value.items()]
        return "{" + space + ", ".join(pairs) + space + "}"
    if isinstance(value, list):
        return "[" + space + ", ".join(_flow(draw, item) for item in value) + space + "]"
    return _single(draw, value, flow=True)


def _single(draw: st.DrawFn, value: Any, *, flow: bool = False) -> str:
    if not isinstance(value, str):
        return {None: "null", True: "true", False: "false"}[value] if _is_word(value) else str(value)
    spellings: list[Callable[[str], str]] = [double_quoted]
    if "\n" not in value:
        spellings.append(lambda text: "'" + text.replace("'", "''") + "'")
    if _is_bare(value, flow=flow):
        spellings.append(str)
    return draw(st.sampled_from(spellings))(value)


def _is_word(value: Any) -> bool:
    return value is None or isinstance(value, bool)


def _is_bare(text: str, *, flow: bool) -> bool:
    allowed = " _.,;()/" if not flow else " _.;()/"
    words = all(character.isascii() and (character.isalpha() or character in allowed) for character in text)
    return words and text[:1].isalpha() and text[-1:].isalpha() and text not in WORDS


def double_quoted(text: str) -> str:
    """Return text in double quotes, as plainly as they allow."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
