"""The nodes of a document with the characters they span: what an edit needs to leave all other characters alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nearmiss.store.parser import (
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    events,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nearmiss.policy.findings import Field

_BLOCK_STYLES = ("|", ">")
_NOTHING = re.compile(r"(?:[ \t\n]|#[^\n]*)*")


@dataclass(slots=True, kw_only=True)
class Node:
    """A value (or key) of a document; positions count characters, `end` is behind the last one of its own.

    `items` are the values of a mapping, in the document's order and as many as its `keys`, or the entries of a list.
    """

    start: int
    end: int
    column: int
    text: str | None = None
    block_text: bool = False
    flow: bool = False
    keys: list[Node] = field(default_factory=list)
    items: list[Node] = field(default_factory=list)
    mapping: bool = False

    @property
    def single(self) -> bool:
        """Say whether it is one value, neither mapping nor list."""
        return self.text is not None

    def child(self, step: str | int) -> int:
        """Return the place among the items of a key's value, or of a list's entry."""
        return step if isinstance(step, int) else [key.text for key in self.keys].index(step)

    def indicator_end(self, text: str, index: int) -> int:
        """Return where the colon or the dash of one of the items ends; only in block form has each item one."""
        if self.mapping:
            return next_token(text, self.keys[index].end) + 1
        return self.entry_start(text, index) + 1

    def entry_start(self, text: str, index: int) -> int:
        """Return where the key or, in block form, the dash of one of the items stands."""
        if self.mapping:
            return self.keys[index].start
        if self.flow:
            return self.items[index].start
        return next_token(text, self.items[index - 1].end) if index else self.start

    def leaves(self) -> Iterator[Node]:
        """Yield all keys and single values inside, in the order of the document."""
        if self.single:
            yield self
        for index, item in enumerate(self.items):
            if self.mapping:
                yield self.keys[index]
            yield from item.leaves()


def parse(text: str) -> Node:
    """Return the root node of a document that the strict reader has accepted."""
    document = Node(start=0, end=0, column=0)
    holders: list[Node] = [document]
    waiting: list[Node | None] = [None]
    for event in events(text.encode()):
        kind = type(event)
        if kind in {MappingEndEvent, SequenceEndEvent}:
            waiting.pop()
            node = holders.pop()
            # The parser ends what stands in block form where the next thing begins, behind comments and empty lines.
            node.end = event.end_mark.index if node.flow else node.items[-1].end
        elif kind in {ScalarEvent, MappingStartEvent, SequenceStartEvent}:
            node = _node(event, text)
            waiting[-1] = _hold(holders[-1], node, waiting[-1])
            if not node.single:
                holders.append(node)
                waiting.append(None)
    return document.items[0]


def find(root: Node, way: Field) -> Node:
    """Return the node at a field that the document has."""
    node = root
    for step in way:
        node = node.items[node.child(step)]
    return node


def next_token(text: str, position: int) -> int:
    """Return where the next character stands that is neither space nor comment."""
    match = _NOTHING.match(text, position)
    return match.end() if match else position


def line_start(text: str, position: int) -> int:
    """Return where the line of a position begins."""
    return text.rfind("\n", 0, position) + 1


def line_end(text: str, position: int) -> int:
    """Return where the line of a position ends: at its newline, or where the text does."""
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def has_comments(text: str, node: Node) -> bool:
    """Say whether a comment stands inside a node, or on the line on which it ends."""
    position = node.start
    for leaf in node.leaves():
        if "#" in text[position : leaf.start]:
            return True
        if leaf.block_text and "#" in text[leaf.start : line_end(text, leaf.start)]:
            return True
        position = leaf.end
    return "#" in text[position : line_end(text, max(position, node.end))]


def _node(event: Any, text: str) -> Node:
    start, mark = event.start_mark.index, event.start_mark
    if type(event) is not ScalarEvent:
        flow = bool(event.flow_style)
        return Node(start=start, end=start, column=mark.column, flow=flow, mapping=type(event) is MappingStartEvent)
    block = event.style in _BLOCK_STYLES
    end = _end_of_block(text, start, event.end_mark.index) if block else event.end_mark.index
    return Node(start=start, end=end, column=mark.column, text=event.value, block_text=block)


def _end_of_block(text: str, start: int, end: int) -> int:
    """Return the end of a block of text; the empty lines below belong to it only where `+` keeps them."""
    header = text[start : line_end(text, start)].partition("#")[0]
    if "+" in header:
        return end - 1 if text[end - 1] == "\n" else end
    return line_end(text, start + len(text[start:end].rstrip(" \t\n")))


def _hold(holder: Node, node: Node, key: Node | None) -> Node | None:
    """Put a node into its holder; return the key that waits for its value."""
    if holder.mapping and key is None:
        return node
    if key is not None:
        holder.keys.append(key)
    holder.items.append(node)
    return None
