"""Reports that wait: who sees them, what is marked, what is taken out, and what is written with the reporter."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from nearmiss.engine.intake.following import follow
from nearmiss.engine.intake.owing import Place, owe_alarm, sound
from nearmiss.engine.intake.reviewing import waiting_report, waiting_reports
from nearmiss.engine.intake.taking import take
from nearmiss.engine.intake.values import Receipt, Sent
from tests.intake.desk.hosting import Team
from tests.mail.outbox import Outbox

TOLD = "Anna Schulz (anna.schulz@example.com) rolled off the dock with trailer M-XY 1234."
FORMS = ("the-token-of-a-form-1", "the-token-of-a-form-2")
"""Tokens of two forms."""

PICTURE = b"\x89PNG\r\n\x1a\n"


def sent(team: Team, *, contact: str = "", files: dict[str, bytes] | None = None, **answers: Any) -> Receipt:
    """Let somebody report in confidence, and return their receipt."""
    given = {"what_happened": TOLD, "made_safe": "yes", "site": "plant-2", "process_area": "shipping", **answers}
    said = Sent(mode="confidential", answers=given, files=files or {}, contact=contact)
    return take(team.house.intake, said, token=f"token-{len(given)}-{given['what_happened']}")


def answers_of(team: Team, number: str) -> dict[str, Any]:
    """Return what waits under a number by now."""
    return dict(waiting_report(team.house.intake, team.scene.desk("o.haddad"), number).answers)


def test_a_report_is_read_with_what_may_tell_a_person_marked(team: Team) -> None:
    """The list and the page show the report; the address in it is marked, with the reason."""
    receipt = sent(team)
    browser = team.browser("r.meyer")

    browser.get("/desk/reports")
    assert receipt.number in browser.html
    page = browser.get(f"/desk/reports/{receipt.number}")

    assert "anna.schulz@example.com<span" in page
    assert "<mark" in page


@pytest.mark.parametrize("who", ["m.okafor", "v.novak", "o.haddad"])
def test_who_does_not_sign_the_first_step_sees_no_report_that_waits(team: Team, who: str) -> None:
    """Neither list, page, file nor any step shows a report, or that it exists, to whoever may not triage it."""
    receipt = sent(team, contact="+49 151 5550100", files={"attachment-1.png": PICTURE})
    browser = team.browser(who)

    browser.get("/desk/reports")
    assert receipt.number not in browser.html
    unknown = browser.get("/desk/reports/R-0000-0000-0000")
    assert browser.status == 404
    assert browser.get(f"/desk/reports/{receipt.number}") == unknown
    browser.get(f"/desk/reports/{receipt.number}/files/attachment-1.png")
    assert browser.status == 404
    browser.get("/desk/")
    mark = browser.form("/desk/sign-out").values["csrf"]
    for step in ("confirm", "discard", "write", "contact"):
        page = browser.post(f"/desk/reports/{receipt.number}/{step}", csrf=mark, reason="spam", text="Hello")
        assert browser.status == 404
        assert "5550100" not in page
    report = waiting_reports(team.house.intake, team.scene.desk("o.haddad"))[0]
    assert (report.confirmed_by, report.messages) == ("", ())
    assert not team.house.intake.store.accesses()


def test_a_role_of_another_area_sees_nothing_of_this_one(team: Team) -> None:
    """An area manager of packing reads what waits from packing, and not what waits from shipping."""
    team.scene.change_policy(
        "o.haddad", team.scene.people_with(k_adeyemi={"roles": [{"role": "area-manager", "areas": ["packing"]}]})
    )
    there, here = sent(team), sent(team, process_area="packing", what_happened="A carton fell.")
    browser = team.browser("k.adeyemi")

    page = browser.get("/desk/reports")

    assert here.number in page
    assert there.number not in page
    browser.get(f"/desk/reports/{there.number}")
    assert browser.status == 404


def test_what_identifies_is_taken_out_before_it_is_confirmed(team: Team) -> None:
    """Texts are confirmed as they were edited, and files that were not kept are gone."""
    receipt = sent(team, files={"attachment-1.png": PICTURE, "attachment-2.png": PICTURE + b"x"})
    browser = team.browser("r.meyer")
    browser.get(f"/desk/reports/{receipt.number}")
    form = browser.form(f"/desk/reports/{receipt.number}/confirm").values
    form.pop("keep-attachment-1.png")

    browser.post(
        f"/desk/reports/{receipt.number}/confirm", **{**form, "text-what_happened": "Somebody rolled off the dock."}
    )

    assert browser.path == "/desk/reports"
    report = waiting_reports(team.house.intake, team.scene.desk("o.haddad"))[0]
    assert report.answers["what_happened"] == "Somebody rolled off the dock."
    assert (report.answers["site"], list(report.files), report.confirmed_by) == (
        "plant-2",
        ["attachment-2.png"],
        "r.meyer",
    )
    assert "confirmed by R Meyer" in browser.get("/desk/reports")


def test_a_report_without_words_is_refused_and_keeps_what_was_typed(team: Team) -> None:
    """A report that would say nothing is refused in a sentence, and the other texts are as they were typed."""
    receipt = sent(team, suggestion="Chocks.")
    browser = team.browser("r.meyer")
    browser.get(f"/desk/reports/{receipt.number}")

    page = browser.send(
        f"/desk/reports/{receipt.number}/confirm",
        **{"text-what_happened": "", "text-suggestion": "Chocks, and <b>lights</b>."},
    )

    assert browser.status == 409
    assert "what_happened" in browser.told
    assert "Chocks, and &lt;b&gt;lights&lt;/b&gt;." in page
    assert answers_of(team, receipt.number)["suggestion"] == "Chocks."


def test_a_report_that_somebody_else_changed_meanwhile_is_not_written_over(team: Team) -> None:
    """Of two who edit a report at once, the second is told kindly, and nothing that they typed is lost."""
    receipt = sent(team)
    first, second = team.browser("r.meyer"), team.browser("p.lind")
    for browser in (first, second):
        browser.get(f"/desk/reports/{receipt.number}")
    first.send(f"/desk/reports/{receipt.number}/confirm", **{"text-what_happened": "Somebody rolled off."})

    page = second.send(f"/desk/reports/{receipt.number}/confirm", **{"text-what_happened": "A person rolled off."})

    assert "Somebody else changed this meanwhile" in second.told
    assert "A person rolled off." in page
    assert answers_of(team, receipt.number)["what_happened"] == "Somebody rolled off."


def test_a_report_is_discarded_only_with_a_reason_of_the_list(team: Team) -> None:
    """Without a reason, or with one of somebody's own, nothing happens; with one of the list, it is gone."""
    receipt = sent(team)
    browser = team.browser("r.meyer")
    browser.get(f"/desk/reports/{receipt.number}")
    for reason in ("", "because"):
        browser.send(f"/desk/reports/{receipt.number}/discard", reason=reason)
        assert browser.status == 409

    browser.send(f"/desk/reports/{receipt.number}/discard", reason="spam")

    assert browser.path == "/desk/reports"
    assert not waiting_reports(team.house.intake, team.scene.desk("o.haddad"))


