"""What a record may say, whatever its state: what its model asks, and the references within a record."""

from __future__ import annotations

from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from nearmiss.models.record import Record, any_parts, required_parts
from nearmiss.models.sign_off import SignOff
from nearmiss.models.soundness import is_sound
from nearmiss.models.values import REDACTED
from nearmiss.policy.dossier import get, listed, values_at
from nearmiss.policy.findings import Field, Finding, spell_field
from nearmiss.policy.model_errors import MOST_NAMED, finding_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from nearmiss.policy.notes import Notes

STRUCTURAL = frozenset(
    {
        "unknown-key",
        "missing-field",
        "wrong-type",
        "bad-value",
        "bad-date",
        "unknown-term",
        "unknown-state",
        "missing-for-state",
        "null-value",
    }
)
"""The codes of what a JSON Schema can say too; on these, an editor and `check` agree."""

REFERENTIAL = frozenset(
    {
        "reporter-unnamed",
        "reporter-named",
        "time-tells-who",
        "dates-reversed",
        "id-twice",
        "unknown-reference",
        "cause-cycle",
        "progress-unreasoned",
    }
)
"""The codes of what only `check` says of a record on its own: how one part of it bears on another."""


def judge_record_structure(
    data: Mapping[str, Any], *, terms: Mapping[str, Collection[str]], notes: Notes | None = None
) -> list[Finding]:
    """Judge a record's plain data on its own: fields, types, terms, and references from one part to another.

    Parts of which it is noted that they are sound are not looked at again.
    """
    if notes is None:
        return _first(judge_model(Record, data, terms=terms)) or _first(_judge_references(data))
    if notes.of_all.get("structure") is terms:
        return []
    if not _is_sound_by_parts(data, terms, notes):
        findings = _first(judge_model(Record, data, terms=terms))
        if findings:
            return findings
        for part in data:
            notes.of(part)["sound"] = terms
    findings = _first(_judge_references(data, notes))
    if not findings:
        notes.of_all["structure"] = terms
    return findings


def _is_sound_by_parts(data: Mapping[str, Any], terms: Mapping[str, Collection[str]], notes: Notes) -> bool:
    """Say whether a record is as its model says, given that most of its parts are; False where that is not known."""
    new = notes.unknown("sound", by=terms)
    if len(new) == len(data) or not required_parts() <= data.keys():
        return False
    if new and not is_sound(any_parts(), new, terms=terms):
        return False
    for part in new:
        notes.of(part)["sound"] = terms
    return True


MOST_FINDINGS = 100
"""Findings that are told of one document: nobody mends more at once, and each costs time."""


def _first(findings: Iterator[Finding]) -> list[Finding]:
    """Return the first findings, with one that says so where there are more."""
    found = list(islice(findings, MOST_FINDINGS + 1))
    if len(found) > MOST_FINDINGS:
        message = f"more is wrong than the {MOST_FINDINGS} findings that are told of one document"
        found[-1] = Finding(code="findings-many", message=message, hint="mend these first, then look again")
    return found


def judge_sign_off_structure(data: Any) -> list[Finding]:
    """Judge a sign-off file's plain data on its own."""
    return list(judge_model(SignOff, data))


_NO_TERMS: Mapping[str, Collection[str]] = MappingProxyType({})


def judge_model(
    model: type[BaseModel], data: Any, *, terms: Mapping[str, Collection[str]] = _NO_TERMS
) -> Iterator[Finding]:
    """Judge plain data by a model: each error is a finding at its field; null is never a value."""
    if is_sound(model, data, terms=terms):
        return
    nulls = dict.fromkeys(_nulls(data, ()))
    for way in nulls:
        yield Finding(
            code="null-value",
            message=f"{spell_field(way)} is empty",
            hint="take the key out (absent means unknown), or write `redacted` where it is withheld",
            field=way,
        )
    try:
        model.model_validate(data, context={"vocabulary": terms})
    except ValidationError as error:
        for details in error.errors(include_url=False):
            finding = finding_of(details, data, terms, model)
            if finding.field not in nulls:
                yield finding


def _nulls(data: Any, way: Field) -> Iterator[Field]:
    entries: Iterable[tuple[str | int, Any]] = ()
    if isinstance(data, dict):
        entries = data.items()
    elif isinstance(data, list):
        entries = enumerate(data)
    elif data is None:
        yield way
    for key, value in entries:
        if not (key in {"was", "now"} and way[:1] == ("corrections",)):
            yield from _nulls(value, (*way, key))


def _judge_references(data: Mapping[str, Any], notes: Notes | None = None) -> Iterator[Finding]:
    unknown = {part for part in _REFERRING if part in data and (notes is None or not _is_noted(part, data, notes))}
    wrong = set()
    for part, judge in _REFERENCES if unknown else ():
        if part in unknown:
            for finding in judge(data):
                wrong.add(part)
                yield finding
    if notes is not None:
        for part in unknown - wrong:
            notes.of(part)["references"] = [data.get(other) for other in _REFERRING[part]]


def _is_noted(part: str, data: Mapping[str, Any], notes: Notes) -> bool:
    """Say whether nothing was wrong with what a part refers to, and both are the very same still."""
    noted = notes.of(part).get("references")
    return noted is not None and all(one is data.get(other) for one, other in zip(noted, _REFERRING[part], strict=True))


REPORTED_BY = "reported-by"
"""The detail of a report in which a name stands that was typed where nobody had to prove it: it is no handle."""


def _is_typed(report: Mapping[str, Any]) -> bool:
    return any(detail["name"] == REPORTED_BY for detail in report.get("details", ()))


