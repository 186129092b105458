"""Gathering dossiers: the files of a tree under `records/` put together record by record, read and placed."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nearmiss.engine.errors import BlobTooLargeError, UnknownRecordError, UnreadableRecordError
from nearmiss.engine.ports import REGULAR_FILE
from nearmiss.models.ids import RECORDS, folder_of, folder_part, id_of_path, is_record_path, read_id, record_path
from nearmiss.models.sign_off import is_sign_off_name
from nearmiss.models.swift import once, swift
from nearmiss.policy.dossier import Attached, Dossier, SignedFile, get
from nearmiss.policy.findings import Finding
from nearmiss.policy.structure import judge_sign_off_structure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nearmiss.engine.documents import Documents, Reading, Reads
    from nearmiss.engine.ports import CommittedTree, Tree, TreeEntry


LONGEST_NAME = 200
"""Characters that the name of a sign-off may have."""


@swift
@dataclass(frozen=True, kw_only=True)
class Folder:
    """The files of one record in a tree: its own, and those beside it."""

    id: str
    record: TreeEntry | None
    beside: tuple[TreeEntry, ...] = ()

    @once
    def key(self) -> str:
        """What identifies the content of all these files, or an empty text where one of them is not in git yet."""
        oids = [entry.oid for entry in (self.record, *self.beside) if entry is not None]
        if self.record is None or not all(oids):
            return ""
        parts = [f"{entry.path} {entry.mode} {entry.oid}" for entry in (self.record, *self.beside)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@swift
@dataclass(frozen=True, kw_only=True)
class Gathered:
    """A dossier, where it could be read, and what was found wrong with its files. `raw` is the record file's bytes."""

    dossier: Dossier | None
    findings: tuple[Finding, ...] = ()
    raw: bytes = field(default=b"", repr=False)


def survey(entries: Iterable[TreeEntry]) -> tuple[dict[str, Folder], list[Finding]]:
    """Sort the entries under `records/` by record; what belongs to no record is a finding."""
    records: dict[str, TreeEntry] = {}
    beside: dict[str, list[TreeEntry]] = defaultdict(list)
    findings = []
    for entry in entries:
        record_id = id_of_path(entry.path)
        if record_id is None or not entry.path.isascii():
            findings.append(_unknown_path(entry))
        elif entry.mode != REGULAR_FILE:
            findings.append(_odd_mode(entry, record_id))
        elif not is_record_path(entry.path):
            beside[record_id].append(entry)
        elif record_id in records:
            findings.append(_twice(entry, records[record_id]))
        else:
            records[record_id] = entry
    folders = {}
    for record_id in sorted({*records, *beside}):
        record = records.get(record_id)
        folders[record_id] = Folder(id=record_id, record=record, beside=tuple(beside[record_id]))
        findings += _strays(folders[record_id])
    return folders, findings


def _strays(folder: Folder) -> list[Finding]:
    home = folder_of(folder.record.path) if folder.record else None
    return [
        Finding(
            code="record-missing" if home is None else "path-unknown",
            record=folder.id,
            path=entry.path,
            message=f"{entry.path} lies beside no record of that id",
            hint="restore the record, or remove the file; records are never deleted or moved",
        )
        for entry in folder.beside
        if home is None or not entry.path.startswith(home)
    ]


def _unknown_path(entry: TreeEntry) -> Finding:
    return Finding(
        code="path-unknown",
        path=entry.path,
        message=f"{entry.path!a} is nothing that belongs under records/",
        hint="records lie in records/YEAR/MONTH/ID.yaml, their sign-offs and attachments in a folder beside them",
    )


def _odd_mode(entry: TreeEntry, record_id: str) -> Finding:
    kinds = {"120000": "a symbolic link", "160000": "a submodule", "100755": "executable"}
    return Finding(
        code="mode-odd",
        record=record_id,
        path=entry.path,
        message=f"{entry.path} is {kinds.get(entry.mode, f'of mode {entry.mode}')}, not a plain file",
        hint="put a plain file in its place (git update-index --chmod=-x, or remove the link)",
    )


