"""What somebody with git and bad intentions can make by hand: sign-offs, trees and commits past all rules."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from nearmiss.engine.errors import NotMergeableError
from nearmiss.engine.instance import read_register
from nearmiss.models.digests import digest
from nearmiss.models.ids import folder_of
from nearmiss.models.sign_off import file_name
from nearmiss.policy.findings import Severity
from nearmiss.policy.standing import replay
from nearmiss.store.documents import YamlDocuments
from tests.engine.requests import judged
from tests.engine.scene import Scene, edits_of, identity_of

UNSAID = "sign-off {file} does not state the contributors {who}"
OWN_WORK = "sign-off {file}: {who} wrote part of what is signed and may not approve it"
NOT_THEIRS = "sign-off {file}: it speaks for {who}, but the commit that adds it is by {whose}"


def revised(raw: bytes, values: Mapping[str, Any]) -> bytes:
    """Return a record's bytes with other values."""
    return YamlDocuments().revise(raw, edits_of(values))


def statement(
    scene: Scene, record: str, raw: bytes, *, step: str, way: tuple[str, str], by: str, role: str, **more: Any
) -> dict[str, Any]:
    """Return a statement that fits a record's bytes and the chain on main, as of this minute."""
    register = read_register(scene.repository.tree(scene.rev()), YamlDocuments())
    transition = register.newest.workflow.transition(step)
    data = YamlDocuments().read(raw).data
    person = register.newest.people.find(by)
    assert transition is not None
    assert data is not None
    assert person is not None
    standing = replay(scene.dossier(record), register)
    content: dict[str, Any] = {"schema": 1}
    content |= {"title": digest(data["title"])} if "title" in transition.seals else {}
    content["sections"] = {part: digest(data[part]) for part in transition.seals if part != "title" and part in data}
    return {
        "version": 1,
        "instance": register.instance,
        "subject": record,
        "seq": standing.next_seq,
        "transition": step,
        "from": way[0],
        "to": way[1],
        "verdict": "approve",
        "by": by,
        "name": person.name,
        "role": role,
        "at": f"{scene.clock.now().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "time_source": "client",
        "meaning": transition.meaning,
        "contributors": [],
        "content": content,
        "policy": {"version": register.newest.number, "rules": register.newest.rules_digest},
        "previous": standing.previous(register, record, standing.next_seq),
    } | more


def signed(scene: Scene, record: str, said: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the sign-off file of a statement, under the name that fits it."""
    folder = folder_of(scene.path(record))
    return {f"{folder}sign-offs/{file_name(said)}": YamlDocuments().compose({"statement": dict(said)})}


def git_object(scene: Scene, kind: str, raw: bytes) -> str:
    """Store an object as it is, which git's own commands would not make."""
    command = ["git", "-C", str(scene.root), "hash-object", "-t", kind, "-w", "--stdin", "--literally"]
    return subprocess.run(command, input=raw, capture_output=True, check=True).stdout.decode().strip()


def tree_bytes(scene: Scene, tree: str) -> bytes:
    """Return a tree object as it is."""
    return subprocess.run(["git", "-C", scene.root, "cat-file", "tree", tree], capture_output=True, check=True).stdout


def tree_entry(name: str, oid: str, mode: str = "100644") -> bytes:
    """Return one entry of a tree object."""
    return f"{mode} {name}\0".encode() + bytes.fromhex(oid)


def forged_commit(scene: Scene, tree: str, parents: Sequence[str], *, who: str) -> str:
    """Store a commit of any tree on any parents."""
    identity = identity_of(who)
    stamp = f"{identity.name} <{identity.email}> {int(scene.clock.now().timestamp())} +0000"
    above = "".join(f"parent {parent}\n" for parent in parents)
    raw = f"tree {tree}\n{above}author {stamp}\ncommitter {stamp}\n\nA change\n"
    return git_object(scene, "commit", raw.encode())


def point(scene: Scene, branch: str, commit: str) -> None:
    """Let a branch stand for a commit."""
    scene.git("update-ref", f"refs/heads/{branch}", commit)


def held_off(scene: Scene, branch: str, *, subject: str, who: str, expected: Mapping[str, str]) -> None:
    """See that a request is refused for exactly these reasons, told of its subject, and nothing is touched."""
    result = judged(scene, branch)
    errors = [finding for finding in result.findings if finding.severity is Severity.ERROR]
    assert result.verdict == "refuse"
    assert {finding.code: finding.message for finding in errors} == dict(expected), errors
    assert {finding.record or finding.path for finding in errors} <= {subject} or not subject
    assert all(finding.hint for finding in errors)
    before = scene.snapshot()
    with pytest.raises(NotMergeableError):
        scene.merge(who, branch.split("/")[1], branch=branch)
    assert scene.snapshot() == before


def passes(scene: Scene, branch: str) -> None:
    """See that a request passes, leaving no trace of the judging."""
    result = judged(scene, branch)
    assert (result.verdict, [finding.message for finding in result.findings]) == ("pass", [])


def name_of(files: Mapping[str, Any]) -> str:
    """Return the name of the only file."""
    (path,) = files
    return Path(path).name
