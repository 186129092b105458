"""Reading objects, trees, branches and history from real repositories."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from nearmiss.engine.ports import Change, Position, Repository, Tree, TreeEntry
from nearmiss.engine.refusals import UnknownRevisionError
from nearmiss.errors import NearMissError
from nearmiss.vcs import objects as objects_module
from nearmiss.vcs.errors import BrokenObjectError, MissingObjectError
from nearmiss.vcs.history import parse_date
from nearmiss.vcs.repository import GitRepository
from nearmiss.vcs.trees import parse_tree
from tests.vcs.worlds import World, git

Open = Callable[[Path], GitRepository]
WEIRD = ["-dash", "new\nline", "tab\there", "ünïcode/ß", 'quo"te', "sp ace", ":colon", "star*"]


def raw_commit(world: World, text: bytes) -> str:
    """Store a commit object that git itself would not write."""
    return world.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", stdin=text)


def test_position_follows_head(world: World) -> None:
    """HEAD is told as a branch, or as a commit alone when detached."""
    first = world.commit({"a": b"1"})
    assert world.repository.position() == Position(branch="main", commit=first)
    world.git("checkout", "-q", "--detach")
    assert world.repository.position() == Position(branch=None, commit=first)


@pytest.mark.parametrize("other", ["refs/tags/HEAD", "refs/heads/HEAD", "refs/remotes/HEAD", "refs/remotes/HEAD/HEAD"])
def test_nothing_else_that_is_called_head_is_taken_for_it(world: World, other: str) -> None:
    """A branch, a tag or a remote of that name is another one, on a branch, detached, and before a first commit."""
    first = world.commit({"a": b"1"})
    world.git("update-ref", other, first)
    assert world.repository.position() == Position(branch="main", commit=first)
    world.git("checkout", "-q", "--detach")
    assert world.repository.position() == Position(branch=None, commit=first)
    world.git("symbolic-ref", "HEAD", "refs/heads/later")
    assert world.repository.position() == Position(branch="later", commit=None)


def test_a_branch_called_head_can_be_the_one_that_is_checked_out(world: World) -> None:
    """Git warns of the name and takes it all the same."""
    first = world.commit({"a": b"1"})
    world.git("update-ref", "refs/heads/HEAD", first)
    world.git("symbolic-ref", "HEAD", "refs/heads/HEAD")
    assert world.repository.position() == Position(branch="HEAD", commit=first)


def test_the_adapter_satisfies_the_ports(world: World) -> None:
    """What the use cases ask of a repository and its trees, this one offers; the type checker reads this test too."""
    world.commit({"a": b"1"})
    repository: Repository = world.repository
    trees: list[Tree] = [repository.tree("main"), repository.working_tree()]
    assert [tree.read("a") for tree in trees] == [b"1", b"1"]


def test_a_broken_reference_is_an_error_and_not_an_unborn_branch(world: World) -> None:
    """A branch that cannot be read must not look as if it were not there."""
    world.commit({"a": b"1"})
    (world.root / ".git" / "objects").rename(world.root / ".git" / "elsewhere")
    with pytest.raises(NearMissError):
        world.repository.position()
    with pytest.raises(NearMissError):
        world.repository._references.branch("main")


def test_revisions_are_resolved_to_commits(world: World) -> None:
    """Branches, short ids, ancestors and annotated tags lead to commits."""
    first = world.commit({"a": b"1"})
    second = world.commit({"a": b"2"})
    world.git("tag", "-a", "-m", "x", "v1", first)
    assert [world.repository.resolve(name) for name in ("main", second[:10], "main~1", "v1", first)] == [
        second, second, first, first, first,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "revision", ["", "nothing", "-h", "--all", ":/A", "main:a", "a\nb", "a\0b", "f" * 40, "main@{99}", "\udcff"]
)
def test_what_names_no_commit_is_refused(world: World, revision: str) -> None:
    """A revision that is unknown, an option, a search or no commit is refused with a sentence, and git stays well."""
    first = world.commit({"a": b"1"})
    with pytest.raises(UnknownRevisionError):
        world.repository.resolve(revision)
    assert world.repository.resolve("main") == first


def test_a_tag_called_like_a_branch_is_not_taken_for_it(world: World) -> None:
    """A branch is looked up under exactly its own name."""
    first = world.commit({"a": b"1"})
    world.git("update-ref", "refs/tags/refs/heads/new", first)
    assert world.commit({"b": b"1"}, branch="new", parents=(first,)) == world.repository.branches()["new"]


def test_branches_are_listed_by_prefix(world: World) -> None:
    """Local branches come with their commits; a prefix may end within a name; pointers to others are left out."""
    first = world.commit({"a": b"1"})
    for name in ("near-miss/NM-2026-7Q4K2/1-investigate", "near-miss/NM-2026-7Q4K3/1-decline", "x"):
        world.git("branch", name)
    world.git("symbolic-ref", "refs/heads/alias", "refs/heads/main")
    assert world.repository.branches("near-miss/NM-2026-7Q4K2") == {"near-miss/NM-2026-7Q4K2/1-investigate": first}
    assert set(world.repository.branches()) == {
        "main", "x", "near-miss/NM-2026-7Q4K2/1-investigate", "near-miss/NM-2026-7Q4K3/1-decline",
    }  # fmt: skip


def test_remote_branches_are_listed_by_the_name_after_the_remote(world: World) -> None:
    """Remote-tracking branches keep their remote's name, also one with a slash; HEAD of a remote is no branch."""
    first = world.commit({"a": b"1"})
    world.git("remote", "add", "origin", "nowhere")
    world.git("remote", "add", "plant/two", "nowhere")
    for name in ("origin/main", "plant/two/near-miss/1", "gone/near-miss/2"):
        world.git("update-ref", f"refs/remotes/{name}", first)
    world.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    assert world.repository.remote_branches("near-miss/") == {"plant/two/near-miss/1": first, "gone/near-miss/2": first}
    assert "origin/HEAD" not in world.repository.remote_branches()


