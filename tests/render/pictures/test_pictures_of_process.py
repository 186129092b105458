"""The diagram of the process, and the QR code."""

from __future__ import annotations

import itertools
import re

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from nearmiss.render.characters import tidy
from nearmiss.render.pictures.measuring import ELLIPSIS, one_line, width_of, wrap
from nearmiss.render.pictures.process_diagram import (
    MOST_LANES,
    Process,
    ProcessState,
    ProcessStep,
    draw_process,
    list_process,
)
from nearmiss.render.pictures.qr_code import TooLongForCodeError, draw_qr_code
from nearmiss.shipped import shipped
from nearmiss.store.reader import read as read_document
from tests.render.pictures.reading import HOSTILE, boxes, judge, paths, read, read_list, texts, words_of


def shipped_process(language: str) -> Process:
    """Return the process that comes with the program, in one language."""
    data = read_document(shipped("workflow", "policy", "workflow.yaml").read_bytes()).data
    assert data
    states = tuple(
        ProcessState(name=state["state"], label=state["label"][language], kind=state["kind"])
        for state in data["states"]
    )
    steps = tuple(
        ProcessStep(
            label=step["label"][language],
            kind=step["kind"],
            sources=tuple(step["from"]),
            targets=tuple(step.get("to", ())),
        )
        for step in data["transitions"]
    )
    return Process(title="How a report goes", description="", states=states, steps=steps)


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_shipped_process_is_drawn_whole(language: str) -> None:
    """Each state has its box, each way on, out and back its name, and each dot and arrow belongs to the policy."""
    process = shipped_process(language)
    root = judge(draw_process(process, prefix="p"))
    assert len(list(boxes(root, "state"))) == len(process.states) == 7
    shown = [state.label for state in process.states] + [step.label for step in process.steps if step.kind != "keep"]
    assert all(label in words_of(root) for label in shown)
    arrows = 4 + 2 + 3 + 2  # on, out (declined, escalated), sent back (to three states), reopened (to two)
    assert len(paths(root, "tip")) == arrows
    dots = [each for each in root.iter() if each.tag.endswith("circle")]
    assert len(dots) == 2 + 6 + 3 + 3


def test_the_list_of_the_process_says_where_each_step_leads() -> None:
    """The text equivalent holds all states and all steps from each, those too that keep the state."""
    process = shipped_process("en")
    said = read_list(list_process(process))
    assert "Send back → Reported, Investigated, Root-caused" in said
    assert "Send back → Reported, Investigated" in said
    assert "Verify → Verified" in said
    assert all(state.label in said for state in process.states)
    assert all(step.label in said for step in process.steps)


NAMES = tuple("abcdefgh")
some_names = st.lists(st.sampled_from((*NAMES, "unknown")), max_size=8).map(tuple)
processes = st.builds(
    lambda labels, kinds, count, steps: Process(
        title=labels[0],
        description=labels[1],
        states=tuple(
            ProcessState(name=name, label=label, kind=kind)
            for name, label, kind in list(zip(NAMES, labels, kinds, strict=True))[:count]
        ),
        steps=tuple(steps),
    ),
    st.lists(texts, min_size=8, max_size=8),
    st.lists(st.sampled_from(("open", "done", "closed", "strange")), min_size=8, max_size=8),
    st.sampled_from(range(9)),
    st.lists(
        st.builds(
            ProcessStep,
            label=texts,
            kind=st.sampled_from(("forward", "back", "keep")),
            sources=some_names,
            targets=some_names,
        ),
        max_size=8,
    ),
)


@given(process=processes)
def test_any_process_is_drawn_within_its_width(process: Process) -> None:
    """Whatever a policy says, states and names stay in the picture and apart, and the list holds every label."""
    root = judge(draw_process(process, prefix="p"))
    tops = sorted((y, y + height) for _x, y, _width, height in boxes(root, "state"))
    assert len(tops) == len(process.states)
    assert all(bottom < top for (_top, bottom), (top, _bottom) in itertools.pairwise(tops))
    assert all(tidy(state.label) in read_list(list_process(process)) for state in process.states)


