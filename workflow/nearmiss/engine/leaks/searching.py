"""Searching a repository for what tells who reported without a name: its present state, or all that it keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nearmiss.engine.instance import read_register
from nearmiss.engine.leaks.commits import PURGE, RawCommit, judge_commit, parse_commit
from nearmiss.engine.leaks.past import Past, read_past
from nearmiss.engine.leaks.places import Nameless, judge_file, judge_leftover, judge_references, judge_settings
from nearmiss.engine.leaks.versions import (
    NAMELESS,
    id_in,
    judge_attachment,
    judge_version,
    judge_words,
    may_be_nameless,
    mode_of,
    report_files,
    report_of,
)
from nearmiss.models.ids import RECORDS, folder_part, id_of_path, is_record_path
from nearmiss.policy.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.leaks.evidence import Evidence
    from nearmiss.engine.scrubbing import Scrubber

    Progress = Callable[[int, int], None]

AT_ONCE = 1000


@dataclass(frozen=True, kw_only=True)
class Searched:
    """What was looked at, and what was found."""

    findings: tuple[Finding, ...]
    reports: int
    """How many reports without a name there are, or ever were."""
    commits: int = 0
    objects: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found that is more than to be looked at."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)


def search(
    desk: Desk, evidence: Evidence, scrubber: Scrubber, *, history: bool, progress: Progress | None = None
) -> Searched:
    """Look for what tells who reported without a name.

    Without `history`, in the records of the main branch as they are, reference names, settings and hooks. With it, in
    all that the repository keeps: every object, whether anything leads to it or not, logs, messages, stashes, notes,
    tags and what is left over. Time grows with the size of the repository, and no faster.
    """
    if history:
        return _search_all(desk, evidence, scrubber, progress or _tell_nobody)
    settings = read_register(desk.repository.tree(desk.head()), desk.documents).newest.settings
    tree = desk.repository.tree(desk.main(settings.main_branch))
    entries = tree.entries(RECORDS)
    records = {str(entry.oid): entry.path for entry in entries if is_record_path(entry.path)}
    versions = {oid: raw for oid, raw in desk.repository.blobs(list(records)) if may_be_nameless(raw)}
    data = {records[oid]: _read(desk, raw) for oid, raw in versions.items()}
    nameless = {path: read for path, read in data.items() if read is not None and mode_of(read) in NAMELESS}
    ids = frozenset(id_of_path(path) or "" for path in nameless)
    findings = [one for path, read in nameless.items() for one in _of_version(read, path, path, scrubber)]
    attached = {
        str(entry.oid): entry.path for entry in entries if id_of_path(entry.path) in ids and folder_part(entry.path)
    }
    listed = {id_of_path(path) or "": report_files(read) for path, read in nameless.items()}
    findings += _of_attachments(desk, attached, listed)
    known = Nameless(ids=ids, brought={})
    findings += judge_settings(evidence.settings())
    findings += judge_references(evidence.references(), known, scrubber)
    hooks = (file for file in evidence.own_files() if "/hooks/" in file.path)
    findings += [one for file in hooks for one in judge_file(file, known, scrubber)]
    return Searched(findings=_in_order(findings), reports=len(ids))


def _search_all(desk: Desk, evidence: Evidence, scrubber: Scrubber, progress: Progress) -> Searched:
    past = read_past(evidence, progress).without_copies(evidence)
    read = {oid: _read(desk, raw) for oid, raw in past.suspects.items()}
    nameless_versions = {oid for oid, data in read.items() if data is not None and mode_of(data) in NAMELESS}
    ids = frozenset(_id_of(past, oid) for oid in nameless_versions) - {""}
    past = past.with_versions_of(ids, evidence)
    brought = past.brought(ids)
    nameless = Nameless(ids=ids, brought=brought)
    findings: list[Finding] = []
    listed: dict[str, frozenset[str]] = {}
    seen: set[tuple[str, str]] = set()
    for oid, raw in past.suspects.items():
        record_id = _id_of(past, oid)
        data = read[oid] if oid in read else _read(desk, raw)
        if record_id not in ids or data is None:
            continue
        listed[record_id] = listed.get(record_id, frozenset()) | report_files(data)
        path = past.paths.get(oid, "")
        place = f"{path} ({oid[:10]})" if path else f"object {oid[:10]}"
        words = (record_id, repr(report_of(data)))
        findings += judge_version(data, record_id, path=place)
        if words not in seen:
            seen.add(words)
            findings += judge_words(data, record_id, scrubber, path=place)
        if not path:
            findings.append(_dangling(oid, record_id, f"a version of {record_id} that is in no commit"))
    attached = {oid: path for oid, path in past.attached.items() if id_of_path(path) in ids}
    findings += _of_attachments(desk, attached, listed)
    findings += _of_commits(past, brought, scrubber)
    findings += _of_stashes(past, evidence, ids)
    findings += _of_tags_and_notes(past, evidence, nameless, scrubber)
    findings += _of_loose_files(desk, past, evidence, ids)
    findings += judge_settings(evidence.settings())
    findings += judge_references(evidence.references(), nameless, scrubber)
    findings += [one for file in evidence.own_files() for one in judge_file(file, nameless, scrubber)]
    findings += [one for file in evidence.leftovers() for one in judge_leftover(file, nameless)]
    return Searched(findings=_in_order(findings), reports=len(ids), commits=len(past.commits), objects=past.objects)


def _tell_nobody(_done: int, _total: int) -> None:
    """Tell nobody how far it has come."""


def _read(desk: Desk, raw: bytes) -> Mapping[str, Any] | None:
    return desk.documents.read(raw).data


def _id_of(past: Past, oid: str) -> str:
    return id_of_path(past.paths.get(oid, "")) or id_in(past.suspects[oid])


def _of_version(data: Mapping[str, Any], path: str, place: str, scrubber: Scrubber) -> Iterator[Finding]:
    record_id = id_of_path(path) or ""
    yield from judge_version(data, record_id, path=place)
    yield from judge_words(data, record_id, scrubber, path=place)


def _of_attachments(desk: Desk, attached: Mapping[str, str], listed: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    for oid, path in attached.items():
        record_id = id_of_path(path) or ""
        part = folder_part(path)
        if part is None or part[0] != "attachments" or part[1] not in listed.get(record_id, frozenset()):
            continue
        yield from judge_attachment(part[1], desk.read_blob(oid), record_id, desk.cleaner, path=path)


def _of_commits(past: Past, brought: Mapping[str, str], scrubber: Scrubber) -> Iterator[Finding]:
    for oid, record_id in brought.items():
        yield from judge_commit(past.commits[oid], record_id, scrubber)


def _of_stashes(past: Past, evidence: Evidence, ids: frozenset[str]) -> Iterator[Finding]:
    """Find what somebody put aside while working on such a report: a stash says who and when."""
    stashes = {oid for name, oid in evidence.references().items() if name == "refs/stash"}
    stashes |= {oid for oid, commit in past.commits.items() if _is_stash(commit)}
    pairs = [
        (oid, past.commits[oid].parents[0])
        for oid in sorted(stashes)
        if oid in past.commits and past.commits[oid].parents
    ]
    for oid, changes in evidence.changed(pairs, RECORDS):
        record_id = next((found for change in changes if (found := id_of_path(change.path)) in ids), None)
        if record_id:
            message = f"a stash ({oid[:10]}) holds changes of {record_id}, and says who put them aside, and when"
            hint = f"git stash drop, and {PURGE}"
            yield Finding(code="leak-stash", record=record_id, path=f"commit {oid}", message=message, hint=hint)


def _is_stash(commit: RawCommit) -> bool:
    return commit.is_merge and commit.message.startswith(("WIP on ", "On "))


def _of_tags_and_notes(past: Past, evidence: Evidence, nameless: Nameless, scrubber: Scrubber) -> Iterator[Finding]:
    for oid, raw in evidence.contents(past.tags):
        tag = parse_commit(oid, raw)
        record_id = nameless.brought.get(tag.target) or nameless.told_in(tag.message)
        if record_id:
            message = (
                f"a tag ({oid[:10]}) on {record_id} says that {tag.author.name} <{tag.author.email}> made it, and when"
            )
            hint = f"git tag -d, and {PURGE}"
            yield Finding(code="leak-tag", record=record_id, path=f"tag {oid}", message=message, hint=hint)
    for path, oid in past.notes(evidence):
        record_id = nameless.brought.get(path.replace("/", ""), "")
        if record_id:
            text = dict(evidence.contents([oid])).get(oid, b"").decode("utf-8", "replace")
            named = bool(scrubber.sure_marks(text))
            message = f"a note hangs on the commit of {record_id}{', and may name somebody' if named else ''}"
            yield Finding(
                code="leak-note", severity=Severity.ERROR if named else Severity.WARNING, record=record_id,
                path=f"object {oid}", message=message, hint=f"git notes remove, and {PURGE}",
            )  # fmt: skip


def _of_loose_files(desk: Desk, past: Past, evidence: Evidence, ids: frozenset[str]) -> Iterator[Finding]:
    """Find pictures and documents to which nothing leads any more, and that still tell who made them."""
    if not ids or desk.cleaner is None or not past.pictures:
        return
    reachable = evidence.reachable()
    for oid in past.pictures:
        if oid in reachable or oid in past.attached:
            continue
        content = dict(evidence.contents([oid])).get(oid, b"")
        traces = desk.cleaner.traces(content)
        if traces:
            yield _dangling(oid, "", f"a file that is in no commit holds {', '.join(traces)}")


def _dangling(oid: str, record_id: str, what: str) -> Finding:
    message = f"object {oid[:10]}: {what}; whoever has this folder can read it"
    return Finding(code="leak-dangling", record=record_id, path=f"object {oid}", message=message, hint=_PURGE_ONLY)


_PURGE_ONLY = "git reflog expire --expire=now --all && git gc --prune=now (git reset first, where it is staged)"


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings without those that say the same, errors first."""
    weights = {Severity.ERROR: 0, Severity.WARNING: 1}
    once = {(one.code, one.path, one.message): one for one in findings}
    return tuple(sorted(once.values(), key=lambda one: (weights.get(one.severity, 2), one.code, one.path, one.message)))
