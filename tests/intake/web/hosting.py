"""A house with a real register and a real store, a browser that remembers cookies, and a server as people meet it."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.testclient import TestClient

from nearmiss.app.opening import open_desk
from nearmiss.engine.intake.committing import commit_named
from nearmiss.engine.intake.values import Intake
from nearmiss.engine.mailing import Mailer
from nearmiss.intake.app import create_app
from nearmiss.intake.house import House
from nearmiss.intake.reporting.routes import public_routes
from nearmiss.media.cleaning import MediaCleaner
from nearmiss.policy.intake_rules import IntakeRules
from nearmiss.store.intake import SqliteIntake
from nearmiss.store.sealing import SecretSealer
from tests.engine.scene import Scene

SECRET = b"secret of the tests" * 2
HERE = "http://testserver"


@dataclass
class Public:
    """A register, its intake, and the pages of everybody."""

    scene: Scene
    house: House
    store: SqliteIntake
    browsers: list[TestClient] = field(default_factory=list)

    def browser(self, **headers: str) -> TestClient:
        """Return a browser that has been nowhere yet."""
        made = TestClient(self.app(), base_url=HERE, headers=headers)
        self.browsers.append(made)
        return made

    def app(self) -> Any:
        """Return the application."""
        return create_app(self.house, public_routes())


@contextmanager
def public_of(
    scene: Scene, place: Path, *, rules: IntakeRules | None = None, mailer: Mailer | None = None, **more: Any
) -> Iterator[Public]:
    """Open the pages of everybody over a register and a store; a second one over the same place goes on with it."""
    place.mkdir(mode=0o700, exist_ok=True)
    store = SqliteIntake(place / "intake.db")
    intake = Intake(
        store=store,
        sealer=SecretSealer(SECRET),
        clock=scene.clock,
        chance=scene.chance,
        settings=rules or IntakeRules(),
    )
    house = House(
        open_desk=lambda: open_desk(scene.root, clock=scene.clock, chance=scene.chance),
        intake=intake,
        place=place,
        mailer=mailer,
        commit_named=lambda desk: commit_named(desk, intake),
        **{"cleaner": MediaCleaner(), "forms": intake.sealer.form_secret(), **more},
    )
    try:
        yield Public(scene=scene, house=house, store=store)
    finally:
        house.close()
        store.close()


def field_of(page: str, name: str) -> str:
    """Return the value of a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""


def opened(browser: TestClient, path: str = "/") -> dict[str, str]:
    """Open a page, and return the fields that its form sends besides what is typed."""
    page = browser.get(path).text
    return {"csrf": field_of(page, "csrf"), "token": field_of(page, "token")}


def send(browser: TestClient, path: str = "/", *, to: str = "/report", files: Any = None, **typed: str) -> Any:
    """Open the form, type, and send it."""
    fields = {**opened(browser, path), "when": "now", "mode": "confidential", **typed}
    return browser.post(to, data=fields, files=files or [("files", ("", b"", "application/octet-stream"))])


def receipt_in(page: str) -> tuple[str, str]:
    """Return number and key as a page shows them."""
    number = re.search(r'id="number">([^<]+)<', page)
    key = re.search(r'id="key">([^<]+)<', page)
    assert number is not None, page
    assert key is not None, page
    return number[1], key[1]


class Served:
    """A server on loopback at an address that stays the same when it is stopped and started again."""

    def __init__(self, public: Public, port: int = 0) -> None:
        self.public, self.port = public, port
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, app: Any = None) -> None:
        """Begin to answer."""
        settings = uvicorn.Config(
            app or self.public.app(), host="127.0.0.1", port=self.port, log_level="critical", access_log=False
        )
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Answer no more, and let go of what is connected."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = self._server.force_exit = True
            self._thread.join(20)
        self._server = self._thread = None