def test_team_and_reporter_write_to_each_other(team: Team) -> None:
    """What the team asks is there for the reporter with the receipt, without the name of whoever wrote it."""
    receipt = sent(team)
    browser = team.browser("r.meyer")
    browser.get(f"/desk/reports/{receipt.number}")

    browser.send(f"/desk/reports/{receipt.number}/write", text="Was the light <green>?")

    assert "&lt;green&gt;" in browser.html
    followed = follow(team.house.intake, team.scene.desk("o.haddad"), number=receipt.number, key=receipt.key)
    assert followed is not None
    assert [(message.by, message.text) for message in followed.messages] == [("team", "Was the light <green>?")]


def test_a_contact_is_shown_on_request_only_and_that_is_noted(team: Team) -> None:
    """The page does not say the contact; whoever asks for it is written down, with the day."""
    receipt = sent(team, contact="+49 151 5550100")
    browser = team.browser("r.meyer")

    page = browser.get(f"/desk/reports/{receipt.number}")
    assert "5550100" not in page
    assert not team.house.intake.store.accesses()
    page = browser.send(f"/desk/reports/{receipt.number}/contact")

    assert "+49 151 5550100" in page
    assert [(one.who, one.day) for one in team.house.intake.store.accesses()] == [("r.meyer", "2026-11-22")]


