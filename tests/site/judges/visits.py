"""Opens pages of a built site in a real browser, from an address with a strict policy, and notes what goes wrong."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.site.test_site_browser import CHROMIUM, QUIET

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"
)
"""The strictest Content-Security-Policy under which the site has to work; compiling WebAssembly is for the search."""

WATCH = """
window.refused = [];
document.addEventListener("securitypolicyviolation", event => {
  refused.push(event.effectiveDirective + " " + (event.blockedURI || "") + " " + (event.sourceFile || ""));
});
"""


class Strict(SimpleHTTPRequestHandler):
    """Serves a folder under the policy, without a word."""

    def end_headers(self) -> None:
        """Send the policy with every answer."""
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder at an address of its own, which ends in a slash."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Strict, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@contextmanager
def chromium() -> Iterator[Any]:
    """Start one headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield running
        running.close()


class Visit:
    """A tab that notes what pages say, what they ask for, and what the policy kept them from."""

    def __init__(self, browser: Any, address: str, *, width: int, scheme: str = "light", **options: Any) -> None:
        self.address = address
        self.context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, **options)
        self.context.add_init_script(WATCH)
        self.tab = self.context.new_page()
        self.said: list[str] = []
        self.asked: list[str] = []
        self.tab.on("console", lambda message: self.said.append(f"{self.here}: {message.text}"))
        self.tab.on("pageerror", lambda error: self.said.append(f"{self.here}: {error}"))
        self.tab.on("dialog", lambda dialog: self.said.append(f"{self.here}: {dialog.message}"))
        self.tab.on("request", lambda request: self.asked.append(request.url))

    @property
    def here(self) -> str:
        """The page's address below that of the site."""
        return str(self.tab.url).removeprefix(self.address)

    def open(self, page: str) -> Any:
        """Open a page, wait until it has come to rest, and return the tab."""
        self.tab.goto(self.address + page, wait_until="load")
        # The theme's script says so when it has taken hold of the page; two frames later, styles have settled.
        self.tab.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return self.tab

    def refused(self) -> list[str]:
        """Return what the policy kept the page from."""
        return [f"{self.here}: {line}" for line in self.tab.evaluate("window.refused")]

    def foreign(self) -> list[str]:
        """Return what was asked of other hosts."""
        return [url for url in self.asked if not url.startswith((self.address, "data:", "blob:"))]
