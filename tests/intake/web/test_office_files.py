"""Office documents sent with the form: made anew where the register takes them, refused where it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from nearmiss.engine.intake.contents import files_of
from tests.engine.scene import found_scene
from tests.intake.web.hosting import Public, public_of, send
from tests.media.offices import SEEN, docx, unpacked
from tests.media.planted import PLANTED, WORD

HAPPENED = "The trailer rolled as the forklift drove in."


@pytest.fixture
def public(tmp_path: Path) -> Iterator[Public]:
    """Return the pages of everybody over a register of its own."""
    scene = found_scene(tmp_path / "register")
    with public_of(scene, tmp_path / "place") as made:
        yield made
    scene.close()


def test_a_register_that_takes_them_gets_them_made_anew(public: Public) -> None:
    """The form offers the kind, and what is stored has a name that says nothing and none of what was planted in it."""
    path = "workflow/policy/settings.yaml"
    allowed = {"attachments": {"max_bytes": 1_000_000, "types": ["jpg", "docx"]}}
    public.scene.change_policy("o.haddad", {path: public.scene.revised(path, allowed)})
    asyncio.run(public.house.look())

    answer = send(
        public.browser(), made_safe="yes", what_happened=HAPPENED, files=[("files", (f"{WORD}.docx", docx(), ""))]
    )

    assert answer.status_code == 200
    [kept] = public.store.reports("waiting")
    [(name, content)] = files_of(public.house.intake, kept.number).items()
    parts = unpacked(content)
    assert name == "attachment-1.docx"
    assert SEEN.encode() in parts["word/document.xml"]
    assert PLANTED not in b"".join(parts.values())
    assert 'accept="image/jpeg,image/png,image/webp,image/gif,.docx"' in public.browser().get("/report").text


@pytest.mark.parametrize("language", ["en", "de", "es", "pl"])
def test_a_register_that_takes_none_says_what_to_send(public: Public, language: str) -> None:
    """With the settings as they come, the form offers no such kind, and its refusal leads to a PDF."""
    files = [("files", ("a.docx", docx(), ""))]

    answer = send(public.browser(), to=f"/report?lang={language}", made_safe="yes", what_happened=HAPPENED, files=files)

    assert answer.status_code == 422
    assert "PDF" in answer.text.partition("files-fault")[2][:400]
    assert 'accept="image/jpeg,image/png,image/webp,image/gif,application/pdf"' in public.browser().get("/report").text
