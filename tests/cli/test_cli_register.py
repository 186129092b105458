"""Looking after a register on the command line: init, import, schema, site, demo, and the gauge."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from nearmiss import __main__ as entry
from nearmiss.cli.commands.init import handle_of, person_of
from nearmiss.cli.output.gauge import Gauge
from nearmiss.engine.checking.verdicts import Checked
from nearmiss.errors import UsageError
from nearmiss.policy.findings import Finding
from tests.cli.shell import Shell
from tests.cli.terminal import Terminal
from tests.engine.scene import Scene

OWNER = ("--owner-name", "Ada Example", "--owner-email", "ada@example.org")


@pytest.fixture
def outside(tmp_path: Path) -> Shell:
    """A shell in an empty folder."""
    return Shell(directory=tmp_path)


# init


def test_init_says_what_it_laid_down(outside: Shell) -> None:
    """A register with one owner: what is there, that one person alone cannot approve, and what comes next."""
    outcome = outside.run("", "init", "here", *OWNER, "--owner-handle", "a.example")

    files = outcome.out.partition(": ")[2].partition(" files")[0]
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == (
        f"A near-miss register is laid down in here: {files} files, on the branch main.\n"
        "Its owner is Ada Example (a.example).\n"
        "\n"
        "One person alone cannot approve what they wrote. Add the others to workflow/policy/people.yaml.\n"
        "Everybody reads the organisation's name and whom to call when something is not safe. "
        "Say it in workflow/policy/settings.yaml.\n"
        "Then propose that as a change of the policy:\n"
        "  nearmiss advance policy\n"
        "\n"
        "Next: cd here && nearmiss report\n"
    )
    assert outside.at(outside.directory / "here").run("", "check").code == 0


def test_init_takes_all_that_makes_a_register(outside: Shell) -> None:
    """People, preset, name, prefix, branch and the number to call come from options and a file."""
    (outside.directory / "people.yaml").write_text(
        "people:\n- {handle: v.novak, name: Vera, emails: [v@example.org], kind: person, roles: [{role: verifier}]}\n",
        encoding="utf-8",
    )
    words = [
        *("init", ".", *OWNER, "--team", "small", "--organisation", "Dock Works", "--prefix", "DW"),
        *("--branch", "trunk", "--call", "4711", "--people", "people.yaml"),
        *("--person", "s.ito;Sora Ito;s@example.org;investigator + quality-lead", "--person", "x;X;x@example.org"),
    ]

    data = outside.json("", *words)

    assert (data["branch"], data["people"]) == ("trunk", ["a.example", "v.novak", "s.ito", "x"])
    report = outside.run("s@example.org", "report", "--what-happened", "It slipped.", "--safe", "no")
    assert "Call at once: 4711" in report.out
    assert "Reported as DW-20" in report.out
    assert outside.run("", "check").code == 0


def test_init_takes_the_owner_from_git(outside: Shell) -> None:
    """Without options and without a terminal, the owner is who git says; where it says nobody, that is asked for."""
    assert outside.run("", "init", "nobody").code == 2
    assert not (outside.directory / "nobody").exists()

    data = outside.json("ruth.m@example.org", "init", ".")

    assert data["people"] == ["r.m"]
    assert outside.run("ruth.m@example.org", "init", ".").code == 1


def test_init_asks_on_a_terminal(tmp_path: Path) -> None:
    """On a terminal, name and address are asked for, with git's own as what Enter takes."""
    identity = {"GIT_AUTHOR_NAME": "Ruth Meyer", "GIT_AUTHOR_EMAIL": "r.meyer@example.org"}
    terminal = Terminal(["init", "register"], cwd=tmp_path, environment=identity)
    terminal.wait_for("Your name [Ruth Meyer]:")
    terminal.type("")
    terminal.wait_for("Your e-mail address [r.meyer@example.org]:")
    terminal.type("ruth@example.org")

    assert terminal.end() == 0, terminal.screen
    people = (tmp_path / "register" / "workflow" / "policy" / "people.yaml").read_text(encoding="utf-8")
    assert "handle: r.meyer" in people
    assert "ruth@example.org" in people


