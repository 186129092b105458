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


def _unversioned(_: World, request: Request) -> Request:
    files = {path: raw for path, raw in request.commits[0].files.items() if "/versions/" not in path}
    return replace(request, commits=(Written(author="s.ito", files=files),))


def _own_word(world: World, request: Request) -> Request:
    approval = signed_version(world, by="o.haddad", wrote=())
    commits = (replace(request.commits[0], author="o.haddad"), Written(author="o.haddad", files=approval))
    return replace(request, commits=commits)


ACTS_ON_POLICY: Mapping[str, Any] = {
    "sign-off-missing": _unsigned,
    "policy-unversioned": _unversioned,
    "contributor-signs": _own_word,
}
"""How a change of the policy goes wrong, by the code that it must give."""


def acts_on(dossier: Dossier) -> dict[str, Request]:
    """Return what can be done to a record by git alone, by the code that it must give."""
    path, folder = dossier.path, folder_of(dossier.path)
    gone = dict.fromkeys([path, *(file.path for file in dossier.sign_offs)])
    elsewhere = path.replace("/11/", "/12/")
    fresh = dict(dossier.data) | {"id": "NM-2026-7Q4K9", "state": "investigated"}
    draft = record_file({**dossier.data, "briefings": [{"on": "2026-12-02", "attended": 3}]})

    def by(author: str, files: Mapping[str, Content], *, hidden: bool = False) -> Request:
        return Request(what="", commits=(Written(author=author, files=files, hidden=hidden),))

    report = {**dossier.data["report"], "what_happened": "Nothing much."}
    return {
        "record-deleted": by("s.ito", gone),
        "request-mixed": by("s.ito", {path: draft, "docs/notes.txt": "x"}),
        "path-unknown": by("s.ito", {f"{folder}notes.txt": "x"}),
        "path-odd": by("s.ito", {"docs/aux.txt": "x"}),
        "not-first-state": by("s.ito", {path.replace(dossier.id, "NM-2026-7Q4K9"): record_file(fresh)}),
        "id-twice": by("s.ito", {elsewhere: record_file(dossier.data)}),
        "report-changed": by("s.ito", {path: record_file({**dossier.data, "report": report})}, hidden=True),
        "yaml-duplicate-key": by("s.ito", {path: draft + b"title: x\n"}),
    }
