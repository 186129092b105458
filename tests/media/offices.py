"""Office documents as Word, Excel, PowerPoint and LibreOffice write them, with a word planted wherever one can hide."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

from tests.media.planted import WORD, jpeg, png

SEEN = "Goods stood there"
"""What one reads in each of them, and must still be able to read."""

DAY = (2026, 11, 20, 14, 20, 32)
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_TYPE = "application/vnd.openxmlformats-officedocument"
_REL = f"{_OFFICE}/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
W = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    f'xmlns:r="{_REL}" xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" mc:Ignorable="w14"'
)
X = (
    'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    f'xmlns:r="{_REL}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:x15="http://schemas.microsoft.com/office/spreadsheetml/2010/11/main" '
    'xmlns:x15ac="http://schemas.microsoft.com/office/spreadsheetml/2010/11/ac" mc:Ignorable="x15 x15ac"'
)
P = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    f'xmlns:r="{_REL}" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)


def packed(parts: Mapping[str, str | bytes], *, comment: bytes = b"", day: tuple[int, ...] = DAY) -> bytes:
    """Return parts packed as a program does that tells the time; `mimetype` is not compressed."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as folder:
        folder.comment = comment
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, date_time=(day[0], day[1], day[2], day[3], day[4], day[5]))
            entry.create_system = 0
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            folder.writestr(entry, content)
    return into.getvalue()


