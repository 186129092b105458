"""Mending what is only form in a document: found, changed, and proved to say what it said before."""

from __future__ import annotations

from dataclasses import replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from nearmiss.engine.documents import Edit
from nearmiss.engine.form import Mending
from nearmiss.store.changes import edited, same
from nearmiss.store.guard import LARGEST_DOCUMENT
from nearmiss.store.layout import in_order, is_modeline, lay_out
from nearmiss.store.nodes import parse
from nearmiss.store.parser import YAMLError
from nearmiss.store.places import locate_many
from nearmiss.store.reader import read
from nearmiss.store.reviser import DisputedDocumentError, hear_ruamel
from nearmiss.store.scalars import shorten
from nearmiss.store.slips import amend, find_slips, note
from nearmiss.store.spellings import MENDABLE, data_of, doubtful_in, settled
from nearmiss.store.unwrapping import decode, unwrap
from nearmiss.store.writer import MODELINE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from nearmiss.engine.form import Form
    from nearmiss.policy.findings import Field, Finding
    from nearmiss.store.layout import Layout
    from nearmiss.store.slips import Slip

LARGEST_MENDED = 128 * 1024
"""Bytes of a document that is mended: the second reader, by which the outcome is proved, takes a second for these."""

MOST_TRIED = 200
"""Things of one document that are tried one at a time, each with a look at the whole."""


def mend(raw: bytes, form: Form) -> Mending:
    """Mend what is only form, and prove that the document says what it said.

    The data, comments included, are the same before and after; doubtful scalars become what they were meant as, where
    that is certain. Left alone is a document that is wrong in more than its form, or that another reader would read
    otherwise. The bytes of sealed keys stay, whatever else that leaves undone.
    """
    if _is_tidy(raw, form):
        return Mending(content=raw)
    if len(raw) > LARGEST_MENDED:
        message = f"nothing was mended in {len(raw):,} bytes; at most {LARGEST_MENDED:,} are"
        hint = "put long material beside the record as an attachment"
        return Mending(content=raw, left=(note(code="yaml-too-large", message=message, line=1, hint=hint),))
    text = decode(raw)
    if text is None:
        return Mending(content=raw)
    bare, unwrapped = unwrap(raw, text)
    if not _only_form_is_wrong(bare):
        return Mending(content=raw)
    return _Bench(bare, form, unwrapped, sealed=_sealed_parts(text.removeprefix("\ufeff"), form)).mending(raw)


def _is_tidy(raw: bytes, form: Form) -> bool:
    """Say quickly that there is nothing to mend; what could hide something is looked at more closely."""
    if b" \n" in raw or b"\t" in raw or not raw.startswith(_modeline(form).encode()) or not raw.endswith(b"\n"):
        return False
    data = read(raw).data
    return data is not None and list(data) == in_order(list(data), form.order, frozenset())


def _modeline(form: Form) -> str:
    return f"{MODELINE}{form.schema}\n" if form.schema else ""


def _only_form_is_wrong(text: str) -> bool:
    """Say whether the strict reader finds nothing in a text but what may be mended here."""
    reading = read(text.encode(), most=LARGEST_DOCUMENT)
    codes = {finding.code for finding in reading.findings}
    # What the parser itself cannot read ends reading; what only other readers refuse is told on its own.
    return codes <= MENDABLE or (codes == {"yaml-syntax"} and _parses(text))


def _parses(text: str) -> bool:
    try:
        parse(text)
    except YAMLError:
        return False
    return True


def _sealed_parts(text: str, form: Form) -> dict[str, str]:
    """Return the characters of each sealed key, or of the whole where its keys cannot be told apart by lines."""
    if not form.sealed:
        return {}
    # What came may be no YAML before what is around it is taken away.
    layout = lay_out(text) if _parses(text) else None
    if layout is None:
        return {"": text}
    return {key: entry for key, entry in layout.entries if key in form.sealed}


