"""What is done with the requests of a forge: which are dealt with, in which order, what is committed and what told.

What a word is worth is told by the test; so is what git and the forge know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from nearmiss.engine.desk import Desk
from nearmiss.engine.errors import NoMainBranchError
from nearmiss.engine.forges import attesting
from nearmiss.engine.forges.answers import Answer, Attested, Outcome
from nearmiss.engine.forges.attesting import CANNOT_ADD, Errand, NoServiceKeyError, attest
from nearmiss.engine.forges.port import Account, Comment, Forge, ForgeError, Request
from nearmiss.engine.forges.replying import MARKER, reply_to
from nearmiss.engine.forges.words import Given
from nearmiss.engine.ports import Identity
from nearmiss.engine.refusals import PushRefusedError
from nearmiss.policy.findings import Finding
from tests.policy.builder import RECORD, standard_world, transition_of

BRANCH = f"near-miss/{RECORD}/01-investigate"
NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
LINES = [f"/sign-off {RECORD} {step} 4f2a91c0" for step in ("investigate", "find-root-cause")]
OPEN = Request(
    number=5,
    title="A step",
    branch=BRANCH,
    head="h0",
    target="main",
    is_open=True,
    from_fork=False,
    address="https://forge/5",
)


def comment(number: int, text: str = LINES[0], *, account: str = "") -> Comment:
    """Return a comment."""
    by = Account(id=account or str(number), name="x")
    return Comment(id=str(number), account=by, text=text, at=NOON, edited=False, address="")


@dataclass
class Git:
    """What git knows of the clone and its remote."""

    remote: dict[str, str] = field(default_factory=lambda: {"origin/main": "m0", f"origin/{BRANCH}": "h0"})
    local: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    log: list[Any] = field(default_factory=list)
    refuse: list[str] = field(default_factory=list)
    left: dict[str, list[Any]] = field(default_factory=lambda: {"c1": [], "c2": []})
    """What this clone has on top of the remote, by its tip."""
    changed: dict[tuple[str | None, str], list[str]] = field(default_factory=dict)
    on_fetch: Callable[[Git], object] = lambda _: None

    def fetch(self, remote: str) -> None:
        """Note it, and let the remote have moved."""
        self.log.append(("fetch", remote))
        self.on_fetch(self)

    def remote_branches(self, prefix: str) -> Mapping[str, str]:
        """Return the branches of the remote."""
        return {name: tip for name, tip in self.remote.items() if name.partition("/")[2].startswith(prefix)}

    def branches(self, prefix: str) -> Mapping[str, str]:
        """Return the branches here."""
        return {name: tip for name, tip in self.local.items() if name.startswith(prefix)}

    def tree(self, oid: str) -> Any:
        """Return a tree in which some files lie."""
        assert oid
        return SimpleNamespace(
            oid=oid, entries=lambda *paths: [SimpleNamespace(path=path) for path in paths if path in self.files]
        )

    def commits(self, tips: list[str], *, without: list[str]) -> list[Any]:
        """Return what a tip of the clone has that the remote has not."""
        assert without[0] in {"h0", "h1", *self.local.values()}
        return [] if tips == without else self.left[tips[0]]

    def changes(self, before: str | None, after: str) -> list[Any]:
        """Return what a commit changed."""
        return [SimpleNamespace(path=path) for path in self.changed[before, after]]

    def commit(self, **said: Any) -> str:
        """Note a commit, and return its name."""
        self.log.append(("commit", said))
        name = f"c{sum(entry[0] == 'commit' for entry in self.log)}"
        self.local[said["branch"]] = name
        return name

    def push(self, branch: str, *, remote: str) -> None:
        """Take a push, or refuse it with the next words."""
        self.log.append(("push", branch, remote))
        if self.refuse:
            raise PushRefusedError(remote=remote, branch=branch, words=self.refuse.pop(0))

    def delete_branch(self, branch: str, *, expected: str) -> None:
        """Take a branch away."""
        assert self.local.pop(branch) == expected
        self.log.append(("delete", branch))

    @property
    def committed(self) -> list[dict[str, Any]]:
        """Return what was committed."""
        return [entry[1] for entry in self.log if entry[0] == "commit"]


@dataclass(kw_only=True)
class Wall:
    """A forge with requests, and what people said on them."""

    kind: str = "forgejo"
    open: list[Request] = field(default_factory=lambda: [OPEN])
    said: list[Comment] = field(default_factory=lambda: [comment(31)])
    answered: list[tuple[int, str, str]] = field(default_factory=list)
    mute: str = ""
    deaf: str = ""

    def requests(self) -> list[Request]:
        """Return all that are open."""
        return self.open

    def request(self, number: int) -> Request:
        """Return one."""
        return next(one for one in self.open if one.number == number)

    def comments(self, number: int) -> list[Comment]:
        """Return what was said."""
        assert number
        if self.deaf:
            raise ForgeError(self.deaf)
        return self.said

    def approvals(self, number: int) -> list[Any]:
        """Nobody has approved."""
        assert number
        return []

    def say(self, number: int, *, marker: str, markdown: str) -> bool:
        """Take an answer."""
        if self.mute:
            raise ForgeError(self.mute)
        self.answered.append((number, marker, markdown))
        return True


@dataclass(frozen=True, kw_only=True)
class Balance:
    """Scales that know what each word is worth, and note by what they weighed."""

    desk: Any
    forge: str
    register: Any
    service: Any
    proposal: Any
    result: Any
    reason: str
    rules_since: datetime

    @property
    def proposed(self) -> tuple[Any, ...]:
        """Two steps, the later one first."""
        names = (("find-root-cause", 2), ("investigate", 1))
        return tuple(SimpleNamespace(transition=SimpleNamespace(name=name), seq=seq) for name, seq in names)

    def weigh(self, given: Given) -> tuple[Answer, Mapping[str, bytes | None]]:
        """Return what the test says of it."""
        self.desk.scene.weighed.append((given.id, self.proposal.head))
        scene: Scene = self.desk.scene
        return scene.worth(self, given)

    def after(self, proposal: Any, result: Any) -> Balance:
        """Weigh what is there by now."""
        return replace(self, proposal=proposal, result=result)


def worth_a_file(scales: Balance, given: Given) -> tuple[Answer, Mapping[str, bytes | None]]:
    """Let each word become a file."""
    del scales
    files = {f"records/sign-offs/{given.id}": b"x"}
    return Answer(given=given, outcome=Outcome.ATTESTED, message="Signed.", by="r.meyer", files=tuple(files)), files


@dataclass(kw_only=True)
class Scene:
    """A clone beside a forge."""

    git: Git = field(default_factory=Git)
    wall: Wall = field(default_factory=Wall)
    worth: Callable[[Balance, Given], tuple[Answer, Mapping[str, bytes | None]]] = worth_a_file
    weighed: list[tuple[str, str]] = field(default_factory=list)
    scales: list[Balance] = field(default_factory=list)
    world: Any = field(default_factory=standard_world)
    walked: list[Any] = field(default_factory=list)

    @property
    def desk(self) -> Desk:
        """Return a desk in it."""
        return cast("Desk", Seat(repository=self.git, scene=self))

    def attest(self, **errand: Any) -> tuple[Attested, ...]:
        """Do an errand."""
        return attest(self.desk, cast("Forge", self.wall), Errand(remote="origin", **errand))


@dataclass(frozen=True, kw_only=True)
class Seat:
    """What an errand asks of a desk."""

    repository: Git
    scene: Scene
    documents: Any = "documents"
    identity: Identity | None = None

    def walk(self, tips: list[str], *, paths: list[str]) -> list[Any]:
        """Return commits that touched some paths."""
        self.scene.walked.append((tips, paths))
        days = (3, 9, 5)
        return [SimpleNamespace(committer=SimpleNamespace(when=NOON.replace(day=day))) for day in days]


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Return a scene in which one open request has one word."""
    made = Scene()

    def scales(**said: Any) -> Balance:
        made.scales.append(Balance(**said))
        return made.scales[-1]

    def judged(desk: Any, proposal: Any) -> Any:
        assert desk.scene is made
        waiting = Finding(code="x", message=f"judged at {proposal.head}", hint="")
        return SimpleNamespace(verdict="waiting", findings=(waiting,))

    def stamp(desk: Any, head: str, settings: Any) -> tuple[str, str]:
        assert settings is made.world.newest.settings
        return desk.identity.name, head

    monkeypatch.setattr(attesting, "Scales", scales)
    monkeypatch.setattr(attesting, "judge_proposal", judged)
    monkeypatch.setattr(attesting, "stamp_after", stamp)
    monkeypatch.setattr(attesting, "proposers_reason", lambda desk, proposal: f"{desk.scene is made} {proposal.head}")
    monkeypatch.setattr(attesting, "main_register", lambda desk: ("x", desk.scene.world.register))
    monkeypatch.setattr(attesting, "read_register", lambda tree, documents: registered(made, tree.oid, documents))
    monkeypatch.setattr(attesting, "service_at_hand", lambda desk, people: desk and people.find("gate"))
    return made


