"""Record ids and the paths that follow from them: `NM-2026-7Q4K2` lies in `records/2026/11/`."""

from __future__ import annotations

import re
from functools import lru_cache

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32 alphabet: no I, L, O or U, so that an id can be read out over a radio."""

ID = r"[A-Z]{2,8}-[0-9]{4}-[0-9A-HJKMNP-TV-Z]{5}"
ID_PATTERN = rf"^{ID}$"
RECORDS = "records/"
POLICY_SUBJECT = "policy"
"""The subject of sign-offs that accept a policy version instead of a step of a record."""

_ID = re.compile(ID)
_RECORD_PATH = re.compile(r"records/([0-9]{4})/(0[1-9]|1[0-2])/([^/]+)\.yaml")
_FOLDER_PATH = re.compile(r"records/([0-9]{4})/(0[1-9]|1[0-2])/([^/]+)/(sign-offs|attachments)/([^/]+)")

PATHS_KEPT = 4096
"""Paths of which it is remembered what they are: several rules in turn ask it of the same few."""


def is_record_id(text: str) -> bool:
    """Say whether a text has the form of a record id; the prefix is the instance's own affair."""
    return _ID.fullmatch(text) is not None


def ids_in(text: str) -> frozenset[str]:
    """Return what has the form of a record id anywhere in a text."""
    return frozenset(_ID.findall(text))


def read_id(text: str) -> str:
    """Return an id as it is written, from how somebody typed or heard it: Crockford reads I and L as 1, O as 0."""
    head, dash, random_part = text.strip().upper().rpartition("-")
    return f"{head}{dash}{random_part.translate(_HEARD)}"


_HEARD = str.maketrans("ILO", "110")


def new_id(prefix: str, year: int, random_part: str) -> str:
    """Join the parts of an id. Ids are random, never running: running ones collide on parallel branches."""
    return f"{prefix}-{year:04d}-{random_part}"


def record_path(record_id: str, reported_on: str) -> str:
    """Return where a record lies; `reported_on` is its report's date, known at least to the month."""
    return f"{RECORDS}{reported_on[:4]}/{reported_on[5:7]}/{record_id}.yaml"


def folder_of(path: str) -> str:
    """Return the folder beside a record file that holds its sign-offs and attachments, with a closing slash."""
    return f"{path.removesuffix('.yaml')}/"


@lru_cache(maxsize=PATHS_KEPT)
def id_of_path(path: str) -> str | None:
    """Return the id that a path under `records/` belongs to (record file, sign-off or attachment), or None."""
    match = _RECORD_PATH.fullmatch(path) or _FOLDER_PATH.fullmatch(path)
    return match[3] if match and is_record_id(match[3]) else None


@lru_cache(maxsize=PATHS_KEPT)
def is_record_path(path: str) -> bool:
    """Say whether a path is that of a record file."""
    match = _RECORD_PATH.fullmatch(path)
    return match is not None and is_record_id(match[3])


def folder_part(path: str) -> tuple[str, str] | None:
    """Split a path in a record's folder into (`sign-offs` or `attachments`, file name), or None for other paths."""
    match = _FOLDER_PATH.fullmatch(path)
    return (match[4], match[5]) if match and is_record_id(match[3]) else None