class _Bench:
    """A document on the bench: its text as it becomes, and what was done to it and left so far."""

    def __init__(self, text: str, form: Form, done: Sequence[Finding], *, sealed: Mapping[str, str]) -> None:
        self._text, self._form, self._sealed = text, form, sealed
        self._done: list[Finding] = list(done)
        self._left: list[Finding] = []
        root = parse(text)
        data = data_of(root, text)
        self._decided = {way: value for way, value in _decide(data, form) if not self._is_sealed(way)}
        self._meant = settled(data, self._decided)
        self._doubtful = [(way, value) for way, value in doubtful_in(self._meant)]

    def mending(self, raw: bytes) -> Mending:
        """Mend what can be mended; nothing at all where the outcome could be doubted."""
        if not self._holds(self._text):
            return Mending(content=raw, left=tuple(_sealed(finding) for finding in self._done))
        # First, while the lines are those of the document as it came.
        self._left += self._undecided()
        self._left += self._mend_slips(self._decided)
        self._put_in_order()
        self._put_modeline()
        if self._done and not self._doubtful:
            try:
                hear_ruamel(self._text, self._meant)
            except DisputedDocumentError as error:
                return Mending(
                    content=raw,
                    left=(note(code="form-disputed", message=error.message, line=1, hint=error.hint or ""),),
                )
        return Mending(content=self._text.encode(), done=_by_line(self._done), left=_by_line(self._left))

    def _holds(self, text: str) -> bool:
        """Say whether a text says what is meant, and has what is sealed as it was."""
        if not _only_form_is_wrong(text):
            return False
        data = settled(data_of(parse(text), text), self._decided)
        return same(data, self._meant) and _sealed_parts(text, self._form) == self._sealed

    def _try(self, text: str, said: Iterable[Finding]) -> bool:
        if not self._holds(text):
            return False
        self._text = text
        self._done += said
        return True

    def _mend_slips(self, decided: Mapping[Field, Any]) -> list[Finding]:
        """Mend slips of form, and the spelling of what is decided; return what is left because it is sealed."""
        spans = list(_spans(self._text, self._sealed))
        slips: list[Slip] = []
        held: list[Slip] = []
        for slip in find_slips(self._text, parse(self._text), decided):
            is_sealed = any(start <= slip.start < end for start, end in spans)
            (held if is_sealed else slips).append(slip)
        if slips and not self._try(amend(self._text, slips), [slip.finding for slip in slips]):
            self._mend_one_by_one(slips)
        return [_sealed(slip.finding) for slip in held]

    def _mend_one_by_one(self, slips: Sequence[Slip]) -> None:
        """Mend from the end, so that places stay; what changes what the document says is no slip, and is left."""
        for slip in reversed(slips[:MOST_TRIED]):
            self._try(amend(self._text, [slip]), [slip.finding])

    def _is_sealed(self, way: Field) -> bool:
        return way[0] in self._sealed or "" in self._sealed

    def _undecided(self) -> Iterator[Finding]:
        """Yield what is said of doubtful scalars that stay as they are."""
        places = locate_many(self._text.encode(), [way for way, _ in self._doubtful])
        for way, doubt in self._doubtful:
            shown = shorten(doubt.text)
            if self._is_sealed(way):
                yield _sealed(note(doubt.code, f"another spelling of `{shown}`", places[way][0]))
            else:
                message = f"`{shown}` could be meant in more than one way, or in none that fits"
                yield note(doubt.code, message, places[way][0], hint=doubt.hint)

    def _put_in_order(self) -> None:
        layout = lay_out(self._text)
        if layout is None:
            return
        keys = layout.keys()
        order = in_order(keys, self._form.order, frozenset(self._sealed))
        if order != keys and self._try(layout.ordered(order).text(), list(_moves(layout, order))):
            # What might have been part of the text above it is not, where it is now; what is left was told before.
            self._mend_slips({})
        if order != in_order(keys, self._form.order, frozenset()):
            message = "the order of keys is left as it is where signed ones would have to move"
            self._left.append(note(code="form-sealed", message=message, line=1))

    def _put_modeline(self) -> None:
        layout = lay_out(self._text)
        if layout is None or not self._form.schema:
            return
        lines = [line for line in layout.head.split("\n") if not is_modeline(line)]
        head = _modeline(self._form) + "\n".join(lines)
        if head != layout.head:
            said = note(code="form-modeline", message="the first line made to name the schema, for editors", line=1)
            self._try(replace(layout, head=head).text(), [said])


def _decide(data: Any, form: Form) -> Iterator[tuple[Field, Any]]:
    """Yield the field and the meaning of each doubtful scalar that can only mean one thing there."""
    doubts = list(doubtful_in(data))
    texts = settled(data, {way: doubt.text for way, doubt in doubts})
    for place, (way, doubt) in enumerate(doubts):
        if doubt.is_certain:
            yield way, doubt.meanings[0]
        elif place < MOST_TRIED:
            fitting = [each for each in doubt.meanings if form.fits(edited(texts, Edit(at=way, value=each)), way)]
            if len(fitting) == 1:
                yield way, fitting[0]


def _sealed(finding: Finding) -> Finding:
    """Return what is said where mending would touch what was signed."""
    message = f"not done, since it would change what was signed: {finding.message}"
    return replace(finding, code="form-sealed", message=message)


def _spans(text: str, sealed: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """Yield where the characters of sealed keys begin and end."""
    layout = lay_out(text)
    if layout is None:
        if sealed:
            yield 0, len(text) + 1
        return
    position = len(layout.head)
    for key, entry in layout.entries:
        if key in sealed:
            yield position, position + len(entry)
        position += len(entry)


def _moves(layout: Layout, order: list[str]) -> Iterator[Finding]:
    """Yield what is said of each key that goes elsewhere, with the key behind which it comes to stand."""
    keys = layout.keys()
    blocks = SequenceMatcher(a=keys, b=order, autojunk=False).get_matching_blocks()
    stay = {key for block in blocks for key in keys[block.a : block.a + block.size]}
    for place, key in enumerate(order):
        if key not in stay:
            where = f"behind `{order[place - 1]}`" if place else "to the top"
            yield note(code="form-key-order", message=f"`{shorten(key)}` put {where}", line=layout.line_of(key))


def _by_line(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: finding.line))
