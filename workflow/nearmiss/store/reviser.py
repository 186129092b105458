"""Edits to a document that exists: only the characters of what changes are written, and the result is proved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.errors import NearMissError
from nearmiss.models.sections import KEY_ORDER
from nearmiss.policy.findings import spell_field
from nearmiss.store.changes import Change, Kind, changed, differences, edited, same
from nearmiss.store.guard import position
from nearmiss.store.nodes import Node, find, has_comments, line_end, line_start, parse
from nearmiss.store.reader import read
from nearmiss.store.writer import WIDTH, block_lines, entry_lines, flow_text, spell_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nearmiss.engine.documents import Edit
    from nearmiss.policy.findings import Field, Finding


class UnreadableDocumentError(NearMissError):
    """A document that is to be edited has findings, so nobody can say what an edit would mean."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        first = findings[0]
        super().__init__(
            f"The document cannot be edited while it cannot be read: line {first.line}: {first.message}",
            hint=first.hint,
        )
        self.findings = tuple(findings)


class UneditableFormError(NearMissError):
    """A value is written in a form in which it cannot be changed without touching what is around it."""

    def __init__(self, at: Field, line: int) -> None:
        super().__init__(
            f"{spell_field(at)} (near line {line}) cannot be changed without losing comments around it",
            hint="Change it in an editor, or move the comments out of the brackets there",
        )
        self.at = at
        self.line = line


