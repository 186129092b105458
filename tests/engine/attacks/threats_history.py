"""Attacks by the shape of history: what merges hide, what was reverted or renamed, two good requests."""

from __future__ import annotations

from tests.engine.attacks.ground import PATH, RECORD, SIGNED, Ground
from tests.engine.attacks.threat import Threat, adding, on_main
from tests.engine.fast_import import Content

INSIDE, OURS, BASES, RENAMES, EDITED, TWICE = (
    "history: a change only inside a merge commit",
    "history: main reverted by a merge that keeps its own side",
    "history: criss-cross bases, or none",
    "history: renames",
    "two good requests: one edits what the other signs",
    "two good requests: the same id twice",
)
FRESH = PATH.replace("00001", "0000Z")
LATER = {"decisions": [{"on": "2026-11-22", "body": "committee", "decided": "Yes."}]}


def _inside(ground: Ground) -> str:
    """Merge a side that changed nothing, and slip something else in."""
    side = ground.commit({}, on=[ground.main])
    return ground.commit(ground.edited({"report.what_happened": "Nothing much."}), on=[ground.proposal, side])


def _inside_second(ground: Ground) -> str:
    """Hide the change in a merge whose first parent is main, so that the branch is the side."""
    return ground.commit(
        {**_all_of(ground), **ground.edited({"report.what_happened": "Nothing much."})},
        on=[ground.main, ground.proposal],
    )


def _all_of(ground: Ground) -> dict[str, Content]:
    return {path: ground.text(path) for path in (PATH, SIGNED)}


def _up_to_date(ground: Ground) -> str:
    """Merge a side that changed nothing."""
    side = ground.commit({}, on=[ground.main])
    return ground.commit({}, on=[ground.proposal, side])


def _octopus(ground: Ground) -> str:
    one, other = ground.commit({}, on=[ground.main]), ground.commit({}, on=[ground.main], who="r.meyer")
    return ground.commit(ground.edited({"report.what_happened": "Nothing."}), on=[ground.proposal, one, other])


def _taken_back(ground: Ground) -> str:
    """Keep the tree from before the record was investigated."""
    old = _before(ground)
    files: dict[str, Content] = {PATH: ground.text(PATH, old), SIGNED: None}
    return ground.commit(files, on=[ground.main, old])


def _turned_back(ground: Ground) -> str:
    """Merge main into the commit from before, keeping nothing of main."""
    return ground.commit({}, on=[_before(ground), ground.main])


def _before(ground: Ground) -> str:
    """Return the last commit of main in which the record was reported."""
    return ground.scene.git("rev-list", "--first-parent", "-n", "1", "--skip=1", ground.main)


def _harmless(ground: Ground) -> str:
    return ground.commit(ground.edited({"lesson.headline": "Look twice"}))


def _criss_cross(ground: Ground) -> str:
    """Return a request whose two sides took each other in before."""
    left, right = (
        ground.commit({"docs/a.txt": "a"}, on=[ground.main]),
        ground.commit({"docs/b.txt": "b"}, on=[ground.main]),
    )
    ground.more["criss"] = ground.commit({"docs/b.txt": "b"}, on=[left, right])
    return ground.commit({"docs/a.txt": "a"}, on=[right, left])


def _second_root(ground: Ground) -> str:
    return ground.commit({}, on=[ground.proposal, _root(ground)])


def _root(ground: Ground) -> str:
    empty = ground.scene.git("hash-object", "-t", "tree", "-w", "--stdin", stdin=b"")
    return ground.scene.git("commit-tree", empty, "-m", "Elsewhere", who="s.ito")


def _alone(ground: Ground) -> str:
    tree = ground.scene.git("rev-parse", f"{ground.proposal}^{{tree}}")
    return ground.scene.git("commit-tree", tree, "-m", "Alone", who="s.ito")


def _renamed(ground: Ground) -> dict[str, Content]:
    path = PATH.replace("00001", "0000Z")
    moved: dict[str, Content] = {PATH: None, path: ground.text().replace(RECORD.encode(), b"NM-2026-0000Z")}
    return moved | {SIGNED: None, SIGNED.replace("00001", "0000Z"): ground.text(SIGNED)}


def _moved(ground: Ground) -> dict[str, Content]:
    beside: dict[str, Content] = {SIGNED: None, SIGNED.replace("/11/", "/12/"): ground.text(SIGNED)}
    return {PATH: None, PATH.replace("/11/", "/12/"): ground.text(), **beside}


def _edits_first(ground: Ground) -> str:
    """Put on main, while the proposal waits, a harmless entry in the record; return the proposal."""
    ground.more["moved main"] = ground.commit(ground.edited(LATER, revision=ground.main), on=[ground.main])
    return ground.proposal


