"""How wide text will be, near enough to break it into lines before any browser has seen it."""

from __future__ import annotations

from nearmiss.render.characters import tidy

SIZE = 14
"""Height of all letters in a picture: 11 pixels where the picture is 350 pixels wide."""

LEADING = 18
"""From one line to the next."""

ELLIPSIS = "…"

# Thousandths of the height, as in Arial and its like; those of devices differ; DejaVu Sans and Verdana are widest.
_WIDTHS_OF = {
    0: "\u200b\u200c\u200d",
    191: "'",
    222: "ijl",
    278: " !,./:;I[]ft|\\",
    333: "()-r`",
    355: '"',
    389: "*",
    469: "^",
    500: "Jckxsvyz",
    556: "#$0123456789?L_abdeghnopquäöü",
    584: "+<=>~",
    611: "FTZß",
    667: "&ABEKPSVXYÄ",
    722: "CDHNRUwÜ",
    778: "GOQÖ",
    833: "Mm",
    889: "%",
    944: "W",
    1015: "@…",
}
_LAST_COMBINING, _FIRST_WIDE = 0x36F, 0x1100
_FIRST_COMBINING = 0x300
_ACCENTED, _OTHER, _WIDE = 667, 760, 1250
_ROOM_FOR_OTHER_FONTS = 1.17
_BOLD = 1.14


class _Widths(dict[str, int]):
    """The widths of characters; those that are in no table are reckoned by where they stand in Unicode."""

    def __missing__(self, character: str) -> int:
        point = ord(character)
        if point >= _FIRST_WIDE:
            return _WIDE
        if point > _LAST_COMBINING:
            return _OTHER
        return 0 if point >= _FIRST_COMBINING else _ACCENTED


_WIDTHS = _Widths({character: width for width, characters in _WIDTHS_OF.items() for character in characters})
_width_of = _WIDTHS.__getitem__


def width_of(text: str, *, bold: bool = False) -> float:
    """Return how wide a line of text will be at most, in units of the picture."""
    return _scale(bold=bold) * sum(map(_width_of, text))


def wrap(text: str, room: float, *, most: int, bold: bool = False) -> list[str]:
    """Break text into lines no wider than the room, at most so many; what is left out is told by an ellipsis.

    A word that is wider than the room is broken where it has to be.
    """
    limit = room / _scale(bold=bold)
    lines: list[str] = []
    line, used = "", 0.0
    for word in tidy(text).split(" "):
        width = sum(map(_width_of, word))
        if line and used + 278 + width <= limit:
            line, used = f"{line} {word}", used + 278 + width
            continue
        if line:
            lines.append(line)
        while width > limit and len(lines) <= most:
            fits = max(1, _how_many_fit(word, limit))  # or it would never come to an end
            lines.append(word[:fits])
            word = word[fits:]  # noqa: PLW2901 - what is left of the word is the word now
            width = sum(map(_width_of, word))
        line, used = word, width
        if len(lines) > most:
            break
    if line:
        lines.append(line)
    if len(lines) > most:
        lines = [*lines[: most - 1], _shortened(lines[most - 1], limit)]
    return lines


def one_line(text: str, room: float, *, bold: bool = False) -> str:
    """Return as much of a text as one line holds, or nothing."""
    return "".join(wrap(text, room, most=1, bold=bold))


def _scale(*, bold: bool) -> float:
    return SIZE / 1000 * _ROOM_FOR_OTHER_FONTS * (_BOLD if bold else 1)


def _how_many_fit(word: str, limit: float) -> int:
    """Return how many characters of a word that is too wide fit."""
    used = 0
    for count, character in enumerate(word):
        used += _WIDTHS[character]
        if used > limit:
            return count
    return len(word)


def _shortened(line: str, limit: float) -> str:
    """Return the line with an ellipsis at its end, shortened where it would not fit."""
    kept = line[: _how_many_fit(line, limit - _WIDTHS[ELLIPSIS])]
    return kept.rstrip() + ELLIPSIS
