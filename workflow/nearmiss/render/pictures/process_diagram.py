"""The process of a policy: its states from top to bottom, the way on in the middle, ways out right, ways back left."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from nearmiss.render.characters import tidy
from nearmiss.render.pictures.drawing import EDGE, WIDTH, Sheet, height_of, number
from nearmiss.render.pictures.measuring import wrap
from nearmiss.render.pictures.nested_list import nested_list

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LANES = 4
"""Ways out, and ways back, that are drawn; a policy with more of either has the others in its list alone."""

_LANE = 18
_BOX = 40
_GAP = 12
_STUB = 13


@dataclass(frozen=True, kw_only=True)
class ProcessState:
    """A state: its name in the policy, its name in words, and its kind (`open`, `done` or `closed`)."""

    name: str
    label: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class ProcessStep:
    """A transition: its words, its kind (`forward`, `keep` or `back`), and the names of the states it joins."""

    label: str
    kind: str
    sources: tuple[str, ...]
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Process:
    """The states and transitions in the order of the policy, and what the picture is called."""

    title: str
    description: str
    states: tuple[ProcessState, ...]
    steps: tuple[ProcessStep, ...]


def draw_process(process: Process, *, prefix: str) -> Markup:
    """Return the process as a drawing; transitions that keep the state are in the list only."""
    sheet = Sheet(name="process", title=process.title, description=process.description, prefix=prefix)
    column = _Column(process)
    bottom = column.place()
    for index, state in enumerate(column.states):
        column.draw_state(sheet, index, state)
    for lane in (*column.out, *column.back):
        column.draw_lane(sheet, lane)
    return sheet.finish(bottom + EDGE)


def list_process(process: Process) -> Markup:
    """Return the states with the transitions that lead from them and where to, for whoever does not see the picture."""
    return nested_list(_items(process))


def _items(process: Process) -> Iterator[tuple[int, str]]:
    labels = {state.name: state.label for state in process.states}
    for state in process.states:
        yield 0, f"<strong>{escape(tidy(state.label))}</strong>"
        for step in process.steps:
            if state.name in step.sources:
                targets = [escape(tidy(labels[name])) for name in step.targets if name in labels and name != state.name]
                yield 1, f"{escape(tidy(step.label))}{' → ' if targets else ''}{', '.join(targets)}"


@dataclass(slots=True)
class _Lane:
    """A line beside the column that joins states which do not follow on each other."""

    label: str
    sources: list[int]
    targets: list[int]
    way: int
    order: int = 0
    sources_at: list[float] = field(default_factory=list)
    targets_at: list[float] = field(default_factory=list)

    @property
    def named_at(self) -> int:
        """The state by which the name stands: of a way out its first target, of a way back its last source."""
        return min(self.targets) if self.way > 0 else max(self.sources)


class _Column:
    """The states below each other, and the lanes on both sides."""

    def __init__(self, process: Process) -> None:
        self.states = sorted(process.states, key=lambda state: state.kind == "closed")
        self._index = {state.name: index for index, state in enumerate(self.states)}
        self._straight: dict[int, list[str]] = {}
        lanes = [lane for step in process.steps for lane in self._lanes_of(step)]
        self.out = _ordered([lane for lane in lanes if lane.way > 0])
        self.back = _ordered([lane for lane in lanes if lane.way < 0])
        self.left = EDGE + _LANE * len(self.back) + _STUB
        self.right = WIDTH - EDGE - _LANE * len(self.out) - _STUB
        self._tops: list[int] = []
        self._heights: list[int] = []

    def _lanes_of(self, step: ProcessStep) -> Iterator[_Lane]:
        """Note a step to the next state as a straight one; what else a step joins is a lane."""
        sources = sorted({self._index[name] for name in step.sources if name in self._index})
        targets = sorted({self._index[name] for name in step.targets if name in self._index})
        if step.kind == "keep" or not sources or not targets:
            return
        if step.kind == "forward" and len(targets) == 1 and self.states[targets[0]].kind != "closed":
            before = targets[0] - 1
            if before in sources:
                self._straight.setdefault(before, []).append(step.label)
                sources.remove(before)
        if sources:
            yield _Lane(label=step.label, sources=sources, targets=targets, way=-1 if step.kind == "back" else 1)

    @property
    def _middle(self) -> float:
        return (self.left + self.right) / 2

    def place(self) -> int:
        """Find where each state stands and where each lane meets it; return where all ends."""
        y = EDGE
        for index, state in enumerate(self.states):
            y += self._room_above(index)
            stubs = max(_ends(side, index) for side in (self.out, self.back))
            self._tops.append(y)
            self._heights.append(max(_BOX, height_of(self._label(state)) + 20, _STUB * (stubs + 1)))
            y += self._heights[-1]
        for side in (self.out, self.back):
            self._join(side)
        return y + self._room_above(len(self.states))

    def _label(self, state: ProcessState) -> list[str]:
        return wrap(state.label, self.right - self.left - 20, most=3, bold=True)

    def _room_above(self, index: int) -> int:
        """Return the room between a state and the one before: what is written there, and an arrow."""
        left = sum(height_of(self._name(lane)) for lane in self.back if lane.named_at == index - 1)
        right = sum(height_of(self._name(lane)) for lane in self.out if lane.named_at == index)
        straight = sum(height_of(self._step_label(label)) for label in self._straight.get(index - 1, ()))
        words = max(left, right + straight)
        return words + 2 * _GAP if 0 < index < len(self.states) else words + (_GAP if words else 0)

    def _name(self, lane: _Lane) -> list[str]:
        x = self._lane_at(lane)
        room = x - self._middle if lane.way > 0 else self._middle - x
        return wrap(lane.label, room - 14, most=3)

    def _step_label(self, label: str) -> list[str]:
        return wrap(label, self.right - self._middle - 14, most=3)

    def _lane_at(self, lane: _Lane) -> int:
        beyond = _STUB + _LANE * (lane.order + 1) - 6
        return self.right + beyond if lane.way > 0 else self.left - beyond

    def _join(self, side: list[_Lane]) -> None:
        """Spread the ends of the lanes on one side over the edge of each state, arrows first."""
        for index in range(len(self.states)):
            ends = [lane.targets_at for lane in side if index in lane.targets]
            ends += [lane.sources_at for lane in side if index in lane.sources]
            for order, end in enumerate(ends):
                end.append(self._tops[index] + self._heights[index] * (order + 1) / (len(ends) + 1))

    def draw_state(self, sheet: Sheet, index: int, state: ProcessState) -> None:
        """Draw a state, and the way on to the next one with its name."""
        top, height = self._tops[index], self._heights[index]
        shape = {"done": height / 2, "closed": 0}.get(state.kind, 8)
        kind = state.kind if state.kind in ("done", "closed") else "open"
        sheet.box(self.left, top, self.right - self.left, height, kind=f"state nm-s-state-{kind}", corner=shape)
        lines = self._label(state)
        sheet.words(self._middle, top + (height - height_of(lines)) / 2, lines, kind="state", anchor="middle")
        y = top + height
        for order, label in enumerate(self._straight.get(index, ())):
            if not order:
                end = self._tops[index + 1]
                sheet.path(f"M{number(self._middle)} {y}V{end - 8}", kind="way")
                sheet.arrow_head(self._middle, end, (0, 1))
            words = self._step_label(label)
            sheet.words(self._middle + 12, y + _GAP, words)
            y += height_of(words)

    def draw_lane(self, sheet: Sheet, lane: _Lane) -> None:
        """Draw a lane: a dot where a state leads into it, an arrow where it leads into a state, and its name."""
        x, edge = self._lane_at(lane), self.right if lane.way > 0 else self.left
        ends = (*lane.sources_at, *lane.targets_at)
        steps = f"M{x} {number(min(ends))}V{number(max(ends))}"
        steps += "".join(f"M{edge} {number(y)}H{x}" for y in lane.sources_at)
        steps += "".join(f"M{x} {number(y)}H{edge + lane.way * 8}" for y in lane.targets_at)
        sheet.path(steps, kind="way", dashes="5 3" if lane.way < 0 else "")
        for y in lane.sources_at:
            sheet.dot(x, y, 3, kind="tip")
        for y in lane.targets_at:
            sheet.arrow_head(edge, y, (-lane.way, 0))
        self._write_name(sheet, lane, x)

    def _write_name(self, sheet: Sheet, lane: _Lane, x: int) -> None:
        words = self._name(lane)
        above = [each for each in (self.out if lane.way > 0 else self.back) if each.named_at == lane.named_at]
        past = sum(height_of(self._name(each)) for each in above[: above.index(lane)])
        if lane.way > 0:
            past += sum(height_of(self._step_label(label)) for label in self._straight.get(lane.named_at - 1, ()))
            y = self._tops[lane.named_at] - self._room_above(lane.named_at) + (_GAP if lane.named_at else 0)
            sheet.words(x - 8, y + past, words, anchor="end")
        else:
            y = self._tops[lane.named_at] + self._heights[lane.named_at]
            sheet.words(x + 2, y + _GAP - 6 + past, words)


def _ends(lanes: list[_Lane], index: int) -> int:
    """Return how many ends of lanes a state has on one side."""
    return sum((index in lane.sources) + (index in lane.targets) for lane in lanes)


def _ordered(lanes: list[_Lane]) -> list[_Lane]:
    """Return the lanes that are drawn, from the column outwards: what ends sooner lies further in."""
    lanes = sorted(lanes[:MOST_LANES], key=lambda lane: lane.named_at)
    for order, lane in enumerate(lanes):
        lane.order = order
    return lanes
