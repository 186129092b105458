"""The form of a section, made: every field with its name, meaning, options, answer, findings, and what needs it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nearmiss.engine.forms.answers import (
    ABSENT,
    EXTERNAL,
    PERSON,
    Answer,
    Ids,
    Row,
    entry_before,
    records_in,
    rows_in,
    spelled,
    words_in,
)
from nearmiss.engine.forms.changes import ids_of
from nearmiss.engine.forms.names import HELPS, name_of_entry
from nearmiss.engine.forms.needs import needed_by
from nearmiss.engine.forms.options import Option, Options
from nearmiss.engine.forms.shapes import Kind, Shape, shape_of
from nearmiss.models.vocabulary import label_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from nearmiss.policy.findings import Finding

KEPT_LISTS = frozenset({"progress", "corrections", "verification.checks"})
"""Lists whose entries stay as they are: what is so now is told by a new one."""


@dataclass(frozen=True, kw_only=True)
class FormField:
    """One field as a page shows it.

    `entry` is what one entry of a list is called, `words` are its answer and `outside` who owns it outside. `stands` is
    what it says where it cannot be answered here. `has_answer` says that something is answered in it, `is_first` that
    it is asked at once, not under “more”; `is_list` that its rows may grow.
    """

    name: str
    shape: Shape
    label: str
    help: str
    entry: str = ""
    words: tuple[str, ...] = ()
    outside: str = ""
    options: tuple[Option, ...] = ()
    needed_by: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    is_first: bool = True
    has_answer: bool = False
    is_fixed: bool = False
    is_list: bool = False
    stands: Any = None
    others: Any = None
    inside: tuple[FormField, ...] = field(default=())
    rows: tuple[FormRow, ...] = field(default=())

    @property
    def word(self) -> str:
        """The answer where it is one."""
        return self.words[-1] if self.words else ""

    @property
    def is_day(self) -> bool:
        """Whether the answer is a day of the calendar, not a word such as `redacted`."""
        return self.word[:1].isdecimal()

    def walk(self) -> Iterator[FormField]:
        """Yield this field and all inside it."""
        yield self
        for one in (*self.inside, *(inner for row in self.rows for inner in row.inside)):
            yield from one.walk()


@dataclass(frozen=True, kw_only=True)
class FormRow:
    """One entry of a list as a page shows it; `own_id` is the one it has or is to get."""

    name: str
    number: int
    label: str
    own_id: str
    was: str
    is_fixed: bool
    findings: tuple[Finding, ...]
    inside: tuple[FormField, ...]


@dataclass(frozen=True, kw_only=True)
class Form:
    """The form of one section. `findings` are those that lie at none of its fields."""

    section: str
    root: FormField
    findings: tuple[Finding, ...] = ()

    @property
    def fields(self) -> tuple[FormField, ...]:
        """The fields of the section; one that is a list is itself its only field."""
        return self.root.inside or (self.root,)

    def walk(self) -> Iterator[FormField]:
        """Yield every field, however deep."""
        yield from self.root.walk()

    def troubled(self) -> Iterator[tuple[str, str, Finding]]:
        """Yield every finding at a field with the field's name and label, from the top down."""
        for one in self.walk():
            yield from ((one.name, one.label, finding) for finding in one.findings)
            for row in one.rows:
                yield from ((row.name, row.label, finding) for finding in row.findings)


def make_form(
    section: str,
    answer: Answer,
    *,
    data: Mapping[str, Any],
    options: Options,
    findings: Sequence[Finding] = (),
    rewrites: bool = False,
    others: Mapping[str, Any] | None = None,
) -> Form:
    """Make the form of a section from the answers that it holds so far.

    `data` is the record that the form was made from, while that of `options` has the answers in it. `rewrites` lets
    what the rules keep be changed, as in a correction. `others` are fields by name that somebody else changed
    meanwhile, with what these say now.
    """
    shape = shape_of(section)
    own = [one for one in findings if one.field[:1] == (section,)]
    maker = _Maker(options=options, findings=own, rewrites=rewrites, others=others or {}, ids=ids_of(data))
    root = maker.field(shape, section, answer, data.get(section, ABSENT), parent_needed=False)
    return Form(
        section=section,
        root=_all_first(root),
        findings=tuple(one for one in findings if one.field[:1] != (section,)),
    )


def _all_first(root: FormField) -> FormField:
    """Ask everything at once where nothing is asked first."""
    from dataclasses import replace

    if any(one.is_first for one in root.inside):
        return root
    return replace(root, inside=tuple(replace(one, is_first=True) for one in root.inside))


