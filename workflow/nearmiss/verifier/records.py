"""One record as a commit holds it, and what is wrong with what it says by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from nearmiss.verifier.faults import Fault
from nearmiss.verifier.needs import WITHHELD, values_at
from nearmiss.verifier.objects import PLAIN_FILE, Entry, Objects
from nearmiss.verifier.plain import NotPlainError, digest_of_bytes, read_json, read_yaml
from nearmiss.verifier.policy import Policy
from nearmiss.verifier.shape import misfits
from nearmiss.verifier.sign_offs import SignOff

PLACE = re.compile(
    r"(?P<key>records/[0-9]{4}/[0-9]{2}/(?P<id>[A-Za-z0-9-]+))(?:\.yaml|/(?:sign-offs|attachments)/[^/]+)"
)
RECORD_SCHEMA, SIGN_OFF_SCHEMA = "schemas/near-miss.schema.json", "schemas/sign-off.schema.json"
SECTIONS = ("report", "assessment", "investigation", "root_cause", "action_plan", "progress", "verification", "lesson",
            "alert", "briefings", "decisions", "escalation", "corrections")  # fmt: skip
PEOPLE_AT = (
    "report.reporter.person", "report.clarifications[].by", "assessment.extent.by", "assessment.assessed_by",
    "investigation.lead", "root_cause.analyst",
    "action_plan.actions[].owner", "action_plan.actions[].previous_owners[]",
    "progress[].by", "verification.implemented.by", "verification.checks[].by", "briefings[].by",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Version:
    """A record, its sign-offs and its attachments in one tree, with what could not be read."""

    key: str
    present: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)
    sign_offs: tuple[SignOff, ...] = ()
    files: Mapping[str, Entry] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    @property
    def path(self) -> str:
        """Return where the record lies."""
        return f"{self.key}.yaml"

    @property
    def record(self) -> str:
        """Return the record's id, as its file is called."""
        return self.key.rsplit("/", 1)[1]


def key_of(path: str) -> str:
    """Return the place without ending of the record that a path belongs to; empty where it belongs to none."""
    found = PLACE.fullmatch(path)
    return found["key"] if found else ""


