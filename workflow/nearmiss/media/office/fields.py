"""Fields in a text: what programs filled in stays as words, and what they filled in from the file's own data goes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from nearmiss.media.office.markup import Node

KEPT = re.compile(r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES)(?:\s+\\\*\s*[A-Za-z]+)*\s*")
"""Fields that say another thing on each page."""

OF_THE_FILE = {
    "AUTHOR", "LASTSAVEDBY", "USERNAME", "USERINITIALS", "USERADDRESS", "FILENAME", "TEMPLATE", "CREATEDATE",
    "SAVEDATE", "PRINTDATE", "EDITTIME", "REVNUM", "DOCPROPERTY", "DOCVARIABLE", "INFO", "COMMENTS", "KEYWORDS",
    "SUBJECT",
}  # fmt: skip
"""Fields that repeat what the file says of its writer; nobody typed their words."""

OWN_FIELDS = "fields with the author or the file"
LINKS = "links of fields to other data"
RESULTS = {"w:t", "w:tab", "w:br", "w:sym", "w:drawing", "w:pict"}


@dataclass
class _Field:
    instruction: str = ""
    is_result: bool = False
    marks: list[tuple[Node, Node]] = field(default_factory=list)
    results: list[tuple[Node, Node]] = field(default_factory=list)

    @property
    def sort(self) -> str:
        """The first word of what it is told to do."""
        return (self.instruction.split() or [""])[0].upper()


def unlink_fields(root: Node, noted: set[str]) -> None:
    """Leave of each field its words; only numbers of pages go on being reckoned."""
    for node in root.walk():
        if node.first("w:fldSimple") is not None:
            node.children = list(_without_simple(node, noted))
    open_: list[_Field] = []
    for run in [node for node in root.walk() if node.name == "w:r"]:
        for child in list(run.nodes):
            _read(run, child, open_, noted)
    for left in open_:
        # One without an end is broken: its marks and what it is told to do go.
        _take(left.marks)


def _without_simple(node: Node, noted: set[str]) -> list[Node | str]:
    kept: list[Node | str] = []
    inner = list(reversed(node.children))
    while inner:
        child = inner.pop()
        if not isinstance(child, Node) or child.name != "w:fldSimple":
            kept.append(child)
            continue
        instruction = child.attributes.get("w:instr", "")
        if KEPT.fullmatch(instruction):
            kept.append(child)
        elif (instruction.split() or [""])[0].upper() in OF_THE_FILE:
            noted.add(OWN_FIELDS)
        else:
            noted.add(LINKS)
            inner.extend(reversed(child.children))
    return kept


def _read(run: Node, child: Node, open_: list[_Field], noted: set[str]) -> None:
    if child.name == "w:fldChar":
        sort = child.attributes.get("w:fldCharType")
        child.attributes = {"w:fldCharType": sort or ""}
        if sort == "begin":
            open_.append(_Field())
        if not open_:
            run.without(child)
            return
        open_[-1].marks.append((run, child))
        if sort == "separate":
            open_[-1].is_result = True
        elif sort == "end":
            _close(open_.pop(), noted)
    elif child.name == "w:instrText":
        if open_ and not open_[-1].is_result:
            open_[-1].instruction += child.text()
            open_[-1].marks.append((run, child))
        else:
            run.without(child)
    elif child.name in RESULTS:
        for one in open_:
            one.results.append((run, child))


def _close(closed: _Field, noted: set[str]) -> None:
    if KEPT.fullmatch(closed.instruction):
        return
    _take(closed.marks)
    if closed.sort in OF_THE_FILE:
        noted.add(OWN_FIELDS)
        _take(closed.results)
    else:
        noted.add(LINKS)


def _take(pieces: list[tuple[Node, Node]]) -> None:
    for run, piece in pieces:
        run.without(piece)
