"""The risk matrix: every cell with its letter, and the way from before to after."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearmiss.render.pictures.risk_matrix import (
    RiskBand,
    RiskMark,
    RiskMatrix,
    RiskScale,
    draw_risk_matrix,
)
from tests.render.pictures.reading import HOSTILE, boxes, judge, paths, texts, words_of

SCALE = RiskScale(
    severity=("Negligible", "Minor", "Moderate", "Major", "Catastrophic"),
    likelihood=("Selten", "Unwahrscheinlich", "Möglich", "Wahrscheinlich", "Fast sicher"),
    cells=(tuple("LLMMM"), tuple("LMMMH"), tuple("LMMHH"), tuple("MMHHV"), tuple("MHHVV")),
    bands=(
        RiskBand(name="low", code="L", label="Low"),
        RiskBand(name="medium", code="M", label="Medium"),
        RiskBand(name="high", code="H", label="High"),
        RiskBand(name="very-high", code="V", label="Very high"),
    ),
    severity_axis="Severity",
    likelihood_axis="Likelihood",
)


def mark(word: str, severity: int, likelihood: int) -> RiskMark:
    """Make a mark that says where it is."""
    return RiskMark(
        word=word,
        severity=severity,
        likelihood=likelihood,
        sentence=f"{word}: severity {severity}, likelihood {likelihood}",
    )


def matrix(before: RiskMark | None, after: RiskMark | None, scale: RiskScale = SCALE) -> RiskMatrix:
    """Make a matrix with two marks."""
    return RiskMatrix(title="Risk before and after", description="", scale=scale, before=before, after=after)


def test_each_cell_has_its_colour_and_its_letter() -> None:
    """A band is told by a class and by its code in each of its cells, and the code is explained below."""
    root = judge(draw_risk_matrix(matrix(None, None), prefix="r"))
    cells = {band: sum(steps.count("Z") for steps in paths(root, f"band-{band}")) for band in ("low", "very-high")}
    assert cells == {"low": 4, "very-high": 3}
    assert [word for word in words_of(root).split() if word in {"L", "M", "H", "V"}].count("M") == 11 + 1
    assert "V Very high" in words_of(root)


@pytest.mark.parametrize(
    "before, after",
    [((a, b), (c, d)) for a in (1, 3, 5) for b in (1, 2, 5) for c in (1, 2, 5) for d in (1, 2, 4)],
)
def test_marks_lie_in_their_cells(before: tuple[int, int], after: tuple[int, int]) -> None:
    """Wherever a risk stands before and after, both marks are whole, in their own cells, and not upon each other."""
    root = judge(draw_risk_matrix(matrix(mark("Before", *before), mark("Nachher", *after)), prefix="r"))
    places = []
    for shape, (severity, likelihood) in (("before", before), ("after", after)):
        x, y, width, height = next(boxes(root, shape))
        assert 132 + (severity - 1) * 60.8 <= x + 0.11
        assert x + width <= 132 + severity * 60.8 + 0.11
        assert 26 + (5 - likelihood) * 62 <= y
        assert y + height <= 26 + (6 - likelihood) * 62
        places.append((x, y, x + width, y + height))
    (left, top, right, bottom), (other_left, other_top, other_right, other_bottom) = places
    assert right <= other_left or other_right <= left or bottom <= other_top or other_bottom <= top


def test_an_arrow_leads_from_before_to_after() -> None:
    """Where the risk moved there is one arrow; where it stayed, or one side is not known, none."""
    moved = judge(draw_risk_matrix(matrix(mark("Before", 4, 3), mark("After", 4, 1)), prefix="r"))
    along = judge(draw_risk_matrix(matrix(mark("Before", 4, 3), mark("After", 3, 3)), prefix="r"))
    back = judge(draw_risk_matrix(matrix(mark("Before", 2, 3), mark("After", 5, 3)), prefix="r"))
    stayed = judge(draw_risk_matrix(matrix(mark("Before", 4, 3), mark("After", 4, 3)), prefix="r"))
    alone = judge(draw_risk_matrix(matrix(mark("Before", 4, 3), None), prefix="r"))
    assert [len(paths(each, "tip")) for each in (moved, along, back, stayed, alone)] == [1, 1, 1, 0, 0]
    assert len(paths(moved, "move")) == 1


def test_a_place_outside_of_the_matrix_is_only_said() -> None:
    """A severity that the policy does not know gets no mark in a cell; the sentence is there."""
    root = judge(draw_risk_matrix(matrix(mark("Before", 9, 3), mark("After", 1, 1)), prefix="r"))
    assert len(list(boxes(root, "before"))) == 1
    assert "Before: severity 9" in words_of(root)
    assert not paths(root, "tip")


scales = st.builds(
    lambda words, wide, tall, bands: RiskScale(
        severity=tuple(words[:wide]),
        likelihood=tuple(words[-tall:]),
        cells=tuple(tuple(band.code for band in (bands * 10)[:wide]) for _ in range(tall)),
        bands=tuple(bands),
        severity_axis=words[0],
        likelihood_axis=words[1],
    ),
    st.lists(texts, min_size=10, max_size=10),
    st.sampled_from(range(1, 11)),
    st.sampled_from(range(1, 11)),
    st.lists(st.builds(RiskBand, name=texts, code=texts, label=texts), min_size=1, max_size=5),
)
marks = st.builds(
    RiskMark, word=texts, severity=st.sampled_from(range(12)), likelihood=st.sampled_from(range(12)), sentence=texts
)


@given(scale=scales, before=marks, after=marks)
def test_any_matrix_is_drawn_within_its_width(scale: RiskScale, before: RiskMark, after: RiskMark) -> None:
    """Whatever a policy calls its bands and however large its matrix is, nothing leaves the picture or overlaps."""
    judge(draw_risk_matrix(matrix(before, after, scale), prefix="r"))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_words_in_a_matrix(text: str) -> None:
    """Injections in a policy's words and in a mark's sentence stand there as text."""
    scale = RiskScale(
        severity=(text,),
        likelihood=(text,),
        cells=((text,),),
        bands=(RiskBand(name=text, code=text, label=text),),
        severity_axis=text,
        likelihood_axis=text,
    )
    mark_ = RiskMark(word=text, severity=1, likelihood=1, sentence=text)
    judge(draw_risk_matrix(matrix(mark_, mark_, scale), prefix="r"))
