"""Traces of a reporter planted in a register, each in a place of its own, and beside each its twin that is none."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nearmiss.engine.ports import Identity, Stamp
from nearmiss.engine.reporting import nobody, report_near_miss
from nearmiss.models.ids import folder_of, record_path
from nearmiss.store.documents import YamlDocuments
from tests.engine.scene import WHAT_HAPPENED, Scene
from tests.media import office_traces, planted

OWN = "NM-2026-7Q4K2"
"""The id of the record that is planted."""

Plant = Callable[[Scene], object]


@dataclass(frozen=True)
class Trace:
    """A trace: the finding that tells it, how it is planted, and what is alike but no trace."""

    code: str
    plant: Plant
    twin: Plant = lambda scene: report(scene)  # noqa: PLW0108 - a field with a function of the module is no method


def report(scene: Scene, *, mode: str = "anonymous", files: dict[str, bytes] | None = None) -> tuple[str, str]:
    """Report as the program does, without a name; return the id and the commit."""
    answers = {"what_happened": WHAT_HAPPENED, "made_safe": "yes", "site": "plant-2"}
    made = report_near_miss(scene.desk("m.okafor"), answers, mode=mode, files=files)
    return made.id, made.commit


def record(**more: Any) -> dict[str, Any]:
    """Return the data of a record without a name; `report` takes more fields of the report."""
    told = {"reported_on": "2026-11", "what_happened": WHAT_HAPPENED, "reporter": {"mode": "anonymous"}}
    told |= more.pop("report", {})
    return {"schema": 1, "id": OWN, "title": "It rolled", "state": "reported", "report": told} | more


def raw(**more: Any) -> bytes:
    """Return such a record as a file."""
    return YamlDocuments().compose(record(**more))


def bring(
    scene: Scene,
    content: bytes = b"",
    *,
    files: dict[str, bytes] | None = None,
    who: Stamp | None = None,
    committer: Stamp | None = None,
    message: str = f"{OWN}: report a near miss\n",
    branch: str = "main",
) -> str:
    """Commit a record of our own making, by nobody unless said otherwise; return the commit."""
    stamp = who or nobody(scene.clock.now())
    path = record_path(OWN, "2026-11")
    beside = {f"{folder_of(path)}attachments/{name}": body for name, body in (files or {}).items()}
    tip = scene.repository.branches(branch).get(branch)
    return scene.repository.commit(
        branch=branch,
        expected=tip,
        parents=[tip or scene.rev("main")],
        files={path: content or raw(), **beside},
        message=message,
        author=stamp,
        committer=committer or stamp,
    )


def rewritten(scene: Scene, change: Callable[[bytes], bytes]) -> str:
    """Report, and put another commit in the place of the one that brought it; return that."""
    _, commit = report(scene)
    told = scene.git("cat-file", "commit", commit).encode() + b"\n"
    head, _, message = told.partition(b"\n\n")
    made = scene.git(
        "hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=change(head) + b"\n\n" + message
    )
    (scene.root / ".git/refs/heads/main").write_text(f"{made}\n", encoding="ascii")
    return made


def somebody(scene: Scene) -> Stamp:
    """Return a member of the team, now."""
    return scene.desk("m.okafor").stamp()


def at_noon(scene: Scene) -> Stamp:
    """Return nobody, at a time of day."""
    midnight = nobody(scene.clock.now())
    return Stamp(identity=midnight.identity, when=scene.clock.now())


def named_at_midnight(scene: Scene) -> Stamp:
    """Return somebody, at no time of day."""
    return Stamp(identity=Identity(name="Mary", email="m.okafor@example.org"), when=nobody(scene.clock.now()).when)


def own_file(path: str, content: str | bytes) -> Plant:
    """Return what writes a file into git's folder."""

    def plant(scene: Scene) -> None:
        report_id, commit = report(scene)
        text = content.encode() if isinstance(content, str) else content
        place = scene.root / ".git" / path.replace("ID", report_id)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.replace(b"ID", report_id.encode()).replace(b"COMMIT", commit.encode()))

    return plant


def left(path: str, content: str) -> Plant:
    """Return what leaves a file in the working tree."""

    def plant(scene: Scene) -> None:
        report_id, _ = report(scene)
        place = scene.root / path.replace("ID", report_id)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content.replace("ID", report_id), encoding="utf-8")

    return plant


def set_to(*pairs: str) -> Plant:
    """Return what sets settings of the repository."""
    return lambda scene: [scene.git("config", "--local", *pair.split("=", 1)) for pair in pairs]


def blob(content: bytes) -> Plant:
    """Return what puts an object into the store to which nothing leads."""
    return lambda scene: (bring(scene), scene.git("hash-object", "-w", "--stdin", stdin=content))