@pytest.mark.parametrize("roles", ["verifier+quality-lead", "verifier, quality-lead", "verifier quality-lead"])
def test_init_takes_several_roles_of_a_person(outside: Shell, roles: str) -> None:
    """However somebody parts the roles, since none has a comma or a space in its name."""
    person = f"s.ito;Sora Ito;s@example.org;{roles}"

    assert outside.run("", "init", "new", *OWNER, "--person", person).code == 0

    people = (outside.directory / "new/workflow/policy/people.yaml").read_text(encoding="utf-8")
    assert [role in people for role in ("role: verifier", "role: quality-lead")] == [True, True]


@pytest.mark.parametrize(
    "words, code",
    [
        (("--team", "enormous"), 2),
        (("--person", "s.ito"), 2),
        (("--people", "people.yaml"), 1),
        (("--prefix", "lower"), 1),
        (("--branch", "a..b"), 1),
        (("--person", "a.example;Twice;a@example.org;investigator"), 1),
    ],
)
def test_init_that_is_refused_leaves_nothing(outside: Shell, words: tuple[str, ...], code: int) -> None:
    """What is no sound register is not laid down, and no half of it stays."""
    outcome = outside.run("", "init", "new/register", *OWNER, *words)

    assert outcome.code == code, outcome.said
    assert list(outside.directory.iterdir()) == []


def test_init_wants_a_list_of_people(outside: Shell) -> None:
    """A file without people is told as such."""
    (outside.directory / "people.yaml").write_text("schema: 1\n", encoding="utf-8")

    assert "One person alone" not in outside.run("", "init", "two", *OWNER, "--person", "x;X;x@example.org").out
    outcome = outside.run("", "init", "new", *OWNER, "--people", "people.yaml")

    assert outcome.code == 2
    assert "has no list called people" in outcome.err


def test_init_goes_beside_what_is_there(outside: Shell) -> None:
    """In a repository with commits, the register is one more commit; files in its way are not touched."""
    git = ("git", "-C", str(outside.directory), "-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
    (outside.directory / "README.md").write_text("Ours\n", encoding="utf-8")
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "Ours"], check=True)

    assert outside.run("", "init", ".", *OWNER).code == 0
    assert (outside.directory / "README.md").read_text(encoding="utf-8") == "Ours\n"
    again = outside.run("", "init", ".", *OWNER)
    assert again.code == 1
    assert "is a near-miss register already" in again.err
    subprocess.run([*git, "checkout", "-q", "--detach"], check=True)
    assert "HEAD is detached" in outside.run("", "init", ".", *OWNER).err


@pytest.mark.parametrize(
    "name, handle",
    [
        ("Ada Example", "a.example"),
        ("José María García-Ñ", "j.n"),
        ("Madonna", "madonna"),
        ("山田", "owner"),
        ("Dr. 7 of 9", "d.of"),
    ],
)
def test_handles_are_made_of_names(name: str, handle: str) -> None:
    """A handle is the first letter and the last word, in plain letters."""
    assert handle_of(name) == handle


@pytest.mark.parametrize("said", ["", "a;b", "a;;c", "a;b;c;d;e"])
def test_bad_persons(said: str) -> None:
    """A person has a handle, a name, an address and perhaps roles."""
    with pytest.raises(UsageError):
        person_of(said)


# import

MAPPING = """\
schema: 1
source: own
key: Number
fields:
- {to: report.reported_on, from: Day, dates: [YYYY-MM-DD]}
- {to: report.what_happened, from: What}
- {to: report.occurred_on, from: Happened, dates: [YYYY-MM-DD], optional: true}
"""
ROWS = (
    "Number,Day,What,Happened\n"
    "1,2026-11-20,It slipped,2026-11-19\n"
    "2,2026-11-21,It fell,\n"
    ",,,\n"
    "1,2026-11-20,It slipped,2026-11-19\n"
    "3,soon,It rolled,\n"
)


