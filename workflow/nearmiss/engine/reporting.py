"""Reporting a near miss: a new record from a few answers, committed so that nobody has to approve it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from nearmiss.engine.cleaning import UnfitFileError
from nearmiss.engine.clocks import stamp_after
from nearmiss.engine.errors import IdsExhaustedError, IdTakenError, RefusedError
from nearmiss.engine.indexing.index import REMOTE_BRANCHES
from nearmiss.engine.instance import read_register
from nearmiss.engine.ports import Stamp
from nearmiss.engine.proposing.branches import PROPOSALS
from nearmiss.engine.races import run_again
from nearmiss.engine.records.authorship import ANONYMOUS
from nearmiss.engine.records.dossiers import prefixes_of
from nearmiss.engine.records.summaries import leads_to_record
from nearmiss.models.ids import CROCKFORD, RECORDS, folder_of, id_of_path, is_record_id, new_id, read_id, record_path
from nearmiss.policy.attachments import judge_attachments
from nearmiss.policy.dates import judge_dates
from nearmiss.policy.dossier import Attached, Dossier
from nearmiss.policy.structure import judge_record_structure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nearmiss.engine.cleaning import Cleaner
    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Tree
    from nearmiss.policy.settings import Settings
    from nearmiss.policy.version import PolicyVersion

SCHEMA = "../../../schemas/near-miss.schema.json"
LONGEST_TITLE = 80
UNTITLED = "Near miss"
"""The title where no words of the reporter make one, so that only the missing words are a finding."""


@dataclass(frozen=True, kw_only=True)
class Reported:
    """What became of a report: its id, where it is, and what the reporter should know now."""

    id: str
    path: str
    commit: str
    branch: str
    title: str
    call: str = ""
    notes: tuple[str, ...] = field(default=())


def report_near_miss(
    desk: Desk,
    answers: Mapping[str, Any],
    *,
    mode: str,
    title: str = "",
    record_id: str = "",
    files: Mapping[str, bytes] | None = None,
) -> Reported:
    """Make a record of the reporter's answers and commit it, with the files that are attached by their names.

    `answers` holds the fields of `report` other than `reported_on` and `reporter`, and `group`, `suggestion` and the
    like as they came. Anonymous and confidential reports leave no trace of a person in any git object: they are
    authored by nobody, at midnight UTC, and their files are made anew and named `attachment-1.jpg` and so on. Raises
    RefusedError with every finding where an answer cannot be taken, and UnfitFileError. What others report in the same
    moment is no obstacle.
    """
    desk.require_branch()
    return run_again(lambda: _report_once(desk, answers, mode=mode, title=title, record_id=record_id, files=files))


def _report_once(
    desk: Desk,
    answers: Mapping[str, Any],
    *,
    mode: str,
    title: str,
    record_id: str,
    files: Mapping[str, bytes] | None,
) -> Reported:
    main = read_register(desk.repository.tree(desk.head()), desk.documents).newest.settings.main_branch
    base = desk.main(main)
    tree = desk.repository.tree(base)
    policy = read_register(tree, desk.documents).newest
    now = desk.clock.now()
    removed: tuple[str, ...] = ()
    if files and mode not in {"named", "external"}:
        files, removed = cleaned_files(desk.cleaner, files, policy.settings)
    person = desk.person(policy.people).handle if mode == "named" else ""
    report = report_section(answers, mode=mode, person=person, day=now.date().isoformat())
    unknown = _settle_links(desk, base, report)
    if record_id and is_taken(desk, base, main, record_id):
        raise IdTakenError(record_id)
    record_id = record_id or draw_id(desk, base, main, policy.settings, now.year)
    made = make_record(desk, policy, report, record_id=record_id, title=title, files=files or {}, today=now.date())
    branch = main if policy.settings.reports == "direct" else f"{PROPOSALS}{record_id}/00-report"
    own = stamp_after(desk, base, policy.settings) if mode in {"named", "external"} else nobody(now)
    commit = desk.repository.commit(
        branch=branch,
        expected=base if branch == main else None,
        parents=[base],
        files=made.files,
        message=message_of([record_id]),
        author=own,
        committer=own,
    )
    unsafe = report.get("made_safe") == "no"
    return Reported(
        id=record_id,
        path=made.path,
        commit=commit,
        branch=branch,
        title=made.title,
        call=policy.settings.not_safe_call if unsafe else "",
        notes=(
            *_notes(mode),
            *_notes_on_links(unknown),
            *_notes_on_files(removed, cleaned=bool(files) and mode not in {"named", "external"}),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class MadeRecord:
    """A new record: its id, its place, its title, and all its files by their paths."""

    id: str
    path: str
    title: str
    files: Mapping[str, bytes]


def make_record(
    desk: Desk,
    policy: PolicyVersion,
    report: Mapping[str, Any],
    *,
    record_id: str,
    title: str = "",
    files: Mapping[str, bytes],
    today: date,
) -> MadeRecord:
    """Return the record that a report becomes, with its files; nothing is written.

    Raises RefusedError with every finding where an answer or a file cannot be taken under the policy.
    """
    report = dict(report)
    if files:
        report["attachments"] = [{"file": name, "sha256": digest_of(content)} for name, content in files.items()]
    data = {
        "schema": 1,
        "id": record_id,
        "title": title or title_of(str(report.get("what_happened", ""))) or UNTITLED,
        "state": policy.workflow.first_state,
        "report": report,
    }
    findings = [*judge_record_structure(data, terms=policy.terms), *judge_dates(data, today)]
    if findings:
        raise RefusedError("The report cannot be taken as it is.", findings)
    path = record_path(record_id, report["reported_on"])
    dossier = _with_files(Dossier(id=record_id, path=path, data=data), files)
    findings = list(judge_attachments(dossier, policy.settings))
    if findings:
        raise RefusedError("The report cannot be taken with these files.", findings)
    written = {path: desk.documents.compose(data, schema=SCHEMA), **_placed(path, files)}
    return MadeRecord(id=record_id, path=path, title=str(data["title"]), files=written)


def message_of(ids: Sequence[str]) -> str:
    """Return the message of the commit that brings some new records; it says nothing of who reported."""
    if len(ids) == 1:
        return f"{ids[0]}: report a near miss\n"
    return f"Report {len(ids)} near misses\n\n{', '.join(ids)}\n"


def cleaned_files(
    cleaner: Cleaner | None, files: Mapping[str, bytes], settings: Settings
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return files made anew under names that say nothing, and what was taken out of them, in plain words.

    `mary-selfie.jpg` would tell whose camera it was, and its metadata where and when. Raises UnfitFileError.
    """
    if cleaner is None:
        raise UnfitFileError("no-cleaner")
    made: dict[str, bytes] = {}
    removed: list[str] = []
    for number, (name, content) in enumerate(files.items(), 1):
        try:
            clean = cleaner.clean(
                name, content, largest=settings.attachments.max_bytes, types=settings.attachments.types
            )
        except UnfitFileError as error:
            raise UnfitFileError(error.reason, number=number) from error
        made[f"attachment-{number}.{clean.ending}"] = clean.content
        removed += clean.removed
    return made, tuple(dict.fromkeys(removed))


