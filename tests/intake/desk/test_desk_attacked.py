"""Attacks on the desk: forged forms, texts that would be scripts, names that lead elsewhere, files that would run."""

from __future__ import annotations

import re

import pytest

from tests.intake.desk.hosting import HERE, Team

NASTY = '<script>alert(1)</script><img src=x onerror=alert(2)> {{ 7*7 }} "><svg onload=alert(3)> javascript:alert(4)'


def test_a_form_without_its_mark_changes_nothing(team: Team) -> None:
    """A step that another page makes a browser send, with its cookies, is not taken."""
    record = team.scene.report().id
    browser = team.browser("k.adeyemi")
    browser.get(f"/desk/records/{record}")
    values = browser.form(f"/desk/records/{record}/brief").values
    before = team.scene.rev()

    for forged, headers in (
        ({**values, "csrf": ""}, {"origin": HERE}),
        ({**values, "csrf": "0" * 64}, {"origin": HERE}),
        (values, {"origin": "https://evil.example"}),
        (values, {"origin": HERE, "sec-fetch-site": "cross-site"}),
    ):
        answer = browser.client.post(f"/desk/records/{record}/brief", data=forged, headers=headers)
        assert answer.status_code == 403

    assert team.scene.rev() == before


def test_no_step_is_taken_by_only_opening_an_address(team: Team) -> None:
    """A link or a picture that leads to a step does nothing: steps are sent, never opened."""
    record = team.scene.prepare("low")
    team.scene.advance("s.ito", record)
    browser = team.browser("r.meyer")

    for path in (
        f"/desk/records/{record}/advance",
        f"/desk/records/{record}/brief",
        f"/desk/proposals/{record}/approve",
        f"/desk/proposals/{record}/merge",
        "/desk/sign-out",
    ):
        browser.get(path)
        assert browser.status in {404, 405}
    assert browser.get("/desk/").count("R Meyer")


def test_nobody_takes_a_step_without_signing_in(team: Team) -> None:
    """With a mark of its own, a browser of nobody still takes no step."""
    record = team.scene.report().id
    browser = team.browser()
    browser.get("/desk/sign-in")
    mark = browser.form("/desk/sign-in").values["csrf"]
    before = team.scene.snapshot()

    for path in ("advance", "close", "join", "progress", "brief", "write", "contact"):
        browser.post(f"/desk/records/{record}/{path}", csrf=mark, transition="investigate", status="done", action="A1")
        assert browser.status == 401
    for path in ("approve", "object", "merge", "refresh"):
        browser.post(f"/desk/proposals/{record}/{path}", csrf=mark)
        assert browser.status == 401

    assert team.scene.snapshot() == before


def test_texts_are_never_part_of_a_page(team: Team) -> None:
    """Whatever a record, a reason, a file's name or an address says is shown as text, in every place where it is."""
    record = team.scene.report(
        what_happened=NASTY,
        what_could_have_happened=NASTY,
        what_stopped_it={"barrier": "luck", "how": NASTY},
        suggestion=NASTY,
        links=[{"kind": "equipment", "ref": NASTY, "system": NASTY}],
    ).id
    team.scene.draft(
        "i.garcia", record, {"title": NASTY, "assessment": {"reply": NASTY, "reason": NASTY, "crew": NASTY}}
    )
    team.scene.advance("s.ito", record, {"escalation": {"incident_ref": NASTY}}, transition="escalate", because=NASTY)
    browser = team.browser("r.meyer")

    pages = [
        browser.get("/desk/"),
        browser.get("/desk/records"),
        browser.get("/desk/records?view=list"),
        browser.get(f"/desk/records/{record}"),
        browser.get("/desk/proposals"),
        browser.get(f"/desk/proposals/{record}"),
        browser.send(f"/desk/proposals/{record}/object", because=""),
        browser.get("/desk/records?view=list&text=" + NASTY.replace(" ", "+").replace("#", "")),
        browser.get("/desk/sign-in?back=" + NASTY.replace(" ", "+")),
    ]

    assert any("&lt;script&gt;" in page for page in pages)
    for page in pages:
        assert not re.search(r"<script|<img src=x|<svg|(?:href|src|action)=.javascript:|>49<|> 49 ", page)


