"""A register on a real git server: people push to it over HTTP, and the hook says what is taken."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import BoundedSemaphore

import pytest

from nearmiss.app.founding import found
from nearmiss.app.opening import open_desk
from nearmiss.engine.founding import Charter
from nearmiss.engine.proposing.advancing import advance
from nearmiss.engine.reporting import report_near_miss
from tests.engine.cast import CAST
from tests.engine.scene import Scene, found_scene, identity_of
from tests.plain import plain_preset
from tests.races.yard import Yard, yard_at
from tests.server.serving import GitServer, lacking, serving

PEOPLE = ["o.haddad", "m.okafor", "t.silva", "s.ito", "r.meyer", "i.garcia"]
BOX = ("report", "--what-happened", "A box fell. Nobody was near.")
CAN = ("report", "--what-happened", "A can leaked over the floor. I closed it.")
BRANCH = "near-miss/{}/01-investigate"
TOO_LATE = re.compile(r"\((?:fetch first|non-fast-forward|failed to update ref)\)|has moved meanwhile|cannot lock ref")
"""What a person reads whose push came second."""

MANY = 20
AGAIN = BoundedSemaphore(4)
"""So many try again at once. All come at once the first time."""

pytestmark = pytest.mark.skipif(bool(lacking()), reason=f"a git server needs {lacking()}: apt-get install {lacking()}")


@pytest.fixture(scope="module")
def server(repo_root: Path) -> Iterator[GitServer]:
    """Run one server for all tests of this module; each makes a repository of its own."""
    with serving(repo_root / "workflow", PEOPLE) as running:
        yield running


@pytest.fixture(scope="module")
def hook(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the hook that `nearmiss init --forge plain` lays down."""
    root = tmp_path_factory.mktemp("plain") / "register"
    charter = Charter(people=CAST, settings={}, preset=plain_preset())
    _, desk = found(root, charter, forge="plain", identity=identity_of("o.haddad"))
    desk.repository.close()  # type: ignore[attr-defined]  # the adapter holds processes
    return (root / "hooks" / "pre-receive").read_text(encoding="utf-8")


def cloned(server: GitServer, name: str, who: str, into: Path) -> Yard:
    """Return a clone of a person's own, which pushes under their name."""
    subprocess.run(["git", "clone", "-q", server.address(who, name), into], check=True)
    return Yard(root=into, beside=into.parent / f"beside-{into.name}")


def push(yard: Yard, who: str, *references: str) -> str:
    """Push, and return an empty text where that was taken, else all that the person reads."""
    done = subprocess.run(
        ["git", "-C", yard.root, "push", "origin", *references],
        env=yard.environment(who), capture_output=True, check=False,
    )  # fmt: skip
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    return "" if done.returncode == 0 else said


def reported(yard: Yard, who: str, *words: str) -> str:
    """Report by the program, and return the id."""
    found_id = re.search(r"Reported as (\S+):", yard.fine(who, *words).out)
    assert found_id
    return found_id[1]


def tip(server: GitServer, name: str, reference: str = "refs/heads/main") -> str:
    """Return where a reference of the server is."""
    command = ["git", "-C", str(server.repository(name)), "for-each-ref", "--format=%(objectname)", reference]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()


