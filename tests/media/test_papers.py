"""A paper keeps what its pages are drawn by, and of everything else that can stand in one nothing at all."""

from __future__ import annotations

import io
import struct
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String

from nearmiss.engine.cleaning import UnfitFileError
from nearmiss.media.cleaning import MediaCleaner
from nearmiss.media.drawings import MARKED
from nearmiss.media.paper_parts import LAYER, PROFILE
from nearmiss.media.papers import clean_paper, paper_traces
from nearmiss.media.profiles import bare_profile
from nearmiss.media.torn import TornError
from tests.media import planted

WORD = planted.WORD
SHOWN = (
    b"q\n/Gs0 gs\n/Cs0 cs\n0.5 scn\n10 10 50.25 50 re\nf\n/Fm0 Do\n/Im0 Do\nQ\nBT\n/F0 12 Tf\n(100% \\(seen\\)) Tj\nET"
)
"""What is drawn, as it is written anew."""


def everywhere() -> Pdf:
    """Return a paper with a word in every place of its parts where one does not see it."""
    paper = Pdf.new()
    page = paper.add_blank_page(page_size=(200, 200))
    told: dict[str, Any] = {"Told": String(WORD), "PieceOf": Dictionary(By=String(WORD))}

    def stream(content: bytes, **keys: object) -> pikepdf.Object:
        made = paper.make_stream(content)
        for name, value in {**keys, **told}.items():
            made[f"/{name}"] = value
        return paper.make_indirect(made)

    remark = f"% drawn by {WORD}\n".encode()
    function = stream(remark + b"{ }", FunctionType=4, Domain=[0, 1], Range=[0, 1])
    separation = Array([Name.DeviceN, Array([Name.Spot]), Name.DeviceGray, function, Dictionary(**told)])
    profile = stream(planted.profile(), N=3)
    tile = stream(
        remark + b"0 0 4 4 re f", PatternType=1, PaintType=1, TilingType=1, BBox=[0, 0, 8, 8], XStep=8, YStep=8
    )
    shade = Dictionary(ShadingType=2, ColorSpace=Name.DeviceGray, Coords=[0, 0, 1, 1], Function=function, **told)
    form = stream(remark + b"/Span <</ActualText (" + planted.PLANTED + b")>> BDC 0 0 5 5 re f EMC",
                  Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9], Resources=Dictionary(**told))  # fmt: skip
    image = stream(b"\x00\x01\x02", Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1, BitsPerComponent=8,
                   ColorSpace=Array([Name.ICCBased, profile]), ID=String(WORD))  # fmt: skip
    descriptor = Dictionary(Type=Name.FontDescriptor, FontName=Name.A, Flags=4, Lang=String(WORD), **told)
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, FontDescriptor=descriptor,
                      ToUnicode=stream(b"%%Creator " + planted.PLANTED + b"\nbegincmap endcmap"), **told)  # fmt: skip
    layer = paper.make_indirect(Dictionary(Type=Name.OCG, Name=String(WORD), Usage=Dictionary(
        CreatorInfo=Dictionary(Creator=String(WORD)), User=Dictionary(Name=String(WORD)), **told)))  # fmt: skip
    page.obj.Resources = Dictionary(
        ExtGState=Dictionary(Gs0=Dictionary(Type=Name.ExtGState, CA=0.5, **told)),
        ColorSpace=Dictionary(Cs0=separation), Pattern=Dictionary(P0=tile), Shading=Dictionary(Sh0=shade),
        XObject=Dictionary(Fm0=form, Im0=image), Font=Dictionary(F0=font),
        Properties=Dictionary(MC0=layer, MC1=Dictionary(ActualText=String(WORD))), **told,
    )  # fmt: skip
    page.obj.Contents = Array([
        paper.make_stream(remark + b"/P<</Lang (" + planted.PLANTED + b") /Alt (x)>> BDC\nq /Gs0 gs /Cs0 cs 0.5 scn\n"),
        paper.make_stream(b"10 10 50.25 50 re f /Fm0 Do /Im0 Do Q EMC /Tag (" + planted.PLANTED + b") DP /Tag MP\n"),
        paper.make_stream(b"/MC1 /MC1 BDC BT /F0 12 Tf (100% (seen)) Tj ET EMC (" + planted.PLANTED + b") told\n"),
        paper.make_stream(b"/OC /MC0 BDC 0 0 200 200 re f EMC % " + planted.PLANTED),
    ])  # fmt: skip
    page.obj.Annots = Array([Dictionary(
        Type=Name.Annot, Subtype=Name.Square, Rect=[0, 0, 9, 9], OC=layer, AP=Dictionary(N=form, **told),
        MK=Dictionary(R=0, **told), A=Dictionary(S=Name.URI, URI=String(f"mailto:{WORD}@example.org")), RC=String(WORD),
    )])  # fmt: skip
    paper.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(
        Name=String(WORD), Creator=String(WORD), OFF=Array([layer]), Order=Array([String(WORD), layer])))  # fmt: skip
    paper.Root.Lang, paper.Root.StructTreeRoot = String(WORD), Dictionary(**told)
    return paper


def saved(paper: Pdf, *, plain: bool = False) -> bytes:
    """Return a paper as a file; `plain` without any packing."""
    into = io.BytesIO()
    how: dict[str, Any] = {
        "stream_decode_level": pikepdf.StreamDecodeLevel.all,
        "object_stream_mode": pikepdf.ObjectStreamMode.disable,
        "compress_streams": False,
    }
    paper.save(into, **(how if plain else {}))
    return into.getvalue()


def unpacked(content: bytes) -> bytes:
    """Return a paper without any packing."""
    with pikepdf.open(io.BytesIO(content)) as paper:
        return saved(paper, plain=True)