class _Maker:
    """Makes fields, knowing what needs them, what was found, and what may be chosen."""

    def __init__(
        self,
        *,
        options: Options,
        findings: Sequence[Finding],
        rewrites: bool,
        others: Mapping[str, Any],
        ids: Ids,
    ) -> None:
        self._options, self._rewrites, self._others, self._ids = options, rewrites, others, ids
        self._findings = [(".".join(map(str, one.field)), one) for one in findings]
        self._needed = needed_by(options.policy, options.data)

    def field(self, shape: Shape, name: str, answer: Answer, value: Any, *, parent_needed: bool) -> FormField:
        """Make a field, with those inside it and its rows."""
        needed = self._needed.get(shape.path.removesuffix("[]"), ())
        is_fixed = self._is_fixed(shape, answer, value)
        inside = self._inside(shape, name, answer, value, needed=bool(needed))
        rows = self._rows(shape, name, answer, value)
        words = self._words(shape, answer)
        findings = self._at(name, self._below(shape, len(rows)))
        is_answered = any(words) or bool(rows) or any(one.has_answer for one in inside)
        has_answer = is_answered or value is not ABSENT
        first_inside = any(one.is_first for one in inside) and (shape.required or self._is_asked(shape))
        return FormField(
            name=name,
            shape=shape,
            label=self._options.say(shape.label),
            help="" if help_of(shape).rstrip(".?") == shape.label.rstrip("?") else self._options.say(help_of(shape)),
            entry=self._options.say(name_of_entry(shape.model)) if shape.kind is Kind.PARTS else "",
            words=words,
            outside="".join(words_in(answer.get(EXTERNAL))) if isinstance(answer, dict) else "",
            options=self._options.of(shape, words) if not is_fixed else (),
            needed_by=tuple(label_of(one.label, self._options.language) for one in needed if one.kind == "forward"),
            findings=findings,
            is_first=bool(needed or findings or has_answer or first_inside or shape.required or parent_needed),
            has_answer=is_answered,
            is_fixed=is_fixed,
            is_list=shape.kind is Kind.PARTS and not _is_of_files(shape),
            stands=None if value is ABSENT else value if isinstance(value, dict | list) else spelled(shape, value),
            others=self._others.get(name),
            inside=inside,
            rows=rows,
        )

    def _is_asked(self, shape: Shape) -> bool:
        return any(path.startswith(f"{shape.path}.") for path in self._needed)

    def _is_fixed(self, shape: Shape, answer: Answer, value: Any) -> bool:
        if shape.kind is Kind.FIXED:
            return True
        if shape.kind in {Kind.PART, Kind.PARTS}:
            return answer is None and value is not ABSENT
        is_said = shape.path.startswith("report.") and value is not ABSENT and not self._rewrites
        return is_said or (answer is None and value is not ABSENT)

    def _inside(self, shape: Shape, name: str, answer: Answer, value: Any, *, needed: bool) -> tuple[FormField, ...]:
        if shape.kind is not Kind.PART or not isinstance(answer, dict):
            return ()
        before: Mapping[str, Any] = value if isinstance(value, dict) else {}
        bare = needed and not any(one.required for one in shape.inside)
        return tuple(
            self.field(one, f"{name}.{one.key}", answer.get(one.key), before.get(one.key, ABSENT), parent_needed=bare)
            for one in shape.inside
            if one.key in before or not _is_of_files(one)
        )

    def _rows(self, shape: Shape, name: str, answer: Answer, value: Any) -> tuple[FormRow, ...]:
        if shape.kind is not Kind.PARTS:
            return ()
        return tuple(self._made_rows(shape, name, rows_in(answer), value))

    def _made_rows(self, shape: Shape, name: str, rows: Sequence[Row], value: Any) -> Iterator[FormRow]:
        given = [_own_id(shape, row) for row in rows]
        for place, row in enumerate(rows):
            was = entry_before(row, value)
            own_id = given[place]
            if not own_id and any(one.kind is Kind.OWN_ID for one in shape.inside):
                own_id = given[place] = self._ids.next(shape.path, besides=given)
            called = f"{name}.{place}"
            fixed = row.was is not None and not self._rewrites and self._keeps(shape)
            fields = (
                self.field(
                    one,
                    f"{called}.{one.key}",
                    None if fixed else row.answers.get(one.key),
                    was.get(one.key, ABSENT) if isinstance(was, dict) else ABSENT,
                    parent_needed=False,
                )
                for one in shape.inside
                if not _is_of_files(one) or (isinstance(was, dict) and one.key in was)
            )
            yield FormRow(
                name=called,
                number=place + 1,
                label=self._options.say(name_of_entry(shape.model)),
                own_id=own_id,
                was="" if row.was is None else str(row.was),
                is_fixed=fixed or _is_of_files(shape),
                findings=self._at(called, frozenset(one.key for one in shape.inside)),
                inside=tuple(fields),
            )

    def _keeps(self, shape: Shape) -> bool:
        return shape.path in KEPT_LISTS or shape.path.startswith("report.")

    def _words(self, shape: Shape, answer: Answer) -> tuple[str, ...]:
        if isinstance(answer, dict):
            return words_in(answer.get(PERSON)) if shape.kind is Kind.OWNER else ()
        if shape.kind is Kind.RECORDS:
            return tuple(records_in(words_in(answer)))
        return words_in(answer)

    def _at(self, name: str, below: Collection[str]) -> tuple[Finding, ...]:
        """Return the findings at a field, or below it where no field of the form lies there."""
        return tuple(one for place, one in self._findings if _is_at(place, name, below))

    def _below(self, shape: Shape, rows: int) -> frozenset[str]:
        if shape.kind is Kind.PARTS:
            return frozenset(map(str, range(rows)))
        return frozenset(one.key for one in shape.inside)


def _is_at(place: str, name: str, below: Collection[str]) -> bool:
    if not place.startswith(f"{name}."):
        return place == name
    return place.removeprefix(f"{name}.").partition(".")[0] not in below


def help_of(shape: Shape) -> str:
    """Return what a field means, without what only matters where one writes YAML."""
    return HELPS.get(shape.model, shape.help)


def _own_id(shape: Shape, row: Row) -> str:
    own = next((one.key for one in shape.inside if one.kind is Kind.OWN_ID), "")
    return "".join(words_in(row.answers.get(own))) if own else ""


def _is_of_files(shape: Shape) -> bool:
    """Say whether a list is one of files, which come and go by other ways than words."""
    return any(one.key == "sha256" for one in shape.inside)
