"""The strict reader: plain data from the parser's events of a document, or every fault that can be seen at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from nearmiss.engine.documents import Reading
from nearmiss.policy.findings import Finding
from nearmiss.store import guard
from nearmiss.store.disputes import QUOTED, disputes
from nearmiss.store.guard import DEEPEST, MOST_EVENTS
from nearmiss.store.parser import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    YAMLError,
    events,
)
from nearmiss.store.places import locate_many
from nearmiss.store.scalars import NOT_KEYS, NUMBER_STARTS, WORDS, Misspelt, is_string_key, resolve_number, shorten
from nearmiss.store.syntax import explain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nearmiss.policy.findings import Field


class _Enough(Exception):  # noqa: N818 - a signal inside this module, no error
    """Reading on would say nothing more, or could not be bounded."""


_STAND_IN = "?"
"""The key under which a value is kept whose own key cannot be one."""

_MESSAGES = {
    "yaml-tag": ("A tag (`!…`) tells readers to make something of the value", "Remove the tag, or quote the text"),
    "yaml-anchor": ("An anchor (`&…`) names a value to be used again", "Remove the anchor, or quote the text"),
    "yaml-alias": ("An alias (`*…`) stands for a value from elsewhere", "Write the value out, or quote the text"),
    "yaml-merge-key": ("The key `<<` merges other keys in", "Write the keys out"),
    "yaml-duplicate-key": ("The key `{0}` is given twice in one mapping", "Keep one of the two"),
    "yaml-key-not-string": ("The key `{0}` is no text", "Quote the key, or let its name begin with a letter"),
    "yaml-too-deep": (f"Values lie more than {DEEPEST} levels deep", "Look for stray brackets or dashes"),
    "yaml-too-many-nodes": (f"The document has more than {MOST_EVENTS:,} parts", "Put long material in an attachment"),
    "yaml-second-document": ("A second document begins", "Keep one in a file: remove `---` and what follows"),
    "yaml-empty": ("The document is empty", "Write its keys, beginning with `schema: 1`"),
    "yaml-not-a-mapping": ("The document is {0}, not keys with values", "Write `key: value` lines"),
    "yaml-control-character": ("The text holds {0} through an escape", "Remove the escape"),
}


@dataclass(frozen=True, kw_only=True)
class _Notes:
    """The findings so far, the way to the place where the builder is, and lines on which what goes on began."""

    findings: list[Finding]
    holders: list[Any]
    most: int
    spread: list[int]

    def add(self, code: str, mark: Any, *steps: str | int, shown: str = "") -> None:
        """Note a fault of the rule `code` at the parser's mark."""
        message, hint = _MESSAGES[code]
        self._note(code, message.format(shorten(shown)), hint, mark, steps)

    def add_misspelt(self, misspelt: Misspelt, mark: Any, *steps: str | int) -> None:
        """Note a scalar that may not stand as it is."""
        self._note(misspelt.code, misspelt.message, misspelt.hint, mark, steps)

    def _note(self, code: str, message: str, hint: str, mark: Any, steps: Field) -> None:
        self.findings.append(
            Finding(
                code=code,
                message=message,
                hint=hint,
                line=mark.line + 1,
                column=mark.column + 1,
                field=(*self._way(), *steps),
            )
        )
        if len(self.findings) >= self.most:
            raise _Enough

    def _way(self) -> Iterator[str | int]:
        # What was put last into each holder is the one that is being filled now.
        for into, _, _, _ in self.holders[1:]:
            yield next(reversed(into)) if isinstance(into, dict) else len(into) - 1


def read_strictly(raw: bytes, *, most: int, disputable: bool = True) -> Reading:
    """Build plain data from bytes that the guard has passed; reading stops after `most` findings.

    `disputable` asks for the closer look at what other readers may read otherwise.
    """
    notes = _Notes(findings=[], holders=[], most=most, spread=[])
    data = None
    try:
        data = _build(events(raw), notes, escapes=b"\\" in raw, properties=b"&" in raw or b"!" in raw)
    except _Enough:
        pass
    except YAMLError as error:
        notes.findings.append(explain(error))
    if data is not None and not notes.findings and (notes.spread or disputable):
        notes.findings.extend(disputes(raw))
    if notes.findings:
        return Reading(data=None, findings=tuple(_tell_first_places(notes.findings, raw)))
    return Reading(data=data)


def _tell_first_places(findings: list[Finding], raw: bytes) -> Iterator[Finding]:
    """Yield the findings; those of a key given twice say where it stands first."""
    twice = [finding.field for finding in findings if finding.code == "yaml-duplicate-key"]
    places = locate_many(raw, twice) if twice else {}
    for finding in findings:
        if finding.code == "yaml-duplicate-key":
            line, _ = places[finding.field]
            yield replace(finding, message=f"{finding.message}; it stands first in line {line}")
        else:
            yield finding


