"""Completion: what is offered while somebody types, in bash, zsh and fish as they are, and never an error."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.shell_completion import CompletionItem

from nearmiss.app import offering
from nearmiss.app.offering import Known, Offering
from nearmiss.cli.completion.arguments import OWN, SHARED
from nearmiss.cli.completion.offers import MOST, narrowed
from nearmiss.cli.completion.shells import SCRIPTS, SEPARATOR, SHELLS
from nearmiss.cli.program import ASKED, FAMILIES, program
from nearmiss.cli.surroundings import Surroundings
from nearmiss.models.ids import CROCKFORD
from tests.cli.keyboards import ShellOnTerminal
from tests.cli.shell import Shell, Sites
from tests.engine.scene import Scene, found_scene, identity_of

Ask = Callable[..., dict[str, str]]
PROPOSED, REPORTED, IN_ACTION = "NM-2026-7Q4K2", "NM-2026-M3X9T", "NM-2026-B8W4J"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A register with three records: one with an open proposal, one just reported, one with an open action."""
    scene = found_scene(tmp_path_factory.mktemp("desk"))
    scene.chance.texts = ["7Q4K2", "M3X9T", "B8W4J"]
    scene.prepare("low")
    scene.report("m.okafor", what_happened="Goods stood beside the bins.")
    scene.walk(upto="action", record=scene.prepare("low"))
    scene.advance("s.ito", PROPOSED)
    (scene.root / "notes.txt").touch()
    yield scene
    scene.close()


