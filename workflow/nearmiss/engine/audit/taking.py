"""Taking a subject along main: what lies before the start is trusted, what comes after is judged by its court."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.engine.audit.course import Course
from nearmiss.engine.audit.records import RecordCourt
from nearmiss.engine.audit.versions import look_ahead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from nearmiss.engine.audit.ground import Ground
    from nearmiss.engine.audit.results import Life
    from nearmiss.engine.audit.touches import Touch

LetStand = dict[tuple[str, str], str]

BLOB_MODES = frozenset({"100644", "100755"})


def taken_along(
    court: Any, touches: Sequence[Touch], let_stand: LetStand, *, start: int, trust: Callable[[Any], Any]
) -> Course:
    """Take a subject along main; `trust` says what its files amount to where judging begins, after position `start`."""
    lines: dict[str, list[Touch]] = {}
    for touch in touches:
        if touch.line not in {"", "-"}:
            lines.setdefault(touch.line, []).append(touch)
    course = Course(court, lines, let_stand)
    main = [touch for touch in touches if touch.is_on_main]
    trusted = [touch for touch in main if touch.position <= start]
    for touch in trusted:
        course.trust(touch)
    if trusted:
        course.begin(trust(course.files))
    for touch in main[len(trusted) :]:
        course.go(touch)
    course.end()
    return course


def courts_of(
    records: Iterable[tuple[str, Sequence[Touch]]],
    ground: Ground,
    *,
    start: int,
    court_of: Callable[[str, Sequence[Touch], Ground], RecordCourt] = RecordCourt,
) -> list[RecordCourt]:
    """Return a court for each of some records, given what touched it, with all that they can know before judging."""
    courts = [court_of(name, touches, ground) for name, touches in records]
    look_ahead((court.said for court in courts), start, ground)
    return courts


def life_of_record(court: RecordCourt, let_stand: LetStand, *, start: int) -> Life:
    """Judge a record, and return what it went through."""
    course = taken_along(court, court.touches, let_stand, start=start, trust=lambda files: court.trusted(files, start))
    assert isinstance(course.court, RecordCourt)  # noqa: S101 - a court forks into one of its own kind
    return course.court.life(course)


def blobs_of(touches: Sequence[Touch]) -> Iterator[str]:
    """Yield every blob that judging a subject may ask for."""
    for touch in touches:
        for change in touch.changes:
            for mode, oid in ((change.old_mode, change.old_oid), (change.new_mode, change.new_oid)):
                if oid is not None and mode in BLOB_MODES:
                    yield oid
