"""What somebody puts into a commit by hand does not keep anybody from judging the history that holds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.attacks.forging import forged_commit, git_object, passes, point, revised, tree_bytes, tree_entry
from tests.engine.audited import audited, by_merge, faults
from tests.engine.fast_import import LINK, SUBMODULE, Content, Import, Odd
from tests.engine.requests import Walked, judged
from tests.engine.scene import Scene, codes, identity_of
from tests.verifier.proving import faults_of

NOWHERE = "1" * 40
AUTHOR = "S Ito <s.ito@example.org>"


def drafted(scene: Scene, record: str, author: str, below: str = "") -> str:
    """Return a branch with one draft, whose commit has an author line and more lines below as they are given."""
    text = revised(scene.blob(scene.path(record)), {"investigation.findings": "It was dark and wet."})
    plain = scene.commit_files({scene.path(record): text}, branch="plain", start="main")
    when = f"{int(scene.clock.now().timestamp())} +0000"
    tree, main = scene.git("rev-parse", f"{plain}^{{tree}}"), scene.rev()
    raw = f"tree {tree}\nparent {main}\nauthor {author}\ncommitter {AUTHOR} {when}\n{below}\nA change\n"
    branch = f"near-miss/{record}/draft-1"
    point(scene, branch, git_object(scene, "commit", raw.encode()))
    return branch


def holds_after_the_next_step(scene: Scene, record: str, branch: str) -> None:
    """See that a draft passes, that the next step is signed over it, and that nobody finds anything."""
    passes(scene, branch)
    by_merge(scene, branch)
    assert faults_of(scene) == []
    scene.clock.tick(minutes=5)
    scene.advance("s.ito", record)
    scene.put_in_force(record, ["r.meyer"])
    assert faults(audited(scene)) == []
    assert faults_of(scene) == []


@pytest.mark.parametrize(
    "below", [f"parent {NOWHERE}\n", "odd\n", "gpgsig -----BEGIN\n \n parent x\n", "mergetag object 1\n tree 2\n"]
)
def test_lines_that_git_passes_over_change_nothing(walked: Walked, below: str) -> None:
    """A parent below the author is none, and a line of one word is no reason to give up."""
    scene, record = walked("reported")
    when = int(scene.clock.now().timestamp())
    holds_after_the_next_step(scene, record, drafted(scene, record, f"{AUTHOR} {when} +0000", below))


@pytest.mark.parametrize(
    "author",
    [AUTHOR, f"{AUTHOR}\t1795334400 +0000", f"{AUTHOR} <r.meyer@example.org> 1 +0000", f"{AUTHOR} 1 +0000 > x",
     f"R Meyer <r.meyer@example.org> 1 +0000\nauthor {AUTHOR} 1 +0000"],
)  # fmt: skip
def test_the_author_is_whom_git_shows(walked: Walked, author: str) -> None:
    """Without a date, with a second address behind it, or with a second author, who wrote it is s.ito to everybody."""
    scene, record = walked("reported")
    holds_after_the_next_step(scene, record, drafted(scene, record, author))


@pytest.mark.parametrize("name", ["ISO-8859-1", "unicode_escape", "nothing-known"])
def test_letters_are_those_that_git_reads(walked: Walked, name: str) -> None:
    """A commit may say that it is written in another encoding; an address has the letters that git makes of it."""
    scene, record = walked("reported")
    author = f"{AUTHOR} {int(scene.clock.now().timestamp())} +0000"
    holds_after_the_next_step(scene, record, drafted(scene, record, author, f"encoding {name}\n"))


@pytest.mark.parametrize("odd", ["folder", "submodule", "link", "gone", "no YAML"])
def test_what_lay_at_a_record_for_one_commit_of_a_request_hides_nothing_later(walked: Walked, odd: str) -> None:
    """A folder, a link or another repository in a record's place is no text of it; the next commit put it right."""
    scene, record = walked("reported")
    path, root = scene.path(record), Path(scene.root)
    text = revised(scene.blob(path), {"investigation.findings": "It was dark and wet."})
    laid: dict[str, dict[str, Content]] = {
        "folder": {path: None, f"{path}/x": "x"},
        "submodule": {path: Odd(SUBMODULE, NOWHERE.encode())},
        "link": {path: Odd(LINK, b"/etc/passwd")},
        "gone": {path: None},
        "no YAML": {path: "a: [\n"},
    }
    stream, who, when = Import(), identity_of("s.ito"), int(scene.clock.now().timestamp())
    bad = stream.commit(laid[odd], who=who, parents=[scene.rev()], when=when)
    good = stream.commit({f"{path}/x": None, path: text}, who=who, parents=[bad], when=when)
    branch = f"near-miss/{record}/draft-1"
    point(scene, branch, stream.run(root)[good])
    holds_after_the_next_step(scene, record, branch)


@pytest.mark.parametrize("name", ["twice", "zz/x", ".git", ".."])
def test_a_forged_folder_on_the_way_is_refused_though_the_head_is_sound(walked: Walked, name: str) -> None:
    """Once merged it would lie in history for good, and nobody who compares each object would come past it."""
    scene, record = walked("reported")
    branch = drafted(scene, record, f"{AUTHOR} 1795334400 +0000")
    sound = scene.rev(branch)
    passes(scene, branch)
    tree = scene.git("rev-parse", f"{sound}^{{tree}}")
    blobs = [git_object(scene, "blob", raw) for raw in (b"one", b"other")]
    inner = git_object(scene, "tree", tree_entry("x", blobs[0]))
    entries = {
        "twice": tree_entry("zz", blobs[0]) + tree_entry("zz", blobs[1]),
        "zz/x": tree_entry("zz/x", blobs[0]),
    }.get(name, tree_entry(name, inner, "40000"))
    top = tree_bytes(scene, tree)
    forged = git_object(scene, "tree", entries + top if name.startswith(".") else top + entries)
    odd = forged_commit(scene, forged, [sound], who="s.ito")
    point(scene, branch, forged_commit(scene, tree, [odd], who="s.ito"))
    assert codes(judged(scene, branch).findings) == {"path-odd"}
