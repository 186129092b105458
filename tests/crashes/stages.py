"""The stages: for every command that writes, a register in which it has something to write; made once, then copied."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from tests.crashes.intake_stages import INTAKE
from tests.crashes.proof_stages import PROOF
from tests.crashes.stage import Prepared, Stage, advanced, founded, reported, shared, staged
from tests.engine.scene import Scene, walked_scene

TOLD = ("--what-happened", "The trailer crept away from the dock.", "--safe", "yes", "--site", "plant-2")
MAPPING = """\
schema: 1
source: old-list
label: The old list
key: Nr
fields:
- {to: report.reported_on, from: Day, dates: [YYYY-MM-DD]}
- {to: report.what_happened, from: Text}
"""
EDITOR = """\
import pathlib, sys
place = pathlib.Path(sys.argv[-1])
text = place.read_text(encoding="utf-8")
beside = place.with_suffix(".beside")
try:
    beside.write_text(text.replace("  decision:\\n", "  decision: near-miss\\n"), encoding="utf-8")
    beside.replace(place)
except OSError as error:
    sys.exit(f"The editor cannot save: {error}")
"""


def init(folder: Path) -> Prepared:
    """A register is laid down in a new folder."""
    scene = founded(folder)
    shutil.rmtree(scene.root)
    words = ("init", "register", "--owner-name", "Ada Example", "--owner-email", "ada@example.org")
    return staged(scene, "", *words, here=".", watched=".")


def report(folder: Path) -> Prepared:
    """A near miss is reported, with a name."""
    return staged(founded(folder), "m.okafor", "report", *TOLD)


def report_anonymous(folder: Path) -> Prepared:
    """A near miss is reported by nobody."""
    return staged(founded(folder), "m.okafor", "report", *TOLD, "--anonymous")


def report_attached(folder: Path) -> Prepared:
    """A near miss is reported with a picture."""
    scene = founded(folder)
    (scene.root.parent / "dock.jpg").write_bytes(b"\xff\xd8\xff" + bytes(range(256)) * 200)
    return staged(scene, "m.okafor", "report", *TOLD, "--attach", "../dock.jpg")


def report_requested(folder: Path) -> Prepared:
    """A near miss is reported where reports go through requests."""
    scene = founded(folder)
    path = "workflow/policy/settings.yaml"
    scene.change_policy("o.haddad", {path: scene.revised(path, {"reports": "request"})})
    return staged(scene, "m.okafor", "report", *TOLD)


def edit(folder: Path) -> Prepared:
    """A draft is changed by a value."""
    scene, record = reported(folder)
    return staged(scene, "i.garcia", "edit", record, "--set", "assessment.reply=We look at it.")


def edit_in_editor(folder: Path) -> Prepared:
    """A draft is written in an editor."""
    scene = founded(folder)
    record = scene.report().id
    editor = scene.root.parent / "editor.py"
    editor.write_text(EDITOR, encoding="utf-8")
    words = ("edit", record, "assessment")
    environment = {"VISUAL": f"{sys.executable} ../editor.py"}
    return staged(scene, "i.garcia", *words, environment=environment, again=(*words, "--resume"))


def edit_proposal(folder: Path) -> Prepared:
    """The draft on an open proposal is changed, on a branch that nobody has checked out."""
    scene, record = advanced(folder)
    return staged(scene, "s.ito", "edit", record, "--set", "investigation.findings=It was wet.", "--proposal")


def progress(folder: Path) -> Prepared:
    """An action is reported as done."""
    scene, record = walked_scene(folder, upto="action")
    return staged(scene, "t.silva", "progress", record, "A1", "--status", "done", "--evidence", "Photo")


def advance(folder: Path) -> Prepared:
    """A step is proposed."""
    scene, record = reported(folder)
    return staged(scene, "s.ito", "advance", record)


def advance_push(folder: Path) -> Prepared:
    """A step is proposed and pushed; the clone and its remote are on one disk."""
    scene, record = reported(folder)
    shared(scene)
    again = ("advance", record, "--refresh", "--push")
    return staged(scene, "s.ito", "advance", record, "--push", watched=".", again=again, shares=True)


def advance_push_far(folder: Path) -> Prepared:
    """A step is proposed and pushed; it is the remote that is stopped."""
    scene, stage = advance_push(folder)
    return scene, replace(stage, watched="remote.git")


def advance_refresh(folder: Path) -> Prepared:
    """An open proposal is brought up to what the main branch says by now."""
    scene, record = advanced(folder)
    scene.draft("i.garcia", record, {"assessment.crew": "Blue"})
    return staged(scene, "s.ito", "advance", record, "--refresh")


def send_back(folder: Path) -> Prepared:
    """A step back is proposed."""
    scene, record = walked_scene(folder, upto="investigated")
    return staged(scene, "s.ito", "advance", record, "--to", "reported", "--because", "Look again.")


def reopen(folder: Path) -> Prepared:
    """A verified record is proposed to be opened again."""
    scene, record = walked_scene(folder, upto="verified")
    return staged(scene, "s.ito", "advance", record, "--to", "investigated", "--because", "It happened again.")


def close(folder: Path) -> Prepared:
    """All steps of a small case are proposed at once."""
    scene = founded(folder)
    record = scene.prepare("minimal")
    scene.work_off(record)
    return staged(scene, "s.ito", "close", record)


def approve(folder: Path) -> Prepared:
    """A proposal is signed from the main branch."""
    scene, record = advanced(folder)
    return staged(scene, "r.meyer", "approve", record)


def approve_here(folder: Path) -> Prepared:
    """A proposal is signed on its own branch, so that the checkout follows."""
    scene, record = advanced(folder)
    scene.git("checkout", "-q", f"near-miss/{record}/01-investigate")
    return staged(scene, "r.meyer", "approve", record)


def objecting(folder: Path) -> Prepared:
    """Somebody objects to a proposal."""
    scene, record = advanced(folder)
    return staged(scene, "p.lind", "object", record, "--because", "Nobody asked the night shift.")


def merge(folder: Path) -> Prepared:
    """A proposal is put in force."""
    scene, record = advanced(folder)
    scene.approve("r.meyer", record)
    return staged(scene, "s.ito", "merge", record)


def merge_packed(folder: Path) -> Prepared:
    """A proposal is put in force in a clone whose references git has packed."""
    scene, stage = merge(folder)
    scene.git("pack-refs", "--all")
    return scene, stage


def _policy(folder: Path) -> Scene:
    scene = founded(folder)
    path = "workflow/policy/settings.yaml"
    (scene.root / path).write_bytes(scene.revised(path, {"organisation": "Other Works"}))
    return scene


def advance_policy(folder: Path) -> Prepared:
    """A change of policy is proposed from the files as they are."""
    return staged(_policy(folder), "o.haddad", "advance", "policy")


def merge_policy(folder: Path) -> Prepared:
    """A change of policy is put in force."""
    scene = founded(folder)
    path = "workflow/policy/settings.yaml"
    scene.propose_policy("o.haddad", {path: scene.revised(path, {"organisation": "Other Works"})})
    scene.approve("w.olsen", "policy")
    return staged(scene, "o.haddad", "merge", "policy")


def _import(folder: Path, rows: int) -> Prepared:
    scene = founded(folder)
    above = scene.root.parent
    (above / "own.yaml").write_text(MAPPING, encoding="utf-8")
    lines = [f"{number},2026-0{1 + number % 9}-12,It slid {number}." for number in range(rows)]
    (above / "old.csv").write_text("\n".join(["Nr,Day,Text", *lines, ""]), encoding="utf-8")
    return staged(scene, "s.ito", "import", "../old.csv", "--mapping", "../own.yaml")


def importing(folder: Path) -> Prepared:
    """A short table is imported."""
    return _import(folder, 2)


def importing_many(folder: Path) -> Prepared:
    """A table is imported that makes more objects than are kept loose, and more files than are waited for singly."""
    return _import(folder, 120)


def schema(folder: Path) -> Prepared:
    """The schemas of a register are written anew."""
    scene = founded(folder)
    stale = {f"schemas/{name}.schema.json": b"{}\n" for name in ("people", "risk")}
    scene.commit_files(stale, branch="main")
    return staged(scene, "o.haddad", "schema", "--write", piecemeal=True)


def check(folder: Path) -> Prepared:
    """The register is checked for the first time, which fills the cache."""
    scene, _ = walked_scene(folder, upto="investigated")
    shutil.rmtree(scene.root / ".git" / "nearmiss", ignore_errors=True)
    return staged(scene, "r.meyer", "check")


def check_fix(folder: Path) -> Prepared:
    """Two records are mended in the working tree, and the register is checked."""
    scene = founded(folder)
    spoilt = [scene.root / scene.path(scene.report().id) for _ in range(2)]
    for path in spoilt:
        path.write_bytes(path.read_bytes().replace(b"schema: 1\n", b"").replace(b"\n", b"\r\n") + b"schema: 1\r\n")
    return staged(scene, "s.ito", "check", "--fix", piecemeal=True)


def listing(folder: Path) -> Prepared:
    """The register is listed for the first time, which makes the index."""
    scene, _ = walked_scene(folder, upto="investigated")
    shutil.rmtree(scene.root / ".git" / "nearmiss", ignore_errors=True)
    return staged(scene, "r.meyer", "list")


def export(folder: Path) -> Prepared:
    """Records are exported to a file, in the place of an earlier one."""
    scene, _ = walked_scene(folder, upto="investigated")
    (scene.root / "records.jsonl").write_text("{}\n", encoding="ascii")
    return staged(scene, "r.meyer", "export", "--output", "records.jsonl", "--force")


def export_folder(folder: Path) -> Prepared:
    """Records are exported to a folder of tables."""
    scene, _ = walked_scene(folder, upto="investigated")
    return staged(scene, "r.meyer", "export", "--format", "csv", "--output", "tables", "--force")


STAGES: Mapping[str, Callable[[Path], Prepared]] = {
    make.__name__.replace("_", "-"): make
    for make in (
        init, report, report_anonymous, report_attached, report_requested, edit, edit_in_editor, edit_proposal,
        progress, advance, send_back, reopen, close, approve, approve_here, objecting, merge, merge_packed,
        advance_policy, merge_policy, importing, importing_many, schema, check, check_fix, listing, export,
        export_folder, advance_refresh, advance_push, advance_push_far, *PROOF,
        *INTAKE,
    )
}  # fmt: skip


def prepare(name: str, folder: Path) -> Stage:
    """Make a stage in a folder, ready to be copied: few files, and no process left that holds them."""
    scene, stage = STAGES[name](folder)
    scene.close()
    if scene.root.exists():
        subprocess.run(["git", "-C", scene.root, "repack", "-adq"], check=True)
    return stage


def copied(stage: Stage, place: Path) -> None:
    """Put a fresh copy of a stage in a place; git is told that the copies are what its index has."""
    shutil.rmtree(place, ignore_errors=True)
    subprocess.run(["cp", "-a", "--reflink=auto", str(stage.folder), str(place)], check=True)
    if (place / "register").exists():
        subprocess.run(["git", "-C", place / "register", "update-index", "-q", "--refresh"], check=False)
