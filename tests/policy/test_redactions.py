"""A redaction withholds, and does nothing else: what it withholds is not repeated where it is listed."""

from __future__ import annotations

from typing import Any

import pytest

from nearmiss.policy.guards.context import StepContext
from nearmiss.policy.guards.corrections import corrections_say_all
from tests.policy.builder import World, near_miss

FIELD = "report.reporter.person"
LISTED = {"field": FIELD, "now": "redacted", "because": "Asked for", "on": "2026-12-01"}


def told(world: World, entries: list[dict[str, Any]], before: list[dict[str, Any]] | None = None) -> list[str]:
    """Return what the guard says of a redaction listed like this, after corrections of before."""
    transition = world.newest.workflow.transition("redact")
    assert transition is not None
    was = near_miss("low", {"corrections": before} if before else {})
    now = near_miss("low", {FIELD: "redacted", "corrections": [*(before or []), *entries]})
    context = StepContext(before=was, after=now, transition=transition, policy=world.newest)
    found = [finding for finding in corrections_say_all(context) if finding.code != "correction-unsaid"]
    assert {(finding.code, finding.hint) for finding in found} <= {
        ("not-a-redaction", "leave `was` out of a redaction")
    }
    return [f"{finding.field_name}: {finding.message}" for finding in found]


@pytest.mark.parametrize("was", ["m.okafor", "redacted", "", None])
def test_a_redaction_that_says_what_was_there_is_refused(world: World, was: str | None) -> None:
    """Whatever stands there: without `was` it passes."""
    repeated = f"corrections[0]: the correction of {FIELD} repeats what is redacted"
    assert told(world, [{**LISTED, "was": was}]) == [repeated]
    assert told(world, [LISTED]) == []


def test_only_what_the_redaction_adds_is_looked_at(world: World) -> None:
    """A correction of before keeps what it says."""
    before = [{"field": "title", "was": "One", "now": "Two", "because": "Typed wrongly", "on": "2026-11-30"}]
    assert told(world, [LISTED], before) == []
    assert len(told(world, [LISTED, {**LISTED, "was": "m.okafor"}], before)) == 1


def test_what_is_repeated_is_told_at_its_place(world: World) -> None:
    """The field of the finding is where the entry lies among all corrections of the record."""
    before = [{"field": "title", "was": "One", "now": "Two", "because": "Typed wrongly", "on": "2026-11-30"}]
    repeated = f"corrections[2]: the correction of {FIELD} repeats what is redacted"
    assert told(world, [LISTED, {**LISTED, "was": "m.okafor"}], before) == [repeated]
