"""`nearmiss audit`: one outcome in four forms, with an exit code that a job can trust."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

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


def alone(folder: Path, place: Path) -> dict[str, Any]:
    """Return the verdict of a pack's own program, run with nothing of ours on any path."""
    with zipfile.ZipFile(place) as archive:
        program = Path(archive.extract("verify.pyz", folder))
    command = [sys.executable, "-I", "-S", str(program), str(place), "--json"]
    done = subprocess.run(
        command, cwd=folder, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False
    )
    verdict: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (0 if verdict["verdict"] == "pass" else 1)
    return verdict


def test_pack_is_judged_alike_elsewhere(walked: Walked, tmp_path: Path) -> None:
    """A pack's own program, far from ours, tells of the same steps and gives the same verdict: pass, or refuse."""
    shell, scene, record = walked("root-caused")
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"

    told = shell.json("s.ito", "audit", "--pack", str(good))

    assert told["pack"] == {
        "file": str(good),
        "sha256": hashlib.sha256(good.read_bytes()).hexdigest(),
        "files": len(zipfile.ZipFile(good).namelist()),
        "head": scene.rev("main"),
    }
    theirs = alone(tmp_path, good)
    assert (theirs["verdict"], theirs["head"]) == (told["verdict"], told["tip"]) == ("pass", scene.rev("main"))
    steps = [(one["transition"], one["seq"], one["commit"]) for life in told["records"] for one in life["steps"]]
    assert [(one["transition"], one["seq"], one["commit"]) for one in theirs["steps"]] == steps
    commit = scene.commit_files({"records/2026/11/notes.txt": "x\n"}, branch="main")
    outcome = shell.run("s.ito", "audit", "--pack", str(bad), "--format", "markdown")
    assert (outcome.code, "Packed into" in outcome.err, "Packed into" in outcome.out) == (1, True, False)
    theirs = alone(tmp_path, bad)
    assert (theirs["verdict"], [(one["code"], one["commit"]) for one in theirs["faults"]]) == (
        "refuse",
        [("path-unknown", commit)],
    )
    with zipfile.ZipFile(bad) as archive:
        assert commit[:12] in archive.read("report.html").decode()
        assert record in archive.read("report.html").decode()


def test_pack_of_a_later_beginning_says_so(walked: Walked, tmp_path: Path) -> None:
    """What an audit only trusted, the pack's own program only trusts too, and says how many commits."""
    shell, _, _ = walked("investigated")
    place = tmp_path / "pack.zip"

    outcome = shell.run("s.ito", "audit", "--since", "main~1", "--pack", str(place))

    assert outcome.code == 0
    assert outcome.out.splitlines()[-1].startswith(f"Packed into {place}: ")
    theirs = alone(tmp_path, place)
    assert (theirs["verdict"], theirs["unproven"]) == ("pass", 3)


def test_pack_never_replaces_what_is_there(walked: Walked, tmp_path: Path) -> None:
    """A file of that name stays, and nothing is judged, unless --force is given; --force alone is a slip."""
    shell, _, _ = walked("investigated")
    place = tmp_path / "pack.zip"
    place.write_text("mine")

    refused = shell.run("s.ito", "audit", "--pack", str(place))

    assert (refused.code, refused.out, place.read_text()) == (1, "", "mine")
    assert "is there already" in refused.err
    assert shell.run("s.ito", "audit", "--pack", str(place), "--force").code == 0
    assert zipfile.is_zipfile(place)
    assert shell.run("s.ito", "audit", "--force").code == 2
    assert shell.run("s.ito", "audit", "--pack", str(tmp_path)).code == 1
    assert shell.run("s.ito", "audit", "--pack", str(place / "x.zip")).code == 1


def test_no_pack_where_nothing_can_be_judged(walked: Walked, tmp_path: Path) -> None:
    """A history that is not the one expected is not packed, and the error stream says so."""
    shell, scene, _ = walked("investigated")
    noted = scene.rev("main")
    scene.git("update-ref", "refs/heads/main", "main~1")

    outcome = shell.run("s.ito", "audit", "--expect-descendant-of", noted, "--pack", str(tmp_path / "pack.zip"))

    assert outcome.code == 1
    assert outcome.err == "No pack was written, since nothing could be judged.\n"
    assert not (tmp_path / "pack.zip").exists()


def test_broken_policy_is_packed_too(walked: Walked, tmp_path: Path) -> None:
    """A history that ends in a policy that nobody can read is still packed, and both name what broke it."""
    shell, scene, _ = walked("investigated")
    place = tmp_path / "pack.zip"
    for content in ("{}\n", None):
        commit = scene.commit_files({"workflow/policy/versions/0001.json": content}, branch="main")

        told = shell.run("s.ito", "audit", "--pack", str(place), "--force", "--json").data

        assert {one["commit"] for one in told["findings"] if one["code"] == "policy-history-changed"} >= {commit}
        assert alone(tmp_path, place)["verdict"] == told["verdict"] == "refuse"


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
