"""A register in a real repository, with a cast of people who work in it and a clock that a test sets.

    scene = found_scene(tmp_path)
    record = scene.walk(level="low", upto="investigated")
    scene.advance("s.ito", record)
    scene.approve("r.meyer", record)
    assert scene.merge("s.ito", record).state == "root-caused"

Founding takes a second, so it is done once for each preset and copied.
"""

from __future__ import annotations

import atexit
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

from nearmiss.app.founding import found, read_preset
from nearmiss.app.opening import open_desk
from nearmiss.engine.checking.register import check
from nearmiss.engine.checking.verdicts import Checked
from nearmiss.engine.desk import Desk
from nearmiss.engine.documents import Edit
from nearmiss.engine.founding import Charter
from nearmiss.engine.gate.judging import GateResult, judge_request
from nearmiss.engine.ports import Identity
from nearmiss.engine.proposing.advancing import Advanced, advance, close
from nearmiss.engine.proposing.approving import SignedOff, sign_off
from nearmiss.engine.proposing.branches import subject_of, transition_of
from nearmiss.engine.proposing.drafting import Drafted, ProgressReport, report_progress, save_draft
from nearmiss.engine.proposing.merging import Merged, merge
from nearmiss.engine.proposing.proposals import Word
from nearmiss.engine.records.dossiers import find_folder, gather, open_dossier
from nearmiss.engine.reporting import Reported, report_near_miss
from nearmiss.engine.signer import Signer
from nearmiss.policy.dossier import Dossier
from nearmiss.policy.findings import Finding, Severity
from nearmiss.store.documents import YamlDocuments
from nearmiss.vcs.repository import GitRepository
from tests.engine.cast import CAST
from tests.plain import plain_preset
from tests.policy.builder import GONE, near_miss

FIRST_MORNING = datetime(2026, 11, 22, 8, 0, tzinfo=timezone(timedelta(hours=1)))
WHAT_HAPPENED = "The trailer crept away from the dock while I was half inside. I braked."


SIGNERS: Mapping[str, tuple[str, ...]] = {
    "investigate": ("r.meyer", "p.lind"),
    "find-root-cause": ("r.meyer",),
    "plan-action": ("k.adeyemi", "r.meyer"),
    "verify": ("v.novak", "r.meyer"),
}
"""Who signs each step on the way to the end, as many as it asks for."""

FORWARD = (
    ("investigate", "investigated"),
    ("find-root-cause", "root-caused"),
    ("plan-action", "action"),
    ("verify", "verified"),
)


@dataclass
class SetClock:
    """A clock that stands until a test moves it."""

    instant: datetime = FIRST_MORNING

    def now(self) -> datetime:
        """Return the instant that was set."""
        return self.instant

    def to(self, day: str) -> None:
        """Go to eight in the morning of a day; never back."""
        year, month, date = map(int, day.split("-"))
        self.instant = max(self.instant, FIRST_MORNING.replace(year=year, month=month, day=date))

    def tick(self, **amount: float) -> None:
        """Let time pass: `tick(minutes=5)`."""
        self.instant += timedelta(**amount)


@dataclass
class Draws:
    """Chance that yields the texts given, then counts up in the alphabet."""

    texts: list[str] = field(default_factory=list)
    count: int = 0

    def pick(self, alphabet: str, length: int) -> str:
        """Return the next text."""
        if self.texts:
            return self.texts.pop(0)
        self.count += 1
        number, text = self.count, ""
        for _ in range(length):
            number, digit = divmod(number, len(alphabet))
            text = alphabet[digit] + text
        return text


def identity_of(handle: str) -> Identity:
    """Return how a person of the cast signs commits; an address stands for somebody else."""
    if "@" in handle:
        return Identity(name=handle.partition("@")[0], email=handle)
    return Identity(name=handle.replace(".", " ").title(), email=f"{handle}@example.org")


def edits_of(values: Mapping[str, Any]) -> list[Edit]:
    """Return edits from paths such as `action_plan.actions.0.owner`; `GONE` takes a key out."""
    edits = []
    for path, value in values.items():
        at = tuple(int(step) if step.isdigit() else step for step in path.split("."))
        edits.append(Edit(at=at, remove=True) if value is GONE else Edit(at=at, value=value))
    return edits


