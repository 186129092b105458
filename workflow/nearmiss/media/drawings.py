"""The drawing of a page of PDF: written anew from the steps that draw, without remarks and marks beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.engine.cleaning import UnfitFileError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pikepdf import Object

DRAWING = frozenset(
    "b B b* B* BT BX c cm CS cs d d0 d1 Do ET EX f F f* G g gs h i j J K k l m M n q Q re RG rg ri s S SC sc SCN scn "  # noqa: SIM905 - a list of so many would be read by nobody
    "sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y ' \"".split()
)
"""The steps by which a page is drawn; whatever else stands there draws nothing."""

BEGINS, ENDS = frozenset({"BMC", "BDC"}), "EMC"
INLINE = "INLINE IMAGE"
OF_INLINE = frozenset(
    "BPC BitsPerComponent CS ColorSpace D Decode DP DecodeParms F Filter H Height IM ImageMask I Interpolate L Length "  # noqa: SIM905 - as above
    "W Width".split()
)
"""What a picture inside a drawing may say of itself."""

MARKED = "remarks or marks in the drawing of a page"


def redrawn(drawing: Object) -> tuple[bytes, bool]:
    """Return the steps of a drawing (a page, or a stream), and whether anything beside them was left out.

    Marks by which parts are hidden stay; what they name is in the resources. Raises UnfitFileError for a picture inside
    the drawing that says more of itself than its pixels need.
    """
    from pikepdf import Stream, parse_content_stream, unparse_content_stream

    steps = list(parse_content_stream(drawing))
    kept = list(_kept(steps))
    made = unparse_content_stream(kept)
    if len(kept) < len(steps):
        return made, True
    raw = drawing.read_bytes() if isinstance(drawing, Stream) else None
    # A remark is no step, so it is seen only by what comes out without it.
    return made, raw is not None and b"%" in raw and raw.strip() != made.strip()


def _kept(steps: Iterable[Any]) -> Iterable[Any]:
    """Yield the steps that draw, and those that begin and end what may be hidden."""
    hiding: list[bool] = []
    for step in steps:
        name = str(step.operator)
        if name in BEGINS:
            hiding.append(name == "BDC" and _hides(step.operands))
            if hiding[-1]:
                yield step
        elif name == ENDS:
            if hiding and hiding.pop():
                yield step
        elif name == INLINE:
            _refuse_strange(step)
            yield step
        elif name in DRAWING:
            yield step


def _hides(operands: Any) -> bool:
    from pikepdf import Name

    return len(operands) == 2 and operands[0] == Name("/OC") and isinstance(operands[1], Name)  # noqa: PLR2004 - a tag and a name


def _refuse_strange(step: Any) -> None:
    picture = step.iimage
    said = {str(key).lstrip("/") for key in picture.obj.keys()}  # noqa: SIM118 - no dictionary of Python's
    if not said <= OF_INLINE:
        raise UnfitFileError("not-clean")