def test_similar_past_records_stand_beside_a_report(team: Team) -> None:
    """A record that shares rare words and the place is offered, so that a duplicate is seen."""
    record = team.scene.report(what_happened="The zebra crossing by the kiln was iced over.").id
    team.scene.report(what_happened="A pallet fell off the rack.")
    receipt = sent(team, what_happened="Ice on the zebra crossing by the kiln.")

    page = team.browser("r.meyer").get(f"/desk/reports/{receipt.number}")

    assert f"/desk/records/{record}" in page


def test_texts_inside_parts_are_edited_too(team: Team) -> None:
    """What stands in a part or a list can be changed or taken out, and a link without its number goes as a whole."""
    receipt = sent(
        team,
        what_stopped_it={"barrier": "luck", "how": "Bob jumped."},
        links=[{"kind": "equipment", "ref": "TRL-88"}, {"kind": "equipment", "ref": "Bob's van"}],
    )
    browser = team.browser("r.meyer")
    page = browser.get(f"/desk/reports/{receipt.number}")
    assert "Number of the machine</label>" in page
    assert "text-lang" not in page
    assert "when there are 3, or after 7 days at the latest" in page

    browser.send(
        f"/desk/reports/{receipt.number}/confirm",
        **{"text-what_stopped_it-how": "Somebody jumped.", "text-links-1-ref": ""},
    )

    answers = answers_of(team, receipt.number)
    assert answers["what_stopped_it"] == {"barrier": "luck", "how": "Somebody jumped."}
    assert answers["links"] == [{"kind": "equipment", "ref": "TRL-88"}]


def test_alarms_stand_apart_with_whether_anybody_was_told(team: Team) -> None:
    """Area, hazard and day of each alarm are listed, those first that reached nobody; others than the team see none."""
    intake, desk = team.house.intake, team.scene.desk("o.haddad")
    mark = owe_alarm(intake, token=FORMS[0], place=Place(area="storage", hazard="slip-trip-fall"))
    assert sound(intake, desk, Outbox(), mark=mark)
    owe_alarm(intake, token=FORMS[1], place=Place(area="shipping", hazard="moving-vehicle"))

    page = team.browser("r.meyer").get("/desk/reports")
    other = team.browser("m.okafor").get("/desk/reports")

    assert page.index("Shipping") < page.index("nobody was told") < page.index("Storage")
    assert "Moving vehicle" in page
    assert "is tried again every minute" in page
    assert page.count("those who answer for the place were told") == 1
    assert "Shipping" not in other
    team.scene.clock.to("2026-12-01")
    assert "is not tried any more" in team.browser("r.meyer").get("/desk/reports")


def test_an_alarm_of_another_area_is_not_shown(team: Team) -> None:
    """An area manager of storage sees the alarms of storage alone."""
    team.scene.change_policy(
        "o.haddad", team.scene.people_with(k_adeyemi={"roles": [{"role": "area-manager", "areas": ["storage"]}]})
    )
    for token, area in zip(FORMS, ("shipping", "storage"), strict=True):
        owe_alarm(team.house.intake, token=token, place=Place(area=area))

    page = team.browser("k.adeyemi").get("/desk/reports")

    assert "Storage" in page
    assert "Shipping" not in page


def test_a_deputy_without_a_role_does_at_the_desk_what_they_stand_in_for(team: Team) -> None:
    """Somebody's deputy reads the contact, writes to the reporter and discards, by the pages."""
    team.scene.change_policy("o.haddad", team.scene.people_with(r_meyer={"deputies": ["m.okafor"]}))
    asyncio.run(team.house.look())
    receipt = sent(team, contact="+49 151 5550100")
    browser = team.browser("m.okafor")

    here = f"/desk/reports/{receipt.number}"
    browser.get(here)
    assert "5550100" in browser.send(f"{here}/contact")
    browser.get(here)
    assert "Which door?" in browser.send(f"{here}/write", text="Which door?")
    browser.get(here)
    browser.send(f"{here}/discard", reason="spam")

    kept = team.house.intake.store.find(receipt.number)
    assert kept is not None
    assert kept.state == "discarded"
