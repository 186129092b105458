"""Ids, the paths that follow from them, and the names that sign-off files must have."""

from __future__ import annotations

from typing import Any

import pytest

from nearmiss.models.digests import digest
from nearmiss.models.file_names import safe_name, unused_name
from nearmiss.models.ids import (
    CROCKFORD,
    folder_of,
    folder_part,
    id_of_path,
    is_record_id,
    is_record_path,
    new_id,
    read_id,
    record_path,
)
from nearmiss.models.sign_off import file_name, is_sign_off_name

RECORD = "records/2026/11/NM-2026-7Q4K2.yaml"
FOLDER = "records/2026/11/NM-2026-7Q4K2/"


@pytest.mark.parametrize("text", ["NM-2026-7Q4K2", "AB-1999-00000", "PLANTEHS-2026-ZZZZZ"])
def test_id(text: str) -> None:
    """An id is a prefix, a year and five characters that can be read out over a radio."""
    assert is_record_id(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "NM-2026-7Q4K",
        "NM-2026-7Q4K22",
        "nm-2026-7q4k2",
        "N-2026-7Q4K2",
        "NM-26-7Q4K2",
        "NM-2026-7Q4K2\n",
        "NM-\uff12\uff10\uff12\uff16-7Q4K2",
        *(f"NM-2026-7Q4K{letter}" for letter in "ILOU"),
    ],
)
def test_no_id(text: str) -> None:
    """What has not exactly this form is no id."""
    assert not is_record_id(text)


def test_new_id() -> None:
    """An id is made of its parts, from an alphabet without letters that are taken for others."""
    assert new_id("NM", 2026, "7Q4K2") == "NM-2026-7Q4K2"
    assert len(CROCKFORD) == 32
    assert not set("ILOU") & set(CROCKFORD)


@pytest.mark.parametrize("reported_on", ["2026-11-21", "2026-11"])
def test_paths(reported_on: str) -> None:
    """A record lies in the month of its report, and its folder beside it."""
    assert record_path("NM-2026-7Q4K2", reported_on) == RECORD
    assert folder_of(RECORD) == FOLDER


@pytest.mark.parametrize(
    "path, part",
    [
        (RECORD, None),
        (f"{FOLDER}sign-offs/01-investigated--r.meyer.yaml", ("sign-offs", "01-investigated--r.meyer.yaml")),
        (f"{FOLDER}attachments/dock.jpg", ("attachments", "dock.jpg")),
    ],
)
def test_path_of_a_record(path: str, part: tuple[str, str] | None) -> None:
    """The path of a record, and of what lies in its folder, tells whose it is."""
    assert id_of_path(path) == "NM-2026-7Q4K2"
    assert is_record_path(path) is (part is None)
    assert folder_part(path) == part


@pytest.mark.parametrize(
    "path",
    [
        "records/2026/13/NM-2026-7Q4K2.yaml",
        "records/2026/11/NM-2026-7Q4K2.yml",
        "records/2026/11/nm-2026-7q4k2.yaml",
        "records/2026/11/readme.yaml",
        "records/2026/NM-2026-7Q4K2.yaml",
        f"x/{RECORD}",
        f"{FOLDER}NM-2026-7Q4K2.yaml",
        f"{FOLDER}notes/x.txt",
        f"{FOLDER}sign-offs/deep/x.yaml",
        "records/2026/11/nobody/sign-offs/x.yaml",
    ],
)
def test_path_of_nothing(path: str) -> None:
    """Any other path belongs to no record."""
    assert id_of_path(path) is None
    assert not is_record_path(path)
    assert folder_part(path) is None


def statement(**said: Any) -> dict[str, Any]:
    """Return what a file name depends on."""
    content = {"schema": 1, "sections": {}}
    least = {"subject": "NM-2026-7Q4K2", "seq": 1, "to": "investigated", "by": "r.meyer", "verdict": "approve"}
    return {**least, "content": content, **said}


@pytest.mark.parametrize(
    "said, name",
    [
        ({}, "01-investigated--r.meyer.yaml"),
        ({"seq": 12, "to": "root-caused"}, "12-root-caused--r.meyer.yaml"),
        ({"seq": 123}, "123-investigated--r.meyer.yaml"),
        ({"subject": "policy", "seq": 2}, "0002--r.meyer.yaml"),
    ],
)
def test_file_name(said: dict[str, Any], name: str) -> None:
    """A sign-off has one name, by its step, its target and its author."""
    subject = said.get("subject", "NM-2026-7Q4K2")

    assert file_name(statement(**said)) == name
    assert is_sign_off_name(name, subject)


@pytest.mark.parametrize("subject, start", [("NM-2026-7Q4K2", "01-objection-investigated"), ("policy", "0001")])
def test_name_of_an_objection(subject: str, start: str) -> None:
    """An objection's name says what it objects to, so that another content can be objected to as well."""
    first = file_name(statement(subject=subject, verdict="object"))
    other = {"schema": 1, "sections": {"lesson": "sha256:" + "0" * 64}}
    second = file_name(statement(subject=subject, verdict="object", content=other))

    assert first == f"{start}--r.meyer--{digest({'schema': 1, 'sections': {}})[7:15]}.yaml"
    assert first != second
    assert is_sign_off_name(first, subject)


@pytest.mark.parametrize("name", ["1-investigated--r.meyer.yaml", "01--.yaml", "01-investigated--R.yaml", "readme.md"])
def test_no_name_of_a_sign_off(name: str) -> None:
    """A file of another name in the folder is no sign-off."""
    assert not is_sign_off_name(name, "NM-2026-7Q4K2")


def test_names_of_records_and_policy_differ() -> None:
    """A sign-off of a record is not taken for one of the policy."""
    assert not is_sign_off_name("01-investigated--r.meyer.yaml", "policy")
    assert not is_sign_off_name("0002--r.meyer.yaml", "NM-2026-7Q4K2")


@pytest.mark.parametrize("heard", ["NM-2026-V1GQ0", "nm-2026-v1gq0", "NM-2026-VIGQO", " NM-2026-VlGQ0 "])
def test_an_id_is_read_as_it_was_heard(heard: str) -> None:
    """Case does not matter; I and L are read as 1 and O as 0, as Crockford has it."""
    assert read_id(heard) == "NM-2026-V1GQ0"


@pytest.mark.parametrize(
    "name, safe",
    [
        ("dock.jpg", "dock.jpg"),
        ("Foto Rampe 3.JPG", "Foto-Rampe-3.jpg"),
        ("Übergröße.pdf", "Ubergroe.pdf"),
        ("..\\..\\evil.txt", "evil.txt"),
        ("a\x1b[2J.txt", "a-2J.txt"),
        (".hidden", "file.hidden"),
        ("日本.png", "file.png"),
        ("no ending", "no-ending"),
        ("x" * 200 + ".txt", "x" * 80 + ".txt"),
        ("tar.gz.", "tar-gz"),
        ("con.jpg", "file-con.jpg"),
        ("NUL", "file-NUL"),
        ("console.jpg", "console.jpg"),
    ],
)
def test_names_become_safe(name: str, safe: str) -> None:
    """A file gets a name of plain letters that no file system stumbles over."""
    assert safe_name(name) == safe


def test_a_taken_name_gets_a_number() -> None:
    """Names that differ only in the case of their letters are taken too."""
    assert unused_name("a.jpg", []) == "a.jpg"
    assert unused_name("a.jpg", ["A.JPG", "a-2.jpg"]) == "a-3.jpg"
    assert unused_name("a", ["a"]) == "a-2"