def test_no_remote_branches_without_remotes(world: World) -> None:
    """A repository that never fetched has no remote branches."""
    assert world.repository.remote_branches() == {}


def test_a_tree_lists_and_reads_files_with_any_name(world: World) -> None:
    """Names with dashes, line breaks, quotes and letters of other scripts are listed and read as they are."""
    for name in WEIRD:
        place = world.root / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(name, encoding="utf-8")
    world.git("add", "--all")
    world.git("commit", "-q", "-m", "names")
    tree = world.repository.tree("main")
    assert [entry.path for entry in tree.entries()] == sorted(WEIRD)
    assert dict(tree.read_many(WEIRD)) == {name: name.encode() for name in WEIRD}
    assert [entry.path for entry in tree.entries("-dash", "ünïcode/")] == ["-dash", "ünïcode/ß"]
    assert [entry.path for entry in tree.entries("star?", ":colo*")] == []


def test_a_path_that_is_not_utf8_is_listed_with_escapes(world: World) -> None:
    """A name that is no UTF-8 can be told and refused; nothing crashes over it."""
    (world.root / os.fsdecode(b"\xff\xfe")).write_bytes(b"1")
    world.git("add", "--all")
    world.git("commit", "-q", "-m", "name")
    for tree in (world.repository.tree("main"), world.repository.working_tree()):
        assert [entry.path for entry in tree.entries()] == ["\udcff\udcfe"]
        assert tree.read("\udcff\udcfe") == b"1"
    assert [change.path for change in world.repository.changes(None, "main")] == ["\udcff\udcfe"]


def test_only_regular_files_are_read_from_a_tree(world: World) -> None:
    """Links, folders, submodules and what is not there give nothing, while the listing shows their modes."""
    (world.root / "folder").mkdir()
    (world.root / "folder" / "run").write_bytes(b"#!")
    (world.root / "folder" / "run").chmod(0o755)
    (world.root / "link").symlink_to("folder/run")
    world.git("add", "--all")
    world.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
    world.git("commit", "-q", "-m", "modes")
    tree = world.repository.tree("main")
    assert {entry.path: entry.mode for entry in tree.entries()} == {
        "folder/run": "100755", "link": "120000", "sub": "160000",
    }  # fmt: skip
    assert tree.read("folder/run") == b"#!"
    assert [tree.read(path) for path in ("link", "folder", "sub", "gone", "link/x", "", "folder/", "sub/x")] == [
        None
    ] * 8


