"""References from one record to another: that it is there, is another one, and that no two are joined in a circle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.engine.records.dossiers import prefixes_of
from nearmiss.engine.records.summaries import LINKS, TWIN, references_in
from nearmiss.models.ids import id_of_path, is_record_id, is_record_path
from nearmiss.models.values import REDACTED
from nearmiss.policy.dossier import get
from nearmiss.policy.findings import Field, Finding, Severity
from nearmiss.policy.structure import STRUCTURAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import CommittedTree
    from nearmiss.engine.trees import Overlay
    from nearmiss.policy.dossier import Dossier


_CORRECTED = "find the one that is meant, and correct what was reported: nearmiss advance {} --transition correct"


def judge_references(
    record_id: str,
    references: Iterable[tuple[str, str]],
    *,
    is_there: Callable[[str], bool],
    twin_of: Callable[[str], str | None],
) -> Iterator[Finding]:
    """Judge what a record refers to, each with the path of its field.

    `is_there` tells which records there are, and `twin_of` with which one another is joined. What a report says is its
    reporter's: a wrong number there is worth a word, and holds nobody up.
    """
    for way, reference in references:
        message = hint = code = ""
        if reference == record_id:
            code, message, hint = "reference-to-itself", "it refers to itself", "name the other record"
        elif reference != REDACTED and not is_there(reference):
            code, message = "reference-dangling", f"it refers to {reference}, and there is no such record"
            hint = "mend the id; records are never deleted" if way != LINKS else _CORRECTED.format(record_id)
        elif way == TWIN and _comes_back(record_id, reference, twin_of):
            code, message = "duplicate-circle", "it is joined with a record that is joined with it in turn"
            hint = "let one of them stand by itself"
        if code:
            severity = Severity.WARNING if way == LINKS else Severity.ERROR
            field: Field = tuple(way.split("."))
            yield Finding(code=code, message=message, hint=hint, field=field, severity=severity)


def _comes_back(start: str, twin: str, twin_of: Callable[[str], str | None]) -> bool:
    """Say whether records that are joined one with the next lead back to where they began."""
    seen: set[str] = set()
    at: str | None = twin
    while at is not None and at not in seen and at != start:
        seen.add(at)
        at = twin_of(at)
    return at == start


def judge_new_references(
    desk: Desk,
    before: Dossier | None,
    after: Dossier,
    *,
    base: str,
    findings: Iterable[Finding],
    result: Overlay | None = None,
) -> list[Finding]:
    """Judge what a change refers to anew, among the records of the base and of what a merge would put over it.

    `findings` are those of its structure, among others; where that is broken, nothing can be said of references.
    """
    if any(finding.code in STRUCTURAL for finding in findings):
        return []
    known = set(references_in(before.data)) if before is not None else set()
    new = [one for one in dict.fromkeys(references_in(after.data)) if one not in known]
    if not new:
        return []
    others = _Others(desk, desk.repository.tree(base), result)
    return [
        finding.at(record=after.id, path=after.path)
        for finding in judge_references(after.id, new, is_there=others.has, twin_of=others.twin_of)
    ]


class _Others:
    """The records beside one: those of a commit, and what a merge would make of them."""

    def __init__(self, desk: Desk, tree: CommittedTree, result: Overlay | None) -> None:
        self._desk, self._tree, self._result = desk, tree, result

    def _path(self, record_id: str) -> str | None:
        if not is_record_id(record_id):
            return None
        paths = [path.rstrip("/") for path in prefixes_of(self._tree, record_id)]
        if self._result is not None:
            paths += self._result.paths_of(record_id)
        return next((path for path in paths if is_record_path(path) and id_of_path(path) == record_id), None)

    def _read(self, record_id: str) -> bytes | None:
        path = self._path(record_id)
        return (self._result or self._tree).read(path) if path else None

    def has(self, record_id: str) -> bool:
        """Say whether there is such a record."""
        return self._read(record_id) is not None

    def twin_of(self, record_id: str) -> str | None:
        """Return with which other one a record is joined."""
        raw = self._read(record_id)
        data: Mapping[str, Any] | None = self._desk.documents.read(raw).data if raw is not None else None
        twin = get(data, *TWIN.split(".")) if data else None
        return twin if isinstance(twin, str) else None
