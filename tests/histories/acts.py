"""What can be done to a register that no record's own rules speak of: by git alone, or to the policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nearmiss.models.ids import folder_of
from nearmiss.policy.dossier import Dossier
from tests.engine.fast_import import Content
from tests.histories.documents import record_file, signed_version
from tests.histories.requests import Request, Written
from tests.policy import naive
from tests.policy.builder import World


def verdict_of(code: str) -> str:
    """Return what everybody must say of a request that only this is wrong with."""
    return "waiting" if code in naive.WAITING else "refuse"


def _unsigned(_: World, request: Request) -> Request:
    return replace(request, commits=request.commits[:1])


def _unversioned(_: World, request: Request) -> Request | None:
    files = {path: raw for path, raw in request.commits[0].files.items() if "/versions/" not in path}
    # A version may say what the one before said: without it, nothing is left.
    return replace(request, commits=(Written(author="s.ito", files=files),)) if files else None


def _own_word(world: World, request: Request) -> Request:
    approval = signed_version(world, by="o.haddad", wrote=())
    commits = (replace(request.commits[0], author="o.haddad"), Written(author="o.haddad", files=approval))
    return replace(request, commits=commits)


def _takes_what_is_parked(_: World, request: Request) -> Request:
    changed, approval = request.commits
    return replace(request, commits=(changed, replace(approval, author="s.ito", takes=PARKED)))


PARKED = "parked"
"""The commit in which an approval lies that nobody gave."""

LYING = "claim-mismatch"

ACTS_ON_POLICY: Mapping[str, Any] = {
    "sign-off-missing": _unsigned,
    "policy-unversioned": _unversioned,
    "contributor-signs": _own_word,
    LYING: _takes_what_is_parked,
}
"""How a change of the policy goes wrong, by the code that it must give; None where it cannot."""


def acts_on(dossier: Dossier) -> dict[str, Request]:
    """Return what can be done to a record by git alone, by a name for it; each says the code that it must give."""
    path, folder = dossier.path, folder_of(dossier.path)
    gone = dict.fromkeys([path, *(file.path for file in dossier.sign_offs)])
    elsewhere = path.replace("/11/", "/12/")
    fresh = dict(dossier.data) | {"id": "NM-2026-7Q4K9", "state": "investigated"}
    draft = record_file({**dossier.data, "briefings": [{"on": "2026-12-02", "attended": 3}]})
    report = {**dossier.data["report"], "what_happened": "Nothing much."}
    strange = path.replace(dossier.id, "NM-2026-7Q4K9")
    alone: dict[str, Mapping[str, Content]] = {
        "record-deleted": gone,
        "request-mixed": {path: draft, "docs/notes.txt": "x"},
        "path-unknown": {f"{folder}notes.txt": "x"},
        "path-odd": {"docs/aux.txt": "x"},
        "not-first-state": {strange: record_file(fresh)},
        "id-twice": {elsewhere: record_file(dossier.data)},
        "report-changed": {path: record_file({**dossier.data, "report": report})},
        "yaml-duplicate-key": {path: draft + b"title: x\n"},
    }
    found = {
        code: _ending(code, Written(author="s.ito", files=files, hidden=code in HIDDEN))
        for code, files in alone.items()
    }
    for name, other in APART.items():
        beside = Written(author="i.garcia", files={other: "Read me.\n"})
        drafted = Written(author="s.ito", files={path: draft})
        for when, commits in (("before", (beside, drafted)), ("after", (drafted, beside))):
            found[f"{name} {when}"] = replace(_ending("request-mixed", *commits), apart=True)
    return found


HIDDEN = frozenset({"report-changed"})
"""What is done in a merge of main."""

APART = {"a page of the site": "site/docs/lessons/dock.md", "another folder": "docs/notes.txt"}
"""What a request brings beside a record, in a commit by itself."""


def _ending(code: str, *commits: Written) -> Request:
    return Request(what="", commits=commits, code=code, verdict="refuse")
