"""The environments in which git is started: one that reads and judges on its own, and one that is the person's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

INHERITED_FOR_READING = frozenset({"GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_EXEC_PATH"})
"""What of the caller's `GIT_*` may reach a child that reads: where to look for repositories, and git itself."""

REDIRECTING = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_ATTR_SOURCE",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_INDEX_FILE",
        "GIT_INTERNAL_SUPER_PREFIX",
        "GIT_LITERAL_PATHSPECS",
        "GIT_NAMESPACE",
        "GIT_NO_REPLACE_OBJECTS",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_QUARANTINE_PATH",
        "GIT_REPLACE_REF_BASE",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)
"""What would make git look at another repository than the one that was opened; a hook inherits some of it."""

GROUND_RULES = {
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_GRAFT_FILE": "/dev/null",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
    # A partial clone fetches what is missing by itself, through whatever program its configuration names; git knows
    # GIT_NO_LAZY_FETCH only since 2.44, while no transport is ever allowed under this name.
    "GIT_ALLOW_PROTOCOL": "none",
}

OVERRIDES = (
    # programs that a repository's own configuration could start while it is read
    ("core.fsmonitor", "false"),
    ("core.hooksPath", "/dev/null"),
    ("diff.external", ""),
    ("log.showSignature", "false"),
    # settings that change what reading finds
    ("core.attributesFile", "/dev/null"),
    ("core.checkStat", "default"),
    # an index of commits made elsewhere can show other parents, as grafts do
    ("core.commitGraph", "false"),
    ("core.excludesFile", "/dev/null"),
    ("core.ignoreStat", "false"),
    ("core.trustctime", "true"),
    ("diff.ignoreSubmodules", "none"),
    ("diff.renames", "false"),
    ("log.follow", "false"),
    ("log.mailmap", "false"),
    ("log.showRoot", "true"),
    ("submodule.recurse", "false"),
    # milliseconds to wait for somebody else's lock of a branch, before it is refused
    ("core.filesRefLockTimeout", "2000"),
    # writing: one index file, and all of a commit on the disk before a reference names it, with one flush
    ("core.splitIndex", "false"),
    ("core.fsync", "committed,loose-object,reference"),
    ("core.fsyncMethod", "batch"),
)
"""Configuration that outranks the repository's own in every child that reads, judges or writes objects."""


def reading_environment(
    inherited: Mapping[str, str],
    *,
    safe: str,
    git_dir: Path | None = None,
    root: Path | None = None,
    settings: Iterable[tuple[str, str]] = (),
    objects: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the environment of a child that reads, judges or writes objects.

    Nothing in it depends on the configuration of the machine or the person, and the repository's own configuration
    can neither start a program nor change what is read. `safe` is the one folder that git may trust though another
    user owns it; `settings` are further overrides. `objects` says where objects are besides the repository's own place,
    as `quarantine.py` has found it to be sound: nothing of that is inherited.
    """
    kept = {
        name: value
        for name, value in inherited.items()
        if (not name.startswith("GIT_") or name in INHERITED_FOR_READING) and name != "LANGUAGE"
    }
    overrides = [*OVERRIDES, ("safe.directory", safe), *settings]
    return kept | GROUND_RULES | _configuration(overrides) | _place(git_dir, root) | dict(objects or {})


def personal_environment(inherited: Mapping[str, str], *, git_dir: Path, root: Path | None) -> dict[str, str]:
    """Return the environment for what is done in the person's name: push, fetch, and asking who they are."""
    kept = {name: value for name, value in inherited.items() if name not in REDIRECTING}
    return kept | _place(git_dir, root) | {"LC_ALL": "C"}


def _configuration(overrides: list[tuple[str, str]]) -> dict[str, str]:
    words = {"GIT_CONFIG_COUNT": str(len(overrides))}
    for number, (key, value) in enumerate(overrides):
        words[f"GIT_CONFIG_KEY_{number}"] = key
        words[f"GIT_CONFIG_VALUE_{number}"] = value
    return words


def _place(git_dir: Path | None, root: Path | None) -> dict[str, str]:
    place = {}
    if git_dir is not None:
        place["GIT_DIR"] = str(git_dir)
    if root is not None:
        place["GIT_WORK_TREE"] = str(root)
    return place
