"""A server that does not wait for ever: who opens a connection and says too little of a request is sent away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

    from uvicorn.protocols.http.h11_impl import RequestResponseCycle

HEADERS_WITHIN = 15.0
"""Seconds from the opening of a connection, or the first byte of a further request, to the end of its headers."""


class PatientProtocol(H11Protocol):
    """Uvicorn's protocol, with a deadline for the headers of each request; bodies have one of their own."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Wait for the first request."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(HEADERS_WITHIN, self._send_away)

    def data_received(self, data: bytes) -> None:
        """Take what came; once all headers are there, nobody is waited for any more."""
        if self._deadline is None and self._is_between_requests():
            self._deadline = self.loop.call_later(HEADERS_WITHIN, self._send_away)
        super().data_received(data)
        if not self._is_between_requests():
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Note that the next request begins anew."""
        self._stop_waiting()
        super().on_response_complete()

    def _is_between_requests(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # uvicorn's types leave out that there is none at first
        return cycle is None or cycle.response_complete

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _send_away(self) -> None:
        self._deadline = None
        if self._is_between_requests() and not self.transport.is_closing():
            self.transport.close()
