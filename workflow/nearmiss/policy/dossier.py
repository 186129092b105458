"""A dossier: one record with everything that lies beside it, as plain data to be judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nearmiss.models.digests import digest
from nearmiss.models.swift import once, swift
from nearmiss.policy.notes import Notes
from nearmiss.policy.plain import get, listed, values_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Attached", "Dossier", "Origin", "SignedFile", "get", "listed", "values_at"]


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What a sign-off file itself proves of where it comes from, under the people of one policy version.

    `key` is the fingerprint of the key that signed it. Where its signature does not hold, `code` and `problem` say why;
    it is no better than a claim then, and is refused.
    """

    assurance: str = "asserted"
    key: str = ""
    code: str = ""
    problem: str = ""


@swift
@dataclass(frozen=True, kw_only=True)
class SignedFile:
    """One sign-off file: where it lies, what it says as plain data, and the digest of its bytes."""

    path: str
    data: Mapping[str, Any]
    bytes_digest: str

    @once
    def name(self) -> str:
        """The file's name."""
        return self.path.rpartition("/")[2]

    @once
    def statement(self) -> Mapping[str, Any]:
        """What was signed."""
        statement: Mapping[str, Any] = self.data["statement"]
        return statement

    @once
    def statement_digest(self) -> str:
        """The digest of the statement, by which the next step points back to it."""
        return digest(self.statement)

    @once
    def origins(self) -> dict[str, Origin]:
        """What was proved of its origin, by the digest of the people under whom: verifying a signature takes time."""
        return {}


@dataclass(frozen=True, kw_only=True)
class Attached:
    """A file in `attachments/`, as it is in git."""

    sha256: str
    size: int


@swift
@dataclass(frozen=True, kw_only=True)
class Dossier:
    """A record with its sign-offs and attachments. The plain data is what digests are taken of."""

    id: str
    path: str
    data: Mapping[str, Any]
    sign_offs: tuple[SignedFile, ...] = ()
    attachments: Mapping[str, Attached] = field(default_factory=dict)
    notes: Notes = field(init=False, repr=False, compare=False)
    """What was found out of its parts: every rule that asks whether a seal holds asks for the same few digests."""
    sound_steps: dict[tuple[str, int], tuple[Any, Sequence[Any]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """Steps of which nothing is wrong, by what was asked and their number, with the parts that this depends on."""
    earlier: list[tuple[tuple[SignedFile, ...], str, Mapping[int, Any], Any]] = field(
        default_factory=list, init=False, repr=False, compare=False
    )
    """What replaying the sign-offs of an earlier version came to: which they were, and as in `replays`."""
    replays: list[tuple[str, Mapping[int, Any], Any]] = field(
        default_factory=list, init=False, repr=False, compare=False
    )
    """What replaying its sign-offs came to, by instance and policy versions: several rules ask in turn."""

    def __post_init__(self) -> None:
        """Begin with nothing noted."""
        self.__dict__["notes"] = Notes(self.data)

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
        if part not in self.data:
            return None
        noted = self.notes.of(part)
        found: str | None = noted.get("digest")
        if found is None:
            found = noted["digest"] = digest(self.data[part])
        return found

    def follow(self, earlier: Dossier) -> None:
        """Take over what was found out of an earlier version of the same record, so far as it still holds here."""
        self.notes.follow(earlier.notes)
        self.earlier.extend((earlier.sign_offs, *one) for one in earlier.replays)
        self.__dict__["sound_steps"] = earlier.sound_steps

    def is_sound(self, what: str, step: Any, parts: Iterable[str]) -> bool:
        """Say whether it is noted of a step that nothing is wrong with it, as long as certain parts stand."""
        noted = self.sound_steps.get((what, step.seq))
        if noted is None or noted[0] is not step:
            return False
        return all(self.data.get(part) is value for part, value in zip(parts, noted[1], strict=True))

    def note_sound(self, what: str, step: Any, parts: Iterable[str]) -> None:
        """Note of a step that nothing is wrong with it, as long as the very parts stand that this depends on."""
        self.sound_steps[what, step.seq] = (step, [self.data.get(part) for part in parts])

    def begun(self, instance: str, versions: Mapping[int, Any]) -> tuple[list[SignedFile], Any] | None:
        """Return from where a replay of the sign-offs can go on, and with which of them; None where it begins anew.

        That is where an earlier version stood, if all sign-offs since are of later steps, every step before was
        complete, and nothing was found in them: none of that can change by what follows.
        """
        for sign_offs, of_instance, of_versions, standing in self.earlier:
            if of_versions is not versions or of_instance != instance:
                continue
            known = set(map(id, sign_offs))
            new = [file for file in self.sign_offs if id(file) not in known]
            is_complete = not (standing.findings or standing.waiting or standing.objections)
            is_all = len(self.sign_offs) - len(new) == len(sign_offs)
            # With nothing new, its last step is counted again by what the record says now.
            if new and is_complete and is_all and all(file.statement["seq"] > len(standing.steps) for file in new):
                return new, standing
        return None
