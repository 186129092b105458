"""The XML of office documents: read with bounds and without entities, and written anew in one form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

from nearmiss.engine.cleaning import UnfitFileError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_NODES = 400_000
"""Elements and attributes of a whole document: a text of a hundred pages has fewer."""

DEEPEST = 150
ENCODINGS = {"utf-8", "utf8", "utf-16", "us-ascii", "ascii"}

XML = "http://www.w3.org/XML/1998/namespace"
UNKNOWN = "?"
"""The prefix of whatever is of a language that is not known here."""


@dataclass(slots=True, eq=False)
class Node:
    """An element: its name and those of its attributes with the prefix by which a language is known here."""

    name: str
    attributes: dict[str, str]
    children: list[Node | str] = field(default_factory=list)

    @property
    def nodes(self) -> list[Node]:
        """The elements in it, without the words between them."""
        return [child for child in self.children if isinstance(child, Node)]

    def first(self, name: str) -> Node | None:
        """Return the first element of this name in it."""
        for child in self.children:
            if isinstance(child, Node) and child.name == name:
                return child
        return None

    def walk(self) -> Iterator[Node]:
        """Yield it and all elements below it, in their order."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            for child in reversed(node.children):
                if not isinstance(child, str):
                    waiting.append(child)  # noqa: PERF401 - this is the loop of all loops: a list more for each element costs a third

    def text(self) -> str:
        """Return all words in it."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)

    def without(self, *gone: Node) -> None:
        """Take elements out of it: these very ones, not those that are equal."""
        ids = {id(one) for one in gone}
        self.children = [child for child in self.children if id(child) not in ids]


@dataclass
class Budget:
    """How many elements and attributes may still be read of a document, over all its parts."""

    left: int = MOST_NODES

    def spend(self, number: int) -> None:
        """Take some; raises UnfitFileError where none are left."""
        self.left -= number
        if self.left < 0:
            raise UnfitFileError("too-large")


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """A part as it was read: its outermost element, the prefixes it used, and whether it had notes nobody sees."""

    root: Node
    prefixes: Mapping[str, str]
    names: frozenset[str]
    """The names of all elements and attributes in it, by which work is spared that it needs not."""
    has_notes: bool


def parse(content: bytes, languages: Mapping[str, str], budget: Budget) -> Parsed:
    """Read a part. `languages` gives for the name of each known language its prefix. Raises UnfitFileError.

    Declarations of a document's type are refused whole: by them small files grow, and others are read in.
    """
    reading = _Reading(languages, budget)
    try:
        reading.parser.Parse(content, True)  # noqa: FBT003 - expat takes it by place only
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise UnfitFileError("broken") from error
    if len(reading.top.nodes) != 1:
        raise UnfitFileError("broken")
    return Parsed(
        root=reading.top.nodes[0], prefixes=reading.prefixes, names=frozenset(reading.names.values()),
        has_notes=reading.has_notes,
    )  # fmt: skip


class _Reading:
    """What expat tells, made into elements."""

    def __init__(self, languages: Mapping[str, str], budget: Budget) -> None:
        self.top = Node("", {})
        self.open = [self.top]
        self.prefixes: dict[str, str] = {}
        self.has_notes = False
        self.languages = {XML: "xml", **languages}
        self.budget = budget
        self.names: dict[str, str] = {}
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._declare
        self.parser.StartDoctypeDeclHandler = _refuse
        self.parser.EntityDeclHandler = _refuse
        self.parser.ExternalEntityRefHandler = _refuse
        self.parser.StartNamespaceDeclHandler = self._prefix
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._say
        self.parser.CommentHandler = self._note
        self.parser.ProcessingInstructionHandler = self._note

    def _declare(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if (encoding or "utf-8").lower() not in ENCODINGS:
            raise UnfitFileError("broken")

    def _prefix(self, prefix: str | None, language: str | None) -> None:
        if self.prefixes.setdefault(prefix or "", language or "") != (language or ""):
            # One prefix for two languages: what a value with this prefix means could not be told.
            self.prefixes[prefix or ""] = ""

    def _named(self, told: str) -> str:
        known = self.names.get(told)
        if known is None:
            language, _, name = told.rpartition(" ")
            prefix = self.languages.get(language, UNKNOWN) if language else ""
            known = self.names[told] = f"{prefix}:{name}" if prefix else name
        return known

    def _start(self, told: str, attributes: dict[str, str]) -> None:
        self.budget.spend(1 + len(attributes))
        if len(self.open) > DEEPEST:
            raise UnfitFileError("office-parts")
        node = Node(self._named(told), {self._named(name): value for name, value in attributes.items()})
        self.open[-1].children.append(node)
        self.open.append(node)

    def _end(self, _told: str) -> None:
        self.open.pop()

    def _say(self, words: str) -> None:
        self.open[-1].children.append(words)

    def _note(self, *_told: str) -> None:
        self.has_notes = True


def _refuse(*_told: object) -> int:
    raise UnfitFileError("office-parts")


def write(root: Node, languages: Mapping[str, str], *, plain: str = "") -> bytes:
    """Return a part as bytes, always in the same form. Names of the language `plain` (a prefix) are written without."""
    places = {prefix: language for language, prefix in languages.items()}
    used: set[str] = set()
    for node in root.walk():
        used.add(_prefix_of(node.name))
        used.update(_prefix_of(name) for name in node.attributes)
        if node.name == "mc:Choice":
            used.update(node.attributes.get("Requires", "").split())
    declared = "".join(
        f' xmlns{"" if prefix == plain else f":{prefix}"}="{_quoted(places[prefix])}"'
        for prefix in sorted(used - {"", "xml"})
    )
    into = ['<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n']
    _write(root, into, declared=declared, plain=f"{plain}:" if plain else "")
    return "".join(into).encode()


def _prefix_of(name: str) -> str:
    prefix, colon, _ = name.partition(":")
    return prefix if colon else ""


def _write(node: Node, into: list[str], *, declared: str, plain: str) -> None:
    name = node.name.removeprefix(plain) if plain else node.name
    told = "".join(f' {key}="{_quoted(node.attributes[key])}"' for key in sorted(node.attributes))
    if not node.children:
        into.append(f"<{name}{declared}{told}/>")
        return
    into.append(f"<{name}{declared}{told}>")
    for child in node.children:
        if isinstance(child, str):
            into.append(_escaped(child))
        else:
            _write(child, into, declared="", plain=plain)
    into.append(f"</{name}>")


def _escaped(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _quoted(value: str) -> str:
    return _escaped(value).replace('"', "&quot;").replace("\t", "&#9;").replace("\n", "&#10;")
