"""What the kinds of Office Open XML share: drawings, charts, and ways to say one thing in two languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.cleaning import UnfitFileError
from nearmiss.media.office.markup import Node
from nearmiss.media.office.sifting import DATA, PATHS, UNSEEN_WORDS
from nearmiss.media.pictures import WHOLE, Box

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

ALT = "descriptions of pictures"
COMMENTS = "comments and who wrote them"
TRACKED = "tracked changes and who made them"
OBJECTS = "embedded objects"

DROPPED = {
    **dict.fromkeys(("a:extLst", "p:extLst", "c:extLst", "x:extLst", "xdr:extLst", "c:printSettings"), DATA),
    **dict.fromkeys(("a:videoFile", "a:audioFile", "a:wavAudioFile", "a:audioCd", "a:quickTimeFile"), OBJECTS),
    **dict.fromkeys(("c:externalData", "o:OLEObject"), OBJECTS),
    **dict.fromkeys(("c:userShapes", "c:pivotSource", "o:signatureline", "a:custClrLst"), DATA),
    **dict.fromkeys(("a:snd", "o:shapedefaults", "o:shapelayout"), ""),
}
"""Elements of drawings that go, with the word for what they were."""

ATTRIBUTES = {
    **dict.fromkeys(("descr", "title", "alt", "o:title", "o:href", "href"), ALT),
    **dict.fromkeys(("src", "o:relid", "target", "invalidUrl", "o:pict"), PATHS),
    **dict.fromkeys(("o:gfxdata", "o:button", "codeName"), DATA),
    **dict.fromkeys(
        ("mc:Ignorable", "mc:ProcessContent", "mc:MustUnderstand", "mc:PreserveAttributes", "mc:PreserveElements"), ""
    ),
    **{
        f"{element} {name}": ""
        for element in ("a:hlinkClick", "a:hlinkHover", "a:hlinkMouseOver")
        for name in ("tooltip", "action", "tgtFrame", "history", "highlightClick", "endSnd")
    },
    **dict.fromkeys(("o:spid", "xml:id", "macro", "textlink", "matchingName"), ""),
}
"""Attributes of drawings that go, with the word for what they were."""

WORDED = {
    "w:t", "w:instrText", "a:t", "m:t", "x:t", "x:v", "c:v", "c:f", "c:formatCode", "wp:align", "wp:posOffset",
    "xdr:col", "xdr:colOff", "xdr:row", "xdr:rowOff", "x:formula", "x:oddHeader", "x:oddFooter", "x:evenHeader",
    "x:evenFooter", "x:firstHeader", "x:firstFooter", "a:tableStyleId",
}  # fmt: skip
"""Elements whose words are seen, or say where something is."""

SHAPES = {"p:sp", "p:pic", "p:grpSp", "p:cxnSp", "p:graphicFrame", "xdr:sp", "xdr:pic", "xdr:grpSp", "xdr:cxnSp",
          "xdr:graphicFrame", "wps:wsp", "wpg:wgp", "wpg:grpSp", "pic:pic", "wp:inline", "wp:anchor"}  # fmt: skip
NAMED = {"wp:docPr", "pic:cNvPr", "p:cNvPr", "xdr:cNvPr", "wps:cNvPr", "wpg:cNvPr", "a:cNvPr", "c:cNvPr"}
THEMES = {"a:theme", "a:clrScheme", "a:fontScheme", "a:fmtScheme", "a:majorFont", "a:minorFont"}
_WHOLE_SIDE = 100_000


def choose(root: Node, prefixes: Mapping[str, str], known: Collection[str]) -> None:
    """Of what a part says in two languages, keep one: the newer where it is known here, else the older."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        kept: list[Node | str] = []
        inner = list(reversed(node.children))
        while inner:
            child = inner.pop()
            if not isinstance(child, Node) or child.name != "mc:AlternateContent":
                kept.append(child)
                continue
            choice = next((one for one in child.nodes if _is_known(one, prefixes, known)), None)
            if choice is not None:
                asked = {prefixes[one] for one in choice.attributes["Requires"].split()}
                choice.attributes = {"Requires": " ".join(sorted(asked))}
                child.attributes, child.children = {}, [choice]
                kept.append(child)
                waiting.append(choice)
            else:
                older = child.first("mc:Fallback")
                inner.extend(reversed(older.children if older else []))
        node.children = kept
        waiting.extend(one for one in node.nodes if one.name != "mc:AlternateContent")


def _is_known(choice: Node, prefixes: Mapping[str, str], known: Collection[str]) -> bool:
    asked = choice.attributes.get("Requires", "").split()
    return choice.name == "mc:Choice" and bool(asked) and all(prefixes.get(one, "?") in known for one in asked)


def crops(root: Node) -> Iterator[tuple[Node, Box]]:
    """Yield the pictures of which a part is cropped away, and take the frame away: what it hides is cut off."""
    for node in root.walk():
        if node.name == "v:imagedata" and any(name.startswith("crop") for name in node.attributes):
            raise UnfitFileError("office-parts")
        if not node.name.endswith("blipFill"):
            continue
        picture, frame = node.first("a:blip"), node.first("a:srcRect")
        if picture is None or frame is None:
            continue
        try:
            sides = {side: int(value) / _WHOLE_SIDE for side, value in frame.attributes.items()}
        except ValueError as error:
            raise UnfitFileError("office-parts") from error
        if any(share > 0 for share in sides.values()):
            if not set(sides) <= {"l", "t", "r", "b"} or min(sides.values()) < 0:
                raise UnfitFileError("office-parts")
            box = Box(sides.get("l", 0), sides.get("t", 0), sides.get("r", 0), sides.get("b", 0))
            if box.left + box.right >= 1 or box.top + box.bottom >= 1:
                raise UnfitFileError("office-parts")
            node.without(frame)
            yield picture, box if box != WHOLE else WHOLE


def neutralise(root: Node, noted: set[str]) -> None:
    """Give drawings, themes and sources of charts names that tell nothing, and take away drawings nobody sees."""
    for node in root.walk():
        hidden = [
            child
            for child in node.children
            if not isinstance(child, str) and child.name in SHAPES and _is_hidden(child)
        ]
        if hidden:
            noted.add(UNSEEN_WORDS)
            node.without(*hidden)
        if node.name in NAMED:
            _rename(node, f"Object {node.attributes.get('id', '1')}", noted)
        elif node.name in THEMES and "name" in node.attributes:
            _rename(node, "Theme", noted)
        elif node.name == "a:graphicData" and not node.nodes:
            # What is drawn there is of a language that is not known here: without it, something seen would be lost.
            raise UnfitFileError("office-parts")
        elif node.name == "c:f" and set(node.text()) & set("[]\\/'"):
            noted.add(PATHS)
            node.children = ["Sheet1!$A$1"]


def _rename(node: Node, name: str, noted: set[str]) -> None:
    if node.attributes.get("name") != name:
        noted.add("names of pictures and shapes")
        node.attributes["name"] = name


def _is_hidden(shape: Node) -> bool:
    for child in shape.nodes:
        for node in (child, *child.nodes):
            if node.name in NAMED and node.attributes.get("hidden") in {"1", "true"}:
                return True
    return False
