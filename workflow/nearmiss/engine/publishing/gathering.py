"""Gathering the gists of a register from its working tree; what was drawn before is remembered by content."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.engine.indexing.remembering import rules_of
from nearmiss.engine.packing import pack_facts
from nearmiss.engine.publishing.gists import FORM, Gist, draw_gist, proof_of, told_of
from nearmiss.engine.records.dossiers import gather_many
from nearmiss.policy.standing import replay

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.ports import Tree
    from nearmiss.engine.publishing.site_data import Told
    from nearmiss.engine.records.dossiers import Folder, Gathered
    from nearmiss.policy.standing import Register

AT_ONCE = 200
"""Records that are read together, so that never more of them lie in memory."""


def gather_gists(
    desk: Desk, tree: Tree, register: Register, folders: Mapping[str, Folder]
) -> tuple[dict[str, Gist], Told]:
    """Return the gist of every record that can be read, and what gives the pages' content of some of them."""
    rules = rules_of(register)
    keys = {record_id: _key(folder, rules) for record_id, folder in folders.items()}
    known = desk.memory.get_many([key for key in keys.values() if key]) if desk.memory is not None else {}
    gists: dict[str, Gist] = {}
    for record_id, key in keys.items():
        if key in known:
            gists[record_id] = Gist.revive(known[key]["gist"])
    unknown = [folder for record_id, folder in folders.items() if keys[record_id] not in known]
    for fresh in _drawn(desk, tree, register, unknown):
        if desk.memory is not None and tree.is_as_listed:
            desk.memory.put_many(
                {
                    keys[record_id]: pack_facts({"gist": gist}, told)
                    for record_id, (gist, told) in fresh.items()
                    if keys[record_id]
                }
            )
        gists |= {record_id: gist for record_id, (gist, _) in fresh.items()}
    in_order = {record_id: gists[record_id] for record_id in folders if record_id in gists}
    return in_order, _Teller(desk, tree, register, folders, keys).tell


class _Teller:
    """Gives what the pages of some records may show: as it was put aside, or read again."""

    def __init__(
        self, desk: Desk, tree: Tree, register: Register, folders: Mapping[str, Folder], keys: Mapping[str, str]
    ) -> None:
        self._desk, self._tree, self._register = desk, tree, register
        self._folders, self._keys = folders, keys

    def tell(self, record_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Return it by id, as far as it can be read."""
        memory = self._desk.memory
        keys = {self._keys[record_id]: record_id for record_id in record_ids if self._keys.get(record_id)}
        found = memory.get_aside(list(keys)) if memory is not None else {}
        told = {keys[key]: value for key, value in found.items()}
        missing = [self._folders[record_id] for record_id in record_ids if record_id not in told]
        for drawn in _drawn(self._desk, self._tree, self._register, missing):
            told |= {record_id: kept for record_id, (_, kept) in drawn.items()}
        return told


def _drawn(
    desk: Desk, tree: Tree, register: Register, folders: Sequence[Folder]
) -> Iterator[dict[str, tuple[Gist, dict[str, Any]]]]:
    settings = register.newest.data["rules"]["settings"]
    for start in range(0, len(folders), AT_ONCE):
        some = folders[start : start + AT_ONCE]
        gathered = gather_many([(folder, tree) for folder in some], desk.documents)
        yield {
            folder.id: _draw(one, register, settings)
            for folder, one in zip(some, gathered, strict=True)
            if one.dossier is not None
        }


def _draw(gathered: Gathered, register: Register, settings: Mapping[str, Any]) -> tuple[Gist, dict[str, Any]]:
    dossier = gathered.dossier
    assert dossier is not None  # noqa: S101 - the caller has looked
    # What cannot be replayed has findings, so that nothing of it is shown, whatever is drawn here.
    proof = proof_of(replay(dossier, register))
    return draw_gist(dossier.data, settings, proof), told_of(dossier.data, settings)


def _key(folder: Folder, rules: str) -> str:
    return f"site{FORM}:{folder.key}:{rules}" if folder.key else ""