def registered(scene: Scene, oid: str, documents: str) -> Any:
    """Return the register on main; nobody reads another tree."""
    assert (oid, documents) == ("m0", "documents")
    return scene.world.register


def test_a_word_is_committed_and_pushed(scene: Scene) -> None:
    """A word becomes a file on the request's branch, by the service; it is pushed, and the request is answered."""
    [done] = scene.attest(push=True)

    [commit] = scene.git.committed
    assert commit == {
        "branch": BRANCH,
        "expected": None,
        "parents": ["h0"],
        "files": {"records/sign-offs/31": b"x"},
        "message": f"{RECORD}: attest forgejo 31 of r.meyer\n",
        "author": ("The gate", "h0"),
        "committer": ("The gate", "h0"),
    }
    assert scene.git.log[0] == ("fetch", "origin")
    assert scene.git.log[-1] == ("push", BRANCH, "origin")
    assert replace(done, answers=()) == Attested(
        number=5,
        address="https://forge/5",
        subject=RECORD,
        branch=BRANCH,
        head="h0",
        commit="c1",
        verdict="waiting",
        waiting=("judged at c1",),
        said=True,
    )
    assert [(answer.outcome, answer.by) for answer in done.answers] == [(Outcome.ATTESTED, "r.meyer")]
    assert scene.wall.answered == [(5, MARKER, reply_to(replace(done, said=False)))]


