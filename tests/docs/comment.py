"""The gate's comment as a page shows it: made by the commands at the page's end, and rendered as forges render it."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from markdown_it import MarkdownIt

from tests.docs.pages import FOLDER
from tests.docs.transcripts import Command, Outcome, Reader, blocks, commands

PAGE = "reviewing"
MADE = re.compile(r"(?<=<!-- made: gate-comment -->\n).*?(?=<!-- end -->)", re.DOTALL)
VOLATILE = re.compile(r"(?<=<sub>).*(?=</sub>)")
"""The closing line names versions, commits and digests, which change with every file of ours."""

FORM = '<div class="nm-comment">\n{}</div>\n'


def follow(page: str, folder: Path) -> Iterator[tuple[Command, Outcome]]:
    """Type each command of a page, and yield it with what came of it."""
    reader = Reader(folder)
    given = [command for kind, text in blocks(page) if kind == "console" for command in commands(text)]
    yield from ((command, reader.run(command)) for command in given)


def comment_among(followed: Iterable[tuple[Command, Outcome]]) -> str:
    """Return what the gate said."""
    [said] = [outcome.said for command, outcome in followed if command.words.startswith("nearmiss gate ")]
    return said


def rendered(comment: str) -> str:
    """Return a comment in HTML, in a box; HTML that it holds is kept, as forges keep what is harmless."""
    html = MarkdownIt("commonmark").enable("table").render(VOLATILE.sub("…", comment))
    lines = (line for line in html.split("\n") if line.strip() and not line.startswith("<!--"))
    return FORM.format("".join(f"{line}\n" for line in lines))


def main() -> None:
    """Put the comment into the page of this checkout, as a test wants it."""
    path = Path(__file__).parents[2] / FOLDER / f"{PAGE}.md"
    page = path.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        made = rendered(comment_among(follow(page, Path(folder))))
    path.write_text(MADE.sub(lambda _: made, page), encoding="utf-8")


if __name__ == "__main__":
    main()