def test_pages_carry_the_strict_policy(team: Team) -> None:
    """No page of the desk has a script, a style or a handler of its own, and the policy would let none run."""
    record = team.scene.report().id
    browser = team.browser("r.meyer")

    for path in ("/desk/", "/desk/records", f"/desk/records/{record}", "/desk/proposals", "/desk/reports"):
        answer = browser.client.get(path)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert not re.search(r"<script|<style| style=| on[a-z]+=", answer.text)


def attach(team: Team, record: str, name: str, content: bytes) -> str:
    """Put a file beside a record past all rules, and return the address that a page would have for it."""
    path = team.scene.path(record).removesuffix(".yaml")
    team.scene.commit_files({f"{path}/attachments/{name}": content}, branch="main")
    return f"/desk/records/{record}/attachments/{name}"


@pytest.mark.parametrize(
    "name, type_, shown",
    [
        ("dock.png", "image/png", "inline"),
        ("dock.JPG", "image/jpeg", "inline"),
        ("note.pdf", "application/pdf", "attachment"),
        ("note.txt", "text/plain; charset=utf-8", "attachment"),
        ("page.html", "application/octet-stream", "attachment"),
        ("drawing.svg", "application/octet-stream", "attachment"),
        ("page.png.html", "application/octet-stream", "attachment"),
        ("noending", "application/octet-stream", "attachment"),
    ],
)
def test_a_file_is_handed_out_by_a_list_of_types_and_in_a_sandbox(
    team: Team, name: str, type_: str, shown: str
) -> None:
    """Pictures may be looked at, all else is kept; whatever it holds, nothing of it runs."""
    record = team.scene.report().id
    path = attach(team, record, name, b"<script>alert(1)</script>")

    answer = team.browser("r.meyer").client.get(path)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == type_
    assert answer.headers["content-disposition"].startswith(shown)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    "name",
    [
        "..%2F..%2F..%2F..%2Fworkflow%2Fpolicy%2Fpeople.yaml",
        "%2e%2e/%2e%2e/people.yaml",
        "..%5C..%5Cpeople.yaml",
        "%2Fetc%2Fpasswd",
        "dock.png%00.html",
        "",
        "%0d%0aset-cookie:x=1",
        "sign-offs",
    ],
)
def test_no_name_of_a_file_leads_anywhere_else(team: Team, name: str) -> None:
    """Only what lies in the record's own folder of attachments is found, however a name is written."""
    record = team.scene.report().id
    attach(team, record, "dock.png", b"png")
    browser = team.browser("r.meyer")

    browser.get(f"/desk/records/{record}/attachments/{name}")

    assert browser.status == 404
    assert "quality-lead" not in browser.html


def test_a_name_that_would_break_a_header_is_not_in_it(team: Team) -> None:
    """A file whose name has quotes and breaks is handed out under a plain one."""
    record = team.scene.report().id
    attach(team, record, 'a"; filename=x.html', b"x")

    answer = team.browser("r.meyer").client.get(f"/desk/records/{record}/attachments/a%22;%20filename=x.html")

    assert answer.headers["content-disposition"] == 'attachment; filename="attachment"'


@pytest.mark.parametrize("said", ["main", "HEAD", "0" * 40, "--output=/tmp/x", "refs/heads/main", "", "\u2028"])
def test_what_a_form_says_was_read_is_believed_only_of_commits_of_main(team: Team, said: str) -> None:
    """A form with another commit than one of main, or with something else in its place, proposes nothing."""
    record = team.scene.prepare("low")
    browser = team.browser("s.ito")
    browser.get(f"/desk/records/{record}")

    browser.send(f"/desk/records/{record}/advance", {"transition": "investigate"}, read=said)

    assert browser.status == 409
    assert not team.scene.repository.branches("near-miss/")


@pytest.mark.parametrize("branch", ["main", "near-miss/policy/02-change", "../../x", "-x", "refs/heads/main"])
def test_a_word_on_another_branch_than_a_proposal_of_the_record_is_refused(team: Team, branch: str) -> None:
    """A form cannot have anything signed or merged but a proposal for the record in the address."""
    record = team.scene.prepare("low")
    team.scene.advance("s.ito", record)
    browser = team.browser("r.meyer")
    browser.get(f"/desk/proposals/{record}")
    before = team.scene.rev()

    browser.send(f"/desk/proposals/{record}/approve", branch=branch)

    assert browser.status in {404, 409}
    assert team.scene.rev() == before
    assert not team.scene.sign_offs(record, f"near-miss/{record}/01-investigate")
