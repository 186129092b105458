"""No command of a page is out of date: each is run, or says why it is not and is at least one that there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from nearmiss.cli.program import program
from tests.docs.pages import FOLDER
from tests.docs.test_docs_examples import ELSEWHERE, followed

BLOCK = re.compile(r"(?P<before>[^\n]*)\n```(?P<kind>[a-z]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
REASON = re.compile(r"<!-- not run: (?P<why>.+) -->")
RUN = ("console", "yaml", "csv")
"""What tests run, read, or write to a file."""

COMMAND = re.compile(r"(?<![\w./-])nearmiss (?P<words>[a-z]+(?: .*?)?)(?=`|$|  #|;|\)\"| &&)", re.MULTILINE)
OPTION = re.compile(r"(?<!\S)--?[a-z][a-z-]*")


def pages(root: Path) -> list[Path]:
    """Return every page in which somebody reads how to use the program."""
    return [root / "README.md", root / "workflow" / "README.md", *sorted((root / FOLDER).glob("*.md"))]


def unexplained(page: str) -> list[str]:
    """Return the first lines of blocks with commands that are neither run nor say why not."""
    found = []
    for block in BLOCK.finditer(page):
        is_run = block["kind"] in RUN or not block["kind"]
        reason = REASON.fullmatch(block["before"].strip())
        if not is_run and (reason is None or len(reason["why"].split()) < 4):
            found.append(block["text"].partition("\n")[0])
    return found


def commands(page: str) -> Iterator[tuple[str, list[str]]]:
    """Yield every call of the program that a page shows, as the words of the command and the options it names."""
    for call in COMMAND.finditer(page.replace("\\\n", " ")):
        words = call["words"].split()
        yield " ".join(words), OPTION.findall(re.sub(r"\"[^\"]*\"|'[^']*'", "", call["words"]))


def options_of(words: str) -> set[str] | None:
    """Return the options that a command takes, or None where there is no such command."""
    found: click.Command | None = program
    for word in words.split():
        if not isinstance(found, click.Group):
            break
        found = found.get_command(click.Context(found), word)
        if found is None:
            return None
    assert found is not None
    taken = {option for param in found.params for option in (*param.opts, *param.secondary_opts)}
    return taken | {"--help", "-h"}


def test_commands_are_run_or_say_why_not(repo_root: Path) -> None:
    """A block of commands is a console that tests follow, or the line above it gives the reason why it is not."""
    found = {page.name: unexplained(page.read_text(encoding="utf-8")) for page in pages(repo_root)}

    assert {name: lines for name, lines in found.items() if lines} == {}


def test_consoles_are_followed(repo_root: Path) -> None:
    """Every page with a console is followed, from its top or by tests of its own."""
    with_console = {page for page in pages(repo_root) if "\n```console\n" in page.read_text(encoding="utf-8")}
    here = {repo_root / name for name in followed(repo_root)}

    assert with_console - here == {repo_root / FOLDER / name for name in ELSEWHERE}
    assert [
        name for name, test in ELSEWHERE.items() if name not in (repo_root / test).read_text(encoding="utf-8")
    ] == []


@pytest.mark.parametrize("name", ["README.md", *(f"{FOLDER.as_posix()}/{name}.md" for name in ("policy", "sign-offs"))])
def test_pages_name_commands(repo_root: Path, name: str) -> None:
    """The search for commands finds some."""
    assert list(commands((repo_root / name).read_text(encoding="utf-8")))


def test_every_command_that_is_named_is_one(repo_root: Path) -> None:
    """Whatever a page calls `nearmiss …`, in a block or in a sentence, is a command with these options."""
    wrong = []
    for page in pages(repo_root):
        for words, options in commands(page.read_text(encoding="utf-8")):
            known = options_of(words)
            if known is None or not set(options) <= known:
                wrong.append(f"{page.name}: nearmiss {words}")

    assert wrong == []


@pytest.mark.parametrize(
    "page, missing",
    [
        ("\n```sh\nmake x\n```\n", ["make x"]),
        ("\n<!-- not run: no -->\n```sh\nmake x\n```\n", ["make x"]),
        ("\n<!-- not run: it would run itself -->\n```sh\nmake x\n```\n", []),
        ("\n```console\n$ make x\n```\n", []),
        ("\n```\nsome words\n```\n", []),
    ],
)
def test_what_needs_a_reason(page: str, missing: list[str]) -> None:
    """A reason has some words; what is run, or is no command, needs none."""
    assert unexplained(page) == missing


def test_a_command_out_of_date_is_noticed() -> None:
    """A command or an option that is no more is known as such."""
    assert options_of("revise ID") is None
    assert "--force" not in (options_of("approve ID") or set())
    assert list(commands("`nearmiss edit ID --set a=b` and\nnearmiss show --json  # x")) == [
        ("edit ID --set a=b", ["--set"]),
        ("show --json", ["--json"]),
    ]
