"""Cleaning: foreign text becomes plain text of ours without losing what somebody wrote."""

from __future__ import annotations

import html
import re

_NEWLINES = re.compile("\r\n|[\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
# What a record's text may not hold (control characters, marks that turn the reading direction), and the byte order
# mark, lone surrogates and noncharacters, which not every reader survives.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# Most cells are short and hold nothing to clean: one look saves the eight below.
_SUSPECT = re.compile("[^ -%'-;=-~\xa1-\u1fff\u2010-\u2027]")
_HIDING = re.compile(r"<(?:(script|style)\b[^<>]*>|!--)", re.IGNORECASE)
_SHOWING = {
    "script": re.compile(r"</script\s*>", re.IGNORECASE),
    "style": re.compile(r"</style\s*>", re.IGNORECASE),
    "": re.compile("-->"),
}
_BREAKING = "br p div li ul ol tr table h1 h2 h3 h4 h5 h6 blockquote pre hr section article"
_INLINE = (
    "a abbr b big body caption center code dd dl dt em embed font form head html i iframe img input ins del kbd link "
    "mark meta object q s samp script small span strike strong style sub sup svg tbody td tfoot th thead title tt u var"
)


def _tags(names: str) -> re.Pattern[str]:
    # Only the names that HTML knows, closed by their own `>`: "a < b", "<LCES>" and "x <- y" are somebody's words.
    return re.compile(rf"</?(?:{'|'.join(names.split())})(?:[\s/][^<>]*)?>", re.IGNORECASE)


_BREAKING_TAG = _tags(_BREAKING)
_INLINE_TAG = _tags(_INLINE)
_BLANK_LINES = re.compile(r"\n{3,}")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


def normalise_newlines(text: str) -> str:
    """Return the text with every way of ending a line written as a line feed, and nothing else changed."""
    return _NEWLINES.sub("\n", text)


def clean_text(text: str) -> str:
    """Return foreign text as a record may hold it: tags and entities resolved, control characters gone.

    Tags that break a line become line breaks, other tags of HTML go, what only looks like a tag stays. Entities are
    resolved once, after the tags, so that `&lt;b&gt;` is the text `<b>`. Trailing spaces and runs of blank lines go.
    """
    if not _SUSPECT.search(text):
        return text.strip()
    plain = _INLINE_TAG.sub("", _BREAKING_TAG.sub("\n", _show(normalise_newlines(text))))
    resolved = _ENTITY.sub(lambda match: html.unescape(match[0]), plain)
    lines = _UNWANTED.sub("", normalise_newlines(resolved)).replace("\t", " ").replace("\xa0", " ")
    trimmed = "\n".join(line.rstrip() for line in lines.split("\n"))
    return _BLANK_LINES.sub("\n\n", trimmed).strip()


def _show(text: str) -> str:
    """Return the text without scripts, styles and comments of HTML, as far as they are closed."""
    shown, start, unclosed = [], 0, set()
    for match in _HIDING.finditer(text):
        kind = (match[1] or "").lower()
        # What is not closed once is not looked for again: thousands of openings must not cost thousands of scans.
        if match.start() < start or kind in unclosed:
            continue
        end = _SHOWING[kind].search(text, match.end())
        if end is None:
            unclosed.add(kind)
            continue
        shown.append(text[start : match.start()])
        start = end.end()
    return "".join([*shown, text[start:]])


def clean_line(text: str) -> str:
    """Return foreign text as one line: cleaned, with every run of white space written as one space."""
    return " ".join(clean_text(text).split())


def squeeze(text: str) -> str:
    """Return text with white space collapsed and trimmed and nothing else changed, as names of columns are compared."""
    return " ".join(text.split())


def fold(text: str) -> str:
    """Return the form in which two spellings count as the same: no outer or double spaces, no case."""
    return squeeze(text).casefold()


def first_words(text: str, limit: int) -> str:
    """Return the first line of a text, cut between words to at most `limit` characters, an ellipsis included."""
    line = squeeze(text.strip().partition("\n")[0])
    if len(line) <= limit:
        return line
    words = line[:limit].rpartition(" ")[0] or line[: limit - 1]
    return words.rstrip(" ,;:.-–") + "…"


def name_of(column: str, limit: int = 64) -> str:
    """Return a column's name as a kebab-case name: `Aircraft 1 / Make Model Name` → `aircraft-1-make-model-name`."""
    name = _NOT_IN_NAMES.sub("-", fold(column)).strip("-")
    if len(name) > limit:
        name = name[: limit + 1].rpartition("-")[0] or name[:limit]
    return name or "column"
