"""Where the policy, vocabulary, templates and site that come with the program are, in a checkout and in a wheel."""

from __future__ import annotations

from pathlib import Path

from nearmiss.errors import ExitCode, NearMissError

SHIPPED_FOLDERS = ("workflow/policy", "schemas", "templates", "site")
"""The folders that come with the program, as they lie in a repository."""

OWNED = ("templates/site", "site/theme")
"""Those of which a register has only what is its own; the rest goes on with the program."""

OURS_ALONE = (
    "workflow/policy/people.yaml",
    "workflow/policy/instance.yaml",
    "workflow/policy/waivers.yaml",
    "workflow/policy/versions",
    "workflow/policy/sign-offs",
    "templates/demo/cast-house.yaml",
    "site/_build",
    "site/data",
    "site/docs/project",
)
"""What lies in those folders of this project's own checkout and must reach nobody else; the wheel leaves it out too."""


class BrokenInstallationError(NearMissError):
    """A file that belongs to the program itself is not where it was installed."""

    exit_code = ExitCode.FAULT

    def __init__(self, missing: Path) -> None:
        super().__init__(
            f"This installation of nearmiss is not complete: {missing} is missing.",
            hint="Install it again: pip install --force-reinstall nearmiss-register (in a checkout: git status).",
        )
        self.missing = missing


def shipped_root(package: Path = Path(__file__).parent) -> Path:
    """Return the folder that holds the shipped folders: inside an installed package, or the top of a checkout.

    Raises:
        BrokenInstallationError: neither is there.
    """
    installed = package / "_shipped"
    if installed.is_dir():
        return installed
    checkout = package.parent.parent
    if package.parent.name == "workflow" and (checkout / "workflow" / "policy").is_dir():
        return checkout
    raise BrokenInstallationError(installed)


def shipped(*parts: str) -> Path:
    """Return the path of a shipped file or folder, such as `shipped("workflow", "policy", "risk.yaml")`.

    Raises:
        BrokenInstallationError: it is not there.
    """
    path = shipped_root().joinpath(*parts)
    if not path.exists():
        raise BrokenInstallationError(path)
    return path


def shipped_files(*parts: str, root: Path | None = None) -> tuple[str, ...]:
    """List every file below a shipped folder, sorted, relative to `shipped_root()` and with `/`.

    A checkout and a wheel list the same names: what is `OURS_ALONE` is passed over, and what Python leaves behind.
    """
    top = shipped_root() if root is None else root
    found = (path.relative_to(top) for path in top.joinpath(*parts).rglob("*") if path.is_file())
    return tuple(sorted(name.as_posix() for name in found if _is_for_all(name)))


def _is_for_all(name: Path) -> bool:
    return "__pycache__" not in name.parts and not any(name.is_relative_to(place) for place in OURS_ALONE)
