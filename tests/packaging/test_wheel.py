"""The wheel: all of the program and what comes with it, byte for byte, and nothing of this project's own people."""

from __future__ import annotations

import re
import shutil
import tomllib
from email import message_from_bytes
from pathlib import Path

import pytest

from nearmiss import __version__
from nearmiss.shipped import OURS_ALONE, SHIPPED_FOLDERS, shipped_files
from tests.packaging.packages import Built, build, read_wheel

SHIPPED = "nearmiss/_shipped/"

STRANGER = "q.zebrafinch"
"""A handle that nothing of ours contains."""


def settings_of_the_wheel(repo_root: Path) -> dict[str, list[str]]:
    """Return what pyproject tells the build backend about the wheel."""
    project = tomllib.loads((repo_root / "pyproject.toml").read_text(encoding="utf-8"))
    settings: dict[str, list[str]] = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    return settings


def copy_for_building(repo_root: Path, into: Path) -> Path:
    """Copy what a wheel is made of, so that a test can add to it."""
    for folder in ("workflow/nearmiss", *SHIPPED_FOLDERS):
        shutil.copytree(repo_root / folder, into / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "LICENSE", "README.md"):
        shutil.copy(repo_root / file, into / file)
    return into


def test_wheel_carries_all_code(built: Built, repo_root: Path) -> None:
    """Every file of the package is in the wheel, byte for byte."""
    package = repo_root / "workflow" / "nearmiss"
    code = {
        f"nearmiss/{path.relative_to(package).as_posix()}": path.read_bytes()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    in_wheel = {name: data for name, data in built.in_wheel.items() if re.match(r"nearmiss/(?!_shipped/)", name)}

    assert "nearmiss/py.typed" in code
    assert in_wheel == code


def test_wheel_carries_what_comes_with_the_program(built: Built, repo_root: Path) -> None:
    """Policy, vocabulary, schemas, templates and site are in the wheel as a checkout has them, byte for byte."""
    names = [name for folder in SHIPPED_FOLDERS for name in shipped_files(folder, root=repo_root)]

    in_wheel = {name: data for name, data in built.in_wheel.items() if name.startswith(SHIPPED)}

    assert in_wheel == {SHIPPED + name: (repo_root / name).read_bytes() for name in names}


@pytest.mark.parametrize(
    "name",
    [
        "workflow/policy/workflow.yaml",
        "workflow/policy/risk.yaml",
        "workflow/policy/settings.yaml",
        "schemas/near-miss.schema.json",
        "schemas/vocabulary/hazard.yaml",
        "site/mkdocs.yml",
        "site/docs/index.md",
        "site/docs/how-to-report.md",
        "templates/demo/cast.yaml",
    ],
)
def test_wheel_has_what_the_commands_read(built: Built, name: str) -> None:
    """The files that commands cannot do without are in the wheel."""
    assert SHIPPED + name in built.in_wheel


def test_wheel_and_code_agree_on_what_is_ours_alone(repo_root: Path) -> None:
    """What the wheel leaves out is what `init` in a checkout leaves out, and the folders they take it from agree."""
    settings = settings_of_the_wheel(repo_root)

    assert set(settings["exclude"]) == set(OURS_ALONE)
    assert set(settings["only-include"]) == {"workflow/nearmiss", *SHIPPED_FOLDERS}


def test_wheel_leaves_our_people_out(repo_root: Path, tmp_path: Path) -> None:
    """A name planted in each place that is ours alone reaches no file of a wheel; planted elsewhere, it does."""
    source = copy_for_building(repo_root, tmp_path / "source")
    for place in OURS_ALONE:
        file = source / place if Path(place).suffix else source / place / "0001.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"handle: {STRANGER}\n", encoding="utf-8")
    (source / "schemas" / "for-all.txt").write_text(STRANGER, encoding="utf-8")

    wheel = read_wheel(build(source, tmp_path / "dist", "wheel"))

    assert [name for name, data in wheel.items() if STRANGER.encode() in data] == [f"{SHIPPED}schemas/for-all.txt"]


def test_no_handle_of_ours_is_in_the_wheel(built: Built, repo_root: Path) -> None:
    """Nobody who has a part in this project's own register is named by any file of the wheel."""
    people = (repo_root / "workflow" / "policy" / "people.yaml").read_text(encoding="utf-8")
    handles = set(re.findall(r"\bhandle: *[\"']?([a-z0-9.-]+)", people))
    assert handles, "people.yaml names nobody: this test would prove nothing"
    spelled = re.compile(rb"(?<![\w.-])(" + "|".join(map(re.escape, sorted(handles))).encode() + rb")(?![\w-])")

    assert {name: found.group() for name, data in built.in_wheel.items() if (found := spelled.search(data))} == {}


def test_wheel_says_what_it_is(built: Built) -> None:
    """The wheel's metadata carries the version of the code, its licence, and the two doors into it."""
    about = f"nearmiss_register-{__version__}.dist-info"

    metadata = message_from_bytes(built.in_wheel[f"{about}/METADATA"])
    doors = built.in_wheel[f"{about}/entry_points.txt"].decode()

    assert metadata["Name"] == "nearmiss-register"
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"] == "MIT"
    assert "nearmiss = nearmiss.__main__:main" in doors
    assert "[mkdocs.plugins]\nnearmiss = nearmiss.site.plugin:NearMissPlugin" in doors


def test_sdist_builds_the_same_wheel(built: Built, tmp_path: Path) -> None:
    """Whoever builds from the source archive gets the wheel that a checkout gives, so the archive misses nothing."""
    for name, data in built.in_sdist.items():
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    again = read_wheel(build(tmp_path / "source", tmp_path / "dist", "wheel"))

    assert again == built.in_wheel


def test_sdist_can_be_tested(built: Built) -> None:
    """The source archive carries the tests, and what `make test` needs to run them."""
    assert {"tests/conftest.py", "Makefile", "constraints.txt", "LICENSE", "README.md"} <= set(built.in_sdist)