def _twice(entry: TreeEntry, first: TreeEntry) -> Finding:
    return Finding(
        code="id-twice",
        record=first.path.rpartition("/")[2].removesuffix(".yaml"),
        path=entry.path,
        message=f"{entry.path} has the id of {first.path}",
        hint="an id is given once; the later of the two needs one of its own",
    )


Known = dict[tuple[str, str], SignedFile]
"""Sign-offs that were read before, by path and object id."""


def gather(folder: Folder, tree: Tree, documents: Reads, *, known: Known | None = None) -> Gathered:
    """Read a record and everything beside it; sign-offs that are `known` are not read again."""
    contents = _contents(folder, tree)
    if isinstance(contents, Gathered):
        return contents
    return _gathered(folder, contents, documents, {} if known is None else known)


def gather_many(given: Sequence[tuple[Folder, Tree]], documents: Reads) -> list[Gathered]:
    """Read records and everything beside them, each in its tree: all bytes, then what they say, then the rest."""
    all_contents = [_contents(folder, tree) for folder, tree in given]
    read = _Read(documents, (contents for contents in all_contents if not isinstance(contents, Gathered)))
    return [
        contents if isinstance(contents, Gathered) else _gathered(folder, contents, read, {})
        for (folder, _), contents in zip(given, all_contents, strict=True)
    ]


class _Read:
    """Documents of which many were read at once, before anybody asks for one of them."""

    def __init__(self, documents: Reads, contents: Iterable[Mapping[str, bytes]]) -> None:
        raws = [raw for of_record in contents for path, raw in of_record.items() if "/attachments/" not in path]
        self._documents = documents
        self._readings = {raw: documents.read(raw) for raw in raws}

    def read(self, raw: bytes) -> Reading:
        """Return what came of reading a document."""
        reading = self._readings.get(raw)
        return reading if reading is not None else self._documents.read(raw)


def _contents(folder: Folder, tree: Tree) -> dict[str, bytes] | Gathered:
    """Return the bytes of a record's files by path, or what there is to say where they cannot be had."""
    if folder.record is None:
        return Gathered(dossier=None)
    try:
        return dict(tree.read_many([folder.record.path, *(entry.path for entry in folder.beside)]))
    except BlobTooLargeError as error:
        return Gathered(dossier=None, findings=(_too_large(folder.record, error),))


def _gathered(folder: Folder, contents: Mapping[str, bytes], documents: Reads, known: Known) -> Gathered:
    assert folder.record is not None  # noqa: S101 - its contents would be none
    raw = contents.get(folder.record.path, b"")
    data, findings = _read(folder.record.path, raw, documents)
    sign_offs, found = _read_sign_offs(folder, contents, documents, known)
    findings += found
    attachments = {
        folder_part(entry.path)[1]: Attached(  # type: ignore[index]  # the survey let nothing else in
            sha256=f"sha256:{hashlib.sha256(contents[entry.path]).hexdigest()}", size=len(contents[entry.path])
        )
        for entry in folder.beside
        if "/attachments/" in entry.path and entry.path in contents
    }
    if data is not None:
        findings += _judge_place(folder.id, folder.record.path, data)
    placed = tuple(finding.at(record=folder.id, path=folder.record.path) for finding in findings)
    if data is None or found:
        return Gathered(dossier=None, findings=placed, raw=raw)
    dossier = Dossier(
        id=folder.id, path=folder.record.path, data=data, sign_offs=tuple(sign_offs), attachments=attachments
    )
    return Gathered(dossier=dossier, findings=placed, raw=raw)


def _too_large(record: TreeEntry, error: BlobTooLargeError) -> Finding:
    return Finding(
        code="file-too-large",
        record=record.path.rpartition("/")[2].removesuffix(".yaml"),
        path=record.path,
        message=f"a file of this record is too large to be read: {error.message}",
        hint=error.hint,
    )


def _read(path: str, raw: bytes, documents: Reads) -> tuple[dict[str, Any] | None, list[Finding]]:
    reading = documents.read(raw)
    findings = [finding.at(path=path) for finding in reading.findings]
    return (None if findings else reading.data), findings


