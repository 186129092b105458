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
from tests.media.planted import jpeg

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


def examples_of(name: str) -> list[list[str]]:
    """Return the words of each example that a command's help shows."""
    return [shlex.split(" ".join(line.split())) for line in EXAMPLE.findall(command_of(name).help or "")]


@pytest.mark.parametrize("name", [*COMMANDS, "site build", "site export", "site own", "site serve", "hook pre-receive"])
def test_command_shows_an_example(name: str) -> None:
    """Each command's help is one or two paragraphs and at least one line that begins with `Example: nearmiss`."""
    shown = examples_of(name)

    assert shown
    assert {words[1] for words in shown} == {name.partition(" ")[0]}


@pytest.mark.parametrize("name", COMMANDS)
def test_command_has_one_sentence_everywhere(name: str) -> None:
    """The sentence in the list of commands is the one that the command has for itself."""
    assert command_of(name).short_help == COMMANDS[name]
    assert command_of(name).name in {name, "command"}


@pytest.mark.parametrize("name", [*COMMANDS, "site build", "site export", "site own", "site serve", "hook pre-receive"])
def test_help_needs_no_register(tmp_path: Path, name: str) -> None:
    """`nearmiss COMMAND --help` works anywhere."""
    outcome = Shell(directory=tmp_path).run("", *name.split(), "--help")

    assert outcome.code == 0
    assert outcome.out.startswith(f"Usage: nearmiss {name}")


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_shows_all_commands(tmp_path: Path, word: str) -> None:
    """The help of the program names every command, and asking for it is no failure."""
    outcome = Shell(directory=tmp_path).run("", word)

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


def _photographed(scene: Scene) -> None:
    _reported(scene)
    (scene.root / "dock.jpg").write_bytes(jpeg())


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


def _served(scene: Scene) -> None:
    scene.git("config", "core.bare", "true")


def _nothing(_scene: Scene) -> None:
    pass


STAGES: dict[str, tuple[str, Prepare]] = {
    "init": ("o.haddad", _nothing),
    "report": ("m.okafor", _nothing),
    "list": ("m.okafor", _reported),
    "show": ("m.okafor", _reported),
    "history": ("m.okafor", _reported),
    "serve": ("s.ito", _nothing),
    "waiting": ("m.okafor", _reported),
    "terms": ("m.okafor", _nothing),
    "edit": ("i.garcia", _photographed),
    "progress": ("t.silva", _in_action),
    "advance": ("i.garcia", _assessed),
    "close": ("s.ito", _small_and_done),
    "review": ("r.meyer", _proposed),
    "approve": ("r.meyer", _proposed),
    "object": ("r.meyer", _proposed),
    "merge": ("s.ito", _signed),
    "gate": ("s.ito", _signed),
    "remind": ("s.ito", _reported),
    "check": ("s.ito", _reported),
    "audit": ("s.ito", _assessed),
    "leaks": ("s.ito", _reported),
    "replay": ("s.ito", _assessed),
    "indicators": ("s.ito", _reported),
    "import": ("s.ito", _table),
    "export": ("s.ito", _reported),
    "keys": ("s.ito", _nothing),
    "intake": ("s.ito", _nothing),
    "schema": ("s.ito", _nothing),
    "site": ("s.ito", _nothing),
    "site build": ("s.ito", _nothing),
    "site export": ("s.ito", _nothing),
    "site own": ("s.ito", _nothing),
    "site serve": ("s.ito", _nothing),
    "hook": ("", _served),
    "hook pre-receive": ("", _served),
    "completion": ("", _nothing),
}
"""Who gives the example, and what has happened before. The demo has a test of its own, being a minute long, and
`attest` where there is a forge."""


def test_every_example_has_a_stage() -> None:
    """No command's example is left out."""
    assert {*STAGES, "demo", "attest"} == {
        *COMMANDS,
        "site build",
        "site export",
        "site own",
        "site serve",
        "hook pre-receive",
    }


@pytest.mark.parametrize("name, place", [(name, place) for name in STAGES for place in range(len(examples_of(name)))])
def test_example_works(
    shell: Shell, scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, place: int
) -> None:
    """Each line that a command's help shows does what it says."""
    monkeypatch.setenv("EDITOR", "true")
    who, prepare = STAGES[name]
    prepare(scene)

    outcome = shell.run(who, *examples_of(name)[place][1:])

    assert outcome.code == 0, outcome.said
    assert outcome.out


def test_options_of_the_program_come_first(tmp_path: Path) -> None:
    """The help says how the program is called: its own options, then the command and what that takes."""
    assert Shell(directory=tmp_path).run("", "--help").out.startswith("Usage: nearmiss [OPTIONS] [COMMAND] [ARGS]...\n")


# What was meant


@pytest.mark.parametrize(
    "words, code, said, hint",
    [
        (("aprove",), 2, "There is no command aprove.", "Did you mean approve? See: nearmiss --help"),
        (("his",), 2, "There is no command his.", "Did you mean history"),
        (("xyzzy",), 2, "There is no command xyzzy.", "There are init, demo, report, "),
        (("list", "--stat", "x"), 2, "No such option '--stat'.", "nearmiss list --help"),
        (("serve", "--port", "80"), 2, "No such option '--port'. Did you mean '--address HOST:PORT'?", "serve --help"),
        (("gate", "--rev", "x"), 2, "Did you mean '--base REV' or '--head REV'?", "nearmiss gate --help"),
        (("edit", RECORD, "assesment"), 2, "A record has no section assesment.", "Did you mean assessment?"),
        (("edit", RECORD, ""), 2, "Say which section to edit", "Sections: report, "),
        (("terms", "hazards"), 2, "There is no list hazards.", "Did you mean hazard?"),
        (("schema", "peple"), 2, "There is no schema peple.", "Did you mean people?"),
        (("list", "--site", "plant1"), 2, "There is no site plant1.", "Did you mean plant-1, "),
        (("list", "--state", "verifyed"), 2, "There is no state verifyed.", "Did you mean verified"),
    ],
)
def test_what_was_meant(shell: Shell, scene: Scene, words: tuple[str, ...], code: int, said: str, hint: str) -> None:
    """Whoever mistypes a word is told what is like it, or all there is."""
    _reported(scene)

    outcome = shell.run("i.garcia", *words)

    assert outcome.code == code
    assert outcome.out == ""
    assert said in outcome.err
    assert hint in outcome.err
