"""Speaking with a forge that is slow, broken, tired of us, or no forge at all."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nearmiss.engine.forges.port import Forge, ForgeError
from nearmiss.forge import calls
from nearmiss.forge.addresses import NOWHERE, read_address
from nearmiss.forge.errors import (
    BrokenForgeError,
    NoForgeAddressError,
    NotAllowedError,
    NoTokenError,
    PlainTokenError,
    StrangeAnswerError,
    TokenRefusedError,
    TooManyError,
    UnreachableError,
)
from nearmiss.forge.kinds import KINDS
from tests.forge.stand import TOKEN, Stand


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note how long is waited, and wait no time at all."""
    times: list[float] = []
    monkeypatch.setattr(calls.Calls.__init__, "__kwdefaults__", {"wait": times.append})
    return times


@pytest.fixture
def forge(stand: Stand, token: str, waited: list[float]) -> Iterator[Forge]:
    """Open the adapter; there is one request."""
    stand.world.git("update-ref", "refs/heads/work", stand.world.tip("refs/heads/main"))
    stand.world.open_pull("work", title="Some work", opener=stand.account("s.ito"))
    with stand.adapter() as opened:
        yield opened


HTML = {"raw": b"<!doctype html><title>Sign in</title>", "headers": {"Content-Type": "text/html; charset=utf-8"}}
ONE_PAGE = "/pulls/1", "/merge_requests/1"


@pytest.mark.parametrize(
    "status, more, error, said",
    [
        (401, {"data": {"message": "Bad credentials"}}, TokenRefusedError, "did not accept the token"),
        (
            403,
            {"data": {"message": "No\x1b[2J way"}},
            NotAllowedError,
            "does not let this token show request 1: No [2J way.",
        ),
        (403, {"raw": b"<html>"}, NotAllowedError, "does not let this token show request 1."),
        (301, {"headers": {"Location": "/elsewhere"}}, StrangeAnswerError, "it sends us elsewhere"),
        (200, HTML, StrangeAnswerError, "it is a page for people"),
        (200, {"raw": b"nonsense"}, StrangeAnswerError, "it is no JSON"),
        (200, {"raw": b"[" * 100_000}, StrangeAnswerError, "it is no JSON"),
        (200, {"raw": b"\xff\xfe{"}, StrangeAnswerError, "it is no JSON"),
        (200, {"data": []}, StrangeAnswerError, "the answer is no mapping"),
        (200, {"data": {}}, StrangeAnswerError, "gave a strange answer when asked to show request 1: "),
        (418, {"data": {"error": {"a": ["b"]}}}, ForgeError, 'would not show request 1 (418): {"a": ["b"]}.'),
        (429, {"headers": {"Retry-After": "900"}}, TooManyError, "wants to be left alone for 900 seconds"),
        (403, {"headers": {"Retry-After": "900"}}, TooManyError, "wants to be left alone for 900 seconds"),
    ],
)
def test_what_cannot_be_used(
    stand: Stand, forge: Forge, status: int, more: dict[str, Any], error: type[ForgeError], said: str
) -> None:
    """Each refusal and each strange answer is one sentence with what to do next, at once and without the token."""
    stand.forge.trouble(status, **more, times=9)

    with pytest.raises(error) as refused:
        forge.request(1)

    assert said in " ".join(refused.value.message.split())
    assert refused.value.message.startswith("127.0.0.1:")
    assert "\n" not in refused.value.message
    assert TOKEN not in refused.value.message + refused.value.hint
    assert len(stand.forge.asked) <= 1


def test_a_fault_that_passes(stand: Stand, forge: Forge, waited: list[float]) -> None:
    """Reading is tried again after a fault of the forge, with more patience each time."""
    stand.forge.trouble(502, raw=b"<html>Bad gateway</html>", times=2)

    assert forge.request(1).number == 1
    assert waited == [1.0, 2.0]


def test_a_fault_that_stays(stand: Stand, forge: Forge, waited: list[float]) -> None:
    """After three times the forge is said to have a fault."""
    stand.forge.trouble(503, raw=b"", times=9)

    with pytest.raises(BrokenForgeError, match=r"has a fault of its own \(503\)"):
        forge.request(1)
    assert len(stand.forge.asked) == 3


def test_writing_is_not_repeated(stand: Stand, forge: Forge) -> None:
    """What may have been written all the same is not written a second time after a fault."""
    stand.forge.trouble(500, method="POST", data={})

    with pytest.raises(BrokenForgeError):
        forge.open_request(branch="work", target="main", title="x")
    assert len([method for method, _ in stand.forge.asked if method == "POST"]) == 1


@pytest.mark.parametrize("status", [429, 403])
def test_patience_that_is_asked_for(stand: Stand, forge: Forge, waited: list[float], status: int) -> None:
    """A forge that had too much of us is left alone for as long as it says, and then asked again, also to write."""
    stand.forge.trouble(status, headers={"Retry-After": "7"}, data={"message": "secondary rate limit"})

    forge.say(1, marker="<!-- x -->", markdown="x")

    assert waited == [7.0]
    assert len(stand.world.pulls[0].notes) == 1


def test_a_limit_that_has_been_used_up(stand: Stand, forge: Forge, waited: list[float]) -> None:
    """The same where only the number of calls that are left is told, and the time at which there will be more."""
    used_up = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}
    stand.forge.trouble(403, headers=used_up, data={})
    assert forge.request(1).number == 1

    stand.forge.trouble(
        403, headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}, times=9, data={}
    )
    with pytest.raises(TooManyError, match="left alone for"):
        forge.request(1)
    assert waited == [2.0]


