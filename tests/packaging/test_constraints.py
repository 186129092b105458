"""The pinned packages: complete, hashed, and from no place in particular."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def read_pins(text: str) -> dict[str, list[str]]:
    """Return the pinned lines of each package, each with its hashes joined to it."""
    pins: dict[str, list[str]] = {}
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            pins.setdefault(canonicalize_name(re.split(r"[=<>;\s\[]", line, maxsplit=1)[0]), []).append(line)
    return pins


@pytest.fixture(scope="module")
def constraints(repo_root: Path) -> str:
    """Return the text of the pinned packages."""
    return (repo_root / "constraints.txt").read_text(encoding="utf-8")


def test_every_package_is_pinned_and_hashed(constraints: str) -> None:
    """Each line pins one version and carries SHA-256 hashes, or pip's hash checking would refuse them all."""
    pins = [line for lines in read_pins(constraints).values() for line in lines]

    assert [pin for pin in pins if not re.match(r"[a-z0-9.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", pin)] == []
    assert pins


def test_every_package_we_ask_for_is_pinned_within_its_bounds(repo_root: Path, constraints: str) -> None:
    """What pyproject asks for, to run, to develop and to build, is pinned at a version it accepts."""
    project = tomllib.loads((repo_root / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [
        Requirement(text)
        for text in (
            *project["build-system"]["requires"],
            *project["project"]["dependencies"],
            *project["project"]["optional-dependencies"]["dev"],
        )
    ]
    pins = read_pins(constraints)

    unmet = [
        str(wish)
        for wish in asked
        if not all(
            wish.specifier.contains(pin.partition("==")[2].split()[0])
            for pin in pins.get(canonicalize_name(wish.name), ["==0"])
        )
    ]

    assert unmet == []


def test_what_the_pinned_packages_ask_for_is_pinned(repo_root: Path, constraints: str) -> None:
    """Nothing but the pins is installed, so whatever a package needs on this machine is one of them, as it asks."""
    pins = read_pins(constraints)
    project = tomllib.loads((repo_root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [text for texts in project["optional-dependencies"].values() for text in texts]
    waiting = [Requirement(text) for text in (*project["dependencies"], *extras)]
    seen: set[str] = set()
    unmet: list[str] = []
    while waiting:
        wish = waiting.pop()
        if str(wish) in seen or (wish.marker is not None and not wish.marker.evaluate({"extra": ""})):
            continue
        seen.add(str(wish))
        name = canonicalize_name(wish.name)
        if name != canonicalize_name(project["name"]):
            versions = [pin.partition("==")[2].split()[0] for pin in pins.get(name, [])]
            unmet += [] if any(map(wish.specifier.contains, versions)) else [str(wish)]
            waiting += needs_of(name, wish.extras)
    assert unmet == []
    assert len({Requirement(text).name for text in seen}) > len(pins) // 2


def needs_of(name: str, extras: set[str]) -> list[Requirement]:
    """Return what an installed package asks for here, with some of its extras; nothing of one that is not installed."""
    try:
        asked = [Requirement(text) for text in requires(name) or ()]
    except PackageNotFoundError:
        return []
    chosen = [{"extra": extra} for extra in ("", *extras)]
    held = [wish for wish in asked for extra in chosen if wish.marker is None or wish.marker.evaluate(extra)]
    for wish in held:
        wish.marker = None
    return held


def test_constraints_name_no_place(constraints: str) -> None:
    """The file says what to install and never from where: no address, no index, no path of a machine."""
    words = constraints.replace("    --hash", "    hash")

    assert re.findall(r"https?://\S*|file:\S*|^\s*-[-\w]+|(?<!\S)/\S+", words, re.MULTILINE) == []
