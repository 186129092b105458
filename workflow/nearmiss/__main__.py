"""The command `nearmiss`: the command line with the machine it runs on plugged in."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import TYPE_CHECKING, Any

from nearmiss.cli.program import program
from nearmiss.cli.surroundings import Surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


ALLOCATIONS = 500_000
"""Things made, and not yet gone, after which Python looks for circles of them."""


def build_site(directory: Path, output: Path | None, say: Callable[[str], None]) -> Path:
    """Build the lessons site strictly and return its first page."""
    from nearmiss.site.build import build_site as build

    return build(directory, output, say=say)


def serve_site(directory: Path, address: str, say: Callable[[str], None]) -> None:
    """Serve the lessons site until interrupted."""
    from nearmiss.site.build import serve_site as serve

    serve(directory, address=address, say=say)


def export_site(directory: Path, output: Path, tell: Callable[[int, int], None]) -> int:
    """Write the pages of the lessons site as Markdown and return how many there are."""
    from nearmiss.site.exporting import export_site as export

    return export(directory, output, tell)


def serve_intake(order: Mapping[str, Any], say: Callable[[str], None]) -> None:
    """Serve the web application until interrupted."""
    from nearmiss.intake.furnishing import Order
    from nearmiss.intake.serving import serve

    serve(Order(**order), say)


def _open_streams() -> None:
    """Give a stream that we were started without (`>&-`) a file that keeps nothing.

    Left closed, its number would go to the first file that is opened, and what is printed would be written there.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which is this one
            setattr(sys, name, open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))  # noqa: SIM115 - a number, and open until the end


def main() -> None:
    """Run the command line on this machine: its clock, its git, the folder that the person is in."""
    _open_streams()
    # Of what a command makes, most is what it imports, and stays: looking for circles among that finds none.
    gc.set_threshold(ALLOCATIONS)
    # And at its end all goes with the process anyway.
    atexit.register(gc.freeze)
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a sign gets its number instead of a crash.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # never replaced before we start
    program(
        prog_name="nearmiss",
        obj=Surroundings(
            directory="",
            build_site=build_site,
            serve_site=serve_site,
            export_site=export_site,
            serve_intake=serve_intake,
        ),
    )


if __name__ == "__main__":
    main()
