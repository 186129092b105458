"""An instance as a tree of files: its identity, its policy versions, and the policy files of today."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from nearmiss.engine.errors import BrokenPolicyError, NotAnInstanceError
from nearmiss.policy.standing import Register
from nearmiss.policy.version import RULE_PARTS, PolicyVersion, is_sound, make_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nearmiss.engine.documents import Documents
    from nearmiss.engine.ports import Tree
    from nearmiss.policy.signing import Proof

POLICY = "workflow/policy/"
INSTANCE_FILE = f"{POLICY}instance.yaml"
VERSIONS = f"{POLICY}versions/"
POLICY_SIGN_OFFS = f"{POLICY}sign-offs/"
VOCABULARY = "schemas/vocabulary/"
LARGEST_VERSION = 4 * 1024 * 1024
"""Bytes that a version file may have; some tens of thousands are usual."""


def read_instance(tree: Tree, documents: Documents) -> str:
    """Return the instance's UUID; raises NotAnInstanceError where the tree holds no register."""
    raw = tree.read(INSTANCE_FILE)
    if raw is None:
        raise NotAnInstanceError
    instance = _mapping(INSTANCE_FILE, raw, documents).get("instance")
    if not isinstance(instance, str):
        raise BrokenPolicyError(INSTANCE_FILE, "does not say which instance this is")
    return instance


def read_register(tree: Tree, documents: Documents, *, proofs: Mapping[str, Proof] | None = None) -> Register:
    """Return what the records of a tree are judged against: the instance and all its accepted policy versions.

    Raises NotAnInstanceError, or BrokenPolicyError where a version cannot be trusted: then nothing can be judged.
    """
    instance = read_instance(tree, documents)
    paths = [entry.path for entry in tree.entries(VERSIONS)]
    versions = {}
    for path, raw in tree.read_many(paths):
        version = read_version(path, raw)
        versions[version.number] = version
    if not versions or sorted(versions) != list(range(1, len(paths) + 1)):
        raise BrokenPolicyError(VERSIONS, "does not hold every version from 1 on" if paths else "holds no version")
    return Register(instance=instance, versions=versions, proofs=proofs or {})


@lru_cache(maxsize=64)
def read_version(path: str, raw: bytes) -> PolicyVersion:
    """Read one version file; raises BrokenPolicyError unless its digests fit its parts and its number its name.

    A version may come with a request from anybody, so whatever its bytes are, that is the only error.
    """
    if len(raw) > LARGEST_VERSION:
        raise BrokenPolicyError(path, f"has {len(raw):,} bytes; at most {LARGEST_VERSION:,} are read")
    try:
        data = json.loads(raw, object_pairs_hook=_no_duplicates, parse_float=_no_float, parse_constant=_no_float)
    except (ValueError, RecursionError):
        raise BrokenPolicyError(path, "is not JSON of text and whole numbers without duplicate keys") from None
    if not is_sound(data):
        raise BrokenPolicyError(path, "does not have the parts of a version, or does not fit the digests it carries")
    if path != f"{VERSIONS}{data['version']:04d}.json":
        raise BrokenPolicyError(path, "is named after another version")
    return PolicyVersion(data)


def _no_float(_spelt: str) -> Any:
    raise ValueError


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def present_version(tree: Tree, documents: Documents, number: int) -> dict[str, Any]:
    """Return the plain data of the version that the policy files of a tree amount to, under a number.

    Raises BrokenPolicyError for a file that is missing or cannot be read.
    """
    rules: dict[str, Any] = {part: read_policy_file(tree, documents, f"{POLICY}{part}.yaml") for part in RULE_PARTS}
    vocabulary = {}
    for entry in tree.entries(VOCABULARY):
        content = read_policy_file(tree, documents, entry.path)
        vocabulary[str(content.get("vocabulary", entry.path))] = content
    return make_version(
        number,
        rules=rules | {"vocabulary": vocabulary},
        people=read_policy_file(tree, documents, f"{POLICY}people.yaml"),
        waivers=read_policy_file(tree, documents, f"{POLICY}waivers.yaml"),
    )


def read_policy_file(tree: Tree, documents: Documents, path: str) -> dict[str, Any]:
    """Return a policy file's plain data; raises BrokenPolicyError where it is missing or cannot be read."""
    raw = tree.read(path)
    if raw is None:
        raise BrokenPolicyError(path, "is missing")
    return _mapping(path, raw, documents)


def _mapping(path: str, raw: bytes, documents: Documents) -> dict[str, Any]:
    reading = documents.read(raw)
    if reading.data is None or reading.findings:
        first = reading.findings[0]
        raise BrokenPolicyError(path, f"(line {first.line}): {first.message}")
    return reading.data
