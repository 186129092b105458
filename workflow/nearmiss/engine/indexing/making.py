"""Making the index: records of the main branch are read and judged once, so that others need only look."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from nearmiss.engine.indexing.index import KNOWN, MAINS, PROPOSALS, RULES, TIP, DamagedIndexError, View, look
from nearmiss.engine.indexing.remembering import known_facts, rules_of
from nearmiss.engine.instance import read_register
from nearmiss.engine.packing import Packed, pack
from nearmiss.engine.proposing.proposals import main_register, proposals
from nearmiss.engine.records.dossiers import survey
from nearmiss.engine.rows import References, Row
from nearmiss.errors import NearMissError
from nearmiss.models.assessment import LEVELS
from nearmiss.models.ids import RECORDS, folder_of, id_of_path, is_record_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.memory import Index
    from nearmiss.engine.ports import Change, TreeEntry
    from nearmiss.engine.records.summaries import Summary
    from nearmiss.policy.standing import Register
    from nearmiss.policy.version import PolicyVersion

    Progress = Callable[[int, int], None]

Answer = TypeVar("Answer")

MOST_MAINS = 20
"""Commits of HEAD for which it is remembered what the main branch is called there."""

LOOKS = 12
"""How often the references may move while they are looked at; other people work meanwhile, and each move is short."""


def up_to_date(desk: Desk, *, progress: Progress | None = None) -> View:
    """Return the index of the main branch as it is now; what changed since it was made is read and judged first.

    Where nothing can be kept, it lasts as long as the command.
    """
    for _ in range(LOOKS):
        base, register = main_register(desk)
        for index in (desk.memory, PassingIndex()) if desk.memory is not None else (PassingIndex(),):
            references = desk.repository.references()
            view = look(index, references)
            if view is None or view.tip != base:
                _renew(desk, index, base, register, references, progress)
                view = look(index, references)
            if view is not None:
                return view
    raise MovingError


def answered(desk: Desk, answer: Callable[[View], Answer], *, progress: Progress | None = None) -> Answer:
    """Return what is answered from the index as it is now; where it turns out to be damaged, it is made anew first."""
    view = up_to_date(desk, progress=progress)
    try:
        return answer(view)
    except DamagedIndexError:
        view.kept.forget()
        return answer(up_to_date(desk, progress=progress))


class MovingError(NearMissError):
    """The references moved at every look, so nothing can be said of them."""

    def __init__(self) -> None:
        super().__init__("The branches of this repository move too quickly to be listed.", hint="Try again.")


def _renew(
    desk: Desk, index: Index, base: str, register: Register, references: References, progress: Progress | None
) -> None:
    notes = index.notes()
    rules = rules_of(register)
    if (notes.get(TIP), notes.get(RULES)) != (base, rules):
        changed = _changed_since(desk, index, notes.get(TIP), base) if notes.get(RULES) == rules else None
        # The tip comes off first: who is interrupted here leaves an index that says nothing, not half of two.
        if notes.get(TIP):
            index.note({TIP: ""})
        tree = desk.repository.tree(base)
        entries = tree.entries(RECORDS) if changed is None else _entries(tree.entries, changed)
        folders, _ = survey(entries)
        rows = []
        for number, (record_id, facts, key) in enumerate(known_facts(desk, tree, register, folders, memory=index), 1):
            rows.append(Row(record_id, facts.summary.reported_on if facts.summary else "", key))
            if progress is not None:
                progress(number, len(folders))
        gone = {str(id_of_path(change.path)) for change in changed or ()} - set(folders)
        index.place(rows, gone, notes={RULES: rules}, whole=changed is None)
    found = [(one.subject, one.branch, one.transition) for one in proposals(desk, base)]
    if desk.repository.references().proposing == references.proposing:
        index.note({**_mains(desk, index), TIP: base, PROPOSALS: _said(references, found), KNOWN: _known(register)})


def _changed_since(desk: Desk, index: Index, old: str | None, new: str) -> list[Change] | None:
    """Return what changed below `records/` since the index was made; None where all must be read again.

    That is so where an id may be in two places by now, of which only a look at all of them can tell the first.
    """
    if not old:
        return None
    try:
        changes = [change for change in desk.repository.changes(old, new, RECORDS) if id_of_path(change.path)]
    except NearMissError:
        return None
    added = [change.path for change in changes if change.old_oid is None and is_record_path(change.path)]
    twice = any(index.row(str(id_of_path(path))) is not None for path in added)
    removed = any(change.new_oid is None and is_record_path(change.path) for change in changes)
    return None if twice or removed else changes


def _entries(listing: Callable[..., Iterable[TreeEntry]], changes: list[Change]) -> Iterator[TreeEntry]:
    """Yield every file of the records that changed."""
    paths = {_record_path(change.path) for change in changes}
    if paths:
        yield from listing(*sorted(place for path in paths for place in (path, folder_of(path))))


def _record_path(path: str) -> str:
    return path if is_record_path(path) else f"{'/'.join(path.split('/')[:4])}.yaml"


def _mains(desk: Desk, index: Index) -> Mapping[str, str]:
    head = desk.head()
    main = read_register(desk.repository.tree(head), desk.documents).newest.settings.main_branch
    mains = {**json.loads(index.notes().get(MAINS, "{}")), head: main}
    return {MAINS: json.dumps(dict(list(mains.items())[-MOST_MAINS:]))}


def _said(references: References, found: list[tuple[str, str, str]]) -> str:
    return json.dumps({"of": references.proposing, "found": found})


def _known(register: Register) -> str:
    return json.dumps(known_values(register.newest))


def known_values(policy: PolicyVersion) -> dict[str, list[str]]:
    """Return the values that each filter of a list knows."""
    terms = {name: sorted(policy.terms.get(name, ())) for name in ("classification", "area", "site")}
    return {
        "state": [state.state for state in policy.workflow.states],
        "level": list(LEVELS),
        "owner": [person.handle for person in policy.people.people],
        **terms,
    }


def read_commit(desk: Desk, commit: str, register: Register) -> tuple[dict[str, Summary], list[str]]:
    """Return the summary of every readable record of any commit, and the ids of the others."""
    tree = desk.repository.tree(commit)
    folders, _ = survey(tree.entries(RECORDS))
    found = {record_id: facts.summary for record_id, facts, _ in known_facts(desk, tree, register, folders)}
    summaries = {record_id: summary for record_id, summary in found.items() if summary is not None}
    return summaries, [record_id for record_id in found if record_id not in summaries]


class PassingIndex:
    """An index that lasts as long as the program, for where nothing can be kept."""

    def __init__(self) -> None:
        self._kept: dict[str, Packed] = {}
        self._notes: dict[str, str] = {}
        self._rows: dict[str, Row] = {}

    def get_many(self, keys: Sequence[str]) -> dict[str, Any]:
        """Return what is remembered of the keys."""
        return {key: json.loads(self._kept[key].kept) for key in keys if key in self._kept}

    def put_many(self, values: Mapping[str, Any]) -> None:
        """Remember values."""
        self._kept |= {key: value if isinstance(value, Packed) else pack(value) for key, value in values.items()}

    def get_aside(self, keys: Sequence[str]) -> dict[str, Any]:
        """Return what was kept aside."""
        return {key: json.loads(self._kept[key].aside) for key in keys if key in self._kept}

    def notes(self) -> Mapping[str, str]:
        """Return what the rows were made from."""
        return self._notes

    def note(self, notes: Mapping[str, str]) -> None:
        """Say more of what they were made from."""
        self._notes |= notes

    def place(self, rows: Iterable[Row], gone: Iterable[str], *, notes: Mapping[str, str], whole: bool) -> None:
        """Put rows in, take those out that are gone (with `whole`, all others), and say what they were made from."""
        if whole:
            self._rows.clear()
        self._rows = {record_id: row for record_id, row in self._rows.items() if record_id not in set(gone)}
        self._rows |= {row.id: row for row in rows}
        self.note(notes)

    def rows(self, *, newest: int = 0) -> list[Row]:
        """Return the rows by the day of the report, the newest first, then by id; all, or so many."""
        by_id = sorted(row for row in self._rows.values() if row.reported_on)
        return sorted(by_id, key=lambda row: row.reported_on, reverse=True)[: newest or None]

    def row(self, record_id: str) -> Row | None:
        """Return the row of one record."""
        return self._rows.get(record_id)

    def count(self) -> tuple[int, tuple[str, ...]]:
        """Return how many records can be read, and the ids of the others."""
        unreadable = tuple(sorted(row.id for row in self._rows.values() if not row.reported_on))
        return len(self._rows) - len(unreadable), unreadable

    def forget(self) -> None:
        """Drop everything."""
        self._kept, self._notes, self._rows = {}, {}, {}