@dataclass
class Scene:
    """A register, its people and its time. Every method that takes `who` does it as that person."""

    root: Path
    repository: GitRepository
    template: Desk
    clock: SetClock
    chance: Draws
    hands: dict[str, Signer] = field(default_factory=dict)
    """What people sign with; who is not here has no key at hand."""

    def desk(self, who: str) -> Desk:
        """Return the desk at which a person works; an empty name is nobody whom git knows."""
        return replace(self.template, identity=identity_of(who) if who else None, signer=self.hands.get(who))

    def close(self) -> None:
        """End the children of git."""
        self.repository.close()

    # git, as a person has it

    def git(self, *arguments: str, who: str = "", stdin: bytes = b"", check: bool = True) -> str:
        """Run the machine's own git here, as somebody where `who` says so."""
        identity = identity_of(who or "o.haddad")
        given = ["-c", f"user.name={identity.name}", "-c", f"user.email={identity.email}"]
        done = subprocess.run(
            ["git", "-C", self.root, *given, *arguments], input=stdin, capture_output=True, check=False
        )
        if check and done.returncode:
            raise AssertionError(done.stderr.decode("utf-8", "replace"))
        return done.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")

    def rev(self, name: str = "main") -> str:
        """Return the commit that a name stands for."""
        return self.git("rev-parse", name)

    def blob(self, path: str, revision: str = "main") -> bytes:
        """Return the bytes of a file in a commit."""
        for entry in self.repository.tree(self.rev(revision)).entries(path):
            return next(raw for _, raw in self.repository.blobs([str(entry.oid)]))
        raise KeyError(path)

    def commit_files(
        self,
        files: Mapping[str, bytes | str | None],
        *,
        who: str = "s.ito",
        branch: str,
        start: str = "",
        parents: Sequence[str] = (),
    ) -> str:
        """Commit files to a branch past all rules, as somebody with git and bad intentions would."""
        tip = self.repository.branches(branch).get(branch)
        above = list(parents) or [tip or self.rev(start or "main")]
        stamp = self.desk(who).stamp()
        return self.repository.commit(
            branch=branch,
            expected=tip,
            parents=above,
            files={path: text.encode() if isinstance(text, str) else text for path, text in files.items()},
            message="A change\n",
            author=stamp,
            committer=stamp,
        )

    def snapshot(self) -> dict[str, bytes]:
        """Return everything that a refusal must leave as it is: references, HEAD, index, logs, configuration, files."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and not str(path.relative_to(self.root)).startswith((".git/objects/", ".git/nearmiss/"))
        }

    # the use cases

    def report(self, who: str = "m.okafor", *, mode: str = "named", **answers: Any) -> Reported:
        """Report a near miss; answers that are not given are those of the dock."""
        given = {"what_happened": WHAT_HAPPENED, "made_safe": "yes", "site": "plant-2", "process_area": "shipping"}
        return report_near_miss(self.desk(who), given | answers, mode=mode)

    def draft(self, who: str, record: str, values: Mapping[str, Any], **more: Any) -> Drafted:
        """Edit a record."""
        return save_draft(self.desk(who), record, edits_of(values), **more)

    def advance(self, who: str, record: str, values: Mapping[str, Any] | None = None, **more: Any) -> Advanced:
        """Propose a step."""
        return advance(self.desk(who), record, edits=edits_of(values or {}), **more)

    def close_record(self, who: str, record: str, values: Mapping[str, Any] | None = None) -> Advanced:
        """Propose all the steps that are left."""
        return close(self.desk(who), record, edits=edits_of(values or {}))

    def approve(self, who: str, subject: str, *, branch: str = "", **word: Any) -> SignedOff:
        """Approve a proposal."""
        return sign_off(self.desk(who), subject, Word(**word), branch=branch)

    def object(self, who: str, subject: str, because: str, *, branch: str = "") -> SignedOff:
        """Object to a proposal."""
        return sign_off(self.desk(who), subject, Word(verdict="object", because=because), branch=branch)

    def merge(self, who: str, subject: str, *, branch: str = "") -> Merged:
        """Put a proposal in force."""
        return merge(self.desk(who), subject, branch=branch)

    def progress(self, who: str, record: str, action: str = "A1", status: str = "done", **more: str) -> Drafted:
        """Report on an action."""
        return report_progress(self.desk(who), record, ProgressReport(action=action, status=status, **more))

    def check(self, **more: Any) -> Checked:
        """Check the register."""
        return check(self.desk("o.haddad"), **more)

    def gate(self, branch: str, *, base: str = "main") -> GateResult:
        """Judge a branch as a request onto main, knowing what its name says that it is about."""
        subject = subject_of(branch)
        intended = {subject: transition_of(branch)} if subject else {}
        return judge_request(self.desk("o.haddad"), base=self.rev(base), head=self.rev(branch), intended=intended)

    # what there is

    def dossier(self, record: str, revision: str = "main") -> Dossier:
        """Return a record with what lies beside it."""
        return open_dossier(self.repository.tree(self.rev(revision)), record, YamlDocuments())[0]

    def data(self, record: str, revision: str = "main") -> dict[str, Any]:
        """Return a record's plain data."""
        return dict(self.dossier(record, revision).data)

    def state(self, record: str) -> str:
        """Return the state of a record on main."""
        return self.dossier(record).state

    def path(self, record: str, revision: str = "main") -> str:
        """Return where a record lies."""
        folder = find_folder(self.repository.tree(self.rev(revision)), record)
        assert folder.record is not None
        return folder.record.path

    def sign_offs(self, record: str, revision: str = "main") -> list[str]:
        """Return the names of a record's sign-offs."""
        folder = find_folder(self.repository.tree(self.rev(revision)), record)
        gathered = gather(folder, self.repository.tree(self.rev(revision)), YamlDocuments())
        return [file.name for file in gathered.dossier.sign_offs] if gathered.dossier else []

    # longer ways

    def put_in_force(self, record: str, signers: Sequence[str], *, merger: str = "s.ito") -> Merged:
        """Let people sign what is proposed, until it may be merged, and merge it."""
        for who in signers:
            self.clock.tick(minutes=5)
            if self.approve(who, record).verdict == "pass":
                break
        self.clock.tick(minutes=5)
        return self.merge(merger, record)

    def walk(self, *, level: str = "low", upto: str = "verified", record: str = "") -> str:
        """Take a new record (or one that is on its way) as far as a state, each step proposed, signed and merged."""
        wanted = near_miss(level)
        record = record or self.prepare(level)
        for transition, state in FORWARD:
            if self._is_past(record, state):
                continue
            if self.state(record) == upto:
                break
            if transition == "verify":
                self.work_off(record, wanted)
            self.advance("s.ito", record, transition=transition)
            self.put_in_force(record, SIGNERS[transition])
        return record

    def _is_past(self, record: str, state: str) -> bool:
        order = ["reported", *(name for _, name in FORWARD)]
        return order.index(self.state(record)) >= order.index(state)

    def prepare(self, level: str = "low") -> str:
        """Report a near miss and draft all that its investigation and its plan need at a level."""
        wanted = near_miss(level)
        told = {key: wanted["report"][key] for key in ("what_could_have_happened", "what_stopped_it", "location")}
        record = self.report("m.okafor", **told).id
        self.draft("i.garcia", record, {"assessment": wanted["assessment"]})
        parts = ("investigation", "root_cause", "action_plan")
        self.draft("s.ito", record, {part: wanted[part] for part in parts})
        return record

    def work_off(self, record: str, wanted: Mapping[str, Any] | None = None) -> None:
        """Do the actions, have their effect checked, and write the lesson."""
        said = wanted or near_miss()
        self.clock.to("2027-01-12")
        self.progress("t.silva", record, evidence="Photo")
        self.clock.to("2027-04-16")
        self.draft("s.ito", record, {part: said[part] for part in ("verification", "lesson")})

    def change_policy(self, who: str, files: Mapping[str, bytes], signers: Sequence[str] = ("w.olsen",)) -> Merged:
        """Change files of the policy in the working tree, propose them, have them signed, and put them in force."""
        self.propose_policy(who, files)
        for signer in signers:
            self.clock.tick(minutes=5)
            self.approve(signer, "policy")
        return self.merge(who, "policy")

    def propose_policy(self, who: str, files: Mapping[str, bytes]) -> Any:
        """Propose files of the policy, and leave the working tree as it was."""
        from nearmiss.engine.proposing.policy_change import propose_policy

        for path, content in files.items():
            (self.root / path).write_bytes(content)
        try:
            return propose_policy(self.desk(who))
        finally:
            self.git("checkout", "-q", "--", *files)

    def revised(self, path: str, values: Mapping[str, Any]) -> bytes:
        """Return a file of the working tree with other values, for instance one of the policy."""
        return YamlDocuments().revise((self.root / path).read_bytes(), edits_of(values))

    def people_with(self, **changes: Mapping[str, Any]) -> dict[str, bytes]:
        """Return people.yaml with keys of some people changed: `people_with(t_silva={"active": False})`."""
        place = {entry["handle"]: number for number, entry in enumerate(CAST)}
        values = {
            f"people.{place[handle.replace('_', '.')]}.{key}": value
            for handle, keys in changes.items()
            for key, value in keys.items()
        }
        path = "workflow/policy/people.yaml"
        return {path: self.revised(path, values)}


