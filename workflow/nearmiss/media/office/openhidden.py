"""What nobody sees in OpenDocument: words, sections, sheets, rows, columns and pages that are hidden."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from nearmiss.engine.cleaning import UnfitFileError
from nearmiss.media.office.markup import Node
from nearmiss.media.office.sifting import UNSEEN_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_HIDING = {("table:display", "false"), ("presentation:visibility", "hidden"), ("text:display", "none")}
_STYLED = {"table:table": "table:style-name", "draw:page": "draw:style-name", "text:span": "text:style-name",
           "text:p": "text:style-name", "text:h": "text:style-name"}  # fmt: skip
_OUT_OF_SIGHT = {"collapse", "filter"}
CELLS = {"table:table-cell", "table:covered-table-cell"}
MOST_COLUMNS = 16_384


def hidden_styles(roots: Iterable[Node]) -> set[str]:
    """Return the names of the styles by which something is not shown."""
    return {
        style.attributes.get("style:name", "")
        for root in roots
        for style in root.walk()
        if style.name == "style:style" and any(_HIDING & set(inner.attributes.items()) for inner in style.nodes)
    }


def drop_hidden(root: Node, styles: set[str], noted: set[str]) -> None:
    """Take away what is hidden, and empty the cells of hidden rows and columns."""
    for node in root.walk():
        gone = [child for child in node.nodes if _is_hidden(child, styles)]
        if gone:
            noted.add(UNSEEN_WORDS)
            node.without(*gone)
        if node.name == "table:table":
            _empty_hidden_cells(node, noted)


def _is_hidden(node: Node, styles: set[str]) -> bool:
    if node.name == "text:section" and node.attributes.get("text:display") in {"none", "condition"}:
        return True
    return node.attributes.get(_STYLED.get(node.name, ""), None) in styles


def _empty_hidden_cells(table: Node, noted: set[str]) -> None:
    ranges = list(_hidden_columns(table))
    for row in _of_this_table(table, "table:table-row"):
        if row.attributes.get("table:visibility") in _OUT_OF_SIGHT:
            for cell in row.nodes:
                _empty(cell, noted)
            continue
        if ranges:
            row.children = list(_shown_cells(row, ranges, noted))


def _of_this_table(table: Node, name: str) -> Iterator[Node]:
    """Yield the rows or columns of a table, also from its groups, but not of tables in its cells."""
    waiting = list(reversed(table.nodes))
    while waiting:
        node = waiting.pop()
        if node.name == name:
            yield node
        elif node.name.startswith("table:table-") and node.name not in CELLS:
            waiting.extend(reversed(node.nodes))


def _hidden_columns(table: Node) -> Iterator[tuple[int, int]]:
    at = 0
    for column in _of_this_table(table, "table:table-column"):
        number = _repeated(column)
        if column.attributes.get("table:visibility") in _OUT_OF_SIGHT:
            yield at, at + number
        at += number


def _repeated(node: Node) -> int:
    told = node.attributes.get("table:number-columns-repeated", "1")
    if not told.isdecimal() or not 0 < int(told) <= MOST_COLUMNS * 64:
        raise UnfitFileError("broken")
    return int(told)


def _shown_cells(row: Node, ranges: list[tuple[int, int]], noted: set[str]) -> Iterator[Node | str]:
    """Yield the cells of a row, those in hidden columns empty; one that stands for several is split where need be."""
    at = 0
    for cell in row.nodes:
        number = _repeated(cell)
        edges = {edge for pair in ranges for edge in pair if at < edge < at + number}
        places = sorted({at, at + number, *edges})
        for first, last in pairwise(places):
            piece = cell if len(places) == 2 else Node(cell.name, dict(cell.attributes), list(cell.children))  # noqa: PLR2004 - a beginning and an end
            if last - first > 1:
                piece.attributes["table:number-columns-repeated"] = str(last - first)
            else:
                piece.attributes.pop("table:number-columns-repeated", None)
            if any(start <= first < end for start, end in ranges):
                _empty(piece, noted)
            yield piece
        at += number


def _empty(cell: Node, noted: set[str]) -> None:
    if cell.children:
        noted.add(UNSEEN_WORDS)
    cell.children = []
    for name in [name for name in cell.attributes if name.startswith(("office:", "?:"))]:
        del cell.attributes[name]
