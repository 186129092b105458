"""Who comes in at the desk, by which proof, and when they are out again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nearmiss.intake.desk.sessions import COOKIE
from nearmiss.intake.desk.signing_in import own_path
from nearmiss.intake.desk.tries import MOST_OF_ALL, MOST_OF_ONE, PERIOD, TooManyTriesError, Tries
from tests.engine.scene import found_scene
from tests.intake.desk.hosting import PASSWORD, Browser, Team, team_of

TRUSTED = "10.0.0.7"


def test_nobody_sees_a_page_without_signing_in(team: Team) -> None:
    """Every page sends whoever is nobody to the sign-in page, and back to where they wanted to go afterwards."""
    reported = team.scene.report()
    record, title = reported.id, reported.title
    team.accounts.set("r.meyer", PASSWORD)
    browser = team.browser()

    for path in ("/desk/", "/desk/records", f"/desk/records/{record}", "/desk/proposals"):
        browser.get(path)
        assert browser.path == "/desk/sign-in"
        assert title not in browser.html

    browser.get(f"/desk/records/{record}")
    browser.send("/desk/sign-in", who="r.meyer", password=PASSWORD)
    assert browser.path == f"/desk/records/{record}"


def test_a_name_and_a_password_that_do_not_fit_say_the_same_whichever_is_wrong(team: Team) -> None:
    """A wrong password, a name without an account and a name that nobody has get one answer to the letter."""
    team.accounts.set("r.meyer", PASSWORD)
    browser = team.browser()

    answers = set()
    for who, password in (("r.meyer", "not the password"), ("s.ito", PASSWORD), ("nobody", PASSWORD)):
        browser.get("/desk/sign-in")
        page = browser.send("/desk/sign-in", who=who, password=password)
        assert browser.status == 401
        answers.add(page.replace(f'value="{who}"', ""))
        assert f'value="{who}"' in page
        assert password not in page

    assert len(answers) == 1


@pytest.mark.parametrize("who", ["l.former", "g.robot"])
def test_who_left_and_what_is_a_service_does_not_come_in(team: Team, who: str) -> None:
    """An account is worth nothing to somebody who is not active, or who is a service."""
    team.accounts.set(who, PASSWORD)

    browser = team.browser()
    browser.sign_in(who)

    assert browser.status == 401


def test_an_e_mail_address_will_do_for_a_handle(team: Team) -> None:
    """Whoever types their address is known by it."""
    team.accounts.set("r.meyer", PASSWORD)

    browser = team.browser()
    browser.sign_in("R.Meyer@example.org")

    assert browser.path == "/desk/"


def test_signing_in_begins_a_new_session_whatever_the_browser_came_with(team: Team) -> None:
    """An id that somebody planted is never taken over, and one that was in use is over."""
    team.accounts.set("r.meyer", PASSWORD)
    planted = team.browser()
    planted.client.cookies.set(COOKIE, "planted", domain="testserver.local", path="/")
    planted.sign_in("r.meyer")
    tokens = [cookie.value for cookie in planted.client.cookies.jar if cookie.name == COOKIE]
    assert "planted" not in [token for token in tokens if team.accounts.holder(str(token))]

    first = team.browser("r.meyer")
    before = str(first.client.cookies[COOKIE])
    first.client.get("/desk/sign-in")
    first.post("/desk/sign-in", **{**_mark(first), "who": "r.meyer", "password": PASSWORD, "back": "/desk/"})
    after = str(first.client.cookies[COOKIE])

    assert before != after
    assert (team.accounts.holder(before), team.accounts.holder(after)) == ("", "r.meyer")


def _mark(browser: Browser) -> dict[str, str]:
    """Return the mark that a form of this browser needs."""
    browser.get("/desk/")
    return {"csrf": browser.form("/desk/sign-out").values["csrf"]}


def test_the_cookie_is_for_this_site_and_no_script(team: Team) -> None:
    """The session's cookie is HttpOnly and SameSite=Strict; over https it is Secure too."""
    team.accounts.set("r.meyer", PASSWORD)
    browser = team.browser()
    browser.get("/desk/sign-in")
    values = {**browser.form("/desk/sign-in").values, "who": "r.meyer", "password": PASSWORD}

    answer = browser.client.post("/desk/sign-in", data=values, follow_redirects=False)

    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith(COOKIE))
    assert {"HttpOnly", "SameSite=strict", "Max-Age=43200"} <= set(cookie.split("; "))
    assert "Secure" not in cookie


