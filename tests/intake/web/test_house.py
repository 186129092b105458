"""The house and its guard: what no page of ours makes a browser send is refused, and every answer has our headers."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from nearmiss.app.opening import open_desk
from nearmiss.engine.intake.values import Intake
from nearmiss.errors import NearMissError
from nearmiss.intake import patience
from nearmiss.intake.app import create_app
from nearmiss.intake.house import House
from nearmiss.intake.patience import PatientProtocol
from nearmiss.intake.security import bodies
from nearmiss.policy.intake_rules import IntakeRules, Limits
from tests.engine.scene import found_scene

HERE = "http://testserver"


def show(request: Request) -> Response:
    """Show a form, by the frame that all pages have."""
    house: House = request.app.state.house
    return house.page(request, "again.html.j2", {"kept": [], "has_files": False, "action": "/told"}, 200)


def take(request: Request) -> Response:
    """Say what came."""
    house: House = request.app.state.house
    form = house.form(request)
    files = [value.file for _, value in form.multi_items() if not isinstance(value, str)]
    spooled = [getattr(file, "_rolled", None) for file in files]
    return PlainTextResponse(f"{form.get('said')} {spooled}")


def break_down(request: Request) -> Response:
    """Break with words that somebody typed."""
    raise ValueError(f"secret {request.headers['said']}")


def refuse(_request: Request) -> Response:
    """Refuse with 100 % of a sentence."""
    raise NearMissError("It is 100 % full.", hint="Wait.")


ROUTES = [
    Route("/", show),
    Route("/told", take, methods=["POST"]),
    Route("/broken", break_down),
    Route("/full", refuse),
]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the folder of a register that nobody here writes to."""
    scene = found_scene(tmp_path_factory.mktemp("house"))
    yield scene.root
    scene.close()


@pytest.fixture
def house(root: Path) -> Iterator[House]:
    """Return a house over a register, with an intake that only has rules."""
    rules = IntakeRules(limits=Limits(largest_request_bytes=3_000_000))
    made = House(
        open_desk=lambda: open_desk(root),
        intake=cast("Intake", SimpleNamespace(settings=rules)),
        place=Path("elsewhere"),
        trusted=frozenset({"10.0.0.1"}),
    )
    yield made
    made.close()


@pytest.fixture
def client(house: House) -> TestClient:
    """Return a browser before the application."""
    return TestClient(create_app(house, ROUTES), base_url=HERE)


def mark_of(client: TestClient) -> str:
    """Return the mark of the form on the first page."""
    page: str = client.get("/").text
    return page.partition('name="csrf" value="')[2].partition('"')[0]


def test_every_answer_has_our_headers(client: TestClient) -> None:
    """Pages, files, errors and refusals alike: no source but ours, no frame, no guessing of types, and nothing kept."""
    for path in ("/", "/full", "/nothing", "/broken", "/health"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
    assert client.get("/static/intake.css").headers["cache-control"] == "public, max-age=3600"
    assert client.get("/static/../base.html.j2").status_code == 404


def test_a_form_with_its_mark_is_taken(client: TestClient) -> None:
    """What our page sends, in the same browser, comes through."""
    answer = client.post("/told", data={"csrf": mark_of(client), "said": "hello"})

    assert (answer.status_code, answer.text) == (200, "hello []")


@pytest.mark.parametrize(
    "change",
    [
        {"csrf": ""},
        {"csrf": "0" * 64},
        {},
    ],
    ids=["empty", "made up", "none"],
)
def test_a_form_without_its_mark_is_shown_again(client: TestClient, change: dict[str, str]) -> None:
    """Nothing is taken, and nothing that was typed is lost: the page has it, with a mark that holds."""
    mark_of(client)

    answer = client.post("/told", data={"said": "<b>hello</b>", **change})

    assert answer.status_code == 403
    assert 'name="said" value="&lt;b&gt;hello&lt;/b&gt;"' in answer.text
    fresh = answer.text.partition('name="csrf" value="')[2].partition('"')[0]
    assert client.post("/told", data={"csrf": fresh, "said": "hello"}).status_code == 200


def test_another_browsers_mark_does_not_hold(house: House) -> None:
    """A mark that somebody took from a page of their own does not hold for anybody else's cookie."""
    app = create_app(house, ROUTES)
    mine, theirs = TestClient(app, base_url=HERE), TestClient(app, base_url=HERE)
    mark_of(theirs)

    assert theirs.post("/told", data={"csrf": mark_of(mine)}).status_code == 403


@pytest.mark.parametrize(
    "header",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
    ids=str,
)
def test_a_form_from_elsewhere_is_refused(client: TestClient, header: dict[str, str]) -> None:
    """Where the browser says that another page sent it, even the right mark does not help; nothing is shown again."""
    answer = client.post("/told", data={"csrf": mark_of(client), "said": "hello"}, headers=header)

    assert answer.status_code == 403
    assert "hello" not in answer.text
    own = {"origin": HERE, "sec-fetch-site": "same-origin"}
    assert client.post("/told", data={"csrf": mark_of(client)}, headers=own).status_code == 200


def test_a_large_file_stays_in_memory(client: TestClient) -> None:
    """A file that a framework would put on the disk never touches it."""
    sent = {"csrf": mark_of(client), "said": "hello"}

    answer = client.post("/told", data=sent, files={"photo": ("a.jpg", b"x" * 2_000_000)})

    assert answer.text == "hello [False]"


def test_a_body_that_is_too_large_is_refused(client: TestClient) -> None:
    """Beyond the size that the register takes, nothing is read."""
    answer = client.post("/told", data={"csrf": mark_of(client)}, files={"photo": ("a.jpg", b"x" * 3_000_001)})

    assert answer.status_code == 413
    assert "Your text is fine." in answer.text


@pytest.mark.parametrize(
    "kind, body",
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=a", b"--a\r\nContent-Disposition: nothing\r\n\r\nx\r\n--a--\r\n"),
        ("text/plain", b"csrf=1"),
        ("application/json", b"{}"),
    ],
)
def test_a_body_that_is_no_form_is_refused(client: TestClient, kind: str, body: bytes) -> None:
    """A sentence says so; nothing breaks."""
    answer = client.post("/told", content=body, headers={"content-type": kind})

    assert answer.status_code == 400


