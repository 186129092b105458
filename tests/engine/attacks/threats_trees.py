"""Attacks on the tree: links, submodules and odd modes; twins, reserved names and paths that lead elsewhere."""

from __future__ import annotations

from tests.engine.attacks.forging import forged_commit, git_object, tree_bytes, tree_entry
from tests.engine.attacks.ground import BESIDE, PATH, RECORD, SIGNED, Ground
from tests.engine.attacks.threat import Made, Threat, adding, on_main, puts
from tests.engine.fast_import import LINK, PROGRAM, SUBMODULE, Odd

LINKED, MODULE, MODES, TWINS, RESERVED, TRICKS = (
    "tree: a symbolic link for a record",
    "tree: a submodule",
    "tree: odd modes",
    "tree: twins in case or composition",
    "tree: reserved names",
    "tree: path tricks",
)
PASSWORDS = Odd(LINK, b"../../../../../etc/passwd")
ELSEWHERE = Odd(SUBMODULE, b"1" * 40)


def _report(ground: Ground, path: str) -> bytes:
    """Return a harmless new report, to lie at a path."""
    raw = ground.text(PATH, f"{ground.main}~2" if ground.main == ground.proposal else "")
    return raw.replace(RECORD.encode(), path.rpartition("/")[2].removesuffix(".yaml").encode())


def _fresh(ground: Ground) -> str:
    """Return a request that reports something new, as it should be."""
    path = PATH.replace("00001", "0000Z")
    return ground.commit({path: _report(ground, path)}, on=[ground.main])


def _reported_at(path: str) -> Made:
    return on_main(lambda ground: {path: _report(ground, path)})


def _draft(ground: Ground) -> str:
    return ground.commit(ground.edited({"root_cause.method": "ishikawa"}))


def raw_tree(name: str, mode: str = "100644", *, inner: bytes = b"x", times: int = 1, sorts: bool = True) -> Made:
    """Return the making of a request whose top folder holds an entry that no git command would put there."""

    def made(ground: Ground) -> str:
        scene = ground.scene
        oid = git_object(scene, "blob", inner)
        if mode.endswith("40000"):
            oid = git_object(scene, "tree", tree_entry("x", oid))
        top = tree_bytes(scene, scene.git("rev-parse", f"{ground.main}^{{tree}}"))
        place = _place(top, name.encode()) if sorts else len(top)
        tree = git_object(scene, "tree", top[:place] + times * tree_entry(name, oid, mode) + top[place:])
        return forged_commit(scene, tree, [ground.main], who="s.ito")

    return made


def _place(tree: bytes, name: bytes) -> int:
    """Return where an entry of a name belongs in a tree object."""
    at = 0
    while at < len(tree):
        end = tree.index(b"\0", at)
        if tree[at:end].partition(b" ")[2] > name:
            return at
        at = end + 21
    return at


def two_of_a_name(ground: Ground) -> str:
    """Put a folder beside the records' own, under the same name."""
    scene = ground.scene
    inner = git_object(scene, "tree", tree_entry("x", git_object(scene, "blob", b"x")))
    top = tree_bytes(scene, scene.git("rev-parse", f"{ground.main}^{{tree}}"))
    tree = git_object(scene, "tree", tree_entry("records", inner, "40000") + top)
    return forged_commit(scene, tree, [ground.main], who="s.ito")


def raw_mode(mode: str) -> Made:
    """Return the making of a request in which a record has a mode that git itself no longer writes."""

    def made(ground: Ground) -> str:
        scene = ground.scene
        *folders, name = PATH.split("/")
        trees = [ground.main, *(f"{ground.main}:{'/'.join(folders[: depth + 1])}" for depth in range(len(folders)))]
        blob = scene.git("rev-parse", f"{ground.main}:{PATH}")
        raw = tree_bytes(scene, scene.git("rev-parse", trees[-1]))
        raw = raw.replace(tree_entry(name, blob), tree_entry(name, blob, mode))
        for depth in range(len(folders), 0, -1):
            old, new = scene.git("rev-parse", trees[depth]), git_object(scene, "tree", raw)
            above = tree_bytes(
                scene, scene.git("rev-parse", f"{trees[depth - 1]}^{{tree}}" if depth == 1 else trees[depth - 1])
            )
            entry = folders[depth - 1]
            raw = above.replace(tree_entry(entry, old, "40000"), tree_entry(entry, new, "40000"))
        return forged_commit(scene, git_object(scene, "tree", raw), [ground.main], who="s.ito")

    return made


