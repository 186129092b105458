"""The rules of a register in the words of a site: its states and the bands of its risk, as the policy labels them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.policy.plain import get, listed
from nearmiss.render.words import spell_term, text_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.render.languages import Words

    Rules = Mapping[str, Any]
    """The plain data of a policy."""


def label_of_state(state: str, rules: Rules, words: Words) -> str:
    """Return the label of a state; one that the policy does not know is spelt out."""
    return labelled(_entry(listed(rules, "workflow", "states"), "state", state), state, words)


def label_of_band(band: str, rules: Rules, words: Words) -> str:
    """Return the label of a band of risk; one that the policy does not know is spelt out."""
    return labelled(_entry(listed(rules, "risk", "bands"), "band", band), band, words)


def labelled(entry: Any, name: str, words: Words) -> str:
    """Return the label of an entry of the policy in the language of the words, else its name spelt out."""
    return text_in(get(entry, "label"), words.language) or spell_term(name, words)


def kinds_of_states(rules: Rules) -> dict[str, str]:
    """Return whether each state is `open`, `done` or `closed`, in the order of the policy."""
    return {state["state"]: state["kind"] for state in listed(rules, "workflow", "states")}


def _entry(entries: list[Any], key: str, name: str) -> Any:
    return next((entry for entry in entries if get(entry, key) == name), None)