@pytest.mark.parametrize("host", ["a b", "x/../y", "a@b", "", "[::1", "häst"])
def test_an_odd_host_is_refused(client: TestClient, host: str) -> None:
    """A host that no browser would name is answered with a refusal, and never comes back in a page."""
    answer = client.get("/", headers={b"host": host.encode("utf-8")})

    assert answer.status_code == 400


def test_only_named_hosts_are_answered(house: House) -> None:
    """Where hosts are named, no other one is answered, so that no other name can be made to mean this server."""
    house.hosts = frozenset({"near.example"})
    client = TestClient(create_app(house, ROUTES), base_url=HERE)

    assert client.get("/").status_code == 421
    assert client.get("/", headers={"host": "near.example"}).status_code == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"])
def test_other_methods_are_refused(client: TestClient, method: str) -> None:
    """A browser shows pages and sends forms; whatever does more is no browser of ours."""
    assert client.request(method, "/").status_code == 405


def test_a_fault_of_ours_tells_nothing(client: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    """The page and the server's words have neither the traceback nor what somebody typed."""
    answer = client.get("/broken", headers={"said": "planted-word"})

    said = capsys.readouterr()
    assert answer.status_code == 500
    assert "not your fault" in answer.text
    for text in (answer.text, said.out, said.err):
        assert "planted-word" not in text
        assert "Traceback" not in text
    assert "ValueError at test_house.py" in said.err


def test_a_refusal_is_a_page(client: TestClient) -> None:
    """An error of ours becomes its sentence and the way on, percent signs and all."""
    answer = client.get("/full")

    assert answer.status_code == 409
    assert "It is 100 % full." in answer.text


@pytest.mark.parametrize(
    "client_host, said, secure",
    [("10.0.0.1", "https", True), ("10.0.0.2", "https", False), ("10.0.0.1", "http", False)],
)
def test_only_a_trusted_proxy_says_https(house: House, client_host: str, said: str, secure: bool) -> None:  # noqa: FBT001 - a row of the table
    """Cookies are for https alone where a trusted proxy says so; anybody else's word on it does not count."""
    client = TestClient(create_app(house, ROUTES), base_url=HERE, client=(client_host, 1))

    cookie = client.get("/", headers={"x-forwarded-proto": said}).headers["set-cookie"]

    assert ("; Secure" in cookie) is secure
    assert cookie.startswith("__Host-") is secure
    assert "HttpOnly; SameSite=Strict" in cookie


@pytest.mark.parametrize(
    "asked, header, language",
    [
        ("?lang=de", "es", "de"),
        ("?lang=xx", "es-MX,en;q=0.5", "es"),
        ("", "fr, pl;q=0.3, de;q=0.7", "de"),
        ("", "*;q=1, xx", "en"),
        ("", ";;q=,,%%" * 400, "en"),
    ],
)
def test_the_language_is_chosen(client: TestClient, asked: str, header: str, language: str) -> None:
    """What was chosen counts first, then what the browser asks for, then the register's own."""
    answer = client.get(f"/{asked}", headers={"accept-language": header})

    assert answer.headers["content-language"] == language
    assert f'<html lang="{language}">' in answer.text


def test_below_a_path_all_addresses_lead_there(house: House) -> None:
    """Where a proxy has us below a path, links, forms and files are below it too."""
    house.root_path = "/near"
    client = TestClient(create_app(house, ROUTES), base_url=HERE)

    page = client.get("/near/").text

    assert 'href="/near/static/intake.css"' in page
    assert 'href="/near/?lang=de"' in page
    assert client.get("/near/static/intake.css").status_code == 200


@pytest.mark.parametrize("path", ["/near/told", "/told"])
def test_what_is_sent_once_more_goes_below_the_path(house: House, path: str) -> None:
    """Whether the proxy takes the path away or not, a form whose mark is out of date is sent again to our address."""
    house.root_path = "/near"
    client = TestClient(create_app(house, ROUTES), base_url=HERE)

    page = client.post(path, data={"csrf": "0" * 64, "said": "hello"}).text

    assert 'action="/near/told"' in page
    assert 'href="/near/told?lang=de"' in page


@pytest.mark.parametrize(
    "below, asked, meant",
    [
        ("", "/desk", "/desk/"),
        ("", "/desk?view=list", "/desk/?view=list"),
        ("", "/told/?area=shipping", "/told?area=shipping"),
        ("/near", "/near/desk", "/near/desk/"),
        ("/near", "/desk", "/near/desk/"),
        ("/near", "/near/told/", "/near/told"),
        ("", "/%5Cevil.example/", "/%5Cevil.example"),
    ],
)
def test_a_slash_too_few_or_too_many_leads_on(house: House, below: str, asked: str, meant: str) -> None:
    """Behind a proxy it leads to the address that the browser knows, by its scheme and host, and below our path."""
    house.root_path = below
    client = TestClient(create_app(house, ROUTES), base_url="http://inside:8080", client=("10.0.0.1", 1))
    said = {"x-forwarded-proto": "https", "x-forwarded-host": "reports.example.org"}

    answer = client.get(asked, headers=said, follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (308, meant)


def test_only_the_slash_at_the_end_leads_on(house: House) -> None:
    """What is sent to such an address is not taken, two slashes lead nowhere, and our path has its first page."""
    client = TestClient(create_app(house, ROUTES), base_url=HERE, follow_redirects=False)
    assert client.post("/told/", data={"csrf": mark_of(client)}).status_code == 404
    assert client.get(f"{HERE}//evil.example/").status_code == 404
    assert client.get("/").status_code == 200

    house.root_path = "/near"
    client = TestClient(create_app(house, ROUTES), base_url=HERE, follow_redirects=False)
    assert client.get("/near").status_code == 200


def test_no_path_names_another_host(client: TestClient) -> None:
    """Two slashes at the beginning of a path would be the name of a host in the page that sends a form again."""
    page = client.post(f"{HERE}//evil.example/told", data={"csrf": "0" * 64}).text

    assert 'action="/evil.example/told"' in page


@pytest.fixture
def served(house: House) -> Iterator[int]:
    """Serve the application at a port of this machine, and return the port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        config = uvicorn.Config(create_app(house, ROUTES), http=PatientProtocol, lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


def dripped(port: int, begin: bytes, drop: bytes) -> float:
    """Send something, then a little again and again, and return the seconds until the server has had enough."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(begin)
        line.settimeout(0.05)
        while time.monotonic() - began < 10:
            try:
                line.sendall(drop)
                if not line.recv(10_000):
                    return time.monotonic() - began
            except TimeoutError:
                continue
            except OSError:
                return time.monotonic() - began
    return 10.0


def test_who_drips_headers_is_sent_away(served: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request whose headers never end keeps nobody waiting, and others are answered meanwhile."""
    monkeypatch.setattr(patience, "HEADERS_WITHIN", 0.5)

    assert dripped(served, b"GET / HTTP/1.1\r\n", b"X-A: b\r\n") < 3


def test_who_drips_a_body_is_sent_away(served: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that comes more slowly than the slowest line is given up."""
    monkeypatch.setattr(bodies, "PATIENCE", 0.5)
    head = b"POST /told HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\nContent-Type: text/plain\r\n\r\n"

    assert dripped(served, head, b"a") < 3


def test_a_connection_that_is_kept_may_wait(served: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two requests a connection may rest; the second one is answered like the first."""
    monkeypatch.setattr(patience, "HEADERS_WITHIN", 0.3)
    with socket.create_connection(("127.0.0.1", served)) as line:
        for _ in range(2):
            line.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            said = b""
            while not said.endswith(b"ok"):
                said += (part := line.recv(10_000))
                assert part
            assert said.startswith(b"HTTP/1.1 200")
            time.sleep(0.6)


def test_room_for_bodies_is_given_back() -> None:
    """What all requests take together is bounded, and what one took is there again once it is answered."""
    room = bodies.Room(10)
    with room.take() as share:
        share.grow(8)
        with pytest.raises(bodies.TooBusyError), room.take() as other:
            other.grow(3)
    with room.take() as share:
        share.grow(10)
