"""What a site's configuration may ask for: nothing in it may run code that does not come with the program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.errors import NearMissError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PLUGINS = frozenset({"search", "offline", "nearmiss", "tags", "meta", "info", "privacy"})
"""Plugins that are known to run nothing of the repository; those of the theme may be named `material/search` too."""


class UnsafeSiteError(NearMissError):
    """The configuration asks for something that could run code of the repository on the machine that builds."""

    def __init__(self, path: Path, reason: str, hint: str) -> None:
        super().__init__(f"The site is not built: {path} {reason}.", hint=hint)


def read_configuration(path: Path) -> Mapping[str, Any]:
    """Read `mkdocs.yml` as plain data; raises UnsafeSiteError where it is none."""
    from nearmiss.store.foreign import ForeignYamlError, read_foreign

    try:
        data = read_foreign(path.read_bytes())
    except ForeignYamlError as error:
        hint = "Write plain keys and values; tags such as `!!python/name:` and `!ENV` are not read here."
        raise UnsafeSiteError(path, f"cannot be read as plain YAML ({error})", hint) from error
    if not isinstance(data, dict):
        raise UnsafeSiteError(path, "is no mapping", "Write `key: value` lines, as in the one that came with nearmiss.")
    return data


def refuse_unsafe(path: Path) -> None:
    """Look at `mkdocs.yml` before MkDocs does, which runs what it names; raises UnsafeSiteError."""
    data = read_configuration(path)
    if data.get("hooks"):
        hint = "Take `hooks:` out; a site here runs no code of the repository."
        raise UnsafeSiteError(path, "names hooks, which run code", hint)
    if "INHERIT" in data:
        raise UnsafeSiteError(
            path, "inherits from another file", "Copy what it needs from there, and take INHERIT out."
        )
    for name in _plugins(data.get("plugins")):
        if name.removeprefix("material/") not in PLUGINS:
            hint = f"Take it out; plugins that run no code of the repository are {', '.join(sorted(PLUGINS))}."
            raise UnsafeSiteError(path, f"names the plugin {name!a}, which may run code", hint)


def _plugins(said: Any) -> Iterator[str]:
    """Yield the names of plugins in each of the ways that MkDocs reads: a list of names or mappings, or a mapping."""
    for entry in said if isinstance(said, list) else [said]:
        if isinstance(entry, dict):
            yield from map(str, entry)
        elif entry:
            yield str(entry)
