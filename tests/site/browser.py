"""The real browser of the tests: Debian's Chromium, kept quiet, and sites at addresses of their own."""

from __future__ import annotations

import functools
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LACKING = "needs Debian's chromium, which is not installed here"
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason=LACKING)

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"
)
"""The strictest Content-Security-Policy under which the site has to work; compiling WebAssembly is for the search."""

WITHOUT_SEARCH = POLICY.replace(" 'wasm-unsafe-eval'", "")
"""The policy under which every page but that of the search has to work."""


@contextmanager
def chromium() -> Iterator[Any]:
    """Start one headless Chromium; a process cannot have two of them at a time."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield running
        running.close()


class Watched:
    """A tab of a context of its own that notes what pages say, dialogs too, and what they ask for."""

    def __init__(self, browser: Any, *, width: int, **options: Any) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 844}, **options)
        self.tab = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.tab.on("console", lambda message: self.note(message.text))
        self.tab.on("pageerror", lambda error: self.note(str(error)))
        self.tab.on("dialog", lambda dialog: self.note(dialog.message))
        self.tab.on("request", lambda request: self.asked.append(request.url))

    def note(self, words: str) -> None:
        """Note what a page said."""
        self.said.append(words)


@contextmanager
def served(folder: Path, *, policy: str = POLICY) -> Iterator[str]:
    """Serve a folder at an address of its own, which ends in a slash; its answers carry the policy, if any."""
    handler = functools.partial(_Handler, policy=policy, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


class _Handler(SimpleHTTPRequestHandler):
    """Serves a folder without a word."""

    def __init__(self, *given: Any, policy: str, **named: Any) -> None:
        self._policy = policy
        super().__init__(*given, **named)

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""

    def end_headers(self) -> None:
        """Send the policy."""
        if self._policy:
            self.send_header("Content-Security-Policy", self._policy)
        super().end_headers()
