"""The plan of an import: what each row of a table would become, decided before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nearmiss.engine.importing.columns import Columns, lay_out
from nearmiss.engine.importing.drafting import Desk, draft_row
from nearmiss.engine.importing.mapping import LEAVE_OUT
from nearmiss.engine.importing.targets import LINK_VOCABULARY, TARGETS
from nearmiss.engine.importing.terms import count_missing, find_term, spellings_of
from nearmiss.models.values import REDACTED
from nearmiss.policy.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from nearmiss.engine.importing.drafting import Draft
    from nearmiss.engine.importing.mapping import Mapping as TableMapping
    from nearmiss.engine.importing.rows import Table
    from nearmiss.engine.importing.terms import Missing, Spellings
    from nearmiss.models.vocabulary import VocabularyList

SourceKey = tuple[str, str]
"""The source of a report and its key there."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """A report that came from a source before: its record, and what its row said then."""

    record: str
    row_sha256: str
    occurred_on: str = ""


@dataclass(frozen=True, kw_only=True)
class NewRecord:
    """A row that becomes a record; `data` is the record whole, in the canonical order of keys."""

    row: int
    key: str
    data: dict[str, Any]

    @property
    def record(self) -> str:
        """The id of the new record."""
        return str(self.data["id"])


@dataclass(frozen=True, kw_only=True)
class KnownRow:
    """A row whose key a record already has; `because` says in a sentence what follows."""

    row: int
    key: str
    record: str
    because: str = ""


@dataclass(frozen=True, kw_only=True)
class Duplicate:
    """A row whose key an earlier row of the same file has; `same` where both say the same."""

    row: int
    key: str
    first_row: int
    same: bool


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A row that cannot become a record, with all reasons at once."""

    row: int
    key: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ImportPlan:
    """What an import would do. `problems` keep it from doing anything; `notes` are worth reading before it does.

    Only `new` is ever written. `changed` (another row under a known key) and `conflicts` (a known key with another
    date of the event) are for people to look at. Row numbers count as a spreadsheet's do.
    """

    source: str
    new: tuple[NewRecord, ...] = ()
    unchanged: tuple[KnownRow, ...] = ()
    changed: tuple[KnownRow, ...] = ()
    conflicts: tuple[KnownRow, ...] = ()
    duplicates_in_file: tuple[Duplicate, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    blank_rows: tuple[int, ...] = ()
    problems: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()

    @property
    def blank(self) -> int:
        """How many rows held nothing."""
        return len(self.blank_rows)


def plan_import(
    table: Table,
    mapping: TableMapping,
    *,
    vocabulary: Mapping[str, VocabularyList],
    known: Mapping[SourceKey, Known],
    today: date,
    new_id: Callable[[str], str],
) -> ImportPlan:
    """Decide what each row of a table becomes.

    `known` are the reports imported before; `new_id` draws an unused id for a report of the date that it is given.
    With problems in the plan no row was taken: the mapping does not fit the file, the vocabulary, or leaves the
    meaning of a date open.
    """
    columns = lay_out(mapping, table)
    spellings = spellings_of(vocabulary)
    problems = (*columns.problems, *_foreign_terms(columns, spellings))
    empty = ImportPlan(source=mapping.source, blank_rows=table.blank_rows, problems=problems, notes=columns.notes)
    if problems:
        return empty
    desk = Desk(mapping=mapping, columns=columns, spellings=spellings, today=today, repairs=mapping.repairs)
    drafts = [draft_row(row, desk) for row in table.rows]
    notes = (*columns.notes, *_missing_terms(gap for draft in drafts for gap in draft.missing), *_doubts(drafts))
    return replace(_sort(drafts, known, new_id, empty), notes=notes)


def _sort(
    drafts: Iterable[Draft], known: Mapping[SourceKey, Known], new_id: Callable[[str], str], empty: ImportPlan
) -> ImportPlan:
    """Sort drafts by what becomes of them, in the order of the file; the first of a key is the one that counts."""
    piles: dict[str, list[Any]] = {}
    seen: dict[str, Draft] = {}
    for draft in drafts:
        before = known.get((empty.source, draft.key))
        pile, fate = _fate(draft, seen.get(draft.key), before, new_id)
        piles.setdefault(pile, []).append(fate)
        if before or not draft.reasons:
            seen.setdefault(draft.key, draft)
    return replace(
        empty,
        new=tuple(piles.get("new", ())),
        unchanged=tuple(piles.get("unchanged", ())),
        changed=tuple(piles.get("changed", ())),
        conflicts=tuple(piles.get("conflicts", ())),
        duplicates_in_file=tuple(piles.get("duplicates_in_file", ())),
        rejected=tuple(piles.get("rejected", ())),
    )


def _fate(
    draft: Draft, first: Draft | None, before: Known | None, new_id: Callable[[str], str]
) -> tuple[str, NewRecord | KnownRow | Duplicate | Rejected]:
    """Return the pile that a row comes on, and what is said of it there."""
    row, key = draft.row, draft.key
    if first:
        same = first.sha256 == draft.sha256
        return "duplicates_in_file", Duplicate(row=row, key=key, first_row=first.row, same=same)
    if before and before.row_sha256 == draft.sha256:
        return "unchanged", KnownRow(row=row, key=key, record=before.record)
    if draft.reasons:
        return "rejected", Rejected(row=row, key=key, reasons=draft.reasons)
    if before:
        pile, because = _compare(draft, before)
        return pile, KnownRow(row=row, key=key, record=before.record, because=because)
    return "new", _new(draft, new_id)


def _compare(draft: Draft, before: Known) -> tuple[str, str]:
    if before.occurred_on not in {draft.occurred_on, REDACTED}:
        dates = f"{before.occurred_on or 'no date'} in the record, {draft.occurred_on or 'no date'} in the row"
        return "conflicts", f"the date of the event differs: {dates}"
    return "changed", "the row says something else than when it was imported; records are never overwritten"


def _new(draft: Draft, new_id: Callable[[str], str]) -> NewRecord:
    data = dict(draft.data or {})
    return NewRecord(row=draft.row, key=draft.key, data=data | {"id": new_id(data["report"]["reported_on"])})


def _foreign_terms(columns: Columns, spellings: Spellings) -> list[Finding]:
    """Find terms that the mapping itself writes and this vocabulary does not have."""
    kinds = dict.fromkeys(rule.kind for rule, _ in columns.links)
    gaps = {(LINK_VOCABULARY, kind) for kind in kinds if kind not in spellings.get(LINK_VOCABULARY, {}).values()}
    for rule, _ in columns.fields:
        if rule.always and rule.otherwise != LEAVE_OUT and TARGETS[rule.to].vocabulary:
            found = find_term(rule, [rule.always], spellings)
            gaps |= {(gap.vocabulary, gap.word) for gap in found.missing}
    return [
        Finding(
            code="mapping-term-unknown",
            message=f'The mapping writes "{word}", which the vocabulary {vocabulary} does not have.',
            hint=f"{_where(vocabulary)}, or use another term in the mapping.",
        )
        for vocabulary, word in sorted(gaps)
    ]


def _missing_terms(gaps: Iterable[Missing]) -> list[Finding]:
    """List each list's missing words once, with how often each came; the rows that needed them are rejected."""
    counts = count_missing(gap for gap in gaps if gap.vocabulary)
    groups = dict.fromkeys((gap.vocabulary, gap.left_out) for gap in counts)
    return [
        Finding(
            code="term-left-out" if left_out else "term-missing",
            message=(
                f"Words without a term in the vocabulary {vocabulary}: "
                + ", ".join(
                    f'"{gap.word}" ({times} ×)'
                    for gap, times in counts.items()
                    if (gap.vocabulary, gap.left_out) == (vocabulary, left_out)
                )
                + ("; the field is left out there." if left_out else "; the rows with them are not imported.")
            ),
            hint=f"{_where(vocabulary)}, or translate them in the mapping.",
            severity=Severity.NOTE if left_out else Severity.ERROR,
        )
        for vocabulary, left_out in groups
    ]


def _where(vocabulary: str) -> str:
    return f"Add them to schemas/vocabulary/{vocabulary}.yaml"


def _doubts(drafts: Iterable[Draft]) -> list[Finding]:
    return [
        Finding(code="row-doubtful", message=f"Row {draft.row}: {doubt}.", severity=Severity.WARNING)
        for draft in drafts
        for doubt in draft.doubts
    ]