def _build(  # noqa: C901, PLR0912, PLR0915 - one loop: a call for each part of each record costs a tenth of the time
    stream: Iterator[Any], notes: _Notes, *, escapes: bool, properties: bool
) -> dict[str, Any]:
    """Build the data of the one document, noting its faults; raises _Enough where reading must stop.

    `escapes` and `properties` say whether there may be any (anchors and tags, that is): most documents have none.
    """
    _open_document(stream, notes)
    holders = notes.holders
    holders.append((None, False, None, None))
    root: dict[str, Any] = {}
    # `into` is what is being filled; `key` the key whose value comes next in a mapping, None where a key comes next.
    into: Any = root
    mapping = True
    key: Any = None
    for event in islice(stream, MOST_EVENTS):
        kind = type(event)
        if kind is ScalarEvent:
            value: Any = event.value
            plain = not event.style
            if properties:
                _note_properties(notes, event)
            if not plain:
                if escapes:
                    _note_escapes(notes, event)
                if event.style in QUOTED and event.end_mark.line != event.start_mark.line:
                    notes.spread.append(event.start_mark.line)
            if mapping and key is None:
                if plain and (value in NOT_KEYS or value[0] in NUMBER_STARTS):
                    _note_odd_key(notes, event)
                if value in into:
                    notes.add("yaml-duplicate-key", event.start_mark, value, shown=value)
                    del into[value]
                key = value
                continue
            if plain:
                if value in WORDS:
                    value = WORDS[value]
                elif value[0] in NUMBER_STARTS:
                    value = resolve_number(value)
                if value.__class__ is Misspelt:
                    notes.add_misspelt(value, event.start_mark, key if mapping else len(into))
            if mapping:
                into[key] = value
                key = None
            else:
                into.append(value)
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            into, mapping, key, opened = holders.pop()
            if opened is not None and event.end_mark.line != opened:
                notes.spread.append(opened)
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            if properties:
                _note_properties(notes, event)
            filled: Any = {} if kind is MappingStartEvent else []
            opened = event.start_mark.line if event.flow_style else None
            holders.append((into, mapping, _attach(filled, into, key, event, notes), opened))
            into, mapping, key = filled, kind is MappingStartEvent, None
        elif kind is AliasEvent:
            key = _note_alias(into, key, event, notes)
        elif kind is DocumentStartEvent:
            notes.add("yaml-second-document", event.start_mark)
            raise _Enough
    if kind is not StreamEndEvent:
        notes.add("yaml-too-many-nodes", event.start_mark)
    return root


def _open_document(stream: Iterator[Any], notes: _Notes) -> None:
    """Read up to the beginning of the document's mapping; anything else there ends reading."""
    beginning = next(stream)
    if type(next(stream)) is StreamEndEvent:
        notes.add("yaml-empty", beginning.start_mark)
        raise _Enough
    first = next(stream)
    kind = type(first)
    if kind is AliasEvent:
        notes.add("yaml-alias", first.start_mark)
        raise _Enough
    _note_properties(notes, first)
    if kind is MappingStartEvent:
        return
    if kind is ScalarEvent and not first.value and not first.style:
        notes.add("yaml-empty", first.start_mark)
    else:
        notes.add("yaml-not-a-mapping", first.start_mark, shown="a list" if kind is SequenceStartEvent else "one value")
    raise _Enough


def _attach(filled: Any, into: Any, key: Any, event: Any, notes: _Notes) -> str | None:
    """Put a new mapping or list where it belongs; return the key that stands in when it was in a key's place."""
    if len(notes.holders) >= DEEPEST:
        notes.add("yaml-too-deep", event.start_mark)
        raise _Enough
    if isinstance(into, list):
        into.append(filled)
        return None
    if key is not None:
        into[key] = filled
        return None
    notes.add("yaml-key-not-string", event.start_mark, shown="? …")
    into[_STAND_IN] = filled
    return _STAND_IN


def _note_properties(notes: _Notes, event: Any) -> None:
    if event.anchor is not None:
        notes.add("yaml-anchor", event.start_mark)
    if event.tag is not None:
        notes.add("yaml-tag", event.start_mark)


def _note_odd_key(notes: _Notes, event: Any) -> None:
    if event.value == "<<":
        notes.add("yaml-merge-key", event.start_mark)
    elif not is_string_key(event.value):
        notes.add("yaml-key-not-string", event.start_mark, shown=event.value or "(nothing)")


def _note_escapes(notes: _Notes, event: Any) -> None:
    found = guard.FORBIDDEN.search(event.value)
    if found is not None:
        notes.add("yaml-control-character", event.start_mark, shown=guard.spell_character(found[0]))


def _note_alias(into: Any, key: Any, event: Any, notes: _Notes) -> str | None:
    """Note an alias and put nothing in its place; return the key for which a value must follow, if any."""
    # What is merged in is part of the fault that the merge key is.
    if key != "<<":
        notes.add("yaml-alias", event.start_mark)
    if isinstance(into, list):
        into.append(None)
        return None
    if key is None:
        return _STAND_IN
    into[key] = None
    return None
