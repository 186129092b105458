"""Ways to spoil a document: its bytes, as accidents do, and its structure, as somebody who knows the format would."""

from __future__ import annotations

import json
import random
from typing import Any

import yaml  # type: ignore[import-untyped]

from nearmiss.store.reader import read
from tests.store.documents_drawn import TRICKY

WORDS = (
    *(word.encode() for word in TRICKY),
    b"\xef\xbb\xbf",
    b"\r\n",
    b"\r",
    b"\0",
    b"\xff\xfe",
    b"\xc2\x85",
    b"\xe2\x80\xa8",
    b"\xed\xa0\x80",
    b"&a ",
    b"*a",
    b"<<: ",
    b"!!python/name:os.system ",
    b"%YAML 1.1\n",
    b"\n---\n",
    b"\n...\n",
    b"? ",
    b"- ",
    b": ",
    b" #",
    b"#",
    b"\t",
    b"|+2\n",
    b">-\n",
    b"redacted",
    b"9007199254740992",
    b"-9007199254740993",
    b"0" * 400,
    b"[" * 40,
    b"{a: " * 40,
    b'"' + b"\\u202e" + b'"',
    b";",
    b",",
    b'""',
    b"=1+1",
    b"31.12.9999",
    b"0000-00-00",
    b"24:60",
)
"""What is put into documents: what readers trip over, and what means something to ours."""

VALUES: tuple[Any, ...] = (
    *TRICKY,
    *(None, True, False, 0, -1, 6, 2**53 - 1, 2**53, -(2**63), 1.5, float("nan")),
    *("redacted", "2026-02-30", "9999-12-31", "0001-01", "NM-2026-7Q4K2", "policy", "sha256:" + "0" * 64, "x" * 30_000),
    *([], {}, [[]], [{}], {"": ""}, {"a": {"a": {"a": {}}}}, [None, [None]], {"schema": 1}, ["redacted"]),
)
"""What is put in the place of values."""

MOST_CHANGES = 6


def spoil(raw: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """Return a document with some changes; `others` are what it may be crossed with."""
    if chance.random() < 0.5:
        raw = _restructured(raw, chance)
    for _ in range(chance.randint(0, MOST_CHANGES)):
        raw = chance.choice(_ACCIDENTS)(raw, others, chance)
    return raw[:200_000]


def _place(raw: bytes, chance: random.Random) -> int:
    return chance.randint(0, len(raw))


def _span(raw: bytes, chance: random.Random) -> tuple[int, int]:
    start = _place(raw, chance)
    return start, min(len(raw), start + int(chance.expovariate(1 / 12)))


def _put(raw: bytes, _others: list[bytes], chance: random.Random) -> bytes:
    start, end = _span(raw, chance)
    return raw[:start] + chance.choice(WORDS) + raw[end if chance.random() < 0.5 else start :]


def _cut(raw: bytes, _others: list[bytes], chance: random.Random) -> bytes:
    start, end = _span(raw, chance)
    return raw[:start] + raw[end:]


def _repeat(raw: bytes, _others: list[bytes], chance: random.Random) -> bytes:
    start, end = _span(raw, chance)
    return raw[:start] + raw[start:end] * chance.choice([2, 2, 3, 50]) + raw[end:]


def _flip(raw: bytes, _others: list[bytes], chance: random.Random) -> bytes:
    place = _place(raw, chance)
    return raw[:place] + bytes([chance.randrange(256)]) + raw[place + 1 :]


def _cross(raw: bytes, others: list[bytes], chance: random.Random) -> bytes:
    other = chance.choice(others)
    return raw[: _place(raw, chance)] + other[_place(other, chance) :]


def _move_line(raw: bytes, _others: list[bytes], chance: random.Random) -> bytes:
    lines = raw.split(b"\n")
    line = lines.pop(chance.randrange(len(lines)))
    spaces = chance.choice([b"", b"", b"  ", b" ", b"\t"])
    lines.insert(chance.randint(0, len(lines)), spaces + line)
    return b"\n".join(lines)


_ACCIDENTS = (_put, _put, _cut, _repeat, _flip, _cross, _move_line)


def _restructured(raw: bytes, chance: random.Random) -> bytes:
    """Change values of a document that can be read, and write it in the style of one writer or another."""
    data = read(raw).data
    if data is None:
        return raw
    for _ in range(chance.randint(1, 3)):
        data = _changed(data, chance)
    try:
        if chance.random() < 0.3:
            return json.dumps(data, ensure_ascii=chance.random() < 0.5).encode()
        style = {"default_flow_style": chance.choice([True, False, None]), "width": chance.choice([20, 80, 10_000])}
        written: str = yaml.dump(data, allow_unicode=True, sort_keys=False, **style)
        return written.encode()
    except UnicodeEncodeError:
        return raw


def _changed(data: Any, chance: random.Random) -> Any:
    """Return data with one place in it changed: another value, none, or one from elsewhere."""
    if isinstance(data, dict) and data and chance.random() < 0.85:
        key = chance.choice(list(data))
        fate = chance.random()
        if fate < 0.1:
            return {other: value for other, value in data.items() if other != key}
        if fate < 0.2:
            return {**data, str(chance.choice(TRICKY)): data[key]}
        return {**data, key: _changed(data[key], chance)}
    if isinstance(data, list) and data and chance.random() < 0.85:
        place = chance.randrange(len(data))
        if chance.random() < 0.2:
            return [*data, *data[place : place + 1]]
        return [*data[:place], _changed(data[place], chance), *data[place + 1 :]]
    return chance.choice(VALUES)