def test_signing_out_ends_the_session_on_the_server(team: Team) -> None:
    """After signing out, the cookie that somebody kept opens nothing."""
    browser = team.browser("r.meyer")
    kept = str(browser.client.cookies[COOKIE])

    browser.send("/desk/sign-out")
    assert browser.path == "/desk/sign-in"

    other = team.browser()
    other.client.cookies.set(COOKIE, kept)
    other.get("/desk/")
    assert other.path == "/desk/sign-in"


def test_a_session_ends_after_twelve_hours_and_with_the_account(team: Team) -> None:
    """What was open in the morning is closed the next day, and at once where the account is removed."""
    early = team.browser("r.meyer")
    team.scene.clock.tick(hours=12)
    early.get("/desk/")
    assert early.path == "/desk/sign-in"

    again = team.browser("s.ito")
    team.accounts.remove("s.ito")
    again.get("/desk/")
    assert again.path == "/desk/sign-in"


def test_whoever_leaves_is_out_with_the_policy_that_says_so(team: Team) -> None:
    """A person who is made inactive on main has no session any more, at the next page."""
    browser = team.browser("t.silva")
    assert browser.get("/desk/").count("T Silva")

    team.scene.change_policy("o.haddad", team.scene.people_with(t_silva={"active": False}))
    browser.get("/desk/")

    assert browser.path == "/desk/sign-in"


def test_what_was_typed_is_there_after_a_session_has_ended(team: Team) -> None:
    """A form that comes too late is answered with what was typed, to be sent again once one is back."""
    record = team.scene.walk(level="low", upto="action")
    browser = team.browser("t.silva")
    browser.get(f"/desk/records/{record}")
    team.accounts.set("t.silva", PASSWORD)
    words = "Six chocks are in place; I have seen them myself, on all docks, <b>today</b>."

    page = browser.send(f"/desk/records/{record}/progress", evidence=words, status="done")

    assert browser.status == 401
    assert "&lt;b&gt;today" in page
    assert "progress" not in team.scene.data(record)
    again = browser.form(f"/desk/records/{record}/progress").values
    browser.sign_in("t.silva")
    browser.post(f"/desk/records/{record}/progress", **again)
    assert team.scene.data(record)["progress"][0]["evidence"] == words


@pytest.fixture
def behind_a_proxy(tmp_path: Path) -> Iterator[Team]:
    """A team whose people are known by a proxy's word."""
    scene = found_scene(tmp_path)
    yield from team_of(scene, tmp_path / "state", proxy_user="X-Remote-User", trusted=frozenset({TRUSTED}))
    scene.close()


def test_the_word_of_a_trusted_proxy_counts(behind_a_proxy: Team) -> None:
    """Whoever the proxy names, by handle or address, is at the desk without a password."""
    for said in ("r.meyer", "r.meyer@example.org"):
        browser = Browser(behind_a_proxy.app, address=TRUSTED, headers={"X-Remote-User": said})
        browser.get("/desk/")
        assert (browser.status, browser.path) == (200, "/desk/")
        assert "R Meyer" in browser.html


@pytest.mark.parametrize(
    "address, headers",
    [
        ("203.0.113.9", {"X-Remote-User": "r.meyer"}),
        ("203.0.113.9", {"X-Remote-User": "r.meyer", "X-Forwarded-For": TRUSTED}),
        ("203.0.113.9", {"X-Remote-User": "r.meyer", "Forwarded": f"for={TRUSTED}", "X-Real-IP": TRUSTED}),
        (TRUSTED, {"X-Other-User": "r.meyer"}),
        (TRUSTED, {"X-Remote-User": "l.former"}),
        (TRUSTED, {"X-Remote-User": "g.robot"}),
        (TRUSTED, {"X-Remote-User": "stranger@example.org"}),
        (TRUSTED, {"X-Remote-User": ""}),
    ],
)
def test_a_header_from_elsewhere_or_of_nobody_opens_nothing(
    behind_a_proxy: Team, address: str, headers: dict[str, str]
) -> None:
    """A header counts only from the proxy itself, and for who is listed."""
    browser = Browser(behind_a_proxy.app, address=address, headers=headers)

    browser.get("/desk/")

    assert browser.path == "/desk/sign-in"


