"""Text documents (docx): changes accepted, comments, marks and data of programs gone, fields made plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.media.office import drawings
from nearmiss.media.office.drawings import COMMENTS, TRACKED
from nearmiss.media.office.fields import unlink_fields
from nearmiss.media.office.markup import Node
from nearmiss.media.office.sifting import DATA, PATHS, SESSIONS, UNSEEN_WORDS, Rules, sift

if TYPE_CHECKING:
    from collections.abc import Mapping

_CHANGES = (
    "rPrChange", "pPrChange", "sectPrChange", "tblPrChange", "tblPrExChange", "tcPrChange", "trPrChange",
    "tblGridChange", "numberingChange", "cellIns", "cellDel", "cellMerge", "del", "moveFrom", "delText", "delInstrText",
    "moveFromRangeStart", "moveFromRangeEnd", "moveToRangeStart", "moveToRangeEnd", "customXmlInsRangeStart",
    "customXmlInsRangeEnd", "customXmlDelRangeStart", "customXmlDelRangeEnd", "customXmlMoveFromRangeStart",
    "customXmlMoveFromRangeEnd", "customXmlMoveToRangeStart", "customXmlMoveToRangeEnd",
)  # fmt: skip
_COMMENTS = ("commentRangeStart", "commentRangeEnd", "commentReference", "annotationRef")
_DATA = ("sdtPr", "sdtEndPr", "customXmlPr", "smartTagPr", "control", "ffData", "fldData", "printerSettings")
_UNTOLD = ("bookmarkStart", "bookmarkEnd", "proofErr", "lastRenderedPageBreak", "latentStyles", "divId")

RULES = Rules(
    dropped={
        **drawings.DROPPED,
        **{f"w:{name}": TRACKED for name in _CHANGES},
        **{f"w:{name}": COMMENTS for name in _COMMENTS},
        **{f"w:{name}": DATA for name in _DATA},
        **{f"w:{name}": "" for name in _UNTOLD},
        **dict.fromkeys(("w:permStart", "w:permEnd"), "names of who may edit"),
        **dict.fromkeys(("w:rsid", "w:nsid", "w:tmpl"), SESSIONS),
        **dict.fromkeys(("w:tblCaption", "w:tblDescription"), drawings.ALT),
    },
    unwrapped={
        **dict.fromkeys(("w:ins", "w:moveTo"), TRACKED),
        **dict.fromkeys(("w:sdt", "w:sdtContent", "w:customXml", "w:smartTag"), ""),
    },
    attributes={
        **drawings.ATTRIBUTES,
        **dict.fromkeys(("w:author", "w:date", "w:initials"), TRACKED),
        **dict.fromkeys(("w:tooltip", "w:docLocation", "w:tgtFrame", "w:history", "w:anchor"), ""),
    },
    is_worded=drawings.WORDED.__contains__,
)

OF_THE_SETTINGS = {
    "mirrorMargins", "alignBordersAndEdges", "bordersDoNotSurroundHeader", "bordersDoNotSurroundFooter", "gutterAtTop",
    "displayBackgroundShape", "evenAndOddHeaders", "defaultTabStop", "autoHyphenation", "consecutiveHyphenLimit",
    "hyphenationZone", "doNotHyphenateCaps", "characterSpacingControl", "footnotePr", "endnotePr", "compat",
    "clrSchemeMapping", "noPunctuationKerning", "bookFoldPrinting", "themeFontLang",
}  # fmt: skip
"""What is kept of a text's settings: all that changes how it looks."""

STYLED = {
    f"w:{name}"
    for name in ("pStyle", "rStyle", "tblStyle", "basedOn", "next", "link", "numStyleLink", "styleLink")
}  # fmt: skip
_OFF = {"0", "false", "off"}


CHANGED = {"w:del", "w:moveFrom", "w:cellDel", "w:vanish"}
"""Elements without which there is nothing to accept."""


def own_styles(styles: Node) -> dict[str, str]:
    """Return for the styles that somebody made the ids that they get; their names are free words."""
    own = [node for node in styles.nodes if node.attributes.get("w:customStyle") in {"1", "true", "on"}]
    ids = (node.attributes.get("w:styleId", "") for node in own)
    return {style: f"Style{number}" for number, style in enumerate(ids, 1)}