@pytest.fixture
def table(scene: Scene) -> Scene:
    """A register with a table to import and a mapping for it."""
    (scene.root / "own.yaml").write_text(MAPPING, encoding="utf-8")
    (scene.root / "near-misses.csv").write_text(ROWS, encoding="utf-8")
    return scene


def test_import_is_looked_at_first(shell: Shell, table: Scene) -> None:
    """--dry-run shows the first rows and what becomes of every other, and writes nothing."""
    before = table.rev()

    outcome = shell.run("s.ito", "import", "near-misses.csv", "--mapping", "own.yaml", "--dry-run")

    assert outcome.code == 0, outcome.said
    assert outcome.out.startswith(
        "Row  Key  Reported    What happened\n2    1    2026-11-20  It slipped\n3    2    2026-11-21  It fell\n"
    )
    assert "More than once in the file:\n  row 5 (1): as row 2\n" in outcome.out
    assert "Rows that cannot become reports:\n  row 6 (3): " in outcome.out
    assert "Blank rows:\n  4\n" in outcome.out
    assert outcome.out.endswith(
        "own: 2 new, 0 unchanged, 0 changed, 0 conflicts, 1 duplicates, 1 rejected, 1 blank.\n"
        "Nothing was written. Without --dry-run, the new ones would be imported.\n"
    )
    assert table.rev() == before


def test_import_tells_where_a_key_comes_again_with_something_else(shell: Shell, table: Scene) -> None:
    """Words of a second row under one key are not taken, so nobody may think that they were."""
    rows = ROWS.splitlines()
    changed = rows[1].replace("It slipped", "It slipped badly")
    assert changed != rows[1]
    (table.root / "near-misses.csv").write_text("\n".join([*rows[:2], changed, ""]), encoding="utf-8")

    outcome = shell.run("s.ito", "import", "near-misses.csv", "--mapping", "own.yaml", "--dry-run")

    said = " ".join(outcome.out.split())
    assert "row 3 (1): the key of row 2, and something else beside it: only row 2 counts" in said


def test_import_writes_once(shell: Shell, table: Scene) -> None:
    """An import is one commit; a second one adds nothing; what changed there is told, and never written over."""
    words = ("import", "near-misses.csv", "--mapping", "own.yaml")
    before = int(table.git("rev-list", "--count", "main"))

    first = shell.run("s.ito", *words)
    assert "2 reports were imported, in one commit" in first.out
    assert int(table.git("rev-list", "--count", "main")) == before + 1

    assert shell.run("s.ito", *words).out.endswith("Nothing new; nothing was written.\n")
    changed = ROWS.replace("It fell", "It fell hard").replace("2026-11-19", "2026-11-18")
    (table.root / "near-misses.csv").write_text(changed, encoding="utf-8")
    data = shell.json("s.ito", *words)
    assert data["counts"]["new"] == 0
    assert data["commit"] == ""
    assert [one["row"] for one in data["changed"]] == [3]
    assert [one["row"] for one in data["conflicts"]] == [2]
    said = shell.run("s.ito", *words).out
    assert "Changed there since they were imported; nothing is written over:\n  row 3 (2, NM-2026-" in said
    assert "Conflicts: a known key with another date:\n  row 2 (1, NM-2026-" in said
    assert shell.run("s.ito", "check").code == 0


