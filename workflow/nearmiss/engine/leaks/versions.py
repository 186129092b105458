"""What a record that was reported without a name says, in any version, that tells who reported it, or exactly when."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nearmiss.engine.leaks.commits import PURGE
from nearmiss.policy.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nearmiss.engine.cleaning import Cleaner
    from nearmiss.engine.scrubbing import Scrubber

NAMELESS = ("anonymous", "confidential")
WITHHELD = "redacted"

_FULL_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBERED = re.compile(r"attachment-\d+\.[a-z0-9]+")
_MODE = re.compile(rb"""\bmode["']?:\s*["']?(?:anonymous|confidential)\b""")
_ID = re.compile(rb"""^["']?id["']?:\s*["']?([A-Z]{2,8}-[0-9]{4}-[0-9A-HJKMNP-TV-Z]{5})\b""", re.MULTILINE)

WORDS = ("what_happened", "what_could_have_happened", "immediate_action", "suggestion")


def may_be_nameless(raw: bytes) -> bool:
    """Say quickly whether bytes may be a record that was reported without a name."""
    return _MODE.search(raw) is not None


def id_in(raw: bytes) -> str:
    """Return quickly the id that bytes have if they are a record, or an empty text."""
    found = _ID.search(raw)
    return found[1].decode("ascii") if found else ""


def mode_of(data: Mapping[str, Any]) -> str:
    """Return how a record was reported: named, anonymous, and so on."""
    reporter = report_of(data).get("reporter")
    return str(reporter.get("mode", "")) if isinstance(reporter, dict) else ""


def report_of(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the report section of a record, or an empty one."""
    report = data.get("report")
    return report if isinstance(report, dict) else {}


def judge_version(data: Mapping[str, Any], record_id: str, *, path: str) -> Iterator[Finding]:
    """Find the person, the time and the day that a version of such a record holds. `path` says where it lies."""
    report = report_of(data)
    reporter = report.get("reporter")
    person = reporter.get("person") if isinstance(reporter, dict) else None
    if person not in (None, WITHHELD):
        yield _finding(
            "leak-person", record_id, path, f"names {person!a} as the reporter", ("report", "reporter", "person")
        )
    for number, detail in enumerate(report.get("details") or ()):
        if isinstance(detail, dict) and detail.get("name") == "reported-by" and detail.get("value") != WITHHELD:
            yield _finding(
                "leak-person", record_id, path, "holds the name that the reporter typed", ("report", "details", number)
            )
    if report.get("occurred_at") not in (None, WITHHELD):
        yield _finding("leak-time", record_id, path, "holds a time of day", ("report", "occurred_at"))
    if mode_of(data) == "anonymous" and _FULL_DAY.match(str(report.get("reported_on", ""))):
        yield _finding(
            "leak-day", record_id, path, "holds the day of the report, not only the month", ("report", "reported_on")
        )


def judge_words(data: Mapping[str, Any], record_id: str, scrubber: Scrubber, *, path: str) -> Iterator[Finding]:
    """Find in the words of a report what may name somebody: to be looked at, and an error where it is of the team."""
    report = report_of(data)
    barrier = report.get("what_stopped_it")
    told: dict[tuple[str, ...], Any] = {("report", key): report.get(key) for key in WORDS} | {
        ("title",): data.get("title")
    }
    told[("report", "what_stopped_it", "how")] = barrier.get("how") if isinstance(barrier, dict) else None
    for field, text in told.items():
        for mark in scrubber.sure_marks(text) if isinstance(text, str) else ():
            is_address = mark.kind == "e-mail" and text[mark.start : mark.end].casefold() in scrubber.addresses
            yield Finding(
                code="leak-words",
                severity=Severity.ERROR if is_address else Severity.WARNING,
                record=record_id,
                path=path,
                field=field,
                message=f"the words of {record_id} may name somebody: {mark.because}",
                hint="look at it; what must go is redacted (nearmiss advance --transition redact), and then purged",
            )


def judge_attachment(
    name: str, content: bytes, record_id: str, cleaner: Cleaner | None, *, path: str
) -> Iterator[Finding]:
    """Find what a file of a report without a name tells by its name, and by what it holds besides what one sees."""
    if not _NUMBERED.fullmatch(name):
        yield _finding("leak-file-name", record_id, path, "has a name that its sender may have given it", ())
    traces = cleaner.traces(content) if cleaner else ()
    if traces:
        yield _finding("leak-attachment", record_id, path, f"holds {', '.join(traces)}", ())


def report_files(data: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the files that the report itself lists; those of other sections came from the team."""
    listed = report_of(data).get("attachments")
    return frozenset(str(one.get("file")) for one in listed or () if isinstance(one, dict))


def _finding(code: str, record_id: str, path: str, what: str, field: tuple[str | int, ...]) -> Finding:
    message = f"{path}: a version of {record_id}, reported without a name, {what}"
    if code in {"leak-attachment", "leak-file-name"}:
        message = f"{path}: a file of {record_id}, reported without a name, {what}"
    hint = (
        f"put it right (nearmiss advance {record_id} --transition redact), and to be rid of earlier versions: {PURGE}"
    )
    return Finding(code=code, record=record_id, path=path, message=message, hint=hint, field=field)