def unpacked(content: bytes) -> dict[str, bytes]:
    """Return the parts of a document by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as folder:
        return {name: folder.read(name) for name in folder.namelist()}


def relations(*told: tuple[str, str, str], outside: tuple[tuple[str, str, str], ...] = ()) -> str:
    """Return relations of a part: id, sort and target of each; `outside` are those to other places."""
    lines = [f'<Relationship Id="{one}" Type="{_REL}/{sort}" Target="{target}"/>' for one, sort, target in told]
    lines += [
        f'<Relationship Id="{one}" Type="{_REL}/{sort}" Target="{target}" TargetMode="External"/>'
        for one, sort, target in outside
    ]
    return f'{HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{"".join(lines)}</Relationships>'


def types(**parts: str) -> str:
    """Return the list of types: `word__document` stands for word/document.xml."""
    lines = [
        f'<Override PartName="/{name.replace("__", "/")}.xml" ContentType="{_TYPE}.{kind}+xml"/>'
        for name, kind in parts.items()
    ]
    defaults = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    defaults += '<Default Extension="xml" ContentType="application/xml"/>'
    defaults += '<Default Extension="png" ContentType="image/png"/><Default Extension="jpeg" ContentType="image/jpeg"/>'
    return f'{HEAD}<Types xmlns="{_PACKAGE}/content-types">{defaults}{"".join(lines)}</Types>'


def _properties() -> dict[str, str | bytes]:
    core = (
        f'{HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>{WORD}</dc:creator>'
        f"<cp:lastModifiedBy>{WORD}</cp:lastModifiedBy></cp:coreProperties>"
    )
    app = f'{HEAD}<Properties xmlns="{_OFFICE}/extended-properties"><Company>{WORD}</Company></Properties>'
    own = f'{HEAD}<Properties xmlns="{_OFFICE}/custom-properties"><property name="{WORD}"/></Properties>'
    return {
        "docProps/core.xml": core, "docProps/app.xml": app, "docProps/custom.xml": own,
        "docProps/thumbnail.jpeg": jpeg(), "customXml/item1.xml": f"<who>{WORD}</who>",
    }  # fmt: skip


def _root(main: str) -> str:
    return (
        relations(("rId1", "officeDocument", main), ("rId2", "extended-properties", "docProps/app.xml"))
        .replace("</Relationships>", f'<Relationship Id="rId3" Type="{_PACKAGE}/relationships/metadata/core-properties"'
                 f' Target="docProps/core.xml"/><Relationship Id="rId4" '
                 f'Type="{_PACKAGE}/relationships/metadata/thumbnail"'
                 ' Target="docProps/thumbnail.jpeg"/></Relationships>')
    )  # fmt: skip


def drawing(relation: str, crop: str = "") -> str:
    """Return a picture in a text, with its name, its description and a link to where it came from."""
    return (
        '<w:drawing><wp:inline><wp:extent cx="600000" cy="450000"/>'
        f'<wp:docPr id="1" name="{WORD}.jpg" descr="C:\\Users\\{WORD}\\a.jpg" title="{WORD}">'
        '<a:hlinkClick r:id="rIdFile"/></wp:docPr>'
        '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic>'
        f'<pic:nvPicPr><pic:cNvPr id="2" name="{WORD}"/><pic:cNvPicPr/></pic:nvPicPr>'
        f'<pic:blipFill><a:blip r:embed="{relation}" r:link="rIdFile"><a:extLst><a:ext uri="{WORD}"/></a:extLst>'
        f"</a:blip>"
        f"{crop}<a:stretch><a:fillRect/></a:stretch></pic:blipFill>"
        '<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="600000" cy="450000"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing>"
    )


def _field(instruction: str, result: str) -> str:
    return (
        f'<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> {instruction} '
        f'</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>{result}</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


OWN_PATH = f"C:\\\\Users\\\\{WORD}\\\\a.txt"
CHANGED = f'w:id="9" w:author="{WORD}" w:date="2026-11-20T14:20:33Z" w:initials="{WORD}"'
TEXTS = {
    "seen": f'<w:p w:rsidR="00AB12CD" w14:paraId="1A2B3C4D"><w:r><w:t>{SEEN}</w:t></w:r></w:p>',
    "inserted": f"<w:p><w:ins {CHANGED}><w:r><w:t>Put in</w:t></w:r></w:ins></w:p>",
    "deleted": f"<w:p><w:del {CHANGED}><w:r><w:delText>{WORD}</w:delText></w:r></w:del></w:p>",
    "joined": f"<w:p><w:pPr><w:rPr><w:del {CHANGED}/></w:rPr></w:pPr><w:r><w:t xml:space='preserve'>One </w:t>"
    f"</w:r></w:p>"
    "<w:p><w:r><w:t>and two</w:t></w:r></w:p>",
    "changed": f'<w:p><w:pPr><w:pStyle w:val="{WORD}"/><w:pPrChange {CHANGED}><w:pPr/></w:pPrChange></w:pPr>'
    f"<w:r><w:rPr><w:b/><w:rPrChange {CHANGED}><w:rPr/></w:rPrChange></w:rPr><w:t>Bold</w:t></w:r></w:p>",
    "moved": f"<w:p><w:moveFrom {CHANGED}><w:r><w:t>{WORD}</w:t></w:r></w:moveFrom>"
    f"<w:moveTo {CHANGED}><w:r><w:t>Moved</w:t></w:r></w:moveTo></w:p>",
    "comment": '<w:p><w:commentRangeStart w:id="0"/><w:r><w:t>Spoken of</w:t></w:r><w:commentRangeEnd w:id="0"/>'
    '<w:r><w:commentReference w:id="0"/></w:r></w:p>',
    "hidden": f"<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>{WORD}</w:t></w:r></w:p>",
    "bookmark": f'<w:p><w:bookmarkStart w:id="3" w:name="{WORD}"/><w:r><w:t>Marked</w:t></w:r>'
    '<w:bookmarkEnd w:id="3"/></w:p>',
    "control": f'<w:sdt><w:sdtPr><w:alias w:val="{WORD}"/><w:tag w:val="{WORD}"/></w:sdtPr><w:sdtContent>'
    "<w:p><w:r><w:t>Chosen</w:t></w:r></w:p></w:sdtContent></w:sdt>",
    "author": f"<w:p>{_field('AUTHOR', WORD)}<w:fldSimple w:instr='FILENAME'><w:r><w:t>{WORD}</w:t></w:r>"
    "</w:fldSimple></w:p>",
    "include": f"<w:p>{_field('INCLUDETEXT &quot;' + OWN_PATH + '&quot;', 'Taken in')}</w:p>",
    "page": f"<w:p>{_field('PAGE', '1')}</w:p>",
    "links": f'<w:p><w:hyperlink r:id="rIdWeb" w:tooltip="{WORD}"><w:r><w:t>web</w:t></w:r></w:hyperlink>'
    '<w:hyperlink r:id="rIdFile"><w:r><w:t> file</w:t></w:r></w:hyperlink>'
    f'<w:hyperlink w:anchor="{WORD}"><w:r><w:t> mark</w:t></w:r></w:hyperlink></w:p>',
    "permission": f'<w:p><w:permStart w:id="4" w:ed="{WORD}@example.org"/><w:r><w:t>Guarded</w:t></w:r>'
    '<w:permEnd w:id="4"/></w:p>',
    "row": "<w:tbl><w:tblPr/><w:tblGrid><w:gridCol/></w:tblGrid><w:tr><w:tc><w:p><w:r><w:t>Cell</w:t></w:r>"
    "</w:p></w:tc>"
    f"</w:tr><w:tr><w:trPr><w:del {CHANGED}/></w:trPr><w:tc><w:p><w:r><w:t>{WORD}</w:t></w:r></w:p></w:tc>"
    f"</w:tr></w:tbl>",
    "picture": f"<w:p><w:r>{drawing('rIdPicture')}</w:r></w:p>",
    "two ways": '<w:p><w:r><mc:AlternateContent><mc:Choice Requires="w14"><w:t>new</w:t></mc:Choice><mc:Fallback>'
    f"<w:t>old way</w:t></mc:Fallback></mc:AlternateContent></w:r><!-- {WORD} --><?who {WORD}?></w:p>",
    "object": f'<w:p><w:r><w:object><v:shape id="s1" alt="{WORD}" style="width:50pt;height:40pt"><v:imagedata '
    f'r:id="rIdPicture" o:title="{WORD}"/></v:shape><o:OLEObject ProgID="{WORD}" r:id="rIdObject"/></w:object>'
    f"</w:r></w:p>",
    "loose": f"<w:p>{WORD}<w:r><w:t>Tied</w:t></w:r></w:p>",
}
"""Paragraphs of a text, by what is planted in each."""

OF_THE_TEXT = (
    SEEN, "Put in", "One and two", "Bold", "Moved", "Spoken of", "Marked", "Chosen", "Taken in", "web file mark",
    "Guarded", "Cell", "old way", "Tied",
)  # fmt: skip
"""What one reads in the text, in its order."""


def docx(**more: str | bytes) -> bytes:
    """Return a text as Word writes it; `more` are parts that replace those of it, or come besides."""
    body = "".join(TEXTS.values())
    section = '<w:sectPr><w:headerReference w:type="default" r:id="rIdHeader"/></w:sectPr>'
    settings = (
        f'{HEAD}<w:settings {W}><w:attachedTemplate r:id="rId1"/><w:rsids><w:rsid w:val="00AB12CD"/></w:rsids>'
        f'<w:docVars><w:docVar w:name="who" w:val="{WORD}"/></w:docVars><w:defaultTabStop w:val="708"/></w:settings>'
    )
    styles = (
        f'{HEAD}<w:styles {W}><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name '
        f'w:val="Normal"/></w:style>'
        f'<w:style w:type="paragraph" w:customStyle="1" w:styleId="{WORD}"><w:name w:val="{WORD}"/><w:basedOn '
        f'w:val="Normal"/>'
        f'<w:rsid w:val="00AB12CD"/></w:style></w:styles>'
    )
    comments = (
        f"{HEAD}<w:comments {W}><w:comment {CHANGED}><w:p><w:r><w:t>{WORD}</w:t></w:r></w:p></w:comment></w:comments>"
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": types(
            word__document="wordprocessingml.document.main", word__styles="wordprocessingml.styles",
            word__settings="wordprocessingml.settings", word__comments="wordprocessingml.comments",
            word__header1="wordprocessingml.header",
        ),
        "_rels/.rels": _root("word/document.xml"),
        "word/document.xml": f"{HEAD}<w:document {W}><w:body>{body}{section}</w:body></w:document>",
        "word/_rels/document.xml.rels": relations(
            ("rId1", "styles", "styles.xml"), ("rId2", "settings", "settings.xml"),
            ("rId3", "comments", "comments.xml"),
            ("rIdPicture", "image", f"media/{WORD}.jpeg"), ("rIdHeader", "header", "header1.xml"),
            ("rIdObject", "oleObject", "embeddings/oleObject1.bin"), ("rId9", "customXml", "../customXml/item1.xml"),
            outside=(
                ("rIdWeb", "hyperlink", "https://example.org/dock"), ("rIdFile", "image", f"file:///C:/Users/{WORD}/a.jpg"),
            ),
        ),
        "word/header1.xml": f"{HEAD}<w:hdr {W}><w:p><w:r><w:t>Page head</w:t></w:r></w:p></w:hdr>",
        "word/settings.xml": settings,
        "word/_rels/settings.xml.rels": relations(outside=(("rId1", "attachedTemplate", f"\\\\srv\\{WORD}\\n.dotx"),)),
        "word/styles.xml": styles,
        "word/comments.xml": comments,
        "word/people.xml": f"<who>{WORD}</who>",
        "word/embeddings/oleObject1.bin": WORD,
        f"word/media/{WORD}.jpeg": jpeg(),
        **_properties(),
    }  # fmt: skip
    return packed(parts | more, comment=WORD.encode())


def xlsx() -> bytes:
    """Return a table as Excel writes it: a hidden sheet, row and column, formulas, and comments."""
    sheet = (
        f'{HEAD}<worksheet {X}><sheetPr codeName="{WORD}"/><cols><col min="3" max="3" width="9" hidden="1"/>'
        f"</cols><sheetData>"
        '<row r="1"><c r="A1" t="s"><v>1</v></c><c r="B1"><f>[1]Own!A1</f><v>42</v></c><c r="C1" t="s"><v>0</v>'
        "</c></row>"
        '<row r="2" hidden="1"><c r="A2" t="s"><v>0</v></c></row>'
        f'<row r="3"><c r="A3" t="inlineStr"><is><t>web</t></is></c></row></sheetData>'
        f'<protectedRanges><protectedRange name="{WORD}" sqref="A1"/></protectedRanges>'
        f'<scenarios><scenario name="{WORD}" user="{WORD}"/></scenarios>'
        f'<dataValidations count="1"><dataValidation prompt="{WORD}" sqref="A1"/></dataValidations>'
        f'<hyperlinks><hyperlink ref="A3" r:id="rIdWeb" tooltip="{WORD}"/><hyperlink ref="A1" r:id="rIdFile"/>'
        f"</hyperlinks>"
        '<pageSetup r:id="rIdPrinter"/><drawing r:id="rIdDrawing"/><legacyDrawing r:id="rIdNotes"/></worksheet>'
    )
    book = (
        f'{HEAD}<workbook {X}><fileSharing userName="{WORD}"/><mc:AlternateContent><mc:Choice Requires="x15">'
        f'<x15ac:absPath url="C:\\Users\\{WORD}\\"/></mc:Choice></mc:AlternateContent><workbookPr codeName="{WORD}"/>'
        '<sheets><sheet name="Dock" sheetId="1" r:id="rId1"/><sheet name="Own" sheetId="2" state="hidden" '
        'r:id="rId2"/></sheets>'
        f'<definedNames><definedName name="{WORD}">Own!$A$1</definedName></definedNames></workbook>'
    )
    place = "<xdr:col>4</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>4</xdr:row><xdr:rowOff>0</xdr:rowOff>"
    drawing_ = (
        f'{HEAD}<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
        f'xmlns:r="{_REL}" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><xdr:oneCellAnchor>'
        f'<xdr:from>{place}</xdr:from><xdr:ext cx="600000" cy="450000"/><xdr:pic><xdr:nvPicPr><xdr:cNvPr id="2" '
        f'name="{WORD}.png" descr="{WORD}"/><xdr:cNvPicPr/></xdr:nvPicPr><xdr:blipFill><a:blip r:embed="rId1"/>'
        f"<a:stretch>"
        '<a:fillRect/></a:stretch></xdr:blipFill><xdr:spPr><a:prstGeom prst="rect"/></xdr:spPr></xdr:pic>'
        "<xdr:clientData/>"
        "</xdr:oneCellAnchor></xdr:wsDr>"
    )
    strings = (
        f'{HEAD}<sst {X} count="2" uniqueCount="3"><si><t>{WORD}</t></si><si><t>{SEEN}</t></si>'
        f"<si><t>{WORD}</t></si></sst>"
    )
    own = f'{HEAD}<worksheet {X}><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData></worksheet>'
    styles = (
        f'{HEAD}<styleSheet {X}><fonts count="1"><font><name val="Arial"/></font></fonts><fills count="1">'
        f"<fill/></fills>"
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="1">'
        '<xf xfId="0"/>'
        f'</cellXfs><cellStyles count="2"><cellStyle name="Normal" xfId="0" builtinId="0"/><cellStyle '
        f'name="{WORD}" xfId="0"/>'
        "</cellStyles></styleSheet>"
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": types(
            xl__workbook="spreadsheetml.sheet.main", xl__worksheets__sheet1="spreadsheetml.worksheet",
            xl__worksheets__sheet2="spreadsheetml.worksheet", xl__sharedStrings="spreadsheetml.sharedStrings",
            xl__styles="spreadsheetml.styles", xl__drawings__drawing1="drawing", xl__comments1="spreadsheetml.comments",
        ),
        "_rels/.rels": _root("xl/workbook.xml"),
        "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": relations(
            ("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "worksheet", "worksheets/sheet2.xml"),
            ("rId3", "sharedStrings", "sharedStrings.xml"), ("rId4", "styles", "styles.xml"),
            ("rId5", "externalLink", "externalLinks/externalLink1.xml"),
        ),
        "xl/worksheets/sheet1.xml": sheet,
        "xl/worksheets/_rels/sheet1.xml.rels": relations(
            ("rIdPrinter", "printerSettings", "../printerSettings/printerSettings1.bin"),
            ("rIdDrawing", "drawing", "../drawings/drawing1.xml"), ("rIdNotes", "vmlDrawing", "../drawings/vml1.vml"),
            ("rIdComments", "comments", "../comments1.xml"),
            outside=(("rIdWeb", "hyperlink", "https://example.org/dock"), ("rIdFile", "hyperlink", f"file:///{WORD}/a.xlsx")),
        ),
        "xl/worksheets/sheet2.xml": own,
        "xl/sharedStrings.xml": strings,
        "xl/styles.xml": styles,
        "xl/drawings/drawing1.xml": drawing_,
        "xl/drawings/_rels/drawing1.xml.rels": relations(("rId1", "image", f"../media/{WORD}.png")),
        "xl/drawings/vml1.vml": f"<xml>{WORD}</xml>",
        f"xl/media/{WORD}.png": png(),
        "xl/comments1.xml": f"{HEAD}<comments {X}><authors><author>{WORD}</author></authors></comments>",
        "xl/persons/person.xml": f"<who>{WORD}</who>",
        "xl/externalLinks/externalLink1.xml": f"<who>{WORD}</who>",
        "xl/printerSettings/printerSettings1.bin": WORD.encode("utf-16-le"),
        "xl/revisions/userNames.xml": f"<who>{WORD}</who>",
        **_properties(),
    }  # fmt: skip
    return packed(parts)


def _tree(shapes: str) -> str:
    return (
        '<p:cSld name="'
        + WORD
        + '"><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr>'
        f"<p:grpSpPr/>{shapes}</p:spTree></p:cSld>"
    )


def _box(text: str, *, hidden: str = "") -> str:
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="5" name="{WORD}" descr="{WORD}"{hidden}/><p:cNvSpPr/><p:nvPr/></p:nvSpPr>'
        f"<p:spPr><a:xfrm>"
        '<a:off x="100000" y="100000"/><a:ext cx="5000000" cy="900000"/></a:xfrm><a:prstGeom prst="rect">'
        "<a:avLst/></a:prstGeom>"
        f"</p:spPr><p:txBody><a:bodyPr/><a:p>{text}</a:p></p:txBody></p:sp>"
    )


def pptx() -> bytes:
    """Return slides as PowerPoint writes them: a hidden one, notes, comments, and a hidden shape."""
    picture = (
        f'<p:pic><p:nvPicPr><p:cNvPr id="7" name="{WORD}" descr="C:\\Users\\{WORD}\\a.png"/><p:cNvPicPr/>'
        f"<p:nvPr/></p:nvPicPr>"
        '<p:blipFill><a:blip r:embed="rIdPicture"/><a:stretch><a:fillRect/></a:stretch></p:blipFill><p:spPr><a:xfrm>'
        '<a:off x="0" y="0"/><a:ext cx="600000" cy="450000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/>'
        "</a:prstGeom></p:spPr>"
        "</p:pic>"
    )
    date = '<a:fld id="{11111111-2222-3333-4444-555555555555}" type="datetime1"><a:t>Friday</a:t></a:fld>'
    hidden = _box(f"<a:r><a:t>{WORD}</a:t></a:r>", hidden=' hidden="1"')
    shapes = _box(f"<a:r><a:t>{SEEN}</a:t></a:r>{date}") + hidden + picture
    slide = (
        f"{HEAD}<p:sld {P}>{_tree(shapes)}"
        f'<p:timing><p:tnLst/></p:timing><p:extLst><p:ext uri="{WORD}"/></p:extLst></p:sld>'
    )
    theme = (
        f'{HEAD}<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" name="{WORD}">'
        f'<a:themeElements>'
        f'<a:clrScheme name="{WORD}">'
        + "".join(f'<a:{name}><a:srgbClr val="336699"/></a:{name}>' for name in (
            "dk1", "lt1", "dk2", "lt2", "accent1", "accent2", "accent3", "accent4", "accent5", "accent6",
            "hlink", "folHlink"))
        + f'</a:clrScheme><a:fontScheme name="{WORD}"><a:majorFont><a:latin typeface="Arial"/></a:majorFont>'
        f'<a:minorFont>'
        f'<a:latin typeface="Arial"/></a:minorFont></a:fontScheme><a:fmtScheme name="{WORD}"/></a:themeElements>'
        f'</a:theme>'
    )  # fmt: skip
    presentation = (
        f'{HEAD}<p:presentation {P}><p:sldMasterIdLst><p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst>'
        '<p:sldIdLst><p:sldId id="256" r:id="rId2"/><p:sldId id="257" r:id="rId3"/></p:sldIdLst><p:sldSz '
        'cx="9144000" cy="6858000"/>'
        f'<p:notesSz cx="6858000" cy="9144000"/><p:custShowLst><p:custShow name="{WORD}" id="0"/>'
        f"</p:custShowLst></p:presentation>"
    )
    colours = " ".join(
        f'{name}="{name}"'
        for name in ("accent1", "accent2", "accent3", "accent4", "accent5", "accent6", "hlink", "folHlink")
    )
    master = (
        f'{HEAD}<p:sldMaster {P}>{_tree("")}<p:clrMap bg1="lt1" tx1="dk1" bg2="lt2" tx2="dk2" {colours}/>'
        '<p:sldLayoutIdLst><p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst></p:sldMaster>'
    )
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": types(
            ppt__presentation="presentationml.presentation.main", ppt__slides__slide1="presentationml.slide",
            ppt__slides__slide2="presentationml.slide", ppt__slideMasters__slideMaster1="presentationml.slideMaster",
            ppt__slideLayouts__slideLayout1="presentationml.slideLayout", ppt__theme__theme1="theme",
            ppt__notesSlides__notesSlide1="presentationml.notesSlide",
        ),
        "_rels/.rels": _root("ppt/presentation.xml"),
        "ppt/presentation.xml": presentation,
        "ppt/_rels/presentation.xml.rels": relations(
            ("rId1", "slideMaster", "slideMasters/slideMaster1.xml"), ("rId2", "slide", "slides/slide1.xml"),
            ("rId3", "slide", "slides/slide2.xml"), ("rId4", "commentAuthors", "commentAuthors.xml"),
        ),
        "ppt/slides/slide1.xml": slide,
        "ppt/slides/_rels/slide1.xml.rels": relations(
            ("rId1", "slideLayout", "../slideLayouts/slideLayout1.xml"),
            ("rIdPicture", "image", f"../media/{WORD}.png"),
            ("rIdNotes", "notesSlide", "../notesSlides/notesSlide1.xml"),
            ("rIdComments", "comments", "../comments/comment1.xml"),
        ),
        "ppt/slides/slide2.xml": f'{HEAD}<p:sld {P} show="0">{_tree(_box(f"<a:r><a:t>{WORD}</a:t></a:r>"))}</p:sld>',
        "ppt/slides/_rels/slide2.xml.rels": relations(("rId1", "slideLayout", "../slideLayouts/slideLayout1.xml")),
        "ppt/slideLayouts/slideLayout1.xml": f"{HEAD}<p:sldLayout {P}>{_tree('')}</p:sldLayout>",
        "ppt/slideLayouts/_rels/slideLayout1.xml.rels": relations(
            ("rId1", "slideMaster", "../slideMasters/slideMaster1.xml")
        ),
        "ppt/slideMasters/slideMaster1.xml": master,
        "ppt/slideMasters/_rels/slideMaster1.xml.rels": relations(
            ("rId1", "slideLayout", "../slideLayouts/slideLayout1.xml"), ("rId2", "theme", "../theme/theme1.xml")
        ),
        "ppt/theme/theme1.xml": theme,
        "ppt/notesSlides/notesSlide1.xml": f"<who>{WORD}</who>",
        "ppt/comments/comment1.xml": f"<who>{WORD}</who>",
        "ppt/commentAuthors.xml": f"<who>{WORD}</who>",
        f"ppt/media/{WORD}.png": png(),
        **_properties(),
    }  # fmt: skip
    return packed(parts)


_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
ODF = (
    " ".join(
        f'xmlns:{name}="{_OASIS}:{language}:1.0"'
        for name, language in {
            "office": "office",
            "style": "style",
            "text": "text",
            "table": "table",
            "draw": "drawing",
            "form": "form",
            "svg": "svg-compatible",
            "fo": "xsl-fo-compatible",
            "script": "script",
            "meta": "meta",
            "presentation": "presentation",
            "manifest": "manifest",
        }.items()
    )
    + ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    + ' office:version="1.3"'
)

CREATOR = f"<dc:creator>{WORD}</dc:creator><dc:date>2026-11-20T14:20:33</dc:date>"
IMAGE = (
    f'<draw:frame draw:name="{WORD}" svg:width="2cm" svg:height="1.5cm" draw:z-index="0"><draw:image '
    f'xlink:href="Pictures/{WORD}.png" xlink:type="simple"/><svg:desc>{WORD}</svg:desc></draw:frame>'
)
_BODIES = {
    "text": f'<text:tracked-changes><text:changed-region xml:id="ct1" text:id="ct1"><text:deletion>'
    f'<office:change-info>{CREATOR}'
    f"</office:change-info><text:p>{WORD}</text:p></text:deletion></text:changed-region></text:tracked-changes>"
    f'<text:user-field-decls><text:user-field-decl text:name="{WORD}"/></text:user-field-decls>'
    f'<text:p text:style-name="P1">{SEEN}<text:change text:change-id="ct1"/>'
    f'<office:annotation>{CREATOR}<text:p>{WORD}</text:p>'
    f'</office:annotation><text:bookmark text:name="{WORD}"/></text:p>'
    f'<text:p><text:author-name>{WORD}</text:author-name><text:span text:style-name="T1">{WORD}</text:span>'
    f'<text:a xlink:href="file:///home/{WORD}/a.odt" office:title="{WORD}">file</text:a> '
    f'<text:a xlink:href="https://example.org/dock">web</text:a></text:p><text:p>{IMAGE}</text:p>'
    f'<text:section text:name="{WORD}" text:display="none"><text:p>{WORD}</text:p></text:section>'
    f'<text:list xml:id="list4711" text:style-name="L1"><text:list-item><text:p>Point</text:p></text:list-item>'
    f'</text:list>',
    "spreadsheet": '<table:table table:name="Dock"><table:table-column/><table:table-column '
    'table:visibility="collapse"/>'
    f'<table:table-column/><table:table-row><table:table-cell office:value-type="string">'
    f'<office:annotation>{CREATOR}<text:p>{WORD}'
    f'</text:p></office:annotation><text:p>{SEEN}</text:p></table:table-cell><table:table-cell '
    f'table:number-columns-repeated="2" '
    f'office:value-type="string" office:string-value="{WORD}"><text:p>in two columns</text:p></table:table-cell>'
    f'</table:table-row>'
    f'<table:table-row table:visibility="collapse"><table:table-cell office:value-type="string"><text:p>{WORD}</text:p>'
    '</table:table-cell></table:table-row><table:table-row><table:table-cell office:value-type="float" '
    'office:value="42" '
    f'table:formula="of:=[\'file:///home/{WORD}/b.ods\'#$Own.A1]"><text:p>42</text:p></table:table-cell>'
    f'</table:table-row>'
    f'<table:shapes>{IMAGE}</table:shapes></table:table><table:table table:name="{WORD}" table:style-name="ta1">'
    f'<table:table-column/>'
    f'<table:table-row><table:table-cell><text:p>{WORD}</text:p></table:table-cell></table:table-row></table:table>'
    f'<table:named-expressions><table:named-range table:name="{WORD}"/></table:named-expressions>',
    "presentation": f'<draw:page draw:name="{WORD}" draw:master-page-name="Default"><draw:frame svg:width="9cm" '
    f'svg:height="3cm" '
    f'svg:x="1cm" svg:y="1cm"><draw:text-box><text:p>{SEEN}</text:p></draw:text-box>'
    f'</draw:frame>{IMAGE}<office:annotation>{CREATOR}'
    f'</office:annotation><presentation:notes><draw:frame><draw:text-box><text:p>{WORD}</text:p></draw:text-box>'
    f'</draw:frame>'
    f'</presentation:notes></draw:page><draw:page draw:style-name="dp1" draw:master-page-name="Default">'
    f'<draw:frame><draw:text-box>'
    f'<text:p>{WORD}</text:p></draw:text-box></draw:frame></draw:page><presentation:settings><presentation:show '
    f'presentation:name="{WORD}"/></presentation:settings>',
}  # fmt: skip
_HIDING = (
    '<style:style style:name="T1" style:family="text"><style:text-properties text:display="none"/></style:style>'
    '<style:style style:name="ta1" style:family="table"><style:table-properties table:display="false"/></style:style>'
    '<style:style style:name="dp1" style:family="drawing-page"><style:drawing-page-properties '
    'presentation:visibility="hidden"/>'
    "</style:style>"
)


def open_document(kind: str) -> bytes:
    """Return a document as LibreOffice writes it: a text, a spreadsheet or a presentation."""
    media = f"application/vnd.oasis.opendocument.{kind}"
    names = (
        "content.xml",
        "styles.xml",
        "meta.xml",
        "settings.xml",
        f"Pictures/{WORD}.png",
        "Thumbnails/thumbnail.png",
    )
    entries = "".join(f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type=""/>' for name in names)
    parts: dict[str, str | bytes] = {
        "mimetype": media,
        "content.xml": f"{HEAD}<!-- {WORD} --><office:document-content {ODF}><office:scripts/>"
        f"<office:automatic-styles>{_HIDING}"
        f"</office:automatic-styles><office:body><office:{kind}>{_BODIES[kind]}</office:{kind}></office:body>"
        "</office:document-content>",
        "styles.xml": f'{HEAD}<office:document-styles {ODF}><office:styles/><office:automatic-styles>'
        f'<style:page-layout '
        'style:name="pm1"/></office:automatic-styles><office:master-styles><style:master-page style:name="Default" '
        f'style:page-layout-name="pm1"/></office:master-styles></office:document-styles>',
        "meta.xml": f"{HEAD}<office:document-meta {ODF}><office:meta>"
        f"<meta:initial-creator>{WORD}</meta:initial-creator>{CREATOR}"
        "</office:meta></office:document-meta>",
        "settings.xml": f"{HEAD}<office:document-settings {ODF}><office:settings>{WORD}</office:settings>"
        f"</office:document-settings>",
        f"Pictures/{WORD}.png": png(),
        "Thumbnails/thumbnail.png": png(),
        "Configurations2/statusbar/own.xml": f"<who>{WORD}</who>",
        "META-INF/manifest.xml": f'{HEAD}<manifest:manifest {ODF.replace("office:version", "manifest:version")}>'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{media}"/>{entries}</manifest:manifest>',
    }  # fmt: skip
    return packed(parts)


TELLING: dict[str, Callable[[], bytes]] = {
    "docx": docx,
    "xlsx": xlsx,
    "pptx": pptx,
    "odt": lambda: open_document("text"),
    "ods": lambda: open_document("spreadsheet"),
    "odp": lambda: open_document("presentation"),
}
"""By ending: a document of each kind, full of what must not be."""
