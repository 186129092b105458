"""A standard team: claims will do for what is small, and keys are asked for where it matters most."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nearmiss.engine.audit.auditing import audit
from nearmiss.engine.errors import KeyNotHereError, MayNotSignError
from nearmiss.policy.findings import Severity
from tests.engine.scene import Scene, codes
from tests.engine.test_signed_off import listed

Walked = Callable[..., tuple[Scene, str]]


def taken(scene: Scene, record: str) -> list[tuple[str, set[str]]]:
    """Return the steps that the audit finds taken, each with the assurances of its signatures."""
    audited = audit(scene.desk("o.haddad"))
    assert audited.verdict == "pass"
    [life] = [life for life in audited.records if life.subject == record]
    return [(step.transition, {one.assurance for one in step.signatures}) for step in life.steps]


def test_a_claim_is_enough_for_a_small_case_until_it_is_closed(walked: Walked) -> None:
    """Who signs on the way may do so under their address; who verifies needs a key, and is told so at once."""
    scene, record = walked("action", preset="standard")
    scene.work_off(record)
    branch = scene.advance("s.ito", record).branch
    [waiting] = [one for one in scene.gate(branch).findings if one.severity is Severity.WAITING]
    assert "signed with a key of theirs or attested by the forge" in waiting.message
    assert "v.novak (no key listed yet)" in waiting.hint
    with pytest.raises(MayNotSignError, match="verify is signed with a key"):
        scene.approve("v.novak", record)

    listed(scene, "v.novak")
    scene.approve("v.novak", record)
    scene.merge("s.ito", record)

    assert scene.state(record) == "verified"
    assert taken(scene, record)[-1] == ("verify", {"signed"})
    assert {assurance for _, found in taken(scene, record)[:-1] for assurance in found} == {"asserted"}


def test_every_step_of_a_severe_case_is_signed_with_a_key(scene_of: Callable[[str], Scene]) -> None:
    """Where somebody could have been badly hurt, nobody signs by a claim; with keys, the case goes its way."""
    scene = scene_of("standard")
    record = scene.prepare("high")
    branch = scene.advance("s.ito", record).branch
    for who in ("r.meyer", "k.adeyemi"):
        with pytest.raises(MayNotSignError, match="investigate is signed with a key"):
            scene.approve(who, record)
    assert codes(scene.gate(branch).findings, Severity.WAITING) == {"sign-off-missing"}

    listed(scene, "r.meyer")
    assert scene.approve("r.meyer", record).assurance == "signed"
    scene.merge("s.ito", record)

    assert taken(scene, record) == [("investigate", {"signed"})]
    assert scene.check().findings == ()


def test_the_first_key_is_listed_by_a_claim_and_the_next_by_a_key(scene_of: Callable[[str], Scene]) -> None:
    """Until a policy owner has a key, their word changes the policy; from then on only a key does."""
    scene = scene_of("standard")
    listed(scene, "w.olsen")
    assert scene.check().findings == ()

    scene.hands.pop("w.olsen")
    files = scene.people_with(t_silva={"active": False})
    scene.propose_policy("o.haddad", files)
    with pytest.raises(KeyNotHereError):
        scene.approve("w.olsen", "policy")
