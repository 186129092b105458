"""The commits of a history, read from one `git log` while it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from itertools import chain, islice
from typing import IO, Any

from nearmiss.engine.ports import Change, Commit, Identity, Lineage, Stamp
from nearmiss.vcs.children import PIPE_READ, Git, Pending
from nearmiss.vcs.objects import parse_change, pathspecs, under

_FORMAT = "%H%x00%P%x00%an%x00%ae%x00%ad%x00%cn%x00%ce%x00%cd%x00%B"
_FIELDS = _FORMAT.count("%x00") + 1
_HEADERS = (
    f"--format=tformat:{_FORMAT}", "--date=raw", "--encoding=UTF-8", "--no-mailmap", "--no-notes",
    "--no-show-signature", "--no-color", "-z",
)  # fmt: skip
_CHANGES = (
    "--raw", "-z", "--root", "--no-abbrev", "--no-renames", "--no-ext-diff", "--no-textconv",
    "--no-relative", "--ignore-submodules=none", "--diff-merges=first-parent", "--full-history",
)  # fmt: skip
_LINES = ("--format=tformat:%H%x00%P", "--no-notes", "--no-show-signature", "--no-color")
_DATED = ("--format=tformat:%H %cd", "--date=raw", "--no-notes", "--no-show-signature", "--no-color", "--no-patch")
_ZONE = re.compile(r"(?P<sign>[+-])(?P<hours>\d+)(?P<minutes>\d\d)")
_DATE = re.compile(r"(?P<seconds>-?\d+) (?P<zone>[+-]\d+\d\d)")
_MADE = re.compile(rb"^committer .*> (?P<date>\d{1,18} [-+]\d+)$", re.MULTILINE)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_DAY = datetime.max.replace(microsecond=0, tzinfo=UTC)
_FIRST_DAY = datetime.min.replace(tzinfo=UTC)
_A_DAY = 24 * 60
_USUAL = 10
"""Digits of the seconds since 1970 with which no zone leads out of the calendar: until the year 2286."""

_ANY = ("utf-8", "surrogateescape")
"""Any bytes at all as text, and back again."""


def read_commits(
    git: Git, tips: Sequence[str], *, without: Sequence[str], paths: Sequence[str], first_parent: bool
) -> Iterator[Commit]:
    """Yield commits as the port says. Tips and `without` are whole object ids, checked before."""
    arguments = ["log", *_HEADERS, *_CHANGES, "--first-parent" if first_parent else "--topo-order"]
    if without:
        # With paths, git leaves out a merge that equals its only parent inside the range, though it differs from its
        # first parent outside of it. So nothing is left out there, and we choose ourselves.
        arguments.append("--sparse")
    arguments += [*tips, *(f"^{oid}" for oid in without), "--", *pathspecs(paths)]
    yield from islice(_reading(git, arguments, paths), 1, None)


def begin_commits(git: Git, tip: str) -> Iterator[Commit]:
    """Return all commits behind a tip, a whole object id, as the port says: git is at work when this returns."""
    reading = _reading(git, ["log", *_HEADERS, *_CHANGES, "--topo-order", tip, "--"], ())
    next(reading)
    return reading


def _reading(git: Git, arguments: Sequence[str], paths: Sequence[str]) -> Iterator[Any]:
    """Start git, yield once when that is done, and then the commits."""
    with git.stream(*arguments) as output:
        yield None
        for header, changes in _parse(_texts(output), paths, fields=_FIELDS):
            if changes or not paths:
                yield _commit(header, changes)


def read_lineage(git: Git, tip: str, *, beyond: str | None, paths: Sequence[str]) -> Lineage:
    """Return a part of history as the port says; both commits are whole object ids, checked before.

    Of most commits only the parents are asked for: it may be all of history, of which few touch a record.
    """
    parents: dict[str, tuple[str, ...]] = {}
    touching: dict[str, list[Change]] = {}
    asked = [tip, *([f"^{beyond}"] if beyond else []), "--", *pathspecs(paths)]
    with git.stream("log", *_LINES, *_CHANGES, "--topo-order", "--sparse", *asked) as output:
        for (oid, above), changes in _parse(_texts(output), paths, fields=2):
            parents[oid] = tuple(above.split())
            if changes:
                touching[oid] = changes
    if not touching:
        return Lineage(parents=parents, commits=())
    told = git.run("log", *_HEADERS, "-s", "--no-walk=unsorted", "--stdin", stdin="\n".join(touching).encode()).out
    headers = [header for header, _ in _parse(iter([told.decode(*_ANY)]), (), fields=_FIELDS)]
    commits = (_commit(header, touching[header[0]]) for header in headers)
    return Lineage(parents=parents, commits=tuple(commits))


class Question:
    """Something that git is finding out meanwhile: whether it has nothing to say."""

    def __init__(self, pending: Pending) -> None:
        self._pending = pending

    def holds(self) -> bool:
        """Wait for the answer; raises what the command itself would."""
        with self._pending as pending:
            return not pending.finish().out


def ask_untouched(git: Git, commit: str, paths: Sequence[str], *, first_parent: bool) -> Question:
    """Begin to find out whether nothing ever was at some paths, as the port says."""
    way = "--first-parent" if first_parent else "--full-history"
    return Question(git.begin("rev-list", "--max-count=1", way, commit, "--", *pathspecs(paths)))


def _texts(output: IO[bytes]) -> Iterator[str]:
    """Yield what git says as it comes, cut where a field ends; bytes that are no UTF-8 stand as escapes."""
    rest = b""
    while chunk := output.read(PIPE_READ):
        whole, ends, begun = (rest + chunk).rpartition(b"\0")
        rest = begun
        if ends:
            yield whole.decode(*_ANY)
    yield rest.decode(*_ANY)


def _parse(texts: Iterator[str], paths: Sequence[str], *, fields: int) -> Iterator[tuple[list[str], list[Change]]]:
    """Read commits, each followed by its changes: these begin with a colon, and a commit with its object id."""
    tokens = chain.from_iterable(text.split("\0") for text in texts)
    token = next(tokens, "")
    while token:
        header = [token, *islice(tokens, fields - 1)]
        changes = []
        token = next(tokens, "").lstrip("\n")
        while token.startswith(":"):
            changes.append(parse_change(token, next(tokens)))
            token = next(tokens, "").lstrip("\n")
        yield header, changes if not paths else [change for change in changes if under(change.path, paths)]


def _commit(header: list[str], changes: list[Change]) -> Commit:
    if not "".join(header).isascii():
        header = [field if field.isascii() else _shown(field) for field in header]
    oid, parents, name, email, date, committer_name, committer_email, committer_date, message = header
    author = committer = _stamp(name, email, date)
    if date != committer_date or email != committer_email or name != committer_name:
        committer = _stamp(committer_name, committer_email, committer_date)
    return Commit(
        oid=oid,
        parents=tuple(parents.split()),
        author=author,
        committer=committer,
        message=message,
        changes=tuple(changes),
    )


def _shown(field: str) -> str:
    """Return a field with bytes that are no UTF-8 spelt out: two different names must not be read as one."""
    return field.encode(*_ANY).decode("utf-8", "backslashreplace")


# Few people write a history, and of most commits author and committer, with their dates, are the same.
@lru_cache(maxsize=64)
def _stamp(name: str, email: str, date: str) -> Stamp:
    return Stamp(identity=_identity(name, email), when=_when(date))


@lru_cache(maxsize=512)
def _identity(name: str, email: str) -> Identity:
    return Identity(name=name, email=email)


@lru_cache(maxsize=64)
def _when(date: str) -> datetime:
    return parse_date(date)


def read_first_parents_made(git: Git, commit: str) -> Iterator[tuple[str, datetime]]:
    """Yield a commit, by its whole object id, and its first parents with when they were made, as the port says."""
    with git.stream("log", "--first-parent", *_DATED, commit, "--") as output:
        for line in output:
            oid, _, date = line.decode("ascii", "replace").rstrip("\n").partition(" ")
            yield oid, _when(date)


def made(raw: bytes) -> datetime:
    """Return when a commit was made, from its bytes, by the clock of whoever made it."""
    found = _MADE.search(raw.partition(b"\n\n")[0])
    return parse_date(found["date"].decode("ascii")) if found else _EPOCH


# Few zones write a history.
@lru_cache(maxsize=64)
def _zone(text: str) -> timezone | None:
    """Return the zone of an offset such as `+0100`, or None for what is none."""
    found = _ZONE.fullmatch(text)
    if found is None:
        return None
    offset = int(found["hours"][:4]) * 60 + int(found["minutes"])
    return timezone(timedelta(minutes=-offset if found["sign"] == "-" else offset)) if offset < _A_DAY else UTC


def parse_date(raw: str) -> datetime:
    """Read git's raw date, `<seconds since 1970> <offset>`, whatever somebody put into the commit.

    What is no date is 1970, as git has it. One before or beyond the calendar is its first or last day; an offset of a
    day or more is taken for none, while the instant stays.
    """
    number, _, offset = raw.partition(" ")
    if len(number) <= _USUAL and number.isascii() and number.isdecimal() and (zone := _zone(offset)) is not None:
        # So are nearly all, and no zone leads out of the calendar from there.
        return datetime.fromtimestamp(int(number), zone)
    found = _DATE.fullmatch(raw)
    if found is None:
        return _EPOCH
    seconds = int(found["seconds"][:20])
    try:
        return (_EPOCH + timedelta(seconds=seconds)).astimezone(_zone(found["zone"]))
    except OverflowError:
        return _FIRST_DAY if seconds < 0 else _LAST_DAY
