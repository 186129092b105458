"""A history to be proven: thousands of records that went along the workflow commit by commit, merged in every way."""

from __future__ import annotations

import random
import subprocess
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nearmiss.engine.reporting import SCHEMA
from nearmiss.models.ids import folder_of, record_path
from nearmiss.models.sections import SECTIONS
from nearmiss.models.sign_off import file_name
from nearmiss.store.documents import YamlDocuments
from tests.benchmarks.register import (
    FIRST_MONTH,
    MONTHS,
    Example,
    base_files,
    cut,
    later,
    new_id,
    read_examples,
    signed,
    varied,
)

LIVES = ((30, "NM-2026-2JD6V", 4), (16, "NM-2026-2JD6V", 1), (8, "NM-2026-KY80F", 4), (16, "NM-2026-4H8ZP", 1),
         (10, "NM-2026-V1GQ9", 1), (20, "NM-2026-2JD6V", 0))  # fmt: skip
"""Of a hundred records, how many grow from which example, and how many of its steps they go."""

WAYS = (("merge", 12), ("fast-forward", 5), ("squash", 3))
"""How proposals come onto the main branch, and how often."""

AT_ONCE = 12
"""Records that are under way at the same time, so that branches begin before others are merged."""

MERGER = "k.merger <k.merger@example.org>"
REPORTER = "A reporter <nobody@example.org>"
Files = Mapping[str, bytes]


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of a record: what its proposal says, by whom, and each sign-off with its signer."""

    name: str
    author: str
    files: Files
    approvals: tuple[tuple[str, Files], ...]


@dataclass(frozen=True, kw_only=True)
class Life:
    """A record from its report on."""

    id: str
    path: str
    first: bytes
    steps: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class Proven:
    """A repository with its history, as many commits as main has, and a branch `request` with ten more."""

    root: Path
    commits: int
    records: int


def lives(files: Files, *, records: int, seed: int) -> Iterator[Life]:
    """Make records in the order in which they were reported, the same ones for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - the same data for the same seed, no secret
    examples = read_examples(files)
    addresses = _addresses(files)
    taken: set[str] = set()
    for number in range(records):
        month = later(FIRST_MONTH, number * MONTHS // records)
        record_id = new_id(chance, month[0], taken)
        [(_, name, steps)] = chance.choices(LIVES, weights=[share for share, _, _ in LIVES])
        yield _life(examples[name], steps, record_id, month, chance, addresses)


def _addresses(files: Files) -> dict[str, str]:
    people = YamlDocuments().read(files["workflow/policy/people.yaml"]).data or {}
    return {one["handle"]: f"{one['name']} <{one['emails'][0]}>" for one in people["people"]}


def _life(
    example: Example,
    steps: int,
    record_id: str,
    month: tuple[int, int],
    chance: random.Random,
    addresses: Mapping[str, str],
) -> Life:
    was_year, was_month = map(int, str(example.data["report"]["reported_on"]).split("-")[:2])
    shift = (month[0] - was_year) * 12 + month[1] - was_month
    data = {**varied(example.data, shift, chance), "id": record_id}
    path = record_path(record_id, data["report"]["reported_on"])
    whole = replace(example, data=data)
    statements = list(signed(example, data, shift))
    first = {key: value for key, value in data.items() if key not in SECTIONS or key == "report"}
    return Life(
        id=record_id,
        path=path,
        first=_composed({**first, "state": "reported"}),
        steps=tuple(_step(cut(whole, seq).data, path, _of(statements, seq), addresses) for seq in range(1, steps + 1)),
    )


def _of(statements: Sequence[Mapping[str, Any]], seq: int) -> list[Mapping[str, Any]]:
    return [said for said in statements if said["seq"] == seq]


def _step(
    data: Mapping[str, Any], path: str, statements: Sequence[Mapping[str, Any]], addresses: Mapping[str, str]
) -> Step:
    documents = YamlDocuments()
    return Step(
        name=str(statements[0]["transition"]),
        author=addresses[statements[0]["contributors"][0]],
        files={path: _composed(data)},
        approvals=tuple(
            (
                addresses[said["by"]],
                {f"{folder_of(path)}sign-offs/{file_name(said)}": documents.compose({"statement": said})},
            )
            for said in statements
        ),
    )


def _composed(data: Mapping[str, Any]) -> bytes:
    return YamlDocuments().compose(dict(data), schema=SCHEMA)


class _Stream:
    """The input of `git fast-import`, with main as it stands."""

    def __init__(self, chance: random.Random, most: int) -> None:
        self.parts: list[bytes] = []
        self.commits = 0
        self.main = 0
        self._most = most
        self._chance = chance

    @property
    def is_full(self) -> bool:
        """Whether there are as many commits as were asked for."""
        return self.commits >= self._most

    def commit(self, message: str, who: str, files: Files, *, on: int, merging: int = 0) -> int:
        """Write a commit on top of another and return its mark."""
        self.commits += 1
        when = 1_600_000_000 + 900 * self.commits
        said = message.encode()
        self.parts += [
            b"commit refs/heads/made\nmark :%d\n" % self.commits,
            *(f"{role} {who} {when} +0000\n".encode() for role in ("author", "committer")),
            b"data %d\n%s\n" % (len(said), said),
            b"from :%d\n" % on if on else b"",
            b"merge :%d\n" % merging if merging else b"",
        ]
        for path, content in files.items():
            self.parts += [f"M 100644 inline {path}\ndata {len(content)}\n".encode(), content, b"\n"]
        return self.commits

    def report(self, life: Life) -> None:
        """Bring in a report."""
        self.main = self.commit(f"{life.id}: report a near miss", REPORTER, {life.path: life.first}, on=self.main)

    def propose(self, life: Life, step: Step) -> tuple[str, int, Files]:
        """Commit a proposal where main stands now; return in which way it will be merged, its tip and all its files."""
        [way] = self._chance.choices([name for name, _ in WAYS], weights=[share for _, share in WAYS])
        files = {**step.files, **{path: content for _, new in step.approvals for path, content in new.items()}}
        if way != "merge":
            return way, 0, files
        tip = self.commit(f"{life.id}: {step.name}", step.author, step.files, on=self.main)
        for who, new in step.approvals:
            tip = self.commit(f"{life.id}: approve {step.name}", who, new, on=tip)
        return way, tip, files

    def merge(self, life: Life, step: Step, way: str, tip: int, files: Files) -> None:
        """Bring a proposal onto main as it stands then."""
        if way == "merge":
            self.main = self.commit(f"{life.id}: merge {step.name}", MERGER, files, on=self.main, merging=tip)
        elif way == "squash":
            self.main = self.commit(f"{life.id}: {step.name}", MERGER, files, on=self.main)
        else:
            self.main = self.commit(f"{life.id}: {step.name}", step.author, step.files, on=self.main)
            for who, new in step.approvals:
                self.main = self.commit(f"{life.id}: approve {step.name}", who, new, on=self.main)


def build_history(checkout: Path, root: Path, *, records: int, commits: int, seed: int) -> Proven:
    """Make a bare repository with the history of so many records in about so many commits."""
    files = base_files(checkout)
    stream = _Stream(random.Random(seed), commits)  # noqa: S311 - as above
    founding = {path: content for path, content in files.items() if not path.startswith("records/")}
    stream.main = stream.commit("Found the register", "Founder <founder@example.org>", founding, on=0)
    made = list(lives(files, records=records, seed=seed))
    proposed = max(number for number, life in enumerate(made) if len(life.steps) > 1)
    whole = made[proposed]
    made[proposed] = replace(whole, steps=whole.steps[:1])
    _go(stream, made)
    main = stream.main
    _request(stream, whole)
    _import(root, stream, main)
    return Proven(root=root, commits=main, records=records)


def _go(stream: _Stream, made: Sequence[Life]) -> None:
    """Let all records go their way, some at the same time; once there are commits enough, each begins no other step."""
    waiting = deque(made)
    under_way: deque[tuple[Life, int, tuple[str, int, Files] | None]] = deque()
    while waiting or under_way:
        if waiting and len(under_way) < AT_ONCE:
            life = waiting.popleft()
            stream.report(life)
            under_way.append((life, 0, None))
        life, taken, proposed = under_way.popleft()
        if proposed is not None:
            stream.merge(life, life.steps[taken], *proposed)
            taken, proposed = taken + 1, None
        if taken < len(life.steps) and not (stream.is_full and taken):
            under_way.append((life, taken, stream.propose(life, life.steps[taken])))


def _request(stream: _Stream, life: Life) -> None:
    """Write a request of ten commits: eight of them note briefings, one takes the next step, and one signs it off."""
    tip, (first, step) = stream.main, life.steps[:2]
    for number in range(1, 9):
        tip = stream.commit(f"{life.id}: note a briefing", step.author, _briefed(first.files, number), on=tip)
    tip = stream.commit(f"{life.id}: {step.name}", step.author, _briefed(step.files, 8), on=tip)
    for who, new in step.approvals:
        tip = stream.commit(f"{life.id}: approve {step.name}", who, new, on=tip)


def _briefed(files: Files, number: int) -> Files:
    said = "".join(
        f'- {{on: "2026-01-0{one}", area: shipping, by: n.abebe, attended: {3 + one}}}\n'
        for one in range(1, number + 1)
    )
    return {path: content + b"briefings:\n" + said.encode() for path, content in files.items()}


def _import(root: Path, stream: _Stream, main: int) -> None:
    subprocess.run(["git", "init", "--quiet", "--bare", "--template=", "--initial-branch=main", root], check=True)
    ends = "".join(
        f"reset refs/heads/{name}\nfrom :{mark}\n\n" for name, mark in (("main", main), ("request", stream.commits))
    )
    said = b"".join([*stream.parts, ends.encode(), b"done\n"])
    subprocess.run(["git", "fast-import", "--quiet", "--done", "--date-format=raw"], cwd=root, input=said, check=True)
    subprocess.run(["git", "update-ref", "-d", "refs/heads/made"], cwd=root, check=True)
