"""What people send is told by its content, and made anew without what tells of a person."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import zlib
from functools import partial
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nearmiss.engine.cleaning import REASONS, UnfitFileError
from nearmiss.media.cleaning import MediaCleaner
from nearmiss.media.pictures import LONGEST_EDGE, MOST_PIXELS
from tests.media import planted
from tests.pace import soon

TYPES = ("jpg", "jpeg", "png", "webp", "pdf", "txt", "csv", "mp4")
LARGEST = 1_000_000


def clean(
    content: bytes, name: str = "IMG_20261120.jpg", *, largest: int = LARGEST, types: tuple[str, ...] = TYPES
) -> bytes:
    """Return a file made anew."""
    return MediaCleaner().clean(name, content, largest=largest, types=types).content


def refusal(content: bytes, name: str = "a.jpg", *, largest: int = LARGEST, types: tuple[str, ...] = TYPES) -> str:
    """Return the word for why a file is not taken."""
    with pytest.raises(UnfitFileError) as refused:
        MediaCleaner().clean(name, content, largest=largest, types=types)
    return refused.value.reason


@pytest.mark.parametrize("ending", planted.TELLING)
def test_what_was_planted_is_gone(ending: str) -> None:
    """Of the words, times and places planted in a file none is left, by a search of its bytes and by its own reader."""
    told = planted.TELLING[ending]()
    cleaner = MediaCleaner()
    assert cleaner.traces(told)

    made = cleaner.clean(f"{planted.WORD}.bin", told, largest=LARGEST, types=TYPES)

    assert made.ending == ending
    assert made.removed == cleaner.traces(told)
    assert cleaner.traces(made.content) == ()
    whole = made.content
    if ending == "pdf":
        with pikepdf.open(io.BytesIO(made.content)) as paper:
            into = io.BytesIO()
            paper.save(
                into,
                stream_decode_level=pikepdf.StreamDecodeLevel.all,
                object_stream_mode=pikepdf.ObjectStreamMode.disable,
            )
            whole += into.getvalue()
    for word in (
        planted.PLANTED,
        b"Rampenstrasse",
        "Rampenstrasse".encode("utf-16-be"),
        b"14:20:33",
        b"20261120",
        b"ftyp",
        b"Exif",
        b"xmpmeta",
    ):
        assert word not in whole


@pytest.mark.parametrize("ending", planted.TELLING)
def test_another_program_finds_no_metadata(ending: str, tmp_path: Path) -> None:
    """Exiftool finds in a file that was made clean only what its pixels and pages are, and what it has of its own."""
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed (Debian: libimage-exiftool-perl)")
    found = []
    for content in (planted.TELLING[ending](), clean(planted.TELLING[ending]())):
        (tmp_path / f"a.{ending}").write_bytes(content)
        words = ("-json", "-G0", "-a", "-u", "-ee", "--File:all", "--ExifTool:all", "--Composite:all", f"a.{ending}")
        told = subprocess.run(["exiftool", *words], check=True, capture_output=True, cwd=tmp_path).stdout
        found.append({tag for tag in json.loads(told)[0] if tag != "SourceFile"})

    before, after = found
    assert len(before - after) > 4
    assert {tag.partition(":")[0] for tag in after} <= {"JFIF", "PNG", "RIFF", "PDF"}
    assert after <= {
        *("JFIF:JFIFVersion", "JFIF:ResolutionUnit", "JFIF:XResolution", "JFIF:YResolution"),
        *("PNG:ImageWidth", "PNG:ImageHeight", "PNG:BitDepth", "PNG:ColorType"),
        *("PNG:Compression", "PNG:Filter", "PNG:Interlace"),
        *("RIFF:VP8Version", "RIFF:ImageWidth", "RIFF:ImageHeight", "RIFF:HorizontalScale", "RIFF:VerticalScale"),
        *("PDF:PDFVersion", "PDF:Linearized", "PDF:PageCount", "PDF:EmbeddedImage", "PDF:EmbeddedImageFilter"),
        *("PDF:EmbeddedImageWidth", "PDF:EmbeddedImageHeight", "PDF:EmbeddedImageColorSpace"),
    }


def test_a_photo_is_turned_the_right_way_up() -> None:
    """Which way up a photo is meant stands in its metadata: the pixels are turned before that is lost."""
    with Image.open(io.BytesIO(clean(planted.jpeg()))) as picture:
        assert picture.size == (48, 64)
        top, bottom = picture.getpixel((24, 5)), picture.getpixel((24, 58))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 150 > top[2]
    assert bottom[2] > 150 > bottom[0]


@pytest.mark.parametrize(
    "content", [planted.gif(), planted.moving("WEBP"), planted.moving("PNG")], ids=["gif", "webp", "png"]
)
def test_of_what_moves_the_first_picture_is_kept(content: bytes) -> None:
    """A picture that moves becomes a still one."""
    with Image.open(io.BytesIO(clean(content))) as picture:
        assert getattr(picture, "n_frames", 1) == 1
        left = picture.convert("RGB").getpixel((8, 24))
    assert isinstance(left, tuple)
    assert left[0] > 150


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_pictures_of_every_depth_are_taken(mode: str) -> None:
    """Black and white, grey, with a palette, see-through: what one sees stays."""
    with Image.open(
        io.BytesIO(clean(planted.saved(planted.pixels("L" if mode == "I;16" else mode).convert(mode), format="PNG")))
    ) as picture:
        assert picture.size == (64, 48)
    for colours in ("L", "RGB", "CMYK"):
        assert clean(planted.saved(planted.pixels(colours), format="JPEG"))[:2] == b"\xff\xd8"


def test_a_large_picture_shrinks_until_it_fits() -> None:
    """A photo larger than what may be attached becomes one with fewer pixels, not a refusal."""
    noise = Image.effect_noise((1600, 1200), 120).convert("RGB")
    photo = planted.saved(noise, format="JPEG", quality=90)
    largest = len(photo) // 3
    made = clean(photo, largest=largest)
    assert len(made) <= largest
    with Image.open(io.BytesIO(made)) as picture:
        assert 400 < picture.width < 1600
    wide = planted.saved(Image.new("L", (6000, 40)), format="PNG")
    with Image.open(io.BytesIO(clean(wide))) as picture:
        assert picture.width == LONGEST_EDGE


def test_bombs_are_refused_before_they_go_off() -> None:
    """A few bytes that claim very many pixels, or swell when unpacked, cost next to nothing."""
    swelling = planted.swelling()
    for bomb, code in [
        (planted.claiming(20_000, 20_000), "too-many-pixels"),
        (planted.claiming(MOST_PIXELS + 1, 1), "too-many-pixels"),
        (swelling, "too-large"),
    ]:
        assert soon(1.0, partial(refusal, bomb)) == code


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"", "empty"),
        (planted.locked(), "locked"),
        (planted.office(), "office"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "office"),
        (planted.packed(), "archive"),
        (b"\x1f\x8b\x08" + bytes(50), "archive"),
        (b"\0\0\0\x18ftypmp42" + bytes(50), "film"),
        (b"\0\0\0\x14ftypqt  " + bytes(50), "film"),
        (b"\0\0\0\x18ftypheic" + bytes(50), "unusual-picture"),
        (b"\0\0\0\x18ftypavif" + bytes(50), "unusual-picture"),
        (b"II*\0" + bytes(50), "unusual-picture"),
        (b"MZ" + bytes(100), "program"),
        (b"\x7fELF" + bytes(100), "program"),
        (b"#!/bin/sh\nrm -rf /\n", "program"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "markup"),
        (b"\xef\xbb\xbf \n<?xml version='1.0'?><svg/>", "markup"),
        (b"<!DOCTYPE html><p>hello", "markup"),
        ("<html>".encode("utf-16"), "markup"),
        (b"Dear all,\n<script>alert(1)</script>", "markup"),
        (planted.jpeg() + planted.packed(), "two-in-one"),
        (planted.png() + b"<script>alert(1)</script>", "two-in-one"),
        (planted.gif() + b"%PDF-1.4", "two-in-one"),
        (planted.paper() + planted.packed(), "two-in-one"),
        (b"What happened\n" + planted.packed(), "two-in-one"),
        (planted.jpeg()[:900], "broken"),
        (planted.png()[:200], "broken"),
        (planted.webp()[:100], "broken"),
        (b"%PDF-1.4 nothing", "broken"),
        (bytes(64), "unknown"),
        (b"a\x00b\x01\x02", "unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_taken(content: bytes, reason: str) -> None:
    """Whatever its name says: what cannot be made safe is refused, with a sentence and a way on."""
    for name in ("dock.jpg", "dock.txt", "../../x.pdf", "con"):
        assert refusal(content, name) == reason
    what, way_on = REASONS[reason]
    assert what
    assert way_on.endswith(".")


@pytest.mark.parametrize(
    "filters",
    [["/DCTDecode"], ["/FlateDecode", "/DCTDecode"], ["/DCT"], ["/FlateDecode", "/ASCIIHexDecode", "/FlateDecode"]],
    ids=" ".join,
)
def test_a_photo_in_a_paper_keeps_nothing_behind_other_codings(filters: list[str]) -> None:
    """However a paper says that a part is a photo, what the photo tells is taken out, or the paper is refused."""
    raw = zlib.compress(planted.jpeg()) if filters[0] == "/FlateDecode" else planted.jpeg()
    paper = pikepdf.new()
    page = paper.add_blank_page()
    names = pikepdf.Array([pikepdf.Name(name) for name in filters])
    picture = pikepdf.Stream(paper, b"")
    picture.write(raw, filter=names)
    picture.Type, picture.Subtype = pikepdf.Name("/XObject"), pikepdf.Name("/Image")
    picture.Width, picture.Height, picture.BitsPerComponent = 64, 48, 8
    picture.ColorSpace = pikepdf.Name("/DeviceRGB")
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=paper.make_indirect(picture)))
    into = io.BytesIO()
    paper.save(into, stream_decode_level=pikepdf.StreamDecodeLevel.none)

    if filters == ["/DCTDecode"]:
        assert planted.PLANTED not in clean(into.getvalue(), "a.pdf")
    else:
        assert refusal(into.getvalue(), "a.pdf") in {"not-clean", "broken"}


def test_a_photo_inside_the_drawing_of_a_page_is_refused() -> None:
    """An inline photo keeps what it tells, so a paper with one is not taken."""
    paper = pikepdf.new()
    page = paper.add_blank_page()
    inline = b"q BI /W 64 /H 48 /CS /RGB /BPC 8 /F /DCT ID " + planted.jpeg() + b" EI Q"
    page.Contents = paper.make_stream(inline)
    into = io.BytesIO()
    paper.save(into)

    assert refusal(into.getvalue(), "a.pdf") == "not-clean"


def test_the_name_decides_nothing() -> None:
    """A picture that calls itself a program is a picture; a table is told from plain text by its name alone."""
    cleaner = MediaCleaner()
    assert cleaner.clean("virus.exe", planted.png(), largest=LARGEST, types=TYPES).ending == "png"
    assert cleaner.clean("photo.jpg", b"a,b\n1,2\n", largest=LARGEST, types=TYPES).ending == "txt"
    assert cleaner.clean("Table.CSV", b"a,b\n1,2\n", largest=LARGEST, types=TYPES).ending == "csv"


def test_only_what_may_be_attached_is_kept() -> None:
    """The types of the settings decide; a kind that is not among them becomes one that is, or is refused."""
    cleaner = MediaCleaner()
    assert cleaner.clean("a", planted.png(), largest=LARGEST, types=("jpeg",)).ending == "jpeg"
    assert cleaner.clean("a", planted.jpeg(), largest=LARGEST, types=("png",)).content[:4] == b"\x89PNG"
    assert refusal(planted.jpeg(), types=("pdf", "txt")) == "not-allowed"
    assert refusal(planted.paper(), types=("jpg",)) == "not-allowed"
    assert refusal(b"words", types=("jpg",)) == "not-allowed"


@pytest.mark.parametrize(
    "content, kept",
    [
        (b"\xef\xbb\xbfDr\xc3\xbccken\r\nZwei\rDrei", "Drücken\nZwei\nDrei"),
        ("Grüße".encode("cp1252"), "Grüße"),
        ("Zażółć".encode("utf-16"), "Zażółć"),
        ("to\u200bld \u202eback\u202c \x1b[31mred\x07\tend\u00ad".encode(), "told back [31mred\tend"),
    ],
)
def test_text_is_kept_as_one_sees_it(content: bytes, kept: str) -> None:
    """Text becomes UTF-8 with plain line ends; marks that nobody sees, by which a copy is known, are gone."""
    assert clean(content, "note.txt").decode() == kept


def test_text_and_papers_have_their_bounds() -> None:
    """Plain text and PDF do not shrink: what is larger than may be attached is refused."""
    assert refusal(b"x" * 101, largest=100) == "too-large"
    assert refusal(planted.paper(), largest=500) == "too-large"
    assert refusal(planted.jpeg() + bytes(5 * 5_000), largest=5_000) == "too-large"


def test_a_paper_is_still_one() -> None:
    """Pages, pictures and notes of a PDF stay to be seen; it is laid out anew, and always in the same way."""
    told = planted.paper()
    made = clean(told)
    with pikepdf.open(io.BytesIO(made)) as paper:
        assert len(paper.pages) == 1
        assert paper.is_linearized
        page = paper.pages[0]
        assert [str(note.Subtype) for note in page.obj.Annots] == ["/Text", "/Link"]
        assert str(page.obj.Annots[0].Contents) == "look here"
        photo = page.obj.Resources.XObject.Im0.read_raw_bytes()
        with Image.open(io.BytesIO(photo)) as picture:
            assert picture.size == (64, 48)
        assert set(paper.Root.keys()) == {"/Type", "/Pages"}
    assert clean(told) == made


@given(st.data())
def test_spoiled_files_are_refused_or_made_clean(data: st.DataObject) -> None:
    """Whatever bytes are changed, cut or put in: the answer is a refusal with a reason, or a file without traces."""
    cleaner = MediaCleaner()
    content = bytearray(_FILES[data.draw(st.sampled_from(sorted(_FILES)))])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        how = data.draw(st.sampled_from(["set", "cut", "put"]))
        if how == "set":
            content[at] = data.draw(st.integers(0, 255))
        elif how == "cut" and len(content) > 30:
            del content[at : at + data.draw(st.integers(1, 40))]
        else:
            content[at:at] = data.draw(st.binary(max_size=12))
    try:
        made = cleaner.clean("a.txt", bytes(content), largest=LARGEST, types=TYPES)
    except UnfitFileError as refused:
        answer = refused.reason
    else:
        answer = ", ".join(cleaner.traces(made.content))
    assert answer in {*REASONS, ""}
    assert isinstance(cleaner.traces(bytes(content)), tuple)


_FILES = {name: make() for name, make in planted.TELLING.items()} | {
    "gif": planted.gif(),
    "txt": b"Goods stood there.\n",
}
