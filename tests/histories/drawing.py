"""Drawing the history of a seed: what is done next, and how a third of them end."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from nearmiss.policy.standing import replay
from tests.histories.acts import ACTS_ON_POLICY, LYING, acts_on
from tests.histories.lives import OTHER_ID, WAYS, History, first_world
from tests.policy.builder import RECORD
from tests.policy.faults import FAULTS
from tests.policy.test_state_machine import MAIN_WAY


def history_of(seed: int) -> History:
    """Return the history of a seed; every third has one fault, with which it ends."""
    random = Random(seed)  # noqa: S311 - the same history each time is what it is for
    history = History(random=random, world=first_world())
    ids = [RECORD, OTHER_ID][: 1 + (random.random() < 0.3)]
    for record_id in ids:
        history.report(record_id, random.choice(["minimal", "low", "low", "medium", "high", "very-high"]))
    for _ in range(random.randint(1, 8)):
        _go_on(history, random.choice(ids))
    if seed % 3 == 0:
        while not _go_wrong(history, random.choice(ids)):
            pass
    return history


def _go_on(history: History, record_id: str) -> None:
    chance = history.random.random()
    if chance < 0.1:
        history.change_policy(parked_in=record_id if chance < 0.03 else "")
    elif chance < 0.25:
        history.draft(record_id)
    elif chance < 0.32:
        history.close(record_id)
    elif chance < 0.75:
        for name in MAIN_WAY:
            if history.step(record_id, name):
                return
    else:
        history.step(record_id, _some_step(history))


def _some_step(history: History) -> str:
    return str(history.random.choice(history.world.newest.data["rules"]["workflow"]["transitions"])["name"])


def _go_wrong(history: History, record_id: str) -> bool:
    chance = history.random.random()
    if chance < 0.6:
        fault = history.random.choice(FAULTS)
        return history.step(record_id, history.random.choice(sorted(fault.on)), fault=fault)
    if chance < 0.75:
        return history.stray(record_id)
    if chance < 0.85:
        act = history.random.choice(sorted(ACTS_ON_POLICY))
        return history.change_policy(act=act, parked_in=record_id if act == LYING else "")
    return stray_act(history, record_id)


def stray_act(history: History, record_id: str) -> bool:
    """End a history with something done by git alone."""
    dossier = history.records[record_id].case.dossier
    acts = acts_on(dossier)
    code = history.random.choice(sorted({request.code for request in acts.values()}))
    name = history.random.choice(sorted(name for name, request in acts.items() if request.code == code))
    request = acts[name]
    if code == "report-changed" and "report" in replay(dossier, history.world.register).seals:
        return False
    ways = ("merge", "squash", "fast-forward") if request.commits[0].hidden else WAYS
    way = history.random.choice(ways)
    history.requests.append(replace(request, what=f"{record_id}: {name} by git", way=way))
    return True
