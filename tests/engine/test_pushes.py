"""A push judged before a server takes it: what the main branch takes, what it refuses, and what else may be pushed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from nearmiss.engine.gate.pushes import Update, judge_push
from nearmiss.policy.findings import Finding, Severity
from nearmiss.vcs.repository import open_repository
from tests.engine.scene import Scene, codes, found_scene, walked_scene

MAIN = "refs/heads/main"
SETTINGS = "workflow/policy/settings.yaml"


@dataclass
class Server:
    """A bare repository, and a scene from which people push to it."""

    scene: Scene
    root: Path

    def git(self, *arguments: str) -> str:
        """Run the machine's own git on the server."""
        done = subprocess.run(["git", "-C", self.root, *arguments], capture_output=True, check=True)
        return done.stdout.decode().strip()

    def judge(self, *updates: Update) -> list[Finding]:
        """Judge a push, its objects having come."""
        self.git("fetch", "-q", str(self.scene.root), "+refs/*:refs/came/*")
        with open_repository(self.root) as repository:
            return judge_push(replace(self.scene.template, repository=repository, identity=None), updates)

    def push(self, *references: str) -> list[Finding]:
        """Judge a push of branches of the scene under their own names."""
        return self.judge(*(self.update(reference) for reference in references or (MAIN,)))

    def take(self, *references: str) -> None:
        """Push what must be taken, and take it."""
        assert self.push(*references) == []
        for reference in references or (MAIN,):
            self.git("update-ref", reference, self.scene.rev(reference))

    def update(self, reference: str) -> Update:
        """Return the update that a push of a reference would be."""
        return Update(reference=reference, old=self.at(reference), new=self.scene.rev(reference))

    def at(self, reference: str) -> str | None:
        """Return where a reference of the server is."""
        return self.git("for-each-ref", "--format=%(objectname)", reference) or None


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[[Scene], Server]]:
    """Return what makes a server of a scene; the scenes are closed in the end."""
    scenes: list[Scene] = []

    def make(scene: Scene) -> Server:
        scenes.append(scene)
        root = tmp_path / "server.git"
        subprocess.run(["git", "clone", "-q", "--bare", scene.root, root], check=True)
        subprocess.run(["git", "-C", root, "symbolic-ref", "HEAD", MAIN], check=True)
        return Server(scene=scene, root=root)

    yield make
    for scene in scenes:
        scene.close()


Serve = Callable[[Scene], Server]


def asked(scene: Scene, **settings: str) -> None:
    """Put other settings in force."""
    scene.change_policy("o.haddad", {SETTINGS: scene.revised(SETTINGS, settings)})


# What the main branch takes


def test_reports_and_drafts_are_taken_directly(serve: Serve, tmp_path: Path) -> None:
    """Where the settings say so, a report, its assessment and progress go to the main branch without a request."""
    server = serve(found_scene(tmp_path))
    server.scene.prepare()
    assert server.push() == []


def test_a_step_is_taken_once_it_is_merged(serve: Serve, tmp_path: Path) -> None:
    """What the gate passed and somebody merged is taken; so are several steps of several records in one push."""
    server = serve(found_scene(tmp_path))
    for _ in range(2):
        server.scene.walk(upto="root-caused")
    assert server.push() == []


def test_a_step_is_taken_as_a_rebase_leaves_it(serve: Serve, tmp_path: Path) -> None:
    """The commit that moves the state and the one that signs it, one after the other, are one step."""
    scene, record = walked_scene(tmp_path, upto="reported")
    server = serve(scene)
    branch = scene.advance("s.ito", record).branch
    scene.approve("r.meyer", record)
    scene.git("branch", "-f", "elsewhere", branch)
    new = scene.rev(branch)
    assert server.judge(Update(reference=MAIN, old=scene.rev(), new=new)) == []
    assert scene.git("rev-list", "--count", f"main..{new}") == "2"


