"""The files by which a forge judges requests and publishes, made from the shipped templates for a register."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from nearmiss import __version__
from nearmiss.engine.forges.facts import forge_facts
from nearmiss.errors import UsageError
from nearmiss.shipped import shipped, shipped_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from nearmiss.policy.version import PolicyVersion

FORGES = ("github", "gitlab", "forgejo", "plain")
FOLDER = "templates/forge"
FOR_ALL = "all"
"""The folder of what every forge gets."""

PARTS = "parts"
"""The folder of what other templates include."""

STEP = "STEP"
"""In the name of a template, this stands for the name of a transition: it is rendered once for each."""

PAGE = "site/docs/protection.md"
ENDING = ".j2"

_PLAIN_BRANCH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*")


class UnknownForgeError(UsageError):
    """A forge was asked for that there are no files for."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There are no files for a forge called {name}.", hint=f"Choose one of {', '.join(FORGES)}.")


class BranchNotPlainError(UsageError):
    """The main branch has a name that a forge's files cannot say without quoting, each in a way of its own."""

    def __init__(self, branch: str) -> None:
        super().__init__(
            f"The files of a forge cannot name the branch {branch}.",
            hint="Name the main branch with letters, digits, . _ - and / only: --branch main",
        )


def require_forge(name: str) -> None:
    """Raise UnknownForgeError for a name that is none of ours."""
    if name not in FORGES:
        raise UnknownForgeError(name)


def forge_settings(name: str, paths: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the settings of a register on a forge: which one it is, and that its page of settings is policy too."""
    return {"forge.kind": name, "paths": [{"glob": PAGE, "is": "policy"}, *paths]}


def forge_files(name: str) -> Callable[[PolicyVersion], Mapping[str, bytes]]:
    """Return what makes the files of a forge for a register; raises BranchNotPlainError when it is called."""
    require_forge(name)
    return partial(_files, name)


def _files(name: str, version: PolicyVersion) -> Mapping[str, bytes]:
    from nearmiss.render.plain import PlainRenderer

    facts = forge_facts(version, tool=__version__)
    if not _PLAIN_BRANCH.fullmatch(facts["branch"]):
        raise BranchNotPlainError(facts["branch"])
    renderer = PlainRenderer(shipped(*FOLDER.split("/")))
    return {
        path: renderer.render(template, forge=name, **facts, **more).encode()
        for template, path, more in _wanted(name, facts)
    }


def _wanted(name: str, facts: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield each template with the path of the file that it makes, and what it says beyond the facts."""
    for folder in (FOR_ALL, name):
        for file in shipped_files(*FOLDER.split("/"), folder):
            template = file.removeprefix(f"{FOLDER}/")
            path = template.removeprefix(f"{folder}/").removesuffix(ENDING)
            if STEP not in path:
                yield template, path, {}
                continue
            for step in facts["steps"]:
                yield template, path.replace(STEP, step["name"]), {"step": step}
