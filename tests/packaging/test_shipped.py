"""Finding what comes with the program, and saying so when it is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from nearmiss import shipped as room
from nearmiss.errors import ExitCode
from nearmiss.shipped import OURS_ALONE, BrokenInstallationError, shipped, shipped_files, shipped_root


def lay(folder: Path, *names: str) -> Path:
    """Write small files below a folder, and return the folder."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return folder


def test_checkout_is_read_in_place(repo_root: Path) -> None:
    """In a checkout the shipped folders are the repository's own."""
    assert shipped_root() == repo_root
    assert shipped("workflow", "policy", "workflow.yaml") == repo_root / "workflow" / "policy" / "workflow.yaml"


def test_installed_package_reads_the_folder_inside_it(tmp_path: Path) -> None:
    """Installed, the shipped folders are those inside the package."""
    package = lay(tmp_path / "site-packages" / "nearmiss", "_shipped/schemas/a.json")

    assert shipped_root(package) == package / "_shipped"


def test_package_without_its_folders_is_named_as_broken(tmp_path: Path) -> None:
    """A package alone is a broken installation, in one sentence with what to do, and a fault of ours."""
    package = lay(tmp_path / "site-packages" / "nearmiss", "__init__.py")
    lay(tmp_path / "workflow" / "policy", "workflow.yaml")

    with pytest.raises(BrokenInstallationError) as refusal:
        shipped_root(package)

    assert str(package / "_shipped") in refusal.value.message
    assert "Install it again" in refusal.value.hint
    assert refusal.value.exit_code is ExitCode.FAULT


def test_half_a_checkout_is_named_as_broken(tmp_path: Path) -> None:
    """A checkout whose policy is gone is not taken for a whole one."""
    package = lay(tmp_path / "workflow" / "nearmiss", "__init__.py")

    with pytest.raises(BrokenInstallationError):
        shipped_root(package)


def test_missing_file_is_named() -> None:
    """A shipped file that is gone is named with its path."""
    with pytest.raises(BrokenInstallationError, match=r"no-such-file\.yaml is missing"):
        shipped("workflow", "policy", "no-such-file.yaml")


def test_files_are_listed_without_what_is_ours_alone(tmp_path: Path) -> None:
    """The list is sorted, spelled with `/`, and passes over what is ours alone and what Python leaves behind."""
    ours = [place if Path(place).suffix else f"{place}/0001.yaml" for place in OURS_ALONE]
    lay(
        tmp_path, *ours, "site/theme/main.html", "site/mkdocs.yml", "site/__pycache__/hook.pyc", "site/docs/projects.md"
    )

    assert shipped_files("site", root=tmp_path) == ("site/docs/projects.md", "site/mkdocs.yml", "site/theme/main.html")


def test_one_folder_is_listed_from_the_place_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a root, the list is that of the installation that runs."""
    lay(tmp_path, "schemas/a.json", "templates/b.html")
    monkeypatch.setattr(room, "shipped_root", lambda: tmp_path)

    assert shipped_files("schemas") == ("schemas/a.json",)
