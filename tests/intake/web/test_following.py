"""Following a report: with number and key one reads and writes; without them nobody learns anything."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.intake.conversing import answer, conversation
from nearmiss.engine.intake.following import MOST_UNANSWERED
from nearmiss.intake.reporting.follow import COOKIE
from nearmiss.intake.reporting.seals import LASTS, Following, Seals
from nearmiss.intake.security.rates import Rates
from nearmiss.models.people import Person
from nearmiss.policy.intake_rules import IntakeRules, Limits
from tests.engine.cast import person
from tests.engine.scene import found_scene
from tests.intake.web.hosting import Public, field_of, opened, public_of, receipt_in, send

HAPPENED = "The trailer rolled as the forklift drove in."
TEAM = Person.model_validate(person("r.meyer", "quality-lead"))


@pytest.fixture
def public(tmp_path: Path) -> Iterator[Public]:
    """Return the pages of everybody over a register of its own."""
    scene = found_scene(tmp_path / "register")
    with public_of(scene, tmp_path / "place") as made:
        yield made
    scene.close()


def report(public: Public) -> tuple[str, str]:
    """Send a report, and return number and key."""
    return receipt_in(send(public.browser(), made_safe="yes", what_happened=HAPPENED).text)


def test_number_and_key_open_a_report(public: Public) -> None:
    """It says in words where the report stands; the key is nowhere in address or page."""
    number, key = report(public)

    answered = send(public.browser(), "/follow", to="/follow", number=number.lower(), key=f" {key.lower()} ")

    assert answered.status_code == 200
    assert str(answered.url).endswith("/follow/report")
    assert HAPPENED.rstrip(".") in answered.text
    assert "waits for somebody of the team to read it" in answered.text
    assert key not in answered.text


def test_a_wrong_number_and_a_wrong_key_are_answered_alike(public: Public) -> None:
    """Whoever guesses learns nothing: the two pages are the same but for what was typed."""
    number, key = report(public)
    pages = []
    for one, other in ((number, key[:-1] + ("A" if key[-1] != "A" else "B")), ("R-0000-0000", key)):
        answered = send(public.browser(), "/follow", to="/follow", number=one, key=other)
        assert answered.status_code == 422
        assert COOKIE not in answered.cookies
        pages.append(re.sub(r'value="[^"]*"', "", answered.text))

    assert pages[0] == pages[1]
    assert "No report opens with this number and key." in pages[0]


def test_messages_go_both_ways(public: Public) -> None:
    """The reporter writes, the team answers, and each reads the other; what is typed is only text."""
    number, key = report(public)
    browser = public.browser()
    page = send(browser, "/follow", to="/follow", number=number, key=key)

    page = browser.post("/follow/message", data={"csrf": field_of(page.text, "csrf"), "text": "It was <b>dock 3</b>."})

    assert "Your message is with the team." in page.text
    assert "It was &lt;b&gt;dock 3&lt;/b&gt;." in page.text
    answer(
        public.house.intake, number=number, text="Thank you. Which door?", by=TEAM, people=public.house.policy.people
    )
    assert "Which door?" in browser.get("/follow/report").text
    assert [one.by for one in conversation(public.house.intake, number=number).messages] == ["reporter", "team"]


def test_an_empty_message_is_told_at_its_field(public: Public) -> None:
    """Nothing is sent, and one is told why."""
    number, key = report(public)
    browser = public.browser()
    page = send(browser, "/follow", to="/follow", number=number, key=key)

    page = browser.post("/follow/message", data={"csrf": field_of(page.text, "csrf"), "text": " \r\n "})

    assert page.status_code == 422
    assert "Write something first." in page.text
    assert conversation(public.house.intake, number=number).messages == ()


def test_one_cannot_disagree_with_what_was_not_declined(public: Public) -> None:
    """No button is shown for it, and sending it anyway leads to the messages, with the text kept."""
    number, key = report(public)
    browser = public.browser()
    page = send(browser, "/follow", to="/follow", number=number, key=key)
    assert "I disagree" not in page.text

    page = browser.post("/follow/disagree", data={"csrf": field_of(page.text, "csrf"), "text": "It is not over."})

    assert page.status_code == 422
    assert "It is not over." in page.text
    assert "Write a message to the team instead." in page.text


@pytest.mark.parametrize("path", ["/follow/report", "/follow/message", "/follow/disagree", "/follow/leave"])
def test_without_a_cookie_of_ours_every_page_leads_to_the_door(public: Public, path: str) -> None:
    """Neither an empty browser nor one with a made-up cookie sees anything."""
    browser = public.browser()
    browser.cookies.set(COOKIE, "bWFkZSB1cA==", path="/follow")

    answered = browser.get(path)

    assert "Type in the number and the key" in answered.text


def test_closing_it_forgets_it(public: Public) -> None:
    """After that, number and key are asked again."""
    number, key = report(public)
    browser = public.browser()
    page = send(browser, "/follow", to="/follow", number=number, key=key)

    browser.post("/follow/leave", data={"csrf": field_of(page.text, "csrf")})

    assert str(browser.get("/follow/report").url).endswith("/follow")


def test_the_cookie_is_short_and_kept_from_scripts_and_other_sites(public: Public) -> None:
    """HttpOnly, SameSite=Strict, for the pages of following only, and for half an hour."""
    number, key = report(public)
    browser = public.browser()
    fields = opened(browser, "/follow")

    answered = browser.post("/follow", data={**fields, "number": number, "key": key}, follow_redirects=False)

    said = answered.headers["set-cookie"]
    assert "HttpOnly" in said
    assert "SameSite=strict" in said
    assert "Path=/follow" in said
    assert f"Max-Age={LASTS}" in said
    assert number not in said
    assert key not in said


def test_a_sealed_cookie_opens_here_and_now_only() -> None:
    """Not after half an hour, not when one character differs, and not with the key of another server."""
    now = [1000.0]
    seals = Seals(b"s" * 32, lambda: now[0])
    sealed = seals.seal(Following(number="R-1", key="K"))

    assert seals.open(sealed) == Following(number="R-1", key="K")
    assert len(sealed) == len(seals.seal(Following(number="NM-2026-7Q4K2", key="K" * 30)))
    assert Seals(b"t" * 32, lambda: now[0]).open(sealed) is None
    assert seals.open(("A" if sealed[0] != "A" else "B") + sealed[1:]) is None
    assert seals.open("ä") is None
    now[0] += LASTS + 1
    assert seals.open(sealed) is None


def test_guessing_is_slowed_for_everybody_together(tmp_path: Path) -> None:
    """After so many tries in a minute nobody's are looked at, and no address is kept for that."""
    scene = found_scene(tmp_path / "register")
    rules = IntakeRules(limits=Limits(tries_per_minute=2))
    with public_of(scene, tmp_path / "place", rules=rules) as public:
        statuses = [
            send(public.browser(), "/follow", to="/follow", number="R-0000-0000", key="X").status_code for _ in range(3)
        ]
    scene.close()

    assert statuses == [422, 422, 429]


