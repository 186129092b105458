"""What a file is, told by its first bytes and never by its name."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Literal

    Kind = Literal[
        "jpg", "png", "webp", "gif", "pdf", "text", "empty", "unusual-picture", "film", "office", "archive", "program",
        "markup", "two-in-one", "unknown",
    ]  # fmt: skip

BEGINNINGS: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"%PDF-", "pdf"),
    (b"BM", "unusual-picture"),
    (b"II*\x00", "unusual-picture"),
    (b"MM\x00*", "unusual-picture"),
    (b"II+\x00", "unusual-picture"),
    (b"\x00\x00\x01\x00", "unusual-picture"),
    (b"8BPS", "unusual-picture"),
    (b"\x00\x00\x00\x0cjP  ", "unusual-picture"),
    (b"\xff\x4f\xff\x51", "unusual-picture"),
    (b"\x00\x00\x00\x0cJXL ", "unusual-picture"),
    (b"\xff\x0a", "unusual-picture"),
    (b"\x1aE\xdf\xa3", "film"),
    (b"OggS", "film"),
    (b"ID3", "film"),
    (b"fLaC", "film"),
    (b"\xff\xfb", "film"),
    (b"\x00\x00\x01\xba", "film"),
    (b"#!AMR", "film"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office"),
    (b"{\\rtf", "office"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"Rar!\x1a\x07", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ\x00", "archive"),
    (b"\x28\xb5\x2f\xfd", "archive"),
    (b"\x7fELF", "program"),
    (b"\xca\xfe\xba\xbe", "program"),
    (b"\xcf\xfa\xed\xfe", "program"),
    (b"\xce\xfa\xed\xfe", "program"),
    (b"\xfe\xed\xfa", "program"),
    (b"\x00asm", "program"),
    (b"#!", "program"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "program"),
)

MARKUP = (
    b"<!doctype", b"<html", b"<head", b"<body", b"<script", b"<svg", b"<?xml", b"<?php", b"<iframe", b"<img", b"<math",
    b"<xsl:",
)  # fmt: skip
"""Beginnings of what a browser would carry out or draw, in small letters."""

STRANGERS = (*(word for word in MARKUP if word not in {b"<img", b"<math", b"<head", b"<body", b"<?xml"}), b"%pdf-")
"""What has no business inside a picture. `<?xml` is left out: the metadata that cameras write begins so."""

BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis", b"jxl ", b"crx "}
"""What boxes of pictures are called, where those of films are alike else."""


def kind_of(content: bytes) -> Kind:
    """Return what a file is, by its content alone: a kind that is taken, or the reason why it is not."""
    if not content:
        return "empty"
    kind = _beginning(content)
    if kind in {"jpg", "png", "gif", "webp"} and _is_another_too(content):
        return "two-in-one"
    if kind == "pdf" and zipfile.is_zipfile(io.BytesIO(content)):
        return "two-in-one"
    return kind


def _beginning(content: bytes) -> Kind:
    boxed = _boxed(content)
    if boxed is not None:
        return boxed
    for beginning, kind in BEGINNINGS:
        if content.startswith(beginning):
            return kind
    if content[:2] == b"MZ" and b"\0" in content[:1024]:
        return "program"
    return _text(content)


def _boxed(content: bytes) -> Kind | None:
    """Return what a container is by what it says that it holds."""
    if content[:4] == b"RIFF":
        return "webp" if content[8:12] == b"WEBP" else "film"
    if content[4:8] == b"ftyp":
        return "unusual-picture" if content[8:12] in BRANDS else "film"
    if content[4:8] in {b"moov", b"mdat", b"wide", b"skip"}:
        return "film"
    if content[:4] in {b"PK\3\4", b"PK\5\6"}:
        return "office" if b"[Content_Types].xml" in content or content[30:38] == b"mimetype" else "archive"
    return None


def _text(content: bytes) -> Kind:
    start = content[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n\x0b\x0c").replace(b"\0", b"").lower()
    if start.startswith(MARKUP) or any(word in start for word in (b"<script", b"<svg", b"<html", b"<!doctype")):
        return "markup"
    if zipfile.is_zipfile(io.BytesIO(content)) or b"%pdf-" in start[:1024]:
        return "two-in-one"
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "text"
    return "unknown" if b"\0" in content else "text"


def _is_another_too(content: bytes) -> bool:
    """Say whether a picture is also what another program would open: something packed, a page, a document."""
    if zipfile.is_zipfile(io.BytesIO(content)):
        return True
    lowered = content.lower()
    return any(word in lowered for word in STRANGERS)
