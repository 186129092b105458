"""A QR code as one path: dark on light in every scheme of colours, for that is what cameras expect."""

from __future__ import annotations

from markupsafe import Markup, escape

from nearmiss.errors import NearMissError
from nearmiss.render.characters import tidy

QUIET = 4
"""Light modules around the code, as ISO/IEC 18004 wants them."""

MASK = 4
"""Every mask is readable and says itself which it is; to weigh all eight takes five times as long."""


class TooLongForCodeError(NearMissError):
    """A text does not fit into a QR code."""

    def __init__(self, length: int) -> None:
        super().__init__(
            f"{length} characters do not fit into a QR code.",
            hint="Give a shorter address: about 2,000 characters are the most.",
        )


def draw_qr_code(text: str, *, title: str, prefix: str) -> Markup:
    """Return the code of a text, commonly an address, as a drawing that is square.

    Raises:
        TooLongForCodeError: no code holds so much.
    """
    import segno

    try:
        code = segno.make_qr(text, error="m", mask=MASK)
    except segno.DataOverflowError as error:
        raise TooLongForCodeError(len(text)) from error
    side = len(code.matrix) + 2 * QUIET
    steps = "".join(_row(bytes(row), y + QUIET) for y, row in enumerate(code.matrix))
    name = escape(prefix)
    return Markup(  # noqa: S704 - title and prefix are escaped, the rest are numbers
        f'<svg xmlns="http://www.w3.org/2000/svg" class="nm-qr" viewBox="0 0 {side} {side}" role="img"'
        f' aria-labelledby="{name}-title" shape-rendering="crispEdges"><title id="{name}-title">{escape(tidy(title))}'
        f'</title><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{steps}"/></svg>'
    )


def _row(row: bytes, y: int) -> str:
    """Return the dark runs of one row as rectangles one unit high."""
    steps, x = "", 0
    while (start := row.find(1, x)) >= 0:
        end = row.find(0, start)
        x = len(row) if end < 0 else end
        steps += f"M{start + QUIET} {y}h{x - start}v1h-{x - start}z"
    return steps
