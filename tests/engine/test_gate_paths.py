"""Which paths a request may touch, and what may lie there; each refusal has its twin that passes."""

from __future__ import annotations

import pytest

from tests.engine.requests import BRANCH, Walked, edited, judged, of, refused
from tests.engine.scene import Scene


@pytest.mark.parametrize(
    "path, text",
    [
        ("README.md", "hello"),
        (".gitattributes", "records/** merge=union -diff linguist-generated"),
        (".mailmap", "Ruth <r.meyer@example.org> <s.ito@example.org>"),
        (".gitmodules", ""),
        (".github/workflows/ci.yml", "on: push"),
        (".gitlab-ci.yml", "test: {}"),
        (".pre-commit-config.yaml", "repos: []"),
        ("hooks/update", "exit 0"),
        ("records/.gitattributes", "* -text"),
        ("site/docs/index.md", "hello"),
        ("workflow/policy/settings.yaml", "schema: 1"),
        ("WORKFLOW/policy/people.yaml", "schema: 1"),
    ],
)
def test_a_record_goes_alone_in_its_request(walked: Walked, path: str, text: str) -> None:
    """Nothing else travels with a record, least of all what requests are judged by; alone, the record passes."""
    scene, record = walked("reported")
    change = edited(scene, record, {"root_cause.method": "ishikawa"})
    of(scene, change)
    assert judged(scene).verdict == "pass"
    of(scene, {path: text})
    refused(scene, "request-mixed")


@pytest.mark.parametrize(
    "path", [".gitattributes", ".github/workflows/ci.yml", "hooks/update", "CODEOWNERS", "schemas/notes.txt"]
)
def test_what_decides_how_requests_are_judged_needs_a_signed_version(scene: Scene, path: str) -> None:
    """CI, hooks and git's own files change only with a new policy version, signed; other files need neither."""
    of(scene, {"docs/notes.txt": "hello"}, branch="free")
    assert judged(scene, "free").verdict == "pass"
    of(scene, {path: "x"})
    refused(scene, "policy-unversioned")


def test_a_ci_file_that_changes_after_the_version_was_signed_takes_the_signature_back(scene: Scene) -> None:
    """The version binds rules and people by digest; what else is policy must be as it was when it was signed."""
    (scene.root / "CODEOWNERS").write_text("* @quality\n", encoding="utf-8")
    from nearmiss.engine.proposing.policy_change import propose_policy

    branch = propose_policy(scene.desk("o.haddad")).branch
    (scene.root / "CODEOWNERS").unlink()
    scene.approve("w.olsen", "policy")
    assert judged(scene, branch).verdict == "pass"
    of(scene, {"CODEOWNERS": "* @mallory\n"}, who="o.haddad", branch=branch)
    refused(scene, "sign-off-stale", branch=branch)


@pytest.mark.parametrize(
    "mode, what",
    [("120000", "a symbolic link"), ("100755", "an executable"), ("160000", "a submodule")],
)
def test_only_plain_files_are_records(walked: Walked, mode: str, what: str) -> None:
    """A record that becomes a link, a program or another repository is refused."""
    scene, record = walked("reported")
    path = scene.path(record)
    oid = (
        scene.rev("main") if mode == "160000" else scene.git("hash-object", "-w", "--stdin", stdin=b"../../etc/passwd")
    )
    scene.git("read-tree", "main")
    scene.git("update-index", "--cacheinfo", f"{mode},{oid},{path}")
    tree = scene.git("write-tree")
    scene.git("read-tree", "main")
    commit = scene.git("commit-tree", tree, "-p", "main", "-m", what, who="s.ito")
    scene.git("branch", BRANCH, commit)
    refused(scene, "mode-odd", place=path)


@pytest.mark.parametrize(
    "path",
    [
        "records/2026/11/nm-2026-00001.yaml",
        "records/2026/11/NM-2026-00001.YAML",
        "records/2026/13/NM-2026-00002.yaml",
        "records/README.md",
        "records/2026/11/NM-2026-00001/notes.txt",
        "records/2026/11/NM-2026-00001/sign-offs/deep/01-investigated--r.meyer.yaml",
    ],
)
def test_nothing_unknown_lies_under_records(walked: Walked, path: str) -> None:
    """What is no record, no sign-off and no attachment is refused, twins in case among it."""
    scene, _ = walked("reported")
    of(scene, {path: "x: 1\n"})
    refused(scene, "path-unknown")


def test_a_path_that_is_not_ascii_is_refused(walked: Walked) -> None:
    """One name can be spelt in two ways in Unicode, so names of records are ASCII."""
    scene, record = walked("reported")
    path = scene.path(record)
    scene.git("read-tree", "main")
    for spelt in ("e\N{COMBINING ACUTE ACCENT}.yaml", "\N{LATIN SMALL LETTER E WITH ACUTE}.yaml"):
        oid = scene.git("rev-parse", f"main:{path}")
        scene.git("update-index", "--add", "--cacheinfo", f"100644,{oid},{path.removesuffix('.yaml')}{spelt}")
    tree = scene.git("write-tree")
    scene.git("read-tree", "main")
    scene.git("branch", BRANCH, scene.git("commit-tree", tree, "-p", "main", "-m", "twins", who="s.ito"))
    refused(scene, "path-unknown")


