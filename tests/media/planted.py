"""Files as phones and offices write them, with words planted in every place where metadata lies."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pikepdf
from PIL import Image, ImageCms, PngImagePlugin

WORD = "Okafor-4711-Rampenstrasse"
"""What must be in no file that was made clean."""

PLANTED = WORD.encode()


def pixels(mode: str = "RGB", size: tuple[int, int] = (64, 48)) -> Image.Image:
    """Return a picture whose left half is red and whose right half is blue."""
    picture = Image.new("RGB", size, (200, 30, 30))
    picture.paste((30, 30, 200), (size[0] // 2, 0, size[0], size[1]))
    return picture.convert(mode)


def exif(orientation: int = 6) -> bytes:
    """Return EXIF with a name, a serial number, a time, a place and the way up."""
    made = Image.Exif()
    made[0x010F], made[0x0110], made[0x013B] = WORD, f"Phone of {WORD}", WORD
    made[0x0112] = orientation
    made[0x0132] = "2026:11:20 14:20:33"
    inner = made.get_ifd(0x8769)
    inner[0x9003], inner[0xA431], inner[0x927C] = "2026:11:20 14:20:33", WORD, PLANTED
    place = made.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (52.0, 31.0, 12.0), "E", (13.0, 24.0, 18.0)
    place[29] = "2026:11:20"
    return made.tobytes()


def profile() -> bytes:
    """Return a colour profile; its maker and a time are in it."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made[:24] + struct.pack(">6H", 2026, 11, 20, 14, 20, 33) + made[36:]


XMP = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf creator="{WORD}"/></x:xmpmeta>'.encode()


def segment(marker: int, body: bytes) -> bytes:
    """Return a part of a JPEG."""
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def saved(picture: Image.Image, **options: Any) -> bytes:
    """Return a picture as a file."""
    into = io.BytesIO()
    picture.save(into, **options)
    return into.getvalue()


def jpeg() -> bytes:
    """Return a JPEG with all that cameras and programs put beside the pixels, and a film behind them."""
    plain = saved(pixels(), format="JPEG", exif=exif(), icc_profile=profile(), comment=PLANTED, quality=90)
    more = [
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP),
        segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x1e" + PLANTED),
        segment(0xE0, b"JFXX\0\x10" + saved(pixels(size=(8, 8)), format="JPEG", comment=PLANTED)),
        segment(0xE5, PLANTED),
        segment(0xEC, b"Ducky" + PLANTED),
    ]
    return plain[:2] + b"".join(more) + plain[2:] + b"\0\0\0\x18ftypmp42" + PLANTED


def png() -> bytes:
    """Return a PNG with text of every sort, a time, EXIF and a profile."""
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", WORD)
    words.add_text("Comment", WORD, zip=True)
    words.add_itxt("XML:com.adobe.xmp", XMP.decode())
    words.add(b"tIME", struct.pack(">HBBBBB", 2026, 11, 20, 14, 20, 33))
    words.add(b"prVt", PLANTED)
    return saved(pixels(), format="PNG", pnginfo=words, exif=exif(), icc_profile=profile()) + PLANTED


def webp() -> bytes:
    """Return a WebP with EXIF, XMP and a profile."""
    return saved(pixels(), format="WEBP", exif=exif(), xmp=XMP, icc_profile=profile())


def moving(kind: str) -> bytes:
    """Return a picture that moves: the second one is green."""
    green = Image.new("RGB", (64, 48), (0, 255, 0))
    return saved(pixels(), format=kind, save_all=True, append_images=[green], duration=100, loop=0)


def gif() -> bytes:
    """Return a GIF that moves, with a comment."""
    green = Image.new("RGB", (64, 48), (0, 255, 0))
    return saved(pixels(), format="GIF", save_all=True, append_images=[green], comment=PLANTED)


def paper() -> bytes:
    """Return a PDF with names in every place that PDF has for them."""
    document = pikepdf.Pdf.new()
    page = document.add_blank_page(page_size=(200, 200))
    photo = document.make_stream(jpeg())
    photo.Type, photo.Subtype, photo.Filter = pikepdf.Name.XObject, pikepdf.Name.Image, pikepdf.Name.DCTDecode
    photo.Width, photo.Height, photo.BitsPerComponent, photo.ColorSpace = 64, 48, 8, pikepdf.Name.DeviceRGB
    photo.Metadata = document.make_stream(XMP)
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=photo))
    page.obj.Contents = document.make_stream(b"q 100 0 0 100 50 50 cm /Im0 Do Q")
    page.obj.Thumb = document.make_stream(PLANTED)
    page.obj.LastModified = pikepdf.String("D:20261120142033")
    page.obj.PieceInfo = pikepdf.Dictionary(App=pikepdf.Dictionary(Private=pikepdf.String(WORD)))
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 10, 10], T=pikepdf.String(WORD),
        Contents=pikepdf.String("look here"), M=pikepdf.String("D:20261120142033"), NM=pikepdf.String(WORD),
    )  # fmt: skip
    link = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9],
        A=pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String(f"/home/{WORD}/a.txt")),
    )  # fmt: skip
    page.obj.Annots = pikepdf.Array([document.make_indirect(note), link])
    attached = pikepdf.AttachedFileSpec(
        document, PLANTED, filename=f"{WORD}.txt", description="", mime_type="", creation_date="", mod_date=""
    )
    document.attachments["who.txt"] = attached
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String(f"app.alert('{WORD}')"))
    document.Root.OpenAction = script
    document.Root.Names.JavaScript = pikepdf.Dictionary(Names=pikepdf.Array([pikepdf.String(WORD), script]))
    document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([]), XFA=pikepdf.String(WORD))
    document.Root.Metadata = document.make_stream(XMP)
    document.docinfo["/Author"], document.docinfo["/Title"] = WORD, WORD
    document.trailer.ID = pikepdf.Array([pikepdf.String(WORD), pikepdf.String(WORD)])
    into = io.BytesIO()
    document.save(into, fix_metadata_version=False)
    return into.getvalue()


def office() -> bytes:
    """Return what begins as a text document of an office does."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr("docProps/core.xml", f"<creator>{WORD}</creator>")
    return into.getvalue()


def packed() -> bytes:
    """Return a packed folder."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as folder:
        folder.writestr("../../etc/passwd", WORD)
    return into.getvalue()


def claiming(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that says it has very many pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    lines = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def swelling() -> bytes:
    """Return a PDF of a few kilobytes with a part that unpacks to 160 megabytes."""
    packer = zlib.compressobj(6)
    parts = [packer.compress(bytes(1 << 20)) for _ in range(160)] + [packer.flush()]
    body = b"".join(parts)
    size = str(len(body)).encode()
    return (
        b"%PDF-1.5\n1 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length " + size + b">>\nstream\n" + body
        + b"\nendstream\nendobj\ntrailer\n<</Root 1 0 R/Size 2>>\n%%EOF\n"
    )  # fmt: skip


def locked() -> bytes:
    """Return a PDF that anybody may read and nobody may change."""
    document = pikepdf.Pdf.new()
    document.add_blank_page()
    into = io.BytesIO()
    document.save(into, encryption=pikepdf.Encryption(owner="secret", user=""))
    return into.getvalue()


TELLING: dict[str, Callable[[], bytes]] = {
    "jpg": jpeg,
    "png": png,
    "webp": webp,
    "pdf": paper,
}
"""By ending: a file of each kind that is kept, full of what must not be."""
