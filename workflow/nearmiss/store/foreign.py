"""YAML that is not of our making, such as MkDocs' configuration: read as plain data only, and never as objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


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


def line_of(raw: bytes, way: Sequence[str]) -> int:
    """Return the line, from 1, of the key that a way of keys leads to in a YAML document that `read_foreign` reads.

    Lists on the way are passed through: the first entry that has the key is taken. Where the way ends early, the line
    is that of the last key found.
    """
    import yaml

    line, node = 1, yaml.compose(raw, Loader=yaml.SafeLoader)
    for name in way:
        found = next((pair for pair in _pairs_in(node) if pair[0].value == name), None)
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line


def _pairs_in(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the keys with their values of a mapping, or of the mappings in a list."""
    entries = node.value if getattr(node, "id", "") == "sequence" else [node]
    for entry in entries:
        if getattr(entry, "id", "") == "mapping":
            yield from entry.value
