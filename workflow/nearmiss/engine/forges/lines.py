"""The lines that count in a comment: `/sign-off ID STEP DIGITS`, `/object ID STEP DIGITS because: …`, each by itself.

What a forge shows as a quotation, as code or not at all was not said by whoever posted it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.models.ids import POLICY_SUBJECT, is_record_id

if TYPE_CHECKING:
    from collections.abc import Iterator

_ABOUT = r" (?P<subject>[A-Za-z0-9-]{3,40}) (?P<transition>[a-z0-9-]{1,60}) (?P<digits>[0-9a-f]{8,64})"
_APPROVE = re.compile(rf"/sign-off{_ABOUT}")
_UNSEEN = r"\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_OBJECT = re.compile(rf"/object{_ABOUT} because: (?P<because>[^\s{_UNSEEN}][^{_UNSEEN}]{{0,1999}})")
_MEANT = re.compile(r"/(?:sign-off|object)(?![\w-])")
_FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})(?P<rest>.*)")
_HIDING = re.compile(r"<(?:!--|pre\b|code\b|script\b|style\b|textarea\b|template\b)", re.IGNORECASE)

HOW = "It is written alone on its line: /sign-off ID STEP DIGITS, or /object ID STEP DIGITS because: …"


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line in which somebody gives their word; `digits` begin the digest of what they looked at.

    Where it cannot count as it is written, `slip` says why and the rest is empty.
    """

    verdict: str = ""
    subject: str = ""
    transition: str = ""
    digits: str = ""
    because: str = ""
    slip: str = ""


def lines_of(text: str) -> tuple[Line, ...]:
    """Return the lines of a comment in which somebody gives their word, in order.

    Lines end at a line feed only. A line counts in a paragraph that has nothing but such lines: with other words around
    it, it could be part of a quotation or of a list.
    """
    plain = text.replace("\r\n", "\n")
    paragraphs = list(_paragraphs(plain))
    hidden = any(_HIDING.search(line) for paragraph in paragraphs for line in paragraph)
    return tuple(line for paragraph in paragraphs for line in _lines(paragraph, hidden=hidden))


def _paragraphs(text: str) -> Iterator[list[str]]:
    """Yield the paragraphs of a comment that are not code between fences, each as its lines."""
    paragraph: list[str] = []
    fence = ""
    for line in text.split("\n"):
        match = _FENCE.fullmatch(line)
        if fence:
            if match and match["fence"].startswith(fence) and not match["rest"].strip():
                fence = ""
            continue
        # Backticks with more of them behind are code within a line, and open nothing.
        opens = match is not None and not (match["fence"][0] == "`" and "`" in match["rest"])
        if match is not None and opens:
            fence = match["fence"]
        if line.strip(" \t") and not opens:
            paragraph.append(line.rstrip(" \t"))
            continue
        if paragraph:
            yield paragraph
        paragraph = []
    if paragraph:
        yield paragraph


def _lines(paragraph: list[str], *, hidden: bool) -> Iterator[Line]:
    if not all(_MEANT.match(line) for line in paragraph):
        return
    for line in paragraph:
        found = _read(line)
        if found is None:
            yield Line(slip=f"This line cannot be read. {HOW}")
        elif hidden:
            yield Line(slip="The comment hides something in HTML, so it does not count. Post the line alone.")
        else:
            yield found


def _read(line: str) -> Line | None:
    approves, objects = _APPROVE.fullmatch(line), _OBJECT.fullmatch(line)
    match = approves or objects
    if match is None or not (is_record_id(match["subject"]) or match["subject"] == POLICY_SUBJECT):
        return None
    return Line(
        verdict="approve" if approves else "object",
        subject=match["subject"],
        transition=match["transition"],
        digits=match["digits"],
        because=objects["because"].rstrip() if objects else "",
    )
