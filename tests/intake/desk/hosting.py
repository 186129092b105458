"""A desk over a real register: accounts, browsers that fill in the forms as they stand on the pages, and what came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from starlette.testclient import TestClient
from starlette.types import ASGIApp

from nearmiss.app.opening import open_desk
from nearmiss.engine.desk import Desk
from nearmiss.engine.intake.values import Intake
from nearmiss.engine.scrubbing import marks
from nearmiss.intake.app import create_app
from nearmiss.intake.desk.routes import desk_pages
from nearmiss.intake.house import House
from nearmiss.policy.intake_rules import IntakeRules
from nearmiss.store.accounts import Accounts
from nearmiss.store.intake import SqliteIntake
from nearmiss.store.sealing import SecretSealer
from tests.engine.scene import Scene, identity_of

PASSWORD = "a trailer rolled off"  # noqa: S105 - of the tests alone
CHEAP = 2**4
"""What a password costs here, so that tests are quick."""
HERE = "http://testserver"


@dataclass
class Form:
    """A form of a page: where it goes, and what it would send as it stands."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    buttons: list[dict[str, str]] = field(default_factory=list)


class Forms(HTMLParser):
    """Reads the forms of a page as a browser does."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Form] = []
        self._select = self._area = ""
        self._open = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag adds to the form that is open."""
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(action=said.get("action", ""), method=said.get("method", "get")))
            self._open = True
        elif self._open:
            self._note(self.found[-1], tag, said)

    def _note(self, form: Form, tag: str, said: dict[str, str]) -> None:
        name = said.get("name", "")
        if tag == "input" and said.get("type") not in {"checkbox", "radio", "submit"} and name:
            form.values[name] = said.get("value", "")
        elif tag == "input" and name and "checked" in said:
            form.values[name] = said.get("value", "on")
        elif tag == "button":
            form.buttons.append(said)
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and (self._select not in form.values or "selected" in said):
            form.values[self._select] = said.get("value", "")
        elif tag == "textarea":
            self._area = name
            form.values[name] = ""

    def handle_endtag(self, tag: str) -> None:
        """End what a tag began."""
        if tag == "form":
            self._open = False
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        """Note the text of a text area."""
        if self._area:
            form = self.found[-1]
            # The first line break after the tag is not part of the text.
            text = data if form.values[self._area] else data.removeprefix("\n")
            form.values[self._area] += text


class Browser:
    """A browser of one person: it follows redirects, keeps cookies, and sends forms as they stand on a page."""

    def __init__(self, app: ASGIApp, *, address: str = "testclient", headers: dict[str, str] | None = None) -> None:
        self.client = TestClient(app, base_url=HERE, client=(address, 50000), headers=headers, follow_redirects=True)
        self.path, self.html, self.status = "", "", 0

    def _took(self, answer: Any) -> str:
        self.path, self.html, self.status = urlsplit(str(answer.url)).path, answer.text, answer.status_code
        return self.html

    def get(self, path: str) -> str:
        """Open a page and return it."""
        return self._took(self.client.get(path))

    def form(self, action: str, *, holding: dict[str, str] | None = None) -> Form:
        """Return the form of the page that goes to an address and holds certain values."""
        wanted = (holding or {}).items()
        for form in Forms(self.html).found:
            if urlsplit(form.action).path == action and wanted <= form.values.items():
                return form
        raise AssertionError(f"no form to {action} in {self.path}: {[one.action for one in Forms(self.html).found]}")

    def send(self, action: str, holding: dict[str, str] | None = None, /, **typed: str) -> str:
        """Send a form of the page, with what is typed into it, and return the page that follows."""
        form = self.form(action, holding=holding)
        return self.post(action, **{**form.values, **typed})

    def post(self, path: str, **values: str) -> str:
        """Send values to an address, as a form of the last page would."""
        return self._took(self.client.post(urljoin(HERE, path), data=values, headers={"origin": HERE}))

    def sign_in(self, who: str, password: str = PASSWORD) -> str:
        """Sign in as somebody."""
        self.get("/desk/sign-in")
        return self.send("/desk/sign-in", who=who, password=password)

    @property
    def told(self) -> str:
        """What the page tells at its top, as text."""
        return " ".join(_texts(self.html, ("notice", "refusal")))


class _Texts(HTMLParser):
    def __init__(self, html: str, classes: tuple[str, ...]) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self._classes, self._depth = classes, 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "div" and (self._depth or dict(attrs).get("class") in self._classes):
            self._depth += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "div" and self._depth:
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        if self._depth and data.strip():
            self.texts.append(" ".join(data.split()))


def _texts(html: str, classes: tuple[str, ...]) -> list[str]:
    return _Texts(html, classes).texts


@dataclass
class Team:
    """A register, its desk, and the people who have an account there."""

    scene: Scene
    house: House
    accounts: Accounts
    app: ASGIApp

    def browser(self, who: str = "") -> Browser:
        """Return a browser, signed in as somebody where a handle is given."""
        made = Browser(self.app)
        if who:
            if who not in {account.handle for account in self.accounts.listed()}:
                self.accounts.set(who, PASSWORD)
            made.sign_in(who)
        return made

    def author_of(self, revision: str = "main") -> str:
        """Return who the author of a commit is."""
        return self.scene.git("log", "-1", "--format=%an <%ae>", revision)


def team_of(scene: Scene, place: Path, **more: Any) -> Iterator[Team]:
    """Yield the team of a scene; `more` is for the house, such as `proxy_user`."""

    def fresh() -> Desk:
        return open_desk(scene.root, clock=scene.clock, chance=scene.chance, identity=identity_of("o.haddad"))

    place.mkdir(mode=0o700)
    intake = Intake(
        store=SqliteIntake(place / "intake.db"),
        sealer=SecretSealer(b"secret of the tests" * 2),
        clock=scene.clock,
        chance=scene.chance,
        settings=IntakeRules(),
        marks=lambda text, people: marks(text, people=people),
    )
    house = House(open_desk=fresh, intake=intake, place=place, **more)
    accounts = Accounts(place / "accounts.db", clock=scene.clock, cost=CHEAP)
    yield Team(scene=scene, house=house, accounts=accounts, app=create_app(house, [desk_pages(house, accounts)]))
    house.close()
