"""Opens pages of a built site in a real browser, from an address with a strict policy, and notes what goes wrong."""

from __future__ import annotations

from typing import Any

from tests.site.browser import Watched

WATCH = """
window.refused = [];
document.addEventListener("securitypolicyviolation", event => {
  refused.push(event.effectiveDirective + " " + (event.blockedURI || "") + " " + (event.sourceFile || ""));
});
"""


class Visit(Watched):
    """A tab that notes what pages say, what they ask for, and what the policy kept them from."""

    def __init__(self, browser: Any, address: str, *, width: int, scheme: str = "light", **options: Any) -> None:
        self.address = address
        super().__init__(browser, width=width, color_scheme=scheme, **options)
        self.context.add_init_script(WATCH)

    def note(self, words: str) -> None:
        """Note what a page said, and which."""
        super().note(f"{self.here}: {words}")

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