def test_a_link_in_place_of_a_folder_is_listed_under_its_prefix(world: World) -> None:
    """Who asks for what is under a folder learns that there is a link instead."""
    (world.root / "records").symlink_to("/etc")
    world.git("add", "--all")
    world.git("commit", "-q", "-m", "link")
    assert [(entry.mode, entry.path) for entry in world.repository.tree("main").entries("records/")] == [
        ("120000", "records")
    ]


def test_many_prefixes_choose_as_few_do(world: World) -> None:
    """However many prefixes are asked for, the same files are found."""
    world.commit({f"records/{number}.yaml": b"x" for number in range(200)} | {"other/1": b"x"})
    wanted = [f"records/{number}.yaml" for number in range(150)]
    tree = world.repository.tree("main")
    assert [entry.path for entry in tree.entries(*wanted)] == sorted(wanted)
    assert len(tree.entries(*wanted, "other/")) == 151
    assert len(tree.entries("")) == 201
    assert len(world.repository.changes(None, "main", *wanted)) == 150


@pytest.fixture(params=[1, 500], ids=["all at once", "in turn"])
def _many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each question be one for many objects, or for few."""
    monkeypatch.setattr(objects_module, "MANY", request.param)


@pytest.mark.usefixtures("_many")
def test_thousands_of_blobs_stream_in_the_order_asked_for(world: World) -> None:
    """More blobs than fit one batch come whole, in order, with their sizes, whatever their content."""
    data = [b"\n" * number + b"\0x" for number in range(700)]
    world.commit({f"f/{number:04}": content for number, content in enumerate(data)})
    tree = world.repository.tree("main")
    oids = [entry.oid or "" for entry in reversed(tree.entries())]
    assert [content for _, content in world.repository.blobs(oids)] == data[::-1]
    assert [size for _, size in world.repository.sizes(oids)] == [len(content) for content in data[::-1]]


@pytest.mark.usefixtures("_many")
def test_a_reader_that_stops_midway_disturbs_no_other(world: World) -> None:
    """A stream of blobs may be left early, and read within another, without answers getting mixed up."""
    world.commit({str(number): b"%d" % number for number in range(10)})
    tree = world.repository.tree("main")
    oids = [entry.oid or "" for entry in tree.entries()]
    stream = world.repository.blobs(oids)
    assert next(stream)[1] == b"0"
    assert tree.read("7") == b"7"
    assert next(stream)[1] == b"1"
    del stream
    assert [content for _, content in world.repository.blobs(oids)] == [b"%d" % number for number in range(10)]


@pytest.mark.usefixtures("_many")
@pytest.mark.parametrize("oid", ["1" * 40, "abc", "main", "x\ny"])
def test_a_missing_blob_is_an_error(world: World, oid: str) -> None:
    """What is not there, or not named by a whole id, is refused rather than left out."""
    world.commit({"a": b"1"})
    with pytest.raises(MissingObjectError):
        list(world.repository.blobs([oid]))
    with pytest.raises(MissingObjectError):
        list(world.repository.sizes([oid]))


@pytest.mark.usefixtures("_many")
def test_an_object_of_another_kind_is_an_error(world: World) -> None:
    """A commit is not a blob, and a blob is not a commit."""
    first = world.commit({"a": b"1"})
    blob = world.repository.tree(first).entries()[0].oid or ""
    with pytest.raises(MissingObjectError):
        list(world.repository.blobs([first]))
    with pytest.raises(MissingObjectError):
        world.repository.tree(blob)


@pytest.mark.usefixtures("_many")
def test_a_damaged_object_is_an_error(world: World) -> None:
    """An object that the disk has cut short is never given as if it were whole."""
    first = world.commit({"a": os.urandom(5000)})
    oid = world.repository.tree(first).entries()[0].oid or ""
    place = world.root / ".git" / "objects" / oid[:2] / oid[2:]
    place.chmod(0o644)
    place.write_bytes(place.read_bytes()[:2000])
    with pytest.raises(NearMissError):
        list(world.repository.blobs([oid]))


def test_a_child_that_died_is_an_error_and_then_replaced(world: World) -> None:
    """When the reading child is killed, the question at hand fails and the next one is answered."""
    first = world.commit({"a": b"1"})
    tree = world.repository.tree(first)
    world.repository._objects._idle[0]._process.kill()
    world.repository._objects._idle[0]._process.wait()
    with pytest.raises(NearMissError):
        tree.read("a")
    assert tree.read("a") == b"1"


@pytest.mark.parametrize("raw", [b"100644 a", b"100644 a\0" + b"1" * 19, b"nothing", b"100644 a\0" + b"1" * 20 + b"4"])
def test_a_broken_tree_object_is_an_error(raw: bytes) -> None:
    """A tree object that is cut short is refused."""
    with pytest.raises(BrokenObjectError):
        parse_tree(raw, object_format="sha1")


def test_a_commit_without_a_tree_is_an_error(world: World) -> None:
    """A commit object that names no tree is refused."""
    broken = raw_commit(world, b"author x <x> 1 +0000\n\nx")
    with pytest.raises(BrokenObjectError):
        world.repository.tree(broken)


def test_folders_read_long_ago_are_read_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory for folders is bounded; what fell out of it is found again."""
    monkeypatch.setattr(objects_module, "REMEMBERED_FOLDERS", 1)
    first = world.commit({"a/1": b"1", "b/1": b"2"})
    for _ in range(2):
        assert dict(world.repository.tree(first).read_many(["a/1", "b/1"])) == {"a/1": b"1", "b/1": b"2"}