def test_no_part_of_a_page_tells_what_one_does_not_see() -> None:
    """Remarks, marks, properties, keys that nobody knows, names of layers, makers of profiles: all gone, and told."""
    told = saved(everywhere())
    assert unpacked(told).count(planted.PLANTED) > 30

    made = clean_paper(told)

    assert planted.PLANTED not in unpacked(made.content)
    for word in (b"ActualText", b"/Lang", b"/Told", b"mailto"):
        assert word not in unpacked(made.content)
    assert made.removed == paper_traces(told)
    assert {MARKED, PROFILE, "names of layers", "an action", "data of a program"} <= set(made.removed)
    assert paper_traces(made.content) == ()
    assert MediaCleaner().traces(made.content) == ()


def test_what_is_drawn_stays_as_it_is() -> None:
    """The same steps in the same order; what is hidden stays hidden, since its layer is still the one that is off."""
    with pikepdf.open(io.BytesIO(clean_paper(saved(everywhere())).content)) as paper:
        page = paper.pages[0].obj
        assert page.Contents.read_bytes() == SHOWN + b"\n/OC /MC0 BDC\n0 0 200 200 re\nf\nEMC"
        needs = page.Resources
        assert needs.XObject.Fm0.read_bytes() == b"0 0 5 5 re\nf"
        assert needs.Pattern.P0.read_bytes() == b"0 0 4 4 re\nf"
        assert needs.ColorSpace.Cs0[3].read_bytes().strip() == b"{ }"
        assert needs.XObject.Im0.read_bytes() == b"\x00\x01\x02"
        assert float(needs.ExtGState.Gs0.CA) == 0.5
        assert str(needs.Shading.Sh0.ColorSpace) == "/DeviceGray"
        hidden = paper.Root.OCProperties.D.OFF[0]
        assert hidden.objgen == needs.Properties.MC0.objgen == page.Annots[0].OC.objgen
        assert str(hidden.Name) == LAYER
        assert "/MC1" not in needs.Properties


@pytest.mark.parametrize(
    "make", [everywhere, lambda: pikepdf.open(io.BytesIO(planted.paper()))], ids=["parts", "around"]
)
def test_clean_once_is_clean_for_good(make: object) -> None:
    """What was made clean has nothing to be taken out, and made clean again it draws the same."""
    once = clean_paper(saved(make()))  # type: ignore[operator]  # both make a paper
    twice = clean_paper(once.content)

    assert twice.removed == ()
    with pikepdf.open(io.BytesIO(once.content)) as one, pikepdf.open(io.BytesIO(twice.content)) as other:
        assert one.pages[0].obj.Contents.read_bytes() == other.pages[0].obj.Contents.read_bytes()


def test_what_pages_have_in_common_is_gone_through_as_well() -> None:
    """Resources that stand above the pages, as old programs write them, are kept and told like a page's own."""
    paper = everywhere()
    page = paper.pages[0].obj
    paper.Root.Pages.Resources = paper.make_indirect(page.Resources)
    del page["/Resources"]
    told = saved(paper)

    made = clean_paper(told)

    assert made.removed == paper_traces(told)
    assert planted.PLANTED not in unpacked(made.content)
    with pikepdf.open(io.BytesIO(made.content)) as clean:
        assert "/Im0" in clean.pages[0].obj.Resources.XObject


def test_nothing_is_said_aloud_of_what_is_left_out() -> None:
    """Names of places in a paper, and its forms, go without a warning of a library's to whoever cleans it."""
    paper = everywhere()
    paper.Root.Names = Dictionary(Dests=Dictionary(Names=Array([String(WORD), Array([paper.pages[0].obj, Name.Fit])])))
    paper.Root.Dests = Dictionary(Here=Array([paper.pages[0].obj, Name.Fit]))
    leads = Dictionary(S=Name.GoTo, D=String(WORD))
    paper.pages[0].obj.Annots.append(Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=leads))
    paper.pages[0].obj.Annots.append(
        Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], Dest=String(WORD))
    )
    field = paper.make_indirect(Dictionary(FT=Name.Tx, T=String(WORD)))
    paper.Root.AcroForm = Dictionary(Fields=Array([field]))

    assert planted.PLANTED not in unpacked(clean_paper(saved(paper)).content)


def test_a_picture_inside_a_drawing_says_nothing_more_of_itself() -> None:
    """One with keys of its own is refused; an ordinary one stays, byte for byte."""
    paper = Pdf.new()
    page = paper.add_blank_page()
    page.obj.Contents = paper.make_stream(b"BI /W 2 /H 2 /BPC 8 /CS /G ID \x01%\x03\x04 EI")
    assert b"ID\n\x01%\x03\x04 EI" in unpacked(clean_paper(saved(paper)).content)

    page.obj.Contents = paper.make_stream(
        b"BI /W 2 /H 2 /BPC 8 /CS /G /By (" + planted.PLANTED + b") ID \x01%\x03\x04 EI"
    )
    with pytest.raises(UnfitFileError) as refused:
        clean_paper(saved(paper))
    assert refused.value.reason == "not-clean"


def test_a_profile_keeps_what_reckons_colours() -> None:
    """Its curves and primaries stay; words, times and makers are gone for good; what is no profile is refused."""
    told = planted.profile()
    made = bare_profile(told)

    assert bare_profile(made) == made
    assert len(made) == struct.unpack(">I", made[:4])[0] < len(told)
    assert b"rXYZ" in made
    assert b"rTRC" in made
    assert b"desc" not in made
    assert b"cprt" not in made
    assert made[24:36] == bytes(12)
    for broken in (b"", told[:100], told[:36] + b"none" + told[40:], told[:140], told[:128] + b"\xff" * 4 + told[132:]):
        with pytest.raises(TornError):
            bare_profile(broken)
