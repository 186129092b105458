"""The alarm tells those who answer for a place, area and hazard only, and says when there is nobody to tell."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearmiss.engine.intake.alarming import Alarmed, alarm, covering, holding
from nearmiss.engine.mailing import LettersUnsentError
from nearmiss.models.people import People
from tests.engine.cast import CAST, person
from tests.engine.scene import Scene
from tests.mail.outbox import Outbox

ROLES = ("area-manager",)


def place_of(scene: Scene, **grants: dict[str, Any]) -> None:
    """Say where the area managers answer, by handle with _ for a dot."""
    changed = {name: {"roles": [{"role": "area-manager", **grant}]} for name, grant in grants.items()}
    scene.change_policy("o.haddad", scene.people_with(**changed))


def sound(scene: Scene, outbox: Outbox, **place: str) -> Alarmed:
    """Sound the alarm."""
    return alarm(scene.desk(""), outbox, roles=ROLES, **place)


def test_those_who_answer_for_the_place_are_told_area_and_hazard(scene: Scene) -> None:
    """Only the manager of the area gets the letter, which says area and hazard in the words of the register."""
    place_of(scene, k_adeyemi={"sites": ["plant-2"], "areas": ["shipping"]}, t_silva={"areas": ["maintenance"]})
    outbox = Outbox()
    done = sound(scene, outbox, site="plant-2", area="shipping", hazard="moving-vehicle")
    assert done == Alarmed(told=("k.adeyemi",))
    [letter] = outbox.letters
    assert letter.to == ("k.adeyemi@example.org",)
    assert letter.subject == "Not safe now: Shipping, Plant 2"
    assert letter.text == (
        "Somebody reports that something is not safe now.\n\n"
        "Where:   Shipping, Plant 2\nHazard:  Moving vehicle\n\n"
        "Please have it made safe at once. More is not known here; the report itself is read by the team.\n\n"
        "This letter went to K Adeyemi.\n"
    )


def test_whoever_has_the_role_is_told_where_nobody_answers_for_the_place(scene: Scene) -> None:
    """An alarm from a place without a manager goes to the managers of the others, and says so."""
    place_of(scene, k_adeyemi={"areas": ["maintenance"]}, t_silva={"sites": ["plant-1"]})
    outbox = Outbox()
    done = sound(scene, outbox, site="plant-2", area="shipping")
    assert done == Alarmed(told=("k.adeyemi", "t.silva"), elsewhere=True)
    assert outbox.letters[0].to == ("k.adeyemi@example.org", "t.silva@example.org")
    assert (
        "Nobody is area-manager for this place, so everybody was told who is that anywhere." in outbox.letters[0].text
    )


def test_nobody_to_tell_is_said_to_whoever_asks(scene: Scene) -> None:
    """Where nobody has the role, no letter is sent, and the answer says that nobody was told."""
    outbox = Outbox()
    assert alarm(scene.desk(""), outbox, roles=("plant-manager",), area="shipping") == Alarmed(told=())
    assert not outbox.letters


def test_words_that_are_no_terms_reach_no_letter(scene: Scene) -> None:
    """What somebody typed instead of a term is left out: letters hold words of the vocabulary only."""
    outbox = Outbox()
    sound(scene, outbox, site="Planted\r\nBcc: x@example.org", area="planted by Jo", hazard="planted")
    [letter] = outbox.letters
    assert "planted" not in (letter.subject + letter.text).casefold()
    assert letter.subject == "Not safe now: place not said"


def test_a_letter_that_cannot_be_sent_is_told(scene: Scene) -> None:
    """Whoever sounds the alarm learns that it was not heard."""
    with pytest.raises(LettersUnsentError):
        sound(scene, Outbox(broken={"k.adeyemi@example.org"}), area="shipping")


def test_the_alarm_leaves_nothing_behind(scene: Scene) -> None:
    """Nothing is written into the repository."""
    before = scene.snapshot()
    sound(scene, Outbox(), site="plant-2", area="shipping", hazard="moving-vehicle")
    assert scene.snapshot() == before


GRANTS = st.fixed_dictionaries(
    {"role": st.sampled_from(["area-manager", "verifier"])},
    optional={
        "sites": st.lists(st.sampled_from(["plant-1", "plant-2"]), max_size=2),
        "areas": st.lists(st.sampled_from(["shipping", "maintenance"]), max_size=2),
        "classes": st.lists(st.sampled_from(["safety", "quality"]), max_size=2),
    },
)
HANDLES = ("a.one", "b.two", "c.three")
PERSONS = st.tuples(
    *(
        st.builds(
            lambda handle, roles, **more: person(handle, **more) | {"roles": roles},
            st.just(handle),
            st.lists(GRANTS, max_size=2),
            active=st.booleans(),
            kind=st.sampled_from(["person", "person", "service"]),
            deputies=st.lists(st.sampled_from(HANDLES), max_size=1),
        )
        for handle in HANDLES
    )
)


@given(
    persons=PERSONS,
    site=st.sampled_from([None, "plant-1", "plant-2"]),
    area=st.sampled_from([None, "shipping", "offices"]),
)
def test_only_people_with_the_role_are_ever_told(persons: Any, site: str | None, area: str | None) -> None:
    """Whoever is told is an active person who has the role, their own or as a deputy; for the place, before others."""
    people = People.model_validate({"schema": 1, "people": persons})
    held = {one.handle: [grant for grant in people.grants_of(one) if grant.role in ROLES] for one in people.people}
    for one in people.people:
        fits = [
            grant
            for grant in held[one.handle]
            if (grant.sites is None or site in grant.sites) and (grant.areas is None or area in grant.areas)
        ]
        may = one.is_active and one.kind == "person"
        assert (one in covering(people, ROLES, site=site, area=area)) == (may and bool(fits))
        assert (one in holding(people, ROLES)) == (may and bool(held[one.handle]))


def test_a_deputy_is_told_too() -> None:
    """Whoever stands in for a manager hears the alarm as well."""
    people = People.model_validate({"schema": 1, "people": CAST})
    assert [one.handle for one in covering(people, ("quality-lead",), site="plant-2", area="shipping")] == [
        *("r.meyer", "p.lind", "s.ito", "i.garcia", "c.moreau")
    ]
