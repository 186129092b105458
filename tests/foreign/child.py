"""A process of its own that takes documents for every kind of file that we read, and tells what became of it, and how.

`python -m tests.foreign.child FOLDER [KIND…]` takes each file of the folder, by its name, and writes for each kind and
name a line of JSON: what was found, and the seconds of its processor that it took; in the last line the most memory
that it had, in MiB, and the seconds that a plain document of forty thousand keys took to be read in between.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from nearmiss.app.documents import parse_mapping as parse_document
from nearmiss.app.tables import read_import_mapping
from nearmiss.engine.documents import Reading
from nearmiss.engine.form import Form
from nearmiss.engine.instance import POLICY, present_version, read_policy_file
from nearmiss.engine.records.dossiers import read_sign_off
from nearmiss.engine.trees import EmptyTree, WithFiles
from nearmiss.errors import NearMissError
from nearmiss.models.sections import KEY_ORDER
from nearmiss.policy.findings import Finding
from nearmiss.policy.policy_step import judge_policy_files
from nearmiss.policy.version import PolicyVersion
from nearmiss.store.documents import YamlDocuments
from tests.schemas.judges import Rules, read_rules

ROOT = Path(__file__).parents[2]
POLICY_FILES = tuple(f"{POLICY}{name}.yaml" for name in ("workflow", "risk", "settings", "people", "waivers"))
VOCABULARY_FILE = "schemas/vocabulary/hazard.yaml"
MOST_MEMORY = 1024 * 1024 * 1024

PLAIN = b"".join(b"k%d: 1\n" % number for number in range(40_000))
"""A document that is only read: what it takes tells how fast this machine is just now."""

Kind = Callable[[bytes], list[str]]
"""Takes a document for a file of one kind, and returns the codes of its findings, or the name of a refusal."""


def _codes(findings: object) -> list[str]:
    assert isinstance(findings, list | tuple)
    assert all(isinstance(finding, Finding) and finding.code and finding.message for finding in findings)
    return [finding.code for finding in findings]


def _record(rules: Rules) -> Kind:
    return lambda raw: _codes(rules.judge(raw))


def _sign_off(raw: bytes) -> list[str]:
    path = "records/2026/11/NM-2026-7Q4K2/sign-offs/01-investigated--r.meyer.yaml"
    return _codes(read_sign_off(path, raw, "NM-2026-7Q4K2", YamlDocuments())[1])


class _Remembering(YamlDocuments):
    """Reads our own files once; they stand around each foreign one."""

    def __init__(self, known: Iterable[bytes]) -> None:
        super().__init__()
        self.__dict__["known"] = {raw: super(_Remembering, self).read(raw) for raw in known}

    def read(self, raw: bytes) -> Reading:
        known: Reading | None = self.__dict__["known"].get(raw)
        return known or super().read(raw)


def _policy(path: str) -> Kind:
    paths = [*POLICY_FILES, *(f"schemas/vocabulary/{file.name}" for file in (ROOT / "schemas/vocabulary").iterdir())]
    files = {each: (ROOT / each).read_bytes() for each in paths}
    documents = _Remembering(files.values())

    def judge(raw: bytes) -> list[str]:
        tree = WithFiles(EmptyTree(), {**files, path: raw})
        # Most are refused here, before all the other files are looked at again.
        read_policy_file(tree, documents, path)
        return _codes(judge_policy_files(PolicyVersion(present_version(tree, documents, 2)), None))

    return judge


def _import_mapping(folder: Path) -> Kind:
    def judge(raw: bytes) -> list[str]:
        path = folder / "taken-for-a-mapping.yaml"
        path.write_bytes(raw)
        read_import_mapping(path)
        return []

    return judge


def _handed_over(raw: bytes) -> list[str]:
    parse_document(raw, name="report.yaml")
    return ["read"]


def _mended(raw: bytes) -> list[str]:
    form = Form(schema="near-miss.schema.json", order=KEY_ORDER, fits=lambda _data, at: len(at) % 2 == 0)
    mending = YamlDocuments().mend(raw, form)
    assert (mending.content != raw) == bool(mending.done)
    return ["mended", *_codes(mending.done), *_codes(mending.left)]


def kinds(folder: Path) -> dict[str, Kind]:
    """Return every kind of file that a document can be taken for."""
    return {
        "record": _record(read_rules(ROOT)),
        "sign-off": _sign_off,
        **{path.rpartition("/")[2].removesuffix(".yaml"): _policy(path) for path in POLICY_FILES},
        "vocabulary": _policy(VOCABULARY_FILE),
        "mapping": _import_mapping(folder),
        "report --from": _handed_over,
        "check --fix": _mended,
    }


def main() -> None:
    """Take every document for every kind that is named, or for all."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    folder, *wanted = sys.argv[1:]
    known = kinds(Path(folder).parent)
    plain = [_seconds_of_reading()]
    for path in sorted(Path(folder).iterdir()):
        raw = path.read_bytes()
        for kind in wanted or known:
            start = time.process_time()
            try:
                found = known[kind](raw)
            except NearMissError as error:
                found = [type(error).__name__] if error.message and error.hint else []
            _tell({"kind": kind, "name": path.name, "found": found, "seconds": time.process_time() - start})
        if len(raw) > len(PLAIN):
            plain.append(_seconds_of_reading())
    # Not getrusage: as the system counts there, a process begins with the peak of its parent.
    peak = Path("/proc/self/status").read_text(encoding="utf-8").partition("VmHWM:")[2].split()[0]
    _tell({"memory": int(peak) // 1024, "plain": max(plain)})


def _seconds_of_reading() -> float:
    start = time.process_time()
    YamlDocuments().read(PLAIN)
    return time.process_time() - start


def _tell(data: object) -> None:
    sys.stdout.write(json.dumps(data) + "\n")


if __name__ == "__main__":
    main()
