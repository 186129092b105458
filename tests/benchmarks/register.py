"""The register that is measured: thousands of records of real size along the whole workflow, made from a seed."""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nearmiss.engine.reporting import SCHEMA
from nearmiss.models.digests import digest
from nearmiss.models.ids import CROCKFORD, folder_of, record_path
from nearmiss.models.sections import SECTIONS
from nearmiss.models.sign_off import file_name
from nearmiss.store.documents import YamlDocuments
from tests.plain import WORKFLOW, plain_workflow

BASE_FOLDERS = ("schemas", "workflow/policy", "records")
"""What the measured register has from this checkout: its rules, its people, and the examples all others grow from."""

ADOPTED_LATER = ("workflow/policy/versions/0002.json", "workflow/policy/sign-offs/")
"""What the change to the shipped process brought: the examples were signed before it, as is what grows of them."""

FIRST_MONTH = (2020, 11)
MONTHS = 60
"""Five years, up to a year before the examples, so that nothing in a record lies in the future."""

READY = 24
"""Reports that are investigated but not proposed yet, for the proposals whose way is measured."""

Shares = Sequence[tuple[int, str, int]]

SHARES = (
    (15, "NM-2026-4H8ZP", 1),
    (24, "NM-2026-2JD6V", 4),
    (5, "NM-2026-2JD6V", 3),
    (5, "NM-2026-2JD6V", 2),
    (5, "NM-2026-2JD6V", 1),
    (12, "NM-2026-KY80F", 4),
    (4, "NM-2026-KY80F", 3),
    (4, "NM-2026-KY80F", 2),
    (4, "NM-2026-KY80F", 1),
    (4, "NM-2026-9RTB2", 4),
    (4, "NM-2026-E5XMN", 3),
    (4, "NM-2026-V1GQ9", 1),
    (4, "NM-2026-2JD6V", 0),
    (3, "NM-2026-KY80F", 0),
    (3, "NM-2026-V1GQ9", 0),
)
"""Of a hundred records, how many grow from which example, and how many of its steps they have gone."""

LESSONS = ((40, "NM-2026-2JD6V", 4), (40, "NM-2026-KY80F", 4), (20, "NM-2026-9RTB2", 4))
"""The same, where every record is to be a lesson: verified, and released to all staff."""

TEXTS = frozenset(
    {"title", "what_happened", "what_could_have_happened", "how", "immediate_action", "suggestion", "reason", "reply"}
    | {"event", "what", "note", "findings", "statement", "acceptance", "headline", "vulnerability", "change", "do_this"}
)
"""Fields of free text, which differ from record to record."""

PHRASES = (
    "Größe XL war nötig, die Übergabe fehlte.",
    "Près du quai nº 3, côté façade.",
    "倉庫の入口で確認した。",
    "Проверено на месте.",
    "Ölçüm 38 °C idi, sonra düştü.",
    "Der Stapler fuhr 6 km/h; ½ m fehlten.",
    "⚠️ Watch the ramp 🚛 when it rains.",
    "Zażółć gęślą jaźń, mówi tablica.",
    "Seen from the gate, again on the next shift.",
    "The same place as last spring.",
    "Nobody was told until the evening.",
    "A second person saw it too.",
)

_DATE = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2})(T\d{2}:\d{2}:\d{2}Z)?)?")


@dataclass(frozen=True, kw_only=True)
class Example:
    """A finished record of this checkout with the statements of its sign-offs."""

    data: Mapping[str, Any]
    statements: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, kw_only=True)
