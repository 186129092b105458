"""Office documents are made anew: what one reads stays, and nothing else of them does."""

from __future__ import annotations

import io
import json
import re
import shutil
import struct
import subprocess
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nearmiss.engine.cleaning import REASONS, Clean, UnfitFileError
from nearmiss.media.cleaning import MediaCleaner
from nearmiss.media.office.documents import ENDINGS
from nearmiss.media.office.packing import LARGEST_PART, MOST_PARTS
from tests.media import offices, planted
from tests.media.office_traces import ALONE, FIRST_DAY, alone, untold, with_a_photo
from tests.media.offices import OF_THE_TEXT, SEEN, TELLING, docx, packed, unpacked

LARGEST = 1_000_000
_OPEN = "application/vnd.oasis.opendocument"
TELLTALE = (
    planted.PLANTED,
    b"Okafor",
    b"4711",
    b"Rampenstrasse",
    "Okafor".encode("utf-16-le"),
    b"2026",
    b"14:20",
    b"file:",
    b"Users",
    b"/home",
    b"00AB12CD",
    b"Exif",
    b"<!--",
)


def clean(content: bytes) -> Clean:
    """Return a document made anew, under a name that says nothing."""
    return MediaCleaner().clean("a.bin", content, largest=LARGEST, types=ENDINGS)


def refusal(content: bytes, types: tuple[str, ...] = ENDINGS) -> str:
    """Return the word for why a document is not taken."""
    with pytest.raises(UnfitFileError) as refused:
        MediaCleaner().clean("a.docx", content, largest=LARGEST, types=types)
    return refused.value.reason


@pytest.mark.parametrize("ending", TELLING)
def test_what_was_planted_is_gone_from_every_part(ending: str) -> None:
    """Of the words, times, places and paths planted in a document none is left in any part of the new one."""
    told = TELLING[ending]()

    made = clean(told)

    assert made.ending == ending
    assert made.removed == MediaCleaner().traces(told)
    assert len(made.removed) > 8
    for name, content in unpacked(made.content).items():
        for word in TELLTALE:
            assert word not in name.encode() + content, name
    assert planted.PLANTED not in made.content


@pytest.mark.parametrize("name", ALONE)
def test_each_trace_is_told_by_its_word(name: str) -> None:
    """One single trace in a document without any is found, and told by the word for it; it is gone from the new one."""
    ending, *_, word = ALONE[name]
    cleaner = MediaCleaner()
    assert word in cleaner.traces(alone(name))
    assert planted.PLANTED not in b"".join(unpacked(clean(alone(name)).content).values())
    assert cleaner.traces(packed(dict(unpacked(untold(ending))), day=FIRST_DAY)) == ()


def test_times_and_comments_of_the_packing_are_told() -> None:
    """What a document is packed with tells, too: a time, or a comment of the package; and so does a photo in it."""
    parts = unpacked(untold("odt"))
    marked = ("times and marks of its packing",)
    assert MediaCleaner().traces(packed(dict(parts))) == marked
    assert MediaCleaner().traces(packed(dict(parts), day=FIRST_DAY, comment=planted.PLANTED)) == marked
    assert "EXIF (camera, time, place), of a picture in it" in MediaCleaner().traces(with_a_photo())


@pytest.mark.parametrize("ending", TELLING)
def test_cleaning_twice_changes_nothing_more(ending: str) -> None:
    """A document that was made anew holds nothing that could be told of it, and is made anew as the very same bytes."""
    once = clean(TELLING[ending]())
    twice = clean(once.content)

    assert MediaCleaner().traces(once.content) == ()
    assert (twice.content, twice.removed) == (once.content, ())


@pytest.mark.parametrize("ending", TELLING)
def test_the_packing_tells_nothing(ending: str) -> None:
    """Parts are all of one day, without comments, further fields and rights; a kind that comes first is not packed."""
    with zipfile.ZipFile(io.BytesIO(clean(TELLING[ending]()).content)) as folder:
        entries = folder.infolist()
        assert folder.comment == b""
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {(entry.extra, entry.comment, entry.create_system) for entry in entries} == {(b"", b"", 0)}
    is_open = ending.startswith("od")
    assert entries[0].filename == ("mimetype" if is_open else "[Content_Types].xml")
    assert entries[0].compress_type == (zipfile.ZIP_STORED if is_open else zipfile.ZIP_DEFLATED)


