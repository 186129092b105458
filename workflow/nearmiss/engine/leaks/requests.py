"""What the gate asks of reports without a name that a request brings: whether the request tells who sent them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.leaks.commits import judge_commit, parse_commit
from nearmiss.engine.leaks.versions import NAMELESS, judge_attachment, judge_version, judge_words, mode_of, report_files
from nearmiss.engine.scrubbing import Scrubber
from nearmiss.models.ids import folder_of
from nearmiss.policy.findings import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Commit, Tree
    from nearmiss.models.people import People
    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.findings import Finding


def judge_brought(
    desk: Desk, before: Dossier | None, after: Dossier, result: Tree, people: People, *, base: str, head: str
) -> Iterator[Finding]:
    """Find what tells who sent a report without a name that a request brings, between base and head.

    Only a record that is new is asked about, by its own commits: other requests pay nothing for it. What may only name
    somebody is left to those who read the request.
    """
    if before is not None or mode_of(after.data) not in NAMELESS:
        return
    scrubber = Scrubber(people=tuple(people.people))
    for commit in _adding(desk, after.path, base, head):
        parsed = parse_commit(commit.oid, desk.repository.commit_object(commit.oid))
        yield from judge_commit(parsed, after.id, scrubber)
    yield from judge_version(after.data, after.id, path=after.path)
    words = judge_words(after.data, after.id, scrubber, path=after.path)
    yield from (finding for finding in words if finding.severity is Severity.ERROR)
    listed = report_files(after.data)
    folder = f"{folder_of(after.path)}attachments/"
    for entry in result.entries(folder) if listed else ():
        name = entry.path.removeprefix(folder)
        if name in listed and entry.oid is not None:
            yield from judge_attachment(name, desk.read_blob(entry.oid), after.id, desk.cleaner, path=entry.path)


def _adding(desk: Desk, path: str, base: str, head: str) -> Sequence[Commit]:
    """Return the commits that add a record; merges only where no other commit does, since they take over."""
    walked = desk.walk([head], without=[base], paths=[path])
    adding = [one for one in walked if any(change.path == path and change.old_oid is None for change in one.changes)]
    return [one for one in adding if len(one.parents) == 1] or adding