def test_changes_between_commits_name_both_sides(world: World) -> None:
    """Added, changed and removed paths come with modes and ids; a rename is a removal and an addition."""
    first = world.commit({"records/a": b"1", "records/b": b"2", "recordsX": b"3"})
    second = world.commit({"records/a": b"9", "records/b": None, "records/c": b"2", "recordsX": b"4"})
    ids = {entry.path: entry.oid for entry in world.repository.tree(first).entries()}
    new = {entry.path: entry.oid for entry in world.repository.tree(second).entries()}
    expected = [
        Change(
            path="records/a", old_mode="100644", new_mode="100644", old_oid=ids["records/a"], new_oid=new["records/a"]
        ),
        Change(path="records/b", old_mode="100644", new_mode="000000", old_oid=ids["records/b"], new_oid=None),
        Change(path="records/c", old_mode="000000", new_mode="100644", old_oid=None, new_oid=new["records/c"]),
    ]
    assert world.repository.changes(first, second, "records/") == expected
    assert [change.path for change in world.repository.changes("main~1", "main", "recordsX")] == ["recordsX"]
    assert [change.path for change in world.repository.changes(None, first)] == ["records/a", "records/b", "recordsX"]
    with pytest.raises(NearMissError):
        world.repository.changes(first, "1" * 40)


def test_changed_submodules_are_seen_whatever_gitmodules_says(world: World) -> None:
    """A submodule that moved is a change, even where its own settings ask to ignore it."""
    (world.root / ".gitmodules").write_text(
        '[submodule "s"]\n\tpath = s\n\turl = x\n\tignore = all\n', encoding="utf-8"
    )
    world.git("config", "diff.ignoreSubmodules", "all")
    world.git("add", "--all")
    for digit in "12":
        world.git("update-index", "--add", "--cacheinfo", f"160000,{digit * 40},s")
        world.git("commit", "-q", "--allow-empty", "-m", digit)
    assert [change.path for change in world.repository.changes("main~1", "main")] == ["s"]
    assert [change.path for change in next(world.repository.commits(["main"])).changes] == ["s"]


def criss_cross(world: World) -> tuple[str, str]:
    """Merge two branches into each other, so that they have two best common ancestors."""
    root = world.commit({"r": b"1"})
    one, two = (
        world.commit({"a": b"1"}, branch="one", parents=(root,)),
        world.commit({"b": b"1"}, branch="two", parents=(root,)),
    )
    return world.commit({"b": b"1"}, branch="one", parents=(one, two)), world.commit(
        {"a": b"1"}, branch="two", parents=(two, one)
    )


def test_all_best_common_ancestors_are_found(world: World) -> None:
    """After a criss-cross merge there are two merge bases; unrelated commits have none."""
    left, right = criss_cross(world)
    assert len(world.repository.merge_bases(left, right)) == 2
    alone = world.commit({"z": b"1"}, branch="alone", parents=())
    assert world.repository.merge_bases(left, alone) == []


