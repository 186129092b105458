"""Documents without a trace but one, each in a place of its own."""

from __future__ import annotations

from nearmiss.media.office.documents import ENDINGS, clean_office
from tests.media.offices import CREATOR, HEAD, TELLING, W, packed, unpacked
from tests.media.planted import WORD, jpeg

FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_END = "</w:body>"
_CHANGED = f'w:id="9" w:author="{WORD}" w:date="2026-11-20T14:20:33Z"'
_COMMENT = f"{HEAD}<w:comments {W}><w:comment {_CHANGED}/></w:comments>"
_DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
_TEXT = "word/document.xml"

ALONE: dict[str, tuple[str, str, str, str, str]] = {
    "properties": ("docx", "docProps/core.xml", "", f"<creator>{WORD}</creator>", "author, program and times"),
    "thumbnail": ("docx", "docProps/thumbnail.jpeg", "", WORD, "a thumbnail"),
    "comment": ("docx", "word/comments.xml", "", _COMMENT, "comments and who wrote them"),
    "insertion": ("docx", _TEXT, _END, f"<w:p><w:ins {_CHANGED}/></w:p>{_END}", "tracked changes and who made them"),
    "deletion": (
        "docx", _TEXT, _END, f"<w:p><w:del {_CHANGED}><w:r><w:t>x</w:t></w:r></w:del></w:p>{_END}",
        "tracked changes and who made them",
    ),
    "sitting": (
        "docx", _TEXT, _END, f'<w:p w:rsidR="00AB12CD"/>{_END}', "marks of who wrote what at which sitting",
    ),
    "hidden words": (
        "docx", _TEXT, _END, f"<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>{WORD}</w:t></w:r></w:p>{_END}",
        "words that nobody sees",
    ),
    "note of a program": ("docx", _TEXT, _END, f"<!-- {WORD} -->{_END}", "words that nobody sees"),
    "field": (
        "docx", _TEXT, _END, f'<w:p><w:fldSimple w:instr="AUTHOR"><w:r><w:t>x</w:t></w:r></w:fldSimple></w:p>{_END}',
        "fields with the author or the file",
    ),
    "description": ("docx", _TEXT, "<wp:docPr ", f'<wp:docPr descr="C:\\{WORD}\\a.jpg" ', "descriptions of pictures"),
    "template": (
        "docx", "word/settings.xml", "</w:settings>", "<w:attachedTemplate/></w:settings>", "paths of files",
    ),
    "copy's mark": ("docx", _TEXT, "Goods", "Go\u200bods", "characters that cannot be seen"),
    "custom data": ("docx", "customXml/item1.xml", "", f"<who>{WORD}</who>", "data of a program"),
    "formula": ("xlsx", "xl/worksheets/sheet1.xml", "<v>42</v>", "<f>[1]Own!A1</f><v>42</v>", "formulas"),
    "shared by": (
        "xlsx", "xl/workbook.xml", "<sheets>", f'<fileSharing userName="{WORD}"/><sheets>', "who has the file open",
    ),
    "hidden sheet": (
        "xlsx", "xl/workbook.xml", "</sheets>",
        f'<sheet name="{WORD}" sheetId="9" state="hidden" r:id="rId1"/></sheets>',
        "hidden sheets, rows and columns",
    ),
    "hidden row": (
        "xlsx", "xl/worksheets/sheet1.xml", "</sheetData>",
        f'<row r="9" hidden="1"><c r="A9" t="inlineStr"><is><t>{WORD}</t></is></c></row></sheetData>',
        "hidden sheets, rows and columns",
    ),
    "speaker's notes": ("pptx", "ppt/notesSlides/notesSlide1.xml", "", f"<who>{WORD}</who>", "notes of the speaker"),
    "author of an open document": ("odt", "meta.xml", "", f"<who>{WORD}</who>", "author, program and times"),
    "annotation": (
        "odt", "content.xml", "</office:text>",
        f"<text:p><office:annotation {_DC}>{CREATOR}</office:annotation></text:p></office:text>",
        "comments and who wrote them",
    ),
    "printer": ("odt", "settings.xml", "", f"<who>{WORD}</who>", "settings of whoever wrote it"),
}  # fmt: skip
"""By what is planted: the kind of document, the part, the place in it, what is put there, and the word that tells."""


def untold(ending: str) -> bytes:
    """Return a document of this kind as it is made anew: nothing is planted in it."""
    return clean_office(TELLING[ending](), types=ENDINGS).content


def alone(name: str) -> bytes:
    """Return a document with this one trace; what is put in no place is a part of its own."""
    ending, part, before, after, _ = ALONE[name]
    parts = unpacked(untold(ending))
    told = parts[part].decode() if before else ""
    assert before in told
    parts[part] = told.replace(before, after, 1).encode() if before else after.encode()
    return packed(parts, day=FIRST_DAY)


def with_a_photo() -> bytes:
    """Return a text whose photo still says who took it, where and when."""
    parts = unpacked(untold("docx"))
    parts["word/media/image1.jpg"] = jpeg()
    return packed(parts, day=FIRST_DAY)
