"""The bench itself: its data is valid and the same for a seed, and it measures, tells and fails as it says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from nearmiss.app.opening import open_desk
from nearmiss.engine.audit.auditing import audit
from nearmiss.engine.checking.register import check
from tests.benchmarks.__main__ import main, put_into
from tests.benchmarks.figures import Figure, as_data, table
from tests.benchmarks.histories import build_history
from tests.benchmarks.register import base_files, build_register, make_records, read_examples
from tests.benchmarks.timing import Command, CommandFailedError, Times, in_turn


def _figure(*, seconds: float, goal: float) -> Figure:
    times = Times(seconds=(seconds, 2 * seconds), peak=2048)
    return Figure(name="list", at="10 records", times=times, floor="nothing", floor_seconds=1.0, goal=goal)


def test_the_measured_register_is_valid_and_goes_along_the_whole_workflow(tmp_path: Path, repo_root: Path) -> None:
    """A register made from a seed has no findings, and records in every state that the examples reach."""
    build_register(repo_root, tmp_path, records=60, seed=7)

    checked = check(open_desk(tmp_path))

    assert (checked.records, checked.findings) == (60 + len(list((repo_root / "records").glob("*/*/*.yaml"))), ())
    files = list(make_records(read_examples(base_files(repo_root)), records=60, seed=7))
    assert {made.state for made in files} >= {"reported", "declined", "investigated", "action", "verified"}
    assert any(not content.isascii() for made in files for content in made.files.values())


def test_a_seed_says_what_the_data_is(repo_root: Path) -> None:
    """The same seed makes the same bytes, and another one makes others."""
    examples = read_examples(base_files(repo_root))

    first, again, other = (list(make_records(examples, records=30, seed=seed)) for seed in (3, 3, 4))

    assert first == again
    assert first != other


def test_the_bench_measures_and_keeps_its_figures(tmp_path: Path) -> None:
    """Run on a few records, the bench says ratio, floor, goal and memory of each command, and exits by its verdict."""
    words = ["--records", "12", "--rounds", "1", "--build", str(tmp_path), "--json", str(tmp_path / "out.json")]

    status = main([*words, "--only", "start", "--only", "check-warm", "--only", "look", "--only", "proposal"])

    said = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert [figure["name"] for figure in said["figures"]] == [
        "--help",
        "--version",
        "check, nothing changed",
        "list",
        "show ID",
        "advance",
        "approve",
        "merge",
        "advance, approve, merge",
    ]
    assert all(figure["ratio"] > 0 and figure["peak_kib"] > 0 for figure in said["figures"])
    assert status == (0 if said["met"] else 1)


def test_what_proving_costs_is_measured(tmp_path: Path) -> None:
    """Gate, audit and signatures are measured with their floors, over a history that the audit passes."""
    words = ["--records", "12", "--rounds", "1", "--build", str(tmp_path), "--json", str(tmp_path / "out.json")]

    main([*words, "--only", "gate", "--only", "audit", "--only", "signatures"])

    said = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert {figure["name"]: figure["goal"] for figure in said["figures"]} == {
        "gate, 10 commits": 1,
        "gate, growing": 1.3,
        "audit, cold": 4,
        "audit, 10 new commits": 1 / 30,
        "signatures": 1 / 40,
    }
    assert all(figure["ratio"] > 0 and figure["peak_kib"] > 0 for figure in said["figures"])


def test_what_a_site_costs_is_measured(tmp_path: Path) -> None:
    """A site of lessons is measured cold, in memory, per lesson and after changes, each beside its floor."""
    words = ["--records", "12", "--rounds", "1", "--build", str(tmp_path), "--json", str(tmp_path / "out.json")]

    main([*words, "--only", "site"])

    said = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    goals = [(figure["name"], figure["goal"]) for figure in said["figures"]]
    assert [(name, goal) for name, goal in goals if "processor" not in name or "per lesson" in name] == [
        ("site, cold, without search and audit", 1 / 6),
        ("site, cold, without search and audit", 1 / 6),
        ("site, cold, processor per lesson", 1.2),
        ("site, 10 records changed, without search and audit", 1.6),
    ]
    # Floors are counted up, and shares are what is left without an empty site: of a dozen lessons that is noise.
    whole = [figure for figure in said["figures"] if "per lesson" not in figure["name"]]
    assert all(figure["seconds"] > 0 and figure["peak_kib"] > 0 for figure in whole)
    built = tmp_path / "1-12-lessons" / "register" / "site" / "_build" / "lessons"
    assert len(list(built.glob("20[0-9][0-9]/NM-*.html"))) >= 12


def test_a_history_is_as_long_as_it_should_be(tmp_path: Path, repo_root: Path) -> None:
    """A history made from a seed holds in every way of merging, and the same seed makes the same commits."""
    first, again = (
        build_history(repo_root, tmp_path / name, records=40, commits=150, seed=3) for name in ("one", "two")
    )

    found = audit(open_desk(first.root))

    assert (found.verdict, found.findings, len(found.records)) == ("pass", (), 40)
    assert 0 < sum(not signature.claimed for signature in found.signatures) < len(found.signatures)
    assert first.commits == again.commits >= 150
    assert found.tip == open_desk(again.root).repository.resolve("main")


def test_a_missed_goal_is_said() -> None:
    """A figure over its goal is marked in the table and makes the whole run fail."""
    good, bad = _figure(seconds=3.0, goal=4), _figure(seconds=5.0, goal=4)

    assert (good.is_met, bad.is_met) == (True, False)
    assert "MISSED" in table([good, bad]).split("\n")[-1]
    assert "MISSED" not in table([good])
    assert as_data([good, bad], {})["met"] is False


def test_too_much_memory_is_said() -> None:
    """A figure that took more memory than it may is marked, and is not met, however quick it was."""
    figure = _figure(seconds=1.0, goal=4)
    small, large = replace(figure, most_kib=2048), replace(figure, most_kib=2047)

    assert (small.is_met, large.is_met) == (True, False)
    assert ["MISSED" in table([one]) for one in (small, large)] == [False, True]


def test_a_figure_without_a_goal_is_met() -> None:
    """What has no goal is only told."""
    assert _figure(seconds=100.0, goal=0).is_met


def test_figures_are_renewed_in_a_page(tmp_path: Path) -> None:
    """The table below the mark and its line are replaced, time after time, and nothing else."""
    page = tmp_path / "speed.md"
    page.write_text("# Speed\n\n<!-- figures -->\n\nAfter.\n\nThe end.\n", encoding="utf-8")

    for text in ("| a |\n\nMeasured.", "| b |\n\nMeasured again."):
        put_into(page, text)

    expected = "# Speed\n\n<!-- figures -->\n\n| b |\n\nMeasured again.\n\nAfter.\n\nThe end.\n"
    assert page.read_text(encoding="utf-8") == expected


def test_a_command_that_fails_is_not_measured(tmp_path: Path) -> None:
    """A command that ends with an error says so instead of giving a time."""
    with pytest.raises(CommandFailedError, match="ended with 3"):
        Command(words=("sh", "-c", "exit 3"), folder=tmp_path).run()


def test_runs_are_taken_in_turn() -> None:
    """Everything is run once per round, so that a disturbance hits floors and commands alike."""
    order: list[str] = []

    def run(name: str) -> Times:
        order.append(name)
        return Times(seconds=(1.0,))

    found = in_turn({"floor": lambda: run("floor"), "command": lambda: run("command")}, rounds=2)

    assert order == ["floor", "command", "floor", "command"]
    assert found["floor"].seconds == (1.0, 1.0)
