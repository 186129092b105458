"""Pairs of writing commands that are started together, and what must be so afterwards, whoever was faster."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.cli.shell import Outcome
from tests.races.yard import Yard, yard_at

Words = tuple[str, ...]
LONGEST_DELAY = 0.4
"""Seconds by which one of two may come later: about as long as a command is at work."""

REFUSALS = (
    "Somebody else was faster",
    "is proposed already",
    "Since this import was planned",
    "Nothing waits for a sign-off",
    "Nothing is proposed for",
    "waits for sign-offs",
    "does not lead on from there",
    "Another program works on this repository",
    "This repository is locked",
)
"""How the sentence of a command begins or goes on that came too late; anything else is a failure."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two commands at once: at which stage of the record, their words (`ID` is the record), and what each must leave.

    `left` gives for each command, where it succeeded, whether what it did is in the final tree.
    """

    stage: str
    one: Words
    other: Words
    left: tuple[Callable[[Yard, str, Outcome], bool], Callable[[Yard, str, Outcome], bool]]
    both: bool = False

    def race(self, folder: Path, chance: random.Random) -> list[str]:
        """Start both, by chance one a little later, and return what is wrong afterwards."""
        yard, record = yard_at(folder, self.stage)
        prepare(yard)
        delays = [0.0, chance.uniform(0, LONGEST_DELAY)]
        chance.shuffle(delays)
        commands = [
            (who, [_filled(word, yard, record) for word in words], delay)
            for (who, *words), delay in zip((self.one, self.other), delays, strict=True)
        ]
        ended = yard.together(*commands)
        return [*self._judge(yard, record, ended), *_faults(yard)]

    def _judge(self, yard: Yard, record: str, ended: Sequence[Outcome]) -> list[str]:
        wrong = []
        for one, left in zip(ended, self.left, strict=True):
            if one.code == 0 and not left(yard, record, one):
                wrong.append(f"it succeeded and left nothing: {one}")
            if one.code != 0 and (self.both or not is_plain_refusal(one)):
                wrong.append(f"it failed: {one}")
        if all(one.code != 0 for one in ended):
            wrong.append("neither succeeded")
        return wrong


def is_plain_refusal(ended: Outcome) -> bool:
    """Say whether a command refused in a sentence that tells of the race, with what to do."""
    # With --json the refusal is on the one stream, and what was waited for meanwhile on the other.
    sentence, _, hint = (ended.out if "--json" in ended.words else ended.err).partition("\n")
    return ended.code == 1 and any(words in sentence + hint for words in REFUSALS) and bool(hint.strip())


def _faults(yard: Yard) -> list[str]:
    try:
        yard.sound()
    except AssertionError as error:
        return [f"not sound: {error}"]
    return []


def _filled(word: str, yard: Yard, record: str) -> str:
    return word.replace("ID", record) if word == "ID" else word.replace("BESIDE", str(yard.beside))


def prepare(yard: Yard) -> None:
    """Put beside the clone what some commands read."""
    yard.beside.mkdir(exist_ok=True)
    (yard.beside / "log.csv").write_text("Nr,When,Text\n1,2026-10-01,A pallet tipped.\n", encoding="utf-8")
    (yard.beside / "log.yaml").write_text(
        "schema: 1\nsource: log\nkey: Nr\nfields:\n"
        "- {to: report.reported_on, from: When, dates: [YYYY-MM-DD]}\n- {to: report.what_happened, from: Text}\n",
        encoding="utf-8",
    )


def is_reported(yard: Yard, _record: str, ended: Outcome) -> bool:
    """Say whether a report is on main as it was told."""
    return ended.words[ended.words.index("--what-happened") + 1].partition(".")[0] in yard.record(ended.data["id"])


def is_imported(yard: Yard, _record: str, ended: Outcome) -> bool:
    """Say whether the row of the table is on main, once."""
    del ended
    return sum("A pallet tipped" in text for text in yard.files().values()) == 1


def says(text: str, revision: str = "main") -> Callable[[Yard, str, Outcome], bool]:
    """Return a proof that the record says something."""
    return lambda yard, record, _ended: text in yard.record(record, revision.replace("ID", record))


def is_signed(who: str) -> Callable[[Yard, str, Outcome], bool]:
    """Return a proof that somebody's sign-off is on main or on the branch of the proposal."""

    def proof(yard: Yard, record: str, _ended: Outcome) -> bool:
        branches = yard.git("for-each-ref", "--format=%(refname:short)", "refs/heads/").split("\n")
        return any(f"--{who}" in path for branch in branches for path in yard.files(branch, "records/"))

    return proof


