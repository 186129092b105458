"""Requests made to keep the gate busy: each is refused in bounded time and memory."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from nearmiss.engine import desk as desks
from nearmiss.engine.errors import BlobTooLargeError
from nearmiss.engine.records.dossiers import LONGEST_NAME, read_sign_off
from nearmiss.engine.records.workspace import locate_all
from nearmiss.models.ids import folder_of
from nearmiss.policy.findings import Field, Finding
from nearmiss.store.documents import YamlDocuments
from tests.engine.requests import Walked, of, refused
from tests.engine.scene import Scene
from tests.pace import soon


def test_a_file_beyond_all_bounds_is_refused_unread(walked: Walked, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git packs gigabytes of zeros into little; its size is looked at before the file is read."""
    scene, record = walked("reported")
    path = f"{folder_of(scene.path(record))}attachments/a.jpg"
    of(scene, {path: bytes(3000)})
    refused(scene, "attachment-unlisted")
    monkeypatch.setattr(desks, "LARGEST_BLOB", 2999)
    refused(scene, "file-too-large", place=record)


def test_an_object_beyond_all_bounds_is_an_error(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads an object is told its size instead of its bytes."""
    oid = scene.git("rev-parse", "main:workflow/policy/risk.yaml")
    desk = scene.desk("m.okafor")
    size = len(desk.read_blob(oid))
    monkeypatch.setattr(desks, "LARGEST_BLOB", size - 1)
    with pytest.raises(BlobTooLargeError) as caught:
        desk.read_blob(oid)
    assert caught.value.size == size


@pytest.mark.parametrize("name", ["00-" + "a--" * 12_000 + "!", "01-x--" + "a" * LONGEST_NAME + ".yaml"])
def test_the_name_of_a_sign_off_is_short(name: str) -> None:
    """A name that is too long is none, whatever it is made of, and that is found at once."""
    path = f"x/sign-offs/{name}"

    signed, findings = soon(2.0, lambda: read_sign_off(path, b"x: 1\n", "NM-2026-7Q4K2", YamlDocuments()))

    assert signed is None
    assert "sign-off-name" in {finding.code for finding in findings}
    assert all(len(finding.message) < 2 * LONGEST_NAME for finding in findings)


def test_findings_are_placed_in_one_pass(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many findings a document has, it is read once to place them; what has a place keeps it."""
    passes = []
    whole = YamlDocuments.locate_many

    def counted(self: YamlDocuments, raw: bytes, fields: Iterable[Field]) -> dict[Field, tuple[int, int]]:
        passes.append(raw)
        return whole(self, raw, fields)

    monkeypatch.setattr(YamlDocuments, "locate_many", counted)
    found = [Finding(code="x", message="x", field=(f"k{n}",)) for n in range(50)]
    other = [Finding(code="x", message="x", path="b"), Finding(code="x", message="x", path="a", line=7)]
    raw = b"".join(b"k%d: 1\n" % n for n in range(50))

    located = locate_all(scene.desk("m.okafor").documents, raw, "a", [*found, *other])

    assert [finding.line for finding in located] == [*range(1, 51), 0, 7]
    assert [finding.path for finding in located[-2:]] == ["b", "a"]
    assert len(passes) == 1
    assert locate_all(scene.desk("m.okafor").documents, raw, "a", other) == other
    assert len(passes) == 1
