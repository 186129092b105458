"""The tree of causes and the fishbone: readable on a phone, whatever the causes are."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearmiss.render.characters import tidy
from nearmiss.render.pictures.cause_tree import DEEPEST, CauseTree, DrawnCause, draw_cause_tree
from nearmiss.render.pictures.drawing import WIDTH
from nearmiss.render.pictures.fishbone import Bone, BoneCause, Fishbone, draw_fishbone
from tests.render.pictures.reading import HOSTILE, boxes, judge, lines_of, paths, read, texts, words_of

LEVELS = ("immediate", "underlying", "root", "")


def cause(level: str, statement: str, *behind: DrawnCause) -> DrawnCause:
    """Make a cause whose label is its level."""
    return DrawnCause(level=level, label=f"{level} cause", category="Method", statement=statement, behind=behind)


def tree(*causes: DrawnCause, event: str = "Trailer rolled off the dock") -> CauseTree:
    """Make a tree."""
    return CauseTree(title="Why it could happen", description="Causes in order.", event=event, causes=causes)


drawn_causes = st.recursive(
    st.builds(
        DrawnCause, level=st.sampled_from(LEVELS), label=texts, category=texts, statement=texts, behind=st.just(())
    ),
    lambda inner: st.builds(
        DrawnCause,
        level=st.sampled_from(LEVELS),
        label=texts,
        category=texts,
        statement=texts,
        behind=st.lists(inner, max_size=3).map(tuple),
    ),
    max_leaves=8,
)


@given(event=texts, causes=st.lists(drawn_causes, max_size=4).map(tuple))
def test_any_tree_is_drawn_within_its_width(event: str, causes: tuple[DrawnCause, ...]) -> None:
    """Whatever the texts and the shape of the tree, boxes and words stay in the picture and apart from each other."""
    root = judge(draw_cause_tree(tree(*causes, event=event), prefix="c"))
    tops = sorted((y, y + height) for kind in ("event", "immediate", "root") for _x, y, _w, height in boxes(root, kind))
    assert all(bottom < top for (_top, bottom), (top, _bottom) in itertools.pairwise(tops))


def test_the_level_of_a_cause_is_told_by_its_shape() -> None:
    """Immediate causes are round, underlying ones have their corners cut off, root causes have a thick edge."""
    causes = cause("immediate", "No chocks", cause("underlying", "Busy", cause("root", "Nobody's task")))
    root = judge(draw_cause_tree(tree(causes), prefix="c"))
    assert len(list(boxes(root, "immediate"))) == len(list(boxes(root, "root"))) == 1
    assert len(list(boxes(root, "root-edge"))) == len(paths(root, "underlying")) == 1
    assert "underlying cause · Method Busy" in words_of(root)


def test_each_cause_hangs_on_the_line_of_what_it_explains() -> None:
    """A line leads from a box to each box behind it, and to no other."""
    first = cause("immediate", "one", cause("root", "two"), cause("root", "three"))
    root = judge(draw_cause_tree(tree(first, cause("immediate", "four")), prefix="c"))
    twigs = sorted(len(re.findall("H", steps)) for steps in paths(root, "link"))
    assert twigs == [2, 2]


def test_a_very_deep_tree_is_drawn() -> None:
    """A chain of two thousand causes overflows nothing: what lies deep stands below its parent."""
    chain = cause("root", "the last of all")
    for _ in range(1999):
        chain = cause("underlying", "why", chain)
    root = read(draw_cause_tree(tree(chain), prefix="c"))
    assert max(line.right for line in lines_of(root)) <= WIDTH
    assert "the last of all" in words_of(root)
    assert len({steps.partition(" ")[0] for steps in paths(root, "underlying")}) == DEEPEST


def test_a_tree_without_an_event_has_no_head() -> None:
    """Where what happened is withheld, the causes stand alone, and no line leads up to nothing."""
    root = judge(draw_cause_tree(tree(cause("root", "why"), event=""), prefix="c"))
    assert not list(boxes(root, "event"))
    assert not paths(root, "link")
    assert words_of(root).endswith("root cause · Method why")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(text: str) -> None:
    """Injections stand in the picture as the words that they are."""
    hostile = CauseTree(title=text, description=text, event=text, causes=(cause(text, text),))
    root = judge(draw_cause_tree(hostile, prefix='c"><script>'))
    assert root[0].text == root[1].text == tidy(text)


fishbones = st.builds(
    Fishbone,
    title=texts,
    description=texts,
    event=texts,
    bones=st.lists(
        st.builds(
            Bone,
            label=texts,
            causes=st.lists(st.builds(BoneCause, statement=texts, mark=texts), max_size=3).map(tuple),
        ),
        max_size=7,
    ).map(tuple),
)


@given(fishbone=fishbones)
def test_any_fishbone_is_drawn_within_its_width(fishbone: Fishbone) -> None:
    """Whatever the kinds and causes, names and words stay in the picture and apart from each other."""
    used = [bone for bone in fishbone.bones if bone.causes]
    root = judge(draw_fishbone(fishbone, prefix="f"))
    assert len(list(boxes(root, "bone-name"))) == len(used)
    assert len(paths(root, "spine")) == bool(used)


def test_a_kind_without_causes_has_no_bone() -> None:
    """Of the six kinds, only those are drawn that something belongs to."""
    bones = (Bone(label="People", causes=()), Bone(label="Method", causes=(BoneCause(statement="No task"),)))
    fishbone = Fishbone(title="Causes", description="", event="Roll-off", bones=bones)
    assert "People" not in words_of(judge(draw_fishbone(fishbone, prefix="f")))