def amended(scene: Scene) -> None:
    """Let somebody report under their name, and mend that by amending, as one does with git."""
    bring(scene, raw(report={"reporter": {"mode": "named", "person": "m.okafor"}}), who=somebody(scene), branch="mine")
    scene.git("update-ref", "-d", "refs/heads/mine")
    bring(scene)


def stashed(scene: Scene) -> None:
    """Let somebody put changes of a report aside."""
    report_id, _ = report(scene)
    path = scene.root / scene.path(report_id)
    path.write_bytes(path.read_bytes() + b"# mine\n")
    scene.git("stash", who="m.okafor")


def stashed_else(scene: Scene) -> None:
    """Let somebody put something else aside."""
    report(scene)
    (scene.root / "README.md").write_text("mine\n", encoding="utf-8")
    scene.git("add", "README.md")
    scene.git("stash", who="m.okafor")


def staged(scene: Scene) -> None:
    """Let somebody stage another version of a report, and take it back."""
    report_id, _ = report(scene)
    path = scene.path(report_id)
    text = (scene.root / path).read_text(encoding="utf-8")
    (scene.root / path).write_text(text.replace("crept", "crept, as Mary Okafor said,"), encoding="utf-8")
    scene.git("add", path)
    (scene.root / path).write_text(text, encoding="utf-8")
    scene.git("add", path)


def still_staged(scene: Scene) -> None:
    """Let another version of a report lie in the index, to be committed."""
    report_id, _ = report(scene)
    path = scene.path(report_id)
    (scene.root / path).write_bytes((scene.root / path).read_bytes() + b"# Mary said so\n")
    scene.git("add", path)


def noted(words: str) -> Plant:
    """Return what hangs a note on a commit that brought a report."""

    def plant(scene: Scene) -> None:
        _, commit = report(scene)
        scene.git("notes", "add", "-m", words, commit, who="m.okafor")

    return plant


def noted_else(scene: Scene) -> None:
    """Hang a note on another commit."""
    scene.git("notes", "add", "-m", "m.okafor@example.org", "HEAD", who="m.okafor")
    report(scene)


def tagged(scene: Scene) -> None:
    """Let somebody tag the commit of a report, with their name and the time."""
    _, commit = report(scene)
    scene.git("tag", "-a", "-m", "first", "v1", commit, who="m.okafor")


def tagged_lightly(scene: Scene) -> None:
    """Give the commit a name alone."""
    _, commit = report(scene)
    scene.git("tag", "v1", commit)


def referred(name: str) -> Plant:
    """Return what gives the commit of a report another reference."""

    def plant(scene: Scene) -> None:
        report_id, commit = report(scene)
        scene.git("update-ref", name.replace("ID", report_id), commit)

    return plant


def committed_by_hand(scene: Scene) -> None:
    """Let somebody commit a report with git itself, under nobody's name, so that the log of the branch says who did."""
    stamp = nobody(scene.clock.now())
    text = f"{stamp.identity.name} <{stamp.identity.email}>"
    made = bring(scene, branch="aside")
    scene.git("update-ref", "-m", "commit: by hand", "refs/heads/main", made, who="m.okafor")
    assert text in scene.git("cat-file", "commit", made)


def taken_over(scene: Scene) -> None:
    """Let somebody take over a branch with a report that was made elsewhere."""
    made = bring(scene, branch="aside")
    scene.git("update-ref", "-m", "merge aside: Fast-forward", "refs/heads/main", made, who="m.okafor")


def attached(name: str, content: bytes) -> Plant:
    """Return what brings a report with a file."""

    def plant(scene: Scene) -> None:
        listed = {"attachments": [{"file": name, "sha256": "sha256:" + "0" * 64}]}
        bring(scene, raw(report=listed), files={name: content})

    return plant


def from_the_team(scene: Scene) -> None:
    """Let the team attach a photo of its own to its investigation of a report."""
    report_id, _ = report(scene)
    path = scene.path(report_id)
    name = f"{folder_of(path)}attachments/scene.jpg"
    scene.commit_files({name: planted.jpeg()}, branch="main")


def redacted(scene: Scene) -> None:
    """Bring a report whose person and time are withheld."""
    told = {"reporter": {"mode": "anonymous", "person": "redacted"}, "occurred_at": "redacted"}
    bring(scene, raw(report=told))


def in_confidence(**told: Any) -> Plant:
    """Return what brings a report in confidence."""
    return lambda scene: bring(scene, raw(report={"reporter": {"mode": "confidential"}, **told}))


def signed(head: bytes) -> bytes:
    """Return the lines of a commit with a signature."""
    return head + b"\ngpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0lHAAAAAQ\n -----END SSH SIGNATURE-----"


