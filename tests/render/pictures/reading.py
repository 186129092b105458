"""What a picture is made of, read back from its markup, and what holds for every picture."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import combinations

from hypothesis import strategies as st
from markupsafe import Markup

from nearmiss.render.pictures.drawing import WIDTH
from nearmiss.render.pictures.measuring import LEADING, width_of

SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {"svg", "title", "desc", "g", "rect", "path", "circle", "text", "tspan"}
ATTRIBUTES = {
    *("class", "id", "role", "aria-labelledby", "aria-describedby", "viewBox", "shape-rendering", "font-size"),
    *("x", "y", "dy", "width", "height", "rx", "cx", "cy", "r", "d"),
    *("fill", "stroke", "stroke-width", "stroke-dasharray", "text-anchor"),
}
BOLD = {"nm-w-event", "nm-w-kind", "nm-w-bone-name", "nm-w-axis", "nm-w-figure", "nm-w-part", "nm-w-state"}
ALIKE = 0.11
"""Numbers are written to a tenth."""

HOSTILE = (
    "<script>window.pwned=1</script>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "]]></title></desc></svg><img src=x onerror=alert(1)>",
    "{{ 7*7 }} {% raw %} &lt;b&gt; &amp; & < >",
    "\x00\x08\x1b\ufffe\udc00 turned \u202e around \u2028 twice",
    "W" * 400,
    "Betriebsmittelprüfverantwortlichkeitsübertragungsverordnung " * 9,
    "日本語の長い文章がここにあります。" * 12,
    "\u0301" * 60,
)

texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=40),
    st.lists(st.sampled_from(("chock", "dock", "the", "Verladestelle", "a", "1.5 %", "🚚")), max_size=40).map(" ".join),
)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of text and the room that it takes at most."""

    text: str
    left: float
    right: float
    base: float


def read(picture: Markup) -> ET.Element:
    """Return the picture as a tree, after looking at all that has to hold for each."""
    assert isinstance(picture, Markup)
    root = ET.fromstring(str(picture))  # noqa: S314 - markup of our own, and that it is well formed is what we prove
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in ELEMENTS
        assert set(element.attrib) <= ATTRIBUTES
        assert re.fullmatch(r"[a-z0-9 -]*", element.get("class", ""))
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    assert root.get("role") == "img"
    assert {root.attrib["aria-labelledby"], root.get("aria-describedby", ids[0])} == set(ids)
    return root


def judge(picture: Markup) -> ET.Element:
    """Return the picture as a tree, after seeing that nothing lies outside of it and no words upon each other."""
    root = read(picture)
    left, top, width, height = map(float, root.attrib["viewBox"].split())
    assert (left, top, width) == (0, 0, WIDTH)
    for box in boxes(root):
        x, y, wide, tall = box
        assert x >= 0
        assert y >= 0
        assert x + wide <= WIDTH + ALIKE
        assert y + tall <= height + ALIKE
    lines = list(lines_of(root))
    for line in lines:
        assert line.left >= -ALIKE, line
        assert line.right <= WIDTH + ALIKE, line
        assert LEADING / 2 < line.base <= height, line
    for one, other in combinations(lines, 2):
        apart = abs(one.base - other.base) >= LEADING - 4
        assert apart or one.right <= other.left + ALIKE or other.right <= one.left + ALIKE, (one, other)
    return root


def boxes(root: ET.Element, kind: str = "") -> Iterator[tuple[float, float, float, float]]:
    """Return the rectangles, all or those of one kind: x, y, width and height."""
    for each in root.iter(f"{SVG}rect"):
        if not kind or f"nm-s-{kind}" in each.attrib["class"].split():
            x, y, width, height = (float(each.attrib[name]) for name in ("x", "y", "width", "height"))
            yield x, y, width, height


def paths(root: ET.Element, kind: str) -> list[str]:
    """Return the steps of the paths of one kind."""
    return [each.attrib["d"] for each in root.iter(f"{SVG}path") if f"nm-s-{kind}" in each.get("class", "").split()]


def lines_of(root: ET.Element) -> Iterator[Line]:
    """Return each line of text with where it stands."""
    for text in root.iter(f"{SVG}text"):
        bold = text.get("class") in BOLD
        base = float(text.attrib["y"])
        for part in (text, *text):
            base += float(part.get("dy", 0))
            x, words = float(part.attrib["x"]), part.text or ""
            wide = width_of(words, bold=bold)
            left = x - {"middle": wide / 2, "end": wide}.get(text.get("text-anchor", ""), 0)
            yield Line(text=words, left=left, right=left + wide, base=base)


def words_of(root: ET.Element) -> str:
    """Return all that is written in a picture."""
    return " ".join(line.text for line in lines_of(root))


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        assert not attrs
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.tags.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read_list(markup: Markup) -> str:
    """Return the words of a text equivalent, after seeing that its tags are closed in order and bear nothing."""
    assert isinstance(markup, Markup)
    reader = _Words()
    reader.feed(str(markup))
    reader.close()
    assert not reader.tags
    return "".join(reader.words)
