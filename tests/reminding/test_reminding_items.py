"""What is open in a register: each kind of thing, in its time, with nothing in it that tells of a reporter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from nearmiss.engine.mailing import Letter
from nearmiss.engine.reminding.items import IntakeQueue, open_items
from nearmiss.engine.reminding.schedule import Item, Told
from nearmiss.engine.reminding.sending import look
from nearmiss.engine.reminding.words import letter_of
from nearmiss.policy.reminders import Reminders
from tests.engine.scene import Scene, found_scene
from tests.policy.builder import near_miss

RULES = Reminders.model_validate({"schema": 1})
Walked = Callable[..., tuple[Scene, str]]


def items(scene: Scene, **more: IntakeQueue) -> list[Item]:
    """Return what is open."""
    return open_items(scene.desk("r.meyer"), RULES, **more)


def kinds(scene: Scene) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return kind, day and owners of what is open."""
    return [(item.kind, item.due, item.owners) for item in items(scene)]


def letters(scene: Scene, *, days: int) -> list[Letter]:
    """Return every letter that would be sent over so many days."""
    found = []
    for _ in range(days):
        seen = look(scene.desk("r.meyer"), Told(through=scene.clock.now().date() - timedelta(days=1)))
        found += [letter_of(one, seen.policy) for one in seen.telling.standing]
        scene.clock.tick(days=1)
    return found


def test_a_report_that_nobody_assessed(scene: Scene) -> None:
    """Triage is due so many days after the report, and nobody is named who does it."""
    record = scene.report().id
    [item] = items(scene)
    assert (item.kind, item.subject, item.due, item.owners) == ("triage", record, "2026-11-29", ())
    assert (item.site, item.area) == ("plant-2", "shipping")


def test_a_report_that_was_assessed_and_not_answered(scene: Scene) -> None:
    """Once it is decided what a report is, whoever decided is reminded of the answer, until there is one."""
    record = scene.report().id
    assessed = {key: value for key, value in near_miss("low")["assessment"].items() if key != "reply"}
    scene.draft("i.garcia", record, {"assessment": assessed})
    assert ("reply", "2026-11-29", ("i.garcia",)) in kinds(scene)
    scene.draft("i.garcia", record, {"assessment.reply": "Thank you. We look into it."})
    assert "reply" not in {kind for kind, _, _ in kinds(scene)}


def test_an_investigation_is_its_leads(scene: Scene) -> None:
    """What is to be investigated is due by the band of the risk, and is whose case it is."""
    scene.prepare("low")
    assert kinds(scene) == [("investigation", "2026-12-22", ("s.ito",))]


def test_a_proposal_waits_for_its_signers(scene: Scene) -> None:
    """While a step waits to be signed, its signers are reminded, since the day on which it was proposed."""
    record = scene.prepare("low")
    scene.advance("s.ito", record, transition="investigate")
    [item] = items(scene)
    assert (item.kind, item.subject, item.due) == ("sign_off", record, "2026-11-27")
    assert item.what == "sign investigate (proposed 2026-11-22)"
    assert "r.meyer" in item.owners
    assert not {"s.ito", "m.okafor"} & set(item.owners), "who led it, and who holds no role"


def test_a_proposal_that_is_signed_waits_for_its_makers(scene: Scene) -> None:
    """Signed by all, it waits for those who wrote it to put it in force; and objected to, for their answer."""
    record = scene.prepare("low")
    scene.advance("s.ito", record, transition="investigate")
    scene.object("p.lind", record, "The chocks are missing.")
    item = next(item for item in items(scene) if item.kind == "sign_off")
    assert item.what.startswith("answer the objection to investigate")
    assert "s.ito" in item.owners


def test_signed_by_all(scene: Scene) -> None:
    """What only has to be put in force is told to its makers."""
    record = scene.prepare("low")
    scene.advance("s.ito", record, transition="investigate")
    scene.approve("r.meyer", record)
    [item] = items(scene)
    assert item.what.startswith("put investigate in force, which is signed by all")
    assert "s.ito" in item.owners


def test_a_change_of_the_policy_waits_for_its_signers(scene: Scene) -> None:
    """A proposed policy is reminded of as any other proposal is."""
    scene.propose_policy("o.haddad", scene.people_with(t_silva={"active": False}))
    [item] = items(scene)
    assert (item.kind, item.subject, item.owners) == ("sign_off", "policy", ("w.olsen",))


def test_causes_and_plan(walked: Walked) -> None:
    """After the investigation the root causes are due, and after these the plan."""
    scene, _ = walked("investigated")
    assert [kind for kind, _, _ in kinds(scene)] == ["root_causes"]
    scene, _ = walked("root-caused")
    assert [kind for kind, _, _ in kinds(scene)] == ["plan"]


def test_actions_and_their_effect(walked: Walked) -> None:
    """Actions of a signed plan are their owners', until they are done; the check of effect is due on its day."""
    scene, record = walked("action")
    assert ("action", "2027-01-15", ("t.silva",)) in kinds(scene)
    assert "effect" in {kind for kind, _, _ in kinds(scene)}
    scene.clock.to("2027-01-12")
    scene.progress("t.silva", record, evidence="Photo")
    assert "action" not in {kind for kind, _, _ in kinds(scene)}


