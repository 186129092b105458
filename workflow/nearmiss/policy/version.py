"""A policy version: every rule and person that a step was judged by, as one canonical JSON file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nearmiss.models.digests import canonical_json, digest
from nearmiss.models.people import People
from nearmiss.models.risk import Band, Risk
from nearmiss.models.vocabulary import VocabularyList
from nearmiss.policy.settings import Settings
from nearmiss.policy.workflow import Workflow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.models.people import Key, Person
    from nearmiss.policy.signatures.keys import PublicKey

_FOLDER = "workflow/policy/versions/"
RULE_PARTS = ("workflow", "risk", "settings")


@dataclass(frozen=True)
class PolicyVersion:
    """One accepted policy. A past step is judged by the version it names, the next step by the newest on its base."""

    data: Mapping[str, Any]

    @property
    def number(self) -> int:
        """The version's number, from 1."""
        return int(self.data["version"])

    @property
    def rules_digest(self) -> str:
        """The digest of workflow, risk, settings and vocabulary: what a signer is bound by."""
        return str(self.data["rules_sha256"])

    @cached_property
    def digest(self) -> str:
        """The digest of the whole version: what a policy sign-off is bound to."""
        return digest(self.data)

    @cached_property
    def workflow(self) -> Workflow:
        """The state machine."""
        return Workflow.model_validate(self.data["rules"]["workflow"])

    @cached_property
    def risk(self) -> Risk:
        """The risk matrix."""
        return Risk.model_validate(self.data["rules"]["risk"])

    @cached_property
    def settings(self) -> Settings:
        """The settings of the instance."""
        return Settings.model_validate(self.data["rules"]["settings"])

    @cached_property
    def vocabulary(self) -> Mapping[str, VocabularyList]:
        """The controlled lists by name."""
        lists = self.data["rules"]["vocabulary"]
        return {name: VocabularyList.model_validate(content) for name, content in lists.items()}

    @cached_property
    def terms(self) -> Mapping[str, frozenset[str]]:
        """The terms of each list, retired ones included."""
        return {name: content.names() for name, content in self.vocabulary.items()}

    @cached_property
    def retired(self) -> Mapping[str, frozenset[str]]:
        """The retired terms of the lists that have any."""
        return {name: content.retired for name, content in self.vocabulary.items() if content.retired}

    @cached_property
    def labels(self) -> Mapping[str, Mapping[str, dict[str, str]]]:
        """The labels of the terms of each list, by term."""
        return {
            # Of a term that stands in a list twice, the first counts.
            name: {term.term: term.label for term in reversed(content.terms)}
            for name, content in self.vocabulary.items()
        }

    @cached_property
    def people(self) -> People:
        """The people of this version."""
        return People.model_validate(self.data["people"])

    @cached_property
    def keyring(self) -> Mapping[PublicKey, tuple[tuple[Person, Key], ...]]:
        """Every key of every person, retired ones too, with whom it is listed for; what is no key stands for nobody."""
        from nearmiss.policy.signatures.keys import read_key_line
        from nearmiss.policy.signatures.wire import MalformedError

        ring: dict[PublicKey, tuple[tuple[Person, Key], ...]] = {}
        for person in self.people.people:
            for key in person.keys or ():
                try:
                    read = read_key_line(key.key)
                except MalformedError:
                    continue
                ring[read] = (*ring.get(read, ()), (person, key))
        return ring

    def band(self, record: Mapping[str, Any]) -> Band | None:
        """Return the risk band of a record's plain data, or None while one of the two numbers is unknown."""
        assessment = record.get("assessment") or {}
        severity, likelihood = assessment.get("severity_potential"), assessment.get("likelihood")
        if severity is None or likelihood is None:
            return None
        return self.risk.band(severity, likelihood)


def make_version(
    number: int, *, rules: Mapping[str, Any], people: Mapping[str, Any], waivers: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the plain data of `versions/NNNN.json`: rules, people and waivers, each with its digest.

    `rules` has the keys workflow, risk, settings and vocabulary (by list name). Waivers stand apart from the rules, so
    that repairing a bad merge does not ask everybody to approve again what they approved under the same rules.
    """
    return {
        "version": number,
        "rules": dict(rules),
        "rules_sha256": digest(rules),
        "people": dict(people),
        "people_sha256": digest(people),
        "waivers": dict(waivers),
        "waivers_sha256": digest(waivers),
    }


def version_file(number: int) -> str:
    """Return the path of a version's file."""
    return f"{_FOLDER}{number:04d}.json"


def version_number(path: str) -> int | None:
    """Return the number of the version that a path is the file of, or None for other paths."""
    if not path.startswith(_FOLDER):
        return None
    name = path.removeprefix(_FOLDER).removesuffix(".json")
    is_one = name.isascii() and name.isdigit() and 1 <= int(name[:9]) <= _MOST_VERSIONS
    return int(name) if is_one and path == version_file(int(name)) else None


def version_bytes(data: Mapping[str, Any]) -> bytes:
    """Return the one spelling of a version's file: RFC 8785 JSON and a newline."""
    return canonical_json(data) + b"\n"


_PARTS = ("rules", "people", "waivers")
_KEYS = frozenset({"version", *_PARTS, *(f"{part}_sha256" for part in _PARTS)})
_DEEPEST = 32
_MOST_VERSIONS = 9999
_LARGEST_WHOLE = 2**53 - 1


def _has_shape(data: Any) -> bool:
    """Say whether plain data has the parts of a version, each a mapping, so that they can be looked at at all."""
    if not isinstance(data, dict) or set(data) != _KEYS or not _is_plain(data):
        return False
    number, rules = data["version"], data["rules"]
    if type(number) is not int or not 1 <= number <= _MOST_VERSIONS:
        return False
    if not all(isinstance(data[part], dict) for part in _PARTS) or set(rules) != {*RULE_PARTS, "vocabulary"}:
        return False
    if not all(isinstance(part, dict) for part in rules.values()):
        return False
    return all(isinstance(content, dict) for content in rules["vocabulary"].values())


def _is_plain(data: Any) -> bool:
    """Say whether all values are such as have a digest: no lone surrogates, no huge numbers, and not too deep."""
    waiting = [(data, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > _DEEPEST or (isinstance(value, int) and abs(value) > _LARGEST_WHOLE):
            return False
        if isinstance(value, dict):
            waiting += [(inner, depth + 1) for pair in value.items() for inner in pair]
        elif isinstance(value, list):
            waiting += [(inner, depth + 1) for inner in value]
        elif isinstance(value, str) and not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
            return False
    return True


def is_sound(data: Any) -> bool:
    """Say whether any data at all is a version whose digests fit its parts."""
    return _has_shape(data) and all(data[f"{part}_sha256"] == digest(data[part]) for part in _PARTS)