@pytest.mark.parametrize("ending", ["docx", "xlsx", "pptx"])
def test_what_leads_to_a_part_leads_to_one_that_is_there(ending: str) -> None:
    """Each relation of the new package leads to a part in it or into the web, and each part has a type."""
    parts = unpacked(clean(TELLING[ending]()).content)
    types = parts["[Content_Types].xml"].decode()
    for name, content in parts.items():
        if not name.endswith(".rels"):
            assert name == "[Content_Types].xml" or f'"/{name}"' in types or f'"{name.rpartition(".")[2]}"' in types
            continue
        folder = Path("/", name).parent.parent
        for target, mode in re.findall(r'Target="([^"]*)"( TargetMode="External")?', content.decode()):
            if mode:
                assert target == "https://example.org/dock"
            else:
                assert str((folder / target).resolve())[1:] in parts


def test_changes_are_accepted_and_words_stay() -> None:
    """Insertions stay, deletions go, paragraphs whose end was deleted are joined, and fields become their words."""
    told = unpacked(clean(docx()).content)["word/document.xml"].decode()
    paragraphs = ["".join(re.findall(r"<w:t[ >][^<]*?>?([^<>]*)</w:t>", one)) for one in told.split("</w:p>")]
    assert [one for one in paragraphs if one and one != "1"] == list(OF_THE_TEXT)
    assert re.findall(r"<w:instrText[^>]*>([^<]*)<", told) == [" PAGE "]
    assert re.findall(r"<w:(?:ins|del|moveFrom|moveTo|sdt|bookmarkStart|commentReference)\b", told) == []
    assert told.count("<w:tr>") == 1


def test_a_table_keeps_the_values_that_one_sees() -> None:
    """Formulas become values; hidden sheets go, with texts that no cell has; hidden rows and columns are empty."""
    parts = unpacked(clean(offices.xlsx()).content)
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    assert re.findall(r"<v>([^<]*)</v>", sheet) == ["0", "42"]
    assert re.findall(r"<t>([^<]*)</t>", parts["xl/sharedStrings.xml"].decode()) == [SEEN]
    assert [name for name in parts if name.startswith("xl/worksheets/sheet")] == ["xl/worksheets/sheet1.xml"]
    assert "<f>" not in sheet


def test_columns_that_stand_for_several_are_parted() -> None:
    """A cell of a spreadsheet that stands for a hidden column and one that is seen stays in the second only."""
    content = unpacked(clean(TELLING["ods"]()).content)["content.xml"].decode()
    row = re.search(r"<table:table-row>.*?</table:table-row>", content)
    assert row is not None
    assert re.findall(r"<text:p>([^<]*)</text:p>", row[0]) == [SEEN, "in two columns"]
    assert row[0].count("<table:table-cell") == 3


def test_pictures_are_drawn_anew_and_what_was_cropped_away_is_cut_off() -> None:
    """A picture has no metadata any more; of one that shows its right half only that half is left in the file."""
    crop = '<a:srcRect l="50000"/>'
    document = unpacked(docx())["word/document.xml"].decode()
    drawn = f"<w:p><w:r>{offices.drawing('rIdPicture', crop)}</w:r></w:p><w:sectPr>"
    made = clean(docx(**{"word/document.xml": document.replace("<w:sectPr>", drawn)}))
    parts = unpacked(made.content)
    sizes = []
    for name in sorted(name for name in parts if "media/" in name):
        with Image.open(io.BytesIO(parts[name])) as picture:
            sizes.append(picture.size)
            left = picture.convert("RGB").getpixel((3, 24))
    assert sizes == [(64, 48), (32, 48)]
    assert isinstance(left, tuple)
    assert left[2] > 150 > left[0]
    assert "what was cropped away of a picture" in made.removed
    assert b"srcRect" not in parts["word/document.xml"]