class Reader:
    """Reads records and sign-offs out of trees, each content once."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self._plain: dict[str, Mapping[str, Any] | NotPlainError] = {}

    def plain(self, entry: Entry) -> Mapping[str, Any]:
        """Return what a YAML file says; raise `NotPlainError`."""
        if entry.oid not in self._plain:
            try:
                self._plain[entry.oid] = read_yaml(self.objects.blob(entry.oid))
            except NotPlainError as error:
                self._plain[entry.oid] = error
        found = self._plain[entry.oid]
        if isinstance(found, NotPlainError):
            raise found
        return found

    def data_at(self, tree: str, path: str) -> Mapping[str, Any]:
        """Return what a YAML file says; nothing where it is absent, no plain file, or cannot be read."""
        entry = self.objects.find_entry(tree, path) if tree else None
        try:
            return self.plain(entry) if entry and entry.mode == PLAIN_FILE else {}
        except NotPlainError:
            return {}

    def schema(self, tree: str, path: str) -> dict[str, Any]:
        """Return a JSON Schema as a tree holds it."""
        entry = self.objects.find_entry(tree, path)
        found = read_json(self.objects.blob(entry.oid)) if entry else None
        if not isinstance(found, dict):
            raise NotPlainError("the schema by which this is judged is missing or damaged")
        return found

    def sign_offs(self, files: Mapping[str, Entry], schema: dict[str, Any]) -> tuple[list[SignOff], list[Fault]]:
        """Return the sign-offs among some files, and what is wrong with those that are none."""
        read, faults = [], []
        for path, entry in sorted(files.items()):
            try:
                data = self.plain(entry)
            except NotPlainError as error:
                faults.append(Fault(code="sign-off-tampered", path=path, says=error.says))
                continue
            wrong = misfits(schema, data)
            faults += [Fault(code="sign-off-tampered", path=path, field=at, says=says) for at, says in wrong]
            if not wrong:
                read.append(SignOff(path=path, statement=data["statement"], signature=str(data.get("signature", ""))))
        return read, faults

    def version(self, tree: str, key: str, base: str) -> Version:
        """Return a record as a tree holds it, judged in shape by the schemas of the base."""
        entry = self.objects.find_entry(tree, f"{key}.yaml")
        files = self.objects.files(tree, key)
        faults = [
            Fault(code="mode-odd", path=path, says=f"the mode is {found.mode}: only plain files may lie here")
            for path, found in [*files.items(), *([(f"{key}.yaml", entry)] if entry else [])]
            if found.mode != PLAIN_FILE
        ]
        if entry is None or faults:
            return Version(key=key, files=files, faults=tuple(faults))
        try:
            signed = {path: found for path, found in files.items() if path.startswith(f"{key}/sign-offs/")}
            sign_offs, wrong = self.sign_offs(signed, self.schema(base, SIGN_OFF_SCHEMA))
            data = self.plain(entry)
            wrong += [Fault(code="bad-value", path=f"{key}.yaml", field=at, says=says)
                      for at, says in misfits(self.schema(base, RECORD_SCHEMA), data)]  # fmt: skip
        except NotPlainError as error:
            return Version(key=key, files=files, faults=(Fault(code="yaml", path=f"{key}.yaml", says=error.says),))
        return Version(key=key, present=True, data=data, sign_offs=tuple(sign_offs), files=files, faults=tuple(wrong))


def judge_alone(version: Version, policy: Policy, objects: Objects) -> Iterator[Fault]:
    """Yield what is wrong with a record, without regard to what it was before."""
    yield from version.faults
    if not version.present or version.faults:
        return
    for code, where, says in _said(version, policy):
        yield Fault(code=code, path=version.path, record=version.record, field=where, says=says)
    yield from _attachments(version, policy, objects)


def _said(version: Version, policy: Policy) -> Iterator[tuple[str, str, str]]:
    data = version.data
    if data["id"] != version.record:
        yield "id-differs", "id", "it is not the name of the file"
    reported = data["report"]["reported_on"]
    if version.key.split("/")[1:3] != reported.split("-")[:2]:
        yield "path-differs", "report.reported_on", "the record does not lie in the folder of that month"
    for group in ("investigation.evidence[]", "root_cause.causes[]", "action_plan.actions[]"):
        ids = [entry["id"] for entry in values_at(data, group) if isinstance(entry, dict)]
        for twice in sorted({one for one in ids if ids.count(one) > 1}):
            yield "id-twice", group.removesuffix("[]"), f"{twice} stands twice"
    yield from _references(data)
    reporter = data["report"].get("reporter")
    if isinstance(reporter, Mapping):
        named = reporter.get("mode") == "named"
        by_name = named and any(one.get("name") == "reported-by" for one in values_at(data, "report.details[]"))
        if named != ("person" in reporter) and not by_name:
            yield (
                "reporter-unnamed" if named else "reporter-named",
                "report.reporter",
                "only a named report says by whom",
            )
    for path in PEOPLE_AT:
        for handle in values_at(data, path):
            who = handle.get("sponsor") if isinstance(handle, Mapping) else handle
            if isinstance(who, str) and who != WITHHELD and policy.person(who) is None:
                yield "person-unknown", path, f"{who} is nobody on the list of people"


def _references(data: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    evidence = {entry["id"] for entry in values_at(data, "investigation.evidence[]") if isinstance(entry, dict)}
    causes = {entry["id"]: entry for entry in values_at(data, "root_cause.causes[]") if isinstance(entry, dict)}
    actions = {entry["id"] for entry in values_at(data, "action_plan.actions[]") if isinstance(entry, dict)}
    named = [("root_cause.causes[].evidence[]", evidence), ("root_cause.causes[].explains", set(causes)),
             ("action_plan.actions[].addresses[]", set(causes)), ("progress[].action", actions)]  # fmt: skip
    for path, known in named:
        for name in values_at(data, path):
            if isinstance(name, str) and name != WITHHELD and name not in known:
                yield "unknown-reference", path.replace("[]", ""), f"{name} does not exist in this record"
    for start, cause in causes.items():
        above, seen = cause.get("explains"), {start}
        while above in causes and above not in seen:
            seen.add(above)
            above = causes[above].get("explains")
        if above in seen:
            yield "cause-cycle", "root_cause.causes", f"the cause {start} explains itself"
            return


def listed_attachments(data: Any) -> list[Mapping[str, Any]]:
    """Return every entry of a list called `attachments`, wherever it stands in a record."""
    if isinstance(data, Mapping):
        own = [entry for entry in data.get("attachments", []) if isinstance(entry, Mapping)]
        return own + [deep for key, value in data.items() if key != "attachments" for deep in listed_attachments(value)]
    return [deep for item in data for deep in listed_attachments(item)] if isinstance(data, list) else []


def _attachments(version: Version, policy: Policy, objects: Objects) -> Iterator[Fault]:
    folder = f"{version.key}/attachments/"
    there = {path.removeprefix(folder): entry for path, entry in version.files.items() if path.startswith(folder)}
    listed = {str(entry.get("file")): str(entry.get("sha256")) for entry in listed_attachments(version.data)}
    settings = policy.rules["settings"]["attachments"]
    place = {"record": version.record}
    for name in sorted(there.keys() - listed.keys()):
        yield Fault(code="attachment-unlisted", path=folder + name, says="no section lists it", **place)
    for name in sorted(listed.keys() - there.keys() - {WITHHELD}):
        yield Fault(
            code="attachment-missing", path=folder + name, says="a section lists it, and it is not there", **place
        )
    for name in sorted(listed.keys() & there.keys()):
        content = objects.blob(there[name].oid)
        if digest_of_bytes(content) != listed[name]:
            yield Fault(
                code="attachment-differs", path=folder + name, says="it is not the file that was listed", **place
            )
        if len(content) > settings["max_bytes"]:
            yield Fault(
                code="attachment-too-large", path=folder + name, says="it is larger than settings allow", **place
            )
        if PurePosixPath(name).suffix.removeprefix(".").lower() not in settings["types"]:
            yield Fault(code="attachment-type", path=folder + name, says="files of this type are not taken", **place)
