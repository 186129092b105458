"""The ledgers: what an auditor looks for first, gathered from each way that a record went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.models.assessment import LEVELS
from nearmiss.models.values import REDACTED
from nearmiss.policy.dossier import get, listed
from nearmiss.policy.guards.context import rank

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nearmiss.engine.audit.results import Taken
    from nearmiss.policy.dossier import Dossier

Entry = dict[str, Any]


def entries_of(
    subject: str, before: Dossier, after: Dossier, steps: Sequence[Taken], commit: str
) -> Iterator[tuple[str, Entry]]:
    """Yield what one way of a record adds to the ledgers: the name of the ledger, and the entry."""
    by = sorted({signature.by for step in steps for signature in step.signatures})
    names = [step.transition for step in steps]
    common = {"record": subject, "commit": commit, "steps": names, "by": by}
    for entry in _downgrades(before.data, after.data):
        yield "downgrades", {**common, **entry}
    for entry in _extensions(before.data, after.data):
        yield "extensions", {**common, **entry}
    for entry in listed(after.data, "corrections")[len(listed(before.data, "corrections")) :]:
        told = {key: get(entry, key) for key in ("field", "was", "now", "because", "on")}
        yield "corrections", {**common, "redacted": get(entry, "now") == REDACTED, **told}
    if "decline" in names:
        said = {key: get(after.data, "assessment", key) for key in ("decision", "reason", "reply")}
        yield "declines", {**common, **said}
    yield from waived_in(subject, steps)


def waived_in(subject: str, steps: Sequence[Taken]) -> Iterator[tuple[str, Entry]]:
    """Yield the rules that sign-offs of some steps waive."""
    for step in steps:
        for signature in step.signatures:
            if signature.waived_rule:
                yield (
                    "waivers",
                    {
                        "record": subject,
                        "commit": step.commit,
                        "steps": [step.transition],
                        "by": [signature.by],
                        "rule": signature.waived_rule,
                        "because": signature.waived_because,
                    },
                )


def _downgrades(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Entry]:
    if before.get("assessment") is after.get("assessment"):
        return
    for name in ("severity_potential", "level"):
        was, now = (get(data, "assessment", name) for data in (before, after))
        if _is_ranked(was) and (now is None or (_is_ranked(now) and rank(now) < rank(was))):
            yield {"field": f"assessment.{name}", "was": was, "now": now}


def _is_ranked(value: Any) -> bool:
    return type(value) is int or value in LEVELS


def _extensions(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Entry]:
    known = {str(get(action, "id")): action for action in listed(before, "action_plan", "actions")}
    actions = listed(after, "action_plan", "actions")
    if before.get("action_plan") is after.get("action_plan") and len(known) == len(actions):
        return
    for action in actions:
        name = str(get(action, "id"))
        for one in listed(action, "extensions")[len(listed(known.get(name), "extensions")) :]:
            yield {"action": name, **{key: get(one, key) for key in ("from", "to", "because")}}
