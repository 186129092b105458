"""The floor of taking reports: a bare Starlette route that writes one row and has it on disk before it answers."""

from __future__ import annotations

import sqlite3
import sys
import threading

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route


def make_app(database: str) -> Starlette:
    """Return the application over a database of its own."""
    kept = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
    kept.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE rows (said BLOB)")
    alone = threading.Lock()

    async def take(request: Request) -> PlainTextResponse:
        said = await request.body()
        with alone:
            kept.execute("INSERT INTO rows VALUES (?)", (said,))
        return PlainTextResponse("taken")

    return Starlette(routes=[Route("/", take, methods=["POST"])])


if __name__ == "__main__":
    uvicorn.run(make_app(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), log_level="error", access_log=False)