def test_a_policy_is_taken_as_it_is_signed(serve: Serve, tmp_path: Path) -> None:
    """A change of the policy that was signed under the old one goes to the main branch; unsigned, it does not."""
    server = serve(found_scene(tmp_path))
    server.scene.propose_policy("o.haddad", {SETTINGS: server.scene.revised(SETTINGS, {"organisation": "Acme"})})
    [branch] = server.scene.repository.branches("near-miss/policy/")
    unsigned = Update(reference=MAIN, old=server.at(MAIN), new=server.scene.rev(branch))
    assert codes(server.judge(unsigned), Severity.WAITING) == {"sign-off-missing"}
    server.scene.approve("w.olsen", "policy")
    server.scene.merge("o.haddad", "policy")
    assert server.push() == []


def test_a_merge_as_git_pull_makes_it_is_taken(serve: Serve, tmp_path: Path) -> None:
    """Two clones report at once; whoever is second takes the other's in by `git pull`, and that is taken."""
    scene = found_scene(tmp_path)
    server = serve(scene)
    start = scene.rev()
    scene.report("m.okafor")
    server.take()
    scene.git("update-ref", MAIN, start)
    scene.git("reset", "-q", "--hard")
    scene.report("t.silva")
    scene.git("merge", "-q", "--no-edit", server.at(MAIN) or "", who="t.silva")
    assert scene.git("rev-parse", "main^2") == server.at(MAIN)
    assert server.push() == []


# What it refuses


def test_an_unsigned_state_is_refused(serve: Serve, tmp_path: Path) -> None:
    """A state that somebody writes without signatures, and a proposal merged past the gate, are refused."""
    scene, record = walked_scene(tmp_path, upto="reported")
    server = serve(scene)
    branch = scene.advance("s.ito", record).branch
    found = server.judge(Update(reference=MAIN, old=scene.rev(), new=scene.rev(branch)))
    assert codes(found, Severity.WAITING) == {"sign-off-missing"}
    path = scene.path(record)
    text = scene.blob(path).decode().replace("state: reported", "state: verified")
    scene.commit_files({path: text}, branch="main")
    found = server.push()
    assert "error" in {str(finding.severity) for finding in found}
    assert {finding.record for finding in found} == {record}


def test_a_record_that_is_deleted_and_put_back_in_one_push_is_refused(serve: Serve, tmp_path: Path) -> None:
    """Each commit of the main branch has to hold, not only the last one: an audit walks them all."""
    scene, record = walked_scene(tmp_path, upto="reported")
    server = serve(scene)
    path, text = scene.path(record), scene.blob(scene.path(record))
    scene.commit_files({path: None}, branch="main")
    scene.commit_files({path: text}, branch="main")
    assert codes(server.push()) == {"record-deleted"}


def test_the_main_branch_is_never_deleted_or_rewritten(serve: Serve, tmp_path: Path) -> None:
    """Deleting it, going back, another history and a stale claim of where it is are refused, each with its sentence."""
    scene = found_scene(tmp_path)
    server = serve(scene)
    scene.report()
    server.take()
    here = scene.rev()
    assert codes(server.judge(Update(reference=MAIN, old=here, new=None))) == {"main-deleted"}
    back = Update(reference=MAIN, old=here, new=scene.rev("main^"))
    assert codes(server.judge(back)) == {"main-rewritten"}
    other = scene.git("commit-tree", "-m", "another", "main^{tree}")
    scene.git("branch", "other", other)
    assert codes(server.judge(Update(reference=MAIN, old=here, new=other))) == {"main-rewritten"}
    stale = Update(reference=MAIN, old=scene.rev("main^"), new=here)
    [finding] = server.judge(stale)
    assert (finding.code, "has moved meanwhile" in finding.message) == ("main-rewritten", True)
    assert server.judge(Update(reference=MAIN, old=here, new=here)) == []


def test_a_line_that_goes_aside_is_refused(serve: Serve, tmp_path: Path) -> None:
    """The main branch merged into an old proposal would leave its own line for one that nobody proved."""
    scene, record = walked_scene(tmp_path, upto="reported")
    server = serve(scene)
    branch = scene.advance("s.ito", record).branch
    first = scene.rev(branch)
    scene.put_in_force(record, ["r.meyer"])
    server.take()
    aside = scene.git("commit-tree", "-p", first, "-p", "main", "-m", "aside", "main^{tree}")
    scene.git("branch", "aside", aside)
    [finding] = server.judge(Update(reference=MAIN, old=server.at(MAIN), new=aside))
    assert (finding.code, "merged into something else" in finding.message) == ("main-rewritten", True)