def _signs_first(ground: Ground) -> str:
    """Merge the proposal, and bring an edit of what it seals that began before."""
    ground.more["signed"] = ground.proposal
    words = {"investigation.findings": "Nobody was to blame."}
    return ground.commit(ground.edited(words, revision=ground.main), on=[ground.main])


def _report(ground: Ground, text: str, month: str = "11") -> dict[str, Content]:
    raw = ground.text(PATH, f"{ground.main}~2").replace(RECORD.encode(), b"NM-2026-0000Z")
    raw = raw.replace(b"crept", text.encode())
    if month != "11":
        raw = raw.replace(b'"2026-11-22"', f'"2026-{month}-22"'.encode())
    return {FRESH.replace("/11/", f"/{month}/"): raw}


def _same_id(ground: Ground, month: str = "11") -> str:
    ground.more["reported"] = ground.commit(_report(ground, "rolled"), on=[ground.main])
    return ground.commit(_report(ground, "slid", month), on=[ground.main])


def _same_id_in_one(ground: Ground) -> str:
    return ground.commit({**_report(ground, "rolled"), **_report(ground, "slid", "10")}, on=[ground.main])


def _both(ground: Ground) -> str:
    """Merge two branches that both add the id, one after the other, into one request."""
    one = ground.commit(_report(ground, "rolled"), on=[ground.main])
    other = ground.commit(_report(ground, "slid", "10"), on=[ground.main])
    return ground.commit(_report(ground, "slid", "10"), on=[one, other])


def _fresh_report(ground: Ground) -> str:
    return ground.commit(_report(ground, "slid"), on=[ground.main])


def _other_edit(ground: Ground) -> str:
    """Edit, once the proposal is in force, what it does not seal."""
    ground.more["merged"] = ground.proposal
    return ground.commit(ground.edited({"lesson.headline": "Look twice"}))


THREATS = (
    Threat(
        row=INSIDE,
        name="on the branch",
        ground="proposed",
        made=_inside,
        twin=_up_to_date,
    ),
    Threat(
        row=INSIDE,
        name="where the branch is only the side",
        ground="proposed",
        made=_inside_second,
        twin=_up_to_date,
    ),
    Threat(
        row=INSIDE,
        name="of three parents",
        ground="proposed",
        made=_octopus,
        twin=_up_to_date,
    ),
    Threat(
        row=OURS,
        name="on top of main",
        ground="investigated",
        made=_taken_back,
        twin=_harmless,
    ),
    Threat(
        row=OURS,
        name="with main as the side",
        ground="investigated",
        made=_turned_back,
        twin=_harmless,
    ),
    Threat(
        row=BASES,
        name="two best common ancestors",
        ground="drafted",
        made=_criss_cross,
        base="criss",
        twin=on_main(lambda _: {"docs/a.txt": "a"}),
    ),
    Threat(
        row=BASES,
        name="none",
        ground="proposed",
        made=_alone,
    ),
    Threat(
        row=BASES,
        name="a second beginning that changes no file",
        ground="proposed",
        made=_second_root,
    ),
    Threat(
        row=RENAMES,
        name="a record under another id",
        ground="investigated",
        made=adding(_renamed),
        twin=_harmless,
    ),
    Threat(
        row=RENAMES,
        name="a record into another month",
        ground="investigated",
        made=adding(_moved),
        twin=_harmless,
    ),
    Threat(
        row=RENAMES,
        name="a record away from where records are",
        ground="investigated",
        twin=_harmless,
        made=adding(lambda ground: {PATH: None, SIGNED: None, "docs/old.yaml": ground.text()}),
    ),
    Threat(
        row=RENAMES,
        name="a file of notes into a record's place",
        ground="drafted",
        twin=on_main(lambda ground: _report(ground, "rolled")),
        made=on_main(lambda ground: {**_report(ground, "rolled"), "docs/old.yaml": ground.text()}),
    ),
    Threat(
        row=EDITED,
        name="signed after it was edited on main",
        ground="proposed",
        made=_edits_first,
        base="moved main",
    ),
    Threat(
        row=EDITED,
        name="edited after it was signed on main",
        ground="proposed",
        made=_signs_first,
        base="signed",
        twin=_other_edit,
        twin_base="merged",
    ),
    Threat(
        row=TWICE,
        name="one after the other",
        ground="drafted",
        made=_same_id,
        base="reported",
        twin=_fresh_report,
    ),
    Threat(
        row=TWICE,
        name="one after the other, in another month",
        ground="drafted",
        made=lambda ground: _same_id(ground, "10"),
        base="reported",
        twin=_fresh_report,
    ),
    Threat(
        row=TWICE,
        name="in two months at once",
        ground="drafted",
        made=_same_id_in_one,
        twin=_fresh_report,
    ),
    Threat(
        row=TWICE,
        name="joined by a merge",
        ground="drafted",
        made=_both,
        twin=_fresh_report,
    ),
)