def test_a_case_travels_over_a_plain_server(server: GitServer, hook: str, tmp_path: Path) -> None:
    """Reported directly; moved past the rules and refused; proposed, reviewed, signed, merged, and taken."""
    server.make("case.git", hook=hook)
    owner, record = yard_at(tmp_path, "prepared")
    owner.git("remote", "add", "origin", server.address("o.haddad", "case.git"))
    assert push(owner, "o.haddad", "main") == ""

    reporter = cloned(server, "case.git", "m.okafor", tmp_path / "reporter")
    mine = reported(reporter, "m.okafor", *BOX)
    assert push(reporter, "m.okafor", "main") == ""

    before = tip(server, "case.git")
    cheat = cloned(server, "case.git", "t.silva", tmp_path / "cheat")
    [path] = [path for path in cheat.files() if path.endswith(f"/{record}.yaml")]
    text = (cheat.root / path).read_text(encoding="utf-8").replace("state: reported", "state: verified")
    (cheat.root / path).write_text(text, encoding="utf-8")
    cheat.git("commit", "-q", "-a", "-m", "done", who="t.silva")
    said = push(cheat, "t.silva", "main")
    assert "remote: nearmiss: This push is refused; none of it was taken." in said
    assert f"remote: {path}" in said
    assert re.search(r"remote: +error: ", said)
    assert "(pre-receive hook declined)" in said
    assert tip(server, "case.git") == before
    assert not list(server.repository("case.git").glob("objects/*incoming*"))

    lead = cloned(server, "case.git", "s.ito", tmp_path / "lead")
    branch = BRANCH.format(record)
    assert f"Branch: {branch}" in lead.fine("s.ito", "advance", record, "--push").out
    assert tip(server, "case.git", f"refs/heads/{branch}")
    assert "pre-receive hook declined" in push(lead, "s.ito", f"{branch}:main")

    signer = cloned(server, "case.git", "r.meyer", tmp_path / "signer")
    assert record in signer.fine("r.meyer", "review", record).out
    assert "you signed investigate" in signer.fine("r.meyer", "approve", record).out
    assert push(signer, "r.meyer", branch) == ""
    assert "in force on main" in signer.fine("r.meyer", "merge", record).out
    assert push(signer, "r.meyer", "main") == ""
    assert push(signer, "r.meyer", "--delete", branch) == ""

    reporter.git("pull", "-q", "origin", "main")
    assert "state: investigated" in reporter.record(record)
    assert "A box fell" in reporter.record(mine)
    reporter.sound()
    for words in (["+HEAD~1:main"], ["--delete", "main"], ["HEAD:refs/for/main"]):
        assert "This push is refused" in push(reporter, "m.okafor", *words)


def test_nobody_pushes_without_a_name(server: GitServer, hook: str, tmp_path: Path) -> None:
    """Who has no password is turned away before the hook; where the hook cannot run, nothing is taken."""
    server.make("guarded.git", hook=hook)
    yard, _ = yard_at(tmp_path)
    yard.git("remote", "add", "origin", server.address("stranger", "guarded.git"))
    assert "Authentication failed" in push(yard, "m.okafor", "main")
    server.make("mute.git", hook=hook.replace('"${NEARMISS:-nearmiss}"', "no-such-program"))
    yard.git("remote", "set-url", "origin", server.address("m.okafor", "mute.git"))
    assert "pre-receive hook declined" in push(yard, "m.okafor", "main")
    assert (tip(server, "guarded.git"), tip(server, "mute.git")) == ("", "")


@pytest.mark.parametrize(
    "forge, noted",
    [
        ("gitlab", "refs/heads/{branch}\noption merge_request.create\noption merge_request.target=main\n"),
        ("forgejo", "refs/for/main\noption topic={branch}\n"),
        ("plain", "refs/heads/{branch}\nuser s.ito\n"),
    ],
)
def test_forges_hear_what_they_expect(server: GitServer, tmp_path: Path, forge: str, noted: str) -> None:
    """The options of a push, and the reference that asks for a request, reach the server as each forge wants them."""
    heard = server.record(f"{forge}.git")
    scene = found_scene(tmp_path)
    settings = "workflow/policy/settings.yaml"
    if forge != "plain":
        named = {"forge": {"kind": forge, "remote": "origin"}}
        scene.change_policy("o.haddad", {settings: scene.revised(settings, named)})
    record = scene.prepare()
    scene.git("remote", "add", "origin", server.address("s.ito", f"{forge}.git"))
    scene.git("push", "-q", "origin", "main")
    heard.unlink()
    yard = Yard(root=scene.root, beside=tmp_path / "beside")
    yard.fine("s.ito", "advance", record, "--push")
    assert noted.format(branch=BRANCH.format(record)) in heard.read_text(encoding="utf-8")
    assert heard.read_text(encoding="utf-8").endswith("user s.ito\n")
    scene.close()


def test_a_person_with_two_clones(server: GitServer, hook: str, tmp_path: Path) -> None:
    """What they did at the desk and in the hall comes together; the clone that is behind is told what to run."""
    server.make("two.git", hook=hook)
    desk, _ = yard_at(tmp_path)
    desk.git("remote", "add", "origin", server.address("m.okafor", "two.git"))
    assert push(desk, "m.okafor", "main") == ""
    hall = cloned(server, "two.git", "m.okafor", tmp_path / "hall")
    first, second = reported(desk, "m.okafor", *BOX), reported(hall, "m.okafor", *CAN)
    assert push(desk, "m.okafor", "main") == ""
    assert TOO_LATE.search(push(hall, "m.okafor", "main"))
    hall.git("pull", "-q", "--no-rebase", "--no-edit", "origin", "main", who="m.okafor")
    assert push(hall, "m.okafor", "main") == ""
    desk.git("pull", "-q", "origin", "main")
    for yard in (desk, hall):
        assert "A box fell" in yard.record(first)
        assert "A can leaked" in yard.record(second)
        yard.sound()