def test_import_shows_a_few_or_all(shell: Shell, table: Scene) -> None:
    """Of many rows the first few are shown; --all lists every one."""
    rows = "".join(f"{number},2026-11-20,It slipped for the {number}th time\n" for number in range(1, 21))
    (table.root / "near-misses.csv").write_text("Number,Day,What\n" + rows + "\n" * 12, encoding="utf-8")
    words = ("import", "near-misses.csv", "--mapping", "own.yaml", "--dry-run")

    few, every = shell.run("s.ito", *words).out, shell.run("s.ito", *words, "--all").out

    assert "and 12 more (--all lists them)" in few
    assert "more (--all" not in every
    assert every.count("It slipped for") == 20


def test_json_of_an_import_keeps_its_keys(shell: Shell, table: Scene) -> None:
    """Programs find each sort of row under a key that stays."""
    data = shell.json("s.ito", "import", "near-misses.csv", "--mapping", "own.yaml", "--dry-run")

    assert set(data) == {
        *("ok", "source", "commit", "counts", "new", "unchanged", "changed", "conflicts", "duplicates"),
        *("rejected", "blank", "notes"),
    }
    assert data["new"][0] == {"row": 2, "key": "1", "id": "NM-2026-00001", "title": "It slipped"}
    assert data["duplicates"] == [{"row": 5, "key": "1", "first_row": 2, "same": True}]
    assert data["rejected"][0]["row"] == 6
    assert data["blank"] == [4]


@pytest.mark.parametrize(
    "mapping, code, said",
    [
        ("no-such-name", 2, "asrs, example, nearmiss, safenet"),
        ("nowhere.yaml", 1, "nowhere.yaml cannot be read"),
        ("broken.yaml", 1, "broken.yaml"),
        ("safenet", 1, "has no column"),
        ("example", 1, "has no column"),
    ],
)
def test_mapping_that_does_not_fit(shell: Shell, table: Scene, mapping: str, code: int, said: str) -> None:
    """A mapping that is not there, is wrong, or is for another file is told, with what there is."""
    (table.root / "broken.yaml").write_text("schema: 1\nsource: own\ncolour: red\n", encoding="utf-8")

    outcome = shell.run("s.ito", "import", "near-misses.csv", "--mapping", mapping)

    assert outcome.code == code, outcome.said
    assert said in outcome.err


def test_shipped_mapping_where_the_register_has_none(shell: Shell, table: Scene) -> None:
    """A register whose own folder lacks a mapping falls back on the shipped one."""
    (table.root / "templates" / "mappings" / "safenet.yaml").unlink()

    outcome = shell.run("s.ito", "import", "near-misses.csv", "--mapping", "safenet")

    assert outcome.code == 1
    assert "has no column" in outcome.err


# schema


def test_schema_is_printed(shell: Shell) -> None:
    """Without options, the schema of a record is printed; others by name."""
    assert json.loads(shell.run("s.ito", "schema").out)["title"] == "Near miss"
    assert json.loads(shell.run("s.ito", "schema", "people").out)["title"] == "People"
    assert json.loads(shell.run("s.ito", "schema", "people.schema.json").out)["title"] == "People"
    unknown = shell.run("s.ito", "schema", "colours")
    assert unknown.code == 2
    assert "near-miss, sign-off" in unknown.err


def test_schema_that_is_stale_is_written_again(shell: Shell, scene: Scene) -> None:
    """--check finds what is not up to date; --write writes just that."""
    assert shell.run("s.ito", "schema", "--check").out == "0 of 15 schemas are not up to date.\n"
    assert shell.run("s.ito", "schema", "--write").out == "The schemas are up to date.\n"
    (scene.root / "schemas" / "people.schema.json").unlink()
    (scene.root / "schemas" / "risk.schema.json").write_text("{}\n", encoding="utf-8")

    stale = shell.run("s.ito", "schema", "--check")
    assert stale.code == 1
    assert "2 of 15 schemas" in stale.out
    assert len(shell.run("s.ito", "schema", "--check", "--json").data["findings"]) == 2
    written = shell.json("s.ito", "schema", "--write")["written"]
    assert sorted(written) == ["schemas/people.schema.json", "schemas/risk.schema.json"]
    assert shell.json("s.ito", "schema", "--check")["findings"] == []
    (scene.root / "schemas" / "risk.schema.json").write_text("{}\n", encoding="utf-8")
    assert shell.run("s.ito", "schema", "--write").out == "Written: schemas/risk.schema.json.\n"