def in_zone(head: bytes) -> bytes:
    """Return the lines of a commit in another time zone."""
    return head.replace(b"+0000", b"+0100")


def worktree(scene: Scene) -> None:
    """Let another worktree of somebody's hold the message of a report."""
    report_id, _ = report(scene)
    place = scene.root.parent / "second"
    scene.git("worktree", "add", "--detach", str(place))
    message = scene.root / ".git/worktrees/second/COMMIT_EDITMSG"
    message.write_text(f"{report_id}: report a near miss\n", encoding="utf-8")


def plain_worktree(scene: Scene) -> None:
    """Lay down another worktree."""
    report(scene)
    scene.git("worktree", "add", "--detach", str(scene.root.parent / "second"))


def hooked(name: str) -> Plant:
    """Return what lays down a hook."""

    def plant(scene: Scene) -> None:
        report(scene)
        hook = scene.root / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\necho $USER >> /tmp/who\n", encoding="utf-8")
        os.chmod(hook, 0o755)  # noqa: PTH101, S103 - a hook is a program

    return plant


def replaced(scene: Scene) -> None:
    """Let a replacement stand for the commit of a report, which ordinary readers are shown in its place."""
    _, commit = report(scene)
    told = scene.git("cat-file", "commit", commit) + "\n"
    other = told.replace("Anonymous", "Mary")
    made = scene.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=other.encode())
    scene.git("update-ref", f"refs/replace/{commit}", made)