def test_ancestry_is_told(world: World) -> None:
    """A commit is reached from itself and its descendants, not the other way round."""
    first, second = world.commit({"a": b"1"}), world.commit({"a": b"2"})
    assert world.repository.is_ancestor(first, second)
    assert world.repository.is_ancestor(first, first)
    assert not world.repository.is_ancestor(second, first)
    with pytest.raises(NearMissError):
        world.repository.is_ancestor("1" * 40, first)


def test_history_tells_who_when_what_and_why(world: World) -> None:
    """Commits come newest first with people, instants, whole messages, parents and changes, also the first one."""
    first = world.commit({"a": b"1"}, message="One\n\nbody\n\n\ntail  \n")
    second = world.commit({"a": b"2", "gone": None}, message=":100644 looks like a change\nx")
    found = list(world.repository.commits(["main"]))
    assert [(commit.oid, commit.parents) for commit in found] == [(second, (first,)), (first, ())]
    assert [commit.message for commit in found] == [":100644 looks like a change\nx", "One\n\nbody\n\n\ntail  \n"]
    assert found[1].subject == "One"
    assert found[0].author.identity.email == "ruth@example.org"
    assert found[0].committer.when == datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    assert [[change.path for change in commit.changes] for commit in found] == [["a"], ["a"]]
    assert list(world.repository.commits(["main"], without=["main"])) == []


def test_history_shows_what_a_merge_changes_against_its_first_parent(world: World) -> None:
    """Merges, octopus merges and reverting merges show what they change on the line they are merged into."""
    root = world.commit({"r": b"1"})
    sides = [world.commit({name: b"1"}, branch=name, parents=(root,)) for name in "abc"]
    octopus = world.commit({"a": b"1", "b": b"1", "c": b"1"}, parents=(root, *sides))
    ours = world.commit({}, parents=(octopus, world.commit({"a": b"2"}, branch="a")))
    evil = world.commit({"r": b"evil"}, parents=(ours, sides[0]))
    found = {commit.oid: [change.path for change in commit.changes] for commit in world.repository.commits(["main"])}
    assert (found[octopus], found[ours], found[evil]) == (["a", "b", "c"], [], ["r"])
    walked = [commit.oid for commit in world.repository.commits(["main"], first_parent=True)]
    assert walked == [evil, ours, octopus, root]
    assert [commit.oid for commit in world.repository.commits(["main"], paths=["r"])] == [evil, root]


def test_a_merge_that_equals_the_branch_is_found_within_a_range(world: World) -> None:
    """A merge that changes a path against its first parent is listed, though that parent is out of the range."""
    root = world.commit({"r": b"1"})
    side = world.commit({"a": b"1"}, branch="side", parents=(root,))
    merge = world.commit({"a": b"1"}, parents=(root, side))
    assert [commit.oid for commit in world.repository.commits(["main"], without=[root], paths=["a"])] == [merge, side]
    assert [commit.oid for commit in world.repository.commits(["main"], paths=["a"])] == [merge, side]
    assert list(world.repository.commits(["main"], without=[root], paths=["b"])) == []


def test_a_message_is_read_whole_however_long_it_is(world: World) -> None:
    """What git says is cut where a field ends, not where a reading of the pipe does."""
    long = "".join(f"line {number} of ünïcode\n" for number in range(30_000)).rstrip()
    made = [
        world.commit({"a": b"%d" % number}, message=message) for number, message in enumerate((long, "short", long))
    ]
    found = list(world.repository.commits(["main"]))
    assert [commit.oid for commit in found] == made[::-1]
    assert [commit.message.rstrip("\n") for commit in found] == [long, "short", long]


def test_a_history_that_is_begun_early_is_the_same(world: World) -> None:
    """Whether git begins when the first commit is asked for or before, it tells the same commits; it may be let go."""
    root = world.commit({"r": b"1"}, message="One\n\nbody")
    side = world.commit({"a": b"1"}, branch="side", parents=(root,))
    tip = world.commit({"a": b"1"}, parents=(root, side))
    begun = world.repository.begin_commits(tip)
    world.git("update-ref", "refs/heads/main", root)
    assert list(begun) == list(world.repository.commits([tip]))
    let_go = world.repository.begin_commits(tip)
    assert next(let_go).oid == tip
    let_go.close()  # type: ignore[attr-defined]  # a generator is what it is
    assert next(let_go, None) is None


