"""Tables (xlsx): values instead of formulas, and only the sheets, rows, columns and texts that one sees."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nearmiss.engine.cleaning import UnfitFileError
from nearmiss.media.office import drawings
from nearmiss.media.office.markup import Node
from nearmiss.media.office.sifting import DATA, Rules, sift

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMULAS = "formulas"
HIDDEN = "hidden sheets, rows and columns"

RULES = Rules(
    dropped={
        **drawings.DROPPED,
        "x:f": FORMULAS,
        **dict.fromkeys(("x:rPh", "x:phoneticPr", "x:selection"), ""),
        **dict.fromkeys(("x:tableStyles", "x:colors"), ""),
    },
    unwrapped={},
    attributes={
        **drawings.ATTRIBUTES,
        **dict.fromkeys(("x:hyperlink tooltip", "x:hyperlink display", "x:hyperlink location"), ""),
        **dict.fromkeys(("x:c cm", "x:c vm", "x:c ph", "x:pageSetup r:id", "x:sst count", "x:sst uniqueCount"), ""),
    },
    is_worded=drawings.WORDED.__contains__,
)

KEPT = {
    "workbook": ("workbookPr", "sheets"),
    "worksheet": (
        "sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "mergeCells",
        "conditionalFormatting", "hyperlinks", "printOptions", "pageMargins", "pageSetup", "headerFooter", "rowBreaks",
        "colBreaks", "drawing", "picture",
    ),
    "chartsheet": ("sheetPr", "sheetViews", "pageMargins", "pageSetup", "headerFooter", "drawing"),
    "styleSheet": ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs"),
    "sst": ("si",),
}  # fmt: skip
"""What is kept of each sort of part."""

_TOLD = {
    "fileSharing": "who has the file open",
    "scenarios": "comments and who wrote them",
    "legacyDrawing": "comments and who wrote them",
    "externalReferences": "paths of files",
    "definedNames": "names of ranges",
    "oleObjects": "embedded objects",
}
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_COLUMN = re.compile(r"([A-Z]{1,3})\d+")
_SHOWN = {"visible"}


class Strings:
    """The texts of cells: taken over in the order in which cells that one sees need them, and no others."""

    def __init__(self, root: Node) -> None:
        self.told = [node for node in root.nodes if node.name == "x:si"]
        self.places: dict[int, int] = {}

    def place(self, told: str) -> str:
        """Return the new place of a text; raises UnfitFileError where there is none."""
        if not told.isdecimal() or int(told) >= len(self.told):
            raise UnfitFileError("broken")
        return str(self.places.setdefault(int(told), len(self.places)))

    def kept(self) -> list[Node | str]:
        """Return the texts that were asked for."""
        return [self.told[number] for number in self.places]


def clean_sheets(sort: str, root: Node, noted: set[str], *, strings: Strings) -> None:
    """Keep of a part of a workbook what one sees of it."""
    kept = KEPT.get(root.name.removeprefix("x:"))
    if kept is not None:
        gone = [node for node in root.nodes if node.name not in {f"x:{name}" for name in kept}]
        noted.update(_TOLD[name] for name in _names(gone) if name in _TOLD)
        if set(_names(gone)) - _QUIET - set(_TOLD):
            noted.add(DATA)
        root.without(*gone)
    if sort == "officeDocument":
        _clean_workbook(root, noted)
    elif sort == "worksheet":
        _clean_worksheet(root, noted, strings)
    elif sort == "sharedStrings":
        if len(strings.places) < len(strings.told):
            noted.add("texts of no cell")
        root.children = strings.kept()
    elif sort == "styles":
        _clean_styles(root)
    sift(root, RULES, noted)


_QUIET = {"bookViews", "calcPr", "fileVersion", "tableStyles", "colors", "phoneticPr", "ignoredErrors", "extLst"}


def _names(nodes: Iterable[Node]) -> list[str]:
    return [node.name.removeprefix("x:") for node in nodes]


def _clean_workbook(root: Node, noted: set[str]) -> None:
    for node in root.nodes:
        if node.name == "x:workbookPr":
            node.attributes = {key: value for key, value in node.attributes.items() if key == "date1904"}
        if node.name == "x:sheets":
            hidden = [sheet for sheet in node.nodes if sheet.attributes.get("state", "visible") not in _SHOWN]
            if hidden:
                noted.add(HIDDEN)
            node.without(*hidden)
            if not node.nodes:
                raise UnfitFileError("office-parts")


def _clean_worksheet(root: Node, noted: set[str], strings: Strings) -> None:
    hidden = _hidden_columns(root)
    for data in (node for node in root.nodes if node.name == "x:sheetData"):
        for row in data.nodes:
            column = 0
            is_hidden = row.attributes.get("hidden") in {"1", "true"}
            for cell in row.nodes:
                column = _column(cell.attributes.get("r", "")) or column + 1
                if is_hidden or any(first <= column <= last for first, last in hidden):
                    if cell.children:
                        noted.add(HIDDEN)
                    cell.children = []
                    cell.attributes.pop("t", None)
                elif cell.attributes.get("t") == "s":
                    for value in (one for one in cell.nodes if one.name == "x:v"):
                        value.children = [strings.place(value.text().strip())]
    for node in root.walk():
        if node.name == "x:conditionalFormatting":
            node.without(*(rule for rule in node.nodes if not _is_plain(rule)))
    root.without(*(one for one in root.nodes if one.name == "x:conditionalFormatting" and not one.nodes))


def _is_plain(rule: Node) -> bool:
    """Say whether a rule for colours has no formula that leads anywhere."""
    return all(_NUMBER.fullmatch(node.text().strip()) for node in rule.walk() if node.name == "x:formula")


def _hidden_columns(root: Node) -> list[tuple[int, int]]:
    ranges = []
    for node in root.walk():
        if node.name == "x:col" and node.attributes.get("hidden") in {"1", "true"}:
            first, last = node.attributes.get("min", ""), node.attributes.get("max", "")
            if not first.isdecimal() or not last.isdecimal():
                raise UnfitFileError("broken")
            ranges.append((int(first), int(last)))
        if node.name == "x:sheetData":
            break
    return ranges


def _column(place: str) -> int:
    found = _COLUMN.fullmatch(place)
    number = 0
    for letter in found[1] if found else "":
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _clean_styles(root: Node) -> None:
    for node in root.nodes:
        if node.name == "x:cellStyles":
            node.without(*(style for style in node.nodes if "builtinId" not in style.attributes))
            node.attributes = {}
            for style in node.nodes:
                number = style.attributes["builtinId"]
                style.attributes["name"] = "Normal" if number == "0" else f"Style {number}"
    root.without(*(one for one in root.nodes if one.name == "x:cellStyles" and not one.nodes))
