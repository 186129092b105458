"""What is known of every record: remembered where its files and the rules are as they were, else found and put away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nearmiss.engine.indexing.sharing import found_together, order_of
from nearmiss.engine.memory import recalled
from nearmiss.engine.records.facts import Facts, find_facts
from nearmiss.models.digests import digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from nearmiss.engine.desk import Desk
    from nearmiss.engine.memory import Index
    from nearmiss.engine.packing import Packed
    from nearmiss.engine.ports import Tree
    from nearmiss.engine.records.dossiers import Folder
    from nearmiss.policy.standing import Register

FACTS = "facts-2:"
"""How the keys begin under which facts are remembered."""

WORTH_SHARING = 1000
"""Records below which the others would take longer to begin than to read them."""


def rules_of(register: Register) -> str:
    """Return what tells apart all that a record can be judged by: the instance, and every version that it may name."""
    parts = [version.data[f"{part}_sha256"] for version in register.versions.values() for part in PARTS]
    return digest([register.instance, *parts])[7:]


PARTS = ("rules", "people", "waivers")


def key_of(folder: Folder, rules: str) -> str:
    """Return the key under which the facts of a folder are remembered; an empty text where a file is not in git yet."""
    key = folder.key
    return f"{FACTS}{key}:{rules}" if key else ""


def known_facts(
    desk: Desk, tree: Tree, register: Register, folders: Mapping[str, Folder], *, memory: Index | None = None
) -> Iterator[tuple[str, Facts, str]]:
    """Yield id, facts and key of every record in turn; those whose files and rules are as they were are remembered.

    They are kept where the desk keeps things, unless another `memory` is given. Others who help to find them begin at
    once, not when the first is asked for.
    """
    memory = memory if memory is not None else desk.memory
    rules = rules_of(register)
    keys = {record_id: key_of(folder, rules) for record_id, folder in folders.items()}
    today = desk.clock.now().date()
    asked = recalled(memory, [key for key in keys.values() if key])
    known = {key: Facts.revive(kept) for key, kept in asked if kept["day"] in {"", today.isoformat()}}
    unknown = [folder for record_id, folder in folders.items() if keys[record_id] not in known]
    return _in_turn(tree, keys, known, _found(desk, tree, register, unknown, today=today), memory)


def _in_turn(
    tree: Tree,
    keys: Mapping[str, str],
    known: Mapping[str, Facts],
    found: Iterator[tuple[Facts, Packed]],
    memory: Index | None,
) -> Iterator[tuple[str, Facts, str]]:
    fresh: dict[str, Packed] = {}
    for record_id, key in keys.items():
        if key in known:
            yield record_id, known[key], key
            continue
        facts, packed = next(found)
        # The key tells of what was listed. Where somebody saved a file before it was read, that is something else.
        if key and tree.is_as_listed:
            fresh[key] = packed
        if memory is not None and len(fresh) >= AT_ONCE:
            memory.put_many(fresh)
            fresh = {}
        yield record_id, facts, key
    if memory is not None and fresh:
        memory.put_many(fresh)


AT_ONCE = 1000
"""Facts that are put away together: their pages take much room."""


def _found(
    desk: Desk, tree: Tree, register: Register, folders: Sequence[Folder], *, today: date
) -> Iterator[tuple[Facts, Packed]]:
    """Yield the facts of records in turn, as they are and as they are kept; where there are many, others help."""
    order = order_of(register, tree, today) if desk.crew is not None and len(folders) >= WORTH_SHARING else None
    answers: Iterator[tuple[Folder, tuple[Facts, Packed] | None]] = ((folder, None) for folder in folders)
    if desk.crew is not None and order is not None:
        answers = found_together(desk.crew, desk.documents, order, tree, folders)

    def alone(folder: Folder) -> tuple[Facts, Packed]:
        facts = find_facts(desk.documents, tree, register, folder, today=today)
        return facts.without_words(), facts.packed(today)

    return (found if found is not None else alone(folder) for folder, found in answers)