# site and demo


def test_site_is_built_from_anywhere_in_the_register(shell: Shell, scene: Scene) -> None:
    """`site build` finds the register's top, says where the first page is, and tells warnings harmlessly."""
    inside = shell.at(scene.root / "schemas")

    outcome = inside.run("s.ito", "site", "build")
    assert outcome.out == f"The site is built. Open it: {scene.root}/site/_build/index.html\n"
    assert outcome.err == "a warning\\x1b[2J of the site\n"
    assert inside.json("s.ito", "site", "build", "--output", "out")["page"].endswith("schemas/out/index.html")
    assert shell.sites.built == [(scene.root, None), (scene.root, scene.root / "schemas" / "out")]


def test_site_is_served(shell: Shell, scene: Scene) -> None:
    """`site serve` says where, and goes on until it is stopped."""
    outcome = shell.run("s.ito", "site", "serve", "--address", "127.0.0.1:8080")

    assert outcome.out == "Serving http://127.0.0.1:8080/ until Ctrl-C.\n"
    assert shell.sites.served == [(scene.root, "127.0.0.1:8080")]


def test_site_is_exported(shell: Shell, scene: Scene) -> None:
    """`site export` says how many pages it wrote, and where."""
    inside = shell.at(scene.root / "schemas")

    outcome = inside.run("s.ito", "site", "export", "--output", "../pages")

    folder = scene.root / "schemas" / "../pages"
    assert outcome.out == f"2 pages are written to {folder}.\n"
    assert inside.json("s.ito", "site", "export", "--output", "out")["pages"] == 2
    assert shell.sites.exported == [(scene.root, folder), (scene.root, scene.root / "schemas" / "out")]


def test_files_of_the_site_become_ones_own(shell: Shell, scene: Scene) -> None:
    """`site own` lists what there is, and lays down what is asked for: all of it or nothing, and nothing twice."""
    logo, topic = "site/theme/assets/images/logo.svg", "templates/site/topic.html.j2"
    before = shell.json("s.ito", "site", "own")["files"]
    assert {"file": logo, "own": False} in before
    assert not any(one["file"].endswith("README.md") for one in before)
    unknown = shell.run("s.ito", "site", "own", topic, "site/theme/gone.svg")
    assert "The site has no file site/theme/gone.svg." in unknown.err
    assert not (scene.root / topic).exists()
    assert shell.run("s.ito", "site", "own", logo).out == f"Laid down, and yours now: {logo}\n"
    assert {"file": topic, "own": True} in shell.json("s.ito", "site", "own", topic)["files"]
    listed = shell.run("s.ito", "site", "own").out.splitlines()
    assert [line.split()[1] for line in listed if line.startswith("own")] == [topic, logo]
    (scene.root / "site/theme/partials").symlink_to(scene.root)
    blocked = shell.run("s.ito", "site", "own", "site/theme/partials/toc.html").err
    assert blocked.endswith("Nothing was written. Move them, and try again.\n")
    (scene.root / logo).write_text("mine", encoding="utf-8")
    assert f"{logo} is yours already." in shell.run("s.ito", "site", "own", logo).err
    assert (scene.root / logo).read_text(encoding="utf-8") == "mine"


def test_site_of_a_bare_repository(tmp_path: Path) -> None:
    """Where there is no working tree, there is no site."""
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path)], check=True)

    outcome = Shell(directory=tmp_path).run("s.ito", "site", "build")

    assert outcome.code == 1
    assert "bare repository" in outcome.err


