"""Pages as plain Markdown with front matter, for generators other than ours: text stays text wherever it is put."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from markdownify import MarkdownConverter

from nearmiss.render.plain import quoted

LEFT_OUT = ("svg", "script", "style", "template", "button", "form", "noscript")
"""What only a browser can use; each picture has its list of words beside it."""

# HTML, and what Hugo, Jekyll, Liquid and Jinja would run. Markdownify puts a backslash before the first three.
_MEANS_SOMETHING = re.compile(r"\\?([&<>])|([{}])")
_BREAKS_A_LINK = re.compile(r"[()<>\"'\\\s]")
# Themes put titles and descriptions into pages as they are, between tags and between quotes.
_INERT = str.maketrans({"<": "\u2039", ">": "\u203a", '"': "\u201d"})
# What style sheets set apart: kind, area and month of a lesson, for instance. No text of records has such an element.
_BESIDE = re.compile("</span><span")
_BLANK = re.compile(r"\n{3,}")


def to_markdown(html: str) -> str:
    """Return the body of a page as Markdown: headings, paragraphs, lists, tables, emphasis and links."""
    html = _BESIDE.sub("</span> \u00b7 <span", html)
    text = _Converter(heading_style="ATX", bullets="-", escape_misc=True, newline_style="BACKSLASH").convert(html)
    return _BLANK.sub("\n\n", str(text)).strip() + "\n"


def front_matter(values: Mapping[str, Any]) -> str:
    """Return values as YAML between two lines of dashes, as generators read it: texts, numbers, lists of texts.

    Angle brackets and straight quotes become others that look like them: hardly any theme escapes what stands here.
    """
    lines = [f"{name}: {_as_yaml(value)}" for name, value in values.items() if value not in ("", (), [], None)]
    return "\n".join(["---", *lines, "---", ""])


def _as_yaml(value: Any) -> str:
    if isinstance(value, bool | int):
        return str(value).lower()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(_as_yaml(item) for item in value)}]"
    return quoted(str(value).translate(_INERT))


class _Converter(MarkdownConverter):
    """Markdownify's, with every character escaped that could mean something to whoever reads the Markdown."""

    def escape(self, text: str, parent_tags: Any) -> str:
        """Escape text that stands in the page."""
        escaped = super().escape(text, parent_tags)  # type: ignore[misc]  # what it is told of its types leaves this out
        return _MEANS_SOMETHING.sub(lambda match: f"&#{ord(match[1] or match[2])};", escaped)

    def convert_a(self, el: Any, text: str, parent_tags: Any) -> str:
        """Write a link, in whose address nothing can end it."""
        if el.get("href"):
            el["href"] = _BREAKS_A_LINK.sub(lambda match: quote(match[0], safe=""), el["href"])
        if el.has_attr("title"):
            del el["title"]
        return str(super().convert_a(el, text, parent_tags))  # type: ignore[misc]  # as above

    def process_element(self, node: Any, parent_tags: Any = None) -> Any:
        """Leave out what only a browser can use."""
        if getattr(node, "name", None) in LEFT_OUT or "hidden" in (getattr(node, "attrs", None) or ()):
            return ""
        return super().process_element(node, parent_tags)  # type: ignore[misc]  # as above