THREATS = (
    Threat(
        row=LINKED,
        name="to the machine's passwords",
        ground="drafted",
        twin=_draft,
        made=adding(lambda _: {PATH: PASSWORDS}),
    ),
    Threat(
        row=LINKED,
        name="to another record",
        ground="drafted",
        twin=_draft,
        made=adding(lambda _: {PATH: Odd(LINK, b"NM-2026-0000Z.yaml")}),
    ),
    Threat(
        row=LINKED,
        name="for a sign-off",
        ground="proposed",
        made=adding(lambda _: {SIGNED: Odd(LINK, b"../../NM-2026-0000Z/sign-offs/01-investigated--r.meyer.yaml")}),
    ),
    Threat(
        row=LINKED,
        name="for the month's folder",
        ground="drafted",
        twin=_draft,
        made=adding(lambda _: {PATH: None, "records/2026/11": Odd(LINK, b"../2025/11")}),
    ),
    Threat(
        row=LINKED,
        name="beside the records",
        ground="drafted",
        twin=_draft,
        made=adding(lambda _: {f"{BESIDE}/attachments/photo.jpg": PASSWORDS}),
    ),
    Threat(
        row=MODULE,
        name="for a record",
        ground="drafted",
        twin=_draft,
        made=adding(lambda _: {PATH: ELSEWHERE}),
    ),
    Threat(
        row=MODULE,
        name="for a record's folder",
        ground="investigated",
        twin=_draft,
        made=adding(lambda _: {SIGNED: None, BESIDE: ELSEWHERE}),
    ),
    Threat(
        row=MODULE,
        name="for all records",
        ground="drafted",
        twin=_draft,
        made=adding(lambda _: {PATH: None, "records": ELSEWHERE}),
    ),
    Threat(
        row=MODULE,
        name="elsewhere, under a name of its own",
        ground="drafted",
        twin=on_main(lambda _: {"docs/notes.txt": "x"}),
        made=on_main(lambda _: {"docs/other": ELSEWHERE}),
    ),
    Threat(
        row=MODES,
        name="a record that is a program",
        ground="drafted",
        twin=_draft,
        made=adding(lambda ground: {PATH: Odd(PROGRAM, ground.text())}),
    ),
    Threat(
        row=MODES,
        name="a sign-off that is a program",
        ground="proposed",
        made=adding(lambda ground: {SIGNED: Odd(PROGRAM, ground.text(SIGNED))}),
    ),
    Threat(
        row=MODES,
        name="a file that a group may write, as old gits stored it",
        ground="drafted",
        twin=_draft,
        made=raw_mode("100664"),
    ),
    Threat(
        row=MODES,
        name="a mode that does not exist",
        ground="drafted",
        twin=_draft,
        made=raw_mode("100000"),
    ),
    Threat(
        row=MODES,
        name="a device",
        ground="drafted",
        twin=_draft,
        made=raw_mode("60000"),
    ),
    *(
        Threat(
            row=TWINS,
            name=name,
            ground="drafted",
            twin=_fresh,
            made=_reported_at(path),
        )
        for name, path in {
            "the id in small letters": "records/2026/11/nm-2026-00001.yaml",
            "the ending in capitals": "records/2026/11/NM-2026-00001.YAML",
            "the folder in capitals": "Records/2026/11/NM-2026-0000Z.yaml",
            "the id in another month": "records/2026/12/NM-2026-00001.yaml",
            "the id in small letters in another month": "records/2026/12/nm-2026-00001.yaml",
            "an id with a composed letter": "records/2026/11/NM-2026-0000\u00c9.yaml",
            "an id with a letter and its accent": "records/2026/11/NM-2026-0000E\u0301.yaml",
            "an id with a Greek letter that looks Latin": "records/2026/11/N\u039c-2026-0000Z.yaml",
            "an id with a letter that looks like a digit": "records/2026/11/NM-2026-OOOO1.yaml",
            "the folder with a letter that folds to s": "record\u017f/2026/11/NM-2026-0000Z.yaml",
        }.items()
    ),
    *(
        Threat(
            row=RESERVED,
            name=name,
            ground="drafted",
            twin=on_main(lambda _: {"docs/notes.txt": "x"}),
            made=on_main(puts(path)),
        )
        for name, path in {
            "a device of Windows": "docs/aux.txt",
            "a device in capitals": "docs/CON",
            "a folder that is a device": "docs/nul/notes.txt",
            "a device with a raised digit": "docs/com\u00b9.txt",
            "a stream of another file": "docs/notes.txt::$DATA",
            "a dot at the end": "docs/notes.txt.",
            "a space at the end": "docs/notes.txt ",
            "a wildcard": "docs/note?.txt",
        }.items()
    ),
    *(
        Threat(
            row=TRICKS,
            name=name,
            ground="drafted",
            twin=on_main(lambda _: {"docs/notes.txt": "x"}),
            made=on_main(puts(path)),
            verdict="pass" if "option" in name else "refuse",
        )
        for name, path in {
            "a line break": "docs/notes\n.txt",
            "a terminal escape": "docs/\x1b[2Jnotes.txt",
            "a letter that turns the writing round": "docs/\u202etxt.notes",
            "a letter that cannot be seen": "docs/no\u200btes.txt",
            "a backslash": "docs\\..\\..\\notes.txt",
            "bytes that are no text": "docs/\udcff.txt",
            "a drive": "C:/notes.txt",
            "a name that is an option": "--output=docs/notes.txt",
            "a name that is too long": f"docs/{'n' * 201}",
            "a path that is too long": "/".join(["docs", *(7 * ["n" * 150])]),
        }.items()
    ),
    *(
        Threat(
            row=TRICKS,
            name=name,
            ground="drafted",
            twin=raw_tree("zz", "40000"),
            made=made,
        )
        for name, made in {
            "a folder above": raw_tree("..", "40000"),
            "git's own folder": raw_tree(".git", "40000"),
            "git's own folder in capitals": raw_tree(".GIT", "40000"),
            "git's own folder, as a Mac sees it": raw_tree(".g\u200cit", "40000"),
            "git's own folder, as Windows sees it": raw_tree("git~1", "40000"),
            "a name that is a whole path": raw_tree(PATH),
            "a name that leads up": raw_tree("docs/../records/x"),
            "a name from the root": raw_tree("/etc/passwd"),
            "one name twice": raw_tree("zz.txt", times=2),
            "one name twice, the second time as a folder": two_of_a_name,
            "a folder where it does not sort": raw_tree("AA", "40000", sorts=False),
            "a folder whose mode begins with nought": raw_tree("zz", "040000"),
            "no name at all": raw_tree(""),
        }.items()
    ),
    Threat(
        row=TRICKS,
        name="rubbish beside a record",
        ground="proposed",
        made=adding(lambda _: {f"{BESIDE}/notes.txt": "x"}),
    ),
    Threat(
        row=TRICKS,
        name="a sign-off one folder deeper",
        ground="proposed",
        made=adding(
            lambda ground: {SIGNED: None, SIGNED.replace("sign-offs/", "sign-offs/more/"): ground.text(SIGNED)}
        ),
    ),
    Threat(
        row=TRICKS,
        name="a sign-off without a record",
        ground="drafted",
        twin=_fresh,
        made=on_main(lambda _: {SIGNED.replace("00001", "0000Z"): "x: 1\n"}),
    ),
    Threat(
        row=TRICKS,
        name="a month that there is not",
        ground="drafted",
        twin=_fresh,
        made=on_main(lambda ground: {"records/2026/13/NM-2026-0000Z.yaml": _report(ground, "NM-2026-0000Z.yaml")}),
    ),
    Threat(
        row=TRICKS,
        name="a month that is not the report's",
        ground="drafted",
        twin=_fresh,
        made=on_main(lambda ground: {"records/2026/10/NM-2026-0000Z.yaml": _report(ground, "NM-2026-0000Z.yaml")}),
    ),
    Threat(
        row=TRICKS,
        name="a record whose text names another id",
        ground="drafted",
        twin=_fresh,
        made=on_main(lambda ground: {PATH.replace("00001", "0000Z"): _report(ground, "NM-2026-0000Y.yaml")}),
    ),
)
