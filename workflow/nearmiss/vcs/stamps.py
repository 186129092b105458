"""Who and when, as a commit has it: checked, and spelt in git's own form."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from nearmiss.engine.ports import Stamp
from nearmiss.vcs.errors import BadIdentityError, BadMessageError

_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f<>\u2028\u2029\ud800-\udfff]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def spell(stamp: Stamp) -> str:
    """Return `name <e-mail> seconds offset`; raises BadIdentityError."""
    name, email = _identity(stamp)
    seconds, offset = _date(stamp.when)
    return f"{name} <{email}> {seconds} {offset}"


def environment_of(committer: Stamp) -> dict[str, str]:
    """Return the variables by which git writes the committer, and nobody else, into the log of a reference."""
    name, email = _identity(committer)
    seconds, offset = _date(committer.when)
    return {
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": email,
        "GIT_COMMITTER_DATE": f"@{seconds} {offset}",
    }


def compose_commit(*, tree: str, parents: list[str], author: Stamp, committer: Stamp, message: str) -> bytes:
    """Return a commit object with nothing in it but what is given; raises BadIdentityError and BadMessageError."""
    lines = [f"tree {tree}", *(f"parent {oid}" for oid in parents)]
    lines += [f"author {spell(author)}", f"committer {spell(committer)}", "", ""]
    try:
        text = message.encode("utf-8")
    except UnicodeEncodeError:
        raise BadMessageError from None
    if b"\0" in text:
        raise BadMessageError
    return "\n".join(lines).encode("utf-8") + text


def _identity(stamp: Stamp) -> tuple[str, str]:
    name, email = stamp.identity.name, stamp.identity.email
    if not name.strip() or not email.strip() or _UNFIT.search(name + email):
        raise BadIdentityError(name=name, email=email)
    return name.strip(), email.strip()


def _date(when: datetime) -> tuple[int, str]:
    offset = when.utcoffset()
    if offset is None or when < _EPOCH:
        raise ValueError(f"git writes only instants with an offset, from 1970 on: {when!r}")
    minutes = offset // timedelta(minutes=1)
    sign = "-" if minutes < 0 else "+"
    return (when - _EPOCH) // timedelta(seconds=1), f"{sign}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