def codes(findings: Sequence[Finding], severity: Severity = Severity.ERROR) -> set[str]:
    """Return the codes of the findings of a severity."""
    return {finding.code for finding in findings if finding.severity is severity}


def tree_of(scene: Scene) -> Iterator[str]:
    """Yield every path in the working tree outside git's own folder."""
    for path in sorted(scene.root.rglob("*")):
        if path.is_file() and ".git" not in path.parts:
            yield str(path.relative_to(scene.root))


@cache
def _templates() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="nearmiss-scenes-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


PLAIN = "plain"
"""The shipped process without its questions for proof: nobody needs a key, and most tests have none."""


def preset_of(name: str) -> Mapping[str, Any]:
    """Return what a preset changes in the process."""
    return plain_preset() if name == PLAIN else read_preset(name)


@cache
def founded_once(preset: str) -> Path:
    """Return a folder in which a register with the cast was founded, to be copied and never worked in."""
    folder = _templates() / preset
    charter = Charter(people=CAST, settings={}, preset=preset_of(preset))
    _, desk = found(folder, charter, clock=SetClock(), identity=identity_of("o.haddad"))
    assert isinstance(desk.repository, GitRepository)
    desk.repository.close()
    return folder


def found_scene(tmp_path: Path, *, preset: str = PLAIN) -> Scene:
    """Return a scene in a register of its own, just founded by o.haddad. Close it when done."""
    root = tmp_path / "register"
    copied(founded_once(preset), root)
    return open_scene(root)


