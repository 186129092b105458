"""Frozen values that are made swiftly: they are what frozen dataclasses are."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, dataclass, field, replace
from typing import Any

import pytest

from nearmiss.models.swift import once, swift


@swift
@dataclass(frozen=True, kw_only=True)
class Swift:
    """One with every kind of field."""

    asked: int
    usual: str = "as usual"
    made: list[int] = field(default_factory=list)
    own: dict[str, int] = field(default_factory=dict, init=False)
    later: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Work out what is left."""
        self.__dict__["later"] = f"after {self.asked}"

    @once
    def counted(self) -> list[int]:
        """What is worked out once."""
        return [*self.made, self.asked]


@dataclass(frozen=True, kw_only=True)
class Plain:
    """The same, as Python makes it."""

    asked: int
    usual: str = "as usual"
    made: list[int] = field(default_factory=list)
    own: dict[str, int] = field(default_factory=dict, init=False)
    later: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Work out what is left."""
        object.__setattr__(self, "later", f"after {self.asked}")


@pytest.mark.parametrize("given", [{}, {"usual": ""}, {"made": [1]}, {"usual": "x", "made": []}])
def test_its_fields_are_those_of_any_dataclass(given: dict[str, Any]) -> None:
    """Given or not, each field says what it would say in a dataclass that Python made, and shows it so."""
    swiftly, plainly = Swift(asked=7, **given), Plain(asked=7, **given)
    assert vars(swiftly) == vars(plainly)
    assert repr(swiftly) == repr(plainly).replace("Plain", "Swift")
    assert swiftly == Swift(asked=7, **given) != Swift(asked=8, **given)
    assert replace(swiftly, asked=9) == Swift(asked=9, **given)
    assert pickle.loads(pickle.dumps(swiftly)) == swiftly  # noqa: S301 - our own


def test_what_is_made_belongs_to_one_alone() -> None:
    """A field that is made anew is another one for each."""
    one, other = Swift(asked=1), Swift(asked=1)
    one.made.append(1)
    one.own["a"] = 1
    assert (other.made, other.own) == ([], {})


@pytest.mark.parametrize("given", [{}, {"asked": 1, "other": 2}, {"asked": 1, "own": {}}])
def test_what_is_missing_or_unknown_is_refused(given: dict[str, Any]) -> None:
    """A field that must be given is asked for, and one that nobody knows is not taken."""
    with pytest.raises(TypeError):
        Swift(**given)


def test_nobody_sets_a_field() -> None:
    """It stays frozen."""
    with pytest.raises(FrozenInstanceError):
        Swift(asked=1).asked = 2  # type: ignore[misc]  # that is the point


def test_what_is_worked_out_once_is_kept() -> None:
    """The second time, nobody works it out; of the class itself it is the decorator, which says what it is for."""
    one = Swift(asked=1, made=[5])
    assert one.counted is one.counted
    assert one.counted == [5, 1]
    assert "worked out once" in str(vars(Swift)["counted"].__doc__)
    assert Swift.counted is vars(Swift)["counted"]
