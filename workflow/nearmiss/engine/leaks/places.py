"""The places of a repository beside its commits: settings, names of references, logs, messages, hooks, leftovers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nearmiss.engine.leaks.commits import PURGE, is_nobody, parse_hand
from nearmiss.policy.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nearmiss.engine.leaks.evidence import Lying
    from nearmiss.engine.scrubbing import Scrubber

_PASSWORD = re.compile(r"[a-z][a-z+.-]*://[^/@\s:]*:[^/@\s]+@|extraheader\s*=|\bauthorization:", re.IGNORECASE)
_USER_IN_ADDRESS = re.compile(r"[a-z][a-z+.-]*://(?!git@)([^/@\s:]+)@", re.IGNORECASE)
_ID = re.compile(r"[A-Z]{2,8}-[0-9]{4}-[0-9A-HJKMNP-TV-Z]{5}")
_OID = re.compile(r"\b[0-9a-f]{40}(?:[0-9a-f]{24})?\b")

IDENTITY = {
    "user.name",
    "user.email",
    "user.signingkey",
    "author.name",
    "author.email",
    "committer.name",
    "committer.email",
}
WRITTEN_BY_GIT = ("COMMIT_EDITMSG", "MERGE_MSG", "SQUASH_MSG", "TAG_EDITMSG", "NOTES_EDITMSG", "EDIT_DESCRIPTION")
MOST_OF_A_FILE = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Nameless:
    """What is known of the reports without a name: their ids, and the commits that brought them."""

    ids: frozenset[str]
    brought: Mapping[str, str]
    """By commit: the id of a report that it brought."""

    def told_in(self, text: str) -> str:
        """Return the id of such a report that a text names, itself or by its commit; else an empty text."""
        if not self.ids:
            return ""
        for found in _ID.finditer(text):
            if found[0] in self.ids:
                return found[0]
        return next((self.brought[found[0]] for found in _OID.finditer(text) if found[0] in self.brought), "")


def judge_settings(settings: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    """Find in the settings of the repository who works in it, and passwords."""
    for key, value in settings:
        if _PASSWORD.search(f"{key}={value}"):
            message = f"the setting {key.partition('://')[0]} holds a password"
            yield _of_settings("leak-credentials", message, "take it out, and change the password", Severity.ERROR)
        elif key in IDENTITY:
            message = f"the setting {key} names {value!a}: whoever finds this copy knows who works in it"
            hint = f"on a shared machine: git config --local --unset {key}"
            yield _of_settings("leak-config", message, hint, Severity.WARNING)
        elif key.startswith("credential.") and key.endswith("username"):
            yield _of_settings("leak-config", f"the setting {key} names {value!a}", "take it out", Severity.WARNING)
        elif key == "include.path" or key.startswith("includeif."):
            message = f"the setting {key} includes {value!a}, which may name a person"
            yield _of_settings("leak-config", message, "look at that file", Severity.WARNING)
        elif key == "core.hookspath":
            message = f"the setting {key} has programs run from {value!a} at each commit"
            yield _of_settings("leak-hook", message, "look at what they write", Severity.WARNING)
        elif key.endswith((".url", ".pushurl")) and (found := _USER_IN_ADDRESS.search(value)):
            message = f"the setting {key} names {found[1]!a} in an address"
            yield _of_settings("leak-config", message, "on a shared machine, leave the name out", Severity.WARNING)


def _of_settings(code: str, message: str, hint: str, severity: Severity) -> Finding:
    return Finding(code=code, severity=severity, path=".git/config", message=message, hint=hint)


def judge_references(references: Mapping[str, str], nameless: Nameless, scrubber: Scrubber) -> Iterator[Finding]:
    """Find references to reports without a name that name somebody themselves."""
    for name, oid in references.items():
        record_id = nameless.brought.get(oid) or nameless.told_in(name)
        if not record_id:
            continue
        words = re.sub(r"[/_]", " ", name.removeprefix("refs/"))
        for mark in [*scrubber.sure_marks(name), *scrubber.sure_marks(words)][:1]:
            message = f"the reference {name} leads to {record_id} and may name somebody: {mark.because}"
            hint = f"give it another name (git branch -m, git tag), and {PURGE}"
            yield Finding(code="leak-ref", record=record_id, path=name, message=message, hint=hint)


def judge_file(file: Lying, nameless: Nameless, scrubber: Scrubber) -> Iterator[Finding]:
    """Find in a file of git's own what tells who reported without a name."""
    name = file.path.rpartition("/")[2]
    if "/logs/" in file.path:
        yield from _judge_log(file, nameless)
    elif "/hooks/" in file.path:
        if not name.endswith(".sample"):
            message = f"{file.path} is run by git and may write down who does what"
            hint = "look at what it writes; take it away where it is not needed"
            yield Finding(code="leak-hook", severity=Severity.WARNING, path=file.path, message=message, hint=hint)
    elif name not in {"config", "packed-refs", "index", "config.worktree"}:
        yield from _judge_note(file, nameless, scrubber)