def is_proposed(yard: Yard, record: str, ended: Outcome) -> bool:
    """Say whether the branch holds what this person proposed."""
    branch = f"near-miss/{record}/01-investigate"
    who = yard.git("log", "-1", "--format=%ae", branch)
    return who == f"{ended.who}@example.org" and "state: investigated" in yard.record(record, branch)


REPORT: Words = ("m.okafor", "report", "--what-happened", "A box fell. Nobody was near.", "--json")
CAN: Words = ("t.silva", "report", "--what-happened", "A can leaked. I closed it.", "--json")
CREW: Words = ("i.garcia", "edit", "ID", "--set", "assessment.crew=Blue")
SHIFT: Words = ("s.ito", "edit", "ID", "--set", "assessment.shift=night")
FOUND: Words = ("s.ito", "edit", "ID", "--set", "investigation.findings=The chock was missing.")
ORDERED: Words = ("t.silva", "progress", "ID", "A1", "--status", "in-progress", "--evidence", "Ordered.")
ARRIVED: Words = ("s.ito", "progress", "ID", "A1", "--status", "in-progress", "--evidence", "Arrived.")
IMPORT: Words = ("s.ito", "import", "BESIDE/log.csv", "--mapping", "BESIDE/log.yaml", "--json")
MERGE: Words = ("s.ito", "merge", "ID")
MERGED = says("state: investigated")

PAIRS: Mapping[str, Pair] = {
    "report × report": Pair(
        stage="prepared", one=REPORT, other=CAN, left=(is_reported, is_reported), both=True
    ),
    "report × edit": Pair(
        stage="prepared", one=REPORT, other=CREW, left=(is_reported, says("crew: Blue")), both=True
    ),
    "edit × edit of one section": Pair(
        stage="prepared", one=CREW, other=SHIFT, left=(says("crew: Blue"), says("shift: night"))
    ),
    "edit × edit of two sections": Pair(
        stage="prepared", one=CREW, other=FOUND, left=(says("crew: Blue"), says("The chock was missing.")), both=True
    ),
    "progress × progress": Pair(
        stage="at work", one=ORDERED, other=ARRIVED, left=(says("Ordered."), says("Arrived.")), both=True
    ),
    "approve × approve": Pair(
        stage="proposed", one=("r.meyer", "approve", "ID"), other=("p.lind", "approve", "ID"),
        left=(is_signed("r.meyer"), is_signed("p.lind")), both=True,
    ),
    "approve × merge": Pair(
        stage="signed", one=("p.lind", "approve", "ID"), other=MERGE, left=(is_signed("p.lind"), MERGED)
    ),
    "object × merge": Pair(
        stage="signed", one=("p.lind", "object", "ID", "--because", "No."), other=MERGE,
        left=(is_signed("p.lind"), MERGED),
    ),
    "merge × merge": Pair(stage="signed", one=MERGE, other=("k.adeyemi", "merge", "ID"), left=(MERGED, MERGED)),
    "report × merge": Pair(stage="signed", one=REPORT, other=MERGE, left=(is_reported, MERGED), both=True),
    "advance × advance": Pair(
        stage="prepared", one=("s.ito", "advance", "ID"), other=("i.garcia", "advance", "ID"),
        left=(is_proposed, is_proposed),
    ),
    "import × report": Pair(stage="prepared", one=IMPORT, other=REPORT, left=(is_imported, is_reported), both=True),
    "import × import": Pair(
        stage="prepared", one=IMPORT, other=("i.garcia", *IMPORT[1:]), left=(is_imported, is_imported)
    ),
}  # fmt: skip