@pytest.mark.parametrize("path", ["Records/2026/11/NM-2026-00001.yaml", "RECORDS/x", "Records"])
def test_nothing_lies_where_another_file_system_sees_records(walked: Walked, path: str) -> None:
    """A folder that differs from ours only in case would overwrite records on many machines."""
    scene, _ = walked("reported")
    of(scene, {path: "x: 1\n"})
    refused(scene, "path-unknown", place=path)


def test_a_record_is_never_deleted_renamed_or_moved(walked: Walked) -> None:
    """Gone with all its files, under another id, or in another month: each is refused."""
    scene, record = walked("investigated")
    path = scene.path(record)
    folder = path.removesuffix(".yaml")
    beside = [f"{folder}/sign-offs/{name}" for name in scene.sign_offs(record)]
    of(scene, {path: None, **dict.fromkeys(beside)}, branch="deleted")
    refused(scene, "record-deleted", branch="deleted", place=record)
    of(scene, {path: None}, branch="bare")
    refused(scene, "record-missing", branch="bare", place=record)
    text = scene.blob(path)
    other = path.replace("00001", "0000Z")
    of(scene, {path: None, **dict.fromkeys(beside), other: text.replace(b"00001", b"0000Z")}, branch="renamed")
    refused(scene, "record-deleted", branch="renamed", place=record)
    of(scene, {path: None, **dict.fromkeys(beside), path.replace("/11/", "/12/"): text}, branch="moved")
    refused(scene, "id-twice", branch="moved")
    of(scene, {path.replace("/11/", "/12/"): text}, branch="doubled")
    refused(scene, "id-twice", branch="doubled")


def test_a_record_that_was_deleted_past_the_gate_does_not_come_back_as_new(walked: Walked) -> None:
    """Deleted on main and created again, with other words, an id is no new record; a fresh one is."""
    scene, record = walked("reported")
    path = scene.path(record)
    text = scene.blob(path)
    of(scene, {path.replace("00001", "0000Z"): text.replace(b"00001", b"0000Z")}, branch="fresh")
    assert judged(scene, "fresh").verdict == "pass"
    of(scene, {path: None}, branch="main")
    of(scene, {path: text.replace(b"crept", b"moved")})
    refused(scene, "id-reused", place=record)


def test_deleting_and_creating_again_within_a_request_is_a_change(walked: Walked) -> None:
    """Only base and result count: on the way, a record may have been gone."""
    scene, record = walked("investigated")
    path = scene.path(record)
    text = scene.blob(path)
    of(scene, {path: None})
    of(scene, {path: text})
    assert judged(scene).verdict == "pass"
    of(scene, {path: text.replace(b"crept", b"moved")})
    refused(scene, "sealed-section-changed", place=record)


def test_a_new_record_starts_in_the_first_state_and_unsigned(walked: Walked) -> None:
    """A report that claims to be investigated, or brings sign-offs along, is refused."""
    scene, record = walked("investigated")
    path = scene.path(record)
    fresh = path.replace("00001", "0000Z")
    text = scene.blob(path).replace(b"00001", b"0000Z")
    name = scene.sign_offs(record)[0]
    signed = scene.blob(f"{path.removesuffix('.yaml')}/sign-offs/{name}")
    of(scene, {fresh: text}, branch="ahead")
    refused(scene, "not-first-state", branch="ahead")
    reported = text.replace(b"state: investigated", b"state: reported")
    of(scene, {fresh: reported, f"{fresh.removesuffix('.yaml')}/sign-offs/{name}": signed}, branch="signed")
    refused(scene, "sign-off-early", branch="signed")
    of(scene, {fresh: reported}, branch="fine")
    assert judged(scene, "fine").verdict == "pass"


def test_what_cannot_be_read_is_refused_with_its_line(walked: Walked) -> None:
    """A record with a tag, a second document or nonsense is refused where it goes wrong."""
    scene, record = walked("reported")
    path = scene.path(record)
    of(scene, {path: scene.blob(path) + b"alert: !!python/name:os.system x\n"})
    result = judged(scene)
    assert result.verdict == "refuse"
    assert {(finding.path, finding.line > 1) for finding in result.findings} == {(path, True)}


def test_a_record_that_main_cannot_read_is_not_taken_for_a_new_one(walked: Walked) -> None:
    """Where main holds rubbish in a record's place, a request cannot put what it likes there."""
    scene, record = walked("reported")
    path = scene.path(record)
    text = scene.blob(path)
    of(scene, {path: "a: [\n"}, branch="main")
    of(scene, {path: text.replace(b"crept", b"moved")})
    refused(scene, "base-unreadable", place=record)
