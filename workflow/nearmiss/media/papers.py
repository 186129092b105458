"""PDF that people send: a new document of the same pages, into which nothing else of the old one is taken."""

from __future__ import annotations

import io
import re
import zlib
from typing import TYPE_CHECKING, Any

from nearmiss.engine.cleaning import Clean, UnfitFileError
from nearmiss.media.jpeg import bare_jpeg, jpeg_traces
from nearmiss.media.paper_parts import TOLD, Walk
from nearmiss.media.torn import TornError

if TYPE_CHECKING:
    from pikepdf import Object, Pdf

LARGEST_STREAM = 128 * 1024 * 1024
LARGEST_WHOLE = 384 * 1024 * 1024
"""Bytes that a part of a document, and all of them, may have when unpacked: scans of many pages have less."""

MOST_PAGES = 500

SHOWN_NOTES = {
    "/Link", "/FreeText", "/Line", "/Square", "/Circle", "/Polygon", "/PolyLine", "/Highlight", "/Underline",
    "/Squiggly", "/StrikeOut", "/Stamp", "/Caret", "/Ink", "/Widget", "/Text",
}  # fmt: skip
"""Notes on a page that are kept, since one sees them; files, sounds, films and windows are not."""

TELLING = (
    "/Metadata", "/PieceInfo", "/LastModified", "/Thumb", "/AA", "/JS", "/CreatorInfo", "/Author", "/CreationDate",
    "/ModDate", "/AF", "/EmbeddedFiles", "/JavaScript", "/SpiderInfo", "/OPI", "/Measure", "/PtData", "/StructParents",
    "/StructParent", "/Ref", "/Alternates",
)  # fmt: skip
"""Keys that are taken out of every object that the pages need."""

_STREAM = re.compile(rb"stream\r?\n")
_FILTERED_TWICE = re.compile(
    rb"/(?:Fl|FlateDecode|LZWDecode|RunLengthDecode)\s*/(?:Fl|FlateDecode|LZWDecode|RunLengthDecode)\b"
)


def clean_paper(content: bytes) -> Clean:
    """Return a PDF of the same pages without names, times, attached files, programs and metadata of its pictures.

    Raises UnfitFileError: what is locked, broken, or would swell when unpacked is refused.
    """
    from pikepdf import PasswordError, Pdf

    _refuse_swelling(content)
    try:
        with Pdf.open(io.BytesIO(content)) as old:
            found = _found_around(old)
            made = _made_anew(old, found)
            return Clean(ending="pdf", content=made, removed=tuple(sorted(found)))
    except PasswordError as error:
        raise UnfitFileError("locked") from error
    except UnfitFileError:
        raise
    except Exception as error:
        # The reader raises whatever a broken file provokes, of its own classes and of Python's.
        raise UnfitFileError("broken") from error


def paper_traces(content: bytes) -> tuple[str, ...]:
    """Return what a PDF holds besides its pages that can tell of a person; of one that is unreadable, that it is."""
    from pikepdf import Pdf

    try:
        _refuse_swelling(content)
        with Pdf.open(io.BytesIO(content)) as paper:
            if paper.is_encrypted:
                return ("a lock, behind which nobody sees",)
            walk = Walk(paper, mends=False)
            for page in paper.pages:
                walk.page(page.obj)
            walk.layers(paper.Root)
            return tuple(sorted(_found_around(paper) | walk.found))
    except Exception:  # noqa: BLE001 - the reader raises whatever a broken file provokes
        return ("something that cannot be read",)


def _refuse_swelling(content: bytes) -> None:
    """Unpack each part with a bound, before a reader does so without one."""
    if _FILTERED_TWICE.search(content):
        raise UnfitFileError("broken")
    whole = 0
    for found in _STREAM.finditer(content):
        swollen = _unpacked(content, found.end())
        whole += swollen
        if swollen > LARGEST_STREAM or whole > LARGEST_WHOLE:
            raise UnfitFileError("too-large")


def _unpacked(content: bytes, at: int) -> int:
    """Return how many bytes something packed unpacks to, counted no further than the bound."""
    if content[at : at + 1] not in {b"x", b"H", b"h", b"X", b"8", b"(", b"\x18"}:
        return 0
    unpacker, size, chunk = zlib.decompressobj(), 0, content[at : at + 65536]
    try:
        while chunk and not unpacker.eof and size <= LARGEST_STREAM:
            size += len(unpacker.decompress(chunk, 1 << 20))
            at += 0 if unpacker.unconsumed_tail else 65536
            chunk = unpacker.unconsumed_tail or content[at : at + 65536]
    except zlib.error:
        return size
    return size