class DisputedDocumentError(NearMissError):
    """Another YAML reader would take the document for other data; it is not saved."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"Another YAML reader does not read the same in this document: {reason}",
            hint="Write the unusual part of it in plain `key: value` lines and quoted text",
        )


def revise(raw: bytes, edits: Sequence[Edit], *, order: Sequence[str] = KEY_ORDER) -> bytes:
    """Apply edits to a document, keeping its comments, key order and untouched formatting.

    Each edit is meant for the document as those before it leave it. Only the values that differ in the end are
    written, in the canonical form; a new key of the document goes where `order` has it, any other to the end of its
    mapping. Comments inside a value that goes, go with it. The result is read again, by our reader and by ruamel, and
    must be what was meant. Raises UnreadableDocumentError, UnfitEditError, UnwritableDataError, UneditableFormError,
    DisputedDocumentError.
    """
    reading = read(raw)
    if reading.data is None:
        raise UnreadableDocumentError(reading.findings)
    data: Any = reading.data
    intended = data
    for edit in edits:
        intended = edited(intended, edit)
    if same(data, intended):
        return raw
    text = raw.decode()
    for change in differences(data, intended):
        data = changed(data, change)
        text = _carry_out(text, change, data, order)
    hear_ruamel(text, intended)
    return text.encode()


def _carry_out(text: str, change: Change, intended: Any, order: Sequence[str]) -> str:
    """Return the first way to write the change that reads as intended: the ways go from faithful to thorough."""
    root = parse(text)
    for candidate in _candidates(text, root, change, intended, order):
        reading = read(candidate.encode())
        if reading.data is not None and same(reading.data, intended):
            return candidate
    above = find(root, change.at[:-1])
    raise UneditableFormError(change.at, position(text, above.start)[0])


def _candidates(text: str, root: Node, change: Change, intended: Any, order: Sequence[str]) -> Iterator[str]:
    """Yield ways to write a change: in its place; on one line; with more and more around it written anew."""
    if change.at:
        yield from _candidates_below(text, root, change, intended, order)
    else:
        yield _put_root(text, root, change.value)


def _candidates_below(text: str, root: Node, change: Change, intended: Any, order: Sequence[str]) -> Iterator[str]:
    holder = find(root, change.at[:-1])
    if holder.flow:
        candidate = _in_flow(text, holder, change)
        if not _grows_too_wide(text, root, change, candidate):
            yield candidate
    else:
        yield _in_block(text, holder, change, order)
    for length in range(len(change.at) - 1, 0, -1):
        way = change.at[:length]
        if _may_be_written_anew(text, root, way):
            above = find(root, way[:-1])
            yield _put_entry(text, above, above.child(way[-1]), _value_at(intended, way), way)
    if holder.flow:
        yield _in_flow(text, holder, change)
    elif change.kind is Kind.PUT:
        yield _put_on_one_line(text, holder, change)


def _may_be_written_anew(text: str, root: Node, way: Field) -> bool:
    """Say whether a value stands in block form, below or beside its key or dash, and no comment is inside it."""
    holder = find(root, way[:-1])
    if holder.flow:
        return False
    index = holder.child(way[-1])
    node, header_end = holder.items[index], line_end(text, holder.indicator_end(text, index))
    return "#" not in text[header_end : node.start] and not has_comments(text, node)


def _value_at(data: Any, way: Field) -> Any:
    for step in way:
        data = data[step]
    return data


def _grows_too_wide(text: str, root: Node, change: Change, candidate: str) -> bool:
    """Say whether a change inside brackets is better written on lines of its own: long, or text of several lines."""
    if isinstance(change.value, str) and "\n" in change.value:
        return True
    outermost = next(node for node in (find(root, change.at[:n]) for n in range(len(change.at))) if node.flow)
    longest = max(map(len, _lines_of(text, outermost.start, outermost.end)))
    grown = outermost.end + len(candidate) - len(text)
    return longest <= WIDTH < max(map(len, _lines_of(candidate, outermost.start, grown)))


def _lines_of(text: str, start: int, end: int) -> list[str]:
    return text[line_start(text, start) : line_end(text, end)].split("\n")


def _put_root(text: str, root: Node, value: Any) -> str:
    lines = block_lines(value, indent=0, at=()) if value else ["{}"]
    # A mapping in brackets may stand behind `---`, where one in block form cannot.
    head = text[: root.start]
    gap = "\n" if head[line_start(text, root.start) :].strip(" ") else ""
    return head.rstrip(" ") + gap + "\n".join(lines) + (text[root.end :] or "\n")


def _in_block(text: str, holder: Node, change: Change, order: Sequence[str]) -> str:
    step = change.at[-1]
    if change.kind is Kind.PUT:
        return _put_entry(text, holder, holder.child(step), change.value, change.at)
    if change.kind is Kind.DROP:
        return _drop_entry(text, holder, holder.child(step))
    if isinstance(step, int):
        prefix, place = "-", step
    else:
        prefix, place = spell_key(step, change.at[:-1]) + ":", _place_of_key(holder, step, change.at, order)
    lines = entry_lines(" " * holder.column + prefix, change.value, indent=holder.column, at=change.at)
    return _insert_lines(text, holder, place, lines)


def _place_of_key(holder: Node, key: str, at: Field, order: Sequence[str]) -> int:
    """Return before which of the items a new key belongs: only the document's own keys have an order."""
    ranks = {name: rank for rank, name in enumerate(order)}
    if len(at) > 1 or key not in ranks:
        return len(holder.items)
    before = [
        index for index, sibling in enumerate(holder.keys) if ranks.get(str(sibling.text), len(ranks)) < ranks[key]
    ]
    return before[-1] + 1 if before else 0


def _put_entry(text: str, holder: Node, index: int, value: Any, at: Field) -> str:
    """Write another value behind a key or dash in block form, leaving the comment on its line where it is."""
    indicator_end = holder.indicator_end(text, index)
    prefix = text[line_start(text, indicator_end) : indicator_end]
    lines = entry_lines(prefix, value, indent=holder.column, at=at)
    return _replace_value(text, holder.items[index], indicator_end, lines)


def _put_on_one_line(text: str, holder: Node, change: Change) -> str:
    index = holder.child(change.at[-1])
    indicator_end = holder.indicator_end(text, index)
    prefix = text[line_start(text, indicator_end) : indicator_end]
    line = f"{prefix} {flow_text(change.value, change.at)}"
    return _replace_value(text, holder.items[index], indicator_end, [line])


def _replace_value(text: str, old: Node, indicator_end: int, lines: list[str]) -> str:
    comment = _comment_beside(text, old, indicator_end)
    gap = text[indicator_end : old.start]
    if gap and not gap.strip(" ") and len(lines) == 1:
        start = line_start(text, indicator_end)
        lines = [text[start:indicator_end] + gap + lines[0][indicator_end - start + 1 :]]
    first, *rest = lines
    written = "\n".join([first + comment, *rest])
    return text[: line_start(text, indicator_end)] + written + (text[line_end(text, old.end) :] or "\n")


