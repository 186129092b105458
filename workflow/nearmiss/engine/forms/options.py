"""What a field of a form may be answered with: terms, people who fit, steps of a scale, ids of the same record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nearmiss.engine.forms.shapes import Kind, Shape
from nearmiss.models.values import REDACTED
from nearmiss.models.vocabulary import label_of
from nearmiss.policy.dossier import get, listed
from nearmiss.policy.roles import roles_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from nearmiss.models.people import Person
    from nearmiss.models.risk import Step
    from nearmiss.policy.version import PolicyVersion

HERE, ELSEWHERE, UNLISTED = "here", "elsewhere", "unlisted"
"""Groups of options: people with a role where it happened, all others, and what stands there and is not offered."""

HARM = ("nothing", "a pause, an alarm or rework", "more than a near miss may have had")
"""What the levels of actual harm mean: 0, 1, and all above."""
WITHHELD = "withheld"
YES_NO = (("yes", "Yes"), ("no", "No"))
_LONGEST = 80


@dataclass(frozen=True, kw_only=True)
class Option:
    """One thing that may be chosen. `number` is set where it is a step of a scale, and `group` where there are any."""

    value: str
    label: str
    help: str = ""
    group: str = ""
    number: str = ""


@dataclass(frozen=True, kw_only=True)
class Options:
    """Finds the options of fields: by the policy in force, in a language, for a record as its form has it now."""

    policy: PolicyVersion
    language: str
    data: Mapping[str, Any]
    records: Mapping[str, str] = field(default_factory=dict)
    """Records that may be meant, by id, with their titles."""
    me: str = ""
    say: Callable[[str], str] = str
    """Says our own words in the language; those of the policy are in it already."""

    def of(self, shape: Shape, chosen: tuple[str, ...]) -> tuple[Option, ...]:
        """Return what may be chosen in a field, with what is chosen already and would be offered to nobody else."""
        found = tuple(self._offered(shape))
        if not found and shape.kind not in _CHOOSING:
            return ()
        known = {one.value for one in found}
        return (*found, *(self._unlisted(one) for one in chosen if one and one not in known))

    def _offered(self, shape: Shape) -> Iterator[Option]:
        if shape.vocabulary:
            yield from self._terms(shape.vocabulary)
        elif shape.refers:
            yield from self._references(shape)
        elif shape.kind in _PEOPLE:
            yield from self._people()
        else:
            yield from self._plain(shape)

    def _plain(self, shape: Shape) -> Iterator[Option]:
        if shape.kind is Kind.SCALE:
            yield from self._scale(shape)
        elif shape.kind is Kind.YES_NO:
            yield from (Option(value=value, label=self.say(label)) for value, label in YES_NO)
        elif shape.kind is Kind.ROLE:
            for role in self.policy.workflow.roles:
                told = label_of(role.help or {}, self.language)
                yield Option(value=role.role, label=label_of(role.label, self.language), help=told)
        elif shape.kind in {Kind.RECORD, Kind.RECORDS}:
            yield from (Option(value=name, label=title) for name, title in self.records.items())
        for one in shape.choices:
            yield Option(value=one.value, label=self.say(one.label), help=self.say(one.help))

    def _terms(self, name: str) -> Iterator[Option]:
        terms = self.policy.vocabulary.get(name)
        for term in terms.terms if terms else ():
            if not term.retired:
                told = label_of(term.help or {}, self.language)
                yield Option(value=term.term, label=label_of(term.label, self.language), help=told)

    def _scale(self, shape: Shape) -> Iterator[Option]:
        if shape.key == "level":
            for number in range(shape.least, shape.most + 1):
                yield Option(value=str(number), label=self.say(HARM[min(number, 2)]), number=str(number))
            return
        risk = self.policy.risk
        steps: tuple[Step, ...] = risk.likelihood if shape.key == "likelihood" else risk.severity
        for step in sorted(steps, key=lambda one: one.value):
            told = label_of(step.help or {}, self.language)
            label = label_of(step.label, self.language)
            yield Option(value=str(step.value), label=label, help=told, number=str(step.value))

    def _people(self) -> Iterator[Option]:
        """Yield the active persons: whoever asks first, then those with a role where it happened, then the others."""
        persons = [one for one in self.policy.people.people if one.is_active and one.kind == "person"]
        roles = {one.handle: roles_for(self.policy.people, one, self.data) for one in persons}
        for one in sorted(persons, key=lambda one: (one.handle != self.me, not roles[one.handle])):
            group = HERE if roles[one.handle] or one.handle == self.me else ELSEWHERE
            yield Option(value=one.handle, label=self._person(one, roles[one.handle]), group=group)

    def _person(self, person: Person, roles: frozenset[str]) -> str:
        labels = {one.role: label_of(one.label, self.language) for one in self.policy.workflow.roles}
        held = ", ".join(labels.get(role, role) for role in sorted(roles))
        return f"{person.name} ({held})" if held else person.name

    def _references(self, shape: Shape) -> Iterator[Option]:
        for entry in listed(self.data, *shape.refers.split(".")):
            name = get(entry, "id")
            if isinstance(name, str) and name:
                yield Option(value=name, label=_short(get(entry, "statement") or get(entry, "what") or ""))

    def _unlisted(self, value: str) -> Option:
        return Option(value=value, label=self.say(WITHHELD) if value == REDACTED else value, group=UNLISTED)


_PEOPLE = frozenset({Kind.PERSON, Kind.PEOPLE, Kind.OWNER})
_CHOOSING = _PEOPLE | frozenset({Kind.CHOICE, Kind.SCALE, Kind.YES_NO, Kind.ROLE} | {Kind.REFERENCE, Kind.REFERENCES})


def _short(text: Any) -> str:
    words = " ".join(str(text).split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
