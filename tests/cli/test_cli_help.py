"""Every command explains itself, and its example works."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from nearmiss import __version__
from nearmiss.cli.program import FAMILIES, program
from tests.cli.shell import Shell
from tests.engine.scene import Scene

RECORD = "NM-2026-7Q4K2"
COMMANDS = {name: words for family in FAMILIES.values() for name, words in family.items()}
EXAMPLE = re.compile(r"^ *Example: (nearmiss .*?)(?:\n\n|\Z)", re.MULTILINE | re.DOTALL)


def command_of(name: str) -> click.Command:
    """Return a command by its words, such as `site build`."""
    found: click.Command | None = program
    for word in name.split():
        assert isinstance(found, click.Group)
        found = found.get_command(click.Context(found), word)
    assert found is not None
    return found


@pytest.mark.parametrize("name", [*COMMANDS, "site build", "site serve"])
def test_command_shows_an_example(name: str) -> None:
    """Each command's help is one or two paragraphs and a line that begins with `Example: nearmiss`."""
    shown = EXAMPLE.findall(command_of(name).help or "")

    assert len(shown) == 1
    assert shlex.split(" ".join(shown[0].split()))[1] == name.partition(" ")[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_command_has_one_sentence_everywhere(name: str) -> None:
    """The sentence in the list of commands is the one that the command has for itself."""
    assert command_of(name).short_help == COMMANDS[name]
    assert command_of(name).name in {name, "command"}


@pytest.mark.parametrize("name", [*COMMANDS, "site build", "site serve"])
def test_help_needs_no_register(tmp_path: Path, name: str) -> None:
    """`nearmiss COMMAND --help` works anywhere."""
    outcome = Shell(directory=tmp_path).run("", *name.split(), "--help")

    assert outcome.code == 0
    assert outcome.out.startswith(f"Usage: nearmiss {name}")


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",)])
def test_program_alone_shows_its_commands(tmp_path: Path, words: tuple[str, ...]) -> None:
    """`nearmiss` without a word is the short help, and no failure."""
    outcome = Shell(directory=tmp_path).run("", *words)

    assert outcome.code == 0
    assert all(f"  {name} " in outcome.out for name in COMMANDS)


def test_program_says_its_version(tmp_path: Path) -> None:
    """`nearmiss --version` is the name and the version."""
    outcome = Shell(directory=tmp_path).run("", "--version")

    assert (outcome.code, outcome.out, outcome.err) == (0, f"nearmiss {__version__}\n", "")


# Each example in a register in which it makes sense

Prepare = Callable[[Scene], object]


def _reported(scene: Scene) -> None:
    scene.chance.texts = ["7Q4K2"]
    assert scene.report().id == RECORD


def _ready(scene: Scene, level: str = "low") -> None:
    scene.chance.texts = ["7Q4K2"]
    assert scene.prepare(level) == RECORD


def _proposed(scene: Scene) -> None:
    _ready(scene)
    scene.advance("s.ito", RECORD)


def _signed(scene: Scene) -> None:
    _proposed(scene)
    scene.approve("r.meyer", RECORD)


def _in_action(scene: Scene) -> None:
    _ready(scene)
    scene.walk(upto="action", record=RECORD)


def _small_and_done(scene: Scene) -> None:
    _ready(scene, "minimal")
    scene.work_off(RECORD)


def _assessed(scene: Scene) -> None:
    _ready(scene)
    scene.put_in_force(scene.advance("s.ito", RECORD).id, ["r.meyer"])


def _table(scene: Scene) -> None:
    shared = Path(__file__).parents[3] / "shared" / "data" / "safenet" / "SAFENET_2012.csv"
    if not shared.is_file():
        pytest.skip("the public data sets are not part of the repository; put them in ../shared/data to run this")
    (scene.root / "near-misses.csv").write_bytes(shared.read_bytes())


def _nothing(_scene: Scene) -> None:
    pass


STAGES: dict[str, tuple[str, Prepare]] = {
    "init": ("o.haddad", _nothing),
    "report": ("m.okafor", _nothing),
    "list": ("m.okafor", _reported),
    "show": ("m.okafor", _reported),
    "history": ("m.okafor", _reported),
    "edit": ("i.garcia", _reported),
    "progress": ("t.silva", _in_action),
    "advance": ("i.garcia", _assessed),
    "close": ("s.ito", _small_and_done),
    "review": ("r.meyer", _proposed),
    "approve": ("r.meyer", _proposed),
    "object": ("r.meyer", _proposed),
    "merge": ("s.ito", _signed),
    "check": ("s.ito", _reported),
    "import": ("s.ito", _table),
    "export": ("s.ito", _reported),
    "schema": ("s.ito", _nothing),
    "site": ("s.ito", _nothing),
    "site build": ("s.ito", _nothing),
    "site serve": ("s.ito", _nothing),
    "completion": ("", _nothing),
}
"""Who gives the example, and what has happened before. The demo has a test of its own, being a minute long."""


def test_every_example_has_a_stage() -> None:
    """No command's example is left out."""
    assert {*STAGES, "demo"} == {*COMMANDS, "site build", "site serve"}


@pytest.mark.parametrize("name", STAGES)
def test_example_works(shell: Shell, scene: Scene, name: str) -> None:
    """The line that a command's help shows does what it says."""
    who, prepare = STAGES[name]
    prepare(scene)
    words = shlex.split(" ".join(EXAMPLE.findall(command_of(name).help or "")[0].split()))

    outcome = shell.run(who, *words[1:])

    assert outcome.code == 0, outcome.said
    assert outcome.out
