"""Which paths a request may touch: of which classes together, of which kind of file, under which names."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from nearmiss.engine.ports import REGULAR_FILE
from nearmiss.engine.records.dossiers import survey
from nearmiss.models.file_names import is_portable
from nearmiss.models.ids import POLICY_SUBJECT, RECORDS, id_of_path, is_record_id, is_record_path
from nearmiss.policy.findings import Finding
from nearmiss.policy.paths import class_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Change, CommittedTree, Tree, TreeEntry
    from nearmiss.policy.settings import Settings


def _subject(path: str, settings: Settings) -> str:
    """Return what two sides must not both touch: a record with its folder, the policy, or any other path by itself."""
    return id_of_path(path) or (POLICY_SUBJECT if class_of(path, settings) == "policy" else path)


def judge_sides(ours: Sequence[Change], theirs: Sequence[Change], settings: Settings) -> list[Finding]:
    """Find what both sides touched since their merge base: there is no textual merge."""
    both = {_subject(change.path, settings) for change in ours} & {_subject(change.path, settings) for change in theirs}
    return [branch_outdated(subject) for subject in sorted(both)]


def branch_outdated(subject: str, *, path: str = "") -> Finding:
    """Return the finding for what both the main branch and a request changed since the request began."""
    named = is_record_id(subject)
    return Finding(
        code="branch-outdated",
        record=subject if named else "",
        path=path if named else subject,
        message=f"{subject} changed on the main branch too since this request began",
        hint=f"update the branch: nearmiss advance {subject} --refresh"
        if named
        else "update the branch: take the main branch's version and make the change again on top of it",
    )


LONGEST_NAME, LONGEST_PATH = 200, 1000

# Windows also finds the folder `.git` by the short name that it made for it.
_GIT = re.compile(r"\.git|git~[0-9]+")


def judge_names(changes: Sequence[Change]) -> list[Finding]:
    """Refuse paths that lead elsewhere, that a checkout could not hold, or that show as something they are not."""
    paths = Counter(change.path for change in changes)
    return _odd_names(
        change.path
        for change in changes
        if change.new_oid is not None and (paths[change.path] > 1 or not _is_plain(change.path))
    )


def _odd_names(paths: Iterable[str]) -> list[Finding]:
    return [
        Finding(
            code="path-odd",
            path=path,
            message=f"{path[:LONGEST_NAME]!a} is no path that every checkout can hold",
            hint="use plain names, of fewer than 200 characters: no signs like : ? \\, no device of Windows (con, nul)",
        )
        for path in dict.fromkeys(paths)
    ]


def _is_plain(path: str) -> bool:
    return len(path) <= LONGEST_PATH and path.isprintable() and all(map(_is_plain_name, path.split("/")))


# The folders of a record are those of many files.
@lru_cache(maxsize=1024)
def _is_plain_name(name: str) -> bool:
    if len(name.encode(errors="replace")) > LONGEST_NAME or not name.strip(" ."):
        return False
    return _GIT.fullmatch(name.casefold()) is None and is_portable(name)


def judge_twins(changes: Sequence[Change]) -> list[Finding]:
    """A file system that ignores case would let a file elsewhere overwrite a record."""
    return [
        Finding(
            code="path-unknown",
            path=change.path,
            message=f"{change.path!a} would stand in the place of the folder {RECORDS}"
            if change.path == RECORDS.rstrip("/")
            else f"{change.path!a} differs only in case from what lies under {RECORDS}",
            hint=f"records lie under {RECORDS}, spelt like this",
        )
        for change in changes
        if change.new_oid is not None
        and f"{change.path}/".casefold().startswith(RECORDS)
        and not change.path.startswith(RECORDS)
    ]


def judge_classes(changes: Sequence[Change], settings: Settings) -> list[Finding]:
    """A request touches records, or the policy, or neither: what it is judged by does not change within it."""
    paths = {class_of(change.path, settings): change.path for change in reversed(changes)}
    classes = set(paths)
    findings = []
    for special in ("record", "policy"):
        if special in classes and len(classes) > 1:
            others = ", ".join(sorted(classes - {special}))
            findings.append(
                Finding(
                    code="request-mixed",
                    path=paths[min(classes - {special})],
                    message=f"the request touches {special} paths together with {others} paths",
                    hint=f"put the {special} changes into a request of their own",
                )
            )
            break
    return findings


def judge_modes(changes: Sequence[Change]) -> list[Finding]:
    """Find what would be a link, a program or another repository."""
    return _odd_modes(
        (change.path, change.new_mode)
        for change in changes
        if change.new_oid is not None and change.new_mode != REGULAR_FILE
    )


_KINDS = {"100755": "a program", "120000": "a symbolic link", "160000": "another repository (a submodule)"}


def _odd_modes(entries: Iterable[tuple[str, str]]) -> list[Finding]:
    return [
        Finding(
            code="mode-odd",
            path=path,
            record=id_of_path(path) or "",
            message=f"{path!a} would be {_KINDS.get(mode, f'of the mode {mode}')}, not a plain file",
            hint="put a plain file in its place",
        )
        for path, mode in entries
    ]


GIT_MODES = frozenset({REGULAR_FILE, "100755", "120000", "160000", "040000"})
"""The modes that git knows; it shows every other as one of these, and so each reader sees something else."""


def judge_forged(entries: Sequence[TreeEntry]) -> list[Finding]:
    """Find what only a tree object made by hand can hold: what each reader takes for something else."""
    odd = [entry for entry in entries if entry.mode not in GIT_MODES]
    return [
        *_odd_modes((entry.path, entry.mode) for entry in odd),
        *_odd_names(entry.path for entry in entries if entry not in odd),
    ]


_LEADING_ELSEWHERE = frozenset({".", "..", ".git"})


def judge_passing(desk: Desk, *, base: str, head: str) -> list[Finding]:
    """Find in the commits on the way what only a tree made by hand can hold: once merged, it lies in history for good.

    Whoever reads that history after us stumbles over it, although the head of the request does not show it.
    """
    findings: list[Finding] = []
    for commit in desk.walk([head], without=[base], paths=()):
        if commit.oid == head or not commit.parents:
            continue
        findings += judge_forged(desk.repository.forged(commit.parents[0], commit.oid))
        added = (change.path for change in commit.changes if change.new_oid is not None)
        findings += _odd_names(path for path in added if not _LEADING_ELSEWHERE.isdisjoint(path.casefold().split("/")))
    return list(dict.fromkeys(findings))


def judge_prefixes(entries: Mapping[str, TreeEntry | None], base: Tree, settings: Settings) -> list[Finding]:
    """The id of a new record begins as the settings say: another prefix is another register's."""
    new = {entry.path for entry in entries.values() if entry is not None and is_record_path(entry.path)}
    strange = [path for path in sorted(new) if not str(id_of_path(path)).startswith(f"{settings.id_prefix}-")]
    # Records of before keep their ids when the settings change.
    known = {entry.path for entry in base.entries(*strange)} if strange else set()
    return [
        Finding(
            code="id-prefix",
            record=str(id_of_path(path)),
            path=path,
            message=f"{id_of_path(path)} does not begin with {settings.id_prefix}-, as ids here do",
            hint="report it with nearmiss report, which draws an id; or change id_prefix in the settings first",
        )
        for path in strange
        if path not in known
    ]


def judge_ids(touched: Sequence[str], base: CommittedTree, entries: Mapping[str, TreeEntry | None]) -> list[Finding]:
    """A new id is unlike every other, whatever the case of its letters; nothing else may lie under records/."""
    new = [entry for entry in entries.values() if entry is not None and entry.path.startswith(RECORDS)]
    _, findings = survey(new)
    findings = [finding for finding in findings if finding.code in {"path-unknown", "mode-odd"} and not finding.record]
    if touched:
        for entry in new:
            twins = [*base.alike(entry.path)]
            if entry.path.count("/") == 3:  # noqa: PLR2004 - records/YEAR/MONTH/ID.yaml
                named = base.found(RECORDS, [entry.path.rpartition("/")[2]], depth=2)
                twins += [path for path in named if any(one.path == path for one in base.entries(path))]
            twin = twins[-1] if twins else entry.path
            if twin != entry.path:
                message = f"{entry.path} differs from {twin} only in case or folder"
                findings.append(Finding(code="id-twice", path=entry.path, message=message, hint="draw another id"))
    return findings
