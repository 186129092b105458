"""The parts into which a document falls, line by line: what stands above it, its entries, and what stands below."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nearmiss.store.nodes import line_start, parse
from nearmiss.store.reviser import end_with_comments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nearmiss.store.nodes import Node


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A document in parts that, joined, are its text: every entry with its key and the comments above and inside it."""

    head: str
    entries: tuple[tuple[str, str], ...]
    tail: str

    def text(self) -> str:
        """Return the whole document again."""
        return self.head + "".join(entry for _, entry in self.entries) + self.tail

    def ordered(self, order: Sequence[str]) -> Layout:
        """Return the same parts with the entries in another order."""
        entries = dict(self.entries)
        return replace(self, entries=tuple((key, entries[key]) for key in order))

    def keys(self) -> list[str]:
        """Return the document's own keys in the order in which they stand."""
        return [key for key, _ in self.entries]

    def line_of(self, key: str) -> int:
        """Return the line, from 1, on which the part of a key begins."""
        place = self.keys().index(key)
        return (self.head + "".join(entry for _, entry in self.entries[:place])).count("\n") + 1


def lay_out(text: str, root: Node | None = None) -> Layout | None:
    """Take a document apart; None where its entries share lines, as they do inside brackets.

    A comment goes with the key below it; those above the first empty line belong to the document, and so do those that
    stand at the margin below everything.
    """
    root = root or parse(text)
    starts = [line_start(text, key.start) for key in root.keys]
    if root.flow or len(set(starts)) < len(starts):
        return None
    # A key after a question mark that has no value ends where the next one begins.
    ends = [
        min(_end_of_entry(text, node, root.column), following)
        for node, following in zip(root.items, [*starts[1:], len(text)], strict=True)
    ]
    first = _end_of_head(text, starts[0])
    bounds = [first, *ends]
    entries = tuple(
        (str(key.text), text[start:end]) for key, start, end in zip(root.keys, bounds, bounds[1:], strict=False)
    )
    return Layout(head=text[:first], entries=entries, tail=text[ends[-1] :])


def _end_of_entry(text: str, node: Node, column: int) -> int:
    return min(end_with_comments(text, node.end, column) + 1, len(text))


def _end_of_head(text: str, start: int) -> int:
    """Return where the comments begin that stand on the lines right above the first key, or where it begins itself."""
    lines = text[:start].split("\n")[:-1]
    while lines and _goes_with_key(lines[-1]):
        start -= len(lines.pop()) + 1
    return start


def _goes_with_key(line: str) -> bool:
    return line.lstrip(" ").startswith("#") and not is_modeline(line)


def is_modeline(line: str) -> bool:
    """Say whether a line tells an editor by which schema the document is to be judged."""
    return line.startswith("#") and "yaml-language-server:" in line


def in_order(keys: Sequence[str], order: Sequence[str], fixed: frozenset[str]) -> list[str]:
    """Return keys in an order, as far as those that are fixed may keep theirs; a key without a rank comes last."""
    ranks = {key: rank for rank, key in enumerate(order)}
    wanted = sorted(keys, key=lambda key: ranks.get(key, len(ranks)))
    stay = [key for key in keys if key in fixed]
    if [key for key in wanted if key in fixed] == stay:
        return wanted
    placed = stay
    for key in (key for key in wanted if key not in fixed):
        before = [place for place, other in enumerate(placed, 1) if _rank(other, ranks) <= _rank(key, ranks)]
        place = max(before, default=0)
        placed = [*placed[:place], key, *placed[place:]]
    return placed


def _rank(key: str, ranks: dict[str, int]) -> int:
    return ranks.get(key, len(ranks))