def test_a_pull_cannot_hide_two_steps_of_one_record(serve: Serve, tmp_path: Path) -> None:
    """Where others took a record two steps on meanwhile, a merge the other way round would show both as one."""
    scene, record = walked_scene(tmp_path, level="medium", upto="reported")
    server = serve(scene)
    start = scene.rev()
    scene.walk(upto="root-caused", record=record)
    server.take()
    scene.git("checkout", "-q", "-B", "main", start)
    scene.report("t.silva")
    scene.git("merge", "-q", "--no-edit", server.at(MAIN) or "", who="t.silva")
    assert codes(server.push())
    scene.git("branch", "mine", "main^1")
    scene.git("reset", "-q", "--keep", server.at(MAIN) or "")
    scene.git("merge", "-q", "--no-edit", "mine", who="t.silva")
    assert server.push() == []


def test_replaced_objects_on_the_server_stop_everything(serve: Serve, tmp_path: Path) -> None:
    """A server whose git is shown another history judges nothing."""
    scene = found_scene(tmp_path)
    server = serve(scene)
    scene.report()
    server.git("fetch", "-q", str(scene.root), "main")
    server.git("replace", scene.rev("main^"), scene.rev("main"))
    assert codes(server.push()) == {"history-replaced"}
    assert codes(server.push("refs/heads/main")) == {"history-replaced"}


@pytest.mark.parametrize(
    "kind, setting", [("report", "reports"), ("draft", "drafts"), ("progress", "progress"), ("report", "drafts")]
)
def test_what_goes_through_requests_is_not_taken_directly(
    serve: Serve, tmp_path: Path, kind: str, setting: str
) -> None:
    """It has to have been on the server as a proposal's branch before it is merged; other kinds go on directly."""
    scene, record = walked_scene(tmp_path, upto="action")
    server = serve(scene)
    asked(scene, **{setting: "request"})
    server.take()
    base = scene.rev()
    # The program itself would make a branch, so the change is made where it is direct, and put on top here.
    asked(scene, **{setting: "direct"})
    if kind == "report":
        record = scene.report("m.okafor").id
    elif kind == "draft":
        scene.draft("s.ito", record, {"lesson": {"headline": "Chock the wheels"}})
    else:
        scene.progress("t.silva", record, evidence="Photo")
    files = {path: scene.blob(path) for path in scene.git("diff", "--name-only", "main^", "main").split("\n")}
    scene.git("update-ref", MAIN, base)
    scene.git("reset", "-q", "--hard")
    who = {"report": "m.okafor", "draft": "s.ito", "progress": "t.silva"}[kind]
    branch = f"near-miss/{record}/00-report"
    scene.commit_files(files, who=who, branch=branch)
    direct = Update(reference=MAIN, old=base, new=scene.rev(branch))
    if (kind, setting) == ("report", "drafts"):
        assert server.judge(direct) == []
        return
    assert codes(server.judge(direct)) == {"request-needed"}
    scene.git("merge", "-q", "--no-ff", "--no-edit", branch, who="s.ito")
    assert codes(server.push()) == {"request-needed"}
    assert codes(server.push(MAIN, f"refs/heads/{branch}")) == {"request-needed"}
    server.take(f"refs/heads/{branch}")
    assert server.judge(direct) == []
    assert server.push() == []


# Other branches, and names


def test_proposals_are_pushed_freely(serve: Serve, tmp_path: Path) -> None:
    """A proposal may be incomplete, rewritten and deleted; the main branch does not move by that."""
    scene, record = walked_scene(tmp_path, upto="reported")
    server = serve(scene)
    branch = f"refs/heads/{scene.advance('s.ito', record).branch}"
    server.take(branch)
    old = server.at(branch)
    scene.draft("s.ito", record, {"investigation.findings": "More of it."})
    assert server.judge(Update(reference=branch, old=old, new=scene.rev("main"))) == []
    assert server.judge(Update(reference=branch, old=old, new=None)) == []


