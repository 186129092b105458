"""Founding an instance: the scaffold, the owner and the first policy version, in the one commit that is its genesis."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nearmiss.engine.documents import Edit
from nearmiss.engine.errors import RefusedError
from nearmiss.engine.instance import INSTANCE_FILE, POLICY, present_version
from nearmiss.engine.schemas.files import export_schemas, render_schema
from nearmiss.engine.trees import EmptyTree, WithFiles
from nearmiss.errors import NearMissError
from nearmiss.policy.findings import Finding, has_errors
from nearmiss.policy.policy_step import judge_policy_files
from nearmiss.policy.roles import able_to_sign
from nearmiss.policy.version import PolicyVersion, version_bytes, version_file

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.documents import Documents
    from nearmiss.engine.ports import Tree
    from nearmiss.policy.findings import Field

SCHEMA = "../../schemas/{}.schema.json"
IGNORED = ".gitignore"
SITE = "site/mkdocs.yml"
BUILT = b"site/_build/\n"
OWNER_ROLES = ("policy-owner", "quality-lead")


class AlreadyFoundedError(NearMissError):
    """There is a register here already."""

    def __init__(self) -> None:
        super().__init__(
            "This repository is a near-miss register already.", hint="Look at it: nearmiss list; nearmiss check"
        )


MOVE_OR_ELSEWHERE = "Move them, or make the register in a folder of its own."


class InTheWayError(NearMissError):
    """Files stand where the scaffold goes."""

    def __init__(self, paths: Sequence[str], *, way_on: str = MOVE_OR_ELSEWHERE) -> None:
        shown = ", ".join(paths[:5]) + (", …" if len(paths) > 5 else "")  # noqa: PLR2004 - as many as a sentence bears
        super().__init__(
            f"Files of yours are where the register's would go: {shown}.",
            hint=f"Nothing was written. {way_on}",
        )


@dataclass(frozen=True, kw_only=True)
class Charter:
    """What makes one register differ from another when it is founded; `spoken` are the languages of the site."""

    people: Sequence[Mapping[str, Any]]
    settings: Mapping[str, Any]
    preset: Mapping[str, Any]
    instance: str = ""
    spoken: Collection[str] = ()


@dataclass(frozen=True, kw_only=True)
class Founded:
    """What was laid down."""

    instance: str
    commit: str
    branch: str
    files: int
    people: tuple[str, ...]


def no_more(_version: PolicyVersion) -> Mapping[str, bytes]:
    """Make no further files."""
    return {}


def found_register(
    desk: Desk,
    charter: Charter,
    scaffold: Mapping[str, bytes],
    more: Callable[[PolicyVersion], Mapping[str, bytes]] = no_more,
) -> Founded:
    """Lay down a register in a repository and commit it: scaffold, people, instance and policy version 1.

    `scaffold` maps paths to the shipped files; `more` makes further files, which follow from the policy. The commit is
    the genesis: it holds no records. Raises RefusedError where what was asked for is no sound policy; then nothing is
    written.
    """
    position = desk.repository.position()
    base = position.commit
    tree = desk.repository.tree(base) if base else EmptyTree()
    if tree.read(INSTANCE_FILE) is not None:
        raise AlreadyFoundedError
    instance = charter.instance or new_uuid(desk)
    if position.branch not in {None, charter.settings.get("main_branch", "main")}:
        charter = replace(charter, settings={**charter.settings, "main_branch": position.branch})
    files = scaffold_files(desk.documents, charter, scaffold, instance)
    files[IGNORED] = _with_ours_ignored(tree.read(IGNORED) or b"")
    _require_free(tree, files)
    laid = WithFiles(EmptyTree(), files)
    version = PolicyVersion(present_version(laid, desk.documents, 1))
    findings: list[Finding] = judge_policy_files(version, None)
    findings = findings or list(_judge_owner(version))
    if has_errors(findings):
        raise RefusedError("The register cannot be founded like this.", findings)
    further = more(version)
    _require_free(tree, further)
    files |= further
    for name, schema in export_schemas(workflow=version.workflow, vocabulary=version.vocabulary).items():
        files[f"schemas/{name}"] = render_schema(schema)
    files[version_file(1)] = version_bytes(version.data)
    branch = position.branch or version.settings.main_branch
    stamp = desk.stamp()
    commit = desk.repository.commit(
        branch=branch,
        expected=base,
        parents=[base] if base else [],
        files=dict(files),
        message="Found the near-miss register\n\nPolicy version 1, no records yet.\n",
        author=stamp,
        committer=stamp,
    )
    return Founded(
        instance=instance,
        commit=commit,
        branch=branch,
        files=len(files),
        people=tuple(str(person["handle"]) for person in charter.people),
    )


def _require_free(tree: Tree, files: Iterable[str]) -> None:
    taken = [path for path in files if path != IGNORED and tree.read(path) is not None]
    if taken:
        raise InTheWayError(taken)


def _with_ours_ignored(existing: bytes) -> bytes:
    """Return a list of what git ignores with the built site on it; what a person has put there stays."""
    if BUILT.strip() in existing.split():
        return existing
    return existing + (b"" if existing.endswith(b"\n") or not existing else b"\n") + BUILT


def _judge_owner(version: PolicyVersion) -> Iterator[Finding]:
    """Whoever founds a register leaves somebody in it who may change its policy, or nobody ever could."""
    roles = version.workflow.policy_change.signers.roles
    if not able_to_sign(version.people, {}, roles=roles):
        message = f"nobody could ever sign a change of the policy ({', '.join(roles)})"
        yield Finding(code="nobody-owns-policy", message=message, hint="give the owner of the register that role")


def scaffold_files(
    documents: Documents, charter: Charter, scaffold: Mapping[str, bytes], instance: str
) -> dict[str, bytes]:
    """Return every file of a new register but its policy version; the shipped ones byte for byte unless asked for."""
    files = dict(scaffold)
    people = {"schema": 1, "people": [dict(person) for person in charter.people]}
    files[f"{POLICY}people.yaml"] = documents.compose(people, schema=SCHEMA.format("people"))
    files[f"{POLICY}waivers.yaml"] = documents.compose({"schema": 1, "waivers": []}, schema=SCHEMA.format("waivers"))
    named = {"schema": 1, "instance": instance}
    files[INSTANCE_FILE] = documents.compose(named, schema=SCHEMA.format("instance"))
    settings = f"{POLICY}settings.yaml"
    wanted = {**charter.preset.get("settings", {}), **charter.settings}
    edits = [Edit(at=tuple(key.split(".")), value=value) for key, value in wanted.items()]
    files[settings] = documents.revise(files[settings], edits)
    # A site that has no words in the language stays in English, rather than saying of itself what it is not.
    if wanted.get("language") in charter.spoken:
        files[SITE] = documents.revise(files[SITE], [Edit(at=("theme", "language"), value=wanted["language"])])
    workflow = f"{POLICY}workflow.yaml"
    process = documents.read(files[workflow]).data or {}
    files[workflow] = documents.revise(files[workflow], preset_edits(process, charter.preset))
    return files


def preset_edits(workflow: Mapping[str, Any], preset: Mapping[str, Any]) -> list[Edit]:
    """Return the edits by which a preset differs: `transitions` by name, and `policy_change`; null takes a key out."""
    places = {transition["name"]: place for place, transition in enumerate(workflow["transitions"])}
    parts: dict[Field, Mapping[str, Any]] = {("policy_change",): preset.get("policy_change", {})}
    parts |= {("transitions", places[name]): changes for name, changes in preset.get("transitions", {}).items()}
    return [
        Edit(at=(*part, *key.split(".")), value=value, remove=value is None)
        for part, changes in parts.items()
        for key, value in changes.items()
    ]


def new_uuid(desk: Desk) -> str:
    """Draw a random UUID (RFC 9562, version 4) from the port of chance."""
    return str(uuid.UUID(hex=desk.chance.pick("0123456789abcdef", 32), version=4))