def digest_of(content: bytes) -> str:
    """Return the digest by which a section binds a file."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _with_files(dossier: Dossier, files: Mapping[str, bytes]) -> Dossier:
    attached = {name: Attached(sha256=digest_of(content), size=len(content)) for name, content in files.items()}
    return replace(dossier, attachments=attached)


def _placed(path: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {f"{folder_of(path)}attachments/{name}": content for name, content in files.items()}


def report_section(answers: Mapping[str, Any], *, mode: str, person: str = "", day: str) -> dict[str, Any]:
    """Return the report section in the order in which it is written and read.

    `day` is the day of the report, where the answers name none; an anonymous one keeps only its month.
    """
    given = {key: value for key, value in answers.items() if value not in (None, "", [], {})}
    group = given.pop("group", None)
    reporter: dict[str, Any] = {"mode": mode}
    if person:
        reporter["person"] = person
    if group:
        reporter["group"] = group
    named = mode in {"named", "external"}
    reported_on = given.pop("reported_on", None) or day
    if mode == "anonymous":
        reported_on = reported_on[: len("2026-11")]
    if not named:
        given.pop("occurred_at", None)
    ordered = {key: given.pop(key) for key in _ORDER_BEFORE if key in given}
    return {"reported_on": reported_on, **ordered, "reporter": reporter, **given}


_ORDER_BEFORE = (
    "what_happened",
    "made_safe",
    "what_could_have_happened",
    "what_stopped_it",
    "site",
    "process_area",
    "location",
    "occurred_on",
    "occurred_until",
    "occurred_at",
)


def _settle_links(desk: Desk, base: str, report: dict[str, Any]) -> list[str]:
    """Spell the ids of records that a report links to as they are written; return those of which there are none."""
    links = report.get("links")
    if not isinstance(links, list) or not all(map(_is_link, links)):
        # What else it is will be told with everything else that is wrong.
        return []
    report["links"] = [_settled(link) for link in links]
    named = [link["ref"] for link in report["links"] if leads_to_record(link)]
    tree = desk.repository.tree(base) if named else None
    return [ref for ref in named if tree and not (is_record_id(ref) and prefixes_of(tree, ref))]


def _is_link(entry: Any) -> bool:
    return isinstance(entry, dict) and all(isinstance(entry.get(key), str) for key in ("kind", "ref"))


def _settled(link: Mapping[str, Any]) -> dict[str, Any]:
    meant = read_id(link["ref"]) if leads_to_record(link) else ""
    return {**link, "ref": meant} if is_record_id(meant) else dict(link)


def nobody(now: datetime) -> Stamp:
    """Return the author of a report without a name: no person, no time of day, no time zone."""
    midnight = datetime.combine(now.astimezone(UTC).date(), time(), tzinfo=UTC)
    return Stamp(identity=ANONYMOUS, when=midnight)


def _notes(mode: str) -> tuple[str, ...]:
    if mode == "anonymous":
        return ("No name, address, time of day or time zone is in the record or in its commit.",)
    if mode == "confidential":
        return ("No name is in the record or in its commit, and no contact was taken: nobody can ask you back.",)
    return ()


def _notes_on_links(unknown: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        f"There is no record {ref} here. Whoever assesses your report will look for the one that you mean."
        for ref in unknown
    )


def _notes_on_files(removed: Sequence[str], *, cleaned: bool) -> tuple[str, ...]:
    if not cleaned:
        return ()
    gone = f" Taken out: {', '.join(removed)}." if removed else ""
    made = f"The files were made anew under new names, without metadata.{gone}"
    return (f"{made} What is to be seen in them is as it was: look whether a face, a name or a place is.",)


def title_of(what_happened: str) -> str:
    """Make a title from the first words of what happened, cut at a word and never longer than a line."""
    sentence = re.split(r"(?<=[.!?;])\s|\n", what_happened.strip(), maxsplit=1)[0].rstrip(" .;")
    if len(sentence) <= LONGEST_TITLE:
        return sentence
    cut = sentence[: LONGEST_TITLE - 1]
    return (cut.rpartition(" ")[0].rstrip(" ,;:") or cut) + "…"


def draw_id(desk: Desk, base: str, main: str, settings: Settings, year: int) -> str:
    """Draw an id that is not known locally, on a branch, or on a fetched remote; its letters' case does not matter."""
    for _ in range(100):
        drawn = new_id(settings.id_prefix, year, desk.chance.pick(CROCKFORD, 5))
        if not is_taken(desk, base, main, drawn):
            return drawn
    raise IdsExhaustedError