@pytest.mark.parametrize(
    "path, code",
    [
        ("records/2026/11/nul", "path-unknown"),
        ("Records/2026/11/NM-2026-7Q4K2.yaml", "path-unknown"),
        ("site/docs/a:b.md", "path-odd"),
        ("records/2026/11/XX-2026-7Q4K2.yaml", "id-prefix"),
    ],
)
def test_proposals_with_odd_paths_are_refused(serve: Serve, tmp_path: Path, path: str, code: str) -> None:
    """What no checkout could hold, or is no record of this register, does not come onto the server as a proposal."""
    scene = found_scene(tmp_path)
    server = serve(scene)
    branch = "near-miss/NM-2026-7Q4K2/01-investigate"
    scene.commit_files({path: "title: x\n"}, branch=branch)
    assert code in codes(server.push(f"refs/heads/{branch}"))
    scene.commit_files({path: "title: x\n"}, branch="scratch")
    assert server.push("refs/heads/scratch") == []


def test_a_proposal_from_elsewhere_is_refused(serve: Serve, tmp_path: Path) -> None:
    """A branch without a common history with the main one can never be merged."""
    scene = found_scene(tmp_path)
    server = serve(scene)
    branch = "near-miss/policy/02-change"
    scene.git("branch", branch, scene.git("commit-tree", "-m", "elsewhere", "main^{tree}"))
    assert codes(server.push(f"refs/heads/{branch}")) == {"merge-base"}


@pytest.mark.parametrize(
    "reference, taken",
    [
        ("refs/heads/near-miss/NM-2026-7Q4K2/01-investigate", True),
        ("refs/heads/near-miss/NM-2026-7Q4K2/00-report", True),
        ("refs/heads/near-miss/NM-2026-7Q4K2/draft-20261122080000", True),
        ("refs/heads/near-miss/policy/02-change-policy", True),
        ("refs/heads/scratch/of-mine", True),
        ("refs/tags/2026", True),
        ("refs/notes/commits", True),
        ("refs/heads/near-miss/NM-2026-7Q4K2", False),
        ("refs/heads/near-miss/NM-2026-IIIII/01-investigate", False),
        ("refs/heads/near-miss/../01-investigate", False),
        ("refs/heads/near-miss/policy/01-x/y", False),
        ("refs/heads/near-miss/policy/1", False),
        ("refs/heads/Near-Miss/NM-2026-7Q4K2/01-investigate", False),
        ("refs/tags/near-miss/NM-2026-7Q4K2/01-investigate", False),
        ("refs/heads/MAIN", False),
        ("refs/tags/main", False),
        ("refs/notes/Main", False),
        ("refs/heads/a\u202eb", False),
        ("refs/for/main", False),
        ("refs/replace/0123456789012345678901234567890123456789", False),
        ("refs/meta/config", False),
        ("HEAD", False),
    ],
)
def test_names_that_are_taken(serve: Serve, tmp_path: Path, reference: str, *, taken: bool) -> None:
    """Branches, tags and notes are taken under names that nobody mistakes for the main branch or a proposal."""
    scene = found_scene(tmp_path)
    server = serve(scene)
    found = server.judge(Update(reference=reference, old=None, new=scene.rev()))
    assert codes(found) == (set() if taken else {"reference-odd"})


def test_one_bad_reference_spoils_a_push(serve: Serve, tmp_path: Path) -> None:
    """A push is taken as a whole or not at all."""
    scene = found_scene(tmp_path)
    server = serve(scene)
    scene.report()
    good, bad = server.update(MAIN), Update(reference="refs/for/main", old=None, new=scene.rev())
    assert codes(server.judge(good, bad)) == {"reference-odd"}
    assert server.judge(good) == []


# The first push, and the server itself


def empty(scene: Scene, folder: Path, head: str = MAIN) -> Server:
    """Return a server that has nothing yet."""
    subprocess.run(["git", "init", "-q", "--bare", folder], check=True)
    subprocess.run(["git", "-C", folder, "symbolic-ref", "HEAD", head], check=True)
    return Server(scene=scene, root=folder)