def test_by_what_is_weighed(scene: Scene) -> None:
    """Weighed is by main of the remote, what the request's branch has, and since when the rules are in force."""
    scene.attest()

    [scales] = scene.scales
    proposal = scales.proposal
    assert (proposal.subject, proposal.branch, proposal.base, proposal.head) == (RECORD, BRANCH, "m0", "h0")
    assert (proposal.transition, proposal.remote) == ("investigate", True)
    assert (scales.forge, scales.reason, scales.service.handle) == ("forgejo", "True h0", "gate")
    assert scales.register.newest is scene.world.newest
    assert scales.desk.identity == Identity(name="The gate", email="gate@example.org")
    assert scales.rules_since == NOON.replace(day=9)
    assert scene.walked == [(["m0"], ["workflow/policy/versions/0001.json"])]


def test_since_when_the_rules_are_in_force(scene: Scene) -> None:
    """The rules are as old as the first of the versions that have them, and are looked for once."""

    def stricter(rules: dict[str, Any]) -> None:
        transition_of(rules, "verify")["signers"]["count"] = {"default": 2}

    scene.world = scene.world.under(stricter).under().under().under()
    scene.wall.open = [OPEN, replace(OPEN, number=6)]

    scene.attest()

    assert scene.walked == [(["m0"], ["workflow/policy/versions/0002.json"])]


