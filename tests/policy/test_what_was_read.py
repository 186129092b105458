"""A step in force is judged again only by what the record still says as it did then."""

from __future__ import annotations

from tests.policy.builder import World

WHOLE_WAY = ("investigate", "find-root-cause", "plan-action", "verify")
A1, C2 = "action_plan.actions.0", "root_cause.causes.1"


def test_a_changed_cause_does_not_make_the_plan_short_of_a_signer(world: World) -> None:
    """Whoever changes a sealed cause is told of the seal, not that the old plan lacks a risk owner."""
    case = world.case("high").travel(*WHOLE_WAY)

    accepted = {"disposition": "accept-risk", "because": "Small.", "review_on": "2027-11-01"}

    changed = case.change({f"{C2}.{key}": value for key, value in accepted.items()})

    assert changed.codes == {"sealed-section-changed"}


def test_a_corrected_owner_does_not_unseat_whoever_verified(world: World) -> None:
    """An owner may be corrected to somebody who signed the closing; what they signed then still stands."""
    case = world.case("low").travel(*WHOLE_WAY)
    entry = {
        "field": f"{A1[:-2]}[0].owner",
        "was": "t.silva",
        "now": "r.meyer",
        "because": "Misheard.",
        "on": "2027-05-01",
    }

    corrected = case.take("correct", {f"{A1}.owner": "r.meyer", "corrections": [entry]}, by=("p.lind",))

    assert corrected.change().codes == set()


def test_a_corrected_lead_does_not_unseat_whoever_verified(world: World) -> None:
    """A lead may be corrected to somebody who signed the closing; what they signed then still stands."""
    case = world.case("low").travel(*WHOLE_WAY)
    entry = {
        "field": "investigation.lead",
        "was": "s.ito",
        "now": "r.meyer",
        "because": "Misheard.",
        "on": "2027-05-01",
    }

    corrected = case.take("correct", {"investigation.lead": "r.meyer", "corrections": [entry]}, by=("p.lind",))

    assert corrected.change().codes == set()
