"""The stylesheet of the pictures: every part that is drawn has its rule, and no rule is for nothing."""

from __future__ import annotations

import re

import pytest

from nearmiss.render.pictures.bars import Bar, BarChart, draw_bars
from nearmiss.render.pictures.cause_tree import CauseTree, DrawnCause, draw_cause_tree
from nearmiss.render.pictures.fishbone import Bone, BoneCause, Fishbone, draw_fishbone
from nearmiss.render.pictures.line_chart import LineChart, Series, draw_lines
from nearmiss.render.pictures.pareto import Pareto, ParetoRow, draw_pareto
from nearmiss.render.pictures.process_diagram import Process, ProcessState, ProcessStep, draw_process
from nearmiss.render.pictures.qr_code import draw_qr_code
from nearmiss.render.pictures.risk_matrix import RiskBand, RiskMark, RiskMatrix, RiskScale, draw_risk_matrix
from nearmiss.render.pictures.stacks import Part, Stack, StackChart, draw_stacks
from nearmiss.shipped import shipped

PLAIN = {"before", "code", "band", "open"}
"""Parts of which the words, or what is common to their kind, are drawn as everything else is."""


@pytest.fixture(scope="module")
def stylesheet() -> str:
    """The shipped stylesheet."""
    return shipped("site", "theme", "assets", "stylesheets", "nearmiss-pictures.css").read_text(encoding="utf-8")


def every_picture() -> str:
    """Return one picture of each kind with all that it may show."""
    causes = tuple(DrawnCause(level=level, label="l", category="c", statement="s") for level in ("immediate", "root"))
    middle = DrawnCause(level="underlying", label="l", category="c", statement="s", behind=causes)
    bones = (Bone(label="b", causes=(BoneCause(statement="s", mark="m"), BoneCause(statement="s"))),)
    names = ("low", "medium", "high", "very-high")
    scale = RiskScale(
        severity=tuple("1234"),
        likelihood=("1",),
        cells=(tuple("LMHV"),),
        bands=tuple(RiskBand(name=name, code=code, label=name) for name, code in zip(names, "LMHV", strict=True)),
        severity_axis="s",
        likelihood_axis="l",
    )
    before, after = (RiskMark(word="w", severity=each, likelihood=1, sentence="s") for each in (4, 1))
    states = tuple(ProcessState(name=kind, label=kind, kind=kind) for kind in ("open", "done", "closed"))
    steps = (
        ProcessStep(label="on", kind="forward", sources=("open",), targets=("done",)),
        ProcessStep(label="out", kind="forward", sources=("open",), targets=("closed",)),
    )
    series = tuple(Series(label="s", values=(1, 2)) for _ in range(4))
    many = tuple(Part(value=1, text="1") for _ in range(7))
    head = {"title": "t", "description": "d"}
    return "".join(
        (
            draw_cause_tree(CauseTree(**head, event="e", causes=(middle,)), prefix="a"),
            draw_fishbone(Fishbone(**head, event="e", bones=bones), prefix="b"),
            draw_risk_matrix(RiskMatrix(**head, scale=scale, before=before, after=after), prefix="c"),
            draw_process(Process(**head, states=states, steps=steps), prefix="d"),
            draw_bars(BarChart(**head, axis="a", bars=(Bar(label="b", value=None, text="t"),)), prefix="e"),
            draw_bars(BarChart(**head, axis="a", bars=(Bar(label="b", value=1, text="t"),)), prefix="f"),
            draw_pareto(
                Pareto(**head, axis="a", rows=(ParetoRow(label="l", percent=9, added_up=9, text="t"),)), prefix="g"
            ),
            draw_lines(LineChart(**head, axis="a", gap="g", labels=("1", "2"), series=series), prefix="h"),
            draw_stacks(
                StackChart(**head, names=("n",), unknown="u", stacks=(Stack(label="s", parts=many),)), prefix="i"
            ),
            draw_qr_code("https://example.org", title="t", prefix="k"),
        )
    )


def names_in(text: str, pattern: str) -> set[str]:
    """Return the names of parts in classes or in selectors."""
    return {name for found in re.findall(pattern, text) for name in re.findall(r"nm-[sw]-([a-z0-9-]+)", found)}


def test_every_part_of_a_picture_has_a_rule(stylesheet: str) -> None:
    """A part without a rule would be a line in the colour of the text, without anybody's noticing."""
    drawn = names_in(every_picture(), r'class="([^"]*)"')
    ruled = names_in(stylesheet, r"([^{}]*){")
    assert drawn - ruled <= PLAIN | {f"state-{name}" for name in PLAIN} | {"line-1"}
    assert ruled - drawn == set()


def test_colours_stand_in_variables_that_dark_and_paper_change(stylesheet: str) -> None:
    """Rules name colours by variables only; those of the dark scheme are for screens, so that paper stays light."""
    rules = stylesheet[stylesheet.index("/* Words */") : stylesheet.index("@media print")]
    assert not re.findall(r"#[0-9a-f]{3,6}\b", rules)
    light, dark = re.findall(r"{\s+((?:--[^;]+;\s+)+)}", stylesheet)[:2]
    assert set(re.findall("--[a-z0-9-]+(?=:)", light)) == set(re.findall("--[a-z0-9-]+(?=:)", dark))
    assert stylesheet.index("@media screen") < stylesheet.index("slate")


def test_nothing_in_the_stylesheet_is_loaded_from_anywhere(stylesheet: str) -> None:
    """It names no other file and no host."""
    assert not re.search(r"url\(|@import|//", stylesheet)
