"""The site built again and again over itself is, byte for byte, the site built once from nothing."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nearmiss.app.site import load_site_data
from nearmiss.site.build import build_site
from tests.benchmarks.register import LESSONS, Made, base_files, build_register, grown, make_records, read_examples
from tests.site.building import copy_site

LESSON = "NM-2026-2JD6V"
RECORDS = 6
SEED = 5


@pytest.fixture
def register(tmp_path: Path, repo_root: Path) -> Path:
    """A register of git with a few lessons, and the shipped site without search and without pages of its project."""
    root = tmp_path / "register"
    build_register(repo_root, root, records=RECORDS, seed=SEED, shares=LESSONS, ready=0)
    shutil.copytree(repo_root / "templates", root / "templates")
    copy_site(repo_root, root)
    _rewrite(root / "site" / "mkdocs.yml", "\n- nearmiss\n", "\n- nearmiss: {search: false}\n")
    (root / ".gitignore").write_text("/site/_build/\n", "utf-8")
    _commit(root)
    return root


def test_a_site_built_over_itself_is_the_one_built_from_nothing(
    register: Path, repo_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever changes between two builds: records, words, templates, the language, and whether it is committed."""
    examples = read_examples(base_files(repo_root))
    made = list(make_records(examples, records=RECORDS, seed=SEED, shares=LESSONS, ready=0))
    chance = random.Random(SEED)  # noqa: S311 - the same data for the same seed

    def lay_down(record_id: str, **lesson: Any) -> None:
        year, month = int(record_id.split("-")[1]), 5
        for old in register.glob(f"records/*/*/{record_id}*"):
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        _write(register, grown(examples[LESSON], record_id, (year, month), chance, lesson))

    first = _built(register)
    assert first == _built_from_nothing(register)
    assert _built(register) == first

    lay_down(made[0].id, headline="Said in other words & <b>better</b>")
    lay_down(made[1].id, status="withdrawn")
    lay_down("NM-2025-0NEW0", headline="A new one")
    shutil.rmtree(register / made[2].path.removesuffix(".yaml"))
    (register / made[2].path).unlink()
    changed = _built(register)
    assert changed == _built_from_nothing(register)
    assert b"&lt;b&gt;better" in changed[_page(made[0])]
    assert b"Do not follow it" in changed[_page(made[1])]
    assert "lessons/2025/NM-2025-0NEW0.html" in changed
    assert _page(made[2]) not in changed
    _commit(register)
    assert _built(register) == _built_from_nothing(register)

    def with_other_words(directory: Path) -> Any:
        data = load_site_data(directory)
        hazard = {
            term: {**entry, "label": {"en": f"So-called {term}"}} for term, entry in data.vocabulary["hazard"].items()
        }
        return replace(data, vocabulary={**data.vocabulary, "hazard": hazard})

    monkeypatch.setattr("nearmiss.app.site.load_site_data", with_other_words)
    _rewrite(register / "templates" / "site" / "lesson.html.j2", "<h1 id", '<p class="nm-own">Ours</p>\n<h1 id')
    _rewrite(register / "templates" / "site" / "topic.html.j2", "<h1 id", '<p class="nm-own">Ours</p>\n<h1 id')
    worded = _built(register)
    assert worded == _built_from_nothing(register)
    assert b"So-called" in worded[_page(made[0])]
    assert b"nm-own" in worded[_page(made[0])]

    _rewrite(register / "site" / "mkdocs.yml", "\n  language: en\n", "\n  language: de\n")
    german = _built(register)
    assert german == _built_from_nothing(register)
    assert b'lang="de"' in german[_page(made[0])]


Tree = dict[str, bytes]


def _built(root: Path) -> Tree:
    """Build the site where it was built before, and return every file of it."""
    site = build_site(root, strict=False).parent
    return _stable({path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()})


def _built_from_nothing(root: Path) -> Tree:
    """Build it from a copy that remembers nothing, into a folder that is not there yet."""
    fresh = root.parent / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    ignored: Callable[..., set[str]] = shutil.ignore_patterns("_build", "nearmiss")
    shutil.copytree(root / ".git", fresh / ".git", ignore=ignored)
    for name in ("records", "schemas", "site", "templates", "workflow"):
        shutil.copytree(root / name, fresh / name, ignore=shutil.ignore_patterns("_build"))
    return _built(fresh)


def _stable(files: Tree) -> Tree:
    """Leave out what holds the moment of the build: the map that is packed a second time."""
    return {path: content for path, content in files.items() if path != "sitemap.xml.gz"}


def _page(made: Made) -> str:
    return f"lessons/{made.id.split('-')[1]}/{made.id}.html"


def _write(root: Path, made: Made) -> None:
    for path, content in made.files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)


def _rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def _commit(root: Path) -> None:
    for words in (["add", "-A"], ["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "Go on"]):
        subprocess.run(["git", *words], cwd=root, check=True)
