"""The file of the exposure: read as figures need it, and judged as `nearmiss check` does."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING

from nearmiss.policy.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.documents import Documents
    from nearmiss.engine.ports import Tree
    from nearmiss.models.exposure import Exposed
    from nearmiss.policy.standing import Register

EXPOSURE_FILE = "site/data/exposure.yaml"


def check_exposure(desk: Desk, tree: Tree, register: Register) -> list[Finding]:
    """Return what is wrong with the exposure; that one was sound is remembered by its content."""
    raw = tree.read(EXPOSURE_FILE)
    if raw is None:
        return []
    key = f"exposure:{hashlib.sha256(raw).hexdigest()}:{register.newest.digest[7:23]}"
    if desk.memory is not None and desk.memory.get_many([key]):
        return []
    _, findings = judge_exposure(tree, desk.documents, register.newest.terms)
    if desk.memory is not None and not findings:
        desk.memory.put_many({key: True})
    return findings


def judge_exposure(
    tree: Tree, documents: Documents, terms: Mapping[str, Collection[str]]
) -> tuple[tuple[Exposed, ...], list[Finding]]:
    """Return the entries of the exposure (none where there is no file, or where it is wrong), and what is wrong."""
    raw = tree.read(EXPOSURE_FILE)
    if raw is None:
        return (), []
    # Here, so that a check of what is known to be sound need not load any model.
    from nearmiss.models.exposure import Exposure
    from nearmiss.policy.structure import judge_model

    reading = documents.read(raw)
    findings = list(reading.findings)
    if reading.data is not None and not findings:
        findings = [*judge_model(Exposure, reading.data, terms=terms)]
    if reading.data is None or findings:
        return (), _placed(findings, raw, documents)
    entries = Exposure.model_validate(reading.data).exposure
    findings = [*_judge_overlaps(entries)]
    return (() if findings else entries), _placed(findings, raw, documents)


def _placed(findings: list[Finding], raw: bytes, documents: Documents) -> list[Finding]:
    places = documents.locate_many(raw, [finding.field for finding in findings if finding.field and not finding.line])
    placed = []
    for finding in findings:
        line, column = places.get(finding.field, (finding.line, finding.column))
        placed.append(finding.at(path=EXPOSURE_FILE, line=line, column=column))
    return placed


def read_exposure(
    tree: Tree, documents: Documents, terms: Mapping[str, Collection[str]]
) -> tuple[tuple[Exposed, ...], str]:
    """Return the entries of the exposure, and in words what keeps it from being used."""
    entries, findings = judge_exposure(tree, documents, terms)
    if not findings:
        return entries, ""
    first = findings[0]
    return (), f"line {first.line}: {first.message}" if first.line else first.message


def _judge_overlaps(entries: tuple[Exposed, ...]) -> Iterator[Finding]:
    """No hour may count twice: an entry for a whole is not beside entries for its parts, nor is one given twice."""
    seen: dict[str, list[tuple[str | None, str | None]]] = defaultdict(list)
    for number, entry in enumerate(entries):
        place = (entry.site, entry.area)
        other = next((each for each in seen[entry.month] if _overlap(each, place)), None)
        if other is not None:
            message = f"{_words(place)} in {entry.month} may be of the same people as {_words(other)}"
            hint = "give each month either for the whole or for its parts, and each part once"
            yield Finding(code="exposure-overlap", message=message, hint=hint, field=("exposure", number))
        seen[entry.month].append(place)


def _overlap(one: tuple[str | None, str | None], other: tuple[str | None, str | None]) -> bool:
    """Two places share people unless they name two different sites, or two different areas."""
    return not any(a is not None and b is not None and a != b for a, b in zip(one, other, strict=True))


def _words(place: tuple[str | None, str | None]) -> str:
    return " / ".join(part for part in place if part) or "everything"