def test_an_empty_server_takes_a_register_from_its_founding_on(tmp_path: Path) -> None:
    """The first push brings the main branch, and each step since the founding is judged as ever."""
    scene, record = walked_scene(tmp_path, upto="root-caused")
    server = empty(scene, tmp_path / "server.git")
    assert server.push() == []
    path = scene.path(record)
    scene.commit_files(
        {path: scene.blob(path).decode().replace("state: root-caused", "state: verified")}, branch="main"
    )
    assert {finding.record for finding in server.push()} == {record}
    scene.close()


def test_an_empty_server_takes_nothing_else(tmp_path: Path) -> None:
    """Another branch, what is no register, and one whose main branch is not the server's are refused."""
    scene = found_scene(tmp_path)
    server = empty(scene, tmp_path / "server.git")
    other = Update(reference="refs/heads/scratch", old=None, new=scene.rev())
    assert codes(server.judge(other)) == {"founding-odd"}
    bare = scene.git("commit-tree", "-m", "nothing", scene.git("mktree"))
    scene.git("branch", "bare", bare)
    assert codes(server.judge(Update(reference=MAIN, old=None, new=bare))) == {"founding-odd"}
    server = empty(scene, tmp_path / "trunk.git", "refs/heads/trunk")
    [finding] = server.judge(Update(reference="refs/heads/trunk", old=None, new=scene.rev()))
    assert (finding.code, "main branch is main" in finding.message) == ("founding-odd", True)
    scene.close()


def test_a_register_that_begins_with_records_is_refused(tmp_path: Path) -> None:
    """A history whose first commit has records and sign-offs already proves nothing about them."""
    scene, _ = walked_scene(tmp_path, upto="investigated")
    server = empty(scene, tmp_path / "server.git")
    squashed = scene.git("commit-tree", "-m", "all at once", "main^{tree}")
    scene.git("branch", "squashed", squashed)
    [finding] = server.judge(Update(reference=MAIN, old=None, new=squashed))
    assert (finding.code, "founded in one commit" in finding.message) == ("founding-odd", True)
    scene.close()


def test_a_register_that_was_founded_on_no_sound_policy_is_refused(tmp_path: Path) -> None:
    """The founding commit is judged as `nearmiss init` judges it."""
    scene = found_scene(tmp_path)
    server = empty(scene, tmp_path / "server.git")
    path = "workflow/policy/versions/0001.json"
    broken = scene.blob(path).decode().replace('"role":"quality-lead"', '"role":"wizard"')
    tree = _tree_with(scene, path, broken)
    scene.git("branch", "broken", scene.git("commit-tree", "-m", "broken", tree))
    with pytest.raises(Exception, match=r"0001\.json"):
        server.judge(Update(reference=MAIN, old=None, new=scene.rev("broken")))
    scene.close()


def _tree_with(scene: Scene, path: str, text: str) -> str:
    oid = scene.git("hash-object", "-w", "--stdin", stdin=text.encode())
    scene.git("update-index", "--cacheinfo", f"100644,{oid},{path}")
    tree = scene.git("write-tree")
    scene.git("reset", "-q")
    return tree


def test_a_server_whose_head_is_elsewhere_refuses_everything(serve: Serve, tmp_path: Path) -> None:
    """On no branch, or on another than the settings name, nobody can tell what the main branch is."""
    scene = found_scene(tmp_path)
    server = serve(scene)
    server.git("branch", "trunk", "main")
    server.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    [finding] = server.push()
    assert (finding.code, "git symbolic-ref HEAD refs/heads/main" in finding.hint) == ("reference-odd", True)
    server.git("update-ref", "--no-deref", "HEAD", scene.rev())
    assert codes(server.push()) == {"reference-odd"}


def test_a_push_of_nothing_is_in_order(serve: Serve, tmp_path: Path) -> None:
    """Where no reference moves there is nothing to refuse."""
    assert serve(found_scene(tmp_path)).judge() == []
