"""What the pages of the desk show of a register, and every step that is taken there, as the person who takes it."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from tests.engine.scene import WHAT_HAPPENED, found_scene, walked_scene
from tests.intake.desk.hosting import Team, team_of

LIST = "/desk/records?view=list"


@pytest.fixture
def in_action(tmp_path: Path) -> Iterator[tuple[Team, str]]:
    """A team with one record whose actions are being worked on."""
    scene, record = walked_scene(tmp_path, upto="action")
    for team in team_of(scene, tmp_path / "state"):
        yield team, record
    scene.close()


def test_today_tells_what_waits_for_whom(team: Team) -> None:
    """A signature that is asked of somebody stands on their page of today, and not on that of others."""
    record = team.scene.prepare("low")
    team.scene.advance("s.ito", record)

    mine, others = team.browser("r.meyer"), team.browser("a.brandt")

    assert f'href="/desk/proposals/{record}"' in mine.get("/desk/")
    assert record not in others.get("/desk/")
    assert "Nothing waits for you." in others.html


def test_the_board_has_a_column_for_each_open_state(team: Team) -> None:
    """Open records stand in the column of their state, and filters leave the others out."""
    reported = team.scene.report().id
    moved = team.scene.walk(upto="investigated")
    browser = team.browser("r.meyer")

    page = browser.get("/desk/records")
    column = page.partition('id="c-investigated"')[2].partition("</section>")[0]
    assert (moved in column, reported in column) == (True, False)

    page = browser.get(f"{LIST}&state=reported")
    assert (reported in page, moved in page) == (True, False)
    assert moved in browser.get(f"{LIST}&text=TRAILER+dock")
    assert moved not in browser.get(f"{LIST}&text=zebra")
    assert browser.get(f"{LIST}&area=shipping").count(moved)
    assert moved not in browser.get(f"{LIST}&site=plant-1")


def test_the_board_says_how_many_of_what_was_found_are_closed(team: Team) -> None:
    """What no column holds is counted, and the list with the same filters shows it; without any, nothing is said."""
    team.scene.report()
    assert "The board shows open work." not in team.browser("r.meyer").get("/desk/records")
    closed = team.scene.walk(upto="verified")
    browser = team.browser("r.meyer")

    page = browser.get("/desk/records?text=trailer&mine=")

    assert closed not in page.partition('<div class="board">')[2]
    said = page.partition("The board shows open work. One of these records is closed:")[2].partition("</p>")[0]
    address = unescape(said.partition('href="')[2].partition('"')[0])
    assert "text=trailer" in address
    assert closed in browser.get(address)


def test_an_address_that_somebody_changed_is_no_error(team: Team) -> None:
    """Filters that fit nothing known are left out, whatever an address says."""
    record = team.scene.report().id
    browser = team.browser("r.meyer")

    for asked in ("state=nothing", "area=%00", "sort=;drop", "level=huge", "view=odd", "site=../x", "told=abc"):
        assert record in browser.get(f"/desk/records?{asked}")
        assert browser.status == 200


def test_records_are_filtered_by_whose_they_are_and_whose_turn_it_is(team: Team) -> None:
    """`Mine` are those that name a person; `waiting for my signature` those that they may sign now."""
    led, signed = team.scene.prepare("low"), team.scene.prepare("low")
    team.scene.advance("s.ito", signed)
    team.scene.report()
    lead, signer = team.browser("s.ito"), team.browser("r.meyer")

    assert lead.get(f"{LIST}&mine=1").count('<li class="card">') == 2
    page = signer.get(f"{LIST}&sign=1")
    assert (signed in page, led in page) == (True, False)
    assert "No record fits." in signer.get(f"{LIST}&mine=1")


def test_a_record_is_told_in_words(in_action: tuple[Team, str]) -> None:
    """The page has labels instead of terms, names instead of handles, and who signed what with which meaning."""
    team, record = in_action

    page = team.browser("m.okafor").get(f"/desk/records/{record}")

    for words in (WHAT_HAPPENED, "Shipping", "Moving vehicle", "T Silva", "Identity not proven", "R Meyer"):
        assert words in page
    assert "I agree that these actions, done by these dates" in page
    assert "what_happened" not in page


@pytest.mark.parametrize("said", ["NM-2026-ZZZZZ", "nothing", "..%2F..%2Fetc%2Fpasswd", "%00", "NM-2026-0000'"])
def test_what_is_no_record_is_not_there(team: Team, said: str) -> None:
    """An id that nobody has, or that is none, gives a page that says so."""
    browser = team.browser("r.meyer")

    page = browser.get(f"/desk/records/{said}")

    assert browser.status == 404
    assert "Traceback" not in page


def test_what_is_missing_is_said_and_nothing_is_written(team: Team) -> None:
    """A step that lacks something has no button, and sent all the same it is refused with all that is missing."""
    record = team.scene.report().id
    browser = team.browser("s.ito")
    page = browser.get(f"/desk/records/{record}")
    assert "Still missing:" in page
    assert f"/desk/records/{record}/sections/assessment" in page
    values = browser.form(f"/desk/records/{record}/join").values
    before = team.scene.snapshot()

    browser.post(
        f"/desk/records/{record}/advance",
        csrf=values["csrf"],
        read=values["read"],
        transition="investigate",
        to="investigated",
    )

    assert browser.status == 409
    assert "assessment.decision" in browser.told
    assert team.scene.snapshot() == before


def test_a_step_is_proposed_signed_and_put_in_force_by_three_people(team: Team) -> None:
    """Each of the three commits is by the person who was at the desk, and the record has moved in the end."""
    record = team.scene.prepare("low")
    maker, signer, merger = (team.browser(who) for who in ("s.ito", "r.meyer", "k.adeyemi"))

    maker.get(f"/desk/records/{record}")
    maker.send(f"/desk/records/{record}/advance", {"transition": "investigate"})
    assert (maker.path, maker.status) == (f"/desk/proposals/{record}", 200)
    branch = f"near-miss/{record}/01-investigate"
    assert team.author_of(branch) == "S Ito <s.ito@example.org>"

    signer.get(f"/desk/proposals/{record}")
    signer.send(f"/desk/proposals/{record}/approve")
    assert "I have read the report" in signer.told
    assert team.author_of(branch) == "R Meyer <r.meyer@example.org>"

    merger.get(f"/desk/proposals/{record}")
    merger.send(f"/desk/proposals/{record}/merge")
    assert (merger.path, team.scene.state(record)) == (f"/desk/records/{record}", "investigated")
    page = merger.get(f"/desk/records/{record}")
    assert (page.count(">signed off<"), page.count(">begun<")) == (2, 2)
    assert team.author_of() == "K Adeyemi <k.adeyemi@example.org>"
    assert team.scene.sign_offs(record) == ["01-investigated--r.meyer.yaml"]


def test_who_wrote_it_cannot_sign_it(team: Team) -> None:
    """The proposer is told why there is nothing to sign, and a form of their own making is refused."""
    record = team.scene.prepare("low")
    commit = team.scene.advance("s.ito", record).commit
    browser = team.browser("s.ito")

    page = browser.get(f"/desk/proposals/{record}")
    assert "You wrote part of it, so somebody else signs." in page
    assert f"/desk/proposals/{record}/approve" not in page
    values = browser.form(f"/desk/proposals/{record}/object").values
    browser.post(f"/desk/proposals/{record}/approve", **{**values, "form": "approve", "read": commit})

    assert browser.status == 409
    assert "s.ito may not sign this" in browser.told
    assert not team.scene.sign_offs(record, f"near-miss/{record}/01-investigate")


def test_who_lacks_the_role_cannot_sign_it(team: Team) -> None:
    """Somebody without a role for the step is refused, and told who may."""
    record = team.scene.prepare("low")
    commit = team.scene.advance("s.ito", record).commit
    browser = team.browser("v.novak")
    browser.get(f"/desk/proposals/{record}")
    values = browser.form(f"/desk/proposals/{record}/object").values

    browser.post(f"/desk/proposals/{record}/approve", **{**values, "role": "quality-lead", "read": commit})

    assert browser.status == 409
    assert "r.meyer" in browser.told


def test_an_objection_needs_its_reason_and_stays_on_record(team: Team) -> None:
    """Without a reason there is no objection; with one it holds the proposal up, and everybody reads it there."""
    record = team.scene.prepare("low")
    team.scene.advance("s.ito", record)
    browser = team.browser("p.lind")
    browser.get(f"/desk/proposals/{record}")
    browser.send(f"/desk/proposals/{record}/object", because="  ")
    assert "This step needs a reason." in browser.told

    browser.send(f"/desk/proposals/{record}/object", because="Nobody asked the night shift.")

    assert "Your objection is noted" in browser.told
    for reader in (browser, team.browser("s.ito"), team.browser("r.meyer")):
        page = reader.get(f"/desk/proposals/{record}")
        assert "P Lind" in page
        assert "Nobody asked the night shift." in page
        assert "Somebody objects to it." in page
        assert "signatures are missing" not in page
    branch = f"near-miss/{record}/01-investigate"
    assert team.scene.gate(branch).verdict == "waiting"
    assert team.scene.sign_offs(record, branch)[0].startswith("01-objection-investigated--p.lind")


def test_who_objects_without_a_role_to_sign_is_not_asked_to_sign(team: Team) -> None:
    """An objection of somebody who may not sign ends with a change, so no button says otherwise."""
    record = team.scene.prepare("low")
    team.scene.advance("s.ito", record)
    objector, signer = team.browser("v.novak"), team.browser("r.meyer")
    for browser in (objector, signer):
        browser.get(f"/desk/proposals/{record}")
        browser.send(f"/desk/proposals/{record}/object", because="Nobody asked the night shift.")

    pages = [browser.get(f"/desk/proposals/{record}") for browser in (objector, signer)]

    assert ["/approve#refusal" in page for page in pages] == [False, True]
    assert "It waits until what you object to is changed." in pages[0]
    assert "If that is settled, sign it." in pages[1]


def test_a_proposal_that_changed_since_it_was_read_is_not_signed(team: Team) -> None:
    """Whoever signs what somebody else changed in the same moment is told, and has signed nothing."""
    record = team.scene.prepare("low")
    team.scene.advance("s.ito", record)
    branch = f"near-miss/{record}/01-investigate"
    browser = team.browser("r.meyer")
    browser.get(f"/desk/proposals/{record}")
    team.scene.draft("s.ito", record, {"investigation.findings": "Something else."}, branch=branch)

    browser.send(f"/desk/proposals/{record}/approve")

    assert browser.status == 409
    assert "Somebody else changed this meanwhile." in browser.told
    assert not team.scene.sign_offs(record, branch)


def test_a_step_from_a_record_that_changed_since_it_was_read_is_not_proposed(team: Team) -> None:
    """Whoever proposes a step from an old page is told, and nothing is proposed."""
    record = team.scene.prepare("low")
    browser = team.browser("s.ito")
    browser.get(f"/desk/records/{record}")
    team.scene.draft("i.garcia", record, {"assessment.reply": "We look into it."})

    page = browser.send(f"/desk/records/{record}/advance", {"transition": "investigate"}, because="It is <i>time</i>.")

    assert "Somebody else changed this meanwhile." in browser.told
    assert "It is &lt;i&gt;time&lt;/i&gt;." in page
    assert not team.scene.repository.branches("near-miss/")


def test_progress_is_reported_and_a_mistake_keeps_what_was_typed(in_action: tuple[Team, str]) -> None:
    """An action is done by the person at the desk; a day that is none is refused at once, with the words kept."""
    team, record = in_action
    browser = team.browser("t.silva")
    browser.get(f"/desk/records/{record}")
    page = browser.send(
        f"/desk/records/{record}/progress", status="cancelled", evidence="Seen & <em>checked</em>.", because=""
    )
    assert browser.status == 409
    assert "Seen &amp; &lt;em&gt;checked&lt;/em&gt;." in page

    browser.send(f"/desk/records/{record}/progress", status="done")

    assert "Action A1 is done." in browser.told
    entry = team.scene.data(record)["progress"][-1]
    assert (entry["by"], entry["status"], entry["evidence"]) == ("t.silva", "done", "Seen & <em>checked</em>.")
    assert team.author_of() == "T Silva <t.silva@example.org>"


def test_a_briefing_is_noted_as_a_number(team: Team) -> None:
    """Who was told is a number; words in its place are refused in a sentence."""
    record = team.scene.report().id
    browser = team.browser("k.adeyemi")
    browser.get(f"/desk/records/{record}")
    browser.send(f"/desk/records/{record}/brief", attended="all of them")
    assert "whole number" in browser.told

    browser.send(f"/desk/records/{record}/brief", attended="14", area="shipping")

    assert team.scene.data(record)["briefings"][0]["attended"] == 14


def test_a_duplicate_is_joined(team: Team) -> None:
    """Joining proposes the step; an id that is none, or that no record has, is refused with the words kept."""
    first, second = team.scene.report().id, team.scene.report().id
    browser = team.browser("i.garcia")
    browser.get(f"/desk/records/{second}")
    said = {"reason": "The same trailer.", "reply": "Thank you; it is joined with the first report."}
    page = browser.send(f"/desk/records/{second}/join", duplicate_of="the first", **said)
    assert "id of the other record" in browser.told
    assert said["reply"] in page
    page = browser.send(f"/desk/records/{second}/join", duplicate_of="NM-2026-ZZZZZ", **said)
    assert "There is no record with this id" in browser.told
    assert said["reply"] in page

    browser.send(f"/desk/records/{second}/join", duplicate_of=first.lower(), **said)

    assert browser.path == f"/desk/proposals/{second}"
    assert first in browser.html


def test_a_small_case_is_closed_in_one_proposal(in_action: tuple[Team, str]) -> None:
    """Where several steps are left of a small case, they go together; where only one is, there is no such button."""
    team, record = in_action
    small = team.scene.prepare("low")
    browser = team.browser("s.ito")

    assert f"/desk/records/{record}/close" not in browser.get(f"/desk/records/{record}")
    browser.get(f"/desk/records/{small}")
    browser.send(f"/desk/records/{small}/close")

    assert browser.status == 409
    assert "lesson" in browser.told


def test_a_record_is_sent_back_with_a_reason(in_action: tuple[Team, str]) -> None:
    """A step back needs its reason, which then stands in the proposal."""
    team, record = in_action
    browser = team.browser("s.ito")
    browser.get(f"/desk/records/{record}")
    back = {"transition": "send-back", "to": "root-caused"}
    browser.send(f"/desk/records/{record}/advance", back)
    assert 'class="fault"' in browser.html

    browser.send(f"/desk/records/{record}/advance", back, because="The cause was another one.")

    assert browser.path == f"/desk/proposals/{record}"
    assert "The cause was another one." in browser.html


def test_who_has_a_key_is_shown_the_command_to_sign_with(team: Team) -> None:
    """Somebody with a registered key has no button to sign, and a claim of theirs is refused."""
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
    team.scene.change_policy("o.haddad", team.scene.people_with(r_meyer={"keys": [{"key": key}]}))
    record = team.scene.prepare("low")
    team.scene.advance("s.ito", record)
    browser = team.browser("r.meyer")

    page = browser.get(f"/desk/proposals/{record}")

    assert f"nearmiss approve {record} --push" in page
    assert f'action="/desk/proposals/{record}/approve' not in page
    browser.get("/desk/")
    mark = browser.form("/desk/sign-out").values["csrf"]
    head = team.scene.rev(f"near-miss/{record}/01-investigate")
    browser.post(f"/desk/proposals/{record}/approve", csrf=mark, read=head)
    assert browser.status == 409
    assert "registered key" in browser.told


def test_a_proposal_that_main_overtook_is_brought_up(team: Team) -> None:
    """Where main moved under a proposal, a button brings it up, and says which signatures have to be given again."""
    record = team.scene.prepare("low")
    team.scene.advance("s.ito", record)
    team.scene.draft("i.garcia", record, {"assessment.reply": "We look into it."}, branch="main")
    browser = team.browser("s.ito")
    browser.get(f"/desk/proposals/{record}")

    browser.send(f"/desk/proposals/{record}/refresh")

    assert "stands on what there is now" in browser.told
    assert team.scene.gate(f"near-miss/{record}/01-investigate").verdict == "waiting"


def test_a_draft_that_goes_through_a_request_is_proposed(tmp_path: Path) -> None:
    """Where progress goes through requests, it becomes a proposal of its own."""
    scene, record = walked_scene(tmp_path, upto="action")
    path = "workflow/policy/settings.yaml"
    scene.change_policy("o.haddad", {path: scene.revised(path, {"progress": "request"})})
    for team in team_of(scene, tmp_path / "state"):
        browser = team.browser("t.silva")
        browser.get(f"/desk/records/{record}")
        browser.send(f"/desk/records/{record}/progress", status="done", evidence="Photo")
        assert "goes through requests" in browser.told or "go through requests" in browser.told
        assert "progress" not in scene.data(record)
        assert record in browser.get("/desk/proposals")
    scene.close()


def test_what_is_proposed_is_pushed_where_the_register_has_a_remote(tmp_path: Path) -> None:
    """The branch of a proposal, and main after a merge, are at the remote that the settings name."""
    scene = found_scene(tmp_path)
    remote = tmp_path / "remote.git"
    scene.git("init", "-q", "--bare", str(remote))
    scene.git("remote", "add", "origin", str(remote))
    scene.git("push", "-q", "origin", "main")
    record = scene.prepare("low")
    for team in team_of(scene, tmp_path / "state"):
        maker, signer = team.browser("s.ito"), team.browser("r.meyer")
        maker.get(f"/desk/records/{record}")
        maker.send(f"/desk/records/{record}/advance", {"transition": "investigate"})
        signer.get(f"/desk/proposals/{record}")
        signer.send(f"/desk/proposals/{record}/approve")
        signer.send(f"/desk/proposals/{record}/merge")
        there = scene.git("--git-dir", str(remote), "rev-parse", "main")
        assert there == scene.rev("main")

        remote.rename(tmp_path / "gone")
        maker.get(f"/desk/records/{record}")
        maker.send(f"/desk/records/{record}/brief", attended="3")
        assert "the remote did not take it" in maker.told
        assert scene.data(record)["briefings"][0]["attended"] == 3
    scene.close()
