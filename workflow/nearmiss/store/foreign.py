"""YAML that is not of our making, such as MkDocs' configuration: read as plain data only, and never as objects."""

from __future__ import annotations

from typing import Any


class ForeignYamlError(ValueError):
    """The text cannot be read as plain data; the words say why, in one line."""


def read_foreign(raw: bytes) -> Any:
    """Return the plain data of any YAML document: looser than a record, but a tag of another kind is refused.

    Raises ForeignYamlError for a tag such as `!!python/name:…`, which would run code, and for what is not YAML.
    """
    import yaml  # type: ignore[import-untyped]

    try:
        return yaml.safe_load(raw)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ForeignYamlError(f"line {line}: {error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ForeignYamlError("it is not YAML text") from error