def test_rules_of_which_git_knows_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no commit tells since when the rules are in force, no word is too old for them."""
    monkeypatch.setattr(Seat, "walk", lambda *_, **__: [])

    scene.attest()

    assert scene.scales[0].rules_since == datetime.min.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "errand, commits, pushes", [({}, 1, 0), ({"write": False}, 0, 0), ({"write": False, "push": True}, 0, 0)]
)
def test_how_far_an_errand_goes(scene: Scene, errand: dict[str, Any], commits: int, pushes: int) -> None:
    """Nothing is written, nothing pushed and nobody answered beyond what was asked for."""
    [done] = scene.attest(**errand)

    pushed = [entry for entry in scene.git.log if entry[0] == "push"]
    assert (len(scene.git.committed), len(pushed)) == (commits, pushes)
    assert (done.commit, bool(scene.wall.answered)) == ("c1" if commits else "", bool(errand.get("push")))
    assert done.waiting == (f"judged at {'c1' if commits else 'h0'}",)


def test_one_request_or_all(scene: Scene) -> None:
    """An errand is about one request, or about all that are open."""
    scene.wall.open = [OPEN, replace(OPEN, number=6)]

    assert [done.number for done in scene.attest()] == [5, 6]
    assert [done.number for done in scene.attest(number=6)] == [6]


NOT_FOR_US = [
    ({"is_open": False}, "This request is not open any more."),
    ({"from_fork": True}, f"This request comes from a fork, {CANNOT_ADD}"),
    ({"branch": ""}, f"This request lies on no branch, {CANNOT_ADD}"),
    ({"target": "stable"}, "This request is not for main."),
    ({"branch": "topic"}, "The branch topic is no proposal's; nearmiss advance makes those."),
]


@pytest.mark.parametrize("changed, why", NOT_FOR_US)
def test_a_request_to_which_nothing_can_be_added(scene: Scene, changed: dict[str, Any], why: str) -> None:
    """Whoever gave their word on such a request is told why, unless it is closed; nothing is weighed."""
    scene.wall.open = [replace(OPEN, **changed)]

    [done] = scene.attest(push=True)

    assert done.reason == why
    assert [(answer.outcome, answer.message, answer.given.id) for answer in done.answers] == (
        [(Outcome.REFUSED, why, "31")] if scene.wall.open[0].is_open else []
    )
    assert (scene.weighed, scene.git.committed, done.verdict) == ([], [], "")
    assert done.subject == (RECORD if scene.wall.open[0].branch == BRANCH else "")
    assert bool(scene.wall.answered) == bool(done.answers)


def test_nobody_said_anything(scene: Scene) -> None:
    """A request without a word is left alone."""
    scene.wall.said = []

    [done] = scene.attest(push=True)

    assert (done.answers, done.reason, done.verdict, scene.wall.answered, scene.scales) == ((), "", "", [], [])


def test_words_are_weighed_in_turn(scene: Scene) -> None:
    """Words are weighed by the step that they are about, each on what came of the one before, and told as given."""
    scene.wall.said = [comment(31, LINES[1]), comment(32), comment(33, "/sign-off")]

    [done] = scene.attest()

    assert scene.weighed == [("33", "h0"), ("32", "c1"), ("31", "c2")]
    assert [answer.given.id for answer in done.answers] == ["31", "32", "33"]
    assert [commit["parents"] for commit in scene.git.committed] == [["h0"], ["c1"], ["c2"]]
    assert [commit["expected"] for commit in scene.git.committed] == [None, "c1", "c2"]
    assert done.commit == "c3"


def test_a_word_that_is_overtaken(scene: Scene) -> None:
    """Of two words of an account on a step the later one is weighed, and the earlier one told so."""
    scene.wall.said = [comment(31, account="7"), comment(32, account="7")]

    [done] = scene.attest()

    told = "A later word of the same account takes its place."
    assert [(answer.given.id, answer.outcome, answer.message) for answer in done.answers] == [
        ("31", Outcome.OVERTAKEN, told),
        ("32", Outcome.ATTESTED, "Signed."),
    ]
    assert scene.weighed == [("32", "h0")]


def test_what_holds_no_longer_is_taken_back_first(scene: Scene) -> None:
    """A file that a word replaces goes in a commit of its own; the word is then weighed again on what is left."""
    scene.git.files = {"records/sign-offs/31"}

    [done] = scene.attest()

    first, second = scene.git.committed
    assert first["files"] == {"records/sign-offs/31": None}
    assert first["message"] == f"{RECORD}: take back what holds no longer\n"
    assert second["files"] == {"records/sign-offs/31": b"x"}
    assert second["parents"] == ["c1"]
    assert scene.weighed == [("31", "h0"), ("31", "c1")]
    assert done.commit == "c2"


def test_a_word_that_no_longer_counts_once_its_like_is_taken_back(scene: Scene) -> None:
    """Where nothing comes of a word any more, its answer is the new one, and what was taken back stays so."""
    scene.git.files = {"records/sign-offs/31"}

    def worth(scales: Balance, given: Given) -> tuple[Answer, Mapping[str, bytes | None]]:
        if scales.proposal.head == "h0":
            return worth_a_file(scales, given)
        return Answer(given=given, outcome=Outcome.REFUSED, message="No more."), {}

    scene.worth = worth
    [done] = scene.attest()

    assert [answer.message for answer in done.answers] == ["No more."]
    assert (done.commit, len(scene.git.committed)) == ("c1", 1)


def test_a_word_that_makes_nothing(scene: Scene) -> None:
    """A word that does not count adds nothing, is answered, and nothing is pushed."""
    scene.worth = lambda _, given: (Answer(given=given, outcome=Outcome.REFUSED, message="No."), {})

    [done] = scene.attest(push=True)

    assert (done.commit, scene.git.committed, len(scene.wall.answered)) == ("", [], 1)
    assert [entry[0] for entry in scene.git.log] == ["fetch"]


def test_a_branch_that_moved_meanwhile(scene: Scene) -> None:
    """What the forge tells of a branch is fetched again where the clone has another; a branch that is gone is told."""
    scene.wall.open = [replace(OPEN, head="h1")]
    scene.git.on_fetch = lambda git: git.remote.update({f"origin/{BRANCH}": "h1" if len(git.log) > 1 else "h0"})

    [done] = scene.attest()
    assert [entry for entry in scene.git.log if entry[0] == "fetch"] == [("fetch", "origin")] * 2
    assert scene.weighed == [("31", "h1")]
    assert done.commit == "c1"

    scene.git.on_fetch = lambda git: git.remote.pop(f"origin/{BRANCH}", None)
    [gone] = scene.attest()
    assert gone.problem == f"The remote origin has no branch {BRANCH}."
    assert gone.hint == "Is it the forge's own repository?"
    assert gone.answers == ()


def left(oid: str, *parents: str, author: str = "gate", committer: str = "gate") -> Any:
    """Return a commit of somebody's."""
    by = {"author": author, "committer": committer}
    stamps = {
        role: SimpleNamespace(identity=Identity(name=name, email=f"{name}@example.org")) for role, name in by.items()
    }
    return SimpleNamespace(oid=oid, parents=parents, **stamps)


