"""Builds and serves the site of an instance through MkDocs, quietly, and says in a sentence what went wrong."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from nearmiss.errors import NearMissError
from nearmiss.site.configuration import refuse_unsafe
from nearmiss.site.output import BEGUN, FIRST_PAGE, begin_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mkdocs.config.defaults import MkDocsConfig

CONFIGURATION = Path("site") / "mkdocs.yml"
DEFAULT_ADDRESS = "127.0.0.1:8000"


class NoSiteError(NearMissError):
    """The folder has no site to build."""

    def __init__(self, directory: Path) -> None:
        super().__init__(
            f"There is no {CONFIGURATION} in {directory}.",
            hint="Go to the repository of your near misses, or lay one down with `nearmiss init`.",
        )


class SiteBuildError(NearMissError):
    """MkDocs could not build the site, or a strict build found something wrong."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        listed = "\n".join(f"  {reason}" for reason in reasons)
        super().__init__(
            f"The site was not built:\n{listed}",
            hint="Mend the above. `nearmiss check` lists what is wrong in records, with file and line.",
        )


class SiteServeError(NearMissError):
    """The address cannot be served."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"The site cannot be served at {address}: {reason}.", hint="Choose another address.")


def _nothing(_warning: str) -> None:
    """Tell nobody."""


def build_site(
    directory: Path, output: Path | None = None, *, strict: bool = True, say: Callable[[str], None] = _nothing
) -> Path:
    """Build the site of the repository in a directory and return the path of its first page.

    `output` is where it goes, `site/_build` if not given; what a former build left there is replaced. Strict means
    that anything wrong ends the build; otherwise `say` is told each warning. Raises NoSiteError, UnsafeSiteError,
    OutputInUseError, OutputInRegisterError or SiteBuildError.
    """
    # Here and below: half a second of import that other commands need not pay.
    from mkdocs.commands.build import build

    with _listening(_nothing if strict else say) as said:
        config = _configuration(directory, output, strict=strict, said=said)
        site = Path(config.site_dir)
        begin_site(site, directory)
        try:
            config.plugins.on_startup(command="build", dirty=False)
            build(config)
            (site / BEGUN).unlink(missing_ok=True)
        except _failures() as error:
            raise SiteBuildError(_reasons(error, said)) from error
        finally:
            config.plugins.on_shutdown()
    return site / FIRST_PAGE


def serve_site(
    directory: Path,
    *,
    address: str = DEFAULT_ADDRESS,
    say: Callable[[str], None] = _nothing,
    server: Callable[..., None] | None = None,
) -> None:
    """Serve the site and build it anew when a record changes, until interrupted; `say` is told each warning.

    `server` stands in for MkDocs' own in tests. Raises NoSiteError, UnsafeSiteError, SiteBuildError or SiteServeError.
    """
    from nearmiss.site.serving import is_address

    if not is_address(address):
        raise SiteServeError(address, "that is no HOST:PORT, such as 127.0.0.1:8080")
    with _listening(say) as said:
        path = _configuration_path(directory)
        try:
            (server or _mkdocs_server())(config_file=str(path), dev_addr=address)
        except OSError as error:
            raise SiteServeError(address, error.strerror or str(error)) from error
        except _failures() as error:
            raise SiteBuildError(_reasons(error, said)) from error


def _mkdocs_server() -> Callable[..., None]:
    from mkdocs.commands.serve import serve

    return serve


def _configuration_path(directory: Path) -> Path:
    path = directory / CONFIGURATION
    if not path.is_file():
        raise NoSiteError(directory)
    refuse_unsafe(path)
    return path


def _configuration(directory: Path, output: Path | None, *, strict: bool, said: _Listener) -> MkDocsConfig:
    from mkdocs.config import load_config

    path = _configuration_path(directory)
    chosen = {"site_dir": str(output.resolve())} if output else {}
    try:
        return load_config(str(path), strict=strict, **chosen)
    except _failures() as error:
        raise SiteBuildError(_reasons(error, said)) from error


def _failures() -> tuple[type[Exception], ...]:
    from mkdocs.exceptions import MkDocsException

    from nearmiss.render.environment import THEME_FAULTS

    return (MkDocsException, *THEME_FAULTS)


class _Listener(logging.Handler):
    """Keeps what MkDocs warns of, so that it can be told in the error, and passes it on."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self.warnings: list[str] = []
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one warning and pass it on."""
        self.warnings.append(record.getMessage())
        self._say(record.getMessage())


@contextmanager
def _listening(say: Callable[[str], None]) -> Iterator[_Listener]:
    """Keep MkDocs' log to ourselves, and the theme's notice about its end of life off the screen."""
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "true")
    logger, listener = logging.getLogger("mkdocs"), _Listener(say)
    propagate = logger.propagate
    logger.addHandler(listener)
    logger.propagate = False
    try:
        yield listener
    finally:
        logger.removeHandler(listener)
        logger.propagate = propagate


def _reasons(error: Exception, said: _Listener) -> tuple[str, ...]:
    """Return what went wrong, once each: the warnings first, then MkDocs' last words where they add something."""
    last = str(error)
    if said.warnings and (not last or last.startswith("Aborted with")):
        return tuple(dict.fromkeys(said.warnings))
    return tuple(dict.fromkeys([*said.warnings, last]))