def test_paths_of_history_are_taken_literally(world: World) -> None:
    """A path is neither a pattern nor an option, and one named like the start of another does not find it."""
    first = world.commit({"records/a": b"1", "records2/a": b"1"})
    assert [change.path for change in next(world.repository.commits([first], paths=["records/"])).changes] == [
        "records/a"
    ]
    for path in ("rec*/", ":(glob)**", "-p", "record"):
        assert list(world.repository.commits([first], paths=[path])) == []


def test_children_come_before_parents_whatever_the_dates_say(world: World) -> None:
    """A forged clock cannot turn the order of history round."""
    oids = [world.commit({"a": b"0"})]
    tree = world.git("rev-parse", "main^{tree}")
    for number in range(1, 5):
        date = 1_900_000_000 - number * 100_000_000
        text = f"tree {tree}\nparent {oids[-1]}\nauthor x <x> {date} +0000\ncommitter x <x> {date} +0000\n\nx"
        oids.append(raw_commit(world, text.encode()))
    side = raw_commit(
        world, f"tree {tree}\nparent {oids[0]}\nauthor x <x> 1999999999 +0000\ncommitter x <x> 1 +0000\n\nx".encode()
    )
    walked = [commit.oid for commit in world.repository.commits([oids[-1], side])]
    assert all(walked.index(child) < walked.index(parent) for parent, child in pairwise(oids))


@pytest.mark.parametrize(
    "line",
    [
        b"x <x> 99999999999999999999999999 +0000", b"x <x> rubbish", b"x <x> -5 +0000", b"x", b"<> 1 +9999", b"",
        b"x <x> 4102444800 +99999999999", b"x <x> 300000000000 +0000", b"\xff <\xfe> 5 -0330", b"a <b> <c> 7 +0100",
    ],
)  # fmt: skip
def test_history_survives_garbage_in_a_commit(world: World, line: bytes) -> None:
    """Whatever stands where a person and a date should be, the commit is listed, with an instant that can be judged."""
    first = world.commit({"a": b"1"})
    tree = world.git("rev-parse", "main^{tree}").encode()
    odd = raw_commit(world, b"tree %s\nparent %s\nauthor %s\ncommitter %s\n\nx" % (tree, first.encode(), line, line))
    found = list(world.repository.commits([odd]))
    assert [commit.oid for commit in found] == [odd, first]
    assert found[0].author.when.tzinfo is not None
    assert found[0].author == found[0].committer
    assert world.repository.made(odd) == found[0].committer.when


def test_names_in_other_encodings_stay_distinct(world: World) -> None:
    """Two names that are no UTF-8 are not read as one and the same."""
    first = world.commit({"a": b"1"})
    tree = world.git("rev-parse", "main^{tree}").encode()
    names = [
        next(world.repository.commits([raw_commit(world, text)])).author.identity.name
        for byte in (b"\xff", b"\xfe")
        for text in [b"tree %s\nauthor x%s <x> 1 +0000\ncommitter x <x> 1 +0000\n\nx" % (tree, byte)]
    ]
    assert names == ["x\\xff", "x\\xfe"]
    assert first


@pytest.mark.parametrize(
    "raw, instant, offset",
    [
        ("0 +0000", datetime(1970, 1, 1, tzinfo=UTC), 0),
        ("1795302362 -0330", datetime(2026, 11, 21, 23, 6, 2, tzinfo=UTC), -210),
        ("", datetime(1970, 1, 1, tzinfo=UTC), 0),
        ("9999999999999 +0000", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), 0),
        ("253402300799 +0200", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), 0),
        ("-9999999999999 +0000", datetime(1, 1, 1, tzinfo=UTC), 0),
        ("60 +9999", datetime(1970, 1, 1, 0, 1, tzinfo=UTC), 0),
        ("60 +00000000000000001", datetime(1970, 1, 1, 0, 1, tzinfo=UTC), 1),
    ],
)
def test_dates_become_instants(raw: str, instant: datetime, offset: int) -> None:
    """Every date of git is an aware instant with its own offset, at the edge of the calendar if beyond it."""
    found = parse_date(raw)
    assert found == instant
    assert found.utcoffset() == timedelta(minutes=offset)