def test_patience_has_an_end(stand: Stand, forge: Forge, waited: list[float]) -> None:
    """No command waits for longer than a minute in all."""
    stand.forge.trouble(429, headers={"Retry-After": "40"}, times=9)

    with pytest.raises(TooManyError):
        forge.request(1)
    assert waited == [40.0]


def test_nonsense_about_patience(stand: Stand, forge: Forge, waited: list[float]) -> None:
    """A time that is none is not obeyed."""
    stand.forge.trouble(429, headers={"Retry-After": "soon"}, times=9)

    with pytest.raises(TooManyError, match="left alone for a while"):
        forge.request(1)
    assert waited == [2.0, 4.0]


def test_an_endless_answer(stand: Stand, forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that is larger than any should be is not read to its end."""
    monkeypatch.setattr(calls, "LARGEST", 1000)
    stand.forge.trouble(raw=b" " * 2000)

    with pytest.raises(UnreachableError, match="its answer does not end"):
        forge.request(1)


def test_an_endless_list(stand: Stand, forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that has no end is not taken for one that was read."""
    monkeypatch.setattr(calls, "MOST_PAGES", 1)
    for _ in range(101):
        stand.world.comment(stand.world.pulls[0], stand.account("r.meyer"), "x")
    if stand.kind == "forgejo":
        monkeypatch.setattr(calls, "PER_PAGE", 1)

    with pytest.raises(StrangeAnswerError, match="the list has no end"):
        forge.comments(1)


@pytest.mark.parametrize("entries", [{}, [1], [{"id": "1"}], [{"id": True}], [{"id": 1}]])
def test_a_list_in_another_shape(stand: Stand, forge: Forge, entries: Any) -> None:
    """A list whose entries are not comments is not read as if there were none."""
    stand.forge.trouble(data=entries)

    with pytest.raises(StrangeAnswerError):
        forge.comments(1)


COMMENT = {
    "id": 1,
    "body": None,
    "user": {"id": 5, "login": "x", "type": "User"},
    "author": {"id": 5, "username": "x"},
    "created_at": "2026-11-22T08:00:00Z",
    "updated_at": "2026-11-22T08:00:00Z",
}


@pytest.mark.parametrize("when", ["yesterday", "2026-11-22T08:00:00", 7, None])
def test_a_time_that_is_none(stand: Stand, forge: Forge, when: Any) -> None:
    """A comment whose time cannot be told is not given another."""
    stand.forge.trouble(data=[{**COMMENT, "created_at": when}])

    with pytest.raises(StrangeAnswerError, match="created_at"):
        forge.comments(1)


def test_a_comment_without_text(stand: Stand, forge: Forge) -> None:
    """An empty comment is one."""
    stand.forge.trouble(data=[COMMENT])

    assert [comment.text for comment in forge.comments(1)] == [""]


def closed_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def silent() -> Iterator[int]:
    """Give a port that takes a connection and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


def test_nobody_there(kind: str) -> None:
    """A forge that cannot be reached is told as that."""
    forge = KINDS[kind](read_address(f"http://127.0.0.1:{closed_port()}/acme/register"), TOKEN)

    with pytest.raises(UnreachableError, match=r"could not be asked: .*refused"):
        forge.request(1)
    forge.close()
    forge.close()


def test_no_answer_in_time(kind: str, silent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forge that takes the connection and says nothing is not waited for without end."""
    monkeypatch.setattr(calls, "READ", 0.2)
    forge = KINDS[kind](read_address(f"http://127.0.0.1:{silent}/acme/register"), TOKEN)

    with pytest.raises(UnreachableError, match="it did not answer in time"):
        forge.request(1)
    forge.close()


ASKS: tuple[Callable[[Forge], object], ...] = (
    lambda forge: forge.request(1),
    lambda forge: forge.requests(),
    lambda forge: forge.comments(1),
    lambda forge: forge.open_request(branch="b", target="main", title="t"),
    lambda forge: forge.say(1, marker="m", markdown="t"),
)


@pytest.mark.parametrize("ask", ASKS)
def test_without_a_token_nothing_is_asked(kind: str, ask: Callable[[Forge], object]) -> None:
    """Nothing is asked of a forge without a token, over an open line, or where nobody knows where it is."""
    with pytest.raises(NoTokenError, match=r"There is no token for forge\.example"):
        ask(KINDS[kind](read_address("https://forge.example/a/b"), ""))
    with pytest.raises(PlainTokenError, match=r"No token is sent to forge\.example over plain http"):
        ask(KINDS[kind](read_address("http://forge.example/a/b"), TOKEN))
    with pytest.raises(NoForgeAddressError):
        ask(KINDS[kind](NOWHERE, ""))


def test_the_token_goes_where_it_belongs(stand: Stand, forge: Forge) -> None:
    """The token travels in the header that the forge asks for, and never in an address."""
    forge.request(1)

    [headers] = stand.forge.seen_headers
    header, value = {
        "github": ("authorization", f"Bearer {TOKEN}"),
        "gitlab": ("private-token", TOKEN),
        "forgejo": ("authorization", f"token {TOKEN}"),
    }[stand.kind]
    assert headers[header] == value
    assert headers["user-agent"].startswith("nearmiss/")
    assert all(TOKEN not in path for _, path in stand.forge.asked)


def test_nothing_is_logged(stand: Stand, forge: Forge, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever listens to the log of the library does not learn the token."""
    caplog.set_level("DEBUG")

    forge.comments(1)

    assert TOKEN not in caplog.text