def test_the_name_decides_nothing_and_the_register_decides_all() -> None:
    """What a document is, its content says; it is taken only where the register allows its kind."""
    assert refusal(docx(), types=("jpg", "pdf", "txt")) == "office"
    assert refusal(docx(), types=("odt", "xlsx")) == "office"
    assert clean(docx()).ending == "docx"


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "office"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "locked"),
        (b"{\\rtf1 words}", "office"),
        (docx(**{"word/vbaProject.bin": "x"}), "macros"),
        (docx(**{"[Content_Types].xml": "<Types>macroEnabled</Types>"}), "macros"),
        (packed({"mimetype": f"{_OPEN}.text", "Basic/Standard/a.xml": "x"}), "macros"),
        (packed({"mimetype": f"{_OPEN}.text", "META-INF/manifest.xml": "encryption-data"}), "locked"),
        (packed({"mimetype": f"{_OPEN}.graphics", "content.xml": "x"}), "office"),
        (packed({"[Content_Types].xml": "<Types/>"}), "broken"),
        (docx(**{f"word/media/{planted.WORD}.jpeg": b"\x01\x00\x00\x00 EMF"}), "office-parts"),
        (docx(**{"word/document.xml": "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"}), "office-parts"),
        (docx(**{"word/document.xml": "<x>&unknown;</x>"}), "broken"),
        (docx(**{"word/document.xml": "<x/>"}), "office-parts"),
        (docx(**{"word/styles.xml": "<a>" * 5000}), "office-parts"),
        (docx(**{"../evil.xml": "x"}), "broken"),
        (docx(**{"word\\evil.xml": "x"}), "broken"),
        (docx(**{"WORD/Document.xml": "x"}), "broken"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_anew_is_refused(content: bytes, reason: str) -> None:
    """Old kinds, locked ones, programs, entities and names that lead elsewhere are refused, with a way on."""
    assert refusal(content) == reason
    assert REASONS[reason][1]
    assert MediaCleaner().traces(content)


def _entry(name: bytes, body: bytes, size: int, *, method: int = 8, flags: int = 0, at: int = 0) -> tuple[bytes, bytes]:
    check = zlib.crc32(body)
    head = (
        struct.pack("<4s5H3I2H", b"PK\3\4", 20, flags, method, 0, 33, check, len(body), size, len(name), 0)
        + name
        + body
    )
    listed = struct.pack(
        "<4s6H3I5H2I", b"PK\1\2", 20, 20, flags, method, 0, 33, check, len(body), size, len(name), 0, 0, 0, 0, 0, at
    )
    return head, listed + name


def _zip(*entries: tuple[bytes, bytes]) -> bytes:
    heads, lists = b"".join(head for head, _ in entries), b"".join(one for _, one in entries)
    return (
        heads + lists + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, len(entries), len(entries), len(lists), len(heads), 0)
    )


def test_bombs_are_refused_before_they_go_off() -> None:
    """Parts that unpack to very much, very many, that share bytes, or that lie about their size are refused."""
    mark = _entry(b"[Content_Types].xml", b"x", 1, method=0)
    swelling = zlib.compressobj(9, zlib.DEFLATED, -15)
    small = swelling.compress(bytes(4_000_000)) + swelling.flush()
    at = len(mark[0])
    assert refusal(_zip(mark, _entry(b"a.xml", small, 4_000_000, at=at))) == "too-large"
    assert refusal(_zip(mark, _entry(b"a.xml", small, LARGEST_PART + 1, at=at))) == "too-large"
    assert refusal(_zip(mark, _entry(b"a.xml", small, 100_000, at=at))) == "broken"
    assert refusal(_zip(mark, *[_entry(b"%d" % number, b"", 0, at=at) for number in range(MOST_PARTS)])) == "too-large"
    assert refusal(_zip(mark, _entry(b"a.xml", b"y", 1, method=0, flags=1, at=at))) == "locked"
    inner = _entry(b"a.xml", b"y" * 60, 60, method=0, at=at)
    assert refusal(_zip(mark, inner, (b"", _entry(b"b.xml", b"y" * 60, 60, method=0, at=at)[1]))) == "broken"
    assert refusal(b"PK\3\4[Content_Types].xml" + _zip(mark)) == "broken"


def _exiftool(ending: str, content: bytes, folder: Path) -> set[str]:
    (folder / f"a.{ending}").write_bytes(content)
    words = ("-json", "-G0", "-a", "-u", "-ee", "--File:all", "--ExifTool:all", "--Composite:all", f"a.{ending}")
    told = subprocess.run(["exiftool", *words], check=True, capture_output=True, cwd=folder).stdout
    return {tag for tag in json.loads(told)[0] if tag != "SourceFile"}


