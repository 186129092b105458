"""`nearmiss audit`: one outcome in four forms, with an exit code that a job can trust."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from nearmiss import __version__
from tests.cli.shell import Shell
from tests.engine.scene import Scene

Walked = Callable[..., tuple[Shell, Scene, str]]
RECORD = "NM-2026-00001"


def test_text_says_what_is_proven_and_what_is_not(walked: Walked) -> None:
    """A sound history ends with 0; what was judged stands there, and that identities are only asserted."""
    shell, _, _ = walked("investigated")

    outcome = shell.run("s.ito", "audit")

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.said == (
        "\n"
        "The audit\n"
        "Every step was taken by the rules.\n"
        "4 commits on the main branch, up to COMMIT; 1 record, 1 step, 1 signature.\n"
        "The register was founded by COMMIT; its policy is version 1 now.\n"
        "Identity not proven: 1 signature that is only asserted, by the author of a commit.\n"
        "That nobody rewrote the history since you last saw it is proven only with --expect-descendant-of.\n"
    )


def test_json_tells_every_step(walked: Walked) -> None:
    """Who, when, in which role, how surely, under which version, in which commit; `--json` is the same."""
    shell, scene, record = walked("root-caused")

    data = shell.json("s.ito", "audit")

    assert data == json.loads(shell.run("s.ito", "audit", "--format", "json").out)
    assert data["tool"] == {"name": "nearmiss", "version": __version__}
    assert (data["tip"], data["unproven"], data["findings"]) == (scene.rev("main"), 0, [])
    [told] = data["records"]
    assert (told["id"], told["state"]) == (record, "root-caused")
    assert [(step["transition"], step["from"], step["to"], step["policy"]) for step in told["steps"]] == [
        ("investigate", "reported", "investigated", 1),
        ("find-root-cause", "investigated", "root-caused", 1),
    ]
    [signature] = told["steps"][0]["signatures"]
    assert {key: signature[key] for key in ("by", "role", "assurance", "claimed")} == {
        "by": "r.meyer",
        "role": "quality-lead",
        "assurance": "asserted",
        "claimed": True,
    }
    assert told["steps"][1]["commit"] == scene.rev("main")


def test_a_fault_ends_with_1_in_every_form(walked: Walked) -> None:
    """Text, JSON, Markdown and HTML all name the code, the commit and the path."""
    shell, scene, _ = walked("investigated")
    path = "records/2026/11/notes.txt"
    commit = scene.commit_files({path: "x\n"}, branch="main")

    for form in ("text", "json", "markdown", "html"):
        outcome = shell.run("s.ito", "audit", "--format", form)
        assert outcome.code == 1
        assert all(word in outcome.out for word in ("path-unknown", commit[:12], path)), form


def test_since_says_what_is_trusted(walked: Walked) -> None:
    """What was not judged is counted in the text."""
    shell, _, _ = walked("investigated")

    outcome = shell.run("s.ito", "audit", "--since", "main~1")

    assert outcome.code == 0
    assert "Not proven: 3 commits between the founding and COMMIT." in outcome.said


class _Tags(HTMLParser):
    """Notes every tag and everything that is loaded from somewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loaded += [str(value) for key, value in attrs if key in {"src", "href", "action", "data"}]


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_nothing_of_a_record_is_obeyed(shell: Shell, scene: Scene, form: str) -> None:
    """A title with markup is shown as it is written; the page has no script, no link, and asks nobody for anything."""
    scene.report(what_happened="<script>alert(1)</script> {{ 7*7 }} [x](javascript:y) <img src=//evil.example>")
    scene.walk(upto="investigated")

    outcome = shell.run("s.ito", "audit", "--format", form)

    assert outcome.code == 0
    assert "<script" not in outcome.out
    assert "<img" not in outcome.out
    if form == "html":
        page = _Tags()
        page.feed(outcome.out)
        assert page.loaded == []
        assert not page.tags & {"script", "img", "link", "iframe", "object", "form", "a"}
        assert "default-src &#39;none&#39;" in outcome.out or "default-src 'none'" in outcome.out
        assert re.search(r"@import|url\(", outcome.out) is None