def is_taken(desk: Desk, base: str, main: str, record_id: str) -> bool:
    """Say whether an id is in use on the main branch, or claimed by a proposal here or on a fetched remote.

    Only this id is looked for: to list all that there are takes longer than to write the report.
    """
    branches = desk.repository.references().branches
    if any(f"/{PROPOSALS}{record_id}/".upper() in name.upper() for name in branches):
        return True
    remote = [name for name in branches if name.startswith(REMOTE_BRANCHES) and name.endswith(f"/{main}")]
    tips = dict.fromkeys([base, *(branches[name] for name in remote)])
    return any(prefixes_of(desk.repository.tree(tip), record_id) for tip in tips)


def known_ids(desk: Desk, tree: Tree, main: str) -> set[str]:
    """Return every id that is in use on the main branch, or claimed by a proposal here or on a fetched remote."""
    ids = {id_of_path(entry.path) for entry in tree.entries(RECORDS)}
    branches = [*desk.repository.branches(PROPOSALS), *desk.repository.remote_branches(PROPOSALS)]
    ids |= {branch.split(PROPOSALS, 1)[1].split("/")[0] for branch in branches}
    for commit in desk.repository.remote_branches(main).values():
        ids |= {id_of_path(entry.path) for entry in desk.repository.tree(commit).entries(RECORDS)}
    return {record_id.upper() for record_id in ids if record_id}
