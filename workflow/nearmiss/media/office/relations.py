"""Office Open XML as a table: its languages, the kinds of parts that are kept, and how each is named and led to."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.cleaning import UnfitFileError
from nearmiss.media.office.markup import Node, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
_WORD = "http://schemas.microsoft.com/office/word/2010"
_TYPE = "application/vnd.openxmlformats-officedocument"
RELATIONS = f"{_OFFICE}/relationships"

LANGUAGES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main": "x",
    "http://schemas.openxmlformats.org/presentationml/2006/main": "p",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "http://schemas.openxmlformats.org/package/2006/content-types": "ct",
    "http://schemas.openxmlformats.org/package/2006/relationships": "rel",
    RELATIONS: "r",
    f"{_OFFICE}/math": "m",
    f"{_DRAWING}/main": "a",
    f"{_DRAWING}/picture": "pic",
    f"{_DRAWING}/chart": "c",
    f"{_DRAWING}/wordprocessingDrawing": "wp",
    f"{_DRAWING}/spreadsheetDrawing": "xdr",
    f"{_WORD}/wordprocessingShape": "wps",
    f"{_WORD}/wordprocessingGroup": "wpg",
    "urn:schemas-microsoft-com:vml": "v",
    "urn:schemas-microsoft-com:office:office": "o",
    "urn:schemas-microsoft-com:office:word": "w10",
}
"""By the name of a language, the prefix under which it is known here."""

CHOSEN = {"wps", "wpg"}
"""Languages of which a part may ask that a reader knows them."""

_MAIN = {
    "docx": f"{_TYPE}.wordprocessingml.document.main+xml",
    "xlsx": f"{_TYPE}.spreadsheetml.sheet.main+xml",
    "pptx": f"{_TYPE}.presentationml.presentation.main+xml",
}

KINDS_OF_MAIN = {
    **{content_type: family for family, content_type in _MAIN.items()},
    f"{_TYPE}.wordprocessingml.template.main+xml": "docx",
    f"{_TYPE}.spreadsheetml.template.main+xml": "xlsx",
    f"{_TYPE}.presentationml.template.main+xml": "pptx",
    f"{_TYPE}.presentationml.slideshow.main+xml": "pptx",
}
"""What a document is by the type of its main part; templates and shows become plain documents."""

FOLDERS = {"docx": "word", "xlsx": "xl", "pptx": "ppt"}


@dataclass(frozen=True, kw_only=True)
class PartKind:
    """A kind of part that is kept: its new name, type and outermost element, and whether its owner must name it."""

    name: str
    content_type: str
    root: str
    is_named: bool = True


def _part(family: str, name: str, root: str, *, type_of: str = "", is_named: bool = True) -> PartKind:
    language = {"docx": "wordprocessingml", "xlsx": "spreadsheetml", "pptx": "presentationml"}[family]
    plain = re.sub(r"\{n\}|\.xml|.*/", "", name)
    return PartKind(
        name=f"{FOLDERS[family]}/{name}", content_type=f"{_TYPE}.{type_of or f'{language}.{plain}'}+xml", root=root,
        is_named=is_named,
    )  # fmt: skip


def _shared(family: str) -> dict[str, PartKind]:
    return {
        "theme": _part(family, "theme/theme{n}.xml", "a:theme", type_of="theme", is_named=False),
        "chart": _part(family, "charts/chart{n}.xml", "c:chartSpace", type_of="drawingml.chart"),
    }


PARTS: Mapping[str, Mapping[str, PartKind]] = {
    "docx": {
        "officeDocument": PartKind(name="word/document.xml", content_type=_MAIN["docx"], root="w:document"),
        "styles": _part("docx", "styles.xml", "w:styles", is_named=False),
        "numbering": _part("docx", "numbering.xml", "w:numbering", is_named=False),
        "settings": _part("docx", "settings.xml", "w:settings", is_named=False),
        "footnotes": _part("docx", "footnotes.xml", "w:footnotes", is_named=False),
        "endnotes": _part("docx", "endnotes.xml", "w:endnotes", is_named=False),
        "header": _part("docx", "header{n}.xml", "w:hdr"),
        "footer": _part("docx", "footer{n}.xml", "w:ftr"),
        **_shared("docx"),
    },
    "xlsx": {
        "officeDocument": PartKind(name="xl/workbook.xml", content_type=_MAIN["xlsx"], root="x:workbook"),
        "worksheet": _part("xlsx", "worksheets/sheet{n}.xml", "x:worksheet", type_of="spreadsheetml.worksheet"),
        "chartsheet": _part("xlsx", "chartsheets/sheet{n}.xml", "x:chartsheet", type_of="spreadsheetml.chartsheet"),
        "styles": _part("xlsx", "styles.xml", "x:styleSheet", is_named=False),
        "sharedStrings": _part("xlsx", "sharedStrings.xml", "x:sst", is_named=False),
        "drawing": _part("xlsx", "drawings/drawing{n}.xml", "xdr:wsDr", type_of="drawing"),
        **_shared("xlsx"),
    },
    "pptx": {
        "officeDocument": PartKind(name="ppt/presentation.xml", content_type=_MAIN["pptx"], root="p:presentation"),
        "slide": _part("pptx", "slides/slide{n}.xml", "p:sld"),
        "slideLayout": _part("pptx", "slideLayouts/slideLayout{n}.xml", "p:sldLayout", is_named=False),
        "slideMaster": _part("pptx", "slideMasters/slideMaster{n}.xml", "p:sldMaster", is_named=False),
        **_shared("pptx"),
    },
}
"""For each kind of document, by the sort of relation that leads to it: the parts that are kept, besides pictures."""

PICTURES = {"png": "image/png", "jpg": "image/jpeg"}

_WORDS = (
    ("docprops/thumbnail", "a thumbnail"),
    ("docprops/", "author, program and times"),
    ("comment", "comments and who wrote them"),
    ("person", "comments and who wrote them"),
    ("people", "comments and who wrote them"),
    ("printersettings", "the settings of a printer"),
    ("embeddings/", "embedded objects"),
    ("revision", "tracked changes and who made them"),
    ("externallinks", "paths of files"),
    ("notesslide", "notes of the speaker"),
)


def word_for(path: str) -> str:
    """Say in plain words what a part was that is not kept, as far as its name tells."""
    lowered = path.lower()
    return next((word for piece, word in _WORDS if piece in lowered), "data of a program")


@dataclass(frozen=True, kw_only=True)
class Relation:
    """What a part leads to: of which sort, and the path of a part or an address outside of the package."""

    sort: str
    target: str
    is_outside: bool = False


def relations_path(path: str) -> str:
    """Return where the relations of a part lie; those of the package itself are of the part without a name."""
    folder, name = posixpath.split(path)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def read_relations(root: Node, path: str) -> dict[str, Relation]:
    """Return the relations that the part of this path has, by their ids; raises UnfitFileError."""
    told: dict[str, Relation] = {}
    for node in root.nodes:
        sort, target = node.attributes.get("Type", ""), node.attributes.get("Target", "")
        sort = sort.removeprefix(f"{RELATIONS}/") if sort.startswith(f"{RELATIONS}/") else "?"
        is_outside = node.attributes.get("TargetMode") == "External"
        if not is_outside:
            target = posixpath.normpath(posixpath.join("/", posixpath.dirname(path), target)).lstrip("/")
        if node.name != "rel:Relationship" or told.get(node.attributes.get("Id", "")):
            raise UnfitFileError("broken")
        told[node.attributes.get("Id", "")] = Relation(sort=sort, target=target, is_outside=is_outside)
    return told


def write_relations(relations: Sequence[Relation], path: str) -> bytes:
    """Return the relations of a part of this (new) path, with ids by their place."""
    root = Node("rel:Relationships", {})
    for number, relation in enumerate(relations, 1):
        target = relation.target
        if not relation.is_outside:
            target = posixpath.relpath(target, posixpath.dirname(path) or ".")
        attributes = {"Id": f"rId{number}", "Type": f"{RELATIONS}/{relation.sort}", "Target": target}
        root.children.append(
            Node("rel:Relationship", attributes | ({"TargetMode": "External"} if relation.is_outside else {}))
        )
    return write(root, LANGUAGES, plain="rel")


def read_types(root: Node) -> dict[str, str]:
    """Return the types of parts by their name, and by `*.ending` where a type is that of an ending."""
    told = {}
    for node in root.nodes:
        ending, name = node.attributes.get("Extension"), node.attributes.get("PartName")
        key = name.lstrip("/") if name else f"*.{ending}"
        told[key.casefold()] = node.attributes.get("ContentType", "")
    return told


def write_types(types: Mapping[str, str], endings: Iterable[str]) -> bytes:
    """Return the list of the types of parts."""
    root = Node("ct:Types", {})
    defaults = {"rels": "application/vnd.openxmlformats-package.relationships+xml"} | {
        ending: PICTURES[ending] for ending in endings
    }
    for ending in sorted(defaults):
        root.children.append(Node("ct:Default", {"Extension": ending, "ContentType": defaults[ending]}))
    for name in sorted(types):
        root.children.append(Node("ct:Override", {"PartName": f"/{name}", "ContentType": types[name]}))
    return write(root, LANGUAGES, plain="ct")
