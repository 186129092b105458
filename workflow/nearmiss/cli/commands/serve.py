"""`nearmiss serve`: the web application in which anybody reports, and the team has its desk."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from nearmiss.cli.voice import plain, say
from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from nearmiss.cli.surroundings import Surroundings

NEEDED = ("starlette", "uvicorn", "python_multipart")


class NoWebServerError(NearMissError):
    """What the web application is made with is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "The web application needs packages that are not installed.",
            hint="Install them: pip install 'nearmiss-register[web]'",
        )


@click.command(short_help="Serve the report form and the team's desk.")
@click.option(
    "--address", default="127.0.0.1:8080", metavar="HOST:PORT", help="Where; 127.0.0.1 is this machine alone."
)
@click.option("--root-path", default="", metavar="PATH", help="Below which path a proxy has it, such as /report.")
@click.option("--intake", default="", metavar="DIR", help="Where reports wait; never inside the repository.")
@click.option("--proxy-user", default="", metavar="HEADER", help="The header in which a proxy says who somebody is.")
@click.option("--trust", "trusted", multiple=True, metavar="ADDRESS", help="A proxy whose headers count; repeatable.")
@click.option("--host", "hosts", multiple=True, metavar="NAME", help="The only name to answer to; repeatable.")
@click.option("--remote", default="", metavar="NAME", help="A remote to keep up with, such as origin.")
@click.option("--no-remind", is_flag=True, help="Send no reminders; something else does.")
@click.pass_obj
def command(  # noqa: PLR0913 - each is an option
    surroundings: Surroundings,
    /,
    *,
    address: str,
    root_path: str,
    intake: str,
    proxy_user: str,
    trusted: tuple[str, ...],
    hosts: tuple[str, ...],
    remote: str,
    no_remind: bool,
) -> None:
    """Serve the form in which anybody reports, and the desk of the team, until Ctrl-C.

    Reports without a name wait outside the repository, and are committed in batches.

    Example: nearmiss serve --address 127.0.0.1:8080 --proxy-user X-Remote-User --trust 127.0.0.1
    """
    if surroundings.serve_intake is None or any(find_spec(name) is None for name in NEEDED):
        raise NoWebServerError
    order = {
        "directory": surroundings.root(),
        "address": address,
        "root_path": root_path,
        "intake": str(surroundings.at(intake)) if intake else "",
        "proxy_user": proxy_user,
        "trusted": trusted,
        "hosts": hosts,
        "remote": remote,
        "reminds": not no_remind,
    }
    surroundings.serve_intake(order, lambda sentence: say(plain(sentence)))
