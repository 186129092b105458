"""Serving the application on this machine: uvicorn without a log of requests, and what is done beside them."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from nearmiss.errors import NearMissError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from nearmiss.intake.furnishing import Order
    from nearmiss.intake.keeping import Keeper

LOOK_EVERY = 5.0
"""Seconds after which the register is looked at again: somebody may have changed its policy by a push."""
KEEP_EVERY = 600.0
"""Seconds after which it is seen whether a day has passed, and what is to be done then."""
SOUND_EVERY = 60.0
"""Seconds after which an alarm that did not go out is tried again."""
KEEP_UP_EVERY = 60.0
"""Seconds after which what is here and what a remote has are brought together."""
MOST_AT_ONCE = 2000
"""Connections that are answered at one time."""


class CannotServeError(NearMissError):
    """The address cannot be served."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"Nothing can be served at {address}: {reason}.", hint="Choose another --address.")


def serve(order: Order, say: Callable[[str], None]) -> None:
    """Serve until interrupted; raises CannotServeError before anything is promised."""
    import uvicorn

    from nearmiss.intake.furnishing import furnish
    from nearmiss.intake.patience import PatientProtocol

    host, port = read_address(order.address)
    with _listening(host, port, order.address) as listener:
        keeper, app = furnish(order, say)
        house = keeper.house
        # Uvicorn's own words would name addresses; what we have to say, the house says.
        logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
        config = uvicorn.Config(
            app,
            http=PatientProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=True,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=20,
            limit_concurrency=MOST_AT_ONCE,
            h11_max_incomplete_event_size=32_768,
        )
        shown = f"{host}:{listener.getsockname()[1]}"
        say(f"Serving http://{shown}{order.root_path}/ until Ctrl-C. Reports wait in {house.place}.")
        if house.mailer is None:
            say("No mail server is named by NEARMISS_SMTP, so nobody is alarmed or reminded from here.")
        try:
            with suppress(KeyboardInterrupt):
                asyncio.run(_serve(uvicorn.Server(config), listener, keeper))
        finally:
            house.close()


async def _serve(server: object, listener: socket.socket, keeper: Keeper) -> None:
    beside = [asyncio.create_task(job(keeper)) for job in (_look_again, _keep, _sound, _keep_up)]
    try:
        await server.serve(sockets=[listener])  # type: ignore[attr-defined]  # uvicorn is imported where it is started
    finally:
        for task in beside:
            task.cancel()


async def _look_again(keeper: Keeper) -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY)
        with suppress(NearMissError):
            await keeper.house.look()


async def _keep(keeper: Keeper) -> None:
    while True:
        await keeper.keep()
        await asyncio.sleep(KEEP_EVERY)


async def _sound(keeper: Keeper) -> None:
    while True:
        await keeper.sound()
        await asyncio.sleep(SOUND_EVERY)


async def _keep_up(keeper: Keeper) -> None:
    while True:
        await asyncio.sleep(KEEP_UP_EVERY)
        await keeper.keep_up()


def read_address(address: str) -> tuple[str, int]:
    """Return host and port of an address such as `127.0.0.1:8080`; raises UsageError."""
    host, colon, port = address.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) < 65_536):  # noqa: PLR2004 - 2 bytes
        raise UsageError(f"{address} is no address to serve.", hint="Give host and port, such as 127.0.0.1:8080.")
    return host.strip("[]"), int(port)


def _listening(host: str, port: int, address: str) -> socket.socket:
    """Return a socket that listens, so that an address that is taken is told before anything else."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
    except OSError as error:
        raise CannotServeError(address, (error.strerror or str(error)).rstrip(".").lower()) from None
    return listener
