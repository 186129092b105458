"""Furnishing the house: the register, its private store, mail and all pages, plugged together for one server."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from nearmiss.app.intake import open_intake
from nearmiss.app.mailing import mailer_of
from nearmiss.app.opening import open_desk
from nearmiss.engine.intake.committing import commit_named
from nearmiss.intake.app import create_app
from nearmiss.intake.desk.routes import desk_pages
from nearmiss.intake.desk.sessions import Doorkeeper
from nearmiss.intake.house import House
from nearmiss.intake.keeping import Keeper
from nearmiss.intake.reporting.routes import public_routes
from nearmiss.media.workshop import Workshop
from nearmiss.store.accounts import ACCOUNTS_FILE, Accounts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.types import ASGIApp

    from nearmiss.engine.desk import Desk


@dataclass(frozen=True, kw_only=True)
class Order:
    """How the register in a directory is to be served."""

    directory: Path
    address: str = "127.0.0.1:8080"
    root_path: str = ""
    intake: str = ""
    proxy_user: str = ""
    trusted: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    remote: str = ""
    reminds: bool = True


def furnish(order: Order, say: Callable[[str], None]) -> tuple[Keeper, ASGIApp]:
    """Return who keeps the house of an order, and its application.

    Raises what opening a register and its intake raises.
    """
    # Whoever is signed in has a process of their own for files, which those of reporters do not keep waiting.
    reporters, team = Workshop(), Workshop(hands=1)
    open_one = partial(_desk_of, order.directory, team)
    desk = open_one()
    try:
        opened = open_intake(desk, place=order.intake)
    finally:
        desk.repository.close()  # type: ignore[attr-defined]  # the adapter holds processes
    house = House(
        open_desk=open_one,
        intake=opened.intake,
        place=opened.place,
        mailer=mailer_of(os.environ),
        forms=opened.intake.sealer.form_secret(),
        cleaner=reporters,
        ending=lambda: _close(reporters, team),
        root_path=order.root_path.rstrip("/"),
        proxy_user=order.proxy_user,
        trusted=frozenset(order.trusted),
        hosts=frozenset(host.casefold() for host in order.hosts),
        say=say,
    )
    # The rules of the intake may be read anew: what is asked for is what there is by then.
    house.commit_named = lambda desk: commit_named(desk, house.intake)
    reporters.open()
    accounts = Accounts(house.place / ACCOUNTS_FILE, clock=house.intake.clock)
    doorkeeper = Doorkeeper(accounts=accounts, proxy_user=house.proxy_user, trusted=house.trusted)
    house.seek_person = lambda request: doorkeeper.person_of(request, house.policy.people)
    keeper = Keeper(house=house, directory=order.directory, remote=order.remote, reminds=order.reminds)
    return keeper, create_app(house, [*public_routes(), desk_pages(house, accounts)])


def _desk_of(directory: Path, workshop: Workshop) -> Desk:
    return replace(open_desk(directory), cleaner=workshop)


def _close(*workshops: Workshop) -> None:
    for workshop in workshops:
        workshop.close()
