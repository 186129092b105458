"""The package installed: as a wheel on somebody's machine, and editable in a checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

from nearmiss import __version__
from nearmiss.shipped import shipped_files
from tests.packaging.packages import Place, install

OWNER = ("--owner-name", "Ada Example", "--owner-email", "ada@example.org", "--owner-handle", "a.example")

LAID_DOWN = (
    "schemas",
    "templates",
    "site/theme",
    "site/mkdocs.yml",
    "workflow/policy/workflow.yaml",
    "workflow/policy/risk.yaml",
)
"""What `init` lays down unchanged, but for what follows; people, settings and pages are each register's own."""


OWNED = ("templates/site/", "site/theme/")
NOT_LAID_DOWN = ("templates/demo/", "templates/forge/", "templates/intake/", *OWNED)
READ_FIRST = [f"{folder}README.md" for folder in OWNED]
"""What tells how a file of the site becomes one's own; the files themselves go on with the program."""


@pytest.fixture(scope="module")
def register(installed: Place, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay down a register with the installed program, as its first user would."""
    directory = tmp_path_factory.mktemp("theirs")
    done = installed.run("nearmiss", "init", "register", *OWNER, cwd=directory)
    assert done.returncode == 0, done.stderr
    return directory / "register"


def test_installed_program_says_its_version(installed: Place, tmp_path: Path) -> None:
    """`nearmiss --version` works from a wheel, anywhere."""
    done = installed.run("nearmiss", "--version", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert __version__ in done.stdout


def test_installed_program_is_the_one_in_the_wheel(installed: Place, tmp_path: Path) -> None:
    """What these tests run is the installed copy with the folders it carries, not this checkout."""
    code = "from nearmiss.shipped import *; print(shipped_root()); print(*shipped_files('schemas'))"

    root, _, names = installed.python(code, cwd=tmp_path).partition("\n")

    assert Path(root).is_relative_to(installed.bin.parent)
    assert Path(root).name == "_shipped"
    assert names.split() == list(shipped_files("schemas"))


@pytest.mark.parametrize("group, name", [("console_scripts", "nearmiss"), ("mkdocs.plugins", "nearmiss")])
def test_installed_entry_points_load(installed: Place, tmp_path: Path, group: str, name: str) -> None:
    """Each door that the wheel announces opens."""
    code = (
        "from importlib.metadata import entry_points;"
        f"[door] = entry_points(group={group!r}, name={name!r}); print(callable(door.load()))"
    )

    assert installed.python(code, cwd=tmp_path) == "True"


def test_installed_program_lays_down_what_a_checkout_has(register: Path, repo_root: Path) -> None:
    """`init` from a wheel lays down policy, vocabulary, templates and theme as they are here, byte for byte."""
    names = [name for name in shipped_files(root=repo_root) if name.startswith(LAID_DOWN)]
    names = [name for name in names if not name.startswith(NOT_LAID_DOWN)] + READ_FIRST
    assert not [name for name in shipped_files(root=register) if name.startswith(OWNED) and name not in READ_FIRST]

    differing = [
        name
        for name in names
        if not (register / name).is_file() or (register / name).read_bytes() != (repo_root / name).read_bytes()
    ]

    assert names
    assert differing == []


def test_new_register_passes_its_own_check(installed: Place, register: Path) -> None:
    """A register just laid down has no findings."""
    done = installed.run("nearmiss", "check", cwd=register)

    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_new_register_builds_its_site_with_plain_mkdocs(installed: Place, register: Path, tmp_path: Path) -> None:
    """`mkdocs build --strict` builds the site of a new register, with the plugin found through its entry point."""
    words = ("-m", "mkdocs", "build", "--strict", "--quiet", "-f", "site/mkdocs.yml", "-d", str(tmp_path / "built"))

    done = installed.run("python", *words, cwd=register)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "built" / "index.html").is_file()


def test_editable_installation_reads_the_checkout(repo_root: Path, tmp_path: Path) -> None:
    """An editable installation runs this checkout's code and reads policy, templates and site in place."""
    place = install(tmp_path / "venv", "--editable", str(repo_root))

    code = "import nearmiss, nearmiss.shipped; print(nearmiss.__file__); print(nearmiss.shipped.shipped_root())"
    file, root = place.python(code, cwd=tmp_path).splitlines()

    assert Path(file) == repo_root / "workflow" / "nearmiss" / "__init__.py"
    assert Path(root) == repo_root
