"""Commits and tags as git keeps them, and what in one that brought a report without a name tells of a person."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.leaks.evidence import Hand
from nearmiss.engine.records.authorship import ANONYMOUS
from nearmiss.policy.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nearmiss.engine.scrubbing import Scrubber

SIGNED = {"gpgsig", "gpgsig-sha256", "mergetag"}
PLAIN = {"tree", "parent", "author", "committer"}
NO_HAND = Hand("", "", 0, "")

PURGE = (
    "take it out of every reference, then: git reflog expire --expire=now --all && git gc --prune=now; "
    "whoever cloned it has it still"
)
REDO = f"report it again without this trace, and {PURGE}"

_HAND = re.compile(rb"(?P<name>.*?) ?<(?P<email>[^>]*)> ?(?P<seconds>-?\d+)? ?(?P<zone>[+-]\d+)?", re.DOTALL)
_TRAILER = re.compile(
    r"^[A-Za-z][A-Za-z-]{1,40}: .*<[^>\n]*>|^(?:Signed-off|Co-authored|Reported|Reviewed)-by:", re.MULTILINE
)
_CLOCK = re.compile(r"(?<![\d:])(?:[01]?\d|2[0-3]):[0-5]\d(?![\d:])")


@dataclass(frozen=True, kw_only=True)
class RawCommit:
    """A commit (or a tag) taken apart, as far as it can be."""

    oid: str
    parents: tuple[str, ...]
    author: Hand
    committer: Hand
    headers: tuple[str, ...]
    """What its lines begin with, in their order."""
    message: str
    target: str = ""
    """What a tag names."""

    @property
    def is_merge(self) -> bool:
        """Whether it joins several lines of history."""
        return len(self.parents) > 1


def parse_commit(oid: str, raw: bytes) -> RawCommit:
    """Take a commit or a tag apart; whatever it holds, there is an answer."""
    head, _, message = raw.partition(b"\n\n")
    headers: list[str] = []
    parents: list[str] = []
    hands: dict[str, Hand] = {}
    target = ""
    for line in head.split(b"\n"):
        if line.startswith(b" "):
            continue
        word, _, value = line.partition(b" ")
        name = word.decode("utf-8", "replace")
        headers.append(name)
        if name == "parent":
            parents.append(value.decode("ascii", "replace"))
        elif name == "object":
            target = value.decode("ascii", "replace")
        elif name in {"author", "committer", "tagger"}:
            hands[name] = parse_hand(value)
    return RawCommit(
        oid=oid,
        parents=tuple(parents),
        author=hands.get("author") or hands.get("tagger") or NO_HAND,
        committer=hands.get("committer", NO_HAND),
        headers=tuple(headers),
        message=message.decode("utf-8", "replace"),
        target=target,
    )


def parse_hand(value: bytes) -> Hand:
    """Take `Name <address> 1764374400 +0000` apart."""
    found = _HAND.match(value)
    if found is None:
        return Hand(value.decode("utf-8", "replace"), "", 0, "")
    return Hand(
        found["name"].decode("utf-8", "replace"),
        found["email"].decode("utf-8", "replace"),
        int(found["seconds"] or 0),
        (found["zone"] or b"").decode("ascii", "replace"),
    )


def is_nobody(hand: Hand) -> bool:
    """Say whether nobody stands there."""
    return (hand.name, hand.email) == (ANONYMOUS.name, ANONYMOUS.email)


def judge_commit(commit: RawCommit, record_id: str, scrubber: Scrubber) -> Iterator[Finding]:
    """Find what in a commit that brought a report without a name tells of a person, a moment or a machine."""
    if not is_nobody(commit.author):
        yield _finding(commit, record_id, "leak-author", f"its author is {_spelt(commit.author)}, not nobody")
    if not is_nobody(commit.committer):
        yield _finding(commit, record_id, "leak-committer", f"its committer is {_spelt(commit.committer)}, not nobody")
    if not (commit.author.is_at_midnight and commit.committer.is_at_midnight):
        what = "it has a time of day or a time zone, and not midnight in none"
        yield _finding(commit, record_id, "leak-date", what)
    for header in commit.headers:
        if header in SIGNED:
            yield _finding(commit, record_id, "leak-signature", f"it carries a signature ({header})")
        elif header not in PLAIN:
            yield _finding(commit, record_id, "leak-header", f"it has a header that none of ours has ({header[:40]!a})")
    yield from _judge_message(commit, record_id, scrubber)


def _spelt(hand: Hand) -> str:
    return f"{hand.name} <{hand.email}>"


def _judge_message(commit: RawCommit, record_id: str, scrubber: Scrubber) -> Iterator[Finding]:
    trailer = _TRAILER.search(commit.message)
    if trailer:
        yield _finding(commit, record_id, "leak-message", f"its message names somebody: {trailer[0][:60]!a}")
    elif _CLOCK.search(commit.message):
        yield _finding(commit, record_id, "leak-message", "its message has a time of day")
    else:
        for mark in scrubber.sure_marks(commit.message)[:1]:
            yield _finding(commit, record_id, "leak-message", f"its message may name somebody: {mark.because}")


def _finding(commit: RawCommit, record_id: str, code: str, what: str) -> Finding:
    message = f"commit {commit.oid[:10]} brought {record_id}: {what}"
    return Finding(code=code, record=record_id, path=f"commit {commit.oid}", message=message, hint=REDO)