SIGNED = [f"records/2026/11/{RECORD}/sign-offs/x.yaml"]


@pytest.mark.parametrize(
    "commits, changed, moved",
    [
        ([], {}, True),
        ([left("mine", "h0")], {("h0", "mine"): SIGNED}, True),
        ([left("mine", "one"), left("one")], {("one", "mine"): SIGNED, (None, "one"): SIGNED}, True),
        ([left("mine", "h0")], {("h0", "mine"): [*SIGNED, f"records/2026/11/{RECORD}.yaml"]}, False),
        ([left("mine", "h0", author="s.ito")], {("h0", "mine"): SIGNED}, False),
        ([left("mine", "h0", committer="s.ito")], {("h0", "mine"): SIGNED}, False),
        (
            [left("mine", "one"), left("one", "h0", author="s.ito")],
            {("one", "mine"): SIGNED, ("h0", "one"): SIGNED},
            False,
        ),
    ],
)
def test_commits_that_were_not_pushed(
    scene: Scene, commits: list[Any], changed: dict[tuple[str | None, str], list[str]], *, moved: bool
) -> None:
    """What only the clone has is kept, unless it is sign-offs that the service made and could not push."""
    scene.git.local = {BRANCH: "mine"}
    scene.git.left["mine"], scene.git.changed = commits, changed

    [done] = scene.attest()

    if moved:
        assert (done.problem, scene.git.committed[0]["expected"]) == ("", "mine")
        assert scene.git.committed[0]["parents"] == ["h0"]
    else:
        assert done.problem == f"The branch {BRANCH} of this clone has commits that the remote has not."
        assert done.hint == f"Push them, or remove the local branch: git branch -D {BRANCH}"
        assert scene.git.committed == []


