"""Signatures verified in a process of its own: ours all of them, and a sample by ssh-keygen, with one verdict each."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from nearmiss.models.digests import canonical_json
from nearmiss.policy.signatures.keys import read_key_line
from nearmiss.policy.signatures.sshsig import read_signature
from nearmiss.policy.signatures.verifying import is_signed
from tests.signatures.openssh import NAMESPACE, Pair, allowed_line, make_key, openssh_accepts

ROUNDS = 2
Case = tuple[bytes, str, str]
"""What was signed, the signature, and the line of the key that should have made it."""


def make_cases(folder: Path, number: int) -> list[Case]:
    """Make statements with signatures; every tenth belongs to another statement, and every tenth to a stranger.

    A few are signed by ssh-keygen; the others are those, turned over to statements that they do not fit, or again.
    """
    own, other = (make_key(folder, name=name) for name in ("own", "other"))
    made = [_signed(own, nth) for nth in range(number // 50)]
    cases = [(text, signature, own.line) for text, signature in made] * 50
    for nth in range(0, len(cases), 10):
        cases[nth] = (cases[nth][0] + b" ", *cases[nth][1:])
    for nth in range(5, len(cases), 10):
        cases[nth] = (*cases[nth][:2], other.line)
    return cases[:number]


def _signed(pair: Pair, nth: int) -> tuple[bytes, str]:
    text = canonical_json({"by": "r.meyer", "verdict": "approve", "seq": nth})
    return text, pair.sign(text)


def we_accept(case: Case) -> bool:
    """Say whether the program accepts a signature, read and verified from its text."""
    text, said, line = case
    signature = read_signature(said)
    return signature.namespace == NAMESPACE and signature.key == read_key_line(line) and is_signed(signature, text)


def timed(judge: Callable[[Case], bool], cases: Sequence[Case]) -> tuple[float, list[bool]]:
    """Return how many seconds judging takes, and each verdict."""
    started = time.perf_counter()
    verdicts = [judge(case) for case in cases]
    return time.perf_counter() - started, verdicts


def main() -> None:
    """Write the seconds that both take for all signatures; fail where they differ in one of the sample."""
    folder, number, sample = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    cases = make_cases(folder, number)

    def they_accept(case: Case) -> bool:
        text, said, line = case
        return openssh_accepts(folder, said, text, allowed=allowed_line(line))

    ours, theirs = [], []
    for _ in range(ROUNDS):
        seconds, verdicts = timed(we_accept, cases)
        ours.append(seconds)
        seconds, others = timed(they_accept, cases[:sample])
        theirs.append(seconds / sample * number)
        if verdicts[:sample] != others or len(set(others)) != len({True, False}):
            raise SystemExit("the two do not agree on a signature")
    (folder / "figures.json").write_text(json.dumps({"ours": ours, "theirs": theirs}), encoding="utf-8")


if __name__ == "__main__":
    main()