TRACES: dict[str, Trace] = {
    "author": Trace("leak-author", lambda s: bring(s, who=somebody(s), committer=nobody(s.clock.now())), bring),
    "committer": Trace("leak-committer", lambda s: bring(s, committer=somebody(s)), bring),
    "author's clock": Trace("leak-date", lambda s: bring(s, who=at_noon(s), committer=nobody(s.clock.now())), bring),
    "committer's clock": Trace("leak-date", lambda s: bring(s, committer=at_noon(s)), bring),
    "name at midnight": Trace("leak-author", lambda s: bring(s, who=named_at_midnight(s)), bring),
    "time zone": Trace("leak-date", lambda s: rewritten(s, in_zone), lambda s: rewritten(s, bytes)),
    "signature": Trace("leak-signature", lambda s: rewritten(s, signed), lambda s: rewritten(s, bytes)),
    "extra header": Trace("leak-header", lambda s: rewritten(s, lambda head: head + b"\nhost dock-pc-7")),
    "encoding": Trace("leak-header", lambda s: rewritten(s, lambda head: head + b"\nencoding ISO-8859-2")),
    "trailer": Trace("leak-message", lambda s: bring(s, message=f"{OWN}: report\n\nSigned-off-by: M <m@x.example>\n")),
    "trailer of a forge": Trace("leak-message", lambda s: bring(s, message=f"{OWN}: r\n\nCo-authored-by: Mary\n")),
    "name in the message": Trace("leak-message", lambda s: bring(s, message=f"{OWN}: reported by m.okafor\n"), bring),
    "time in the message": Trace("leak-message", lambda s: bring(s, message=f"{OWN}: at 14:20\n"), bring),
    "confidential": Trace(
        "leak-author",
        lambda s: bring(s, raw(report={"reporter": {"mode": "confidential"}}), who=somebody(s)),
        in_confidence(),
    ),
    "person": Trace(
        "leak-person",
        lambda s: bring(s, raw(report={"reporter": {"mode": "anonymous", "person": "m.okafor"}})),
        redacted,
    ),
    "typed name": Trace(
        "leak-person", lambda s: bring(s, raw(report={"details": [{"name": "reported-by", "value": "Mary"}]}))
    ),
    "time of day": Trace("leak-time", lambda s: bring(s, raw(report={"occurred_at": "14:20"})), redacted),
    "day": Trace(
        "leak-day",
        lambda s: bring(s, raw(report={"reported_on": "2026-11-22"})),
        in_confidence(reported_on="2026-11-22"),
    ),
    "address in the words": Trace(
        "leak-words", lambda s: bring(s, raw(report={"what_happened": "Ask m.okafor@example.org"})), bring
    ),
    "phone in the words": Trace(
        "leak-words", lambda s: bring(s, raw(report={"suggestion": "Call +49 151 2345 6789"})), bring
    ),
    "name in the title": Trace("leak-words", lambda s: bring(s, raw(title="Frau Okafor slipped")), bring),
    "photo": Trace(
        "leak-attachment",
        attached("attachment-1.jpg", planted.jpeg()),
        lambda s: report(s, files={"a": planted.jpeg()}),
    ),
    "paper": Trace(
        "leak-attachment",
        attached("attachment-1.pdf", planted.paper()),
        lambda s: report(s, files={"a": planted.paper()}),
    ),
    **{
        f"office document: {name}": Trace(
            "leak-attachment",
            attached(f"attachment-1.{told[0]}", office_traces.alone(name)),
            attached(f"attachment-1.{told[0]}", office_traces.untold(told[0])),
        )
        for name, told in office_traces.ALONE.items()
    },
    "photo in an office document": Trace(
        "leak-attachment",
        attached("attachment-1.docx", office_traces.with_a_photo()),
        attached("attachment-1.docx", office_traces.untold("docx")),
    ),
    "office document": Trace("leak-attachment", attached("attachment-1.docx", planted.office()), from_the_team),
    "file name": Trace("leak-file-name", attached("mary-selfie.txt", b"x\n"), attached("attachment-1.txt", b"x\n")),
    "reflog": Trace("leak-reflog", committed_by_hand, taken_over),
    "user in the settings": Trace(
        "leak-config", set_to("user.email=m.okafor@example.org"), set_to("core.autocrlf=false")
    ),
    "include": Trace("leak-config", set_to("include.path=/srv/mary/.gitconfig")),
    "name in a remote": Trace(
        "leak-config", set_to("remote.o.url=ssh://mary@git.example/r"), set_to("remote.o.url=ssh://git@git.example/r")
    ),
    "password in a remote": Trace(
        "leak-credentials",
        set_to("remote.o.url=https://mary:pw@git.example/r"),
        set_to("remote.o.url=https://git.example/r"),
    ),
    "token": Trace("leak-credentials", set_to("http.extraheader=Authorization: Basic abc")),
    "user of a password": Trace("leak-config", set_to("credential.https://git.example.username=mary")),
    "hook": Trace("leak-hook", hooked("post-commit"), hooked("post-commit.sample")),
    "folder of hooks": Trace("leak-hook", set_to("core.hookspath=/srv/mary/hooks")),
    "branch": Trace("leak-ref", referred("refs/heads/m.okafor/dock"), referred("refs/heads/near-miss/ID/00-report")),
    "tag's name": Trace("leak-ref", referred("refs/tags/from-m.okafor@example.org"), tagged_lightly),
    "odd reference": Trace("leak-ref", referred("refs/custom/ID/m.okafor"), referred("refs/custom/ID")),
    "tagger": Trace("leak-tag", tagged, tagged_lightly),
    "note": Trace("leak-note", noted("told me by m.okafor@example.org"), noted_else),
    "stash": Trace("leak-stash", stashed, stashed_else),
    "staged": Trace("leak-dangling", staged),
    "still staged": Trace("leak-dangling", still_staged),
    "amended": Trace("leak-author", amended, bring),
    "amended person": Trace("leak-person", amended, bring),
    "version in no commit": Trace(
        "leak-dangling", blob(raw(report={"what_happened": "Mary did it"})), blob(b"id: none\n")
    ),
    "photo in no commit": Trace(
        "leak-dangling", blob(planted.jpeg()), blob(planted.saved(planted.pixels(), format="JPEG"))
    ),
    "replacement": Trace("leak-author", replaced),
    "message being written": Trace(
        "leak-file", own_file("COMMIT_EDITMSG", "ID: report\n"), own_file("COMMIT_EDITMSG", "other\n")
    ),
    "merge message": Trace("leak-file", own_file("MERGE_MSG", "Merge COMMIT\n"), own_file("MERGE_MSG", "Merge main\n")),
    "fetched from": Trace(
        "leak-file",
        own_file("FETCH_HEAD", "COMMIT\t\tbranch 'x' of ssh://mary@git.example/r\n"),
        own_file("FETCH_HEAD", "COMMIT\t\tbranch 'x' of git.example:r\n"),
    ),
    "password of a fetch": Trace(
        "leak-credentials", own_file("FETCH_HEAD", "0\t\tx of https://mary:pw@git.example/r\n")
    ),
    "cache of another worktree": Trace(
        "leak-file",
        own_file("worktrees/w/nearmiss/drafts/ID-lesson.yaml", "headline: x\n"),
        own_file("worktrees/w/nearmiss/cache/index.db", "ID m.okafor@example.org\n"),
    ),
    "draft": Trace("leak-file", own_file("nearmiss/drafts/ID-assessment.yaml", "decision: near-miss\n")),
    "other worktree": Trace("leak-file", worktree, plain_worktree),
    "editor's copy": Trace(
        "leak-leftover", left("records/2026/11/ID.yaml~", "old\n"), left("records/notes.txt", "x\n")
    ),
    "rejected patch": Trace("leak-leftover", left("0001-report.patch", "Subject: ID\n"), left("notes.txt", "x\n")),
}
"""By what it is: every trace, in each place where git, a person or the program may leave one."""