@cache
def _walked_once(preset: str, level: str, upto: str) -> tuple[Path, str, datetime]:
    before = FORWARD[[state for _, state in FORWARD].index(upto) - 1][1] if upto in dict(FORWARD).values() else ""
    root = Path(tempfile.mkdtemp(dir=_templates())) / "register"
    if upto == "reported":
        start, record, instant = founded_once(preset), "", FIRST_MORNING
    else:
        start, record, instant = _walked_once(preset, level, "reported" if upto == "investigated" else before)
    copied(start, root)
    scene = open_scene(root, clock=SetClock(instant))
    record = scene.walk(level=level, upto=upto, record=record)
    scene.close()
    return root, record, scene.clock.instant


def walked_scene(
    tmp_path: Path, *, level: str = "low", upto: str = "investigated", preset: str = PLAIN
) -> tuple[Scene, str]:
    """Return a scene with one record that is taken as far as a state, and its id. Made once, then copied."""
    made, record, instant = _walked_once(preset, level, upto)
    root = tmp_path / "register"
    copied(made, root)
    scene = open_scene(root, clock=SetClock(instant))
    scene.chance.count = 100
    return scene, record


def copied(folder: Path, root: Path) -> None:
    """Copy a register; git is told that the copies are what its index has."""
    shutil.copytree(folder, root)
    subprocess.run(["git", "-C", root, "update-index", "-q", "--refresh"], check=True)


def open_scene(root: Path, *, clock: SetClock | None = None) -> Scene:
    """Return a scene in a register that is there already."""
    clock, chance = clock or SetClock(), Draws()
    desk = open_desk(root, clock=clock, chance=chance, identity=identity_of("o.haddad"))
    assert isinstance(desk.repository, GitRepository)
    return Scene(root=root, repository=desk.repository, template=desk, clock=clock, chance=chance)