def test_two_persons_on_one_record(server: GitServer, hook: str, tmp_path: Path) -> None:
    """Both propose the same step: the second is refused, takes the first's in, and both go on with one branch."""
    server.make("pair.git", hook=hook)
    one, record = yard_at(tmp_path)
    one.git("remote", "add", "origin", server.address("s.ito", "pair.git"))
    assert push(one, "s.ito", "main") == ""
    two = cloned(server, "pair.git", "i.garcia", tmp_path / "second")
    one.fine("s.ito", "advance", record, "--push")
    late = two.run("i.garcia", "advance", record, "--push")
    branch = BRANCH.format(record)
    if late.code == 0:
        # It was found on the remote in time, and no second one was made.
        assert tip(server, "pair.git", f"refs/heads/{branch}") == one.git("rev-parse", branch)
    else:
        assert "Somebody else pushed it first" in late.err or "already" in late.err
    assert tip(server, "pair.git", f"refs/heads/{branch}") == one.git("rev-parse", branch)
    signer = cloned(server, "pair.git", "r.meyer", tmp_path / "signer")
    signer.fine("r.meyer", "approve", record)
    signer.fine("r.meyer", "merge", record)
    assert push(signer, "r.meyer", "main") == ""
    assert "state: investigated" in signer.record(record)
    signer.sound()


def test_twenty_clones_at_once(server: GitServer, hook: str, tmp_path: Path) -> None:
    """All report at once, and two each propose a step of one record: nothing is lost, nothing is there twice."""
    server.make("crowd.git", hook=hook)
    scene = found_scene(tmp_path)
    records = [scene.prepare() for _ in range(MANY // 4)]
    scene.git("remote", "add", "origin", server.address("o.haddad", "crowd.git"))
    scene.git("push", "-q", "origin", "main")
    yards = [cloned(server, "crowd.git", PEOPLE[n % len(PEOPLE)], tmp_path / f"clone-{n}") for n in range(MANY)]
    with ThreadPoolExecutor(MANY) as crowd:
        ended = list(crowd.map(lambda n: take_part(scene, yards[n], n, records), range(MANY)))
    ids = [reported_id for reported_id, _, _ in ended]
    assert len(set(ids)) == MANY
    scene.git("fetch", "-q", "origin")
    there = scene.git("ls-tree", "-r", "--name-only", "origin/main", "--", "records/").split("\n")
    assert sorted(Path(path).stem for path in there if path.endswith(".yaml")) == sorted([*ids, *records])
    for record in records:
        taken = [branch for _, branch, said in ended if branch == BRANCH.format(record) and not said]
        assert len(taken) == 1
        assert scene.git("rev-parse", f"origin/{BRANCH.format(record)}")
    refused = [said for _, _, said in ended if said]
    assert len(refused) == MANY // 2 - len(records)
    assert all(TOO_LATE.search(said) for said in refused), refused
    scene.git("merge", "-q", "--ff-only", "origin/main")
    assert scene.check().findings == ()
    scene.close()


def take_part(scene: Scene, yard: Yard, number: int, records: list[str]) -> tuple[str, str, str]:
    """Report in a clone and push until it is taken; every second one proposes a step too.

    Return the id, the branch that was proposed, and what was read where that branch was refused.
    """
    who = PEOPLE[number % len(PEOPLE)]
    # Every desk draws its own ids, as machines do; only the clock is the scene's, since records lie in its past.
    desk = open_desk(yard.root, clock=scene.clock, identity=identity_of(who))
    try:
        made = report_near_miss(desk, {"what_happened": f"It fell, number {number}."}, mode="named")
        branch = said = ""
        if number % 2:
            branch = advance(desk, records[number // 2 % len(records)]).branch
    finally:
        desk.repository.close()  # type: ignore[attr-defined]  # the adapter holds processes
    if branch:
        said = push(yard, who, branch)
    late = push(yard, who, "main")
    for _ in range(4 * MANY):
        if not late:
            return made.id, branch, said
        assert TOO_LATE.search(late), late
        # The rush is over: whoever came too late tries again beside a few others. Each try is judged whole.
        with AGAIN:
            yard.git("pull", "-q", "--no-rebase", "--no-edit", "origin", "main", who=who)
            late = push(yard, who, "main")
    raise AssertionError(f"{made.id} was never taken: {late}")