def _read_sign_offs(
    folder: Folder, contents: Mapping[str, bytes], documents: Reads, known: Known
) -> tuple[list[SignedFile], list[Finding]]:
    sign_offs, findings = [], []
    for entry in folder.beside:
        if "/sign-offs/" not in entry.path:
            continue
        key = (entry.path, entry.oid or "")
        if key not in known:
            signed, found = read_sign_off(entry.path, contents.get(entry.path, b""), folder.id, documents)
            findings += found
            if signed is None:
                continue
            known[key] = signed
        sign_offs.append(known[key])
    return sign_offs, findings


def read_sign_off(path: str, raw: bytes, subject: str, documents: Reads) -> tuple[SignedFile | None, list[Finding]]:
    """Read one sign-off file; None and findings where it cannot be trusted to be one."""
    data, findings = _read(path, raw, documents)
    if data is not None:
        findings += [finding.at(path=path) for finding in judge_sign_off_structure(data)]
    name = path.rpartition("/")[2]
    # The length first: looking through a name of many dashes takes time that grows with the square of its length.
    if len(name) > LONGEST_NAME or not is_sign_off_name(name, subject):
        message = f"{name[:LONGEST_NAME]} is not the name of a sign-off"
        findings.append(Finding(code="sign-off-name", path=path, message=message, hint="take the file out"))
    if data is None or findings:
        return None, findings
    return SignedFile(path=path, data=data, bytes_digest=hashlib.sha256(raw).hexdigest()), []


def _judge_place(record_id: str, path: str, data: dict[str, Any]) -> list[Finding]:
    """The file's stem is the id, and its folder follows from the day of the report."""
    findings = []
    if data.get("id") != record_id:
        message = f"the record says it is {data.get('id')}, and its file is named {record_id}"
        hint = "an id never changes; put it back as the file is named"
        findings.append(Finding(code="id-differs", message=message, hint=hint, field=("id",)))
    reported_on = get(data, "report", "reported_on")
    if isinstance(reported_on, str) and len(reported_on) >= len("2026-11"):
        expected = record_path(record_id, reported_on)
        if path != expected:
            message = f"a record reported on {reported_on} belongs in {expected}"
            hint = "records are not moved; put the date of the report back"
            findings.append(Finding(code="path-differs", message=message, hint=hint, field=("report", "reported_on")))
    return findings


def prefixes_of(tree: CommittedTree, record_id: str) -> list[str]:
    """Return where in a tree files of a record lie, in whichever month: its own, and the folder beside it."""
    names = (f"{record_id}.yaml", record_id)
    return [f"{path}/" if path.endswith(record_id) else path for path in tree.found(RECORDS, names, depth=2)]


def entries_of(tree: CommittedTree, record_id: str) -> list[TreeEntry]:
    """Return the files of a record, without looking at those of others."""
    prefixes = prefixes_of(tree, record_id)
    entries = tree.entries(*prefixes) if prefixes else ()
    return [entry for entry in entries if id_of_path(entry.path) == record_id]


def find_folder(tree: CommittedTree, record_id: str) -> Folder:
    """Return the folder of one record; raises UnknownRecordError, with ids that look alike."""
    wanted = read_id(record_id)
    years = {wanted.split("-")[1]} if wanted.count("-") == 2 else set()  # noqa: PLR2004 - prefix, year, random part
    entries = entries_of(tree, wanted)
    for prefix in (*(f"{RECORDS}{year}/" for year in years), RECORDS):
        folders, _ = survey(entry for entry in entries if entry.path.startswith(prefix))
        if wanted in folders and folders[wanted].record is not None:
            return folders[wanted]
    raise UnknownRecordError(record_id, _alike(tree, wanted))


def _alike(tree: Tree, wanted: str) -> Sequence[str]:
    import difflib

    ids = [entry.path.rpartition("/")[2][:-5] for entry in tree.entries(RECORDS) if is_record_path(entry.path)]
    return difflib.get_close_matches(wanted, ids, n=3)


def open_dossier(tree: CommittedTree, record_id: str, documents: Documents) -> tuple[Dossier, bytes]:
    """Return one record's dossier and its bytes; raises UnknownRecordError or UnreadableRecordError."""
    gathered = gather(find_folder(tree, record_id), tree, documents)
    if gathered.dossier is None or gathered.findings:
        raise UnreadableRecordError(record_id, gathered.findings)
    return gathered.dossier, gathered.raw
