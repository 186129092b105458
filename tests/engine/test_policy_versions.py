"""The file of a policy version: whatever its bytes, it is read or refused in a sentence."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nearmiss.engine.errors import BrokenPolicyError
from nearmiss.engine.instance import INSTANCE_FILE, LARGEST_VERSION, read_instance, read_version
from nearmiss.models.digests import digest
from nearmiss.store.documents import YamlDocuments
from tests.engine.scene import Scene, codes

PATH = "workflow/policy/versions/0002.json"
PARTS: dict[str, Any] = {"workflow": {}, "risk": {}, "settings": {}, "vocabulary": {}}


def spelt(rules: Any = None, people: Any = None, waivers: Any = None, version: Any = 2) -> bytes:
    """Write a version whose digests fit, of parts that need not."""
    rules, people, waivers = (
        PARTS if rules is None else rules,
        {} if people is None else people,
        {} if waivers is None else waivers,
    )
    parts = {"rules": rules, "people": people, "waivers": waivers}
    return json.dumps(
        {"version": version, **parts, **{f"{name}_sha256": digest(part) for name, part in parts.items()}}
    ).encode()


def nested(depth: int) -> Any:
    """Return lists within lists."""
    data: Any = "x"
    for _ in range(depth):
        data = [data]
    return data


HOSTILE: dict[str, tuple[bytes, str]] = {
    "deep-list": (b"[" * 200_000, "is not JSON"),
    "deep-mapping": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "is not JSON"),
    "not-text": (b"\xff\xfe\x00", "is not JSON"),
    "not-a-number": (b'{"version":NaN}', "is not JSON"),
    "fraction": (spelt(version=2.0), "is not JSON"),
    "long-number": (b'{"version": ' + b"9" * 5000 + b"}", "is not JSON"),
    "too-large": (b" " * (LARGEST_VERSION + 1), "bytes; at most"),
    "list": (b"[]", "does not have the parts"),
    "version-text": (spelt(version="2"), "does not have the parts"),
    "version-list": (spelt(version=[]), "does not have the parts"),
    "version-truth": (spelt(version=True), "does not have the parts"),
    "version-far": (spelt(version=10_000), "does not have the parts"),
    "rules-list": (spelt(rules=[]), "does not have the parts"),
    "rules-empty": (spelt(rules={}), "does not have the parts"),
    "rules-numbers": (spelt(rules={**PARTS, "workflow": 1}), "does not have the parts"),
    "people-list": (spelt(people=[]), "does not have the parts"),
    "vocabulary-list": (spelt(rules={**PARTS, "vocabulary": []}), "does not have the parts"),
    "vocabulary-number": (spelt(rules={**PARTS, "vocabulary": {"a": 1}}), "does not have the parts"),
    "nested": (spelt(people={"a": nested(60)}), "does not have the parts"),
    "large-number": (spelt(people={"a": 2**60}), "does not have the parts"),
    "surrogate": (spelt(people={"a": "X"}).replace(b'"X"', b'"\\ud800"'), "does not have the parts"),
    "surrogate-key": (spelt(people={"a": "X"}).replace(b'"a"', b'"\\ud800"'), "does not have the parts"),
    "digest-list": (spelt().replace(b'"people_sha256": "', b'"people_sha256": ["x"], "x": "'), "does not have"),
    "digest-other": (spelt(people={"a": "X"}).replace(b'"X"', b'"Y"'), "not fit the digests"),
    "name-other": (spelt(version=3), "named after another"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_version_that_is_none_is_refused_in_a_sentence(name: str) -> None:
    """No bytes of a version file lead to anything but the one error that says what is wrong with it."""
    raw, words = HOSTILE[name]
    with pytest.raises(BrokenPolicyError, match=words):
        read_version(PATH, raw)


@pytest.mark.parametrize("name", ["deep-list", "rules-empty", "vocabulary-number"])
def test_the_gate_says_that_a_version_is_broken(scene: Scene, name: str) -> None:
    """A request whose version is none is refused with a finding."""
    scene.commit_files({PATH: HOSTILE[name][0]}, who="o.haddad", branch="odd", start="main")

    result = scene.gate("odd")

    assert (result.verdict, "policy-broken" in codes(result.findings)) == ("refuse", True)


def test_parts_that_fit_no_model_are_findings(scene: Scene) -> None:
    """A version of the right shape but the wrong content is judged by the models, and refused."""
    scene.commit_files({PATH: spelt()}, who="o.haddad", branch="odd", start="main")

    assert {"policy-version-differs", "missing-field"} <= codes(scene.gate("odd").findings)


def test_an_instance_without_its_name_is_no_instance(scene: Scene) -> None:
    """The instance file must say which instance it is."""
    scene.commit_files({INSTANCE_FILE: b"schema: 1\n"}, who="o.haddad", branch="odd", start="main")

    with pytest.raises(BrokenPolicyError, match="which instance"):
        read_instance(scene.repository.tree(scene.rev("odd")), YamlDocuments())