def _comment_beside(text: str, old: Node, indicator_end: int) -> str:
    """Return the comment, with the space before it, that stands on the line of a key or dash behind its value."""
    if old.flow or (old.single and not old.block_text):
        return text[old.end : line_end(text, old.end)].rstrip(" \t")
    start = old.start if old.block_text else indicator_end
    _, hash_sign, comment = text[start : line_end(text, start)].partition(" #")
    if old.block_text or line_start(text, old.start) > indicator_end:
        return hash_sign + comment
    return ""


def _insert_lines(text: str, holder: Node, place: int, lines: list[str]) -> str:
    if place == 0:
        # The first entry may stand behind a dash, so its line is shared: what is new begins where it began.
        start = holder.entry_start(text, 0)
        return text[:start] + "\n".join(lines).lstrip(" ") + "\n" + " " * holder.column + text[start:]
    end = end_with_comments(text, holder.items[place - 1].end, holder.column)
    return text[:end] + "\n" + "\n".join(lines) + (text[end:] or "\n")


def end_with_comments(text: str, position: int, column: int) -> int:
    """Return the end of the line of a position, or of the last comment below it that stands deeper than the column."""
    end = ahead = line_end(text, position)
    while ahead < len(text):
        start, ahead = ahead + 1, line_end(text, ahead + 1)
        line = text[start:ahead]
        bare = line.lstrip(" ")
        if bare.startswith("#") and len(line) - len(bare) > column:
            end = ahead
        elif bare:
            break
    return end


def _drop_entry(text: str, holder: Node, index: int) -> str:
    """Take one of several entries out of a mapping or list in block form, with its lines."""
    start, end = holder.entry_start(text, index), line_end(text, holder.items[index].end)
    if not text[line_start(text, start) : start].strip(" "):
        return text[: line_start(text, start)] + text[end + 1 :]
    if index + 1 == len(holder.items):
        return text  # An explicit `? key`, for which there is no way; the proof refuses what has not changed.
    # It stands behind a dash, on the dash's line: the next entry takes its place there.
    following = holder.entry_start(text, index + 1)
    return text[:start] + (text[end:] if text[end:following].strip(" \t\n") else text[following:])


def _in_flow(text: str, holder: Node, change: Change) -> str:
    """Write a change inside brackets, on the same line."""
    step = change.at[-1]
    if change.kind is Kind.PUT:
        old = holder.items[holder.child(step)]
        return text[: old.start] + _spaced(text, old) + flow_text(change.value, change.at) + text[old.end :]
    if change.kind is Kind.DROP:
        return _drop_in_flow(text, holder, holder.child(step))
    written = flow_text(change.value, change.at)
    if isinstance(step, str):
        written = f"{spell_key(step, change.at[:-1])}: {written}"
    place = step if isinstance(step, int) else len(holder.items)
    if place == 0:
        start = holder.entry_start(text, 0)
        return f"{text[:start]}{written}, {text[start:]}"
    end = holder.items[place - 1].end
    return f"{text[:end]}, {written}{text[end:]}"


def _spaced(text: str, old: Node) -> str:
    """Return the space that a value needs in front where there was none, behind a bare colon."""
    return " " if old.start == old.end and text[old.start - 1] == ":" else ""


def _drop_in_flow(text: str, holder: Node, index: int) -> str:
    if index + 1 < len(holder.items):
        return text[: holder.entry_start(text, index)] + text[holder.entry_start(text, index + 1) :]
    return text[: holder.items[index - 1].end] + text[holder.items[index].end :]


def hear_ruamel(text: str, intended: Any) -> None:
    """Let ruamel read what is to be saved: data are signed as read, so no two readers may differ about them."""
    from ruamel.yaml import YAML  # only who saves needs it, and it takes longer than the edit
    from ruamel.yaml.error import YAMLError

    try:
        heard = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise DisputedDocumentError(str(getattr(error, "problem", None) or error)) from error
    if not same(heard, intended):
        first = next(differences(intended, heard))
        raise DisputedDocumentError(spell_field(first.at))
