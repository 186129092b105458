"""Sharing an audit: records are handed to other processes in parts, with their files, and what was found comes back."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NoReturn

from nearmiss.engine.audit.ground import Contents, Ground
from nearmiss.engine.audit.plain import touch_as_plain, touch_of
from nearmiss.engine.audit.remembering import Part, part_of
from nearmiss.engine.audit.taking import LetStand, blobs_of, courts_of, life_of_record
from nearmiss.engine.desk import LARGEST_BLOB
from nearmiss.errors import NearMissError
from nearmiss.policy.version import PolicyVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from nearmiss.engine.audit.ground import Blobs
    from nearmiss.engine.audit.records import RecordCourt
    from nearmiss.engine.audit.touches import Touch
    from nearmiss.engine.documents import Documents, Reads
    from nearmiss.engine.memory import Crew

WORK = "audit"
"""What the order calls this work."""

WORTH_SHARING = 500
"""Records from which on it pays to start other processes."""

IN_A_PART = 20
"""Records that are handed over together."""

AT_FIRST = 12
"""Parts that each of the others begins with, while what is of no record is judged; of few records, fewer."""

LARGEST = 8_000_000
"""Bytes of the files of a part beyond which handing them over takes longer than judging them here."""

Touched = tuple[str, "Sequence[Touch]"]


class _NotHandedOverError(LookupError):
    """A file was asked for that nobody handed over."""


def order_of(ground: Ground, let_stand: LetStand, start: int) -> dict[str, Any]:
    """Return all that records are judged by as plain data."""
    return {
        "work": WORK,
        "instance": ground.instance,
        "versions": {number: version.data for number, version in ground.versions.items()},
        "now": ground.now.isoformat(),
        "let_stand": [[*key, reason] for key, reason in let_stand.items()],
        "start": start,
    }


def judged_together(
    crew: Crew, documents: Documents, order: Mapping[str, Any], parts: Sequence[Sequence[Touched]], blobs: Blobs
) -> Iterator[tuple[Sequence[Touched], list[Part | None]]]:
    """Yield every part in turn with what was found of each record, or None where it could not be told so.

    The others begin at once, not when the first is asked for.
    """
    here = cache(lambda: helper(documents.versions(), order))

    def alone(part: Sequence[Any]) -> list[Any]:
        return here()(part)

    first = max(2, min(AT_FIRST, len(parts) // 4))
    # Who begins need not wait until git has told the sizes of all files.
    handed = chain.from_iterable(_handed_over(some, blobs) for some in (parts[:first], parts[first:]))
    return _heard(parts, crew.share(order, handed, alone, first=first))


def _heard(
    parts: Sequence[Sequence[Touched]], answers: Iterator[list[Any]]
) -> Iterator[tuple[Sequence[Touched], list[Part | None]]]:
    for part, answer in zip(parts, answers, strict=True):
        found = answer if len(answer) == len(part) else [None] * len(part)
        yield part, [None if one is None else Part.heard(one) for one in found]


def _handed_over(parts: Sequence[Sequence[Touched]], blobs: Blobs) -> Iterator[list[Any]]:
    """Yield the touches and the files of some records after the other as plain data; nothing where that is too much.

    The files of all of them are asked for at once, which takes git half the time.
    """
    named = [list(dict.fromkeys(oid for _, touches in part for oid in blobs_of(touches))) for part in parts]
    sizes = dict(blobs.sizes(dict.fromkeys(oid for oids in named for oid in oids)))
    wanted = [_not_too_much(oids, sizes) for oids in named]
    read = iter(blobs.blobs(oid for oids in wanted for oid in oids or ()))
    for part, oids, small in zip(parts, named, wanted, strict=True):
        if small is None:
            yield []
        else:
            told = [[name, [touch_as_plain(touch) for touch in touches]] for name, touches in part]
            yield [told, {oid: sizes[oid] for oid in oids}, dict(islice(read, len(small)))]


def _not_too_much(oids: Sequence[str], sizes: Mapping[str, int]) -> list[str] | None:
    """Return those that are not too large to be read, or None where together they are too much."""
    small = [oid for oid in oids if sizes[oid] <= LARGEST_BLOB]
    return small if sum(sizes[oid] for oid in small) <= LARGEST else None


class _Nothing:
    """Gives no blob: everything was handed over."""

    def sizes(self, oids: Iterable[str]) -> NoReturn:
        raise _NotHandedOverError(*oids)

    def blobs(self, oids: Iterable[str]) -> NoReturn:
        raise _NotHandedOverError(*oids)


def helper(documents: Reads, order: Mapping[str, Any]) -> Callable[[Sequence[Any]], list[Any]]:
    """Return what answers a part that was handed over: what was found of each record as plain data.

    None stands for one that cannot be judged here; who hands out then does.
    """
    ground = Ground(
        instance=order["instance"],
        versions={number: PolicyVersion(data) for number, data in order["versions"].items()},
        contents=Contents(_Nothing(), documents),
        now=datetime.fromisoformat(order["now"]),
    )
    let_stand = {(commit, code): reason for commit, code, reason in order["let_stand"]}

    def answer(court: RecordCourt, plain: Sequence[Sequence[Any]]) -> tuple[Any, ...] | None:
        try:
            life = life_of_record(court, let_stand, start=order["start"])
            return part_of(life, plain).told()
        except (NearMissError, _NotHandedOverError, TypeError, UnicodeEncodeError):
            return None

    def answers(part: Sequence[Any]) -> list[Any]:
        if not part:
            return []
        told, sizes, blobs = part
        ground.contents.take(sizes, blobs)
        records = [(name, [touch_of(one) for one in plain]) for name, plain in told]
        courts = courts_of(records, ground, start=order["start"])
        return [answer(court, plain) for court, (_, plain) in zip(courts, told, strict=True)]

    return answers
