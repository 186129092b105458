"""Lists within lists, for readers who do not see a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterable


def nested_list(items: Iterable[tuple[int, str]]) -> Markup:
    """Return items with their depth as a `<ul>` of `<ul>`; the first depth is 0, and each next at most one deeper.

    Args:
        items: Each depth with the markup of what stands there, escaped already.
    """
    parts: list[str] = []
    open_depth = -1
    for depth, item in items:
        if depth > open_depth:
            parts.append("<ul>")
        else:
            parts.append("</li>" + "</ul></li>" * (open_depth - depth))
        parts.append(f"<li>{item}")
        open_depth = depth
    parts.append("</li></ul>" * (open_depth + 1))
    return Markup("".join(parts))  # noqa: S704 - tags of ours around items that are escaped