def _judge_report(data: Mapping[str, Any]) -> Iterator[Finding]:
    report = data["report"]
    mode = report["reporter"]["mode"]
    if mode == "named" and "person" not in report["reporter"] and not _is_typed(report):
        yield _at(
            "reporter-unnamed", ("report", "reporter"), "a named report says by whom", "add person, or change mode"
        )
    if mode != "named" and "person" in report["reporter"]:
        message = f"a report in mode {mode} names no person"
        yield _at("reporter-named", ("report", "reporter", "person"), message, "take the person out")
    if mode in {"anonymous", "confidential"} and "occurred_at" in report:
        message = f"a report in mode {mode} gives no time of day, since that can tell who reported"
        yield _at("time-tells-who", ("report", "occurred_at"), message, "take occurred_at out")
    first, last = report.get("occurred_on"), report.get("occurred_until")
    if first and last and REDACTED not in {first, last} and last < first[: len(last)]:
        yield _at(
            "dates-reversed", ("report", "occurred_until"), "it ended before it began", "mend one of the two dates"
        )


def _judge_unique(data: Mapping[str, Any], path: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for way, name in values_at(data, path):
        if name in seen:
            yield _at("id-twice", way, f"the id {name} is used twice", "give each entry an id of its own")
        seen.add(name)


def _judge_known(data: Mapping[str, Any], path: str, ids: str, what: str) -> Iterator[Finding]:
    known = {name for _, name in values_at(data, ids)}
    unknown = [(way, name) for way, name in _reached(data, path) if name not in known]
    if not unknown:
        return
    first = sorted(known)[:MOST_NAMED]
    hint = f"known here: {', '.join(first) or 'none'}{', …' if len(known) > len(first) else ''}"
    for way, name in unknown:
        yield _at("unknown-reference", way, f"there is no {what} {name} in this record", hint)


def _reached(data: Mapping[str, Any], path: str) -> Iterator[tuple[Field, Any]]:
    """Yield the values of a path; a closing `[]` stands for the entries of a list of plain values."""
    if not path.endswith("[]"):
        yield from values_at(data, path)
        return
    for way, entries in values_at(data, path.removesuffix("[]")):
        yield from (((*way, place), entry) for place, entry in enumerate(entries))


def _judge_cause_cycles(data: Mapping[str, Any]) -> Iterator[Finding]:
    causes = listed(data, "root_cause", "causes")
    above = {cause["id"]: cause.get("explains") for cause in causes}
    turning = _in_cycles(above)
    for place, cause in enumerate(causes):
        if cause["id"] in turning:
            way: Field = ("root_cause", "causes", place, "explains")
            message = f"cause {cause['id']} explains itself"
            yield _at("cause-cycle", way, message, "let one cause at the top explain none")


def _in_cycles(above: Mapping[str, str | None]) -> set[str]:
    """Return the causes that lie on a circle of causes, looking at each cause once."""
    turning: set[str] = set()
    seen: set[str] = set()
    for start in above:
        way: dict[str, int] = {}
        at: str | None = start
        while at is not None and at not in seen:
            seen.add(at)
            way[at] = len(way)
            at = above.get(at)
        if at is not None and at in way:
            turning.update(list(way)[way[at] :])
    return turning


def _judge_progress(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Who cancels an action, or takes up again what was done or cancelled, says why."""
    latest: dict[str, str] = {}
    for place, entry in enumerate(listed(data, "progress")):
        action, status = entry["action"], entry["status"]
        before = latest.get(action, "open")
        again = before in {"done", "cancelled"} and status != before
        if (status == "cancelled" or again) and "because" not in entry:
            message = f"{action} becomes {status}, and no reason is given"
            yield _at("progress-unreasoned", ("progress", place), message, "add --because '…'")
        latest[action] = status


_REFERENCES: tuple[tuple[str, Callable[[Mapping[str, Any]], Iterator[Finding]]], ...] = (
    ("report", _judge_report),
    ("root_cause", lambda data: _judge_unique(data, "root_cause.causes[].id")),
    ("action_plan", lambda data: _judge_unique(data, "action_plan.actions[].id")),
    ("investigation", lambda data: _judge_unique(data, "investigation.evidence[].id")),
    (
        "root_cause",
        lambda data: _judge_known(
            data, "root_cause.causes[].evidence[]", "investigation.evidence[].id", "piece of evidence"
        ),
    ),
    (
        "root_cause",
        lambda data: _judge_known(data, "root_cause.causes[].explains", "root_cause.causes[].id", "cause"),
    ),
    (
        "action_plan",
        lambda data: _judge_known(data, "action_plan.actions[].addresses[]", "root_cause.causes[].id", "cause"),
    ),
    ("progress", lambda data: _judge_known(data, "progress[].action", "action_plan.actions[].id", "action")),
    ("root_cause", _judge_cause_cycles),
    ("progress", _judge_progress),
)
"""What is asked of each part that refers to something."""

_REFERRING: Mapping[str, tuple[str, ...]] = {
    "report": (),
    "root_cause": ("investigation",),
    "action_plan": ("root_cause",),
    "investigation": (),
    "progress": ("action_plan",),
}
"""The parts that refer to something, with the others in which that is."""


def _at(code: str, way: Field, message: str, hint: str) -> Finding:
    return Finding(code=code, message=message, hint=hint, field=way)


def unknown_state(data: Mapping[str, Any], states: Collection[str]) -> Iterator[Finding]:
    """Find a state that the workflow does not know."""
    state = get(data, "state")
    if state not in states:
        yield _at("unknown-state", ("state",), f"there is no state {state!r}", f"states: {', '.join(states)}")