@pytest.fixture
def ask(desk: Scene, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Ask as a shell's script does, and return the words that are offered with what is shown for each."""

    def ask(*words: str, program_of: str = "fish", directory: Path | None = None, **more: str) -> dict[str, str]:
        variables = {ASKED: program_of, "_NEARMISS_WORDS": SEPARATOR.join(["nearmiss", *words[:-1]]), **more}
        variables["_NEARMISS_WORD"] = variables.get("_NEARMISS_WORD", words[-1])
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        sites, said = Sites(), io.StringIO()
        place = Surroundings(
            directory=directory or desk.root,
            build_site=sites.build,
            serve_site=sites.serve,
            export_site=sites.export,
            clock=desk.clock,
            identity=identity_of("s.ito"),
        )
        monkeypatch.setattr(sys, "stdout", said)
        with pytest.raises(SystemExit) as end:
            program.main(obj=place)
        monkeypatch.undo()
        assert end.value.code == 0
        lines = [line.split("\t") for line in said.getvalue().splitlines()]
        return {value or kind: shown for kind, value, shown in lines}

    return ask


# Which words are offered


def test_commands_come_with_their_sentences(ask: Ask) -> None:
    """A command is offered with the sentence of the help, and an option with its own."""
    assert ask("wa") == {"waiting": "Tell what waits for you."}
    assert ask("list", "--led") == {"--ledger": "Number them by their first commits."}
    assert set(ask("site", "")) == {"build", "export", "own", "serve"}


@pytest.mark.parametrize(
    "line, offered",
    [
        ("show ", f"{PROPOSED} {REPORTED} {IN_ACTION}"),
        ("approve ", PROPOSED),
        ("merge nm-2026-m", ""),
        ("advance ", f"{REPORTED} {IN_ACTION} policy"),
        ("close ", IN_ACTION),
        ("progress ", IN_ACTION),
        (f"progress {IN_ACTION} ", "A1"),
        ("edit --set lesson.superseded_by=nm-2026-7", f"lesson.superseded_by={PROPOSED}"),
    ],
)
def test_records_that_fit(ask: Ask, line: str, offered: str) -> None:
    """A command is offered the records that it can do something with, and `advance` the policy too."""
    assert set(ask(*line.split(" "))) == set(offered.split())


def test_records_come_with_state_and_title(ask: Ask) -> None:
    """What is shown for a record is its state and title; for a proposal, its step."""
    assert ask("show", REPORTED) == {REPORTED: "reported: Goods stood beside the bins"}
    assert ask("review", "NM").popitem()[1].startswith("investigate: The trailer crept away")


@pytest.mark.parametrize(
    "line, offered",
    [
        (f"advance {REPORTED} --transition de", "decline"),
        (f"advance {IN_ACTION} --transition de", ""),
        (f"advance {REPORTED} --to ", "investigated declined escalated"),
        ("advance --to in", "investigated"),
        ("list --state re", "reported"),
        ("list --site plant", "plant-1 plant-2"),
        ("list --site=ware", "--site=warehouse"),
        ("list --level ", "minimal low medium high"),
        ("list --owner t.", "t.silva"),
        ("list --sort s", "state severity"),
        ("report --stopped-by lu", "luck"),
        ("report --link eq", "equipment="),
        ("report --on ", "2026-11-22"),
        ("report --safe ", "yes no unknown"),
        (f"approve {PROPOSED} --role qu", "quality-lead"),
        (f"approve {PROPOSED} --branch ", f"near-miss/{PROPOSED}/01-investigate"),
        ("check --base ma", "main"),
        (f"edit {PROPOSED} less", "lesson"),
        (f"advance {PROPOSED} --from less", "lesson="),
        (f"advance {PROPOSED} --from lesson=no", "file"),
        ("report --attach no", "file"),
        ("demo ", "dir"),
        ("init --team s", "small standard"),
        ("import x.csv --mapping sa", "safenet file"),
        ("schema w", "waivers workflow"),
        ("terms haz", "hazard"),
    ],
)
def test_words_of_the_register(ask: Ask, line: str, offered: str) -> None:
    """States, steps that lead on, terms, people, roles, branches, sections and files are offered where they belong."""
    assert set(ask(*line.split(" "))) == set(offered.split())


def test_rules_that_may_be_waived(ask: Ask, desk: Scene) -> None:
    """What may be waived in the proposed step is offered with who may."""
    workflow = Offering(desk.root).transitions
    waivable = {rule["rule"] for step in workflow if step["name"] == "investigate" for rule in step.get("waivable", ())}

    assert set(ask("approve", PROPOSED, "--waive", "")) == waivable


@pytest.mark.parametrize(
    "typed, offered",
    [
        ("asse", "assessment."),
        ("assessment.re", "assessment.reason= assessment.referred[+]. assessment.referred[-1]. assessment.reply="),
        ("action_plan.actions[0].ow", "action_plan.actions[0].owner="),
        ("lesson.appl", "lesson.applies_to[+]= lesson.applies_to[-1]="),
        ("sta", ""),
        ("nothing.here", ""),
        ("a b.c", ""),
        ("assessment.level=m", "assessment.level=minimal assessment.level=medium"),
        ("assessment.actual.level=1", "assessment.actual.level=1"),
        ("investigation.worker_involved=t", "investigation.worker_involved=true"),
        ("investigation.lead=s.", "investigation.lead=s.ito"),
        ("action_plan.actions[+].owner=t.", "action_plan.actions[+].owner=t.silva"),
        ("lesson.review_on=", "lesson.review_on=2026-11-22"),
        ("report.site=plant", "report.site=plant-1 report.site=plant-2"),
        ("report.site=redac", ""),
        ("title=", ""),
    ],
)
def test_fields_step_by_step(ask: Ask, typed: str, offered: str) -> None:
    """The way to a field is offered step by step, and then its values; a withheld value is none of them."""
    assert set(ask("edit", PROPOSED, "--set", typed)) == set(offered.split())


def test_removals_end_with_the_field(ask: Ask) -> None:
    """`--unset` offers fields without a sign of equality."""
    assert set(ask("edit", PROPOSED, "--unset", "lesson.head")) == {"lesson.headline"}


def test_another_folder(ask: Ask, desk: Scene, tmp_path: Path) -> None:
    """With -C, the register in that folder is meant."""
    assert REPORTED in ask("-C", str(desk.root / "records"), "show", "", directory=tmp_path)


# Nothing ever goes wrong


@pytest.mark.parametrize(
    "words",
    [
        ("show", ""),
        ("list", "--site", ""),
        ("check", "--base", ""),
        ("import", "x", "--mapping", "zz"),
        ("edit", "x", "--set", "assessment."),
        ("", ""),
    ],
)
def test_outside_of_a_register_nothing_is_offered(ask: Ask, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Where there is no register, commands and options are offered, and nothing else."""
    offered = set(ask(*words, directory=tmp_path)) - {"file"}

    assert offered <= {name for family in FAMILIES.values() for name in family}


@pytest.mark.parametrize("damage", [b"", b"[1]", b"{", b"[" * 100_000, b'{"rules": 7}', b'{"rules": {"workflow": 7}}'])
def test_a_damaged_register_is_no_error(ask: Ask, desk: Scene, tmp_path: Path, damage: bytes) -> None:
    """A policy or a schema that makes no sense is as good as none: nothing is said, least of all a traceback."""
    root = tmp_path / "register"
    shutil.copytree(desk.root, root)
    (root / "workflow" / "policy" / "versions" / "0001.json").write_bytes(damage)
    (root / "schemas" / "near-miss.schema.json").write_bytes(damage)

    for words in (("list", "--state", ""), ("approve", "--role", ""), ("edit", PROPOSED, "--set", "assessment.")):
        assert ask(*words, directory=root) == {}


def test_a_file_that_is_too_large_is_not_read(ask: Ask, desk: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """While somebody types, nothing may take long: a file beyond a limit is as good as none."""
    monkeypatch.setattr(offering, "LARGEST", 10)

    assert Offering(desk.root).schema == {}
    assert Offering(desk.root).terms("site") == []


def test_what_cannot_be_seen_at_a_glance_is_asked_of_git(ask: Ask, desk: Scene, tmp_path: Path) -> None:
    """In a clone, where nothing is remembered yet, and in a working tree beside it, git is asked."""
    beside = tmp_path / "beside"
    desk.git("worktree", "add", "-q", "-b", "elsewhere", str(beside))

    assert set(ask("show", "", directory=beside)) == {PROPOSED, REPORTED, IN_ACTION}
    assert set(ask("check", "--base", "else", directory=beside)) == {"elsewhere"}


def test_an_unknown_shell_is_told_nothing(ask: Ask) -> None:
    """A shell of which nothing is known is told nothing."""
    assert ask("show", "", program_of="tcsh") == {}


def test_nothing_comes_on_the_error_stream(tmp_path: Path) -> None:
    """A process of its own, in an empty folder, is silent and ends with 0."""
    variables = {**os.environ, ASKED: "zsh", "_NEARMISS_WORDS": "nearmiss\x1fshow", "_NEARMISS_WORD": ""}
    done = subprocess.run(
        [sys.executable, "-m", "nearmiss"], cwd=tmp_path, env=variables, capture_output=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_text_of_records_cannot_steer_the_terminal() -> None:
    """What a terminal could obey is shown by number, a line stays a line, and a long text is cut."""
    item = CompletionItem("NM\x1b[2J", help="It\x07 slipped.\n" + "Very long it was. " * 20)

    line = SHELLS["zsh"](program, {}, "nearmiss", "").line(item, "")

    assert line.startswith("full\tNM\\x1b[2J\tNM\\x1b[2J  -- It\\x07 slipped. Very")
    assert line.endswith("…")
    assert len(line) < 110


def test_a_new_record_is_offered_at_once(ask: Ask, tmp_path: Path) -> None:
    """What is remembered of the records is never older than the main branch, and damage to it does no harm."""
    other = found_scene(tmp_path)
    first = other.report("m.okafor").id
    assert set(ask("show", "", directory=other.root)) == {first}
    assert set(ask("show", "", directory=other.root)) == {first}
    second = other.report("m.okafor").id
    assert set(ask("show", "", directory=other.root)) == {first, second}
    for file in (other.root / ".git" / "nearmiss" / "cache").iterdir():
        file.write_bytes(b"nonsense")
    assert set(ask("show", "", directory=other.root)) == {first, second}
    other.close()


def test_every_offer_belongs_to_something() -> None:
    """No offer is left over from an argument or an option that is no more."""
    known: dict[str, set[str]] = {}
    for name in (name for family in FAMILIES.values() for name in family):
        command = program.get_command(click.Context(program), name)
        assert command is not None
        inner = [command, *(command.commands.values() if isinstance(command, click.Group) else ())]
        known[name] = {str(param.name) for one in inner for param in one.params}

    assert {name: set(own) - known[name] for name, own in OWN.items() if set(own) - known[name]} == {}
    assert set(SHARED) - {name for names in known.values() for name in names} == set()


# Bash tells less, and breaks words


@pytest.mark.parametrize(
    "line, word, offered",
    [
        ("nearmiss edit X --set assessment.lev", "assessment.lev", ["assessment.level="]),
        ("nearmiss edit X --set assessment.level=mi", "mi", ["minimal"]),
        ("nearmiss edit X --set assessment.level=", "", ["minimal", "low", "medium", "high"]),
        ('nearmiss edit X --set "assessment.level=mi', '"assessment.level=mi', ["assessment.level=minimal"]),
        ("nearmiss edit X --set lesson.appl", "lesson.appl", [rf"lesson.applies_to\[{way}\]=" for way in ("+", "-1")]),
        ("nearmiss list --site=ware", "ware", ["warehouse"]),
        ("nearmiss list --site ", "", None),
        ("nearmiss show nm-2026-m", "nm-2026-m", [REPORTED]),
    ],
)
def test_bash_gets_what_it_inserts(ask: Ask, line: str, word: str, offered: list[str] | None) -> None:
    """Bash is given what stands for its own word, with what it would obey quoted."""
    found = ask("", program_of="bash", _NEARMISS_LINE=line, _NEARMISS_WORD=word, _NEARMISS_LIST="9")

    assert list(found) == offered if offered is not None else "plant-1" in found


def test_bash_lists_titles(ask: Ask) -> None:
    """When bash only lists what there is, the title stands beside the id."""
    found = ask(
        "", program_of="bash", _NEARMISS_LINE="nearmiss show NM-2026-M", _NEARMISS_WORD="NM-2026-M", _NEARMISS_LIST="63"
    )

    assert list(found) == [f"{REPORTED}  (reported: Goods stood beside the bins)"]


# The shells themselves


EDIT = f"edit {PROPOSED} --set"
KEYS = {
    "sho\t nm-2026-m\t": f"show {REPORTED}",
    "approve \t": f"approve {PROPOSED}",
    f"advance {REPORTED} --transition dec\t": f"advance {REPORTED} --transition decline",
    "list --site=ware\t": "list --site=warehouse",
    f"{EDIT} assess\tclass\tsec\t": f"{EDIT} assessment.classification=security",
    f'{EDIT} "investigation.lead=s.\t': f"{EDIT} investigation.lead=s.ito",
    f"{EDIT} investigation.evid\t+\tkind=phys\t": f"{EDIT} investigation.evidence[+].kind=physical",
    f"advance {PROPOSED} --from lesson=not\t": f"advance {PROPOSED} --from lesson=notes.txt",
    "report --attach not\t": "report --attach notes.txt",
}
"""Lines as they are typed, with the Tab key, and the words with which the program is run then."""


@pytest.mark.parametrize("name", SCRIPTS)
def test_lines_are_completed_in_the_shell_itself(desk: Scene, tmp_path: Path, name: str) -> None:
    """In a real shell on a terminal, with our script loaded, Tab completes lines, and shows titles beside ids."""
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed here; it is in the list of .ci/run")
    terminal = ShellOnTerminal(name, directory=desk.root, folder=tmp_path)
    try:
        completed = {line: " ".join(terminal.words_of(f"nearmiss {line}")) for line in KEYS}
        listed = terminal.shows("nearmiss show \t\t\t")
    finally:
        terminal.close()

    assert completed == KEYS
    assert "Goods stood beside the bins" in listed


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_printed(name: str, tmp_path: Path) -> None:
    """`nearmiss completion SHELL` prints the script anywhere, and the shell finds no fault with it."""
    outcome = Shell(directory=tmp_path).run("", "completion", name)

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == SCRIPTS[name]
    if shutil.which(name) is not None:
        judged = subprocess.run([name, "-n"], input=outcome.out, text=True, capture_output=True, check=False)
        assert (judged.returncode, judged.stderr) == (0, "")


def test_too_many_records_are_offered_step_by_step() -> None:
    """Where nobody would read a list of all, the years are offered, then how the ids go on, each with how many."""
    found = [
        Known(f"NM-{2020 + year}-{first}{second}000", "Slipped", "reported", "", ())
        for year in range(3)
        for first in CROCKFORD[:20]
        for second in CROCKFORD
    ]

    years = list(narrowed(found, "NM-"))
    assert [(way.value, way.help, way.is_whole) for way in years][:2] == [
        ("NM-2020-", "640 records", False),
        ("NM-2021-", "640 records", False),
    ]
    signs = list(narrowed([known for known in found if known.id.startswith("NM-2020-")], "NM-2020-"))
    assert [(way.value, way.help) for way in signs][:2] == [("NM-2020-0", "32 records"), ("NM-2020-1", "32 records")]
    few = list(narrowed(found[:MOST], "NM-2020-"))
    assert few[0].help == "reported: Slipped"
    assert len(few) == MOST


LOADED = """
import sys
from nearmiss.__main__ import main
try:
    main()
except SystemExit:
    print(*sorted(name for name in sys.modules if "." not in name), file=sys.stderr)
"""


@pytest.mark.parametrize("words", [("show", "NM"), ("list", "--site", ""), ("edit", "x", "--set", "assessment.level=")])
def test_completing_loads_nothing_heavy(desk: Scene, ask: Ask, words: tuple[str, ...]) -> None:
    """Once the records are remembered, a word is completed without git's package, the models or any other heavy one."""
    ask("show", "")
    variables = {ASKED: "fish", "_NEARMISS_WORDS": SEPARATOR.join(["nearmiss", *words[:-1]])}

    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=desk.root,
        env={**os.environ, **variables, "_NEARMISS_WORD": words[-1]},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout
    assert {"git", "pydantic", "ruamel", "yaml", "rich", "jinja2", "mkdocs"}.isdisjoint(done.stderr.split())
