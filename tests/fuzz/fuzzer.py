"""The fuzzer: spoils what it knows, keeps what leads somewhere new, and saves what breaks a promise, made small."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from tests.fuzz.mutations import spoil
from tests.fuzz.targets import Target

CORPUS = Path(__file__).parent / "corpus"
LONGEST = 3.0
"""Seconds of the processor for one case; more is a promise broken too."""

MOST_KEPT = 400
MOST_TRIES = 400


class TooSlowError(AssertionError):
    """A case took longer than anything should that anybody can send."""


@dataclass(kw_only=True)
class Hunt:
    """The hunt for cases that break one target, as it goes; the same seed hunts the same way."""

    target: Target
    chance: random.Random
    cases: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    broken: dict[str, bytes] = field(default_factory=dict)
    pool: list[bytes] = field(default_factory=list)

    def go(self, *, cases: int | None = None, until: float | None = None) -> None:
        """Try so many cases, or until a moment of the monotonic clock."""
        self.pool = self.pool or self.target.seeds()
        # What is sound must pass, and what is read once is read before anything is timed.
        self.target.prove(self.pool[0])
        while (cases is None or self.cases < cases) and (until is None or time.monotonic() < until):
            self.cases += 1
            self._try(spoil(self.chance.choice(self.pool), self.pool, self.chance))

    def _try(self, raw: bytes) -> None:
        try:
            outcome = prove(self.target, raw)
        except Exception as error:  # noqa: BLE001 - whatever it is, it should not have come out
            self.broken.setdefault(_kind(error), raw)
            return
        # What led to an outcome that was not seen before may lead to another one.
        if not self.outcomes[outcome] and len(self.pool) < MOST_KEPT:
            self.pool.append(raw)
        self.outcomes[outcome] += 1


def hunt(target: Target, *, seed: int, cases: int | None = None, seconds: float | None = None) -> Hunt:
    """Hunt for cases that break a target: so many, or for so long."""
    chance = random.Random(f"{seed}:{target.name}")  # noqa: S311 - chance picks examples here, nothing secret
    found = Hunt(target=target, chance=chance)
    found.go(cases=cases, until=None if seconds is None else time.monotonic() + seconds)
    return found


def prove(target: Target, raw: bytes) -> str:
    """See that a target keeps its promises with a document; raises whatever it raises, or TooSlowError."""
    start = time.process_time()
    outcome = target.prove(raw)
    took = time.process_time() - start
    if took > LONGEST:
        raise TooSlowError(f"{took:.1f} s")
    return outcome


def save(target: Target, raw: bytes) -> Path:
    """Make a case that breaks a target as small as can be, and keep it for ever."""
    small = reduce(target, raw)
    path = CORPUS / f"{target.name}--{sha256(small).hexdigest()[:12]}.{target.ending}"
    path.write_bytes(small)
    return path


def reduce(target: Target, raw: bytes) -> bytes:
    """Return a smaller document that breaks a target in the same way; the same one where it does not do so again."""
    wanted, tries, size = _why(target, raw), 0, len(raw) // 2
    while wanted and size and tries < MOST_TRIES:
        smaller = None
        for start in range(0, len(raw), size):
            tries += 1
            candidate = raw[:start] + raw[start + size :]
            if tries < MOST_TRIES and _why(target, candidate) == wanted:
                smaller = candidate
                break
        if smaller is None:
            size //= 2
        else:
            raw = smaller
    return raw


def _why(target: Target, raw: bytes) -> str:
    try:
        prove(target, raw)
    except Exception as error:  # noqa: BLE001 - as above
        return _kind(error)
    return ""


def _kind(error: Exception) -> str:
    """Tell errors apart by what they are and where they come from, not by their words."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {place}"