def test_a_push_that_came_too_late(scene: Scene) -> None:
    """Where somebody else was faster, all is done again on top of theirs; another refusal is told."""
    scene.git.refuse = ["fetch first"]
    scene.git.on_fetch = lambda git: git.remote.update({f"origin/{BRANCH}": "h1" if len(git.log) > 1 else "h0"})

    [done] = scene.attest(push=True)
    done_so_far = ["fetch", "commit", "push", "delete", "fetch", "fetch", "commit", "push"]
    assert [entry[0] for entry in scene.git.log] == done_so_far
    assert [commit["parents"] for commit in scene.git.committed] == [["h0"], ["h1"]]
    assert done.commit == "c2"

    scene.git.refuse = ["fetch first"] * 20
    scene.git.local = {}
    [lost] = scene.attest(push=True)
    assert lost.problem.startswith("Somebody else was faster: ")
    assert (len(scene.git.refuse), f"the branch {BRANCH} was removed" in lost.problem) == (8, True)

    scene.git.refuse = ["protected branch"]
    scene.git.local = {}
    [refused] = scene.attest(push=True)
    assert refused.problem == f"The remote origin did not take the branch {BRANCH}: protected branch"
    assert (refused.answers, refused.head) == ((), "h0")


def test_an_answer_that_cannot_be_given(scene: Scene) -> None:
    """What was attested stands where the forge takes no comment; a forge that cannot be asked stops that request."""
    scene.wall.mute = "The forge is silent."
    [done] = scene.attest(push=True)
    assert (done.commit, done.said, done.unsaid) == ("c1", False, "The forge is silent.")

    scene.wall.deaf = "The forge is deaf."
    [problem] = scene.attest(push=True)
    assert (problem.problem, problem.number, problem.commit) == ("The forge is deaf.", 5, "")


def test_no_key_for_it(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a service's key nothing is attested, and it says how to name one."""
    monkeypatch.setattr(attesting, "service_at_hand", lambda *_: None)

    with pytest.raises(NoServiceKeyError) as missing:
        scene.attest()

    assert str(missing.value) == "No key is at hand that people.yaml lists for a service."
    told = "Name its file with --key; a change of the policy lists its public half for a person of kind service."
    assert missing.value.hint == told


def test_where_main_is(scene: Scene) -> None:
    """Main is that of the remote, or the one here where the remote has none; without any nothing is attested."""
    scene.git.remote.pop("origin/main")
    scene.git.local = {"main": "m0"}
    assert scene.attest()[0].commit == "c1"

    scene.git.local = {}
    with pytest.raises(NoMainBranchError, match=r"^There is no branch main here"):
        scene.attest()
