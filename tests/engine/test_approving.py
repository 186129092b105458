"""A word on a proposal added to its branch: on what it is given, what is refused, what is committed and what told.

Whose word it is and what it becomes is told by others; what git knows is told by the test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from nearmiss.engine.desk import Desk
from nearmiss.engine.errors import ProposalMovedError, ReasonNeededError, RefusedError
from nearmiss.engine.proposing import approving
from nearmiss.engine.proposing.advancing import BECAUSE
from nearmiss.engine.proposing.approving import SignedOff, is_mended_by, proposers_reason, sign_off
from nearmiss.engine.proposing.proposals import Proposal, Word
from nearmiss.engine.refusals import LostRaceError
from nearmiss.policy.findings import Finding, Severity
from tests.policy.builder import RECORD, standard_world

FOLDER = f"records/2026/11/{RECORD}/sign-offs"


def proposal(subject: str = RECORD, **changed: Any) -> Proposal:
    """Return a proposal."""
    first = Proposal(subject=subject, branch=f"near-miss/{subject}/01-x", base="m0", head="h0", transition="x")
    return replace(first, **changed)


@dataclass
class Table:
    """A proposal, what git and the gate know of it, and what was done with it."""

    seen: Proposal = field(default_factory=proposal)
    now: list[Proposal] = field(default_factory=list)
    """The proposal as each attempt finds it."""
    changed: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    messages: tuple[str, ...] = ()
    races: int = 0
    key: str = ""
    commits: list[dict[str, Any]] = field(default_factory=list)
    sessions: list[tuple[Any, ...]] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)
    world: Any = field(default_factory=standard_world)

    @property
    def desk(self) -> Desk:
        """Return a desk at which r.meyer works."""
        repository = SimpleNamespace(
            changes=self.changes, commit=self.commit, tree=lambda oid: f"tree of {oid}", commits=self.log
        )
        person = SimpleNamespace(handle="r.meyer")
        desk = SimpleNamespace(
            table=self,
            repository=repository,
            documents="documents",
            person=lambda people: person if people is self.world.newest.people else None,
            require_branch=lambda: self.asked.append("branch"),
        )
        return cast("Desk", desk)

    def changes(self, before: str, after: str) -> list[Any]:
        """Return what came since the command began."""
        assert (before, after) == (self.seen.head, self.now[0].head)
        return [SimpleNamespace(path=path) for path in self.changed]

    def commit(self, **said: Any) -> str:
        """Take a commit, unless somebody else was faster."""
        if self.races:
            self.races -= 1
            raise LostRaceError(said["branch"], expected=None, found=None)
        self.commits.append(said)
        return "c1"

    def log(self, tips: list[str], *, without: list[str]) -> list[Any]:
        """Return the commits of the proposal, the newest first."""
        assert (tips, without) == ([(self.now or [self.seen])[0].head], ["m0"])
        return [SimpleNamespace(message=message) for message in self.messages]

    def judged(self, desk: Any, judged: Proposal) -> Any:
        """Return what the gate says."""
        assert desk.table is self
        if judged.head == "c1":
            assert judged.remote is False
            waiting = Finding(code="sign-off-missing", severity=Severity.WAITING, message="One more.", hint="")
            return SimpleNamespace(verdict="waiting", findings=(waiting,))
        return SimpleNamespace(findings=self.findings, proposed=lambda subject: f"steps of {subject} at {judged.head}")

    def sign(self, **word: Any) -> SignedOff:
        """Give a word."""
        return sign_off(self.desk, word.pop("subject", self.seen.subject), Word(**word), branch="the branch")


class Session:
    """Notes what it is asked to sign, and makes one file."""

    def __init__(self, desk: Any, *given: Any) -> None:
        self._table, self._given = desk.table, given
        self.files: Mapping[str, bytes] = {"a.yaml": b"a", "b.yaml": b"b"}
        self.steps, self.meaning, self.key = ["one", "two"], ["I agree.", "I agree."], desk.table.key

    def sign(self, proposed: Any) -> None:
        """Note it."""
        self._table.sessions.append((type(self).__name__, *self._given, proposed))


class PolicySession(Session):
    """The same for the policy."""


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    """Return a table with a proposal for a record."""
    made = Table()

    def find(desk: Any, base: str, subject: str, branch: str) -> Proposal:
        assert desk.table is made
        made.asked.append((base, subject, branch))
        seen: Proposal = made.seen
        return seen

    def same(desk: Any, base: str, seen: Proposal) -> Proposal:
        assert (desk.table, base, seen) == (made, "m0", made.seen)
        return made.now.pop(0) if len(made.now) > 1 else (made.now or [made.seen])[0]

    def opened(tree: str, subject: str, documents: str) -> tuple[str, None]:
        return f"{subject} in the {tree} by {documents}", None

    def stamp(desk: Any, head: str, settings: Any) -> tuple[str, bool]:
        return head, desk.table is made and settings is made.world.newest.settings

    monkeypatch.setattr(approving, "main_register", lambda desk: ("m0", desk.table.world.register))
    monkeypatch.setattr(approving, "find_proposal", find)
    monkeypatch.setattr(approving, "same_proposal", same)
    monkeypatch.setattr(approving, "judge_proposal", made.judged)
    monkeypatch.setattr(approving, "open_dossier", opened)
    monkeypatch.setattr(approving, "stamp_after", stamp)
    monkeypatch.setattr(approving, "Session", Session)
    monkeypatch.setattr(approving, "PolicySession", PolicySession)
    return made


def test_a_word_on_a_record(table: Table) -> None:
    """A word is signed on both states of the record, committed on the branch, and judged afterwards."""
    done = table.sign(subject=RECORD.lower(), because="Agreed.")

    [(kind, before, after, register, seen, person, word, proposed)] = table.sessions
    assert (kind, before, after) == (
        "Session",
        f"{RECORD} in the tree of m0 by documents",
        f"{RECORD} in the tree of h0 by documents",
    )
    assert (register.newest, seen, person.handle) == (table.world.newest, table.seen, "r.meyer")
    assert (word, proposed) == (Word(because="Agreed."), f"steps of {RECORD} at h0")
    [commit] = table.commits
    assert commit == {
        "branch": table.seen.branch,
        "expected": "h0",
        "parents": ["h0"],
        "files": {"a.yaml": b"a", "b.yaml": b"b"},
        "message": f"{RECORD}: approve one, two\n",
        "author": ("h0", True),
        "committer": ("h0", True),
    }
    assert done == SignedOff(
        subject=RECORD,
        branch=table.seen.branch,
        commit="c1",
        files=("a.yaml", "b.yaml"),
        steps=("one", "two"),
        meaning=("I agree.",),
        verdict="waiting",
        waiting=("One more.",),
    )
    assert table.asked == ["branch", ("m0", RECORD, "the branch")]


def test_a_word_on_the_policy(table: Table) -> None:
    """A word on the policy is signed on what the gate says of it, whatever that is; no reason is looked for."""
    table.seen = proposal("policy")
    table.findings = (Finding(code="sign-off-stale", message="Stale.", hint=""),)

    done = table.sign()

    [(kind, register, seen, result, person, word, proposed)] = table.sessions
    assert (kind, register.newest, seen) == ("PolicySession", table.world.newest, table.seen)
    assert (result.findings, person.handle, word) == (table.findings, "r.meyer", Word())
    assert proposed == "steps of policy at h0"
    assert (done.subject, table.asked[1]) == ("policy", ("m0", "policy", "the branch"))


def test_how_sure_it_is(table: Table) -> None:
    """What was signed with a key says by which; all else is a claim."""
    assert (table.sign().assurance, table.sign().key) == ("asserted", "")

    table.key = "SHA256:x"
    assert (table.sign().assurance, table.sign().key) == ("signed", "SHA256:x")


def test_an_objection(table: Table) -> None:
    """An objection gives its reason, or nothing is looked at; the commit says that it is one."""
    with pytest.raises(ReasonNeededError, match=r"^An objection needs a reason\."):
        table.sign(verdict="object")
    assert table.asked == ["branch"]

    table.sign(verdict="object", because="No.")
    assert table.commits[0]["message"] == f"{RECORD}: object to one, two\n"


def test_a_proposal_of_the_remote(table: Table) -> None:
    """A proposal that only the remote has gets a branch here."""
    table.seen = proposal(remote=True)

    sign_off(table.desk, RECORD, Word())

    assert table.commits[0]["expected"] is None
    assert table.asked[-1] == ("m0", RECORD, "")


def test_a_proposal_that_moved(table: Table) -> None:
    """What others signed meanwhile is built upon; what they changed is to be looked at first."""
    table.now = [proposal(head="h1")]
    table.changed = (f"{FOLDER}/x.yaml",)
    table.sign()
    assert table.commits[0]["parents"] == ["h1"]
    assert table.sessions[0][-1] == f"steps of {RECORD} at h1"

    table.changed = (f"{FOLDER}/x.yaml", f"records/2026/11/{RECORD}.yaml")
    with pytest.raises(ProposalMovedError) as moved:
        table.sign()
    assert moved.value.branch == table.seen.branch
    assert moved.value.hint == f"Nothing was signed. Look at it again: nearmiss review {RECORD}"
    assert len(table.commits) == 1


def test_a_lost_race_is_run_again(table: Table) -> None:
    """A word that somebody else's overtook is given again on what is there then."""
    table.races = 1

    assert table.sign().commit == "c1"
    assert len(table.sessions) == 2