def test_real_site_is_plugged_in(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The program as it is started builds and serves with the site's own functions."""
    asked: list[Any] = []
    monkeypatch.setattr("nearmiss.site.build.build_site", lambda *given, **more: asked.append((given, more)))
    monkeypatch.setattr("nearmiss.site.build.serve_site", lambda *given, **more: asked.append((given, more)))
    monkeypatch.chdir(scene.root)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True))

    for words in (("site", "build"), ("site", "serve")):
        monkeypatch.setattr(sys, "argv", ["nearmiss", *words])
        with pytest.raises(SystemExit) as ended:
            entry.main()
        assert ended.value.code == 0
    assert [given[0] for given, _ in asked] == [scene.root, scene.root]
    assert asked[1][1]["address"] == "127.0.0.1:8000"


@pytest.mark.parametrize("verdict", [0, 1])
def test_demo_tells_each_step_and_ends_with_verdict_and_site(
    outside: Shell, monkeypatch: pytest.MonkeyPatch, verdict: int
) -> None:
    """`nearmiss demo DIR` prints what is played, the verdict of the check, and where to open the site."""
    from nearmiss.app.demo import DemoResult
    from nearmiss.engine.demo import Actor
    from nearmiss.engine.demo import Scene as Played

    def play(directory: Path, *, say: Any) -> Any:
        say(Played(on="2026-06-03T10:00", who="Ruth", what="reports\x1b[2J", record="NM-2026-7Q4K2"))
        findings = (Finding(code="x", message="wrong"),) * verdict
        checked = Checked(records=8, sign_offs=38, commit="", findings=findings)
        ruth = Actor(
            key="lead",
            handle="r.meyer",
            name="Ruth Meyer",
            email="r@example.org",
            kind="person",
            roles=[{"role": "quality-lead"}],
        )
        return DemoResult(directory=directory, steps=167, checked=checked, visitor=ruth, waiting=("NM-2026-7Q4K2",))

    monkeypatch.setattr("nearmiss.app.demo.play_demo", play)

    outcome = outside.run("", "demo", "there")

    assert outcome.code == verdict
    assert outcome.out.startswith("2026-06-03 10:00  Ruth reports\\x1b[2J NM-2026-7Q4K2\n")
    assert "8 records, 38 sign-offs" in outcome.out
    assert f"Read what was learned: {outside.directory}/there/site/_build/index.html" in outcome.out
    assert "Look around: cd there && nearmiss list\nIn there you are Ruth Meyer, a quality-lead.\n" in outcome.out
    assert outcome.out.endswith("Something waits for a signature: nearmiss review NM-2026-7Q4K2\n")


# the gauge


class Screen(io.StringIO):
    """An error stream that is a terminal."""

    def isatty(self) -> bool:
        """Say that a person looks."""
        return True


def test_gauge_shows_after_a_while_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal, work that takes long shows how far it has come; when it ends, nothing of it stays."""
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")

    with Gauge("Checking", patience=0.01) as gauge:
        gauge(1, 10)
        until = time.monotonic() + 20
        while "Checking" not in screen.getvalue() and time.monotonic() < until:
            time.sleep(0.05)
        gauge(10, 10)

    assert "Checking" in screen.getvalue()
    assert "\x1b[?25h" in screen.getvalue()


@pytest.mark.parametrize("stream", [Screen, io.StringIO])
def test_gauge_of_short_work_says_nothing(monkeypatch: pytest.MonkeyPatch, stream: type[io.StringIO]) -> None:
    """Short work, or work that nobody watches, prints nothing at all."""
    screen = stream()
    monkeypatch.setattr(sys, "stderr", screen)

    with Gauge("Checking") as gauge:
        gauge(1, 1)

    assert screen.getvalue() == ""


def test_gauge_that_comes_too_late_stays_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gauge whose work has just ended does not begin to show."""
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    gauge = Gauge("Checking")
    with gauge:
        pass

    gauge._show()

    assert screen.getvalue() == ""
