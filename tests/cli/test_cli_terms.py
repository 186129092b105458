"""`nearmiss terms`: the lists of terms that rule the fields of a record."""

from __future__ import annotations

from tests.cli.shell import Shell
from tests.engine.scene import Scene


def test_lists_say_what_they_are_for(shell: Shell) -> None:
    """Without a list, each is named with its label, how many terms it has, and the fields that it rules."""
    said = shell.run("", "terms").out

    assert "barrier  What stopped it: 7 terms\n  for report.what_stopped_it.barrier\n" in said
    assert "area  Area: " in said
    assert "  for report.process_area, briefings[].area\n" in said
    assert said.endswith("\nTheir terms: nearmiss terms LIST\n")


def test_terms_say_what_they_mean(shell: Shell) -> None:
    """Each term of a list comes with its label, its help, and the other words by which it is known."""
    said = shell.run("", "terms", "area").out

    assert said.startswith("Area, for report.process_area, briefings[].area\n\n")
    assert (
        "goods-in  Goods in\n"
        "    Unloading, checking and booking what arrives.\n"
        "    also: receiving, inbound, delivery\n"
    ) in said


def test_terms_as_json(shell: Shell) -> None:
    """The JSON has a list's name, label and fields, and of each term every language."""
    [one] = shell.json("", "terms", "barrier")["lists"]

    assert (one["name"], one["fields"]) == ("barrier", ["report.what_stopped_it.barrier"])
    luck = next(term for term in one["terms"] if term["term"] == "luck")
    assert luck["label"]["de"] == "Glück"
    assert luck["retired"] is False
    assert set(luck) == {"term", "label", "help", "synonyms", "retired"}
    assert len(shell.json("", "terms")["lists"]) == 14


def test_retired_terms_are_shown_if_asked(shell: Shell, scene: Scene) -> None:
    """A term that is not to be used any more is left out, unless it is asked for, and then it is marked."""
    path = "schemas/vocabulary/location.yaml"
    first = shell.json("", "terms", "location")["lists"][0]["terms"][0]["term"]
    scene.change_policy("o.haddad", {path: scene.revised(path, {"terms.0.retired": True})})

    assert f"\n{first}  " not in shell.run("", "terms", "location").out
    assert "  not to be used any more\n" in shell.run("", "terms", "location", "--retired").out
    assert first not in {term["term"] for term in shell.json("", "terms", "location")["lists"][0]["terms"]}
    assert shell.json("", "terms", "location", "--retired")["lists"][0]["terms"][0]["retired"] is True