def test_more_ways_than_there_is_room_for_are_in_the_list() -> None:
    """Of nine ways back the first four are drawn, and all are listed."""
    states = (ProcessState(name="a", label="A", kind="open"), ProcessState(name="b", label="B", kind="done"))
    steps = tuple(
        ProcessStep(label=f"Way {number}", kind="back", sources=("b",), targets=("a",)) for number in range(9)
    )
    process = Process(title="t", description="", states=states, steps=steps)
    drawn = words_of(judge(draw_process(process, prefix="p")))
    assert [f"Way {number}" in drawn for number in range(9)] == [number < MOST_LANES for number in range(9)]
    assert all(f"Way {number}" in read_list(list_process(process)) for number in range(9))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_words_in_a_process(text: str) -> None:
    """Injections in labels of a policy stand there as text."""
    states = (ProcessState(name="a", label=text, kind=text), ProcessState(name="b", label=text, kind="done"))
    steps = (
        ProcessStep(label=text, kind="forward", sources=("a",), targets=("b",)),
        ProcessStep(label=text, kind="back", sources=("b",), targets=("a",)),
    )
    judge(draw_process(Process(title=text, description=text, states=states, steps=steps), prefix="p"))


@pytest.mark.parametrize("text", ["https://lessons.example.org/lessons/2026/NM-2026-7Q4K2.html", "A", "ä" * 300])
def test_a_code_holds_its_text(text: str) -> None:
    """The dark squares are those of the code for the text, with four light ones around."""
    root = read(draw_qr_code(text, title="Open on a phone", prefix="q"))
    side = int(root.attrib["viewBox"].split()[-1])
    dark = set()
    for x, y, wide in re.findall(r"M([0-9]+) ([0-9]+)h([0-9]+)v1h-\3z", root[2].attrib["d"]):
        dark |= {(int(x) + step, int(y)) for step in range(int(wide))}
    matrix = segno.make_qr(text, error="m", mask=4).matrix
    assert side == len(matrix) + 8
    assert dark == {(x + 4, y + 4) for y, row in enumerate(matrix) for x, module in enumerate(row) if module}


def test_a_text_that_no_code_holds_is_told() -> None:
    """Too long a text is an error that says what to do, not a code that cannot be read."""
    with pytest.raises(TooLongForCodeError, match="5000 characters") as error:
        draw_qr_code("x" * 5000, title="t", prefix="q")
    assert "shorter" in error.value.hint


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_titles_of_codes_are_text(text: str) -> None:
    """Injections in the title and the address of a code stay what they are."""
    text = text.replace("\udc00", "")
    root = read(draw_qr_code(text, title=text, prefix="q"))
    assert root[0].text == (tidy(text) or None)


@given(text=texts, room=st.sampled_from((40, 90, 180, 420)), most=st.sampled_from((1, 2, 14)))
def test_text_is_broken_to_fit(text: str, room: int, most: int) -> None:
    """Lines are no wider than their room and no more than allowed; what is left out is told by an ellipsis."""
    lines = wrap(text, room, most=most)
    assert len(lines) <= most
    assert all(width_of(line) <= room + 0.01 for line in lines)
    if not lines or not lines[-1].endswith(ELLIPSIS):
        assert "".join(lines).replace(" ", "") == tidy(text).replace(" ", "")


def test_letters_have_their_widths() -> None:
    """Narrow letters take less room than wide ones, bold ones more, accents none, and ideographs a whole square."""
    assert width_of("ill") < width_of("abc") < width_of("MWM") < width_of("MWM", bold=True)
    assert width_of("e\u0301") == width_of("e")
    assert width_of("日") > width_of("Щ") > width_of("ř") > width_of("i")
    assert one_line("no room at all", 3) == ELLIPSIS


@pytest.mark.parametrize(
    "words, plain, bold",
    [
        ("Nobody who was there knew which of the two keys opened it", 429.3, 484.4),
        ("A trailer is only parked when something holds it", 335.1, 380.5),
        ("Wheels 1 of 2 were not chocked, the driver had left already", 416.3, 470.6),
    ],
)
def test_words_have_room_in_the_widest_usual_font(words: str, plain: float, bold: float) -> None:
    """A line that is taken to fit does so where DejaVu Sans is all that there is; its widths were measured."""
    assert plain <= width_of(words) <= plain * 1.1
    assert bold <= width_of(words, bold=True) <= bold * 1.1
