"""Plain text and tables that people send: as UTF-8, without control characters and what cannot be seen."""

from __future__ import annotations

import unicodedata

from nearmiss.engine.cleaning import Clean, UnfitFileError

UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
"""Kinds of characters that nobody sees: a text can carry a mark of whose copy it is in them."""

UNSEEN_ANYWHERE = UNSEEN - {"Co"}
"""Those that stay unseen in office documents, whose fonts draw signs for characters of private use."""

MEANT = {"\n", "\t"}


def clean_text(content: bytes, *, ending: str) -> Clean:
    """Return a text as UTF-8 with plain line ends, without what cannot be seen; raises UnfitFileError."""
    text = _decoded(content)
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    seen = "".join(char for char in lines if char in MEANT or unicodedata.category(char) not in UNSEEN)
    removed = ("characters that cannot be seen",) if seen != lines else ()
    return Clean(ending=ending, content=seen.encode(), removed=removed)


def text_traces(content: bytes) -> tuple[str, ...]:
    """Return what a text carries that cannot be seen."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return ()
    unseen = any(char not in MEANT | {"\r"} and unicodedata.category(char) in UNSEEN for char in set(text))
    return ("characters that cannot be seen",) if unseen else ()


def _decoded(content: bytes) -> str:
    encodings = ["utf-16"] if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnfitFileError("unknown")
