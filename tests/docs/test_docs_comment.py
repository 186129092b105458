"""The gate's comment that the page for reviewers shows is the one that the gate makes."""

from __future__ import annotations

from pathlib import Path

from tests.docs.comment import MADE, PAGE, comment_among, follow, rendered
from tests.docs.pages import FOLDER
from tests.docs.transcripts import fits


def test_the_comment_on_the_page_is_what_the_gate_says(repo_root: Path, tmp_path: Path) -> None:
    """The commands of reviewing.md do what it shows, and the box on it is the gate's comment on the case they make."""
    page = (repo_root / FOLDER / f"{PAGE}.md").read_text(encoding="utf-8")
    [shown] = MADE.findall(page)

    followed = list(follow(page, tmp_path))

    assert [command.words for command, outcome in followed if not fits(command.shown, outcome.said)] == []
    assert [command.words.split()[1] for command, outcome in followed if outcome.code] == ["gate"]
    assert shown == rendered(comment_among(followed)), "put it in anew: python -m tests.docs.comment"


def test_what_the_page_explains_is_in_the_comment(repo_root: Path) -> None:
    """Each part that the page tells how to read stands in the comment that it shows."""
    page = (repo_root / FOLDER / f"{PAGE}.md").read_text(encoding="utf-8")
    [shown] = MADE.findall(page)

    for words in ("Signing it means", "It seals", "Written by", "What is signed", "What changes", "Still to sign"):
        assert f"{words}" in shown, words
    assert "\n/sign-off NM-2026-7Q4K2 investigate " in shown.replace("<code>", "\n")