def clean_wording(sort: str, root: Node, noted: set[str], *, styles: Mapping[str, str]) -> None:
    """Keep of a part of a text what one sees of it, once its changes are accepted."""
    if sort == "settings":
        _keep_settings(root, noted)
    sift(root, RULES, noted)
    unlink_fields(root, noted)
    for node in root.walk():
        if node.name == "w:object":
            node.name = "w:pict"
        if node.name in STYLED:
            node.attributes["w:val"] = styles.get(node.attributes.get("w:val", ""), node.attributes.get("w:val", ""))
        elif node.name == "w:style":
            _rename(node, styles, noted)
        elif node.name == "w:abstractNum":
            node.without(*(one for one in node.nodes if one.name == "w:name"))
        elif node.name == "w:tc" and [one.name for one in node.nodes[-1:]] != ["w:p"]:
            node.children.append(Node("w:p", {}))


def _keep_settings(root: Node, noted: set[str]) -> None:
    gone = [node for node in root.nodes if node.name not in {f"w:{name}" for name in OF_THE_SETTINGS}]
    if gone:
        noted.add("settings of whoever wrote it")
    if any(node.name == "w:attachedTemplate" for node in gone):
        noted.add(PATHS)
    root.without(*gone)


def _rename(style: Node, styles: Mapping[str, str], noted: set[str]) -> None:
    new = styles.get(style.attributes.get("w:styleId", "")) if "w:customStyle" in style.attributes else None
    style.without(*(one for one in style.nodes if one.name == "w:aliases"))
    if new is None:
        return
    name = style.first("w:name")
    if name is not None and name.attributes.get("w:val") != f"Style {new.removeprefix('Style')}":
        noted.add("names of styles")
        name.attributes["w:val"] = f"Style {new.removeprefix('Style')}"
    style.attributes["w:styleId"] = new


def accept(root: Node, noted: set[str]) -> None:
    """Take away what its writers deleted: words, ends of paragraphs, rows and cells; and words that they hid."""
    for node in root.walk():
        gone = [child for child in node.nodes if _is_gone(child)]
        if gone:
            noted.add(UNSEEN_WORDS if all(child.name == "w:r" for child in gone) else TRACKED)
            node.without(*gone)
        if any(child.name == "w:p" and _has_no_end(child) for child in node.nodes):
            noted.add(TRACKED)
            _join(node)
    for node in root.walk():
        node.without(*(child for child in node.nodes if child.name == "w:tbl" and not _has_rows(child)))


def _is_gone(node: Node) -> bool:
    if node.name == "w:tr":
        return _has(node, "w:trPr", "w:del")
    if node.name == "w:tc":
        return _has(node, "w:tcPr", "w:cellDel")
    if node.name == "w:r":
        format_ = node.first("w:rPr")
        hidden = format_.first("w:vanish") if format_ else None
        return hidden is not None and hidden.attributes.get("w:val", "1") not in _OFF
    return node.name in {"w:del", "w:moveFrom"} and bool(node.children)


def _has(node: Node, inner: str, *names: str) -> bool:
    found = node.first(inner)
    return found is not None and any(found.first(name) is not None for name in names)


def _has_no_end(paragraph: Node) -> bool:
    """Say whether the end of a paragraph was deleted, so that the next one goes on in it."""
    format_ = paragraph.first("w:pPr")
    return format_ is not None and _has(format_, "w:rPr", "w:del", "w:moveFrom")


def _has_rows(table: Node) -> bool:
    return any(node.name == "w:tr" for node in table.walk())


def _join(parent: Node) -> None:
    """Let paragraphs without an end go on in the next one; empty ones go."""
    joined: list[Node | str] = []
    open_: list[Node | str] = []
    last: Node | None = None
    for child in parent.children:
        if not isinstance(child, Node) or child.name != "w:p":
            if isinstance(child, Node) and open_ and last is not None:
                joined.append(Node("w:p", {}, [*(one for one in last.nodes if one.name == "w:pPr"), *open_]))
                open_ = []
            joined.append(child)
        elif _has_no_end(child):
            open_ += [one for one in child.children if not (isinstance(one, Node) and one.name == "w:pPr")]
            last = child
        else:
            head: list[Node | str] = [one for one in child.nodes if one.name == "w:pPr"]
            child.children = [*head, *open_, *(one for one in child.children if one not in head)]
            joined.append(child)
            open_ = []
    if open_ and last is not None:
        joined.append(Node("w:p", {}, [*(one for one in last.nodes if one.name == "w:pPr"), *open_]))
    parent.children = joined
