"""Gathering the gists of a register from its working tree; what was drawn before is remembered by content.

Reading is most of the work, and whoever makes a site wants three things of each record: whether it holds, its figures
and its gist. So where nobody remembers them, all three are found together, of many records by all who help, and the
check and the figures that follow find theirs remembered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nearmiss.engine.indexing.remembering import WORTH_SHARING, rules_of
from nearmiss.engine.indexing.remembering import key_of as key_of_facts
from nearmiss.engine.indexing.sharing import answered_together, helper, order_of
from nearmiss.engine.indicators.facts import draw
from nearmiss.engine.indicators.reading import key_of as key_of_figures
from nearmiss.engine.memory import recalled
from nearmiss.engine.packing import Packed, pack_facts
from nearmiss.engine.publishing.gists import FORM, Gist, draw_with_told, proof_of
from nearmiss.engine.records.dossiers import gather_many
from nearmiss.engine.records.facts import find_many
from nearmiss.policy.standing import replay

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.documents import Documents
    from nearmiss.engine.ports import Tree
    from nearmiss.engine.publishing.site_data import Told
    from nearmiss.engine.records.dossiers import Folder
    from nearmiss.policy.dossier import Dossier
    from nearmiss.policy.standing import Register

AT_ONCE = 200
"""Records that are read together, so that never more of them lie in memory."""

PUT_AWAY = 1000
"""Records that are put away together."""

WORK = "site"
"""What the helpers are asked for."""

Drawn = dict[str, tuple[Gist, dict[str, Any]]]


def gather_gists(
    desk: Desk, tree: Tree, register: Register, folders: Mapping[str, Folder]
) -> tuple[dict[str, Gist], Told]:
    """Return the gist of every record that can be read, and what gives the pages' content of some of them."""
    rules = rules_of(register)
    keys = {record_id: _key(folder, rules) for record_id, folder in folders.items()}
    asked = {key: record_id for record_id, key in keys.items() if key}
    gists = {asked[key]: Gist.revive(kept["gist"]) for key, kept in recalled(desk.memory, list(asked))}
    unknown = [folder for record_id, folder in folders.items() if record_id not in gists]
    if desk.memory is not None:
        gists |= _found_together(desk, tree, register, [folder for folder in unknown if keys[folder.id]])
        unknown = [folder for folder in unknown if folder.id not in gists]
    for fresh in _drawn(desk, tree, register, unknown):
        if desk.memory is not None and tree.is_as_listed:
            desk.memory.put_many({keys[id_]: _packed(*drawn) for id_, drawn in fresh.items() if keys[id_]})
        gists |= {record_id: gist for record_id, (gist, _) in fresh.items()}
    in_order = {record_id: gists[record_id] for record_id in folders if record_id in gists}
    return in_order, _Teller(desk, tree, register, folders, keys).tell


def _found_together(desk: Desk, tree: Tree, register: Register, folders: Sequence[Folder]) -> dict[str, Gist]:
    """Return the gists of records; what is found beside them is remembered for those who ask next."""
    rules = rules_of(register)
    gists: dict[str, Gist] = {}
    fresh: dict[str, Packed | Any] = {}
    for folder, answer in _answers(desk, tree, register, folders):
        if answer is None or not tree.is_as_listed:
            continue
        facts, figures, gist, drawn = answer
        fresh[key_of_facts(folder, rules)] = Packed(*facts)
        if figures is not None:
            fresh[key_of_figures(folder, register)] = Packed(*figures)
        if gist is not None:
            gists[folder.id] = Gist.revive(gist)
            fresh[_key(folder, rules)] = Packed(*drawn)
        if desk.memory is not None and len(fresh) >= PUT_AWAY:
            desk.memory.put_many(fresh)
            fresh = {}
    if desk.memory is not None and fresh:
        desk.memory.put_many(fresh)
    return gists


def _answers(desk: Desk, tree: Tree, register: Register, folders: Sequence[Folder]) -> Iterator[tuple[Folder, Any]]:
    """Yield every folder in turn with all that is wanted of it, as `all_as_data` has it, or None."""
    today = desk.clock.now().date()
    order = order_of(register, tree, today)
    if order is None:
        return
    if desk.crew is not None and len(folders) >= WORTH_SHARING:
        alone = helper(desk.documents, lambda _: tree, order, all_as_data)
        yield from answered_together(desk.crew, {**order, "work": WORK}, tree, folders, alone)
        return
    for start in range(0, len(folders), AT_ONCE):
        some = folders[start : start + AT_ONCE]
        given = [(folder, tree) for folder in some]
        yield from zip(some, all_as_data(desk.documents, given, register, today), strict=True)


def all_as_data(
    documents: Documents, given: Sequence[tuple[Folder, Tree]], register: Register, today: date
) -> list[Any]:
    """Return of each record, as plain data: facts as they are kept, figures, the gist, and that as it is kept."""
    settings = register.newest.data["rules"]["settings"]
    answers: list[Any] = []
    for found in find_many(documents, given, register, today=today):
        facts = tuple(found.facts.packed(today))
        if found.dossier is None:
            answers.append((facts, None, None, None))
            continue
        figures = tuple(pack_facts(draw(found.dossier, register), None)) if found.is_shaped else None  # type: ignore[arg-type]  # nothing is aside
        gist, told = _draw(found.dossier, register, settings)
        answers.append((facts, figures, _plain(gist), tuple(_packed(gist, told))))
    return answers


def _plain(value: Any) -> Any:
    """Return named tuples as plain ones, which is all that goes from one process to another."""
    return tuple(_plain(item) for item in value) if isinstance(value, tuple) else value


def _packed(gist: Gist, told: Mapping[str, Any]) -> Packed:
    # What packs quickly knows no named tuples.
    return pack_facts({"gist": _plain(gist)}, told)


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


def _drawn(desk: Desk, tree: Tree, register: Register, folders: Sequence[Folder]) -> Iterator[Drawn]:
    settings = register.newest.data["rules"]["settings"]
    for start in range(0, len(folders), AT_ONCE):
        some = folders[start : start + AT_ONCE]
        gathered = gather_many([(folder, tree) for folder in some], desk.documents)
        yield {
            folder.id: _draw(one.dossier, register, settings)
            for folder, one in zip(some, gathered, strict=True)
            if one.dossier is not None
        }


def _draw(dossier: Dossier, register: Register, settings: Mapping[str, Any]) -> tuple[Gist, dict[str, Any]]:
    # What cannot be replayed has findings, so that nothing of it is shown, whatever is drawn here.
    proof = proof_of(replay(dossier, register))
    return draw_with_told(dossier.data, settings, proof)


def _key(folder: Folder, rules: str) -> str:
    return f"site{FORM}:{folder.key}:{rules}" if folder.key else ""