def test_a_lesson_is_looked_at_again(walked: Walked) -> None:
    """A verified record has nothing open but the review of its lesson."""
    scene, _ = walked("verified", level="medium")
    assert {kind for kind, _, _ in kinds(scene)} == {"lesson_review"}


def test_reports_in_the_intake_are_only_counted(scene: Scene) -> None:
    """Of what waits to be read the number is told and nothing else."""
    [item] = items(scene, intake=IntakeQueue(number=3, oldest="2026-11-20"))
    assert (item.kind, item.what, item.due) == ("intake", "read the 3 reports that wait", "2026-11-22")
    assert (item.title, item.area, item.site, item.owners) == ("", "", "", ())
    assert not items(scene, intake=IntakeQueue(number=0, oldest=""))


PLANTED = "Zwetschgenkuchen"
"""A word that no rule and no vocabulary has."""

EVERYWHERE = {
    "what_happened": f"{PLANTED} The trailer crept away. {PLANTED}",
    "what_could_have_happened": f"{PLANTED} could have fallen.",
    "what_stopped_it": {"barrier": "luck", "how": f"{PLANTED} was quick."},
    "immediate_action": f"{PLANTED} put a cone there.",
    "suggestion": f"Ask {PLANTED}.",
    "entered_on_behalf": True,
    "lang": "en",
    "group": "contractor",
    "links": [{"kind": "equipment", "ref": PLANTED, "system": PLANTED}],
    "clarifications": [{"on": "2026-11-22", "by": "s.ito", "text": PLANTED}],
}


def reported(scene: Scene, mode: str) -> str:
    """Report with the planted word wherever there is room for one."""
    who = "m.okafor" if mode == "named" else ""
    answers = {name: value for name, value in EVERYWHERE.items() if name != "entered_on_behalf" or mode != "named"}
    return scene.report(who, mode=mode, **answers).id


@pytest.mark.parametrize("mode", ["anonymous", "confidential", "named"])
def test_no_word_of_a_report_is_in_any_letter(tmp_path: Path, mode: str) -> None:
    """Over all its life, no letter has a word of a report that is not named; of a named one, the title only.

    Nor does any letter name who reported, or how.
    """
    scene = found_scene(tmp_path)
    record = reported(scene, mode)
    found = letters(scene, days=20)
    wanted = near_miss("low")
    scene.draft("i.garcia", record, {"assessment": wanted["assessment"]})
    scene.draft("s.ito", record, {part: wanted[part] for part in ("investigation", "root_cause", "action_plan")})
    found += letters(scene, days=60)
    scene.advance("s.ito", record, transition="investigate")
    found += letters(scene, days=12)
    scene.put_in_force(record, ("r.meyer", "p.lind"))
    found += letters(scene, days=30)
    scene.close()

    said = [f"{letter.to} {letter.subject} {letter.text}" for letter in found]
    assert len(said) > 30
    assert any(record in text for text in said)
    title = f"{record} · " + ("Shipping" if mode != "named" else PLANTED)
    assert any(title in text for text in said)
    for text in said:
        rest = text if mode != "named" else text.replace(f"{PLANTED} The trailer crept away", "")
        assert PLANTED not in rest
        assert not any(word in text.casefold() for word in ("okafor", "anonymous", "confidential", "contractor"))


def test_the_title_of_a_proposed_report_is_not_told_either(scene: Scene) -> None:
    """Where reports go through requests, one that is not on the main branch yet is told by its id alone."""
    scene.change_policy(
        "o.haddad",
        {"workflow/policy/settings.yaml": scene.revised("workflow/policy/settings.yaml", {"reports": "request"})},
    )
    record = reported(scene, "anonymous")
    assert any(item.subject == record for item in items(scene))
    assert all(not item.title and PLANTED not in repr(item) for item in items(scene))


def test_a_letter_to_the_word(scene: Scene) -> None:
    """The whole letter of somebody with something overdue, something due soon, and something of others."""
    scene.report("", mode="anonymous")
    record = scene.prepare("low")
    scene.clock.to("2027-01-04")
    seen = look(scene.desk("r.meyer"), Told(through=date(2027, 1, 3)))
    letter = next(letter_of(one, seen.policy) for one in seen.telling.reminders if one.person.handle == "s.ito")
    assert letter.subject == "Near misses: 2 overdue"
    anonymous = next(item.subject for item in items(scene) if item.kind == "triage")
    assert letter.text == (
        "Dear S Ito,\n\nYours, overdue\n\n"
        f"  {anonymous} · Shipping\n"
        "    Assess it: was due on 2026-12-07. Also told: Quality or EHS lead (R Meyer, P Lind, S Ito, I Garcia, "
        "C Moreau).\n"
        f"    nearmiss edit {anonymous} assessment\n"
        f"  {record} · The trailer crept away from the dock while I was half inside\n"
        "    Finish the investigation: was due on 2026-12-22. Also told: Area manager (K Adeyemi, T Silva).\n"
        f"    nearmiss show {record}\n\n"
        "This letter was written by nearmiss for Example Works. Who is reminded of what is said in\n"
        "workflow/policy/reminders.yaml. What is done, or put off by a signed change, is not told again.\n"
    )