@pytest.mark.parametrize("language", ["en", "de", "es", "pl"])
def test_what_waits_in_a_request_is_told_in_each_language(public: Public, language: str) -> None:
    """Where reports come in by request, receipt and page say that approval is waited for, and the page its title."""
    path = "workflow/policy/settings.yaml"
    scene = public.scene
    scene.change_policy("o.haddad", {path: scene.revised(path, {"reports": "request"})})
    asyncio.run(public.house.look())
    browser = public.browser()
    receipt = send(
        browser, to=f"/report?lang={language}", made_safe="yes", what_happened=HAPPENED, mode="named", name="Eve"
    )
    number, key = receipt_in(receipt.text)
    public.house.close()
    public.house.__post_init__()

    page = send(browser, "/follow", to=f"/follow?lang={language}", number=number, key=key).text

    words = {"en": "approv", "de": "timm", "es": "aprueb", "pl": "zatwierdzi"}
    assert words[language] in receipt.text
    assert words[language] in page
    assert HAPPENED.rstrip(".") in page


def test_a_right_key_takes_nobody_elses_try(tmp_path: Path) -> None:
    """Whoever follows their own report leaves as many tries as there were; a right key in between earns none more."""
    scene = found_scene(tmp_path / "register")
    rules = IntakeRules(limits=Limits(tries_per_minute=2))
    with public_of(scene, tmp_path / "place", rules=rules) as public:
        number, key = report(public)
        keys = [key, key, key, "X", key, "X", "X", key]
        statuses = [send(public.browser(), "/follow", to="/follow", number=number, key=one).status_code for one in keys]
    scene.close()

    assert statuses == [200, 200, 200, 422, 200, 422, 429, 429]


def test_only_so_many_messages_are_sent_before_the_team_answers(public: Public) -> None:
    """One more is refused in plain words, with what was typed kept; after an answer, or another day, it goes on."""
    number, key = report(public)
    browser = public.browser()
    page = send(browser, "/follow", to="/follow", number=number, key=key)

    def write(text: str) -> Any:
        return browser.post("/follow/message", data={"csrf": field_of(page.text, "csrf"), "text": text})

    assert [write(f"message {count}").status_code for count in range(MOST_UNANSWERED)] == [200] * MOST_UNANSWERED
    refused = write("one more")

    assert refused.status_code == 429
    assert f"You have sent {MOST_UNANSWERED} messages that the team has not answered yet." in refused.text
    assert "one more</textarea>" in refused.text
    assert len(conversation(public.house.intake, number=number).messages) == MOST_UNANSWERED
    answer(public.house.intake, number=number, text="Thank you.", by=TEAM, people=public.house.policy.people)
    assert write("one more").status_code == 200
    public.scene.clock.tick(days=1)
    assert [write(f"message {count}").status_code for count in range(MOST_UNANSWERED)] == [200] * MOST_UNANSWERED


def test_messages_are_bounded_for_everybody_together(public: Public) -> None:
    """However many receipts somebody has, only so many messages are taken in a minute."""
    number, key = report(public)
    public.house.rates = Rates({"try": 9, "message": 1})
    browser = public.browser()
    page = send(browser, "/follow", to="/follow", number=number, key=key)

    said = [
        browser.post("/follow/message", data={"csrf": field_of(page.text, "csrf"), "text": text}) for text in ("1", "2")
    ]

    assert [one.status_code for one in said] == [200, 429]
    assert "Very many messages come in at the moment." in said[1].text