@pytest.mark.parametrize("ending", TELLING)
def test_another_program_finds_no_author(ending: str, tmp_path: Path) -> None:
    """Exiftool finds in a document that was made anew only how it is packed."""
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed (Debian: libimage-exiftool-perl)")
    before = _exiftool(ending, TELLING[ending](), tmp_path)
    after = _exiftool(ending, clean(TELLING[ending]()).content, tmp_path)
    if {tag.partition(":")[0] for tag in before} <= {"ZIP"}:
        pytest.skip("exiftool cannot look into packed documents (Debian: libarchive-zip-perl)")
    assert len(before - after) > 0
    assert {tag.partition(":")[0] for tag in after} <= {"ZIP"}


PROGRAMS = {"docx": "libswlo.so", "odt": "libswlo.so", "xlsx": "libsclo.so", "ods": "libsclo.so",
            "pptx": "libsdlo.so", "odp": "libsdlo.so"}  # fmt: skip
READ_AS = {"docx": "txt:Text", "odt": "txt:Text", "xlsx": "csv", "ods": "csv", "pptx": "fodp", "odp": "fodp"}
SHOWN = {
    "docx": ("Put in", "Moved", "Taken in", "Cell"),
    "odt": ("file web", "Point"),
    "xlsx": (",42", "web"),
    "ods": ("in two columns", "42"),
    "pptx": ("Friday",),
    "odp": (),
}


@pytest.mark.parametrize("ending", TELLING)
def test_libreoffice_opens_it_and_reads_the_same(ending: str, tmp_path: Path) -> None:
    """LibreOffice opens a document that was made anew, and reads in it what one reads, and nothing that was planted."""
    office = shutil.which("soffice")
    if office is None or not (Path(office).resolve().parent / PROGRAMS[ending]).exists():
        pytest.skip("LibreOffice is not installed, or not the part of it that opens these")
    (tmp_path / f"a.{ending}").write_bytes(clean(TELLING[ending]()).content)
    words = ("--headless", f"-env:UserInstallation={(tmp_path / 'own').as_uri()}", "--convert-to", READ_AS[ending])
    subprocess.run(
        [office, *words, "--outdir", tmp_path, tmp_path / f"a.{ending}"], check=True, capture_output=True, timeout=180
    )
    read = (tmp_path / f"a.{READ_AS[ending].partition(':')[0]}").read_text(encoding="utf-8", errors="replace")
    for word in (SEEN, *SHOWN[ending]):
        assert word in read
    assert "Okafor" not in read


_FILES = {name: make() for name, make in TELLING.items()}


@given(st.data())
def test_spoiled_documents_are_refused_or_made_clean(data: st.DataObject) -> None:
    """Whatever bytes are changed, cut or put in: the answer is a refusal, or a document without traces."""
    content = bytearray(_FILES[data.draw(st.sampled_from(sorted(_FILES)))])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        how = data.draw(st.sampled_from(["set", "cut", "put", "end"]))
        if how == "set":
            content[at] = data.draw(st.integers(0, 255))
        elif how == "end":
            del content[max(at, 40) :]
        elif how == "cut":
            del content[at : at + data.draw(st.integers(1, 40))]
        else:
            content[at:at] = data.draw(st.binary(max_size=12))
    _judge(bytes(content))


@given(st.data())
def test_spoiled_parts_are_refused_or_made_clean(data: st.DataObject) -> None:
    """The same of the parts before they are packed, so that the reader of packed folders does not refuse them all."""
    parts = unpacked(_FILES[data.draw(st.sampled_from(sorted(_FILES)))])
    name = data.draw(st.sampled_from(sorted(parts)))
    content = bytearray(parts[name])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, max(0, len(content) - 1)))
        words = [b"<", b">", b'"', b"<w:p>", b'r:id="rId1"', b"</w:r>", b"&amp;", b"0", b"-1", b"x:", b"\x00", b"//"]
        content[at : at + data.draw(st.integers(0, 9))] = data.draw(st.sampled_from(words))
    _judge(packed({**parts, name: bytes(content)}))


def _judge(content: bytes) -> None:
    cleaner = MediaCleaner()
    try:
        made = cleaner.clean("a", content, largest=LARGEST, types=ENDINGS)
    except UnfitFileError as refused:
        answer = refused.reason
    else:
        answer = ", ".join(cleaner.traces(made.content))
        assert cleaner.clean("a", made.content, largest=LARGEST, types=ENDINGS).content == made.content
    assert answer in {*REASONS, ""}
    assert isinstance(cleaner.traces(content), tuple)
