"""Serving the site while records change: what is watched, and what each new build looks at before it begins."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.exceptions import Abort, MkDocsException

from nearmiss.errors import NearMissError
from nearmiss.render.environment import THEME_FAULTS
from nearmiss.site.configuration import refuse_unsafe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.livereload import LiveReloadServer

WATCHED = ("records", "schemas", "templates", "workflow/policy", "site/languages")
WAY_ON = "The site is built again as soon as that is mended."
HIGHEST_PORT = 65_535


def is_address(said: str) -> bool:
    """Say whether a word is an address to serve at, `HOST:PORT`, as MkDocs understands it."""
    host, _, port = said.rpartition(":")
    if not (port.isascii() and port.isdecimal() and 0 < int(port) <= HIGHEST_PORT):
        return False
    try:
        return host == "localhost" or bool(ip_address(host))
    except ValueError:
        return False


def watching(server: LiveReloadServer, config: MkDocsConfig, registers: Iterable[Path]) -> LiveReloadServer:
    """Let a server watch what the pages of registers are made from, and build them in safety."""
    for root in registers:
        for folder in WATCHED:
            if (root / folder).exists():
                server.watch(str(root / folder))
    # Not all of the theme's folders, as MkDocs offers: ten thousand icons would be looked at twice a second.
    if config.theme.custom_dir:
        server.watch(config.theme.custom_dir)
    server.builder = _safely(server.builder, Path(config.config_file_path or ""))
    return server


def _safely(build: Callable[[], None], configuration: Path) -> Callable[[], None]:
    """Return a build that reads no configuration which could run code, and that says in a sentence what is wrong."""

    def built() -> None:
        try:
            refuse_unsafe(configuration)
            build()
        except NearMissError as error:
            raise Abort(f"{error.message} {error.hint} {WAY_ON}") from error
        except Abort as error:
            # Why is told already, by the warnings before it.
            raise Abort(WAY_ON) from error
        except (MkDocsException, *THEME_FAULTS) as error:
            raise Abort(f"{error} {WAY_ON}") from error

    return built
