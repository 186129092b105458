"""Charts: what is drawn is as long as its figure, and what is not known is not drawn as if it were."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearmiss.render.pictures.axis import round_ticks, share, spell_plainly
from nearmiss.render.pictures.bars import Bar, BarChart, draw_bars
from nearmiss.render.pictures.hatching import PATTERNS, hatched
from nearmiss.render.pictures.line_chart import LineChart, Series, draw_lines
from nearmiss.render.pictures.pareto import Pareto, ParetoRow, draw_pareto
from nearmiss.render.pictures.stacks import Part, Stack, StackChart, draw_stacks
from tests.render.pictures.reading import HOSTILE, boxes, judge, lines_of, paths, texts, words_of

amounts = st.none() | st.sampled_from((0, 1, 4, 17, 250, 12_345, 0.05, 33.3, -2)) | st.floats(0, 1e6)


@pytest.mark.parametrize(
    "values, ticks",
    [
        ((), (0, 1)),
        ((None, 0), (0, 1)),
        ((3,), (0, 1, 2, 3)),
        ((14, 9, None), (0, 5, 10, 15)),
        ((0.7, 0.25), (0, 0.2, 0.4, 0.6, 0.8)),
        ((1_234,), (0, 500, 1000, 1500)),
        ((float("nan"), 2), (0, 1, 2)),
        ((-4,), (0, 1)),
    ],
)
def test_axes_have_round_numbers(values: tuple[float | None, ...], ticks: tuple[float, ...]) -> None:
    """An axis begins at nothing, ends at or beyond the largest value, and steps by 1, 2 or 5 times a power of ten."""
    assert round_ticks(values) == ticks


@given(values=st.lists(st.floats(allow_nan=True, allow_infinity=True) | st.sampled_from((0, 3, 17)), max_size=6))
def test_any_values_have_an_axis(values: list[float]) -> None:
    """Whatever the values, ticks rise from 0, are few, and each value has its place on the axis."""
    ticks = round_ticks(values)
    assert ticks[0] == 0
    assert 2 <= len(ticks) <= 6
    assert all(one < other for one, other in itertools.pairwise(ticks))
    assert all(0 <= share(value, ticks) <= 1 for value in values if value == value)  # noqa: PLR0124 - not a number


def test_numbers_are_spelled_without_the_dust_of_floating_point() -> None:
    """A tick is written as a person would write it."""
    assert [spell_plainly(value) for value in (0, 0.1 + 0.2, 1500.0, 1e6)] == ["0", "0.3", "1500", "1000000"]


@given(
    bars=st.lists(st.builds(Bar, label=texts, value=amounts, text=texts), max_size=8).map(tuple),
    words=texts,
)
def test_any_bars_are_drawn_within_their_width(bars: tuple[Bar, ...], words: str) -> None:
    """Whatever labels and figures are, nothing leaves the picture, and each bar has its hatched piece or its length."""
    chart = BarChart(title=words, description=words, axis=words, bars=bars)
    root = judge(draw_bars(chart, prefix="b"))
    assert len(list(boxes(root, "bar"))) == sum(bar.value is not None for bar in bars)
    assert len(list(boxes(root, "unknown"))) == sum(bar.value is None for bar in bars)


def test_a_bar_is_as_long_as_its_figure() -> None:
    """Twice the value is twice the length; what is suppressed has a hatched piece of one length and its word."""
    bars = tuple(
        Bar(label=label, value=value, text=text)
        for label, value, text in (("A", 10, "10"), ("B", 5, "5"), ("C", None, "fewer than five"))
    )
    root = judge(draw_bars(BarChart(title="Reports", description="", axis="Reports", bars=bars), prefix="b"))
    first, second = (width for _x, _y, width, _height in boxes(root, "bar"))
    assert first == pytest.approx(2 * second, abs=0.2)
    assert len(paths(root, "hatch")) == 1
    assert "fewer than five" in words_of(root)


def test_an_axis_is_spelled_in_the_readers_language() -> None:
    """The caller says how a number is written."""
    chart = BarChart(title="t", description="", axis="a", bars=(Bar(label="A", value=0.7, text="0,7"),))
    german = draw_bars(chart, prefix="b", spell=lambda value: f"{value:g}".replace(".", ","))
    assert "0,4" in words_of(judge(german))


@given(
    rows=st.lists(
        st.builds(
            ParetoRow,
            label=texts,
            percent=st.none() | st.floats(0, 100),
            added_up=st.none() | st.floats(0, 100),
            text=texts,
        ),
        max_size=8,
    ).map(tuple)
)
def test_any_pareto_is_drawn_within_its_width(rows: tuple[ParetoRow, ...]) -> None:
    """Whatever the kinds and shares are, nothing leaves the picture."""
    judge(draw_pareto(Pareto(title="t", description="d", axis="Percent", rows=rows), prefix="p"))


def test_the_line_of_a_pareto_stops_where_its_sum_is_withheld() -> None:
    """The line goes through the points that are shown, and would not tell what is missing between them."""
    sums = (40.0, 70.0, None, 90.0, 100.0)
    rows = tuple(ParetoRow(label="kind", percent=20, added_up=each, text="20 %") for each in sums)
    root = judge(draw_pareto(Pareto(title="t", description="", axis="Percent", rows=rows), prefix="p"))
    assert [steps.count("L") for steps in paths(root, "line")] == [1, 1]


@given(
    labels=st.lists(texts, max_size=14).map(tuple),
    series=st.lists(st.builds(Series, label=texts, values=st.lists(amounts, max_size=14).map(tuple)), max_size=5).map(
        tuple
    ),
    words=texts,
)
def test_any_lines_are_drawn_within_their_width(
    labels: tuple[str, ...], series: tuple[Series, ...], words: str
) -> None:
    """Whatever months and values there are, more of one or of the other, nothing leaves the picture."""
    chart = LineChart(title=words, description=words, axis=words, gap=words, labels=labels, series=series)
    judge(draw_lines(chart, prefix="l"))


def lines(*series: Series, labels: tuple[str, ...] = ("Jan", "Feb", "Mar", "Apr", "May")) -> LineChart:
    """Make a chart of months."""
    gap = "A gap: fewer than five."
    return LineChart(title="Reports", description="", axis="Reports", gap=gap, labels=labels, series=series)


def test_a_line_is_broken_where_there_is_no_figure() -> None:
    """A month without a figure parts the line, and the picture says what the gap means."""
    root = judge(draw_lines(lines(Series(label="Reports", values=(6, 8, None, 7, 9))), prefix="l"))
    assert [steps.count("L") for steps in paths(root, "line")] == [1, 1]
    assert "A gap: fewer than five." in words_of(root)


def test_a_line_without_gaps_says_nothing_of_them_and_ends_with_its_value() -> None:
    """The last value of a single line stands above its point."""
    root = judge(draw_lines(lines(Series(label="Reports", values=(6, 8, 7, 9, 13))), prefix="l"))
    assert "gap" not in words_of(root)
    assert "13" in words_of(root).split()


def test_lines_differ_without_colour() -> None:
    """Several lines are named, and differ in their dashes and in the shape of their points."""
    series = [Series(label=f"Plant {number}", values=(number, 5, 6, 7, 8)) for number in range(1, 5)]
    root = judge(draw_lines(lines(*series), prefix="l"))
    dashes = {each.get("stroke-dasharray") for each in root.iter() if "nm-s-line" in each.get("class", "").split()}
    assert len(dashes) == 4
    assert all(each.label in words_of(root) for each in series)


def test_the_labels_of_many_months_are_thinned_out_evenly() -> None:
    """Of sixty months the last is named, and each so-many-th before it."""
    labels = tuple(f"{month:02} 2026" for month in range(60))
    values = tuple(float(month) for month in range(61))
    root = judge(draw_lines(lines(Series(label="R", values=values), labels=(*labels, "Last")), prefix="l"))
    shown = [line.left + line.right for line in lines_of(root) if "2026" in line.text or line.text == "Last"]
    steps = {round(one - other) for one, other in itertools.pairwise(shown)}
    assert "Last" in words_of(root)
    assert len(shown) > 3
    assert max(steps) - min(steps) <= 1
    assert not [each for each in root.iter() if each.get("class") == "nm-s-point"]


parts = st.builds(Part, value=amounts, text=texts)


@given(
    names=st.lists(texts, max_size=9).map(tuple),
    stacks=st.lists(st.builds(Stack, label=texts, parts=st.lists(parts, max_size=9).map(tuple)), max_size=4).map(tuple),
    words=texts,
)
def test_any_stacks_are_drawn_within_their_width(names: tuple[str, ...], stacks: tuple[Stack, ...], words: str) -> None:
    """Whatever the parts are, nothing leaves the picture."""
    chart = StackChart(title=words, description=words, names=names, unknown=words, stacks=stacks)
    judge(draw_stacks(chart, prefix="s"))


def test_parts_differ_without_colour_and_are_named() -> None:
    """Neighbouring parts have different patterns, each part is as long as its share, and the legend has its number."""
    names = ("Reported", "Investigated", "Action")
    values = (Part(value=10, text="10"), Part(value=30, text="30"), Part(value=None, text="fewer than five"))
    stack = Stack(label="Open", parts=values)
    chart = StackChart(title="Open work", description="", names=names, unknown="Not all is shown.", stacks=(stack,))
    root = judge(draw_stacks(chart, prefix="s"))
    first, second = (width for _x, _y, width, height in boxes(root, "part") if height > 20)
    assert second == pytest.approx(3 * first, abs=0.2)
    for words in (*names, "10", "30", "fewer than five", "Not all is shown."):
        assert words in words_of(root)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("size", [(1, 1), (10, 28), (432, 16)])
def test_patterns_end_at_the_edges(pattern: str, size: tuple[float, float]) -> None:
    """The lines of a pattern stay within their rectangle, and patterns differ."""
    width, height = size
    numbers = [float(each) for each in re.findall(r"-?[0-9.]+", hatched(5, 7, width, height, pattern))]
    assert all(5 <= x <= 5.05 + width for x in numbers[::2])
    assert all(7 <= y <= 7.05 + height for y in numbers[1::2])
    assert len({hatched(5, 7, 60, 28, each) for each in PATTERNS}) == len(PATTERNS)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_labels_are_text_in_charts(text: str) -> None:
    """Injections in labels, figures and axes stand there as text."""
    judge(
        draw_bars(
            BarChart(title=text, description=text, axis=text, bars=(Bar(label=text, value=1, text=text),)), prefix="b"
        )
    )
    rows = (ParetoRow(label=text, percent=50, added_up=50, text=text),)
    judge(draw_pareto(Pareto(title=text, description=text, axis=text, rows=rows), prefix="p"))
    judge(draw_lines(lines(Series(label=text, values=(1,)), labels=(text,)), prefix="l"))
    stacks = (Stack(label=text, parts=(Part(value=None, text=text),)),)
    judge(draw_stacks(StackChart(title=text, description="", names=(text,), unknown=text, stacks=stacks), prefix="s"))
