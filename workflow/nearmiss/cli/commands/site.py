"""`nearmiss site`: builds the site of lessons, serves it, exports its pages, or lays down files of it for changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from nearmiss.cli.options import json_option
from nearmiss.cli.output.gauge import Gauge
from nearmiss.cli.voice import emit, plain, say

if TYPE_CHECKING:
    from nearmiss.cli.surroundings import Surroundings


@click.group(short_help="Build, serve or export the site of lessons, or change its looks.")
def command() -> None:
    """Build the site on which all staff read what was learned, or serve it on this machine.

    It shows verified lessons that are released to all, and of everything else only counts.

    Example: nearmiss site build
    """


@command.command()
@click.option("--output", default="", metavar="DIR", help="Where to; site/_build where not given.")
@json_option
@click.pass_obj
def build(surroundings: Surroundings, /, *, output: str, as_json: bool) -> None:
    """Build the site strictly: whatever is wrong with a record or a link ends the build.

    Example: nearmiss site build --output public
    """
    with Gauge("Building the site"):
        page = surroundings.build_site(surroundings.root(), surroundings.at(output) if output else None, _warn)
    if as_json:
        emit({"ok": True, "page": str(page)})
    else:
        say("The site is built. Open it: ", (str(page), "bold"))


@command.command()
@click.option("--output", required=True, metavar="DIR", help="Where to; a new folder, or one of an earlier export.")
@json_option
@click.pass_obj
def export(surroundings: Surroundings, /, *, output: str, as_json: bool) -> None:
    """Write every page as plain Markdown with front matter, for any other generator of sites.

    Example: nearmiss site export --output ../pages
    """
    folder = surroundings.at(output)
    with Gauge("Writing pages") as gauge:
        number = surroundings.export_site(surroundings.root(), folder, gauge)
    if as_json:
        emit({"ok": True, "folder": str(folder), "pages": number})
    else:
        say(f"{number} pages are written to ", (str(folder), "bold"), ".")


@command.command()
@click.option("--address", default="127.0.0.1:8000", metavar="HOST:PORT", help="Where to serve it.")
@click.pass_obj
def serve(surroundings: Surroundings, /, *, address: str) -> None:
    """Serve the site and build it anew whenever a record changes, until Ctrl-C.

    Example: nearmiss site serve --address 127.0.0.1:8080
    """
    root = surroundings.root()
    say(f"Serving http://{address}/ until Ctrl-C.")
    surroundings.serve_site(root, address, _warn)


@command.command()
@click.argument("files", nargs=-1, metavar="FILE...")
@json_option
@click.pass_obj
def own(surroundings: Surroundings, /, *, files: tuple[str, ...], as_json: bool) -> None:
    """Lay down templates or files of the theme in the register, to change them there; without any, list them.

    Example: nearmiss site own site/theme/assets/images/logo.svg
    """
    from nearmiss.app.own_files import files_to_own, lay_down_own

    root = surroundings.root()
    if files:
        lay_down_own(root, files)
        for name in () if as_json else files:
            say("Laid down, and yours now: ", (name, "bold"))
    found = files_to_own(root)
    if as_json:
        emit({"ok": True, "files": [{"file": name, "own": is_own} for name, is_own in found.items()]})
    elif not files:
        say("\n".join(f"{'own' if is_own else '   '}  {name}" for name, is_own in found.items()))


def _warn(warning: str) -> None:
    say(plain(warning), err=True)