class Made:
    """A record that was made: its path and every file of it; `first` is what its report alone was."""

    id: str
    path: str
    first: bytes
    files: Mapping[str, bytes]
    state: str


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A register on the disk, with the ids that are measured."""

    root: Path
    records: int
    ready: tuple[str, ...]
    shown: tuple[str, ...]


def base_files(checkout: Path) -> dict[str, bytes]:
    """Return the files of this checkout that the measured register begins with, as policy version 1 has them."""
    found = sorted(path for folder in BASE_FOLDERS for path in (checkout / folder).rglob("*") if path.is_file())
    files = {path.relative_to(checkout).as_posix(): path.read_bytes() for path in found}
    first = {path: content for path, content in files.items() if not path.startswith(ADOPTED_LATER)}
    return {**first, WORKFLOW: plain_workflow()}


def read_examples(files: Mapping[str, bytes]) -> dict[str, Example]:
    """Return the records of the checkout, by id."""
    documents = YamlDocuments()
    read = {path: documents.read(raw).data or {} for path, raw in files.items() if path.startswith("records/")}
    return {
        str(data["id"]): Example(
            data=data,
            statements=tuple(
                sorted(
                    (inner["statement"] for name, inner in read.items() if name.startswith(folder_of(path))),
                    key=lambda said: (said["seq"], said["verdict"] == "approve", said["by"]),
                )
            ),
        )
        for path, data in read.items()
        if "id" in data
    }


def make_records(
    examples: Mapping[str, Example], *, records: int, seed: int, shares: Shares = SHARES, ready: int = READY
) -> Iterator[Made]:
    """Make records in the order in which they were reported: the same ones for the same seed, none valid by chance."""
    chance = random.Random(seed)  # noqa: S311 - the same data for the same seed, no secret
    ids: set[str] = set()
    for number in range(records):
        year, month = later(FIRST_MONTH, number * MONTHS // records)
        record_id = new_id(chance, year, ids)
        if number >= records - min(ready, records // 3):
            yield _ready(examples["NM-2026-2JD6V"], record_id, (year, month), chance)
            continue
        [(_, name, steps)] = chance.choices(shares, weights=[share for share, _, _ in shares])
        yield grown(cut(examples[name], steps), record_id, (year, month), chance)


def later(first: tuple[int, int], months: int) -> tuple[int, int]:
    """Return year and month so many months later."""
    at = first[0] * 12 + first[1] - 1 + months
    return at // 12, at % 12 + 1


def new_id(chance: random.Random, year: int, taken: set[str]) -> str:
    """Draw an id that is not taken yet, and take it."""
    while True:
        record_id = f"NM-{year}-{''.join(chance.choices(CROCKFORD, k=5))}"
        if record_id not in taken:
            taken.add(record_id)
            return record_id


def cut(example: Example, steps: int) -> Example:
    """Return an example as it stood after some of its steps, without drafts of what came later."""
    statements = tuple(said for said in example.statements if said["seq"] <= steps)
    if steps == max(said["seq"] for said in example.statements):
        return example
    sealed = {part for said in statements for part in said["content"]["sections"]} | {"report"}
    state = statements[-1]["to"] if statements else "reported"
    data = {key: value for key, value in example.data.items() if key not in SECTIONS or key in sealed}
    return replace(example, data={**data, "state": state}, statements=statements)


def _ready(example: Example, record_id: str, month: tuple[int, int], chance: random.Random) -> Made:
    data = dict(cut(example, 1).data)
    return grown(Example(data={**data, "state": "reported"}, statements=()), record_id, month, chance)


def grown(
    example: Example,
    record_id: str,
    month: tuple[int, int],
    chance: random.Random,
    lesson: Mapping[str, Any] | None = None,
) -> Made:
    """Return a record of its own: another id, another month, other words, and sign-offs bound to what it says now.

    `lesson` is what its lesson says otherwise than the example.
    """
    was_year, was_month = map(int, str(example.data["report"]["reported_on"]).split("-")[:2])
    shift = (month[0] - was_year) * 12 + month[1] - was_month
    data = {**varied(example.data, shift, chance), "id": record_id}
    if lesson:
        data["lesson"] = {**data["lesson"], **lesson}
    path = record_path(record_id, data["report"]["reported_on"])
    documents = YamlDocuments()
    files = {path: documents.compose(data, schema=SCHEMA)}
    for statement in signed(example, data, shift):
        files[f"{folder_of(path)}sign-offs/{file_name(statement)}"] = documents.compose({"statement": statement})
    first = {key: value for key, value in data.items() if key not in SECTIONS or key == "report"}
    return Made(
        id=record_id,
        path=path,
        first=documents.compose({**first, "state": "reported"}, schema=SCHEMA),
        files=files,
        state=str(data["state"]),
    )


def varied(value: Any, shift: int, chance: random.Random, key: str = "") -> Any:
    """Return a value with other words in its texts, and its dates some months later."""
    if isinstance(value, dict):
        return {name: varied(inner, shift, chance, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [varied(inner, shift, chance, key) for inner in value]
    if not isinstance(value, str):
        return value
    if key in TEXTS:
        return f"{value.rstrip('.')}. {chance.choice(PHRASES)}" if chance.random() < 0.5 else value
    return _shifted(value, shift)


def _shifted(text: str, months: int) -> str:
    """Return a date some months later, never beyond the 28th; any other text as it is."""
    found = _DATE.fullmatch(text)
    if not found:
        return text
    year, month = later((int(found[1]), int(found[2])), months)
    day = f"-{min(int(found[3]), 28):02}{found[4] or ''}" if found[3] else ""
    return f"{year}-{month:02}{day}"


def signed(example: Example, data: Mapping[str, Any], shift: int) -> Iterator[dict[str, Any]]:
    """Yield the statements of an example, bound to a record that says something else, each step to the one before."""
    now = {digest(example.data[part]): digest(data[part]) for part in example.data if part in data}
    approvals: dict[int, list[str]] = {}
    for said in example.statements:
        content = dict(said["content"])
        content["sections"] = {part: now.get(was, was) for part, was in content["sections"].items()}
        if "title" in content:
            content["title"] = now.get(content["title"], content["title"])
        statement = {**said, "subject": data["id"], "at": _shifted(said["at"], shift), "content": content}
        before = {"instance": said["instance"], "subject": data["id"]}
        statement["previous"] = digest(sorted(approvals[said["seq"] - 1]) if said["seq"] > 1 else before)
        if said["verdict"] == "approve":
            approvals.setdefault(said["seq"], []).append(digest(statement))
        yield statement


def build_register(
    checkout: Path, root: Path, *, records: int, seed: int, shares: Shares = SHARES, ready: int = READY
) -> Measured:
    """Make a register in a folder, with a history of a commit for each report and one for what became of it."""
    files = base_files(checkout)
    made = list(make_records(read_examples(files), records=records, seed=seed, shares=shares, ready=ready))
    subprocess.run(["git", "init", "--quiet", "--template=", "--initial-branch=main", root], check=True)
    importer = subprocess.Popen(
        ["git", "fast-import", "--quiet", "--done", "--date-format=raw"], cwd=root, stdin=subprocess.PIPE
    )
    assert importer.stdin is not None
    for part in _history(files, made):
        importer.stdin.write(part)
    importer.stdin.close()
    if importer.wait():
        raise RuntimeError("git fast-import refused the history")
    subprocess.run(["git", "reset", "--quiet", "--hard"], cwd=root, check=True)
    return measured(root, made, ready)


def measured(root: Path, made: list[Made], most_ready: int = READY) -> Measured:
    """Return which records of a register are measured: those that are ready, and some of every kind to look at."""
    ready = min(most_ready, len(made) // 3)
    return Measured(
        root=root,
        records=len(made),
        ready=tuple(one.id for one in made[len(made) - ready :]),
        shown=tuple(one.id for one in made[:: max(1, len(made) // 7)]),
    )


def _history(files: Mapping[str, bytes], made: list[Made]) -> Iterator[bytes]:
    when = 1_600_000_000
    yield _commit("found the register", "Borbála Szabó <b.szabo@example.org>", when, files)
    for one in made:
        when += 3_600
        yield _commit(f"{one.id}: report a near miss", "A reporter <nobody@example.org>", when, {one.path: one.first})
        if len(one.files) > 1 or one.files[one.path] != one.first:
            yield _commit(f"{one.id}: {one.state}", "Naomi Abebe <n.abebe@example.org>", when + 1_800, one.files)
    yield b"done\n"


def _commit(message: str, who: str, when: int, files: Mapping[str, bytes]) -> bytes:
    said = message.encode()
    parts = [
        b"commit refs/heads/main\n",
        *(f"{role} {who} {when} +0000\n".encode() for role in ("author", "committer")),
        b"data %d\n%s\n" % (len(said), said),
    ]
    for path, content in files.items():
        parts += [f"M 100644 inline {path}\ndata {len(content)}\n".encode(), content, b"\n"]
    return b"".join(parts)