def test_a_failing_history_is_an_error(world: World) -> None:
    """A history with a missing commit is refused, not cut short in silence."""
    first = world.commit({"a": b"1"})
    tree = world.git("rev-parse", f"{first}^{{tree}}")
    odd = raw_commit(
        world, f"tree {tree}\nparent {'1' * 40}\nauthor x <x> 1 +0000\ncommitter x <x> 1 +0000\n\nx".encode()
    )
    with pytest.raises(NearMissError):
        list(world.repository.commits([odd]))


def test_a_history_may_be_left_early(world: World) -> None:
    """Reading may stop after the first commits; the child ends and nothing is complained of."""
    for number in range(3):
        world.commit({"a": b"%d" % number})
    stream = world.repository.commits(["main"])
    assert next(stream).changes
    stream.close()  # type: ignore[attr-defined]
    assert len(list(world.repository.commits(["main"]))) == 3


def test_a_repository_with_sha256_is_read_and_written(world: World, opened: Open, tmp_path: Path) -> None:
    """The longer object ids work as the short ones do."""
    git(tmp_path, "init", "-q", "--object-format=sha256", "long")
    long = World(repository=opened(tmp_path / "long"), root=tmp_path / "long")
    first = long.commit({"a/b": b"1"})
    second = long.commit({"a/b": None, "c": b"2"})
    assert len(first) == 64
    assert [entry.path for entry in long.repository.tree(second).entries()] == ["c"]
    assert long.git("status", "--porcelain") == ""
    assert long.git("fsck", "--strict") == ""
    assert isinstance(long.repository.tree(first).entries()[0], TreeEntry)


def test_a_line_is_followed_as_far_as_somebody_asks(world: World) -> None:
    """First parents come one after the other; whoever stops leaves no child behind."""
    commits = [world.commit({"a": str(number).encode()}) for number in range(5)]
    aside = world.commit({"b": b"1"}, branch="aside", parents=(commits[0],))
    merged = world.commit({"b": b"1"}, parents=(commits[4], aside))
    assert list(world.repository.first_parents(merged)) == [merged, *reversed(commits)]
    assert next(world.repository.first_parents("main")) == merged
    made = [(oid, world.repository.made(oid)) for oid in (merged, *reversed(commits))]
    assert list(world.repository.first_parents_made(merged)) == made


def test_a_lineage_holds_all_parents_and_what_touches_the_paths(world: World) -> None:
    """Of a part of history, every commit has its parents, and those that touch a path are told as walks tell them."""
    first = world.commit({"a": b"1", "b/c": b"1"})
    second = world.commit({"b/c": b"2"}, message="Zwei\n\nGröße\n")
    aside = world.commit({"a": b"3"}, branch="aside", parents=(first,))
    merged = world.commit({"a": b"3"}, parents=(second, aside))
    told = world.repository.lineage("main", beyond="aside~1", paths=("b/",))
    assert told.parents == {merged: (second, aside), second: (first,), aside: (first,)}
    assert told.commits == tuple(world.repository.commits([merged], without=[first], paths=["b/"]))
    whole = world.repository.lineage(merged, beyond=None, paths=("a",))
    assert set(whole.parents) == {merged, second, aside, first}
    assert whole.commits == tuple(world.repository.commits([merged], paths=["a"]))
    assert world.repository.lineage(merged, beyond=first, paths=("nowhere",)).commits == ()


@pytest.mark.parametrize("first_parent, expected", [(True, True), (False, False)])
def test_git_is_asked_whether_nothing_ever_was_there(world: World, first_parent: bool, expected: bool) -> None:  # noqa: FBT001
    """What only a merged line held was never on the line itself, and was somewhere in what lies behind it."""
    first = world.commit({"a": b"1"})
    aside = world.commit({"b": b"1"}, branch="aside", parents=(first,))
    merged = world.commit({"c": b"1"}, parents=(first, aside))
    asked = world.repository.ask_untouched(merged, ("b", "b/"), first_parent=first_parent)
    assert asked.holds() is expected
    assert not world.repository.ask_untouched(merged, ("a",), first_parent=first_parent).holds()
    assert world.repository.ask_untouched(merged, ("d",), first_parent=first_parent).holds()