def _judge_log(file: Lying, nameless: Nameless) -> Iterator[Finding]:
    """Find whoever made the commit that brought such a report, in the log of a reference.

    A line that took it over from elsewhere, by a fetch, merge or reset, tells of whoever did that.
    """
    if not nameless.brought:
        return
    for number, line in enumerate(file.content.split(b"\n"), 1):
        head, _, words = line.partition(b"\t")
        old, _, rest = head.partition(b" ")
        new, _, hand = rest.partition(b" ")
        record_id = nameless.brought.get(new.decode("ascii", "replace"))
        if record_id is None or not _is_made_here(old, words):
            continue
        if not is_nobody(parse_hand(hand)):
            message = f"{file.path}, line {number}: somebody made the commit of {record_id} here, and the log says who"
            hint = "git reflog expire --expire=now --all"
            yield Finding(code="leak-reflog", record=record_id, path=file.path, line=number, message=message, hint=hint)


def _is_made_here(old: bytes, words: bytes) -> bool:
    """Say whether a line of a log tells that the commit was made, by git or by a program that says no words."""
    return words.startswith((b"commit", b"WIP", b"On ")) or (not words.strip() and old.strip(b"0") != b"")


def _judge_note(file: Lying, nameless: Nameless, scrubber: Scrubber) -> Iterator[Finding]:
    text = file.content[:MOST_OF_A_FILE].decode("utf-8", "replace")
    password = _PASSWORD.search(text)
    if password:
        message = f"{file.path} holds a password in an address"
        yield Finding(
            code="leak-credentials", path=file.path, message=message, hint="remove the file, change the password"
        )
    record_id = nameless.told_in(text) or nameless.told_in(file.path)
    if not record_id:
        return
    if _USER_IN_ADDRESS.search(text) or scrubber.sure_marks(text):
        message = f"{file.path} speaks of {record_id} and may name somebody"
        yield Finding(code="leak-file", record=record_id, path=file.path, message=message, hint="remove the file")
    elif file.path.rpartition("/")[2] in WRITTEN_BY_GIT or "/nearmiss/" in file.path:
        message = f"{file.path} shows that {record_id} was written on this machine"
        yield Finding(code="leak-file", record=record_id, path=file.path, message=message, hint="remove the file")


def judge_leftover(file: Lying, nameless: Nameless) -> Iterator[Finding]:
    """Find what editors and merges left in the working tree of a report without a name."""
    text = file.content[:MOST_OF_A_FILE].decode("utf-8", "replace")
    record_id = nameless.told_in(file.path) or nameless.told_in(text)
    if record_id:
        message = f"{file.path} is no file of the register, and holds something of {record_id}"
        yield Finding(code="leak-leftover", record=record_id, path=file.path, message=message, hint="remove the file")
