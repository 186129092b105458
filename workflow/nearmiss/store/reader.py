"""Reading YAML: plain data from one document, by the quick reader where it knows the form, else by the strict one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.documents import Reading
from nearmiss.store import guard
from nearmiss.store.quick import read_canonical

if TYPE_CHECKING:
    from nearmiss.store.quick import Parts

MOST_FINDINGS = 100
"""Findings of one document after which reading stops."""


def read(raw: bytes, *, most: int = MOST_FINDINGS, known: Parts | None = None) -> Reading:
    """Build plain data from one strict YAML 1.2 document; every fault is a finding with line and column.

    Bytes that are refused, and a syntax error, end reading; other faults are listed together, `most` of them.

    Most documents are as we write them, and are read quickly: where the quick reader says anything, it is the same.
    `known` are the parts that it has read before. The parser is imported by the first document that needs it.
    """
    findings, text = guard.look(raw)
    if findings:
        return Reading(data=None, findings=findings)
    disputable = guard.may_have_disputes(raw)
    if not disputable:
        data = read_canonical(text, known)
        if data is not None:
            return Reading(data=data)
    from nearmiss.store.strict import read_strictly

    return read_strictly(raw, most=most, disputable=disputable)