REASONS = [
    ((), ""),
    ((f"x\n\n{BECAUSE}New facts.\n", "y\n"), "New facts."),
    ((f"x\n\n{BECAUSE}Later.\n", f"y\n\n{BECAUSE}First.\n"), "First."),
]


@pytest.mark.parametrize("messages, reason", REASONS)
def test_the_reason_of_who_proposed(table: Table, messages: tuple[str, ...], reason: str) -> None:
    """The reason is that of the signer, or else the first that whoever proposed the step gave."""
    table.messages = messages

    assert proposers_reason(table.desk, table.seen) == reason
    table.sign()
    table.sign(because="Mine.")
    assert [session[-2].because for session in table.sessions] == [reason, "Mine."]


def error(code: str, path: str, severity: Severity = Severity.ERROR) -> Finding:
    """Return a finding at a path."""
    return Finding(code=code, severity=severity, message="Bad.", hint="", path=path)


def test_what_would_be_refused(table: Table) -> None:
    """A proposal that would be refused is not signed, unless all that is wrong is how one's own word proves oneself."""
    own = error("key-retired", f"{FOLDER}/01-x--r.meyer.yaml")
    note = error("rule-waived", "", Severity.NOTE)
    table.findings = (own, note)
    assert table.sign().commit == "c1"

    others = [error("key-retired", f"{FOLDER}/01-x--p.lind.yaml"), error("sign-off-name", own.path)]
    for other in others:
        assert not is_mended_by("r.meyer", other)
        table.findings = (own, note, other)
        with pytest.raises(RefusedError) as refused:
            table.sign()
        assert str(refused.value) == f"The proposal for {RECORD} would be refused."
        assert refused.value.findings == (own, other)
