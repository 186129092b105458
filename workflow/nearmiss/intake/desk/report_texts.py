"""The texts of a report that waits: each with what was marked in it, to be edited, and put back where it was."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.engine.forms.shapes import Kind, Shape, shape_of
from nearmiss.intake.desk.telling import name_of_way
from nearmiss.render.languages import N_

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nearmiss.engine.intake.values import Marked, WaitingReport
    from nearmiss.intake.desk.visits import Visit

Way = tuple[str | int, ...]

FREE = frozenset({Kind.TEXT, Kind.LINE, Kind.LINES})
"""Kinds of fields in which a reporter writes words of their own."""
UNEDITED: frozenset[Way] = frozenset({("lang",)})
"""What looks like a text, and is chosen by the program."""
MACHINE = N_("Number of the machine")
BEGIN = "text-"
"""How the names of the fields for texts begin."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A piece of a text: the words, and where they are marked, why, and how sure that is."""

    words: str
    because: str = ""
    sure: bool = False


@dataclass(frozen=True, kw_only=True)
class Text:
    """One text of a report: the name of its field in the form, what it is called, what it says, and its pieces."""

    name: str
    label: str
    text: str
    is_long: bool
    pieces: tuple[Piece, ...]

    @property
    def is_marked(self) -> bool:
        """Whether anything in it is marked."""
        return any(piece.because for piece in self.pieces)


def texts_of(visit: Visit, report: WaitingReport) -> list[Text]:
    """Return every text of a report that may be edited, in the order of the record."""
    return [
        Text(
            name=name_of_field(way),
            label=label_of_text(visit, way),
            text=text,
            is_long=kind is Kind.TEXT,
            pieces=pieces_of(text, [mark for mark in report.marks if mark.field == spelt(way)]),
        )
        for way, kind, text in _walk(shape_of("report"), report.answers, ())
        if way not in UNEDITED
    ]


def label_of_text(visit: Visit, way: Way) -> str:
    """Return what a text is called: a link from the form is always the number of a machine."""
    if way[0] == "links" and way[-1] == "ref":
        return visit.say(MACHINE)
    return name_of_way(visit, ("report", *way), whole=False)


def _walk(shape: Shape, value: Any, way: Way) -> Iterator[tuple[Way, Kind, str]]:
    """Yield the texts below a shape; what its model does not know is a line too, so that nothing stays unseen."""
    if isinstance(value, dict):
        known = {one.key: one for one in shape.inside}
        for key, inner in value.items():
            yield from _walk(known.get(key, shape), inner, (*way, key))
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _walk(shape, inner, (*way, place))
    elif isinstance(value, str) and shape.kind in FREE | {Kind.PART, Kind.PARTS}:
        yield way, Kind.TEXT if shape.kind is Kind.TEXT else Kind.LINE, value


def spelt(way: Way) -> str:
    """Spell a way as marks do: `links[0].ref`."""
    words = ""
    for step in way:
        words += f"[{step}]" if isinstance(step, int) else f".{step}" if words else step
    return words


def name_of_field(way: Way) -> str:
    """Return the name of the field for the text at a way."""
    return BEGIN + "-".join(str(step) for step in way)


def pieces_of(text: str, marks: Sequence[Marked]) -> tuple[Piece, ...]:
    """Return a text in pieces, marked and unmarked; where marks overlap, the first that begins is shown."""
    pieces, place = [], 0
    for mark in sorted(marks, key=lambda one: (one.start, -one.end)):
        if mark.start < place or not 0 <= mark.start < mark.end <= len(text):
            continue
        if mark.start > place:
            pieces.append(Piece(words=text[place : mark.start]))
        pieces.append(Piece(words=text[mark.start : mark.end], because=mark.because or mark.kind, sure=mark.sure))
        place = mark.end
    if place < len(text):
        pieces.append(Piece(words=text[place:]))
    return tuple(pieces)


def edited(report: WaitingReport, typed: Mapping[str, str]) -> dict[str, Any]:
    """Return the answers of a report with the texts as they were typed; one that was emptied is taken out.

    A part whose text was taken out goes with it, such as a link without its number.
    """
    answers: dict[str, Any] = deepcopy(dict(report.answers))
    for way, _, text in list(_walk(shape_of("report"), answers, ())):
        now = typed.get(name_of_field(way), text).replace("\r\n", "\n").replace("\r", "\n").strip()
        if now != text:
            _put(answers, way, now)
    return {key: _without_gaps(value) for key, value in answers.items() if value not in (None, "", [], {})}


def _put(answers: dict[str, Any], way: Way, text: str) -> None:
    inner: Any = answers
    for place, step in enumerate(way[:-1]):
        if not text and isinstance(way[place + 1], int):
            # Of a list, the whole part goes; its place stays until all texts are put.
            inner[step] = list(inner[step])
            inner[step][int(way[place + 1])] = None
            return
        inner = inner[step]
        if inner is None:
            return
    if text:
        inner[way[-1]] = text
    else:
        inner.pop(way[-1], None)


def _without_gaps(value: Any) -> Any:
    return [one for one in value if one is not None] if isinstance(value, list | tuple) else value
