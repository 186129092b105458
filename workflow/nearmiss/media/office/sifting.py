"""What of a part's elements, attributes and words is kept: by rules for each kind of document, in one walk."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.media.office.markup import UNKNOWN, Node
from nearmiss.media.texts import UNSEEN_ANYWHERE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DATA = "data of a program"
SESSIONS = "marks of who wrote what at which sitting"
PATHS = "paths of files"
UNSEEN_WORDS = "words that nobody sees"

_PATH = re.compile(r"(?i)(?<![a-z])[a-z]:[\\/]|\\\\[^\\\s]+\\|file:|/users/|/home/|\bvnd\.sun\.star|macro:|javascript:")


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What goes, each with the word that says what it was, or an empty one where it tells nothing."""

    dropped: Mapping[str, str]
    """Elements that go with all that is in them."""
    unwrapped: Mapping[str, str]
    """Elements of which only what is in them stays."""
    attributes: Mapping[str, str]
    """Attributes that go, by name, or by element and name with a blank between."""
    is_worded: Callable[[str], bool]
    """Whether words in an element of this name are seen."""


def sift(root: Node, rules: Rules, noted: set[str]) -> None:
    """Take out of a part what its rules do not keep, and note in plain words what it was.

    Whatever is of a language that is not known here goes.
    """
    waiting = [root]
    while waiting:
        node = waiting.pop()
        _sift_attributes(node, rules, noted)
        node.children = _kept(node, rules, noted)
        waiting.extend(node.nodes)


def _kept(node: Node, rules: Rules, noted: set[str]) -> list[Node | str]:
    kept: list[Node | str] = []
    inner = list(reversed(node.children))
    while inner:
        child = inner.pop()
        if isinstance(child, str):
            if rules.is_worded(node.name):
                kept.append(seen_only(child, noted))
            elif child.strip():
                noted.add(UNSEEN_WORDS)
        elif child.name in rules.unwrapped:
            _note(rules.unwrapped[child.name], noted)
            inner.extend(reversed(child.children))
        elif child.name in rules.dropped or child.name.startswith(f"{UNKNOWN}:"):
            _note(rules.dropped.get(child.name, DATA), noted)
        else:
            kept.append(child)
    return kept


def _sift_attributes(node: Node, rules: Rules, noted: set[str]) -> None:
    for name in list(node.attributes):
        word = rules.attributes.get(name)
        if word is None:
            word = rules.attributes.get(f"{node.name} {name}")
        value = node.attributes[name]
        if word is None and name.startswith(f"{UNKNOWN}:"):
            word = DATA
        if word is None and name.rpartition(":")[2].startswith("rsid"):
            word = SESSIONS
        if word is None and _PATH.search(value) and not value.lower().startswith(("http://", "https://")):
            word = PATHS
        if word is None:
            node.attributes[name] = seen_only(value, noted)
        else:
            _note(word, noted)
            del node.attributes[name]


def seen_only(words: str, noted: set[str]) -> str:
    """Return words without what cannot be seen: a text can carry a mark of whose copy it is in that."""
    if words.isascii() and words.isprintable():
        return words
    seen = "".join(char for char in words if char in "\n\t" or unicodedata.category(char) not in UNSEEN_ANYWHERE)
    if seen != words:
        noted.add("characters that cannot be seen")
    return seen


def _note(word: str, noted: set[str]) -> None:
    if word:
        noted.add(word)


def leads_into_the_web(address: str) -> bool:
    """Say whether an address is one of the web that names no person in it."""
    lowered = address.lower()
    place = lowered.partition("://")[2].partition("/")[0]
    return lowered.startswith(("http://", "https://")) and "@" not in place and "/personal/" not in lowered