def test_a_header_that_comes_twice_opens_nothing(behind_a_proxy: Team) -> None:
    """Where somebody put a second header beside the proxy's own, none counts."""
    browser = Browser(behind_a_proxy.app, address=TRUSTED)
    answer = browser.client.get("/desk/", headers=[("X-Remote-User", "s.ito"), ("X-Remote-User", "r.meyer")])

    assert answer.url.path == "/desk/sign-in"


def test_no_header_counts_where_none_was_asked_for(team: Team) -> None:
    """Without the option, the header is one like any other, from wherever it comes."""
    for address in ("127.0.0.1", "testclient"):
        browser = Browser(team.app, address=address, headers={"X-Remote-User": "r.meyer"})
        browser.get("/desk/")
        assert browser.path == "/desk/sign-in"


def test_too_many_tries_are_refused_and_the_right_password_with_them(team: Team) -> None:
    """After eight wrong passwords for a name, none is tried for five minutes; other names are not held up."""
    team.accounts.set("r.meyer", PASSWORD)
    browser = team.browser()
    for _ in range(MOST_OF_ONE):
        browser.sign_in("r.meyer", "not the password")
        assert browser.status == 401

    browser.sign_in("r.meyer")
    assert browser.status == 429

    assert team.browser("s.ito").path == "/desk/"


def test_tries_are_counted_for_all_together_and_anew_after_a_while() -> None:
    """A hundred names in five minutes are as many as are looked at, and after that time they count no more."""
    seconds = [1000.0]
    tries = Tries(lambda: seconds[0])
    for number in range(MOST_OF_ALL):
        tries.count(f"name-{number}")
    with pytest.raises(TooManyTriesError):
        tries.count("one more")

    seconds[0] += PERIOD

    tries.count("one more")


def test_names_that_nobody_has_take_no_room() -> None:
    """However many names are tried, what is kept of them does not grow."""
    seconds = [1000.0]
    tries = Tries(lambda: seconds[0])
    for number in range(5000):
        seconds[0] += PERIOD / MOST_OF_ALL
        tries.count(f"name-{number}")

    assert len(tries._tries) <= MOST_OF_ALL


def test_no_name_is_held_up_by_tries_of_others() -> None:
    """Of thousands of names, not one is taken for the name whose password was tried too often."""
    for number in range(5000):
        tries = Tries(lambda: 1000.0)
        for _ in range(MOST_OF_ONE):
            tries.count("r.meyer")

        tries.count(f"name-{number}")

        with pytest.raises(TooManyTriesError):
            tries.count("R.Meyer")


def test_a_right_password_counts_its_name_anew_and_not_all_names() -> None:
    """Whoever comes in may err eight times again, but a hundred tries in all stay a hundred."""
    seconds = [1000.0]
    tries = Tries(lambda: seconds[0])
    for _ in range(MOST_OF_ALL):
        tries.count("r.meyer")
        tries.forget("r.meyer")

    with pytest.raises(TooManyTriesError):
        tries.count("s.ito")


@pytest.mark.parametrize(
    "said",
    [
        "//evil.example",
        "https://evil.example/desk/",
        "/desk/\\evil.example",
        "/desk//evil",
        "javascript:alert(1)",
        "/",
        "",
    ],
)
def test_nobody_is_led_elsewhere_after_signing_in(team: Team, said: str) -> None:
    """The way back leads to a page of the desk, whatever an address asked for."""
    team.accounts.set("r.meyer", PASSWORD)
    browser = team.browser()
    browser.client.get("/desk/sign-in", params={"back": said})
    browser.get("/desk/sign-in")

    answer = browser.client.post(
        "/desk/sign-in",
        data={**browser.form("/desk/sign-in").values, "who": "r.meyer", "password": PASSWORD, "back": said},
        follow_redirects=False,
    )

    assert answer.headers["location"] == "/desk/"
    assert own_path(said) == "/desk/"
    assert own_path("/desk/records?view=list") == "/desk/records?view=list"