def _made_anew(old: Pdf, found: set[str]) -> bytes:
    """Return a new document of the pages of another one, and add what was taken out of them to what was found."""
    from pikepdf import Name, ObjectStreamMode, Pdf

    if old.is_encrypted:
        raise UnfitFileError("locked")
    if len(old.pages) > MOST_PAGES:
        raise UnfitFileError("too-large")
    for page in old.pages:
        _without_unseen_notes(page.obj)
    new = Pdf.new()
    new.pages.extend(old.pages)
    layers = old.Root.get("/OCProperties")
    if layers is not None:
        # Without the list of layers, what its writer had hidden would be shown.
        new.Root[Name("/OCProperties")] = new.copy_foreign(old.make_indirect(layers))
    walk = Walk(new, mends=True)
    for page in new.pages:
        walk.page(page.obj)
    walk.layers(new.Root)
    found |= walk.found
    for each in new.objects:
        _without_telling(each)
    if "/Info" in new.trailer:
        del new.trailer["/Info"]
    into = io.BytesIO()
    new.save(into, linearize=True, static_id=True, object_stream_mode=ObjectStreamMode.generate, compress_streams=True)
    return into.getvalue()


def _without_unseen_notes(page: Object) -> None:
    from pikepdf import Array

    notes = page.get("/Annots")
    if notes is None:
        return
    kept = [note for note in notes if str(note.get("/Subtype")) in SHOWN_NOTES]
    for note in kept:
        # Ways to other pages lead by names, which are not kept: the reader would warn of each of them.
        if "/Dest" in note:
            del note["/Dest"]
        if "/A" in note and str(note["/A"].get("/S")) != "/URI":
            del note["/A"]
    page["/Annots"] = Array(kept)


def _without_telling(each: Any) -> None:
    from pikepdf import Dictionary, Name, Stream

    if not isinstance(each, (Dictionary, Stream)):
        return
    for key in TELLING:
        if key in each:
            del each[key]
    if isinstance(each, Stream):
        filters = each.get("/Filter")
        names = _filters_of(each)
        if len(names) > 1 or not _CODINGS.issuperset(names):
            # Behind a second coding, a photo would keep what it tells, and what swells would not be seen in time.
            raise UnfitFileError("not-clean")
        if _PICTURES.isdisjoint(names) and _has_inline_photo(each):
            raise UnfitFileError("not-clean")
        if names == ["/DCTDecode"]:
            bare = bare_jpeg(each.read_raw_bytes())
            each.write(bare, filter=Name("/DCTDecode"), decode_parms=each.get("/DecodeParms"))  # type: ignore[arg-type]  # parameters of a picture are a dictionary
        elif "JPXDecode" in repr(filters):
            _refuse_words_in(each.read_raw_bytes())


_PICTURES = frozenset({"/DCTDecode", "/JPXDecode", "/CCITTFaxDecode", "/JBIG2Decode"})
_CODINGS = _PICTURES | {"/FlateDecode", "/ASCII85Decode", "/ASCIIHexDecode"}
"""How the parts of a paper may be coded; the short names are for pictures inside a page's own text."""
_INLINE_PHOTO = re.compile(rb"\bBI\b[^\x00]{0,2000}?/DCT")


def _filters_of(each: Any) -> list[str]:
    """Return the names of the codings of a stream, in the order in which they are undone."""
    from pikepdf import Array

    filters = each.get("/Filter")
    if filters is None:
        return []
    return [str(one) for one in filters] if isinstance(filters, Array) else [str(filters)]


def _has_inline_photo(each: Any) -> bool:
    """Say whether a photo stands inside the drawing of a page, where its own marks are not taken out."""
    return str(each.get("/Subtype")) != "/Image" and _INLINE_PHOTO.search(each.read_bytes()) is not None


def _refuse_words_in(content: bytes) -> None:
    """Refuse a picture of JPEG 2000 with boxes for words and programs: they are not taken out here."""
    if any(box in content for box in (b"xml \x3c", b"xml \xef", b"uuid")):
        raise UnfitFileError("not-clean")


def _found_around(paper: Pdf) -> set[str]:
    """Return what a document holds around its pages; a document made by us has none of it."""
    from pikepdf import Dictionary, Stream

    seen = set()
    if "/Info" in paper.trailer and len(paper.trailer["/Info"].keys()):
        seen.add("author, program and times")
    for key, word in (
        ("/Metadata", "XMP (author, place, history)"),
        ("/AcroForm", "a form"),
        ("/OpenAction", "an action"),
    ):
        if key in paper.Root:
            seen.add(word)
    for each in paper.objects:
        if not isinstance(each, (Dictionary, Stream)):
            continue
        seen |= {TOLD.get(key, "data of a program") for key in TELLING if key in each}
        if isinstance(each, Stream) and _filters_of(each) == ["/DCTDecode"]:
            seen |= _traces_of_jpeg(each.read_raw_bytes())
    return seen


def _traces_of_jpeg(content: bytes) -> set[str]:
    try:
        return {"metadata of a picture" for _ in jpeg_traces(content)}
    except TornError:
        return {"a picture that cannot be read"}
