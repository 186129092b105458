"""The parts of a PDF that its pages need, and what is kept of each: what is on no list here is taken out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nearmiss.media.drawings import MARKED, redrawn
from nearmiss.media.profiles import bare_profile
from nearmiss.media.torn import TornError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pikepdf import Object, Pdf

PLAIN, WORDS = "plain", "words"
"""Numbers, names and lists of them; the same and texts, where a text is seen or tells a colour."""

MAP = "*"
"""Stands for every key: the names by which the drawing of a page calls what it needs."""


def _plain(*keys: str, **more: str) -> dict[str, str]:
    return {**{f"/{key}": PLAIN for key in keys}, **{f"/{key}": kind for key, kind in more.items()}}


STREAM = _plain("Length", "Filter", DecodeParms="coding")
FONT = _plain(
    "Type", "Subtype", "BaseFont", "FirstChar", "LastChar", "Widths", "W", "W2", "DW", "DW2", "FontBBox", "FontMatrix",
    FontDescriptor="descriptor", Encoding="encoding", ToUnicode="letters", DescendantFonts="font",
    CIDSystemInfo="collection", CIDToGIDMap="data", CharProcs="glyphs", Resources="resources",
)  # fmt: skip
OF: Mapping[str, Mapping[str, str]] = {
    "page": _plain(
        "Type", "MediaBox", "CropBox", "BleedBox", "TrimBox", "ArtBox", "Rotate", "UserUnit", "Tabs",
        Resources="resources", Group="group", Annots="note",
    ),
    "resources": _plain(
        "ProcSet", ExtGState="states", ColorSpace="colours", Pattern="patterns", Shading="shadings", XObject="xobjects",
        Font="fonts", Properties="layers",
    ),
    "state": _plain(
        "Type", "LW", "LC", "LJ", "ML", "D", "RI", "OP", "op", "OPM", "FL", "SM", "SA", "BM", "AIS", "CA", "ca", "TK",
        Font="font", BG="function", BG2="function", UCR="function", UCR2="function", TR="function", TR2="function",
        SMask="mask",
    ),
    "mask": _plain("Type", "S", "BC", G="xobject", TR="function"),
    "colour": _plain("Subtype", "WhitePoint", "BlackPoint", "Gamma", "Matrix", "Range", "Components", "Solidities",
        Colorants="colours", Process="process", DotGain="functions"),
    "process": _plain("Components", ColorSpace="colour"),
    "pattern": STREAM | _plain(
        "Type", "PatternType", "PaintType", "TilingType", "BBox", "XStep", "YStep", "Matrix",
        Resources="resources", Shading="shading", ExtGState="state",
    ),
    "shading": STREAM | _plain(
        "ShadingType", "Background", "BBox", "AntiAlias", "Domain", "Coords", "Extend", "Matrix", "BitsPerCoordinate",
        "BitsPerComponent", "BitsPerFlag", "Decode", "VerticesPerRow", ColorSpace="colour", Function="function",
    ),
    "function": STREAM | _plain(
        "FunctionType", "Domain", "Range", "Size", "BitsPerSample", "Order", "Encode", "Decode", "C0", "C1", "N",
        "Bounds", Functions="function",
    ),
    "font": FONT,
    "descriptor": _plain(
        "Type", "FontName", "FontStretch", "FontWeight", "Flags", "FontBBox", "ItalicAngle", "Ascent", "Descent",
        "Leading", "CapHeight", "XHeight", "StemV", "StemH", "AvgWidth", "MaxWidth", "MissingWidth",
        FontFile="file", FontFile2="file", FontFile3="file", CIDSet="data",
    ),
    "file": STREAM | _plain("Subtype", "Length1", "Length2", "Length3"),
    "encoding": STREAM | _plain(
        "Type", "BaseEncoding", "Differences", "CMapName", "WMode", UseCMap="encoding", CIDSystemInfo="collection"
    ),
    "letters": STREAM | _plain("Type", "CMapName", "WMode", UseCMap="letters", CIDSystemInfo="collection"),
    "collection": _plain("Supplement", Registry=WORDS, Ordering=WORDS),
    "data": STREAM,
    "profile": STREAM | _plain("N", "Range", Alternate="colour"),
    "coding": _plain(
        "Predictor", "Colors", "BitsPerComponent", "Columns", "EarlyChange", "K", "EndOfLine", "EncodedByteAlign",
        "Rows", "EndOfBlock", "BlackIs1", "DamagedRowsBeforeError", "ColorTransform", JBIG2Globals="data",
    ),
    "image": STREAM | _plain(
        "Type", "Subtype", "Width", "Height", "BitsPerComponent", "Intent", "ImageMask", "Decode", "Interpolate",
        "SMaskInData", "Matte", ColorSpace="colour", Mask="xobject", SMask="xobject", OC="layer",
    ),
    "form": STREAM | _plain(
        "Type", "Subtype", "FormType", "BBox", "Matrix", Resources="resources", Group="group", OC="layer"
    ),
    "drawing": STREAM,
    "group": _plain("Type", "S", "I", "K", CS="colour"),
    "note": _plain(
        "Type", "Subtype", "Rect", "AS", "C", "IC", "CA", "Border", "L", "LE", "Vertices", "InkList", "QuadPoints",
        "F", "Q", "RD", "Name", "H", "BS", "BE", AP="looks", DA=WORDS, MK="button", Contents=WORDS, A="link", BS="edge",
        BE="edge", OC="layer",
    ),
    "looks": _plain(N="look", R="look", D="look"),
    "edge": _plain("Type", "W", "S", "D", "I"),
    "button": _plain("R", "BC", "BG", CA=WORDS),
    "link": _plain("Type", "S", URI=WORDS),
    "layer": _plain("Type", "Intent", "P", OCGs="layer", VE="layer", Name="name", Usage="usage"),
    "usage": _plain(View="shown", Print="shown", Export="shown", Zoom="shown"),
    "shown": _plain("ViewState", "PrintState", "ExportState", "min", "max"),
    "hidden": _plain(OCGs="layer", D="setting"),
    "setting": _plain("BaseState", "Intent", ON="layer", OFF="layer", AS="occasion"),
    "occasion": _plain("Event", "Category", OCGs="layer"),
    **{f"{kind}s": {MAP: kind} for kind in
       ("state", "colour", "pattern", "shading", "xobject", "font", "layer", "function")},
    "glyphs": {MAP: "drawing"},
    "faces": {MAP: "xobject"},
}  # fmt: skip
"""By part: what is kept of it, and as which part."""

DRAWN = frozenset({"form", "pattern", "drawing"})
"""Parts that hold steps by which something is drawn."""

LAYER = "Layer"
"""What every layer is called."""

PROFILE = "who made a colour profile, and when"
COLOURS = {1: "/DeviceGray", 3: "/DeviceRGB", 4: "/DeviceCMYK"}
_REMARK = re.compile(rb"%[^\r\n]*")


class Walk:
    """Goes through the parts of a paper, and finds what is on no list; where it `mends`, that is taken out."""

    def __init__(self, paper: Pdf, *, mends: bool) -> None:
        self._paper, self._mends = paper, mends
        self.found: set[str] = set()
        self._seen: set[tuple[Any, str]] = set()

    def page(self, page: Object) -> None:
        """Go through a page and what it needs."""
        parent = page.get("/Parent")
        self._part(page, "page", besides={"/Parent", "/Contents"})
        for _ in range(99):
            # What a page does not say itself, those above it say for it.
            if parent is None:
                break
            if "/Resources" in parent and "/Resources" not in page:
                self._visit(parent["/Resources"], "resources")
            parent = parent.get("/Parent")
        if "/Contents" in page:
            made, is_marked = redrawn(page)
            was = b"\n".join(each.read_bytes() for each in _streams_of(page["/Contents"]))
            self._told(MARKED, when=is_marked or (b"%" in was and made.strip() != was.strip()))
            if self._mends:
                page["/Contents"] = self._paper.make_stream(made)

    def layers(self, root: Object) -> None:
        """Go through the list of layers of a paper, without which what is hidden would be seen."""
        if "/OCProperties" in root:
            self._visit(root["/OCProperties"], "hidden")

    def _told(self, word: str, *, when: bool = True) -> None:
        if when:
            self.found.add(word)

    def _visit(self, each: Any, kind: str) -> Any:
        """Return what is kept of a value as a part; None where nothing is."""
        from pikepdf import Array, Dictionary, Name, Stream, String

        if kind in {PLAIN, WORDS}:
            return each if _is_plain(each, texts=kind == WORDS) else None
        if kind == "name":
            self._told("names of layers", when=str(each) != LAYER)
            return String(LAYER)
        if isinstance(each, Array):
            return self._list(each, kind)
        if not isinstance(each, (Dictionary, Stream)):
            return each if not isinstance(each, String) else None
        if kind == "look":
            kind = "xobject" if isinstance(each, Stream) else "faces"
        if kind == "xobject":
            kind = {"/Image": "image", "/Form": "form"}.get(str(each.get("/Subtype")), "")
        if kind == "layer" and each.get("/Type") not in {Name("/OCG"), Name("/OCMD")}:
            kind = ""
        if kind == "link" and not _leads_into_the_web(each):
            kind = ""
        if not kind:
            return None
        self._part(each, kind)
        return each

    def _list(self, each: Any, kind: str) -> Any:
        from pikepdf import Name, Stream, String

        if kind == "colour" and len(each) > 1 and each[0] == Name("/ICCBased"):
            return each if self._profile(each[1]) else _without_profile(each[1])
        for place, one in enumerate(each):
            if one is None:
                continue
            inner = kind
            if kind == "colour" and isinstance(one, (Stream, String)):
                # The last two: how one colour is made of others, and the bytes of a palette.
                inner = WORDS if isinstance(one, String) else "function" if "/FunctionType" in one else "data"
            elif kind == "colour" and not _is_plain(one, texts=False) and "/FunctionType" in _keys_of(one):
                inner = "function"
            kept = self._visit(one, inner)
            if kept is None:
                self._told("data of a program")
                kept = Name("/None") if kind == "colour" else False
            if self._mends and kept is not one:
                each[place] = kept
        return each

    def _part(self, each: Any, kind: str, besides: frozenset[str] | set[str] = frozenset()) -> None:
        from pikepdf import Stream

        mark = (each.objgen, kind)
        if each.is_indirect and mark in self._seen:
            return
        self._seen.add(mark)
        known = OF[kind]
        for key in list(each.keys()):
            if key in besides:
                continue
            inner, value = known.get(key, known.get(MAP, "")), each[key]
            kept = self._visit(value, inner) if inner else None
            if kept is None:
                self._told(TOLD.get(key, "data of a program"))
                if self._mends:
                    del each[key]
            elif self._mends and kept is not value:
                each[key] = kept
        if isinstance(each, Stream):
            self._stream(each, kind)

    def _profile(self, profile: Any) -> bool:
        """Go through a colour profile; say whether it is one."""
        self._part(profile, "profile")
        was = profile.read_bytes()
        try:
            made = bare_profile(was)
        except TornError:
            self._told(PROFILE)
            return False
        self._told(PROFILE, when=made != was)
        if self._mends and made != was:
            profile.write(made)
        return True

    def _stream(self, each: Any, kind: str) -> None:
        if kind in DRAWN:
            made, is_marked = redrawn(each)
        elif kind in {"letters", "encoding"} or (kind == "function" and each.get("/FunctionType") == 4):  # noqa: PLR2004 - a program that reckons a colour
            was = each.read_bytes()
            made = _REMARK.sub(b"", was)
            is_marked = made != was
        else:
            return
        self._told(MARKED, when=is_marked)
        if self._mends:
            each.write(made)


TOLD = {
    "/Metadata": "XMP (author, place, history)",
    "/Thumb": "a thumbnail",
    "/JS": "a program",
    "/JavaScript": "a program",
    "/AA": "an action",
    "/A": "an action",
    "/EmbeddedFiles": "attached files",
    "/AF": "attached files",
    "/Author": "author, program and times",
    "/CreationDate": "author, program and times",
    "/ModDate": "author, program and times",
    "/T": "who wrote a note, and when",
    "/M": "who wrote a note, and when",
    "/NM": "who wrote a note, and when",
}
"""What is said of some of the keys that are taken out."""


def _is_plain(each: Any, *, texts: bool) -> bool:
    from pikepdf import Array, Dictionary, Stream, String

    if isinstance(each, Array):
        return all(_is_plain(one, texts=texts) for one in each)
    return not isinstance(each, (Dictionary, Stream)) and (texts or not isinstance(each, (String, str)))


def _leads_into_the_web(action: Any) -> bool:
    return str(action.get("/S")) == "/URI" and str(action.get("/URI", "")).lower().startswith(("http://", "https://"))


def _keys_of(each: Any) -> set[str]:
    from pikepdf import Dictionary

    return set(each.keys()) if isinstance(each, Dictionary) else set()


def _without_profile(profile: Any) -> Any:
    """Return the plain colours of as many parts as a profile reckons with."""
    from pikepdf import Name

    return Name(COLOURS.get(int(profile.get("/N", 3)), "/DeviceRGB"))


def _streams_of(contents: Any) -> list[Any]:
    from pikepdf import Array

    return list(contents) if isinstance(contents, Array) else [contents]
