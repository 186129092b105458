"""A dossier: one record with everything that lies beside it, as plain data to be judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nearmiss.models.digests import digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.policy.findings import Field


@dataclass(frozen=True, kw_only=True)
class SignedFile:
    """One sign-off file: where it lies, what it says as plain data, and the digest of its bytes."""

    path: str
    data: Mapping[str, Any]
    bytes_digest: str

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.rpartition("/")[2]

    @property
    def statement(self) -> Mapping[str, Any]:
        """What was signed."""
        statement: Mapping[str, Any] = self.data["statement"]
        return statement

    @cached_property
    def statement_digest(self) -> str:
        """The digest of the statement, by which the next step points back to it."""
        return digest(self.statement)


@dataclass(frozen=True, kw_only=True)
class Attached:
    """A file in `attachments/`, as it is in git."""

    sha256: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """A record with its sign-offs and attachments. The plain data is what digests are taken of."""

    id: str
    path: str
    data: Mapping[str, Any]
    sign_offs: tuple[SignedFile, ...] = ()
    attachments: Mapping[str, Attached] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """The state that the record claims."""
        return str(self.data.get("state"))

    @property
    def level(self) -> str:
        """How deep to go; a record without a level is treated as `high` wherever a level decides."""
        return str(get(self.data, "assessment", "level") or "high")

    def digest_of(self, part: str) -> str | None:
        """Return the digest of a section (or of the title), None where the record has none."""
        return digest(self.data[part]) if part in self.data else None


def get(data: Any, *way: str) -> Any:
    """Return the value at the end of a way of keys, or None."""
    for key in way:
        if not isinstance(data, dict) or key not in data:
            return None
        data = data[key]
    return data


def listed(data: Any, *way: str) -> list[Any]:
    """Return the list at the end of a way of keys; an empty one where there is none."""
    found = get(data, *way)
    return found if isinstance(found, list) else []


def values_at(data: Any, path: str) -> Iterator[tuple[Field, Any]]:
    """Yield every value that a field path such as `action_plan.actions[].owner` reaches, with the way to it."""
    yield from _walk(data, path.split("."), ())


def _walk(data: Any, steps: list[str], way: Field) -> Iterator[tuple[Field, Any]]:
    if not steps:
        yield way, data
        return
    key, many = steps[0].removesuffix("[]"), steps[0].endswith("[]")
    if not isinstance(data, dict) or key not in data:
        return
    if not many:
        yield from _walk(data[key], steps[1:], (*way, key))
    elif isinstance(data[key], list):
        for place, entry in enumerate(data[key]):
            yield from _walk(entry, steps[1:], (*way, key, place))
